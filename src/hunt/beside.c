/* What exclusions compare, of each row that the engine keeps. The rule reads only its own columns;
 * those that an exclusion may name are read once by the handles of the kept rows, when the first
 * exclusion is looked at, and stay as long as those rows do: a knob, or the next letter of an
 * exclusion, then reads no log. Runs go over the same kept rows, beside the engine's.
 *
 * Rows that come to the kept ones (following) are read when they are missed; so there are parts,
 * each with rows in input order. All of it counts with the budget of what is kept. */
#include "hunt/beside.h"

#define MOST_PARTS 32
#define MOST_JUDGED 64 /* remembered */

struct part {
    struct arena *arena;
    const int64_t *origins; /* ascending */
    size_t n;
    struct table *table;
};
struct place {
    uint32_t part, row;
};
struct beside {
    struct arena *arena; /* of the places; reset when the kept rows change */
    struct keep *keep;
    uint64_t kept, fills; /* whose rows, see struct kept; and which of them */
    bool over;            /* they did not fit */
    const int64_t *origins;
    size_t n;
    struct place *places; /* by kept row; NULL: they are to be looked for */
    struct part parts[MOST_PARTS];
    size_t n_parts;
    struct judged judged[MOST_JUDGED];
    size_t n_judged;
    uint64_t choices, asked;
    bool busy;     /* under the hunt's lock */
    int64_t bytes; /* the same */
};

static void part_free(struct part *p)
{
    arena_free(p->arena);
    *p = (struct part){0};
}

static void forget_parts(struct beside *b)
{
    for (size_t i = 0; i < b->n_parts; i++)
        part_free(&b->parts[i]);
    b->n_parts = 0;
}

static void forget_judged(struct beside *b)
{
    for (size_t i = 0; i < b->n_judged; i++) {
        buf_release(&b->judged[i].kql);
        mem_free(b->judged[i].left);
    }
    b->n_judged = 0;
}

void beside_free(struct beside *b)
{
    if (!b)
        return;
    forget_judged(b);
    forget_parts(b);
    keep_free(b->keep);
    arena_free(b->arena);
    mem_free(b);
}

static int64_t part_bytes(const struct beside *b)
{
    int64_t bytes = (int64_t)arena_bytes(b->arena);
    for (size_t i = 0; i < b->n_parts; i++)
        bytes += (int64_t)arena_bytes(b->parts[i].arena);
    for (size_t i = 0; i < b->n_judged; i++)
        bytes += (int64_t)(b->judged[i].words * sizeof(uint64_t));
    return bytes;
}

/* ---- which rows ------------------------------------------------------------------------------ */

struct looking {
    struct task *task;
    struct look *look;
};

/* The rows that are kept now, where they are others than before. On the engine's thread. */
static void renew(struct hunt *h, struct beside *b)
{
    struct kept *k = h->kept;
    bool there = k && keep_ready(k->keep) && !keep_over_budget(k->keep);
    if (there && b->kept == k->number && b->fills == keep_fills(k->keep))
        return;
    if (!there || b->kept != k->number)
        forget_parts(b); /* the logs may be others */
    forget_judged(b);
    keep_free(b->keep);
    arena_reset(b->arena);
    b->keep = there ? keep_beside(k->keep) : NULL;
    b->kept = there ? k->number : 0;
    b->fills = there ? keep_fills(k->keep) : 0;
    b->over = false;
    b->origins = b->keep ? keep_origins(b->keep, &b->n) : NULL;
    b->places = NULL;
}

static void look(struct hunt *h, void *ctx)
{
    struct looking *l = ctx;
    renew(h, h->beside);
    l->look->view = hunt_view(h);
    pthread_mutex_lock(&h->lock);
    l->look->params = dials_values(h, l->task->arena);
    pthread_mutex_unlock(&h->lock);
    l->look->now = h->now;
}

/* Finds the kept rows in the parts; in order, so that each part is gone through once. Returns how
 * many are in none, whose handles go to `missing`. */
static size_t find_places(struct beside *b, int64_t *missing)
{
    size_t at[MOST_PARTS] = {0}, n = 0, last = 0;
    for (size_t i = 0; i < b->n; i++) {
        int64_t o = b->origins[i];
        size_t tried = 0, p = last;
        for (; tried < b->n_parts; tried++, p = p + 1 < b->n_parts ? p + 1 : 0) {
            const struct part *part = &b->parts[p];
            while (at[p] < part->n && part->origins[at[p]] < o)
                at[p]++;
            if (at[p] < part->n && part->origins[at[p]] == o)
                break;
        }
        if (tried < b->n_parts) {
            b->places[i] = (struct place){(uint32_t)p, (uint32_t)at[p]};
            last = p;
        } else if (!n || missing[n - 1] != o) {
            missing[n++] = o;
        }
    }
    return n;
}

static bool ascend(const struct beside *b)
{
    for (size_t i = 1; i < b->n; i++)
        if (b->origins[i] < b->origins[i - 1])
            return false;
    return true;
}

/* ---- reading them ---------------------------------------------------------------------------- */

struct reading {
    struct task *task;
    const bool *wanted;
    const int64_t *origins;
    size_t n, threads;
    size_t most; /* bytes of each */
    struct part parts[MOST_PARTS];
    bool ok[MOST_PARTS];
};

static void read_part(void *ctx, int thread)
{
    struct reading *r = ctx;
    size_t i = (size_t)thread;
    if (i >= r->threads)
        return;
    size_t from = r->n * i / r->threads, to = r->n * (i + 1) / r->threads;
    struct part *p = &r->parts[i];
    p->arena = arena_new();
    p->n = to - from;
    p->origins = r->origins + from;
    r->ok[i] = logs_fetch_some(r->task->h->logs, p->origins, p->n, r->wanted, r->most,
                               &r->task->cancel, p->arena, &p->table);
    if (!r->ok[i])
        return;
    int64_t *own = arena_alloc(p->arena, (p->n + 1) * sizeof *own);
    memcpy(own, p->origins, p->n * sizeof *own);
    p->origins = own;
}

static bool *columns(const struct task *t)
{
    const struct schema *s = logs_schema(t->h->logs);
    bool *wanted = ARENA_ARRAY(t->arena, bool, s->n + 1);
    size_t time = schema_find(s, STR("TimeGenerated"));
    for (size_t i = 0; exclusion_field_row(i); i++) {
        const char *column = exclusion_field_row(i)->column;
        size_t at = column ? schema_find(s, str_of(column)) : SIZE_MAX;
        if (at != SIZE_MAX)
            wanted[at] = true;
    }
    if (time != SIZE_MAX)
        wanted[time] = true;
    return wanted;
}

/* Room for what is beside the kept rows, in what is left of the budget for them. */
static int64_t room(const struct beside *b)
{
    int64_t left = keep_room(b->keep) - part_bytes(b);
    return left > 0 ? left / 2 : 0; /* runs want some of it, too */
}

/* False: it was stopped, or there is no room for them. */
static bool read_missing(struct task *t, struct beside *b, const int64_t *missing, size_t n)
{
    struct reading *r = ARENA_NEW(t->arena, struct reading);
    struct pool *pool = task_options(t).pool;
    size_t threads = (size_t)pool_threads(pool), left = MOST_PARTS - b->n_parts;
    *r = (struct reading){.task = t, .wanted = columns(t), .origins = missing, .n = n};
    r->threads = threads < left ? threads : left;
    r->threads = r->threads < n ? r->threads : n;
    r->most = (size_t)room(b) / r->threads;
    pool_run(pool, read_part, r);
    bool ok = true;
    for (size_t i = 0; i < r->threads; i++)
        ok &= r->ok[i];
    for (size_t i = 0; i < r->threads; i++) {
        if (ok)
            b->parts[b->n_parts++] = r->parts[i];
        else
            part_free(&r->parts[i]);
    }
    return ok;
}

/* After rows were kept anew: what was read of them before is found again. */
static bool settle(struct task *t, struct beside *b)
{
    struct arena *scratch = arena_new();
    int64_t *missing = arena_alloc(scratch, (b->n + 1) * sizeof *missing);
    b->places = ARENA_ARRAY(b->arena, struct place, b->n + 1);
    size_t n = find_places(b, missing);
    if (n > b->n / 2 || (n && b->n_parts + 1 >= MOST_PARTS)) {
        forget_parts(b);
        n = find_places(b, missing);
    }
    bool ok = !n || read_missing(t, b, missing, n);
    if (ok && n)
        find_places(b, missing);
    if (!ok)
        b->places = NULL;
    arena_free(scratch);
    return ok;
}

/* ---- a task's turn --------------------------------------------------------------------------- */

static bool take_turn(struct task *t)
{
    struct hunt *h = t->h;
    pthread_mutex_lock(&h->lock);
    if (!h->beside) {
        h->beside = mem_grow(NULL, sizeof *h->beside);
        *h->beside = (struct beside){.arena = arena_new()};
    }
    while (h->beside->busy && !task_stopped(t))
        pthread_cond_wait(&h->rest, &h->lock);
    bool mine = !task_stopped(t);
    h->beside->busy |= mine;
    pthread_mutex_unlock(&h->lock);
    return mine;
}

bool beside_enter(struct task *t, struct look *out)
{
    struct looking l = {t, out};
    *out = (struct look){0};
    if (!take_turn(t))
        return false;
    struct beside *b = t->h->beside;
    if (!errand_do(t->h, look, &l, &t->cancel)) {
        beside_leave(t);
        return false;
    }
    if (b->keep && !b->over && !b->places && (!ascend(b) || !settle(t, b)))
        b->over = !task_stopped(t);
    out->keep = b->places ? b->keep : NULL;
    return true;
}

void beside_leave(struct task *t)
{
    struct hunt *h = t->h;
    pthread_mutex_lock(&h->lock);
    h->beside->busy = false;
    h->beside->bytes = part_bytes(h->beside) + (h->beside->keep ? keep_bytes(h->beside->keep) : 0);
    pthread_cond_broadcast(&h->rest);
    pthread_mutex_unlock(&h->lock);
}

int64_t beside_bytes(const struct hunt *h)
{
    return h->beside ? h->beside->bytes : 0;
}

size_t beside_words(const struct task *t)
{
    return t->h->beside->n / 64 + 1;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct judged *known(struct beside *b, struct str kql)
{
    for (size_t i = 0; i < b->n_judged; i++)
        if (str_eq(buf_str(&b->judged[i].kql), kql)) {
            b->judged[i].asked = b->asked;
            return &b->judged[i];
        }
    return NULL;
}

/* A place for one more: in a new one, or that of what was asked for longest ago. */
static struct judged *place_for(struct beside *b, struct str kql)
{
    struct judged *j = &b->judged[0];
    for (size_t i = 1; i < b->n_judged; i++)
        if (b->judged[i].asked < j->asked)
            j = &b->judged[i];
    if (b->n_judged < MOST_JUDGED) {
        j = &b->judged[b->n_judged++];
        *j = (struct judged){.words = b->n / 64 + 1};
        j->left = mem_grow(NULL, j->words * sizeof *j->left);
    }
    buf_reset(&j->kql);
    buf_add(&j->kql, kql);
    j->asked = b->asked;
    j->gone = 0;
    memset(j->left, 0, j->words * sizeof *j->left);
    return j;
}

static void take_answer(const struct beside *b, struct judged *j, struct result *const *r,
                        size_t column)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct column *c = r[b->places[i].part]->table->columns[column];
        size_t row = b->places[i].row;
        if (c->bools[row] && !column_null(c, row))
            j->left[i / 64] |= UINT64_C(1) << i % 64;
        else
            j->gone++;
    }
}

/* Goes through the rows of all parts once for n conditions. */
static bool judge(struct task *t, const struct str *kql, size_t n)
{
    struct beside *b = t->h->beside;
    struct exec_options o = task_options(t);
    struct arena *scratch = arena_new();
    struct source_text text = {.name = STR("exclusions"), .first_line = 1};
    struct buf asked = {0};
    struct query *q;
    struct result *r[MOST_PARTS];
    for (size_t i = 0; i < n; i++)
        buf_addf(&asked, "%s K%zu = %.*s", i ? "," : "W3CIISLog | project", i, STR_ARG(kql[i]));
    text.text = buf_str(&asked);
    bool ok = hunt_compile(t->h, scratch, &text, &q, &t->err);
    for (size_t i = 0; ok && i < b->n_parts; i++)
        ok = exec_over(q, &o, b->parts[i].table, scratch, &r[i], &t->err);
    for (size_t i = 0; ok && i < n; i++)
        take_answer(b, place_for(b, kql[i]), r, i);
    arena_free(scratch);
    buf_release(&asked);
    return ok;
}

bool beside_judge(struct task *t, const struct str *kql, size_t n, const struct judged **out)
{
    struct beside *b = t->h->beside;
    struct str fresh[JUDGED];
    size_t n_fresh = 0;
    b->asked++;
    for (size_t i = 0; i < n; i++) {
        bool twice = false;
        for (size_t k = 0; k < n_fresh; k++)
            twice |= str_eq(fresh[k], kql[i]);
        if (!twice && !known(b, kql[i]))
            fresh[n_fresh++] = kql[i];
    }
    if (n_fresh && !judge(t, fresh, n_fresh))
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = known(b, kql[i]);
    return true;
}

bool beside_run(struct task *t, const struct look *look, const uint64_t *rows, struct arena *run,
                struct result **out)
{
    struct beside *b = t->h->beside;
    struct kept_choice choice = {rows, ++b->choices};
    struct exec_options o = task_options(t);
    o.params = look->params;
    o.now = look->now;
    o.keep = b->keep;
    o.choice = &choice;
    return exec_run(t->h->query, &o, run, out, &t->err);
}
