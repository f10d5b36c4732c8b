/* Filters above the kept rows as bits (sieve.c). */
#ifndef EXEC_SIEVE_H
#define EXEC_SIEVE_H
#include "exec/exec_internal.h"

struct masks;
struct masks *masks_new(struct arena *a); /* for the rows that are kept now */
/* Before p->path runs over the kept rows, whose parts are cut: sets p->sieved, the steps that are
 * dealt with by p->bits. False: failed or cancelled. */
bool sieve_begin(struct exec *x, struct pipe *p, struct masks *masks);
/* The rows of a part that are left: fills rows (rows_of_part() places), returns how many. */
size_t sieve_rows(const struct pipe *p, size_t part, uint32_t *rows);
#endif
