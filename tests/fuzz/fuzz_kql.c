/* Any text as a query: lexed, parsed, bound, planned, explained, completed. Nothing may crash, hang
 * or grow without bound, an error must have a message, and a plan must be whole. */
#include "kql/kql.h"
#include "../log_env.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool template_value(void *ctx, struct str name, struct str *value)
{
    (void)ctx;
    *value = STR("2020-01-02T03:04:05Z");
    return str_is(name, "StartTimeISO") || str_is(name, "EndTimeISO");
}

static struct logs *no_logs(void)
{
    static struct logs *logs; /* opened once: it is the same for every input */
    static struct arena *a;
    struct logs_options options = {0};
    struct error err = {0};

    a = a ? a : arena_new();
    if (!logs && !logs_open(a, NULL, 0, &options, &logs, &err))
        abort();
    return logs;
}

static void check_plan(const struct query *q, struct arena *a)
{
    struct buf out = {0};

    if (!q->root || !q->root->needed)
        abort();
    for (size_t i = 0; i < q->n_params; i++) {
        struct value v;
        buf_reset(&out);
        kql_literal(&out, q->params[i].published);
        struct span span = q->params[i].span;
        if (span.end > q->source.text.n || span.start > span.end)
            abort();
        if (!kql_read_literal(a, buf_str(&out), &v) || v.type != q->params[i].published.type)
            abort(); /* what is written back must read as the same */
    }
    buf_reset(&out);
    kql_explain(q, &out);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kql_env env = log_env(no_logs());
    env.template_value = template_value;
    struct arena *a = arena_new();
    struct source_text source = {STR("query"), {(const char *)data, size}, 1, 0};
    struct error err = {0};
    struct query *q = NULL;
    struct str *words;

    if (kql_compile(a, &source, &env, &q, &err))
        check_plan(q, a);
    else if (!err.set || !err.message[0])
        abort();
    if (size < 2000)
        kql_complete(a, source.text, size, &env, &words);
    arena_free(a);
    return 0;
}
