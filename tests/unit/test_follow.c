/* Logs that change while they are read: what logs_look_again finds, what a scan for news gives out,
 * and files of a folder that fail. What is expected follows from input/input.h. */
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
#include "input/input.h"

#define HEADER "#Fields: date time c-ip cs-uri-stem\n"

static char folder[] = "/tmp/harrier-follow-XXXXXX";
static struct arena *session;

static int set_up(void **state)
{
    (void)state;
    session = arena_new();
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;
    arena_free(session);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    return str_z(session, str_fmt(session, "%s/%s", folder, name));
}

static void put(const char *name, const char *mode, const char *text)
{
    FILE *f = fopen(path_of(name), mode);
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void put_rows(const char *name, int from, int to)
{
    FILE *f = fopen(path_of(name), "a");
    assert_non_null(f);
    for (int i = from; i < to; i++)
        fprintf(f, "2024-01-01 00:00:%02d 10.0.0.1 /%d\n", i % 60, i);
    fclose(f);
}

static struct logs *open_logs(const char *path, bool follow, size_t block)
{
    struct logs *logs;
    struct error err = {0};
    struct str given = str_of(path);
    struct logs_options options = {.follow = follow, .block_bytes = block};
    if (!logs_open(session, &given, 1, &options, &logs, &err))
        fail_msg("%s", err.message);
    return logs;
}

/* The stems that a scan gives, in order, with commas between. */
static const char *stems(struct logs *logs, bool news, struct scan_stats *st)
{
    size_t wanted = schema_find(logs_schema(logs), STR("csUriStem"));
    struct scan_request r = {.since = INT64_MIN, .until = INT64_MAX, .news = news, .threads = 1};
    struct buf out = {0};
    struct scan *scan;
    struct chunk *c;
    struct error err = {0};
    if (!scan_open(logs, &r, session, &scan, &err))
        fail_msg("%s", err.message);
    while (scan_next(scan, 0, &c))
        for (size_t i = 0; i < c->rows; i++) {
            struct str stem = chunk_column(c, wanted)->strs[i];
            buf_addf(&out, "%s%.*s", out.n ? "," : "", STR_ARG(stem));
        }
    if (scan_failed(scan, &err))
        fail_msg("%s", err.message);
    scan_stats(scan, st);
    scan_close(scan);
    const char *text = str_z(session, buf_str(&out));
    buf_release(&out);
    return text;
}

static void grows_by(struct logs *logs, const char *want, int64_t lines)
{
    struct logs_news news;
    struct scan_stats st;
    assert_true(logs_look_again(logs, session, &news));
    assert_string_equal(stems(logs, true, &st), want);
    assert_int_equal(st.lines, lines);
    assert_int_equal(st.bytes_total, news.bytes);
    assert_false(logs_look_again(logs, session, &news));
}

static void lines_that_are_added(void **state)
{
    struct scan_stats st;
    (void)state;
    put("add.log", "w", HEADER);
    put_rows("add.log", 0, 2);
    struct logs *logs = open_logs(path_of("add.log"), true, 64);
    assert_string_equal(stems(logs, false, &st), "/0,/1");
    put_rows("add.log", 2, 4);
    grows_by(logs, "/2,/3", 2);
    put("add.log", "a", "2024-01-01 00:00:04 10.0");
    struct logs_news news;
    assert_false(logs_look_again(logs, session, &news)); /* half a line */
    put("add.log", "a", ".0.1 /4\n2024");
    grows_by(logs, "/4", 1);
    put("add.log", "a",
        "-01-01 00:00:05 10.0.0.1 /5\n#Fields: cs-uri-stem date time\n"
        "/6 2024-01-01 00:00:06\n");
    grows_by(logs, "/5,/6", 3);
    put("add.log", "a", "/7 2024-01-01 00:00:07\n");
    grows_by(logs, "/7", 1); /* the fields of the news before hold */
    assert_string_equal(stems(logs, false, &st), "/0,/1,/2,/3,/4,/5,/6,/7");
}

/* News of any size, at any place in a block, over the borders of blocks. */
static void every_border(void **state)
{
    (void)state;
    for (int n = 1; n < 40; n += 3) {
        struct scan_stats st;
        put("border.log", "w", HEADER);
        put_rows("border.log", 0, n);
        struct logs *logs = open_logs(path_of("border.log"), true, 100);
        stems(logs, false, &st);
        for (int step = 1; step < 12; step += 5) {
            struct logs_news news;
            put_rows("border.log", 0, step);
            assert_true(logs_look_again(logs, session, &news));
            stems(logs, true, &st);
            assert_int_equal(st.rows, step);
            assert_int_equal(st.lines, step);
        }
        stems(logs, false, &st);
        assert_int_equal(st.rows, n + 1 + 6 + 11);
    }
}

static void numbers_of_new_lines(void **state)
{
    struct scan_stats st;
    struct logs_news news;
    struct log_line line;
    struct error err = {0};
    (void)state;
    put("number.log", "w", HEADER);
    put_rows("number.log", 0, 9);
    struct logs *logs = open_logs(path_of("number.log"), true, 128);
    stems(logs, false, &st);
    for (int i = 9; i < 60; i += 7) {
        put_rows("number.log", i, i + 7);
        assert_true(logs_look_again(logs, session, &news));
        stems(logs, true, &st);
    }
    struct str all = STR(HEADER);
    int64_t offset = (int64_t)all.n;
    for (int i = 0; i < 58; i++) {
        assert_true(logs_line(logs, origin_make(0, offset), session, &line, &err));
        assert_int_equal(line.number, i + 2);
        offset += (int64_t)line.raw.n + 1;
    }
}

static void replaced_and_cut_off(void **state)
{
    struct scan_stats st;
    struct logs_news news;
    struct log_line line;
    struct error err = {0};
    size_t n;
    (void)state;
    put("turn.log", "w", HEADER);
    put_rows("turn.log", 0, 3);
    struct logs *logs = open_logs(path_of("turn.log"), true, 0);
    stems(logs, false, &st);
    put("next", "w", HEADER);
    put_rows("next", 10, 11);
    assert_int_equal(rename(path_of("next"), path_of("turn.log")), 0);
    assert_true(logs_look_again(logs, session, &news));
    assert_int_equal(news.replaced, 1);
    assert_true(str_find(news.said, STR("replaced by another file"), 0) != SIZE_MAX);
    assert_string_equal(stems(logs, true, &st), "/10");
    put("turn.log", "w", HEADER);
    assert_true(logs_look_again(logs, session, &news));
    assert_string_equal(stems(logs, true, &st), "");
    put_rows("turn.log", 20, 21);
    assert_true(logs_look_again(logs, session, &news));
    assert_string_equal(stems(logs, true, &st), "/20");
    assert_string_equal(stems(logs, false, &st), "/20");
    assert_int_equal(logs_files(logs, &n)[0].read, false);
    assert_int_equal(n, 3);
    assert_false(logs_line(logs, origin_make(0, (int64_t)STR(HEADER).n), session, &line, &err));
    assert_non_null(strstr(err.message, "lines are gone"));
    /* longer than before, but not the same */
    put("turn.log", "w", "#Software: x\n" HEADER);
    put_rows("turn.log", 30, 40);
    assert_true(logs_look_again(logs, session, &news));
    assert_int_equal(news.replaced, 1);
}

/* A scan may meet the short file before anyone looks: what it gave up is looked at all the same. */
static void given_up_by_a_scan(void **state)
{
    struct scan_stats st;
    struct logs_news news;
    size_t n;
    (void)state;
    assert_int_equal(mkdir(path_of("given"), 0700), 0);
    put("given/cut.log", "w", HEADER);
    put_rows("given/cut.log", 0, 200);
    put("given/turn.log", "w", HEADER);
    put_rows("given/turn.log", 200, 400);
    struct logs *logs = open_logs(path_of("given"), true, 0);
    assert_int_equal(truncate(path_of("given/cut.log"), 40), 0);
    assert_int_equal(truncate(path_of("given/turn.log"), 40), 0);
    stems(logs, false, &st);
    assert_false(logs_files(logs, &n)[0].read);
    assert_false(logs_files(logs, &n)[1].read);
    put("given/cut.log", "w", HEADER);
    put_rows("given/cut.log", 500, 501);
    put("next", "w", HEADER);
    put_rows("next", 600, 601);
    assert_int_equal(rename(path_of("next"), path_of("given/turn.log")), 0);
    assert_true(logs_look_again(logs, session, &news));
    assert_int_equal(news.replaced, 2);
    assert_string_equal(stems(logs, false, &st), "/500,/600");
    assert_false(logs_look_again(logs, session, &news));
}

/* Cut off while it was read and written again as it was: it is taken up where it stood. */
static void given_up_and_whole_again(void **state)
{
    struct scan_stats st;
    struct logs_news news;
    size_t n;
    (void)state;
    assert_int_equal(mkdir(path_of("whole"), 0700), 0);
    put("whole/a.log", "w", HEADER);
    put_rows("whole/a.log", 0, 3);
    struct logs *logs = open_logs(path_of("whole"), true, 0);
    assert_int_equal(truncate(path_of("whole/a.log"), 40), 0);
    stems(logs, false, &st);
    assert_false(logs_files(logs, &n)[0].read);
    put("whole/a.log", "w", HEADER);
    put_rows("whole/a.log", 0, 4);
    assert_true(logs_look_again(logs, session, &news));
    assert_int_equal(news.replaced, 0);
    assert_string_equal(stems(logs, false, &st), "/0,/1,/2,/3");
    assert_int_equal((logs_files(logs, &n), n), 1);
}

static void files_that_come(void **state)
{
    struct scan_stats st;
    struct logs_news news;
    (void)state;
    assert_int_equal(mkdir(path_of("many"), 0700), 0);
    put("many/b.log", "w", HEADER);
    put_rows("many/b.log", 0, 1);
    put("many/empty.log", "w", "");
    struct logs *logs = open_logs(path_of("many"), true, 0);
    assert_string_equal(stems(logs, false, &st), "/0");
    put("many/a.log", "w", HEADER);
    put_rows("many/a.log", 1, 2);
    put("many/note.txt", "w", "not a log\n");
    put("many/empty.log", "w", HEADER);
    put_rows("many/empty.log", 2, 3);
    assert_true(logs_look_again(logs, session, &news));
    assert_int_equal(news.added, 1);
    assert_string_equal(stems(logs, true, &st), "/2,/1"); /* a new file stands at the end */
    /* without follow nothing is looked for */
    struct logs *still = open_logs(path_of("many"), false, 0);
    put_rows("many/a.log", 5, 6);
    assert_false(logs_look_again(still, session, &news));
}

static void a_scan_that_is_open_is_let_alone(void **state)
{
    struct scan_request r = {.since = INT64_MIN, .until = INT64_MAX, .threads = 1};
    struct logs_news news;
    struct scan *scan;
    struct error err = {0};
    (void)state;
    put("open.log", "w", HEADER);
    put_rows("open.log", 0, 1);
    struct logs *logs = open_logs(path_of("open.log"), true, 0);
    assert_true(scan_open(logs, &r, session, &scan, &err));
    put_rows("open.log", 1, 2);
    assert_false(logs_look_again(logs, session, &news));
    scan_close(scan);
    assert_true(logs_look_again(logs, session, &news));
}

/* One file of a folder that fails is told of, and the others are read; named itself it is an
 * error (test_input.c). */
static void a_file_of_a_folder_that_fails(void **state)
{
    struct scan_stats st;
    size_t n;
    (void)state;
    assert_int_equal(mkdir(path_of("fail"), 0700), 0);
    put("fail/a.log", "w", HEADER);
    put_rows("fail/a.log", 0, 1);
    put("fail/b.log", "w", HEADER);
    put_rows("fail/b.log", 1, 400);
    put("fail/c.log", "w", HEADER);
    put_rows("fail/c.log", 400, 401);
    struct logs *logs = open_logs(path_of("fail"), false, 0);
    assert_int_equal(truncate(path_of("fail/b.log"), 40), 0);
    assert_int_equal(unlink(path_of("fail/a.log")), 0);
    assert_string_equal(stems(logs, false, &st), "/400");
    const struct log_file *files = logs_files(logs, &n);
    assert_int_equal(n, 3);
    assert_false(files[0].read);
    assert_false(files[1].read);
    assert_true(files[2].read);
    assert_true(str_find(files[1].reason, STR("cut off while it was read"), 0) != SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_added),
        cmocka_unit_test(every_border),
        cmocka_unit_test(numbers_of_new_lines),
        cmocka_unit_test(replaced_and_cut_off),
        cmocka_unit_test(given_up_by_a_scan),
        cmocka_unit_test(given_up_and_whole_again),
        cmocka_unit_test(files_that_come),
        cmocka_unit_test(a_scan_that_is_open_is_let_alone),
        cmocka_unit_test(a_file_of_a_folder_that_fails),
    };
    return cmocka_run_group_tests_name("follow", tests, set_up, tear_down);
}
