/* What is typed after `/`: words that must all be found in a row, in any case.
 *
 *     redir .png            both, anywhere in the row
 *     "a b"                 with the blank
 *     -crawler              not in the row
 *     ip:203.0.113          in a column whose name holds `ip`
 *     -ext:js|css|ico       none of these
 *
 * A word before `:` that is in no column's name is text like any other (2001:db8::9, 12:30). */
#ifndef UI_FILTER_H
#define UI_FILTER_H
#include "ui/text.h"

struct filter_term {
    struct str *texts;    /* one of these */
    size_t n;
    bool negated;         /* none of these */
    bool *columns;        /* by field: where to look; NULL: everywhere */
};
struct filter {
    struct str text;
    struct filter_term *terms;
    size_t n;
};
/* `titles` (one a field, may hold empty ones) are names on screen that a column answers to besides
 * its own. */
void filter_parse(struct arena *a, struct str text, const struct schema *schema,
                  const struct str *titles, struct filter *out);
/* scratch is a buffer that is reused. */
bool filter_match(const struct filter *f, const struct table *t, size_t row, struct zone zone,
                  struct buf *scratch);
#endif
