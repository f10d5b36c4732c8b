/* Text as pointer and length. Bytes from a log are never NUL-terminated and may hold any value;
 * nothing here calls strlen on them. A str does not own its bytes: the arena or block it points
 * into does. */
#ifndef BASE_STR_H
#define BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
    const char *p; /* first byte; may be NULL when n is 0 */
    size_t n;      /* bytes */
};

#define STR(literal) ((struct str){"" literal "", sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARG(s)); only for text that is ours, never for bytes from a log. */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}
static inline struct str str_sub(struct str s, size_t from, size_t to)
{
    return (struct str){from ? s.p + from : s.p, to - from}; /* NULL + 0 is undefined in C */
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
bool str_is(struct str a, const char *z);       /* equal to the C string z */
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* ordinal by bytes: <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Offset of the first / last `byte` in s, or s.n where there is none. */
size_t str_find_byte(struct str s, char byte);
size_t str_find_last_byte(struct str s, char byte);
/* Offset of the first `needle` in s at or after `from`, or SIZE_MAX. An empty needle is found at
 * `from`. */
size_t str_find(struct str s, struct str needle, size_t from);
struct str str_trim(struct str s); /* without blanks, tabs, CR and LF at both ends */
/* Cuts the part before the first `sep` off *rest and returns it; *rest is what follows (or empty,
 * with p == NULL, when there was no further sep). */
struct str str_cut(struct str *rest, char sep);
bool str_to_int64(struct str s, int64_t *out); /* the whole of s is a decimal integer in range */
bool str_to_double(struct str s, double *out); /* the whole of s; C locale always */
uint64_t str_hash(struct str s);               /* xxh3, 64 bits; the same on every machine */

struct str str_dup(struct arena *a, struct str s);
char *str_z(struct arena *a, struct str s); /* NUL-terminated copy */
struct str str_fmt(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str str_lower_ascii(struct arena *a, struct str s);

/* A growable run of bytes on the heap, for output. Zeroed is empty and valid. */
struct buf {
    char *p;
    size_t n, cap;
};
void buf_add(struct buf *b, struct str s);
void buf_add_z(struct buf *b, const char *z);
void buf_add_byte(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for `more` bytes at the end; the caller writes there and adds what it wrote to b->n. */
char *buf_room(struct buf *b, size_t more);
static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
static inline void buf_reset(struct buf *b)
{
    b->n = 0;
}
void buf_release(struct buf *b);

/* Edit distance for "did you mean"; UINT32_MAX-free: at most max(a.n, b.n). Case counts half. */
unsigned str_distance(struct str a, struct str b);
#endif
