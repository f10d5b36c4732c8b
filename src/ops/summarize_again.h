/* What the files of summarize over kept rows share (summarize_again.c). */
#ifndef OPS_SUMMARIZE_AGAIN_H
#define OPS_SUMMARIZE_AGAIN_H
#include <pthread.h>

#include "ops/late.h"
#include "ops/summarize.h"

#define NO_GROUP UINT32_MAX

struct tally_slot {
    bool eager, late;
    struct agg agg; /* without its arena */
    size_t size;    /* of a state */
    struct column **cells; /* by cell, then group */
    uint8_t *made;         /* late: by group, whether the cells are there */
    const struct column **args; /* late: of all kept rows */
};
struct tally {
    struct arena *arena, *later;
    int64_t left;          /* bytes that `later` may still grow by */
    struct groups *groups; /* NULL without keys */
    uint32_t *group;       /* by row; NO_GROUP: it never came in */
    uint64_t *named;       /* marks of the others */
    size_t n, cap;         /* groups */
    struct tally_slot *slots;
    size_t n_slots;
    uint64_t version; /* answers so far */
    pthread_mutex_t lock; /* guards cells and made of what is late, later, left */
};
/* Cell i of `from` becomes cell `at` of `to`; its text is copied, unless texts is NULL. */
void tally_put(struct column *to, size_t at, const struct column *from, size_t i,
               struct arena *texts);
/* Makes the columns of an answer that are late; order[row]: the group of each row; counts: how many
 * rows each group has. */
struct table_maker *tally_maker(struct exec *x, const struct plan_node *node, struct tally *m,
                                const struct kept_rows *k, const uint32_t *order,
                                const uint32_t *counts);
#endif
