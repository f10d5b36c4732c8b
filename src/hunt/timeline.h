/* Rows over time: when each was, and how big. A part of hunt.h. */
#ifndef HUNT_TIMELINE_H
#define HUNT_TIMELINE_H
#include "table/table.h"

struct moment {
    int64_t time, size;  /* size -1: not logged */
    int64_t weight;      /* accesses that it stands for */
    uint32_t row;
};
struct timeline {
    size_t time_field;   /* a datetime, or a list of them; SIZE_MAX: the table has no time */
    size_t size_field;   /* scBytes, or TimeTaken where that is all there is; SIZE_MAX: neither */
    bool millis;         /* sizes are ms */
    bool lists;          /* each time of a list is a moment */
    struct moment *moments; /* as the rows have them */
    size_t n;
    size_t untimed;      /* rows without a time */
    size_t sized;        /* moments with a size */
    int64_t first, last, accesses;
    size_t biggest;      /* moment; SIZE_MAX: none has a size */
};
/* Of n rows (NULL: all). `field` is the column to take times from where it holds some. A column
 * Accesses (long) says how many accesses a row stands for. */
struct timeline *timeline_of(struct arena *a, const struct table *t, size_t field,
                             const uint32_t *rows, size_t n);

/* At most `most` stretches of one length, which is a round one: 1, 2, 5, 10, 15, 30 s, … */
struct timeline_bins {
    int64_t from, step;  /* ticks; bin i is [from + i * step, from + (i + 1) * step) */
    size_t n;
    int64_t *counts;
    int64_t most;        /* the greatest of counts */
    size_t *biggest;     /* moment; SIZE_MAX: none has a size */
};
void timeline_bin(struct arena *a, const struct timeline *t, size_t most,
                  struct timeline_bins *out);
size_t timeline_at(const struct timeline_bins *b, int64_t time); /* clipped to the bins */
#endif
