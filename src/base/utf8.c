/* UTF-8 and what Unicode says of a code point. Every function takes any bytes: what is no UTF-8
 * counts as one unit a byte and equals only itself. The tables are utf8proc's. */
#include "base/utf8.h"

#include <utf8proc.h>

static bool continues(struct str s, size_t at)
{
    return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

static int32_t six(struct str s, size_t at)
{
    return (unsigned char)s.p[at] & 0x3f;
}

int32_t utf8_next(struct str s, size_t *at)
{
    size_t i = *at;
    int32_t lead = (unsigned char)s.p[i];
    int32_t code;

    *at = i + 1;
    if (lead < 0x80)
        return lead;
    if (lead < 0xc2 || lead > 0xf4 || !continues(s, i + 1))
        return UTF8_BAD;
    if (lead < 0xe0) {
        *at = i + 2;
        return (lead & 0x1f) << 6 | six(s, i + 1);
    }
    if (!continues(s, i + 2))
        return UTF8_BAD;
    if (lead < 0xf0) {
        code = (lead & 0xf) << 12 | six(s, i + 1) << 6 | six(s, i + 2);
        if (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))
            return UTF8_BAD;
        *at = i + 3;
        return code;
    }
    if (!continues(s, i + 3))
        return UTF8_BAD;
    code = (lead & 7) << 18 | six(s, i + 1) << 12 | six(s, i + 2) << 6 | six(s, i + 3);
    if (code < 0x10000 || code > 0x10ffff)
        return UTF8_BAD;
    *at = i + 4;
    return code;
}

size_t utf8_put(int32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

size_t utf8_length(struct str s)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n; n++)
        utf8_next(s, &at);
    return n;
}

bool utf8_valid(struct str s)
{
    for (size_t at = 0; at < s.n;)
        if (utf8_next(s, &at) == UTF8_BAD)
            return false;
    return true;
}

static uint64_t word_at(const char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return word;
}

bool utf8_ascii(struct str s)
{
    uint64_t high = 0;
    size_t i = 0;

    if (s.n < 8) {
        for (; i < s.n; i++)
            high |= (unsigned char)s.p[i];
        return high < 0x80;
    }
    for (; i + 16 <= s.n; i += 16)
        high |= word_at(s.p + i) | word_at(s.p + i + 8);
    if (i + 8 <= s.n)
        high |= word_at(s.p + i);
    high |= word_at(s.p + s.n - 8); /* the last word may overlap */
    return !(high & UINT64_C(0x8080808080808080));
}

int utf8_width(int32_t code)
{
    if (code < 0)
        return 1;
    /* Hangul vowels and finals: letters, but drawn into the one before, as marks are */
    if ((code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff))
        return 0;
    if (utf8proc_category(code) == UTF8PROC_CATEGORY_MC) /* terminals move on after these */
        return 1;
    return utf8proc_charwidth(code);
}

int32_t utf8_fold(int32_t code)
{
    utf8proc_int32_t folded[4];
    int bound = 0;

    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    if (code == 0x130) /* dotted I folds only to two code points */
        return code;
    if (utf8proc_decompose_char(code, folded, 4, UTF8PROC_CASEFOLD, &bound) == 1)
        return folded[0];
    return utf8proc_tolower(code);
}

int32_t utf8_lower(int32_t code)
{
    return code < 0 ? code : utf8proc_tolower(code);
}

int32_t utf8_upper(int32_t code)
{
    return code < 0 ? code : utf8proc_toupper(code);
}

bool utf8_alnum(int32_t code)
{
    if (code < 0x80)
        return (code >= '0' && code <= '9') || ((code | 0x20) >= 'a' && (code | 0x20) <= 'z');
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return false;
    }
}
