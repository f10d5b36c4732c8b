/* Rows, order, filter and cursor of the grid. Drawing is in grid_draw.c. See grid.h. */
#include "ui/grid.h"

#include <stdlib.h>

void grid_init(struct grid *g)
{
    *g = (struct grid){.arena = arena_new(),
                       .load_arena = arena_new(),
                       .filter_arena = arena_new(),
                       .sort_field = SIZE_MAX};
}

void grid_release(struct grid *g)
{
    arena_free(g->arena);
    arena_free(g->load_arena);
    arena_free(g->filter_arena);
    buf_release(&g->filter_text);
    buf_release(&g->filter_force);
    buf_release(&g->filter_before);
    *g = (struct grid){0};
}

static uint64_t id_of(const struct grid *g, size_t row)
{
    return g->ids ? g->ids[row] : row;
}

static bool skipped(const struct grid *g, size_t place)
{
    return g->hooks.skip && g->hooks.skip(g->hooks.ctx, g->shown[place]);
}

size_t grid_row(const struct grid *g)
{
    if (!g->table || g->cursor >= g->n_shown || skipped(g, g->cursor))
        return SIZE_MAX;
    return g->shown[g->cursor];
}

/* ---- cursor ---------------------------------------------------------------------------------- */

void grid_move_view(struct grid *g)
{
    size_t page = g->page > 0 ? (size_t)g->page : 1;
    if (g->cursor < g->top)
        g->top = g->cursor;
    if (g->cursor >= g->top + page)
        g->top = g->cursor - page + 1;
    if (g->top + page > g->n_shown)
        g->top = g->n_shown > page ? g->n_shown - page : 0;
}

static void remember(struct grid *g)
{
    if (g->cursor < g->n_shown) {
        g->cursor_id = id_of(g, g->shown[g->cursor]);
        g->cursor_known = true;
    }
    grid_move_view(g);
}

void grid_to(struct grid *g, size_t place)
{
    if (!g->n_shown)
        return;
    size_t from = g->cursor;
    g->cursor = place < g->n_shown ? place : g->n_shown - 1;
    /* over a heading, onward in the same direction; at the ends back again */
    bool down = g->cursor >= from;
    for (int turn = 0; turn < 2 && skipped(g, g->cursor); turn++, down = !down)
        while (skipped(g, g->cursor) && (down ? g->cursor + 1 < g->n_shown : g->cursor > 0))
            g->cursor += down ? 1 : (size_t)-1;
    remember(g);
    if (g->cursor > 0 && g->cursor == g->top && skipped(g, g->cursor - 1))
        g->top--; /* the heading belongs to its first row */
}

void grid_move(struct grid *g, int64_t by)
{
    if (by < 0 && (uint64_t)-by > g->cursor)
        grid_to(g, 0);
    else
        grid_to(g, (size_t)((int64_t)g->cursor + by));
}

/* The place of an identity among the shown rows, or SIZE_MAX. */
static size_t place_of(const struct grid *g, uint64_t id)
{
    for (size_t i = 0; i < g->n_shown; i++)
        if (id_of(g, g->shown[i]) == id)
            return i;
    return SIZE_MAX;
}

void grid_to_id(struct grid *g, uint64_t id)
{
    size_t place = place_of(g, id);
    if (place != SIZE_MAX)
        grid_to(g, place);
}

void grid_move_column(struct grid *g, int by)
{
    if (by < 0 && g->column < (size_t)-by)
        g->column = 0;
    else if (g->n_columns)
        g->column =
            g->column + (size_t)by < g->n_columns ? g->column + (size_t)by : g->n_columns - 1;
}

/* ---- order and filter ------------------------------------------------------------------------ */

struct sorting {
    const struct column *column;
    bool descending;
};

static int by_column(const void *x, const void *y, void *ctx)
{
    const struct sorting *s = ctx;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    int order = value_compare(column_value(s->column, a), column_value(s->column, b));
    if (order)
        return s->descending ? -order : order;
    return a < b ? -1 : a > b;
}

static void drop_hidden(struct grid *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_shown; i++)
        if (!g->hooks.hide(g->hooks.ctx, g->shown[i]))
            g->shown[n++] = g->shown[i];
    g->n_shown = n;
}

static void fill(struct grid *g)
{
    g->n_shown = 0;
    if (!g->table)
        return;
    if (g->filter.n)
        g->n_shown = filter_rows(&g->filter, g->table, g->shown);
    else
        for (size_t row = 0; row < g->table->rows; row++)
            g->shown[g->n_shown++] = (uint32_t)row;
    if (g->hooks.hide)
        drop_hidden(g);
    if (g->sort_field < g->table->schema.n && g->n_shown > 1) {
        struct sorting s = {g->table->columns[g->sort_field], g->descending};
        column_strs(g->table->columns[g->sort_field]);
        qsort_r(g->shown, g->n_shown, sizeof *g->shown, by_column, &s);
    }
}

/* Fills anew and puts the cursor back on its row, at the same height of the screen. */
static void refill(struct grid *g)
{
    size_t height = g->cursor - g->top, old = g->cursor;
    fill(g);
    size_t place = g->cursor_known ? place_of(g, g->cursor_id) : SIZE_MAX;
    bool found = place != SIZE_MAX;
    g->cursor = found ? place : old < g->n_shown ? old : g->n_shown ? g->n_shown - 1 : 0;
    g->top = g->cursor > height ? g->cursor - height : 0;
    if (g->n_shown && skipped(g, g->cursor))
        grid_to(g, g->cursor);
    grid_move_view(g);
    /* a row that is only filtered away gets the cursor back when the filter is lifted */
    if (found || !g->filter.n)
        remember(g);
}

void grid_sort(struct grid *g, size_t field, bool descending)
{
    if (g->no_sort)
        return;
    g->sort_field = field;
    g->descending = descending;
    refill(g);
}

struct filter_names grid_names(const struct grid *g, struct arena *a)
{
    struct str *titles = ARENA_ARRAY(a, struct str, g->table->schema.n + 1);
    for (size_t i = 0; i < g->n_columns; i++)
        titles[g->columns[i].field] = g->columns[i].title;
    return (struct filter_names){&g->table->schema, titles};
}

/* The text takes force, unless it cannot be read; of one that is still being typed what is
 * complete. Where it cannot, the last one that could stays in force, over another table too. */
static void parse_filter(struct grid *g)
{
    struct arena *a = arena_new();
    struct filter f = {0};
    struct error ignored = {0};
    struct str text = buf_str(&g->filter_text);
    g->filter_error = (struct error){0};
    g->filter_unfinished = false;
    if (g->table && text.n) {
        struct filter_names names = grid_names(g, a);
        bool whole = filter_parse(a, text, &names, &f, &g->filter_error);
        g->filter_unfinished = !whole && f.unfinished;
        if (!whole && !f.unfinished) {
            f = (struct filter){0};
            filter_parse(a, buf_str(&g->filter_force), &names, &f, &ignored);
            text = buf_str(&g->filter_force);
        }
    }
    if (g->table && text.p != g->filter_force.p) {
        buf_reset(&g->filter_force);
        buf_add(&g->filter_force, text);
    }
    arena_free(g->filter_arena);
    g->filter_arena = a;
    g->filter = f;
}

bool grid_filter(struct grid *g, struct str text)
{
    buf_reset(&g->filter_text);
    buf_add(&g->filter_text, text);
    parse_filter(g);
    refill(g);
    /* where the row is not among those found, the first that is */
    if (g->n_shown && id_of(g, g->shown[g->cursor]) != g->cursor_id)
        g->cursor = g->top = 0;
    return !g->filter_error.set;
}

/* ---- loading --------------------------------------------------------------------------------- */

size_t grid_columns_plain(struct arena *a, const struct table *t, struct grid_column **out)
{
    *out = ARENA_ARRAY(a, struct grid_column, t->schema.n + 1);
    for (size_t i = 0; i < t->schema.n; i++)
        (*out)[i] = (struct grid_column){
            .title = t->schema.fields[i].name,
            .field = i,
            .kind = cell_kind_of(t->schema.fields[i].type, t->schema.fields[i].name),
        };
    return t->schema.n;
}

/* Columns the cells of a column need: looked up in a sample spread over the table. */
static int measure(const struct grid *g, const struct grid_column *column)
{
    enum { SAMPLE = 500, LONGEST = 300 };
    struct buf text = {0};
    size_t rows = g->table->rows, step = rows > SAMPLE ? rows / SAMPLE : 1;
    int widest = 0;
    for (size_t row = 0; row < rows; row += step) {
        buf_reset(&text);
        text_cell(&text, column_value(g->table->columns[column->field], row), column->kind,
                  g->zone);
        /* escapes make bytes longer on screen, wide characters shorter: near enough for a width */
        if ((int)text.n > widest)
            widest = text.n < LONGEST ? (int)text.n : LONGEST;
    }
    buf_release(&text);
    return widest;
}

static int least_of(int a, int b)
{
    return a < b ? a : b;
}

static void settle(const struct grid *g, struct grid_column *column)
{
    static const struct {
        int least, best;
    } limits[] = {
        [CELL_TEXT] = {15, 28}, [CELL_NUMBER] = {3, 16},   [CELL_PLAIN] = {3, 12},
        [CELL_TIME] = {20, 20}, [CELL_DURATION] = {6, 14}, [CELL_PATH] = {14, 44},
        [CELL_FILE] = {14, 40}, [CELL_FOLDER] = {10, 36},  [CELL_LIST] = {15, 26},
        [CELL_BYTES] = {5, 16}, [CELL_MILLIS] = {6, 12},   [CELL_RIGHT] = {4, 16},
        [CELL_SWITCH] = {3, 3}, [CELL_SHARE] = {6, 24},
    };
    if (column->best)
        return;
    /* titles may be cut, cells of numbers not; nor addresses, which mean nothing without their end
     */
    int title = (int)column->title.n + 1, cells = measure(g, column);
    bool whole = cell_right(column->kind);
    if (whole && title > 12)
        title = 12;
    column->most = title < cells ? cells : title;
    column->best = least_of(column->most, limits[column->kind].best);
    /* without the place of the sign that says it is sorted by */
    column->least = least_of(cells < title ? title - 1 : cells, limits[column->kind].least);
    column->least = least_of(column->least, column->best);
    int named = least_of((int)column->title.n, 6);
    if (whole)
        column->least = least_of(cells < named ? named : cells, column->best);
}

void grid_load(struct grid *g, const struct table *t, const uint64_t *ids,
               const struct grid_column *columns, size_t n_columns)
{
    size_t current = g->n_columns ? g->columns[g->column].field : SIZE_MAX;
    arena_reset(g->load_arena);
    g->table = t;
    g->ids = ids;
    g->n_columns = n_columns;
    g->columns = ARENA_ARRAY(g->load_arena, struct grid_column, n_columns + 1);
    g->shown = arena_alloc(g->load_arena, sizeof *g->shown * ((t ? t->rows : 0) + 1));
    if (g->column >= n_columns)
        g->column = 0;
    for (size_t i = 0; i < n_columns; i++) {
        g->columns[i] = columns[i];
        settle(g, &g->columns[i]);
        if (columns[i].field == current)
            g->column = i;
    }
    g->filter = (struct filter){0}; /* it was made for the columns before */
    parse_filter(g);
    refill(g);
}

bool grid_cell(const struct grid *g, struct str *title, struct buf *out)
{
    size_t row = grid_row(g);
    if (row == SIZE_MAX || g->column >= g->n_columns)
        return false;
    const struct grid_column *column = &g->columns[g->column];
    *title = g->table->schema.fields[column->field].name;
    text_whole(out, column_value(g->table->columns[column->field], row), g->zone);
    return true;
}
