/* Rows of keys that many panes share: moving in a table, and what works everywhere. */
#include "ui/ui_internal.h"

/* ---- in a table ------------------------------------------------------------------------------ */

static int64_t page_of(const struct grid *g)
{
    return g->page > 1 ? g->page - 1 : 1;
}

static void up(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move(p->grid, -1);
}

static void down(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move(p->grid, 1);
}

static void page_up(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move(p->grid, -page_of(p->grid));
}

static void page_down(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move(p->grid, page_of(p->grid));
}

static void first(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_to(p->grid, 0);
}

static void last(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_to(p->grid, SIZE_MAX);
}

static void left(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move_column(p->grid, -1);
}

static void right(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_move_column(p->grid, 1);
}

/* Up, then down, then as the table has it. */
static void sort(struct ui *ui, struct pane *p)
{
    struct grid *g = p->grid;
    size_t field = g->columns[g->column].field;
    (void)ui;
    if (g->sort_field != field)
        grid_sort(g, field, false);
    else if (!g->descending)
        grid_sort(g, field, true);
    else
        grid_sort(g, SIZE_MAX, false);
}

static void sort_down(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_sort(p->grid, p->grid->columns[p->grid->column].field, true);
}

static void copy_cell(struct ui *ui, struct pane *p)
{
    struct buf text = {0};
    struct str title;
    if (grid_cell(p->grid, &title, &text))
        ui_copy(ui, str_z(ui->canvas.frame, title), buf_str(&text), false);
    buf_release(&text);
}

static bool has_rows(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->grid && p->grid->n_shown;
}

static bool has_columns(const struct ui *ui, const struct pane *p)
{
    return has_rows(ui, p) && !p->grid->no_sort && p->grid->n_columns > 1;
}

static bool can_take(const struct ui *ui, const struct pane *p)
{
    return has_rows(ui, p) && !p->grid->no_sort && grid_row(p->grid) != SIZE_MAX;
}

static bool can_filter(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->grid && p->grid->table && p->type != &pane_filters;
}

const char where_finding[] = "a finding", where_table[] = "every table", where_all[] = "everywhere";

static const struct action grid_rows[] = {
    {{'/', WORTH(40)},
     "filter",
     "Filters as you type: words must all be there, -word must not, a OR b either, ip:10.0.0.0/8 "
     "status:200|206 bytes>1MB time:22:00..04:00 in that column, =\"\" empty; #word is off.",
     ask_filter,
     can_filter},
    {{'+'},
     "only this",
     "Adds to the filter that the current column is as in this row.",
     filter_only_this,
     can_take},
    {{'-'},
     "not this",
     "Adds to the filter that the current column is not as in this row.",
     filter_not_this,
     can_take},
    {{'s'},
     "sort",
     "Sorts by the current column; again: downwards; once more: as the rule gives them.",
     sort,
     has_columns},
    {{'S'}, NULL, "Sorts by the current column, greatest first.", sort_down, has_columns},
    {{K_RIGHT, 'l'},
     NULL,
     "To the next column: {s} sorts by it, {y} copies from it.",
     right,
     has_columns},
    {{K_LEFT, 'h'}, NULL, "To the column before.", left, has_columns},
    {{'y'},
     "copy",
     "Copies the cell of the current column to the terminal's clipboard.",
     copy_cell,
     has_rows},
    {{K_UP, 'k'}, NULL, "Up a row.", up, has_rows},
    {{K_DOWN, 'j'}, NULL, "Down a row.", down, has_rows},
    {{K_PGUP, K_CTRL('B')}, NULL, "Up a page.", page_up, has_rows},
    {{K_PGDN, K_CTRL('F')}, NULL, "Down a page.", page_down, has_rows},
    {{'g', K_HOME}, NULL, "To the first row.", first, has_rows},
    {{'G', K_END}, NULL, "To the last row.", last, has_rows},
};
const struct actions grid_actions = {grid_rows, COUNT(grid_rows)};

/* ---- everywhere ------------------------------------------------------------------------------ */

static bool filtered(const struct pane *p)
{
    return p->grid && p->grid->filter_text.n;
}

static void escape(struct ui *ui, struct pane *p)
{
    if (filtered(p))
        grid_filter(p->grid, STR_NONE);
    else if (ui->n_panes > 1 || ui->side_focused)
        ui_close(ui);
    else
        ui_message(ui, ROLE_DIM, "{q} quits");
}

static void quit(struct ui *ui, struct pane *p)
{
    (void)p;
    if (ui->n_panes > 1 || ui->side_focused)
        ui_close(ui);
    else
        ui->quit = true;
}

static void interrupt(struct ui *ui, struct pane *p)
{
    (void)p;
    if (hunt_loading(ui->hunt)) {
        hunt_cancel(ui->hunt);
        ui_message(ui, ROLE_WARN,
                   "loading is being stopped; {R} reads the logs again, Ctrl-C once more quits");
    } else {
        ui->quit = true;
    }
}

static void zone(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->zone.local = !ui->zone.local;
    ui_take(ui);
}

static void reload(struct ui *ui, struct pane *p)
{
    (void)p;
    hunt_reload(ui->hunt);
    ui_survey(ui);
}

static void redraw(struct ui *ui, struct pane *p)
{
    (void)p;
    if (ui->screen)
        screen_redraw(ui->screen);
}

static bool is_inside(const struct ui *ui, const struct pane *p)
{
    return ui->n_panes > 1 || ui->side_focused || filtered(p);
}

static bool is_base(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->n_panes == 1 && !ui->side_focused;
}

static const struct action global_rows[] = {
    {{K_ESC}, "back", "Lifts the filter, or leaves this view.", escape, is_inside},
    {{K_ESC}, NULL, NULL, escape, is_base},
    {{'q'}, "quit", "Leaves this view; in the findings: quits. Nothing is asked.", quit, is_base},
    {{'q'}, NULL, NULL, quit, is_inside},
    {{':', WORTH(35)},
     "KQL",
     "Runs a query of your own over the loaded logs; {q} comes back.",
     ask_query,
     NULL},
    {{'z'}, NULL, "Times in UTC (Z) or in this machine's zone (L).", zone, NULL},
    {{'R'}, NULL, "Reads the logs again.", reload, NULL},
    {{K_CTRL('L')}, NULL, "Draws the screen anew.", redraw, NULL},
    {{K_INTERRUPT}, NULL, "Stops loading; when nothing is being loaded: quits.", interrupt, NULL},
};
const struct actions global_actions = {global_rows, COUNT(global_rows)};

const struct actions *shared_actions(const struct pane_type *type, size_t i, const char **where)
{
    static const struct {
        const struct actions *set;
        const char *where;
    } sets[] = {{&triage_actions, where_finding},
                {&exclude_actions, where_finding},
                {&grid_actions, where_table},
                {&global_actions, where_all}};
    if (i == COUNT(sets))
        return NULL;
    bool holds = sets[i].where != where_finding || !type || type == &pane_findings ||
                 type == &pane_finding;
    *where = holds ? sets[i].where : NULL;
    return sets[i].set;
}

const struct actions *actions_of(const struct ui *ui, const struct pane *p, size_t i)
{
    const struct actions *sets[5] = {&p->type->actions};
    size_t n = 1;
    (void)ui;
    if (p->type == &pane_findings || p->type == &pane_finding)
        sets[n++] = &triage_actions, sets[n++] = &exclude_actions;
    if (p->grid)
        sets[n++] = &grid_actions;
    sets[n++] = &global_actions;
    return i < n ? sets[i] : NULL;
}
