/* The one widget for every table: findings, accesses, addresses, raw lines, knobs, stages, files,
 * help.
 *
 *   in:  a table, an identity for each row, a list of columns with the way they are shown
 *   out: cells on the canvas; which row is under the cursor
 *
 * Widths are settled when a table is loaded, not when it is scrolled, so nothing jumps. The cursor
 * stays on the row of the same identity through sorting, filtering and new tables; a row that has
 * gone gives the cursor to the one that took its place. */
#ifndef UI_GRID_H
#define UI_GRID_H
#include "hunt/hunt.h"
#include "ui/canvas.h"
#include "ui/text.h"

struct area {
    int y, x, rows, columns;
};

struct grid_column {
    struct str title;
    size_t field;         /* of the table */
    enum cell_kind kind;
    size_t tail;          /* CELL_FOLDER: the field that shows the end of the path */
    int least, best, most; /* widths; 0: taken from the cells */
};

#define GRID_LEAD 8
struct grid_hooks {
    /* Signs in front of a row, `lead_width` columns wide. */
    void (*lead)(void *ctx, size_t row, char out[GRID_LEAD + 1], enum role *role);
    /* The role of a cell; column is a field of the table. */
    enum role (*role)(void *ctx, size_t row, size_t field);
    /* A row that is not shown, whatever the filter. */
    bool (*hide)(void *ctx, size_t row);
    /* A row the cursor passes over (a heading). */
    bool (*skip)(void *ctx, size_t row);
    int lead_width;
    const char *lead_title;
    void *ctx;
};

struct grid {
    struct arena *arena; /* of the columns, order and filter; its own, dies with grid_release */
    struct arena *load_arena; /* of what belongs to the present table */
    const struct table *table; /* NULL: nothing to show */
    const uint64_t *ids;      /* NULL: a row is its number */
    struct grid_column *columns;
    size_t n_columns;
    struct grid_hooks hooks;
    struct zone zone;
    bool no_head;             /* no line of titles */
    bool no_sort;             /* the order means something (knobs, stages) */

    uint32_t *shown;          /* rows of the table in order, filtered */
    size_t n_shown;
    size_t cursor, top;       /* places in shown */
    uint64_t cursor_id;       /* of the row the cursor is on */
    bool cursor_known;        /* false: there was no row yet */
    size_t column;            /* the current one: sorted by, copied from */
    size_t scroll;            /* first column drawn after the frozen first one */
    size_t sort_field;        /* SIZE_MAX: the order of the table */
    bool descending;
    struct buf filter_text;   /* as typed */
    struct buf filter_force;  /* the text of what is in force */
    struct filter filter;     /* what is in force; in filter_arena */
    struct arena *filter_arena;
    struct error filter_error; /* set: the text cannot be read, and what was in force before is */
    bool filter_unfinished;   /* … because its end is still to be typed */
    struct buf filter_before; /* the text before it was edited: what Esc goes back to */
    struct area drawn;        /* where it was drawn last time */
    bool drawn_head;          /* … with a line of titles */
    int page;                 /* rows drawn last time */
    bool hidden_columns;      /* some did not fit last time */
};
void grid_init(struct grid *g);
void grid_release(struct grid *g);
/* A new table in place of the old one. Everything pointed to must outlive its use here; columns are
 * copied. */
void grid_load(struct grid *g, const struct table *t, const uint64_t *ids,
               const struct grid_column *columns, size_t n_columns);
/* Columns for a table about which nothing is known: all of them, in order. */
size_t grid_columns_plain(struct arena *a, const struct table *t, struct grid_column **out);
void grid_draw(struct grid *g, struct canvas *c, struct area area, bool focused);

size_t grid_row(const struct grid *g); /* of the table, under the cursor; SIZE_MAX: none */
void grid_move(struct grid *g, int64_t by);
void grid_to(struct grid *g, size_t place);
void grid_to_id(struct grid *g, uint64_t id);
void grid_move_column(struct grid *g, int by);
void grid_sort(struct grid *g, size_t field, bool descending); /* SIZE_MAX: as the table has it */
/* False, with filter_error set: the text cannot be read. */
bool grid_filter(struct grid *g, struct str text);
/* The columns that a filter of this table can name; titles live in a. */
struct filter_names grid_names(const struct grid *g, struct arena *a);
void grid_move_view(struct grid *g); /* scrolls so that the cursor is drawn; for drawing */
/* The cell under the cursor, whole. False: none. */
bool grid_cell(const struct grid *g, struct str *title, struct buf *out);
#endif
