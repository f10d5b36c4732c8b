/* What is seen, as lines. In: a view that draws into the canvas as it always does. Out: the same as
 * text, the rows of its table with their numbers; printed are those that have changed. */
#include "ui/plain_lines.h"

#include <stdio.h>

#include "base/vec.h"

void plain_say(struct str text)
{
    fwrite(text.p, 1, text.n, stdout);
    fputc('\n', stdout);
}

/* The rows from..to of the canvas, without the blank ones at both ends. */
static void add_rows(struct arena *a, const struct canvas *c, int from, int to, struct lines *out)
{
    struct buf all = {0};
    size_t wanted = out->n;
    canvas_save(c, &all);
    struct str rest = buf_str(&all);
    for (int y = 0; y < to && rest.n; y++) {
        struct str row = str_cut(&rest, '\n');
        if (y < from || (!row.n && out->n == wanted))
            continue;
        vec_push(a, out, str_dup(a, row));
    }
    while (out->n > wanted && !out->items[out->n - 1].n)
        out->n--;
    buf_release(&all);
}

/* The rows of the grid with their numbers, as they were drawn. */
static void add_grid(struct arena *a, const struct canvas *c, const struct grid *g,
                     struct lines *out)
{
    struct lines rows = {0};
    int y = g->drawn.y + (g->drawn_head ? 1 : 0);
    if (g->drawn_head) {
        add_rows(a, c, g->drawn.y, g->drawn.y + 1, &rows);
        if (rows.n)
            vec_push(a, out, str_fmt(a, "     %.*s", STR_ARG(rows.items[0])));
    }
    for (size_t place = g->top; place < g->n_shown && y < g->drawn.y + g->drawn.rows; place++) {
        rows.n = 0;
        add_rows(a, c, y, y + 1, &rows);
        y++;
        bool heading = g->hooks.skip && g->hooks.skip(g->hooks.ctx, g->shown[place]);
        struct str row = rows.n ? rows.items[0] : STR("");
        vec_push(a, out,
                 heading ? str_fmt(a, "     %.*s", STR_ARG(row))
                         : str_fmt(a, "%3zu%s %.*s", place + 1, place == g->cursor ? ">" : ".",
                                   STR_ARG(row)));
    }
    size_t end = g->top + (size_t)(y - g->drawn.y - (g->drawn_head ? 1 : 0));
    if (!g->n_shown)
        vec_push(a, out, STR("     no rows"));
    else if (g->n_shown > end || g->top)
        vec_push(a, out,
                 str_fmt(a, "     rows %zu to %zu of %zu%s", g->top + 1,
                         end < g->n_shown ? end : g->n_shown, g->n_shown,
                         end < g->n_shown ? "; an empty line shows more" : ""));
}

void plain_look(struct ui *ui, struct arena *a, struct lines *head, struct lines *body)
{
    struct canvas *c = &ui->canvas;
    struct pane *p = ui_pane(ui);
    canvas_clear(c);
    add_rows(a, c, 0, draw_header(ui), head);
    canvas_clear(c);
    if (p->grid)
        p->grid->drawn.rows = 0; /* a view that has nothing to list yet draws none */
    p->type->draw(ui, p, (struct area){0, 0, c->rows, c->columns}, true);
    const struct grid *g = p->grid;
    if (!g || !g->drawn.rows || !g->table) {
        add_rows(a, c, 0, c->rows, body);
        return;
    }
    add_rows(a, c, 0, g->drawn.y, body);
    add_grid(a, c, g, body);
    add_rows(a, c, g->drawn.y + g->drawn.rows, c->rows, body);
}

/* Whether the listener has heard it: where the cursor stands is asked for, not told. */
static bool heard(struct str now, struct str before)
{
    enum { SIGN = 3 }; /* behind the number: > or . */
    if (now.n != before.n || now.n <= SIGN)
        return str_eq(now, before);
    bool numbered = (now.p[SIGN] == '>' || now.p[SIGN] == '.') &&
                    (before.p[SIGN] == '>' || before.p[SIGN] == '.');
    size_t from = numbered ? SIGN + 1 : SIGN;
    return memcmp(now.p, before.p, SIGN) == 0 &&
           memcmp(now.p + from, before.p + from, now.n - from) == 0;
}

void plain_print(const struct lines *now, const struct lines *before, bool all)
{
    size_t changed = 0;
    for (size_t i = 0; i < now->n; i++)
        changed += i >= before->n || !heard(now->items[i], before->items[i]);
    all |= now->n != before->n || changed * 2 > now->n + 1;
    for (size_t i = 0; i < now->n; i++)
        if (all || !heard(now->items[i], before->items[i]))
            plain_say(now->items[i]);
}
