/* What the workbench asks beside the rule: the span and servers of the logs, rows that a stage
 * lost, what the rule says of one line. The log is small enough to work the answers out by hand. */
#include "hunt_try.h"

#define P "/owa/auth/"
#define A "2024-01-01 01:00:00 10.0.0.1 GET " P "Redir.png - 203.0.113.7 UA 200 500\r\n"
#define B "2024-01-01 02:00:00 10.0.0.1 GET " P "six.png - 2001:db8::9 UA 200 1\r\n"
#define C "2024-01-01 03:00:00 10.0.0.2 GET /ecp/x.png - 203.0.113.7 UA 200 1\r\n"
#define D "2024-01-02 04:30:00 10.0.0.2 POST " P "x.aspx - 203.0.113.7 UA 200 1\r\n"
static const char head[] = "#Software: Microsoft Internet Information Services 10.0\r\n"
                           "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip "
                           "cs(User-Agent) sc-status time-taken\r\n";

static struct hunt *loaded(void)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s%s%s%s", head, A, B, C, D);
    return try_hunt(text, NULL, ABSENT_AUTO);
}

static void test_survey(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct surveyor *s = hunt_survey(h);
    char text[INSTANT_TEXT];
    AWAIT(survey_done(s));
    const struct overview *seen = survey_seen(s);
    assert_true(seen->timed && seen->counted);
    instant_format_short(seen->first, text);
    assert_string_equal(text, "2024-01-01 01:00:00Z");
    instant_format_short(seen->last, text);
    assert_string_equal(text, "2024-01-02 04:30:00Z");
    assert_int_equal(seen->n_servers, 2);
    assert_true(str_is(seen->servers[0].name, "10.0.0.1"));
    assert_int_equal(seen->servers[0].rows, 2);
    assert_int_equal(seen->servers[1].rows, 2);
    survey_close(s);
    hunt_close(h);
}

static struct str text_at(const struct table *t, const char *name, size_t row)
{
    return column_value(t->columns[schema_find(&t->schema, str_of(name))], row).s;
}

static void test_lost(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct error err = {0};
    /* stage 1 is searched for as text in the line: what it drops is found all the same */
    struct lost *l = hunt_lost(h, 1, 3);
    AWAIT(lost_done(l));
    const struct table *t = lost_rows(l, &err);
    assert_non_null(t);
    assert_int_equal(t->rows, 1);
    assert_true(str_is(text_at(t, "csUriStem", 0), "/ecp/x.png"));
    lost_close(l);
    l = hunt_lost(h, 7, 3);
    AWAIT(lost_done(l));
    t = lost_rows(l, &err);
    assert_non_null(t);
    assert_int_equal(t->rows, 1);
    assert_true(
        str_is(text_at(t, "Why", 0),
               "`ipv4_is_private(cIP) == false` is false, `ipv4_is_private(cIP)` is null for "
               "cIP = 2001:db8::9"));
    lost_close(l);
    l = hunt_lost(h, 99, 3); /* there is no such stage */
    AWAIT(lost_done(l));
    assert_null(lost_rows(l, &err));
    lost_close(l);
    hunt_close(h);
}

static void told(struct hunt *h, size_t offset, int stage, const char *why, const char *raw)
{
    struct told *t = hunt_tell(h, str_of(log_path), (int64_t)offset);
    AWAIT(told_done(t));
    const struct told_line *line = told_line(t);
    assert_non_null(line);
    assert_int_equal(line->stage, stage);
    assert_int_equal(line->kept, !why);
    assert_true(!why || str_is(line->why, why));
    assert_true(str_is(text_at(line->lines, "Raw", 0), raw));
    told_close(t);
}

static void test_told(void **state)
{
    (void)state;
    struct hunt *h = loaded(), *inner = NULL;
    struct error err = {0};
    size_t at = sizeof head - 1;
    struct told *t = hunt_tell(h, STR("/nowhere.log"), 0);
    AWAIT(told_done(t));
    assert_null(told_line(t));
    told_close(t);
    /* kept up to `summarize`, the rule's stage 8, and in the finding */
    told(h, at, 8, NULL,
         "2024-01-01 01:00:00 10.0.0.1 GET " P "Redir.png - 203.0.113.7 UA 200 500");
    t = hunt_tell(h, str_of(log_path), (int64_t)at);
    AWAIT(told_done(t));
    struct view *v = hunt_view(h);
    assert_int_equal(v->rows, 1);
    assert_true(told_line(t)->found && told_line(t)->finding == v->ids[0]);
    assert_int_equal(told_line(t)->group_stage, 0);
    assert_true(str_find(told_line(t)->label, STR("csUriStem=" P "Redir.png"), 0) <
                told_line(t)->label.n);
    told_close(t);
    view_release(v);
    /* the knob is turned: its group has one access, and is dropped */
    assert_true(hunt_set(h, STR("Access <==0"), &err));
    assert_true(hunt_wait(h));
    t = hunt_tell(h, str_of(log_path), (int64_t)at);
    AWAIT(told_done(t));
    assert_true(told_line(t)->kept && !told_line(t)->found && !told_line(t)->lost_sight);
    assert_int_equal(told_line(t)->group_stage, 9);
    assert_true(str_is(told_line(t)->group_why, "`Access <= 0` is false for Access = 1"));
    assert_true(str_is(told_line(t)->group, "file_name=Redir.png, Computer=10.0.0.1, csUriStem=" P
                                            "Redir.png"));
    told_close(t);
    hunt_publish(h, SIZE_MAX);
    assert_true(hunt_wait(h));
    at += sizeof A - 1 + sizeof B - 1;
    /* a line that a query of its own found: the rule around it is asked */
    assert_true(hunt_open_query(h, STR("W3CIISLog | where csUriStem has 'ecp'"), &inner, &err));
    hunt_start(inner);
    assert_true(hunt_wait(inner));
    told(inner, at, 1, "`csUriStem contains \"/owa/\"` is false for csUriStem = /ecp/x.png",
         "2024-01-01 03:00:00 10.0.0.2 GET /ecp/x.png - 203.0.113.7 UA 200 1");
    hunt_close(inner);
    /* given back at once: it stops */
    told_close(hunt_tell(h, str_of(log_path), 0));
    lost_close(hunt_lost(h, 1, 3));
    survey_close(hunt_survey(h));
    hunt_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survey),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
