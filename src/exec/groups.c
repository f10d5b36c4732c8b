/* Groups: rows of key columns in, dense group numbers out.
 *
 * Open addressing over 8-byte slots (32 bits of the hash, group + 1). The keys of a row are written
 * into one run of bytes, hashed once and compared with one memcmp; what the next rows will touch is
 * fetched ahead, because a table of millions of groups lies in no cache.
 *
 * A string key that arrives as codes of one dictionary is kept as codes ("coded"); when a chunk
 * brings another dictionary or none, the strings take over. */
#include "exec/groups_internal.h"

#ifdef HARRIER_TINY
#define FIRST_SLOTS 2
#else
#define FIRST_SLOTS 1024
#endif
#define AHEAD 8 /* rows between one step of fetching and the next */

struct slot {
    uint32_t tag;
    uint32_t group1; /* 0: free */
};

struct groups *groups_new(struct arena *a, const enum type *types, size_t n_keys)
{
    struct groups *g = ARENA_NEW(a, struct groups);

    g->arena = a;
    g->n_keys = n_keys;
    g->rising = true;
    g->keys = ARENA_ARRAY(a, struct key, n_keys);
    for (size_t i = 0; i < n_keys; i++) {
        g->keys[i].type = types[i];
        g->keys[i].shape = type_shape(types[i]);
    }
    groups_layout(g);
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
    return group_at(g, group)->first;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void fill_slots(struct groups *g)
{
    for (size_t i = 0; i < g->n; i++) {
        uint64_t hash = group_at(g, i)->hash;
        size_t at = hash & g->mask;
        while (g->slots[at].group1)
            at = (at + 1) & g->mask;
        g->slots[at] = (struct slot){(uint32_t)(hash >> 32), (uint32_t)i + 1};
    }
}

static void more_slots(struct groups *g)
{
    size_t n = (g->mask + 1) * (g->mask < 65536 ? 4 : 2);

    g->mask = n - 1;
    g->slots = ARENA_ARRAY(g->arena, struct slot, n);
    fill_slots(g);
}

/* Where the record is, or the free slot where it belongs. */
static inline size_t find(const struct groups *g, const char *record, size_t size, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t at = hash & g->mask;

    for (; g->slots[at].group1; at = (at + 1) & g->mask) {
        if (g->slots[at].tag != tag)
            continue;
        const struct group *group = group_at(g, g->slots[at].group1 - 1);
        if (group->size == size && memcmp(group->record, record, size) == 0)
            break;
    }
    return at;
}

/* Row i will be looked up soon: its slot, then the group there, then that group's record. */
static inline void fetch(const struct groups *g, const uint64_t *hashes, size_t i, size_t rows)
{
    if (i + 3 * AHEAD < rows)
        __builtin_prefetch(&g->slots[hashes[i + 3 * AHEAD] & g->mask]);
    if (i + 2 * AHEAD < rows) {
        uint32_t group1 = g->slots[hashes[i + 2 * AHEAD] & g->mask].group1;
        if (group1)
            __builtin_prefetch(group_at(g, group1 - 1));
    }
    if (i + AHEAD < rows) {
        uint32_t group1 = g->slots[hashes[i + AHEAD] & g->mask].group1;
        if (group1)
            __builtin_prefetch(group_at(g, group1 - 1)->record);
    }
}

/* ---- adding ---------------------------------------------------------------------------------- */

static const char *keep_record(struct groups *g, const char *record, size_t size)
{
    if (size > g->left) {
        if (size > PIECE_BYTES / 16)
            return memcpy(arena_alloc(g->arena, size), record, size);
        g->room = arena_alloc(g->arena, PIECE_BYTES);
        g->left = PIECE_BYTES;
    }
    char *kept = memcpy(g->room, record, size);
    g->room += size;
    g->left -= size;
    return kept;
}

static void add_group(struct groups *g, size_t at, const struct group *new)
{
    if (g->n % PIECE_GROUPS == 0)
        vec_push(g->arena, &g->pieces, arena_alloc(g->arena, PIECE_GROUPS * sizeof(struct group)));
    if (g->n && new->first < group_at(g, g->n - 1)->first)
        g->rising = false;
    *group_at(g, g->n) = *new;
    g->n++;
    g->slots[at] = (struct slot){(uint32_t)(new->hash >> 32), (uint32_t)g->n};
    if (g->n * 2 > g->mask)
        more_slots(g);
}

/* The keys are laid out anew, with the texts of codes: the dictionaries may die before g does. */
static void rewrite(struct groups *g, const struct key *old_keys)
{
    struct groups old = *g;

    old.keys = (struct key *)old_keys;
    groups_layout(g);
    for (size_t i = 0; i < g->n; i++) {
        struct group *group = group_at(g, i);
        size_t size = groups_rewrite(g, &old, group);
        group->record = keep_record(g, g->buffer, size);
        group->size = (uint32_t)size;
        group->hash = str_hash((struct str){group->record, size});
    }
    memset(g->slots, 0, (g->mask + 1) * sizeof *g->slots);
    fill_slots(g);
}

/* Coded keys that are not codes of dicts[i] give up their codes; where there are no groups yet,
 * they become what dicts[] says. */
static void agree(struct groups *g, const struct dict *const *dicts)
{
    bool changed = false;
    struct key *old = NULL;

    for (size_t i = 0; i < g->n_keys; i++) {
        struct key *k = &g->keys[i];
        if (k->shape != SHAPE_STR || k->dict == dicts[i])
            continue;
        if (!changed) {
            old = arena_alloc(g->arena, g->n_keys * sizeof *old);
            memcpy(old, g->keys, g->n_keys * sizeof *old);
        }
        changed |= k->dict || (g->n == 0 && !k->plain);
        k->plain |= g->n > 0 || !dicts[i];
        k->dict = k->plain ? NULL : dicts[i];
    }
    if (changed)
        rewrite(g, old);
}

static void agree_columns(struct groups *g, struct column *const *keys)
{
    const struct dict *few[16];
    const struct dict **dicts =
        g->n_keys <= 16 ? few : ARENA_ARRAY(g->arena, const struct dict *, g->n_keys);

    for (size_t i = 0; i < g->n_keys; i++)
        dicts[i] = keys[i]->dict;
    agree(g, dicts);
}

/* The rows that were written last: their groups, by the table of records. Ordinals and out go by
 * rows[], which counts from `from`. */
static void add_rows(struct groups *g, const uint32_t *rows, size_t from, size_t n,
                     const uint64_t *ordinals, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *record = g->buffer + g->at[i];
        size_t size = g->at[i + 1] - g->at[i], row = rows[i] - from;
        fetch(g, g->hashes, i, n);
        size_t at = find(g, record, size, g->hashes[i]);
        if (g->slots[at].group1) {
            struct group *group = group_at(g, g->slots[at].group1 - 1);
            out[row] = g->slots[at].group1 - 1;
            if (ordinals[row] < group->first) {
                group->first = ordinals[row];
                g->rising = false;
            }
            continue;
        }
        out[row] = (uint32_t)g->n;
        struct group new = {keep_record(g, record, size), g->hashes[i], ordinals[row],
                            (uint32_t)size};
        add_group(g, at, &new);
    }
}

/* Nothing that comes can be before what is there. */
static bool goes_on(const struct groups *g, const uint64_t *ordinals, size_t n)
{
    bool rises = g->rising && (g->n == 0 || group_at(g, g->n - 1)->first <= ordinals[0]);

    for (size_t i = 1; i < n; i++)
        rises &= ordinals[i - 1] <= ordinals[i];
    return rises;
}

static void add_by_codes(struct groups *g, struct column *const *keys, size_t from, size_t n,
                         const uint64_t *ordinals, uint32_t *out)
{
    bool rises = goes_on(g, ordinals, n);
    size_t missed = front_find(g, keys, from, n, out);

    if (missed) {
        groups_write(g, keys, g->front.missed, missed);
        add_rows(g, g->front.missed, from, missed, ordinals, out);
        for (size_t i = 0; i < missed; i++)
            front_learn(g, g->front.missed[i] - from, out[g->front.missed[i] - from]);
    }
    for (size_t i = 0; i < n && !rises; i++) {
        struct group *group = group_at(g, out[i]);
        if (ordinals[i] < group->first) {
            group->first = ordinals[i];
            g->rising = false;
        }
    }
}

void groups_add(struct groups *g, struct column *const *keys, size_t rows, const uint64_t *ordinals,
                uint32_t *out)
{
    agree_columns(g, keys);
    bool codes = front_fits(g, keys);
    for (size_t from = 0; from < rows; from += CHUNK_ROWS) {
        size_t n = rows - from < CHUNK_ROWS ? rows - from : CHUNK_ROWS;
        if (codes) {
            add_by_codes(g, keys, from, n, ordinals + from, out + from);
            continue;
        }
        groups_write_run(g, keys, from, n);
        add_rows(g, g->run, from, n, ordinals + from, out + from);
    }
}

/* ---- looking up (joins) ---------------------------------------------------------------------- */

void groups_plain(struct groups *g)
{
    const struct dict **none = ARENA_ARRAY(g->arena, const struct dict *, g->n_keys);

    agree(g, none);
    for (size_t i = 0; i < g->n_keys; i++)
        g->keys[i].plain = true;
}

void groups_lookup(const struct groups *g, struct arena *scratch, struct column *const *keys,
                   size_t rows, uint32_t *out)
{
    struct groups own = *g; /* scratch of its own, for any number of threads */

    own.arena = scratch;
    own.buffer = NULL;
    own.buffer_size = 0;
    own.at = NULL; /* and all that comes with it */
    for (size_t from = 0; from < rows; from += CHUNK_ROWS) {
        size_t n = rows - from < CHUNK_ROWS ? rows - from : CHUNK_ROWS;
        groups_write_run(&own, keys, from, n);
        for (size_t i = 0; i < n; i++) {
            size_t size = own.at[i + 1] - own.at[i];
            fetch(g, own.hashes, i, n);
            size_t at = find(g, own.buffer + own.at[i], size, own.hashes[i]);
            out[from + i] = g->slots[at].group1 - 1; /* none: UINT32_MAX */
        }
    }
}

/* ---- merging --------------------------------------------------------------------------------- */

static bool looks_alike(const struct groups *g, const struct groups *from)
{
    for (size_t k = 0; k < g->n_keys; k++) {
        if (g->keys[k].dict != from->keys[k].dict)
            return false;
    }
    return true;
}

static void add_from(struct groups *g, const struct groups *from, uint32_t *map)
{
    bool alike = looks_alike(g, from);

    for (size_t i = 0; i < from->n; i++) {
        struct group new = *group_at(from, i);
        if (!alike) {
            new.size = (uint32_t)groups_rewrite(g, from, &new);
            new.record = g->buffer;
            new.hash = str_hash((struct str){new.record, new.size});
        }
        size_t at = find(g, new.record, new.size, new.hash);
        if (g->slots[at].group1) {
            map[i] = g->slots[at].group1 - 1;
            continue;
        }
        if (!alike) /* else the bytes are shared: both live as long as the run */
            new.record = keep_record(g, new.record, new.size);
        map[i] = (uint32_t)g->n;
        add_group(g, at, &new);
    }
}

static uint32_t nth(const struct groups *g, size_t i)
{
    return g->order ? g->order[i] : (uint32_t)i;
}

/* Two orders by first ordinal become one: whoever comes first places the group. */
static void merge_orders(struct groups *g, size_t had, const struct groups *from,
                         const uint32_t *map)
{
    uint32_t *order = arena_alloc(g->arena, (g->n + 1) * sizeof *order);
    uint8_t *placed = arena_zalloc(g->arena, g->n + 1);
    size_t n = 0, i = 0, k = 0;

    while (i < had || k < from->n) {
        uint32_t own = i < had ? nth(g, i) : 0, other = k < from->n ? nth(from, k) : 0;
        bool first =
            k == from->n || (i < had && group_at(g, own)->first <= group_at(from, other)->first);
        uint32_t group = first ? own : map[other];
        i += first;
        k += !first;
        if (!placed[group])
            order[n++] = group;
        placed[group] = 1;
    }
    g->order = order;
}

void groups_merge(struct groups *g, const struct groups *from, uint32_t *map)
{
    size_t had = g->n;
    bool rising = g->rising && from->rising;

    if (from->n == 0)
        return;
    const struct dict **dicts = ARENA_ARRAY(g->arena, const struct dict *, g->n_keys);
    for (size_t k = 0; k < g->n_keys; k++)
        dicts[k] = from->keys[k].dict;
    agree(g, dicts);
    add_from(g, from, map);
    if (rising)
        merge_orders(g, had, from, map);
    for (size_t i = 0; i < from->n; i++) {
        struct group *group = group_at(g, map[i]);
        uint64_t first = group_at(from, i)->first;
        group->first = first < group->first ? first : group->first;
    }
    g->rising = rising;
}

/* ---- giving out ------------------------------------------------------------------------------ */

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
    if (g->rising) {
        for (size_t i = 0; i < g->n; i++)
            order[i] = nth(g, i);
        return;
    }
    struct by_first *by = mem_grow(NULL, g->n * sizeof *by);
    for (size_t i = 0; i < g->n; i++)
        by[i] = (struct by_first){group_at(g, i)->first, (uint32_t)i};
    qsort(by, g->n, sizeof *by, compare_first);
    for (size_t i = 0; i < g->n; i++)
        order[i] = by[i].group;
    mem_free(by);
}
