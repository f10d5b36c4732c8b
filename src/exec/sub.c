/* Plans inside a step: one thread, the same parameters, memory that is used again for each run.
 * What calls have prepared (regular expressions, lists) stays. */
#include "exec/exec_internal.h"

struct sub_exec {
    struct exec x;
    struct exec_options options;
    struct worker worker;
    struct worker *outer;
    const struct plan_node *node; /* whose plans they are */
    struct error error;
};

static void free_sub(void *sub)
{
    struct sub_exec *s = sub;

    arena_free(s->x.arena);
    arena_free(s->worker.arena);
    arena_free(s->worker.scratch);
    pthread_mutex_destroy(&s->x.lock);
}

bool sub_prepare(struct exec *x, const struct plan_node *node, struct error *err)
{
    const struct plan_node *first;
    struct table *t;

    for (size_t i = 0; (first = node_first(node, i)); i++) {
        if (!exec_table(x, first, &t, err))
            return false;
    }
    return true;
}

struct sub_exec *worker_sub(struct worker *w, const struct plan_node *node)
{
    struct sub_exec *s = ARENA_NEW(w->lasting, struct sub_exec);
    struct exec *x = &s->x, *outer = w->x;

    s->outer = w;
    s->node = node;
    s->options = *outer->o;
    s->options.lineage = false;
    s->options.progress = NULL;
    s->options.keep = NULL;
    x->q = outer->q;
    x->o = &s->options;
    x->err = &s->error;
    x->arena = arena_new();
    x->workers = &s->worker;
    x->n_workers = 1;
    pthread_mutex_init(&x->lock, NULL);
    s->worker = (struct worker){.x = x,
                                .arena = arena_new(),
                                .scratch = arena_new(),
                                .lasting = w->lasting,
                                .counts = w->counts,
                                .calls = ARENA_ARRAY(w->lasting, struct call_state, x->q->n_calls)};
    arena_at_end(w->lasting, free_sub, s);
    return s;
}

static void begin(struct sub_exec *s)
{
    struct exec *x = &s->x;
    size_t n = x->q->n_nodes;
    const struct plan_node *first;

    arena_reset(x->arena);
    arena_reset(s->worker.arena);
    x->shared = ARENA_ARRAY(x->arena, void *, n);
    x->opened = ARENA_ARRAY(x->arena, bool, n);
    x->tables = ARENA_ARRAY(x->arena, struct table *, n);
    x->owners = ARENA_ARRAY(x->arena, struct store *, n);
    x->subvalues = s->outer->x->subvalues;
    s->worker.locals = ARENA_ARRAY(x->arena, void *, n);
    for (size_t i = 0; (first = node_first(s->node, i)); i++)
        x->tables[first->id] = s->outer->x->tables[first->id];
}

bool sub_run(struct sub_exec *s, const struct plan_node *source, struct table *t,
             const struct plan_node *root, struct table **out)
{
    struct exec *outer = s->outer->x;

    if (exec_cancelled(outer))
        return false;
    begin(s);
    s->x.tables[source->id] = t;
    if (exec_table(&s->x, root, out, &s->error) && !s->error.set)
        return true;
    pthread_mutex_lock(&outer->lock);
    if (s->error.set && outer->err && !outer->err->set)
        *outer->err = s->error;
    pthread_mutex_unlock(&outer->lock);
    atomic_store(&outer->stop, true);
    return false;
}
