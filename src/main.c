/* The program: options, then either the screen or batch mode. The one place that prints an error and chooses the
 * exit status. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/safe.h"
#include "batch.h"
#include "options.h"
#include "ui/ui.h"

static int failed(const struct error *err)
{
    struct buf text = {0};
    error_text(err, &text);
    fflush(stdout);
    fprintf(stderr, "harrier: %.*s\n", (int)text.n, text.p); /* error_text has made it safe */
    buf_release(&text);
    return 2;
}

static int print_and_leave(struct buf *text)
{
    bool ok = fwrite(text->p, 1, text->n, stdout) == text->n && fflush(stdout) == 0;
    buf_release(text);
    return ok ? 0 : 2;
}

/* The keyboard is needed, and a terminal to draw on; a log may come in on standard input. */
static bool have_terminal(const struct options *o)
{
    bool piped = false;
    for (size_t i = 0; i < o->hunt.n_paths; i++)
        piped = piped || str_is(o->hunt.paths[i], "-");
    return isatty(STDOUT_FILENO) && (piped || isatty(STDIN_FILENO));
}

static int workbench(struct options *o, struct error *err)
{
    struct hunt *h;
    o->hunt.lineage = o->hunt.keep = o->hunt.what_if = o->hunt.logs.reread = true;
    if (!hunt_open(&o->hunt, &h, err))
        return 2;
    struct ui_options ui = {.theme = o->theme, .script = o->script, .no_clipboard = o->no_copy, .mouse = o->mouse};
    hunt_start(h); /* loads while the screen comes up */
    int status = 2;
    if (ui_run(h, &ui, err)) {
        struct view *v = hunt_view(h);
        status = v->rows ? 1 : 0;
        view_release(v);
    }
    hunt_close(h);
    return status;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct error err = {0};
    struct buf text = {0};
    int status;
    setlocale(LC_CTYPE, ""); /* and nothing else: numbers are written the same everywhere */
    if (!options_parse(a, argc, argv, &o, &err)) {
        status = 2;
    } else if (o.help) {
        options_help(&text);
        status = print_and_leave(&text);
    } else if (o.version) {
        buf_add_z(&text, "harrier " HARRIER_VERSION "\n");
        status = print_and_leave(&text);
    } else if (o.batch || o.knobs || o.explain || batch_is_sweep(&o) || (!o.script.n && !have_terminal(&o))) {
        status = batch_run(a, &o, &err);
    } else {
        status = workbench(&o, &err);
    }
    if (err.set)
        status = failed(&err);
    arena_free(a);
    return status;
}
