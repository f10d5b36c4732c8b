/* Lines that are no rows, and rows with something odd: where each stands, and how many of each
 * reason. */
#include "ui/ui_internal.h"

struct bad {
    struct arena *arena;
    struct grid grid;
    struct table *table;
};

static struct bad *of(const struct pane *p)
{
    return p->data;
}

static void take(struct ui *ui, struct pane *p)
{
    struct bad *k = of(p);
    struct arena *old = k->arena;
    struct grid_column *columns;
    k->arena = arena_new();
    k->table = hunt_bad_lines(ui->hunt, k->arena);
    size_t n = grid_columns_plain(k->arena, k->table, &columns);
    columns[0].kind = CELL_PATH;
    columns[3].kind = CELL_SWITCH;
    grid_load(&k->grid, k->table, NULL, columns, n);
    if (old)
        arena_free(old);
}

/* How many there are of each reason, also of those that are too many to be listed. */
static struct str counts(struct ui *ui)
{
    static const struct scan_stats none;
    const struct scan_stats *scan = ui->view->result ? &ui->view->result->scan : &none;
    struct buf text = {0};
    for (enum bad_reason r = 0; r < BAD_REASONS; r++) {
        if (!scan->by_reason[r])
            continue;
        if (text.n)
            buf_add_z(&text, "   ");
        text_count(&text, scan->by_reason[r]);
        buf_addf(&text, " %s", bad_reason_text(r));
    }
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static bool open_bad(struct ui *ui, struct pane *p, const void *arg)
{
    struct bad *b = ARENA_NEW(p->arena, struct bad);
    (void)arg;
    grid_init(&b->grid);
    p->data = b;
    p->grid = &b->grid;
    take(ui, p);
    return true;
}

static void close_bad(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct bad *b = of(p);
    struct piece pieces[] = {
        {STR("Bad and odd lines"), ROLE_TITLE, 9, false, false},
        {counts(ui), ROLE_WARN, 8, false, true},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&b->grid, c, (struct area){area.y + 1, area.x, area.rows - 1, area.columns}, focused);
    if (!b->table->rows && area.rows > 3)
        canvas_text(c, area.y + 3, area.x + 2, area.columns - 2,
                    STR("every line that was cut is in order"), ROLE_DIM);
}

const struct pane_type pane_bad = {
    .name = "Bad lines",
    .help = "Lines that could not be read, and rows with something odd in them. Lines that the "
            "rule's needle "
            "passed over were not looked at.",
    .opens = {{'b'}, "bad lines", "Lists lines that could not be read.", NULL, NULL},
    .open = open_bad,
    .take = take,
    .draw = draw,
    .close = close_bad,
};
