/* Into dynamic values: d[i], d["k"], d.k, array_length; and split_part, which is what
 * tostring(split(s, delimiter)[i]) comes down to without making the array. */
#include "func/func_internal.h"
#include "simd/simd.h"

/* Missing, out of range, of the wrong kind: null, never an error (KQL.md 4.16). */
static void at_index(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs d = strs_of(args[0]);
    struct ints index = ints_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        column_set_dynamic(out, i, dyn_at(str_at(d, i), int_at(index, i)));
}

static void at_key(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs d = strs_of(args[0]), key = strs_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        column_set_dynamic(out, i, dyn_member(str_at(d, i), str_at(key, i)));
}

static void at_either(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct strs d = strs_of(args[0]), at = strs_of(args[1]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        struct value v = dyn_scalar(str_at(at, i));
        struct str found = STR_NONE;
        if (!v.null && v.type == TYPE_LONG)
            found = dyn_at(str_at(d, i), v.i);
        else if (!v.null && v.type == TYPE_STRING)
            found = dyn_member(str_at(d, i), v.s);
        column_set_dynamic(out, i, found);
    }
}

static enum type index_result(const enum type *args, size_t n, const char **why)
{
    *why = n && args[0] == TYPE_STRING
               ? "a string has no members; parse it first, e.g. parse_json(x)"
               : "only dynamic values have members";
    return TYPE_NONE;
}

static void array_length(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    struct strs d = strs_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        out->ints[i] = (int64_t)dyn_count(str_at(d, i));
        if (dyn_kind(str_at(d, i)) != DYN_ARRAY)
            column_set_null(out, i);
    }
}

/* ---- split_part ------------------------------------------------------------------------------ */

/* Part `index` >= 0 from the start. */
static struct str part_forward(struct str s, struct str delimiter, int64_t index)
{
    size_t from = 0;
    for (;; index--) {
        size_t at = str_find(s, delimiter, from);
        if (index == 0)
            return str_sub(s, from, at == SIZE_MAX ? s.n : at);
        if (at == SIZE_MAX)
            return STR_NONE;
        from = at + delimiter.n;
    }
}

static int64_t count_parts(struct str s, struct str delimiter)
{
    int64_t n = 1;
    for (size_t at = 0; (at = str_find(s, delimiter, at)) != SIZE_MAX; at += delimiter.n)
        n++;
    return n;
}

static struct str last_part(struct str s, char delimiter,
                            size_t (*find_last)(const char *, size_t, char))
{
    size_t at = find_last(s.p, s.n, delimiter);
    return at == s.n ? s : str_sub(s, at + 1, s.n);
}

static struct str part(struct str s, struct str delimiter, int64_t index)
{
    if (delimiter.n == 0)
        return index == 0 || index == -1 ? s : STR_NONE;
    /* delimiters are found from the left, also when parts are counted from the right */
    if (index < 0) {
        int64_t n = count_parts(s, delimiter);
        if (index < -n)
            return STR_NONE;
        index += n;
    }
    return part_forward(s, delimiter, index);
}

static void split_part(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    struct strs s = strs_of(args[0]), delimiter = strs_of(args[1]);
    struct ints index = ints_of(args[2]);
    (void)call;
    if (args[1]->constant && args[2]->constant && str_at(delimiter, 0).n == 1 &&
        int_at(index, 0) == -1) {
        for (size_t i = 0; i < rows; i++)
            out->strs[i] =
                last_part(str_at(s, i), str_at(delimiter, 0).p[0], simd_get()->find_last_byte);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        out->strs[i] = part(str_at(s, i), str_at(delimiter, i), int_at(index, i));
}

const struct func functions_index[] = {
    {.name = "[]",
     .args_help = "value, index",
     .help = "The element of an array, from the end where negative, or the member of a bag; null "
             "where there is none.",
     .example = "dynamic([10, 20, 30])[-1]",
     .expect = "30",
     .flags = FUNC_OPERATOR | FUNC_STRICT,
     .forms = {{"dl", TYPE_DYNAMIC, at_index},
               {"ds", TYPE_DYNAMIC, at_key},
               {"dd", TYPE_DYNAMIC, at_either}},
     .result = index_result},
    {.name = ".",
     .args_help = "value, member",
     .help = "The member of a bag; null where there is none.",
     .example = "dynamic({\"a\": {\"b\": 1}}).a.b",
     .expect = "1",
     .flags = FUNC_OPERATOR | FUNC_STRICT,
     .forms = {{"ds", TYPE_DYNAMIC, at_key}},
     .result = index_result},
    {.name = "split_part",
     .args_help = "source, delimiter, index",
     .help = "The text of one part of split(), \"\" where there is none.",
     .flags = FUNC_OPERATOR,
     .forms = {{"ssl", TYPE_STRING, split_part}}},
    {.name = "array_length",
     .args_help = "array",
     .help = "The number of elements; null where it is no array.",
     .example = "array_length(dynamic([1, null]))",
     .expect = "2",
     .forms = {{"d", TYPE_LONG, array_length}}},
    {.name = "arraylength",
     .args_help = "array",
     .help = "Old spelling of array_length().",
     .example = "arraylength(dynamic([]))",
     .expect = "0",
     .flags = FUNC_LEGACY,
     .forms = {{"d", TYPE_LONG, array_length}}},
    {0},
};
