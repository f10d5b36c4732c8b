/* Replacement, translation, code points and the odds and ends: answers by hand and broken UTF-8. */
#include "func_try.h"

static void test_replace(void **state)
{
    (void)state;
    expect("XYbcXYbc", "replace_string", S("abcabc"), S("a"), S("XY"));
    expect("aaaa", "replace_string", S("aaaa"), S(""), S("_"));
    expect("", "replace_string", S("abcabc"), S("abc"), S(""));
    expect("ba", "replace_string", S("aaa"), S("aa"), S("b"));
    expect("O''Brien''s", "replace_string", S("O'Brien's"), S("'"), S("''"));
    expect("", "replace_string", S(""), S("a"), S("b"));
    expect("b-c", "replace_strings", S("a-b"), D("[\"a\",\"b\"]"), D("[\"b\",\"c\"]"));
    expect("x-x-c", "replace_strings", S("aa-b-c"), D("[\"aa\",\"b\",\"\"]"), D("[\"x\"]"));
    expect("11b", "replace_strings", S("aab"), D("[\"a\"]"), D("[1]"));
    expect("a-b", "replace_strings", S("a-b"), D("[]"), D("[]"));
    refused("2 lookups", "replace_strings", S("a"), D("[\"a\",\"b\"]"), D("[\"b\",\"c\",\"d\"]"));
}

static void test_translate(void **state)
{
    (void)state;
    expect("kusto", "translate", S("krasp"), S("otsku"), S("spark"));
    expect("xxx", "translate", S("abc"), S("x"), S("abc"));
    expect("", "translate", S("abc"), S(""), S("ab"));
    expect("\xc3\xa9" "a", "translate", S("e"), S("\xc3\xa9"), S("ea"));
    expect("\xff" "b", "translate", S("a"), S("b"), S("\xff" "a"));
    expect("ab", "translate", S(""), S("x"), S("ab"));
}

static void test_code_points(void **state)
{
    (void)state;
    expect("[97,233,128512]", "unicode_codepoints_from_string", S("a\xc3\xa9\xf0\x9f\x98\x80"));
    expect("[65533,97]", "to_utf8", S("\xff" "a"));
    expect("[]", "to_utf8", S(""));
    expect("Kusto", "unicode_codepoints_to_string", L(75), L(117), L(115), L(116), L(111));
    expect("K\xc3\xa9", "make_string", D("[75,233]"));
    expect("Kus", "make_string", D("[75]"), D("[117,115]"));
    expect("a", "make_string", L(97), L(-1), L(0xD800), L(0x110000), L(INT64_MAX));
    expect("", "make_string", D("[\"a\",null,{}]"));
}

static void test_order(void **state)
{
    (void)state;
    expect("-1", "strcmp", S("alpha"), S("x"));
    expect("1", "strcmp", S("where"), S("kw"));
    expect("-1", "strcmp", S(""), S("z"));
    expect("0", "strcmp", S(""), S(""));
    expect("-1", "strcmp", S("ab"), S("abc"));
    expect("1", "strcmp", S("\xc3\xa9"), S("z"));
    expect("False", "isascii", S("\xc3\xa9"));
    expect("True", "isascii", S(""));
    expect("False", "isutf8", S("\xc3"));
}

static void test_chance(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    (void)state;
    for (int i = 0; i < 100; i++) {
        double r = try_run(a, "rand", NULL, 0, true, &err).r;
        assert_true(r >= 0 && r < 1);
        r = try_run(a, "rand", TRY_ARGS(L(10)), true, &err).r;
        assert_true(r >= 0 && r < 10 && r == (double)(int)r);
        struct str g = try_run(a, "new_guid", NULL, 0, true, &err).s;
        assert_int_equal(g.n, 36);
        assert_true(g.p[14] == '4' && strchr("89ab", g.p[19]));
        struct str other = try_run(a, "new_guid", NULL, 0, true, &err).s;
        assert_false(str_eq(g, other));
    }
    expect_none(NULL, "ingestion_time");
    expect("11", "estimate_data_size", S("abc"), L(1), NIL(TYPE_LONG));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace), cmocka_unit_test(test_translate),
        cmocka_unit_test(test_code_points),
        cmocka_unit_test(test_order), cmocka_unit_test(test_chance),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
