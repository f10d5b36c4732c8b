/* How often each value of a column is there, in the rows that the table below it shows. Enter makes
 * a chip of the value. */
#include "ui/ui_internal.h"

struct frequencies {
    struct pane *under;  /* whose rows are counted; stays open as long as this */
    struct arena *arena; /* of the counts */
    struct frequency *frequency;
    struct grid grid;
    size_t field;
};

static struct frequencies *of(const struct pane *p)
{
    return p->data;
}

static struct grid *under(const struct pane *p)
{
    return of(p)->under->grid;
}

static enum role role(void *ctx, size_t row, size_t field)
{
    const struct frequencies *f = ctx;
    struct value v = f->frequency->values[row];
    bool empty = v.null || (type_shape(v.type) == SHAPE_STR && !v.s.n);
    return field == 0 && empty ? ROLE_DIM : field == 2 ? ROLE_PLOT : ROLE_TEXT;
}

/* The shown column of that field; SIZE_MAX: it is not among them. */
static size_t column_of(const struct grid *g, size_t field)
{
    for (size_t i = 0; i < g->n_columns; i++)
        if (g->columns[i].field == field)
            return i;
    return SIZE_MAX;
}

static void count(struct ui *ui, struct pane *p)
{
    struct frequencies *f = of(p);
    struct grid *g = under(p);
    struct grid_column *columns;
    grid_load(&f->grid, NULL, NULL, NULL, 0);
    arena_reset(f->arena);
    f->frequency = NULL;
    f->grid.zone = ui->zone;
    if (!g->table || !g->n_columns)
        return;
    if (column_of(g, f->field) == SIZE_MAX)
        f->field = g->columns[0].field;
    f->frequency = frequency_of(f->arena, g->table, f->field, g->shown, g->n_shown);
    const struct table *t = f->frequency->table;
    size_t n = grid_columns_plain(f->arena, t, &columns);
    uint64_t *ids = ARENA_ARRAY(f->arena, uint64_t, t->rows + 1);
    for (size_t i = 0; i < t->rows; i++)
        ids[i] = value_hash(f->frequency->values[i]);
    const struct grid_column *shown = &g->columns[column_of(g, f->field)];
    columns[0].title = shown->title;
    columns[0].kind = shown->kind == CELL_LIST || shown->kind == CELL_FOLDER ? CELL_TEXT
                                                                             : shown->kind;
    if (shown->kind == CELL_FOLDER)
        columns[0].kind = CELL_PATH;
    columns[0].least = 12;
    columns[0].best = 40;
    columns[0].most = 120;
    columns[2].kind = CELL_SHARE;
    columns[2].least = 6;
    columns[2].best = columns[2].most = 24;
    grid_load(&f->grid, t, ids, columns, n);
}

static void take(struct ui *ui, struct pane *p)
{
    count(ui, p);
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_frequency(struct ui *ui, struct pane *p, const void *arg)
{
    struct frequencies *f = ARENA_NEW(p->arena, struct frequencies);
    struct grid *g = ui_pane(ui)->grid;
    (void)arg;
    f->under = ui_pane(ui);
    f->arena = arena_new();
    f->field = g->columns[g->column].field;
    grid_init(&f->grid);
    f->grid.hooks = (struct grid_hooks){.role = role, .ctx = f};
    p->data = f;
    p->grid = &f->grid;
    count(ui, p);
    grid_to(&f->grid, 0);
    return true;
}

static void close_frequency(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* What one is counted in: rows of this table, and which of them. */
static struct str counted(struct ui *ui, const struct pane *p)
{
    const struct frequencies *f = of(p);
    const struct grid *g = under(p);
    int64_t rows = (int64_t)f->frequency->rows;
    if (g->n_shown < g->table->rows)
        return ui_str(ui, "in the %.*s of %.*s that the filter shows", STR_ARG(ui_count(ui, rows)),
                      STR_ARG(ui_rows(ui, (int64_t)g->table->rows, f->under)));
    return ui_str(ui, "in %.*s", STR_ARG(ui_rows(ui, rows, f->under)));
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct frequencies *f = of(p);
    if (!f->frequency) {
        canvas_text(c, area.y, area.x, area.columns, STR("there are no rows to count"), ROLE_DIM);
        return;
    }
    const struct frequency *q = f->frequency;
    enum role filter_role;
    struct str filter = filter_words(ui, &f->grid, &filter_role);
    struct str name = under(p)->table->schema.fields[f->field].name;
    struct piece pieces[] = {
        {ui_str(ui, "%.*s %sof %.*s", STR_ARG(ui_count(ui, (int64_t)q->table->rows)),
                q->table->rows == 1 ? "value " : "values ", STR_ARG(name)),
         ROLE_TITLE, 9, false, true},
        {counted(ui, p), ROLE_TEXT, 8, false, true},
        {q->without ? ui_str(ui, "%.*s without one", STR_ARG(ui_count(ui, (int64_t)q->without)))
                    : STR_NONE,
         ROLE_DIM, 6, false, false},
        {q->elements ? STR("a row counts once for each element of its list") : STR_NONE, ROLE_DIM,
         5, false, false},
        {filter, filter_role, 7, true, true},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&f->grid, c, (struct area){area.y + 1, area.x, area.rows - 1, area.columns}, focused);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_value(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->frequency && grid_row(p->grid) != SIZE_MAX;
}

/* The value as a chip of the table below. */
static void chip(struct ui *ui, struct pane *p, bool exclude)
{
    struct frequencies *f = of(p);
    struct grid *g = under(p);
    struct buf text = {0};
    filter_take_cell(&g->filter, g->table->schema.fields[f->field].name,
                     f->frequency->values[grid_row(p->grid)], exclude, &text);
    filter_apply(ui, g, buf_str(&text));
    count(ui, p);
    buf_release(&text);
}

static void only(struct ui *ui, struct pane *p)
{
    chip(ui, p, false);
    ui_close(ui);
}

static void not(struct ui *ui, struct pane *p)
{
    chip(ui, p, true);
}

static void to_column(struct ui *ui, struct pane *p, size_t by)
{
    const struct grid *g = under(p);
    size_t at = column_of(g, of(p)->field);
    if (at == SIZE_MAX || !g->n_columns)
        return;
    of(p)->field = g->columns[(at + by) % g->n_columns].field;
    grid_filter(&of(p)->grid, STR_NONE);
    grid_sort(&of(p)->grid, SIZE_MAX, false);
    count(ui, p);
    grid_to(&of(p)->grid, 0);
}

static void next_column(struct ui *ui, struct pane *p)
{
    to_column(ui, p, 1);
}

static void column_before(struct ui *ui, struct pane *p)
{
    to_column(ui, p, under(p)->n_columns - 1);
}

/* The column in all log lines, counted by the engine: a query like one that is typed. */
static bool in_logs(const struct ui *ui, const struct pane *p)
{
    const struct frequencies *f = of(p);
    const struct schema *logs = hunt_logs(ui->hunt) ? logs_schema(hunt_logs(ui->hunt)) : NULL;
    return f->frequency && logs && !ui->nested &&
           schema_find(logs, under(p)->table->schema.fields[f->field].name) != SIZE_MAX;
}

static void all_logs(struct ui *ui, struct pane *p)
{
    struct str name = under(p)->table->schema.fields[of(p)->field].name;
    run_query(ui, ui_str(ui,
                         "W3CIISLog | summarize Count = count(), First = min(TimeGenerated), "
                         "Last = max(TimeGenerated) by %.*s | sort by Count desc",
                         STR_ARG(name)));
}

static bool actor_here(const struct pane *p, struct actor_here *out)
{
    const struct frequencies *f = of(p);
    size_t row = grid_row(&f->grid);
    return f->frequency && row != SIZE_MAX &&
           actor_of(under(p)->table->schema.fields[f->field].name, f->frequency->values[row], out);
}

static const struct action rows[] = {
    {{K_ENTER}, "only this", "Filters the table by this value and goes back.", only, on_value},
    {{'-'}, "not this", "Takes this value out of the table.", not, on_value},
    {{'+'}, NULL, "Filters the table by this value.", only, on_value},
    STORY_ACTION,
    {{K_TAB}, "next column", "Counts the next column of the table.", next_column, NULL},
    {{K_BACKTAB}, NULL, "Counts the column before.", column_before, NULL},
    {{'A'}, "all logs", "Counts the column in every line of the logs, by a query.", all_logs,
     in_logs},
};

static bool can_count(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->type != &pane_frequency && p->type != &pane_filters && p->type != &pane_help &&
           p->grid && p->grid->table && !p->grid->no_sort && p->grid->n_columns;
}

const struct pane_type pane_frequency = {
    .name = "Frequency",
    .help = "How often each value of a column is there: rows of the table it was opened from, "
            "never more than that one shows. First and last by the rows' own times.",
    .opens = {{'F'}, "frequency", "Counts the values of the current column.", NULL, can_count},
    .actions = {rows, COUNT(rows)},
    .open = open_frequency,
    .take = take,
    .draw = draw,
    .close = close_frequency,
    .actor = actor_here,
};
