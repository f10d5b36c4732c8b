/* Text as pointer and length: comparing, searching, cutting, numbers, and the growable output
 * buffer. Nothing here assumes that a str ends in NUL. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"

static inline unsigned char lower_ascii(unsigned char c)
{
    return (unsigned)c - 'A' < 26 ? c | 0x20 : c;
}

bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower_ascii((unsigned char)a.p[i]) != lower_ascii((unsigned char)b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

size_t str_find_byte(struct str s, char byte)
{
    const char *at = s.n ? memchr(s.p, byte, s.n) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_find_last_byte(struct str s, char byte)
{
    const char *at = s.n ? memrchr(s.p, byte, s.n) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.n || needle.n > s.n - from)
        return SIZE_MAX;
    if (needle.n == 0)
        return from;
    const char *at = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_cut(struct str *rest, char sep)
{
    size_t at = str_find_byte(*rest, sep);
    struct str part = {rest->p, at};

    *rest = at < rest->n ? str_sub(*rest, at + 1, rest->n) : STR_NONE;
    return part;
}

uint64_t str_hash(struct str s)
{
    return XXH3_64bits(s.n ? s.p : "", s.n);
}

struct str str_dup(struct arena *a, struct str s)
{
    if (s.n == 0)
        return (struct str){"", 0};
    char *p = arena_alloc(a, s.n);
    memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

char *str_z(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

struct str str_fmt(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n <= 0)
        return (struct str){"", 0};
    char *p = arena_alloc(a, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){p, (size_t)n};
}

struct str str_lower_ascii(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n);

    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)lower_ascii((unsigned char)s.p[i]);
    return (struct str){p, s.n};
}

/* Room for `more` bytes and a NUL after the end. */
static void buf_reserve(struct buf *b, size_t more)
{
    if (b->cap - b->n > more)
        return;
    size_t cap = b->cap ? b->cap : 256;
    while (cap - b->n <= more)
        cap *= 2;
    b->p = mem_grow(b->p, cap);
    b->cap = cap;
}

char *buf_room(struct buf *b, size_t more)
{
    buf_reserve(b, more);
    return b->p + b->n;
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0)
        return;
    buf_reserve(b, s.n);
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_add_z(struct buf *b, const char *z)
{
    buf_add(b, str_of(z));
}

void buf_add_byte(struct buf *b, char c)
{
    if (b->n == b->cap)
        buf_reserve(b, 1);
    b->p[b->n++] = c;
}

void buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;

    buf_reserve(b, 128);
    va_start(args, format);
    int n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n >= b->cap - b->n) {
        buf_reserve(b, (size_t)n);
        va_start(args, format);
        vsnprintf(b->p + b->n, b->cap - b->n, format, args);
        va_end(args);
    }
    b->n += (size_t)n;
}

void buf_release(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){0};
}
