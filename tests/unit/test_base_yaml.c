/* The strict YAML reader: places of what it takes, and each thing that it refuses, with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/yaml.h"

static struct arena *a;

static int set_up(void **state)
{
    (void)state;
    a = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

static struct yaml *parse(struct str text)
{
    struct error err = {0};
    struct yaml *root;

    if (!yaml_parse(a, STR("x.yaml"), text, &root, &err))
        fail_msg("%d:%d: %s", err.place.line, err.place.column, err.message);
    return root;
}

static void refuses(struct str text, int line, int column, const char *why)
{
    struct error err = {0};
    struct yaml *root;

    if (yaml_parse(a, STR("x.yaml"), text, &root, &err))
        fail_msg("taken, not refused with '%s'", why);
    if (!strstr(err.message, why))
        fail_msg("'%s' does not say '%s'", err.message, why);
    if (err.place.line != line || (column && err.place.column != column))
        fail_msg("%s: at %d:%d, not %d:%d", why, err.place.line, err.place.column, line, column);
    assert_string_equal(err.place.file, "x.yaml");
}

static void is_at(const struct yaml *node, int line, int column)
{
    assert_non_null(node);
    if (node->line != line || node->column != column)
        fail_msg("at %d:%d, not %d:%d", node->line, node->column, line, column);
}

static void tree(void **state)
{
    struct str text = STR("name: a rule\nlist:\n  - one\n  - 'two'\nmap: {x: 1, y: [2]}\nempty:\n");
    struct yaml *root = parse(text);

    (void)state;
    assert_int_equal(root->kind, YAML_MAP);
    assert_true(str_is(yaml_text(root, "name", STR("?")), "a rule"));
    assert_true(str_is(yaml_text(root, "none", STR("?")), "?"));
    assert_true(str_is(yaml_text(root, "list", STR("?")), "?")); /* no scalar */
    assert_true(str_is(yaml_text(root, "empty", STR("?")), ""));
    is_at(yaml_get(root, "name"), 1, 7);
    struct yaml *list = yaml_get(root, "list");
    assert_int_equal(list->kind, YAML_LIST);
    is_at(list->first, 3, 5);
    is_at(list->first->next, 4, 5);
    assert_true(str_is(list->first->next->text, "two"));
    assert_null(list->first->next->next);
    struct yaml *two = list->first->next;
    assert_true(
        str_is(str_sub(text, two->start, two->end), "'two'")); /* the source, with its quotes */
    struct yaml *y = yaml_get(yaml_get(root, "map"), "y");
    assert_int_equal(y->kind, YAML_LIST);
    is_at(y->first, 5, 17);
    assert_null(yaml_get(list, "x"));
    assert_null(yaml_get(NULL, "x"));
}

static void block(struct str text, const char *value, int line, int indent, const char *source)
{
    struct yaml *q = yaml_get(parse(text), "q");

    assert_non_null(q);
    assert_true(q->block);
    if (!str_is(q->text, value))
        fail_msg("'%.*s', not '%s'", STR_ARG(q->text), value);
    is_at(q, line, indent + 1);
    assert_int_equal(q->indent, indent);
    struct str got = str_sub(text, q->start, q->end);
    if (!str_is(got, source))
        fail_msg("source '%.*s', not '%s'", STR_ARG(got), source);
}

static void literal_blocks(void **state)
{
    (void)state;
    block(STR("q: |\n  a\n  b\nr: 1\n"), "a\nb\n", 2, 2, "  a\n  b\n");
    block(STR("x: 1\nq: |\n\n  a\n   b\n\n\nr: 1\n"), "\na\n b\n", 3, 2, "\n  a\n   b\n");
    block(STR("q: |-\n    a\n    b\n\nr: 1\n"), "a\nb", 2, 4, "    a\n    b");
    block(STR("q: |+\n  a\n\nr: 1\n"), "a\n\n", 2, 2, "  a\n\n");
    block(STR("q: |2\n   a\n  b\n"), " a\nb\n", 2, 2, "   a\n  b\n");
    block(STR("q: | # a remark\n  a\n"), "a\n", 2, 2, "  a\n");
    block(STR("q: |\r\n\r\n  a\r\n  b\r\nr: 1\r\n"), "\na\nb\n", 2, 2, "\r\n  a\r\n  b\r\n");
    block(STR("\xc3\xa9: \xe6\x97\xa5\nq: |\n  \xc3\xa9\nr: 1"), "\xc3\xa9\n", 3, 2,
          "  \xc3\xa9\n");
    block(STR("\xef\xbb\xbfq: |\n  a\n"), "a\n", 2, 2, "  a\n");
    block(STR("q: |\n  a"), "a", 2, 2, "  a");
    block(STR("q: |\n  #not a comment\n\n\n  a\n#a comment\n"), "#not a comment\n\n\na\n", 2, 2,
          "  #not a comment\n\n\n  a\n");
    struct yaml *folded = yaml_get(parse(STR("q: >\n  a\n  b\n")), "q");
    assert_false(folded->block); /* its lines are not those of the file */
    assert_true(str_is(folded->text, "a b\n"));
    assert_int_equal(yaml_get(parse(STR("q: |\nr: 1\n")), "q")->text.n, 0);
}

/* The rule that ships: the query begins with the blank line 24. */
static void flagship_rule(void **state)
{
    struct error err = {0};
    struct str text;
    struct yaml *root;

    (void)state;
    if (!yaml_read_file(a, STR("rules/suspect-mailbox-export.yaml"), &root, &text, &err)) {
        print_message("no rule here: %s\n", err.message);
        skip();
    }
    struct yaml *q = yaml_get(root, "query");
    is_at(q, 24, 3);
    assert_int_equal(q->indent, 2);
    assert_true(str_starts(q->text, STR("\nlet excludeIps = ")));
    size_t let = str_find(q->text, STR("let scriptingExt"), 0);
    int line = q->line;
    for (size_t i = 0; i < let; i++)
        line += q->text.p[i] == '\n';
    assert_int_equal(line, 26);
    struct yaml *connectors = yaml_get(root, "requiredDataConnectors");
    assert_true(str_is(yaml_text(connectors->first, "connectorId", STR("")), "AzureMonitor(IIS)"));
}

static void empty_files(void **state)
{
    (void)state;
    assert_int_equal(parse(STR(""))->kind, YAML_MAP);
    assert_int_equal(parse(STR_NONE)->kind, YAML_MAP);
    assert_null(parse(STR("# only a remark\n"))->first);
    assert_int_equal(parse(STR("just text"))->kind, YAML_SCALAR);
    assert_true(str_is(parse(STR("---\nx: 1\n...\n"))->first->key, "x"));
}

static void refused(void **state)
{
    (void)state;
    refuses(STR("a: &x 1\nb: 2\n"), 1, 4, "anchor");
    refuses(STR("a: 1\nb: &x [1]\n"), 2, 4, "anchor");
    refuses(STR("a: 1\nb: &x {c: 1}\n"), 2, 4, "anchor");
    refuses(STR("&k a: 1\n"), 1, 1, "anchor");
    refuses(STR("a: 1\nb: *x\n"), 2, 4, "alias");
    refuses(STR("a: !!str 1\n"), 1, 4, "tag");
    refuses(STR("a: !x [1]\n"), 1, 4, "tag");
    refuses(STR("a: ! 1\n"), 1, 4, "tag");
    refuses(STR("%TAG ! tag:x,2000:\n---\na: 1\n"), 1, 0, "tag");
    refuses(STR("a: 1\n---\nb: 2\n"), 2, 1, "second document");
    refuses(STR("a: 1\nb: 2\na: 3\n"), 3, 1, "duplicate key: a");
    refuses(STR("x:\n  - {a: 1, 'a': 2}\n"), 2, 12, "duplicate key: a");
    refuses(STR("[1]: 2\n"), 1, 1, "key");
    refuses(STR("? {a: 1}\n: 2\n"), 1, 3, "key");
    refuses(STR("a: [1\nb: 2\n"), 2, 0, "");
    refuses(STR("a: b: c\n"), 1, 5, "");
    refuses(STR("a: 'open\n"), 2, 0, "");
    refuses(STR("a:\n\t- 1\n"), 2, 1, "");
    refuses(STR("\xc3\xa9: 1\na: \xc3\xa9 \xff\n"), 2, 6, "0xff is no UTF-8");
    refuses(STR("a: \xed\xa0\x80\n"), 1, 4, "UTF-8");
    refuses(STR("\xff\xfe"
                "a\0:\0"),
            1, 1, "UTF-8"); /* UTF-16 */
    refuses(STR("a: 1\nb: \x01\n"), 2, 4, "control");
    refuses(STR("\xc3\xa9\xc3\xa9: 1\nb: \x01\n"), 2, 4, "control");
    refuses(STR("a: \0\n"), 1, 4, "control");
}

static void billion_laughs(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_add_z(&b, "a0: &a0 [lol, lol, lol]\n");
    for (int i = 1; i < 10; i++)
        buf_addf(&b, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    refuses(buf_str(&b), 1, 5, "anchor");
    buf_release(&b);
}

static void limits(void **state)
{
    struct buf b = {0};
    struct error err = {0};
    struct yaml *root;

    (void)state;
    for (int i = 0; i < 32; i++)
        buf_add_byte(&b, '[');
    for (int i = 0; i < 32; i++)
        buf_add_byte(&b, ']');
    assert_true(yaml_parse(a, STR("x.yaml"), buf_str(&b), &root, &err));
    buf_reset(&b);
    for (int i = 0; i < 100000; i++)
        buf_add_byte(&b, '[');
    refuses(buf_str(&b), 1, 33, "deeper than 32");
    buf_reset(&b);
    for (int i = 0; i < 60000; i++)
        buf_add_z(&b, "- x\n");
    refuses(buf_str(&b), 50000, 3, "50000 nodes"); /* the list is a node too */
    buf_reset(&b);
    buf_add_z(&b, "a: ");
    while (b.n < ((size_t)1 << 20) - 1)
        buf_add_byte(&b, 'x');
    buf_add_byte(&b, '\n');
    assert_true(yaml_parse(a, STR("x.yaml"), buf_str(&b), &root, &err));
    buf_add_byte(&b, '\n');
    refuses(buf_str(&b), 1, 1, "1 MiB");
    buf_release(&b);
}

/* One line with many nodes, and a deep ladder of keys: time must stay small. */
static void long_lines(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_add_byte(&b, '[');
    for (int i = 0; i < 40000; i++)
        buf_add_z(&b, "\"\xc3\xa9\", ");
    buf_add_z(&b, "1]");
    struct yaml *last = parse(buf_str(&b))->first;
    while (last->next)
        last = last->next;
    is_at(last, 1, 1 + 1 + 40000 * 5);
    assert_true(str_is(str_sub(buf_str(&b), last->start, last->end), "1"));
    buf_release(&b);
}

static void random_damage(void **state)
{
    static const char good[] =
        "id: x\nname: a 'b'\nlist:\n  - {a: 1, \"b\": [2, 3]}\nq: |\n\n  T\n  | where x\n";
    static const char bytes[] = "\n :-[]{}|>&*!%@`'\"#\t\r,?\\\x01\x80\xc3\xff";
    uint64_t seed = 5;
    char text[sizeof good];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct error err = {0};
        struct yaml *root;
        memcpy(text, good, sizeof good);
        size_t n = sizeof good - 1;
        for (int k = 0; k < 1 + round % 4; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            text[(seed >> 33) % n] = bytes[(seed >> 20) % (sizeof bytes - 1)];
        }
        if (!yaml_parse(a, STR("x.yaml"), (struct str){text, n - (size_t)round % 7}, &root, &err))
            assert_true(err.set && err.place.line >= 1);
        if (round % 1000 == 0)
            arena_reset(a);
    }
}

static void missing_file(void **state)
{
    struct error err = {0};
    struct yaml *root;

    (void)state;
    assert_false(yaml_read_file(a, STR("no/such.yaml"), &root, NULL, &err));
    assert_non_null(strstr(err.message, "no/such.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree),          cmocka_unit_test(literal_blocks),
        cmocka_unit_test(flagship_rule), cmocka_unit_test(empty_files),
        cmocka_unit_test(refused),       cmocka_unit_test(billion_laughs),
        cmocka_unit_test(limits),        cmocka_unit_test(long_lines),
        cmocka_unit_test(random_damage), cmocka_unit_test(missing_file),
    };

    return cmocka_run_group_tests_name("base: YAML", tests, set_up, tear_down);
}
