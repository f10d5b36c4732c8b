/* Filters: the text that keys write, what is kept by name, and that a row costs next to nothing.
 * What the words mean is in tests/filter/cases.txt. */
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

#include "base/file.h"
#include "base/instant.h"
#include "hunt/hunt.h"

static const struct field fields[] = {{STR("file"), TYPE_STRING},
                                      {STR("odd name"), TYPE_STRING},
                                      {STR("n"), TYPE_LONG},
                                      {STR("at"), TYPE_DATETIME},
                                      {STR("ips"), TYPE_DYNAMIC}};
static const struct schema schema = {(struct field *)fields, 5};
static const struct filter_names names = {&schema, NULL};

static void is(struct buf *got, const char *want)
{
    buf_add_byte(got, 0);
    assert_string_equal(got->p, want);
    buf_reset(got);
}

static struct filter parsed(struct arena *a, const char *text)
{
    struct filter f;
    struct error err = {0};
    assert_true(filter_parse(a, str_of(text), &names, &f, &err));
    return f;
}

static void test_chips_are_switched_and_dropped(void **state)
{
    struct arena *a = arena_new();
    struct buf out = {0};
    struct filter f = parsed(a, "  one  #two   (three  OR four) AND -n:5 ");
    (void)state;
    assert_int_equal(f.n, 4);
    assert_int_equal(f.n_on, 3);
    filter_switch(&f, 0, &out);
    is(&out, "#one #two (three  OR four) -n:5");
    filter_switch(&f, 1, &out);
    is(&out, "one two (three  OR four) -n:5");
    filter_drop(&f, 2, &out);
    is(&out, "one #two -n:5");
    buf_release(&out);
    arena_free(a);
}

/* What is taken from a cell finds this cell again, whatever it holds. */
static void cell_gives(struct arena *a, const char *field, struct value v, const char *want)
{
    struct buf out = {0}, text = {0};
    uint32_t rows[2];
    filter_take_cell(&(struct filter){0}, str_of(field), v, false, &out);
    buf_add(&text, buf_str(&out));
    is(&out, want);
    struct builder *b = builder_new(a, &schema);
    size_t at = schema_find(&schema, str_of(field));
    for (size_t i = 0; i < schema.n; i++) {
        if (i == at)
            builder_value(b, v);
        else
            builder_null(b);
    }
    for (size_t i = 0; i < schema.n; i++) {
        if (schema.fields[i].type == TYPE_STRING)
            builder_str(b, STR("other"));
        else if (schema.fields[i].type == TYPE_DYNAMIC)
            builder_value(b, (struct value){.type = TYPE_DYNAMIC,
                                            .s = dyn_from_string(a, STR("other"))});
        else
            builder_int(b, 77);
    }
    struct table *t = builder_finish(b);
    buf_add_byte(&text, 0);
    struct filter f = parsed(a, text.p);
    assert_int_equal(filter_rows(&f, t, rows), 1);
    assert_int_equal(rows[0], 0);
    buf_release(&out);
    buf_release(&text);
}

static struct value text(const char *bytes, size_t n)
{
    return (struct value){.type = TYPE_STRING, .s = {bytes, n}};
}

static void test_a_cell_becomes_a_chip(void **state)
{
    struct arena *a = arena_new();
    struct str list[] = {dyn_from_string(a, STR("10.0.0.1")), dyn_from_string(a, STR("a b"))};
    int64_t at;
    (void)state;
    cell_gives(a, "file", text("Redir.png", 9), "file=Redir.png");
    cell_gives(a, "file", text("a b", 3), "file=\"a b\"");
    cell_gives(a, "file", text("a\"\\|*)", 6), "file=\"a\\\"\\\\|*)\"");
    cell_gives(a, "file", text("\x00\x1b\xff\n", 4), "file=\"\\x00\\x1b\\xff\\x0a\"");
    cell_gives(a, "file", text("", 0), "file=\"\"");
    cell_gives(a, "odd name", text("x", 1), "\"odd name\"=x");
    cell_gives(a, "n", (struct value){.type = TYPE_LONG, .i = INT64_MIN},
               "n=-9223372036854775808");
    cell_gives(a, "n", (struct value){.type = TYPE_LONG, .null = true}, "n=\"\"");
    assert_true(instant_parse(STR("2023-11-15T02:11:04Z"), &at));
    cell_gives(a, "at", (struct value){.type = TYPE_DATETIME, .i = at}, "at=2023-11-15T02:11:04Z");
    cell_gives(a, "at", (struct value){.type = TYPE_DATETIME, .i = at + 1},
               "at=2023-11-15T02:11:04.0000001Z");
    cell_gives(a, "ips", (struct value){.type = TYPE_DYNAMIC, .s = dyn_from_array(a, list, 2)},
               "ips=10.0.0.1|\"a b\"");
    arena_free(a);
}

static void test_chips_that_say_the_contrary_give_way(void **state)
{
    struct arena *a = arena_new();
    struct buf out = {0};
    struct filter f = parsed(a, "file=x #n=5 one");
    (void)state;
    filter_take_cell(&f, STR("file"), text("x", 1), true, &out);
    is(&out, "#n=5 one -file=x");
    filter_take_cell(&f, STR("n"), (struct value){.type = TYPE_LONG, .i = 5}, false, &out);
    is(&out, "file=x one n=5");
    buf_release(&out);
    arena_free(a);
}

/* Whatever is typed, parsing ends, and what parses can be run and written back. */
static void test_any_text(void **state)
{
    static const char *const pieces[] = {
        "a",  " ",  "\"", "\\", "(",  ")",   "OR",  " OR ", "NOT ", "-",  "#",    "|",  "*",
        ":",  "n:", "at", ">",  "=",  "..",  "1",   "0x",   "file", "\xff", "\xc5\xbf", "/", "::1",
        "!=", "<=", " AND ", "10.0.0.0/8", "2023-11", "T02:", "5s", "xx", "\x00",
        "9999999999999999999"};
    enum { PIECES = sizeof pieces / sizeof *pieces };
    uint64_t seed = 1;
    struct buf typed = {0}, out = {0};
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct arena *a = arena_new();
        struct filter f;
        struct error err = {0};
        uint32_t rows[2];
        buf_reset(&typed);
        for (size_t n = seed % 9 + 1; n > 0; n--) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            const char *piece = pieces[(seed >> 33) % PIECES];
            buf_add(&typed, (struct str){piece, *piece ? strlen(piece) : 1});
        }
        if (filter_parse(a, buf_str(&typed), &names, &f, &err)) {
            struct builder *b = builder_new(a, &schema);
            for (size_t i = 0; i < schema.n; i++)
                builder_null(b);
            filter_rows(&f, builder_finish(b), rows);
            for (size_t i = 0; i < f.n; i++) {
                buf_reset(&out);
                filter_switch(&f, i, &out);
                struct filter again;
                assert_true(filter_parse(a, buf_str(&out), &names, &again, &err));
                assert_int_equal(again.n, f.n);
                assert_true(again.chips[i].on != f.chips[i].on);
            }
        } else {
            assert_true(err.set);
        }
        arena_free(a);
    }
    buf_release(&typed);
    buf_release(&out);
}

/* ---- kept by name ---------------------------------------------------------------------------- */

static void test_filters_are_kept(void **state)
{
    struct arena *a = arena_new();
    struct filter_saved *all;
    struct error err = {0};
    struct stat st;
    size_t n;
    char folder[] = "/tmp/harrier-filters-XXXXXX", path[128];
    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    sprintf(path, "%s/harrier/filters", folder);
    assert_true(filter_load_saved(a, &all, &n, &err));
    assert_int_equal(n, 0);
    assert_true(filter_save(STR("big ones"), STR("bytes>1MB -ext:js"), &err));
    assert_true(filter_save(STR("x"), STR("a:b: c"), &err));
    assert_true(filter_save(STR("big ones"), STR("bytes>5MB"), &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(filter_load_saved(a, &all, &n, &err));
    assert_int_equal(n, 2);
    assert_true(str_is(all[0].name, "big ones") && str_is(all[0].text, "bytes>5MB"));
    assert_true(str_is(all[1].name, "x") && str_is(all[1].text, "a:b: c"));
    assert_true(filter_save(STR("big ones"), STR(""), &err));
    assert_true(filter_load_saved(a, &all, &n, &err));
    assert_int_equal(n, 1);
    assert_false(filter_save(STR("a:b"), STR("x"), &err));
    err = (struct error){0};
    assert_false(filter_save(STR("a"), STR("x\ny: z"), &err));

    /* a file that people broke is named with its line and left as it is */
    struct file_out *out;
    err = (struct error){0};
    assert_true(file_out_open(a, str_of(path), &out, &err));
    file_out_write(out, STR("# mine\n\nx: y\nbroken\n"));
    assert_true(file_out_commit(out, &err));
    assert_false(filter_load_saved(a, &all, &n, &err));
    assert_non_null(strstr(err.message, ":4:"));
    err = (struct error){0};
    assert_false(filter_save(STR("z"), STR("z"), &err));
    struct str left;
    assert_true(file_read(a, str_of(path), 1000, &left, &(struct error){0}));
    assert_true(str_is(left, "# mine\n\nx: y\nbroken\n"));
    unlink(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
    rmdir(folder);
    arena_free(a);
}

/* ---- cost ------------------------------------------------------------------------------------ */

/* 40,000 findings must answer within a frame; memory is taken a column, not a row. */
static void test_forty_thousand_rows(void **state)
{
    enum { ROWS = 40000 };
    struct arena *a = arena_new();
    struct builder *b = builder_new(a, &schema);
    uint32_t *rows = ARENA_ARRAY(a, uint32_t, ROWS);
    char name[64];
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        sprintf(name, "/owa/auth/15.1.2507/themes/resources/file-%d.png", i);
        builder_str(b, str_of(name));
        sprintf(name, "203.0.%d.%d", i / 256 % 256, i % 256);
        builder_str(b, str_of(name));
        builder_int(b, i);
        builder_int(b, i * TICKS_PER_SECOND);
        builder_value(b, (struct value){.type = TYPE_DYNAMIC,
                                        .s = dyn_from_string(a, str_of(name))});
    }
    struct table *t = builder_finish(b);
    struct filter f = parsed(a, "file-39 -n:5..100 \"odd name\":203.0.128.0/17 file:*9.png");
    size_t before = arena_system_calls();
    double start = monotonic_seconds();
    size_t n = filter_rows(&f, t, rows);
    double took = monotonic_seconds() - start;
    assert_true(arena_system_calls() - before < 20);
    /* 39, 390 to 399, 3900 to 3999, 39000 to 39999; third part from 128: i / 256 % 256 >= 128 */
    assert_int_equal(n, 100);
    print_message("%d rows, 4 chips: %.1f ms\n", ROWS, took * 1000);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chips_are_switched_and_dropped),
        cmocka_unit_test(test_a_cell_becomes_a_chip),
        cmocka_unit_test(test_chips_that_say_the_contrary_give_way),
        cmocka_unit_test(test_any_text),
        cmocka_unit_test(test_filters_are_kept),
        cmocka_unit_test(test_forty_thousand_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
