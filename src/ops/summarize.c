/* summarize and distinct: rows to groups.
 *
 * Bound in three layers: keys over the input; aggregates over the input, one slot each; results
 * over the slots, because an aggregate may stand inside an expression (100 * count()). For the last
 * layer the syntax tree is copied with each aggregate call replaced by the name of its slot.
 * Output: keys, then results. */
#include "ops/ops_internal.h"
#include "ops/summarize.h"

/* ---- parsing --------------------------------------------------------------------------------- */

static bool parse(struct parser *p, struct stage *stage)
{
    struct str key;
    const struct token *value;

    while (parse_option(p, &key, &value)) /* hint.strategy, hint.shufflekey… */
        ;
    if (!parser_at_word(p, "by") && !parse_named_list(p, &stage->args))
        return false;
    if (parser_accept_word(p, "by"))
        return parse_named_list(p, &stage->by);
    return true;
}

/* ---- binding: aggregates --------------------------------------------------------------------- */

struct binding {
    struct binder *b;
    const struct schema *input;
    struct summarize *s;
    VEC(struct slot) slots;
    VEC(struct field) cells; /* what the slots give: the schema of the result expressions */
    VEC(struct item) results;
    struct namer *names;
    bool failed;
};

static bool is_aggregate(const struct node *n)
{
    return n->kind == NODE_CALL && aggregate_find(n->text);
}

static bool holds_aggregate(const struct node *n)
{
    if (is_aggregate(n))
        return true;
    for (const struct node *c = n->first; c; c = c->next) {
        if (holds_aggregate(c))
            return true;
    }
    return false;
}

/* The number of a constant argument, as published. */
static bool constant_number(struct binding *g, const struct node *n, double *out)
{
    struct value v;
    struct expr *e = bind_constant(g->b, n, TYPE_NONE);

    if (!e)
        return false;
    if (!expr_known(e, &v) || v.null || !type_is_number(v.type))
        return binder_error(g->b, n->span, "a constant number is expected here");
    *out = type_shape(v.type) == SHAPE_INT ? (double)v.i : v.r;
    return true;
}

/* Which of the arguments are not expressions over rows: caps, percentiles, accuracies. */
static size_t row_arguments(const struct aggregate *row, const struct node *call)
{
    size_t n = 0;

    for (const struct node *c = call->first; c; c = c->next)
        n++;
    if (row->flags & AGG_PERCENTILES)
        return n < 1 ? n : 1;
    size_t least = row->flags & AGG_PREDICATE ? 2 : 1;
    if ((row->flags & (AGG_MAX | AGG_ACCURACY)) && n == least + 1)
        return n - 1;
    return n;
}

static bool constant_arguments(struct binding *g, struct slot *slot, const struct node *from)
{
    struct agg *agg = &slot->agg;
    size_t n = 0;

    agg->max = slot->agg.row->default_max;
    for (; from; from = from->next) {
        double number = 0;
        if (from->kind == NODE_CALL &&
            str_is(from->text, "dynamic")) /* percentiles_array(x, dynamic([…])) */
            return binder_error(g->b, from->span, "write the percentiles one by one");
        if (!constant_number(g, from, &number))
            return false;
        if (agg->row->flags & AGG_PERCENTILES) {
            if (n == sizeof agg->parameters / sizeof *agg->parameters)
                return binder_error(g->b, from->span,
                                    "at most %zu percentiles may be asked for at once", n);
            agg->parameters[n++] = number;
        } else if (agg->row->flags & AGG_MAX) {
            agg->max = number < 0 ? 0 : (size_t)number;
        }
    }
    agg->n_parameters = n;
    return true;
}

/* Chooses the form and casts the arguments to it. */
static bool choose_form(struct binding *g, struct slot *slot, const struct node *call, size_t n)
{
    const struct aggregate *row = slot->agg.row;
    enum type types[8] = {TYPE_NONE}, casts[8];
    const char *why = NULL;

    if (n > sizeof types / sizeof *types)
        return binder_error(g->b, call->span, "%s() has too many arguments", row->name);
    for (size_t i = 0; i < n; i++)
        types[i] = slot->args[i]->type;
    if (!aggregate_pick(row, types, n, &slot->agg.type, casts, &why)) {
        if (why)
            return binder_error(g->b, call->span, "%s", why);
        return binder_error(g->b, call->span, "%s(%s) does not take %s", row->name, row->args_help,
                            n ? type_name(types[0]) : "no argument");
    }
    for (size_t i = 0; i < n; i++) {
        if (casts[i] != types[i] && !(slot->args[i] = bind_cast(g->b, slot->args[i], casts[i])))
            return false;
    }
    return true;
}

static void add_cell(struct binding *g, struct slot *slot, struct str name, enum type type)
{
    struct arena *a = binder_arena(g->b);

    if (slot->n_cells == 0)
        slot->first_cell = g->cells.n;
    slot->n_cells++;
    vec_push(a, &g->cells, ((struct field){name, type}));
}

/* `*`: the input's columns that are no keys, without the one that is the measure. */
static bool spread_star(struct binding *g, const struct node *call, VEC_EXPR *args,
                        VEC_NAMES *names)
{
    struct arena *a = binder_arena(g->b);

    for (size_t i = 0; i < g->input->n; i++) {
        bool taken = false;
        for (size_t k = 0; k < g->s->keys.n; k++)
            taken |= str_eq(g->s->keys.items[k].name, g->input->fields[i].name);
        if (args->n && args->items[0]->kind == EXPR_COLUMN && args->items[0]->index == i)
            taken = true;
        if (taken)
            continue;
        vec_push(a, args, expr_column(g->b, g->input, i, call->span));
        vec_push(a, names, g->input->fields[i].name);
    }
    return true;
}

static bool bind_arguments(struct binding *g, struct slot *slot, const struct node *call, size_t n,
                           VEC_NAMES *names)
{
    struct arena *a = binder_arena(g->b);
    const struct aggregate *row = slot->agg.row;
    VEC_EXPR args = {0};
    const struct node *c = call->first;

    for (size_t i = 0; i < n; i++, c = c->next) {
        if (c->kind == NODE_STAR) {
            if (row->flags & (AGG_ARG | AGG_ANY)) {
                if (!spread_star(g, call, &args, names))
                    return false;
                continue;
            }
            if (!str_is(call->text, "count"))
                return binder_error(g->b, c->span, "'*' has no meaning here");
            continue;
        }
        struct expr *e = bind_expr(g->b, c, g->input);
        if (!e)
            return false;
        if (expr_uses_window(e))
            return binder_error(g->b, e->span, "window functions cannot stand inside an aggregate");
        vec_push(a, &args, e);
        vec_push(a, names, expr_name(g->b, c));
    }
    if (args.n > 4000)
        return binder_error(g->b, call->span, "too many columns");
    slot->args = args.items;
    slot->n_args = args.n;
    return true;
}

/* Arguments of arg_max and take_any are returned as they are: any number of them. */
static bool many_results(struct binding *g, struct slot *slot, const struct node *call,
                         const VEC_NAMES *names)
{
    const struct aggregate *row = slot->agg.row;

    if (slot->n_args == 0)
        return binder_error(g->b, call->span, "%s() wants an argument", row->name);
    if (!choose_form(g, slot, call, 1))
        return false;
    for (size_t i = 0; i < slot->n_args; i++) {
        enum type t = slot->args[i]->type == TYPE_NONE ? TYPE_DYNAMIC : slot->args[i]->type;
        struct str name = names->items[i];
        bool measure = i == 0 && row->flags & AGG_ARG;
        if (row->prefix && (measure ? name.n == 0 : row->flags & AGG_ANY))
            name = str_fmt(binder_arena(g->b), "%s_%.*s", row->prefix, STR_ARG(name));
        add_cell(g, slot, name, t);
    }
    return true;
}

static bool bind_aggregate(struct binding *g, const struct node *call, struct slot *slot)
{
    const struct aggregate *row = aggregate_find(call->text);
    size_t n = row_arguments(row, call);
    const struct node *rest = call->first;
    VEC_NAMES names = {0};

    *slot = (struct slot){.agg = {.row = row}};
    for (size_t i = 0; i < n; i++) {
        if (holds_aggregate(rest))
            return binder_error(g->b, rest->span, "an aggregate cannot stand inside another");
        rest = rest->next;
    }
    if (!constant_arguments(g, slot, rest) || !bind_arguments(g, slot, call, n, &names))
        return false;
    if (row->flags & (AGG_ARG | AGG_ANY))
        return many_results(g, slot, call, &names);
    if (!choose_form(g, slot, call, slot->n_args))
        return false;
    struct str name = aggregate_name(g->b, row, call);
    if ((row->flags & AGG_PERCENTILES) && slot->agg.type != TYPE_DYNAMIC) {
        if (slot->agg.n_parameters == 0)
            return binder_error(g->b, call->span, "%s wants the percentile, a number from 0 to 100",
                                row->name);
        for (size_t i = 0; i < slot->agg.n_parameters; i++)
            add_cell(g, slot, percentile_name(g->b, name, slot->agg.parameters[i]), slot->agg.type);
        return true;
    }
    add_cell(g, slot, name, slot->agg.type);
    return true;
}

/* ---- binding: results ------------------------------------------------------------------------ */

/* A copy of the tree in which each aggregate is the name of its cell. */
static struct node *without_aggregates(struct binding *g, const struct node *n)
{
    struct arena *a = binder_arena(g->b);
    struct node *copy = ARENA_NEW(a, struct node);

    *copy = *n;
    copy->next = NULL;
    if (is_aggregate(n)) {
        struct slot slot;
        if (!bind_aggregate(g, n, &slot)) {
            g->failed = true;
            return copy;
        }
        if (slot.n_cells != 1) {
            g->failed = !binder_error(
                g->b, n->span, "%.*s gives several columns and cannot stand inside an expression",
                STR_ARG(n->text));
            return copy;
        }
        g->cells.items[slot.first_cell].name = str_fmt(a, "cell %zu", slot.first_cell);
        vec_push(a, &g->slots, slot);
        *copy = (struct node){.kind = NODE_NAME,
                              .span = n->span,
                              .text = g->cells.items[slot.first_cell].name,
                              .depth = 1};
        return copy;
    }
    struct node **last = &copy->first;
    *last = NULL;
    for (const struct node *c = n->first; c && !g->failed; c = c->next) {
        *last = without_aggregates(g, c);
        last = &(*last)->next;
    }
    return copy;
}

static void add_result(struct binding *g, struct str name, bool named, struct expr *e, size_t cell,
                       struct span span)
{
    struct arena *a = binder_arena(g->b);
    struct item it = {.name = name, .named = named, .expr = e, .span = span};

    vec_push(a, &g->results, it);
    vec_push(a, &g->s->cell_of, cell);
}

static bool bind_direct(struct binding *g, const struct node *item, const struct node *call)
{
    struct slot slot;

    if (!bind_aggregate(g, call, &slot))
        return false;
    vec_push(binder_arena(g->b), &g->slots, slot);
    bool named = item->kind == NODE_NAMED;
    if (named && item->n_names > slot.n_cells)
        return binder_error(g->b, item->span, "%zu names for %zu columns", item->n_names,
                            slot.n_cells);
    for (size_t i = 0; i < slot.n_cells; i++) {
        struct str name = g->cells.items[slot.first_cell + i].name;
        bool own = false;
        if (named && item->n_names > 1 && i < item->n_names)
            name = item->names[i], own = true;
        else if (named && item->n_names <= 1 && i == 0)
            name = item->text, own = true;
        add_result(g, name, own, NULL, slot.first_cell + i, item->span);
    }
    return true;
}

static bool bind_result(struct binding *g, const struct node *item)
{
    bool named = item->kind == NODE_NAMED;
    const struct node *n = named ? item->first : item;

    if (is_aggregate(n))
        return bind_direct(g, item, n);
    struct str name = named ? item->text : expr_name(g->b, n);
    struct node *copy = without_aggregates(g, n);
    if (g->failed)
        return false;
    struct schema cells = {g->cells.items, g->cells.n};
    struct expr *e = bind_expr(g->b, copy, &cells);
    if (!e)
        return false;
    add_result(g, name, named, e, SIZE_MAX, item->span);
    return true;
}

static bool bind_keys(struct binding *g, const struct node *by)
{
    struct summarize *s = g->s;

    if (!ops_bind_items(g->b, by, g->input, &s->keys))
        return false;
    s->key_types = ARENA_ARRAY(binder_arena(g->b), enum type, s->keys.n);
    for (size_t i = 0; i < s->keys.n; i++) {
        struct item *it = &s->keys.items[i];
        if (expr_uses_window(it->expr))
            return binder_error(g->b, it->span,
                                "window functions cannot be grouped by; make a column of it first");
        if (it->expr->type == TYPE_DYNAMIC)
            return binder_error(g->b, it->span,
                                "a dynamic value cannot be grouped by; cast it first, as with "
                                "tostring()");
        s->key_types[i] = it->expr->type == TYPE_NONE ? TYPE_LONG : it->expr->type;
    }
    return true;
}

/* Names of all output columns: those that the author wrote first, so that the others make way. */
static bool name_columns(struct binding *g, struct plan_node *node)
{
    struct summarize *s = g->s;
    struct item *lists[] = {s->keys.items, g->results.items};
    size_t counts[] = {s->keys.n, g->results.n};
    struct arena *a = binder_arena(g->b);

    node->schema.n = counts[0] + counts[1];
    node->schema.fields = ARENA_ARRAY(a, struct field, node->schema.n);
    for (int l = 0; l < 2; l++) {
        for (size_t i = 0; i < counts[l]; i++) {
            if (lists[l][i].named && !namer_take(g->names, lists[l][i].name, lists[l][i].span))
                return false;
        }
    }
    size_t at = 0;
    for (int l = 0; l < 2; l++) {
        for (size_t i = 0; i < counts[l]; i++, at++) {
            struct item *it = &lists[l][i];
            if (!it->named)
                it->name = namer_make(g->names, it->name);
            enum type t = l == 0     ? s->key_types[i]
                          : it->expr ? it->expr->type
                                     : g->cells.items[s->cell_of.items[i]].type;
            node->schema.fields[at] = (struct field){it->name, t == TYPE_NONE ? TYPE_DYNAMIC : t};
        }
    }
    return true;
}

static struct plan_node *bind_groups(struct binder *b, const struct stage *stage,
                                     struct plan_node *input, const struct node *by,
                                     const struct node *results)
{
    struct plan_node *node = ops_node(b, stage->op, stage, input);
    struct binding g = {.b = b,
                        .input = &input->schema,
                        .s = ARENA_NEW(binder_arena(b), struct summarize),
                        .names = namer_new(b)};

    if (!bind_keys(&g, by))
        return NULL;
    for (const struct node *n = results; n; n = n->next) {
        if (!bind_result(&g, n))
            return NULL;
    }
    if (!name_columns(&g, node))
        return NULL;
    struct summarize *s = g.s;
    s->slots = g.slots.items;
    s->n_slots = g.slots.n;
    s->n_cells = g.cells.n;
    s->cells = (struct schema){g.cells.items, g.cells.n};
    s->results = (struct items){g.results.items, g.results.n};
    s->by = by != NULL;
    node->data = s;
    node->breaks = true;
    node->serialized = false;
    return node;
}

static struct plan_node *bind(struct binder *b, const struct stage *stage, struct plan_node *input)
{
    if (!stage->args && !stage->by) {
        binder_error(b, stage->span, "summarize wants aggregates, or keys after 'by'");
        return NULL;
    }
    return bind_groups(b, stage, input, stage->by, stage->args);
}

/* ---- needs and printing ---------------------------------------------------------------------- */

bool summarize_wants(const struct plan_node *node, size_t slot)
{
    const struct summarize *s = node->data;

    for (size_t i = 0; i < s->results.n; i++) {
        if (!node->needed[s->keys.n + i])
            continue;
        size_t first = s->slots[slot].first_cell, end = first + s->slots[slot].n_cells;
        if (!s->results.items[i].expr) {
            if (s->cell_of.items[i] >= first && s->cell_of.items[i] < end)
                return true;
            continue;
        }
        bool *cells = mem_grow(NULL, s->n_cells + 1);
        memset(cells, 0, s->n_cells);
        ops_mark(s->results.items[i].expr, cells);
        bool reads = false;
        for (size_t c = first; c < end; c++)
            reads |= cells[c];
        mem_free(cells);
        if (reads)
            return true;
    }
    return false;
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct summarize *s = node->data;

    (void)leg;
    for (size_t i = 0; i < s->keys.n; i++)
        ops_mark(s->keys.items[i].expr, in);
    for (size_t i = 0; i < s->n_slots; i++) {
        if (!summarize_wants(node, i))
            continue;
        for (size_t k = 0; k < s->slots[i].n_args; k++)
            ops_mark(s->slots[i].args[k], in);
    }
}

static void print_slot(const struct slot *slot, const struct schema *input, struct buf *out)
{
    buf_addf(out, "%s(", slot->agg.row->name);
    for (size_t i = 0; i < slot->n_args; i++) {
        if (i)
            buf_add_z(out, ", ");
        expr_print(slot->args[i], input, out);
    }
    for (size_t i = 0; i < slot->agg.n_parameters; i++)
        buf_addf(out, ", %g", slot->agg.parameters[i]);
    buf_add_byte(out, ')');
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct summarize *s = node->data;

    buf_add_z(out, node->op->name);
    for (size_t i = 0; i < s->n_slots; i++) {
        buf_add_z(out, i ? ", " : " ");
        print_slot(&s->slots[i], &node->input->schema, out);
    }
    for (size_t i = 0; i < s->keys.n; i++) {
        buf_add_z(out, i ? ", " : s->n_slots ? " by " : " ");
        expr_print(s->keys.items[i].expr, &node->input->schema, out);
    }
}

/* ---- distinct -------------------------------------------------------------------------------- */

static bool parse_distinct(struct parser *p, struct stage *stage)
{
    return parser_accept(p, "*") || parse_named_list(p, &stage->by);
}

static struct plan_node *bind_distinct(struct binder *b, const struct stage *stage,
                                       struct plan_node *input)
{
    struct node *list = NULL, **last = &list;

    if (stage->by)
        return bind_groups(b, stage, input, stage->by, NULL);
    for (size_t i = 0; i < input->schema.n; i++) {
        *last = ARENA_NEW(binder_arena(b), struct node);
        **last = (struct node){.kind = NODE_NAME,
                               .span = stage->span,
                               .text = input->schema.fields[i].name,
                               .depth = 1};
        last = &(*last)->next;
    }
    return bind_groups(b, stage, input, list, NULL);
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct op op_summarize = {
    .name = "summarize",
    .syntax = "summarize [[Column =] Aggregate [, …]] [by [Column =] Expression [, …]]",
    .help = "Makes one row of each group of rows with equal keys.",
    .example = "datatable(k:string, v:long)[\"a\", 1, \"a\", 2] | summarize sum(v) by k",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind,
    .needs = needs,
    .print = print,
    .run = &summarize_run,
};
const struct op op_distinct = {
    .name = "distinct",
    .syntax = "distinct Column [, …] | distinct *",
    .help = "The different rows of the columns.",
    .example = "datatable(x:long)[1, 1, 2] | distinct x",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse_distinct,
    .bind = bind_distinct,
    .needs = needs,
    .print = print,
    .run = &summarize_run,
};
