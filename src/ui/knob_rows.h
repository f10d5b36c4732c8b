/* The knobs' panel, shared by its keys (pane_knobs.c) and its rows (knob_rows.c). */
#ifndef UI_KNOB_ROWS_H
#define UI_KNOB_ROWS_H
#include "ui/ui_internal.h"

enum knob_row_kind { ROW_LIST, ROW_MEMBER, ROW_VALUE, ROW_TITLE, ROW_SWITCH };
struct knob_row {
    enum knob_row_kind kind;
    size_t knob, member;
};

struct knobs {
    struct arena *arena; /* of the present settings */
    struct knob *knobs;
    size_t n_knobs;
    struct knob_row *rows;
    struct grid grid;
    size_t editing;      /* knob that the prompt is about */
};

/* The rows anew, from the settings as the hunt has them. */
void knob_rows_take(struct ui *ui, struct knobs *k);
/* Hooks of the grid; ctx is the panel. */
bool knob_row_skip(void *ctx, size_t row);
enum role knob_row_role(void *ctx, size_t row, size_t field);
void knob_add_value(struct buf *out, struct value v);         /* as it is typed */
void knob_add_points(struct buf *out, const struct knob *k);  /* findings at 1:3  2:5 */
#endif
