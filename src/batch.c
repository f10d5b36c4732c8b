/* Batch mode: the same hunt as on the screen, waited for and written out. Standard output carries
 * the result and nothing else; remarks (files not read, bad lines, limits) go to standard error,
 * through base/safe.h. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "base/instant.h"
#include "base/safe.h"
#include "batch.h"

#define FILES_NAMED 10 /* files not read that are named one by one */

__attribute__((format(printf, 1, 2))) static void remark(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return;
    fputs("harrier: ", stderr);
    safe_print(stderr, (struct str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
    fputc('\n', stderr);
}

static void remark_files(const struct logs *logs)
{
    size_t n, unread = 0;
    const struct log_file *files = logs_files(logs, &n);
    for (size_t i = 0; i < n; i++) {
        if (files[i].read && !files[i].assumed_fields)
            continue;
        if (unread++ < FILES_NAMED)
            remark("%s%.*s: %.*s", files[i].read ? "" : "not read: ", STR_ARG(files[i].path),
                   STR_ARG(files[i].reason));
    }
    if (unread > FILES_NAMED)
        remark("… and %zu more; the files view of the screen lists them all", unread - FILES_NAMED);
}

static void remark_result(const struct hunt *h, const struct result *r)
{
    for (int i = 0; i < BAD_REASONS; i++)
        if (r->scan.by_reason[i] && !r->stopped)
            remark("%lld line%s: %s%s", (long long)r->scan.by_reason[i],
                   r->scan.by_reason[i] == 1 ? "" : "s", bad_reason_text(i),
                   bad_reason_is_odd(i) ? "" : " (not read as a row)");
    if (r->regex_limits && !r->stopped)
        remark("a regular expression struck its limits on %lld rows; they count as no match",
               (long long)r->regex_limits);
    for (size_t i = 0; i < hunt_query(h)->n_notes; i++)
        remark("%.*s", STR_ARG(hunt_query(h)->notes[i]));
    if (hunt_query(h)->uses_now) {
        char text[INSTANT_TEXT];
        size_t n = instant_format_short(hunt_now(h), text);
        remark("now() is %.*s (see --now)", (int)n, text);
    }
}

static const struct exporter *chosen_format(const struct options *o)
{
    if (o->format.n)
        return exporter_find(o->format);
    return exporter_find(isatty(STDOUT_FILENO) && !o->output.n ? STR("table") : STR("csv"));
}

static bool write_table(struct arena *a, const struct options *o, const struct table *t,
                        struct error *err)
{
    struct export_options e = {.csv_raw = o->csv_raw, .ascii = !safe_locale_is_utf8()};
    const struct exporter *format = chosen_format(o);
    if (o->csv_raw)
        remark("--csv raw: cells are not guarded; do not open this file in a spreadsheet");
    return export_table(a, t, format, &e, o->output.n ? o->output : STR("-"), err);
}

static bool explain(struct arena *a, struct hunt *h, const struct options *o, struct error *err)
{
    struct buf plan = {0};
    kql_explain(hunt_query(h), &plan);
    for (struct str rest = buf_str(&plan); rest.n;) {
        safe_print(stdout, str_cut(&rest, '\n'));
        fputc('\n', stdout);
    }
    buf_release(&plan);
    size_t n;
    logs_files(hunt_logs(h), &n);
    if (n == 0 && hunt_query(h)->n_scans)
        return true;
    hunt_start(h);
    hunt_wait(h);
    struct view *v = hunt_view(h);
    bool ok = !v->failed;
    if (ok) {
        struct export_options e = {.ascii = !safe_locale_is_utf8()};
        fputc('\n', stdout);
        fflush(stdout);
        ok = export_table(a, hunt_funnel(h, v, a),
                          exporter_find(o->format.n ? o->format : STR("table")), &e, STR("-"), err);
        if (hunt_query(h)->n_scans > 1)
            remark("%lld scan%s for %zu mentions of the logs", (long long)v->result->passes,
                   v->result->passes == 1 ? "" : "s", hunt_query(h)->n_scans);
    } else {
        *err = v->error;
    }
    view_release(v);
    return ok;
}

/* An empty result would say that nothing was found where nothing was looked at. */
static bool nothing_read(const struct hunt *h, struct error *err)
{
    size_t n, read = 0;
    const struct log_file *files = logs_files(hunt_logs(h), &n);
    for (size_t i = 0; i < n; i++)
        read += files[i].read;
    if (n == 0 || read || !hunt_query(h)->n_scans)
        return false;
    remark_files(hunt_logs(h));
    return n == 1 ? !error_set(err, "the file was not read, so there is no result")
                  : !error_set(err, "none of %zu files was read, so there is no result", n);
}

/* The rows of the view that no --exclude hides. */
static bool kept_rows(struct arena *a, struct hunt *h, const struct options *o,
                      const struct view *v, uint32_t **rows, size_t *n, struct error *err)
{
    const struct exclusion **list = ARENA_ARRAY(a, const struct exclusion *, o->n_excludes + 1);
    struct hiding *s;
    size_t alive = 0;
    *rows = ARENA_ARRAY(a, uint32_t, v->rows + 1);
    for (size_t i = 0; i < o->n_excludes; i++) {
        struct exclusion *e = ARENA_NEW(a, struct exclusion);
        if (!exclusion_parse(a, o->excludes[i], e, err))
            return false;
        e->on = true;
        if (exclusion_works(e, instant_now()))
            list[alive++] = e;
        else
            remark("an exclusion has expired and hides nothing");
    }
    s = hunt_hide(h, list, alive);
    hiding_wait(s);
    bool ok = !hiding_failed(s, err);
    for (size_t i = 0; ok && i < v->rows; i++)
        if (!alive || !hiding_hides(s, alive, v->ids[i]))
            (*rows)[(*n)++] = (uint32_t)i;
    hiding_close(s);
    return ok;
}

static bool manifest(struct arena *a, struct hunt *h, const struct options *o, struct view *v,
                     const uint32_t *rows, size_t n, struct error *err)
{
    struct str *kql = ARENA_ARRAY(a, struct str, o->n_excludes + 1);
    for (size_t i = 0; i < o->n_excludes; i++) {
        struct exclusion e;
        struct buf text = {0};
        if (!exclusion_parse(a, o->excludes[i], &e, err))
            return false;
        exclusion_kql(&e, &text);
        kql[i] = str_dup(a, buf_str(&text));
        buf_release(&text);
    }
    struct manifest_facts f = {
        .path = o->output,
        .format = str_of(chosen_format(o)->name),
        .view = v,
        .rows = rows,
        .n = n,
        .suppressed = v->rows - n,
        .exclusions = o->excludes,
        .wheres = kql,
        .n_exclusions = o->n_excludes,
        .zone = STR("UTC"),
    };
    struct manifest *m = hunt_manifest(h, &f);
    manifest_wait(m);
    bool ok = !manifest_failed(m, err);
    manifest_close(m);
    return ok;
}

static int compare(struct arena *a, struct hunt *h, const struct options *o, const struct table *t,
                   struct error *err)
{
    struct str text;
    struct table *theirs, *differences;
    if (!file_read(a, o->compare, (size_t)1 << 30, &text, err) ||
        !csv_table(a, text, &theirs, err) ||
        !hunt_compare(h, t, theirs, o->compare, a, &differences, err) ||
        !write_table(a, o, differences, err))
        return 2;
    remark("%zu findings here, %zu there, %zu on one side only", t->rows, theirs->rows,
           differences->rows);
    return differences->rows ? 1 : 0;
}

static int write_result(struct arena *a, struct hunt *h, const struct options *o, struct view *v,
                        struct error *err)
{
    uint32_t *rows;
    size_t n = 0;
    if (!kept_rows(a, h, o, v, &rows, &n, err))
        return 2;
    const struct table *t = v->result->table;
    if (n < v->rows) {
        remark("%zu of %zu findings are suppressed by exclusions", v->rows - n, v->rows);
        t = table_pick(a, t, rows, n);
    }
    if (o->compare.n)
        return compare(a, h, o, t, err);
    if (!write_table(a, o, t, err))
        return 2;
    if (o->manifest && !manifest(a, h, o, v, rows, n, err))
        return 2;
    return n ? 1 : 0;
}

static int findings(struct arena *a, struct hunt *h, const struct options *o, struct error *err)
{
    hunt_start(h);
    hunt_wait(h);
    struct view *v = hunt_view(h);
    int status = 2;
    if (v->failed) {
        *err = v->error;
    } else if (nothing_read(h, err)) {
        status = 2;
    } else if (v->result) {
        remark_files(hunt_logs(h));
        remark_result(h, v->result);
        status = write_result(a, h, o, v, err);
    }
    view_release(v);
    return status;
}

/* A row a rule. The status is 2 only when no rule could be run at all. */
static int sweep(struct arena *a, const struct options *o, struct error *err)
{
    struct sweep *s;
    int64_t found = 0;
    size_t done = 0;
    if (!sweep_open(&o->hunt, o->rules, o->n_rules, &s, err))
        return 2;
    sweep_start(s);
    sweep_wait(s);
    const struct table *t = sweep_table(s, a);
    const struct column *findings_of = t->columns[schema_find(&t->schema, STR("Findings"))];
    for (size_t i = 0; i < t->rows; i++)
        if (!column_null(findings_of, i)) {
            done++;
            found += findings_of->ints[i];
        }
    remark_files(sweep_logs(s));
    if (done < t->rows)
        remark("%zu of %zu rules could not be run; the column Remark says why", t->rows - done,
               t->rows);
    bool ok = write_table(a, o, t, err);
    sweep_close(s);
    return !ok || !done ? 2 : found ? 1 : 0;
}

bool batch_is_sweep(const struct options *o)
{
    return !o->hunt.query.n && (o->n_rules > 1 || (o->n_rules == 1 && rule_is_folder(o->rules[0])));
}

int batch_run(struct arena *a, const struct options *o, struct error *err)
{
    if (batch_is_sweep(o) && (o->knobs || o->explain))
        return error_set(err, "--knobs and --explain are about one rule; name one with --rule"), 2;
    if (batch_is_sweep(o) && (o->n_excludes || o->compare.n || o->manifest))
        return error_set(err, "--exclude, --compare and --manifest are about one rule"), 2;
    if (o->manifest && (!o->output.n || str_is(o->output, "-")))
        return error_set(err, "--manifest is written beside --output: name a file"), 2;
    if (o->case_file.n)
        return error_set(err, "--case is for the workbench: in batch mode there are no verdicts"),
               2;
    if (batch_is_sweep(o))
        return sweep(a, o, err);

    struct hunt *h;
    int status = 2;
    struct hunt_options hunt = o->hunt;
    /* they are about the rule: logs are welcome, not needed */
    hunt.no_logs = o->knobs || o->explain;
    if (!hunt_open(&hunt, &h, err))
        return 2;
    if (o->knobs)
        status = write_table(a, o, hunt_knob_table(h, a), err) ? 0 : 2;
    else if (o->explain)
        status = explain(a, h, o, err) ? 0 : 2;
    else
        status = findings(a, h, o, err);
    hunt_close(h);
    return status;
}
