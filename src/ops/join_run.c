/* Running joins. The right side is a table, its rows chained by key; left rows look their partners
 * up.
 *
 * Pairs are given out in batches, as chunks whose columns are picked from the left chunk and the
 * right table when somebody reads them. Where right rows without a partner come out too
 * (rightouter…), the pairs are collected and those rows added at the end. For lineage every pair is
 * a row of its own, numbered, that leads to both sides. */
#include <stdatomic.h>
#include "ops/join.h"

#define NO_ROW UINT32_MAX

struct right_side {
    struct table *table;
    struct groups *groups;
    uint32_t *first;          /* by group: its first row */
    uint32_t *next;           /* by row: the next of the same key; NO_ROW */
    _Atomic uint8_t *matched; /* by row; only where the rows without a partner matter */
    _Atomic uint64_t pairs;   /* given out, for lineage */
};
struct join_local {
    struct right_side *right;
    struct arena *batch;       /* dies with each batch */
    struct rows *rows;         /* breaking joins: the pairs */
    VEC(uint32_t) pair_rows;   /* lineage: numbers … */
    VEC(int64_t) pair_origins; /* … and where they came from */
};

/* ---- the right side -------------------------------------------------------------------------- */

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    const struct join_data *d = node->data;
    struct arena *a = exec_arena(x);
    struct right_side *r = ARENA_NEW(a, struct right_side);

    if (!exec_table(x, node->legs[0], &r->table, err))
        return false;
    size_t n = r->table->rows;
    r->groups = groups_new(a, d->types, d->n_keys);
    uint32_t *group = ARENA_ARRAY(a, uint32_t, n);
    uint64_t *ordinals = ARENA_ARRAY(a, uint64_t, n);
    struct column **keys = ARENA_ARRAY(a, struct column *, d->n_keys);
    struct chunk c = {
        .rows = n, .n_columns = r->table->schema.n, .columns = r->table->columns, .arena = a};
    for (size_t k = 0; k < d->n_keys; k++) {
        if (!(keys[k] = exec_eval(x, d->right[k], &c)))
            return false;
        keys[k] = column_view(a, keys[k], 0,
                              n); /* codes may be written out in it: not in the table itself */
    }
    for (size_t i = 0; i < n; i++)
        ordinals[i] = i;
    groups_plain(r->groups);
    groups_add(r->groups, keys, n, ordinals, group);
    r->first = ARENA_ARRAY(a, uint32_t, groups_count(r->groups));
    r->next = ARENA_ARRAY(a, uint32_t, n);
    memset(r->first, 0xff, groups_count(r->groups) * sizeof *r->first);
    for (size_t i = n; i-- > 0;) {
        r->next[i] = r->first[group[i]];
        r->first[group[i]] = (uint32_t)i;
    }
    r->matched = (void *)ARENA_ARRAY(a, uint8_t, n);
    *shared = r;
    return !err->set;
}

static void free_batch(void *local)
{
    arena_free(((struct join_local *)local)->batch);
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    struct join_local *l = ARENA_NEW(worker_arena(w), struct join_local);

    (void)node, (void)err;
    l->right = shared;
    l->batch = arena_new();
    arena_at_end(worker_arena(w), free_batch, l);
    *local = l;
    return true;
}

static bool open_collecting(struct worker *w, const struct plan_node *node, void *shared,
                            void **local, struct error *err)
{
    if (!open_worker(w, node, shared, local, err))
        return false;
    ((struct join_local *)*local)->rows = rows_new(w, &node->schema, node->needed);
    return true;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

struct pairs {
    struct chunk_loader loader;
    const struct join_data *data;
    struct chunk *left;
    const struct table *right;
    uint32_t *left_rows, *right_rows;
    size_t n;
};

/* Cells of c at rows, null (or "") where rows[i] is NO_ROW. */
static struct column *join_pick(struct arena *a, const struct column *c, const uint32_t *rows,
                                size_t n)
{
    uint32_t *safe = arena_alloc(a, (n ? n : 1) * sizeof *safe);
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        any |= rows[i] == NO_ROW;
        safe[i] = rows[i] == NO_ROW ? 0 : rows[i];
    }
    if (!any)
        return column_pick(a, c, rows, n);
    if (c->n == 0) {
        struct value null = {.type = c->type, .null = true};
        return column_constant(a, null);
    }
    struct column *to = column_pick(a, c, safe, n);
    if (to->type == TYPE_STRING)
        column_strs(to), to->dict = NULL, to->codes = NULL;
    for (size_t i = 0; i < n; i++) {
        if (rows[i] == NO_ROW)
            column_set(to, i, (struct value){.type = to->type, .null = true});
    }
    return to;
}

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct pairs *p = (struct pairs *)self;
    const struct join_data *d = p->data;

    if (i < d->n_left)
        return column_pick(c->arena, chunk_column(p->left, i), p->left_rows, p->n);
    return join_pick(c->arena, p->right->columns[d->from_right[i - d->n_left]], p->right_rows,
                     p->n);
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct pairs *p = (struct pairs *)self;

    for (size_t i = 0; i < n; i++) { /* rows[i] >= i */
        p->left_rows[i] = p->left_rows[rows[i]];
        p->right_rows[i] = p->right_rows[rows[i]];
    }
    p->n = n;
}

static void trace_pairs(struct worker *w, const struct plan_node *node, struct join_local *l,
                        const struct pairs *p, int64_t *origin)
{
    struct arena *a = worker_arena(w);
    const int64_t *right = p->right->origin;
    uint64_t first = atomic_fetch_add_explicit(&l->right->pairs, p->n, memory_order_relaxed);

    for (size_t i = 0; i < p->n; i++) {
        uint64_t row = first + i;
        if (p->left_rows[i] != NO_ROW && p->left->origin) {
            vec_push(a, &l->pair_rows, (uint32_t)row);
            vec_push(a, &l->pair_origins, p->left->origin[p->left_rows[i]]);
        }
        if (p->right_rows[i] != NO_ROW) {
            vec_push(a, &l->pair_rows, (uint32_t)row);
            vec_push(a, &l->pair_origins,
                     right ? right[p->right_rows[i]]
                           : exec_origin_of(node->legs[0], p->right_rows[i]));
        }
        origin[i] = exec_origin_of(node, row);
    }
}

static bool emit(struct worker *w, const struct plan_node *node, struct join_local *l,
                 struct chunk *c, uint32_t *left_rows, uint32_t *right_rows, size_t n)
{
    const struct join_data *d = node->data;
    struct arena *a = l->batch;

    if (n == 0)
        return true;
    struct pairs *p = ARENA_NEW(a, struct pairs);
    *p = (struct pairs){
        {.load = load, .pick = pick}, d, c, l->right->table, left_rows, right_rows, n};
    struct chunk out = {.rows = n,
                        .n_columns = node->schema.n,
                        .columns = ARENA_ARRAY(a, struct column *, node->schema.n),
                        .loader = &p->loader,
                        .block = c->block,
                        .arena = a};
    if (exec_lineage(worker_exec(w))) {
        out.origin = arena_alloc(a, n * sizeof *out.origin);
        trace_pairs(w, node, l, p, out.origin);
    }
    bool more = true;
    if (l->rows)
        rows_push(l->rows, &out);
    else
        more = worker_emit(w, node, &out);
    arena_reset(a);
    return more;
}

/* ---- left rows ------------------------------------------------------------------------------- */

static bool find_groups(struct worker *w, const struct join_data *d, struct join_local *l,
                        struct chunk *c, uint32_t **groups)
{
    struct column **keys = ARENA_ARRAY(c->arena, struct column *, d->n_keys);

    for (size_t k = 0; k < d->n_keys; k++) {
        if (!(keys[k] = worker_eval(w, d->left[k], c)))
            return false;
    }
    *groups = arena_alloc(c->arena, c->rows * sizeof **groups);
    groups_lookup(l->right->groups, c->arena, keys, c->rows, *groups);
    return true;
}

/* leftsemi, leftanti: rows stay or go. */
static bool filter(struct worker *w, const struct plan_node *node, struct chunk *c,
                   const uint32_t *groups, bool with_partner)
{
    uint32_t *rows = arena_alloc(c->arena, c->rows * sizeof *rows);
    size_t n = 0;

    for (size_t i = 0; i < c->rows; i++) {
        rows[n] = (uint32_t)i;
        n += (groups[i] != NO_ROW) == with_partner;
    }
    chunk_pick(c, rows, n);
    return worker_emit(w, node, c);
}

static void mark(struct right_side *r, uint32_t group)
{
    for (uint32_t row = r->first[group]; row != NO_ROW; row = r->next[row])
        atomic_store_explicit(&r->matched[row], 1, memory_order_relaxed);
}

static bool pair_up(struct worker *w, const struct plan_node *node, struct join_local *l,
                    struct chunk *c, const uint32_t *groups)
{
    const struct join_data *d = node->data;
    bool outer = d->kind == JOIN_LEFTOUTER || d->kind == JOIN_FULLOUTER;
    uint32_t *left = NULL, *right = NULL;
    size_t n = 0;

    for (size_t i = 0; i < c->rows; i++) {
        if (l->rows && groups[i] != NO_ROW)
            mark(l->right, groups[i]);
        if (!join_gives_left(d->kind) || (groups[i] == NO_ROW && !outer))
            continue;
        uint32_t row = groups[i] == NO_ROW ? NO_ROW : l->right->first[groups[i]];
        do {
            if (n == 0) {
                left = arena_alloc(l->batch, CHUNK_ROWS * sizeof *left);
                right = arena_alloc(l->batch, CHUNK_ROWS * sizeof *right);
            }
            left[n] = (uint32_t)i;
            right[n++] = row;
            if (n == CHUNK_ROWS) {
                if (!emit(w, node, l, c, left, right, n))
                    return false;
                n = 0;
            }
            row = row == NO_ROW ? row : l->right->next[row];
        } while (row != NO_ROW);
        if (exec_cancelled(worker_exec(w)))
            return false;
    }
    return emit(w, node, l, c, left, right, n);
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct join_data *d = node->data;
    struct join_local *l = local;
    uint32_t *groups;

    if (!find_groups(w, d, l, c, &groups))
        return false;
    if (d->kind == JOIN_LEFTSEMI || d->kind == JOIN_LEFTANTI)
        return filter(w, node, c, groups, d->kind == JOIN_LEFTSEMI);
    return pair_up(w, node, l, c, groups);
}

static void close_worker(struct worker *w, const struct plan_node *node, void *local)
{
    struct join_local *l = local;

    if (l)
        exec_origins(worker_exec(w), node, l->pair_rows.items, NULL, l->pair_origins.items,
                     l->pair_rows.n);
}

/* ---- right rows without a partner ------------------------------------------------------------ */

/* Right rows as output rows: the left columns are null. */
static void add_right(struct exec *x, const struct plan_node *node, struct rows *into,
                      const struct right_side *r, const uint32_t *rows, size_t n)
{
    const struct join_data *d = node->data;
    struct arena *a = exec_arena(x);
    struct chunk out = {.rows = n,
                        .n_columns = node->schema.n,
                        .columns = ARENA_ARRAY(a, struct column *, node->schema.n),
                        .block = UINT32_MAX, /* after all pairs */
                        .arena = a};

    if (n == 0)
        return;
    for (size_t i = 0; i < node->schema.n; i++) {
        struct value null = {.type = node->schema.fields[i].type, .null = true};
        if (!node->needed[i])
            continue;
        out.columns[i] =
            i < d->n_left
                ? column_constant(a, null)
                : column_pick(a, r->table->columns[d->from_right[i - d->n_left]], rows, n);
    }
    if (exec_lineage(x)) {
        out.origin = arena_alloc(a, n * sizeof *out.origin);
        for (size_t i = 0; i < n; i++)
            out.origin[i] = r->table->origin ? r->table->origin[rows[i]]
                                             : exec_origin_of(node->legs[0], rows[i]);
    }
    rows_push(into, &out);
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n_locals, struct table **out, struct error *err)
{
    const struct join_data *d = node->data;
    const struct right_side *r = shared;
    struct arena *a = exec_arena(x);
    uint32_t *rows = ARENA_ARRAY(a, uint32_t, r->table->rows);
    struct rows **all = ARENA_ARRAY(a, struct rows *, n_locals);
    bool want = d->kind == JOIN_RIGHTSEMI;
    size_t n = 0;

    (void)err;
    for (size_t i = 0; i < r->table->rows; i++) {
        if (atomic_load_explicit(&r->matched[i], memory_order_relaxed) == want)
            rows[n++] = (uint32_t)i;
    }
    for (size_t i = 0; i < n_locals; i++) {
        struct join_local *l = locals[i];
        all[i] = l->rows;
        exec_origins(x, node, l->pair_rows.items, NULL, l->pair_origins.items, l->pair_rows.n);
    }
    add_right(x, node, all[0], r, rows, n);
    *out = rows_table(x, all, n_locals, &node->schema);
    return true;
}

/* ---- the first row of each key --------------------------------------------------------------- */

struct unique_local {
    struct groups *groups;
    struct rows *rows;
    struct ordinals ordinals;
};

static bool open_unique(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    const struct unique_data *d = node->data;
    struct unique_local *l = ARENA_NEW(worker_arena(w), struct unique_local);

    (void)shared, (void)err;
    l->groups = groups_new(worker_arena(w), d->types, d->n_keys);
    l->rows = rows_new(w, &node->schema, node->needed);
    *local = l;
    return true;
}

/* A worker's rows come in input order, so a group's first row is the one that makes it. */
static bool push_unique(struct worker *w, const struct plan_node *node, void *local,
                        struct chunk *c)
{
    const struct unique_data *d = node->data;
    struct unique_local *l = local;
    struct column **keys = ARENA_ARRAY(c->arena, struct column *, d->n_keys);
    uint64_t *ordinals = arena_alloc(c->arena, c->rows * sizeof *ordinals);
    uint32_t *groups = arena_alloc(c->arena, c->rows * sizeof *groups);
    uint32_t *rows = arena_alloc(c->arena, c->rows * sizeof *rows);
    size_t n = 0, before = groups_count(l->groups);

    for (size_t k = 0; k < d->n_keys; k++) {
        if (!(keys[k] = worker_eval(w, d->keys[k], c)))
            return false;
    }
    ordinals_fill(&l->ordinals, c, ordinals);
    groups_add(l->groups, keys, c->rows, ordinals, groups);
    for (size_t i = 0; i < c->rows; i++) {
        if (groups[i] == before + n)
            rows[n++] = (uint32_t)i;
    }
    chunk_pick(c, rows, n);
    if (n)
        rows_push(l->rows, c);
    return true;
}

/* Of the workers' rows of one key the first in input order stays. */
static bool finish_unique(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                          size_t n, struct table **out, struct error *err)
{
    struct arena *a = exec_arena(x);
    const struct unique_data *d = node->data;
    struct rows **all = ARENA_ARRAY(a, struct rows *, n);

    (void)shared, (void)err;
    for (size_t i = 0; i < n; i++)
        all[i] = ((struct unique_local *)locals[i])->rows;
    struct table *t = rows_table(x, all, n, &node->schema);
    struct chunk c = {.rows = t->rows, .n_columns = t->schema.n, .columns = t->columns, .arena = a};
    struct groups *g = groups_new(a, d->types, d->n_keys);
    struct column **keys = ARENA_ARRAY(a, struct column *, d->n_keys);
    uint64_t *ordinals = ARENA_ARRAY(a, uint64_t, t->rows);
    uint32_t *groups = ARENA_ARRAY(a, uint32_t, t->rows), *rows = ARENA_ARRAY(a, uint32_t, t->rows);
    for (size_t k = 0; k < d->n_keys; k++) {
        if (!(keys[k] = exec_eval(x, d->keys[k], &c)))
            return false;
        keys[k] = column_view(a, keys[k], 0, t->rows);
    }
    for (size_t i = 0; i < t->rows; i++)
        ordinals[i] = i;
    groups_add(g, keys, t->rows, ordinals, groups);
    size_t kept = 0;
    for (size_t i = 0; i < t->rows; i++) {
        if (groups[i] == kept)
            rows[kept++] = (uint32_t)i;
    }
    *out = rows_pick(x, node, t, rows, kept);
    return true;
}

const struct op_run join_run_flowing = {
    .open = open, .open_worker = open_worker, .push = push, .close_worker = close_worker};
const struct op_run join_run_breaking = {
    .open = open, .open_worker = open_collecting, .push = push, .finish = finish};
const struct op_run unique_run = {
    .open_worker = open_unique, .push = push_unique, .finish = finish_unique};
