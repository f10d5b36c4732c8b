/* Chunks: columns that appear when they are first read, and rows that are dropped in place. */
#include "base/error.h"
#include "table/table.h"

struct column *chunk_column(struct chunk *c, size_t i)
{
    if (!c->columns[i]) {
        if (!c->loader)
            BUG("column %zu of a chunk is neither there nor to be loaded", i);
        c->columns[i] = c->loader->load(c->loader, c, i);
    }
    return c->columns[i];
}

void chunk_pick(struct chunk *c, const uint32_t *rows, size_t n)
{
    if (n == c->rows)
        return;
    for (size_t i = 0; i < c->n_columns; i++) {
        if (c->columns[i])
            c->columns[i] = column_pick(c->arena, c->columns[i], rows, n);
    }
    if (c->origin) {
        int64_t *kept = arena_alloc(c->arena, n * sizeof *kept);
        for (size_t i = 0; i < n; i++)
            kept[i] = c->origin[rows[i]];
        c->origin = kept; /* the old one may belong to the table the chunk was cut from */
    }
    if (c->loader && c->loader->pick)
        c->loader->pick(c->loader, rows, n);
    c->rows = n;
}
