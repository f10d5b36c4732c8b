/* Work for the engine's thread that other threads ask for. The rows kept for re-tuning belong to
 * that thread; what has to be worked out from them is brought to it here, one piece at a time, and
 * done when no newer settings wait for their answer. */
#include "hunt/hunt_internal.h"

struct errand {
    struct errand *next;
    void (*work)(struct hunt *h, void *ctx);
    void *ctx;
    bool begun, ended, refused;
};

static void unlink_errand(struct hunt *h, struct errand *e)
{
    struct errand **at = &h->errands;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
}

bool errand_do(struct hunt *h, void (*work)(struct hunt *h, void *ctx), void *ctx,
               const atomic_bool *stop)
{
    struct errand e = {.work = work, .ctx = ctx}, **last = &h->errands;
    pthread_mutex_lock(&h->lock);
    e.refused = h->stop || !h->started;
    if (!e.refused) {
        while (*last)
            last = &(*last)->next;
        *last = &e;
        pthread_cond_broadcast(&h->wake);
    }
    while (!e.ended && !e.refused) {
        if (!e.begun && stop && atomic_load(stop)) {
            unlink_errand(h, &e);
            e.refused = true;
        } else {
            pthread_cond_wait(&h->rest, &h->lock);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return e.ended;
}

bool errand_next(struct hunt *h)
{
    struct errand *e = h->errands;
    if (!e)
        return false;
    h->errands = e->next;
    e->begun = true;
    atomic_store(&h->cancel, false);
    pthread_mutex_unlock(&h->lock);
    e->work(h, e->ctx);
    pthread_mutex_lock(&h->lock);
    e->ended = true;
    pthread_cond_broadcast(&h->rest);
    return true;
}

void errands_refuse(struct hunt *h)
{
    for (; h->errands; h->errands = h->errands->next)
        h->errands->refused = true;
}
