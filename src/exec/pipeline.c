/* Pipelines: the plan below a breaker as paths from sources to that breaker, run by all workers at
 * once. Which paths there are is found in paths.c; some may have been run ahead (ahead.c). */
#include "exec/exec_internal.h"
#include "exec/sieve.h"

/* ---- pushing --------------------------------------------------------------------------------- */

/* While rows are kept for re-tuning, or until the other side of a join is there, they may take so
 * much and no more. */
static bool fits(struct worker *w)
{
    struct fill *f = &w->x->fill;
    struct pipe *p = w->pipe;

    if (p->over) {
        if ((int64_t)rows_bytes(p->rows[w->number]) > p->budget)
            atomic_store(p->over, true);
        return !atomic_load_explicit(p->over, memory_order_relaxed);
    }
    if (!f->rows || w->pipe->rows != f->rows ||
        (int64_t)rows_bytes(f->rows[w->number]) <= f->budget)
        return true;
    atomic_store(&f->over, true);
    atomic_store(&w->x->stop, true);
    return false;
}

static bool push_at(struct worker *w, size_t at, struct chunk *c)
{
    const struct path *path = w->pipe->path;

    if (at == path->n_steps) {
        if (!w->pipe->sink) {
            if (!w->pipe->rows)
                return true;
            rows_push(w->pipe->rows[w->number], c);
            return fits(w);
        }
        const struct plan_node *sink = w->pipe->sink;
        w->counts[sink->id].rows_in += (int64_t)c->rows;
        return sink->op->run->push(w, sink, w->pipe->sinks[w->number], c);
    }
    const struct plan_node *n = path->steps[at];
    if (at < w->pipe->sieved && (n->op->flags & OP_SWITCH))
        return push_at(w, at + 1, c);
    if (at >= w->pipe->sieved)
        w->counts[n->id].rows_in += (int64_t)c->rows;
    if (w->x->probe && !probe_in(w, n, c))
        return true;
    bool more = exec_switched_on(w->x, n) ? n->op->run->push(w, n, w->locals[n->id], c)
                                          : worker_emit(w, n, c);
    if (w->x->probe)
        probe_done(w, n);
    return more;
}

bool worker_emit(struct worker *w, const struct plan_node *from, struct chunk *c)
{
    if (c->rows == 0)
        return true;
    size_t at = w->pipe->position[from->id];
    if (at >= w->pipe->sieved)
        w->counts[from->id].rows_out += (int64_t)c->rows;
    if (w->x->probe)
        probe_out(w, from, c);
    return push_at(w, at + 1, c);
}

size_t worker_leg(const struct worker *w, const struct plan_node *node)
{
    return w->pipe->path->legs[w->pipe->position[node->id]];
}

void worker_push(struct worker *w, struct chunk *c)
{
    struct pipe *p = w->pipe;

    w->last_block = c->block;
    c->block += p->first_block;
    if (p->scan)
        w->counts[p->path->source->id].rows_out += (int64_t)c->rows;
    if (c->rows && !push_at(w, 0, c))
        w->done = true;
}

bool worker_stopped(struct worker *w)
{
    struct exec *x = w->x;

    if (x->o->cancel && atomic_load_explicit(x->o->cancel, memory_order_relaxed))
        atomic_store_explicit(&x->stop, true, memory_order_relaxed);
    return w->done || atomic_load_explicit(&x->stop, memory_order_relaxed);
}

static void work_scan(struct worker *w)
{
    struct pipe *p = w->pipe;
    struct chunk *c;

    while (!worker_stopped(w)) {
        if (p->round_end > 0 && monotonic_seconds() >= p->round_end)
            return;
        if (!scan_next(p->scan, w->number, &c)) {
            w->done = true;
            return;
        }
        worker_push(w, c);
    }
}

static void work_picked(struct worker *w, size_t i)
{
    struct pipe *p = w->pipe;
    bool origin = exec_lineage(w->x) || p->origin;
    size_t n = sieve_rows(p, i, w->picked);

    for (size_t from = 0; from < n && !worker_stopped(w); from += CHUNK_ROWS) {
        size_t some = n - from < CHUNK_ROWS ? n - from : CHUNK_ROWS;
        arena_reset(w->scratch);
        worker_push(w, part_picked(w->scratch, &p->parts, &p->parts.items[i], w->picked + from,
                                   some, origin));
    }
}

static void work_parts(struct worker *w)
{
    struct pipe *p = w->pipe;

    while (!worker_stopped(w)) {
        size_t i = atomic_fetch_add_explicit(&p->next_part, 1, memory_order_relaxed);
        if (i >= p->parts.n)
            break;
        const struct part *part = &p->parts.items[i];
        if (p->bits) {
            work_picked(w, i);
            continue;
        }
        size_t step = p->path->whole ? part->n : CHUNK_ROWS;
        for (size_t from = 0; from < part->n && !worker_stopped(w); from += step) {
            arena_reset(w->scratch);
            size_t n = part->n - from < step ? part->n - from : step;
            worker_push(w, part_chunk(w->scratch, &p->parts, part, from, n,
                                      exec_lineage(w->x) || p->origin));
        }
    }
    w->done = true;
}

static void work(void *ctx, int thread)
{
    struct exec *x = ctx;
    struct worker *w = &x->workers[thread];

    if (w->done)
        return;
    if (w->pipe->scan)
        work_scan(w);
    else
        work_parts(w);
}

static bool all_done(const struct exec *x)
{
    for (int i = 0; i < x->n_workers; i++) {
        if (!x->workers[i].done)
            return false;
    }
    return true;
}

/* Runs the workers until the path is through, coming back now and then to show progress. */
static void run_rounds(struct exec *x, struct pipe *p)
{
    while (!all_done(x) && !atomic_load(&x->stop)) {
        p->round_end = p->scan && x->o->progress ? monotonic_seconds() + ROUND_SECONDS : 0;
        if (x->n_workers == 1 || (!p->scan && p->parts.n <= 1))
            for (int i = 0; i < x->n_workers; i++)
                work(x, i);
        else
            pool_run(x->o->pool, work, x);
        if (p->scan) {
            scan_stats(p->scan, &x->now_scan);
            if (x->o->progress && !all_done(x) && !atomic_load(&x->stop))
                exec_between(x, p);
        }
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

bool exec_open_node(struct exec *x, const struct plan_node *n, struct error *err)
{
    if (x->opened[n->id])
        return true;
    x->opened[n->id] = true;
    return !n->op->run->open || !exec_switched_on(x, n) ||
           n->op->run->open(x, n, &x->shared[n->id], err);
}

bool pipe_open_step(struct exec *x, struct pipe *p, const struct plan_node *n, struct error *err)
{
    if (p->local_open[n->id])
        return true;
    p->local_open[n->id] = true;
    for (int i = 0; i < x->n_workers; i++) {
        struct worker *w = &x->workers[i];
        w->locals[n->id] = NULL;
        if (n->op->run->open_worker && exec_switched_on(x, n) &&
            !n->op->run->open_worker(w, n, x->shared[n->id], &w->locals[n->id], err))
            return false;
    }
    return true;
}

bool pipe_open_sink(struct exec *x, struct pipe *p, struct error *err)
{
    const struct plan_node *n = p->sink;

    p->sinks = ARENA_ARRAY(x->arena, void *, x->n_workers);
    for (int i = 0; n->op->run->open_worker && i < x->n_workers; i++) {
        if (!n->op->run->open_worker(&x->workers[i], n, x->shared[n->id], &p->sinks[i], err))
            return false;
    }
    return true;
}

/* What must be there before any row flows: tables of sources, legs of joins. */
static bool open_below(struct exec *x, struct pipe *p, struct error *err)
{
    if (p->sink && !exec_open_node(x, p->sink, err))
        return false;
    for (size_t i = 0; i < p->n_paths; i++) {
        struct path *path = &p->paths[i];
        for (size_t k = 0; k < path->n_steps; k++) {
            if (!exec_open_node(x, path->steps[k], err))
                return false;
        }
        if (path->fed)
            continue;
        bool streams = node_is_scan(path->source) && !x->tables[path->source->id] && !path->whole;
        if (!streams && !exec_table_bare(x, path->source, &path->table, err))
            return false;
    }
    return true;
}

struct scan_request pipe_request(struct exec *x, struct pipe *p)
{
    const struct plan_node *n = p->path->source;
    struct needle_group *needles = NULL;
    /* a search for needles would pass over the lines that a stage loses */
    size_t n_needles = x->probe ? 0 : kql_needles(x->q, n, x->o->params, x->arena, &needles);

    return (struct scan_request){.wanted = n->needed,
                                 .needles = needles,
                                 .n_needles = n_needles,
                                 .since = x->o->since,
                                 .until = x->o->until,
                                 .news = x->news,
                                 .origin = exec_lineage(x) || p->origin,
                                 .threads = x->n_workers};
}

void exec_scanned(struct exec *x, struct scan *scan)
{
    struct scan_stats s;

    scan_stats(scan, &s);
    exec_add_stats(&x->scan, &s);
    if (!x->n_bad)
        x->n_bad = scan_bad_lines(scan, x->arena, &x->bad);
    memset(&x->now_scan, 0, sizeof x->now_scan);
    x->passes++;
}

void pipe_scanned(struct exec *x, struct pipe *p)
{
    const struct plan_node *n = p->path->source;
    struct scan_stats s;

    scan_stats(p->scan, &s);
    x->workers[0].counts[n->id].rows_in += s.lines - s.header_lines - s.blank;
}

/* Reads the logs, alone or with others. */
static bool run_scan(struct exec *x, struct pipe *p, struct error *err)
{
    struct scan_request r = pipe_request(x, p);

    if (x->o->together) {
        struct feed feed = {.x = x, .pipe = p, .request = r};
        together_scan(x->o->together, &feed, 1);
        return true;
    }
    if (!scan_open(x->o->logs, &r, x->arena, &p->scan, err))
        return false;
    run_rounds(x, p);
    if (atomic_load(&x->stop))
        scan_cancel(p->scan);
    if (scan_failed(p->scan, err))
        atomic_store(&x->stop, true);
    pipe_scanned(x, p);
    exec_scanned(x, p->scan);
    scan_close(p->scan);
    p->scan = NULL;
    return true;
}

/* The filters right above kept rows go by bits, if there are any. */
static bool sieve(struct exec *x, struct pipe *p)
{
    const struct path *path = p->path;
    struct masks *masks = x->keep && x->derived ? keep_masks(x->keep) : NULL;

    if (!masks || x->probe || path->source != x->q->keep || path->whole || !path->table->rows)
        return true;
    if (!sieve_begin(x, p, masks))
        return false;
    for (int i = 0; p->bits && i < x->n_workers; i++)
        x->workers[i].picked = ARENA_ARRAY(x->workers[i].arena, uint32_t, PART_ROWS);
    return true;
}

static bool open_source(struct exec *x, struct pipe *p, struct error *err)
{
    const struct path *path = p->path;

    atomic_store(&p->next_part, 0);
    p->sieved = 0;
    p->bits = NULL;
    if (!path->table) {
        const struct scan_data *d = path->source->data;
        return x->o->logs ||
               error_set(err, "%.*s is asked for, but no logs are loaded", STR_ARG(d->table));
    }
    p->parts = parts_of_table(x->arena, path->table, path->source->id);
    if (path->whole && path->table->rows) {
        p->parts.n = 1;
        p->parts.items[0].n = path->table->rows;
    }
    return sieve(x, p);
}

static bool run_path(struct exec *x, struct pipe *p, const struct path *path, struct error *err)
{
    p->path = path;
    for (size_t i = 0; i < path->n_steps; i++) {
        p->position[path->steps[i]->id] = i;
        if (!pipe_open_step(x, p, path->steps[i], err))
            return false;
    }
    if (!open_source(x, p, err))
        return false;
    for (int i = 0; i < x->n_workers; i++) {
        x->workers[i].pipe = p;
        x->workers[i].done = false;
    }
    bool done;
    if (!again_run(x, p, &done, err))
        return false;
    if (done)
        return !atomic_load(&x->stop);
    if (path->table)
        run_rounds(x, p);
    else if (!run_scan(x, p, err))
        return false;
    uint32_t last = 0;
    for (int i = 0; i < x->n_workers; i++)
        last = x->workers[i].last_block > last ? x->workers[i].last_block : last;
    p->first_block += last + 1;
    return !atomic_load(&x->stop);
}

/* ---- running --------------------------------------------------------------------------------- */

static void close_locals(struct exec *x, struct pipe *p, const struct plan_node *n)
{
    if (!p->local_open[n->id])
        return;
    p->local_open[n->id] = false;
    for (int i = 0; n->op->run->close_worker && i < x->n_workers; i++)
        n->op->run->close_worker(&x->workers[i], n, x->workers[i].locals[n->id]);
}

void pipe_close_steps(struct exec *x, struct pipe *p)
{
    for (size_t i = 0; i < p->n_paths; i++) {
        for (size_t k = 0; k < p->paths[i].n_steps; k++)
            close_locals(x, p, p->paths[i].steps[k]);
    }
}

static bool run_paths(struct exec *x, struct pipe *p, struct error *err)
{
    if (p->sink && !pipe_open_sink(x, p, err))
        return false;
    for (size_t i = 0; i < p->n_paths; i++) {
        if (p->paths[i].fed)
            continue;
        p->first_block = p->block_room ? (uint32_t)i * p->block_room : p->first_block;
        if (!run_path(x, p, &p->paths[i], err))
            return false;
    }
    pipe_close_steps(x, p);
    return true;
}

bool pipe_collect(struct exec *x, const struct plan_node *top, struct rows **rows,
                  struct error *err)
{
    struct pipe p = {.rows = rows, .origin = true};

    pipe_init(x, &p, top);
    return open_below(x, &p, err) && run_paths(x, &p, err);
}

/* What all paths have put into the sink: those that were fed ahead have places of their own. */
static bool finish(struct exec *x, struct pipe *p, const struct plan_node *top, struct table **out,
                   struct error *err)
{
    size_t workers = (size_t)x->n_workers, n = workers * (p->n_fed + 1);
    void **locals = ARENA_ARRAY(x->arena, void *, n);

    memcpy(locals, p->sinks, workers * sizeof *locals);
    for (size_t i = 0; i < p->n_fed; i++)
        memcpy(locals + (i + 1) * workers, p->fed[i].sinks, workers * sizeof *locals);
    if (p->out)
        *out = p->out;
    else if (!top->op->run->finish(x, top, x->shared[top->id], locals, n, out, err))
        return false;
    x->workers[0].counts[top->id].rows_out += (int64_t)(*out)->rows;
    return !atomic_load(&x->stop);
}

static struct table *collected(struct exec *x, struct pipe *p, const struct plan_node *top)
{
    size_t workers = (size_t)x->n_workers, n = workers * (p->n_fed + 1);
    struct rows **rows = ARENA_ARRAY(x->arena, struct rows *, n);

    memcpy(rows, p->rows, workers * sizeof *rows);
    for (size_t i = 0; i < p->n_fed; i++)
        memcpy(rows + (i + 1) * workers, p->fed[i].rows, workers * sizeof *rows);
    return rows_table(x, rows, n, &top->schema);
}

struct rows **pipe_rows(struct exec *x, const struct plan_node *top)
{
    struct rows **rows = ARENA_ARRAY(x->arena, struct rows *, x->n_workers);

    for (int i = 0; i < x->n_workers; i++)
        rows[i] = rows_new(&x->workers[i], &top->schema, top->needed);
    return rows;
}

bool pipe_run(struct exec *x, const struct plan_node *top, struct table **out, struct error *err)
{
    struct pipe own = {0}, *p = ahead_pipe(x, top);

    if (!p) {
        p = &own;
        pipe_init(x, p, top);
    }
    if (!open_below(x, p, err))
        return false;
    if (p->sink) {
        x->enough = x->same = false;
        bool ok = run_paths(x, p, err) && finish(x, p, top, out, err);
        for (size_t i = 0; i < p->n_paths; i++)
            x->stopped |= x->enough && !p->paths[i].table;
        return ok;
    }
    p->rows = pipe_rows(x, top);
    if (!run_paths(x, p, err))
        return false;
    *out = collected(x, p, top);
    return true;
}
