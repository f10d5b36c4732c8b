/* Verdict, note, tags, marks and undo: what is asked, and how it is shown. The same keys hold in
 * the table and on a finding's screen. In the table they mean the marked findings, as exporting
 * does, or the one under the cursor when none is marked; the question says which. Each answer is
 * saved before the next key is read. */
#include "ui/ui_internal.h"

#include <stdio.h>

#include "base/file.h"

/* ---- what is meant --------------------------------------------------------------------------- */

/* The finding in hand: 0 rows when there is none, or when it has left the view. */
size_t triage_row(const struct ui *ui, const struct pane *p)
{
    if (p->type == &pane_findings)
        return grid_row(p->grid);
    for (size_t i = 0; i < ui->view->rows; i++)
        if (ui->view->ids[i] == pane_finding_id(p))
            return i;
    return SIZE_MAX;
}

static size_t rows_meant(struct ui *ui, struct pane *p, uint32_t **rows)
{
    size_t row = triage_row(ui, p), n = 0;
    *rows = ARENA_ARRAY(ui->canvas.frame, uint32_t, ui->view->rows + 1);
    if (row == SIZE_MAX)
        return 0;
    for (size_t i = 0; p->type == &pane_findings && i < ui->view->rows; i++)
        if (marks_has(&ui->marks, ui->view->ids[i]))
            (*rows)[n++] = (uint32_t)i;
    if (!n)
        (*rows)[n++] = (uint32_t)row;
    return n;
}

/* "verdict of this finding:" */
static void title(struct prompt *prompt, const struct ui *ui, const char *what, size_t n)
{
    bool marked = ui_pane(ui)->type == &pane_findings && ui_marked(ui);
    if (n == 1)
        snprintf(prompt->title, sizeof prompt->title, "%s of %s finding:", what,
                 marked ? "the marked" : "this");
    else
        snprintf(prompt->title, sizeof prompt->title, "%s of the %zu marked findings:", what, n);
}

static bool on_finding(const struct ui *ui, const struct pane *p)
{
    return triage_row(ui, p) != SIZE_MAX;
}

/* ---- saying and saving ----------------------------------------------------------------------- */

static void begin(struct ui *ui, const char *what, size_t n)
{
    triage_begin(ui->triage, n == 1 ? str_of(what) : ui_str(ui, "%s of %zu findings", what, n));
}

static void label(struct ui *ui, uint32_t row)
{
    struct buf text = {0};
    hunt_label(ui->hunt, ui->view, row, &text);
    triage_label(ui->triage, ui->view->ids[row], buf_str(&text));
    buf_release(&text);
}

static bool commit(struct ui *ui)
{
    struct error err = {0};
    tally_again(ui);
    if (triage_commit(ui->triage, &err))
        return true;
    error_context(&err, "not saved: ");
    ui_error(ui, &err);
    return false;
}

static void marks_again(struct ui *ui)
{
    marks_clear(&ui->marks);
    for (size_t i = 0; i < triage_count(ui->triage); i++) {
        const struct triage_entry *e = triage_entry_row(ui->triage, i);
        if (e->marked)
            marks_set(&ui->marks, e->id, true);
    }
    tally_again(ui);
}

static void merge(struct ui *ui, struct str path);

void triage_start(struct ui *ui)
{
    const struct rule *rule = hunt_rule(ui->hunt);
    struct error err = {0};
    ui->triage = triage_open(rule, &err);
    if (err.set) {
        error_context(&err, "verdicts and notes are not loaded, and new ones are not saved: ");
        ui_error(ui, &err);
    }
    marks_again(ui);
    if (ui->options->case_file.n && !ui->options->list_first && !err.set)
        merge(ui, ui->options->case_file);
}

void triage_end(struct ui *ui)
{
    triage_close(ui->triage);
    marks_release(&ui->marks);
}

void ui_mark(struct ui *ui, const uint32_t *rows, size_t n, bool on)
{
    begin(ui, on ? "mark" : "unmark", n);
    for (size_t i = 0; i < n; i++) {
        uint64_t id = ui->view->ids[rows[i]];
        if (marks_has(&ui->marks, id) == on)
            continue;
        label(ui, rows[i]);
        triage_mark(ui->triage, id, on);
    }
    /* as a set, not one by one: taking one away costs as much as taking all */
    marks_again(ui);
    commit(ui);
}

void tally_again(struct ui *ui)
{
    struct tally *n = &ui->tally;
    bool judged = triage_count(ui->triage) > 0;
    *n = (struct tally){0};
    for (size_t i = 0; (judged || ui->hide.now.run) && i < ui->view->rows; i++) {
        uint64_t id = ui->view->ids[i];
        const struct triage_entry *e = judged ? triage_of(ui->triage, id) : NULL;
        n->marked += e && e->marked;
        n->verdicts[e ? e->verdict : VERDICT_OPEN]++;
        n->hidden += finding_hidden(ui, id);
    }
}

size_t ui_marked(const struct ui *ui)
{
    return ui->tally.marked;
}

size_t ui_with_verdict(const struct ui *ui, enum verdict v)
{
    return ui->tally.verdicts[v];
}

size_t ui_hidden(const struct ui *ui)
{
    return ui->tally.hidden;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static enum role role_of(enum verdict v)
{
    return v == VERDICT_TRUE ? ROLE_BAD : v == VERDICT_OPEN ? ROLE_DIM : ROLE_GOOD;
}

void triage_lead(const struct ui *ui, uint64_t id, char out[GRID_LEAD + 1], enum role *role)
{
    const struct triage_entry *e = triage_of(ui->triage, id);
    enum verdict v = e ? e->verdict : VERDICT_OPEN;
    bool marked = marks_has(&ui->marks, id);
    bool hidden = finding_hidden(ui, id);
    snprintf(out, GRID_LEAD + 1, "%c%c%c",
             marked   ? '*'
             : hidden ? 'x'
                      : ' ',
             verdict_letter(v), e && (e->note.n || e->tags.n) ? 'c' : ' ');
    *role = hidden ? ROLE_OFF : marked && v == VERDICT_OPEN ? ROLE_MARK : role_of(v);
}

int draw_verdict(struct ui *ui, uint64_t id, int y, int end, int width)
{
    const struct triage_entry *e = triage_of(ui->triage, id);
    enum verdict v = e ? e->verdict : VERDICT_OPEN;
    bool marked = marks_has(&ui->marks, id);
    if (width < 40 && v == VERDICT_OPEN)
        return 0;
    struct str text =
        ui_str(ui, "%s%s%s", marked ? "* " : "", width < 60 ? "" : "verdict: ", verdict_words(v));
    return 3 + canvas_right(&ui->canvas, y, end, width, text, role_of(v));
}

int draw_note(struct ui *ui, uint64_t id, struct area area)
{
    const struct triage_entry *e = triage_of(ui->triage, id);
    if (!e || (!e->note.n && !e->tags.n))
        return 0;
    struct str text =
        ui_str(ui, "%s%.*s%s%s%.*s", e->note.n ? "Note: " : "", STR_ARG(e->note),
               e->note.n && e->tags.n ? "   " : "", e->tags.n ? "Tags: " : "", STR_ARG(e->tags));
    return draw_wrapped(&ui->canvas, area, text, ROLE_INPUT);
}

/* ---- verdict --------------------------------------------------------------------------------- */

static void give(struct ui *ui, struct pane *p, enum verdict v)
{
    uint32_t *rows;
    size_t n = rows_meant(ui, p, &rows);
    ui->asking = false;
    begin(ui, "verdict", n);
    for (size_t i = 0; i < n; i++) {
        label(ui, rows[i]);
        triage_verdict(ui->triage, ui->view->ids[rows[i]], v);
    }
    exclude_again(ui);
    if (!commit(ui))
        return;
    if (n == 1 && v == VERDICT_FALSE)
        ui_message(ui, ROLE_GOOD,
                   "false positive; {x} excludes what is like it, {U} takes it back");
    else if (n == 1)
        ui_message(ui, ROLE_GOOD, "%s; {U} takes it back", verdict_words(v));
    else
        ui_message(ui, ROLE_GOOD, "%zu findings: %s; {U} takes it back", n, verdict_words(v));
}

static void give_true(struct ui *ui, struct pane *p)
{
    give(ui, p, VERDICT_TRUE);
}

static void give_false(struct ui *ui, struct pane *p)
{
    give(ui, p, VERDICT_FALSE);
}

static void give_benign(struct ui *ui, struct pane *p)
{
    give(ui, p, VERDICT_BENIGN);
}

static void give_open(struct ui *ui, struct pane *p)
{
    give(ui, p, VERDICT_OPEN);
}

static void leave(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->asking = false;
}

static const struct action verdict_rows[] = {
    {{'t', 'T'}, "true", "It is what the rule looks for.", give_true, NULL},
    {{'f', 'F'}, "false", "It is not what the rule looks for.", give_false, NULL},
    {{'b', 'B'}, "benign", "It is what the rule looks for, and allowed.", give_benign, NULL},
    {{'o', 'O', '.'}, "open", "Not decided.", give_open, NULL},
    {{K_ESC, 'q', K_INTERRUPT}, "back", "Leaves the verdict as it is.", leave, NULL},
};
static const struct actions verdict_choices = {verdict_rows, COUNT(verdict_rows)};

static void ask_verdict(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.choices = &verdict_choices};
    uint32_t *rows;
    size_t n = rows_meant(ui, p, &rows);
    title(&prompt, ui, "verdict", n);
    ui_ask(ui, &prompt, STR_NONE);
}

/* ---- note and tags --------------------------------------------------------------------------- */

static void set_text(struct ui *ui, struct str text, bool tags)
{
    uint32_t *rows;
    size_t n = rows_meant(ui, ui_pane(ui), &rows);
    begin(ui, tags ? "tags" : "note", n);
    for (size_t i = 0; i < n; i++) {
        label(ui, rows[i]);
        if (tags)
            triage_tags(ui->triage, ui->view->ids[rows[i]], text);
        else
            triage_note(ui->triage, ui->view->ids[rows[i]], text);
    }
    if (commit(ui))
        ui_message(ui, ROLE_GOOD, "%s kept; {U} takes it back", tags ? "tags" : "note");
}

static void note_done(struct ui *ui, struct str text)
{
    set_text(ui, text, false);
}

static void tags_done(struct ui *ui, struct str text)
{
    set_text(ui, text, true);
}

static void ask_text(struct ui *ui, struct pane *p, bool tags)
{
    struct prompt prompt = {.accept = "keep", .done = tags ? tags_done : note_done};
    uint32_t *rows;
    size_t n = rows_meant(ui, p, &rows);
    const struct triage_entry *e = triage_of(ui->triage, ui->view->ids[rows[0]]);
    title(&prompt, ui, tags ? "tags" : "note", n);
    ui_ask(ui, &prompt, !e ? STR_NONE : tags ? e->tags : e->note);
}

static void ask_note(struct ui *ui, struct pane *p)
{
    ask_text(ui, p, false);
}

static void ask_tags(struct ui *ui, struct pane *p)
{
    ask_text(ui, p, true);
}

/* ---- undo ------------------------------------------------------------------------------------ */

static bool can_undo(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return triage_can_undo(ui->triage);
}

static void undo(struct ui *ui, struct pane *p)
{
    struct error err = {0};
    struct str what;
    (void)p;
    bool ok = triage_undo(ui->triage, &what, &err);
    marks_again(ui);
    exclude_again(ui);
    if (ok)
        ui_message(ui, ROLE_GOOD, "taken back: %.*s", STR_ARG(what));
    else
        ui_error(ui, &err);
}

/* ---- case files ------------------------------------------------------------------------------ */

bool write_case(struct ui *ui, struct str path, struct error *err)
{
    struct buf text = {0};
    triage_case(ui->triage, &text);
    bool ok = file_write(path, buf_str(&text), err);
    buf_release(&text);
    return ok;
}

static void merge(struct ui *ui, struct str path)
{
    struct error err = {0};
    size_t changed = 0;
    bool ok = triage_merge(ui->triage, path, &changed, &err);
    marks_again(ui);
    if (ok)
        ui_message(ui, ROLE_GOOD, "merged %.*s: %zu finding%s changed", STR_ARG(path), changed,
                   changed == 1 ? "" : "s");
    else
        ui_error(ui, &err);
}

static void merge_named(struct ui *ui, struct str text)
{
    if (str_trim(text).n)
        merge(ui, str_trim(text));
}

static void ask_merge(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.title = "merge the case file", .accept = "merge", .done = merge_named};
    (void)p;
    ui_ask(ui, &prompt, STR("findings.case"));
}

static const struct action rows[] = {
    {{'v'},
     "verdict",
     "True positive, false positive, benign or open; of all that are marked, or of this one.",
     ask_verdict,
     on_finding},
    {{'c'}, "note", "A note on all that are marked, or on this one.", ask_note, on_finding},
    {{'#'},
     NULL,
     "Tags of all that are marked, or of this one: words with blanks between them.",
     ask_tags,
     on_finding},
    {{'U'},
     NULL,
     "Takes back the last verdict, note, tags or mark; again: the one before.",
     undo,
     can_undo},
    {{'M'},
     NULL,
     "Merges a colleague's case file: the newer verdict, note, tags and mark hold.",
     ask_merge,
     NULL},
};
const struct actions triage_actions = {rows, COUNT(rows)};
