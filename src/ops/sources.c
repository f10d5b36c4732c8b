/* Sources that need no log: print, datatable, range. */
#include "base/instant.h"
#include "ops/ops_internal.h"

static struct plan_node *source_node(struct binder *b, const struct stage *stage,
                                     struct schema schema)
{
    struct plan_node *node = binder_node(b, stage->op, stage, NULL);

    node->schema = schema;
    return node;
}

static void print_name(const struct plan_node *node, struct buf *out)
{
    buf_add_z(out, node->op->name);
    for (size_t i = 0; i < node->schema.n; i++)
        buf_addf(out, "%s%.*s", i ? ", " : " ", STR_ARG(node->schema.fields[i].name));
}

/* ---- print ----------------------------------------------------------------------------------- */

static struct plan_node *bind_print(struct binder *b, const struct stage *stage,
                                    struct plan_node *input)
{
    struct arena *a = binder_arena(b);
    struct schema none = {0}, schema;
    struct items *items = ARENA_NEW(a, struct items);
    struct namer *names = namer_new(b);

    (void)input;
    if (!ops_bind_items(b, stage->args, &none, items))
        return NULL;
    schema = (struct schema){ARENA_ARRAY(a, struct field, items->n), items->n};
    for (size_t i = 0; i < items->n; i++) {
        if (items->items[i].named && !namer_take(names, items->items[i].name, items->items[i].span))
            return NULL;
    }
    for (size_t i = 0; i < items->n; i++) {
        struct item *it = &items->items[i];
        if (expr_uses_window(it->expr)) {
            binder_error(b, it->span, "window functions need rows in a fixed order");
            return NULL;
        }
        if (!it->named)
            it->name = namer_make(names, str_fmt(a, "print_%zu", i));
        schema.fields[i] =
            (struct field){it->name, it->expr->type == TYPE_NONE ? TYPE_DYNAMIC : it->expr->type};
    }
    struct plan_node *node = source_node(b, stage, schema);
    node->data = items;
    return node;
}

static bool table_print(struct exec *x, const struct plan_node *node, struct table **out,
                        struct error *err)
{
    const struct items *items = node->data;
    struct builder *b = builder_new(exec_arena(x), &node->schema);

    for (size_t i = 0; i < items->n; i++) {
        struct value v = exec_constant(x, items->items[i].expr, err);
        if (err->set)
            return false;
        builder_value(b, v);
    }
    *out = builder_finish(b);
    (*out)->origin = NULL;
    return true;
}

/* ---- datatable ------------------------------------------------------------------------------- */

static bool parse_datatable(struct parser *p, struct stage *stage)
{
    struct node **last = &stage->args;

    if (!parser_expect(p, "(", "before the columns of a datatable"))
        return false;
    while (!parser_accept(p, ")")) {
        if (!parse_typed_name(p, last))
            return false;
        last = &(*last)->next;
        if (!parser_accept(p, ",") &&
            !(parser_peek(p)->kind == TOKEN_PUNCT && str_is(parser_peek(p)->text, ")")))
            return parser_expect(p, ")", "to close the columns of a datatable");
    }
    last = &stage->by;
    if (!parser_expect(p, "[", "before the values of a datatable"))
        return false;
    while (!parser_accept(p, "]")) {
        if (!parse_expr(p, last))
            return false;
        last = &(*last)->next;
        if (!parser_accept(p, ",") &&
            !(parser_peek(p)->kind == TOKEN_PUNCT && str_is(parser_peek(p)->text, "]")))
            return parser_expect(p, "]", "to close the values of a datatable");
    }
    return true;
}

static const char *converter(enum type t)
{
    switch (t) {
    case TYPE_BOOL:
        return "tobool";
    case TYPE_INT:
        return "toint";
    case TYPE_LONG:
        return "tolong";
    case TYPE_REAL:
        return "toreal";
    case TYPE_DECIMAL:
        return "todecimal";
    case TYPE_STRING:
        return "tostring";
    case TYPE_DATETIME:
        return "todatetime";
    case TYPE_TIMESPAN:
        return "totimespan";
    case TYPE_GUID:
        return "toguid";
    default:
        return "todynamic";
    }
}

/* A value of a datatable is coerced to its column's type. */
static struct expr *bind_cell(struct binder *b, const struct node *n, enum type type)
{
    struct expr *e = bind_constant(b, n, TYPE_NONE);

    if (!e || e->type == type)
        return e;
    if (e->type == TYPE_NONE || func_converts(e->type, type))
        return bind_cast(b, e, type);
    if (type == TYPE_DYNAMIC && e->type != TYPE_STRING)
        return bind_cast(b, e, type);
    return expr_call(b, converter(type), &e, 1, n->span);
}

struct cells {
    struct expr **items;
    size_t n;
};

static struct plan_node *bind_datatable(struct binder *b, const struct stage *stage,
                                        struct plan_node *input)
{
    struct arena *a = binder_arena(b);
    struct schema schema = {0};
    struct namer *names = namer_new(b);
    struct cells *cells = ARENA_NEW(a, struct cells);
    VEC(struct field) fields = {0};
    VEC(struct expr *) exprs = {0};

    (void)input;
    for (const struct node *n = stage->args; n; n = n->next) {
        if (!namer_take(names, n->text, n->span))
            return NULL;
        vec_push(a, &fields, ((struct field){n->text, n->type}));
    }
    schema = (struct schema){fields.items, fields.n};
    if (schema.n == 0) {
        binder_error(b, stage->span, "a datatable has at least one column");
        return NULL;
    }
    for (const struct node *n = stage->by; n; n = n->next) {
        struct expr *e = bind_cell(b, n, fields.items[exprs.n % schema.n].type);
        if (!e)
            return NULL;
        vec_push(a, &exprs, e);
    }
    if (exprs.n % schema.n) {
        binder_error(b, stage->span, "%zu values do not fill rows of %zu columns", exprs.n,
                     schema.n);
        return NULL;
    }
    *cells = (struct cells){exprs.items, exprs.n};
    struct plan_node *node = source_node(b, stage, schema);
    node->data = cells;
    return node;
}

static bool table_datatable(struct exec *x, const struct plan_node *node, struct table **out,
                            struct error *err)
{
    const struct cells *cells = node->data;
    struct builder *b = builder_new(exec_arena(x), &node->schema);

    for (size_t i = 0; i < cells->n; i++) {
        struct value v = exec_constant(x, cells->items[i], err);
        if (err->set)
            return false;
        builder_value(b, v);
    }
    *out = builder_finish(b);
    (*out)->origin = NULL;
    return true;
}

/* ---- range ----------------------------------------------------------------------------------- */

#define MOST_RANGE_ROWS 10000000

struct range {
    struct expr *from, *to, *step;
};

static bool parse_range(struct parser *p, struct stage *stage)
{
    struct span span;
    struct node *from, *to, *step;

    if (!parse_name(p, &stage->name, &span, "the column of the range") ||
        !parser_expect_word(p, "from") || !parse_expr(p, &from) || !parser_expect_word(p, "to") ||
        !parse_expr(p, &to) || !parser_expect_word(p, "step") || !parse_expr(p, &step))
        return false;
    from->next = to;
    to->next = step;
    stage->args = from;
    return true;
}

static struct plan_node *bind_range(struct binder *b, const struct stage *stage,
                                    struct plan_node *input)
{
    struct arena *a = binder_arena(b);
    struct range *r = ARENA_NEW(a, struct range);
    const struct node *from = stage->args, *to = from->next, *step = to->next;

    (void)input;
    if (!(r->from = bind_constant(b, from, TYPE_NONE)) ||
        !(r->to = bind_constant(b, to, TYPE_NONE)) ||
        !(r->step = bind_constant(b, step, TYPE_NONE)))
        return NULL;
    enum type t = r->from->type;
    enum type step_type = t == TYPE_DATETIME ? TYPE_TIMESPAN : t;
    if (type_is_number(t)) {
        bool real =
            r->from->type == TYPE_REAL || r->to->type == TYPE_REAL || r->step->type == TYPE_REAL;
        t = step_type = real ? TYPE_REAL : TYPE_LONG;
    } else if (t != TYPE_DATETIME && t != TYPE_TIMESPAN) {
        binder_error(b, from->span, "a range runs over numbers, datetimes or timespans");
        return NULL;
    }
    if (!(r->from = bind_cast(b, r->from, t)) || !(r->to = bind_cast(b, r->to, t)) ||
        !(r->step = bind_cast(b, r->step, step_type)))
        return NULL;
    struct schema schema = {ARENA_NEW(a, struct field), 1};
    schema.fields[0] = (struct field){stage->name, t};
    struct plan_node *node = source_node(b, stage, schema);
    node->data = r;
    node->serialized = true;
    return node;
}

static bool too_long(struct error *err)
{
    return error_set(err, "a range of more than %d rows", MOST_RANGE_ROWS);
}

static bool range_ints(struct builder *b, int64_t from, int64_t to, int64_t step, struct error *err)
{
    if (step > 0 ? from > to : from < to)
        return true;
    uint64_t span = step > 0 ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
    uint64_t by = step > 0 ? (uint64_t)step : -(uint64_t)step;
    if (span / by >= MOST_RANGE_ROWS)
        return too_long(err);
    for (uint64_t i = 0; i <= span / by; i++)
        builder_int(b, (int64_t)((uint64_t)from + i * (uint64_t)step));
    return true;
}

static bool range_reals(struct builder *b, double from, double to, double step, struct error *err)
{
    double n = (to - from) / step;

    if (!(n >= 0))
        return true;
    if (n >= MOST_RANGE_ROWS)
        return too_long(err);
    for (int64_t i = 0; i <= (int64_t)n; i++)
        builder_real(b, from + (double)i * step);
    return true;
}

static bool table_range(struct exec *x, const struct plan_node *node, struct table **out,
                        struct error *err)
{
    const struct range *r = node->data;
    struct builder *b = builder_new(exec_arena(x), &node->schema);
    struct value from = exec_constant(x, r->from, err), to = exec_constant(x, r->to, err);
    struct value step = exec_constant(x, r->step, err);
    bool real = type_shape(r->from->type) == SHAPE_REAL;

    if (err->set)
        return false;
    if (!from.null && !to.null && !step.null) {
        if (real ? step.r == 0 : step.i == 0)
            return error_set(err, "the step of a range cannot be 0");
        if (real ? !range_reals(b, from.r, to.r, step.r, err)
                 : !range_ints(b, from.i, to.i, step.i, err))
            return false;
    }
    *out = builder_finish(b);
    (*out)->origin = NULL;
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct op_run run_print = {.table = table_print};
static const struct op_run run_datatable = {.table = table_datatable};
static const struct op_run run_range = {.table = table_range};

const struct op op_print = {
    .name = "print",
    .syntax = "print [Column =] Expression [, …]",
    .help = "One row of constant expressions.",
    .example = "print x = 1 + 2",
    .flags = OP_SOURCE,
    .parse = ops_parse_named_list,
    .bind = bind_print,
    .print = print_name,
    .run = &run_print,
};
const struct op op_datatable = {
    .name = "datatable",
    .syntax = "datatable (Column : Type, …) [Value, …]",
    .help = "A table written out in the query.",
    .example = "datatable(n:long, s:string)[1, \"a\", 2, \"b\"]",
    .flags = OP_SOURCE,
    .parse = parse_datatable,
    .bind = bind_datatable,
    .print = print_name,
    .run = &run_datatable,
};
const struct op op_range = {
    .name = "range",
    .syntax = "range Column from Start to Stop step Step",
    .help = "A column of values from start to stop, both included.",
    .example = "range x from 1 to 9 step 2",
    .flags = OP_SOURCE,
    .parse = parse_range,
    .bind = bind_range,
    .print = print_name,
    .run = &run_range,
};
