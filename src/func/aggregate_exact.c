/* Sums and variances of reals that come out the same however the rows were shared out.
 *
 * Up to MANY values of a group are kept and added in input order, as Kusto does it. Beyond that the
 * group turns into an accumulator wide enough for every double at once (2,098 bits in 32-bit
 * digits), in which nothing is rounded until the end. Which of the two it is depends on the number
 * of values alone. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "func/aggregate_internal.h"

#define MANY 4096       /* in every build: results must not differ */
#define LOWEST (-1074)  /* the exponent of digit 0's lowest bit */
#define DIGITS 68       /* 2098 bits and 64 more for the carries of 2^64 values */

struct wide {
    int64_t digit[DIGITS]; /* worth digit[i] * 2^(32 i + LOWEST); signed, carries are late */
    uint32_t adds;         /* since the last carry */
    bool plus, minus, nan; /* infinities and NaN, which have no digits */
};

struct exact {
    struct wide sum;
    struct wide squares;
};

/* ---- wide sums ------------------------------------------------------------------------------- */

static void wide_carry(struct wide *w)
{
    int64_t carry = 0;
    for (int i = 0; i < DIGITS - 1; i++) {
        int64_t v = w->digit[i] + carry;
        carry = v >> 32;
        w->digit[i] = v & UINT32_MAX;
    }
    w->digit[DIGITS - 1] += carry;
    w->adds = 0;
}

static void wide_add(struct wide *w, double v)
{
    if (!isfinite(v)) {
        w->nan = w->nan || isnan(v);
        w->plus = w->plus || (isinf(v) && v > 0);
        w->minus = w->minus || (isinf(v) && v < 0);
        return;
    }
    int exponent;
    int64_t mantissa = (int64_t)ldexp(frexp(v, &exponent), DBL_MANT_DIG);
    exponent -= DBL_MANT_DIG;
    if (exponent < LOWEST) { /* a subnormal: its last bits are 0 */
        mantissa /= INT64_C(1) << (LOWEST - exponent);
        exponent = LOWEST;
    }
    bool negative = mantissa < 0;
    uint64_t m = (uint64_t)(negative ? -mantissa : mantissa);
    int at = (exponent - LOWEST) / 32, shift = (exponent - LOWEST) % 32;
    uint64_t low = (m & UINT32_MAX) << shift, high = (m >> 32) << shift;
    int64_t parts[3] = {(int64_t)(low & UINT32_MAX), (int64_t)((low >> 32) + (high & UINT32_MAX)),
                        (int64_t)(high >> 32)};
    for (int i = 0; i < 3; i++)
        w->digit[at + i] += negative ? -parts[i] : parts[i];
    if (++w->adds == UINT32_C(1) << 29)
        wide_carry(w);
}

static void wide_merge(struct wide *into, const struct wide *from)
{
    struct wide other = *from;
    wide_carry(into);
    wide_carry(&other);
    for (int i = 0; i < DIGITS; i++)
        into->digit[i] += other.digit[i];
    into->adds = 2;
    into->plus = into->plus || other.plus;
    into->minus = into->minus || other.minus;
    into->nan = into->nan || other.nan;
}

/* The sum, rounded to a double but for the last bit or two; what is left over goes to *rest. */
static double wide_round(const struct wide *from, double *rest)
{
    struct wide w = *from;
    *rest = 0;
    if (w.nan || (w.plus && w.minus))
        return NAN;
    if (w.plus || w.minus)
        return w.plus ? INFINITY : -INFINITY;
    wide_carry(&w);
    double sign = w.digit[DIGITS - 1] < 0 ? -1 : 1;
    if (sign < 0) {
        for (int i = 0; i < DIGITS; i++)
            w.digit[i] = -w.digit[i];
        wide_carry(&w);
    }
    int top = DIGITS - 1;
    while (top > 0 && w.digit[top] == 0)
        top--;
    /* each digit is exact in a double; adding from the top, error goes to low */
    double high = 0, low = 0;
    for (int i = top; i >= 0 && i > top - 6; i--) {
        double d = ldexp((double)w.digit[i], 32 * i + LOWEST), sum = high + d;
        low += d - (sum - high);
        high = sum;
    }
    if (!isfinite(high))
        return sign * INFINITY;
    double sum = high + low;
    *rest = isfinite(sum) ? sign * (low - (sum - high)) : 0;
    return sign * sum;
}

/* ---- samples --------------------------------------------------------------------------------- */

/* v * v is added as two doubles that are it exactly. */
static void exact_add(struct exact *e, double v)
{
    wide_add(&e->sum, v);
    double square = v * v;
    wide_add(&e->squares, square);
    if (isfinite(square))
        wide_add(&e->squares, fma(v, v, -square));
}

static void make_exact(struct arena *a, struct samples *s)
{
    s->exact = ARENA_NEW(a, struct exact);
    for (uint64_t i = 0; i < s->n; i++)
        exact_add(s->exact, s->items[i].value);
    s->items = NULL;
    s->cap = 0;
}

void samples_add(struct arena *a, struct samples *s, uint64_t ordinal, double value)
{
    if (!s->exact && s->n == MANY)
        make_exact(a, s);
    if (s->exact) {
        exact_add(s->exact, value);
        s->n++;
        return;
    }
    if (s->n == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 1;
        s->items = arena_grow(a, s->items, s->cap * sizeof *s->items, cap * sizeof *s->items);
        s->cap = cap;
    }
    s->items[s->n++] = (struct sample){ordinal, value};
}

void samples_merge(struct arena *a, struct samples *into, const struct samples *from)
{
    if (from->exact && !into->exact)
        make_exact(a, into);
    if (from->exact) {
        wide_merge(&into->exact->sum, &from->exact->sum);
        wide_merge(&into->exact->squares, &from->exact->squares);
        into->n += from->n;
        return;
    }
    for (uint64_t i = 0; i < from->n; i++)
        samples_add(a, into, from->items[i].ordinal, from->items[i].value);
}

static int compare_samples(const void *x, const void *y)
{
    uint64_t a = ((const struct sample *)x)->ordinal, b = ((const struct sample *)y)->ordinal;
    return (a > b) - (a < b);
}

static const struct sample *in_order(struct arena *scratch, const struct samples *s)
{
    uint64_t i = 1;
    while (i < s->n && s->items[i - 1].ordinal <= s->items[i].ordinal)
        i++;
    if (i >= s->n)
        return s->items;
    struct sample *sorted = arena_alloc(scratch, s->n * sizeof *sorted);
    memcpy(sorted, s->items, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, compare_samples);
    return sorted;
}

double samples_sum(struct arena *scratch, const struct samples *s)
{
    double sum = 0, rest;
    if (s->exact)
        return wide_round(&s->exact->sum, &rest);
    const struct sample *items = in_order(scratch, s);
    for (uint64_t i = 0; i < s->n; i++)
        sum += items[i].value;
    return sum;
}

/* n Σx² - (Σx)², each with twice a double's digits, so that little is lost where they are close. */
static double exact_spread(const struct exact *e, double n)
{
    double a, b, c, d;
    a = wide_round(&e->sum, &b);
    c = wide_round(&e->squares, &d);
    double squared = a * a, scaled = n * c;
    return (scaled - squared) + (fma(n, c, -scaled) - fma(a, a, -squared)) + (n * d - 2 * a * b);
}

/* The real engine shows ten digits behind the point: variance of 1.5, 2.5, 3.5, 4.5 is
 * 1.6666666667, and the standard deviation is the root of that. */
static double ten_digits(double v)
{
    return v >= 1e-6 && v < 1e5 ? round(v * 1e10) / 1e10 : v;
}

double samples_variance(struct arena *scratch, const struct samples *s, bool whole)
{
    double n = (double)s->n, less = whole ? 0 : 1;
    if (s->n <= 1)
        return 0;
    if (s->exact) {
        double v = exact_spread(s->exact, n) / n / (n - less);
        return v < 0 ? 0 : ten_digits(v);
    }
    const struct sample *items = in_order(scratch, s);
    double mean = samples_sum(scratch, s) / n, sum = 0;
    for (uint64_t i = 0; i < s->n; i++)
        sum += (items[i].value - mean) * (items[i].value - mean);
    return ten_digits(sum / (n - less));
}
