/* The filter of the table at hand: typed after `/` with the table following, or taken from the cell
 * under the cursor. */
#include "ui/ui_internal.h"

/* The table that is meant: the list of chips stands for the one it was opened from. */
static struct grid *target(struct ui *ui)
{
    struct pane *p = ui_pane(ui);
    return p->type == &pane_filters ? pane_filters_grid(p) : p->grid;
}

static void news(struct ui *ui)
{
    struct pane *p = ui_pane(ui);
    if (p->type == &pane_filters)
        p->type->take(ui, p);
}

struct str filter_words(struct ui *ui, const struct grid *g, enum role *role)
{
    struct str text = str_dup(ui->canvas.frame, buf_str(&g->filter_text));
    *role = ROLE_INPUT;
    if (!text.n || !g->filter_error.set || g->filter_unfinished || ui->asking)
        return text;
    *role = ROLE_WARN;
    return ui_str(ui, "not in force: %s", g->filter_error.message);
}

static void say_shown(struct ui *ui, const struct grid *g)
{
    ui_message(ui, ROLE_DIM, "%.*s of %.*s rows; {Esc} lifts the filter, {C} lists its chips",
               STR_ARG(ui_count(ui, (int64_t)g->n_shown)),
               STR_ARG(ui_count(ui, (int64_t)g->table->rows)));
}

void filter_apply(struct ui *ui, struct grid *g, struct str text)
{
    if (!grid_filter(g, text))
        ui_error(ui, &g->filter_error);
    else if (text.n && g->table)
        say_shown(ui, g);
    news(ui);
}

/* ---- typed ----------------------------------------------------------------------------------- */

static void changed(struct ui *ui, struct str text)
{
    struct grid *g = target(ui);
    ui->message = STR_NONE;
    if (!g)
        return;
    if (!grid_filter(g, text) && !g->filter_unfinished)
        ui_error(ui, &g->filter_error);
    news(ui);
}

static void cancelled(struct ui *ui)
{
    struct grid *g = target(ui);
    if (g)
        grid_filter(g, buf_str(&g->filter_before));
    news(ui);
}

static void ask_again(struct ui *ui, struct str text);

static void done(struct ui *ui, struct str text)
{
    struct grid *g = target(ui);
    if (!g || grid_filter(g, text)) {
        news(ui);
        return;
    }
    ask_again(ui, text);
    ui_error(ui, &g->filter_error);
}

/* How much of a column's name stands before the cursor. */
static struct str typed_name(struct ui *ui)
{
    struct str text = str_sub(buf_str(&ui->prompt.text), 0, ui->prompt.at);
    size_t from = text.n;
    while (from > 0 && text.p[from - 1] != ' ' && text.p[from - 1] != '(' &&
           text.p[from - 1] != '-' && text.p[from - 1] != '#')
        from--;
    return str_sub(text, from, text.n);
}

static void complete(struct ui *ui)
{
    struct grid *g = target(ui);
    struct str word = typed_name(ui), *words;
    if (!g || !g->table)
        return;
    struct arena *a = arena_new();
    struct filter_names names = grid_names(g, a);
    size_t n = filter_complete(a, &names, word, &words);
    struct str common = n ? words[0] : STR_NONE;
    struct buf list = {0};
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < common.n && k < words[i].n && str_eq_nocase(str_sub(common, k, k + 1),
                                                               str_sub(words[i], k, k + 1)))
            k++;
        common.n = k;
        buf_addf(&list, "%s%.*s", i ? "  " : "", STR_ARG(words[i]));
    }
    if (common.n > word.n)
        prompt_insert(ui, str_sub(common, word.n, common.n));
    if (n == 1)
        prompt_insert(ui, STR(":"));
    changed(ui, buf_str(&ui->prompt.text));
    if (n != 1)
        ui_message(ui, ROLE_DIM, "%.*s",
                   STR_ARG(n ? buf_str(&list) : STR("no column begins like this")));
    buf_release(&list);
    arena_free(a);
}

static void ask_again(struct ui *ui, struct str text)
{
    struct prompt prompt = {.title = "/",
                            .accept = "keep",
                            .change = changed,
                            .done = done,
                            .cancel = cancelled,
                            .complete = complete};
    ui_ask(ui, &prompt, text);
}

void ask_filter(struct ui *ui, struct pane *p)
{
    struct grid *g = target(ui);
    (void)p;
    buf_reset(&g->filter_before);
    buf_add(&g->filter_before, buf_str(&g->filter_text));
    ask_again(ui, str_dup(ui->canvas.frame, buf_str(&g->filter_text)));
}

/* ---- from the cell --------------------------------------------------------------------------- */

static void take_cell(struct ui *ui, struct grid *g, bool exclude)
{
    size_t field = g->columns[g->column].field;
    struct buf text = {0};
    filter_take_cell(&g->filter, g->table->schema.fields[field].name,
                     column_value(g->table->columns[field], grid_row(g)), exclude, &text);
    filter_apply(ui, g, buf_str(&text));
    buf_release(&text);
}

void filter_only_this(struct ui *ui, struct pane *p)
{
    take_cell(ui, p->grid, false);
}

void filter_not_this(struct ui *ui, struct pane *p)
{
    take_cell(ui, p->grid, true);
}
