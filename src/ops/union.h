/* What union and search over tables share. */
#ifndef OPS_UNION_H
#define OPS_UNION_H
#include "ops/ops_internal.h"

struct union_leg {
    struct pipeline *pipeline; /* NULL: all tables whose name is like */
    struct node *pattern;
};
struct union_syntax {
    struct union_leg *legs;
    size_t n;
    bool inner, fuzzy;
    bool named;         /* the source of a leg is its table, whatever stages follow */
    struct str source;  /* withsource column; empty: none */
    struct stage *tail; /* goes behind the tables of a pattern */
};
bool union_parse_legs(struct parser *p, struct union_syntax *s);
#endif
