/* The survey's table, for who looks for blind spots in it: one row a server, file and ten minutes,
 * in order of the input. */
#ifndef HUNT_SURVEY_H
#define HUNT_SURVEY_H
#include "hunt/task.h"

#define SLOT_MINUTES 10
/* Columns that every survey has; those that a check asks for stand behind them. */
enum { SLOT_COMPUTER, SLOT_FILE, SLOT_TIME, SLOT_ROWS, SLOT_FIRST_AT, SLOT_LAST_AT, SLOT_COLUMNS };

struct surveyor {
    struct task task;
    const struct table *slots; /* see above */
    struct overview *seen; /* the newest picture; under the hunt's lock */
};
/* doctor.c: fills the picture's spots. Runs queries of its own; false: it was stopped. */
bool doctor_look(struct surveyor *s, struct overview *out);
#endif
