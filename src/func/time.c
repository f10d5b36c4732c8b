/* Instants in, their periods and parts out (KQL.md 4.15). The one idea: a period is a whole
 * number (day, week or month since year 1), so start, end, sum and difference are arithmetic on
 * such numbers. What leaves the years 1 to 9999 is null. Weeks begin on Sunday, except in
 * week_of_year, which is that of ISO 8601. */
#include "base/instant.h"

#include "func/kernel.h"

enum part {
    PART_NONE, PART_YEAR, PART_QUARTER, PART_MONTH, PART_WEEK, PART_DAY, PART_DAY_OF_YEAR,
        PART_HOUR,
    PART_MINUTE, PART_SECOND, PART_MILLISECOND, PART_MICROSECOND, PART_NANOSECOND
};
static const struct {
    const char *name;
    enum part part;
} part_names[] = {
    {"year", PART_YEAR}, {"quarter", PART_QUARTER}, {"month", PART_MONTH}, {"week", PART_WEEK},
    {"week_of_year", PART_WEEK}, {"weekofyear", PART_WEEK}, {"day", PART_DAY},
    {"dayofyear", PART_DAY_OF_YEAR}, {"hour", PART_HOUR}, {"minute", PART_MINUTE},
    {"second", PART_SECOND}, {"millisecond", PART_MILLISECOND}, {"microsecond", PART_MICROSECOND},
    {"nanosecond", PART_NANOSECOND},
};

static enum part part_by_name(struct str name)
{
    for (size_t i = 0; i < sizeof part_names / sizeof part_names[0]; i++)
        if (str_eq_nocase(name, str_of(part_names[i].name)))
            return part_names[i].part;
    return PART_NONE;
}

/* The state is the part when it is constant. */
static void *prepare_part(struct call *call, struct column *const *constants, struct error *err)
{
    enum part *part = ARENA_NEW(call->run, enum part);

    if (!constants[0])
        return part;
    *part = part_by_name(cell_str(constants[0], 0));
    if (*part == PART_NONE)
        error_set(err, "%s(): no such part of a date; known are year, quarter, month, week, day, "
                       "dayofyear, hour, minute, second, millisecond, microsecond, nanosecond",
                  call->func->name);
    return part;
}

static enum part part_at(struct call *call, struct column *const *args, size_t row)
{
    const enum part *known = call->state;

    return known && *known ? *known : part_by_name(cell_str(args[0], row));
}

static bool in_range(int64_t ticks)
{
    return ticks >= 0 && ticks <= INSTANT_MAX;
}

/* ---- numbers of periods --------------------------------------------------------------------- */

#define DAYS 3652059             /* in all the years */
#define MONTHS_MIN 12            /* January of year 1 */
#define MONTHS_MAX (12 * 10000)  /* January of year 10000: where the last month ends */

static int64_t day_number(int64_t ticks)
{
    return ticks / TICKS_PER_DAY;
}

static int64_t week_number(int64_t ticks) /* year 1 began on a Monday */
{
    return (day_number(ticks) + 1) / 7;
}

static int64_t month_number(int64_t ticks)
{
    struct civil c;

    instant_to_civil(ticks, &c);
    return (int64_t)c.year * 12 + c.month - 1;
}

/* The first tick of a month; of the month after the last one too. */
static bool month_start(int64_t number, int64_t *ticks)
{
    if (number < MONTHS_MIN || number > MONTHS_MAX)
        return false;
    *ticks = number == MONTHS_MAX ? INSTANT_MAX + 1
                                  : instant_day((int)(number / 12), (int)(number % 12) + 1, 1);
    return true;
}

static int days_in_month(int64_t number)
{
    int64_t start, next;

    month_start(number, &start);
    month_start(number + 1, &next);
    return (int)((next - start) / TICKS_PER_DAY);
}

/* The start of the period, `offset` periods on. */
static bool period_start(enum part part, int64_t ticks, int64_t offset, int64_t *start)
{
    int64_t day;

    if (offset > DAYS || offset < -DAYS)
        return false;
    if (part == PART_MONTH)
        return month_start(month_number(ticks) + offset, start);
    if (part == PART_YEAR)
        return month_start((month_number(ticks) / 12 + offset) * 12, start);
    day = part == PART_DAY ? day_number(ticks) + offset : (week_number(ticks) + offset) * 7 - 1;
    if (day < 0 || day > DAYS)
        return false;
    *start = day * TICKS_PER_DAY;
    return true;
}

static void period(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool end = call->func->name[0] == 'e'; /* endof…, startof… */
    const char *name = call->func->name + (end ? strlen("endof") : strlen("startof"));
    enum part part = part_by_name(str_of(name));

    for (size_t i = 0; i < rows; i++) {
        int64_t ticks = cell_int(args[0], i), offset = call->n_args > 1 ? cell_int(args[1], i) : 0;
        int64_t start = 0;
        bool ok = in_range(ticks) && offset < INT64_MAX &&
            period_start(part, ticks, offset + end, &start);
        start -= end;
        if (ok && in_range(start))
            out->ints[i] = start;
        else
            put_null(out, i);
    }
}

/* ---- parts ---------------------------------------------------------------------------------- */

static int day_of_year(int64_t ticks, const struct civil *c)
{
    return (int)((ticks - instant_day(c->year, 1, 1)) / TICKS_PER_DAY) + 1;
}

/* Week 1 is the one with the year's first Thursday. */
static int iso_week(int64_t ticks)
{
    int64_t day = day_number(ticks);
    int64_t thursday = (day - day % 7 + 3) * TICKS_PER_DAY;
    struct civil c;

    instant_to_civil(thursday, &c);
    return (day_of_year(thursday, &c) - 1) / 7 + 1;
}

static int part_of(enum part part, int64_t ticks)
{
    struct civil c;

    instant_to_civil(ticks, &c);
    switch (part) {
    case PART_YEAR: return c.year;
    case PART_QUARTER: return (c.month - 1) / 3 + 1;
    case PART_MONTH: return c.month;
    case PART_WEEK: return iso_week(ticks);
    case PART_DAY: return c.day;
    case PART_DAY_OF_YEAR: return day_of_year(ticks, &c);
    case PART_HOUR: return c.hour;
    case PART_MINUTE: return c.minute;
    case PART_SECOND: return c.second;
    case PART_MILLISECOND: return c.ticks / 10000;
    case PART_MICROSECOND: return c.ticks / 10;
    case PART_NANOSECOND: return c.ticks * 100;
    case PART_NONE: break;
    }
    return 0;
}

static void put_part(enum part part, struct column *out, struct column *times, size_t i)
{
    int64_t ticks = cell_int(times, i);

    if (part != PART_NONE && in_range(ticks))
        out->ints[i] = part_of(part, ticks);
    else
        put_null(out, i);
}

static void datetime_part(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        put_part(part_at(call, args, i), out, args[1], i);
}

/* hourofday(t) and its like: a row for each, and the part that it shows. */
static void named_part(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    static const struct {
        const char *name;
        enum part part;
    } names[] = {
        {"hourofday", PART_HOUR}, {"dayofmonth", PART_DAY}, {"dayofyear", PART_DAY_OF_YEAR},
        {"monthofyear", PART_MONTH}, {"getmonth", PART_MONTH}, {"getyear", PART_YEAR},
        {"week_of_year", PART_WEEK}, {"weekofyear", PART_WEEK},
    };
    enum part part = PART_NONE;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, call->func->name) == 0)
            part = names[i].part;
    for (size_t i = 0; i < rows; i++)
        put_part(part, out, args[0], i);
}

static void dayofweek(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int64_t ticks = cell_int(args[0], i);
        if (in_range(ticks))
            out->ints[i] = (day_number(ticks) + 1) % 7 * TICKS_PER_DAY;
        else
            put_null(out, i);
    }
}

/* ---- sums and differences ------------------------------------------------------------------- */

/* Ticks of one part; 0 where it has no fixed length (months) or is no whole tick (nanoseconds). */
static int64_t part_ticks(enum part part)
{
    switch (part) {
    case PART_WEEK: return 7 * TICKS_PER_DAY;
    case PART_DAY: return TICKS_PER_DAY;
    case PART_HOUR: return TICKS_PER_HOUR;
    case PART_MINUTE: return TICKS_PER_MINUTE;
    case PART_SECOND: return TICKS_PER_SECOND;
    case PART_MILLISECOND: return TICKS_PER_MILLISECOND;
    case PART_MICROSECOND: return TICKS_PER_MICROSECOND;
    default: return 0;
    }
}

static int part_months(enum part part)
{
    return part == PART_YEAR ? 12 : part == PART_QUARTER ? 3 : part == PART_MONTH ? 1 : 0;
}

/* The same day of another month, or its last one where that month is shorter. */
static bool add_months(int64_t ticks, int64_t months, int64_t *sum)
{
    struct civil c;
    int64_t start, to;

    instant_to_civil(ticks, &c);
    if (months > MONTHS_MAX || months < -MONTHS_MAX)
        return false;
    to = month_number(ticks) + months;
    if (to >= MONTHS_MAX || !month_start(to, &start))
        return false;
    int days = days_in_month(to);
    *sum = start + ((c.day < days ? c.day : days) - 1) * TICKS_PER_DAY + ticks % TICKS_PER_DAY;
    return true;
}

static bool add_part(enum part part, int64_t n, int64_t ticks, int64_t *sum)
{
    int64_t by;

    if (part_months(part))
        return n <= MONTHS_MAX && n >= -MONTHS_MAX && add_months(ticks, n * part_months(part), sum);
    if (part == PART_NANOSECOND)
        by = n / 100;
    else if (!part_ticks(part) || __builtin_mul_overflow(n, part_ticks(part), &by))
        return false;
    return !__builtin_add_overflow(ticks, by, sum);
}

static void datetime_add(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t ticks = cell_int(args[2], i);
        if (in_range(ticks) &&
            add_part(part_at(call, args, i), cell_int(args[1], i), ticks, &out->ints[i]) &&
            in_range(out->ints[i]))
            continue;
        put_null(out, i);
    }
}

/* How many borders of the part lie between b and a. */
static bool difference(enum part part, int64_t a, int64_t b, int64_t *result)
{
    int64_t ticks = part_ticks(part);
    int months = part_months(part);

    if (part == PART_WEEK)
        *result = week_number(a) - week_number(b);
    else if (ticks)
        *result = a / ticks - b / ticks;
    else if (months)
        *result = month_number(a) / months - month_number(b) / months;
    else
        return part == PART_NANOSECOND && !__builtin_mul_overflow(a - b, 100, result);
    return true;
}

static void datetime_diff(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t a = cell_int(args[1], i), b = cell_int(args[2], i);
        if (!in_range(a) || !in_range(b) ||
            !difference(part_at(call, args, i), a, b, &out->ints[i]))
            put_null(out, i);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define PERIOD {{"t?l", TYPE_DATETIME, period}}
#define PART {{"t", TYPE_INT, named_part}}
#define SAMPLE "datetime(2020-06-17 13:45:10)" /* a Wednesday */

const struct func functions_time[] = {
    ROW("startofday", "time [, offset]", "The start of the day, offset days on.",
        "startofday(" SAMPLE ")", "2020-06-17T00:00:00.0000000Z", FUNC_NAMED, PERIOD),
    ROW("startofweek", "time [, offset]", "The start of the week (Sunday), offset weeks on.",
        "startofweek(" SAMPLE ")", "2020-06-14T00:00:00.0000000Z", 0, PERIOD),
    ROW("startofmonth", "time [, offset]", "The start of the month, offset months on.",
        "startofmonth(" SAMPLE ", -1)", "2020-05-01T00:00:00.0000000Z", 0, PERIOD),
    ROW("startofyear", "time [, offset]", "The start of the year, offset years on.",
        "startofyear(" SAMPLE ")", "2020-01-01T00:00:00.0000000Z", 0, PERIOD),
    ROW("endofday", "time [, offset]", "The last tick of the day, offset days on.",
        "endofday(" SAMPLE ")", "2020-06-17T23:59:59.9999999Z", 0, PERIOD),
    ROW("endofweek", "time [, offset]", "The last tick of the week (Saturday), offset weeks on.",
        "endofweek(" SAMPLE ")", "2020-06-20T23:59:59.9999999Z", 0, PERIOD),
    ROW("endofmonth", "time [, offset]", "The last tick of the month, offset months on.",
        "endofmonth(datetime(2020-01-31), 1)", "2020-02-29T23:59:59.9999999Z", 0, PERIOD),
    ROW("endofyear", "time [, offset]", "The last tick of the year, offset years on.",
        "endofyear(" SAMPLE ")", "2020-12-31T23:59:59.9999999Z", 0, PERIOD),
    ROW("dayofweek", "time", "Whole days since Sunday, as a duration.", "dayofweek(" SAMPLE ")",
        "3.00:00:00", 0, {{"t", TYPE_TIMESPAN, dayofweek}}),
    ROW("dayofmonth", "time", "The day of the month, from 1.", "dayofmonth(" SAMPLE ")", "17", 0,
        PART),
    ROW("dayofyear", "time", "The day of the year, from 1.", "dayofyear(" SAMPLE ")", "169", 0,
        PART),
    ROW("hourofday", "time", "The hour, 0 to 23.", "hourofday(" SAMPLE ")", "13", 0, PART),
    ROW("monthofyear", "time", "The month, 1 to 12.", "monthofyear(" SAMPLE ")", "6", 0, PART),
    ROW("getmonth", "time", "The month, 1 to 12.", "getmonth(" SAMPLE ")", "6", 0, PART),
    ROW("getyear", "time", "The year.", "getyear(" SAMPLE ")", "2020", 0, PART),
    ROW("week_of_year", "time", "The week of ISO 8601, 1 to 53.",
        "week_of_year(datetime(2016-01-01))",
        "53", 0, PART),
    ROW("weekofyear", "time", "Old name of week_of_year().", "weekofyear(" SAMPLE ")", "25",
        FUNC_LEGACY,
        PART),
    {.name = "datetime_add", .args_help = "part, amount, time",
     .help = "The time, so many years, months, days, … on; the day is at most the month's last.",
     .example = "datetime_add(\"month\", -1, datetime(2020-03-31))",
     .expect = "2020-02-29T00:00:00.0000000Z", .forms = {{"slt", TYPE_DATETIME, datetime_add}},
     .prepare = prepare_part},
    {.name = "datetime_part", .args_help = "part, time",
     .help = "Year, quarter, month, week_of_year, day, dayofyear, hour, … as a number.",
     .example = "datetime_part(\"quarter\", " SAMPLE ")", .expect = "2",
     .forms = {{"st", TYPE_INT, datetime_part}}, .prepare = prepare_part},
    {.name = "datepart", .args_help = "part, time", .help = "Old name of datetime_part().",
     .example = "datepart(\"hour\", " SAMPLE ")", .expect = "13", .flags = FUNC_LEGACY,
     .forms = {{"st", TYPE_INT, datetime_part}}, .prepare = prepare_part},
    {.name = "datetime_diff", .args_help = "part, a, b",
     .help = "How many borders of the part are crossed on the way from b to a.",
     .example = "datetime_diff(\"hour\", datetime(2020-01-02 01:00), datetime(2020-01-01 23:59))",
     .expect = "2", .forms = {{"stt", TYPE_LONG, datetime_diff}}, .prepare = prepare_part},
    {0},
};
