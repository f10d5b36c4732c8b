/* The whole screen: header, what is open, message or prompt, the bar of keys. */
#include "ui/ui_internal.h"

#include <stdarg.h>
#include <stdio.h>

struct str ui_str(struct ui *ui, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return n < 0 ? STR_NONE : str_dup(ui->canvas.frame, str_of(text));
}

struct str ui_count(struct ui *ui, int64_t n)
{
    struct buf text = {0};
    text_count(&text, n);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

struct str ui_rows(struct ui *ui, int64_t n, const struct pane *p)
{
    struct str what = str_of(p->type->counted ? p->type->counted(p) : "rows");
    size_t word = str_find_byte(what, ' ');
    struct str first = str_sub(what, 0, word), rest = str_sub(what, word, what.n);
    if (n == 1 && str_ends(first, STR("sses")))
        first.n -= 2;
    else if (n == 1 && str_ends(first, STR("s")))
        first.n--;
    return ui_str(ui, "%.*s %.*s%.*s", STR_ARG(ui_count(ui, n)), STR_ARG(first), STR_ARG(rest));
}

/* ---- pieces ---------------------------------------------------------------------------------- */

enum { MOST_PIECES = 64 };

static int total(const struct run *runs, const bool *out, size_t n, int gap)
{
    int width = 0;
    for (size_t i = 0; i < n; i++)
        if (!out[i])
            width += runs[i].width + (width ? gap : 0);
    return width;
}

void draw_pieces(struct canvas *c, int y, int x, int width, int gap, const struct piece *pieces,
                 size_t n)
{
    struct run runs[MOST_PIECES];
    bool out[MOST_PIECES] = {false};
    n = n < MOST_PIECES ? n : MOST_PIECES;
    for (size_t i = 0; i < n; i++) {
        runs[i] = run_make(c, pieces[i].text, pieces[i].role, c->columns);
        out[i] = runs[i].width == 0;
    }
    while (total(runs, out, n, gap) > width) {
        size_t cheapest = SIZE_MAX, longest = SIZE_MAX, left = 0;
        for (size_t i = n; i-- > 0;) {
            if (out[i])
                continue;
            left++;
            if (cheapest == SIZE_MAX || pieces[i].worth < pieces[cheapest].worth)
                cheapest = i;
            if (pieces[i].cut)
                longest = i;
        }
        if (left <= 1)
            break;
        int over = total(runs, out, n, gap) - width;
        if (longest != SIZE_MAX && pieces[longest].worth <= pieces[cheapest].worth + 1 &&
            runs[longest].width - over >= 16) {
            runs[longest] = run_cut_end(c, runs[longest], runs[longest].width - over);
            break;
        }
        out[cheapest] = true;
    }
    int right = 0, at = x;
    bool to_right = false;
    for (size_t i = 0; i < n; i++)
        if (!out[i] && (to_right |= pieces[i].right))
            right += runs[i].width + (right ? gap : 0);
    to_right = false;
    for (size_t i = 0; i < n; i++) {
        if (out[i])
            continue;
        if (pieces[i].right && !to_right) {
            to_right = true;
            at = x + width - right;
        }
        struct run r = run_cut_end(c, runs[i], x + width - at);
        at += canvas_run(c, y, at, r) + gap;
    }
}

/* How many cells of r make a line: up to the last blank that fits, or as many as fit. */
static size_t line_length(struct run r, int columns)
{
    size_t n = 0, blank = 0;
    int width = 0;
    while (n < r.n && width + r.cells[n].width <= columns) {
        if (r.cells[n].code == ' ')
            blank = n;
        width += r.cells[n++].width;
    }
    if (n < r.n && blank)
        n = blank;
    return n ? n : r.n; /* where not even one cell fits, nothing is shown */
}

int draw_wrapped(struct canvas *c, struct area area, struct str text, enum role role)
{
    int lines = 0;
    do {
        struct str paragraph = str_cut(&text, '\n');
        struct run r = run_make(c, paragraph, role, 0);
        do {
            size_t n = line_length(r, area.columns);
            if (lines == area.rows) {
                /* more than the area holds: that is said */
                canvas_glyph(c, area.y + lines - 1, area.x + area.columns - 1, GLYPH_CUT,
                             ROLE_WARN);
                return lines;
            }
            canvas_run(c, area.y + lines++, area.x, (struct run){.cells = r.cells, .n = n});
            while (n < r.n && r.cells[n].code == ' ')
                n++;
            r = (struct run){.cells = r.cells + n, .n = r.n - n};
        } while (r.n);
    } while (text.p);
    return lines;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void draw_beside(struct ui *ui, struct area body)
{
    struct canvas *c = &ui->canvas;
    int wide = body.columns * 36 / 100;
    wide = wide < 42 ? 42 : wide > 64 ? 64 : wide;
    struct area left = {body.y, body.x, body.rows, body.columns - wide - 3};
    struct area right = {body.y, body.x + body.columns - wide, body.rows, wide};
    for (int i = 0; i < body.rows; i++)
        canvas_glyph(c, body.y + i, right.x - 2, GLYPH_UPRIGHT, ROLE_LINE);
    ui->panes[0]->type->draw(ui, ui->panes[0], left, !ui->side_focused);
    ui->side->type->draw(ui, ui->side, right, ui->side_focused);
}

static void draw_below(struct ui *ui, struct area body)
{
    int upper = body.rows / 2;
    struct area top = {body.y, body.x, upper, body.columns};
    struct area low = {body.y + upper + 1, body.x, body.rows - upper - 1, body.columns};
    canvas_fill(&ui->canvas, body.y + upper, body.x, body.columns, GLYPH_RULE, ROLE_LINE);
    ui->panes[0]->type->draw(ui, ui->panes[0], top, !ui->side_focused);
    ui->side->type->draw(ui, ui->side, low, ui->side_focused);
}

static void draw_body(struct ui *ui, struct area body)
{
    struct pane *top = ui->panes[ui->n_panes - 1];
    if (ui->n_panes > 1 || !ui->side)
        top->type->draw(ui, top, body, true);
    else if (body.columns >= 100)
        draw_beside(ui, body);
    else if (body.rows >= 13)
        draw_below(ui, body);
    else
        ui_pane(ui)->type->draw(ui, ui_pane(ui), body, true);
}

/* Lines the message takes, at most four and half the screen. */
static int message_lines(const struct ui *ui, struct canvas *c)
{
    int most = c->rows / 2 < 4 ? c->rows / 2 : 4;
    if (!ui->message.n)
        return 0;
    /* drawn where nobody sees it: wrapping is known by wrapping */
    return draw_wrapped(c, (struct area){-most, 0, most, c->columns - 2}, ui->message, ROLE_TEXT);
}

void ui_draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    canvas_clear(c);
    int header = draw_header(ui), foot = 1;
    int said = message_lines(ui, c), below = said + (ui->asking ? 1 : 0);
    if (c->rows < 3)
        foot = header = 0;
    struct area body = {header, 1, c->rows - header - foot - below, c->columns - 2};
    if (body.columns < 20)
        body = (struct area){body.y, 0, body.rows, c->columns};
    if (body.rows > 0)
        draw_body(ui, body);
    if (said)
        draw_wrapped(c, (struct area){c->rows - foot - below, 1, said, c->columns - 2},
                     ui->message, ui->message_role);
    if (ui->asking)
        draw_prompt(ui, c->rows - foot - 1);
    if (foot)
        draw_bar(ui, c->rows - 1);
}
