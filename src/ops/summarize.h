/* What binding and running of summarize share. */
#ifndef OPS_SUMMARIZE_H
#define OPS_SUMMARIZE_H
#include <stdio.h>
#include "ops/ops_internal.h"

typedef VEC(struct expr *) VEC_EXPR;
typedef VEC(struct str) VEC_NAMES;

/* One aggregate call; it fills cells [first_cell, first_cell + n_cells). */
struct slot {
    struct agg agg; /* without arena and argument types */
    struct expr **args;
    size_t n_args;
    size_t first_cell, n_cells;
};
struct summarize {
    struct items keys;
    enum type *key_types;
    struct slot *slots;
    size_t n_slots;
    size_t n_cells;
    struct schema cells;  /* names and types of the slots' results */
    struct items results; /* expr over the cells; NULL: the cell itself */
    VEC(size_t) cell_of;  /* by result; SIZE_MAX where it is an expression */
    bool by;              /* there are keys, so that no row gives no group */
};
bool summarize_wants(const struct plan_node *node, size_t slot); /* somebody reads what it gives */
struct agg summarize_agg(struct arena *a, const struct slot *slot);
/* The result columns of t: cells (NULL: it comes later) and expressions over them. */
bool summarize_results(struct exec *x, const struct plan_node *node, struct column **cells,
                       size_t n, struct table *t);
bool summarize_again(struct exec *x, const struct plan_node *node, void *shared,
                     struct kept_rows *k, bool *done, struct table **out, struct error *err);
extern const struct op_run summarize_run;
#endif
