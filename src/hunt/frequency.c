/* Rows in, counts by value out. One pass with a hash table of the values met; a list gives each of
 * its elements once. See frequency.h. */
#include "hunt/frequency.h"

#include <stdlib.h>

#include "base/vec.h"

struct group {
    struct value value;
    size_t count, order;
    int64_t first, last;
    bool timed;
    size_t last_row;      /* counted for that row already (lists hold things twice) */
};
struct counting {
    struct arena *a;
    VEC(struct group) groups;
    uint32_t *slots;      /* group + 1; 0 is free */
    size_t cap;
    const struct column *first, *last;
};

void times_of(const struct schema *s, size_t *first, size_t *last)
{
    static const char *const firsts[] = {"TimeGenerated", "StartTime", "First", "timestamp"};
    static const char *const lasts[] = {"TimeGenerated", "EndTime", "Last"};
    *first = *last = SIZE_MAX;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts && *first == SIZE_MAX; i++) {
        size_t at = schema_find(s, str_of(firsts[i]));
        if (at != SIZE_MAX && s->fields[at].type == TYPE_DATETIME)
            *first = at;
    }
    for (size_t i = 0; i < s->n && *first == SIZE_MAX; i++)
        if (s->fields[i].type == TYPE_DATETIME)
            *first = i;
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts && *last == SIZE_MAX; i++) {
        size_t at = schema_find(s, str_of(lasts[i]));
        if (at != SIZE_MAX && s->fields[at].type == TYPE_DATETIME)
            *last = at;
    }
    if (*last == SIZE_MAX)
        *last = *first;
}

static void resize(struct counting *c)
{
    c->cap = c->cap ? c->cap * 2 : 256;
    c->slots = ARENA_ARRAY(c->a, uint32_t, c->cap);
    for (size_t i = 0; i < c->groups.n; i++) {
        size_t at = value_hash(c->groups.items[i].value) & (c->cap - 1);
        while (c->slots[at])
            at = (at + 1) & (c->cap - 1);
        c->slots[at] = (uint32_t)i + 1;
    }
}

static struct group *group_of(struct counting *c, struct value v)
{
    if (2 * (c->groups.n + 1) > c->cap)
        resize(c);
    size_t at = value_hash(v) & (c->cap - 1);
    for (; c->slots[at]; at = (at + 1) & (c->cap - 1))
        if (value_equal(c->groups.items[c->slots[at] - 1].value, v))
            return &c->groups.items[c->slots[at] - 1];
    vec_push(c->a, &c->groups,
             ((struct group){.value = v, .order = c->groups.n, .last_row = SIZE_MAX}));
    c->slots[at] = (uint32_t)c->groups.n;
    return &vec_last(&c->groups);
}

static void add(struct counting *c, struct value v, size_t row)
{
    struct group *g = group_of(c, v);
    if (g->last_row == row)
        return;
    g->last_row = row;
    g->count++;
    if (!c->first)
        return;
    struct value from = column_value(c->first, row), to = column_value(c->last, row);
    if (!from.null && (!g->timed || from.i < g->first))
        g->first = from.i;
    if (!from.null) {
        int64_t end = to.null ? from.i : to.i;
        g->last = !g->timed || end > g->last ? end : g->last;
        g->timed = true;
    }
}

static struct value element_text(struct arena *a, struct str element)
{
    struct buf text = {0};
    dyn_text(&text, element, false);
    struct value v = {.type = TYPE_STRING, .s = str_dup(a, buf_str(&text))};
    buf_release(&text);
    return v;
}

static void add_cell(struct counting *c, struct frequency *f, struct value v, size_t row)
{
    const struct value none = {.type = TYPE_STRING, .s = STR("")};
    if (v.type != TYPE_DYNAMIC) {
        f->without += v.null || (type_shape(v.type) == SHAPE_STR && !v.s.n);
        add(c, v, row);
        return;
    }
    size_t n = v.null ? 0 : dyn_count(v.s);
    if (!v.null && dyn_kind(v.s) == DYN_ARRAY && n) {
        for (size_t i = 0; i < n; i++)
            add(c, element_text(c->a, dyn_item(v.s, i)), row);
    } else if (v.null || dyn_kind(v.s) == DYN_NULL || (dyn_kind(v.s) == DYN_ARRAY && !n)) {
        f->without++;
        add(c, none, row);
    } else {
        add(c, element_text(c->a, v.s), row);
    }
}

static int by_count(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static struct table *table_of(struct arena *a, const struct frequency *f,
                              const struct group *groups, size_t n, enum type type)
{
    struct field fields[] = {{STR("Value"), type == TYPE_DYNAMIC ? TYPE_STRING : type},
                             {STR("Count"), TYPE_LONG},
                             {STR("Share"), TYPE_REAL},
                             {STR("First"), TYPE_DATETIME},
                             {STR("Last"), TYPE_DATETIME}};
    struct schema schema = {fields, f->first == SIZE_MAX ? 3 : 5};
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < n; i++) {
        const struct group *g = &groups[i];
        builder_value(b, g->value);
        builder_int(b, (int64_t)g->count);
        builder_real(b, f->rows ? (double)g->count / (double)f->rows : 0);
        if (schema.n < 5)
            continue;
        builder_value(b, (struct value){.type = TYPE_DATETIME, .null = !g->timed, .i = g->first});
        builder_value(b, (struct value){.type = TYPE_DATETIME, .null = !g->timed, .i = g->last});
    }
    return builder_finish(b);
}

struct frequency *frequency_of(struct arena *a, const struct table *t, size_t field,
                               const uint32_t *rows, size_t n)
{
    struct frequency *f = ARENA_NEW(a, struct frequency);
    struct counting c = {.a = arena_new()};
    enum type type = t->schema.fields[field].type;
    f->rows = n;
    f->elements = type == TYPE_DYNAMIC;
    times_of(&t->schema, &f->first, &f->last);
    if (f->first != SIZE_MAX) {
        c.first = t->columns[f->first];
        c.last = t->columns[f->last];
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = rows ? rows[i] : i;
        add_cell(&c, f, column_value(t->columns[field], row), row);
    }
    if (c.groups.n)
        qsort(c.groups.items, c.groups.n, sizeof *c.groups.items, by_count);
    f->table = table_of(a, f, c.groups.items, c.groups.n, type);
    f->values = ARENA_ARRAY(a, struct value, c.groups.n + 1);
    for (size_t i = 0; i < c.groups.n; i++)
        f->values[i] = column_value(f->table->columns[0], i);
    arena_free(c.a);
    return f;
}
