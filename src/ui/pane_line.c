/* One log line: the raw bytes, where they stand, what the rule says of it, and every field that is
 * not empty, codes in words. */
#include "ui/ui_internal.h"

struct line {
    struct str place, raw;
    struct grid grid;
    struct table *fields;
    struct grid_column *columns;
    size_t n_columns;
    struct told *told; /* what the rule says of it */
};

static struct line *of(const struct pane *p)
{
    return p->data;
}

struct value ui_cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    return at == SIZE_MAX || row >= t->rows ? (struct value){.type = TYPE_STRING, .s = STR("")}
                          : column_value(t->columns[at], row);
}

static const char *words_of(const struct table *t, size_t row, struct str field, struct str value)
{
    if (str_is(field, "scStatus"))
        return status_words(value);
    if (str_is(field, "scSubStatus"))
        return substatus_words(ui_cell(t, "scStatus", row).s, value);
    if (str_is(field, "scWin32Status"))
        return win32_words(value);
    if (str_is(field, "TimeTaken"))
        return "ms";
    return NULL;
}

static struct table *fields_of(struct arena *a, const struct table *t, size_t row, struct zone zone)
{
    static const struct field fields[] = {
        {STR("Field"), TYPE_STRING}, {STR("Value"), TYPE_STRING}, {STR("Meaning"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    struct buf text = {0};
    for (size_t i = 0; i < t->schema.n; i++) {
        buf_reset(&text);
        text_whole(&text, column_value(t->columns[i], row), zone);
        if (!text.n)
            continue;
        const char *words = words_of(t, row, t->schema.fields[i].name, buf_str(&text));
        builder_str(b, t->schema.fields[i].name);
        builder_str(b, buf_str(&text));
        builder_str(b, str_of(words ? words : ""));
    }
    buf_release(&text);
    return builder_finish(b);
}

static void take(struct ui *ui, struct pane *p)
{
    struct line *l = of(p);
    l->grid.zone = ui->zone;
    grid_load(&l->grid, l->fields, NULL, l->columns, l->n_columns);
}

static bool open_line(struct ui *ui, struct pane *p, const void *arg)
{
    const struct line_source *source = arg;
    struct line *l = ARENA_NEW(p->arena, struct line);
    struct buf place = {0};
    buf_add(&place, ui_cell(source->lines, "File", source->row).s);
    buf_add_byte(&place, ':');
    text_count(&place, ui_cell(source->lines, "Line", source->row).i);
    l->place = str_dup(p->arena, buf_str(&place));
    buf_release(&place);
    p->crumb = STR("line");
    l->raw = str_dup(p->arena, ui_cell(source->lines, "Raw", source->row).s);
    l->fields = fields_of(p->arena, source->rows, source->row, ui->zone);
    l->n_columns = grid_columns_plain(p->arena, l->fields, &l->columns);
    for (size_t i = 0; i < l->n_columns; i++)
        l->columns[i].kind = CELL_TEXT;
    l->told = hunt_tell(ui->hunt, ui_cell(source->lines, "File", source->row).s,
                        ui_cell(source->lines, "Offset", source->row).i);
    grid_init(&l->grid);
    l->grid.column = 1; /* y copies the value */
    p->data = l;
    p->grid = &l->grid;
    take(ui, p);
    return true;
}

static void close_line(struct ui *ui, struct pane *p)
{
    (void)ui;
    told_close(of(p)->told);
    grid_release(&of(p)->grid);
}

static bool is_ready(const struct pane *p)
{
    return told_done(of(p)->told);
}

/* It passed each stage that looks at it alone; what it was taken together with was dropped. */
static struct str group_dropped(struct ui *ui, const struct told_line *t, bool roomy)
{
    struct str why = roomy ? t->group_why : why_brief(t->group_why, 0);
    bool named = roomy && t->group.n;
    return ui_str(ui, "its group%s%.*s%s %s by stage %d%s%.*s", named ? " (" : "",
                  STR_ARG(named ? t->group : STR_NONE), named ? ")" : "",
                  roomy ? "was dropped" : "dropped", t->group_stage, why.n ? ": " : "",
                  STR_ARG(why));
}

static struct str kept_text(struct ui *ui, const struct told_line *t)
{
    if (t->found)
        return ui_str(ui, "kept; in the finding %.*s", STR_ARG(t->label));
    if (!t->stage)
        return STR("kept: the rule's stages let this line through");
    return ui_str(ui,
                  "kept up to stage %d, which takes it together with other lines%s", t->stage,
                  t->lost_sight ? "; what became of it there is not known" : "");
}

/* How far the line comes: which stage dropped it and why, or which takes it together with
 * others. */
static int draw_why(struct ui *ui, const struct line *l, struct area area)
{
    const struct told_line *t = told_line(l->told);
    if (!t)
        return draw_wrapped(&ui->canvas, area,
                            told_done(l->told) ? STR("") : STR("asking the rule ..."), ROLE_DIM);
    if (t->kept && t->group_stage)
        return draw_wrapped(&ui->canvas, area, group_dropped(ui, t, area.rows > 1), ROLE_WARN);
    if (t->kept)
        return draw_wrapped(&ui->canvas, area, kept_text(ui, t), ROLE_GOOD);
    struct str brief = why_brief(t->why, 0);
    if (area.rows == 1)
        return canvas_text(&ui->canvas, area.y, area.x, area.columns,
                           ui_str(ui, "stage %d: %.*s", t->stage, STR_ARG(brief)), ROLE_WARN) > 0;
    struct str text = t->stage ? ui_str(ui, "dropped by stage %d of the rule: %.*s", t->stage,
                                        STR_ARG(t->why))
                               : ui_str(ui, "dropped: %.*s", STR_ARG(t->why));
    return draw_wrapped(&ui->canvas, area, text, ROLE_WARN);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct line *l = of(p);
    int y = area.y, most = area.rows / 3 > 0 ? area.rows / 3 : 1;
    canvas_run(c, y++, area.x, run_cut_path(c, run_make(c, l->place, ROLE_TITLE, 0), area.columns));
    /* a line may be a megabyte: what cannot be seen is not looked at */
    size_t shown = (size_t)most * (size_t)area.columns * 4;
    struct str raw = l->raw.n > shown ? str_sub(l->raw, 0, shown) : l->raw;
    y += draw_wrapped(c, (struct area){y, area.x, most, area.columns}, raw, ROLE_TEXT);
    if (l->raw.n > raw.n)
        canvas_glyph(c, y - 1, area.x + area.columns - 1, GLYPH_CUT, ROLE_WARN);
    y += draw_why(ui, l, (struct area){y, area.x, area.rows >= 12 ? 2 : 1, area.columns});
    if (area.y + area.rows - y > 4)
        y++;
    grid_draw(&l->grid, c, (struct area){y, area.x, area.y + area.rows - y, area.columns}, focused);
}

static void copy_line(struct ui *ui, struct pane *p)
{
    ui_copy(ui, "the raw line", of(p)->raw, false);
}

static const struct action rows[] = {
    STORY_ACTION,
    {{'Y'}, "copy line", "Copies the raw line to the terminal's clipboard.", copy_line, NULL},
};

const struct pane_type pane_line = {
    .name = "Log line",
    .help = "One line of a log as it stands there, and its fields.",
    .actions = {rows, COUNT(rows)},
    .open = open_line,
    .take = take,
    .draw = draw,
    .close = close_line,
    .ready = is_ready,
};
