/* Following (--follow): now and then the engine's thread asks whether the logs have grown; when
 * they have, the next run reads what is new. How often depends on what it costs: a run over all
 * logs, where no rows could be kept, is not made more often than a tenth of the time. */
#include <time.h>
#include "hunt/hunt_internal.h"

#define LOOK_SECONDS 0.5
#define SHARE 10

bool follow_is_due(const struct hunt *h)
{
    return h->options.follow && !h->inner && !h->last_failed && monotonic_seconds() >= h->look_at;
}

void follow_ran(struct hunt *h, double seconds, bool whole)
{
    double pause = whole ? seconds * SHARE : seconds;
    h->look_at = monotonic_seconds() + (pause > LOOK_SECONDS ? pause : LOOK_SECONDS);
}

void follow_look(struct hunt *h)
{
    struct logs_news news;
    struct arena *a = arena_new();
    pthread_mutex_unlock(&h->lock);
    double began = monotonic_seconds();
    bool any = logs_look_again(h->logs, a, &news);
    if (any && h->query->uses_now)
        hunt_settle_now(h);
    pthread_mutex_lock(&h->lock);
    follow_ran(h, (monotonic_seconds() - began) * SHARE, false);
    if (any) {
        h->news = true;
        if (news.said.n) {
            arena_reset(h->said_arena);
            h->said = str_dup(h->said_arena, news.said);
        }
    }
    arena_free(a);
}

void follow_wait(struct hunt *h)
{
    if (!h->options.follow) {
        pthread_cond_wait(&h->wake, &h->lock);
        return;
    }
    double left = h->inner ? LOOK_SECONDS : h->look_at - monotonic_seconds();
    left = left < 0.01 ? 0.01 : left > 60 ? 60 : left;
    if (h->last_failed)
        left = 60;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t nanoseconds = until.tv_nsec + (int64_t)(left * 1e9);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_cond_timedwait(&h->wake, &h->lock, &until);
}
