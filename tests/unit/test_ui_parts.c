/* The screen's parts without a terminal: cells, cuts, texts, filters, the grid's cursor, themes.
 * What is expected follows from ui/canvas.h, grid.h, text.h, theme.h and the terminal
 * manners they quote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/instant.h"
#include "ui/canvas.h"
#include "ui/grid.h"
#include "ui/keys.h"
#include "ui/text.h"
#include "ui/theme.h"

#define BYTES(literal) ((struct str){literal, sizeof(literal) - 1})

static void same_text(struct str got, const char *want)
{
    char z[4096];
    assert_true(got.n < sizeof z);
    memcpy(z, got.p ? got.p : "", got.n);
    z[got.n] = 0;
    assert_string_equal(z, want);
}

static void screen_is(const struct canvas *c, const char *want)
{
    struct buf out = {0};
    canvas_save(c, &out);
    same_text(buf_str(&out), want);
    buf_release(&out);
}

static struct canvas canvas_of(int rows, int columns, bool ascii)
{
    struct canvas c;
    canvas_init(&c, ascii);
    canvas_resize(&c, rows, columns);
    return c;
}

/* ---- canvas ---------------------------------------------------------------------------------- */

static void test_text_is_clipped_with_a_mark(void **state)
{
    struct canvas c = canvas_of(2, 10, false);
    (void)state;
    assert_int_equal(canvas_text(&c, 0, 0, 10, STR("0123456789"), ROLE_TEXT), 10);
    canvas_text(&c, 1, 0, 8, STR("0123456789"), ROLE_TEXT);
    screen_is(&c, "0123456789\n0123456\u2026\n");
    canvas_clear(&c);
    canvas_text(&c, 5, 0, 8, STR("outside"), ROLE_TEXT);
    canvas_text(&c, 0, 10, 8, STR("outside"), ROLE_TEXT);
    canvas_text(&c, 0, -3, 8, STR("left"), ROLE_TEXT);
    screen_is(&c, "t\n\n");
    canvas_release(&c);
}

static void test_ascii_twins(void **state)
{
    struct canvas c = canvas_of(2, 10, true);
    (void)state;
    canvas_text(&c, 0, 0, 4, STR("012345"), ROLE_TEXT);
    canvas_fill(&c, 0, 5, 2, GLYPH_RULE, ROLE_LINE);
    canvas_text(&c, 1, 0, 10, STR("\u00e4"), ROLE_TEXT);
    screen_is(&c, "012~ --\n<U+00E4>\n");
    canvas_release(&c);
}

/* Nothing that moves a terminal's cursor or mind becomes a cell as it is. */
static void test_hostile_bytes_become_visible(void **state)
{
    struct canvas c = canvas_of(1, 200, false);
    (void)state;
    canvas_text(&c, 0, 0, 200,
                BYTES("a\033]0;x\007b\rc\x9b"
                      "2Jd\u202ee\u200bf\x7f\x00g\x01h\x02"),
                ROLE_TEXT);
    for (int x = 0; x < 200; x++) {
        assert_true(c.cells[x].code >= ' ' && c.cells[x].code != 0x7f);
        assert_true(c.cells[x].code < 0x80); /* every escape is ASCII */
    }
    screen_is(&c, "a\\x1b]0;x\\x07b\\x0dc\\x9b2Jd<U+202E>e<U+200B>f\\x7f\\x00g\\x01h\\x02\n");
    assert_int_equal(c.cells[0].over, 0);
    assert_int_equal(c.cells[1].over, OVER_ESCAPE);
    canvas_release(&c);
}

static void test_wide_and_combining(void **state)
{
    struct canvas c = canvas_of(3, 6, false);
    (void)state;
    canvas_text(&c, 0, 0, 6, STR("\u6f22\u5b57e\u0301x"), ROLE_TEXT);
    assert_int_equal(c.cells[0].width, 2);
    assert_int_equal(c.cells[1].code, 0);
    assert_int_equal(c.cells[4].code, 'e');
    assert_int_equal(c.cells[4].marks[0], 0x301);
    /* no half of a wide character: there is room for five columns and the mark */
    canvas_text(&c, 1, 0, 4, STR("\u6f22\u5b57\u6f22"), ROLE_TEXT);
    /* writing over one half takes the other with it */
    canvas_text(&c, 2, 0, 6, STR("\u6f22\u5b57"), ROLE_TEXT);
    canvas_text(&c, 2, 1, 1, STR("x"), ROLE_TEXT);
    screen_is(&c, "\u6f22\u5b57e\u0301x\n\u6f22\u2026\n x\u5b57\n");
    canvas_release(&c);
}

static void path_is(struct canvas *c, const char *path, int width, const char *want)
{
    canvas_clear(c);
    struct run r = run_cut_path(c, run_make(c, str_of(path), ROLE_TEXT, 0), width);
    assert_true(r.width <= width);
    canvas_run(c, 0, 0, r);
    struct buf out = {0};
    canvas_save(c, &out);
    same_text(str_sub(buf_str(&out), 0, out.n - 1), want);
    buf_release(&out);
}

/* In the middle, and never the file name as long as it fits. */
static void test_paths_are_cut_in_the_middle(void **state)
{
    struct canvas c = canvas_of(1, 80, false);
    (void)state;
    path_is(&c, "/owa/auth/logon.css", 19, "/owa/auth/logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 24, "/owa/auth/\u2026/logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 17, "/owa/\u2026/logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 13, "/\u2026/logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 11, "\u2026/logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 10, "\u2026logon.css");
    path_is(&c, "/owa/auth/15.1.2507/themes/logon.css", 9, "logon\u2026css");
    path_is(&c, "/owa/auth/a-very-long-name.png", 12, "a-very-\u2026.png");
    path_is(&c, "/owa/auth/Current/", 12, "/\u2026/Current/");
    path_is(&c, "noslashatall.tar.gz", 10, "noslas\u2026.gz");
    path_is(&c, "/", 1, "/");
    path_is(&c, "", 5, "");
    canvas_release(&c);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    struct buf out = {0};
    (void)state;
    static const struct {
        int64_t n;
        const char *count, *brief, *bytes, *with_sign;
    } cases[] = {
        {0, "0", "0", "0 B", "0"},
        {999, "999", "999", "999 B", "+999"},
        {1000, "1,000", "1.00K", "1.00 kB", "+1,000"},
        {-1204, "-1,204", NULL, NULL, "-1,204"},
        {4446691, "4,446,691", "4.45M", "4.45 MB", "+4,446,691"},
        {37314, "37,314", "37.3K", "37.3 kB", "+37,314"},
        {1073742057, "1,073,742,057", "1.07G", "1.07 GB", "+1,073,742,057"},
        {INT64_MIN, "-9,223,372,036,854,775,808", NULL, NULL, "-9,223,372,036,854,775,808"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_reset(&out);
        text_count(&out, cases[i].n);
        same_text(buf_str(&out), cases[i].count);
        buf_reset(&out);
        text_signed(&out, cases[i].n);
        same_text(buf_str(&out), cases[i].with_sign);
        if (!cases[i].brief)
            continue;
        buf_reset(&out);
        text_brief(&out, cases[i].n);
        same_text(buf_str(&out), cases[i].brief);
        buf_reset(&out);
        text_bytes(&out, cases[i].n);
        same_text(buf_str(&out), cases[i].bytes);
    }
    buf_release(&out);
}

static int64_t at(const char *text)
{
    int64_t ticks;
    assert_true(instant_parse(str_of(text), &ticks));
    return ticks;
}

/* Both zones in one width, told apart by the letter. */
static void test_zones(void **state)
{
    struct buf out = {0};
    (void)state;
    setenv("TZ", "Asia/Kathmandu", 1);
    text_instant(&out, at("2023-11-15T02:11:04Z"), (struct zone){false});
    same_text(buf_str(&out), "2023-11-15 02:11:04Z");
    buf_reset(&out);
    text_instant(&out, at("2023-11-15T02:11:04Z"), (struct zone){true});
    same_text(buf_str(&out), "2023-11-15 07:56:04L");
    buf_reset(&out);
    text_zone(&out, (struct zone){true});
    same_text(buf_str(&out), "local +05:45");
    /* at the ends of time nothing is shifted over them */
    buf_reset(&out);
    text_instant(&out, INSTANT_MAX, (struct zone){true});
    assert_int_equal(out.n, 20);
    buf_release(&out);
}

static void test_cells(void **state)
{
    struct arena *a = arena_new();
    struct buf out = {0};
    struct zone utc = {false};
    (void)state;
    struct str three[] = {dyn_from_string(a, STR("45.61.12.9")), dyn_from_string(a, STR("::1")),
                          dyn_from_string(a, STR("x"))};
    struct value list = {.type = TYPE_DYNAMIC, .s = dyn_from_array(a, three, 3)};
    text_cell(&out, list, CELL_LIST, utc);
    same_text(buf_str(&out), "45.61.12.9 +2");
    buf_reset(&out);
    text_whole(&out, list, utc);
    same_text(buf_str(&out), "45.61.12.9, ::1, x");
    buf_reset(&out);
    list.s = dyn_from_array(a, three, 0);
    text_cell(&out, list, CELL_LIST, utc);
    same_text(buf_str(&out), "");
    struct value none = {.type = TYPE_LONG, .null = true};
    text_cell(&out, none, CELL_NUMBER, utc);
    same_text(buf_str(&out), "");
    /* bytes that IIS was not told to log are never 0 */
    text_cell(&out, none, CELL_BYTES, utc);
    same_text(buf_str(&out), "n/l");
    buf_reset(&out);
    text_cell(&out, (struct value){.type = TYPE_LONG, .i = 48211}, CELL_MILLIS, utc);
    same_text(buf_str(&out), "48.2 s");
    buf_release(&out);
    arena_free(a);
}

static void test_keys(void **state)
{
    char text[16];
    (void)state;
    assert_int_equal(key_by_name(STR("x")), 'x');
    assert_int_equal(key_by_name(STR("?")), '?');
    assert_int_equal(key_by_name(STR("\u00e4")), 0xe4);
    assert_int_equal(key_by_name(STR("Space")), ' ');
    assert_int_equal(key_by_name(STR("PgDn")), K_PGDN);
    assert_int_equal(key_by_name(STR("Ctrl-U")), K_CTRL('U'));
    assert_int_equal(key_by_name(STR("Ctrl-C")), K_INTERRUPT);
    assert_int_equal(key_by_name(STR("F12")), K_F12);
    assert_int_equal(key_by_name(STR("Nonsense")), K_NONE);
    assert_int_equal(key_by_name(STR("")), K_NONE);
    for (int key = K_FIRST + 1; key < K_LAST; key++)
        assert_true(key_text(key, text) > 0);
}

/* ---- filter and grid ------------------------------------------------------------------------- */

static const struct field fields[] = {{STR("file"), TYPE_STRING},
                                      {STR("cIP"), TYPE_STRING},
                                      {STR("n"), TYPE_LONG},
                                      {STR("at"), TYPE_DATETIME}};
static const struct schema schema = {(struct field *)fields, 4};
static const struct {
    const char *file, *ip;
    int64_t n;
} rows[] = {
    {"logon.css", "10.0.0.1", 3},     {"Redir.png", "203.0.113.77", 2},
    {"doc 17.zip", "2001:db8::9", 1}, {"REDIR.aspx", "203.0.113.9", 9},
    {"x.ico", "198.51.100.1", 1},
};

static const struct table *sample(struct arena *a, size_t n)
{
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < n; i++) {
        builder_str(b, str_of(rows[i].file));
        builder_str(b, str_of(rows[i].ip));
        builder_int(b, rows[i].n);
        builder_int(b, at("2023-11-15T02:11:04Z") + (int64_t)i * TICKS_PER_HOUR);
    }
    return builder_finish(b);
}

static void filter_finds(const char *text, const char *want)
{
    struct arena *a = arena_new();
    const struct table *t = sample(a, 5);
    struct grid g;
    struct grid_column *columns;
    struct buf found = {0};
    size_t n = grid_columns_plain(a, t, &columns);
    grid_init(&g);
    grid_load(&g, t, NULL, columns, n);
    grid_filter(&g, str_of(text));
    for (size_t i = 0; i < g.n_shown; i++)
        buf_addf(&found, "%u", g.shown[i]);
    same_text(buf_str(&found), want);
    buf_release(&found);
    grid_release(&g);
    arena_free(a);
}

static void test_filters(void **state)
{
    (void)state;
    filter_finds("", "01234");
    filter_finds("redir", "13");
    filter_finds("redir .png", "1");
    filter_finds("-redir", "024");
    filter_finds("\"doc 17\"", "2");
    filter_finds("ip:203.0.113", "13");
    filter_finds("-ip:203.0.113", "024");
    filter_finds("file:css|ico", "04");
    filter_finds("-file:css|ico -ip:10.", "123");
    filter_finds("2001:db8", "2"); /* no column is called 2001 */
    filter_finds("05:11", "3");    /* times as they are shown in UTC */
    filter_finds("-", "01234");    /* a lone sign is text, and every time has one */
    /* what is still to be typed hides nothing; what is complete before it counts */
    filter_finds("file:", "01234");
    filter_finds("redir file:", "13");
    filter_finds("|", "01234");
}

/* A text that cannot be read leaves what was in force, and is said. */
static void test_a_filter_with_an_error(void **state)
{
    struct arena *a = arena_new();
    const struct table *t = sample(a, 5);
    struct grid g;
    struct grid_column *columns;
    size_t n = grid_columns_plain(a, t, &columns);
    (void)state;
    grid_init(&g);
    grid_load(&g, t, NULL, columns, n);
    assert_true(grid_filter(&g, STR("redir")));
    assert_false(grid_filter(&g, STR("redir flie:css")));
    assert_false(g.filter_unfinished);
    assert_int_equal(g.n_shown, 2);
    assert_non_null(strstr(g.filter_error.message, "'file'"));
    assert_false(grid_filter(&g, STR("redir file:")));
    assert_true(g.filter_unfinished);
    assert_true(grid_filter(&g, STR("redir file:css")));
    assert_int_equal(g.n_shown, 0);
    /* a table that has no such column shows all of its rows, and the error */
    struct schema other = {(struct field *)fields + 1, 1};
    struct builder *b = builder_new(a, &other);
    builder_str(b, STR("redir"));
    const struct table *t2 = builder_finish(b);
    n = grid_columns_plain(a, t2, &columns);
    grid_load(&g, t2, NULL, columns, n);
    assert_true(g.filter_error.set);
    assert_int_equal(g.n_shown, 1);
    grid_release(&g);
    arena_free(a);
}

static void cursor_is(const struct grid *g, size_t row)
{
    assert_int_equal(grid_row(g), row);
}

/* The finding under the cursor stays there whatever happens around it. */
static void test_the_cursor_stays_on_its_row(void **state)
{
    struct arena *a = arena_new();
    const struct table *t = sample(a, 5), *less = sample(a, 3);
    static const uint64_t ids[] = {11, 22, 33, 44, 55}, other[] = {33, 99, 11};
    struct grid_column *columns;
    struct grid g;
    (void)state;
    grid_init(&g);
    g.page = 3;
    size_t n = grid_columns_plain(a, t, &columns);
    grid_load(&g, t, ids, columns, n);
    cursor_is(&g, 0);
    grid_to(&g, 2);
    grid_sort(&g, 2, true); /* 9 3 2 1 1: the doc is fourth */
    cursor_is(&g, 2);
    assert_int_equal(g.cursor, 3);
    grid_filter(&g, STR("doc"));
    cursor_is(&g, 2);
    grid_filter(&g, STR("redir")); /* it is not there: the cursor is on another … */
    assert_int_equal(g.n_shown, 2);
    grid_filter(&g, STR_NONE); /* … and comes back */
    cursor_is(&g, 2);
    grid_sort(&g, SIZE_MAX, false);
    grid_load(&g, less, other, columns, n); /* 33 is the first row now */
    cursor_is(&g, 0);
    grid_load(&g, t, ids, columns, n);
    cursor_is(&g, 2);
    grid_load(&g, less, (const uint64_t[]){1, 2, 3}, columns, n); /* gone: the one in its place */
    cursor_is(&g, 2);
    grid_move(&g, -100);
    cursor_is(&g, 0);
    grid_move(&g, 100);
    cursor_is(&g, 2);
    grid_load(&g, NULL, NULL, NULL, 0);
    cursor_is(&g, SIZE_MAX);
    grid_move(&g, 1);
    grid_release(&g);
    arena_free(a);
}

static void test_sorting_is_stable_and_typed(void **state)
{
    struct arena *a = arena_new();
    const struct table *t = sample(a, 5);
    struct grid_column *columns;
    struct grid g;
    (void)state;
    grid_init(&g);
    grid_load(&g, t, NULL, columns, grid_columns_plain(a, t, &columns));
    grid_sort(&g, 2, false); /* 1 1 2 3 9: equal ones as they came */
    static const uint32_t up[] = {2, 4, 1, 0, 3}, down[] = {3, 0, 1, 2, 4};
    assert_memory_equal(g.shown, up, sizeof up);
    grid_sort(&g, 2, true);
    assert_memory_equal(g.shown, down, sizeof down);
    grid_release(&g);
    arena_free(a);
}

/* At any size: nothing outside its area, and numbers never lose a digit. */
static void test_the_grid_draws_at_any_size(void **state)
{
    struct arena *a = arena_new();
    const struct table *t = sample(a, 5);
    struct grid_column *columns;
    struct grid g;
    (void)state;
    grid_init(&g);
    grid_load(&g, t, NULL, columns, grid_columns_plain(a, t, &columns));
    for (int width = 1; width <= 90; width++)
        for (int height = 1; height <= 8; height++) {
            struct canvas c = canvas_of(10, 100, false);
            grid_draw(&g, &c, (struct area){1, 2, height, width}, true);
            for (int y = 0; y < 10; y++)
                for (int x = 0; x < 100; x++)
                    if (y < 1 || y >= 1 + height || x < 2 || x >= 2 + width)
                        assert_int_equal(c.cells[y * 100 + x].code, ' ');
            canvas_release(&c);
        }
    struct canvas c = canvas_of(6, 60, false);
    grid_draw(&g, &c, (struct area){0, 0, 6, 60}, true);
    screen_is(&c, "file       cIP           n at\n"
                  "logon.css  10.0.0.1      3 2023-11-15 02:11:04Z\n"
                  "Redir.png  203.0.113.77  2 2023-11-15 03:11:04Z\n"
                  "doc 17.zip 2001:db8::9   1 2023-11-15 04:11:04Z\n"
                  "REDIR.aspx 203.0.113.9   9 2023-11-15 05:11:04Z\n"
                  "x.ico      198.51.100.1  1 2023-11-15 06:11:04Z\n");
    canvas_release(&c);
    grid_release(&g);
    arena_free(a);
}

/* ---- themes ---------------------------------------------------------------------------------- */

static void theme_fails(const char *text, const char *why)
{
    struct arena *a = arena_new();
    struct theme theme;
    struct error err = {0};
    assert_false(theme_parse(a, STR("x.yaml"), str_of(text), DEPTH_16, &theme, &err));
    assert_non_null(strstr(err.message, why));
    arena_free(a);
}

static void test_themes(void **state)
{
    struct arena *a = arena_new();
    struct theme theme;
    struct error err = {0};
    struct str bad, text = STR("roles:\n  warn: { \"16\": yellow bold, \"256\": 214 on 0, rgb: "
                               "\"#ffaf00\" }\n  dim: dim\n");
    (void)state;
    assert_true(theme_parse(a, STR("x.yaml"), text, DEPTH_16, &theme, &err));
    assert_int_equal(theme.roles[ROLE_WARN].foreground, 3);
    assert_int_equal(theme.roles[ROLE_WARN].attributes, LOOK_BOLD);
    assert_int_equal(theme.roles[ROLE_DIM].foreground, -1);
    assert_true(theme_parse(a, STR("x.yaml"), text, DEPTH_256, &theme, &err));
    assert_int_equal(theme.roles[ROLE_WARN].foreground, 214);
    assert_int_equal(theme.roles[ROLE_WARN].background, 0);
    assert_true(theme_parse(a, STR("x.yaml"), text, DEPTH_RGB, &theme, &err));
    assert_int_equal(theme.roles[ROLE_WARN].foreground, LOOK_RGB + 0xffaf00);
    struct look look;
    assert_false(look_parse(STR("purplish"), &look, &bad));
    assert_false(look_parse(STR("256"), &look, &bad));
    assert_false(look_parse(STR("#12345"), &look, &bad));
    theme_fails("roles:\n  warm: yellow\n", "did you mean 'warn'");
    theme_fails("roles:\n  warn: yelow\n", "'yelow' is no colour");
    theme_fails("role: x\n", "a map named 'roles'");
    theme_fails("roles:\n  warn: [a, b]\n", "one line of words");
    arena_free(a);
}

/* Every theme that ships reads at every depth, and mono has no colour. */
static void test_shipped_themes(void **state)
{
    struct arena *a = arena_new();
    struct str *names;
    struct theme theme;
    struct error err = {0};
    (void)state;
    size_t n = theme_list(a, &names);
    assert_true(n >= 6);
    for (size_t i = 0; i < n; i++)
        for (enum depth d = DEPTH_MONO; d <= DEPTH_RGB; d++) {
            assert_true(theme_load(a, names[i], d, &theme, &err));
            if (!str_is(names[i], "mono"))
                continue;
            for (enum role r = 0; r < ROLES; r++)
                assert_true(theme.roles[r].foreground == -1 && theme.roles[r].background == -1);
        }
    assert_false(theme_load(a, STR("drak"), DEPTH_16, &theme, &err));
    assert_non_null(strstr(err.message, "did you mean 'dark'"));
    arena_free(a);
}

/* ---- contrast: WCAG 2.1, relative luminance and contrast ratio ------------------------------- */

static double channel(int value)
{
    double c = value / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* A colour as xterm has it: 16 names, the cube 16..231, the greys above. */
static int rgb_of(int colour)
{
    static const int base[] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                               0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                               0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const int steps[] = {0, 95, 135, 175, 215, 255};
    if (colour >= LOOK_RGB)
        return colour - LOOK_RGB;
    if (colour < 16)
        return base[colour];
    if (colour < 232)
        return steps[(colour - 16) / 36] << 16 | steps[(colour - 16) / 6 % 6] << 8 |
               steps[(colour - 16) % 6];
    return (8 + 10 * (colour - 232)) * 0x010101;
}

static double luminance(int rgb)
{
    return 0.2126 * channel(rgb >> 16) + 0.7152 * channel(rgb >> 8 & 255) +
           0.0722 * channel(rgb & 255);
}

static double contrast(int x, int y)
{
    double a = luminance(x), b = luminance(y);
    return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

static void check_contrast(const char *name, enum depth depth, int paper, double least)
{
    struct arena *a = arena_new();
    struct theme theme;
    struct error err = {0};
    assert_true(theme_load(a, str_of(name), depth, &theme, &err));
    for (enum role r = 0; r < ROLES; r++) {
        const struct look *look = &theme.roles[r];
        /* a line is a graphic: 3 to 1 */
        double wanted = r == ROLE_LINE ? 3 : least;
        int back = look->background < 0 ? paper : rgb_of(look->background);
        int ink = look->foreground >= 0  ? rgb_of(look->foreground)
                  : luminance(back) < 0.2 ? 0xffffff
                                          : 0;
        if (contrast(ink, back) < wanted)
            fail_msg("%s, depth %d, %s: %06x on %06x is %.2f to 1, not %.1f", name, depth,
                     role_name(r), ink, back, contrast(ink, back), wanted);
    }
    arena_free(a);
}

/* What each theme is made for: its paper, and how far the ink must stand from it. The sixteen
 * colours are the terminal's own, so only the theme that promises contrast is held to them. */
static void test_contrast(void **state)
{
    (void)state;
    assert_true(contrast(0, 0xffffff) > 20.99 && contrast(0, 0xffffff) < 21.01);
    for (enum depth d = DEPTH_256; d <= DEPTH_RGB; d++) {
        check_contrast("dark", d, 0x000000, 4.5);
        check_contrast("dark", d, 0x1e1e1e, 4.5);
        check_contrast("light", d, 0xffffff, 4.5);
        check_contrast("solarized", d, 0x002b36, 4.5);
        check_contrast("solarized-light", d, 0xfdf6e3, 4.5);
    }
    for (enum depth d = DEPTH_16; d <= DEPTH_RGB; d++) {
        check_contrast("high-contrast", d, 0x000000, 7);
        check_contrast("high-contrast", d, 0xffffff, 7); /* its paper is its own */
    }
}

/* NO_COLOR with any theme: no colour, and what is selected is still seen. */
static void test_every_theme_without_colours(void **state)
{
    struct arena *a = arena_new();
    struct str *names;
    struct theme theme;
    struct error err = {0};
    (void)state;
    for (size_t i = 0, n = theme_list(a, &names); i < n; i++) {
        assert_true(theme_load(a, names[i], DEPTH_MONO, &theme, &err));
        for (enum role r = 0; r < ROLES; r++)
            assert_true(theme.roles[r].foreground == -1 && theme.roles[r].background == -1);
        assert_true(theme.roles[ROLE_SELECTED].attributes & LOOK_REVERSE);
        assert_false(theme.roles[ROLE_TEXT].attributes & LOOK_REVERSE);
    }
    arena_free(a);
}

/* A theme of the user's is read when it is the user's alone. */
static void test_own_files(void **state)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct str text;
    char path[] = "/tmp/harrier-own-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, "x", 1) == 1);
    assert_true(file_read_own(a, str_of(path), 10, &text, &err) && text.n == 1);
    assert_int_equal(fchmod(fd, 0620), 0);
    assert_false(file_read_own(a, str_of(path), 10, &text, &err));
    assert_non_null(strstr(err.message, "chmod go-w"));
    err = (struct error){0};
    assert_int_equal(fchmod(fd, 0602), 0);
    assert_false(file_read_own(a, str_of(path), 10, &text, &err));
    assert_int_equal(fchmod(fd, 0600), 0);
    if (geteuid() == 0 && fchown(fd, 65534, 0) == 0) {
        err = (struct error){0};
        assert_false(file_read_own(a, str_of(path), 10, &text, &err));
        assert_non_null(strstr(err.message, "another user"));
    }
    close(fd);
    unlink(path);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_clipped_with_a_mark),
        cmocka_unit_test(test_ascii_twins),
        cmocka_unit_test(test_hostile_bytes_become_visible),
        cmocka_unit_test(test_wide_and_combining),
        cmocka_unit_test(test_paths_are_cut_in_the_middle),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_a_filter_with_an_error),
        cmocka_unit_test(test_the_cursor_stays_on_its_row),
        cmocka_unit_test(test_sorting_is_stable_and_typed),
        cmocka_unit_test(test_the_grid_draws_at_any_size),
        cmocka_unit_test(test_themes),
        cmocka_unit_test(test_shipped_themes),
        cmocka_unit_test(test_contrast),
        cmocka_unit_test(test_every_theme_without_colours),
        cmocka_unit_test(test_own_files),
    };
    setlocale(LC_CTYPE, "");
    return cmocka_run_group_tests_name("ui parts", tests, NULL, NULL);
}
