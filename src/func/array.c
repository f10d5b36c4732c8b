/* Dynamic arrays: pieces of them, other orders, sums (KQL.md 4.16). Arrays in, arrays out; what
 * is no array makes the answer null. Positions count from 0, negative ones from the end. */
#include <math.h>

#include "func/kernel.h"

static bool is_array(struct str d)
{
    return dyn_kind(d) == DYN_ARRAY;
}

static struct str *array_items(struct arena *a, struct str d, size_t *n)
{
    *n = dyn_count(d);
    struct str *items = ARENA_ARRAY(a, struct str, *n);
    for (size_t i = 0; i < *n; i++)
        items[i] = dyn_item(d, i);
    return items;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* A position as written to one in [0, n]. */
static int64_t position(int64_t at, size_t n)
{
    int64_t length = (int64_t)n;

    return clamp(at < 0 ? clamp(at, -length, 0) + length : at, 0, length);
}

/* ---- joining and cutting -------------------------------------------------------------------- */

/* What is no array is passed over, unless nothing is one. */
static void array_concat(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        VEC(struct str) items = {0};
        bool any = false;
        for (size_t k = 0; k < call->n_args; k++) {
            struct str d = cell_str(args[k], i);
            any |= is_array(d);
            for (size_t n = 0; is_array(d) && n < dyn_count(d); n++)
                vec_push(call->scratch, &items, dyn_item(d, n));
        }
        if (any)
            out->strs[i] = dyn_from_array(call->scratch, items.items, items.n);
        else
            put_null(out, i);
    }
}

static void array_slice(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        size_t n;
        if (!is_array(d)) {
            put_null(out, i);
            continue;
        }
        struct str *items = array_items(call->scratch, d, &n);
        int64_t from = position(cell_int(args[1], i), n), end = cell_int(args[2], i);
        int64_t to = end < -(int64_t)n ? 0 : position(end, n) + 1;
        to = clamp(to, from, (int64_t)n);
        out->strs[i] = dyn_from_array(call->scratch, items + from, (size_t)(to - from));
    }
}

/* A number, or an array of numbers, says where the parts after the first begin. */
static struct str split_array(struct arena *a, struct str d, const int64_t *at, size_t n_at)
{
    size_t n;
    struct str *items = array_items(a, d, &n), *parts = ARENA_ARRAY(a, struct str, n_at + 1);
    int64_t from = 0;

    for (size_t k = 0; k <= n_at; k++) {
        int64_t to = k < n_at ? position(at[k], n) : (int64_t)n;
        to = to < from ? from : to;
        parts[k] = dyn_from_array(a, items + from, (size_t)(to - from));
        from = to;
    }
    return dyn_from_array(a, parts, n_at + 1);
}

static void array_split(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        struct str list = args[1]->type == TYPE_DYNAMIC ? cell_str(args[1], i) : STR_NONE;
        size_t n = args[1]->type == TYPE_DYNAMIC ? dyn_count(list) : 1;
        int64_t *at = ARENA_ARRAY(call->scratch, int64_t, n);
        bool ok = is_array(d);
        for (size_t k = 0; k < n; k++) {
            struct value v = args[1]->type == TYPE_DYNAMIC ? dyn_scalar(dyn_item(list, k))
                                                           : column_value(args[1], i);
            ok &= v.type == TYPE_LONG && !v.null;
            at[k] = ok ? v.i : 0;
        }
        if (ok && n)
            out->strs[i] = split_array(call->scratch, d, at, n);
        else
            put_null(out, i);
    }
}

/* ---- other orders --------------------------------------------------------------------------- */

static void array_reverse(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        size_t n = dyn_count(d);
        struct str *items = ARENA_ARRAY(call->scratch, struct str, n);
        for (size_t k = 0; k < n; k++)
            items[k] = dyn_item(d, n - 1 - k);
        if (is_array(d))
            out->strs[i] = dyn_from_array(call->scratch, items, n);
        else
            put_null(out, i);
    }
}

/* array_rotate_… and array_shift_…: every item moves by so many places. */
static void array_move(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    bool rotate = strstr(call->func->name, "rotate") != NULL;
    bool left = strstr(call->func->name, "left") != NULL;

    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        int64_t n = (int64_t)dyn_count(d), by = cell_int(args[1], i);
        struct str fill = call->n_args > 2 ? cell_dyn(call->scratch, args[2], i) : STR_NONE;
        struct str *items = ARENA_ARRAY(call->scratch, struct str, n);
        by = rotate && n ? by % n : clamp(by, -n, n);
        for (int64_t k = 0; k < n; k++) {
            int64_t from = left ? k + by : k - by;
            if (rotate)
                from = (from + n) % n;
            items[k] = from >= 0 && from < n ? dyn_item(d, (size_t)from) : fill;
        }
        if (is_array(d))
            out->strs[i] = dyn_from_array(call->scratch, items, (size_t)n);
        else
            put_null(out, i);
    }
}

/* ---- sorting -------------------------------------------------------------------------------- */

/* Kinds in the order in which they come: numbers, times, durations, text, guids, bools … */
static int kind_rank(enum dyn_kind kind)
{
    static const int ranks[] = {[DYN_LONG] = 0, [DYN_REAL] = 0, [DYN_DATETIME] = 1,
                                [DYN_TIMESPAN] = 2,
                                [DYN_STRING] = 3, [DYN_GUID] = 4, [DYN_BOOL] = 5, [DYN_ARRAY] = 6,
                                [DYN_BAG] = 7, [DYN_NULL] = 8};

    return ranks[kind];
}

static int compare_items(struct str x, struct str y)
{
    struct value vx = dyn_scalar(x), vy = dyn_scalar(y);
    int rank = kind_rank(dyn_kind(x)) - kind_rank(dyn_kind(y));

    if (rank)
        return rank;
    if (vx.type != vy.type) { /* a long and a real */
        vx.r = vx.type == TYPE_LONG ? (double)vx.i : vx.r;
        vy.r = vy.type == TYPE_LONG ? (double)vy.i : vy.r;
        vx.type = vy.type = TYPE_REAL;
    }
    return value_compare(vx, vy);
}

/* Merge sort, because equal items keep their order. `nulls_last` holds in both directions. */
static void sort_items(struct str *items, struct str *room, size_t n, int direction,
                       bool nulls_last)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    sort_items(items, room, half, direction, nulls_last);
    sort_items(items + half, room, n - half, direction, nulls_last);
    memcpy(room, items, n * sizeof *items);
    while (i < half && j < n) {
        bool null_i = dyn_kind(room[i]) == DYN_NULL, null_j = dyn_kind(room[j]) == DYN_NULL;
        int order = null_i != null_j ? (null_i == nulls_last ? 1 : -1)
                                     : compare_items(room[i], room[j]) * direction;
        items[k++] = order <= 0 ? room[i++] : room[j++];
    }
    while (i < half)
        items[k++] = room[i++];
    while (j < n)
        items[k++] = room[j++];
}

static void array_sort(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    int direction = strcmp(call->func->name, "array_sort_desc") == 0 ? -1 : 1;

    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        size_t n;
        struct str *items = array_items(call->scratch, d, &n);
        struct str *room = ARENA_ARRAY(call->scratch, struct str, n);
        sort_items(items, room, n, direction, call->n_args < 2 || cell_bool(args[1], i));
        if (is_array(d))
            out->strs[i] = dyn_from_array(call->scratch, items, n);
        else
            put_null(out, i);
    }
}

/* ---- questions ------------------------------------------------------------------------------ */

static int64_t index_in(struct str d, struct str value, int64_t from, int64_t length,
                        int64_t occurrence)
{
    int64_t n = (int64_t)dyn_count(d);

    if (length >= 0 && length < n - from)
        n = from + length;
    for (int64_t i = from; i < n; i++)
        if (dyn_equal(dyn_item(d, (size_t)i), value) && --occurrence == 0)
            return i;
    return -1;
}

static void array_index_of(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i), value = cell_dyn(call->scratch, args[1], i);
        int64_t start = call->n_args > 2 ? cell_int(args[2], i) : 0;
        int64_t length = call->n_args > 3 ? cell_int(args[3], i) : -1;
        int64_t occurrence = call->n_args > 4 ? cell_int(args[4], i) : 1;
        if (is_array(d) && occurrence > 0)
            out->ints[i] = index_in(d, value, position(start, dyn_count(d)), length, occurrence);
        else
            put_null(out, i);
    }
}

/* Null when something in it is no number. */
static void array_sum(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        bool ok = is_array(d);
        double sum = 0;
        for (size_t k = 0; ok && k < dyn_count(d); k++) {
            struct value v = dyn_scalar(dyn_item(d, k));
            ok = v.type == TYPE_LONG || v.type == TYPE_REAL;
            sum += v.type == TYPE_LONG ? (double)v.i : ok ? v.r : 0;
        }
        out->reals[i] = sum;
        if (!ok)
            put_null(out, i);
    }
}

static void strcat_array(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i), delimiter = cell_str(args[1], i);
        for (size_t k = 0; is_array(d) && k < dyn_count(d); k++) {
            struct str item = dyn_item(d, k);
            if (k)
                buf_add(&texts.buf, delimiter);
            if (dyn_kind(item) != DYN_NULL)
                dyn_text(&texts.buf, item, false);
        }
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define MOVE {{"dl", TYPE_DYNAMIC, array_move}}
#define SHIFT {{"dl?*", TYPE_DYNAMIC, array_move}}
#define SORT {{"d?b", TYPE_DYNAMIC, array_sort}} /* FUNC_STRICT: a second array is no bool */

const struct func functions_array[] = {
    ROW("array_concat", "array, array, …", "The items of all arrays in one.",
        "array_concat(dynamic([1, 2]), dynamic([3]))", "[1,2,3]", FUNC_NULLS,
        {{"d+", TYPE_DYNAMIC, array_concat}}),
    ROW("array_slice", "array, first, last", "The items from first to last, both included.",
        "array_slice(dynamic([1, 2, 3, 4, 5]), 1, -2)", "[2,3,4]", 0,
        {{"dll", TYPE_DYNAMIC, array_slice}}),
    ROW("array_split", "array, index | dynamic([indices])",
        "The array cut before each of the positions.",
        "array_split(dynamic([1, 2, 3, 4]), dynamic([1, 3]))", "[[1],[2,3],[4]]", 0,
        {{"dl", TYPE_DYNAMIC, array_split}, {"dd", TYPE_DYNAMIC, array_split}}),
    ROW("array_reverse", "array", "The items from last to first.",
        "array_reverse(dynamic([1, 2, 3]))",
        "[3,2,1]", 0, {{"d", TYPE_DYNAMIC, array_reverse}}),
    ROW("array_rotate_left", "array, count",
        "The items moved left, those that fall off coming in at the end.",
        "array_rotate_left(dynamic([1, 2, 3]), 1)", "[2,3,1]", 0, MOVE),
    ROW("array_rotate_right", "array, count",
        "The items moved right, those that fall off coming in at the start.",
        "array_rotate_right(dynamic([1, 2, 3]), 1)", "[3,1,2]", 0, MOVE),
    ROW("array_shift_left", "array, count [, fill]",
        "The items moved left, the end filled up (null).",
        "array_shift_left(dynamic([1, 2, 3]), 2, 0)", "[3,0,0]", FUNC_NULLS, SHIFT),
    ROW("array_shift_right", "array, count [, fill]",
        "The items moved right, the start filled up (null).",
        "array_shift_right(dynamic([1, 2, 3]), 1)", "[null,1,2]", FUNC_NULLS, SHIFT),
    ROW("array_sort_asc", "array [, nulls_last]", "The items in rising order, nulls last.",
        "array_sort_asc(dynamic([3, null, 1, 2]))", "[1,2,3,null]", FUNC_STRICT, SORT),
    ROW("array_sort_desc", "array [, nulls_last]", "The items in falling order, nulls last.",
        "array_sort_desc(dynamic([3, null, 1, 2]))", "[3,2,1,null]", FUNC_STRICT, SORT),
    ROW("array_index_of", "array, value [, start [, length [, occurrence]]]",
        "Where the value is first found in the array; -1 when nowhere.",
        "array_index_of(dynamic([\"a\", \"b\"]), \"b\")", "1", 0,
        {{"d*?lll", TYPE_LONG, array_index_of}}),
    ROW("array_sum", "array", "The sum of an array of numbers.", "array_sum(dynamic([1, 2, 3.5]))",
        "6.5", 0,
        {{"d", TYPE_REAL, array_sum}}),
    ROW("strcat_array", "array, delimiter", "The items' texts with the delimiter between them.",
        "strcat_array(dynamic([1, null, 3]), \"-\")", "1--3", 0,
        {{"ds", TYPE_STRING, strcat_array}}),
    ROW("array_strcat", "array, delimiter", "Old name of strcat_array().",
        "array_strcat(dynamic([1, 2]), \",\")", "1,2", FUNC_LEGACY,
        {{"ds", TYPE_STRING, strcat_array}}),
    {0},
};
