/* The exclusions of the rule: what each compares, what it hides, who wrote it and until when. */
#include "ui/ui_internal.h"

#include "base/instant.h"

struct list {
    struct arena *arena; /* of the present table */
    struct grid grid;
    struct table *table;
};

enum { FIELD_ON, FIELD_HIDES, FIELD_NAME, FIELD_PARTS, FIELD_REASON, FIELD_AUTHOR, FIELD_UNTIL };

static struct list *of(const struct pane *p)
{
    return p->data;
}

static void add_row(struct ui *ui, struct builder *b, size_t row)
{
    const struct exclusion *e = exclusion_row(ui->hide.list, row);
    int64_t hits = exclusion_hits(ui, row), now = instant_now();
    struct buf text = {0};
    builder_str(b, e->on ? STR("[x]") : STR("[ ]"));
    builder_value(b, (struct value){.type = TYPE_LONG, .null = hits < 0, .i = hits});
    builder_str(b, e->name.n ? e->name : STR("-"));
    if (exclusion_is_spoofable(e))
        buf_add_z(&text, "! ");
    struct buf parts = {0};
    exclusion_terms_text(e, &parts);
    buf_add(&text, buf_str(&parts));
    buf_release(&parts);
    builder_str(b, buf_str(&text));
    builder_str(b, e->reason);
    builder_str(b, e->author);
    buf_reset(&text);
    if (e->until != INT64_MAX) {
        char time[INSTANT_TEXT];
        instant_format_short(e->until - 1, time);
        buf_addf(&text, "%.10s%s", time, now >= e->until ? " expired" : "");
    }
    builder_str(b, buf_str(&text));
    buf_release(&text);
}

static void take(struct ui *ui, struct pane *p)
{
    static const struct field fields[] = {
        {STR("On"), TYPE_STRING},    {STR("Hides"), TYPE_LONG},    {STR("Name"), TYPE_STRING},
        {STR("Parts"), TYPE_STRING}, {STR("Reason"), TYPE_STRING}, {STR("Author"), TYPE_STRING},
        {STR("Until"), TYPE_STRING},
    };
    static const struct grid_column columns[] = {
        {.title = STR("On"), .field = FIELD_ON, .kind = CELL_TEXT},
        {.title = STR("Hides"), .field = FIELD_HIDES, .kind = CELL_NUMBER},
        {.title = STR("Name"), .field = FIELD_NAME, .kind = CELL_TEXT, .least = 8, .most = 32},
        {.title = STR("Where all of this holds"),
         .field = FIELD_PARTS,
         .kind = CELL_TEXT,
         .least = 16,
         .most = 60},
        {.title = STR("Reason"), .field = FIELD_REASON, .kind = CELL_TEXT},
        {.title = STR("By"), .field = FIELD_AUTHOR, .kind = CELL_TEXT},
        {.title = STR("Until"), .field = FIELD_UNTIL, .kind = CELL_TEXT},
    };
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct list *l = of(p);
    struct arena *old = l->arena;
    l->arena = arena_new();
    struct builder *b = builder_new(l->arena, &schema);
    for (size_t i = 0; i < exclusions_count(ui->hide.list); i++)
        add_row(ui, b, i);
    l->table = builder_finish(b);
    grid_load(&l->grid, l->table, NULL, columns, COUNT(columns));
    if (old)
        arena_free(old);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct list *l = ctx;
    if (field == FIELD_PARTS && str_starts(column_value(l->table->columns[field], row).s, STR("!")))
        return ROLE_WARN;
    return str_is(column_value(l->table->columns[FIELD_ON], row).s, "[ ]") ? ROLE_OFF : ROLE_TEXT;
}

static bool open_list(struct ui *ui, struct pane *p, const void *arg)
{
    struct list *l = ARENA_NEW(p->arena, struct list);
    (void)arg;
    grid_init(&l->grid);
    l->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = l};
    l->grid.no_sort = true;
    p->data = l;
    p->grid = &l->grid;
    take(ui, p);
    return true;
}

static void close_list(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static void draw_words(struct ui *ui, struct area area)
{
    struct buf text = {0};
    for (int client = 0; client < 2; client++) {
        buf_add_z(&text, client ? "\nSet by the client as it likes:" : "Words:");
        for (size_t i = 0; exclusion_field_row(i); i++)
            if (exclusion_field_row(i)->client == client)
                buf_addf(&text, " %s=", exclusion_field_row(i)->key);
    }
    buf_add_z(&text, "\nname= reason= until=   a|b one of two   a* begins so   ? to be filled in");
    draw_wrapped(&ui->canvas, area, buf_str(&text), ROLE_DIM);
    buf_release(&text);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct list *l = of(p);
    size_t hidden = ui_hidden(ui);
    struct piece pieces[] = {
        {STR("Exclusions"), ROLE_TITLE, 9, false, false},
        {ui_str(ui, "%zu of %zu findings suppressed", hidden, ui->view->rows), ROLE_TEXT, 8, false,
         false},
        {exclude_ready(ui) ? STR_NONE : STR("looking ..."), ROLE_DIM, 5, false, false},
        {exclusions_save(ui->hide.list) ? STR_NONE : STR("! not saved"), ROLE_WARN, 8, false,
         false},
    };
    int foot = area.rows >= 14 ? 4 : 0;
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&l->grid, &ui->canvas,
              (struct area){area.y + 1, area.x, area.rows - 1 - foot, area.columns}, focused);
    if (foot)
        draw_words(ui,
                   (struct area){area.y + area.rows - foot + 1, area.x, foot - 1, area.columns});
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_row(const struct ui *ui, const struct pane *p)
{
    return grid_row(p->grid) < exclusions_count(ui->hide.list);
}

static void store(struct ui *ui, size_t row, const struct exclusion *e)
{
    struct error err = {0};
    if (!exclusions_put(ui->hide.list, row, e, &err)) {
        error_context(&err, "not saved: ");
        ui_error(ui, &err);
    }
    ui_take(ui);
}

static void edit(struct ui *ui, struct pane *p)
{
    struct buf text = {0};
    ui->hide.editing = grid_row(p->grid);
    exclusion_text(exclusion_row(ui->hide.list, ui->hide.editing), &text);
    exclude_write(ui, buf_str(&text));
    buf_release(&text);
}

static void turn(struct ui *ui, struct pane *p)
{
    size_t row = grid_row(p->grid);
    struct exclusion e = *exclusion_row(ui->hide.list, row);
    if (!e.on && (exclusion_blank(&e) || e.until <= instant_now())) {
        ui_message(ui, ROLE_WARN,
                   exclusion_blank(&e) ? "fill in what is ? first, or take it out"
                                       : "it has expired: give it a later until= first");
        if (exclusion_blank(&e))
            edit(ui, p);
        return;
    }
    e.on = !e.on;
    store(ui, row, &e);
}

static void add(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->hide.editing = SIZE_MAX;
    exclude_write(ui, STR("ip=? name=? reason=?"));
}

static void really_drop(struct ui *ui, struct str text)
{
    struct error err = {0};
    (void)text;
    if (!exclusions_remove(ui->hide.list, ui->hide.editing, &err))
        ui_error(ui, &err);
    ui_take(ui);
}

static void drop(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {
        .title = "Take this exclusion away?", .yes_no = true, .done = really_drop};
    ui->hide.editing = grid_row(p->grid);
    ui_ask(ui, &prompt, STR_NONE);
}

static void copy_kql(struct ui *ui, struct pane *p)
{
    struct buf text = {0};
    size_t n = exclude_kql(ui, "| where ", &text);
    (void)p;
    if (n)
        ui_copy(ui, n == 1 ? "one exclusion as KQL" : "the exclusions as KQL", buf_str(&text),
                true);
    else
        ui_message(ui, ROLE_WARN, "none is switched on");
    buf_release(&text);
}

size_t exclude_kql(struct ui *ui, const char *before, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < exclusions_count(ui->hide.list); i++) {
        const struct exclusion *e = exclusion_row(ui->hide.list, i);
        if (!exclusion_works(e, instant_now()))
            continue;
        buf_add_z(out, before);
        exclusion_kql(e, out);
        buf_add_byte(out, '\n');
        n++;
    }
    return n;
}

static const struct action rows[] = {
    {{' '}, "switch", "Switches the exclusion on or off.", turn, on_row},
    {{K_ENTER}, "edit", "Changes it, and shows what it would hide.", edit, on_row},
    {{'a', K_INSERT}, "add", "Writes a new exclusion.", add, NULL},
    {{'d', K_DELETE},
     "drop",
     "Takes it away; one that came with the rule comes again, off.",
     drop,
     on_row},
    {{'Y'}, "copy KQL", "Copies those that are on as | where not(...) lines.", copy_kql, NULL},
};

const struct pane_type pane_exclude = {
    .name = "Exclusions",
    .help = "What is known to be harmless here, kept apart from the rule: all parts of a line must "
            "hold; lines stand beside each other.",
    .opens = {{'X'}, "exclusions", "Lists the exclusions and what they suppress.", NULL, NULL},
    .actions = {rows, COUNT(rows)},
    .open = open_list,
    .take = take,
    .draw = draw,
    .close = close_list,
};
