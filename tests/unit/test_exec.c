/* The engine: re-tuning against runs that read the logs, at several thread counts; lineage down to
 * the lines; what a stage lost and why; previews, cancelling, the budget; groups. */
#include "exec_try.h"

/* ---- re-tuning ------------------------------------------------------------------------------- */

static const char *const tuned[] = {
    /* the shape of the flagship rule */
    "let excluded = dynamic([\"203.0.113.1\", \"203.0.113.2\"]); let scripts = dynamic([\"aspx\", "
    "\"js\"]);\n"
    "W3CIISLog | where csUriStem contains \"/owa/\" | where isempty(csUriQuery)\n"
    "| extend ext = tostring(split(csUriStem, \".\")[-1]) | where ext !in~ (scripts)\n"
    "//| where ext in~ (\"png\", \"zip\")\n"
    "| extend name = tostring(split(csUriStem, \"/\")[-1]) | where name != \"\" | where cIP !in~ "
    "(excluded)\n"
    "| where ipv4_is_private(cIP) == false and cIP !startswith \"::\"\n"
    "| summarize first = min(TimeGenerated), last = max(TimeGenerated), dcount(cIP), ips = "
    "make_set(cIP),\n"
    "  times = make_list(TimeGenerated), n = count() by name, Computer, csUriStem\n"
    "| where n <= 2 and dcount_cIP == 1 | extend t = first, c = Computer",
    /* filters of every kind over what stages before them computed, each with knobs of its own */
    "let limit = 300; let codes = dynamic([\"404\", \"500\"]); let word = \"MOZ\";\n"
    "W3CIISLog | where csMethod == \"GET\" | extend slow = TimeTaken > limit\n"
    "| extend third = TimeTaken % 3\n"
    "| where slow or scStatus in (codes)\n"
    "| extend kind = iff(third == limit % 3, long(null), third) | where kind > 0 or isnull(kind)\n"
    "| extend both = strcat(csMethod, scStatus) | where csUserAgent !contains word\n"
    "| where cIP matches regex \"[0-4]$\" | where both != \"GETx\"\n"
    "| project kind, slow, cIP, csUriStem, Name = tolower(csUriStem)\n"
    "| where Name !endswith \"js\"\n"
    "| summarize n = count(), make_set(slow) by kind, cIP, Name | where n >= 1",
    /* aggregates of every kind, a key with a knob in it; rows of a group come and go */
    "let span = 1d; W3CIISLog | where csUriStem contains \"/owa/\" | where cIP !startswith "
    "\"10.1\" | where scStatus !in (\"404\") | where TimeTaken > 100\n"
    "| summarize s = sum(TimeTaken), p = percentile(TimeTaken, 50), arg_max(TimeGenerated, cIP, "
    "TimeTaken), any = take_any(csUserAgent), max(csUriStem), stdev(TimeTaken), n = "
    "dcountif(cIP, TimeTaken > 400), make_bag(dynamic({\"a\": 1})) by bin(TimeGenerated, span), "
    "sIP\n"
    "| where s > 5 | extend half = s / 2",
    "W3CIISLog | where csUriStem contains \"/owa/\" | where cIP !startswith \"10.1\" | where "
    "TimeTaken > 100 | summarize arg_max(TimeTaken, cIP), make_set(cIP), make_list(TimeTaken), "
    "avg(TimeTaken) by csUriStem | where avg_TimeTaken > 200",
    /* all rows are one group, there even when none is left; the breaker is the result */
    "W3CIISLog | where csUriStem contains \"/owa/\" | where cIP !startswith \"203\" | where "
    "TimeTaken > 100\n"
    "| summarize count(), min(TimeGenerated), max(csUriStem), make_set(cIP), dcount(sIP), "
    "round(avg(TimeTaken), 2)",
    /* no needle; two breakers; a number over an expression of two columns */
    "W3CIISLog | extend slow = toint(TimeTaken) * 2 | where slow > 3 | where strcat(csMethod, "
    "scStatus) != \"GET404\"\n"
    "| summarize n = count(), total = sum(slow) by cIP, csMethod | where n > 2 | summarize "
    "make_list(cIP), sum(n) by csMethod\n"
    "| where sum_n > 1 | sort by csMethod asc",
    /* top, joins, a union, expansion */
    "let n = 4; let T = W3CIISLog | where scStatus == \"404\" | summarize bad = count() by cIP;\n"
    "W3CIISLog | where csUriStem has \"owa\" | where TimeTaken > 2 | summarize hits = count(), ms "
    "= make_set(csMethod) by cIP\n"
    "| join kind=leftouter (T) on cIP | where hits >= n | union (T | where bad > 5 | extend hits = "
    "0)\n"
    "| mv-expand ms | top 20 by hits, cIP asc",
    /* rows, not groups; distinct; take */
    "W3CIISLog | where csUriStem contains \"f1\" | where csMethod == \"GET\" | project csUriStem, "
    "cIP, sIP, TimeGenerated\n"
    "| distinct csUriStem, cIP | where cIP != \"203.0.113.3\" | take 7",
    "W3CIISLog | where csUserAgent !has \"curl\" | where toint(scStatus) < 401 | project "
    "TimeGenerated, csUriStem, scStatus, csUserAgent\n"
    "| sort by TimeGenerated asc, csUriStem asc | extend gap = TimeGenerated - prev(TimeGenerated) "
    "| where gap > 2m | take 40",
};

static void test_retune(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < sizeof tuned / sizeof *tuned; q++) {
        struct asked kept, fresh;
        ask(&kept, tuned[q], 2);
        ask(&fresh, tuned[q], 1);
        kept.o.keep = keep_new(kept.q, (int64_t)256 << 20);
        struct arena *old = arena_new();
        struct result *first = run(&kept, old);
        struct str first_text = table_text(kept.a, first->table);
        for (int i = 0; i < ROUNDS; i++) {
            struct arena *a = arena_new(), *b = arena_new();
            turn(&kept);
            memcpy(fresh.params, kept.params, kept.q->n_params * sizeof *kept.params);
            struct result *x = run(&kept, a), *y = run(&fresh, b);
            same_text(table_text(a, x->table), table_text(b, y->table), tuned[q]);
            /* take stops reading when it has enough: how far the others got is chance */
            for (size_t n = 0; n < kept.q->n_nodes && !strstr(tuned[q], "take"); n++) {
                assert_int_equal(x->counts[n].rows_in, y->counts[n].rows_in);
                assert_int_equal(x->counts[n].rows_out, y->counts[n].rows_out);
            }
            for (size_t r = 0; r < x->table->rows && r < 5; r++) {
                int64_t *p, *s;
                bool whole_x, whole_y;
                size_t n = result_origins(x, r, a, &p, &whole_x),
                       m = result_origins(y, r, b, &s, &whole_y);
                assert_int_equal(n, m);
                assert_int_equal(whole_x, whole_y);
                assert_true(n > 0 && whole_x);
                assert_memory_equal(p, s, n * sizeof *p);
            }
            arena_free(a);
            arena_free(b);
        }
        /* what the first run gave is whole as long as its memory */
        same_text(table_text(kept.a, first->table), first_text, "an old result");
        arena_free(old);
        done(&kept);
        done(&fresh);
    }
}

static void test_hot_knob_reads_no_log(void **unused)
{
    struct asked t;

    (void)unused;
    ask(&t, tuned[0], 2);
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    struct result *r = run(&t, t.a);
    assert_false(r->kept);
    assert_true(keep_ready(t.o.keep));
    assert_true(r->kept_rows > 0 && r->kept_bytes > 0);
    for (size_t i = 0; i < t.q->n_params; i++) {
        if (t.q->params[i].cold || t.q->params[i].kind != PARAM_SWITCH)
            continue;
        t.params[i].b = !t.params[i].b;
        r = run(&t, t.a);
        assert_true(r->kept);
        t.params[i].b = !t.params[i].b;
    }
    done(&t);
}

/* How often a filter is asked about a kept row after a knob moved: only the filters that the knob
 * is in, and once a row. */
static void test_rows_tested(void **unused)
{
    struct asked t;
    struct result *r;

    (void)unused;
#ifdef HARRIER_TINY
    skip(); /* a dictionary of so few texts pays for none of these columns */
#endif
    ask(&t, tuned[0], 2);
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    run(&t, t.a);
    r = run(&t, t.a);
    assert_int_equal(r->rows_tested, 0);
    for (size_t i = 0; i < t.q->n_params; i++) {
        const struct param *p = &t.q->params[i];
        bool list = str_is(p->name, "excluded") || str_is(p->name, "scripts");
        bool prefix = str_is(p->name, "cIP !startswith"), access = str_is(p->name, "n <=");
        if (list)
            t.params[i].s = dyn_from_array(t.a, NULL, 0);
        else if (prefix)
            t.params[i].s = STR("203.0.113.4");
        else if (access)
            t.params[i].i = 3;
        else
            continue;
        r = run(&t, t.a);
        assert_int_equal(r->rows_tested, access ? 0 : r->kept_rows);
        t.params[i] = p->published;
        r = run(&t, t.a);
        assert_int_equal(r->rows_tested, access ? 0 : r->kept_rows);
    }
    done(&t);
}

/* What a summarize over kept rows makes anew after a knob moved: the groups of the rows that came
 * or went, and of its costly columns the cells that somebody reads and that it has not yet. */
static void test_groups_made(void **unused)
{
    static const char filters[] =
        "W3CIISLog | where csUriStem contains \"/owa/\" | where isempty(csUriQuery)";
    struct asked t, gone, pairs;
    char text[500];
    size_t prefix = SIZE_MAX, most = SIZE_MAX;

    (void)unused;
#ifdef HARRIER_TINY
    skip(); /* there memories begin anew every few runs */
#endif
    snprintf(text, sizeof text,
             "%s | where cIP !startswith \"::\" | summarize make_set(cIP), n = count() by "
             "csUriStem, sIP | where n <= 2",
             filters);
    ask(&t, text, 2);
    snprintf(text, sizeof text,
             "%s | where cIP startswith \"203.0.113.4\" | distinct csUriStem, sIP", filters);
    ask(&gone, text, 2);
    snprintf(text, sizeof text, "%s | summarize n = count() by csUriStem, sIP", filters);
    ask(&pairs, text, 2);
    for (size_t i = 0; i < t.q->n_params; i++) {
        if (str_is(t.q->params[i].name, "cIP !startswith"))
            prefix = i;
        else if (str_is(t.q->params[i].name, "n <="))
            most = i;
    }
    assert_true(prefix != SIZE_MAX && most != SIZE_MAX);
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    struct result *all = run(&pairs, pairs.a), *r = run(&t, t.a);
    int64_t groups = (int64_t)all->table->rows, touched = (int64_t)run(&gone, gone.a)->table->rows;
    int64_t shown = (int64_t)r->table->rows;
    assert_true(touched > 0 && touched < groups && shown > 0 && shown < groups);
    assert_int_equal(r->groups_made, groups);
    assert_int_equal(r->cells_made, shown);
    t.params[prefix].s = STR("198.51"); /* nobody came from there */
    r = run(&t, t.a);
    assert_int_equal(r->groups_made, 0);
    assert_int_equal(r->cells_made, 0);
    t.params[prefix].s = STR("203.0.113.4");
    r = run(&t, t.a);
    assert_int_equal(r->groups_made, touched);
    assert_true(r->cells_made <= touched);
    t.params[most].i = 3;
    r = run(&t, t.a);
    assert_int_equal(r->groups_made, 0);
    assert_true(r->cells_made > 0);
    for (int64_t i = 3; i >= 2; i--) { /* they are all there */
        t.params[most].i = i;
        r = run(&t, t.a);
        assert_int_equal(r->groups_made, 0);
        assert_int_equal(r->cells_made, 0);
    }
    done(&t);
    done(&gone);
    done(&pairs);
}

/* What is remembered is part of the budget: where it does not fit, the answer is the same. */
static void test_memory_in_budget(void **unused)
{
    struct asked t, fresh;

    (void)unused;
    ask(&t, tuned[0], 2);
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    int64_t whole = run(&t, t.a)->kept_bytes;
    keep_free(t.o.keep);
    ask(&fresh, tuned[0], 1);
    for (int64_t less = 0; less < whole; less += whole / 7) {
        t.o.keep = keep_new(t.q, whole - less);
        for (int i = 0; i < 6; i++) {
            struct arena *a = arena_new();
            struct result *x = run(&t, a), *y = run(&fresh, a);
            same_text(table_text(a, x->table), table_text(a, y->table), "in a budget");
            assert_true(x->kept_bytes <= whole - less);
            turn(&t);
            memcpy(fresh.params, t.params, t.q->n_params * sizeof *t.params);
            arena_free(a);
        }
        keep_free(t.o.keep);
    }
    t.o.keep = NULL;
    done(&t);
    done(&fresh);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* The same lines ten times. */
static void ten_times(char *path)
{
    int fd = mkstemp(path);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w"), *from = fopen(log_path, "r");
    static char all[1 << 20];

    assert_true(to && from);
    size_t n = fread(all, 1, sizeof all, from);
    assert_true(n > 0 && n < sizeof all);
    for (int i = 0; i < 10; i++)
        assert_int_equal(fwrite(all, 1, n, to), n);
    fclose(from);
    assert_int_equal(fclose(to), 0);
}

static size_t blocks_taken(const char *text, size_t *rows)
{
    struct asked t;

    ask(&t, text, 1);
    t.o.lineage = false;
    run(&t, t.a); /* what is made once */
    size_t before = arena_system_calls();
    *rows = run(&t, t.a)->table->rows;
    size_t taken = arena_system_calls() - before;
    done(&t);
    return taken;
}

/* Ten times the rows in the same groups take no block of memory more: nothing is allocated for a
 * row. */
static void test_grouping_allocates_no_row(void **unused)
{
    static const char *const asked[] = {
        "W3CIISLog | summarize count(), min(TimeGenerated), sum(TimeTaken) by csUriStem, cIP",
        "W3CIISLog | summarize max(TimeTaken), min(cIP) by csMethod, scStatus",
        "W3CIISLog | where csUriStem contains \"/owa/\" | summarize count() by csUserAgent",
        "W3CIISLog | summarize avg(TimeTaken), count() by bin(TimeGenerated, 1h)",
    };
    char path[] = "/tmp/harrier-exec-XXXXXX";

    (void)unused;
    ten_times(path);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        size_t once, often, groups;
        once = blocks_taken(asked[i], &groups);
        log_at = path;
        often = blocks_taken(asked[i], &(size_t){0});
        log_at = log_path;
        assert_true(groups > 1);
        if (once != often)
            fail_msg("%s: %zu blocks, and %zu for ten times the rows", asked[i], once, often);
    }
    unlink(path);
}

/* What is kept of ten times the lines where the same ones match is what was kept. */
static void test_kept_by_rows(void **unused)
{
    char path[] = "/tmp/harrier-exec-XXXXXX";
    struct asked t;
    FILE *f;
    int fd = mkstemp(path);
    int64_t bytes[2], rows[2];

    (void)unused;
    for (int i = 0; i < 2; i++) {
        f = fopen(path, "w");
        assert_true(fd >= 0 && f);
        fputs("#Fields: date time c-ip cs-uri-stem time-taken\n", f);
        for (int k = 0; k < LINES; k++) {
            fprintf(f, "2024-01-01 01:02:03 203.0.113.%d /owa/f%d 5\n", k % 7, k % 30);
            for (int more = 0; more < 9 * i; more++)
                fprintf(f, "2024-01-01 01:02:03 203.0.113.%d /ecp/f%d 5\n", k % 7, more);
        }
        assert_int_equal(fclose(f), 0);
        log_at = path;
        ask(&t, "W3CIISLog | where csUriStem contains \"/owa/\" | where cIP != \"203.0.113.3\" | "
                "summarize n = count(), make_set(cIP) by csUriStem | where n > 1", 1);
        log_at = log_path;
        t.o.keep = keep_new(t.q, (int64_t)256 << 20);
        struct result *r = run(&t, t.a);
        rows[i] = r->kept_rows;
        bytes[i] = r->kept_bytes;
        done(&t);
    }
    close(fd);
    unlink(path);
    assert_int_equal(rows[0], rows[1]);
    assert_int_equal(bytes[0], bytes[1]);
}

/* ---- together -------------------------------------------------------------------------------- */

struct beside {
    struct asked t;
    struct arena *a;
    struct result *r;
    pthread_t thread;
};

static void *run_beside(void *beside)
{
    struct beside *b = beside;
    b->r = run(&b->t, b->a);
    return NULL;
}

/* All queries at once give what each gives alone; the log is read as often as the one with the most
 * mentions of it has, not once a query. */
static void test_together(void **unused)
{
    enum { N = sizeof tuned / sizeof *tuned };
    struct beside all[N + 1];
    struct stat st;

    (void)unused;
    for (int threads = 1; threads <= 3; threads += 2) {
        struct together *together = together_new(N + 1);
        size_t most = 0, scans = 0;
        for (size_t q = 0; q <= N; q++) {
            all[q].a = arena_new();
            ask(&all[q].t, q < N ? tuned[q] : "print x = 1", threads);
            all[q].t.o.together = together;
            all[q].t.o.logs = all[0].t.logs;
            most = all[q].t.q->n_scans > most ? all[q].t.q->n_scans : most;
            scans += all[q].t.q->n_scans;
        }
        for (size_t q = 0; q <= N; q++)
            assert_int_equal(pthread_create(&all[q].thread, NULL, run_beside, &all[q]), 0);
        for (size_t q = 0; q <= N; q++)
            pthread_join(all[q].thread, NULL);
        struct exec_together counts = together_counts(together);
        assert_true(scans > most);
        assert_in_range(counts.passes, 1, most);
        assert_int_equal(stat(log_path, &st), 0);
        assert_in_range(counts.bytes, 1, counts.passes * st.st_size);
        for (size_t q = 0; q <= N; q++) {
            struct asked alone;
            ask(&alone, q < N ? tuned[q] : "print x = 1", 1);
            same_text(table_text(all[q].a, all[q].r->table),
                      table_text(alone.a, run(&alone, alone.a)->table), "together");
            done(&alone);
        }
        for (size_t q = N + 1; q-- > 0;) {
            arena_free(all[q].a);
            done(&all[q].t);
        }
        together_free(together);
    }
}

static void test_threads_agree(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < sizeof tuned / sizeof *tuned; q++) {
        struct str first = STR_NONE;
        struct asked one;
        ask(&one, tuned[q], 1);
        first = table_text(one.a, run(&one, one.a)->table);
        for (int threads = 2; threads <= 7; threads += 5) {
            struct asked t;
            ask(&t, tuned[q], threads);
            same_text(table_text(t.a, run(&t, t.a)->table), first, tuned[q]);
            done(&t);
        }
        done(&one);
    }
}

/* Over the budget nothing is kept, and every answer is right all the same. */
static void test_budget(void **unused)
{
    struct asked t, fresh;

    (void)unused;
    ask(&t, tuned[0], 2);
    ask(&fresh, tuned[0], 2);
    t.o.keep = keep_new(t.q, 1000);
    for (int i = 0; i < 5; i++) {
        struct result *x = run(&t, t.a), *y = run(&fresh, fresh.a);
        assert_true(keep_over_budget(t.o.keep));
        assert_false(x->kept);
        same_text(table_text(t.a, x->table), table_text(fresh.a, y->table), "over the budget");
        turn(&t);
        memcpy(fresh.params, t.params, t.q->n_params * sizeof *t.params);
    }
    done(&t);
    done(&fresh);
}

/* ---- lineage --------------------------------------------------------------------------------- */

/* The lines behind each group are exactly those that the filter and the key name. */
static void test_lineage(void **unused)
{
    struct asked t;
    struct error err = {0};

    (void)unused;
    ask(&t,
        "W3CIISLog | where csMethod == \"POST\" | summarize n = count() by cIP | where n > 1 | "
        "sort by n",
        3);
    struct result *r = run(&t, t.a);
    assert_true(r->table->rows > 2);
    int64_t total = 0;
    for (size_t row = 0; row < r->table->rows; row++) {
        int64_t *origins;
        bool complete;
        struct table *lines;
        size_t n = result_origins(r, row, t.a, &origins, &complete);
        struct str ip = column_value(r->table->columns[0], row).s;
        assert_true(complete);
        assert_int_equal(n, column_value(r->table->columns[1], row).i);
        assert_true(logs_fetch(t.logs, origins, n, t.a, &lines, &err));
        size_t c = schema_find(&lines->schema, STR("cIP")),
               m = schema_find(&lines->schema, STR("csMethod"));
        for (size_t i = 0; i < n; i++) {
            assert_true(str_eq(column_value(lines->columns[c], i).s, ip));
            assert_true(str_is(column_value(lines->columns[m], i).s, "POST"));
        }
        total += (int64_t)n;
    }
    assert_true(total > 0);
    done(&t);
}

static void test_lineage_through_join(void **unused)
{
    struct asked t;

    (void)unused;
    ask(&t,
        "W3CIISLog | where csMethod == \"POST\" | summarize p = count() by cIP\n"
        "| join kind=fullouter (W3CIISLog | where csMethod == \"GET\" | summarize g = count() by "
        "cIP) on cIP",
        2);
    struct result *r = run(&t, t.a);
    for (size_t row = 0; row < r->table->rows; row++) {
        int64_t *origins;
        bool complete;
        struct value p = column_value(r->table->columns[1], row),
                     g = column_value(r->table->columns[3], row);
        size_t n = result_origins(r, row, t.a, &origins, &complete);
        assert_true(complete);
        assert_int_equal(n, (p.null ? 0 : p.i) + (g.null ? 0 : g.i));
    }
    done(&t);
}

static void test_lineage_ends(void **unused)
{
    struct asked t;
    int64_t *origins;
    bool complete = true;

    (void)unused;
    ask(&t, "range x from 1 to 3 step 1 | summarize count()", 2);
    struct result *r = run(&t, t.a);
    assert_int_equal(result_origins(r, 0, t.a, &origins, &complete), 0);
    assert_false(complete);
    done(&t);
}

/* ---- what a stage lost ----------------------------------------------------------------------- */

static void test_lost(void **unused)
{
    struct asked t;
    struct error err = {0};
    int64_t *origins;
    struct table *lines;
    size_t n;

    (void)unused;
    ask(&t, tuned[0], 2);
    for (int kept = 0; kept < 2; kept++) {
        if (kept) {
            t.o.keep = keep_new(t.q, (int64_t)256 << 20);
            run(&t, t.a);
        }
        /* stage 2: where isempty(csUriQuery) */
        assert_true(exec_lost(t.q, &t.o, t.q->stages[1]->id, 3, t.a, &origins, &n, &err));
        assert_int_equal(n, 3);
        assert_true(origins[0] < origins[1] && origins[1] < origins[2]);
        assert_true(logs_fetch(t.logs, origins, n, t.a, &lines, &err));
        size_t q = schema_find(&lines->schema, STR("csUriQuery")),
               s = schema_find(&lines->schema, STR("csUriStem"));
        for (size_t i = 0; i < n; i++) {
            assert_true(str_is(column_value(lines->columns[q], i).s, "a=1"));
            assert_true(str_starts(column_value(lines->columns[s], i).s, STR("/owa/")));
        }
        /* above the groups: a line of each group that was lost */
        assert_true(exec_lost(t.q, &t.o, t.q->stages[8]->id, 2, t.a, &origins, &n, &err));
        assert_true(logs_fetch(t.logs, origins, n, t.a, &lines, &err));
        assert_int_equal(lines->rows, n);
    }
    done(&t);
}

static void test_why(void **unused)
{
    struct asked t;
    struct error err = {0};
    struct str why;
    size_t node, n;
    int64_t *origins;
    bool complete;

    (void)unused;
    ask(&t, tuned[0], 2);
    assert_true(exec_lost(t.q, &t.o, t.q->stages[1]->id, 1, t.a, &origins, &n, &err));
    assert_int_equal(n, 1);
    assert_true(exec_why(t.q, &t.o, origins[0], t.a, &node, &why, &err));
    assert_int_equal(node, t.q->stages[1]->id);
    assert_true(str_find(why, STR("isempty(csUriQuery)"), 0) != SIZE_MAX);
    assert_true(str_find(why, STR("is false for csUriQuery = a=1"), 0) != SIZE_MAX);
    struct result *r = run(&t, t.a);
    if (r->table->rows) {
        assert_true(result_origins(r, 0, t.a, &origins, &complete) > 0);
        assert_true(exec_why(t.q, &t.o, origins[0], t.a, &node, &why, &err));
        assert_int_equal(node, SIZE_MAX);
    }
    done(&t);
}

static bool is_behind(const struct result *r, int64_t origin, struct arena *a)
{
    for (size_t row = 0; row < r->table->rows; row++) {
        int64_t *origins;
        bool complete;
        size_t n = result_origins(r, row, a, &origins, &complete);
        for (size_t i = 0; i < n; i++)
            if (origins[i] == origin)
                return true;
    }
    return false;
}

/* A line is followed to a row of the result if, and only if, it is one of the lines behind one. */
static void test_trace(void **unused)
{
    size_t found = 0, dropped = 0;

    (void)unused;
    for (size_t q = 0; q < sizeof tuned / sizeof *tuned; q++) {
        struct asked t, all;
        struct error err = {0};
        ask(&t, tuned[q], 2);
        ask(&all, "W3CIISLog | project cIP", 1);
        t.o.keep = keep_new(t.q, (int64_t)256 << 20);
        struct result *r = run(&t, t.a), *lines = run(&all, all.a);
        for (int i = 0; i < 40; i++) {
            struct arena *a = arena_new();
            int64_t *origins;
            bool complete;
            struct exec_trace trace = {0};
            struct str why;
            size_t node;
            assert_int_equal(
                result_origins(lines, below((uint32_t)lines->table->rows), a, &origins, &complete),
                1);
            struct exec_options o = t.o;
            assert_true(exec_why(t.q, &o, origins[0], a, &node, &why, &err));
            assert_true(exec_trace(t.q, &o, origins[0], a, &trace, &err));
            bool behind = is_behind(r, origins[0], a), other_legs = t.q->n_scans > 1;
            if (trace.row || !other_legs)
                assert_int_equal(behind, trace.row != NULL);
            if (node != SIZE_MAX)
                assert_null(trace.row);
            else
                assert_true(trace.known || other_legs);
            if (trace.known && !trace.row && node == SIZE_MAX)
                assert_true(trace.dropped_by < t.q->n_nodes);
            found += trace.row != NULL;
            dropped += trace.group && !trace.row && trace.why.n;
            arena_free(a);
        }
        done(&all);
        done(&t);
    }
    assert_true(found > 0 && dropped > 0);
}

/* ---- previews and cancelling ----------------------------------------------------------------- */

struct watched {
    int calls, partials;
    int64_t last_bytes;
    atomic_bool *cancel;
};

static void watch(void *ctx, const struct exec_progress *p, const struct result *partial)
{
    struct watched *w = ctx;

    w->calls++;
    assert_true(p->scan.bytes >= w->last_bytes);
    w->last_bytes = p->scan.bytes;
    if (partial) {
        w->partials++;
        assert_true(partial->partial);
        for (size_t r = 0; r < partial->table->rows; r++) /* all cells can be read */
            for (size_t i = 0; i < partial->table->schema.n; i++)
                column_value(partial->table->columns[i], r);
    }
    if (w->cancel)
        atomic_store(w->cancel, true);
}

static void test_previews(void **unused)
{
    struct asked t, plain;
    struct watched w = {0};

    (void)unused;
    ask(&t, tuned[0], 2);
    ask(&plain, tuned[0], 2);
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    t.o.progress = watch;
    t.o.ctx = &w;
    t.o.want_partial = true;
    same_text(table_text(t.a, run(&t, t.a)->table),
              table_text(plain.a, run(&plain, plain.a)->table), "with previews");
    done(&t);
    done(&plain);
}

static void test_cancel(void **unused)
{
    struct asked t;
    struct error err = {0};
    struct result *r;
    atomic_bool cancel;

    (void)unused;
    ask(&t, tuned[0], 2);
    atomic_init(&cancel, true);
    t.o.cancel = &cancel;
    t.o.keep = keep_new(t.q, (int64_t)256 << 20);
    assert_false(exec_run(t.q, &t.o, t.a, &r, &err));
    assert_false(err.set);
    assert_false(keep_ready(t.o.keep));
    atomic_store(&cancel, false);
    assert_true(exec_run(t.q, &t.o, t.a, &r, &err)); /* as if nothing had been */
    assert_true(keep_ready(t.o.keep));
    done(&t);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void test_groups(void **unused)
{
    enum type types[] = {TYPE_STRING, TYPE_LONG};
    struct arena *a = arena_new();
    struct groups *g = groups_new(a, types, 2), *h = groups_new(a, types, 2);
    struct dict *d = dict_new(a);
    uint32_t out[4], map[4], order[8];

    (void)unused;
    struct column codes = {.type = TYPE_STRING, .n = 4, .dict = d, .arena = a};
    uint32_t code[] = {dict_add(d, STR("x")), dict_add(d, STR("y")), dict_add(d, STR("x")),
                       dict_add(d, STR("x"))};
    codes.codes = code;
    struct column *texts = column_new(a, TYPE_STRING, 4), *numbers = column_new(a, TYPE_LONG, 4);
    struct str words[] = {STR("y"), STR("z"), STR("x"), STR("")};
    memcpy(texts->strs, words, sizeof words);
    for (int i = 0; i < 4; i++)
        numbers->ints[i] = i / 3;
    struct column *coded_keys[] = {&codes, numbers}, *plain_keys[] = {texts, numbers};
    uint64_t ordinals[] = {10, 11, 12, 13}, earlier[] = {1, 2, 3, 4};
    groups_add(g, coded_keys, 4, ordinals, out);
    uint32_t want[] = {0, 1, 0, 2};
    assert_memory_equal(out, want, sizeof want);
    /* codes and texts are the same keys */
    groups_add(h, plain_keys, 4, earlier, out);
    groups_merge(g, h, map);
    assert_int_equal(groups_count(g), 5);
    assert_int_equal(map[0], 1); /* y 0 */
    assert_int_equal(map[2], 0); /* x 0 */
    assert_int_equal(groups_first(g, 0), 3);
    groups_order(g, order);
    uint32_t want_order[] = {1, 3, 0, 4, 2};
    assert_memory_equal(order, want_order, sizeof want_order);
    groups_plain(g);
    groups_lookup(g, a, plain_keys, 4, out);
    uint32_t want_found[] = {1, 3, 0, 4};
    assert_memory_equal(out, want_found, sizeof want_found);
    words[0] = STR("nobody");
    memcpy(texts->strs, words, sizeof words);
    groups_lookup(g, a, plain_keys, 1, out);
    assert_true(out[0] == UINT32_MAX);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_threads_agree),
        cmocka_unit_test(test_retune),
        cmocka_unit_test(test_hot_knob_reads_no_log),
        cmocka_unit_test(test_rows_tested),
        cmocka_unit_test(test_groups_made),
        cmocka_unit_test(test_memory_in_budget),
        cmocka_unit_test(test_grouping_allocates_no_row),
        cmocka_unit_test(test_kept_by_rows),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_lineage),
        cmocka_unit_test(test_lineage_ends),
        cmocka_unit_test(test_lineage_through_join),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_trace),
        cmocka_unit_test(test_previews),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
