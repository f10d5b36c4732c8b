/* Triage: what is kept, undone, merged; the file's form, read strictly; and what is left of it when
 * the program is killed at any moment or the file was cut off at any byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "hunt/hunt.h"

static char folder[] = "/tmp/harrier-triage-XXXXXX";
static char path_text[64];
static struct str path;

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    snprintf(path_text, sizeof path_text, "%s/r.triage", folder);
    path = str_of(path_text);
    return 0;
}

static int tear_down(void **state)
{
    char other[64];
    (void)state;
    snprintf(other, sizeof other, "%s/other.case", folder);
    unlink(other);
    unlink(path_text);
    return rmdir(folder);
}

static int fresh(void **state)
{
    (void)state;
    unlink(path_text);
    return 0;
}

static struct triage *opened(void)
{
    struct error err = {0};
    struct triage *t = triage_open_file(path, STR("r"), STR("A rule"), &err);
    if (err.set)
        fail_msg("%s", err.message);
    return t;
}

static void commit(struct triage *t)
{
    struct error err = {0};
    if (!triage_commit(t, &err))
        fail_msg("%s", err.message);
}

static void undo(struct triage *t, const char *what)
{
    struct error err = {0};
    struct str said;
    assert_true(triage_can_undo(t));
    assert_true(triage_undo(t, &said, &err));
    assert_true(str_is(said, what));
}

static void write_file(const char *text, size_t n)
{
    FILE *f = fopen(path_text, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

/* ---- keeping --------------------------------------------------------------------------------- */

static void test_kept(void **state)
{
    struct triage *t = opened();
    struct stat st;
    (void)state;
    triage_begin(t, STR("all"));
    triage_label(t, 7, STR("file_name=Redir.png"));
    triage_verdict(t, 7, VERDICT_TRUE);
    triage_mark(t, 7, true);
    triage_note(t, 7, STR("  tab\there, line\nthere, back\\slash, \xff byte, \x1b escape "));
    triage_tags(t, 7, STR("mail, exfil  mail"));
    triage_verdict(t, 0, VERDICT_BENIGN);
    commit(t);
    assert_true(triage_saves(t));
    triage_close(t);
    assert_int_equal(stat(path_text, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);

    t = opened();
    assert_int_equal(triage_count(t), 2);
    const struct triage_entry *e = triage_of(t, 7);
    assert_int_equal(e->verdict, VERDICT_TRUE);
    assert_true(e->marked);
    assert_true(str_is(e->note, "tab\there, line\nthere, back\\slash, \\xff byte, \x1b escape"));
    assert_true(str_is(e->tags, "exfil mail"));
    assert_true(str_is(e->label, "file_name=Redir.png"));
    assert_int_equal(triage_of(t, 0)->verdict, VERDICT_BENIGN);
    assert_null(triage_of(t, 8));
    triage_close(t);
}

static void test_nothing_is_no_file(void **state)
{
    struct triage *t = opened();
    (void)state;
    triage_begin(t, STR("nothing"));
    triage_verdict(t, 1, VERDICT_OPEN);
    triage_mark(t, 1, false);
    commit(t);
    assert_false(triage_can_undo(t));
    triage_close(t);
    assert_int_not_equal(access(path_text, F_OK), 0);
}

static void test_undo(void **state)
{
    struct triage *t = opened();
    (void)state;
    triage_begin(t, STR("first"));
    triage_verdict(t, 1, VERDICT_TRUE);
    triage_verdict(t, 2, VERDICT_TRUE);
    commit(t);
    triage_begin(t, STR("second"));
    triage_verdict(t, 1, VERDICT_FALSE);
    triage_note(t, 1, STR("why"));
    commit(t);
    undo(t, "second");
    assert_int_equal(triage_of(t, 1)->verdict, VERDICT_TRUE);
    assert_int_equal(triage_of(t, 1)->note.n, 0);
    undo(t, "first");
    assert_int_equal(triage_of(t, 1)->verdict, VERDICT_OPEN);
    assert_int_equal(triage_of(t, 2)->verdict, VERDICT_OPEN);
    assert_false(triage_can_undo(t));
    triage_close(t);
    t = opened(); /* what was taken back stays so */
    assert_int_equal(triage_of(t, 1)->verdict, VERDICT_OPEN);
    triage_close(t);
}

/* Two programs at once: each has its own picture, the file has both. */
static void test_two_at_once(void **state)
{
    struct triage *a = opened(), *b = opened();
    (void)state;
    triage_begin(a, STR("a"));
    triage_verdict(a, 1, VERDICT_TRUE);
    commit(a);
    triage_begin(b, STR("b"));
    triage_verdict(b, 2, VERDICT_FALSE);
    commit(b);
    triage_begin(a, STR("a"));
    triage_note(a, 1, STR("again"));
    commit(a);
    triage_close(a);
    triage_close(b);
    a = opened();
    assert_int_equal(triage_of(a, 1)->verdict, VERDICT_TRUE);
    assert_true(str_is(triage_of(a, 1)->note, "again"));
    assert_int_equal(triage_of(a, 2)->verdict, VERDICT_FALSE);
    triage_close(a);
}

static void test_long_history_is_shortened(void **state)
{
    struct triage *t = opened();
    struct stat st;
    (void)state;
    for (int i = 0; i < 60; i++) {
        triage_begin(t, STR("all"));
        for (uint64_t id = 1; id <= 300; id++)
            triage_mark(t, id, i % 2 == 0);
        triage_verdict(t, 300, i % 2 ? VERDICT_TRUE : VERDICT_FALSE);
        commit(t);
    }
    triage_close(t);
    assert_int_equal(stat(path_text, &st), 0);
    assert_true(st.st_size > 1 << 20);
    t = opened();
    triage_close(t);
    assert_int_equal(stat(path_text, &st), 0);
    assert_true(st.st_size < 1 << 16);
    t = opened();
    assert_int_equal(triage_count(t), 300);
    assert_false(triage_of(t, 5)->marked);
    assert_int_equal(triage_of(t, 300)->verdict, VERDICT_TRUE);
    triage_close(t);
}

/* ---- case files ------------------------------------------------------------------------------ */

static void write_case(const struct triage *t, const char *to)
{
    struct buf text = {0};
    FILE *f = fopen(to, "w");
    triage_case(t, &text);
    assert_non_null(f);
    fwrite(text.p, 1, text.n, f);
    fclose(f);
    buf_release(&text);
}

static void test_merge(void **state)
{
    struct error err = {0};
    struct triage *mine = opened();
    struct triage *other = triage_open_file(STR_NONE, STR("r"), STR("A rule"), &err);
    char to[64];
    size_t changed;
    (void)state;
    snprintf(to, sizeof to, "%s/other.case", folder);
    triage_begin(other, STR("x"));
    triage_verdict(other, 1, VERDICT_TRUE);
    triage_note(other, 1, STR("theirs"));
    triage_verdict(other, 2, VERDICT_BENIGN);
    assert_true(triage_commit(other, &err));
    assert_false(triage_saves(other)); /* in memory only */
    write_case(other, to);
    triage_begin(mine, STR("x")); /* later: mine holds */
    triage_verdict(mine, 1, VERDICT_FALSE);
    commit(mine);
    assert_true(triage_merge(mine, str_of(to), &changed, &err));
    assert_int_equal(changed, 2);
    assert_int_equal(triage_of(mine, 1)->verdict, VERDICT_FALSE);
    assert_true(str_is(triage_of(mine, 1)->note, "theirs"));
    assert_int_equal(triage_of(mine, 2)->verdict, VERDICT_BENIGN);
    /* once more changes nothing, and the file has it */
    assert_true(triage_merge(mine, str_of(to), &changed, &err));
    assert_int_equal(changed, 0);
    triage_close(mine);
    mine = opened();
    assert_true(str_is(triage_of(mine, 1)->note, "theirs"));
    triage_close(mine);
    triage_close(other);

    struct triage *third = triage_open_file(STR_NONE, STR("q"), STR("Another"), &err);
    assert_false(triage_merge(third, str_of(to), &changed, &err));
    assert_non_null(strstr(err.message, "of another rule"));
    assert_int_equal(triage_count(third), 0);
    triage_close(third);
}

/* ---- files of others ------------------------------------------------------------------------- */

#define HEAD "harrier triage 1\nrule\tr\tA rule\n"
#define LINE "2026-01-02T03:04:05.0000000Z\tanna\t000000000000000a\tverdict\ttrue\n"

static void refused(const char *text, const char *why)
{
    struct error err = {0};
    struct stat before, after;
    write_file(text, strlen(text));
    assert_int_equal(stat(path_text, &before), 0);
    struct triage *t = triage_open_file(path, STR("r"), STR("A rule"), &err);
    assert_true(err.set);
    if (!strstr(err.message, why))
        fail_msg("'%s' is not '%s'", err.message, why);
    assert_int_equal(triage_count(t), 0);
    assert_false(triage_saves(t));
    /* nothing of it is written over */
    triage_begin(t, STR("x"));
    triage_verdict(t, 1, VERDICT_TRUE);
    commit(t);
    triage_close(t);
    assert_int_equal(stat(path_text, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void test_refused(void **state)
{
    (void)state;
    refused("harrier triage 2\nrule\tr\tA rule\nwhatever\n", "newer harrier (format 2");
    refused("harrier triage 0\n", "no triage");
    refused("hello\n", "no triage");
    refused("harrier triage 1\nhello\n", ":2: the second line");
    refused("harrier triage 1\nrule\tq\tA rule\n", "another rule");
    refused(HEAD LINE "x\n", ":4: a line has five fields");
    refused(HEAD "\n", ":3: a line has five");
    refused(HEAD "2026-01-02T03:04:05Z\tanna\t000000000000000a\tverdict\ttrue\n", ":3: the first");
    refused(HEAD "9999-01-02T03:04:05.0000000Z\ta\t000000000000000a\tmark\t1\n", ":3: the first");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t00000000000000a\tmark\t1\n", "sixteen");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tmark\t2\n", "0 or 1");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tsize\t2\n", "no such field");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tverdict\tT\n", "a verdict is");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tnote\t\\q\n", "no clean text");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tnote\t\x1b[2J\n", "no clean");
    refused(HEAD "2026-01-02T03:04:05.0000000Z\ta\t000000000000000a\tnote\t\xff\n", "no clean");
}

static void test_link_is_refused(void **state)
{
    struct error err = {0};
    (void)state;
    assert_int_equal(symlink("/tmp/harrier-nowhere", path_text), 0);
    struct triage *t = triage_open_file(path, STR("r"), STR("A rule"), &err);
    assert_true(err.set);
    triage_close(t);
}

/* Any bytes: opened or refused, never a crash. */
static void test_any_bytes(void **state)
{
    char text[sizeof HEAD LINE LINE];
    unsigned seed = 1;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct error err = {0};
        memcpy(text, HEAD LINE LINE, sizeof text);
        for (int k = 0; k < 1 + i % 3; k++) {
            seed = seed * 1103515245 + 12345;
            text[(seed >> 8) % (sizeof text - 1)] = (char)(seed >> 24);
        }
        write_file(text, sizeof text - 1);
        triage_close(triage_open_file(path, STR("r"), STR("A rule"), &err));
    }
}

/* Cut off at any byte: whole lines hold, the rest of a line is dropped by the next one written. */
static void test_cut_off(void **state)
{
    static const char text[] = HEAD LINE LINE;
    (void)state;
    for (size_t n = 0; n < sizeof text; n += n < sizeof HEAD ? 1 : 5) {
        struct error err = {0};
        write_file(text, n);
        struct triage *t = triage_open_file(path, STR("r"), STR("A rule"), &err);
        assert_false(err.set);
        assert_int_equal(triage_count(t), n >= sizeof HEAD LINE - 1);
        triage_begin(t, STR("x"));
        triage_verdict(t, 77, VERDICT_TRUE);
        commit(t);
        triage_close(t);
        t = opened();
        assert_int_equal(triage_of(t, 77)->verdict, VERDICT_TRUE);
        triage_close(t);
    }
}

/* ---- kill -9 --------------------------------------------------------------------------------- */

/* Judges finding after finding and says each one that is saved. */
static void judge(int fd, uint64_t from)
{
    struct triage *t = opened();
    for (uint64_t id = from;; id++) {
        struct error err = {0};
        triage_begin(t, STR("x"));
        triage_label(t, id, STR("a finding of some length, so that lines differ"));
        triage_verdict(t, id, VERDICT_TRUE);
        if (!triage_commit(t, &err) || write(fd, &id, sizeof id) != sizeof id)
            _exit(1);
    }
}

static void test_killed(void **state)
{
    uint64_t last = 0;
    (void)state;
    for (int i = 0; i < 25; i++) {
        int ends[2];
        uint64_t id;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            judge(ends[1], last + 1);
        close(ends[1]);
        /* until one is saved, and then a moment longer: another one each time */
        assert_int_equal(read(ends[0], &id, sizeof id), sizeof id);
        usleep((useconds_t)(i * 397));
        kill(child, SIGKILL);
        do
            last = id;
        while (read(ends[0], &id, sizeof id) == sizeof id);
        waitpid(child, NULL, 0);
        close(ends[0]);
        struct triage *t = opened();
        for (uint64_t k = 1; k <= last; k++)
            assert_int_equal(triage_of(t, k)->verdict, VERDICT_TRUE);
        /* one more may have been saved without having been said */
        last = triage_count(t);
        triage_close(t);
    }
    assert_true(last > 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_kept, fresh),
        cmocka_unit_test_setup(test_nothing_is_no_file, fresh),
        cmocka_unit_test_setup(test_undo, fresh),
        cmocka_unit_test_setup(test_two_at_once, fresh),
        cmocka_unit_test_setup(test_long_history_is_shortened, fresh),
        cmocka_unit_test_setup(test_merge, fresh),
        cmocka_unit_test_setup(test_refused, fresh),
        cmocka_unit_test_setup(test_link_is_refused, fresh),
        cmocka_unit_test_setup(test_any_bytes, fresh),
        cmocka_unit_test_setup(test_cut_off, fresh),
        cmocka_unit_test_setup(test_killed, fresh),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
