/* The list of all rows, looking one up, and choosing the form of a function that fits given
 * types. */
#include "func/func_internal.h"

static const struct func *const func_tables[] = {
#define X(file) functions_##file,
    FUNC_FILES(X)
#undef X
};
#define N_TABLES (sizeof func_tables / sizeof *func_tables)

const struct func *func_find(struct str name)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const struct func *f = func_tables[t]; f->name; f++) {
            if (str_is(name, f->name))
                return f;
        }
    }
    return NULL;
}

const struct func *func_row(size_t i)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const struct func *f = func_tables[t]; f->name; f++) {
            if (i-- == 0)
                return f;
        }
    }
    return NULL;
}

bool func_is_needle_operator(const struct func *f, bool *any_of_list)
{
    *any_of_list = f->flags & FUNC_NEEDLE_ANY;
    return f->flags & (FUNC_NEEDLE | FUNC_NEEDLE_ANY);
}

bool func_converts(enum type from, enum type to)
{
    switch (from) {
    case TYPE_NONE:
        return true;
    case TYPE_INT:
        return to == TYPE_LONG || to == TYPE_REAL || to == TYPE_DECIMAL;
    case TYPE_LONG:
        return to == TYPE_REAL || to == TYPE_DECIMAL;
    case TYPE_DECIMAL:
        return to == TYPE_REAL;
    case TYPE_DYNAMIC:
        return to == TYPE_STRING || to == TYPE_BOOL || to == TYPE_LONG || to == TYPE_REAL ||
               to == TYPE_DATETIME || to == TYPE_TIMESPAN;
    default:
        return false;
    }
}

static enum type letter_type(char letter)
{
    switch (letter) {
    case 'b':
        return TYPE_BOOL;
    case 'i':
        return TYPE_INT;
    case 'l':
        return TYPE_LONG;
    case 'r':
        return TYPE_REAL;
    case 'm':
        return TYPE_DECIMAL;
    case 's':
        return TYPE_STRING;
    case 't':
        return TYPE_DATETIME;
    case 'p':
        return TYPE_TIMESPAN;
    case 'g':
        return TYPE_GUID;
    case 'd':
        return TYPE_DYNAMIC;
    default:
        return TYPE_NONE;
    }
}

/* Conversions that an argument needs for a letter: 0 or 1, or NO_FIT; the type it must have in
 * *want. */
static unsigned letter_cost(char letter, enum type have, unsigned flags, enum type *want)
{
    if (letter == '*' || letter == 'n') {
        *want = have == TYPE_NONE ? TYPE_DYNAMIC : have;
        return letter == '*' || have == TYPE_NONE || type_is_number(have) ? 0 : NO_FIT;
    }
    *want = letter_type(letter);
    if (have == *want || have == TYPE_NONE)
        return 0;
    if (have == TYPE_DYNAMIC) {
        if (flags & FUNC_STRICT)
            return NO_FIT;
        if ((flags & FUNC_LAZY_DYNAMIC) && letter == 's') {
            *want = TYPE_DYNAMIC;
            return 1;
        }
    }
    return func_converts(have, *want) ? 1 : NO_FIT;
}

/* Walks the letters of a form beside n arguments. */
struct walk {
    const char *at;      /* the letter of this argument */
    const char *group;   /* a repeated group's first letter, or NULL */
    size_t repeats;      /* times the group is still to come after this one */
};

/* False when n arguments do not fit the form. */
static bool walk_begin(struct walk *w, const char *form, size_t n)
{
    size_t least = 0, letters = 0, group = 0;
    bool optional = false, more = false;
    for (const char *p = form; *p; p++) {
        if (*p == '(')
            group = letters;
        else if (*p == ')')
            group = letters - group;
        else if (*p == '?')
            optional = true;
        else if (*p == '+')
            more = true;
        else {
            letters++;
            least += !optional;
        }
    }
    *w = (struct walk){.at = form};
    if (*form == '(') {
        w->group = w->at = form + 1;
        if (n < letters || (n - letters) % group)
            return false;
        w->repeats = (n - letters) / group;
        return true;
    }
    return n >= least && (more || n <= letters);
}

static char walk_next(struct walk *w)
{
    if (*w->at == ')') {
        if (w->repeats) {
            w->repeats--;
            w->at = w->group;
        } else {
            w->at++;
        }
    }
    if (*w->at == '?')
        w->at++;
    char letter = *w->at;
    if (w->at[1] != '+') /* the last one stays */
        w->at++;
    return letter;
}

unsigned form_cost(const char *form, const enum type *args, size_t n, unsigned flags,
                          enum type *cast_to)
{
    struct walk w;
    if (!walk_begin(&w, form, n))
        return NO_FIT;
    unsigned cost = 0;
    for (size_t i = 0; i < n; i++) {
        cost += letter_cost(walk_next(&w), args[i], flags, &cast_to[i]);
        if (cost >= NO_FIT)
            return NO_FIT;
    }
    return cost;
}

const struct func_form *func_pick(const struct func *f, const enum type *args, size_t n,
                                  enum type *result, enum type *cast_to, const char **why)
{
    const struct func_form *best = NULL;
    unsigned best_cost = NO_FIT;
    *why = NULL;
    for (size_t i = 0; i < sizeof f->forms / sizeof *f->forms && f->forms[i].args; i++) {
        unsigned cost = form_cost(f->forms[i].args, args, n, f->flags, cast_to);
        if (cost < best_cost) {
            best = &f->forms[i];
            best_cost = cost;
        }
    }
    if (!best) {
        if (f->result && n) /* the row may know better than "does not fit" what is wrong */
            f->result(args, n, why);
        return NULL;
    }
    form_cost(best->args, args, n, f->flags, cast_to);
    *result = best->result;
    if (best->result == TYPE_NONE)
        *result = f->result(cast_to, n, why);
    return *result == TYPE_NONE ? NULL : best;
}

void column_set_dynamic(struct column *c, size_t i, struct str d)
{
    c->strs[i] = d;
    if (dyn_kind(d) == DYN_NULL)
        column_set_null(c, i);
    else if (c->nulls)
        c->nulls[i] = 0;
}

void texts_begin(struct texts *t, struct call *call, struct column *out, size_t rows)
{
    *t = (struct texts){.out = out, .arena = call->scratch};
    t->ends = arena_alloc(call->scratch, rows * sizeof *t->ends);
}

void texts_end(struct texts *t)
{
    struct str all = str_dup(t->arena, buf_str(&t->buf));
    size_t from = 0;
    for (size_t i = 0; i < t->row; i++) {
        t->out->strs[i] = str_sub(all, from, t->ends[i]);
        from = t->ends[i];
    }
    buf_release(&t->buf);
}
