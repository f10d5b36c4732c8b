/* Text to 64-bit value: open addressing with linear probing, at most half full. The stored hash
 * settles most comparisons without touching the keys. */
#include "base/map.h"

#include "base/arena.h"

void map_init(struct map *m, struct arena *a)
{
    *m = (struct map){.arena = a};
}

static uint64_t hash_of(struct str key)
{
    uint64_t h = str_hash(key);

    return h ? h : 1; /* 0 marks a free slot */
}

static struct map_entry *find(const struct map *m, struct str key, uint64_t hash)
{
    size_t mask = m->cap - 1;
    size_t i = (size_t)hash & mask;

    while (m->entries[i].hash && !(m->entries[i].hash == hash && str_eq(m->entries[i].key, key)))
        i = (i + 1) & mask;
    return &m->entries[i];
}

bool map_get(const struct map *m, struct str key, uint64_t *value)
{
    if (m->n == 0)
        return false;
    const struct map_entry *e = find(m, key, hash_of(key));
    if (!e->hash)
        return false;
    if (value)
        *value = e->value;
    return true;
}

static void grow(struct map *m)
{
    size_t cap = m->cap ? m->cap * 2 : 16;
    struct map_entry *entries = ARENA_ARRAY(m->arena, struct map_entry, cap);

    for (size_t i = 0; i < m->cap; i++) {
        if (!m->entries[i].hash)
            continue;
        size_t at = (size_t)m->entries[i].hash & (cap - 1);
        while (entries[at].hash)
            at = (at + 1) & (cap - 1);
        entries[at] = m->entries[i];
    }
    m->entries = entries;
    m->cap = cap;
}

uint64_t *map_slot(struct map *m, struct str key, uint64_t fresh, bool *added)
{
    uint64_t hash = hash_of(key);

    if (2 * (m->n + 1) > m->cap)
        grow(m);
    struct map_entry *e = find(m, key, hash);
    bool is_new = !e->hash;
    if (is_new) {
        *e = (struct map_entry){key, fresh, hash};
        m->n++;
    }
    if (added)
        *added = is_new;
    return &e->value;
}

void map_put(struct map *m, struct str key, uint64_t value)
{
    *map_slot(m, key, value, NULL) = value;
}
