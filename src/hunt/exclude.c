/* The list of exclusions and its file:
 *
 *     harrier exclusions 1
 *     rule<TAB>8a7cf3a2-…
 *     on name="Scheduled backup job" ip=10.0.0.5 …
 *     off name=…
 *
 * read strictly, written whole and at once. Lines that begin with # are comments. */
#include "hunt/exclude.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/vec.h"

#define MOST_BYTES ((size_t)4 << 20)
#define MOST 500 /* exclusions */
static const char magic[] = "harrier exclusions 1";

struct exclusions {
    struct arena *arena;
    struct str path, rule_id;
    bool refused; /* the file could not be read: it is left as it is */
    VEC(struct exclusion) list;
    uint64_t version;
    struct buf seen; /* the file, as it was read or written last */
};

/* A copy that lives as long as the list: through its text, which is what the file will hold. */
static struct exclusion kept(struct exclusions *x, const struct exclusion *e)
{
    struct buf text = {0};
    struct exclusion copy;
    struct error err = {0};
    exclusion_text(e, &text);
    if (!exclusion_parse(x->arena, str_dup(x->arena, buf_str(&text)), &copy, &err))
        BUG("an exclusion cannot read its own text");
    buf_release(&text);
    copy.on = e->on;
    copy.shipped = e->shipped;
    return copy;
}

static bool read_line(struct exclusions *x, struct str line, bool shipped, struct error *err)
{
    struct exclusion e;
    struct str state = str_cut(&line, ' ');
    bool on = str_is(state, "on");
    if (!on && !str_is(state, "off"))
        return error_set(err, "a line begins with on or off");
    if (!exclusion_parse(x->arena, line, &e, err))
        return false;
    if (on && exclusion_blank(&e))
        return error_set(err, "%s is still to be filled in, so it cannot be on",
                         exclusion_blank(&e));
    e.on = on && !shipped;
    e.shipped = shipped;
    for (size_t i = 0; shipped && i < x->list.n; i++)
        if (str_eq(x->list.items[i].name, e.name))
            return true; /* the analyst's own holds */
    if (x->list.n == MOST)
        return error_set(err, "at most %d exclusions are held", MOST);
    vec_push(x->arena, &x->list, e);
    return true;
}

static bool read_text(struct exclusions *x, struct str path, struct str text, bool shipped,
                      struct error *err)
{
    size_t before = x->list.n;
    int number = 1;
    struct str line = str_trim(str_cut(&text, '\n')), id;
    bool ok = str_is(line, magic) ||
              error_set(err, "%.*s: these are no exclusions of this form", STR_ARG(path));
    if (ok && !shipped) {
        line = str_cut(&text, '\n');
        id = line;
        number++;
        str_cut(&id, '\t');
        ok = str_eq(id, x->rule_id) ||
             error_set(err, "%.*s:2: these are of another rule", STR_ARG(path));
    }
    while (ok && text.n) {
        struct error why = {0};
        line = str_trim(str_cut(&text, '\n'));
        number++;
        if (line.n && line.p[0] != '#' && !read_line(x, line, shipped, &why))
            ok = error_set(err, "%.*s:%d: %s", STR_ARG(path), number, why.message);
    }
    if (!ok)
        x->list.n = before;
    return ok;
}

struct exclusions *exclusions_open(struct str state, struct str shipped, struct str rule_id,
                                   struct error *err)
{
    struct arena *a = arena_new();
    struct exclusions *x = ARENA_NEW(a, struct exclusions);
    struct str text;
    *x = (struct exclusions){
        .arena = a, .path = str_dup(a, state), .rule_id = str_dup(a, rule_id), .version = 1};
    if (state.n && path_exists(a, state)) {
        x->refused =
            !file_read(a, state, MOST_BYTES, &text, err) || !read_text(x, state, text, false, err);
        if (!x->refused)
            buf_add(&x->seen, text);
    }
    if (shipped.n && path_exists(a, shipped)) {
        struct error why = {0};
        if ((!file_read(a, shipped, MOST_BYTES, &text, &why) ||
             !read_text(x, shipped, text, true, &why)) &&
            !err->set)
            *err = why;
    }
    return x;
}

void exclusions_close(struct exclusions *x)
{
    if (!x)
        return;
    buf_release(&x->seen);
    arena_free(x->arena);
}

bool exclusions_save(const struct exclusions *x)
{
    return x->path.n && !x->refused;
}

size_t exclusions_count(const struct exclusions *x)
{
    return x->list.n;
}

const struct exclusion *exclusion_row(const struct exclusions *x, size_t i)
{
    return i < x->list.n ? &x->list.items[i] : NULL;
}

uint64_t exclusions_version(const struct exclusions *x)
{
    return x->version;
}

static bool save(struct exclusions *x, struct error *err)
{
    struct buf text = {0};
    x->version++;
    if (!exclusions_save(x))
        return true;
    buf_addf(&text, "%s\nrule\t", magic);
    buf_add(&text, x->rule_id);
    buf_add_byte(&text, '\n');
    for (size_t i = 0; i < x->list.n; i++) {
        struct buf line = {0};
        if (x->list.items[i].shipped)
            continue; /* comes with the rule again, as newer rules have it */
        exclusion_text(&x->list.items[i], &line);
        buf_add_z(&text, x->list.items[i].on ? "on " : "off ");
        buf_add(&text, buf_str(&line));
        buf_add_byte(&text, '\n');
        buf_release(&line);
    }
    bool ok = file_write(x->path, buf_str(&text), err);
    if (ok) {
        buf_reset(&x->seen);
        buf_add(&x->seen, buf_str(&text));
    }
    buf_release(&text);
    return ok;
}

/* Where in the list an exclusion of another list is: one of the same text, or else name. */
static size_t find(const struct exclusions *x, const struct exclusion *e)
{
    struct buf mine = {0}, text = {0};
    size_t same = SIZE_MAX, named = SIZE_MAX;
    exclusion_text(e, &text);
    for (size_t i = 0; i < x->list.n; i++) {
        buf_reset(&mine);
        exclusion_text(&x->list.items[i], &mine);
        if (same == SIZE_MAX && str_eq(buf_str(&mine), buf_str(&text)))
            same = i;
        if (named == SIZE_MAX && e->name.n && str_eq(x->list.items[i].name, e->name))
            named = i;
    }
    buf_release(&mine);
    buf_release(&text);
    return same != SIZE_MAX ? same : named;
}

/* When another program has written the file since: its list, then what comes with the rule;
 * *i goes along with the exclusion that stands there (SIZE_MAX: it is gone). What cannot be read is
 * not written over. */
static bool read_again(struct exclusions *x, size_t *i, struct error *err)
{
    struct exclusions now = {.arena = x->arena, .path = x->path, .rule_id = x->rule_id};
    struct str text;
    if (!exclusions_save(x) || !path_exists(x->arena, x->path))
        return true;
    if (!file_read(x->arena, x->path, MOST_BYTES, &text, err))
        return false;
    if (str_eq(text, buf_str(&x->seen)))
        return true;
    if (!read_text(&now, x->path, text, false, err))
        return false;
    for (size_t k = 0; k < x->list.n; k++) {
        const struct exclusion *e = &x->list.items[k];
        size_t own = 0;
        while (own < now.list.n && !str_eq(now.list.items[own].name, e->name))
            own++;
        if (e->shipped && own == now.list.n)
            vec_push(x->arena, &now.list, *e);
    }
    if (*i < x->list.n)
        *i = find(&now, &x->list.items[*i]);
    x->list.items = now.list.items;
    x->list.n = now.list.n;
    x->list.cap = now.list.cap;
    return true;
}

/* The end of a change: it is written, or shown for what it is where it cannot be. */
static bool settle(struct exclusions *x, int held, bool ok, struct error *err)
{
    if (ok)
        ok = save(x, err);
    else
        x->version++;
    file_let_go(held);
    return ok;
}

bool exclusions_put(struct exclusions *x, size_t i, const struct exclusion *e, struct error *err)
{
    struct exclusion own = *e;
    own.shipped = false;
    own.on = e->on && !exclusion_blank(e);
    own = kept(x, &own);
    int held = x->path.n ? file_hold(x->path) : -1;
    bool ok = read_again(x, &i, err);
    if (i < x->list.n)
        x->list.items[i] = own;
    else if (x->list.n < MOST)
        vec_push(x->arena, &x->list, own);
    else
        ok = error_set(err, "at most %d exclusions are held", MOST);
    return settle(x, held, ok, err);
}

bool exclusions_remove(struct exclusions *x, size_t i, struct error *err)
{
    if (i >= x->list.n)
        return true;
    int held = x->path.n ? file_hold(x->path) : -1;
    bool ok = read_again(x, &i, err);
    if (i < x->list.n) {
        memmove(&x->list.items[i], &x->list.items[i + 1],
                (x->list.n - i - 1) * sizeof *x->list.items);
        x->list.n--;
    }
    return settle(x, held, ok, err);
}
