/* Entries by identity, changes that can be undone, and saving. In: what the analyst does. Out: one
 * append to the journal for each thing done, so that a crash loses at most the last of them. */
#include "hunt/hunt.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/instant.h"
#include "base/journal.h"
#include "base/utf8.h"
#include "hunt/triage_internal.h"

/* ---- entries --------------------------------------------------------------------------------- */

static size_t slot_of(const struct triage *t, uint64_t id)
{
    size_t i = (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (t->slots_cap - 1);
    while (t->slots[i] && t->entries.items[t->slots[i] - 1].id != id)
        i = (i + 1) & (t->slots_cap - 1);
    return i;
}

static struct triage_entry *find(const struct triage *t, uint64_t id)
{
    size_t i = t->slots_cap ? slot_of(t, id) : 0;
    return t->slots_cap && t->slots[i] ? &t->entries.items[t->slots[i] - 1] : NULL;
}

static struct triage_entry *entry(struct triage *t, uint64_t id)
{
    struct triage_entry *e = find(t, id);
    if (e)
        return e;
    if (2 * (t->entries.n + 1) > t->slots_cap) {
        t->slots_cap = t->slots_cap ? 2 * t->slots_cap : 64;
        t->slots = ARENA_ARRAY(t->arena, uint32_t, t->slots_cap);
        for (size_t i = 0; i < t->entries.n; i++)
            t->slots[slot_of(t, t->entries.items[i].id)] = (uint32_t)i + 1;
    }
    vec_push(t->arena, &t->entries, ((struct triage_entry){.id = id}));
    t->slots[slot_of(t, id)] = (uint32_t)t->entries.n;
    return &vec_last(&t->entries);
}

const struct triage_entry *triage_of(const struct triage *t, uint64_t id)
{
    return find(t, id);
}

size_t triage_count(const struct triage *t)
{
    return t->entries.n;
}

const struct triage_entry *triage_entry_row(const struct triage *t, size_t i)
{
    return i < t->entries.n ? &t->entries.items[i] : NULL;
}

static const char *const words[] = {
#define X(verdict, word, letter, words) word,
    VERDICT_LIST(X)
#undef X
};

struct str triage_value(const struct triage_entry *e, enum triage_field field)
{
    switch (field) {
    case TRIAGE_FINDING:
        return e->label;
    case TRIAGE_VERDICT:
        return str_of(words[e->verdict]);
    case TRIAGE_MARK:
        return e->marked ? STR("1") : STR("0");
    case TRIAGE_NOTE:
        return e->note;
    case TRIAGE_TAGS:
        return e->tags;
    case TRIAGE_FIELDS:
        break;
    }
    return STR_NONE;
}

bool triage_apply(struct triage *t, const struct event *e)
{
    struct triage_entry *x = entry(t, e->id);
    if (e->stamp < x->stamps[e->field])
        return false;
    /* two events of one moment: by their text, so that the order of merging does not matter */
    struct str now = triage_value(x, e->field);
    if (e->stamp == x->stamps[e->field] && str_cmp(e->value, now) <= 0)
        return false;
    bool differs = !x->stamps[e->field] || !str_eq(e->value, now);
    struct str value = differs ? str_dup(t->arena, e->value) : now;
    x->stamps[e->field] = e->stamp;
    x->authors[e->field] = str_dup(t->arena, e->author);
    switch (e->field) {
    case TRIAGE_FINDING:
        x->label = value;
        break;
    case TRIAGE_VERDICT:
        verdict_by_word(value, &x->verdict);
        break;
    case TRIAGE_MARK:
        x->marked = str_is(value, "1");
        break;
    case TRIAGE_NOTE:
        x->note = value;
        break;
    case TRIAGE_TAGS:
        x->tags = value;
        break;
    case TRIAGE_FIELDS:
        break;
    }
    return true;
}

/* ---- opening --------------------------------------------------------------------------------- */

static struct str author_name(struct arena *a)
{
    const char *user = getenv("USER");
    struct str s = str_of(user && *user ? user : getenv("LOGNAME"));
    if (!s.n || s.n > 64 || !utf8_valid(s))
        s = str_fmt(a, "uid %u", (unsigned)geteuid());
    return str_dup(a, s);
}

/* Outdated events are left behind when they are most of the file. */
static void compact(struct triage *t, size_t size)
{
    struct buf text = {0};
    struct error ignored = {0}; /* the long file is as good as the short one */
    bool done;
    triage_case(t, &text);
    if (size > (size_t)1 << 20 && text.n < size / 2)
        journal_replace(t->path, size, buf_str(&text), &done, &ignored);
    buf_release(&text);
}

struct triage *triage_open_file(struct str path, struct str rule_id, struct str rule_name,
                                struct error *err)
{
    struct arena *a = arena_new(), *scratch = arena_new();
    struct triage *t = ARENA_NEW(a, struct triage);
    struct str text;
    *t = (struct triage){.arena = a,
                         .path = str_dup(a, path),
                         .rule_id = str_dup(a, rule_id),
                         .rule_name = str_dup(a, rule_name),
                         .author = author_name(a)};
    if (path.n) {
        t->refused = !journal_read(scratch, path, TRIAGE_MOST_BYTES, &text, err) ||
                     (text.n && !triage_read(t, path, text, NULL, NULL, err));
        if (!t->refused && text.n)
            compact(t, text.n);
    }
    arena_free(scratch);
    return t;
}

struct triage *triage_open(const struct rule *rule, struct error *err)
{
    struct arena *a = arena_new();
    struct str id = rule_key(a, rule);
    struct triage *t = triage_open_file(state_path(a, id, ".triage"), id, rule->name, err);
    arena_free(a);
    return t;
}

void triage_close(struct triage *t)
{
    buf_release(&t->unsaved);
    buf_release(&t->undone);
    arena_free(t->arena);
}

struct str triage_author(const struct triage *t)
{
    return t->author;
}

struct str triage_path(const struct triage *t)
{
    return t->path;
}

bool triage_saves(const struct triage *t)
{
    return t->path.n && !t->refused && !t->unsaved.n;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Text for a line of the file: no byte that is no UTF-8, not too long. */
static struct str clean(struct arena *a, struct str s)
{
    struct buf out = {0};
    for (size_t i = 0; i < s.n && out.n + 4 <= TRIAGE_LONGEST;) {
        size_t from = i;
        if (utf8_next(s, &i) == UTF8_BAD)
            buf_addf(&out, "\\x%02x", (unsigned char)s.p[from]);
        else
            buf_add(&out, str_sub(s, from, i));
    }
    s = str_dup(a, buf_str(&out));
    buf_release(&out);
    return s;
}

static void set(struct triage *t, uint64_t id, enum triage_field field, struct str value)
{
    struct triage_entry *x = find(t, id);
    struct str before = x ? triage_value(x, field) : STR_NONE;
    if (!x && field == TRIAGE_VERDICT)
        before = STR("open");
    if (!x && field == TRIAGE_MARK)
        before = STR("0");
    if (str_eq(before, value))
        return;
    int64_t now = instant_now(), last = x ? x->stamps[field] : 0;
    /* a clock that went back must not make what is done now older than what was done before */
    struct event e = {now > last ? now : last + 1, t->author, id, field, value};
    if (field != TRIAGE_FINDING)
        vec_push(t->arena, &t->step.changes, ((struct change){id, field, before}));
    triage_apply(t, &e);
    event_write(&t->unsaved, &e);
}

void triage_begin(struct triage *t, struct str what)
{
    t->step = (struct step){.what = str_dup(t->arena, what)};
}

void triage_label(struct triage *t, uint64_t id, struct str label)
{
    const struct triage_entry *x = find(t, id);
    if (!x || !x->stamps[TRIAGE_FINDING])
        set(t, id, TRIAGE_FINDING, clean(t->arena, label));
}

void triage_verdict(struct triage *t, uint64_t id, enum verdict v)
{
    set(t, id, TRIAGE_VERDICT, str_of(words[v]));
}

void triage_mark(struct triage *t, uint64_t id, bool on)
{
    set(t, id, TRIAGE_MARK, on ? STR("1") : STR("0"));
}

void triage_note(struct triage *t, uint64_t id, struct str note)
{
    set(t, id, TRIAGE_NOTE, clean(t->arena, str_trim(note)));
}

static int by_text(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

void triage_tags(struct triage *t, uint64_t id, struct str text)
{
    VEC(struct str) list = {0};
    struct buf out = {0};
    for (size_t i = 0, from = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        if ((unsigned char)c > ' ' && c != ',')
            continue;
        if (i > from)
            vec_push(t->arena, &list, str_sub(text, from, i));
        from = i + 1;
    }
    if (list.n)
        qsort(list.items, list.n, sizeof *list.items, by_text);
    for (size_t i = 0; i < list.n; i++)
        if (i == 0 || !str_eq(list.items[i], list.items[i - 1])) {
            buf_add_z(&out, out.n ? " " : "");
            buf_add(&out, list.items[i]);
        }
    set(t, id, TRIAGE_TAGS, clean(t->arena, buf_str(&out)));
    buf_release(&out);
}

static bool save(struct triage *t, struct error *err)
{
    struct buf head = {0};
    if (!t->path.n || t->refused || !t->unsaved.n) {
        buf_reset(&t->unsaved);
        return true;
    }
    triage_head(t, &head);
    bool ok = journal_append(t->path, buf_str(&head), buf_str(&t->unsaved), err);
    buf_release(&head);
    if (ok)
        buf_reset(&t->unsaved);
    return ok;
}

bool triage_commit(struct triage *t, struct error *err)
{
    if (t->step.changes.n)
        vec_push(t->arena, &t->steps, t->step);
    t->step = (struct step){0};
    return save(t, err);
}

bool triage_can_undo(const struct triage *t)
{
    return t->steps.n > 0;
}

bool triage_undo(struct triage *t, struct str *what, struct error *err)
{
    struct step last = t->steps.items[--t->steps.n];
    for (size_t i = last.changes.n; i-- > 0;)
        set(t, last.changes.items[i].id, last.changes.items[i].field, last.changes.items[i].value);
    t->step = (struct step){0}; /* taking back is not a step of its own */
    buf_reset(&t->undone);
    buf_add(&t->undone, last.what);
    *what = buf_str(&t->undone);
    return save(t, err);
}

bool triage_merge(struct triage *t, struct str path, size_t *changed, struct error *err)
{
    struct arena *a = arena_new();
    struct buf lines = {0};
    struct str text;
    bool ok = file_read(a, path, TRIAGE_MOST_BYTES, &text, err) &&
              triage_read(t, path, text, changed, &lines, err);
    if (ok) {
        buf_add(&t->unsaved, buf_str(&lines));
        ok = save(t, err);
    }
    buf_release(&lines);
    arena_free(a);
    return ok;
}
