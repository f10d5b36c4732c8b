/* String literals in all their forms (KQL.md 1.3), and the portal's {{placeholders}} inside them.
 * In: the lexer at the literal's first byte. Out: the text it stands for. */
#include "base/utf8.h"
#include "kql/kql_internal.h"

/* Where the quote of a string literal stands behind its prefix (@, h, H, h@), or SIZE_MAX; fences
 * are ``` and ~~~. */
static size_t string_quote(const struct lexer *l, bool *verbatim, bool *fence)
{
    size_t ahead = 0;

    if (lex_byte(l, 0) == 'h' || lex_byte(l, 0) == 'H')
        ahead++;
    *verbatim = lex_byte(l, ahead) == '@';
    ahead += *verbatim;
    int c = lex_byte(l, ahead);
    *fence = !*verbatim && (c == '`' || c == '~') && lex_byte(l, ahead + 1) == c &&
             lex_byte(l, ahead + 2) == c;
    return c == '"' || c == '\'' || *fence ? ahead : SIZE_MAX;
}

bool lex_at_string(const struct lexer *l)
{
    bool verbatim, fence;

    return string_quote(l, &verbatim, &fence) != SIZE_MAX;
}

int lex_hex(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \xHH, \uHHHH, \UHHHHHHHH: the place is at the first digit. */
static bool hex_escape(struct lexer *l, size_t digits, struct buf *out)
{
    uint32_t code = 0;
    char utf8[4];
    size_t start = l->at - 2;

    for (size_t i = 0; i < digits; i++) {
        int d = lex_hex(lex_byte(l, 0));
        if (d < 0)
            return lex_fail(l, start, l->at, "this escape needs %zu hexadecimal digits", digits);
        code = code << 4 | (uint32_t)d;
        l->at++;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        /* A pair of \u escapes may stand for one code point beyond U+FFFF. */
        uint32_t low = 0;
        bool pair =
            code >= 0xd800 && code < 0xdc00 && lex_byte(l, 0) == '\\' && lex_byte(l, 1) == 'u';
        for (size_t i = 2; pair && i < 6; i++) {
            pair = lex_hex(lex_byte(l, i)) >= 0;
            low = low << 4 | (uint32_t)(pair ? lex_hex(lex_byte(l, i)) : 0);
        }
        if (!pair || low < 0xdc00 || low > 0xdfff)
            return lex_fail(l, start, l->at, "this escape stands for no character");
        l->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
    }
    buf_add(out, (struct str){utf8, utf8_put((int32_t)code, utf8)});
    return true;
}

static bool escape(struct lexer *l, struct buf *out)
{
    static const char from[] = "'\"\\abfnrtv";
    static const char to[] = "'\"\\\a\b\f\n\r\t\v";
    int c = lex_byte(l, 1);
    const char *known = c > 0 ? strchr(from, c) : NULL;

    if (known) {
        buf_add_byte(out, to[known - from]);
        l->at += 2;
        return true;
    }
    if (c < 0)
        return lex_fail(l, l->at, l->at + 1, "this string has no end on its line");
    l->at += 2;
    if (c == 'x' || c == 'u' || c == 'U')
        return hex_escape(l, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    if (c >= '0' && c <= '7') {
        int code = c - '0';
        char utf8[4];
        for (int i = 0; i < 2 && lex_byte(l, 0) >= '0' && lex_byte(l, 0) <= '7'; i++, l->at++)
            code = code * 8 + lex_byte(l, 0) - '0';
        buf_add(out, (struct str){utf8, utf8_put(code, utf8)});
        return true;
    }
    return lex_fail(l, l->at - 2, l->at,
                    "unknown escape in a string; write \\\\ for a backslash, or @\"...\"");
}

static bool fenced(struct lexer *l, struct buf *out)
{
    char fence[3];
    size_t start = l->at;

    memset(fence, lex_byte(l, 0), 3);
    l->at += 3;
    size_t end = str_find(l->text, (struct str){fence, 3}, l->at);
    if (end == SIZE_MAX)
        return lex_fail(l, start, start + 3, "this string has no end");
    buf_add(out, str_sub(l->text, l->at, end));
    l->at = end + 3;
    return true;
}

static bool one_string(struct lexer *l, struct buf *out)
{
    bool verbatim, fence;
    size_t start = l->at;

    l->at += string_quote(l, &verbatim, &fence);
    if (fence)
        return fenced(l, out);
    int quote = lex_byte(l, 0);
    l->at++;
    for (;;) {
        int c = lex_byte(l, 0);
        if (c < 0 || c == '\n' || c == '\r')
            return lex_fail(l, start, l->at, "this string has no end on its line");
        if (c == quote) {
            l->at++;
            if (!verbatim || lex_byte(l, 0) != quote)
                return true;
        } else if (c == '\\' && !verbatim) {
            if (!escape(l, out))
                return false;
            continue;
        }
        buf_add_byte(out, (char)lex_byte(l, 0));
        l->at++;
    }
}

/* What the portal does before it parses: {{name}} becomes its text, where the name is known. */
void lex_fill_templates(struct lexer *l, struct str raw, struct buf *out)
{
    size_t at = 0;

    while (at < raw.n) {
        size_t open = str_find(raw, STR("{{"), at);
        size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(raw, STR("}}"), open);
        struct str value;
        if (close == SIZE_MAX)
            break;
        buf_add(out, str_sub(raw, at, open));
        at = close + 2;
        if (l->env->template_value(l->env->ctx, str_sub(raw, open + 2, close), &value)) {
            buf_add(out, value);
        } else {
            buf_add(out, str_sub(raw, open, open + 2));
            at = open + 2;
        }
    }
    buf_add(out, str_sub(raw, at, raw.n));
}

bool lex_string(struct lexer *l, struct str *out)
{
    struct buf text = {0}, filled = {0};
    bool ok = one_string(l, &text);

    while (ok) {
        struct lexer after = *l;
        struct span comment;
        lex_skip(&after, &comment);
        if (!lex_at_string(&after))
            break;
        *l = after;
        ok = one_string(l, &text);
    }
    if (ok && l->env && l->env->template_value) {
        lex_fill_templates(l, buf_str(&text), &filled);
        *out = str_dup(l->arena, buf_str(&filled));
    } else if (ok) {
        *out = str_dup(l->arena, buf_str(&text));
    }
    buf_release(&text);
    buf_release(&filled);
    return ok;
}
