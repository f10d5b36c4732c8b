/* Attacks on the one way of foreign bytes to a terminal. Whatever goes in, only printable
 * characters of the locale come out, and marks only in pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <locale.h>
#include <wctype.h>

#include "base/safe.h"
#include "base/utf8.h"

static struct buf out;
static uint64_t seed = 11;

static unsigned next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33);
}

static struct str safe(struct str raw, unsigned flags)
{
    buf_reset(&out);
    safe_text(&out, raw, flags);
    return buf_str(&out);
}

static void gives(struct str raw, const char *want)
{
    struct str got = safe(raw, 0);

    if (!str_is(got, want))
        fail_msg("'%.*s', not '%s'", STR_ARG(got), want);
}

/* The property: see the head. */
static void check(struct str raw, unsigned flags)
{
    struct str got = safe(raw, flags);
    bool marked = false;
    int marks = 0;

    for (size_t at = 0; at < got.n;) {
        int32_t code = utf8_next(got, &at);
        assert_int_not_equal(code, UTF8_BAD);
        if (code == SAFE_ON || code == SAFE_OFF) {
            assert_true(flags & SAFE_MARKED);
            assert_int_equal(marked, code == SAFE_OFF);
            marked = !marked;
            continue;
        }
        assert_true(code >= 0x20 && !(code >= 0x7f && code < 0xa0));
        assert_false(marked && code > 0x7e);
        if (flags & SAFE_ASCII)
            assert_true(code <= 0x7e);
        else if (!iswprint((wint_t)code))
            fail_msg("U+%04X is not printable", (unsigned)code);
        assert_false(code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
                     (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
                     code == 0xfeff || (code >= 0xe0000 && code < 0xe1000));
        marks = utf8_width(code) == 0 ? marks + 1 : 0;
        assert_true(marks <= SAFE_MARKS);
    }
    assert_false(marked);
}

static void check_all(struct str raw)
{
    for (unsigned flags = 0; flags < 4; flags++)
        check(raw, flags);
}

static void each_byte(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char c = (char)byte, want[8];
        check_all((struct str){&c, 1});
        if (byte >= 0x20 && byte < 0x7f)
            snprintf(want, sizeof want, "%c", c);
        else
            snprintf(want, sizeof want, "\\x%02x", byte);
        gives((struct str){&c, 1}, want);
    }
}

static void each_code_point(void **state)
{
    (void)state;
    for (int32_t code = 0; code <= 0x10ffff; code++) {
        char text[6] = "a";
        size_t n = utf8_put(code, text + 1);
        text[1 + n] = 'b';
        check((struct str){text, n + 2}, 0);
        if (code % 61 == 0 || code < 0x3000)
            check_all((struct str){text, n + 2});
        if (code >= 0x80 && code <= 0x9f) {
            char want[16];
            snprintf(want, sizeof want, "a\\x%02xb", (unsigned)code);
            gives((struct str){text, n + 2}, want);
        }
    }
}

static void plain_text_passes(void **state)
{
    (void)state;
    gives(STR("GET /owa/auth/logon.aspx?x=1&y=~"), "GET /owa/auth/logon.aspx?x=1&y=~");
    gives(STR("caf\xc3\xa9 \xd0\x96 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80"),
          "caf\xc3\xa9 \xd0\x96 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80");
    gives(STR("e\xcc\x81"), "e\xcc\x81");
    gives(STR_NONE, "");
}

static void known_attacks(void **state)
{
    (void)state;
    gives(STR("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
    gives(STR("\x9b"
              "31m"),
          "\\x9b31m");
    gives(STR("\xc2\x9b"
              "31m"),
          "\\x9b31m");
    gives(STR("a\tb\r\nc\0d\x7f"), "a\\x09b\\x0d\\x0ac\\x00d\\x7f");
    gives(STR("gpj.\xe2\x80\xaetxt"), "gpj.<U+202E>txt");
    gives(STR("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9"),
          "<U+061C><U+200E><U+200F><U+202A><U+2066><U+2069>");
    gives(STR("a\xe2\x80\x8b"
              "b\xef\xbb\xbf\xe2\x80\x8d\xc2\xad"),
          "a<U+200B>b<U+FEFF><U+200D><U+00AD>");
    gives(STR("\xf3\xa0\x81\x81\xf3\xa0\x81\xbf"), "<U+E0041><U+E007F>"); /* tag characters */
    gives(STR("\xee\x80\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf\xcd\xb8"),
          "<U+E000><U+FFFF><U+10FFFF><U+0378>");
    gives(STR("\xe2\x80\xa8\xe2\x80\xa9"), "<U+2028><U+2029>");
    gives(STR("x\xef\xb8\x8f\xe3\x85\xa4\xcd\x8f"),
          "x<U+FE0F><U+3164><U+034F>"); /* unseen, though letters */
    /* overlong, surrogates, over the end, alone, cut off */
    gives(STR("\xc0\xaf\xe0\x80\x9b\xed\xa0\x80"), "\\xc0\\xaf\\xe0\\x80\\x9b\\xed\\xa0\\x80");
    gives(STR("\xf4\x90\x80\x80\xf8\x88"), "\\xf4\\x90\\x80\\x80\\xf8\\x88");
    gives(STR("\x80\xbf\xe2\x82"), "\\x80\\xbf\\xe2\\x82");
    /* an escape between the bytes of a character does not hide it */
    gives(STR("\xe2\x1b\x82\xac"), "\\xe2\\x1b\\x82\\xac");
}

static void combining_floods(void **state)
{
    struct buf raw = {0}, want = {0};

    (void)state;
    buf_add_z(&raw, "e");
    buf_add_z(&want, "e");
    for (int i = 0; i < 50; i++) {
        buf_add_z(&raw, "\xcc\x81");
        buf_add_z(&want, i < SAFE_MARKS ? "\xcc\x81" : "<U+0301>");
    }
    buf_add_byte(&want, '\0');
    gives(buf_str(&raw), want.p);
    buf_release(&raw);
    buf_release(&want);
    /* without a base a mark would stand on what is left of the text, or on an escape */
    gives(STR("\xcc\x81"
              "a"),
          "<U+0301>a");
    gives(STR("\x1b\xcc\x81"), "\\x1b<U+0301>");
    gives(STR("\xe1\x87\x87"), "<U+11C7>"); /* a Hangul final has no width either */
    gives(STR("a\xcc\x81\xcc\x81"
              "b\xcc\x81"),
          "a\xcc\x81\xcc\x81"
          "b\xcc\x81");
}

static void marks_come_from_us_alone(void **state)
{
    (void)state;
    assert_true(str_is(safe(STR("\x01"
                                "a\x02"),
                            SAFE_MARKED),
                       "\x01\\x01\x02"
                       "a\x01\\x02\x02"));
    assert_true(str_is(safe(STR("\x01\x02"), 0), "\\x01\\x02"));
    assert_true(str_is(safe(STR("a\xe2\x80\xae"), SAFE_MARKED), "a\x01<U+202E>\x02"));
}

static void other_locales(void **state)
{
    (void)state;
    assert_true(str_is(safe(STR("caf\xc3\xa9 \xe6\x97\xa5"), SAFE_ASCII), "caf<U+00E9> <U+65E5>"));
    assert_true(str_is(safe(STR("e\xcc\x81"), SAFE_ASCII), "e<U+0301>"));
    assert_true(str_is(safe(STR("\xff"), SAFE_ASCII | SAFE_MARKED), "\x01\\xff\x02"));
    if (safe_locale_is_utf8()) {
        setlocale(LC_CTYPE, "C");
        assert_false(safe_locale_is_utf8());
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}

static void printing(void **state)
{
    char got[64] = "";
    FILE *f = tmpfile();

    (void)state;
    safe_print(f, STR("a\x1b"
                      "b\xff"));
    safe_print(f, STR_NONE);
    rewind(f);
    assert_non_null(fgets(got, sizeof got, f));
    fclose(f);
    assert_string_equal(got, "a\\x1bb\\xff");
}

static void random_bytes(void **state)
{
    static const char *const nasty[] = {
        "\x1b", "\xc2", "\x9b",         "\xe2\x80", "\xae",         "\xcc\x81",     "e",
        "\x01", "\x02", "\xf3\xa0\x81", "\xed\xa0", "\xe2\x80\xae", "\xe1\x87\x87", "\xef\xb8\x8f"};
    char raw[64];

    (void)state;
    for (int round = 0; round < 50000; round++) {
        size_t n = 0;
        while (n < sizeof raw - 4 && next_random() % 20) {
            if (round % 2) {
                raw[n++] = (char)next_random();
                continue;
            }
            const char *piece = nasty[next_random() % (sizeof nasty / sizeof nasty[0])];
            memcpy(raw + n, piece, strlen(piece));
            n += strlen(piece);
        }
        check((struct str){raw, n}, next_random() % 4);
    }
}

static int set_up(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    buf_release(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte),         cmocka_unit_test(each_code_point),
        cmocka_unit_test(plain_text_passes), cmocka_unit_test(known_attacks),
        cmocka_unit_test(combining_floods),  cmocka_unit_test(marks_come_from_us_alone),
        cmocka_unit_test(other_locales),     cmocka_unit_test(printing),
        cmocka_unit_test(random_bytes),
    };

    return cmocka_run_group_tests_name("base: terminal safety", tests, set_up, tear_down);
}
