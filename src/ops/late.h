/* Aggregates of summarize that are made late.
 *
 * A set of every group is dear, and the filter behind a summarize drops most groups. So while rows
 * come in, an aggregate whose row in func/ says AGG_LATE only has its arguments kept; its column is
 * made for the groups that somebody asks for (table_maker). When the rows become too many for that
 * they are fed to states after all, as those of any other aggregate. */
#ifndef OPS_LATE_H
#define OPS_LATE_H
#include "ops/ops_internal.h"

/* One a run. */
struct late_choice {
    bool *late;          /* by slot */
    size_t **args;       /* by slot, then argument: which of the … */
    struct expr **exprs; /* … arguments that are kept, each different one once */
    size_t n_exprs;
    size_t budget; /* bytes a worker */
};
struct late_choice *late_choose(struct arena *a, const struct plan_node *node,
                                      size_t threads);

/* What one worker keeps: columns of arguments, and the group of each row. */
struct late;
struct late *late_new(struct arena *a, struct expr *const *args, size_t n);
/* Rows of one block, in input order; groups[i] < n_groups. */
void late_add(struct late *l, uint32_t block, const uint32_t *groups, size_t n_groups,
              struct column *const *args, size_t rows);
size_t late_bytes(const struct late *l);
/* Gives all rows again, in the order in which they came, with the ordinals of exec.h. */
void late_replay(struct late *l,
                 void (*take)(void *ctx, struct column *const *args, const uint32_t *groups,
                              const uint64_t *ordinals, size_t rows),
                 void *ctx);

/* How a column of the output is made. */
struct late_slot {
    const struct agg *agg; /* NULL: it is there already */
    const size_t *args;    /* which columns of the late are its arguments */
    size_t n_args;
    size_t cell, n_cells; /* which of its results … */
    const struct field *cells; /* … and what they are */
};
/* groups[w][row]: the group of output row `row` at worker w. */
struct table_maker *late_maker(struct arena *a, struct late **lates, uint32_t **groups,
                               size_t n_workers, struct late_slot *slots, size_t n_columns);
/* That array, of rows[g], the output row of each group. */
uint32_t *late_groups(struct arena *a, const uint32_t *rows, size_t n_groups, size_t n_rows);
#endif
