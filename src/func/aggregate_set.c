/* Sets and lists of values with their places in the input (aggregate_internal.h). Nothing is
 * allocated for a group's first member, and no hash is computed before a set has a handful. */
#include <stdlib.h>
#include "func/aggregate_internal.h"

#ifdef HARRIER_TINY
#define FEW 2
#else
#define FEW 8
#endif

const struct member *set_items(const struct set *s)
{
    return s->cap == 0 ? &s->one : s->many.items;
}

static uint32_t hash_of(const struct member *m, bool text)
{
    if (text)
        return (uint32_t)str_hash((struct str){m->p, m->n});
    uint64_t h = (m->bits ^ m->bits >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

static bool same(const struct member *x, const struct member *y, bool text)
{
    if (!text)
        return x->bits == y->bits;
    return x->n == y->n && (x->n == 0 || memcmp(x->p, y->p, x->n) == 0);
}

struct member *set_find(struct set *s, const struct member *m, bool text)
{
    struct member *items = s->cap == 0 ? &s->one : s->many.items;
    if (s->n <= FEW) {
        for (uint32_t i = 0; i < s->n; i++) {
            if (same(&items[i], m, text))
                return &items[i];
        }
        return NULL;
    }
    uint32_t hash = hash_of(m, text), mask = 2 * s->cap - 1;
    for (uint32_t at = hash & mask; s->many.index[at]; at = (at + 1) & mask) {
        struct member *item = &items[s->many.index[at] - 1];
        if (item->hash == hash && same(item, m, text))
            return item;
    }
    return NULL;
}

static void index_add(struct set *s, uint32_t i)
{
    uint32_t mask = 2 * s->cap - 1, at = s->many.items[i].hash & mask;
    while (s->many.index[at])
        at = (at + 1) & mask;
    s->many.index[at] = i + 1;
}

static void grow(struct arena *a, struct set *s)
{
    struct member first = s->one;
    uint32_t cap = s->cap ? s->cap * 2 : 2;
    struct member *items =
        s->cap ? arena_grow(a, s->many.items, s->cap * sizeof *items, cap * sizeof *items)
               : arena_alloc(a, cap * sizeof *items);
    if (s->cap == 0)
        items[0] = first;
    s->many.items = items;
    s->many.index = NULL;
    s->cap = cap;
}

/* The hashes of the first `known` members are there already. */
static void make_index(struct arena *a, struct set *s, bool text, uint32_t known)
{
    s->many.index = ARENA_ARRAY(a, uint32_t, (size_t)2 * s->cap);
    for (uint32_t i = 0; i < s->n; i++) {
        if (i >= known)
            s->many.items[i].hash = hash_of(&s->many.items[i], text);
        index_add(s, i);
    }
}

void list_append(struct arena *a, struct set *s, const struct member *m)
{
    if (s->n == 0 && s->cap == 0) {
        s->one = *m;
        s->n = 1;
        return;
    }
    if (s->n >= s->cap)
        grow(a, s);
    s->many.items[s->n++] = *m;
}

void set_append(struct arena *a, struct set *s, const struct member *m, bool text)
{
    list_append(a, s, m);
    if (s->n <= FEW)
        return;
    if (!s->many.index) {
        make_index(a, s, text, s->n - 1 > FEW ? s->n - 1 : 0);
    } else {
        s->many.items[s->n - 1].hash = hash_of(m, text);
        index_add(s, s->n - 1);
    }
}

void set_copy(struct arena *a, struct set *into, const struct set *from)
{
    *into = *from;
    if (from->cap == 0)
        return;
    into->many.items = arena_alloc(a, from->cap * sizeof *into->many.items);
    memcpy(into->many.items, from->many.items, from->n * sizeof *into->many.items);
    if (from->many.index) {
        size_t bytes = (size_t)2 * from->cap * sizeof *into->many.index;
        into->many.index = arena_alloc(a, bytes);
        memcpy(into->many.index, from->many.index, bytes);
    }
}

static int compare_places(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal ? -1 : 1;
    return (a->seq > b->seq) - (a->seq < b->seq);
}

const struct member *set_sorted(struct arena *a, const struct set *s)
{
    const struct member *items = set_items(s);
    uint32_t i = 1;
    while (i < s->n && compare_places(&items[i - 1], &items[i]) <= 0)
        i++;
    if (i >= s->n)
        return items;
    struct member *sorted = arena_alloc(a, s->n * sizeof *sorted);
    memcpy(sorted, items, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, compare_places);
    return sorted;
}
