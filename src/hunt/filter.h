/* Filters: what is typed after `/`, as chips that a row of a shown table must all pass. A part of
 * hunt.h.
 *
 *     redir .png                  words beside each other: both, anywhere in the row, in any case
 *     "a b"                       with the blank; in quotes \" \\ and \xNN are read
 *     -crawler  NOT crawler       not in the row
 *     status:200 OR status:206    either; OR binds its two neighbours, ( ) more than these
 *     ip:203.0.113.0/24           in this column; an address or network is met as one
 *     ext:js|css|ico  -ext:js     one of these, none of these
 *     file:*.png  status:4xx      * is any run of bytes, and then all of the cell must fit
 *     status=200  user=""         the whole cell byte for byte; empty or not logged
 *     bytes>1MB  took:2s..1min  n:2..5  n:5..        numbers, sizes and durations
 *     time:2023-11-15  time>=2023-11-15T02  time:22:00..04:00     times, always in UTC
 *     #status:200                 this chip is switched off
 *
 * A column answers to its name (sc-status is scStatus), to the title it has on the screen, to the
 * short names in filter_field.c, and to a part of its name where nothing else fits. */
#ifndef HUNT_FILTER_H
#define HUNT_FILTER_H
#include "base/error.h"
#include "table/table.h"

struct filter_names {
    const struct schema *schema;
    const struct str *titles; /* by field, may hold empty ones; NULL: none */
};
struct filter_chip {
    struct str text;          /* as typed, without the # */
    uint32_t start, end;      /* in the filter's text, with it */
    bool on;
    size_t rows;              /* after filter_rows: what it lets through by itself */
    size_t alone;             /* … rows that all other chips that are on let through, and it does
                               * not */
    struct filter_node *node;
};
struct filter {
    struct str text;
    struct filter_chip *chips;
    size_t n, n_on;
    bool unfinished;          /* the end is still to be typed; what was complete counts */
};
/* Everything lives in `a`. An error names its place in the text and, for a column, the nearest. */
bool filter_parse(struct arena *a, struct str text, const struct filter_names *names,
                  struct filter *out, struct error *err);
/* Numbers of the rows that all chips let through, ascending, to `out` (room for all rows);
 * returns how many. Works column by column on prepared chips: nothing is allocated for a row. */
size_t filter_rows(struct filter *f, const struct table *t, uint32_t *out);

/* Each writes the changed text of a filter to `out`. */
void filter_switch(const struct filter *f, size_t chip, struct buf *out);
void filter_drop(const struct filter *f, size_t chip, struct buf *out);
/* With a chip more: just this cell, or (exclude) anything but. A chip that says the contrary, or
 * the same but is off, gives way. */
void filter_take_cell(const struct filter *f, struct str field, struct value cell, bool exclude,
                      struct buf *out);
/* From a time up to, not with, another; whole seconds. At least so much. */
void filter_take_span(const struct filter *f, struct str field, int64_t from, int64_t to,
                      struct buf *out);
void filter_take_least(const struct filter *f, struct str field, int64_t least, struct buf *out);
/* With a chip that is given as text; the same as above. */
void filter_take(const struct filter *f, struct str chip, struct buf *out);
/* Short names and columns that complete a word. */
size_t filter_complete(struct arena *a, const struct filter_names *names, struct str word,
                       struct str **out);

/* ---- kept by name: config folder, file `filters`, a line `name: text` each ------------------- */

struct filter_saved {
    struct str name, text;
};
/* A file that is not there holds none. A line that is none is an error with its number. */
bool filter_load_saved(struct arena *a, struct filter_saved **out, size_t *n, struct error *err);
/* Text empty: forgets it. Atomic, mode 0600; a file that cannot be read is left alone. */
bool filter_save(struct str name, struct str text, struct error *err);
#endif
