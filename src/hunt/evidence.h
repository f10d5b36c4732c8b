/* What the files that gather evidence share. */
#ifndef HUNT_EVIDENCE_H
#define HUNT_EVIDENCE_H
#include "hunt/task.h"

void sign_add(struct builder *b, const char *sign, int64_t count, int64_t of, struct str what,
              struct str reason);
enum {
    SIGN_VALUES = 20,  /* addresses and agents of one finding that are asked about */
    VISIT_MINUTES = 60 /* a longer visit is no short one */
};

/* signs.c: what the rows show by themselves. The rows have the columns of the log. */
struct sign_tally {
    int64_t rows, sent, failed, cut, anonymous, no_referer, large, slow, image;
};
void sign_tally_row(struct sign_tally *n, const struct table *t, size_t row);
unsigned signs_logged(struct hunt *h); /* which of them the logs can show; for signs_brief */
/* "S2 C T": the letters, each with its count where it is not 1; more: there are more rows than were
 * counted. */
void signs_brief(unsigned logged, const struct sign_tally *n, bool more, struct buf *out);
void sign_brief(struct buf *out, const char *sign, int64_t count, bool more);
void signs_of_rows(struct hunt *h, const struct detail *d, struct builder *b);
#endif
