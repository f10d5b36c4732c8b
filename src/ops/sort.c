/* sort, order, top: rows by keys, ties in input order.
 *
 * Each worker collects its rows with their keys; the workers' tables are put together in input
 * order and sorted once. top keeps at most a few times n rows a worker: when that many have come,
 * all but the first n in order are let go. */
#include <stdlib.h>
#include "ops/ops_internal.h"

struct key_syntax {
    bool ascending, nulls_first;
};
struct sort_data {
    struct expr **keys;
    struct key_syntax *how;
    size_t n_keys;
    struct expr *limit;   /* top; NULL: all */
    struct schema schema; /* the columns, then the keys */
    bool *needed;
};

/* ---- parsing and binding --------------------------------------------------------------------- */

static bool parse_keys(struct parser *p, struct stage *stage)
{
    VEC(struct key_syntax) how = {0};
    struct node **last = &stage->by;

    if (!parser_expect_word(p, "by"))
        return false;
    do {
        struct key_syntax k = {0};
        if (!parse_named_expr(p, last))
            return false;
        last = &(*last)->next;
        if (parser_accept_word(p, "asc"))
            k.ascending = true;
        else
            parser_accept_word(p, "desc");
        k.nulls_first = k.ascending;
        if (parser_accept_word(p, "nulls")) {
            k.nulls_first = parser_accept_word(p, "first");
            if (!k.nulls_first && !parser_expect_word(p, "last"))
                return false;
        }
        vec_push(parser_arena(p), &how, k);
    } while (parser_accept(p, ","));
    stage->extra = how.items;
    return true;
}

static bool parse_top(struct parser *p, struct stage *stage)
{
    return parse_expr(p, &stage->args) && parse_keys(p, stage);
}

static bool bind_keys(struct binder *b, const struct stage *stage, const struct schema *input,
                      struct sort_data *d)
{
    struct arena *a = binder_arena(b);

    for (const struct node *n = stage->by; n; n = n->next)
        d->n_keys++;
    d->keys = ARENA_ARRAY(a, struct expr *, d->n_keys);
    d->how = stage->extra;
    d->schema.n = input->n + d->n_keys;
    d->schema.fields = ARENA_ARRAY(a, struct field, d->schema.n);
    memcpy(d->schema.fields, input->fields, input->n * sizeof *input->fields);
    size_t i = 0;
    for (const struct node *n = stage->by; n; n = n->next, i++) {
        struct expr *e = bind_expr(b, n->kind == NODE_NAMED ? n->first : n, input);
        if (!e)
            return false;
        if (expr_uses_window(e))
            return binder_error(b, e->span,
                                "window functions cannot be sorted by; make a column of it first");
        if (e->type == TYPE_DYNAMIC)
            return binder_error(b, e->span,
                                "a dynamic value cannot be sorted by; cast it first, as with "
                                "tostring()");
        d->keys[i] = e;
        d->schema.fields[input->n + i] =
            (struct field){str_fmt(a, "key %zu", i), e->type == TYPE_NONE ? TYPE_LONG : e->type};
    }
    return true;
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);
    struct sort_data *d = ARENA_NEW(binder_arena(b), struct sort_data);

    if (stage->args && !(d->limit = bind_constant(b, stage->args, TYPE_LONG)))
        return NULL;
    if (!bind_keys(b, stage, &input->schema, d))
        return NULL;
    node->data = d;
    node->breaks = true;
    node->serialized = true;
    return node;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct sort_data *d = node->data;

    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++)
        in[i] |= node->needed[i];
    for (size_t i = 0; i < d->n_keys; i++)
        ops_mark(d->keys[i], in);
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct sort_data *d = node->data;

    buf_add_z(out, node->op->name);
    if (d->limit) {
        buf_add_byte(out, ' ');
        expr_print(d->limit, &node->schema, out);
    }
    for (size_t i = 0; i < d->n_keys; i++) {
        buf_add_z(out, i ? ", " : " by ");
        expr_print(d->keys[i], &node->schema, out);
        buf_add_z(out, d->how[i].ascending ? " asc" : " desc");
        if (d->how[i].ascending != d->how[i].nulls_first)
            buf_add_z(out, d->how[i].nulls_first ? " nulls first" : " nulls last");
    }
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Null and NaN stand together at the end that the nulls were sent to; null outermost (KQL.md 5,
 * sort). */
enum rank { RANK_VALUE, RANK_NAN, RANK_NULL };

static enum rank rank_of(const struct column *c, size_t i)
{
    if (column_null(c, i))
        return RANK_NULL;
    if (type_shape(c->type) == SHAPE_REAL && c->reals[i] != c->reals[i])
        return RANK_NAN;
    return RANK_VALUE;
}

static int compare_cells(const struct column *c, size_t x, size_t y, const struct key_syntax *how)
{
    enum rank rx = rank_of(c, x), ry = rank_of(c, y);

    if (rx != ry)
        return (rx < ry ? -1 : 1) * (how->nulls_first ? -1 : 1);
    if (rx != RANK_VALUE)
        return 0;
    int order = 0;
    switch (type_shape(c->type)) {
    case SHAPE_BOOL:
        order = c->bools[x] - c->bools[y];
        break;
    case SHAPE_INT:
        order = (c->ints[x] > c->ints[y]) - (c->ints[x] < c->ints[y]);
        break;
    case SHAPE_REAL:
        order = (c->reals[x] > c->reals[y]) - (c->reals[x] < c->reals[y]);
        break;
    case SHAPE_STR:
        order = str_cmp(c->strs[x], c->strs[y]);
        break;
    }
    return how->ascending ? order : -order;
}

struct sorter {
    struct column **keys;
    const struct key_syntax *how;
    size_t n_keys;
};

static int compare_rows(const void *x, const void *y, void *ctx)
{
    const struct sorter *s = ctx;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    for (size_t k = 0; k < s->n_keys; k++) {
        int order = compare_cells(s->keys[k], a, b, &s->how[k]);
        if (order)
            return order;
    }
    return (a > b) - (a < b);
}

/* The rows of t (columns, then keys) in order. */
static uint32_t *sorted_rows(struct arena *a, const struct sort_data *d, const struct table *t)
{
    struct sorter s = {t->columns + d->schema.n - d->n_keys, d->how, d->n_keys};
    uint32_t *rows = ARENA_ARRAY(a, uint32_t, t->rows);

    for (size_t i = 0; i < t->rows; i++)
        rows[i] = (uint32_t)i;
    for (size_t k = 0; k < d->n_keys; k++) {
        if (type_shape(s.keys[k]->type) == SHAPE_STR)
            column_strs(s.keys[k]);
    }
    if (t->rows > 1)
        qsort_r(rows, t->rows, sizeof *rows, compare_rows, &s);
    return rows;
}

/* ---- running --------------------------------------------------------------------------------- */

struct sort_local {
    struct rows *rows;
    int64_t limit; /* top: n; -1: all */
};

static int64_t limit_of(struct exec *x, const struct sort_data *d, struct error *err)
{
    if (!d->limit)
        return -1;
    struct value v = exec_constant(x, d->limit, err);
    return v.null || v.i < 0 ? 0 : v.i;
}

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    int64_t *limit = ARENA_NEW(exec_arena(x), int64_t);

    *limit = limit_of(x, node->data, err);
    *shared = limit;
    return !err->set;
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    const struct sort_data *d = node->data;
    struct sort_local *l = ARENA_NEW(worker_arena(w), struct sort_local);
    bool *needed = ARENA_ARRAY(worker_arena(w), bool, d->schema.n);

    (void)err;
    memset(needed, 1, d->schema.n);
    memcpy(needed, node->needed, node->schema.n);
    l->limit = *(int64_t *)shared;
    l->rows = rows_new(w, &d->schema, needed);
    *local = l;
    return true;
}

#ifdef HARRIER_TINY
#define SLACK_ROWS 5
#else
#define SLACK_ROWS 8192
#endif

static void prune(struct arena *scratch, const struct sort_data *d, struct sort_local *l)
{
    size_t n = (size_t)l->limit;
    struct table *t = rows_peek(l->rows, scratch, d->schema.n);
    uint32_t *order = sorted_rows(scratch, d, t);
    bool *keep = ARENA_ARRAY(scratch, bool, t->rows);
    size_t kept = 0;

    for (size_t i = 0; i < n && i < t->rows; i++)
        keep[order[i]] = true;
    for (size_t i = 0; i < t->rows; i++) { /* back into input order: ties are settled by it */
        if (keep[i])
            order[kept++] = (uint32_t)i;
    }
    rows_keep(l->rows, order, kept);
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct sort_data *d = node->data;
    struct sort_local *l = local;
    struct chunk all = *c;

    all.n_columns = d->schema.n;
    all.columns = ARENA_ARRAY(c->arena, struct column *, d->schema.n);
    for (size_t i = 0; i < node->schema.n; i++)
        all.columns[i] = node->needed[i] ? chunk_column(c, i) : NULL;
    for (size_t k = 0; k < d->n_keys; k++) {
        if (!(all.columns[node->schema.n + k] = worker_eval(w, d->keys[k], c)))
            return false;
    }
    rows_push(l->rows, &all);
    if (l->limit >= 0 && rows_count(l->rows) > (size_t)l->limit * 2 + SLACK_ROWS)
        prune(c->arena, d, l);
    return true;
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n, struct table **out, struct error *err)
{
    const struct sort_data *d = node->data;
    struct rows **all = ARENA_ARRAY(exec_arena(x), struct rows *, n);
    int64_t limit = *(int64_t *)shared;

    (void)err;
    for (size_t i = 0; i < n; i++)
        all[i] = ((struct sort_local *)locals[i])->rows;
    struct table *t = rows_table(x, all, n, &d->schema);
    uint32_t *order = sorted_rows(exec_arena(x), d, t);
    size_t rows = limit >= 0 && (size_t)limit < t->rows ? (size_t)limit : t->rows;
    *out = rows_pick(x, node, t, order, rows);
    return true;
}

static const struct op_run run = {
    .open = open, .open_worker = open_worker, .push = push, .finish = finish};

const struct op op_sort = {
    .name = "sort",
    .syntax = "sort by Expression [asc | desc] [nulls first | nulls last] [, …]",
    .help = "Orders the rows; descending unless asc is said.",
    .example = "datatable(x:long)[1, 3, 2] | sort by x",
    .flags = OP_STAGE,
    .parse = parse_keys,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_order = {
    .name = "order",
    .syntax = "order by Expression [asc | desc] [nulls first | nulls last] [, …]",
    .help = "The same as sort.",
    .example = "datatable(x:long)[1, 3, 2] | order by x asc",
    .flags = OP_STAGE,
    .parse = parse_keys,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_top = {
    .name = "top",
    .syntax = "top N by Expression [asc | desc] [nulls first | nulls last] [, …]",
    .help = "The first N rows in the given order; descending unless asc is said.",
    .example = "datatable(x:long)[1, 3, 2] | top 2 by x",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse_top,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
