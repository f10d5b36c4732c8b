/* where: keeps the rows for which a predicate is true (null is not).
 *
 * The predicate's conjuncts are tested one after the other and rows are dropped in between: they
 * have no side effects, so that the order is free, and a column that only a later one reads is then
 * cut for few rows. */
#include "ops/ops_internal.h"

static bool parse(struct parser *p, struct stage *stage)
{
    return parse_expr(p, &stage->args);
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);
    struct expr *e = bind_bool(b, stage->args, &input->schema);

    if (!e || !ops_window(b, node, e))
        return NULL;
    node->data = e;
    return node;
}

/* search "a" and ("b" or n > 1): a bare text means that some column has it. */
static struct node *search_terms(struct arena *a, const struct node *n)
{
    struct node *copy = ARENA_NEW(a, struct node);

    *copy = *n;
    copy->next = NULL;
    if (n->kind == NODE_LITERAL && n->value.type == TYPE_STRING) {
        struct node *star = ARENA_NEW(a, struct node);
        *star = (struct node){.kind = NODE_STAR, .span = n->span, .depth = 1, .next = copy};
        copy->next = NULL;
        struct node *has = ARENA_NEW(a, struct node);
        *has = (struct node){
            .kind = NODE_CALL, .span = n->span, .text = STR("has"), .first = star, .depth = 2};
        return has;
    }
    if (n->kind != NODE_CALL ||
        !(str_is(n->text, "and") || str_is(n->text, "or") || str_is(n->text, "not")))
        return copy;
    struct node **last = &copy->first;
    for (const struct node *c = n->first; c; c = c->next) {
        *last = search_terms(a, c);
        last = &(*last)->next;
    }
    return copy;
}

static bool parse_search(struct parser *p, struct stage *stage)
{
    if (!parse_expr(p, &stage->args))
        return false;
    stage->args = search_terms(parser_arena(p), stage->args);
    return true;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++)
        in[i] |= node->needed[i];
    ops_mark(node->data, in);
}

static void print(const struct plan_node *node, struct buf *out)
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
    expr_print(e, &node->schema, out);
    bool null = b && column_null(b, 0);
    buf_addf(out, "` is %s", null ? "null" : "false");
    /* a comparison with null is false: the null is the reason */
    bool compares = e->kind == EXPR_CALL && e->n_args == 2;
    struct column *left = !null && compares ? worker_eval(w, e->args[0], c) : NULL;
    if (left && column_null(left, 0)) {
        buf_add_z(out, ", `");
        expr_print(e->args[0], &node->schema, out);
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

static const struct op_run run = {.push = push, .why = why};

const struct op op_where = {
    .name = "where",
    .syntax = "where Predicate",
    .help = "Keeps the rows for which the predicate is true; null counts as false.",
    .example = "datatable(n:long)[1, 2, 3] | where n > 1",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_filter = {
    .name = "filter",
    .syntax = "filter Predicate",
    .help = "Older spelling of where.",
    .example = "datatable(n:long)[1, 2, 3] | filter n > 1",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH | OP_LEGACY,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_search = {
    .name = "search",
    .syntax = "search \"text\" [and|or …]",
    .help = "Keeps the rows in which some column has the text as a term.",
    .example = "datatable(s:string)[\"a b\", \"c\"] | search \"b\"",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH,
    .parse = parse_search,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
