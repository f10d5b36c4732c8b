/* A hash map from text to a 64-bit value, in an arena. Keys are not copied and must outlive it. */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "base/str.h"

struct map_entry {
    struct str key;
    uint64_t value;
    uint64_t hash; /* 0: the slot is free */
};
struct map {
    struct arena *arena;
    struct map_entry *entries; /* open addressing, a power of two */
    size_t n, cap;
};
void map_init(struct map *m, struct arena *a);
bool map_get(const struct map *m, struct str key, uint64_t *value); /* value may be NULL */
void map_put(struct map *m, struct str key, uint64_t value);        /* replaces */
/* The value slot of key, made with value `fresh` if it was not there; *added says which. */
uint64_t *map_slot(struct map *m, struct str key, uint64_t fresh, bool *added);
#endif
