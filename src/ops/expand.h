/* mv-expand's parts that mv-apply is built on. */
#ifndef OPS_EXPAND_H
#define OPS_EXPAND_H
#include "ops/ops_internal.h"

struct expand_syntax {
    enum type *types;         /* by item; TYPE_NONE: dynamic */
    struct str index;         /* with_itemindex */
    bool bag_as_array;
    int64_t default_limit;
};
bool expand_parse(struct parser *p, struct stage *stage, bool legacy);
struct plan_node *expand_bind(struct binder *b, const struct op *op, const struct stage *stage,
                              struct plan_node *input);
void expand_needs(const struct plan_node *node, size_t leg, bool *in);
void expand_print(const struct plan_node *node, struct buf *out);
bool expand_open(struct exec *x, const struct plan_node *node, void **shared, struct error *err);
bool expand_open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err);
bool expand_push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c);
#endif
