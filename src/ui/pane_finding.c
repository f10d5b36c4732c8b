/* One finding: what it is, what its log rows say together, signs, and tabs of tables: every access
 * in order with gaps (those of one transfer folded), every address, the raw lines, signs with their
 * reasons, the folder, how usual it is, what to look for elsewhere, the finding's own columns. The
 * log rows come from the reader's thread, the evidence from another; until then the screen says so
 * and stays usable. */
#include "ui/finding_view.h"

#include "base/instant.h"

static struct finding *of(const struct pane *p)
{
    return p->data;
}

static struct str text_of(const struct table *t, const char *name, size_t row)
{
    struct value v = ui_cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR_NONE;
}

bool finding_ready(const struct finding *f)
{
    return f->detail && f->detail->finding == f->id;
}

const struct detail *pane_finding_detail(const struct pane *p)
{
    return finding_ready(of(p)) && !of(p)->detail->failed ? of(p)->detail : NULL;
}

uint64_t pane_finding_id(const struct pane *p)
{
    return of(p)->id;
}

bool finding_settled(const struct finding *f)
{
    return finding_ready(f) && (!f->witness || witness_done(f->witness));
}

static bool is_settled(const struct pane *p)
{
    return finding_settled(of(p));
}

/* Some accesses belong together, and are shown so. */
static bool can_fold(const struct finding *f)
{
    return f->detail && !f->detail->failed &&
           f->detail->transfers->rows < f->detail->accesses->rows;
}
static bool is_folded(const struct finding *f)
{
    return can_fold(f) && !f->unfolded;
}

/* ---- what is shown --------------------------------------------------------------------------- */

/* When the accesses were: a line is written when its answer has been sent. */
static void place(struct pane *p, const struct table *t)
{
    p->placed = false;
    for (size_t i = 0; i < t->rows; i++) {
        struct value time = ui_cell(t, "TimeGenerated", i), taken = ui_cell(t, "TimeTaken", i);
        if (time.null)
            continue;
        bool known = type_shape(taken.type) == SHAPE_INT && !taken.null && taken.i > 0 &&
                     taken.i < TICKS_PER_DAY / TICKS_PER_MILLISECOND;
        int64_t from = known ? time.i - taken.i * TICKS_PER_MILLISECOND : time.i;
        p->from = p->placed && p->from < from ? p->from : from;
        p->to = p->placed && p->to > time.i ? p->to : time.i;
        p->placed = true;
    }
}

static void fill(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    const struct detail *d = finding_ready(of(p)) && !f->detail->failed ? f->detail : NULL;
    arena_reset(f->arena);
    for (enum finding_tab t = 0; t < FINDING_TABS; t++)
        f->grids[t].zone = ui->zone;
    if (d) {
        f->facts = finding_facts(f->arena, d);
        place(p, d->accesses);
        if (!f->witness)
            f->witness = hunt_evidence(ui->hunt, d);
        f->evidence = witness_seen(f->witness);
    }
    finding_tables(f->grids, f->arena, f->row, d, is_folded(f), f->evidence);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void show_tab(struct pane *p, enum finding_tab tab)
{
    of(p)->tab = tab;
    p->grid = &of(p)->grids[tab];
}

static void ask(struct ui *ui, struct finding *f)
{
    if (f->near)
        hunt_open_finding(ui->hunt, f->near, 0);
    for (size_t i = 0; !f->near && i < ui->view->rows; i++)
        if (ui->view->ids[i] == f->id) {
            f->asked_partial = ui->view->partial;
            hunt_open_finding(ui->hunt, ui->view, i);
            return;
        }
}

/* Its first text, most telling first: what it is called on the way back from what it leads to. */
static struct str name_of(struct arena *a, const struct table *row)
{
    struct grid_column *columns;
    size_t n = findings_columns(a, row, &columns);
    for (size_t i = 0; i < n; i++) {
        struct value v = column_value(row->columns[columns[i].field], 0);
        if (v.type == TYPE_STRING && v.s.n)
            return v.s;
    }
    return STR("finding");
}

static bool open_finding(struct ui *ui, struct pane *p, const void *arg)
{
    const struct finding_at *at = arg;
    size_t row = at->row;
    struct finding *f = ARENA_NEW(p->arena, struct finding);
    const struct table *t = at->view->result->table;
    struct builder *b = builder_new(p->arena, &t->schema);
    for (size_t i = 0; i < t->schema.n; i++)
        builder_value(b, column_value(t->columns[i], row));
    f->row = builder_finish(b);
    f->id = at->view->ids[row];
    f->with = str_dup(p->arena, at->near);
    if (at->near.n)
        f->near = hunt_near_view(ui->hunt, f->id);
    f->arena = arena_new();
    p->crumb = name_of(p->arena, f->row);
    for (enum finding_tab tab = 0; tab < FINDING_TABS; tab++)
        grid_init(&f->grids[tab]);
    p->data = f;
    show_tab(p, TAB_ACCESSES);
    fill(ui, p);
    ask(ui, f);
    return true;
}

static void take(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    if (!finding_ready(of(p))) {
        struct detail *d = hunt_detail(ui->hunt);
        if (d && d->finding == f->id)
            f->detail = d;
        else if (d)
            detail_release(d);
    } else if (f->detail->failed && f->asked_partial && !ui->view->partial) {
        /* while logs are read the way back to them is not known yet: now it is */
        detail_release(f->detail);
        f->detail = NULL;
        ask(ui, f);
    }
    fill(ui, p);
}

static void close_finding(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    (void)ui;
    for (enum finding_tab t = 0; t < FINDING_TABS; t++)
        grid_release(&f->grids[t]);
    witness_close(f->witness);
    if (f->detail)
        detail_release(f->detail);
    if (f->near)
        view_release(f->near);
    arena_free(f->arena);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void next_tab(struct ui *ui, struct pane *p)
{
    (void)ui;
    show_tab(p, (enum finding_tab)((of(p)->tab + 1) % FINDING_TABS));
}

static void tab_before(struct ui *ui, struct pane *p)
{
    (void)ui;
    show_tab(p, (enum finding_tab)((of(p)->tab + FINDING_TABS - 1) % FINDING_TABS));
}

/* The access under the cursor; SIZE_MAX: none, or a row that stands for several. */
static size_t access_here(const struct pane *p)
{
    const struct finding *f = of(p);
    size_t row = grid_row(p->grid), found = SIZE_MAX;
    if (row == SIZE_MAX || (f->tab != TAB_ACCESSES && f->tab != TAB_LINES))
        return SIZE_MAX;
    if (f->tab == TAB_LINES || !is_folded(f))
        return row;
    for (size_t i = 0; i < f->detail->accesses->rows; i++)
        if (f->detail->transfer_of[i] == row) {
            if (found != SIZE_MAX)
                return SIZE_MAX;
            found = i;
        }
    return found;
}

static bool on_line(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return access_here(p) != SIZE_MAX;
}

static void enter_line(struct ui *ui, struct pane *p)
{
    struct line_source source = {
        .rows = of(p)->detail->rows, .lines = of(p)->detail->lines, .row = access_here(p)};
    ui_open(ui, &pane_line, &source);
}

static bool on_fold(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->tab == TAB_ACCESSES && can_fold(of(p));
}

/* The cursor stays on the same access. */
static void fold(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    size_t row = grid_row(p->grid), to = row;
    if (row != SIZE_MAX && f->unfolded)
        to = f->detail->transfer_of[row];
    else if (row != SIZE_MAX)
        for (to = 0; f->detail->transfer_of[to] != row;)
            to++;
    f->unfolded = !f->unfolded;
    fill(ui, p);
    if (to != SIZE_MAX)
        grid_to_id(p->grid, to);
}

static bool on_transfer(const struct ui *ui, const struct pane *p)
{
    return on_fold(ui, p) && !of(p)->unfolded && grid_row(p->grid) != SIZE_MAX &&
           access_here(p) == SIZE_MAX;
}

static bool on_sign(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->tab == TAB_SIGNS && grid_row(p->grid) != SIZE_MAX;
}

/* To what the sign was seen in: a story, or the accesses. */
static void enter_sign(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    struct str sign = text_of(f->evidence->signs, "Sign", grid_row(p->grid));
    bool agent = str_is(sign, "U");
    struct actor_here actor = {agent ? ACTOR_AGENT : ACTOR_ADDRESS,
                               text_of(f->detail->accesses, agent ? "csUserAgent" : "cIP", 0)};
    if (agent || str_is(sign, "P") || str_is(sign, "M")) {
        ui_open(ui, &pane_story, &actor);
        return;
    }
    f->unfolded = true;
    show_tab(p, TAB_ACCESSES);
    fill(ui, p);
}

static bool on_address(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->tab == TAB_ADDRESSES && grid_row(p->grid) != SIZE_MAX;
}

static void enter_address(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    struct str ip = text_of(f->detail->addresses, "cIP", grid_row(p->grid));
    show_tab(p, TAB_ACCESSES);
    struct buf text = {0};
    filter_take_cell(&(struct filter){0}, STR("cIP"), (struct value){.type = TYPE_STRING, .s = ip},
                     false, &text);
    filter_apply(ui, p->grid, buf_str(&text));
    buf_release(&text);
}

/* Raw lines are of their rows; signs and what to look for of the first access. */
static bool actor_here(const struct pane *p, struct actor_here *out)
{
    const struct finding *f = of(p);
    size_t row = grid_row(p->grid);
    const struct detail *d = pane_finding_detail(p);
    if (!d || !d->rows->rows || row == SIZE_MAX)
        return false;
    return actor_in(d->rows, f->tab == TAB_LINES ? row : 0, out);
}

static const char *counted(const struct pane *p)
{
    return of(p)->tab != TAB_ACCESSES ? "rows"
           : is_folded(of(p)) ? "transfers of this finding"
                              : "accesses of this finding";
}

static const struct action rows[] = {
    {{K_ENTER}, "raw line", "Shows the log line with all its fields.", enter_line, on_line},
    {{K_ENTER},
     "unfold",
     "Shows each access of the transfer on a line of its own.",
     fold,
     on_transfer},
    {{K_ENTER},
     "see it",
     "To the story or the accesses in which the sign was seen.",
     enter_sign,
     on_sign},
    {{' '}, "fold", "Folds the accesses of one transfer together, or unfolds them.", fold, on_fold},
    {{K_ENTER}, "accesses", "Shows the accesses of this address only.", enter_address, on_address},
    STORY_ACTION,
    {{K_TAB}, "next tab", "To the next table of this finding.", next_tab, NULL},
    {{K_BACKTAB}, NULL, "To the table before.", tab_before, NULL},
};

const struct pane_type pane_finding = {
    .name = "Finding",
    .help =
        "What stands behind a finding. n/l: the log has no such field, which is not the same as 0.",
    .actions = {rows, COUNT(rows)},
    .open = open_finding,
    .take = take,
    .draw = finding_draw,
    .close = close_finding,
    .counted = counted,
    .ready = is_settled,
    .actor = actor_here,
};
