/* percentile, percentiles, percentiles_array: exact, by nearest rank: the least value that has at
 * least p percent of the values at or below it. All values of a group are kept until the end. */
#include <math.h>
#include <stdlib.h>
#include "func/aggregate_internal.h"

struct values {
    uint64_t n, cap;
    union {
        uint64_t one; /* cap == 0: the only value */
        uint64_t *items;
    };
};

static size_t values_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(struct values);
}

static const uint64_t *values_items(const struct values *v)
{
    return v->cap ? v->items : &v->one;
}

static void values_add(struct arena *a, struct values *v, uint64_t bits)
{
    if (v->n == 0 && v->cap == 0) {
        v->one = bits;
        v->n = 1;
        return;
    }
    if (v->cap == 0) {
        uint64_t first = v->one;
        v->cap = 4;
        v->items = arena_alloc(a, v->cap * sizeof *v->items);
        v->items[0] = first;
    } else if (v->n == v->cap) {
        v->items =
            arena_grow(a, v->items, v->cap * sizeof *v->items, v->cap * 2 * sizeof *v->items);
        v->cap *= 2;
    }
    v->items[v->n++] = bits;
}

static bool in_reals(const struct agg *agg)
{
    return type_shape(agg->args[0]) == SHAPE_REAL;
}

static void update(struct agg *agg, void *states, const uint32_t *groups, const uint64_t *ordinals,
                   struct column *const *args, size_t rows)
{
    const struct column *c = args[0];
    (void)ordinals;
    for (size_t i = 0; i < rows; i++) {
        uint64_t bits;
        if (column_null(c, i))
            continue;
        if (in_reals(agg))
            memcpy(&bits, &c->reals[column_at(c, i)], sizeof bits);
        else
            bits = (uint64_t)c->ints[column_at(c, i)];
        values_add(agg->arena, (struct values *)states + groups[i], bits);
    }
}

static void merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct values *v = (const struct values *)from + i;
        const uint64_t *items = values_items(v);
        for (uint64_t k = 0; k < v->n; k++)
            values_add(agg->arena, (struct values *)into + map[i], items[k]);
    }
}

/* ---- results --------------------------------------------------------------------------------- */

static int compare_ints(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static int compare_reals(const void *x, const void *y)
{
    struct value a = {.type = TYPE_REAL}, b = a;
    memcpy(&a.r, x, sizeof a.r);
    memcpy(&b.r, y, sizeof b.r);
    return value_compare(a, b);
}

static struct value value_at(const struct agg *agg, const uint64_t *sorted, uint64_t n,
                             double percent, enum type t)
{
    struct value v = {.type = t, .null = n == 0};
    if (n == 0)
        return v;
    /* 95 % of 20 is the 19th although 0.95 * 20 may come out a hair above 19 */
    double rank = ceil(percent / 100 * (double)n - 1e-9);
    uint64_t at = !(rank >= 1) ? 0 : rank >= (double)n ? n - 1 : (uint64_t)rank - 1;
    if (in_reals(agg))
        memcpy(&v.r, &sorted[at], sizeof v.r);
    else
        v.i = (int64_t)sorted[at];
    return v;
}

static const uint64_t *sorted_copy(const struct agg *agg, struct arena *scratch,
                                   const struct values *v)
{
    uint64_t *sorted = arena_alloc(scratch, v->n * sizeof *sorted);
    if (v->n)
        memcpy(sorted, values_items(v), v->n * sizeof *sorted);
    qsort(sorted, v->n, sizeof *sorted, in_reals(agg) ? compare_reals : compare_ints);
    return sorted;
}

static void finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < n; i++) {
        const struct values *v = (const struct values *)states + i;
        const uint64_t *sorted = sorted_copy(agg, scratch, v);
        for (size_t k = 0; k < agg->n_parameters; k++)
            column_set(outs[k], i, value_at(agg, sorted, v->n, agg->parameters[k], outs[k]->type));
        arena_reset(scratch);
    }
    arena_free(scratch);
}

static void finish_array(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < n; i++) {
        const struct values *v = (const struct values *)states + i;
        const uint64_t *sorted = sorted_copy(agg, scratch, v);
        struct str parts[sizeof agg->parameters / sizeof *agg->parameters];
        for (size_t k = 0; k < agg->n_parameters; k++)
            parts[k] = dyn_from_value(
                scratch, value_at(agg, sorted, v->n, agg->parameters[k], agg->args[0]));
        outs[0]->strs[i] = dyn_from_array(outs[0]->arena, parts, agg->n_parameters);
        if (v->n == 0)
            column_set_null(outs[0], i);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

#define FORMS                                                                                      \
    {                                                                                              \
        {"i", TYPE_LONG}, {"l", TYPE_NONE}, {"r", TYPE_NONE}, {"m", TYPE_NONE}, {"t", TYPE_NONE},  \
        {                                                                                          \
            "p", TYPE_NONE                                                                         \
        }                                                                                          \
    }
#define VALUES .state_size = values_size, .update = update, .merge = merge

const struct aggregate aggregates_percentile[] = {
    {.name = "percentile",
     .prefix = "percentile",
     .args_help = "value, percent",
     .help = "The least value with at least that percentage of the values at or below it.",
     .example = "summarize percentile(x, 50)",
     .expect = "2",
     .flags = AGG_PERCENTILES | AGG_LATE,
     .forms = FORMS,
     VALUES,
     .finish = finish},
    {.name = "percentiles",
     .prefix = "percentile",
     .args_help = "value, percent, …",
     .help = "percentile() at several percentages, a column each.",
     .example = "summarize percentiles(x, 0, 100) | project percentile_x_100",
     .expect = "3",
     .flags = AGG_PERCENTILES | AGG_LATE,
     .forms = FORMS,
     VALUES,
     .finish = finish},
    {.name = "percentiles_array",
     .prefix = "percentiles",
     .args_help = "value, percent, …",
     .help = "percentile() at several percentages, as an array.",
     .example = "summarize percentiles_array(x, 0, 100)",
     .expect = "[1,3]",
     .flags = AGG_PERCENTILES | AGG_LATE,
     .forms = {{"i", TYPE_DYNAMIC},
               {"l", TYPE_DYNAMIC},
               {"r", TYPE_DYNAMIC},
               {"m", TYPE_DYNAMIC},
               {"t", TYPE_DYNAMIC},
               {"p", TYPE_DYNAMIC}},
     VALUES,
     .finish = finish_array},
    {0},
};
