/* The lexer against KQL.md 1.2 to 1.8: every form of literal has the value that the language says,
 * everything that is no token is refused at its place, and comments and commented-out text keep
 * their places. */
#include "kql_try.h"

#include <math.h>

#include "base/instant.h"

static struct token *lex(struct try *t, const char *text, size_t *n)
{
    static struct source_text source;
    struct token *tokens;

    source = try_source(str_of(text));
    t->err = (struct error){0};
    lex_all(t->a, &source, &t->env, (struct span){0, (uint32_t)source.text.n}, false, &tokens, n,
            &t->err);
    assert_true(*n > 0);
    assert_int_equal(tokens[*n - 1].kind, TOKEN_END);
    return tokens;
}

/* The only token of the text, which must be a literal. */
static struct value literal(struct try *t, const char *text)
{
    size_t n;
    struct token *tokens = lex(t, text, &n);

    if (t->err.set)
        fail_msg("%s: %s", text, t->err.message);
    if (n != 2 || tokens[0].kind != TOKEN_LITERAL)
        fail_msg("%s is no literal", text);
    assert_int_equal(tokens[0].span.start, 0);
    assert_int_equal(tokens[0].span.end, strlen(text));
    return tokens[0].value;
}

static void refused(struct try *t, const char *text, const char *word)
{
    size_t n;
    struct token *tokens = lex(t, text, &n);
    bool bad = false;

    for (size_t i = 0; i < n; i++) {
        bad |= tokens[i].kind == TOKEN_BAD;
        assert_true(tokens[i].span.end <= strlen(text));
    }
    if (!bad || !t->err.set || !strstr(t->err.message, word))
        fail_msg("%s: refused: %d: %s", text, bad, t->err.message);
}

static void is_text(struct try *t, const char *text, const char *want)
{
    struct value v = literal(t, text);

    assert_int_equal(v.type, TYPE_STRING);
    assert_text(v.s, want);
}

static void strings(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    is_text(&t, "\"abc\"", "abc");
    is_text(&t, "'a\"b'", "a\"b");
    is_text(&t, "\"it's\"", "it's");
    is_text(&t, "\"\\t\\n\\\\\\\"\\'\"", "\t\n\\\"'");
    is_text(&t, "\"\\x41\\u00e9\\U0001F600\"", "A\xc3\xa9\xf0\x9f\x98\x80");
    is_text(&t, "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80");
    is_text(&t, "\"\\101\"", "A");
    is_text(&t, "@\"c:\\new\"", "c:\\new");
    is_text(&t, "@\"a\"\"b\"", "a\"b");
    is_text(&t, "@'a''b\\'", "a'b\\");
    is_text(&t, "h\"secret\"", "secret");
    is_text(&t, "H'secret'", "secret");
    is_text(&t, "h@\"a\\b\"", "a\\b");
    is_text(&t, "```a\nb\"'\\```", "a\nb\"'\\");
    is_text(&t, "~~~x~~y~~~", "x~~y");
    is_text(&t, "\"a\" 'b'", "ab");
    is_text(&t, "\"a\" // first\n  @\"\\b\"", "a\\b");
    is_text(&t, "\"\"", "");
    is_text(&t, "'{{StartTimeISO}}'", "2020-01-02T03:04:05Z");
    is_text(&t, "'a{{other}}{{StartTimeISO}}b'", "a{{other}}2020-01-02T03:04:05Zb");
    struct value nul = literal(&t, "\"a\\0b\"");
    assert_int_equal(nul.s.n, 3);
    refused(&t, "\"abc", "no end");
    refused(&t, "\"ab\nc\"", "no end");
    refused(&t, "'abc\\'", "no end");
    refused(&t, "'abc\\", "no end");
    refused(&t, "'\\", "no end");
    refused(&t, "\"a\\x", "hexadecimal");
    refused(&t, "\"a\\u12", "hexadecimal");
    refused(&t, "@\"a\\", "no end");
    refused(&t, "```a``", "no end");
    refused(&t, "\"\\q\"", "escape");
    refused(&t, "\"\\u12\"", "hexadecimal");
    refused(&t, "\"\\ud800\"", "no character");
    refused(&t, "\"\\UFFFFFFFF\"", "no character");
    refused(&t, "```abc", "no end");
    try_close(&t);
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        enum type type;
        int64_t i;
        double r;
    } cases[] = {
        {"0", TYPE_LONG, 0, 0},
        {"123", TYPE_LONG, 123, 0},
        {"9223372036854775807", TYPE_LONG, INT64_MAX, 0},
        {"0x1F", TYPE_LONG, 31, 0},
        {"0xffffffffffffffff", TYPE_LONG, -1, 0},
        {"1.5", TYPE_REAL, 0, 1.5},
        {"1e5", TYPE_REAL, 0, 1e5},
        {"1.5e-3", TYPE_REAL, 0, 1.5e-3},
        {"int(5)", TYPE_INT, 5, 0},
        {"int( -5 )", TYPE_INT, -5, 0},
        {"long(0x10)", TYPE_LONG, 16, 0},
        {"long(-9223372036854775808)", TYPE_LONG, INT64_MIN, 0},
        {"real(5)", TYPE_REAL, 0, 5},
        {"double(1e3)", TYPE_REAL, 0, 1000},
        {"real(-inf)", TYPE_REAL, 0, -INFINITY},
        {"real(+inf)", TYPE_REAL, 0, INFINITY},
        {"decimal(1.25)", TYPE_DECIMAL, 0, 1.25},
    };
    struct try t;
    (void)state;
    try_open(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = literal(&t, cases[i].text);
        assert_int_equal(v.type, cases[i].type);
        assert_false(v.null);
        if (type_shape(v.type) == SHAPE_INT)
            assert_int_equal(v.i, cases[i].i);
        else
            assert_true(v.r == cases[i].r);
    }
    assert_true(isnan(literal(&t, "real(nan)").r));
    assert_true(literal(&t, "int(null)").null);
    assert_true(literal(&t, "real(null)").null);
    refused(&t, "9223372036854775808", "64 bits");
    refused(&t, "0x1ffffffffffffffff", "64 bits");
    refused(&t, "int(2147483648)", "int");
    refused(&t, "int(1.5)", "int");
    refused(&t, "long(x)", "tolong");
    refused(&t, "long()", "long");
    refused(&t, "long(1", "no ')'");
    refused(&t, "1.5zz", "unit");
    try_close(&t);
}

static void names_of_digits(void **state)
{
    struct try t;
    size_t n;
    (void)state;
    try_open(&t);
    struct token *tokens = lex(&t, "7z 1a2b 0L _x $left", &n);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(tokens[i].kind, TOKEN_NAME);
    assert_text(tokens[0].text, "7z");
    tokens = lex(&t, "1..5", &n);
    assert_int_equal(n, 4);
    assert_text(tokens[1].text, "..");
    try_close(&t);
}

static void times(void **state)
{
    static const struct {
        const char *text;
        int64_t ticks;
    } spans[] = {
        {"1d", TICKS_PER_DAY},
        {"2hours", 2 * TICKS_PER_HOUR},
        {"1.5h", 90 * TICKS_PER_MINUTE},
        {"3min", 3 * TICKS_PER_MINUTE},
        {"10s", 10 * TICKS_PER_SECOND},
        {"7ms", 7 * TICKS_PER_MILLISECOND},
        {"5microseconds", 50},
        {"100nano", 1},
        {"3ticks", 3},
        {"1tick", 1},
        {"timespan(1.02:03:04.5)",
         TICKS_PER_DAY + 2 * TICKS_PER_HOUR + 3 * TICKS_PER_MINUTE + 45000000},
        {"time(15 seconds)", 15 * TICKS_PER_SECOND},
        {"timespan(2)", 2 * TICKS_PER_DAY},
        {"time(-1h)", -TICKS_PER_HOUR},
        {"timespan(00:30)", 30 * TICKS_PER_MINUTE},
    };
    struct try t;
    (void)state;
    try_open(&t);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct value v = literal(&t, spans[i].text);
        assert_int_equal(v.type, TYPE_TIMESPAN);
        assert_int_equal(v.i, spans[i].ticks);
    }
    int64_t day = instant_day(2020, 1, 2);
    assert_int_equal(literal(&t, "datetime(2020-01-02)").i, day);
    assert_int_equal(literal(&t, "datetime(2020-01-02T10:00)").i, day + 10 * TICKS_PER_HOUR);
    assert_int_equal(literal(&t, "datetime(2020-01-02 10:00:00.1234567)").i,
                     day + 10 * TICKS_PER_HOUR + 1234567);
    assert_int_equal(literal(&t, "datetime(2020-01-02T10:00:00+01:00)").i,
                     day + 9 * TICKS_PER_HOUR);
    assert_int_equal(literal(&t, "datetime({{StartTimeISO}})").i,
                     day + 3 * TICKS_PER_HOUR + 4 * TICKS_PER_MINUTE + 5 * TICKS_PER_SECOND);
    assert_true(literal(&t, "datetime(null)").null);
    size_t n;
    struct token *tokens = lex(&t, "datetime()", &n);
    assert_int_equal(n, 4);
    assert_text(tokens[0].text, "now");
    refused(&t, "datetime(yesterday)", "todatetime");
    refused(&t, "timespan(x)", "totimespan");
    refused(&t, "99999999999999d", "out of range");
    try_close(&t);
}

static void dynamics(void **state)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"dynamic([1, 2.5, \"a\", 'b', true, null])", "[1,2.5,\"a\",\"b\",true,null]"},
        {"dynamic({\"a\": {'b': [1]}, \"c\": -3})", "{\"a\":{\"b\":[1]},\"c\":-3}"},
        {"dynamic([\n  // first\n  \"x\", // second\n  \"y\"\n])", "[\"x\",\"y\"]"},
        {"dynamic([datetime(2020-01-02), 1h])", "[\"2020-01-02T00:00:00.0000000Z\",\"01:00:00\"]"},
        {"dynamic(\"x\")", "\"x\""},
        {"dynamic([])", "[]"},
        {"dynamic({})", "{}"},
        {"dynamic([@\"a\\b\"])", "[\"a\\\\b\"]"},
    };
    struct try t;
    struct buf out = {0};
    (void)state;
    try_open(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = literal(&t, cases[i].text);
        assert_int_equal(v.type, TYPE_DYNAMIC);
        buf_reset(&out);
        dyn_text(&out, v.s, true);
        assert_text(buf_str(&out), cases[i].json);
    }
    buf_release(&out);
    assert_true(literal(&t, "dynamic(null)").null);
    refused(&t, "dynamic([1", "no ']'");
    refused(&t, "dynamic([1 2])", "','");
    refused(&t, "dynamic({a:1})", "quotes");
    refused(&t, "dynamic(x)", "JSON");
    refused(&t, "dynamic([1]", "no ')'");
    size_t n, deep = 5000;
    struct buf text = {0};
    buf_add_z(&text, "dynamic(");
    for (size_t i = 0; i < deep; i++)
        buf_add_byte(&text, '[');
    buf_add_byte(&text, '\0');
    lex(&t, text.p, &n);
    assert_non_null(strstr(t.err.message, "deeply"));
    buf_release(&text);
    try_close(&t);
}

static void rest(void **state)
{
    struct try t;
    size_t n;
    (void)state;
    try_open(&t);
    assert_true(literal(&t, "True").b);
    assert_false(literal(&t, "FALSE").b);
    assert_true(literal(&t, "bool(1)").b);
    assert_text(literal(&t, "guid(74be27de-1e4e-49d9-b579-FE0B331d3642)").s,
                "74be27de-1e4e-49d9-b579-fe0b331d3642");
    refused(&t, "guid(74be)", "guid");
    struct token *tokens = lex(&t, "a!in~(b) !in x!contains_cs y in~ [\"q n\"] {{Start}}", &n);
    assert_text(tokens[1].text, "!in~");
    assert_text(tokens[5].text, "!in");
    assert_text(tokens[7].text, "!contains_cs");
    assert_text(tokens[9].text, "in~");
    assert_int_equal(tokens[10].kind, TOKEN_NAME);
    assert_true(tokens[10].quoted);
    assert_text(tokens[10].text, "q n");
    assert_int_equal(tokens[13].kind, TOKEN_TEMPLATE);
    tokens = lex(&t, "a // trailing\n// one\r\n  //two\n| b", &n);
    assert_int_equal(n, 4);
    assert_text(str_sub(STR("a // trailing\n// one\r\n  //two\n| b"), tokens[1].comment.start,
                        tokens[1].comment.end),
                "// one\r\n  //two");
    assert_int_equal(tokens[0].comment.end, 0);
    refused(&t, "a && b", "'and'");
    refused(&t, "a || b", "'or'");
    refused(&t, "! a", "not(");
    refused(&t, "a # b", "no meaning");
    refused(&t, "a \x80 b", "UTF-8");
    try_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings), cmocka_unit_test(numbers),  cmocka_unit_test(names_of_digits),
        cmocka_unit_test(times),   cmocka_unit_test(dynamics), cmocka_unit_test(rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
