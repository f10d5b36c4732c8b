/* What parse has bound (parse.c) and what runs of it (parse_run.c). */
#ifndef OPS_PARSE_H
#define OPS_PARSE_H
#include "ops/ops_internal.h"

enum part_kind { PART_TEXT, PART_STAR, PART_COLUMN };
struct part {
    enum part_kind kind;
    struct str text; /* literal, or the column's name */
    enum type type;
    struct span span;
};
enum mode { MODE_SIMPLE, MODE_RELAXED, MODE_REGEX };
struct parse_data {
    struct expr *text;
    enum mode mode;
    struct part *parts;
    size_t n_parts;
    size_t n_columns;      /* of the pattern */
    struct schema pieces;  /* the columns as texts */
    struct expr **convert; /* by pattern column, over the pieces */
    size_t *column;        /* by pattern column: its output column */
    size_t *from;          /* by output column: the input's; SIZE_MAX: made here */
    bool drop;             /* parse-where */
    struct str pattern;    /* regex: with a group c0, c1, … for each column */
    unsigned flags;
};

extern const struct op_run parse_run;
#endif
