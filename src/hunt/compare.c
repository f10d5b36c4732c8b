/* Findings against a CSV of somebody else's run of the rule (Sentinel's portal, or our own): rows
 * that only one side has. In: two tables. Out: Side, Line, and the columns by which they are
 * compared: those that name a finding, as far as the other side has them. */
#include "base/map.h"
#include "hunt/hunt_internal.h"

/* The portal writes "TimeGenerated [UTC]". */
static struct str plain_name(struct str name)
{
    size_t at = str_find(name, STR(" ["), 0);
    return str_trim(at < name.n ? str_sub(name, 0, at) : name);
}

static size_t find_named(const struct table *t, struct str name)
{
    for (size_t i = 0; i < t->schema.n; i++)
        if (str_eq(plain_name(t->schema.fields[i].name), name))
            return i;
    return SIZE_MAX;
}

static bool says_nothing(const struct table *t, size_t column)
{
    for (size_t i = 0; i < t->rows; i++) {
        struct value v = column_value(t->columns[column], i);
        if (!v.null && (v.type != TYPE_STRING || v.s.n))
            return false;
    }
    return true;
}

struct pair {
    size_t mine, theirs; /* columns */
};

static size_t pairs_of(const struct hunt *h, const struct table *mine, const struct table *theirs,
                       struct pair *out)
{
    size_t n = 0;
    for (size_t k = 0; k < h->n_keys; k++) {
        size_t column = h->key_columns[k];
        size_t at = find_named(theirs, mine->schema.fields[column].name);
        /* a column that is never filled here (TenantId) is no difference */
        if (at != SIZE_MAX && !says_nothing(mine, column))
            out[n++] = (struct pair){column, at};
    }
    return n;
}

/* The cells by which a row is compared, with a byte between that no cell ends in. A spreadsheet's
 * guard is taken off both. */
static void add_key(struct buf *key, const struct table *t, const struct pair *pairs, size_t n,
                    bool mine, size_t row)
{
    for (size_t i = 0; i < n; i++) {
        struct buf cell = {0};
        export_cell(&cell, column_value(t->columns[mine ? pairs[i].mine : pairs[i].theirs], row));
        struct str s = buf_str(&cell);
        if (s.n > 1 && s.p[0] == '\'')
            s = str_sub(s, 1, s.n);
        buf_add(key, s);
        buf_add_byte(key, '\x1f');
        buf_release(&cell);
    }
}

static void add_row(struct builder *b, struct str side, struct value line, const struct table *t,
                    const struct pair *pairs, size_t n, bool mine, size_t row)
{
    builder_str(b, side);
    builder_value(b, line);
    for (size_t i = 0; i < n; i++) {
        struct buf cell = {0};
        export_cell(&cell, column_value(t->columns[mine ? pairs[i].mine : pairs[i].theirs], row));
        builder_str(b, buf_str(&cell));
        buf_release(&cell);
    }
}

bool hunt_compare(struct hunt *h, const struct table *mine, const struct table *theirs,
                  struct str name, struct arena *a, struct table **out, struct error *err)
{
    struct pair *pairs = ARENA_ARRAY(a, struct pair, h->n_keys + 1);
    size_t n = pairs_of(h, mine, theirs, pairs);
    if (!n)
        return error_set(err, "%.*s has none of the columns that name a finding of this rule",
                         STR_ARG(name));
    struct field *fields = ARENA_ARRAY(a, struct field, n + 2);
    fields[0] = (struct field){STR("Side"), TYPE_STRING};
    fields[1] = (struct field){STR("Row"), TYPE_LONG};
    for (size_t i = 0; i < n; i++)
        fields[i + 2] = (struct field){mine->schema.fields[pairs[i].mine].name, TYPE_STRING};
    struct schema schema = {fields, n + 2};
    struct builder *b = builder_new(a, &schema);
    struct map here, there;
    struct buf key = {0};
    uint64_t found;
    map_init(&here, a);
    map_init(&there, a);
    for (size_t i = 0; i < theirs->rows; i++) {
        buf_reset(&key);
        add_key(&key, theirs, pairs, n, false, i);
        map_put(&there, str_dup(a, buf_str(&key)), i + 1);
    }
    for (size_t i = 0; i < mine->rows; i++) {
        buf_reset(&key);
        add_key(&key, mine, pairs, n, true, i);
        map_put(&here, str_dup(a, buf_str(&key)), i + 1);
        if (!map_get(&there, buf_str(&key), &found))
            add_row(b, STR("only harrier"), (struct value){.type = TYPE_LONG, .i = (int64_t)i + 1},
                    mine, pairs, n, true, i);
    }
    struct str other = str_fmt(a, "only %.*s", STR_ARG(path_base(name)));
    for (size_t i = 0; i < theirs->rows; i++) {
        buf_reset(&key);
        add_key(&key, theirs, pairs, n, false, i);
        if (!map_get(&here, buf_str(&key), &found))
            add_row(b, other, (struct value){.type = TYPE_LONG, .i = (int64_t)i + 1}, theirs, pairs,
                    n, false, i);
    }
    buf_release(&key);
    *out = builder_finish(b);
    return true;
}
