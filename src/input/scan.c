/* A scan: blocks are claimed in input order by whichever thread is free, read, cut into sections
 * and given out as chunks of rows.
 *
 * The one thing a block needs of the block before it in its file is the state (#Fields, #Date) at
 * its end. It is handed on as early as possible: a thread counts the lines of its block first,
 * which shows whether there are directives at all, takes the state from its predecessor, hands on
 * its own and only then cuts rows. A file begins with a state of its own, so that nobody waits for
 * another file. Locks: one around the claim of a block, none per row. */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include "input/input_internal.h"

#define SHOWN (9 + BAD_REASONS + 1) /* int64 fields of struct scan_stats that a lane shows */

struct lane {
    struct cutter cutter;
    struct reader reader;
    struct region region;
    struct sections sections;
    struct search search;
    struct arena *scratch;
    struct source *source;
    uint32_t number;      /* the block's, over all files */
    size_t section;       /* the next one to be given out */
    bool active, started; /* there is a block; its section has been begun */
    int64_t
        left; /* lines of the block of which nothing is known yet: the skipped ones at its end */
    struct scan_stats own;
    _Atomic int64_t shown[SHOWN];
};

/* What a file's blocks hand on to each other. */
struct handed {
    _Atomic uint32_t published; /* blocks whose state at the end is known … */
    struct state state;         /* … of which this is the last one's */
};

struct scan {
    struct logs *logs;
    struct scan_request request;
    bool spanned;
    pthread_mutex_t claim;
    size_t file; /* claimed next: block `block` of this file */
    size_t file_end;
    uint32_t block;
    uint32_t number;
    bool *flows; /* by file: a pipe when the scan began, and so to its end */
    struct inflow inflow;
    struct handed *handed; /* by file */
    atomic_bool stop; /* cancelled or failed */
    struct error err; /* under claim */
    int64_t total;
    bool closed;
    bool counted; /* with the logs, which are not looked at meanwhile */
    int n_lanes;
    struct lane *lanes;
};

/* ---- news ---------------------------------------------------------------- */

/* Where the scan begins in a file: at its start, or where what is new begins. */
static uint32_t first_block(const struct scan *s, size_t file)
{
    const struct source *f = &s->logs->sources[file];
    return s->request.news ? (uint32_t)(f->since / (int64_t)source_block(s->logs, f)) : 0;
}

static bool is_wanted(const struct scan *s, size_t file)
{
    const struct source *f = &s->logs->sources[file];
    return f->info.read && !(s->request.news && f->since >= f->size);
}

/* Takes the lines off that an earlier scan gave out. `since` is where one begins. */
static void skip_seen(struct region *g, int64_t since)
{
    size_t at = 0;
    if (since <= g->offset)
        return;
    if (!g->utf16)
        at = (size_t)(since - g->offset) < g->n ? (size_t)(since - g->offset) : g->n;
    else
        while (at < g->n && region_offset(g, at) < since)
            at++;
    g->bytes -= since - g->offset < g->bytes ? since - g->offset : g->bytes;
    *g = (struct region){
        .p = g->p + at, .n = g->n - at, .offset = since, .utf16 = g->utf16, .bytes = g->bytes};
}

/* The state at the first line of the file that is given out. */
static struct state state_at_start(const struct scan *s, const struct source *f)
{
    return s->request.news && f->since > 0 ? f->last : f->first;
}

/* ---- opening and closing ------------------------------------------------ */

static void close_at_end(void *arg)
{
    scan_close(arg);
}

static void lane_init(struct lane *l, struct scan *s, struct arena *run)
{
    l->scratch = arena_new();
    reader_init(&l->reader);
    cutter_init(&l->cutter, s->logs, l->scratch, run);
    l->cutter.region = &l->region;
    search_init(&l->search, run, s->request.needles, s->request.n_needles);
}

bool scan_open(struct logs *logs, const struct scan_request *request, struct arena *run,
               struct scan **out, struct error *err)
{
    return scan_open_files(logs, request, 0, logs->n, run, out, err);
}

bool scan_open_files(struct logs *logs, const struct scan_request *request, size_t from, size_t to,
                     struct arena *run, struct scan **out, struct error *err)
{
    struct scan *s = ARENA_NEW(run, struct scan);
    s->file = from;
    s->file_end = to;
    for (size_t i = from; i < to; i++) {
        struct source *f = &logs->sources[i];
        source_settle(logs, f);
        source_notes(logs, f);
        if (f->info.read && f->size < 0 && !stream_rereads(f->stream) &&
            stream_got(f->stream) > (int64_t)HEAD_BYTES)
            return error_set(err, "standard input was read already and was not kept");
        if (request->news && f->info.read && f->since && f->since < f->size &&
            f->last_at != f->since)
            return error_set(err, "%.*s was not read to its end before", STR_ARG(f->info.path));
    }
    s->flows = ARENA_ARRAY(run, bool, logs->n);
    for (size_t i = from; i < to; i++)
        s->flows[i] = logs->sources[i].size < 0;
    s->handed = ARENA_ARRAY(run, struct handed, logs->n);
    s->logs = logs;
    s->request = *request;
    s->spanned = request->since != INT64_MIN || request->until != INT64_MAX;
    s->total = logs_bytes(logs);
    if (request->news) {
        s->total = 0;
        for (size_t i = from; i < to; i++)
            s->total += is_wanted(s, i) ? logs->sources[i].size - logs->sources[i].since : 0;
    }
    s->block = from < to ? first_block(s, from) : 0;
    pthread_mutex_init(&s->claim, NULL);
    s->n_lanes = request->threads > 0 ? request->threads : 1;
    s->lanes = ARENA_ARRAY(run, struct lane, s->n_lanes);
    for (int i = 0; i < s->n_lanes; i++)
        lane_init(&s->lanes[i], s, run);
    arena_at_end(run, close_at_end, s);
    s->counted = logs->follow;
    if (s->counted)
        follow_scan(logs, true);
    *out = s;
    return true;
}

void scan_close(struct scan *s)
{
    if (s->closed)
        return;
    s->closed = true;
    for (int i = 0; i < s->n_lanes; i++) {
        struct lane *l = &s->lanes[i];
        cutter_release(&l->cutter);
        reader_release(&l->reader);
        sections_release(&l->sections);
        arena_free(l->scratch);
    }
    inflow_release(&s->inflow);
    if (s->counted)
        follow_scan(s->logs, false);
    pthread_mutex_destroy(&s->claim);
}

void scan_cancel(struct scan *s)
{
    atomic_store(&s->stop, true);
}

static void fail(struct scan *s, const struct error *err)
{
    pthread_mutex_lock(&s->claim);
    if (!s->err.set)
        s->err = *err;
    pthread_mutex_unlock(&s->claim);
    atomic_store(&s->stop, true);
}

bool scan_failed(struct scan *s, struct error *err)
{
    pthread_mutex_lock(&s->claim);
    bool failed = s->err.set;
    if (failed && !err->set)
        *err = s->err;
    pthread_mutex_unlock(&s->claim);
    return failed;
}

/* ---- claiming ----------------------------------------------------------- */

/* The next block in input order. What a pipe gives is read here, so that its order is the order of
 * claims. */
static bool claim(struct scan *s, struct lane *l, uint32_t *block, struct error *err)
{
    bool found = false;
    pthread_mutex_lock(&s->claim);
    while (!found && s->file < s->file_end && !atomic_load(&s->stop)) {
        struct source *f = &s->logs->sources[s->file];
        if (!is_wanted(s, s->file))
            ;
        else if (s->flows[s->file])
            found =
                inflow_region(&s->inflow, f, s->logs->block, &s->stop, &l->reader, &l->region, err);
        else
            found = s->block < source_blocks(s->logs, f);
        if (err->set)
            break;
        if (found) {
            l->source = f;
            l->cutter.file = (uint32_t)s->file;
            *block = s->block++;
            l->number = s->number++;
        } else if (!atomic_load(&s->stop)) {
            s->file++;
            s->block = s->file < s->file_end ? first_block(s, s->file) : 0;
            inflow_reset(&s->inflow);
        }
    }
    pthread_mutex_unlock(&s->claim);
    return found && !err->set;
}

/* Until the file's blocks before have handed on their state; they were claimed earlier and are
 * being read. */
static bool await_turn(struct scan *s, struct handed *h, uint32_t block)
{
    for (unsigned tries = 0; atomic_load_explicit(&h->published, memory_order_acquire) != block;
         tries++) {
        if (atomic_load_explicit(&s->stop, memory_order_relaxed))
            return false;
        if (tries > 1000)
            usleep(20);
        else if (tries > 50)
            sched_yield();
    }
    return true;
}

/* A file that was met in a folder and cannot be read to its end is told of; the others are read. */
static bool load(struct scan *s, struct lane *l, uint32_t block, struct error *err)
{
    if (s->flows[l->cutter.file] ||
        region_load(s->logs, l->source, block, &l->reader, &l->region, err))
        return true;
    if (l->source->named)
        return false;
    source_give_up(s->logs, l->source, err);
    *err = (struct error){0};
    l->region = (struct region){.offset = l->region.offset};
    return true;
}

static bool begin_block(struct scan *s, struct lane *l)
{
    struct error err = {0};
    uint32_t block = 0;
    if (!claim(s, l, &block, &err) || !load(s, l, block, &err)) {
        if (err.set)
            fail(s, &err);
        return false;
    }
    bool at_start = block == first_block(s, l->cutter.file);
    if (at_start && s->request.news)
        skip_seen(&l->region, l->source->since);
    bool directives = search_count(&l->search, &l->region, &l->sections);
    struct handed *h = &s->handed[l->cutter.file];
    if (!at_start && !await_turn(s, h, block))
        return false;
    struct state first = at_start ? state_at_start(s, l->source) : h->state;
    sections_cut(s->logs, &l->region, first, directives, &l->sections);
    h->state = l->sections.last;
    if (s->logs->follow && !s->flows[l->cutter.file] &&
        block + 1 == source_blocks(s->logs, l->source)) {
        l->source->last = h->state;
        l->source->last_at = l->source->size;
    }
    atomic_store_explicit(&h->published, block + 1, memory_order_release);
    if (!s->flows[l->cutter.file] && at_start && s->request.news)
        source_note_more(l->source, block, first, l->sections.lines);
    else if (!s->flows[l->cutter.file])
        source_note(l->source, block, first, l->sections.lines);
    l->cutter.source = l->source;
    l->own.bytes += l->region.bytes;
    l->own.lines += l->sections.lines;
    l->own.header_lines += l->sections.headers;
    l->left = l->sections.lines - l->sections.headers;
    l->section = 0;
    l->active = true;
    l->started = false;
    return true;
}

/* ---- chunks ------------------------------------------------------------- */

static bool in_span(struct scan *s, struct lane *l)
{
    int64_t ticks;
    const struct row *r = &l->cutter.rows[l->cutter.n - 1];
    return cutter_time(&l->cutter, r, &ticks) && ticks >= s->request.since &&
           ticks <= s->request.until;
}

static void take_line(struct scan *s, struct lane *l, uint32_t from)
{
    enum taken taken = cutter_add(&l->cutter, from, l->search.end);
    l->left--;
    search_after(&l->search, l->cutter.line_end);
    switch (taken) {
    case TAKEN_BLANK:
        l->own.blank++;
        return;
    case TAKEN_BAD:
        l->own.bad++;
        break;
    case TAKEN_ROW:
        if (s->spanned && !in_span(s, l)) {
            cutter_drop(&l->cutter);
            l->own.out_of_span++;
        } else {
            l->own.rows++;
        }
        break;
    }
    l->own.lines_cut++;
}

/* Rows of the current block until the chunk is full, the block ends, or its rows change their
 * shape. */
static void fill(struct scan *s, struct lane *l)
{
    while (l->section < l->sections.n) {
        const struct section *now = &l->sections.items[l->section];
        if (l->cutter.n == 0)
            cutter_start(&l->cutter, now->state);
        else if (!cutter_takes(&l->cutter, now->state))
            return;
        if (!l->started) {
            search_start(&l->search, l->region.p, now->start, now->end);
            l->started = true;
        }
        uint32_t from;
        while (l->cutter.n < CHUNK_ROWS) {
            if (!search_next(&l->search, &from)) {
                l->section++;
                l->started = false;
                break;
            }
            take_line(s, l, from);
        }
        if (l->cutter.n == CHUNK_ROWS)
            return;
    }
    l->active = false;
    l->own.skipped += l->left;
    l->left = 0;
}

/* What the lane has counted becomes visible to scan_stats. */
static void show(struct lane *l)
{
    const struct scan_stats *o = &l->own;
    int64_t now[SHOWN] = {o->bytes, o->lines, o->header_lines, o->blank,    o->skipped,
                          o->bad,   o->rows,  o->out_of_span,  o->lines_cut};
    memcpy(now + 9, l->cutter.counts, sizeof l->cutter.counts);
    now[9 + BAD_REASONS] = l->cutter.fields_loaded;
    for (size_t i = 0; i < SHOWN; i++)
        atomic_store_explicit(&l->shown[i], now[i], memory_order_relaxed);
}

bool scan_next(struct scan *s, int thread, struct chunk **out)
{
    struct lane *l = &s->lanes[thread];
    arena_reset(l->scratch);
    l->cutter.n = 0;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        if (!l->active && !begin_block(s, l))
            break;
        fill(s, l);
        if (l->cutter.n) {
            show(l);
            *out = cutter_chunk(&l->cutter, s->request.origin, l->number);
            return true;
        }
        if (s->flows[l->cutter.file] && !l->region.n) { /* quiet: the caller may want to stop */
            show(l);
            *out = ARENA_NEW(l->scratch, struct chunk);
            **out = (struct chunk){.arena = l->scratch, .block = l->number};
            return true;
        }
    }
    show(l);
    return false;
}

/* A row's line as it stands in the region: a row that was mended is another text. */
size_t scan_rows_with(struct scan *s, int thread, const struct line_test *t, uint32_t *rows)
{
    const struct cutter *c = &s->lanes[thread].cutter;
    const struct region *g = c->region;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct row *r = &c->rows[i];
        size_t bytes = r->n;
        if (r->p != g->p + r->at)
            bytes = c->simd->find_byte(g->p + r->at, g->n - r->at, '\n');
        rows[n] = (uint32_t)i;
        n += line_test(t, g->p + r->at, bytes);
    }
    return n;
}

/* ---- reports ------------------------------------------------------------ */

void scan_stats(const struct scan *s, struct scan_stats *out)
{
    int64_t sum[SHOWN] = {0};
    for (int t = 0; t < s->n_lanes; t++) {
        for (size_t i = 0; i < SHOWN; i++)
            sum[i] += atomic_load_explicit(&s->lanes[t].shown[i], memory_order_relaxed);
    }
    *out = (struct scan_stats){
        .bytes = sum[0],
        .bytes_total = s->total,
        .lines = sum[1],
        .header_lines = sum[2],
        .blank = sum[3],
        .skipped = sum[4],
        .bad = sum[5],
        .rows = sum[6],
        .out_of_span = sum[7],
        .lines_cut = sum[8],
        .fields_loaded = sum[9 + BAD_REASONS],
    };
    memcpy(out->by_reason, sum + 9, sizeof out->by_reason);
}

static int by_place(const void *x, const void *y)
{
    const struct bad_line *a = x, *b = y;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->reason < b->reason ? -1 : a->reason > b->reason;
}

/* Each lane kept its own first ones, so the first of all are among them. */
size_t scan_bad_lines(const struct scan *s, struct arena *a, struct bad_line **out)
{
    size_t n = 0, at = 0;
    for (int t = 0; t < s->n_lanes; t++)
        n += s->lanes[t].cutter.n_bad;
    struct bad_line *all = ARENA_ARRAY(a, struct bad_line, n);
    for (int t = 0; t < s->n_lanes; t++) {
        const struct cutter *c = &s->lanes[t].cutter;
        if (c->n_bad)
            memcpy(all + at, c->bad, c->n_bad * sizeof *all);
        at += c->n_bad;
    }
    if (n)
        qsort(all, n, sizeof *all, by_place);
    *out = all;
    return n < BAD_LINES_KEPT ? n : BAD_LINES_KEPT;
}
