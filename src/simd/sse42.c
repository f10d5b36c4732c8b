/* Vectors of 16 bytes on x86. */
#include "simd/simd_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define V __m128i
#define WIDTH ((size_t)16)
#define MASK_STEP 1
#define TARGET __attribute__((target("sse4.2,popcnt")))
#define SMALLER simd_scalar
#define LEVEL simd_sse42
#define NAME "sse42"

#define v_load(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define v_all(c) _mm_set1_epi8(c)
#define v_eq(a, b) _mm_cmpeq_epi8((a), (b))
#define v_or(a, b) _mm_or_si128((a), (b))
#define v_and(a, b) _mm_and_si128((a), (b))
#define v_zero() _mm_setzero_si128()
#define v_less(a, b) _mm_sub_epi8((a), (b))
#define v_mask(a) ((uint64_t)(uint32_t)_mm_movemask_epi8(a))
#define v_high(a) (_mm_movemask_epi8(a) != 0)
#define v_sign(a) (a)
#define v_bits(a) v_mask(a)

TARGET static inline size_t v_sum(V lanes)
{
    V sums = _mm_sad_epu8(lanes, v_zero());

    return (size_t)_mm_cvtsi128_si64(sums) + (size_t)_mm_extract_epi64(sums, 1);
}

#include "simd/vector.h"
#endif
