/* Which findings the exclusions hide: in, exclusions; out, for each of them and for all together
 * the findings that are no longer there when the rule runs with `| where not(…)` after its table.
 * Runs beside the engine; reads the logs once for each. */
#include <stdlib.h>
#include "hunt/task.h"

struct ids {
    uint64_t *items; /* sorted */
    size_t n;
};
struct hiding {
    struct task task;
    struct str *wheres; /* of each; the last: of all */
    size_t n;           /* exclusions */
    struct ids *hidden; /* n + 1 */
};

/* ---- the query with exclusions --------------------------------------------------------------- */

/* Bytes of what is no code at `at`: a comment or a text; 0: it is code. */
static size_t skip(struct str s, size_t at)
{
    char c = s.p[at];
    size_t i = at + 1;
    if (c == '/' && i < s.n && s.p[i] == '/') {
        while (i < s.n && s.p[i] != '\n')
            i++;
        return i - at;
    }
    if (str_starts(str_sub(s, at, s.n), STR("```")) ||
        str_starts(str_sub(s, at, s.n), STR("~~~"))) {
        size_t end = str_find(s, str_sub(s, at, at + 3), at + 3);
        return (end < s.n ? end + 3 : s.n) - at;
    }
    bool verbatim = c == '@' && i < s.n && (s.p[i] == '"' || s.p[i] == '\'');
    if (c != '"' && c != '\'' && !verbatim)
        return 0;
    char quote = verbatim ? s.p[i++] : c;
    for (; i < s.n; i++) {
        if (!verbatim && s.p[i] == '\\')
            i++;
        else if (s.p[i] == quote)
            return (i + 1 < s.n ? i + 1 : s.n) - at;
    }
    return s.n - at;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

size_t exclude_into(struct str text, struct str wheres, struct str new_line, struct buf *out)
{
    static const struct str table = STR("W3CIISLog");
    char before = ';'; /* the last byte of code that is no blank */
    size_t n = 0;
    for (size_t i = 0; i < text.n;) {
        size_t length = skip(text, i);
        bool word = !length && is_word(text.p[i]);
        while (word && i + length < text.n && is_word(text.p[i + length]))
            length++;
        length = length ? length : 1;
        struct str part = str_sub(text, i, i + length);
        i += length;
        if (!word || !str_eq(part, table)) {
            buf_add(out, part);
            if (part.p[0] > ' ' && !str_starts(part, STR("//")))
                before = part.p[part.n - 1];
            continue;
        }
        /* where the table begins a pipeline the stages can stand on lines of their own */
        bool head = before == ';' || before == '=' || before == '(';
        n++;
        buf_addf(out, "%s%.*s", head ? "" : "(", STR_ARG(part));
        for (struct str rest = wheres; rest.n;) {
            struct str line = str_cut(&rest, '\n');
            buf_addf(out, "%.*s| where ", STR_ARG(head ? new_line : STR(" ")));
            buf_add(out, line);
        }
        buf_add_z(out, head ? "" : ")");
        before = 'a';
    }
    return n;
}

size_t kql_exclude(struct str text, struct str wheres, struct buf *out)
{
    return exclude_into(text, wheres, STR("\n"), out);
}

/* ---- finding what is hidden ------------------------------------------------------------------ */

static int by_id(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static struct ids sorted(struct arena *a, const uint64_t *ids, size_t n)
{
    struct ids out = {ARENA_ARRAY(a, uint64_t, n + 1), n};
    if (n) {
        memcpy(out.items, ids, n * sizeof *ids);
        qsort(out.items, n, sizeof *ids, by_id);
    }
    return out;
}

static struct ids without(struct arena *a, struct ids all, struct ids left)
{
    struct ids out = {ARENA_ARRAY(a, uint64_t, all.n + 1), 0};
    for (size_t i = 0, k = 0; i < all.n; i++) {
        while (k < left.n && left.items[k] < all.items[i])
            k++;
        if (k == left.n || left.items[k] != all.items[i])
            out.items[out.n++] = all.items[i];
    }
    return out;
}

static bool run_without(struct hiding *s, struct str wheres, struct ids all, struct ids *out)
{
    struct task *t = &s->task;
    struct arena *a = arena_new();
    struct buf text = {0};
    struct exec_options o = task_options(t);
    struct query *q;
    struct result *r;
    bool ok = kql_exclude(hunt_kql(t->h, a), wheres, &text) > 0 ||
              error_set(&t->err, "this query does not name W3CIISLog: there is nothing to exclude");
    struct source_text source = {.name = STR("query"), .text = buf_str(&text), .first_line = 1};
    ok = ok && hunt_compile(t->h, a, &source, &q, &t->err) && exec_run(q, &o, a, &r, &t->err);
    if (ok)
        *out = without(t->arena, all, sorted(a, identity_of(t->h, a, r->table), r->table->rows));
    arena_free(a);
    buf_release(&text);
    return ok;
}

static void work(struct task *t)
{
    struct hiding *s = (struct hiding *)t;
    if (!task_await_logs(t))
        return;
    struct view *v = hunt_view(t->h);
    if (v->cancelled || v->partial || v->failed || !v->result) {
        error_set(&t->err, "exclusions wait for a whole result");
    } else {
        struct ids all = sorted(t->arena, v->ids, v->rows);
        for (size_t i = 0; i <= s->n && !task_stopped(t); i++) {
            if (s->n == 1 && i == 1)
                s->hidden[1] = s->hidden[0];
            else if (s->wheres[i].n && !run_without(s, s->wheres[i], all, &s->hidden[i]))
                break;
        }
    }
    view_release(v);
}

struct hiding *hunt_hide(struct hunt *h, const struct exclusion *const *list, size_t n)
{
    struct hiding *s = task_new(h, sizeof *s, work);
    struct arena *a = s->task.arena;
    struct buf all = {0};
    s->task.quiet = true;
    s->n = n;
    s->wheres = ARENA_ARRAY(a, struct str, n + 1);
    s->hidden = ARENA_ARRAY(a, struct ids, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct buf one = {0};
        exclusion_kql(list[i], &one);
        buf_add_byte(&one, '\n');
        s->wheres[i] = str_dup(a, buf_str(&one));
        buf_add(&all, buf_str(&one));
        buf_release(&one);
    }
    s->wheres[n] = str_dup(a, buf_str(&all));
    buf_release(&all);
    task_start(&s->task);
    return s;
}

bool hiding_done(const struct hiding *s)
{
    return atomic_load(&s->task.done);
}

bool hiding_failed(const struct hiding *s, struct error *err)
{
    if (!hiding_done(s) || !s->task.err.set)
        return false;
    *err = s->task.err;
    return true;
}

size_t hiding_count(const struct hiding *s, size_t i)
{
    return hiding_done(s) && i <= s->n ? s->hidden[i].n : 0;
}

bool hiding_hides(const struct hiding *s, size_t i, uint64_t id)
{
    return hiding_done(s) && i <= s->n && s->hidden[i].n &&
           bsearch(&id, s->hidden[i].items, s->hidden[i].n, sizeof id, by_id);
}

void hiding_wait(struct hiding *s)
{
    if (s->task.started)
        pthread_join(s->task.thread, NULL);
    s->task.started = false;
}

void hiding_close(struct hiding *s)
{
    task_close((struct task *)s);
}
