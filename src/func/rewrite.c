/* Text rewritten letter by letter or needle by needle, without regular expressions; text to code
 * points and back; the order of two texts. */
#include "base/utf8.h"
#include "func/kernel.h"

/* ---- replace_string, replace_strings -------------------------------------------------------- */

/* A result over CELL_MAX leaves the text as it is. */
static struct str replace_one(struct call *call, struct str s, struct str what, struct str with,
                              struct buf *out)
{
    size_t copied = 0, at = what.n ? str_find(s, what, 0) : SIZE_MAX;

    if (at == SIZE_MAX)
        return s;
    buf_reset(out);
    for (; at != SIZE_MAX; at = str_find(s, what, copied)) {
        buf_add(out, str_sub(s, copied, at));
        buf_add(out, with);
        copied = at + what.n;
        if (out->n > CELL_MAX)
            return s;
    }
    buf_add(out, str_sub(s, copied, s.n));
    return str_dup(call->scratch, buf_str(out));
}

static void replace_string(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    struct buf text = {0};

    for (size_t i = 0; i < rows; i++)
        out->strs[i] = replace_one(call, cell_str(args[0], i), cell_str(args[1], i),
                                   cell_str(args[2], i), &text);
    buf_release(&text);
}

static struct str text_of(struct arena *a, struct str d)
{
    return value_convert(a, (struct value){.type = TYPE_DYNAMIC, .s = d}, TYPE_STRING).s;
}

#define LOOKUPS_MAX 1000

/* At each place the first of the lookups that stands there is taken. */
static struct str replace_many(struct call *call, struct str s, struct str lookups,
                               struct str rewrites,
                               struct buf *out)
{
    size_t n = dyn_count(lookups);
    struct str whats[LOOKUPS_MAX];
    bool starts[256] = {0};

    if (n > LOOKUPS_MAX || dyn_kind(lookups) != DYN_ARRAY)
        return s;
    for (size_t k = 0; k < n; k++) {
        whats[k] = text_of(call->scratch, dyn_item(lookups, k));
        if (whats[k].n)
            starts[(unsigned char)whats[k].p[0]] = true;
    }
    buf_reset(out);
    for (size_t i = 0; i < s.n;) {
        size_t k = starts[(unsigned char)s.p[i]] ? 0 : n;
        while (k < n && !(whats[k].n && str_starts(str_sub(s, i, s.n), whats[k])))
            k++;
        if (k == n) {
            buf_add_byte(out, s.p[i++]);
            continue;
        }
        size_t with = dyn_count(rewrites) == 1 ? 0 : k;
        buf_add(out, text_of(call->scratch, dyn_item(rewrites, with)));
        i += whats[k].n;
        if (out->n > CELL_MAX)
            return s;
    }
    return str_dup(call->scratch, buf_str(out));
}

static void *prepare_many(struct call *call, struct column *const *constants, struct error *err)
{
    (void)call;
    if (constants[1] && constants[2]) {
        size_t lookups = dyn_count(cell_str(constants[1], 0)),
            with = dyn_count(cell_str(constants[2], 0));
        if (lookups > LOOKUPS_MAX)
            error_set(err, "replace_strings(): more than %d lookups", LOOKUPS_MAX);
        else if (with != 1 && with != lookups)
            error_set(err, "replace_strings(): %zu lookups but %zu rewrites", lookups, with);
    }
    return NULL;
}

static void replace_strings(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct buf text = {0};

    for (size_t i = 0; i < rows; i++)
        out->strs[i] = replace_many(call, cell_str(args[0], i), cell_str(args[1], i),
                                    cell_str(args[2], i), &text);
    buf_release(&text);
}

/* ---- translate ------------------------------------------------------------------------------ */

/* The code point that stands in `to` where `code` stands in `from`; the last of `to` serves for
 * all beyond. False: it is to be left out. */
static bool translated(struct str from, struct str to, int32_t code, int32_t *result)
{
    size_t f = 0, t = 0;
    int32_t with = UTF8_BAD;

    while (f < from.n) {
        int32_t c = utf8_next(from, &f);
        if (t < to.n)
            with = utf8_next(to, &t);
        if (c == code) {
            *result = with;
            return to.n > 0 && with != UTF8_BAD;
        }
    }
    *result = code;
    return true;
}

static void translate(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct str from = cell_str(args[0], i), to = cell_str(args[1], i), s = cell_str(args[2], i);
        for (size_t at = 0; at < s.n;) {
            size_t start = at;
            int32_t code = utf8_next(s, &at), result;
            char utf8[4];
            if (code == UTF8_BAD)
                buf_add_byte(&texts.buf, s.p[start]);
            else if (translated(from, to, code, &result))
                buf_add(&texts.buf, (struct str){utf8, utf8_put(result, utf8)});
        }
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- code points ---------------------------------------------------------------------------- */

static void to_codepoints(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str s = cell_str(args[0], i);
        struct str *items = ARENA_ARRAY(call->scratch, struct str, utf8_length(s));
        size_t n = 0;
        for (size_t at = 0; at < s.n;) {
            int32_t code = utf8_next(s, &at);
            struct value v = {.type = TYPE_LONG, .i = code == UTF8_BAD ? 0xFFFD : code};
            items[n++] = dyn_from_value(call->scratch, v);
        }
        out->strs[i] = dyn_from_array(call->scratch, items, n);
    }
}

static void put_codepoint(struct buf *out, struct value v)
{
    char utf8[4];
    bool fine = !v.null && (v.type == TYPE_LONG || v.type == TYPE_INT) && v.i >= 0 &&
        v.i <= 0x10FFFF &&
                (v.i < 0xD800 || v.i > 0xDFFF);

    if (fine)
        buf_add(out, (struct str){utf8, utf8_put((int32_t)v.i, utf8)});
}

/* Numbers and arrays of numbers, in their order. */
static void from_codepoints(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < call->n_args; k++) {
            struct value v = column_value(args[k], i);
            if (v.type != TYPE_DYNAMIC || v.null) {
                put_codepoint(&texts.buf, v);
                continue;
            }
            if (dyn_kind(v.s) != DYN_ARRAY)
                put_codepoint(&texts.buf, dyn_scalar(v.s));
            for (size_t n = 0; n < dyn_count(v.s); n++)
                put_codepoint(&texts.buf, dyn_scalar(dyn_item(v.s, n)));
        }
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- order and kind ------------------------------------------------------------------------- */

static void strcmp_kernel(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    struct strs xs = strs_of(args[0]), ys = strs_of(args[1]);

    (void)call;
    for (size_t i = 0; i < rows; i++) {
        int order = str_cmp(str_at(xs, i), str_at(ys, i));
        out->ints[i] = (order > 0) - (order < 0);
    }
}

static void isascii_kernel(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = utf8_ascii(cell_str(args[0], i));
}

static void isutf8_kernel(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++)
        out->bools[i] = utf8_valid(cell_str(args[0], i));
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define TO_CODES {{"s", TYPE_DYNAMIC, to_codepoints}}
#define FROM_CODES {{"l+", TYPE_STRING, from_codepoints}, {"d+", TYPE_STRING, from_codepoints}}

const struct func functions_rewrite[] = {
    ROW("replace_string", "text, lookup, rewrite",
        "Every occurrence of a text replaced by another.",
        "replace_string(\"one two three\", \" \", \"_\")", "one_two_three", 0,
        {{"sss", TYPE_STRING, replace_string}}),
    {.name = "replace_strings", .args_help = "text, dynamic([lookups]), dynamic([rewrites])",
     .help = "Every occurrence of one of the lookups replaced by the rewrite in the same place.",
     .example = "replace_strings(\"a-b\", dynamic([\"a\", \"b\"]), dynamic([\"b\", \"c\"]))",
         .expect = "b-c",
     .forms = {{"sdd", TYPE_STRING, replace_strings}}, .prepare = prepare_many},
    ROW("translate", "search_list, replacement_list, text",
        "Every character of the first list replaced by the one at the same place of the second.",
        "translate(\"krasp\", \"otsku\", \"spark\")", "kusto", 0,
        {{"sss", TYPE_STRING, translate}}),
    ROW("strcmp", "a, b", "-1, 0 or 1 by the order of two texts.", "strcmp(\"ABC\", \"abc\")", "-1",
        0,
        {{"ss", TYPE_LONG, strcmp_kernel}}),
    ROW("isascii", "text", "True when every byte is ASCII.", "isascii(\"caf\xc3\xa9\")", "False", 0,
        {{"s", TYPE_BOOL, isascii_kernel}}),
    ROW("isutf8", "text", "True when the text is valid UTF-8.", "isutf8(\"caf\xc3\xa9\")", "True",
        0,
        {{"s", TYPE_BOOL, isutf8_kernel}}),
    ROW("unicode_codepoints_from_string", "text",
        "The numbers of the text's characters, as an array.",
        "unicode_codepoints_from_string(\"a\xc3\xa9\")", "[97,233]", 0, TO_CODES),
    ROW("to_utf8", "text", "Old name of unicode_codepoints_from_string().", "to_utf8(\"ab\")",
        "[97,98]",
        FUNC_LEGACY, TO_CODES),
    ROW("unicode_codepoints_to_string", "number, … | dynamic([numbers])",
        "The text whose characters have these numbers.",
        "unicode_codepoints_to_string(75, 117, 115)",
        "Kus", 0, FROM_CODES),
    ROW("make_string", "number, … | dynamic([numbers])",
        "Old name of unicode_codepoints_to_string().",
        "make_string(dynamic([75, 117, 115]))", "Kus", FUNC_LEGACY, FROM_CODES),
    {0},
};
