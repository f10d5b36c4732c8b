/* Instants and durations as Kusto has them: int64 ticks of 100 ns; an instant counts from
 * 0001-01-01T00:00:00 UTC in the proleptic Gregorian calendar (KQL.md 1.6, 1.7). No time zone of
 * the machine is ever consulted. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H
#include "base/str.h"

#define TICKS_PER_MICROSECOND INT64_C(10)
#define TICKS_PER_MILLISECOND INT64_C(10000)
#define TICKS_PER_SECOND INT64_C(10000000)
#define TICKS_PER_MINUTE (60 * TICKS_PER_SECOND)
#define TICKS_PER_HOUR (60 * TICKS_PER_MINUTE)
#define TICKS_PER_DAY (24 * TICKS_PER_HOUR)
#define INSTANT_MAX INT64_C(3155378975999999999) /* 9999-12-31T23:59:59.9999999 */
#define INSTANT_UNIX_EPOCH INT64_C(621355968000000000)

struct civil {
    int year, month, day;     /* 1..9999, 1..12, 1..31 */
    int hour, minute, second; /* 0..23, 0..59, 0..59 */
    int ticks;                /* 0..9999999 */
};
bool instant_from_civil(const struct civil *c, int64_t *ticks); /* false: no such day or time */
void instant_to_civil(int64_t ticks, struct civil *c);
int64_t instant_day(int year, int month, int day); /* ticks of midnight; the date must exist */

/* todatetime() and the literal: every form of KQL.md 2.9. */
bool instant_parse(struct str s, int64_t *ticks);
/* The two W3C fields, digits in fixed places; the fast path of the log reader. */
bool instant_parse_w3c_date(struct str s, int64_t *ticks); /* YYYY-MM-DD */
bool instant_parse_w3c_time(struct str s, int64_t *ticks); /* HH:MM:SS[.fff] */
/* totimespan() of text: [-][d.]hh:mm[:ss[.f]], a number of days, or a number with a unit of
 * KQL.md 1.6 ("1d", "15 seconds"). */
bool timespan_parse(struct str s, int64_t *ticks);
/* Ticks of one "d", "hours", "ms", "tick" … (KQL.md 1.6; a nanosecond is 0.01); 0 when it is no
 * unit. */
double timespan_unit(struct str name);

#define INSTANT_TEXT 32
/* 2020-01-01T00:00:00.0000000Z; returns the length. `out` has at least INSTANT_TEXT bytes. */
size_t instant_format(int64_t ticks, char *out);
/* [-][d.]hh:mm:ss[.fffffff] */
size_t timespan_format(int64_t ticks, char *out);
/* 2020-01-01 00:00:00Z, for the screen */
size_t instant_format_short(int64_t ticks, char *out);
/* A duration as people say it: 48.2 s, 3 min 20 s, 2 d 4 h */
size_t timespan_format_short(int64_t ticks, char *out);

int64_t instant_now(void); /* the wall clock */
double monotonic_seconds(void);
#endif
