/* Lets: values, tables, functions; and the tables that a name or a call stands for. A value is
 * bound once, where it is said. A table is bound anew at each mention, in the scope in which it was
 * said; a function at each call, with its parameters as the innermost lets. Nothing can mention
 * itself, because only earlier lets are in scope. */
#include "kql/kql_internal.h"

struct let *binder_let(struct binder *b, struct str name)
{
    for (struct let *let = b->scope; let; let = let->before)
        if (str_eq(let->name, name))
            return let;
    return NULL;
}

static struct let *let_push(struct binder *b, enum let_kind kind, struct str name,
                            struct let *scope)
{
    struct let *let = ARENA_NEW(b->arena, struct let);

    let->kind = kind;
    let->name = name;
    let->scope = scope;
    let->before = b->scope;
    b->scope = let;
    return let;
}

void let_table(struct binder *b, struct str name, const struct node *table)
{
    let_push(b, LET_TABLE, name, b->scope)->table = table;
}

/* ---- table or value? ------------------------------------------------------------------------ */

static bool body_is_table(struct binder *b, struct let *f);

static bool call_is_table(struct binder *b, const struct node *n)
{
    static const char *const words[] = {"table", "cluster", "database", "workspace",
                                        "app",   "adx",     "arg"};

    if (str_is(n->text, "materialize"))
        return n->first && node_is_table(b, n->first);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(n->text, words[i]))
            return true;
    struct let *let = binder_let(b, n->text);
    return let && let->kind == LET_FUNCTION && body_is_table(b, let);
}

bool node_is_table(struct binder *b, const struct node *n)
{
    if (n->kind == NODE_PIPELINE)
        return true;
    if (n->kind == NODE_CALL && b->legs < MAX_LEGS)
        return call_is_table(b, n);
    if (n->kind != NODE_NAME)
        return false;
    struct let *let = binder_let(b, n->text);
    if (let)
        return let->kind == LET_TABLE ||
               (let->kind == LET_FUNCTION && !let->function->parameters && body_is_table(b, let));
    return b->env->table && b->env->table(b->env->ctx, n->text) != NULL;
}

static const struct statement *last_statement(const struct statement *s)
{
    while (s->next)
        s = s->next;
    return s;
}

/* A function gives a table when its last expression is one, seen from its own scope. */
static bool body_is_table(struct binder *b, struct let *f)
{
    const struct statement *last = last_statement(f->function->body);

    if (last->value->kind == NODE_PIPELINE)
        return true;
    if (f->gives != NOT_ASKED)
        return f->gives == GIVES_TABLE;
    struct let *outer = b->scope;
    b->scope = f->scope;
    b->legs++;
    for (const struct node *p = f->function->parameters; p; p = p->next)
        let_push(b, p->type == TYPE_NONE ? LET_TABLE : LET_SCALAR, p->text, NULL);
    for (const struct statement *s = f->function->body; s->next; s = s->next) {
        enum let_kind kind = s->is_function               ? LET_FUNCTION
                             : node_is_table(b, s->value) ? LET_TABLE
                                                          : LET_SCALAR;
        struct let *inner = let_push(b, kind, s->name, b->scope);
        inner->function = s;
    }
    bool table = node_is_table(b, last->value);
    b->scope = outer;
    b->legs--;
    f->gives = table ? GIVES_TABLE : GIVES_VALUE;
    return table;
}

/* ---- saying a let --------------------------------------------------------------------------- */

static struct expr *bind_let_value(struct binder *b, const struct statement *s)
{
    const struct node *n = s->value;
    bool knobs = b->knobs;
    struct expr *e;

    if (n->kind == NODE_LITERAL && n->literal_list)
        return bind_list_knob(b, n->value.s, n->span, s->name, s->comment, false);
    if (n->kind == NODE_LITERAL && knob_value(n->value))
        return bind_knob(b, n->value, n->span, s->name, s->comment);
    b->knobs = false;
    e = bind_expr(b, n, NULL);
    b->knobs = knobs;
    return e;
}

bool bind_lets(struct binder *b, const struct statement **s)
{
    for (; (*s)->name.n; *s = (*s)->next) {
        struct let *scope = b->scope, *let;
        if (b->lets.n >= MAX_NODES)
            return binder_error(b, (*s)->name_span, "the query has too many lets");
        if ((*s)->is_function) {
            let = let_push(b, LET_FUNCTION, (*s)->name, scope);
            let->function = *s;
        } else if (node_is_table(b, (*s)->value)) {
            let = let_push(b, LET_TABLE, (*s)->name, scope);
            let->table = (*s)->value;
        } else {
            struct expr *e = bind_let_value(b, *s);
            if (!e)
                return false;
            let = let_push(b, LET_SCALAR, (*s)->name, scope);
            let->expr = e;
        }
        vec_push(b->arena, &b->lets, let);
    }
    return true;
}

/* A table that nobody mentions is bound once and forgotten, so that what is wrong in it is said. */
bool bind_unused_lets(struct binder *b)
{
    for (size_t i = 0; i < b->lets.n; i++) {
        struct let *let = b->lets.items[i], *outer = b->scope;
        struct marks marks = binder_mark(b);
        if (let->used || let->kind != LET_TABLE || !let->table)
            continue;
        b->scope = let->scope;
        struct plan_node *node = bind_table_node(b, let->table);
        b->scope = outer;
        binder_rewind(b, &marks);
        if (!node)
            return false;
    }
    return true;
}

/* ---- calling a function --------------------------------------------------------------------- */

static const struct node *find_argument(const struct node *call, const struct node *parameter,
                                        size_t index)
{
    size_t i = 0;

    for (const struct node *a = call->first; a; a = a->next) {
        if (a->kind == NODE_NAMED && str_eq(a->text, parameter->text))
            return a->first;
        if (a->kind != NODE_NAMED && i++ == index)
            return a;
    }
    return NULL;
}

static bool check_arguments(struct binder *b, const struct let *f, const struct node *call)
{
    size_t given = 0, wanted = 0;

    for (const struct node *p = f->function->parameters; p; p = p->next)
        wanted++;
    for (const struct node *a = call->first; a; a = a->next) {
        const struct node *p = f->function->parameters;
        given++;
        while (a->kind == NODE_NAMED && p && !str_eq(p->text, a->text))
            p = p->next;
        if (a->kind == NODE_NAMED && !p)
            return binder_error(b, a->span, "'%.*s' has no parameter '%.*s'", STR_ARG(f->name),
                                STR_ARG(a->text));
    }
    return given <= wanted || binder_error(b, call->span, "'%.*s' takes %zu argument%s, not %zu",
                                           STR_ARG(f->name), wanted, wanted == 1 ? "" : "s", given);
}

/* One parameter as a let in the function's scope; the argument is bound in the caller's. */
static bool bind_parameter(struct binder *b, struct let *f, const struct node *call,
                           const struct node *p, size_t index, struct let *caller,
                           const struct schema *input)
{
    const struct node *argument = call ? find_argument(call, p, index) : NULL;
    struct let *inner = b->scope, *let;
    struct expr *e;

    if (!argument && !(p->type != TYPE_NONE && p->first))
        return binder_error(b, call ? call->span : f->function->span,
                            "'%.*s' lacks its argument '%.*s'", STR_ARG(f->name), STR_ARG(p->text));
    if (p->type == TYPE_NONE) {
        let = let_push(b, LET_TABLE, p->text, caller);
        let->table = argument;
        b->scope = caller;
        bool table = node_is_table(b, argument);
        b->scope = let;
        return table ||
               binder_error(b, argument->span, "'%.*s' wants a table here", STR_ARG(f->name));
    }
    b->scope = argument ? caller : f->scope;
    e = bind_expr(b, argument ? argument : p->first, argument ? input : NULL);
    b->scope = inner;
    if (e && e->type != p->type)
        e = bind_cast(b, e, p->type);
    if (!e)
        return false;
    let = let_push(b, LET_SCALAR, p->text, NULL);
    let->expr = e;
    return true;
}

/* Enters the function's scope, with its parameters and inner lets. *last is its last expression. */
static bool enter_function(struct binder *b, struct let *f, const struct node *call,
                           const struct schema *input, const struct node **last)
{
    struct let *caller = b->scope;
    const struct statement *s = f->function->body;
    size_t index = 0;

    if (b->legs >= MAX_LEGS)
        return binder_error(b, call ? call->span : f->function->span,
                            "the query is nested too deeply here");
    f->used = true;
    b->n_calls++;
    if (!binder_work(b, call ? call->span : f->function->span))
        return false;
    if (call && !check_arguments(b, f, call))
        return false;
    b->scope = f->scope;
    for (const struct node *p = f->function->parameters; p; p = p->next, index++)
        if (!bind_parameter(b, f, call, p, index, caller, input))
            return false;
    if (!bind_lets(b, &s))
        return false;
    *last = s->value;
    return true;
}

static struct plan_node *call_for_table(struct binder *b, struct let *f, const struct node *call)
{
    struct let *outer = b->scope;
    const struct node *last;
    struct plan_node *node = NULL;

    if (enter_function(b, f, call, NULL, &last)) {
        b->legs++;
        node = bind_table_node(b, last);
        b->legs--;
    }
    b->scope = outer;
    return node;
}

struct expr *bind_function_call(struct binder *b, struct let *f, const struct node *call,
                                const struct schema *input)
{
    struct let *outer = b->scope;
    const struct node *last;
    struct expr *e = NULL;

    if (enter_function(b, f, call, input, &last)) {
        b->legs++;
        if (node_is_table(b, last))
            binder_error(b, call->span, "'%.*s' gives a table where a value is expected",
                         STR_ARG(f->name));
        else
            e = bind_node(b, last, NULL);
        b->legs--;
    }
    b->scope = outer;
    return e;
}

/* ---- tables --------------------------------------------------------------------------------- */

struct plan_node *bind_table_node(struct binder *b, const struct node *n)
{
    if (n->kind == NODE_PIPELINE)
        return bind_pipeline(b, n->pipeline);
    if (n->kind == NODE_NAME)
        return bind_named_table(b, n->text, n->span);
    if (n->kind == NODE_CALL)
        return bind_table_call(b, n);
    binder_error(b, n->span, "a table is expected here");
    return NULL;
}

struct str binder_table_name(const struct binder *b, size_t i)
{
    return b->env->table_name ? b->env->table_name(b->env->ctx, i) : STR_NONE;
}

static struct plan_node *missing_table(struct binder *b, struct str name, struct span span)
{
    struct nearest n;

    nearest_init(&n, name);
    for (size_t i = 0; binder_table_name(b, i).n; i++)
        nearest_offer(&n, binder_table_name(b, i));
    for (const struct let *let = b->scope; let; let = let->before)
        nearest_offer(&n, let->name);
    struct str near = nearest_found(&n);
    if (!b->err->set)
        b->missing = name;
    if (near.n)
        binder_error(b, span, "there is no table '%.*s'; did you mean '%.*s'?", STR_ARG(name),
                     STR_ARG(near));
    else
        binder_error(b, span,
                     "there is no table '%.*s' (a 'union isfuzzy=true' would go on without it)",
                     STR_ARG(name));
    return NULL;
}

static struct plan_node *bind_scan(struct binder *b, struct str name, const struct schema *schema,
                                   struct span span)
{
    struct plan_node *node = binder_node(b, b->env->scan, NULL, NULL);
    struct scan_data *data = ARENA_NEW(b->arena, struct scan_data);

    data->table = name;
    node->schema = *schema;
    node->span = span;
    node->data = data;
    b->n_scans++;
    b->n_fields += schema->n;
    return node;
}

static struct plan_node *bind_let_table(struct binder *b, struct let *let)
{
    struct let *outer = b->scope;
    struct plan_node *node = NULL;

    if (b->legs < MAX_LEGS) {
        b->legs++;
        b->scope = let->scope;
        node = bind_table_node(b, let->table);
        b->scope = outer;
        b->legs--;
    } else {
        binder_error(b, let->table->span, "the query is nested too deeply here");
    }
    return node;
}

struct plan_node *bind_named_table(struct binder *b, struct str name, struct span span)
{
    struct let *let = binder_let(b, name);

    if (let && let->kind == LET_TABLE) {
        let->used = true;
        return bind_let_table(b, let);
    }
    if (let && let->kind == LET_FUNCTION && !let->function->parameters)
        return call_for_table(b, let, NULL);
    if (let) {
        binder_error(b, span,
                     let->kind == LET_SCALAR
                         ? "'%.*s' is a value, not a table"
                         : "'%.*s' is a function; write its arguments behind it",
                     STR_ARG(name));
        return NULL;
    }
    const struct schema *schema = b->env->table ? b->env->table(b->env->ctx, name) : NULL;
    return schema ? bind_scan(b, name, schema, span) : missing_table(b, name, span);
}

struct plan_node *bind_table_call(struct binder *b, const struct node *call)
{
    struct let *let = binder_let(b, call->text);
    struct node *first = call->first;

    if (let && let->kind == LET_FUNCTION)
        return call_for_table(b, let, call);
    if (let) {
        binder_error(b, call_name_span(b, call), "'%.*s' is no function", STR_ARG(call->text));
    } else if (str_is(call->text, "materialize") && first && !first->next) {
        return bind_table_node(b, first);
    } else if (str_is(call->text, "table") && first && first->kind == NODE_LITERAL &&
               first->value.type == TYPE_STRING) {
        return bind_named_table(b, first->value.s, first->span);
    } else if (call_is_table(b, call)) {
        b->missing = b->err->set ? b->missing : call->text;
        binder_error(b, call->span,
                     "tables of other clusters, databases and workspaces are out of reach");
    } else if (func_find(call->text)) {
        binder_error(b, call->span, "'%.*s' gives a value, not a table; put 'print' before it",
                     STR_ARG(call->text));
    } else {
        b->missing = b->err->set ? b->missing : call->text;
        unknown_function(b, call);
    }
    return NULL;
}
