/* Settings of the knobs as lines of text, and the file that keeps them by name; see profile.h. */
#include "base/file.h"
#include "base/utf8.h"
#include "hunt/hunt_internal.h"

#define MOST_BYTES ((size_t)4 << 20)
#define MOST 200 /* profiles */
static const char magic[] = "harrier profiles 1";
static const char *const verbs[] = {
    [SETTING_SET] = "set", [SETTING_ON] = "on", [SETTING_OFF] = "off"};

/* ---- settings -------------------------------------------------------------------------------- */

struct settings {
    struct hunt_setting *items;
    size_t n, cap;
};

static void add_setting(struct arena *a, struct settings *list, int what, const struct buf *text)
{
    struct hunt_setting s = {.text = str_dup(a, buf_str(text))};
    s.what = what;
    vec_push(a, list, s);
}

/* As hunt_set reads it: texts stand in quotes as they are, without escapes. */
static void add_value(struct buf *text, struct value v)
{
    if (v.type != TYPE_STRING) {
        kql_literal(text, v);
        return;
    }
    buf_add_byte(text, '"');
    buf_add(text, v.s);
    buf_add_byte(text, '"');
}

static void settings_of(struct arena *a, const struct knob *k, struct settings *list)
{
    struct buf text = {0};
    if (k->kind == PARAM_SWITCH) {
        buf_addf(&text, "%d", k->stage);
        add_setting(a, list, k->value.b ? SETTING_ON : SETTING_OFF, &text);
    }
    for (size_t i = 0; k->kind == PARAM_LIST && i < k->n_members; i++) {
        const struct knob_member *m = &k->members[i];
        if (m->on != m->added)
            continue; /* as published, or added and off again */
        buf_reset(&text);
        buf_addf(&text, "%.*s%s", STR_ARG(k->name), m->on ? "+=" : "-=");
        add_value(&text, m->value);
        add_setting(a, list, SETTING_SET, &text);
    }
    if (k->kind != PARAM_SWITCH && k->kind != PARAM_LIST) {
        buf_addf(&text, "%.*s=", STR_ARG(k->name));
        add_value(&text, k->value);
        add_setting(a, list, SETTING_SET, &text);
    }
    buf_release(&text);
}

size_t hunt_settings(struct hunt *h, struct arena *a, struct hunt_setting **out)
{
    struct settings list = {0};
    struct knob *knobs;
    size_t n = hunt_knobs(h, a, &knobs);
    for (size_t i = 0; i < n; i++)
        if (knobs[i].changed)
            settings_of(a, &knobs[i], &list);
    *out = list.items;
    return list.n;
}

static bool apply_one(struct hunt *h, const struct hunt_setting *s, struct error *err)
{
    int64_t stage;
    if (s->what == SETTING_SET)
        return hunt_set(h, s->text, err);
    if (!str_to_int64(s->text, &stage) || stage < 1 || stage > 100000)
        return error_set(err, "'%.*s' is no number of a stage", STR_ARG(s->text));
    return hunt_switch(h, (int)stage, s->what == SETTING_ON, err);
}

bool hunt_apply(struct hunt *h, const struct hunt_setting *settings, size_t n, struct error *err)
{
    bool ok = true;
    hunt_publish(h, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        struct error why = {0};
        if (apply_one(h, &settings[i], &why))
            continue;
        if (ok)
            *err = why;
        ok = false;
    }
    return ok;
}

void setting_text(const struct hunt_setting *s, struct buf *out)
{
    buf_addf(out, "%s %.*s", verbs[s->what], STR_ARG(s->text));
}

/* ---- the file -------------------------------------------------------------------------------- */

struct profiles {
    struct arena *arena;
    struct str path, rule_id;
    bool refused; /* the file could not be read: it is left as it is */
    VEC(struct profile) list;
};

static bool clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n <= 4096 && utf8_valid(s);
}

static const char *read_line(struct profiles *p, struct str line)
{
    struct str verb = str_cut(&line, ' ');
    if (!clean(line))
        return "this is no clean text";
    if (str_is(verb, "profile")) {
        if (p->list.n == MOST)
            return "there are too many profiles";
        vec_push(p->arena, &p->list, ((struct profile){.name = str_dup(p->arena, line)}));
        return NULL;
    }
    for (size_t i = 0; p->list.n && i < sizeof verbs / sizeof *verbs; i++)
        if (str_is(verb, verbs[i])) {
            struct profile *last = &vec_last(&p->list);
            struct hunt_setting *more = ARENA_ARRAY(p->arena, struct hunt_setting, last->n + 1);
            if (last->n)
                memcpy(more, last->settings, last->n * sizeof *more);
            more[last->n].what = (int)i;
            more[last->n++].text = str_dup(p->arena, line);
            last->settings = more;
            return NULL;
        }
    return "a line begins with profile, set, on or off";
}

static bool read_text(struct profiles *p, struct str text, struct error *err)
{
    struct str line = str_cut(&text, '\n'), id = str_cut(&text, '\n');
    struct str word = str_cut(&id, '\t');
    if (!str_is(line, magic) || !str_is(word, "rule"))
        return error_set(err, "%.*s: these are no profiles of this form", STR_ARG(p->path));
    if (!str_eq(id, p->rule_id))
        return error_set(err, "%.*s: these are of another rule", STR_ARG(p->path));
    for (int number = 3; text.n; number++) {
        const char *wrong = read_line(p, str_cut(&text, '\n'));
        if (wrong) {
            p->list.n = 0;
            return error_set(err, "%.*s:%d: %s", STR_ARG(p->path), number, wrong);
        }
    }
    return true;
}

struct profiles *profiles_open(struct str path, struct str rule_id, struct error *err)
{
    struct arena *a = arena_new();
    struct profiles *p = ARENA_NEW(a, struct profiles);
    struct str text;
    *p = (struct profiles){.arena = a, .path = str_dup(a, path), .rule_id = str_dup(a, rule_id)};
    if (path.n && path_exists(a, path))
        p->refused = !file_read(a, path, MOST_BYTES, &text, err) || !read_text(p, text, err);
    return p;
}

void profiles_close(struct profiles *p)
{
    arena_free(p->arena);
}

bool profiles_save(const struct profiles *p)
{
    return p->path.n && !p->refused;
}

size_t profiles_count(const struct profiles *p)
{
    return p->list.n;
}

const struct profile *profile_row(const struct profiles *p, size_t i)
{
    return i < p->list.n ? &p->list.items[i] : NULL;
}

static bool save(struct profiles *p, struct error *err)
{
    struct buf text = {0};
    if (!profiles_save(p))
        return true;
    buf_addf(&text, "%s\nrule\t%.*s\n", magic, STR_ARG(p->rule_id));
    for (size_t i = 0; i < p->list.n; i++) {
        buf_addf(&text, "profile %.*s\n", STR_ARG(p->list.items[i].name));
        for (size_t k = 0; k < p->list.items[i].n; k++) {
            setting_text(&p->list.items[i].settings[k], &text);
            buf_add_byte(&text, '\n');
        }
    }
    bool ok = file_write(p->path, buf_str(&text), err);
    buf_release(&text);
    return ok;
}

/* What another program has written since; what cannot be read is not written over. */
static bool read_again(struct profiles *p, struct error *err)
{
    struct profiles now = {.arena = p->arena, .path = p->path, .rule_id = p->rule_id};
    struct str text;
    if (!profiles_save(p) || !path_exists(p->arena, p->path))
        return true;
    if (!file_read(p->arena, p->path, MOST_BYTES, &text, err) || !read_text(&now, text, err))
        return false;
    p->list.items = now.list.items;
    p->list.n = now.list.n;
    p->list.cap = now.list.cap;
    return true;
}

static size_t find(const struct profiles *p, struct str name)
{
    size_t at = 0;
    while (at < p->list.n && !str_eq(p->list.items[at].name, name))
        at++;
    return at;
}

bool profiles_put(struct profiles *p, struct str name, const struct hunt_setting *settings,
                  size_t n, struct error *err)
{
    struct profile own = {str_dup(p->arena, str_trim(name)),
                          ARENA_ARRAY(p->arena, struct hunt_setting, n + 1), n};
    if (!clean(own.name))
        return error_set(err, "a profile needs a name of plain text");
    for (size_t i = 0; i < n; i++) {
        if (!clean(settings[i].text))
            return error_set(err, "a setting with control characters cannot be kept");
        own.settings[i] = settings[i];
        own.settings[i].text = str_dup(p->arena, settings[i].text);
    }
    int held = p->path.n ? file_hold(p->path) : -1;
    bool ok = read_again(p, err);
    size_t at = find(p, own.name);
    if (at < p->list.n)
        p->list.items[at] = own;
    else if (p->list.n < MOST)
        vec_push(p->arena, &p->list, own);
    else
        ok = error_set(err, "at most %d profiles are held", MOST);
    ok = ok && save(p, err);
    file_let_go(held);
    return ok;
}

bool profiles_remove(struct profiles *p, size_t i, struct error *err)
{
    if (i >= p->list.n)
        return true;
    struct str name = p->list.items[i].name;
    int held = p->path.n ? file_hold(p->path) : -1;
    bool ok = read_again(p, err);
    i = find(p, name);
    if (i < p->list.n) {
        memmove(&p->list.items[i], &p->list.items[i + 1],
                (p->list.n - i - 1) * sizeof *p->list.items);
        p->list.n--;
    }
    ok = ok && save(p, err);
    file_let_go(held);
    return ok;
}
