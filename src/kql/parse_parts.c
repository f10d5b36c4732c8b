/* Small pieces of syntax that operators are made of: names, patterns, `name = expression`, options,
 * types. */
#include "kql/kql_internal.h"

/* Words that name nothing unless they are quoted (KQL.md 1.2). */
static bool reserved(struct str name)
{
    static const char *const words[] = {
        "and",     "or",      "not",      "by",         "on",       "where",     "has",
        "has_any", "has_all", "contains", "startswith", "endswith", "hasprefix", "hassuffix",
        "in",      "between", "matches",  "like",       "let",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i]))
            return true;
    return false;
}

bool parse_name(struct parser *p, struct str *name, struct span *span, const char *what)
{
    const struct token *t = parser_peek(p);

    if (t->kind != TOKEN_NAME)
        return parser_unexpected(p, "%s", what);
    if (!t->quoted && reserved(t->text))
        return parser_error(p, t->span,
                            "'%.*s' is a word of the language; as a name it is written ['%.*s']",
                            STR_ARG(t->text), STR_ARG(t->text));
    parser_next(p);
    *name = t->text;
    *span = t->span;
    return true;
}

/* (a, b) = : how many names; 0: it is something else. */
static size_t tuple_names(struct parser *p)
{
    struct parser look = *p;
    size_t n = 0;

    if (!parser_accept(&look, "("))
        return 0;
    do {
        if (parser_next(&look)->kind != TOKEN_NAME)
            return 0;
        n++;
    } while (parser_accept(&look, ","));
    return parser_accept(&look, ")") && token_is(parser_peek(&look), "=") ? n : 0;
}

bool parse_named_expr(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p);
    size_t tuple = tuple_names(p);
    bool single = t->kind == TOKEN_NAME && token_is(parser_peek2(p), "=");
    struct span span;
    struct node *value;

    if (!tuple && !single)
        return parse_expr(p, out);
    struct node *n = *out = node_new(p, NODE_NAMED, t->span);
    n->n_names = tuple ? tuple : 1;
    n->names = ARENA_ARRAY(p->arena, struct str, n->n_names);
    if (tuple)
        parser_next(p);
    for (size_t i = 0; i < n->n_names; i++) {
        if (!parse_name(p, &n->names[i], &span, "a name"))
            return false;
        parser_accept(p, tuple && i + 1 < n->n_names ? "," : ")");
    }
    n->text = n->names[0];
    return parser_expect(p, "=", "after the name") && parse_expr(p, &value) &&
           node_add(p, n, value);
}

bool parse_named_list(struct parser *p, struct node **out)
{
    do {
        if (!parse_named_expr(p, out))
            return false;
        out = &(*out)->next;
    } while (parser_accept(p, ","));
    return true;
}

/* The 1 of k*1 was read as a number. */
static bool continues_pattern(const struct parser *p, const struct token *t)
{
    struct str text = source_slice(p->source, t->span);

    if (!t->touches || t->quoted)
        return false;
    if (t->kind == TOKEN_NAME || token_is(t, "*"))
        return true;
    for (size_t i = 0; i < text.n; i++) {
        if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'z') ||
              (text.p[i] >= 'A' && text.p[i] <= 'Z') || text.p[i] == '_'))
            return false;
    }
    return t->kind == TOKEN_LITERAL;
}

bool parse_name_pattern(struct parser *p, struct node **out)
{
    const struct token *t = parser_peek(p);

    if (t->kind != TOKEN_NAME && !token_is(t, "*"))
        return parser_unexpected(p, "a column's name, or a pattern with *");
    struct node *n = *out = node_new(p, NODE_NAME, t->span);
    n->text = parser_next(p)->text;
    if (t->quoted)
        return true;
    while (continues_pattern(p, parser_peek(p)))
        n->span.end = parser_next(p)->span.end;
    n->text = source_slice(p->source, n->span);
    return true;
}

bool parse_name_pattern_list(struct parser *p, struct node **out)
{
    do {
        if (!parse_name_pattern(p, out))
            return false;
        out = &(*out)->next;
    } while (parser_accept(p, ","));
    return true;
}

bool parse_option(struct parser *p, struct str *key, const struct token **value)
{
    static const char *const keys[] = {"kind",    "withsource",   "with_source",
                                       "isfuzzy", "bagexpansion", "with_itemindex",
                                       "flags",   "expandoutput", "decodeblocks"};
    struct parser look = *p;
    const struct token *t = parser_next(&look);
    struct span span = t->span;
    bool known = false;

    if (t->kind != TOKEN_NAME || t->quoted)
        return false;
    if (str_is(t->text, "hint")) {
        while (parser_accept(&look, ".")) {
            span.end = parser_peek(&look)->span.end;
            if (parser_next(&look)->kind != TOKEN_NAME)
                return false;
            known = true;
        }
    }
    for (size_t i = 0; !known && i < sizeof keys / sizeof *keys; i++)
        known = str_is(t->text, keys[i]);
    if (!known || !parser_accept(&look, "="))
        return false;
    const struct token *v = parser_next(&look);
    if (v->kind != TOKEN_NAME && v->kind != TOKEN_LITERAL)
        return false;
    *key = source_slice(p->source, span);
    *value = v;
    p->at = look.at;
    return true;
}

bool parse_type(struct parser *p, enum type *out)
{
    const struct token *t = parser_peek(p);
    struct nearest n;

    if (t->kind != TOKEN_NAME)
        return parser_unexpected(p, "a type such as string or long");
    *out = type_by_name(t->text);
    if (*out != TYPE_NONE) {
        parser_next(p);
        return true;
    }
    nearest_init(&n, t->text);
    for (enum type type = TYPE_NONE + 1; type < TYPE_COUNT; type++)
        nearest_offer(&n, str_of(type_name(type)));
    struct str near = nearest_found(&n);
    if (near.n)
        return parser_error(p, t->span, "unknown type '%.*s'; did you mean '%.*s'?",
                            STR_ARG(t->text), STR_ARG(near));
    return parser_error(p, t->span, "unknown type '%.*s'", STR_ARG(t->text));
}

bool parse_typed_name(struct parser *p, struct node **out)
{
    struct node *n = *out = node_new(p, NODE_TYPED, parser_peek(p)->span);

    if (!parse_name(p, &n->text, &n->span, "a column's name") ||
        !parser_expect(p, ":", "and a type after the name"))
        return false;
    n->span.end = parser_peek(p)->span.end;
    return parse_type(p, &n->type);
}
