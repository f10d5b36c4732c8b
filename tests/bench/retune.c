/* How long a re-run takes after each hot knob of a rule is moved, in process:
 *
 *     retune RULE.yaml LOG... [--threads N] [--rounds N] [--lineage] [--knob N] [--each]
 *
 * Prints one line a knob: milliseconds (median, 95th percentile, worst), those of processor time
 * (median), pages that were touched for the first time (median), and the rows of the result.
 * --each: a line for each round before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/instant.h"
#include "base/yaml.h"
#include "../log_env.h"

static int fail(const struct error *err)
{
    fprintf(stderr, "retune: %s\n", err->message);
    return 2;
}

static struct value moved(struct arena *a, const struct param *p, int round)
{
    struct value v = p->published;

    if (p->kind == PARAM_SWITCH) {
        v.b = round % 2 ? v.b : !v.b;
    } else if (p->kind == PARAM_LIST) {
        size_t n = dyn_count(v.s), keep = n - (size_t)(round % 2 ? 0 : n > 0);
        struct str *items = ARENA_ARRAY(a, struct str, n + 1);
        for (size_t i = 0; i < keep; i++)
            items[i] = dyn_item(v.s, i);
        v.s = dyn_from_array(a, items, keep);
    } else if (p->kind == PARAM_TEXT) {
        v.s = round % 2 ? v.s : str_fmt(a, "%.*sx", STR_ARG(v.s));
    } else if (type_shape(v.type) == SHAPE_INT) {
        v.i += round % 2 ? 0 : 1 + round / 2 % 5;
    }
    return v;
}

static double cpu_seconds(double *faults)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    *faults = (double)u.ru_minflt;
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static int compare(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct yaml *rule;
    struct str text;
    int threads = 0, rounds = 20, only = -1;
    bool lineage = false, each = false;
    VEC(struct str) paths = {0};

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--threads"))
            threads = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--rounds"))
            rounds = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--knob"))
            only = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--lineage"))
            lineage = true;
        else if (!strcmp(argv[i], "--each"))
            each = true;
        else
            vec_push(a, &paths, str_of(argv[i]));
    }
    if (paths.n < 2) {
        fprintf(stderr, "usage: retune RULE.yaml LOG... [--threads N] [--rounds N] [--lineage] "
                        "[--knob N] [--each]\n");
        return 2;
    }
    struct logs_options log_options = {0};
    struct logs *logs;
    if (!yaml_read_file(a, paths.items[0], &rule, &text, &err) ||
        !logs_open(a, paths.items + 1, paths.n - 1, &log_options, &logs, &err))
        return fail(&err);
    struct kql_env env = log_env(logs);
    struct source_text source = {STR("rule"), yaml_text(rule, "query", STR_NONE), 1, 0};
    struct query *q;
    if (!kql_compile(a, &source, &env, &q, &err))
        return fail(&err);
    struct value *params = ARENA_ARRAY(a, struct value, q->n_params);
    for (size_t i = 0; i < q->n_params; i++)
        params[i] = q->params[i].published;
    struct exec_options o = {.pool = pool_new(threads),
                             .logs = logs,
                             .params = params,
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .lineage = lineage,
                             .keep = keep_new(q, INT64_C(1) << 32)};
    if (!logs_last_event(logs, &o.now))
        o.now = instant_now();
    struct arena *run = arena_new();
    struct result *r;
    double began = monotonic_seconds();
    if (!exec_run(q, &o, run, &r, &err))
        return fail(&err);
    printf("load %.1f ms, %lld rows kept in %lld bytes, %zu rows found\n",
           (monotonic_seconds() - began) * 1e3, (long long)r->kept_rows, (long long)r->kept_bytes,
           r->table->rows);
    double *times = ARENA_ARRAY(a, double, rounds), *cpus = ARENA_ARRAY(a, double, rounds);
    double *faults = ARENA_ARRAY(a, double, rounds), now;
    for (size_t k = 0; k < q->n_params; k++) {
        const struct param *p = &q->params[k];
        if (p->cold || (only >= 0 && (size_t)only != k))
            continue;
        size_t most = 0;
        for (int i = 0; i < rounds; i++) {
            params[k] = moved(a, p, i);
            arena_reset(run);
            began = monotonic_seconds();
            double cpu = cpu_seconds(&faults[i]);
            if (!exec_run(q, &o, run, &r, &err))
                return fail(&err);
            cpus[i] = (cpu_seconds(&now) - cpu) * 1e3;
            faults[i] = now - faults[i];
            times[i] = (monotonic_seconds() - began) * 1e3;
            if (each)
                printf("   %7.2f ms, cpu %7.2f ms, %6.0f pages, %9lld rows tested, %zu rows\n",
                       times[i], cpus[i], faults[i], (long long)r->rows_tested, r->table->rows);
            most = r->table->rows > most ? r->table->rows : most;
        }
        params[k] = p->published;
        qsort(times, (size_t)rounds, sizeof *times, compare);
        qsort(cpus, (size_t)rounds, sizeof *cpus, compare);
        qsort(faults, (size_t)rounds, sizeof *faults, compare);
        printf("%2zu %7.2f %7.2f %7.2f ms, cpu %7.2f ms  %6.0f pages  %8zu rows  %.*s\n", k,
               times[rounds / 2], times[rounds * 95 / 100], times[rounds - 1], cpus[rounds / 2],
               faults[rounds / 2], most, (int)(p->name.n > 60 ? 60 : p->name.n), p->name.p);
    }
    keep_free(o.keep);
    arena_free(run);
    pool_free(o.pool);
    logs_close(logs);
    arena_free(a);
    return 0;
}
