/* Byte kernels of the log reader. One table of function pointers, filled once at start with the
 * best this processor has (scalar reference, SSE4.2, AVX2, NEON);
 * HARRIER_SIMD=scalar|sse42|avx2|neon forces one, so that tests can compare. Every level gives
 * identical results. No kernel reads outside [p, p + n). */
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H
#include "base/str.h"

/* A literal to search for without regard to ASCII case (or with), prepared once: the two rarest
 * bytes of it by their frequency in web logs are compared first. At least 2 bytes, ASCII letters
 * fold. */
struct needle {
    struct str text;            /* as given; must outlive the needle */
    bool fold;                  /* ASCII case-blind */
    uint8_t lower[2], upper[2]; /* the two rare bytes in both cases */
    uint32_t at[2];             /* their offsets in text, at[0] < at[1] (or equal when n is 1) */
    char folded[256];           /* lower-cased when fold; a longer text is cut to 255 bytes */
    uint32_t n;                 /* bytes of `folded` */
    /* The first 8 bytes at once: (bytes | bit) & care == want where the needle may stand. */
    uint64_t bit, care, want;
};
void needle_init(struct needle *nd, struct str text, bool fold);

/* What stands in a line. */
struct line_cut {
    size_t n;      /* its bytes, without the newline */
    size_t spaces; /* how many */
    bool ascii;    /* no byte over 0x7f */
    bool nul;      /* a NUL byte */
};

/* What a run is asked before its lines are cut. */
struct survey {
    size_t lines; /* newlines */
    size_t hits;  /* where the needle stands, or max + 1: more than max */
    bool hash;    /* a '#' */
};

struct simd {
    const char *name; /* "scalar", "sse42", "avx2", "neon" */
    size_t (*count_byte)(const char *p, size_t n, char byte);
    /* Newlines in the run; *directive is set when a '#' stands at p[0] (if at_start) or after a
     * newline. */
    size_t (*count_lines)(const char *p, size_t n, bool at_start, bool *directive);
    /* Offset of the first / last byte, or n. */
    size_t (*find_byte)(const char *p, size_t n, char byte);
    size_t (*find_last_byte)(const char *p, size_t n, char byte);
    /* Offset of the first occurrence at or after 0, or n. */
    size_t (*find_needle)(const char *p, size_t n, const struct needle *nd);
    /* Newlines, '#' and the needle in one pass; offsets of the first max hits go to out. */
    struct survey (*survey)(const char *p, size_t n, const struct needle *nd, uint32_t *out,
                          size_t max);
    /* Offsets of the spaces in a line, at most max; returns how many there are up to max. */
    size_t (*find_spaces)(const char *p, size_t n, uint32_t *out, size_t max);
    bool (*all_ascii)(const char *p, size_t n);
    /* All that the reader asks of a line, in one pass: it begins at p and ends before the first
     * newline, or at n. Bit i % 64 of bits[i / 64] says whether its byte i is a space; words
     * beyond the first `words` are not written. */
    struct line_cut (*cut_line)(const char *p, size_t n, uint64_t *bits, size_t words);
};
/* The table in force. The first call chooses; thread-safe. */
const struct simd *simd_get(void);
/* All levels that this build and processor have, NULL-terminated, scalar first; for tests and
 * fuzzers. */
const struct simd *const *simd_levels(void);
#endif
