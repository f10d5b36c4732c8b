/* Core string functions. Positions and lengths count code points (KQL.md 4.2 to 4.7). */
#include "base/utf8.h"
#include "func/func_internal.h"

#define REPEAT_MAX ((size_t)1 << 24) /* bytes that strrep makes at most of one row */

/* ---- joining --------------------------------------------------------------------------------- */

static void need_strs(struct column *const *args, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (type_shape(args[k]->type) == SHAPE_STR)
            column_strs(args[k]);
    }
}

static void join(struct call *call, struct column *out, struct column *const *args, size_t rows,
                 size_t first, struct strs between)
{
    struct texts t;
    need_strs(args, call->n_args);
    texts_begin(&t, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = first; k < call->n_args; k++) {
            if (k > first && between.p)
                buf_add(&t.buf, str_at(between, i));
            value_text(&t.buf, column_value(args[k], i));
        }
        texts_next(&t);
    }
    texts_end(&t);
}

static void concat(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    join(call, out, args, rows, 0, (struct strs){0});
}

static void concat_delim(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    join(call, out, args, rows, 1, strs_of(args[0]));
}

static void repeat(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs between = call->n_args > 2 ? strs_of(args[2]) : (struct strs){0};
    struct ints times = ints_of(args[1]);
    struct texts t;
    need_strs(args, 1);
    texts_begin(&t, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        size_t start = t.buf.n;
        for (int64_t k = 0; k < int_at(times, i) && t.buf.n - start < REPEAT_MAX; k++) {
            if (k && between.p)
                buf_add(&t.buf, str_at(between, i));
            size_t from = t.buf.n;
            value_text(&t.buf, column_value(args[0], i));
            if (t.buf.n == from && !(between.p && str_at(between, i).n))
                break; /* nothing, however often */
        }
        texts_next(&t);
    }
    texts_end(&t);
}

/* ---- cutting --------------------------------------------------------------------------------- */

static struct str split_all(struct call *call, struct str s, struct str delimiter)
{
    size_t n = 0, cap = 8, from = 0;
    struct str *parts = arena_alloc(call->scratch, cap * sizeof *parts);
    for (;;) {
        size_t at = delimiter.n ? str_find(s, delimiter, from) : SIZE_MAX;
        if (n == cap) {
            parts = arena_grow(call->scratch, parts, cap * sizeof *parts, 2 * cap * sizeof *parts);
            cap *= 2;
        }
        parts[n++] = dyn_from_string(call->scratch, str_sub(s, from, at == SIZE_MAX ? s.n : at));
        if (at == SIZE_MAX)
            return dyn_from_array(call->scratch, parts, n);
        from = at + delimiter.n;
    }
}

static void split(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs s = strs_of(args[0]), delimiter = strs_of(args[1]);
    for (size_t i = 0; i < rows; i++) {
        struct str all = split_all(call, str_at(s, i), str_at(delimiter, i));
        if (call->n_args == 3) {
            int64_t index = int_at(ints_of(args[2]), i);
            struct str part = index < 0 ? STR_NONE : dyn_at(all, index);
            all = part.p ? dyn_from_array(call->scratch, &part, 1) : STR_NONE;
        }
        column_set_dynamic(out, i, all);
    }
}

/* The byte offset of code point `at` or s.n; *counted is how many were passed. */
static size_t offset_of(struct str s, int64_t at, int64_t *counted)
{
    size_t i = 0;
    *counted = 0;
    while (i < s.n && *counted < at) {
        utf8_next(s, &i);
        ++*counted;
    }
    return i;
}

static struct str cut(struct str s, int64_t start, int64_t length)
{
    int64_t passed;
    if (start < 0) {
        start += (int64_t)utf8_length(s);
        if (start < 0)
            return STR_NONE;
    }
    if (length <= 0)
        return STR_NONE;
    size_t from = offset_of(s, start, &passed);
    s = str_sub(s, from, s.n);
    return str_sub(s, 0, offset_of(s, length, &passed));
}

static void substring(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct strs s = strs_of(args[0]);
    struct ints start = ints_of(args[1]);
    for (size_t i = 0; i < rows; i++) {
        int64_t length = call->n_args == 3 ? int_at(ints_of(args[2]), i) : INT64_MAX;
        out->strs[i] = cut(str_at(s, i), int_at(start, i), length);
    }
}

/* The texts of a column of any type. */
static struct strs texts_of(struct call *call, struct column *c, size_t rows)
{
    if (c->type == TYPE_STRING)
        return strs_of(c);
    size_t n = c->constant ? 1 : rows;
    struct column *made = column_new(call->scratch, TYPE_STRING, n);
    struct texts t;
    need_strs(&c, 1);
    texts_begin(&t, call, made, n);
    for (size_t i = 0; i < n; i++) {
        value_text(&t.buf, column_value(c, i));
        texts_next(&t);
    }
    texts_end(&t);
    return (struct strs){made->strs, !c->constant};
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Code point of the wanted occurrence within [start, start + length) of s, or -1. */
static int64_t index_in(struct str s, struct str part, int64_t start, int64_t length,
                        int64_t occurrence)
{
    int64_t passed;
    size_t from = offset_of(s, start, &passed), end = s.n;
    if (passed < start)
        return -1;
    if (length >= 0)
        end = from + offset_of(str_sub(s, from, s.n), length, &(int64_t){0});
    struct str window = str_sub(s, 0, end);
    for (;;) {
        size_t at = str_find(window, part, from);
        if (at == SIZE_MAX)
            return -1;
        if (--occurrence == 0)
            return (int64_t)utf8_length(str_sub(s, 0, at));
        from = at + 1;
    }
}

static void index_of(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs s = texts_of(call, args[0], rows), part = texts_of(call, args[1], rows);
    for (size_t i = 0; i < rows; i++) {
        int64_t start = call->n_args > 2 ? int_at(ints_of(args[2]), i) : 0;
        int64_t length = call->n_args > 3 ? int_at(ints_of(args[3]), i) : -1;
        int64_t occurrence = call->n_args > 4 ? int_at(ints_of(args[4]), i) : 1;
        if (start < 0) {
            start += (int64_t)utf8_length(str_at(s, i));
            start = start < 0 ? 0 : start;
        }
        out->ints[i] = -1;
        if (str_at(part, i).n == 0 || occurrence < 1 || length < -1)
            column_set_null(out, i);
        else
            out->ints[i] = index_in(str_at(s, i), str_at(part, i), start, length, occurrence);
    }
}

/* ---- measuring and letters ------------------------------------------------------------------- */

static size_t count_points(struct str s)
{
    return utf8_ascii(s) ? s.n : utf8_length(s);
}

static void length(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs s = strs_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->ints[i] = (int64_t)count_points(str_at(s, i));
}

static void size(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs s = strs_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->ints[i] = (int64_t)str_at(s, i).n;
}

static void add_mapped(struct buf *out, struct str s, int32_t (*map)(int32_t))
{
    char bytes[4];
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        int32_t code = utf8_next(s, &at);
        if (code == UTF8_BAD)
            buf_add_byte(out, s.p[from]);
        else
            buf_add(out, (struct str){bytes, utf8_put(map(code), bytes)});
    }
}

/* ASCII letters turned in place: those from `first` on, 26 of them. */
static void add_ascii(struct buf *out, struct str s, char first)
{
    size_t from = out->n;
    buf_add(out, s);
    for (char *p = out->p + from, *end = out->p + out->n; s.n && p < end; p++)
        *p ^= (unsigned char)(*p - first) < 26 ? 0x20 : 0;
}

static void map_letters(struct call *call, struct column *out, struct column *arg, size_t rows,
                        int32_t (*map)(int32_t))
{
    struct strs s = strs_of(arg);
    struct texts t;
    texts_begin(&t, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        if (utf8_ascii(str_at(s, i)))
            add_ascii(&t.buf, str_at(s, i), map == utf8_lower ? 'A' : 'a');
        else
            add_mapped(&t.buf, str_at(s, i), map);
        texts_next(&t);
    }
    texts_end(&t);
}

static void to_lower(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    map_letters(call, out, args[0], rows, utf8_lower);
}

static void to_upper(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    map_letters(call, out, args[0], rows, utf8_upper);
}

static void reverse(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct strs s = texts_of(call, args[0], rows);
    for (size_t i = 0; i < rows; i++) {
        struct str from = str_at(s, i);
        char *bytes = arena_alloc(call->scratch, from.n);
        size_t end = from.n;
        for (size_t at = 0; at < from.n;) {
            size_t start = at;
            utf8_next(from, &at);
            end -= at - start;
            memcpy(bytes + end, from.p + start, at - start);
        }
        out->strs[i] = (struct str){bytes, from.n};
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct func functions_text[] = {
    {.name = "strcat",
     .args_help = "value, …",
     .help = "All values as texts, one after the other.",
     .example = "strcat(\"a\", 1, true)",
     .expect = "a1True",
     .flags = FUNC_NULLS,
     .forms = {{"*+", TYPE_STRING, concat}}},
    {.name = "strcat_delim",
     .args_help = "delimiter, value, …",
     .help = "All values as texts, the delimiter between them.",
     .example = "strcat_delim(\"-\", 1, \"a\", 2)",
     .expect = "1-a-2",
     .flags = FUNC_NULLS,
     .forms = {{"s*+", TYPE_STRING, concat_delim}}},
    {.name = "strrep",
     .args_help = "value, times [, delimiter]",
     .help = "The value's text, repeated.",
     .example = "strrep(\"ab\", 3, \"-\")",
     .expect = "ab-ab-ab",
     .forms = {{"*l?s", TYPE_STRING, repeat}}},
    {.name = "split",
     .args_help = "source, delimiter [, index]",
     .help =
         "The parts between delimiters as an array; with an index, an array of that part or null.",
     .example = "split(\"a_b_c\", \"_\")[2]",
     .expect = "c",
     .flags = FUNC_NAMED,
     .forms = {{"ss?l", TYPE_DYNAMIC, split}}},
    {.name = "substring",
     .args_help = "source, start [, length]",
     .help = "Characters from start (from the end where negative), at most length.",
     .example = "substring(\"abcdef\", -3, 2)",
     .expect = "de",
     .forms = {{"sl?l", TYPE_STRING, substring}}},
    {.name = "indexof",
     .args_help = "source, lookup [, start [, length [, occurrence]]]",
     .help = "Position of lookup, or -1; null where lookup is empty.",
     .example = "indexof(\"abcabc\", \"c\", 3)",
     .expect = "5",
     .forms = {{"**?lll", TYPE_LONG, index_of}}},
    {.name = "strlen",
     .args_help = "source",
     .help = "Number of characters.",
     .example = "strlen(\"café\")",
     .expect = "4",
     .flags = FUNC_PREFIXES,
     .forms = {{"s", TYPE_LONG, length}}},
    {.name = "string_size",
     .args_help = "source",
     .help = "Number of bytes in UTF-8.",
     .example = "string_size(\"café\")",
     .expect = "5",
     .flags = FUNC_PREFIXES,
     .forms = {{"s", TYPE_LONG, size}}},
    {.name = "tolower",
     .args_help = "source",
     .help = "The text in lower case.",
     .example = "tolower(\"ABÉ\")",
     .expect = "abé",
     .forms = {{"s", TYPE_STRING, to_lower}}},
    {.name = "toupper",
     .args_help = "source",
     .help = "The text in upper case.",
     .example = "toupper(\"abé\")",
     .expect = "ABÉ",
     .forms = {{"s", TYPE_STRING, to_upper}}},
    {.name = "reverse",
     .args_help = "value",
     .help = "The characters of the value's text from last to first.",
     .example = "reverse(\"añb\")",
     .expect = "bña",
     .forms = {{"*", TYPE_STRING, reverse}}},
    {0},
};
