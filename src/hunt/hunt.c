/* Opening and closing a hunt: rule, logs and plan come together here; then the engine and the
 * reader get a thread each. */
#include <sys/eventfd.h>
#include <unistd.h>
#include "hunt/beside.h"

/* Kept rows may take a quarter of the machine's memory: below that every knob would read the logs
 * again. */
static int64_t keep_budget(void)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    int64_t quarter = pages > 0 && page > 0 ? pages / 4 * page : 0;
    return quarter > INT64_C(256) << 20 ? quarter : INT64_C(256) << 20;
}

/* ---- what the query may name ----------------------------------------------------------------- */

/* Who compiles: the thread of a task may do so too, with an arena of its own. */
struct asked {
    struct hunt *h;
    struct arena *a;
};

static const struct schema *table_by_name(void *ctx, struct str name)
{
    struct asked *asked = ctx;
    return str_is(name, "W3CIISLog") ? logs_schema(asked->h->logs) : NULL;
}

static struct str table_name(void *ctx, size_t i)
{
    (void)ctx;
    return i == 0 ? STR("W3CIISLog") : STR_NONE;
}

/* The portal's placeholders stand for the span that is looked at. */
static bool template_value(void *ctx, struct str name, struct str *value)
{
    struct asked *asked = ctx;
    struct hunt *h = asked->h;
    bool start = str_is(name, "StartTimeISO"), end = str_is(name, "EndTimeISO");
    if (!start && !end)
        return false;
    int64_t ticks = start ? h->options.since : h->options.until;
    if (start && ticks == INT64_MIN && !logs_first_event(h->logs, &ticks))
        ticks = 0;
    if (end && ticks == INT64_MAX && !logs_last_event(h->logs, &ticks))
        ticks = INSTANT_MAX;
    char text[INSTANT_TEXT];
    size_t n = instant_format(ticks, text);
    *value = str_dup(asked->a, (struct str){text, n});
    return true;
}

static struct kql_env env_of(struct asked *asked)
{
    return (struct kql_env){
        .ops = ops_rows, .scan = &op_scan, .table = table_by_name, .table_name = table_name,
        .template_value = template_value, .ctx = asked,
    };
}

size_t hunt_complete(struct hunt *h, struct arena *a, struct str text, size_t at,
                     struct str **words)
{
    struct asked asked = {h, a};
    struct kql_env env = env_of(&asked);
    return kql_complete(a, text, at, &env, words);
}

bool hunt_compile(struct hunt *h, struct arena *a, const struct source_text *text,
                  struct query **out, struct error *err)
{
    struct asked *asked = ARENA_NEW(a, struct asked);
    *asked = (struct asked){h, a};
    struct kql_env env = env_of(asked);
    return kql_compile(a, text, &env, out, err);
}

/* What now() means: said by the user, or the last event, so that "the last day" works on last
 * year's logs. */
void hunt_settle_now(struct hunt *h)
{
    h->now = h->options.now;
    if (h->options.now_kind == NOW_GIVEN)
        return;
    h->now = instant_now();
    int64_t last;
    if (h->options.now_kind == NOW_LAST && h->query->uses_now && logs_last_event(h->logs, &last))
        h->now = last;
}

static bool open_logs(struct hunt *h, const struct hunt_options *o, struct error *err)
{
    struct logs_options logs = o->logs;
    logs.follow = o->follow;
    return logs_open(h->session, o->paths, o->n_paths, &logs, &h->logs, err);
}

static bool hunt_prepare(struct hunt *h, struct error *err)
{
    const struct hunt_options *o = &h->options;
    if (o->query.n)
        h->rule = rule_of_query(h->session, o->query);
    else if (!rule_load(h->session, o->rule.n ? o->rule : STR("suspect-mailbox-export"), &h->rule,
                        err))
        return false;
    if (o->shared_logs)
        h->logs = o->shared_logs;
    else if (!open_logs(h, o, err))
        return false;
    if (!hunt_compile(h, h->session, &h->rule->query, &h->query, err))
        return false;
    if (h->query->n_scans > 0 && o->n_paths == 0 && !o->no_logs)
        return error_set(
            err,
            "this rule reads W3CIISLog, but no log, folder or - was named; see harrier --help");
    hunt_settle_now(h);
    identity_init(h);
    h->dial_arena = arena_new();
    h->said_arena = arena_new();
    return dials_init(h, err);
}

bool hunt_open(const struct hunt_options *o, struct hunt **out, struct error *err)
{
    struct arena *session = arena_new();
    struct hunt *h = ARENA_NEW(session, struct hunt);
    h->session = session;
    h->options = *o;
    if (h->options.keep_budget == 0)
        h->options.keep_budget = keep_budget();
    h->what_if_done = UINT64_MAX; /* no generation yet */
    h->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, NULL);
    pthread_cond_init(&h->rest, NULL);
    h->view = view_new(arena_new(), NULL);
    if (!hunt_prepare(h, err)) {
        hunt_close(h);
        return false;
    }
    h->pool = pool_new(o->threads);
    *out = h;
    return true;
}

bool hunt_open_query(struct hunt *h, struct str kql, struct hunt **out, struct error *err)
{
    struct hunt_options o = h->options;
    o.query = kql;
    o.shared_logs = h->logs;
    o.settings = NULL; /* they are the rule's */
    o.n_settings = 0;
    o.follow = false;
    if (!hunt_open(&o, out, err))
        return false;
    (*out)->outer = h;
    pthread_mutex_lock(&h->lock);
    h->inner++;
    pthread_mutex_unlock(&h->lock);
    return true;
}

bool hunt_open_cured(struct hunt *h, const struct blind_spot *spot, struct hunt **out,
                     struct error *err)
{
    struct arena *a = arena_new();
    struct hunt_options o = h->options;
    o.query = query_text(h, a, spot->edits, spot->n_edits);
    o.shared_logs = h->logs;
    o.settings = NULL; /* they are in the text */
    o.n_settings = 0;
    bool ok = hunt_open(&o, out, err);
    if (ok) {
        struct rule *rule = (*out)->rule, *from = h->rule;
        rule->name = str_fmt((*out)->session, "%.*s, cured: %.*s", STR_ARG(from->name),
                             STR_ARG(spot->check));
        rule->severity = str_dup((*out)->session, from->severity);
    }
    arena_free(a);
    return ok;
}

void hunt_start(struct hunt *h)
{
    h->reload = true;
    h->started = true;
    pthread_create(&h->engine, NULL, engine_main, h);
    pthread_create(&h->reader, NULL, reader_main, h);
}

void hunt_start_together(struct hunt *h, struct together *t)
{
    h->together = t;
    hunt_start(h);
}

void hunt_close(struct hunt *h)
{
    if (!h)
        return;
    if (h->started) {
        pthread_mutex_lock(&h->lock);
        h->stop = true;
        atomic_store(&h->cancel, true);
        pthread_cond_broadcast(&h->wake);
        pthread_mutex_unlock(&h->lock);
        pthread_join(h->engine, NULL);
        pthread_join(h->reader, NULL);
    }
    if (h->outer) {
        pthread_mutex_lock(&h->outer->lock);
        h->outer->inner--;
        pthread_mutex_unlock(&h->outer->lock);
    }
    if (h->view)
        view_release(&h->view->view);
    if (h->ask_view)
        view_release(&h->ask_view->view);
    if (h->detail)
        detail_release(&h->detail->detail);
    kept_release(h->kept);
    beside_free(h->beside);
    if (h->pool)
        pool_free(h->pool);
    if (h->logs && !h->options.shared_logs)
        logs_close(h->logs);
    mem_free(h->before);
    near_forget(h);
    mem_free(h->bad);
    pthread_cond_destroy(&h->rest);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    if (h->event_fd >= 0)
        close(h->event_fd);
    arena_free(h->dial_arena);
    arena_free(h->said_arena);
    arena_free(h->session);
}

/* ---- asking ---------------------------------------------------------------------------------- */

int hunt_fd(const struct hunt *h) { return h->event_fd; }

void hunt_seen(struct hunt *h)
{
    uint64_t count;
    ssize_t n = read(h->event_fd, &count, sizeof count);
    (void)n; /* nothing there is fine */
}

void hunt_signal(struct hunt *h)
{
    uint64_t one = 1;
    ssize_t n = write(h->event_fd, &one, sizeof one);
    (void)n; /* a full counter is readable already */
}

const struct rule *hunt_rule(const struct hunt *h) { return h->rule; }
const struct query *hunt_query(const struct hunt *h) { return h->query; }
struct logs *hunt_logs(const struct hunt *h) { return h->logs; }
bool hunt_follows(const struct hunt *h) { return h->options.follow; }
int64_t hunt_now(const struct hunt *h) { return h->now; }

void hunt_cancel(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    if (h->running) {
        h->user_cancelled = true;
        atomic_store(&h->cancel, true);
    }
    pthread_mutex_unlock(&h->lock);
}

void hunt_reload(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    h->reload = true;
    h->generation++;
    what_if_forget(h);
    if (h->running)
        atomic_store(&h->cancel, true);
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
}

static bool busy(const struct hunt *h)
{
    return h->running || h->reload || h->news || h->done != h->generation;
}

bool hunt_busy(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    bool yes = busy(h);
    pthread_mutex_unlock(&h->lock);
    return yes;
}

bool hunt_loading(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    bool yes = h->loading || h->reload;
    pthread_mutex_unlock(&h->lock);
    return yes;
}

bool hunt_wait(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    while (busy(h))
        pthread_cond_wait(&h->rest, &h->lock);
    bool ok = !h->last_failed;
    pthread_mutex_unlock(&h->lock);
    return ok;
}

void hunt_wait_what_if(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    while (busy(h) || (h->options.what_if && h->what_if_done != h->generation && !h->last_failed))
        pthread_cond_wait(&h->rest, &h->lock);
    pthread_mutex_unlock(&h->lock);
}

void hunt_progress(struct hunt *h, struct exec_progress *out)
{
    pthread_mutex_lock(&h->lock);
    *out = h->progress;
    pthread_mutex_unlock(&h->lock);
}

int64_t hunt_kept_bytes(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    int64_t bytes = h->kept && !h->loading ? keep_bytes(h->kept->keep) + beside_bytes(h) : 0;
    pthread_mutex_unlock(&h->lock);
    return bytes;
}

bool hunt_keeps(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    bool yes = h->kept && !(!h->loading && keep_over_budget(h->kept->keep));
    pthread_mutex_unlock(&h->lock);
    return yes;
}

struct view *hunt_view(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    atomic_fetch_add(&h->view->references, 1);
    struct view *v = &h->view->view;
    pthread_mutex_unlock(&h->lock);
    return v;
}

void hunt_open_finding(struct hunt *h, struct view *v, size_t row)
{
    struct view_box *box = (struct view_box *)v, *old;
    atomic_fetch_add(&box->references, 1);
    pthread_mutex_lock(&h->lock);
    old = h->ask_view;
    h->ask_view = box;
    h->ask_row = row;
    struct detail_box *stale = h->detail;
    h->detail = NULL;
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    if (old)
        view_release(&old->view);
    if (stale)
        detail_release(&stale->detail);
}

struct detail *hunt_detail(struct hunt *h)
{
    pthread_mutex_lock(&h->lock);
    struct detail_box *box = h->detail;
    if (box)
        atomic_fetch_add(&box->references, 1);
    pthread_mutex_unlock(&h->lock);
    return box ? &box->detail : NULL;
}
