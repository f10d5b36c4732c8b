/* tostring, toint, tolong … and the casts that the binder inserts (cast_long …), which are the same
 * conversions. A conversion never fails: what does not convert is null, or "" as text (KQL.md
 * 2.7-2.10). */
#include <math.h>
#include "base/instant.h"
#include "func/func_internal.h"

/* ---- text to numbers ------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(struct str digits, int64_t *out)
{
    uint64_t v = 0;
    if (digits.n == 0 || digits.n > 16)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        int d = hex_digit(digits.p[i]);
        if (d < 0)
            return false;
        v = v << 4 | (uint64_t)d;
    }
    *out = (int64_t)v;
    return true;
}

/* Decimal with a sign, or 0x without one; blanks around it do not count. */
static bool parse_long(struct str s, int64_t *out)
{
    s = str_trim(s);
    if (s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x')
        return parse_hex(str_sub(s, 2, s.n), out);
    return str_to_int64(s, out);
}

static bool parse_real(struct str s, double *out)
{
    static const struct {
        const char *text;
        double value;
    } words[] = {{"NaN", NAN},           {"nan", NAN},            {"inf", INFINITY},
                 {"+inf", INFINITY},     {"-inf", -INFINITY},     {"Infinity", INFINITY},
                 {"+Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    s = str_trim(s);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(s, words[i].text)) {
            *out = words[i].value;
            return true;
        }
    }
    return str_to_double(s, out);
}

/* Digits with or without dashes at 8-4-4-4-12, with or without braces. */
static bool parse_guid(struct str s, char out[36])
{
    size_t n = 0;
    s = str_trim(s);
    if (s.n == 38 && s.p[0] == '{' && s.p[37] == '}')
        s = str_sub(s, 1, 37);
    if (s.n != 36 && s.n != 32)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = n == 8 || n == 13 || n == 18 || n == 23;
        if (dash)
            out[n++] = '-';
        if (dash && s.n == 36) {
            if (s.p[i] != '-')
                return false;
            continue;
        }
        if (hex_digit(s.p[i]) < 0 || n == 36)
            return false;
        out[n++] = (char)(s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] | 0x20 : s.p[i]);
    }
    return n == 36;
}

/* ---- one value ------------------------------------------------------------------------------- */

/* Toward zero; beyond the ends of the type, the end. */
static int64_t cut_real(double r, int64_t low, int64_t high)
{
    if (r >= (double)high)
        return high;
    return r <= (double)low ? low : (int64_t)r;
}

static bool to_whole(struct value v, enum type to, int64_t *out)
{
    bool narrow = to == TYPE_INT;
    switch (v.type) {
    case TYPE_BOOL:
        *out = v.b;
        return true;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        if (isnan(v.r))
            return false;
        *out = narrow ? cut_real(v.r, INT32_MIN, INT32_MAX) : cut_real(v.r, INT64_MIN, INT64_MAX);
        return true;
    case TYPE_STRING:
        return parse_long(v.s, out) && (!narrow || (*out >= INT32_MIN && *out <= INT32_MAX));
    case TYPE_INT:
    case TYPE_LONG:
    case TYPE_DATETIME:
    case TYPE_TIMESPAN:
        *out = narrow ? (int32_t)(uint32_t)(uint64_t)v.i : v.i; /* the low half, as Kusto has it */
        return true;
    default:
        return false;
    }
}

static bool to_real(struct value v, double *out)
{
    if (v.type == TYPE_STRING)
        return parse_real(v.s, out);
    if (v.type == TYPE_BOOL)
        *out = v.b;
    else if (type_shape(v.type) == SHAPE_INT)
        *out = (double)v.i;
    else
        *out = v.r;
    return type_shape(v.type) != SHAPE_STR;
}

static bool to_bool(struct value v, bool *out)
{
    int64_t i;
    switch (v.type) {
    case TYPE_BOOL:
        *out = v.b;
        return true;
    case TYPE_INT:
    case TYPE_LONG:
        *out = v.i != 0;
        return true;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        *out = v.r != 0;
        return true;
    case TYPE_STRING:
        v.s = str_trim(v.s);
        *out = str_eq_nocase(v.s, STR("true"));
        if (*out || str_eq_nocase(v.s, STR("false")))
            return true;
        if (!parse_long(v.s, &i))
            return false;
        *out = i != 0;
        return true;
    default:
        return false;
    }
}

static bool to_ticks(struct value v, enum type to, int64_t *out)
{
    if (v.type == TYPE_STRING)
        return to == TYPE_DATETIME ? instant_parse(v.s, out) : timespan_parse(v.s, out);
    if (v.type != to && !type_is_number(v.type))
        return false;
    if (!to_whole(v, TYPE_LONG, out))
        return false;
    return to != TYPE_DATETIME || (*out >= 0 && *out <= INSTANT_MAX);
}

static struct str to_text(struct arena *a, struct value v)
{
    if (v.null)
        return STR_NONE;
    if (v.type == TYPE_STRING || v.type == TYPE_GUID)
        return v.s;
    if (v.type == TYPE_DYNAMIC && (dyn_kind(v.s) == DYN_STRING || dyn_kind(v.s) == DYN_GUID))
        return str_sub(v.s, 1, v.s.n);
    struct buf text = {0};
    value_text(&text, v);
    struct str kept = str_dup(a, buf_str(&text));
    buf_release(&text);
    return kept;
}

static struct str to_dynamic(struct arena *a, struct value v)
{
    struct str d;
    if (v.type != TYPE_STRING)
        return dyn_from_value(a, v);
    if (str_trim(v.s).n == 0)
        return STR_NONE;
    return dyn_parse_json(a, v.s, &d) ? d : dyn_from_string(a, v.s);
}

struct value value_convert(struct arena *a, struct value v, enum type to)
{
    struct value out = {.type = to, .null = true};
    char guid[36];
    if (to == TYPE_STRING) {
        out.null = false;
        out.s = to_text(a, v);
        return out;
    }
    if (v.null || to == v.type) {
        v.type = to;
        return v;
    }
    if (to == TYPE_DYNAMIC) {
        out.s = to_dynamic(a, v);
        out.null = dyn_kind(out.s) == DYN_NULL;
        return out;
    }
    v = value_inner(v);
    if (v.null)
        return out;
    switch (to) {
    case TYPE_BOOL:
        out.null = !to_bool(v, &out.b);
        break;
    case TYPE_INT:
    case TYPE_LONG:
        out.null = !to_whole(v, to, &out.i);
        break;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        out.null = !to_real(v, &out.r);
        break;
    case TYPE_DATETIME:
    case TYPE_TIMESPAN:
        out.null = !to_ticks(v, to, &out.i);
        break;
    default: /* guid */
        if (v.type == TYPE_GUID || (v.type == TYPE_STRING && parse_guid(v.s, guid))) {
            out.null = false;
            out.s = v.type == TYPE_GUID ? v.s : str_dup(a, (struct str){guid, sizeof guid});
        }
    }
    return out;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The same cells under another type. */
static bool same_cells(enum type from, enum type to)
{
    return from == to || (from == TYPE_INT && to == TYPE_LONG) ||
           (from == TYPE_DECIMAL && to == TYPE_REAL) || (from == TYPE_REAL && to == TYPE_DECIMAL) ||
           (from == TYPE_GUID && to == TYPE_STRING);
}

static void to_text_column(struct call *call, struct column *out, struct column *c, size_t rows)
{
    if (c->type == TYPE_DYNAMIC) { /* mostly texts, which need no copy */
        column_strs(c);
        for (size_t i = 0; i < rows; i++)
            out->strs[i] = to_text(call->scratch, column_value(c, i));
        return;
    }
    struct texts t;
    texts_begin(&t, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        value_text(&t.buf, column_value(c, i));
        texts_next(&t);
    }
    texts_end(&t);
}

static void convert(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct column *c = args[0];
    if (same_cells(c->type, out->type)) {
        out->data = c->data;
        out->dict = c->dict;
        out->codes = c->codes;
    } else if (out->type == TYPE_STRING) {
        to_text_column(call, out, c, rows);
    } else if (c->type == TYPE_STRING && out->type == TYPE_LONG) {
        struct strs s = strs_of(c);
        for (size_t i = 0; i < rows; i++) {
            out->ints[i] = 0;
            if (!parse_long(str_at(s, i), &out->ints[i]))
                column_set_null(out, i);
        }
    } else {
        for (size_t i = 0; i < rows; i++)
            column_set(out, i, value_convert(call->scratch, column_value(c, i), out->type));
    }
}

/* What gettype calls a dynamic is what JSON holds; a real in it is a double. */
static struct str type_text(struct value v)
{
    static const char *const kinds[] = {"null",     "bool",     "long", "double", "string",
                                        "datetime", "timespan", "guid", "array",  "dictionary"};
    if (v.type == TYPE_DYNAMIC)
        return str_of(kinds[v.null ? DYN_NULL : dyn_kind(v.s)]);
    return str_of(type_name(v.type));
}

static void get_type(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)call;
    if (type_shape(args[0]->type) == SHAPE_STR)
        column_strs(args[0]);
    for (size_t i = 0; i < rows; i++)
        out->strs[i] = type_text(column_value(args[0], i));
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define TO(name_, type, more, text, ex, ex_value)                                           \
    {.name = name_, .args_help = "value", .help = text, .example = ex, .expect = ex_value, \
     .flags = FUNC_NAMED | (more), .forms = {{"*", type, convert}}}
#define CAST(name_, type)                                                                          \
    {                                                                                              \
        .name = name_, .args_help = "value",                                                       \
        .help = "The conversion that the binder puts in by itself.", .flags = FUNC_OPERATOR,       \
        .forms = {                                                                                 \
            {"*", type, convert}                                                                   \
        }                                                                                          \
    }

const struct func functions_convert[] = {
    TO("tostring", TYPE_STRING, 0, "The value as text; \"\" for null.", "tostring(1d + 2h)",
       "1.02:00:00"),
    TO("toint", TYPE_INT, 0, "The value as an int; null where it is none.", "toint(\"3.14\")", ""),
    TO("tolong", TYPE_LONG, 0, "The value as a long; null where it is none.", "tolong(\"0x10\")",
       "16"),
    TO("toreal", TYPE_REAL, 0, "The value as a real; null where it is none.", "toreal(\"3.14\")",
       "3.14"),
    TO("todouble", TYPE_REAL, 0, "The same as toreal().", "todouble(2)", "2.0"),
    TO("todecimal", TYPE_DECIMAL, 0, "The value as a decimal; null where it is none.",
       "todecimal(\"1.5\")", "1.5"),
    TO("tobool", TYPE_BOOL, 0, "The value as true or false; null where it is neither.",
       "tobool(\"TRUE\")", "True"),
    TO("toboolean", TYPE_BOOL, 0, "The same as tobool().", "toboolean(0)", "False"),
    TO("todatetime", TYPE_DATETIME, 0, "The text as an instant; null where it is none.",
       "todatetime(\"2020-01-02 03:04\")", "2020-01-02T03:04:00.0000000Z"),
    TO("totimespan", TYPE_TIMESPAN, 0, "The text as a timespan; null where it is none.",
       "totimespan(\"1.02:03:04.5\")", "1.02:03:04.5000000"),
    TO("totime", TYPE_TIMESPAN, FUNC_LEGACY, "Old spelling of totimespan().", "totime(\"00:01\")",
       "00:01:00"),
    TO("toguid", TYPE_GUID, 0, "The text as a guid; null where it is none.",
       "toguid(\"{0A6F2D1C-0000-4000-8000-0123456789AB}\")",
       "0a6f2d1c-0000-4000-8000-0123456789ab"),
    TO("parse_json", TYPE_DYNAMIC, 0,
       "The JSON text as a dynamic value; text that is no JSON stays a text.",
       "parse_json(\"[1, 2]\")[1]", "2"),
    TO("todynamic", TYPE_DYNAMIC, 0, "The same as parse_json().", "todynamic(\"{}\")", "{}"),
    TO("parsejson", TYPE_DYNAMIC, FUNC_LEGACY, "Old spelling of parse_json().",
       "parsejson(\"1.5\")", "1.5"),
    TO("toobject", TYPE_DYNAMIC, FUNC_LEGACY, "Old spelling of parse_json().", "toobject(\"true\")",
       "true"),
    {.name = "gettype",
     .args_help = "value",
     .help = "The name of the value's type.",
     .example = "gettype(dynamic([1]))",
     .expect = "array",
     .flags = FUNC_NULLS,
     .forms = {{"*", TYPE_STRING, get_type}}},
    CAST("cast_bool", TYPE_BOOL),
    CAST("cast_int", TYPE_INT),
    CAST("cast_long", TYPE_LONG),
    CAST("cast_real", TYPE_REAL),
    CAST("cast_decimal", TYPE_DECIMAL),
    CAST("cast_string", TYPE_STRING),
    CAST("cast_datetime", TYPE_DATETIME),
    CAST("cast_timespan", TYPE_TIMESPAN),
    CAST("cast_guid", TYPE_GUID),
    CAST("cast_dynamic", TYPE_DYNAMIC),
    {0},
};
