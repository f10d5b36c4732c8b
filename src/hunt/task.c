/* Threads beside the engine. See task.h. */
#include "hunt/task.h"

void *task_new(struct hunt *h, size_t size, void (*work)(struct task *t))
{
    struct arena *a = arena_new();
    struct task *t = arena_zalloc(a, size);
    t->h = h;
    t->arena = a;
    t->work = work;
    atomic_init(&t->cancel, false);
    atomic_init(&t->done, false);
    return t;
}

static void *task_main(void *task)
{
    struct task *t = task;
    t->work(t);
    atomic_store(&t->done, true);
    hunt_signal(t->h);
    return NULL;
}

void task_start(struct task *t)
{
    t->started = pthread_create(&t->thread, NULL, task_main, t) == 0;
    if (!t->started) {
        error_set(&t->err, "no thread could be started for this");
        atomic_store(&t->done, true);
    }
}

void task_stop(struct task *t)
{
    pthread_mutex_lock(&t->h->lock);
    atomic_store(&t->cancel, true);
    pthread_cond_broadcast(&t->h->rest);
    pthread_mutex_unlock(&t->h->lock);
}

void task_close(struct task *t)
{
    if (!t)
        return;
    task_stop(t);
    if (t->started)
        pthread_join(t->thread, NULL);
    if (t->pool)
        pool_free(t->pool);
    arena_free(t->arena);
}

bool task_stopped(const struct task *t)
{
    return atomic_load(&t->cancel);
}

void task_news(struct task *t)
{
    hunt_signal(t->h);
}

bool task_await_logs(struct task *t)
{
    struct hunt *h = t->h;
    pthread_mutex_lock(&h->lock);
    while (!task_stopped(t) && !h->stop && (h->reload || h->loading))
        pthread_cond_wait(&h->rest, &h->lock);
    bool ok = !task_stopped(t) && !h->stop;
    pthread_mutex_unlock(&h->lock);
    return ok;
}

static void on_progress(void *ctx, const struct exec_progress *p, const struct result *partial)
{
    struct task *t = ctx;
    (void)partial;
    pthread_mutex_lock(&t->h->lock);
    t->progress = *p;
    pthread_mutex_unlock(&t->h->lock);
    task_news(t);
}

struct exec_options task_options(struct task *t)
{
    const struct hunt *h = t->h;
    if (!t->pool)
        t->pool = pool_new(h->options.threads);
    return (struct exec_options){
        .pool = t->pool,
        .logs = h->logs,
        .now = h->now,
        .since = h->options.since,
        .until = h->options.until,
        .cancel = &t->cancel,
        .progress = t->quiet ? NULL : on_progress,
        .ctx = t,
    };
}

bool task_query(struct task *t, struct str kql, struct result **out)
{
    struct source_text text = {.name = STR("query"), .text = kql, .first_line = 1};
    struct exec_options o = task_options(t);
    struct query *q;
    return hunt_compile(t->h, t->arena, &text, &q, &t->err) &&
           exec_run(q, &o, t->arena, out, &t->err);
}

void query_text_literal(struct buf *kql, struct str s)
{
    kql_literal(kql, (struct value){.type = TYPE_STRING, .s = s});
}

void query_time_literal(struct buf *kql, int64_t ticks)
{
    kql_literal(kql, (struct value){.type = TYPE_DATETIME, .i = ticks});
}
