/* What the operators share. */
#ifndef OPS_INTERNAL_H
#define OPS_INTERNAL_H
#include "base/vec.h"
#include "ops/ops.h"

/* The rows, one word each: X(where) stands for op_where in where.c. */
#define OPS_LIST(X)                                                                                \
    X(where)                                                                                       \
    X(filter)                                                                                      \
    X(search)                                                                                      \
    X(search_tables)                                                                               \
    X(extend)                                                                                      \
    X(project)                                                                                     \
    X(project_away)                                                                                \
    X(project_keep)                                                                                \
    X(project_rename)                                                                              \
    X(project_reorder)                                                                             \
    X(summarize)                                                                                   \
    X(make_series)                                                                                 \
    X(sort)                                                                                        \
    X(order)                                                                                       \
    X(top)                                                                                         \
    X(take)                                                                                        \
    X(limit)                                                                                       \
    X(sample)                                                                                      \
    X(distinct)                                                                                    \
    X(count)                                                                                       \
    X(serialize)                                                                                   \
    X(union)                                                                                       \
    X(join)                                                                                        \
    X(lookup)                                                                                      \
    X(mv_expand)                                                                                   \
    X(mvexpand)                                                                                    \
    X(mv_apply)                                                                                    \
    X(parse)                                                                                       \
    X(parse_where)                                                                                 \
    X(as)                                                                                          \
    X(render)                                                                                      \
    X(print)                                                                                       \
    X(datatable)                                                                                   \
    X(range)
#define X(name) extern const struct op op_##name;
OPS_LIST(X)
#undef X

/* An expression and the name of the column it makes. */
struct item {
    struct str name;
    bool named; /* written by the author, not derived */
    struct expr *expr;
    struct span span;
};
struct items {
    struct item *items;
    size_t n;
};

/* Parsing. */
bool ops_parse_named_list(struct parser *p, struct stage *stage);
bool ops_parse_nothing(struct parser *p, struct stage *stage);

/* Binding. */
/* The items of `[name =] expr, (a, b) = expr, …` over input; window functions are allowed and noted
 * in node->whole when windows is set. NULL input: over no columns. False: the error is set. */
bool ops_bind_items(struct binder *b, const struct node *list, const struct schema *input,
                    struct items *out);
/* Refuses window functions, or lets the node have them where the input is serialized. */
bool ops_window(struct binder *b, struct plan_node *node, const struct expr *e);
struct plan_node *
ops_node(struct binder *b, const struct op *op, const struct stage *stage,
         struct plan_node *input); /* schema, serialized and passes as of the input */
/* Finds a column for an operator that takes plain names; SIZE_MAX: the error is set. */
size_t ops_column(struct binder *b, const struct node *name, const struct schema *input);
/* A name against a pattern in which each * stands for any text. */
bool ops_matches(struct str pattern, struct str name);

/* Needs. */
void ops_mark(const struct expr *e, bool *in); /* the columns it reads */

/* Running. */
/* An item's column in the chunk, as one cell a row unless `may_be_constant`. */
struct column *ops_dense(struct arena *a, struct column *c, size_t rows);
/* A chunk of rows that each come from a row of c, some perhaps several times: column i is c's
 * column from[i], picked when it is read; where that is SIZE_MAX the caller puts one. rows[] is
 * filled until ops_spread_end says how many. */
struct chunk *ops_spread(struct arena *a, struct chunk *c, uint32_t *rows, size_t width,
                         const size_t *from);
void ops_spread_end(struct chunk *out, size_t n);

/* Printing. */
void ops_print_items(const struct items *items, const struct schema *input, struct buf *out);

#endif
