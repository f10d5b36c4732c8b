/* Text to number, and how far two words are apart. Decimal numbers only, in the C locale whatever
 * the program's locale is. */
#include "base/str.h"

#include <locale.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool str_to_int64(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    uint64_t value = 0;
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');

    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        if (!is_digit(s.p[i]))
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = (int64_t)(negative ? 0 - value : value);
    return true;
}

/* Digits, a point and an exponent as they stand in the text. */
struct decimal {
    uint64_t digits; /* the number without its point, if it has at most 19 digits */
    int count;       /* digits after leading zeros */
    int64_t exponent;
};

static size_t scan_digits(struct str s, size_t i, struct decimal *d, bool fraction)
{
    for (; i < s.n && is_digit(s.p[i]); i++) {
        if (d->count < 19)
            d->digits = d->digits * 10 + (uint64_t)(s.p[i] - '0');
        d->count += d->count > 0 || s.p[i] != '0';
        d->exponent -= fraction;
    }
    return i;
}

static bool scan_decimal(struct str s, struct decimal *d)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t start = i;
    size_t digits;

    i = scan_digits(s, i, d, false);
    digits = i - start;
    if (i < s.n && s.p[i] == '.') {
        start = i + 1;
        i = scan_digits(s, start, d, true);
        digits += i - start;
    }
    if (digits == 0)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        int64_t e = 0;
        bool negative = ++i < s.n && s.p[i] == '-';
        i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
        if (i == s.n)
            return false;
        for (; i < s.n && is_digit(s.p[i]); i++)
            e = e < 100000 ? e * 10 + (s.p[i] - '0') : e;
        d->exponent += negative ? -e : e;
    }
    return i == s.n;
}

bool str_to_double(struct str s, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d = {0};
    char text[1024];

    if (!scan_decimal(s, &d))
        return false;
    if (d.count <= 19 && d.digits <= UINT64_C(1) << 53 && d.exponent >= -22 && d.exponent <= 22) {
        /* both are exact doubles, so one operation rounds right */
        double value = (double)d.digits;
        value = d.exponent < 0 ? value / powers[-d.exponent] : value * powers[d.exponent];
        *out = s.p[0] == '-' ? -value : value;
        return true;
    }
    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtod_l(text, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));
    return true;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* In halves: a wrong, missing, extra or swapped letter 2, a letter in the wrong case 1. */
static unsigned replace_cost(char a, char b)
{
    if (a == b)
        return 0;
    return lower(a) == lower(b) ? 1 : 2;
}

unsigned str_distance(struct str a, struct str b)
{
    enum { LONGEST = 128 };
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];

    if (a.n > LONGEST || b.n > LONGEST)
        return str_eq(a, b) ? 0 : (unsigned)least((unsigned)(a.n > b.n ? a.n : b.n), 1u << 30);
    for (size_t j = 0; j <= b.n; j++)
        now[j] = (unsigned)(2 * j);
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *free_row = before;
        before = last;
        last = now;
        now = free_row;
        now[0] = (unsigned)(2 * i);
        for (size_t j = 1; j <= b.n; j++) {
            now[j] = least(last[j - 1] + replace_cost(a.p[i - 1], b.p[j - 1]),
                           least(last[j], now[j - 1]) + 2);
            if (i > 1 && j > 1 && lower(a.p[i - 1]) == lower(b.p[j - 2]) &&
                lower(a.p[i - 2]) == lower(b.p[j - 1]))
                now[j] = least(now[j], before[j - 2] + 2);
        }
    }
    return (now[b.n] + 1) / 2;
}
