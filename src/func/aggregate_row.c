/* arg_max, arg_min and take_any: cells of one row of the group. The state holds a cell for each
 * column; within a chunk the winner is only remembered by its row, so that a group copies its cells
 * once a chunk. */
#include <math.h>
#include "func/aggregate_internal.h"

enum { NOTHING, POOR, GOOD }; /* POOR: arg_max of nulls only; take_any of an empty value */

struct chosen {
    uint64_t ordinal;
    uint32_t row; /* of the chunk at hand, + 1, when its cells are still to be copied */
    uint8_t rank;
    struct cell cells[]; /* one for each argument */
};

/* A condition has no cell. */
static size_t n_cells(const struct agg *agg)
{
    return agg->n_args - !!(agg->row->flags & AGG_PREDICATE);
}

static size_t chosen_size(const struct agg *agg)
{
    return sizeof(struct chosen) + n_cells(agg) * sizeof(struct cell);
}

static struct chosen *chosen_at(const struct agg *agg, const void *states, size_t i)
{
    return (struct chosen *)((char *)(uintptr_t)states + i * chosen_size(agg));
}

static void copy_cells(struct agg *agg, void *states, const uint32_t *groups,
                       struct column *const *args, size_t rows, size_t first)
{
    for (size_t i = 0; i < rows; i++) {
        struct chosen *s = chosen_at(agg, states, groups[i]);
        if (s->row != i + 1)
            continue;
        s->row = 0;
        for (size_t k = first; k < n_cells(agg); k++)
            cell_set(agg, &s->cells[k], args[k], i);
    }
}

static void finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    for (size_t i = 0; i < n; i++) {
        const struct chosen *s = chosen_at(agg, states, i);
        for (size_t k = 0; k < n_cells(agg); k++) {
            struct value v = cell_value(&s->cells[k], agg->args[k]);
            v.null = v.null || s->rank == NOTHING;
            column_set(outs[k], i, v);
        }
    }
}

static void copy_chosen(const struct agg *agg, struct chosen *into, const struct chosen *from)
{
    into->ordinal = from->ordinal;
    into->rank = from->rank;
    for (size_t k = 0; k < n_cells(agg); k++)
        cell_copy(&into->cells[k], &from->cells[k]);
}

/* ---- arg_max, arg_min ------------------------------------------------------------------------ */

/* Nulls do not count unless there is nothing else; NaN is below every number for both. */
static int order(struct value x, struct value y, bool max)
{
    int o = value_compare(x, y);
    if (type_shape(x.type) == SHAPE_REAL && (isnan(x.r) || isnan(y.r)))
        return o;
    return max ? o : -o;
}

static void offer(struct agg *agg, void *states, const uint32_t *groups, const uint64_t *ordinals,
                  struct column *const *args, size_t rows, bool max)
{
    agg_need_strs(args, n_cells(agg));
    for (size_t i = 0; i < rows; i++) {
        struct chosen *s = chosen_at(agg, states, groups[i]);
        struct value v = column_value(args[0], i);
        uint8_t rank = v.null ? POOR : GOOD;
        bool better = rank > s->rank || (rank == GOOD && s->rank == GOOD &&
                                         order(v, cell_value(&s->cells[0], v.type), max) > 0);
        if (!better)
            continue;
        s->rank = rank;
        s->ordinal = ordinals[i];
        s->row = (uint32_t)i + 1;
        cell_set(agg, &s->cells[0], args[0], i);
    }
    copy_cells(agg, states, groups, args, rows, 1);
}

static void merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n,
                  bool max)
{
    enum type t = agg->args[0];
    for (size_t i = 0; i < n; i++) {
        struct chosen *to = chosen_at(agg, into, map[i]);
        const struct chosen *s = chosen_at(agg, from, i);
        int o = (int)s->rank - (int)to->rank;
        if (o == 0 && s->rank == GOOD)
            o = order(cell_value(&s->cells[0], t), cell_value(&to->cells[0], t), max);
        if (o > 0 || (o == 0 && s->rank != NOTHING && s->ordinal < to->ordinal))
            copy_chosen(agg, to, s);
    }
}

static void min_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    offer(agg, states, groups, ordinals, args, rows, false);
}

static void max_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    offer(agg, states, groups, ordinals, args, rows, true);
}

static void min_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    merge(agg, into, from, map, n, false);
}

static void max_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    merge(agg, into, from, map, n, true);
}

/* ---- take_any -------------------------------------------------------------------------------- */

/* A single column prefers a value to none; of whole rows the first is taken as it is. */
static uint8_t worth(const struct agg *agg, const struct column *c, size_t i)
{
    if (n_cells(agg) > 1)
        return GOOD;
    struct value v = column_value(c, i);
    bool none = v.null || (type_shape(v.type) == SHAPE_STR && v.s.n == 0) ||
                (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_NULL);
    return none ? POOR : GOOD;
}

static void any_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args);
    agg_need_strs(args, n_cells(agg));
    for (size_t i = 0; i < rows; i++) {
        struct chosen *s = chosen_at(agg, states, groups[i]);
        if (s->rank == GOOD || agg_skips(when, i))
            continue;
        uint8_t rank = worth(agg, args[0], i);
        if (rank <= s->rank)
            continue;
        s->rank = rank;
        s->ordinal = ordinals[i];
        s->row = (uint32_t)i + 1;
    }
    copy_cells(agg, states, groups, args, rows, 0);
}

static void any_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct chosen *to = chosen_at(agg, into, map[i]);
        const struct chosen *s = chosen_at(agg, from, i);
        if (s->rank > to->rank ||
            (s->rank == to->rank && s->rank != NOTHING && s->ordinal < to->ordinal))
            copy_chosen(agg, to, s);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ARG(which, name_, more, text, ex, ex_value)                                                \
    {                                                                                              \
        .name = name_, .prefix = #which, .args_help = "measure, * | column, …", .help = text,      \
        .example = ex, .expect = ex_value, .flags = AGG_ARG | (more),                              \
        .forms = {{"i", TYPE_NONE}, {"l", TYPE_NONE}, {"r", TYPE_NONE}, {"m", TYPE_NONE},          \
                  {"t", TYPE_NONE}, {"p", TYPE_NONE}, {"s", TYPE_NONE}, {"b", TYPE_NONE}},         \
        .state_size = chosen_size, .update = which##_update, .merge = which##_merge,               \
        .finish = finish                                                                           \
    }
#define ANY(name_, prefix_, more, text, ex, ex_value)                                              \
    {                                                                                              \
        .name = name_, .prefix = prefix_, .args_help = "* | column, …", .help = text,              \
        .example = ex, .expect = ex_value, .flags = AGG_ANY | (more), .forms = {{"*", TYPE_NONE}}, \
        .state_size = chosen_size, .update = any_update, .merge = any_merge, .finish = finish      \
    }
#define ANY_IF(name_, prefix_, more, text, ex, ex_value)                                           \
    {                                                                                              \
        .name = name_, .prefix = prefix_, .args_help = "value, condition", .help = text,           \
        .example = ex, .expect = ex_value, .flags = AGG_PREDICATE | (more),                        \
        .forms = {{"*b", TYPE_NONE}}, .state_size = chosen_size, .update = any_update,             \
        .merge = any_merge, .finish = finish                                                       \
    }

const struct aggregate aggregates_row[] = {
    ARG(max, "arg_max", 0, "The largest measure, and the columns of the row that has it.",
        "summarize arg_max(x % 3, x) | project x", "2"),
    ARG(min, "arg_min", 0, "The least measure, and the columns of the row that has it.",
        "summarize arg_min(x % 3, x) | project x", "3"),
    ARG(max, "argmax", AGG_LEGACY, "Old spelling of arg_max().",
        "summarize argmax(x, x) | project x", "3"),
    ARG(min, "argmin", AGG_LEGACY, "Old spelling of arg_min().",
        "summarize argmin(x, x) | project x", "1"),
    ANY("take_any", NULL, 0, "The columns of any one row of the group; ours is the first.",
        "summarize take_any(x)", "3"),
    ANY("any", "any", AGG_LEGACY, "Old spelling of take_any().", "summarize any(x)", "3"),
    ANY_IF("take_anyif", NULL, 0,
           "A value of any one row for which the condition is true; ours is the first.",
           "summarize take_anyif(x, x < 3)", "1"),
    ANY_IF("anyif", "anyif", AGG_LEGACY, "Old spelling of take_anyif().",
           "summarize anyif(x, x < 3)", "1"),
    {0},
};
