/* The spreadsheet guard (CWE-1236). In: the text of a cell. Out: the same, with a ' in front where
 * a spreadsheet would take it for a formula. What passes is a closed list: "-", numbers and
 * durations; dates and addresses never begin with a trigger, so they need no entry. */
#include "base/instant.h"
#include "base/utf8.h"
#include "export/export.h"

/* Blanks that a spreadsheet may skip before it looks for a formula. */
static bool is_blank(int32_t code)
{
    return code == ' ' || code == '\v' || code == '\f' || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200d) || code == 0x202f || code == 0x205f ||
           code == 0x2060 || code == 0x3000 || code == 0xfeff;
}

static bool is_trigger(int32_t code)
{
    switch (code) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
    case '\n':
    case '\0':
    case 0xff1d: /* full width = + - @ */
    case 0xff0b:
    case 0xff0d:
    case 0xff20:
    case 0xfe66: /* small = + - @ */
    case 0xfe62:
    case 0xfe63:
    case 0xfe6b:
    case 0x2212: /* minus sign */
        return true;
    default:
        return false;
    }
}

static size_t digits(struct str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
        n++;
    return n;
}

/* [+-]digits[.digits][e[+-]digits] and nothing else */
static bool is_number(struct str s)
{
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t n = digits(s, at);

    if (n == 0)
        return false;
    at += n;
    if (at < s.n && s.p[at] == '.') {
        n = digits(s, at + 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
        n = digits(s, at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == s.n;
}

/* -[d.]hh:mm:ss[.f], as tostring() writes a negative timespan */
static bool is_duration(struct str s)
{
    int64_t ticks;
    size_t colons = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (!memchr("0123456789-:.", s.p[i], 13))
            return false;
        colons += s.p[i] == ':';
    }
    return colons == 2 && timespan_parse(s, &ticks);
}

static bool is_formula(struct str cell)
{
    for (size_t at = 0; at < cell.n;) {
        int32_t code = utf8_next(cell, &at);
        if (is_trigger(code))
            return !str_is(cell, "-") && !is_number(cell) && !is_duration(cell);
        if (!is_blank(code))
            return false;
    }
    return false;
}

void export_guard(struct buf *out, struct str cell)
{
    if (is_formula(cell))
        buf_add_byte(out, '\'');
    buf_add(out, cell);
}

void export_cell(struct buf *out, struct value v)
{
    value_text(out, v);
}
