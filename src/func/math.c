/* Numbers in, numbers out (KQL.md 4.12 to 4.14). Where mathematics has no answer the result is
 * null or NaN, as the real engine has it: log(-1) is null, sqrt(-1) is NaN. */
#include <math.h>

#include "func/kernel.h"

/* A kernel of one real x. */
#define REAL_KERNEL(name, expression)                                                             \
    static void name(struct call *call, struct column *out, struct column *const *args,           \
                     size_t rows)                                                                 \
    {                                                                                             \
        struct reals xs = reals_of(args[0]);                                                      \
        (void)call;                                                                               \
        for (size_t i = 0; i < rows; i++) {                                                       \
            double x = real_at(xs, i);                                                            \
            out->reals[i] = (expression);                                                         \
        }                                                                                         \
    }
/* The same with a domain: outside of it the result is null. */
#define REAL_KERNEL_IN(name, inside, expression)                                                  \
    static void name(struct call *call, struct column *out, struct column *const *args,           \
                     size_t rows)                                                                 \
    {                                                                                             \
        struct reals xs = reals_of(args[0]);                                                      \
        (void)call;                                                                               \
        for (size_t i = 0; i < rows; i++) {                                                       \
            double x = real_at(xs, i);                                                            \
            if (isnan(x) || (inside))                                                             \
                out->reals[i] = (expression);                                                     \
            else                                                                                  \
                put_null(out, i);                                                                 \
        }                                                                                         \
    }
#define BOOL_KERNEL(name, expression)                                                             \
    static void name(struct call *call, struct column *out, struct column *const *args,           \
                     size_t rows)                                                                 \
    {                                                                                             \
        struct reals xs = reals_of(args[0]);                                                      \
        (void)call;                                                                               \
        for (size_t i = 0; i < rows; i++) {                                                       \
            double x = real_at(xs, i);                                                            \
            out->bools[i] = (expression) != 0;                                                    \
        }                                                                                         \
    }

REAL_KERNEL(abs_real, fabs(x))
REAL_KERNEL(sign_real, (double)((x > 0) - (x < 0)))
REAL_KERNEL(ceiling, ceil(x) + 0.0)
REAL_KERNEL(square_root, sqrt(x))
REAL_KERNEL(exp_e, exp(x))
REAL_KERNEL(exp_2, exp2(x))
REAL_KERNEL(exp_10, pow(10, x))
REAL_KERNEL_IN(log_e, x >= 0, log(x))
REAL_KERNEL_IN(log_2, x >= 0, log2(x))
REAL_KERNEL_IN(log_10, x >= 0, log10(x))
REAL_KERNEL_IN(gamma_of, !(x <= 0 && x == floor(x)), tgamma(x))
REAL_KERNEL_IN(log_gamma, !(x <= 0 && x == floor(x)), lgamma_r(x, &(int){0}))
REAL_KERNEL(sine, sin(x))
REAL_KERNEL(cosine, cos(x))
REAL_KERNEL(tangent, tan(x))
REAL_KERNEL(cotangent, 1 / tan(x))
REAL_KERNEL_IN(arc_sine, x >= -1 && x <= 1, asin(x))
REAL_KERNEL_IN(arc_cosine, x >= -1 && x <= 1, acos(x))
REAL_KERNEL(arc_tangent, atan(x))
REAL_KERNEL(to_degrees, x * (180 / M_PI))
REAL_KERNEL(to_radians, x * (M_PI / 180))
BOOL_KERNEL(is_nan, isnan(x))
BOOL_KERNEL(is_inf, isinf(x))
BOOL_KERNEL(is_finite, isfinite(x))

static void abs_int(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints xs = ints_of(args[0]);

    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int64_t x = int_at(xs, i);
        out->ints[i] = x < 0 ? (int64_t)(0 - (uint64_t)x) : x;
    }
}

static void power(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct reals xs = reals_of(args[0]), ys = reals_of(args[1]);

    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = pow(real_at(xs, i), real_at(ys, i));
}

static void arc_tangent_2(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    struct reals ys = reals_of(args[0]), xs = reals_of(args[1]);

    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = atan2(real_at(ys, i), real_at(xs, i));
}

static void pi_kernel(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    (void)call, (void)args;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = M_PI;
}

/* Half goes away from zero: round(3.25, 1) is 3.3. */
static double round_to(double x, int64_t digits)
{
    if (!isfinite(x) || fabs(x) >= 1e16 || digits > 15)
        return x;
    if (digits < -308)
        return 0;
    double scale = pow(10, (double)(digits < 0 ? -digits : digits));
    return digits < 0 ? round(x / scale) * scale : round(x * scale) / scale;
}

static void round_kernel(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = round_to(cell_real(args[0], i),
                                 call->n_args > 1 ? cell_int(args[1], i) : 0);
}

/* ---- the least and the greatest ------------------------------------------------------------- */

/* Nulls are passed over; a NaN wins. */
static void extreme(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    int want = call->func->name[1] == 'i' ? -1 : 1; /* min_of or max_of */

    for (size_t i = 0; i < rows; i++) {
        struct value best = {.type = call->type, .null = true};
        for (size_t k = 0; k < call->n_args; k++) {
            struct value v = column_value(args[k], i);
            if (v.null)
                continue;
            bool nan = type_shape(v.type) == SHAPE_REAL && isnan(v.r);
            int order = best.null ? want : value_compare(v, best);
            if (nan || order * want > 0)
                best = v;
            if (nan)
                break;
        }
        if (best.null)
            put_null(out, i);
        else
            column_set(out, i, best);
    }
}

/* ---- bin_at --------------------------------------------------------------------------------- */

static void bin_at_int(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        __int128 size = cell_int(args[1], i), fixed = cell_int(args[2], i);
        __int128 from = cell_int(args[0], i) - fixed;
        if (size <= 0) {
            put_null(out, i);
            continue;
        }
        __int128 rest = from % size;
        __int128 bin = from - (rest < 0 ? rest + size : rest) + fixed;
        if (bin < INT64_MIN || (out->type == TYPE_DATETIME && bin < 0))
            put_null(out, i);
        else
            out->ints[i] = (int64_t)bin;
    }
}

static void bin_at_real(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        double size = cell_real(args[1], i), fixed = cell_real(args[2], i);
        if (size > 0)
            out->reals[i] = floor((cell_real(args[0], i) - fixed) / size) * size + fixed;
        else
            put_null(out, i);
    }
}

/* ---- bits ----------------------------------------------------------------------------------- */

static void binary(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints xs = ints_of(args[0]), ys = ints_of(args[1]);
    char which = call->func->name[strlen("binary_")];

    for (size_t i = 0; i < rows; i++) {
        int64_t x = int_at(xs, i), y = int_at(ys, i);
        out->ints[i] = which == 'a' ? x & y : which == 'o' ? x | y : x ^ y;
    }
}

static void binary_not(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    struct ints xs = ints_of(args[0]);

    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->ints[i] = ~int_at(xs, i);
}

static void binary_shift(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    bool left = strcmp(call->func->name, "binary_shift_left") == 0;

    for (size_t i = 0; i < rows; i++) {
        int64_t x = cell_int(args[0], i), n = cell_int(args[1], i);
        if (n < 0)
            put_null(out, i);
        else if (left)
            out->ints[i] = (int64_t)((uint64_t)x << (n % 64));
        else
            out->ints[i] = x >> (n % 64);
    }
}

static void bit_count(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->ints[i] = __builtin_popcountll((unsigned long long)cell_int(args[0], i));
}

static void tohex(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool wide = args[0]->type == TYPE_LONG;

    for (size_t i = 0; i < rows; i++) {
        uint64_t x = (uint64_t)cell_int(args[0], i);
        int64_t least = call->n_args > 1 ? cell_int(args[1], i) : 0;
        out->strs[i] = str_fmt(call->scratch, "%0*llx",
                               least < 1 ? 1 : least > 16 ? 16 : (int)least,
                               (unsigned long long)(wide ? x : x & 0xFFFFFFFF));
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define REAL(kernel) {{"r", TYPE_REAL, kernel}}
#define LONGS(kernel) {{"ll", TYPE_LONG, kernel}}
#define EACH_TYPE                                                                                 \
    {{"i+", TYPE_INT, extreme}, {"l+", TYPE_LONG, extreme}, {"r+", TYPE_REAL, extreme},           \
     {"m+", TYPE_DECIMAL, extreme}, {"t+", TYPE_DATETIME, extreme},                               \
     {"p+", TYPE_TIMESPAN, extreme}, {"s+", TYPE_STRING, extreme}, {"b+", TYPE_BOOL, extreme}}

const struct func functions_math[] = {
    ROW("abs", "number", "The number or duration without its sign.", "abs(-5)", "5", FUNC_NAMED,
     {{"l", TYPE_LONG, abs_int}, {"r", TYPE_REAL, abs_real}, {"m", TYPE_DECIMAL, abs_real},
      {"p", TYPE_TIMESPAN, abs_int}}),
    ROW("round", "number [, digits]", "Rounded to so many digits (0); a half goes away from zero.",
     "round(3.25, 1)", "3.3", FUNC_NAMED,
     {{"r?l", TYPE_REAL, round_kernel}, {"m?l", TYPE_DECIMAL, round_kernel}}),
    ROW("ceiling", "number", "The least whole number that is not smaller.", "ceiling(0.1)", "1.0",
     FUNC_NAMED, {{"r", TYPE_REAL, ceiling}, {"m", TYPE_DECIMAL, ceiling}}),
    ROW("sign", "number", "-1, 0 or 1.", "sign(-7)", "-1.0", FUNC_NAMED, REAL(sign_real)),
    ROW("sqrt", "number", "The square root; NaN below zero.", "sqrt(16)", "4.0", FUNC_NAMED,
     REAL(square_root)),
    ROW("pow", "base, exponent", "The base raised to the exponent.", "pow(2, 10)", "1024.0",
        FUNC_NAMED,
     {{"rr", TYPE_REAL, power}}),
    ROW("exp", "number", "e raised to the number.", "exp(0)", "1.0", FUNC_NAMED, REAL(exp_e)),
    ROW("exp2", "number", "2 raised to the number.", "exp2(3)", "8.0", 0, REAL(exp_2)),
    ROW("exp10", "number", "10 raised to the number.", "exp10(2)", "100.0", 0, REAL(exp_10)),
    ROW("log", "number", "The natural logarithm; null below zero.", "log(1)", "0.0", FUNC_NAMED,
     REAL(log_e)),
    ROW("log2", "number", "The logarithm to base 2; null below zero.", "log2(8)", "3.0", 0,
        REAL(log_2)),
    ROW("log10", "number", "The logarithm to base 10; null below zero.", "log10(1000)", "3.0", 0,
     REAL(log_10)),
    ROW("gamma", "number", "The gamma function.", "gamma(5)", "24.0", 0, REAL(gamma_of)),
    ROW("loggamma", "number", "The logarithm of the gamma function's absolute value.",
        "loggamma(1)", "0.0",
     0, REAL(log_gamma)),
    ROW("min_of", "a, b, …", "The least of the arguments; nulls are passed over.",
        "min_of(3, 1, 2)", "1", FUNC_NULLS,
     EACH_TYPE),
    ROW("max_of", "a, b, …", "The greatest of the arguments; nulls are passed over.",
        "max_of(3, 1, 2.5)",
     "3.0", FUNC_NULLS, EACH_TYPE),
    ROW("isnan", "number", "True for NaN.", "isnan(sqrt(-1))", "True", 0,
        {{"r", TYPE_BOOL, is_nan}}),
    ROW("isinf", "number", "True for an infinity of either sign.", "isinf(1.0 / 0.0)", "True", 0,
     {{"r", TYPE_BOOL, is_inf}}),
    ROW("isfinite", "number", "True for what is neither infinite nor NaN.", "isfinite(1.5)", "True",
        0,
     {{"r", TYPE_BOOL, is_finite}}),
    ROW("sin", "radians", "The sine.", "sin(0)", "0.0", 0, REAL(sine)),
    ROW("cos", "radians", "The cosine.", "cos(0)", "1.0", 0, REAL(cosine)),
    ROW("tan", "radians", "The tangent.", "tan(0)", "0.0", 0, REAL(tangent)),
    ROW("cot", "radians", "The cotangent.", "isinf(cot(0))", "True", 0, REAL(cotangent)),
    ROW("asin", "number", "The angle whose sine this is; null outside -1 to 1.", "asin(0)", "0.0",
        0,
     REAL(arc_sine)),
    ROW("acos", "number", "The angle whose cosine this is; null outside -1 to 1.", "acos(1)", "0.0",
        0,
     REAL(arc_cosine)),
    ROW("atan", "number", "The angle whose tangent this is.", "atan(0)", "0.0", 0,
        REAL(arc_tangent)),
    ROW("atan2", "y, x", "The angle of the point (x, y).", "atan2(0, 1)", "0.0", 0,
     {{"rr", TYPE_REAL, arc_tangent_2}}),
    ROW("degrees", "radians", "Radians as degrees.", "degrees(pi())", "180.0", 0, REAL(to_degrees)),
    ROW("radians", "degrees", "Degrees as radians.", "radians(180) == pi()", "True", 0,
        REAL(to_radians)),
    ROW("pi", "", "A circle's circumference by its diameter.", "pi()", "3.141592653589793", 0,
        {{"", TYPE_REAL, pi_kernel}}),
    ROW("bin_at", "value, size, fixed",
        "Rounded down to a multiple of size away from a fixed point.",
     "bin_at(7, 5, 1)", "6", FUNC_NAMED,
     {{"lll", TYPE_LONG, bin_at_int}, {"rrr", TYPE_REAL, bin_at_real},
      {"tpt", TYPE_DATETIME, bin_at_int}, {"ppp", TYPE_TIMESPAN, bin_at_int}}),
    ROW("binary_and", "a, b", "Bits that are set in both.", "binary_and(12, 10)", "8", 0,
        LONGS(binary)),
    ROW("binary_or", "a, b", "Bits that are set in either.", "binary_or(12, 10)", "14", 0,
        LONGS(binary)),
    ROW("binary_xor", "a, b", "Bits that are set in one of the two.", "binary_xor(12, 10)", "6", 0,
     LONGS(binary)),
    ROW("binary_not", "a", "Every bit turned over.", "binary_not(5)", "-6", 0,
        {{"l", TYPE_LONG, binary_not}}),
    ROW("binary_shift_left", "a, n", "Bits moved up by n (modulo 64).", "binary_shift_left(1, 4)",
        "16", 0,
     LONGS(binary_shift)),
    ROW("binary_shift_right", "a, n", "Bits moved down by n (modulo 64), keeping the sign.",
     "binary_shift_right(-16, 2)", "-4", 0, LONGS(binary_shift)),
    ROW("bitset_count_ones", "a", "How many bits are set.", "bitset_count_ones(42)", "3", 0,
     {{"l", TYPE_LONG, bit_count}}),
    ROW("tohex", "number [, least_digits]", "The number in base 16, two's complement below zero.",
     "tohex(-256)", "ffffffffffffff00", FUNC_NAMED,
     {{"i?l", TYPE_STRING, tohex}, {"l?l", TYPE_STRING, tohex}}),
    {0},
};
