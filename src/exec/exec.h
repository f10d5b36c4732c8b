/* Running a plan: chunks are pushed from a source through streaming steps into a sink.
 *
 *   A pipeline is a run of plan nodes between breakers. Its source is a scan over logs or a table
 * that a breaker below made; its sink is the breaker on top, or the collector of the result. It
 * runs on all threads at once: each worker pulls chunks (blocks are claimed in input order) and
 * pushes them through the steps. A sink has one state a worker; when all have ended, its finish
 * merges the states into a table.
 *
 * Deterministic: a chunk carries its block's number, and a sink gives every row an ordinal (block
 * << 32 | count in that block). What "first" means is decided by ordinals, so every byte of the
 * result is the same at any number of threads.
 *
 * Lineage (on demand): chunk->origin holds, for each row, its handle in the pipeline's source: the
 * log's row handle (input.h) at a scan, the row number of a breaker's output above that breaker. A
 * breaker keeps which handles went into each of its output rows; result_origins() follows them down
 * to the logs. */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H
#include <stdatomic.h>
#include "base/pool.h"
#include "kql/kql.h"

struct exec;   /* one run */
struct worker; /* one thread of it */

/* ---- for callers ----------------------------------------------------------------------------- */

struct exec_progress {
    struct scan_stats scan; /* of the scan that runs now (or the last) */
    double seconds;         /* since the run began */
    int phase;              /* 0: scanning, 1: everything else */
};
struct stage_count {
    int64_t rows_in, rows_out;
};
struct result {
    struct table *table;           /* in the run's arena */
    struct stage_count *counts;    /* by plan node id; all zero for nodes that did not run */
    struct scan_stats scan;        /* summed over scans */
    int64_t passes;                /* scans: fewer than mentions where these shared one */
    int64_t regex_limits;          /* rows on which a regular expression struck its limits */
    int64_t kept_rows, kept_bytes; /* what re-tuning starts from; 0: nothing is kept */
    bool kept;                     /* this run started from kept rows and read no log */
    int64_t rows_tested; /* of the kept rows, for each filter whose answer was not known */
    /* Over kept rows: groups whose aggregates were made anew, and cells that were made because
     * somebody asked for them. */
    int64_t groups_made, cells_made;
    bool grown;                    /* only what was new in the logs was read */
    bool stopped; /* logs were not read to their end, because take had enough: what was counted in
                   * them is chance */
    bool partial;                  /* a preview while logs are still being read */
    double seconds;
    struct lineage *lineage; /* NULL when it was not asked for */
    struct bad_line *bad;    /* of the run's first scan, as scan_bad_lines gives them */
    size_t n_bad;
};

/* Rows kept between runs of one query over one set of logs (DESIGN.md 6): what leaves query->keep,
 * dictionary-coded, with origins, and what was made of them (keep.c). Owned by the caller. */
struct keep;
struct keep *keep_new(const struct query *q, int64_t budget_bytes);
void keep_free(struct keep *k);
bool keep_ready(
    const struct keep *k); /* filled, for the cold parameter values it was filled with */
int64_t keep_bytes(const struct keep *k);
int64_t keep_room(const struct keep *k); /* until its budget */
bool keep_over_budget(const struct keep *k); /* nothing is kept: every run reads the logs */
/* The rows that k keeps, for runs beside k's own on any one thread: with tables and memories apart,
 * within what is left of the budget. Only on k's thread. NULL: there are none, or a line of the
 * logs cannot be left out of them by itself. Such a keep is never filled: a run that it has no rows
 * for fails. */
struct keep *keep_beside(const struct keep *k);
/* The log rows' handles (input.h), by kept row: of such a keep. */
const int64_t *keep_origins(const struct keep *k, size_t *n);
uint64_t keep_fills(const struct keep *k); /* how often rows were kept anew */
/* Which of the kept rows a run works on; the others are as if they stood in no log. */
struct kept_choice {
    const uint64_t *rows; /* bit i % 64 of word i / 64 for row i; none behind the last */
    uint64_t id;          /* another for each choice, never 0 */
};

/* Runs that read the same logs in one pass: each on a thread of its own, with pools of as many
 * threads, the same logs, since and until. Each calls exec_run exactly once; what it gives is what
 * it gives alone, but for scan_stats, which are the pass's. */
struct together;
struct together *together_new(size_t n_runs);
void together_free(struct together *t); /* when all have ended */
struct exec_together {
    int64_t passes, bytes, lines_cut;
};
struct exec_together together_counts(const struct together *t); /* the same; for tests that count */

struct exec_options {
    struct pool *pool;          /* required */
    struct logs *logs;          /* may be NULL when the query reads no table */
    const struct value *params; /* by slot; NULL: all published */
    int64_t now;                /* for now() and ago() */
    int64_t since, until;       /* for scans; INT64_MIN, INT64_MAX: all */
    bool lineage;
    struct together *together; /* NULL: alone */
    bool apart; /* each mention of a table is a scan of its own: what tests compare with */
    struct keep *keep;   /* NULL: keep nothing. Filled by the first run, used by later ones */
    const struct kept_choice *choice; /* with keep_beside(); NULL: all rows */
    /* The logs have grown (logs_look_again) since the run that filled `keep`: where it can be, only
     * what is new is read, and joins the rows kept; else they are read whole. result->grown says
     * which it was. The rows are those of a run over all, in the same order. */
    bool news;
    atomic_bool *cancel; /* set to true from anywhere to stop; may be NULL */
    /* Called on the calling thread about ten times a second while logs are read. When `partial` is
     * not NULL it is a preview made from what has been read so far, valid during the call. */
    void (*progress)(void *ctx, const struct exec_progress *p, const struct result *partial);
    void *ctx;
    bool want_partial;
};
/* Runs q. The result lives in `run`. False: err is set, or (err not set) it was cancelled. */
bool exec_run(const struct query *q, const struct exec_options *o, struct arena *run,
              struct result **out, struct error *err);
/* The same of a query that mentions the logs once, with t in their place: its columns are those of
 * logs_schema(), and NULL where q does not read them. */
bool exec_over(const struct query *q, const struct exec_options *o, struct table *t,
               struct arena *run, struct result **out, struct error *err);
/* The log rows behind row `row` of the result, in input order, without repetition. *complete is
 * false where lineage ends above the logs (a datatable, a row without origin). The array lives in
 * a. */
size_t result_origins(const struct result *r, size_t row, struct arena *a, int64_t **origins,
                      bool *complete);
/* How many rows' ways lineage knows: what the first to ask for origins has to put in order. */
size_t result_pairs(const struct result *r);
/* The origins of up to `want` rows that entered node `id` and did not leave it, and of what entered
 * in all; re-runs the plan up to that node on the kept rows or the logs. For the funnel. */
bool exec_lost(const struct query *q, const struct exec_options *o, size_t node_id, size_t want,
               struct arena *a, int64_t **origins, size_t *n, struct error *err);
/* One log row through the plan: the id of the node that dropped it, or SIZE_MAX when it reached the
 * first breaker; *why is the conjunct and its value in words: `ipv4_is_private(cIP) == false` is
 * null for 2001:db8::1. */
bool exec_why(const struct query *q, const struct exec_options *o, int64_t origin, struct arena *a,
              size_t *node_id, struct str *why, struct error *err);
/* What became of a log row that exec_why says reached a breaker: the run is made again, from the
 * rows in o->keep where they are, and lineage is followed. */
struct exec_trace {
    bool known;          /* false: lineage does not lead on from `group` (or from the log) */
    size_t group_of;     /* id of the highest breaker that took it in; SIZE_MAX: none did */
    struct table *group; /* the row of its output that it went into; null where nobody reads */
    size_t dropped_by;   /* id of the node that then dropped it; SIZE_MAX: none, or not known */
    struct str why;      /* as exec_why's; may be empty */
    struct table *row;   /* the row of the result that it went into; NULL: none */
};
bool exec_trace(const struct query *q, const struct exec_options *o, int64_t origin,
                struct arena *a, struct exec_trace *out, struct error *err);

/* ---- for operators (ops/) -------------------------------------------------------------------- */

struct kept_rows;
/* What a row in ops/ gives to be run. All functions may be called on any thread; `node` is
 * read-only; state is beside it: `shared` one a run, `local` one a worker. A streaming step has
 * push. A breaker has push and finish. A source has `table` (or is the scan). */
struct op_run {
    /* Before any row flows: legs may be materialised here (exec_table). NULL with err set: failed.
     */
    bool (*open)(struct exec *x, const struct plan_node *node, void **shared, struct error *err);
    bool (*open_worker)(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err);
    /* A streaming step: changes c (or makes new chunks) and hands on with worker_emit. A breaker:
     * takes the rows in. False: stop (an error was set with worker_fail, or nothing more is
     * wanted). */
    bool (*push)(struct worker *w, const struct plan_node *node, void *local, struct chunk *c);
    /* Breakers: merges the workers' locals into the output table, in the run's arena. Called once.
     */
    bool (*finish)(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n, struct table **out, struct error *err);
    /* A streaming step, when its pipeline has ended: on the calling thread, once a worker.
     * Optional. */
    void (*close_worker)(struct worker *w, const struct plan_node *node, void *local);
    /* Sources that are not scans: the whole table. */
    bool (*table)(struct exec *x, const struct plan_node *node, struct table **out,
                  struct error *err);
    /* The rows of its legs flow through push as well, after those of its input, leg by leg (union):
     * worker_leg() says which. A node without it gets at its legs with exec_table. */
    bool legs_flow;
    /* Steps that compute columns, row by row (plan_node.passes): output column i where it is
     * computed. */
    const struct expr *(*expr)(const struct plan_node *node, size_t i);
    /* A breaker's push and finish in one, over kept rows, by what changed since it did so last
     * (kept_rows). *done: it did; false: it takes these rows through push. Optional. */
    bool (*again)(struct exec *x, const struct plan_node *node, void *shared, struct kept_rows *k,
                  bool *done, struct table **out, struct error *err);
    /* For exec_why: why push dropped the one row of c, in words. Optional. */
    void (*why)(struct worker *w, const struct plan_node *node, struct chunk *c, struct buf *out);
};

/* What a breaker's `again` is given: all rows that are kept, marks of those that come in in this
 * run, and of those that came in in the last one that it answered; the first time none did. It may
 * keep a memory of its answer, and makes anew what rows that changed have a part in. Rows have
 * numbers below `rows` that rise in input order. */
struct kept_rows {
    size_t rows;
    const uint64_t *live, *before;
    void *own;           /* its memory, NULL at first; what it leaves here is given again */
    struct arena *arena; /* for it: lives as long as any answer made from it */
    /* The same, for what is made when the answer's table_maker is asked; no more than `most`. Only
     * used with a lock of the breaker's own. */
    struct arena *later;
    int64_t most;
    /* For lineage, filled by it: the group of each row (of those in `live`), and the row of the
     * output of each group. */
    const uint32_t *groups, *places;
    struct kept_counts {
        atomic_llong groups, cells;
    } *counts; /* for the result; the breaker counts, and its table_maker */
    uint64_t *flipped;       /* scratch */
    const struct pipe *pipe; /* of this run; what is asked of a copy later may not need it */
};
size_t kept_most(void);                       /* rows of a part, at most */
size_t kept_words(const struct kept_rows *k); /* of the marks of all rows */
size_t kept_parts(const struct kept_rows *k); /* lists go by parts; any number of threads at once */
size_t kept_list(const uint64_t *marks, size_t part, uint32_t *rows); /* those that are marked */
size_t kept_changed(const struct kept_rows *k, size_t part, uint32_t *rows); /* came or went */
/* These rows, as they come to the breaker; takes `rows` over. */
struct chunk *kept_chunk(struct worker *w, const struct kept_rows *k, struct arena *scratch,
                         uint32_t *rows, size_t n);
/* The column of all kept rows that e hands on as it is; NULL: it is computed. It lives as long as
 * an answer. */
const struct column *kept_column(const struct kept_rows *k, const struct expr *e);
struct worker *exec_worker(struct exec *x, int thread);

struct arena *
exec_arena(struct exec *x); /* the run's; only on the calling thread (open, finish, table) */
struct pool *exec_pool(struct exec *x); /* for parallel merges in finish */
int64_t exec_now(const struct exec *x);
bool exec_lineage(const struct exec *x);
bool exec_cancelled(const struct exec *x);
bool exec_table(struct exec *x, const struct plan_node *node, struct table **out,
                struct error *err); /* runs a leg */
struct value exec_constant(struct exec *x, const struct expr *e,
                           struct error *err); /* a constant expression's value in this run */
struct column *exec_eval(struct exec *x, const struct expr *e,
                         struct chunk *c); /* on the calling thread; NULL: failed */
bool exec_switched_on(const struct exec *x, const struct plan_node *node);
/* Lineage of a breaker, from the calling thread in finish, when exec_lineage(x): row map[rows[i]]
 * of node's output (rows[i] without a map; UINT32_MAX: none) came from origins[i], i in [0, n). Any
 * order, any number of calls. The arrays must live as long as the run; nothing is copied here, so
 * that a re-tune need not pay for what nobody asks. An origin says itself where it leads. */
void exec_origins(struct exec *x, const struct plan_node *node, const uint32_t *rows,
                  const uint32_t *map, const int64_t *origins, size_t n);

/* Row `row` of a node's output as an origin: for steps whose rows come from several rows each. */
int64_t exec_origin_of(const struct plan_node *node, size_t row);
int exec_threads(const struct exec *x);
void exec_enough(struct exec *x); /* in finish: rows that would have come were not wanted */
/* Cells [from, from + n) of a column, sharing its memory. */
struct column *column_view(struct arena *a, const struct column *of, size_t from, size_t n);

/* Plans inside a step, its legs, run over and over on the worker's thread (mv-apply): `source`'s
 * output is t, *out is root's, good until the next run. False: failed or cancelled. Tables that
 * such a plan joins with rows are made once, by sub_prepare in the step's open. */
struct sub_exec;
bool sub_prepare(struct exec *x, const struct plan_node *node, struct error *err);
struct sub_exec *worker_sub(struct worker *w, const struct plan_node *node);
bool sub_run(struct sub_exec *s, const struct plan_node *source, struct table *t,
             const struct plan_node *root, struct table **out);

struct exec *worker_exec(struct worker *w);
int worker_number(const struct worker *w);
struct arena *worker_arena(struct worker *w); /* lives until the run ends; this worker only */
size_t worker_leg(const struct worker *w,
                  const struct plan_node *node); /* 0: input, 1…: legs (legs_flow) */
bool worker_emit(struct worker *w, const struct plan_node *from,
                 struct chunk *c);                         /* to the next step; false: stop */
void worker_regex_limits(struct worker *w, uint64_t hits); /* reported with those of functions */
bool worker_fail(struct worker *w, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* false */
/* The expression over the chunk's rows: a column in the chunk's arena; constant where it is. NULL:
 * failed. */
struct column *worker_eval(struct worker *w, const struct expr *e, struct chunk *c);
/* The rows of c where the bool column is true: fills rows (c->rows places), returns how many. */
size_t rows_true(const struct column *b, size_t n, uint32_t *rows);
/* A breaker's ordinals for the rows of c, filled into out[0..rows): they rise over the rows of a
 * worker's block. */
struct ordinals {
    uint32_t block;
    uint32_t next;
    bool started;
};
void ordinals_fill(struct ordinals *o, const struct chunk *c, uint64_t *out);

/* Rows that a sink collects: a worker its own, put together in input order. Only needed columns are
 * kept (NULL: all); the others are NULL in the tables. */
struct rows;
struct rows *rows_new(struct worker *w, const struct schema *schema, const bool *needed);
void rows_push(struct rows *r, struct chunk *c); /* copied */
size_t rows_count(const struct rows *r);
struct table *rows_peek(struct rows *r, struct arena *a,
                        size_t width); /* what is there now, `width` columns wide */
void rows_keep(struct rows *r, const uint32_t *rows, size_t n); /* lets the others go; ascending */
struct table *rows_table(struct exec *x, struct rows **r, size_t n,
                         const struct schema *schema); /* of all n workers */
/* A breaker's output that is a choice of rows of t, whose first columns are node's; origins go
 * along. */
struct table *rows_pick(struct exec *x, const struct plan_node *node, const struct table *t,
                        const uint32_t *rows, size_t n);

/* Groups: rows of key columns to dense group numbers, one table a worker, merged by first ordinal.
 * Keys of one column that come as codes of one dictionary are kept as codes: that dictionary must
 * outlive the groups, unless groups_plain() was called first. */
struct groups;
struct groups *groups_new(struct arena *a, const enum type *types, size_t n_keys);
/* Fills out[i] with the group of row i, made when new (its key is copied). Ordinals decide what is
 * first. */
void groups_add(struct groups *g, struct column *const *keys, size_t rows, const uint64_t *ordinals,
                uint32_t *out);
size_t groups_count(const struct groups *g);
uint64_t groups_first(const struct groups *g, size_t group); /* ordinal of its first row */
/* Adds all groups of `from`, map[i] becomes the group in g of from's group i. */
void groups_merge(struct groups *g, const struct groups *from, uint32_t *map);
void groups_plain(struct groups *g); /* keys become strings: wanted before groups_lookup */
/* The group of each row, UINT32_MAX where there is none. Any number of threads at once. */
void groups_lookup(const struct groups *g, struct arena *scratch, struct column *const *keys,
                   size_t rows, uint32_t *out);
/* Groups in order of first ordinal: fills order[0..count). */
void groups_order(const struct groups *g, uint32_t *order);
/* The key column k for the groups in that order. */
struct column *groups_key(const struct groups *g, size_t k, const uint32_t *order, size_t n,
                          struct arena *a);
#endif
