/* Single lines and rows by their handles: the block is read again, the state at its start comes
 * from the note a scan left there (or from reading up to it), and the line is cut as the scan cut
 * it. */
#include <unistd.h>
#include "input/input_internal.h"

/* ---- the state at a block ----------------------------------------------- */

static bool note_read(struct logs *logs, const struct source *s, uint32_t block,
                      struct state *state)
{
    if (!s->notes || atomic_load_explicit(&s->notes[block].lines, memory_order_acquire) == 0)
        return false;
    uint32_t layout = atomic_load_explicit(&s->notes[block].layout, memory_order_relaxed);
    state->layout = layout_by_id(logs, layout >> 1);
    state->quoted = layout & 1;
    state->day = atomic_load_explicit(&s->notes[block].day, memory_order_relaxed);
    return true;
}

void source_note(struct source *s, uint32_t block, struct state first, int64_t lines)
{
    if (!s->notes)
        return;
    struct note *n = &s->notes[block];
    atomic_store_explicit(&n->day, first.day, memory_order_relaxed);
    atomic_store_explicit(&n->layout, (first.layout ? first.layout->id : 0) << 1 | first.quoted,
                          memory_order_relaxed);
    atomic_store_explicit(&n->lines, (uint32_t)lines + 1, memory_order_release);
}

void source_note_more(struct source *s, uint32_t block, struct state first, int64_t lines)
{
    uint32_t before =
        s->notes ? atomic_load_explicit(&s->notes[block].lines, memory_order_acquire) : 0;
    if (before)
        atomic_store_explicit(&s->notes[block].lines, before + (uint32_t)lines,
                              memory_order_release);
    else
        source_note(s, block, first, lines);
}

/* What is open while rows are fetched: one block of one file. */
struct window {
    struct logs *logs;
    struct reader reader;
    struct region region;
    struct sections sections;
    uint32_t file, block;
    bool open;
};

static bool window_open(struct window *w, uint32_t file, uint32_t block, struct error *err)
{
    struct source *s = &w->logs->sources[file];
    struct state state = s->first;
    uint32_t from = block;
    if (w->open && w->file == file && w->block == block)
        return true;
    source_notes(w->logs, s);
    while (from && !note_read(w->logs, s, from, &state))
        from--;
    for (;; from++) {
        w->open = false;
        if (!region_load(w->logs, s, from, &w->reader, &w->region, err))
            return false;
        sections_find(w->logs, &w->region, state, &w->sections);
        source_note(s, from, state, w->sections.lines);
        if (from == block)
            break;
        state = w->sections.last;
    }
    w->file = file;
    w->block = block;
    w->open = true;
    return true;
}

static void window_release(struct window *w)
{
    reader_release(&w->reader);
    sections_release(&w->sections);
}

/* The place of a file offset in the region, if a line begins there. */
static size_t region_find(struct region *g, int64_t offset)
{
    size_t at = 0;
    if (!g->utf16) {
        if (offset < g->offset || offset >= g->offset + (int64_t)g->n)
            return SIZE_MAX;
        at = (size_t)(offset - g->offset);
    } else {
        while (at < g->n && region_offset(g, at) < offset)
            at++;
        if (at == g->n || region_offset(g, at) != offset)
            return SIZE_MAX;
    }
    return at == 0 || g->p[at - 1] == '\n' ? at : SIZE_MAX;
}

/* The file and block of a handle; false when there is no such place (any more). */
static bool locate(struct logs *logs, int64_t origin, uint32_t *file, uint32_t *block)
{
    *file = origin_file(origin);
    if (origin < 0 || *file >= logs->n)
        return false;
    struct source *s = &logs->sources[*file];
    source_settle(logs, s);
    if (!s->info.read || s->size < 0 || origin_offset(origin) >= s->size)
        return false;
    *block = (uint32_t)(origin_offset(origin) / (int64_t)source_block(logs, s));
    return true;
}

/* ---- lines -------------------------------------------------------------- */

/* A line of a pipe that has not ended yet, from its spool: its number is counted from the start. */
static bool line_of_stream(struct logs *logs, int64_t origin, struct arena *a, struct log_line *out,
                           struct error *err)
{
    struct source *s = &logs->sources[origin_file(origin)];
    int64_t offset = origin_offset(origin), at = 0;
    size_t room = LINE_MAX_BYTES;
    char *p = arena_alloc(a, room);
    if (!stream_rereads(s->stream) || offset >= stream_got(s->stream))
        return error_set(err, "standard input was not kept: its lines cannot be shown");
    out->number = 1;
    while (at < offset) {
        size_t want = offset - at < (int64_t)room ? (size_t)(offset - at) : room;
        ssize_t got = stream_read(s->stream, p, want, at, NULL, err);
        if (got <= 0)
            return false;
        out->number += (int64_t)simd_get()->count_byte(p, (size_t)got, s->newline);
        at += got;
    }
    size_t n = 0;
    while (n < room && offset + (int64_t)n < stream_got(s->stream)) {
        ssize_t got = stream_read(s->stream, p + n, room - n, offset + (int64_t)n, NULL, err);
        if (got <= 0)
            return false;
        size_t end = simd_get()->find_byte(p + n, (size_t)got, s->newline);
        n += end;
        if (end < (size_t)got)
            break;
    }
    out->raw = (struct str){p, n};
    return true;
}

static const struct section *section_of(const struct sections *s, size_t at)
{
    for (size_t i = 0; i < s->n; i++) {
        if (at >= s->items[i].start && at < s->items[i].end)
            return &s->items[i];
    }
    return NULL;
}

static bool line_of_file(struct window *w, uint32_t block, struct arena *a, struct log_line *out,
                         struct error *err)
{
    const struct simd *simd = simd_get();
    const struct source *s = &w->logs->sources[out->file];
    if (!window_open(w, out->file, block, err))
        return false;
    size_t at = region_find(&w->region, out->offset);
    if (at == SIZE_MAX)
        return error_set(err, "no line begins at byte %lld of %.*s any more",
                         (long long)out->offset, STR_ARG(s->info.path));
    size_t n = simd->find_byte(w->region.p + at, w->region.n - at, '\n');
    out->raw = str_dup(a, (struct str){w->region.p + at, n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES});
    out->number = 1 + (int64_t)simd->count_byte(w->region.p, at, '\n');
    const struct section *section = section_of(&w->sections, at);
    if (section && section->state.layout)
        out->fields = str_dup(a, section->state.layout->text);
    if (section && section->state.day != NO_DAY)
        out->day = section->state.day * TICKS_PER_DAY;
    /* the blocks before: most have their note; reading the others leaves one */
    for (uint32_t i = 0; i < block; i++) {
        if (atomic_load_explicit(&s->notes[i].lines, memory_order_acquire) == 0 &&
            !window_open(w, out->file, i, err))
            return false;
        out->number += atomic_load_explicit(&s->notes[i].lines, memory_order_acquire) - 1;
    }
    return true;
}

bool logs_line(struct logs *logs, int64_t origin, struct arena *a, struct log_line *out,
               struct error *err)
{
    struct window w = {.logs = logs};
    uint32_t block;
    *out = (struct log_line){.file = origin_file(origin), .offset = origin_offset(origin),
                             .day = INT64_MIN};
    reader_init(&w.reader);
    bool ok;
    if (locate(logs, origin, &out->file, &block))
        ok = line_of_file(&w, block, a, out, err);
    else if (origin >= 0 && out->file < logs->n && logs->sources[out->file].stream &&
             logs->sources[out->file].size < 0)
        ok = line_of_stream(logs, origin, a, out, err);
    else if (origin >= 0 && out->file < logs->n && logs->sources[out->file].gone)
        ok = source_open(&logs->sources[out->file], err) >= 0; /* which says why not */
    else
        ok = error_set(err, "there is no such line");
    if (ok && out->raw.n && out->raw.p[out->raw.n - 1] == '\r') {
        out->cr = true;
        out->raw.n--;
    }
    window_release(&w);
    return ok;
}

/* ---- rows --------------------------------------------------------------- */

struct fetch {
    struct window w;
    struct cutter cutter;
    struct builder *builder;
    struct schema schema; /* of the wanted columns … */
    size_t *columns;      /* … and where they are in the logs' */
    struct arena *scratch;
};

/* Hands the rows gathered so far to the builder. */
static void flush(struct fetch *f)
{
    if (f->cutter.n) {
        struct chunk *c = cutter_chunk(&f->cutter, false, 0), some = *c;
        some.n_columns = f->schema.n;
        some.columns = ARENA_ARRAY(f->scratch, struct column *, f->schema.n);
        for (size_t i = 0; i < f->schema.n; i++)
            some.columns[i] = chunk_column(c, f->columns[i]);
        builder_add_chunk(f->builder, &some);
    }
    f->cutter.n = 0;
    arena_reset(f->scratch);
}

static void add_nulls(struct fetch *f)
{
    flush(f);
    for (size_t i = 0; i < f->schema.n; i++)
        builder_null(f->builder);
}

static bool fetch_row(struct fetch *f, int64_t origin)
{
    struct error ignored = {0}; /* a row that cannot be read is a row of nulls */
    struct window *w = &f->w;
    uint32_t file, block;
    if (!locate(w->logs, origin, &file, &block))
        return false;
    if (!w->open || w->file != file || w->block != block)
        flush(f);
    if (!window_open(w, file, block, &ignored))
        return false;
    size_t at = region_find(&w->region, origin_offset(origin));
    const struct section *section = at == SIZE_MAX ? NULL : section_of(&w->sections, at);
    if (!section)
        return false;
    if (f->cutter.n == CHUNK_ROWS || !cutter_takes(&f->cutter, section->state))
        flush(f);
    if (f->cutter.n == 0)
        cutter_start(&f->cutter, section->state);
    f->cutter.file = file;
    f->cutter.source = &w->logs->sources[file];
    return cutter_add(&f->cutter, (uint32_t)at, section->end) == TAKEN_ROW;
}

static void choose_columns(struct fetch *f, const struct schema *all, const bool *wanted,
                           struct arena *a)
{
    f->columns = ARENA_ARRAY(a, size_t, all->n + 1);
    f->schema.fields = ARENA_ARRAY(a, struct field, all->n + 1);
    for (size_t i = 0; i < all->n; i++) {
        if (wanted && !wanted[i])
            continue;
        f->columns[f->schema.n] = i;
        f->schema.fields[f->schema.n++] = all->fields[i];
    }
}

bool logs_fetch_some(struct logs *logs, const int64_t *origins, size_t n, const bool *wanted,
                     size_t most, const atomic_bool *stop, struct arena *a, struct table **out)
{
    struct arena *own = arena_new();
    struct fetch f = {.w.logs = logs, .scratch = arena_new()};
    bool stopped = false;
    choose_columns(&f, &logs->schema, wanted, own);
    f.builder = builder_new(a, &f.schema);
    builder_reserve(f.builder, n);
    reader_init(&f.w.reader);
    cutter_init(&f.cutter, logs, f.scratch, own);
    f.cutter.region = &f.w.region;
    for (size_t i = 0; i < n && !stopped; i++) {
        if (!fetch_row(&f, origins[i]))
            add_nulls(&f);
        stopped = (stop && atomic_load_explicit(stop, memory_order_relaxed)) ||
                  arena_bytes(a) > most;
    }
    flush(&f);
    struct table *some = builder_finish(f.builder), *t = ARENA_NEW(a, struct table);
    *t = *some;
    t->schema = logs->schema;
    t->columns = ARENA_ARRAY(a, struct column *, logs->schema.n + 1);
    for (size_t i = 0; i < f.schema.n; i++)
        t->columns[f.columns[i]] = some->columns[i];
    *out = t;
    cutter_release(&f.cutter);
    window_release(&f.w);
    arena_free(f.scratch);
    arena_free(own);
    return !stopped;
}

bool logs_fetch(struct logs *logs, const int64_t *origins, size_t n, struct arena *a,
                struct table **out, struct error *err)
{
    (void)err;
    return logs_fetch_some(logs, origins, n, NULL, SIZE_MAX, NULL, a, out);
}
