/* Aggregates that are made late (summarize.h): the rows of each group, kept, and their results for
 * the groups that somebody asks for.
 *
 * A worker appends the arguments of its rows to pieces that never move; a cell is 8 bytes, a text
 * lies beside them. The rows of a group are a chain from the last to the first, so that nothing is
 * sorted and no array grows by copying. What a kernel gives for a group is what it gives when its
 * rows are fed to it, so it is fed the rows of the wanted groups only. */
#include <stdlib.h>
#include "ops/late.h"

#ifdef HARRIER_TINY
#define PIECE_ROWS ((size_t)4)
#define TEXT_BYTES ((size_t)16)
#define BATCH 2
#else
#define PIECE_ROWS ((size_t)4096)
#define TEXT_BYTES ((size_t)65536)
#define BATCH 4096
#endif
#define NO_ROW UINT32_MAX

struct piece {
    uint32_t *before; /* the row of the same group before this one */
    uint64_t **cells; /* by column: the value's bits, a code, or a text's place << 32 | its bytes */
    uint8_t **nulls;  /* by column; NULL: none is null */
};
struct late_column {
    enum type type;
    const struct dict *dict; /* cells hold its codes */
    bool plain;              /* cells hold texts, for good */
};
struct segment {
    uint32_t block, from;
};
struct late {
    struct arena *arena;
    size_t n_columns, rows, bytes;
    struct late_column *columns;
    VEC(struct piece) pieces;
    VEC(char *) texts;            /* TEXT_BYTES each, or one long text */
    size_t text_left;             /* in the last of them */
    VEC(struct segment) segments; /* runs of rows of one block */
    uint32_t *last;               /* by group: its last row; NO_ROW */
    size_t groups;
};

struct late *late_new(struct arena *a, struct expr *const *args, size_t n)
{
    struct late *l = ARENA_NEW(a, struct late);

    l->arena = a;
    l->n_columns = n;
    l->columns = ARENA_ARRAY(a, struct late_column, n);
    for (size_t i = 0; i < n; i++)
        l->columns[i].type = args[i]->type == TYPE_NONE ? TYPE_DYNAMIC : args[i]->type;
    return l;
}

size_t late_bytes(const struct late *l)
{
    return l->bytes;
}

/* ---- taking rows in
 * -------------------------------------------------------------------------------- */

static void add_piece(struct late *l)
{
    struct piece p = {.before = arena_alloc(l->arena, PIECE_ROWS * sizeof *p.before),
                      .cells = ARENA_ARRAY(l->arena, uint64_t *, l->n_columns),
                      .nulls = ARENA_ARRAY(l->arena, uint8_t *, l->n_columns)};

    for (size_t i = 0; i < l->n_columns; i++)
        p.cells[i] = arena_alloc(l->arena, PIECE_ROWS * sizeof **p.cells);
    vec_push(l->arena, &l->pieces, p);
    l->bytes += PIECE_ROWS * (sizeof *p.before + l->n_columns * sizeof **p.cells);
}

/* Offsets are 16 bits, so that a text of any length can begin in a piece and only there end. */
static uint64_t keep_text(struct late *l, struct str s)
{
    if (s.n > l->text_left) {
        size_t size = s.n > TEXT_BYTES / 4 ? s.n : TEXT_BYTES;
        vec_push(l->arena, &l->texts, arena_alloc(l->arena, size));
        l->bytes += size;
        l->text_left = size == TEXT_BYTES ? size : 0;
        if (size != TEXT_BYTES) {
            memcpy(vec_last(&l->texts), s.p, s.n);
            return (uint64_t)(l->texts.n - 1) << 48 | (uint32_t)s.n;
        }
    }
    if (s.n == 0)
        return 0;
    uint64_t at = TEXT_BYTES - l->text_left;
    memcpy(vec_last(&l->texts) + at, s.p, s.n);
    l->text_left -= s.n;
    return (uint64_t)(l->texts.n - 1) << 48 | at << 32 | (uint32_t)s.n;
}

static struct str text_of(const struct late *l, uint64_t cell)
{
    if ((uint32_t)cell == 0)
        return STR("");
    return (struct str){l->texts.items[cell >> 48] + (cell >> 32 & 0xffff), (uint32_t)cell};
}

/* Codes give way to texts when a chunk comes without them, or with those of another dictionary. */
static void uncode(struct late *l, size_t column)
{
    struct late_column *k = &l->columns[column];

    for (size_t i = 0; k->dict && i < l->rows; i++) {
        uint64_t *cell = &l->pieces.items[i / PIECE_ROWS].cells[column][i % PIECE_ROWS];
        *cell = keep_text(l, dict_get(k->dict, (uint32_t)*cell));
    }
    k->dict = NULL;
    k->plain = true;
}

static void agree(struct late *l, size_t column, struct column *c)
{
    struct late_column *k = &l->columns[column];

    if (type_shape(k->type) != SHAPE_STR)
        return;
    if (l->rows == 0 && c->dict && !k->plain)
        k->dict = c->dict;
    else if (!k->plain && (!k->dict || c->dict != k->dict))
        uncode(l, column);
    if (k->plain && c->dict)
        column_strs(c);
}

static void put_nulls(struct late *l, struct piece *p, size_t column, size_t at,
                      const struct column *c, size_t from, size_t n)
{
    if (!p->nulls[column] && !c->nulls)
        return;
    if (!p->nulls[column])
        p->nulls[column] = arena_zalloc(l->arena, PIECE_ROWS);
    for (size_t i = 0; i < n; i++)
        p->nulls[column][at + i] = column_null(c, from + i);
}

/* Cells [from, from + n) of c go to places at … of the piece. */
static void put_cells(struct late *l, struct piece *p, size_t column, size_t at,
                      const struct column *c, size_t from, size_t n)
{
    const struct late_column *k = &l->columns[column];
    uint64_t *to = p->cells[column] + at;

    put_nulls(l, p, column, at, c, from, n);
    switch (type_shape(k->type)) {
    case SHAPE_BOOL:
        for (size_t i = 0; i < n; i++)
            to[i] = c->bools[column_at(c, from + i)];
        break;
    case SHAPE_INT:
    case SHAPE_REAL:
        if (!c->constant) {
            memcpy(to, c->ints + from, n * sizeof *to);
            break;
        }
        for (size_t i = 0; i < n; i++)
            memcpy(&to[i], c->ints, sizeof *to);
        break;
    case SHAPE_STR:
        for (size_t i = 0; i < n; i++) {
            size_t row = column_at(c, from + i);
            to[i] = k->dict ? c->codes[row] : keep_text(l, c->strs[row]);
        }
        break;
    }
}

static void chain(struct late *l, const uint32_t *groups, size_t n_groups, size_t rows)
{
    if (n_groups > l->groups) {
        size_t cap = l->groups ? l->groups * 2 : 64;
        while (cap < n_groups)
            cap *= 2;
        l->last = arena_grow(l->arena, l->last, l->groups * sizeof *l->last, cap * sizeof *l->last);
        memset(l->last + l->groups, 0xff, (cap - l->groups) * sizeof *l->last);
        l->bytes += (cap - l->groups) * sizeof *l->last;
        l->groups = cap;
    }
    for (size_t i = 0; i < rows; i++) {
        uint32_t row = (uint32_t)(l->rows + i);
        l->pieces.items[row / PIECE_ROWS].before[row % PIECE_ROWS] = l->last[groups[i]];
        l->last[groups[i]] = row;
    }
}

void late_add(struct late *l, uint32_t block, const uint32_t *groups, size_t n_groups,
              struct column *const *args, size_t rows)
{
    if (!l->segments.n || vec_last(&l->segments).block != block)
        vec_push(l->arena, &l->segments, ((struct segment){block, (uint32_t)l->rows}));
    for (size_t k = 0; k < l->n_columns; k++)
        agree(l, k, args[k]);
    for (size_t done = 0, n; done < rows; done += n) {
        size_t at = (l->rows + done) % PIECE_ROWS;
        if ((l->rows + done) / PIECE_ROWS == l->pieces.n)
            add_piece(l);
        n = PIECE_ROWS - at < rows - done ? PIECE_ROWS - at : rows - done;
        for (size_t k = 0; k < l->n_columns; k++)
            put_cells(l, &vec_last(&l->pieces), k, at, args[k], done, n);
    }
    chain(l, groups, n_groups, rows);
    l->rows += rows;
}

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
    bool shares = type_shape(s->agg->type) == SHAPE_STR && s->agg->type != TYPE_DYNAMIC;
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
        outs[k] = column_new(a, s->agg->type, n);
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
