/* The rule written back: new literals are spliced into the file's own text at the places of the old
 * ones, a stage that is off gets // in front, one that was switched on loses it; every other byte
 * stays. */
#include <stdlib.h>
#include "hunt/hunt_internal.h"

struct edits {
    struct edit *items;
    size_t n, cap;
};

static int by_start(const void *x, const void *y)
{
    const struct edit *a = x, *b = y;
    return (a->start > b->start) - (a->start < b->start);
}

static struct str literal_text(struct hunt *h, struct arena *a, size_t slot)
{
    const struct param *p = &h->query->params[slot];
    const struct dial *d = &h->dials[slot];
    struct buf text = {0};
    if (p->kind == PARAM_LIST) {
        bool any = false;
        buf_add_z(&text, p->bare_list ? "" : "dynamic([");
        for (size_t i = 0; i < d->members.n; i++) {
            if (!d->members.items[i].on)
                continue;
            buf_add_z(&text, any ? ", " : "");
            kql_literal(&text, d->members.items[i].value);
            any = true;
        }
        if (p->bare_list && !any)
            buf_add_z(&text, "dynamic([])"); /* `in ()` is no KQL */
        buf_add_z(&text, p->bare_list ? "" : "])");
    } else {
        kql_literal(&text, d->value);
    }
    struct str s = str_dup(a, buf_str(&text));
    buf_release(&text);
    return s;
}

static bool blank(struct str s) { return str_trim(s).n == 0; }

/* Off: // in front of each line of the stage, which gets lines of its own where it shares them. */
static void comment_out(struct arena *a, struct edits *e, struct str text, struct span whole)
{
    uint32_t line = whole.start, end = whole.end;
    while (line > 0 && text.p[line - 1] != '\n')
        line--;
    if (!blank(str_sub(text, line, whole.start)))
        vec_push(a, e, ((struct edit){whole.start, whole.start, STR("\n")}));
    vec_push(a, e, ((struct edit){whole.start, whole.start, STR("//")}));
    for (uint32_t i = whole.start; i < end; i++)
        if (text.p[i] == '\n' && i + 1 < end)
            vec_push(a, e, ((struct edit){i + 1, i + 1, STR("//")}));
    while (end < text.n && (text.p[end] == ' ' || text.p[end] == '\t' || text.p[end] == '\r'))
        end++;
    if (end < text.n && text.p[end] != '\n')
        vec_push(a, e, ((struct edit){whole.end, whole.end, STR("\n")}));
}

/* On: the // before the stage goes. */
static void comment_in(struct arena *a, struct edits *e, struct str text, struct span whole)
{
    for (uint32_t i = whole.start; i + 1 < whole.end; i++) {
        bool line_start = i == whole.start || text.p[i - 1] == '\n';
        if (line_start && text.p[i] == '/' && text.p[i + 1] == '/')
            vec_push(a, e, ((struct edit){i, i + 2, STR("")}));
    }
}

/* Offset in the file of each offset of the query (n + 1 of them); false: the block and the query do
 * not match. */
static bool map_offsets(const struct rule *r, struct arena *a, uint32_t **out)
{
    struct str q = r->query.text, f = r->file_text;
    uint32_t *map = ARENA_ARRAY(a, uint32_t, q.n + 1), at = r->query_start;
    bool line_start = r->is_file;
    for (uint32_t i = 0; i < q.n; i++) {
        if (line_start)
            for (int k = 0; k < r->query.indent && at < f.n && f.p[at] == ' '; k++)
                at++;
        if (q.p[i] == '\n' && at < f.n && f.p[at] == '\r')
            at++;
        if (at >= f.n || f.p[at] != q.p[i])
            return i + 1 == q.n && q.p[i] == '\n' ? (map[i] = map[i + 1] = at, *out = map, true)
                                                  : false;
        map[i] = at++;
        line_start = r->is_file && q.p[i] == '\n';
    }
    map[q.n] = at;
    *out = map;
    return true;
}

static void add_indented(struct buf *out, const struct rule *r, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        buf_add_byte(out, text.p[i]);
        for (int k = 0; text.p[i] == '\n' && k < r->query.indent; k++)
            buf_add_byte(out, ' ');
    }
}

static void collect(struct hunt *h, struct arena *a, struct edits *edits)
{
    for (size_t i = 0; i < h->query->n_params; i++) {
        const struct param *p = &h->query->params[i];
        if (!dial_changed(h, i))
            continue;
        if (p->kind != PARAM_SWITCH) {
            vec_push(a, edits, ((struct edit){p->span.start, p->span.end, literal_text(h, a, i)}));
            continue;
        }
        struct span whole = h->query->stages[p->stage - 1]->stage->whole;
        if (h->dials[i].value.b)
            comment_in(a, edits, h->query->source.text, whole);
        else
            comment_out(a, edits, h->query->source.text, whole);
    }
}

/* Stable: edits at one place stay in order. */
static void put_in_order(struct edits *e)
{
    for (size_t i = 1; i < e->n; i++)
        for (size_t k = i; k > 0 && by_start(&e->items[k - 1], &e->items[k]) > 0; k--) {
            struct edit swap = e->items[k];
            e->items[k] = e->items[k - 1];
            e->items[k - 1] = swap;
        }
}

struct str query_text(struct hunt *h, struct arena *a, const struct edit *more, size_t n)
{
    struct edits edits = {0};
    struct str text = h->query->source.text;
    struct buf out = {0};
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++)
        vec_push(a, &edits, more[i]);
    pthread_mutex_lock(&h->lock);
    collect(h, a, &edits);
    pthread_mutex_unlock(&h->lock);
    put_in_order(&edits);
    for (size_t i = 0; i < edits.n; i++) {
        if (edits.items[i].start < at)
            continue; /* inside something that is rewritten already */
        buf_add(&out, str_sub(text, at, edits.items[i].start));
        buf_add(&out, edits.items[i].text);
        at = edits.items[i].end;
    }
    buf_add(&out, str_sub(text, at, text.n));
    struct str kept = str_dup(a, buf_str(&out));
    buf_release(&out);
    return kept;
}

struct str hunt_kql(struct hunt *h, struct arena *a)
{
    return query_text(h, a, NULL, 0);
}

/* The file's text with the exclusions in its query block, which ends `after` bytes before its end.
 * The new lines are indented as the block is. False: it does not name the table. */
static bool add_exclusions(const struct rule *r, struct arena *a, struct str file, size_t after,
                           struct str wheres, struct str *text)
{
    struct str block = str_sub(file, r->query_start, file.n - after);
    struct buf out = {0}, line = {0};
    buf_add_z(&line, str_find_byte(block, '\r') < block.n ? "\r\n" : "\n");
    for (int k = 0; k < r->query.indent; k++)
        buf_add_byte(&line, ' ');
    buf_add(&out, str_sub(file, 0, r->query_start));
    bool ok = exclude_into(block, wheres, buf_str(&line), &out) > 0;
    buf_add(&out, str_sub(file, file.n - after, file.n));
    *text = str_dup(a, buf_str(&out));
    buf_release(&line);
    buf_release(&out);
    return ok;
}

bool hunt_write_rule(struct hunt *h, struct arena *a, struct str wheres, struct str *text,
                     struct error *err)
{
    const struct rule *r = h->rule;
    struct edits edits = {0};
    uint32_t *map;
    if (r->query_end <= r->query_start || !map_offsets(r, a, &map))
        return error_set(
            err, "%.*s: the query is no literal block (query: |), so it cannot be written back",
            STR_ARG(r->path));
    pthread_mutex_lock(&h->lock);
    collect(h, a, &edits);
    pthread_mutex_unlock(&h->lock);
    put_in_order(&edits);
    struct buf out = {0};
    uint32_t at = 0;
    for (size_t i = 0; i < edits.n; i++) {
        uint32_t start = map[edits.items[i].start], end = map[edits.items[i].end];
        if (start < at)
            continue; /* inside a stage that is rewritten already */
        buf_add(&out, str_sub(r->file_text, at, start));
        add_indented(&out, r, edits.items[i].text);
        at = end;
    }
    buf_add(&out, str_sub(r->file_text, at, r->file_text.n));
    *text = str_dup(a, buf_str(&out));
    buf_release(&out);
    return !wheres.n || add_exclusions(r, a, *text, r->file_text.n - r->query_end, wheres, text) ||
           error_set(err, "this query does not name W3CIISLog: there is nothing to exclude");
}
