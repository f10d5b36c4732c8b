/* Functions over regular expressions: RE2's language, its refusals, what it finds, and that no
 * pattern and no text makes it run away. */
#include <stdlib.h>

#include "func_try.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOW 20
#else
#define SLOW 1
#endif

static void test_matches(void **state)
{
    (void)state;
    expect("True", "matches regex", S("2020-01-15"), S("^\\d{4}-\\d{2}-\\d{2}$"));
    expect("False", "matches regex", S("abc-de-fg"), S("^\\d{4}-\\d{2}-\\d{2}$"));
    expect("True", "matches regex", S("caf\xc3\xa9"), S(".*\xc3\xa9$"));
    expect("True", "matches regex", S("caf\xc3\xa9"), S("f.$"));
    expect("False", "matches regex", S("cafe"), S("CAFE"));
    expect("True", "matches regex", S("cafe"), S("(?i)CAFE"));
    expect("True", "matches regex", S("CAF\xc3\x89"), S("(?i)caf\xc3\xa9"));
    expect("True", "matches regex", S(""), S(""));
    expect("True", "matches regex", S(""), S("^$"));
    expect("False", "matches regex", S("a\n"), S("a$")); /* $ is the very end */
    expect("True", "matches regex", S("a\nb"), S("(?m)^b$"));
    expect("True", "matches regex", S("b\n"), S("(?m)^$"));
    expect("False", "matches regex", S("a\nb"), S("a.b"));
    expect("True", "matches regex", S("a\nb"), S("(?s)a.b"));
    expect("True", "matches regex", S("x\0y"), S("x\\x00y"));
    expect("True", "matches regex", S("a\\b"), S("\\\\"));
}

/* \d \w \s \b are those of Unicode, [:alpha:] that of ASCII. */
static void test_classes(void **state)
{
    (void)state;
    expect("True", "matches regex", S("\xef\xbc\x91"), S("^\\d$"));       /* fullwidth 1 */
    expect("True", "matches regex", S("\xc3\xa9"), S("^\\w$"));
    expect("False", "matches regex", S("\xc3\xa9"), S("^\\W$"));
    expect("True", "matches regex", S("\xc2\xa0"), S("^\\s$"));           /* no-break space */
    expect("False", "matches regex", S("\xc3\xa9"), S("(?-u)^\\w$"));
    expect("False", "matches regex", S("\xc3\xa9" "a"), S("\\ba"));
    expect("True", "matches regex", S("-a"), S("\\ba\\b"));
    expect("False", "matches regex", S("\xc3\xa9"), S("[[:alpha:]]"));
    expect("True", "matches regex", S("\xc3\xa9"), S("[[:^alpha:]]"));
    expect("True", "matches regex", S("7"), S("^[[:alpha:][:digit:]]$"));
    expect("True", "matches regex", S("\xce\xb1"), S("^\\p{Greek}$"));
    expect("True", "matches regex", S("\xce\xb1"), S("^\\pL$"));
    expect("False", "matches regex", S("\xce\xb1"), S("^\\PL$"));
    expect("True", "matches regex", S("A"), S("^\\p{Uppercase_Letter}$"));
    expect("True", "matches regex", S("1"), S("^\\p{^L}$"));
    expect("True", "matches regex", S("_"), S("^[^\\W]$"));
    expect("False", "matches regex", S("_"), S("^[\\W]$"));
    expect("False", "matches regex", S("_"), S("^[^\\W_]$"));
    expect("True", "matches regex", S("\xc3\xa9"), S("^[^\\W_]$"));
    expect("True", "matches regex", S("]"), S("^[]]$"));
    expect("True", "matches regex", S("-"), S("^[a-]$"));
    expect("True", "matches regex", S("-"), S("^[\\d-]$"));
    expect("True", "matches regex", S("-"), S("(?x)^[a- ]$"));
    expect("True", "matches regex", S("b"), S("(?x)^[ a - c ]$"));
    expect("True", "matches regex", S("["), S("^[a[]$")); /* as RE2 has it */
    expect("True", "matches regex", S("^"), S("^[a^]$"));
    expect("True", "matches regex", S("\\"), S("^[\\\\]$"));
    expect("True", "matches regex", S("\xe2\x82\xac"), S("^[\\x{20AC}]$"));
    expect("True", "matches regex", S("\xe2\x82\xac"), S("^[a-\xe2\x82\xac]+$"));
    expect("False", "matches regex", S("z"), S("^[^a-\xe2\x82\xac]$"));
}

static void test_set_operations(void **state)
{
    (void)state;
    expect("True", "matches regex", S("b"), S("^[a-z&&[^aeiou]]$"));
    expect("False", "matches regex", S("e"), S("^[a-z&&[^aeiou]]$"));
    expect("False", "matches regex", S("7"), S("^[a-z&&[^aeiou]]$"));
    expect("True", "matches regex", S("b"), S("^[a-z--aeiou]$"));
    expect("False", "matches regex", S("e"), S("^[a-z--aeiou]$"));
    expect("True", "matches regex", S("a"), S("^[a-g~~b-h]$"));
    expect("True", "matches regex", S("h"), S("^[a-g~~b-h]$"));
    expect("False", "matches regex", S("c"), S("^[a-g~~b-h]$"));
    expect("True", "matches regex", S("c"), S("^[^a-g~~b-h]$"));
    expect("True", "matches regex", S("x"), S("^[a[x-z]]$"));
    expect("True", "matches regex", S("b"), S("^[x[^a]]$"));
    expect("False", "matches regex", S("a"), S("^[x[^a]]$"));
    expect("True", "matches regex", S("bcd"), S("^[a-z&&[^aeiou]]+$"));
}

static void test_syntax(void **state)
{
    (void)state;
    expect("b", "extract", S("(?P<first>a)(?<second>b)"), L(2), S("ab"));
    expect("ab", "extract", S("(?x) a b # both"), L(0), S("ab"));
    expect("a", "extract", S("(?U)a+"), L(0), S("aaa"));
    expect("aaa", "extract", S("(?U)a+?"), L(0), S("aaa"));
    expect("a", "extract", S("a+?"), L(0), S("aaa"));
    expect("a.b", "extract", S("\\Qa.b\\E"), L(0), S("axb a.b"));
    expect("B", "extract", S("a((?i)b)c"), L(1), S("aBc"));
    expect("", "extract", S("a((?i)b)c"), L(1), S("aBC"));
    expect("B", "extract", S("(?i:b)"), L(0), S("aBC"));
    expect("a{b", "extract", S("a{b"), L(0), S("a{b"));
    expect("a{,2}", "extract", S("a{,2}"), L(0), S("a{,2}"));
    expect("aa", "extract", S("a{1,2}"), L(0), S("aaa"));
    expect("a\tb", "extract", S("a\\tb"), L(0), S("a\tb"));
    expect("a\x0b" "b", "extract", S("a\\vb"), L(0), S("a\x0b" "b"));
    expect("/\"<>-_", "extract", S("\\/\\\"\\<\\>\\-\\_"), L(0), S("/\"<>-_"));
    expect("a", "extract", S("\\Aa\\z"), L(0), S("a"));
}

static void test_refusals(void **state)
{
    (void)state;
    refused("back-reference", "matches regex", S("aa"), S("(a)\\1"));
    refused("back-reference", "matches regex", S("aa"), S("(?P<x>a)(?P=x)"));
    refused("back-reference", "matches regex", S("aa"), S("(?<x>a)\\k<x>"));
    refused("look-around", "matches regex", S("aa"), S("a(?=b)"));
    refused("look-around", "matches regex", S("aa"), S("a(?!b)"));
    refused("look-around", "matches regex", S("aa"), S("(?<=b)a"));
    refused("look-around", "matches regex", S("aa"), S("(?<!b)a"));
    refused("atomic", "matches regex", S("aa"), S("(?>a+)a"));
    refused("possessive", "matches regex", S("aa"), S("a++a"));
    refused("repetition", "matches regex", S("aa"), S("a**"));
    refused("repetition", "matches regex", S("aa"), S("a{2}{3}"));
    refused("repetition", "matches regex", S("aa"), S("+a"));
    refused("repetition", "matches regex", S("aa"), S("(|*)"));
    refused("recursion", "matches regex", S("aa"), S("(a(?R)?)"));
    refused("recursion", "matches regex", S("aa"), S("(a(?1)?)"));
    refused("recursion", "matches regex", S("aa"), S("(?P<n>a(?&n)?)"));
    refused("recursion", "matches regex", S("aa"), S("(?P<n>a(?P>n)?)"));
    refused("conditional", "matches regex", S("aa"), S("(a)?(?(1)b|c)"));
    refused("callouts", "matches regex", S("aa"), S("a(?C1)"));
    refused("verbs", "matches regex", S("aa"), S("a(*FAIL)"));
    refused("verbs", "matches regex", S("aa"), S("(*LIMIT_MATCH=1)a"));
    refused("\\K", "matches regex", S("aa"), S("a\\Kb"));
    refused("\\G", "matches regex", S("aa"), S("\\Ga"));
    refused("escape", "matches regex", S("aa"), S("\\Ra"));
    refused("escape", "matches regex", S("aa"), S("\\Ca"));
    refused("')'", "matches regex", S("aa"), S("a)"));
    refused("'('", "matches regex", S("aa"), S("((a)"));
    refused("'['", "matches regex", S("aa"), S("[a"));
    refused("'['", "matches regex", S("aa"), S("["));
    refused("range", "matches regex", S("aa"), S("[z-a]"));
    refused("range", "matches regex", S("aa"), S("[a-\\d]"));
    refused("'['", "matches regex", S("aa"), S("(?x)[a- # no end"));
    refused("backslash", "matches regex", S("aa"), S("a\\"));
    refused("property", "matches regex", S("aa"), S("\\p{L}\\p{}"));
    refused("invalid", "matches regex", S("aa"), S("\\p{Nonsense}"));
    refused("UTF-8", "matches regex", S("aa"), S("\xff"));
    refused("code point", "matches regex", S("aa"), S("\\x{110000}"));
    refused("code point", "matches regex", S("aa"), S("\\x{D800}"));
    refused("one name", "matches regex", S("aa"), S("(?P<a>x)(?P<a>y)"));
    refused("flag", "matches regex", S("aa"), S("(?q)a"));
}

static void test_extract(void **state)
{
    (void)state;
    expect("12", "extract", S("(\\d+)-(\\d+)"), L(2), S("2020-12-31T10:20:30"));
    expect("2020", "extract", S("(\\d+)"), L(0), S("2020-12-31T10:20:30"));
    expect("", "extract", S("(\\d+)-(\\d+)"), L(2), S("no match here"));
    expect("", "extract", S("(a)|(b)"), L(1), S("b"));
    expect("", "extract", S("(a)"), L(2), S("a"));
    expect("", "extract", S("(a)"), L(-1), S("a"));
    expect("", "extract", S("(a)"), L(INT64_MAX), S("a"));
    expect("[[\"a\",\"b\"],[\"a\",\"\"]]", "extract_all", S("(a)(b)?"), S("aba"));
    expect("[\"2020\",\"01\"]", "extract_all", S("(\\d+)"), S("2020-01"));
    expect(NULL, "extract_all", S("(\\d+)"), S("nope"));
    expect("[[\"2\",\"0\"],[\"2\",\"0\"]]", "extract_all", S("(\\d)(\\d)"), D("[1,2]"), S("2020"));
    expect("[\"0\",\"0\"]", "extract_all", S("(\\d)(\\d)"), D("[2]"), S("2020"));
    expect("[[\"0\",\"20\"]]", "extract_all", S("(?P<d>\\d)(?P<e>\\d)"), D("[\"e\",0]"), S("20"));
    refused("1 to 16", "extract_all", S("\\d"), S("1"));
    refused("no such", "extract_all", S("(\\d)"), D("[2]"), S("1"));
    refused("no such", "extract_all", S("(\\d)"), D("[\"x\"]"), S("1"));
}

static void test_replace(void **state)
{
    (void)state;
    expect("[one] [two]", "replace_regex", S("one two"), S("(\\w+)"), S("[\\1]"));
    expect("noe wto htere", "replace_regex", S("one two three"), S("(\\w)(\\w)"), S("\\2\\1"));
    expect("one-two", "replace_regex", S("one   two"), S("\\s+"), S("-"));
    expect("-a-b-", "replace_regex", S("ab"), S("x*"), S("-"));
    expect("xbxcx", "replace_regex", S("baaac"), S("a*"),
           S("x")); /* no empty match right after a match */
    expect("-\xc3\xa9-", "replace_regex", S("\xc3\xa9"), S(""), S("-"));
    expect("-", "replace_regex", S(""), S(""), S("-"));
    expect("\\a", "replace_regex", S("x"), S("x"), S("\\\\a"));
    expect("a", "replace_regex", S("x"), S("x"), S("a\\7"));
    expect("ab", "replace_regex", S("ab"), S("x"), S("y"));
    expect("Xc", "replace", S("(ab)+"), S("X"), S("ababc"));
}

static void test_trim(void **state)
{
    (void)state;
    expect("xabcx", "trim", S("x"), S("xxabcxx"));
    expect("x", "trim", S("x"), S("xxx"));
    expect("", "trim", S("x"), S("x"));
    expect("", "trim", S("x"), S(""));
    expect("xx", "trim_start", S("x"), S("xxx"));
    expect("__world_", "trim_end", S("_"), S("__world__"));
    expect("a b", "trim", S("\\s+"), S("  a b \t"));
    expect("b", "trim", S("a|bb"), S("ab"));
    expect("xa", "trim_start", S("(?i)X"), S("Xxa"));
}

static void test_count_and_index(void **state)
{
    (void)state;
    expect("3", "countof", S("aaaa"), S("aa"));
    expect("2", "countof", S("aaaa"), S("aa"), S("regex"));
    expect("2", "countof", S("hello world hello"), S("hello"), S("normal"));
    expect("2", "countof", S("hello world"), S("l+"), S("regex"));
    expect("0", "countof", S(""), S("a"));
    expect("0", "countof", S("abc"), S(""));
    refused("regex", "countof", S("a"), S("a"), S("other"));
}

static void test_invalid_utf8(void **state)
{
    (void)state;
    expect("True", "matches regex", S("a\xff" "b"), S("b"));
    expect("False", "matches regex", S("a\xff" "b"), S("a.b"));
    expect("\xff" "X\xff", "replace_regex", S("\xff" "abc\xff"), S("\\w+"), S("X"));
    expect("[\"a\",\"b\"]", "extract_all", S("(\\w)"), S("a\xc3\xff\xe2\x82" "b"));
}

/* ---- attacks -------------------------------------------------------------------------------- */

static inline struct str repeated(struct arena *a, const char *piece, size_t times, const char *end)
{
    size_t n = strlen(piece), m = strlen(end);
    char *p = arena_alloc(a, n * times + m);

    for (size_t i = 0; i < times; i++)
        memcpy(p + i * n, piece, n);
    memcpy(p + n * times, end, m);
    return (struct str){p, n * times + m};
}

/* Runs once; how long it took must stay within what a limit allows. */
static struct value attack(const char *name, const struct value *args, size_t n, double seconds,
                           struct error *err)
{
    struct arena *a = arena_new();
    double start = monotonic_seconds();
    struct value v = try_run(a, name, args, n, true, err);

    if (getenv("HARRIER_TIMES"))
        print_message("%.4f s, %d hits: %.60s\n", monotonic_seconds() - start, (int)try_limit_hits,
                      args[1].s.p);
    assert_true(monotonic_seconds() - start < seconds * SLOW);
    if (type_shape(v.type) == SHAPE_STR)
        v.s = STR_NONE; /* was in the arena */
    arena_free(a);
    return v;
}

static void test_runaway(void **state)
{
    static const char *const patterns[] = {
        "(a+)+$", "(a*)*$", "(a|a)*$", "(a|aa)+$", "((a+)+)+$", "(a?){100}a{100}$", "(.*)*b",
        "(.*)(.*)(.*)(.*)b$",
        "(\\w+\\s?)+$", "([a-z]+)*!", "(?i)(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a+){2,}b",
        "(\\w\\w?)+x",
        "(x+x+)+y", "a.*a.*a.*a.*a.*a.*c", "(?:a|b|ab)*c(?:a|b|ab)*d", "[[:alpha:]]*[a-z]*\\w*-",
    };
    struct arena *a = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        for (int utf8 = 0; utf8 < 3; utf8++) {
            const char *const ends[] = {"!", "\xc3\xa9", "\xff"};
            struct error err = {0};
            struct value args[] = {SS(repeated(a, "a", 10000, ends[utf8])),
                                   SS(str_of(patterns[i]))};
            attack("matches regex", args, 2, 2, &err);
            assert_false(err.set);
        }
    }
    arena_free(a);
}

/* A limit that is struck is counted, and the row does not match. */
static void test_limit_is_counted(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct str text = repeated(a, "a", 10000, "!");
    (void)state;
    struct value m = attack("matches regex", (struct value[]){SS(text), S("(a+)+$")}, 2, 2, &err);
    assert_true(!err.set && !m.b && try_limit_hits > 0);
    expect("", "extract", S("(a+)+$"), L(0), SS(text));
    expect(NULL, "extract_all", S("(a+)+$"), SS(text));
    expect("0", "countof", SS(text), S("(a+)+$"), S("regex"));
    arena_free(a);
}

/* What a limit must not cut: honest patterns on long lines. */
static void test_long_honest(void **state)
{
    struct arena *a = arena_new();
    struct str text = repeated(a, "/owa/auth/x?abc=def&ghi=", 2500,
                               "cmd.exe /c whoami"); /* 60 KB */
    (void)state;
    expect("True", "matches regex", SS(text), S("(?i)owa.*CMD\\.exe"));
    expect("True", "matches regex", SS(text), S("^[^ ]+cmd.*whoami$"));
    expect("whoami", "extract", S("cmd.*\\s(\\w+)$"), L(1), SS(text));
    expect("2500", "countof", SS(text), S("(\\w+)=(\\w+)&"), S("regex"));
    assert_int_equal(try_limit_hits, 0);
    expect("False", "matches regex", SS(text), S("cmd.*powershell"));
    assert_int_equal(try_limit_hits, 0);
    arena_free(a);
}

static void test_monstrous_patterns(void **state)
{
    static const char *const patterns[] = {
        "a{65536}", "a{99999999999}", "((a{1000}){1000}){1000}", "(((a{60}){60}){60}){60}",
        "(a{0,60000}){0,60000}",
        "(?:(?:(?:(?:x{9}){9}){9}){9}){9}y{65535}", "\\x{FFFFFFFFFF}", "[a-\\x{10FFFF}]{65535}",
    };
    static const char *const pieces[] = {"a", "(", "[", "(a)", "(?:", "[a", "a|",
                                         "\\", "[a&&", "(?i)", "\\w", "[^\\W]",
                                         "a{2}", "((a)|", "[[:alpha:]]", "(?P<a>", "\\Q", "[[",
                                         "[a--[", "\\p{", "(?x) #"};
    struct arena *a = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct error err = {0};
        struct value args[] = {S("aaaaaaaaaa"), SS(str_of(patterns[i]))};
        attack("matches regex", args, 2, 2, &err);
    }
    for (int depth = 1; depth <= 50; depth++) {
        struct error err = {0};
        struct str half = repeated(a, "[a~~", (size_t)depth, "b");
        struct value args[] = {S("b"), SS(str_fmt(a, "%.*s%.*s", STR_ARG(half),
                                                  STR_ARG(repeated(a, "]", (size_t)depth, ""))))};
        attack("matches regex", args, 2, 2, &err);
    }
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (size_t size = 100; size <= 1000000; size *= 10) {
            struct error err = {0};
            struct value args[] = {S("aaaaaaaaaa"),
                                   SS(repeated(a, pieces[i], size / strlen(pieces[i]), ""))};
            attack("matches regex", args, 2, 2, &err);
        }
    }
    arena_free(a);
}

/* Many matches in much text: the time grows with the text, not with its square. */
static void test_many_matches(void **state)
{
    struct arena *a = arena_new();
    static const char *const ends[] = {"!", "\xc3\xa9", "\xff"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct error err = {0};
        struct value args[] = {SS(repeated(a, "ab ", 300000, ends[i])), S("\\w"), S("regex")};
        struct value v = attack("countof", args, 3, 2, &err);
        assert_int_equal(v.i, i == 1 ? 600001 : 600000);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_set_operations), cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_extract),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_trim), cmocka_unit_test(test_count_and_index),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_runaway), cmocka_unit_test(test_limit_is_counted),
        cmocka_unit_test(test_long_honest), cmocka_unit_test(test_monstrous_patterns),
        cmocka_unit_test(test_many_matches),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
