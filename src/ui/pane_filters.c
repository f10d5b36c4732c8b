/* The chips of the table this was opened from: each with the rows it lets through and those that
 * only it hides, switched one by one; below them the filters kept by name. */
#include "ui/ui_internal.h"

enum kind { KIND_CHIP, KIND_HEADING, KIND_SAVED };

struct filters {
    struct pane *under;       /* whose table it is; stays open as long as this */
    struct grid grid;
    struct arena *arena;      /* of the list */
    struct table *table;
    size_t n_chips;
    struct filter_saved *saved;
    size_t n_saved;
    struct error error;       /* the file of kept filters cannot be read */
    struct str name;          /* of the one to be forgotten; in arena */
};

static struct filters *of(const struct pane *p)
{
    return p->data;
}

struct grid *pane_filters_grid(const struct pane *p)
{
    return of(p)->under->grid;
}

/* ---- the list -------------------------------------------------------------------------------- */

static enum kind kind_of(const struct filters *f, size_t row)
{
    return row < f->n_chips ? KIND_CHIP : row == f->n_chips ? KIND_HEADING : KIND_SAVED;
}

static const struct filter_saved *saved_at(const struct filters *f, size_t row)
{
    size_t at = row - f->n_chips - 1;
    return row > f->n_chips && at < f->n_saved ? &f->saved[at] : NULL;
}

static bool skip(void *ctx, size_t row)
{
    return kind_of(ctx, row) == KIND_HEADING;
}

static enum role role(void *ctx, size_t row, size_t field)
{
    const struct filters *f = ctx;
    if (kind_of(f, row) == KIND_HEADING)
        return ROLE_DIM;
    if (kind_of(f, row) == KIND_CHIP && !f->under->grid->filter.chips[row].on)
        return ROLE_OFF;
    return field == 1 && kind_of(f, row) == KIND_CHIP ? ROLE_INPUT : ROLE_TEXT;
}

/* Rows of the table that a kept filter would leave; null where it is not for such a table. */
static struct value rows_of(const struct filters *f, struct str text)
{
    enum { MOST = 200000 };
    struct value v = {.type = TYPE_LONG, .null = true};
    const struct grid *g = f->under->grid;
    struct arena *a = arena_new();
    struct filter filter;
    struct error err = {0};
    if (g->table && g->table->rows <= MOST) {
        struct filter_names names = grid_names(g, a);
        v.null = !filter_parse(a, text, &names, &filter, &err);
        if (!v.null)
            v.i = (int64_t)filter_rows(&filter, g->table,
                                       arena_alloc(a, 4 * (g->table->rows + 1)));
    }
    arena_free(a);
    return v;
}

static void add_row(struct builder *b, struct value on, struct str text, struct value rows,
                    struct value alone, struct str name)
{
    builder_value(b, on);
    builder_str(b, text);
    builder_value(b, rows);
    builder_value(b, alone);
    builder_str(b, name);
}

static void take(struct ui *ui, struct pane *p)
{
    static const struct field fields[] = {{STR("On"), TYPE_BOOL},
                                          {STR("Chip"), TYPE_STRING},
                                          {STR("Rows"), TYPE_LONG},
                                          {STR("Hides alone"), TYPE_LONG},
                                          {STR("Name"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    const struct value no_bool = {.type = TYPE_BOOL, .null = true};
    const struct value no_long = {.type = TYPE_LONG, .null = true};
    struct filters *f = of(p);
    const struct filter *filter = &f->under->grid->filter;
    struct grid_column *columns;
    (void)ui;
    grid_load(&f->grid, NULL, NULL, NULL, 0);
    arena_reset(f->arena);
    f->error = (struct error){0};
    filter_load_saved(f->arena, &f->saved, &f->n_saved, &f->error);
    struct builder *b = builder_new(f->arena, &schema);
    f->n_chips = filter->n;
    for (size_t i = 0; i < filter->n; i++) {
        const struct filter_chip *chip = &filter->chips[i];
        struct value alone = {.type = TYPE_LONG, .null = !chip->on, .i = (int64_t)chip->alone};
        add_row(b, (struct value){.type = TYPE_BOOL, .b = chip->on}, chip->text,
                (struct value){.type = TYPE_LONG, .i = (int64_t)chip->rows}, alone, STR(""));
    }
    add_row(b, no_bool,
            f->n_saved ? STR("kept by name:")
                       : str_of(ui_words(ui, "none is kept by name; {w} keeps this one")),
            no_long, no_long, STR(""));
    for (size_t i = 0; i < f->n_saved; i++)
        add_row(b, no_bool, f->saved[i].text, rows_of(f, f->saved[i].text), no_long,
                f->saved[i].name);
    f->table = builder_finish(b);
    /* a row is its text and name: the cursor stays on it when chips come and go above */
    uint64_t *ids = ARENA_ARRAY(f->arena, uint64_t, f->table->rows);
    for (size_t i = 0; i < f->table->rows; i++)
        ids[i] = str_hash(column_value(f->table->columns[1], i).s) +
                 3 * str_hash(column_value(f->table->columns[4], i).s);
    size_t n = grid_columns_plain(f->arena, f->table, &columns);
    columns[0].kind = CELL_SWITCH;
    columns[1].least = 16;
    columns[1].best = 44;
    columns[1].most = 200;
    grid_load(&f->grid, f->table, ids, columns, f->n_saved ? n : n - 1);
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_filters(struct ui *ui, struct pane *p, const void *arg)
{
    struct filters *f = ARENA_NEW(p->arena, struct filters);
    (void)arg;
    f->under = ui_pane(ui);
    f->arena = arena_new();
    grid_init(&f->grid);
    f->grid.no_sort = true;
    f->grid.hooks = (struct grid_hooks){.skip = skip, .role = role, .ctx = f};
    p->data = f;
    p->grid = &f->grid;
    take(ui, p);
    grid_to(&f->grid, 0);
    return true;
}

static void close_filters(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct filters *f = of(p);
    const struct grid *g = f->under->grid;
    enum role words_role;
    struct str words = filter_words(ui, g, &words_role);
    struct piece pieces[] = {
        {ui_str(ui, "Filter of %s", f->under->type->name), ROLE_TITLE, 9, false, false},
        {ui_str(ui, "%.*s of %.*s rows", STR_ARG(ui_count(ui, (int64_t)g->n_shown)),
                STR_ARG(ui_count(ui, g->table ? (int64_t)g->table->rows : 0))),
         ROLE_TEXT, 8, false, false},
        {g->filter_error.set ? words : STR_NONE, words_role, 5, false, true},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    struct area list = {area.y + 1, area.x, area.rows - 1, area.columns};
    if (f->error.set && area.rows > 4) {
        struct buf text = {0};
        error_text(&f->error, &text);
        int used = draw_wrapped(c, (struct area){area.y + 1, area.x, 2, area.columns},
                                buf_str(&text), ROLE_ERROR);
        buf_release(&text);
        list.y += used;
        list.rows -= used;
    }
    grid_draw(&f->grid, c, list, focused);
    if (!f->n_chips && list.rows > 5)
        draw_wrapped(c, (struct area){list.y + list.rows - 2, area.x + 2, 2, area.columns - 2},
                     str_of(ui_words(ui, "no chips: {/} types some, in a table {+} and {-} take "
                                         "the cell under the cursor")),
                     ROLE_DIM);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_chip(const struct ui *ui, const struct pane *p)
{
    size_t row = grid_row(p->grid);
    (void)ui;
    return row != SIZE_MAX && kind_of(of(p), row) == KIND_CHIP;
}

static bool on_saved(const struct ui *ui, const struct pane *p)
{
    size_t row = grid_row(p->grid);
    (void)ui;
    return row != SIZE_MAX && saved_at(of(p), row);
}

static void change(struct ui *ui, struct pane *p, void (*how)(const struct filter *f, size_t chip,
                                                              struct buf *out))
{
    struct buf text = {0};
    struct grid *g = of(p)->under->grid;
    how(&g->filter, grid_row(p->grid), &text);
    filter_apply(ui, g, buf_str(&text));
    ui->message = STR_NONE;
    buf_release(&text);
}

static void toggle(struct ui *ui, struct pane *p)
{
    change(ui, p, filter_switch);
}

static void drop(struct ui *ui, struct pane *p)
{
    change(ui, p, filter_drop);
}

static void use(struct ui *ui, struct pane *p)
{
    struct grid *g = of(p)->under->grid;
    filter_apply(ui, g, str_dup(ui->canvas.frame, saved_at(of(p), grid_row(p->grid))->text));
}

static void keep_named(struct ui *ui, struct str name)
{
    struct error err = {0};
    struct pane *p = ui_pane(ui);
    if (!filter_save(name, buf_str(&of(p)->under->grid->filter_text), &err))
        ui_error(ui, &err);
    else
        ui_message(ui, ROLE_GOOD, "kept as %.*s", STR_ARG(str_trim(name)));
    take(ui, p);
}

static void keep(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.title = "keep this filter as:", .accept = "keep", .done = keep_named};
    (void)p;
    ui_ask(ui, &prompt, STR_NONE);
}

static bool has_filter(const struct ui *ui, const struct pane *p)
{
    const struct grid *g = of(p)->under->grid;
    (void)ui;
    return g->filter_text.n && !g->filter_error.set;
}

static void forget(struct ui *ui, struct str text)
{
    struct error err = {0};
    struct pane *p = ui_pane(ui);
    (void)text;
    if (!filter_save(of(p)->name, STR_NONE, &err))
        ui_error(ui, &err);
    take(ui, p);
}

static void ask_forget(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.title = "forget this filter? y n", .yes_no = true, .done = forget};
    of(p)->name = saved_at(of(p), grid_row(p->grid))->name;
    ui_ask(ui, &prompt, STR_NONE);
}

static const struct action rows[] = {
    {{' '}, "switch", "Switches the chip off or on; its text stays.", toggle, on_chip},
    {{K_ENTER}, "use", "Puts the kept filter in force.", use, on_saved},
    {{'/', WORTH(40)}, "edit", "Edits the filter; the counts follow.", ask_filter, NULL},
    {{'d', K_DELETE}, "drop", "Takes the chip away.", drop, on_chip},
    {{'d', K_DELETE}, "forget", "Forgets the kept filter.", ask_forget, on_saved},
    {{'w'}, "keep", "Keeps this filter by name, for other days and logs.", keep, has_filter},
};

static bool has_table(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->type != &pane_filters && p->type != &pane_help && p->grid && p->grid->table;
}

const struct pane_type pane_filters = {
    .name = "Filter",
    .help = "The chips of a table: rows each lets through by itself, and rows that only it hides.",
    .opens = {{'C'}, "chips", "Lists the filter's chips, switches and keeps them.", NULL,
              has_table},
    .actions = {rows, COUNT(rows)},
    .open = open_filters,
    .take = take,
    .draw = draw,
    .close = close_filters,
};
