/* Files that are whole or not there, folders of the user, and threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/pool.h"

static struct arena *a;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    a = arena_new();
    strcpy(folder, "/tmp/harrier-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return rmdir(folder); /* fails when a test left anything behind */
}

static struct str in_folder(const char *name)
{
    return path_join(a, str_of(folder), str_of(name));
}

static void write_file(struct str path, struct str bytes)
{
    struct error err = {0};
    struct file_out *out;

    assert_true(file_out_open(a, path, &out, &err));
    file_out_write(out, bytes);
    assert_true(file_out_commit(out, &err));
}

static void has(struct str path, struct str want)
{
    struct error err = {0};
    struct str got;

    assert_true(file_read(a, path, 1 << 24, &got, &err));
    assert_true(str_eq(got, want));
}

static void there_and_back(void **state)
{
    struct str path = in_folder("a file"), big = {arena_zalloc(a, 1000000), 1000000};
    struct stat st;

    (void)state;
    write_file(path, STR("x\0y\n"));
    has(path, STR("x\0y\n"));
    assert_int_equal(stat(str_z(a, path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    write_file(path, big);
    has(path, big);
    write_file(path, STR_NONE);
    has(path, STR(""));
    struct error err = {0};
    struct file_out *out;
    assert_true(file_out_open(a, path, &out, &err));
    for (int i = 0; i < 100000; i++)
        file_out_write(out, STR("0123456"));
    assert_true(file_out_commit(out, &err));
    assert_int_equal(stat(str_z(a, path), &st), 0);
    assert_int_equal(st.st_size, 700000);
    unlink(str_z(a, path));
}

static void read_limits(void **state)
{
    struct str path = in_folder("f"), text;
    struct error err = {0};

    (void)state;
    write_file(path, STR("12345"));
    assert_true(file_read(a, path, 5, &text, &err));
    assert_true(str_is(text, "12345"));
    assert_false(file_read(a, path, 4, &text, &err));
    assert_non_null(strstr(err.message, "larger than 4 bytes"));
    err = (struct error){0};
    assert_false(file_read(a, str_of(folder), 5, &text, &err));
    assert_non_null(strstr(err.message, strerror(EISDIR)));
    err = (struct error){0};
    assert_false(file_read(a, in_folder("none"), 5, &text, &err));
    assert_non_null(strstr(err.message, strerror(ENOENT)));
    err = (struct error){0};
    assert_false(
        file_read(a, STR("/dev/zero"), 1 << 20, &text, &err)); /* no end: stopped by the limit */
    assert_true(file_read(a, STR("/proc/self/status"), 1 << 20, &text, &(struct error){0}));
    assert_true(text.n > 0); /* its size is said to be 0 */
    unlink(str_z(a, path));
}

static void given_up(void **state)
{
    struct str path = in_folder("f");
    struct error err = {0};
    struct file_out *out;

    (void)state;
    write_file(path, STR("old"));
    assert_true(file_out_open(a, path, &out, &err));
    file_out_write(out, STR("new"));
    has(path, STR("old")); /* until commit */
    file_out_abandon(out);
    has(path, STR("old"));
    unlink(str_z(a, path));
    assert_false(path_exists(a, path));
}

static void disk_full(void **state)
{
    struct str path = in_folder("f");
    struct error err = {0};
    struct file_out *out;
    struct rlimit before, small;

    (void)state;
    write_file(path, STR("old"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_true(file_out_open(a, path, &out, &err));
    for (int i = 0; i < 100000; i++)
        file_out_write(out, STR("0123456789"));
    assert_false(file_out_commit(out, &err));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(err.message, strerror(EFBIG)));
    has(path, STR("old"));
    unlink(str_z(a, path)); /* the folder is empty then, or tear_down fails */
    if (access("/dev/full", W_OK) == 0) {
        err = (struct error){0};
        assert_true(file_out_open(a, STR("/dev/full"), &out, &err));
        file_out_write(out, STR("x"));
        assert_false(file_out_commit(out, &err));
        assert_non_null(strstr(err.message, strerror(ENOSPC)));
    }
}

static void odd_targets(void **state)
{
    struct str path = in_folder("f"), link = in_folder("link");
    struct error err = {0};
    struct file_out *out;
    struct stat st;

    (void)state;
    write_file(STR("/dev/null"), STR("x"));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_false(file_out_open(a, str_of(folder), &out, &err)); /* a folder */
    err = (struct error){0};
    assert_false(file_out_open(a, in_folder("no/such/f"), &out, &err));
    assert_non_null(strstr(err.message, strerror(ENOENT)));
    write_file(path, STR("old"));
    assert_int_equal(symlink("f", str_z(a, link)), 0);
    write_file(link, STR("new")); /* what the link points to is replaced, the link stays */
    has(path, STR("new"));
    assert_int_equal(lstat(str_z(a, link), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    unlink(str_z(a, link));
    unlink(str_z(a, path));
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    write_file(in_folder(name), STR("x"));
    has(in_folder(name), STR("x"));
    unlink(str_z(a, in_folder(name)));
}

static void paths(void **state)
{
    (void)state;
    assert_true(str_is(path_join(a, STR("a"), STR("b")), "a/b"));
    assert_true(str_is(path_join(a, STR("a/"), STR("b")), "a/b"));
    assert_true(str_is(path_join(a, STR(""), STR("b")), "b"));
    assert_true(str_is(path_join(a, STR("a"), STR("/b")), "/b"));
    assert_true(str_is(path_base(STR("/x/y.log")), "y.log"));
    assert_true(str_is(path_base(STR("y.log")), "y.log"));
    assert_true(str_is(path_base(STR("x/")), ""));
    assert_true(path_exists(a, STR("/")));
}

static void users_folders(void **state)
{
    struct stat st;

    (void)state;
    setenv("HOME", folder, 1);
    unsetenv("XDG_CONFIG_HOME");
    setenv("XDG_DATA_HOME", "relative", 1); /* to be ignored */
    setenv("XDG_STATE_HOME", "/elsewhere", 1);
    assert_true(str_eq(path_xdg(a, "config", false), in_folder(".config/harrier")));
    assert_true(str_eq(path_xdg(a, "data", false), in_folder(".local/share/harrier")));
    assert_true(str_is(path_xdg(a, "state", false), "/elsewhere/harrier"));
    assert_false(path_exists(a, in_folder(".config")));
    struct str made = path_xdg(a, "config", true);
    assert_int_equal(stat(str_z(a, made), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    rmdir(str_z(a, made));
    rmdir(str_z(a, in_folder(".config")));
    unsetenv("HOME");
    assert_null(path_xdg(a, "config", true).p);
    assert_null(path_xdg(a, "data", true).p);
}

struct tally {
    atomic_int seen[64];
    atomic_int next;
    atomic_long sum;
};

static void share(void *ctx, int thread)
{
    struct tally *t = ctx;

    atomic_fetch_add(&t->seen[thread], 1);
    for (int i; (i = atomic_fetch_add(&t->next, 1)) < 1000;)
        atomic_fetch_add(&t->sum, i);
}

static void threads(void **state)
{
    (void)state;
    for (int n = 0; n <= 8; n++) {
        struct pool *p = pool_new(n);
        int count = pool_threads(p);
        if (n)
            assert_int_equal(count, n);
        assert_true(count >= 1);
        for (int round = 0; round < 200; round++) {
            struct tally t = {0};
            pool_run(p, share, &t);
            for (int i = 0; i < 64; i++)
                assert_int_equal(t.seen[i], i < count); /* each once, and none after the return */
            assert_int_equal(t.sum, 999 * 1000 / 2);
        }
        pool_free(p);
    }
    pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back), cmocka_unit_test(read_limits),
        cmocka_unit_test(given_up),       cmocka_unit_test(disk_full),
        cmocka_unit_test(odd_targets),    cmocka_unit_test(paths),
        cmocka_unit_test(threads),        cmocka_unit_test(users_folders),
    };

    return cmocka_run_group_tests_name("base: files and threads", tests, set_up, tear_down);
}
