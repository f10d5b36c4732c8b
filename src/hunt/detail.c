/* Behind a finding: lineage gives the handles of its log rows, input gives the rows, and here they
 * are laid out as tables: accesses in order with the gaps between them, addresses with their own
 * totals, raw lines. Runs on a thread of its own, so that a slow disk never blocks a key. */
#include <stdlib.h>
#include "base/map.h"
#include "hunt/hunt_internal.h"

void detail_release(struct detail *d)
{
    struct detail_box *box = (struct detail_box *)d;
    if (box && atomic_fetch_sub(&box->references, 1) == 1)
        arena_free(box->arena);
}

/* A cell of the fetched rows by column name; a null string where the column is not there. */
static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    if (at == SIZE_MAX)
        return (struct value){.type = TYPE_STRING, .s = STR("")};
    return column_value(t->columns[at], row);
}

static bool any_value(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->rows; i++)
        if (!cell(t, name, i).null)
            return true;
    return false;
}

/* ---- the tables ------------------------------------------------------------------------------ */

struct fetched {
    const struct table *rows;    /* in order of time */
    const struct log_line *lines;
    const struct log_file *files;
};

static const char *const access_columns[] = {
    "cIP",           "csMethod", "csUriStem", "csUriQuery", "scStatus",    "scSubStatus",
    "scWin32Status", "scBytes",  "TimeTaken", "csUserName", "csUserAgent", "csReferer",
    "csHost",        "sIP",      "sPort",     "Computer",
};
#define N_ACCESS (sizeof access_columns / sizeof *access_columns)

static struct table *accesses_table(struct arena *a, const struct fetched *f)
{
    struct field fields[N_ACCESS + 4];
    size_t n = 0;
    fields[n++] = (struct field){STR("TimeGenerated"), TYPE_DATETIME};
    fields[n++] = (struct field){STR("Gap"), TYPE_TIMESPAN};
    for (size_t k = 0; k < N_ACCESS; k++) {
        size_t at = schema_find(&f->rows->schema, str_of(access_columns[k]));
        fields[n++] =
            (struct field){str_of(access_columns[k]),
                           at == SIZE_MAX ? TYPE_STRING : f->rows->schema.fields[at].type};
    }
    fields[n++] = (struct field){STR("File"), TYPE_STRING};
    fields[n++] = (struct field){STR("Line"), TYPE_LONG};
    struct schema schema = {fields, n};
    struct builder *b = builder_new(a, &schema);
    struct value before = {.null = true};
    for (size_t i = 0; i < f->rows->rows; i++) {
        struct value t = cell(f->rows, "TimeGenerated", i);
        struct value gap = {.type = TYPE_TIMESPAN, .null = before.null || t.null};
        if (!gap.null)
            gap.i = t.i - before.i;
        builder_value(b, t);
        builder_value(b, gap);
        for (size_t k = 0; k < N_ACCESS; k++)
            builder_value(b, cell(f->rows, access_columns[k], i));
        builder_str(b, f->files[f->lines[i].file].path);
        builder_int(b, f->lines[i].number);
        before = t;
    }
    return builder_finish(b);
}

struct address {
    struct str ip;
    int64_t n, bytes, first, last;
    bool timed, bytes_known;
    struct map statuses, agents;
};

static struct str keys_joined(struct arena *a, const struct map *m)
{
    struct buf text = {0};
    for (size_t i = 0; i < m->cap; i++)
        if (m->entries[i].hash)
            buf_addf(&text, "%s%.*s", text.n ? " " : "", STR_ARG(m->entries[i].key));
    struct str s = str_dup(a, buf_str(&text));
    buf_release(&text);
    return s;
}

static void address_add(struct address *x, const struct table *rows, size_t i)
{
    struct value t = cell(rows, "TimeGenerated", i), bytes = cell(rows, "scBytes", i);
    x->n++;
    if (!t.null && (!x->timed || t.i < x->first))
        x->first = t.i;
    if (!t.null && (!x->timed || t.i > x->last))
        x->last = t.i;
    x->timed = x->timed || !t.null;
    if (bytes.type == TYPE_LONG && !bytes.null) {
        x->bytes += bytes.i;
        x->bytes_known = true;
    }
    map_put(&x->statuses, cell(rows, "scStatus", i).s, 1);
    map_put(&x->agents, cell(rows, "csUserAgent", i).s, 1);
}

/* Rows are in order of time, so addresses come out by their first access. */
static struct table *addresses_table(struct arena *a, const struct fetched *f)
{
    static const struct field fields[] = {
        {STR("cIP"), TYPE_STRING}, {STR("Access"), TYPE_LONG},     {STR("First"), TYPE_DATETIME},
        {STR("Last"), TYPE_DATETIME}, {STR("Bytes"), TYPE_LONG}, {STR("Statuses"), TYPE_STRING},
        {STR("Agents"), TYPE_LONG},
    };
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    VEC(struct address) all = {0};
    struct map index;
    map_init(&index, a);
    for (size_t i = 0; i < f->rows->rows; i++) {
        bool added;
        struct str ip = cell(f->rows, "cIP", i).s;
        uint64_t at = *map_slot(&index, ip, all.n, &added);
        if (added) {
            struct address fresh = {.ip = ip};
            map_init(&fresh.statuses, a);
            map_init(&fresh.agents, a);
            vec_push(a, &all, fresh);
        }
        address_add(&all.items[at], f->rows, i);
    }
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < all.n; i++) {
        struct address *x = &all.items[i];
        builder_str(b, x->ip);
        builder_int(b, x->n);
        builder_value(b, (struct value){.type = TYPE_DATETIME, .null = !x->timed, .i = x->first});
        builder_value(b, (struct value){.type = TYPE_DATETIME, .null = !x->timed, .i = x->last});
        builder_value(b, (struct value){.type = TYPE_LONG, .null = !x->bytes_known, .i = x->bytes});
        builder_str(b, keys_joined(a, &x->statuses));
        builder_int(b, (int64_t)x->agents.n);
    }
    return builder_finish(b);
}

static struct table *lines_table(struct arena *a, const struct fetched *f)
{
    static const struct field fields[] = {
        {STR("File"), TYPE_STRING},
        {STR("Line"), TYPE_LONG},
        {STR("Offset"), TYPE_LONG},
        {STR("Raw"), TYPE_STRING},
    };
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < f->rows->rows; i++) {
        builder_str(b, f->files[f->lines[i].file].path);
        builder_int(b, f->lines[i].number);
        builder_int(b, f->lines[i].offset);
        builder_str(b, f->lines[i].raw);
    }
    return builder_finish(b);
}

/* ---- fetching -------------------------------------------------------------------------------- */

struct timed_row {
    int64_t time;
    uint32_t row;
};

static int by_time(const void *x, const void *y)
{
    const struct timed_row *a = x, *b = y;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* Rows to order of time; those of one time stay in order of the input. */
static uint32_t *time_order(struct arena *a, const struct table *rows)
{
    struct timed_row *timed = ARENA_ARRAY(a, struct timed_row, rows->rows + 1);
    uint32_t *order = ARENA_ARRAY(a, uint32_t, rows->rows + 1);
    for (size_t i = 0; i < rows->rows; i++) {
        struct value t = cell(rows, "TimeGenerated", i);
        timed[i] = (struct timed_row){t.null ? INT64_MIN : t.i, (uint32_t)i};
    }
    qsort(timed, rows->rows, sizeof *timed, by_time);
    for (size_t i = 0; i < rows->rows; i++)
        order[i] = timed[i].row;
    return order;
}

bool detail_tables(struct hunt *h, struct arena *a, const int64_t *origins, size_t n,
                   struct detail *d, struct error *err)
{
    struct table *rows;
    if (!logs_fetch(h->logs, origins, n, a, &rows, err))
        return false;
    uint32_t *order = time_order(a, rows);
    struct log_line *lines = ARENA_ARRAY(a, struct log_line, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!logs_line(h->logs, origins[order[i]], a, &lines[i], err))
            return false;
    d->rows = table_pick(a, rows, order, n);
    size_t n_files;
    struct fetched f = {d->rows, lines, logs_files(h->logs, &n_files)};
    d->accesses = accesses_table(a, &f);
    d->addresses = addresses_table(a, &f);
    d->lines = lines_table(a, &f);
    d->transfers = transfers_table(a, d->accesses, &d->transfer_of);
    d->bytes_logged = any_value(d->rows, "scBytes");
    d->taken_logged = any_value(d->rows, "TimeTaken");
    d->users_logged = field_is_logged(h, "cs-username");
    d->referers_logged = field_is_logged(h, "cs(Referer)");
    return true;
}

bool detail_fill(struct hunt *h, struct detail_box *box, const struct view *v, size_t row)
{
    struct detail *d = &box->detail;
    const struct view_box *of = (const struct view_box *)v;
    int64_t *origins;
    if (of->near) {
        d->total = near_origins(h, of->near, v->ids[row], box->arena, &origins, &d->complete,
                                &d->error);
        size_t shown = d->total < DETAIL_ROWS ? d->total : DETAIL_ROWS;
        return !d->error.set && detail_tables(h, box->arena, origins, shown, d, &d->error);
    }
    if (!v->result || !v->result->lineage || row >= v->rows)
        return error_set(&d->error,
                         "the log rows behind a finding are known when loading has ended");
    d->total = result_origins(v->result, row, box->arena, &origins, &d->complete);
    size_t n = d->total < DETAIL_ROWS ? d->total : DETAIL_ROWS;
    return detail_tables(h, box->arena, origins, n, d, &d->error);
}

void *reader_main(void *hunt)
{
    struct hunt *h = hunt;
    pthread_mutex_lock(&h->lock);
    while (!h->stop) {
        struct view_box *ask = h->ask_view;
        if (!ask) {
            pthread_cond_wait(&h->wake, &h->lock);
            continue;
        }
        size_t row = h->ask_row;
        h->ask_view = NULL;
        pthread_mutex_unlock(&h->lock);

        struct arena *a = arena_new();
        struct detail_box *box = ARENA_NEW(a, struct detail_box), *old;
        box->arena = a;
        atomic_init(&box->references, 1);
        box->detail.finding = row < ask->view.rows ? ask->view.ids[row] : 0;
        box->detail.failed = !detail_fill(h, box, &ask->view, row);
        view_release(&ask->view);

        pthread_mutex_lock(&h->lock);
        old = h->detail;
        if (h->ask_view) { /* another was asked for meanwhile */
            old = box;
        } else {
            h->detail = box;
        }
        pthread_cond_broadcast(&h->rest);
        pthread_mutex_unlock(&h->lock);
        if (old)
            detail_release(&old->detail);
        hunt_signal(h);
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}
