/* The late columns of a summarize over kept rows (summarize_again.c): made for the groups that
 * somebody asks for, from their rows, and remembered until a row of the group comes or goes. */
#include "ops/summarize_again.h"

#ifdef HARRIER_TINY
#define BATCH 2
#else
#define BATCH 4096 /* rows that are fed at once */
#endif

struct asked {
    struct table_maker maker;
    struct tally *m;
    uint64_t version;
    struct kept_rows k; /* a copy */
    const uint32_t *order; /* by row of the output: its group */
    const uint32_t *counts; /* by group: its rows */
    size_t n_groups;
    /* By column of the output: what makes it. slot SIZE_MAX: it is there. */
    size_t *slot, *cell, *n_cells;
    size_t n_columns;
    /* Once something is asked for that is not remembered: rows by group, of groups with such. */
    uint32_t *start, *rows;
    struct arena *arena;
};

static bool is_stale(const struct asked *a)
{
    return a->version != a->m->version; /* the cells are a later answer's */
}

static bool wants_rows(const struct asked *a, size_t group)
{
    for (size_t i = 0; i < a->m->n_slots; i++) {
        const struct tally_slot *p = &a->m->slots[i];
        if (p->late && (is_stale(a) || !p->made[group]))
            return true;
    }
    return false;
}

/* Under the lock. */
static void sort_rows(struct asked *a)
{
    const uint32_t *group = a->m->group;
    uint32_t *list, *next;
    uint8_t *wanted;

    if (a->start)
        return;
    a->arena = arena_new();
    struct arena *scratch = arena_new();
    list = arena_alloc(scratch, kept_most() * sizeof *list);
    wanted = arena_alloc(scratch, a->n_groups + 1);
    a->start = ARENA_ARRAY(a->arena, uint32_t, a->n_groups + 2);
    for (size_t g = 0; g < a->n_groups; g++) {
        wanted[g] = wants_rows(a, g);
        a->start[g + 1] = a->start[g] + (wanted[g] ? a->counts[g] : 0);
    }
    next = arena_alloc(scratch, (a->n_groups + 1) * sizeof *next);
    memcpy(next, a->start, (a->n_groups + 1) * sizeof *next);
    a->rows = arena_alloc(a->arena, (a->start[a->n_groups] + 1) * sizeof *a->rows);
    for (size_t part = 0; part < kept_parts(&a->k); part++) {
        size_t n = kept_list(a->k.live, part, list);
        for (size_t i = 0; i < n; i++) {
            if (wanted[group[list[i]]])
                a->rows[next[group[list[i]]]++] = list[i];
        }
    }
    arena_free(scratch);
}

struct batch {
    struct agg agg;
    const struct tally_slot *slot;
    char *states;
    struct arena *scratch;
    uint32_t rows[BATCH], groups[BATCH];
    size_t n;
};

static void feed_batch(struct batch *b)
{
    uint64_t *ordinals;

    if (!b->n)
        return;
    arena_reset(b->scratch);
    struct column **args = ARENA_ARRAY(b->scratch, struct column *, b->agg.n_args);
    ordinals = arena_alloc(b->scratch, b->n * sizeof *ordinals);
    for (size_t i = 0; i < b->n; i++)
        ordinals[i] = b->rows[i];
    for (size_t k = 0; k < b->agg.n_args; k++)
        args[k] = column_pick(b->scratch, b->slot->args[k], b->rows, b->n);
    b->agg.row->update(&b->agg, b->states, b->groups, ordinals, args, b->n);
    b->n = 0;
}

/* The cells of these groups, in own. */
static struct column **make_cells(const struct asked *a, size_t slot, const uint32_t *groups,
                                  size_t n, size_t n_cells, struct arena *own)
{
    struct batch *b = arena_alloc(own, sizeof *b);
    const struct tally_slot *p = &a->m->slots[slot];
    struct column **outs = ARENA_ARRAY(own, struct column *, n_cells);

    atomic_fetch_add(&a->k.counts->cells, (long long)n);
    b->slot = p;
    b->agg = p->agg;
    b->agg.arena = own;
    b->agg.own = NULL;
    b->states = arena_zalloc(own, (n + 1) * p->size);
    b->scratch = arena_new();
    b->n = 0;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t r = a->start[groups[i]]; r < a->start[groups[i] + 1]; r++) {
            b->rows[b->n] = a->rows[r];
            b->groups[b->n++] = (uint32_t)i;
            if (b->n == BATCH)
                feed_batch(b);
        }
    }
    feed_batch(b);
    arena_free(b->scratch);
    for (size_t c = 0; c < n_cells; c++)
        outs[c] = column_new(own, p->cells[c]->type, n);
    p->agg.row->finish(&b->agg, b->states, n, outs);
    return outs;
}

/* Under the lock: which of the rows that are asked for have no cells yet; their groups. */
static size_t find_missing(struct asked *a, size_t slot, const uint32_t *rows, size_t n,
                           uint32_t *groups)
{
    size_t missing = 0;

    for (size_t i = 0; i < n; i++) {
        groups[missing] = a->order[rows[i]];
        missing += is_stale(a) || !a->m->slots[slot].made[groups[missing]];
    }
    if (missing)
        sort_rows(a);
    return missing;
}

/* Under the lock. Texts are what takes room. */
static void remember(struct asked *a, size_t slot, const uint32_t *groups, size_t n,
                     struct column *const *made, size_t n_cells)
{
    struct tally *m = a->m;
    struct tally_slot *p = &m->slots[slot];

    for (size_t i = 0; i < n && !is_stale(a); i++) {
        size_t bytes = 0;
        for (size_t c = 0; c < n_cells; c++)
            bytes += type_shape(made[c]->type) == SHAPE_STR && !column_null(made[c], i)
                         ? made[c]->strs[i].n + 16
                         : 0;
        if (p->made[groups[i]] || (int64_t)bytes > m->left)
            continue;
        m->left -= (int64_t)bytes;
        for (size_t c = 0; c < n_cells; c++)
            tally_put(p->cells[c], groups[i], made[c], i, m->later);
        p->made[groups[i]] = 1;
    }
}

static struct column *make(struct table_maker *self, size_t i, const uint32_t *rows, size_t n,
                           struct arena *a)
{
    struct asked *q = (struct asked *)self;

    if (i >= q->n_columns || q->slot[i] == SIZE_MAX)
        return NULL;
    struct arena *own = arena_new();
    size_t slot = q->slot[i], cell = q->cell[i], next = 0;
    uint32_t *groups = arena_alloc(own, (n + 1) * sizeof *groups);
    struct column **made = NULL;
    const struct tally_slot *p = &q->m->slots[slot];
    struct column *out = column_new(a, p->cells[cell]->type, n);
    pthread_mutex_lock(&q->m->lock);
    size_t missing = find_missing(q, slot, rows, n, groups);
    pthread_mutex_unlock(&q->m->lock);
    if (missing)
        made = make_cells(q, slot, groups, missing, q->n_cells[i], own);
    pthread_mutex_lock(&q->m->lock);
    if (missing)
        remember(q, slot, groups, missing, made, q->n_cells[i]);
    for (size_t r = 0; r < n; r++) {
        uint32_t group = q->order[rows[r]];
        bool own_cell = next < missing && groups[next] == group;
        if (!is_stale(q) && p->made[group])
            tally_put(out, r, p->cells[cell], group, NULL);
        else
            tally_put(out, r, made[cell], next, a);
        next += own_cell;
    }
    pthread_mutex_unlock(&q->m->lock);
    arena_free(own);
    return out;
}

static void end_asked(void *asked)
{
    arena_free(((struct asked *)asked)->arena);
}

struct table_maker *tally_maker(struct exec *x, const struct plan_node *node, struct tally *m,
                                const struct kept_rows *k, const uint32_t *order,
                                const uint32_t *counts)
{
    const struct summarize *s = node->data;
    struct arena *a = exec_arena(x);
    struct asked *q = ARENA_NEW(a, struct asked);

    *q = (struct asked){.maker = {make},
                        .m = m,
                        .version = m->version,
                        .k = *k,
                        .order = order,
                        .counts = counts,
                        .n_groups = m->n,
                        .n_columns = node->schema.n};
    q->slot = ARENA_ARRAY(a, size_t, q->n_columns);
    q->cell = ARENA_ARRAY(a, size_t, q->n_columns);
    q->n_cells = ARENA_ARRAY(a, size_t, q->n_columns);
    for (size_t i = 0; i < q->n_columns; i++)
        q->slot[i] = SIZE_MAX;
    for (size_t i = 0; i < s->results.n; i++) {
        for (size_t k2 = 0; k2 < s->n_slots && !s->results.items[i].expr; k2++) {
            const struct slot *slot = &s->slots[k2];
            size_t cell = s->cell_of.items[i] - slot->first_cell, at = s->keys.n + i;
            if (!m->slots[k2].late || cell >= slot->n_cells)
                continue;
            q->slot[at] = k2;
            q->cell[at] = cell;
            q->n_cells[at] = slot->n_cells;
        }
    }
    arena_at_end(a, end_asked, q);
    return &q->maker;
}
