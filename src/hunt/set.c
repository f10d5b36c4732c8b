/* Knobs set by what people write: `Access <= 5`, `scriptingExt-=aspx`, `lookback=1d`. In: the text
 * of one --set or of a prompt; out: the dial at its new value, or an error that names the nearest
 * knob or member. */
#include "base/error.h"
#include "hunt/hunt_internal.h"

/* ---- values ---------------------------------------------------------------------------------- */

static struct str without_quotes(struct str s)
{
    s = str_trim(s);
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = str_sub(s, 1, s.n - 1);
    return s;
}

/* A value of the kind that the knob has; texts are copied into `a`. */
static bool read_value(struct arena *a, const struct param *p, struct str text, struct value *v,
                       struct error *err)
{
    struct str bare = str_trim(text);
    *v = (struct value){.type = p->published.type};
    switch (p->kind) {
    case PARAM_TEXT:
        v->s = str_dup(a, without_quotes(bare));
        return true;
    case PARAM_SWITCH:
        if (str_eq_nocase(bare, STR("on")) || str_eq_nocase(bare, STR("true")) || str_is(bare, "1"))
            v->b = true;
        else if (!str_eq_nocase(bare, STR("off")) && !str_eq_nocase(bare, STR("false")) &&
                 !str_is(bare, "0"))
            return error_set(err, "'%.*s' is a switch: on or off, not '%.*s'", STR_ARG(p->name),
                             STR_ARG(bare));
        return true;
    case PARAM_NUMBER:
        if (type_shape(v->type) == SHAPE_INT ? str_to_int64(bare, &v->i)
                                             : str_to_double(bare, &v->r))
            return true;
        return error_set(err, "'%.*s' wants a %s number, not '%.*s'", STR_ARG(p->name),
                         type_shape(v->type) == SHAPE_INT ? "whole" : "real", STR_ARG(bare));
    case PARAM_DURATION: {
        struct value read;
        if (kql_read_literal(a, bare, &read) && read.type == v->type && !read.null) {
            *v = read;
            return true;
        }
        return error_set(err, "'%.*s' wants a duration such as 1d, 12h or 30m, not '%.*s'",
                         STR_ARG(p->name), STR_ARG(bare));
    }
    case PARAM_LIST:
        break;
    }
    return error_set(err, "'%.*s' is a list: write %.*s+=MEMBER or %.*s-=MEMBER", STR_ARG(p->name),
                     STR_ARG(p->name), STR_ARG(p->name));
}

/* A member for a list: a number where the list holds numbers, else text. */
static struct value read_member(struct arena *a, const struct dial *d, struct str text)
{
    struct str bare = str_trim(text);
    struct value v = {.type = TYPE_LONG};
    bool numbers = d->members.n > 0;
    for (size_t i = 0; i < d->members.n; i++)
        numbers = numbers && d->members.items[i].value.type == TYPE_LONG;
    if (numbers && str_to_int64(bare, &v.i))
        return v;
    v.type = TYPE_STRING;
    v.s = str_dup(a, without_quotes(bare));
    return v;
}

static size_t member_find(const struct dial *d, struct value v)
{
    for (size_t i = 0; i < d->members.n; i++)
        if (d->members.items[i].value.type == v.type && value_equal(d->members.items[i].value, v))
            return i;
    return SIZE_MAX;
}

static bool member_turn(struct hunt *h, size_t slot, struct str text, bool on, struct error *err)
{
    struct dial *d = &h->dials[slot];
    struct value v = read_member(h->dial_arena, d, text);
    size_t at = member_find(d, v);
    if (at == SIZE_MAX && !on) {
        struct nearest near;
        nearest_init(&near, v.type == TYPE_STRING ? v.s : text);
        for (size_t i = 0; i < d->members.n; i++)
            if (d->members.items[i].value.type == TYPE_STRING)
                nearest_offer(&near, d->members.items[i].value.s);
        struct str best = nearest_found(&near);
        return error_set(err, "'%.*s' has no member '%.*s'%s%.*s%s",
                         STR_ARG(h->query->params[slot].name), STR_ARG(str_trim(text)),
                         best.n ? "; did you mean '" : "", STR_ARG(best), best.n ? "'?" : "");
    }
    if (at == SIZE_MAX) {
        struct knob_member m = {.value = v, .on = true, .added = true, .what_if = HUNT_UNKNOWN};
        vec_push(h->dial_arena, &d->members, m);
    } else {
        d->members.items[at].on = on;
    }
    hunt_touched(h, slot);
    return true;
}

/* How many bytes of `text` spell `name`, blanks not counted on either side; 0: it does not begin
 * so. */
static size_t name_length(struct str text, struct str name)
{
    size_t i = 0, k = 0;
    while (k < name.n) {
        if (name.p[k] == ' ') {
            k++;
        } else if (i < text.n && text.p[i] == ' ') {
            i++;
        } else if (i < text.n && text.p[i] == name.p[k]) {
            i++;
            k++;
        } else {
            return 0;
        }
    }
    return i;
}

enum set_verb { SET_NONE, SET_VALUE, SET_ADD, SET_REMOVE };

/* What follows the name: "=5", "+=x", "-=x"; after a name such as "Access <=" also the bare
 * value. */
static enum set_verb read_verb(const struct param *p, struct str rest, struct str *operand)
{
    rest = str_trim(rest);
    bool list = p->kind == PARAM_LIST;
    if (list && str_starts(rest, STR("+=")))
        return *operand = str_sub(rest, 2, rest.n), SET_ADD;
    if (list && str_starts(rest, STR("-=")))
        return *operand = str_sub(rest, 2, rest.n), SET_REMOVE;
    if (str_starts(rest, STR("=")))
        return *operand = str_sub(rest, 1, rest.n), SET_VALUE;
    if (rest.n && p->stage > 0 && (p->kind == PARAM_NUMBER || p->kind == PARAM_DURATION))
        return *operand = rest, SET_VALUE;
    return SET_NONE;
}

static bool unknown_knob(struct hunt *h, struct str setting, struct error *err)
{
    struct str name = str_sub(setting, 0, str_find_byte(setting, '='));
    if (name.n && (name.p[name.n - 1] == '+' || name.p[name.n - 1] == '-'))
        name.n--;
    struct nearest near;
    nearest_init(&near, str_trim(name));
    for (size_t i = 0; i < h->query->n_params; i++)
        if (h->query->params[i].kind != PARAM_SWITCH)
            nearest_offer(&near, h->query->params[i].name);
    struct str best = nearest_found(&near);
    return error_set(err, "no knob fits '%.*s'%s%.*s%s; --knobs lists them all", STR_ARG(setting),
                     best.n ? "; did you mean '" : "", STR_ARG(best), best.n ? "'?" : "");
}

/* A whole list: a,b,c or dynamic([…]); members that are not named go off. */
static bool set_list(struct hunt *h, size_t slot, struct str text, struct error *err)
{
    struct dial *d = &h->dials[slot];
    struct value v;
    struct str rest = str_trim(text);
    for (size_t i = 0; i < d->members.n; i++)
        d->members.items[i].on = false;
    if (kql_read_literal(h->dial_arena, rest, &v) && v.type == TYPE_DYNAMIC &&
        dyn_kind(v.s) == DYN_ARRAY) {
        for (size_t i = 0; i < dyn_count(v.s); i++) {
            struct buf b = {0};
            dyn_text(&b, dyn_item(v.s, i), false);
            bool ok = member_turn(h, slot, buf_str(&b), true, err);
            buf_release(&b);
            if (!ok)
                return false;
        }
    } else {
        while (rest.n)
            if (!member_turn(h, slot, str_cut(&rest, ','), true, err))
                return false;
    }
    hunt_touched(h, slot);
    return true;
}

static bool apply(struct hunt *h, size_t slot, enum set_verb verb, struct str operand,
                  struct error *err)
{
    const struct param *p = &h->query->params[slot];
    if (verb == SET_ADD || verb == SET_REMOVE)
        return member_turn(h, slot, operand, verb == SET_ADD, err);
    if (p->kind == PARAM_LIST)
        return set_list(h, slot, operand, err);
    struct value v;
    if (!read_value(h->dial_arena, p, operand, &v, err))
        return false;
    h->dials[slot].value = v;
    hunt_touched(h, slot);
    return true;
}

/* ---- the calls of hunt.h --------------------------------------------------------------------- */

bool hunt_set(struct hunt *h, struct str setting, struct error *err)
{
    size_t best = SIZE_MAX, best_length = 0;
    struct str operand = STR_NONE;
    enum set_verb verb = SET_NONE;
    for (size_t i = 0; i < h->query->n_params; i++) {
        const struct param *p = &h->query->params[i];
        size_t n = name_length(setting, p->name);
        struct str o;
        enum set_verb v;
        if (n > best_length && (v = read_verb(p, str_sub(setting, n, setting.n), &o)) != SET_NONE) {
            best = i;
            best_length = n;
            operand = o;
            verb = v;
        }
    }
    if (best == SIZE_MAX)
        return unknown_knob(h, setting, err);
    pthread_mutex_lock(&h->lock);
    bool ok = apply(h, best, verb, operand, err);
    pthread_mutex_unlock(&h->lock);
    return ok;
}

bool hunt_set_text(struct hunt *h, size_t knob, struct str text, struct error *err)
{
    pthread_mutex_lock(&h->lock);
    bool ok = apply(h, knob, SET_VALUE, text, err);
    pthread_mutex_unlock(&h->lock);
    return ok;
}

bool hunt_add_member(struct hunt *h, size_t knob, struct str text, struct error *err)
{
    if (!str_trim(text).n)
        return error_set(err, "an empty member would match empty values; write \"\" to mean that");
    pthread_mutex_lock(&h->lock);
    bool ok = member_turn(h, knob, text, true, err);
    pthread_mutex_unlock(&h->lock);
    return ok;
}
