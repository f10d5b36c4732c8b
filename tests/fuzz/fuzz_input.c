/* Any bytes as a log: the rows of a needle scan, in blocks of any size, must be those of the plain
 * walk whose lines have the needles; every line must be counted once; a row fetched by its handle
 * must be the row that was scanned. The first bytes of the input choose the needles. HARRIER_SIMD
 * forces the level. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "input/input.h"

#define TEXTS 3

struct rows {
    struct str *texts;
    int64_t *origins;
    size_t n, cap;
    struct scan_stats stats;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str render(struct arena *a, struct column *const *columns, size_t n, size_t row)
{
    struct buf b = {0};
    for (size_t i = 0; i < n; i++) {
        struct value v = column_value(columns[i], row);
        buf_add_byte(&b, v.null ? 'n' : '.');
        value_text(&b, v);
        buf_add_byte(&b, '|');
    }
    struct str s = str_dup(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void add(struct arena *a, struct rows *r, struct str text, int64_t origin)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        r->texts = arena_grow(a, r->texts, r->cap * sizeof *r->texts, cap * sizeof *r->texts);
        r->origins =
            arena_grow(a, r->origins, r->cap * sizeof *r->origins, cap * sizeof *r->origins);
        r->cap = cap;
    }
    r->texts[r->n] = text;
    r->origins[r->n++] = origin;
}

static struct logs *open_logs(struct arena *a, struct str path, size_t block)
{
    struct logs *logs;
    struct error err = {0};
    struct logs_options options = {.block_bytes = block};
    return logs_open(a, &path, 1, &options, &logs, &err) ? logs : NULL;
}

static struct rows scan(struct arena *a, struct logs *logs, const struct needle_group *groups,
                        size_t n)
{
    struct scan_request q = {.needles = groups,
                             .n_needles = n,
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .origin = true,
                             .threads = 1};
    struct rows r = {0};
    struct error err = {0};
    struct scan *s;
    struct chunk *c;
    if (!scan_open(logs, &q, a, &s, &err))
        abort();
    while (scan_next(s, 0, &c)) {
        for (size_t i = 0; i < c->n_columns; i++)
            chunk_column(c, i);
        for (size_t i = 0; i < c->rows; i++)
            add(a, &r, render(a, c->columns, c->n_columns, i), c->origin[i]);
    }
    if (scan_failed(s, &err))
        abort();
    scan_stats(s, &r.stats);
    const struct scan_stats *st = &r.stats;
    if (st->lines !=
        st->header_lines + st->skipped + st->bad + st->rows + st->out_of_span + st->blank)
        abort();
    scan_close(s);
    return r;
}

static bool has(struct str line, struct str text)
{
    for (size_t i = 0; i + text.n <= line.n; i++) {
        if (str_eq_nocase(str_sub(line, i, i + text.n), text))
            return true;
    }
    return false;
}

static bool has_groups(struct str line, const struct needle_group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool any = false;
        for (size_t k = 0; k < groups[i].n; k++)
            any |= has(line, groups[i].texts[k]);
        if (!any)
            return false;
    }
    return true;
}

static void must_equal(const struct rows *x, const struct rows *y)
{
    if (x->n != y->n)
        abort();
    for (size_t i = 0; i < x->n; i++) {
        if (x->origins[i] != y->origins[i] || !str_eq(x->texts[i], y->texts[i]))
            abort();
    }
}

/* The rows of the walk whose raw lines have the needles; and each, fetched, is what it was. */
static struct rows expected(struct arena *a, struct logs *logs, const struct rows *walk,
                            const struct needle_group *groups, size_t n)
{
    struct rows want = {0};
    struct table *t;
    struct error err = {0};
    if (!logs_fetch(logs, walk->origins, walk->n, a, &t, &err) || t->rows != walk->n)
        abort();
    for (size_t i = 0; i < walk->n; i++) {
        struct log_line line;
        if (!logs_line(logs, walk->origins[i], a, &line, &err))
            abort();
        if (!str_eq(render(a, t->columns, t->schema.n, i), walk->texts[i]))
            abort();
        if (has_groups(line.raw, groups, n))
            add(a, &want, walk->texts[i], walk->origins[i]);
    }
    return want;
}

/* Texts of the needles out of the input itself, so that they are found. */
static size_t make_needles(const uint8_t *p, size_t n, struct str *texts,
                           struct needle_group *groups)
{
    static const char *const usual[] = {"/owa/", "10", " -", ".png", "GET", ": "};
    size_t count = n ? p[0] % (TEXTS + 1) : 0;
    for (size_t i = 0; i < count; i++) {
        texts[i] = str_of(usual[p[0] / 8 % 6]);
        if (n > 20 * (i + 1) && p[i] % 2)
            texts[i] = (struct str){(const char *)p + 4 + 16 * i, 2 + p[i] / 2 % 8};
        for (size_t k = 0; k < texts[i].n; k++) {
            if (texts[i].p[k] < ' ' || texts[i].p[k] > '~')
                texts[i] = str_of(usual[i]);
        }
    }
    bool apart = n > 1 && p[1] % 2;
    for (size_t i = 0; i < count && apart; i++)
        groups[i] = (struct needle_group){texts + i, 1, true};
    if (count && !apart)
        groups[0] = (struct needle_group){texts, count, true};
    return apart ? count : count > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t blocks[] = {7, 16, 61, 4096};
    static int fd = -1; /* one file for all runs: making one costs more than reading it */
    static char path[64];
    struct str texts[TEXTS];
    struct needle_group groups[TEXTS];
    if (fd < 0) {
        fd = memfd_create("log", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct arena *a = arena_new();
    struct logs *logs = open_logs(a, str_of(path), 0);
    if (!logs)
        abort();
    size_t n = make_needles(data, size, texts, groups);
    struct rows walk = scan(a, logs, NULL, 0);
    struct rows want = expected(a, logs, &walk, groups, n);
    struct rows first = scan(a, logs, groups, n);
    must_equal(&want, &first);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct logs *small = open_logs(a, str_of(path), blocks[i]);
        struct rows again = scan(a, small, groups, n);
        must_equal(&want, &again);
        again.stats.bytes = first.stats.bytes;
        if (memcmp(&again.stats, &first.stats, sizeof again.stats) != 0)
            abort();
        struct rows whole = scan(a, small, NULL, 0);
        must_equal(&walk, &whole);
    }
    arena_free(a);
    return 0;
}
