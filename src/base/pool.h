/* A fixed set of threads. pool_run(p, f, ctx) calls f(ctx, t) once on every thread t = 0 … n−1 (the
 * caller is thread 0) and returns when all have returned. Work is shared out inside f, by an atomic
 * counter. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

struct pool;
struct pool *pool_new(int threads); /* 0: one for each processor this process may use */
void pool_free(struct pool *p);
int pool_threads(const struct pool *p);
void pool_run(struct pool *p, void (*f)(void *ctx, int thread), void *ctx);
#endif
