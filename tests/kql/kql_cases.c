/* Runs golden cases of KQL: kql_cases FILE… A file holds cases like these:
 *
 *     -- where keeps rows with null on !=
 *     datatable(n:int)[5, int(null)] | where n != 5
 *     => n:int
 *     null
 *
 *     -- a type error
 *     print x = 1 | where x
 *     => error: must be bool
 *
 * Between `--` and `=>` stands the query, over as many lines as it likes; lines `logs: PATH` before
 * it name logs that it reads, relative to the project; {{StartTimeISO}} to {{EndTimeISO}} is the
 * fifth of May. After `=>` the columns with their types,
 * then a line a row: text as JSON strings, dynamic as JSON, null as null, everything else as
 * tostring() has it, cells separated by a comma and a blank. An error is told by a part of its
 * message. Each case is run at 1, 2 and 7 threads, and again keeping rows for re-tuning, and must
 * give the same bytes. Prints TAP. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/pool.h"
#include "../log_env.h"

/* 2024-05-06T07:08:09Z: what now() says where no log does. */
#define NOW INT64_C(638505832890000000)

struct one_case {
    struct str name, query, expected;
    VEC(struct str) logs;
};

static bool template_value(void *ctx, struct str name, struct str *value)
{
    (void)ctx;
    *value = str_starts(name, STR("Start")) ? STR("2024-05-05T00:00:00Z")
                                            : STR("2024-05-06T00:00:00Z");
    return str_starts(name, STR("StartTime")) || str_starts(name, STR("EndTime"));
}

static void add_cell(struct buf *out, struct value v)
{
    if (v.null || (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_NULL))
        buf_add_z(out, "null");
    else if (v.type == TYPE_STRING)
        json_quote(out, v.s);
    else if (v.type == TYPE_DYNAMIC)
        dyn_text(out, v.s, true);
    else
        value_text(out, v);
}

static void add_table(struct buf *out, const struct table *t)
{
    for (size_t i = 0; i < t->schema.n; i++)
        buf_addf(out, "%s%.*s:%s", i ? ", " : "", STR_ARG(t->schema.fields[i].name),
                 type_name(t->schema.fields[i].type));
    buf_add_byte(out, '\n');
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t i = 0; i < t->schema.n; i++) {
            buf_add_z(out, i ? ", " : "");
            add_cell(out, column_value(t->columns[i], r));
        }
        buf_add_byte(out, '\n');
    }
}

/* The answer as a case writes it. */
static void answer(const struct one_case *c, struct pool *pool, bool keep, struct buf *out)
{
    struct arena *a = arena_new(), *again = arena_new();
    struct source_text source = {STR("query"), c->query, 1, 0};
    struct logs_options log_options = {0};
    struct error err = {0};
    struct logs *logs = NULL;
    struct result *r;
    struct query *q;
    struct keep *k = NULL;

    bool ok = logs_open(a, c->logs.items, c->logs.n, &log_options, &logs, &err);
    struct kql_env env = log_env(logs);
    env.template_value = template_value;
    struct exec_options o = {
        .pool = pool, .logs = logs, .now = NOW, .since = INT64_MIN, .until = INT64_MAX};
    ok = ok && kql_compile(a, &source, &env, &q, &err);
    if (ok && keep)
        k = o.keep = keep_new(q, (int64_t)64 << 20);
    ok = ok && exec_run(q, &o, a, &r, &err);
    if (ok && keep) /* once more, from what was kept */
        ok = exec_run(q, &o, again, &r, &err);
    if (ok)
        add_table(out, r->table);
    else
        buf_addf(out, "error: %s\n", err.message);
    keep_free(k);
    arena_free(again);
    if (logs)
        logs_close(logs);
    arena_free(a);
}

static bool as_expected(struct str expected, struct str got)
{
    if (!str_starts(expected, STR("error: ")))
        return str_eq(expected, got);
    struct str part = str_trim(str_sub(expected, 7, expected.n));
    return str_starts(got, STR("error: ")) && str_find(got, part, 7) != SIZE_MAX;
}

static void show(const char *what, struct str text)
{
    printf("#   %s:\n", what);
    while (text.n) {
        struct str line = str_cut(&text, '\n');
        printf("#     %.*s\n", STR_ARG(line));
    }
}

static int counted, failed;

static void run_case(const char *file, const struct one_case *c, struct pool *const *pools)
{
    static const char *const ways[] = {"1 thread", "2 threads", "7 threads",
                                       "2 threads, from kept rows"};
    struct buf got = {0};
    const char *wrong = NULL;

    for (int i = 0; i < 4 && !wrong; i++) {
        buf_reset(&got);
        answer(c, pools[i == 3 ? 1 : i], i == 3, &got);
        if (!as_expected(c->expected, buf_str(&got)))
            wrong = ways[i];
    }
    printf("%s %d - %s: %.*s\n", wrong ? "not ok" : "ok", ++counted, file, STR_ARG(c->name));
    if (wrong) {
        failed++;
        printf("#   with %s\n", wrong);
        show("query", c->query);
        show("expected", c->expected);
        show("got", buf_str(&got));
    }
    buf_release(&got);
}

static void run_file(const char *path, struct pool *const *pools)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct str text;
    const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

    if (!file_read(a, str_of(path), (size_t)4 << 20, &text, &err)) {
        printf("not ok %d - %s: %s\n", ++counted, path, err.message);
        failed++;
    }
    struct one_case c = {0};
    const char *query = NULL, *expected = NULL, *end = text.p + text.n;
    while (!err.set && (text.n > 0 || expected)) {
        struct str line = text.n ? str_cut(&text, '\n') : (struct str){end, 0};
        bool begins = line.p == end || str_starts(line, STR("-- "));
        if (begins && expected) {
            c.expected = (struct str){expected, (size_t)(line.p - expected)};
            while (str_ends(c.expected, STR("\n\n")))
                c.expected.n--;
            run_case(file, &c, pools);
            expected = NULL;
        }
        if (begins) {
            memset(&c, 0, sizeof c);
            c.name = line.n > 3 ? str_sub(line, 3, line.n) : STR_NONE;
            query = NULL;
        } else if (c.name.n && !expected && str_starts(line, STR("logs: "))) {
            vec_push(a, &c.logs, str_sub(line, 6, line.n));
        } else if (c.name.n && !expected && str_starts(line, STR("=> "))) {
            c.query = (struct str){query ? query : "", query ? (size_t)(line.p - query) : 0};
            expected = line.p + 3;
        } else if (c.name.n && !query) {
            query = line.p;
        }
    }
    arena_free(a);
}

int main(int argc, char **argv)
{
    struct pool *pools[] = {pool_new(1), pool_new(2), pool_new(7)};

    for (int i = 1; i < argc; i++)
        run_file(argv[i], pools);
    for (int i = 0; i < 3; i++)
        pool_free(pools[i]);
    printf("1..%d\n", counted);
    return failed > 0;
}
