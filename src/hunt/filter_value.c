/* A value that was typed becomes everything it can mean: 2023 is a text, a number and a year; which
 * of these counts is for the cell to say. Each meaning is an interval, so that ==, >, < and ranges
 * are one thing. */
#include <arpa/inet.h>
#include <math.h>

#include "base/instant.h"
#include "base/ip4.h"
#include "hunt/filter_internal.h"

bool filter_digits(struct str s, int64_t *out)
{
    int64_t n = 0;
    if (s.n == 0 || s.n > 18)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
        if (digit > 9)
            return false;
        n = n * 10 + (int64_t)digit;
    }
    *out = n;
    return true;
}

bool filter_address(struct str s, uint8_t out[16])
{
    uint32_t v4;
    char text[INET6_ADDRSTRLEN];
    if (ip4_read(s, &v4) != IP4_NONE) {
        memset(out, 0, 10);
        out[10] = out[11] = 0xff;
        for (int i = 0; i < 4; i++)
            out[12 + i] = (uint8_t)(v4 >> (24 - 8 * i));
        return true;
    }
    size_t zone = str_find_byte(s, '%'); /* fe80::1%4 */
    s = str_sub(s, 0, zone);
    if (s.n < 2 || s.n >= sizeof text || str_find_byte(s, ':') == s.n)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return !memchr(text, 0, s.n) && inet_pton(AF_INET6, text, out) == 1;
}

static bool read_net(struct str s, struct net_interval *out)
{
    size_t slash = str_find_byte(s, '/');
    int64_t bits = 128;
    if (!filter_address(str_sub(s, 0, slash), out->low))
        return false;
    bool v4 = str_find_byte(s, ':') == s.n;
    if (slash < s.n) {
        if (!filter_digits(str_sub(s, slash + 1, s.n), &bits) || bits > (v4 ? 32 : 128))
            return false;
        bits += v4 ? 96 : 0;
    }
    memcpy(out->high, out->low, 16);
    for (int64_t bit = bits; bit < 128; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> (bit & 7));
        out->low[bit >> 3] &= (uint8_t)~mask;
        out->high[bit >> 3] |= mask;
    }
    out->has = true;
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int64_t saturated(double d)
{
    return d >= 9.2e18 ? INT64_MAX : d <= -9.2e18 ? INT64_MIN : (int64_t)d;
}

static double unit_of(struct str s)
{
    static const struct {
        const char *name;
        double times;
    } units[] = {{"k", 1e3},     {"kB", 1e3},    {"M", 1e6},        {"MB", 1e6},
                 {"G", 1e9},     {"GB", 1e9},    {"T", 1e12},       {"TB", 1e12},
                 {"KiB", 1024.}, {"MiB", 1048576.}, {"GiB", 1073741824.}, {"B", 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq_nocase(s, str_of(units[i].name)))
            return units[i].times;
    return 0;
}

static void read_number(struct str s, struct filter_value *v)
{
    size_t n = s.n;
    double d, unit = 1;
    int64_t exact;
    if (s.n == 3 && s.p[0] >= '0' && s.p[0] <= '9' &&
        str_eq_nocase(str_sub(s, 1, 3), STR("xx"))) { /* a class of status codes */
        int64_t low = (s.p[0] - '0') * 100;
        v->whole = (struct interval){true, low, low + 99};
        v->real = (struct real_interval){true, (double)low, (double)low + 100, false, true};
        return;
    }
    if (str_to_int64(s, &exact)) {
        v->whole = (struct interval){true, exact, exact};
        v->real = (struct real_interval){true, (double)exact, (double)exact, false, false};
        return;
    }
    while (n > 0 && ((s.p[n - 1] >= 'a' && s.p[n - 1] <= 'z') ||
                     (s.p[n - 1] >= 'A' && s.p[n - 1] <= 'Z')))
        n--;
    if (n < s.n && (unit = unit_of(str_sub(s, n, s.n))) == 0)
        return;
    if (n == 0 || !str_to_double(str_sub(s, 0, n), &d) || !isfinite(d * unit))
        return;
    d *= unit;
    v->real = (struct real_interval){true, d, d, false, false};
    v->whole = (struct interval){true, saturated(ceil(d)), saturated(floor(d))};
}

/* ---- times ----------------------------------------------------------------------------------- */

static bool two(struct str s, size_t at, int *out)
{
    int64_t n;
    if (at + 2 > s.n || !filter_digits(str_sub(s, at, at + 2), &n))
        return false;
    *out = (int)n;
    return true;
}

/* HH:MM[:SS], the whole text: ticks since midnight, as long as its last unit. */
static bool read_clock(struct str s, struct interval *out)
{
    int hour, minute, second = 0;
    if ((s.n != 5 && s.n != 8) || !two(s, 0, &hour) || s.p[2] != ':' || !two(s, 3, &minute) ||
        (s.n == 8 && (s.p[5] != ':' || !two(s, 6, &second))) || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    int64_t at = (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND;
    *out = (struct interval){true, at,
                             at + (s.n == 5 ? TICKS_PER_MINUTE : TICKS_PER_SECOND) - 1};
    return true;
}

/* YYYY[-MM[-DD[THH[:MM[:SS[.f]]]]]][Z]: from its first tick to its last. */
static bool read_time(struct str s, struct interval *out)
{
    struct civil c = {.month = 1, .day = 1};
    static const char marks[] = "--T::";
    int *const parts[] = {&c.month, &c.day, &c.hour, &c.minute, &c.second};
    int64_t year, low, high;
    size_t n = 0, at = 4;
    if (s.n > 8 && s.p[s.n - 1] == 'Z')
        s.n--;
    if (s.n < 4 || !filter_digits(str_sub(s, 0, 4), &year) || year < 1)
        return false;
    c.year = (int)year;
    for (; n < 5 && at < s.n; n++, at += 3)
        if ((s.p[at] != marks[n] && !(n == 2 && (s.p[at] == ' ' || s.p[at] == '_'))) ||
            !two(s, at + 1, parts[n]))
            return false;
    if (at < s.n) { /* a fraction: the text as Kusto reads it */
        if (n < 5 || s.p[at] != '.' || !instant_parse(s, &low))
            return false;
        *out = (struct interval){true, low, low};
        return true;
    }
    if (!instant_from_civil(&c, &low))
        return false;
    static const int64_t length[] = {0, 0, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE,
                                     TICKS_PER_SECOND};
    if (n >= 2) {
        high = low + length[n] - 1;
    } else {
        c.month += n;
        c.year += n == 0 || c.month > 12;
        c.month = c.month > 12 ? 1 : c.month;
        high = instant_from_civil(&c, &high) ? high - 1 : INSTANT_MAX;
    }
    *out = (struct interval){true, low, high};
    return true;
}

/* A duration needs its unit (5s, 2 min) or a clock's form (00:00:05); a bare number would be days.
 */
static void read_span(struct str s, struct interval *out)
{
    int64_t ticks;
    if (!filter_digits(s, &ticks) && !(s.n > 4 && s.p[4] == '-') && timespan_parse(s, &ticks))
        *out = (struct interval){true, ticks, ticks};
}

/* ---- intervals ------------------------------------------------------------------------------- */

static void read_point(struct str s, struct filter_value *v)
{
    read_number(s, v);
    if (!read_time(s, &v->time))
        read_clock(s, &v->clock);
    read_span(s, &v->span);
    read_net(s, &v->net);
}

static void bound(struct interval *i, enum filter_op op)
{
    int64_t low = i->low, high = i->high;
    if (op == OP_OVER || op == OP_FROM)
        *i = (struct interval){i->has, op == OP_FROM ? low : high < INT64_MAX ? high + 1 : high,
                               INT64_MAX};
    if (op == OP_UNDER || op == OP_UP_TO)
        *i = (struct interval){i->has, INT64_MIN,
                               op == OP_UP_TO ? high : low > INT64_MIN ? low - 1 : low};
}

static void bound_real(struct real_interval *r, enum filter_op op)
{
    if (op == OP_OVER || op == OP_FROM)
        *r = (struct real_interval){r->has, r->low, INFINITY, op == OP_OVER, false};
    if (op == OP_UNDER || op == OP_UP_TO)
        *r = (struct real_interval){r->has, -INFINITY, r->high, false, op == OP_UNDER};
}

static void bound_all(struct filter_value *v, enum filter_op op)
{
    bound(&v->whole, op);
    bound(&v->time, op);
    bound(&v->clock, op);
    bound(&v->span, op);
    bound_real(&v->real, op);
    v->net.has = false;
}

static struct interval between(struct interval x, struct interval y)
{
    return (struct interval){x.has && y.has, x.low, y.high};
}

/* from..to, from.. or ..to; false: at least one side is nothing but text. */
static bool read_range(struct str s, struct filter_value *v)
{
    size_t dots = str_find(s, STR(".."), 0);
    if (dots == SIZE_MAX || s.n == 2)
        return false;
    struct str from = str_sub(s, 0, dots), to = str_sub(s, dots + 2, s.n);
    struct filter_value x = {0}, y = {0};
    read_point(from, &x);
    read_point(to, &y);
    if (!from.n || !to.n) {
        struct filter_value *one = from.n ? &x : &y;
        bound_all(one, from.n ? OP_FROM : OP_UP_TO);
        x = y = *one;
    }
    v->whole = between(x.whole, y.whole);
    v->time = between(x.time, y.time);
    v->clock = between(x.clock, y.clock);
    v->span = between(x.span, y.span);
    v->real = (struct real_interval){x.real.has && y.real.has, x.real.low, y.real.high, false,
                                     y.real.high_open};
    v->net.has = x.net.has && y.net.has;
    memcpy(v->net.low, x.net.low, 16);
    memcpy(v->net.high, y.net.high, 16);
    return v->whole.has || v->time.has || v->clock.has || v->span.has || v->net.has;
}

static bool only_of(struct str s, const char *set)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(set, s.p[i]))
            return false;
    return s.n > 0;
}

static void read_parts(struct arena *a, struct str s, struct filter_value *v)
{
    if (str_find_byte(s, '*') == s.n)
        return;
    v->parts = ARENA_ARRAY(a, struct str, s.n + 1);
    while (s.p)
        v->parts[v->n_parts++] = str_cut(&s, '*');
}

/* Long texts are left to the search that is linear whatever the texts are. */
static void prepare(struct filter_value *v)
{
    enum { LONGEST = 64 };
    v->quick = v->text.n >= 2 && v->text.n < LONGEST;
    for (size_t i = 0; i < v->text.n; i++) {
        unsigned char c = (unsigned char)v->text.p[i];
        v->quick = v->quick && c < 0x80;
        v->refold = v->refold || (c | 0x20) == 'k' || (c | 0x20) == 's';
    }
    if (v->quick)
        needle_init(&v->needle, v->text, true);
}

bool filter_value_read(struct arena *a, struct str text, bool quoted, enum filter_op op,
                       struct filter_value *v)
{
    *v = (struct filter_value){.text = text, .empty = text.n == 0 && op <= OP_EQUAL};
    if (op == OP_EQUAL) {
        v->exact = true;
        read_point(text, v);
        return true;
    }
    if (op == OP_HAS && !quoted && read_range(text, v)) {
        v->compares = true;
        return true;
    }
    read_point(text, v);
    if (op == OP_HAS) {
        v->as_number = only_of(text, "0123456789.-");
        v->as_time = only_of(text, "0123456789-: .Z");
        prepare(v);
        if (!quoted)
            read_parts(a, text, v);
        return true;
    }
    bound_all(v, op);
    v->compares = true;
    return v->whole.has || v->time.has || v->clock.has || v->span.has;
}
