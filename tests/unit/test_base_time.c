/* Instants and timespans against KQL.md 1.6, 1.7, 2.7, 2.8, 2.9 and the calendar of the C library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <time.h>

#include "base/instant.h"

static void shows(const char *text, const char *want)
{
    char out[INSTANT_TEXT];
    int64_t ticks;

    if (!instant_parse(str_of(text), &ticks)) {
        if (want)
            fail_msg("'%s' is refused", text);
        return;
    }
    size_t n = instant_format(ticks, out);
    assert_int_equal(n, strlen(out));
    if (!want)
        fail_msg("'%s' is taken as %s", text, out);
    if (strcmp(out, want) != 0)
        fail_msg("'%s' is %s, not %s", text, out, want);
}

static void all_forms(void **state)
{
    (void)state;
    shows("2020-01-02", "2020-01-02T00:00:00.0000000Z");
    shows("2020-01-02T10:00", "2020-01-02T10:00:00.0000000Z");
    shows("2020-01-02 10:00:00.1234567", "2020-01-02T10:00:00.1234567Z");
    shows("2020-01-02T10:00:00.123Z", "2020-01-02T10:00:00.1230000Z");
    shows("2020-01-02T10:00:00.12345678", "2020-01-02T10:00:00.1234567Z");
    shows(" 2020-01-02t10:00:00z ", "2020-01-02T10:00:00.0000000Z");
    shows("2020-01-02T10:00:00+02:00", "2020-01-02T08:00:00.0000000Z");
    shows("2020-01-01 01:00 +0230", "2019-12-31T22:30:00.0000000Z");
    shows("2020-12-31T23:30:00-01", "2021-01-01T00:30:00.0000000Z");
    shows("2022/12/02", "2022-12-02T00:00:00.0000000Z");
    shows("20221202", "2022-12-02T00:00:00.0000000Z");
    shows("2 Dec 2022", "2022-12-02T00:00:00.0000000Z");
    shows("2 december 2022 13:00", "2022-12-02T13:00:00.0000000Z");
    shows("Dec 2, 2022", "2022-12-02T00:00:00.0000000Z");
    shows("December 2 2022", "2022-12-02T00:00:00.0000000Z");
    shows("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z");
    shows("8 Nov 14 15:05 GMT", "2014-11-08T15:05:00.0000000Z");
    shows("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z");
    shows("08-Nov-1994 15:05 UTC", "1994-11-08T15:05:00.0000000Z");
    shows("Mon, 06 Jan 2020 10:00:00 +0100", "2020-01-06T09:00:00.0000000Z");
    shows("12-02-2022", "2022-12-02T00:00:00.0000000Z");
    shows("12/2/2022", "2022-12-02T00:00:00.0000000Z");
    shows("12.02.2022 08:09:10", "2022-12-02T08:09:10.0000000Z");
    shows("12/2/2022 3:04:05 PM", "2022-12-02T15:04:05.0000000Z");
    shows("12/2/2022 12:00 am", "2022-12-02T00:00:00.0000000Z");
    shows("0001-01-01", "0001-01-01T00:00:00.0000000Z");
    shows("9999-12-31 23:59:59.9999999", "9999-12-31T23:59:59.9999999Z");
    shows("2000-02-29", "2000-02-29T00:00:00.0000000Z");
}

static void no_instants(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "-",
                                      "not a date",
                                      "13-01-2022",
                                      "2020-02-30",
                                      "1900-02-29",
                                      "2020-00-01",
                                      "2020-01-00",
                                      "0000-01-01",
                                      "10000-01-01",
                                      "2020-01-01T",
                                      "2020-01-01T24:00",
                                      "2020-01-01T10:60",
                                      "2020-01-01T10:00:60",
                                      "2020-01-01T10:00:00.",
                                      "2020-01-01T10",
                                      "2020-01-01 10:00 +25:00",
                                      "2020-01-01 10:00 CET",
                                      "2020-01-01 x",
                                      "2020-01-01x",
                                      "2020-01/01",
                                      "0001-01-01 00:00 +01:00",
                                      "9999-12-31 23:59 -01:00",
                                      "32 Dec 2022",
                                      "2 Foo 2022",
                                      "Foo, 2 Dec 2022",
                                      "Dec 2022x",
                                      "12-02-22-",
                                      "404",
                                      "200",
                                      "20221301",
                                      "202212021",
                                      "99999999999999999999",
                                      "1/2",
                                      "13:00 pm",
                                      "2020-01-01 13:00 pm"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        shows(bad[i], NULL);
    int64_t ticks;
    assert_false(instant_parse(STR("2020-01-01\0"), &ticks));
    assert_false(instant_parse(STR_NONE, &ticks));
}

/* Every day of the calendar there and back, against gmtime. */
static void the_calendar(void **state)
{
    int64_t day = 0;
    struct civil c;

    (void)state;
    for (int64_t ticks = 0; ticks <= INSTANT_MAX; ticks += TICKS_PER_DAY, day++) {
        int64_t back;
        instant_to_civil(ticks, &c);
        assert_true(instant_from_civil(&c, &back));
        if (back != ticks)
            fail_msg("day %ld is not itself", (long)day);
        if (day % 97 == 0) {
            time_t t = (time_t)((ticks - INSTANT_UNIX_EPOCH) / TICKS_PER_SECOND);
            struct tm tm;
            gmtime_r(&t, &tm);
            assert_int_equal(c.year, tm.tm_year + 1900);
            assert_int_equal(c.month, tm.tm_mon + 1);
            assert_int_equal(c.day, tm.tm_mday);
        }
    }
    instant_to_civil(INSTANT_MAX, &c);
    assert_int_equal(c.year, 9999);
    assert_int_equal(c.ticks, 9999999);
    instant_to_civil(INT64_MIN, &c); /* outside the calendar: its nearest end */
    assert_int_equal(c.year, 1);
    assert_int_equal(instant_day(1970, 1, 1), INSTANT_UNIX_EPOCH);
}

static void no_civil(void **state)
{
    const struct civil bad[] = {{2020, 2, 30, 0, 0, 0, 0},       {2021, 2, 29, 0, 0, 0, 0},
                                {0, 1, 1, 0, 0, 0, 0},           {10000, 1, 1, 0, 0, 0, 0},
                                {2020, 13, 1, 0, 0, 0, 0},       {2020, 1, 1, 24, 0, 0, 0},
                                {2020, 1, 1, 0, 60, 0, 0},       {2020, 1, 1, 0, 0, 60, 0},
                                {2020, 1, 1, 0, 0, 0, 10000000}, {2020, 1, 1, -1, 0, 0, 0}};
    int64_t ticks;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(instant_from_civil(&bad[i], &ticks));
}

static void w3c_fields(void **state)
{
    int64_t ticks;

    (void)state;
    assert_true(instant_parse_w3c_date(STR("2020-12-10"), &ticks));
    assert_int_equal(ticks, instant_day(2020, 12, 10));
    assert_true(instant_parse_w3c_time(STR("23:59:58"), &ticks));
    assert_int_equal(ticks, 23 * TICKS_PER_HOUR + 59 * TICKS_PER_MINUTE + 58 * TICKS_PER_SECOND);
    assert_true(instant_parse_w3c_time(STR("00:00:00.123"), &ticks));
    assert_int_equal(ticks, 123 * TICKS_PER_MILLISECOND);
    assert_true(instant_parse_w3c_time(STR("00:00:01.1234567"), &ticks));
    assert_int_equal(ticks, TICKS_PER_SECOND + 1234567);
    const struct str bad_times[] = {
        STR(""),          STR("-"),         STR("24:00:00"),  STR("00:60:00"),
        STR("00:00:60"),  STR("0:00:00"),   STR("00:00:00."), STR("00:00:00.12345678"),
        STR("00:00:00x"), STR("00:00:00 "), STR("00-00-00"),  STR("00:00:00.1x")};
    for (size_t i = 0; i < sizeof bad_times / sizeof bad_times[0]; i++)
        assert_false(instant_parse_w3c_time(bad_times[i], &ticks));
    const struct str bad_dates[] = {
        STR(""),           STR("-"),          STR("2020-12-1"),  STR("2020-12-100"),
        STR("2020/12/10"), STR("2020-13-01"), STR("2020-02-30"), STR("0000-01-01")};
    for (size_t i = 0; i < sizeof bad_dates / sizeof bad_dates[0]; i++)
        assert_false(instant_parse_w3c_date(bad_dates[i], &ticks));
}

/* In every place every byte: only digits and the separators pass. */
static void w3c_fields_byte_by_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < 10; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char date[] = "2020-10-10", time_text[] = "10:10:10";
            bool digit = byte >= '0' && byte <= '9';
            int64_t ticks;
            date[at] = (char)byte;
            bool sep = at == 4 || at == 7;
            bool want = sep ? byte == '-' : digit;
            if (at == 5) /* months 10, but not 00 or 20 */
                want = byte == '1';
            if (at == 6)
                want = byte >= '0' && byte <= '2';
            if (at == 8)
                want = byte >= '1' && byte <= '3';
            assert_int_equal(instant_parse_w3c_date((struct str){date, 10}, &ticks), want);
            if (at >= 8)
                continue;
            time_text[at] = (char)byte;
            sep = at == 2 || at == 5;
            want = sep ? byte == ':' : digit;
            want &= !(at == 0 && byte > '2') && !((at == 3 || at == 6) && byte > '5');
            assert_int_equal(instant_parse_w3c_time((struct str){time_text, 8}, &ticks), want);
        }
    }
}

static void span_shows(const char *text, const char *want)
{
    char out[INSTANT_TEXT];
    int64_t ticks;

    if (!timespan_parse(str_of(text), &ticks)) {
        if (want)
            fail_msg("'%s' is refused", text);
        return;
    }
    size_t n = timespan_format(ticks, out);
    assert_int_equal(n, strlen(out));
    if (!want || strcmp(out, want) != 0)
        fail_msg("'%s' is %s, not %s", text, out, want ? want : "refused");
}

static void timespans(void **state)
{
    (void)state;
    span_shows("1.02:03:04.5", "1.02:03:04.5000000");
    span_shows("02:03", "02:03:00");
    span_shows("-1:02:03", "-01:02:03");
    span_shows("00:00:00.0000001", "00:00:00.0000001");
    span_shows("2", "2.00:00:00");
    span_shows("1d", "1.00:00:00");
    span_shows("1h", "01:00:00");
    span_shows("1.5h", "01:30:00");
    span_shows("15 seconds", "00:00:15");
    span_shows("-2d", "-2.00:00:00");
    span_shows("100 nano", "00:00:00.0000001");
    span_shows("10675199.02:48:05.4775807", "10675199.02:48:05.4775807");
    span_shows("-10675199.02:48:05.4775808", "-10675199.02:48:05.4775808");
    static const char *const bad[] = {"",
                                      "x",
                                      "1x",
                                      "24:00",
                                      "1:60",
                                      "1:00:60",
                                      "1:00:00.",
                                      "1.:00",
                                      "-",
                                      "d",
                                      "1:2:3:4",
                                      ":10",
                                      "1:",
                                      "1 d x",
                                      "1w",
                                      "--1d",
                                      "1.2.3d",
                                      "10675199.02:48:05.4775808",
                                      "99999999999999999999d",
                                      "999999999.00:00",
                                      "- 1d x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        span_shows(bad[i], NULL);
}

static void units(void **state)
{
    (void)state;
    assert_true(timespan_unit(STR("hours")) == (double)TICKS_PER_HOUR);
    assert_true(timespan_unit(STR("tick")) == 1);
    assert_true(timespan_unit(STR("w")) == 0);
    assert_true(timespan_unit(STR("")) == 0);
    assert_true(timespan_unit(STR(" ")) == 0);
    assert_true(timespan_unit(STR("d day")) == 0);
}

static void for_people(void **state)
{
    static const struct {
        int64_t ticks;
        const char *text;
    } cases[] = {
        {482 * TICKS_PER_SECOND / 10, "48.2 s"},
        {200 * TICKS_PER_SECOND, "3 min 20 s"},
        {52 * TICKS_PER_HOUR, "2 d 4 h"},
        {TICKS_PER_HOUR, "1 h"},
        {599999999, "59.9 s"},
        {12 * TICKS_PER_MILLISECOND, "12 ms"},
        {0, "0 ms"},
        {-90 * TICKS_PER_SECOND, "-1 min 30 s"},
        {INT64_MIN, "-10675199 d 2 h"},
    };
    char out[INSTANT_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(timespan_format_short(cases[i].ticks, out), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
    }
    instant_format_short(instant_day(2020, 1, 1), out);
    assert_string_equal(out, "2020-01-01 00:00:00Z");
    int64_t now = instant_now();
    assert_true(now > instant_day(2024, 1, 1) && now < INSTANT_MAX);
    double t = monotonic_seconds();
    assert_true(monotonic_seconds() >= t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms),    cmocka_unit_test(no_instants),
        cmocka_unit_test(the_calendar), cmocka_unit_test(no_civil),
        cmocka_unit_test(w3c_fields),   cmocka_unit_test(w3c_fields_byte_by_byte),
        cmocka_unit_test(timespans),    cmocka_unit_test(units),
        cmocka_unit_test(for_people),
    };

    return cmocka_run_group_tests_name("base: time", tests, NULL, NULL);
}
