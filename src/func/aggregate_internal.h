/* What the aggregates share: predicates, kept bytes, cells, sets, and sums of reals. */
#ifndef AGGREGATE_INTERNAL_H
#define AGGREGATE_INTERNAL_H
#include "func/func_internal.h"

/* A merge never writes to memory that `from` points to, and finish changes no state: previews are
 * made from states that go on growing afterwards. */

/* The …if aggregates count a row only where their last argument is true; NULL for the others. */
static inline const struct column *agg_when(const struct agg *agg, struct column *const *args)
{
    return agg->row->flags & AGG_PREDICATE ? args[agg->n_args - 1] : NULL;
}
static inline bool agg_skips(const struct column *when, size_t i)
{
    return when && (!when->bools[column_at(when, i)] || column_null(when, i));
}

char *agg_bytes(struct agg *agg, size_t n);            /* not aligned */
struct str agg_keep(struct agg *agg, struct str s);    /* a copy */
void agg_need_strs(struct column *const *args, size_t n);

/* One value in a state, whose place is used again when it is replaced. Zeroed is an empty text or
 * 0. */
struct cell {
    union {
        int64_t i;
        double r;
        char *p;
    };
    uint32_t n, cap; /* text */
    bool null;
};
void cell_copy(struct cell *into, const struct cell *from); /* in merge: shares the text's bytes */
void cell_set(struct agg *agg, struct cell *cell, const struct column *c, size_t row);
struct value cell_value(const struct cell *cell, enum type t);

/* ---- sets and lists (aggregate_set.c) -------------------------------------------------------- */

/* A value with its place in the input: by ordinal, and by seq among the elements of one row's
 * array. */
struct member {
    uint64_t ordinal;
    union {
        uint64_t bits;  /* bool, int64 or double */
        /* text, guid, dynamic; in a bag the key with the value's bytes right behind */
        const char *p;
    };
    uint32_t n;         /* bytes of the text (of the key) */
    uint32_t value_n;   /* bag: bytes of the value */
    uint32_t seq;
    uint32_t hash;      /* once there is an index */
};
/* Members in order of arrival, the only one in the state itself: most groups have one or two.
 * Zeroed is empty. The same for lists, which never ask whether a member is there. */
struct set {
    uint32_t n, cap;
    union {
        struct member one;
        struct {
            struct member *items;
            uint32_t *index; /* by hash: position + 1; NULL while few */
        } many;
    };
};
const struct member *set_items(const struct set *s);
/* The member with m's value, or NULL. */
struct member *set_find(struct set *s, const struct member *m, bool text);
/* Adds m, which is not there; a text's bytes must be kept already. */
void set_append(struct arena *a, struct set *s, const struct member *m, bool text);
/* Adds m to a list; never mixed with set_append. */
void list_append(struct arena *a, struct set *s, const struct member *m);
/* What merge makes of a state that has nothing yet: items of its own, the texts' bytes shared. */
void set_copy(struct arena *a, struct set *into, const struct set *from);
/* The members by place in the input; the set is left as it is. */
const struct member *set_sorted(struct arena *a, const struct set *s);

/* ---- sums of reals (aggregate_exact.c) ------------------------------------------------------- */

/* Reals of one group, such that their sum does not depend on how the rows were shared out over
 * threads: a small group keeps its values and adds them in input order, a large one adds them
 * without any rounding. */
struct sample {
    uint64_t ordinal;
    double value;
};
struct samples {
    uint64_t n;
    uint32_t cap;
    struct sample *items; /* n of them, in no order, until … */
    struct exact *exact;  /* … there are too many */
};
void samples_add(struct arena *a, struct samples *s, uint64_t ordinal, double value);
void samples_merge(struct arena *a, struct samples *into, const struct samples *from);
double samples_sum(struct arena *scratch, const struct samples *s);
/* whole: divides by n, else by n - 1 */
double samples_variance(struct arena *scratch, const struct samples *s, bool whole);
#endif
