/* Many rules over the same logs: a row a rule with what it found; Enter opens one. */
#include "ui/ui_internal.h"

struct rules {
    struct arena *arena;
    struct grid grid;
    struct table *table;
};

static struct rules *of(const struct pane *p)
{
    return p->data;
}

static struct str cell(const struct rules *r, const char *column, size_t row)
{
    size_t at = schema_find(&r->table->schema, str_of(column));
    return at == SIZE_MAX ? STR_NONE : column_value(r->table->columns[at], row).s;
}

/* In this order; the path is told by the name of the rule, and the name wants room. */
static size_t columns_of(struct rules *r, struct grid_column **out)
{
    static const char *const order[] = {"Rule",    "Findings", "Severity", "Techniques",
                                        "State",   "Seconds",  "Tactics",  "Remark"};
    struct grid_column *all;
    size_t n_all = grid_columns_plain(r->arena, r->table, &all), n = 0;
    *out = ARENA_ARRAY(r->arena, struct grid_column, COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t k = 0; k < n_all; k++)
            if (str_is(all[k].title, order[i]))
                (*out)[n++] = all[k];
    (*out)[0].least = 24;
    (*out)[0].best = (*out)[0].most = 60;
    return n;
}

static void take(struct ui *ui, struct pane *p)
{
    struct rules *r = of(p);
    struct arena *old = r->arena;
    struct grid_column *columns;
    r->arena = arena_new();
    r->table = sweep_table(ui->options->sweep, r->arena);
    uint64_t *ids = ARENA_ARRAY(r->arena, uint64_t, r->table->rows + 1);
    for (size_t i = 0; i < r->table->rows; i++)
        ids[i] = str_hash(cell(r, "File", i)) | 1; /* the cursor stays on its rule */
    size_t n = columns_of(r, &columns);
    grid_load(&r->grid, r->table, ids, columns, n);
    if (old)
        arena_free(old);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct rules *r = ctx;
    struct str state = cell(r, "State", row);
    (void)field;
    if (str_is(state, "failed"))
        return ROLE_WARN;
    return str_is(state, "done") ? ROLE_TEXT : ROLE_DIM;
}

static bool open_rules(struct ui *ui, struct pane *p, const void *arg)
{
    struct rules *r = ARENA_NEW(p->arena, struct rules);
    (void)arg;
    if (!ui->options->sweep)
        return false;
    grid_init(&r->grid);
    r->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = r};
    p->data = r;
    p->grid = &r->grid;
    sweep_start(ui->options->sweep); /* goes on where it was stopped */
    take(ui, p);
    return true;
}

static void close_rules(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static size_t have_run(const struct rules *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->table->rows; i++)
        n += str_is(cell(r, "State", i), "done") || str_is(cell(r, "State", i), "failed");
    return n;
}

static bool is_ready(const struct pane *p)
{
    return have_run(of(p)) == of(p)->table->rows;
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct rules *r = of(p);
    struct piece pieces[] = {
        {STR("Rules"), ROLE_TITLE, 9, false, false},
        {ui_str(ui, "%zu of %zu have run", have_run(r), r->table->rows), ROLE_TEXT, 8, false,
         false},
        {str_of(ui_words(ui, "{Enter} opens a rule with its knobs and findings")), ROLE_DIM, 2,
         false, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&r->grid, c, (struct area){area.y + 1, area.x, area.rows - 1, area.columns}, focused);
}

static bool can_enter(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return grid_row(&of(p)->grid) != SIZE_MAX;
}

/* The caller of ui_run opens the rule: it has a plan, logs and knobs of its own. */
static void enter(struct ui *ui, struct pane *p)
{
    struct rules *r = of(p);
    size_t row = grid_row(&r->grid);
    if (!cell(r, "Rule", row).n || str_is(cell(r, "State", row), "failed")) {
        ui_message(ui, ROLE_WARN, "this rule does not run; the column Remark says why");
        return;
    }
    sweep_stop(ui->options->sweep);
    ui->options->next_rule = sweep_path(ui->options->sweep, row);
    ui->quit = true;
}

static bool can_list(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->options->sweep != NULL;
}

static const struct action rows[] = {
    {{K_ENTER},
     "open",
     "Opens the rule under the cursor: its findings, knobs and funnel.",
     enter,
     can_enter},
};

const struct pane_type pane_rules = {
    .name = "Rules",
    .help = "The rules of a folder: what each found, and how long it took.",
    .opens = {{'L'},
              "rules",
              "Lists the rules of a sweep (--rule FOLDER) and what each found.",
              NULL,
              can_list},
    .actions = {rows, COUNT(rows)},
    .open = open_rules,
    .take = take,
    .draw = draw,
    .close = close_rules,
    .ready = is_ready,
};
