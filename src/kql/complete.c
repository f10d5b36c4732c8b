/* Completion: the words that may stand where somebody is typing. The text before is lexed, not
 * parsed, because it is unfinished; the columns are those of the pipeline up to the last `|`, when
 * that much compiles. */
#include "kql/kql_internal.h"

enum { MAX_WORDS = 300 };

struct words {
    struct arena *a;
    struct str prefix;
    VEC(struct str) list;
};

static void offer(struct words *w, struct str word)
{
    if (w->list.n >= MAX_WORDS || word.n <= w->prefix.n ||
        !str_eq_nocase(str_sub(word, 0, w->prefix.n), w->prefix))
        return;
    for (size_t i = 0; i < w->list.n; i++)
        if (str_eq(w->list.items[i], word))
            return;
    vec_push(w->a, &w->list, word);
}

static void offer_ops(struct words *w, const struct kql_env *env, unsigned flags)
{
    for (size_t i = 0; env->ops[i]; i++)
        if (env->ops[i]->flags & flags && !(env->ops[i]->flags & (OP_HIDDEN | OP_LEGACY)))
            offer(w, str_of(env->ops[i]->name));
}

static void offer_functions(struct words *w, bool aggregates)
{
    const struct aggregate *row;
    const struct func *f;

    for (size_t i = 0; aggregates && (row = aggregate_row(i)); i++)
        if (!(row->flags & AGG_LEGACY))
            offer(w, str_of(row->name));
    for (size_t i = 0; (f = func_row(i)); i++)
        if (!(f->flags & (FUNC_OPERATOR | FUNC_LEGACY)))
            offer(w, str_of(f->name));
}

/* Names said by `let` so far, and tables that are mentioned. */
static void offer_lets(struct words *w, const struct token *t, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (t[i].kind == TOKEN_NAME && str_is(t[i].text, "let") && t[i + 1].kind == TOKEN_NAME)
            offer(w, t[i + 1].text);
}

static void offer_schema(struct words *w, const struct schema *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        offer(w, s->fields[i].name);
}

/* The columns that reach `at`: of the text up to the last `|` outside of what is still open, else
 * of the tables in it. */
static void offer_columns(struct words *w, struct str text, const struct kql_env *env,
                          const struct token *t, size_t n)
{
    struct error err = {0};
    struct query *q;
    size_t cut = SIZE_MAX, open = 0;

    for (size_t i = n; i-- > 0 && cut == SIZE_MAX;) {
        char c = t[i].kind == TOKEN_PUNCT && t[i].text.n == 1 ? t[i].text.p[0] : 0;
        if (c == ')' || c == ']')
            open++;
        else if (open > 0 && (c == '(' || c == '['))
            open--;
        else if (open == 0 && c == '|')
            cut = t[i].span.start;
    }
    if (cut != SIZE_MAX) {
        struct source_text source = {STR("query"), str_sub(text, 0, cut), 1, 0};
        if (kql_compile(w->a, &source, env, &q, &err)) {
            offer_schema(w, &q->root->schema);
            return;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (t[i].kind == TOKEN_NAME && env->table)
            offer_schema(w, env->table(env->ctx, t[i].text));
}

/* Do the tokens end with an operand, behind which an operator may come? */
static bool ends_operand(const struct token *t, size_t n)
{
    static const char *const words[] = {"and",   "or",   "by",   "on", "not",
                                        "regex", "with", "from", "to", "step"};
    const struct token *last = &t[n - 1];

    if (last->kind != TOKEN_NAME)
        return last->kind == TOKEN_LITERAL || token_is(last, ")") || token_is(last, "]");
    if (n > 1 && (token_is(last - 1, "|") || token_is(last - 1, "-")))
        return false; /* an operator's name */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(last->text, words[i]))
            return false;
    return operator_class(last->text) == OPERATOR_NONE;
}

/* Is the last stage a summarize (or its like), where aggregates may stand? */
static bool in_summarize(const struct token *t, size_t n)
{
    for (size_t i = n; i-- > 1;)
        if (token_is(&t[i - 1], "|"))
            return t[i].kind == TOKEN_NAME && str_is(t[i].text, "summarize");
    return false;
}

size_t kql_complete(struct arena *a, struct str text, size_t at, const struct kql_env *env,
                    struct str **out)
{
    struct words w = {.a = a};
    struct token *t;
    struct error err = {0};
    size_t n, start;

    at = at < text.n ? at : text.n;
    for (start = at; start > 0 && lex_name_byte((unsigned char)text.p[start - 1]); start--)
        ;
    struct source_text source = {STR("query"), str_sub(text, 0, start), 1, 0};
    *out = NULL;
    if (at > MAX_TEXT)
        return 0;
    lex_all(a, &source, env, (struct span){0, (uint32_t)start}, false, &t, &n, &err);
    while (n > 0 && (t[n - 1].kind == TOKEN_END || t[n - 1].kind == TOKEN_BAD))
        n--;
    if (n >= 3 && start == t[n - 1].span.end && token_is(&t[n - 1], "-") &&
        token_is(&t[n - 3], "|")) {
        start = t[n - 2].span.start; /* project-… */
        n -= 2;
    }
    w.prefix = str_sub(text, start, at);
    const struct token none = {.kind = TOKEN_END}, *last = n ? &t[n - 1] : &none;
    if (token_is(last, "|")) {
        offer_ops(&w, env, OP_STAGE);
    } else if (last->kind == TOKEN_END || token_is(last, ";")) {
        if (env->table && env->table(env->ctx, STR("W3CIISLog")))
            offer(&w, STR("W3CIISLog"));
        offer(&w, STR("let"));
        offer_lets(&w, t, n);
        offer_ops(&w, env, OP_SOURCE);
    } else if (!ends_operand(t, n)) {
        offer_columns(&w, source.text, env, t, n);
        offer_lets(&w, t, n);
        offer_functions(&w, in_summarize(t, n));
    } else {
        for (size_t i = 0; operator_word(i); i++)
            offer(&w, str_of(operator_word(i)));
        offer(&w, STR("by"));
    }
    *out = w.list.items;
    return w.list.n;
}
