/* + - * / % and bin, on numbers and times. int and long give long, which wraps; integer division by
 * zero is null; % is never negative; a time out of the calendar is null (KQL.md 2.4, 4.14). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/instant.h"
#include "func/func_internal.h"

static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrap_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t wrap_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* Decimals live in doubles. Rounding to 15 digits after + - * gives 0.1 + 0.2 == 0.3, as decimals
 * have it. */
static double as_decimal(double v)
{
    char text[40];
    if (!isfinite(v) || fabs(v) >= 1e15)
        return v;
    snprintf(text, sizeof text, "%.15g", v);
    double rounded = strtod(text, NULL);
    /* not under a locale with another point */
    return fabs(rounded - v) <= fabs(v) * 1e-14 ? rounded : v;
}

#define INT_KERNEL(name, f)                                                                        \
    static void name(struct call *call, struct column *out, struct column *const *args,            \
                     size_t rows)                                                                  \
    {                                                                                              \
        struct ints a = ints_of(args[0]), b = ints_of(args[1]);                                    \
        (void)call;                                                                                \
        for (size_t i = 0; i < rows; i++)                                                          \
            out->ints[i] = f(int_at(a, i), int_at(b, i));                                          \
    }
INT_KERNEL(add_ints, wrap_add)
INT_KERNEL(sub_ints, wrap_sub)
INT_KERNEL(mul_ints, wrap_mul)

#define REAL_KERNEL(name, op)                                                                      \
    static void name(struct call *call, struct column *out, struct column *const *args,            \
                     size_t rows)                                                                  \
    {                                                                                              \
        struct reals a = reals_of(args[0]), b = reals_of(args[1]);                                 \
        for (size_t i = 0; i < rows; i++)                                                          \
            out->reals[i] = real_at(a, i) op real_at(b, i);                                        \
        for (size_t i = 0; call->type == TYPE_DECIMAL && i < rows; i++)                            \
            out->reals[i] = as_decimal(out->reals[i]);                                             \
    }
REAL_KERNEL(add_reals, +)
REAL_KERNEL(sub_reals, -)
REAL_KERNEL(mul_reals, *)

static void div_reals(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct reals a = reals_of(args[0]), b = reals_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = real_at(a, i) / real_at(b, i);
}

static void mod_reals(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct reals a = reals_of(args[0]), b = reals_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        double rest = fmod(real_at(a, i), real_at(b, i));
        out->reals[i] = rest < 0 ? rest + fabs(real_at(b, i)) : rest;
    }
}

/* Integer division that must not meet 0, nor the least integer by -1. */
static void divide(struct column *out, struct column *const *args, size_t rows, bool rest)
{
    struct ints a = ints_of(args[0]), b = ints_of(args[1]);
    for (size_t i = 0; i < rows; i++) {
        int64_t x = int_at(a, i), y = int_at(b, i);
        if (y == 0) {
            out->ints[i] = 0;
            column_set_null(out, i);
        } else if (y == -1) {
            out->ints[i] = rest ? 0 : wrap_sub(0, x);
        } else if (!rest) {
            out->ints[i] = x / y;
        } else {
            int64_t r = x % y;
            out->ints[i] = r >= 0 ? r : y > 0 ? r + y : r - y;
        }
    }
}

static void div_ints(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    divide(out, args, rows, false);
}

static void mod_ints(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    divide(out, args, rows, true);
}

/* ---- times ----------------------------------------------------------------------------------- */

static void set_instant(struct column *out, size_t i, int64_t ticks)
{
    out->ints[i] = ticks;
    if (ticks < 0 || ticks > INSTANT_MAX) {
        out->ints[i] = 0;
        column_set_null(out, i);
    }
}

static void add_time(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints a = ints_of(args[0]), b = ints_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int64_t sum;
        set_instant(out, i, __builtin_add_overflow(int_at(a, i), int_at(b, i), &sum) ? -1 : sum);
    }
}

static void sub_time(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints a = ints_of(args[0]), b = ints_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int64_t rest;
        set_instant(out, i, __builtin_sub_overflow(int_at(a, i), int_at(b, i), &rest) ? -1 : rest);
    }
}

/* timespan * number, number * timespan, timespan / number. */
static void set_span(struct column *out, size_t i, double ticks)
{
    if (fabs(ticks) < 9.2e18) {
        out->ints[i] = (int64_t)round(ticks);
    } else {
        out->ints[i] = 0;
        column_set_null(out, i);
    }
}

static void scale_span(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    bool first = args[0]->type == TYPE_TIMESPAN;
    struct column *span = args[first ? 0 : 1], *factor = args[first ? 1 : 0];
    struct ints a = ints_of(span);
    if (type_shape(factor->type) == SHAPE_INT) {
        mul_ints(call, out, args, rows);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        set_span(out, i, (double)int_at(a, i) * number_at(factor, i));
}

static void split_span(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    struct ints a = ints_of(args[0]);
    if (type_shape(args[1]->type) == SHAPE_INT) {
        div_ints(call, out, args, rows);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        set_span(out, i, (double)int_at(a, i) / number_at(args[1], i));
}

static void div_spans(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct ints a = ints_of(args[0]), b = ints_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = (double)int_at(a, i) / (double)int_at(b, i);
}

/* ---- sign ------------------------------------------------------------------------------------ */

/* The least int has no negative among ints: it stays what it is worth, as the real engine has
 * it. */
static void neg_int(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints a = ints_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->ints[i] = wrap_sub(0, int_at(a, i));
}

static void neg_real(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct reals a = reals_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = -real_at(a, i);
}

/* ---- bin ------------------------------------------------------------------------------------- */

/* Times count from tick 0, the first of January of year 1. */
static void bin_ints(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct ints a = ints_of(args[0]), b = ints_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int64_t x = int_at(a, i), size = int_at(b, i);
        if (size <= 0) {
            out->ints[i] = 0;
            column_set_null(out, i);
            continue;
        }
        int64_t rest = x % size;
        out->ints[i] = wrap_sub(x, rest < 0 ? rest + size : rest);
    }
}

static void bin_reals(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct reals a = reals_of(args[0]), b = reals_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        double size = real_at(b, i);
        out->reals[i] = floor(real_at(a, i) / size) * size;
        if (!(size > 0)) {
            out->reals[i] = 0;
            column_set_null(out, i);
        }
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static enum type add_result(const enum type *args, size_t n, const char **why)
{
    *why = NULL;
    for (size_t i = 0; i < n; i++) {
        if (args[i] == TYPE_STRING)
            *why = "there is no arithmetic on strings; join them with strcat(), or convert with "
                   "toint() or toreal()";
        else if (args[i] == TYPE_DYNAMIC && !*why)
            *why = "there is no arithmetic on dynamic values; convert first, e.g. tolong(x)";
    }
    return TYPE_NONE;
}

#define INTS(kernel)                                                                               \
    {"ii", TYPE_LONG, kernel}, {"il", TYPE_LONG, kernel}, {"li", TYPE_LONG, kernel},               \
    {                                                                                              \
        "ll", TYPE_LONG, kernel                                                                    \
    }
#define ARITHMETIC(op, text, ex, ex_value, ...)                                               \
    {.name = op, .args_help = "left, right", .help = text, .example = ex, .expect = ex_value, \
     .flags = FUNC_OPERATOR | FUNC_STRICT, .forms = {__VA_ARGS__}, .result = add_result}
#define BIN_FORMS                                                                                  \
    {                                                                                              \
        INTS(bin_ints), {"mm", TYPE_DECIMAL, bin_reals}, {"rr", TYPE_REAL, bin_reals},             \
            {"tp", TYPE_DATETIME, bin_ints}, {"pp", TYPE_TIMESPAN, bin_ints},                      \
            {"tl", TYPE_DATETIME, bin_ints}, {"pl", TYPE_TIMESPAN, bin_ints},                      \
    }

const struct func functions_arithmetic[] = {
    ARITHMETIC("+", "The sum; of a datetime and a timespan, the later time.", "1 + 2.5", "3.5",
               INTS(add_ints), {"mm", TYPE_DECIMAL, add_reals}, {"rr", TYPE_REAL, add_reals},
               {"tp", TYPE_DATETIME, add_time}, {"pt", TYPE_DATETIME, add_time},
               {"pp", TYPE_TIMESPAN, add_ints}),
    ARITHMETIC("-", "The difference; of two datetimes, the timespan between them.",
               "datetime(2020-01-02) - datetime(2020-01-01)", "1.00:00:00", INTS(sub_ints),
               {"mm", TYPE_DECIMAL, sub_reals}, {"rr", TYPE_REAL, sub_reals},
               {"tp", TYPE_DATETIME, sub_time}, {"tt", TYPE_TIMESPAN, sub_ints},
               {"pp", TYPE_TIMESPAN, sub_ints}),
    ARITHMETIC("*", "The product.", "3 * 1h", "03:00:00", INTS(mul_ints),
               {"mm", TYPE_DECIMAL, mul_reals}, {"rr", TYPE_REAL, mul_reals},
               {"pn", TYPE_TIMESPAN, scale_span}, {"np", TYPE_TIMESPAN, scale_span}),
    ARITHMETIC("/", "The quotient; of integers cut toward zero, null where the divisor is 0.",
               "-7 / 2", "-3", INTS(div_ints), {"mm", TYPE_DECIMAL, div_reals},
               {"rr", TYPE_REAL, div_reals}, {"pp", TYPE_REAL, div_spans},
               {"pn", TYPE_TIMESPAN, split_span}),
    ARITHMETIC("%", "The rest of a division, never negative.", "-7 % 3", "2", INTS(mod_ints),
               {"mm", TYPE_DECIMAL, mod_reals}, {"rr", TYPE_REAL, mod_reals},
               {"pp", TYPE_TIMESPAN, mod_ints}),
    {.name = "neg",
     .args_help = "value",
     .help = "The value with its sign turned (written as -x).",
     .example = "-(1d + 2h)",
     .expect = "-1.02:00:00",
     .flags = FUNC_OPERATOR | FUNC_STRICT,
     .forms = {{"i", TYPE_INT, neg_int},
               {"l", TYPE_LONG, neg_int},
               {"r", TYPE_REAL, neg_real},
               {"m", TYPE_DECIMAL, neg_real},
               {"p", TYPE_TIMESPAN, neg_int}},
     .result = add_result},
    {.name = "bin",
     .args_help = "value, size",
     .help = "The value rounded down to a multiple of size; null where size is not above 0.",
     .example = "bin(datetime(1955-11-05), 7d)",
     .expect = "1955-10-31T00:00:00.0000000Z",
     .flags = FUNC_NAMED,
     .forms = BIN_FORMS},
    {.name = "floor",
     .args_help = "value, size",
     .help = "The same as bin().",
     .example = "floor(-5, 2)",
     .expect = "-6",
     .flags = FUNC_NAMED,
     .forms = BIN_FORMS},
    {0},
};
