/* For tests of the engine: a log of random lines, a query asked over it, its table as text, and its
 * knobs turned at random. HARRIER_SEED=N in the environment is another log and other turns. */
#ifndef EXEC_TRY_H
#define EXEC_TRY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../log_env.h"

#if defined(HARRIER_TINY)
#define ROUNDS 30
#define LINES 60
#elif defined(__SANITIZE_ADDRESS__)
#define ROUNDS 15
#define LINES 1500
#else
#define ROUNDS 100
#define LINES 4000
#endif

/* ---- a log ----------------------------------------------------------------------------------- */

static char log_path[] = "/tmp/harrier-exec-XXXXXX";
static const char *log_at = log_path; /* what is asked */

static uint32_t state = 12345;
static uint32_t below(uint32_t n)
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

static int set_up(void **unused)
{
    static const char *const agents[] = {"curl/8", "Mozilla", "-"};
    static const char *const ends[] = {"png", "aspx", "js", "zip", "ASPX"};
    int fd = mkstemp(log_path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    const char *seed = getenv("HARRIER_SEED");

    (void)unused;
    if (!f)
        return 1;
    if (seed)
        state = (uint32_t)strtoul(seed, NULL, 10) * 2654435761u;
    fputs("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) "
          "sc-status time-taken\n",
          f);
    for (int i = 0; i < LINES; i++) {
        fprintf(f, "2024-01-%02d %02d:%02d:%02d 10.0.0.%u %s /%s/f%u.%s %s %s.%u %s %u %u\n",
                1 + i * 20 / LINES, below(24), below(60), below(60), below(3),
                below(4) ? "GET" : "POST", below(3) ? "owa" : "ecp", below(LINES / 12),
                ends[below(5)], below(3) ? "-" : "a=1", below(4) ? "203.0.113" : "10.1.1",
                below(20), agents[below(3)], below(5) ? 200 : 404, below(900));
    }
    return fclose(f);
}

static int tear_down(void **unused)
{
    (void)unused;
    return unlink(log_path);
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct asked {
    struct arena *a;
    struct logs *logs;
    struct query *q;
    struct value *params;
    struct exec_options o;
};

static void ask(struct asked *t, const char *text, int threads)
{
    struct source_text source = {STR("query"), str_of(text), 1, 0};
    struct str path = str_of(log_at);
    struct logs_options options = {0};
    struct error err = {0};

    memset(t, 0, sizeof *t);
    t->a = arena_new();
    assert_true(logs_open(t->a, &path, 1, &options, &t->logs, &err));
    struct kql_env env = log_env(t->logs);
    if (!kql_compile(t->a, &source, &env, &t->q, &err))
        fail_msg("%s", err.message);
    t->params = ARENA_ARRAY(t->a, struct value, t->q->n_params + 1);
    for (size_t i = 0; i < t->q->n_params; i++)
        t->params[i] = t->q->params[i].published;
    t->o = (struct exec_options){.pool = pool_new(threads),
                                 .logs = t->logs,
                                 .params = t->params,
                                 .since = INT64_MIN,
                                 .until = INT64_MAX,
                                 .lineage = true};
}

static void done(struct asked *t)
{
    keep_free(t->o.keep);
    pool_free(t->o.pool);
    logs_close(t->logs);
    arena_free(t->a);
}

static struct result *run(struct asked *t, struct arena *a)
{
    struct error err = {0};
    struct result *r = NULL;

    if (!exec_run(t->q, &t->o, a, &r, &err))
        fail_msg("%s", err.message);
    return r;
}

static struct str table_text(struct arena *a, const struct table *t)
{
    struct buf b = {0};

    for (size_t r = 0; r < t->rows; r++) {
        for (size_t i = 0; i < t->schema.n; i++) {
            buf_add_z(&b, column_null(t->columns[i], r) ? "|null" : "|");
            value_text(&b, column_value(t->columns[i], r));
        }
        buf_add_byte(&b, '\n');
    }
    struct str s = str_dup(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void same_text(struct str x, struct str y, const char *what)
{
    if (!str_eq(x, y))
        fail_msg("%s: %.*s\n--- and ---\n%.*s", what, (int)(x.n > 900 ? 900 : x.n), x.p,
                 (int)(y.n > 900 ? 900 : y.n), y.p);
}

/* Each parameter somewhere else, now and then as published. */
static void turn(struct asked *t)
{
    size_t i = below((uint32_t)t->q->n_params);
    const struct param *p = &t->q->params[i];
    struct value v = p->published;

    if (p->cold && below(4))
        return;
    if (p->kind == PARAM_SWITCH) {
        v.b = below(2);
    } else if (p->kind == PARAM_LIST) {
        size_t n = dyn_count(v.s), kept = 0;
        struct str *items = ARENA_ARRAY(t->a, struct str, n + 1);
        for (size_t k = 0; k < n; k++) {
            if (below(2))
                items[kept++] = dyn_item(v.s, k);
        }
        if (below(2))
            items[kept++] = dyn_from_string(t->a, STR("zip"));
        v.s = dyn_from_array(t->a, items, kept);
    } else if (p->kind == PARAM_TEXT) {
        v.s = below(2) ? v.s : STR("/o");
    } else if (type_shape(v.type) == SHAPE_INT) {
        v.i = below(3) ? v.i : (int64_t)below(6);
    }
    t->params[i] = v;
}

#endif
