/* What is kept between runs (DESIGN.md 6, re-tuning), so that turning a knob starts as high up in
 * the plan as it can:
 *
 *   rows      of the node query->keep, dictionary-coded, with origins: what no hot knob can change
 *   bits      a row for each filter right above them (sieve.c)
 *   memories  of breakers above those: what each group of rows gave (again.c)
 *   tables    of breakers and legs, each good for the parameter values it was made with
 *
 * So a knob in a filter below a summarize costs one look at each row by that filter, and the groups
 * of the rows that came or went; one above it costs what is above it.
 *
 * All of it lies in counted stores: a result that points into one holds it, so that an old result
 * stays whole while newer runs replace what is kept. */
#include "exec/exec_internal.h"
#include "exec/sieve.h"

/* One node's output, and the parameter values that it answers. */
struct cached {
    struct store *store; /* NULL: nothing */
    const struct plan_node *node;
    int64_t bytes; /* of it, when it was put here; a column made later counts no more */
    struct table *table;
    struct value *params; /* by slot; copies in the store */
    int64_t now;
    struct stage_count *counts; /* by node id; of the nodes at and below it */
    struct pairs_list *pairs;   /* the same: their lineage */
    uint64_t choice;            /* of rows; 0: all */
    bool lineage;
};
struct keep {
    const struct query *q;
    struct arena *arena;
    int64_t budget, bytes;
    bool over;
    bool borrowed;  /* the rows are another's */
    uint64_t fills;
    struct cached *nodes; /* by node id */
    bool **
        below; /* by node id, then node id: whether it is that node or below it; NULL until asked */
    bool **reads;           /* by node id, then slot: whether its output depends on the parameter */
    struct scan_stats scan; /* of the run that filled it */
    int64_t since, until;
    struct store *derived_store;
    struct derived_cache *derived;
    struct masks *masks; /* in derived_store */
    struct memories *memories;
};

struct keep *keep_new(const struct query *q, int64_t budget_bytes)
{
    struct arena *a = arena_new();
    struct keep *k = ARENA_NEW(a, struct keep);

    k->q = q;
    k->arena = a;
    k->budget = budget_bytes;
    k->memories = memories_new(a, k);
    k->nodes = ARENA_ARRAY(a, struct cached, q->n_nodes);
    k->below = ARENA_ARRAY(a, bool *, q->n_nodes);
    k->reads = ARENA_ARRAY(a, bool *, q->n_nodes);
    return k;
}

static void forget(struct keep *k, struct cached *c)
{
    if (!c->store)
        return;
    k->bytes -= c->bytes;
    store_drop(c->store);
    memset(c, 0, sizeof *c);
}

static void forget_derived(struct keep *k)
{
    memories_forget(k->memories);
    store_drop(k->derived_store);
    k->derived_store = NULL;
    k->derived = NULL;
    k->masks = NULL;
}

static void forget_all(struct keep *k)
{
    for (size_t i = 0; i < k->q->n_nodes; i++)
        forget(k, &k->nodes[i]);
    forget_derived(k);
    k->bytes = 0;
}

void keep_free(struct keep *k)
{
    if (!k)
        return;
    forget_all(k);
    arena_free(k->arena);
}

bool keep_ready(const struct keep *k)
{
    return k->q->keep && k->nodes[k->q->keep->id].store;
}

int64_t keep_bytes(const struct keep *k)
{
    return k->bytes;
}

struct masks *keep_masks(struct keep *k)
{
    return k->masks;
}

struct memories *keep_memories(struct keep *k)
{
    return k->memories;
}

int64_t keep_room(const struct keep *k)
{
    return k->budget - k->bytes;
}

void keep_count(struct keep *k, int64_t bytes)
{
    k->bytes += bytes;
}

bool keep_over_budget(const struct keep *k)
{
    return k->over;
}

uint64_t keep_fills(const struct keep *k)
{
    return k->fills;
}

/* ---- what a node depends on ------------------------------------------------------------------ */

static void mark_below(const struct query *q, const struct plan_node *n, bool *below)
{
    if (!n || below[n->id])
        return;
    below[n->id] = true;
    mark_below(q, n->input, below);
    for (size_t i = 0; i < n->n_legs; i++)
        mark_below(q, n->legs[i], below);
}

static param_set set_below(const struct plan_node *n)
{
    param_set s = n->params;

    if (n->input)
        s |= set_below(n->input);
    for (size_t i = 0; i < n->n_legs; i++)
        s |= set_below(n->legs[i]);
    return s;
}

static void ask_below(struct keep *k, const struct plan_node *n)
{
    if (k->below[n->id])
        return;
    k->below[n->id] = ARENA_ARRAY(k->arena, bool, k->q->n_nodes);
    mark_below(k->q, n, k->below[n->id]);
    k->reads[n->id] = ARENA_ARRAY(k->arena, bool, k->q->n_params);
    param_set s = set_below(n);
    for (size_t i = 0; i < k->q->n_params; i++)
        k->reads[n->id][i] =
            s & param_bit(i) || k->q->params[i].cold; /* cold ones stand in needles too */
}

static bool same_value(struct value x, struct value y)
{
    return x.type == y.type && value_equal(x, y);
}

static uint64_t choice_of(const struct exec *x)
{
    return x->o->choice ? x->o->choice->id : 0;
}

static bool answers(struct keep *k, const struct exec *x, const struct plan_node *n,
                    const struct cached *c)
{
    if (!c->store || (x->lineage && !c->lineage) || (k->q->uses_now && c->now != x->o->now) ||
        (n != k->q->keep && c->choice != choice_of(x)))
        return false;
    for (size_t i = 0; i < k->q->n_params; i++) {
        if (k->reads[n->id][i] && !same_value(c->params[i], exec_param(x, i)))
            return false;
    }
    return true;
}

bool keep_gives(const struct keep *k)
{
    return k->q->keep && k->q->n_scans && !k->over;
}

int64_t keep_budget(const struct keep *k)
{
    return k->budget;
}

bool keep_has(const struct exec *x, const struct plan_node *n)
{
    ask_below(x->keep, n);
    return answers(x->keep, x, n, &x->keep->nodes[n->id]);
}

/* ---- taking out ------------------------------------------------------------------------------ */

/* Lineage leads through every node below that takes rows together: their pairs come along. What
 * they lie in is held by the store (hold_below). */
static void lend(struct exec *x, struct keep *k, const struct plan_node *n)
{
    const struct cached *c = &k->nodes[n->id];

    exec_hold(x, c->store);
    for (size_t i = 0; x->lineage && c->pairs && i < k->q->n_nodes; i++) {
        if (c->pairs[i].n)
            lineage_set_pairs(x->lineage, i, &c->pairs[i]);
    }
}

struct table *keep_take(struct exec *x, const struct plan_node *n)
{
    struct keep *k = x->keep;
    struct cached *c = &k->nodes[n->id];

    ask_below(k, n);
    if (!answers(k, x, n, c))
        return NULL;
    for (size_t i = 0; i < k->q->n_nodes; i++) {
        if (k->below[n->id][i])
            x->workers[0].counts[i] = c->counts[i];
    }
    lend(x, k, n);
    return c->table;
}

/* ---- putting in ------------------------------------------------------------------------------ */

/* A table may share dictionaries with those it was made of: they live as long as it does, also
 * those that are there for this run only. */
static void hold_below(struct exec *x, const struct plan_node *n, struct store *s)
{
    const struct keep *k = x->keep;

    for (size_t i = 0; i < k->q->n_nodes; i++) {
        struct store *kept = k->nodes[i].store, *own = x->owners[i];
        if (i == n->id || !k->below[n->id][i])
            continue;
        if (kept)
            arena_at_end(store_arena(s), store_drop, store_hold(kept));
        if (own && own != kept)
            arena_at_end(store_arena(s), store_drop, store_hold(own));
    }
    if (k->derived_store && n != k->q->keep)
        arena_at_end(store_arena(s), store_drop, store_hold(k->derived_store));
}

/* With what is kept for its sake alone. */
static int64_t bytes_of(const struct exec *x, const struct plan_node *n, const struct store *s)
{
    const struct keep *k = x->keep;
    int64_t bytes = store_bytes(s);

    for (size_t i = 0; i < k->q->n_nodes; i++) {
        if (i != n->id && k->below[n->id][i] && x->owners[i] && x->owners[i] != k->nodes[i].store)
            bytes += store_bytes(x->owners[i]);
    }
    return bytes;
}

void keep_put(struct exec *x, const struct plan_node *n, struct store *s, struct table *t)
{
    struct keep *k = x->keep;
    struct cached *c = &k->nodes[n->id];
    struct arena *a = store_arena(s);

    ask_below(k, n);
    forget(k, c);
    exec_hold(x, s);
    x->owners[n->id] = s;
    if (k->bytes + bytes_of(x, n, s) > k->budget) {
        store_drop(s); /* good for this run only */
        return;
    }
    *c = (struct cached){
        .store = s, .node = n, .table = t, .now = x->o->now, .choice = choice_of(x)};
    c->lineage = x->lineage != NULL;
    hold_below(x, n, s);
    c->params = exec_params(x, a);
    c->counts = ARENA_ARRAY(a, struct stage_count, k->q->n_nodes);
    exec_counts(x, c->counts);
    c->pairs = x->lineage ? ARENA_ARRAY(a, struct pairs_list, k->q->n_nodes) : NULL;
    for (size_t i = 0; c->pairs && i < k->q->n_nodes; i++) {
        if (k->below[n->id][i])
            lineage_get_pairs(x->lineage, i, &c->pairs[i]);
    }
    c->bytes = bytes_of(x, n, s);
    k->bytes += c->bytes;
    memories_kept(k->memories, n, x->again == t ? t : NULL);
}

struct table *keep_same(struct exec *x, const struct plan_node *n)
{
    const struct cached *c = &x->keep->nodes[n->id];

    return c->store && (!x->lineage || c->lineage) ? c->table : NULL;
}

void keep_renew(struct exec *x, const struct plan_node *n)
{
    struct keep *k = x->keep;
    struct cached *c = &k->nodes[n->id];

    for (size_t i = 0; i < k->q->n_params; i++) {
        if (!same_value(c->params[i], exec_param(x, i))) {
            c->params = exec_params(x, store_arena(c->store));
            break;
        }
    }
    c->now = x->o->now;
    c->choice = choice_of(x);
    exec_counts(x, c->counts);
    lend(x, k, n);
}

/* What answers another run's parameters makes room. */
static void forget_old(struct exec *x, struct keep *k)
{
    for (size_t i = 0; i < k->q->n_nodes; i++) {
        struct cached *c = &k->nodes[i];
        if (c->store && !answers(k, x, c->node, c))
            forget(k, c);
    }
    forget_derived(k);
}

/* ---- filling --------------------------------------------------------------------------------- */

/* Each row that leaves n comes from one line alone. */
static bool from_lines(const struct plan_node *n)
{
    for (; n->input; n = n->input)
        if (n->op->run->finish || n->n_legs)
            return false;
    return n->n_legs == 0;
}

/* So that new lines make new rows and no more. */
static bool by_line(const struct query *q, const struct plan_node *n)
{
    return q->n_scans == 1 && from_lines(n);
}

void keep_check(struct exec *x)
{
    struct keep *k = x->keep;
    bool spanned = k->since != x->o->since || k->until != x->o->until;

    if (spanned || (x->o->news && !(k->q->keep && by_line(k->q, k->q->keep))))
        forget_all(k);
    k->since = x->o->since;
    k->until = x->o->until;
}

/* The rows do not fit: the run starts over and reads the logs without keeping them. */
static void begin_again(struct exec *x)
{
    atomic_store(&x->stop, false);
    memset(&x->scan, 0, sizeof x->scan);
    for (int i = 0; i < x->n_workers; i++)
        memset(x->workers[i].counts, 0, x->q->n_nodes * sizeof(struct stage_count));
}

static void derive(struct keep *k, const struct table *t)
{
    k->derived_store = store_new(0);
    k->derived = derived_new(k->q, k->derived_store, t);
    k->masks = masks_new(store_arena(k->derived_store));
}

static void remember(struct exec *x, struct keep *k, struct store *s, struct table *t)
{
    const struct plan_node *n = k->q->keep;

    k->scan = x->scan;
    keep_put(x, n, s, t);
    if (!k->nodes[n->id].store) {
        k->over = true; /* used for this run, since it is there */
        return;
    }
    k->nodes[n->id].lineage |= from_lines(n); /* rows carry their origins anyway */
    k->fills++;
    derive(k, t);
}

/* The same where query->keep is a breaker: what it makes is kept, not what goes into it. */
static bool fill_breaker(struct exec *x, struct keep *k, struct table **table, struct error *err)
{
    struct store *ahead = ahead_store(x, k->q->keep);
    struct store *s = ahead ? ahead : store_new(x->n_workers);
    struct arenas before;

    store_enter(x, s, &before);
    bool ok = pipe_run(x, k->q->keep, table, err);
    store_leave(x, &before);
    if (ok)
        remember(x, k, s, *table);
    else
        store_drop(s);
    return ok;
}

/* The same of what was read ahead for it. */
static bool fill_ahead(struct exec *x, struct keep *k, struct rows **rows, struct table **table)
{
    const struct plan_node *n = k->q->keep;
    struct store *s = store_new(0);

    if (k->over) {
        store_drop(s);
        return true;
    }
    *table = rows_join(store_arena(s), rows, (size_t)x->n_workers, &n->schema, true);
    remember(x, k, s, *table);
    return true;
}

/* Reads the logs up to query->keep. *table stays NULL when it does not fit. */
static bool fill(struct exec *x, struct keep *k, struct table **table, struct error *err)
{
    const struct plan_node *n = k->q->keep;

    forget_old(x, k);
    k->over = false;
    if (n->op->run->finish)
        return fill_breaker(x, k, table, err);
    struct rows **ahead = ahead_rows(x, n, &k->over);
    if (ahead)
        return fill_ahead(x, k, ahead, table);
    struct store *s = store_new(x->n_workers);
    struct arenas before;
    struct rows **rows = ARENA_ARRAY(x->arena, struct rows *, x->n_workers);
    struct arena *passing = arena_new();
    for (int i = 0; i < x->n_workers; i++)
        rows[i] = rows_in(passing, &n->schema, n->needed, true);
    x->fill = (struct fill){.rows = rows, .budget = k->budget / x->n_workers};
    store_enter(x, s, &before); /* a join below has its lineage there */
    bool ok = pipe_collect(x, n, rows, err);
    store_leave(x, &before);
    x->fill.rows = NULL;
    if (ok)
        *table = rows_join(store_arena(s), rows, (size_t)x->n_workers, &n->schema, true);
    arena_free(passing);
    if (!ok) {
        exec_hold(x, s); /* steps that are open lie in it */
        store_drop(s);
        if (!atomic_load(&x->fill.over) || err->set || exec_cancelled_by_caller(x))
            return false;
        begin_again(x);
        k->over = true;
        return true;
    }
    remember(x, k, s, *table);
    return true;
}

/* ---- growing --------------------------------------------------------------------------------- */

/* The rows kept, and those that come from what is new in the logs. *table stays NULL when they do
 * not fit. */
static bool grow(struct exec *x, struct keep *k, struct table **table, struct error *err)
{
    const struct plan_node *n = k->q->keep;
    struct store *before = store_hold(k->nodes[n->id].store), *s = store_new(0);
    const struct table *old = *table;
    size_t workers = (size_t)x->n_workers;
    struct rows **rows = ARENA_ARRAY(x->arena, struct rows *, workers + 1);
    struct arena *passing = arena_new();

    *table = NULL;
    for (size_t i = 0; i < workers; i++)
        rows[i] = rows_in(passing, &n->schema, n->needed, true);
    x->tables[n->id] = NULL;
    x->fill = (struct fill){.rows = rows, .budget = k->budget / x->n_workers};
    x->news = true;
    bool ok = pipe_collect(x, n, rows, err);
    x->news = false;
    x->fill.rows = NULL;
    if (ok) {
        for (size_t i = 0; i < workers; i++)
            rows_news(rows[i]);
        rows[workers] = rows_before(passing, &n->schema, n->needed, old);
        *table = rows_join(store_arena(s), rows, workers + 1, &n->schema, true);
    }
    arena_free(passing);
    forget_all(k);
    store_drop(before);
    if (!ok) {
        store_drop(s);
        if (!atomic_load(&x->fill.over) || err->set || exec_cancelled_by_caller(x))
            return false;
        begin_again(x);
        k->over = true;
        return true;
    }
    x->grown = true;
    remember(x, k, s, *table);
    return true;
}

bool keep_begin(struct exec *x, bool *from_kept, struct error *err)
{
    struct keep *k = x->keep;
    struct table *t;

    *from_kept = false;
    if (!k->q->keep || k->q->n_scans == 0 || k->over)
        return true;
    t = keep_take(x, k->q->keep);
    if (t) {
        x->scan = k->scan;
        *from_kept = !x->o->news;
        if (x->o->news && !grow(x, k, &t, err))
            return false;
    } else if (k->borrowed) {
        return error_set(err, "the rows that were kept are of other settings");
    } else if (!fill(x, k, &t, err)) {
        return false;
    }
    if (!t)
        return true;
    x->tables[k->q->keep->id] = t;
    x->kept_rows = (int64_t)t->rows;
    if (k->derived) {
        x->derived = k->derived;
        exec_hold(x, k->derived_store);
        derived_begin(x, k->derived);
    }
    return true;
}

/* ---- beside ---------------------------------------------------------------------------------- */

/* A row that is left out changes nothing but itself. */
static bool row_by_row(const struct query *q)
{
    bool whole = false;

    for (const struct plan_node *n = q->root; n; n = n->input)
        whole |= n->whole;
    return !whole && by_line(q, q->keep);
}

struct keep *keep_beside(const struct keep *k)
{
    const struct query *q = k->q;

    if (!keep_ready(k) || !k->derived || !row_by_row(q) || !k->nodes[q->keep->id].table->origin)
        return NULL;
    struct keep *own = keep_new(q, k->budget - k->bytes);
    struct cached *c = &own->nodes[q->keep->id];
    *c = k->nodes[q->keep->id];
    store_hold(c->store);
    c->bytes = 0; /* they are counted where they are */
    own->borrowed = true;
    own->scan = k->scan;
    own->since = k->since;
    own->until = k->until;
    derive(own, c->table);
    return own;
}

const int64_t *keep_origins(const struct keep *k, size_t *n)
{
    const struct table *t = k->nodes[k->q->keep->id].table;

    *n = t->rows;
    return t->origin;
}
