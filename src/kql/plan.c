/* The planner: from a bound tree to a plan that is ready to run. It numbers the stages, chooses the
 * filter whose needles the scan searches for, moves that filter down to the scan, says which
 * columns each node must deliver, and marks what depends on knobs that are turned without reading
 * the logs again (DESIGN.md 4, 6).
 *
 * A scan's needles come from one where: the first one from which they can be proved. What that
 * where depends on is cold (turning it re-scans), and so is what reads a scan in a leg; everything
 * else is hot. */
#include "kql/kql_internal.h"

struct planner {
    struct binder *b;
    struct query *q;
    struct plan_node ***owner; /* by node id: the pointer through which it hangs in the plan */
    struct plan_node **above;  /* by node id: the node whose input it is; NULL for roots and legs */
};

/* ---- stages --------------------------------------------------------------------------------- */

static void number_stages(struct planner *p)
{
    struct binder *b = p->b;
    struct plan_node **list = ARENA_ARRAY(b->arena, struct plan_node *, b->nodes.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < b->nodes.n; i++) {
        struct plan_node *node = b->nodes.items[i];
        if (!node->stage || !(node->op->flags & OP_COUNTED))
            continue;
        size_t at = n;
        while (at > 0 && list[at - 1]->stage->span.start > node->stage->span.start)
            at--;
        if (at > 0 && list[at - 1]->stage->span.start == node->stage->span.start)
            continue;
        memmove(list + at + 1, list + at, (n - at) * sizeof *list);
        list[at] = node;
        n++;
    }
    for (size_t i = 0; i < b->nodes.n; i++) {
        struct plan_node *node = b->nodes.items[i];
        for (size_t s = 0; node->stage && node->op->flags & OP_COUNTED && s < n; s++)
            if (list[s]->stage->span.start == node->stage->span.start)
                node->number = (int)s + 1;
    }
    p->q->stages = list;
    p->q->n_stages = n;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static void own(struct planner *p, struct plan_node **at, struct plan_node *above)
{
    struct plan_node *node = *at;

    p->owner[node->id] = at;
    p->above[node->id] = above;
    if (node->input)
        own(p, &node->input, node);
    for (size_t i = 0; i < node->n_legs; i++)
        own(p, &node->legs[i], NULL);
}

static bool has_scan(const struct planner *p, const struct plan_node *node)
{
    if (node->op == p->b->env->scan)
        return true;
    for (size_t i = 0; i < node->n_legs; i++)
        if (has_scan(p, node->legs[i]))
            return true;
    return node->input && has_scan(p, node->input);
}

/* ---- filters -------------------------------------------------------------------------------- */

static bool is_filter(const struct plan_node *node)
{
    return node->op->flags & OP_SWITCH && node->passes && node->switch_param >= 0;
}

static bool reads_only_passed(const struct expr *e, const struct plan_node *below)
{
    if (e->kind == EXPR_COLUMN)
        return below->passes[e->index] != SIZE_MAX;
    for (size_t i = 0; e->kind == EXPR_CALL && i < e->n_args; i++)
        if (!reads_only_passed(e->args[i], below))
            return false;
    return true;
}

/* The expression over the input of `below` instead of its output. */
static struct expr *lowered(struct arena *a, struct expr *e, const struct plan_node *below)
{
    if (e->kind != EXPR_COLUMN && e->kind != EXPR_CALL)
        return e;
    struct expr *copy = ARENA_NEW(a, struct expr);
    *copy = *e;
    if (e->kind == EXPR_COLUMN) {
        copy->index = below->passes[e->index];
        return copy;
    }
    copy->args = ARENA_ARRAY(a, struct expr *, e->n_args);
    for (size_t i = 0; i < e->n_args; i++)
        copy->args[i] = lowered(a, e->args[i], below);
    return copy;
}

/* Puts a filter below the node that feeds it. */
static void sink(struct planner *p, struct plan_node *filter)
{
    struct plan_node *below = filter->input, **at = p->owner[filter->id];
    struct arena *a = p->b->arena;

    filter->data = lowered(a, filter->data, below);
    filter->input = below->input;
    filter->schema = below->input->schema;
    filter->serialized = below->input->serialized;
    filter->passes = ARENA_ARRAY(a, size_t, filter->schema.n + 1);
    for (size_t i = 0; i < filter->schema.n; i++)
        filter->passes[i] = i;
    below->input = filter;
    *at = below;
    own(p, at, p->above[filter->id]);
}

static void choose_filter(struct planner *p, struct plan_node *scan)
{
    struct scan_data *data = scan->data;
    struct plan_node *node = p->above[scan->id];

    while (node && node->passes) {
        bool on = is_filter(node) && p->b->params.items[node->switch_param].published.b;
        if (on && needles_possible(p->q, node, scan, p->b->arena)) {
            data->filter = node;
            break;
        }
        node = p->above[node->id];
    }
    if (!data->filter)
        return;
    for (size_t i = 0; i < p->q->n_params; i++)
        if (node->params & param_bit(i))
            p->q->params[i].cold = true;
    while (node->input != scan && node->input->passes && reads_only_passed(node->data, node->input))
        sink(p, node);
    data->n_needles = kql_needles(p->q, scan, NULL, p->b->arena, &data->needles);
}

/* ---- hot and kept --------------------------------------------------------------------------- */

static bool mark_hot(struct plan_node *node, param_set hot)
{
    node->hot = node->params & hot;
    for (size_t i = 0; i < node->n_legs; i++)
        node->hot |= mark_hot(node->legs[i], hot);
    if (node->input)
        node->hot |= mark_hot(node->input, hot);
    return node->hot;
}

/* Of a leg only what a breaker made is kept: to turn what stands between that and a scan reads the
 * logs again. Whether rows of a scan come out of the node as they come. */
static bool mark_legs_cold(struct planner *p, const struct plan_node *node, bool leg)
{
    bool reads = node->op == p->b->env->scan;

    if (node->input)
        reads |= mark_legs_cold(p, node->input, leg);
    for (size_t i = 0; i < node->n_legs; i++)
        reads |= mark_legs_cold(p, node->legs[i], true);
    for (size_t i = 0; reads && leg && i < p->q->n_params; i++)
        p->q->params[i].cold |= (node->params & param_bit(i)) != 0;
    return reads && !node->breaks;
}

static void choose_keep(struct planner *p)
{
    struct plan_node *node = p->q->root;
    param_set hot = 0;

    for (size_t i = 0; i < p->q->n_params; i++)
        hot |= p->q->params[i].cold ? 0 : param_bit(i);
    for (size_t i = 0; i < p->q->n_subqueries; i++)
        mark_hot(p->q->subqueries[i].root, hot);
    mark_hot(node, hot);
    if (!node->hot)
        return; /* there is nothing to turn */
    while (node && node->hot)
        node = node->input;
    if (node && has_scan(p, node))
        p->q->keep = node;
}

/* ---- needed columns ------------------------------------------------------------------------- */

static void mark_needed(struct binder *b, struct plan_node *node)
{
    for (size_t leg = 0; leg <= node->n_legs; leg++) {
        struct plan_node *from = leg == 0 ? node->input : node->legs[leg - 1];
        if (!from)
            continue;
        from->needed = ARENA_ARRAY(b->arena, bool, from->schema.n + 1);
        if (node->op->needs)
            node->op->needs(node, leg, from->needed);
        else
            memset(from->needed, true, from->schema.n);
        mark_needed(b, from);
    }
}

static void need_all(struct binder *b, struct plan_node *root)
{
    root->needed = ARENA_ARRAY(b->arena, bool, root->schema.n + 1);
    memset(root->needed, true, root->schema.n);
    mark_needed(b, root);
}

void plan_finish(struct binder *b, struct query *q)
{
    struct planner p = {b, q, NULL, NULL};

    q->n_nodes = b->nodes.n;
    q->n_calls = b->n_calls;
    q->subqueries = b->subqueries.items;
    q->n_subqueries = b->subqueries.n;
    q->notes = b->notes.items;
    q->n_notes = b->notes.n;
    q->n_scans = b->n_scans;
    q->uses_now = b->uses_now;
    p.owner = ARENA_ARRAY(b->arena, struct plan_node **, q->n_nodes);
    p.above = ARENA_ARRAY(b->arena, struct plan_node *, q->n_nodes);
    number_stages(&p);
    params_finish(b, q);
    own(&p, &q->root, NULL);
    for (size_t i = 0; i < q->n_subqueries; i++)
        own(&p, &q->subqueries[i].root, NULL);
    for (size_t i = 0; i < q->n_nodes; i++)
        if (b->nodes.items[i]->op == b->env->scan && p.owner[i])
            choose_filter(&p, b->nodes.items[i]);
    mark_legs_cold(&p, q->root, false);
    for (size_t i = 0; i < q->n_subqueries; i++)
        mark_legs_cold(&p, q->subqueries[i].root, true);
    choose_keep(&p);
    need_all(b, q->root);
    for (size_t i = 0; i < q->n_subqueries; i++)
        need_all(b, q->subqueries[i].root);
}
