/* Lineage: which rows of its input went into each row of a breaker's output.
 *
 * Breakers hand over the arrays they have anyway (row or group number, origin); nothing is sorted
 * until somebody asks. Then each node's pairs are put in order of the output row once (a counting
 * sort), and origins are followed down from node to node until they are rows of a log. */
#include <pthread.h>
#include "exec/exec_internal.h"

struct node_lineage {
    struct pairs_list pairs;
    /* Made when first asked for: the origins of output row r are sorted[start[r] .. start[r + 1]).
     */
    size_t *start;
    int64_t *sorted;
    size_t rows;
};
struct lineage {
    struct arena *arena;
    pthread_mutex_t asked; /* the reader of a finding and what looks at all of them ask at once */
    struct node_lineage *nodes; /* by node id */
    size_t n_nodes;
    size_t root;
    const int64_t *origin; /* of the result's rows; NULL: they are the rows of node `root` */
};

struct lineage *lineage_new(struct arena *a, const struct query *q)
{
    struct lineage *l = ARENA_NEW(a, struct lineage);

    l->arena = a;
    pthread_mutex_init(&l->asked, NULL);
    l->n_nodes = q->n_nodes;
    l->nodes = ARENA_ARRAY(a, struct node_lineage, q->n_nodes);
    return l;
}

void lineage_result(struct lineage *l, const struct table *t, size_t node)
{
    l->root = node;
    l->origin = t->origin;
}

void exec_origins(struct exec *x, const struct plan_node *node, const uint32_t *rows,
                  const uint32_t *map, const int64_t *origins, size_t n)
{
    if (x->lineage && origins)
        lineage_add(x->lineage, x->arena, node->id, (struct pairs){rows, map, origins, n, NULL});
}

void lineage_get_pairs(const struct lineage *l, size_t node, struct pairs_list *out)
{
    *out = l->nodes[node].pairs;
}

void lineage_set_pairs(struct lineage *l, size_t node, const struct pairs_list *pairs)
{
    l->nodes[node].pairs = *pairs;
}

void lineage_add(struct lineage *l, struct arena *a, size_t node, struct pairs pairs)
{
    vec_push(a, &l->nodes[node].pairs, pairs);
}

size_t next_pair(const struct pairs *p, size_t i)
{
    while (p->live && i < p->n) {
        size_t at = i % PART_ROWS;
        uint64_t word = p->live[i / PART_ROWS * PART_WORDS + at / 64] >> at % 64;
        if (word)
            return i + (size_t)__builtin_ctzll(word);
        i += PART_ROWS - at < 64 - at % 64 ? PART_ROWS - at : 64 - at % 64;
    }
    return i;
}

static uint32_t pair_row(const struct pairs *p, size_t i)
{
    return p->map ? p->map[p->rows[i]] : p->rows[i];
}

static void sort_pairs(struct lineage *l, struct node_lineage *n)
{
    size_t total = 0;

    for (size_t k = 0; k < n->pairs.n; k++) {
        const struct pairs *p = &n->pairs.items[k];
        for (size_t i = next_pair(p, 0); i < p->n; i = next_pair(p, i + 1)) {
            uint32_t row = pair_row(p, i);
            if (row == UINT32_MAX)
                continue;
            total++;
            if (row >= n->rows)
                n->rows = (size_t)row + 1;
        }
    }
    n->start = ARENA_ARRAY(l->arena, size_t, n->rows + 2);
    n->sorted = arena_alloc(l->arena, (total ? total : 1) * sizeof *n->sorted);
    for (size_t k = 0; k < n->pairs.n; k++) {
        const struct pairs *p = &n->pairs.items[k];
        for (size_t i = next_pair(p, 0); i < p->n; i = next_pair(p, i + 1)) {
            if (pair_row(p, i) != UINT32_MAX)
                n->start[pair_row(p, i) + 1]++;
        }
    }
    for (size_t r = 0; r < n->rows; r++)
        n->start[r + 1] += n->start[r];
    size_t *next = ARENA_ARRAY(l->arena, size_t, n->rows + 1);
    memcpy(next, n->start, n->rows * sizeof *next);
    for (size_t k = 0; k < n->pairs.n; k++) {
        const struct pairs *p = &n->pairs.items[k];
        for (size_t i = next_pair(p, 0); i < p->n; i = next_pair(p, i + 1)) {
            if (pair_row(p, i) != UINT32_MAX)
                n->sorted[next[pair_row(p, i)]++] = p->origins[i];
        }
    }
}

struct found {
    struct arena *arena;
    VEC(int64_t) origins;
    bool complete;
};

static void follow(struct lineage *l, int64_t origin, struct found *f, int depth)
{
    if (origin >= 0) {
        vec_push(f->arena, &f->origins, origin);
        return;
    }
    size_t node = origin_node(origin), row = origin_row_of(origin);
    if (origin == ORIGIN_NONE || node >= l->n_nodes || !l->nodes[node].pairs.n || depth > 256) {
        f->complete = false;
        return;
    }
    struct node_lineage *n = &l->nodes[node];
    if (!n->start)
        sort_pairs(l, n);
    if (row >= n->rows)
        return;
    for (size_t i = n->start[row]; i < n->start[row + 1]; i++)
        follow(l, n->sorted[i], f, depth + 1);
}

int64_t lineage_first(struct lineage *l, int64_t origin)
{
    struct arena *a = arena_new();
    struct found f = {.arena = a, .complete = true};
    int64_t first = -1;

    follow(l, origin, &f, 0);
    for (size_t i = 0; i < f.origins.n; i++) {
        if (first < 0 || f.origins.items[i] < first)
            first = f.origins.items[i];
    }
    arena_free(a);
    return first;
}

static int compare_origin(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

size_t result_origins(const struct result *r, size_t row, struct arena *a, int64_t **origins,
                      bool *complete)
{
    struct found f = {.arena = a, .complete = true};
    struct lineage *l = r->lineage;
    size_t n = 0;

    *origins = NULL;
    *complete = false;
    if (!l || row >= r->table->rows)
        return 0;
    pthread_mutex_lock(&l->asked);
    follow(l, l->origin ? l->origin[row] : origin_row(l->root, row), &f, 0);
    pthread_mutex_unlock(&l->asked);
    if (f.origins.n)
        qsort(f.origins.items, f.origins.n, sizeof(int64_t), compare_origin);
    for (size_t i = 0; i < f.origins.n; i++) {
        if (n == 0 || f.origins.items[n - 1] != f.origins.items[i])
            f.origins.items[n++] = f.origins.items[i];
    }
    *origins = f.origins.items;
    *complete = f.complete;
    return n;
}

size_t result_pairs(const struct result *r)
{
    size_t total = 0;

    for (size_t i = 0; r->lineage && i < r->lineage->n_nodes; i++) {
        const struct pairs_list *pairs = &r->lineage->nodes[i].pairs;
        for (size_t k = 0; k < pairs->n; k++)
            total += pairs->items[k].n;
    }
    return total;
}
