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
    if (state.n && path_exists(a, state))
        x->refused =
            !file_read(a, state, MOST_BYTES, &text, err) || !read_text(x, state, text, false, err);
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
    if (x)
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
    buf_release(&text);
    return ok;
}

bool exclusions_put(struct exclusions *x, size_t i, const struct exclusion *e, struct error *err)
{
    struct exclusion own = *e;
    if (i >= x->list.n && x->list.n == MOST)
        return error_set(err, "at most %d exclusions are held", MOST);
    own.shipped = false;
    own.on = e->on && !exclusion_blank(e);
    own = kept(x, &own);
    if (i < x->list.n)
        x->list.items[i] = own;
    else
        vec_push(x->arena, &x->list, own);
    return save(x, err);
}

bool exclusions_remove(struct exclusions *x, size_t i, struct error *err)
{
    if (i >= x->list.n)
        return true;
    memmove(&x->list.items[i], &x->list.items[i + 1], (x->list.n - i - 1) * sizeof *x->list.items);
    x->list.n--;
    return save(x, err);
}
