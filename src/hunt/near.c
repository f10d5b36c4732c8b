/* Near misses: findings that one step of one threshold would add. In: the results that the sweep of
 * a number makes anyway, at the values next to the present one; out: their rows that are no
 * findings, each with what would let it in. Kept for the present settings only. One that is opened
 * like a finding is worked out once more, with its log rows. */
#include <stdlib.h>
#include "hunt/hunt_internal.h"

#define NEAR_ROWS 100 /* of one value of one knob */

struct near_part {
    struct near_part *before;
    struct table *rows;
    uint64_t *ids;
    struct str why;
    struct turned turned;
};

static int by_id(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* On the engine's thread, the only one that changes what came before. */
static bool is_finding(const struct hunt *h, uint64_t id)
{
    return h->n_before && bsearch(&id, h->before, h->n_before, sizeof id, by_id);
}

struct near_part *near_make(const struct hunt *h, struct arena *a, size_t slot,
                            const struct value *v, const struct table *t)
{
    const struct param *p = &h->query->params[slot];
    struct near_part *part = ARENA_NEW(a, struct near_part);
    struct builder *b = builder_new(a, &t->schema);
    uint64_t *ids = identity_of(h, a, t);
    struct buf why = {0};
    size_t n = 0;
    part->turned = (struct turned){slot, *v};
    part->ids = ARENA_ARRAY(a, uint64_t, NEAR_ROWS + 1);
    for (size_t i = 0; i < t->rows && n < NEAR_ROWS; i++) {
        if (is_finding(h, ids[i]))
            continue;
        part->ids[n++] = ids[i];
        for (size_t k = 0; k < t->schema.n; k++)
            builder_value(b, column_value(t->columns[k], i));
    }
    part->rows = builder_finish(b);
    buf_addf(&why, "%.*s%s ", STR_ARG(p->name), p->stage ? "" : " =");
    kql_literal(&why, *v);
    part->why = str_dup(a, buf_str(&why));
    buf_release(&why);
    return part;
}

void near_keep(struct hunt *h, struct arena *a, struct near_part *part)
{
    if (h->near_generation != h->generation)
        near_forget(h);
    h->near_generation = h->generation;
    if (h->n_near == NEAR_MOST) {
        arena_free(a);
        return;
    }
    part->before = h->near;
    h->near = part;
    h->near_arenas[h->n_near++] = a;
}

void near_forget(struct hunt *h)
{
    for (size_t i = 0; i < h->n_near; i++)
        arena_free(h->near_arenas[i]);
    h->n_near = 0;
    h->near = NULL;
}

/* ---- for callers ----------------------------------------------------------------------------- */

struct gathering {
    struct builder *b;
    VEC(uint64_t) ids;
};

static bool has_id(const struct gathering *g, uint64_t id)
{
    for (size_t i = 0; i < g->ids.n; i++)
        if (g->ids.items[i] == id)
            return true;
    return false;
}

/* The first knob's come first; a row that two knobs would let in is told once. */
static void gather(struct gathering *g, struct arena *a, const struct near_part *part)
{
    if (!part)
        return;
    gather(g, a, part->before);
    for (size_t i = 0; i < part->rows->rows; i++) {
        if (has_id(g, part->ids[i]))
            continue;
        vec_push(a, &g->ids, part->ids[i]);
        builder_str(g->b, part->why);
        for (size_t k = 0; k < part->rows->schema.n; k++)
            builder_value(g->b, column_value(part->rows->columns[k], i));
    }
}

struct table *hunt_near(struct hunt *h, struct arena *a, uint64_t **ids)
{
    const struct schema *s = &h->query->root->schema;
    struct field *fields = ARENA_ARRAY(a, struct field, s->n + 1);
    fields[0] = (struct field){STR("With"), TYPE_STRING};
    if (s->n)
        memcpy(fields + 1, s->fields, s->n * sizeof *fields);
    struct schema schema = {fields, s->n + 1};
    struct gathering g = {.b = builder_new(a, &schema)};
    pthread_mutex_lock(&h->lock);
    if (h->near_generation == h->generation)
        gather(&g, a, h->near);
    pthread_mutex_unlock(&h->lock);
    if (ids)
        *ids = g.ids.items;
    return builder_finish(g.b);
}

/* As gather: the first knob's come first. */
static const struct near_part *part_of(const struct near_part *part, uint64_t id, size_t *row)
{
    const struct near_part *found = part ? part_of(part->before, id, row) : NULL;
    for (size_t i = 0; part && !found && i < part->rows->rows; i++)
        if (part->ids[i] == id) {
            *row = i;
            return part;
        }
    return found;
}

static void fill_view(struct hunt *h, struct view_box *box, const struct near_part *part,
                      size_t row)
{
    struct arena *a = box->arena;
    struct builder *b = builder_new(a, &part->rows->schema);
    struct result *r = ARENA_NEW(a, struct result);
    struct turned *turned = ARENA_NEW(a, struct turned);
    for (size_t k = 0; k < part->rows->schema.n; k++)
        builder_value(b, column_value(part->rows->columns[k], row));
    *turned = part->turned;
    r->table = builder_finish(b);
    r->counts = ARENA_ARRAY(a, struct stage_count, h->query->n_nodes + 1);
    box->view.result = r;
    box->view.ids = ARENA_ARRAY(a, uint64_t, 1);
    box->view.ids[0] = part->ids[row];
    box->view.rows = 1;
    box->view.generation = h->near_generation;
    box->near = turned;
}

struct view *hunt_near_view(struct hunt *h, uint64_t id)
{
    struct view_box *box = view_new(arena_new(), NULL);
    size_t row = 0;
    pthread_mutex_lock(&h->lock);
    const struct near_part *part = part_of(h->near, id, &row);
    if (part && h->near_generation == h->generation)
        fill_view(h, box, part, row);
    pthread_mutex_unlock(&h->lock);
    if (box->near)
        return &box->view;
    view_release(&box->view);
    return NULL;
}

/* ---- the log rows behind one ----------------------------------------------------------------- */

struct opening {
    const struct turned *near;
    uint64_t id;
    struct arena *a;
    int64_t *origins;
    size_t n;
    bool complete, found;
    struct error *err;
};

static void open_near(struct hunt *h, void *ctx)
{
    struct opening *o = ctx;
    struct arena *run = arena_new();
    struct result *r;
    pthread_mutex_lock(&h->lock);
    struct value *params = dials_turned(h, run, o->near->slot, SIZE_MAX, &o->near->value);
    pthread_mutex_unlock(&h->lock);
    if (engine_run(h, params, true, h->kept ? h->kept->keep : NULL, run, &r, o->err)) {
        uint64_t *ids = identity_of(h, run, r->table);
        for (size_t i = 0; i < r->table->rows && !o->found; i++)
            if (ids[i] == o->id) {
                o->n = result_origins(r, i, o->a, &o->origins, &o->complete);
                o->found = true;
            }
    }
    arena_free(run);
}

size_t near_origins(struct hunt *h, const struct turned *near, uint64_t id, struct arena *a,
                    int64_t **origins, bool *complete, struct error *err)
{
    struct opening o = {.near = near, .id = id, .a = a, .err = err};
    errand_do(h, open_near, &o, NULL);
    if (!o.found && !err->set)
        error_set(err, "the knobs have moved: this is no near miss any longer");
    *origins = o.origins;
    *complete = o.complete;
    return o.n;
}

bool hunt_near_known(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    bool known = h->what_if_done == h->generation;
    pthread_mutex_unlock(&h->lock);
    return known;
}
