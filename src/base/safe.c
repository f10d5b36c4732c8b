/* The one way of foreign bytes to a terminal. In: any bytes. Out: printable characters of the
 * locale only; all else is spelled out. The rule is a list of what passes, so what is not known
 * does not. */
#include "base/safe.h"

#include <langinfo.h>
#include <stdio.h>
#include <utf8proc.h>
#include <wctype.h>

#include "base/utf8.h"

enum verdict { BASE, MARK, BYTE_ESCAPE, CODE_ESCAPE };

static enum verdict judge(int32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
        return BYTE_ESCAPE;
    if (code < 0x7f)
        return BASE;
    /* not seen on a terminal though assigned: fillers, variation selectors, joiners */
    if (utf8proc_get_property(code)->ignorable)
        return CODE_ESCAPE;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return MARK;
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CODE_ESCAPE;
    default:
        return utf8_width(code) > 0 ? BASE : MARK;
    }
}

/* What the C library of this machine does not know has no width that a screen could reckon with. */
static bool known_to_locale(int32_t code)
{
    return !safe_locale_is_utf8() || iswprint((wint_t)code);
}

static void add_escape(struct buf *out, unsigned flags, const char *format, unsigned value)
{
    if (flags & SAFE_MARKED)
        buf_add_byte(out, SAFE_ON);
    buf_addf(out, format, value);
    if (flags & SAFE_MARKED)
        buf_add_byte(out, SAFE_OFF);
}

static size_t printable_ascii(struct str s, size_t from)
{
    size_t i = from;

    while (i < s.n && (unsigned char)s.p[i] - 0x20u < 0x5fu)
        i++;
    return i - from;
}

void safe_text(struct buf *out, struct str raw, unsigned flags)
{
    int marks_left = 0; /* none without a base to stand on */

    for (size_t at = 0; at < raw.n;) {
        size_t run = printable_ascii(raw, at);
        if (run) {
            buf_add(out, str_sub(raw, at, at + run));
            at += run;
            marks_left = SAFE_MARKS;
            continue;
        }
        size_t start = at;
        int32_t code = utf8_next(raw, &at);
        enum verdict verdict = code == UTF8_BAD ? BYTE_ESCAPE : judge(code);
        if (verdict == BASE)
            marks_left = SAFE_MARKS + 1;
        else if (verdict == MARK && marks_left <= 0)
            verdict = CODE_ESCAPE;
        if (verdict != BYTE_ESCAPE && ((flags & SAFE_ASCII) || !known_to_locale(code)))
            verdict = CODE_ESCAPE;
        if (verdict == BYTE_ESCAPE) {
            unsigned byte = code == UTF8_BAD ? (unsigned char)raw.p[start] : (unsigned)code;
            add_escape(out, flags, "\\x%02x", byte);
        } else if (verdict == CODE_ESCAPE) {
            add_escape(out, flags, "<U+%04X>", (unsigned)code);
        } else {
            buf_add(out, str_sub(raw, start, at));
            marks_left--;
            continue;
        }
        marks_left = 0;
    }
}

bool safe_locale_is_utf8(void)
{
    return str_is(STR("UTF-8"), nl_langinfo(CODESET));
}

void safe_print(void *file, struct str raw)
{
    struct buf out = {0};

    safe_text(&out, raw, safe_locale_is_utf8() ? 0 : SAFE_ASCII);
    if (out.n)
        fwrite(out.p, 1, out.n, file);
    buf_release(&out);
}
