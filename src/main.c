/* The program: options in; a table of findings out. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/safe.h"
#include "options.h"

static int fail(const struct error *err)
{
    struct buf text = {0};

    error_text(err, &text);
    fprintf(stderr, "harrier: %.*s\n", STR_ARG(buf_str(&text)));
    buf_release(&text);
    return 2;
}

static const struct schema *find_table(void *ctx, struct str name)
{
    return str_is(name, "W3CIISLog") ? logs_schema(ctx) : NULL;
}

static void nearest_table(void *ctx, struct nearest *n)
{
    (void)ctx;
    nearest_offer(n, STR("W3CIISLog"));
}

static bool template_value(void *ctx, struct str name, struct str *value)
{
    (void)ctx, (void)name, (void)value;
    return false;
}

static bool run(struct arena *a, const struct options *o, struct table **out, struct error *err)
{
    const struct hunt_options *h = &o->hunt;
    struct rule *rule = rule_of_query(a, h->query);
    struct result *result;
    struct query *query;
    struct logs *logs;

    if (!h->query.n && !rule_load(a, h->rule.n ? h->rule : STR("suspect-mailbox-export"), &rule, err))
        return false;
    if (!logs_open(a, h->paths, h->n_paths, &h->logs, &logs, err))
        return false;
    struct kql_env env = {ops_rows, &op_scan, find_table, nearest_table, template_value, logs};
    if (!kql_compile(a, &rule->query, &env, &query, err))
        return false;
    if (o->explain) {
        struct buf text = {0};
        kql_explain(query, &text);
        fwrite(text.p, 1, text.n, stdout);
        buf_release(&text);
    }
    struct exec_options x = {.pool = pool_new(h->threads),
                             .logs = logs,
                             .now = h->now,
                             .since = h->since,
                             .until = h->until};
    if (query->uses_now && !logs_last_event(logs, &x.now))
        x.now = instant_now();
    bool ok = exec_run(query, &x, a, &result, err);
    if (ok)
        *out = result->table;
    pool_free(x.pool);
    return ok;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct options o;
    struct table *t;

    setlocale(LC_CTYPE, "");
    if (!options_parse(a, argc, argv, &o, &err) || !run(a, &o, &t, &err))
        return fail(&err);
    struct str format = o.format.n ? o.format : isatty(STDOUT_FILENO) ? STR("table") : STR("csv");
    const struct exporter *e = exporter_find(format);
    struct export_options how = {.csv_raw = o.csv_raw, .ascii = !safe_locale_is_utf8()};
    if (!e) {
        error_set(&err, "there is no format '%.*s'", STR_ARG(format));
        return fail(&err);
    }
    if (!export_table(a, t, e, &how, o.output.n ? o.output : STR("-"), &err))
        return fail(&err);
    return t->rows ? 1 : 0;
}
