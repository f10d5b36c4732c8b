/* Text to instant and to timespan, in the forms of KQL.md 2.8 and 2.9. In: any text. Out: UTC
 * ticks, or false. A small cursor walks over the text; the order of a date's parts is told from its
 * shape: year first    2020-01-02  2022/12/02  20221202 month first   12-02-2022
 * 12/2/2022  12.02.2022  Dec 2, 2022 day first     2 Dec 2022  02-Dec-22 (RFC 822 and 850, with or
 * without the name of the day) */
#include "base/instant.h"

struct cursor {
    struct str s;
    size_t at;
};

static char peek(const struct cursor *c)
{
    return c->at < c->s.n ? c->s.p[c->at] : '\0';
}

static bool at_end(const struct cursor *c)
{
    return c->at == c->s.n;
}

static bool take(struct cursor *c, char want)
{
    if (at_end(c) || c->s.p[c->at] != want)
        return false;
    c->at++;
    return true;
}

static bool skip_blanks(struct cursor *c)
{
    size_t start = c->at;

    while (peek(c) == ' ' || peek(c) == '\t')
        c->at++;
    return c->at > start;
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* A number of at most 9 digits; *digits is how many there were. */
static bool number(struct cursor *c, int *value, int *digits)
{
    *value = 0;
    for (*digits = 0; is_digit(peek(c)); ++*digits) {
        if (*digits == 9)
            return false;
        *value = *value * 10 + (c->s.p[c->at++] - '0');
    }
    return *digits > 0;
}

static struct str word(struct cursor *c)
{
    size_t start = c->at;

    while ((peek(c) | 0x20) >= 'a' && (peek(c) | 0x20) <= 'z')
        c->at++;
    return str_sub(c->s, start, c->at);
}

/* The place of w, from 1, among names that may be cut to three letters; 0 when it is none of them.
 */
static int name_index(struct str w, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        struct str name = str_of(names[i]);
        if (str_eq_nocase(w, name) || (w.n == 3 && str_eq_nocase(w, str_sub(name, 0, 3))))
            return i + 1;
    }
    return 0;
}

static int month_named(struct str w)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};

    return str_eq_nocase(w, STR("sept")) ? 9 : name_index(w, months, 12);
}

static bool day_named(struct str w)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

    return name_index(w, days, 7) != 0;
}

/* RFC 822 years have two digits; they lie in 1950 to 2049. */
static bool year(struct cursor *c, int *value)
{
    int digits;

    if (!number(c, value, &digits) || (digits != 2 && digits != 4))
        return false;
    if (digits == 2)
        *value += *value < 50 ? 2000 : 1900;
    return true;
}

/* "Dec 2, 2022", the cursor after "Dec" */
static bool date_after_month(struct cursor *c, struct civil *d)
{
    int digits;

    skip_blanks(c);
    if (!number(c, &d->day, &digits) || digits > 2)
        return false;
    bool comma = take(c, ',');
    if (!skip_blanks(c) && !comma)
        return false;
    return year(c, &d->year);
}

/* "2 Dec 2022", "02-Dec-22", the cursor after "2" */
static bool date_after_day(struct cursor *c, struct civil *d, int day)
{
    char sep = peek(c);

    d->day = day;
    if (sep == '-')
        c->at++;
    else
        skip_blanks(c);
    d->month = month_named(word(c));
    if (d->month == 0)
        return false;
    if (sep == '-') {
        if (!take(c, '-'))
            return false;
    } else {
        take(c, ',');
        skip_blanks(c);
    }
    return year(c, &d->year);
}

/* The cursor after the first number, which had `digits` digits. */
static bool date_of_numbers(struct cursor *c, struct civil *d, int first, int digits)
{
    char sep = peek(c);
    int count;

    if (digits == 8) {
        d->year = first / 10000;
        d->month = first / 100 % 100;
        d->day = first % 100;
        return true;
    }
    if (digits != 4 && digits > 2)
        return false;
    if (!(sep == '-' || sep == '/' || sep == '.'))
        return false;
    c->at++;
    int second;
    if (!number(c, &second, &count) || count > 2)
        return false;
    if (digits == 4) {
        d->year = first;
        d->month = second;
        d->day = 1;
        if (!take(c, sep))
            return at_end(c);
        return number(c, &d->day, &count) && count <= 2;
    }
    d->month = first;
    d->day = second;
    return take(c, sep) && number(c, &d->year, &count) && count == 4;
}

static bool date(struct cursor *c, struct civil *d)
{
    struct str name = word(c);
    int first, digits;

    if (name.n && day_named(name)) {
        take(c, ',');
        skip_blanks(c);
        name = word(c);
    }
    if (name.n) {
        d->month = month_named(name);
        return d->month != 0 && date_after_month(c, d);
    }
    if (!number(c, &first, &digits))
        return false;
    struct cursor ahead = *c;
    if (peek(&ahead) == '-')
        ahead.at++;
    else
        skip_blanks(&ahead);
    char next = peek(&ahead) | 0x20;
    if (digits <= 2 && next >= 'a' && next <= 'z')
        return date_after_day(c, d, first);
    return date_of_numbers(c, d, first, digits);
}

/* The digits after a point, as ticks; digits beyond the seventh are dropped. */
static bool fraction(struct cursor *c, int *ticks)
{
    int scale = (int)TICKS_PER_SECOND;

    *ticks = 0;
    if (!is_digit(peek(c)))
        return false;
    for (; is_digit(peek(c)); c->at++) {
        scale /= 10;
        *ticks += (c->s.p[c->at] - '0') * scale;
    }
    return true;
}

static bool afternoon(struct cursor *c, struct civil *d)
{
    struct cursor ahead = *c;

    skip_blanks(&ahead);
    struct str w = word(&ahead);
    bool pm = str_eq_nocase(w, STR("pm"));
    if (!pm && !str_eq_nocase(w, STR("am")))
        return true;
    if (d->hour < 1 || d->hour > 12)
        return false;
    d->hour = d->hour % 12 + (pm ? 12 : 0);
    *c = ahead;
    return true;
}

/* hh:mm[:ss[.f]] [AM|PM] */
static bool clock_time(struct cursor *c, struct civil *d)
{
    int digits;

    if (!number(c, &d->hour, &digits) || digits > 2 || !take(c, ':') ||
        !number(c, &d->minute, &digits) || digits > 2)
        return false;
    if (take(c, ':')) {
        if (!number(c, &d->second, &digits) || digits > 2)
            return false;
        if ((take(c, '.') || take(c, ',')) && !fraction(c, &d->ticks))
            return false;
    }
    return afternoon(c, d);
}

/* Z, GMT, UT, UTC, or an offset: +hh, +hhmm, +hh:mm */
static bool zone(struct cursor *c, int64_t *offset)
{
    *offset = 0;
    skip_blanks(c);
    if (at_end(c))
        return true;
    struct str name = word(c);
    if (name.n)
        return str_eq_nocase(name, STR("z")) || str_eq_nocase(name, STR("gmt")) ||
               str_eq_nocase(name, STR("utc")) || str_eq_nocase(name, STR("ut"));
    bool minus = peek(c) == '-';
    int hours, minutes = 0, digits;
    if (!take(c, '-') && !take(c, '+'))
        return false;
    if (!number(c, &hours, &digits) || digits > 4 || digits == 3)
        return false;
    if (digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (take(c, ':') && (!number(c, &minutes, &digits) || digits != 2)) {
        return false;
    }
    if (hours > 14 || minutes > 59 || hours * 60 + minutes > 14 * 60)
        return false;
    *offset = (hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE) * (minus ? -1 : 1);
    return true;
}

bool instant_parse(struct str s, int64_t *ticks)
{
    struct cursor c = {str_trim(s), 0};
    struct civil d = {0};
    int64_t value, offset = 0;

    if (!date(&c, &d))
        return false;
    if (!at_end(&c)) {
        bool must = take(&c, 'T') || take(&c, 't');
        bool may = must || skip_blanks(&c);
        if (must || (may && is_digit(peek(&c)))) {
            if (!clock_time(&c, &d))
                return false;
        }
        if (!zone(&c, &offset) || !at_end(&c))
            return false;
    }
    if (!instant_from_civil(&d, &value))
        return false;
    value -= offset;
    if (value < 0 || value > INSTANT_MAX)
        return false;
    *ticks = value;
    return true;
}

double timespan_unit(struct str name)
{
    static const struct {
        const char *names;
        double ticks;
    } units[] = {
        {"d day days", (double)TICKS_PER_DAY},
        {"h hr hrs hour hours", (double)TICKS_PER_HOUR},
        {"m min minute minutes", (double)TICKS_PER_MINUTE},
        {"s sec second seconds", (double)TICKS_PER_SECOND},
        {"ms milli millis millisecond milliseconds", (double)TICKS_PER_MILLISECOND},
        {"micro micros microsecond microseconds", (double)TICKS_PER_MICROSECOND},
        {"nano nanos nanosecond nanoseconds", 0.01},
        {"tick ticks", 1},
    };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct str names = str_of(units[i].names);
        while (names.n)
            if (str_eq(str_cut(&names, ' '), name))
                return units[i].ticks;
    }
    return 0;
}

/* A number of days, or of the unit that follows it. */
static bool amount(struct str s, bool minus, int64_t *ticks)
{
    double unit = (double)TICKS_PER_DAY, many;
    int64_t whole;
    size_t end = 0;

    while (end < s.n && (is_digit(s.p[end]) || s.p[end] == '.'))
        end++;
    struct str name = str_trim(str_sub(s, end, s.n));
    if (name.n)
        unit = timespan_unit(name);
    s = str_sub(s, 0, end);
    if (unit == 0 || end == 0)
        return false;
    if (unit >= 1 && str_to_int64(s, &whole))
        return !__builtin_mul_overflow(minus ? -whole : whole, (int64_t)unit, ticks);
    if (!str_to_double(s, &many) || many * unit >= 0x1p63)
        return false;
    *ticks = (int64_t)(many * unit) * (minus ? -1 : 1);
    return true;
}

bool timespan_parse(struct str s, int64_t *ticks)
{
    struct cursor c = {str_trim(s), 0};
    bool minus = take(&c, '-');
    int64_t total;
    int days = 0, hour, minute, second = 0, part = 0, digits;

    if (str_find_byte(c.s, ':') == c.s.n)
        return amount(str_sub(c.s, c.at, c.s.n), minus, ticks);
    if (!number(&c, &hour, &digits))
        return false;
    if (take(&c, '.')) {
        days = hour;
        if (!number(&c, &hour, &digits))
            return false;
    }
    if (!take(&c, ':') || !number(&c, &minute, &digits))
        return false;
    if (take(&c, ':')) {
        if (!number(&c, &second, &digits) || (take(&c, '.') && !fraction(&c, &part)))
            return false;
    }
    if (!at_end(&c) || hour > 23 || minute > 59 || second > 59)
        return false;
    /* with the sign from the start, so that the least value fits */
    int64_t sign = minus ? -1 : 1;
    int64_t in_day =
        hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE + second * TICKS_PER_SECOND + part;
    return !__builtin_mul_overflow(sign * days, TICKS_PER_DAY, &total) &&
           !__builtin_add_overflow(total, sign * in_day, ticks);
}
