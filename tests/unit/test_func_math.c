/* Mathematical functions: answers by hand, borders of the types, no answer. */
#include <math.h>

#include "func_try.h"

static void test_rounding(void **state)
{
    (void)state;
    expect("5", "abs", L(-5));
    expect("2147483648", "abs", I(INT32_MIN));
    expect("-9223372036854775808", "abs", L(INT64_MIN)); /* wraps, as long arithmetic does */
    expect("1.5", "abs", R(-1.5));
    expect("00:00:01", "abs", P(-TICKS_PER_SECOND));
    expect(NULL, "abs", NIL(TYPE_LONG));
    expect("3.3", "round", R(3.25), L(1));
    expect("-5.5", "round", R(-5.5), L(1));
    expect("2.2", "round", R(2.15), L(1));
    expect("3.0", "round", R(2.5));
    expect("-3.0", "round", R(-2.5));
    expect("1200.0", "round", R(1234.5), L(-2));
    expect("0.0", "round", R(1234.5), L(-400));
    expect("1e+300", "round", R(1e300), L(3));
    expect("NaN", "round", R(NAN), L(2));
    expect("1.5", "round", R(1.5), L(INT64_MAX));
    expect("0.0", "round", R(1.5), L(INT64_MIN));
    expect("100001.0", "ceiling", R(100000.5));
    expect("-5.0", "ceiling", R(-5.5));
    expect("0.0", "ceiling", R(-0.5));
    expect("-1.0", "sign", L(-5));
    expect("0.0", "sign", R(NAN));
    expect("1.0", "sign", R(INFINITY));
}

static void test_powers(void **state)
{
    (void)state;
    expect("NaN", "sqrt", R(-1));
    expect(NULL, "log", R(-1));
    expect("-inf", "log", R(0));
    expect(NULL, "log2", R(-1));
    expect(NULL, "log10", L(-7));
    expect("NaN", "log", R(NAN));
    expect("inf", "exp", R(1000));
    expect("1.1051709180756478", "exp", R(0.1));
    expect("8.0", "exp2", L(3));
    expect("1000.0", "exp10", L(3));
    expect("1024.0", "pow", L(2), L(10));
    expect("NaN", "pow", R(-1), R(0.5));
    expect(NULL, "asin", R(2));
    expect(NULL, "acos", R(-1.5));
    expect(NULL, "gamma", L(0));
    expect("24.0", "gamma", L(5));
    expect("True", "isnan", R(NAN));
    expect("False", "isinf", R(NAN));
    expect("False", "isfinite", R(-INFINITY));
    expect("True", "isfinite", L(3));
}

static void test_extremes(void **state)
{
    (void)state;
    expect("-9999999999", "min_of", I(42), L(-9999999999));
    expect("3.0", "max_of", I(1), L(2), R(3));
    expect("2", "min_of", NIL(TYPE_LONG), L(2));
    expect(NULL, "max_of", NIL(TYPE_LONG), NIL(TYPE_LONG));
    expect("NaN", "min_of", R(1), R(NAN), R(-1));
    expect("NaN", "max_of", R(NAN), R(1));
    expect("b", "max_of", S("a"), S("b"), S(""));
    expect("2020-01-02T00:00:00.0000000Z", "max_of", T("2020-01-01"), T("2020-01-02"));
}

static void test_bins(void **state)
{
    (void)state;
    expect("2023-03-11T12:00:00.0000000Z", "bin_at", T("2023-03-12 07:30:00"), P(TICKS_PER_DAY),
           T("1970-01-01 12:00:00"));
    expect("2023-03-12T06:07:00.0000000Z", "bin_at", T("2023-03-12 07:30:00"),
           P(90 * TICKS_PER_MINUTE),
           T("2023-03-12 00:07:00"));
    expect("6", "bin_at", L(7), L(5), L(1));
    expect("-4", "bin_at", L(-1), L(5), L(1));
    expect(NULL, "bin_at", L(7), L(0), L(1));
    expect(NULL, "bin_at", L(7), L(-5), L(1));
    expect("9223372036854775807", "bin_at", L(INT64_MAX), L(1), L(INT64_MIN));
    expect(NULL, "bin_at", L(INT64_MIN), L(INT64_MAX), L(INT64_MAX));
    expect(NULL, "bin_at", T("0001-01-01"), P(TICKS_PER_DAY), T("2020-01-01 12:00"));
    expect("4.5", "bin_at", R(6.5), L(3), R(1.5));
    expect(NULL, "bin_at", R(6.5), R(NAN), R(1.5));
}

static void test_bits(void **state)
{
    (void)state;
    expect("8", "binary_and", L(12), L(10));
    expect("-1", "binary_or", L(-2), L(1));
    expect("6", "binary_xor", L(12), L(10));
    expect("-9223372036854775808", "binary_not", L(INT64_MAX));
    expect("-9223372036854775808", "binary_shift_left", L(1), L(63));
    expect("1", "binary_shift_left", L(1), L(64));
    expect(NULL, "binary_shift_left", L(1), L(-1));
    expect("-1", "binary_shift_right", L(INT64_MIN), L(63));
    expect("64", "bitset_count_ones", L(-1));
    expect("ffffffffffffff00", "tohex", L(-256));
    expect("ffffff00", "tohex", I(-256));
    expect("100", "tohex", L(256));
    expect("0100", "tohex", L(256), L(4));
    expect("0000000000000100", "tohex", L(256), L(99));
    expect("100", "tohex", L(256), L(-5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding), cmocka_unit_test(test_powers),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_bins), cmocka_unit_test(test_bits),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
