/* count, and the exact counts of distinct values. */
#include "func/aggregate_internal.h"

static size_t count_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(int64_t);
}

/* Every row counts, also with an argument that is null (KQL.md 6). */
static void count_update(struct agg *agg, void *states, const uint32_t *groups,
                         const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args);
    int64_t *counts = states;
    (void)ordinals;
    if (when) {
        for (size_t i = 0; i < rows; i++)
            counts[groups[i]] += !agg_skips(when, i);
    } else {
        for (size_t i = 0; i < rows; i++)
            counts[groups[i]]++;
    }
}

static void count_merge(struct agg *agg, void *into, const void *from, const uint32_t *map,
                        size_t n)
{
    (void)agg;
    for (size_t i = 0; i < n; i++)
        ((int64_t *)into)[map[i]] += ((const int64_t *)from)[i];
}

static void count_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    (void)agg;
    if (n)
        memcpy(outs[0]->ints, states, n * sizeof(int64_t));
}

/* ---- distinct -------------------------------------------------------------------------------- */

static size_t distinct_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(struct set);
}

/* One zero and one NaN. */
static uint64_t real_bits(double r)
{
    uint64_t bits;
    r = r == 0 ? 0 : r;
    memcpy(&bits, &r, sizeof bits);
    return r == r ? bits : UINT64_C(0x7ff8000000000000);
}

static void distinct_update(struct agg *agg, void *states, const uint32_t *groups,
                            const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    enum shape shape = type_shape(c->type);
    struct set *sets = states;
    (void)ordinals;
    agg_need_strs(args, 1);
    for (size_t i = 0; i < rows; i++) {
        size_t at = column_at(c, i);
        struct member m = {0};
        if (agg_skips(when, i) || column_null(c, i))
            continue;
        if (shape == SHAPE_STR) {
            if (c->type == TYPE_DYNAMIC && dyn_kind(c->strs[at]) == DYN_NULL)
                continue;
            m.p = c->strs[at].p;
            m.n = (uint32_t)c->strs[at].n;
        } else {
            m.bits = shape == SHAPE_BOOL   ? c->bools[at]
                     : shape == SHAPE_REAL ? real_bits(c->reals[at])
                                           : (uint64_t)c->ints[at];
        }
        struct set *s = &sets[groups[i]];
        if (set_find(s, &m, shape == SHAPE_STR))
            continue;
        if (shape == SHAPE_STR)
            m.p = agg_keep(agg, (struct str){m.p, m.n}).p;
        set_append(agg->arena, s, &m, shape == SHAPE_STR);
    }
}

static void distinct_merge(struct agg *agg, void *into, const void *from, const uint32_t *map,
                           size_t n)
{
    bool text = type_shape(agg->args[0]) == SHAPE_STR;
    for (size_t i = 0; i < n; i++) {
        struct set *to = (struct set *)into + map[i];
        const struct set *s = (const struct set *)from + i;
        if (to->n == 0) {
            set_copy(agg->arena, to, s);
            continue;
        }
        const struct member *items = set_items(s);
        for (uint32_t k = 0; k < s->n; k++) {
            if (!set_find(to, &items[k], text))
                set_append(agg->arena, to, &items[k], text);
        }
    }
}

static void distinct_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    (void)agg;
    for (size_t i = 0; i < n; i++)
        outs[0]->ints[i] = ((const struct set *)states)[i].n;
}

#define COUNT                                                                                      \
    .state_size = count_size, .update = count_update, .merge = count_merge, .finish = count_finish
#define DISTINCT                                                         \
    .state_size = distinct_size, .update = distinct_update, .merge = distinct_merge, \
    .finish = distinct_finish

const struct aggregate aggregates_count[] = {
    {.name = "count",
     .prefix = "count",
     .args_help = "[value]",
     .help = "The number of rows.",
     .example = "summarize count()",
     .expect = "3",
     .forms = {{"", TYPE_LONG}, {"*", TYPE_LONG}},
     COUNT},
    {.name = "countif",
     .prefix = "countif",
     .args_help = "condition",
     .help = "The number of rows for which the condition is true.",
     .example = "summarize countif(x > 1)",
     .expect = "2",
     .flags = AGG_PREDICATE,
     .forms = {{"b", TYPE_LONG}},
     COUNT},
    {.name = "dcount",
     .prefix = "dcount",
     .args_help = "value [, accuracy]",
     .help = "The number of distinct values, exact; nulls do not count.",
     .example = "summarize dcount(x % 2)",
     .expect = "2",
     .flags = AGG_ACCURACY | AGG_LATE,
     .forms = {{"*", TYPE_LONG}},
     DISTINCT},
    {.name = "dcountif",
     .prefix = "dcountif",
     .args_help = "value, condition [, accuracy]",
     .help = "The number of distinct values in rows for which the condition is true.",
     .example = "summarize dcountif(x, x > 1)",
     .expect = "2",
     .flags = AGG_ACCURACY | AGG_PREDICATE | AGG_LATE,
     .forms = {{"*b", TYPE_LONG}},
     DISTINCT},
    {.name = "count_distinct",
     .prefix = "count_distinct",
     .args_help = "value",
     .help = "The number of distinct values; nulls do not count.",
     .example = "summarize count_distinct(x)",
     .expect = "3",
     .flags = AGG_LATE,
     .forms = {{"*", TYPE_LONG}},
     DISTINCT},
    {.name = "count_distinctif",
     .prefix = "count_distinctif",
     .args_help = "value, condition",
     .help = "The number of distinct values in rows for which the condition is true.",
     .example = "summarize count_distinctif(x, x < 3)",
     .expect = "2",
     .flags = AGG_PREDICATE | AGG_LATE,
     .forms = {{"*b", TYPE_LONG}},
     DISTINCT},
    {0},
};
