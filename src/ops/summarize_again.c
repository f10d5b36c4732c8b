/* summarize over kept rows, by what changed since the last run (exec.h, kept_rows).
 *
 * It remembers of each kept row its group, and of each group the cells of its aggregates. A row
 * that came or went touches its group: the rows of touched groups alone are fed to the aggregates,
 * from nothing, so that what a group has is always what its rows in input order give. Which groups
 * there are, and in which order, is read off the rows that are there now.
 *
 * Aggregates that are late (late.h) are made for the groups that somebody asks for, and remembered
 * until their group is touched. */
#include "ops/summarize_again.h"

struct again {
    struct exec *x;
    const struct plan_node *node;
    const struct summarize *s;
    struct tally *m;
    struct kept_rows *k;
    struct arena *scratch;
    uint32_t *rows;     /* of a part */
    uint32_t *touched;  /* groups */
    uint32_t *place;    /* by group: where it stands in touched; NO_GROUP */
    size_t n_touched;
    struct feeder *feeders; /* by thread */
    atomic_size_t next_part;
};

/* ---- a memory -------------------------------------------------------------------------------- */

static void end_memory(void *memory)
{
    pthread_mutex_destroy(&((struct tally *)memory)->lock);
}

/* False: an argument is no kept column. */
static bool begin_late(struct tally *m, const struct summarize *s, const struct late_choice *h,
                       const struct kept_rows *k, size_t i)
{
    struct tally_slot *p = &m->slots[i];

    p->args = ARENA_ARRAY(m->arena, const struct column *, s->slots[i].n_args);
    for (size_t a = 0; a < s->slots[i].n_args; a++) {
        p->args[a] = kept_column(k, h->exprs[h->args[i][a]]);
        if (!p->args[a])
            return false;
    }
    return true;
}

/* NULL: it cannot be done this way. */
static struct tally *begin(const struct plan_node *node, const struct late_choice *h,
                            const struct kept_rows *k)
{
    const struct summarize *s = node->data;
    struct tally *m = ARENA_NEW(k->arena, struct tally);

    m->arena = k->arena;
    m->later = k->later;
    m->n_slots = s->n_slots;
    m->slots = ARENA_ARRAY(m->arena, struct tally_slot, s->n_slots);
    for (size_t i = 0; i < s->n_slots; i++) {
        struct tally_slot *p = &m->slots[i];
        p->late = h->late[i];
        p->eager = summarize_wants(node, i) && !p->late;
        p->agg = summarize_agg(m->arena, &s->slots[i]);
        p->size = p->agg.row->state_size(&p->agg);
        p->cells = ARENA_ARRAY(m->arena, struct column *, s->slots[i].n_cells);
        if (p->late && !begin_late(m, s, h, k, i))
            return NULL;
    }
    m->group = arena_alloc(m->arena, (k->rows + 1) * sizeof *m->group);
    memset(m->group, s->by ? 0xff : 0, (k->rows + 1) * sizeof *m->group);
    m->named = ARENA_ARRAY(m->arena, uint64_t, kept_words(k));
    if (s->by)
        m->groups = groups_new(m->arena, s->key_types, s->keys.n);
    pthread_mutex_init(&m->lock, NULL);
    arena_at_end(m->arena, end_memory, m);
    return m;
}

void tally_put(struct column *to, size_t at, const struct column *from, size_t i,
               struct arena *texts)
{
    if (column_null(from, i)) {
        column_set_null(to, at);
    } else if (to->nulls) {
        to->nulls[at] = 0;
    }
    switch (type_shape(to->type)) {
    case SHAPE_BOOL:
        to->bools[at] = from->bools[i];
        break;
    case SHAPE_INT:
    case SHAPE_REAL:
        to->ints[at] = from->ints[i];
        break;
    case SHAPE_STR:
        to->strs[at] = column_null(from, i) ? STR("")
                       : texts              ? str_dup(texts, from->strs[i])
                                            : from->strs[i];
        break;
    }
}

static struct column *longer(struct arena *a, struct column *old, enum type type, size_t had,
                             size_t cap)
{
    struct column *c = column_new(a, type, cap);

    for (size_t i = 0; i < had; i++)
        tally_put(c, i, old, i, NULL);
    return c;
}

static void room_for_groups(struct tally *m, const struct summarize *s, size_t n, size_t had)
{
    if (m->cap && n <= m->cap)
        return;
    size_t cap = m->cap ? m->cap : 16;
    while (cap < n)
        cap *= 2;
    for (size_t i = 0; i < m->n_slots; i++) {
        struct tally_slot *p = &m->slots[i];
        const struct slot *slot = &s->slots[i];
        for (size_t c = 0; c < slot->n_cells && (p->eager || p->late); c++)
            p->cells[c] = longer(m->arena, p->cells[c],
                                 s->cells.fields[slot->first_cell + c].type, had, cap);
        if (p->late) {
            p->made = arena_grow(m->arena, p->made, m->cap, cap);
            memset(p->made + m->cap, 0, cap - m->cap);
        }
    }
    m->cap = cap;
}

/* ---- groups of rows that come in for the first time ------------------------------------------ */

static bool name_some(struct again *g, struct worker *w, uint32_t *rows, size_t n)
{
    const struct summarize *s = g->s;
    struct arena *scratch = arena_new();
    uint32_t *own = arena_alloc(scratch, (n + 1) * sizeof *own);
    uint32_t *groups = arena_alloc(scratch, (n + 1) * sizeof *groups);
    uint64_t *ordinals = arena_alloc(scratch, (n + 1) * sizeof *ordinals);
    struct column **keys = ARENA_ARRAY(scratch, struct column *, s->keys.n);
    bool ok = true;

    memcpy(own, rows, n * sizeof *own);
    struct chunk *c = kept_chunk(w, g->k, scratch, own, n);
    for (size_t k = 0; k < s->keys.n && ok; k++)
        ok = (keys[k] = worker_eval(w, s->keys.items[k].expr, c)) != NULL;
    if (ok) {
        for (size_t i = 0; i < n; i++)
            ordinals[i] = rows[i];
        groups_add(g->m->groups, keys, n, ordinals, groups);
        for (size_t i = 0; i < n; i++)
            g->m->group[rows[i]] = groups[i];
    }
    arena_free(scratch);
    return ok;
}

/* Marks of the rows that never came in before; NULL: there are none. */
static uint64_t *new_rows(struct again *g)
{
    size_t words = kept_words(g->k);
    uint64_t *new = arena_alloc(g->scratch, (words + 1) * sizeof *new), any = 0;

    for (size_t i = 0; i < words; i++) {
        new[i] = g->k->live[i] & ~g->m->named[i];
        g->m->named[i] |= new[i];
        any |= new[i];
    }
    return any ? new : NULL;
}

static bool name_rows(struct again *g)
{
    struct tally *m = g->m;
    uint32_t *some = arena_alloc(g->scratch, CHUNK_ROWS * sizeof *some);
    const uint64_t *new = m->groups ? new_rows(g) : NULL;
    size_t n = 0;

    for (size_t part = 0; new && part < kept_parts(g->k); part++) {
        size_t rows = kept_list(new, part, g->rows);
        for (size_t i = 0; i < rows; i++) {
            some[n++] = g->rows[i];
            if (n == CHUNK_ROWS) {
                if (exec_cancelled(g->x) || !name_some(g, exec_worker(g->x, 0), some, n))
                    return false;
                n = 0;
            }
        }
    }
    if (n && !name_some(g, exec_worker(g->x, 0), some, n))
        return false;
    size_t had = m->n;
    m->n = m->groups ? groups_count(m->groups) : 1;
    room_for_groups(m, g->s, m->n, had);
    return true;
}

/* ---- touched groups -------------------------------------------------------------------------- */

static void touch(struct again *g)
{
    struct tally *m = g->m;

    g->touched = arena_alloc(g->scratch, (m->n + 1) * sizeof *g->touched);
    g->place = arena_alloc(g->scratch, (m->n + 1) * sizeof *g->place);
    memset(g->place, 0xff, (m->n + 1) * sizeof *g->place);
    if (!m->groups && m->version == 0) { /* it is there even when no row comes */
        g->place[0] = 0;
        g->touched[g->n_touched++] = 0;
    }
    for (size_t part = 0; part < kept_parts(g->k); part++) {
        size_t changed = kept_changed(g->k, part, g->rows);
        for (size_t i = 0; i < changed; i++) {
            uint32_t group = m->group[g->rows[i]];
            if (g->place[group] != NO_GROUP)
                continue;
            g->place[group] = (uint32_t)g->n_touched;
            g->touched[g->n_touched++] = group;
        }
    }
    for (size_t i = 0; i < m->n_slots; i++) {
        for (size_t t = 0; m->slots[i].late && t < g->n_touched; t++)
            m->slots[i].made[g->touched[t]] = 0;
    }
}

/* What a thread feeds. */
struct feeder {
    struct arena *arena, *scratch; /* scratch dies with each batch */
    struct agg *aggs;              /* by slot */
    char **states;
    uint32_t *rows, *groups, *list;
    size_t n;
    bool ok;
};

static bool feed_some(struct again *g, struct worker *w, struct feeder *f)
{
    const struct summarize *s = g->s;
    uint64_t *ordinals;
    uint32_t *rows;

    arena_reset(f->scratch);
    ordinals = arena_alloc(f->scratch, f->n * sizeof *ordinals);
    rows = arena_alloc(f->scratch, f->n * sizeof *rows);
    memcpy(rows, f->rows, f->n * sizeof *rows);
    for (size_t i = 0; i < f->n; i++)
        ordinals[i] = f->rows[i];
    struct chunk *c = kept_chunk(w, g->k, f->scratch, rows, f->n);
    for (size_t i = 0; i < s->n_slots; i++) {
        if (!g->m->slots[i].eager)
            continue;
        struct column **args = ARENA_ARRAY(f->scratch, struct column *, s->slots[i].n_args);
        for (size_t k = 0; k < s->slots[i].n_args; k++) {
            if (!(args[k] = worker_eval(w, s->slots[i].args[k], c)))
                return false;
        }
        f->aggs[i].row->update(&f->aggs[i], f->states[i], f->groups, ordinals, args, f->n);
    }
    f->n = 0;
    return true;
}

static void begin_feeder(struct again *g, struct feeder *f)
{
    struct tally *m = g->m;

    f->arena = arena_new();
    f->scratch = arena_new();
    f->aggs = ARENA_ARRAY(f->arena, struct agg, m->n_slots);
    f->states = ARENA_ARRAY(f->arena, char *, m->n_slots);
    f->rows = arena_alloc(f->arena, CHUNK_ROWS * sizeof *f->rows);
    f->groups = arena_alloc(f->arena, CHUNK_ROWS * sizeof *f->groups);
    f->list = arena_alloc(f->arena, kept_most() * sizeof *f->list);
    for (size_t i = 0; i < m->n_slots; i++) {
        f->aggs[i] = m->slots[i].agg;
        f->aggs[i].arena = f->arena;
        if (m->slots[i].eager)
            f->states[i] = arena_zalloc(f->arena, (g->n_touched + 1) * m->slots[i].size);
    }
    f->ok = true;
}

static void feed_parts(void *ctx, int thread)
{
    struct again *g = ctx;
    struct feeder *f = &g->feeders[thread];
    struct worker *w = exec_worker(g->x, thread);

    begin_feeder(g, f);
    while (f->ok && !exec_cancelled(g->x)) {
        size_t part = atomic_fetch_add_explicit(&g->next_part, 1, memory_order_relaxed);
        if (part >= kept_parts(g->k))
            break;
        size_t n = kept_list(g->k->live, part, f->list);
        for (size_t i = 0; i < n && f->ok; i++) {
            uint32_t place = g->place[g->m->group[f->list[i]]];
            f->rows[f->n] = f->list[i];
            f->groups[f->n] = place;
            f->n += place != NO_GROUP;
            if (f->n == CHUNK_ROWS)
                f->ok = feed_some(g, w, f);
        }
    }
    if (f->ok && f->n)
        f->ok = feed_some(g, w, f);
}

static void finish_cells(struct again *g, struct feeder *f)
{
    struct tally *m = g->m;

    for (size_t i = 0; i < m->n_slots; i++) {
        struct tally_slot *p = &m->slots[i];
        const struct slot *slot = &g->s->slots[i];
        if (!p->eager)
            continue;
        struct column **outs = ARENA_ARRAY(f->arena, struct column *, slot->n_cells);
        for (size_t c = 0; c < slot->n_cells; c++)
            outs[c] = column_new(f->arena, p->cells[c]->type, g->n_touched);
        f->aggs[i].row->finish(&f->aggs[i], f->states[i], g->n_touched, outs);
        for (size_t c = 0; c < slot->n_cells; c++) {
            for (size_t t = 0; t < g->n_touched; t++)
                tally_put(p->cells[c], g->touched[t], outs[c], t, m->arena);
        }
    }
}

static void merge_feeders(struct again *g, size_t threads)
{
    uint32_t *map = arena_alloc(g->scratch, (g->n_touched + 1) * sizeof *map);

    for (size_t t = 0; t < g->n_touched; t++)
        map[t] = (uint32_t)t;
    for (size_t i = 0; i < g->m->n_slots; i++) {
        struct agg *agg = &g->feeders[0].aggs[i];
        for (size_t t = 1; t < threads && g->m->slots[i].eager; t++)
            agg->row->merge(agg, g->feeders[0].states[i], g->feeders[t].states[i], map,
                            g->n_touched);
    }
}

/* The cells of touched groups. */
static bool feed(struct again *g)
{
    size_t threads = (size_t)exec_threads(g->x);
    bool eager = false, ok = true;

    for (size_t i = 0; i < g->m->n_slots; i++)
        eager |= g->m->slots[i].eager;
    if (!eager || !g->n_touched)
        return true;
    atomic_fetch_add(&g->k->counts->groups, (long long)g->n_touched);
    g->feeders = ARENA_ARRAY(g->scratch, struct feeder, threads);
    if (threads == 1 || kept_parts(g->k) == 1) {
        threads = 1;
        feed_parts(g, 0);
    } else {
        pool_run(exec_pool(g->x), feed_parts, g);
    }
    for (size_t t = 0; t < threads; t++)
        ok &= g->feeders[t].ok;
    ok &= !exec_cancelled(g->x);
    if (ok) {
        merge_feeders(g, threads);
        finish_cells(g, &g->feeders[0]);
    }
    for (size_t t = 0; t < threads; t++) {
        arena_free(g->feeders[t].arena);
        arena_free(g->feeders[t].scratch);
    }
    return ok;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* The groups of the rows that are there, by first row; counts: how many each has. */
static size_t order_groups(struct again *g, uint32_t *order, uint32_t *places, uint32_t *counts)
{
    const struct tally *m = g->m;
    size_t n = 0;

    for (size_t part = 0; part < kept_parts(g->k); part++) {
        size_t live = kept_list(g->k->live, part, g->rows);
        for (size_t i = 0; i < live; i++) {
            uint32_t group = m->group[g->rows[i]];
            if (counts[group]++ == 0)
                order[n++] = group;
        }
    }
    if (!m->groups) {
        order[0] = 0;
        n = 1;
    }
    memset(places, 0xff, (m->n + 1) * sizeof *places);
    for (size_t i = 0; i < n; i++)
        places[order[i]] = (uint32_t)i;
    return n;
}

static bool make_table(struct again *g, struct table **out)
{
    const struct summarize *s = g->s;
    struct arena *a = exec_arena(g->x);
    struct tally *m = g->m;
    uint32_t *order = arena_alloc(a, (m->n + 1) * sizeof *order);
    uint32_t *places = arena_alloc(a, (m->n + 1) * sizeof *places);
    uint32_t *counts = ARENA_ARRAY(a, uint32_t, m->n + 1);
    struct column **cells = ARENA_ARRAY(a, struct column *, s->n_cells);
    struct table *t = ARENA_NEW(a, struct table);
    bool late = false;

    *t = (struct table){.schema = g->node->schema,
                        .rows = order_groups(g, order, places, counts),
                        .columns = ARENA_ARRAY(a, struct column *, g->node->schema.n),
                        .arena = a};
    for (size_t i = 0; i < m->n_slots; i++) {
        const struct slot *slot = &s->slots[i];
        late |= m->slots[i].late;
        for (size_t c = 0; c < slot->n_cells && m->slots[i].eager; c++)
            cells[slot->first_cell + c] = column_pick(a, m->slots[i].cells[c], order, t->rows);
    }
    for (size_t k = 0; k < s->keys.n; k++) {
        if (g->node->needed[k])
            t->columns[k] = groups_key(m->groups, k, order, t->rows, a);
    }
    m->version++;
    if (late)
        t->maker = tally_maker(g->x, g->node, m, g->k, order, counts);
    g->k->groups = m->group;
    g->k->places = places;
    *out = t;
    return summarize_results(g->x, g->node, cells, t->rows, t);
}

bool summarize_again(struct exec *x, const struct plan_node *node, void *shared,
                     struct kept_rows *k, bool *done, struct table **out, struct error *err)
{
    struct again g = {.x = x, .node = node, .s = node->data, .k = k, .m = k->own};

    (void)err;
    if (!g.m)
        g.m = k->own = begin(node, shared, k);
    *done = g.m != NULL;
    if (!g.m)
        return true;
    g.m->left = k->most;
    g.scratch = arena_new();
    g.rows = arena_alloc(g.scratch, kept_most() * sizeof *g.rows);
    bool ok = name_rows(&g);
    if (ok) {
        touch(&g);
        ok = feed(&g) && make_table(&g, out);
    }
    arena_free(g.scratch);
    return ok;
}
