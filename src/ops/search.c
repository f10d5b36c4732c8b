/* search: rows in which some column has a text as a term.
 *
 * Behind a table it is a where whose bare texts mean `* has "text"`. At the head of a query it is a
 * union of tables, each behind such a filter, with their names in the column $table. */
#include "ops/union.h"
#include "ops/where.h"

struct terms {
    struct parser *p;
    bool case_sensitive;
    bool failed;
};

/* "text", "text*", "*text", "*text*": the operator, and the text without its stars. */
static const char *term_operator(struct terms *t, struct str *text, struct span span)
{
    bool before = text->n > 0 && text->p[0] == '*';
    bool after = text->n > 1 && text->p[text->n - 1] == '*';

    *text = str_sub(*text, before, text->n - after);
    if (str_find_byte(*text, '*') < text->n && !t->failed)
        t->failed = !parser_error(t->p, span, "in a text to search for, * stands only at its ends");
    if (before && after)
        return t->case_sensitive ? "contains_cs" : "contains";
    if (after)
        return t->case_sensitive ? "hasprefix_cs" : "hasprefix";
    if (before)
        return t->case_sensitive ? "hassuffix_cs" : "hassuffix";
    return t->case_sensitive ? "has_cs" : "has";
}

/* A copy of the predicate in which a bare text means that some column has it. */
static struct node *search_terms(struct terms *t, const struct node *n)
{
    struct arena *a = parser_arena(t->p);
    struct node *copy = ARENA_NEW(a, struct node);

    *copy = *n;
    copy->next = NULL;
    if (n->kind == NODE_LITERAL && n->value.type == TYPE_STRING) {
        struct node *star = ARENA_NEW(a, struct node), *call = ARENA_NEW(a, struct node);
        *star = (struct node){.kind = NODE_STAR, .span = n->span, .depth = 1, .next = copy};
        const char *name = term_operator(t, &copy->value.s, n->span);
        *call = (struct node){
            .kind = NODE_CALL, .span = n->span, .text = str_of(name), .first = star, .depth = 2};
        return call;
    }
    if (n->kind != NODE_CALL ||
        !(str_is(n->text, "and") || str_is(n->text, "or") || str_is(n->text, "not")))
        return copy;
    struct node **last = &copy->first;
    for (const struct node *c = n->first; c; c = c->next) {
        *last = search_terms(t, c);
        last = &(*last)->next;
    }
    return copy;
}

/* [kind=…] [in (Table, …)] predicate; `*` for all rows leaves *predicate NULL. */
static bool parse_terms(struct parser *p, struct union_syntax *tables, struct node **predicate)
{
    struct terms t = {.p = p};
    struct str key;
    const struct token *value;

    while (parse_option(p, &key, &value))
        t.case_sensitive = str_is(key, "kind") && str_is(value->text, "case_sensitive");
    if (tables && parser_accept_word(p, "in") &&
        !(parser_expect(p, "(", "before the tables") && union_parse_legs(p, tables) &&
          parser_expect(p, ")", "to close the tables")))
        return false;
    *predicate = NULL;
    if (parser_peek2(p)->kind != TOKEN_NAME && parser_accept(p, "*"))
        return true;
    if (!parse_expr(p, predicate))
        return false;
    *predicate = search_terms(&t, *predicate);
    return !t.failed;
}

static bool parse_search(struct parser *p, struct stage *stage)
{
    static const struct value yes = {.type = TYPE_BOOL, .b = true};

    if (!parse_terms(p, NULL, &stage->args))
        return false;
    if (!stage->args) {
        stage->args = ARENA_NEW(parser_arena(p), struct node);
        *stage->args =
            (struct node){.kind = NODE_LITERAL, .span = stage->span, .value = yes, .depth = 1};
    }
    return true;
}

static bool parse_tables(struct parser *p, struct stage *stage)
{
    struct arena *a = parser_arena(p);
    struct union_syntax *s = ARENA_NEW(a, struct union_syntax);
    struct node *predicate;

    if (!parse_terms(p, s, &predicate))
        return false;
    s->source = STR("$table");
    s->named = true;
    if (s->n == 0) {
        struct node *all = ARENA_NEW(a, struct node);
        *all = (struct node){
            .kind = NODE_NAME, .span = stage->span, .text = STR("*"), .depth = 1};
        s->legs = ARENA_NEW(a, struct union_leg);
        s->legs[0].pattern = all;
        s->n = 1;
    }
    if (predicate) {
        s->tail = ARENA_NEW(a, struct stage);
        *s->tail = (struct stage){.op = &op_search, .span = stage->span, .args = predicate};
        s->tail->span.end = predicate->span.end;
        s->tail->whole = s->tail->span;
    }
    for (size_t i = 0; i < s->n; i++) { /* the filter goes behind each */
        if (s->legs[i].pipeline)
            s->legs[i].pipeline->first->next = s->tail;
    }
    stage->op = &op_union;
    stage->extra = s;
    return true;
}

const struct op op_search = {
    .name = "search",
    .syntax = "search [kind=case_sensitive] \"text\" [and|or …]",
    .help = "Keeps the rows in which some column has the text as a term; * at its ends stands for "
            "any letters.",
    .example = "datatable(s:string)[\"a b\", \"c\"] | search \"b\"",
    .flags = OP_STAGE | OP_COUNTED | OP_SWITCH,
    .parse = parse_search,
    .bind = where_bind,
    .needs = where_needs,
    .print = where_print,
    .run = &where_run,
};
const struct op op_search_tables = {
    .name = "search",
    .syntax = "search [kind=case_sensitive] [in (Table, …)] \"text\" [and|or …]",
    .help = "The rows of all tables, or of those named, in which some column has the text.",
    .example = "let T = datatable(s:string)[\"a b\", \"c\"]; search in (T) \"b\"",
    .flags = OP_SOURCE | OP_COUNTED,
    .parse = parse_tables,
    .run = &where_run, /* none of its own: it becomes a union */
};
