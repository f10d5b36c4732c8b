/* Scalar functions, operators and aggregates: a row beside each kernel. The rows are the only list:
 * binder, help, completion, documentation and "did you mean" read them. Adding a function is
 * writing its kernel and its row in one file of this folder; adding a file is one word in
 * func_tables[] (func.c).
 *
 * A kernel works on whole columns. The evaluator has settled types (casts are inserted by the
 * binder), so a kernel sees exactly the types of the form it belongs to. */
#ifndef FUNC_FUNC_H
#define FUNC_FUNC_H
#include "base/error.h"
#include "table/table.h"

/* ---- scalar functions ------------------------------------------------------------------------ */

/* One call of a function in a plan, while it runs on one thread. */
struct call {
    const struct func *func;
    const struct func_form *form;
    enum type type;        /* of the result */
    size_t n_args;
    struct arena *scratch; /* lives as long as the chunk; results go here */
    struct arena *run;     /* lives as long as the run on this thread; for state */
    void *state;           /* what prepare made; NULL without prepare */
    struct func_memo *memo; /* func_call's own; NULL at first */
    int64_t now;           /* the query's one instant (now(), ago()) */
    /* regex match limits struck; counted up by kernels, reported by the run */
    uint64_t limit_hits;
};

/* Fills out[0..rows); out is a fresh column of the result type with `rows` cells. Arguments that
 * are constant are marked so (column_at). Unless FUNC_NULLS is set the evaluator has already made
 * null every row in which an argument is null, and what the kernel writes there is ignored (the
 * cells there hold something readable: 0, or an empty str). Results that are str may point into
 * arguments or into call->scratch. */
typedef void func_kernel(struct call *call, struct column *out, struct column *const *args,
                         size_t rows);

/* Argument letters of a form:
 *   b bool  i int  l long  r real  m decimal  s string  t datetime  p timespan  g guid  d dynamic
 *   * any type, no cast       n any number, no cast
 *   ? everything after is optional       + the last one repeats, one or more times
 *   (…) at the front: the group repeats, one or more times, before the rest: "(bs)s" is b s b s … s
 * A form fits when every argument converts implicitly (int→long→real, decimal→real,
 * int/long→decimal, dynamic→ string|bool|long|real|datetime|timespan by its inner value, and a null
 * literal to anything). The first form that fits with the fewest conversions is taken. */
struct func_form {
    const char *args;
    enum type result;    /* TYPE_NONE: ask func->result */
    func_kernel *kernel;
};

enum {
    FUNC_NAMED = 1,     /* {F} of KQL.md 7: the result is named after the first argument */
    FUNC_NULLS = 2,     /* the kernel sees nulls and sets them itself */
    /* needs a serialized input, and sees all rows at once (prev, row_number…) */
    FUNC_WINDOW = 4,
    FUNC_VARIES = 8,    /* two calls with equal arguments differ (new_guid, rand): never folded */
    FUNC_OPERATOR = 16, /* written as an operator; not callable by name, listed apart in the help */
    FUNC_LEGACY = 32,   /* old spelling: accepted, left out of completion */
    /* dynamic arguments are passed as they are even where a form wants text; the kernel handles
     * both */
    FUNC_LAZY_DYNAMIC = 64,
    FUNC_STRICT = 128,      /* dynamic arguments are not converted (arithmetic, KQL.md 2.4) */
    FUNC_NEEDLE = 256,      /* func_is_needle_operator: the right side must stand in the line */
    FUNC_NEEDLE_ANY = 512,  /* the same, of a list: any one of the texts */
    FUNC_PREFIXES = 1024,   /* the result is named strlen_x: the function and its first argument */
};

struct func {
    const char *name;
    const char *args_help;  /* "source, delimiter [, index]" */
    const char *help;       /* one sentence */
    const char *example;    /* KQL expression, run as a test */
    const char *expect;     /* its value as tostring() gives it; NULL: not tested */
    unsigned flags;
    struct func_form forms[20];
    /* Result type where it depends on the arguments (iff, coalesce, min_of, bin); TYPE_NONE is a
     * type error; *why may then say what is wrong. Optional. */
    enum type (*result)(const enum type *args, size_t n, const char **why);
    /* Once for each call site, thread and run, before the first chunk. constants[i] is the argument
     * as a constant column or NULL where it varies. Returns the state. Invalid constants (a bad
     * pattern) are errors. Optional. */
    void *(*prepare)(struct call *call, struct column *const *constants, struct error *err);
};

/* Looks a function up by its exact name. Operators have names such as "==", "contains", "!in~",
 * "+", "[]" (index), "." (member; second argument a string), "between", "and", "or", "neg". */
const struct func *func_find(struct str name);
/* All rows, in the order of the files; i from 0; NULL at the end. */
const struct func *func_row(size_t i);
/* The implicit conversion of §forms; the cast itself is a call of "cast_<type>" rows
 * (operators). */
bool func_converts(enum type from, enum type to);
/* Picks the form for these argument types: NULL when none fits. *result is the result type.
 * A literal null of unknown type is passed as TYPE_NONE and fits everything. */
const struct func_form *
func_pick(const struct func *f, const enum type *args, size_t n, enum type *result,
          enum type *cast_to /* n of them: the type wanted for each argument */, const char **why);
/* Runs a call on columns: allocates out, spreads nulls unless FUNC_NULLS, folds an all-constant
 * call to one row. */
struct column *func_call(struct call *call, struct column *const *args, size_t rows);

/* ---- needles --------------------------------------------------------------------------------- */
/* What operators tell the planner for the scan (DESIGN.md 4): `contains`, `has`, `startswith`,
 * `endswith`, `==`, `=~`, `in`, `has_any`, … with a constant ASCII right side need that text
 * somewhere in the line, whatever its case. */
bool func_is_needle_operator(const struct func *f, bool *any_of_list);

/* ---- regular expressions --------------------------------------------------------------------- */
/* The language of Kusto (RE2, Rust's regex): no back-references, no look-around. Matching is
 * bounded: what strikes a limit has not matched, and *limit_hits goes up by one. A struct regex
 * belongs to one thread. */
struct regex;
enum {
    REGEX_NOCASE = 1, REGEX_DOTALL = 2, REGEX_MULTILINE = 4, REGEX_UNGREEDY = 8, /* flags i s m U */
    REGEX_AT_START = 16, /* matches only where the text begins */
    REGEX_AT_END = 32,   /* … and only what reaches its end */
    REGEX_ONCE = 64,     /* will match few rows: compiling it well does not pay */
};
/* NULL: err says why. What PCRE2 holds for it is given back when `a` is reset or freed. */
struct regex *regex_compile(struct arena *a, struct str pattern, unsigned flags, struct error *err);
size_t regex_groups(const struct regex *re);                              /* capture groups */
/* from 1; 0: no such group */
size_t regex_group_by_name(const struct regex *re, struct str name);
/* The first match at or after `from`. groups[0] is the match, groups[i] group i; .p is NULL where
 * the group took no part. */
bool regex_match(struct regex *re, struct str s, size_t from, struct str *groups, size_t n_groups,
                 uint64_t *limit_hits);
/* All matches that do not overlap, one a call: start with *at = 0, *last_end = SIZE_MAX; n_groups
 * is at least 1. */
bool regex_each(struct regex *re, struct str s, size_t *at, size_t *last_end, struct str *groups,
                size_t n_groups, uint64_t *limit_hits);

/* ---- aggregates ------------------------------------------------------------------------------ */

/* One aggregate of a summarize while it runs. */
struct agg {
    const struct aggregate *row;
    enum type type;         /* of its (first) result */
    const enum type *args;  /* argument types */
    size_t n_args;
    size_t max;             /* for sets and lists: the cap */
    double parameters[8];   /* percentile(s), in order; n_parameters of them */
    size_t n_parameters;
    void *own;              /* the kernels' own, NULL at first; lives in arena */
    /* the thread's (or, in merge, the target's) memory: lives until the result is finished */
    struct arena *arena;
};

/* States are an array of row->state_size(agg) bytes a group, all zero for a new group, moved by
 * memcpy when the array grows: no pointers into themselves. `groups[i]` is the state of row i.
 * `ordinals[i]` rises in input order over all threads: what "first" means (make_set order,
 * take_any, ties of arg_max, the cap of a list) is decided by ordinals and never by which thread
 * was faster. */
struct aggregate {
    const char *name;
    /* of the result's name (KQL.md 7): "dcount", "set"; NULL: named like the argument */
    const char *prefix;
    /* example: the tail after `datatable(x:long)[3,1,2] |` */
    const char *args_help, *help, *example, *expect;
    unsigned flags;         /* AGG_… */
    struct func_form_agg {
        const char *args;   /* letters as in func_form */
        enum type result;   /* TYPE_NONE: the type of the first argument */
    } forms[12];
    size_t default_max;     /* of sets and lists */
    size_t (*state_size)(const struct agg *agg);
    void (*update)(struct agg *agg, void *states, const uint32_t *groups, const uint64_t *ordinals,
                   struct column *const *args, size_t rows);
    /* from[i] is merged into into[map[i]], i in [0, n). Bytes that from points to may be taken over
     * (the source's arena outlives the target). */
    void (*merge)(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n);
    /* One column for each result (arg_max has several), n cells each, already allocated. */
    void (*finish)(struct agg *agg, const void *states, size_t n, struct column **outs);
};
enum {
    /* arg_max, arg_min: the arguments after the first are returned as columns, `*` allowed */
    AGG_ARG = 1,
    AGG_ANY = 2,        /* take_any: each argument is returned as a column, `*` allowed */
    /* constant numbers after the first argument; percentiles gives a column for each */
    AGG_PERCENTILES = 4,
    AGG_MAX = 8,        /* an optional constant number as the last argument is the cap */
    AGG_PREDICATE = 16, /* …if: the last argument is a bool; null counts as false */
    AGG_LEGACY = 32,
    /* its state grows with the rows: better made of a group's rows, when somebody asks */
    AGG_LATE = 128,
    AGG_ACCURACY = 64,  /* dcount: an optional constant last argument is accepted and ignored */
};
const struct aggregate *aggregate_find(struct str name);
const struct aggregate *aggregate_row(size_t i);
/* Picks the form for the arguments that its letters speak of (accuracy, cap and percentages left
 * out; for AGG_ARG and AGG_ANY the first only), as func_pick does. Dynamic converts to nothing
 * here. */
const struct func_form_agg *aggregate_pick(const struct aggregate *f, const enum type *args,
                                           size_t n, enum type *result, enum type *cast_to,
                                           const char **why);
#endif
