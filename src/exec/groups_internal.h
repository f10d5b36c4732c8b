/* How groups keep their keys: groups.c finds and adds them, groups_key.c writes and reads them. */
#ifndef GROUPS_INTERNAL_H
#define GROUPS_INTERNAL_H
#include "exec/exec_internal.h"

#ifdef HARRIER_TINY
#define PIECE_BYTES ((size_t)64)
#define PIECE_GROUPS ((size_t)2)
#else
#define PIECE_BYTES ((size_t)65536)
#define PIECE_GROUPS ((size_t)4096)
#endif

struct key {
    enum type type;
    enum shape shape;
    const struct dict *dict; /* coded: the key's word is a code of it; NULL otherwise */
    bool plain;              /* texts for good */
    uint32_t at;             /* of its word or its text's length in a record */
};
/* The keys of one row in one run of bytes, equal where the keys are: a word (8 bytes) for each key
 * that is no text, the length (4 bytes) of each text, marks of nulls unless all keys are strings,
 * then the texts. */
struct group {
    const char *record;
    uint64_t hash, first;
    uint32_t size; /* bytes of the record */
};
/* Of keys that are all codes: from codes in one word to groups (groups_front.c). */
struct front {
    struct front_slot *slots;
    size_t mask, n;
    uint8_t *bits;    /* of each key in a word */
    uint64_t *words;  /* of the rows of a chunk … */
    uint32_t *missed; /* … and those that are not known */
};
struct groups {
    struct arena *arena;
    struct key *keys;
    size_t n_keys, n;
    size_t marks;               /* where a record's marks of nulls begin … */
    size_t head;                /* … and its texts */
    VEC(struct group *) pieces; /* PIECE_GROUPS each: they never move */
    char *room;                 /* for records … */
    size_t left;
    struct slot *slots;
    size_t mask;
    bool rising;     /* groups came in order of their first ordinals, or `order` is that order */
    uint32_t *order; /* NULL: as they are numbered */
    struct front front;
    /* scratch for a chunk */
    char *buffer;
    size_t buffer_size;
    uint32_t *run; /* the numbers of rows that follow each other */
    size_t *at;    /* by row: where its record begins; one more for the end */
    size_t *text;  /* by row: where its next text goes */
    uint64_t *hashes;
};
static inline struct group *group_at(const struct groups *g, size_t i)
{
    return &g->pieces.items[i / PIECE_GROUPS][i % PIECE_GROUPS];
}
static inline bool key_is_text(const struct key *k)
{
    return k->shape == SHAPE_STR && !k->dict;
}

/* Says how records look from now on, as the keys are now. */
void groups_layout(struct groups *g);
/* The records of n rows, at most CHUNK_ROWS, in g->buffer, g->at and g->hashes. */
void groups_write(struct groups *g, struct column *const *keys, const uint32_t *rows, size_t n);
/* Rows [from, from + n), the same way. */
void groups_write_run(struct groups *g, struct column *const *keys, size_t from, size_t n);
/* Whether a chunk's keys can go by the front. */
bool front_fits(struct groups *g, struct column *const *keys);
/* The groups of rows [from, from + n), at most CHUNK_ROWS; how many are not known: UINT32_MAX in
 * out, their rows in g->front.missed. */
size_t front_find(struct groups *g, struct column *const *keys, size_t from, size_t n,
                  uint32_t *out);
/* Row `row` of those that front_find was given last (0: `from`) is in that group. */
void front_learn(struct groups *g, size_t row, uint32_t group);
/* The record of a group of `from`, whose keys may be coded where g's are not, as g has it: in
 * g->buffer; its bytes. */
size_t groups_rewrite(struct groups *g, const struct groups *from, const struct group *group);
/* The key k of a record. */
struct str record_text(const struct groups *g, const char *record, size_t k);
uint64_t record_word(const struct groups *g, const char *record, size_t k);
bool record_null(const struct groups *g, const char *record, size_t k);
#endif
