/* What a stage dropped, and why: the plan is run once more up to that stage, and what goes in is
 * compared with what comes out. */
#include "exec/exec_internal.h"

struct lost_row {
    uint32_t block;
    uint64_t at; /* count within the worker */
    int64_t origin;
};
struct lost_local {
    struct lost_row *rows;
    size_t n, seen;
    int64_t *in;     /* origins of the chunk that is in the stage now */
    size_t n_in, at; /* rows before `at` have come out or are lost */
    uint32_t block;
};
struct probe {
    const struct plan_node *node;
    size_t want;
    struct lost_local *locals; /* exec_lost: by worker */
    struct buf *why;           /* exec_why */
    size_t dropped_by;
};

/* ---- hooks in the pipeline ------------------------------------------------------------------- */

static void lose(struct probe *p, struct lost_local *l, size_t end)
{
    for (; l->at < end; l->at++) {
        if (l->n < p->want)
            l->rows[l->n++] = (struct lost_row){l->block, l->seen++, l->in[l->at]};
    }
}

bool probe_in(struct worker *w, const struct plan_node *n, struct chunk *c)
{
    struct probe *p = w->x->probe;

    if (p->why) {
        size_t before = p->why->n;
        if (!exec_switched_on(w->x, n) || !n->op->run->why)
            return true;
        n->op->run->why(w, n, c, p->why);
        if (p->why->n == before)
            return true;
        p->dropped_by = n->id;
        return false;
    }
    if (n != p->node || !c->origin)
        return true;
    struct lost_local *l = &p->locals[w->number];
    l->in = ARENA_ARRAY(c->arena, int64_t, c->rows);
    memcpy(l->in, c->origin, c->rows * sizeof *l->in);
    l->n_in = c->rows;
    l->at = 0;
    l->block = c->block;
    return true;
}

/* Rows come out in the order in which they went in. */
void probe_out(struct worker *w, const struct plan_node *n, struct chunk *c)
{
    struct probe *p = w->x->probe;

    if (p->why || n != p->node || !c->origin)
        return;
    struct lost_local *l = &p->locals[w->number];
    for (size_t i = 0; i < c->rows; i++) {
        size_t at = l->at;
        while (at < l->n_in && l->in[at] != c->origin[i])
            at++;
        if (at == l->n_in)
            continue; /* a second row of the same origin */
        lose(p, l, at);
        l->at = at + 1;
    }
}

void probe_done(struct worker *w, const struct plan_node *n)
{
    struct probe *p = w->x->probe;

    if (p->why || n != p->node)
        return;
    struct lost_local *l = &p->locals[w->number];
    lose(p, l, l->n_in);
    if (l->n == p->want)
        w->done = true; /* what this worker sees later comes later */
}

/* ---- lost ------------------------------------------------------------------------------------ */

static int compare_lost(const void *x, const void *y)
{
    const struct lost_row *a = x, *b = y;

    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static const struct plan_node *find_node(const struct plan_node *n, size_t id)
{
    if (!n || n->id == id)
        return n;
    const struct plan_node *found = find_node(n->input, id);
    for (size_t i = 0; i < n->n_legs && !found; i++)
        found = find_node(n->legs[i], id);
    return found;
}

static size_t first_origins(struct exec *x, const struct lost_row *rows, size_t n, struct arena *a,
                            int64_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t origin = lineage_first(x->lineage, rows[i].origin);
        if (origin >= 0)
            out[found++] = origin;
    }
    (void)a;
    return found;
}

bool exec_lost(const struct query *q, const struct exec_options *o, size_t node_id, size_t want,
               struct arena *a, int64_t **origins, size_t *n, struct error *err)
{
    struct exec_options options = *o;
    const struct plan_node *node = find_node(q->root, node_id);
    struct exec x;
    bool kept;

    *origins = NULL;
    *n = 0;
    if (!node || !node->input || node->op->run->finish || want == 0)
        return true; /* sources and breakers: nothing of which it could be said that it did not come
                        out */
    options.lineage = true;
    options.progress = NULL;
    exec_open(&x, q, &options, err);
    x.keep = o->keep && keep_ready(o->keep) ? o->keep : NULL;
    struct probe p = {.node = node, .want = want};
    p.locals = ARENA_ARRAY(x.arena, struct lost_local, x.n_workers);
    for (int i = 0; i < x.n_workers; i++)
        p.locals[i].rows = ARENA_ARRAY(x.arena, struct lost_row, want);
    bool ok = exec_prepare(&x, false, &kept, err);
    x.probe = &p;
    ok = ok && pipe_collect(&x, node, NULL, err);
    struct lost_row *all = ARENA_ARRAY(x.arena, struct lost_row, want * (size_t)x.n_workers);
    size_t total = 0;
    for (int i = 0; i < x.n_workers; i++) {
        memcpy(all + total, p.locals[i].rows, p.locals[i].n * sizeof *all);
        total += p.locals[i].n;
    }
    if (total)
        qsort(all, total, sizeof *all, compare_lost);
    if (ok) {
        *origins = ARENA_ARRAY(a, int64_t, want);
        *n = first_origins(&x, all, total < want ? total : want, a, *origins);
    }
    exec_close(&x, NULL);
    return ok;
}

/* ---- why ------------------------------------------------------------------------------------- */

struct probe *probe_why(struct exec *x, struct buf *why)
{
    struct probe *p = ARENA_NEW(x->arena, struct probe);

    *p = (struct probe){.why = why, .dropped_by = SIZE_MAX};
    x->probe = p;
    return p;
}

size_t probe_dropped_by(const struct probe *p)
{
    return p->dropped_by;
}

/* The main pipeline's log table, and the node below the first breaker above it. */
static const struct plan_node *main_scan(const struct plan_node *n, const struct plan_node **top)
{
    *top = n;
    for (; n->input; n = n->input) {
        if (n->op->run->finish || n->whole)
            *top = n->input;
    }
    return n->op->run->table || n->n_legs ? NULL : n;
}

static bool outside_span(const struct exec_options *o, const struct table *t)
{
    size_t i = schema_find(&t->schema, STR("TimeGenerated"));

    if (i == SIZE_MAX || (o->since == INT64_MIN && o->until == INT64_MAX))
        return false;
    struct value v = column_value(t->columns[i], 0);
    return v.null || v.i < o->since || v.i > o->until;
}

bool exec_why(const struct query *q, const struct exec_options *o, int64_t origin, struct arena *a,
              size_t *node_id, struct str *why, struct error *err)
{
    struct exec_options options = *o;
    const struct plan_node *top, *scan = main_scan(q->root, &top);
    struct buf text = {0};
    struct table *row;
    struct exec x;
    bool kept;

    *node_id = SIZE_MAX;
    *why = STR_NONE;
    if (!scan || !o->logs)
        return true;
    options.progress = NULL;
    options.keep = NULL;
    exec_open(&x, q, &options, err);
    struct probe p = {.why = &text, .dropped_by = SIZE_MAX};
    bool ok =
        logs_fetch(o->logs, &origin, 1, x.arena, &row, err) && exec_prepare(&x, false, &kept, err);
    if (ok && outside_span(o, row)) {
        p.dropped_by = scan->id;
        buf_add_z(&text, "its time is outside the span that was asked for");
    } else if (ok) {
        x.tables[scan->id] = row;
        x.probe = &p;
        ok = pipe_collect(&x, top, NULL, err);
    }
    if (ok) {
        *node_id = p.dropped_by;
        *why = str_dup(a, buf_str(&text));
    }
    buf_release(&text);
    exec_close(&x, NULL);
    return ok;
}
