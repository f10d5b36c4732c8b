/* What exclusions hide: worked out from the log by hand, the same by the kept rows as by reading
 * the logs again, and what that costs: no byte of a log after a knob, one pass where no rows are
 * kept. */
#include "hunt_try.h"

#define HEAD                                                                                       \
    "#Software: Microsoft Internet Information Services 10.0\n"                                    \
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "          \
    "cs(User-Agent) cs(Referer) sc-status\n"
#define RULE                                                                                       \
    "let few = 2;\n"                                                                               \
    "W3CIISLog\n"                                                                                  \
    "| where csUriStem contains \"/owa/\"\n"                                                       \
    "| where cIP !in (\"127.0.0.1\")\n"                                                            \
    "| project csUriStem, cIP, TimeGenerated\n"                                                    \
    "| summarize Access = count(), first = min(TimeGenerated) by csUriStem\n"                      \
    "| where Access <= few\n"

static const char by_hand[] = HEAD
    "2024-01-01 02:00:00 10.0.0.1 GET /owa/a.png - 443 - 203.0.113.1 curl - 200\n"
    "2024-01-01 02:10:00 10.0.0.1 GET /owa/b.png - 443 svc 203.0.113.1 Backup/2 - 200\n"
    "2024-01-01 03:00:00 10.0.0.1 GET /owa/b.png - 443 - 203.0.113.2 curl - 200\n"
    "2024-01-01 04:00:00 10.0.0.1 GET /owa/c.png - 443 svc 203.0.113.3 Backup/2 - 200\n"
    "2024-01-01 04:00:01 10.0.0.1 GET /owa/c.png - 443 svc 203.0.113.3 Backup/2 - 200\n"
    "2024-01-01 04:00:02 10.0.0.1 GET /owa/c.png - 443 - 203.0.113.3 curl - 404\n"
    "2024-01-01 05:00:00 10.0.0.2 GET /owa/d.png - 443 - 203.0.113.4 Backup/3 /page 200\n"
    "2024-01-01 05:00:00 10.0.0.2 GET /other/e.png - 443 - 203.0.113.4 Backup/3 - 200\n";

static int64_t bytes_read(void)
{
    long long n = 0;
    FILE *f = fopen("/proc/self/io", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "rchar: %lld", &n), 1);
    fclose(f);
    return n;
}

static void write_log(const char *text, const char *how)
{
    FILE *f = fopen(log_path, how);
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct hunt *opened(const char *query, int64_t budget, bool follow)
{
    return try_open((struct hunt_options){
        .query = str_of(query), .keep_budget = budget, .follow = follow});
}

/* How many of the findings each hides, and all together: "1 0 2: 2". */
static const char *hidden(struct hunt *h, const char *const *lines)
{
    static char text[400];
    const struct exclusion *list[32];
    struct arena *a = arena_new();
    struct error err = {0};
    size_t n = 0, at = 0;
    for (; lines[n]; n++) {
        struct exclusion *e = ARENA_NEW(a, struct exclusion);
        if (!exclusion_parse(a, str_of(lines[n]), e, &err))
            fail_msg("%s: %s", lines[n], err.message);
        list[n] = e;
    }
    assert_true(hunt_wait(h));
    struct hiding *s = hunt_hide(h, list, n);
    hiding_wait(s);
    if (hiding_failed(s, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i <= n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu", i == n ? ": " : i ? " " : "",
                               hiding_count(s, i));
    hiding_close(s);
    arena_free(a);
    return text;
}

static void turn(struct hunt *h, const char *setting)
{
    struct error err = {0};
    if (!hunt_set(h, str_of(setting), &err))
        fail_msg("%s", err.message);
    assert_true(hunt_wait(h));
}

#define NO_ROOM 1 /* byte: nothing is kept */
#define FIVE                                                                                       \
    (const char *const[])                                                                          \
    {                                                                                              \
        "agent=Backup*", "ip=203.0.113.0/31", "user=svc hours=02:00-03:00", "local=10.0.0.2",      \
            "referer=/page status=404", NULL                                                       \
    }

/* With few = 2 a.png, b.png and d.png are findings; c.png, with three accesses, comes with 3. What
 * is left of a finding's rows may still be one: then it is not hidden, only changed. Of c.png,
 * Backup leaves one row: it would be a finding with few = 2, which nobody asked for. */
static void check_by_hand(int64_t budget)
{
    write_log(by_hand, "w");
    struct hunt *h = opened(RULE, budget, false);
    assert_string_equal(hidden(h, FIVE), "1 1 0 1 0: 2");
    turn(h, "few=1"); /* a.png, d.png; b.png comes with either half, and was none */
    assert_string_equal(hidden(h, FIVE), "1 1 0 1 0: 2");
    turn(h, "few=3"); /* all four; nothing of c.png goes whole */
    assert_string_equal(hidden(h, FIVE), "1 1 0 1 0: 2");
    assert_string_equal(hidden(h, (const char *const[]){"path=/owa/c*", NULL}), "1: 1");
    assert_string_equal(
        hidden(h, (const char *const[]){"agent=curl", "agent=Backup*", NULL}), "1 1: 4");
    assert_string_equal(hidden(h, (const char *const[]){"ip=192.0.2.1", NULL}), "0: 0");
    assert_string_equal(hidden(h, (const char *const[]){NULL}), ": 0");
    hunt_close(h);
}

static void test_by_hand(void **state)
{
    (void)state;
    check_by_hand(0);
    check_by_hand(NO_ROOM);
}

/* ---- the same either way --------------------------------------------------------------------- */

static uint32_t seed = 7;
static unsigned some(unsigned below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % below;
}

static char *random_log(struct arena *a, unsigned lines)
{
    char *text = arena_alloc(a, sizeof HEAD + lines * 200u), *at = text;
    static const char *const agents[] = {"curl", "Backup/1", "Backup/2", "-", "A+B"};
    static const char *const users[] = {"-", "svc", "anna"};
    at += sprintf(at, "%s", HEAD);
    for (unsigned i = 0; i < lines; i++)
        at += sprintf(at,
                      "2024-01-0%u %02u:%02u:00 10.0.0.%u GET /%s/f%u.png - 443 %s 203.0.113.%u %s "
                      "%s %u\n",
                      1 + some(3), some(24), some(60), some(3), some(4) ? "owa" : "x",
                      some(lines / 5), users[some(3)], some(8), agents[some(5)],
                      some(2) ? "-" : "/p", some(3) ? 200 : 404);
    return text;
}

static const char *const many[] = {"agent=Backup*",
                                   "agent=curl|-",
                                   "ip=203.0.113.0/30",
                                   "ip=203.0.113.4|203.0.113.5 user=svc",
                                   "hours=22:00-04:00",
                                   "from=2024-01-02 to=2024-01-02",
                                   "local=10.0.0.1 status=200",
                                   "path=*f1.png",
                                   "path=/owa/*",
                                   "referer=/p method=GET",
                                   "server=10.0.0.2",
                                   "user=nobody",
                                   "host=x",
                                   "agent=A*",
                                   "path=*f2*",
                                   "path=*f3*",
                                   "ip=203.0.113.7",
                                   "user=anna",
                                   NULL};

static void compare(const char *query, const char *const *settings)
{
    struct hunt *kept = opened(query, 0, false), *reread = opened(query, NO_ROOM, false);
    for (size_t i = 0; settings[i]; i++) {
        char text[400];
        turn(kept, settings[i]);
        turn(reread, settings[i]);
        snprintf(text, sizeof text, "%s", hidden(reread, many));
        if (strcmp(text, hidden(kept, many)) != 0)
            fail_msg("%s: %s by the kept rows, %s by the logs", settings[i], hidden(kept, many),
                     text);
    }
    hunt_close(kept);
    hunt_close(reread);
}

static void test_same_either_way(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    write_log(random_log(a, 400), "w");
    arena_free(a);
    compare(RULE, (const char *const[]){"few=1", "few=3", "few=9", NULL});
    /* a knob that is cold; the clock; a filter without any knob's part in it */
    compare("let few = 9; let day = 2d;\n"
            "W3CIISLog | where csUriStem contains \"/owa/\" | where TimeGenerated > ago(day)\n"
            "| extend name = tostring(split(csUriStem, \"/\")[-1]) | where name != \"f4.png\"\n"
            "| summarize n = count(), make_set(cIP) by name | where n <= few",
            (const char *const[]){"few=2", "day=1d", "few=3", NULL});
    /* rows that become several; without a summarize */
    compare("let few = 9;\n"
            "W3CIISLog | where csUriStem contains \"/owa/\" | mv-expand part = "
            "split(csUriStem, \"/\") to typeof(string)\n"
            "| summarize n = count() by part | where n <= few",
            (const char *const[]){"few=20", "few=12", NULL});
    compare("let ip = \"203.0.113.1\";\n"
            "W3CIISLog | where csUriStem contains \"/owa/\" | where cIP != ip and scStatus == 200",
            (const char *const[]){"ip=203.0.113.2", NULL});
    /* where no row stands for itself: two mentions, rows in order */
    compare("let few = 9;\n"
            "W3CIISLog | where csUriStem contains \"/owa/\" | join kind=inner (W3CIISLog | where "
            "scStatus == 404 | distinct csUriStem) on csUriStem\n"
            "| summarize n = count() by csUriStem | where n <= few",
            (const char *const[]){"few=12", NULL});
    compare("let few = 9;\n"
            "W3CIISLog | where csUriStem contains \"/owa/\" | sort by TimeGenerated asc, cIP asc "
            "| extend number = row_number() | where number > few | summarize n = count() by cIP",
            (const char *const[]){"few=100", NULL});
}

/* ---- what it costs --------------------------------------------------------------------------- */

/* The log's bytes are gone after the first look: whoever reads them again finds nothing. */
static void test_no_byte_after_a_knob(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *text = random_log(a, 2000);
    char want[3][400];
    const char *const settings[] = {"few=2", "few=4", "few=9"};
    const char *const five[] = {many[0], many[2], many[4], many[6], many[17], NULL};
    const char *const typed[] = {"user=anna ip=203.0.113.0/29", NULL};
    write_log(text, "w");
    struct hunt *h = opened(RULE, NO_ROOM, false);
    for (size_t i = 0; i < 3; i++) {
        turn(h, settings[i]);
        snprintf(want[i], sizeof want[i], "%s", hidden(h, five));
        assert_null(strstr(want[i], " 0"));
    }
    char want_typed[400];
    snprintf(want_typed, sizeof want_typed, "%s", hidden(h, typed));
    hunt_close(h);
    h = opened(RULE, 0, false);
    turn(h, settings[0]);
    assert_string_equal(hidden(h, five), want[0]);
    memset(text + sizeof HEAD, 'x', strlen(text) - sizeof HEAD - 1);
    write_log(text, "r+");
    int64_t before = bytes_read();
    for (size_t i = 0; i < 3; i++) {
        turn(h, settings[i]);
        assert_string_equal(hidden(h, five), want[i]);
    }
    assert_string_equal(hidden(h, typed), want_typed);
    assert_true(bytes_read() - before < (int64_t)strlen(text) / 8);
    hunt_close(h);
    arena_free(a);
}

/* Over budget all of them share a pass. */
static void test_one_pass_without_room(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *text = random_log(a, 2000);
    const char *const five[] = {many[0], many[2], many[4], many[6], many[17], NULL};
    write_log(text, "w");
    struct hunt *h = opened(RULE, NO_ROOM, false);
    const char *const one[] = {many[0], NULL};
    int64_t before = bytes_read();
    hidden(h, one);
    int64_t pass = bytes_read() - before;
    assert_true(pass >= (int64_t)strlen(text));
    hidden(h, five);
    assert_true(bytes_read() - before < 2 * pass + pass / 2);
    hunt_close(h);
    arena_free(a);
}

/* What a file that grows adds is looked at, too. */
static void test_grows(void **state)
{
    (void)state;
    write_log(by_hand, "w");
    struct hunt *h = opened(RULE, 0, true);
    assert_string_equal(hidden(h, FIVE), "1 1 0 1 0: 2");
    write_log("2024-01-01 06:00:00 10.0.0.2 GET /owa/n.png - 443 - 203.0.113.9 Backup/4 - 200\n",
              "a");
    for (size_t rows = 0; rows < 4;) {
        struct view *v = hunt_view(h);
        rows = v->rows;
        view_release(v);
        usleep(1000);
    }
    assert_string_equal(hidden(h, FIVE), "2 1 0 2 0: 3");
    hunt_close(h);
}

/* Several at once, some given up at once. */
static void test_given_up(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error err = {0};
    struct hunt *h = try_hunt(random_log(a, 400), RULE, ABSENT_AUTO);
    struct exclusion e;
    const struct exclusion *list[] = {&e};
    assert_true(exclusion_parse(a, STR("agent=Backup*"), &e, &err));
    for (int i = 0; i < 30; i++) {
        struct hiding *x = hunt_hide(h, list, 1), *y = hunt_hide(h, list, 1);
        if (i % 3 == 0)
            turn(h, i % 2 ? "few=9" : "few=4");
        hiding_close(x);
        if (i % 2)
            hiding_wait(y);
        hiding_close(y);
    }
    hunt_close(h);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_same_either_way),
        cmocka_unit_test(test_no_byte_after_a_knob),
        cmocka_unit_test(test_one_pass_without_room),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
