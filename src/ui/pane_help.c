/* Help: every key of every view, from the rows the dispatcher reads; `/` searches it. What works in
 * the view it was opened from comes first. */
#include "ui/ui_internal.h"

struct help {
    struct grid grid;
    struct table *table;
    struct grid_column *columns;
    size_t n_columns;
};

static struct help *of(const struct pane *p)
{
    return p->data;
}

struct making {
    struct builder *b;
    const struct bindings *bindings;
};

/* type: the view in which a key that the sentence names is looked for */
static void add_action(const struct making *m, const struct pane_type *type,
                       const struct action *row, const char *where)
{
    char help[1024];
    struct builder *b = m->b;
    struct buf keys = {0};
    int bound[MOST_KEYS];
    bindings_keys(m->bindings, row, bound);
    for (size_t k = 0; bound[k]; k++) {
        char text[16];
        if (k)
            buf_add_z(&keys, " ");
        buf_add(&keys, (struct str){text, key_text(bound[k], text)});
    }
    if (!bound[0])
        buf_add_z(&keys, "none");
    builder_str(b, buf_str(&keys));
    builder_str(b, str_of(bindings_hint(m->bindings, type, row->help, help, sizeof help)));
    builder_str(b, str_of(where));
    buf_release(&keys);
}

static void add_actions(const struct making *m, const struct pane_type *type,
                        const struct actions *set, const char *where)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->rows[i].help)
            add_action(m, type, &set->rows[i], where);
}

static void add_opening(const struct making *m)
{
    for (size_t i = 0; pane_type_row(i); i++)
        if (pane_type_row(i)->opens.keys[0])
            add_action(m, &pane_findings, &pane_type_row(i)->opens, where_all);
}

static void take(struct ui *ui, struct pane *p)
{
    struct help *h = of(p);
    (void)ui;
    grid_load(&h->grid, h->table, NULL, h->columns, h->n_columns);
}

/* The rows of the view `first` stand first. */
static struct table *key_table(struct arena *a, const struct pane_type *first,
                               const struct bindings *bindings)
{
    static const struct field fields[] = {{STR("Keys"), TYPE_STRING},
                                          {STR("What it does"), TYPE_STRING},
                                          {STR("Where"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    const struct making m = {b, bindings};
    const struct actions *set;
    const char *where;
    add_actions(&m, first, &first->actions, first->name);
    for (size_t i = 0; (set = shared_actions(first, i, &where)); i++)
        if (where && where != where_all)
            add_actions(&m, first, set, where);
    add_opening(&m);
    add_actions(&m, first, &global_actions, where_all);
    for (size_t i = 0; pane_type_row(i); i++)
        if (pane_type_row(i) != first)
            add_actions(&m, pane_type_row(i), &pane_type_row(i)->actions, pane_type_row(i)->name);
    for (size_t i = 0; (set = shared_actions(first, i, &where)); i++)
        if (!where && shared_actions(NULL, i, &where))
            add_actions(&m, &pane_findings, set, where);
    add_actions(&m, first, &prompt_actions, "while typing");
    for (size_t i = 0; pane_type_row(i); i++) {
        builder_str(b, STR(""));
        char help[1024];
        builder_str(b, str_of(bindings_hint(bindings, pane_type_row(i), pane_type_row(i)->help,
                                            help, sizeof help)));
        builder_str(b, str_of(pane_type_row(i)->name));
    }
    return builder_finish(b);
}

struct table *ui_keys(struct arena *a)
{
    return key_table(a, &pane_findings, NULL);
}

static bool open_help(struct ui *ui, struct pane *p, const void *arg)
{
    struct help *h = ARENA_NEW(p->arena, struct help);
    (void)arg;
    h->table = key_table(p->arena, ui_pane(ui)->type, ui->options->bindings);
    h->n_columns = grid_columns_plain(p->arena, h->table, &h->columns);
    h->columns[0].least = h->columns[0].best = h->columns[0].most = 14;
    h->columns[1].best = h->columns[1].most = 200;
    h->columns[1].least = 20;
    h->columns[2].least = h->columns[2].best = h->columns[2].most = 12;
    grid_init(&h->grid);
    p->data = h;
    p->grid = &h->grid;
    take(ui, p);
    return true;
}

static void close_help(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct help *h = of(p);
    size_t row = grid_row(&h->grid);
    enum role role;
    struct str filter = filter_words(ui, &h->grid, &role);
    struct piece pieces[] = {
        {STR("Help"), ROLE_TITLE, 9, false, false},
        {str_of(ui_words(ui, "{/} searches")), ROLE_DIM, 5, false, false},
        {filter, role, 6, true, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    int room = area.rows >= 8 ? 3 : 0;
    grid_draw(&h->grid, c, (struct area){area.y + 1, area.x, area.rows - 1 - room, area.columns},
              focused);
    if (room && row != SIZE_MAX)
        draw_wrapped(c,
                     (struct area){area.y + area.rows - room + 1, area.x, room - 1, area.columns},
                     column_value(h->table->columns[1], row).s, ROLE_DIM);
}

static bool not_help(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return p->type != &pane_help;
}

const struct pane_type pane_help = {
    .name = "Help",
    .help = "Every key. What works in the view you came from stands first.",
    .opens = {{'?', K_F1, WORTH(90)}, "help", "Shows this.", NULL, not_help},
    .open = open_help,
    .take = take,
    .draw = draw,
    .close = close_help,
};
