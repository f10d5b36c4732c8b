/* Compressed logs and archives of logs give the rows of the logs that were packed: whatever packed
 * them, kept or not kept, read once or again; what is damaged or locked says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input.h"

#define ROWS 3000 /* more than one head and, in the tiny build, many blocks */

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

/* Row i has the port i and the address 203.0.113.(i mod 250). */
static struct str a_log(unsigned rows)
{
    struct buf b = {0};
    buf_add_z(&b, "#Fields: date time c-ip cs-uri-stem cs-uri-query s-port\n");
    for (unsigned i = 0; i < rows; i++)
        buf_addf(&b, "2020-12-14 10:%02u:%02u 203.0.113.%u /owa/file%u.png - %u\n", i / 60 % 60,
                 i % 60, i % 250, i, i);
    struct str s = str_dup(session, buf_str(&b));
    buf_release(&b);
    return s;
}

struct member {
    const char *name;
    struct str bytes;
};
typedef int set_part(struct archive *);

/* What is made by libarchive's own writer is read by its reader: the subject is what is between. */
static struct str pack(const char *name, set_part *format, set_part *filter,
                       const struct member *members, size_t n)
{
    struct str path = str_fmt(session, "%s/%s", folder, name);
    struct archive *ar = archive_write_new();
    assert_int_equal(format(ar), ARCHIVE_OK);
    if (filter)
        assert_int_equal(filter(ar), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(ar, str_z(session, path)), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, members[i].name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)members[i].bytes.n);
        assert_int_equal(archive_write_header(ar, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(ar, members[i].bytes.p, members[i].bytes.n),
                         members[i].bytes.n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(ar), ARCHIVE_OK);
    archive_write_free(ar);
    return path;
}

static struct logs *open_logs(struct str path, bool reread)
{
    struct logs *logs;
    struct error err = {0};
    struct logs_options options = {.reread = reread};
    if (!logs_open(session, &path, 1, &options, &logs, &err))
        fail_msg("%s", err.message);
    return logs;
}

/* The rows, and the sum of their ports; the last row's handle. */
static int64_t scan(struct logs *logs, int64_t *sum, int64_t *last, struct error *err)
{
    struct scan_request all = {
        .since = INT64_MIN, .until = INT64_MAX, .origin = true, .threads = 1};
    struct arena *run = arena_new();
    struct scan *s;
    struct chunk *c;
    int64_t rows = 0;
    size_t port = schema_find(logs_schema(logs), STR("sPort"));
    *sum = 0;
    assert_true(scan_open(logs, &all, run, &s, err));
    while (scan_next(s, 0, &c)) {
        struct column *ports = chunk_column(c, port);
        for (size_t i = 0; i < c->rows; i++) {
            *sum += ports->ints[column_at(ports, i)];
            *last = c->origin[i];
        }
        rows += (int64_t)c->rows;
    }
    scan_failed(s, err);
    scan_close(s);
    arena_free(run);
    return rows;
}

static void expect_rows(struct logs *logs, int64_t rows, int64_t sum)
{
    struct error err = {0};
    int64_t got, last;
    assert_int_equal(scan(logs, &got, &last, &err), rows);
    assert_false(err.set);
    assert_int_equal(got, sum);
}

static void one_log_compressed_by_anything(void **state)
{
    static const struct {
        const char *name;
        set_part *filter;
    } filters[] = {{"u.log.gz", archive_write_add_filter_gzip},
                   {"u.log.bz2", archive_write_add_filter_bzip2},
                   {"u.log.xz", archive_write_add_filter_xz},
                   {"u.log.zst", archive_write_add_filter_zstd}};
    struct member log = {"u.log", a_log(ROWS)};
    (void)state;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct str path =
            pack(filters[i].name, archive_write_set_format_raw, filters[i].filter, &log, 1);
        for (int kept = 0; kept < 2; kept++) {
            struct logs *logs = open_logs(path, kept);
            expect_rows(logs, ROWS, (int64_t)ROWS * (ROWS - 1) / 2);
            expect_rows(logs, ROWS, (int64_t)ROWS * (ROWS - 1) / 2); /* and again */
            logs_close(logs);
        }
    }
}

static void many_logs_in_an_archive(void **state)
{
    static const struct {
        const char *name;
        set_part *format, *filter;
    } kinds[] = {{"logs.zip", archive_write_set_format_zip, NULL},
                 {"logs.7z", archive_write_set_format_7zip, NULL},
                 {"logs.tgz", archive_write_set_format_ustar, archive_write_add_filter_gzip},
                 {"logs.tar", archive_write_set_format_ustar, NULL}};
    struct member members[] = {{"EXCH01/W3SVC1/u1.log", a_log(ROWS)},
                               {"readme.txt", STR("no log")},
                               {"../../EXCH02/W3SVC2/u2.log", a_log(10)}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct str path = pack(kinds[i].name, kinds[i].format, kinds[i].filter, members, 3);
        struct logs *logs = open_logs(path, false);
        size_t n;
        const struct log_file *files = logs_files(logs, &n);
        assert_int_equal(n, 3);
        assert_true(str_eq(files[0].path, str_fmt(session, "%.*s/EXCH01/W3SVC1/u1.log",
                                                  STR_ARG(path))));
        assert_true(files[0].read && files[2].read);
        assert_false(files[1].read);
        assert_true(str_is(files[1].reason, "its name does not end in .log"));
        expect_rows(logs, ROWS + 10, (int64_t)ROWS * (ROWS - 1) / 2 + 45);
        logs_close(logs);
    }
}

static void a_folder_is_searched_for_them(void **state)
{
    struct member log = {"EXCH07/u.log", a_log(5)};
    struct logs *logs;
    size_t n;
    struct str below = str_fmt(session, "%s/walk", folder);
    (void)state;
    assert_int_equal(mkdir(str_z(session, below), 0700), 0);
    pack("walk/a.log.gz", archive_write_set_format_raw, archive_write_add_filter_gzip, &log, 1);
    pack("walk/b.zip", archive_write_set_format_zip, NULL, &log, 1);
    pack("walk/c.txt.gz", archive_write_set_format_raw, archive_write_add_filter_gzip, &log, 1);
    logs = open_logs(below, false);
    const struct log_file *files = logs_files(logs, &n);
    assert_int_equal(n, 3);
    assert_true(files[0].read && files[1].read);
    assert_false(files[2].read);
    expect_rows(logs, 10, 20);
    logs_close(logs);
}

static void the_server_is_a_folder_of_the_archive(void **state)
{
    struct member log = {"EXCH07/W3SVC1/u.log", a_log(1)};
    struct logs *logs =
        open_logs(pack("server.zip", archive_write_set_format_zip, NULL, &log, 1), true);
    struct error err = {0};
    struct table *t;
    int64_t sum, last = -1;
    (void)state;
    assert_int_equal(scan(logs, &sum, &last, &err), 1);
    assert_true(logs_fetch(logs, &last, 1, session, &t, &err));
    struct column *c = t->columns[schema_find(logs_schema(logs), STR("Computer"))];
    assert_true(str_is(column_strs(c)[column_at(c, 0)], "EXCH07"));
    logs_close(logs);
}

static void a_raw_line_is_found_again(void **state)
{
    struct member log = {"u.log", a_log(ROWS)};
    struct str path = pack("line.log.gz", archive_write_set_format_raw,
                           archive_write_add_filter_gzip, &log, 1);
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct logs *logs = open_logs(path, kept);
        struct log_line line;
        struct error err = {0};
        int64_t sum, last = -1;
        scan(logs, &sum, &last, &err);
        assert_true(logs_line(logs, last, session, &line, &err));
        assert_int_equal(line.number, ROWS + 1);
        assert_true(str_starts(line.raw, STR("2020-12-14 10:49:59 203.0.113.249 ")));
        logs_close(logs);
    }
}

static void what_is_cut_off_is_an_error(void **state)
{
    struct member log = {"u.log", a_log(20 * ROWS)};
    struct str path = pack("cut.log.gz", archive_write_set_format_raw,
                           archive_write_add_filter_gzip, &log, 1);
    struct stat st;
    struct error err = {0};
    int64_t sum, last;
    (void)state;
    assert_int_equal(stat(str_z(session, path), &st), 0);
    assert_int_equal(truncate(str_z(session, path), st.st_size / 2), 0);
    struct logs *logs = open_logs(path, false);
    assert_true(scan(logs, &sum, &last, &err) < 20 * ROWS);
    assert_true(err.set);
    assert_true(str_find(str_of(err.message), STR("cut.log.gz"), 0) != SIZE_MAX);
    logs_close(logs);
}

static void what_is_no_archive_is_not_read(void **state)
{
    struct str path = str_fmt(session, "%s/junk.zip", folder);
    struct error err = {0};
    struct logs_options options = {0};
    struct logs *logs;
    FILE *f = fopen(str_z(session, path), "w");
    (void)state;
    fputs("PK\x03\x04 and nothing that a zip file has", f);
    fclose(f);
    bool ok = logs_open(session, &path, 1, &options, &logs, &err);
    if (ok) { /* listed, with a reason */
        size_t n;
        const struct log_file *files = logs_files(logs, &n);
        assert_true(n == 1 && !files[0].read && files[0].reason.n);
        logs_close(logs);
    } else {
        assert_true(str_find(str_of(err.message), STR("junk.zip"), 0) != SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_log_compressed_by_anything),
        cmocka_unit_test(many_logs_in_an_archive),
        cmocka_unit_test(a_folder_is_searched_for_them),
        cmocka_unit_test(the_server_is_a_folder_of_the_archive),
        cmocka_unit_test(a_raw_line_is_found_again),
        cmocka_unit_test(what_is_cut_off_is_an_error),
        cmocka_unit_test(what_is_no_archive_is_not_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
