/* What binding and running of join and lookup share. */
#ifndef OPS_JOIN_H
#define OPS_JOIN_H
#include "ops/ops_internal.h"

enum join_kind {
    JOIN_INNERUNIQUE,
    JOIN_INNER,
    JOIN_LEFTOUTER,
    JOIN_RIGHTOUTER,
    JOIN_FULLOUTER,
    JOIN_LEFTSEMI,
    JOIN_LEFTANTI,
    JOIN_RIGHTSEMI,
    JOIN_RIGHTANTI
};
struct join_data {
    enum join_kind kind;
    struct expr **left, **right; /* keys, of one type each */
    enum type *types;
    size_t n_keys;
    size_t n_left;      /* output columns that come from the left, as they are there; the others: */
    size_t *from_right; /* by output column - n_left */
};
struct unique_data { /* the first row of each key, below an innerunique join */
    struct expr **keys;
    enum type *types;
    size_t n_keys;
};
static inline bool join_gives_left(enum join_kind k)
{
    return k != JOIN_RIGHTSEMI && k != JOIN_RIGHTANTI;
}
static inline bool join_gives_right(enum join_kind k)
{
    return k != JOIN_LEFTSEMI && k != JOIN_LEFTANTI;
}
extern const struct op_run join_run_flowing;  /* all that is known when a left row comes */
extern const struct op_run join_run_breaking; /* right rows without a partner come out as well */
extern const struct op_run unique_run;
#endif
