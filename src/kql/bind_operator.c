/* Operators with two sides: where their literals are knobs (inside a where), where a list is one
 * value, where `*` stands for all columns, and chains of and/or, which become one call. */
#include "kql/kql_internal.h"

/* ---- knobs ---------------------------------------------------------------------------------- */

/* "Access <=": the other side as it is written, on one line, and the operator. */
static struct str knob_name(struct binder *b, const struct node *side, const char *op)
{
    struct str text = source_slice(b->source, side->span);
    struct buf out = {0};
    bool blank = false;

    for (size_t i = 0; i < text.n && out.n < 60; i++) {
        char c = text.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            blank = out.n > 0;
            continue;
        }
        if (blank)
            buf_add_byte(&out, ' ');
        blank = false;
        buf_add_byte(&out, c);
    }
    while (out.n && (unsigned char)out.p[out.n - 1] >= 0x80) /* no half character at a cut */
        out.n--;
    buf_addf(&out, " %s", op);
    struct str name = str_dup(b->arena, buf_str(&out));
    buf_release(&out);
    return name;
}

static struct span stage_comment(const struct binder *b)
{
    return b->stage ? b->stage->comment : (struct span){0, 0};
}

static struct expr *literal_knob(struct binder *b, const struct node *literal,
                                 const struct node *side, const char *op)
{
    return bind_knob(b, literal->value, literal->span, knob_name(b, side, op), stage_comment(b));
}

static const char *mirrored(const char *op)
{
    static const char *const pairs[][2] = {{"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}};

    for (size_t i = 0; i < 4; i++)
        if (!strcmp(op, pairs[i][0]))
            return pairs[i][1];
    return op;
}

/* ---- sides ---------------------------------------------------------------------------------- */

static bool is_knob(const struct binder *b, const struct node *n)
{
    return b->knobs && n->kind == NODE_LITERAL && knob_value(n->value);
}

/* One side of an operator: a knob when it may be one; what it stands against names the knobs inside
 * it. */
static struct expr *bind_side(struct binder *b, const struct node *n, const struct node *other,
                              const char *op, bool may_be_knob, const struct schema *input)
{
    struct str outer = b->side;

    if (may_be_knob && is_knob(b, n))
        return literal_knob(b, n, other, op);
    b->side = b->knobs ? knob_name(b, other, op) : STR_NONE;
    struct expr *e = bind_node(b, n, input);
    b->side = outer;
    return e;
}

static struct expr *bind_two(struct binder *b, const struct node *n, const struct schema *input,
                             enum operator_class class)
{
    const struct node *left = n->first, *right = left->next;
    const char *op = str_z(b->arena, n->text);
    bool literals = left->kind == NODE_LITERAL && right->kind == NODE_LITERAL;
    bool compares = class == OPERATOR_COMPARES && !literals;
    bool knob = compares || (class == OPERATOR_TEXT && right->value.type == TYPE_STRING);
    struct expr *args[2];

    args[0] = bind_side(b, left, right, mirrored(op), compares, input);
    args[1] = args[0] ? bind_side(b, right, left, op, knob, input) : NULL;
    return args[1] ? expr_call(b, op, args, 2, n->span) : NULL;
}

static struct expr *bind_range(struct binder *b, const struct node *n, const struct schema *input)
{
    const struct node *value = n->first, *low = value->next, *high = low->next;
    struct expr *args[3];

    args[0] = bind_node(b, value, input);
    args[1] = args[0] ? bind_side(b, low, value, "between: from", true, input) : NULL;
    args[2] = args[1] ? bind_side(b, high, value, "between: to", true, input) : NULL;
    return args[2] ? expr_call(b, str_z(b->arena, n->text), args, 3, n->span) : NULL;
}

/* A list of texts or of numbers is one knob. */
static bool list_is_knob(const struct binder *b, const struct node *first)
{
    for (const struct node *i = first; i; i = i->next) {
        if (!b->knobs || i->kind != NODE_LITERAL || i->value.null ||
            !(i->value.type == TYPE_STRING || i->value.type == TYPE_LONG ||
              i->value.type == TYPE_REAL) ||
            (i->value.type == TYPE_STRING) != (first->value.type == TYPE_STRING))
            return false;
    }
    return true;
}

static struct expr *bind_list_literal(struct binder *b, const struct node *n)
{
    const struct node *first = n->first->next, *last = first;
    struct str name = knob_name(b, n->first, str_z(b->arena, n->text));
    VEC(struct str) items = {0};

    if (first->literal_list) /* in (dynamic([…])) */
        return bind_list_knob(b, first->value.s, first->span, name, stage_comment(b), false);
    for (const struct node *i = first; i; last = i, i = i->next)
        vec_push(b->arena, &items, dyn_from_value(b->arena, i->value));
    struct str list = dyn_from_array(b->arena, items.items, items.n);
    return bind_list_knob(b, list, span_join(first->span, last->span), name, stage_comment(b),
                          true);
}

static struct expr *bind_list(struct binder *b, const struct node *n, const struct schema *input)
{
    const struct node *first = n->first->next;
    bool knob = list_is_knob(b, first) ||
                (b->knobs && first->kind == NODE_LITERAL && first->literal_list && !first->next);
    size_t count = 1;

    for (const struct node *i = first; i && !knob; i = i->next)
        count++;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, count + 1);
    args[0] = bind_node(b, n->first, input);
    if (!args[0])
        return NULL;
    if (knob) {
        args[1] = bind_list_literal(b, n);
        count = 2;
        return args[1] ? expr_call(b, str_z(b->arena, n->text), args, count, n->span) : NULL;
    }
    count = 1;
    for (const struct node *i = first; i; i = i->next) {
        bool shadowed = i->kind == NODE_NAME && input && schema_find(input, i->text) != SIZE_MAX;
        bool table = !shadowed && !first->next && node_is_table(b, i);
        args[count] = table ? bind_subquery(b, i, true) : bind_node(b, i, input);
        if (!args[count++])
            return NULL;
    }
    return expr_call(b, str_z(b->arena, n->text), args, count, n->span);
}

/* ---- all columns ---------------------------------------------------------------------------- */

/* `* has "x"`: any column, as text. */
static struct expr *bind_star(struct binder *b, const struct node *n, const struct schema *input,
                              enum operator_class class)
{
    const struct node *star = n->first;
    size_t columns = input ? input->n : 0;
    struct expr **any = ARENA_ARRAY(b->arena, struct expr *, columns + 1);
    struct str name = n->text;

    if (columns == 0 ||
        (class == OPERATOR_COMPARES && !str_is(name, "==") && !str_is(name, "!="))) {
        binder_error(b, star->span,
                     "'*' stands for all columns only left of a text operator or ==");
        return NULL;
    }
    for (size_t i = 0; i < columns; i++) {
        struct expr *column = expr_column(b, input, i, star->span);
        if (column->type != TYPE_STRING)
            column = expr_call(b, "tostring", &column, 1, star->span);
        b->star = column;
        any[i] = column ? bind_operator(b, n, input) : NULL;
        b->star = NULL;
        if (!any[i])
            return NULL;
    }
    return columns == 1 ? any[0] : expr_call(b, "or", any, columns, n->span);
}

/* ---- chains --------------------------------------------------------------------------------- */

/* a and b and c: the parser's left-leaning tree as one call. */
static struct expr *bind_chain(struct binder *b, const struct node *n, const struct schema *input)
{
    size_t count = 1;
    const struct node *leftmost = n;

    while (leftmost->kind == NODE_CALL && str_eq(leftmost->text, n->text) && leftmost->first &&
           leftmost->first->next && operator_class(leftmost->text) == OPERATOR_NONE) {
        count++;
        leftmost = leftmost->first;
    }
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, count);
    const struct node **nodes = ARENA_ARRAY(b->arena, const struct node *, count);
    size_t at = count;
    for (const struct node *i = n; i != leftmost; i = i->first)
        nodes[--at] = i->first->next;
    nodes[0] = leftmost;
    for (size_t i = 0; i < count; i++) {
        args[i] = bind_node(b, nodes[i], input);
        if (!args[i])
            return NULL;
        if (args[i]->type != TYPE_BOOL && args[i]->type != TYPE_DYNAMIC) {
            binder_error(b, nodes[i]->span, "'%.*s' joins conditions, this is a %s",
                         STR_ARG(n->text), type_name(args[i]->type));
            return NULL;
        }
    }
    return expr_call(b, str_z(b->arena, n->text), args, count, n->span);
}

struct expr *bind_operator(struct binder *b, const struct node *n, const struct schema *input)
{
    enum operator_class class = operator_class(n->text);

    if (str_is(n->text, "and") || str_is(n->text, "or"))
        return bind_chain(b, n, input);
    if (class == OPERATOR_NONE)
        return bind_call(b, n, input);
    if (n->first->kind == NODE_STAR && !b->star)
        return bind_star(b, n, input, class);
    if (class == OPERATOR_LIST)
        return bind_list(b, n, input);
    if (class == OPERATOR_RANGE)
        return bind_range(b, n, input);
    return bind_two(b, n, input, class);
}
