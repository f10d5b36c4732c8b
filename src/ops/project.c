/* extend, project, serialize, and what the project- operators share: output rows are the input
 * rows, one by one; each output column is an input column handed on or an expression over them. */
#include "ops/project.h"

void draft_init(struct draft *d, struct binder *b, const struct stage *stage,
                struct plan_node *input)
{
    *d = (struct draft){.b = b, .input = &input->schema};
    d->node = ops_node(b, stage->op, stage, input);
    map_init(&d->places, binder_arena(b));
}

size_t draft_find(const struct draft *d, struct str name)
{
    uint64_t place;

    return map_get(&d->places, name, &place) ? (size_t)place : SIZE_MAX;
}

void draft_pass(struct draft *d, size_t column, struct str name)
{
    struct arena *a = binder_arena(d->b);

    map_put(&d->places, name, d->fields.n);
    vec_push(a, &d->fields, ((struct field){name, d->input->fields[column].type}));
    vec_push(a, &d->from, column);
    vec_push(a, &d->exprs, NULL);
}

/* A column made by e: at the end, or in the place of the one of that name. */
bool draft_put(struct draft *d, struct str name, struct expr *e, bool replace)
{
    struct arena *a = binder_arena(d->b);
    size_t at = replace ? draft_find(d, name) : SIZE_MAX;

    if (!ops_window(d->b, d->node, e))
        return false;
    if (at == SIZE_MAX) {
        at = d->fields.n;
        vec_push(a, &d->fields, ((struct field){0}));
        vec_push(a, &d->from, 0);
        vec_push(a, &d->exprs, NULL);
    }
    bool bare = e->kind == EXPR_COLUMN;
    map_put(&d->places, name, at);
    d->fields.items[at] = (struct field){name, e->type == TYPE_NONE ? TYPE_DYNAMIC : e->type};
    d->from.items[at] = bare ? e->index : SIZE_MAX;
    d->exprs.items[at] = bare ? NULL : e;
    return true;
}

struct plan_node *draft_end(struct draft *d)
{
    struct mapping *m = ARENA_NEW(binder_arena(d->b), struct mapping);

    *m = (struct mapping){d->from.items, d->exprs.items, d->fields.n};
    d->node->data = m;
    d->node->schema = (struct schema){d->fields.items, d->fields.n};
    d->node->passes = d->from.items;
    return d->node;
}

void project_needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct mapping *m = node->data;

    (void)leg;
    for (size_t i = 0; i < m->n; i++) {
        if (!node->needed[i])
            continue;
        if (m->exprs[i])
            ops_mark(m->exprs[i], in);
        else
            in[m->from[i]] = true;
    }
}

void project_print(const struct plan_node *node, struct buf *out)
{
    const struct mapping *m = node->data;
    const struct schema *input = &node->input->schema;

    buf_add_z(out, node->op->name);
    const char *sep = " ";
    for (size_t i = 0; i < m->n; i++) {
        struct str name = node->schema.fields[i].name;
        bool same = !m->exprs[i] && str_eq(name, input->fields[m->from[i]].name);
        if (same && !strcmp(node->op->name, "extend"))
            continue;
        buf_addf(out, "%s%.*s", sep, STR_ARG(name));
        sep = ", ";
        if (same)
            continue;
        buf_add_z(out, " = ");
        if (m->exprs[i])
            expr_print(m->exprs[i], input, out);
        else
            buf_add(out, input->fields[m->from[i]].name);
    }
}

/* ---- running --------------------------------------------------------------------------------- */

/* Columns handed on are loaded from the input chunk when somebody reads them. */
struct through {
    struct chunk_loader loader;
    struct chunk *input;
    const struct mapping *mapping;
};

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct through *t = (struct through *)self;

    (void)c;
    if (t->mapping->from[i] == SIZE_MAX)
        BUG("column %zu was not computed because nobody needs it", i);
    return chunk_column(t->input, t->mapping->from[i]);
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    chunk_pick(((struct through *)self)->input, rows, n);
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct mapping *m = node->data;
    struct through *t = ARENA_NEW(c->arena, struct through);
    struct chunk *out = ARENA_NEW(c->arena, struct chunk);

    (void)local;
    *t = (struct through){{.load = load, .pick = pick}, c, m};
    *out = *c;
    out->n_columns = m->n;
    out->columns = ARENA_ARRAY(c->arena, struct column *, m->n);
    out->loader = &t->loader;
    for (size_t i = 0; i < m->n; i++) {
        if (!node->needed[i])
            continue;
        if (!m->exprs[i])
            out->columns[i] = c->columns[m->from[i]]; /* NULL: not loaded yet */
        else if (!(out->columns[i] = worker_eval(w, m->exprs[i], c)))
            return false;
    }
    /* out has them now: what is picked there must not be picked here too */
    memset(c->columns, 0, c->n_columns * sizeof(struct column *));
    c->origin = NULL;
    return worker_emit(w, node, out);
}

static const struct expr *expr(const struct plan_node *node, size_t i)
{
    return ((const struct mapping *)node->data)->exprs[i];
}

const struct op_run project_run = {.push = push, .expr = expr};

/* ---- extend, serialize ----------------------------------------------------------------------- */

/* All expressions see the input row, so that what one replaces is still there for the next. */
static struct plan_node *bind_extend(struct binder *b, const struct stage *stage,
                                     struct plan_node *input)
{
    struct draft d;
    struct items items;
    struct namer *names = namer_new(b);

    draft_init(&d, b, stage, input);
    if (!ops_bind_items(b, stage->args, d.input, &items))
        return NULL;
    for (size_t i = 0; i < d.input->n; i++)
        draft_pass(&d, i, d.input->fields[i].name);
    for (size_t i = 0; i < items.n; i++) {
        if (items.items[i].named && !namer_take(names, items.items[i].name, items.items[i].span))
            return NULL;
    }
    for (size_t i = 0; i < items.n; i++) {
        struct item *it = &items.items[i];
        bool own = it->name.n > 0;
        struct str name = it->named ? it->name : namer_make(names, it->name);
        while (!own && draft_find(&d, name) != SIZE_MAX)
            name = namer_make(names, STR_NONE);
        if (!draft_put(&d, name, it->expr, true))
            return NULL;
    }
    return draft_end(&d);
}

static struct plan_node *bind_serialize(struct binder *b, const struct stage *stage,
                                        struct plan_node *input)
{
    /* what it makes may already use window functions: the order is fixed from here on */
    bool before = input->serialized;
    input->serialized = true;
    struct plan_node *node = bind_extend(b, stage, input);
    input->serialized = before;
    if (node)
        node->serialized = true;
    return node;
}

static bool parse_serialize(struct parser *p, struct stage *stage)
{
    return parser_at_stage_end(p) || parse_named_list(p, &stage->args);
}

/* ---- project --------------------------------------------------------------------------------- */

static struct plan_node *bind_project(struct binder *b, const struct stage *stage,
                                      struct plan_node *input)
{
    struct draft d;
    struct items items;
    struct namer *names = namer_new(b);

    draft_init(&d, b, stage, input);
    if (!ops_bind_items(b, stage->args, d.input, &items))
        return NULL;
    for (size_t i = 0; i < items.n; i++) {
        if (items.items[i].named && !namer_take(names, items.items[i].name, items.items[i].span))
            return NULL;
    }
    for (size_t i = 0; i < items.n; i++) {
        struct item *it = &items.items[i];
        if (!draft_put(&d, it->named ? it->name : namer_make(names, it->name), it->expr, false))
            return NULL;
    }
    return draft_end(&d);
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct op op_extend = {
    .name = "extend",
    .syntax = "extend [Column =] Expression [, …]",
    .help = "Adds columns, or replaces those of the same name in their place.",
    .example = "print x = 2 | extend y = x * x",
    .flags = OP_STAGE,
    .parse = ops_parse_named_list,
    .bind = bind_extend,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
const struct op op_serialize = {
    .name = "serialize",
    .syntax = "serialize [Column = Expression [, …]]",
    .help = "Fixes the order of the rows, so that window functions may be used.",
    .example = "datatable(x:long)[3, 1] | serialize n = row_number()",
    .flags = OP_STAGE,
    .parse = parse_serialize,
    .bind = bind_serialize,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
const struct op op_project = {
    .name = "project",
    .syntax = "project [Column =] Expression [, …]",
    .help = "Gives exactly the listed columns, in that order.",
    .example = "print a = 1, b = 2 | project b, c = a + b",
    .flags = OP_STAGE,
    .parse = ops_parse_named_list,
    .bind = bind_project,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
