/* make-series at work: come in the rows of its summarize, one for each key and step; goes out an
 * array for each key and aggregate, with the default where a step had no rows. */
#include "ops/make_series.h"

#ifdef HARRIER_TINY
#define MOST_POINTS 1000
#else
#define MOST_POINTS 1048576
#endif
#define MOST_CELLS INT64_C(16777216) /* over all arrays */

struct axis {
    int64_t from, step;
    size_t n;
    enum type type;
};

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    (void)shared, (void)err;
    *local = rows_new(w, &node->input->schema, NULL);
    return true;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    (void)w, (void)node;
    rows_push(local, c);
    return true;
}

/* An end of the range as written, or as the rows have it. False: there is none. */
static bool end_of(struct exec *x, const struct expr *e, const struct column *steps, bool low,
                   int64_t *out, struct error *err)
{
    bool any = false;

    if (e) {
        struct value v = exec_constant(x, e, err);
        *out = v.i;
        return !v.null && !err->set;
    }
    for (size_t i = 0; i < steps->n; i++) {
        if (column_null(steps, i))
            continue;
        int64_t v = steps->ints[column_at(steps, i)];
        if (!any || (low ? v < *out : v > *out))
            *out = v;
        any = true;
    }
    return any;
}

static int64_t floor_mod(int64_t i, int64_t by)
{
    return i % by < 0 ? i % by + by : i % by;
}

static bool make_axis(struct exec *x, const struct plan_node *node, const struct table *t,
                      struct axis *axis, struct error *err)
{
    const struct series_data *d = node->data;
    const struct column *steps = t->columns[d->n_keys];
    struct value step = exec_constant(x, d->step, err);
    int64_t to = 0, width;

    axis->type = steps->type;
    axis->n = 0;
    if (err->set)
        return false;
    if (step.null || step.i <= 0)
        return error_set(err, "the step of make-series must be above zero");
    axis->step = step.i;
    if (!end_of(x, d->from, steps, true, &axis->from, err) ||
        !end_of(x, d->to, steps, false, &to, err))
        return !err->set;
    if (d->in_range &&
        __builtin_sub_overflow(axis->from, floor_mod(axis->from, step.i), &axis->from))
        return error_set(err, "the range of make-series is out of range");
    if (__builtin_sub_overflow(to, axis->from, &width) || width < 0)
        width = width < 0 && to < axis->from ? -1 : INT64_MAX;
    if (width < 0)
        return true;
    int64_t n = width / step.i + (d->to && !d->in_range ? width % step.i != 0 : 1);
    if (n > MOST_POINTS)
        return error_set(err, "a series may have %d points at most", MOST_POINTS);
    axis->n = (size_t)n;
    return true;
}

/* Rows by key: the group of each, in order of first appearance. */
static struct groups *group_rows(struct exec *x, const struct series_data *d, struct table *t,
                                 uint32_t *group)
{
    struct arena *a = exec_arena(x);
    struct groups *g = groups_new(a, d->key_types, d->n_keys);
    struct column **keys = ARENA_ARRAY(a, struct column *, d->n_keys);
    uint64_t *ordinals = ARENA_ARRAY(a, uint64_t, t->rows);

    for (size_t k = 0; k < d->n_keys; k++)
        keys[k] = column_view(a, t->columns[k], 0, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        ordinals[i] = i;
    groups_plain(g);
    groups_add(g, keys, t->rows, ordinals, group);
    return g;
}

static struct str default_of(struct exec *x, const struct series_data *d, size_t series,
                             enum type type, struct error *err)
{
    struct value v = {.type = type, .null = !type_is_number(type)};

    if (d->defaults[series])
        v = exec_constant(x, d->defaults[series], err);
    return dyn_from_value(exec_arena(x), v);
}

/* The arrays of one series, one a group. Rows of a group hang in a chain: first, next. */
static struct column *make_arrays(struct exec *x, const struct column *values,
                                  const struct column *steps, const struct axis *axis,
                                  const uint32_t *first, const uint32_t *next, size_t groups,
                                  struct str filler)
{
    struct arena *a = exec_arena(x), *scratch = arena_new();
    struct column *out = column_new(a, TYPE_DYNAMIC, groups);
    struct str *items = ARENA_ARRAY(a, struct str, axis->n + 1);

    for (size_t g = 0; g < groups; g++) {
        arena_reset(scratch);
        for (size_t i = 0; i < axis->n; i++)
            items[i] = filler;
        for (uint32_t row = first[g]; row != UINT32_MAX; row = next[row]) {
            uint64_t at = (uint64_t)steps->ints[column_at(steps, row)] - (uint64_t)axis->from;
            if (at / (uint64_t)axis->step < axis->n)
                items[at / (uint64_t)axis->step] =
                    dyn_from_value(scratch, column_value(values, row));
        }
        out->strs[g] = dyn_from_array(a, items, axis->n);
    }
    out->n = groups;
    arena_free(scratch);
    return out;
}

static struct column *axis_column(struct exec *x, const struct axis *axis)
{
    struct arena *a = exec_arena(x);
    struct str *items = ARENA_ARRAY(a, struct str, axis->n + 1);

    for (size_t i = 0; i < axis->n; i++) {
        struct value v = {.type = axis->type, .i = axis->from + (int64_t)i * axis->step};
        items[i] = dyn_from_value(a, v);
    }
    struct value all = {.type = TYPE_DYNAMIC, .s = dyn_from_array(a, items, axis->n)};
    return column_constant(a, all);
}

/* The groups of rows whose step is in the range, chained; what is outside is in none. */
static size_t chain(struct exec *x, const struct plan_node *node, struct table *t,
                    struct column **keys, uint32_t **first, uint32_t **next)
{
    const struct series_data *d = node->data;
    struct arena *a = exec_arena(x);
    const struct column *steps = t->columns[d->n_keys];
    uint32_t *rows = ARENA_ARRAY(a, uint32_t, t->rows), *group;
    size_t n = 0, groups = d->nonempty && !d->n_keys;

    for (size_t i = 0; i < t->rows; i++) {
        rows[n] = (uint32_t)i;
        n += !column_null(steps, i);
    }
    struct table in = *t;
    in.rows = n;
    in.columns = ARENA_ARRAY(a, struct column *, t->schema.n);
    for (size_t k = 0; k < t->schema.n; k++)
        in.columns[k] = column_pick(a, t->columns[k], rows, n);
    if (t->origin) {
        in.origin = ARENA_ARRAY(a, int64_t, n);
        for (size_t i = 0; i < n; i++)
            in.origin[i] = t->origin[rows[i]];
    }
    group = ARENA_ARRAY(a, uint32_t, n);
    if (d->n_keys) {
        struct groups *g = group_rows(x, d, &in, group);
        groups = groups_count(g);
        uint32_t *order = ARENA_ARRAY(a, uint32_t, groups);
        groups_order(g, order);
        for (size_t k = 0; k < d->n_keys; k++)
            keys[k] = groups_key(g, k, order, groups, a);
    } else if (n) {
        groups = 1;
    }
    *first = ARENA_ARRAY(a, uint32_t, groups);
    *next = ARENA_ARRAY(a, uint32_t, n);
    memset(*first, 0xff, groups * sizeof **first);
    for (size_t i = n; i-- > 0;) {
        (*next)[i] = (*first)[group[i]];
        (*first)[group[i]] = (uint32_t)i;
    }
    if (exec_lineage(x)) {
        int64_t *origins = ARENA_ARRAY(a, int64_t, n);
        for (size_t i = 0; i < n; i++)
            origins[i] = in.origin ? in.origin[i] : exec_origin_of(node->input, rows[i]);
        exec_origins(x, node, group, NULL, origins, n);
    }
    *t = in;
    return groups;
}

static bool finish(struct exec *x, const struct plan_node *node, void *shared, void **locals,
                   size_t n, struct table **out, struct error *err)
{
    const struct series_data *d = node->data;
    struct arena *a = exec_arena(x);
    struct table *t = rows_table(x, (struct rows **)locals, n, &node->input->schema);
    struct table *made = ARENA_NEW(a, struct table);
    struct axis axis;
    uint32_t *first, *next;

    (void)shared;
    if (!make_axis(x, node, t, &axis, err))
        return false;
    *made = (struct table){.schema = node->schema,
                           .columns = ARENA_ARRAY(a, struct column *, node->schema.n)};
    made->rows = chain(x, node, t, made->columns, &first, &next);
    if ((int64_t)(axis.n * d->n_series) * (int64_t)made->rows > MOST_CELLS)
        return error_set(err, "the series of make-series would have more than %lld values",
                         (long long)MOST_CELLS);
    for (size_t i = 0; i < d->n_series; i++) {
        const struct column *values = t->columns[d->n_keys + 1 + i];
        struct str filler = default_of(x, d, i, values->type, err);
        if (err->set)
            return false;
        made->columns[d->n_keys + i] = make_arrays(x, values, t->columns[d->n_keys], &axis, first,
                                                   next, made->rows, filler);
    }
    made->columns[node->schema.n - 1] =
        ops_dense(a, axis_column(x, &axis), made->rows);
    *out = made;
    return true;
}

const struct op_run make_series_run = {
    .open_worker = open_worker, .push = push, .finish = finish};
