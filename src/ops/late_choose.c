/* Which aggregates of a summarize are made late (late.h). */
#include "ops/late.h"
#include "ops/summarize.h"

#ifdef HARRIER_TINY
#define LATE_BYTES 200
#else
#define LATE_BYTES ((size_t)64 << 20) /* kept rows, of all workers */
#endif

/* ---- what is late
 * ---------------------------------------------------------------------------------- */

/* The place of an argument among those that are kept; SIZE_MAX: it is not. */
static size_t kept_arg(const struct late_choice *h, const struct expr *e)
{
    for (size_t i = 0; i < h->n_exprs; i++) {
        const struct expr *k = h->exprs[i];
        if (k == e || (k->kind == EXPR_COLUMN && e->kind == EXPR_COLUMN && k->index == e->index))
            return i;
    }
    return SIZE_MAX;
}

/* Whether a slot's cells are columns of the output, not parts of expressions. */
static bool is_bare(const struct summarize *s, const struct slot *slot)
{
    for (size_t i = 0; i < s->results.n; i++) {
        if (!s->results.items[i].expr)
            continue;
        bool *cells = mem_grow(NULL, s->n_cells + 1), reads = false;
        memset(cells, 0, s->n_cells);
        ops_mark(s->results.items[i].expr, cells);
        for (size_t c = 0; c < slot->n_cells; c++)
            reads |= cells[slot->first_cell + c];
        mem_free(cells);
        if (reads)
            return false;
    }
    return true;
}

static bool all_kept(const struct late_choice *h, const struct slot *slot)
{
    for (size_t k = 0; k < slot->n_args; k++) {
        if (kept_arg(h, slot->args[k]) == SIZE_MAX)
            return false;
    }
    return slot->n_args > 0;
}

/* Those that say so, and those that need nothing more than these have. */
static void choose(struct arena *a, const struct plan_node *node, struct late_choice *h)
{
    const struct summarize *s = node->data;
    size_t most = 0;

    for (size_t i = 0; i < s->n_slots; i++)
        most += s->slots[i].n_args;
    h->exprs = ARENA_ARRAY(a, struct expr *, most);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->n_slots; i++) {
            const struct slot *slot = &s->slots[i];
            if (h->late[i] || !summarize_wants(node, i) || !is_bare(s, slot))
                continue;
            if (pass == 0 ? !(slot->agg.row->flags & AGG_LATE) : !all_kept(h, slot))
                continue;
            h->late[i] = true;
            h->args[i] = ARENA_ARRAY(a, size_t, slot->n_args);
            for (size_t k = 0; k < slot->n_args; k++) {
                size_t at = kept_arg(h, slot->args[k]);
                if (at == SIZE_MAX)
                    h->exprs[at = h->n_exprs++] = slot->args[k];
                h->args[i][k] = at;
            }
        }
    }
}

struct late_choice *late_choose(struct arena *a, const struct plan_node *node, size_t threads)
{
    const struct summarize *s = node->data;
    struct late_choice *h = ARENA_NEW(a, struct late_choice);

    h->late = ARENA_ARRAY(a, bool, s->n_slots);
    h->args = ARENA_ARRAY(a, size_t *, s->n_slots);
    h->budget = LATE_BYTES / threads;
    choose(a, node, h);
    return h;
}
