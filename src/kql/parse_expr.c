/* Tokens to expressions: primaries, what hangs behind them, signs, and operators by their levels
 * (KQL.md 1.9: string operators bind tighter than `+`), in one loop. */
#include "kql/kql_internal.h"

static bool parse_binary(struct parser *p, enum level least, struct node **out);

/* ---- primaries ------------------------------------------------------------------------------ */

/* name = value, inside a call's parentheses. */
static bool parse_argument(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p), *second = parser_peek2(p);

    if (t->kind == TOKEN_NAME && second->kind == TOKEN_PUNCT && str_is(second->text, "=")) {
        struct node *named = token_node(p, NODE_NAMED, parser_next(p)), *value;
        p->at++;
        *out = named;
        return parse_table_or_scalar(p, &value) && node_add(p, named, value);
    }
    if (parser_at(p, "*")) {
        *out = token_node(p, NODE_STAR, parser_next(p));
        if (parser_at(p, ",") || parser_at(p, ")"))
            return true;
        p->at--;
    }
    return parse_table_or_scalar(p, out);
}

bool parse_call_arguments(struct parser *p, struct node *call)
{
    struct node **last = &call->first;

    if (!parser_enter(p))
        return false;
    while (!parser_at(p, ")")) {
        struct node *argument;
        if (!parse_argument(p, &argument))
            return false;
        *last = argument;
        last = &argument->next;
        if (argument->depth >= call->depth)
            call->depth = argument->depth + 1;
        if (!parser_accept(p, ",") && !parser_at(p, ")"))
            return parser_unexpected(p, "',' or ')' in the arguments of '%.*s'",
                                     STR_ARG(parser_shown(p->arena, call->text)));
    }
    call->span.end = parser_next(p)->span.end;
    parser_leave(p);
    return call->depth <= MAX_TREE ||
           parser_error(p, call->span, "the expression is nested too deeply");
}

static bool parse_typeof(struct parser *p, struct node *n)
{
    n->kind = NODE_TYPED;
    if (!parse_type(p, &n->type))
        return false;
    n->span.end = parser_peek(p)->span.end;
    return parser_expect(p, ")", "to close 'typeof('");
}

static bool parse_name_or_call(struct parser *p, struct node **out)
{
    const struct token *t = parser_next(p);
    struct node *n = token_node(p, NODE_NAME, t);

    *out = n;
    if (!parser_accept(p, "("))
        return true;
    n->kind = NODE_CALL;
    if (!t->quoted && str_is(t->text, "typeof"))
        return parse_typeof(p, n);
    return parse_call_arguments(p, n);
}

static bool parse_primary(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p);

    if (t->kind == TOKEN_LITERAL || t->kind == TOKEN_TEMPLATE) {
        *out =
            token_node(p, t->kind == TOKEN_LITERAL ? NODE_LITERAL : NODE_TEMPLATE, parser_next(p));
        return true;
    }
    if (t->kind == TOKEN_NAME) {
        if (!t->quoted && str_is(t->text, "not") &&
            !(parser_peek2(p)->kind == TOKEN_PUNCT && str_is(parser_peek2(p)->text, "(")))
            return parser_error(p, t->span, "'not' is a function; write not(...)");
        if (parser_binary(p))
            return parser_unexpected(p, "an expression");
        return parse_name_or_call(p, out);
    }
    if (parser_at(p, "*")) {
        *out = token_node(p, NODE_STAR, parser_next(p));
        return true;
    }
    if (!parser_at(p, "("))
        return parser_unexpected(p, "an expression");
    struct span open = parser_next(p)->span;
    if (!parser_enter(p) || !parse_table_or_scalar(p, out))
        return false;
    parser_leave(p);
    struct span close = parser_peek(p)->span;
    if (!parser_expect(p, ")", "to close '('"))
        return false;
    (*out)->span = span_join(open, close);
    return true;
}

/* .member  .["member"]  [index]  .[index] */
static bool parse_postfix(struct parser *p, struct node **out)
{
    struct node *base, *n;

    if (!parse_primary(p, &base))
        return false;
    for (;;) {
        const struct token *t = parser_peek(p);
        bool dot = parser_at(p, ".");
        if (t->kind == TOKEN_NAME && t->quoted &&
            t->touches) { /* a["k"] was read as a quoted name */
            n = node_new(p, NODE_INDEX, span_join(base->span, t->span));
            struct node *key = token_node(p, NODE_LITERAL, parser_next(p));
            key->value = (struct value){.type = TYPE_STRING, .s = t->text};
            if (!node_add(p, n, base) || !node_add(p, n, key))
                return false;
        } else if (dot && parser_peek2(p)->kind == TOKEN_NAME) {
            p->at++;
            t = parser_next(p);
            n = token_node(p, NODE_MEMBER, t);
            if (!node_add(p, n, base))
                return false;
        } else if (parser_at(p, "[") || dot) {
            p->at += dot;
            if (!parser_expect(p, "[", "or a member's name after '.'"))
                return false;
            struct node *index;
            if (!parser_enter(p) || !parse_expr(p, &index))
                return false;
            parser_leave(p);
            n = node_new(p, NODE_INDEX, span_join(base->span, parser_peek(p)->span));
            if (!parser_expect(p, "]", "to close '['"))
                return false;
            if (!node_add(p, n, base) || !node_add(p, n, index))
                return false;
        } else {
            *out = base;
            return true;
        }
        base = n;
    }
}

/* A minus before a number or timespan makes a negative literal, so that it is one knob. */
static bool negate_literal(struct node *n, struct span minus)
{
    if (n->kind != NODE_LITERAL || n->value.null || n->value.type == TYPE_DATETIME)
        return false;
    enum shape shape = type_shape(n->value.type);
    if (shape == SHAPE_INT)
        n->value.i = (int64_t)(0 - (uint64_t)n->value.i);
    else if (shape == SHAPE_REAL)
        n->value.r = -n->value.r;
    else
        return false;
    n->span = span_join(minus, n->span);
    n->text = STR_NONE;
    return true;
}

static bool parse_unary(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p);
    bool minus = parser_at(p, "-");

    if (!minus && !parser_at(p, "+"))
        return parse_postfix(p, out);
    p->at++;
    struct node *operand;
    if (!parser_enter(p) || !parse_unary(p, &operand))
        return false;
    parser_leave(p);
    if (minus && negate_literal(operand, t->span)) {
        *out = operand;
        return true;
    }
    *out = node_new(p, NODE_CALL, t->span);
    (*out)->text = minus ? STR("neg") : STR("pos");
    return node_add(p, *out, operand);
}

/* (a, b, …) of `in` and its like. */
static bool parse_list(struct parser *p, struct node *call)
{
    struct span open = parser_peek(p)->span;

    if (!parser_accept(p, "("))
        return parser_unexpected(p, "'(' after '%.*s'", STR_ARG(call->text));
    struct node *left = call->first;
    call->first = NULL;
    bool ok = parse_call_arguments(p, call);
    left->next = call->first;
    call->first = left;
    if (ok && !left->next)
        return parser_error(p, span_join(open, call->span), "this list is empty");
    return ok;
}

/* (a .. b) */
static bool parse_range(struct parser *p, struct node *call)
{
    struct node *from, *to;

    if (!parser_accept(p, "("))
        return parser_unexpected(p, "'(' after '%.*s'", STR_ARG(call->text));
    if (!parser_enter(p) || !parse_expr(p, &from) || !node_add(p, call, from))
        return false;
    if (!parser_accept(p, ".."))
        return parser_unexpected(p, "'..' between the two ends of the range");
    if (!parse_expr(p, &to) || !node_add(p, call, to))
        return false;
    parser_leave(p);
    call->span.end = parser_peek(p)->span.end;
    return parser_expect(p, ")", "to close the range");
}

static bool parse_right(struct parser *p, const struct binary *b, struct node *call)
{
    struct node *right;

    if (str_is(str_of(b->text), "matches") && !parser_expect_word(p, "regex"))
        return false;
    if (b->right == RIGHT_LIST)
        return parse_list(p, call);
    if (b->right == RIGHT_RANGE)
        return parse_range(p, call);
    return parse_binary(p, b->level + 1, &right) && node_add(p, call, right);
}

static bool parse_binary(struct parser *p, enum level least, struct node **out)
{
    struct node *left;

    if (!parse_unary(p, &left))
        return false;
    for (;;) {
        const struct binary *b = parser_binary(p);
        if (!b || b->level < least)
            break;
        struct node *call = node_new(p, NODE_CALL, left->span);
        call->text = str_of(b->calls ? b->calls : b->text);
        p->at++;
        if (!node_add(p, call, left) || !parse_right(p, b, call))
            return false;
        left = call;
        if (b->level != LEVEL_EQUAL && b->level != LEVEL_ORDER)
            continue;
        const struct binary *again = parser_binary(p);
        if (again && again->level == b->level)
            return parser_error(p, parser_peek(p)->span,
                                "'%s' and '%s' side by side are ambiguous; use parentheses",
                                b->text, again->text);
    }
    *out = left;
    return true;
}

bool parse_expr(struct parser *p, struct node **out)
{
    return parse_binary(p, LEVEL_OR, out);
}
