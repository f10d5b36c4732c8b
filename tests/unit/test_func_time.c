/* Calendar functions: answers of the documentation and of the real engine, and the ends of time. */
#include "func_try.h"

#define FIRST "0001-01-01"
#define LAST "9999-12-31T23:59:59.9999999Z"

static void test_periods(void **state)
{
    (void)state;
    expect("2020-06-14T00:00:00.0000000Z", "startofweek", T("2020-06-14"));
    expect("2020-06-01T00:00:00.0000000Z", "startofmonth", T("2020-06-15 13:45:00"));
    expect("2020-05-31T00:00:00.0000000Z", "startofweek", T("2020-06-15 13:45:00"), L(-2));
    expect("2020-07-05T00:00:00.0000000Z", "startofweek", T("2020-06-15 13:45:00"), L(3));
    expect("2019-05-01T00:00:00.0000000Z", "startofmonth", T("2020-06-15"), L(-13));
    expect("2015-01-01T00:00:00.0000000Z", "startofyear", T("2020-06-15"), L(-5));
    expect("2020-07-04T23:59:59.9999999Z", "endofweek", T("2020-06-15 13:45:00"), L(2));
    expect("2020-02-29T23:59:59.9999999Z", "endofmonth", T("2020-01-31"), L(1));
    expect("2021-02-28T23:59:59.9999999Z", "endofmonth", T("2020-01-31"), L(13));
    expect("2019-12-31T23:59:59.9999999Z", "endofyear", T("2020-06-15"), L(-1));
    expect("1900-03-31T23:59:59.9999999Z", "endofmonth", T("1900-03-01"));
    expect("2024-03-09T23:59:59.9999999Z", "endofweek", T("2024-03-03"));
    expect("2024-02-25T00:00:00.0000000Z", "startofweek", T("2024-02-29 23:59:59.9999999"));
    expect("1950-06-11T00:00:00.0000000Z", "startofweek", T("1950-06-15 13:45:00"));
    expect("2020-01-03T00:00:00.0000000Z", "startofday", T("2020-01-02 10:00"), L(1));
    expect("2020-01-02T23:59:59.9999999Z", "endofday", T("2020-01-02 10:00"));
}

static void test_ends_of_time(void **state)
{
    (void)state;
    expect(LAST, "endofyear", T(LAST));
    expect(LAST, "endofmonth", T(LAST));
    expect(LAST, "endofday", T(LAST));
    expect(NULL, "endofday", T(LAST), L(1));
    expect(NULL, "endofweek", T(LAST)); /* a Friday */
    expect(NULL, "startofmonth", T(LAST), L(1));
    expect(NULL, "startofweek", T(FIRST)); /* a Monday */
    expect("0001-01-06T23:59:59.9999999Z", "endofweek", T(FIRST));
    expect(NULL, "startofyear", T(FIRST), L(-1));
    expect(NULL, "startofday", T(FIRST), L(INT64_MIN));
    expect(NULL, "endofyear", T(FIRST), L(INT64_MAX));
    expect(NULL, "startofday", NIL(TYPE_DATETIME));
    expect(NULL, "startofweek", T(LAST), L(3652059));
    expect(NULL, "startofweek", T(FIRST), L(-3652059));
    expect("9999-12-31T00:00:00.0000000Z", "startofday", T(FIRST), L(3652058));
    expect("1", "week_of_year", T(FIRST));
    expect("52", "week_of_year", T(LAST));
    expect("365", "dayofyear", T(LAST));
}

static void test_parts(void **state)
{
    (void)state;
    expect("1.00:00:00", "dayofweek", T("2020-06-15"));
    expect("00:00:00", "dayofweek", T("2020-06-14"));
    expect("53", "week_of_year", T("2016-01-01"));
    expect("52", "week_of_year", T("2017-01-01"));
    expect("53", "week_of_year", T("2021-01-03"));
    expect("53", "week_of_year", T("2020-12-31"));
    expect("1", "week_of_year", T("2007-01-01"));
    expect("366", "dayofyear", T("2024-12-31"));
    expect("60", "dayofyear", T("1900-03-01"));
    expect("13", "hourofday", T("2020-06-15 13:45:00"));
    expect("6", "monthofyear", T("2020-06-15"));
    expect("6", "getmonth", T("2020-06-15"));
    expect("2020", "getyear", T("2020-06-15"));
    expect("31", "dayofmonth", T("2024-12-31"));
#define MOMENT T("2017-10-30 01:02:03.7654321")
    expect("2017", "datetime_part", S("Year"), MOMENT);
    expect("4", "datetime_part", S("quarter"), MOMENT);
    expect("44", "datetime_part", S("week_of_year"), MOMENT);
    expect("303", "datetime_part", S("DayOfYear"), MOMENT);
    expect("3", "datetime_part", S("second"), MOMENT);
    expect("765", "datetime_part", S("millisecond"), MOMENT);
    expect("765432", "datetime_part", S("microsecond"), MOMENT);
    expect("765432100", "datetime_part", S("nanosecond"), MOMENT);
    expect("1", "datepart", S("hour"), MOMENT);
    refused("no such part", "datetime_part", S("fortnight"), MOMENT);
    refused("no such part", "datetime_add", S(""), L(1), MOMENT);
}

static void test_sums(void **state)
{
    (void)state;
    expect("2020-02-29T00:00:00.0000000Z", "datetime_add", S("month"), L(-1), T("2020-03-31"));
    expect("2021-02-28T00:00:00.0000000Z", "datetime_add", S("quarter"), L(1), T("2020-11-30"));
    expect("2021-02-04T00:00:00.0000000Z", "datetime_add", S("day"), L(400), T("2020-01-01"));
    expect("2021-01-01T00:00:30.0000000Z", "datetime_add", S("second"), L(90),
           T("2020-12-31 23:59:00"));
    expect("2020-01-01T00:00:01.5000000Z", "datetime_add", S("millisecond"), L(1500),
           T("2020-01-01"));
    expect("3000-01-01T00:00:00.0000000Z", "datetime_add", S("year"), L(1), T("2999-01-01"));
    expect("2021-02-28T10:00:00.0000000Z", "datetime_add", S("year"), L(1), T("2020-02-29 10:00"));
    expect("2020-01-08T00:00:00.0000000Z", "datetime_add", S("week"), L(1), T("2020-01-01"));
    expect(NULL, "datetime_add", S("year"), L(1), T(LAST));
    expect(NULL, "datetime_add", S("year"), L(INT64_MAX), T("2020-01-01"));
    expect(NULL, "datetime_add", S("month"), L(INT64_MIN), T("2020-01-01"));
    expect(NULL, "datetime_add", S("week"), L(INT64_MIN), T("2020-01-01"));
    expect(NULL, "datetime_add", S("nanosecond"), L(INT64_MIN), T(FIRST));
    expect(NULL, "datetime_add", S("microsecond"), L(1), T(LAST));
}

static void test_differences(void **state)
{
    (void)state;
    expect("1", "datetime_diff", S("year"), T("2021-01-01"), T("2020-01-01"));
    expect("14", "datetime_diff", S("month"), T("2021-03-15"), T("2020-01-01"));
    expect("4", "datetime_diff", S("quarter"), T("2021-01-01"), T("2020-01-01"));
    expect("29", "datetime_diff", S("day"), T("2020-03-01"), T("2020-02-01"));
    expect("2", "datetime_diff", S("hour"), T("2020-01-02 01:00"), T("2020-01-01 23:59"));
    expect("-2", "datetime_diff", S("hour"), T("2020-01-01 23:59"), T("2020-01-02 01:00"));
    expect("0", "datetime_diff", S("day"), T("2020-01-01 23:00"), T("2020-01-01 01:00"));
    expect("5", "datetime_diff", S("week"), T("2017-10-29"), T("2017-09-30 23:59"));
    expect("1", "datetime_diff", S("second"), T("2020-01-01 00:00:01.9999999"),
           T("2020-01-01 00:00:00.0000001"));
    expect("2", "datetime_diff", S("microsecond"), T("2020-01-01 00:00:00.0000020"),
           T("2020-01-01 00:00:00.0000005"));
    expect("200", "datetime_diff", S("nanosecond"), T("2020-01-01 00:00:00.0000002"),
           T("2020-01-01"));
    expect(NULL, "datetime_diff", S("nanosecond"), T(LAST), T(FIRST));
    expect("9998", "datetime_diff", S("year"), T(LAST), T(FIRST));
}

static void test_making(void **state)
{
    (void)state;
    expect("2020-02-29T23:59:59.9999999Z", "make_datetime", L(2020), L(2), L(29), L(23), L(59),
           R(59.9999999));
    expect("1969-12-31T23:59:59.0000000Z", "make_datetime", L(1969), L(12), L(31), L(23), L(59),
           L(59));
    expect("2020-01-02T03:04:00.0000000Z", "make_datetime", L(2020), L(1), L(2), L(3), L(4));
    expect(NULL, "make_datetime", L(2021), L(2), L(29));
    expect(NULL, "make_datetime", L(2021), L(13), L(1));
    expect(NULL, "make_datetime", L(0), L(1), L(1));
    expect(NULL, "make_datetime", L(4294969316), L(1), L(1)); /* 2020 + 2^32 */
    expect(NULL, "make_datetime", L(2020), L(1), L(1), L(24), L(0));
    expect(NULL, "make_datetime", L(2020), L(1), L(1), L(23), L(0), R(60));
    expect(NULL, "make_datetime", L(2020), L(1), L(1), L(23), L(0), R(-0.1));
    expect("1.12:30:55.1230000", "make_timespan", L(1), L(12), L(30), R(55.123));
    expect("12:30:00", "make_timespan", L(12), L(30));
    expect("12:30:55", "make_timespan", L(12), L(30), L(55));
    expect(NULL, "make_timespan", L(24), L(0));
    expect(NULL, "make_timespan", L(INT64_MAX), L(1), L(0), L(0));
    expect("2019-01-01T00:00:00.0000000Z", "unixtime_seconds_todatetime", L(1546300800));
    expect("2019-01-01T00:00:00.5000000Z", "unixtime_seconds_todatetime", R(1546300800.5));
    expect("1969-12-31T23:59:59.0000000Z", "unixtime_seconds_todatetime", L(-1));
    expect("1970-01-01T00:00:00.0010000Z", "unixtime_milliseconds_todatetime", L(1));
    expect("1970-01-01T00:00:00.0000010Z", "unixtime_microseconds_todatetime", L(1));
    expect("1969-12-31T23:59:59.9999999Z", "unixtime_nanoseconds_todatetime", L(-1));
    expect(NULL, "unixtime_seconds_todatetime", L(INT64_MAX));
    expect(NULL, "unixtime_milliseconds_todatetime", L(INT64_MIN));
    expect(NULL, "unixtime_seconds_todatetime", R(1e300));
    expect(NULL, "unixtime_seconds_todatetime", R(0.0 / 0.0));
}

static void test_formats(void **state)
{
    (void)state;
    expect("3.5", "format_datetime", T("2007-03-09 05:04:03.5"), S("s.f"));
    expect("5 AM", "format_datetime", T("2007-03-09 05:04:03"), S("h tt"));
    expect("5 PM", "format_datetime", T("2007-03-09 17:04:03"), S("h tt"));
    expect("12:30 AM", "format_datetime", T("2007-03-09 00:30:00"), S("hh:mm tt"));
    expect("12 PM", "format_datetime", T("2007-03-09 12:30:00"), S("h tt"));
    expect("0505", "format_datetime", T("2020-01-05"), S("dddd"));
    expect("055", "format_datetime", T("2020-01-05"), S("ddd"));
    expect("011", "format_datetime", T("2020-01-05"), S("MMM"));
    expect("6/15/20 9:5:3", "format_datetime", T("2020-06-15 09:05:03.007"), S("M/d/yy H:m:s"));
    expect("06/15/2020 09:05:03.007", "format_datetime", T("2020-06-15 09:05:03.007"),
           S("MM/dd/yyyy HH:mm:ss.fff"));
    expect("20201209234559", "format_datetime", T("2020-12-09 23:45:59.999"), S("yyyyMMddHHmmss"));
    expect("03.12", "format_datetime", T("2020-12-09 23:45:03.12"), S("ss.FFFFFFF"));
    expect("03", "format_datetime", T("2020-12-09 23:45:03"), S("ss.FFF"));
    expect("0009", "format_datetime", T("0009-12-09"), S("yyyy"));
    expect("[2020_01.05,-]", "format_datetime", T("2020-01-05"), S("[yyyy_MM.dd,-]"));
    expect("", "format_datetime", T("2020-01-05"), S(""));
    expect("", "format_datetime", NIL(TYPE_DATETIME), S("yyyy"));
    refused("byte 4", "format_datetime", T("2020-01-05"), S("yyyyT"));
    refused("byte 0", "format_datetime", T("2020-01-05"), S("\xc3\xa9"));
    refused("byte 0", "format_datetime", T("2020-01-05"), S("t"));
    refused("byte 1", "format_datetime", T("2020-01-05"), S("d\0d"));
    expect("2.03:04:05", "format_timespan", P(2 * TICKS_PER_DAY + 11045 * TICKS_PER_SECOND),
           S("d.hh:mm:ss"));
    expect("-02:30", "format_timespan", P(-150 * TICKS_PER_MINUTE), S("hh:mm"));
    expect("-1.02:00", "format_timespan", P(-26 * TICKS_PER_HOUR), S("d.hh:mm"));
    expect("01.02:03:04.5670000", "format_timespan", P(TICKS_PER_DAY + 73845670000),
           S("dd.hh:mm:ss.fffffff"));
    expect("-10675199.02", "format_timespan", P(INT64_MIN), S("d.hh"));
    expect("00000001", "format_timespan", P(TICKS_PER_DAY), S("dddddddd"));
    refused("byte 0", "format_timespan", P(1), S("yyyy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods), cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_sums), cmocka_unit_test(test_differences),
        cmocka_unit_test(test_making),
        cmocka_unit_test(test_formats),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
