/* Dynamic arrays made from other things: packed values, ranges, repetitions, choices, zipped
 * arrays; and arrays taken as sets, in order of first appearance. */
#include <math.h>

#include "base/instant.h"
#include "base/map.h"
#include "func/kernel.h"

static bool is_array(struct str d)
{
    return dyn_kind(d) == DYN_ARRAY;
}

/* ---- making --------------------------------------------------------------------------------- */

static void pack_array(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    struct str *items = ARENA_ARRAY(call->scratch, struct str, call->n_args);

    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < call->n_args; k++)
            items[k] = cell_dyn(call->scratch, args[k], i);
        out->strs[i] = dyn_from_array(call->scratch, items, call->n_args);
    }
}

static void repeat(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t n = column_null(args[1], i) ? -1 : cell_int(args[1], i);
        struct str item = cell_dyn(call->scratch, args[0], i);
        if (n < 0 || n > ITEMS_MAX || (n && item.n > CELL_MAX / (size_t)n)) {
            put_null(out, i);
            continue;
        }
        struct str *items = ARENA_ARRAY(call->scratch, struct str, n);
        for (int64_t k = 0; k < n; k++)
            items[k] = item;
        out->strs[i] = dyn_from_array(call->scratch, items, (size_t)n);
    }
}

/* How many values from a on in steps stay within b; -1: too many, or none can be said. */
static int64_t steps(double a, double b, double step)
{
    double n = floor((b - a) / step);

    if (step == 0 || !isfinite(n) || n >= (double)ITEMS_MAX)
        return -1;
    return n < 0 ? 0 : (int64_t)n + 1;
}

static void range_int(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    enum type type = args[0]->type;
    int64_t by = type == TYPE_LONG ? 1 : TICKS_PER_HOUR;

    for (size_t i = 0; i < rows; i++) {
        __int128 a = cell_int(args[0], i), b = cell_int(args[1], i);
        int64_t step = call->n_args > 2 ? cell_int(args[2], i) : by;
        __int128 n = step ? (b - a) / step : -1;
        bool none = step > 0 ? b < a : b > a;
        if (step == 0 || (!none && n >= ITEMS_MAX)) {
            put_null(out, i);
            continue;
        }
        size_t count = none ? 0 : (size_t)n + 1;
        struct str *items = ARENA_ARRAY(call->scratch, struct str, count);
        for (size_t k = 0; k < count; k++) {
            struct value v = {.type = type, .i = (int64_t)(a + (__int128)k * step)};
            items[k] = dyn_from_value(call->scratch, v);
        }
        out->strs[i] = dyn_from_array(call->scratch, items, count);
    }
}

static void range_real(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        double a = cell_real(args[0], i), step = call->n_args > 2 ? cell_real(args[2], i) : 1;
        int64_t n = steps(a, cell_real(args[1], i), step);
        struct str *items = ARENA_ARRAY(call->scratch, struct str, n < 0 ? 0 : n);
        for (int64_t k = 0; k < n; k++) {
            struct value v = {.type = TYPE_REAL, .r = a + (double)k * step};
            items[k] = dyn_from_value(call->scratch, v);
        }
        if (n < 0)
            put_null(out, i);
        else
            out->strs[i] = dyn_from_array(call->scratch, items, (size_t)n);
    }
}

/* Arrays as columns of a table; its rows as arrays. Shorter ones are filled up with null. */
static void zip(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct str *parts = ARENA_ARRAY(call->scratch, struct str, call->n_args);

    for (size_t i = 0; i < rows; i++) {
        size_t longest = 0;
        bool ok = true;
        for (size_t k = 0; k < call->n_args; k++) {
            size_t n = dyn_count(cell_str(args[k], i));
            ok &= is_array(cell_str(args[k], i));
            longest = n > longest ? n : longest;
        }
        if (!ok) {
            put_null(out, i);
            continue;
        }
        struct str *items = ARENA_ARRAY(call->scratch, struct str, longest);
        for (size_t n = 0; n < longest; n++) {
            for (size_t k = 0; k < call->n_args; k++)
                parts[k] = dyn_item(cell_str(args[k], i), n);
            items[n] = dyn_from_array(call->scratch, parts, call->n_args);
        }
        out->strs[i] = dyn_from_array(call->scratch, items, longest);
    }
}

/* ---- array_iff ------------------------------------------------------------------------------ */

/* 1, 0, or -1 for what is neither. */
static int truth(struct str d)
{
    struct value v = dyn_scalar(d);

    if (v.type == TYPE_BOOL)
        return v.b;
    return v.type == TYPE_LONG ? v.i != 0 : v.type == TYPE_REAL ? v.r != 0 : -1;
}

/* Item k of an array; a scalar serves for every k. */
static struct str choice(struct arena *a, struct column *c, size_t row, size_t k)
{
    struct str d = cell_dyn(a, c, row);

    return is_array(d) ? dyn_item(d, k) : d;
}

static void array_iff(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        size_t n = dyn_count(d);
        struct str *items = ARENA_ARRAY(call->scratch, struct str, n);
        for (size_t k = 0; is_array(d) && k < n; k++) {
            int yes = truth(dyn_item(d, k));
            items[k] = yes < 0 ? STR_NONE : choice(call->scratch, args[yes ? 1 : 2], i, k);
        }
        if (is_array(d))
            out->strs[i] = dyn_from_array(call->scratch, items, n);
        else
            put_null(out, i);
    }
}

/* ---- sets ----------------------------------------------------------------------------------- */

/* Of every item the sets in which it occurs, as bits; in order of first appearance. */
struct sets {
    struct arena *arena;
    struct map at;
    VEC(struct str) items;
    VEC(uint64_t) in;
};
#define SETS_MAX 64

static void sets_init(struct sets *s, struct arena *a)
{
    *s = (struct sets){.arena = a};
    map_init(&s->at, a);
}

static void sets_add(struct sets *s, struct str array, size_t set)
{
    for (size_t i = 0; is_array(array) && i < dyn_count(array); i++) {
        struct str item = dyn_item(array, i);
        bool added;
        uint64_t *slot = map_slot(&s->at, item, s->items.n, &added);
        if (added) {
            vec_push(s->arena, &s->items, item);
            vec_push(s->arena, &s->in, 0);
        }
        s->in.items[*slot] |= UINT64_C(1) << set;
    }
}

static bool belongs(char operation, uint64_t in, size_t n)
{
    uint64_t all = n == SETS_MAX ? UINT64_MAX : (UINT64_C(1) << n) - 1;

    return operation == 'u' || (operation == 'i' && in == all) || (operation == 'd' && in == 1);
}

/* set_union, set_intersect, set_difference. What is no array is an empty set, but not as the
 * first. */
static void set_operation(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    char operation = call->func->name[strlen("set_")];

    for (size_t i = 0; i < rows; i++) {
        struct sets sets;
        size_t n = 0;
        bool any = false;
        sets_init(&sets, call->scratch);
        for (size_t k = 0; k < call->n_args; k++) {
            any |= is_array(cell_str(args[k], i)) && (k == 0 || operation == 'u');
            sets_add(&sets, cell_str(args[k], i), k);
        }
        for (size_t k = 0; k < sets.items.n; k++)
            if (belongs(operation, sets.in.items[k], call->n_args))
                sets.items.items[n++] = sets.items.items[k];
        if (any)
            out->strs[i] = dyn_from_array(call->scratch, sets.items.items, n);
        else
            put_null(out, i);
    }
}

static void *prepare_sets(struct call *call, struct column *const *constants, struct error *err)
{
    (void)constants;
    if (call->n_args > SETS_MAX)
        error_set(err, "%s(): more than %d arguments", call->func->name, SETS_MAX);
    return NULL;
}

/* Items in both and in either. */
static void jaccard(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool equals = strcmp(call->func->name, "set_equals") == 0;

    for (size_t i = 0; i < rows; i++) {
        struct sets sets;
        size_t both = 0;
        bool ok = is_array(cell_str(args[0], i)) && is_array(cell_str(args[1], i));
        sets_init(&sets, call->scratch);
        sets_add(&sets, cell_str(args[0], i), 0);
        sets_add(&sets, cell_str(args[1], i), 1);
        for (size_t k = 0; k < sets.items.n; k++)
            both += sets.in.items[k] == 3;
        if (!ok)
            put_null(out, i);
        else if (equals)
            out->bools[i] = both == sets.items.n;
        else
            out->reals[i] = sets.items.n ? (double)both / (double)sets.items.n : NAN;
    }
}

static void set_has_element(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i), value = cell_dyn(call->scratch, args[1], i);
        out->bools[i] = 0;
        for (size_t k = 0; is_array(d) && k < dyn_count(d) && !out->bools[i]; k++)
            out->bools[i] = dyn_equal(dyn_item(d, k), value);
        if (!is_array(d))
            put_null(out, i);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define SET(name_, help_, example_, expect_)                                                      \
    {                                                                                             \
        .name = name_, .args_help = "array, array, …", .help = help_, .example = example_,        \
        .expect = expect_, .flags = FUNC_NULLS, .forms = {{"dd+", TYPE_DYNAMIC, set_operation}},  \
        .prepare = prepare_sets                                                                   \
    }

const struct func functions_array_make[] = {
    ROW("pack_array", "value, …", "The values as one array.", "pack_array(1, \"a\", true)",
        "[1,\"a\",true]",
        FUNC_NULLS, {{"", TYPE_DYNAMIC, pack_array}, {"*+", TYPE_DYNAMIC, pack_array}}),
    ROW("repeat", "value, count", "An array of so many equal values.", "repeat(\"a\", 3)",
        "[\"a\",\"a\",\"a\"]",
        FUNC_NULLS, {{"*l", TYPE_DYNAMIC, repeat}}),
    ROW("range", "start, stop [, step]",
        "An array of the values from start to stop, in steps (1, or 1h).",
        "range(1, 7, 2)", "[1,3,5,7]", 0,
        {{"ll?l", TYPE_DYNAMIC, range_int}, {"rr?r", TYPE_DYNAMIC, range_real},
         {"tt?p", TYPE_DYNAMIC, range_int}, {"pp?p", TYPE_DYNAMIC, range_int}}),
    ROW("zip", "array, array, …",
        "An array of arrays: the first items, the second items, and so on.",
        "zip(dynamic([1, 2]), dynamic([\"a\", \"b\"]))", "[[1,\"a\"],[2,\"b\"]]", 0,
        {{"dd+", TYPE_DYNAMIC, zip}}),
    ROW("array_iff", "conditions, if_true, if_false",
        "Of each pair of items the first where the condition holds, else the second.",
        "array_iff(dynamic([true, false]), dynamic([1, 2]), dynamic([3, 4]))", "[1,4]", FUNC_NULLS,
        {{"d**", TYPE_DYNAMIC, array_iff}}),
    ROW("array_iif", "conditions, if_true, if_false", "The same as array_iff().",
        "array_iif(dynamic([1, 0]), \"y\", \"n\")", "[\"y\",\"n\"]", FUNC_NULLS,
        {{"d**", TYPE_DYNAMIC, array_iff}}),
    SET("set_union", "All items of all arrays, each once.",
        "set_union(dynamic([1, 2]), dynamic([2, 3]))",
        "[1,2,3]"),
    SET("set_intersect", "The items that are in every array, each once.",
        "set_intersect(dynamic([1, 2, 2]), dynamic([2, 3]))", "[2]"),
    SET("set_difference", "The items of the first array that are in none of the others.",
        "set_difference(dynamic([1, 2, 3]), dynamic([2]), dynamic([3]))", "[1]"),
    ROW("set_has_element", "array, value", "True when the value is one of the array's items.",
        "set_has_element(dynamic([\"a\", \"b\"]), \"b\")", "True", 0,
        {{"d*", TYPE_BOOL, set_has_element}}),
    ROW("set_equals", "array, array", "True when both arrays hold the same items.",
        "set_equals(dynamic([1, 2, 2]), dynamic([2, 1]))", "True", 0, {{"dd", TYPE_BOOL, jaccard}}),
    ROW("jaccard_index", "array, array", "How many items are in both, of those in either: 0 to 1.",
        "jaccard_index(dynamic([1, 2, 3]), dynamic([2, 3, 4]))", "0.5", 0,
        {{"dd", TYPE_REAL, jaccard}}),
    {0},
};
