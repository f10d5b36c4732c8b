/* What the levels share. A level that this build does not have is left out by its file. */
#ifndef SIMD_INTERNAL_H
#define SIMD_INTERNAL_H
#include "simd/simd.h"

extern const struct simd simd_scalar;
#if defined(__x86_64__)
extern const struct simd simd_sse42;
extern const struct simd simd_avx2;
#endif
#if defined(__aarch64__)
extern const struct simd simd_neon;
#endif

/* The same where 8 bytes can be read. */
static inline bool needle_is_at(const char *at, const struct needle *nd);
static inline bool needle_is_at_8(const char *at, const struct needle *nd)
{
    uint64_t bytes;

    memcpy(&bytes, at, sizeof bytes);
    return ((bytes | nd->bit) & nd->care) == nd->want && (nd->n <= 8 || needle_is_at(at, nd));
}

/* Does the needle stand at `at`? */
static inline bool needle_is_at(const char *at, const struct needle *nd)
{
    if (!nd->fold)
        return memcmp(at, nd->text.p, nd->n) == 0;
    for (uint32_t i = 0; i < nd->n; i++) {
        unsigned char c = (unsigned char)at[i];
        c = (unsigned)c - 'A' < 26 ? c | 0x20 : c;
        if (c != (unsigned char)nd->folded[i])
            return false;
    }
    return true;
}

/* What levels with vectors share: where the needle stands among the hits of the vector at p + base,
 * whose bytes are `step` bits apart. */
static inline size_t put_found(const char *p, size_t base, uint64_t hits, size_t step,
                               const struct needle *nd, uint32_t *out, size_t count, size_t max)
{
    for (; hits; hits &= hits - 1) {
        size_t at = base + (size_t)__builtin_ctzll(hits) / step;
        if (!needle_is_at_8(p + at, nd))
            continue;
        if (count < max)
            out[count] = (uint32_t)at;
        count += count <= max;
    }
    return count;
}

/* The rest of a run, from i on, is a smaller level's. */
static inline struct survey survey_rest(struct survey s, const struct simd *smaller, const char *p,
                                        size_t i, size_t n, const struct needle *nd, uint32_t *out,
                                        size_t max)
{
    size_t had = s.hits <= max ? s.hits : max;
    struct survey rest = smaller->survey(p + i, n - i, nd, out + had, max - had);

    for (size_t k = had; k < max && k < had + rest.hits; k++)
        out[k] += (uint32_t)i;
    s.lines += rest.lines;
    s.hash |= rest.hash;
    s.hits = s.hits <= max ? had + rest.hits : s.hits;
    return s;
}
#endif
