/* One pass over the logs for many pipelines, of one run or of several.
 *
 *   With the union of the wanted columns, each line is found, cut and its fields made once, and
 * each pipeline gets the rows as a chunk of its own from which it may drop rows. Where lines were
 * found that another one's needles ask for, those with its own are picked first, so that what it
 * counts is what it would count alone. */
#include "exec/exec_internal.h"

/* A pass; its threads find it here. */
struct pass {
    struct feed *feeds;
    size_t n;
    struct exec *leader;
    struct scan *scan;
    bool *done; /* by thread */
    double round_end;
};

/* ---- a feed's chunk -------------------------------------------------------------------------- */

/* The rows of the pass's chunk that a feed has not dropped yet. */
struct share {
    struct chunk_loader loader;
    struct chunk *all;
    uint32_t *rows; /* NULL: all of them */
    size_t n;
};

/* A column that few rows of one feed want is not made for all. */
static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct share *s = (struct share *)self;
    struct chunk_loader *below = s->all->loader;

    if (s->rows && !s->all->columns[i] && below->load_some && s->n < s->all->rows / 4)
        return below->load_some(below, s->all, i, s->rows, s->n);
    struct column *all = chunk_column(s->all, i);
    return s->rows ? column_pick(c->arena, all, s->rows, c->rows) : all;
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct share *s = (struct share *)self;

    if (!s->rows) {
        s->rows = arena_alloc(s->all->arena, n * sizeof *s->rows);
        memcpy(s->rows, rows, n * sizeof *s->rows);
    } else {
        for (size_t i = 0; i < n; i++)
            s->rows[i] = s->rows[rows[i]];
    }
    s->n = n;
}

static struct chunk *share_chunk(struct chunk *all)
{
    struct share *s = ARENA_NEW(all->arena, struct share);
    struct chunk *c = ARENA_NEW(all->arena, struct chunk);

    *s = (struct share){.loader = {.load = load, .pick = pick}, .all = all, .n = all->rows};
    *c = *all;
    c->columns = ARENA_ARRAY(all->arena, struct column *, all->n_columns);
    c->loader = &s->loader;
    return c;
}

/* Only the lines that this feed would have found. */
static struct chunk *own_chunk(struct pass *p, const struct feed *f, int thread, struct chunk *all)
{
    struct chunk *c = share_chunk(all);

    if (!f->lines || !all->rows)
        return c;
    uint32_t *rows = arena_alloc(all->arena, all->rows * sizeof *rows);
    size_t n = scan_rows_with(p->scan, thread, f->lines, rows);
    if (n < all->rows)
        chunk_pick(c, rows, n);
    return c;
}

/* ---- what is asked of the logs --------------------------------------------------------------- */

/* A request's texts of which a line must have one: the group with the fewest. */
static const struct needle_group *smallest(const struct scan_request *r)
{
    const struct needle_group *best = r->n_needles ? r->needles : NULL;

    for (size_t i = 1; i < r->n_needles; i++) {
        if (r->needles[i].n < best->n)
            best = &r->needles[i];
    }
    return best;
}

static bool same_group(const struct needle_group *x, const struct needle_group *y)
{
    bool same = x->n == y->n && x->fold == y->fold;

    for (size_t i = 0; same && i < x->n; i++)
        same = str_eq(x->texts[i], y->texts[i]);
    return same;
}

static bool same_needles(const struct scan_request *x, const struct scan_request *y)
{
    bool same = x->n_needles == y->n_needles;

    for (size_t i = 0; same && i < x->n_needles; i++)
        same = same_group(&x->needles[i], &y->needles[i]);
    return same;
}

/* Lines without any of the texts are nobody's. Looking for many costs more than cutting all. */
#define MOST_NEEDLES 4

static struct needle_group *needles_of_all(const struct pass *p, struct arena *a)
{
    struct needle_group *all = ARENA_NEW(a, struct needle_group);

    all->texts = ARENA_ARRAY(a, struct str, MOST_NEEDLES);
    for (size_t i = 0; i < p->n; i++) {
        const struct needle_group *g = smallest(&p->feeds[i].request);
        bool there = false;
        for (size_t k = 0; g && k < i && !there; k++)
            there = smallest(&p->feeds[k].request) && same_group(g, smallest(&p->feeds[k].request));
        if (there)
            continue;
        if (!g || all->n + g->n > MOST_NEEDLES)
            return NULL;
        for (size_t k = 0; k < g->n; k++)
            all->texts[all->n++] = g->texts[k];
        all->fold |= g->fold;
    }
    return all;
}

/* Needles that all share are searched for as ever; else those of all, of which each feed picks its
 * own. */
static struct scan_request request_of_all(const struct pass *p, struct arena *a)
{
    struct scan_request r = p->feeds[0].request;
    size_t columns = logs_schema(p->leader->o->logs)->n;
    bool *wanted = ARENA_ARRAY(a, bool, columns), same = true;

    for (size_t i = 0; i < p->n; i++) {
        const struct scan_request *f = &p->feeds[i].request;
        for (size_t k = 0; k < columns; k++)
            wanted[k] |= f->wanted[k];
        r.origin |= f->origin;
        same &= same_needles(f, &r);
    }
    r.wanted = wanted;
    if (same)
        return r;
    for (size_t i = 0; i < p->n; i++) {
        struct feed *f = &p->feeds[i];
        if (f->request.n_needles)
            f->lines = line_test_new(a, f->request.needles, f->request.n_needles);
    }
    r.needles = needles_of_all(p, a);
    r.n_needles = r.needles != NULL;
    return r;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool wants(struct feed *f, int thread)
{
    f->x->workers[thread].done = f->done[thread];
    return !worker_stopped(&f->x->workers[thread]);
}

static void push(struct pass *p, struct feed *f, int thread, struct chunk *all)
{
    struct worker *w = &f->x->workers[thread];
    struct arena *own = w->arena;

    w->pipe = f->pipe;
    if (f->arenas)
        w->arena = f->arenas[thread];
    worker_push(w, p->n == 1 ? all : own_chunk(p, f, thread, all));
    w->arena = own;
    f->done[thread] = w->done;
}

static void read_for_all(void *ctx, int thread)
{
    struct pass *p = ctx;
    struct chunk *all;

    while (!p->done[thread]) {
        bool more = false;
        for (size_t i = 0; i < p->n; i++)
            more |= wants(&p->feeds[i], thread);
        if (!more || (p->round_end > 0 && monotonic_seconds() >= p->round_end)) {
            p->done[thread] = !more;
            return;
        }
        if (!scan_next(p->scan, thread, &all)) {
            p->done[thread] = true;
            return;
        }
        for (size_t i = 0; i < p->n; i++) {
            if (wants(&p->feeds[i], thread))
                push(p, &p->feeds[i], thread, all);
        }
    }
}

static bool all_done(const struct pass *p)
{
    for (int i = 0; i < p->leader->n_workers; i++) {
        if (!p->done[i])
            return false;
    }
    return true;
}

/* Feeds of one run stand side by side. */
static bool first_of_run(const struct pass *p, size_t i)
{
    return i == 0 || p->feeds[i].x != p->feeds[i - 1].x;
}

static void show_progress(struct pass *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct exec *x = p->feeds[i].x;
        if (!first_of_run(p, i))
            continue;
        scan_stats(p->scan, &x->now_scan);
        if (x->o->progress && !atomic_load(&x->stop) && !all_done(p))
            exec_between(x, p->feeds[i].pipe);
    }
}

static void read_rounds(struct pass *p)
{
    bool progress = false;

    for (size_t i = 0; i < p->n; i++)
        progress |= p->feeds[i].x->o->progress != NULL;
    while (!all_done(p)) {
        p->round_end = progress ? monotonic_seconds() + ROUND_SECONDS : 0;
        if (p->leader->n_workers == 1)
            read_for_all(p, 0);
        else
            pool_run(p->leader->o->pool, read_for_all, p);
        show_progress(p);
    }
}

struct exec_together pass_read(struct feed *feeds, size_t n)
{
    struct exec *x = feeds[0].x;
    struct pass p = {.feeds = feeds, .n = n, .leader = x};
    struct exec_together read = {0};
    struct error err = {0};

    p.done = ARENA_ARRAY(x->arena, bool, x->n_workers);
    for (size_t i = 0; i < n; i++)
        feeds[i].done = ARENA_ARRAY(x->arena, bool, x->n_workers);
    struct scan_request r = request_of_all(&p, x->arena);
    bool ok = scan_open(x->o->logs, &r, x->arena, &p.scan, &err);
    for (size_t i = 0; i < n; i++)
        feeds[i].pipe->scan = p.scan;
    if (ok) {
        read_rounds(&p);
        ok = !scan_failed(p.scan, &err);
    }
    for (size_t i = 0; i < n; i++) {
        struct feed *f = &feeds[i];
        if (p.scan) {
            pipe_scanned(f->x, f->pipe);
            if (first_of_run(&p, i))
                exec_scanned(f->x, p.scan);
        }
        f->pipe->scan = NULL;
        if (!ok)
            exec_fail(f->x, &err);
    }
    if (p.scan) {
        struct scan_stats s;
        scan_stats(p.scan, &s);
        read = (struct exec_together){1, s.bytes, s.lines_cut};
        scan_close(p.scan);
    }
    return read;
}
