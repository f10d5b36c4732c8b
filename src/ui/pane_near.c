/* Near misses as a list: what one step beyond a number of the rule would make findings. Each opens
 * like a finding, and is said to be none; the knob that is named makes findings of them. */
#include "ui/ui_internal.h"

static struct near *of(const struct pane *p)
{
    return p->data;
}

static void take(struct ui *ui, struct pane *p)
{
    near_take(ui, of(p));
}

static bool open_near(struct ui *ui, struct pane *p, const void *arg)
{
    struct near *n = ARENA_NEW(p->arena, struct near);
    (void)arg;
    n->shown = true;
    near_take(ui, n);
    p->data = n;
    p->grid = &n->grid;
    return true;
}

static void close_near(struct ui *ui, struct pane *p)
{
    (void)ui;
    near_release(of(p));
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct near *n = of(p);
    enum role role;
    struct str filter = filter_words(ui, &n->grid, &role);
    near_title(ui, n, area, filter, role);
    if (!n->table->rows && area.rows > 2)
        draw_wrapped(&ui->canvas,
                     (struct area){area.y + 2, area.x + 2, area.rows - 2, area.columns - 2},
                     n->known ? STR("none: no number of the rule has a row one step beyond it")
                              : STR("looking ..."),
                     ROLE_DIM);
    else
        grid_draw(&n->grid, &ui->canvas,
                  (struct area){area.y + 1, area.x, area.rows - 1, area.columns}, focused);
}

static bool on_near(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return grid_row(p->grid) != SIZE_MAX;
}

static void enter(struct ui *ui, struct pane *p)
{
    size_t row = grid_row(p->grid);
    struct finding_at at = {.near = column_value(of(p)->table->columns[0], row).s};
    struct view *v = hunt_near_view(ui->hunt, of(p)->ids[row]);
    if (!v) {
        ui_message(ui, ROLE_WARN, "the knobs have moved: this is no near miss any longer");
        return;
    }
    at.view = v;
    ui_open(ui, &pane_finding, &at);
    view_release(v);
}

static bool is_ready(const struct pane *p)
{
    return of(p)->known;
}

static const char *counted(const struct pane *p)
{
    (void)p;
    return "misses that are near";
}

static const struct action rows[] = {
    {{K_ENTER}, "open", "Opens the near miss like a finding: accesses, addresses, raw lines.",
     enter, on_near},
    STORY_ACTION,
};

const struct pane_type pane_near = {
    .name = "Near misses",
    .help = "What one step beyond a number of the rule would let in. None of them is a finding.",
    .actions = {rows, COUNT(rows)},
    .open = open_near,
    .take = take,
    .draw = draw,
    .close = close_near,
    .ready = is_ready,
    .counted = counted,
};
