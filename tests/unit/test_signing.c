/* The signs of all findings of a view at once: the letters and counts that each finding's own
 * screen has, also after a knob was turned, and nothing where a finding's lines are not known. */
#include "hunt_try.h"

#define FIELDS                                                                                     \
    "#Fields: date time cs-method cs-uri-stem cs-username c-ip cs(User-Agent) cs(Referer) "        \
    "sc-status sc-win32-status sc-bytes time-taken\r\n"
static const char text[] =
    FIELDS "2024-01-01 01:00:00 POST /owa/x.aspx - 192.0.2.1 curl - 200 0 10 1\r\n"
           "2024-01-01 01:10:00 GET /owa/a.png - 192.0.2.1 curl - 200 64 20000000 90000\r\n"
           "2024-01-01 01:50:00 GET /owa/a.png bob 192.0.2.1 curl http://x/ 404 0 10 1\r\n"
           "2024-01-01 03:00:00 POST /owa/y.aspx - 192.0.2.1 curl - 200 0 10 1\r\n"
           "2024-01-01 03:10:00 GET /owa/b.png bob 192.0.2.2 Firefox /p 304 0 10 1\r\n"
           "2024-01-01 03:20:00 GET /owa/c.png bob 192.0.2.3 Firefox /p 304 0 10 1\r\n"
           "2024-01-01 03:20:00 GET /owa/c.png bob 192.0.2.3 Firefox /p 304 0 10 1\r\n"
           "2024-01-01 03:21:00 GET /owa/c.png - 192.0.2.1 curl - 200 0 10 1\r\n"
           "2024-01-01 05:10:00 GET /owa/other bob 192.0.2.2 Firefox /p 200 0 10 1\r\n";

static struct signing *signs_now(struct hunt *h, struct view *v, const struct signing *before)
{
    assert_true(hunt_can_sign(v));
    struct signing *s = hunt_sign(h, v, before);
    AWAIT(signing_done(s));
    assert_int_equal(signing_state(s), SIGNS_ALL);
    return s;
}

static struct str of(const struct view *v, const struct signing *s, const char *stem)
{
    const struct table *t = v->result->table;
    for (size_t row = 0; row < v->rows; row++)
        if (str_is(column_value(t->columns[0], row).s, stem))
            return signing_text(s, row);
    fail_msg("no finding %s", stem);
    return STR_NONE;
}

static void is(struct str got, const char *want)
{
    if (!str_is(got, want))
        fail_msg("'%.*s', not '%s'", STR_ARG(got), want);
}

/* The same letters as on a finding's own screen, where some signs are apart from the others. */
static void same_as_witness(struct hunt *h, struct view *v, size_t row, struct str brief)
{
    struct detail *d;
    hunt_open_finding(h, v, row);
    AWAIT((d = hunt_detail(h)));
    struct witness *w = hunt_evidence(h, d);
    AWAIT(witness_done(w));
    const struct table *t = witness_seen(w)->signs;
    struct buf all = {0};
    for (size_t i = 0; i < t->rows; i++) {
        struct str sign = column_value(t->columns[schema_find(&t->schema, STR("Sign"))], i).s;
        int64_t n = column_value(t->columns[schema_find(&t->schema, STR("Count"))], i).i;
        if (str_is(sign, "?"))
            continue;
        buf_addf(&all, "%s%.*s", all.n ? " " : "", STR_ARG(sign));
        if (n > 1)
            buf_addf(&all, "%d", (int)n);
    }
    assert_true(str_eq(buf_str(&all), brief));
    buf_release(&all);
    witness_close(w);
    detail_release(d);
}

static void test_letters(void **state)
{
    (void)state;
    struct hunt *h = try_hunt(text,
                              "W3CIISLog | where csUriStem endswith '.png' "
                              "| summarize n = count() by csUriStem | where n <= 2",
                              ABSENT_AUTO);
    struct view *v = hunt_view(h), *next;
    struct error err = {0};
    assert_int_equal(v->rows, 2);
    struct signing *s = signs_now(h, v, NULL);
    /* the second POST came after its last access; two hours and more are no short visit */
    is(of(v, s, "/owa/a.png"), "P U S C B T I A R -");
    is(of(v, s, "/owa/b.png"), ""); /* its address came again two hours later */
    for (size_t row = 0; row < v->rows; row++)
        same_as_witness(h, v, row, signing_text(s, row));

    /* a third file: what is known of 192.0.2.1 is taken over, 192.0.2.3 is asked about */
    struct arena *a = arena_new();
    struct knob *knobs;
    size_t n = hunt_knobs(h, a, &knobs);
    for (size_t i = 0; i < n; i++)
        if (knobs[i].kind == PARAM_NUMBER && !hunt_set_text(h, i, STR("3"), &err))
            fail_msg("%s", err.message);
    arena_free(a);
    assert_true(hunt_wait(h));
    next = hunt_view(h);
    assert_int_equal(next->rows, 3);
    struct signing *s2 = signs_now(h, next, s);
    signing_close(s);
    is(of(next, s2, "/owa/a.png"), "P U S C B T I A R -");
    is(of(next, s2, "/owa/c.png"), "P2 M U S A R");
    for (size_t row = 0; row < next->rows; row++)
        same_as_witness(h, next, row, signing_text(s2, row));
    signing_close(s2);
    signing_close(hunt_sign(h, next, NULL)); /* given back at once */
    view_release(v);
    view_release(next);
    hunt_close(h);
}

/* The same addresses in a log that has become another one: nothing is taken over. */
static void test_logs_changed(void **state)
{
    (void)state;
    static const char line[] =
        FIELDS "2024-01-01 01:10:00 GET /owa/a.png b 192.0.2.1 curl /p 304 0 1 1\r\n";
    struct hunt *h = try_hunt(FIELDS "2024-01-01 01:10:00 GET /owa/a.png b 192.0.2.1 curl /p 304 0 "
                                     "1 1\r\n"
                                     "2024-01-01 09:10:00 GET /z b 192.0.2.9 curL /p 304 0 1 1\r\n",
                              "W3CIISLog | where csUriStem has 'a.png' | summarize by csUriStem",
                              ABSENT_AUTO);
    struct view *v = hunt_view(h);
    struct signing *s = signs_now(h, v, NULL);
    is(of(v, s, "/owa/a.png"), "M U");
    FILE *f = fopen(log_path, "w");
    assert_non_null(f);
    /* its agent is now another's too */
    fprintf(f, "%s2024-01-01 09:10:00 GET /z b 192.0.2.9 curl /p 304 0 1 1\r\n", line);
    fclose(f);
    hunt_reload(h);
    assert_true(hunt_wait(h));
    struct view *next = hunt_view(h);
    struct signing *s2 = signs_now(h, next, s);
    is(of(next, s2, "/owa/a.png"), "M");
    signing_close(s);
    signing_close(s2);
    view_release(v);
    view_release(next);
    hunt_close(h);
}

/* Counts over 99 and of lines that were not all looked at. */
static void test_many(void **state)
{
    (void)state;
    struct buf log = {0};
    buf_add_z(&log, FIELDS);
    for (int i = 0; i < 1500; i++)
        buf_add_z(&log, i < 1200 ? "2024-01-01 01:10:00 GET /many b 192.0.2.1 x /p 200 0 1 1\r\n"
                        : i < 1298
                            ? "2024-01-01 09:10:00 GET /some b 192.0.2.1 x /p 200 0 1 1\r\n"
                            : "2024-01-01 09:10:00 GET /most b 192.0.2.2 x /p 200 0 1 1\r\n");
    buf_add_byte(&log, 0);
    struct hunt *h = try_hunt(log.p, "W3CIISLog | summarize by csUriStem", ABSENT_AUTO);
    struct view *v = hunt_view(h);
    struct signing *s = signs_now(h, v, NULL);
    is(of(v, s, "/many"), "S99+");
    is(of(v, s, "/some"), "S98");
    is(of(v, s, "/most"), "M S99+");
    signing_close(s);
    view_release(v);
    hunt_close(h);
    buf_release(&log);
}

static void test_no_lines(void **state)
{
    (void)state;
    struct hunt *h = try_hunt(text, "print x = 1", ABSENT_AUTO);
    struct view *v = hunt_view(h);
    if (hunt_can_sign(v)) {
        struct signing *s = hunt_sign(h, v, NULL);
        AWAIT(signing_done(s));
        is(signing_text(s, 0), "");
        signing_close(s);
    }
    view_release(v);
    hunt_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_logs_changed),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_no_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
