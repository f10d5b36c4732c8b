/* Expressions over chunks: a tree of typed calls in, a column out. Kernels see whole columns; what
 * is constant is evaluated once a run and thread. */
#include "exec/exec_internal.h"

/* True when two evaluations may differ (rand, new_guid): never remembered. */
static bool varies(const struct expr *e)
{
    if (e->kind != EXPR_CALL)
        return false;
    if (e->func->flags & FUNC_VARIES)
        return true;
    for (size_t i = 0; i < e->n_args; i++) {
        if (varies(e->args[i]))
            return true;
    }
    return false;
}

/* A literal, parameter or subquery as a cell of the expression's type. */
static struct column *fixed_column(struct worker *w, const struct expr *e, struct arena *a)
{
    struct value v = e->value;
    if (e->kind == EXPR_PARAM)
        v = exec_param(w->x, e->index);
    else if (e->kind == EXPR_SUBQUERY)
        v = w->x->subvalues[e->index];
    if (v.null || v.type == TYPE_NONE)
        v = (struct value){.type = e->type == TYPE_NONE ? TYPE_DYNAMIC : e->type, .null = true};
    else if (type_shape(v.type) == type_shape(e->type))
        v.type = e->type;
    return column_constant(a, v);
}

static struct column *constant_of(struct worker *w, const struct expr *e)
{
    struct chunk one = {.rows = 1, .arena = w->lasting};
    return worker_eval(w, e, &one);
}

static bool prepare(struct worker *w, const struct expr *e, struct call_state *s)
{
    struct error err = {0};
    struct column **constants = ARENA_ARRAY(w->lasting, struct column *, e->n_args);

    s->call = (struct call){.func = e->func,
                            .form = e->form,
                            .type = e->type,
                            .n_args = e->n_args,
                            .run = w->lasting,
                            .scratch = w->lasting,
                            .now = w->x->o->now};
    s->varies = varies(e);
    s->only_column = s->varies ? SIZE_MAX : derived_column(e);
    for (size_t i = 0; i < e->n_args; i++) {
        if (e->args[i]->constant && !varies(e->args[i]) &&
            !(constants[i] = constant_of(w, e->args[i])))
            return false;
    }
    if (e->func->prepare) {
        s->call.state = e->func->prepare(&s->call, constants, &err);
        if (err.set)
            return exec_fail_at(w->x, e->span, err.message);
    }
    s->ready = true;
    return true;
}

static struct column *eval_call(struct worker *w, const struct expr *e, struct chunk *c)
{
    struct call_state *s = &w->calls[e->id];
    struct column *args[130];

    if (s->constant)
        return s->constant;
    if (!s->ready && !prepare(w, e, s))
        return NULL;
    if (e->n_args > sizeof args / sizeof *args) {
        exec_fail_at(w->x, e->span, "too many arguments");
        return NULL;
    }
    if (w->x->derived && s->only_column != SIZE_MAX) {
        struct column *known = derived_eval(w, e, s->only_column, c);
        if (known || exec_cancelled(w->x))
            return known;
    }
    for (size_t i = 0; i < e->n_args; i++) {
        args[i] = worker_eval(w, e->args[i], c);
        if (!args[i])
            return NULL;
    }
    bool once = e->constant && !s->varies;
    s->call.scratch = once ? w->lasting : c->arena;
    struct column *out = func_call(&s->call, args, c->rows);
    if (once && out->constant)
        s->constant = out;
    return out;
}

struct column *worker_eval(struct worker *w, const struct expr *e, struct chunk *c)
{
    switch (e->kind) {
    case EXPR_COLUMN:
        return chunk_column(c, e->index);
    case EXPR_CALL:
        return eval_call(w, e, c);
    case EXPR_LITERAL:
    case EXPR_PARAM:
    case EXPR_SUBQUERY:
        break;
    }
    return fixed_column(w, e, c->arena);
}

size_t rows_true(const struct column *b, size_t n, uint32_t *rows)
{
    size_t kept = 0;

    if (b->constant) {
        if (!b->bools[0] || column_null(b, 0))
            return 0;
        for (size_t i = 0; i < n; i++)
            rows[i] = (uint32_t)i;
        return n;
    }
    if (!b->nulls) {
        for (size_t i = 0; i < n; i++) {
            rows[kept] = (uint32_t)i;
            kept += b->bools[i] != 0;
        }
        return kept;
    }
    for (size_t i = 0; i < n; i++) {
        rows[kept] = (uint32_t)i;
        kept += b->bools[i] && !b->nulls[i];
    }
    return kept;
}

struct column *exec_eval(struct exec *x, const struct expr *e, struct chunk *c)
{
    return worker_eval(&x->workers[0], e, c);
}

struct value exec_constant(struct exec *x, const struct expr *e, struct error *err)
{
    struct value none = {.type = e->type == TYPE_NONE ? TYPE_DYNAMIC : e->type, .null = true};
    struct worker *w = &x->workers[0];
    struct chunk one = {.rows = 1, .arena = x->arena};
    struct error *outer = x->err;

    x->err = err;
    struct column *c = worker_eval(w, e, &one);
    x->err = outer;
    return c ? column_value(c, 0) : none;
}
