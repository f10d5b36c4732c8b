/* The screen as cells in memory. Views draw here and nowhere else; screen.c sends the changed cells
 * to the terminal, canvas_text() gives them as text to a test. A cell holds a code point, its
 * combining marks and a role (what the text means); which colour a role has is the theme's affair.
 *
 * Every byte that is drawn, our own words included, goes through base/safe.h in run_make(), so
 * nothing a log holds can reach the terminal as anything but a printable character. Marks for
 * lines, plots and cuts are glyphs: they have an ASCII twin for locales that are not UTF-8. */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H
#include "base/arena.h"
#include "base/safe.h"

/* What text means. name in themes/x.yaml, enumerator. */
#define ROLE_LIST(X)               \
    X("text", ROLE_TEXT)           \
    X("dim", ROLE_DIM)             \
    X("title", ROLE_TITLE)         \
    X("head", ROLE_HEAD)           \
    X("head-current", ROLE_HEAD_CURRENT) \
    X("key", ROLE_KEY)             \
    X("bar", ROLE_BAR)             \
    X("selected", ROLE_SELECTED)   \
    X("selected-idle", ROLE_SELECTED_IDLE) \
    X("mark", ROLE_MARK)           \
    X("warn", ROLE_WARN)           \
    X("error", ROLE_ERROR)         \
    X("good", ROLE_GOOD)           \
    X("bad", ROLE_BAD)             \
    X("plus", ROLE_PLUS)           \
    X("minus", ROLE_MINUS)         \
    X("changed", ROLE_CHANGED)     \
    X("off", ROLE_OFF)             \
    X("plot", ROLE_PLOT)           \
    X("escape", ROLE_ESCAPE)       \
    X("input", ROLE_INPUT)         \
    X("match", ROLE_MATCH)         \
    X("line", ROLE_LINE)
enum role {
#define X(name, role) role,
    ROLE_LIST(X)
#undef X
    ROLES
};
const char *role_name(enum role r);

/* Drawing characters: the enumerator, its code point, its ASCII twin. */
#define GLYPH_LIST(X)                  \
    X(GLYPH_CUT, 0x2026, '~')          \
    X(GLYPH_RULE, 0x2500, '-')         \
    X(GLYPH_UPRIGHT, 0x2502, '|')      \
    X(GLYPH_UP, 0x25b2, '^')           \
    X(GLYPH_DOWN, 0x25bc, 'v')         \
    X(GLYPH_BLOCK, 0x2588, '#')        \
    X(GLYPH_MORE, 0x203a, '>')         \
    X(GLYPH_LESS, 0x2039, '<')
enum glyph {
#define X(glyph, code, ascii) glyph,
    GLYPH_LIST(X)
#undef X
    GLYPHS
};

enum { OVER_SELECTED = 1, OVER_IDLE = 2, OVER_ESCAPE = 4 };

struct cell {
    int32_t code;              /* 0: the right half of the wide character before it */
    int32_t marks[SAFE_MARKS]; /* combining marks, 0 where there are no more */
    uint8_t role;
    uint8_t over;              /* OVER_… : selection and escapes lie over the role */
    uint8_t width;             /* 1 or 2; 0 in a right half */
};

struct canvas {
    struct cell *cells; /* rows * columns, on the heap */
    int rows, columns;
    int cursor_y, cursor_x;
    bool cursor_shown;
    bool ascii;         /* the locale is not UTF-8 */
    bool plain;         /* no drawing characters although it is: they would be read out */
    struct arena *frame; /* memory of the picture being drawn; canvas_clear starts anew */
};
void canvas_init(struct canvas *c, bool ascii);
void canvas_resize(struct canvas *c, int rows, int columns); /* clears */
void canvas_clear(struct canvas *c);
void canvas_release(struct canvas *c);

static inline bool canvas_ascii(const struct canvas *c)
{
    return c->ascii || c->plain; /* lines and plots in ASCII */
}

/* A stretch of cells that is not placed yet; lives as long as the frame. */
struct run {
    struct cell *cells;
    size_t n;
    int width; /* columns */
};
/* Bytes of any kind as cells. What is not printable comes out as a visible escape, OVER_ESCAPE.
 * Only so much of a very long text is read as `columns` can need (0: all of it). */
struct run run_make(struct canvas *c, struct str raw, enum role role, int columns);
struct run run_glyph(struct canvas *c, enum glyph g, enum role role);
struct run run_join(struct canvas *c, struct run x, struct run y);
/* At most `width` columns, with the cut mark where something is missing: at the end; … */
struct run run_cut_end(struct canvas *c, struct run r, int width);
/* … or in the middle of a path, so that the part after the last slash stays whole as long as it
 * can: /owa/auth/…/logon.css. */
struct run run_cut_path(struct canvas *c, struct run r, int width);
/* The part of r from column `from` on. */
struct run run_from(struct run r, int from);

/* All of these clip to the canvas and return the columns drawn. */
int canvas_run(struct canvas *c, int y, int x, struct run r);
/* Text cut at `width` with a mark. */
int canvas_text(struct canvas *c, int y, int x, int width, struct str raw, enum role role);
int canvas_textf(struct canvas *c, int y, int x, int width, enum role role, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
int canvas_right(struct canvas *c, int y, int end, int width, struct str raw,
                 enum role role); /* ends before `end` */
void canvas_glyph(struct canvas *c, int y, int x, enum glyph g, enum role role);
void canvas_fill(struct canvas *c, int y, int x, int n, enum glyph g, enum role role);
/* A bar of `eighths` eighths of a column (whole columns of # in ASCII), at most `width` columns. */
void canvas_bar(struct canvas *c, int y, int x, int width, int eighths, enum role role);
/* One column whose height is 0..8 eighths; digits where there are no blocks. */
void canvas_spark(struct canvas *c, int y, int x, int eighths, enum role role);
/* The top of a tall bar: 1..7 eighths of a column's height; in ASCII a : or . */
void canvas_step(struct canvas *c, int y, int x, int eighths, enum role role);
/* Dots in a cell, two across and four down; in ASCII . o @ by how many there are, and * for
 * what stands out. */
struct dots {
    uint8_t bits;
    bool marked; /* one of them stands out */
    int n;
};
void dots_add(struct dots *d, int x, int y, bool marked);
void canvas_dots(struct canvas *c, int y, int x, const struct dots *d);
void canvas_over(struct canvas *c, int y, int x, int n, unsigned over);
void canvas_blank(struct canvas *c, int y, int x, int rows, int columns);
void canvas_cursor(struct canvas *c, int y, int x);
bool cell_equal(const struct cell *a, const struct cell *b);
size_t cell_utf8(const struct cell *cell, char out[4 * (SAFE_MARKS + 1)]);

/* The canvas as lines of text, blanks at the ends cut off. */
void canvas_save(const struct canvas *c, struct buf *out);
#endif
