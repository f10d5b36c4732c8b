/* count: how many rows, as one row. */
#include "ops/ops_internal.h"

static bool parse(struct parser *p, struct stage *stage)
{
    struct span span;

    stage->name = STR("Count");
    return !parser_accept_word(p, "as") ||
           parse_name(p, &stage->name, &span, "a name for the count");
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);

    node->schema = (struct schema){ARENA_NEW(binder_arena(b), struct field), 1};
    node->schema.fields[0] = (struct field){stage->name, TYPE_LONG};
    node->breaks = true;
    node->serialized = false;
    return node;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    (void)node, (void)leg, (void)in; /* rows are counted, not read */
}

static void print(const struct plan_node *node, struct buf *out)
{
    (void)node;
    buf_add_z(out, "count");
}

struct local {
    int64_t n;
    VEC(int64_t) origins;
    struct arena *arena;
};

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    struct local *l = ARENA_NEW(worker_arena(w), struct local);

    (void)node, (void)shared, (void)err;
    l->arena = worker_arena(w);
    *local = l;
    return true;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    struct local *l = local;

    (void)node;
    l->n += (int64_t)c->rows;
    if (exec_lineage(worker_exec(w)) && c->origin) {
        for (size_t i = 0; i < c->rows; i++)
            vec_push(l->arena, &l->origins, c->origin[i]);
    }
    return true;
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n, struct table **out, struct error *err)
{
    struct builder *b = builder_new(exec_arena(x), &node->schema);
    int64_t total = 0;

    (void)shared, (void)err;
    for (size_t i = 0; i < n; i++) {
        struct local *l = locals[i];
        total += l->n;
        exec_origins(x, node, ARENA_ARRAY(exec_arena(x), uint32_t, l->origins.n), NULL,
                     l->origins.items, l->origins.n);
    }
    builder_int(b, total);
    *out = builder_finish(b);
    (*out)->origin = NULL;
    return true;
}

static const struct op_run run = {.open_worker = open_worker, .push = push, .finish = finish};

const struct op op_count = {
    .name = "count",
    .syntax = "count [as Column]",
    .help = "The number of rows.",
    .example = "range x from 1 to 5 step 1 | count",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
