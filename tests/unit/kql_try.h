/* For tests of the query language: an environment with the operators and the documented columns,
 * and short ways to parse, compile and print. */
#ifndef KQL_TRY_H
#define KQL_TRY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "kql/kql_internal.h"
#include "../log_env.h"

static bool try_template(void *ctx, struct str name, struct str *value)
{
    (void)ctx;
    *value = STR("2020-01-02T03:04:05Z");
    return str_is(name, "StartTimeISO");
}

struct
try {
    struct arena *a;
    struct kql_env env;
    struct error err;
};

static inline void try_open(struct try *t)
{
    struct logs_options options = {0};
    struct logs *logs;

    *t = (struct try){.a = arena_new()};
    assert_true(logs_open(t->a, NULL, 0, &options, &logs, &t->err));
    t->env = log_env(logs);
    t->env.template_value = try_template;
}

static inline void try_close(struct try *t)
{
    logs_close(t->env.ctx);
    arena_free(t->a);
}

static inline struct source_text try_source(struct str text)
{
    return (struct source_text){STR("query"), text, 1, 0};
}

static inline struct query *try_compile(struct try *t, const char *text)
{
    struct source_text source = try_source(str_of(text));
    struct query *q = NULL;

    t->err = (struct error){0};
    if (!kql_compile(t->a, &source, &t->env, &q, &t->err)) {
        struct buf said = {0};
        error_text(&t->err, &said);
        fail_msg("%s\n%.*s", text, STR_ARG(buf_str(&said)));
    }
    return q;
}

/* The error's text, in the arena; fails when there is none. */
static inline struct str try_error(struct try *t, struct str text)
{
    struct source_text source = try_source(text);
    struct query *q;
    struct buf said = {0};

    t->err = (struct error){0};
    if (kql_compile(t->a, &source, &t->env, &q, &t->err))
        fail_msg("no error: %.*s", STR_ARG(text));
    assert_true(t->err.set);
    error_text(&t->err, &said);
    struct str out = str_dup(t->a, buf_str(&said));
    buf_release(&said);
    return out;
}

static inline void assert_text(struct str got, const char *want)
{
    if (!str_is(got, want))
        fail_msg("got  |%.*s|\nwant |%s|", STR_ARG(got), want);
}
#endif
