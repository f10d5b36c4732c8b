/* Equality and search without regard to case. In: two texts of any bytes. An ASCII needle is
 * searched bytewise, sixteen positions a step; that is exact unless the text has one of the two
 * code points outside ASCII that fold into it (KELVIN SIGN to k, LONG S to s). Only then, or with a
 * needle outside ASCII, both texts are folded whole and searched as bytes: linear in time whatever
 * the texts are. */
#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/arena.h"

#define LONG_NEEDLE 64 /* from here on trying each position could cost too much on hostile text */
#define ON_STACK 1024  /* bytes of text or needle that are folded without the heap */

static inline unsigned char lower_ascii(unsigned char c)
{
    return (unsigned)c - 'A' < 26 ? c | 0x20 : c;
}

/* The next unit folded: a code point, or a value below -1 for a byte that is no UTF-8. */
static int32_t next_folded(struct str s, size_t *at)
{
    size_t start = *at;
    int32_t code = utf8_next(s, at);

    return code == UTF8_BAD ? -1000 - (unsigned char)s.p[start] : utf8_fold(code);
}

bool utf8_eq_fold(struct str a, struct str b)
{
    size_t i = 0, j = 0;

    while (i < a.n && j < b.n) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[j];
        if ((x | y) < 0x80) {
            if (lower_ascii(x) != lower_ascii(y))
                return false;
            i++;
            j++;
        } else if (next_folded(a, &i) != next_folded(b, &j)) {
            return false;
        }
    }
    return i == a.n && j == b.n;
}

static bool equal_ascii_fold(const char *text, const char *needle, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower_ascii((unsigned char)text[i]) != lower_ascii((unsigned char)needle[i]))
            return false;
    return true;
}

static uint8_t case_bit(char c)
{
    unsigned char low = (unsigned char)c | 0x20;

    return low >= 'a' && low <= 'z' ? 0x20 : 0;
}

#ifdef __SSE2__
/* The needle's first and last byte spread over a vector; `bit` makes letters lower case. */
struct ends {
    __m128i first, last, first_bit, last_bit;
};

static inline unsigned ends_at(const struct ends *e, const char *p, size_t n)
{
    __m128i a = _mm_or_si128(_mm_loadu_si128((const __m128i *)p), e->first_bit);
    __m128i b = _mm_or_si128(_mm_loadu_si128((const __m128i *)(p + n - 1)), e->last_bit);

    return (unsigned)_mm_movemask_epi8(
        _mm_and_si128(_mm_cmpeq_epi8(a, e->first), _mm_cmpeq_epi8(b, e->last)));
}

/* Positions before `stop` in steps of 16, the last step overlapping; needs 16 positions. */
static size_t find_by_vectors(const char *text, const char *needle, size_t n, size_t stop)
{
    char first_bit = (char)case_bit(needle[0]), last_bit = (char)case_bit(needle[n - 1]);
    struct ends e = {_mm_set1_epi8((char)(needle[0] | first_bit)),
                     _mm_set1_epi8((char)(needle[n - 1] | last_bit)), _mm_set1_epi8(first_bit),
                     _mm_set1_epi8(last_bit)};

    for (size_t i = 0;; i += 16) {
        if (i + 16 > stop)
            i = stop - 16;
        for (unsigned hits = ends_at(&e, text + i, n); hits; hits &= hits - 1) {
            size_t at = i + (size_t)__builtin_ctz(hits);
            if (equal_ascii_fold(text + at, needle, n))
                return at;
        }
        if (i + 16 == stop)
            return SIZE_MAX;
    }
}
#endif

/* The needle is ASCII and not empty. */
static size_t find_ascii(struct str s, struct str needle)
{
    if (needle.n > s.n)
        return SIZE_MAX;
    size_t stop = s.n - needle.n + 1;
#ifdef __SSE2__
    if (stop >= 16)
        return find_by_vectors(s.p, needle.p, needle.n, stop);
#endif
    unsigned char bit = case_bit(needle.p[0]), first = (unsigned char)needle.p[0] | bit;
    for (size_t i = 0; i < stop; i++)
        if (((unsigned char)s.p[i] | bit) == first && equal_ascii_fold(s.p + i, needle.p, needle.n))
            return i;
    return SIZE_MAX;
}

/* The unit at *at, folded, as bytes that cannot be mistaken for a part of another unit: UTF-8, or
 * three bytes beginning with 0xfe for a byte that is none. */
static size_t put_folded(struct str s, size_t *at, char out[4])
{
    int32_t code = next_folded(s, at);

    if (code >= 0)
        return utf8_put(code, out);
    unsigned byte = (unsigned)(-1000 - code);
    out[0] = (char)0xfe;
    out[1] = (char)(0x80 | byte >> 4);
    out[2] = (char)(0x80 | (byte & 15));
    return 3;
}

struct folded {
    char stack[3 * ON_STACK];
    char *heap;
    struct str text;
};

/* A unit of one byte becomes at most three bytes, a longer one at most half as much again. */
static void fold_whole(struct folded *f, struct str s)
{
    size_t n = 0;

    f->heap = s.n >= ON_STACK ? mem_grow(NULL, 3 * s.n + 4) : NULL;
    char *out = f->heap ? f->heap : f->stack;
    for (size_t at = 0; at < s.n;) {
        char unit[4];
        size_t bytes = put_folded(s, &at, unit);
        memcpy(out + n, unit, bytes);
        n += bytes;
    }
    f->text = (struct str){out, n};
}

/* The offset in s of the unit whose folded form begins at `folded_at`. */
static size_t unfolded_offset(struct str s, size_t folded_at)
{
    size_t at = 0;
    char unit[4];

    for (size_t n = 0; n < folded_at;)
        n += put_folded(s, &at, unit);
    return at;
}

static size_t find_folded(struct str s, struct str needle, size_t *match_end)
{
    struct folded text, want;

    fold_whole(&text, s);
    fold_whole(&want, needle);
    size_t found = str_find(text.text, want.text, 0);
    if (found != SIZE_MAX) {
        *match_end = unfolded_offset(s, found + want.text.n);
        found = unfolded_offset(s, found);
    }
    mem_free(text.heap);
    mem_free(want.heap);
    return found;
}

enum { NOT_ASCII = 1, FOLDED_INTO = 2 };

/* Has the needle bytes outside ASCII? Has it letters into which something outside ASCII folds? */
static unsigned needle_kind(struct str needle)
{
    unsigned kind = 0;

    for (size_t i = 0; i < needle.n; i++) {
        unsigned char c = (unsigned char)needle.p[i];
        kind |= (c >= 0x80 ? NOT_ASCII : 0) |
                ((c | 0x20) == 'k' || (c | 0x20) == 's' ? FOLDED_INTO : 0);
    }
    return kind;
}

/* Has s a KELVIN SIGN or a LONG S? */
static bool has_ascii_fold(struct str s)
{
    return !utf8_ascii(s) && (str_find(s, STR("\xe2\x84\xaa"), 0) != SIZE_MAX ||
                              str_find(s, STR("\xc5\xbf"), 0) != SIZE_MAX);
}

static bool bytewise(struct str s, struct str needle)
{
    unsigned kind = needle_kind(needle);

    return !(kind & NOT_ASCII) && needle.n < LONG_NEEDLE &&
           !((kind & FOLDED_INTO) && has_ascii_fold(s));
}

size_t utf8_find_fold(struct str s, struct str needle, size_t from, size_t *match_end)
{
    size_t end = from, found;

    if (from > s.n)
        return SIZE_MAX;
    struct str rest = str_sub(s, from, s.n);
    if (needle.n == 0) {
        found = 0;
        end = 0;
    } else if (bytewise(rest, needle)) {
        found = find_ascii(rest, needle);
        end = found + needle.n;
    } else {
        found = find_folded(rest, needle, &end);
    }
    if (found == SIZE_MAX)
        return SIZE_MAX;
    if (match_end)
        *match_end = from + end;
    return from + found;
}
