/* Runs without a screen: the findings to a file or standard output, what went wrong to standard
 * error. */
#ifndef BATCH_H
#define BATCH_H
#include "options.h"

/* The exit status: 0 nothing found, 1 findings, 2 error (err is set). */
int batch_run(struct arena *a, const struct options *o, struct error *err);
/* Several rules, or a folder of them: a list of rules with their counts instead of findings. */
bool batch_is_sweep(const struct options *o);
#endif
