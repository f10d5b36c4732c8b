/* The way of rows through the plan: from the top down, through streaming nodes, into every leg of a
 * union, until something gives the rows out of itself: a scan, a table source, a breaker (run
 * first) or an output that is there already. */
#include "exec/exec_internal.h"

bool node_breaks(const struct plan_node *n)
{
    return n->op->run->finish != NULL;
}

bool node_is_scan(const struct plan_node *n)
{
    return !n->input && !n->op->run->table && !n->op->run->finish && !n->op->run->legs_flow;
}

/* ---- what a step reads whole before rows come ------------------------------------------------ */

bool node_has_plans(const struct plan_node *n)
{
    return n->op->flags & OP_LEGS_APART;
}

/* The legs of a plan's own steps; what is below its source is the row's. Counts *i down. */
static const struct plan_node *leg_within(const struct plan_node *n, size_t *i)
{
    for (; n; n = n->input) {
        for (size_t k = 0; k < n->n_legs; k++) {
            const struct plan_node *leg = n->legs[k];
            if (node_has_plans(n))
                leg = leg_within(leg, i);
            else if ((*i)-- > 0)
                leg = NULL;
            if (leg)
                return leg;
        }
    }
    return NULL;
}

const struct plan_node *node_first(const struct plan_node *n, size_t i)
{
    if (n->op->flags & OP_LEGS_FIRST)
        return i < n->n_legs ? n->legs[i] : NULL;
    for (size_t k = 0; node_has_plans(n) && k < n->n_legs; k++) {
        const struct plan_node *leg = leg_within(n->legs[k], &i);
        if (leg)
            return leg;
    }
    return NULL;
}

/* ---- finding the paths ----------------------------------------------------------------------- */

struct walk {
    struct exec *x;
    VEC(struct path) paths;
    VEC(const struct plan_node *) up; /* steps passed on the way down, the top first */
    VEC(size_t) leg;                  /* which input was taken at each */
};

static void end_path(struct walk *w, const struct plan_node *source, bool whole)
{
    struct arena *a = w->x->arena;
    struct path p = {.source = source, .whole = whole, .n_steps = w->up.n};

    p.steps = ARENA_ARRAY(a, const struct plan_node *, p.n_steps);
    p.legs = ARENA_ARRAY(a, size_t, p.n_steps);
    for (size_t i = 0; i < p.n_steps; i++) {
        p.steps[i] = w->up.items[p.n_steps - 1 - i];
        p.legs[i] = w->leg.items[p.n_steps - 1 - i];
    }
    vec_push(a, &w->paths, p);
}

static void walk_down(struct walk *w, const struct plan_node *n, bool top);

static void walk_leg(struct walk *w, const struct plan_node *n, const struct plan_node *into,
                     size_t leg)
{
    vec_push(w->x->arena, &w->up, n);
    vec_push(w->x->arena, &w->leg, leg);
    walk_down(w, into, false);
    w->up.n--;
    w->leg.n--;
}

static void walk_down(struct walk *w, const struct plan_node *n, bool top)
{
    struct exec *x = w->x;

    if (!top && (x->tables[n->id] || node_breaks(n) || n == x->kept)) {
        end_path(w, n, false);
    } else if (!n->input && !n->op->run->legs_flow) {
        end_path(w, n, false);
    } else if (n->whole) {
        vec_push(x->arena, &w->up, n);
        vec_push(x->arena, &w->leg, 0);
        end_path(w, n->input, true);
        w->up.n--;
        w->leg.n--;
    } else {
        if (n->input)
            walk_leg(w, n, n->input, 0);
        for (size_t i = 0; n->op->run->legs_flow && i < n->n_legs; i++)
            walk_leg(w, n, n->legs[i], i + 1);
    }
}

static void find_paths(struct exec *x, struct pipe *p, const struct plan_node *top)
{
    struct walk w = {.x = x};

    p->sink = node_breaks(top) ? top : NULL;
    if (p->sink)
        walk_down(&w, top->input, false);
    else
        walk_down(&w, top, true);
    p->paths = w.paths.items;
    p->n_paths = w.paths.n;
}

void pipe_init(struct exec *x, struct pipe *p, const struct plan_node *top)
{
    p->position = ARENA_ARRAY(x->arena, size_t, x->q->n_nodes);
    p->local_open = ARENA_ARRAY(x->arena, bool, x->q->n_nodes);
    find_paths(x, p, top);
}
