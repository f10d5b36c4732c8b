/* Choosing the level, once, and preparing needles. */
#include "simd/simd.h"

#include <pthread.h>
#include <stdlib.h>

#include "simd/simd_internal.h"

static const struct simd *const all_levels[] = {
    &simd_scalar,
#if defined(__x86_64__)
    &simd_sse42,
    &simd_avx2,
#endif
#if defined(__aarch64__)
    &simd_neon,
#endif
};
#define LEVELS (sizeof all_levels / sizeof all_levels[0])

static bool processor_has(const struct simd *level)
{
#if defined(__x86_64__)
    if (level == &simd_sse42)
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    if (level == &simd_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("popcnt");
#endif
    (void)level;
    return true;
}

/* Written once, before anyone reads them. */
static const struct simd *levels[LEVELS + 1];
static const struct simd *in_force;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void)
{
    const char *forced = getenv("HARRIER_SIMD");
    size_t n = 0;

    for (size_t i = 0; i < LEVELS; i++)
        if (processor_has(all_levels[i]))
            levels[n++] = in_force = all_levels[i];
    for (size_t i = 0; forced && i < n; i++)
        if (strcmp(levels[i]->name, forced) == 0)
            in_force = levels[i];
}

const struct simd *simd_get(void)
{
    pthread_once(&once, choose);
    return in_force;
}

const struct simd *const *simd_levels(void)
{
    pthread_once(&once, choose);
    return levels;
}

/* How usual each byte is in web logs: 16 for every doubling, from shares counted in public IIS
 * logs. */
static const uint8_t usual[256] = {
    [0x09] = 40, ['\n'] = 144, ['\r'] = 102, [' '] = 198, ['!'] = 44,  ['"'] = 40,  ['#'] = 128,
    ['$'] = 81,  ['%'] = 90,   ['&'] = 82,   ['\''] = 84, ['('] = 137, [')'] = 137, ['*'] = 40,
    ['+'] = 170, [','] = 96,   ['-'] = 180,  ['.'] = 183, ['/'] = 162, ['0'] = 195, ['1'] = 184,
    ['2'] = 178, ['3'] = 160,  ['4'] = 163,  ['5'] = 156, ['6'] = 154, ['7'] = 150, ['8'] = 149,
    ['9'] = 131, [':'] = 161,  [';'] = 139,  ['<'] = 20,  ['='] = 108, ['>'] = 20,  ['?'] = 40,
    ['@'] = 57,  ['A'] = 140,  ['B'] = 89,   ['C'] = 130, ['D'] = 123, ['E'] = 145, ['F'] = 124,
    ['G'] = 131, ['H'] = 117,  ['I'] = 130,  ['J'] = 61,  ['K'] = 107, ['L'] = 108, ['M'] = 152,
    ['N'] = 122, ['O'] = 129,  ['P'] = 136,  ['Q'] = 30,  ['R'] = 120, ['S'] = 156, ['T'] = 145,
    ['U'] = 116, ['V'] = 114,  ['W'] = 125,  ['X'] = 108, ['Y'] = 71,  ['Z'] = 49,  ['['] = 59,
    ['\\'] = 70, [']'] = 59,   ['^'] = 20,   ['_'] = 111, ['`'] = 20,  ['a'] = 172, ['b'] = 141,
    ['c'] = 173, ['d'] = 150,  ['e'] = 188,  ['f'] = 136, ['g'] = 136, ['h'] = 141, ['i'] = 179,
    ['j'] = 100, ['k'] = 124,  ['l'] = 161,  ['m'] = 160, ['n'] = 167, ['o'] = 176, ['p'] = 151,
    ['q'] = 111, ['r'] = 174,  ['s'] = 181,  ['t'] = 181, ['u'] = 149, ['v'] = 143, ['w'] = 132,
    ['x'] = 115, ['y'] = 121,  ['z'] = 124,  ['{'] = 47,  ['|'] = 27,  ['}'] = 47,  ['~'] = 30,
};

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static unsigned usualness(const struct needle *nd, uint32_t i)
{
    uint8_t c = (uint8_t)nd->folded[i];

    if (!nd->fold || !is_letter(c))
        return usual[c];
    uint8_t upper = (uint8_t)(c ^ 0x20);
    return usual[c] > usual[upper] ? usual[c] : usual[upper];
}

static void set_rare(struct needle *nd, int which, uint32_t at)
{
    uint8_t c = (uint8_t)nd->folded[at];

    nd->at[which] = at;
    nd->lower[which] = c;
    nd->upper[which] = nd->fold && is_letter(c) ? (uint8_t)(c ^ 0x20) : c;
}

void needle_init(struct needle *nd, struct str text, bool fold)
{
    *nd = (struct needle){.text = text, .fold = fold};
    nd->n = text.n < 255 ? (uint32_t)text.n : 255;
    for (uint32_t i = 0; i < nd->n; i++) {
        uint8_t c = (uint8_t)text.p[i];
        nd->folded[i] = (char)(fold && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    if (nd->n == 0)
        return;
    uint8_t bit[8] = {0}, care[8] = {0}, want[8] = {0};
    for (uint32_t i = 0; i < nd->n && i < 8; i++) {
        bit[i] = fold && is_letter((uint8_t)nd->folded[i]) ? 0x20 : 0;
        care[i] = 0xff;
        want[i] = (uint8_t)nd->folded[i];
    }
    memcpy(&nd->bit, bit, sizeof bit);
    memcpy(&nd->care, care, sizeof care);
    memcpy(&nd->want, want, sizeof want);
    uint32_t first = 0, second = nd->n > 1;
    for (uint32_t i = 1; i < nd->n; i++)
        if (usualness(nd, i) < usualness(nd, first))
            first = i;
    if (second == first)
        second = 0;
    /* the same byte twice says less than another one */
    for (uint32_t i = 0; i < nd->n; i++) {
        bool better =
            usualness(nd, i) < usualness(nd, second) || nd->folded[second] == nd->folded[first];
        if (i != first && nd->folded[i] != nd->folded[first] && better)
            second = i;
    }
    set_rare(nd, 0, first < second ? first : second);
    set_rare(nd, 1, first < second ? second : first);
}
