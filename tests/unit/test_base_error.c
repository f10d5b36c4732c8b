/* Errors: their text, their place and caret, and the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/utf8.h"

#define assert_str(s, z) assert_true(str_is((s), (z)))

static void distances(void **state)
{
    (void)state;
    assert_int_equal(str_distance(STR("tostrin"), STR("tostring")), 1);
    assert_int_equal(str_distance(STR("abc"), STR("abc")), 0);
    assert_int_equal(str_distance(STR("csUriStem"), STR("csuristem")), 1); /* two letters' case */
    assert_int_equal(str_distance(STR("hte"), STR("the")), 1);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting")), 3);
    assert_int_equal(str_distance(STR(""), STR("abc")), 3);
    assert_int_equal(str_distance(STR("xyz"), STR("abc")), 3);
}

static void did_you_mean(void **state)
{
    struct nearest n;

    (void)state;
    nearest_init(&n, STR("tostrin"));
    nearest_offer(&n, STR("toint"));
    nearest_offer(&n, STR("tostring"));
    nearest_offer(&n, STR("strlen"));
    assert_str(nearest_found(&n), "tostring");
    nearest_init(&n, STR("quite_other"));
    nearest_offer(&n, STR("tostring"));
    assert_null(nearest_found(&n).p);
    nearest_init(&n, STR("x"));
    nearest_offer(&n, STR("y"));
    assert_null(nearest_found(&n).p);
}

static struct str shown(const struct error *err, struct buf *b)
{
    buf_reset(b);
    error_text(err, b);
    return buf_str(b);
}

static void errors(void **state)
{
    struct error err = {0};
    struct buf b = {0};

    (void)state;
    assert_false(error_context(&err, "nothing yet"));
    assert_false(err.set);
    assert_false(error_set(&err, "no %s", "luck"));
    assert_false(error_set(&err, "later"));
    assert_false(error_context(&err, "reading %s", "x.log"));
    assert_str(shown(&err, &b), "reading x.log: no luck");
    err = (struct error){0};
    error_set(&err, "%0*d", 2000, 1); /* cut, not overrun */
    error_context(&err, "front");
    assert_true(str_starts(shown(&err, &b), STR("front: 000")));
    err = (struct error){0};
    error_set(&err, "bad \x1b[31m");
    assert_str(shown(&err, &b), "bad \\x1b[31m");
    buf_release(&b);
}

static void error_places(void **state)
{
    /* the query of a YAML block that begins on line 22 and is indented by two */
    struct source_text source = {.name = STR("rules/x.yaml"),
                                 .text = STR("T\r\n| extend file_ext = tostrin(x)\r\n"),
                                 .first_line = 22,
                                 .indent = 2};
    struct error err = {0};
    struct buf b = {0};
    int line, column;

    (void)state;
    source_place(&source, 23, &line, &column);
    assert_int_equal(line, 23);
    assert_int_equal(column, 23);
    error_at(&err, &source, (struct span){23, 30}, "unknown function '%s'", "tostrin");
    assert_str(shown(&err, &b), "rules/x.yaml:23:23: unknown function 'tostrin'\n"
                                "  | extend file_ext = tostrin(x)\n"
                                "                      ^~~~~~~");
    err = (struct error){0};
    source = (struct source_text){
        .name = STR("query"), .text = STR("\t\xe6\x97\xa5\x1b x"), .first_line = 1};
    error_at(&err, &source, (struct span){6, 7}, "here");
    /* the tab is one column, the ideograph two, the escape four */
    assert_true(str_ends(shown(&err, &b), STR("\\x1b x\n          ^")) ||
                str_ends(shown(&err, &b), STR("\\x1b x\n                ^"))); /* no UTF-8 locale */
    assert_int_equal(err.place.column, 5);
    buf_release(&b);
}

/* However narrow the place and wherever the span: no line is wider, and the caret is under it. */
static void a_long_line_is_cut_around_the_caret(void **state)
{
    struct buf b = {0};
    char line[300];

    (void)state;
    for (size_t at = 0; at < sizeof line; at += 7) {
        memset(line, 'x', sizeof line);
        line[at] = 'Y';
        struct source_text source = {.name = STR("q"), .text = {line, sizeof line}};
        struct error err = {0};
        error_at(&err, &source, (struct span){(uint32_t)at, (uint32_t)at + 1}, "e");
        for (int columns = 20; columns < 320; columns += 30) {
            buf_reset(&b);
            error_text_in(&err, columns, &b);
            struct str rest = buf_str(&b);
            str_cut(&rest, '\n');
            struct str shown_line = str_cut(&rest, '\n');
            size_t y = str_find_byte(shown_line, 'Y'), caret = str_find_byte(rest, '^');
            assert_true(y < shown_line.n && caret < rest.n);
            assert_true(utf8_length(shown_line) <= (size_t)columns);
            assert_true(rest.n <= (size_t)columns);
            assert_int_equal(utf8_length(str_sub(shown_line, 0, y)), caret);
            if (columns > 302)
                assert_int_equal(shown_line.n, 302); /* all of it, and two blanks */
        }
    }
    buf_release(&b);
}

static void error_at_the_edges(void **state)
{
    struct source_text none = {.name = STR("q"), .text = STR_NONE, .first_line = 1};
    struct error err = {0};
    struct buf b = {0};
    char line[3000];

    (void)state;
    error_at(&err, &none, (struct span){9, 3}, "empty");
    assert_str(shown(&err, &b), "q:1:1: empty");
    memset(line, 'x', sizeof line);
    line[2000] = 'Y';
    struct source_text longer = {.name = STR("q"), .text = {line, sizeof line}, .first_line = 1};
    err = (struct error){0};
    error_at(&err, &longer, (struct span){2000, 2001}, "far");
    assert_int_equal(err.place.column, 2001);
    struct str text = shown(&err, &b);
    size_t y = str_find_byte(text, 'Y'), caret = str_find_byte(text, '^');
    size_t start = str_find_byte(text, '\n') + 1;
    size_t second = start + str_find_byte(str_sub(text, start, text.n), '\n') + 1;
    assert_true(y < text.n && caret < text.n);
    assert_int_equal(y - start, caret - second); /* the caret is under it */
    err = (struct error){0};
    error_at(&err, &longer, (struct span){3000, 3000}, "end");
    assert_int_equal(err.place.column, 3001);
    shown(&err, &b);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(did_you_mean),
        cmocka_unit_test(errors),
        cmocka_unit_test(error_places),
        cmocka_unit_test(error_at_the_edges),
        cmocka_unit_test(a_long_line_is_cut_around_the_caret),
    };

    return cmocka_run_group_tests_name("base: errors", tests, NULL, NULL);
}
