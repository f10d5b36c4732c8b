/* mv-expand, mvexpand: a row for each element of an array or bag. */
#include "ops/expand.h"

/* ---- parsing --------------------------------------------------------------------------------- */

bool expand_parse(struct parser *p, struct stage *stage, bool legacy)
{
    struct arena *a = parser_arena(p);
    struct expand_syntax *s = ARENA_NEW(a, struct expand_syntax);
    VEC(enum type) types = {0};
    struct node **last = &stage->args;
    struct str key;
    const struct token *value;

    s->default_limit = legacy ? 128 : INT64_C(2147483647);
    while (parse_option(p, &key, &value)) {
        if (str_is(key, "kind") || str_is(key, "bagexpansion"))
            s->bag_as_array = str_is(value->text, "array");
        else if (str_is(key, "with_itemindex"))
            s->index = value->text;
    }
    do {
        enum type type = TYPE_NONE;
        if (!parse_named_expr(p, last))
            return false;
        last = &(*last)->next;
        if (parser_accept_word(p, "to") &&
            (!parser_expect_word(p, "typeof") || !parser_expect(p, "(", "after typeof") ||
             !parse_type(p, &type) || !parser_expect(p, ")", "to close 'typeof('")))
            return false;
        vec_push(a, &types, type);
    } while (parser_accept(p, ","));
    s->types = types.items;
    stage->extra = s;
    return !parser_accept_word(p, "limit") || parse_expr(p, &stage->by);
}

static bool parse_expand(struct parser *p, struct stage *stage)
{
    return expand_parse(p, stage, false);
}

static bool parse_legacy(struct parser *p, struct stage *stage)
{
    return expand_parse(p, stage, true);
}

/* ---- binding --------------------------------------------------------------------------------- */

static struct expr *as_dynamic(struct binder *b, struct expr *e)
{
    return e->type == TYPE_DYNAMIC ? e : bind_cast(b, e, TYPE_DYNAMIC);
}

static size_t find(const struct field *fields, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(fields[i].name, name))
            return i;
    }
    return SIZE_MAX;
}

struct plan_node *expand_bind(struct binder *b, const struct op *op, const struct stage *stage,
                              struct plan_node *input)
{
    const struct expand_syntax *s = stage->extra;
    struct arena *a = binder_arena(b);
    struct expand_data *d = ARENA_NEW(a, struct expand_data);
    struct namer *names = namer_new(b);
    struct items items;
    VEC(struct field) fields = {0};
    VEC(size_t) from = {0};

    if (!ops_bind_items(b, stage->args, &input->schema, &items))
        return NULL;
    *d = (struct expand_data){.items = items.items,
                              .n_items = items.n,
                              .column = ARENA_ARRAY(a, size_t, items.n),
                              .types = ARENA_ARRAY(a, enum type, items.n),
                              .index_column = SIZE_MAX,
                              .default_limit = s->default_limit,
                              .bag_as_array = s->bag_as_array};
    for (size_t i = 0; i < input->schema.n; i++) {
        vec_push(a, &fields, input->schema.fields[i]);
        vec_push(a, &from, i);
        namer_make(names, input->schema.fields[i].name);
    }
    for (size_t i = 0; i < items.n; i++) {
        struct item *it = &items.items[i];
        if (expr_uses_window(it->expr)) {
            binder_error(b, it->span,
                         "window functions cannot be expanded; make a column of it first");
            return NULL;
        }
        bool bare = it->expr->kind == EXPR_COLUMN && !it->named;
        if (!(it->expr = as_dynamic(b, it->expr)))
            return NULL;
        struct str name = it->named || bare ? it->name : namer_make(names, it->name);
        d->types[i] = s->types[i] == TYPE_NONE ? TYPE_DYNAMIC : s->types[i];
        size_t at = find(fields.items, fields.n, name);
        if (at == SIZE_MAX) {
            at = fields.n;
            vec_push(a, &fields, ((struct field){0}));
            vec_push(a, &from, SIZE_MAX);
        }
        fields.items[at] = (struct field){name, d->types[i]};
        from.items[at] = SIZE_MAX;
        d->column[i] = at;
    }
    if (s->index.n) {
        if (find(fields.items, fields.n, s->index) != SIZE_MAX) {
            binder_error(b, stage->span, "there is a column '%.*s' already", STR_ARG(s->index));
            return NULL;
        }
        d->index_column = fields.n;
        vec_push(a, &fields, ((struct field){s->index, TYPE_LONG}));
        vec_push(a, &from, SIZE_MAX);
    }
    if (stage->by && !(d->limit = bind_constant(b, stage->by, TYPE_LONG)))
        return NULL;
    d->from = from.items;
    struct plan_node *node = ops_node(b, op, stage, input);
    node->schema = (struct schema){fields.items, fields.n};
    node->data = d;
    return node;
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    return expand_bind(b, stage->op, stage, input);
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct expand_data *d = node->data;

    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++) {
        if (node->needed[i] && d->from[i] != SIZE_MAX)
            in[d->from[i]] = true;
    }
    for (size_t i = 0; i < d->n_items; i++) /* how long each is decides how many rows there are */
        ops_mark(d->items[i].expr, in);
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct expand_data *d = node->data;

    buf_add_z(out, node->op->name);
    for (size_t i = 0; i < d->n_items; i++) {
        buf_addf(out, "%s%.*s = ", i ? ", " : " ", STR_ARG(node->schema.fields[d->column[i]].name));
        expr_print(d->items[i].expr, &node->input->schema, out);
        if (d->types[i] != TYPE_DYNAMIC)
            buf_addf(out, " to typeof(%s)", type_name(d->types[i]));
    }
}

/* ---- running --------------------------------------------------------------------------------- */

struct expand_local {
    struct arena *batch; /* dies with each chunk given out */
    int64_t limit;
    struct chunk *out; /* the chunk that is being filled; NULL: none */
    uint32_t *rows;    /* input rows of what is in it */
    size_t n;
};

static void free_batch(void *local)
{
    arena_free(((struct expand_local *)local)->batch);
}

int64_t expand_limit(struct exec *x, const struct expand_data *d, struct error *err)
{
    if (!d->limit)
        return d->default_limit;
    struct value v = exec_constant(x, d->limit, err);
    return v.null || v.i < 0 ? 0 : v.i;
}

static bool open(struct exec *x, const struct plan_node *node, void **shared, struct error *err)
{
    int64_t *limit = ARENA_NEW(exec_arena(x), int64_t);

    *limit = expand_limit(x, node->data, err);
    *shared = limit;
    return !err->set;
}

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    struct expand_local *l = ARENA_NEW(worker_arena(w), struct expand_local);

    (void)node, (void)err;
    l->batch = arena_new();
    l->limit = *(const int64_t *)shared;
    arena_at_end(worker_arena(w), free_batch, l);
    *local = l;
    return true;
}

static size_t elements(const struct column *c, size_t row)
{
    if (column_null(c, row))
        return 1;
    struct str s = c->strs[column_at(c, row)];
    enum dyn_kind kind = dyn_kind(s);
    return kind == DYN_ARRAY || kind == DYN_BAG ? dyn_count(s) : 1;
}

static struct str element(struct arena *a, const struct column *c, size_t row, size_t i,
                          bool bag_as_array)
{
    if (column_null(c, row))
        return STR_NONE;
    struct str s = c->strs[column_at(c, row)];
    enum dyn_kind kind = dyn_kind(s);
    if (kind == DYN_ARRAY)
        return i < dyn_count(s) ? dyn_item(s, i) : STR_NONE;
    if (kind != DYN_BAG)
        return i == 0 ? s : STR_NONE;
    if (i >= dyn_count(s))
        return STR_NONE;
    struct str key = dyn_key(s, i), value = dyn_item(s, i);
    if (!bag_as_array)
        return dyn_from_bag(a, &key, &value, 1);
    struct str pair[] = {dyn_from_string(a, key), value};
    return dyn_from_array(a, pair, 2);
}

/* A cast without parsing: what is not of the type is null. */
static struct value conform(struct str s, enum type want)
{
    struct value null = {.type = want, .null = true};

    if (dyn_kind(s) == DYN_NULL)
        return null;
    if (want == TYPE_DYNAMIC)
        return (struct value){.type = want, .s = s};
    struct value v = dyn_scalar(s);
    bool whole = v.type == TYPE_REAL && v.r >= -9e15 && v.r <= 9e15 && v.r == (double)(int64_t)v.r;
    if (want == TYPE_REAL || want == TYPE_DECIMAL) {
        if (v.type == TYPE_LONG)
            v.r = (double)v.i;
        else if (v.type != TYPE_REAL)
            return null;
    } else if (want == TYPE_LONG || want == TYPE_INT) {
        if (whole)
            v.i = (int64_t)v.r;
        else if (v.type != TYPE_LONG)
            return null;
        if (want == TYPE_INT && (v.i < INT32_MIN || v.i > INT32_MAX))
            return null;
    } else if (v.type != want) {
        return null;
    }
    v.type = want;
    return v;
}

static void begin_batch(const struct plan_node *node, struct expand_local *l, struct chunk *c)
{
    const struct expand_data *d = node->data;

    l->rows = arena_alloc(l->batch, CHUNK_ROWS * sizeof *l->rows);
    l->out = ops_spread(l->batch, c, l->rows, node->schema.n, d->from);
    for (size_t i = 0; i < node->schema.n; i++) {
        if (d->from[i] == SIZE_MAX)
            l->out->columns[i] = column_new(l->batch, node->schema.fields[i].type, CHUNK_ROWS);
    }
    l->n = 0;
}

static bool end_batch(struct worker *w, const struct plan_node *node, struct expand_local *l)
{
    const struct expand_data *d = node->data;
    bool more = true;

    if (!l->out)
        return true;
    for (size_t i = 0; i < node->schema.n; i++) {
        if (d->from[i] == SIZE_MAX)
            l->out->columns[i]->n = l->n;
    }
    ops_spread_end(l->out, l->n);
    if (l->n)
        more = worker_emit(w, node, l->out);
    l->out = NULL;
    arena_reset(l->batch);
    return more;
}

struct column **expand_values(struct worker *w, const struct expand_data *d, struct chunk *c)
{
    struct column **values = ARENA_ARRAY(c->arena, struct column *, d->n_items);

    for (size_t k = 0; k < d->n_items; k++) {
        if (!(values[k] = worker_eval(w, d->items[k].expr, c)))
            return NULL;
    }
    return values;
}

size_t expand_count(const struct expand_data *d, struct column **values, size_t row, int64_t limit)
{
    size_t n = 0;

    for (size_t k = 0; k < d->n_items; k++) {
        size_t len = elements(values[k], row);
        n = len > n ? len : n;
    }
    return n > (size_t)limit ? (size_t)limit : n;
}

void expand_put(const struct expand_data *d, struct column **values, size_t row, size_t i,
                struct column **out, size_t at)
{
    for (size_t k = 0; k < d->n_items; k++) {
        struct column *to = out[d->column[k]];
        struct str s = element(to->arena, values[k], row, i, d->bag_as_array);
        column_set(to, at, conform(s, d->types[k]));
    }
    if (d->index_column != SIZE_MAX)
        column_set(out[d->index_column], at, (struct value){.type = TYPE_LONG, .i = (int64_t)i});
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct expand_data *d = node->data;
    struct expand_local *l = local;
    struct column **values = expand_values(w, d, c);

    if (!values)
        return false;
    for (size_t row = 0; row < c->rows; row++) {
        size_t n = expand_count(d, values, row, l->limit);
        for (size_t i = 0; i < n; i++) {
            if (!l->out)
                begin_batch(node, l, c);
            l->rows[l->n] = (uint32_t)row;
            expand_put(d, values, row, i, l->out->columns, l->n++);
            if (l->n == CHUNK_ROWS && !end_batch(w, node, l))
                return false;
        }
    }
    return end_batch(w, node, l);
}

static const struct op_run run = {.open = open, .open_worker = open_worker, .push = push};

const struct op op_mv_expand = {
    .name = "mv-expand",
    .syntax = "mv-expand [kind=bag|array] [with_itemindex=Column] [Column =] Array [to "
              "typeof(Type)] [, …] [limit N]",
    .help = "A row for each element of an array or property bag.",
    .example = "print x = dynamic([1, 2]) | mv-expand x",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse_expand,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
const struct op op_mvexpand = {
    .name = "mvexpand",
    .syntax = "mvexpand [kind=bag|array] [Column =] Array [to typeof(Type)] [, …] [limit N]",
    .help = "Older spelling of mv-expand, with at most 128 rows a row.",
    .example = "print x = dynamic([1, 2]) | mvexpand x",
    .flags = OP_STAGE | OP_COUNTED | OP_LEGACY,
    .parse = parse_legacy,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
