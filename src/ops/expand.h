/* mv-expand's parts that mv-apply is built on. */
#ifndef OPS_EXPAND_H
#define OPS_EXPAND_H
#include "ops/ops_internal.h"

struct expand_syntax {
    enum type *types; /* by item; TYPE_NONE: dynamic */
    struct str index; /* with_itemindex */
    bool bag_as_array;
    int64_t default_limit;
};
struct expand_data {
    struct item *items; /* name and expression (dynamic) of each expanded column */
    size_t *column;     /* its output column */
    enum type *types;
    size_t n_items;
    size_t index_column; /* with_itemindex; SIZE_MAX: none */
    size_t *from;        /* by output column: the input's; SIZE_MAX: made here */
    struct expr *limit;  /* NULL: the operator's own default */
    int64_t default_limit;
    bool bag_as_array;
};

bool expand_parse(struct parser *p, struct stage *stage, bool legacy);
struct plan_node *expand_bind(struct binder *b, const struct op *op, const struct stage *stage,
                              struct plan_node *input);
/* The arrays to expand, for the rows of a chunk; NULL: failed. */
struct column **expand_values(struct worker *w, const struct expand_data *d, struct chunk *c);
int64_t expand_limit(struct exec *x, const struct expand_data *d, struct error *err);
size_t expand_count(const struct expand_data *d, struct column **values, size_t row,
                    int64_t limit); /* rows of a row */
/* Element i of row `row` into cell `at` of the output columns that are made here. */
void expand_put(const struct expand_data *d, struct column **values, size_t row, size_t i,
                struct column **out, size_t at);
#endif
