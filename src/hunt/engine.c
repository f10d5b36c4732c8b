/* The engine's thread: runs the query whenever its answer is out of date (knobs moved, a reload
 * asked for), and works out what-ifs when there is nothing else to do. Each answer becomes a new
 * view; old ones live on until their last reader gives them back. */
#include <stdlib.h>
#include "hunt/hunt_internal.h"

/* ---- views ----------------------------------------------------------------------------------- */

struct view_box *view_new(struct arena *arena, struct kept *kept)
{
    struct view_box *box = ARENA_NEW(arena, struct view_box);
    box->arena = arena;
    box->kept = kept;
    if (kept)
        atomic_fetch_add(&kept->references, 1);
    atomic_init(&box->references, 1);
    return box;
}

void view_release(struct view *v)
{
    struct view_box *box = (struct view_box *)v;
    if (!box || atomic_fetch_sub(&box->references, 1) != 1)
        return;
    if (box->parent)
        view_release(&box->parent->view);
    kept_release(box->kept);
    arena_free(box->arena);
}

void kept_release(struct kept *k)
{
    if (!k || atomic_fetch_sub(&k->references, 1) != 1)
        return;
    keep_free(k->keep);
    mem_free(k);
}

static struct kept *kept_new(const struct query *q, int64_t budget, uint64_t number)
{
    struct kept *k = mem_grow(NULL, sizeof *k);
    k->number = number;
    k->keep = keep_new(q, budget);
    atomic_init(&k->references, 1);
    return k;
}

/* Puts a view in the place of the present one. Under lock; the old one is given back by the
 * caller. */
static struct view_box *publish(struct hunt *h, struct view_box *box)
{
    struct view_box *old = h->view;
    h->view = box;
    return old;
}

/* A preview's rows live only during the call: they are copied. */
static struct view_box *preview(struct hunt *h, const struct result *partial)
{
    struct view_box *box = view_new(arena_new(), NULL);
    struct result *r = ARENA_NEW(box->arena, struct result);
    *r = *partial;
    r->lineage = NULL;
    struct table *t = ARENA_NEW(box->arena, struct table);
    *t = *partial->table;
    t->arena = box->arena;
    t->origin = NULL;
    t->columns = ARENA_ARRAY(box->arena, struct column *, t->schema.n + 1);
    for (size_t i = 0; i < t->schema.n; i++)
        t->columns[i] = column_copy(box->arena, partial->table->columns[i], 0, t->rows);
    r->table = t;
    r->counts = ARENA_ARRAY(box->arena, struct stage_count, h->query->n_nodes + 1);
    memcpy(r->counts, partial->counts, h->query->n_nodes * sizeof *r->counts);
    box->view.result = r;
    box->view.rows = t->rows;
    box->view.ids = identity_of(h, box->arena, t);
    box->view.partial = true;
    box->view.seconds = partial->seconds;
    box->view.reread = true;
    return box;
}

/* Called on the engine's thread while logs are read. */
static void on_progress(void *ctx, const struct exec_progress *p, const struct result *partial)
{
    struct hunt *h = ctx;
    struct view_box *box = partial ? preview(h, partial) : NULL, *old = NULL;
    pthread_mutex_lock(&h->lock);
    h->progress = *p;
    if (box) {
        box->view.generation = h->done;
        old = publish(h, box);
    }
    pthread_mutex_unlock(&h->lock);
    if (old)
        view_release(&old->view);
    hunt_signal(h);
}

static bool run_query(struct hunt *h, const struct value *params, bool lineage, struct keep *keep,
                      bool news, struct arena *run, struct result **out, struct error *err)
{
    struct exec_options o = {
        .pool = h->pool,
        .logs = h->logs,
        .params = params,
        .now = h->now,
        .since = h->options.since,
        .until = h->options.until,
        .lineage = lineage,
        .together = h->together,
        .keep = keep,
        .news = news,
        .cancel = &h->cancel,
        .progress = on_progress,
        .ctx = h,
        .want_partial = h->options.keep && !news,
    };
    return exec_run(h->query, &o, run, out, err);
}

bool engine_run(struct hunt *h, const struct value *params, bool lineage, struct keep *keep,
                struct arena *run, struct result **out, struct error *err)
{
    return run_query(h, params, lineage, keep, false, run, out, err);
}

/* ---- come and gone --------------------------------------------------------------------------- */

static int by_id(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Counts what came and went against the last complete view, and remembers this one. Under lock. */
static void count_changes(struct hunt *h, struct view *v)
{
    size_t n = v->rows, i = 0, k = 0;
    bool first = h->before == NULL;
    uint64_t *ids = mem_grow(NULL, (n + 1) * sizeof *ids);
    if (n)
        memcpy(ids, v->ids, n * sizeof *ids);
    qsort(ids, n, sizeof *ids, by_id);
    while (!first && (i < n || k < h->n_before)) {
        if (k == h->n_before || (i < n && ids[i] < h->before[k])) {
            v->come++;
            i++;
        } else if (i == n || h->before[k] < ids[i]) {
            v->gone++;
            k++;
        } else {
            i++;
            k++;
        }
    }
    mem_free(h->before);
    h->before = ids;
    h->n_before = n;
}

/* ---- one run --------------------------------------------------------------------------------- */

struct job {
    uint64_t generation, cold_generation;
    bool load, moved; /* logs are (probably) read; knobs were moved since the last view */
    bool news;        /* what is new in the logs is read */
};

static void settle(struct hunt *h, const struct job *job, struct view_box *box, bool ok,
                   const struct error *err)
{
    struct view *v = &box->view;
    struct view_box *drop = box;
    v->generation = job->generation;
    pthread_mutex_lock(&h->lock);
    h->running = h->loading = false;
    if (ok) {
        h->done = job->generation;
        h->cold_done = job->cold_generation;
        h->last_failed = false;
        if (job->moved || job->news)
            count_changes(h, v);
        else {
            mem_free(h->before);
            h->before = NULL;
            count_changes(h, v);
        }
        drop = publish(h, box);
    } else if (err->set) {
        h->done = job->generation;
        h->last_failed = true;
        v->failed = true;
        v->error = *err;
        drop = publish(h, box);
    } else if (h->user_cancelled) { /* what was seen so far stays */
        h->done = job->generation;
        h->last_failed = false;
        struct view_box *parent = h->view; /* its reference passes to the new one */
        *v = parent->view;
        v->cancelled = true;
        v->generation = job->generation;
        box->parent = parent;
        h->view = box;
        drop = NULL;
    }
    h->user_cancelled = false;
    pthread_cond_broadcast(&h->rest);
    pthread_mutex_unlock(&h->lock);
    if (drop)
        view_release(&drop->view);
    hunt_signal(h);
}

/* Under lock on entry; lets go of it while the query runs. */
#define BAD_KEPT 10000 /* as many as one scan lists */
/* A run on kept rows meets no bad line: those of the run that read the logs stay. */
static void keep_bad(struct hunt *h, const struct result *result)
{
    pthread_mutex_lock(&h->lock);
    size_t before = result->grown ? h->n_bad : 0; /* news come to those known */
    size_t n = before + result->n_bad < BAD_KEPT ? result->n_bad : BAD_KEPT - before;
    h->bad = mem_grow(h->bad, (before + n + 1) * sizeof *h->bad);
    if (n)
        memcpy(h->bad + before, result->bad, n * sizeof *h->bad);
    h->n_bad = before + n;
    pthread_mutex_unlock(&h->lock);
}

static void run_once(struct hunt *h)
{
    struct job job = {.generation = h->generation, .cold_generation = h->cold_generation};
    job.news = h->news && !h->lost && !h->reload;
    h->reload |= h->lost;
    bool fresh = h->options.keep && (!h->kept || h->reload);
    job.load = fresh || h->reload || h->cold_generation != h->cold_done || !h->kept ||
               !keep_ready(h->kept->keep);
    job.moved = !h->reload && h->before != NULL;
    h->reload = h->news = h->lost = false;
    h->running = true;
    h->loading = job.load;
    atomic_store(&h->cancel, false);
    struct arena *run = arena_new();
    struct value *params = dials_values(h, run);
    struct kept *old = fresh ? h->kept : NULL;
    if (fresh)
        h->kept = kept_new(h->query, h->options.keep_budget, ++h->n_kept);
    pthread_mutex_unlock(&h->lock);
    kept_release(old);

    struct error err = {0};
    struct result *result = NULL;
    struct view_box *box = view_new(run, h->kept);
    struct keep *keep = h->kept ? h->kept->keep : NULL;
    bool ok =
        run_query(h, params, h->options.lineage, keep, job.news, run, &result, &err);
    bool again = job.news && !ok; /* whatever kept it from being read: all of it is, next */
    if (again)
        err = (struct error){0};
    if (ok) {
        box->view.result = result;
        box->view.rows = result->table->rows;
        box->view.ids = identity_of(h, run, result->table);
        box->view.seconds = result->seconds;
        box->view.reread = !result->kept;
        box->view.news = job.news;
        if (!result->kept)
            keep_bad(h, result);
    }
    pthread_mutex_lock(&h->lock);
    h->lost |= again;
    h->reload |= again && !h->user_cancelled;
    if (ok && job.news) {
        box->view.said = str_dup(run, h->said);
        h->said = STR_NONE;
        what_if_forget(h);
    }
    pthread_mutex_unlock(&h->lock);
    settle(h, &job, box, ok, &err);
    pthread_mutex_lock(&h->lock);
    follow_ran(h, ok ? result->seconds : 0, ok && !result->kept && !result->grown);
}

void *engine_main(void *hunt)
{
    struct hunt *h = hunt;
    pthread_mutex_lock(&h->lock);
    while (!h->stop) {
        if (h->reload || h->news || h->done != h->generation)
            run_once(h);
        else if (errand_next(h))
            continue;
        else if (follow_is_due(h))
            follow_look(h);
        else if (!what_if_next(h) && !h->stop && !h->reload && h->done == h->generation)
            follow_wait(h);
    }
    h->done = h->generation;
    h->reload = h->news = false;
    errands_refuse(h);
    pthread_cond_broadcast(&h->rest);
    pthread_mutex_unlock(&h->lock);
    return NULL;
}
