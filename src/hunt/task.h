/* What runs beside the engine: a thread of its own with an arena for its answer. Its struct begins
 * with a struct task; work() runs on the thread, tells of news with task_news() and returns soon
 * after task_stopped() has become true. */
#ifndef HUNT_TASK_H
#define HUNT_TASK_H
#include "hunt/hunt_internal.h"

struct task {
    struct hunt *h;
    struct arena *arena; /* of the task and its answer; dies with task_close */
    pthread_t thread;
    bool started;
    atomic_bool cancel, done;
    struct pool *pool;   /* made when a query is first run */
    void (*work)(struct task *t);
    bool quiet;          /* progress is not shown: no news of it */
    struct exec_progress progress; /* under the hunt's lock */
    struct error err;    /* of the thread; read it when done */
};
/* A task with `size` bytes, cleared, of which struct task is the first part. */
void *task_new(struct hunt *h, size_t size, void (*work)(struct task *t));
void task_start(struct task *t);
void task_close(struct task *t); /* stops it, joins it, frees its arena; NULL is allowed */
void task_stop(struct task *t);  /* work() soon returns */
bool task_stopped(const struct task *t);
void task_news(struct task *t);
/* Until the logs have been read once; they may be a pipe. False: it was stopped meanwhile. */
bool task_await_logs(struct task *t);
/* How the hunt runs a query now, on threads of the task's own. */
struct exec_options task_options(struct task *t);
/* Compiles and runs a query over the loaded logs; the table lives in the task's arena. False: err
 * is set, or it was stopped. */
bool task_query(struct task *t, struct str kql, struct result **out);
void query_text_literal(struct buf *kql, struct str s);
void query_time_literal(struct buf *kql, int64_t ticks);
/* KQL that is true of a POST to a script. */
#define SCRIPT_POST                                                                                \
    "csMethod =~ \"POST\" and csUriStem matches regex @\"(?i)\\.(aspx|ashx|asp)(/|$)\""
#endif
