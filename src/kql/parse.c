/* Tokens to expressions. The parser walks an array of tokens and may go back; operators bind as
 * KQL.md 1.9 has it (string operators tighter than `+`), by one loop over a table of levels. Trees
 * are bounded in depth. */
#include <stdarg.h>
#include <stdio.h>

#include "kql/kql_internal.h"

/* ---- tokens and errors ---------------------------------------------------------------------- */

const struct token *parser_peek(struct parser *p)
{
    return &p->tokens[p->at];
}

static size_t after(const struct parser *p)
{
    const struct token *t = &p->tokens[p->at];

    if (t->kind == TOKEN_END || t->kind == TOKEN_BAD)
        return p->at;
    return p->at + (t->kind == TOKEN_NAME && t->quoted ? 3 : 1);
}

const struct token *parser_peek2(struct parser *p)
{
    return &p->tokens[after(p)];
}

const struct token *parser_next(struct parser *p)
{
    const struct token *t = &p->tokens[p->at];

    p->at = after(p);
    return t;
}

static bool at_punct(struct parser *p, const char *punct)
{
    const struct token *t = parser_peek(p);

    return t->kind == TOKEN_PUNCT && str_is(t->text, punct);
}

bool parser_accept(struct parser *p, const char *punct)
{
    const struct token *t = parser_peek(p);
    bool bracket = t->kind == TOKEN_NAME && t->quoted && str_is(STR("["), punct);

    if (!bracket && !at_punct(p, punct))
        return false;
    p->at++;
    return true;
}

bool parser_at_word(struct parser *p, const char *word)
{
    const struct token *t = parser_peek(p);

    return t->kind == TOKEN_NAME && !t->quoted && str_is(t->text, word);
}

bool parser_accept_word(struct parser *p, const char *word)
{
    if (!parser_at_word(p, word))
        return false;
    p->at++;
    return true;
}

bool parser_error(struct parser *p, struct span span, const char *format, ...)
{
    char message[700];
    va_list args;

    if (parser_peek(p)->kind == TOKEN_BAD) { /* what went wrong there comes first */
        if (!p->err->set)
            *p->err = p->lex_error;
        return false;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return error_at(p->err, p->source, span, "%s", message);
}

/* A piece of the text for a message: one line, not long. */
static struct str shown(struct arena *a, struct str s)
{
    size_t n = str_find_byte(s, '\n');

    if (n <= 40)
        return str_sub(s, 0, n);
    n = 40;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_fmt(a, "%.*s...", (int)n, s.p);
}

bool parser_unexpected(struct parser *p, const char *expected, ...)
{
    const struct token *t = parser_peek(p);
    char what[400];
    va_list args;

    va_start(args, expected);
    vsnprintf(what, sizeof what, expected, args);
    va_end(args);
    if (t->kind == TOKEN_END)
        return parser_error(p, t->span, "expected %s, but the text ends here", what);
    struct str text = shown(p->arena, source_slice(p->source, t->span));
    if (t->kind == TOKEN_PUNCT && text.n > 1 && text.p[0] == '!' && text.p[1] != '=' &&
        text.p[1] != '~') {
        struct nearest n;
        nearest_init(&n, t->text);
        nearest_operator(&n);
        struct str near = nearest_found(&n);
        if (near.n && !str_eq(near, text))
            return parser_error(p, t->span, "there is no operator '%.*s'; did you mean '%.*s'?",
                                STR_ARG(text), STR_ARG(near));
        if (!near.n)
            return parser_error(p, t->span, "there is no '%.*s'; negation is written not(...)",
                                STR_ARG(text));
    }
    if (t->kind == TOKEN_NAME && !t->quoted && p->at > 0) {
        struct nearest n;
        nearest_init(&n, t->text);
        nearest_operator(&n);
        struct str near = nearest_found(&n);
        if (near.n && !str_eq(near, text))
            return parser_error(p, t->span, "expected %s, found '%.*s'; did you mean '%.*s'?", what,
                                STR_ARG(text), STR_ARG(near));
    }
    return parser_error(p, t->span, "expected %s, found '%.*s'", what, STR_ARG(text));
}

bool parser_expect(struct parser *p, const char *punct, const char *what_for)
{
    if (parser_accept(p, punct))
        return true;
    return parser_unexpected(p, what_for && *what_for ? "'%s' %s" : "'%s'%s", punct,
                             what_for ? what_for : "");
}

bool parser_expect_word(struct parser *p, const char *word)
{
    return parser_accept_word(p, word) || parser_unexpected(p, "'%s'", word);
}

bool parser_at_stage_end(struct parser *p)
{
    const struct token *t = parser_peek(p);

    return t->kind == TOKEN_END ||
           (t->kind == TOKEN_PUNCT && (str_is(t->text, "|") || str_is(t->text, ";") ||
                                       str_is(t->text, ")") || str_is(t->text, "}")));
}

struct arena *parser_arena(struct parser *p)
{
    return p->arena;
}

bool parser_enter(struct parser *p)
{
    if (p->depth >= MAX_NESTING)
        return parser_error(p, parser_peek(p)->span, "the query is nested too deeply here");
    p->depth++;
    return true;
}

void parser_leave(struct parser *p)
{
    p->depth--;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

struct node *node_new(struct parser *p, enum node_kind kind, struct span span)
{
    struct node *n = ARENA_NEW(p->arena, struct node);

    n->kind = kind;
    n->span = span;
    n->depth = 1;
    return n;
}

bool node_add(struct parser *p, struct node *parent, struct node *child)
{
    struct node **last = &parent->first;

    while (*last)
        last = &(*last)->next;
    *last = child;
    parent->span = span_join(parent->span, child->span);
    if (child->depth >= parent->depth)
        parent->depth = child->depth + 1;
    return parent->depth <= MAX_TREE ||
           parser_error(p, parent->span, "the expression is nested too deeply");
}

static struct node *token_node(struct parser *p, enum node_kind kind, const struct token *t)
{
    struct node *n = node_new(p, kind, t->span);

    n->text = t->text;
    if (t->kind == TOKEN_LITERAL) {
        n->value = t->value;
        n->literal_list = t->quoted;
    }
    return n;
}

/* ---- operators ------------------------------------------------------------------------------ */

enum level { LEVEL_OR, LEVEL_AND, LEVEL_EQUAL, LEVEL_ORDER, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_TEXT };
enum shape_of_right { RIGHT_EXPR, RIGHT_LIST, RIGHT_RANGE };

/* What may stand between two operands. `calls` is the name of its row where that differs. */
static const struct binary {
    const char *text;
    const char *calls;
    enum level level;
    enum shape_of_right right;
} binaries[] = {
    {"or", NULL, LEVEL_OR, RIGHT_EXPR},
    {"and", NULL, LEVEL_AND, RIGHT_EXPR},
    {"==", NULL, LEVEL_EQUAL, RIGHT_EXPR},
    {"!=", NULL, LEVEL_EQUAL, RIGHT_EXPR},
    {"<>", "!=", LEVEL_EQUAL, RIGHT_EXPR},
    {"in", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"!in", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"in~", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"!in~", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"has_any", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"has_all", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"between", NULL, LEVEL_EQUAL, RIGHT_RANGE},
    {"!between", NULL, LEVEL_EQUAL, RIGHT_RANGE},
    {"<", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {">", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {"<=", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {">=", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {"+", NULL, LEVEL_SUM, RIGHT_EXPR},
    {"-", NULL, LEVEL_SUM, RIGHT_EXPR},
    {"*", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"/", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"%", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"=~", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!~", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"has", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!has", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"has_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!has_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"contains", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!contains", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"contains_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!contains_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"containscs", "contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"!containscs", "!contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"notcontains", "!contains", LEVEL_TEXT, RIGHT_EXPR},
    {"notcontainscs", "!contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"startswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!startswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"startswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!startswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"endswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!endswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"endswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!endswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hasprefix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hasprefix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hasprefix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hasprefix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hassuffix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hassuffix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hassuffix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hassuffix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"matches", "matches regex", LEVEL_TEXT, RIGHT_EXPR},
    {"like", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"notlike", "!like", LEVEL_TEXT, RIGHT_EXPR},
    {"likecs", "like_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"notlikecs", "!like_cs", LEVEL_TEXT, RIGHT_EXPR},
};

const char *operator_word(size_t i)
{
    for (size_t k = 0; k < sizeof binaries / sizeof *binaries; k++) {
        const char *text = binaries[k].text;
        bool word = lex_name_byte((unsigned char)text[text[0] == '!']) &&
                    (!binaries[k].calls || !strcmp(text, "matches"));
        if (word && i-- == 0)
            return text;
    }
    return NULL;
}

void nearest_operator(struct nearest *n)
{
    for (size_t i = 0; operator_word(i); i++)
        nearest_offer(n, str_of(operator_word(i)));
}

static const struct binary *peek_binary(struct parser *p)
{
    const struct token *t = parser_peek(p);

    if ((t->kind != TOKEN_NAME && t->kind != TOKEN_PUNCT) || t->quoted)
        return NULL;
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (str_is(t->text, binaries[i].text))
            return &binaries[i];
    return NULL;
}

enum operator_class operator_class(struct str name)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        const struct binary *o = &binaries[i];
        if (!str_is(name, o->calls ? o->calls : o->text))
            continue;
        if (o->right == RIGHT_LIST)
            return OPERATOR_LIST;
        if (o->right == RIGHT_RANGE)
            return OPERATOR_RANGE;
        return o->level == LEVEL_EQUAL || o->level == LEVEL_ORDER ? OPERATOR_COMPARES
               : o->level == LEVEL_TEXT                           ? OPERATOR_TEXT
                                                                  : OPERATOR_NONE;
    }
    return OPERATOR_NONE;
}

int operator_level(struct str name)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (str_is(name, binaries[i].calls ? binaries[i].calls : binaries[i].text))
            return binaries[i].level;
    return -1;
}

bool parser_at_operator(struct parser *p)
{
    return peek_binary(p) != NULL;
}

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
    if (at_punct(p, "*")) {
        *out = token_node(p, NODE_STAR, parser_next(p));
        if (at_punct(p, ",") || at_punct(p, ")"))
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
    while (!at_punct(p, ")")) {
        struct node *argument;
        if (!parse_argument(p, &argument))
            return false;
        *last = argument;
        last = &argument->next;
        if (argument->depth >= call->depth)
            call->depth = argument->depth + 1;
        if (!parser_accept(p, ",") && !at_punct(p, ")"))
            return parser_unexpected(p, "',' or ')' in the arguments of '%.*s'",
                                     STR_ARG(shown(p->arena, call->text)));
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
        if (peek_binary(p))
            return parser_unexpected(p, "an expression");
        return parse_name_or_call(p, out);
    }
    if (at_punct(p, "*")) {
        *out = token_node(p, NODE_STAR, parser_next(p));
        return true;
    }
    if (!at_punct(p, "("))
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
        bool dot = at_punct(p, ".");
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
        } else if (at_punct(p, "[") || dot) {
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

/* A literal, perhaps with a sign. */
bool parse_literal(struct parser *p, struct node **out)
{
    struct span sign = parser_peek(p)->span;
    bool minus = parser_accept(p, "-");

    if (!minus)
        parser_accept(p, "+");
    if (parser_peek(p)->kind != TOKEN_LITERAL)
        return parser_unexpected(p, "a literal");
    *out = token_node(p, NODE_LITERAL, parser_next(p));
    return !minus || negate_literal(*out, sign) ||
           parser_error(p, sign, "a %s has no sign", type_name((*out)->value.type));
}

static bool parse_unary(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p);
    bool minus = at_punct(p, "-");

    if (!minus && !at_punct(p, "+"))
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
        const struct binary *b = peek_binary(p);
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
        const struct binary *again = peek_binary(p);
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
