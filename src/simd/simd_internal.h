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
#endif
