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

/* What is written without being a table. */
static const struct special {
    const char *extension, *format, *words;
    enum manifest_writes writes;
} specials[] = {
    {".case", "case", "verdicts and notes, for a colleague", WRITES_NOTHING},
    {".log", "log", "raw lines", WRITES_LINES},
    {".sheets.md", "sheets", "sheets", WRITES_SHEETS},
};

static const struct special *special_of(struct str path)
{
    for (size_t i = 0; i < COUNT(specials); i++)
        if (str_ends(path, str_of(specials[i].extension)))
            return &specials[i];
    return NULL;
}

/* The longest ending that fits: a .timesketch.csv is no .csv. */
static const struct exporter *format_of(struct str path)
{
    const struct exporter *found = NULL, *row;
    for (size_t i = 0; (row = exporter_row(i)); i++)
        if (str_ends(path, str_of(row->extension)) &&
            (!found || strlen(row->extension) > strlen(found->extension)))
            found = row;
    return found;
}

static bool is_known(struct str path)
{
    return special_of(path) || format_of(path);
}

static void unknown_format(struct ui *ui, struct str path)
{
    struct error err = {0};
    struct buf known = {0};
    for (size_t i = 0; exporter_row(i); i++)
        buf_addf(&known, " %s", exporter_row(i)->extension);
    for (size_t i = 0; i < COUNT(specials); i++)
        buf_addf(&known, " %s", specials[i].extension);
    error_set(&err, "the end of '%.*s' names no format; these do:%.*s", STR_ARG(path),
              STR_ARG(buf_str(&known)));
    buf_release(&known);
    ui_error(ui, &err);
}

/* ---- the manifest ---------------------------------------------------------------------------- */

static void tell(struct ui *ui, struct manifest *m)
{
    struct error err = {0};
    struct str path = manifest_of(m);
    if (!manifest_failed(m, &err)) {
        ui_message(ui, ROLE_GOOD, "wrote %.*s and its manifest", STR_ARG(path));
        return;
    }
    ui_error(ui, &err);
}

void export_take(struct ui *ui)
{
    for (size_t i = 0; i < MOST_MANIFESTS; i++)
        if (ui->manifests[i] && manifest_done(ui->manifests[i])) {
            /* of a table it was said that it is written: only what goes wrong is news */
            struct error ignored = {0};
            bool news = manifest_writes(ui->manifests[i]) != WRITES_NOTHING ||
                        manifest_failed(ui->manifests[i], &ignored);
            if (news && !ui->asking)
                tell(ui, ui->manifests[i]);
            manifest_close(ui->manifests[i]);
            ui->manifests[i] = NULL;
        }
}

bool export_ready(const struct ui *ui)
{
    for (size_t i = 0; i < MOST_MANIFESTS; i++)
        if (ui->manifests[i] && !manifest_done(ui->manifests[i]))
            return false;
    return true;
}

void export_end(struct ui *ui)
{
    for (size_t i = 0; i < MOST_MANIFESTS; i++)
        if (ui->manifests[i]) {
            manifest_wait(ui->manifests[i]);
            manifest_close(ui->manifests[i]);
        }
}

static void add_manifest(struct ui *ui, struct arena *a, struct str path, const char *format,
                         enum manifest_writes writes, const uint32_t *rows, size_t n)
{
    struct triage_entry *entries = ARENA_ARRAY(a, struct triage_entry, n + 1);
    struct str *texts, *kql;
    struct buf zone = {0};
    size_t at = 0;
    while (at + 1 < MOST_MANIFESTS && ui->manifests[at])
        at++;
    if (ui->manifests[at]) {
        manifest_wait(ui->manifests[at]);
        manifest_close(ui->manifests[at]);
    }
    for (size_t i = 0; i < n; i++) {
        const struct triage_entry *e = triage_of(ui->triage, ui->view->ids[rows[i]]);
        if (e)
            entries[i] = *e;
    }
    text_zone(&zone, ui->zone);
    struct manifest_facts f = {
        .path = path,
        .format = str_of(format),
        .writes = writes,
        .view = ui->view,
        .rows = rows,
        .n = n,
        .entries = entries,
        .suppressed = ui->hide.shown ? 0 : ui_hidden(ui),
        .n_exclusions = exclude_texts(ui, a, false, &texts),
        .zone = buf_str(&zone),
    };
    exclude_texts(ui, a, true, &kql);
    f.exclusions = texts;
    f.wheres = kql;
    ui->manifests[at] = hunt_manifest(ui->hunt, &f);
    buf_release(&zone);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_special(struct ui *ui, struct arena *a, const struct special *s,
                          const uint32_t *rows, size_t n, struct str path)
{
    struct error err = {0};
    if (s->writes == WRITES_NOTHING) {
        size_t known = triage_count(ui->triage);
        if (!write_case(ui, path, &err)) {
            ui_error(ui, &err);
            return;
        }
        ui_message(ui, ROLE_GOOD, "wrote what is known of %zu finding%s to %.*s; {M} merges it",
                   known, known == 1 ? "" : "s", STR_ARG(path));
    }
    if (s->writes != WRITES_NOTHING && !ui->view->result) {
        ui_message(ui, ROLE_WARN, "there are no findings yet; wait until something has been read");
        return;
    }
    if (ui->view->result)
        add_manifest(ui, a, path, s->format, s->writes, rows, n);
}

static void write_findings(struct ui *ui, struct str path)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct export_options o = {.ascii = ui->canvas.ascii};
    const struct exporter *format = format_of(path);
    uint32_t *rows;
    size_t n = rows_to_write(ui, a, &rows), hidden = ui->hide.shown ? 0 : ui_hidden(ui);
    rows = rows ? rows : ARENA_ARRAY(a, uint32_t, 1);
    if (special_of(path)) {
        write_special(ui, a, special_of(path), rows, n, path);
    } else if (!hunt_export(ui->view, rows, n, format, &o, path, &err)) {
        ui_error(ui, &err);
        /* what can be done about it is the same whatever the reason: another place */
        struct buf text = {0};
        buf_add(&text, ui->message);
        buf_addf(&text, "\n%s",
                 ui_words(ui, "Nothing was written. {e} asks again: give a folder you may write "
                              "to."));
        ui->message = str_dup(ui->message_arena, buf_str(&text));
        buf_release(&text);
    } else {
        ui_message(ui, ROLE_GOOD, "wrote %zu finding%s to %.*s%s%s", n, n == 1 ? "" : "s",
                   STR_ARG(path), ui->view->partial ? " (loading goes on: more may come)" : "",
                   hidden ? str_z(a, str_fmt(a, "; %zu suppressed", hidden)) : "");
        add_manifest(ui, a, path, format->name, WRITES_NOTHING, rows, n);
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
    if (!is_known(path))
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
    struct buf wheres = {0};
    struct str text;
    size_t n = ui->write_exclusions ? exclude_kql(ui, "", &wheres) : 0;
    if (hunt_write_rule(ui->hunt, a, buf_str(&wheres), &text, &err) && file_write(path, text, &err))
        ui_message(ui, ROLE_GOOD, "wrote the rule as it is set now%s to %.*s",
                   n ? ", exclusions in it," : "", STR_ARG(path));
    else
        ui_error(ui, &err);
    buf_release(&wheres);
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

static void ask_rule_name(struct ui *ui, bool exclusions)
{
    struct prompt prompt = {
        .title = "write the rule as it is set now to", .accept = "write", .done = named_rule};
    ui->write_exclusions = exclusions;
    ui_ask(ui, &prompt, STR("tuned.yaml"));
}

static void with_exclusions(struct ui *ui, struct str ignored)
{
    (void)ignored;
    ask_rule_name(ui, true);
}

static void without_exclusions(struct ui *ui)
{
    ask_rule_name(ui, false);
}

void ask_write_rule(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {
        .yes_no = true, .done = with_exclusions, .cancel = without_exclusions};
    struct buf wheres = {0};
    (void)p;
    size_t n = exclude_kql(ui, "", &wheres);
    buf_release(&wheres);
    if (!n) {
        ask_rule_name(ui, false);
        return;
    }
    snprintf(prompt.title, sizeof prompt.title,
             "Write the %zu exclusion%s that %s on into it, as | where not(...)? y n", n,
             n == 1 ? "" : "s", n == 1 ? "is" : "are");
    ui_ask(ui, &prompt, STR_NONE);
}
