/* Lines that are no rows, and rows with something odd, by reason. */
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
    static const struct field fields[] = {{STR("Reason"), TYPE_STRING},
                                          {STR("Lines"), TYPE_LONG},
                                          {STR("What became of them"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct bad *k = of(p);
    struct arena *old = k->arena;
    struct exec_progress progress;
    struct grid_column *columns;
    hunt_progress(ui->hunt, &progress);
    k->arena = arena_new();
    struct builder *b = builder_new(k->arena, &schema);
    for (enum bad_reason r = 0; r < BAD_REASONS; r++) {
        if (!progress.scan.by_reason[r])
            continue;
        builder_str(b, str_of(bad_reason_text(r)));
        builder_int(b, progress.scan.by_reason[r]);
        builder_str(b, bad_reason_is_odd(r) ? STR("kept as a row") : STR("no row was made"));
    }
    k->table = builder_finish(b);
    size_t n = grid_columns_plain(k->arena, k->table, &columns);
    grid_load(&k->grid, k->table, NULL, columns, n);
    if (old)
        arena_free(old);
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
    canvas_text(c, area.y, area.x, area.columns, STR("Bad and odd lines"), ROLE_TITLE);
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
