/* The filters right above the kept rows, as bits that stay from run to run.
 *
 * Between kept rows and a summarize most stages only drop rows, and a knob moves one of them. So
 * each conjunct of such a filter is evaluated once for all kept rows and remembered as a bit a row,
 * for as long as the parameters stay that it depends on. A run makes the bits that are out of date,
 * ands all of them, and sends on the rows that are left.
 *
 *   Not every conjunct is worth it: it is evaluated here on rows that an earlier one drops. Taken
 * are those that go by the codes of one kept column (derived.c), and light ones. */
#include "exec/sieve.h"

struct mask {
    const struct expr *expr;
    param_set depends;
    struct value *params; /* by slot, as the bits were made */
    int64_t now;
    uint64_t *bits; /* PART_WORDS for each part */
    struct arena *arena;
};
struct masks {
    struct arena *arena;
    VEC(struct mask) items;
};

static void free_masks(void *masks)
{
    struct masks *m = masks;

    for (size_t i = 0; i < m->items.n; i++)
        arena_free(m->items.items[i].arena);
}

struct masks *masks_new(struct arena *a)
{
    struct masks *m = ARENA_NEW(a, struct masks);

    m->arena = a;
    arena_at_end(a, free_masks, m);
    return m;
}

/* ---- which filters --------------------------------------------------------------------------- */

/* What is known of a column of the rows between two steps. */
struct known {
    bool light; /* is there, or costs little to make for all rows */
    bool coded; /* codes of a dictionary of the kept rows, or of one derived from it */
    param_set params;
};
struct conjunct {
    const struct expr *expr;
    param_set depends;
    size_t step;
    const uint64_t *bits; /* once they are there */
    uint64_t *fresh;      /* being made in this run */
};
struct sieve {
    struct exec *x;
    struct pipe *pipe;
    VEC(struct conjunct) conjuncts;
    bool through;   /* there is no other step on the path than those */
    size_t n_steps; /* of the path, that are dealt with here */
    size_t words;   /* of a part */
    atomic_size_t next_part;
};

static bool is_and(const struct expr *e)
{
    return e->kind == EXPR_CALL && !strcmp(e->func->name, "and");
}

static bool has_subquery(const struct expr *e)
{
    bool has = e->kind == EXPR_SUBQUERY;

    for (size_t i = 0; e->kind == EXPR_CALL && i < e->n_args; i++)
        has |= has_subquery(e->args[i]);
    return has;
}

/* A call on texts that are not coded: an operator that looks at them, but no regular expression. */
static bool light_on_texts(const struct func *f)
{
    return !f->prepare || ((f->flags & FUNC_OPERATOR) && strcmp(f->name, "matches regex") != 0);
}

static bool light(const struct expr *e, const struct known *columns)
{
    if (e->kind == EXPR_COLUMN)
        return columns[e->index].light;
    if (e->kind != EXPR_CALL)
        return e->kind != EXPR_SUBQUERY;
    if (has_subquery(e) || e->func->flags & (FUNC_VARIES | FUNC_WINDOW))
        return false;
    size_t column = derived_column(e);
    if (column != SIZE_MAX && columns[column].coded && !(e->params && e->type == TYPE_STRING))
        return true;
    bool texts = type_shape(e->type) == SHAPE_STR;
    for (size_t i = 0; i < e->n_args; i++) {
        if (e->args[i]->constant)
            continue;
        texts |= type_shape(e->args[i]->type) == SHAPE_STR;
        if (!light(e->args[i], columns))
            return false;
    }
    return type_shape(e->type) != SHAPE_STR && (!texts || light_on_texts(e->func));
}

static param_set depends(const struct expr *e, const struct known *columns)
{
    param_set s = e->params;

    if (e->kind == EXPR_COLUMN)
        s |= columns[e->index].params;
    for (size_t i = 0; e->kind == EXPR_CALL && i < e->n_args; i++)
        s |= depends(e->args[i], columns);
    return s;
}

static bool all_light(const struct expr *e, const struct known *columns)
{
    if (!is_and(e))
        return e->type == TYPE_BOOL && !e->constant && light(e, columns);
    for (size_t i = 0; i < e->n_args; i++) {
        if (!all_light(e->args[i], columns))
            return false;
    }
    return true;
}

static void add_conjuncts(struct sieve *s, const struct expr *e, const struct known *columns,
                          size_t step)
{
    if (!is_and(e)) {
        struct conjunct c = {.expr = e, .depends = depends(e, columns), .step = step};
        vec_push(s->x->arena, &s->conjuncts, c);
        return;
    }
    for (size_t i = 0; i < e->n_args; i++)
        add_conjuncts(s, e->args[i], columns, step);
}

static struct known *known_after(struct arena *a, const struct plan_node *n, const struct known *in)
{
    struct known *out = ARENA_ARRAY(a, struct known, n->schema.n);

    for (size_t i = 0; i < n->schema.n; i++) {
        if (n->passes[i] != SIZE_MAX) {
            out[i] = in[n->passes[i]];
            continue;
        }
        const struct expr *e = n->op->run->expr(n, i);
        size_t column = derived_column(e);
        out[i].params = depends(e, in);
        out[i].coded = e->type == TYPE_STRING && column != SIZE_MAX && in[column].coded &&
                       !e->params && !has_subquery(e);
        out[i].light = out[i].coded || (type_shape(e->type) != SHAPE_STR && light(e, in));
    }
    return out;
}

/* Walks up from the kept rows for as long as filters can be taken. */
static void find_conjuncts(struct sieve *s, const struct path *path)
{
    struct exec *x = s->x;
    struct known *columns = ARENA_ARRAY(x->arena, struct known, path->table->schema.n);

    for (size_t i = 0; i < path->table->schema.n; i++) {
        const struct column *c = path->table->columns[i];
        columns[i].light = c != NULL;
        columns[i].coded = c && c->dict && c->type == TYPE_STRING;
    }
    for (size_t k = 0; k < path->n_steps; k++) {
        const struct plan_node *n = path->steps[k];
        if (is_where(n)) {
            if (exec_switched_on(x, n)) {
                if (!all_light(n->data, columns))
                    return;
                add_conjuncts(s, n->data, columns, k);
            }
            s->n_steps = k + 1;
        } else if (n->passes && !n->whole && n->op->run->expr && n->switch_param < 0) {
            columns = known_after(x->arena, n, columns);
        } else {
            return;
        }
    }
    s->through = true;
}

/* ---- making bits ----------------------------------------------------------------------------- */

/* A chunk of the rows behind a step that computes columns, each made when it is read. */
struct lazy {
    struct chunk_loader loader;
    struct worker *w;
    const struct plan_node *node;
    struct chunk *input;
};

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct lazy *l = (struct lazy *)self;

    if (l->node->passes[i] != SIZE_MAX)
        return chunk_column(l->input, l->node->passes[i]);
    struct column *made = worker_eval(l->w, l->node->op->run->expr(l->node, i), l->input);
    struct value none = {.type = l->node->schema.fields[i].type, .null = true};
    return made ? made : column_constant(c->arena, none); /* failed: the run ends */
}

struct chunk *chunk_behind(struct worker *w, const struct plan_node *n, struct chunk *c)
{
    struct lazy *l = ARENA_NEW(c->arena, struct lazy);
    struct chunk *out = ARENA_NEW(c->arena, struct chunk);

    *l = (struct lazy){{.load = load}, w, n, c};
    *out = *c;
    out->n_columns = n->schema.n;
    out->columns = ARENA_ARRAY(c->arena, struct column *, n->schema.n);
    out->loader = &l->loader;
    return out;
}

/* Bits [at, at + n) of `bits`, where at is a multiple of 8 or all is set bit by bit. */
static void put_bits(uint64_t *bits, size_t at, const struct column *b, size_t n)
{
    size_t i = 0;

    if (!b->constant && !b->nulls && at % 8 == 0) {
        for (; i + 8 <= n; i += 8, at += 8) {
            uint64_t eight; /* bytes of 0 or 1: the product brings them together in the top one */
            memcpy(&eight, b->bools + i, 8);
            bits[at / 64] |= (eight * UINT64_C(0x0102040810204080) >> 56) << at % 64;
        }
    }
    for (; i < n; i++, at++) {
        if (b->bools[column_at(b, i)] && !column_null(b, i))
            bits[at / 64] |= UINT64_C(1) << at % 64;
    }
}

static bool sieve_chunk(struct worker *w, struct sieve *s, size_t part, size_t at, struct chunk *c)
{
    const struct path *path = s->pipe->path;
    size_t step = 0;

    for (size_t i = 0; i < s->conjuncts.n; i++) {
        struct conjunct *k = &s->conjuncts.items[i];
        if (!k->fresh)
            continue;
        for (; step < k->step; step++) {
            if (!is_where(path->steps[step]))
                c = chunk_behind(w, path->steps[step], c);
        }
        struct column *b = worker_eval(w, k->expr, c);
        if (!b)
            return false;
        put_bits(k->fresh + part * s->words, at, b, c->rows);
        w->rows_tested += (int64_t)c->rows;
    }
    return true;
}

static void sieve_parts(void *ctx, int thread)
{
    struct sieve *s = ctx;
    struct worker *w = &s->x->workers[thread];
    const struct parts *parts = &s->pipe->parts;

    while (!exec_cancelled(s->x)) {
        size_t i = atomic_fetch_add_explicit(&s->next_part, 1, memory_order_relaxed);
        if (i >= parts->n)
            return;
        const struct part *part = &parts->items[i];
        for (size_t from = 0; from < part->n; from += CHUNK_ROWS) {
            size_t n = part->n - from < CHUNK_ROWS ? part->n - from : CHUNK_ROWS;
            arena_reset(w->scratch);
            if (!sieve_chunk(w, s, i, from, part_chunk(w->scratch, parts, part, from, n, false)))
                return;
        }
    }
}

/* ---- what is remembered ---------------------------------------------------------------------- */

static bool still_good(const struct exec *x, const struct mask *m, const struct conjunct *c)
{
    return m->depends == c->depends && (!x->q->uses_now || m->now == x->o->now) &&
           exec_params_same(x, m->depends, m->params);
}

static struct mask *mask_of(struct masks *masks, const struct expr *e)
{
    for (size_t i = 0; i < masks->items.n; i++) {
        if (masks->items.items[i].expr == e)
            return &masks->items.items[i];
    }
    vec_push(masks->arena, &masks->items, ((struct mask){.expr = e}));
    return &vec_last(&masks->items);
}

/* Makes what is out of date, on all threads. */
static bool make_bits(struct sieve *s, struct masks *masks)
{
    struct exec *x = s->x;
    size_t words = s->words * s->pipe->parts.n, missing = 0;

    for (size_t i = 0; i < s->conjuncts.n; i++) {
        struct conjunct *c = &s->conjuncts.items[i];
        struct mask *m = mask_of(masks, c->expr);
        if (m->bits && still_good(x, m, c)) {
            c->bits = m->bits;
            continue;
        }
        arena_free(m->arena);
        *m = (struct mask){c->expr, c->depends, NULL, x->o->now, NULL, arena_new()};
        m->params = exec_params(x, m->arena);
        c->bits = c->fresh = ARENA_ARRAY(m->arena, uint64_t, words);
        missing++;
    }
    if (!missing)
        return true;
    if (x->n_workers == 1 || s->pipe->parts.n == 1)
        sieve_parts(s, 0);
    else
        pool_run(x->o->pool, sieve_parts, s);
    if (exec_cancelled(x))
        return false;
    for (size_t i = 0; i < s->conjuncts.n; i++) {
        struct conjunct *c = &s->conjuncts.items[i];
        if (c->fresh)
            mask_of(masks, c->expr)->bits = c->fresh;
    }
    return true;
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* Bits [from, from + n) of `all`, from the first of `words` on. */
static void cut_bits(const uint64_t *all, size_t from, size_t n, uint64_t *words)
{
    size_t shift = from % 64;

    for (size_t k = 0; k < n; k += 64) {
        size_t word = (from + k) / 64, left = n - k;
        uint64_t bits = all[word] >> shift;
        if (shift && left > 64 - shift)
            bits |= all[word + 1] << (64 - shift);
        words[k / 64] = left >= 64 ? bits : bits & ((UINT64_C(1) << left) - 1);
    }
}

/* Of all rows, or of those that were chosen; returns how many. */
static int64_t first_bits(const struct sieve *s, uint64_t *bits)
{
    const struct kept_choice *choice = s->x->o->choice;
    int64_t left = 0;

    for (size_t i = 0; i < s->pipe->parts.n; i++) {
        const struct part *part = &s->pipe->parts.items[i];
        uint64_t *words = bits + i * s->words;
        for (size_t k = 0; !choice && k < part->n; k += 64)
            words[k / 64] = part->n - k >= 64 ? UINT64_MAX : (UINT64_C(1) << (part->n - k)) - 1;
        if (choice)
            cut_bits(choice->rows, part->from, part->n, words);
        for (size_t k = 0; k < s->words; k++)
            left += __builtin_popcountll(words[k]);
    }
    return left;
}

/* Ands the bits and counts for each step what a run row by row would count. */
static uint64_t *and_bits(struct sieve *s)
{
    struct exec *x = s->x;
    const struct path *path = s->pipe->path;
    size_t words = s->words * s->pipe->parts.n, next = 0;
    uint64_t *bits = ARENA_ARRAY(x->arena, uint64_t, words);
    int64_t left = first_bits(s, bits);

    for (size_t k = 0; k < s->n_steps; k++) {
        struct stage_count *count = &x->workers[0].counts[path->steps[k]->id];
        count->rows_in += left;
        for (; next < s->conjuncts.n && s->conjuncts.items[next].step == k; next++) {
            const uint64_t *more = s->conjuncts.items[next].bits;
            left = 0;
            for (size_t i = 0; i < words; i++) {
                bits[i] &= more[i];
                left += __builtin_popcountll(bits[i]);
            }
        }
        count->rows_out += left;
    }
    s->pipe->left = left;
    return bits;
}

bool sieve_begin(struct exec *x, struct pipe *p, struct masks *masks)
{
    struct sieve s = {.x = x, .pipe = p, .words = PART_WORDS};

    p->sieved = 0;
    p->bits = NULL;
    find_conjuncts(&s, p->path);
    bool all = s.through && p->sink && p->sink->op->run->again;
    if (all)
        s.n_steps = p->path->n_steps;
    if (!s.conjuncts.n && !all && !x->o->choice)
        return true;
    if (!make_bits(&s, masks))
        return false;
    p->bits = and_bits(&s);
    p->sieved = s.n_steps;
    return true;
}

size_t sieve_rows(const struct pipe *p, size_t part, uint32_t *rows)
{
    const uint64_t *bits = p->bits + part * PART_WORDS;
    size_t n = 0;

    for (size_t i = 0; i < PART_WORDS; i++) {
        for (uint64_t left = bits[i]; left; left &= left - 1)
            rows[n++] = (uint32_t)(i * 64 + (size_t)__builtin_ctzll(left));
    }
    return n;
}
