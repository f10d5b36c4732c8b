/* What the files late*.c share: how the rows of one worker are kept. */
#ifndef OPS_LATE_INTERNAL_H
#define OPS_LATE_INTERNAL_H
#include "ops/late.h"

#ifdef HARRIER_TINY
#define PIECE_ROWS ((size_t)4)
#define TEXT_BYTES ((size_t)16)
#else
#define PIECE_ROWS ((size_t)4096)
#define TEXT_BYTES ((size_t)65536)
#endif
#define NO_ROW UINT32_MAX

struct piece {
    uint32_t *before; /* the row of the same group before this one */
    uint64_t **cells; /* by column: the value's bits, a code, or a text's place << 32 | its bytes */
    uint8_t **nulls;  /* by column; NULL: none is null */
};
struct late_column {
    enum type type;
    const struct dict *dict; /* cells hold its codes */
    bool plain;              /* cells hold texts, for good */
};
struct segment {
    uint32_t block, from;
};
struct late {
    struct arena *arena;
    size_t n_columns, rows, bytes;
    struct late_column *columns;
    VEC(struct piece) pieces;
    VEC(char *) texts;            /* TEXT_BYTES each, or one long text */
    size_t text_left;             /* in the last of them */
    VEC(struct segment) segments; /* runs of rows of one block */
    uint32_t *last;               /* by group: its last row; NO_ROW */
    size_t groups;
};

static inline struct str text_of(const struct late *l, uint64_t cell)
{
    if ((uint32_t)cell == 0)
        return STR("");
    return (struct str){l->texts.items[cell >> 48] + (cell >> 32 & 0xffff), (uint32_t)cell};
}

#endif
