/* Numbers, times, sizes and cells as the screen says them. All append raw text to a buffer; the
 * canvas makes it safe. */
#ifndef UI_TEXT_H
#define UI_TEXT_H
#include "table/table.h"

/* The zone times are shown in: UTC with a Z, or the machine's own with an L. */
struct zone {
    bool local;
};
void text_count(struct buf *out, int64_t n);          /* 4,446,691 */
void text_brief(struct buf *out, int64_t n);          /* 4.45M */
void text_signed(struct buf *out, int64_t n);         /* +7, -1,204, 0 */
void text_bytes(struct buf *out, int64_t n);          /* 1.07 GB */
void text_instant(struct buf *out, int64_t ticks, struct zone zone); /* 2023-11-15 02:11:04Z */
void text_duration(struct buf *out, int64_t ticks);   /* 48.2 s */
void text_zone(struct buf *out, struct zone zone);    /* UTC, or local +01:00 */

/* How a column is shown. */
enum cell_kind {
    CELL_TEXT,
    CELL_NUMBER,   /* to the right, with separators */
    CELL_PLAIN,    /* a number that is no amount (a port, a line's code): to the right, as it is */
    CELL_TIME,
    CELL_DURATION, /* to the right */
    CELL_FILE,     /* a file's name: cut in the middle, its end stays */
    CELL_PATH,     /* cut in the middle, never the file name */
    CELL_FOLDER,   /* a path without the tail that another column shows */
    CELL_LIST,     /* a dynamic array: its first element and how many more */
    CELL_BYTES,    /* to the right, as bytes; null: n/l (not logged) */
    CELL_MILLIS,   /* to the right, a number of ms as a duration; null: n/l */
    CELL_RIGHT,    /* text to the right */
    CELL_SHARE,    /* a part of 1: per cent, and a bar where there is room */
    CELL_SWITCH,   /* a bool as [x] or [ ] */
};
enum cell_kind cell_kind_of(enum type type, struct str name);
bool cell_right(enum cell_kind kind); /* to the right */
void text_cell(struct buf *out, struct value v, enum cell_kind kind, struct zone zone);
/* For filters and copies: everything the cell holds, lists whole. */
void text_whole(struct buf *out, struct value v, struct zone zone);
#endif
