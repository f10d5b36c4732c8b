/* Dynamic values: reading and making the byte form that table.h draws. The bytes are always our
 * own, so lengths and offsets in them are trusted. */
#include "table/table.h"

/* An array or bag of more bytes than an offset can say keeps only its first elements. */
#define BYTES_MAX UINT32_MAX

static uint32_t get_u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void put_u32(char *p, size_t v)
{
    uint32_t u = (uint32_t)v;
    memcpy(p, &u, sizeof u);
}

enum dyn_kind dyn_kind(struct str d)
{
    return d.n ? (enum dyn_kind)(unsigned char)d.p[0] : DYN_NULL;
}

size_t dyn_count(struct str d)
{
    enum dyn_kind k = dyn_kind(d);
    return k == DYN_ARRAY || k == DYN_BAG ? get_u32(d.p + 1) : 0;
}

/* Piece i of `pieces`, of which the ends stand in a row from d.p + 5. */
static struct str piece(struct str d, size_t i, size_t pieces)
{
    const char *ends = d.p + 5, *first = ends + 4 * pieces;
    size_t from = i ? get_u32(ends + 4 * (i - 1)) : 0;
    return (struct str){first + from, get_u32(ends + 4 * i) - from};
}

struct str dyn_item(struct str d, size_t i)
{
    size_t n = dyn_count(d);
    if (i >= n)
        return STR_NONE;
    return dyn_kind(d) == DYN_BAG ? piece(d, 2 * i + 1, 2 * n) : piece(d, i, n);
}

struct str dyn_key(struct str d, size_t i)
{
    size_t n = dyn_count(d);
    return i < n && dyn_kind(d) == DYN_BAG ? piece(d, 2 * i, 2 * n) : STR_NONE;
}

struct str dyn_at(struct str d, int64_t i)
{
    if (dyn_kind(d) != DYN_ARRAY)
        return STR_NONE;
    int64_t n = (int64_t)dyn_count(d);
    if (i < 0)
        i = i < -n ? n : i + n;
    return i < n ? dyn_item(d, (size_t)i) : STR_NONE;
}

struct str dyn_member(struct str d, struct str key)
{
    if (dyn_kind(d) != DYN_BAG)
        return STR_NONE;
    for (size_t i = 0, n = dyn_count(d); i < n; i++) {
        if (str_eq(piece(d, 2 * i, 2 * n), key))
            return piece(d, 2 * i + 1, 2 * n);
    }
    return STR_NONE;
}

struct value dyn_scalar(struct str d)
{
    struct value v = {.type = TYPE_DYNAMIC, .null = true};
    enum dyn_kind kind = dyn_kind(d);
    switch (kind) {
    case DYN_NULL:
        return v;
    case DYN_BOOL:
        v.type = TYPE_BOOL;
        v.b = d.p[1] != 0;
        break;
    case DYN_LONG:
    case DYN_DATETIME:
    case DYN_TIMESPAN:
        v.type = kind == DYN_LONG       ? TYPE_LONG
                 : kind == DYN_DATETIME ? TYPE_DATETIME
                                        : TYPE_TIMESPAN;
        memcpy(&v.i, d.p + 1, sizeof v.i);
        break;
    case DYN_REAL:
        v.type = TYPE_REAL;
        memcpy(&v.r, d.p + 1, sizeof v.r);
        break;
    case DYN_STRING:
    case DYN_GUID:
        v.type = kind == DYN_STRING ? TYPE_STRING : TYPE_GUID;
        v.s = str_sub(d, 1, d.n);
        break;
    case DYN_ARRAY:
    case DYN_BAG:
        v.s = d;
        break;
    }
    v.null = false;
    return v;
}

static struct str with_bytes(struct arena *a, enum dyn_kind kind, const void *bytes, size_t n)
{
    char *p = arena_alloc(a, 1 + n);
    p[0] = (char)kind;
    if (n)
        memcpy(p + 1, bytes, n);
    return (struct str){p, 1 + n};
}

struct str dyn_from_value(struct arena *a, struct value v)
{
    if (v.null)
        return with_bytes(a, DYN_NULL, NULL, 0);
    switch (v.type) {
    case TYPE_BOOL: {
        uint8_t b = v.b;
        return with_bytes(a, DYN_BOOL, &b, 1);
    }
    case TYPE_INT:
    case TYPE_LONG:
        return with_bytes(a, DYN_LONG, &v.i, sizeof v.i);
    case TYPE_REAL:
        return with_bytes(a, DYN_REAL, &v.r, sizeof v.r);
    case TYPE_DECIMAL: { /* JSON has no decimals: Kusto keeps them as text */
        struct buf text = {0};
        value_text(&text, v);
        struct str d = dyn_from_string(a, buf_str(&text));
        buf_release(&text);
        return d;
    }
    case TYPE_DATETIME:
        return with_bytes(a, DYN_DATETIME, &v.i, sizeof v.i);
    case TYPE_TIMESPAN:
        return with_bytes(a, DYN_TIMESPAN, &v.i, sizeof v.i);
    case TYPE_GUID:
        return with_bytes(a, DYN_GUID, v.s.p, v.s.n);
    case TYPE_DYNAMIC:
        return v.s.n ? v.s : with_bytes(a, DYN_NULL, NULL, 0);
    default:
        return dyn_from_string(a, v.s);
    }
}

struct str dyn_from_string(struct arena *a, struct str s)
{
    return with_bytes(a, DYN_STRING, s.p, s.n);
}

/* An element without bytes is written as the null that it reads as. */
static size_t item_size(struct str item)
{
    return item.n ? item.n : 1;
}

static char *put_item(char *p, struct str item)
{
    if (item.n)
        memcpy(p, item.p, item.n);
    else
        *p = DYN_NULL;
    return p + item_size(item);
}

struct str dyn_from_array(struct arena *a, const struct str *items, size_t n)
{
    size_t bytes = 0, fits = 0;
    while (fits < n && item_size(items[fits]) <= BYTES_MAX - bytes)
        bytes += item_size(items[fits++]);
    char *start = arena_alloc(a, 5 + 4 * fits + bytes), *ends = start + 5;
    char *first = ends + 4 * fits, *p = first;
    start[0] = DYN_ARRAY;
    put_u32(start + 1, fits);
    for (size_t i = 0; i < fits; i++) {
        p = put_item(p, items[i]);
        put_u32(ends + 4 * i, (size_t)(p - first));
    }
    return (struct str){start, (size_t)(p - start)};
}

struct str dyn_from_bag(struct arena *a, const struct str *keys, const struct str *values, size_t n)
{
    size_t bytes = 0, fits = 0;
    for (; fits < n; fits++) {
        size_t more = keys[fits].n + item_size(values[fits]);
        if (more > BYTES_MAX - bytes)
            break;
        bytes += more;
    }
    char *start = arena_alloc(a, 5 + 8 * fits + bytes), *ends = start + 5;
    char *first = ends + 8 * fits, *p = first;
    start[0] = DYN_BAG;
    put_u32(start + 1, fits);
    for (size_t i = 0; i < fits; i++) {
        if (keys[i].n)
            memcpy(p, keys[i].p, keys[i].n);
        p += keys[i].n;
        put_u32(ends + 8 * i, (size_t)(p - first));
        p = put_item(p, values[i]);
        put_u32(ends + 8 * i + 4, (size_t)(p - first));
    }
    return (struct str){start, (size_t)(p - start)};
}
