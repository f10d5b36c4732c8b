/* A fixed set of threads that sleep between runs. A run is announced by a new number under the
 * mutex; the last thread that is done wakes the caller. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>

#include "base/arena.h"

#define MOST_THREADS 256

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t begin, done;
    pthread_t *threads; /* all but thread 0, which is the caller */
    struct seat *seats; /* what each of them is given */
    int n;              /* threads with the caller */
    int running;        /* not yet back from the run */
    unsigned run;       /* number of the run, so that nobody takes part twice */
    bool stop;
    void (*f)(void *ctx, int thread);
    void *ctx;
};

struct seat {
    struct pool *pool;
    int thread;
};

static void *work(void *arg)
{
    struct seat *seat = arg;
    struct pool *p = seat->pool;
    unsigned seen = 0;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->run == seen && !p->stop)
            pthread_cond_wait(&p->begin, &p->lock);
        if (p->stop)
            break;
        seen = p->run;
        pthread_mutex_unlock(&p->lock);
        p->f(p->ctx, seat->thread);
        pthread_mutex_lock(&p->lock);
        if (--p->running == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static int usable_processors(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

/* Signals are for the main thread alone: the helpers start with all of them blocked. */
static void start_threads(struct pool *p, int want)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (p->n = 1; p->n < want; p->n++) {
        p->seats[p->n] = (struct seat){p, p->n};
        if (pthread_create(&p->threads[p->n], NULL, work, &p->seats[p->n]) != 0)
            break; /* fewer threads do the same work */
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct pool *pool_new(int threads)
{
    struct pool *p = mem_grow(NULL, sizeof *p);

    if (threads <= 0)
        threads = usable_processors();
    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    *p = (struct pool){0};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->begin, NULL);
    pthread_cond_init(&p->done, NULL);
    p->threads = mem_grow(NULL, sizeof *p->threads * (size_t)threads);
    p->seats = mem_grow(NULL, sizeof *p->seats * (size_t)threads);
    start_threads(p, threads);
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->n; i++)
        pthread_join(p->threads[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->begin);
    pthread_cond_destroy(&p->done);
    mem_free(p->threads);
    mem_free(p->seats);
    mem_free(p);
}

int pool_threads(const struct pool *p)
{
    return p->n;
}

void pool_run(struct pool *p, void (*f)(void *ctx, int thread), void *ctx)
{
    pthread_mutex_lock(&p->lock);
    p->f = f;
    p->ctx = ctx;
    p->running = p->n - 1;
    p->run++;
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);
    f(ctx, 0);
    pthread_mutex_lock(&p->lock);
    while (p->running > 0)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
