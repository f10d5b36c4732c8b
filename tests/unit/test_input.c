/* The log reader through its header: what a scan counts and keeps, that it ends when it should,
 * that files which change under it are errors, and that its work and memory do not grow where they
 * must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/instant.h"
#include "input/input.h"

#define HEADER "#Fields: date time c-ip cs-uri-stem cs-uri-query s-port\n"
#define ROW(t, ip, stem) "2020-12-14 10:00:" t " " ip " " stem " - 443\n"

static char folder[] = "/tmp/harrier-test-XXXXXX";
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

static struct str file_named(const char *name)
{
    return str_fmt(session, "%s/%s", folder, name);
}

static struct str write_bytes(const char *name, struct str bytes)
{
    struct str path = file_named(name);
    FILE *f = fopen(str_z(session, path), "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    fclose(f);
    return path;
}

static struct logs *open_logs(struct str path, size_t block)
{
    struct logs *logs;
    struct error err = {0};
    struct logs_options options = {.block_bytes = block};
    if (!logs_open(session, &path, 1, &options, &logs, &err))
        fail_msg("%s", err.message);
    return logs;
}

static size_t column(const struct logs *logs, const char *name)
{
    size_t at = schema_find(logs_schema(logs), str_of(name));
    assert_true(at != SIZE_MAX);
    return at;
}

static struct scan *open_scan(struct logs *logs, const struct needle_group *needles, size_t n)
{
    struct scan_request all = {.needles = needles,
                               .n_needles = n,
                               .since = INT64_MIN,
                               .until = INT64_MAX,
                               .origin = true,
                               .threads = 1};
    struct scan *scan;
    struct error err = {0};
    assert_true(scan_open(logs, &all, session, &scan, &err));
    return scan;
}

static struct scan_stats run_scan(struct scan *scan)
{
    struct chunk *c;
    struct scan_stats st;
    while (scan_next(scan, 0, &c))
        assert_in_range(c->rows, 1, CHUNK_ROWS);
    scan_stats(scan, &st);
    assert_int_equal(st.lines,
                     st.header_lines + st.skipped + st.bad + st.rows + st.out_of_span + st.blank);
    return st;
}

/* ---- work ----------------------------------------------------------------- */

/* Bytes that this process has read so far; -1: the system does not say. */
static long long bytes_read(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    long long n = -1;

    if (f && fscanf(f, "rchar: %lld", &n) != 1)
        n = -1;
    if (f)
        fclose(f);
    return n;
}

/* What a hunt knows before its screen is painted for the first time: files, columns, the first and
 * the last event. */
static void opening_reads_as_much_of_a_large_log(void **state)
{
    long long took[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct buf text = {0};
        size_t lines = i ? 400000 : 40000;
        buf_add_z(&text, HEADER);
        for (size_t k = 0; k < lines; k++)
            buf_add_z(&text, ROW("01", "::1", "/a"));
        struct str path = write_bytes(i ? "large.log" : "small.log", buf_str(&text));
        buf_release(&text);
        int64_t first, last;
        long long before = bytes_read();
        struct logs *logs = open_logs(path, 0);
        assert_true(logs_first_event(logs, &first) && logs_last_event(logs, &last));
        took[i] = bytes_read() - before;
        logs_close(logs);
        if (before < 0)
            skip();
    }
    assert_true(took[0] > 0);
    assert_true(took[1] <= took[0] + 1000); /* the count itself is read as well */
}

static void only_lines_with_the_needle_are_cut(void **state)
{
    struct str path =
        write_bytes("needle.log", STR(HEADER ROW("01", "::1", "/a") ROW("02", "::1", "/owa/x")
                                          ROW("03", "::1", "/b") ROW("04", "::1", "/OWA/y")));
    struct str texts[] = {STR("/owa/")};
    struct needle_group group = {texts, 1, true};
    struct logs *logs = open_logs(path, 0);
    struct scan_stats st = run_scan(open_scan(logs, &group, 1));
    (void)state;
    assert_int_equal(st.lines, 5);
    assert_int_equal(st.rows, 2);
    assert_int_equal(st.skipped, 2);
    assert_int_equal(st.lines_cut, 2);
    assert_int_equal(st.fields_loaded, 0);
    assert_int_equal(st.bytes, st.bytes_total);
}

static void columns_are_loaded_only_for_rows_that_are_left(void **state)
{
    struct str path = write_bytes("lazy.log", STR(HEADER ROW("01", "::1", "/a") ROW(
                                                  "02", "::2", "/b") ROW("03", "::3", "/c")));
    struct logs *logs = open_logs(path, 4096);
    struct scan *scan = open_scan(logs, NULL, 0);
    struct chunk *c;
    struct scan_stats st;
    uint32_t last = 2;
    (void)state;
    assert_true(scan_next(scan, 0, &c));
    assert_int_equal(c->rows, 3);
    assert_true(str_is(chunk_column(c, column(logs, "csUriStem"))->strs[1], "/b"));
    chunk_pick(c, &last, 1);
    assert_true(str_is(chunk_column(c, column(logs, "cIP"))->strs[0], "::3"));
    assert_true(str_is(chunk_column(c, column(logs, "csUriStem"))->strs[0], "/c"));
    assert_int_equal(chunk_column(c, column(logs, "sPort"))->ints[0], 443);
    assert_false(scan_next(scan, 0, &c));
    scan_stats(scan, &st);
    assert_int_equal(st.fields_loaded, 3 + 1 + 1);
}

static struct str many_rows(size_t bytes)
{
    struct buf b = {0};
    buf_add_z(&b, HEADER);
    for (unsigned i = 0; b.n < bytes; i++)
        buf_addf(&b, "2020-12-14 10:%02u:%02u 203.0.113.%u /owa/file%u.png a=%u 443\n", i / 60 % 60,
                 i % 60, i % 250, i, i);
    struct str s = str_dup(session, buf_str(&b));
    buf_release(&b);
    return s;
}

static size_t system_calls_of_scan(struct str path)
{
    struct logs *logs = open_logs(path, 8192);
    struct scan *scan = open_scan(logs, NULL, 0);
    struct chunk *c;
    size_t before = arena_system_calls();
    while (scan_next(scan, 0, &c)) {
        chunk_column(c, column(logs, "csUriStem"));
        chunk_column(c, column(logs, "TimeGenerated"));
    }
    size_t calls = arena_system_calls() - before;
    scan_close(scan);
    return calls;
}

static void memory_does_not_grow_with_the_file(void **state)
{
    size_t small = system_calls_of_scan(write_bytes("small.log", many_rows(60000)));
    size_t large = system_calls_of_scan(write_bytes("large.log", many_rows(1200000)));
    (void)state;
    assert_int_equal(small, large);
}

/* ---- lines ---------------------------------------------------------------- */

/* A line of `n` bytes in all, its newline not counted. */
static void add_long(struct buf *b, size_t n)
{
    static const char start[] = "2020-12-14 10:00:01 ::1 /", end[] = " - 443\n";
    buf_add_z(b, start);
    for (size_t i = sizeof start - 1 + sizeof end - 2; i < n; i++)
        buf_add_byte(b, 'x');
    buf_add_z(b, end);
}

static void lines_of_one_mebibyte_and_more(void **state)
{
    struct buf b = {0};
    static const size_t blocks[] = {4096, 1000003, 1 << 20, 3 << 20};
    (void)state;
    buf_add_z(&b, HEADER);
    add_long(&b, 1 << 20);
    buf_add_z(&b, ROW("02", "::2", "/owa/b"));
    add_long(&b, (1 << 20) + 1);
    buf_add_z(&b, ROW("03", "::3", "/owa/c"));
    for (size_t i = 0; i < 3 << 20; i++)
        buf_add_byte(&b, '\0');
    struct str path = write_bytes("long.log", buf_str(&b));
    buf_release(&b);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct scan_stats st = run_scan(open_scan(open_logs(path, blocks[i]), NULL, 0));
        assert_int_equal(st.lines, 6);
        assert_int_equal(st.rows, 3);
        assert_int_equal(st.blank, 1);
        assert_int_equal(st.by_reason[BAD_TOO_LONG], 1);
    }
}

static void bad_lines_are_kept_with_their_place(void **state)
{
    struct buf b = {0};
    struct bad_line *bad;
    (void)state;
    buf_add_z(&b, HEADER);
    for (int i = 0; i < 10010; i++)
        buf_add_z(&b, "bad\n");
    struct str path = write_bytes("bad.log", buf_str(&b));
    buf_release(&b);
    struct scan *scan = open_scan(open_logs(path, 0), NULL, 0);
    struct scan_stats st = run_scan(scan);
    assert_int_equal(st.bad, 10010);
    assert_int_equal(st.by_reason[BAD_FEW_FIELDS], 10010);
    assert_int_equal(scan_bad_lines(scan, session, &bad), 10000);
    for (int64_t i = 0; i < 10000; i++)
        assert_int_equal(bad[i].offset, (int64_t)sizeof HEADER - 1 + i * 4);
    for (int i = 0; i < BAD_REASONS; i++)
        assert_true(strlen(bad_reason_text((enum bad_reason)i)) > 5);
}

/* Layouts without end: those after the last that is kept are no layouts, and nothing else happens.
 */
static void too_many_layouts(void **state)
{
    struct buf b = {0};
    (void)state;
    for (int i = 0; i < 6000; i++)
        buf_addf(&b, "#Fields: date time c-ip x-%d\n2020-12-14 10:00:01 ::1 %d\n", i, i);
    struct str path = write_bytes("layouts.log", buf_str(&b));
    buf_release(&b);
    struct scan_stats st = run_scan(open_scan(open_logs(path, 4096), NULL, 0));
    assert_int_equal(st.header_lines, 6000);
    assert_int_equal(st.rows + st.by_reason[BAD_NO_FIELDS], 6000);
    assert_true(st.rows >= 4000);
}

/* ---- files that change ---------------------------------------------------- */

static bool scan_fails(struct scan *scan, struct error *err)
{
    struct chunk *c;
    while (scan_next(scan, 0, &c))
        ;
    return scan_failed(scan, err);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
    struct str path = write_bytes("shrinks.log", many_rows(100000));
    struct scan *scan = open_scan(open_logs(path, 4096), NULL, 0);
    struct error err = {0};
    struct chunk *c;
    (void)state;
    assert_true(scan_next(scan, 0, &c));
    assert_int_equal(truncate(str_z(session, path), 5000), 0);
    assert_true(scan_fails(scan, &err));
    assert_non_null(strstr(err.message, "was cut off"));
}

static void a_file_that_grows_is_read_as_it_was(void **state)
{
    struct str path = write_bytes("grows.log", STR(HEADER ROW("01", "::1", "/a")));
    struct logs *logs = open_logs(path, 0);
    FILE *f = fopen(str_z(session, path), "a");
    (void)state;
    fputs(ROW("02", "::2", "/b"), f);
    fclose(f);
    assert_int_equal(run_scan(open_scan(logs, NULL, 0)).rows, 1);
}

static void a_file_that_is_gone_or_replaced_is_an_error(void **state)
{
    struct error err = {0}, other = {0};
    struct str path = write_bytes("gone.log", STR(HEADER ROW("01", "::1", "/a")));
    struct logs *logs = open_logs(path, 0);
    (void)state;
    rename(str_z(session, path), str_z(session, file_named("kept.log")));
    assert_true(scan_fails(open_scan(logs, NULL, 0), &err));
    assert_non_null(strstr(err.message, "No such file"));
    write_bytes("gone.log", STR(HEADER ROW("01", "::1", "/b")));
    assert_true(scan_fails(open_scan(logs, NULL, 0), &other));
    assert_non_null(strstr(other.message, "no longer the file"));
}

static void cancelling_ends_a_scan(void **state)
{
    struct logs *logs = open_logs(write_bytes("cancel.log", many_rows(100000)), 4096);
    struct scan *scan = open_scan(logs, NULL, 0);
    struct error err = {0};
    struct chunk *c;
    (void)state;
    assert_true(scan_next(scan, 0, &c));
    scan_cancel(scan);
    assert_false(scan_next(scan, 0, &c));
    assert_false(scan_failed(scan, &err));
    scan_close(scan);
    scan_close(scan);
}

/* ---- single rows ---------------------------------------------------------- */

static void lines_and_rows_without_a_scan(void **state)
{
    static const char *const rows[] = {ROW("01", "::1", "/a"), "bad\n", ROW("02", "::2", "/b")};
    struct str path =
        write_bytes("rows.log", STR(HEADER ROW("01", "::1", "/a") "bad\n" ROW("02", "::2", "/b")));
    struct logs *logs = open_logs(path, 16);
    int64_t at[] = {(int64_t)(strlen(HEADER) + strlen(rows[0]) + strlen(rows[1])),
                    1,
                    (int64_t)strlen(HEADER),
                    (int64_t)(strlen(HEADER) + strlen(rows[0])),
                    100000,
                    -1,
                    origin_make(7, 0),
                    0};
    struct table *t;
    struct log_line line;
    struct error err = {0}, none = {0};
    (void)state;
    assert_true(logs_line(logs, at[0], session, &line, &err));
    assert_int_equal(line.number, 4);
    assert_true(str_is(line.raw, "2020-12-14 10:00:02 ::2 /b - 443"));
    assert_false(logs_line(logs, at[1], session, &line, &none));
    assert_true(logs_fetch(logs, at, sizeof at / sizeof *at, session, &t, &err));
    assert_int_equal(t->rows, 8);
    const struct str *stems = column_strs(t->columns[column(logs, "csUriStem")]);
    const struct column *ports = t->columns[column(logs, "sPort")];
    assert_true(str_is(stems[0], "/b") && str_is(stems[2], "/a"));
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(column_null(ports, i), i != 0 && i != 2);
        if (i != 0 && i != 2)
            assert_int_equal(stems[i].n, 0);
    }
}

static void a_row_knows_its_place(void **state)
{
    struct logs *logs = open_logs(write_bytes("places.log", many_rows(20000)), 512);
    struct scan *scan = open_scan(logs, NULL, 0);
    struct error err = {0};
    struct chunk *c;
    int64_t number = 2;
    (void)state;
    while (scan_next(scan, 0, &c)) {
        for (size_t i = 0; i < c->rows; i++, number++) {
            struct log_line line;
            struct str stem = chunk_column(c, column(logs, "csUriStem"))->strs[i];
            if (number % 7)
                continue;
            assert_true(logs_line(logs, c->origin[i], session, &line, &err));
            assert_int_equal(line.number, number);
            assert_true(str_find(line.raw, stem, 0) != SIZE_MAX);
        }
    }
}

static void events_first_and_last(void **state)
{
    struct logs *logs =
        open_logs(write_bytes("events.log", STR(HEADER ROW("05", "::1", "/a") ROW("01", "::1", "/b")
                                                    ROW("09", "::1", "/c") ROW("07", "::1", "/d"))),
                  0);
    int64_t first, last, want;
    (void)state;
    assert_true(logs_first_event(logs, &first));
    assert_true(logs_last_event(logs, &last));
    assert_true(instant_parse(STR("2020-12-14T10:00:01Z"), &want));
    assert_int_equal(first, want);
    assert_int_equal(last, want + 8 * TICKS_PER_SECOND);
}

static void without_logs_there_is_a_schema(void **state)
{
    struct logs *logs;
    struct error err = {0};
    struct logs_options options = {0};
    size_t n;
    int64_t ticks;
    (void)state;
    assert_true(logs_open(session, NULL, 0, &options, &logs, &err));
    logs_files(logs, &n);
    assert_int_equal(n, 0);
    assert_int_equal(logs_bytes(logs), 0);
    assert_false(logs_last_event(logs, &ticks));
    assert_int_equal(logs_schema(logs)->fields[column(logs, "TimeGenerated")].type, TYPE_DATETIME);
    assert_int_equal(logs_schema(logs)->fields[column(logs, "scStatus")].type, TYPE_STRING);
    assert_int_equal(logs_schema(logs)->fields[column(logs, "_BilledSize")].type, TYPE_REAL);
    assert_true(str_starts(logs_column_help(logs, column(logs, "scStatus")), STR("sc-status:")));
    assert_int_equal(run_scan(open_scan(logs, NULL, 0)).lines, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_lines_with_the_needle_are_cut),
        cmocka_unit_test(columns_are_loaded_only_for_rows_that_are_left),
        cmocka_unit_test(memory_does_not_grow_with_the_file),
        cmocka_unit_test(lines_of_one_mebibyte_and_more),
        cmocka_unit_test(bad_lines_are_kept_with_their_place),
        cmocka_unit_test(too_many_layouts),
        cmocka_unit_test(a_file_that_shrinks_is_an_error),
        cmocka_unit_test(a_file_that_grows_is_read_as_it_was),
        cmocka_unit_test(a_file_that_is_gone_or_replaced_is_an_error),
        cmocka_unit_test(cancelling_ends_a_scan),
        cmocka_unit_test(lines_and_rows_without_a_scan),
        cmocka_unit_test(a_row_knows_its_place),
        cmocka_unit_test(opening_reads_as_much_of_a_large_log),
        cmocka_unit_test(events_first_and_last),
        cmocka_unit_test(without_logs_there_is_a_schema),
    };
    return cmocka_run_group_tests_name("input", tests, set_up, tear_down);
}
