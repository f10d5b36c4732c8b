/* One line that is typed: at the bottom, above the bar. In: keys. Out: calls of change, done or
 * cancel. */
#include "ui/ui_internal.h"

#include "base/utf8.h"

#define LONGEST 4096 /* bytes; a megabyte that is pasted stops here */

void ui_ask(struct ui *ui, const struct prompt *prompt, struct str text)
{
    struct buf kept = ui->prompt.text;
    ui->prompt = *prompt;
    ui->prompt.text = kept;
    buf_reset(&ui->prompt.text);
    buf_add(&ui->prompt.text, text);
    ui->prompt.at = ui->prompt.text.n;
    ui->asking = true;
    ui->message = STR_NONE;
}

/* ---- editing --------------------------------------------------------------------------------- */

static size_t before(const struct prompt *p)
{
    size_t i = p->at;
    while (i > 0 && ((unsigned char)p->text.p[--i] & 0xc0) == 0x80)
        continue;
    return i;
}

static size_t after(const struct prompt *p)
{
    size_t i = p->at;
    if (i < p->text.n)
        i++;
    while (i < p->text.n && ((unsigned char)p->text.p[i] & 0xc0) == 0x80)
        i++;
    return i;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
    memmove(p->text.p + from, p->text.p + to, p->text.n - to);
    p->text.n -= to - from;
    p->at = from;
}

static void insert(struct prompt *p, int code)
{
    char bytes[4];
    size_t n = utf8_put(code, bytes);
    if (p->text.n + n > LONGEST)
        return;
    buf_add(&p->text, (struct str){bytes, n});
    memmove(p->text.p + p->at + n, p->text.p + p->at, p->text.n - n - p->at);
    memcpy(p->text.p + p->at, bytes, n);
    p->at += n;
}

void prompt_insert(struct ui *ui, struct str text)
{
    for (size_t i = 0; i < text.n;) {
        int32_t code = utf8_next(text, &i);
        if (code >= ' ')
            insert(&ui->prompt, code);
    }
}

static void changed(struct ui *ui)
{
    if (ui->prompt.change)
        ui->prompt.change(ui, buf_str(&ui->prompt.text));
}

static void edit_backspace(struct ui *ui, struct pane *p)
{
    (void)p;
    if (ui->prompt.at)
        cut(&ui->prompt, before(&ui->prompt), ui->prompt.at);
    changed(ui);
}

static void edit_delete(struct ui *ui, struct pane *p)
{
    (void)p;
    if (ui->prompt.at < ui->prompt.text.n)
        cut(&ui->prompt, ui->prompt.at, after(&ui->prompt));
    changed(ui);
}

static void edit_clear(struct ui *ui, struct pane *p)
{
    (void)p;
    if (ui->prompt.text.n)
        cut(&ui->prompt, 0, ui->prompt.at);
    changed(ui);
}

static void edit_word(struct ui *ui, struct pane *p)
{
    (void)p;
    struct prompt *prompt = &ui->prompt;
    size_t from = prompt->at;
    while (from > 0 && prompt->text.p[from - 1] == ' ')
        from--;
    while (from > 0 && prompt->text.p[from - 1] != ' ')
        from--;
    if (prompt->at)
        cut(prompt, from, prompt->at);
    changed(ui);
}

static void edit_left(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->prompt.at = before(&ui->prompt);
}

static void edit_right(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->prompt.at = after(&ui->prompt);
}

static void edit_home(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->prompt.at = 0;
}

static void edit_end(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->prompt.at = ui->prompt.text.n;
}

static void move_up(struct ui *ui, struct pane *p)
{
    (void)ui;
    if (p->grid)
        grid_move(p->grid, -1);
}

static void move_down(struct ui *ui, struct pane *p)
{
    (void)ui;
    if (p->grid)
        grid_move(p->grid, 1);
}

static void accept(struct ui *ui, struct pane *p)
{
    (void)p;
    /* done may ask the next question: it gets a text of its own */
    struct str text = str_dup(ui->canvas.frame, buf_str(&ui->prompt.text));
    void (*done)(struct ui *, struct str) = ui->prompt.done;
    ui->asking = false;
    done(ui, text);
}

static void cancel(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->asking = false;
    ui->message = STR_NONE;
    if (ui->prompt.cancel)
        ui->prompt.cancel(ui);
}

static bool is_live(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->prompt.change != NULL;
}

static void complete(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->prompt.complete(ui);
}

static bool can_complete(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->prompt.complete != NULL;
}

static const struct action rows[] = {
    {{K_ENTER}, "accept", "Takes the line as it is.", accept, NULL},
    {{K_ESC, K_INTERRUPT}, "back", "Leaves the line without it.", cancel, NULL},
    {{K_TAB}, "complete", "Completes the word before the cursor.", complete, can_complete},
    {{K_UP}, NULL, "Moves in the table while you type.", move_up, is_live},
    {{K_DOWN}, NULL, "Moves in the table while you type.", move_down, is_live},
    {{K_LEFT, K_CTRL('B')}, NULL, "Back a letter.", edit_left, NULL},
    {{K_RIGHT, K_CTRL('F')}, NULL, "On a letter.", edit_right, NULL},
    {{K_HOME, K_CTRL('A')}, NULL, "To the start of the line.", edit_home, NULL},
    {{K_END, K_CTRL('E')}, NULL, "To the end of the line.", edit_end, NULL},
    {{K_BACKSPACE}, NULL, "Deletes the letter before.", edit_backspace, NULL},
    {{K_DELETE, K_CTRL('D')}, NULL, "Deletes the letter.", edit_delete, NULL},
    {{K_CTRL('U')}, "clear", "Deletes to the start of the line.", edit_clear, NULL},
    {{K_CTRL('W')}, NULL, "Deletes the word before.", edit_word, NULL},
};
const struct actions prompt_actions = {rows, COUNT(rows)};

static const struct action yes_no_rows[] = {
    {{'y', 'Y'}, "yes", "Yes.", accept, NULL},
    {{'n', 'N', K_ESC, 'q', K_INTERRUPT}, "no", "No.", cancel, NULL},
};
const struct actions yes_no_actions = {yes_no_rows, COUNT(yes_no_rows)};

const struct actions *actions_of_prompt(const struct prompt *p)
{
    return p->choices ? p->choices : p->yes_no ? &yes_no_actions : &prompt_actions;
}

void prompt_key(struct ui *ui, int key)
{
    const struct actions *set = actions_of_prompt(&ui->prompt);
    for (size_t i = 0; i < set->n; i++)
        for (size_t k = 0; k < ROW_KEYS && set->rows[i].keys[k]; k++)
            if (set->rows[i].keys[k] == key && !ui->pasting) {
                if (!set->rows[i].can || set->rows[i].can(ui, ui_pane(ui)))
                    set->rows[i].run(ui, ui_pane(ui));
                return;
            }
    if (set == &prompt_actions && key >= ' ' && key != 127 && key < K_FIRST) {
        insert(&ui->prompt, key);
        if (!ui->pasting)
            changed(ui);
    }
}

void draw_prompt(struct ui *ui, int y)
{
    struct canvas *c = &ui->canvas;
    struct prompt *p = &ui->prompt;
    canvas_blank(c, y, 0, 1, c->columns);
    bool typed = actions_of_prompt(p) == &prompt_actions;
    int most = !typed ? c->columns - 2 : c->columns * 2 / 3;
    int x = canvas_text(c, y, 1, most, str_of(p->title), ROLE_TITLE) + 2;
    if (!typed) {
        canvas_cursor(c, y, x);
        return;
    }
    int room = c->columns - x - 1;
    struct run head = run_make(c, str_sub(buf_str(&p->text), 0, p->at), ROLE_INPUT, 0);
    struct run tail = run_make(c, str_sub(buf_str(&p->text), p->at, p->text.n), ROLE_INPUT, 0);
    int hidden = head.width >= room ? head.width - room + 1 : 0;
    canvas_run(c, y, x, run_from(run_join(c, head, tail), hidden));
    if (hidden)
        canvas_glyph(c, y, x, GLYPH_CUT, ROLE_DIM);
    canvas_cursor(c, y, x + head.width - hidden);
}
