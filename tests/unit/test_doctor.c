/* Blind spots: for each check a log that shows it and one that does not; the cures, and that the
 * rule itself stays as it was published. The logs are small enough to count by hand. */
#include "hunt_try.h"

#define FIELDS                                                                                     \
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\r\n"
#define LINE(day, time, query, ip, status)                                                         \
    "2024-" day " " time " 10.0.0.1 GET /owa/auth/Redir.png " query " " ip " UA " status "\r\n"

struct case_ {
    struct hunt *h;
    struct surveyor *s;
    const struct overview *seen;
};

static struct case_ look(const char *text, const char *query, enum absent absent)
{
    struct case_ c = {.h = try_hunt(text, query, absent)};
    c.s = hunt_survey(c.h);
    AWAIT(survey_done(c.s));
    c.seen = survey_seen(c.s);
    return c;
}

static void done(struct case_ *c)
{
    survey_close(c->s);
    hunt_close(c->h);
}

static const struct blind_spot *spot(const struct case_ *c, const char *check)
{
    for (size_t i = 0; i < c->seen->n_spots; i++)
        if (str_is(c->seen->spots[i].check, check))
            return &c->seen->spots[i];
    return NULL;
}

static void is(const struct case_ *c, const char *check, enum spot_state state, const char *text)
{
    const struct blind_spot *s = spot(c, check);
    if (!s)
        fail_msg("nothing is said of %s", check);
    if (!str_is(s->text, text) || s->state != state)
        fail_msg("%s: %d %.*s", check, s->state, STR_ARG(s->text));
}

/* How many findings the rule has with the cure of a check, and that its own text did not change. */
static size_t cured(const struct case_ *c, const char *check)
{
    const struct blind_spot *s = spot(c, check);
    struct hunt *h;
    struct error err = {0};
    assert_true(s && s->n_edits);
    if (!hunt_open_cured(c->h, s, &h, &err))
        fail_msg("%s", err.message);
    hunt_start(h);
    assert_true(hunt_wait(h));
    struct view *v = hunt_view(h);
    size_t rows = v->rows;
    view_release(v);
    assert_false(str_eq(hunt_query(h)->source.text, hunt_query(c->h)->source.text));
    assert_true(str_eq(hunt_rule(c->h)->query.text, hunt_query(c->h)->source.text));
    hunt_close(h);
    return rows;
}

#define A LINE("01-01", "01:00:00", "-", "203.0.113.7", "200")

static void test_all_is_well(void **state)
{
    (void)state;
    struct case_ c =
        look(FIELDS A LINE("01-03", "01:00:00", "-", "203.0.113.8", "200"), NULL, ABSENT_AUTO);
    for (size_t i = 0; i < c.seen->n_spots; i++)
        if (c.seen->spots[i].state != SPOT_FINE)
            fail_msg("%.*s", STR_ARG(c.seen->spots[i].text));
    assert_int_equal(c.seen->n_wrong, 0);
    is(&c, "absent mark", SPOT_FINE, "2 rows are empty in csUriQuery");
    is(&c, "IPv6 clients", SPOT_FINE, "none reaches ipv4_is_private()");
    is(&c, "loaded span", SPOT_FINE, "2 d are loaded");
    done(&c);
}

static void test_absent_mark(void **state)
{
    (void)state;
    struct case_ c = look(FIELDS A A, NULL, ABSENT_KEEP);
    is(&c, "absent mark", SPOT_WRONG,
       "2 rows have \"-\" in csUriQuery and none is empty: isempty() is never true (--absent "
       "auto)");
    assert_int_equal(c.seen->n_wrong, 1);
    assert_int_equal(cured(&c, "absent mark"), 1);
    done(&c);
}

static void test_ipv6(void **state)
{
    (void)state;
    struct case_ c =
        look(FIELDS A LINE("01-01", "02:00:00", "-", "2001:db8::1", "200"), NULL, ABSENT_AUTO);
    is(&c, "IPv6 clients", SPOT_WRONG,
       "1 row of IPv6 clients dropped: ipv4_is_private() is null for them");
    /* both addresses took the same file: of two it is no longer a finding */
    assert_int_equal(cured(&c, "IPv6 clients"), 0);
    done(&c);
    c = look(FIELDS LINE("01-01", "02:00:00", "-", "2001:db8::1", "200"), NULL, ABSENT_AUTO);
    assert_int_equal(cured(&c, "IPv6 clients"), 1);
    done(&c);
}

static void test_private_clients(void **state)
{
    (void)state;
    struct case_ c = look(FIELDS LINE("01-01", "01:00:00", "-", "10.0.0.9", "200")
                              LINE("01-01", "02:00:00", "-", "192.168.1.9", "200"),
                          NULL, ABSENT_AUTO);
    is(&c, "private clients", SPOT_WRONG,
       "all 2 rows come from private addresses: a proxy hides the clients");
    assert_int_equal(spot(&c, "private clients")->n_edits, 0);
    done(&c);
    c = look("#Fields: date time s-ip cs-uri-stem cs-uri-query c-ip sc-status X-Forwarded-For\r\n"
             "2024-01-01 01:00:00 10.0.0.1 /owa/Redir.png - 10.0.0.9 200 203.0.113.7,+10.0.0.5\r\n"
             "2024-01-01 01:00:01 10.0.0.1 /owa/b.png - 10.0.0.9 200 -\r\n",
             NULL, ABSENT_AUTO);
    is(&c, "private clients", SPOT_WRONG,
       "all 2 rows come from private addresses: a proxy hides the clients; they may be in "
       "X_Forwarded_For");
    assert_int_equal(cured(&c, "private clients"), 1);
    done(&c);
    c = look(FIELDS A LINE("01-01", "01:00:00", "-", "10.0.0.9", "200"), NULL, ABSENT_AUTO);
    is(&c, "private clients", SPOT_FINE, "1 of 2 rows come from private addresses");
    done(&c);
}

static void test_added_keys(void **state)
{
    (void)state;
    struct case_ c = look(
        FIELDS LINE("01-01", "01:00:00", "X-ARR-CACHE-HIT=0&X-ARR-LOG-ID=1&SERVER-STATUS=200",
                    "203.0.113.7", "200")
            LINE("01-01", "01:00:01", "&CorrelationID=%3Cempty%3E;&cafeReqId=1-2;", "203.0.113.7",
                 "200") LINE("01-01", "01:00:02", "id=1&X-ARR-LOG-ID=1", "203.0.113.7", "200"),
        NULL, ABSENT_AUTO);
    is(&c, "added query keys", SPOT_WRONG,
       "2 rows have nothing in csUriQuery but keys that ARR or Exchange added: not empty, so "
       "dropped");
    assert_int_equal(cured(&c, "added query keys"), 1);
    done(&c);
    c = look(FIELDS A LINE("01-01", "01:00:02", "id=1", "203.0.113.7", "200"), NULL, ABSENT_AUTO);
    is(&c, "added query keys", SPOT_FINE, "no csUriQuery holds only keys of ARR or Exchange");
    done(&c);
}

static void test_columns(void **state)
{
    (void)state;
    struct case_ c = look("#Fields: date time s-ip cs-uri-stem c-ip sc-status\r\n"
                          "2024-01-01 01:00:00 10.0.0.1 /owa/Redir.png 203.0.113.7 200\r\n",
                          NULL, ABSENT_AUTO);
    is(&c, "not logged", SPOT_WRONG, "the rule reads csUriQuery, but cs-uri-query is not logged");
    done(&c);
    c = look(FIELDS A, NULL, ABSENT_AUTO);
    is(&c, "not logged", SPOT_FINE, "every field that the rule reads is logged");
    done(&c);
}

static void test_clock(void **state)
{
    (void)state;
    struct case_ c = look(FIELDS LINE("01-01", "05:00:00", "-", "203.0.113.7", "200")
                              LINE("01-01", "01:00:00", "-", "203.0.113.7", "200"),
                          NULL, ABSENT_AUTO);
    const struct blind_spot *s = spot(&c, "clock");
    assert_non_null(s);
    assert_int_equal(s->state, SPOT_WRONG);
    assert_true(str_starts(
        s->text, STR("the clock goes back from 2024-01-01 05:00Z to 2024-01-01 01:00Z in ")));
    done(&c);
    /* two minutes are no jump: a line is written when its request has ended */
    c = look(FIELDS LINE("01-01", "05:01:00", "-", "203.0.113.7", "200")
                 LINE("01-01", "04:59:00", "-", "203.0.113.7", "200"),
             NULL, ABSENT_AUTO);
    is(&c, "clock", SPOT_FINE, "no clock goes back within a file");
    done(&c);
}

/* `each` lines in every hour of [from, to) of the first of January, and `more` text. */
static char *hours(int from, int to, int each, int skip_from, int skip_to, const char *more)
{
    static char text[200000];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", FIELDS);
    for (int h = from; h < to; h++)
        for (int i = 0; i < each && (h < skip_from || h >= skip_to); i++)
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "2024-01-01 %02d:%02d:00 10.0.0.1 GET /owa/a.png - 203.0.113.7 "
                                  "UA 200\r\n",
                                  h, i * 59 / each);
    snprintf(text + n, sizeof text - n, "%s", more);
    return text;
}

static void test_gaps(void **state)
{
    (void)state;
    struct case_ c = look(hours(0, 20, 60, 5, 9, ""), NULL, ABSENT_AUTO);
    is(&c, "gaps", SPOT_WRONG,
       "10.0.0.1 has no line from 2024-01-01 05:00Z to 2024-01-01 09:00Z (4 h)");
    done(&c);
    /* four hours without a line of a server that has one an hour are worth nothing */
    c = look(hours(0, 20, 1, 5, 9, ""), NULL, ABSENT_AUTO);
    is(&c, "gaps", SPOT_FINE, "every server that writes much has lines in every hour");
    done(&c);
}

static void test_dates(void **state)
{
    (void)state;
    struct case_ c = look(hours(0, 20, 10, 0, 0, LINE("09-09", "01:00:00", "-", "1.2.3.4", "200")),
                          NULL, ABSENT_AUTO);
    is(&c, "dates", SPOT_WRONG, "lines are dated 2024-09-09 01:00Z, long after all others");
    assert_non_null(spot(&c, "gaps")); /* the months between are no gap */
    assert_int_equal(spot(&c, "gaps")->state, SPOT_FINE);
    done(&c);
    c = look(FIELDS A LINE("99-99", "01:00:02", "-", "203.0.113.7", "200"), NULL, ABSENT_AUTO);
    is(&c, "dates", SPOT_NOTE, "1 line has no date that can be read");
    done(&c);
    c = look(hours(0, 20, 10, 0, 0, ""), NULL, ABSENT_AUTO);
    assert_null(spot(&c, "dates"));
    done(&c);
}

static void test_ago(void **state)
{
    (void)state;
    const char *two = FIELDS A LINE("01-01", "05:00:00", "-", "203.0.113.8", "200");
    struct case_ c = look(two, "W3CIISLog | where TimeGenerated > ago(1d)", ABSENT_AUTO);
    is(&c, "ago()", SPOT_NOTE, "ago(1d) looks back further than the 4 h that are loaded");
    done(&c);
    c = look(two, "let w = 2h; W3CIISLog | where TimeGenerated > ago(w) or TimeGenerated > ago(2h)",
             ABSENT_AUTO);
    is(&c, "ago()", SPOT_FINE, "ago(w) lies within what is loaded");
    done(&c);
    c = look(two, "W3CIISLog | take 1", ABSENT_AUTO);
    assert_null(spot(&c, "ago()"));
    done(&c);
}

static void test_rarity(void **state)
{
    (void)state;
    struct case_ c = look(FIELDS A LINE("01-01", "05:00:00", "-", "203.0.113.7", "404")
                              LINE("01-01", "05:00:00", "-", "203.0.113.7", "206"),
                          NULL, ABSENT_AUTO);
    is(&c, "failures", SPOT_NOTE,
       "the rule does not ask for the status: 1 of 3 rows that it groups are failures (400 and "
       "over)");
    is(&c, "parts of downloads", SPOT_NOTE,
       "1 row of status 206: a download in parts counts as several accesses for Access <=");
    is(&c, "loaded span", SPOT_NOTE,
       "Access <= judges by what is usual, but only 4 h are loaded: a short load invents findings");
    /* three accesses are one too many; without the one that failed they are two */
    struct view *v = hunt_view(c.h);
    assert_int_equal(v->rows, 0);
    view_release(v);
    assert_int_equal(cured(&c, "failures"), 1);
    done(&c);
    /* who asks for the status needs no telling */
    c = look(FIELDS A LINE("01-01", "05:00:00", "-", "203.0.113.7", "404"),
             "W3CIISLog | where scStatus == 200 | summarize n = count() by cIP | where n < 3",
             ABSENT_AUTO);
    assert_null(spot(&c, "failures"));
    done(&c);
    /* and without a threshold nothing is rare */
    c = look(FIELDS A, "W3CIISLog | summarize n = count() by cIP", ABSENT_AUTO);
    assert_null(spot(&c, "loaded span"));
    done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well), cmocka_unit_test(test_absent_mark),
        cmocka_unit_test(test_ipv6),        cmocka_unit_test(test_private_clients),
        cmocka_unit_test(test_added_keys),  cmocka_unit_test(test_columns),
        cmocka_unit_test(test_clock),       cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_dates),       cmocka_unit_test(test_ago),
        cmocka_unit_test(test_rarity),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
