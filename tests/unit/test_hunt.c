/* The hunt without a screen: rules by name, every kind of setting, what comes and goes, what-ifs,
 * what stands behind a finding, and the tuned rule written back. The log is small enough to work
 * the answers out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/instant.h"
#include "hunt/hunt.h"

static char folder[] = "/tmp/harrier-hunt-XXXXXX";
static char log_path[64];

#define P "/owa/auth/"
/* What the published rule says of each line: */
static const char log_text[] =
    "#Software: Microsoft Internet Information Services 10.0\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status "
    "sc-bytes time-taken\r\n"
    /* found: two accesses by one public address */
    "2024-01-01 01:00:00 10.0.0.1 GET " P "Redir.png - 203.0.113.7 UA 200 1000 500\r\n"
    "2024-01-01 01:02:30 10.0.0.1 GET " P "Redir.png - 203.0.113.7 UA 206 500 400\r\n"
    /* found only with aspx off */
    "2024-01-01 02:00:00 10.0.0.1 GET " P "x.aspx - 203.0.113.8 UA 200 10 1\r\n"
    /* found only with Access <= 3 */
    "2024-01-01 03:00:00 10.0.0.1 GET " P "three.zip - 203.0.113.9 UA 200 10 1\r\n"
    "2024-01-01 03:00:01 10.0.0.1 GET " P "three.zip - 203.0.113.9 UA 200 10 1\r\n"
    "2024-01-01 03:00:02 10.0.0.1 GET " P "three.zip - 203.0.113.9 UA 200 10 1\r\n"
    /* found only with two addresses allowed */
    "2024-01-01 04:00:00 10.0.0.1 GET " P "two.zip - 203.0.113.10 UA 200 10 1\r\n"
    "2024-01-01 04:00:01 10.0.0.1 GET " P "two.zip - 203.0.113.11 UA 200 10 1\r\n"
    /* found until its address is excluded */
    "2024-01-01 05:00:00 10.0.0.1 GET " P "known.cab - 198.51.100.1 UA 200 10 1\r\n"
    /* dropped: has a query; not under /owa/ */
    "2024-01-01 06:00:00 10.0.0.1 GET " P "q.png a=1 203.0.113.12 UA 200 10 1\r\n"
    "2024-01-01 06:00:00 10.0.0.1 GET /ecp/q.png - 203.0.113.12 UA 200 10 1\r\n";

static int set_up(void **state)
{
    (void)state;
    FILE *f;
    if (!mkdtemp(folder))
        return 1;
    snprintf(log_path, sizeof log_path, "%s/u_ex240101.log", folder);
    if (!(f = fopen(log_path, "w")))
        return 1;
    fputs(log_text, f);
    return fclose(f);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(log_path);
    return rmdir(folder);
}

static struct hunt *opened(const struct hunt_setting *settings, size_t n, const char *query)
{
    struct str path = str_of(log_path);
    struct hunt_options o = {.paths = &path,
                             .n_paths = 1,
                             .settings = settings,
                             .n_settings = n,
                             .threads = 2,
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .lineage = true,
                             .keep = true,
                             .what_if = true,
                             .query = str_of(query)};
    struct error err = {0};
    struct hunt *h = NULL;
    if (!hunt_open(&o, &h, &err))
        fail_msg("%s", err.message);
    return h;
}

static struct hunt *loaded(void)
{
    struct hunt *h = opened(NULL, 0, NULL);
    hunt_start(h);
    assert_true(hunt_wait(h));
    return h;
}

/* The file names found, in order, joined by blanks. */
static const char *found(struct hunt *h)
{
    static char names[512];
    assert_true(hunt_wait(h));
    struct view *v = hunt_view(h);
    const struct table *t = v->result->table;
    size_t at = schema_find(&t->schema, STR("file_name")), n = 0;
    names[0] = '\0';
    for (size_t i = 0; i < v->rows; i++) {
        struct str s = column_value(t->columns[at], i).s;
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%.*s", i ? " " : "", STR_ARG(s));
    }
    view_release(v);
    return names;
}

static void set(struct hunt *h, const char *text)
{
    struct error err = {0};
    if (!hunt_set(h, str_of(text), &err))
        fail_msg("%s: %s", text, err.message);
}

static void refused(struct hunt *h, const char *text, const char *why)
{
    struct error err = {0};
    assert_false(hunt_set(h, str_of(text), &err));
    assert_non_null(strstr(err.message, why));
}

static void test_published(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    assert_string_equal(found(h), "Redir.png known.cab");
    assert_true(str_is(hunt_rule(h)->severity, "Low"));
    struct view *v = hunt_view(h);
    assert_false(v->partial);
    assert_int_equal(v->result->scan.header_lines, 2);
    assert_int_equal(v->result->scan.lines, 13);
    view_release(v);
    hunt_close(h);
}

static void test_settings(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    set(h, "scriptingExt-=aspx");
    assert_string_equal(found(h), "Redir.png x.aspx known.cab");
    set(h, "scriptingExt+=aspx");
    set(h, "Access <==3");
    assert_string_equal(found(h), "Redir.png three.zip known.cab");
    set(h, "Access<=2"); /* as people write it */
    set(h, "dcount_cIP === 2");
    assert_string_equal(found(h), "two.zip");
    set(h, "dcount_cIP ===1");
    set(h, "excludeIps+=198.51.100.1");
    assert_string_equal(found(h), "Redir.png");
    set(h, "excludeIps=127.0.0.1");
    assert_string_equal(found(h), "Redir.png known.cab");
    hunt_publish(h, SIZE_MAX);
    assert_string_equal(found(h), "Redir.png known.cab");
    struct arena *a = arena_new();
    struct knob *knobs;
    for (size_t i = 0, n = hunt_knobs(h, a, &knobs); i < n; i++)
        assert_false(knobs[i].changed);
    arena_free(a);
    hunt_close(h);
}

static void test_refused(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct error err = {0};
    refused(h, "excludeIP+=1.2.3.4", "excludeIps");
    refused(h, "Access <==many", "whole number");
    refused(h, "scriptingExt-=asxp", "aspx");
    refused(h, "nonsense", "no knob");
    assert_false(hunt_switch(h, 99, true, &err));
    assert_non_null(strstr(err.message, "no stage 99"));
    err.set = false;
    assert_false(hunt_switch(h, 8, false, &err)); /* summarize */
    assert_non_null(strstr(err.message, "only a where"));
    assert_string_equal(found(h), "Redir.png known.cab");
    hunt_close(h);
}

static void test_switches(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct error err = {0};
    assert_true(hunt_switch(h, 4, true, &err)); /* the author's image filter, commented out */
    assert_string_equal(found(h), "Redir.png");
    assert_true(hunt_switch(h, 4, false, &err));
    assert_true(hunt_switch(h, 2, false, &err)); /* queries allowed */
    assert_string_equal(found(h), "Redir.png known.cab q.png");
    assert_true(hunt_switch(h, 2, true, &err));
    assert_true(hunt_switch(h, 1, false, &err)); /* cold: reads the log again */
    assert_string_equal(found(h), "Redir.png known.cab q.png");
    hunt_close(h);
}

/* A hot knob never reads a log: the file is gone, and the answer is still right. */
static void test_hot_knobs_read_no_log(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    char away[80];
    snprintf(away, sizeof away, "%s.away", log_path);
    assert_int_equal(rename(log_path, away), 0);
    set(h, "scriptingExt-=aspx");
    assert_string_equal(found(h), "Redir.png x.aspx known.cab");
    set(h, "Access <==3");
    assert_string_equal(found(h), "Redir.png x.aspx three.zip known.cab");
    struct view *v = hunt_view(h);
    assert_true(v->result->kept);
    assert_false(v->reread);
    view_release(v);
    assert_int_equal(rename(away, log_path), 0);
    hunt_close(h);
}

static void test_come_and_gone(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    set(h, "dcount_cIP === 2");
    assert_true(hunt_wait(h));
    struct view *v = hunt_view(h);
    assert_int_equal(v->come, 1);
    assert_int_equal(v->gone, 2);
    view_release(v);
    hunt_close(h);
}

static void test_what_if(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct arena *a = arena_new();
    struct knob *knobs;
    bool seen_member = false, seen_number = false, seen_switch = false;
    hunt_wait_what_if(h);
    for (size_t i = 0, n = hunt_knobs(h, a, &knobs); i < n; i++) {
        struct knob *k = &knobs[i];
        if (str_is(k->name, "scriptingExt")) {
            assert_int_equal(k->members[0].what_if, 1); /* aspx */
            assert_int_equal(k->members[1].what_if, 0);
            seen_member = true;
        } else if (str_is(k->name, "Access <=")) {
            for (size_t p = 0; p < k->n_points; p++)
                assert_int_equal(k->points[p].findings, k->points[p].value.i < 2   ? 1
                                                        : k->points[p].value.i < 3 ? 2
                                                                                   : 3);
            seen_number = k->n_points > 3;
        } else if (k->kind == PARAM_SWITCH && k->stage == 4) {
            assert_int_equal(k->what_if, -1);
            seen_switch = true;
        } else if (k->cold) {
            assert_true(k->what_if == HUNT_UNKNOWN);
        }
    }
    assert_true(seen_member && seen_number && seen_switch);
    arena_free(a);
    hunt_close(h);
}

static void test_identity(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct view *v = hunt_view(h);
    uint64_t redir = v->ids[0];
    assert_true(v->ids[0] != v->ids[1]);
    set(h, "excludeIps+=198.51.100.1");
    assert_true(hunt_wait(h));
    struct view *w = hunt_view(h);
    assert_int_equal(w->rows, 1);
    assert_true(w->ids[0] == redir);
    view_release(v);
    view_release(w);
    hunt_close(h);
}

static struct detail *detail_of(struct hunt *h, size_t row)
{
    struct view *v = hunt_view(h);
    struct detail *d;
    hunt_open_finding(h, v, row);
    view_release(v);
    for (int i = 0; !(d = hunt_detail(h)) && i < 2000; i++)
        usleep(5000);
    assert_non_null(d);
    if (d->failed)
        fail_msg("%s", d->error.message);
    return d;
}

static int64_t cell(const struct table *t, const char *column, size_t row)
{
    return column_value(t->columns[schema_find(&t->schema, str_of(column))], row).i;
}

static void test_detail(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct detail *d = detail_of(h, 0);
    assert_int_equal(d->total, 2);
    assert_true(d->complete && d->bytes_logged && d->taken_logged);
    assert_int_equal(d->accesses->rows, 2);
    assert_true(column_null(d->accesses->columns[1], 0));
    assert_int_equal(cell(d->accesses, "Gap", 1), 150 * TICKS_PER_SECOND);
    assert_int_equal(cell(d->accesses, "Line", 0), 3);
    assert_int_equal(cell(d->accesses, "Line", 1), 4);
    assert_int_equal(d->addresses->rows, 1);
    assert_int_equal(cell(d->addresses, "Access", 0), 2);
    assert_int_equal(cell(d->addresses, "Bytes", 0), 1500);
    struct str raw = column_value(d->lines->columns[3], 1).s;
    assert_true(str_eq(
        raw, STR("2024-01-01 01:02:30 10.0.0.1 GET " P "Redir.png - 203.0.113.7 UA 206 500 400")));
    detail_release(d);
    hunt_close(h);
}

/* What was written back is a rule again; published settings give the file byte for byte. */
static void test_write_rule(void **state)
{
    (void)state;
    struct hunt *h = loaded();
    struct arena *a = arena_new();
    struct error err = {0};
    struct str text;
    assert_true(hunt_write_rule(h, a, STR_NONE, &text, &err));
    assert_true(str_eq(text, hunt_rule(h)->file_text));
    set(h, "scriptingExt-=aspx");
    set(h, "Access <==7");
    assert_true(hunt_switch(h, 4, true, &err));
    assert_true(hunt_switch(h, 5, false, &err));
    assert_true(hunt_write_rule(h, a, STR_NONE, &text, &err));
    struct str before = hunt_rule(h)->file_text;
    struct { const char *old, *new; } lines[] = {
        {"dynamic([\"aspx\", \"ashx\", \"asp\"])", "dynamic([\"ashx\", \"asp\"])"},
        {"  //| where file_ext in~", "  | where file_ext in~"},
        {"  | where file_name != \"\"", "  //| where file_name != \"\""},
        {"where Access <= 2 and", "where Access <= 7 and"},
    };
    struct buf want = {0};
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        size_t next = str_find(before, str_of(lines[i].old), at);
        assert_true(next != SIZE_MAX);
        buf_add(&want, str_sub(before, at, next));
        buf_add_z(&want, lines[i].new);
        at = next + strlen(lines[i].old);
    }
    buf_add(&want, str_sub(before, at, before.n));
    assert_true(str_eq(text, buf_str(&want)));
    buf_release(&want);
    arena_free(a);
    hunt_close(h);
}

/* Exclusions written into the rule: its lines are those of the file, the new ones and the changed
 * literal; and as a rule it finds what is left of the findings. */
static void test_write_exclusions(void **state)
{
    (void)state;
    struct hunt *h = loaded(), *again;
    struct arena *a = arena_new();
    struct error err = {0};
    struct exclusion e;
    struct buf wheres = {0};
    struct str text, path = str_fmt(a, "%s/tuned.yaml", folder), log = str_of(log_path);
    set(h, "Access <==3");
    assert_string_equal(found(h), "Redir.png three.zip known.cab");
    assert_true(exclusion_parse(a, STR("ip=198.51.100.0/24"), &e, &err));
    const struct exclusion *list[] = {&e};
    struct hiding *hiding = hunt_hide(h, list, 1);
    hiding_wait(hiding);
    assert_int_equal(hiding_count(hiding, 1), 1); /* known.cab */
    hiding_close(hiding);
    exclusion_kql(&e, &wheres);
    buf_add_byte(&wheres, '\n');
    assert_true(hunt_write_rule(h, a, buf_str(&wheres), &text, &err));
    struct str added = str_fmt(a, "\n  W3CIISLog\n  | where %.*s  | where csUriStem contains",
                               STR_ARG(buf_str(&wheres)));
    size_t at = str_find(text, added, 0);
    assert_true(at < text.n);
    struct buf without = {0};
    buf_add(&without, str_sub(text, 0, at));
    buf_add_z(&without, "\n  W3CIISLog\n  | where csUriStem contains");
    buf_add(&without, str_sub(text, at + added.n, text.n));
    assert_true(hunt_write_rule(h, a, STR_NONE, &text, &err));
    assert_true(str_eq(buf_str(&without), text));
    assert_true(hunt_write_rule(h, a, buf_str(&wheres), &text, &err));
    assert_true(file_write(path, text, &err));
    struct hunt_options o = {.paths = &log, .n_paths = 1, .rule = path, .threads = 1};
    o.since = INT64_MIN;
    o.until = INT64_MAX;
    if (!hunt_open(&o, &again, &err))
        fail_msg("%s", err.message);
    hunt_start(again);
    assert_string_equal(found(again), "Redir.png three.zip");
    hunt_close(again);
    unlink(str_z(a, path));
    buf_release(&wheres);
    buf_release(&without);
    arena_free(a);
    hunt_close(h);
}

static void test_settings_at_open(void **state)
{
    (void)state;
    struct hunt_setting settings[] = {
        {SETTING_SET, STR("Access <==3")}, {SETTING_ON, STR("4")}, {SETTING_OFF, STR("4")}};
    struct hunt *h = opened(settings, 3, NULL);
    hunt_start(h);
    assert_string_equal(found(h), "Redir.png three.zip known.cab");
    hunt_close(h);
}

static void test_query_errors(void **state)
{
    (void)state;
    struct hunt_options o = {.query = STR("W3CIISLog\n| where csUriStm == \"x\""),
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .no_logs = true};
    struct error err = {0};
    struct hunt *h = NULL;
    assert_false(hunt_open(&o, &h, &err));
    assert_int_equal(err.place.line, 2);
    assert_int_equal(err.place.column, 9);
    assert_non_null(strstr(err.message, "csUriStem"));
}

static void test_rule_by_name(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error err = {0};
    struct rule *r;
    assert_true(rule_load(a, STR("suspect-mailbox-export"), &r, &err));
    assert_true(str_eq(r->name, STR("Suspect Mailbox Export on IIS/OWA")));
    assert_true(str_eq(r->techniques[0], STR("T1567")));
    assert_false(rule_load(a, STR("suspect-mailbox-exprt"), &r, &err));
    assert_non_null(strstr(err.message, "did you mean 'suspect-mailbox-export'"));
    arena_free(a);
}

/* What runs into a join stands one step in. */
static void test_funnel_is_a_tree(void **state)
{
    static const int64_t depths[] = {0, 0, 0, 1, 1, 0};
    (void)state;
    struct hunt *h = opened(NULL, 0,
                            "W3CIISLog | where sPort > 0 | join kind=inner (W3CIISLog "
                            "| where sPort > 1 | distinct cIP) on cIP | count");
    struct arena *a = arena_new();
    hunt_start(h);
    assert_true(hunt_wait(h));
    struct view *v = hunt_view(h);
    struct table *t = hunt_funnel(h, v, a);
    size_t at = schema_find(&t->schema, STR("Depth"));
    assert_int_equal(t->rows, sizeof depths / sizeof *depths);
    for (size_t i = 0; i < t->rows; i++)
        assert_int_equal(column_value(t->columns[at], i).i, depths[i]);
    view_release(v);
    arena_free(a);
    hunt_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),      cmocka_unit_test(test_settings),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_funnel_is_a_tree),
        cmocka_unit_test(test_hot_knobs_read_no_log), cmocka_unit_test(test_come_and_gone),
        cmocka_unit_test(test_what_if),        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_detail),         cmocka_unit_test(test_write_rule),
        cmocka_unit_test(test_write_exclusions),
        cmocka_unit_test(test_settings_at_open), cmocka_unit_test(test_query_errors),
        cmocka_unit_test(test_rule_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
