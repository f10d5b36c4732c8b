/* The bottom line: the keys that work here, from the same rows as the dispatcher and the help. */
#include "ui/ui_internal.h"

struct bar {
    struct ui *ui;
    struct piece pieces[48];
    size_t n;
};

static bool is_taken(const struct bar *b, const struct str text)
{
    for (size_t i = 0; i < b->n; i++)
        if (str_eq(b->pieces[i].text, text))
            return true;
    return false;
}

static bool holds(const struct bar *b, const struct action *row, const struct pane *p)
{
    return !row->can || row->can(b->ui, p);
}

static void add(struct bar *b, const struct action *row, const struct pane *p, int worth)
{
    char key[16], second[16];
    int keys[MOST_KEYS];
    bindings_keys(b->ui->options->bindings, row, keys);
    if (!row->bar || !keys[0] || b->n + 2 > COUNT(b->pieces) || !holds(b, row, p))
        return;
    key_text(keys[0], key);
    /* a row whose help speaks of two keys shows both: + - */
    const char *word = row->bar + (row->bar[0] == '\1');
    bool pair = word > row->bar && keys[1];
    if (pair)
        key_text(keys[1], second);
    struct str text = pair ? ui_str(b->ui, "%s %s %s", key, second, word)
                           : ui_str(b->ui, "%s %s", key, word);
    if (is_taken(b, text))
        return;
    b->pieces[b->n++] = (struct piece){text, ROLE_BAR, worth, false, false};
}

/* Only what holds here takes a place: the first key of a view is the last to go. */
static int worth_of(const struct bar *b, const struct action *row, const struct pane *p,
                    int *by_place)
{
    if (row->keys[ROW_KEYS])
        return row->keys[ROW_KEYS];
    return row->bar && holds(b, row, p) ? (*by_place)-- : *by_place;
}

/* Draws `key word` with the key in its own role. */
static void colour_keys(struct canvas *c, int y)
{
    bool key = true;
    for (int x = 1; x < c->columns; x++) {
        struct cell *cell = &c->cells[(size_t)y * (size_t)c->columns + (size_t)x];
        bool blank = cell->code == ' ', was_blank = cell[-1].code == ' ';
        if (blank && was_blank)
            key = true;
        else if (blank && !was_blank)
            key = false;
        if (key && !blank)
            cell->role = ROLE_KEY;
    }
}

void draw_bar(struct ui *ui, int y)
{
    struct bar b = {.ui = ui};
    struct pane *p = ui_pane(ui);
    const struct actions *set;
    if (ui->asking) {
        set = actions_of_prompt(&ui->prompt);
        struct action accept = set->rows[0];
        if (ui->prompt.accept)
            accept.bar = ui->prompt.accept;
        add(&b, &accept, p, 9);
        for (size_t i = 1; i < set->n; i++)
            add(&b, &set->rows[i], p, 8);
    } else {
        int worth = 40;
        for (size_t i = 0; (set = actions_of(ui, p, i)) && set != &global_actions; i++) {
            for (size_t r = 0; r < set->n; r++)
                add(&b, &set->rows[r], p, worth_of(&b, &set->rows[r], p, &worth));
            if (i == 0 && actions_of(ui, p, 1) == &triage_actions)
                add(&b, &triage_actions.rows[0], p, worth--);
            for (size_t t = 0; i == 0 && pane_type_row(t); t++)
                if (pane_type_row(t) != p->type)
                    add(&b, &pane_type_row(t)->opens, p,
                        worth_of(&b, &pane_type_row(t)->opens, p, &worth));
        }
        for (size_t r = 0; r < global_actions.n; r++) { /* the way out comes first */
            int out = 80;
            add(&b, &global_actions.rows[r], p, worth_of(&b, &global_actions.rows[r], p, &out));
        }
    }
    draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 2, b.pieces, b.n);
    colour_keys(&ui->canvas, y);
}
