/* The hunt without a screen: rule, knobs, the engine's thread, findings and what stands behind
 * them.
 *
 *   struct rule    a Sentinel YAML file as it is: who it is for people, its query for the engine
 *   struct hunt    rule + logs + knob settings + results, served by one engine thread
 *   struct view    an immutable picture of the findings at one moment, counted by reference
 *
 * The screen never waits: it asks (hunt_set_…, hunt_open_finding), and takes the newest picture
 * when hunt_fd() says that something changed. Batch mode uses the same calls and waits with
 * hunt_wait. */
#ifndef HUNT_HUNT_H
#define HUNT_HUNT_H
#include "exec/exec.h"
#include "export/export.h"
#include "hunt/exclude.h"
#include "hunt/filter.h"
#include "hunt/frequency.h"
#include "hunt/manifest.h"
#include "hunt/profile.h"
#include "hunt/timeline.h"
#include "hunt/triage.h"
#include "ops/ops.h"

/* ---- rules ----------------------------------------------------------------------------------- */

struct rule {
    struct str path;                  /* file; "query" for --query */
    struct str id, name, description, severity, version; /* "" where the file does not say */
    struct str *tactics, *techniques, *tags;
    size_t n_tactics, n_techniques, n_tags;
    struct source_text query;         /* the KQL, with its place in the file */
    struct str file_text;             /* the whole file, byte for byte */
    uint32_t query_start, query_end;  /* the query block's bytes in file_text */
    bool is_file;
};
/* By file name, or by NAME: looked for as NAME and NAME.yaml in ./rules, the user's data folder's
 * rules, and HARRIER_DATA/rules. Errors name the places that were looked at and the nearest
 * rule. */
bool rule_load(struct arena *a, struct str name_or_path, struct rule **out, struct error *err);
struct rule *rule_of_query(struct arena *a, struct str kql); /* --query */
/* All names that rule_load would find, sorted; for completion and the list of rules. */
size_t rule_list(struct arena *a, struct str **names);

/* ---- knobs ----------------------------------------------------------------------------------- */

#define HUNT_UNKNOWN INT64_MIN

struct knob_member {
    struct value value;   /* as in the list */
    bool on, added;       /* added: not published */
    int64_t what_if;      /* findings that would come (+) or go (−) if it were turned; HUNT_UNKNOWN
                           * until it is known */
};
struct knob_point {       /* threshold sweep */
    struct value value;
    int64_t findings;
};
#define KNOB_POINTS 7
struct knob {
    enum param_kind kind;
    size_t slot;          /* in query->params */
    struct str name, help;
    int stage;            /* number, 0: a let */
    bool cold;            /* moving it reads the logs again */
    bool changed;         /* not as published */
    struct value value, published; /* numbers, durations, text, switches (bool) */
    struct knob_member *members;   /* PARAM_LIST */
    size_t n_members;
    int64_t what_if;      /* switches: as above */
    /* numbers: findings at values around the present one, ascending */
    struct knob_point points[KNOB_POINTS];
    size_t n_points;      /* 0: not known yet */
    struct str text;      /* the stage's or literal's own text */
};

/* ---- findings -------------------------------------------------------------------------------- */

/* What is seen at one moment. Nothing in it changes; release it when done. */
struct view {
    /* result->table: the findings, columns in the rule's order. NULL: none yet */
    struct result *result;
    uint64_t *ids; /* by row: of the finding's content (the summarize keys it stands for, or all
                    * its cells); the same after re-tuning, re-loading, with files
                    * moved */
    size_t rows;
    bool partial;                /* still loading: a rarity rule is final only at the end */
    bool cancelled;              /* loading was stopped by the user: what was read so far */
    bool failed;                 /* error holds why */
    struct error error;
    /* against the view before the last knob change; 0 0 when none was moved */
    int64_t come, gone;
    uint64_t generation;         /* of the knob settings it answers */
    bool news;                   /* the logs have grown since the view before (follow); come and
                                  * gone are against that */
    struct str said;             /* a file that came or was replaced, in words; else empty */
    double seconds;              /* that the last run took */
    bool reread;                 /* the last run read the logs */
};

/* ---- the hunt -------------------------------------------------------------------------------- */

enum now_kind { NOW_LAST, NOW_WALL, NOW_GIVEN };

/* One --set, --on or --off, in the order of the command line. */
struct hunt_setting {
    enum { SETTING_SET, SETTING_ON, SETTING_OFF } what;
    struct str text;             /* NAME=VALUE, NAME+=MEMBER, NAME-=MEMBER; or the stage number */
};
struct hunt_options {
    const struct str *paths;
    size_t n_paths;
    struct str rule;             /* --rule; ignored with query set */
    struct str query;            /* --query */
    struct logs_options logs;
    /* opened already by somebody who closes them; paths and logs are ignored */
    struct logs *shared_logs;
    int threads;                 /* 0: all */
    enum now_kind now_kind;
    int64_t now;                 /* with NOW_GIVEN */
    int64_t since, until;        /* INT64_MIN, INT64_MAX: all */
    const struct hunt_setting *settings;
    size_t n_settings;
    bool lineage;                /* the screen wants it; batch does not */
    bool keep;                   /* keep rows for re-tuning (the screen) */
    int64_t keep_budget;         /* bytes; 0: a quarter of the memory */
    bool follow;                 /* files that grow and new files are taken as they come */
    bool no_logs;                /* a rule that reads logs may be opened without any */
    /* work out what each knob would do while nothing else is to be done */
    bool what_if;
};

struct hunt;
/* Loads the rule, opens the logs, compiles, applies the settings. No log is read beyond file heads
 * (with NOW_LAST and a query that uses now(): tails too). */
bool hunt_open(const struct hunt_options *o, struct hunt **out, struct error *err);
/* A query of its own over the same logs. h must outlive it, and must not be reading logs
 * meanwhile. */
bool hunt_open_query(struct hunt *h, struct str kql, struct hunt **out, struct error *err);
/* Words that complete what stands before `at`: columns of the logs, functions, operators. */
size_t hunt_complete(struct hunt *h, struct arena *a, struct str text, size_t at,
                     struct str **words);
void hunt_close(struct hunt *h);     /* cancels and joins */
void hunt_start(struct hunt *h);     /* the engine thread begins to load */
int hunt_fd(const struct hunt *h);   /* readable when something changed (view, progress, detail,
                                      * knobs); hunt_seen empties it */
void hunt_seen(struct hunt *h);
bool hunt_follows(const struct hunt *h); /* files that grow are taken as they come */
void hunt_cancel(struct hunt *h);    /* stops a load; what was read stays shown */
void hunt_reload(struct hunt *h);    /* reads the logs again */
bool hunt_busy(struct hunt *h);      /* loading or re-running (what-ifs do not count) */
bool hunt_loading(struct hunt *h);   /* reading logs */
bool hunt_wait(struct hunt *h);      /* until nothing is being run; false: the last run failed */
void hunt_wait_what_if(struct hunt *h); /* until the what-ifs are known too; for scripts */

const struct rule *hunt_rule(const struct hunt *h);
const struct query *hunt_query(const struct hunt *h);
struct logs *hunt_logs(const struct hunt *h);
int64_t hunt_now(const struct hunt *h);
/* the running load, or the last one */
void hunt_progress(struct hunt *h, struct exec_progress *out);
int64_t hunt_kept_bytes(struct hunt *h);
bool hunt_keeps(struct hunt *h);     /* false: over budget, a hot knob re-reads */

struct view *hunt_view(struct hunt *h);   /* the newest; counted: give it back. Never NULL */
void view_release(struct view *v);
/* $XDG_STATE_HOME/harrier/<rule id><ending>; STR_NONE: there is nowhere to save. */
struct str state_path(struct arena *a, struct str rule_id, const char *ending);
struct str rule_key(struct arena *a, const struct rule *r); /* its id, or what stands for one */
/* What a finding is, for people: the columns that make its identity, as name=value. */
void hunt_label(const struct hunt *h, const struct view *v, size_t row, struct buf *out);

/* Knobs, in order of the text, as asked for last; a copy in `a`. */
size_t hunt_knobs(struct hunt *h, struct arena *a, struct knob **out);
/* Each returns at once; the engine re-runs in the background, the newest settings win.
 * hunt_set takes the text of one --set. The name is the longest knob name that fits in front of
 * `=`, `+=` or `-=`; values are read by the knob's kind: 5, 1d, text with or without quotes. `-=`
 * turns a member off, `+=` adds one or turns it on again. An unknown name names the nearest. */
bool hunt_set(struct hunt *h, struct str setting, struct error *err);
bool hunt_set_value(struct hunt *h, size_t knob, struct value v, struct error *err);
bool hunt_set_text(struct hunt *h, size_t knob, struct str text, struct error *err);
void hunt_set_member(struct hunt *h, size_t knob, size_t member, bool on);
bool hunt_add_member(struct hunt *h, size_t knob, struct str text, struct error *err);
bool hunt_switch(struct hunt *h, int stage, bool on, struct error *err);        /* --on, --off */
void hunt_publish(struct hunt *h, size_t knob);   /* back to the published value; SIZE_MAX: all */
/* Rows that one step of one number would make findings, as the sweep of the numbers comes to know
 * them: With (`Access <= 3`) and the columns of the result. ids (NULL is allowed): by row, what
 * view->ids would hold. */
struct table *hunt_near(struct hunt *h, struct arena *a, uint64_t **ids);
/* One of them as a view of one row (row 0), counted like any view, that can be opened like a
 * finding: hunt_open_finding asks for the log rows behind it. NULL: no longer a near miss. */
struct view *hunt_near_view(struct hunt *h, uint64_t id);
bool hunt_near_known(struct hunt *h); /* the sweep is done, or there is none */
/* Knobs as a table (Knob, Kind, Stage, Value, Published, Changed, Reads, Text): --knobs. */
struct table *hunt_knob_table(struct hunt *h, struct arena *a);
/* The rule's file with the settings spliced in; only changed literals differ. A stage that is off
 * is commented out with //, one that is on loses it. Each line of `wheres`, not(...), becomes a
 * line `| where` behind the table's name; empty: none. */
bool hunt_write_rule(struct hunt *h, struct arena *a, struct str wheres, struct str *text,
                     struct error *err);
/* The query's text with the settings spliced in. */
struct str hunt_kql(struct hunt *h, struct arena *a);
/* Each mention of the table in `text` with `| where …` behind it, for each line of `wheres`;
 * returns how many there are. */
size_t kql_exclude(struct str text, struct str wheres, struct buf *out);
/* Stages: Stage, On, RowsIn, RowsOut, Kept (real, share), Text, Depth (0; in the legs of a join or
 * union one more than that): the funnel; the first row is the lines read. */
struct table *hunt_funnel(struct hunt *h, const struct view *v, struct arena *a);
/* File, Offset, Reason, Row (false: no row was made of the line): the bad and odd lines of the last
 * run that read the logs, the first 10,000. */
struct table *hunt_bad_lines(struct hunt *h, struct arena *a);
/* File, Kind, Bytes, Read, Remark. */
struct table *hunt_files(struct hunt *h, struct arena *a);

/* ---- behind a finding ------------------------------------------------------------------------ */

#define DETAIL_ROWS                                                                                \
    5000 /* at most so many log rows are shown of one finding; `total` says how many there are */
struct detail {
    uint64_t finding;            /* id */
    bool failed;
    struct error error;
    size_t total;                /* log rows behind the finding */
    bool complete;               /* lineage reaches the logs for all of it */
    /* the log rows, all columns of W3CIISLog, in order of TimeGenerated */
    struct table *rows;
    /* TimeGenerated, Gap (timespan since the one before, null first), cIP, csMethod, csUriStem,
     * csUriQuery, scStatus, scSubStatus, scWin32Status, scBytes (long; null: not logged),
     * TimeTaken, csUserName, csUserAgent, csReferer, csHost, sIP, sPort, Computer, File, Line
     * (long) */
    struct table *accesses;
    /* cIP, Access, First, Last, Bytes, Statuses, Agents: one row an address, by First */
    struct table *addresses;
    struct table *lines;         /* File, Line, Offset, Raw */
    bool bytes_logged, taken_logged, users_logged, referers_logged;
    /* accesses of one transfer (ranges, repeats, broken off) as a row: TimeGenerated, Until (null:
     * of one access), cIP, Accesses, csMethod, Statuses, TimeTaken, scBytes, How (in words),
     * csUserAgent, csUriStem, Computer */
    struct table *transfers;
    uint32_t *transfer_of;       /* by access */
};
/* Asks for the log rows behind a row of a view; done on a thread of its own. */
void hunt_open_finding(struct hunt *h, struct view *v, size_t row);
/* The newest answer (counted), or NULL while it is on its way. */
struct detail *hunt_detail(struct hunt *h);
void detail_release(struct detail *d);

/* ---- asked in the background ----------------------------------------------------------------- */

/* Each of these runs on a thread of its own once the logs have been read, makes hunt_fd readable
 * when it has something, and is given back before the hunt is closed; giving it back stops it. */

/* What was looked for before the rule's result is trusted. Found in the rule as it was published
 * and in all lines that were loaded. */
enum spot_state {
    SPOT_WRONG, /* the result may be other than it seems */
    SPOT_NOTE,  /* worth knowing */
    SPOT_FINE   /* looked for, nothing found */
};
struct blind_spot {
    enum spot_state state;
    struct str check; /* what was looked for: "IPv6 clients" */
    struct str text;  /* what was found, a sentence */
    struct str cure;  /* what can be done about it in the query, a sentence; empty: nothing */
    const struct edit *edits; /* the cure, for hunt_open_cured */
    size_t n_edits;
};
/* The rule with a cure and the knobs as they are now, as a hunt of its own over the same logs; the
 * rule itself is left as it is. As hunt_open_query. */
bool hunt_open_cured(struct hunt *h, const struct blind_spot *spot, struct hunt **out,
                     struct error *err);

/* What is known of the logs as a whole, whatever the rule asks. */
struct server {
    struct str name;
    int64_t rows;
};
struct overview {
    bool timed;             /* some line has a time */
    int64_t first, last;    /* of all that was loaded */
    struct server *servers; /* Computer, in order of the input; empty until `counted` */
    size_t n_servers;
    bool counted;           /* all lines have been looked at */
    /* what the rule cannot see in these logs: wrong first; complete when the survey is done */
    struct blind_spot *spots;
    size_t n_spots, n_wrong;
};
struct surveyor;
struct surveyor *hunt_survey(struct hunt *h);
/* The newest picture; good until survey_close. Never NULL. */
const struct overview *survey_seen(struct surveyor *s);
bool survey_done(const struct surveyor *s);
void survey_close(struct surveyor *s);

/* Rows that stage `stage` (its number) was given and did not let through: at most `want`. As a
 * table: Why (`ipv4_is_private(cIP) == false` is null for cIP = ::1), csUriStem, File, Line,
 * Offset. NULL while it is on its way. */
struct lost;
struct lost *hunt_lost(struct hunt *h, int stage, size_t want);
const struct table *lost_rows(const struct lost *l, struct error *err); /* of a failure */
bool lost_done(const struct lost *l);
void lost_close(struct lost *l);

/* One line of a log: what the rule says of it, and what stands there. */
struct told;
struct told_line {
    struct table *rows;  /* one row: all columns */
    struct table *lines; /* one row: File, Line, Offset, Raw */
    bool kept;           /* no stage dropped it by itself */
    int stage;           /* that dropped it; kept: the one that works on rows together; 0: none */
    struct str why;      /* the reason in words */
    /* kept, and what it was taken together with was followed */
    struct str group;    /* the row that it went into, as name=value; may be empty */
    int group_stage;     /* that dropped that row; 0: none, or not known which */
    struct str group_why;
    bool found;          /* it is behind a finding, `finding`, called … */
    uint64_t finding;
    struct str label;
    bool lost_sight;     /* what became of it is not known: lineage ends */
};
/* The line at `offset` of the file of that path; in a query of its own it is the rule around it
 * that is asked. */
struct told *hunt_tell(struct hunt *h, struct str file, int64_t offset);
const struct told_line *told_line(const struct told *t); /* NULL: not yet, or it cannot be read */
bool told_done(const struct told *t);
void told_close(struct told *t);

/* What speaks for a finding and against it, each counted and with its reason: from its own rows at
 * once, then from all that was loaded. It never changes a result. */
struct evidence {
    /* Sign (a letter; "-": speaks against it; "?": not logged), Count, Of, What, Reason */
    struct table *signs;
    /* What, Value, Requests, Addresses, First, Last: how usual its files, addresses and agents are.
     * NULL: not known yet */
    struct table *usual;
    /* csUriStem, Requests, Addresses, First, Last: files in the same folder, rarest first */
    struct table *folder;
    struct table *elsewhere; /* What, Look: what to check outside these logs */
};
struct witness;
/* d must outlive it. */
struct witness *hunt_evidence(struct hunt *h, const struct detail *d);
const struct evidence *witness_seen(struct witness *w); /* the newest; never NULL */
bool witness_done(const struct witness *w);
void witness_close(struct witness *w); /* NULL is allowed */

/* The same signs for each finding of a view, as letters with counts: "P3 U S2 C A2 R2". The text
 * ends in ... while not all that was loaded has been asked, and where there is too much to ask. */
struct signing;
enum signs_known { SIGNS_NONE, SIGNS_OWN, SIGNS_ALL };
bool hunt_can_sign(const struct view *v); /* false: its lines are not known, or too many */
/* before: of the view before, for what can be taken over of it; NULL: none */
struct signing *hunt_sign(struct hunt *h, struct view *v, const struct signing *before);
enum signs_known signing_state(const struct signing *s); /* rises */
struct str signing_text(const struct signing *s, size_t row); /* good until signing_close */
bool signing_done(const struct signing *s);
void signing_close(struct signing *s); /* NULL is allowed */

/* Everything of one actor in all that was loaded, whatever the rule asks. */
enum actor { ACTOR_ADDRESS, ACTOR_AGENT, ACTOR_FILE, ACTOR_SERVER, ACTOR_USER };
#define STORY_ROWS 1000 /* POSTs to scripts and what is nearest to the access; `total` counts all */
struct tale {
    /* Part (POST: one to a script; else before, during, after the access, empty without one), Away
     * (timespan to the access; null during it) and the columns of detail.accesses; POSTs to scripts
     * first, then all by time. NULL: none yet */
    struct table *accesses;
    struct table *rows;  /* all columns, in the same order */
    struct table *lines; /* File, Line, Offset, Raw, in the same order */
    bool counted;        /* what follows is known */
    int64_t total, before, after, posts; /* requests */
    int64_t addresses, agents, files, servers, failed;
    bool timed;
    int64_t first, last;
};
struct story;
/* from > to: there is no access that it could be before or after. A file's value is a whole path or
 * the name behind its last slash. */
struct story *hunt_story(struct hunt *h, enum actor actor, struct str value, int64_t from,
                         int64_t to);
/* The newest; good until story_close. Never NULL */
const struct tale *story_tale(struct story *s, struct error *err);
void story_progress(struct story *s, struct exec_progress *out);
void story_stop(struct story *s);    /* what is known stays */
bool story_stopped(const struct story *s);
bool story_done(const struct story *s);
void story_close(struct story *s);

/* Which findings of the newest view these exclusions hide. */
struct hiding;
struct hiding *hunt_hide(struct hunt *h, const struct exclusion *const *list, size_t n);
bool hiding_done(const struct hiding *s);
bool hiding_failed(const struct hiding *s, struct error *err);
size_t hiding_count(const struct hiding *s, size_t i); /* by exclusion; n: all together */
bool hiding_hides(const struct hiding *s, size_t i, uint64_t id);
void hiding_wait(struct hiding *s); /* until it is done */
void hiding_close(struct hiding *s);

/* ---- many rules ------------------------------------------------------------------------------ */

/* Rules run one after the other over logs that are opened once, on a thread of its own. */
struct sweep;
bool rule_is_folder(struct str path);
/* rules: files, names, folders of *.yaml. Rules that do not load are listed as failed. */
bool sweep_open(const struct hunt_options *o, const struct str *rules, size_t n, struct sweep **out,
                struct error *err);
void sweep_start(struct sweep *s);   /* or go on, after a stop */
void sweep_stop(struct sweep *s);    /* returns when nothing runs; what has not run "waits" */
void sweep_wait(struct sweep *s);    /* until all have run */
/* h's hunt_fd tells of changes of the list; NULL: nobody's */
void sweep_listen(struct sweep *s, struct hunt *h);
struct logs *sweep_logs(struct sweep *s);
struct str sweep_path(const struct sweep *s, size_t row); /* of the rule in that row of the table */
/* Rule, Severity, Findings, Tactics, Techniques, State (waits, runs, done, failed), Seconds, File,
 * Remark. */
struct table *sweep_table(struct sweep *s, struct arena *a);
void sweep_close(struct sweep *s);

/* Side, Row, and the columns that name a finding, of rows that only one side has; `theirs` is a CSV
 * of the same rule's results, `name` its file. */
bool hunt_compare(struct hunt *h, const struct table *mine, const struct table *theirs,
                  struct str name, struct arena *a, struct table **out, struct error *err);

/* ---- export ---------------------------------------------------------------------------------- */

/* The given rows of a view (all when rows is NULL), in the order given. The same bytes as batch
 * mode. */
bool hunt_export(const struct view *v, const uint32_t *rows, size_t n,
                 const struct exporter *format, const struct export_options *o, struct str path,
                 struct error *err);
#endif
