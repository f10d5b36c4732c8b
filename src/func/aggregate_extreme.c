/* min and max. Nulls are skipped; a NaN is the answer wherever there is one; texts are ordered by
 * their bytes (KQL.md 6). */
#include <math.h>
#include "func/aggregate_internal.h"

struct extreme {
    struct cell best;
    bool has;
};

static size_t extreme_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(struct extreme);
}

static bool beats(struct value x, struct value y, bool max)
{
    if (type_shape(x.type) == SHAPE_REAL && (isnan(x.r) || isnan(y.r)))
        return isnan(x.r) && !isnan(y.r);
    int order = value_compare(x, y);
    return max ? order > 0 : order < 0;
}

static void offer_ints(struct extreme *states, const uint32_t *groups, const struct column *c,
                       const struct column *when, size_t rows, bool max)
{
    for (size_t i = 0; i < rows; i++) {
        if (agg_skips(when, i) || column_null(c, i))
            continue;
        struct extreme *e = &states[groups[i]];
        int64_t v = c->ints[column_at(c, i)];
        if (!e->has || (max ? v > e->best.i : v < e->best.i))
            e->best.i = v;
        e->has = true;
    }
}

static void offer(struct agg *agg, void *states, const uint32_t *groups, struct column *const *args,
                  size_t rows, bool max)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    agg_need_strs(args, 1);
    if (type_shape(c->type) == SHAPE_INT) {
        offer_ints(states, groups, c, when, rows, max);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        if (agg_skips(when, i) || column_null(c, i))
            continue;
        struct extreme *e = (struct extreme *)states + groups[i];
        if (!e->has || beats(column_value(c, i), cell_value(&e->best, c->type), max))
            cell_set(agg, &e->best, c, i);
        e->has = true;
    }
}

static void min_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    (void)ordinals;
    offer(agg, states, groups, args, rows, false);
}

static void max_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    (void)ordinals;
    offer(agg, states, groups, args, rows, true);
}

static void merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n,
                  bool max)
{
    enum type t = agg->args[0];
    for (size_t i = 0; i < n; i++) {
        struct extreme *to = (struct extreme *)into + map[i];
        const struct extreme *e = (const struct extreme *)from + i;
        if (e->has && (!to->has || beats(cell_value(&e->best, t), cell_value(&to->best, t), max))) {
            cell_copy(&to->best, &e->best);
            to->has = true;
        }
    }
}

static void min_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    merge(agg, into, from, map, n, false);
}

static void max_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    merge(agg, into, from, map, n, true);
}

static void extreme_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    for (size_t i = 0; i < n; i++) {
        const struct extreme *e = (const struct extreme *)states + i;
        struct value v = {.type = agg->type, .null = true};
        column_set(outs[0], i, e->has ? cell_value(&e->best, agg->type) : v);
    }
}

#define MIN                                                                                        \
    .state_size = extreme_size, .update = min_update, .merge = min_merge, .finish = extreme_finish
#define MAX                                                                                        \
    .state_size = extreme_size, .update = max_update, .merge = max_merge, .finish = extreme_finish
#define ONE                                                                                       \
    {                                                                                             \
        {"i", TYPE_NONE}, {"l", TYPE_NONE}, {"r", TYPE_NONE}, {"m", TYPE_NONE}, {"t", TYPE_NONE}, \
            {"p", TYPE_NONE}, {"s", TYPE_NONE}, {"b", TYPE_NONE},                                 \
    }
#define ONE_IF                                                                                     \
    {                                                                                              \
        {"ib", TYPE_NONE}, {"lb", TYPE_NONE}, {"rb", TYPE_NONE}, {"mb", TYPE_NONE},                \
            {"tb", TYPE_NONE}, {"pb", TYPE_NONE}, {"sb", TYPE_NONE}, {"bb", TYPE_NONE},            \
    }

const struct aggregate aggregates_extreme[] = {
    {.name = "min",
     .prefix = "min",
     .args_help = "value",
     .help = "The least value; nulls are skipped.",
     .example = "summarize min(x)",
     .expect = "1",
     .forms = ONE,
     MIN},
    {.name = "max",
     .prefix = "max",
     .args_help = "value",
     .help = "The largest value; nulls are skipped.",
     .example = "summarize max(x)",
     .expect = "3",
     .forms = ONE,
     MAX},
    {.name = "minif",
     .prefix = "minif",
     .args_help = "value, condition",
     .help = "The least value in rows for which the condition is true.",
     .example = "summarize minif(x, x > 1)",
     .expect = "2",
     .flags = AGG_PREDICATE,
     .forms = ONE_IF,
     MIN},
    {.name = "maxif",
     .prefix = "maxif",
     .args_help = "value, condition",
     .help = "The largest value in rows for which the condition is true.",
     .example = "summarize maxif(x, x < 3)",
     .expect = "2",
     .flags = AGG_PREDICATE,
     .forms = ONE_IF,
     MAX},
    {0},
};
