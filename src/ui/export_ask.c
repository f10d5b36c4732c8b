/* Asking for a file name and writing to it: findings (e) and the tuned rule (W). The format is the
 * name's extension. A file that is there already is written over only after a yes. */
#include "ui/ui_internal.h"

#include <stdio.h>

#include "base/file.h"

/* What is to be written, in the order of the screen: the marked ones, or what is shown when none is
 * marked. */
static size_t rows_to_write(struct ui *ui, struct arena *a, uint32_t **rows)
{
    const struct grid *g = ui->panes[0]->grid;
    VEC(uint32_t) picked = {0};
    const struct view *v = ui->view;
    bool some = ui_marked(ui) > 0;
    bool *seen = ARENA_ARRAY(a, bool, v->rows + 1);
    for (size_t i = 0; i < g->n_shown; i++)
        if (!some || marks_has(&ui->marks, v->ids[g->shown[i]])) {
            vec_push(a, &picked, g->shown[i]);
            seen[g->shown[i]] = true;
        }
    /* marked ones that the filter hides are marked all the same */
    for (size_t i = 0; some && i < v->rows; i++)
        if (!seen[i] && marks_has(&ui->marks, v->ids[i]))
            vec_push(a, &picked, (uint32_t)i);
    *rows = picked.items;
    return picked.n;
}

static const struct exporter *format_of(struct str path)
{
    for (size_t i = 0; exporter_row(i); i++)
        if (str_ends(path, str_of(exporter_row(i)->extension)))
            return exporter_row(i);
    return NULL;
}

static const char case_extension[] = ".case"; /* verdicts and notes, for a colleague */

static bool is_case(struct str path)
{
    return str_ends(path, str_of(case_extension));
}

static void unknown_format(struct ui *ui, struct str path)
{
    struct error err = {0};
    struct buf known = {0};
    for (size_t i = 0; exporter_row(i); i++)
        buf_addf(&known, " %s", exporter_row(i)->extension);
    buf_addf(&known, " %s", case_extension);
    error_set(&err, "the end of '%.*s' names no format; these do:%.*s", STR_ARG(path),
              STR_ARG(buf_str(&known)));
    buf_release(&known);
    ui_error(ui, &err);
}

static void write_findings(struct ui *ui, struct str path)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct export_options o = {.ascii = ui->canvas.ascii};
    const struct exporter *format = format_of(path);
    uint32_t *rows;
    size_t n = rows_to_write(ui, a, &rows);
    if (is_case(path)) {
        n = triage_count(ui->triage);
        if (write_case(ui, path, &err))
            ui_message(ui, ROLE_GOOD, "wrote what is known of %zu finding%s to %.*s; M merges it",
                       n, n == 1 ? "" : "s", STR_ARG(path));
        else
            ui_error(ui, &err);
    } else if (!hunt_export(ui->view, rows ? rows : &(uint32_t){0}, n, format, &o, path, &err)) {
        ui_error(ui, &err);
        /* what can be done about it is the same whatever the reason: another place */
        struct buf text = {0};
        buf_add(&text, ui->message);
        buf_add_z(&text, "\nNothing was written. e asks again: give a folder you may write to.");
        ui->message = str_dup(ui->message_arena, buf_str(&text));
        buf_release(&text);
    } else {
        ui_message(ui, ROLE_GOOD, "wrote %zu finding%s to %.*s%s", n, n == 1 ? "" : "s",
                   STR_ARG(path), ui->view->partial ? " (loading goes on: more may come)" : "");
    }
    arena_free(a);
}

/* ---- one file name after another ------------------------------------------------------------- */

static void really_findings(struct ui *ui, struct str ignored)
{
    (void)ignored;
    write_findings(ui, ui->file_name);
}

static bool ask_over(struct ui *ui, struct str path, void (*done)(struct ui *, struct str))
{
    struct prompt prompt = {.yes_no = true, .done = done};
    arena_reset(ui->file_arena);
    ui->file_name = str_dup(ui->file_arena, path);
    if (!path_exists(ui->file_arena, path))
        return false;
    struct str base = path_base(path);
    memcpy(prompt.title, base.p, base.n < 50 ? base.n : 50);
    strcat(prompt.title, " exists. Write over it? y n");
    ui_ask(ui, &prompt, STR_NONE);
    return true;
}

static void named_findings(struct ui *ui, struct str text)
{
    struct str path = str_trim(text);
    if (!path.n)
        return;
    if (!format_of(path) && !is_case(path))
        unknown_format(ui, path);
    else if (!ask_over(ui, path, really_findings))
        write_findings(ui, path);
}

void ask_export(struct ui *ui, struct pane *p)
{
    struct arena *a = arena_new();
    struct prompt prompt = {.accept = "write", .done = named_findings};
    uint32_t *rows;
    (void)p;
    size_t n = rows_to_write(ui, a, &rows);
    arena_free(a);
    snprintf(prompt.title, sizeof prompt.title, "export %zu %s%s to", n,
             ui_marked(ui) ? "marked" : "shown", n == 1 ? " finding" : " findings");
    ui_ask(ui, &prompt, STR("findings.csv"));
}

/* ---- the rule -------------------------------------------------------------------------------- */

static void write_rule(struct ui *ui, struct str path)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct file_out *out;
    struct str text;
    bool ok = hunt_write_rule(ui->hunt, a, &text, &err) && file_out_open(a, path, &out, &err);
    if (ok) {
        file_out_write(out, text);
        ok = file_out_commit(out, &err);
    }
    if (ok)
        ui_message(ui, ROLE_GOOD, "wrote the rule as it is set now to %.*s", STR_ARG(path));
    else
        ui_error(ui, &err);
    arena_free(a);
}

static void really_rule(struct ui *ui, struct str ignored)
{
    (void)ignored;
    write_rule(ui, ui->file_name);
}

static void named_rule(struct ui *ui, struct str text)
{
    struct str path = str_trim(text);
    if (path.n && !ask_over(ui, path, really_rule))
        write_rule(ui, path);
}

void ask_write_rule(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {
        .title = "write the rule as it is set now to", .accept = "write", .done = named_rule};
    (void)p;
    ui_ask(ui, &prompt, STR("tuned.yaml"));
}
