/* Accesses over time, of the rows that the table below shows: how many in each stretch, or each one
 * as a dot by its size, where one big download stands alone. A stretch is brushed and becomes a
 * chip of that table. */
#include "ui/timeline_plot.h"

#include "base/instant.h"

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
    int64_t to = (int64_t)timeline_cursor(t) + by;
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
    for (size_t i = timeline_cursor(t) + 1; i < t->bins.n; i++)
        if (t->bins.counts[i]) {
            to_bin(t, i);
            return;
        }
}

static void to_previous(struct ui *ui, struct pane *p)
{
    struct timelines *t = of(p);
    (void)ui;
    for (size_t i = timeline_cursor(t); i-- > 0;)
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
    timeline_brushed(t, &from, &to);
    filter_take_span(&g->filter, fields[t->timeline->time_field].name,
                     t->bins.from + (int64_t)from * t->bins.step,
                     t->bins.from + (int64_t)(to + 1) * t->bins.step, &text);
    if (t->plot == PLOT_SIZE && t->level) {
        grid_filter(g, buf_str(&text));
        filter_take_least(&g->filter, fields[t->timeline->size_field].name,
                          timeline_size_at(t, t->level), &more);
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
    .draw = timeline_draw,
    .close = close_timeline,
};
