/* What the files that look for blind spots share. */
#ifndef HUNT_DOCTOR_H
#define HUNT_DOCTOR_H
#include "hunt/survey.h"

struct doctor {
    struct task *task;
    struct hunt *h;
    struct arena *a;
    const struct table *slots;    /* the survey's: see survey.h */
    const struct plan_node *scan; /* of the main pipeline; NULL: there is none */
    VEC(struct blind_spot) spots;
};
void doctor_add(struct doctor *d, enum spot_state state, const char *check, struct str text);
/* The cure of what was added last. */
void doctor_cure(struct doctor *d, struct str words, const struct edit *edits, size_t n);
/* Asks the rule's text up to the stage, then `rest`, for a row of n numbers. False: it cannot be
 * asked so. */
bool doctor_count(struct doctor *d, const struct plan_node *stage, const char *rest, int64_t *out,
                  size_t n);
struct str doctor_number(struct doctor *d, int64_t n);   /* 1,234 */
struct str doctor_time(struct doctor *d, int64_t ticks); /* to the minute */
struct str doctor_span(struct doctor *d, int64_t ticks);
/* rarity.c: what counts among the rows that are grouped: failures, parts of downloads, a short load
 */
void rarity_look(struct doctor *d, const struct overview *s);
/* coverage.c: gaps, clocks that went back, dates far off, and ago() beyond the span */
void coverage_look(struct doctor *d, const struct overview *s);
#endif
