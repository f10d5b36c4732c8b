/* Tokens to pipelines: sources and stages. What an operator means is its row's business: its parse
 * function is called behind its name. */
#include "kql/kql_internal.h"

/* ---- operators by name ---------------------------------------------------------------------- */

/* The operator named by the tokens here: `project-away` is three tokens without blanks between. */
const struct op *parser_find_op(const struct parser *p, unsigned flags, size_t *tokens)
{
    const struct token *t = &p->tokens[p->at];
    struct str name = t->text;
    size_t n = 1;

    if (t->kind != TOKEN_NAME || t->quoted)
        return NULL;
    while (p->at + n + 1 < p->n_tokens && token_is(&t[n], "-") && t[n].touches &&
           t[n + 1].touches && t[n + 1].kind == TOKEN_NAME && !t[n + 1].quoted) {
        name.n = (size_t)(t[n + 1].text.p + t[n + 1].text.n - name.p);
        n += 2;
    }
    if (refused_op(name)) /* top-nested is no top */
        return NULL;
    for (size_t cut = n;; cut -= 2) {
        for (size_t i = 0; p->env->ops[i]; i++) {
            if ((p->env->ops[i]->flags & flags) && !(p->env->ops[i]->flags & OP_HIDDEN) &&
                str_is(name, p->env->ops[i]->name)) {
                *tokens = cut;
                return p->env->ops[i];
            }
        }
        if (cut == 1)
            return NULL;
        name.n = (size_t)(t[cut - 3].text.p + t[cut - 3].text.n - name.p);
    }
}

void nearest_op(const struct kql_env *env, unsigned flags, struct nearest *n)
{
    for (size_t i = 0; env->ops[i]; i++)
        if ((env->ops[i]->flags & flags) && !(env->ops[i]->flags & (OP_HIDDEN | OP_LEGACY)))
            nearest_offer(n, str_of(env->ops[i]->name));
}

static bool unknown_op(struct parser *p)
{
    const struct token *t = parser_peek(p);
    struct span span = t->span;
    struct nearest n;
    size_t tokens;

    if (t->kind != TOKEN_NAME)
        return parser_unexpected(p, "an operator such as 'where' after '|'");
    for (size_t i = 1;
         token_is(&t[i], "-") && t[i].touches && t[i + 1].kind == TOKEN_NAME && t[i + 1].touches;
         i += 2)
        span.end = t[i + 1].span.end;
    struct str name = source_slice(p->source, span);
    if (refused_op(name))
        return parser_error(p, span, "'%.*s' is not supported: %s", STR_ARG(name),
                            refused_op(name));
    if (parser_find_op(p, OP_SOURCE, &tokens))
        return parser_error(p, span, "'%.*s' stands at the head of a query, not after '|'",
                            STR_ARG(name));
    nearest_init(&n, name);
    nearest_op(p->env, OP_STAGE, &n);
    struct str near = nearest_found(&n);
    if (near.n)
        return parser_error(p, span, "unknown operator '%.*s'; did you mean '%.*s'?", STR_ARG(name),
                            STR_ARG(near));
    return parser_error(p, span, "unknown operator '%.*s'", STR_ARG(name));
}

/* ---- table or scalar? ----------------------------------------------------------------------- */

static bool at_source_op(struct parser *p)
{
    size_t tokens;
    const struct op *op = parser_find_op(p, OP_SOURCE, &tokens);
    const struct token *next = op ? &parser_peek(p)[tokens] : NULL;
    struct parser after = *p;

    if (!op)
        return false;
    after.at += tokens;
    if (token_is(next, "("))
        return !func_find(str_of(op->name));
    if (next->kind == TOKEN_NAME && str_is(next->text, "in")) /* search in (…) */
        return token_is(&next[1], "(") && !strcmp(op->name, "search");
    return (next->kind == TOKEN_NAME && !parser_at_operator(&after)) ||
           next->kind == TOKEN_LITERAL || token_is(next, "*") || token_is(next, "-");
}

/* externaldata (…)[…], find where …: what a let or a query may begin with elsewhere. */
static bool at_refused_source(struct parser *p)
{
    const struct token *t = parser_peek(p), *next = parser_peek2(p);

    return t->kind == TOKEN_NAME && !t->quoted && refused_op(t->text) && !func_find(t->text) &&
           (next->kind == TOKEN_NAME || next->kind == TOKEN_LITERAL || token_is(next, "("));
}

/* A table expression starts here when a `|` stands in it outside of parentheses, or a word such as
 * `datatable` at its head. Names and calls may be either; the binder knows. */
static bool looks_tabular(struct parser *p)
{
    size_t open = 0;

    if (at_source_op(p) || at_refused_source(p))
        return true;
    for (const struct token *t = parser_peek(p); t->kind != TOKEN_END && t->kind != TOKEN_BAD;
         t++) {
        if (t->kind != TOKEN_PUNCT || t->text.n != 1)
            continue;
        char c = t->text.p[0];
        if (c == '(' || c == '[' || c == '{')
            open++;
        else if (open > 0 && (c == ')' || c == ']' || c == '}'))
            open -=
                !(c == ']' && t > p->tokens && t[-1].kind == TOKEN_LITERAL && t > p->tokens + 1 &&
                  t[-2].kind == TOKEN_NAME && t[-2].quoted); /* of a quoted name */
        else if (open == 0 && (c == ')' || c == '}' || c == ';' || c == ','))
            return false;
        else if (open == 0 && c == '|')
            return true;
    }
    return false;
}

bool parse_table_or_scalar(struct parser *p, struct node **out)
{
    if (!looks_tabular(p))
        return parse_expr(p, out);
    *out = node_new(p, NODE_PIPELINE, parser_peek(p)->span);
    if (!parse_pipeline(p, &(*out)->pipeline))
        return false;
    (*out)->span = (*out)->pipeline->span;
    return true;
}

/* ---- pipelines ------------------------------------------------------------------------------ */

static bool parse_parenthesized(struct parser *p, struct stage **out)
{
    struct span open = parser_next(p)->span;
    struct pipeline *inner;

    if (!parse_pipeline(p, &inner))
        return false;
    *out = inner->first;
    if (parser_peek(p)->kind == TOKEN_END)
        return parser_error(p, open, "this '(' has no ')'");
    return parser_expect(p, ")", "to close '('");
}

/* cluster("a").database("b").T: the binder says that these are out of reach. */
static bool skip_path(struct parser *p)
{
    struct node *call = node_new(p, NODE_CALL, parser_peek(p)->span);

    while (parser_accept(p, ".")) {
        if (parser_peek(p)->kind != TOKEN_NAME)
            return parser_unexpected(p, "a name after '.'");
        p->at++;
        if (parser_accept(p, "(") && !parse_call_arguments(p, call))
            return false;
    }
    return true;
}

static bool parse_source(struct parser *p, struct stage **out)
{
    const struct token *t = parser_peek(p);
    size_t tokens;

    if (token_is(t, "("))
        return parse_parenthesized(p, out);
    struct stage *stage = *out = ARENA_NEW(p->arena, struct stage);
    stage->span = stage->whole = t->span;
    stage->comment = t->comment;
    if (at_source_op(p)) {
        stage->op = parser_find_op(p, OP_SOURCE, &tokens);
        p->at += tokens;
        if (stage->op->parse && !stage->op->parse(p, stage))
            return false;
    } else if (at_refused_source(p)) {
        return parser_error(p, t->span, "'%.*s' is not supported: %s", STR_ARG(t->text),
                            refused_op(t->text));
    } else if (t->kind == TOKEN_NAME && token_is(parser_peek2(p), "(")) {
        struct node *call = node_new(p, NODE_CALL, t->span);
        parser_next(p);
        call->text = stage->name = t->text;
        stage->args = call;
        p->at++;
        if (!parse_call_arguments(p, call))
            return false;
        if (!skip_path(p))
            return false;
    } else if (t->kind == TOKEN_NAME) {
        stage->name = parser_next(p)->text;
    } else {
        return parser_unexpected(p, "a table");
    }
    stage->span.end = stage->whole.end = p->tokens[p->at - 1].span.end;
    return true;
}

static bool parse_stage(struct parser *p, struct span bar, struct stage **out)
{
    size_t tokens;
    const struct op *op = parser_find_op(p, OP_STAGE, &tokens);

    if (!op)
        return unknown_op(p);
    struct stage *stage = *out = ARENA_NEW(p->arena, struct stage);
    stage->op = op;
    stage->span.start = parser_peek(p)->span.start;
    stage->whole.start = bar.start;
    p->at += tokens;
    if (op->parse && !op->parse(p, stage)) {
        if (!p->err->set)
            parser_unexpected(p, "something else after '%s'", op->name);
        return false;
    }
    if (!parser_at_stage_end(p))
        return parser_unexpected(p, "'|' or the end of '%s'", op->name);
    stage->span.end = stage->whole.end = p->tokens[p->at - 1].span.end;
    return true;
}

static struct stage **last_link(struct stage **link)
{
    while (*link)
        link = &(*link)->next;
    return link;
}

static bool parse_stages(struct parser *p, struct stage **last)
{
    for (;;) {
        const struct token *bar = parser_peek(p);
        struct span comment = bar->comment;
        last = last_link(last);
        if (comment.end > p->comments_read) {
            p->comments_read = comment.end;
            commented_stages(p, comment, &last, &comment);
        }
        if (!token_is(bar, "|"))
            return true;
        p->at++;
        if (!parse_stage(p, bar->span, last))
            return false;
        (*last)->comment = comment;
    }
}

static bool parse_tabular(struct parser *p, bool stages, struct pipeline **out)
{
    struct pipeline *pipeline = *out = ARENA_NEW(p->arena, struct pipeline);

    pipeline->span = parser_peek(p)->span;
    if (!parser_enter(p) || !parse_source(p, &pipeline->first))
        return false;
    if (stages && !parse_stages(p, &pipeline->first))
        return false;
    parser_leave(p);
    pipeline->span.end = p->tokens[p->at - 1].span.end;
    return true;
}

bool parse_pipeline(struct parser *p, struct pipeline **out)
{
    return parse_tabular(p, true, out);
}

bool parse_leg(struct parser *p, struct pipeline **out)
{
    return parse_tabular(p, false, out);
}

bool parse_stages_over(struct parser *p, const struct op *source, void *extra,
                       struct pipeline **out)
{
    struct pipeline *pipeline = *out = ARENA_NEW(p->arena, struct pipeline);
    struct stage *head = pipeline->first = ARENA_NEW(p->arena, struct stage);

    pipeline->span = head->span = head->whole = parser_peek(p)->span;
    head->op = source;
    head->extra = extra;
    if (!parser_enter(p) || !parse_stage(p, head->span, &head->next) ||
        !parse_stages(p, &head->next))
        return false;
    parser_leave(p);
    pipeline->span.end = p->tokens[p->at - 1].span.end;
    return true;
}
