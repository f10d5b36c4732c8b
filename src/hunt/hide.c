/* Which findings the exclusions hide: in, exclusions; out, for each of them and for all together
 * the findings that are no longer there when the rule runs with `| where not(…)` after its table.
 * Decided by the rows that are kept: a look at each says which of them an exclusion leaves out, and
 * what is left is gone on from as after a knob. Where no rows are kept, the logs are read once for
 * all of them. Runs beside the engine. */
#include <stdlib.h>
#include "hunt/beside.h"

struct ids {
    uint64_t *items; /* sorted */
    size_t n;
};
struct hiding {
    struct task task;
    struct str *wheres; /* of each; the last: of all */
    size_t n;           /* exclusions */
    struct ids *hidden; /* n + 1 */
};

/* ---- findings -------------------------------------------------------------------------------- */

static int by_id(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static struct ids sorted(struct arena *a, const uint64_t *ids, size_t n)
{
    struct ids out = {ARENA_ARRAY(a, uint64_t, n + 1), n};
    if (n) {
        memcpy(out.items, ids, n * sizeof *ids);
        qsort(out.items, n, sizeof *ids, by_id);
    }
    return out;
}

static struct ids without(struct arena *a, struct ids all, struct ids left)
{
    struct ids out = {ARENA_ARRAY(a, uint64_t, all.n + 1), 0};
    for (size_t i = 0, k = 0; i < all.n; i++) {
        while (k < left.n && left.items[k] < all.items[i])
            k++;
        if (k == left.n || left.items[k] != all.items[i])
            out.items[out.n++] = all.items[i];
    }
    return out;
}

/* ---- by the kept rows ------------------------------------------------------------------------ */

/* The findings of `all` that are gone when these rows alone are there. */
static bool run_kept(struct hiding *s, const struct look *look, const uint64_t *rows,
                     struct ids all, struct ids *out)
{
    struct task *t = &s->task;
    struct arena *a = arena_new();
    struct result *r;
    bool ok = beside_run(t, look, rows, a, &r);
    if (ok)
        *out = without(t->arena, all, sorted(a, identity_of(t->h, a, r->table), r->table->rows));
    arena_free(a);
    return ok;
}

/* False: it was stopped, or it cannot be told so. */
static bool hide_kept(struct hiding *s, const struct look *look, struct ids all)
{
    size_t words = beside_words(&s->task), gone = 0;
    uint64_t *left = arena_alloc(s->task.arena, words * sizeof *left); /* by all of them */
    const struct judged *judged[JUDGED];
    for (size_t from = 0; from < s->n; from += JUDGED) {
        size_t n = s->n - from < JUDGED ? s->n - from : JUDGED;
        if (!beside_judge(&s->task, &s->wheres[from], n, judged))
            return false;
        for (size_t i = 0; i < n; i++) {
            const struct judged *j = judged[i];
            for (size_t k = 0; k < words; k++)
                left[k] = from + i ? left[k] & j->left[k] : j->left[k];
            gone += j->gone;
            if (j->gone && s->n > 1 && !run_kept(s, look, j->left, all, &s->hidden[from + i]))
                return false;
        }
    }
    if (gone && !run_kept(s, look, left, all, &s->hidden[s->n]))
        return false;
    if (s->n == 1)
        s->hidden[0] = s->hidden[1];
    return true;
}

/* ---- by the logs ----------------------------------------------------------------------------- */

/* Queries that read the logs in one pass, each on a thread of its own. */
struct rerun {
    struct hiding *s;
    struct group *group;
    struct arena *arena;
    struct query *query;
    struct exec_options options;
    struct ids left;
    struct error err;
    pthread_t thread;
    bool started, ok;
};
struct group {
    pthread_mutex_t lock; /* held until all have been started */
    struct together *together;
    struct rerun runs[JUDGED];
    size_t n;
};

static bool prepare(struct hiding *s, struct rerun *r, struct str wheres)
{
    struct task *t = &s->task;
    struct buf text = {0};
    r->s = s;
    r->arena = arena_new();
    kql_exclude(hunt_kql(t->h, r->arena), wheres, &text);
    struct source_text source = {.name = STR("query"), .first_line = 1};
    source.text = str_dup(r->arena, buf_str(&text));
    buf_release(&text);
    r->options = task_options(t);
    r->options.pool = pool_new(t->h->options.threads);
    return hunt_compile(t->h, r->arena, &source, &r->query, &r->err);
}

static void rerun(struct rerun *r, struct together *together)
{
    struct result *result;
    r->options.together = together;
    r->ok = exec_run(r->query, &r->options, r->arena, &result, &r->err);
    if (r->ok)
        r->left = sorted(r->arena, identity_of(r->s->task.h, r->arena, result->table),
                         result->table->rows);
}

static void *rerun_main(void *ctx)
{
    struct rerun *r = ctx;
    pthread_mutex_lock(&r->group->lock);
    pthread_mutex_unlock(&r->group->lock);
    rerun(r, r->group->together);
    return NULL;
}

static void run_group(struct group *g)
{
    size_t started = 0;
    pthread_mutex_init(&g->lock, NULL);
    pthread_mutex_lock(&g->lock);
    for (size_t i = 0; i < g->n; i++) {
        struct rerun *r = &g->runs[i];
        r->group = g;
        r->started = pthread_create(&r->thread, NULL, rerun_main, r) == 0;
        started += r->started;
    }
    g->together = together_new(started);
    pthread_mutex_unlock(&g->lock);
    for (size_t i = 0; i < g->n; i++)
        if (g->runs[i].started)
            pthread_join(g->runs[i].thread, NULL);
    for (size_t i = 0; i < g->n; i++)
        if (!g->runs[i].started)
            rerun(&g->runs[i], NULL);
    together_free(g->together);
    pthread_mutex_destroy(&g->lock);
}

/* The i-th to n-th of the exclusions, and behind them all together; false: stopped or failed. */
static bool hide_some(struct hiding *s, size_t from, size_t n, struct ids all)
{
    struct task *t = &s->task;
    struct group *g = ARENA_NEW(t->arena, struct group);
    bool ok = true;
    for (g->n = 0; ok && g->n < n; g->n++)
        ok = prepare(s, &g->runs[g->n], s->wheres[from + g->n]);
    if (ok)
        run_group(g);
    for (size_t i = 0; i < g->n; i++) {
        struct rerun *r = &g->runs[i];
        ok &= r->ok;
        if (r->ok)
            s->hidden[from + i] = without(t->arena, all, r->left);
        else if (r->err.set && !t->err.set)
            t->err = r->err;
        pool_free(r->options.pool);
        arena_free(r->arena);
    }
    return ok;
}

static void hide_reread(struct hiding *s, struct ids all)
{
    size_t n = s->n == 1 ? 1 : s->n + 1;
    for (size_t from = 0; from < n; from += JUDGED)
        if (!hide_some(s, from, n - from < JUDGED ? n - from : JUDGED, all))
            return;
    if (s->n == 1)
        s->hidden[1] = s->hidden[0];
}

/* ---- the task -------------------------------------------------------------------------------- */

static bool names_table(struct hiding *s)
{
    struct buf none = {0};
    bool ok = kql_exclude(hunt_kql(s->task.h, s->task.arena), STR_NONE, &none) > 0 ||
              error_set(&s->task.err,
                        "this query does not name W3CIISLog: there is nothing to exclude");
    buf_release(&none);
    return ok;
}

static void work(struct task *t)
{
    struct hiding *s = (struct hiding *)t;
    struct look look;
    if (!s->n || !task_await_logs(t) || !beside_enter(t, &look))
        return;
    struct view *v = look.view;
    bool whole = !v->cancelled && !v->partial && !v->failed && v->result;
    struct ids all = whole ? sorted(t->arena, v->ids, v->rows) : (struct ids){0};
    bool can = whole && names_table(s), done = can && look.keep && hide_kept(s, &look, all);
    if (!whole)
        error_set(&t->err, "exclusions wait for a whole result");
    beside_leave(t);
    view_release(v);
    if (done || !can || task_stopped(t))
        return;
    t->err = (struct error){0};
    memset(s->hidden, 0, (s->n + 1) * sizeof *s->hidden);
    hide_reread(s, all);
}

struct hiding *hunt_hide(struct hunt *h, const struct exclusion *const *list, size_t n)
{
    struct hiding *s = task_new(h, sizeof *s, work);
    struct arena *a = s->task.arena;
    struct buf all = {0};
    s->task.quiet = true;
    s->n = n;
    s->wheres = ARENA_ARRAY(a, struct str, n + 1);
    s->hidden = ARENA_ARRAY(a, struct ids, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct buf one = {0};
        exclusion_kql(list[i], &one);
        s->wheres[i] = str_dup(a, buf_str(&one));
        buf_add(&all, buf_str(&one));
        buf_add_byte(&all, '\n');
        buf_release(&one);
    }
    s->wheres[n] = str_dup(a, buf_str(&all));
    buf_release(&all);
    task_start(&s->task);
    return s;
}

bool hiding_done(const struct hiding *s)
{
    return atomic_load(&s->task.done);
}

bool hiding_failed(const struct hiding *s, struct error *err)
{
    if (!hiding_done(s) || !s->task.err.set)
        return false;
    *err = s->task.err;
    return true;
}

size_t hiding_count(const struct hiding *s, size_t i)
{
    return hiding_done(s) && i <= s->n ? s->hidden[i].n : 0;
}

bool hiding_hides(const struct hiding *s, size_t i, uint64_t id)
{
    return hiding_done(s) && i <= s->n && s->hidden[i].n &&
           bsearch(&id, s->hidden[i].items, s->hidden[i].n, sizeof id, by_id);
}

void hiding_wait(struct hiding *s)
{
    if (s->task.started)
        pthread_join(s->task.thread, NULL);
    s->task.started = false;
}

void hiding_close(struct hiding *s)
{
    task_close((struct task *)s);
}
