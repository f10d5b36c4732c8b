/* Window functions (KQL.md 4.18): a cell is worked out from its row and the rows around it. The
 * evaluator hands in all rows of a serialized input at once, in order. */
#include "func/kernel.h"

/* ---- prev and next -------------------------------------------------------------------------- */

static void put_cell(struct column *out, size_t row, const struct column *from, size_t at)
{
    struct value v = column_value(from, at);

    if (v.null)
        put_null(out, row);
    else
        column_set(out, row, v);
}

static void neighbour(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    bool back = call->func->name[0] == 'p'; /* prev or next */

    for (size_t i = 0; i < rows; i++) {
        int64_t by = call->n_args > 1 ? cell_int(args[1], i) : 1, at;
        bool unknown = call->n_args > 1 && column_null(args[1], i);
        bool fits = back ? !__builtin_sub_overflow((int64_t)i, by, &at)
                         : !__builtin_add_overflow((int64_t)i, by, &at);
        if (!unknown && fits && at >= 0 && at < (int64_t)rows)
            put_cell(out, i, args[0], (size_t)at);
        else if (call->n_args > 2 && out->type == TYPE_DYNAMIC)
            column_set_dynamic(out, i, cell_dyn(call->scratch, args[2], i));
        else if (call->n_args > 2)
            put_cell(out, i, args[2], i);
        else
            put_null(out, i);
    }
}

/* ---- numbers and sums ----------------------------------------------------------------------- */

/* The flag that begins again, argument k; null is false. */
static bool restarts(struct call *call, struct column *const *args, size_t k, size_t row)
{
    return call->n_args > k && !column_null(args[k], row) && cell_bool(args[k], row);
}

static void row_number(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    uint64_t n = 0;

    for (size_t i = 0; i < rows; i++) {
        bool start = i == 0 || restarts(call, args, 1, i);
        if (start)
            n = call->n_args && !column_null(args[0], i) ? (uint64_t)cell_int(args[0], i) : 1;
        out->ints[i] = (int64_t)n++;
    }
}

/* A null adds nothing. */
static void cumsum_int(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < rows; i++) {
        if (restarts(call, args, 1, i))
            sum = 0;
        if (!column_null(args[0], i))
            sum += (uint64_t)cell_int(args[0], i);
        out->ints[i] = (int64_t)sum;
    }
}

static void cumsum_real(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    double sum = 0;

    for (size_t i = 0; i < rows; i++) {
        if (restarts(call, args, 1, i))
            sum = 0;
        if (!column_null(args[0], i))
            sum += cell_real(args[0], i);
        out->reals[i] = sum;
    }
}

/* ---- ranks ---------------------------------------------------------------------------------- */

/* Rows of equal values share a rank; the next value has the next one, or (row_rank_min) its row's
 * number. */
static void row_rank(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool dense = strcmp(call->func->name, "row_rank_dense") == 0;
    int64_t rank = 0, row = 0;

    for (size_t i = 0; i < rows; i++) {
        bool start = i == 0 || restarts(call, args, 1, i);
        if (start)
            rank = row = 0;
        row++;
        if (start || !value_equal(column_value(args[0], i), column_value(args[0], i - 1)))
            rank = dense ? rank + 1 : row;
        out->ints[i] = rank;
    }
}

/* ---- sessions ------------------------------------------------------------------------------- */

static bool later_by(int64_t t, int64_t from, int64_t span)
{
    int64_t border;

    return !__builtin_add_overflow(from, span, &border) && t >= border;
}

/* The time at which the row's session began. A null time is in no session. */
static void session(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    int64_t first = 0, last = 0;
    bool open = false;

    for (size_t i = 0; i < rows; i++) {
        if (column_null(args[0], i)) {
            put_null(out, i);
            open = false;
            continue;
        }
        int64_t t = cell_int(args[0], i);
        if (!open || restarts(call, args, 3, i) || later_by(t, first, cell_int(args[1], i)) ||
            later_by(t, last, cell_int(args[2], i)))
            first = t;
        open = true;
        last = t;
        out->ints[i] = first;
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define EACH_TYPE                                                                          \
    {{"b?lb", TYPE_BOOL, neighbour}, {"i?li", TYPE_INT, neighbour},                        \
     {"l?ll", TYPE_LONG, neighbour}, {"r?lr", TYPE_REAL, neighbour},                       \
     {"m?lm", TYPE_DECIMAL, neighbour}, {"s?ls", TYPE_STRING, neighbour},                  \
     {"t?lt", TYPE_DATETIME, neighbour}, {"p?lp", TYPE_TIMESPAN, neighbour},               \
     {"g?lg", TYPE_GUID, neighbour}, {"d?l*", TYPE_DYNAMIC, neighbour}}
#define RANK {{"*?b", TYPE_LONG, row_rank}}
#define WINDOW (FUNC_WINDOW | FUNC_NULLS)

const struct func functions_window[] = {
    ROW("prev", "column [, count [, default]]", "The column's value some rows (1) before.", NULL,
        NULL, WINDOW,
        EACH_TYPE),
    ROW("next", "column [, count [, default]]", "The column's value some rows (1) after.", NULL,
        NULL, WINDOW,
        EACH_TYPE),
    ROW("row_number", "[start [, restart]]",
        "The number of the row, from start (1); begins again where restart holds.",
        NULL, NULL, WINDOW, {{"", TYPE_LONG, row_number}, {"l?b", TYPE_LONG, row_number}}),
    ROW("row_cumsum", "number [, restart]",
        "The sum up to this row; begins again where restart holds.", NULL,
        NULL, WINDOW,
        {{"l?b", TYPE_LONG, cumsum_int}, {"r?b", TYPE_REAL, cumsum_real},
         {"m?b", TYPE_DECIMAL, cumsum_real},
         {"p?b", TYPE_TIMESPAN, cumsum_int}}),
    ROW("row_rank_dense", "value [, restart]",
        "How many different values there were up to this row.", NULL,
        NULL, WINDOW, RANK),
    ROW("row_rank_min", "value [, restart]",
        "The number of the first row that has this row's value.", NULL,
        NULL, WINDOW, RANK),
    ROW("row_window_session", "time, max_from_first, max_between [, restart]",
        "The first time of the session that the row belongs to.", NULL, NULL, WINDOW,
        {{"tpp?b", TYPE_DATETIME, session}, {"lll?b", TYPE_LONG, session},
         {"ppp?b", TYPE_TIMESPAN, session}}),
    {0},
};
