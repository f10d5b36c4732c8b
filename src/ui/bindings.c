/* keys.yaml in, keys of rows out. See bindings.h. */
#include "ui/bindings.h"

#include <stdio.h>

#include "base/file.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "ui/ui_internal.h"

struct binding {
    const char *scope; /* one of the names in scope_name() */
    int shipped;
    int keys[MOST_KEYS];
    struct span place;
};
struct bindings {
    struct binding *items;
    size_t n, cap;
};

/* ---- scopes ---------------------------------------------------------------------------------- */

/* All names that may stand at the left, in order; NULL at the end. */
static const char *scope_name(size_t i)
{
    const char *const shared[] = {where_finding, where_table, where_all};
    if (i < COUNT(shared))
        return shared[i];
    const struct pane_type *type = pane_type_row(i - COUNT(shared));
    return type ? type->name : NULL;
}

static bool is_in(const struct actions *set, const struct action *row)
{
    for (size_t i = 0; i < set->n; i++)
        if (&set->rows[i] == row)
            return true;
    return false;
}

/* NULL: the row is not for binding (what is typed, yes and no). */
static const char *scope_of(const struct action *row)
{
    const struct actions *set;
    const char *where;
    for (size_t i = 0; (set = shared_actions(NULL, i, &where)); i++)
        if (is_in(set, row))
            return where;
    for (size_t i = 0; pane_type_row(i); i++) {
        if (row == &pane_type_row(i)->opens)
            return where_all;
        if (is_in(&pane_type_row(i)->actions, row))
            return pane_type_row(i)->name;
    }
    return NULL;
}

/* Runs `each` over the rows that hold in a view, those of its own first. */
static void rows_in(const struct pane_type *type, bool (*each)(void *ctx, const struct action *row),
                    void *ctx)
{
    const struct actions *set = &type->actions;
    const char *where = type->name;
    for (size_t s = 0; set; set = shared_actions(type, s++, &where))
        for (size_t i = 0; where && i < set->n; i++)
            if (!each(ctx, &set->rows[i]))
                return;
    for (size_t i = 0; pane_type_row(i); i++)
        if (pane_type_row(i)->opens.keys[0] && !each(ctx, &pane_type_row(i)->opens))
            return;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static const struct binding *find(const struct bindings *b, const char *scope, int shipped)
{
    for (size_t i = 0; scope && b && i < b->n; i++)
        if (b->items[i].shipped == shipped && strcmp(b->items[i].scope, scope) == 0)
            return &b->items[i];
    return NULL;
}

static void add_key(int keys[MOST_KEYS], int key)
{
    size_t n = 0;
    while (keys[n] && keys[n] != key)
        n++;
    if (n + 1 < MOST_KEYS && !keys[n]) {
        keys[n] = key;
        keys[n + 1] = K_NONE;
    }
}

void bindings_keys(const struct bindings *b, const struct action *row, int keys[MOST_KEYS])
{
    const char *scope = b && b->n ? scope_of(row) : NULL;
    keys[0] = K_NONE;
    for (size_t k = 0; k < ROW_KEYS && row->keys[k]; k++) {
        const struct binding *own = find(b, scope, row->keys[k]);
        if (!own)
            add_key(keys, row->keys[k]);
        for (size_t i = 0; own && own->keys[i]; i++)
            add_key(keys, own->keys[i]);
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

struct named {
    int shipped;
    const struct action *row; /* the first that ships with it */
};

static bool find_named(void *ctx, const struct action *row)
{
    struct named *n = ctx;
    for (size_t k = 0; k < ROW_KEYS && row->keys[k]; k++)
        if (row->keys[k] == n->shipped)
            n->row = row;
    return !n->row;
}

static size_t bound_key(const struct bindings *b, const struct pane_type *type, int shipped,
                        char *out)
{
    struct named n = {.shipped = shipped};
    int keys[MOST_KEYS] = {shipped};
    rows_in(type, find_named, &n);
    for (size_t i = 0; !n.row && pane_type_row(i); i++) /* of another view */
        rows_in(pane_type_row(i), find_named, &n);
    if (n.row)
        bindings_keys(b, n.row, keys);
    if (!keys[0])
        return (size_t)sprintf(out, "(no key)");
    return key_text(keys[0], out);
}

const char *bindings_hint(const struct bindings *b, const struct pane_type *type,
                          const char *words, char *out, size_t size)
{
    size_t n = 0;
    while (*words && n + 32 < size) {
        const char *end = *words == '{' ? strchr(words, '}') : NULL;
        int key = end ? key_by_name((struct str){words + 1, (size_t)(end - words) - 1}) : K_NONE;
        if (key == K_NONE) {
            out[n++] = *words++;
            continue;
        }
        n += bound_key(b, type, key, out + n);
        words = end + 1;
    }
    out[n] = 0;
    return out;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct source_text source;
    struct bindings *b;
    struct arena *arena;
    struct error *err;
};

static const char *read_scope(struct reading *r, const struct yaml *node)
{
    struct nearest near;
    nearest_init(&near, node->key);
    for (size_t i = 0; scope_name(i); i++) {
        if (str_eq_nocase(node->key, str_of(scope_name(i))))
            return scope_name(i);
        nearest_offer(&near, str_of(scope_name(i)));
    }
    struct str best = nearest_found(&near);
    error_at(r->err, &r->source, (struct span){node->start, node->end},
             "there is no view '%.*s'%s%.*s%s", STR_ARG(node->key),
             best.n ? "; did you mean '" : "; harrier --list keys names them all", STR_ARG(best),
             best.n ? "'?" : "");
    return NULL;
}

static bool read_key(struct reading *r, const struct yaml *at, struct str word, int *key)
{
    *key = key_by_name(word);
    if (*key == K_NONE || *key == K_PASTE || *key == K_PASTE_END)
        return error_at(r->err, &r->source, (struct span){at->start, at->end},
                        "'%.*s' is no key: a key is one character, Space, Ctrl-A to Ctrl-Z, "
                        "Enter, Tab, F1 and so on",
                        STR_ARG(word));
    if (*key == K_INTERRUPT || *key == K_CTRL('C'))
        return error_at(r->err, &r->source, (struct span){at->start, at->end},
                        "Ctrl-C stays what it is");
    return true;
}

struct search {
    const char *scope;
    int key;
    bool found;
};

static bool has_key(void *ctx, const struct action *row)
{
    struct search *s = ctx;
    const char *scope = scope_of(row);
    for (size_t k = 0; k < ROW_KEYS && row->keys[k]; k++)
        s->found |= row->keys[k] == s->key && scope && strcmp(scope, s->scope) == 0;
    return !s->found;
}

static bool read_binding(struct reading *r, const char *scope, const struct yaml *node)
{
    struct binding b = {.scope = scope, .place = {node->start, node->end}};
    if (!read_key(r, node, node->key, &b.shipped))
        return false;
    struct search s = {scope, b.shipped, false};
    for (size_t i = 0; pane_type_row(i) && !s.found; i++)
        rows_in(pane_type_row(i), has_key, &s);
    if (!s.found)
        return error_at(r->err, &r->source, b.place,
                        "nothing is on '%.*s' in '%s'; harrier --list keys shows what is",
                        STR_ARG(node->key), scope);
    if (node->kind == YAML_MAP)
        return error_at(r->err, &r->source, b.place, "a key, a list of keys or none belongs here");
    size_t n = 0;
    const struct yaml *item = node->kind == YAML_LIST ? node->first : node;
    for (; item; item = node->kind == YAML_LIST ? item->next : NULL) {
        if (item->kind != YAML_SCALAR || n + 1 == MOST_KEYS)
            return error_at(r->err, &r->source, b.place, "at most %d keys in one list",
                            MOST_KEYS - 1);
        if (node->kind == YAML_SCALAR && str_is(item->text, "none"))
            break;
        if (!read_key(r, item, item->text, &b.keys[n++]))
            return false;
    }
    vec_push(r->arena, r->b, b);
    return true;
}

/* ---- clashes --------------------------------------------------------------------------------- */

/* The row that has a key first in a view, when another has it by a binding. */
struct clash {
    const struct bindings *b;
    int key;
    const struct action *first, *second;
};

static bool holds(const struct bindings *b, const struct action *row, int key)
{
    int keys[MOST_KEYS];
    bindings_keys(b, row, keys);
    for (size_t i = 0; keys[i]; i++)
        if (keys[i] == key)
            return true;
    return false;
}

static bool find_clash(void *ctx, const struct action *row)
{
    struct clash *c = ctx;
    if (!holds(c->b, row, c->key))
        return true;
    if (!c->first)
        c->first = row;
    /* two rows of one action that are never there together are one */
    else if (row->run != c->first->run || !row->run)
        c->second = row;
    /* what ships together is meant to; what the file brought here is not */
    if (c->second && holds(NULL, c->first, c->key) && holds(NULL, c->second, c->key))
        c->second = NULL;
    return !c->second;
}

static bool holds_in(const char *scope, const struct pane_type *type)
{
    const char *where;
    for (size_t i = 0; shared_actions(type, i, &where); i++)
        if (where == scope)
            return true;
    return strcmp(scope, type->name) == 0;
}

static bool check_binding(struct reading *r, const struct binding *b)
{
    for (size_t k = 0; b->keys[k]; k++)
        for (size_t i = 0; pane_type_row(i); i++) {
            const struct pane_type *type = pane_type_row(i);
            struct clash c = {.b = r->b, .key = b->keys[k]};
            if (!holds_in(b->scope, type))
                continue;
            rows_in(type, find_clash, &c);
            if (!c.second)
                continue;
            char text[16];
            int len = (int)key_text(b->keys[k], text);
            const char *x = c.first->help ? c.first->help : c.first->bar;
            const char *y = c.second->help ? c.second->help : c.second->bar;
            return error_at(r->err, &r->source, b->place,
                            "in '%s' the key %.*s would be two things: %s And: %s", type->name, len,
                            text, x ? x : "", y ? y : "");
        }
    return true;
}

bool bindings_parse(struct arena *a, struct str file, struct str text, const struct bindings **out,
                    struct error *err)
{
    struct yaml *root;
    struct bindings *b = ARENA_NEW(a, struct bindings);
    struct reading r = {{.name = file, .text = text, .first_line = 1}, b, a, err};
    if (!yaml_parse(a, file, text, &root, err))
        return false;
    if (root->kind != YAML_MAP)
        return error_at(err, &r.source, (struct span){root->start, root->end},
                        "keys are a map of views");
    for (const struct yaml *view = root->first; view; view = view->next) {
        const char *scope = read_scope(&r, view);
        if (!scope)
            return false;
        if (view->kind != YAML_MAP)
            return error_at(err, &r.source, (struct span){view->start, view->end},
                            "a view holds a map: the shipped key, then yours");
        for (const struct yaml *node = view->first; node; node = node->next)
            if (!read_binding(&r, scope, node))
                return false;
    }
    for (size_t i = 0; i < b->n; i++)
        if (!check_binding(&r, &b->items[i]))
            return false;
    *out = b;
    return true;
}

bool bindings_load(struct arena *a, struct str path, const struct bindings **out, struct error *err)
{
    struct str text, folder = path_xdg(a, "config", false);
    bool named = path.n > 0;
    *out = NULL;
    if (!named && folder.n)
        path = path_join(a, folder, STR("keys.yaml"));
    if (!path.n || (!named && !path_exists(a, path)))
        return true;
    return file_read_own(a, path, 1 << 20, &text, err) && bindings_parse(a, path, text, out, err);
}
