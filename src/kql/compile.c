/* From text to plan: lex, parse, bind, plan. When knobs did not turn up in the order of the text (a
 * let's table is bound where it is mentioned), everything is bound a second time with the knobs'
 * slots known. */
#include "kql/kql_internal.h"

static bool bind_query(struct binder *b, const struct statement *s, struct query *q)
{
    if (!bind_lets(b, &s))
        return false;
    q->root = bind_table_node(b, s->value);
    return q->root && !b->err->set && bind_unused_lets(b);
}

static void binder_init(struct binder *b, struct arena *a, const struct source_text *source,
                        const struct kql_env *env, struct error *err)
{
    *b = (struct binder){.arena = a, .source = source, .env = env, .err = err};
}

bool kql_compile(struct arena *a, const struct source_text *source, const struct kql_env *env,
                 struct query **out, struct error *err)
{
    struct query *q = ARENA_NEW(a, struct query);
    struct parser p = {.arena = a, .source = &q->source, .env = env, .err = err};
    struct binder b;
    struct statement *statements;

    if (err->set)
        return false;
    q->source = *source;
    if (!parse_query(&p, &statements))
        return false;
    binder_init(&b, a, &q->source, env, err);
    if (!bind_query(&b, statements, q))
        return false;
    if (params_sort(&b)) {
        struct binder again;
        binder_init(&again, a, &q->source, env, err);
        again.params.items = b.params.items;
        again.params.n = b.params.n;
        again.params.cap = b.params.cap;
        again.preset = true;
        if (!bind_query(&again, statements, q))
            return false;
        b = again;
    }
    plan_finish(&b, q);
    *out = q;
    return true;
}
