/* Types, columns, chunks and tables: the shapes in which rows travel.
 *
 *   value    one typed cell
 *   column   a run of cells of one type, dense, with nulls beside it
 *   chunk    up to CHUNK_ROWS rows as columns of equal length: what flows through a pipeline
 *   table    a schema and all rows, as one column per schema column: what a breaker or a run makes
 *
 * Eleven Kusto types (KQL.md 2.1) live in four memory shapes, so that kernels are few:
 *   bool                                   SHAPE_BOOL    uint8_t 0 or 1
 *   int long datetime timespan             SHAPE_INT     int64_t (times: ticks, base/instant.h)
 *   real decimal                           SHAPE_REAL    double
 *   string guid dynamic                    SHAPE_STR     struct str; guid: 36 lower-case letters;
 *                                                        dynamic in the encoding of `dyn` below
 * A string is never null (KQL.md 2.2); every other type can be. */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H
#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

#ifdef HARRIER_TINY
#define CHUNK_ROWS 3
#else
#define CHUNK_ROWS 1024
#endif

/* ---- types ----------------------------------------------------------------------------------- */

/* name in KQL, enumerator, shape */
#define TYPE_LIST(X)                         \
    X("bool", TYPE_BOOL, SHAPE_BOOL)         \
    X("int", TYPE_INT, SHAPE_INT)            \
    X("long", TYPE_LONG, SHAPE_INT)          \
    X("real", TYPE_REAL, SHAPE_REAL)         \
    X("decimal", TYPE_DECIMAL, SHAPE_REAL)   \
    X("string", TYPE_STRING, SHAPE_STR)      \
    X("datetime", TYPE_DATETIME, SHAPE_INT)  \
    X("timespan", TYPE_TIMESPAN, SHAPE_INT)  \
    X("guid", TYPE_GUID, SHAPE_STR)          \
    X("dynamic", TYPE_DYNAMIC, SHAPE_STR)

enum shape { SHAPE_BOOL, SHAPE_INT, SHAPE_REAL, SHAPE_STR };
enum type {
    TYPE_NONE, /* not known; never the type of a column */
#define X(name, type, shape) type,
    TYPE_LIST(X)
#undef X
    TYPE_COUNT
};
const char *type_name(enum type t);
/* also double, date, time, uuid, boolean…; TYPE_NONE: no such */
enum type type_by_name(struct str name);
enum shape type_shape(enum type t);
static inline bool type_is_number(enum type t)
{
    return t == TYPE_INT || t == TYPE_LONG || t == TYPE_REAL || t == TYPE_DECIMAL;
}

struct value {
    enum type type;
    bool null;
    union {
        bool b;
        int64_t i;
        double r;
        struct str s;
    };
};

/* ---- columns --------------------------------------------------------------------------------- */

/* Distinct strings in order of first appearance. Codes are dense from 0. */
struct dict;
struct dict *dict_new(struct arena *a);
/* the code; the bytes are copied into the arena when new */
uint32_t dict_add(struct dict *d, struct str s);
uint32_t dict_size(const struct dict *d);
struct str dict_get(const struct dict *d, uint32_t code);
const struct str *dict_strings(const struct dict *d); /* all, by code */
/* Unlike its address, a dictionary's number is never used twice in a process: what was remembered
 * of a dictionary that died cannot be taken for the one that lies there now. */
uint64_t dict_id(const struct dict *d);

struct column {
    enum type type;
    bool constant;      /* one cell stands for all rows; read it at [0] */
    size_t n;           /* cells (1 when constant) */
    uint8_t *nulls;     /* 1 where null; NULL: no nulls at all. Never set for TYPE_STRING */
    union {
        void *data;
        uint8_t *bools;
        int64_t *ints;
        double *reals;
        struct str *strs;
    };
    /* SHAPE_STR only, optional: the same cells as codes into a dictionary. When dict is set, codes
     * holds n codes and strs may be NULL; column_strs() fills it. */
    const struct dict *dict;
    uint32_t *codes;
    struct arena *arena; /* where this column's memory lives */
};

/* A column of n cells; data is allocated and not cleared, nulls is NULL. */
struct column *column_new(struct arena *a, enum type t, size_t n);
struct column *column_constant(struct arena *a, struct value v);
/* Index of row i: i, or 0 in a constant column. */
static inline size_t column_at(const struct column *c, size_t i) { return c->constant ? 0 : i; }
static inline bool column_null(const struct column *c, size_t i)
{
    return c->nulls && c->nulls[c->constant ? 0 : i];
}
/* makes nulls (cleared) when there are none yet */
void column_set_null(struct column *c, size_t i);
/* the strings, materialised from codes when needed */
const struct str *column_strs(struct column *c);
struct value column_value(const struct column *c, size_t row);
/* type must agree; str bytes are not copied */
void column_set(struct column *c, size_t row, struct value v);
/* A new column of the rows picked by `rows` (n of them), in `a`; strings are shared, not copied. */
struct column *column_pick(struct arena *a, const struct column *c, const uint32_t *rows, size_t n);
/* `n` cells from `from` on, string bytes copied into a as well: for what must outlive its block. */
struct column *column_copy(struct arena *a, const struct column *c, size_t from, size_t n);

/* ---- chunks ---------------------------------------------------------------------------------- */

struct chunk;
/* Where the columns of a chunk that nobody has read yet come from: the log reader cuts a field only
 * when the column is first asked for. load fills column `i` for the rows now in the chunk; pick is
 * told when rows are dropped, so that it drops its handles too. */
struct chunk_loader {
    struct column *(*load)(struct chunk_loader *self, struct chunk *c, size_t i);
    void (*pick)(struct chunk_loader *self, const uint32_t *rows, size_t n);
    /* Column i of these n rows alone; the chunk stays as it is. Optional. */
    struct column *(*load_some)(struct chunk_loader *self, struct chunk *c, size_t i,
                                const uint32_t *rows, size_t n);
};

struct chunk {
    size_t rows;
    size_t n_columns;
    struct column **columns;   /* by schema position; NULL: not loaded yet (see chunk_column) */
    struct chunk_loader *loader; /* NULL: everything is loaded */
    /* lineage: a row's handle in the pipeline's source; NULL: not kept */
    int64_t *origin;
    /* number of the source's block these rows come from; rises in input order */
    uint32_t block;
    struct arena *arena;       /* scratch: dies when the chunk has been pushed through */
};
/* The column, loaded when it is not yet. */
struct column *chunk_column(struct chunk *c, size_t i);
/* Keeps only rows[0..n) (ascending), in place: columns that are loaded are picked, others stay
 * unread. */
void chunk_pick(struct chunk *c, const uint32_t *rows, size_t n);

/* ---- schemas and tables ---------------------------------------------------------------------- */

struct field {
    struct str name;
    enum type type;
};
struct schema {
    struct field *fields;
    size_t n;
};
size_t schema_find(const struct schema *s, struct str name); /* position or SIZE_MAX; exact case */

/* Columns that are costly and that most rows will not need (the sets of groups that the next filter
 * drops): they are made for the rows that somebody reads. */
struct table_maker {
    /* Column i for n rows, in a. Any number of threads at once. NULL: not one of its columns. */
    struct column *(*make)(struct table_maker *self, size_t i, const uint32_t *rows, size_t n,
                           struct arena *a);
};
struct table {
    struct schema schema;
    size_t rows;
    struct column **columns; /* never constant; NULL: nobody needs it, or it is still to be made */
    struct table_maker *maker; /* NULL: there is nothing to be made */
    int64_t *origin;         /* as in chunk; NULL: none */
    /* where its own memory is; strings may live elsewhere (run, session) */
    struct arena *arena;
};
/* Makes what is still to be made, for all rows. */
void table_complete(struct table *t);
/* Collects rows into a table. Everything, string bytes included, is copied into `a`. */
struct builder;
struct builder *builder_new(struct arena *a, const struct schema *schema);
void builder_reserve(struct builder *b, size_t rows); /* room for so many, where that is known */
void builder_add_chunk(struct builder *b, struct chunk *c); /* loads what is not loaded */
/* Row by row: one value for each column, in order, then the next row. */
void builder_value(struct builder *b, struct value v);
void builder_str(struct builder *b, struct str s);
void builder_int(struct builder *b, int64_t v); /* int, long, datetime, timespan */
void builder_real(struct builder *b, double v);
void builder_bool(struct builder *b, bool v);
void builder_null(struct builder *b);           /* "" for a string column */
size_t builder_rows(const struct builder *b);
struct table *builder_finish(struct builder *b);
/* A new table with the picked rows in that order; cells are shared. */
struct table *table_pick(struct arena *a, const struct table *t, const uint32_t *rows, size_t n);

/* Order of two cells of one type as sort has it: numbers by value with NaN below -inf, strings by
 * bytes, false before true; null below everything. */
int value_compare(struct value x, struct value y);
/* group and join equality: null is null, NaN is NaN */
bool value_equal(struct value x, struct value y);
uint64_t value_hash(struct value v);              /* agrees with value_equal */
/* The cell as tostring() shows it (KQL.md 2.6, 2.7); null gives "". */
void value_text(struct buf *out, struct value v);
size_t real_format(double v, char out[32]);       /* shortest round trip, with ".0"; KQL.md 2.6 */

/* ---- dynamic --------------------------------------------------------------------------------- */

/* A dynamic value is one run of bytes: it can be copied, hashed, compared for identity and kept
 * like any string. First byte: its kind. Layout (little endian, no alignment):
 *   DYN_NULL                                  nothing follows
 *   DYN_BOOL   u8
 *   DYN_LONG DYN_DATETIME DYN_TIMESPAN  i64   (DYN_INT does not exist: int is long inside dynamic)
 *   DYN_REAL   f64
 *   DYN_STRING DYN_GUID  the bytes, to the end
 *   DYN_ARRAY  u32 count, count × u32 end offset (from the first element), the elements
 *   DYN_BAG    u32 count, count × (u32 end of key, u32 end of value) (from the first key),
 *              then key, value, key, …
 * An empty run (n == 0) reads as DYN_NULL. */
enum dyn_kind {
    DYN_NULL, DYN_BOOL, DYN_LONG, DYN_REAL, DYN_STRING, DYN_DATETIME, DYN_TIMESPAN, DYN_GUID,
    DYN_ARRAY, DYN_BAG
};
enum dyn_kind dyn_kind(struct str d);
/* elements of an array or members of a bag, else 0 */
size_t dyn_count(struct str d);
struct str dyn_item(struct str d, size_t i);       /* element i of an array, value i of a bag */
struct str dyn_key(struct str d, size_t i);        /* key i of a bag, as text */
/* arr[i] with i < 0 from the end; STR_NONE (null) when out of range or no array. */
struct str dyn_at(struct str d, int64_t i);
struct str dyn_member(struct str d, struct str key); /* STR_NONE when not there or no bag */
/* The scalar inside: string → TYPE_STRING, long → TYPE_LONG …; array, bag → TYPE_DYNAMIC; null →
 * null dynamic. */
struct value dyn_scalar(struct str d);
/* dynamic passes through; null → DYN_NULL */
struct str dyn_from_value(struct arena *a, struct value v);
struct str dyn_from_string(struct arena *a, struct str s);
struct str dyn_from_array(struct arena *a, const struct str *items, size_t n);
struct str dyn_from_bag(struct arena *a, const struct str *keys, const struct str *values,
                        size_t n);
/* Compact JSON (KQL.md 2.7); `exact` true gives the form for --format json (strings always quoted),
 * false gives tostring(): a top-level string is bare text. */
void dyn_text(struct buf *out, struct str d, bool exact);
/* "quoted and escaped"; invalid UTF-8 becomes U+FFFD */
void json_quote(struct buf *out, struct str s);
/* parse_json(): false when the text is no JSON. Depth 512 at most. Numbers: long when they are
 * integers in range, else real. */
bool dyn_parse_json(struct arena *a, struct str text, struct str *out);
#endif
