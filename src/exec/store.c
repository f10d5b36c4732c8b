/* Memory that several results share: one arena for the calling thread and one for each worker,
 * counted. */
#include "exec/exec_internal.h"

struct store {
    atomic_int refs;
    struct arena *arena;
    struct arena **workers;
    int n;
};

struct store *store_new(int n_workers)
{
    struct arena *a = arena_new();
    struct store *s = ARENA_NEW(a, struct store);

    atomic_init(&s->refs, 1);
    s->arena = a;
    s->n = n_workers;
    s->workers = ARENA_ARRAY(a, struct arena *, n_workers);
    for (int i = 0; i < n_workers; i++)
        s->workers[i] = arena_new();
    return s;
}

struct store *store_hold(struct store *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void store_drop(void *store)
{
    struct store *s = store;

    if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
        return;
    for (int i = 0; i < s->n; i++)
        arena_free(s->workers[i]);
    arena_free(s->arena); /* holds s itself */
}

struct arena *store_arena(struct store *s)
{
    return s->arena;
}

struct arena *store_worker(struct store *s, int i)
{
    return s->workers[i];
}

int64_t store_bytes(const struct store *s)
{
    size_t bytes = arena_bytes(s->arena);

    for (int i = 0; i < s->n; i++)
        bytes += arena_bytes(s->workers[i]);
    return (int64_t)bytes;
}

void store_enter(struct exec *x, struct store *s, struct arenas *before)
{
    before->arena = x->arena;
    before->workers = ARENA_ARRAY(x->arena, struct arena *, x->n_workers);
    x->arena = s->arena;
    for (int i = 0; i < x->n_workers; i++) {
        before->workers[i] = x->workers[i].arena;
        x->workers[i].arena = s->workers[i];
    }
}

void store_leave(struct exec *x, const struct arenas *before)
{
    x->arena = before->arena;
    for (int i = 0; i < x->n_workers; i++)
        x->workers[i].arena = before->workers[i];
}

void exec_hold(struct exec *x, struct store *s)
{
    arena_at_end(x->arena, store_drop, store_hold(s));
}
