/* keys.yaml: what is bound, what is refused and where. Expected is what ui/bindings.h says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include "ui/ui_internal.h"

static const struct bindings *bound(struct arena *a, const char *text)
{
    const struct bindings *b = NULL;
    struct error err = {0};
    if (!bindings_parse(a, STR("keys.yaml"), str_of(text), &b, &err))
        fail_msg("%s", err.message);
    return b;
}

static void refused(const char *text, int line, const char *why)
{
    struct arena *a = arena_new();
    const struct bindings *b;
    struct error err = {0};
    assert_false(bindings_parse(a, STR("keys.yaml"), str_of(text), &b, &err));
    if (!strstr(err.message, why))
        fail_msg("says: %s", err.message);
    assert_int_equal(err.place.line, line);
    arena_free(a);
}

/* The row of a set that a shipped key is on. */
static const struct action *row_of(const struct actions *set, int shipped)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->rows[i].keys[0] == shipped)
            return &set->rows[i];
    fail();
    return NULL;
}

static void test_as_shipped(void **state)
{
    int keys[MOST_KEYS];
    (void)state;
    bindings_keys(NULL, row_of(&grid_actions, K_UP), keys);
    assert_true(keys[0] == K_UP && keys[1] == 'k' && keys[2] == K_NONE);
}

static void test_bound(void **state)
{
    struct arena *a = arena_new();
    int keys[MOST_KEYS];
    const struct bindings *b = bound(a, "every table:\n  k: [K, F5, K]\n  S: none\n"
                                        "EVERYWHERE:\n  z: Ctrl-Z\n  f: F3\n");
    (void)state;
    bindings_keys(b, row_of(&grid_actions, K_UP), keys);
    assert_true(keys[0] == K_UP && keys[1] == 'K' && keys[2] == K_F5 && keys[3] == K_NONE);
    bindings_keys(b, row_of(&grid_actions, 'S'), keys);
    assert_int_equal(keys[0], K_NONE);
    bindings_keys(b, row_of(&global_actions, 'z'), keys);
    assert_true(keys[0] == K_CTRL('Z') && keys[1] == K_NONE);
    bindings_keys(b, &pane_funnel.opens, keys);
    assert_true(keys[0] == K_F3 && keys[1] == K_NONE);
    /* a view's own key, and another view's row under the same key */
    b = bound(a, "Findings:\n  e: E\n");
    bindings_keys(b, row_of(&pane_findings.actions, 'e'), keys);
    assert_int_equal(keys[0], 'E');
    assert_non_null(bound(a, ""));
    arena_free(a);
}

static void test_refused(void **state)
{
    (void)state;
    refused("Findngs:\n  e: x\n", 2, "did you mean 'Findings'");
    refused("Findings:\n  a: A\n  e: Foo\n", 3, "'Foo' is no key");
    refused("Findings:\n  e: Paste\n", 2, "is no key");
    refused("Findings:\n  e: Ctrl-C\n", 2, "Ctrl-C stays");
    refused("Findings:\n  9: x\n", 2, "nothing is on '9'");
    refused("Findings: x\n", 1, "a view holds a map");
    refused("[a]\n", 1, "a map of views");
    refused("Findings:\n  e: { a: b }\n", 2, "belongs here");
    refused("Findings:\n  e: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n", 2, "at most 7 keys");
    refused("Findings:\n  e: &x y\n", 2, "");
}

static void test_clashes(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    refused("Findings:\n  e: s\n", 2, "the key s would be two things");
    refused("every table:\n  s: z\n", 2, "the key z would be two things");
    refused("everywhere:\n  f: q\n", 2, "the key q would be two things");
    refused("everywhere:\n  i: a\n", 2, "in 'Findings'");
    refused("a finding:\n  v: e\n", 2, "in 'Findings' the key e");
    refused("Findings:\n  e: v\n", 2, "the key v would be two things");
    bound(a, "a finding:\n  v: F8\n");
    /* free once the other has moved; two that change places */
    bound(a, "Findings:\n  e: s\nevery table:\n  s: F9\n");
    bound(a, "everywhere:\n  i: b\n  b: i\n");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_shipped),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_clashes),
    };
    return cmocka_run_group_tests_name("ui keys", tests, NULL, NULL);
}
