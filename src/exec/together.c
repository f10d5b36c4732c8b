/* Several runs that read the same logs in one pass.
 *
 *   Each run is on a thread of its own, but only one of them goes on at a time: it hands over when
 * it has come to a scan, or has ended. When all that are left stand at a scan, one of them reads
 * the logs for all: with the union of the wanted columns, each line is found, cut and its fields
 * made once, and each run gets the rows as a chunk of its own from which it may drop rows. A run
 * with two mentions of the table stands there twice, so there are as many passes as the run with
 * the most scans has. */
#include "exec/exec_internal.h"

struct member {
    struct exec *x;
    struct pipe *pipe;
    struct scan_request request;
};
struct together {
    struct arena *arena;
    struct exec_together counts;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under lock */
    size_t left;    /* runs that have not ended */
    size_t waiting; /* of these, at a scan */
    size_t passes;
    bool busy;              /* somebody goes on */
    struct member *members; /* those that wait */
};
/* A pass; its threads find it here. */
struct pass {
    struct together *t;
    struct exec *leader;
    struct scan *scan;
    bool *done; /* by thread */
    double round_end;
};

struct together *together_new(size_t n_runs)
{
    struct arena *a = arena_new();
    struct together *t = ARENA_NEW(a, struct together);

    t->arena = a;
    t->left = n_runs;
    t->members = ARENA_ARRAY(a, struct member, n_runs);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    return t;
}

void together_free(struct together *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->changed);
    arena_free(t->arena);
}

struct exec_together together_counts(const struct together *t)
{
    return t->counts;
}

/* ---- a member's chunk ------------------------------------------------------------------------ */

/* The rows of the pass's chunk that a run has not dropped yet. */
struct share {
    struct chunk_loader loader;
    struct chunk *all;
    uint32_t *rows; /* NULL: all of them */
    size_t n;
};

/* A column that few rows of one run want is not made for all. */
static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct share *s = (struct share *)self;
    struct chunk_loader *below = s->all->loader;

    if (s->rows && !s->all->columns[i] && below->load_some && s->n < s->all->rows / 4)
        return below->load_some(below, s->all, i, s->rows, s->n);
    struct column *all = chunk_column(s->all, i);
    return s->rows ? column_pick(c->arena, all, s->rows, c->rows) : all;
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct share *s = (struct share *)self;

    if (!s->rows) {
        s->rows = arena_alloc(s->all->arena, n * sizeof *s->rows);
        memcpy(s->rows, rows, n * sizeof *s->rows);
    } else {
        for (size_t i = 0; i < n; i++)
            s->rows[i] = s->rows[rows[i]];
    }
    s->n = n;
}

static struct chunk *share_chunk(struct chunk *all)
{
    struct share *s = ARENA_NEW(all->arena, struct share);
    struct chunk *c = ARENA_NEW(all->arena, struct chunk);

    *s = (struct share){.loader = {.load = load, .pick = pick}, .all = all, .n = all->rows};
    *c = *all;
    c->columns = ARENA_ARRAY(all->arena, struct column *, all->n_columns);
    c->loader = &s->loader;
    return c;
}

/* ---- a pass ---------------------------------------------------------------------------------- */

/* A request's texts of which a line must have one: the group with the fewest. */
static const struct needle_group *smallest(const struct scan_request *r)
{
    const struct needle_group *best = r->n_needles ? r->needles : NULL;

    for (size_t i = 1; i < r->n_needles; i++) {
        if (r->needles[i].n < best->n)
            best = &r->needles[i];
    }
    return best;
}

/* Lines without any of the texts are nobody's. Looking for many costs more than cutting all. */
#define MOST_NEEDLES 4

static struct needle_group *needles_of_all(struct together *t, struct arena *a)
{
    struct needle_group *all = ARENA_NEW(a, struct needle_group);

    all->texts = ARENA_ARRAY(a, struct str, MOST_NEEDLES);
    for (size_t i = 0; i < t->waiting; i++) {
        const struct needle_group *g = smallest(&t->members[i].request);
        if (!g || all->n + g->n > MOST_NEEDLES)
            return NULL;
        for (size_t k = 0; k < g->n; k++)
            all->texts[all->n++] = g->texts[k];
        all->fold |= g->fold;
    }
    return all;
}

static struct scan_request request_of_all(struct together *t, struct arena *a)
{
    struct scan_request r = t->members[0].request;
    size_t columns = logs_schema(t->members[0].x->o->logs)->n;
    bool *wanted = ARENA_ARRAY(a, bool, columns);

    for (size_t i = 0; i < t->waiting; i++) {
        const struct scan_request *m = &t->members[i].request;
        for (size_t k = 0; k < columns; k++)
            wanted[k] |= m->wanted[k];
        r.origin |= m->origin;
    }
    r.wanted = wanted;
    if (t->waiting > 1) {
        r.needles = needles_of_all(t, a);
        r.n_needles = r.needles != NULL;
    }
    return r;
}

static void read_for_all(void *ctx, int thread)
{
    struct pass *p = ctx;
    struct together *t = p->t;
    struct chunk *all;

    while (!p->done[thread]) {
        bool more = false;
        for (size_t i = 0; i < t->waiting; i++)
            more |= !worker_stopped(&t->members[i].x->workers[thread]);
        if (!more || (p->round_end > 0 && monotonic_seconds() >= p->round_end)) {
            p->done[thread] = !more;
            return;
        }
        if (!scan_next(p->scan, thread, &all)) {
            p->done[thread] = true;
            return;
        }
        for (size_t i = 0; i < t->waiting; i++) {
            struct worker *w = &t->members[i].x->workers[thread];
            if (!worker_stopped(w))
                worker_push(w, t->waiting == 1 ? all : share_chunk(all));
        }
    }
}

static bool all_done(const struct pass *p)
{
    for (int i = 0; i < p->leader->n_workers; i++) {
        if (!p->done[i])
            return false;
    }
    return true;
}

static void show_progress(struct together *t, struct pass *p)
{
    for (size_t i = 0; i < t->waiting; i++) {
        struct exec *x = t->members[i].x;
        scan_stats(p->scan, &x->now_scan);
        if (x->o->progress && !atomic_load(&x->stop))
            exec_between(x, t->members[i].pipe);
    }
}

/* Without the lock, which `busy` stands for. */
static void read_once(struct together *t)
{
    struct exec *x = t->members[0].x;
    struct error err = {0};
    struct pass p = {.t = t, .leader = x, .done = ARENA_ARRAY(x->arena, bool, x->n_workers)};
    struct scan_request r = request_of_all(t, x->arena);
    bool progress = false, ok = scan_open(x->o->logs, &r, x->arena, &p.scan, &err);

    for (size_t i = 0; i < t->waiting; i++) {
        progress |= t->members[i].x->o->progress != NULL;
        t->members[i].pipe->scan = p.scan;
    }
    while (ok && !all_done(&p)) {
        p.round_end = progress ? monotonic_seconds() + ROUND_SECONDS : 0;
        if (x->n_workers == 1)
            read_for_all(&p, 0);
        else
            pool_run(x->o->pool, read_for_all, &p);
        show_progress(t, &p);
    }
    if (ok)
        ok = !scan_failed(p.scan, &err);
    for (size_t i = 0; i < t->waiting; i++) {
        struct member *m = &t->members[i];
        if (p.scan)
            pipe_scanned(m->x, m->pipe);
        m->pipe->scan = NULL;
        if (!ok)
            exec_fail(m->x, &err);
    }
    if (p.scan) {
        struct scan_stats s;
        scan_stats(p.scan, &s);
        t->counts.passes++;
        t->counts.bytes += s.bytes;
        t->counts.lines_cut += s.lines_cut;
        scan_close(p.scan);
    }
}

/* ---- taking turns ---------------------------------------------------------------------------- */

static void go_on(struct together *t, bool go)
{
    t->busy = go;
    if (!go)
        pthread_cond_broadcast(&t->changed);
}

void together_enter(struct together *t)
{
    pthread_mutex_lock(&t->lock);
    while (t->busy)
        pthread_cond_wait(&t->changed, &t->lock);
    go_on(t, true);
    pthread_mutex_unlock(&t->lock);
}

void together_leave(struct together *t)
{
    pthread_mutex_lock(&t->lock);
    t->left--;
    go_on(t, false);
    pthread_mutex_unlock(&t->lock);
}

void together_scan(struct together *t, struct exec *x, struct pipe *p,
                   const struct scan_request *request)
{
    pthread_mutex_lock(&t->lock);
    size_t pass = t->passes;
    t->members[t->waiting++] = (struct member){x, p, *request};
    go_on(t, false);
    while (t->passes == pass) {
        if (t->busy || t->waiting < t->left) {
            pthread_cond_wait(&t->changed, &t->lock);
            continue;
        }
        go_on(t, true);
        pthread_mutex_unlock(&t->lock);
        read_once(t);
        pthread_mutex_lock(&t->lock);
        t->waiting = 0;
        t->passes++;
        go_on(t, false);
    }
    while (t->busy)
        pthread_cond_wait(&t->changed, &t->lock);
    go_on(t, true);
    pthread_mutex_unlock(&t->lock);
}
