/* The workbench as lines of text, for screen readers and slow consoles: --plain, or TERM=dumb.
 *
 * In: commands, a line each; the same rows of keys as on the screen. Out: the header, the view and
 * its rows with numbers, then what changed after each command. A view draws into the canvas as it
 * always does; what it drew is printed as lines, so every view is here, the ones to come too.
 * Nothing but printable text and line ends is written: no colour, no moving of a cursor. */
#include "ui/plain_lines.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/instant.h"

enum { PAGE_ROWS = 36, LONGEST_LINE = 4096, TELL_AFTER = 2 };

struct plain {
    struct arena *arena, *spare;  /* of what is printed now, of what was before; they swap */
    struct lines head, body;      /* as printed last */
    const struct pane *pane;      /* whose lines they are; NULL: print all */
    char line[LONGEST_LINE + 1];  /* being read */
    size_t line_n;
    bool end;                     /* no more commands */
};

/* Set by SIGINT, which says no more than that. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* ---- the keys that work here ----------------------------------------------------------------- */

/* Runs `each` over the rows that a key would be looked for in, until it is true. */
static bool each_row(struct ui *ui, bool (*each)(struct ui *, const struct action *, void *),
                     void *ctx)
{
    const struct pane *p = ui_pane(ui);
    const struct actions *set;
    for (size_t i = 0; (set = actions_of(ui, p, i)); i++)
        for (size_t r = 0; r < set->n; r++)
            if ((!set->rows[r].can || set->rows[r].can(ui, p)) && each(ui, &set->rows[r], ctx))
                return true;
    for (size_t i = 0; pane_type_row(i); i++) {
        const struct action *opens = &pane_type_row(i)->opens;
        if (opens->keys[0] && pane_type_row(i) != p->type && (!opens->can || opens->can(ui, p)) &&
            each(ui, opens, ctx))
            return true;
    }
    return false;
}

static bool add_key(struct ui *ui, const struct action *row, void *ctx)
{
    struct buf *out = ctx;
    int keys[MOST_KEYS];
    bindings_keys(ui->options->bindings, row, keys);
    for (int k = 0; row->bar && keys[k] && k < (row->bar[0] == '\1' ? 2 : 1); k++) {
        char text[16];
        size_t n = key_text(keys[k], text);
        buf_addf(out, "%s%.*s", k ? " " : out->n ? ", " : "", (int)n, text);
        if (row->bar[0] != '\1' || k == 1 || !keys[k + 1])
            buf_addf(out, " %s", row->bar + (row->bar[0] == '\1'));
    }
    return false;
}

static void print_keys(struct ui *ui)
{
    struct buf out = {0};
    each_row(ui, add_key, &out);
    plain_say(str_fmt(ui->canvas.frame, "Keys: %.*s", STR_ARG(buf_str(&out))));
    plain_say(str_of(ui_words(ui, "A number reads that row; a number and a key work on that row; "
                                  "{?} lists all keys.")));
    buf_release(&out);
}

static void show(struct ui *ui, struct plain *plain)
{
    struct lines head = {0}, body = {0};
    struct arena *a = plain->spare;
    const struct pane *p = ui_pane(ui);
    bool all = plain->pane != p;
    arena_reset(a);
    plain_look(ui, a, &head, &body);
    plain_print(&head, &plain->head, !plain->head.n);
    if (all)
        plain_say(str_fmt(a, "== %s: %s", p->type->name, ui_words(ui, p->type->help)));
    plain_print(&body, &plain->body, all);
    if (all)
        print_keys(ui);
    if (ui->message.n) {
        struct buf safe = {0};
        safe_text(&safe, ui->message, ui->canvas.ascii ? SAFE_ASCII : 0);
        plain_say(str_fmt(a, "* %.*s", STR_ARG(buf_str(&safe))));
        buf_release(&safe);
        ui->message = STR_NONE;
    }
    plain->head = head;
    plain->body = body;
    plain->pane = p;
    plain->spare = plain->arena;
    plain->arena = a;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void interrupt(struct ui *ui)
{
    interrupted = 0;
    if (hunt_loading(ui->hunt))
        hunt_cancel(ui->hunt);
    else
        ui->quit = true;
}

/* Until nothing is on its way; what is loaded is told now and then. */
static void settle(struct ui *ui)
{
    double told = monotonic_seconds();
    ui_take(ui);
    while (!ui_idle(ui) && !ui->quit) {
        struct pollfd fd = {.fd = hunt_fd(ui->hunt), .events = POLLIN};
        if (poll(&fd, 1, 200) > 0)
            ui_take(ui);
        if (interrupted)
            interrupt(ui);
        if (monotonic_seconds() - told > TELL_AFTER && hunt_loading(ui->hunt)) {
            struct exec_progress progress;
            hunt_progress(ui->hunt, &progress);
            int64_t all = logs_bytes(hunt_logs(ui->hunt));
            printf("loading, %.0f%%; Ctrl-C stops it\n",
                   all > 0 ? 100.0 * (double)progress.scan.bytes / (double)all : 0.0);
            fflush(stdout);
            told = monotonic_seconds();
        }
    }
    ui_take(ui);
}

/* While a command is waited for: that findings have come, when they have. */
static void tell_news(struct ui *ui)
{
    size_t before = ui->fresh.fresh.n;
    ui_take(ui);
    if (ui->message.n) {
        struct buf safe = {0};
        safe_text(&safe, ui->message, ui->canvas.ascii ? SAFE_ASCII : 0);
        printf("\n* %.*s\n", STR_ARG(buf_str(&safe)));
        buf_release(&safe);
        ui->message = STR_NONE;
    }
    if (ui->fresh.fresh.n > before)
        printf("\n* %zu new finding%s\n", ui->fresh.fresh.n,
               ui->fresh.fresh.n == 1 ? "" : "s");
    fflush(stdout);
}

/* A line of standard input without its end. False: there is none any more. What is longer than
 * LONGEST_LINE is cut. */
static bool read_line(struct ui *ui, struct plain *plain, struct str *line)
{
    plain->line_n = 0;
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = hunt_fd(ui->hunt), .events = POLLIN}};
        char c;
        if (poll(fds, COUNT(fds), -1) < 0 && errno != EINTR)
            return false;
        if (interrupted) {
            interrupt(ui);
            if (ui->quit)
                return false;
        }
        if (fds[1].revents)
            tell_news(ui);
        if (!fds[0].revents)
            continue;
        ssize_t n = read(STDIN_FILENO, &c, 1); /* one: the rest may be another workbench's */
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            plain->end = true;
        if (n <= 0 && !plain->line_n)
            return false;
        if (n <= 0 || c == '\n')
            break;
        if (plain->line_n < LONGEST_LINE)
            plain->line[plain->line_n++] = c;
    }
    *line = str_trim((struct str){plain->line, plain->line_n});
    return true;
}

/* ---- commands -------------------------------------------------------------------------------- */

struct word {
    struct str text; /* in: a line */
    int key;         /* out: of the row whose word in the bar it begins with */
    size_t n;        /* of that word */
};

static bool match_word(struct ui *ui, const struct action *row, void *ctx)
{
    struct word *w = ctx;
    int keys[MOST_KEYS];
    if (!row->bar)
        return false;
    struct str bar = str_of(row->bar + (row->bar[0] == '\1'));
    bindings_keys(ui->options->bindings, row, keys);
    if (keys[0] && bar.n > w->n && bar.n <= w->text.n &&
        str_eq_nocase(bar, str_sub(w->text, 0, bar.n)) &&
        (bar.n == w->text.n || w->text.p[bar.n] == ' ')) {
        w->key = keys[0];
        w->n = bar.n;
    }
    return false;
}

/* The key at the start of *line, by its name or by what it does; *line becomes what is behind. */
static int take_key(struct ui *ui, struct str *line)
{
    struct word w = {.text = *line};
    if (!line->n)
        return K_NONE;
    each_row(ui, match_word, &w);
    if (w.n) {
        *line = str_trim(str_sub(*line, w.n, line->n));
        return w.key;
    }
    struct str rest = *line, first = str_cut(&rest, ' ');
    int key = key_by_name(first);
    if (key == K_NONE && (line->p[0] == '/' || line->p[0] == ':')) {
        key = line->p[0]; /* /words, :query */
        rest = str_sub(*line, 1, line->n);
    }
    if (key == K_NONE || key == K_PASTE || key == K_PASTE_END)
        return K_NONE;
    *line = str_trim(rest);
    return key;
}

/* Every column of the row under the cursor, whole. */
static void read_row(struct ui *ui)
{
    struct grid *g = ui_pane(ui)->grid;
    size_t column = g->column;
    for (g->column = 0; g->column < g->n_columns; g->column++) {
        struct buf text = {0}, safe = {0};
        struct str title;
        if (grid_cell(g, &title, &text)) {
            if (title.n)
                buf_addf(&safe, "%.*s: ", STR_ARG(title));
            safe_text(&safe, buf_str(&text), ui->canvas.ascii ? SAFE_ASCII : 0);
            if (text.n)
                plain_say(str_fmt(ui->canvas.frame, "     %.*s", STR_ARG(buf_str(&safe))));
        }
        buf_release(&text);
        buf_release(&safe);
    }
    g->column = column;
}

/* What a prompt asks for: `text` where it came with the command, else a line. */
static void answer(struct ui *ui, struct plain *plain, struct str text)
{
    while (ui->asking && !ui->quit) {
        if (!text.n) {
            struct buf safe = {0};
            safe_text(&safe, buf_str(&ui->prompt.text), ui->canvas.ascii ? SAFE_ASCII : 0);
            printf("%s %.*s%s\n? ", ui->prompt.title, STR_ARG(buf_str(&safe)),
                   ui->prompt.yes_no   ? " (y or n)"
                   : ui->prompt.text.n ? " (an empty line takes that, a dot leaves it)"
                                       : " (a dot leaves it)");
            fflush(stdout);
            buf_release(&safe);
            if (!read_line(ui, plain, &text) || str_is(text, ".")) {
                ui_key(ui, K_ESC);
                return;
            }
        }
        if (ui->prompt.yes_no) {
            ui_key(ui, text.n && (text.p[0] == 'y' || text.p[0] == 'Y') ? 'y' : 'n');
        } else {
            if (text.n) {
                buf_reset(&ui->prompt.text);
                ui->prompt.at = 0;
                prompt_insert(ui, text);
                if (ui->prompt.change)
                    ui->prompt.change(ui, buf_str(&ui->prompt.text));
            }
            ui_key(ui, K_ENTER);
        }
        text = STR_NONE;
    }
}

/* To row `n`, as numbered. False: there is none, and that has been said. */
static bool to_row(struct ui *ui, int64_t n)
{
    struct grid *g = ui_pane(ui)->grid;
    if (!g || n < 1 || (uint64_t)n > g->n_shown) {
        ui_message(ui, ROLE_WARN, g && g->n_shown ? "rows are 1 to %zu" : "there are no rows here",
                   g ? g->n_shown : 0);
        return false;
    }
    grid_to(g, (size_t)n - 1);
    return true;
}

static void more(struct ui *ui)
{
    struct grid *g = ui_pane(ui)->grid;
    if (g && g->page > 0 && g->top + (size_t)g->page < g->n_shown)
        grid_to(g, g->top + (size_t)g->page * 2 - 1);
    else
        ui_message(ui, ROLE_DIM, "nothing more here");
}

static void command(struct ui *ui, struct plain *plain, struct str line)
{
    struct str rest = line, number = str_cut(&rest, ' ');
    int64_t n;
    bool numbered = number.n && number.p[0] >= '0' && number.p[0] <= '9' &&
                    str_to_int64(number, &n);
    if (!line.n) {
        more(ui);
        return;
    }
    if (numbered) {
        if (!to_row(ui, n))
            return;
        line = str_trim(rest);
        if (!line.n) {
            read_row(ui);
            return;
        }
    }
    int key = take_key(ui, &line);
    if (key == K_NONE) {
        ui_message(ui, ROLE_WARN,
                   "that is no row, key or word of the line of keys; {?} lists them");
        return;
    }
    ui_key(ui, key);
    answer(ui, plain, line);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* As wide as the console, when it says so; lines are for reading, so not wider than can be read. */
static int console_width(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 48)
        return 116;
    return size.ws_col < 206 ? size.ws_col - 6 : 200;
}

static bool plain_loop(struct ui *ui, void *ctx)
{
    struct plain *plain = ctx;
    struct str line;
    ui->canvas.plain = true;
    canvas_resize(&ui->canvas, PAGE_ROWS, console_width());
    plain->pane = NULL;
    plain->head.n = plain->body.n = 0;
    while (!ui->quit) {
        settle(ui);
        if (ui->quit)
            break;
        show(ui, plain);
        fputs("> ", stdout);
        fflush(stdout);
        if (plain->end || !read_line(ui, plain, &line))
            break;
        command(ui, plain, str_dup(ui->canvas.frame, line));
        if (ui->next) {
            settle(ui);
            ui_nested(ui, plain_loop, plain);
            plain->pane = NULL;
            plain->head.n = plain->body.n = 0;
        }
    }
    return true;
}

bool plain_run(struct ui *ui, struct error *err)
{
    struct sigaction act = {.sa_handler = on_interrupt}, before;
    struct plain plain = {.arena = arena_new(), .spare = arena_new()};
    sigaction(SIGINT, &act, &before);
    plain_loop(ui, &plain);
    putchar('\n');
    sigaction(SIGINT, &before, NULL);
    arena_free(plain.arena);
    arena_free(plain.spare);
    return fflush(stdout) == 0 || error_set(err, "cannot write to standard output");
}
