/* take, limit: the first n rows in input order.
 *
 * Blocks are claimed in input order, so that a worker's first n rows are the first of all its rows,
 * and none behind the block in which some worker got n of them can be among the first n. */
#include <stdatomic.h>
#include "ops/ops_internal.h"

struct take_shared {
    int64_t limit;
    _Atomic uint32_t last_block; /* no block after it is wanted */
};
struct take_local {
    struct take_shared *shared;
    struct rows *rows;
};

static bool parse(struct parser *p, struct stage *stage)
{
    return parse_expr(p, &stage->args);
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);

    if (!(node->data = bind_constant(b, stage->args, TYPE_LONG)))
        return NULL;
    node->breaks = true;
    return node;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++)
        in[i] |= node->needed[i];
}

static void print(const struct plan_node *node, struct buf *out)
{
    buf_addf(out, "%s ", node->op->name);
    expr_print(node->data, &node->schema, out);
}

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    struct take_shared *s = ARENA_NEW(exec_arena(x), struct take_shared);
    struct value v = exec_constant(x, node->data, err);

    s->limit = v.null || v.i < 0 ? 0 : v.i;
    atomic_store(&s->last_block, UINT32_MAX);
    *shared = s;
    return !err->set;
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    struct take_local *l = ARENA_NEW(worker_arena(w), struct take_local);

    (void)err;
    *l = (struct take_local){shared, rows_new(w, &node->schema, node->needed)};
    *local = l;
    return true;
}

static void lower_last(struct take_shared *s, uint32_t block)
{
    uint32_t last = atomic_load(&s->last_block);

    while (block < last && !atomic_compare_exchange_weak(&s->last_block, &last, block))
        ;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    struct take_local *l = local;
    size_t have = rows_count(l->rows);
    size_t want = (size_t)l->shared->limit > have ? (size_t)l->shared->limit - have : 0;

    (void)w, (void)node;
    if (want == 0 || c->block > atomic_load(&l->shared->last_block))
        return false;
    if (c->rows > want) {
        uint32_t *first = ARENA_ARRAY(c->arena, uint32_t, want);
        for (size_t i = 0; i < want; i++)
            first[i] = (uint32_t)i;
        chunk_pick(c, first, want);
    }
    rows_push(l->rows, c);
    if (rows_count(l->rows) < (size_t)l->shared->limit)
        return true;
    lower_last(l->shared, c->block);
    return false;
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n, struct table **out, struct error *err)
{
    const struct take_shared *s = shared;
    struct rows **all = ARENA_ARRAY(exec_arena(x), struct rows *, n);

    (void)err;
    for (size_t i = 0; i < n; i++)
        all[i] = ((struct take_local *)locals[i])->rows;
    struct table *t = rows_table(x, all, n, &node->schema);
    size_t rows = (size_t)s->limit < t->rows ? (size_t)s->limit : t->rows;
    if (rows == (size_t)s->limit)
        exec_enough(x);
    uint32_t *order = ARENA_ARRAY(exec_arena(x), uint32_t, rows);
    for (size_t i = 0; i < rows; i++)
        order[i] = (uint32_t)i;
    *out = rows_pick(x, node, t, order, rows);
    return true;
}

static const struct op_run run = {
    .open = open, .open_worker = open_worker, .push = push, .finish = finish};

const struct op op_take = {
    .name = "take",
    .syntax = "take N",
    .help = "The first N rows.",
    .example = "range x from 1 to 10 step 1 | take 3",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_limit = {
    .name = "limit",
    .syntax = "limit N",
    .help = "The same as take.",
    .example = "range x from 1 to 10 step 1 | limit 3",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_sample = {
    .name = "sample",
    .syntax = "sample N",
    .help = "N rows; always the first ones, so that two runs give the same.",
    .example = "range x from 1 to 10 step 1 | sample 3",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
