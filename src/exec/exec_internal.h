/* What the files of this folder tell each other. */
#ifndef EXEC_INTERNAL_H
#define EXEC_INTERNAL_H
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/instant.h"
#include "base/vec.h"
#include "exec/exec.h"

/* ---- where a pipeline's chunks come from ----------------------------------------------------- */

/* A run of rows of one set of columns: rows [from, from + n) make block `block`. */
struct part {
    /* by schema position; NULL where nobody needs it, or it is to be made */
    struct column **columns;
    struct table_maker *maker;
    const int64_t *origin;   /* NULL: rows are their own origin (origin_row) */
    size_t from, n;
    uint32_t block;
};
struct parts {
    struct part *items;
    size_t n;
    size_t n_columns;
    size_t node; /* id of the node whose output this is: for origins */
};
/* A table cut into parts that are worth a thread's while. */
struct parts parts_of_table(struct arena *a, const struct table *t, size_t node);
/* The rows of a part as a chunk in `scratch`: columns are cut out when first read. */
struct chunk *part_chunk(struct arena *scratch, const struct parts *p, const struct part *part,
                         size_t from, size_t n, bool origin);
/* The same of n rows of the part that ascend; takes `rows` over. */
struct chunk *part_picked(struct arena *scratch, const struct parts *p, const struct part *part,
                          uint32_t *rows, size_t n, bool origin);
#ifdef HARRIER_TINY
#define PART_ROWS 6
#else
#define PART_ROWS 16384 /* at most */
#endif
#define PART_WORDS ((size_t)(PART_ROWS + 63) / 64) /* of bits for its rows */

/* A row of a breaker's output as an origin: negative, while log rows are not (input.h). -1 is "not
 * known". */
#define ORIGIN_NONE INT64_C(-1)
static inline int64_t origin_row(size_t node, size_t row)
{
    return ~(int64_t)((uint64_t)(node + 1) << 40 | row);
}
static inline size_t origin_node(int64_t o)
{
    return (size_t)((uint64_t)~o >> 40) - 1;
}
static inline size_t origin_row_of(int64_t o)
{
    return (size_t)((uint64_t)~o & ((UINT64_C(1) << 40) - 1));
}

/* ---- one way from a source to a sink --------------------------------------------------------- */

struct path {
    const struct plan_node *source;
    const struct plan_node **steps; /* in the order in which rows go through them */
    size_t *legs;                   /* by step: through which of its inputs the rows come (union) */
    size_t n_steps;
    struct table *table; /* of the source, unless it is a scan */
    bool whole;          /* all rows in one chunk (window functions) */
    bool fed;            /* its rows have been through already (ahead.c) */
};

/* The pipeline that runs now. */
struct pipe {
    const struct plan_node *sink; /* a breaker; NULL: the rows are collected */
    struct path *paths;
    size_t n_paths;
    const struct path *path; /* the one that runs now */
    size_t *position;        /* by node id: where it stands in path->steps */
    bool *local_open;        /* by node id: the workers' locals are made */
    void **sinks;            /* by worker: the sink's locals … */
    struct rows **rows;      /* … or, when sink is NULL, what is collected */
    atomic_bool *over;       /* becomes true when a worker's rows go over the budget; NULL */
    int64_t budget;          /* bytes */
    struct pipe *fed;        /* paths that were run ahead, each with sinks or rows of its own */
    size_t n_fed;
    uint32_t block_room;     /* blocks of path i begin at i times this; 0: where those before end */
    bool origin;             /* rows carry origins even when the run keeps no lineage */
    uint32_t first_block;    /* added to the blocks of this path: blocks rise over paths */
    struct scan *scan;       /* the path's source: a scan, or parts */
    struct parts parts;
    atomic_size_t next_part;
    size_t sieved;        /* the first steps, whose filters have dropped and counted rows … */
    const uint64_t *bits; /* … by these (sieve.h), … */
    int64_t left;         /* … which leave so many */
    struct table *out;    /* the sink's, when it is there without rows having been pushed */
    double round_end; /* workers come back at this time; 0: when they are through */
};

#define ROUND_SECONDS 0.1

/* ---- a run ----------------------------------------------------------------------------------- */

struct call_state {
    struct call call;
    bool ready, varies;
    size_t only_column;      /* derived_column() */
    struct column *constant; /* the value of a constant expression, once it is known */
};

struct worker {
    struct exec *x;
    int number;
    struct arena *arena; /* the run's part of this thread */
    struct arena
        *lasting; /* the same, and never exchanged while the run lasts: what calls remember */
    struct arena *scratch; /* for chunks cut from parts; reset before each */
    struct pipe *pipe;
    struct call_state *calls;   /* by expr->id */
    struct stage_count *counts; /* by node id */
    void **locals;              /* by node id, of the pipeline that runs */
    uint32_t last_block;        /* highest block seen in this path */
    uint64_t regex_limits;
    uint32_t *picked;    /* room for the rows of a part */
    int64_t rows_tested; /* by filters over kept rows */
    bool done; /* no more rows are wanted from this thread */
};

struct exec {
    const struct query *q;
    const struct exec_options *o;
    struct arena *arena; /* the calling thread's */
    struct worker *workers;
    int n_workers;
    void **shared; /* by node id */
    bool *opened;
    struct table **tables; /* by node id: outputs that are already there */
    struct store **owners; /* by node id: what they lie in, where this run made them; else NULL */
    struct value *subvalues;
    struct lineage *lineage;
    pthread_mutex_t lock; /* guards err */
    struct error *err;
    atomic_bool stop;           /* failed or cancelled */
    const struct plan_node *kept; /* while is looked ahead: keep_begin will give its output */
    struct ahead **ahead;         /* by node id: pipelines that were run ahead; NULL: none */
    bool *fed;                    /* by node id: scans whose rows have been through */
    int64_t passes;               /* over the logs */
    struct scan_stats scan;     /* of scans that have ended */
    struct scan_stats now_scan; /* of the scan that runs */
    struct bad_line *bad;       /* of the first scan that had any */
    size_t n_bad;
    bool enough, stopped;         /* a finish said so; and its rows were those of a log */
    double began;
    struct keep *keep; /* of options; NULL in a preview */
    struct derived_cache *derived;
    struct probe *probe; /* exec_lost, exec_why */
    int64_t kept_rows;
    const struct table *again; /* made by again_run */
    bool same;                 /* the table of the node that ran last is the one that is kept */
    bool news, grown; /* the scan gives out only what is new in the logs; it did */
    struct fill {           /* while the logs are read for `keep` */
        struct rows **rows; /* by worker; NULL: not filling */
        int64_t budget;     /* bytes a worker */
        atomic_bool over;
        double next_preview;
    } fill;
};

void exec_open(struct exec *x, const struct query *q, const struct exec_options *o,
               struct error *err);
void exec_fail(struct exec *x, const struct error *err); /* any thread */
void exec_between(struct exec *x,
                  struct pipe *p); /* between rounds of a scan, on the calling thread */
void exec_add_stats(struct scan_stats *to, const struct scan_stats *s);
void exec_counts(const struct exec *x,
                 struct stage_count *out); /* by node id, summed over workers */
bool exec_cancelled_by_caller(const struct exec *x);
struct value exec_param(const struct exec *x, size_t slot);
/* All values of this run, by slot, in a; and whether those of a set are still the same. */
struct value *exec_params(const struct exec *x, struct arena *a);
bool exec_params_same(const struct exec *x, param_set set, const struct value *params);
struct result *exec_result(struct exec *x, struct table *t, struct arena *run);
void exec_close(struct exec *x, struct arena *run);
bool exec_fail_at(struct exec *x, struct span span, const char *message); /* false; any thread */

/* Before the plan's own pipelines: subqueries, kept rows; `ahead`: and whatever one pass can read
 * with them. */
bool exec_prepare(struct exec *x, bool ahead, bool *kept, struct error *err);
/* Of why.c, called by the pipeline while x->probe is set: before a chunk goes into a step (false:
 * it stays out), when one comes out, when the step is through with what went in. */
bool probe_in(struct worker *w, const struct plan_node *n, struct chunk *c);
void probe_out(struct worker *w, const struct plan_node *n, struct chunk *c);
void probe_done(struct worker *w, const struct plan_node *n);
/* Sets x->probe for one row: who drops it, and why (appended to `why`). */
struct probe *probe_why(struct exec *x, struct buf *why);
size_t probe_dropped_by(const struct probe *p); /* SIZE_MAX: nobody */

/* ---- one pass for many ----------------------------------------------------------------------- */

/* A pipeline that is fed by a pass over the logs. */
struct feed {
    struct exec *x;
    struct pipe *pipe; /* at its path */
    struct scan_request request;
    struct arena **arenas;   /* by worker: what the pipeline allocates meanwhile; NULL: as ever */
    struct line_test *lines; /* which of the pass's lines are its own; NULL: all */
    bool *done;              /* by thread: it wants no more */
};
struct exec_together pass_read(struct feed *feeds, size_t n); /* what it read */

void together_enter(struct together *t);
void together_leave(struct together *t);
/* Returns when the rows have been pushed through the pipelines of one run. */
void together_scan(struct together *t, const struct feed *feeds, size_t n);
bool worker_stopped(struct worker *w);
void worker_push(struct worker *w, struct chunk *c); /* a chunk from the source */
void pipe_scanned(struct exec *x, struct pipe *p);   /* counts what p->scan has read … */
void exec_scanned(struct exec *x, struct scan *scan); /* … and the run, once a scan */

/* ---- ahead ----------------------------------------------------------------------------------- */

/* Where the plan mentions logs more than once: reads them once for all pipelines that can go now,
 * and what these do not need is left to be run in its turn. False: failed or cancelled. */
bool ahead_read(struct exec *x, struct error *err);
struct pipe *ahead_pipe(struct exec *x, const struct plan_node *top); /* NULL: not run ahead */
/* In which it was made; NULL: none. The caller takes it over. */
struct store *ahead_store(struct exec *x, const struct plan_node *top);
/* The rows of query->keep, as fill() wants them; NULL: they are still to be read. */
struct rows **ahead_rows(struct exec *x, const struct plan_node *top, bool *over);

/* ---- a pipeline's parts ---------------------------------------------------------------------- */

bool node_breaks(const struct plan_node *n);
bool node_is_scan(const struct plan_node *n);
/* Its legs are plans of their own, run for each row (mv-apply). */
bool node_has_plans(const struct plan_node *n);
/* The i-th output that must be there as a table before rows come to n: the legs of a join, and in
 * plans that are run for each row those of their steps, which know nothing of the row. NULL: no
 * more. */
const struct plan_node *node_first(const struct plan_node *n, size_t i);
void pipe_init(struct exec *x, struct pipe *p, const struct plan_node *top); /* finds its paths */
bool exec_open_node(struct exec *x, const struct plan_node *n, struct error *err);
bool pipe_open_step(struct exec *x, struct pipe *p, const struct plan_node *n, struct error *err);
bool pipe_open_sink(struct exec *x, struct pipe *p, struct error *err);
void pipe_close_steps(struct exec *x, struct pipe *p);
struct rows **pipe_rows(struct exec *x, const struct plan_node *top);
struct scan_request pipe_request(struct exec *x, struct pipe *p); /* of p->path */

/* ---- pieces ---------------------------------------------------------------------------------- */

/* The table of a node; exec_table() makes what is still to be made in it (table_maker), this does
 * not. */
bool exec_table_bare(struct exec *x, const struct plan_node *node, struct table **out,
                     struct error *err);
bool pipe_run(struct exec *x, const struct plan_node *top, struct table **out, struct error *err);
/* The rows that leave `top`, with origins, each worker's in its own `rows`, not put together. rows
 * NULL: nowhere. */
bool pipe_collect(struct exec *x, const struct plan_node *top, struct rows **rows,
                  struct error *err);
/* Rows that an earlier run kept, as if a worker had collected them, to be joined with what is new;
 * rows_news() is called on the rows that are. Both have origins. */
struct rows *rows_before(struct arena *a, const struct schema *schema, const bool *needed,
                         const struct table *t);
void rows_news(struct rows *r);
struct rows *rows_in(struct arena *a, const struct schema *schema, const bool *needed, bool origin);
/* The rows of all n in input order. Own: nothing in the table lies in the rows' memory. */
struct table *rows_join(struct arena *a, struct rows **r, size_t n, const struct schema *schema,
                        bool own);
size_t rows_bytes(const struct rows *r);

/* ---- memory that results share --------------------------------------------------------------- */

struct store;
struct store *store_new(int n_workers);
struct store *store_hold(struct store *s);
void store_drop(void *store);
struct arena *store_arena(struct store *s);
struct arena *store_worker(struct store *s, int i);
int64_t store_bytes(const struct store *s);
/* From store_enter to store_leave what the run allocates lies in the store. */
struct arenas {
    struct arena *arena, **workers;
};
void store_enter(struct exec *x, struct store *s, struct arenas *before);
void store_leave(struct exec *x, const struct arenas *before);
void exec_hold(struct exec *x, struct store *s); /* for as long as the run's result */

/* ---- keep ------------------------------------------------------------------------------------ */

/* Puts the kept rows in the place of query->keep's output, reading the logs first where that is
 * needed and fits. */
bool keep_begin(struct exec *x, bool *from_kept, struct error *err);
struct table *keep_take(struct exec *x,
                        const struct plan_node *n); /* NULL: not there for these parameters */
void keep_put(struct exec *x, const struct plan_node *n, struct store *s,
              struct table *t); /* takes s over */

/* Whether keep_begin will put rows in the place of query->keep's output, which are kept already or
 * read by then; what they may take; whether n's table is kept for these parameters. */
bool keep_gives(const struct keep *k);
int64_t keep_budget(const struct keep *k);
bool keep_has(const struct exec *x, const struct plan_node *n);
/* Before a run: lets go what was made of other logs than it reads. */
void keep_check(struct exec *x);
struct masks *keep_masks(struct keep *k); /* NULL: no rows are kept */
struct memories *keep_memories(struct keep *k);
void keep_count(struct keep *k, int64_t bytes);
/* The table that is kept of a node, whatever it was made with. NULL: none, or it lacks lineage. */
struct table *keep_same(struct exec *x, const struct plan_node *n);
void keep_renew(struct exec *x, const struct plan_node *n); /* it is this run's, too */

struct derived_cache;
struct derived_cache *derived_new(const struct query *q, struct store *s, const struct table *kept);
void derived_begin(struct exec *x, struct derived_cache *d);
size_t derived_column(
    const struct expr *e); /* the one column it reads; SIZE_MAX: not to be had by codes */
/* e over the chunk by the codes of that column; NULL: the column has none that are known (or making
 * them failed). */
struct column *derived_eval(struct worker *w, const struct expr *e, size_t column, struct chunk *c);

/* ---- lineage --------------------------------------------------------------------------------- */

/* Output row map[rows[i]] (rows[i] without a map) came from origins[i]. */
struct pairs {
    const uint32_t *rows, *map;
    const int64_t *origins;
    size_t n;
    const uint64_t *live; /* those i alone that are marked, by parts; NULL: all */
};
size_t next_pair(const struct pairs *p, size_t i); /* the first of them from i on; n: none */
struct pairs_list {
    struct pairs *items;
    size_t n, cap;
};
void lineage_get_pairs(const struct lineage *l, size_t node, struct pairs_list *out);
void lineage_set_pairs(struct lineage *l, size_t node, const struct pairs_list *pairs);
void lineage_add(struct lineage *l, struct arena *a, size_t node, struct pairs pairs);
struct lineage *lineage_new(struct arena *a, const struct query *q);
int64_t lineage_first(struct lineage *l,
                      int64_t origin); /* the first log row behind it; -1: none */
void lineage_result(struct lineage *l, const struct table *t, size_t node);

#endif
