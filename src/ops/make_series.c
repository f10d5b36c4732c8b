/* make-series: aggregates over steps of an axis, as one array for each key.
 *
 * It is parsed into two stages. The first is a summarize by the keys and the step in which a row
 * lies (null outside the range); the second, here, gathers what that gives into arrays, and puts
 * the default where a step had no rows. */
#include "ops/make_series.h"

struct series_syntax {
    struct node **defaults; /* by aggregate; NULL: zero */
    size_t n;
    struct node *axis, *from, *to, *step;
    size_t n_keys;
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

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct op op_series = {.name = "make-series",
                                    .flags = OP_HIDDEN,
                                    .bind = bind,
                                    .print = print,
                                    .run = &make_series_run};

const struct op op_make_series = {
    .name = "make-series",
    .syntax = "make-series [Column =] Aggregate [default = Value] [, …] on Axis [from Start] "
              "[to End] step Step | in range(Start, End, Step) [by Column [, …]]",
    .help = "Aggregates over equal steps of an axis, as one array for each key; steps without "
            "rows have the default, 0.",
    .example = "range t from 1 to 5 step 2 | make-series n = count() on t from 1 to 6 step 1",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .run = &make_series_run,
};
