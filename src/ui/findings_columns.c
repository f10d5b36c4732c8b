/* Which columns of a result the findings show, and in what order: when, what, where, who, how
 * often. Works from types, names and cells alone, so any rule's result reads well. Left out are
 * columns that say nothing (empty in every row) or nothing new (the same as an earlier one in every
 * row); a finding's own screen has them all. */
#include "ui/ui_internal.h"

#include <stdlib.h>

struct ranked {
    size_t field;
    int rank;   /* small is first */
};

/* Parts of names and what they are about; the first that fits a column's type counts. */
static const struct {
    const char *part;
    enum type type; /* TYPE_NONE: any */
    int rank;
} ranks[] = {
    {"start", TYPE_DATETIME, 0},
    {"first", TYPE_DATETIME, 0},
    {"timegenerated", TYPE_DATETIME, 1},
    {"end", TYPE_DATETIME, 60},
    {"last", TYPE_DATETIME, 60},
    {"", TYPE_DATETIME, 5},
    {"customentity", TYPE_STRING, 95},
    {"tenant", TYPE_STRING, 96},
    {"bytes", TYPE_LONG, 45},
    {"file_name", TYPE_STRING, 10},
    {"filename", TYPE_STRING, 10},
    {"file_ext", TYPE_STRING, 48},
    {"stem", TYPE_STRING, 12},
    {"path", TYPE_STRING, 12},
    {"uri", TYPE_STRING, 13},
    {"url", TYPE_STRING, 13},
    {"query", TYPE_STRING, 16},
    {"computer", TYPE_STRING, 20},
    {"host", TYPE_STRING, 21},
    {"site", TYPE_STRING, 22},
    {"server", TYPE_STRING, 20},
    {"cip", TYPE_STRING, 25},
    {"client", TYPE_STRING, 25},
    {"sip", TYPE_STRING, 28},
    {"user", TYPE_STRING, 30},
    {"agent", TYPE_STRING, 50},
    {"referer", TYPE_STRING, 52},
    {"status", TYPE_STRING, 40},
    {"method", TYPE_STRING, 39},
    {"time", TYPE_DYNAMIC, 70},
    {"ip", TYPE_DYNAMIC, 26},
    {"", TYPE_DYNAMIC, 55},
    {"port", TYPE_NONE, 65},
    {"", TYPE_LONG, 35},
    {"", TYPE_INT, 36},
    {"", TYPE_REAL, 37},
    {"", TYPE_TIMESPAN, 38},
    {"", TYPE_BOOL, 42},
    {"ip", TYPE_STRING, 27},
    {"", TYPE_STRING, 32},
    {"", TYPE_NONE, 80},
};

static bool holds(struct str name, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= name.n; i++)
        if (str_eq_nocase(str_sub(name, i, i + n), (struct str){part, n}))
            return true;
    return false;
}

static int rank_of(const struct field *field)
{
    for (size_t i = 0; i < COUNT(ranks); i++)
        if ((ranks[i].type == TYPE_NONE || ranks[i].type == field->type) &&
            holds(field->name, ranks[i].part))
            return ranks[i].rank;
    return 80;
}

static int by_rank(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->field < b->field ? -1 : 1;
}

enum { SAMPLE = 2000 };

static size_t step_of(const struct table *t)
{
    return t->rows > SAMPLE ? t->rows / SAMPLE : 1;
}

static bool is_empty(struct value v)
{
    return v.null || (type_shape(v.type) == SHAPE_STR && v.s.n == 0);
}

static bool says_nothing(const struct table *t, size_t field)
{
    for (size_t row = 0; row < t->rows; row += step_of(t))
        if (!is_empty(column_value(t->columns[field], row)))
            return false;
    return t->rows > 0;
}

static bool same(const struct table *t, size_t x, size_t y)
{
    if (t->schema.fields[x].type != t->schema.fields[y].type || !t->rows)
        return false;
    for (size_t row = 0; row < t->rows; row += step_of(t))
        if (!value_equal(column_value(t->columns[x], row), column_value(t->columns[y], row)))
            return false;
    return true;
}

/* A string column that every cell of `path` ends with, where it is shown already: the file's name.
 */
static bool is_tail(const struct table *t, size_t path, size_t name)
{
    bool any = false;
    if (t->schema.fields[name].type != TYPE_STRING)
        return false;
    for (size_t row = 0; row < t->rows; row += step_of(t)) {
        struct str tail = column_value(t->columns[name], row).s;
        if (!str_ends(column_value(t->columns[path], row).s, tail))
            return false;
        any |= tail.n > 0;
    }
    return any;
}

static struct grid_column column_of(struct arena *a, const struct table *t, size_t field,
                                    const struct grid_column *before, size_t n)
{
    const struct field *f = &t->schema.fields[field];
    /* dcount_cIP: #cIP, so that the head is not wider than its numbers */
    struct str title = f->name;
    if (str_starts(title, STR("dcount_")))
        title = str_fmt(a, "#%.*s", STR_ARG(str_sub(title, 7, title.n)));
    struct grid_column column = {
        .title = title, .field = field, .kind = cell_kind_of(f->type, f->name)};
    if (column.kind != CELL_PATH)
        return column;
    for (size_t i = 0; i < n; i++)
        if ((before[i].kind == CELL_TEXT || before[i].kind == CELL_FILE) &&
            is_tail(t, field, before[i].field)) {
            column.kind = CELL_FOLDER;
            column.title = STR("Folder");
            column.tail = before[i].field;
        }
    return column;
}

size_t findings_columns(struct arena *a, const struct table *t, struct grid_column **out)
{
    struct ranked *order = ARENA_ARRAY(a, struct ranked, t->schema.n + 1);
    size_t n = 0;
    *out = ARENA_ARRAY(a, struct grid_column, t->schema.n + 2); /* and the signs */
    for (size_t i = 0; i < t->schema.n; i++)
        order[i] = (struct ranked){i, rank_of(&t->schema.fields[i])};
    qsort(order, t->schema.n, sizeof *order, by_rank);
    for (size_t i = 0; i < t->schema.n; i++) {
        bool shown = !says_nothing(t, order[i].field);
        for (size_t k = 0; k < n && shown; k++)
            shown = !same(t, (*out)[k].field, order[i].field);
        if (shown) {
            (*out)[n] = column_of(a, t, order[i].field, *out, n);
            n++;
        }
    }
    return n;
}

/* ---- tables that are known ------------------------------------------------------------------- */

static bool says_something(const struct table *t, size_t field)
{
    for (size_t i = 0; i < t->rows; i++) {
        struct value v = column_value(t->columns[field], i);
        if (!v.null && (v.type != TYPE_STRING || (v.s.n && !str_is(v.s, "-"))))
            return true;
    }
    return false;
}

void load_shown(struct grid *g, struct arena *a, const struct table *t,
                const struct shown_column *shown, size_t n)
{
    struct grid_column *columns = ARENA_ARRAY(a, struct grid_column, n);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t field = schema_find(&t->schema, str_of(shown[i].field));
        bool fixed = shown[i].kind == CELL_BYTES || shown[i].kind == CELL_MILLIS || i == 0;
        if (field == SIZE_MAX || !(fixed || says_something(t, field)))
            continue;
        columns[used++] = (struct grid_column){
            .title = str_of(shown[i].title), .field = field, .kind = shown[i].kind,
            .least = shown[i].least, .best = shown[i].best, .most = shown[i].best};
    }
    grid_load(g, t, NULL, columns, used);
}
