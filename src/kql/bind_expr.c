/* Expression trees to typed expressions: names, literals, members, and the calls that are no plain
 * functions (toscalar, column_ifexists, extract with typeof …). */
#include "kql/kql_internal.h"

/* ---- names ---------------------------------------------------------------------------------- */

static struct expr *unknown_name(struct binder *b, const struct node *n, const struct schema *input)
{
    struct nearest nearest;

    nearest_init(&nearest, n->text);
    for (size_t i = 0; input && i < input->n; i++)
        nearest_offer(&nearest, input->fields[i].name);
    for (const struct let *let = b->scope; let; let = let->before)
        nearest_offer(&nearest, let->name);
    struct str near = nearest_found(&nearest);
    const char *what = input ? "column" : "constant";
    if (near.n)
        binder_error(b, n->span, "there is no %s '%.*s'; did you mean '%.*s'?", what,
                     STR_ARG(n->text), STR_ARG(near));
    else if (func_find(n->text) || aggregate_find(n->text))
        binder_error(b, n->span, "there is no %s '%.*s'; the function is written %.*s(...)", what,
                     STR_ARG(n->text), STR_ARG(n->text));
    else
        binder_error(b, n->span, "there is no %s '%.*s'%s", what, STR_ARG(n->text),
                     input ? "" : " (columns cannot be used here)");
    return NULL;
}

static struct expr *bind_name(struct binder *b, const struct node *n, const struct schema *input)
{
    size_t column = input ? schema_find(input, n->text) : SIZE_MAX;
    struct let *let = column == SIZE_MAX ? binder_let(b, n->text) : NULL;

    if (column != SIZE_MAX)
        return expr_column(b, input, column, n->span);
    if (let && let->kind == LET_SCALAR) {
        let->used = true;
        return let->expr;
    }
    if (str_is(n->text, "$left") || str_is(n->text, "$right"))
        binder_error(b, n->span, "'%.*s' stands only in the conditions of join and lookup",
                     STR_ARG(n->text));
    else if (let)
        binder_error(b, n->span,
                     let->kind == LET_TABLE ? "'%.*s' is a table; a value is expected here"
                                            : "'%.*s' is a function; write its arguments behind it",
                     STR_ARG(n->text));
    else
        return unknown_name(b, n, input);
    return NULL;
}

static struct expr *bind_member(struct binder *b, const struct node *n, const struct schema *input)
{
    struct expr *args[2] = {bind_node(b, n->first, input), NULL};
    struct value key = {.type = TYPE_STRING, .s = n->text};

    if (!args[0])
        return NULL;
    if (args[0]->type != TYPE_DYNAMIC) {
        binder_error(b, n->span, "a %s has no members; parse_json(...) makes a dynamic of text",
                     type_name(args[0]->type));
        return NULL;
    }
    args[1] = expr_literal(b, key, n->span);
    return expr_call(b, ".", args, 2, n->span);
}

static struct expr *bind_index(struct binder *b, const struct node *n, const struct schema *input)
{
    struct expr *args[2];

    args[0] = bind_node(b, n->first, input);
    args[1] = args[0] ? bind_node(b, n->first->next, input) : NULL;
    if (!args[1])
        return NULL;
    if (args[0]->type != TYPE_DYNAMIC) {
        binder_error(b, n->span, "a %s has no elements; parse_json(...) makes a dynamic of text",
                     type_name(args[0]->type));
        return NULL;
    }
    return expr_call(b, "[]", args, 2, n->span);
}

/* ---- tables as values ----------------------------------------------------------------------- */

struct expr *bind_subquery(struct binder *b, const struct node *n, bool list)
{
    const struct stage *stage = b->stage;
    size_t from = b->nodes.n;
    struct plan_node *root = bind_table_node(b, n);

    b->stage = stage;
    if (!root)
        return NULL;
    if (root->schema.n == 0) {
        binder_error(b, n->span, "this table has no columns");
        return NULL;
    }
    struct subquery s = {
        .root = root, .list = list, .type = list ? TYPE_DYNAMIC : root->schema.fields[0].type};
    struct expr *e = expr_new(b, EXPR_SUBQUERY, s.type, n->span);
    e->constant = e->asks = true;
    e->index = b->subqueries.n;
    for (size_t i = from; i < b->nodes.n; i++)
        s.params |= b->nodes.items[i]->params;
    e->params = s.params;
    vec_push(b->arena, &b->subqueries, s);
    return e;
}

static struct expr *bind_toscalar(struct binder *b, const struct node *n,
                                  const struct schema *input)
{
    if (!n->first || n->first->next) {
        binder_error(b, n->span, "toscalar takes one table");
        return NULL;
    }
    return node_is_table(b, n->first) ? bind_subquery(b, n->first, false)
                                      : bind_node(b, n->first, input);
}

/* ---- calls of their own kind ---------------------------------------------------------------- */

static struct expr *bind_column_ifexists(struct binder *b, const struct node *n,
                                         const struct schema *input)
{
    const struct node *name = n->first;

    if (!name || !name->next || name->next->next || name->kind != NODE_LITERAL ||
        name->value.type != TYPE_STRING) {
        binder_error(
            b, n->span,
            "column_ifexists takes a column's name in quotes and a value for where it is missing");
        return NULL;
    }
    size_t column = input ? schema_find(input, name->value.s) : SIZE_MAX;
    return column != SIZE_MAX ? expr_column(b, input, column, n->span)
                              : bind_node(b, name->next, input);
}

/* A column's name, as a key; none where the value is null or empty. */
static struct expr *key_of_value(struct binder *b, struct expr *name, struct expr *value)
{
    struct value nothing = {.type = TYPE_STRING};
    struct expr *empty = expr_call(b, "isempty", &value, 1, value->span);

    if (!empty)
        return NULL;
    struct expr *args[] = {empty, expr_literal(b, nothing, value->span), name};
    return expr_call(b, "iff", args, 3, value->span);
}

/* A bag of all columns; pack_all(true) leaves out what is null or empty. */
static struct expr *bind_pack_all(struct binder *b, const struct node *n,
                                  const struct schema *input)
{
    size_t columns = input ? input->n : 0;
    bool compact = n->first && n->first->kind == NODE_LITERAL &&
                   n->first->value.type == TYPE_BOOL && n->first->value.b;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, columns * 2 + 1);

    for (size_t i = 0; i < columns; i++) {
        struct value name = {.type = TYPE_STRING, .s = input->fields[i].name};
        args[2 * i] = expr_literal(b, name, n->span);
        args[2 * i + 1] = expr_column(b, input, i, n->span);
        if (compact && !(args[2 * i] = key_of_value(b, args[2 * i], args[2 * i + 1])))
            return NULL;
    }
    return expr_call(b, "bag_pack", args, columns * 2, n->span);
}

/* A bag of some columns, each under its name. */
static struct expr *bind_pack_columns(struct binder *b, const struct node *n,
                                      const struct schema *input)
{
    VEC(struct expr *) args = {0};

    for (const struct node *i = n->first; i; i = i->next) {
        struct value name = {.type = TYPE_STRING, .s = expr_name(b, i)};
        struct expr *e = bind_node(b, i, input);
        if (!e)
            return NULL;
        vec_push(b->arena, &args, expr_literal(b, name, i->span));
        vec_push(b->arena, &args, e);
    }
    return expr_call(b, "bag_pack", args.items, args.n, n->span);
}

/* extract(…, typeof(long)): the text, converted. */
static struct expr *bind_typed_extract(struct binder *b, const struct node *n,
                                       const struct node *type, const struct schema *input)
{
    static const char *const converts[TYPE_COUNT] = {
        [TYPE_BOOL] = "tobool",         [TYPE_INT] = "toint",           [TYPE_LONG] = "tolong",
        [TYPE_REAL] = "toreal",         [TYPE_DECIMAL] = "todecimal",   [TYPE_STRING] = "tostring",
        [TYPE_DATETIME] = "todatetime", [TYPE_TIMESPAN] = "totimespan", [TYPE_GUID] = "toguid",
        [TYPE_DYNAMIC] = "todynamic",
    };
    struct expr *args[4], *e;
    size_t count = 0;

    for (const struct node *i = n->first; i != type && count < 4; i = i->next) {
        args[count] = bind_node(b, i, input);
        if (!args[count++])
            return NULL;
    }
    e = expr_call(b, str_z(b->arena, n->text), args, count, n->span);
    return e && e->type != type->type ? expr_call(b, converts[type->type], &e, 1, n->span) : e;
}

static struct expr *bind_special(struct binder *b, const struct node *n, const struct schema *input,
                                 bool *special)
{
    *special = true;
    if (str_is(n->text, "toscalar"))
        return bind_toscalar(b, n, input);
    if (str_is(n->text, "column_ifexists") || str_is(n->text, "columnifexists"))
        return bind_column_ifexists(b, n, input);
    if (str_is(n->text, "pack_all"))
        return bind_pack_all(b, n, input);
    if (str_is(n->text, "bag_pack_columns"))
        return bind_pack_columns(b, n, input);
    if (str_is(n->text, "pos"))
        return bind_node(b, n->first, input);
    for (const struct node *i = n->first; i; i = i->next)
        if (i->kind == NODE_TYPED && !i->next && i != n->first)
            return bind_typed_extract(b, n, i, input);
    *special = false;
    return NULL;
}

struct span call_name_span(const struct binder *b, const struct node *call)
{
    struct str text = source_slice(b->source, call->span);
    size_t at = str_find(text, call->text, 0);

    if (at == SIZE_MAX || str_trim(str_sub(text, 0, at)).n > 8)
        return call->span;
    return (struct span){call->span.start + (uint32_t)at,
                         call->span.start + (uint32_t)(at + call->text.n)};
}

bool unknown_function(struct binder *b, const struct node *call)
{
    struct span span = call_name_span(b, call);
    struct nearest n;
    const struct func *f;
    const struct aggregate *row;

    if (aggregate_find(call->text))
        return binder_error(b, span,
                            "%.*s() is an aggregate; it stands only in summarize and its like",
                            STR_ARG(call->text));
    const char *why = refused_function(call->text);
    if (why)
        return binder_error(b, span, "%.*s() is not supported: %s", STR_ARG(call->text), why);
    nearest_init(&n, call->text);
    for (size_t i = 0; (f = func_row(i)); i++)
        if (!(f->flags & (FUNC_OPERATOR | FUNC_LEGACY)))
            nearest_offer(&n, str_of(f->name));
    for (size_t i = 0; (row = aggregate_row(i)); i++)
        if (!(row->flags & AGG_LEGACY))
            nearest_offer(&n, str_of(row->name));
    for (const struct let *let = b->scope; let; let = let->before)
        if (let->kind == LET_FUNCTION)
            nearest_offer(&n, let->name);
    struct str near = nearest_found(&n);
    if (near.n)
        return binder_error(b, span, "unknown function '%.*s'; did you mean '%.*s'?",
                            STR_ARG(call->text), STR_ARG(near));
    return binder_error(b, span, "unknown function '%.*s'", STR_ARG(call->text));
}

/* A row that is an operator's cannot be called by its name. */
static bool called_by_name(const struct binder *b, const struct node *n)
{
    return lex_name_byte((unsigned char)n->text.p[0]) &&
           str_starts(source_slice(b->source, n->span), n->text) && n->span.start < n->span.end;
}

/* In a where, the span in `TimeGenerated > ago(1d)` is a knob of its own. */
static struct expr *bind_ago(struct binder *b, const struct node *n, const struct schema *input)
{
    if (!b->knobs || n->kind != NODE_LITERAL || n->value.null || n->value.type != TYPE_TIMESPAN)
        return bind_node(b, n, input);
    struct str name = b->side.n ? str_fmt(b->arena, "%.*s ago", STR_ARG(b->side)) : STR("ago");
    return bind_knob(b, n->value, n->span, name, b->stage->comment);
}

struct expr *bind_call(struct binder *b, const struct node *n, const struct schema *input)
{
    struct let *let = binder_let(b, n->text);
    const struct func *f = func_find(n->text);
    size_t count = 0;
    bool special;

    if (let && let->kind == LET_FUNCTION)
        return bind_function_call(b, let, n, input);
    struct expr *e = bind_special(b, n, input, &special);
    if (special)
        return e;
    if (!f || (f->flags & FUNC_OPERATOR && called_by_name(b, n))) {
        unknown_function(b, n);
        return NULL;
    }
    for (const struct node *i = n->first; i; i = i->next)
        count++;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, count + 1);
    count = 0;
    for (const struct node *i = n->first; i; i = i->next) {
        args[count] = str_is(n->text, "ago") ? bind_ago(b, i, input) : bind_node(b, i, input);
        if (!args[count++])
            return NULL;
    }
    return expr_call(b, f->name, args, count, n->span);
}

/* ---- any node ------------------------------------------------------------------------------- */

static struct expr *refuse(struct binder *b, const struct node *n)
{
    switch (n->kind) {
    case NODE_STAR:
        binder_error(b, n->span, "'*' stands for all columns only left of a text operator or ==");
        break;
    case NODE_PIPELINE:
        binder_error(
            b, n->span,
            "a table stands here where a value is expected; toscalar(...) takes its first value");
        break;
    case NODE_NAMED:
        binder_error(b, n->span, "a name cannot be given here");
        break;
    default:
        binder_error(b, n->span, "typeof(...) is not expected here");
        break;
    }
    return NULL;
}

static struct expr *bind_template(struct binder *b, const struct node *n)
{
    struct value v = {.type = TYPE_STRING};

    if (b->env->template_value && b->env->template_value(b->env->ctx, n->text, &v.s))
        return expr_literal(b, v, n->span);
    binder_error(b, n->span, "unknown placeholder '{{%.*s}}'", STR_ARG(n->text));
    return NULL;
}

struct expr *bind_node(struct binder *b, const struct node *n, const struct schema *input)
{
    struct expr *e = NULL;

    if (b->depth >= MAX_TREE + MAX_TREE / 2) {
        binder_error(b, n->span, "the expression is nested too deeply");
        return NULL;
    }
    b->depth++;
    switch (n->kind) {
    case NODE_LITERAL:
        e = expr_literal(b, n->value, n->span);
        break;
    case NODE_NAME:
        e = bind_name(b, n, input);
        break;
    case NODE_CALL:
        e = bind_operator(b, n, input);
        break;
    case NODE_MEMBER:
        e = bind_member(b, n, input);
        break;
    case NODE_INDEX:
        e = bind_index(b, n, input);
        break;
    case NODE_STAR:
        e = b->star ? b->star : refuse(b, n);
        break;
    case NODE_TEMPLATE:
        e = bind_template(b, n);
        break;
    default:
        refuse(b, n);
        break;
    }
    b->depth--;
    return b->err->set ? NULL : e;
}

struct expr *bind_expr(struct binder *b, const struct node *node, const struct schema *input)
{
    const struct schema *row = b->row;

    b->row = input;
    struct expr *e = bind_node(b, node, input);
    b->row = input ? input : row;
    if (e)
        b->node_params |= e->params, b->node_asks |= e->asks;
    return e;
}

struct expr *bind_bool(struct binder *b, const struct node *node, const struct schema *input)
{
    struct expr *e = bind_expr(b, node, input);

    if (!e || e->type == TYPE_BOOL)
        return e;
    if (e->type == TYPE_DYNAMIC)
        return bind_cast(b, e, TYPE_BOOL);
    binder_error(b, node->span, "a condition is expected here, this is a %s", type_name(e->type));
    return NULL;
}

struct expr *bind_constant(struct binder *b, const struct node *node, enum type want)
{
    struct expr *e = bind_expr(b, node, NULL);

    if (!e)
        return NULL;
    if (!e->constant) {
        binder_error(b, node->span, "a constant is expected here");
        return NULL;
    }
    return want == TYPE_NONE ? e : bind_cast(b, e, want);
}
