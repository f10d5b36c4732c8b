/* Times and durations made from numbers; null where there is no such time. */
#include "base/instant.h"

#include <math.h>

#include "func/kernel.h"

/* Seconds in [0, 60) as ticks, to the nearest one. */
static bool second_ticks(double seconds, int64_t *ticks)
{
    *ticks = seconds >= 0 && seconds < 60 ? llround(seconds * (double)TICKS_PER_SECOND) : -1;
    return *ticks >= 0 && *ticks < TICKS_PER_MINUTE;
}

static void make_datetime(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t n[5] = {0}, ticks = 0;
        bool ok = true;
        for (size_t k = 0; k < 5 && k < call->n_args; k++) {
            n[k] = cell_int(args[k], i);
            ok &= n[k] >= 0 && n[k] <= 9999;
        }
        struct civil c = {(int)n[0], (int)n[1], (int)n[2], (int)n[3], (int)n[4], 0, 0};
        double seconds = call->n_args > 5 ? cell_real(args[5], i) : 0;
        if (ok && second_ticks(seconds, &ticks) && instant_from_civil(&c, &out->ints[i]))
            out->ints[i] += ticks;
        else
            put_null(out, i);
    }
}

static void make_timespan(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    bool seconds = call->n_args > 2, days = call->n_args > 3;

    for (size_t i = 0; i < rows; i++) {
        int64_t d = days ? cell_int(args[0], i) : 0, h = cell_int(args[days], i);
        int64_t m = cell_int(args[days + 1], i), ticks;
        bool ok = second_ticks(seconds ? cell_real(args[call->n_args - 1], i) : 0, &ticks);
        if (!ok || d < 0 || d > 10675198 || h < 0 || h > 23 || m < 0 || m > 59)
            put_null(out, i);
        else
            out->ints[i] = d * TICKS_PER_DAY + h * TICKS_PER_HOUR + m * TICKS_PER_MINUTE + ticks;
    }
}

/* Ticks of one unit of unixtime_…_todatetime; nanoseconds are a hundredth of one. */
static double unix_unit(const struct call *call)
{
    const char *unit = call->func->name + strlen("unixtime_");

    if (unit[0] == 's')
        return TICKS_PER_SECOND;
    if (unit[0] == 'n')
        return 0.01;
    return unit[2] == 'l' ? TICKS_PER_MILLISECOND : TICKS_PER_MICROSECOND;
}

static void from_unix_int(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    double unit = unix_unit(call);

    for (size_t i = 0; i < rows; i++) {
        __int128 n = cell_int(args[0], i);
        n = unit < 1 ? n / 100 - (n % 100 < 0) : n * (int64_t)unit;
        n += INSTANT_UNIX_EPOCH;
        if (n >= 0 && n <= INSTANT_MAX)
            out->ints[i] = (int64_t)n;
        else
            put_null(out, i);
    }
}

static void from_unix_real(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    double unit = unix_unit(call);

    for (size_t i = 0; i < rows; i++) {
        double ticks = cell_real(args[0], i) * unit;
        if (ticks >= -(double)INSTANT_UNIX_EPOCH &&
            ticks <= (double)(INSTANT_MAX - INSTANT_UNIX_EPOCH)) {
            out->ints[i] = llrint(ticks) + INSTANT_UNIX_EPOCH;
            if (out->ints[i] >= 0 && out->ints[i] <= INSTANT_MAX)
                continue;
        }
        put_null(out, i);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define UNIX {{"l", TYPE_DATETIME, from_unix_int}, {"r", TYPE_DATETIME, from_unix_real}}

const struct func functions_time_make[] = {
    ROW("make_datetime", "year, month, day [, hour, minute [, second]]",
        "A time from its parts; null when there is no such time.",
        "make_datetime(2020, 2, 29, 23, 59, 1.5)",
        "2020-02-29T23:59:01.5000000Z", 0,
        {{"lll", TYPE_DATETIME, make_datetime}, {"lllll", TYPE_DATETIME, make_datetime},
         {"lllllr", TYPE_DATETIME, make_datetime}}),
    ROW("make_timespan", "[day,] hour, minute [, second]",
        "A duration from its parts; null when one is out of its range.",
        "make_timespan(1, 12, 30, 55.123)",
        "1.12:30:55.1230000", 0,
        {{"ll", TYPE_TIMESPAN, make_timespan}, {"llr", TYPE_TIMESPAN, make_timespan},
         {"lllr", TYPE_TIMESPAN, make_timespan}}),
    ROW("unixtime_seconds_todatetime", "seconds", "The time so many seconds after 1970.",
        "unixtime_seconds_todatetime(1546300800)", "2019-01-01T00:00:00.0000000Z", 0, UNIX),
    ROW("unixtime_milliseconds_todatetime", "milliseconds",
        "The time so many milliseconds after 1970.",
        "unixtime_milliseconds_todatetime(1546300800001)", "2019-01-01T00:00:00.0010000Z", 0, UNIX),
    ROW("unixtime_microseconds_todatetime", "microseconds",
        "The time so many microseconds after 1970.",
        "unixtime_microseconds_todatetime(1546300800000001)", "2019-01-01T00:00:00.0000010Z", 0,
        UNIX),
    ROW("unixtime_nanoseconds_todatetime", "nanoseconds",
        "The time so many nanoseconds after 1970.",
        "unixtime_nanoseconds_todatetime(1546300800000000100)", "2019-01-01T00:00:00.0000001Z", 0,
        UNIX),
    {0},
};
