/* The list of operators, and what several of them need. */
#include "ops/ops_internal.h"

const struct op *const ops_rows[] = {
#define X(name) &op_##name,
    OPS_LIST(X)
#undef X
        NULL,
};

/* ---- parsing --------------------------------------------------------------------------------- */

bool ops_parse_named_list(struct parser *p, struct stage *stage)
{
    return parse_named_list(p, &stage->args);
}

bool ops_parse_nothing(struct parser *p, struct stage *stage)
{
    (void)p, (void)stage;
    return true;
}

/* ---- binding --------------------------------------------------------------------------------- */

/* (a, b) = e: element 0, element 1, … of a dynamic. */
static bool bind_tuple(struct binder *b, const struct node *n, struct expr *e, struct item *out)
{
    for (size_t i = 0; i < n->n_names; i++) {
        struct value at = {.type = TYPE_LONG, .i = (int64_t)i};
        struct expr *args[] = {e, expr_literal(b, at, n->span)};
        struct expr *item = expr_call(b, "[]", args, 2, n->span);
        if (!item)
            return false;
        out[i] = (struct item){n->names[i], true, item, n->span};
    }
    return true;
}

bool ops_bind_items(struct binder *b, const struct node *list, const struct schema *input,
                    struct items *out)
{
    struct arena *a = binder_arena(b);
    size_t n = 0;

    for (const struct node *i = list; i; i = i->next)
        n += i->kind == NODE_NAMED && i->n_names > 1 ? i->n_names : 1;
    *out = (struct items){ARENA_ARRAY(a, struct item, n), 0};
    for (const struct node *i = list; i; i = i->next) {
        bool named = i->kind == NODE_NAMED;
        struct expr *e = bind_expr(b, named ? i->first : i, input);
        if (!e)
            return false;
        if (named && i->n_names > 1) {
            if (!bind_tuple(b, i, e, &out->items[out->n]))
                return false;
            out->n += i->n_names;
            continue;
        }
        struct str name = named ? i->text : expr_name(b, i);
        out->items[out->n++] = (struct item){name, named, e, i->span};
    }
    return true;
}

bool ops_window(struct binder *b, struct plan_node *node, const struct expr *e)
{
    if (!expr_uses_window(e))
        return true;
    if (!node->input || !node->input->serialized)
        return binder_error(b, e->span,
                            "this function needs its rows in a fixed order; sort them, or put "
                            "'| serialize' before it");
    node->whole = true;
    return true;
}

struct plan_node *ops_node(struct binder *b, const struct op *op, const struct stage *stage,
                           struct plan_node *input)
{
    struct plan_node *n = binder_node(b, op, stage, input);

    n->schema = input->schema;
    n->serialized = input->serialized;
    return n;
}

size_t ops_column(struct binder *b, const struct node *name, const struct schema *input)
{
    struct nearest near;

    if (name->kind != NODE_NAME) {
        binder_error(b, name->span, "a column's name is expected here");
        return SIZE_MAX;
    }
    size_t i = schema_find(input, name->text);
    if (i != SIZE_MAX)
        return i;
    nearest_init(&near, name->text);
    for (size_t k = 0; k < input->n; k++)
        nearest_offer(&near, input->fields[k].name);
    struct str best = nearest_found(&near);
    if (best.n)
        binder_error(b, name->span, "there is no column '%.*s'; did you mean '%.*s'?",
                     STR_ARG(name->text), STR_ARG(best));
    else
        binder_error(b, name->span, "there is no column '%.*s'", STR_ARG(name->text));
    return SIZE_MAX;
}

/* The pieces between stars are looked for from left to right, each as early as it can stand: when
 * one does not fit, only the last star can take in more, so that many stars cost no more than
 * two. */
bool ops_matches(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, after_star = SIZE_MAX, taken = 0;

    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            after_star = ++p;
            taken = n;
        } else if (p < pattern.n && pattern.p[p] == name.p[n]) {
            p++;
            n++;
        } else if (after_star != SIZE_MAX) {
            p = after_star;
            n = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* ---- needs ----------------------------------------------------------------------------------- */

void ops_mark(const struct expr *e, bool *in)
{
    if (e->kind == EXPR_COLUMN)
        in[e->index] = true;
    for (size_t i = 0; e->kind == EXPR_CALL && i < e->n_args; i++)
        ops_mark(e->args[i], in);
}

/* ---- running --------------------------------------------------------------------------------- */

struct column *ops_dense(struct arena *a, struct column *c, size_t rows)
{
    if (!c->constant)
        return c;
    struct column one = *c;
    one.constant = false;
    uint32_t *zeros = ARENA_ARRAY(a, uint32_t, rows);
    return column_pick(a, &one, zeros, rows);
}

struct spread {
    struct chunk_loader loader;
    struct chunk *input;
    uint32_t *rows;
    const size_t *from;
};

static struct column *load_spread(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct spread *s = (struct spread *)self;

    return column_pick(c->arena, chunk_column(s->input, s->from[i]), s->rows, c->rows);
}

static void pick_spread(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct spread *s = (struct spread *)self;

    for (size_t i = 0; i < n; i++) /* rows[i] >= i */
        s->rows[i] = s->rows[rows[i]];
}

struct chunk *ops_spread(struct arena *a, struct chunk *c, uint32_t *rows, size_t width,
                         const size_t *from)
{
    struct spread *s = ARENA_NEW(a, struct spread);
    struct chunk *out = ARENA_NEW(a, struct chunk);

    *s = (struct spread){{.load = load_spread, .pick = pick_spread}, c, rows, from};
    *out = (struct chunk){.n_columns = width,
                          .columns = ARENA_ARRAY(a, struct column *, width),
                          .loader = &s->loader,
                          .block = c->block,
                          .arena = a};
    return out;
}

void ops_spread_end(struct chunk *out, size_t n)
{
    struct spread *s = (struct spread *)out->loader;

    out->rows = n;
    if (!s->input->origin)
        return;
    out->origin = arena_alloc(out->arena, (n ? n : 1) * sizeof *out->origin);
    for (size_t i = 0; i < n; i++)
        out->origin[i] = s->input->origin[s->rows[i]];
}

/* ---- printing -------------------------------------------------------------------------------- */

void ops_print_items(const struct items *items, const struct schema *input, struct buf *out)
{
    for (size_t i = 0; i < items->n; i++) {
        const struct item *it = &items->items[i];
        buf_addf(out, "%s%.*s = ", i ? ", " : " ", STR_ARG(it->name));
        expr_print(it->expr, input, out);
    }
}
