/* The parser against KQL.md 1: how operators group, what statements and stages are, and that no
 * text can make it dig without bound. */
#include "kql_try.h"

/* The tree of one expression. */
static struct str tree(struct try *t, const char *text)
{
    struct source_text *source = ARENA_NEW(t->a, struct source_text);
    struct parser p = {.arena = t->a, .source = source, .env = &t->env, .err = &t->err};
    struct buf out = {0};
    struct node *n;

    *source = try_source(str_of(text));
    t->err = (struct error){0};
    lex_all(t->a, source, &t->env, (struct span){0, (uint32_t)source->text.n}, false, &p.tokens,
            &p.n_tokens, &p.lex_error);
    if (!parse_expr(&p, &n) || parser_peek(&p)->kind != TOKEN_END)
        fail_msg("%s does not parse: %s", text, t->err.message);
    node_print(n, &out);
    struct str s = str_dup(t->a, buf_str(&out));
    buf_release(&out);
    return s;
}

/* Both texts are the same tree: the second has all its parentheses. */
static void groups(struct try *t, const char *text, const char *as)
{
    struct str want = tree(t, as);

    assert_text(tree(t, text), str_z(t->a, want));
}

static void precedence(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    groups(&t, "a + b * c", "a + (b * c)");
    groups(&t, "a - b - c", "(a - b) - c");
    groups(&t, "a / b % c", "(a / b) % c");
    groups(&t, "-a * b", "(-a) * b");
    groups(&t, "- - a", "-(-a)");
    groups(&t, "a or b and c", "a or (b and c)");
    groups(&t, "a and b or c and d", "(a and b) or (c and d)");
    groups(&t, "a == b + 1", "a == (b + 1)");
    groups(&t, "a < b == c", "(a < b) == c");
    groups(&t, "a == b < c", "a == (b < c)");
    groups(&t, "\"a\" + b contains \"x\"", "\"a\" + (b contains \"x\")");
    groups(&t, "a == b has \"c\"", "a == (b has \"c\")");
    groups(&t, "a * b startswith c", "a * (b startswith c)");
    groups(&t, "a in (1, 2) and b", "(a in (1, 2)) and b");
    groups(&t, "a + 1 in (1)", "(a + 1) in (1)");
    groups(&t, "a between (1 .. 2 + 3)", "a between (1 .. (2 + 3))");
    groups(&t, "a matches regex b and c", "(a matches regex b) and c");
    groups(&t, "-a has b", "(-a) has b");
    groups(&t, "a.b[0].c", "((a.b)[0]).c");
    groups(&t, "a.[0]", "a[0]");
    groups(&t, "a <> b", "a != b");
    groups(&t, "a notcontains b", "a !contains b");
    groups(&t, "a containscs b", "a contains_cs b");
    groups(&t, "f(a)[0]", "(f(a))[0]");
    try_close(&t);
}

static void trees(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    assert_text(tree(&t, "a !in~ (\"x\", b)"), "(call !in~ (name a) (literal \"x\") (name b))");
    assert_text(tree(&t, "f(1, x = 2, *)"), "(call f (literal 1) (named x (literal 2)) (star))");
    assert_text(tree(&t, "-5"), "(literal -5)");
    assert_text(tree(&t, "-1d"), "(literal -1d)");
    assert_text(tree(&t, "-real(2.5)"), "(literal -2.5)");
    assert_text(tree(&t, "a.['b c']"), "(member b c (name a))");
    assert_text(tree(&t, "a.[\"k\"]"), "(member k (name a))");
    assert_text(tree(&t, "a[\"k\"]"), "(index (name a) (literal \"k\"))");
    assert_text(tree(&t, "* has 'x'"), "(call has (star) (literal \"x\"))");
    assert_text(tree(&t, "extract(a, 1, b, typeof(long))"),
                "(call extract (name a) (literal 1) (name b) (typed typeof long))");
    assert_text(tree(&t, "{{StartTimeISO}}"), "(template StartTimeISO)");
    assert_text(tree(&t, "toscalar(T | take 1)"),
                "(call toscalar (pipeline [T] [take (literal 1)]))");
    assert_text(tree(&t, "x in ((T | take 1))"),
                "(call in (name x) (pipeline [T] [take (literal 1)]))");
    assert_text(tree(&t, "['a b'] == 1"), "(call == (name a b) (literal 1))");
    assert_text(tree(&t, "range(1, 2)"), "(call range (literal 1) (literal 2))");
    try_close(&t);
}

static struct str pipeline(struct try *t, const char *text)
{
    struct source_text *source = ARENA_NEW(t->a, struct source_text);
    struct parser p = {.arena = t->a, .source = source, .env = &t->env, .err = &t->err};
    struct statement *s;
    struct buf out = {0};

    *source = try_source(str_of(text));
    t->err = (struct error){0};
    if (!parse_query(&p, &s))
        fail_msg("%s does not parse: %s", text, t->err.message);
    for (; s; s = s->next) {
        if (s->name.n)
            buf_addf(&out, "let %.*s%s;", STR_ARG(s->name), s->is_function ? "()" : "");
        else
            node_print(s->value, &out);
    }
    struct str said = str_dup(t->a, buf_str(&out));
    buf_release(&out);
    return said;
}

static void pipelines(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    assert_text(pipeline(&t, "T"), "(pipeline [T])");
    assert_text(pipeline(&t, "\n// head\nT\r\n|where a ;;\n"), "(pipeline [T] [where (name a)])");
    assert_text(pipeline(&t, "(T | where a) | where b"),
                "(pipeline [T] [where (name a)] [where (name b)])");
    assert_text(
        pipeline(&t,
                 "let a = 1; let f = (x:long, y:string = \"q\") { x }; let v = view () { T }; T"),
        "let a;let f();let v();(pipeline [T])");
    assert_text(pipeline(&t, "['odd name'] | count"), "(pipeline [odd name] [count])");
    assert_text(pipeline(&t, "print a = 1, b"),
                "(pipeline [print (named a (literal 1)) (name b)])");
    try_close(&t);
}

static void stages_commented_out(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    assert_text(pipeline(&t, "T\n// why\n//| where a\n| where b"),
                "(pipeline [T] [//where (name a)] [where (name b)])");
    assert_text(pipeline(&t, "T\n  //  | where a\n//| where b"),
                "(pipeline [T] [//where (name a)] [//where (name b)])");
    assert_text(pipeline(&t, "T\n//| where a\n//  and b\n| count"),
                "(pipeline [T] [//where (call and (name a) (name b))] [count])");
    assert_text(pipeline(&t, "T\n//| where a\n// prose that is no KQL\n| count"),
                "(pipeline [T] [//where (name a)] [count])");
    assert_text(pipeline(&t, "T\n//| where we look for more\n| count"), "(pipeline [T] [count])");
    assert_text(pipeline(&t, "T\n//| take 5\n| count"), "(pipeline [T] [count])");
    assert_text(pipeline(&t, "T\n| where a //| where b\n| count"),
                "(pipeline [T] [where (name a)] [count])");
    assert_text(pipeline(&t, "T\n| where a\n//| where b\nand c"),
                "(pipeline [T] [where (call and (name a) (name c))])");
    try_close(&t);
}

/* `n` times `open`, then `middle`, then `n` times `close`. */
static struct str nested(struct try *t, size_t n, const char *open, const char *middle,
                         const char *close)
{
    struct buf text = {0};

    buf_add_z(&text, "print x = ");
    for (size_t i = 0; i < n; i++)
        buf_add_z(&text, open);
    buf_add_z(&text, middle);
    for (size_t i = 0; i < n; i++)
        buf_add_z(&text, close);
    struct str s = str_dup(t->a, buf_str(&text));
    buf_release(&text);
    return s;
}

static void deep(void **state)
{
    static const struct {
        const char *open, *middle, *close;
    } cases[] = {
        {"(", "1", ")"},
        {"f(", "1", ")"},
        {"-", "a", ""},
        {"a[", "0", "]"},
        {"1 + ", "1", ""},
        {"", "a", ".b"},
        {"", "a", "[0]"},
        {"toscalar(T | where ", "1", ")"},
        {"", "1 == 1", " and 1 == 1"},
        {"(", "", ""},
        {"dynamic([", "1", "])"},
        {"", "a", " has a"},
        {"1 in (", "1", ")"},
        {"{", "", ""},
        {"['", "x", "']"},
    };
    struct try t;
    (void)state;
    try_open(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        try_error(&t, nested(&t, 20000, cases[i].open, cases[i].middle, cases[i].close));
    /* what people write stays well inside the bounds */
    try_compile(&t, str_z(t.a, nested(&t, 100, "(", "1", ")")));
    try_compile(&t, str_z(t.a, nested(&t, 900, "", "1 == 1", " and 1 == 1")));
    try_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precedence), cmocka_unit_test(trees),
        cmocka_unit_test(pipelines),  cmocka_unit_test(stages_commented_out),
        cmocka_unit_test(deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
