/* A filter, for the operators that are one: where, filter, search. */
#ifndef OPS_WHERE_H
#define OPS_WHERE_H
#include "ops/ops_internal.h"

struct plan_node *where_bind(struct binder *b, const struct stage *stage,
                             struct plan_node *input); /* stage->args: the predicate */
void where_needs(const struct plan_node *node, size_t leg, bool *in);
void where_print(const struct plan_node *node, struct buf *out);
extern const struct op_run where_run;
#endif
