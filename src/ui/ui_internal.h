/* What the files of this folder share.
 *
 *   struct ui      the workbench: the newest picture of the hunt, marks, what is open
 *   struct pane    something that is open: one file a kind (pane_x.c) and one word in panes[]
 * (panes.c) struct action  a key and what it does: the dispatcher, the bottom bar and the help read
 * the same rows
 *
 * Everything here runs on one thread and never waits: a pane asks the hunt and is told by `take`
 * when something has come. */
#ifndef UI_INTERNAL_H
#define UI_INTERNAL_H
#include "ui/bindings.h"
#include "ui/grid.h"
#include "ui/screen.h"
#include "ui/ui.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct ui;
struct pane;
struct actor_here;

#define ROW_KEYS 5
#define WORTH(n) [ROW_KEYS] = (n)
struct action {
    /* The first is the one shown; K_NONE ends. Behind them what the row is worth in the bar, which
     * drops the least: {'?', K_F1, WORTH(90)}; 0: by its place, from 40 down. */
    int keys[ROW_KEYS + 1];
    const char *bar;  /* word in the bottom bar; NULL: in the help only */
    const char *help; /* one sentence; NULL: another row's says it */
    void (*run)(struct ui *ui, struct pane *p);
    bool (*can)(const struct ui *ui,
                const struct pane *p); /* NULL: always. False: as if it were not there */
};
struct actions {
    const struct action *rows;
    size_t n;
};

struct pane_type {
    const char *name;
    const char *help;          /* one sentence: what is seen here */
    struct action
        opens; /* the key that opens it from anywhere; keys[0] is K_NONE: other panes open it */
    bool side;                 /* stands beside or below the findings */
    struct actions actions;
    bool (*open)(struct ui *ui, struct pane *p,
                 const void *arg);               /* false: there is nothing to open */
    void (*take)(struct ui *ui, struct pane *p); /* the hunt has news, or the zone was switched */
    void (*draw)(struct ui *ui, struct pane *p, struct area area, bool focused);
    void (*close)(struct ui *ui, struct pane *p);   /* may be NULL */
    const char *(*counted)(const struct pane *p); /* what its rows are; NULL: rows */
    bool (*ready)(const struct pane *p); /* what it waits for has come; NULL: it never waits */
    /* who the row under the cursor is about, where its cells do not say; NULL: they do */
    bool (*actor)(const struct pane *p, struct actor_here *out);
};
struct pane {
    const struct pane_type *type;
    struct arena *arena;
    struct grid *grid; /* the table that has the keys; NULL: none */
    void *data;        /* the pane's own, in its arena */
    struct str crumb;  /* what it is about, for the way back that is shown; in its arena */
    bool placed;       /* it is about accesses of these times */
    int64_t from, to;
};
extern const struct pane_type pane_findings, pane_finding, pane_line, pane_knobs, pane_funnel,
    pane_files, pane_bad, pane_rules, pane_doctor, pane_story, pane_exclude, pane_filters,
    pane_frequency, pane_timeline, pane_profiles, pane_near, pane_help;
const struct pane_type *pane_type_row(size_t i); /* all of them in order; NULL at the end */

/* A line that is being typed. */
struct prompt {
    char title[96];
    struct buf text;
    size_t at;         /* byte the cursor is on */
    bool yes_no;       /* y or n only */
    const struct actions *choices; /* one of these keys only; NULL: text, or y and n */
    const char *accept; /* word in the bottom bar for Enter */
    void (*change)(struct ui *ui, struct str text);  /* after each key; may be NULL */
    void (*done)(struct ui *ui, struct str text);    /* Enter, or y; the prompt is closed already */
    void (*cancel)(struct ui *ui);                   /* Esc, or n; may be NULL */
    void (*complete)(struct ui *ui);                 /* Tab; may be NULL */
};

/* Findings that are marked, by identity. */
struct marks {
    uint64_t *slots; /* 0 is free; on the heap */
    size_t n, cap;
};
bool marks_has(const struct marks *m, uint64_t id);
void marks_set(struct marks *m, uint64_t id, bool on);
void marks_clear(struct marks *m);
void marks_release(struct marks *m);

/* Findings that came while the logs were followed (fresh.c). */
struct fresh {
    struct marks known, fresh;
    const struct view *view; /* the last one looked at; only compared */
    bool started;            /* there has been a whole view */
};
void fresh_take(struct ui *ui);              /* of the newest view */
void fresh_seen(struct ui *ui, uint64_t id); /* it has been opened */
bool fresh_any(const struct ui *ui, const struct pane *p);
void fresh_clear(struct ui *ui, struct pane *p);
void fresh_next(struct ui *ui, struct pane *p); /* to the next one shown */

/* Which findings the exclusions hide. */
struct hide_run {
    struct arena *arena;  /* NULL: there is none */
    struct hiding *run;   /* NULL: no exclusion works */
    size_t *rows, n;      /* of the list, by exclusion of the run */
    bool *even;           /* hides true positives too */
    uint64_t generation, version; /* that it answers */
    int64_t lines;                /* of the logs, read by then: they may grow */
};
struct hide {
    struct exclusions *list;
    struct hide_run now, next; /* in force; being found */
    struct hiding *trial;      /* of the line that is being typed */
    bool spoofable;            /* that line */
    bool shown;                /* suppressed findings are shown all the same */
    size_t editing;            /* row of the list; SIZE_MAX: a new one */
    struct arena *arena;       /* of the line that is being typed */
    struct str text;
};

/* Findings of the view, counted. */
struct tally {
    size_t marked, hidden, verdicts[VERDICTS];
};

#define MOST_MANIFESTS 8
#define MOST_PANES 12
#define LOW_SCREEN 16 /* rows under which the header is one line */
struct ui {
    struct hunt *hunt;
    struct ui_options *options;
    struct arena *arena;
    struct canvas canvas;
    struct screen *screen;       /* NULL: a script */
    struct view *view;           /* the newest picture; counted */
    struct table *funnel;        /* of that picture, in funnel_arena */
    struct arena *funnel_arena;
    struct triage *triage;       /* verdicts, marks, notes: saved as they are made */
    struct marks marks;          /* the marked ones of the triage */
    struct hide hide;
    struct tally tally;
    struct profiles *profiles;   /* NULL: not asked for yet */
    struct manifest *manifests[MOST_MANIFESTS]; /* being written; NULL: free */
    struct fresh fresh;
    struct pane *panes[MOST_PANES]; /* panes[0] are the findings; the last is on top */
    size_t n_panes;
    struct pane *side;           /* beside the findings; NULL: none */
    bool side_focused;
    struct prompt prompt;
    bool asking;                 /* the prompt has the keys */
    struct str message;          /* in message_arena; shown until the next key */
    enum role message_role;
    struct arena *message_arena;
    struct zone zone;
    bool write_exclusions;       /* into the rule that is written */
    struct str file_name;        /* in file_arena: asked about before it is written over */
    struct arena *file_arena;
    bool pasting;                /* keys between the brackets of a paste */
    struct buf query;            /* the last one typed after : */
    struct hunt *next;           /* a query's, opened: shown as soon as the key is done with */
    bool quit;
    struct buf copied;           /* last text copied: for scripts */
    struct surveyor *survey;     /* what the logs are; of the outer workbench in a query's */
    bool nested;                 /* a query's, inside another workbench */
    bool judged;                 /* the first complete result was looked at */
};

/* ---- ui.c: the core -------------------------------------------------------------------------- */
void ui_take(struct ui *ui);           /* fetches the newest picture and tells the panes */
void ui_key(struct ui *ui, int key);
struct pane *ui_pane(const struct ui *ui); /* the one that has the keys */
bool ui_open(struct ui *ui, const struct pane_type *type, const void *arg);
void ui_close(struct ui *ui);          /* the one that has the keys; the findings stay */
void ui_message(struct ui *ui, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_error(struct ui *ui, const struct error *err);
/* bindings_hint() in the view that has the keys; lives for this frame. ui_message() does this to
 * its format. */
const char *ui_words(struct ui *ui, const char *words);
void ui_copy(struct ui *ui, const char *what, struct str text, bool lines);
/* The workbench of a query inside the one that asked: run does the keys until it is left. */
bool ui_nested(struct ui *ui, bool (*run)(struct ui *inner, void *ctx), void *ctx);
void ui_survey(struct ui *ui);         /* the logs are looked at again */
bool ui_idle(struct ui *ui);           /* nothing is on its way */

/* ---- draw.c: the whole screen ---------------------------------------------------------------- */
void ui_draw(struct ui *ui);
/* Pieces of a line, each with what it is worth: where they do not fit the cheapest go first. */
struct piece {
    struct str text;
    enum role role;
    int worth;
    bool right; /* this and those after it stand at the right end */
    bool cut;   /* is shortened rather than others of its worth dropped */
};
void draw_pieces(struct canvas *c, int y, int x, int width, int gap, const struct piece *pieces,
                 size_t n);
struct str ui_str(struct ui *ui, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* lives for this frame */
struct str ui_count(struct ui *ui, int64_t n);       /* the same: 1,234 */
/* The same: 1,234 findings, 1 access of this finding; what the rows of p's table are. */
struct str ui_rows(struct ui *ui, int64_t n, const struct pane *p);
int draw_header(struct ui *ui);                      /* header.c; returns its lines */
void draw_bar(struct ui *ui, int y);                 /* bar.c */
/* A text over several lines of the area, broken at blanks; returns the lines used. */
int draw_wrapped(struct canvas *c, struct area area, struct str text, enum role role);

/* ---- prompt.c -------------------------------------------------------------------------------- */
void ui_ask(struct ui *ui, const struct prompt *prompt, struct str text);
void prompt_insert(struct ui *ui, struct str text); /* at the cursor */
void prompt_key(struct ui *ui, int key);
void draw_prompt(struct ui *ui, int y);
extern const struct actions prompt_actions, yes_no_actions;
const struct actions *actions_of_prompt(const struct prompt *p);

/* ---- actions.c: rows that many panes share --------------------------------------------------- */
extern const struct actions grid_actions, global_actions;
/* What the help and keys.yaml call the places of shared rows. */
extern const char where_finding[], where_table[], where_all[];
/* The sets that several views share, in the order in which a key is looked for; NULL at the end.
 * *where is NULL where the set does not hold in that view (NULL: in any). */
const struct actions *shared_actions(const struct pane_type *type, size_t i, const char **where);
/* The rows that hold for a pane, in the order in which a key is looked for: set by set; NULL at the
 * end. */
const struct actions *actions_of(const struct ui *ui, const struct pane *p, size_t i);

/* ---- findings_columns.c ---------------------------------------------------------------------- */
/* Which columns of a result are shown, most useful first. */
size_t findings_columns(struct arena *a, const struct table *t, struct grid_column **out);

/* Columns of a table that is known, by name. Those that are empty or - in all rows are left out,
 * but the first, bytes and time taken stay: "n/l" says something. */
struct shown_column {
    const char *field, *title;
    enum cell_kind kind;
    int least, best; /* 0: by the cells */
};
void load_shown(struct grid *g, struct arena *a, const struct table *t,
                const struct shown_column *shown, size_t n);

/* ---- signs_column.c -------------------------------------------------------------------------- */
struct signs_column {
    struct signing *signing;  /* NULL: they are not looked for */
    const struct view *view;  /* of which; only compared */
    struct signing *rest;     /* of the view before: its texts are shown until the new table is */
    size_t field;             /* of the table; SIZE_MAX: there is no such column */
};
/* The view's table with the column; what is made lives in a. */
const struct table *signs_take(struct ui *ui, struct signs_column *s, struct arena *a);
void signs_taken(struct signs_column *s); /* that table is shown now */
/* Puts the column among the others, which have room for one more; returns how many there are. */
size_t signs_place(const struct signs_column *s, struct grid_column *columns, size_t n);
enum role signs_role(const struct signs_column *s, const struct table *t, size_t row, size_t field);
bool signs_ready(const struct signs_column *s);

/* ---- near.c ---------------------------------------------------------------------------------- */
/* Near misses under the findings. */
struct near {
    bool shown, known;
    struct arena *arena; /* NULL: never shown */
    struct table *table;
    uint64_t *ids; /* by row of it */
    struct grid grid;
};
void near_title(struct ui *ui, const struct near *n, struct area area, struct str filter,
                enum role role);
void near_take(struct ui *ui, struct near *n);
void near_release(struct near *n);
int near_draw(struct ui *ui, struct near *n, struct area area); /* lines used at its lower end */

/* ---- finding_tabs.c -------------------------------------------------------------------------- */
enum finding_tab {
    TAB_ACCESSES,
    TAB_ADDRESSES,
    TAB_LINES,
    TAB_SIGNS,
    TAB_FOLDER,
    TAB_USUAL,
    TAB_ELSEWHERE,
    TAB_FIELDS,
    FINDING_TABS
};
extern const char *const finding_tab_names[FINDING_TABS];
/* d and e: NULL until they are known; what is made lives in a. */
void finding_tables(struct grid *grids, struct arena *a, const struct table *row,
                    const struct detail *d, bool folded, const struct evidence *e);

/* ---- finding_facts.c ------------------------------------------------------------------------- */
/* What the log rows behind a finding say together, as a line of words. */
struct str finding_facts(struct arena *a, const struct detail *d);

/* ---- actor.c --------------------------------------------------------------------------------- */
/* Who is under the cursor: in the current column, else the row's address, else its file. */
struct actor_here {
    enum actor kind;
    struct str value; /* lives for this frame */
};
bool ui_actor(const struct ui *ui, const struct pane *p, struct actor_here *out);
/* for pane_type.actor: by a column's name; of a row of the log */
bool actor_of(struct str name, struct value v, struct actor_here *out);
bool actor_in(const struct table *rows, size_t row, struct actor_here *out);
bool on_actor(const struct ui *ui, const struct pane *p);
void open_story(struct ui *ui, struct pane *p);
bool story_is_of(const struct pane *p, const struct actor_here *actor); /* pane_story.c */
#define STORY_ACTION                                                                               \
    {{'o'},                                                                                        \
     "story",                                                                                      \
     "Everything of this address, user agent, file, server or user in all that was loaded.",       \
     open_story,                                                                                   \
     on_actor}

/* ---- lost_rows.c ----------------------------------------------------------------------------- */
/* Sample rows that a stage of the funnel did not let through; asked for in the background. */
struct lost_rows {
    struct lost *task;   /* NULL: none asked for */
    int stage;
    uint64_t generation; /* of the settings it answers */
};
void lost_rows_ask(struct ui *ui, struct lost_rows *l, int stage); /* the same again: nothing */
void lost_rows_close(struct lost_rows *l);
struct str why_brief(struct str why, int columns); /* without the predicate where it is narrow */
bool lost_rows_ready(const struct lost_rows *l);
/* lost: how many there are; -1: not known */
int lost_rows_draw(struct ui *ui, const struct lost_rows *l, int64_t lost, struct area area);

/* ---- pane_finding.c -------------------------------------------------------------------------- */
/* What it is opened with. */
struct finding_at {
    struct view *view;
    size_t row;
    struct str near; /* a near miss: with what it would come; else empty */
};
uint64_t pane_finding_id(const struct pane *p);
const struct detail *pane_finding_detail(const struct pane *p); /* NULL: on its way */

/* What pane_line is opened with: row `row` of both tables. */
struct line_source {
    const struct table *rows;  /* all columns of the log */
    const struct table *lines; /* File, Line, Raw */
    size_t row;
};
/* A cell by the column's name; an empty text where there is none. */
struct value ui_cell(const struct table *t, const char *name, size_t row);

/* ---- export_ask.c ---------------------------------------------------------------------------- */
void export_take(struct ui *ui); /* says what has been written meanwhile */
bool export_ready(const struct ui *ui);
void export_end(struct ui *ui);  /* waits for it */
void ask_export(struct ui *ui, struct pane *p);
void ask_write_rule(struct ui *ui, struct pane *p);

/* ---- triage_ask.c: verdict, mark, note, tags of a finding ------------------------------------ */
void triage_start(struct ui *ui);
void triage_end(struct ui *ui);
void ui_mark(struct ui *ui, const uint32_t *rows, size_t n, bool on); /* rows of the view */
/* After anything that the tally counts has changed: counted then, not in each frame. */
void tally_again(struct ui *ui);
size_t ui_marked(const struct ui *ui);               /* findings of the view that are marked */
size_t ui_with_verdict(const struct ui *ui, enum verdict v); /* not: open */
/* Signs in front of a finding: mark, verdict, and c where there is a note or a tag. */
#define TRIAGE_LEAD 4
void triage_lead(const struct ui *ui, uint64_t id, char out[GRID_LEAD + 1], enum role *role);
/* The verdict, ending before `end`; returns the columns used, the gap in front included. */
int draw_verdict(struct ui *ui, uint64_t id, int y, int end, int width);
/* Note and tags, at most `rows` lines; returns the lines used. */
int draw_note(struct ui *ui, uint64_t id, struct area area);
bool write_case(struct ui *ui, struct str path, struct error *err);
extern const struct actions triage_actions;

size_t triage_row(const struct ui *ui, const struct pane *p); /* the finding in hand; SIZE_MAX */

/* ---- exclude_ask.c --------------------------------------------------------------------------- */
void exclude_start(struct ui *ui);
void exclude_end(struct ui *ui);
void exclude_take(struct ui *ui);        /* there is news of the hunt */
bool exclude_ready(const struct ui *ui); /* nothing is being looked for */
void exclude_say(struct ui *ui);         /* what the line that is typed would hide */
void exclude_again(struct ui *ui);       /* a verdict changed: fills the findings anew */
void exclude_write(struct ui *ui, struct str text); /* asks for hide.editing */
bool finding_hidden(const struct ui *ui, uint64_t id);
size_t ui_hidden(const struct ui *ui);   /* findings of the view that are suppressed */
int64_t exclusion_hits(const struct ui *ui, size_t row); /* -1: not known, or off */
extern const struct actions exclude_actions;
/* Those in force, as text, or as KQL. */
size_t exclude_texts(struct ui *ui, struct arena *a, bool kql, struct str **out);
/* pane_exclude.c: those that work, a line each; how many. */
size_t exclude_kql(struct ui *ui, const char *before, struct buf *out);

/* ---- filter_ask.c ---------------------------------------------------------------------------- */
void ask_filter(struct ui *ui, struct pane *p);
void filter_only_this(struct ui *ui, struct pane *p);
void filter_not_this(struct ui *ui, struct pane *p);
/* Puts a text in force as the filter of a grid and says what it does. */
void filter_apply(struct ui *ui, struct grid *g, struct str text);
/* How a filter is shown beside a table: its text, or why it is not in force. */
struct str filter_words(struct ui *ui, const struct grid *g, enum role *role);

/* ---- pane_filters.c -------------------------------------------------------------------------- */
struct grid *pane_filters_grid(const struct pane *p); /* of the table the chips are of */

/* ---- pane_profiles.c ------------------------------------------------------------------------- */
struct profiles *ui_profiles(struct ui *ui); /* opened when first asked for */
void ask_keep_profile(struct ui *ui, struct pane *p);
void open_profiles(struct ui *ui, struct pane *p);
void copy_query(struct ui *ui, struct pane *p);

/* ---- ask_query.c ----------------------------------------------------------------------------- */
void ask_query(struct ui *ui, struct pane *p);
void run_query(struct ui *ui, struct str text); /* as if it had been typed */

/* ---- codes.c --------------------------------------------------------------------------------- */
const char *status_words(struct str status);           /* "200": "OK"; NULL: unknown */
const char *substatus_words(struct str status, struct str substatus);
const char *win32_words(struct str code);

/* ---- plain.c --------------------------------------------------------------------------------- */
bool plain_run(struct ui *ui, struct error *err);

/* ---- script.c -------------------------------------------------------------------------------- */
bool script_run(struct ui *ui, struct str file, struct error *err);
#endif
