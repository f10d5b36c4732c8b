/* Expressions over kept strings: a kept string column holds codes into a dictionary, so an
 * expression that reads this one column alone is evaluated once for each distinct string, and
 * remembered from run to run for as long as the parameters in it stay. What it gives for a chunk is
 * then a look-up by code. A string result becomes a dictionary of its own, so that expressions over
 * it go the same way. */
#include "exec/exec_internal.h"

struct derived {
    const struct dict *of;
    struct column *by_code; /* what the expression gives for each string of `of` */
    const struct expr *expr;
    struct value *params; /* the values it was made with; NULL: it depends on none */
    struct arena *arena;  /* of by_code where there are params: lives until one of them changes */
    struct derived *next; /* the same expression over another dictionary */
};
struct derived_cache {
    const struct query *q;
    struct store *store;
    pthread_mutex_t lock;      /* for making; finding needs none */
    const struct dict **dicts; /* those whose contents do not change any more */
    size_t n_dicts, cap;
    _Atomic(struct derived *) *calls; /* by expr->id */
    int64_t now;
};

/* ---- life ------------------------------------------------------------------------------------ */

static void free_cache(void *cache)
{
    struct derived_cache *d = cache;

    for (size_t i = 0; i < d->q->n_calls; i++) {
        for (struct derived *e = atomic_load(&d->calls[i]); e; e = e->next)
            arena_free(e->arena);
    }
    pthread_mutex_destroy(&d->lock);
}

struct derived_cache *derived_new(const struct query *q, struct store *s, const struct table *kept)
{
    struct arena *a = store_arena(s);
    struct derived_cache *d = ARENA_NEW(a, struct derived_cache);

    d->q = q;
    d->store = s;
    pthread_mutex_init(&d->lock, NULL);
    d->cap = kept->schema.n + 2 * q->n_calls;
    d->dicts = ARENA_ARRAY(a, const struct dict *, d->cap);
    for (size_t i = 0; i < kept->schema.n; i++) {
        if (kept->columns[i] && kept->columns[i]->dict)
            d->dicts[d->n_dicts++] = kept->columns[i]->dict;
    }
    d->calls = (void *)ARENA_ARRAY(a, void *, q->n_calls);
    arena_at_end(a, free_cache, d);
    return d;
}

static bool still_good(const struct exec *x, const struct derived *e)
{
    return !e->params || exec_params_same(x, e->expr->params, e->params);
}

/* At the start of a run, before any worker looks: lets go what other parameter values were used
 * for. */
void derived_begin(struct exec *x, struct derived_cache *d)
{
    bool clock = x->q->uses_now && d->now != x->o->now;

    d->now = x->o->now;
    for (size_t i = 0; i < x->q->n_calls; i++) {
        struct derived *good = NULL, *next;
        for (struct derived *e = atomic_load(&d->calls[i]); e; e = next) {
            next = e->next;
            if (clock || !still_good(x, e)) {
                arena_free(e->arena);
                continue;
            }
            e->next = good;
            good = e;
        }
        atomic_store(&d->calls[i], good);
    }
}

/* ---- making ---------------------------------------------------------------------------------- */

/* The only column that e reads; SIZE_MAX: none, several, or e is not to be remembered. */
static size_t only_column(const struct expr *e)
{
    if (e->kind == EXPR_COLUMN)
        return e->index;
    if (e->kind != EXPR_CALL || e->func->flags & (FUNC_VARIES | FUNC_WINDOW))
        return SIZE_MAX;
    size_t only = SIZE_MAX;
    for (size_t i = 0; i < e->n_args; i++) {
        const struct expr *arg = e->args[i];
        if (arg->kind == EXPR_SUBQUERY)
            return SIZE_MAX;
        if (arg->kind != EXPR_COLUMN && arg->kind != EXPR_CALL)
            continue;
        if (arg->constant)
            continue;
        size_t column = only_column(arg);
        if (column == SIZE_MAX || (only != SIZE_MAX && only != column))
            return SIZE_MAX;
        only = column;
    }
    return only;
}

size_t derived_column(const struct expr *e)
{
    return only_column(e);
}

/* Cells [from, from + r's rows) of `to`. */
static void put_cells(struct column *to, size_t from, struct column *r, size_t rows,
                      struct dict *words)
{
    for (size_t i = 0; i < rows; i++) {
        size_t at = column_at(r, i);
        if (column_null(r, i)) {
            column_set_null(to, from + i);
            continue;
        }
        switch (type_shape(to->type)) {
        case SHAPE_BOOL:
            to->bools[from + i] = r->bools[at];
            break;
        case SHAPE_INT:
            to->ints[from + i] = r->ints[at];
            break;
        case SHAPE_REAL:
            to->reals[from + i] = r->reals[at];
            break;
        case SHAPE_STR:
            if (words)
                to->codes[from + i] = dict_add(words, r->strs[at]);
            else
                to->strs[from + i] = str_dup(to->arena, r->strs[at]);
            break;
        }
    }
}

static struct column *evaluate(struct worker *w, const struct expr *e, size_t column,
                               const struct dict *of, struct arena *a)
{
    size_t n = dict_size(of);
    struct arena *scratch = arena_new();
    struct column *to = ARENA_NEW(a, struct column);
    struct dict *words = e->type == TYPE_STRING ? dict_new(a) : NULL;

    *to = (struct column){.type = e->type, .n = n, .arena = a};
    if (words) {
        to->dict = words;
        to->codes = ARENA_ARRAY(a, uint32_t, n);
    } else {
        to->data = arena_zalloc(a, n * sizeof(struct str)); /* the widest cell */
    }
    for (size_t from = 0; from < n; from += CHUNK_ROWS) {
        arena_reset(scratch);
        size_t rows = n - from < CHUNK_ROWS ? n - from : CHUNK_ROWS;
        struct column *in = ARENA_NEW(scratch, struct column);
        *in = (struct column){.type = TYPE_STRING, .n = rows, .arena = scratch};
        in->strs = (struct str *)dict_strings(of) + from;
        struct chunk c = {.rows = rows,
                          .n_columns = column + 1,
                          .columns = ARENA_ARRAY(scratch, struct column *, column + 1),
                          .arena = scratch};
        c.columns[column] = in;
        struct column *r = worker_eval(w, e, &c);
        if (!r) {
            to = NULL;
            break;
        }
        if (r->dict)
            column_strs(r);
        put_cells(to, from, r, rows, words);
    }
    arena_free(scratch);
    return to;
}

static bool is_final(const struct derived_cache *d, const struct dict *of)
{
    for (size_t i = 0; i < d->n_dicts; i++) {
        if (d->dicts[i] == of)
            return true;
    }
    return false;
}

/* With the lock held. */
static struct derived *make(struct worker *w, struct derived_cache *d, const struct expr *e,
                            size_t column, const struct dict *of)
{
    struct arena *a = store_arena(d->store);
    struct derived *made = ARENA_NEW(a, struct derived);

    made->of = of;
    made->expr = e;
    if (e->params) {
        a = made->arena = arena_new();
        made->params = exec_params(w->x, a);
    }
    made->by_code = evaluate(w, e, column, of, a);
    if (!made->by_code) {
        arena_free(made->arena);
        return NULL;
    }
    if (made->by_code->dict && d->n_dicts < d->cap)
        d->dicts[d->n_dicts++] = made->by_code->dict;
    made->next = atomic_load(&d->calls[e->id]);
    atomic_store(&d->calls[e->id], made);
    return made;
}

static struct derived *find(struct derived_cache *d, const struct expr *e, const struct dict *of)
{
    struct derived *at = atomic_load_explicit(&d->calls[e->id], memory_order_acquire);

    while (at && at->of != of)
        at = at->next;
    return at;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static struct column *gather(struct arena *a, const struct column *by, const struct column *c,
                             size_t rows)
{
    struct column *out = column_pick(a, by, c->codes, rows);

    out->type = by->type;
    return out;
}

struct column *derived_eval(struct worker *w, const struct expr *e, size_t column, struct chunk *c)
{
    struct derived_cache *d = w->x->derived;
    struct column *in = chunk_column(c, column);

    if (!in->dict || in->constant || (e->params && e->type == TYPE_STRING))
        return NULL;
    struct derived *at = find(d, e, in->dict);
    if (!at) {
        pthread_mutex_lock(&d->lock);
        at = find(d, e, in->dict);
        if (!at && is_final(d, in->dict))
            at = make(w, d, e, column, in->dict);
        pthread_mutex_unlock(&d->lock);
    }
    return at ? gather(c->arena, at->by_code, in, c->rows) : NULL;
}
