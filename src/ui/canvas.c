/* Cells in memory: text comes in as raw bytes, goes through safe_text(), and lands as code points
 * with roles. See canvas.h. */
#include "ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static const char *const role_names[ROLES] = {
#define X(name, role) name,
    ROLE_LIST(X)
#undef X
};
static const struct {
    int32_t code;
    char ascii;
} glyphs[GLYPHS] = {
#define X(glyph, code, ascii) {code, ascii},
    GLYPH_LIST(X)
#undef X
};

const char *role_name(enum role r)
{
    return role_names[r];
}

/* ---- the canvas itself ----------------------------------------------------------------------- */

void canvas_init(struct canvas *c, bool ascii)
{
    *c = (struct canvas){.ascii = ascii, .frame = arena_new()};
}

void canvas_resize(struct canvas *c, int rows, int columns)
{
    c->rows = rows < 1 ? 1 : rows > 1000 ? 1000 : rows;
    c->columns = columns < 1 ? 1 : columns > 1000 ? 1000 : columns;
    c->cells = mem_grow(c->cells, sizeof *c->cells * (size_t)c->rows * (size_t)c->columns);
    canvas_clear(c);
}

void canvas_release(struct canvas *c)
{
    mem_free(c->cells);
    arena_free(c->frame);
    *c = (struct canvas){0};
}

static struct cell *at(struct canvas *c, int y, int x)
{
    return &c->cells[(size_t)y * (size_t)c->columns + (size_t)x];
}

static struct cell plain(int32_t code, enum role role)
{
    return (struct cell){.code = code, .role = (uint8_t)role, .width = 1};
}

void canvas_blank(struct canvas *c, int y, int x, int rows, int columns)
{
    for (int i = y; i < y + rows && i < c->rows; i++)
        for (int j = x; j < x + columns && j < c->columns; j++)
            *at(c, i, j) = plain(' ', ROLE_TEXT);
}

void canvas_clear(struct canvas *c)
{
    canvas_blank(c, 0, 0, c->rows, c->columns);
    c->cursor_shown = false;
    arena_reset(c->frame);
}

void canvas_cursor(struct canvas *c, int y, int x)
{
    if (y < 0 || y >= c->rows || x < 0)
        return;
    c->cursor_y = y;
    c->cursor_x = x < c->columns ? x : c->columns - 1;
    c->cursor_shown = true;
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->code == b->code && a->role == b->role && a->over == b->over && a->width == b->width &&
           memcmp(a->marks, b->marks, sizeof a->marks) == 0;
}

/* One cell at (y, x). A wide character that would lose a half becomes blank: half of one cannot be
 * shown. */
static void put(struct canvas *c, int y, int x, struct cell cell)
{
    if (y < 0 || y >= c->rows || x < 0 || x + cell.width > c->columns)
        return;
    struct cell *to = at(c, y, x);
    if (to->width == 0 && x > 0)
        *at(c, y, x - 1) = plain(' ', at(c, y, x - 1)->role);
    struct cell *after = at(c, y, x) + cell.width - 1;
    if (after->width == 2 && x + cell.width < c->columns)
        after[1] = plain(' ', after->role);
    *to = cell;
    if (cell.width == 2)
        to[1] = (struct cell){.role = cell.role, .over = cell.over};
}

int canvas_run(struct canvas *c, int y, int x, struct run r)
{
    int start = x;
    for (size_t i = 0; i < r.n; i++) {
        put(c, y, x, r.cells[i]);
        x += r.cells[i].width;
    }
    return x - start;
}

void canvas_over(struct canvas *c, int y, int x, int n, unsigned over)
{
    if (y < 0 || y >= c->rows)
        return;
    for (int j = x < 0 ? 0 : x; j < x + n && j < c->columns; j++)
        at(c, y, j)->over |= (uint8_t)over;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* Text that may be drawn on `columns` columns: a column holds at most one base and SAFE_MARKS marks
 * of four bytes each, so what lies behind that cannot be seen. */
static struct str shorten(struct str raw, int columns)
{
    size_t most = ((size_t)columns + 2) * 4 * (SAFE_MARKS + 1);
    if (columns > 0 && raw.n > most)
        raw.n = most;
    return raw;
}

static bool ascii_only(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e)
            return false;
    return true;
}

struct run run_make(struct canvas *c, struct str raw, enum role role, int columns)
{
    struct buf safe = {0};
    struct str text = shorten(raw, columns);
    bool plain_text = ascii_only(text);
    if (!plain_text) {
        safe_text(&safe, text, SAFE_MARKED | (c->ascii ? SAFE_ASCII : 0));
        text = buf_str(&safe);
    }
    struct run r = {.cells = arena_alloc(c->frame, sizeof(struct cell) * (text.n + 1))};
    unsigned over = 0;
    int marks = 0;
    for (size_t i = 0; i < text.n;) {
        int32_t code = utf8_next(text, &i);
        if (!plain_text && (code == SAFE_ON || code == SAFE_OFF)) {
            over = code == SAFE_ON ? OVER_ESCAPE : 0;
            continue;
        }
        int width = code == UTF8_BAD ? 1 : utf8_width(code);
        if (width == 0) {
            /* safe_text leaves no mark without a base and no more than SAFE_MARKS on one */
            if (r.n && marks < SAFE_MARKS)
                r.cells[r.n - 1].marks[marks++] = code;
            continue;
        }
        marks = 0;
        r.cells[r.n++] = (struct cell){.code = code == UTF8_BAD ? '?' : code,
                                       .role = (uint8_t)role,
                                       .over = (uint8_t)over,
                                       .width = (uint8_t)(width > 1 ? 2 : 1)};
        r.width += width > 1 ? 2 : 1;
    }
    buf_release(&safe);
    return r;
}

static int32_t glyph_code(const struct canvas *c, enum glyph g)
{
    return canvas_ascii(c) ? glyphs[g].ascii : glyphs[g].code;
}

struct run run_glyph(struct canvas *c, enum glyph g, enum role role)
{
    struct run r = {.cells = arena_alloc(c->frame, sizeof(struct cell)), .n = 1, .width = 1};
    r.cells[0] = plain(glyph_code(c, g), role);
    return r;
}

struct run run_join(struct canvas *c, struct run x, struct run y)
{
    struct run r = {.cells = arena_alloc(c->frame, sizeof(struct cell) * (x.n + y.n + 1)),
                    .n = x.n + y.n,
                    .width = x.width + y.width};
    if (x.n)
        memcpy(r.cells, x.cells, sizeof(struct cell) * x.n);
    if (y.n)
        memcpy(r.cells + x.n, y.cells, sizeof(struct cell) * y.n);
    return r;
}

static struct run run_head(struct run r, int width)
{
    struct run out = {.cells = r.cells};
    while (out.n < r.n && out.width + r.cells[out.n].width <= width)
        out.width += r.cells[out.n++].width;
    return out;
}

static struct run run_tail(struct run r, int width)
{
    struct run out = {0};
    while (out.n < r.n && out.width + r.cells[r.n - out.n - 1].width <= width)
        out.width += r.cells[r.n - ++out.n].width;
    out.cells = r.cells + (r.n - out.n);
    return out;
}

struct run run_from(struct run r, int from)
{
    return run_tail(r, from < r.width ? r.width - from : 0);
}

struct run run_cut_end(struct canvas *c, struct run r, int width)
{
    if (r.width <= width)
        return r;
    if (width < 1)
        return (struct run){.cells = r.cells};
    return run_join(c, run_head(r, width - 1), run_glyph(c, GLYPH_CUT, ROLE_DIM));
}

struct run run_cut_path(struct canvas *c, struct run r, int width)
{
    if (r.width <= width)
        return r;
    if (width < 2)
        return run_cut_end(c, r, width);
    /* the name with the slash before it (a path that ends in a slash: its last folder) */
    size_t slash = r.n ? r.n - 1 : 0;
    while (slash > 0 && !(r.cells[slash].code == '/' && slash + 1 < r.n))
        slash--;
    struct run mark = run_glyph(c, GLYPH_CUT, ROLE_DIM);
    struct run name = {.cells = r.cells + slash, .n = r.n - slash};
    for (size_t i = 0; i < name.n; i++)
        name.width += name.cells[i].width;
    if (name.width + 1 > width) {
        /* not even the name fits: its beginning and its end tell most */
        struct run bare = slash || (r.n && r.cells[0].code == '/') ? run_from(name, 1) : name;
        if (bare.width < width)
            return run_join(c, mark, bare);
        int tail = (width - 1) * 2 / 5;
        return run_join(c, run_join(c, run_head(bare, width - 1 - tail), mark),
                        run_tail(bare, tail));
    }
    /* whole folders only */
    struct run head = run_head(r, width - 1 - name.width);
    while (head.n > 0 && head.cells[head.n - 1].code != '/')
        head.width -= head.cells[--head.n].width;
    return run_join(c, run_join(c, head, mark), name);
}

/* ---- drawing --------------------------------------------------------------------------------- */

int canvas_text(struct canvas *c, int y, int x, int width, struct str raw, enum role role)
{
    if (width <= 0 || y < 0 || y >= c->rows || x >= c->columns)
        return 0;
    if (width > c->columns - x)
        width = c->columns - x;
    return canvas_run(c, y, x, run_cut_end(c, run_make(c, raw, role, width), width));
}

int canvas_textf(struct canvas *c, int y, int x, int width, enum role role, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return 0;
    size_t length = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    return canvas_text(c, y, x, width, (struct str){text, length}, role);
}

int canvas_right(struct canvas *c, int y, int end, int width, struct str raw, enum role role)
{
    struct run r = run_cut_end(c, run_make(c, raw, role, width), width);
    return canvas_run(c, y, end - r.width, r);
}

void canvas_glyph(struct canvas *c, int y, int x, enum glyph g, enum role role)
{
    put(c, y, x, plain(glyph_code(c, g), role));
}

void canvas_fill(struct canvas *c, int y, int x, int n, enum glyph g, enum role role)
{
    for (int i = 0; i < n; i++)
        canvas_glyph(c, y, x + i, g, role);
}

void canvas_bar(struct canvas *c, int y, int x, int width, int eighths, enum role role)
{
    if (eighths > width * 8)
        eighths = width * 8;
    int whole = eighths / 8, rest = eighths % 8;
    canvas_fill(c, y, x, whole, GLYPH_BLOCK, role);
    if (!rest || whole >= width)
        return;
    if (!canvas_ascii(c))
        put(c, y, x + whole, plain(0x2590 - rest, role)); /* U+2589 is seven eighths, U+258F one */
    else if (whole == 0)
        put(c, y, x, plain('.', role));
}

void canvas_spark(struct canvas *c, int y, int x, int eighths, enum role role)
{
    eighths = eighths < 0 ? 0 : eighths > 8 ? 8 : eighths;
    put(c, y, x, plain(canvas_ascii(c) ? '0' + eighths : eighths ? 0x2580 + eighths : ' ', role));
}

void canvas_step(struct canvas *c, int y, int x, int eighths, enum role role)
{
    put(c, y, x, plain(!c->ascii ? 0x2580 + eighths : eighths < 4 ? '.' : ':', role));
}

void dots_add(struct dots *d, int x, int y, bool marked)
{
    /* Braille counts its dots down the left, down the right, then the lowest two */
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    d->bits |= bit[y][x];
    d->marked |= marked;
    d->n += d->n < 1000;
}

void canvas_dots(struct canvas *c, int y, int x, const struct dots *d)
{
    int ascii = d->marked ? '*' : d->n == 1 ? '.' : d->n < 10 ? 'o' : '@';
    if (d->n)
        put(c, y, x,
            plain(c->ascii ? ascii : 0x2800 + d->bits, d->marked ? ROLE_MARK : ROLE_PLOT));
}

/* ---- as text --------------------------------------------------------------------------------- */

size_t cell_utf8(const struct cell *cell, char out[4 * (SAFE_MARKS + 1)])
{
    if (!cell->code)
        return 0;
    size_t n = utf8_put(cell->code, out);
    for (int m = 0; m < SAFE_MARKS && cell->marks[m]; m++)
        n += utf8_put(cell->marks[m], out + n);
    return n;
}

void canvas_save(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->rows; y++) {
        const struct cell *row = &c->cells[(size_t)y * (size_t)c->columns];
        int end = c->columns;
        while (end > 0 && row[end - 1].code == ' ' && !row[end - 1].marks[0])
            end--;
        for (int x = 0; x < end; x++) {
            char text[4 * (SAFE_MARKS + 1)];
            buf_add(out, (struct str){text, cell_utf8(&row[x], text)});
        }
        buf_add_byte(out, '\n');
    }
}
