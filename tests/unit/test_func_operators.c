/* Comparison, logic, arithmetic and lists: values, null on either side and on both, mixed types,
 * and what the types refuse. */
#include <math.h>

#include "func_try.h"

#define DAY INT64_C(864000000000)
#define HOUR (DAY / 24)

/* One side null: == is false, != true; both: null (KQL.md 2.3). */
static void test_null_equality(void **state)
{
    enum type types[] = {TYPE_BOOL,    TYPE_INT,      TYPE_LONG,    TYPE_REAL,
                         TYPE_DECIMAL, TYPE_DATETIME, TYPE_TIMESPAN};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct value zero = {.type = types[i]};
        expect("False", "==", zero, NIL(types[i]));
        expect("False", "==", NIL(types[i]), zero);
        expect(NULL, "==", NIL(types[i]), NIL(types[i]));
        expect("True", "!=", zero, NIL(types[i]));
        expect("True", "<>", NIL(types[i]), zero);
        expect(NULL, "!=", NIL(types[i]), NIL(types[i]));
        expect("True", "==", zero, zero);
        expect("False", "!=", zero, zero);
    }
}

static void test_null_order(void **state)
{
    const char *ops[] = {"<", "<=", ">", ">="};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        expect(NULL, ops[i], L(1), NIL(TYPE_LONG));
        expect(NULL, ops[i], NIL(TYPE_REAL), L(1));
        expect(NULL, ops[i], NIL(TYPE_DATETIME), NIL(TYPE_DATETIME));
        expect(NULL, ops[i], D("null"), L(1));
        expect(NULL, ops[i], D("[1]"), L(1));
    }
    expect(NULL, "between", NIL(TYPE_LONG), L(1), L(2));
    expect(NULL, "!between", NIL(TYPE_LONG), L(1), L(2));
    expect(NULL, "between", L(1), NIL(TYPE_LONG), L(2));
}

static void test_equality(void **state)
{
    (void)state;
    expect("True", "==", I(5), L(5));
    expect("True", "==", L(2), R(2.0));
    expect("False", "==", L(2), R(2.5));
    expect("False", "==", R(NAN), R(NAN));
    expect("True", "!=", R(NAN), R(NAN));
    expect("True", "==", S("a"), S("a"));
    expect("False", "==", S("a"), S("A"));
    expect("True", "==", S(""), S(""));
    expect("False", "==", S("ab"), S("a"));
    /* text and number: the number's text */
    expect("True", "==", S("200"), L(200));
    expect("True", "==", I(404), S("404"));
    expect("False", "==", S("0200"), L(200));
    expect("True", "!=", S(""), L(0));
    expect("True", "==", S("1.5"), R(1.5));
    /* dynamic: what is in it */
    expect("True", "==", D("1"), L(1));
    expect("True", "==", D("1"), R(1.0));
    expect("True", "==", D("\"x\""), S("x"));
    expect("False", "==", D("\"x\""), S("y"));
    expect("True", "==", D("true"), B(true));
    expect("False", "==", D("[1]"), L(1));
    expect("False", "==", D("null"), L(1));
    expect("True", "!=", D("null"), L(1));
    expect("False", "==", D("null"), S(""));
    expect("True", "==", D("\"2020-01-01\""), T("2020-01-01"));
}

static void test_fold_equality(void **state)
{
    (void)state;
    expect("True", "=~", S("CAF\xc3\x89"), S("caf\xc3\xa9"));
    expect("False", "=~", S("cafe\xcc\x81"), S("caf\xc3\xa9")); /* no normalisation */
    expect("False", "!~", S("GET"), S("get"));
    expect("True", "!~", S("GET"), S("PUT"));
    expect("True", "=~", S("\xd0\x9f\xd0\xa0\xd0\x98"), S("\xd0\xbf\xd1\x80\xd0\xb8"));
    expect("False", "=~", S("Stra\xc3\x9f" "e"), S("STRASSE"));
    expect("True", "=~", D("\"A\""), S("a"));
}

static void test_order(void **state)
{
    (void)state;
    expect("True", "<", I(1), R(1.5));
    expect("True", ">=", L(2), I(2));
    expect("False", ">", P(HOUR * 24), P(HOUR * 25));
    expect("True", "<=", T("2020-01-01"), T("2020-01-01"));
    expect("False", "<", R(NAN), R(1));
    expect("False", ">=", R(NAN), R(1));
    expect("True", "<", D("1.5"), L(2));
    expect("False", ">", L(1), D("2"));
    expect("True", "between", L(2), R(1.5), R(2.5));
    expect("True", "between", L(1), L(1), L(3));
    expect("True", "between", L(3), L(1), L(3));
    expect("False", "between", L(4), L(1), L(3));
    expect("True", "!between", L(4), L(1), L(3));
    expect("True", "between", T("2020-01-02"), T("2020-01-01"), P(DAY));
    expect("False", "between", T("2020-01-02T00:00:01Z"), T("2020-01-01"), P(DAY));
    expect("True", "between", D("2"), L(1), L(3));
}

static void expect_refused(const char *name, enum type x, enum type y, const char *why_part)
{
    enum type args[] = {x, y}, result, cast[2];
    const char *why = NULL;
    assert_null(func_pick(func_find(str_of(name)), args, 2, &result, cast, &why));
    if (why_part && (!why || !strstr(why, why_part)))
        fail_msg("%s: why is %s", name, why ? why : "NULL");
}

static void test_type_errors(void **state)
{
    (void)state;
    expect_refused("<", TYPE_STRING, TYPE_LONG, "toint");
    expect_refused(">=", TYPE_STRING, TYPE_STRING, "strcmp");
    expect_refused("<", TYPE_BOOL, TYPE_BOOL, NULL);
    expect_refused("<", TYPE_DATETIME, TYPE_LONG, NULL);
    expect_refused("==", TYPE_DYNAMIC, TYPE_DYNAMIC, "dynamic");
    expect_refused("==", TYPE_BOOL, TYPE_LONG, "convert");
    expect_refused("==", TYPE_DATETIME, TYPE_STRING, NULL);
    expect_refused("==", TYPE_GUID, TYPE_STRING, NULL);
    expect_refused("in", TYPE_DATETIME, TYPE_LONG, "list");
    expect_refused("+", TYPE_STRING, TYPE_STRING, "strcat");
    expect_refused("*", TYPE_DYNAMIC, TYPE_LONG, "dynamic");
    expect_refused("+", TYPE_DATETIME, TYPE_DATETIME, NULL);
    expect_refused("+", TYPE_BOOL, TYPE_BOOL, NULL);
    expect_refused("[]", TYPE_STRING, TYPE_LONG, "parse_json");
    expect_refused("and", TYPE_LONG, TYPE_BOOL, NULL);
}

static void expect_type(const char *name, enum type x, enum type y, enum type want)
{
    enum type args[] = {x, y}, result = TYPE_NONE, cast[2];
    const char *why = NULL;
    assert_non_null(func_pick(func_find(str_of(name)), args, 2, &result, cast, &why));
    assert_string_equal(type_name(result), type_name(want));
}

static void test_result_types(void **state)
{
    const char *ops[] = {"+", "-", "*", "/", "%"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        expect_type(ops[i], TYPE_INT, TYPE_INT, TYPE_LONG);
        expect_type(ops[i], TYPE_INT, TYPE_LONG, TYPE_LONG);
        expect_type(ops[i], TYPE_LONG, TYPE_REAL, TYPE_REAL);
        expect_type(ops[i], TYPE_DECIMAL, TYPE_LONG, TYPE_DECIMAL);
        expect_type(ops[i], TYPE_DECIMAL, TYPE_REAL, TYPE_REAL);
    }
    expect_type("/", TYPE_TIMESPAN, TYPE_TIMESPAN, TYPE_REAL);
    expect_type("/", TYPE_TIMESPAN, TYPE_INT, TYPE_TIMESPAN);
    expect_type("*", TYPE_REAL, TYPE_TIMESPAN, TYPE_TIMESPAN);
    expect_type("%", TYPE_TIMESPAN, TYPE_TIMESPAN, TYPE_TIMESPAN);
    expect_type("-", TYPE_DATETIME, TYPE_DATETIME, TYPE_TIMESPAN);
    expect_type("-", TYPE_DATETIME, TYPE_TIMESPAN, TYPE_DATETIME);
    expect_type("+", TYPE_TIMESPAN, TYPE_DATETIME, TYPE_DATETIME);
    expect_type("bin", TYPE_INT, TYPE_INT, TYPE_LONG);
    expect_type("bin", TYPE_DATETIME, TYPE_TIMESPAN, TYPE_DATETIME);
    expect_type("coalesce", TYPE_INT, TYPE_LONG, TYPE_LONG);
    expect_type("==", TYPE_NONE, TYPE_LONG, TYPE_BOOL);
}

/* false wins over null in `and`, true in `or`. */
static void test_logic(void **state)
{
    struct value t = B(true), f = B(false), n = NIL(TYPE_BOOL);
    (void)state;
    expect("True", "and", t, t);
    expect("False", "and", t, f);
    expect("False", "and", f, n);
    expect("False", "and", n, f);
    expect(NULL, "and", n, t);
    expect(NULL, "and", n, n);
    expect("False", "or", f, f);
    expect("True", "or", f, t);
    expect("True", "or", n, t);
    expect("True", "or", t, n);
    expect(NULL, "or", n, f);
    expect(NULL, "or", n, n);
    expect("False", "and", t, n, f);
    expect("False", "not", t);
    expect("True", "not", f);
    expect(NULL, "not", n);
}

static void test_integers(void **state)
{
    (void)state;
    expect("3", "/", L(7), L(2));
    expect("-3", "/", L(-7), L(2));
    expect("-3", "/", L(7), L(-2));
    expect("0", "/", I(-1), I(2));
    expect("2", "%", L(-7), L(3));
    expect("1", "%", L(7), L(-3));
    expect("2", "%", L(-10), L(-4));
    expect("0", "%", L(-9), L(3));
    expect(NULL, "/", L(1), L(0));
    expect(NULL, "%", I(1), I(0));
    expect("-9223372036854775808", "+", L(INT64_MAX), L(1));
    expect("9223372036854775807", "-", L(INT64_MIN), L(1));
    expect("-9223372036854775808", "/", L(INT64_MIN), L(-1));
    expect("0", "%", L(INT64_MIN), L(-1));
    expect("-2", "*", L(INT64_MAX), L(2));
    expect("4294967294", "*", I(2147483647), I(2));
    expect("-5", "neg", I(5));
    expect("-9223372036854775808", "neg", L(INT64_MIN));
    expect(NULL, "+", L(1), NIL(TYPE_LONG));
    expect(NULL, "*", NIL(TYPE_INT), NIL(TYPE_INT));
    expect(NULL, "neg", NIL(TYPE_REAL));
}

static void test_reals(void **state)
{
    struct value third = {.type = TYPE_DECIMAL, .r = 0.1}, fifth = {.type = TYPE_DECIMAL, .r = 0.2};
    (void)state;
    expect("3.5", "+", L(1), R(2.5));
    expect("0.30000000000000007", "+", R(0.1), R(0.2));
    expect("0.3", "+", third, fifth); /* decimals add as decimals */
    expect("inf", "/", R(1), R(0));
    expect("NaN", "/", R(0), L(0));
    expect("0.5", "%", R(-7.5), L(2));
    expect("1.5", "%", R(7.5), L(2));
    expect("2.0", "%", L(7), R(2.5));
    expect("NaN", "%", R(1), R(0));
    expect("-1.5", "neg", R(1.5));
}

static void test_times(void **state)
{
    (void)state;
    expect("1.00:00:00", "-", T("2020-01-02"), T("2020-01-01"));
    expect("2020-01-02T00:00:00.0000000Z", "+", T("2020-01-01"), P(DAY));
    expect("2019-12-31T00:00:00.0000000Z", "-", T("2020-01-01"), P(DAY));
    expect("24.0", "/", P(-DAY), P(-HOUR));
    expect("04:00:00", "%", P(DAY), P(5 * HOUR));
    expect("00:45:00", "/", P(HOUR + HOUR / 2), L(2));
    expect("2.12:00:00", "*", P(DAY), R(2.5));
    expect("-02:00:00", "*", L(-2), P(HOUR));
    expect(NULL, "/", P(DAY), L(0));
    expect(NULL, "/", P(DAY), R(0));
    expect(NULL, "*", P(DAY), R(1e300));
    expect(NULL, "-", T("0001-01-01"), P(1)); /* out of the calendar */
    expect(NULL, "+", T("9999-12-31"), P(DAY));
    expect(NULL, "+", T("2020-01-01"), P(INT64_MAX));
    expect(NULL, "+", T("2020-01-01"), NIL(TYPE_TIMESPAN));
}

static void test_bin(void **state)
{
    (void)state;
    expect("-6", "bin", L(-5), L(2));
    expect("-6", "floor", I(-5), I(2));
    expect("4", "bin", L(4), L(2));
    expect(NULL, "bin", L(4), L(0));
    expect(NULL, "bin", L(4), L(-1));
    expect(NULL, "bin", R(4), R(0));
    expect(NULL, "bin", L(4), NIL(TYPE_LONG));
    expect("-6.0", "bin", R(-5.5), L(1));
    expect("1955-10-31T00:00:00.0000000Z", "bin", T("1955-11-05"), P(7 * DAY));
    expect("2007-02-14T00:00:00.0000000Z", "bin", T("2007-03-09"), P(30 * DAY));
    expect("1969-12-31T23:00:00.0000000Z", "bin", T("1969-12-31 23:30"), P(HOUR));
    expect("-01:00:00", "bin", P(-1), P(HOUR));
}

static void test_in(void **state)
{
    (void)state;
    expect("True", "in", S("a"), S("b"), S("a"));
    expect("False", "in", S("a"), S("A"), S("b"));
    expect("True", "in~", S("a"), S("A"), S("b"));
    expect("False", "!in~", S("ASPX"), D("[\"aspx\", \"ashx\", \"asp\"]"));
    expect("True", "!in~", S("png"), D("[\"aspx\", \"ashx\", \"asp\"]"));
    expect("True", "!in~", S(""), D("[\"aspx\"]"));
    expect("True", "in", S(""), D("[\"\"]"));
    expect("True", "in", L(2), D("[1, 2]"), L(7));
    expect("True", "in", L(7), D("[1, 2]"), L(7));
    expect("False", "in", L(3), D("[1, 2]"), L(7));
    expect("True", "in", L(2), R(2.0));
    expect("False", "in", L(2), R(2.5));
    expect("True", "in", R(2.5), L(1), R(2.5));
    expect("True", "in", T("2020-01-01"), T("2019-01-01"), T("2020-01-01"));
    expect("True", "in", B(true), B(false), B(true));
    /* text and number meet as in == */
    expect("True", "in", S("200"), L(200), L(404));
    expect("True", "in", L(200), D("[\"200\"]"));
    expect("False", "in", L(200), D("[\"0200\"]"));
    /* null: in none, and null elements are nobody's equal */
    expect("False", "in", NIL(TYPE_LONG), L(1));
    expect("True", "!in", NIL(TYPE_LONG), L(1));
    expect("True", "!in", L(1), NIL(TYPE_LONG));
    expect("False", "in", L(1), D("[null, 2]"));
    expect("False", "in", S("a"), D("[]"));
    expect("True", "!in", S("a"), D("[]"));
    expect("True", "!in", S("a"), D("null"));
    /* a dynamic left side */
    expect("True", "in", D("\"a\""), S("a"));
    expect("True", "in~", D("\"A\""), S("a"));
    expect("False", "in", D("null"), S("a"));
    expect("False", "in", D("[\"a\"]"), S("a"));
}

/* Beyond the few that are compared one by one, and beyond ASCII. */
static void test_in_many(void **state)
{
    struct value list = D("[\"a0\",\"a1\",\"a2\",\"a3\",\"a4\",\"a5\",\"a6\",\"a7\",\"a8\","
                          "\"Kelvin\",\"\xc3\xa9t\xc3\xa9\"]");
    (void)state;
    expect("True", "in~", S("A7"), list);
    expect("False", "in", S("A7"), list);
    expect("True", "in", S("a8"), list);
    expect("False", "in~", S("a9"), list);
    expect("True", "in~", S("\xc3\x89T\xc3\x89"), list);
    expect("True", "in~", S("\xe2\x84\xaa" "elvin"), list); /* the Kelvin sign is a k */
    expect("False", "in~", S("\xe2\x84\xaa"), list);
    expect("False", "in~", S("a7\xff"), list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_equality), cmocka_unit_test(test_null_order),
        cmocka_unit_test(test_equality),      cmocka_unit_test(test_fold_equality),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_type_errors),
        cmocka_unit_test(test_result_types),  cmocka_unit_test(test_logic),
        cmocka_unit_test(test_integers),      cmocka_unit_test(test_reals),
        cmocka_unit_test(test_times),         cmocka_unit_test(test_bin),
        cmocka_unit_test(test_in),            cmocka_unit_test(test_in_many),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
