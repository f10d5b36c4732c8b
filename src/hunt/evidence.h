/* What the files that gather evidence share. */
#ifndef HUNT_EVIDENCE_H
#define HUNT_EVIDENCE_H
#include "hunt/task.h"

void sign_add(struct builder *b, const char *sign, int64_t count, int64_t of, struct str what,
              struct str reason);
/* signs.c: what the rows show by themselves */
void signs_of_rows(struct hunt *h, const struct detail *d, struct builder *b);
#endif
