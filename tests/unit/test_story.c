/* The story of an actor: which requests, in which order, where they stand to the access, what is
 * counted. The log is small enough to work the answers out by hand. */
#include "hunt_try.h"

#define LINE(time, method, stem, ip, agent, status)                                                \
    "2024-01-01 " time " 10.0.0.1 " method " " stem " - " ip " " agent " " status "\r\n"
static const char text[] =
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) "
    "sc-status\r\n" LINE("01:00:00", "GET", "/owa/logon.aspx", "203.0.113.7", "curl/8", "200")
        LINE("01:30:00", "GET", "/x.png", "203.0.113.70", "curl/8", "200")
            LINE("02:00:00", "GET", "/owa/auth/Redir.png", "203.0.113.7", "curl/8", "200")
                LINE("03:00:00", "POST", "/owa/auth/x.ASPX", "203.0.113.7", "agent\"quoted", "404")
                    LINE("03:10:00", "POST", "/owa/service.svc", "203.0.113.7", "curl/8", "200")
                        LINE("00:30:00", "post", "/a.asp/info", "203.0.113.7", "curl/8", "200")
                            LINE("04:00:00", "GET", "/OWA/auth/REDIR.png", "198.51.100.1", "Other",
                                 "404");

static struct hunt *loaded(void)
{
    return try_hunt(text, NULL, ABSENT_AUTO);
}

static int64_t at(const char *time)
{
    int64_t ticks;
    assert_true(instant_parse(str_of(time), &ticks));
    return ticks;
}

static struct story *told(struct hunt *h, enum actor actor, const char *value, const char *from)
{
    struct story *s = hunt_story(h, actor, str_of(value), from ? at(from) : 1, from ? at(from) : 0);
    while (!story_done(s))
        usleep(1000);
    return s;
}

static const struct tale *tale_of(struct story *s)
{
    struct error err = {0};
    const struct tale *t = story_tale(s, &err);
    if (err.set)
        fail_msg("%s", err.message);
    assert_non_null(t->accesses);
    assert_true(t->counted);
    return t;
}

static void row_is(const struct tale *t, size_t row, const char *part, const char *stem,
                   int64_t minutes)
{
    const struct table *a = t->accesses;
    struct value away = column_value(a->columns[schema_find(&a->schema, STR("Away"))], row);
    struct str s = column_value(a->columns[schema_find(&a->schema, STR("csUriStem"))], row).s;
    struct str p = column_value(a->columns[schema_find(&a->schema, STR("Part"))], row).s;
    assert_true(str_is(p, part));
    assert_true(str_is(s, stem));
    assert_int_equal(away.null, minutes == 0);
    assert_int_equal(away.null ? 0 : away.i, minutes * TICKS_PER_MINUTE);
    /* the raw line is of the same row */
    struct str raw =
        column_value(t->lines->columns[schema_find(&t->lines->schema, STR("Raw"))], row).s;
    assert_true(str_find(raw, str_of(stem), 0) < raw.n);
}

static void test_address(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct story *s = told(h, ACTOR_ADDRESS, "203.0.113.7", "2024-01-01 02:00:00");
    const struct tale *t = tale_of(s);
    assert_int_equal(t->accesses->rows, 5);
    assert_int_equal(t->rows->rows, 5);
    row_is(t, 0, "POST", "/a.asp/info", -90);
    row_is(t, 1, "POST", "/owa/auth/x.ASPX", 60);
    row_is(t, 2, "before", "/owa/logon.aspx", -60);
    row_is(t, 3, "during", "/owa/auth/Redir.png", 0);
    row_is(t, 4, "after", "/owa/service.svc", 70);
    assert_int_equal(t->total, 5);
    assert_int_equal(t->before, 2);
    assert_int_equal(t->after, 2);
    assert_int_equal(t->posts, 2);
    assert_int_equal(t->agents, 2);
    assert_int_equal(t->files, 5);
    assert_int_equal(t->failed, 1);
    assert_true(t->timed && t->first == at("2024-01-01 00:30:00"));
    story_close(s);
    hunt_close(h);
}

static void test_others(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    /* a quote in the value is no end of it; without an access nothing is before or after */
    struct story *s = told(h, ACTOR_AGENT, "agent\"quoted", NULL);
    const struct tale *t = tale_of(s);
    assert_int_equal(t->total, 1);
    assert_int_equal(t->before, 0);
    row_is(t, 0, "POST", "/owa/auth/x.ASPX", 0);
    story_close(s);
    s = told(h, ACTOR_FILE, "/owa/auth/Redir.png", NULL);
    t = tale_of(s);
    assert_int_equal(t->total, 2); /* a path in another case is the same file */
    assert_int_equal(t->addresses, 2);
    row_is(t, 0, "", "/owa/auth/Redir.png", 0);
    story_close(s);
    s = told(h, ACTOR_FILE, "redir.png", NULL);
    assert_int_equal(tale_of(s)->total, 2);
    story_close(s);
    s = told(h, ACTOR_SERVER, "10.0.0.1", NULL);
    assert_int_equal(tale_of(s)->total, 7);
    story_close(s);
    s = told(h, ACTOR_ADDRESS, "192.0.2.1", NULL); /* nobody */
    assert_int_equal(tale_of(s)->total, 0);
    assert_false(tale_of(s)->timed);
    story_close(s);
    s = hunt_story(h, ACTOR_SERVER, STR("10.0.0.1"), 1, 0);
    story_stop(s);
    while (!story_done(s))
        usleep(1000);
    assert_true(story_stopped(s));
    story_close(s);
    story_close(hunt_story(h, ACTOR_SERVER, STR("10.0.0.1"), 1, 0)); /* given back at once */
    hunt_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
