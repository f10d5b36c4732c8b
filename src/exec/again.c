/* Breakers over kept rows that are told what changed (exec.h, kept_rows).
 *
 * Where all steps between the kept rows and a breaker are filters that went by bits (sieve.c) and
 * columns that hang on no filter, the bits that flipped since the last run say which rows came and
 * went. The breaker keeps a memory of what it made of the others. This file decides when that goes,
 * keeps those memories, and lets the last answer stand where no bit flipped.
 *
 * A memory counts with what is kept; where it does not fit, the breaker takes its rows in one by
 * one as it does anywhere else. */
#include "exec/sieve.h"

#ifdef HARRIER_TINY
#define MOST_RUNS 5 /* so that tests see memories begin anew */
#else
#define MOST_RUNS INT64_MAX
#endif
#define SLACK ((int64_t)1 << 20) /* bytes of answers that were replaced */

struct memory {
    const struct plan_node *node;
    struct store *store; /* NULL: none */
    int64_t bytes;       /* of it, as they are counted … */
    int64_t fresh_bytes; /* … and when nothing had been replaced yet */
    int64_t runs;
    void *own;           /* the breaker's */
    uint64_t *live;      /* the rows that its answer is of */
    const struct table *table; /* that answer, where it is kept */
    struct value *params; /* by slot: what columns were made with */
    int64_t now;
    bool no; /* the breaker declined, or it does not fit */
};
struct memories {
    struct keep *keep;
    struct arena *arena;
    VEC(struct memory) items;
    struct kept_counts counts; /* of the run */
};

static void forget(struct memories *all, struct memory *m)
{
    if (!m->store)
        return;
    keep_count(all->keep, -m->bytes);
    store_drop(m->store);
    *m = (struct memory){.node = m->node, .no = m->no};
}

struct memories *memories_new(struct arena *a, struct keep *k)
{
    struct memories *all = ARENA_NEW(a, struct memories);

    all->keep = k;
    all->arena = a;
    return all;
}

void memories_forget(struct memories *all)
{
    for (size_t i = 0; i < all->items.n; i++) {
        forget(all, &all->items.items[i]);
        all->items.items[i].no = false;
    }
}

static struct memory *memory_of(struct memories *all, const struct plan_node *n)
{
    for (size_t i = 0; i < all->items.n; i++) {
        if (all->items.items[i].node == n)
            return &all->items.items[i];
    }
    vec_push(all->arena, &all->items, ((struct memory){.node = n}));
    return &vec_last(&all->items);
}

void memories_kept(struct memories *all, const struct plan_node *n, const struct table *t)
{
    for (size_t i = 0; i < all->items.n; i++) {
        if (all->items.items[i].node == n)
            all->items.items[i].table = t;
    }
}

/* It may have grown since: by what it was asked for. */
static bool count(struct memories *all, struct memory *m)
{
    int64_t more = m->store ? store_bytes(m->store) - m->bytes : 0;

    if (more > keep_room(all->keep)) {
        m->no = true;
        forget(all, m);
        return false;
    }
    keep_count(all->keep, more);
    m->bytes += more;
    return true;
}

void memories_begin(struct memories *all)
{
    atomic_store(&all->counts.groups, 0);
    atomic_store(&all->counts.cells, 0);
}

void memories_end(struct memories *all, struct result *r)
{
    if (r) {
        r->groups_made = atomic_load(&all->counts.groups);
        r->cells_made = atomic_load(&all->counts.cells);
    }
    for (size_t i = 0; i < all->items.n; i++)
        count(all, &all->items.items[i]);
}

/* ---- when it goes ---------------------------------------------------------------------------- */

static bool all_sieved(const struct exec *x, const struct pipe *p)
{
    return p->sink && p->sink->op->run->again && p->n_paths == 1 && p->bits &&
           p->sieved == p->path->n_steps && !x->q->n_subqueries;
}

/* What columns are made with, the breaker's own among them; not what filters are. */
static param_set in_columns(const struct pipe *p)
{
    param_set s = p->sink->params;

    for (size_t i = 0; i < p->path->n_steps; i++) {
        if (!is_where(p->path->steps[i]))
            s |= p->path->steps[i]->params;
    }
    return s;
}

static bool still_good(const struct exec *x, const struct pipe *p, const struct memory *m)
{
    return m->store && (!x->q->uses_now || m->now == x->o->now) && m->runs < MOST_RUNS &&
           store_bytes(m->store) <= 3 * m->fresh_bytes + SLACK &&
           exec_params_same(x, in_columns(p), m->params);
}

/* A new memory, where there is room for the least that one takes. */
static bool begin(struct exec *x, struct pipe *p, struct memories *all, struct memory *m)
{
    int64_t least = (int64_t)p->path->table->rows * (int64_t)sizeof(uint32_t);

    forget(all, m);
    if (least > keep_room(x->keep))
        return false;
    m->store = store_new(1);
    m->live = ARENA_ARRAY(store_arena(m->store), uint64_t, p->parts.n * PART_WORDS);
    m->params = exec_params(x, store_arena(m->store));
    m->now = x->o->now;
    return true;
}

/* ---- what a breaker asks --------------------------------------------------------------------- */

size_t kept_parts(const struct kept_rows *k)
{
    return (k->rows + PART_ROWS - 1) / PART_ROWS;
}
size_t kept_words(const struct kept_rows *k)
{
    return kept_parts(k) * PART_WORDS;
}
size_t kept_most(void)
{
    return PART_ROWS;
}

size_t kept_list(const uint64_t *marks, size_t part, uint32_t *rows)
{
    const uint64_t *words = marks + part * PART_WORDS;
    uint32_t first = (uint32_t)(part * PART_ROWS);
    size_t n = 0;

    for (size_t i = 0; i < PART_WORDS; i++) {
        for (uint64_t left = words[i]; left; left &= left - 1)
            rows[n++] = first + (uint32_t)(i * 64 + (size_t)__builtin_ctzll(left));
    }
    return n;
}

size_t kept_changed(const struct kept_rows *k, size_t part, uint32_t *rows)
{
    size_t from = part * PART_WORDS;
    uint64_t *flipped = k->flipped + from;

    for (size_t i = 0; i < PART_WORDS; i++)
        flipped[i] = k->live[from + i] ^ k->before[from + i];
    return kept_list(k->flipped, part, rows);
}

struct chunk *kept_chunk(struct worker *w, const struct kept_rows *k, struct arena *scratch,
                         uint32_t *rows, size_t n)
{
    const struct path *path = k->pipe->path;
    struct part all = {.columns = path->table->columns,
                       .maker = path->table->maker,
                       .n = path->table->rows};
    struct chunk *c = part_picked(scratch, &k->pipe->parts, &all, rows, n, false);

    for (size_t i = 0; i < path->n_steps; i++) {
        if (!is_where(path->steps[i]))
            c = chunk_behind(w, path->steps[i], c);
    }
    return c;
}

const struct column *kept_column(const struct kept_rows *k, const struct expr *e)
{
    const struct path *path = k->pipe->path;
    size_t column = e->index;

    if (e->kind != EXPR_COLUMN)
        return NULL;
    for (size_t i = path->n_steps; i-- > 0;) {
        if (path->steps[i]->passes && (column = path->steps[i]->passes[column]) == SIZE_MAX)
            return NULL;
    }
    return path->table->columns[column];
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void give_lineage(struct exec *x, const struct pipe *p, const struct kept_rows *k)
{
    const struct table *t = p->path->table;
    const int64_t *origins = t->origin;

    if (!x->lineage)
        return;
    if (!origins) {
        int64_t *own = arena_alloc(x->arena, (t->rows + 1) * sizeof *own);
        for (size_t i = 0; i < t->rows; i++)
            own[i] = origin_row(p->path->source->id, i);
        origins = own;
    }
    lineage_add(x->lineage, x->arena, p->sink->id,
                (struct pairs){k->groups, k->places, origins, t->rows, k->live});
}

/* The breaker's turn. *done is false where it declined. */
static bool make(struct exec *x, struct pipe *p, struct memory *m, bool *done, struct error *err)
{
    size_t words = p->parts.n * PART_WORDS;
    struct kept_rows k = {.rows = p->path->table->rows,
                          .live = p->bits,
                          .before = m->live,
                          .own = m->own,
                          .arena = store_arena(m->store),
                          .later = store_worker(m->store, 0),
                          .most = keep_room(x->keep) / 2,
                          .counts = &keep_memories(x->keep)->counts,
                          .pipe = p};

    exec_hold(x, m->store); /* texts of the answer lie there */
    k.flipped = ARENA_ARRAY(x->arena, uint64_t, words);
    m->table = NULL;
    if (!p->sink->op->run->again(x, p->sink, x->shared[p->sink->id], &k, done, &p->out, err))
        return false;
    if (!*done || exec_cancelled(x))
        return !exec_cancelled(x);
    x->workers[0].counts[p->sink->id].rows_in += p->left;
    give_lineage(x, p, &k);
    memcpy(m->live, k.live, words * sizeof *m->live);
    m->own = k.own;
    m->runs++;
    x->again = p->out;
    return true;
}

/* No row came or went since the answer that is kept. */
static bool stands(struct exec *x, struct pipe *p, const struct memory *m)
{
    struct table *t = keep_same(x, p->sink);

    if (!t || t != m->table ||
        memcmp(m->live, p->bits, p->parts.n * PART_WORDS * sizeof *m->live) != 0)
        return false;
    x->workers[0].counts[p->sink->id].rows_in += p->left;
    x->same = true;
    p->out = t;
    return true;
}

bool again_run(struct exec *x, struct pipe *p, bool *done, struct error *err)
{
    struct memories *all = x->keep ? keep_memories(x->keep) : NULL;

    *done = false;
    if (!all || !all_sieved(x, p))
        return true;
    struct memory *m = memory_of(all, p->sink);
    bool good = still_good(x, p, m);
    if (m->no)
        return true;
    if (good && stands(x, p, m))
        return *done = true;
    if (!good && !begin(x, p, all, m))
        return true;
    bool ok = make(x, p, m, done, err);
    if (!ok || !*done) {
        m->no = ok;
        forget(all, m);
        return ok;
    }
    if (!m->fresh_bytes)
        m->fresh_bytes = store_bytes(m->store);
    count(all, m);
    return true;
}
