/* What became of one log row behind the first stage that works on rows together: lineage says into
 * which row of a breaker's output it went, and that row is followed on its own through the stages
 * above, up to the next breaker, until a stage drops it or it is a row of the result. */
#include "exec/exec_internal.h"

#define TRACE_ROWS 16 /* of one breaker's output that one row went into are followed */

struct trace {
    struct exec *x;
    const struct plan_node **breakers; /* of the main pipeline, the lowest first */
    size_t n;
    struct arena *a;
    struct exec_trace *out;
};

/* The main pipeline's breakers; false: it reads no log. */
static bool find_breakers(struct trace *t, const struct query *q)
{
    const struct plan_node *n;
    size_t at;

    for (n = q->root; n->input; n = n->input)
        t->n += n->op->run->finish != NULL;
    if (n->op->run->table || n->n_legs)
        return false;
    at = t->n;
    t->breakers = ARENA_ARRAY(t->x->arena, const struct plan_node *, t->n + 1);
    for (n = q->root; n->input; n = n->input)
        if (n->op->run->finish)
            t->breakers[--at] = n;
    return true;
}

/* Output rows of a breaker that a row of that origin went into. Where it chooses rows (sort, top)
 * they keep their origins. */
static size_t rows_of(struct trace *t, const struct plan_node *n, const struct table *all,
                      int64_t origin, uint32_t *rows)
{
    struct pairs_list list;
    size_t found = 0;

    for (size_t i = 0; all->origin && i < all->rows && found < TRACE_ROWS; i++) {
        if (all->origin[i] == origin)
            rows[found++] = (uint32_t)i;
    }
    if (all->origin)
        return found;
    lineage_get_pairs(t->x->lineage, n->id, &list);
    for (size_t k = 0; k < list.n; k++) {
        const struct pairs *p = &list.items[k];
        for (size_t i = next_pair(p, 0); i < p->n && found < TRACE_ROWS; i = next_pair(p, i + 1)) {
            uint32_t row = p->map ? p->map[p->rows[i]] : p->rows[i];
            bool known = p->origins[i] != origin || row == UINT32_MAX;
            for (size_t r = 0; r < found && !known; r++)
                known = rows[r] == row;
            if (!known)
                rows[found++] = row;
        }
    }
    return found;
}

static struct table *one_row(struct arena *a, const struct table *t, uint32_t row)
{
    struct builder *b = builder_new(a, &t->schema);

    for (size_t i = 0; i < t->schema.n; i++) {
        if (t->columns[i])
            builder_value(b, column_value(t->columns[i], row));
        else
            builder_null(b);
    }
    return builder_finish(b);
}

/* Of the steps above `from` up to `to`, the lowest that does not take rows one by one and hand each
 * on or not; NULL: all do. */
static const struct plan_node *odd_step(const struct plan_node *from, const struct plan_node *to)
{
    const struct plan_node *odd = NULL;

    for (const struct plan_node *n = to; n->input && n != from; n = n->input)
        odd = (n->passes && !n->whole) || n->op->run->finish ? odd : n;
    return odd;
}

/* The row alone through the stages between two breakers. False: failed. */
static bool probe(struct trace *t, const struct plan_node *from, uint32_t row,
                  const struct plan_node *to, struct error *err)
{
    struct exec *x = t->x;
    struct table *all = x->tables[from->id], *one = one_row(x->arena, all, row);
    struct buf text = {0};
    struct probe *p;

    if (from == to || odd_step(from, to))
        return true;
    one->origin = ARENA_ARRAY(x->arena, int64_t, 1);
    one->origin[0] = origin_row(from->id, row);
    x->tables[from->id] = one;
    p = probe_why(x, &text);
    bool ok = pipe_collect(x, to, NULL, err);
    x->probe = NULL;
    x->tables[from->id] = all;
    t->out->dropped_by = probe_dropped_by(p);
    t->out->why = str_dup(t->a, buf_str(&text));
    buf_release(&text);
    return ok;
}

static bool follow(struct trace *t, size_t level, int64_t origin, struct error *err);

/* Is the row of that origin in the result? */
static bool at_root(struct trace *t, int64_t origin, struct error *err)
{
    const struct plan_node *root = t->x->q->root;
    const struct plan_node *from = t->n ? t->breakers[t->n - 1] : NULL;
    struct table *all;

    if (!exec_table(t->x, root, &all, err))
        return false;
    for (size_t i = 0; i < all->rows && !t->out->row; i++)
        if (origin == (all->origin ? all->origin[i] : origin_row(root->id, i)))
            t->out->row = one_row(t->a, all, (uint32_t)i);
    t->out->known = t->out->row || from == root || all->origin;
    if (!t->out->row && t->out->known && odd_step(from, root))
        t->out->dropped_by = odd_step(from, root)->id;
    return true;
}

static bool follow_row(struct trace *t, size_t level, uint32_t row, struct error *err)
{
    const struct plan_node *at = t->breakers[level], *root = t->x->q->root;
    const struct plan_node *to = level + 1 < t->n ? t->breakers[level + 1]->input : root;
    const struct table *all = t->x->tables[at->id];
    int64_t origin = all->origin ? all->origin[row] : origin_row(at->id, row);

    if (!all->origin) {
        t->out->group_of = at->id;
        t->out->group = one_row(t->a, all, row);
    }
    t->out->known = true;
    if (!probe(t, at, row, to, err))
        return false;
    if (t->out->dropped_by != SIZE_MAX)
        return true;
    return follow(t, level + 1, origin, err);
}

static bool follow(struct trace *t, size_t level, int64_t origin, struct error *err)
{
    const struct plan_node *n, *below = level ? t->breakers[level - 1] : NULL;
    uint32_t rows[TRACE_ROWS];
    struct exec_trace before = *t->out, first;
    struct table *all;

    if (level == t->n)
        return at_root(t, origin, err);
    n = t->breakers[level];
    if (!exec_table(t->x, n, &all, err))
        return false;
    size_t found = rows_of(t, n, all, origin, rows);
    if (!found) {
        struct pairs_list list;
        lineage_get_pairs(t->x->lineage, n->id, &list);
        t->out->known = list.n || all->origin || !all->rows;
        t->out->dropped_by = odd_step(below, n) ? odd_step(below, n)->id : n->id;
        return true;
    }
    for (size_t i = 0; i < found && !t->out->row; i++) {
        *t->out = before;
        if (!follow_row(t, level, rows[i], err))
            return false;
        if (i == 0)
            first = *t->out;
    }
    if (!t->out->row)
        *t->out = first;
    return true;
}

bool exec_trace(const struct query *q, const struct exec_options *o, int64_t origin,
                struct arena *a, struct exec_trace *out, struct error *err)
{
    struct exec_options options = *o;
    struct exec x;
    bool kept;

    *out = (struct exec_trace){.dropped_by = SIZE_MAX, .group_of = SIZE_MAX};
    options.lineage = true;
    options.progress = NULL;
    exec_open(&x, q, &options, err);
    x.keep = o->keep;
    struct trace t = {.x = &x, .a = a, .out = out};
    bool ok = exec_prepare(&x, false, &kept, err) &&
              (!find_breakers(&t, q) || follow(&t, 0, origin, err)) && !err->set;
    exec_close(&x, NULL);
    return ok;
}
