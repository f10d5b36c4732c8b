/* What the files of this folder share: the hunt itself and who may touch what.
 *
 * Three threads: the caller's (screen or main), the engine (runs the query) and the reader (log
 * rows behind a finding). Everything under "shared" is guarded by `lock`; the rest is written
 * before hunt_start. */
#ifndef HUNT_INTERNAL_H
#define HUNT_INTERNAL_H
#include <pthread.h>
#include "base/instant.h"
#include "base/vec.h"
#include "hunt/hunt.h"

/* Kept rows are pointed into by every view made from them: the last one out frees them. */
struct kept {
    struct keep *keep;
    uint64_t number; /* no other of this hunt has it */
    atomic_int references;
};

/* A view with what must live as long as it does. */
struct view_box {
    struct view view; /* first: a view is its box */
    struct arena *arena;
    struct kept *kept;
    struct view_box *parent; /* shares its rows: a cancelled load's last preview */
    const struct turned *near; /* of a near miss: the knob that would let it in. NULL: findings */
    atomic_int references;
};
struct detail_box {
    struct detail detail; /* first */
    struct arena *arena;
    atomic_int references;
};

/* One number at another value. */
struct turned {
    size_t slot;
    struct value value;
};

/* The state of one knob; what is asked for. */
struct dial {
    struct value value;
    VEC(struct knob_member) members;
    int64_t what_if;
    struct knob_point points[KNOB_POINTS];
    size_t n_points;
};

/* Replace the query's bytes [start, end) by text. */
struct edit {
    uint32_t start, end;
    struct str text;
};

#define NEAR_MOST 64 /* values next to the present ones, over all knobs */
struct hunt {
    struct arena *session;
    struct hunt_options options;
    struct rule *rule;
    struct logs *logs;
    struct query *query;
    struct pool *pool;
    struct together *together; /* its one run reads the logs with others; NULL: alone */
    int64_t now;
    size_t *key_columns; /* of the result: what names a finding */
    size_t n_keys;
    struct hunt *outer;  /* of a query of its own: the hunt it was asked in. NULL: none */

    pthread_mutex_t lock;
    pthread_cond_t wake; /* to engine and reader: something is to be done */
    pthread_cond_t rest; /* from them: something was done */
    pthread_t engine, reader;
    bool started;
    int event_fd;
    atomic_bool cancel;  /* of the run in progress */

    /* shared */
    struct dial *dials;          /* by slot */
    struct arena *dial_arena;    /* texts of settings */
    uint64_t generation;         /* of the dials */
    uint64_t cold_generation;    /* of the cold dials */
    uint64_t done, cold_done;    /* generations that the newest view answers */
    uint64_t what_if_done;       /* generation whose what-ifs are all known */
    bool reload, loading, running, stop, user_cancelled, last_failed;
    double look_at;              /* following: when the files are looked at next (monotonic) */
    bool news;                   /* they have grown: what is new has to be read */
    bool lost;                   /* what is new was not read to its end: all must be read again */
    struct str said;             /* in said_arena */
    struct arena *said_arena;
    int inner;                   /* queries of their own over these logs: no looking meanwhile */
    struct kept *kept;
    uint64_t n_kept;             /* that there have been */
    struct beside *beside;       /* what exclusions compare of its rows */
    struct view_box *view;
    uint64_t *before;            /* ids of the last complete view, sorted: for come and gone */
    size_t n_before;
    struct near_part *near;      /* the newest; it leads to the others of near_generation */
    uint64_t near_generation;
    struct arena *near_arenas[NEAR_MOST];
    size_t n_near;
    struct errand *errands;      /* the oldest first */
    struct bad_line *bad;        /* of the last run that read the logs; on the heap */
    size_t n_bad;
    struct exec_progress progress;
    struct view_box *ask_view;   /* detail wanted: row of this view */
    size_t ask_row;
    struct detail_box *detail;
};

/* hunt.c: into an arena, on any thread */
bool hunt_compile(struct hunt *h, struct arena *a, const struct source_text *text,
                  struct query **out, struct error *err);

/* knobs.c */
bool dials_init(struct hunt *h, struct error *err);
/* The value of each slot as the dials stand, in `a`. */
struct value *dials_values(const struct hunt *h, struct arena *a);
/* The same with one knob turned: a switch flipped, a member flipped, or a number set to v. */
struct value *dials_turned(const struct hunt *h, struct arena *a, size_t slot, size_t member,
                           const struct value *v);
bool dial_changed(const struct hunt *h, size_t slot);
struct str dial_list(const struct dial *d, struct arena *a, size_t turned);
void hunt_touched(struct hunt *h, size_t slot); /* a dial moved: under lock */
void what_if_forget(struct hunt *h);

/* hunt.c */
void hunt_settle_now(struct hunt *h);

/* follow.c: looks at the files when it is time; h->news when they have grown. All under lock, which
 * follow_look lets go of meanwhile. */
bool follow_is_due(const struct hunt *h);
void follow_look(struct hunt *h);
void follow_wait(struct hunt *h); /* on h->wake, until then at most */
void follow_ran(struct hunt *h, double seconds, bool whole); /* a run has ended */

/* engine.c */
void *engine_main(void *hunt);
void hunt_signal(struct hunt *h); /* hunt_fd becomes readable */
struct view_box *view_new(struct arena *arena, struct kept *kept);
void kept_release(struct kept *k);
void hunt_start_together(struct hunt *h, struct together *t); /* a sweep's, which runs once */

/* errand.c: has work(h, ctx) done by the engine's thread, which alone may touch the kept rows, when
 * nothing newer is to be run, and waits for it. Not under lock. False: *stop became true before it
 * was begun, or the hunt is being closed. */
bool errand_do(struct hunt *h, void (*work)(struct hunt *h, void *ctx), void *ctx,
               const atomic_bool *stop);
bool errand_next(struct hunt *h);    /* the engine: does one; as what_if_next */
void errands_refuse(struct hunt *h); /* the engine ends: under lock */

/* whatif.c: runs one job that is still open for this generation; false: none is left. Called under
 * lock, releases it meanwhile. */
bool what_if_next(struct hunt *h);
/* Runs the query with these values; in `run`. */
bool engine_run(struct hunt *h, const struct value *params, bool lineage, struct keep *keep,
                struct arena *run, struct result **out, struct error *err);

/* beside.c */
int64_t beside_bytes(const struct hunt *h); /* under lock */

/* exclude_into.c: kql_exclude, with `line` for what begins a new line */
size_t exclude_into(struct str text, struct str wheres, struct str line, struct buf *out);

/* splice.c: the query's text as the knobs are set now, with more edits */
struct str query_text(struct hunt *h, struct arena *a, const struct edit *more, size_t n);

/* detail.c */
bool detail_fill(struct hunt *h, struct detail_box *box, const struct view *v, size_t row);
void *reader_main(void *hunt);
/* The tables of a detail for the rows at these handles, in order of time. */
bool detail_tables(struct hunt *h, struct arena *a, const int64_t *origins, size_t n,
                   struct detail *d, struct error *err);
bool field_is_logged(struct hunt *h, const char *field); /* signs.c: by some file that was read */
/* transfers.c: accesses that were one transfer, and the transfer of each access */
struct table *transfers_table(struct arena *a, const struct table *accesses, uint32_t **of);

/* near.c: the rows of t, a result with one knob at v, that are no findings; in a, on the engine's
 * thread. near_keep takes the arena over; under lock, as near_forget. */
struct near_part *near_make(const struct hunt *h, struct arena *a, size_t slot,
                            const struct value *v, const struct table *t);
void near_keep(struct hunt *h, struct arena *a, struct near_part *part);
void near_forget(struct hunt *h);
/* The log rows behind the near miss, in a; not on the engine's thread. Their number; 0 with err
 * set: it is none any longer. */
size_t near_origins(struct hunt *h, const struct turned *near, uint64_t id, struct arena *a,
                    int64_t **origins, bool *complete, struct error *err);

/* identity.c */
void identity_init(struct hunt *h);
uint64_t *identity_of(const struct hunt *h, struct arena *a, const struct table *t);
#endif
