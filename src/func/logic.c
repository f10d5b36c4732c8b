/* and, or, not, in three values: false wins over null in `and`, true wins in `or` (KQL.md 2.3). */
#include "func/func_internal.h"

/* Both operators: `wins` is the value that decides alone. */
static void decide(struct column *out, struct column *const *args, size_t n, size_t rows, bool wins)
{
    bool nulls = false;
    for (size_t k = 0; k < n; k++)
        nulls = nulls || args[k]->nulls;
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = !wins;
    for (size_t k = 0; k < n; k++) {
        struct bools b = bools_of(args[k]);
        if (args[k]->nulls) {
            for (size_t i = 0; i < rows; i++) {
                if (!column_null(args[k], i) && bool_at(b, i) == wins)
                    out->bools[i] = wins;
            }
        } else if (wins) {
            for (size_t i = 0; i < rows; i++)
                out->bools[i] |= bool_at(b, i);
        } else {
            for (size_t i = 0; i < rows; i++)
                out->bools[i] &= bool_at(b, i);
        }
    }
    for (size_t i = 0; nulls && i < rows; i++) {
        if (out->bools[i] == wins)
            continue;
        for (size_t k = 0; k < n; k++) {
            if (column_null(args[k], i)) {
                column_set_null(out, i);
                break;
            }
        }
    }
}

static void and(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    decide(out, args, call->n_args, rows, false);
}

static void or(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    decide(out, args, call->n_args, rows, true);
}

static void not(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct bools b = bools_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = !bool_at(b, i);
}

const struct func functions_logic[] = {
    {.name = "and",
     .args_help = "left, right",
     .help = "True where both sides are true; false wins over null.",
     .example = "false and bool(null)",
     .expect = "False",
     .flags = FUNC_OPERATOR | FUNC_NULLS,
     .forms = {{"bb+", TYPE_BOOL, and}}},
    {.name = "or",
     .args_help = "left, right",
     .help = "True where one side is true; true wins over null.",
     .example = "true or bool(null)",
     .expect = "True",
     .flags = FUNC_OPERATOR | FUNC_NULLS,
     .forms = {{"bb+", TYPE_BOOL, or }}},
    {.name = "not",
     .args_help = "condition",
     .help = "True where the condition is false; null stays null.",
     .example = "not(1 == 2)",
     .expect = "True",
     .forms = {{"b", TYPE_BOOL, not }}},
    {0},
};
