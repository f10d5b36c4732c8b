/* Three of the rows that a stage of the funnel lost, each with the reason: in, a stage; out, lines
 * under the funnel. They are read in the background and kept until another stage is asked for. */
#include "ui/ui_internal.h"

enum { SAMPLES = 3 };

void lost_rows_close(struct lost_rows *l)
{
    lost_close(l->task);
    *l = (struct lost_rows){0};
}

void lost_rows_ask(struct ui *ui, struct lost_rows *l, int stage)
{
    uint64_t generation = ui->view->generation;
    if (l->stage == stage && l->generation == generation)
        return;
    lost_rows_close(l);
    *l = (struct lost_rows){.stage = stage, .generation = generation};
    if (stage)
        l->task = hunt_lost(ui->hunt, stage, SAMPLES);
}

bool lost_rows_ready(const struct lost_rows *l)
{
    return !l->task || lost_done(l->task);
}

/* On a narrow screen the predicate is left out: the stage's text stands above. */
struct str why_brief(struct str why, int columns)
{
    for (size_t i = 0; columns < 100 && i + 5 < why.n; i++)
        if (str_is(str_sub(why, i, i + 5), "` is "))
            return str_sub(why, i + 5, why.n);
    return why;
}

static void draw_row(struct ui *ui, const struct table *t, size_t row, struct area area, int y)
{
    struct canvas *c = &ui->canvas;
    struct buf place = {0};
    buf_add(&place, ui_cell(t, "File", row).s);
    buf_add_byte(&place, ':');
    text_count(&place, ui_cell(t, "Line", row).i);
    int room = area.columns - 2, end = area.x + area.columns;
    int wide = room * 4 / 10, stem = room * 3 / 10;
    struct run why = run_make(c, why_brief(ui_cell(t, "Why", row).s, area.columns), ROLE_TEXT, 0);
    struct run file = run_make(c, buf_str(&place), ROLE_DIM, 0);
    buf_release(&place);
    file = run_cut_path(c, file, room - wide - stem - 4);
    if (why.width > wide)
        wide = why.width < room - stem - file.width - 4 ? why.width : room - stem - file.width - 4;
    canvas_run(c, y, area.x + 2, run_cut_end(c, why, wide));
    canvas_run(c, y, area.x + 2 + wide + 2,
               run_cut_path(c, run_make(c, ui_cell(t, "csUriStem", row).s, ROLE_TEXT, 0),
                            room - wide - file.width - 4));
    canvas_run(c, y, end - file.width, file);
}

int lost_rows_draw(struct ui *ui, const struct lost_rows *l, int64_t lost, struct area area)
{
    struct canvas *c = &ui->canvas;
    struct error err = {0};
    const struct table *t = l->task ? lost_rows(l->task, &err) : NULL;
    if (!l->task || !lost)
        return 0;
    if (!t) {
        canvas_textf(c, area.y, area.x, area.columns, ROLE_DIM, "lost at %d: %s", l->stage,
                     err.set              ? err.message
                     : lost_done(l->task) ? "none"
                                          : "reading ...");
        return 1;
    }
    if (!t->rows)
        return 0;
    int y = area.y;
    if (lost > 0)
        canvas_textf(c, y++, area.x, area.columns, ROLE_TITLE, "lost at %d, %zu of %.*s:", l->stage,
                     t->rows, STR_ARG(ui_count(ui, lost)));
    else
        canvas_textf(c, y++, area.x, area.columns, ROLE_TITLE,
                     "lost at %d, among others:", l->stage);
    for (size_t i = 0; i < t->rows && y < area.y + area.rows; i++)
        draw_row(ui, t, i, area, y++);
    return y - area.y;
}
