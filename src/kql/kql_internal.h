/* What the files of this folder share: the lexer's and the parser's state, statements, the binder.
 * Nothing here is for other folders; kql.h is. */
#ifndef KQL_KQL_INTERNAL_H
#define KQL_KQL_INTERNAL_H
#include "base/vec.h"
#include "kql/kql.h"

/* Bounds on what a query may ask of us, however it is written. */
enum {
    MAX_TEXT = 1 << 19, /* bytes */
    MAX_TOKENS = 100000,
    MAX_NESTING = 150,    /* parentheses, calls and pipelines inside one another */
    MAX_TREE = 1000,      /* depth of a syntax tree or an expression */
    MAX_LEGS = 30,        /* pipelines inside one another, lets and functions included */
    MAX_NODES = 2000,     /* plan nodes, lets written out */
    MAX_CALLS = 100000,   /* expressions, lets and functions written out */
    MAX_WORK = 1000000,   /* the same, and what was bound on trial */
    MAX_FIELDS = 1000000, /* columns, summed over the plan */
    MAX_KNOBS = 1000,     /* besides switches: literals beyond that are just literals */
    MAX_DYNAMIC_DEPTH = 100,
    MAX_COMMENTED_LINES = 16, /* of one commented-out stage */
    MAX_TRIALS = 500          /* of comments as stages; what comes after is just a comment */
};

/* ---- lexer ---------------------------------------------------------------------------------- */

struct lexer {
    struct arena *arena;
    const struct source_text *source;
    const struct kql_env *env; /* for {{templates}} */
    struct error *err;
    struct str text; /* source->text up to where lexing ends */
    size_t at;
    bool uncomment; /* `//` at the start of a line counts as a blank: for commented-out stages */
    bool fresh;     /* nothing but blanks on this line so far */
};
/* The tokens of text[from, to): the last one is TOKEN_END; after a TOKEN_BAD (err is set) it
 * follows at once. */
void lex_all(struct arena *a, const struct source_text *source, const struct kql_env *env,
             struct span range, bool uncomment, struct token **tokens, size_t *n,
             struct error *err);
void lex_skip(struct lexer *l, struct span *comment); /* blanks and comments */
bool lex_fail(struct lexer *l, size_t from, size_t to, const char *format, ...)
    __attribute__((format(printf, 4, 5))); /* false */
static inline int lex_byte(const struct lexer *l, size_t ahead)
{
    return ahead < l->text.n - l->at ? (unsigned char)l->text.p[l->at + ahead] : -1;
}
bool lex_name_byte(int c);
int lex_hex(int c); /* the digit's value, -1: none */

/* lex_string.c, lex_literal.c */
bool lex_at_string(const struct lexer *l);
bool lex_string(struct lexer *l, struct str *out); /* one or more adjacent literals */
/* {{name}} becomes its text, where the environment knows one. */
void lex_fill_templates(struct lexer *l, struct str raw, struct buf *out);
bool lex_number(struct lexer *l, struct value *out,
                bool *is_number); /* false is_number: a name such as 7z */
bool lex_typed(struct lexer *l, enum type type,
               struct value *out); /* at the ( of long(…), datetime(…) … */
/* lex_dynamic.c */
bool lex_dynamic(struct lexer *l, struct value *out,
                 bool *scalar_list); /* at the ( of dynamic(…) */

/* ---- parser --------------------------------------------------------------------------------- */

/* let name = value; or the final expression of a query or function body (name empty). */
struct statement {
    struct str name;
    struct span span, name_span;
    struct span comment;
    struct node *value;      /* NULL for a function; NODE_PIPELINE when it is surely a table */
    struct node *parameters; /* of a function: NODE_TYPED; of T:(…): text with type TYPE_NONE,
                                children the columns */
    struct statement *body;  /* of a function: lets, then the final expression */
    bool is_function;
    struct statement *next;
};

struct parser {
    struct arena *arena;
    const struct source_text *source;
    const struct kql_env *env;
    struct error *err;
    struct error lex_error;
    struct token *tokens;
    size_t n_tokens, at;
    unsigned depth;
    uint32_t comments_read; /* comments up to here were searched for stages */
    unsigned trials;        /* comments that were parsed as stages, or were tried */
};
/* Statements of the query, the last one without a name. */
bool parse_query(struct parser *p, struct statement **out);
/* A commented-out stage in text[range): `| where …` behind slashes. */
bool parse_commented_stage(struct parser *p, struct arena *a, struct span range,
                           struct stage **out);
bool parse_statements(struct parser *p, bool body, struct statement **out);
bool parse_final(struct parser *p, struct node **out);
bool parse_table_or_scalar(struct parser *p,
                           struct node **out); /* NODE_PIPELINE where it is surely a table */
bool parse_call_arguments(struct parser *p,
                          struct node *call); /* after the ( up to and with the ) */
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);
bool parser_unexpected(struct parser *p, const char *expected, ...)
    __attribute__((format(printf, 2, 3)));
const struct op *parser_find_op(const struct parser *p, unsigned flags, size_t *tokens);
void nearest_op(const struct kql_env *env, unsigned flags, struct nearest *n);
bool parser_at_operator(struct parser *p); /* a binary operator stands here */
void nearest_operator(struct nearest *n);  /* contains, has, in … */
static inline bool token_is(const struct token *t, const char *punct)
{
    return t->kind == TOKEN_PUNCT && str_is(t->text, punct);
}
bool parser_at(struct parser *p, const char *punct);
struct str parser_shown(struct arena *a, struct str s); /* a piece of the text, for a message */
/* Links the stages found in a comment block behind *last; *rest is what is left of it. */
void commented_stages(struct parser *p, struct span block, struct stage ***last, struct span *rest);
struct node *token_node(struct parser *p, enum node_kind kind, const struct token *t);
struct node *node_new(struct parser *p, enum node_kind kind, struct span span);
bool node_add(struct parser *p, struct node *parent,
              struct node *child); /* false: nested too deeply */
void node_print(const struct node *n,
                struct buf *out); /* for tests: (call "==" (name a) (literal 1)) */
void pipeline_print(const struct pipeline *pipeline, struct buf *out);
/* What may stand between two operands. `calls` is the name of its row where that differs. */
enum level { LEVEL_OR, LEVEL_AND, LEVEL_EQUAL, LEVEL_ORDER, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_TEXT };
struct binary {
    const char *text;
    const char *calls;
    enum level level;
    enum { RIGHT_EXPR, RIGHT_LIST, RIGHT_RANGE } right;
};
const struct binary *parser_binary(struct parser *p); /* the one that stands here, or NULL */
enum operator_class {
    OPERATOR_NONE,
    OPERATOR_COMPARES,
    OPERATOR_TEXT,
    OPERATOR_LIST,
    OPERATOR_RANGE
};
enum operator_class operator_class(struct str name); /* of the operators that may hold knobs */
const char *operator_word(size_t i);                 /* those that are words, NULL at the end */
int operator_level(struct str name); /* how tightly it binds, from 0; -1: no operator */
struct str source_slice(const struct source_text *source, struct span span);
static inline struct span span_join(struct span a, struct span b)
{
    return (struct span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

/* refused.c: why an operator of Kusto has no row here; NULL: it is none, or has one. */
const char *refused_op(struct str name);
const char *refused_function(struct str name); /* the same of functions and aggregates */

/* ---- binder --------------------------------------------------------------------------------- */

enum let_kind { LET_SCALAR, LET_TABLE, LET_FUNCTION };
struct let {
    enum let_kind kind;
    struct str name;
    struct let *before;       /* what was said earlier, and is in scope there */
    struct expr *expr;        /* LET_SCALAR: bound once */
    const struct node *table; /* LET_TABLE: bound at each mention, in `scope` */
    const struct statement
        *function; /* LET_FUNCTION: its body is bound in `scope` and its parameters */
    struct let *scope;
    bool used;
    enum { NOT_ASKED, GIVES_TABLE, GIVES_VALUE } gives; /* LET_FUNCTION, once it was asked */
};

/* What a trial bind must be able to take back. */
struct marks {
    size_t n_nodes, n_calls, n_params, n_subqueries, n_notes, n_fields, n_scans;
};
struct binder {
    struct arena *arena;
    const struct source_text *source;
    const struct kql_env *env;
    struct error *err;
    struct arena *scratch;     /* for computing constants */
    struct let *scope;
    struct str side;           /* "TimeGenerated >": what the span of an ago(...) stands against */
    const struct schema *row;  /* of the expression or operator being bound; NULL: none */
    const struct stage *stage; /* being bound */
    struct expr *star;         /* what `*` stands for while `* has …` is bound for one column */
    bool knobs;                /* literals in comparisons are knobs: inside a where */
    param_set node_params;     /* of the node being bound, so far */
    bool node_asks;            /* the same: see plan_node.asks */
    unsigned depth, legs;
    size_t n_calls, n_fields, n_scans;
    size_t work; /* never taken back */
    bool uses_now;
    struct str missing; /* the error is that this table does not exist */
    const struct pipeline *pipeline; /* being bound */
    VEC(struct plan_node *) nodes;
    VEC(struct param) params;
    bool preset; /* params are those of an earlier bind, in order of the text */
    VEC(struct subquery) subqueries;
    VEC(struct str) notes;
    VEC(struct let *) lets; /* all tables, to bind those that nobody mentions */
};

struct marks binder_mark(const struct binder *b);
bool binder_work(struct binder *b,
                 struct span span); /* counts; false: too much, the error is set */
void binder_rewind(struct binder *b, const struct marks *m);
struct let *binder_let(struct binder *b, struct str name); /* NULL: none */

/* lets.c */
bool bind_lets(struct binder *b, const struct statement **s); /* up to the one without a name */
void let_table(struct binder *b, struct str name, const struct node *table);
bool node_is_table(struct binder *b, const struct node *n);
struct plan_node *bind_table_node(struct binder *b, const struct node *n);
struct plan_node *bind_named_table(struct binder *b, struct str name, struct span span);
struct plan_node *bind_table_call(struct binder *b, const struct node *call);
struct expr *bind_function_call(struct binder *b, struct let *f, const struct node *call,
                                const struct schema *input);
bool bind_unused_lets(struct binder *b);

/* bind_expr.c, bind_call.c */
struct expr *bind_node(struct binder *b, const struct node *n, const struct schema *input);
struct expr *bind_call(struct binder *b, const struct node *n, const struct schema *input);
struct expr *bind_operator(struct binder *b, const struct node *n, const struct schema *input);
struct expr *bind_subquery(struct binder *b, const struct node *n, bool list);
struct expr *expr_new(struct binder *b, enum expr_kind kind, enum type type, struct span span);
struct expr *expr_fold(struct binder *b,
                       struct expr *e); /* the literal a constant call comes to, or e itself */
struct span call_name_span(const struct binder *b, const struct node *call);
bool unknown_function(struct binder *b, const struct node *call);

/* params.c */
bool knob_value(struct value v); /* numbers, durations, texts */
struct expr *bind_knob(struct binder *b, struct value v, struct span span, struct str name,
                       struct span comment);
struct expr *bind_list_knob(struct binder *b, struct str list, struct span span, struct str name,
                            struct span comment, bool bare);
int bind_switch(struct binder *b, const struct stage *stage);
bool params_sort(struct binder *b); /* into the order of the text; true: it was not that before */
void params_finish(struct binder *b, struct query *q);

/* plan.c */
void plan_finish(struct binder *b, struct query *q);
/* needles.c */
bool needles_possible(const struct query *q, const struct plan_node *filter,
                      const struct plan_node *scan, struct arena *a);
#endif
