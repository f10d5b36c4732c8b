/* Ticks and the calendar: civil time to ticks and back, ticks to text, the two clocks, and the W3C
 * fields in their fixed places. The calendar is Gregorian throughout, as Kusto's is. */
#include "base/instant.h"

#include <endian.h>
#include <stdio.h>
#include <time.h>

static const uint16_t days_before_month[13] = {0,   0,   31,  59,  90,  120, 151,
                                               181, 212, 243, 273, 304, 334};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 2 && is_leap(year));
}

/* Days from 0001-01-01. */
static int64_t day_number(int year, int month, int day)
{
    int y = year - 1;

    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + days_before_month[month] +
           (month > 2 && is_leap(year)) + day - 1;
}

int64_t instant_day(int year, int month, int day)
{
    return day_number(year, month, day) * TICKS_PER_DAY;
}

static bool date_exists(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

bool instant_from_civil(const struct civil *c, int64_t *ticks)
{
    if (!date_exists(c->year, c->month, c->day) || c->hour < 0 || c->hour > 23 || c->minute < 0 ||
        c->minute > 59 || c->second < 0 || c->second > 59 || c->ticks < 0 || c->ticks > 9999999)
        return false;
    *ticks = instant_day(c->year, c->month, c->day) + c->hour * TICKS_PER_HOUR +
             c->minute * TICKS_PER_MINUTE + c->second * TICKS_PER_SECOND + c->ticks;
    return true;
}

static void civil_from_day(int day, struct civil *c)
{
    int n400 = day / 146097, in400 = day % 146097;
    int n100 = in400 / 36524 < 3 ? in400 / 36524 : 3; /* the last century has a day more */
    int in100 = in400 - n100 * 36524;
    int n4 = in100 / 1461, in4 = in100 % 1461;
    int n1 = in4 / 365 < 3 ? in4 / 365 : 3;
    int in_year = in4 - n1 * 365;

    c->year = 400 * n400 + 100 * n100 + 4 * n4 + n1 + 1;
    c->month = in_year / 32 + 1; /* right, or one too low */
    int leap = is_leap(c->year);
    if (c->month < 12 && in_year >= days_before_month[c->month + 1] + (c->month >= 2 && leap))
        c->month++;
    c->day = in_year - days_before_month[c->month] - (c->month > 2 && leap) + 1;
}

void instant_to_civil(int64_t ticks, struct civil *c)
{
    if (ticks < 0)
        ticks = 0;
    if (ticks > INSTANT_MAX)
        ticks = INSTANT_MAX;
    int64_t rest = ticks % TICKS_PER_DAY;
    civil_from_day((int)(ticks / TICKS_PER_DAY), c);
    int seconds = (int)(rest / TICKS_PER_SECOND);
    c->ticks = (int)(rest % TICKS_PER_SECOND);
    c->hour = seconds / 3600;
    c->minute = seconds / 60 % 60;
    c->second = seconds % 60;
}

/* Eight characters at once against a pattern of '0' for any digit and separators for themselves.
 * Each byte of *pairs becomes the number of its digit and the next one. */
static inline bool match_digits(const char *text, const char *pattern, uint64_t *pairs)
{
    uint64_t t, p;

    memcpy(&t, text, 8);
    memcpy(&p, pattern, 8);
    uint64_t x = le64toh(t ^ p); /* digits are 0..9 now, separators 0 */
    /* where the pattern has a digit up to 9 passes, where it has a separator only 0 */
    uint64_t digit = (le64toh(p) ^ UINT64_C(0x3030303030303030)) & UINT64_C(0x1f1f1f1f1f1f1f1f);
    uint64_t full =
        ((digit + UINT64_C(0x1f1f1f1f1f1f1f1f)) >> 5 & UINT64_C(0x0101010101010101)) * 9;
    uint64_t over = x + UINT64_C(0x7676767676767676) + full;
    *pairs = x * 10 + (x >> 8);
    return !((over | x) & UINT64_C(0x8080808080808080));
}

static inline unsigned pair(uint64_t pairs, unsigned at)
{
    return pairs >> 8 * at & 0xff;
}

bool instant_parse_w3c_date(struct str s, int64_t *ticks)
{
    uint64_t front, back;

    if (s.n != 10 || !match_digits(s.p, "0000-00-", &front) ||
        !match_digits(s.p + 2, "00-00-00", &back))
        return false;
    int year = (int)(pair(front, 0) * 100 + pair(front, 2));
    int month = (int)pair(front, 5), day = (int)pair(back, 6);
    if (!date_exists(year, month, day))
        return false;
    *ticks = instant_day(year, month, day);
    return true;
}

static bool w3c_fraction(struct str digits, int64_t *ticks)
{
    int64_t fraction = 0, scale = TICKS_PER_SECOND;

    if (digits.n < 1 || digits.n > 7)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        unsigned d = (unsigned)(unsigned char)digits.p[i] - '0';
        if (d > 9)
            return false;
        fraction = fraction * 10 + d;
        scale /= 10;
    }
    *ticks += fraction * scale;
    return true;
}

bool instant_parse_w3c_time(struct str s, int64_t *ticks)
{
    uint64_t pairs;

    if (s.n < 8 || !match_digits(s.p, "00:00:00", &pairs))
        return false;
    unsigned hour = pair(pairs, 0), minute = pair(pairs, 3), second = pair(pairs, 6);
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t value = (int64_t)(hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND;
    if (s.n > 8 && (s.p[8] != '.' || !w3c_fraction(str_sub(s, 9, s.n), &value)))
        return false;
    *ticks = value;
    return true;
}

static char *put_digits(char *out, unsigned value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + count;
}

static char *put_date(char *out, const struct civil *c)
{
    out = put_digits(out, (unsigned)c->year, 4);
    *out++ = '-';
    out = put_digits(out, (unsigned)c->month, 2);
    *out++ = '-';
    return put_digits(out, (unsigned)c->day, 2);
}

static char *put_time(char *out, unsigned hour, unsigned minute, unsigned second)
{
    out = put_digits(out, hour, 2);
    *out++ = ':';
    out = put_digits(out, minute, 2);
    *out++ = ':';
    return put_digits(out, second, 2);
}

static size_t format_instant(int64_t ticks, char *out, char between, bool fraction)
{
    struct civil c;

    instant_to_civil(ticks, &c);
    char *p = put_date(out, &c);
    *p++ = between;
    p = put_time(p, (unsigned)c.hour, (unsigned)c.minute, (unsigned)c.second);
    if (fraction) {
        *p++ = '.';
        p = put_digits(p, (unsigned)c.ticks, 7);
    }
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - out);
}

size_t instant_format(int64_t ticks, char *out)
{
    return format_instant(ticks, out, 'T', true);
}

size_t instant_format_short(int64_t ticks, char *out)
{
    return format_instant(ticks, out, ' ', false);
}

static uint64_t magnitude(int64_t ticks)
{
    return ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
}

size_t timespan_format(int64_t ticks, char *out)
{
    uint64_t rest = magnitude(ticks);
    unsigned days = (unsigned)(rest / TICKS_PER_DAY);
    unsigned seconds = (unsigned)(rest % TICKS_PER_DAY / TICKS_PER_SECOND);
    unsigned fraction = (unsigned)(rest % TICKS_PER_SECOND);
    char *p = out;

    if (ticks < 0)
        *p++ = '-';
    if (days)
        p += snprintf(p, 16, "%u.", days);
    p = put_time(p, seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction) {
        *p++ = '.';
        p = put_digits(p, fraction, 7);
    }
    *p = '\0';
    return (size_t)(p - out);
}

size_t timespan_format_short(int64_t ticks, char *out)
{
    static const struct {
        int64_t large, small;
        const char *large_name, *small_name;
    } units[] = {
        {TICKS_PER_DAY, TICKS_PER_HOUR, "d", "h"},
        {TICKS_PER_HOUR, TICKS_PER_MINUTE, "h", "min"},
        {TICKS_PER_MINUTE, TICKS_PER_SECOND, "min", "s"},
    };
    uint64_t rest = magnitude(ticks);
    const char *sign = ticks < 0 ? "-" : "";

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t large = (uint64_t)units[i].large, small = (uint64_t)units[i].small;
        if (rest < large)
            continue;
        unsigned many = (unsigned)(rest / large), few = (unsigned)(rest % large / small);
        if (few == 0)
            return (size_t)snprintf(out, INSTANT_TEXT, "%s%u %s", sign, many, units[i].large_name);
        return (size_t)snprintf(out, INSTANT_TEXT, "%s%u %s %u %s", sign, many, units[i].large_name,
                                few, units[i].small_name);
    }
    /* cut, not rounded: 59.96 s is not yet a minute */
    uint64_t unit = rest >= (uint64_t)TICKS_PER_SECOND ? TICKS_PER_SECOND : TICKS_PER_MILLISECOND;
    unsigned tenths = (unsigned)(rest * 10 / unit);
    const char *name = unit == (uint64_t)TICKS_PER_SECOND ? "s" : "ms";
    if (tenths % 10 == 0)
        return (size_t)snprintf(out, INSTANT_TEXT, "%s%u %s", sign, tenths / 10, name);
    return (size_t)snprintf(out, INSTANT_TEXT, "%s%u.%u %s", sign, tenths / 10, tenths % 10, name);
}

int64_t instant_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return INSTANT_UNIX_EPOCH + (int64_t)now.tv_sec * TICKS_PER_SECOND + now.tv_nsec / 100;
}

double monotonic_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
