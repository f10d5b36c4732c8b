/* Profiles: the file, read strictly; and settings that come back as they were. */
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

static char folder[] = "/tmp/harrier-profile-XXXXXX", path_text[64];
static struct str path;

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    snprintf(path_text, sizeof path_text, "%s/r.profiles", folder);
    path = str_of(path_text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path_text);
    return rmdir(folder);
}

static struct hunt *opened(void)
{
    struct hunt_options o = {
        .query = STR("let few = 2;\nlet names = dynamic([\"a\", \"b\\\"c\"]);\n"
                     "datatable(x: long, s: string) [1, \"a\", 2, \"b\", 3, \"c\"]\n"
                     "| where x >= few\n| where s !in (names)\n//| where s == 'c'\n"),
        .since = INT64_MIN,
        .until = INT64_MAX,
        .threads = 1};
    struct error err = {0};
    struct hunt *h;
    if (!hunt_open(&o, &h, &err))
        fail_msg("%s", err.message);
    return h;
}

static struct str settings_text(struct hunt *h, struct arena *a)
{
    struct hunt_setting *s;
    struct buf text = {0};
    size_t n = hunt_settings(h, a, &s);
    for (size_t i = 0; i < n; i++) {
        setting_text(&s[i], &text);
        buf_add_byte(&text, '\n');
    }
    struct str kept = str_dup(a, buf_str(&text));
    buf_release(&text);
    return kept;
}

static void test_settings_come_back(void **state)
{
    struct arena *a = arena_new();
    struct hunt *h = opened();
    struct error err = {0};
    struct hunt_setting *s;
    (void)state;
    assert_int_equal(hunt_settings(h, a, &s), 0);
    assert_true(hunt_set(h, STR("few=5"), &err));
    assert_true(hunt_set(h, STR("names-=\"b\"c\""), &err));
    assert_true(hunt_set(h, STR("names+=new one"), &err));
    assert_true(hunt_switch(h, 1, false, &err));
    struct str before = settings_text(h, a);
    size_t n = hunt_settings(h, a, &s);
    assert_int_equal(n, 4);
    struct profiles *p = profiles_open(path, STR("r"), &err);
    assert_true(profiles_put(p, STR(" quiet "), s, n, &err));
    assert_true(profiles_put(p, STR("none"), s, 0, &err));
    profiles_close(p);
    hunt_publish(h, SIZE_MAX);
    assert_int_equal(hunt_settings(h, a, &s), 0);
    p = profiles_open(path, STR("r"), &err);
    assert_int_equal(profiles_count(p), 2);
    assert_true(str_is(profile_row(p, 0)->name, "quiet"));
    if (!hunt_apply(h, profile_row(p, 0)->settings, profile_row(p, 0)->n, &err))
        fail_msg("%s", err.message);
    assert_true(str_eq(settings_text(h, a), before));
    assert_true(profiles_remove(p, 0, &err));
    assert_true(str_is(profile_row(p, 0)->name, "none"));
    profiles_close(p);
    hunt_close(h);
    arena_free(a);
}

/* What the rule has no longer is said, and the rest holds. */
static void test_of_an_older_rule(void **state)
{
    struct arena *a = arena_new();
    struct hunt *h = opened();
    struct error err = {0};
    struct hunt_setting old[] = {{.text = STR("gone=1")}, {.text = STR("few=7")}};
    (void)state;
    old[0].what = old[1].what = SETTING_SET;
    assert_false(hunt_apply(h, old, 2, &err));
    assert_non_null(strstr(err.message, "gone"));
    assert_true(str_is(settings_text(h, a), "set few=7\n"));
    hunt_close(h);
    arena_free(a);
}

static void refused(const char *text, const char *why)
{
    struct error err = {0};
    FILE *f = fopen(path_text, "w");
    fputs(text, f);
    fclose(f);
    struct profiles *p = profiles_open(path, STR("r"), &err);
    assert_true(err.set);
    if (!strstr(err.message, why))
        fail_msg("'%s' is not '%s'", err.message, why);
    assert_int_equal(profiles_count(p), 0);
    assert_false(profiles_save(p));
    assert_true(profiles_put(p, STR("x"), NULL, 0, &(struct error){0}));
    profiles_close(p);
    f = fopen(path_text, "r");
    char again[200] = "";
    assert_int_equal(fread(again, 1, sizeof again - 1, f), strlen(text));
    assert_string_equal(again, text);
    fclose(f);
}

static void test_refused(void **state)
{
    (void)state;
    refused("hello\n", "no profiles of this form");
    refused("harrier profiles 2\nrule\tr\n", "no profiles of this form");
    refused("harrier profiles 1\nrule\tq\n", "another rule");
    refused("harrier profiles 1\nrule\tr\nset a=1\n", ":3: a line begins");
    refused("harrier profiles 1\nrule\tr\nprofile x\nput a=1\n", ":4: a line begins");
    refused("harrier profiles 1\nrule\tr\nprofile \n", ":3: this is no clean");
    refused("harrier profiles 1\nrule\tr\nprofile \x1b[2J\n", ":3: this is no clean");
    refused("harrier profiles 1\nrule\tr\nprofile \xff\n", ":3: this is no clean");
}

/* Two programs with one file: neither loses what the other has kept. */
static void test_two_at_once(void **state)
{
    (void)state;
    char own_path[] = "/tmp/harrier-profiles-XXXXXX";
    int fd = mkstemp(own_path);
    assert_true(fd >= 0);
    close(fd);
    unlink(own_path);
    struct str own = str_of(own_path);
    struct error err = {0};
    struct hunt_setting set = {SETTING_SET, STR("a=1")};
    struct profiles *x = profiles_open(own, STR("r"), &err);
    struct profiles *y = profiles_open(own, STR("r"), &err);
    assert_true(profiles_put(x, STR("one"), &set, 1, &err));
    assert_true(profiles_put(y, STR("two"), &set, 1, &err));
    assert_true(profiles_put(x, STR("three"), &set, 1, &err));
    assert_int_equal(profiles_count(x), 3);
    assert_true(profiles_remove(y, 1, &err)); /* its second: two */
    profiles_close(x);
    profiles_close(y);
    x = profiles_open(own, STR("r"), &err);
    assert_int_equal(profiles_count(x), 2);
    assert_true(str_is(profile_row(x, 0)->name, "one"));
    assert_true(str_is(profile_row(x, 1)->name, "three"));
    profiles_close(x);
    unlink(path_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_come_back),
        cmocka_unit_test(test_of_an_older_rule),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_two_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
