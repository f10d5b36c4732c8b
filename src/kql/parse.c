/* The parser's base: walking the array of tokens, saying what is wrong at one of them, making
 * nodes. Trees are bounded in depth, so that everything after may walk them by recursion. */
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

bool parser_at(struct parser *p, const char *punct)
{
    const struct token *t = parser_peek(p);

    return t->kind == TOKEN_PUNCT && str_is(t->text, punct);
}

bool parser_accept(struct parser *p, const char *punct)
{
    const struct token *t = parser_peek(p);
    bool bracket = t->kind == TOKEN_NAME && t->quoted && str_is(STR("["), punct);

    if (!bracket && !parser_at(p, punct))
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
struct str parser_shown(struct arena *a, struct str s)
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
    struct str text = parser_shown(p->arena, source_slice(p->source, t->span));
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

struct str source_slice(const struct source_text *source, struct span span)
{
    return str_sub(source->text, span.start, span.end);
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

struct node *token_node(struct parser *p, enum node_kind kind, const struct token *t)
{
    struct node *n = node_new(p, kind, t->span);

    n->text = t->text;
    if (t->kind == TOKEN_LITERAL) {
        n->value = t->value;
        n->literal_list = t->quoted;
    }
    return n;
}
