/* What stands behind a backslash in a pattern, and how a character is written down for PCRE2:
 * numbers and letters of control characters, \d \s \w and the word boundary as Unicode has them,
 * \p{…}. */
#include "func/regex.h"

void regex_put_code(struct translation *t, int32_t code, struct buf *out)
{
    bool plain = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
                 (code >= 'a' && code <= 'z') || code == '_';

    if (plain) {
        buf_add_byte(out, (char)code);
        return;
    }
    /* U+017F and U+212A are letters whose other case is ASCII */
    if (code == 0x17F || code == 0x212A)
        t->needs_unicode = true;
    if (t->ascii && code > 0xFF)
        code = 0xFF; /* no subject that this pattern sees has either */
    buf_addf(out, "\\x{%x}", (unsigned)code);
}

/* ---- escapes -------------------------------------------------------------------------------- */

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* After \x, \u or \U: `digits` of them, or any number in braces. */
static bool hex_code(struct translation *t, int digits, int32_t *code)
{
    size_t start = t->at;
    bool braces = regex_peek(t, 0) == '{';
    int32_t v = 0;
    int n = 0;

    t->at += braces;
    for (; t->at < t->in.n && (braces || n < digits); t->at++, n++) {
        int d = hex_digit((unsigned char)t->in.p[t->at]);
        if (d < 0)
            break;
        v = v * 16 + d;
        if (v > 0x10FFFF)
            return regex_error(t, start, "no such code point");
    }
    if (n == 0 || (!braces && n < digits) || (braces && regex_peek(t, 0) != '}'))
        return regex_error(t, start, "hexadecimal digits expected");
    t->at += braces;
    if (v >= 0xD800 && v <= 0xDFFF)
        return regex_error(t, start, "no such code point");
    *code = v;
    return true;
}

bool regex_escaped_code(struct translation *t, int32_t *code)
{
    static const char letters[] = "aftnrv", values[] = "\a\f\t\n\r\v";
    int c = regex_peek(t, 0);
    const char *found = c > 0 ? strchr(letters, c) : NULL;

    if (found) {
        t->at++;
        *code = values[found - letters];
        return true;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        t->at++;
        return hex_code(t, c == 'x' ? 2 : c == 'u' ? 4 : 8, code);
    }
    bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (c < 0 || alnum)
        return false;
    *code = regex_next(t);
    return true;
}

void regex_perl_class(struct translation *t, char letter, struct buf *body, bool *negated)
{
    char lower = (char)(letter | 0x20);

    *negated = false;
    if (t->ascii || (!t->bytes && lower != 'w')) {
        buf_addf(body, "\\%c", letter); /* PCRE2 means the same */
        return;
    }
    *negated = letter != lower;
    if (lower == 'd')
        buf_add_z(body, "0-9");
    else if (lower == 's')
        buf_add_z(body, "\\x{9}-\\x{d}\\x{20}");
    else
        buf_add_z(body, "0-9A-Z_a-z");
    if (lower == 'w' && !t->bytes)
        buf_add_z(body, "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}");
}

void regex_put_perl_class(struct translation *t, char letter, struct buf *out)
{
    bool negated;
    struct buf body = {0};

    regex_perl_class(t, letter, &body, &negated);
    buf_add_z(out, negated ? "[^" : "[");
    buf_add(out, buf_str(&body));
    buf_add_byte(out, ']');
    buf_release(&body);
}

/* PCRE2's own differ on marks. */
void regex_put_boundary(struct translation *t, bool at_boundary, struct buf *out)
{
    struct buf w = {0};

    if (t->ascii) {
        buf_add_z(out, at_boundary ? "\\b" : "\\B");
        return;
    }
    regex_put_perl_class(t, 'w', &w);
    const char *format = at_boundary ? "(?:(?<=%.*s)(?!%.*s)|(?<!%.*s)(?=%.*s))"
                                     : "(?:(?<=%.*s)(?=%.*s)|(?<!%.*s)(?!%.*s))";
    for (const char *p = format; *p; p++) {
        if (*p == '%') {
            buf_add(out, buf_str(&w));
            p += 3;
        } else {
            buf_add_byte(out, *p);
        }
    }
    buf_release(&w);
}

/* Long names of general categories, which PCRE2 knows by their short ones. */
static const char *const categories[][2] = {
    {"letter", "L"}, {"casedletter", "L&"}, {"uppercaseletter", "Lu"}, {"lowercaseletter", "Ll"},
    {"titlecaseletter", "Lt"}, {"modifierletter", "Lm"}, {"otherletter", "Lo"}, {"mark", "M"},
    {"nonspacingmark", "Mn"}, {"spacingmark", "Mc"}, {"enclosingmark", "Me"}, {"number", "N"},
    {"decimalnumber", "Nd"}, {"letternumber", "Nl"}, {"othernumber", "No"}, {"punctuation", "P"},
    {"connectorpunctuation", "Pc"}, {"dashpunctuation", "Pd"}, {"openpunctuation", "Ps"},
    {"closepunctuation", "Pe"}, {"initialpunctuation", "Pi"}, {"finalpunctuation", "Pf"},
    {"otherpunctuation", "Po"}, {"symbol", "S"}, {"mathsymbol", "Sm"}, {"currencysymbol", "Sc"},
    {"modifiersymbol", "Sk"}, {"othersymbol", "So"}, {"separator", "Z"}, {"spaceseparator", "Zs"},
    {"lineseparator", "Zl"}, {"paragraphseparator", "Zp"}, {"other", "C"}, {"control", "Cc"},
    {"format", "Cf"}, {"surrogate", "Cs"}, {"privateuse", "Co"}, {"unassigned", "Cn"},
};

static void put_property(struct str name, bool negated, struct buf *body)
{
    char plain[64];
    size_t n = 0;
    size_t eq = str_find_byte(name, '=');
    struct str key = {name.p, eq < name.n ? eq : 0};

    if (str_eq_nocase(key, STR("gc")) || str_eq_nocase(key, STR("general_category")))
        name = str_sub(name, eq + 1, name.n);
    for (size_t i = 0; i < name.n && n + 1 < sizeof plain; i++)
        if (name.p[i] != '_' && name.p[i] != '-' && name.p[i] != ' ')
            plain[n++] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    plain[n] = '\0';
    for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++) {
        if (strcmp(categories[i][0], plain) == 0) {
            buf_addf(body, "\\%c{%s}", negated ? 'P' : 'p', categories[i][1]);
            return;
        }
    }
    buf_addf(body, "\\%c{%.*s}", negated ? 'P' : 'p', STR_ARG(name));
}

bool regex_property(struct translation *t, bool negated, struct buf *body)
{
    size_t start = t->at;
    struct str name;

    if (regex_peek(t, 0) == '{') {
        size_t end = t->at + 1;
        while (end < t->in.n && t->in.p[end] != '}')
            end++;
        if (end == t->in.n || end - start > 60)
            return regex_error(t, start, "unclosed \\p{…}");
        name = str_sub(t->in, t->at + 1, end);
        t->at = end + 1;
    } else {
        if (t->at == t->in.n)
            return regex_error(t, start, "name of a character property expected");
        name = str_sub(t->in, t->at, t->at + 1);
        t->at++;
    }
    if (name.n && name.p[0] == '^') {
        negated = !negated;
        name = str_sub(name, 1, name.n);
    }
    for (size_t i = 0; i < name.n; i++)
        if (!strchr("_- =:", name.p[i]) && hex_digit(name.p[i]) < 0 &&
            !((name.p[i] | 0x20) >= 'g' && (name.p[i] | 0x20) <= 'z'))
            return regex_error(t, start, "no such character property");
    if (name.n == 0)
        return regex_error(t, start, "no such character property");
    put_property(name, negated, body);
    return true;
}
