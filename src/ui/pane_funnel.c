/* The funnel: one row a stage, with what went in, what came out, and a switch. */
#include "ui/ui_internal.h"

struct funnel {
    struct arena *arena; /* of the present picture */
    struct grid grid;
    struct table *table;
    bool wide;           /* there is room for the bar */
    struct lost_rows lost;
    bool no_line;        /* no line holds the texts that the stages ask for */
    size_t first_on;     /* row of the first stage that is on */
    int64_t emptied;     /* the stage after which nothing was left; 0: none */
};

enum { FIELD_NUMBER, FIELD_ON, FIELD_IN, FIELD_OUT, FIELD_KEPT, FIELD_BAR, FIELD_TEXT };

static struct funnel *of(const struct pane *p)
{
    return p->data;
}

static struct value source(const struct ui *ui, size_t column, size_t row)
{
    return column_value(ui->funnel->columns[column], row);
}

/* A bar of at most 15 columns in eighths. */
static void add_bar(struct buf *out, double share, bool ascii)
{
    static const char *const parts[] = {"",       "\u258f", "\u258e", "\u258d",
                                        "\u258c", "\u258b", "\u258a", "\u2589"};
    int eighths = (int)(share * 15 * 8 + 0.5);
    for (int i = 0; i < eighths / 8; i++)
        buf_add_z(out, ascii ? "#" : "\u2588");
    buf_add_z(out, ascii ? "" : parts[eighths % 8]);
}

static void add_stage(struct ui *ui, struct builder *b, size_t row)
{
    struct value number = source(ui, 0, row), on = source(ui, 1, row), kept = source(ui, 4, row);
    kept.null |= !on.null && !on.b; /* what is off keeps nothing and loses nothing */
    struct buf text = {0};
    builder_value(b, number);
    builder_str(b, on.null ? STR("   ") : on.b ? STR("[x]") : STR("[ ]"));
    builder_value(b, source(ui, 2, row));
    builder_value(b, source(ui, 3, row));
    if (!kept.null)
        buf_addf(&text, "%.1f%%", kept.r * 100);
    builder_str(b, buf_str(&text));
    buf_reset(&text);
    if (!kept.null)
        add_bar(&text, kept.r < 0 ? 0 : kept.r > 1 ? 1 : kept.r, canvas_ascii(&ui->canvas));
    builder_str(b, buf_str(&text));
    buf_reset(&text);
    struct str stage = source(ui, 5, row).s;
    for (int64_t depth = source(ui, 6, row).i; depth > 0; depth--) /* legs of a join, a union */
        buf_add_z(&text, ui->canvas.ascii ? "| " : "\u2502 ");
    for (size_t i = 0; i < stage.n; i++)
        buf_add_byte(&text, stage.p[i] == '\n' || stage.p[i] == '\r' ? ' ' : stage.p[i]);
    builder_str(b, buf_str(&text));
    buf_release(&text);
}

/* Rows that the stage under the cursor was given and did not let through. */
static int64_t lost_here(const struct ui *ui, const struct funnel *f)
{
    size_t row = grid_row(&f->grid);
    if (row == SIZE_MAX || row >= ui->funnel->rows || source(ui, 0, row).null)
        return 0;
    bool on = source(ui, 1, row).null || source(ui, 1, row).b;
    if (on && f->no_line && row == f->first_on)
        return -1; /* the search passed over the lines without looking at them one by one */
    return on ? source(ui, 2, row).i - source(ui, 3, row).i : 0;
}

static void ask_lost(struct ui *ui, struct funnel *f)
{
    bool any = lost_here(ui, f) && !ui->view->partial && !hunt_busy(ui->hunt);
    lost_rows_ask(ui, &f->lost, any ? (int)source(ui, 0, grid_row(&f->grid)).i : 0);
}

static bool is_ready(const struct pane *p)
{
    return lost_rows_ready(&of(p)->lost);
}

static void take(struct ui *ui, struct pane *p)
{
    static const struct field fields[] = {{STR("Stage"), TYPE_LONG},  {STR("On"), TYPE_STRING},
                                          {STR("RowsIn"), TYPE_LONG}, {STR("RowsOut"), TYPE_LONG},
                                          {STR("Kept"), TYPE_STRING}, {STR("Share"), TYPE_STRING},
                                          {STR("Text"), TYPE_STRING}};
    static const struct grid_column columns[] = {
        {.title = STR("#"), .field = FIELD_NUMBER, .kind = CELL_PLAIN},
        {.title = STR("On"), .field = FIELD_ON, .kind = CELL_TEXT},
        {.title = STR("Rows in"), .field = FIELD_IN, .kind = CELL_NUMBER},
        {.title = STR("Rows out"), .field = FIELD_OUT, .kind = CELL_NUMBER},
        {.title = STR("Kept"), .field = FIELD_KEPT, .kind = CELL_RIGHT},
        {.title = STR("Stage"),
         .field = FIELD_TEXT,
         .kind = CELL_TEXT,
         .least = 10,
         .best = 300,
         .most = 300},
        {.title = STR(""),
         .field = FIELD_BAR,
         .kind = CELL_TEXT,
         .least = 15,
         .best = 15,
         .most = 15},
    };
    /* the bar stands before the text where there is room for it, and nowhere else */
    struct grid_column shown[COUNT(columns)];
    memcpy(shown, columns, sizeof columns);
    shown[5] = columns[6];
    shown[6] = columns[5];
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct funnel *f = of(p);
    struct arena *old = f->arena;
    f->arena = arena_new();
    f->emptied = 0;
    f->no_line = ui->funnel->rows && source(ui, 0, 0).null && source(ui, 2, 0).i > 0 &&
                 source(ui, 3, 0).i == 0;
    f->first_on = 0;
    struct builder *b = builder_new(f->arena, &schema);
    for (size_t i = 0; i < ui->funnel->rows; i++) {
        bool on = source(ui, 1, i).null || source(ui, 1, i).b;
        add_stage(ui, b, i);
        if (on && !f->first_on)
            f->first_on = i;
        if (!f->emptied && on && source(ui, 2, i).i > 0 && source(ui, 3, i).i == 0 &&
            !source(ui, 0, i).null)
            f->emptied = source(ui, 0, i).i;
    }
    f->table = builder_finish(b);
    if (f->wide)
        grid_load(&f->grid, f->table, NULL, shown, COUNT(columns));
    else
        grid_load(&f->grid, f->table, NULL, columns, COUNT(columns) - 1);
    if (old)
        arena_free(old);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct funnel *f = ctx;
    struct value number = column_value(f->table->columns[FIELD_NUMBER], row);
    if ((f->emptied && !number.null && number.i == f->emptied) || (f->no_line && !row))
        return ROLE_ERROR;
    if (field == FIELD_BAR)
        return ROLE_PLOT;
    return str_is(column_value(f->table->columns[FIELD_ON], row).s, "[ ]") ? ROLE_OFF : ROLE_TEXT;
}

static bool open_funnel(struct ui *ui, struct pane *p, const void *arg)
{
    struct funnel *f = ARENA_NEW(p->arena, struct funnel);
    (void)arg;
    grid_init(&f->grid);
    f->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = f};
    f->grid.no_sort = true;
    p->data = f;
    p->grid = &f->grid;
    take(ui, p);
    for (size_t i = 0; f->emptied && i < f->table->rows; i++)
        if (column_value(f->table->columns[FIELD_NUMBER], i).i == f->emptied)
            grid_to_id(&f->grid, i);
    if (f->no_line)
        grid_to_id(&f->grid, f->first_on);
    return true;
}

static void close_funnel(struct ui *ui, struct pane *p)
{
    (void)ui;
    lost_rows_close(&of(p)->lost);
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct funnel *f = of(p);
    if ((area.columns >= 76) != f->wide) {
        f->wide = !f->wide;
        take(ui, p);
    }
    int64_t lines = ui->view->result ? ui->view->result->scan.lines : 0;
    struct str findings = ui_count(ui, (int64_t)ui->view->rows);
    struct piece pieces[] = {
        {STR("Funnel"), ROLE_TITLE, 9, false, false},
        {f->emptied ? ui_str(ui, "stage %lld let nothing through", (long long)f->emptied)
         : f->no_line ? STR("no line holds what the stages ask for")
                      : STR_NONE,
         ROLE_ERROR, 8, false, false},
        {ui_str(ui, "%.*s lines to %s%.*s findings", STR_ARG(ui_count(ui, lines)),
                ui->view->partial ? "~" : "", STR_ARG(findings)),
         ROLE_TEXT, 7, true, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    int room = area.rows >= 16 ? 7 : area.rows >= 10 ? 3 : 0;
    grid_draw(&f->grid, c, (struct area){area.y + 1, area.x, area.rows - 1 - room, area.columns},
              focused);
    size_t row = grid_row(&f->grid);
    struct str text =
        row == SIZE_MAX ? STR_NONE : column_value(f->table->columns[FIELD_TEXT], row).s;
    ask_lost(ui, f);
    if (!room)
        return;
    /* the stage under the cursor, whole, and what it lost */
    int y = area.y + area.rows - room;
    y += draw_wrapped(c, (struct area){y, area.x, room > 3 ? 3 : 2, area.columns}, text, ROLE_DIM);
    if (room > 3)
        lost_rows_draw(ui, &f->lost, lost_here(ui, f),
                       (struct area){y, area.x, area.y + area.rows - y, area.columns});
}

static bool can_switch(const struct ui *ui, const struct pane *p)
{
    size_t row = grid_row(p->grid);
    return row != SIZE_MAX && row < ui->funnel->rows && !source(ui, 1, row).null;
}

static void turn(struct ui *ui, struct pane *p)
{
    size_t row = grid_row(p->grid);
    struct error err = {0};
    if (!hunt_switch(ui->hunt, (int)source(ui, 0, row).i, !source(ui, 1, row).b, &err))
        ui_error(ui, &err);
    ui_take(ui);
}

static const struct action rows[] = {
    {{' '}, "switch", "Switches the stage on or off.", turn, can_switch},
};

const struct pane_type pane_funnel = {
    .name = "Funnel",
    .help =
        "How many rows each stage of the rule was given and let through, from lines to findings.",
    .opens = {{'f'}, "funnel", "Shows how many rows each stage let through.", NULL, NULL},
    .actions = {rows, COUNT(rows)},
    .open = open_funnel,
    .take = take,
    .draw = draw,
    .close = close_funnel,
    .ready = is_ready,
};
