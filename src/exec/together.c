/* Several runs that read the same logs in one pass.
 *
 *   Each run is on a thread of its own, but only one of them goes on at a time: it hands over when
 * it has come to a scan, or has ended. When all that are left stand at a scan, one of them reads
 * the logs for all (pass.c). A run that needs one scan's rows before it can use another's stands
 * there twice, so there are as many passes as the run with the most scans has. */
#include "exec/exec_internal.h"

struct together {
    struct arena *arena;
    struct exec_together counts;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under lock */
    size_t left;    /* runs that have not ended */
    size_t waiting; /* of these, at a scan */
    VEC(struct feed) feeds; /* theirs */
    size_t passes;
    bool busy;      /* somebody goes on */
};
struct together *together_new(size_t n_runs)
{
    struct arena *a = arena_new();
    struct together *t = ARENA_NEW(a, struct together);

    t->arena = a;
    t->left = n_runs;
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

/* Without the lock, which `busy` stands for. */
static void read_once(struct together *t)
{
    struct exec_together read = pass_read(t->feeds.items, t->feeds.n);

    t->counts.passes += read.passes;
    t->counts.bytes += read.bytes;
    t->counts.lines_cut += read.lines_cut;
}

void together_scan(struct together *t, const struct feed *feeds, size_t n)
{
    pthread_mutex_lock(&t->lock);
    size_t pass = t->passes;
    for (size_t i = 0; i < n; i++)
        vec_push(t->arena, &t->feeds, feeds[i]);
    t->waiting++;
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
        t->feeds.n = 0;
        t->waiting = 0;
        t->passes++;
        go_on(t, false);
    }
    while (t->busy)
        pthread_cond_wait(&t->changed, &t->lock);
    go_on(t, true);
    pthread_mutex_unlock(&t->lock);
}
