/* make-series: aggregates over steps of an axis, as one array for each key.
 *
 * It is parsed into two stages. The first is a summarize by the keys and the step in which a row
 * lies (null outside the range); the second, here, gathers what that gives into arrays, and puts
 * the default where a step had no rows. */
#include "ops/ops_internal.h"

#ifdef HARRIER_TINY
#define MOST_POINTS 1000
#else
#define MOST_POINTS 1048576
#endif
#define MOST_CELLS INT64_C(16777216) /* over all arrays */

struct series_syntax {
    struct node **defaults; /* by aggregate; NULL: zero */
    size_t n;
    struct node *axis, *from, *to, *step;
    size_t n_keys;
    bool nonempty;
    bool in_range;
};
struct series_data {
    struct expr **defaults; /* by series; NULL: zero */
    struct expr *from, *to, *step;
    size_t n_keys, n_series;
    enum type *key_types;
    bool nonempty;
    bool in_range;
};

/* ---- parsing --------------------------------------------------------------------------------- */

static struct node *call(struct arena *a, const char *name, struct node **args, size_t n)
{
    struct node *out = ARENA_NEW(a, struct node), **last = &out->first;

    *out = (struct node){
        .kind = NODE_CALL, .span = args[0]->span, .text = str_of(name), .depth = 1};
    for (size_t i = 0; i < n; i++) {
        *last = ARENA_NEW(a, struct node); /* a node hangs in one list only */
        **last = *args[i];
        (*last)->next = NULL;
        last = &(*last)->next;
        out->depth = args[i]->depth >= out->depth ? args[i]->depth + 1 : out->depth;
    }
    return out;
}

/* The step in which the axis lies; null outside the range. */
static struct node *step_of_row(struct arena *a, const struct series_syntax *s)
{
    struct node *in = NULL, *null = ARENA_NEW(a, struct node);
    bool bin_at = s->from && !s->in_range;
    struct node *step = call(a, bin_at ? "bin_at" : "bin",
                             (struct node *[]){s->axis, s->step, s->from}, bin_at ? 3 : 2);

    if (s->from)
        in = call(a, ">=", (struct node *[]){s->axis, s->from}, 2);
    if (s->to) {
        const char *order = s->in_range ? "<=" : "<";
        struct node *below = call(a, order, (struct node *[]){s->axis, s->to}, 2);
        in = in ? call(a, "and", (struct node *[]){in, below}, 2) : below;
    }
    if (!in)
        return step;
    *null = (struct node){
        .kind = NODE_LITERAL, .span = s->axis->span, .value = {.null = true}, .depth = 1};
    return call(a, "iff", (struct node *[]){in, step, null}, 3);
}

static bool parse_aggregates(struct parser *p, struct stage *stage, struct series_syntax *s)
{
    struct node **last = &stage->args;
    VEC(struct node *) defaults = {0};

    do {
        struct node *value = NULL;
        if (!parse_named_expr(p, last))
            return false;
        last = &(*last)->next;
        if (parser_accept_word(p, "default") &&
            !(parser_expect(p, "=", "after default") && parse_expr(p, &value)))
            return false;
        vec_push(parser_arena(p), &defaults, value);
    } while (parser_accept(p, ","));
    s->defaults = defaults.items;
    s->n = defaults.n;
    return true;
}

/* in range(Start, Stop, Step): the older spelling; it includes Stop and counts steps from zero. */
static bool parse_axis_range(struct parser *p, struct series_syntax *s)
{
    if (!parser_expect_word(p, "range") || !parser_expect(p, "(", "after range") ||
        !parse_expr(p, &s->from) || !parser_expect(p, ",", "before the end of the range") ||
        !parse_expr(p, &s->to) || !parser_expect(p, ",", "before the step") ||
        !parse_expr(p, &s->step))
        return false;
    s->in_range = true;
    return parser_expect(p, ")", "to close 'range('");
}

static bool parse_axis(struct parser *p, struct series_syntax *s)
{
    struct str name;
    struct span span;

    if (!parser_expect_word(p, "on") || !parse_name(p, &name, &span, "the axis, a column's name"))
        return false;
    s->axis = ARENA_NEW(parser_arena(p), struct node);
    *s->axis = (struct node){.kind = NODE_NAME, .span = span, .text = name, .depth = 1};
    if (parser_accept_word(p, "in"))
        return parse_axis_range(p, s);
    if ((parser_accept_word(p, "from") && !parse_expr(p, &s->from)) ||
        (parser_accept_word(p, "to") && !parse_expr(p, &s->to)))
        return false;
    return parser_expect_word(p, "step") && parse_expr(p, &s->step);
}

static const struct op op_series;

static bool parse(struct parser *p, struct stage *stage)
{
    struct arena *a = parser_arena(p);
    struct series_syntax *s = ARENA_NEW(a, struct series_syntax);
    struct node **last = &stage->by, *step;
    struct str key;
    const struct token *value;

    while (parse_option(p, &key, &value))
        s->nonempty |= str_is(key, "kind") && str_is(value->text, "nonempty");
    if (!parse_aggregates(p, stage, s) || !parse_axis(p, s) ||
        (parser_accept_word(p, "by") && !parse_named_list(p, &stage->by)))
        return false;
    for (; *last; last = &(*last)->next)
        s->n_keys += (*last)->kind == NODE_NAMED && (*last)->n_names > 1 ? (*last)->n_names : 1;
    step = step_of_row(a, s);
    *last = ARENA_NEW(a, struct node);
    **last = (struct node){.kind = NODE_NAMED,
                           .span = s->axis->span,
                           .text = s->axis->text,
                           .names = &s->axis->text,
                           .n_names = 1,
                           .first = step,
                           .depth = step->depth + 1};
    stage->op = &op_summarize;
    stage->next = ARENA_NEW(a, struct stage);
    *stage->next = (struct stage){
        .op = &op_series, .span = stage->span, .whole = stage->span, .extra = s};
    stage->next->span.end = s->step->span.end;
    return true;
}

/* ---- binding --------------------------------------------------------------------------------- */

static struct expr *bind_end(struct binder *b, const struct node *n, enum type axis)
{
    struct expr *e = bind_constant(b, n, TYPE_NONE);

    return e && e->type != axis ? bind_cast(b, e, axis) : e;
}

static bool bind_range(struct binder *b, const struct series_syntax *s, struct series_data *d,
                       enum type axis)
{
    enum type step = axis == TYPE_DATETIME ? TYPE_TIMESPAN : axis;

    if (type_shape(axis) != SHAPE_INT)
        return binder_error(b, s->axis->span,
                            "the axis of make-series is a datetime, timespan or whole number");
    if ((s->from && !(d->from = bind_end(b, s->from, axis))) ||
        (s->to && !(d->to = bind_end(b, s->to, axis))))
        return false;
    return (d->step = bind_end(b, s->step, step)) != NULL;
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    const struct series_syntax *s = stage->extra;
    struct arena *a = binder_arena(b);
    struct series_data *d = ARENA_NEW(a, struct series_data);
    const struct schema *in = &input->schema;
    struct plan_node *node = binder_node(b, stage->op, stage, input);
    struct namer *names = namer_new(b);
    VEC(struct field) fields = {0};

    *d = (struct series_data){
        .n_keys = s->n_keys, .nonempty = s->nonempty, .in_range = s->in_range};
    d->n_series = in->n - s->n_keys - 1;
    if (d->n_series != s->n) {
        binder_error(b, stage->span, "each aggregate of make-series gives one series");
        return NULL;
    }
    if (!bind_range(b, s, d, in->fields[s->n_keys].type))
        return NULL;
    d->key_types = ARENA_ARRAY(a, enum type, d->n_keys + 1);
    d->defaults = ARENA_ARRAY(a, struct expr *, d->n_series + 1);
    for (size_t i = 0; i < d->n_keys; i++) {
        d->key_types[i] = in->fields[i].type;
        vec_push(a, &fields, in->fields[i]);
        namer_make(names, in->fields[i].name);
    }
    for (size_t i = 0; i < d->n_series; i++) {
        struct field f = in->fields[d->n_keys + 1 + i];
        if (s->defaults[i]) {
            struct expr *e = d->defaults[i] = bind_constant(b, s->defaults[i], TYPE_NONE);
            if (e && func_converts(e->type, f.type))
                d->defaults[i] = bind_cast(b, e, f.type);
            if (!d->defaults[i])
                return NULL;
        }
        vec_push(a, &fields, ((struct field){namer_make(names, f.name), TYPE_DYNAMIC}));
    }
    vec_push(a, &fields,
             ((struct field){namer_make(names, in->fields[d->n_keys].name), TYPE_DYNAMIC}));
    node->schema = (struct schema){fields.items, fields.n};
    node->breaks = true;
    node->serialized = false;
    node->data = d;
    return node;
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct series_data *d = node->data;

    buf_addf(out, "%zu series over %.*s", d->n_series,
             STR_ARG(node->schema.fields[node->schema.n - 1].name));
    if (d->n_keys)
        buf_addf(out, ", one a key");
}

/* ---- running --------------------------------------------------------------------------------- */

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

static const struct op_run run = {.open_worker = open_worker, .push = push, .finish = finish};

static const struct op op_series = {.name = "make-series",
                                 .flags = OP_HIDDEN,
                                 .bind = bind,
                                 .print = print,
                                 .run = &run};

const struct op op_make_series = {
    .name = "make-series",
    .syntax = "make-series [Column =] Aggregate [default = Value] [, …] on Axis [from Start] "
              "[to End] step Step | in range(Start, End, Step) [by Column [, …]]",
    .help = "Aggregates over equal steps of an axis, as one array for each key; steps without "
            "rows have the default, 0.",
    .example = "range t from 1 to 5 step 2 | make-series n = count() on t from 1 to 6 step 1",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .run = &run,
};
