/* mv-apply: each row's array becomes a table, and a subquery is run over it.
 *
 * The subquery is a leg of the plan whose source, a hidden node, stands for "the elements of this
 * row, beside the row's own columns". Tables that the subquery joins them with are made once,
 * before the first row. Output: the row's columns that were not expanded, then what the subquery
 * gives. */
#include "ops/expand.h"

struct rows_schema { /* of the hidden source; filled when mv-apply is bound */
    struct schema schema;
};
struct apply_data {
    const struct expand_data *expand;
    const struct plan_node *source;
    size_t n_expanded; /* columns of the source */
    size_t *base;      /* output column → input column, the first n_base of them */
    size_t n_base;
    size_t *from_sub; /* output column − n_base → column of the subquery */
};
struct apply_syntax {
    void *expand;
    struct rows_schema *rows;
    struct pipeline *sub;
};

/* ---- the hidden source ----------------------------------------------------------------------- */

static struct plan_node *bind_rows(struct binder *b, const struct stage *stage,
                                   struct plan_node *input)
{
    struct plan_node *node = binder_node(b, stage->op, NULL, input);

    node->schema = ((struct rows_schema *)stage->extra)->schema;
    node->serialized = true;
    node->span = stage->span;
    return node;
}

static bool no_table(struct exec *x, const struct plan_node *node, struct table **out,
                     struct error *err)
{
    (void)x, (void)node, (void)out, (void)err;
    BUG("mv-apply's rows were not handed to its subquery");
}

static void print_rows(const struct plan_node *node, struct buf *out)
{
    (void)node;
    buf_add_z(out, "elements of a row");
}

static const struct op_run run_rows = {.table = no_table};
static const struct op op_rows = {.name = "elements",
                                  .flags = OP_SOURCE | OP_HIDDEN,
                                  .bind = bind_rows,
                                  .print = print_rows,
                                  .run = &run_rows};
static const struct op op_elements = {.name = "mv-apply", .flags = OP_HIDDEN};

/* ---- parsing and binding --------------------------------------------------------------------- */

static bool parse(struct parser *p, struct stage *stage)
{
    struct apply_syntax *s = ARENA_NEW(parser_arena(p), struct apply_syntax);

    if (!expand_parse(p, stage, false))
        return false;
    s->expand = stage->extra;
    s->rows = ARENA_NEW(parser_arena(p), struct rows_schema);
    stage->extra = s;
    return parser_expect_word(p, "on") && parser_expect(p, "(", "before the subquery") &&
           parse_stages_over(p, &op_rows, s->rows, &s->sub) &&
           parser_expect(p, ")", "to close the subquery");
}

static const struct plan_node *find_source(const struct plan_node *n)
{
    if (n->op == &op_rows)
        return n;
    const struct plan_node *found = n->input ? find_source(n->input) : NULL;
    for (size_t i = 0; i < n->n_legs && !found; i++)
        found = find_source(n->legs[i]);
    return found;
}

static void apply_schema(struct binder *b, struct plan_node *node, const struct schema *input,
                         const struct schema *sub, struct apply_data *d)
{
    struct arena *a = binder_arena(b);
    VEC(struct field) fields = {0};
    VEC(size_t) base = {0}, from_sub = {0};

    for (size_t i = 0; i < input->n; i++) {
        if (d->expand->from[i] == SIZE_MAX)
            continue;
        vec_push(a, &fields, input->fields[i]);
        vec_push(a, &base, i);
    }
    for (size_t i = 0; i < sub->n; i++) {
        bool there = false;
        for (size_t k = 0; k < base.n; k++)
            there |= str_eq(fields.items[k].name, sub->fields[i].name);
        if (there)
            continue;
        vec_push(a, &fields, sub->fields[i]);
        vec_push(a, &from_sub, i);
    }
    d->base = base.items;
    d->n_base = base.n;
    d->from_sub = from_sub.items;
    node->schema = (struct schema){fields.items, fields.n};
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    const struct apply_syntax *s = stage->extra;
    struct arena *a = binder_arena(b);
    struct apply_data *d = ARENA_NEW(a, struct apply_data);
    struct stage like = *stage;

    like.extra = s->expand;
    struct plan_node *elements = expand_bind(b, &op_elements, &like, input);
    if (!elements)
        return NULL;
    elements->stage = NULL;
    s->rows->schema = elements->schema;
    d->expand = elements->data;
    d->n_expanded = elements->schema.n;
    struct plan_node *sub = bind_pipeline(b, s->sub);
    if (!sub)
        return NULL;
    struct plan_node *node = ops_node(b, stage->op, stage, input);
    d->source = find_source(sub);
    apply_schema(b, node, &input->schema, &sub->schema, d);
    node->data = d;
    node->legs = ARENA_ARRAY(a, struct plan_node *, 1);
    node->legs[0] = sub;
    node->n_legs = 1;
    node->serialized = false;
    return node;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct apply_data *d = node->data;

    if (leg == 0) { /* what the subquery reads of them is not known yet */
        memset(in, 1, node->input->schema.n);
        return;
    }
    for (size_t i = d->n_base; i < node->schema.n; i++) {
        if (node->needed[i])
            in[d->from_sub[i - d->n_base]] = true;
    }
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct apply_data *d = node->data;

    buf_add_z(out, "mv-apply");
    for (size_t i = 0; i < d->expand->n_items; i++) {
        buf_add_z(out, i ? ", " : " ");
        expr_print(d->expand->items[i].expr, &node->input->schema, out);
    }
}

/* ---- running --------------------------------------------------------------------------------- */

struct apply_local {
    struct sub_exec *sub;
    struct arena *row; /* dies with each input row */
    int64_t limit;
};

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    const struct apply_data *d = node->data;
    int64_t *limit = ARENA_NEW(exec_arena(x), int64_t);

    *limit = expand_limit(x, d->expand, err);
    *shared = limit;
    return !err->set && sub_prepare(x, node, err);
}

static void free_row(void *local)
{
    arena_free(((struct apply_local *)local)->row);
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    struct apply_local *l = ARENA_NEW(worker_arena(w), struct apply_local);

    (void)err;
    *l = (struct apply_local){worker_sub(w, node), arena_new(), *(const int64_t *)shared};
    arena_at_end(worker_arena(w), free_row, l);
    *local = l;
    return true;
}

/* The elements of a row beside the row's columns, as a table. */
static struct table *elements_table(struct arena *a, const struct apply_data *d, struct chunk *c,
                                    struct column **values, size_t row, int64_t limit)
{
    struct table *t = ARENA_NEW(a, struct table);
    size_t n = expand_count(d->expand, values, row, limit);
    uint32_t *same = arena_alloc(a, (n ? n : 1) * sizeof *same);

    *t = (struct table){.schema = d->source->schema,
                        .rows = n,
                        .columns = ARENA_ARRAY(a, struct column *, d->n_expanded),
                        .arena = a};
    for (size_t i = 0; i < n; i++)
        same[i] = (uint32_t)row;
    for (size_t i = 0; i < d->n_expanded; i++) {
        if (d->expand->from[i] == SIZE_MAX)
            t->columns[i] = column_new(a, t->schema.fields[i].type, n);
        else if (d->source->needed[i])
            t->columns[i] =
                ops_dense(a, column_pick(a, chunk_column(c, d->expand->from[i]), same, n), n);
    }
    for (size_t i = 0; i < n; i++)
        expand_put(d->expand, values, row, i, t->columns, i);
    return t;
}

static bool emit(struct worker *w, const struct plan_node *node, struct arena *a, struct chunk *c,
                 size_t row, const struct table *t)
{
    const struct apply_data *d = node->data;

    for (size_t from = 0; from < t->rows; from += CHUNK_ROWS) {
        size_t n = t->rows - from < CHUNK_ROWS ? t->rows - from : CHUNK_ROWS;
        uint32_t *same = arena_alloc(a, n * sizeof *same);
        for (size_t i = 0; i < n; i++)
            same[i] = (uint32_t)row;
        struct chunk *out = ops_spread(a, c, same, node->schema.n, d->base);
        ops_spread_end(out, n);
        for (size_t i = d->n_base; i < node->schema.n; i++) {
            const struct column *from_sub = t->columns[d->from_sub[i - d->n_base]];
            if (node->needed[i])
                out->columns[i] = column_view(a, from_sub, from, n);
        }
        if (!worker_emit(w, node, out))
            return false;
    }
    return true;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct apply_data *d = node->data;
    struct apply_local *l = local;
    struct column **values = expand_values(w, d->expand, c);

    for (size_t row = 0; values && row < c->rows; row++) {
        struct table *out;
        arena_reset(l->row);
        struct table *in = elements_table(l->row, d, c, values, row, l->limit);
        if (!sub_run(l->sub, d->source, in, node->legs[0], &out) ||
            !emit(w, node, l->row, c, row, out))
            return false;
    }
    return values != NULL;
}

static const struct op_run run = {.open = open, .open_worker = open_worker, .push = push};

const struct op op_mv_apply = {
    .name = "mv-apply",
    .syntax = "mv-apply [Column =] Array [to typeof(Type)] [, …] [limit N] on (Subquery)",
    .help = "Runs a subquery over the elements of each row's array.",
    .example = "print x = dynamic([1, 2, 3]) | mv-apply x to typeof(long) on (summarize sum(x))",
    .flags = OP_STAGE | OP_COUNTED | OP_LEGS_APART,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
