/* Names of results that the author did not name (KQL.md 7), and keeping the names of one list
 * apart. */
#include <stdio.h>

#include "kql/kql_internal.h"

static struct str path_name(struct binder *b, struct str base, struct str member)
{
    return base.n ? str_fmt(b->arena, "%.*s_%.*s", STR_ARG(base), STR_ARG(member)) : STR_NONE;
}

struct str percentile_name(struct binder *b, struct str base, double percentile)
{
    char text[40];

    snprintf(text, sizeof text, "%g", percentile);
    for (char *c = text; *c; c++) {
        if (*c == '.')
            *c = '_';
    }
    return str_fmt(b->arena, "%.*s_%s", STR_ARG(base), text);
}

/* "set_x": the prefix and the name of the first argument. */
struct str aggregate_name(struct binder *b, const struct aggregate *row, const struct node *call)
{
    const struct node *first = call->first;
    struct str of = first && first->kind != NODE_STAR ? expr_name(b, first) : STR_NONE;

    if (!row->prefix)
        return of;
    if (str_is(call->text, "countif") && first && first->kind != NODE_NAME)
        of = STR_NONE;
    return str_fmt(b->arena, "%s_%.*s", row->prefix, STR_ARG(of));
}

static struct str call_name(struct binder *b, const struct node *n)
{
    const struct func *f = func_find(n->text);
    const struct aggregate *row = f ? NULL : aggregate_find(n->text);

    if (str_is(n->text, "column_ifexists") || str_is(n->text, "columnifexists")) {
        if (!n->first || n->first->kind != NODE_LITERAL || n->first->value.type != TYPE_STRING ||
            !n->first->next)
            return STR_NONE;
        if (b->row && schema_find(b->row, n->first->value.s) != SIZE_MAX)
            return n->first->value.s;
        return expr_name(b, n->first->next);
    }
    if (binder_let(b, n->text))
        return STR_NONE;
    if (row) {
        const struct node *p = n->first ? n->first->next : NULL;
        struct str name = aggregate_name(b, row, n);
        if (!(row->flags & AGG_PERCENTILES) || !p || p->kind != NODE_LITERAL)
            return name;
        return percentile_name(b, name, type_shape(p->value.type) == SHAPE_REAL ? p->value.r
                                                                          : (double)p->value.i);
    }
    if (!f || !n->first)
        return STR_NONE;
    if (f->flags & FUNC_PREFIXES)
        return str_fmt(b->arena, "%s_%.*s", f->name, STR_ARG(expr_name(b, n->first)));
    return f->flags & FUNC_NAMED ? expr_name(b, n->first) : STR_NONE;
}

struct str expr_name(struct binder *b, const struct node *node)
{
    switch (node->kind) {
    case NODE_NAME:
    case NODE_NAMED:
        return node->text;
    case NODE_MEMBER:
        return path_name(b, expr_name(b, node->first), node->text);
    case NODE_INDEX: {
        const struct node *index = node->first->next;
        if (index->kind != NODE_LITERAL || index->value.null)
            return STR_NONE;
        if (index->value.type == TYPE_STRING)
            return path_name(b, expr_name(b, node->first), index->value.s);
        if ((index->value.type == TYPE_LONG || index->value.type == TYPE_INT) &&
            index->value.i >= 0)
            return path_name(b, expr_name(b, node->first),
                             str_fmt(b->arena, "%lld", (long long)index->value.i));
        return STR_NONE;
    }
    case NODE_CALL:
        return call_name(b, node);
    default:
        return STR_NONE;
    }
}

struct namer {
    struct binder *b;
    struct map taken; /* name → 1: written by the author, 0: generated */
    size_t unnamed;
};

struct namer *namer_new(struct binder *b)
{
    struct namer *n = ARENA_NEW(b->arena, struct namer);

    n->b = b;
    map_init(&n->taken, b->arena);
    return n;
}

bool namer_take(struct namer *n, struct str name, struct span span)
{
    bool added;

    map_slot(&n->taken, name, 1, &added);
    return added || binder_error(n->b, span, "two columns would be named '%.*s'", STR_ARG(name));
}

struct str namer_make(struct namer *n, struct str base)
{
    bool added = false;
    struct str name = base;

    if (base.n)
        map_slot(&n->taken, name, 0, &added);
    for (size_t i = 1; !added; i++) {
        name = base.n ? str_fmt(n->b->arena, "%.*s%zu", STR_ARG(base), i)
                      : str_fmt(n->b->arena, "Column%zu", ++n->unnamed);
        map_slot(&n->taken, name, 0, &added);
    }
    return name;
}
