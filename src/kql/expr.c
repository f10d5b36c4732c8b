/* Bound expressions: making them, choosing the form of a function, casting what its arguments need,
 * and computing at once what depends on nothing. */
#include "kql/kql_internal.h"

struct expr *expr_new(struct binder *b, enum expr_kind kind, enum type type, struct span span)
{
    struct expr *e = ARENA_NEW(b->arena, struct expr);

    e->kind = kind;
    e->type = type;
    e->span = span;
    e->depth = 1;
    e->id = b->n_calls++;
    binder_work(b, span);
    return e;
}

struct expr *expr_column(struct binder *b, const struct schema *s, size_t index, struct span span)
{
    struct expr *e = expr_new(b, EXPR_COLUMN, s->fields[index].type, span);

    e->index = index;
    return e;
}

struct expr *expr_literal(struct binder *b, struct value v, struct span span)
{
    struct expr *e = expr_new(b, EXPR_LITERAL, v.type, span);

    e->value = v;
    e->constant = true;
    return e;
}

bool expr_known(const struct expr *e, struct value *v)
{
    if (e->kind != EXPR_LITERAL && e->kind != EXPR_PARAM)
        return false;
    *v = e->value;
    return true;
}

bool expr_uses_window(const struct expr *e)
{
    if (e->kind != EXPR_CALL)
        return false;
    if (e->func->flags & FUNC_WINDOW)
        return true;
    for (size_t i = 0; i < e->n_args; i++)
        if (expr_uses_window(e->args[i]))
            return true;
    return false;
}

/* ---- computing constants -------------------------------------------------------------------- */

/* now() and ago() stand for the run's instant; strrep and range may make much from little. */
static bool foldable(const struct expr *e)
{
    static const char *const not [] = {"now", "ago", "ingestion_time", "strrep", "range", "repeat"};

    if (e->kind != EXPR_CALL || e->func->flags & (FUNC_VARIES | FUNC_WINDOW))
        return false;
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
        if (!strcmp(e->func->name, not [i]))
            return false;
    for (size_t i = 0; i < e->n_args; i++)
        if (e->args[i]->kind != EXPR_LITERAL)
            return false;
    return true;
}

static struct value keep_value(struct arena *a, struct value v)
{
    if (!v.null && type_shape(v.type) == SHAPE_STR)
        v.s = str_dup(a, v.s);
    return v;
}

/* Lets the row look at the constants that are known (a pattern that is none is an error here, not
 * in the run), and computes the call where all of them are. */
struct expr *expr_fold(struct binder *b, struct expr *e)
{
    bool fold = foldable(e);

    if (e->kind != EXPR_CALL || (!fold && !e->func->prepare))
        return e;
    struct arena *scratch = b->scratch;
    struct column **args = ARENA_ARRAY(scratch, struct column *, e->n_args + 1);
    struct call call = {.func = e->func,
                        .form = e->form,
                        .type = e->type,
                        .n_args = e->n_args,
                        .scratch = scratch,
                        .run = scratch};
    struct error err = {0};
    struct value v;

    for (size_t i = 0; i < e->n_args; i++)
        if (expr_known(e->args[i], &v))
            args[i] = column_constant(scratch, v);
    if (e->func->prepare)
        call.state = e->func->prepare(&call, args, &err);
    if (err.set) {
        binder_error(b, e->span, "%s", err.message);
        e = NULL;
    } else if (fold) {
        struct column *out = func_call(&call, args, 1);
        e = expr_literal(b, keep_value(b->arena, column_value(out, 0)), e->span);
    }
    arena_reset(scratch);
    return e;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static struct expr *make_call(struct binder *b, const struct func *f, const struct func_form *form,
                              enum type type, struct expr **args, size_t n, struct span span)
{
    struct expr *e = expr_new(b, EXPR_CALL, type, span);

    e->func = f;
    e->form = form;
    e->args = args;
    e->n_args = n;
    e->constant = !(f->flags & FUNC_WINDOW);
    for (size_t i = 0; i < n; i++) {
        e->params |= args[i]->params;
        e->asks |= args[i]->asks;
        e->constant = e->constant && args[i]->constant;
        if (args[i]->depth >= e->depth)
            e->depth = args[i]->depth + 1;
    }
    if (f->flags & FUNC_VARIES) /* a value of its own for each row */
        e->constant = false;
    if (!strcmp(f->name, "now") || !strcmp(f->name, "ago"))
        b->uses_now = true;
    if (e->depth > MAX_TREE)
        binder_error(b, span, "the expression is nested too deeply");
    return b->err->set ? NULL : expr_fold(b, e);
}

static struct expr *cast(struct binder *b, struct expr *e, enum type to)
{
    char name[32] = "cast_";
    const char *why;
    enum type result, want;

    if (e->type == to)
        return e;
    if (e->kind == EXPR_LITERAL && e->value.null) {
        struct value v = {.type = to, .null = to != TYPE_STRING};
        if (type_shape(to) == SHAPE_STR)
            v.s = STR_NONE;
        return expr_literal(b, v, e->span);
    }
    strcat(name, type_name(to));
    const struct func *f = func_find(str_of(name));
    const struct func_form *form = f ? func_pick(f, &e->type, 1, &result, &want, &why) : NULL;
    if (!form)
        BUG("no cast from %s to %s", type_name(e->type), type_name(to));
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
    args[0] = e;
    return make_call(b, f, form, to, args, 1, e->span);
}

struct expr *bind_cast(struct binder *b, struct expr *e, enum type to)
{
    if (e->type == to || (e->kind == EXPR_LITERAL && e->value.null) || func_converts(e->type, to))
        return cast(b, e, to);
    binder_error(b, e->span, "a %s is expected here, this is a %s", type_name(to),
                 type_name(e->type));
    return NULL;
}

/* "'<' does not take a string and a long: …" */
static void refuse_types(struct binder *b, const struct func *f, const enum type *types, size_t n,
                         struct span span, const char *why)
{
    struct buf text = {0};

    for (size_t i = 0; i < n && i < 6; i++)
        buf_addf(&text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", type_name(types[i]));
    if (n > 6)
        buf_add_z(&text, " ...");
    if (n == 0)
        buf_add_z(&text, "no arguments");
    buf_add_byte(&text, '\0');
    if (f->flags & FUNC_OPERATOR)
        binder_error(b, span, "'%s' does not take %s%s%s", f->name, text.p, why ? ": " : "",
                     why ? why : "");
    else
        binder_error(b, span, "%s(%s) does not take %s%s%s", f->name,
                     f->args_help ? f->args_help : "", text.p, why ? ": " : "", why ? why : "");
    buf_release(&text);
}

/* tostring(split(text, delimiter)[n]) without making the array. */
static struct expr *split_part(struct binder *b, const struct func *f, struct expr **args, size_t n,
                               struct span span)
{
    const struct expr *index = n == 1 ? args[0] : NULL;

    if (strcmp(f->name, "tostring") || !index || index->kind != EXPR_CALL ||
        strcmp(index->func->name, "[]") || index->args[1]->kind != EXPR_LITERAL ||
        index->args[1]->type != TYPE_LONG || index->args[1]->value.null)
        return NULL;
    const struct expr *split = index->args[0];
    if (split->kind != EXPR_CALL || strcmp(split->func->name, "split") || split->n_args != 2 ||
        split->args[1]->kind != EXPR_LITERAL || split->args[1]->value.s.n == 0 ||
        !func_find(STR("split_part")))
        return NULL;
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, 3);
    parts[0] = split->args[0];
    parts[1] = split->args[1];
    parts[2] = index->args[1];
    return expr_call(b, "split_part", parts, 3, span);
}

struct expr *expr_call(struct binder *b, const char *func, struct expr **args, size_t n,
                       struct span span)
{
    const struct func *f = func_find(str_of(func));
    enum type *types = ARENA_ARRAY(b->arena, enum type, n + 1),
              *want = ARENA_ARRAY(b->arena, enum type, n + 1);
    struct expr **cast_args = ARENA_ARRAY(b->arena, struct expr *, n + 1);
    enum type result;
    const char *why = NULL;

    if (!f) {
        binder_error(b, span, "'%s' is not supported", func);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        types[i] = args[i]->type;
    struct expr *part = split_part(b, f, args, n, span);
    if (part || b->err->set)
        return part;
    const struct func_form *form = func_pick(f, types, n, &result, want, &why);
    if (!form) {
        refuse_types(b, f, types, n, span, why);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        cast_args[i] = cast(b, args[i], want[i]);
        if (!cast_args[i])
            return NULL;
    }
    return make_call(b, f, form, result, cast_args, n, span);
}
