/* sum, avg, and the spread: stdev, variance. Integers and times add up in integers, which is the
 * same in any order; reals as aggregate_exact.c has it. */
#include <math.h>
#include "func/aggregate_internal.h"

/* ---- integers -------------------------------------------------------------------------------- */

static size_t total_size(const struct agg *agg)
{
    return type_shape(agg->type) == SHAPE_INT ? sizeof(int64_t) : sizeof(struct samples);
}

/* A sum of 128 bits in halves, so that states need no more than 8-byte alignment. */
struct mean {
    uint64_t low, high;
    uint64_t n;
};

static void mean_add(struct mean *m, uint64_t low, uint64_t high)
{
    m->low += low;
    m->high += high + (m->low < low);
}

static bool averages_ints(const struct agg *agg)
{
    return type_shape(agg->args[0]) == SHAPE_INT;
}

static size_t mean_size(const struct agg *agg)
{
    return averages_ints(agg) ? sizeof(struct mean) : sizeof(struct samples);
}

static void add_reals(struct agg *agg, struct samples *states, const uint32_t *groups,
                      const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    for (size_t i = 0; i < rows; i++) {
        if (!agg_skips(when, i) && !column_null(c, i))
            samples_add(agg->arena, &states[groups[i]], ordinals[i], number_at(c, i));
    }
}

static void merge_reals(struct agg *agg, struct samples *into, const struct samples *from,
                        const uint32_t *map, size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples_merge(agg->arena, &into[map[i]], &from[i]);
}

/* ---- sum ------------------------------------------------------------------------------------- */

static void sum_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    uint64_t *sums = states;
    if (type_shape(agg->type) != SHAPE_INT) {
        add_reals(agg, states, groups, ordinals, args, rows);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        if (!agg_skips(when, i) && !column_null(c, i))
            sums[groups[i]] += (uint64_t)c->ints[column_at(c, i)];
    }
}

static void sum_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    if (type_shape(agg->type) != SHAPE_INT) {
        merge_reals(agg, into, from, map, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        ((uint64_t *)into)[map[i]] += ((const uint64_t *)from)[i];
}

static void sum_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    for (size_t i = 0; i < n; i++) {
        if (type_shape(agg->type) == SHAPE_INT)
            outs[0]->ints[i] = ((const int64_t *)states)[i];
        else
            outs[0]->reals[i] = samples_sum(agg->arena, (const struct samples *)states + i);
    }
}

/* ---- avg ------------------------------------------------------------------------------------- */

static void avg_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    if (!averages_ints(agg)) {
        add_reals(agg, states, groups, ordinals, args, rows);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        if (agg_skips(when, i) || column_null(c, i))
            continue;
        struct mean *m = (struct mean *)states + groups[i];
        int64_t v = c->ints[column_at(c, i)];
        mean_add(m, (uint64_t)v, v < 0 ? UINT64_MAX : 0);
        m->n++;
    }
}

static void avg_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    if (!averages_ints(agg)) {
        merge_reals(agg, into, from, map, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct mean *to = (struct mean *)into + map[i];
        const struct mean *m = (const struct mean *)from + i;
        mean_add(to, m->low, m->high);
        to->n += m->n;
    }
}

/* Of ints and longs Kusto divides the sum as it has wrapped; a mean of times is a time. */
static void avg_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    struct column *out = outs[0];
    for (size_t i = 0; i < n; i++) {
        if (!averages_ints(agg)) {
            const struct samples *s = (const struct samples *)states + i;
            out->reals[i] = s->n ? samples_sum(agg->arena, s) / (double)s->n : NAN;
            continue;
        }
        const struct mean *m = (const struct mean *)states + i;
        if (type_is_number(agg->type)) {
            out->reals[i] = m->n ? (double)(int64_t)m->low / (double)m->n : NAN;
            continue;
        }
        out->ints[i] = 0;
        if (m->n)
            out->ints[i] =
                (int64_t)((__int128)((unsigned __int128)m->high << 64 | m->low) / (__int128)m->n);
        else
            column_set_null(out, i);
    }
}

/* ---- spread ---------------------------------------------------------------------------------- */

static size_t spread_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(struct samples);
}

static void spread_update(struct agg *agg, void *states, const uint32_t *groups,
                          const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    add_reals(agg, states, groups, ordinals, args, rows);
}

static void spread_merge(struct agg *agg, void *into, const void *from, const uint32_t *map,
                         size_t n)
{
    merge_reals(agg, into, from, map, n);
}

static void finish_spread(struct agg *agg, const void *states, size_t n, struct column **outs,
                          bool whole, bool root)
{
    for (size_t i = 0; i < n; i++) {
        double v = samples_variance(agg->arena, (const struct samples *)states + i, whole);
        outs[0]->reals[i] = root ? sqrt(v) : v;
    }
}

static void stdev_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    finish_spread(agg, states, n, outs, false, true);
}

static void stdevp_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    finish_spread(agg, states, n, outs, true, true);
}

static void variance_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    finish_spread(agg, states, n, outs, false, false);
}

static void variancep_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    finish_spread(agg, states, n, outs, true, false);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define SUM .state_size = total_size, .update = sum_update, .merge = sum_merge, .finish = sum_finish
#define AVG .state_size = mean_size, .update = avg_update, .merge = avg_merge, .finish = avg_finish
#define SPREAD(finish_) \
    .state_size = spread_size, .update = spread_update, .merge = spread_merge, .finish = finish_

const struct aggregate aggregates_sum[] = {
    {.name = "sum",
     .prefix = "sum",
     .args_help = "value",
     .help = "The sum; 0 of nothing.",
     .example = "summarize sum(x)",
     .expect = "6",
     .forms = {{"i", TYPE_LONG},
               {"l", TYPE_LONG},
               {"r", TYPE_REAL},
               {"m", TYPE_DECIMAL},
               {"p", TYPE_TIMESPAN}},
     SUM},
    {.name = "sumif",
     .prefix = "sumif",
     .args_help = "value, condition",
     .help = "The sum over rows for which the condition is true.",
     .example = "summarize sumif(x, x > 1)",
     .expect = "5",
     .flags = AGG_PREDICATE,
     .forms = {{"ib", TYPE_LONG},
               {"lb", TYPE_LONG},
               {"rb", TYPE_REAL},
               {"mb", TYPE_DECIMAL},
               {"pb", TYPE_TIMESPAN}},
     SUM},
    {.name = "avg",
     .prefix = "avg",
     .args_help = "value",
     .help = "The mean of what is not null; NaN of nothing.",
     .example = "summarize avg(x)",
     .expect = "2.0",
     .forms = {{"i", TYPE_REAL},
               {"l", TYPE_REAL},
               {"r", TYPE_REAL},
               {"m", TYPE_DECIMAL},
               {"t", TYPE_DATETIME},
               {"p", TYPE_TIMESPAN}},
     AVG},
    {.name = "avgif",
     .prefix = "avgif",
     .args_help = "value, condition",
     .help = "The mean over rows for which the condition is true.",
     .example = "summarize avgif(x, x > 1)",
     .expect = "2.5",
     .flags = AGG_PREDICATE,
     .forms = {{"ib", TYPE_REAL},
               {"lb", TYPE_REAL},
               {"rb", TYPE_REAL},
               {"mb", TYPE_DECIMAL},
               {"tb", TYPE_DATETIME},
               {"pb", TYPE_TIMESPAN}},
     AVG},
    {.name = "stdev",
     .prefix = "stdev",
     .args_help = "value",
     .help = "The standard deviation of a sample.",
     .example = "summarize stdev(x)",
     .expect = "1.0",
     .forms = {{"n", TYPE_REAL}},
     SPREAD(stdev_finish)},
    {.name = "stdevif",
     .prefix = "stdevif",
     .args_help = "value, condition",
     .help = "The standard deviation over rows for which the condition is true.",
     .example = "summarize stdevif(x, x != 2)",
     .expect = "1.4142135623730951",
     .flags = AGG_PREDICATE,
     .forms = {{"nb", TYPE_REAL}},
     SPREAD(stdev_finish)},
    {.name = "stdevp",
     .prefix = "stdevp",
     .args_help = "value",
     .help = "The standard deviation of a whole population.",
     .example = "where x != 2 | summarize stdevp(x)",
     .expect = "1.0",
     .forms = {{"n", TYPE_REAL}},
     SPREAD(stdevp_finish)},
    {.name = "variance",
     .prefix = "variance",
     .args_help = "value",
     .help = "The variance of a sample.",
     .example = "summarize variance(x)",
     .expect = "1.0",
     .forms = {{"n", TYPE_REAL}},
     SPREAD(variance_finish)},
    {.name = "varianceif",
     .prefix = "varianceif",
     .args_help = "value, condition",
     .help = "The variance over rows for which the condition is true.",
     .example = "summarize varianceif(x, x != 2)",
     .expect = "2.0",
     .flags = AGG_PREDICATE,
     .forms = {{"nb", TYPE_REAL}},
     SPREAD(variance_finish)},
    {.name = "variancep",
     .prefix = "variancep",
     .args_help = "value",
     .help = "The variance of a whole population.",
     .example = "where x != 2 | summarize variancep(x)",
     .expect = "1.0",
     .forms = {{"n", TYPE_REAL}},
     SPREAD(variancep_finish)},
    {0},
};
