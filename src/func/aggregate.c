/* The list of all aggregates, and what their kernels share. */
#include "func/aggregate_internal.h"

static const struct aggregate *const aggregate_tables[] = {
#define X(file) aggregates_##file,
    AGGREGATE_FILES(X)
#undef X
};
#define N_TABLES (sizeof aggregate_tables / sizeof *aggregate_tables)

#ifdef HARRIER_TINY
#define PIECE 8
#else
#define PIECE 4096
#endif

const struct aggregate *aggregate_find(struct str name)
{
    const struct aggregate *f;
    for (size_t i = 0; (f = aggregate_row(i)) != NULL; i++) {
        if (str_is(name, f->name))
            return f;
    }
    return NULL;
}

const struct aggregate *aggregate_row(size_t i)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const struct aggregate *f = aggregate_tables[t]; f->name; f++) {
            if (i-- == 0)
                return f;
        }
    }
    return NULL;
}

const struct func_form_agg *aggregate_pick(const struct aggregate *f, const enum type *args,
                                           size_t n, enum type *result, enum type *cast_to,
                                           const char **why)
{
    const struct func_form_agg *best = NULL;
    unsigned best_cost = NO_FIT;
    *why = NULL;
    for (size_t i = 0; i < sizeof f->forms / sizeof *f->forms && f->forms[i].args; i++) {
        unsigned cost = form_cost(f->forms[i].args, args, n, FUNC_STRICT, cast_to);
        if (cost < best_cost) {
            best = &f->forms[i];
            best_cost = cost;
        }
    }
    if (!best) {
        if (n && args[0] == TYPE_DYNAMIC)
            *why = "a dynamic value must be converted first, e.g. tolong(x) or tostring(x)";
        return NULL;
    }
    form_cost(best->args, args, n, FUNC_STRICT, cast_to);
    *result = best->result != TYPE_NONE ? best->result : cast_to[0];
    return best;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Bytes that kernels keep are packed one after the other: millions of groups keep a short text
 * each. */
struct pool_piece {
    char *p;
    size_t left;
};

char *agg_bytes(struct agg *agg, size_t n)
{
    struct pool_piece *piece = agg->own;
    if (!piece)
        piece = agg->own = ARENA_NEW(agg->arena, struct pool_piece);
    if (n > piece->left) {
        if (n > PIECE / 4)
            return arena_alloc(agg->arena, n);
        piece->p = arena_alloc(agg->arena, PIECE);
        piece->left = PIECE;
    }
    char *p = piece->p;
    piece->p += n;
    piece->left -= n;
    return p;
}

struct str agg_keep(struct agg *agg, struct str s)
{
    if (s.n == 0)
        return STR("");
    char *p = agg_bytes(agg, s.n);
    memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* Takes the place of what the cell held; memory that is large enough is used again, because arg_max
 * of a time that rises changes its mind with every row. */
void cell_set(struct agg *agg, struct cell *cell, const struct column *c, size_t row)
{
    size_t i = column_at(c, row);
    cell->null = c->nulls && c->nulls[i];
    if (cell->null)
        return;
    switch (type_shape(c->type)) {
    case SHAPE_BOOL:
        cell->i = c->bools[i];
        return;
    case SHAPE_INT:
        cell->i = c->ints[i];
        return;
    case SHAPE_REAL:
        cell->r = c->reals[i];
        return;
    case SHAPE_STR:
        break;
    }
    struct str s = c->strs[i];
    cell->n = s.n > UINT32_MAX ? UINT32_MAX : (uint32_t)s.n;
    if (cell->n > cell->cap) {
        cell->cap = cell->cap && cell->n < UINT32_MAX / 2 ? cell->n * 2 : cell->n;
        cell->p = agg_bytes(agg, cell->cap);
    }
    if (cell->n)
        memcpy(cell->p, s.p, cell->n);
}

void cell_copy(struct cell *into, const struct cell *from)
{
    *into = *from;
    into->cap = 0; /* the bytes are the other's: never written to */
}

struct value cell_value(const struct cell *cell, enum type t)
{
    struct value v = {.type = t, .null = cell->null};
    switch (type_shape(t)) {
    case SHAPE_BOOL:
        v.b = cell->i != 0;
        break;
    case SHAPE_INT:
        v.i = cell->i;
        break;
    case SHAPE_REAL:
        v.r = cell->r;
        break;
    case SHAPE_STR:
        v.s = (struct str){cell->p, cell->n};
        break;
    }
    return v;
}

void agg_need_strs(struct column *const *args, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (type_shape(args[k]->type) == SHAPE_STR)
            column_strs(args[k]);
    }
}
