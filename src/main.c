/* The program: options, then either the screen or batch mode. The one place that prints an error
 * and chooses the exit status. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/safe.h"
#include "batch.h"
#include "doc.h"
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

static bool reads_input(const struct options *o)
{
    bool piped = false;
    for (size_t i = 0; i < o->hunt.n_paths; i++)
        piped = piped || str_is(o->hunt.paths[i], "-");
    return piped;
}

/* A terminal that cannot move its cursor. */
static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return term && strcmp(term, "dumb") == 0;
}

/* The keyboard is needed, and a terminal to draw on; a log may come in on standard input. */
static bool have_terminal(const struct options *o)
{
    return isatty(STDOUT_FILENO) && (reads_input(o) || isatty(STDIN_FILENO));
}

/* One rule on the screen, until the analyst leaves it. */
static int show(const struct hunt_options *o, struct ui_options *ui, struct error *err)
{
    struct hunt *h;
    int status = 2;
    if (!hunt_open(o, &h, err))
        return 2;
    if (!ui->list_first)
        hunt_start(h); /* loads while the screen comes up */
    if (ui->sweep)
        sweep_listen(ui->sweep, h);
    if (ui_run(h, ui, err)) {
        struct view *v = hunt_view(h);
        status = v->rows ? 1 : 0;
        view_release(v);
    }
    if (ui->sweep)
        sweep_listen(ui->sweep, NULL);
    hunt_close(h);
    return status;
}

/* Many rules: the list first; each that is opened there gets the screen in its turn. */
static int show_many(struct options *o, struct ui_options *ui, struct error *err)
{
    int status = 2;
    if (!sweep_open(&o->hunt, o->rules, o->n_rules, &ui->sweep, err))
        return 2;
    o->hunt.shared_logs = sweep_logs(ui->sweep);
    o->hunt.query = STR("print 1"); /* under the list there is no rule yet */
    ui->list_first = true;
    sweep_start(ui->sweep);
    do {
        ui->next_rule = STR_NONE;
        status = show(&o->hunt, ui, err);
        o->hunt.rule = ui->next_rule;
        o->hunt.query = STR_NONE;
        ui->list_first = false;
    } while (!err->set && ui->next_rule.n);
    sweep_close(ui->sweep);
    return status;
}

static int workbench(struct options *o, struct error *err)
{
    struct ui_options ui = {.theme = o->theme,
                            .keys = o->keys,
                            .script = o->script,
                            .plain = o->plain || is_dumb(),
                            .no_clipboard = o->no_copy,
                            .case_file = o->case_file,
                            .mouse = o->mouse};
    if (o->plain && reads_input(o))
        return error_set(err, "--plain reads its commands from standard input; a log cannot come "
                              "from there too"),
               2;
    if (o->hunt.follow && batch_is_sweep(o))
        return error_set(err, "--follow is for one rule; name one with --rule"), 2;
    o->hunt.lineage = o->hunt.keep = o->hunt.what_if = o->hunt.logs.reread = true;
    return batch_is_sweep(o) ? show_many(o, &ui, err) : show(&o->hunt, &ui, err);
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
    } else if (o.doc.n || o.list.n) {
        (void)(o.doc.n ? doc_write(a, o.doc, &text) : doc_list(a, o.list, &text));
        status = print_and_leave(&text);
    } else if (o.hunt.follow && (o.batch || o.knobs || o.explain)) {
        error_set(&err, "--follow wants the workbench; --batch, --knobs and --explain end at once");
        status = 2;
    } else if (o.batch || o.knobs || o.explain || (!o.script.n && !o.plain && !have_terminal(&o))) {
        status = batch_run(a, &o, &err);
    } else {
        status = workbench(&o, &err);
    }
    if (err.set)
        status = failed(&err);
    arena_free(a);
    return status;
}
