/* The signs of all findings of a view, shortly, for their table: "P3 U S2 C A2 R2". In: a view with
 * lineage; out: a text a finding, first of its own rows, then with what all that was loaded says of
 * its addresses and agents. The log rows of all findings are read together in the order of the
 * input, so each block of a log is read once; addresses and agents are asked about together, and
 * what was found of them for the view before is taken over while the logs are the same. */
#include <stdlib.h>
#include "base/map.h"
#include "hunt/evidence.h"

enum {
    MOST_FINDINGS = 2000,
    MOST_PAIRS = 8 << 20,  /* ways of rows to put in order */
    MOST_LINES = 100000,   /* of all findings */
    LINES_EACH = 1000,     /* of one finding */
    BATCH = 1024,          /* lines read at once */
    MOST_ASKED = 1000,     /* addresses, and agents */
    MOST_POSTS = 200000,
    QUIET = 10             /* following: a pass is followed by a pause so many times as long */
};

/* What is known of an address or an agent. */
struct known {
    struct str value;
    bool asked;
    bool timed;
    int64_t first, last;   /* of an address */
    int64_t addresses;     /* of an agent */
    VEC(int64_t) posts;    /* of an address: times of POSTs to scripts, sorted */
};
struct knowns {
    struct map index;
    VEC(struct known) all;
};
struct line {
    int64_t origin;
    uint32_t finding;
};
struct signs_of {
    struct sign_tally tally;
    bool more;             /* has more lines than were looked at */
    bool timed;
    int64_t last;          /* access */
    uint32_t ips[SIGN_VALUES], agents[SIGN_VALUES];
    size_t n_ips, n_agents;
    struct str text;
};
struct signing {
    struct task task;
    struct view *view;
    struct signs_of *all;
    VEC(struct line) lines;
    struct knowns ips, agents;
    double seconds;        /* that the questions took */
    bool whole;            /* … and were all answered */
    atomic_int state;      /* enum signs_known */
    struct str *texts[3];  /* by state */
};

/* ---- from the findings' own rows ------------------------------------------------------------- */

static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    return at == SIZE_MAX ? (struct value){.type = TYPE_STRING, .s = STR("")}
                          : column_value(t->columns[at], row);
}

static int by_origin(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    if (a->origin != b->origin)
        return a->origin < b->origin ? -1 : 1;
    return (a->finding > b->finding) - (a->finding < b->finding);
}

static void gather_lines(struct signing *s)
{
    struct arena *scratch = arena_new();
    for (size_t row = 0; row < s->view->rows && !task_stopped(&s->task); row++) {
        int64_t *origins;
        bool complete;
        arena_reset(scratch);
        size_t n = result_origins(s->view->result, row, scratch, &origins, &complete);
        size_t room = MOST_LINES - s->lines.n, most = room < LINES_EACH ? room : LINES_EACH;
        s->all[row].more = n > most;
        for (size_t i = 0; i < n && i < most; i++)
            vec_push(s->task.arena, &s->lines, ((struct line){origins[i], (uint32_t)row}));
    }
    arena_free(scratch);
    if (s->lines.n)
        qsort(s->lines.items, s->lines.n, sizeof *s->lines.items, by_origin);
}

static void remember(struct signing *s, struct knowns *k, struct str value, uint32_t *of, size_t *n)
{
    bool added;
    if (!value.n || str_is(value, "-") || *n == SIGN_VALUES)
        return;
    if (!map_get(&k->index, value, NULL))
        value = str_dup(s->task.arena, value);
    uint64_t at = *map_slot(&k->index, value, k->all.n, &added);
    if (added)
        vec_push(s->task.arena, &k->all, ((struct known){.value = value}));
    for (size_t i = 0; i < *n; i++)
        if (of[i] == at)
            return;
    of[(*n)++] = (uint32_t)at;
}

static void add_row(struct signing *s, struct signs_of *f, const struct table *rows, size_t i)
{
    struct value t = cell(rows, "TimeGenerated", i);
    sign_tally_row(&f->tally, rows, i);
    remember(s, &s->ips, cell(rows, "cIP", i).s, f->ips, &f->n_ips);
    remember(s, &s->agents, cell(rows, "csUserAgent", i).s, f->agents, &f->n_agents);
    if (t.type == TYPE_DATETIME && !t.null && (!f->timed || t.i > f->last)) {
        f->timed = true;
        f->last = t.i;
    }
}

static bool read_rows(struct signing *s)
{
    int64_t origins[BATCH];
    for (size_t from = 0; from < s->lines.n && !task_stopped(&s->task);) {
        struct arena *a = arena_new();
        struct table *rows;
        size_t n = 0;
        for (; n < BATCH && from + n < s->lines.n; n++)
            origins[n] = s->lines.items[from + n].origin;
        bool ok = logs_fetch(s->task.h->logs, origins, n, a, &rows, &s->task.err);
        for (size_t i = 0; ok && i < n; i++)
            add_row(s, &s->all[s->lines.items[from + i].finding], rows, i);
        arena_free(a);
        if (!ok)
            return false;
        from += n;
    }
    return !task_stopped(&s->task);
}

/* ---- from all that was loaded ---------------------------------------------------------------- */

/* " (…)" of those that nothing is known of yet; false: there is none. */
static bool list_unasked(struct buf *out, const struct knowns *k)
{
    bool any = false;
    for (size_t i = 0; i < k->all.n; i++)
        if (!k->all.items[i].asked) {
            buf_add_z(out, any ? ", " : "(");
            query_text_literal(out, k->all.items[i].value);
            any = true;
        }
    buf_add_z(out, any ? ")" : "");
    return any;
}

static bool ask(struct signing *s, struct buf *query, const struct table **out)
{
    struct result *r;
    struct str kql = str_dup(s->task.arena, buf_str(query));
    bool ok = task_query(&s->task, kql, &r);
    buf_release(query);
    if (ok)
        *out = r->table;
    return ok;
}

static struct known *known_of(struct knowns *k, const struct table *t, size_t row)
{
    uint64_t at;
    return map_get(&k->index, column_value(t->columns[0], row).s, &at) ? &k->all.items[at] : NULL;
}

static bool ask_addresses(struct signing *s, struct str list)
{
    struct buf q = {0};
    const struct table *t;
    buf_addf(&q,
             "W3CIISLog | where cIP in %.*s | summarize min(TimeGenerated), max(TimeGenerated) "
             "by cIP",
             STR_ARG(list));
    if (!ask(s, &q, &t))
        return false;
    for (size_t i = 0; i < t->rows; i++) {
        struct known *k = known_of(&s->ips, t, i);
        struct value first = column_value(t->columns[1], i);
        if (!k || first.null)
            continue;
        k->timed = true;
        k->first = first.i;
        k->last = column_value(t->columns[2], i).i;
    }
    return true;
}

static int by_time(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static bool ask_posts(struct signing *s, struct str list)
{
    struct buf q = {0};
    const struct table *t;
    buf_addf(&q,
             "W3CIISLog | where " SCRIPT_POST " | where cIP in %.*s | project cIP, TimeGenerated "
             "| take %d",
             STR_ARG(list), MOST_POSTS);
    if (!ask(s, &q, &t) || t->rows == MOST_POSTS)
        return false;
    for (size_t i = 0; i < t->rows; i++) {
        struct known *k = known_of(&s->ips, t, i);
        struct value time = column_value(t->columns[1], i);
        if (k && !time.null)
            vec_push(s->task.arena, &k->posts, time.i);
    }
    for (size_t i = 0; i < s->ips.all.n; i++) {
        struct known *k = &s->ips.all.items[i];
        if (k->posts.n)
            qsort(k->posts.items, k->posts.n, sizeof *k->posts.items, by_time);
    }
    return true;
}

static bool ask_agents(struct signing *s, struct str list)
{
    struct buf q = {0};
    const struct table *t;
    buf_addf(&q, "W3CIISLog | where csUserAgent in %.*s | summarize dcount(cIP, 4) by csUserAgent",
             STR_ARG(list));
    if (!ask(s, &q, &t))
        return false;
    for (size_t i = 0; i < t->rows; i++) {
        struct known *k = known_of(&s->agents, t, i);
        if (k)
            k->addresses = column_value(t->columns[1], i).i;
    }
    return true;
}

static bool ask_all(struct signing *s)
{
    struct buf ips = {0}, agents = {0};
    bool ok = s->ips.all.n <= MOST_ASKED && s->agents.all.n <= MOST_ASKED;
    if (ok && list_unasked(&ips, &s->ips))
        ok = ask_posts(s, buf_str(&ips)) && ask_addresses(s, buf_str(&ips));
    if (ok && list_unasked(&agents, &s->agents))
        ok = ask_agents(s, buf_str(&agents));
    for (size_t i = 0; ok && i < s->ips.all.n; i++)
        s->ips.all.items[i].asked = true;
    for (size_t i = 0; ok && i < s->agents.all.n; i++)
        s->agents.all.items[i].asked = true;
    buf_release(&ips);
    buf_release(&agents);
    return ok && !task_stopped(&s->task);
}

/* While logs are followed every piece of news would have them looked through again: not more than a
 * part of the time. False: stopped. */
static bool pause_between(struct signing *s, double seconds)
{
    struct hunt *h = s->task.h;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t nanoseconds = until.tv_nsec + (int64_t)(seconds * QUIET * 1e9);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&h->lock);
    while (!task_stopped(&s->task) && !h->stop &&
           pthread_cond_timedwait(&h->rest, &h->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&h->lock);
    return !task_stopped(&s->task);
}

/* ---- the texts ------------------------------------------------------------------------------- */

static void brief_of_actors(const struct signing *s, const struct signs_of *f, struct buf *out)
{
    int64_t posts = 0, visits = 0, alone = 0;
    for (size_t i = 0; i < f->n_ips && f->timed; i++) {
        const struct known *k = &s->ips.all.items[f->ips[i]];
        for (size_t p = 0; p < k->posts.n && k->posts.items[p] <= f->last; p++)
            posts++;
        visits += k->timed && k->last - k->first <= VISIT_MINUTES * TICKS_PER_MINUTE;
    }
    for (size_t i = 0; i < f->n_agents; i++)
        alone += s->agents.all.items[f->agents[i]].addresses == 1;
    if (posts)
        sign_brief(out, "P", posts, false);
    if (visits)
        sign_brief(out, "M", visits, false);
    if (alone)
        sign_brief(out, "U", alone, false);
}

static void show(struct signing *s, enum signs_known state)
{
    struct str *texts = ARENA_ARRAY(s->task.arena, struct str, s->view->rows + 1);
    struct buf text = {0};
    unsigned logged = signs_logged(s->task.h);
    for (size_t i = 0; i < s->view->rows; i++) {
        const struct signs_of *f = &s->all[i];
        buf_reset(&text);
        if (state == SIGNS_ALL)
            brief_of_actors(s, f, &text);
        signs_brief(logged, &f->tally, f->more, &text);
        if (state != SIGNS_ALL || (f->more && !f->tally.rows))
            buf_add_z(&text, text.n ? " ..." : "...");
        texts[i] = str_dup(s->task.arena, buf_str(&text));
    }
    buf_release(&text);
    s->texts[state] = texts;
    atomic_store(&s->state, state);
    task_news(&s->task);
}

static void work(struct task *t)
{
    struct signing *s = (struct signing *)t;
    if (!task_await_logs(t))
        return;
    gather_lines(s);
    if (!read_rows(s))
        return;
    show(s, SIGNS_OWN);
    if (s->view->news && !pause_between(s, s->seconds))
        return;
    double began = monotonic_seconds();
    struct error none = {0};
    s->whole = ask_all(s);
    t->err = none; /* what cannot be asked is no failure: the signs of the rows stay */
    s->seconds = monotonic_seconds() - began;
    if (s->whole)
        show(s, SIGNS_ALL);
}

/* ---- life ------------------------------------------------------------------------------------ */

bool hunt_can_sign(const struct view *v)
{
    return v->result && v->result->lineage && !v->partial && v->rows <= MOST_FINDINGS &&
           result_pairs(v->result) <= MOST_PAIRS;
}

static bool same_logs(const struct view *a, const struct view *b)
{
    return !b->news && !b->reread && a->result->scan.lines == b->result->scan.lines;
}

static void take_over(struct signing *s, struct knowns *to, const struct knowns *from)
{
    struct arena *a = s->task.arena;
    for (size_t i = 0; i < from->all.n && i < MOST_ASKED; i++) {
        bool added;
        struct known k = from->all.items[i];
        VEC(int64_t) posts = {0};
        if (!k.asked)
            continue;
        k.value = str_dup(a, k.value);
        for (size_t p = 0; p < k.posts.n; p++)
            vec_push(a, &posts, k.posts.items[p]);
        memcpy(&k.posts, &posts, sizeof posts);
        map_slot(&to->index, k.value, to->all.n, &added);
        vec_push(a, &to->all, k);
    }
}

struct signing *hunt_sign(struct hunt *h, struct view *v, const struct signing *before)
{
    struct signing *s = task_new(h, sizeof *s, work);
    struct view_box *box = (struct view_box *)v;
    atomic_fetch_add(&box->references, 1);
    s->task.quiet = true;
    s->view = v;
    s->all = ARENA_ARRAY(s->task.arena, struct signs_of, v->rows + 1);
    map_init(&s->ips.index, s->task.arena);
    map_init(&s->agents.index, s->task.arena);
    atomic_init(&s->state, SIGNS_NONE);
    if (before)
        s->seconds = before->seconds;
    if (before && before->whole && same_logs(before->view, v)) {
        take_over(s, &s->ips, &before->ips);
        take_over(s, &s->agents, &before->agents);
    }
    task_start(&s->task);
    return s;
}

enum signs_known signing_state(const struct signing *s)
{
    return (enum signs_known)atomic_load(&s->state);
}

struct str signing_text(const struct signing *s, size_t row)
{
    enum signs_known state = signing_state(s);
    return state == SIGNS_NONE || row >= s->view->rows ? STR("...") : s->texts[state][row];
}

bool signing_done(const struct signing *s)
{
    return atomic_load(&s->task.done);
}

void signing_close(struct signing *s)
{
    struct view *v = s ? s->view : NULL;
    task_close((struct task *)s);
    if (v)
        view_release(v);
}
