/* Groups: rows of key columns in, dense group numbers out.
 *
 * Open addressing over 8-byte slots (32 bits of the hash, group + 1); hash, ordinal and keys lie in
 * arrays by group, so that a probe that misses touches one slot. Hashes are made a column at a
 * time; keys are copied once, when a group is new.
 *
 * A string key that arrives as codes of one dictionary is compared and kept as codes ("coded");
 * when a chunk brings another dictionary or none, the strings take over. */
#include "exec/exec_internal.h"
#include "exec/groups_internal.h"

#ifdef HARRIER_TINY
#define FIRST_SLOTS 2
#else
#define FIRST_SLOTS 256
#endif

struct slot {
    uint32_t tag;
    uint32_t group1; /* 0: free */
};
struct key {
    enum type type;
    enum shape shape;
    uint8_t *nulls; /* by group; NULL: none so far */
    union {
        uint64_t *words; /* bool, int, real (bits) */
        struct str *strs;
    };
    const struct dict *dict; /* coded: words hold codes */
    bool plain;              /* strings for good */
};
struct groups {
    struct arena *arena;
    struct text_store text;
    struct key *keys;
    size_t n_keys, n, cap;
    uint64_t *hashes, *firsts;
    struct slot *slots;
    size_t mask;
    /* scratch for a chunk */
    uint64_t *row_hashes;
    size_t row_cap;
};

struct groups *groups_new(struct arena *a, const enum type *types, size_t n_keys)
{
    struct groups *g = ARENA_NEW(a, struct groups);

    g->arena = a;
    g->text.arena = a;
    g->n_keys = n_keys;
    g->keys = ARENA_ARRAY(a, struct key, n_keys);
    for (size_t i = 0; i < n_keys; i++) {
        g->keys[i].type = types[i];
        g->keys[i].shape = type_shape(types[i]);
    }
    g->mask = FIRST_SLOTS - 1;
    g->slots = ARENA_ARRAY(a, struct slot, FIRST_SLOTS);
    return g;
}

size_t groups_count(const struct groups *g)
{
    return g->n;
}

uint64_t groups_first(const struct groups *g, size_t group)
{
    return g->firsts[group];
}

/* ---- hashing --------------------------------------------------------------------------------- */

static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

static inline uint64_t combine(uint64_t h, uint64_t v)
{
    return mix(h * UINT64_C(0x9e3779b97f4a7c15) + v);
}

/* The word that stands for a cell in comparisons: equal cells, equal words (NaN is NaN, -0 is 0).
 */
static inline uint64_t real_word(double r)
{
    uint64_t bits;

    if (r == 0)
        return 0;
    if (r != r)
        return UINT64_C(0x7ff8000000000000);
    memcpy(&bits, &r, sizeof bits);
    return bits;
}

static inline uint64_t cell_word(const struct column *c, enum shape shape, size_t i)
{
    switch (shape) {
    case SHAPE_BOOL:
        return c->bools[i];
    case SHAPE_INT:
        return (uint64_t)c->ints[i];
    case SHAPE_REAL:
        return real_word(c->reals[i]);
    case SHAPE_STR:
        break;
    }
    return c->codes[i];
}

static inline uint64_t cell_hash(const struct key *k, const struct column *c, size_t i)
{
    if (c->nulls && c->nulls[i])
        return UINT64_C(0x5bd1e995);
    if (k->shape == SHAPE_STR && !k->dict)
        return str_hash(c->strs[i]);
    return cell_word(c, k->shape, i);
}

static void add_hashes(const struct key *k, const struct column *c, size_t rows, uint64_t *hashes)
{
    if (c->constant) {
        uint64_t h = cell_hash(k, c, 0);
        for (size_t i = 0; i < rows; i++)
            hashes[i] = combine(hashes[i], h);
        return;
    }
    if (k->shape == SHAPE_STR && k->dict && !c->nulls) {
        for (size_t i = 0; i < rows; i++)
            hashes[i] = combine(hashes[i], c->codes[i]);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        hashes[i] = combine(hashes[i], cell_hash(k, c, i));
}

static uint64_t group_hash(const struct groups *g, size_t group)
{
    uint64_t h = 0;

    for (size_t k = 0; k < g->n_keys; k++) {
        const struct key *key = &g->keys[k];
        uint64_t v;
        if (key->nulls && key->nulls[group])
            v = UINT64_C(0x5bd1e995);
        else if (key->shape == SHAPE_STR && !key->dict)
            v = str_hash(key->strs[group]);
        else
            v = key->words[group];
        h = combine(h, v);
    }
    return h;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void fill_slots(struct groups *g)
{
    for (size_t i = 0; i < g->n; i++) {
        size_t at = g->hashes[i] & g->mask;
        while (g->slots[at].group1)
            at = (at + 1) & g->mask;
        g->slots[at] = (struct slot){(uint32_t)(g->hashes[i] >> 32), (uint32_t)i + 1};
    }
}

static void more_slots(struct groups *g)
{
    g->mask = g->mask * 2 + 1;
    g->slots = ARENA_ARRAY(g->arena, struct slot, g->mask + 1);
    fill_slots(g);
}

static void more_groups(struct groups *g)
{
    size_t cap = g->cap ? g->cap * 2 : FIRST_SLOTS;

    g->hashes = arena_grow(g->arena, g->hashes, g->cap * 8, cap * 8);
    g->firsts = arena_grow(g->arena, g->firsts, g->cap * 8, cap * 8);
    for (size_t k = 0; k < g->n_keys; k++) {
        struct key *key = &g->keys[k];
        size_t size = key->shape == SHAPE_STR && !key->dict ? sizeof(struct str) : 8;
        key->words = arena_grow(g->arena, key->words, g->cap * size, cap * size);
        if (key->nulls) {
            key->nulls = arena_grow(g->arena, key->nulls, g->cap, cap);
            memset(key->nulls + g->cap, 0, cap - g->cap);
        }
    }
    g->cap = cap;
}

/* A coded key gives up its codes. */
static void uncode(struct groups *g, struct key *k)
{
    struct str *strs = arena_alloc(g->arena, (g->cap ? g->cap : 1) * sizeof *strs);

    for (size_t i = 0; i < g->n; i++) /* the dictionary may die before the groups do */
        strs[i] = text_keep(&g->text, dict_get(k->dict, (uint32_t)k->words[i]));
    k->strs = strs;
    k->dict = NULL;
    k->plain = true;
}

static void rehash(struct groups *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->hashes[i] = group_hash(g, i);
    memset(g->slots, 0, (g->mask + 1) * sizeof *g->slots);
    fill_slots(g);
}

/* Brings the keys' forms and the columns' forms together before a chunk is looked up. */
static void agree(struct groups *g, struct column *const *keys)
{
    bool changed = false;

    for (size_t i = 0; i < g->n_keys; i++) {
        struct key *k = &g->keys[i];
        if (k->shape != SHAPE_STR)
            continue;
        if (g->n == 0 && !k->plain && keys[i]->dict) {
            k->dict = keys[i]->dict;
        } else if (k->dict && keys[i]->dict != k->dict) {
            uncode(g, k);
            changed = true;
        } else if (!k->dict) {
            k->plain = true;
        }
        if (!k->dict && keys[i]->dict)
            column_strs(keys[i]);
    }
    if (changed)
        rehash(g);
}

static inline bool same_key(const struct key *k, size_t group, const struct column *c, size_t row)
{
    size_t i = c->constant ? 0 : row;
    bool null = c->nulls && c->nulls[i];

    if (null || (k->nulls && k->nulls[group]))
        return null && k->nulls && k->nulls[group];
    if (k->shape == SHAPE_STR && !k->dict)
        return str_eq(k->strs[group], c->strs[i]);
    return k->words[group] == cell_word(c, k->shape, i);
}

static inline bool same_keys(const struct groups *g, size_t group, struct column *const *keys,
                             size_t row)
{
    for (size_t k = 0; k < g->n_keys; k++) {
        if (!same_key(&g->keys[k], group, keys[k], row))
            return false;
    }
    return true;
}

static void store_key(struct groups *g, struct key *k, size_t group, const struct column *c,
                      size_t row)
{
    size_t i = c->constant ? 0 : row;
    bool text = k->shape == SHAPE_STR && !k->dict;

    if (c->nulls && c->nulls[i]) {
        if (!k->nulls)
            k->nulls = arena_zalloc(g->arena, g->cap);
        k->nulls[group] = 1;
        if (text)
            k->strs[group] = STR_NONE;
        else
            k->words[group] = 0;
        return;
    }
    if (text)
        k->strs[group] = text_keep(&g->text, c->strs[i]);
    else
        k->words[group] = cell_word(c, k->shape, i);
}

static uint32_t add_group(struct groups *g, struct column *const *keys, size_t row, uint64_t hash,
                          uint64_t ordinal, size_t at)
{
    size_t group = g->n;

    if (group == g->cap)
        more_groups(g);
    for (size_t k = 0; k < g->n_keys; k++)
        store_key(g, &g->keys[k], group, keys[k], row);
    g->hashes[group] = hash;
    g->firsts[group] = ordinal;
    g->slots[at] = (struct slot){(uint32_t)(hash >> 32), (uint32_t)group + 1};
    g->n++;
    if (g->n * 2 > g->mask)
        more_slots(g);
    return (uint32_t)group;
}

static uint64_t *hash_rows(struct groups *g, struct column *const *keys, size_t rows)
{
    if (rows > g->row_cap) {
        g->row_cap = rows > CHUNK_ROWS ? rows : CHUNK_ROWS;
        g->row_hashes = arena_alloc(g->arena, g->row_cap * 8);
    }
    if (rows)
        memset(g->row_hashes, 0, rows * 8);
    for (size_t k = 0; k < g->n_keys; k++)
        add_hashes(&g->keys[k], keys[k], rows, g->row_hashes);
    return g->row_hashes;
}

void groups_add(struct groups *g, struct column *const *keys, size_t rows, const uint64_t *ordinals,
                uint32_t *out)
{
    agree(g, keys);
    const uint64_t *hashes = hash_rows(g, keys, rows);
    for (size_t i = 0; i < rows; i++) {
        uint64_t h = hashes[i];
        uint32_t tag = (uint32_t)(h >> 32);
        size_t at = h & g->mask;
        while (g->slots[at].group1) {
            uint32_t group = g->slots[at].group1 - 1;
            if (g->slots[at].tag == tag && same_keys(g, group, keys, i)) {
                out[i] = group;
                if (ordinals[i] < g->firsts[group])
                    g->firsts[group] = ordinals[i];
                break;
            }
            at = (at + 1) & g->mask;
        }
        if (!g->slots[at].group1)
            out[i] = add_group(g, keys, i, h, ordinals[i], at);
    }
}

/* ---- looking up (joins) ---------------------------------------------------------------------- */

void groups_plain(struct groups *g)
{
    bool changed = false;

    for (size_t i = 0; i < g->n_keys; i++) {
        if (g->keys[i].dict) {
            uncode(g, &g->keys[i]);
            changed = true;
        }
        g->keys[i].plain = true;
    }
    if (changed)
        rehash(g);
}

void groups_lookup(const struct groups *g, struct arena *scratch, struct column *const *keys,
                   size_t rows, uint32_t *out)
{
    uint64_t *hashes = ARENA_ARRAY(scratch, uint64_t, rows);

    for (size_t k = 0; k < g->n_keys; k++) {
        if (keys[k]->dict)
            column_strs(keys[k]);
        add_hashes(&g->keys[k], keys[k], rows, hashes);
    }
    for (size_t i = 0; i < rows; i++) {
        uint32_t tag = (uint32_t)(hashes[i] >> 32);
        size_t at = hashes[i] & g->mask;
        out[i] = UINT32_MAX;
        for (; g->slots[at].group1; at = (at + 1) & g->mask) {
            uint32_t group = g->slots[at].group1 - 1;
            if (g->slots[at].tag == tag && same_keys(g, group, keys, i)) {
                out[i] = group;
                break;
            }
        }
    }
}

/* ---- merging and giving out ------------------------------------------------------------------ */

/* The key of groups [0, n) as a column that is only looked at during a call. */
static struct column *key_column(struct arena *a, const struct groups *g, size_t k, size_t n)
{
    const struct key *key = &g->keys[k];
    struct column *c = ARENA_NEW(a, struct column);

    c->type = key->type;
    c->n = n;
    c->nulls = key->nulls;
    c->arena = a;
    if (key->dict) {
        c->dict = key->dict;
        c->codes = arena_alloc(a, n * sizeof *c->codes);
        for (size_t i = 0; i < n; i++)
            c->codes[i] = (uint32_t)key->words[i];
    } else if (key->shape == SHAPE_BOOL) {
        c->bools = arena_alloc(a, n);
        for (size_t i = 0; i < n; i++)
            c->bools[i] = (uint8_t)key->words[i];
    } else {
        c->data = key->words; /* int64 and double are the words themselves */
    }
    return c;
}

void groups_merge(struct groups *g, const struct groups *from, uint32_t *map)
{
    struct column **keys = ARENA_ARRAY(g->arena, struct column *, from->n_keys);

    if (from->n == 0)
        return;
    for (size_t k = 0; k < from->n_keys; k++)
        keys[k] = key_column(g->arena, from, k, from->n);
    groups_add(g, keys, from->n, from->firsts, map);
}

struct by_first {
    uint64_t first;
    uint32_t group;
};

static int compare_first(const void *x, const void *y)
{
    const struct by_first *a = x, *b = y;
    return (a->first > b->first) - (a->first < b->first);
}

void groups_order(const struct groups *g, uint32_t *order)
{
    bool sorted = true;

    for (size_t i = 0; i < g->n; i++) {
        order[i] = (uint32_t)i;
        sorted &= i == 0 || g->firsts[i - 1] < g->firsts[i];
    }
    if (sorted)
        return;
    struct by_first *by = mem_grow(NULL, g->n * sizeof *by);
    for (size_t i = 0; i < g->n; i++)
        by[i] = (struct by_first){g->firsts[i], (uint32_t)i};
    qsort(by, g->n, sizeof *by, compare_first);
    for (size_t i = 0; i < g->n; i++)
        order[i] = by[i].group;
    mem_free(by);
}

struct column *groups_key(const struct groups *g, size_t k, const uint32_t *order, size_t n,
                          struct arena *a)
{
    return column_pick(a, key_column(a, g, k, g->n), order, n);
}
