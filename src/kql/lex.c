/* Text to tokens (KQL.md 1.2 to 1.8). All tokens of a range are made at once, so that the parser
 * may look ahead and go back. Literals such as datetime(2020-01-01) or dynamic([…]) are one token,
 * because what stands inside their parentheses is no expression. A token carries the author's
 * comment lines that stand before it. */
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "kql/kql_internal.h"

bool lex_fail(struct lexer *l, size_t from, size_t to, const char *format, ...)
{
    char message[512];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return error_at(l->err, l->source, (struct span){(uint32_t)from, (uint32_t)to}, "%s", message);
}

bool lex_name_byte(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Bytes of the blank at the place, 0: none. Editors and mail put no-break spaces and marks into
 * queries. */
static size_t blank_bytes(const struct lexer *l)
{
    int c = lex_byte(l, 0);

    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (c == 0xc2 && lex_byte(l, 1) == 0xa0)
        return 2;
    if (c == 0xef && lex_byte(l, 1) == 0xbb && lex_byte(l, 2) == 0xbf)
        return 3;
    return 0;
}

void lex_skip(struct lexer *l, struct span *comment)
{
    *comment = (struct span){0, 0};
    for (;;) {
        size_t n = blank_bytes(l);
        if (n) {
            l->fresh |= lex_byte(l, 0) == '\n' || lex_byte(l, 0) == '\r';
            l->at += n;
            continue;
        }
        if (lex_byte(l, 0) != '/' || lex_byte(l, 1) != '/')
            return;
        if (l->fresh && l->uncomment) {
            while (lex_byte(l, 0) == '/')
                l->at++;
            l->fresh = false;
            continue;
        }
        size_t start = l->at;
        while (l->at < l->text.n && lex_byte(l, 0) != '\n')
            l->at++;
        if (!l->fresh)
            continue; /* it ends a line of code, and belongs to that */
        if (comment->end == 0)
            comment->start = (uint32_t)start;
        comment->end = (uint32_t)l->at;
        while (comment->end > comment->start && l->text.p[comment->end - 1] == '\r')
            comment->end--;
    }
}

/* The end of the name at `at`: letters of any script, digits, underscores; a $ may stand at its
 * start. */
static size_t name_end(const struct lexer *l)
{
    size_t at = l->at;

    if (lex_byte(l, 0) == '$')
        at++;
    while (at < l->text.n) {
        size_t next = at;
        if (lex_name_byte((unsigned char)l->text.p[at])) {
            at++;
            continue;
        }
        if ((unsigned char)l->text.p[at] < 0x80 || !utf8_alnum(utf8_next(l->text, &next)))
            break;
        at = next;
    }
    return at;
}

/* ['any text'] and ["any text"] name something; anything else behind a [ is a list or an index. */
static bool lex_quoted_name(struct lexer *l, struct token *t, bool *is_name)
{
    struct lexer try = *l;
    struct span comment;

    *is_name = false;
    try.at++;
    lex_skip(&try, &comment);
    int quote = lex_byte(&try, 0);
    if (quote != '\'' && quote != '"')
        return true;
    struct error silent = {0};
    try.err = &silent;
    struct str name;
    if (!lex_string(&try, &name))
        return true; /* the string will be met again, and then it is an error */
    lex_skip(&try, &comment);
    if (lex_byte(&try, 0) != ']')
        return true;
    l->at = try.at + 1;
    t->kind = TOKEN_NAME;
    t->quoted = true;
    t->text = name;
    *is_name = true;
    return true;
}

/* The type whose literal is written name(…), or TYPE_NONE. */
static enum type literal_type(const struct lexer *l, struct str name)
{
    static const struct {
        const char *name;
        enum type type;
    } types[] = {
        {"int", TYPE_INT},           {"long", TYPE_LONG},         {"real", TYPE_REAL},
        {"double", TYPE_REAL},       {"decimal", TYPE_DECIMAL},   {"bool", TYPE_BOOL},
        {"boolean", TYPE_BOOL},      {"datetime", TYPE_DATETIME}, {"date", TYPE_DATETIME},
        {"timespan", TYPE_TIMESPAN}, {"time", TYPE_TIMESPAN},     {"guid", TYPE_GUID},
        {"uuid", TYPE_GUID},         {"dynamic", TYPE_DYNAMIC},
    };

    if (lex_byte(l, 0) != '(')
        return TYPE_NONE;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_is(name, types[i].name))
            return types[i].type;
    return TYPE_NONE;
}

static bool lex_name(struct lexer *l, struct token *t)
{
    static const char *const truths[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    size_t start = l->at;
    struct lexer after = *l;
    struct span comment;

    l->at = name_end(l);
    t->kind = TOKEN_NAME;
    t->text = str_sub(l->text, start, l->at);
    for (size_t i = 0; i < 6; i++) {
        if (str_is(t->text, truths[i])) {
            t->kind = TOKEN_LITERAL;
            t->value = (struct value){.type = TYPE_BOOL, .b = i < 3};
            return true;
        }
    }
    if (str_is(t->text, "in") && lex_byte(l, 0) == '~') {
        l->at++;
        t->kind = TOKEN_PUNCT;
        t->text = STR("in~");
        return true;
    }
    after.at = l->at;
    lex_skip(&after, &comment);
    enum type type = literal_type(&after, t->text);
    if (type == TYPE_NONE)
        return true;
    if (type == TYPE_DATETIME) { /* datetime() is now() */
        struct lexer inside = after;
        inside.at++;
        lex_skip(&inside, &comment);
        if (lex_byte(&inside, 0) == ')') {
            t->text = STR("now");
            return true;
        }
    }
    *l = after;
    t->kind = TOKEN_LITERAL;
    t->value = (struct value){.type = type};
    if (type == TYPE_DYNAMIC)
        return lex_dynamic(l, &t->value, &t->quoted);
    return lex_typed(l, type, &t->value);
}

static bool lex_template(struct lexer *l, struct token *t, bool *is_template)
{
    size_t start = l->at, at = l->at + 2;

    *is_template = false;
    while (at < l->text.n && lex_name_byte((unsigned char)l->text.p[at]))
        at++;
    if (at == start + 2 || at + 2 > l->text.n || l->text.p[at] != '}' || l->text.p[at + 1] != '}')
        return true;
    t->kind = TOKEN_TEMPLATE;
    t->text = str_sub(l->text, start + 2, at);
    l->at = at + 2;
    *is_template = true;
    return true;
}

/* !in, !contains_cs, !between …: one token. */
static void lex_negated(struct lexer *l)
{
    size_t start = ++l->at;

    while (l->at < l->text.n && lex_name_byte((unsigned char)l->text.p[l->at]))
        l->at++;
    if (lex_byte(l, 0) == '~' && str_is(str_sub(l->text, start, l->at), "in"))
        l->at++;
}

static bool lex_punct(struct lexer *l, struct token *t)
{
    static const char *const two[] = {"==", "!=", "<>", "<=", ">=", "=~", "!~", "=>", ".."};
    size_t start = l->at;
    int c = lex_byte(l, 0), next = lex_byte(l, 1);

    t->kind = TOKEN_PUNCT;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
        if (c == two[i][0] && next == two[i][1]) {
            l->at += 2;
            t->text = str_sub(l->text, start, l->at);
            return true;
        }
    }
    if (c == '!' && lex_name_byte(next)) {
        lex_negated(l);
        t->text = str_sub(l->text, start, l->at);
        return true;
    }
    if (c == '&' && next == '&')
        return lex_fail(l, start, start + 2, "'&&' is no operator of KQL; write 'and'");
    if (c == '!')
        return lex_fail(l, start, start + 1, "'!' is no operator of KQL; write 'not(...)'");
    if (!memchr("|()[]{},;:.=<>+-*/%?", c, 20)) {
        size_t end = start;
        int32_t code = utf8_next(l->text, &end);
        if (code == UTF8_BAD)
            return lex_fail(l, start, end, "this byte is no UTF-8");
        return lex_fail(l, start, end, "'%.*s' has no meaning here", (int)(end - start),
                        l->text.p + start);
    }
    if (c == '|' && next == '|')
        return lex_fail(l, start, start + 2, "'||' is no operator of KQL; write 'or'");
    l->at++;
    t->text = str_sub(l->text, start, l->at);
    return true;
}

static bool lex_token(struct lexer *l, struct token *t)
{
    int c = lex_byte(l, 0);
    bool done;

    if (lex_at_string(l)) {
        t->kind = TOKEN_LITERAL;
        t->value = (struct value){.type = TYPE_STRING};
        return lex_string(l, &t->value.s);
    }
    if (c >= '0' && c <= '9') {
        t->kind = TOKEN_LITERAL;
        if (!lex_number(l, &t->value, &done))
            return false;
        return done || lex_name(l, t);
    }
    if (name_end(l) > l->at + (c == '$'))
        return lex_name(l, t);
    if (c == '[') {
        if (!lex_quoted_name(l, t, &done))
            return false;
        if (done)
            return true;
    }
    if (c == '{' && lex_byte(l, 1) == '{') {
        if (!lex_template(l, t, &done))
            return false;
        if (done)
            return true;
    }
    return lex_punct(l, t);
}

void lex_all(struct arena *a, const struct source_text *source, const struct kql_env *env,
             struct span range, bool uncomment, struct token **tokens, size_t *n, struct error *err)
{
    struct lexer l = {a,           source,    env, err, str_sub(source->text, 0, range.end),
                      range.start, uncomment, true};
    VEC(struct token) list = {0};
    size_t before = SIZE_MAX;

    for (;;) {
        struct token t = {.kind = TOKEN_END};
        lex_skip(&l, &t.comment);
        t.touches = l.at == before;
        t.span.start = (uint32_t)l.at;
        l.fresh = false;
        if (l.at < l.text.n) {
            if (list.n >= MAX_TOKENS) {
                lex_fail(&l, l.at, l.at + 1, "the query is too long");
                t.kind = TOKEN_BAD;
            } else if (!lex_token(&l, &t)) {
                t.kind = TOKEN_BAD;
            }
        }
        t.span.end = (uint32_t)l.at;
        before = l.at;
        if (t.kind == TOKEN_LITERAL)
            t.text = str_sub(l.text, t.span.start, t.span.end);
        vec_push(a, &list, t);
        if (t.kind == TOKEN_NAME && t.quoted) { /* how it reads as a list or an index of one text */
            struct value name = {.type = TYPE_STRING, .s = t.text};
            struct span close = {t.span.end - 1, t.span.end};
            vec_push(a, &list,
                     ((struct token){
                         .kind = TOKEN_LITERAL, .span = t.span, .text = t.text, .value = name}));
            vec_push(a, &list,
                     ((struct token){.kind = TOKEN_PUNCT, .span = close, .text = STR("]")}));
        }
        if (t.kind == TOKEN_BAD)
            l.at = l.text.n;
        if (t.kind == TOKEN_END)
            break;
    }
    *tokens = list.items;
    *n = list.n;
}
