/* What each knob would do, worked out while nobody waits: a switch or a list member turned, a
 * number moved to the values around it. One job is one re-run over kept rows; knobs that would read
 * the logs again are left unknown. */
#include <stdlib.h>
#include "hunt/hunt_internal.h"

struct job {
    size_t slot, member;
    struct value v; /* a number's point */
    bool point;
};

/* One step of a number. */
static int64_t step(struct value v)
{
    if (v.type != TYPE_TIMESPAN)
        return 1;
    return v.i % TICKS_PER_DAY == 0    ? TICKS_PER_DAY
           : v.i % TICKS_PER_HOUR == 0 ? TICKS_PER_HOUR
                                       : TICKS_PER_MINUTE;
}

/* The values around v that a sweep looks at; ascending, v among them. */
static size_t sweep(struct value v, struct value out[KNOB_POINTS])
{
    size_t n = 0;
    if (type_shape(v.type) != SHAPE_INT)
        return 0;
    int64_t unit = step(v);
    if (v.i < 0 || v.i > INT64_MAX / 16)
        return 0;
    int64_t candidates[] = {v.i - unit, v.i, v.i + unit, v.i + 2 * unit, v.i * 2 + unit, v.i * 5};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates && n < KNOB_POINTS; i++) {
        int64_t c = candidates[i];
        if (c < 0 || (n > 0 && c <= out[n - 1].i))
            continue;
        out[n] = v;
        out[n++].i = c;
    }
    return n;
}

/* The first thing not known yet. Under lock. */
static bool next_job(struct hunt *h, struct job *job)
{
    for (size_t i = 0; i < h->query->n_params; i++) {
        const struct param *p = &h->query->params[i];
        struct dial *d = &h->dials[i];
        *job = (struct job){.slot = i, .member = SIZE_MAX};
        if (p->cold)
            continue;
        if (p->kind == PARAM_SWITCH && d->what_if == HUNT_UNKNOWN)
            return true;
        for (size_t m = 0; p->kind == PARAM_LIST && m < d->members.n; m++)
            if (d->members.items[m].what_if == HUNT_UNKNOWN) {
                job->member = m;
                return true;
            }
        if (p->kind != PARAM_NUMBER && p->kind != PARAM_DURATION)
            continue;
        struct value values[KNOB_POINTS];
        if (d->n_points < sweep(d->value, values)) {
            job->point = true;
            job->v = values[d->n_points];
            return true;
        }
    }
    return false;
}

/* Under lock. */
static void job_done(struct hunt *h, const struct job *job, int64_t findings)
{
    struct dial *d = &h->dials[job->slot];
    int64_t change = findings - (int64_t)h->view->view.rows;
    if (job->point)
        d->points[d->n_points++] = (struct knob_point){job->v, findings};
    else if (job->member != SIZE_MAX)
        d->members.items[job->member].what_if = change;
    else
        d->what_if = change;
}

bool what_if_next(struct hunt *h)
{
    struct job job;
    if (!h->options.what_if || !h->kept || h->last_failed || h->what_if_done == h->generation)
        return false;
    if (h->view->view.cancelled || !keep_ready(h->kept->keep) || !next_job(h, &job)) {
        h->what_if_done = h->generation;
        pthread_cond_broadcast(&h->rest);
        hunt_signal(h);
        return false;
    }
    uint64_t generation = h->generation;
    struct arena *run = arena_new(), *kept_rows = NULL;
    struct near_part *near = NULL;
    struct value present = h->dials[job.slot].value;
    struct value *params = dials_turned(h, run, job.slot, job.member, job.point ? &job.v : NULL);
    struct kept *kept = h->kept;
    atomic_fetch_add(&kept->references, 1);
    atomic_store(&h->cancel, false);
    pthread_mutex_unlock(&h->lock);

    struct error err = {0};
    struct result *result = NULL;
    bool ok = engine_run(h, params, false, kept->keep, run, &result, &err);
    int64_t findings = ok ? (int64_t)result->table->rows : 0;
    if (ok && job.point && llabs(job.v.i - present.i) == step(present)) {
        kept_rows = arena_new();
        near = near_make(h, kept_rows, job.slot, &job.v, result->table);
    }
    arena_free(run);
    kept_release(kept);

    pthread_mutex_lock(&h->lock);
    if (near && generation == h->generation)
        near_keep(h, kept_rows, near);
    else if (near)
        arena_free(kept_rows);
    if (ok && generation == h->generation)
        job_done(h, &job, findings);
    else if (!ok)
        h->what_if_done = generation; /* not again for these settings */
    return true;
}
