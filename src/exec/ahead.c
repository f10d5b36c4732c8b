/* Plans that mention logs more than once: which pipelines one pass over the logs can feed.
 *
 *   Before the plan is run from its top, it is walked for the pipelines that begin at a scan. Those
 * whose steps need nothing that is still to be read are fed at once, into their sinks; when the
 * plan comes to them, they only have to be finished. Where a step needs another scan's rows first
 * (the probe side of a join, `in (subquery)`), what leaves the steps below it is collected, as long
 * as it fits a budget: the plan goes on from there. What does not fit is read again, in the next
 * pass.
 *
 *   The paths of one union are fed side by side, while its sink expects one after the other: each
 * path has locals (or collected rows) of its own, and its blocks are numbered behind all of those
 * of the path before it. */
#include "exec/exec_internal.h"

#ifdef HARRIER_TINY
#define HELD_BYTES ((int64_t)128 << 10)
#else
#define HELD_BYTES ((int64_t)32 << 20) /* a run's rows that wait */
#endif
#define MOST_WAVES 8

enum kind {
    WHOLE,  /* into the sink, or what the plan needs as a table in any case */
    FILL,   /* the rows that are kept for re-tuning */
    PREFIX, /* what leaves `top` waits for the step above */
};
struct ahead {
    enum kind kind;
    const struct plan_node *top;
    struct pipe pipe;
    struct store *store;    /* NULL: its memory is the run's, or was taken over */
    struct arena **workers; /* the store's */
    struct store *held;     /* collected rows; NULL: of WHOLE */
    atomic_bool over;
};
struct wave {
    struct exec *x;
    struct arena *arena; /* the run's, whatever is entered */
    bool *seen;          /* by node id */
    VEC(struct ahead *) items;
    VEC(struct feed) feeds;
    size_t n_whole, n_prefixes, n_mentions;
};

/* ---- what is still to be read ---------------------------------------------------------------- */

static bool is_there(const struct exec *x, const struct plan_node *n)
{
    return x->tables[n->id] || (x->keep && keep_has(x, n));
}

static bool asks(const struct exec *x, const struct plan_node *n)
{
    return n->asks && !x->subvalues;
}

static bool asks_below(const struct exec *x, const struct plan_node *n)
{
    for (size_t i = 0; i < n->n_legs; i++) {
        if (asks_below(x, n->legs[i]))
            return true;
    }
    return asks(x, n) || (n->input && asks_below(x, n->input));
}

static bool pending(const struct exec *x, const struct plan_node *n);

/* Whether a step cannot be opened yet. */
static bool blocked(const struct exec *x, const struct plan_node *step)
{
    const struct plan_node *first;

    for (size_t i = 0; node_has_plans(step) && i < step->n_legs; i++) {
        if (asks_below(x, step->legs[i]))
            return true;
    }
    for (size_t i = 0; (first = node_first(step, i)); i++) {
        if (pending(x, first))
            return true;
    }
    return asks(x, step);
}

/* Whether n's output cannot be had without reading logs or a subquery's value. */
static bool pending(const struct exec *x, const struct plan_node *n)
{
    if (is_there(x, n))
        return false;
    if (blocked(x, n) || (node_is_scan(n) && !x->fed[n->id]))
        return true;
    for (size_t i = 0; n->op->run->legs_flow && i < n->n_legs; i++) {
        if (pending(x, n->legs[i]))
            return true;
    }
    return n->input && pending(x, n->input);
}

/* The rows that are kept are read for themselves. */
static bool reads(const struct exec *x, const struct plan_node *top, const struct path *p)
{
    if (p->source == x->kept && top != x->kept)
        return false;
    return node_is_scan(p->source) && !p->whole && !x->tables[p->source->id] &&
           !x->fed[p->source->id];
}

/* ---- the pipelines of a wave ----------------------------------------------------------------- */

static void free_ahead(void *ahead)
{
    struct ahead *h = ahead;

    store_drop(h->held);
    store_drop(h->store);
}

static void add(struct wave *w, enum kind kind, const struct plan_node *top)
{
    struct exec *x = w->x;
    struct ahead *h = ARENA_NEW(x->arena, struct ahead);

    h->kind = kind;
    h->top = top;
    pipe_init(x, &h->pipe, top);
    vec_push(w->arena, &w->items, h);
    w->n_whole += kind != PREFIX;
    w->n_prefixes += kind == PREFIX;
    for (size_t i = 0; i < h->pipe.n_paths; i++)
        w->n_mentions += reads(x, top, &h->pipe.paths[i]);
    arena_at_end(x->arena, free_ahead, h);
}

/* The steps from the scan up to where the path is blocked, or meets other rows. */
static void add_prefix(struct wave *w, const struct path *p)
{
    const struct plan_node *top = p->source;

    for (size_t i = 0; i < p->n_steps && !p->steps[i]->op->run->legs_flow; i++) {
        if (node_first(p->steps[i], 0) || blocked(w->x, p->steps[i]))
            break;
        top = p->steps[i];
    }
    add(w, PREFIX, top);
}

static void need(struct wave *w, const struct plan_node *top);

static void need_legs(struct wave *w, const struct plan_node *n)
{
    const struct plan_node *first;

    for (size_t i = 0; (first = node_first(n, i)); i++)
        need(w, first);
}

/* All that the pipeline's paths need; whether one of them reads, and whether one that does is
 * blocked. */
static void need_below(struct wave *w, const struct plan_node *top, const struct pipe *p, bool *any,
                       bool *all)
{
    const struct exec *x = w->x;
    bool fill = top == x->kept && !p->sink;

    *any = false;
    *all = !p->sink || !blocked(x, p->sink);
    if (p->sink)
        need_legs(w, p->sink);
    for (size_t i = 0; i < p->n_paths; i++) {
        const struct path *path = &p->paths[i];
        for (size_t k = 0; k < path->n_steps; k++)
            need_legs(w, path->steps[k]);
        if (!reads(x, top, path)) {
            need(w, path->source);
            continue;
        }
        *any = true;
        /* what is kept of a join must lie in its store: fill() sees to it */
        for (size_t k = 0; k < path->n_steps; k++)
            *all = *all && !blocked(x, path->steps[k]) && !(fill && node_first(path->steps[k], 0));
    }
}

/* The pipeline that makes top's output. */
static void need(struct wave *w, const struct plan_node *top)
{
    struct exec *x = w->x;
    struct pipe p = {0}, *known = x->ahead[top->id] ? &x->ahead[top->id]->pipe : NULL;
    bool any, all;

    if (w->seen[top->id] || is_there(x, top) || top->op->run->table)
        return;
    w->seen[top->id] = true;
    if (!known)
        pipe_init(x, known = &p, top);
    need_below(w, top, known, &any, &all);
    if (!any || known->n_fed)
        return;
    bool fill = top == x->kept && !known->sink;
    if (all && (!fill || known->n_paths == 1)) {
        add(w, fill ? FILL : WHOLE, top);
        return;
    }
    for (size_t i = 0; i < known->n_paths; i++) {
        if (reads(x, top, &known->paths[i]))
            add_prefix(w, &known->paths[i]);
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

static struct rows **rows_held(struct exec *x, struct ahead *h)
{
    struct rows **rows = ARENA_ARRAY(x->arena, struct rows *, x->n_workers);
    bool origin = h->kind == FILL || x->lineage || x->keep;

    for (int i = 0; i < x->n_workers; i++)
        rows[i] = rows_in(store_arena(h->held), &h->top->schema, h->top->needed, origin);
    return rows;
}

/* A pipeline of one path, to be fed. */
static bool open_feed(struct wave *w, struct ahead *h, struct path *path, struct error *err)
{
    struct exec *x = w->x;
    struct pipe *p = &h->pipe, *feed = &p->fed[p->n_fed];

    *feed = *p;
    feed->path = path;
    feed->fed = NULL;
    feed->position = ARENA_ARRAY(x->arena, size_t, x->q->n_nodes);
    feed->first_block = (uint32_t)(path - p->paths) * p->block_room;
    for (size_t k = 0; k < path->n_steps; k++) {
        feed->position[path->steps[k]->id] = k;
        if (!exec_open_node(x, path->steps[k], err) || !pipe_open_step(x, p, path->steps[k], err))
            return false;
    }
    if (p->sink && !pipe_open_sink(x, feed, err))
        return false;
    if (!p->sink)
        feed->rows = h->held ? rows_held(x, h) : pipe_rows(x, h->top);
    p->n_fed++;
    vec_push(w->arena, &w->feeds,
             ((struct feed){.x = x,
                            .pipe = feed,
                            .request = pipe_request(x, feed),
                            .arenas = h->store ? h->workers : NULL}));
    return !err->set;
}

static int64_t budget(const struct wave *w, const struct ahead *h)
{
    int64_t all = h->kind == FILL ? keep_budget(w->x->keep) : HELD_BYTES / (int64_t)w->n_prefixes;
    return all / w->x->n_workers;
}

static bool open_paths(struct wave *w, struct ahead *h, struct error *err)
{
    struct exec *x = w->x;
    struct pipe *p = &h->pipe;

    p->fed = ARENA_ARRAY(x->arena, struct pipe, p->n_paths);
    p->block_room = (uint32_t)(UINT32_MAX / (p->n_paths + 1));
    p->origin = h->kind != WHOLE && (h->kind == FILL || x->keep);
    if (h->held) {
        p->over = &h->over;
        p->budget = budget(w, h);
    }
    if (p->sink && !exec_open_node(x, p->sink, err))
        return false;
    for (size_t i = 0; i < p->n_paths; i++) {
        if (reads(x, h->top, &p->paths[i]) && !open_feed(w, h, &p->paths[i], err))
            return false;
    }
    return true;
}

/* The table of a breaker or a leg is kept for re-tuning: all that it holds lies in a store. */
static bool in_store(const struct exec *x, const struct ahead *h)
{
    const struct query *q = x->q;

    return x->keep && h->kind == WHOLE && h->top != q->root && (h->top != q->keep || x->kept);
}

static bool open_ahead(struct wave *w, struct ahead *h, struct error *err)
{
    struct exec *x = w->x;
    struct arenas before;

    if (h->kind != WHOLE)
        h->held = store_new(0);
    if (!in_store(x, h))
        return open_paths(w, h, err);
    h->store = store_new(x->n_workers);
    h->workers = ARENA_ARRAY(w->arena, struct arena *, x->n_workers);
    store_enter(x, h->store, &before);
    for (int i = 0; i < x->n_workers; i++)
        h->workers[i] = x->workers[i].arena;
    bool ok = open_paths(w, h, err);
    store_leave(x, &before);
    return ok;
}

/* ---- closing --------------------------------------------------------------------------------- */

static void uncount(struct exec *x, const struct plan_node *n)
{
    for (int i = 0; i < x->n_workers; i++)
        x->workers[i].counts[n->id] = (struct stage_count){0};
}

/* The rows did not fit: it is as if the scan had not been. */
static void let_go(struct exec *x, struct ahead *h)
{
    const struct path *path = h->pipe.fed[0].path;

    uncount(x, path->source);
    for (size_t i = 0; i < path->n_steps; i++)
        uncount(x, path->steps[i]);
    store_drop(h->held);
    h->held = NULL;
}

static void close_ahead(struct exec *x, struct ahead *h)
{
    struct pipe *p = &h->pipe;
    bool over = atomic_load(&h->over);

    if (h->kind != WHOLE)
        pipe_close_steps(x, p);
    if (h->kind == PREFIX && !over) {
        x->tables[h->top->id] =
            rows_join(x->arena, p->fed[0].rows, (size_t)x->n_workers, &h->top->schema, false);
        x->owners[h->top->id] = h->held;
    }
    if (h->kind != PREFIX)
        x->ahead[h->top->id] = h;
    for (size_t i = 0; i < p->n_fed && !over; i++) {
        x->fed[p->fed[i].path->source->id] = true;
        ((struct path *)p->fed[i].path)->fed = true;
    }
    if (over)
        let_go(x, h);
}

/* ---- waves ----------------------------------------------------------------------------------- */

/* One that has nothing to be fed with others stays for its turn. */
static bool worth_while(const struct wave *w)
{
    return w->n_whole > 0 && w->n_mentions > 1;
}

static bool read_wave(struct wave *w, struct error *err)
{
    struct exec *x = w->x;

    for (size_t i = 0; i < w->items.n; i++) {
        if (!open_ahead(w, w->items.items[i], err))
            return false;
    }
    if (x->o->together)
        together_scan(x->o->together, w->feeds.items, w->feeds.n);
    else
        pass_read(w->feeds.items, w->feeds.n);
    if (atomic_load(&x->stop))
        return false;
    for (size_t i = 0; i < w->items.n; i++)
        close_ahead(x, w->items.items[i]);
    return true;
}

bool ahead_read(struct exec *x, struct error *err)
{
    const struct query *q = x->q;

    if (q->n_scans < 2 || !x->o->logs || x->o->apart)
        return true;
    if (!x->ahead) {
        x->ahead = ARENA_ARRAY(x->arena, struct ahead *, q->n_nodes);
        x->fed = ARENA_ARRAY(x->arena, bool, q->n_nodes);
    }
    for (int i = 0; i < MOST_WAVES; i++) {
        struct wave w = {
            .x = x, .arena = x->arena, .seen = ARENA_ARRAY(x->arena, bool, q->n_nodes)};
        x->kept = x->keep && keep_gives(x->keep) ? q->keep : NULL;
        for (size_t k = 0; k < q->n_subqueries; k++)
            need(&w, q->subqueries[k].root);
        need(&w, q->root);
        bool ok = !worth_while(&w) || read_wave(&w, err);
        x->kept = NULL;
        if (!ok || !worth_while(&w))
            return ok;
    }
    return true;
}

/* ---- picking up ------------------------------------------------------------------------------ */

static struct ahead *find(struct exec *x, const struct plan_node *top)
{
    return x->ahead ? x->ahead[top->id] : NULL;
}

struct pipe *ahead_pipe(struct exec *x, const struct plan_node *top)
{
    struct ahead *h = find(x, top);
    return h && h->kind == WHOLE ? &h->pipe : NULL;
}

struct store *ahead_store(struct exec *x, const struct plan_node *top)
{
    struct ahead *h = find(x, top);
    struct store *s = h ? h->store : NULL;

    if (h)
        h->store = NULL;
    return s;
}

struct rows **ahead_rows(struct exec *x, const struct plan_node *top, bool *over)
{
    struct ahead *h = find(x, top);

    if (!h || h->kind != FILL)
        return NULL;
    x->ahead[top->id] = NULL;
    *over = atomic_load(&h->over);
    return h->pipe.fed[0].rows;
}
