/* Drawing of a finding's screen: its name and verdict, what its log rows say together, signs, note,
 * and the table of the tab that is open. */
#include "ui/finding_view.h"

static struct str cell_text(const struct table *t, const char *name, size_t row)
{
    struct value v = ui_cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR_NONE;
}

/* The line that names the finding: its first texts, most telling first. */
static void draw_title(struct ui *ui, const struct finding *f, int y, int x, int width)
{
    struct canvas *c = &ui->canvas;
    struct grid_column *columns;
    size_t n = findings_columns(c->frame, f->row, &columns), shown = 0;
    struct run line = {0};
    if (!f->near)
        width -= draw_verdict(ui, f->id, y, x + width, width);
    for (size_t i = 0; i < n && shown < 4; i++) {
        enum cell_kind kind = columns[i].kind;
        if (kind != CELL_TEXT && kind != CELL_FILE && kind != CELL_PATH && kind != CELL_FOLDER)
            continue;
        struct buf text = {0};
        text_whole(&text, column_value(f->row->columns[columns[i].field], 0), ui->zone);
        int room = width - line.width - (shown ? 3 : 0);
        struct run part = run_make(c, buf_str(&text),
                                   f->near ? ROLE_DIM : shown ? ROLE_TEXT : ROLE_TITLE, 0);
        part = kind == CELL_TEXT ? run_cut_end(c, part, room) : run_cut_path(c, part, room);
        buf_release(&text);
        if (room < 8)
            break;
        if (shown++)
            line = run_join(c, line, run_make(c, STR("   "), ROLE_TEXT, 0));
        line = run_join(c, line, part);
    }
    canvas_run(c, y, x, line);
}

/* S sent 2 of 2   P 3 POSTs to scripts ... */
static void draw_signs(struct ui *ui, const struct finding *f, struct area area)
{
    struct piece pieces[24] = {{STR("Signs"), ROLE_TITLE, 99, false, false}};
    size_t n = 1;
    const struct table *t = f->evidence->signs;
    for (size_t i = 0; i < t->rows && n < COUNT(pieces); i++) {
        struct str sign = cell_text(t, "Sign", i), what = cell_text(t, "What", i);
        int64_t count = ui_cell(t, "Count", i).i, of = ui_cell(t, "Of", i).i;
        if (str_is(sign, "?"))
            continue;
        bool rare = sign.p[0] == 'P' || sign.p[0] == 'U' || sign.p[0] == 'M' || sign.p[0] == 'I';
        struct str text = count == of ? ui_str(ui, "%.*s %.*s", STR_ARG(sign), STR_ARG(what))
                                      : ui_str(ui, "%.*s %.*s %lld/%lld", STR_ARG(sign),
                                               STR_ARG(what), (long long)count, (long long)of);
        if (sign.p[0] == 'P')
            text = ui_str(ui, "P %lld %.*s", (long long)count, STR_ARG(what));
        pieces[n++] = (struct piece){text, rare ? ROLE_WARN : ROLE_TEXT, 90 - (int)i, false, false};
    }
    if (n == 1)
        pieces[n++] = (struct piece){STR("none"), ROLE_DIM, 97, false, false};
    if (!finding_settled(f) && n < COUNT(pieces))
        pieces[n++] =
            (struct piece){STR("looking through all lines ..."), ROLE_DIM, 98, true, false};
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 2, pieces, n);
}

/* Where not all names fit, those before the current one go first. */
static void draw_tabs(struct ui *ui, const struct finding *f, int y, int x, int width)
{
    struct canvas *c = &ui->canvas;
    int end = x + width, needed = 1;
    enum role role;
    struct str filter = filter_words(ui, &f->grids[f->tab], &role);
    if (filter.n) {
        int used = canvas_right(c, y, end, width / 2, filter, role);
        end -= used + 1;
    }
    enum finding_tab first = f->tab;
    for (enum finding_tab t = 0; t <= f->tab; t++)
        needed += (int)strlen(finding_tab_names[t]) + 3;
    for (first = 0; first < f->tab && needed > end - x; first++)
        needed -= (int)strlen(finding_tab_names[first]) + 3;
    for (enum finding_tab t = first; t < FINDING_TABS && x < end; t++) {
        bool current = t == f->tab;
        x += canvas_textf(c, y, x, end - x, current ? ROLE_TITLE : ROLE_DIM,
                          current ? "[%s]" : " %s ", finding_tab_names[t]) +
             (width >= 100);
    }
}

/* Signs and what to look for are sentences: the one under the cursor stands below, whole. */
static void draw_table(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    const struct finding *f = p->data;
    const char *field = f->tab == TAB_SIGNS ? "Reason" : f->tab == TAB_ELSEWHERE ? "Look" : NULL;
    int room = field && area.rows >= 10 ? 3 : 0;
    grid_draw(p->grid, &ui->canvas, (struct area){area.y, area.x, area.rows - room, area.columns},
              focused);
    size_t row = grid_row(p->grid);
    if (room && row != SIZE_MAX)
        draw_wrapped(&ui->canvas,
                     (struct area){area.y + area.rows - room + 1, area.x, room - 1, area.columns},
                     cell_text(p->grid->table, field, row), ROLE_DIM);
}

void finding_draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    const struct finding *f = p->data;
    int y = area.y, end = area.y + area.rows;
    draw_title(ui, f, y++, area.x, area.columns);
    if (f->near)
        canvas_textf(c, y++, area.x, area.columns, ROLE_CHANGED,
                     "a near miss, no finding: it would come with %.*s", STR_ARG(f->with));
    bool ready = finding_ready(f);
    if (area.rows >= 7) {
        if (ready && !f->detail->failed)
            y += draw_wrapped(c, (struct area){y, area.x, area.rows >= 16 ? 3 : 1, area.columns},
                              f->facts, ROLE_TEXT);
        else
            canvas_text(c, y++, area.x, area.columns,
                        ready ? STR("") : STR("reading the lines ..."), ROLE_DIM);
    }
    if (area.rows >= 12 && f->evidence)
        draw_signs(ui, f, (struct area){y++, area.x, 1, area.columns});
    if (area.rows >= 10)
        y += draw_note(ui, f->id, (struct area){y, area.x, area.rows >= 16 ? 3 : 1, area.columns});
    draw_tabs(ui, f, y++, area.x, area.columns);
    if (f->tab != TAB_FIELDS && ready && f->detail->failed) {
        struct buf text = {0};
        error_text(&f->detail->error, &text);
        draw_wrapped(c, (struct area){y + 1, area.x + 2, end - y - 1, area.columns - 4},
                     buf_str(&text), ROLE_WARN);
        buf_release(&text);
        return;
    }
    if (!p->grid->table)
        canvas_text(c, y, area.x, area.columns,
                    finding_settled(f) ? STR("nothing is known of it")
                                  : STR("looking through all lines ..."),
                    ROLE_DIM);
    else
        draw_table(ui, p, (struct area){y, area.x, end - y, area.columns}, focused);
}
