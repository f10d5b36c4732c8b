/* Files of what stands behind findings; see sheets.c. Run in a task. */
#ifndef HUNT_SHEETS_H
#define HUNT_SHEETS_H
#include "base/file.h"
#include "hunt/task.h"

/* False: t->err says why. */
bool lines_write(struct task *t, const struct view *v, const uint32_t *rows, size_t n,
                 struct file_out *out);
bool sheet_write(struct task *t, struct view *v, uint32_t row, const struct triage_entry *e,
                 struct file_out *out);
#endif
