/* Distinct strings to dense codes: open addressing over 8-byte slots (part of the hash, code + 1),
 * the strings' bytes packed one after the other in pieces of the arena. */
#include <stdatomic.h>
#include "table/table_internal.h"

#ifdef HARRIER_TINY
#define FIRST_SLOTS 2
#define FIRST_PIECE 8
#else
#define FIRST_SLOTS 64
#define FIRST_PIECE 1024
#endif
#define LAST_PIECE (256 * 1024)

struct slot {
    uint32_t hash;
    uint32_t code1; /* 0: free */
};

struct dict {
    struct arena *arena;
    uint64_t id;
    struct str *strs;
    uint32_t n, cap, last; /* last: the code given out last, because rows repeat their neighbours */
    struct slot *slots;
    uint32_t mask;
    char *piece; /* where the next string's bytes go */
    size_t left, piece_size;
};

struct dict *dict_new(struct arena *a)
{
    /* The one counter of the process: numbers need only differ, their order means nothing. */
    static _Atomic uint64_t next_id = 1;
    struct dict *d = ARENA_NEW(a, struct dict);
    d->arena = a;
    d->id = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed);
    d->mask = FIRST_SLOTS - 1;
    d->slots = ARENA_ARRAY(a, struct slot, FIRST_SLOTS);
    d->piece_size = FIRST_PIECE;
    return d;
}

uint64_t dict_id(const struct dict *d)
{
    return d->id;
}

static const char *keep_bytes(struct dict *d, struct str s)
{
    if (s.n == 0)
        return "";
    if (s.n > d->left) {
        if (s.n > d->piece_size / 4) {
            char *own = arena_alloc(d->arena, s.n);
            memcpy(own, s.p, s.n);
            return own;
        }
        d->piece = arena_alloc(d->arena, d->piece_size);
        d->left = d->piece_size;
        if (d->piece_size < LAST_PIECE)
            d->piece_size *= 2;
    }
    char *p = d->piece;
    memcpy(p, s.p, s.n);
    d->piece += s.n;
    d->left -= s.n;
    return p;
}

static void rehash(struct dict *d)
{
    uint32_t old_n = d->mask + 1, mask = 2 * old_n - 1;
    struct slot *slots = ARENA_ARRAY(d->arena, struct slot, (size_t)mask + 1);
    for (uint32_t i = 0; i < old_n; i++) {
        if (d->slots[i].code1 == 0)
            continue;
        uint32_t at = d->slots[i].hash & mask;
        while (slots[at].code1)
            at = (at + 1) & mask;
        slots[at] = d->slots[i];
    }
    d->slots = slots;
    d->mask = mask;
}

static uint32_t append(struct dict *d, struct str s)
{
    if (d->n == d->cap) {
        uint32_t cap = d->cap ? d->cap * 2 : FIRST_SLOTS / 2;
        d->strs = arena_grow(d->arena, d->strs, d->cap * sizeof *d->strs, cap * sizeof *d->strs);
        d->cap = cap;
    }
    d->strs[d->n] = (struct str){keep_bytes(d, s), s.n};
    return d->last = d->n++;
}

uint32_t dict_add(struct dict *d, struct str s)
{
    if (d->n && str_eq(d->strs[d->last], s))
        return d->last;
    uint32_t hash = (uint32_t)str_hash(s);
    uint32_t at = hash & d->mask;
    for (; d->slots[at].code1; at = (at + 1) & d->mask) {
        if (d->slots[at].hash == hash && str_eq(d->strs[d->slots[at].code1 - 1], s))
            return d->last = d->slots[at].code1 - 1;
    }
    uint32_t code = append(d, s);
    d->slots[at] = (struct slot){hash, code + 1};
    if (d->n > d->mask / 2)
        rehash(d);
    return code;
}

uint32_t dict_size(const struct dict *d)
{
    return d->n;
}

struct str dict_get(const struct dict *d, uint32_t code)
{
    return d->strs[code];
}

const struct str *dict_strings(const struct dict *d)
{
    return d->strs;
}
