/* in, !in, in~, !in~: the left side against a list. args[0] is the left side, the others are
 * elements; an element that is a dynamic array stands for its elements. A list that is constant is
 * turned once into what the left side's type is looked up in fastest; any other goes value by
 * value. */
#include <math.h>
#include <stdlib.h>
#include "base/map.h"
#include "base/utf8.h"
#include "func/func_internal.h"

#ifdef HARRIER_TINY
#define SMALL_LIST 1
#else
#define SMALL_LIST 8 /* texts that are compared one by one */
#endif

struct list {
    struct value *values;  /* every element that is not null */
    size_t n;
    struct str *texts;     /* left side a string: the elements' texts, folded for in~ */
    struct map set;        /* the same, when there are many */
    bool beyond_ascii;     /* in~: a text that is not ASCII can equal an element */
    uint64_t lengths;      /* bit n: a text has n bytes (63: or more) */
    int64_t *ints;         /* left side int, long, datetime, timespan: in order */
    size_t n_ints;
};

static void add_values(struct arena *a, struct value v, struct value **values, size_t *n,
                       size_t *cap)
{
    if (v.type == TYPE_DYNAMIC && !v.null && dyn_kind(v.s) == DYN_ARRAY) {
        for (size_t i = 0, items = dyn_count(v.s); i < items; i++) {
            struct value item = dyn_scalar(dyn_item(v.s, i));
            if (item.type != TYPE_DYNAMIC || dyn_kind(item.s) == DYN_ARRAY)
                add_values(a, item, values, n, cap); /* an array inside is flattened */
        }
        return;
    }
    if (v.null || (v = value_inner(v)).null)
        return;
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        *values = arena_grow(a, *values, *cap * sizeof **values, more * sizeof **values);
        *cap = more;
    }
    (*values)[(*n)++] = v;
}

struct value *list_values(struct arena *a, struct column *const *args, size_t n_args, size_t row,
                          size_t *n)
{
    struct value *values = NULL;
    size_t cap = 0;
    *n = 0;
    for (size_t k = 1; k < n_args; k++)
        add_values(a, column_value(args[k], row), &values, n, &cap);
    return values;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static struct str folded(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n * 3 + 4); /* a code point of two bytes may fold to one of three */
    size_t at = 0, n = 0;
    while (at < s.n) {
        size_t from = at;
        int32_t code = utf8_next(s, &at);
        if (code == UTF8_BAD)
            p[n++] = s.p[from];
        else
            n += utf8_put(utf8_fold(code), p + n);
    }
    return (struct str){p, n};
}

static bool has_k_or_s(struct str s) /* U+212A and U+017F fold to these */
{
    return str_find_byte(s, 'k') < s.n || str_find_byte(s, 's') < s.n;
}

static void prepare_texts(struct arena *a, struct list *list, bool fold)
{
    list->texts = ARENA_ARRAY(a, struct str, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        struct str s = value_convert(a, list->values[i], TYPE_STRING).s;
        list->texts[i] = fold ? folded(a, s) : s;
        list->lengths |= UINT64_C(1) << (list->texts[i].n < 63 ? list->texts[i].n : 63);
        if (fold && (!utf8_ascii(list->texts[i]) || has_k_or_s(list->texts[i])))
            list->beyond_ascii = true;
    }
    if (list->n > SMALL_LIST) {
        map_init(&list->set, a);
        for (size_t i = 0; i < list->n; i++)
            map_put(&list->set, list->texts[i], 1);
    }
}

static int compare_ints(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

/* The int64 that equals v by value_same, if there is one. */
static bool as_int(struct value v, enum type left, int64_t *out)
{
    if (v.type == TYPE_STRING) {
        struct value number = value_convert(NULL, v, left);
        if (number.null || !value_same(v, number))
            return false;
        *out = number.i;
        return true;
    }
    bool numbers = type_is_number(left) && type_is_number(v.type);
    if (type_shape(v.type) == SHAPE_REAL && numbers) {
        *out = fabs(v.r) < 9e18 ? (int64_t)v.r : 0;
        return (double)*out == v.r;
    }
    *out = v.i;
    return numbers || v.type == left;
}

static void prepare_ints(struct arena *a, struct list *list, enum type left)
{
    list->ints = ARENA_ARRAY(a, int64_t, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        if (as_int(list->values[i], left, &list->ints[list->n_ints]))
            list->n_ints++;
    }
    qsort(list->ints, list->n_ints, sizeof *list->ints, compare_ints);
}

static void *prepare(struct call *call, struct column *const *constants, struct error *err)
{
    (void)err;
    for (size_t k = 1; k < call->n_args; k++) {
        if (!constants[k])
            return NULL; /* row by row */
    }
    struct list *list = ARENA_NEW(call->run, struct list);
    list->values = list_values(call->run, constants, call->n_args, 0, &list->n);
    for (size_t i = 0; i < list->n; i++) { /* the constants may not live as long as the run */
        if (type_shape(list->values[i].type) == SHAPE_STR)
            list->values[i].s = str_dup(call->run, list->values[i].s);
    }
    return list;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static bool is_in_texts(const struct list *list, struct str s)
{
    if (list->n > SMALL_LIST)
        return map_get(&list->set, s, NULL);
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->texts[i], s))
            return true;
    }
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* s without its upper case, in place of `room` where it is ASCII and fits. */
static bool fold_ascii(struct str s, char *room, size_t size)
{
    unsigned char high = 0;
    if (s.n > size)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        room[i] = lower(s.p[i]);
        high |= (unsigned char)s.p[i];
    }
    return high < 0x80;
}

static bool is_in_folded(struct call *call, const struct list *list, struct str s)
{
    char room[256];
    bool no_such_length = !(list->lengths >> (s.n < 63 ? s.n : 63) & 1);
    if (no_such_length && (!list->beyond_ascii || utf8_ascii(s)))
        return false; /* only what is not ASCII may fold to another length */
    if (fold_ascii(s, room, sizeof room))
        return is_in_texts(list, (struct str){room, s.n});
    if (!list->beyond_ascii && !utf8_ascii(s))
        return false;
    return is_in_texts(list, folded(call->scratch, s));
}

static bool is_in_ints(const struct list *list, int64_t v)
{
    size_t from = 0, to = list->n_ints;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (list->ints[middle] == v)
            return true;
        if (list->ints[middle] < v)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

static bool is_in_values(struct value x, const struct value *values, size_t n, bool fold)
{
    x = value_inner(x);
    if (x.null)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool texts = fold && x.type == TYPE_STRING && values[i].type == TYPE_STRING;
        if (texts ? utf8_eq_fold(x.s, values[i].s) : value_same(x, values[i]))
            return true;
    }
    return false;
}

static void look_up_strs(struct call *call, struct list *list, struct column *out,
                         struct column *left, size_t rows, bool fold)
{
    struct strs x = strs_of(left);
    if (!list->texts)
        prepare_texts(call->run, list, fold);
    if (fold) {
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = is_in_folded(call, list, str_at(x, i));
    } else {
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = is_in_texts(list, str_at(x, i));
    }
}

static void look_up(struct call *call, struct column *out, struct column *const *args, size_t rows,
                    bool fold)
{
    struct list *list = call->state;
    struct column *left = args[0];
    if (type_shape(left->type) == SHAPE_STR)
        column_strs(left);
    if (list && left->type == TYPE_STRING) {
        look_up_strs(call, list, out, left, rows, fold);
    } else if (list && type_shape(left->type) == SHAPE_INT) {
        struct ints x = ints_of(left);
        if (!list->ints)
            prepare_ints(call->run, list, left->type);
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = is_in_ints(list, int_at(x, i));
    } else {
        for (size_t i = 0; i < rows; i++) {
            size_t n = list ? list->n : 0;
            struct value *values =
                list ? list->values : list_values(call->scratch, args, call->n_args, i, &n);
            out->bools[i] = is_in_values(column_value(left, i), values, n, fold);
        }
    }
    if (left->nulls) {
        for (size_t i = 0; i < rows; i++)
            out->bools[i] &= !column_null(left, i);
    }
}

static void in_case(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    look_up(call, out, args, rows, false);
}

static void in_fold(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    look_up(call, out, args, rows, true);
}

static void flip(struct column *out, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->bools[i] ^= 1;
}

static void not_in_case(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    look_up(call, out, args, rows, false);
    flip(out, rows);
}

static void not_in_fold(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    look_up(call, out, args, rows, true);
    flip(out, rows);
}

static enum type in_result(const enum type *args, size_t n, const char **why)
{
    for (size_t k = 1; k < n; k++) {
        if (args[k] != TYPE_DYNAMIC && !types_comparable(args[0], args[k])) {
            *why =
                "the left side cannot be compared with every element of the list; convert it first";
            return TYPE_NONE;
        }
    }
    return TYPE_BOOL;
}

#define IN(op, kernel_, needle, text, ex, ex_value)                                                \
    {                                                                                              \
        .name = op, .args_help = "value, element, …", .help = text, .example = ex,                 \
        .expect = ex_value, .flags = FUNC_OPERATOR | FUNC_NULLS | FUNC_STRICT | (needle),          \
        .forms = {{"**+", TYPE_NONE, kernel_}}, .result = in_result, .prepare = prepare            \
    }

const struct func functions_in[] = {
    IN("in", in_case, FUNC_NEEDLE_ANY, "True where the value is one of the list.",
       "\"a\" in (\"A\", \"b\")", "False"),
    IN("!in", not_in_case, 0, "True where the value is none of the list; null is none.",
       "3 !in (dynamic([1, 2]))", "True"),
    IN("in~", in_fold, FUNC_NEEDLE_ANY, "True where the text is one of the list but for case.",
       "\"ASPX\" in~ (\"aspx\", \"asp\")", "True"),
    IN("!in~", not_in_fold, 0, "True where the text is none of the list, whatever its case.",
       "\"png\" !in~ (dynamic([\"PNG\"]))", "False"),
    {0},
};
