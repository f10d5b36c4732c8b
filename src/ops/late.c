/* What was kept for aggregates that are made late (late.h), given out again: to the kernel of an
 * aggregate for the groups that somebody asks for, or to all states when there are too many rows.
 * What a kernel gives for a group is what it gives when its rows are fed to it, in input order. */
#include <stdlib.h>
#include "ops/late_internal.h"

#ifdef HARRIER_TINY
#define BATCH 2
#else
#define BATCH 4096 /* rows that are fed at once */
#endif

/* ---- giving rows out
 * ------------------------------------------------------------------------------- */

/* A row of a worker; in input order when sorted by block, then row. */
struct ref {
    uint32_t block, worker, row;
};
static int compare_refs(const void *x, const void *y)
{
    const struct ref *a = x, *b = y;

    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row); /* a block is one worker's */
}

static uint32_t block_of(const struct late *l, uint32_t row)
{
    size_t low = 0, high = l->segments.n;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (l->segments.items[middle].from <= row)
            low = middle;
        else
            high = middle;
    }
    return l->segments.items[low].block;
}

static void put_text(const struct late *l, const struct late_column *k, uint64_t cell,
                     struct str *to)
{
    *to = k->dict ? dict_get(k->dict, (uint32_t)cell) : text_of(l, cell);
}

/* The argument for these rows, in a; texts are shared. */
static struct column *gather(struct late *const *lates, size_t column, const struct ref *refs,
                             size_t n, struct arena *a)
{
    struct column *c = column_new(a, lates[0]->columns[column].type, n);

    for (size_t i = 0; i < n; i++) {
        const struct late *l = lates[refs[i].worker];
        const struct piece *p = &l->pieces.items[refs[i].row / PIECE_ROWS];
        size_t at = refs[i].row % PIECE_ROWS;
        uint64_t cell = p->cells[column][at];
        switch (type_shape(c->type)) {
        case SHAPE_BOOL:
            c->bools[i] = cell != 0;
            break;
        case SHAPE_INT:
            c->ints[i] = (int64_t)cell;
            break;
        case SHAPE_REAL:
            memcpy(&c->reals[i], &cell, sizeof cell);
            break;
        case SHAPE_STR:
            put_text(l, &l->columns[column], cell, &c->strs[i]);
            break;
        }
        if (p->nulls[column] && p->nulls[column][at])
            column_set_null(c, i);
    }
    return c;
}

/* ---- feeding what was kept to states after all
 * ------------------------------------------------------ */

void late_replay(struct late *l,
                 void (*take)(void *ctx, struct column *const *args, const uint32_t *groups,
                              const uint64_t *ordinals, size_t rows),
                 void *ctx)
{
    struct arena *scratch = arena_new();
    uint32_t *groups = mem_grow(NULL, (l->rows + 1) * sizeof *groups);
    size_t segment = 0;

    for (size_t g = 0; g < l->groups; g++) {
        for (uint32_t r = l->last[g]; r != NO_ROW;
             r = l->pieces.items[r / PIECE_ROWS].before[r % PIECE_ROWS])
            groups[r] = (uint32_t)g;
    }
    for (size_t from = 0; from < l->rows; from += CHUNK_ROWS) {
        size_t n = l->rows - from < CHUNK_ROWS ? l->rows - from : CHUNK_ROWS;
        struct ref *refs = ARENA_ARRAY(scratch, struct ref, n);
        uint64_t *ordinals = ARENA_ARRAY(scratch, uint64_t, n);
        struct column **args = ARENA_ARRAY(scratch, struct column *, l->n_columns);
        for (size_t i = 0; i < n; i++) {
            while (segment + 1 < l->segments.n && l->segments.items[segment + 1].from <= from + i)
                segment++;
            refs[i] = (struct ref){.row = (uint32_t)(from + i)};
            ordinals[i] = (uint64_t)l->segments.items[segment].block << 32 |
                          (from + i - l->segments.items[segment].from);
        }
        for (size_t k = 0; k < l->n_columns; k++)
            args[k] = gather(&l, k, refs, n, scratch);
        take(ctx, args, groups + from, ordinals, n);
        arena_reset(scratch);
    }
    mem_free(groups);
    arena_free(scratch);
}

/* ---- making results
 * --------------------------------------------------------------------------------- */

struct late_maker {
    struct table_maker maker;
    struct late **lates;
    uint32_t **groups; /* by worker, by row of the output: the worker's group; NO_ROW */
    size_t n_workers;
    struct late_slot *slots; /* by column of the output */
    size_t n_columns;
};

/* Rows of the wanted groups, as they are fed to the kernel. */
struct feed {
    const struct late_maker *m;
    const struct late_slot *slot;
    struct agg agg;
    char *states;
    struct arena *scratch; /* dies with each batch */
    VEC(struct ref) refs;
    VEC(uint32_t) groups;
    uint64_t next; /* ordinal */
};

static void feed_batch(struct feed *f)
{
    const struct late_slot *s = f->slot;
    size_t n = f->refs.n;

    if (n == 0)
        return;
    arena_reset(f->scratch);
    uint64_t *ordinals = arena_alloc(f->scratch, n * sizeof *ordinals);
    struct column **args = ARENA_ARRAY(f->scratch, struct column *, s->n_args);
    for (size_t i = 0; i < n; i++)
        ordinals[i] = f->next++;
    for (size_t k = 0; k < s->n_args; k++)
        args[k] = gather(f->m->lates, s->args[k], f->refs.items, n, f->scratch);
    f->agg.row->update(&f->agg, f->states, f->groups.items, ordinals, args, n);
    f->refs.n = f->groups.n = 0;
}

/* The rows of output row `row`, in input order, as group `as` of the states. */
static void feed_group(struct feed *f, struct arena *a, uint32_t row, uint32_t as)
{
    size_t first = f->refs.n, workers = 0;

    for (uint32_t w = 0; w < f->m->n_workers; w++) {
        const struct late *l = f->m->lates[w];
        uint32_t g = f->m->groups[w][row];
        if (g >= l->groups) /* NO_ROW, too */
            continue;
        workers++;
        for (uint32_t r = l->last[g]; r != NO_ROW;
             r = l->pieces.items[r / PIECE_ROWS].before[r % PIECE_ROWS]) {
            vec_push(a, &f->refs, ((struct ref){0, w, r}));
            vec_push(a, &f->groups, as);
        }
    }
    struct ref *refs = f->refs.items + first;
    size_t n = f->refs.n - first;
    if (workers == 1) {
        for (size_t i = 0; i < n / 2; i++) {
            struct ref t = refs[i];
            refs[i] = refs[n - 1 - i];
            refs[n - 1 - i] = t;
        }
        return;
    }
    for (size_t i = 0; i < n; i++)
        refs[i].block = block_of(f->m->lates[refs[i].worker], refs[i].row);
    if (n)
        qsort(refs, n, sizeof *refs, compare_refs);
}

static struct column *make(struct table_maker *self, size_t i, const uint32_t *rows, size_t n,
                           struct arena *a)
{
    const struct late_maker *m = (const struct late_maker *)self;
    const struct late_slot *s = i < m->n_columns ? &m->slots[i] : NULL;

    if (!s || !s->agg)
        return NULL;
    struct arena *own = arena_new();
    struct feed f = {.m = m, .slot = s, .agg = *s->agg, .scratch = arena_new()};
    /* the text of a result lies where the kernel keeps it; all else is copied */
    bool shares = false;
    for (size_t k = 0; k < s->n_cells; k++)
        shares |= type_shape(s->cells[k].type) == SHAPE_STR && s->cells[k].type != TYPE_DYNAMIC;
    f.agg.arena = shares ? a : own;
    f.agg.own = NULL;
    f.states = arena_zalloc(own, (n + 1) * f.agg.row->state_size(&f.agg));
    for (size_t r = 0; r < n; r++) {
        feed_group(&f, own, rows[r], (uint32_t)r);
        if (f.refs.n >= BATCH)
            feed_batch(&f);
    }
    feed_batch(&f);
    struct column **outs = ARENA_ARRAY(own, struct column *, s->n_cells);
    for (size_t k = 0; k < s->n_cells; k++)
        outs[k] = column_new(a, s->cells[k].type, n);
    f.agg.row->finish(&f.agg, f.states, n, outs);
    struct column *out = outs[s->cell];
    arena_free(f.scratch);
    arena_free(own);
    return out;
}

struct table_maker *late_maker(struct arena *a, struct late **lates, uint32_t **groups,
                               size_t n_workers, struct late_slot *slots, size_t n_columns)
{
    struct late_maker *m = ARENA_NEW(a, struct late_maker);

    *m = (struct late_maker){{make}, lates, groups, n_workers, slots, n_columns};
    return &m->maker;
}

uint32_t *late_groups(struct arena *a, const uint32_t *rows, size_t n_groups, size_t n_rows)
{
    uint32_t *groups = arena_alloc(a, (n_rows + 1) * sizeof *groups);

    memset(groups, 0xff, (n_rows + 1) * sizeof *groups);
    for (size_t g = 0; g < n_groups; g++)
        groups[rows[g]] = (uint32_t)g;
    return groups;
}
