/* A quick way to groups whose keys are all codes of dictionaries: the codes of a row in one word,
 * and a small table from such words to groups before the one of records (groups.c). What it does
 * not know goes the long way and is known from then on, so it may forget everything at any time. */
#include "exec/groups_internal.h"

#ifdef HARRIER_TINY
#define FIRST_SLOTS 2
#else
#define FIRST_SLOTS 4096
#endif
#define AHEAD 12

struct front_slot {
    uint64_t word;
    uint32_t group1; /* 0: free */
};

static unsigned bits_for(uint32_t size)
{
    return size > 1 ? 32 - (unsigned)__builtin_clz(size - 1) : 0;
}

static void forget(struct groups *g)
{
    struct front *f = &g->front;

    f->n = 0;
    f->mask = FIRST_SLOTS - 1;
    f->slots = ARENA_ARRAY(g->arena, struct front_slot, FIRST_SLOTS);
}

/* Codes need more bits as dictionaries grow: then the words change. False: they do not fit. */
static bool lay_out(struct groups *g)
{
    struct front *f = &g->front;
    bool same = f->slots != NULL;
    unsigned total = 0;

    if (!f->bits) {
        f->bits = ARENA_ARRAY(g->arena, uint8_t, g->n_keys);
        f->words = arena_alloc(g->arena, CHUNK_ROWS * sizeof *f->words);
        f->missed = arena_alloc(g->arena, CHUNK_ROWS * sizeof *f->missed);
    }
    for (size_t k = 0; k < g->n_keys; k++) {
        unsigned bits = bits_for(dict_size(g->keys[k].dict));
        same &= bits == f->bits[k];
        f->bits[k] = (uint8_t)bits;
        total += bits;
    }
    if (total > 64)
        return false;
    if (!same)
        forget(g);
    return true;
}

bool front_fits(struct groups *g, struct column *const *keys)
{
    for (size_t k = 0; k < g->n_keys; k++) {
        if (!g->keys[k].dict || keys[k]->nulls)
            return false;
    }
    return g->n_keys > 0 && lay_out(g);
}

static void write_words(struct groups *g, struct column *const *keys, size_t from, size_t n)
{
    uint64_t *words = g->front.words;

    memset(words, 0, n * sizeof *words);
    for (size_t k = 0; k < g->n_keys; k++) {
        const uint32_t *codes = keys[k]->codes;
        unsigned bits = g->front.bits[k];
        if (bits == 0)
            continue; /* there is one text, which all rows have */
        if (keys[k]->constant) {
            for (size_t i = 0; i < n; i++)
                words[i] = words[i] << bits | codes[0];
        } else {
            for (size_t i = 0; i < n; i++)
                words[i] = words[i] << bits | codes[from + i];
        }
    }
}

static inline size_t place(const struct front *f, uint64_t word)
{
    return (word * UINT64_C(0x9e3779b97f4a7c15)) >> 20 & f->mask;
}

static inline size_t find(const struct front *f, uint64_t word)
{
    size_t at = place(f, word);

    while (f->slots[at].group1 && f->slots[at].word != word)
        at = (at + 1) & f->mask;
    return at;
}

static void grow(struct groups *g)
{
    struct front *f = &g->front, old = *f;

    f->mask = (old.mask + 1) * 4 - 1;
    f->slots = ARENA_ARRAY(g->arena, struct front_slot, f->mask + 1);
    for (size_t i = 0; i <= old.mask; i++) {
        if (old.slots[i].group1)
            f->slots[find(f, old.slots[i].word)] = old.slots[i];
    }
}

size_t front_find(struct groups *g, struct column *const *keys, size_t from, size_t n,
                  uint32_t *out)
{
    struct front *f = &g->front;
    size_t missed = 0;

    write_words(g, keys, from, n);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(&f->slots[place(f, f->words[i + AHEAD])]);
        uint32_t group1 = f->slots[find(f, f->words[i])].group1;
        out[i] = group1 - 1;
        f->missed[missed] = (uint32_t)(from + i);
        missed += group1 == 0;
    }
    return missed;
}

void front_learn(struct groups *g, size_t row, uint32_t group)
{
    struct front *f = &g->front;
    size_t at = find(f, f->words[row]);

    if (f->slots[at].group1)
        return;
    f->slots[at] = (struct front_slot){f->words[row], group + 1};
    if (++f->n * 2 > f->mask)
        grow(g);
}
