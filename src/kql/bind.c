/* The binder's core: from stages to plan nodes. An operator's row binds its own arguments; here its
 * node is made, its knobs are gathered, and what was bound on trial (a commented-out stage) is
 * taken back when it fails. */
#include <stdarg.h>
#include <stdio.h>

#include "kql/kql_internal.h"

struct arena *binder_arena(struct binder *b)
{
    return b->arena;
}

const struct source_text *binder_source(const struct binder *b)
{
    return b->source;
}

bool binder_error(struct binder *b, struct span span, const char *format, ...)
{
    char message[900];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return error_at(b->err, b->source, span, "%s", message);
}

bool binder_failed(const struct binder *b)
{
    return b->err->set;
}

void binder_note(struct binder *b, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < b->notes.n; i++)
        if (str_is(b->notes.items[i], text))
            return;
    vec_push(b->arena, &b->notes, str_dup(b->arena, str_of(text)));
}

struct marks binder_mark(const struct binder *b)
{
    return (struct marks){b->nodes.n, b->n_calls,  b->params.n, b->subqueries.n,
                          b->notes.n, b->n_fields, b->n_scans};
}

void binder_rewind(struct binder *b, const struct marks *m)
{
    b->nodes.n = m->n_nodes;
    b->n_calls = m->n_calls;
    b->params.n = b->preset ? b->params.n : m->n_params;
    b->subqueries.n = m->n_subqueries;
    b->notes.n = m->n_notes;
    b->n_fields = m->n_fields;
    b->n_scans = m->n_scans;
}

bool binder_work(struct binder *b, struct span span)
{
    b->work++;
    return (b->work <= MAX_WORK && b->n_calls <= MAX_CALLS) ||
           binder_error(b, span,
                        "the query is too large once its lets and functions are written out");
}

struct plan_node *binder_node(struct binder *b, const struct op *op, const struct stage *stage,
                              struct plan_node *input)
{
    struct plan_node *n = ARENA_NEW(b->arena, struct plan_node);

    n->op = op;
    n->id = b->nodes.n;
    n->input = input;
    n->stage = stage;
    n->switch_param = -1;
    if (stage)
        n->span = stage->span;
    if (input)
        n->schema = input->schema;
    if (b->nodes.n >= MAX_NODES)
        binder_error(b, n->span, "the query has too many stages once its lets are written out");
    vec_push(b->arena, &b->nodes, n);
    return n;
}

/* ---- stages --------------------------------------------------------------------------------- */

static size_t *identity(struct arena *a, size_t n)
{
    size_t *passes = ARENA_ARRAY(a, size_t, n ? n : 1);

    for (size_t i = 0; i < n; i++)
        passes[i] = i;
    return passes;
}

static struct plan_node *bind_stage(struct binder *b, const struct stage *stage,
                                    struct plan_node *input)
{
    const struct stage *outer_stage = b->stage;
    const struct schema *outer_row = b->row;
    param_set outer_params = b->node_params;
    bool outer_knobs = b->knobs, outer_asks = b->node_asks;

    if (!stage->op->bind) {
        binder_error(b, stage->span, "'%s' is not supported", stage->op->name);
        return NULL;
    }
    b->stage = stage;
    b->row = input ? &input->schema : NULL;
    b->knobs = stage->op->flags & OP_SWITCH;
    b->node_params = 0;
    b->node_asks = false;
    struct plan_node *node = stage->op->bind(b, stage, input);
    param_set params = b->node_params;
    bool asks = b->node_asks;
    b->stage = outer_stage;
    b->row = outer_row;
    b->knobs = outer_knobs;
    b->node_params = outer_params;
    b->node_asks = outer_asks;
    if (!node && !b->err->set)
        binder_error(b, stage->span, "'%s' cannot be used like this", stage->op->name);
    if (!node || b->err->set)
        return NULL;
    b->n_fields += node->schema.n;
    if (b->n_fields > MAX_FIELDS) {
        binder_error(b, stage->span, "the query has too many columns");
        return NULL;
    }
    node->params |= params;
    node->asks |= asks;
    if (stage->op->flags & OP_SWITCH && node->input == input) {
        node->switch_param = bind_switch(b, stage);
        node->params |= param_bit((size_t)node->switch_param);
        node->passes = identity(b->arena, node->schema.n);
    }
    if (node->whole) /* a window function sees the rows around it: nothing may move past */
        node->passes = NULL;
    return node;
}

/* A commented-out stage that does not bind is a comment. */
static struct plan_node *bind_commented(struct binder *b, const struct stage *stage,
                                        struct plan_node *input)
{
    struct error silent = {0}, *err = b->err;
    struct marks marks = binder_mark(b);

    b->err = &silent;
    struct plan_node *node = bind_stage(b, stage, input);
    b->err = err;
    if (node && !silent.set)
        return node;
    binder_rewind(b, &marks);
    return input;
}

static struct plan_node *bind_source(struct binder *b, const struct stage *stage)
{
    if (stage->op)
        return bind_stage(b, stage, NULL);
    if (stage->args)
        return bind_table_call(b, stage->args);
    return bind_named_table(b, stage->name, stage->span);
}

struct plan_node *bind_pipeline(struct binder *b, const struct pipeline *pipeline)
{
    param_set params = b->node_params;
    bool knobs = b->knobs, asks = b->node_asks;
    const struct schema *row = b->row;
    const struct pipeline *outer = b->pipeline;
    struct let *scope = b->scope;
    struct plan_node *node = NULL;

    if (b->legs >= MAX_LEGS) {
        binder_error(b, pipeline->span, "the query is nested too deeply here");
        return NULL;
    }
    b->legs++;
    b->pipeline = pipeline;
    b->knobs = false;
    for (const struct stage *s = pipeline->first; s; s = s->next) {
        if (s == pipeline->first)
            node = bind_source(b, s);
        else if (s->commented_out)
            node = bind_commented(b, s, node);
        else
            node = bind_stage(b, s, node);
        if (!node)
            break;
    }
    b->legs--;
    b->pipeline = outer;
    b->scope = scope;
    b->knobs = knobs;
    b->node_params = params;
    b->node_asks = asks;
    b->row = row;
    return node;
}

/* The stages up to this one, once more, as a let's table. */
void binder_name_rows(struct binder *b, struct str name)
{
    struct pipeline *rows = ARENA_NEW(b->arena, struct pipeline);
    struct node *table = ARENA_NEW(b->arena, struct node);
    struct stage **last = &rows->first;

    rows->span = b->pipeline->span;
    for (const struct stage *s = b->pipeline->first; s && s != b->stage; s = s->next) {
        *last = ARENA_NEW(b->arena, struct stage);
        **last = *s;
        (*last)->next = NULL;
        last = &(*last)->next;
    }
    *table = (struct node){
        .kind = NODE_PIPELINE, .span = rows->span, .text = name, .pipeline = rows, .depth = 1};
    let_table(b, name, table);
}

struct plan_node *bind_pipeline_fuzzy(struct binder *b, const struct pipeline *pipeline,
                                      struct str *missing)
{
    struct marks marks = binder_mark(b);
    struct error trial = {0}, *err = b->err;
    struct let *scope = b->scope;
    unsigned legs = b->legs, depth = b->depth;

    b->missing = *missing = STR_NONE;
    b->err = &trial;
    struct plan_node *node = bind_pipeline(b, pipeline);
    b->err = err;
    if (node)
        return node;
    *missing = b->missing;
    if (!missing->n && !err->set)
        *err = trial;
    b->scope = scope;
    b->legs = legs;
    b->depth = depth;
    binder_rewind(b, &marks);
    return NULL;
}
