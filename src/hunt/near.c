/* Near misses: findings that one step of one threshold would add. In: the results that the sweep of
 * a number makes anyway, at the values next to the present one; out: their rows that are no
 * findings, each with what would let it in. Kept for the present settings only. */
#include <stdlib.h>
#include "hunt/hunt_internal.h"

#define NEAR_ROWS 100 /* of one value of one knob */

struct near_part {
    struct near_part *before;
    struct table *rows;
    uint64_t *ids;
    struct str why;
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

struct table *hunt_near(struct hunt *h, struct arena *a)
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
    return builder_finish(g.b);
}

bool hunt_near_known(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    bool known = h->what_if_done == h->generation;
    pthread_mutex_unlock(&h->lock);
    return known;
}
