/* Columns: making, reading and writing cells, picking rows. A column's cells are never changed once
 * it has been handed on, so picked and copied columns may share what they point to. */
#include "base/error.h"
#include "table/table_internal.h"

size_t shape_size(enum shape s)
{
    switch (s) {
    case SHAPE_BOOL:
        return sizeof(uint8_t);
    case SHAPE_INT:
        return sizeof(int64_t);
    case SHAPE_REAL:
        return sizeof(double);
    case SHAPE_STR:
        break;
    }
    return sizeof(struct str);
}

static struct column *column_bare(struct arena *a, enum type t, size_t n)
{
    struct column *c = ARENA_NEW(a, struct column);
    c->type = t;
    c->n = n;
    c->arena = a;
    return c;
}

struct column *column_new(struct arena *a, enum type t, size_t n)
{
    struct column *c = column_bare(a, t, n);
    c->data = arena_alloc(a, n * shape_size(type_shape(t)));
    return c;
}

struct column *column_constant(struct arena *a, struct value v)
{
    struct column *c = column_new(a, v.type, 1);
    c->constant = true;
    column_set(c, 0, v);
    return c;
}

void column_set_null(struct column *c, size_t i)
{
    if (c->type == TYPE_STRING) {
        c->strs[i] = STR_NONE;
        return;
    }
    if (!c->nulls)
        c->nulls = arena_zalloc(c->arena, c->n);
    c->nulls[i] = 1;
}

const struct str *column_strs(struct column *c)
{
    if (!c->strs) {
        struct str *strs = arena_alloc(c->arena, c->n * sizeof *strs);
        const struct str *words = dict_strings(c->dict);
        for (size_t i = 0; i < c->n; i++)
            strs[i] = words[c->codes[i]];
        c->strs = strs;
    }
    return c->strs;
}

struct value column_value(const struct column *c, size_t row)
{
    size_t i = column_at(c, row);
    struct value v = {.type = c->type, .null = c->nulls && c->nulls[i]};
    if (v.null)
        return v;
    switch (type_shape(c->type)) {
    case SHAPE_BOOL:
        v.b = c->bools[i];
        break;
    case SHAPE_INT:
        v.i = c->ints[i];
        break;
    case SHAPE_REAL:
        v.r = c->reals[i];
        break;
    case SHAPE_STR:
        v.s = c->strs ? c->strs[i] : dict_get(c->dict, c->codes[i]);
        break;
    }
    return v;
}

/* The cell under a null still holds something readable. */
static void set_blank(struct column *c, size_t i)
{
    size_t size = shape_size(type_shape(c->type));
    memset((char *)c->data + i * size, 0, size);
}

void column_set(struct column *c, size_t row, struct value v)
{
    size_t i = column_at(c, row);
    if (v.null) {
        set_blank(c, i);
        column_set_null(c, i);
        return;
    }
    if (v.type != c->type)
        BUG("a %s written into a column of %s", type_name(v.type), type_name(c->type));
    if (c->nulls)
        c->nulls[i] = 0;
    switch (type_shape(c->type)) {
    case SHAPE_BOOL:
        c->bools[i] = v.b;
        break;
    case SHAPE_INT:
        c->ints[i] = v.i;
        break;
    case SHAPE_REAL:
        c->reals[i] = v.r;
        break;
    case SHAPE_STR:
        c->strs[i] = v.s;
        break;
    }
}

static void pick_cells(struct column *to, const struct column *c, const uint32_t *rows, size_t n)
{
    switch (type_shape(c->type)) {
    case SHAPE_BOOL:
        for (size_t i = 0; i < n; i++)
            to->bools[i] = c->bools[rows[i]];
        break;
    case SHAPE_INT:
        for (size_t i = 0; i < n; i++)
            to->ints[i] = c->ints[rows[i]];
        break;
    case SHAPE_REAL:
        for (size_t i = 0; i < n; i++)
            to->reals[i] = c->reals[rows[i]];
        break;
    case SHAPE_STR:
        for (size_t i = 0; i < n; i++)
            to->strs[i] = c->strs[rows[i]];
        break;
    }
}

struct column *column_pick(struct arena *a, const struct column *c, const uint32_t *rows, size_t n)
{
    if (c->constant) {
        struct column *same = column_bare(a, c->type, 1);
        *same = *c;
        same->arena = a;
        return same;
    }
    struct column *to;
    if (c->dict) {
        to = column_bare(a, c->type, n);
        to->dict = c->dict;
        to->codes = arena_alloc(a, n * sizeof *to->codes);
        for (size_t i = 0; i < n; i++)
            to->codes[i] = c->codes[rows[i]];
    } else {
        to = column_new(a, c->type, n);
        pick_cells(to, c, rows, n);
    }
    if (c->nulls) {
        to->nulls = arena_alloc(a, n);
        for (size_t i = 0; i < n; i++)
            to->nulls[i] = c->nulls[rows[i]];
    }
    return to;
}

static void copy_strs(struct column *to, const struct column *c, size_t from)
{
    size_t bytes = 0;
    for (size_t i = 0; i < to->n; i++)
        bytes += c->strs[from + i].n;
    char *p = arena_alloc(to->arena, bytes);
    for (size_t i = 0; i < to->n; i++) {
        struct str s = c->strs[from + i];
        if (s.n)
            memcpy(p, s.p, s.n);
        to->strs[i] = (struct str){p, s.n};
        p += s.n;
    }
}

struct column *column_copy(struct arena *a, const struct column *c, size_t from, size_t n)
{
    if (c->constant)
        from = 0, n = 1;
    struct column *to;
    if (c->dict) {
        struct dict *d = dict_new(a);
        to = column_bare(a, c->type, n);
        to->codes = arena_alloc(a, n * sizeof *to->codes);
        for (size_t i = 0; i < n; i++)
            to->codes[i] = dict_add(d, dict_get(c->dict, c->codes[from + i]));
        to->dict = d;
    } else {
        to = column_new(a, c->type, n);
        enum shape s = type_shape(c->type);
        if (s == SHAPE_STR)
            copy_strs(to, c, from);
        else if (n)
            memcpy(to->data, (const char *)c->data + from * shape_size(s), n * shape_size(s));
    }
    to->constant = c->constant;
    if (c->nulls) {
        to->nulls = arena_alloc(a, n);
        if (n)
            memcpy(to->nulls, c->nulls + from, n);
    }
    return to;
}
