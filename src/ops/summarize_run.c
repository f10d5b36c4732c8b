/* Running summarize: each worker groups its rows and keeps one array of states an aggregate; the
 * workers' groups are merged, put in order of their first row, and finished. Some aggregates have
 * no states but rows (late.h). */
#include "ops/late.h"
#include "ops/summarize.h"

struct slot_run {
    bool wanted; /* has states */
    struct agg agg;
    size_t size; /* bytes of a state */
    char *states;
    size_t cap; /* groups that fit into states */
};
/* For lineage: the group and origin of each row. */
struct trace {
    uint32_t *groups;
    int64_t *origins;
    size_t n, cap;
};
struct local {
    struct arena *arena;
    const struct late_choice *shared;
    struct groups *groups; /* NULL without keys: all rows are in group 0 */
    uint64_t first;        /* ordinal of the first row, without keys */
    bool any;
    struct slot_run *slots;
    size_t n_slots;
    struct late *late; /* NULL: no slot is late, or none any more */
    struct ordinals ordinals;
    struct trace trace;
    uint32_t *row_groups;
    uint64_t *row_ordinals;
    size_t row_cap;
    struct column **keys;
};

/* ---- taking rows in
 * -------------------------------------------------------------------------------- */

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    (void)err;
    *shared = late_choose(exec_arena(x), node, (size_t)exec_threads(x));
    return true;
}

struct agg summarize_agg(struct arena *a, const struct slot *slot)
{
    enum type *types = ARENA_ARRAY(a, enum type, slot->n_args);
    struct agg agg = slot->agg;

    for (size_t k = 0; k < slot->n_args; k++)
        types[k] = slot->args[k]->type;
    agg.args = types;
    agg.n_args = slot->n_args;
    agg.arena = a;
    return agg;
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    const struct summarize *s = node->data;
    const struct late_choice *h = shared;
    struct arena *a = worker_arena(w);
    struct local *l = ARENA_NEW(a, struct local);

    (void)err;
    l->shared = h;
    if (h->n_exprs)
        l->late = late_new(a, h->exprs, h->n_exprs);
    l->arena = a;
    if (s->by)
        l->groups = groups_new(a, s->key_types, s->keys.n);
    l->keys = ARENA_ARRAY(a, struct column *, s->keys.n);
    l->slots = ARENA_ARRAY(a, struct slot_run, s->n_slots);
    l->n_slots = s->n_slots;
    for (size_t i = 0; i < s->n_slots; i++) {
        const struct slot *slot = &s->slots[i];
        struct slot_run *r = &l->slots[i];
        r->wanted = summarize_wants(node, i) && !h->late[i];
        r->agg = summarize_agg(a, slot);
        r->size = r->agg.row->state_size(&r->agg);
    }
    *local = l;
    return true;
}

static void room_for_groups(struct local *l, struct slot_run *r, size_t n)
{
    if (n <= r->cap)
        return;
    size_t cap = r->cap ? r->cap : 16;
    while (cap < n)
        cap *= 2;
    r->states = arena_grow(l->arena, r->states, r->cap * r->size, cap * r->size);
    memset(r->states + r->cap * r->size, 0, (cap - r->cap) * r->size);
    r->cap = cap;
}

static size_t count(const struct local *l)
{
    return l->groups ? groups_count(l->groups) : 1;
}

static void room_for_rows(struct local *l, size_t rows)
{
    if (rows <= l->row_cap)
        return;
    l->row_cap = rows > CHUNK_ROWS ? rows : CHUNK_ROWS;
    l->row_groups = ARENA_ARRAY(l->arena, uint32_t, l->row_cap);
    l->row_ordinals = ARENA_ARRAY(l->arena, uint64_t, l->row_cap);
}

static void trace_rows(struct local *l, const struct chunk *c)
{
    struct trace *t = &l->trace;

    if (t->n + c->rows > t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 4096;
        while (cap < t->n + c->rows)
            cap *= 2;
        t->groups =
            arena_grow(l->arena, t->groups, t->cap * sizeof *t->groups, cap * sizeof *t->groups);
        t->origins =
            arena_grow(l->arena, t->origins, t->cap * sizeof *t->origins, cap * sizeof *t->origins);
        t->cap = cap;
    }
    memcpy(t->groups + t->n, l->row_groups, c->rows * sizeof *t->groups);
    memcpy(t->origins + t->n, c->origin, c->rows * sizeof *t->origins);
    t->n += c->rows;
}

static bool group_rows(struct worker *w, const struct summarize *s, struct local *l,
                       struct chunk *c)
{
    room_for_rows(l, c->rows);
    ordinals_fill(&l->ordinals, c, l->row_ordinals);
    if (!l->groups) {
        if (!l->any)
            l->first = l->row_ordinals[0];
        l->any = true;
        return true; /* row_groups stays all zero */
    }
    for (size_t k = 0; k < s->keys.n; k++) {
        if (!(l->keys[k] = worker_eval(w, s->keys.items[k].expr, c)))
            return false;
    }
    groups_add(l->groups, l->keys, c->rows, l->row_ordinals, l->row_groups);
    return true;
}

/* Rows that were kept, for the slots that get states now. */
static void take_kept(void *ctx, struct column *const *kept, const uint32_t *groups,
                      const uint64_t *ordinals, size_t rows)
{
    struct local *l = ctx;
    struct column *args[64];

    for (size_t i = 0; i < l->n_slots; i++) {
        struct slot_run *r = &l->slots[i];
        if (!l->shared->late[i] || r->agg.n_args > sizeof args / sizeof *args)
            continue;
        for (size_t k = 0; k < r->agg.n_args; k++)
            args[k] = kept[l->shared->args[i][k]];
        r->agg.row->update(&r->agg, r->states, groups, ordinals, args, rows);
    }
}

static void no_more_late(struct local *l)
{
    struct late *late = l->late;

    if (!late)
        return;
    l->late = NULL;
    for (size_t i = 0; i < l->n_slots; i++) {
        if (!l->shared->late[i])
            continue;
        l->slots[i].wanted = true;
        room_for_groups(l, &l->slots[i], count(l));
    }
    late_replay(late, take_kept, l);
}

static bool keep_rows(struct worker *w, struct local *l, struct chunk *c)
{
    const struct late_choice *h = l->shared;
    struct column **args = ARENA_ARRAY(c->arena, struct column *, h->n_exprs);

    for (size_t i = 0; i < h->n_exprs; i++) {
        if (!(args[i] = worker_eval(w, h->exprs[i], c)))
            return false;
    }
    late_add(l->late, c->block, l->row_groups, count(l), args, c->rows);
    if (late_bytes(l->late) > h->budget)
        no_more_late(l);
    return true;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct summarize *s = node->data;
    struct local *l = local;

    if (!group_rows(w, s, l, c))
        return false;
    bool kept = l->late != NULL;
    if (kept && !keep_rows(w, l, c))
        return false;
    for (size_t i = 0; i < s->n_slots; i++) {
        struct slot_run *r = &l->slots[i];
        if (!r->wanted || (kept && l->shared->late[i]))
            continue;
        struct column **args = ARENA_ARRAY(c->arena, struct column *, s->slots[i].n_args);
        for (size_t k = 0; k < s->slots[i].n_args; k++) {
            if (!(args[k] = worker_eval(w, s->slots[i].args[k], c)))
                return false;
        }
        room_for_groups(l, r, count(l));
        r->agg.row->update(&r->agg, r->states, l->row_groups, l->row_ordinals, args, c->rows);
    }
    if (c->origin && exec_lineage(worker_exec(w)))
        trace_rows(l, c);
    return true;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* Takes the groups and states of `from` into l; map: from's groups to l's. */
static void merge(const struct summarize *s, struct local *l, struct local *from, uint32_t *map)
{
    size_t n = count(from);

    if (l->groups)
        groups_merge(l->groups, from->groups, map);
    else
        map[0] = 0;
    for (size_t i = 0; i < s->n_slots; i++) {
        struct slot_run *r = &l->slots[i], *f = &from->slots[i];
        if (!r->wanted)
            continue;
        room_for_groups(l, r, count(l));
        room_for_groups(from, f, n);
        r->agg.row->merge(&r->agg, r->states, f->states, map, n);
    }
}

/* order[i]: the group that is row i; place: the row of each group. */
static uint32_t *order_groups(struct arena *a, const struct local *l, uint32_t **place)
{
    size_t n = count(l);
    uint32_t *order = ARENA_ARRAY(a, uint32_t, n);

    if (l->groups)
        groups_order(l->groups, order);
    *place = ARENA_ARRAY(a, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        (*place)[order[i]] = (uint32_t)i;
    return order;
}

static void finish_slot(struct arena *a, const struct slot *slot, struct slot_run *r,
                        const uint32_t *order, size_t n, const struct schema *cells,
                        struct column **out)
{
    bool in_order = true;
    const char *states = r->states;

    for (size_t i = 0; i < n; i++)
        in_order &= order[i] == i;
    if (!in_order && r->size) {
        char *sorted = arena_alloc(a, n * r->size);
        for (size_t i = 0; i < n; i++)
            memcpy(sorted + i * r->size, states + order[i] * r->size, r->size);
        states = sorted;
    }
    for (size_t i = 0; i < slot->n_cells; i++)
        out[slot->first_cell + i] = column_new(a, cells->fields[slot->first_cell + i].type, n);
    r->agg.arena = a;
    r->agg.row->finish(&r->agg, states, n, out + slot->first_cell);
}

bool summarize_results(struct exec *x, const struct plan_node *node, struct column **cells,
                       size_t n, struct table *t)
{
    const struct summarize *s = node->data;
    struct chunk c = {.rows = n, .n_columns = s->n_cells, .columns = cells, .arena = exec_arena(x)};

    for (size_t i = 0; i < s->results.n; i++) {
        size_t at = s->keys.n + i;
        if (!node->needed[at])
            continue;
        if (!s->results.items[i].expr) {
            t->columns[at] = cells[s->cell_of.items[i]];
            continue;
        }
        struct column *r = exec_eval(x, s->results.items[i].expr, &c);
        if (!r)
            return false;
        t->columns[at] = ops_dense(exec_arena(x), r, n);
    }
    return true;
}

static void give_lineage(struct exec *x, const struct plan_node *node, struct local *l,
                         const uint32_t *map, const uint32_t *place)
{
    struct trace *t = &l->trace;

    if (map) {
        for (size_t i = 0; i < t->n; i++)
            t->groups[i] = map[t->groups[i]];
    }
    exec_origins(x, node, t->groups, place, t->origins, t->n);
}

/* Either all workers have their rows still, or all make states of them. */
static bool settle_late(void **locals, size_t n)
{
    bool late = true;

    for (size_t w = 0; w < n; w++)
        late &= ((struct local *)locals[w])->late != NULL;
    for (size_t w = 0; w < n && !late; w++)
        no_more_late(locals[w]);
    return late;
}

static struct table_maker *make_later(struct exec *x, const struct plan_node *node, void **locals,
                                      size_t n_locals, uint32_t *const *maps, const uint32_t *place)
{
    const struct summarize *s = node->data;
    struct arena *a = exec_arena(x);
    const struct local *first = locals[0];
    struct late **lates = ARENA_ARRAY(a, struct late *, n_locals);
    uint32_t **groups = ARENA_ARRAY(a, uint32_t *, n_locals);
    struct late_slot *slots = ARENA_ARRAY(a, struct late_slot, node->schema.n);

    for (size_t w = 0; w < n_locals; w++) {
        const struct local *l = locals[w];
        uint32_t *rows = arena_alloc(a, (count(l) + 1) * sizeof *rows);
        for (size_t g = 0; g < count(l); g++)
            rows[g] = place[maps[w] ? maps[w][g] : g];
        lates[w] = l->late;
        groups[w] = late_groups(a, rows, count(l), count(first));
    }
    for (size_t i = 0; i < s->results.n; i++) {
        for (size_t k = 0; k < s->n_slots && !s->results.items[i].expr; k++) {
            const struct slot *slot = &s->slots[k];
            size_t cell = s->cell_of.items[i] - slot->first_cell;
            if (first->shared->late[k] && cell < slot->n_cells)
                slots[s->keys.n + i] =
                    (struct late_slot){&first->slots[k].agg, first->shared->args[k], slot->n_args,
                                       cell, slot->n_cells, &s->cells.fields[slot->first_cell]};
        }
    }
    return late_maker(a, lates, groups, n_locals, slots, node->schema.n);
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n_locals, struct table **out, struct error *err)
{
    const struct summarize *s = node->data;
    struct arena *a = exec_arena(x);
    struct local *l = locals[0];
    uint32_t **maps = ARENA_ARRAY(a, uint32_t *, n_locals);
    uint32_t *place;

    (void)shared, (void)err;
    bool late = settle_late(locals, n_locals);
    for (size_t w = 1; w < n_locals; w++) {
        struct local *from = locals[w];
        maps[w] = ARENA_ARRAY(a, uint32_t, count(from));
        merge(s, l, from, maps[w]);
    }
    uint32_t *order = order_groups(a, l, &place);
    size_t n = count(l);
    struct column **cells = ARENA_ARRAY(a, struct column *, s->n_cells);
    for (size_t i = 0; i < s->n_slots; i++) {
        if (!l->slots[i].wanted)
            continue;
        room_for_groups(l, &l->slots[i], n);
        finish_slot(a, &s->slots[i], &l->slots[i], order, n, &s->cells, cells);
    }
    struct table *t = ARENA_NEW(a, struct table);
    *t = (struct table){.schema = node->schema,
                        .rows = n,
                        .columns = ARENA_ARRAY(a, struct column *, node->schema.n),
                        .arena = a};
    for (size_t k = 0; k < s->keys.n; k++) {
        if (node->needed[k])
            t->columns[k] = groups_key(l->groups, k, order, n, a);
    }
    if (late)
        t->maker = make_later(x, node, locals, n_locals, maps, place);
    for (size_t w = 0; w < n_locals && exec_lineage(x); w++)
        give_lineage(x, node, locals[w], maps[w], place);
    *out = t;
    return summarize_results(x, node, cells, n, t);
}

const struct op_run summarize_run = {
    .open = open, .open_worker = open_worker, .push = push, .finish = finish,
    .again = summarize_again};
