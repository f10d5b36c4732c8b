/* union: the rows of several inputs, one after the other; columns are matched by name and type.
 *
 * Nothing is collected: the legs' chunks flow through push as the input's do, and worker_leg() says
 * whose they are. */
#include "ops/union.h"

struct leg_map {
    size_t *from;      /* by output column: the leg's column; SIZE_MAX: it has none */
    struct str source; /* what the withsource column says */
};
struct union_data {
    struct leg_map *maps; /* by worker_leg() */
    size_t n_maps;
    bool with_source; /* output column 0 names the leg */
};

/* ---- parsing --------------------------------------------------------------------------------- */

static bool parse_options(struct parser *p, struct union_syntax *s)
{
    struct str key;
    const struct token *value;

    while (parse_option(p, &key, &value)) {
        if (str_is(key, "kind")) {
            s->inner = str_is(value->text, "inner");
            if (!s->inner && !str_is(value->text, "outer"))
                return parser_error(p, value->span, "union has the kinds inner and outer");
        } else if (str_is(key, "withsource") || str_is(key, "with_source")) {
            s->source = value->kind == TOKEN_LITERAL ? value->value.s : value->text;
        } else if (str_is(key, "isfuzzy")) {
            s->fuzzy = value->kind == TOKEN_LITERAL && value->value.type == TYPE_BOOL
                           ? value->value.b
                           : str_is(value->text, "true");
        }
    }
    return true;
}

static bool at_pattern(struct parser *p)
{
    const struct token *t = parser_peek(p), *next = parser_peek2(p);

    return (t->kind == TOKEN_PUNCT && str_is(t->text, "*")) ||
           (t->kind == TOKEN_NAME && !t->quoted && next->kind == TOKEN_PUNCT && next->touches &&
            str_is(next->text, "*"));
}

bool union_parse_legs(struct parser *p, struct union_syntax *s)
{
    VEC(struct union_leg) legs = {0};

    do {
        struct union_leg leg = {0};
        if (at_pattern(p) ? !parse_name_pattern(p, &leg.pattern) : !parse_leg(p, &leg.pipeline))
            return false;
        vec_push(parser_arena(p), &legs, leg);
    } while (parser_accept(p, ","));
    s->legs = legs.items;
    s->n = legs.n;
    return true;
}

static bool parse(struct parser *p, struct stage *stage)
{
    struct union_syntax *s = ARENA_NEW(parser_arena(p), struct union_syntax);

    stage->extra = s;
    return parse_options(p, s) && union_parse_legs(p, s);
}

/* ---- binding --------------------------------------------------------------------------------- */

static size_t find_field(const struct schema *s, struct field f)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->fields[i].type == f.type && str_eq(s->fields[i].name, f.name))
            return i;
    }
    return SIZE_MAX;
}

typedef VEC(struct field) field_list;

/* All columns by name and type, in order of first appearance; of inner only those that every input
 * has. */
static field_list all_fields(struct arena *a, struct plan_node **inputs, size_t n, bool inner)
{
    field_list out = {0};

    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < inputs[k]->schema.n; i++) {
            struct field f = inputs[k]->schema.fields[i];
            struct schema have = {out.items, out.n};
            bool wanted = find_field(&have, f) == SIZE_MAX;
            for (size_t m = 0; inner && m < n; m++)
                wanted &= find_field(&inputs[m]->schema, f) != SIZE_MAX;
            if (wanted)
                vec_push(a, &out, f);
        }
    }
    return out;
}

/* Columns of one name and several types are told apart by the type. */
static void rename_clashes(struct arena *a, struct field *fields, const struct field *plain,
                           size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            if (k != i && str_eq(plain[i].name, plain[k].name))
                fields[i].name =
                    str_fmt(a, "%.*s_%s", STR_ARG(plain[i].name), type_name(plain[i].type));
        }
    }
}

struct bound_legs {
    VEC(struct plan_node *) nodes;
    VEC(struct str) names; /* what the withsource column says */
    size_t number;         /* of the next leg, missing ones counted */
};

static struct str source_name(struct arena *a, const struct plan_node *leg, size_t number,
                              bool named)
{
    if (leg->rows_name.n)
        return leg->rows_name;
    while (named && leg->input)
        leg = leg->input;
    if (!leg->input && leg->op == &op_scan)
        return ((const struct scan_data *)leg->data)->table;
    return str_fmt(a, "union_arg%zu", number);
}

static void add_leg(struct binder *b, const struct union_syntax *s, struct plan_node *node,
                    struct bound_legs *legs)
{
    struct arena *a = binder_arena(b);

    if (node) {
        vec_push(a, &legs->nodes, node);
        vec_push(a, &legs->names, source_name(a, node, legs->number, s->named));
    }
    legs->number++;
}

static bool bind_leg(struct binder *b, const struct union_syntax *s,
                     const struct pipeline *pipeline, struct bound_legs *legs)
{
    struct str missing = STR_NONE;
    struct plan_node *node =
        s->fuzzy ? bind_pipeline_fuzzy(b, pipeline, &missing) : bind_pipeline(b, pipeline);

    if (!node && !missing.n)
        return false;
    if (!node)
        binder_note(b, "there is no '%.*s': that part of the union is left out", STR_ARG(missing));
    add_leg(b, s, node, legs);
    return true;
}

static bool bind_matching(struct binder *b, const struct union_syntax *s,
                          const struct node *pattern, struct bound_legs *legs)
{
    struct arena *a = binder_arena(b);
    struct str name;
    bool any = false;

    for (size_t i = 0; (name = binder_table_name(b, i)).n; i++) {
        if (!ops_matches(pattern->text, name))
            continue;
        struct pipeline *pipeline = ARENA_NEW(a, struct pipeline);
        struct stage *table = ARENA_NEW(a, struct stage);
        *table = (struct stage){
            .span = pattern->span, .whole = pattern->span, .name = name, .next = s->tail};
        *pipeline = (struct pipeline){table, pattern->span};
        if (!bind_leg(b, s, pipeline, legs))
            return false;
        any = true;
    }
    if (!any && !s->fuzzy)
        return binder_error(b, pattern->span, "there is no table like '%.*s'",
                            STR_ARG(pattern->text));
    if (!any)
        binder_note(b, "there is no '%.*s': that part of the union is left out",
                    STR_ARG(pattern->text));
    return true;
}

static bool bind_legs(struct binder *b, const struct union_syntax *s, struct bound_legs *legs)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct union_leg *leg = &s->legs[i];
        if (leg->pipeline ? !bind_leg(b, s, leg->pipeline, legs)
                          : !bind_matching(b, s, leg->pattern, legs))
            return false;
    }
    return true;
}

static void fill_maps(struct arena *a, struct union_data *d, const struct bound_legs *legs,
                      size_t first_map, const field_list *plain)
{
    struct plan_node **inputs = legs->nodes.items;

    for (size_t k = 0; k < legs->nodes.n; k++) {
        struct leg_map *m = &d->maps[first_map + k];
        m->source = legs->names.items[k];
        m->from = ARENA_ARRAY(a, size_t, plain->n + 1);
        size_t at = 0;
        if (d->with_source)
            m->from[at++] = SIZE_MAX;
        for (size_t i = 0; i < plain->n; i++)
            m->from[at++] = find_field(&inputs[k]->schema, plain->items[i]);
    }
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    const struct union_syntax *s = stage->extra;
    struct arena *a = binder_arena(b);
    struct union_data *d = ARENA_NEW(a, struct union_data);
    struct bound_legs legs = {0};

    if (input)
        add_leg(b, s, input, &legs);
    if (!bind_legs(b, s, &legs))
        return NULL;
    struct plan_node **all = legs.nodes.items;
    size_t n = legs.nodes.n;
    if (n == 0) {
        binder_error(b, stage->span, "none of the tables of this union exists");
        return NULL;
    }
    field_list plain = all_fields(a, all, n, s->inner);
    d->with_source = s->source.n > 0;
    field_list fields = {0};
    if (d->with_source)
        vec_push(a, &fields, ((struct field){s->source, TYPE_STRING}));
    for (size_t i = 0; i < plain.n; i++)
        vec_push(a, &fields, plain.items[i]);
    rename_clashes(a, fields.items + d->with_source, plain.items, plain.n);
    for (size_t i = d->with_source; d->with_source && i < fields.n; i++) {
        if (str_eq(fields.items[i].name, s->source)) {
            binder_error(b, stage->span, "there is a column '%.*s' already", STR_ARG(s->source));
            return NULL;
        }
    }
    struct plan_node *node = binder_node(b, stage->op, stage, input);
    node->schema = (struct schema){fields.items, fields.n};
    node->legs = all + (input != NULL);
    node->n_legs = n - (input != NULL);
    node->serialized = false;
    node->data = d;
    d->n_maps = n + 1;
    d->maps = ARENA_ARRAY(a, struct leg_map, d->n_maps);
    fill_maps(a, d, &legs, input ? 0 : 1, &plain);
    return node;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct union_data *d = node->data;

    for (size_t i = 0; i < node->schema.n; i++) {
        if (node->needed[i] && d->maps[leg].from[i] != SIZE_MAX)
            in[d->maps[leg].from[i]] = true;
    }
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct union_data *d = node->data;

    buf_addf(out, "union of %zu", node->n_legs + (node->input != NULL));
    if (d->with_source)
        buf_addf(out, " withsource=%.*s", STR_ARG(node->schema.fields[0].name));
}

/* ---- running --------------------------------------------------------------------------------- */

struct mapped {
    struct chunk_loader loader;
    struct chunk *input;
    const struct leg_map *map;
};

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct mapped *m = (struct mapped *)self;

    (void)c;
    return chunk_column(m->input, m->map->from[i]);
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    chunk_pick(((struct mapped *)self)->input, rows, n);
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct union_data *d = node->data;
    struct mapped *m = ARENA_NEW(c->arena, struct mapped);
    struct chunk *out = ARENA_NEW(c->arena, struct chunk);

    (void)local;
    *m = (struct mapped){{.load = load, .pick = pick}, c, &d->maps[worker_leg(w, node)]};
    *out = *c;
    out->n_columns = node->schema.n;
    out->columns = ARENA_ARRAY(c->arena, struct column *, node->schema.n);
    out->loader = &m->loader;
    for (size_t i = 0; i < node->schema.n; i++) {
        size_t from = m->map->from[i];
        if (from != SIZE_MAX) {
            out->columns[i] = c->columns[from];
            continue;
        }
        struct value v = {.type = node->schema.fields[i].type, .null = true};
        if (i == 0 && d->with_source)
            v = (struct value){.type = TYPE_STRING, .s = m->map->source};
        out->columns[i] = column_constant(c->arena, v);
    }
    memset(c->columns, 0, c->n_columns * sizeof(struct column *));
    c->origin = NULL;
    return worker_emit(w, node, out);
}

static const struct op_run run = {.push = push, .legs_flow = true};

const struct op op_union = {
    .name = "union",
    .syntax = "union [kind=inner|outer] [withsource=Column] [isfuzzy=true] Table [, …]",
    .help = "The rows of several tables, one after the other.",
    .example = "union (print a = 1), (print a = 2, b = 3)",
    .flags = OP_SOURCE | OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &run,
};
