/* Exclusions: their text, their KQL, the list's file, and the query that they are put into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "hunt/hunt.h"

static void is_text(struct buf *b, const char *expected)
{
    if (!str_is(buf_str(b), expected))
        fail_msg("'%.*s' is not '%s'", (int)b->n, b->p, expected);
    buf_release(b);
}

static void reads(const char *line, const char *again, const char *kql)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct exclusion e;
    struct buf text = {0}, query = {0};
    if (!exclusion_parse(a, str_of(line), &e, &err))
        fail_msg("%s: %s", line, err.message);
    exclusion_text(&e, &text);
    is_text(&text, again ? again : line);
    exclusion_kql(&e, &query);
    is_text(&query, kql);
    arena_free(a);
}

static void test_text_and_kql(void **state)
{
    (void)state;
    reads("ip=10.0.0.5", NULL, "not(cIP == \"10.0.0.5\")");
    reads("ip=10.0.0.5|10.1.0.0/16", NULL,
          "not((cIP == \"10.0.0.5\" or coalesce(ipv4_is_in_range(cIP, \"10.1.0.0/16\"), false)))");
    reads("ip=2001:db8::/32", NULL,
          "not(coalesce(ipv6_is_in_range(cIP, \"2001:db8::/32\"), false))");
    reads("  server=EXCH01   agent=AMProbe*  ", "server=EXCH01 agent=AMProbe*",
          "not(Computer =~ \"EXCH01\" and csUserAgent startswith \"AMProbe\")");
    reads("path=*.png", NULL, "not(csUriStem endswith \".png\")");
    reads("path=*owa*", NULL, "not(csUriStem contains \"owa\")");
    reads("agent=\"a b|c\"", NULL, "not(csUserAgent =~ \"a b|c\")");
    reads("agent=a\\*", NULL, "not(csUserAgent =~ \"a*\")");
    reads("agent=\"say \\\"hi\\\"\"", NULL, "not(csUserAgent =~ \"say \\\"hi\\\"\")");
    reads("name=\"Backup job\" user=svc reason=\"ticket 1\" author=anna until=2027-01-31", NULL,
          "not(csUserName =~ \"svc\")");
    reads("ip=10.0.0.5 even-true", NULL, "not(cIP == \"10.0.0.5\")");
}

static void refuses(const char *line, const char *why)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct exclusion e;
    if (exclusion_parse(a, str_of(line), &e, &err))
        fail_msg("%s was read", line);
    if (!strstr(err.message, why))
        fail_msg("%s: '%s' is not '%s'", line, err.message, why);
    arena_free(a);
}

static void test_refused(void **state)
{
    (void)state;
    refuses("", "needs something to compare");
    refuses("name=x", "needs something to compare");
    refuses("word", "a part is like");
    refuses("agnet=x", "did you mean 'agent'");
    refuses("ip=", "a value is missing");
    refuses("ip=hello", "no address");
    refuses("ip=10.*", "texts only");
    refuses("agent=*", "everything");
    refuses("agent=\"x", "no end");
    refuses("agent=\\q", "after \\");
    refuses("hours=1-2", "hours are like");
    refuses("hours=01:00-01:00", "hours are like");
    refuses("hours=01:00-25:00", "hours are like");
    refuses("from=yesterday", "a day or time");
    refuses("ip=1.2.3.4 until=x", "until");
    refuses("name=a|b ip=1.2.3.4", "must be quoted");
}

static struct exclusion parsed(struct arena *a, const char *line)
{
    struct error err = {0};
    struct exclusion e;
    assert_true(exclusion_parse(a, str_of(line), &e, &err));
    return e;
}

static void test_worth(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    struct exclusion e = parsed(a, "agent=curl path=/x");
    assert_true(exclusion_is_spoofable(&e));
    e = parsed(a, "agent=curl hours=01:00-02:00");
    assert_false(exclusion_is_spoofable(&e));
    assert_false(exclusion_works(&e, 0));
    e.on = true;
    assert_true(exclusion_works(&e, 0));
    e = parsed(a, "ip=10.0.0.1 until=2026-01-31");
    e.on = true;
    assert_true(exclusion_works(&e, instant_day(2026, 1, 31)));
    assert_true(exclusion_works(&e, instant_day(2026, 2, 1) - 1));
    assert_false(exclusion_works(&e, instant_day(2026, 2, 1)));
    e = parsed(a, "ip=10.0.0.1|? hours=01:00-02:00");
    e.on = true;
    assert_string_equal(exclusion_blank(&e), "ip");
    assert_false(exclusion_works(&e, 0));
    arena_free(a);
}

/* A log's bytes that are no UTF-8 come back as they were. */
static void test_any_bytes(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    char bytes[255];
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    struct exclusion e = {.until = INT64_MAX}, again;
    struct error err = {0};
    struct buf text = {0};
    exclusion_add(a, &e, "agent", (struct str){bytes, sizeof bytes});
    exclusion_text(&e, &text);
    for (size_t i = 0; i < text.n; i++)
        assert_true((unsigned char)text.p[i] >= ' ' && text.p[i] != 0x7f);
    if (!exclusion_parse(a, buf_str(&text), &again, &err))
        fail_msg("%s", err.message);
    assert_true(str_eq(again.terms[0].values[0].text, (struct str){bytes, sizeof bytes}));
    assert_false(again.terms[0].values[0].open_start || again.terms[0].values[0].open_end);
    buf_release(&text);
    arena_free(a);
}

static void put_into(const char *query, const char *expected, size_t times)
{
    struct buf out = {0};
    assert_int_equal(kql_exclude(str_of(query), STR("not(a)\nnot(b)\n"), &out), times);
    is_text(&out, expected);
}

static void test_into_a_query(void **state)
{
    (void)state;
    put_into("W3CIISLog\n| count", "W3CIISLog\n| where not(a)\n| where not(b)\n| count", 1);
    put_into("let x = W3CIISLog; x", "let x = W3CIISLog\n| where not(a)\n| where not(b); x", 1);
    put_into("union W3CIISLog, y", "union (W3CIISLog | where not(a) | where not(b)), y", 1);
    put_into("// W3CIISLog\nprint 'W3CIISLog', \"\\\"W3CIISLog\", @'W3CIISLog', ```W3CIISLog```",
             "// W3CIISLog\nprint 'W3CIISLog', \"\\\"W3CIISLog\", @'W3CIISLog', ```W3CIISLog```",
             0);
    put_into("MyW3CIISLog | W3CIISLog2", "MyW3CIISLog | W3CIISLog2", 0);
    put_into("'W3CIISLog", "'W3CIISLog", 0);
}

static void test_file(void **state)
{
    char folder[] = "/tmp/harrier-exclude-XXXXXX";
    struct arena *a = arena_new();
    struct error err = {0};
    struct stat st;
    (void)state;
    assert_non_null(mkdtemp(folder));
    struct str path = str_fmt(a, "%s/r.exclusions", folder);
    struct str shipped = str_fmt(a, "%s/shipped.exclusions", folder);
    FILE *f = fopen(str_z(a, shipped), "w");
    fputs("harrier exclusions 1\n# words\noff name=one ip=?\noff name=two agent=?\n", f);
    fclose(f);
    struct exclusions *x = exclusions_open(path, shipped, STR("r"), &err);
    assert_false(err.set);
    assert_int_equal(exclusions_count(x), 2);
    struct exclusion e = parsed(a, "name=one ip=10.0.0.5 reason=backup");
    e.on = true;
    assert_true(exclusions_put(x, 0, &e, &err));
    exclusions_close(x);
    assert_int_equal(stat(str_z(a, path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    x = exclusions_open(path, shipped, STR("r"), &err);
    assert_int_equal(exclusions_count(x), 2); /* the own one stands for the shipped one */
    assert_true(exclusion_row(x, 0)->on);
    assert_true(exclusion_row(x, 1)->shipped);
    exclusions_close(x);
    x = exclusions_open(path, STR_NONE, STR("q"), &err); /* another rule's */
    assert_true(err.set);
    assert_false(exclusions_save(x));
    assert_int_equal(exclusions_count(x), 0);
    exclusions_close(x);
    err = (struct error){0};
    x = exclusions_open(STR_NONE, shipped, STR("r"), &err); /* nowhere to save */
    assert_false(exclusions_save(x));
    assert_true(exclusions_put(x, 0, &e, &err));
    exclusions_close(x);
    unlink(str_z(a, path));
    unlink(str_z(a, shipped));
    rmdir(folder);
    arena_free(a);
}

static void is_row(const struct exclusions *x, size_t i, const char *line)
{
    struct buf text = {0};
    assert_non_null(exclusion_row(x, i));
    exclusion_text(exclusion_row(x, i), &text);
    is_text(&text, line);
}

/* Two programs with one list: neither loses what the other has done. */
static void test_two_at_once(void **state)
{
    char folder[] = "/tmp/harrier-exclude-XXXXXX";
    struct arena *a = arena_new();
    struct error err = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    struct str path = str_fmt(a, "%s/r.exclusions", folder);
    struct exclusions *x = exclusions_open(path, STR_NONE, STR("r"), &err);
    struct exclusions *y = exclusions_open(path, STR_NONE, STR("r"), &err), *z;
    struct exclusion one = parsed(a, "name=one ip=10.0.0.1");
    struct exclusion two = parsed(a, "name=two ip=10.0.0.2");
    struct exclusion three = parsed(a, "name=three ip=10.0.0.3");
    assert_true(exclusions_put(x, SIZE_MAX, &one, &err));
    assert_true(exclusions_put(y, SIZE_MAX, &two, &err));
    assert_int_equal(exclusions_count(y), 2);
    assert_true(exclusions_put(x, SIZE_MAX, &three, &err));
    assert_int_equal(exclusions_count(x), 3);
    /* y takes its second away, which is the second of three; x changes its first */
    is_row(y, 1, "name=two ip=10.0.0.2");
    assert_true(exclusions_remove(y, 1, &err));
    one.on = true;
    assert_true(exclusions_put(x, 0, &one, &err));
    assert_int_equal(exclusions_count(x), 2);
    /* x writes over one that y has taken away: it is kept as a new one */
    assert_true(exclusions_put(y, SIZE_MAX, &two, &err));
    z = exclusions_open(path, STR_NONE, STR("r"), &err);
    assert_int_equal(exclusions_count(z), 3);
    assert_true(exclusion_row(z, 0)->on);
    is_row(z, 1, "name=three ip=10.0.0.3");
    is_row(z, 2, "name=two ip=10.0.0.2");
    exclusions_close(z);
    /* what cannot be read is left alone */
    FILE *f = fopen(str_z(a, path), "w");
    fputs("something else\n", f);
    fclose(f);
    assert_false(exclusions_put(x, SIZE_MAX, &two, &err));
    f = fopen(str_z(a, path), "r");
    assert_int_equal(fgetc(f), 's');
    fclose(f);
    assert_false(err.set && !strstr(err.message, "no exclusions of this form"));
    exclusions_close(x);
    exclusions_close(y);
    unlink(str_z(a, path));
    rmdir(folder);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_kql), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_worth),        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_into_a_query), cmocka_unit_test(test_file),
        cmocka_unit_test(test_two_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
