/* Accesses over time, of the rows that the table below shows: how many in each stretch, or each one
 * as a dot by its size, where one big download stands alone. A stretch is brushed and becomes a
 * chip of that table. Blocks and Braille dots; # and . o @ where the locale has none. */
#include "ui/ui_internal.h"

#include <math.h>

#include "base/instant.h"

enum plot { PLOT_COUNT, PLOT_SIZE };
enum { LABEL = 9 }; /* columns of the figures at the left */

struct timelines {
    struct pane *under;       /* whose rows are shown; stays open as long as this */
    struct arena *arena, *bin_arena;
    struct timeline *timeline;
    struct timeline_bins bins;
    int bins_for;             /* columns the bins were made for; 0: none yet */
    enum plot plot;
    int64_t at;               /* the cursor's time: stays when the width changes */
    bool brushing;
    int64_t anchor;           /* where the brush began */
    int level;                /* rows from the bottom that sizes must reach; 0: any size */
    int rows;                 /* of the plot, drawn last */
};

static struct timelines *of(const struct pane *p)
{
    return p->data;
}

static struct grid *under(const struct pane *p)
{
    return of(p)->under->grid;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void take(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    struct grid *g = under(p);
    (void)ui;
    arena_reset(t->arena);
    t->timeline = NULL;
    t->bins = (struct timeline_bins){0};
    t->bins_for = 0;
    if (!g->table)
        return;
    /* a column that was gone to; the first one is where everybody starts */
    size_t field =
        g->column > 0 && g->column < g->n_columns ? g->columns[g->column].field : SIZE_MAX;
    t->timeline = timeline_of(t->arena, g->table, field, g->shown, g->n_shown);
    if (!t->timeline->n)
        t->timeline = NULL;
}

static void bin(struct timelines *t, int columns)
{
    if (t->bins_for == columns)
        return;
    arena_reset(t->bin_arena);
    timeline_bin(t->bin_arena, t->timeline, columns > 0 ? (size_t)columns : 1, &t->bins);
    t->bins_for = columns;
}

static size_t cursor(const struct timelines *t)
{
    return timeline_at(&t->bins, t->at);
}

/* The brushed bins, or the one under the cursor. */
static void brushed(const struct timelines *t, size_t *from, size_t *to)
{
    *from = *to = cursor(t);
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

/* The size a line at that height stands for, two digits of it. */
static int64_t size_at(const struct timelines *t, int level)
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

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_timeline(struct ui *ui, struct pane *p, const void *arg)
{
    struct timelines *t = ARENA_NEW(p->arena, struct timelines);
    (void)arg;
    t->under = ui_pane(ui);
    t->arena = arena_new();
    t->bin_arena = arena_new();
    p->data = t;
    take(ui, p);
    if (!t->timeline) {
        ui_message(ui, ROLE_WARN, "no row that is shown has a time");
        arena_free(t->arena);
        arena_free(t->bin_arena);
        return false;
    }
    t->at = t->timeline->first;
    return true;
}

static void close_timeline(struct ui *ui, struct pane *p)
{
    (void)ui;
    arena_free(of(p)->arena);
    arena_free(of(p)->bin_arena);
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
        canvas_right(c, y, plot.x - 1, LABEL - 1, size_text(ui, t, size_at(t, t->level)),
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
    size_t from, to, at = cursor(t);
    brushed(t, &from, &to);
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
    brushed(t, &from, &to);
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

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
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

/* ---- keys ------------------------------------------------------------------------------------ */

static bool shown(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->timeline && of(p)->bins.n;
}

static void to_bin(struct timelines *t, size_t bin)
{
    bin = bin < t->bins.n ? bin : t->bins.n - 1;
    t->at = t->bins.from + (int64_t)bin * t->bins.step;
}

static void move(struct pane *p, int64_t by)
{
    struct timelines *t = of(p);
    int64_t to = (int64_t)cursor(t) + by;
    to_bin(t, to < 0 ? 0 : (size_t)to);
}

static void left(struct ui *ui, struct pane *p)
{
    (void)ui;
    move(p, -1);
}

static void right(struct ui *ui, struct pane *p)
{
    (void)ui;
    move(p, 1);
}

static void far_left(struct ui *ui, struct pane *p)
{
    (void)ui;
    move(p, -10);
}

static void far_right(struct ui *ui, struct pane *p)
{
    (void)ui;
    move(p, 10);
}

static void first(struct ui *ui, struct pane *p)
{
    (void)ui;
    to_bin(of(p), 0);
}

static void last(struct ui *ui, struct pane *p)
{
    (void)ui;
    to_bin(of(p), of(p)->bins.n - 1);
}

/* To the next stretch in which something is. */
static void to_next(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    (void)ui;
    for (size_t i = cursor(t) + 1; i < t->bins.n; i++)
        if (t->bins.counts[i]) {
            to_bin(t, i);
            return;
        }
}

static void to_previous(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    (void)ui;
    for (size_t i = cursor(t); i-- > 0;)
        if (t->bins.counts[i]) {
            to_bin(t, i);
            return;
        }
}

/* To the stretch with most accesses, or with the biggest one. */
static void to_most(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    (void)ui;
    if (t->plot == PLOT_SIZE) {
        t->at = t->timeline->moments[t->timeline->biggest].time;
        return;
    }
    for (size_t i = 0; i < t->bins.n; i++)
        if (t->bins.counts[i] == t->bins.most) {
            to_bin(t, i);
            return;
        }
}

static void brush(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    (void)ui;
    t->brushing = !t->brushing;
    t->anchor = t->at;
}

static void other_plot(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    if (t->plot == PLOT_SIZE)
        t->plot = PLOT_COUNT;
    else if (t->timeline->biggest != SIZE_MAX)
        t->plot = PLOT_SIZE;
    else
        ui_message(ui, ROLE_WARN,
                   "no size here: neither scBytes nor TimeTaken is in this table or logged; A asks "
                   "the logs");
}

static bool sizes_shown(const struct ui *ui, const struct pane *p)
{
    return shown(ui, p) && of(p)->plot == PLOT_SIZE;
}

static void higher(struct ui *ui, struct pane *p)
{
    (void)ui;
    struct timelines *t = of(p);
    if (!t->level)
        t->level = t->rows / 2 > 0 ? t->rows / 2 : 1;
    else
        t->level += t->level < t->rows;
}

static void lower(struct ui *ui, struct pane *p)
{
    (void)ui;
    of(p)->level -= of(p)->level > 0;
}

/* Chips of the stretch, and of the size where a line was drawn. */
static void filter(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    struct grid *g = under(p);
    const struct field *fields = g->table->schema.fields;
    struct buf text = {0}, more = {0};
    size_t from, to;
    brushed(t, &from, &to);
    filter_take_span(&g->filter, fields[t->timeline->time_field].name,
                     t->bins.from + (int64_t)from * t->bins.step,
                     t->bins.from + (int64_t)(to + 1) * t->bins.step, &text);
    if (t->plot == PLOT_SIZE && t->level) {
        grid_filter(g, buf_str(&text));
        filter_take_least(&g->filter, fields[t->timeline->size_field].name, size_at(t, t->level),
                          &more);
        buf_reset(&text);
        buf_add(&text, buf_str(&more));
    }
    filter_apply(ui, g, buf_str(&text));
    buf_release(&text);
    buf_release(&more);
    t->brushing = false;
    t->level = 0;
}

static void filter_and_back(struct ui *ui, struct pane *p)
{
    filter(ui, p);
    ui_close(ui);
}

static void zoom(struct ui *ui, struct pane *p)
{
    filter(ui, p);
    take(ui, p);
}

static bool is_filtered(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return under(p)->filter.n > 0;
}

static void zoom_out(struct ui *ui, struct pane *p)
{
    struct buf text = {0};
    struct grid *g = under(p);
    filter_drop(&g->filter, g->filter.n - 1, &text);
    filter_apply(ui, g, buf_str(&text));
    take(ui, p);
    buf_release(&text);
}

static bool can_ask(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return !ui->nested && hunt_logs(ui->hunt);
}

/* All lines of the logs, by queries like those that are typed: the biggest answers, or how many in
 * each minute. */
static void all_logs(struct ui *ui, struct pane *p)
{
    if (of(p)->plot == PLOT_SIZE || (of(p)->timeline && of(p)->timeline->biggest == SIZE_MAX))
        run_query(ui, STR("W3CIISLog | project TimeGenerated, cIP, csMethod, csUriStem, scStatus, "
                          "scBytes, TimeTaken, csUserAgent, Computer | top 5000 by scBytes, "
                          "TimeTaken"));
    else
        run_query(ui, STR("W3CIISLog | summarize Accesses = count() by TimeGenerated = "
                          "bin(TimeGenerated, 1m)"));
}

static const struct action rows[] = {
    {{K_ENTER}, "only this time", "Filters the table by the stretch and goes back to it.",
     filter_and_back, shown},
    {{' '}, "brush", "Begins a stretch of several columns here, or gives it up.", brush, shown},
    {{'+'}, "zoom", "Filters the table by the stretch and shows it larger.", zoom, shown},
    {{'-', 'u'}, "zoom out", "Takes the last chip of the table's filter away.", zoom_out,
     is_filtered},
    {{K_TAB}, "size/count", "Each access as a dot by its size, or how many there are.", other_plot,
     shown},
    {{'n'}, "next", "To the next column in which something is.", to_next, shown},
    {{'N'}, NULL, "To the one before.", to_previous, shown},
    {{'m'}, "most", "To the column with most, or with the biggest.", to_most, shown},
    {{K_UP, 'k'}, NULL, "Draws a line: only what is at least as big.", higher, sizes_shown},
    {{K_DOWN, 'j'}, NULL, "Lowers that line.", lower, sizes_shown},
    {{'A'}, "all logs", "The same for every line of the logs, by a query.", all_logs, can_ask},
    {{K_LEFT, 'h'}, NULL, "A column back.", left, shown},
    {{K_RIGHT, 'l'}, NULL, "A column on.", right, shown},
    {{K_PGUP}, NULL, "Ten columns back.", far_left, shown},
    {{K_PGDN}, NULL, "Ten columns on.", far_right, shown},
    {{K_HOME, 'g'}, NULL, "To the first column.", first, shown},
    {{K_END, 'G'}, NULL, "To the last column.", last, shown},
};

static bool has_table(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->type != &pane_frequency && p->type != &pane_filters && p->type != &pane_help &&
           p->type != &pane_timeline && p->grid && p->grid->table && p->grid->n_columns &&
           !p->grid->no_sort;
}

const struct pane_type pane_timeline = {
    .name = "Timeline",
    .help = "The rows of a table over time, how many or how big each; a stretch becomes a filter.",
    .opens = {{'T'}, "timeline", "Shows the table's rows over time.", NULL, has_table},
    .actions = {rows, COUNT(rows)},
    .open = open_timeline,
    .take = take,
    .draw = draw,
    .close = close_timeline,
};
