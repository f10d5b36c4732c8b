/* Schemas, tables, and the builder that collects rows into one. String columns are collected as
 * codes into a dictionary for as long as they repeat; one whose strings turn out to be nearly all
 * different goes on as plain strings. */
#include "base/error.h"
#include "table/table_internal.h"

#ifdef HARRIER_TINY
#define FIRST_ROWS 2
#define JUDGE_ROWS 4 /* rows after which a dictionary must have paid */
#else
#define FIRST_ROWS 64
#define JUDGE_ROWS 4096
#endif
#define NO_ORIGIN (-1)

size_t schema_find(const struct schema *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->fields[i].name, name))
            return i;
    }
    return SIZE_MAX;
}

struct growing {
    enum type type;
    uint8_t *nulls; /* NULL until the first null */
    void *data;     /* cells; NULL while the column is coded */
    struct dict *dict;
    uint32_t *codes;
    /* What the codes of the last source dictionary are here, + 1; 0: not asked yet. */
    uint64_t source_id;
    uint32_t *map;
    size_t map_n;
};

struct builder {
    struct arena *arena;
    struct schema schema;
    struct growing *columns;
    size_t rows, cap;
    size_t next; /* the column that builder_value fills */
    int64_t *origin;
};

struct builder *builder_new(struct arena *a, const struct schema *schema)
{
    struct builder *b = ARENA_NEW(a, struct builder);
    b->arena = a;
    b->schema.n = schema->n;
    b->schema.fields = ARENA_ARRAY(a, struct field, schema->n);
    b->columns = ARENA_ARRAY(a, struct growing, schema->n);
    for (size_t i = 0; i < schema->n; i++) {
        b->schema.fields[i].name = str_dup(a, schema->fields[i].name);
        b->schema.fields[i].type = b->columns[i].type = schema->fields[i].type;
        if (schema->fields[i].type == TYPE_STRING)
            b->columns[i].dict = dict_new(a);
    }
    return b;
}

static void *grow(struct builder *b, void *old, size_t size, size_t cap)
{
    return arena_grow(b->arena, old, b->cap * size, cap * size);
}

static void grow_to(struct builder *b, size_t cap)
{
    for (size_t i = 0; i < b->schema.n; i++) {
        struct growing *g = &b->columns[i];
        if (g->dict)
            g->codes = grow(b, g->codes, sizeof *g->codes, cap);
        else
            g->data = grow(b, g->data, shape_size(type_shape(g->type)), cap);
        if (g->nulls) {
            g->nulls = grow(b, g->nulls, 1, cap);
            memset(g->nulls + b->cap, 0, cap - b->cap);
        }
    }
    if (b->origin)
        b->origin = grow(b, b->origin, sizeof *b->origin, cap);
    b->cap = cap;
}

static void reserve(struct builder *b, size_t rows)
{
    if (rows <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : FIRST_ROWS;
    while (cap < rows)
        cap *= 2;
    grow_to(b, cap);
}

void builder_reserve(struct builder *b, size_t rows)
{
    if (rows > b->cap)
        grow_to(b, rows);
}

/* Gives up the dictionary of a column whose first `rows` strings hardly repeat. */
static void judge(struct builder *b, struct growing *g, size_t rows)
{
    if (!g->dict || rows < JUDGE_ROWS || dict_size(g->dict) <= rows / 2)
        return;
    struct str *strs = arena_alloc(b->arena, b->cap * sizeof *strs);
    for (size_t i = 0; i < rows; i++)
        strs[i] = dict_get(g->dict, g->codes[i]);
    g->data = strs;
    g->dict = NULL;
    g->codes = NULL;
}

static void set_str(struct builder *b, struct growing *g, size_t row, struct str s)
{
    if (g->dict)
        g->codes[row] = dict_add(g->dict, s);
    else
        ((struct str *)g->data)[row] = str_dup(b->arena, s);
}

static void set_null(struct builder *b, struct growing *g, size_t row)
{
    if (g->type == TYPE_STRING) {
        set_str(b, g, row, STR_NONE);
        return;
    }
    if (!g->nulls)
        g->nulls = arena_zalloc(b->arena, b->cap);
    g->nulls[row] = 1;
    size_t size = shape_size(type_shape(g->type));
    memset((char *)g->data + row * size, 0, size);
}

static void add_codes(struct builder *b, struct growing *g, const struct column *c, size_t n)
{
    size_t size = dict_size(c->dict);
    if (g->source_id != dict_id(c->dict)) {
        g->source_id = dict_id(c->dict);
        if (g->map)
            memset(g->map, 0, g->map_n * sizeof *g->map);
    }
    if (size > g->map_n) {
        size_t larger = size + size / 2;
        g->map = arena_grow(b->arena, g->map, g->map_n * sizeof *g->map, larger * sizeof *g->map);
        memset(g->map + g->map_n, 0, (larger - g->map_n) * sizeof *g->map);
        g->map_n = larger;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t from = c->codes[column_at(c, i)];
        if (g->map[from] == 0)
            g->map[from] = dict_add(g->dict, dict_get(c->dict, from)) + 1;
        g->codes[b->rows + i] = g->map[from] - 1;
    }
}

static void add_strs(struct builder *b, struct growing *g, struct column *c, size_t n)
{
    const struct str *strs = column_strs(c);
    if (g->dict) {
        for (size_t i = 0; i < n; i++)
            g->codes[b->rows + i] = dict_add(g->dict, strs[column_at(c, i)]);
        return;
    }
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += strs[column_at(c, i)].n;
    char *p = arena_alloc(b->arena, bytes);
    struct str *to = (struct str *)g->data + b->rows;
    for (size_t i = 0; i < n; i++) {
        struct str s = strs[column_at(c, i)];
        if (s.n)
            memcpy(p, s.p, s.n);
        to[i] = (struct str){p, s.n};
        p += s.n;
    }
}

static void add_column(struct builder *b, struct growing *g, struct column *c, size_t n)
{
    if (c->type != g->type)
        BUG("a column of %s given to one of %s", type_name(c->type), type_name(g->type));
    enum shape shape = type_shape(c->type);
    size_t size = shape_size(shape);
    if (shape == SHAPE_STR) {
        /* A source dictionary much larger than the rows is not worth a map. */
        if (c->dict && g->dict && dict_size(c->dict) / 64 <= b->rows + n)
            add_codes(b, g, c, n);
        else
            add_strs(b, g, c, n);
    } else if (c->constant) {
        for (size_t i = 0; i < n; i++)
            memcpy((char *)g->data + (b->rows + i) * size, c->data, size);
    } else {
        memcpy((char *)g->data + b->rows * size, c->data, n * size);
    }
    if (c->nulls) {
        if (!g->nulls)
            g->nulls = arena_zalloc(b->arena, b->cap);
        for (size_t i = 0; i < n; i++)
            g->nulls[b->rows + i] = c->nulls[column_at(c, i)];
    }
    judge(b, g, b->rows + n);
}

static void add_origin(struct builder *b, const int64_t *origin, size_t n)
{
    if (!b->origin) {
        if (!origin)
            return;
        b->origin = arena_alloc(b->arena, b->cap * sizeof *b->origin);
        for (size_t i = 0; i < b->rows; i++)
            b->origin[i] = NO_ORIGIN;
    }
    for (size_t i = 0; i < n; i++)
        b->origin[b->rows + i] = origin ? origin[i] : NO_ORIGIN;
}

void builder_add_chunk(struct builder *b, struct chunk *c)
{
    if (c->rows == 0)
        return;
    if (c->n_columns != b->schema.n || b->next)
        BUG("a chunk of %zu columns for a table of %zu", c->n_columns, b->schema.n);
    reserve(b, b->rows + c->rows);
    for (size_t i = 0; i < b->schema.n; i++)
        add_column(b, &b->columns[i], chunk_column(c, i), c->rows);
    add_origin(b, c->origin, c->rows);
    b->rows += c->rows;
}

void builder_value(struct builder *b, struct value v)
{
    reserve(b, b->rows + 1);
    struct growing *g = &b->columns[b->next];
    if (v.null) {
        set_null(b, g, b->rows);
    } else {
        if (type_shape(v.type) != type_shape(g->type))
            BUG("a %s given to a column of %s", type_name(v.type), type_name(g->type));
        switch (type_shape(g->type)) {
        case SHAPE_BOOL:
            ((uint8_t *)g->data)[b->rows] = v.b;
            break;
        case SHAPE_INT:
            ((int64_t *)g->data)[b->rows] = v.i;
            break;
        case SHAPE_REAL:
            ((double *)g->data)[b->rows] = v.r;
            break;
        case SHAPE_STR:
            set_str(b, g, b->rows, v.s);
            break;
        }
        if (g->nulls)
            g->nulls[b->rows] = 0;
    }
    judge(b, g, b->rows + 1);
    if (++b->next == b->schema.n) {
        add_origin(b, NULL, 1);
        b->next = 0;
        b->rows++;
    }
}

void builder_str(struct builder *b, struct str s)
{
    builder_value(b, (struct value){.type = TYPE_STRING, .s = s});
}

void builder_int(struct builder *b, int64_t v)
{
    builder_value(b, (struct value){.type = TYPE_LONG, .i = v});
}

void builder_real(struct builder *b, double v)
{
    builder_value(b, (struct value){.type = TYPE_REAL, .r = v});
}

void builder_bool(struct builder *b, bool v)
{
    builder_value(b, (struct value){.type = TYPE_BOOL, .b = v});
}

void builder_null(struct builder *b)
{
    builder_value(b, (struct value){.type = TYPE_STRING, .null = true});
}

size_t builder_rows(const struct builder *b)
{
    return b->rows;
}

struct table *builder_finish(struct builder *b)
{
    struct table *t = ARENA_NEW(b->arena, struct table);
    t->schema = b->schema;
    t->rows = b->rows;
    t->origin = b->origin;
    t->arena = b->arena;
    t->columns = ARENA_ARRAY(b->arena, struct column *, b->schema.n);
    reserve(b, 1); /* so that no column of an empty table lacks its cells */
    for (size_t i = 0; i < b->schema.n; i++) {
        const struct growing *g = &b->columns[i];
        struct column *c = t->columns[i] = ARENA_NEW(b->arena, struct column);
        c->type = g->type;
        c->n = b->rows;
        c->nulls = g->nulls;
        c->data = g->data;
        c->dict = g->dict;
        c->codes = g->codes;
        c->arena = b->arena;
    }
    return t;
}

void table_complete(struct table *t)
{
    if (!t->maker)
        return;
    uint32_t *rows = mem_grow(NULL, (t->rows + 1) * sizeof *rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = (uint32_t)i;
    for (size_t i = 0; i < t->schema.n; i++) {
        if (!t->columns[i])
            t->columns[i] = t->maker->make(t->maker, i, rows, t->rows, t->arena);
    }
    mem_free(rows);
    t->maker = NULL;
}

struct table *table_pick(struct arena *a, const struct table *t, const uint32_t *rows, size_t n)
{
    struct table *to = ARENA_NEW(a, struct table);
    to->schema = t->schema;
    to->rows = n;
    to->arena = a;
    to->columns = ARENA_ARRAY(a, struct column *, t->schema.n);
    for (size_t i = 0; i < t->schema.n; i++)
        to->columns[i] = column_pick(a, t->columns[i], rows, n);
    if (t->origin) {
        to->origin = arena_alloc(a, n * sizeof *to->origin);
        for (size_t i = 0; i < n; i++)
            to->origin[i] = t->origin[rows[i]];
    }
    return to;
}
