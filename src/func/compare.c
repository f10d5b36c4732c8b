/* == != < <= > >= =~ !~ between: what it means that two cells are the same, or in order.
 * Numbers compare across their types; a text and a number compare as texts; a dynamic compares by
 * what is in it, turned into the other side's type; everything else only with its own type (KQL.md
 * 2.3, 2.5). */
#include <math.h>
#include "base/utf8.h"
#include "func/func_internal.h"

/* ---- single values --------------------------------------------------------------------------- */

struct value value_inner(struct value v)
{
    return v.type == TYPE_DYNAMIC && !v.null ? dyn_scalar(v.s) : v;
}

static bool is_whole(enum type t)
{
    return t == TYPE_INT || t == TYPE_LONG;
}

static double as_real(struct value v)
{
    return is_whole(v.type) ? (double)v.i : v.r;
}

/* The one place where text meets a number: "200" == 200, "0200" != 200. */
static bool text_is_number(struct str s, struct value number)
{
    struct buf text = {0};
    value_text(&text, number);
    bool same = str_eq(s, buf_str(&text));
    buf_release(&text);
    return same;
}

/* A text that stood in a dynamic, against a type that JSON cannot hold. */
static bool text_is(struct str s, struct value other)
{
    struct value v = {.type = TYPE_STRING, .s = s};
    if (other.type == TYPE_DYNAMIC) /* an array or a bag */
        return false;
    if (other.type == TYPE_GUID)
        return str_eq_nocase(s, other.s);
    v = value_convert(NULL, v, other.type);
    return !v.null && value_equal(v, other);
}

bool value_same(struct value x, struct value y)
{
    x = value_inner(x);
    y = value_inner(y);
    if (x.null || y.null)
        return false;
    if (x.type == TYPE_STRING && y.type == TYPE_STRING)
        return str_eq(x.s, y.s);
    if (type_is_number(x.type) && type_is_number(y.type))
        return is_whole(x.type) && is_whole(y.type) ? x.i == y.i : as_real(x) == as_real(y);
    if (x.type == TYPE_STRING)
        return type_is_number(y.type) ? text_is_number(x.s, y) : text_is(x.s, y);
    if (y.type == TYPE_STRING)
        return type_is_number(x.type) ? text_is_number(y.s, x) : text_is(y.s, x);
    return x.type == y.type && value_equal(x, y);
}

bool value_order(struct value x, struct value y, int *order)
{
    enum type tx = x.type, ty = y.type;
    x = value_inner(x);
    y = value_inner(y);
    if (tx == TYPE_DYNAMIC && !x.null && x.type == TYPE_STRING)
        x = value_convert(NULL, x, ty);
    if (ty == TYPE_DYNAMIC && !y.null && y.type == TYPE_STRING)
        y = value_convert(NULL, y, tx);
    if (x.null || y.null)
        return false;
    if (type_is_number(x.type) && type_is_number(y.type) &&
        !(is_whole(x.type) && is_whole(y.type))) {
        double a = as_real(x), b = as_real(y);
        *order = (a > b) - (a < b);
        return !isnan(a) && !isnan(b);
    }
    if (!(type_is_number(x.type) && type_is_number(y.type)) && x.type != y.type)
        return false;
    *order = value_compare(x, y);
    return true;
}

bool types_comparable(enum type x, enum type y)
{
    if (x == TYPE_DYNAMIC || y == TYPE_DYNAMIC)
        return x != y;
    return x == y || (type_is_number(x) && type_is_number(y)) ||
           (x == TYPE_STRING && type_is_number(y)) || (y == TYPE_STRING && type_is_number(x));
}

static bool types_ordered(enum type x, enum type y)
{
    bool orders[TYPE_COUNT] = {
        [TYPE_INT] = true,     [TYPE_LONG] = true,     [TYPE_REAL] = true,
        [TYPE_DECIMAL] = true, [TYPE_DATETIME] = true, [TYPE_TIMESPAN] = true};
    if (x == TYPE_DYNAMIC || y == TYPE_DYNAMIC)
        return x != y && orders[x == TYPE_DYNAMIC ? y : x];
    return orders[x] && orders[y] && (x == y || (type_is_number(x) && type_is_number(y)));
}

static enum type equality_result(const enum type *args, size_t n, const char **why)
{
    if (n == 2 && types_comparable(args[0], args[1]))
        return TYPE_BOOL;
    *why = n == 2 && args[0] == TYPE_DYNAMIC && args[1] == TYPE_DYNAMIC
               ? "two dynamic values cannot be compared; convert one side first, e.g. tostring(x)"
               : "values of these types cannot be compared; convert one side first";
    return TYPE_NONE;
}

static enum type order_result(const enum type *args, size_t n, const char **why)
{
    if (n == 2 && types_ordered(args[0], args[1]))
        return TYPE_BOOL;
    *why = n == 2 && (args[0] == TYPE_STRING || args[1] == TYPE_STRING)
               ? "strings have no order here; convert first, e.g. toint(x), or use strcmp()"
               : "values of these types have no order; convert one side first";
    return TYPE_NONE;
}

/* ---- == and != ------------------------------------------------------------------------------- */

static struct column *numbers_as_text(struct call *call, const struct column *c, size_t rows)
{
    struct column *text = column_new(call->scratch, TYPE_STRING, c->constant ? 1 : rows);
    text->constant = c->constant;
    for (size_t i = 0; i < text->n; i++)
        text->strs[i] = value_convert(call->scratch, column_value(c, i), TYPE_STRING).s;
    return text;
}

static void same_strs(struct column *out, struct column *a, struct column *b, size_t rows)
{
    struct strs x = strs_of(a), y = strs_of(b);
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = str_eq(str_at(x, i), str_at(y, i));
}

static void same_ints(struct column *out, const struct column *a, const struct column *b,
                      size_t rows)
{
    struct ints x = ints_of(a), y = ints_of(b);
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = int_at(x, i) == int_at(y, i);
}

static void same_cells(struct call *call, struct column *out, struct column *a, struct column *b,
                       size_t rows)
{
    enum shape sa = type_shape(a->type), sb = type_shape(b->type);
    if (a->type == TYPE_DYNAMIC || b->type == TYPE_DYNAMIC) {
        column_strs(a->type == TYPE_DYNAMIC ? a : b);
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = value_same(column_value(a, i), column_value(b, i));
    } else if (sa == SHAPE_STR || sb == SHAPE_STR) {
        same_strs(out, sa == SHAPE_STR ? a : numbers_as_text(call, a, rows),
                  sb == SHAPE_STR ? b : numbers_as_text(call, b, rows), rows);
    } else if (sa == SHAPE_BOOL) {
        struct bools x = bools_of(a), y = bools_of(b);
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = bool_at(x, i) == bool_at(y, i);
    } else if (sa == SHAPE_INT && sb == SHAPE_INT) {
        same_ints(out, a, b, rows);
    } else {
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = number_at(a, i) == number_at(b, i);
    }
}

static bool may_be_null(const struct column *c)
{
    return c->nulls || c->type == TYPE_DYNAMIC;
}

static bool cell_null(const struct column *c, size_t i)
{
    return c->type == TYPE_DYNAMIC ? dyn_cell_null(c, i) : column_null(c, i);
}

/* One side null: they differ. Both: nobody knows. */
static void settle_nulls(struct column *out, struct column *a, struct column *b, size_t rows,
                         bool differs)
{
    if (!may_be_null(a) && !may_be_null(b))
        return;
    for (size_t i = 0; i < rows; i++) {
        bool na = cell_null(a, i), nb = cell_null(b, i);
        if (na || nb)
            out->bools[i] = differs;
        if (na && nb)
            column_set_null(out, i);
    }
}

static void equal(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    same_cells(call, out, args[0], args[1], rows);
    settle_nulls(out, args[0], args[1], rows, false);
}

static void differ(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    same_cells(call, out, args[0], args[1], rows);
    for (size_t i = 0; i < rows; i++)
        out->bools[i] ^= 1;
    settle_nulls(out, args[0], args[1], rows, true);
}

/* ---- =~ and !~ ------------------------------------------------------------------------------- */

static void fold_equal(struct column *out, struct column *const *args, size_t rows, bool differs)
{
    struct strs x = strs_of(args[0]), y = strs_of(args[1]);
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = utf8_eq_fold(str_at(x, i), str_at(y, i)) != differs;
}

static void equal_fold(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    (void)call;
    fold_equal(out, args, rows, false);
}

static void differ_fold(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    (void)call;
    fold_equal(out, args, rows, true);
}

/* ---- order ----------------------------------------------------------------------------------- */

/* A dynamic side goes value by value; what has no order to the other side is null. */
static void order_values(struct column *out, struct column *a, struct column *b, size_t rows,
                         int wanted)
{
    column_strs(a->type == TYPE_DYNAMIC ? a : b);
    for (size_t i = 0; i < rows; i++) {
        int order = 0;
        if (!value_order(column_value(a, i), column_value(b, i), &order))
            column_set_null(out, i);
        out->bools[i] = (wanted & (order < 0 ? 1 : order == 0 ? 2 : 4)) != 0;
    }
}

/* The three kernels differ in nothing but the comparison, which must stand in the innermost
 * loop. */
#define ORDER_KERNEL(name, op, wanted)                                                             \
    static void name(struct call *call, struct column *out, struct column *const *args,            \
                     size_t rows)                                                                  \
    {                                                                                              \
        struct column *a = args[0], *b = args[1];                                                  \
        (void)call;                                                                                \
        if (a->type == TYPE_DYNAMIC || b->type == TYPE_DYNAMIC) {                                  \
            order_values(out, a, b, rows, wanted);                                                 \
        } else if (type_shape(a->type) == SHAPE_INT && type_shape(b->type) == SHAPE_INT) {         \
            struct ints x = ints_of(a), y = ints_of(b);                                            \
            for (size_t i = 0; i < rows; i++)                                                      \
                out->bools[i] = int_at(x, i) op int_at(y, i);                                      \
        } else {                                                                                   \
            for (size_t i = 0; i < rows; i++)                                                      \
                out->bools[i] = number_at(a, i) op number_at(b, i);                                \
        }                                                                                          \
    }
ORDER_KERNEL(less, <, 1)
ORDER_KERNEL(less_or_equal, <=, 3)
ORDER_KERNEL(greater, >, 4)
ORDER_KERNEL(greater_or_equal, >=, 6)

/* ---- between --------------------------------------------------------------------------------- */

static enum type between_result(const enum type *args, size_t n, const char **why)
{
    if (n == 3 && args[0] == TYPE_DATETIME && args[1] == TYPE_DATETIME && args[2] == TYPE_TIMESPAN)
        return TYPE_BOOL;
    if (n == 3 && order_result(args, 2, why) == TYPE_BOOL) {
        enum type ends[2] = {args[0], args[2]};
        return order_result(ends, 2, why);
    }
    return TYPE_NONE;
}

static void within_ints(struct column *out, struct column *const *args, size_t rows, bool outside)
{
    struct ints x = ints_of(args[0]), low = ints_of(args[1]), high = ints_of(args[2]);
    /* from a for so long */
    bool span = args[0]->type == TYPE_DATETIME && args[2]->type == TYPE_TIMESPAN;
    for (size_t i = 0; i < rows; i++) {
        int64_t a = int_at(low, i), b = int_at(high, i);
        if (span && __builtin_add_overflow(a, b, &b))
            b = b < 0 ? INT64_MAX : INT64_MIN; /* it wrapped the other way */
        out->bools[i] = (int_at(x, i) >= a && int_at(x, i) <= b) != outside;
    }
}

static void within(struct column *out, struct column *const *args, size_t rows, bool outside)
{
    bool ints = true, dynamic = false;
    for (size_t k = 0; k < 3; k++) {
        ints = ints && type_shape(args[k]->type) == SHAPE_INT;
        if (args[k]->type == TYPE_DYNAMIC) {
            dynamic = true;
            column_strs(args[k]);
        }
    }
    if (ints) {
        within_ints(out, args, rows, outside);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        int low = 0, high = 0;
        if (dynamic) {
            struct value x = column_value(args[0], i);
            if (!value_order(x, column_value(args[1], i), &low) ||
                !value_order(x, column_value(args[2], i), &high))
                column_set_null(out, i);
            out->bools[i] = (low >= 0 && high <= 0) != outside;
        } else {
            double x = number_at(args[0], i);
            out->bools[i] = (x >= number_at(args[1], i) && x <= number_at(args[2], i)) != outside;
        }
    }
}

static void between(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    within(out, args, rows, false);
}

static void not_between(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    (void)call;
    within(out, args, rows, true);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define EQUALITY(op, kernel_, needle, text, ex, ex_value)                                          \
    {                                                                                              \
        .name = op, .args_help = "left, right", .help = text, .example = ex, .expect = ex_value,   \
        .flags = FUNC_OPERATOR | FUNC_NULLS | FUNC_STRICT | (needle),                              \
        .forms = {{"**", TYPE_NONE, kernel_}}, .result = equality_result                           \
    }
#define ORDER(op, kernel_, text, ex, ex_value)                                                     \
    {                                                                                              \
        .name = op, .args_help = "left, right", .help = text, .example = ex, .expect = ex_value,   \
        .flags = FUNC_OPERATOR | FUNC_STRICT, .forms = {{"**", TYPE_NONE, kernel_}},               \
        .result = order_result                                                                     \
    }
#define BETWEEN(op, kernel_, text, ex, ex_value)                                                   \
    {                                                                                              \
        .name = op, .args_help = "value, low, high", .help = text, .example = ex,                  \
        .expect = ex_value, .flags = FUNC_OPERATOR | FUNC_STRICT,                                  \
        .forms = {{"***", TYPE_NONE, kernel_}}, .result = between_result                           \
    }

const struct func functions_compare[] = {
    EQUALITY("==", equal, FUNC_NEEDLE, "True where both sides are the same; case counts.",
             "\"a\" == \"A\"", "False"),
    EQUALITY("!=", differ, 0, "True where the sides differ, also where one of them is null.",
             "int(null) != 5", "True"),
    EQUALITY("<>", differ, FUNC_LEGACY, "Old spelling of !=.", "1 <> 2", "True"),
    {.name = "=~",
     .args_help = "left, right",
     .help = "True where both texts are the same but for case.",
     .example = "\"CAFÉ\" =~ \"café\"",
     .expect = "True",
     .flags = FUNC_OPERATOR | FUNC_NEEDLE,
     .forms = {{"ss", TYPE_BOOL, equal_fold}}},
    {.name = "!~",
     .args_help = "left, right",
     .help = "True where the texts differ by more than case.",
     .example = "\"GET\" !~ \"get\"",
     .expect = "False",
     .flags = FUNC_OPERATOR,
     .forms = {{"ss", TYPE_BOOL, differ_fold}}},
    ORDER("<", less, "True where the left side is the smaller one.", "1 < 1.5", "True"),
    ORDER("<=", less_or_equal, "True where the left side is not the larger one.", "2 <= 2", "True"),
    ORDER(">", greater, "True where the left side is the larger one.", "1d > 25h", "False"),
    ORDER(">=", greater_or_equal, "True where the left side is not the smaller one.",
          "datetime(2020-01-02) >= datetime(2020-01-01)", "True"),
    BETWEEN("between", between,
            "True where the value is in the range, both ends included; an end that is a timespan "
            "counts from "
            "the start.",
            "datetime(2020-01-02) between (datetime(2020-01-01) .. 1d)", "True"),
    BETWEEN("!between", not_between, "True where the value is outside the range.",
            "5 !between (1 .. 5)", "False"),
    {0},
};
