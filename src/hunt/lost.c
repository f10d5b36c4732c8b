/* What the rule does not let through: sample rows that a stage drops, and one line of a log with
 * the reason, followed through the stages that take it together with others. Both may read the logs
 * again, so both run as tasks. */
#include "hunt/task.h"

static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    return at == SIZE_MAX ? (struct value){.type = TYPE_STRING, .s = STR("")}
                          : column_value(t->columns[at], row);
}

/* The settings as they stand; they may be turned while the task runs. */
static struct value *params_now(struct hunt *h, struct arena *a)
{
    pthread_mutex_lock(&h->lock);
    struct value *params = dials_values(h, a);
    pthread_mutex_unlock(&h->lock);
    return params;
}

static int stage_of_node(const struct query *q, size_t node)
{
    for (size_t i = 0; i < q->n_stages; i++)
        if (q->stages[i]->id == node)
            return (int)i + 1;
    return 0;
}

static const struct field line_fields[] = {
    {STR("File"), TYPE_STRING},
    {STR("Line"), TYPE_LONG},
    {STR("Offset"), TYPE_LONG},
    {STR("Raw"), TYPE_STRING},
};

/* ---- rows that a stage loses ----------------------------------------------------------------- */

struct lost {
    struct task task;
    int stage;
    size_t want;
    struct table *rows;
};

static bool lost_fill(struct lost *l, const struct exec_options *o, const int64_t *origins,
                      size_t n)
{
    static const struct field fields[] = {
        {STR("Why"), TYPE_STRING}, {STR("csUriStem"), TYPE_STRING}, {STR("File"), TYPE_STRING},
        {STR("Line"), TYPE_LONG},  {STR("Offset"), TYPE_LONG},
    };
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct task *t = &l->task;
    struct builder *b = builder_new(t->arena, &schema);
    struct table *rows;
    size_t n_files;
    const struct log_file *files = logs_files(t->h->logs, &n_files);
    if (!logs_fetch(t->h->logs, origins, n, t->arena, &rows, &t->err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct log_line line;
        struct str why = STR_NONE;
        size_t node;
        if (!logs_line(t->h->logs, origins[i], t->arena, &line, &t->err) ||
            !exec_why(t->h->query, o, origins[i], t->arena, &node, &why, &t->err))
            return false;
        builder_str(b, why.n ? why : STR("its group is dropped"));
        builder_str(b, cell(rows, "csUriStem", i).s);
        builder_str(b, line.file < n_files ? files[line.file].path : STR(""));
        builder_int(b, line.number);
        builder_int(b, line.offset);
    }
    l->rows = builder_finish(b);
    return true;
}

static void lost_work(struct task *t)
{
    struct lost *l = (struct lost *)t;
    const struct query *q = t->h->query;
    int64_t *origins;
    size_t n;
    if (!task_await_logs(t) || l->stage < 1 || (size_t)l->stage > q->n_stages)
        return;
    struct exec_options o = task_options(t);
    o.params = params_now(t->h, t->arena);
    o.progress = NULL;
    if (exec_lost(q, &o, q->stages[l->stage - 1]->id, l->want, t->arena, &origins, &n, &t->err))
        lost_fill(l, &o, origins, n);
}

struct lost *hunt_lost(struct hunt *h, int stage, size_t want)
{
    struct lost *l = task_new(h, sizeof *l, lost_work);
    l->stage = stage;
    l->want = want;
    task_start(&l->task);
    return l;
}

bool lost_done(const struct lost *l)
{
    return atomic_load(&l->task.done);
}
void lost_close(struct lost *l)
{
    task_close((struct task *)l);
}

const struct table *lost_rows(const struct lost *l, struct error *err)
{
    if (!lost_done(l))
        return NULL;
    if (l->task.err.set)
        *err = l->task.err;
    return l->rows;
}

/* ---- one line -------------------------------------------------------------------------------- */

struct told {
    struct task task;
    struct str file;
    int64_t offset;
    struct told_line line;
    bool known;
};

static struct table *line_table(struct arena *a, struct str path, const struct log_line *line)
{
    struct schema schema = {(struct field *)line_fields, sizeof line_fields / sizeof *line_fields};
    struct builder *b = builder_new(a, &schema);
    builder_str(b, path);
    builder_int(b, line->number);
    builder_int(b, line->offset);
    builder_str(b, line->raw);
    return builder_finish(b);
}

/* The first stage that works on rows together: what it makes of one line alone is not told. 0:
 * there is none. */
static int joint_stage(const struct query *q)
{
    for (size_t i = 0; i < q->n_stages; i++)
        if (q->stages[i]->op->run && q->stages[i]->op->run->finish)
            return (int)i + 1;
    return 0;
}

/* A row as name=value: of a summarize's its keys, which come first; of others nothing. */
static struct str group_text(struct arena *a, const struct query *q, const struct exec_trace *trace)
{
    struct buf text = {0};
    size_t keys = 0;
    for (size_t i = 0; i < q->n_stages; i++)
        for (const struct node *n = q->stages[i]->id == trace->group_of && q->stages[i]->stage
                                        ? q->stages[i]->stage->by
                                        : NULL;
             n; n = n->next)
            keys++;
    for (size_t k = 0; trace->group && k < keys && k < trace->group->schema.n; k++) {
        struct buf cell = {0};
        export_cell(&cell, column_value(trace->group->columns[k], 0));
        if (cell.n)
            buf_addf(&text, "%s%.*s=%.*s", text.n ? ", " : "",
                     STR_ARG(trace->group->schema.fields[k].name), STR_ARG(buf_str(&cell)));
        buf_release(&cell);
    }
    struct str s = str_dup(a, buf_str(&text));
    buf_release(&text);
    return s;
}

struct tracing {
    struct told *told;
    struct hunt *h; /* whose rule is asked */
    int64_t origin;
    struct exec_options o;
    struct exec_trace trace;
    bool kept_rows, ok;
};

/* On the engine's thread: from the rows kept, so that no log is read. */
static void trace_kept(struct hunt *h, void *ctx)
{
    struct tracing *w = ctx;
    struct task *t = &w->told->task;
    if (!h->kept || !keep_ready(h->kept->keep))
        return;
    w->kept_rows = true;
    w->o.pool = h->pool;
    w->o.keep = h->kept->keep;
    w->ok = exec_trace(h->query, &w->o, w->origin, t->arena, &w->trace, &t->err);
}

/* Where the line is at last, behind the stage that takes it together with others. */
static void told_follow(struct told *told, struct hunt *h, const struct exec_options *o,
                        int64_t origin)
{
    struct task *t = &told->task;
    struct told_line *line = &told->line;
    struct tracing w = {.told = told, .h = h, .origin = origin, .o = *o};
    if (h->options.keep)
        errand_do(h, trace_kept, &w, &t->cancel);
    if (!w.kept_rows && !task_stopped(t)) {
        w.o.pool = o->pool;
        w.o.keep = NULL;
        w.ok = exec_trace(h->query, &w.o, origin, t->arena, &w.trace, &t->err);
    }
    if (!w.ok)
        return;
    line->group = group_text(t->arena, h->query, &w.trace);
    line->group_why = w.trace.why;
    line->group_stage =
        w.trace.dropped_by == SIZE_MAX ? 0 : stage_of_node(h->query, w.trace.dropped_by);
    line->found = w.trace.row != NULL;
    line->lost_sight = !w.trace.known;
    if (line->found) {
        struct result r = {.table = w.trace.row};
        struct view v = {.result = &r, .rows = 1};
        struct buf label = {0};
        line->finding = identity_of(h, t->arena, w.trace.row)[0];
        hunt_label(h, &v, 0, &label);
        line->label = str_dup(t->arena, buf_str(&label));
        buf_release(&label);
    }
}

static void told_work(struct task *t)
{
    struct told *told = (struct told *)t;
    struct log_line line;
    size_t n, file = 0, node = SIZE_MAX;
    const struct log_file *files = logs_files(t->h->logs, &n);
    while (file < n && !str_eq(files[file].path, told->file))
        file++;
    if (file == n || !task_await_logs(t))
        return;
    int64_t origin = origin_make((uint32_t)file, told->offset);
    struct exec_options o = task_options(t);
    struct hunt *h = t->h;
    while (h->outer)
        h = h->outer;
    o.params = params_now(h, t->arena);
    o.now = h->now;
    o.progress = NULL;
    bool known = logs_line(t->h->logs, origin, t->arena, &line, &t->err) &&
                 logs_fetch(t->h->logs, &origin, 1, t->arena, &told->line.rows, &t->err) &&
                 exec_why(h->query, &o, origin, t->arena, &node, &told->line.why, &t->err);
    if (!known)
        return;
    told->line.lines = line_table(t->arena, told->file, &line);
    told->line.stage = node == SIZE_MAX ? joint_stage(h->query) : stage_of_node(h->query, node);
    told->line.kept = node == SIZE_MAX;
    if (told->line.kept && told->line.stage)
        told_follow(told, h, &o, origin);
    told->known = !t->err.set && !task_stopped(t);
}

struct told *hunt_tell(struct hunt *h, struct str file, int64_t offset)
{
    struct told *t = task_new(h, sizeof *t, told_work);
    t->file = str_dup(t->task.arena, file);
    t->offset = offset;
    task_start(&t->task);
    return t;
}

bool told_done(const struct told *t)
{
    return atomic_load(&t->task.done);
}
void told_close(struct told *t)
{
    task_close((struct task *)t);
}

const struct told_line *told_line(const struct told *t)
{
    return told_done(t) && t->known ? &t->line : NULL;
}
