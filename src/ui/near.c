/* Near misses under the findings, dimmed: what one step of one number would let in. In: the hunt's
 * table of them; out: lines at the lower end of the findings' area. They are looked at, not acted
 * on: the knob that is named makes findings of them. */
#include "ui/ui_internal.h"

static enum role dim(void *ctx, size_t row, size_t field)
{
    (void)ctx;
    (void)row;
    return field == 0 ? ROLE_CHANGED : ROLE_DIM;
}

void near_take(struct ui *ui, struct near *n)
{
    struct grid_column *columns;
    if (!n->shown)
        return;
    if (!n->arena) {
        n->arena = arena_new();
        grid_init(&n->grid);
    }
    arena_reset(n->arena);
    n->table = hunt_near(ui->hunt, n->arena, &n->ids);
    n->known = hunt_near_known(ui->hunt);
    n->grid.zone = ui->zone;
    size_t count = findings_columns(n->arena, n->table, &columns), used = 1;
    struct grid_column *shown = ARENA_ARRAY(n->arena, struct grid_column, count + 1);
    shown[0] = (struct grid_column){.title = STR("Would come with"), .field = 0, .kind = CELL_TEXT};
    for (size_t i = 0; i < count; i++)
        if (columns[i].field != 0)
            shown[used++] = columns[i];
    n->grid.hooks = (struct grid_hooks){.role = dim};
    grid_load(&n->grid, n->table, n->ids, shown, used);
}

void near_release(struct near *n)
{
    if (!n->arena)
        return;
    grid_release(&n->grid);
    arena_free(n->arena);
    n->arena = NULL;
}

void near_title(struct ui *ui, const struct near *n, struct area area, struct str filter,
                enum role role)
{
    bool keeps = hunt_keeps(ui->hunt);
    struct piece pieces[] = {
        {n->table->rows == 1 ? STR("1 near miss") : ui_str(ui, "%zu near misses", n->table->rows),
         ROLE_TITLE, 9, false, false},
        {n->known ? STR_NONE : STR("counting ..."), ROLE_DIM, 8, false, false},
        {keeps ? str_of(ui_words(ui, "one step beyond a number of the rule; {t} turns it"))
               : STR("not known: the rows are too many to keep in memory"),
         ROLE_DIM, 5, false, true},
        {filter, role, 6, true, false},
    };
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
}

int near_draw(struct ui *ui, struct near *n, struct area area)
{
    struct canvas *c = &ui->canvas;
    if (!n->shown || !n->table || area.rows < 6)
        return 0;
    int rows = (int)(n->table->rows < 100 ? n->table->rows : 100), most = area.rows / 2;
    int used = 1 + (rows ? rows + 1 : 0);
    used = used < most ? used : most;
    int y = area.y + area.rows - used;
    near_title(ui, n, (struct area){y, area.x, 1, area.columns}, STR_NONE, ROLE_TEXT);
    if (rows && used > 2)
        grid_draw(&n->grid, c, (struct area){y + 1, area.x, used - 1, area.columns}, false);
    return used;
}
