/* String operators, core string functions, conversions, conditionals, access to dynamic values,
 * addresses. */
#include <math.h>

#include "func_try.h"

static void both(const char *op, const char *left, const char *right, bool want)
{
    char not[24];
    snprintf(not, sizeof not, "!%s", op);
    expect(want ? "True" : "False", op, SS(str_of(left)), SS(str_of(right)));
    expect(want ? "False" : "True", not, SS(str_of(left)), SS(str_of(right)));
}

static void test_contains(void **state)
{
    (void)state;
    both("contains", "/OWA/auth", "/owa/", true);
    both("contains", "/ow/a/", "/owa/", false);
    both("contains", "abc", "", true);
    both("contains", "", "", true);
    both("contains", "", "a", false);
    both("contains", "xK", "k", true);
    both("contains", "1\xe2\x84\xaa" "2", "k2", true);     /* the Kelvin sign folds to k */
    both("contains", "\xd0\x9f\xd1\x80\xd0\xb8", "\xd0\xbf\xd0\xa0", true);
    both("contains", "a\xff" "b", "B", true);
    both("contains_cs", "/OWA/", "/owa/", false);
    both("contains_cs", "/owa/", "ow", true);
    expect("True", "notcontains", S("abc"), S("x"));
    expect("False", "containscs", S("abc"), S("B"));
    expect("True", "contains", D("{\"a\": \"xyz\"}"), S("\"XY"));
    expect("False", "contains", D("null"), S("a"));
    expect("True", "!contains", D("null"), S("a"));
    expect("True", "contains", D("null"), S(""));
}

static void test_has(void **state)
{
    (void)state;
    both("has", "category", "cat", false);
    both("has", "a.cat-b", "CAT", true);
    both("has", "KustoExplorerQueryRun", "Explorer", false);
    both("has", "alpha_beta", "alpha", true); /* an underscore is no letter */
    both("has", "alpha2beta", "alpha", false);
    both("has", "1.2.3-rc", "2.3", true);
    both("has", "/owa/auth/x.aspx", "auth/x", true);
    both("has", "foo bar", "foo-bar", false);
    both("has", "xcat cat", "cat", true);
    both("has", "caté cat", "cat", true);
    both("has", "caté", "cat", false);
    both("has", "\xc3\xa9" "cat", "cat", false);
    both("has", "a--b", "--", true);
    both("has", "a-b", "-b", true);
    both("has", "a-bc", "-b", false);
    both("has", "abc", "", true);
    both("has", "", "", true);
    both("has", "x", "x", true);
    both("has", "na\xc3\xafve", "NA\xc3\x8fVE", true);
    both("has", "cat\xff", "cat", true);
    both("has_cs", "a.cat-b", "CAT", false);
    both("has_cs", "a.CAT-b", "CAT", true);
    both("hasprefix", "/owa/Redir.png", "red", true);
    both("hasprefix", "abc", "bc", false);
    both("hasprefix", "abc", "", true);
    both("hasprefix_cs", "a Bc", "B", true);
    both("hasprefix_cs", "a Bc", "b", false);
    both("hassuffix", "end.", "END", true);
    both("hassuffix", "ending", "end", false);
    both("hassuffix", "the end", "nd", true);
    both("hassuffix_cs", "end.", "ND", false);
}

static void test_starts_ends(void **state)
{
    (void)state;
    both("startswith", "FE80::1", "fe80", true);
    both("startswith", "::1", "::", true);
    both("startswith", "fe8", "fe80", false);
    both("startswith", "a", "", true);
    both("startswith", "\xc3\x89t\xc3\xa9", "\xc3\xa9T", true);
    both("startswith", "\xe2\x84\xaa" "x", "kx", true);
    both("startswith_cs", "FE80", "fe80", false);
    both("startswith_cs", "fe80", "fe80", true);
    both("endswith", "a.ASPX", ".aspx", true);
    both("endswith", "end.", "end", false);
    both("endswith", "end", "", true);
    both("endswith", "", "x", false);
    both("endswith", "x\xe2\x84\xaa", "XK", true);
    both("endswith", "k", "\xe2\x84\xaa", true);
    both("endswith", "\xa9", "\xc3\xa9", false);
    both("endswith_cs", "a.ASPX", ".aspx", false);
    both("endswith_cs", "a.aspx", ".aspx", true);
}

static void test_has_lists(void **state)
{
    (void)state;
    expect("True", "has_any", S("/owa/auth/x.aspx"), S("png"), S("ASPX"));
    expect("False", "has_any", S("/owa/auth/x.aspx"), D("[\"asp\", \"ow\"]"));
    expect("True", "has_any", S("port 443"), D("[443]"));
    expect("False", "has_any", S("x"), D("[]"));
    expect("True", "has_all", S("x"), D("[]"));
    expect("True", "has_all", S("/owa/auth"), S("OWA"), S("auth"));
    expect("False", "has_all", S("/owa/auth"), D("[\"owa\", \"png\"]"));
}

static void test_join(void **state)
{
    (void)state;
    expect("a-1-True", "strcat", S("a"), S("-"), L(1), S("-"), B(true));
    expect("", "strcat", NIL(TYPE_LONG));
    expect("ab", "strcat", S("a"), NIL(TYPE_LONG), S("b"));
    expect("1.5x[1]", "strcat", R(1.5), D("\"x\""), D("[1]"));
    expect("a||b", "strcat_delim", S("|"), S("a"), NIL(TYPE_INT), S("b"));
    expect("zzz", "strrep", S("z"), L(3));
    expect("1,1", "strrep", L(1), L(2), S(","));
    expect("", "strrep", S("z"), L(0));
    expect("", "strrep", S("z"), L(-5));
    expect("", "strrep", S(""), L(INT64_MAX));
}

static void test_split(void **state)
{
    (void)state;
    expect("[\"a\",\"\",\"b\"]", "split", S("a,,b"), S(","));
    expect("[\"\"]", "split", S(""), S(","));
    expect("[\"a\",\"b\"]", "split", S("a::b"), S("::"));
    expect("[\"b\"]", "split", S("a=b"), S("="), L(1));
    expect("[\"\"]", "split", S("=b"), S("="), L(0));
    expect(NULL, "split", S("ab"), S("="), L(1));
    expect(NULL, "split", S("ab"), S("="), NIL(TYPE_LONG));
}

/* split_part(s, d, i) is tostring(split(s, d)[i]), whatever s, d and i. */
static void test_split_part(void **state)
{
    const char *texts[] = {"",      ".",   "a",    "a.b", "/owa/auth/Redir.png",
                           "a..b.", "aaa", "aaaa", ".a"};
    const char *delimiters[] = {".", "/", "aa", "..", ""};
    (void)state;
    for (size_t t = 0; t < 9; t++) {
        for (size_t d = 0; d < 5; d++) {
            for (int64_t i = -4; i <= 4; i++) {
                struct arena *a = arena_new();
                struct error err = {0};
                struct buf text = {0};
                struct value args[] = {SS(str_of(texts[t])), SS(str_of(delimiters[d])), L(i)};
                struct value whole = try_run(a, "split", args, 2, true, &err);
                value_text(&text, (struct value){.type = TYPE_DYNAMIC, .s = dyn_at(whole.s, i)});
                try_expect(__FILE__, __LINE__, str_z(a, buf_str(&text)), "split_part", args, 3);
                buf_release(&text);
                arena_free(a);
            }
        }
    }
}

static void test_substring(void **state)
{
    (void)state;
    expect("c", "substring", S("abc"), L(-1), L(2));
    expect("ll", "substring", S("hello"), L(-3), L(2));
    expect("", "substring", S("hello"), L(-100), L(3));
    expect("", "substring", S("hello"), L(2), L(0));
    expect("", "substring", S("hello"), L(2), L(-1));
    expect("def", "substring", S("abcdef"), L(3));
    expect("", "substring", S("abc"), L(100));
    expect("\xc3\xa9" "b", "substring", S("a\xc3\xa9" "b"), L(1));
    expect("\xff", "substring", S("a\xff" "b"), L(1), L(1));
    expect("", "substring", S("abc"), NIL(TYPE_LONG));
    expect("bc", "substring", S("abc"), L(1), L(INT64_MAX));
    expect("", "substring", S("abc"), L(INT64_MIN), L(1));
}

static void test_indexof(void **state)
{
    (void)state;
    expect("0", "indexof", S("abcabcabc"), S("a"));
    expect("3", "indexof", S("abcabcabc"), S("a"), L(2));
    expect("-1", "indexof", S("abc"), S("z"));
    expect("-1", "indexof", S("abc"), S("a"), L(9));
    expect("3", "indexof", S("abcabc"), S("a"), L(-3));
    expect("0", "indexof", S("abc"), S("a"), L(-30));
    expect("-1", "indexof", S("abcabc"), S("c"), L(0), L(2));
    expect("2", "indexof", S("abcabc"), S("c"), L(0), L(3));
    expect("5", "indexof", S("abcabc"), S("c"), L(0), L(-1), L(2));
    expect("1", "indexof", S("\xc3\xa9" "b"), S("b"));
    expect("-1", "indexof", S(""), S("b"));
    expect(NULL, "indexof", S("abc"), S(""));
    expect(NULL, "indexof", S("abc"), S("a"), NIL(TYPE_LONG));
}

static void test_letters(void **state)
{
    (void)state;
    expect("4", "strlen", S("caf\xc3\xa9"));
    expect("1", "strlen", S("\xf0\x9f\x98\x80"));
    expect("5", "string_size", S("caf\xc3\xa9"));
    expect("0", "strlen", S(""));
    expect("ab\xc3\xa9\xff", "tolower", S("AB\xc3\x89\xff"));
    expect("\xd0\x9c\xd0\x98\xd0\xa0", "toupper", S("\xd0\xbc\xd0\xb8\xd1\x80"));
    expect("b\xc3\xb1" "a", "reverse", S("a\xc3\xb1" "b"));
    expect("", "reverse", S(""));
}

static void test_to_whole(void **state)
{
    (void)state;
    expect("42", "toint", S("  42  "));
    expect(NULL, "toint", S("3.14"));
    expect(NULL, "toint", S("2147483648"));
    expect("-2147483648", "toint", S("-2147483648"));
    expect("255", "toint", S("0xFF"));
    expect("-1", "tolong", S("0xFFFFFFFFFFFFFFFF"));
    expect(NULL, "tolong", S("-0x10"));
    expect(NULL, "tolong", S("0x"));
    expect(NULL, "tolong", S(""));
    expect(NULL, "tolong", S("1,000"));
    expect(NULL, "tolong", S("9223372036854775808"));
    expect("-9223372036854775808", "tolong", S("-9223372036854775808"));
    expect("2", "toint", R(2.9));
    expect("-2", "tolong", R(-2.9));
    expect("2147483647", "toint", R(1e19));
    expect("9223372036854775807", "tolong", R(1e19));
    expect("-9223372036854775808", "tolong", R(-1e19));
    expect(NULL, "tolong", R(NAN));
    expect("1", "toint", B(true));
    expect("864000000000", "tolong", P(INT64_C(864000000000)));
    expect("1640261632", "toint", P(INT64_C(36000000000)));
    expect("-2147483648", "toint", D("2147483648"));
    expect("1", "toint", D("1.9"));
    expect("42", "toint", D("\"42\""));
    expect(NULL, "toint", D("\"3.14\""));
    expect("16", "tolong", D("\"0x10\""));
    expect("1", "tolong", D("true"));
    expect(NULL, "tolong", D("[1]"));
    expect(NULL, "tolong", D("null"));
    expect(NULL, "toint", NIL(TYPE_REAL));
}

static void test_to_others(void **state)
{
    (void)state;
    expect("3.14", "toreal", S(" 3.14 "));
    expect(NULL, "toreal", S(""));
    expect("NaN", "todouble", S("nan"));
    expect(NULL, "todouble", S("INF"));
    expect("-inf", "todouble", S("-inf"));
    expect("inf", "todouble", S("+Infinity"));
    expect("inf", "todouble", S("1e400"));
    expect("0.0", "todouble", S("1e-400"));
    expect("5e-324", "todouble", S("4.9e-324"));
    expect(NULL, "todouble", D("\"0x10\""));
    expect("1.0", "todouble", D("true"));
    expect("864000000000.0", "todouble", P(INT64_C(864000000000)));
    expect("True", "tobool", S("TRUE"));
    expect("False", "tobool", S("0"));
    expect("True", "tobool", D("\"42\""));
    expect(NULL, "tobool", S("yes"));
    expect(NULL, "tobool", S("1.0"));
    expect("True", "tobool", R(0.5));
    expect("2020-01-02T00:00:00.0000000Z", "todatetime", S("2020-01-02"));
    expect(NULL, "todatetime", S("not a date"));
    expect("0001-01-01T00:00:00.0000005Z", "todatetime", L(5));
    expect(NULL, "todatetime", L(-1));
    expect(NULL, "todatetime", L(INT64_MAX));
    expect("1.02:03:04.5000000", "totimespan", S("1.02:03:04.5"));
    expect(NULL, "totimespan", S("x"));
    expect("00:00:00.0000007", "totimespan", L(7));
    expect("0a6f2d1c-0000-4000-8000-0123456789ab", "toguid", S("0A6F2D1C0000400080000123456789AB"));
    expect(NULL, "toguid", S("0A6F2D1C-0000-4000-8000-0123456789A"));
    expect(NULL, "toguid", S("0A6F2D1C-0000-4000-8000-0123456789AG"));
}

static void test_to_text(void **state)
{
    (void)state;
    expect("True", "tostring", B(true));
    expect("1.0", "tostring", R(1));
    expect("", "tostring", NIL(TYPE_LONG));
    expect("", "tostring", D("null"));
    expect("x", "tostring", D("\"x\""));
    expect("true", "tostring", D("true"));
    expect("{\"a\":[1,\"b\"]}", "tostring", D("{ \"a\": [1, \"b\"] }"));
    expect("2020-01-01T00:00:00.0000000Z", "tostring", T("2020-01-01"));
    expect("[1,2]", "parse_json", S(" [1, 2] "));
    expect("no json", "todynamic", S("no json"));
    expect(NULL, "parse_json", S(""));
    expect(NULL, "parse_json", S("null"));
    expect("7", "todynamic", L(7));
}

static void test_gettype(void **state)
{
    (void)state;
    expect("long", "gettype", L(1));
    expect("real", "gettype", R(1));
    expect("string", "gettype", S(""));
    expect("datetime", "gettype", T("2020-01-01"));
    expect("null", "gettype", D("null"));
    expect("long", "gettype", D("1"));
    expect("double", "gettype", D("1.5"));
    expect("string", "gettype", D("\"s\""));
    expect("array", "gettype", D("[]"));
    expect("dictionary", "gettype", D("{}"));
    expect("bool", "gettype", D("true"));
}

static void test_conditionals(void **state)
{
    (void)state;
    expect("f", "iff", NIL(TYPE_BOOL), S("t"), S("f"));
    expect("t", "iif", B(true), S("t"), S("f"));
    expect("2.5", "iff", B(false), L(1), R(2.5));
    expect(NULL, "iff", B(true), NIL(TYPE_LONG), L(1));
    expect("[1]", "iff", B(true), D("[1]"), D("null"));
    expect("b", "case", NIL(TYPE_BOOL), S("a"), B(true), S("b"), S("c"));
    expect("c", "case", B(false), S("a"), B(false), S("b"), S("c"));
    expect("3", "case", B(false), I(1), L(3));
    expect("x", "coalesce", S(""), S("x"));
    expect("", "coalesce", S(""), S(""));
    expect("5", "coalesce", NIL(TYPE_INT), NIL(TYPE_INT), L(5), L(7));
    expect(NULL, "coalesce", NIL(TYPE_INT), NIL(TYPE_INT));
    expect("1", "coalesce", D("null"), D("1"));
    expect("True", "isnull", NIL(TYPE_REAL));
    expect("False", "isnull", S(""));
    expect("True", "isnull", D("null"));
    expect("True", "isnotnull", L(0));
    expect("True", "isempty", S(""));
    expect("False", "isempty", S("-"));
    expect("True", "isempty", NIL(TYPE_LONG));
    expect("False", "isempty", L(0));
    expect("True", "isempty", D("\"\""));
    expect("False", "isempty", D("[]"));
    expect("True", "isnotempty", S("a"));
    expect("False", "notempty", S(""));
    expect("False", "notnull", NIL(TYPE_BOOL));
}

static void test_case_arity(void **state)
{
    enum type args[] = {TYPE_BOOL, TYPE_STRING, TYPE_BOOL, TYPE_STRING}, result, cast[4];
    const char *why;
    (void)state;
    assert_null(func_pick(func_find(STR("case")), args, 4, &result, cast, &why));
    assert_null(func_pick(func_find(STR("case")), args, 1, &result, cast, &why));
    assert_null(func_pick(func_find(STR("coalesce")), args + 1, 1, &result, cast, &why));
    assert_null(func_pick(func_find(STR("now")), args, 1, &result, cast, &why));
    assert_null(func_pick(func_find(STR("strlen")), args, 0, &result, cast, &why));
    assert_null(func_pick(func_find(STR("strlen")), args, 2, &result, cast, &why));
}

static void test_members(void **state)
{
    (void)state;
    expect("30", "[]", D("[10, 20, 30]"), L(-1));
    expect("10", "[]", D("[10, 20, 30]"), L(0));
    expect(NULL, "[]", D("[10, 20, 30]"), L(3));
    expect(NULL, "[]", D("[null]"), L(0));
    expect(NULL, "[]", D("{\"a\": 1}"), L(0));
    expect(NULL, "[]", D("null"), L(0));
    expect(NULL, "[]", D("[1]"), NIL(TYPE_LONG));
    expect("1", "[]", D("{\"a\": 1}"), S("a"));
    expect(NULL, "[]", D("{\"a\": 1}"), S("A"));
    expect("1", "[]", D("{\"a\": 1}"), D("\"a\""));
    expect("2", "[]", D("[1, 2]"), D("1"));
    expect("{\"b\":null}", ".", D("{\"a\": {\"b\": null}}"), S("a"));
    expect(NULL, ".", D("{\"a\": null}"), S("a"));
    expect("2", "array_length", D("[1, null]"));
    expect("0", "arraylength", D("[]"));
    expect(NULL, "array_length", D("{}"));
    expect(NULL, "array_length", D("null"));
}

static void test_private(void **state)
{
    const char *privates[] = {"10.0.0.0",       "10.255.255.255", "172.16.0.1",
                              "172.31.255.255", "192.168.1.1",    "192.168.1.1/24"};
    const char *others[] = {"127.0.0.1",  "169.254.1.1",     "172.15.0.1",
                            "172.32.0.1", "192.169.0.1",     "8.8.8.8",
                            "0.0.0.0",    "255.255.255.255", "11.0.0.0/8"};
    const char *none[] = {"",          "-",         "::1",       "fe80::1",    "host",
                          "1.2.3",     "1.2.3.4.5", "256.1.1.1", "1.2.3.4/33", "010.0.0.1",
                          " 10.0.0.1", "10.0.0.1 ", "1..2.3",    "1.2.3.4/",   "10.0.0.1:80",
                          "+1.2.3.4",  "1.2.3.0004"};
    (void)state;
    for (size_t i = 0; i < sizeof privates / sizeof *privates; i++)
        expect("True", "ipv4_is_private", SS(str_of(privates[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect("False", "ipv4_is_private", SS(str_of(others[i])));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect(NULL, "ipv4_is_private", SS(str_of(none[i])));
}

/* Every row that people can call has help and an example. */
static void test_rows_are_complete(void **state)
{
    const struct func *f;
    (void)state;
    for (size_t i = 0; (f = func_row(i)) != NULL; i++) {
        assert_ptr_equal(func_find(str_of(f->name)), f); /* no name twice */
        assert_non_null(f->help);
        assert_non_null(f->args_help);
        bool internal = (f->flags & FUNC_OPERATOR) &&
                        (!strncmp(f->name, "cast_", 5) || !strcmp(f->name, "split_part"));
        if (!internal && !f->example && !(f->flags & FUNC_WINDOW))
            fail_msg("%s has no example", f->name);
        assert_non_null(f->forms[0].args);
    }
    const struct aggregate *g;
    for (size_t i = 0; (g = aggregate_row(i)) != NULL; i++) {
        assert_ptr_equal(aggregate_find(str_of(g->name)), g);
        assert_true(g->help && g->args_help && g->example && g->expect);
    }
    assert_null(func_find(STR("Tostring")));
    assert_null(aggregate_find(STR("Count")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contains),     cmocka_unit_test(test_has),
        cmocka_unit_test(test_starts_ends),  cmocka_unit_test(test_has_lists),
        cmocka_unit_test(test_join),         cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_part),   cmocka_unit_test(test_substring),
        cmocka_unit_test(test_indexof),      cmocka_unit_test(test_letters),
        cmocka_unit_test(test_to_whole),     cmocka_unit_test(test_to_others),
        cmocka_unit_test(test_to_text),      cmocka_unit_test(test_gettype),
        cmocka_unit_test(test_conditionals), cmocka_unit_test(test_case_arity),
        cmocka_unit_test(test_members),      cmocka_unit_test(test_private),
        cmocka_unit_test(test_rows_are_complete),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
