/* Filters above the kept rows as bits (sieve.c). */
#ifndef EXEC_SIEVE_H
#define EXEC_SIEVE_H
#include "exec/exec_internal.h"

struct masks;
struct masks *masks_new(struct arena *a); /* for the rows that are kept now */
/* Before p->path runs over the kept rows, whose parts are cut: sets p->sieved, the steps that are
 * dealt with by p->bits (NULL: all rows go). False: failed or cancelled. */
bool sieve_begin(struct exec *x, struct pipe *p, struct masks *masks);
/* The rows of a part that are left: fills rows (rows_of_part() places), returns how many. */
size_t sieve_rows(const struct pipe *p, size_t part, uint32_t *rows);
/* A filter that may be switched, over rows one by one. */
static inline bool is_where(const struct plan_node *n)
{
    return (n->op->flags & OP_SWITCH) && n->passes && !n->whole;
}
/* The rows of c behind a step that computes columns, each made when it is read. */
struct chunk *chunk_behind(struct worker *w, const struct plan_node *n, struct chunk *c);

/* The breaker over a path whose filters are bits, by what flipped since the last run (again.c).
 * *done is false where it takes its rows in after all. */
bool again_run(struct exec *x, struct pipe *p, bool *done, struct error *err);
struct memories *memories_new(struct arena *a, struct keep *k);
void memories_forget(struct memories *all);
/* Around a run; r is NULL when there is no result. */
void memories_begin(struct memories *all);
void memories_end(struct memories *all, struct result *r);
/* The table that is kept of the node now; NULL: none that again_run made. */
void memories_kept(struct memories *all, const struct plan_node *n, const struct table *t);
#endif
