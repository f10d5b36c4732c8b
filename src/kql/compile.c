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

/* The binder that holds the finished plan. */
static bool bind_in_order(struct binder *b, const struct statement *statements, struct query *q)
{
    struct binder first = *b;

    if (!bind_query(&first, statements, q))
        return false;
    if (!params_sort(&first)) {
        *b = first;
        return true;
    }
    b->params.items = first.params.items;
    b->params.n = first.params.n;
    b->params.cap = first.params.cap;
    b->preset = true;
    return bind_query(b, statements, q);
}

bool kql_compile(struct arena *a, const struct source_text *source, const struct kql_env *env,
                 struct query **out, struct error *err)
{
    struct query *q = ARENA_NEW(a, struct query);
    struct parser p = {.arena = a, .source = &q->source, .env = env, .err = err};
    struct binder b = {.arena = a, .source = &q->source, .env = env, .err = err};
    struct statement *statements;

    if (err->set)
        return false;
    q->source = *source;
    if (!parse_query(&p, &statements))
        return false;
    b.scratch = arena_new();
    bool bound = bind_in_order(&b, statements, q);
    arena_free(b.scratch);
    if (!bound)
        return false;
    plan_finish(&b, q);
    *out = q;
    return true;
}
