/* What speaks for a finding: each sign on rows that show it and on rows that do not, what is not
 * logged, and which accesses are one transfer. The logs are small enough to work the answers out by
 * hand. */
#include "hunt_try.h"

struct opened {
    struct hunt *h;
    struct detail *d;
    struct witness *w;
    const struct evidence *e;
};

/* The log, and the finding of a rule that takes the lines whose path holds "target". */
static struct opened open_log(const char *text)
{
    struct opened o = {.h = try_hunt(text,
                                     "W3CIISLog | where csUriStem contains 'target' "
                                     "| summarize count() by sPort",
                                     ABSENT_AUTO)};
    struct view *v = hunt_view(o.h);
    assert_int_equal(v->rows, 1);
    hunt_open_finding(o.h, v, 0);
    while (!(o.d = hunt_detail(o.h)))
        usleep(1000);
    view_release(v);
    assert_false(o.d->failed);
    o.w = hunt_evidence(o.h, o.d);
    while (!witness_done(o.w))
        usleep(1000);
    o.e = witness_seen(o.w);
    return o;
}

static void done(struct opened *o)
{
    witness_close(o->w);
    detail_release(o->d);
    hunt_close(o->h);
}

static struct value at(const struct table *t, const char *name, size_t row)
{
    return column_value(t->columns[schema_find(&t->schema, str_of(name))], row);
}

static size_t row_of(const struct opened *o, const char *sign, const char *what)
{
    for (size_t i = 0; i < o->e->signs->rows; i++)
        if (str_is(at(o->e->signs, "Sign", i).s, sign) &&
            (!what || str_is(at(o->e->signs, "What", i).s, what)))
            return i;
    return SIZE_MAX;
}

static void sign(const struct opened *o, const char *letter, int64_t count, int64_t of)
{
    size_t row = row_of(o, letter, NULL);
    if (row == SIZE_MAX)
        fail_msg("no sign %s", letter);
    assert_int_equal(at(o->e->signs, "Count", row).i, count);
    assert_int_equal(at(o->e->signs, "Of", row).i, of);
}

static void no_sign(const struct opened *o, const char *letter, const char *what)
{
    if (row_of(o, letter, what) != SIZE_MAX)
        fail_msg("sign %s", letter);
}

#define ALL                                                                                        \
    "#Fields: date time cs-method cs-uri-stem cs-username c-ip cs(User-Agent) cs(Referer) "        \
    "sc-status sc-win32-status sc-bytes time-taken\r\n"

static void test_signs(void **state)
{
    (void)state;
    struct opened o = open_log(
        ALL "2024-01-01 01:00:00 POST /owa/x.aspx - 192.0.2.1 curl - 200 0 10 1\r\n"
            "2024-01-01 01:10:00 GET /owa/target.png - 192.0.2.1 curl - 200 64 20000000 90000\r\n"
            "2024-01-01 01:50:00 GET /owa/target.png bob 192.0.2.1 curl http://x/ 404 0 10 1\r\n"
            "2024-01-01 03:00:00 POST /owa/y.aspx - 192.0.2.1 curl - 200 0 10 1\r\n"
            "2024-01-01 03:10:00 GET /owa/other.png - 192.0.2.2 Firefox - 200 0 10 1\r\n");
    sign(&o, "S", 1, 2);
    sign(&o, "C", 1, 2);
    sign(&o, "B", 1, 2);
    sign(&o, "T", 1, 2);
    sign(&o, "I", 1, 2);
    sign(&o, "A", 1, 2);
    sign(&o, "R", 1, 2);
    sign(&o, "-", 1, 2);
    sign(&o, "P", 1, 1); /* the second POST came after the last access */
    sign(&o, "U", 1, 1);
    no_sign(&o, "M", NULL); /* two hours and ten minutes are no short visit */
    no_sign(&o, "?", NULL);
    assert_int_equal(o.e->usual->rows, 3); /* a file, an address, an agent */
    assert_int_equal(at(o.e->usual, "Requests", 0).i, 2);
    assert_int_equal(at(o.e->usual, "Requests", 1).i, 4);
    assert_int_equal(o.e->folder->rows, 4);
    assert_true(str_is(at(o.e->folder, "csUriStem", 3).s, "/owa/target.png")); /* rarest first */
    assert_int_equal(o.e->elsewhere->rows, 5);
    done(&o);
}

static void test_no_signs(void **state)
{
    (void)state;
    struct opened o = open_log(
        ALL "2024-01-01 01:00:00 GET /owa/target.png bob 192.0.2.1 Firefox /p 304 0 200 1\r\n"
            "2024-01-01 02:00:01 GET /owa/x.png bob 192.0.2.1 Firefox /p 200 0 200 1\r\n"
            "2024-01-01 01:00:01 GET /owa/other.png bob 192.0.2.2 Firefox /p 200 0 200 1\r\n");
    assert_int_equal(o.e->signs->rows, 0);
    done(&o);
}

/* What is not logged is neither a sign nor the absence of one. */
static void test_not_logged(void **state)
{
    (void)state;
    struct opened o = open_log("#Fields: date time cs-uri-stem c-ip sc-status\r\n"
                               "2024-01-01 01:00:00 /owa/target.png 192.0.2.1 200\r\n");
    no_sign(&o, "A", NULL);
    no_sign(&o, "R", NULL);
    no_sign(&o, "U", NULL);
    assert_true(row_of(&o, "?", "bytes") != SIZE_MAX);
    assert_true(row_of(&o, "?", "time taken") != SIZE_MAX);
    assert_true(row_of(&o, "?", "cut off") != SIZE_MAX);
    assert_true(row_of(&o, "?", "anonymous") != SIZE_MAX);
    assert_true(row_of(&o, "?", "referer") != SIZE_MAX);
    sign(&o, "M", 1, 1); /* seen once: a visit of no length */
    done(&o);
}

static void test_transfers(void **state)
{
    (void)state;
    struct opened o = open_log(
        ALL "2024-01-01 01:00:00 GET /target.zip - 192.0.2.1 curl - 200 64 100 1000\r\n"
            "2024-01-01 01:10:00 GET /target.zip - 192.0.2.1 curl - 206 0 50 1000\r\n"
            "2024-01-01 01:12:00 GET /target.zip - 192.0.2.2 curl - 200 0 150 1000\r\n"
            /* begun 20 minutes after the end of the first two: an hour's transfer */
            "2024-01-01 02:30:00 GET /target.zip - 192.0.2.1 curl - 206 0 50 3600000\r\n"
            /* more than half an hour later: another one */
            "2024-01-01 03:01:00 GET /target.zip - 192.0.2.1 curl - 200 0 150 1000\r\n");
    const struct table *t = o.d->transfers;
    static const uint32_t of[] = {0, 0, 1, 0, 2};
    assert_int_equal(t->rows, 3);
    assert_memory_equal(o.d->transfer_of, of, sizeof of);
    assert_int_equal(at(t, "Accesses", 0).i, 3);
    assert_int_equal(at(t, "scBytes", 0).i, 200);
    assert_int_equal(at(t, "TimeTaken", 0).i, 3602000);
    assert_true(str_is(at(t, "Statuses", 0).s, "200 206"));
    assert_true(str_is(at(t, "How", 0).s,
                       "3 accesses, 2 of a range (206), 1 cut off (win32 64)"));
    assert_true(at(t, "Until", 1).null);
    assert_true(str_is(at(t, "How", 1).s, ""));
    assert_true(str_is(at(t, "cIP", 1).s, "192.0.2.2"));
    done(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_no_signs),
        cmocka_unit_test(test_not_logged),
        cmocka_unit_test(test_transfers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
