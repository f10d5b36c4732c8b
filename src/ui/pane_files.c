/* The files that were given, what they are, and why one was not read. */
#include "ui/ui_internal.h"

struct files {
    struct arena *arena;
    struct grid grid;
    struct table *table;
};

static struct files *of(const struct pane *p)
{
    return p->data;
}

static void take(struct ui *ui, struct pane *p)
{
    struct files *f = of(p);
    struct arena *old = f->arena;
    struct grid_column *columns;
    f->arena = arena_new();
    f->table = hunt_files(ui->hunt, f->arena);
    size_t n = grid_columns_plain(f->arena, f->table, &columns);
    for (size_t i = 0; i < n; i++) {
        if (str_is(columns[i].title, "File"))
            columns[i].kind = CELL_PATH;
        if (str_is(columns[i].title, "Read"))
            columns[i].kind = CELL_SWITCH;
    }
    grid_load(&f->grid, f->table, NULL, columns, n);
    if (old)
        arena_free(old);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct files *f = ctx;
    size_t read = schema_find(&f->table->schema, STR("Read"));
    (void)field;
    return read != SIZE_MAX && !column_value(f->table->columns[read], row).b ? ROLE_WARN
                                                                             : ROLE_TEXT;
}

static bool open_files(struct ui *ui, struct pane *p, const void *arg)
{
    struct files *f = ARENA_NEW(p->arena, struct files);
    (void)arg;
    grid_init(&f->grid);
    f->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = f};
    p->data = f;
    p->grid = &f->grid;
    take(ui, p);
    return true;
}

static void close_files(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct files *f = of(p);
    struct piece pieces[] = {
        {STR("Files"), ROLE_TITLE, 9, false, false},
        {ui_str(ui, "%.*s given", STR_ARG(ui_count(ui, (int64_t)f->table->rows))), ROLE_TEXT, 8,
         false, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&f->grid, c, (struct area){area.y + 1, area.x, area.rows - 1, area.columns}, focused);
}

const struct pane_type pane_files = {
    .name = "Files",
    .help = "The logs: what each file is, and the reason where one was not read.",
    .opens = {{'i'}, "files", "Lists the files, and why one was not read.", NULL, NULL},
    .open = open_files,
    .take = take,
    .draw = draw,
    .close = close_files,
};
