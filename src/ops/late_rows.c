/* The rows of one worker, kept for aggregates that are made late (late.h).
 *
 * They are appended to pieces that never move; a cell is 8 bytes, a text lies beside them. The rows
 * of a group are a chain from the last to the first, so that nothing is sorted and no array grows
 * by copying. */
#include "ops/late_internal.h"

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
