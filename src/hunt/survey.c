/* The survey: what the logs are, whatever the rule asks of them. In: the logs; out: their span, at
 * once, from the ends of the files; then, after one pass over all lines, the servers and what is
 * counted by server, file and ten minutes. It runs beside the workbench and stops when told to. */
#include "hunt/survey.h"

static void show(struct surveyor *s, struct overview *picture)
{
    pthread_mutex_lock(&s->task.h->lock);
    s->seen = picture;
    pthread_mutex_unlock(&s->task.h->lock);
    task_news(&s->task);
}

const struct overview *survey_seen(struct surveyor *s)
{
    pthread_mutex_lock(&s->task.h->lock);
    const struct overview *picture = s->seen;
    pthread_mutex_unlock(&s->task.h->lock);
    return picture;
}

/* What --since and --until leave of it. */
static bool find_span(struct hunt *h, struct overview *out)
{
    out->timed = logs_first_event(h->logs, &out->first) && logs_last_event(h->logs, &out->last);
    if (out->timed && out->first < h->options.since)
        out->first = h->options.since;
    if (out->timed && out->last > h->options.until)
        out->last = h->options.until;
    out->timed &= out->first <= out->last;
    return out->timed;
}

static void add_server(struct arena *a, struct overview *out, struct str name, int64_t rows)
{
    for (size_t i = 0; i < out->n_servers; i++)
        if (str_eq(out->servers[i].name, name)) {
            out->servers[i].rows += rows;
            return;
        }
    out->servers = arena_grow(a, out->servers, out->n_servers * sizeof *out->servers,
                              (out->n_servers + 1) * sizeof *out->servers);
    out->servers[out->n_servers++] = (struct server){name, rows};
}

static struct value at(const struct table *t, size_t column, size_t row)
{
    return column_value(t->columns[column], row);
}

static void count_servers(struct arena *a, const struct table *t, struct overview *out)
{
    for (size_t i = 0; i < t->rows; i++)
        add_server(a, out, at(t, SLOT_COMPUTER, i).s, at(t, SLOT_ROWS, i).i);
}

static struct str survey_query(struct arena *a)
{
    return str_fmt(
        a,
        "W3CIISLog | summarize Rows = count(), FirstAt = min(tolong(FileOffset)), LastAt = "
        "max(tolong(FileOffset)) by Computer, FileUri, Slot = bin(TimeGenerated, %dm)"
        " | project Computer, FileUri, Slot, Rows, FirstAt, LastAt",
        SLOT_MINUTES);
}

static void survey_work(struct task *t)
{
    struct surveyor *s = (struct surveyor *)t;
    struct overview *span = ARENA_NEW(t->arena, struct overview);
    struct result *result;
    size_t files;
    logs_files(t->h->logs, &files);
    if (!files || !task_await_logs(t))
        return;
    find_span(t->h, span);
    show(s, span);
    if (!task_query(t, survey_query(t->arena), &result))
        return;
    struct overview *all = ARENA_NEW(t->arena, struct overview);
    *all = *span;
    count_servers(t->arena, result->table, all);
    all->counted = true;
    s->slots = result->table;
    show(s, all);
    struct overview *judged = ARENA_NEW(t->arena, struct overview);
    *judged = *all;
    if (doctor_look(s, judged))
        show(s, judged);
}

struct surveyor *hunt_survey(struct hunt *h)
{
    struct surveyor *s = task_new(h, sizeof *s, survey_work);
    s->seen = ARENA_NEW(s->task.arena, struct overview);
    s->task.quiet = true;
    task_start(&s->task);
    return s;
}

bool survey_done(const struct surveyor *s)
{
    return atomic_load(&s->task.done);
}
void survey_close(struct surveyor *s)
{
    task_close((struct task *)s);
}
