/* Tables as sources of pipelines: cut into parts, a part read as chunks whose columns are views of
 * the table's until rows are dropped. */
#include "exec/exec_internal.h"

struct view {
    struct chunk_loader loader;
    struct column **columns; /* of the part */
    struct table_maker *maker;
    size_t from, n;          /* rows while none was dropped */
    uint32_t *rows;          /* what is left, relative to `from`; NULL: all */
    struct arena *arena;
};

struct parts parts_of_table(struct arena *a, const struct table *t, size_t node)
{
    struct parts p = {.n_columns = t->schema.n, .node = node};

    p.n = (t->rows + PART_ROWS - 1) / PART_ROWS;
    p.items = ARENA_ARRAY(a, struct part, p.n);
    for (size_t i = 0; i < p.n; i++) {
        size_t from = i * PART_ROWS;
        size_t n = t->rows - from < PART_ROWS ? t->rows - from : PART_ROWS;
        p.items[i] = (struct part){t->columns, t->maker, t->origin, from, n, (uint32_t)i};
    }
    return p;
}

static size_t cell_size(enum type t)
{
    switch (type_shape(t)) {
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

struct column *column_view(struct arena *a, const struct column *of, size_t from, size_t n)
{
    struct column *c = arena_alloc(a, sizeof *c);

    *c = *of;
    c->arena = a;
    if (of->constant)
        return c;
    c->n = n;
    if (of->nulls)
        c->nulls = of->nulls + from;
    if (of->data)
        c->data = (char *)of->data + from * cell_size(of->type);
    if (of->codes)
        c->codes = of->codes + from;
    return c;
}

/* A column that is made only for the rows that are left. */
static struct column *make(struct view *v, struct chunk *c, size_t i)
{
    uint32_t *rows = arena_alloc(c->arena, (c->rows + 1) * sizeof *rows);

    for (size_t k = 0; k < c->rows; k++)
        rows[k] = (uint32_t)(v->from + (v->rows ? v->rows[k] : k));
    return v->maker->make(v->maker, i, rows, c->rows, c->arena);
}

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct view *v = (struct view *)self;
    struct column *made;

    if (!v->columns[i] && v->maker && (made = make(v, c, i)))
        return made;
    if (!v->columns[i])
        BUG("column %zu was not kept because nobody needs it", i);
    struct column *all = column_view(c->arena, v->columns[i], v->from, v->n);
    return v->rows ? column_pick(c->arena, all, v->rows, c->rows) : all;
}

/* Rows ascend and rows[i] >= i, so that later picks go in place. */
static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct view *v = (struct view *)self;
    bool first = !v->rows;

    if (first)
        v->rows = arena_alloc(v->arena, v->n * sizeof *v->rows);
    for (size_t i = 0; i < n; i++)
        v->rows[i] = first ? rows[i] : v->rows[rows[i]];
}

struct chunk *part_chunk(struct arena *scratch, const struct parts *p, const struct part *part,
                         size_t from, size_t n, bool origin)
{
    struct chunk *c = ARENA_NEW(scratch, struct chunk);
    struct view *v = ARENA_NEW(scratch, struct view);

    *v = (struct view){.loader = {.load = load, .pick = pick},
                       .columns = part->columns,
                       .maker = part->maker,
                       .from = part->from + from,
                       .n = n,
                       .arena = scratch};
    *c = (struct chunk){.rows = n,
                        .n_columns = p->n_columns,
                        .columns = ARENA_ARRAY(scratch, struct column *, p->n_columns),
                        .loader = &v->loader,
                        .block = part->block,
                        .arena = scratch};
    if (!origin)
        return c;
    if (part->origin) {
        c->origin = (int64_t *)part->origin + part->from + from;
        return c;
    }
    c->origin = arena_alloc(scratch, n * sizeof *c->origin);
    for (size_t i = 0; i < n; i++)
        c->origin[i] = origin_row(p->node, part->from + from + i);
    return c;
}

struct chunk *part_picked(struct arena *scratch, const struct parts *p, const struct part *part,
                          uint32_t *rows, size_t n, bool origin)
{
    struct chunk *c = part_chunk(scratch, p, part, 0, part->n, false);

    ((struct view *)c->loader)->rows = rows;
    c->rows = n;
    if (!origin)
        return c;
    c->origin = arena_alloc(scratch, n * sizeof *c->origin);
    for (size_t i = 0; i < n; i++) {
        size_t row = part->from + rows[i];
        c->origin[i] = part->origin ? part->origin[row] : origin_row(p->node, row);
    }
    return c;
}
