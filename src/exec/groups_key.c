/* Keys of groups as records (groups_internal.h): written from the columns of a chunk, read back
 * into columns. */
#include "exec/groups_internal.h"

void groups_layout(struct groups *g)
{
    uint32_t at = 0;
    bool nulls = false;

    for (size_t k = 0; k < g->n_keys; k++) {
        nulls |= g->keys[k].type != TYPE_STRING;
        if (!key_is_text(&g->keys[k])) {
            g->keys[k].at = at;
            at += 8;
        }
    }
    for (size_t k = 0; k < g->n_keys; k++) {
        if (key_is_text(&g->keys[k])) {
            g->keys[k].at = at;
            at += 4;
        }
    }
    g->marks = at;
    g->head = at + (nulls ? g->n_keys : 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

static inline uint32_t text_size(const char *record, const struct key *k)
{
    uint32_t n;

    memcpy(&n, record + k->at, sizeof n);
    return n;
}

struct str record_text(const struct groups *g, const char *record, size_t k)
{
    size_t from = g->head;

    for (size_t i = 0; i < k; i++) {
        if (key_is_text(&g->keys[i]))
            from += text_size(record, &g->keys[i]);
    }
    return (struct str){record + from, text_size(record, &g->keys[k])};
}

uint64_t record_word(const struct groups *g, const char *record, size_t k)
{
    uint64_t word;

    memcpy(&word, record + g->keys[k].at, sizeof word);
    return word;
}

bool record_null(const struct groups *g, const char *record, size_t k)
{
    return g->head > g->marks && record[g->marks + k];
}

static void read_cell(const struct groups *g, const char *record, size_t k, struct column *c,
                      size_t i)
{
    if (c->dict) {
        c->codes[i] = (uint32_t)record_word(g, record, k);
        return;
    }
    uint64_t word = key_is_text(&g->keys[k]) ? 0 : record_word(g, record, k);
    switch (g->keys[k].shape) {
    case SHAPE_BOOL:
        c->bools[i] = (uint8_t)word;
        break;
    case SHAPE_INT:
    case SHAPE_REAL:
        memcpy(&c->ints[i], &word, sizeof word);
        break;
    case SHAPE_STR:
        c->strs[i] = record_text(g, record, k);
        break;
    }
}

struct column *groups_key(const struct groups *g, size_t k, const uint32_t *order, size_t n,
                          struct arena *a)
{
    const struct key *key = &g->keys[k];
    struct column *c;

    if (key->dict) {
        c = ARENA_NEW(a, struct column);
        *c = (struct column){.type = key->type, .n = n, .dict = key->dict, .arena = a};
        c->codes = arena_alloc(a, (n + 1) * sizeof *c->codes);
    } else {
        c = column_new(a, key->type, n);
    }
    for (size_t i = 0; i < n; i++) {
        const char *record = group_at(g, order[i])->record;
        read_cell(g, record, k, c, i);
        if (record_null(g, record, k))
            column_set_null(c, i);
    }
    return c;
}

/* ---- writing --------------------------------------------------------------------------------- */

static char *room(struct groups *g, size_t size)
{
    if (size > g->buffer_size) {
        size_t more = size + size / 2 + 64;
        g->buffer = arena_alloc(g->arena, more);
        g->buffer_size = more;
    }
    return g->buffer;
}

/* A table that comes in one piece is cut: the scratch stays small. */
static void make_room(struct groups *g, struct column *const *keys, const uint32_t *rows, size_t n)
{
    size_t end = 0;

    for (size_t i = 0; i < n; i++)
        g->text[i] = g->head;
    for (size_t k = 0; k < g->n_keys; k++) {
        if (!key_is_text(&g->keys[k]))
            continue;
        const struct str *strs = column_strs(keys[k]);
        for (size_t i = 0; i < n; i++)
            g->text[i] += strs[column_at(keys[k], rows[i])].n;
    }
    for (size_t i = 0; i < n; i++) {
        g->at[i] = end;
        end += g->text[i];
        g->text[i] = g->at[i] + g->head;
    }
    g->at[n] = end;
    room(g, end);
}

/* Equal cells, equal words: NaN is NaN, -0 is 0. */
static inline uint64_t real_word(double r)
{
    uint64_t bits;

    if (r == 0)
        return 0;
    if (r != r)
        return UINT64_C(0x7ff8000000000000);
    memcpy(&bits, &r, sizeof bits);
    return bits;
}

static inline uint64_t cell_word(const struct key *k, const struct column *c, size_t i)
{
    switch (k->shape) {
    case SHAPE_BOOL:
        return c->bools[i];
    case SHAPE_INT:
        return (uint64_t)c->ints[i];
    case SHAPE_REAL:
        return real_word(c->reals[i]);
    case SHAPE_STR:
        break;
    }
    return c->codes[i];
}

static void write_words(struct groups *g, const struct key *k, const struct column *c,
                        const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = column_null(c, rows[i]) ? 0 : cell_word(k, c, column_at(c, rows[i]));
        memcpy(g->buffer + g->at[i] + k->at, &word, sizeof word);
    }
}

static void write_texts(struct groups *g, const struct key *k, const struct column *c,
                        const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str s = c->strs[column_at(c, rows[i])];
        uint32_t size = (uint32_t)s.n;
        memcpy(g->buffer + g->at[i] + k->at, &size, sizeof size);
        if (s.n)
            memcpy(g->buffer + g->text[i], s.p, s.n);
        g->text[i] += s.n;
    }
}

static void make_scratch(struct groups *g)
{
    if (g->at)
        return;
    g->at = arena_alloc(g->arena, (CHUNK_ROWS + 1) * sizeof *g->at);
    g->text = arena_alloc(g->arena, CHUNK_ROWS * sizeof *g->text);
    g->hashes = arena_alloc(g->arena, CHUNK_ROWS * sizeof *g->hashes);
    g->run = arena_alloc(g->arena, CHUNK_ROWS * sizeof *g->run);
}

void groups_write(struct groups *g, struct column *const *keys, const uint32_t *rows, size_t n)
{
    make_scratch(g);
    make_room(g, keys, rows, n);
    for (size_t k = 0; k < g->n_keys; k++) {
        if (key_is_text(&g->keys[k]))
            write_texts(g, &g->keys[k], keys[k], rows, n);
        else
            write_words(g, &g->keys[k], keys[k], rows, n);
        for (size_t i = 0; g->head > g->marks && i < n; i++)
            g->buffer[g->at[i] + g->marks + k] = column_null(keys[k], rows[i]);
    }
    for (size_t i = 0; i < n; i++)
        g->hashes[i] = str_hash((struct str){g->buffer + g->at[i], g->at[i + 1] - g->at[i]});
}

void groups_write_run(struct groups *g, struct column *const *keys, size_t from, size_t n)
{
    make_scratch(g);
    for (size_t i = 0; i < n; i++)
        g->run[i] = (uint32_t)(from + i);
    groups_write(g, keys, g->run, n);
}

size_t groups_rewrite(struct groups *g, const struct groups *from, const struct group *group)
{
    const char *old = group->record;
    size_t end = g->head;

    for (size_t k = 0; k < g->n_keys; k++) {
        if (!key_is_text(&g->keys[k]))
            continue;
        const struct dict *d = from->keys[k].dict;
        end +=
            d ? dict_get(d, (uint32_t)record_word(from, old, k)).n : text_size(old, &from->keys[k]);
    }
    char *to = room(g, end);
    end = g->head;
    for (size_t k = 0; k < g->n_keys; k++) {
        if (!key_is_text(&g->keys[k])) {
            memcpy(to + g->keys[k].at, old + from->keys[k].at, 8);
        } else {
            const struct dict *d = from->keys[k].dict;
            struct str s =
                d ? dict_get(d, (uint32_t)record_word(from, old, k)) : record_text(from, old, k);
            uint32_t n = (uint32_t)s.n;
            memcpy(to + g->keys[k].at, &n, sizeof n);
            if (n)
                memcpy(to + end, s.p, n);
            end += n;
        }
        if (g->head > g->marks)
            to[g->marks + k] = record_null(from, old, k);
    }
    return end;
}
