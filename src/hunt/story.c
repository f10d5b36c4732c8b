/* The story of an actor: an address, a user agent, a file, a server or a user. In: its value and
 * when the access was; out: its requests in all that was loaded, POSTs to scripts first, then by
 * time. One pass finds the rows (the value is searched for as text in the line), a second one
 * counts; memory is bounded, because only the rows that lie nearest to the access are kept. */
#include "base/instant.h"
#include "hunt/task.h"

struct story {
    struct task task;
    enum actor actor;
    struct str value;
    int64_t from, to;
    struct tale *seen; /* the newest; under the hunt's lock */
};

/* ---- queries --------------------------------------------------------------------------------- */

/* IIS takes paths in any case. */
static void add_file(struct buf *out, struct arena *a, struct str value)
{
    bool whole = str_starts(value, STR("/"));
    buf_add_z(out, whole ? "csUriStem =~ " : "csUriStem endswith ");
    query_text_literal(out, whole ? value : str_fmt(a, "/%.*s", STR_ARG(value)));
}

static void add_condition(struct buf *out, const struct story *s)
{
    static const char *const columns[] = {[ACTOR_ADDRESS] = "cIP",
                                          [ACTOR_AGENT] = "csUserAgent",
                                          [ACTOR_SERVER] = "Computer",
                                          [ACTOR_USER] = "csUserName"};
    buf_add_z(out, "W3CIISLog | where ");
    if (s->actor == ACTOR_FILE) {
        add_file(out, s->task.arena, s->value);
        return;
    }
    buf_addf(out, "%s == ", columns[s->actor]);
    query_text_literal(out, s->value);
    if (s->actor == ACTOR_SERVER) {
        buf_add_z(out, " or sIP == ");
        query_text_literal(out, s->value);
    }
}

/* Seconds to the access, or to the first event. */
static void add_distance(struct buf *out, const struct story *s, int64_t first)
{
    if (s->from > s->to) {
        buf_add_z(out, "(TimeGenerated - ");
        query_time_literal(out, first);
        buf_add_z(out, ") / 1s");
        return;
    }
    buf_add_z(out, "iff(TimeGenerated < ");
    query_time_literal(out, s->from);
    buf_add_z(out, ", ");
    query_time_literal(out, s->from);
    buf_add_z(out, " - TimeGenerated, iff(TimeGenerated > ");
    query_time_literal(out, s->to);
    buf_add_z(out, ", TimeGenerated - ");
    query_time_literal(out, s->to);
    buf_add_z(out, ", 0s)) / 1s");
}

static struct str taken(struct arena *a, struct buf *text)
{
    struct str kept = str_dup(a, buf_str(text));
    buf_release(text);
    return kept;
}

static struct str rows_query(const struct story *s, int64_t first)
{
    struct buf out = {0};
    add_condition(&out, s);
    buf_add_z(&out, " | extend Distance = ");
    add_distance(&out, s, first);
    buf_addf(&out,
             " | top %d by iff(" SCRIPT_POST ", Distance - 1e12, Distance) asc nulls last"
             " | project FileUri, Offset = tolong(FileOffset)",
             STORY_ROWS);
    return taken(s->task.arena, &out);
}

static struct str counts_query(const struct story *s)
{
    struct buf out = {0};
    bool access = s->from <= s->to;
    add_condition(&out, s);
    buf_add_z(&out, " | summarize count(), countif(");
    if (access) {
        buf_add_z(&out, "TimeGenerated < ");
        query_time_literal(&out, s->from);
        buf_add_z(&out, "), countif(TimeGenerated > ");
        query_time_literal(&out, s->to);
    } else {
        buf_add_z(&out, "1 == 2), countif(1 == 2");
    }
    buf_add_z(&out, "), countif(" SCRIPT_POST "), dcount(cIP, 4), dcount(csUserAgent, 4), "
                    "dcount(csUriStem, 4), dcount(Computer, 4), countif(toint(scStatus) >= 400), "
                    "min(TimeGenerated), max(TimeGenerated)");
    return taken(s->task.arena, &out);
}

/* ---- the tables ------------------------------------------------------------------------------ */

static bool is_script_post(const struct table *t, size_t row)
{
    size_t method = schema_find(&t->schema, STR("csMethod"));
    size_t stem = schema_find(&t->schema, STR("csUriStem"));
    if (method == SIZE_MAX || stem == SIZE_MAX ||
        !str_eq_nocase(column_value(t->columns[method], row).s, STR("POST")))
        return false;
    static const char *const ends[] = {".aspx", ".ashx", ".asp"};
    struct str s = column_value(t->columns[stem], row).s;
    for (size_t i = 0; i < s.n; i++)
        for (size_t k = 0; s.p[i] == '.' && k < sizeof ends / sizeof *ends; k++) {
            struct str end = str_of(ends[k]);
            if (i + end.n <= s.n && str_eq_nocase(str_sub(s, i, i + end.n), end) &&
                (i + end.n == s.n || s.p[i + end.n] == '/'))
                return true;
        }
    return false;
}

static struct value away(const struct story *s, struct value time)
{
    struct value v = {.type = TYPE_TIMESPAN, .null = time.null || s->from > s->to};
    if (!v.null)
        v.i = time.i < s->from ? time.i - s->from : time.i > s->to ? time.i - s->to : 0;
    return v;
}

/* The accesses in the given order, with where they stand to the access in front. */
static struct table *with_part(const struct story *s, const struct table *t, const uint32_t *order,
                               size_t posts)
{
    struct arena *a = s->task.arena;
    size_t n = t->schema.n, time = schema_find(&t->schema, STR("TimeGenerated"));
    struct field *fields = ARENA_ARRAY(a, struct field, n + 2);
    fields[0] = (struct field){STR("Part"), TYPE_STRING};
    fields[1] = (struct field){STR("Away"), TYPE_TIMESPAN};
    memcpy(fields + 2, t->schema.fields, n * sizeof *fields);
    struct schema schema = {fields, n + 2};
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < t->rows; i++) {
        size_t row = order[i];
        struct value off = away(s, column_value(t->columns[time], row));
        const char *part = off.null ? "" : off.i < 0 ? "before" : off.i > 0 ? "after" : "during";
        builder_str(b, str_of(i < posts ? "POST" : part));
        off.null |= off.i == 0;
        builder_value(b, off);
        for (size_t k = 0; k < n; k++)
            builder_value(b, column_value(t->columns[k], row));
    }
    return builder_finish(b);
}

static void lay_out(const struct story *s, const struct detail *d, struct tale *out)
{
    struct arena *a = s->task.arena;
    size_t n = d->rows->rows, at = 0, posts;
    uint32_t *order = ARENA_ARRAY(a, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        if (is_script_post(d->accesses, i))
            order[at++] = (uint32_t)i;
    posts = at;
    for (size_t i = 0; i < n; i++)
        if (!is_script_post(d->accesses, i))
            order[at++] = (uint32_t)i;
    out->accesses = with_part(s, d->accesses, order, posts);
    out->rows = table_pick(a, d->rows, order, n);
    out->lines = table_pick(a, d->lines, order, n);
}

/* FileUri is a file's path as it is listed. */
static int64_t *origins_of(struct task *t, const struct table *found)
{
    size_t n_files;
    const struct log_file *files = logs_files(t->h->logs, &n_files);
    int64_t *origins = ARENA_ARRAY(t->arena, int64_t, found->rows + 1);
    size_t file = 0;
    for (size_t i = 0; i < found->rows; i++) {
        struct str path = column_value(found->columns[0], i).s;
        if (file >= n_files || !str_eq(files[file].path, path))
            for (file = 0; file < n_files && !str_eq(files[file].path, path);)
                file++;
        origins[i] = origin_make((uint32_t)file, column_value(found->columns[1], i).i);
    }
    return origins;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void show(struct story *s, struct tale *tale)
{
    pthread_mutex_lock(&s->task.h->lock);
    s->seen = tale;
    pthread_mutex_unlock(&s->task.h->lock);
    task_news(&s->task);
}

static bool find_rows(struct story *s)
{
    struct task *t = &s->task;
    struct tale *tale = ARENA_NEW(t->arena, struct tale);
    struct detail d = {0};
    struct result *r;
    int64_t first = 0;
    logs_first_event(t->h->logs, &first);
    if (!task_query(t, rows_query(s, first), &r) ||
        !detail_tables(t->h, t->arena, origins_of(t, r->table), r->table->rows, &d, &t->err))
        return false;
    lay_out(s, &d, tale);
    show(s, tale);
    return true;
}

static int64_t cell(const struct table *t, size_t column)
{
    return column_value(t->columns[column], 0).i;
}

static void count_all(struct story *s)
{
    struct task *t = &s->task;
    struct tale *tale = ARENA_NEW(t->arena, struct tale);
    struct result *r;
    if (!task_query(t, counts_query(s), &r) || !r->table->rows)
        return;
    const struct table *n = r->table;
    *tale = *s->seen;
    tale->counted = true;
    tale->total = cell(n, 0);
    tale->before = cell(n, 1);
    tale->after = cell(n, 2);
    tale->posts = cell(n, 3);
    tale->addresses = cell(n, 4);
    tale->agents = cell(n, 5);
    tale->files = cell(n, 6);
    tale->servers = cell(n, 7);
    tale->failed = cell(n, 8);
    tale->timed = !column_value(n->columns[9], 0).null;
    tale->first = cell(n, 9);
    tale->last = cell(n, 10);
    show(s, tale);
}

static void story_work(struct task *t)
{
    struct story *s = (struct story *)t;
    if (task_await_logs(t) && find_rows(s))
        count_all(s);
}

struct story *hunt_story(struct hunt *h, enum actor actor, struct str value, int64_t from,
                         int64_t to)
{
    struct story *s = task_new(h, sizeof *s, story_work);
    s->actor = actor;
    s->value = str_dup(s->task.arena, value);
    s->from = from;
    s->to = to;
    s->seen = ARENA_NEW(s->task.arena, struct tale);
    task_start(&s->task);
    return s;
}

const struct tale *story_tale(struct story *s, struct error *err)
{
    if (story_done(s) && s->task.err.set)
        *err = s->task.err;
    pthread_mutex_lock(&s->task.h->lock);
    const struct tale *tale = s->seen;
    pthread_mutex_unlock(&s->task.h->lock);
    return tale;
}

void story_progress(struct story *s, struct exec_progress *out)
{
    pthread_mutex_lock(&s->task.h->lock);
    *out = s->task.progress;
    pthread_mutex_unlock(&s->task.h->lock);
}

void story_stop(struct story *s)
{
    task_stop(&s->task);
}

bool story_stopped(const struct story *s)
{
    return task_stopped(&s->task);
}

bool story_done(const struct story *s)
{
    return atomic_load(&s->task.done);
}

void story_close(struct story *s)
{
    task_close((struct task *)s);
}
