/* KQL: from text to a plan (KQL.md is the language's reference).
 *
 *   text ─lex─► tokens ─parse─► stages and nodes ─bind─► nodes and typed expressions ─plan─► plan
 *
 * What an operator means is not known here: operators are rows (struct op) that live in ops/ and
 * are handed in through struct kql_env. A row parses its own syntax with the parser functions
 * below, binds it with the binder functions, prints it, and holds the functions that run it
 * (exec/exec.h).
 *
 * Everything lives in the arena given to kql_compile and is read-only once that returns: any number
 * of threads may run one plan. What can be turned between runs (knobs) is in `params`; a run is
 * given values for them. */
#ifndef KQL_KQL_H
#define KQL_KQL_H
#include "base/error.h"
#include "base/map.h"
#include "func/func.h"
#include "input/input.h"
#include "table/table.h"

struct op;
struct parser;
struct binder;
struct plan_node;
struct op_run; /* exec/exec.h */

/* ---- tokens --------------------------------------------------------------------------------- */

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,     /* identifier or keyword; also ['quoted name'] with `quoted` set */
    TOKEN_LITERAL,  /* value: string, long, real, timespan, bool, typed literals, dynamic(…) */
    TOKEN_PUNCT,    /* text: | ( ) [ ] { } , ; : . .. = == != <> < <= > >= =~ !~ + - * / % =>
                     * also "!in", "!in~", "in~", "!contains" and its like as one token */
    TOKEN_TEMPLATE, /* {{StartTimeISO}}: text is the name inside */
    TOKEN_BAD       /* the error has been set */
};
struct token {
    enum token_kind kind;
    struct span span;
    struct str text;
    struct value value;
    bool quoted;  /* of a name: in brackets; then the tokens LITERAL and ] follow, which parser_next
                   * skips and parser_accept of "[" does not. Of a dynamic literal: an array of
                   * scalars */
    bool touches; /* no blank between it and the token before (project-away, a[0]) */
    struct span comment; /* comment lines directly before it (from the first // to the last line's
                            end); empty: none */
};

/* ---- syntax trees --------------------------------------------------------------------------- */

enum node_kind {
    NODE_LITERAL, /* value */
    NODE_NAME,    /* text: a column, a let, a table */
    NODE_STAR,    /* `*` */
    NODE_CALL, /* text: function or operator name; children: arguments. Operators too: "==", "and",
                  "neg", "in" … */
    NODE_MEMBER,   /* first child: base; text: member name */
    NODE_INDEX,    /* children: base, index */
    NODE_NAMED,    /* `text = child`; for `(a, b) = child` names holds more than one */
    NODE_PIPELINE, /* a tabular expression inside an expression: toscalar(…), in (…) */
    NODE_TYPED,    /* `text : type`, in datatable, parse and function parameters; may have one child
                      (default value) */
    NODE_TEMPLATE  /* {{name}} */
};
struct node {
    enum node_kind kind;
    struct span span;
    struct str text;
    struct value value;
    enum type type;    /* NODE_TYPED */
    struct str *names; /* NODE_NAMED */
    size_t n_names;
    struct node *first, *next; /* children; the next sibling */
    struct pipeline *pipeline; /* NODE_PIPELINE */
    unsigned depth;    /* 1 for a leaf; the parser bounds it, so trees may be walked by recursion */
    bool literal_list; /* NODE_LITERAL: dynamic([…]) whose members are scalars: a list knob */
};

/* One stage `| where …`, or the source at the head of a pipeline. */
struct stage {
    const struct op *op;
    struct span span;    /* from the operator's name to the end of its last token */
    struct span whole;   /* from the `|` on (from `//` on when commented out) */
    struct span comment; /* the author's comment lines right before; empty: none */
    bool commented_out;  /* `//| where …` that parses; runs only when its switch is on */
    struct node *args;   /* the operator's expressions; what they mean is the operator's own */
    struct node *by;     /* summarize, top, sort… keys */
    void *extra;         /* whatever else the operator's parse wants to keep */
    struct str name;     /* source: table name */
    struct stage *next;
};
struct pipeline {
    struct stage *first; /* the source stage */
    struct span span;
};

/* ---- parser: for the operators' parse functions --------------------------------------------- */

const struct token *parser_peek(struct parser *p);
const struct token *parser_peek2(struct parser *p);      /* the one after */
const struct token *parser_next(struct parser *p);       /* takes it */
bool parser_accept(struct parser *p, const char *punct); /* takes it if it is there */
bool parser_accept_word(struct parser *p, const char *word);
bool parser_at_word(struct parser *p, const char *word);
/* The error says "expected ')' to close …, found …". */
bool parser_expect(struct parser *p, const char *punct, const char *what_for);
bool parser_expect_word(struct parser *p, const char *word);
bool parser_at_stage_end(struct parser *p); /* | ; ) or the end */
bool parser_error(struct parser *p, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4))); /* false */
struct arena *parser_arena(struct parser *p);

bool parse_expr(struct parser *p, struct node **out);       /* a scalar expression */
bool parse_named_expr(struct parser *p, struct node **out); /* [name =] expr | (a, b) = expr */
/* One or more of these, separated by commas, linked by next. */
bool parse_named_list(struct parser *p, struct node **out);
bool parse_name(struct parser *p, struct str *name, struct span *span, const char *what);
/* a, b*, *c: NODE_NAME with the text as written. */
bool parse_name_pattern(struct parser *p, struct node **out);
bool parse_name_pattern_list(struct parser *p, struct node **out);
/* T | … up to ) or ; or the end; also (T | …). */
bool parse_pipeline(struct parser *p, struct pipeline **out);
/* A leg of join, lookup, union: a table name, a call f(…) or (T | …); a | that follows is not
 * taken. */
bool parse_leg(struct parser *p, struct pipeline **out);
/* A pipeline without a table at its head: `stage | stage …`. It gets a source stage of row `source`
 * with that `extra` (mv-apply … on (…)). */
bool parse_stages_over(struct parser *p, const struct op *source, void *extra,
                       struct pipeline **out);
/* `kind=inner`, `withsource=X`, `hint.strategy=shuffle`: key before `=`; the value is a name or
 * literal token. False when no such option stands here (nothing taken). */
bool parse_option(struct parser *p, struct str *key, const struct token **value);
bool parse_typed_name(struct parser *p, struct node **out); /* name : type */
bool parse_type(struct parser *p, enum type *out);

/* ---- expressions, bound --------------------------------------------------------------------- */

/* Sets of parameters (knobs). Slots over 63 share the last bit. */
typedef uint64_t param_set;
static inline param_set param_bit(size_t slot)
{
    return UINT64_C(1) << (slot < 63 ? slot : 63);
}

enum expr_kind {
    EXPR_LITERAL, /* value */
    EXPR_PARAM,   /* index: slot in query->params; its value is given to the run */
    EXPR_COLUMN,  /* index: position in the input's schema */
    EXPR_CALL,    /* func, form, args */
    EXPR_SUBQUERY /* index: in query->subqueries; its value is known before the plan runs */
};
struct expr {
    enum expr_kind kind;
    enum type type;
    struct span span;
    struct value value;
    size_t index;
    const struct func *func;
    const struct func_form *form;
    struct expr **args;
    size_t n_args;
    bool constant;    /* holds no column: evaluated once a run */
    bool asks;        /* holds a subquery: its value must be known first */
    param_set params; /* what it depends on */
    size_t id;        /* call site number, dense over the query: for state beside the plan */
    unsigned depth;   /* 1 for a leaf; the binder bounds it, so trees may be walked by recursion */
};

/* ---- plan ----------------------------------------------------------------------------------- */

struct plan_node {
    const struct op *op;
    size_t id;               /* dense over the query */
    struct plan_node *input; /* NULL for a source */
    struct plan_node **legs; /* further inputs: right side of join and lookup, legs of union */
    size_t n_legs;
    struct schema schema; /* of what comes out */
    bool *needed; /* by output column: somebody above reads it. Filled by the needs pass; a column
                   * that is not needed need not be computed: chunk columns[i] stays NULL */
    void *data;   /* the operator's own; of OP_SWITCH rows (where) the predicate, a struct expr * */
    /* By output column: the input column it hands on unchanged, SIZE_MAX where it is computed. Set
     * by the bind of operators whose output rows are input rows, one by one (extend, project…;
     * OP_SWITCH rows get it from the binder); NULL for all others. The planner moves filters below
     * such nodes and looks through them for needles. */
    size_t *passes;
    struct span span;          /* stage text */
    const struct stage *stage; /* NULL for what the planner adds */
    int number;                /* of the stage for people: see query->stages; 0: none */
    struct str rows_name;      /* what `as` called its output; empty: nothing */
    int switch_param;          /* slot of its switch, or -1 */
    param_set params;          /* parameters this node itself depends on, its switch included */
    bool breaks;               /* needs all its input before the first row comes out */
    bool serialized;           /* its output is in an order that window functions may rely on */
    bool asks;  /* its expressions hold subqueries */
    bool whole; /* its expressions use window functions: it is given all its input as one chunk */
    bool hot;   /* it or something below it (toward the source) depends on a hot parameter */
};

/* A knob as the text has it (DESIGN.md 6). hunt/knobs gives it a life. */
enum param_kind { PARAM_NUMBER, PARAM_DURATION, PARAM_TEXT, PARAM_LIST, PARAM_SWITCH };
struct param {
    enum param_kind kind;
    struct str name;  /* let name; "Access <=" for a literal in a comparison; the stage's text for a
                       * switch. Made unique with " #2" when two are alike */
    struct span span; /* of the literal (the whole dynamic([…]) or the inside of an in-list's
                         parentheses), or of the stage */
    struct str help;  /* the author's comment, // and blanks cut off, lines joined by \n */
    struct value published; /* long, real, timespan, string; list: dynamic array; switch: bool */
    int stage;              /* number of the stage it stands in; 0: a let */
    bool cold;              /* changing it needs a re-scan */
    bool bare_list;         /* PARAM_LIST written as in (…, …), not as dynamic([…]) */
};

/* What may come before the plan itself: toscalar(…), in (tabular). */
struct subquery {
    struct plan_node *root;
    bool list; /* the value is an array of the first column; else the first cell of the first row */
    enum type type;
    param_set params;
};

struct query {
    struct source_text source;
    struct plan_node *root;
    size_t n_nodes, n_calls;
    struct param *params;
    size_t n_params;
    struct subquery *subqueries;
    size_t n_subqueries;
    /* Stages that can change the number of rows (where, summarize, top, join, …), commented-out
     * ones and those of lets, legs and subqueries included, numbered 1, 2, 3 … in order of the
     * text: what --on N means, what knobs and funnel show. A let's stages that are inlined twice
     * have one number; the node here is the first. */
    struct plan_node **stages;
    size_t n_stages;
    /* The last node of the main pipeline that depends on no hot parameter (DESIGN.md 6): the rows
     * that leave it are what re-tuning starts from. NULL: nothing to keep. */
    struct plan_node *keep;
    size_t n_scans;    /* mentions of a log table */
    bool uses_now;     /* now() or ago() occurs */
    struct str *notes; /* for people: "render is ignored", "table X is missing, skipped" */
    size_t n_notes;
};

/* ---- operators ------------------------------------------------------------------------------ */

enum {
    OP_SOURCE = 1,  /* stands at the head of a pipeline (datatable, print, range, union, a table) */
    OP_STAGE = 2,   /* stands after | */
    OP_COUNTED = 4, /* can change the number of rows: gets a number (query->stages) */
    OP_SWITCH = 8,  /* can be switched off without changing the schema (where) */
    OP_HIDDEN = 16, /* no syntax of its own (scan) */
    OP_LEGACY = 32,
    OP_LEGS_FIRST = 64, /* all rows of its legs must be there before its input's flow (join) */
    OP_LEGS_APART = 128 /* its legs are plans that are run for each row (mv-apply) */
};
struct op {
    const char *name;    /* "project-away" */
    const char *syntax;  /* "project-away ColumnPattern [, …]" */
    const char *help;    /* one sentence */
    const char *example; /* a whole query, run as a test */
    unsigned flags;
    bool (*parse)(struct parser *p, struct stage *stage);
    /* Makes the node over `input` (NULL for a source), with its schema. NULL: the error is set. */
    struct plan_node *(*bind)(struct binder *b, const struct stage *stage, struct plan_node *input);
    /* Marks the columns of input `leg` (0: input, 1…: legs) that this node reads, given
     * node->needed. NULL: all of them. */
    void (*needs)(const struct plan_node *node, size_t leg, bool *in);
    void (*print)(const struct plan_node *node, struct buf *out); /* one line for --explain */
    const struct op_run *run;
};

/* ---- binder: for the operators' bind functions ---------------------------------------------- */

struct arena *binder_arena(struct binder *b);
const struct source_text *binder_source(const struct binder *b);
bool binder_error(struct binder *b, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4))); /* false */
bool binder_failed(const struct binder *b);
struct str binder_table_name(const struct binder *b, size_t i); /* of kql_env */
void binder_note(struct binder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct plan_node *binder_node(struct binder *b, const struct op *op, const struct stage *stage,
                              struct plan_node *input);
/* A leg: a whole pipeline, bound. NULL: error. */
struct plan_node *bind_pipeline(struct binder *b, const struct pipeline *pipeline);
/* The same, but a table that does not exist is no error: NULL with its name in *missing (union
 * isfuzzy=true); empty: an error it is. */
struct plan_node *bind_pipeline_fuzzy(struct binder *b, const struct pipeline *pipeline,
                                      struct str *missing);
/* From here to the end of the pipeline that is being bound, `name` means its rows up to the stage
 * that is being bound (as). */
void binder_name_rows(struct binder *b, struct str name);
/* A scalar over the input's columns. NULL: error. Aggregates are refused here. */
struct expr *bind_expr(struct binder *b, const struct node *node, const struct schema *input);
/* The same; it must be a bool. */
struct expr *bind_bool(struct binder *b, const struct node *node, const struct schema *input);
/* Without columns, cast to `want` unless that is TYPE_NONE. */
struct expr *bind_constant(struct binder *b, const struct node *node, enum type want);
/* Implicit conversion; NULL: error. */
struct expr *bind_cast(struct binder *b, struct expr *e, enum type to);
struct expr *expr_column(struct binder *b, const struct schema *s, size_t index, struct span span);
struct expr *expr_literal(struct binder *b, struct value v, struct span span);
struct expr *expr_call(struct binder *b, const char *func, struct expr **args, size_t n,
                       struct span span);
/* The constant's published value, where it is known without running anything: literals and lets. */
bool expr_known(const struct expr *e, struct value *v);
bool expr_uses_window(const struct expr *e);

/* Names of results, KQL.md 7. Empty: the expression has none of its own. */
struct str expr_name(struct binder *b, const struct node *node);
/* Of a call of an aggregate, without the percentile; and with it. */
struct str aggregate_name(struct binder *b, const struct aggregate *row, const struct node *call);
struct str percentile_name(struct binder *b, struct str base, double percentile);
/* Collects output columns with unique names. `explicit_name` twice is an error; generated ones get
 * 1, 2, … appended. */
struct namer;
struct namer *namer_new(struct binder *b);
bool namer_take(struct namer *n, struct str name, struct span span); /* written by the author */
struct str namer_make(struct namer *n, struct str base); /* generated or inherited; "" → Column1… */

/* ---- compiling ------------------------------------------------------------------------------ */

struct kql_env {
    const struct op *const *ops; /* NULL-terminated; from ops/ops.h */
    const struct op *scan;       /* the row that reads a log table */
    /* The schema of a table by name; NULL: there is no such table. */
    const struct schema *(*table)(void *ctx, struct str name);
    /* The names of the tables, i from 0; empty at the end. For `union W*`, search, "did you
     * mean". May be NULL. */
    struct str (*table_name)(void *ctx, size_t i);
    /* {{name}}: its text; false: unknown. */
    bool (*template_value)(void *ctx, struct str name, struct str *value);
    void *ctx;
};
/* The scan node's data. Wanted columns are node->needed. */
struct scan_data {
    struct str table;
    const struct plan_node *filter; /* the where from which needles are proved; NULL: none */
    struct needle_group *needles;   /* with all parameters published; a run asks kql_needles */
    size_t n_needles;
};
/* What a line must hold to pass the scan's filter in a run with these parameter values (by slot;
 * NULL: all published). The groups live in a. They change only when a cold parameter does. Returns
 * their number. */
size_t kql_needles(const struct query *q, const struct plan_node *scan, const struct value *params,
                   struct arena *a, struct needle_group **groups);
bool kql_compile(struct arena *a, const struct source_text *source, const struct kql_env *env,
                 struct query **out, struct error *err);
/* The plan as text: a line a node, needles, columns, parameters. */
void kql_explain(const struct query *q, struct buf *out);
void expr_print(const struct expr *e, const struct schema *input, struct buf *out);
/* A value as a KQL literal: what writing a rule back splices in. */
void kql_literal(struct buf *out, struct value v);
/* Reads one literal (1d, 5, "x", dynamic([1, 2])…); false when text is anything else. The value
 * lives in a. */
bool kql_read_literal(struct arena *a, struct str text, struct value *v);
/* Words that complete what stands before `at` in text: columns, functions, operators, lets. For the
 * : line. */
size_t kql_complete(struct arena *a, struct str text, size_t at, const struct kql_env *env,
                    struct str **out);
#endif
