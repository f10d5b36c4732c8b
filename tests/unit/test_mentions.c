/* Plans that mention logs more than once: one pass gives what a pass for each mention gives; each
 * line is cut once, and counted once where it is bad. */
#include "exec_try.h"

struct mentions {
    const char *query;
    int passes; /* in which all mentions are read; where rows are held that do not fit, one more */
    bool holds;
};
static const struct mentions mentioned[] = {
    /* a self-join of breakers */
    {"W3CIISLog | where csMethod == 'POST' | summarize n = count(), avg(TimeTaken) by cIP\n"
     "| join kind=inner (W3CIISLog | where scStatus == '404' | summarize bad = count() by cIP) on "
     "cIP | where bad > 0 | sort by cIP asc",
     1, false},
    /* its left side has no breaker, its right one neither */
    {"W3CIISLog | where csUriStem has 'ecp' and TimeTaken > 700 | join kind=inner (W3CIISLog | "
     "where scStatus == '404' | where TimeTaken < 90 | project cIP, other = csUriStem) on cIP\n"
     "| project TimeGenerated, cIP, csUriStem, other",
     1, true},
    {"W3CIISLog | where csUriStem has 'owa' | summarize n = count() by cIP | join (W3CIISLog | "
     "distinct cIP, sIP) on cIP",
     1, false},
    {"W3CIISLog | where TimeTaken > 800 | join kind=fullouter (W3CIISLog | where TimeTaken < 50 | "
     "summarize count() by sIP, cIP) on cIP | summarize count() by cIP, sIP",
     1, true},
    /* legs of a union into one sink; the same as rows */
    {"union (W3CIISLog | where csMethod == 'POST'), (W3CIISLog | where scStatus == '404'), "
     "(W3CIISLog | where csUserAgent has 'curl')\n"
     "| summarize n = count(), first = take_any(csUriStem), make_list(TimeTaken) by cIP | where n "
     "> "
     "3",
     1, false},
    {"union withsource=leg (W3CIISLog | where TimeTaken > 850), (W3CIISLog | where TimeTaken < 20) "
     "| project leg, TimeGenerated, cIP | take 30",
     1, false},
    {"union (W3CIISLog | where csUriStem has 'owa' | summarize n = count() by cIP), (W3CIISLog | "
     "where csUriStem has 'ecp' | join kind=leftanti (W3CIISLog | where scStatus == '404' | "
     "distinct csUriStem) on csUriStem | summarize n = count() by cIP), (datatable(cIP:string, "
     "n:long)['x', 1]) | top 9 by n, cIP asc",
     1, true},
    /* one view, used twice, and three times */
    {"let T = W3CIISLog | where csUriStem contains '/owa/' | summarize n = count() by cIP;\n"
     "T | join kind=leftouter (T | where n > 3) on cIP",
     1, false},
    {"let T = materialize(W3CIISLog | where csMethod == 'GET' | summarize n = count() by cIP);\n"
     "let most = toscalar(T | summarize max(n)); T | where n == most or n == toscalar(T | "
     "summarize "
     "min(n))",
     1, false},
    /* a value first: the rows that wait for it are held, or read again */
    {"W3CIISLog | where scStatus == '404' | where cIP in ((W3CIISLog | where TimeTaken > 880 | "
     "distinct cIP)) | summarize count() by cIP, csMethod",
     1, true},
    {"let slow = toscalar(W3CIISLog | summarize percentile(TimeTaken, 90));\n"
     "W3CIISLog | where TimeTaken > slow | summarize count() by csUriStem | top 5 by count_, "
     "csUriStem asc",
     1, true},
    /* tables that each row's elements are joined with, or put beside */
    {"W3CIISLog | where TimeTaken > 850 | mv-apply part = split(csUriStem, '/') to typeof(string) "
     "on "
     "(where part != '' | join kind=leftouter (W3CIISLog | where scStatus == '404' | summarize n = "
     "count() by part = tostring(split(csUriStem, '/')[1])) on part | summarize most = max(n), "
     "parts = count()) | project TimeGenerated, cIP, csUriStem, most, parts",
     1, true},
    {"W3CIISLog | summarize m = make_set(csMethod), s = make_set(scStatus) by cIP | mv-apply m to "
     "typeof(string), s to typeof(string) on (union (W3CIISLog | where TimeTaken < 9 | distinct "
     "csMethod | project m = csMethod) | mv-apply e = dynamic([1, 2]) to typeof(long) on (lookup "
     "(W3CIISLog | where TimeTaken > 890 | summarize k = count() by e = tolong(TimeTaken % 3)) on "
     "e "
     "| summarize k = sum(k)) | summarize rows = count(), sum(k) by m) | sort by cIP asc, m asc",
     1, false},
    /* window functions, lookup, expansion, a join over a join */
    {"W3CIISLog | where TimeTaken > 800 | sort by TimeGenerated asc, csUriStem asc | extend gap = "
     "TimeGenerated - prev(TimeGenerated) | lookup (W3CIISLog | summarize n = count() by cIP) on "
     "cIP "
     "| project gap, n, cIP | join kind=leftsemi (W3CIISLog | where scStatus == '404' | distinct "
     "cIP) on cIP",
     1, false},
};

static void same_counts(const struct asked *t, const struct result *x, const struct result *y)
{
    for (size_t n = 0; n < t->q->n_nodes; n++) {
        const struct stage_count *a = &x->counts[n], *b = &y->counts[n];
        if (a->rows_in != b->rows_in || a->rows_out != b->rows_out)
            fail_msg("%.*s: node %zu: %lld to %lld, not %lld to %lld", STR_ARG(t->q->source.text),
                     n, (long long)a->rows_in, (long long)a->rows_out, (long long)b->rows_in,
                     (long long)b->rows_out);
    }
}

static void same_origins(struct arena *a, const struct result *x, const struct result *y)
{
    for (size_t r = 0; r < x->table->rows && r < 40; r++) {
        int64_t *p, *s;
        bool whole_x, whole_y;
        size_t n = result_origins(x, r, a, &p, &whole_x);
        assert_int_equal(n, result_origins(y, r, a, &s, &whole_y));
        assert_int_equal(whole_x, whole_y);
        if (n)
            assert_memory_equal(p, s, n * sizeof *p);
    }
}

/* One pass gives what a pass for each mention gives, stage by stage and line by line. */
static void test_mentions(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < sizeof mentioned / sizeof *mentioned; q++) {
        const struct mentions *m = &mentioned[q];
        struct asked apart;
        struct stat st;
        ask(&apart, m->query, 1);
        apart.o.apart = true;
        struct result *y = run(&apart, apart.a);
        struct str want = table_text(apart.a, y->table);
        assert_int_equal(stat(log_path, &st), 0);
        assert_int_equal(y->passes, apart.q->n_scans);
        for (int threads = 1; threads <= 5; threads += 2) {
            struct asked t;
            ask(&t, m->query, threads);
            struct result *x = run(&t, t.a);
            same_text(table_text(t.a, x->table), want, m->query);
            if (!strstr(m->query, "take "))
                same_counts(&t, x, y);
            same_origins(t.a, x, y);
            if (x->passes != m->passes && !(m->holds && x->passes == m->passes + 1))
                fail_msg("%s: %d passes", m->query, (int)x->passes);
            assert_true(x->scan.bytes <= x->passes * st.st_size);
            assert_in_range(x->scan.lines, 1, x->passes * (LINES + 1));
            done(&t);
        }
        done(&apart);
    }
}

/* Knobs of such a plan turn as of any other; what was kept is not read again. */
static void test_mentions_retune(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < sizeof mentioned / sizeof *mentioned; q++) {
        struct asked kept, apart;
        ask(&kept, mentioned[q].query, 2);
        ask(&apart, mentioned[q].query, 1);
        kept.o.keep = keep_new(kept.q, q % 3 == 2 ? 4096 : (int64_t)256 << 20);
        apart.o.apart = true;
        struct result *first = run(&kept, kept.a), *again = run(&kept, kept.a);
        if (kept.q->keep && q % 3 != 2) {
            assert_true(again->kept);
            assert_int_equal(again->passes, 0);
        }
        same_text(table_text(kept.a, first->table), table_text(kept.a, again->table), "again");
        for (int i = 0; kept.q->n_params && i < ROUNDS / 5; i++) {
            struct arena *a = arena_new();
            turn(&kept);
            memcpy(apart.params, kept.params, kept.q->n_params * sizeof *kept.params);
            struct result *x = run(&kept, a), *y = run(&apart, a);
            same_text(table_text(a, x->table), table_text(a, y->table), mentioned[q].query);
            if (!strstr(mentioned[q].query, "take "))
                same_counts(&kept, x, y);
            same_origins(a, x, y);
            arena_free(a);
        }
        done(&kept);
        done(&apart);
    }
}

/* ---- work that is counted -------------------------------------------------------------------- */

/* Two mentions, and the texts that must stand in their lines; a NULL: a mention wants all lines. */
static const struct {
    const char *query, *needles[2];
    bool holds; /* rows that wait; where they do not fit, they are read again */
} cut[] = {
    {"union (W3CIISLog | where csUriStem contains '/f7.'), (W3CIISLog | where TimeTaken > 890) | "
     "summarize count() by cIP",
     {"/f7.", NULL},
     false},
    {"W3CIISLog | where csUriStem contains '/f1' | summarize n = count() by cIP | join "
     "kind=fullouter "
     "(W3CIISLog | where csUriStem contains '/owa/f1' | summarize count() by cIP) on cIP",
     {"/f1", "/owa/f1"},
     false},
    {"union (W3CIISLog | where csUriStem contains '/f2'), (W3CIISLog | where csUserAgent has "
     "'curl') "
     "| summarize count() by cIP",
     {"/f2", "curl"},
     false},
    {"let T = W3CIISLog | where csUriStem endswith '.zip'; let most = toscalar(T | summarize "
     "max(TimeTaken)); T | summarize countif(TimeTaken == most) by cIP",
     {".zip", ".zip"},
     true},
};

/* Lines of the log that hold one of the texts; all its rows where a mention has none. */
static int64_t lines_with(const char *const *needles)
{
    char line[512];
    int64_t n = 0;
    FILE *f = fopen(log_path, "r");

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (*line != '#')
            n += !needles[1] || strstr(line, needles[0]) || strstr(line, needles[1]);
    }
    fclose(f);
    return n;
}

/* A line is cut once a pass, whoever asks for it, and only when somebody does. */
static void test_lines_cut(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < sizeof cut / sizeof *cut; q++) {
        for (int threads = 1; threads <= 3; threads += 2) {
            struct asked t;
            ask(&t, cut[q].query, threads);
            struct result *r = run(&t, t.a);
            assert_int_equal(t.q->n_scans, 2);
            assert_in_range(r->passes, 1, cut[q].holds ? 2 : 1);
            int64_t want = r->passes * lines_with(cut[q].needles);
            if (r->scan.lines_cut != want)
                fail_msg("%s: %lld lines cut, not %lld", cut[q].query,
                         (long long)r->scan.lines_cut, (long long)want);
            done(&t);
        }
    }
}

/* A planted line that is no row is met once, however many mentions its texts would suit. */
static void test_bad_line_once(void **unused)
{
    char path[] = "/tmp/harrier-mentions-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    (void)unused;
    assert_non_null(f);
    fputs("#Fields: date time c-ip cs-uri-stem time-taken\n"
          "2024-01-01 01:02:03 203.0.113.1 /owa/f1.zip 5\n"
          "2024-01-01 01:02:03 203.0.113.2 /owa/f2.zip\n" /* a field too few */
          "2024-01-01 01:02:04 203.0.113.2 /owa/f2.zip 7\n"
          "2024-01-01 01:02:05 203.0.113.3 /ecp/f3.zip 9 9\n", /* one too many */
          f);
    assert_int_equal(fclose(f), 0);
    static const char *const asked[] = {
        "W3CIISLog | where csUriStem contains 'f' | count",
        "union (W3CIISLog | where csUriStem contains '/owa/'), (W3CIISLog | where csUriStem "
        "contains '.zip'), (W3CIISLog | where TimeTaken > 0) | summarize count() by cIP",
        "let T = W3CIISLog | where csUriStem contains 'zip' | summarize n = count() by cIP;\n"
        "T | join kind=leftouter (T) on cIP",
        "W3CIISLog | where TimeTaken >= toscalar(W3CIISLog | summarize max(TimeTaken)) | count",
    };
    for (size_t q = 0; q < sizeof asked / sizeof *asked; q++) {
        struct asked t;
        log_at = path;
        ask(&t, asked[q], 2);
        log_at = log_path;
        struct result *r = run(&t, t.a);
        assert_int_equal(r->passes, 1);
        assert_int_equal(r->scan.bad, 2);
        assert_int_equal(r->scan.by_reason[BAD_FEW_FIELDS], 1);
        assert_int_equal(r->scan.by_reason[BAD_MANY_FIELDS], 1);
        assert_int_equal(r->scan.rows, 2);
        done(&t);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mentions),
        cmocka_unit_test(test_mentions_retune),
        cmocka_unit_test(test_lines_cut),
        cmocka_unit_test(test_bad_line_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
