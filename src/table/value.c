/* Single cells: their order, equality, hash, and text as tostring() gives it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/instant.h"
#include "table/table.h"

static int compare_reals(double x, double y)
{
    if (isnan(x) || isnan(y))
        return !isnan(x) - !isnan(y);
    return (x > y) - (x < y);
}

int value_compare(struct value x, struct value y)
{
    if (x.null || y.null)
        return !x.null - !y.null;
    switch (type_shape(x.type)) {
    case SHAPE_BOOL:
        return (int)x.b - (int)y.b;
    case SHAPE_INT:
        return (x.i > y.i) - (x.i < y.i);
    case SHAPE_REAL:
        return compare_reals(x.r, y.r);
    case SHAPE_STR:
        break;
    }
    return str_cmp(x.s, y.s);
}

bool value_equal(struct value x, struct value y)
{
    if (x.null || y.null)
        return x.null && y.null;
    if (type_shape(x.type) == SHAPE_STR)
        return str_eq(x.s, y.s);
    return value_compare(x, y) == 0;
}

static uint64_t mix(uint64_t h)
{
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 31);
}

uint64_t value_hash(struct value v)
{
    if (v.null)
        return UINT64_C(0x9e3779b97f4a7c15);
    switch (type_shape(v.type)) {
    case SHAPE_BOOL:
        return mix(v.b + UINT64_C(1));
    case SHAPE_INT:
        return mix((uint64_t)v.i + UINT64_C(0x632be59bd9b4e019));
    case SHAPE_REAL: {
        double r = isnan(v.r) ? (double)NAN : v.r == 0 ? 0.0 : v.r; /* one NaN, one zero */
        uint64_t bits;
        memcpy(&bits, &r, sizeof bits);
        return mix(bits + 1);
    }
    case SHAPE_STR:
        break;
    }
    return str_hash(v.s);
}

/* The next larger number of as many digits: d.ddde±x in place. False when all digits were nines. */
static bool count_up(char *text)
{
    for (char *p = strchr(text, 'e') - 1; p >= text; p--) {
        if (*p == '9')
            *p = '0';
        else if (*p >= '0' && *p < '9')
            return ++*p;
    }
    return false;
}

/* As few digits as read back as v, d.ddd…e±x in `out`; of several such numbers the largest, which
 * is what the real engine prints: 0.1 + 0.2 is 0.30000000000000007. Whole numbers stay what they
 * are. */
static void shortest(double v, char out[32])
{
    char larger[32];
    /* 15 digits always survive a normal double, so if they read back they are as short as it gets
     * once the zeros at the end are cut; subnormals have fewer digits than that. */
    int precision = fabs(v) < 2.2250738585072014e-308 ? 1 : 15;
    for (; precision <= 17; precision++) {
        snprintf(out, 32, "%.*e", precision - 1, v);
        if (strtod(out, NULL) == v)
            break;
        memcpy(larger, out, sizeof larger);
        /* powers of 2 reach further up than down */
        if (count_up(larger) && strtod(larger, NULL) == v) {
            memcpy(out, larger, sizeof larger);
            break;
        }
    }
    memcpy(larger, out, sizeof larger);
    while (precision > 15 && v != floor(v) && count_up(larger) && strtod(larger, NULL) == v)
        memcpy(out, larger, sizeof larger);
}

static size_t place_digits(const char *digits, int n, int exponent, char *out)
{
    char *p = out;
    if (exponent < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > exponent; i--)
            *p++ = '0';
        memcpy(p, digits, (size_t)n);
        return (size_t)(p - out) + (size_t)n;
    }
    for (int i = 0; i < n || i <= exponent; i++) {
        if (i == exponent + 1)
            *p++ = '.';
        *p++ = i < n ? digits[i] : '0';
    }
    if (n <= exponent + 1) {
        *p++ = '.';
        *p++ = '0';
    }
    return (size_t)(p - out);
}

/* Plain digits from 1e-5 up to 1e16, d.dde+xx outside. */
size_t real_format(double v, char out[32])
{
    if (isnan(v)) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    char *p = out;
    if (signbit(v)) {
        *p++ = '-';
        v = -v;
    }
    if (isinf(v)) {
        memcpy(p, "inf", 3);
        return (size_t)(p - out) + 3;
    }
    char text[32], digits[20];
    int n = 0;
    shortest(v, text);
    const char *q = text;
    for (; *q && *q != 'e'; q++) {
        if (*q >= '0' && *q <= '9') /* not the decimal sign, whatever the locale makes of it */
            digits[n++] = *q;
    }
    int exponent = *q ? atoi(q + 1) : 0;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (exponent >= -5 && exponent < 16)
        return (size_t)(p - out) + place_digits(digits, n, exponent, p);
    *p++ = digits[0];
    if (n > 1) {
        *p++ = '.';
        memcpy(p, digits + 1, (size_t)n - 1);
        p += n - 1;
    }
    return (size_t)(p - out) +
           (size_t)sprintf(p, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

/* A whole decimal has no fraction: todecimal("100") is 100. */
static size_t decimal_format(double v, char out[32])
{
    size_t n = real_format(v, out);
    return n > 2 && out[n - 2] == '.' && out[n - 1] == '0' ? n - 2 : n;
}

static void add_int(struct buf *out, int64_t v)
{
    char digits[24], *p = digits + sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        *--p = '-';
    buf_add(out, (struct str){p, (size_t)(digits + sizeof digits - p)});
}

void value_text(struct buf *out, struct value v)
{
    char text[INSTANT_TEXT > 32 ? INSTANT_TEXT : 32];
    if (v.null)
        return;
    switch (v.type) {
    case TYPE_BOOL:
        buf_add(out, v.b ? STR("True") : STR("False"));
        break;
    case TYPE_INT:
    case TYPE_LONG:
        add_int(out, v.i);
        break;
    case TYPE_REAL:
        buf_add(out, (struct str){text, real_format(v.r, text)});
        break;
    case TYPE_DECIMAL:
        buf_add(out, (struct str){text, decimal_format(v.r, text)});
        break;
    case TYPE_DATETIME:
        buf_add(out, (struct str){text, instant_format(v.i, text)});
        break;
    case TYPE_TIMESPAN:
        buf_add(out, (struct str){text, timespan_format(v.i, text)});
        break;
    case TYPE_DYNAMIC:
        dyn_text(out, v.s, false);
        break;
    default:
        buf_add(out, v.s);
    }
}
