/* Dynamic values to JSON text, and JSON text (read by jansson) to dynamic values. */
#include <jansson.h>
#include <math.h>
#include "base/utf8.h"
#include "table/table.h"

#define DEPTH_MAX 512

/* ---- out ------------------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, int32_t code)
{
    switch (code) {
    case '"':
        buf_add(out, STR("\\\""));
        break;
    case '\\':
        buf_add(out, STR("\\\\"));
        break;
    case '\b':
        buf_add(out, STR("\\b"));
        break;
    case '\f':
        buf_add(out, STR("\\f"));
        break;
    case '\n':
        buf_add(out, STR("\\n"));
        break;
    case '\r':
        buf_add(out, STR("\\r"));
        break;
    case '\t':
        buf_add(out, STR("\\t"));
        break;
    case UTF8_BAD:
        buf_add(out, STR("\xef\xbf\xbd"));
        break;
    default:
        buf_addf(out, "\\u%04x", (unsigned)code);
    }
}

void json_quote(struct buf *out, struct str s)
{
    size_t at = 0, plain = 0; /* s[plain, at) needs no change */
    buf_add_byte(out, '"');
    while (at < s.n) {
        size_t from = at;
        int32_t code = utf8_next(s, &at);
        if (code >= 0x20 && code != '"' && code != '\\' && code != 0x7f)
            continue;
        buf_add(out, str_sub(s, plain, from));
        add_escaped(out, code);
        plain = at;
    }
    if (s.n)
        buf_add(out, str_sub(s, plain, s.n));
    buf_add_byte(out, '"');
}

static void add_scalar(struct buf *out, struct str d)
{
    struct value v = dyn_scalar(d);
    if (v.type == TYPE_BOOL)
        buf_add(out, v.b ? STR("true") : STR("false"));
    else if (v.type == TYPE_LONG || (v.type == TYPE_REAL && isfinite(v.r)))
        value_text(out, v);
    else if (v.type == TYPE_STRING || v.type == TYPE_GUID) {
        json_quote(out, v.s);
    } else { /* times, NaN and infinities: JSON has no other way to say them */
        buf_add_byte(out, '"');
        value_text(out, v);
        buf_add_byte(out, '"');
    }
}

static void add_json(struct buf *out, struct str d, unsigned depth)
{
    enum dyn_kind kind = dyn_kind(d);
    if (kind == DYN_NULL || depth > DEPTH_MAX) {
        buf_add(out, STR("null"));
        return;
    }
    if (kind != DYN_ARRAY && kind != DYN_BAG) {
        add_scalar(out, d);
        return;
    }
    buf_add_byte(out, kind == DYN_BAG ? '{' : '[');
    for (size_t i = 0, n = dyn_count(d); i < n; i++) {
        if (i)
            buf_add_byte(out, ',');
        if (kind == DYN_BAG) {
            json_quote(out, dyn_key(d, i));
            buf_add_byte(out, ':');
        }
        add_json(out, dyn_item(d, i), depth + 1);
    }
    buf_add_byte(out, kind == DYN_BAG ? '}' : ']');
}

void dyn_text(struct buf *out, struct str d, bool exact)
{
    enum dyn_kind kind = dyn_kind(d);
    if (exact || kind == DYN_ARRAY || kind == DYN_BAG) {
        add_json(out, d, 0);
        return;
    }
    struct value v = dyn_scalar(d);
    if (v.type == TYPE_BOOL)
        add_scalar(out, d); /* lower case, unlike tostring(true) */
    else
        value_text(out, v);
}

/* ---- in -------------------------------------------------------------------------------------- */

struct reader {
    struct buf bytes;
    bool longs_lost; /* integers were read as reals: turn those back that lost nothing */
};

static void add_bytes(struct buf *out, enum dyn_kind kind, const void *p, size_t n)
{
    buf_add_byte(out, (char)kind);
    buf_add(out, (struct str){p, n});
}

static void add_number(struct reader *r, const json_t *j)
{
    if (json_is_integer(j)) {
        int64_t i = json_integer_value(j);
        add_bytes(&r->bytes, DYN_LONG, &i, sizeof i);
        return;
    }
    double d = json_real_value(j);
    if (r->longs_lost && d == floor(d) && fabs(d) < 9007199254740992.0) {
        int64_t i = (int64_t)d;
        add_bytes(&r->bytes, DYN_LONG, &i, sizeof i);
    } else {
        add_bytes(&r->bytes, DYN_REAL, &d, sizeof d);
    }
}

static bool add_value(struct reader *r, json_t *j, unsigned depth);

/* Room for `n` end offsets behind kind and count; they are written as the pieces become known. */
static size_t open_pieces(struct buf *b, enum dyn_kind kind, uint32_t count, size_t n)
{
    add_bytes(b, kind, &count, sizeof count);
    size_t ends = b->n;
    for (size_t i = 0; i < n; i++)
        buf_add(b, (struct str){"\0\0\0\0", 4});
    return ends;
}

static bool close_piece(struct buf *b, size_t ends, size_t i, size_t first)
{
    if (b->n - first > UINT32_MAX)
        return false;
    uint32_t end = (uint32_t)(b->n - first);
    memcpy(b->p + ends + 4 * i, &end, sizeof end);
    return true;
}

static bool add_array(struct reader *r, json_t *j, unsigned depth)
{
    size_t n = json_array_size(j);
    size_t ends = open_pieces(&r->bytes, DYN_ARRAY, (uint32_t)n, n), first = r->bytes.n;
    for (size_t i = 0; i < n; i++) {
        if (!add_value(r, json_array_get(j, i), depth) || !close_piece(&r->bytes, ends, i, first))
            return false;
    }
    return true;
}

static bool add_bag(struct reader *r, json_t *j, unsigned depth)
{
    size_t n = json_object_size(j), i = 0;
    size_t ends = open_pieces(&r->bytes, DYN_BAG, (uint32_t)n, 2 * n), first = r->bytes.n;
    for (void *at = json_object_iter(j); at; at = json_object_iter_next(j, at)) {
        buf_add(&r->bytes, (struct str){json_object_iter_key(at), json_object_iter_key_len(at)});
        if (!close_piece(&r->bytes, ends, i++, first) ||
            !add_value(r, json_object_iter_value(at), depth) ||
            !close_piece(&r->bytes, ends, i++, first))
            return false;
    }
    return true;
}

static bool add_value(struct reader *r, json_t *j, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return false;
    uint8_t truth;
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return add_bag(r, j, depth + 1);
    case JSON_ARRAY:
        return add_array(r, j, depth + 1);
    case JSON_STRING:
        add_bytes(&r->bytes, DYN_STRING, json_string_value(j), json_string_length(j));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        add_number(r, j);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        truth = json_is_true(j);
        add_bytes(&r->bytes, DYN_BOOL, &truth, 1);
        break;
    case JSON_NULL:
        buf_add_byte(&r->bytes, DYN_NULL);
        break;
    }
    return true;
}

bool dyn_parse_json(struct arena *a, struct str text, struct str *out)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    struct reader r = {0};
    json_error_t why;
    text = str_trim(text);
    json_t *j = text.n ? json_loadb(text.p, text.n, flags, &why) : NULL;
    if (!j && text.n && json_error_code(&why) == json_error_numeric_overflow) {
        /* An integer beyond int64 is a real; jansson takes it only if all integers are. */
        j = json_loadb(text.p, text.n, flags | JSON_DECODE_INT_AS_REAL, &why);
        r.longs_lost = true;
    }
    bool fine = j && add_value(&r, j, 0);
    if (fine)
        *out = str_dup(a, buf_str(&r.bytes));
    if (j)
        json_decref(j);
    buf_release(&r.bytes);
    return fine;
}
