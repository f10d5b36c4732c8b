/* Tokens to statements: lets of values, tables and functions, and the final expression. */
#include "kql/kql_internal.h"

/* name : type [= default], or a table's name : (*) or name : (column : type, …) */
static bool parse_parameter(struct parser *p, struct node **out)
{
    struct node *n = *out = node_new(p, NODE_TYPED, parser_peek(p)->span), *child;

    if (!parse_name(p, &n->text, &n->span, "a parameter's name") ||
        !parser_expect(p, ":", "and a type after the name"))
        return false;
    if (!parser_accept(p, "(")) {
        if (!parse_type(p, &n->type))
            return false;
        return !parser_accept(p, "=") || (parse_expr(p, &child) && node_add(p, n, child));
    }
    while (!token_is(parser_peek(p), ")")) {
        struct span star = parser_peek(p)->span;
        if (parser_accept(p, "*"))
            child = node_new(p, NODE_STAR, star);
        else if (!parse_typed_name(p, &child))
            return false;
        if (!node_add(p, n, child))
            return false;
        if (!parser_accept(p, ",") && !token_is(parser_peek(p), ")"))
            return parser_unexpected(p, "',' or ')' in the columns of '%.*s'", STR_ARG(n->text));
    }
    p->at++;
    return true;
}

static bool parse_function(struct parser *p, struct statement *s)
{
    struct node **last = &s->parameters;
    struct statement **body = &s->body;

    s->is_function = true;
    if (!parser_enter(p) || !parser_expect(p, "(", "before the parameters"))
        return false;
    while (!token_is(parser_peek(p), ")")) {
        if (!parse_parameter(p, last))
            return false;
        last = &(*last)->next;
        if (!parser_accept(p, ",") && !token_is(parser_peek(p), ")"))
            return parser_unexpected(p, "',' or ')' in the parameters of '%.*s'", STR_ARG(s->name));
    }
    p->at++;
    if (!parser_expect(p, "{", "before the function's body") || !parse_statements(p, true, body))
        return false;
    parser_leave(p);
    return parser_expect(p, "}", "at the end of the function's body");
}

/* Behind `=`: is it `(…) {` or `view (…) {`? */
static bool at_function(struct parser *p)
{
    const struct token *t = parser_peek(p);
    size_t open = 0;

    if (!token_is(t, "("))
        return false;
    for (; t->kind != TOKEN_END && t->kind != TOKEN_BAD; t++) {
        open += token_is(t, "(");
        open -= token_is(t, ")");
        if (open == 0)
            return token_is(t + 1, "{");
        if (token_is(t, ";"))
            return false;
    }
    return false;
}

static bool parse_let(struct parser *p, struct statement *s)
{
    s->comment = parser_peek(p)->comment;
    s->span = parser_next(p)->span;
    if (!parse_name(p, &s->name, &s->name_span, "a name after 'let'"))
        return false;
    if (!parser_expect(p, "=", "after the name of a let"))
        return false;
    bool view = parser_at_word(p, "view") && token_is(parser_peek2(p), "(");
    p->at += view;
    if (view || at_function(p)) {
        if (!parse_function(p, s))
            return false;
    } else if (!parse_table_or_scalar(p, &s->value)) {
        return false;
    }
    s->span.end = p->tokens[p->at - 1].span.end;
    if (parser_peek(p)->kind == TOKEN_END && !p->err->set)
        return parser_error(p, s->span,
                            "a query ends with a table, but this let is the last thing here");
    return parser_accept(p, ";") || parser_unexpected(p, "';' at the end of this let");
}

static bool refuse_statement(struct parser *p)
{
    static const char *const words[] = {"declare", "alias", "restrict"};
    const struct token *t = parser_peek(p);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (parser_at_word(p, words[i]) && parser_peek2(p)->kind == TOKEN_NAME)
            return parser_error(p, t->span, "'%s' statements are not supported; 'let' is",
                                words[i]);
    return true;
}

/* `set notruncation;`, `set query_now = …;`: how a service is to answer. Nothing here cuts, caches
 * or times out an answer, so that there is nothing to set. */
static bool skip_settings(struct parser *p)
{
    for (;;) {
        while (parser_accept(p, ";"))
            ;
        if (!parser_at_word(p, "set") || parser_peek2(p)->kind != TOKEN_NAME)
            return true;
        struct span span = parser_peek(p)->span;
        while (!parser_accept(p, ";")) {
            enum token_kind kind = parser_peek(p)->kind;
            if (kind == TOKEN_END || kind == TOKEN_BAD)
                return parser_error(p, span, "a ';' ends this 'set'; a query follows it");
            parser_next(p);
        }
    }
}

bool parse_statements(struct parser *p, bool body, struct statement **out)
{
    for (;;) {
        if (!skip_settings(p))
            return false;
        struct statement *s = *out = ARENA_NEW(p->arena, struct statement);
        out = &s->next;
        if (!refuse_statement(p))
            return false;
        if (parser_at_word(p, "let") && parser_peek2(p)->kind == TOKEN_NAME) {
            if (!parse_let(p, s))
                return false;
            continue;
        }
        s->comment = parser_peek(p)->comment;
        s->span = parser_peek(p)->span;
        if (parser_peek(p)->kind == TOKEN_END && !body)
            return parser_error(p, s->span,
                                p->at ? "a query ends with a table, but the text ends here"
                                      : "the query is empty");
        if (body ? !parse_table_or_scalar(p, &s->value) : !parse_final(p, &s->value))
            return false;
        s->span.end = p->tokens[p->at - 1].span.end;
        while (parser_accept(p, ";"))
            ;
        return true;
    }
}

bool parse_final(struct parser *p, struct node **out)
{
    *out = node_new(p, NODE_PIPELINE, parser_peek(p)->span);
    if (!parse_pipeline(p, &(*out)->pipeline))
        return false;
    (*out)->span = (*out)->pipeline->span;
    return true;
}

bool parse_query(struct parser *p, struct statement **out)
{
    struct span whole = {0, (uint32_t)p->source->text.n};

    if (p->source->text.n > MAX_TEXT)
        return error_set(p->err, "the query is longer than %d bytes", MAX_TEXT);
    lex_all(p->arena, p->source, p->env, whole, false, &p->tokens, &p->n_tokens, &p->lex_error);
    if (!parse_statements(p, false, out))
        return false;
    if (parser_peek(p)->kind == TOKEN_END)
        return true;
    if (p->at > 0 && token_is(&p->tokens[p->at - 1], ";"))
        return parser_error(p, parser_peek(p)->span,
                            "one query at a time: something stands behind its end");
    return parser_unexpected(p, "'|' or the end of the query");
}
