/* where: keeps the rows for which a predicate is true (null is not).
 *
 * The predicate's conjuncts are tested one after the other and rows are dropped in between: they
 * have no side effects, so that the order is free, and a column that only a later one reads is then
 * cut for few rows. */
#include "ops/where.h"

static bool parse(struct parser *p, struct stage *stage)
{
    return parse_expr(p, &stage->args);
}

struct plan_node *where_bind(struct binder *b, const struct stage *stage,
                             struct plan_node *input)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);
    struct expr *e = bind_bool(b, stage->args, &input->schema);

    if (!e || !ops_window(b, node, e))
        return NULL;
    node->data = e;
    return node;
}

void where_needs(const struct plan_node *node, size_t leg, bool *in)
{
    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++)
        in[i] |= node->needed[i];
    ops_mark(node->data, in);
}

void where_print(const struct plan_node *node, struct buf *out)
{
    buf_add_z(out, "where ");
    expr_print(node->data, &node->schema, out);
}

static bool is_and(const struct expr *e)
{
    return e->kind == EXPR_CALL && !strcmp(e->func->name, "and");
}

/* Drops the rows for which e is not true. False: failed. */
static bool keep_true(struct worker *w, const struct expr *e, struct chunk *c, bool split)
{
    if (split && is_and(e)) {
        for (size_t i = 0; i < e->n_args; i++) {
            if (!keep_true(w, e->args[i], c, true))
                return false;
            if (c->rows == 0)
                break;
        }
        return true;
    }
    struct column *b = worker_eval(w, e, c);
    if (!b)
        return false;
    uint32_t *rows = arena_alloc(c->arena, c->rows * sizeof *rows);
    size_t n = rows_true(b, c->rows, rows);
    if (n < c->rows)
        chunk_pick(c, rows, n);
    return true;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    (void)local;
    /* a window function must see the rows that a conjunct beside it would drop */
    return keep_true(w, node->data, c, !node->whole) && worker_emit(w, node, c);
}

static bool is_true(struct worker *w, const struct expr *e, struct chunk *c)
{
    struct column *b = worker_eval(w, e, c);
    uint32_t row;

    return b && rows_true(b, 1, &row) == 1;
}

/* The expression with the numbers and texts of this run in the place of the published. */
static struct expr *as_run(struct worker *w, const struct expr *e, struct chunk *c)
{
    struct expr *copy = ARENA_NEW(c->arena, struct expr);

    *copy = *e;
    bool given = e->kind == EXPR_PARAM && e->type != TYPE_DYNAMIC;
    struct column *v = given ? worker_eval(w, e, c) : NULL;
    if (v) {
        copy->kind = EXPR_LITERAL;
        copy->value = column_value(v, 0);
    }
    if (e->kind == EXPR_CALL && e->n_args) {
        copy->args = ARENA_ARRAY(c->arena, struct expr *, e->n_args);
        for (size_t i = 0; i < e->n_args; i++)
            copy->args[i] = as_run(w, e->args[i], c);
    }
    return copy;
}

/* The first conjunct that is not true, and what its columns were. Nothing when the row stays. */
static void why(struct worker *w, const struct plan_node *node, struct chunk *c, struct buf *out)
{
    const struct expr *e = node->data;

    if (is_true(w, e, c))
        return;
    while (is_and(e)) {
        size_t i = 0;
        while (i + 1 < e->n_args && is_true(w, e->args[i], c))
            i++;
        e = e->args[i];
    }
    struct column *b = worker_eval(w, e, c);
    buf_add_byte(out, '`');
    expr_print(as_run(w, e, c), &node->schema, out);
    bool null = b && column_null(b, 0);
    buf_addf(out, "` is %s", null ? "null" : "false");
    /* a comparison with null is false: the null is the reason */
    bool compares = e->kind == EXPR_CALL && e->n_args == 2;
    struct column *left = !null && compares ? worker_eval(w, e->args[0], c) : NULL;
    if (left && column_null(left, 0)) {
        buf_add_z(out, ", `");
        expr_print(as_run(w, e->args[0], c), &node->schema, out);
        buf_add_z(out, "` is null");
    }
    const char *sep = " for ";
    bool *read = ARENA_ARRAY(c->arena, bool, node->schema.n);
    ops_mark(e, read);
    for (size_t i = 0; i < node->schema.n; i++) {
        if (!read[i])
            continue;
        buf_addf(out, "%s%.*s = ", sep, STR_ARG(node->schema.fields[i].name));
        struct buf text = {0};
        value_text(&text, column_value(chunk_column(c, i), 0));
        if (text.n)
            buf_add(out, buf_str(&text));
        else
            buf_add_z(out, column_null(chunk_column(c, i), 0) ? "null" : "\"\"");
        buf_release(&text);
        sep = ", ";
    }
}

const struct op_run where_run = {.push = push, .why = why};

const struct op op_where = {
    .name = "where",
    .syntax = "where Predicate",
    .help = "Keeps the rows for which the predicate is true; null counts as false.",
    .example = "datatable(n:long)[1, 2, 3] | where n > 1",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH,
    .parse = parse,
    .bind = where_bind,
    .needs = where_needs,
    .print = where_print,
    .run = &where_run,
};
const struct op op_filter = {
    .name = "filter",
    .syntax = "filter Predicate",
    .help = "Older spelling of where.",
    .example = "datatable(n:long)[1, 2, 3] | filter n > 1",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH | OP_LEGACY,
    .parse = parse,
    .bind = where_bind,
    .needs = where_needs,
    .print = where_print,
    .run = &where_run,
};
