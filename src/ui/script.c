/* Keys from a file, for tests and pictures; grammar in ui.h. The screen is drawn into the canvas
 * only. */
#include "ui/ui_internal.h"

#include <poll.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/utf8.h"

struct script {
    struct ui *ui;
    struct source_text source;
    struct str line; /* the one being run */
    struct str rest; /* those after it */
    struct error *err;
    struct arena *arena;
};

static bool fail(const struct script *s, struct str place, struct error *err, const char *words)
{
    size_t from = (size_t)(place.p - s->source.text.p);
    return error_at(err, &s->source, (struct span){(uint32_t)from, (uint32_t)(from + place.n)},
                    "%s", words);
}

static struct str next_token(struct str *rest)
{
    struct str s = str_trim(*rest);
    size_t i = 0;
    if (s.n && s.p[0] == '"' && s.n > 1) {
        for (i = 1; i < s.n && s.p[i] != '"'; i++)
            i += s.p[i] == '\\' && i + 1 < s.n;
        i += i < s.n;
    } else {
        while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
            i++;
    }
    *rest = str_sub(s, i, s.n);
    return str_sub(s, 0, i);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void take_news(struct ui *ui, int milliseconds)
{
    struct pollfd fd = {.fd = hunt_fd(ui->hunt), .events = POLLIN};
    if (poll(&fd, 1, milliseconds) > 0)
        ui_take(ui);
}

static bool wait_idle(struct ui *ui)
{
    double end = monotonic_seconds() + 60;
    do {
        take_news(ui, 0);
        if (ui_idle(ui)) {
            /* what was done last may have been signalled after the news were taken */
            ui_take(ui);
            if (ui_idle(ui))
                return true;
        }
        take_news(ui, 20);
    } while (monotonic_seconds() < end);
    return false;
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool on_screen(struct ui *ui, struct str text)
{
    struct buf screen = {0};
    ui_draw(ui);
    canvas_save(&ui->canvas, &screen);
    bool found = str_find(buf_str(&screen), text, 0) != SIZE_MAX;
    buf_release(&screen);
    return found;
}

static bool command_wait(struct script *s, struct str rest, struct error *err)
{
    (void)rest;
    ui_draw(s->ui); /* some views ask for what they are about to show */
    return wait_idle(s->ui) || fail(s, s->line, err, "still busy after 60 seconds");
}

static bool command_wait_what_if(struct script *s, struct str rest, struct error *err)
{
    if (!command_wait(s, rest, err))
        return false;
    hunt_wait_what_if(s->ui->hunt);
    ui_take(s->ui);
    return true;
}

static bool command_size(struct script *s, struct str rest, struct error *err)
{
    int64_t columns, rows;
    if (!str_to_int64(next_token(&rest), &columns) || !str_to_int64(next_token(&rest), &rows) ||
        columns < 1 || rows < 1 || columns > 1000 || rows > 1000)
        return fail(s, s->line, err, ":size wants columns and rows");
    canvas_resize(&s->ui->canvas, (int)rows, (int)columns);
    return true;
}

static bool command_save(struct script *s, struct str rest, struct error *err)
{
    struct buf screen = {0};
    ui_draw(s->ui);
    canvas_save(&s->ui->canvas, &screen);
    bool ok = file_write(str_trim(rest), buf_str(&screen), err);
    buf_release(&screen);
    return ok;
}

static bool command_expect(struct script *s, struct str rest, struct error *err)
{
    return on_screen(s->ui, str_trim(rest)) || fail(s, s->line, err, "this is not on the screen");
}

static bool command_absent(struct script *s, struct str rest, struct error *err)
{
    return !on_screen(s->ui, str_trim(rest)) || fail(s, s->line, err, "this is on the screen");
}

static bool command_in(struct script *s, struct str rest, struct error *err)
{
    return str_eq(str_of(ui_pane(s->ui)->type->name), str_trim(rest)) ||
           fail(s, s->line, err, "another view has the keys");
}

static bool command_quit(struct script *s, struct str rest, struct error *err)
{
    (void)rest;
    (void)err;
    s->ui->quit = true;
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct script *s, struct str rest, struct error *err);
} commands[] = {
    {":wait", command_wait},       {":wait-what-if", command_wait_what_if},
    {":size", command_size},       {":save-screen", command_save},
    {":expect", command_expect},   {":absent", command_absent},
    {":in", command_in},           {":quit", command_quit},
};

/* ---- keys ------------------------------------------------------------------------------------ */

static void press(struct ui *ui, int key)
{
    /* drawn before each key, as on a terminal: what a page is, is known by drawing */
    ui_draw(ui);
    if (!ui->quit)
        ui_key(ui, key);
}

static void type_text(struct ui *ui, struct str quoted)
{
    struct str s = str_sub(quoted, 1, quoted.n - 1);
    for (size_t i = 0; i < s.n;) {
        int32_t code = utf8_next(s, &i);
        if (code == '\\' && i < s.n)
            code = utf8_next(s, &i);
        press(ui, code == UTF8_BAD ? 0xfffd : code);
    }
}

static bool run_token(struct script *s, struct str token, struct error *err)
{
    int64_t times = 1;
    size_t star = str_find_last_byte(token, '*');
    struct str name = token;
    if (token.n > 1 && token.p[0] == '"') {
        if (token.p[token.n - 1] != '"' || token.n < 2)
            return fail(s, token, err, "the text has no end");
        type_text(s->ui, token);
        return true;
    }
    if (star > 0 && star + 1 < token.n) {
        if (!str_to_int64(str_sub(token, star + 1, token.n), &times) || times < 0 ||
            times > 1000000)
            return fail(s, token, err, "how often is no number");
        name = str_sub(token, 0, star);
    }
    int key = key_by_name(name);
    if (key == K_NONE)
        return fail(s, token, err, "there is no such key; text is written in quotes");
    while (times-- > 0)
        press(s->ui, key);
    return true;
}

static bool run_line(struct script *s, struct error *err)
{
    struct str rest = s->line, token = next_token(&rest);
    if (token.n > 1 && token.p[0] == ':') {
        for (size_t i = 0; i < COUNT(commands); i++)
            if (str_is(token, commands[i].name))
                return commands[i].run(s, rest, err);
        return fail(s, token, err, "there is no such command");
    }
    if (token.n && token.p[0] == '#')
        return true;
    for (; token.n && !s->ui->quit && !s->ui->next; token = next_token(&rest)) {
        if (!run_token(s, token, err))
            return false;
        take_news(s->ui, 0);
    }
    return true;
}

/* The lines that are left, until the workbench is quit or a line fails. */
static bool run_lines(struct ui *ui, void *ctx)
{
    struct script *s = ctx;
    struct ui *outer = s->ui;
    bool ok = true;
    s->ui = ui;
    while (ok && s->rest.n && !ui->quit) {
        s->line = str_trim(str_cut(&s->rest, '\n'));
        if (s->line.n)
            ok = run_line(s, s->err);
        if (ok && ui->next)
            ok = ui_nested(ui, run_lines, s);
    }
    s->ui = outer;
    return ok;
}

bool script_run(struct ui *ui, struct str file, struct error *err)
{
    struct script s = {
        .ui = ui, .arena = ui->arena, .source = {.name = file, .first_line = 1}, .err = err};
    if (!file_read(ui->arena, file, 1 << 20, &s.source.text, err))
        return false;
    canvas_resize(&ui->canvas, 40, 120);
    /* another rule was opened: the script goes on where it was */
    size_t from = ui->options->script_at;
    s.rest = str_sub(s.source.text, from < s.source.text.n ? from : s.source.text.n,
                     s.source.text.n);
    bool ok = run_lines(ui, &s);
    ui->options->script_at = s.source.text.n - s.rest.n;
    return ok;
}
