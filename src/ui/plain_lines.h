/* Lines of the plain workbench: what a view draws, as numbered lines of text. See plain_lines.c. */
#ifndef UI_PLAIN_LINES_H
#define UI_PLAIN_LINES_H
#include "ui/ui_internal.h"

struct lines {
    struct str *items;
    size_t n, cap;
};
/* The header and the view that has the keys; the texts live in a. */
void plain_look(struct ui *ui, struct arena *a, struct lines *head, struct lines *body);
/* All of them, or those that are not as they were when that is less. */
void plain_print(const struct lines *now, const struct lines *before, bool all);
void plain_say(struct str text); /* one line */
#endif
