/* What the logs hold beside the rows that the engine keeps; see beside.c. For one task at a time.
 */
#ifndef HUNT_BESIDE_H
#define HUNT_BESIDE_H
#include "hunt/task.h"

/* The findings at one moment, and what they were made with. */
struct look {
    struct view *view;    /* to be given back; NULL: there was none to be had */
    struct value *params; /* in the task's arena */
    int64_t now;
    struct keep *keep; /* for runs on the task's thread, until beside_leave; NULL: not to be had */
};

/* Waits for its turn, takes a look, and sees to it that the columns are there of all rows that are
 * kept. False: the task was stopped. */
bool beside_enter(struct task *t, struct look *out);
void beside_leave(struct task *t);
/* Which of the kept rows are left where `kql`, a condition, is to hold. */
struct judged {
    struct buf kql;
    uint64_t *left; /* a bit a row, as in struct kept_choice */
    size_t words, gone;
    uint64_t asked; /* when it was last wanted */
};
#define JUDGED 16 /* at a time */
/* Of n conditions, JUDGED at most; one look at the kept rows for all that are new. What is told of
 * them is good until the next call. False: err is set, or it was stopped. */
bool beside_judge(struct task *t, const struct str *kql, size_t n, const struct judged **out);
size_t beside_words(const struct task *t); /* of bits for all rows */
/* A run over the chosen rows. */
bool beside_run(struct task *t, const struct look *look, const uint64_t *rows, struct arena *run,
                struct result **out);
void beside_free(struct beside *b);
#endif
