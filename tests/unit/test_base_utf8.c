/* UTF-8 decoding against a second decoder written here, and folding and search against plain loops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"

static uint64_t seed = 3;

static unsigned next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33);
}

static void every_code_point(void **state)
{
    char out[4];

    (void)state;
    for (int32_t code = 0; code <= 0x10ffff; code++) {
        size_t n = utf8_put(code, out), at = 0;
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        int32_t got = utf8_next((struct str){out, n}, &at);
        if (got != (surrogate ? UTF8_BAD : code) || at != (surrogate ? 1 : n))
            fail_msg("U+%04X", (unsigned)code);
        for (size_t cut = 1; cut < n; cut++) { /* cut short it is no character */
            at = 0;
            assert_int_equal(utf8_next((struct str){out, cut}, &at), UTF8_BAD);
            assert_int_equal(at, 1);
        }
    }
}

/* All texts of two and three bytes that begin with a lead byte: valid only if encoding gives them
 * back. */
static void every_short_form(void **state)
{
    (void)state;
    for (unsigned a = 0x80; a < 0x100; a++) {
        for (unsigned b = 0; b < 0x100; b++) {
            for (unsigned c = 0x70; c < 0xd0; c++) {
                char text[4] = {(char)a, (char)b, (char)c, (char)0x80}, back[4];
                size_t at = 0;
                int32_t code = utf8_next((struct str){text, 4}, &at);
                if (code == UTF8_BAD) {
                    assert_int_equal(at, 1);
                    continue;
                }
                size_t n = utf8_put(code, back);
                assert_int_equal(n, at);
                assert_memory_equal(back, text, n);
                assert_false(code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff));
            }
        }
    }
}

static void bad_bytes(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe",
                                      "\xc3",
                                      "\xe2\x82"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str s = str_of(bad[i]);
        assert_false(utf8_valid(s));
        assert_int_equal(utf8_length(s), s.n); /* each byte counts */
    }
    assert_true(utf8_valid(STR_NONE));
    assert_true(utf8_valid(STR("a\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
    assert_int_equal(utf8_length(STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

static void ascii(void **state)
{
    char text[70];

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        memset(text, 'x', sizeof text);
        text[n] = (char)0x80; /* just behind the end */
        assert_true(utf8_ascii((struct str){text, n}));
        for (size_t i = 0; i < n; i++) {
            text[i] = (char)0x80;
            assert_false(utf8_ascii((struct str){text, n}));
            text[i] = 'x';
        }
    }
}

static void what_unicode_says(void **state)
{
    (void)state;
    assert_int_equal(utf8_fold('K'), 'k');
    assert_int_equal(utf8_fold('['), '[');
    assert_int_equal(utf8_fold(0x212a), 'k'); /* KELVIN SIGN */
    assert_int_equal(utf8_fold(0x17f), 's');  /* LONG S */
    assert_int_equal(utf8_fold(0xc9), 0xe9);
    assert_int_equal(utf8_fold(0x416), 0x436);
    assert_int_equal(utf8_fold(0x3c2), 0x3c3); /* final sigma */
    assert_int_equal(utf8_fold(0xdf),
                     0xdf); /* folds to two letters only: simple folding leaves it */
    assert_int_equal(utf8_fold(0x1e9e), 0xdf);
    assert_int_equal(utf8_fold(0x130), 0x130);
    assert_int_equal(utf8_fold(UTF8_BAD), UTF8_BAD);
    assert_int_equal(utf8_lower(0xc9), 0xe9);
    assert_int_equal(utf8_upper(0xe9), 0xc9);
    assert_int_equal(utf8_width('a'), 1);
    assert_int_equal(utf8_width(0x65e5), 2);
    assert_int_equal(utf8_width(0x301), 0);
    assert_true(utf8_alnum('a') && utf8_alnum('Z') && utf8_alnum('0') && utf8_alnum(0xe9) &&
                utf8_alnum(0xff11));
    assert_true(utf8_alnum(0x65e5) && utf8_alnum(0x436));
    assert_false(utf8_alnum('_') || utf8_alnum('@') || utf8_alnum('`') || utf8_alnum('[') ||
                 utf8_alnum('{'));
    assert_false(utf8_alnum(0x301) || utf8_alnum(0x2014) || utf8_alnum(UTF8_BAD) ||
                 utf8_alnum(0xa0));
}

static void equality(void **state)
{
    (void)state;
    assert_true(utf8_eq_fold(STR("CAF\xc3\x89"), STR("caf\xc3\xa9")));
    assert_false(utf8_eq_fold(STR("caf\xc3\xa9"), STR("cafe\xcc\x81"))); /* no normalisation */
    assert_true(utf8_eq_fold(STR("\xd0\x96"), STR("\xd0\xb6")));
    assert_true(utf8_eq_fold(STR("\xe2\x84\xaa"), STR("K")));
    assert_true(utf8_eq_fold(STR("s"), STR("\xc5\xbf")));
    assert_true(utf8_eq_fold(STR_NONE, STR("")));
    assert_false(utf8_eq_fold(STR("a"), STR("ab")));
    assert_false(utf8_eq_fold(STR("@"), STR("`")));
    assert_true(utf8_eq_fold(STR("a\xff"), STR("A\xff")));
    assert_false(utf8_eq_fold(STR("\xff"), STR("\xfe")));
    assert_false(utf8_eq_fold(STR("\xc3"), STR("\xc3\xa9")));
}

static void finds(struct str s, struct str needle, size_t from, size_t start, size_t end)
{
    size_t got_end = 0;
    size_t got = utf8_find_fold(s, needle, from, &got_end);

    assert_true(got == start);
    if (start != SIZE_MAX)
        assert_int_equal(got_end, end);
}

static void searching(void **state)
{
    (void)state;
    finds(STR("/OWA/auth"), STR("/owa/"), 0, 0, 5);
    finds(STR("x/OWA/auth/owa/"), STR("/owa/"), 2, 10, 15);
    finds(STR("abc"), STR(""), 2, 2, 2);
    finds(STR("abc"), STR(""), 4, SIZE_MAX, 0);
    finds(STR_NONE, STR("a"), 0, SIZE_MAX, 0);
    finds(STR_NONE, STR_NONE, 0, 0, 0);
    finds(STR("ab"), STR("abc"), 0, SIZE_MAX, 0);
    /* ASCII needles in other text */
    finds(STR("\xc3\xa9/OWA/"), STR("/owa/"), 0, 2, 7);
    finds(STR("as\xe2\x84\xaa"
              "px"),
          STR("skp"), 0, 1, 6);
    finds(STR("a\xc5\xbfp"), STR("ASP"), 0, 0, 4);
    finds(STR("ab\xff\x80/owa/"), STR("/OWA/"), 0, 4, 9);
    /* other needles */
    finds(STR("CAF\xc3\x89!"), STR("f\xc3\xa9"), 0, 2, 5);
    finds(STR("k"), STR("\xe2\x84\xaa"), 0, 0, 1);
    finds(STR("cafe\xcc\x81"), STR("caf\xc3\xa9"), 0, SIZE_MAX, 0);
    finds(STR("a\xffz"), STR("\xffZ"), 0, 1, 3);
    /* a byte alone is not a part of a character */
    finds(STR("\xc3\xa9"), STR("\xa9"), 0, SIZE_MAX, 0);
    finds(STR("\xc3\xa9\xa9"), STR("\xa9"), 0, 2, 3);
    finds(STR("\xc3\xa9"), STR("\xc3"), 0, SIZE_MAX, 0);
    assert_int_equal(utf8_find_fold(STR("abc"), STR("C"), 0, NULL), 2);
}

/* The same by trying each unit: what search must agree with. */
static size_t plain_find(struct str s, struct str needle, size_t *end)
{
    for (size_t start = 0; start <= s.n;) {
        size_t i = start, j = 0;
        bool same = true;
        while (same && j < needle.n) {
            size_t i0 = i, j0 = j;
            same = i < s.n;
            if (!same)
                break;
            int32_t a = utf8_next(s, &i), b = utf8_next(needle, &j);
            same = a == UTF8_BAD || b == UTF8_BAD ? a == b && s.p[i0] == needle.p[j0]
                                                  : utf8_fold(a) == utf8_fold(b);
        }
        if (same) {
            *end = i;
            return start;
        }
        if (start == s.n)
            break;
        utf8_next(s, &start);
    }
    return SIZE_MAX;
}

static size_t random_text(char *out, size_t most, unsigned style)
{
    static const char *const ascii_units[] = {"a", "A", "k", "K", "s", "/",
                                              "[", "{", "@", "`", "b"};
    static const char *const all_units[] = {
        "a",    "K",    "S",    "\xe2\x84\xaa", "\xc5\xbf", "\xc3\xa9",         "\xc3\x89",
        "\xff", "\xa9", "\xc3", "\xe2\x84",     "b",        "\xf0\x9f\x98\x80", "/"};
    size_t n = 0;

    for (;;) {
        const char *unit = style ? all_units[next_random() % 14] : ascii_units[next_random() % 11];
        if (n + strlen(unit) > most)
            return n;
        memcpy(out + n, unit, strlen(unit));
        n += strlen(unit);
    }
}

static void random_searches(void **state)
{
    char text[1600], needle[200];

    (void)state;
    for (int round = 0; round < 60000; round++) {
        size_t most = round % 100 ? next_random() % 60 : next_random() % sizeof text;
        struct str s = {text, random_text(text, most, next_random() % 2)};
        struct str want = {needle, random_text(needle, next_random() % 5, next_random() % 2)};
        if (next_random() % 3 == 0 &&
            s.n) { /* a part of the text itself, perhaps cut inside a character */
            size_t n = next_random() % s.n;
            n = n < sizeof needle ? n : sizeof needle - 1;
            size_t at = next_random() % (s.n - n);
            memcpy(needle, text + at, n);
            want.n = n;
        }
        size_t end = 0, want_end = 0;
        size_t got = utf8_find_fold(s, want, 0, &end), expected = plain_find(s, want, &want_end);
        if (got != expected || (got != SIZE_MAX && end != want_end))
            fail_msg("round %d: %zd..%zd, not %zd..%zd", round, (ssize_t)got, (ssize_t)end,
                     (ssize_t)expected, (ssize_t)want_end);
    }
}

/* Text that almost matches everywhere must not take quadratic time. */
static void hostile_repeats(void **state)
{
    size_t n = (size_t)1 << 20, m = n / 2;
    char *text = malloc(n), *needle = malloc(m);

    (void)state;
    memset(text, 'a', n);
    memset(needle, 'a', m);
    needle[m / 2] = 'b';
    assert_true(utf8_find_fold((struct str){text, n}, (struct str){needle, m}, 0, NULL) ==
                SIZE_MAX);
    needle[m / 2] = (char)0xff;
    assert_true(utf8_find_fold((struct str){text, n}, (struct str){needle, m}, 0, NULL) ==
                SIZE_MAX);
    free(text);
    free(needle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),  cmocka_unit_test(every_short_form),
        cmocka_unit_test(bad_bytes),         cmocka_unit_test(ascii),
        cmocka_unit_test(what_unicode_says), cmocka_unit_test(equality),
        cmocka_unit_test(searching),         cmocka_unit_test(random_searches),
        cmocka_unit_test(hostile_repeats),
    };

    return cmocka_run_group_tests_name("base: UTF-8", tests, NULL, NULL);
}
