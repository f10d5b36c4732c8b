/* Many rules over the same logs, which are read in one pass for all of them (exec.h, together).
 * Each rule leaves a row: how many findings, after how many seconds, what went wrong. A rule that
 * does not compile is a row too and stops nothing. */
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include "base/file.h"
#include "base/instant.h"
#include "base/vec.h"
#include "hunt/hunt_internal.h"

struct swept {
    struct str path;
    struct rule *rule;   /* NULL: it did not load */
    enum { SWEEP_WAITS, SWEEP_RUNS, SWEEP_DONE, SWEEP_FAILED } state;
    int64_t findings;
    double seconds;
    struct str remark;
    struct hunt *hunt; /* while it runs; under lock */
};

/* Rules that are in memory at a time. */
#define AT_ONCE 12

struct sweep {
    struct arena *arena;
    struct hunt_options options;
    struct logs *logs;
    struct swept *items;
    size_t n;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t rest;
    /* under lock */
    bool stop, done;
    struct hunt *listener; /* its hunt_fd becomes readable when the list changed */
};

/* ---- which rules ----------------------------------------------------------------------------- */

bool rule_is_folder(struct str path)
{
    struct arena *a = arena_new();
    struct stat st;
    bool yes = stat(str_z(a, path), &st) == 0 && S_ISDIR(st.st_mode);
    arena_free(a);
    return yes;
}

static int by_path(const void *x, const void *y)
{
    return str_cmp(((const struct swept *)x)->path, ((const struct swept *)y)->path);
}

struct swept_list {
    struct swept *items;
    size_t n, cap;
};

static bool add_folder(struct arena *a, struct str folder, struct swept_list *out,
                       struct error *err)
{
    DIR *dir = opendir(str_z(a, folder));
    size_t before = out->n;
    if (!dir)
        return error_errno(err, "cannot read", folder);
    for (struct dirent *e; (e = readdir(dir));) {
        struct str name = str_of(e->d_name);
        if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")))
            vec_push(a, out, ((struct swept){.path = path_join(a, folder, name)}));
    }
    closedir(dir);
    if (out->n == before)
        return error_set(err, "there is no rule (*.yaml) in %.*s", STR_ARG(folder));
    qsort(out->items + before, out->n - before, sizeof *out->items, by_path);
    return true;
}

bool sweep_open(const struct hunt_options *o, const struct str *rules, size_t n, struct sweep **out,
                struct error *err)
{
    struct arena *a = arena_new();
    struct sweep *s = ARENA_NEW(a, struct sweep);
    struct swept_list list = {0};
    s->arena = a;
    s->options = *o;
    s->options.query = STR_NONE;
    s->options.lineage = s->options.keep = s->options.what_if = false;
    s->options.settings = NULL; /* knobs belong to one rule */
    s->options.n_settings = 0;
    s->options.logs.reread = true;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->rest, NULL);
    bool ok =
        o->n_paths > 0 || error_set(err, "a sweep of rules wants logs: name files, folders or -");
    for (size_t i = 0; ok && i < n; i++) {
        if (rule_is_folder(rules[i]))
            ok = add_folder(a, rules[i], &list, err);
        else
            vec_push(a, &list, ((struct swept){.path = rules[i]}));
    }
    s->items = list.items;
    s->n = list.n;
    for (size_t i = 0; ok && i < s->n; i++) {
        struct error why = {0};
        if (!rule_load(a, s->items[i].path, &s->items[i].rule, &why)) {
            s->items[i].rule = NULL;
            s->items[i].state = SWEEP_FAILED;
            s->items[i].remark = str_fmt(a, "%s", why.message);
        }
    }
    ok = ok && logs_open(a, o->paths, o->n_paths, &s->options.logs, &s->logs, err);
    if (!ok) {
        sweep_close(s);
        return false;
    }
    s->options.shared_logs = s->logs;
    *out = s;
    return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static void sweep_signal(struct sweep *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->listener)
        hunt_signal(s->listener);
    pthread_mutex_unlock(&s->lock);
}

void sweep_listen(struct sweep *s, struct hunt *h)
{
    pthread_mutex_lock(&s->lock);
    s->listener = h;
    pthread_mutex_unlock(&s->lock);
}

/* Under lock. */
static void fail_row(struct sweep *s, struct swept *item, const struct error *err)
{
    item->state = SWEEP_FAILED;
    item->remark = err->place.line
                       ? str_fmt(s->arena, "line %d: %s", err->place.line, err->message)
                       : str_fmt(s->arena, "%s", err->message);
}

/* Under lock. */
static void cancel_all(struct sweep *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].hunt)
            hunt_cancel(s->items[i].hunt);
    }
}

/* Opens the rule; a broken one is a row too. Without the lock. */
static bool begin(struct sweep *s, struct swept *item)
{
    struct hunt_options o = s->options;
    struct error err = {0};
    struct hunt *h = NULL;
    o.rule = item->path;
    bool ok = hunt_open(&o, &h, &err);
    pthread_mutex_lock(&s->lock);
    item->hunt = h;
    if (!ok)
        fail_row(s, item, &err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

/* Waits for the rule's answer. */
static void end(struct sweep *s, struct swept *item, double began)
{
    struct hunt *h = item->hunt;
    hunt_wait(h);
    struct view *v = hunt_view(h);
    pthread_mutex_lock(&s->lock);
    item->hunt = NULL;
    item->seconds = monotonic_seconds() - began;
    if (v->failed) {
        fail_row(s, item, &v->error);
    } else {
        item->state = v->result && !v->cancelled ? SWEEP_DONE : SWEEP_WAITS;
        item->findings = (int64_t)v->rows;
    }
    pthread_mutex_unlock(&s->lock);
    view_release(v);
    hunt_close(h);
}

/* The next rules that wait read the logs together. False: there is none. */
static bool sweep_some(struct sweep *s)
{
    struct swept *some[AT_ONCE];
    size_t n = 0;
    double began = monotonic_seconds();
    for (size_t i = 0; i < s->n && n < AT_ONCE; i++) {
        pthread_mutex_lock(&s->lock);
        bool run = !s->stop && s->items[i].state == SWEEP_WAITS;
        if (run)
            s->items[i].state = SWEEP_RUNS;
        pthread_mutex_unlock(&s->lock);
        if (run && begin(s, &s->items[i]))
            some[n++] = &s->items[i];
    }
    if (n == 0)
        return false;
    sweep_signal(s);
    struct together *t = together_new(n);
    for (size_t i = 0; i < n; i++)
        hunt_start_together(some[i]->hunt, t);
    for (size_t i = 0; i < n; i++) {
        end(s, some[i], began);
        sweep_signal(s);
    }
    together_free(t);
    return true;
}

static void *sweep_main(void *ctx)
{
    struct sweep *s = ctx;
    while (sweep_some(s))
        continue;
    pthread_mutex_lock(&s->lock);
    s->done = true;
    pthread_cond_broadcast(&s->rest);
    pthread_mutex_unlock(&s->lock);
    sweep_signal(s);
    return NULL;
}

void sweep_start(struct sweep *s)
{
    if (s->started)
        return;
    s->stop = s->done = false;
    s->started = pthread_create(&s->thread, NULL, sweep_main, s) == 0;
}

/* A rule is cancelled once it runs, and it may be just about to: asked until all have ended. */
void sweep_stop(struct sweep *s)
{
    static const struct timespec soon = {.tv_nsec = 5000000};
    bool done = !s->started;
    if (done)
        return;
    while (!done) {
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        cancel_all(s);
        done = s->done;
        pthread_mutex_unlock(&s->lock);
        if (!done)
            nanosleep(&soon, NULL);
    }
    pthread_join(s->thread, NULL);
    s->started = false;
}

void sweep_wait(struct sweep *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->started && !s->done)
        pthread_cond_wait(&s->rest, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void sweep_close(struct sweep *s)
{
    if (!s)
        return;
    sweep_stop(s);
    if (s->logs)
        logs_close(s->logs);
    pthread_cond_destroy(&s->rest);
    pthread_mutex_destroy(&s->lock);
    arena_free(s->arena);
}

struct logs *sweep_logs(struct sweep *s) { return s->logs; }

struct str sweep_path(const struct sweep *s, size_t row)
{
    return row < s->n ? s->items[row].path : STR_NONE;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void joined(struct builder *b, struct arena *a, const struct str *texts, size_t n)
{
    struct buf text = {0};
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, "%s%.*s", i ? " " : "", STR_ARG(texts[i]));
    builder_str(b, str_dup(a, buf_str(&text)));
    buf_release(&text);
}

struct table *sweep_table(struct sweep *s, struct arena *a)
{
    static const char *const states[] = {"waits", "runs", "done", "failed"};
    static const struct field fields[] = {
        {STR("Rule"), TYPE_STRING},       {STR("Severity"), TYPE_STRING},
        {STR("Findings"), TYPE_LONG},     {STR("Tactics"), TYPE_STRING},
        {STR("Techniques"), TYPE_STRING}, {STR("State"), TYPE_STRING},
        {STR("Seconds"), TYPE_REAL},      {STR("File"), TYPE_STRING},
        {STR("Remark"), TYPE_STRING},
    };
    static const struct rule none = {.is_file = true};
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct builder *b = builder_new(a, &schema);
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) {
        const struct swept *x = &s->items[i];
        const struct rule *r = x->rule ? x->rule : &none;
        bool ran = x->state == SWEEP_DONE || x->state == SWEEP_FAILED;
        builder_str(b, x->rule ? r->name : path_base(x->path));
        builder_str(b, r->severity);
        builder_value(
            b, (struct value){.type = TYPE_LONG, .null = x->state != SWEEP_DONE, .i = x->findings});
        joined(b, a, r->tactics, r->n_tactics);
        joined(b, a, r->techniques, r->n_techniques);
        builder_str(b, str_of(states[x->state]));
        builder_value(
            b,
            (struct value){.type = TYPE_REAL, .null = !ran, .r = round(x->seconds * 1000) / 1000});
        builder_str(b, x->path);
        builder_str(b, x->remark);
    }
    pthread_mutex_unlock(&s->lock);
    return builder_finish(b);
}
