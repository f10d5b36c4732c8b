/* The findings: the rule's result as a table with marks. Always there, under everything else. */
#include "ui/ui_internal.h"

struct findings {
    struct arena *arena; /* of what belongs to the present picture */
    struct grid grid;
    struct ui *ui;
    size_t *order; /* fields shown of the last table that had rows; in the pane's arena */
    size_t n_order, n_fields;
    struct near near;
    struct signs_column signs;
};

static struct findings *of(const struct pane *p)
{
    return p->data;
}

static void lead(void *ctx, size_t row, char out[GRID_LEAD + 1], enum role *role)
{
    struct findings *f = ctx;
    triage_lead(f->ui, f->ui->view->ids[row], out, role);
    if (out[0] == ' ' && marks_has(&f->ui->fresh.fresh, f->ui->view->ids[row]))
        out[0] = '+';
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    struct findings *f = ctx;
    return signs_role(&f->signs, f->grid.table, row, field);
}

static bool hide(void *ctx, size_t row)
{
    struct findings *f = ctx;
    return !f->ui->hide.shown && finding_hidden(f->ui, f->ui->view->ids[row]);
}

/* What is shown is chosen from the cells; a table without any keeps the columns of the one before,
 * so that nothing jumps. */
static size_t same_columns(struct pane *p, const struct table *t, struct grid_column **columns,
                           size_t n)
{
    struct findings *f = of(p);
    if (t->rows) {
        if (!f->order || f->n_fields < t->schema.n)
            f->order = ARENA_ARRAY(p->arena, size_t, t->schema.n + 1);
        f->n_fields = t->schema.n;
        f->n_order = n;
        for (size_t i = 0; i < n; i++)
            f->order[i] = (*columns)[i].field;
        return n;
    }
    if (!f->order || f->n_fields != t->schema.n)
        return n;
    struct grid_column *kept = ARENA_ARRAY(f->arena, struct grid_column, n + 2);
    size_t used = 0;
    for (size_t i = 0; i < f->n_order; i++)
        for (size_t k = 0; k < n; k++)
            if ((*columns)[k].field == f->order[i])
                kept[used++] = (*columns)[k];
    *columns = kept;
    return used;
}

static void take(struct ui *ui, struct pane *p)
{
    struct findings *f = of(p);
    struct grid_column *columns;
    const struct view *v = ui->view;
    near_take(ui, &f->near);
    arena_reset(f->arena);
    f->grid.zone = ui->zone;
    if (!v->result || !v->result->table) {
        grid_load(&f->grid, NULL, NULL, NULL, 0);
        return;
    }
    const struct table *t = signs_take(ui, &f->signs, f->arena);
    size_t n = findings_columns(f->arena, v->result->table, &columns);
    n = same_columns(p, v->result->table, &columns, n);
    n = signs_place(&f->signs, columns, n);
    grid_load(&f->grid, t, v->ids, columns, n);
    signs_taken(&f->signs);
}

static bool open_findings(struct ui *ui, struct pane *p, const void *arg)
{
    struct findings *f = ARENA_NEW(p->arena, struct findings);
    (void)arg;
    f->ui = ui;
    f->arena = arena_new();
    grid_init(&f->grid);
    f->grid.hooks = (struct grid_hooks){.lead = lead, .hide = hide, .role = role_of,
                                        .lead_width = TRIAGE_LEAD, .lead_title = " V", .ctx = f};
    p->data = f;
    p->grid = &f->grid;
    take(ui, p);
    return true;
}

static void close_findings(struct ui *ui, struct pane *p)
{
    (void)ui;
    near_release(&of(p)->near);
    signing_close(of(p)->signs.signing);
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static struct str verdict_count(struct ui *ui, enum verdict v)
{
    size_t n = ui_with_verdict(ui, v);
    return n ? ui_str(ui, "%.*s %s%s", STR_ARG(ui_count(ui, (int64_t)n)), verdict_words(v),
                      n == 1 || v == VERDICT_BENIGN ? "" : "s")
             : STR_NONE;
}

/* Where no row is shown: why, and what to do. */
static void draw_empty(struct ui *ui, const struct findings *f, struct area area)
{
    size_t hidden = ui_hidden(ui);
    const char *words = hunt_busy(ui->hunt) ? "looking ..."
                        : hidden && hidden == ui->view->rows
                            ? "all are suppressed: {H} shows them, {X} lists the exclusions"
                        : f->grid.filter_text.n
                            ? "no finding passes the filter; {Esc} lifts it, {C} lists its chips"
                            : "no findings; {f} shows where the rows went, {t} what can be turned";
    canvas_text(&ui->canvas, area.y + 3, area.x + 2, area.columns - 2,
                str_of(ui_words(ui, words)), ROLE_DIM);
}

/* "3 marked"; nothing for none. */
static struct str some(struct ui *ui, size_t n, const char *what)
{
    return n ? ui_str(ui, "%.*s%s", STR_ARG(ui_count(ui, (int64_t)n)), what) : STR_NONE;
}

static struct str change_words(struct ui *ui)
{
    const struct view *v = ui->view;
    return v->come || v->gone ? ui_str(ui, "+%.*s -%.*s", STR_ARG(ui_count(ui, v->come)),
                                       STR_ARG(ui_count(ui, v->gone)))
                              : STR_NONE;
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct findings *f = of(p);
    const struct view *v = ui->view;
    enum role filter_role;
    struct str filter = filter_words(ui, &f->grid, &filter_role), change = change_words(ui);
    area.rows -= near_draw(ui, &f->near, area);
    size_t marked = ui_marked(ui), hidden = ui_hidden(ui);
    bool low = c->rows < LOW_SCREEN; /* the header has the count then */
    struct piece pieces[] = {
        {low ? STR_NONE
             : ui_str(ui, "%s%.*s finding%s", v->partial ? "~" : "",
                      STR_ARG(ui_count(ui, (int64_t)v->rows)), v->rows == 1 ? "" : "s"),
         ROLE_TITLE, 9, false, false},
        {change, ROLE_CHANGED, 7, false, false},
        {f->grid.filter.n_on
             ? ui_str(ui, "%.*s shown", STR_ARG(ui_count(ui, (int64_t)f->grid.n_shown)))
             : STR_NONE,
         ROLE_TEXT, 6, false, false},
        {some(ui, marked, " marked"), ROLE_MARK, 8, false, false},
        {verdict_count(ui, VERDICT_TRUE), ROLE_BAD, 8, false, false},
        {verdict_count(ui, VERDICT_FALSE), ROLE_DIM, 3, false, false},
        {verdict_count(ui, VERDICT_BENIGN), ROLE_DIM, 3, false, false},
        {some(ui, hidden, ui->hide.shown ? " suppressed, shown" : " suppressed"), ROLE_WARN, 9,
         false, false},
        {triage_saves(ui->triage) ? STR_NONE : STR("! verdicts are not saved"), ROLE_WARN, 8, false,
         false},
        {some(ui, ui->fresh.fresh.n, ui_words(ui, " new +, {n} next")),
         ROLE_PLUS, 8, false, false},
        {v->partial ? STR("can still change while loading") : STR_NONE, ROLE_DIM, 2, false, false},
        {filter.n ? STR("filter:") : STR_NONE, ROLE_DIM, 4, true, false},
        {filter, filter_role, 5, false, true},
    };
    bool quiet = low && !change.n && !filter.n && !marked && !hidden;
    if (area.rows < 4 || quiet) {
        grid_draw(&f->grid, c, area, focused);
    } else {
        draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
        grid_draw(&f->grid, c, (struct area){area.y + 1, area.x, area.rows - 1, area.columns},
                  focused);
    }
    if (!f->grid.n_shown && area.rows > 4)
        draw_empty(ui, f, area);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_finding(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return grid_row(p->grid) != SIZE_MAX;
}

static void enter(struct ui *ui, struct pane *p)
{
    size_t row = grid_row(p->grid);
    fresh_seen(ui, ui->view->ids[row]);
    ui_open(ui, &pane_finding, &(struct finding_at){.view = ui->view, .row = row});
}

static void mark(struct ui *ui, struct pane *p)
{
    uint32_t row = (uint32_t)grid_row(p->grid);
    ui_mark(ui, &row, 1, !marks_has(&ui->marks, ui->view->ids[row]));
    grid_move(p->grid, 1);
}

static void mark_all(struct ui *ui, struct pane *p)
{
    ui_mark(ui, p->grid->shown, p->grid->n_shown, true);
}

static bool has_marks(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui_marked(ui) > 0;
}

static void unmark(struct ui *ui, struct pane *p)
{
    (void)p;
    uint32_t *rows = ARENA_ARRAY(ui->canvas.frame, uint32_t, ui->view->rows + 1);
    for (size_t i = 0; i < ui->view->rows; i++)
        rows[i] = (uint32_t)i;
    ui_mark(ui, rows, ui->view->rows, false);
}

static bool has_numbers(const struct ui *ui, const struct pane *p)
{
    const struct query *q = hunt_query(ui->hunt);
    (void)p;
    for (size_t i = 0; i < q->n_params; i++)
        if ((q->params[i].kind == PARAM_NUMBER || q->params[i].kind == PARAM_DURATION) &&
            !q->params[i].cold)
            return true;
    return false;
}

static void toggle_near(struct ui *ui, struct pane *p)
{
    struct near *n = &of(p)->near;
    n->shown = !n->shown;
    near_take(ui, n);
}

static bool has_side(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->side != NULL;
}

static void to_side(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->side_focused = true;
}

static bool is_ready(const struct pane *p)
{
    return signs_ready(&of(p)->signs);
}

static bool has_near(const struct ui *ui, const struct pane *p)
{
    const struct near *n = &of(p)->near;
    return !ui->side && n->shown && n->table && n->table->rows;
}

static void to_near(struct ui *ui, struct pane *p)
{
    (void)p;
    ui_open(ui, &pane_near, NULL);
}

static const char *counted(const struct pane *p)
{
    return of(p)->ui->nested ? "rows" : "findings";
}

static const struct action rows[] = {
    {{K_ENTER},
     "open",
     "Opens the finding: every access, every address, the raw lines.",
     enter,
     on_finding},
    {{' '}, "mark", "Marks the finding, or takes the mark away.", mark, on_finding},
    {{'e'},
     "export",
     "Writes the marked findings, or those shown when none is marked, to a file.",
     ask_export,
     on_finding},
    STORY_ACTION,
    {{'a'}, NULL, "Marks all that are shown.", mark_all, on_finding},
    {{'u'}, NULL, "Takes all marks away.", unmark, has_marks},
    {{'B', WORTH(10)},
     "near misses",
     "Shows, dimmed, what one step beyond a number of the rule would let in.",
     toggle_near,
     has_numbers},
    {{'n', WORTH(20)}, "next new", "To the next finding that came while the logs are followed (+).",
     fresh_next, fresh_any}, /* takes no place from what always holds */
    {{'N'}, NULL, "Takes the + of all new findings away: they have been seen.", fresh_clear,
     fresh_any},
    {{K_TAB, WORTH(40)},
     "near misses",
     "To the near misses, which open like findings.",
     to_near,
     has_near},
    {{K_TAB}, "panel", "To the panel of knobs.", to_side, has_side},
};

const struct pane_type pane_findings = {
    .name = "Findings",
    .help = "The rule's result. A `~` before a count says that it can still change while logs are "
            "read. Signs: P POSTs to scripts before, M short visit, U agent of its own, S sent, C "
            "cut off, B large, T slow, I no image's size, A anonymous, R no referer, - failed; "
            "how many show it; ... more is being looked for.",
    .actions = {rows, COUNT(rows)},
    .open = open_findings,
    .take = take,
    .draw = draw,
    .close = close_findings,
    .counted = counted,
    .ready = is_ready,
};
