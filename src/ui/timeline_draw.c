/* Accesses over time, drawn: counts as bars or each access as a dot by its size, in blocks and
 * Braille dots; # and . o @ where the locale has none. In: the moments of the rows below; out:
 * cells of the canvas. */
#include "ui/timeline_plot.h"

#include <math.h>

#include "base/instant.h"

enum { LABEL = 9 }; /* columns of the figures at the left */

static struct timelines *of(const struct pane *p)
{
    return p->data;
}

static struct grid *under(const struct pane *p)
{
    return of(p)->under->grid;
}

/* ---- bins and heights ------------------------------------------------------------------------ */

static void bin(struct timelines *t, int columns)
{
    if (t->bins_for == columns)
        return;
    arena_reset(t->bin_arena);
    timeline_bin(t->bin_arena, t->timeline, columns > 0 ? (size_t)columns : 1, &t->bins);
    t->bins_for = columns;
}

size_t timeline_cursor(const struct timelines *t)
{
    return timeline_at(&t->bins, t->at);
}

void timeline_brushed(const struct timelines *t, size_t *from, size_t *to)
{
    *from = *to = timeline_cursor(t);
    if (t->brushing) {
        size_t anchor = timeline_at(&t->bins, t->anchor);
        *from = anchor < *from ? anchor : *from;
        *to = anchor > *to ? anchor : *to;
    }
}

/* Rows of the plot that a size fills, as a part of 1: by its logarithm. */
static double height_of(const struct timelines *t, int64_t size)
{
    int64_t most = t->timeline->moments[t->timeline->biggest].size;
    return most > 0 ? log1p((double)size) / log1p((double)most) : 0;
}

int64_t timeline_size_at(const struct timelines *t, int level)
{
    int64_t most = t->timeline->moments[t->timeline->biggest].size, unit = 1;
    if (level <= 0 || t->rows <= 0)
        return 0;
    int64_t size = (int64_t)ceil(expm1(log1p((double)most) * (level - 1) / t->rows));
    while (size / unit >= 100)
        unit *= 10;
    return (size + unit - 1) / unit * unit;
}

static struct str size_text(struct ui *ui, const struct timelines *t, int64_t size)
{
    struct buf text = {0};
    if (t->timeline->millis)
        text_duration(&text, size > INT64_MAX / TICKS_PER_MILLISECOND
                                 ? INT64_MAX : size * TICKS_PER_MILLISECOND);
    else
        text_bytes(&text, size);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* Columns of one bin: whole ones, so that all are equal. */
static int bin_width(const struct timelines *t, int columns)
{
    int width = t->bins.n ? columns / (int)t->bins.n : 1;
    return width < 1 ? 1 : width > 12 ? 12 : width;
}

static void draw_counts(struct ui *ui, const struct timelines *t, struct area plot)
{
    struct canvas *c = &ui->canvas;
    int width = bin_width(t, plot.columns);
    struct buf text = {0};
    text_count(&text, t->bins.most);
    if (text.n >= LABEL) {
        buf_reset(&text);
        text_brief(&text, t->bins.most);
    }
    canvas_right(c, plot.y, plot.x - 1, LABEL - 1, buf_str(&text), ROLE_DIM);
    if (plot.rows > 1)
        canvas_right(c, plot.y + plot.rows - 1, plot.x - 1, LABEL - 1, STR("0"), ROLE_DIM);
    buf_release(&text);
    for (size_t i = 0; i < t->bins.n; i++) {
        int64_t count = t->bins.counts[i];
        double part = t->bins.most ? (double)count / (double)t->bins.most : 0;
        int eighths = (int)(part * plot.rows * 8);
        if (count > 0 && eighths < 1)
            eighths = 1; /* one of many is still there */
        for (int w = 0; w < width; w++) {
            int x = plot.x + (int)i * width + w;
            for (int k = 0; k < eighths / 8; k++)
                canvas_glyph(c, plot.y + plot.rows - 1 - k, x, GLYPH_BLOCK, ROLE_PLOT);
            if (eighths % 8)
                canvas_step(c, plot.y + plot.rows - 1 - eighths / 8, x, eighths % 8, ROLE_PLOT);
        }
    }
}

static void draw_size_labels(struct ui *ui, const struct timelines *t, struct area plot)
{
    static const int64_t bytes[] = {1000, 1000000, 1000000000, 1000000000000},
                         millis[] = {1000, 60000, 3600000, 86400000};
    int below = plot.rows - 1; /* nothing stands closer than this to the one before */
    for (size_t i = COUNT(bytes); i-- > 0;) {
        int64_t size = t->timeline->millis ? millis[i] : bytes[i];
        double height = height_of(t, size);
        int row = height > 1 ? plot.rows : (int)(height * (plot.rows * 4 - 1)) / 4;
        if (row >= below || row < 1)
            continue;
        canvas_right(&ui->canvas, plot.y + plot.rows - 1 - row, plot.x - 1, LABEL - 1,
                     size_text(ui, t, size), ROLE_DIM);
        below = row;
    }
}

static void draw_sizes(struct ui *ui, const struct timelines *t, struct area plot)
{
    struct canvas *c = &ui->canvas;
    const struct timeline *line = t->timeline;
    int width = bin_width(t, plot.columns), wide = width * (int)t->bins.n;
    size_t cells = (size_t)wide * (size_t)plot.rows;
    struct dots *dots = ARENA_ARRAY(c->frame, struct dots, cells + 1);
    for (size_t i = 0; i < line->n; i++) {
        const struct moment *m = &line->moments[i];
        if (m->size < 0)
            continue;
        double across = (double)(m->time - t->bins.from) /
                        ((double)t->bins.step * (double)t->bins.n);
        int x = (int)(across * wide * 2), y = (int)(height_of(t, m->size) * (plot.rows * 4 - 1));
        x = x < 0 ? 0 : x >= wide * 2 ? wide * 2 - 1 : x;
        y = plot.rows * 4 - 1 - y;
        dots_add(&dots[(size_t)(y / 4) * (size_t)wide + (size_t)(x / 2)], x % 2, y % 4,
                 i == line->biggest);
    }
    for (int y = 0; y < plot.rows; y++)
        for (int x = 0; x < wide; x++)
            canvas_dots(c, plot.y + y, plot.x + x, &dots[(size_t)y * (size_t)wide + (size_t)x]);
    canvas_right(c, plot.y, plot.x - 1, LABEL - 1,
                 size_text(ui, t, line->moments[line->biggest].size), ROLE_DIM);
    draw_size_labels(ui, t, plot);
    if (t->level) {
        int y = plot.y + plot.rows - t->level;
        for (int x = 0; x < wide; x++)
            if (!dots[(size_t)(y - plot.y) * (size_t)wide + (size_t)x].n)
                canvas_glyph(c, y, plot.x + x, GLYPH_RULE, ROLE_LINE);
        canvas_right(c, y, plot.x - 1, LABEL - 1, size_text(ui, t, timeline_size_at(t, t->level)),
                     ROLE_INPUT);
    }
}

static struct str time_text(struct ui *ui, int64_t time)
{
    struct buf text = {0};
    text_instant(&text, time, ui->zone);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

/* The line under the plot, with the brush and the cursor on it; below that its ends in words. */
static void draw_axis(struct ui *ui, const struct timelines *t, struct area plot, int y)
{
    struct canvas *c = &ui->canvas;
    int width = bin_width(t, plot.columns), wide = width * (int)t->bins.n;
    size_t from, to, at = timeline_cursor(t);
    timeline_brushed(t, &from, &to);
    canvas_fill(c, y, plot.x, wide, GLYPH_RULE, ROLE_LINE);
    if (t->brushing)
        for (int x = (int)from * width; x < (int)(to + 1) * width; x++)
            canvas_text(c, y, plot.x + x, 1, STR("="), ROLE_INPUT);
    canvas_glyph(c, y, plot.x + (int)at * width, GLYPH_UP, ROLE_KEY);
    for (int row = plot.y; row < plot.y + plot.rows; row++)
        canvas_over(c, row, plot.x + (int)from * width, (int)(to - from + 1) * width,
                    OVER_SELECTED);
    canvas_cursor(c, y, plot.x + (int)at * width);
}

static void draw_ends(struct ui *ui, const struct timelines *t, struct area plot, int y)
{
    struct canvas *c = &ui->canvas;
    int wide = bin_width(t, plot.columns) * (int)t->bins.n;
    struct str end = time_text(ui, t->bins.from + (int64_t)t->bins.n * t->bins.step);
    int used = canvas_text(c, y, plot.x, plot.columns, time_text(ui, t->bins.from), ROLE_DIM);
    int x = plot.x + wide > plot.x + used + 2 + (int)end.n ? plot.x + wide
                                                            : plot.x + used + 2 + (int)end.n;
    if (x <= plot.x + plot.columns)
        canvas_right(c, y, x, (int)end.n, end, ROLE_DIM);
}

/* The row in one line: what it asks for, who, with what answer. */
static struct str row_text(struct ui *ui, const struct pane *p, uint32_t row)
{
    static const char *const fields[] = {"cIP", "csMethod", "csUriStem", "scStatus"};
    struct buf text = {0};
    const struct table *t = under(p)->table;
    for (size_t i = 0; i < COUNT(fields); i++) {
        size_t at = schema_find(&t->schema, str_of(fields[i]));
        if (at == SIZE_MAX)
            continue;
        if (text.n)
            buf_add_byte(&text, ' ');
        text_whole(&text, column_value(t->columns[at], row), ui->zone);
    }
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static void draw_here(struct ui *ui, const struct pane *p, int y, int x, int width)
{
    const struct timelines *t = of(p);
    const struct timeline *line = t->timeline;
    size_t from, to, biggest = SIZE_MAX;
    int64_t count = 0;
    timeline_brushed(t, &from, &to);
    for (size_t i = from; i <= to && i < t->bins.n; i++) {
        count += t->bins.counts[i];
        size_t one = t->bins.biggest[i];
        if (one != SIZE_MAX &&
            (biggest == SIZE_MAX || line->moments[one].size > line->moments[biggest].size))
            biggest = one;
    }
    int64_t end = t->bins.from + (int64_t)(to + 1) * t->bins.step;
    struct buf length = {0};
    text_duration(&length, end - t->bins.from - (int64_t)from * t->bins.step);
    struct piece pieces[] = {
        {time_text(ui, t->bins.from + (int64_t)from * t->bins.step), ROLE_INPUT, 9, false, false},
        {str_dup(ui->canvas.frame, buf_str(&length)), ROLE_INPUT, 5, false, false},
        {ui_str(ui, "%.*s here", STR_ARG(ui_count(ui, count))), ROLE_TEXT, 8, false, false},
        {biggest == SIZE_MAX ? STR_NONE
                             : ui_str(ui, "biggest %.*s",
                                      STR_ARG(size_text(ui, t, line->moments[biggest].size))),
         ROLE_TEXT, 7, false, false},
        {biggest == SIZE_MAX ? STR_NONE : row_text(ui, p, line->moments[biggest].row), ROLE_DIM, 6,
         false, true},
    };
    draw_pieces(&ui->canvas, y, x, width, 2, pieces, COUNT(pieces));
    buf_release(&length);
}

static void draw_title(struct ui *ui, const struct pane *p, struct area area)
{
    const struct timelines *t = of(p);
    const struct timeline *line = t->timeline;
    const struct grid *g = under(p);
    struct str rows = ui_rows(ui, (int64_t)g->n_shown, t->under);
    struct buf step = {0};
    text_duration(&step, t->bins.step);
    struct str name = g->table->schema.fields[line->time_field].name;
    struct piece pieces[] = {
        {t->plot == PLOT_SIZE ? line->millis ? STR("Time taken over time") : STR("Bytes over time")
                              : STR("Accesses over time"),
         ROLE_TITLE, 9, false, false},
        {line->accesses == (int64_t)g->n_shown
             ? rows
             : ui_str(ui, "%.*s in %.*s", STR_ARG(ui_count(ui, line->accesses)), STR_ARG(rows)),
         ROLE_TEXT, 8, false, false},
        {line->lists ? ui_str(ui, "each time of %.*s once", STR_ARG(name)) : name, ROLE_DIM, 4,
         false, false},
        {ui_str(ui, "a column is %.*s", STR_ARG(buf_str(&step))), ROLE_TEXT, 7, false, false},
        {line->untimed ? ui_str(ui, "%.*s without a time",
                                STR_ARG(ui_count(ui, (int64_t)line->untimed)))
                       : STR_NONE,
         ROLE_WARN, 6, false, false},
        {t->plot == PLOT_SIZE && line->sized < line->n
             ? ui_str(ui, "%.*s without a size",
                      STR_ARG(ui_count(ui, (int64_t)(line->n - line->sized))))
             : STR_NONE,
         ROLE_WARN, 6, false, false},
    };
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    buf_release(&step);
}

void timeline_draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct timelines *t = of(p);
    int foot = area.rows >= 6 ? 3 : 2;
    struct area plot = {area.y + 1, area.x + LABEL, area.rows - 1 - foot, area.columns - LABEL};
    (void)focused;
    if (!t->timeline || plot.rows < 1 || plot.columns < 4) {
        canvas_text(&ui->canvas, area.y, area.x, area.columns,
                    t->timeline ? STR("too small for a plot") : STR("no row has a time"), ROLE_DIM);
        return;
    }
    bin(t, plot.columns);
    t->rows = plot.rows;
    t->level = t->level > plot.rows ? plot.rows : t->level;
    if (t->plot == PLOT_SIZE && t->timeline->biggest == SIZE_MAX)
        t->plot = PLOT_COUNT;
    draw_title(ui, p, area);
    if (t->plot == PLOT_SIZE)
        draw_sizes(ui, t, plot);
    else
        draw_counts(ui, t, plot);
    draw_axis(ui, t, plot, plot.y + plot.rows);
    if (foot == 3)
        draw_ends(ui, t, plot, plot.y + plot.rows + 1);
    draw_here(ui, p, plot.y + plot.rows + foot - 1, area.x, area.columns);
}
