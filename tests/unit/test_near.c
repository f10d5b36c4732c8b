/* Near misses: rows that one step of one number would make findings, with the number that would do
 * it; of the present settings only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "hunt/hunt.h"

static char log_path[] = "/tmp/harrier-near-XXXXXX";

/* Lines of port n come n times, for n in 1 … 4, from as many servers as the port has odd digits. */
static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(log_path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return 1;
    fputs("#Fields: date time s-ip cs-uri-stem s-port\r\n", f);
    for (int port = 1; port <= 4; port++)
        for (int i = 0; i < port; i++)
            fprintf(f, "2024-01-01 01:00:00 10.0.0.%d /x %d\r\n", port == 3 ? i % 2 : 1, port);
    return fclose(f);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(log_path);
}

static struct hunt *loaded(const char *query)
{
    struct str path = str_of(log_path);
    struct hunt_options o = {.paths = &path,
                             .n_paths = 1,
                             .query = str_of(query),
                             .threads = 2,
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .lineage = true,
                             .keep = true,
                             .what_if = true};
    struct error err = {0};
    struct hunt *h = NULL;
    if (!hunt_open(&o, &h, &err))
        fail_msg("%s", err.message);
    hunt_start(h);
    assert_true(hunt_wait(h));
    hunt_wait_what_if(h);
    return h;
}

static void row_is(const struct table *t, size_t row, const char *with, int64_t n)
{
    assert_true(row < t->rows);
    assert_true(str_is(column_value(t->columns[0], row).s, with));
    assert_int_equal(column_value(t->columns[1], row).i, n);
}

static void test_near(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error err = {0};
    struct hunt *h = loaded("W3CIISLog | summarize n = count(), m = dcount(sIP) by sPort "
                            "| where n <= 2 and m == 1");
    struct table *t = hunt_near(h, a, NULL);
    assert_true(hunt_near_known(h));
    /* port 3 would come with n <= 3 only if its servers were one */
    assert_int_equal(t->rows, 0);
    assert_true(hunt_set(h, STR("n <==3"), &err));
    assert_true(hunt_wait(h));
    hunt_wait_what_if(h);
    t = hunt_near(h, a, NULL);
    assert_int_equal(t->rows, 2);
    row_is(t, 0, "n <= 4", 4);
    row_is(t, 1, "m == 2", 3);
    hunt_close(h);
    /* a let is named with its value */
    h = loaded("let most = 2; W3CIISLog | summarize n = count() by sPort | where n <= most");
    t = hunt_near(h, a, NULL);
    assert_int_equal(t->rows, 1);
    row_is(t, 0, "most = 3", 3);
    hunt_close(h);
    arena_free(a);
}

static struct detail *detail_of(struct hunt *h, struct view *v)
{
    struct detail *d;
    hunt_open_finding(h, v, 0);
    while (!(d = hunt_detail(h)))
        usleep(1000);
    return d;
}

/* A near miss is opened like a finding: the log rows behind it are there. */
static void test_opened(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error err = {0};
    uint64_t *ids;
    struct hunt *h = loaded("W3CIISLog | summarize n = count() by sPort | where n <= 2");
    struct table *t = hunt_near(h, a, &ids);
    assert_int_equal(t->rows, 1);
    assert_true(str_is(column_value(t->columns[0], 0).s, "n <= 3"));
    assert_null(hunt_near_view(h, ids[0] + 1));
    struct view *v = hunt_near_view(h, ids[0]);
    assert_non_null(v);
    assert_int_equal(v->rows, 1);
    assert_true(v->ids[0] == ids[0]);
    assert_true(str_is(v->result->table->schema.fields[0].name, "sPort"));
    struct detail *d = detail_of(h, v);
    assert_false(d->failed);
    assert_true(d->finding == ids[0] && d->complete);
    assert_int_equal(d->total, 3);
    for (size_t i = 0; i < d->lines->rows; i++) { /* lines of port 3 */
        struct str raw = column_value(d->lines->columns[3], i).s;
        assert_true(str_ends(raw, STR(" /x 3")));
    }
    detail_release(d);
    /* the knob went down: it is two steps away now */
    assert_true(hunt_set(h, STR("n <==1"), &err));
    assert_true(hunt_wait(h));
    assert_null(hunt_near_view(h, ids[0]));
    d = detail_of(h, v); /* what it was opened with still does */
    assert_int_equal(d->total, 3);
    detail_release(d);
    view_release(v);
    hunt_close(h);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_near),
                                       cmocka_unit_test(test_opened)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
