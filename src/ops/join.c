/* join and lookup: parsing and binding. The right side is a leg of the plan; how it is run is in
 * join_run.c. */
#include "ops/join.h"

static const struct {
    const char *name;
    enum join_kind kind;
} kinds[] = {
    {"innerunique", JOIN_INNERUNIQUE}, {"inner", JOIN_INNER},
    {"leftouter", JOIN_LEFTOUTER},     {"rightouter", JOIN_RIGHTOUTER},
    {"fullouter", JOIN_FULLOUTER},     {"leftsemi", JOIN_LEFTSEMI},
    {"leftanti", JOIN_LEFTANTI},       {"leftantisemi", JOIN_LEFTANTI},
    {"anti", JOIN_LEFTANTI},           {"rightsemi", JOIN_RIGHTSEMI},
    {"rightanti", JOIN_RIGHTANTI},     {"rightantisemi", JOIN_RIGHTANTI},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

struct join_syntax {
    enum join_kind kind;
    struct pipeline *right;
};

/* ---- parsing --------------------------------------------------------------------------------- */

static bool parse_kind(struct parser *p, const struct token *value, enum join_kind *kind)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (str_is(value->text, kinds[i].name)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return parser_error(p, value->span, "there is no join kind '%.*s'", STR_ARG(value->text));
}

static bool parse_with(struct parser *p, struct stage *stage, enum join_kind kind)
{
    struct join_syntax *s = ARENA_NEW(parser_arena(p), struct join_syntax);
    struct str key;
    const struct token *value;

    s->kind = kind;
    while (parse_option(p, &key, &value)) {
        if (str_is(key, "kind") && !parse_kind(p, value, &s->kind))
            return false;
    }
    stage->extra = s;
    if (!parse_leg(p, &s->right))
        return false;
    while (parse_option(p, &key, &value))
        ;
    return parser_expect_word(p, "on") && parse_named_list(p, &stage->args);
}

static bool parse_join(struct parser *p, struct stage *stage)
{
    return parse_with(p, stage, JOIN_INNERUNIQUE);
}

static bool parse_lookup(struct parser *p, struct stage *stage)
{
    if (!parse_with(p, stage, JOIN_LEFTOUTER))
        return false;
    enum join_kind kind = ((struct join_syntax *)stage->extra)->kind;
    return kind == JOIN_LEFTOUTER || kind == JOIN_INNER ||
           parser_error(p, stage->span, "lookup has the kinds leftouter and inner");
}

/* ---- conditions ------------------------------------------------------------------------------ */

struct conditions {
    struct binder *b;
    const struct schema *left, *right;
    VEC(struct expr *) left_keys, right_keys;
};

/* $left.x: which side, and the name. */
static const struct node *sided(const struct node *n, bool *left)
{
    if (n->kind != NODE_MEMBER || n->first->kind != NODE_NAME)
        return NULL;
    *left = str_is(n->first->text, "$left");
    return *left || str_is(n->first->text, "$right") ? n : NULL;
}

static size_t side_column(struct binder *b, const struct node *n, const struct schema *s)
{
    struct node name = *n;

    name.kind = NODE_NAME;
    name.first = NULL;
    return ops_column(b, &name, s);
}

/* Keys of one type: int and long are brought together, others must be equal. */
static bool add_pair(struct conditions *c, size_t left, size_t right, struct span span)
{
    struct arena *a = binder_arena(c->b);
    struct expr *l = expr_column(c->b, c->left, left, span),
                *r = expr_column(c->b, c->right, right, span);

    if (!l || !r)
        return false;
    if (l->type == TYPE_DYNAMIC || r->type == TYPE_DYNAMIC)
        return binder_error(
            c->b, span, "a dynamic column cannot be joined on; cast it first, as with tostring()");
    if (l->type != r->type) {
        enum type wide = func_converts(l->type, r->type) ? r->type : l->type;
        if (wide == l->type && !func_converts(r->type, l->type))
            return binder_error(
                c->b, span,
                "%.*s is a %s on the left and %s on the right: join keys must be of one "
                "type",
                STR_ARG(c->left->fields[left].name), type_name(l->type), type_name(r->type));
        if (!(l = bind_cast(c->b, l, wide)) || !(r = bind_cast(c->b, r, wide)))
            return false;
    }
    vec_push(a, &c->left_keys, l);
    vec_push(a, &c->right_keys, r);
    return true;
}

static bool add_condition(struct conditions *c, const struct node *n)
{
    if (n->kind == NODE_CALL && str_is(n->text, "and"))
        return add_condition(c, n->first) && add_condition(c, n->first->next);
    if (n->kind == NODE_NAME) {
        size_t left = ops_column(c->b, n, c->left);
        size_t right = left == SIZE_MAX ? left : ops_column(c->b, n, c->right);
        return right != SIZE_MAX && add_pair(c, left, right, n->span);
    }
    bool first_left = false, second_left = false;
    const struct node *x =
        n->kind == NODE_CALL && str_is(n->text, "==") ? sided(n->first, &first_left) : NULL;
    const struct node *y = x ? sided(n->first->next, &second_left) : NULL;
    if (!y || first_left == second_left)
        return binder_error(c->b, n->span,
                            "a join condition is a column's name or $left.a == $right.b");
    size_t left = side_column(c->b, first_left ? x : y, c->left);
    size_t right = left == SIZE_MAX ? left : side_column(c->b, first_left ? y : x, c->right);
    return right != SIZE_MAX && add_pair(c, left, right, n->span);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static const struct op join_flowing, join_breaking, join_unique;

/* The first row of each key goes on: the deduplication of innerunique. */
static struct plan_node *unique_node(struct binder *b, const struct stage *stage,
                                     struct plan_node *input, const struct join_data *d)
{
    struct plan_node *node = ops_node(b, &join_unique, NULL, input);
    struct unique_data *u = ARENA_NEW(binder_arena(b), struct unique_data);

    *u = (struct unique_data){d->left, d->types, d->n_keys};
    node->span = stage->span;
    node->data = u;
    node->breaks = true;
    node->serialized = false;
    return node;
}

static bool is_right_key(const struct join_data *d, size_t column)
{
    for (size_t k = 0; k < d->n_keys; k++) {
        const struct expr *e = d->right[k];
        while (e->kind == EXPR_CALL && e->n_args) /* a cast */
            e = e->args[0];
        if (e->kind == EXPR_COLUMN && e->index == column)
            return true;
    }
    return false;
}

static void join_schema(struct binder *b, struct plan_node *node, const struct schema *left,
                        const struct schema *right, struct join_data *d, bool lookup)
{
    struct arena *a = binder_arena(b);
    struct namer *names = namer_new(b);
    VEC(struct field) fields = {0};
    VEC(size_t) from = {0};

    for (size_t i = 0; join_gives_left(d->kind) && i < left->n; i++)
        vec_push(a, &fields,
                 ((struct field){namer_make(names, left->fields[i].name), left->fields[i].type}));
    d->n_left = fields.n;
    for (size_t i = 0; join_gives_right(d->kind) && i < right->n; i++) {
        if (lookup && is_right_key(d, i))
            continue;
        vec_push(a, &fields,
                 ((struct field){namer_make(names, right->fields[i].name), right->fields[i].type}));
        vec_push(a, &from, i);
    }
    d->from_right = from.items;
    node->schema = (struct schema){fields.items, fields.n};
}

static struct plan_node *bind_with(struct binder *b, const struct stage *stage,
                                   struct plan_node *input, bool lookup)
{
    const struct join_syntax *s = stage->extra;
    struct arena *a = binder_arena(b);
    struct join_data *d = ARENA_NEW(a, struct join_data);
    struct plan_node *right = bind_pipeline(b, s->right);

    if (!right)
        return NULL;
    struct conditions c = {.b = b, .left = &input->schema, .right = &right->schema};
    for (const struct node *n = stage->args; n; n = n->next) {
        if (!add_condition(&c, n))
            return NULL;
    }
    *d = (struct join_data){.kind = s->kind,
                            .left = c.left_keys.items,
                            .right = c.right_keys.items,
                            .n_keys = c.left_keys.n};
    d->types = ARENA_ARRAY(a, enum type, d->n_keys);
    for (size_t i = 0; i < d->n_keys; i++)
        d->types[i] = d->left[i]->type;
    const struct schema left = input->schema;
    if (d->kind == JOIN_INNERUNIQUE) {
        input = unique_node(b, stage, input, d);
        d->kind = JOIN_INNER;
    }
    bool breaks =
        d->kind == JOIN_RIGHTOUTER || d->kind == JOIN_FULLOUTER || !join_gives_left(d->kind);
    struct plan_node *node = binder_node(b, breaks ? &join_breaking : &join_flowing, stage, input);
    join_schema(b, node, &left, &right->schema, d, lookup);
    node->data = d;
    node->breaks = breaks;
    node->serialized = false;
    node->legs = ARENA_ARRAY(a, struct plan_node *, 1);
    node->legs[0] = right;
    node->n_legs = 1;
    return node;
}

static struct plan_node *bind_join(struct binder *b, const struct stage *stage,
                                   struct plan_node *input)
{
    return bind_with(b, stage, input, false);
}

static struct plan_node *bind_lookup(struct binder *b, const struct stage *stage,
                                     struct plan_node *input)
{
    return bind_with(b, stage, input, true);
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct join_data *d = node->data;

    for (size_t k = 0; k < d->n_keys; k++)
        ops_mark(leg ? d->right[k] : d->left[k], in);
    for (size_t i = 0; i < node->schema.n; i++) {
        if (!node->needed[i])
            continue;
        if (leg == 0 && i < d->n_left)
            in[i] = true;
        else if (leg && i >= d->n_left)
            in[d->from_right[i - d->n_left]] = true;
    }
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct join_data *d = node->data;
    const char *kind = "";

    for (size_t i = 0; i < N_KINDS; i++) {
        if (kinds[i].kind == d->kind && !*kind)
            kind = kinds[i].name;
    }
    buf_addf(out, "%s kind=%s on", node->stage->op->name, kind);
    for (size_t k = 0; k < d->n_keys; k++) {
        buf_add_z(out, k ? ", " : " ");
        expr_print(d->left[k], &node->input->schema, out);
        buf_add_z(out, " == ");
        expr_print(d->right[k], &node->legs[0]->schema, out);
    }
}

static void needs_unique(const struct plan_node *node, size_t leg, bool *in)
{
    const struct unique_data *d = node->data;

    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++)
        in[i] |= node->needed[i];
    for (size_t k = 0; k < d->n_keys; k++)
        ops_mark(d->keys[k], in);
}

static void print_unique(const struct plan_node *node, struct buf *out)
{
    const struct unique_data *d = node->data;

    buf_add_z(out, "the first row of each");
    for (size_t k = 0; k < d->n_keys; k++) {
        buf_add_z(out, k ? ", " : " ");
        expr_print(d->keys[k], &node->schema, out);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct op join_flowing = {.name = "join",
                                       .flags = OP_HIDDEN | OP_COUNTED | OP_LEGS_FIRST,
                                       .needs = needs,
                                       .print = print,
                                       .run = &join_run_flowing};
static const struct op join_breaking = {.name = "join",
                                        .flags = OP_HIDDEN | OP_COUNTED | OP_LEGS_FIRST,
                                        .needs = needs,
                                        .print = print,
                                        .run = &join_run_breaking};
static const struct op join_unique = {.name = "join (unique keys)",
                                      .flags = OP_HIDDEN,
                                      .needs = needs_unique,
                                      .print = print_unique,
                                      .run = &unique_run};

const struct op op_join = {
    .name = "join",
    .syntax = "join [kind=…] (Table) on Column [, …] | $left.A == $right.B [and …]",
    .help = "Rows of both sides with equal keys; without a kind the left rows are made unique by "
            "key first.",
    .example = "print k = 1, a = 2 | join kind=inner (print k = 1, b = 3) on k",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse_join,
    .bind = bind_join,
    .run = &join_run_flowing,
};
const struct op op_lookup = {
    .name = "lookup",
    .syntax = "lookup [kind=leftouter|inner] (Table) on Column [, …]",
    .help = "Adds the columns of a second table, found by key; all rows of the first stay.",
    .example = "print k = 1 | lookup (print k = 1, b = 3) on k",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse_lookup,
    .bind = bind_lookup,
    .run = &join_run_flowing,
};
