/* Vectors of 16 bytes on 64-bit ARM, where every processor has them. */
#include "simd/simd_internal.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define V uint8x16_t
#define WIDTH ((size_t)16)
#define MASK_STEP 4
#define TARGET
#define SMALLER simd_scalar
#define LEVEL simd_neon
#define NAME "neon"

#define v_load(p) vld1q_u8((const uint8_t *)(p))
#define v_all(c) vdupq_n_u8((uint8_t)(c))
#define v_eq(a, b) vceqq_u8((a), (b))
#define v_or(a, b) vorrq_u8((a), (b))
#define v_and(a, b) vandq_u8((a), (b))
#define v_zero() vdupq_n_u8(0)
#define v_less(a, b) vsubq_u8((a), (b))
#define v_sum(a) ((size_t)vaddlvq_u8(a))
#define v_high(a) (vmaxvq_u8(a) > 0x7f)
#define v_sign(a) vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(a), 7))

/* There is no movemask: a narrowing shift leaves four bits for each byte, of which one is kept. */
static inline uint64_t v_mask(V a)
{
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(a), 4);

    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0) & UINT64_C(0x8888888888888888);
}

static inline uint64_t v_bits(V a)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    V bits = vandq_u8(a, vld1q_u8(weights));

    return vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

#include "simd/vector.h"
#endif
