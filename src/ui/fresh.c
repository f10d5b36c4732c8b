/* Findings that came while the logs were followed: flagged with + until they have been seen. What a
 * knob brings is not among them: the analyst turned it. */
#include "ui/ui_internal.h"

void fresh_take(struct ui *ui)
{
    struct fresh *f = &ui->fresh;
    const struct view *v = ui->view;
    if (!hunt_follows(ui->hunt) || !v->result || v->partial || v == f->view)
        return;
    f->view = v;
    for (size_t i = 0; i < v->rows; i++) {
        if (v->news && f->started && !marks_has(&f->known, v->ids[i]))
            marks_set(&f->fresh, v->ids[i], true);
        marks_set(&f->known, v->ids[i], true);
    }
    f->started = true;
    if (v->news && v->said.n)
        ui_message(ui, ROLE_WARN, "%.*s", STR_ARG(v->said));
}

void fresh_seen(struct ui *ui, uint64_t id)
{
    marks_set(&ui->fresh.fresh, id, false);
}

bool fresh_any(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->fresh.fresh.n > 0;
}

void fresh_clear(struct ui *ui, struct pane *p)
{
    (void)p;
    marks_clear(&ui->fresh.fresh);
}

void fresh_next(struct ui *ui, struct pane *p)
{
    struct grid *g = p->grid;
    for (size_t i = 1; i <= g->n_shown; i++) {
        size_t place = (g->cursor + i) % g->n_shown;
        if (marks_has(&ui->fresh.fresh, ui->view->ids[g->shown[place]])) {
            grid_to(g, place);
            return;
        }
    }
    ui_message(ui, ROLE_DIM, "no new finding among those shown");
}
