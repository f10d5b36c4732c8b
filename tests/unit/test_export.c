/* Writers: what RFC 4180, RFC 8259 and the spreadsheet guard promise, attacked with cells that a
 * client of a web server can choose; and that a failed write leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <csv.h>
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/safe.h"
#include "export/export.h"

#define BYTES(literal) ((struct str){literal, sizeof(literal) - 1})

static void put_buf(void *ctx, struct str bytes)
{
    buf_add(ctx, bytes);
}

static struct buf written(const struct table *t, const char *format, struct export_options o)
{
    struct buf out = {0};
    const struct exporter *e = exporter_find(str_of(format));

    assert_non_null(e);
    e->write(t, &o, put_buf, &out);
    return out;
}

static void assert_bytes(struct str got, struct str want)
{
    if (!str_eq(got, want))
        fail_msg("got  |%.*s|\nwant |%.*s|", (int)got.n, got.p, (int)want.n, want.p);
}

static void assert_written(const struct table *t, const char *format, struct export_options o,
                           struct str want)
{
    struct buf out = written(t, format, o);

    assert_bytes(buf_str(&out), want);
    buf_release(&out);
}

/* One text column named `name` with these cells. */
static struct table *texts(struct arena *a, const char *name, const struct str *cells, size_t n)
{
    struct field field = {str_of(name), TYPE_STRING};
    struct schema schema = {&field, 1};
    struct builder *b = builder_new(a, &schema);

    for (size_t i = 0; i < n; i++)
        builder_str(b, cells[i]);
    return builder_finish(b);
}

/* Every type once, then a row of nulls. */
static struct table *all_types(struct arena *a)
{
    struct field fields[] = {
        {STR("b"), TYPE_BOOL},     {STR("i"), TYPE_INT},      {STR("l"), TYPE_LONG},
        {STR("r"), TYPE_REAL},     {STR("m"), TYPE_DECIMAL},  {STR("s"), TYPE_STRING},
        {STR("t"), TYPE_DATETIME}, {STR("d"), TYPE_TIMESPAN}, {STR("g"), TYPE_GUID},
        {STR("y"), TYPE_DYNAMIC},
    };
    struct schema schema = {fields, sizeof fields / sizeof fields[0]};
    struct builder *b = builder_new(a, &schema);
    struct str y;

    builder_bool(b, true);
    builder_int(b, -7);
    builder_int(b, INT64_MAX);
    builder_real(b, 1.0);
    builder_real(b, 0.5);
    builder_str(b, STR("a,b"));
    builder_int(b, instant_day(2020, 1, 1));
    builder_int(b, -90 * TICKS_PER_SECOND);
    builder_value(
        b, (struct value){TYPE_GUID, false, {.s = STR("74be27de-1e4e-49d9-b579-fe0b331d3642")}});
    assert_true(dyn_parse_json(a, STR("[\"x\", 1, {\"k\": null}]"), &y));
    builder_value(b, (struct value){TYPE_DYNAMIC, false, {.s = y}});
    for (size_t i = 0; i < schema.n; i++)
        builder_null(b);
    return builder_finish(b);
}

/* ---- the guard ---------------------------------------------------------------------------------
 */

static void assert_guard(struct str cell, bool guarded)
{
    struct buf out = {0};

    export_guard(&out, cell);
    if (guarded) {
        if (out.n != cell.n + 1 || out.p[0] != '\'')
            fail_msg("no guard before |%.*s|", (int)cell.n, cell.p);
        assert_bytes(str_sub(buf_str(&out), 1, out.n), cell);
    } else {
        assert_bytes(buf_str(&out), cell);
    }
    buf_release(&out);
}

static void guard_stops_formulas(void **state)
{
    static const struct str cells[] = {
        STR("=1+1"),
        STR("=cmd|' /C calc'!A0"),
        STR("=HYPERLINK(\"http://x\",\"y\")"),
        STR("+1+1"),
        STR("-1+1"),
        STR("@SUM(1)"),
        STR("\t=1"),
        STR("\r=1"),
        STR("\n=1"),
        BYTES("\0=1"),
        STR("\tx"),
        STR("\rx"),
        STR("\nx"),
        BYTES("\0x"),
        BYTES("\0"),
        STR("="),
        STR("+"),
        STR("@"),
        STR("--"),
        STR("  =1"),
        STR("   -a"),
        STR(" \t"),
        STR("\v=1"),
        STR("\f=1"),
        /* full-width and small twins, and the minus sign */
        STR("\uff1d1"),
        STR("\uff0b1"),
        STR("\uff0d1"),
        STR("\uff20x"),
        STR("\ufe66x"),
        STR("\ufe62x"),
        STR("\ufe63x"),
        STR("\ufe6bx"),
        STR("\u22121"),
        /* blanks that hide the trigger */
        STR("\u00a0=1"),
        STR("\u3000=1"),
        STR("\ufeff=1"),
        STR("\u200b=1"),
        STR("\u2060=1"),
        STR(" \u3000 \uff1d"),
        /* nearly numbers */
        STR("-1e"),
        STR("-1."),
        STR("-.5"),
        STR("- 1"),
        STR("-1,5"),
        STR("+-1"),
        STR("-0x10"),
        STR("-1 "),
        STR(" -1"),
        STR("-1:"),
        STR("-1e5+A1"),
        STR("-inf"),
        STR("-1\n"),
        STR("-127.0.0.1"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        assert_guard(cells[i], true);
}

static void guard_leaves_the_rest(void **state)
{
    static const struct str cells[] = {
        STR(""),
        STR("-"),
        STR("0"),
        STR("-1"),
        STR("+1"),
        STR("-1.5"),
        STR("-1.5e-3"),
        STR("+49301234567"),
        STR("-00:01:30"),
        STR("-1.02:03:04.5000000"),
        STR("2020-01-01T00:00:00.0000000Z"),
        STR("2020-01-01"),
        STR("::1"),
        STR("10.0.0.1"),
        STR("fe80::1%3"),
        STR("/owa/auth/=1.png"),
        STR("a=1"),
        STR("a+b"),
        STR("'=1"),
        STR("\"=1\""),
        STR("   "),
        STR("Mozilla/5.0+(Windows)"),
        STR("[\"=1\"]"),
        BYTES("a\0=1"),
        STR("\xff=1"),
        STR("\xbc\x9d"),
        STR("\uff1c1"),
        STR("|calc"),
        STR("(1)"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        assert_guard(cells[i], false);
}

/* ---- csv and tsv --------------------------------------------------------------------------------
 */

static void csv_is_rfc4180(void **state)
{
    struct arena *a = arena_new();
    static const struct str cells[] = {STR("plain"),        STR("a,b"),           STR("say \"hi\""),
                                       STR("two\r\nlines"), STR(" blank before"), STR(""),
                                       STR("b;c")};
    (void)state;
    assert_written(texts(a, "x", cells, 7), "csv", (struct export_options){0},
                   STR("x\r\nplain\r\n\"a,b\"\r\n\"say \"\"hi\"\"\"\r\n\"two\r\nlines\"\r\n"
                       "\" blank before\"\r\n\"\"\r\nb;c\r\n"));
    assert_written(
        all_types(a), "csv", (struct export_options){0},
        STR("b,i,l,r,m,s,t,d,g,y\r\n"
            "True,-7,9223372036854775807,1.0,0.5,\"a,b\",2020-01-01T00:00:00.0000000Z,-00:01:30,"
            "74be27de-1e4e-49d9-b579-fe0b331d3642,\"[\"\"x\"\",1,{\"\"k\"\":null}]\"\r\n"
            ",,,,,,,,,\r\n"));
    arena_free(a);
}

static void csv_guards_and_raw_does_not(void **state)
{
    struct arena *a = arena_new();
    struct str cell = STR("=1,2");
    (void)state;
    assert_written(texts(a, "x", &cell, 1), "csv", (struct export_options){0},
                   STR("x\r\n\"'=1,2\"\r\n"));
    assert_written(texts(a, "x", &cell, 1), "csv", (struct export_options){.csv_raw = true},
                   STR("x\r\n\"=1,2\"\r\n"));
    assert_written(texts(a, "=x", &cell, 1), "csv", (struct export_options){0},
                   STR("'=x\r\n\"'=1,2\"\r\n"));
    assert_written(texts(a, "x", &cell, 1), "tsv", (struct export_options){0}, STR("x\n'=1,2\n"));
    arena_free(a);
}

static void csv_guards_dynamic_text(void **state)
{
    struct arena *a = arena_new();
    struct field field = {STR("y"), TYPE_DYNAMIC};
    struct schema schema = {&field, 1};
    struct builder *b = builder_new(a, &schema);
    (void)state;
    builder_value(b, (struct value){TYPE_DYNAMIC, false, {.s = dyn_from_string(a, STR("=1"))}});
    assert_written(builder_finish(b), "csv", (struct export_options){0}, STR("y\r\n'=1\r\n"));
    arena_free(a);
}

static void csv_numbers_need_no_guard(void **state)
{
    struct arena *a = arena_new();
    struct field field = {STR("r"), TYPE_REAL};
    struct schema schema = {&field, 1};
    struct builder *b = builder_new(a, &schema);
    (void)state;
    builder_real(b, -INFINITY);
    builder_real(b, -1e300);
    assert_written(builder_finish(b), "csv", (struct export_options){0},
                   STR("r\r\n-inf\r\n-1e+300\r\n"));
    arena_free(a);
}

static void tsv_is_one_line_a_row(void **state)
{
    struct arena *a = arena_new();
    static const struct str cells[] = {STR("a\tb"), STR("a\nb"), STR("a\r\nb"), STR("C:\\x"),
                                       STR("\"q\"")};
    (void)state;
    assert_written(texts(a, "x", cells, 5), "tsv", (struct export_options){.csv_raw = true},
                   STR("x\na\\tb\na\\nb\na\\r\\nb\nC:\\\\x\n\"q\"\n"));
    arena_free(a);
}

struct read_back {
    struct arena *arena;
    VEC(struct str) cells;
    size_t rows;
};

static void on_cell(void *p, size_t n, void *ctx)
{
    struct read_back *r = ctx;

    vec_push(r->arena, &r->cells, str_dup(r->arena, ((struct str){p, n})));
}

static void on_row(int end, void *ctx)
{
    (void)end;
    ((struct read_back *)ctx)->rows++;
}

/* Cells of every kind of byte come back through libcsv's own strict reader as they were. */
static void csv_round_trip(void **state)
{
    static const char alphabet[] = "ab,\"\r\n\t ;'=-\0\x01\x7f\x80\xff\xc3\xa4|";
    struct arena *a = arena_new();
    struct field fields[] = {
        {STR("x"), TYPE_STRING}, {STR("y"), TYPE_STRING}, {STR("z"), TYPE_STRING}};
    struct schema schema = {fields, 3};
    struct builder *b = builder_new(a, &schema);
    VEC(struct str) cells = {0};
    uint32_t seed = 1;
    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        char cell[12];
        size_t n = i % 12;
        for (size_t k = 0; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            cell[k] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        vec_push(a, &cells, str_dup(a, ((struct str){cell, n})));
        builder_str(b, vec_last(&cells));
    }
    struct buf out = written(builder_finish(b), "csv", (struct export_options){.csv_raw = true});
    struct read_back r = {.arena = a};
    struct csv_parser parser;
    assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    assert_int_equal(csv_parse(&parser, out.p, out.n, on_cell, on_row, &r), out.n);
    assert_int_equal(csv_fini(&parser, on_cell, on_row, &r), 0);
    csv_free(&parser);
    assert_int_equal(r.rows, 1001);
    assert_int_equal(r.cells.n, cells.n + 3);
    for (size_t i = 0; i < cells.n; i++)
        assert_bytes(r.cells.items[i + 3], cells.items[i]);
    buf_release(&out);
    arena_free(a);
}

/* ---- json ---------------------------------------------------------------------------------------
 */

static void json_is_exact(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    assert_written(
        all_types(a), "json", (struct export_options){0},
        STR("{\"columns\":[{\"name\":\"b\",\"type\":\"bool\"},{\"name\":\"i\",\"type\":\"int\"},"
            "{\"name\":\"l\",\"type\":\"long\"},{\"name\":\"r\",\"type\":\"real\"},"
            "{\"name\":\"m\",\"type\":\"decimal\"},{\"name\":\"s\",\"type\":\"string\"},"
            "{\"name\":\"t\",\"type\":\"datetime\"},{\"name\":\"d\",\"type\":\"timespan\"},"
            "{\"name\":\"g\",\"type\":\"guid\"},{\"name\":\"y\",\"type\":\"dynamic\"}],\n"
            "\"rows\":[\n"
            "[true,-7,9223372036854775807,1.0,0.5,\"a,b\",\"2020-01-01T00:00:00.0000000Z\","
            "\"-00:01:30\",\"74be27de-1e4e-49d9-b579-fe0b331d3642\",[\"x\",1,{\"k\":null}]],\n"
            "[null,null,null,null,null,\"\",null,null,null,null]]}\n"));
    arena_free(a);
}

static void jsonl_is_one_object_a_line(void **state)
{
    struct arena *a = arena_new();
    static const struct str cells[] = {STR("=1"), STR("two\nlines")};
    (void)state;
    assert_written(texts(a, "x\"y", cells, 2), "jsonl", (struct export_options){0},
                   STR("{\"x\\\"y\":\"=1\"}\n{\"x\\\"y\":\"two\\nlines\"}\n"));
    arena_free(a);
}

static void json_has_no_number_for_nan(void **state)
{
    struct arena *a = arena_new();
    struct field field = {STR("r"), TYPE_REAL};
    struct schema schema = {&field, 1};
    struct builder *b = builder_new(a, &schema);
    (void)state;
    builder_real(b, NAN);
    builder_real(b, INFINITY);
    builder_real(b, -INFINITY);
    builder_real(b, 1e300);
    builder_real(b, -0.0);
    assert_written(builder_finish(b), "json", (struct export_options){0},
                   STR("{\"columns\":[{\"name\":\"r\",\"type\":\"real\"}],\n\"rows\":[\n"
                       "[\"NaN\"],\n[\"inf\"],\n[\"-inf\"],\n[1e+300],\n[-0.0]]}\n"));
    arena_free(a);
}

/* Whatever the bytes, an independent reader takes the JSON, and valid text comes back as it was. */
static void json_of_any_bytes_is_json(void **state)
{
    struct arena *a = arena_new();
    static const struct str cells[] = {
        STR("\xff"),
        STR("a\x80z"),
        STR("\xed\xa0\x80"),
        STR("\xc0\xaf"),
        STR("\xf4\x90\x80\x80"),
        STR("\xc3"),
        BYTES("a\0b"),
        STR("\x1b[31m"),
        STR("\u2028\u202e"),
        STR("\U0001f600"),
        STR("\"\\/\b\f\n\r\t\x7f"),
    };
    size_t n = sizeof cells / sizeof cells[0], bad = 6;
    struct buf out = written(texts(a, "x", cells, n), "json", (struct export_options){0});
    json_error_t error;
    json_t *root = json_loadb(out.p, out.n, JSON_ALLOW_NUL, &error);
    (void)state;
    assert_non_null(root);
    json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), n);
    for (size_t i = 0; i < n; i++) {
        json_t *cell = json_array_get(json_array_get(rows, i), 0);
        struct str got = {json_string_value(cell), json_string_length(cell)};
        if (i >= bad)
            assert_bytes(got, cells[i]);
        else
            assert_true(str_find(got, STR("\ufffd"), 0) != SIZE_MAX);
    }
    json_decref(root);
    buf_release(&out);
    arena_free(a);
}

static void empty_tables(void **state)
{
    struct arena *a = arena_new();
    struct table *t = texts(a, "x", NULL, 0);
    (void)state;
    assert_written(t, "csv", (struct export_options){0}, STR("x\r\n"));
    assert_written(t, "tsv", (struct export_options){0}, STR("x\n"));
    assert_written(t, "json", (struct export_options){0},
                   STR("{\"columns\":[{\"name\":\"x\",\"type\":\"string\"}],\n\"rows\":[]}\n"));
    assert_written(t, "jsonl", (struct export_options){0}, STR(""));
    assert_written(t, "table", (struct export_options){.ascii = true, .width = 80}, STR("x\n-\n"));
    arena_free(a);
}

/* ---- text for people ----------------------------------------------------------------------------
 */

static struct table *two_columns(struct arena *a, struct str text, int64_t number)
{
    struct field fields[] = {{STR("Name"), TYPE_STRING}, {STR("Count"), TYPE_LONG}};
    struct schema schema = {fields, 2};
    struct builder *b = builder_new(a, &schema);

    builder_str(b, text);
    builder_int(b, number);
    builder_str(b, STR("b"));
    builder_int(b, 5);
    return builder_finish(b);
}

static void table_is_aligned(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    assert_written(two_columns(a, STR("äö"), 1234567), "table", (struct export_options){0},
                   STR("Name    Count\n────  ───────\näö    1234567\nb           5\n"));
    assert_written(
        two_columns(a, STR("äö"), 1), "table", (struct export_options){.ascii = true},
        STR("Name              Count\n----------------  -----\n<U+00E4><U+00F6>      1\nb"
            "                     5\n"));
    /* a wide letter takes two columns */
    assert_written(two_columns(a, STR("漢字漢"), 1), "table", (struct export_options){0},
                   STR("Name    Count\n──────  ─────\n漢字漢      1\nb           5\n"));
    arena_free(a);
}

static void table_cuts_with_a_mark(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    assert_written(two_columns(a, STR("abcdefghijklmnopqrstuvwxyz"), 1), "table",
                   (struct export_options){.width = 20, .title = "T"},
                   STR("T\nName           Count\n─────────────  ─────\nabcdefghijkl…      1\nb"
                       "                  5\n"));
    /* does not fit at all: a block a row, nothing lost */
    assert_written(two_columns(a, STR("abcdefghijklmnopqrstuvwxyz"), 1), "table",
                   (struct export_options){.width = 18},
                   STR("Name   abcdefghijk\n       lmnopqrstuv\n       wxyz\nCount  1\n\nName   "
                       "b\nCount  5\n"));
    arena_free(a);
}

static void text_never_carries_controls(void **state)
{
    static const char *const formats[] = {"table", "markdown"};
    struct arena *a = arena_new();
    struct str cell = BYTES("\x1b]0;x\x07\x9b"
                            "1m\xc2\x9b\u202e\u200b\n\r\t\0<b>|`![x](http://y) www.z.de\U000e0041");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buf out =
            written(texts(a, "x", &cell, 1), formats[i], (struct export_options){.width = 400});
        for (size_t k = 0; k < out.n; k++)
            assert_true((unsigned char)out.p[k] >= 0x20 || out.p[k] == '\n');
        assert_int_equal(str_find(buf_str(&out), STR("\u202e"), 0), SIZE_MAX);
        assert_int_equal(str_find(buf_str(&out), STR("\u200b"), 0), SIZE_MAX);
        assert_int_equal(str_find(buf_str(&out), STR("\xc2\x9b"), 0), SIZE_MAX);
        assert_int_equal(str_find(buf_str(&out), STR("\U000e0041"), 0), SIZE_MAX);
        buf_release(&out);
    }
    arena_free(a);
}

static void markdown_is_only_text(void **state)
{
    struct arena *a = arena_new();
    (void)state;
    assert_written(two_columns(a, STR("<b>|`![x](http://y) www.z.de a@b\\"), 1), "markdown",
                   (struct export_options){.title = "T#"},
                   STR("# T\\#\n\n| Name | Count |\n|---|---:|\n"
                       "| &lt;b&gt;\\|\\`\\!\\[x\\]\\(http&#58;//y\\) www&#46;z.de a&#64;b\\\\ | 1 "
                       "|\n| b | 5 |\n"));
    arena_free(a);
}

/* ---- files --------------------------------------------------------------------------------------
 */

/* A folder of its own for the test; its entries are counted afterwards. */
static char *make_folder(char *pattern)
{
    strcpy(pattern, "/tmp/harrier-export-XXXXXX");
    assert_non_null(mkdtemp(pattern));
    return pattern;
}

static size_t entries(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    closedir(d);
    return n;
}

/* About 400 KB of CSV: more than any buffer on the way. */
static struct table *large(struct arena *a)
{
    struct field field = {STR("x"), TYPE_STRING};
    struct schema schema = {&field, 1};
    struct builder *b = builder_new(a, &schema);

    for (size_t i = 0; i < 40000; i++)
        builder_str(b, STR("12345678"));
    return builder_finish(b);
}

static bool export_to(struct arena *a, const struct table *t, const char *path, struct error *err)
{
    return export_table(a, t, exporter_find(STR("csv")), &(struct export_options){0}, str_of(path),
                        err);
}

static void file_is_whole_and_private(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct stat st;
    char folder[64], path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/x.csv", make_folder(folder));
    assert_true(export_to(a, large(a), path, &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 3 + 40000 * 10);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries(folder), 1);
    unlink(path);
    rmdir(folder);
    arena_free(a);
}

static void full_device_is_an_error(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_false(export_to(a, large(a), "/dev/full", &err));
    assert_non_null(strstr(err.message, "No space left"));
    arena_free(a);
}

/* A disk that fills up half way, played by the limit on the size of files. */
static void full_disk_leaves_the_old_file(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct rlimit old, small;
    struct stat st;
    char folder[64], path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/x.csv", make_folder(folder));
    struct str cell = STR("old");
    assert_true(export_to(a, texts(a, "x", &cell, 1), path, &err));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){100000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool ok = export_to(a, large(a), path, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(ok);
    assert_true(err.set);
    assert_int_equal(entries(folder), 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 8); /* x CRLF old CRLF */
    unlink(path);
    rmdir(folder);
    arena_free(a);
}

static void no_right_is_an_error(void **state)
{
    static const char *const paths[] = {"/nowhere/x.csv", "/dev/null/x.csv", "/proc/x.csv", "/tmp"};
    struct arena *a = arena_new();
    struct str cell = STR("x");
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct error err = {0};
        assert_false(export_to(a, texts(a, "x", &cell, 1), paths[i], &err));
        assert_non_null(strstr(err.message, paths[i]));
    }
    arena_free(a);
}

/* On a terminal even a CSV cannot carry what a terminal would obey; in a file it is as it was. */
static void terminal_gets_safe_bytes(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct str cell = STR("\x1b[2J\x9b" "1mä\u202e");
    struct termios raw;
    char got[256];
    int master = posix_openpt(O_RDWR | O_NOCTTY), saved = dup(STDOUT_FILENO);
    (void)state;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    fflush(stdout);
    dup2(slave, STDOUT_FILENO);
    bool ok = export_to(a, texts(a, "x", &cell, 1), "-", &err);
    dup2(saved, STDOUT_FILENO);
    ssize_t n = read(master, got, sizeof got);
    assert_true(ok);
    assert_true(n > 0);
    assert_bytes((struct str){got, (size_t)n}, safe_locale_is_utf8()
                                                   ? STR("x\n\\x1b[2J\\x9b1mä<U+202E>\n")
                                                   : STR("x\n\\x1b[2J\\x9b1m<U+00E4><U+202E>\n"));
    close(slave);
    close(master);
    close(saved);
    arena_free(a);
}

static void formats_are_found(void **state)
{
    static const char *const names[] = {"table", "csv", "tsv", "json", "jsonl", "markdown"};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_non_null(exporter_find(str_of(names[i])));
    assert_null(exporter_find(STR("CSV")));
    assert_null(exporter_find(STR("")));
    for (size_t i = 0; i < 6; i++)
        assert_true(exporter_row(i)->help[0] && exporter_row(i)->extension[0] == '.');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_stops_formulas),
        cmocka_unit_test(guard_leaves_the_rest),
        cmocka_unit_test(csv_is_rfc4180),
        cmocka_unit_test(csv_guards_and_raw_does_not),
        cmocka_unit_test(csv_guards_dynamic_text),
        cmocka_unit_test(csv_numbers_need_no_guard),
        cmocka_unit_test(tsv_is_one_line_a_row),
        cmocka_unit_test(csv_round_trip),
        cmocka_unit_test(json_is_exact),
        cmocka_unit_test(jsonl_is_one_object_a_line),
        cmocka_unit_test(json_has_no_number_for_nan),
        cmocka_unit_test(json_of_any_bytes_is_json),
        cmocka_unit_test(empty_tables),
        cmocka_unit_test(table_is_aligned),
        cmocka_unit_test(table_cuts_with_a_mark),
        cmocka_unit_test(text_never_carries_controls),
        cmocka_unit_test(markdown_is_only_text),
        cmocka_unit_test(file_is_whole_and_private),
        cmocka_unit_test(full_device_is_an_error),
        cmocka_unit_test(full_disk_leaves_the_old_file),
        cmocka_unit_test(no_right_is_an_error),
        cmocka_unit_test(terminal_gets_safe_bytes),
        cmocka_unit_test(formats_are_found),
    };

    setlocale(LC_CTYPE, "");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
