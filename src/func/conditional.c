/* iff, case, coalesce, and the questions after null and empty. */
#include "func/func_internal.h"

/* Row i of out becomes row i of from. Only shapes that agree get here. */
static void take(struct column *out, size_t i, const struct column *from)
{
    size_t at = column_at(from, i);
    switch (type_shape(out->type)) {
    case SHAPE_BOOL:
        out->bools[i] = from->bools[at];
        break;
    case SHAPE_INT:
        out->ints[i] = from->ints[at];
        break;
    case SHAPE_REAL:
        out->reals[i] = from->reals[at];
        break;
    case SHAPE_STR:
        out->strs[i] = from->strs[at];
        break;
    }
    if (column_null(from, i))
        column_set_null(out, i);
}

static void need_strs(struct column *const *args, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (type_shape(args[k]->type) == SHAPE_STR)
            column_strs(args[k]);
    }
}

static bool is_true(const struct column *c, size_t i)
{
    return c->bools[column_at(c, i)] && !column_null(c, i);
}

/* p1, v1, p2, v2, …, otherwise: iff is the shortest of these. */
static void choose(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    size_t last = call->n_args - 1;
    need_strs(args, call->n_args);
    for (size_t i = 0; i < rows; i++) {
        size_t k = 0;
        while (k < last && !is_true(args[k], i))
            k += 2;
        take(out, i, k < last ? args[k + 1] : args[last]);
    }
}

static void coalesce(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    enum type t = out->type;
    need_strs(args, call->n_args);
    for (size_t i = 0; i < rows; i++) {
        size_t k = 0;
        for (; k + 1 < call->n_args; k++) {
            bool nothing = t == TYPE_STRING    ? args[k]->strs[column_at(args[k], i)].n == 0
                           : t == TYPE_DYNAMIC ? dyn_cell_null(args[k], i)
                                               : column_null(args[k], i);
            if (!nothing)
                break;
        }
        take(out, i, args[k]);
    }
}

static bool cell_null(struct column *c, size_t i)
{
    return c->type == TYPE_DYNAMIC ? dyn_cell_null(c, i) : column_null(c, i);
}

static bool cell_empty(struct column *c, size_t i)
{
    if (cell_null(c, i))
        return true;
    if (type_shape(c->type) != SHAPE_STR)
        return false;
    struct str s = c->strs[column_at(c, i)];
    return s.n == 0 || (c->type == TYPE_DYNAMIC && s.n == 1 && dyn_kind(s) == DYN_STRING);
}

static void ask(struct column *out, struct column *c, size_t rows,
                bool (*question)(struct column *, size_t), bool answer)
{
    if (type_shape(c->type) == SHAPE_STR)
        column_strs(c);
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = question(c, i) == answer;
}

static void is_null(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    ask(out, args[0], rows, cell_null, true);
}

static void is_not_null(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    (void)call;
    ask(out, args[0], rows, cell_null, false);
}

static void ask_empty(struct column *out, struct column *c, size_t rows, bool answer)
{
    if (c->type == TYPE_STRING) {
        struct strs s = strs_of(c);
        for (size_t i = 0; i < rows; i++)
            out->bools[i] = (str_at(s, i).n == 0) == answer;
    } else {
        ask(out, c, rows, cell_empty, answer);
    }
}

static void is_empty(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    ask_empty(out, args[0], rows, true);
}

static void is_not_empty(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    (void)call;
    ask_empty(out, args[0], rows, false);
}

#define IFF_FORMS                                                                                  \
    {                                                                                              \
        {"bbb", TYPE_BOOL, choose}, {"bii", TYPE_INT, choose}, {"bll", TYPE_LONG, choose},         \
            {"bmm", TYPE_DECIMAL, choose}, {"brr", TYPE_REAL, choose},                             \
            {"bss", TYPE_STRING, choose}, {"btt", TYPE_DATETIME, choose},                          \
            {"bpp", TYPE_TIMESPAN, choose}, {"bgg", TYPE_GUID, choose},                            \
            {"bdd", TYPE_DYNAMIC, choose},                                                         \
    }
#define NULL_QUESTION(name_, kernel, more, text, ex, ex_value)                              \
    {.name = name_, .args_help = "value", .help = text, .example = ex, .expect = ex_value, \
     .flags = FUNC_NULLS | (more), .forms = {{"*", TYPE_BOOL, kernel}}}

const struct func functions_conditional[] = {
    {.name = "iff",
     .args_help = "condition, then, else",
     .help = "then where the condition is true, else where it is false or null.",
     .example = "iff(bool(null), \"t\", \"f\")",
     .expect = "f",
     .flags = FUNC_NULLS,
     .forms = IFF_FORMS},
    {.name = "iif",
     .args_help = "condition, then, else",
     .help = "The same as iff().",
     .example = "iif(2 > 1, 10, 20)",
     .expect = "10",
     .flags = FUNC_NULLS,
     .forms = IFF_FORMS},
    {.name = "case",
     .args_help = "condition, then, …, else",
     .help = "The value after the first condition that is true, or else.",
     .example = "case(false, \"a\", true, \"b\", \"c\")",
     .expect = "b",
     .flags = FUNC_NULLS,
     .forms = {{"(bb)b", TYPE_BOOL, choose},
               {"(bi)i", TYPE_INT, choose},
               {"(bl)l", TYPE_LONG, choose},
               {"(bm)m", TYPE_DECIMAL, choose},
               {"(br)r", TYPE_REAL, choose},
               {"(bs)s", TYPE_STRING, choose},
               {"(bt)t", TYPE_DATETIME, choose},
               {"(bp)p", TYPE_TIMESPAN, choose},
               {"(bg)g", TYPE_GUID, choose},
               {"(bd)d", TYPE_DYNAMIC, choose}}},
    {.name = "coalesce",
     .args_help = "value, …",
     .help = "The first value that is not null; of texts, the first that is not empty.",
     .example = "coalesce(\"\", \"x\")",
     .expect = "x",
     .flags = FUNC_NULLS,
     .forms = {{"bb+", TYPE_BOOL, coalesce},
               {"ii+", TYPE_INT, coalesce},
               {"ll+", TYPE_LONG, coalesce},
               {"mm+", TYPE_DECIMAL, coalesce},
               {"rr+", TYPE_REAL, coalesce},
               {"ss+", TYPE_STRING, coalesce},
               {"tt+", TYPE_DATETIME, coalesce},
               {"pp+", TYPE_TIMESPAN, coalesce},
               {"gg+", TYPE_GUID, coalesce},
               {"dd+", TYPE_DYNAMIC, coalesce}}},
    NULL_QUESTION("isnull", is_null, 0, "True where the value is null; a string never is.",
                  "isnull(\"\")", "False"),
    NULL_QUESTION("isnotnull", is_not_null, 0, "True where the value is not null.",
                  "isnotnull(int(null))", "False"),
    NULL_QUESTION("notnull", is_not_null, FUNC_LEGACY, "Old spelling of isnotnull().", "notnull(5)",
                  "True"),
    NULL_QUESTION("isempty", is_empty, 0, "True where the value is null or an empty text.",
                  "isempty(\"\")", "True"),
    NULL_QUESTION("isnotempty", is_not_empty, 0,
                  "True where the value is neither null nor an empty text.", "isnotempty(\"-\")",
                  "True"),
    NULL_QUESTION("notempty", is_not_empty, FUNC_LEGACY, "Old spelling of isnotempty().",
                  "notempty(\"\")", "False"),
    {0},
};
