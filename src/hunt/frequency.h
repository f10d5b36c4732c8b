/* How often: the values of one column over some rows of a table, and rows over time. A part of
 * hunt.h. */
#ifndef HUNT_FREQUENCY_H
#define HUNT_FREQUENCY_H
#include "table/table.h"

struct frequency {
    /* Value, Count (long), Share (real, of the rows), First, Last (datetime; only where the rows
     * have a time): most frequent first, then as the rows have them. Value has the column's type;
     * of a dynamic column it is the text of an element. */
    struct table *table;
    struct value *values;  /* by row: what is compared with in a chip */
    size_t rows;           /* that were counted */
    size_t without;        /* … and have no value (null, "", an empty list): they have a row too */
    bool elements;         /* of lists: a row counts once for each distinct element */
    size_t first, last;    /* fields of the times; SIZE_MAX: there are none */
};
/* Over the n rows (all: NULL). */
struct frequency *frequency_of(struct arena *a, const struct table *t, size_t field,
                               const uint32_t *rows, size_t n);
/* The fields that say when a row began and ended, by name and type; SIZE_MAX: none. */
void times_of(const struct schema *s, size_t *first, size_t *last);
#endif
