/* Stages that hand columns on or make them, row by row: drafted while bound, a mapping in the
 * plan. */
#ifndef OPS_PROJECT_H
#define OPS_PROJECT_H
#include "ops/ops_internal.h"

/* Output column i is input column from[i], or exprs[i] where that is SIZE_MAX. */
struct mapping {
    size_t *from;
    struct expr **exprs;
    size_t n;
};

struct draft {
    struct binder *b;
    struct plan_node *node;
    const struct schema *input;
    VEC(struct field) fields;
    VEC(size_t) from;
    VEC(struct expr *) exprs;
    struct map places; /* of names among the fields */
};

void draft_init(struct draft *d, struct binder *b, const struct stage *stage,
                struct plan_node *input);
/* The place of a name among the fields, SIZE_MAX: none. */
size_t draft_find(const struct draft *d, struct str name);
/* The input's column, handed on as `name`. */
void draft_pass(struct draft *d, size_t column, struct str name);
/* A column made by e: at the end, or in the place of the one of that name. */
bool draft_put(struct draft *d, struct str name, struct expr *e, bool replace);
struct plan_node *draft_end(struct draft *d);

void project_needs(const struct plan_node *node, size_t leg, bool *in);
void project_print(const struct plan_node *node, struct buf *out);
extern const struct op_run project_run;
#endif
