/* ncurses and signals. In: a canvas. Out: the cells that differ from what the terminal shows, and
 * keys.
 *
 * Signals only write a byte into a pipe that the main loop polls. What must be global for a handler
 * is in `crash`: the pipe, the terminal's settings before us, and the bytes that leave our mode. A
 * crash handler may use nothing else, for ncurses cannot be called from there. */
#include "ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define BRACKET_ON                                                                                 \
    "\033[?2004h" /* pasted text comes in brackets, so that it is never taken for keys */
#define BRACKET_OFF "\033[?2004l"

enum { CODE_PASTE = KEY_MAX + 1, CODE_PASTE_END }; /* curses keeps key codes in 16 bits */

struct screen {
    struct arena *arena;
    SCREEN *curses;
    FILE *keyboard; /* standard input, or /dev/tty when that is a log */
    unsigned long attrs[ROLES];
    int pairs[ROLES];
    struct cell *shown; /* what the terminal has; on the heap */
    int rows, columns;  /* of shown */
    bool all;           /* send every cell */
    bool resized, interrupted, lost;
    bool utf8;
};

static const int caught[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Written before the handlers are set, read only by them and at the end. */
static struct {
    int pipe[2];
    struct sigaction before[COUNT(caught)], crash_before[COUNT(crashes)];
    struct termios terminal;
    int keyboard;    /* descriptor the settings belong to */
    bool terminal_known;
    char leave[256]; /* bytes that put the terminal back */
    size_t leave_n;
    volatile sig_atomic_t open;
} crash;

/* ---- signals --------------------------------------------------------------------------------- */

static void on_signal(int sig)
{
    int saved = errno;
    char byte = (char)sig;
    if (write(crash.pipe[1], &byte, 1) < 0) {
        /* the pipe is full: the loop will wake up anyway */
    }
    errno = saved;
}

/* Puts the terminal back with calls that are allowed in a signal handler. */
static void restore(void)
{
    if (!crash.open)
        return;
    crash.open = 0;
    if (write(STDOUT_FILENO, crash.leave, crash.leave_n) < 0) {
        /* nobody is left to tell */
    }
    if (crash.terminal_known)
        tcsetattr(crash.keyboard, TCSANOW, &crash.terminal);
}

static void on_crash(int sig)
{
    restore();
    for (size_t i = 0; i < COUNT(crashes); i++)
        if (crashes[i] == sig)
            sigaction(sig, &crash.crash_before[i], NULL);
    raise(sig);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(caught); i++)
        sigaction(caught[i], &action, &crash.before[i]);
    action.sa_handler = on_crash;
    action.sa_flags = SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigaction(crashes[i], &action, &crash.crash_before[i]);
}

static void release_signals(void)
{
    for (size_t i = 0; i < COUNT(caught); i++)
        sigaction(caught[i], &crash.before[i], NULL);
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigaction(crashes[i], &crash.crash_before[i], NULL);
}

static bool make_pipe(struct error *err)
{
    if (pipe2(crash.pipe, O_NONBLOCK | O_CLOEXEC) < 0)
        return error_errno(err, "making", STR("a pipe"));
    return true;
}

static void add_leave(const char *bytes)
{
    size_t n = bytes && bytes != (char *)-1 ? strlen(bytes) : 0;
    if (n > sizeof crash.leave - crash.leave_n)
        return;
    memcpy(crash.leave + crash.leave_n, bytes ? bytes : "", n);
    crash.leave_n += n;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void raw_write(struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        bytes = str_sub(bytes, (size_t)n, bytes.n);
    }
}

static void set_modes(const struct ui_options *o)
{
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    define_key("\033[200~", CODE_PASTE);
    define_key("\033[201~", CODE_PASTE_END);
    if (o->mouse)
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

static bool load_theme(struct screen *s, const struct ui_options *o, struct error *err)
{
    struct theme theme;
    const char *no_color = getenv("NO_COLOR"), *background = getenv("COLORFGBG");
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    enum depth depth = theme_depth();
    if (o->no_color || (no_color && *no_color))
        depth = DEPTH_MONO;
    bool light = background && (str_ends(str_of(background), STR(";15")) ||
                                str_ends(str_of(background), STR(";7")));
    struct str name = o->theme.n            ? o->theme
                      : depth == DEPTH_MONO ? STR("mono")
                      : light               ? STR("light")
                                            : STR("dark");
    struct error none = {0};
    if (!theme_load(s->arena, name, depth, &theme, o->theme.n ? err : &none)) {
        if (o->theme.n)
            return false;
        theme_plain(&theme);
    }
    theme_apply(&theme, depth, s->attrs, s->pairs);
    return true;
}

bool screen_open(struct arena *a, const struct ui_options *o, struct screen **out,
                 struct error *err)
{
    struct theme checked;
    /* a mistake in a theme is told before the screen is taken */
    if (o->theme.n && !theme_load(a, o->theme, DEPTH_RGB, &checked, err))
        return false;
    if (!isatty(STDOUT_FILENO))
        return error_set(err,
                         "the workbench needs a terminal; --batch prints the findings without one");
    struct screen *s = ARENA_NEW(a, struct screen);
    s->arena = a;
    s->utf8 = safe_locale_is_utf8();
    s->keyboard = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "r");
    if (!s->keyboard)
        return error_errno(err, "opening the keyboard", STR("/dev/tty"));
    if (!make_pipe(err))
        return false;
    crash.keyboard = fileno(s->keyboard);
    crash.terminal_known = tcgetattr(crash.keyboard, &crash.terminal) == 0;
    s->curses = newterm(NULL, stdout, s->keyboard);
    if (!s->curses) {
        const char *term = getenv("TERM");
        return error_set(err, "terminal '%s' is not known here; try TERM=xterm, or --batch",
                         term ? term : "");
    }
    crash.leave_n = 0;
    add_leave(BRACKET_OFF);
    add_leave(tigetstr("sgr0"));
    add_leave(tigetstr("cnorm"));
    add_leave(tigetstr("rmkx"));
    add_leave(tigetstr("rmcup"));
    crash.open = 1;
    catch_signals();
    arena_on_exhausted(restore);
    set_modes(o);
    if (!load_theme(s, o, err)) {
        screen_close(s);
        return false;
    }
    raw_write(STR(BRACKET_ON));
    s->all = true;
    *out = s;
    return true;
}

void screen_close(struct screen *s)
{
    raw_write(STR(BRACKET_OFF));
    curs_set(1);
    endwin();
    crash.open = 0;
    arena_on_exhausted(NULL);
    release_signals();
    if (crash.terminal_known)
        tcsetattr(crash.keyboard, TCSADRAIN, &crash.terminal);
    close(crash.pipe[0]);
    close(crash.pipe[1]);
    mem_free(s->shown);
    delscreen(s->curses);
    if (s->keyboard != stdin)
        fclose(s->keyboard);
}

/* ---- drawing --------------------------------------------------------------------------------- */

void screen_size(struct screen *s, int *rows, int *columns)
{
    (void)s;
    *rows = LINES;
    *columns = COLS;
}

void screen_redraw(struct screen *s)
{
    s->all = true;
}

static void look_of(const struct screen *s, const struct cell *cell, attr_t *attr, int *pair)
{
    enum role role = cell->role;
    if (cell->over & OVER_SELECTED)
        role = ROLE_SELECTED;
    else if (cell->over & OVER_IDLE)
        role = ROLE_SELECTED_IDLE;
    *attr = s->attrs[role];
    *pair = s->pairs[role];
    if (cell->over & OVER_IDLE && !(cell->over & OVER_SELECTED)) {
        /* the row keeps its colours where the panel that has the keys is another one */
        *attr |= s->attrs[cell->role];
        if (*pair == 0)
            *pair = s->pairs[cell->role];
    }
    if (cell->over & OVER_ESCAPE)
        *attr ^= A_REVERSE;
}

static void put_cell(struct screen *s, int y, int x, const struct cell *cell)
{
    wchar_t text[SAFE_MARKS + 2] = {(wchar_t)cell->code};
    attr_t attr;
    int pair, n = 1;
    look_of(s, cell, &attr, &pair);
    for (int m = 0; m < SAFE_MARKS && cell->marks[m]; m++)
        if (wcwidth((wchar_t)cell->marks[m]) == 0)
            text[n++] = (wchar_t)cell->marks[m];
    /* where the C library and we do not agree about the width, the columns after it would shift */
    if (cell->code > 0x7e && wcwidth(text[0]) != cell->width) {
        text[0] = s->utf8 ? 0xfffd : '?';
        text[1] = 0;
        if (cell->width == 2)
            mvaddch(y, x + 1, ' ');
    }
    cchar_t out;
    if (setcchar(&out, text, attr, 0, &pair) == OK)
        mvadd_wch(y, x, &out);
}

void screen_show(struct screen *s, const struct canvas *c)
{
    if (s->rows != c->rows || s->columns != c->columns || s->all) {
        s->shown = mem_grow(s->shown, sizeof *s->shown * (size_t)c->rows * (size_t)c->columns);
        s->rows = c->rows;
        s->columns = c->columns;
        s->all = true;
        clearok(curscr, TRUE);
    }
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->columns; x++) {
            size_t i = (size_t)y * (size_t)c->columns + (size_t)x;
            const struct cell *cell = &c->cells[i];
            if (!s->all && cell_equal(cell, &s->shown[i]))
                continue;
            s->shown[i] = *cell;
            if (cell->width)
                put_cell(s, y, x, cell);
        }
    s->all = false;
    /* the real cursor sits on the selected row: screen readers and magnifiers follow it */
    curs_set(c->cursor_shown ? 1 : 0);
    move(c->cursor_shown ? c->cursor_y : c->rows - 1, c->cursor_shown ? c->cursor_x : 0);
    refresh();
}

/* ---- waiting and keys ------------------------------------------------------------------------ */

static void take_signals(struct screen *s)
{
    char bytes[64];
    ssize_t n;
    while ((n = read(crash.pipe[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            s->resized |= bytes[i] == SIGWINCH;
            s->interrupted |= bytes[i] == SIGINT;
            s->lost |= bytes[i] == SIGTERM || bytes[i] == SIGHUP;
        }
}

bool screen_sleep(struct screen *s, int fd, int milliseconds)
{
    struct pollfd fds[3] = {
        {.fd = crash.keyboard, .events = POLLIN},
        {.fd = crash.pipe[0], .events = POLLIN},
        {.fd = fd, .events = POLLIN},
    };
    if (poll(fds, 3, milliseconds) < 0)
        fds[2].revents = 0;
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        s->lost = true;
    take_signals(s);
    return fds[2].revents & POLLIN;
}

static const struct {
    int curses, key;
} special[] = {
    {KEY_UP, K_UP},       {KEY_DOWN, K_DOWN},    {KEY_LEFT, K_LEFT},           {KEY_RIGHT, K_RIGHT},
    {KEY_PPAGE, K_PGUP},  {KEY_NPAGE, K_PGDN},   {KEY_HOME, K_HOME},           {KEY_END, K_END},
    {KEY_ENTER, K_ENTER}, {KEY_BTAB, K_BACKTAB}, {KEY_BACKSPACE, K_BACKSPACE}, {KEY_DC, K_DELETE},
    {KEY_IC, K_INSERT},   {CODE_PASTE, K_PASTE},    {CODE_PASTE_END, K_PASTE_END},
};

static int of_mouse(void)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return K_NONE;
    if (event.bstate & BUTTON4_PRESSED)
        return K_UP;
    if (event.bstate & BUTTON5_PRESSED)
        return K_DOWN;
    return K_NONE;
}

int screen_key(struct screen *s)
{
    wint_t got;
    if (s->interrupted) {
        s->interrupted = false;
        return K_INTERRUPT;
    }
    int kind = get_wch(&got);
    if (kind == ERR)
        return K_NONE;
    if (kind == KEY_CODE_YES) {
        if (got == KEY_MOUSE)
            return of_mouse();
        for (size_t i = 0; i < COUNT(special); i++)
            if ((int)got == special[i].curses)
                return special[i].key;
        if (got >= KEY_F(1) && got <= KEY_F(12))
            return K_F1 + (int)got - KEY_F(1);
        return K_NONE;
    }
    switch (got) {
    case '\r':
    case '\n':
        return K_ENTER;
    case '\t':
        return K_TAB;
    case 27:
        return K_ESC;
    case 3:
        return K_INTERRUPT;
    case 8:
    case 127:
        return K_BACKSPACE;
    default:
        return got < K_FIRST ? (int)got : K_NONE;
    }
}

bool screen_resized(struct screen *s)
{
    if (!s->resized)
        return false;
    struct winsize size;
    s->resized = false;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    s->all = true;
    return true;
}

bool screen_lost(const struct screen *s)
{
    return s->lost;
}

/* ---- clipboard ------------------------------------------------------------------------------- */

static void add_base64(struct buf *out, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_add_byte(out, i + k <= s.n ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

bool screen_copy(struct screen *s, struct str text, bool lines)
{
    struct buf safe = {0}, out = {0};
    do {
        struct str line = lines ? str_cut(&text, '\n') : text;
        safe_text(&safe, line, s->utf8 ? 0 : SAFE_ASCII);
        if (lines && text.p)
            buf_add_byte(&safe, '\n');
    } while (lines && text.p);
    bool fits = safe.n <= CLIPBOARD_MOST;
    if (fits) {
        bool tmux = getenv("TMUX") != NULL;
        buf_add_z(&out, tmux ? "\033Ptmux;\033\033]52;c;" : "\033]52;c;");
        add_base64(&out, buf_str(&safe));
        buf_add_z(&out, tmux ? "\a\033\\" : "\a");
        raw_write(buf_str(&out));
    }
    buf_release(&safe);
    buf_release(&out);
    return fits;
}
