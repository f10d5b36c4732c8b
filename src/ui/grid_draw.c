/* Drawing of the grid: which columns fit, how wide they are, heads and rows. See grid.h. */
#include "ui/grid.h"

enum { MOST_COLUMNS = 256 };
struct layout {
    size_t columns[MOST_COLUMNS]; /* in the order drawn */
    int x[MOST_COLUMNS], width[MOST_COLUMNS];
    size_t n;
    int gap, lead, used;
    bool left, right;    /* columns are hidden on that side */
};

/* Spreads `spare` over the columns, up to `limit` of each, a column in turn. */
static int spread(const struct grid *g, struct layout *l, int spare, bool most)
{
    for (bool gave = true; spare > 0 && gave;) {
        gave = false;
        for (size_t i = 0; i < l->n && spare > 0; i++) {
            const struct grid_column *column = &g->columns[l->columns[i]];
            if (l->width[i] < (most ? column->most : column->best)) {
                l->width[i]++;
                spare--;
                gave = true;
            }
        }
    }
    return spare;
}

/* The columns that fit into `width`. The first is frozen; behind it come those from g->scroll on.
 */
static void choose(const struct grid *g, int width, struct layout *l)
{
    *l = (struct layout){.gap = width >= 78 ? 2 : 1, .lead = g->hooks.lead_width};
    l->used = l->lead;
    for (size_t i = 0; i < g->n_columns && l->n < MOST_COLUMNS; i++) {
        if (i > 0 && i <= g->scroll) {
            l->left = true;
            continue;
        }
        int gap = l->n ? l->gap : 0, room = width - l->used - gap, least = g->columns[i].least;
        bool whole = cell_right(g->columns[i].kind) || g->columns[i].kind == CELL_TIME;
        l->right = least > room;
        /* the first always shows; of others what is left as long as it makes sense */
        if (l->right && l->n && (whole || room < 8))
            return;
        l->columns[l->n] = i;
        l->width[l->n++] = l->right ? (room > 1 ? room : 1) : least;
        l->used += gap + l->width[l->n - 1];
        if (l->right)
            return;
    }
}

static void fit(const struct grid *g, int width, struct layout *l)
{
    choose(g, width, l);
    if (l->right) {
        /* the sign that there is more has a place of its own */
        width -= width > 20 ? 2 : 0;
        choose(g, width, l);
        l->right = true;
    }
    spread(g, l, spread(g, l, width - l->used, false), true);
    int x = l->lead;
    for (size_t i = 0; i < l->n; i++) {
        l->x[i] = x;
        x += l->width[i] + l->gap;
    }
}

/* Scrolls until the current column is among those drawn. */
static void show_current(struct grid *g, int width, struct layout *l)
{
    if (g->scroll >= g->n_columns)
        g->scroll = 0;
    if (g->column > 0 && g->column <= g->scroll)
        g->scroll = g->column - 1;
    for (;;) {
        fit(g, width, l);
        if (l->n == 0 || g->column <= l->columns[l->n - 1] || g->scroll + 1 >= g->n_columns)
            return;
        g->scroll++;
    }
}

static void draw_head(struct grid *g, struct canvas *c, struct area area, const struct layout *l,
                      bool focused)
{
    int y = area.y;
    if (g->hooks.lead_title)
        canvas_text(c, y, area.x, l->lead, str_of(g->hooks.lead_title), ROLE_DIM);
    for (size_t i = 0; i < l->n; i++) {
        const struct grid_column *column = &g->columns[l->columns[i]];
        bool sorted = column->field == g->sort_field;
        bool current = focused && l->columns[i] == g->column && !g->no_sort;
        enum role role = current ? ROLE_HEAD_CURRENT : ROLE_HEAD;
        int room = l->width[i] - (sorted ? 1 : 0), x = area.x + l->x[i];
        struct run title = run_cut_end(c, run_make(c, column->title, role, room), room);
        if (sorted && title.width < room)
            title = run_join(c, title, run_make(c, STR(" "), role, 1));
        if (sorted)
            title = run_join(c, title, run_glyph(c, g->descending ? GLYPH_DOWN : GLYPH_UP, role));
        canvas_run(c, y, cell_right(column->kind) ? x + l->width[i] - title.width : x, title);
    }
    if (l->left)
        canvas_glyph(c, y, area.x + (l->n > 1 ? l->x[1] - 1 : l->lead), GLYPH_LESS, ROLE_KEY);
    if (l->right)
        canvas_glyph(c, y, area.x + area.columns - 1, GLYPH_MORE, ROLE_KEY);
}

static struct str folder_part(const struct grid *g, const struct grid_column *column, size_t row,
                              struct str path)
{
    struct value tail = column_value(g->table->columns[column->tail], row);
    if (tail.type == TYPE_STRING && tail.s.n && str_ends(path, tail.s))
        return str_sub(path, 0, path.n - tail.s.n);
    return path;
}

static void draw_cell(struct grid *g, struct canvas *c, int y, int x, int width, size_t row,
                      const struct grid_column *column)
{
    struct buf text = {0};
    struct value v = column_value(g->table->columns[column->field], row);
    enum role role = g->hooks.role ? g->hooks.role(g->hooks.ctx, row, column->field) : ROLE_TEXT;
    text_cell(&text, v, column->kind, g->zone);
    struct str shown = buf_str(&text);
    if (column->kind == CELL_SHARE) { /* figures to the right of their six columns, then the bar */
        canvas_right(c, y, x + (width < 6 ? width : 6), width < 6 ? width : 6, shown, ROLE_TEXT);
        if (width > 8 && v.type == TYPE_REAL)
            canvas_bar(c, y, x + 7, width - 7, (int)(v.r * (width - 7) * 8 + 0.5), role);
        buf_release(&text);
        return;
    }
    bool middle =
        column->kind == CELL_PATH || column->kind == CELL_FOLDER || column->kind == CELL_FILE;
    if (column->kind == CELL_FOLDER)
        shown = folder_part(g, column, row, shown);
    if (v.null && role == ROLE_TEXT)
        role = ROLE_DIM;
    /* a path is needed to its end; one that is longer than any screen is cut before it is looked at
     */
    enum { LONGEST = 8192 };
    struct run r = run_make(c, shown, role, middle && shown.n <= LONGEST ? 0 : width);
    r = middle ? run_cut_path(c, r, width) : run_cut_end(c, r, width);
    canvas_run(c, y, cell_right(column->kind) ? x + width - r.width : x, r);
    buf_release(&text);
}

static void draw_row(struct grid *g, struct canvas *c, struct area area, int y,
                     const struct layout *l, size_t place)
{
    size_t row = g->shown[place];
    if (g->hooks.lead) {
        char signs[GRID_LEAD + 1] = "";
        enum role role = ROLE_TEXT;
        g->hooks.lead(g->hooks.ctx, row, signs, &role);
        canvas_text(c, y, area.x, l->lead, str_of(signs), role);
    }
    for (size_t i = 0; i < l->n; i++)
        draw_cell(g, c, y, area.x + l->x[i], l->width[i], row, &g->columns[l->columns[i]]);
}

void grid_draw(struct grid *g, struct canvas *c, struct area area, bool focused)
{
    struct layout l;
    int head = g->no_head || area.rows < 2 ? 0 : 1;
    if (area.rows < 1 || area.columns < 1 || !g->table)
        return;
    show_current(g, area.columns, &l);
    g->hidden_columns = l.left || l.right;
    g->page = area.rows - head;
    g->drawn = area;
    g->drawn_head = head;
    grid_move_view(g);
    if (head)
        draw_head(g, c, area, &l, focused);
    for (int i = 0; i < g->page && g->top + (size_t)i < g->n_shown; i++) {
        size_t place = g->top + (size_t)i;
        int y = area.y + head + i;
        draw_row(g, c, area, y, &l, place);
        if (place == g->cursor && grid_row(g) != SIZE_MAX) {
            canvas_over(c, y, area.x, area.columns, focused ? OVER_SELECTED : OVER_IDLE);
            if (focused)
                canvas_cursor(c, y, area.x);
        }
    }
}
