/* Rows that a sink collects: each worker its own, with the number of the block they came from; put
 * together in input order when all have ended. */
#include "exec/exec_internal.h"

struct segment {
    uint64_t block; /* sorted by; see rows_news */
    size_t from, n;
};
struct rows {
    struct arena *arena, *spare; /* rows_keep moves what stays from one to the other */
    struct schema schema;        /* of the needed columns */
    struct builder *builder;
    const struct table *before; /* rows of an earlier run instead of the builder's; NULL */
    size_t *columns; /* their schema positions */
    size_t n;
    bool origin;
    VEC(struct segment) segments;
};

static void free_rows(void *rows)
{
    arena_free(((struct rows *)rows)->arena);
    arena_free(((struct rows *)rows)->spare);
}

struct rows *rows_in(struct arena *a, const struct schema *schema, const bool *needed, bool origin)
{
    struct rows *r = ARENA_NEW(a, struct rows);

    r->arena = arena_new();
    arena_at_end(a, free_rows, r);
    r->origin = origin;
    r->columns = ARENA_ARRAY(a, size_t, schema->n);
    r->schema.fields = ARENA_ARRAY(a, struct field, schema->n);
    for (size_t i = 0; i < schema->n; i++) {
        if (needed && !needed[i])
            continue;
        r->columns[r->schema.n] = i;
        r->schema.fields[r->schema.n++] = schema->fields[i];
    }
    r->builder = builder_new(r->arena, &r->schema);
    return r;
}

struct rows *rows_new(struct worker *w, const struct schema *schema, const bool *needed)
{
    return rows_in(w->arena, schema, needed, exec_lineage(w->x));
}

size_t rows_count(const struct rows *r)
{
    return r->n;
}

size_t rows_bytes(const struct rows *r)
{
    return arena_bytes(r->arena);
}

static void add_segment(struct rows *r, uint64_t block, size_t n)
{
    if (r->segments.n && vec_last(&r->segments).block == block)
        vec_last(&r->segments).n += n;
    else
        vec_push(r->arena, &r->segments, ((struct segment){block, r->n, n}));
    r->n += n;
}

void rows_push(struct rows *r, struct chunk *chunk)
{
    struct chunk some = {.rows = chunk->rows,
                         .n_columns = r->schema.n,
                         .columns = ARENA_ARRAY(chunk->arena, struct column *, r->schema.n),
                         .origin = r->origin ? chunk->origin : NULL,
                         .arena = chunk->arena};

    for (size_t i = 0; i < r->schema.n; i++)
        some.columns[i] = chunk_column(chunk, r->columns[i]);
    builder_add_chunk(r->builder, &some);
    add_segment(r, chunk->block, chunk->rows);
}

struct table *rows_peek(struct rows *r, struct arena *a, size_t width)
{
    struct table *some = builder_finish(r->builder);
    struct table *t = ARENA_NEW(a, struct table);

    *t = *some;
    t->columns = ARENA_ARRAY(a, struct column *, width);
    for (size_t i = 0; i < r->schema.n; i++)
        t->columns[r->columns[i]] = some->columns[i];
    return t;
}

void rows_keep(struct rows *r, const uint32_t *rows, size_t n)
{
    struct arena *old = r->arena;
    struct table *all = builder_finish(r->builder);
    size_t at = 0, old_segments = r->segments.n;
    struct segment *segments = r->segments.items;

    r->arena = r->spare ? r->spare : arena_new();
    r->spare = old;
    r->builder = builder_new(r->arena, &r->schema);
    memset(&r->segments, 0, sizeof r->segments);
    r->n = 0;
    for (size_t s = 0; s < old_segments; s++) {
        size_t from = at;
        while (at < n && rows[at] < segments[s].from + segments[s].n)
            at++;
        if (at == from)
            continue;
        struct table *some = table_pick(old, all, rows + from, at - from);
        struct chunk c = {.rows = some->rows,
                          .n_columns = r->schema.n,
                          .columns = some->columns,
                          .origin = some->origin,
                          .arena = old};
        builder_add_chunk(r->builder, &c);
        add_segment(r, segments[s].block, at - from);
    }
    arena_reset(old);
}

/* ---- news ------------------------------------------------------------------------------------ */

/* What is new in a file stands behind what was kept of it, and before the next file. */
static uint64_t place_of(int64_t origin, bool news, uint64_t block)
{
    return (uint64_t)origin_file(origin) << 33 | (uint64_t)news << 32 | block;
}

struct rows *rows_before(struct arena *a, const struct schema *schema, const bool *needed,
                         const struct table *t)
{
    struct rows *r = rows_in(a, schema, needed, true);

    r->before = t;
    for (size_t i = 0; i < t->rows; i++)
        add_segment(r, place_of(t->origin[i], false, 0), 1);
    return r;
}

void rows_news(struct rows *r)
{
    const struct table *t = builder_finish(r->builder);

    for (size_t i = 0; i < r->segments.n; i++) {
        struct segment *s = &r->segments.items[i];
        s->block = place_of(t->origin[s->from], true, s->block);
    }
}

/* The columns of r, as many as r->schema has. */
static struct table *collected(struct arena *a, struct rows *r)
{
    if (!r->before)
        return builder_finish(r->builder);
    struct table *t = ARENA_NEW(a, struct table);
    *t = *r->before;
    t->columns = ARENA_ARRAY(a, struct column *, r->schema.n);
    for (size_t i = 0; i < r->schema.n; i++)
        t->columns[i] = r->before->columns[r->columns[i]];
    return t;
}

/* ---- putting the workers' rows together ------------------------------------------------------ */

struct piece {
    uint64_t block;
    uint32_t worker;
    size_t from, n;
};

static int compare_piece(const void *x, const void *y)
{
    const struct piece *a = x, *b = y;

    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    if (a->worker != b->worker) /* one block is one worker's; kept total all the same */
        return a->worker < b->worker ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

static struct piece *pieces_in_order(struct arena *a, struct rows **c, size_t n, size_t *n_pieces)
{
    size_t total = 0;

    for (size_t w = 0; w < n; w++)
        total += c[w]->segments.n;
    struct piece *p = ARENA_ARRAY(a, struct piece, total);
    size_t at = 0;
    for (size_t w = 0; w < n; w++) {
        for (size_t i = 0; i < c[w]->segments.n; i++) {
            const struct segment *s = &c[w]->segments.items[i];
            p[at++] = (struct piece){s->block, (uint32_t)w, s->from, s->n};
        }
    }
    if (total)
        qsort(p, total, sizeof *p, compare_piece);
    *n_pieces = total;
    return p;
}

static void join_codes(struct column *to, struct column *const *from, size_t n,
                       const struct piece *pieces, size_t n_pieces)
{
    struct arena *a = to->arena;
    struct dict *d = dict_new(a);
    uint32_t **map = ARENA_ARRAY(a, uint32_t *, n);

    for (size_t w = 0; w < n; w++) {
        uint32_t size = dict_size(from[w]->dict);
        map[w] = ARENA_ARRAY(a, uint32_t, size);
        for (uint32_t i = 0; i < size; i++)
            map[w][i] = dict_add(d, dict_get(from[w]->dict, i));
    }
    to->dict = d;
    to->codes = arena_alloc(a, to->n * sizeof *to->codes);
    size_t at = 0;
    for (size_t p = 0; p < n_pieces; p++) {
        const uint32_t *codes = from[pieces[p].worker]->codes + pieces[p].from;
        const uint32_t *m = map[pieces[p].worker];
        for (size_t i = 0; i < pieces[p].n; i++)
            to->codes[at++] = m[codes[i]];
    }
}

static void join_cells(struct column *to, struct column *const *from, const struct piece *pieces,
                       size_t n_pieces, size_t size)
{
    size_t at = 0;

    to->data = arena_alloc(to->arena, to->n * size);
    for (size_t p = 0; p < n_pieces; p++) {
        struct column *c = from[pieces[p].worker];
        if (type_shape(c->type) == SHAPE_STR)
            column_strs(c);
        memcpy((char *)to->data + at * size, (const char *)c->data + pieces[p].from * size,
               pieces[p].n * size);
        at += pieces[p].n;
    }
}

static void join_nulls(struct column *to, struct column *const *from, size_t n,
                       const struct piece *pieces, size_t n_pieces)
{
    bool any = false;
    size_t at = 0;

    for (size_t w = 0; w < n; w++)
        any |= from[w]->nulls != NULL;
    if (!any)
        return;
    to->nulls = arena_zalloc(to->arena, to->n);
    for (size_t p = 0; p < n_pieces; p++) {
        const uint8_t *nulls = from[pieces[p].worker]->nulls;
        if (nulls)
            memcpy(to->nulls + at, nulls + pieces[p].from, pieces[p].n);
        at += pieces[p].n;
    }
}

static struct column *join_column(struct arena *a, struct column *const *from, size_t n,
                                  size_t rows, const struct piece *pieces, size_t n_pieces,
                                  bool own)
{
    static const size_t sizes[] = {
        [SHAPE_BOOL] = 1, [SHAPE_INT] = 8, [SHAPE_REAL] = 8, [SHAPE_STR] = sizeof(struct str)};
    struct column *to = ARENA_NEW(a, struct column);
    bool coded = true;

    to->type = from[0]->type;
    to->n = rows;
    to->arena = a;
    for (size_t w = 0; w < n; w++)
        coded &= from[w]->dict != NULL;
    if (coded) {
        join_codes(to, from, n, pieces, n_pieces);
    } else {
        join_cells(to, from, pieces, n_pieces, sizes[type_shape(to->type)]);
        if (own && type_shape(to->type) == SHAPE_STR)
            to->strs = column_copy(a, to, 0, rows)->strs;
    }
    join_nulls(to, from, n, pieces, n_pieces);
    return to;
}

static bool in_order(const struct piece *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].worker != pieces[0].worker || (i && pieces[i].from < pieces[i - 1].from))
            return false;
    }
    return true;
}

static int64_t *join_origins(struct arena *a, struct table **tables, size_t rows,
                             const struct piece *pieces, size_t n_pieces)
{
    int64_t *origin = arena_alloc(a, (rows ? rows : 1) * sizeof *origin);
    size_t at = 0;

    for (size_t p = 0; p < n_pieces; p++) {
        const int64_t *from = tables[pieces[p].worker]->origin;
        for (size_t i = 0; i < pieces[p].n; i++)
            origin[at++] = from ? from[pieces[p].from + i] : ORIGIN_NONE;
    }
    return origin;
}

struct table *rows_join(struct arena *a, struct rows **r, size_t n, const struct schema *schema,
                        bool own)
{
    size_t n_pieces, rows = 0;
    struct piece *pieces = pieces_in_order(a, r, n, &n_pieces);
    struct table **tables = ARENA_ARRAY(a, struct table *, n);
    struct table *t = ARENA_NEW(a, struct table);
    struct column **from = ARENA_ARRAY(a, struct column *, n);

    for (size_t w = 0; w < n; w++) {
        tables[w] = collected(a, r[w]);
        rows += r[w]->n;
    }
    *t = (struct table){.schema = *schema,
                        .rows = rows,
                        .columns = ARENA_ARRAY(a, struct column *, schema->n),
                        .arena = a};
    bool one = !own && in_order(pieces, n_pieces);
    size_t only = n_pieces ? pieces[0].worker : 0;
    for (size_t i = 0; i < r[0]->schema.n; i++) {
        for (size_t w = 0; w < n; w++)
            from[w] = tables[w]->columns[i];
        t->columns[r[0]->columns[i]] =
            one ? from[only] : join_column(a, from, n, rows, pieces, n_pieces, own);
    }
    if (r[0]->origin)
        t->origin = one ? tables[only]->origin : join_origins(a, tables, rows, pieces, n_pieces);
    return t;
}

struct table *rows_table(struct exec *x, struct rows **r, size_t n, const struct schema *schema)
{
    return rows_join(x->arena, r, n, schema, false);
}

struct table *rows_pick(struct exec *x, const struct plan_node *node, const struct table *t,
                        const uint32_t *rows, size_t n)
{
    struct arena *a = x->arena;
    struct table *to = ARENA_NEW(a, struct table);

    *to = (struct table){.schema = node->schema,
                         .rows = n,
                         .columns = ARENA_ARRAY(a, struct column *, node->schema.n),
                         .arena = a};
    for (size_t i = 0; i < node->schema.n; i++)
        to->columns[i] = t->columns[i] ? column_pick(a, t->columns[i], rows, n) : NULL;
    if (t->origin && x->lineage) {
        /* a row comes from one row: its origin goes on in its stead */
        to->origin = arena_alloc(a, (n ? n : 1) * sizeof *to->origin);
        for (size_t i = 0; i < n; i++)
            to->origin[i] = t->origin[rows[i]];
    }
    return to;
}
