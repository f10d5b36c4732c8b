/* Tokens to statements and pipelines: lets, function bodies, sources, stages, and the stages that
 * the author left commented out. What an operator means is its row's business: its parse function
 * is called behind its name. */
#include "kql/kql_internal.h"

static bool punct_is(const struct token *t, const char *text)
{
    return t->kind == TOKEN_PUNCT && str_is(t->text, text);
}

struct str source_slice(const struct source_text *source, struct span span)
{
    return str_sub(source->text, span.start, span.end);
}

/* ---- operators by name ---------------------------------------------------------------------- */

/* The operator named by the tokens here: `project-away` is three tokens without blanks between. */
const struct op *parser_find_op(const struct parser *p, unsigned flags, size_t *tokens)
{
    const struct token *t = &p->tokens[p->at];
    struct str name = t->text;
    size_t n = 1;

    if (t->kind != TOKEN_NAME || t->quoted)
        return NULL;
    while (p->at + n + 1 < p->n_tokens && punct_is(&t[n], "-") && t[n].touches &&
           t[n + 1].touches && t[n + 1].kind == TOKEN_NAME && !t[n + 1].quoted) {
        name.n = (size_t)(t[n + 1].text.p + t[n + 1].text.n - name.p);
        n += 2;
    }
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

/* Operators of Kusto that have no row here. */
static bool known_elsewhere(struct str name)
{
    static const char *const words[] = {
        "evaluate",
        "externaldata",
        "facet",
        "find",
        "fork",
        "getschema",
        "graph-match",
        "invoke",
        "make-graph",
        "make-series",
        "mv-apply",
        "parse-kv",
        "partition",
        "reduce",
        "sample",
        "sample-distinct",
        "scan",
        "search",
        "top-hitters",
        "top-nested",
        "consume",
        "assert-schema",
        "macro-expand",
        "project-by-names",
        "execute_show_command",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i]))
            return true;
    return false;
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
         punct_is(&t[i], "-") && t[i].touches && t[i + 1].kind == TOKEN_NAME && t[i + 1].touches;
         i += 2)
        span.end = t[i + 1].span.end;
    struct str name = source_slice(p->source, span);
    if (known_elsewhere(name))
        return parser_error(p, span, "the operator '%.*s' is not supported", STR_ARG(name));
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
    if (punct_is(next, "("))
        return !func_find(str_of(op->name));
    return (next->kind == TOKEN_NAME && !parser_at_operator(&after)) ||
           next->kind == TOKEN_LITERAL || punct_is(next, "*") || punct_is(next, "-");
}

/* A table expression starts here when a `|` stands in it outside of parentheses, or a word such as
 * `datatable` at its head. Names and calls may be either; the binder knows. */
static bool looks_tabular(struct parser *p)
{
    size_t open = 0;

    if (at_source_op(p))
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

/* ---- commented-out stages ------------------------------------------------------------------- */

/* The next line of the comment block that begins with `|` behind its slashes; SIZE_MAX: none. */
static size_t find_commented(struct str text, size_t at, size_t end)
{
    while (at < end) {
        size_t i = at;
        while (i < end && strchr(" \t/", text.p[i]) && text.p[i])
            i++;
        if (i < end && text.p[i] == '|')
            return at;
        at = str_find_byte(str_sub(text, at, end), '\n') + at + 1;
    }
    return SIZE_MAX;
}

bool parse_commented_stage(struct parser *p, struct arena *a, struct span range, struct stage **out)
{
    struct error silent = {0};
    struct parser inner = {
        .arena = a, .source = p->source, .env = p->env, .err = &silent, .depth = p->depth};
    size_t tokens;

    lex_all(a, p->source, p->env, range, true, &inner.tokens, &inner.n_tokens, &inner.lex_error);
    if (!parser_accept(&inner, "|"))
        return false;
    const struct op *op = parser_find_op(&inner, OP_STAGE, &tokens);
    if (!op || !(op->flags & OP_SWITCH))
        return false;
    struct stage *stage = ARENA_NEW(a, struct stage);
    stage->op = op;
    stage->commented_out = true;
    stage->whole.start = range.start;
    stage->span.start = parser_peek(&inner)->span.start;
    inner.at += tokens;
    if (!op->parse(&inner, stage) || parser_peek(&inner)->kind != TOKEN_END)
        return false;
    stage->span.end = stage->whole.end = inner.tokens[inner.at - 1].span.end;
    *out = stage;
    return true;
}

/* From the comment block in front of a token: its stages are linked behind *last; *rest is what is
 * left of it as comment of what follows. */
static void commented_stages(struct parser *p, struct span block, struct stage ***last,
                             struct span *rest)
{
    struct str text = p->source->text;
    size_t at = block.start;

    *rest = block;
    for (size_t start; (start = find_commented(text, at, block.end)) != SIZE_MAX;) {
        size_t ends[MAX_COMMENTED_LINES], n = 0, end = start;
        struct stage *stage = NULL;
        size_t slashes = str_find(text, STR("//"), start);
        do { /* the stage may go on over several lines, up to the next `|` */
            end += str_find_byte(str_sub(text, end, block.end), '\n');
            ends[n++] = end;
            end += end < block.end;
        } while (n < MAX_COMMENTED_LINES && end < block.end &&
                 find_commented(text, end, block.end) != end);
        for (; n > 0; n--) { /* tried in memory that is given back */
            struct span range = {(uint32_t)slashes, (uint32_t)ends[n - 1]};
            struct arena *trial = arena_new();
            bool parses = parse_commented_stage(p, trial, range, &stage);
            arena_free(trial);
            stage = NULL;
            if (parses && parse_commented_stage(p, p->arena, range, &stage))
                break;
        }
        at = n > 0 ? ends[n - 1] : ends[0];
        if (stage) {
            stage->comment = (struct span){rest->start, (uint32_t)start};
            if (stage->comment.end <= stage->comment.start)
                stage->comment = (struct span){0, 0};
            **last = stage;
            *last = &stage->next;
        }
        at += at < block.end;
        rest->start = (uint32_t)at;
    }
    if (rest->start >= rest->end)
        *rest = (struct span){0, 0};
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

static bool parse_source(struct parser *p, struct stage **out)
{
    const struct token *t = parser_peek(p);
    size_t tokens;

    if (punct_is(t, "("))
        return parse_parenthesized(p, out);
    struct stage *stage = *out = ARENA_NEW(p->arena, struct stage);
    stage->span = stage->whole = t->span;
    stage->comment = t->comment;
    if (at_source_op(p)) {
        stage->op = parser_find_op(p, OP_SOURCE, &tokens);
        p->at += tokens;
        if (stage->op->parse && !stage->op->parse(p, stage))
            return false;
    } else if (t->kind == TOKEN_NAME && !t->quoted && known_elsewhere(t->text) &&
               parser_peek2(p)->kind != TOKEN_END && !punct_is(parser_peek2(p), "|")) {
        return parser_error(p, t->span, "the operator '%.*s' is not supported", STR_ARG(t->text));
    } else if (t->kind == TOKEN_NAME && punct_is(parser_peek2(p), "(")) {
        struct node *call = node_new(p, NODE_CALL, t->span);
        parser_next(p);
        call->text = stage->name = t->text;
        stage->args = call;
        p->at++;
        if (!parse_call_arguments(p, call))
            return false;
        if (punct_is(parser_peek(p), "."))
            return parser_error(
                p, call->span,
                "tables of other clusters, databases and workspaces are out of reach");
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
        if (!punct_is(bar, "|"))
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

/* ---- statements ----------------------------------------------------------------------------- */

/* name : type [= default], or a table's name : (*) or name : (column : type, …) */
static bool parse_parameter(struct parser *p, struct node **out)
{
    struct node *n = *out = node_new(p, NODE_TYPED, parser_peek(p)->span), *child;

    if (!parse_name(p, &n->text, &n->span, "a parameter's name") ||
        !parser_expect(p, ":", "and a type after the name"))
        return false;
    if (!parser_accept(p, "(")) {
        if (!parse_type(p, &n->type))
            return false;
        return !parser_accept(p, "=") || (parse_expr(p, &child) && node_add(p, n, child));
    }
    while (!punct_is(parser_peek(p), ")")) {
        struct span star = parser_peek(p)->span;
        if (parser_accept(p, "*"))
            child = node_new(p, NODE_STAR, star);
        else if (!parse_typed_name(p, &child))
            return false;
        if (!node_add(p, n, child))
            return false;
        if (!parser_accept(p, ",") && !punct_is(parser_peek(p), ")"))
            return parser_unexpected(p, "',' or ')' in the columns of '%.*s'", STR_ARG(n->text));
    }
    p->at++;
    return true;
}

static bool parse_function(struct parser *p, struct statement *s)
{
    struct node **last = &s->parameters;
    struct statement **body = &s->body;

    s->is_function = true;
    if (!parser_enter(p) || !parser_expect(p, "(", "before the parameters"))
        return false;
    while (!punct_is(parser_peek(p), ")")) {
        if (!parse_parameter(p, last))
            return false;
        last = &(*last)->next;
        if (!parser_accept(p, ",") && !punct_is(parser_peek(p), ")"))
            return parser_unexpected(p, "',' or ')' in the parameters of '%.*s'", STR_ARG(s->name));
    }
    p->at++;
    if (!parser_expect(p, "{", "before the function's body") || !parse_statements(p, true, body))
        return false;
    parser_leave(p);
    return parser_expect(p, "}", "at the end of the function's body");
}

/* Behind `=`: is it `(…) {` or `view (…) {`? */
static bool at_function(struct parser *p)
{
    const struct token *t = parser_peek(p);
    size_t open = 0;

    if (!punct_is(t, "("))
        return false;
    for (; t->kind != TOKEN_END && t->kind != TOKEN_BAD; t++) {
        open += punct_is(t, "(");
        open -= punct_is(t, ")");
        if (open == 0)
            return punct_is(t + 1, "{");
        if (punct_is(t, ";"))
            return false;
    }
    return false;
}

static bool parse_let(struct parser *p, struct statement *s)
{
    s->comment = parser_peek(p)->comment;
    s->span = parser_next(p)->span;
    if (!parse_name(p, &s->name, &s->name_span, "a name after 'let'"))
        return false;
    if (!parser_expect(p, "=", "after the name of a let"))
        return false;
    bool view = parser_at_word(p, "view") && punct_is(parser_peek2(p), "(");
    p->at += view;
    if (view || at_function(p)) {
        if (!parse_function(p, s))
            return false;
    } else if (!parse_table_or_scalar(p, &s->value)) {
        return false;
    }
    s->span.end = p->tokens[p->at - 1].span.end;
    if (parser_peek(p)->kind == TOKEN_END && !p->err->set)
        return parser_error(p, s->span,
                            "a query ends with a table, but this let is the last thing here");
    return parser_accept(p, ";") || parser_unexpected(p, "';' at the end of this let");
}

static bool refuse_statement(struct parser *p)
{
    static const char *const words[] = {"set", "declare", "alias", "restrict"};
    const struct token *t = parser_peek(p);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (parser_at_word(p, words[i]) && parser_peek2(p)->kind == TOKEN_NAME)
            return parser_error(p, t->span, "'%s' statements are not supported; 'let' is",
                                words[i]);
    return true;
}

bool parse_statements(struct parser *p, bool body, struct statement **out)
{
    for (;;) {
        while (parser_accept(p, ";"))
            ;
        struct statement *s = *out = ARENA_NEW(p->arena, struct statement);
        out = &s->next;
        if (!refuse_statement(p))
            return false;
        if (parser_at_word(p, "let") && parser_peek2(p)->kind == TOKEN_NAME) {
            if (!parse_let(p, s))
                return false;
            continue;
        }
        s->comment = parser_peek(p)->comment;
        s->span = parser_peek(p)->span;
        if (parser_peek(p)->kind == TOKEN_END && !body)
            return parser_error(p, s->span,
                                p->at ? "a query ends with a table, but the text ends here"
                                      : "the query is empty");
        if (body ? !parse_table_or_scalar(p, &s->value) : !parse_final(p, &s->value))
            return false;
        s->span.end = p->tokens[p->at - 1].span.end;
        while (parser_accept(p, ";"))
            ;
        return true;
    }
}

bool parse_final(struct parser *p, struct node **out)
{
    *out = node_new(p, NODE_PIPELINE, parser_peek(p)->span);
    if (!parse_pipeline(p, &(*out)->pipeline))
        return false;
    (*out)->span = (*out)->pipeline->span;
    return true;
}

bool parse_query(struct parser *p, struct statement **out)
{
    struct span whole = {0, (uint32_t)p->source->text.n};

    if (p->source->text.n > MAX_TEXT)
        return error_set(p->err, "the query is longer than %d bytes", MAX_TEXT);
    lex_all(p->arena, p->source, p->env, whole, false, &p->tokens, &p->n_tokens, &p->lex_error);
    if (!parse_statements(p, false, out))
        return false;
    if (parser_peek(p)->kind == TOKEN_END)
        return true;
    if (p->at > 0 && punct_is(&p->tokens[p->at - 1], ";"))
        return parser_error(p, parser_peek(p)->span,
                            "one query at a time: something stands behind its end");
    return parser_unexpected(p, "'|' or the end of the query");
}
