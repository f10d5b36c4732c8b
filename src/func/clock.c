/* now() and ago(): one instant for the whole query, given by the run. */
#include "base/instant.h"
#include "func/func_internal.h"

static void set_from_now(struct call *call, struct column *out, struct column *const *args,
                         size_t rows, int sign)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t span = call->n_args ? int_at(ints_of(args[0]), i) : 0, at;
        bool over = sign > 0 ? __builtin_add_overflow(call->now, span, &at)
                             : __builtin_sub_overflow(call->now, span, &at);
        out->ints[i] = over ? 0 : at;
        if (over || at < 0 || at > INSTANT_MAX)
            column_set_null(out, i);
    }
}

static void now(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    set_from_now(call, out, args, rows, 1);
}

static void ago(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    set_from_now(call, out, args, rows, -1);
}

const struct func functions_clock[] = {
    {.name = "now",
     .args_help = "[offset]",
     .help = "The query's present instant, moved by the offset.",
     .example = "now(1h) - now()",
     .expect = "01:00:00",
     .forms = {{"?p", TYPE_DATETIME, now}}},
    {.name = "ago",
     .args_help = "timespan",
     .help = "The query's present instant less the timespan.",
     .example = "now() - ago(2d)",
     .expect = "2.00:00:00",
     .forms = {{"p", TYPE_DATETIME, ago}}},
    {0},
};
