/* Every level of the byte kernels against plain loops written here, on edge and random data that
 * ends at a page which may not be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "simd/simd.h"

#define AREA ((size_t)8192)
#define LONGEST ((size_t)600)

/* An area between two guard pages. */
static char *area;
static uint64_t seed = 1;

static unsigned next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33);
}

static int set_up(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *p =
        mmap(NULL, AREA + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) ||
        mprotect(p + page + AREA, page, PROT_NONE))
        return -1;
    area = p + page;
    return 0;
}

/* Bytes from a small set, so that everything that is looked for is there often; or rarely. */
static char any_byte(unsigned style)
{
    static const char common[] = "\n#  ab\n#",
                      rare[] = "abcdefghijklmnopqrstuvwxyz0123456789/ \n#\x80\xff";

    if (style == 0)
        return common[next_random() % (sizeof common - 1)];
    if (style == 1)
        return rare[next_random() % (sizeof rare - 1)];
    return (char)next_random();
}

/* n random bytes that begin or end where the guard is. */
static char *random_run(size_t n, unsigned style)
{
    char *p = next_random() % 2 ? area : area + AREA - n;

    for (size_t i = 0; i < n; i++)
        p[i] = any_byte(style);
    return p;
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static size_t plain_find(const char *p, size_t n, struct str needle, bool blind)
{
    for (size_t i = 0; i + needle.n <= n; i++) {
        size_t k = 0;
        while (k < needle.n &&
               (blind ? fold(p[i + k]) == fold(needle.p[k]) : p[i + k] == needle.p[k]))
            k++;
        if (k == needle.n)
            return i;
    }
    return n;
}

static void check_bytes(const struct simd *s, const char *p, size_t n, char byte)
{
    size_t count = 0, first = n, last = n;

    for (size_t i = 0; i < n; i++) {
        if (p[i] != byte)
            continue;
        count++;
        last = i;
        first = first == n ? i : first;
    }
    assert_int_equal(s->count_byte(p, n, byte), count);
    assert_int_equal(s->find_byte(p, n, byte), first);
    assert_int_equal(s->find_last_byte(p, n, byte), last);
}

static void check_lines(const struct simd *s, const char *p, size_t n, bool at_start)
{
    size_t count = 0;
    bool directive = false, got = !n;

    for (size_t i = 0; i < n; i++) {
        count += p[i] == '\n';
        directive |= p[i] == '#' && (i ? p[i - 1] == '\n' : at_start);
    }
    assert_int_equal(s->count_lines(p, n, at_start, &got), count);
    assert_int_equal(got, directive);
}

static void check_spaces(const struct simd *s, const char *p, size_t n, size_t max)
{
    uint32_t out[LONGEST + 8], want[LONGEST + 8];
    size_t count = 0;

    for (size_t i = 0; i < n && count < max; i++)
        if (p[i] == ' ')
            want[count++] = (uint32_t)i;
    memset(out, 0xee, sizeof out);
    assert_int_equal(s->find_spaces(p, n, out, max), count);
    assert_memory_equal(out, want, count * sizeof *out);
    assert_int_equal(out[max], 0xeeeeeeeeu); /* nothing is written past max */
}

static void check_cut(const struct simd *s, const char *p, size_t n, size_t words)
{
    uint64_t out[LONGEST / 64 + 12], want[LONGEST / 64 + 12];
    struct line_cut cut = {.ascii = true};

    memset(want, 0, sizeof want);
    for (; cut.n < n && p[cut.n] != '\n'; cut.n++) {
        if (p[cut.n] == ' ')
            want[cut.n / 64] |= UINT64_C(1) << cut.n % 64;
        cut.spaces += p[cut.n] == ' ';
        cut.ascii &= (unsigned char)p[cut.n] < 0x80;
        cut.nul |= p[cut.n] == 0;
    }
    memset(out, 0xee, sizeof out);
    struct line_cut got = s->cut_line(p, n, out, words);
    size_t written = (cut.n + 63) / 64 < words ? (cut.n + 63) / 64 : words;
    assert_int_equal(got.n, cut.n);
    assert_int_equal(got.spaces, cut.spaces);
    assert_int_equal(got.ascii, cut.ascii);
    assert_int_equal(got.nul, cut.nul);
    assert_memory_equal(out, want, written * sizeof *out);
    assert_true(out[written] == UINT64_C(0xeeeeeeeeeeeeeeee));
}

/* A line as long as `n` without newline, so that vectors after the first count too. */
static void check_long_cut(const struct simd *s, size_t n)
{
    static const char bytes[] = "abc  def\"\\ \r";
    char *p = area + AREA - n;

    for (size_t i = 0; i < n; i++)
        p[i] = bytes[next_random() % (sizeof bytes - 1)];
    check_cut(s, p, n, LONGEST / 64 + 2);
    if (n) {
        p[next_random() % n] = "\n\0\x80"[next_random() % 3];
        check_cut(s, p, n, next_random() % 8);
        p[next_random() % n] = '\n';
        check_cut(s, p, n, next_random() % 8);
    }
}

static void check_ascii(const struct simd *s, const char *p, size_t n)
{
    bool ascii = true;

    for (size_t i = 0; i < n; i++)
        ascii &= (unsigned char)p[i] < 0x80;
    assert_int_equal(s->all_ascii(p, n), ascii);
}

static void check_survey(const struct simd *s, const char *p, size_t n, const struct needle *nd,
                         struct str text, bool blind)
{
    uint32_t out[LONGEST + 1], want[LONGEST + 1];
    size_t lines = 0, hits = 0, max = next_random() % 4 ? LONGEST : next_random() % 4;
    bool hash = false;

    for (size_t i = 0; i < n; i++) {
        lines += p[i] == '\n';
        hash |= p[i] == '#';
        if (n - i >= text.n && plain_find(p + i, text.n, text, blind) == 0)
            want[hits++] = (uint32_t)i;
    }
    memset(out, 0xee, sizeof out);
    struct survey got = s->survey(p, n, nd, out, max);
    assert_int_equal(got.lines, lines);
    assert_int_equal(got.hash, hash);
    assert_int_equal(got.hits, hits < max ? hits : hits == max ? max : max + 1);
    assert_memory_equal(out, want, (hits < max ? hits : max) * sizeof *out);
    assert_int_equal(out[max], 0xeeeeeeeeu);
}

static void check_needle(const struct simd *s, const char *p, size_t n, struct str text, bool blind)
{
    struct needle nd;

    needle_init(&nd, text, blind);
    struct str searched = text;
    if (searched.n > 255)
        searched.n = 255;
    assert_int_equal(s->find_needle(p, n, &nd), plain_find(p, n, searched, blind));
    if (text.n)
        check_survey(s, p, n, &nd, searched, blind);
}

static void levels_are_named(void **state)
{
    const struct simd *const *levels = simd_levels();
    const char *forced = getenv("HARRIER_SIMD");
    bool known = false;

    (void)state;
    assert_string_equal(levels[0]->name, "scalar");
    for (size_t i = 0; levels[i]; i++) {
        known |= levels[i] == simd_get();
        if (forced && strcmp(forced, levels[i]->name) == 0)
            assert_ptr_equal(simd_get(), levels[i]);
    }
    assert_true(known);
}

static void all_lengths(void **state)
{
    (void)state;
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        for (size_t n = 0; n <= LONGEST; n++) {
            const char *p = random_run(n, n % 3);
            check_bytes(*s, p, n, "\n a\x80"[n % 4]);
            check_lines(*s, p, n, n % 2);
            check_spaces(*s, p, n, LONGEST);
            check_spaces(*s, p, n, next_random() % 20);
            check_ascii(*s, p, n);
            check_cut(*s, p, n, next_random() % 8);
            for (int i = 0; i < 20; i++)
                check_long_cut(*s, n);
        }
    }
}

/* One byte, at each place of runs of each length. */
static void single_byte_everywhere(void **state)
{
    (void)state;
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        for (size_t n = 1; n <= 100; n++) {
            char *p = area + AREA - n;
            memset(p, 'x', n);
            for (size_t i = 0; i < n; i++) {
                static const char bytes[] = "\n #\x80";
                for (size_t k = 0; k < 4; k++) {
                    p[i] = bytes[k];
                    check_bytes(*s, p, n, bytes[k]);
                    check_lines(*s, p, n, true);
                    check_lines(*s, p, n, false);
                    check_spaces(*s, p, n, 1);
                    check_ascii(*s, p, n);
                    check_cut(*s, p, n, 1);
                }
                if (i + 1 < n) {
                    memcpy(p + i, "\n#", 2);
                    check_lines(*s, p, n, false);
                    p[i + 1] = 'x';
                }
                p[i] = 'x';
            }
        }
    }
}

static void counts_do_not_wrap(void **state)
{
    bool directive;

    (void)state;
    memset(area, '\n', AREA); /* more than 255 vectors in which every lane counts */
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        assert_int_equal((*s)->count_byte(area, AREA, '\n'), AREA);
        assert_int_equal((*s)->count_lines(area, AREA, true, &directive), AREA);
        assert_false(directive);
    }
    size_t large = (size_t)1 << 16;
    char *p = mmap(NULL, large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, '\n', large);
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        assert_int_equal((*s)->count_byte(p, large, '\n'), large);
        assert_int_equal((*s)->count_lines(p, large, true, &directive), large);
    }
    munmap(p, large);
}

static void needles_planted_everywhere(void **state)
{
    static const char *const needles[] = {
        "ab",       "/owa/",
        "OWA",      "a",
        "zz",       "[@`{",
        "aspx",     "aaaa",
        "\xc3\xa9", "a longer needle, longer than two vectors of the widest sort there is"};

    (void)state;
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        for (size_t k = 0; k < sizeof needles / sizeof needles[0]; k++) {
            struct str needle = str_of(needles[k]);
            for (size_t n = needle.n; n < needle.n + 140; n++) {
                char *p = area + AREA - n;
                for (size_t at = 0; at + needle.n <= n; at += 1 + n / 64) {
                    memset(p, k % 2 ? '.' : 'a', n);
                    for (size_t i = 0; i < needle.n; i++)
                        p[at + i] = (char)(next_random() % 2 ? needle.p[i] ^ 0x20 : needle.p[i]);
                    check_needle(*s, p, n, needle, true);
                    check_needle(*s, p, n, needle, false);
                    memcpy(p + at, needle.p, needle.n);
                    check_needle(*s, p, n, needle, true);
                    check_needle(*s, p, n, needle, false);
                }
            }
        }
    }
}

static void random_needles(void **state)
{
    char text[300];

    (void)state;
    for (const struct simd *const *s = simd_levels(); *s; s++) {
        for (int round = 0; round < 20000; round++) {
            unsigned style = next_random() % 3;
            size_t n = next_random() % LONGEST;
            const char *p = random_run(n, style);
            struct str needle = {text, next_random() % 5 ? next_random() % 4 : next_random() % 300};
            if (next_random() % 2 && n > needle.n)
                memcpy(text, p + next_random() % (n - needle.n), needle.n);
            else
                for (size_t i = 0; i < needle.n; i++)
                    text[i] = any_byte(style);
            check_needle(*s, p, n, needle, next_random() % 2);
        }
    }
}

static void needle_takes_rare_bytes(void **state)
{
    struct needle nd;

    (void)state;
    needle_init(&nd, STR("e0e_Q"), false);
    assert_int_equal(nd.at[0], 3);
    assert_int_equal(nd.at[1], 4);
    assert_int_equal(nd.lower[1], 'Q');
    assert_int_equal(nd.upper[1], 'Q');
    needle_init(&nd, STR("/Owa/"), true);
    assert_memory_equal(nd.folded, "/owa/", 5);
    assert_true(nd.at[0] < nd.at[1]);
    needle_init(&nd, STR("aa"), true);
    assert_int_equal(nd.at[0], 0);
    assert_int_equal(nd.at[1], 1);
    assert_int_equal(nd.lower[0], 'a');
    assert_int_equal(nd.upper[0], 'A');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_named),           cmocka_unit_test(all_lengths),
        cmocka_unit_test(single_byte_everywhere),     cmocka_unit_test(counts_do_not_wrap),
        cmocka_unit_test(needles_planted_everywhere), cmocka_unit_test(random_needles),
        cmocka_unit_test(needle_takes_rare_bytes),
    };

    return cmocka_run_group_tests_name("simd", tests, set_up, NULL);
}
