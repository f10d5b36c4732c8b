/* parse at work: comes in a chunk and the pattern as it was bound, goes out the chunk with the
 * pattern's columns. The pieces of a row are found as texts and converted a column at a time. */
#include <stdio.h>

#include "ops/parse.h"

/* ---- matching -------------------------------------------------------------------------------- */

struct parse_local {
    struct regex *regex;
    size_t *groups; /* by pattern column */
    struct str *found;
    size_t n_found;
};

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    const struct parse_data *d = node->data;
    struct arena *a = worker_arena(w);
    struct parse_local *l = ARENA_NEW(a, struct parse_local);

    (void)shared;
    *local = l;
    if (d->mode != MODE_REGEX)
        return true;
    l->regex = regex_compile(a, d->pattern, d->flags, err);
    if (!l->regex)
        return false;
    l->n_found = regex_groups(l->regex) + 1;
    l->found = ARENA_ARRAY(a, struct str, l->n_found);
    l->groups = ARENA_ARRAY(a, size_t, d->n_columns);
    for (size_t i = 0; i < d->n_columns; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i);
        l->groups[i] = regex_group_by_name(l->regex, str_of(name));
    }
    return true;
}

static bool match_regex(struct worker *w, const struct parse_data *d, struct parse_local *l,
                        struct str s, struct str *pieces)
{
    uint64_t limit_hits = 0;
    bool hit = regex_match(l->regex, s, 0, l->found, l->n_found, &limit_hits);

    if (limit_hits)
        worker_regex_limits(w, limit_hits);
    for (size_t i = 0; hit && i < d->n_columns; i++)
        pieces[i] = l->found[l->groups[i]];
    return hit;
}

/* How much of s a typed column takes that no literal ends. */
static size_t typed_length(struct str s, enum type t)
{
    size_t n = 0;

    if (t != TYPE_INT && t != TYPE_LONG && t != TYPE_REAL && t != TYPE_DECIMAL)
        return s.n;
    if (n < s.n && (s.p[n] == '-' || s.p[n] == '+'))
        n++;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') ||
                       (s.p[n] == '.' && (t == TYPE_REAL || t == TYPE_DECIMAL))))
        n++;
    return n;
}

/* The literals in order; what stands between two is the column's. */
static bool match_simple(const struct parse_data *d, struct str s, struct str *pieces)
{
    size_t at = 0, column = 0;
    const struct part *open = NULL; /* column or * that waits for the literal that ends it */

    for (size_t i = 0; i < d->n_parts; i++) {
        const struct part *part = &d->parts[i];
        if (part->kind != PART_TEXT) {
            if (open && open->kind == PART_COLUMN) { /* no literal in between */
                size_t n = typed_length(str_sub(s, at, s.n), open->type);
                pieces[column++] = str_sub(s, at, at + n);
                at += n;
            }
            open = part;
            continue;
        }
        size_t hit = open                                          ? str_find(s, part->text, at)
                     : str_starts(str_sub(s, at, s.n), part->text) ? at
                                                                   : SIZE_MAX;
        if (hit == SIZE_MAX)
            return false;
        if (open && open->kind == PART_COLUMN)
            pieces[column++] = str_sub(s, at, hit);
        open = NULL;
        at = hit + part->text.n;
    }
    if (open && open->kind == PART_COLUMN)
        pieces[column++] = str_sub(s, at, s.n);
    return open || at == s.n;
}

/* ---- running --------------------------------------------------------------------------------- */

/* The pieces of all rows as columns of text; hit says which rows match. */
static bool cut(struct worker *w, const struct parse_data *d, struct parse_local *l,
                struct chunk *c, struct chunk *pieces, bool *hit)
{
    struct column *text = worker_eval(w, d->text, c);
    struct str *one = ARENA_ARRAY(c->arena, struct str, d->n_columns);

    if (!text)
        return false;
    const struct str *strs = column_strs(text);
    *pieces = (struct chunk){.rows = c->rows,
                             .n_columns = d->n_columns,
                             .columns = ARENA_ARRAY(c->arena, struct column *, d->n_columns),
                             .arena = c->arena};
    for (size_t k = 0; k < d->n_columns; k++)
        pieces->columns[k] = column_new(c->arena, TYPE_STRING, c->rows);
    for (size_t i = 0; i < c->rows; i++) {
        struct str s = strs[column_at(text, i)];
        hit[i] = d->mode == MODE_REGEX ? match_regex(w, d, l, s, one) : match_simple(d, s, one);
        for (size_t k = 0; k < d->n_columns; k++)
            pieces->columns[k]->strs[i] = hit[i] && one[k].p ? one[k] : STR("");
    }
    return true;
}

/* Simple patterns are strict: a piece that does not convert means that the row does not match. */
static void be_strict(const struct parse_data *d, struct column **values, size_t rows, bool *hit)
{
    for (size_t k = 0; k < d->n_columns; k++) {
        for (size_t i = 0; i < rows; i++)
            hit[i] &= !column_null(values[k], i);
    }
}

static struct column *blank_misses(struct arena *a, struct column *c, const bool *hit, size_t rows)
{
    bool all = true;

    for (size_t i = 0; i < rows; i++)
        all &= hit[i];
    if (all)
        return ops_dense(a, c, rows);
    uint32_t *each = arena_alloc(a, rows * sizeof *each);
    for (size_t i = 0; i < rows; i++)
        each[i] = c->constant ? 0 : (uint32_t)i;
    struct column one = *c;
    one.constant = false;
    if (one.dict)
        column_strs(&one), one.dict = NULL, one.codes = NULL;
    struct column *to = column_pick(a, &one, each, rows); /* the pieces may be shared with others */
    for (size_t i = 0; i < rows; i++) {
        if (!hit[i])
            column_set(to, i, (struct value){.type = to->type, .null = true});
    }
    return to;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct parse_data *d = node->data;
    struct chunk pieces;
    bool *hit = ARENA_ARRAY(c->arena, bool, c->rows);
    uint32_t *rows = arena_alloc(c->arena, c->rows * sizeof *rows);
    struct column **values = ARENA_ARRAY(c->arena, struct column *, d->n_columns);

    if (!cut(w, d, local, c, &pieces, hit))
        return false;
    for (size_t k = 0; k < d->n_columns; k++) {
        if (!(values[k] = worker_eval(w, d->convert[k], &pieces)))
            return false;
    }
    if (d->mode == MODE_SIMPLE)
        be_strict(d, values, c->rows, hit);
    for (size_t i = 0; i < c->rows; i++)
        rows[i] = (uint32_t)i;
    struct chunk *out = ops_spread(c->arena, c, rows, node->schema.n, d->from);
    ops_spread_end(out, c->rows);
    for (size_t k = 0; k < d->n_columns; k++)
        out->columns[d->column[k]] = blank_misses(c->arena, values[k], hit, c->rows);
    if (d->drop) {
        uint32_t *stay = arena_alloc(c->arena, c->rows * sizeof *stay);
        size_t n = 0;
        for (size_t i = 0; i < c->rows; i++) {
            stay[n] = (uint32_t)i;
            n += hit[i];
        }
        chunk_pick(out, stay, n);
    }
    return worker_emit(w, node, out);
}

const struct op_run parse_run = {.open_worker = open_worker, .push = push};
