/* Needles: texts that must stand in a log line for its row to pass a filter. In: a bound predicate
 * and the values of its parameters. Out: groups, all of which must be met, each by one of its
 * texts.
 *
 * Proved are `column op constant` for operators that say so (func_is_needle_operator), over string
 * columns whose text comes from the line as it is; `and` gathers, `or` needs a group from each
 * side. What is searched for is the longest run of the constant that is plain ASCII. Where case
 * does not count, k and s cut the run too: U+212A and U+017F fold to them, and the search would
 * miss those lines. */
#include "kql/kql_internal.h"

enum { MAX_GROUPS = 4, MAX_TEXTS = 64, LEAST_TEXT = 2 };

struct proof {
    struct arena *a;
    const struct query *q;
    const struct value *params;
    const struct plan_node *filter, *scan;
};
struct proved {
    struct needle_group groups[MAX_GROUPS];
    size_t n;
};

static bool known(const struct proof *p, const struct expr *e, struct value *v)
{
    if (e->kind == EXPR_PARAM && p->params)
        *v = p->params[e->index];
    else if (!expr_known(e, v))
        return false;
    return !v->null;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* How the searched text may differ from the constant, and so which letters cut the run: those to
 * which letters outside of ASCII fold (k, s) or which are made of such by tolower() and toupper()
 * (i, k, s). */
enum match { MATCH_EXACT, MATCH_FOLD, MATCH_MAPPED };

static bool searchable(char c, enum match match)
{
    char low = (char)(c | 0x20);

    if (c <= ' ' || c >= 0x7f || c == '"')
        return false;
    return match == MATCH_EXACT ||
           (low != 'k' && low != 's' && (match == MATCH_FOLD || low != 'i'));
}

static struct str longest_run(struct str text, enum match match)
{
    struct str best = STR_NONE;

    for (size_t i = 0; i < text.n;) {
        size_t start = i;
        while (i < text.n && searchable(text.p[i], match))
            i++;
        if (i - start > best.n)
            best = str_sub(text, start, i);
        i += i == start;
    }
    return best;
}

/* The needle of one constant: of a number its decimal digits. */
static bool needle_text(const struct proof *p, struct value v, enum match match, struct str *out)
{
    if (v.type == TYPE_DYNAMIC)
        v = dyn_scalar(v.s);
    if (v.null || (v.type != TYPE_STRING && v.type != TYPE_LONG && v.type != TYPE_INT))
        return false;
    if (v.type != TYPE_STRING)
        v.s = str_fmt(p->a, "%lld", (long long)v.i);
    *out = longest_run(v.s, match);
    return out->n >= LEAST_TEXT;
}

/* ---- columns -------------------------------------------------------------------------------- */

/* Columns of the table whose text is not, or not always, a piece of the line. */
static bool made_elsewhere(struct str name)
{
    static const char *const names[] = {"TimeGenerated", "Computer", "sSiteName", "FileUri",
                                        "FileOffset",    "TenantId", "Type",      "SourceSystem",
                                        "_file",         "_offset"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

/* Functions whose result is a piece of one argument, as it is or with its letters mapped. */
static const struct expr *whole_of(const struct expr *e, enum match *match)
{
    static const struct {
        const char *name;
        size_t argument;
        bool maps;
    } pieces[] = {{"tostring", 0, false},  {"cast_string", 0, false}, {"split_part", 0, false},
                  {"substring", 0, false}, {"trim", 1, false},        {"trim_start", 1, false},
                  {"trim_end", 1, false},  {"tolower", 0, true},      {"toupper", 0, true}};

    for (bool found = true; found && e->kind == EXPR_CALL;) {
        found = false;
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces && !found; i++) {
            found = !strcmp(e->func->name, pieces[i].name) && e->n_args > pieces[i].argument &&
                    e->args[pieces[i].argument]->type == TYPE_STRING;
            if (found && pieces[i].maps)
                *match = MATCH_MAPPED;
            if (found)
                e = e->args[pieces[i].argument];
        }
    }
    return e;
}

/* Is e, over the filter's input, (a piece of) a string column of the scan as the line has it? */
static bool is_line_column(const struct proof *p, const struct expr *e, enum match *match)
{
    e = whole_of(e, match);
    if (e->kind != EXPR_COLUMN || e->type != TYPE_STRING)
        return false;
    size_t column = e->index;
    for (const struct plan_node *n = p->filter->input; n != p->scan; n = n->input) {
        if (!n->passes || n->passes[column] == SIZE_MAX)
            return false;
        column = n->passes[column];
    }
    const struct field *f = &p->scan->schema.fields[column];
    return f->type == TYPE_STRING && !made_elsewhere(f->name);
}

/* ---- predicates ----------------------------------------------------------------------------- */

static bool folds(const char *op)
{
    size_t n = strlen(op);

    return strcmp(op, "==") && strcmp(op, "in") && !(n > 3 && !strcmp(op + n - 3, "_cs"));
}

static void add_group(struct proved *out, struct needle_group g)
{
    if (g.n > 0 && g.n <= MAX_TEXTS && out->n < MAX_GROUPS)
        out->groups[out->n++] = g;
}

/* Any of a list: every member must have a text. */
static bool any_of(const struct proof *p, const struct expr *e, enum match match,
                   struct needle_group *g)
{
    VEC(struct str) texts = {0};
    struct str text;
    struct value v;

    for (size_t i = 1; i < e->n_args; i++) {
        if (!known(p, e->args[i], &v))
            return false;
        bool list = v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_ARRAY;
        size_t n = list ? dyn_count(v.s) : 1;
        for (size_t k = 0; k < n; k++) {
            struct value item = v;
            if (list)
                item.s = dyn_item(v.s, k);
            if (texts.n >= MAX_TEXTS || !needle_text(p, item, match, &text))
                return false;
            vec_push(p->a, &texts, text);
        }
    }
    *g = (struct needle_group){texts.items, texts.n, match != MATCH_EXACT};
    return texts.n > 0;
}

static void prove_operator(const struct proof *p, const struct expr *e, struct proved *out)
{
    enum match match = folds(e->func->name) ? MATCH_FOLD : MATCH_EXACT;
    struct needle_group g;
    struct value v;
    bool list;

    if (!func_is_needle_operator(e->func, &list) || e->n_args < 2)
        return;
    bool swapped = e->n_args == 2 && !strcmp(e->func->name, "==") && known(p, e->args[0], &v);
    if (!is_line_column(p, e->args[swapped], &match))
        return;
    if (list) {
        if (any_of(p, e, match, &g))
            add_group(out, g);
        return;
    }
    struct str *text = ARENA_NEW(p->a, struct str);
    if (e->n_args == 2 && known(p, e->args[!swapped], &v) && v.type != TYPE_DYNAMIC &&
        needle_text(p, v, match, text))
        add_group(out, (struct needle_group){text, 1, match != MATCH_EXACT});
}

static void prove(const struct proof *p, const struct expr *e, struct proved *out);

static size_t shortest(const struct needle_group *g)
{
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < g->n; i++)
        least = g->texts[i].n < least ? g->texts[i].n : least;
    return least;
}

/* One group of each side, joined: the one with the longest texts. */
static void prove_or(const struct proof *p, const struct expr *e, struct proved *out)
{
    VEC(struct str) texts = {0};
    bool fold = false;

    for (size_t i = 0; i < e->n_args; i++) {
        struct proved side = {.n = 0};
        prove(p, e->args[i], &side);
        const struct needle_group *best = NULL;
        for (size_t k = 0; k < side.n; k++)
            if (!best || shortest(&side.groups[k]) > shortest(best))
                best = &side.groups[k];
        if (!best || texts.n + best->n > MAX_TEXTS)
            return;
        for (size_t k = 0; k < best->n; k++)
            vec_push(p->a, &texts, best->texts[k]);
        fold |= best->fold;
    }
    add_group(out, (struct needle_group){texts.items, texts.n, fold});
}

static void prove(const struct proof *p, const struct expr *e, struct proved *out)
{
    if (e->kind != EXPR_CALL)
        return;
    if (!strcmp(e->func->name, "or")) {
        prove_or(p, e, out);
    } else if (!strcmp(e->func->name, "and")) {
        for (size_t i = 0; i < e->n_args; i++)
            prove(p, e->args[i], out);
    } else {
        prove_operator(p, e, out);
    }
}

bool needles_possible(const struct query *q, const struct plan_node *filter,
                      const struct plan_node *scan, struct arena *a)
{
    struct proof p = {a, q, NULL, filter, scan};
    struct proved out = {.n = 0};

    prove(&p, filter->data, &out);
    return out.n > 0;
}

size_t kql_needles(const struct query *q, const struct plan_node *scan, const struct value *params,
                   struct arena *a, struct needle_group **groups)
{
    const struct scan_data *data = scan->data;
    struct proof p = {a, q, params, data->filter, scan};
    struct proved out = {.n = 0};

    *groups = NULL;
    if (!data->filter)
        return 0;
    size_t slot = (size_t)data->filter->switch_param;
    if (!(params ? params[slot].b : q->params[slot].published.b))
        return 0;
    prove(&p, data->filter->data, &out);
    *groups = ARENA_ARRAY(a, struct needle_group, out.n + 1);
    memcpy(*groups, out.groups, out.n * sizeof *out.groups);
    return out.n;
}
