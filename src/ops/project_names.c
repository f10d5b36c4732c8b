/* project-away, project-keep, project-rename, project-reorder: columns chosen or placed by their
 * names, and no expression. */
#include "ops/project.h"

static bool has_star(const struct node *n)
{
    return str_find_byte(n->text, '*') < n->text.n;
}

/* Which columns a list of patterns names; a plain name must be there. */
static bool chosen(struct binder *b, const struct node *list, const struct schema *input, bool *out)
{
    for (const struct node *n = list; n; n = n->next) {
        if (!has_star(n) && ops_column(b, n, input) == SIZE_MAX)
            return false;
        for (size_t i = 0; i < input->n; i++)
            out[i] |= ops_matches(n->text, input->fields[i].name);
    }
    return true;
}

static bool parse_patterns(struct parser *p, struct stage *stage)
{
    return parse_name_pattern_list(p, &stage->args);
}

static struct plan_node *bind_subset(struct binder *b, const struct stage *stage,
                                     struct plan_node *input, bool keep)
{
    struct draft d;

    draft_init(&d, b, stage, input);
    bool *which = ARENA_ARRAY(binder_arena(b), bool, d.input->n);
    if (!chosen(b, stage->args, d.input, which))
        return NULL;
    for (size_t i = 0; i < d.input->n; i++) {
        if (which[i] == keep)
            draft_pass(&d, i, d.input->fields[i].name);
    }
    return draft_end(&d);
}

static struct plan_node *bind_away(struct binder *b, const struct stage *stage,
                                   struct plan_node *input)
{
    return bind_subset(b, stage, input, false);
}

static struct plan_node *bind_keep(struct binder *b, const struct stage *stage,
                                   struct plan_node *input)
{
    return bind_subset(b, stage, input, true);
}

static struct plan_node *bind_rename(struct binder *b, const struct stage *stage,
                                     struct plan_node *input)
{
    struct draft d;

    draft_init(&d, b, stage, input);
    for (size_t i = 0; i < d.input->n; i++)
        draft_pass(&d, i, d.input->fields[i].name);
    for (const struct node *n = stage->args; n; n = n->next) {
        if (n->kind != NODE_NAMED || n->n_names > 1) {
            binder_error(b, n->span, "write NewName = OldName");
            return NULL;
        }
        size_t i = ops_column(b, n->first, d.input);
        if (i == SIZE_MAX)
            return NULL;
        d.fields.items[i].name = n->text;
    }
    map_init(&d.places, binder_arena(b));
    for (size_t i = 0; i < d.fields.n; i++) {
        bool added;
        map_slot(&d.places, d.fields.items[i].name, i, &added);
        if (!added) {
            binder_error(b, stage->span, "two columns would be named '%.*s'",
                         STR_ARG(d.fields.items[i].name));
            return NULL;
        }
    }
    return draft_end(&d);
}

/* ---- project-reorder ------------------------------------------------------------------------- */

enum direction { AS_IS, ASCENDING, DESCENDING };

static bool parse_reorder(struct parser *p, struct stage *stage)
{
    struct arena *a = parser_arena(p);
    struct node **last = &stage->args;
    VEC(enum direction) order = {0};

    do {
        if (!parse_name_pattern_list(p, last))
            return false;
        for (; *last; last = &(*last)->next)
            vec_push(a, &order, AS_IS);
        if (parser_accept_word(p, "asc"))
            vec_last(&order) = ASCENDING;
        else if (parser_accept_word(p, "desc"))
            vec_last(&order) = DESCENDING;
    } while (parser_accept(p, ","));
    stage->extra = order.items;
    return true;
}

/* Puts the columns that match n and are not placed yet, in the order asked for. */
static void place(struct draft *d, const struct node *n, enum direction order, bool *placed)
{
    for (;;) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < d->input->n; i++) {
            struct str name = d->input->fields[i].name;
            if (placed[i] || !ops_matches(n->text, name))
                continue;
            int than = best == SIZE_MAX ? 0 : str_cmp(name, d->input->fields[best].name);
            if (best == SIZE_MAX || (order == ASCENDING && than < 0) ||
                (order == DESCENDING && than > 0))
                best = i;
        }
        if (best == SIZE_MAX)
            return;
        placed[best] = true;
        draft_pass(d, best, d->input->fields[best].name);
    }
}

static struct plan_node *bind_reorder(struct binder *b, const struct stage *stage,
                                      struct plan_node *input)
{
    const enum direction *order = stage->extra;
    struct draft d;

    draft_init(&d, b, stage, input);
    bool *placed = ARENA_ARRAY(binder_arena(b), bool, d.input->n);
    for (const struct node *n = stage->args; n; n = n->next, order++) {
        if (!has_star(n) && ops_column(b, n, d.input) == SIZE_MAX)
            return NULL;
        place(&d, n, *order, placed);
    }
    for (size_t i = 0; i < d.input->n; i++) {
        if (!placed[i])
            draft_pass(&d, i, d.input->fields[i].name);
    }
    return draft_end(&d);
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct op op_project_away = {
    .name = "project-away",
    .syntax = "project-away ColumnOrPattern [, …]",
    .help = "Leaves out the columns; patterns may hold *.",
    .example = "print a = 1, b = 2 | project-away a",
    .flags = OP_STAGE,
    .parse = parse_patterns,
    .bind = bind_away,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
const struct op op_project_keep = {
    .name = "project-keep",
    .syntax = "project-keep ColumnOrPattern [, …]",
    .help = "Keeps only the columns, in their order; patterns may hold *.",
    .example = "print a1 = 1, a2 = 2, b = 3 | project-keep a*",
    .flags = OP_STAGE,
    .parse = parse_patterns,
    .bind = bind_keep,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
const struct op op_project_rename = {
    .name = "project-rename",
    .syntax = "project-rename New = Old [, …]",
    .help = "Gives columns other names, in their places.",
    .example = "print a = 1 | project-rename b = a",
    .flags = OP_STAGE,
    .parse = ops_parse_named_list,
    .bind = bind_rename,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
const struct op op_project_reorder = {
    .name = "project-reorder",
    .syntax = "project-reorder ColumnOrPattern [asc | desc] [, …]",
    .help = "Puts the listed columns first, the others after them.",
    .example = "print a = 1, b = 2 | project-reorder b",
    .flags = OP_STAGE,
    .parse = parse_reorder,
    .bind = bind_reorder,
    .needs = project_needs,
    .print = project_print,
    .run = &project_run,
};
