/* Exclusions on the screen: which findings are hidden now, and writing one with a live preview of
 * what it would hide. What is hidden is found in the background and holds until the next answer, so
 * nothing flickers while a knob moves. */
#include "ui/ui_internal.h"

#include <stdio.h>

#include "base/file.h"
#include "base/instant.h"

/* ---- what is hidden -------------------------------------------------------------------------- */

static void run_close(struct hide_run *r)
{
    if (r->run)
        hiding_close(r->run);
    if (r->arena)
        arena_free(r->arena);
    *r = (struct hide_run){0};
}

static bool is_of(const struct ui *ui, const struct hide_run *r)
{
    return r->arena && r->generation == ui->view->generation &&
           r->lines == ui->view->result->scan.lines &&
           r->version == exclusions_version(ui->hide.list);
}

/* The exclusions that work, tried on the newest view. */
static void run_start(struct ui *ui, struct hide_run *r)
{
    struct exclusions *x = ui->hide.list;
    size_t all = exclusions_count(x);
    const struct exclusion **list;
    run_close(r);
    r->arena = arena_new();
    r->generation = ui->view->generation;
    r->lines = ui->view->result->scan.lines;
    r->version = exclusions_version(x);
    r->rows = ARENA_ARRAY(r->arena, size_t, all + 1);
    r->even = ARENA_ARRAY(r->arena, bool, all + 1);
    list = ARENA_ARRAY(r->arena, const struct exclusion *, all + 1);
    for (size_t i = 0; i < all; i++)
        if (exclusion_works(exclusion_row(x, i), instant_now())) {
            list[r->n] = exclusion_row(x, i);
            r->even[r->n] = list[r->n]->even_true;
            r->rows[r->n++] = i;
        }
    if (r->n)
        r->run = hunt_hide(ui->hunt, list, r->n);
}

static bool run_done(const struct hide_run *r)
{
    return !r->run || hiding_done(r->run);
}

void exclude_take(struct ui *ui)
{
    struct hide *h = &ui->hide;
    const struct view *v = ui->view;
    struct error err = {0};
    if (h->next.arena && run_done(&h->next)) {
        if (h->next.run && hiding_failed(h->next.run, &err)) {
            error_context(&err, "exclusions hide nothing: ");
            ui_error(ui, &err);
        }
        run_close(&h->now);
        h->now = h->next;
        h->next = (struct hide_run){0};
    }
    bool whole = v->result && !v->partial && !v->cancelled && !v->failed;
    if (whole && !hunt_busy(ui->hunt) && !is_of(ui, &h->now) && !is_of(ui, &h->next))
        run_start(ui, &h->next);
    exclude_say(ui);
}

bool exclude_ready(const struct ui *ui)
{
    const struct hide *h = &ui->hide;
    return (!h->next.arena || run_done(&h->next)) && (!h->trial || hiding_done(h->trial));
}

bool finding_hidden(const struct ui *ui, uint64_t id)
{
    const struct hide_run *r = &ui->hide.now;
    if (!r->run || !hiding_hides(r->run, r->n, id))
        return false;
    const struct triage_entry *e = triage_of(ui->triage, id);
    if (!e || e->verdict != VERDICT_TRUE)
        return true;
    for (size_t i = 0; i < r->n; i++)
        if (r->even[i] && hiding_hides(r->run, i, id))
            return true;
    return false;
}

int64_t exclusion_hits(const struct ui *ui, size_t row)
{
    const struct hide_run *r = &ui->hide.now;
    for (size_t i = 0; r->run && i < r->n; i++)
        if (r->rows[i] == row && r->version == exclusions_version(ui->hide.list))
            return (int64_t)hiding_count(r->run, i);
    return -1;
}

size_t exclude_texts(struct ui *ui, struct arena *a, bool kql, struct str **out)
{
    const struct hide_run *r = &ui->hide.now;
    *out = ARENA_ARRAY(a, struct str, r->n + 1);
    for (size_t i = 0; i < r->n; i++) {
        struct buf text = {0};
        const struct exclusion *e = exclusion_row(ui->hide.list, r->rows[i]);
        if (e && kql)
            exclusion_kql(e, &text);
        else if (e)
            exclusion_text(e, &text);
        (*out)[i] = str_dup(a, buf_str(&text));
        buf_release(&text);
    }
    return r->run ? r->n : 0;
}

void exclude_again(struct ui *ui)
{
    ui->panes[0]->type->take(ui, ui->panes[0]);
}

static void toggle_hidden(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->hide.shown = !ui->hide.shown;
    ui_message(ui, ROLE_TEXT,
               ui->hide.shown ? "suppressed findings are shown, with an x in front"
                              : "suppressed findings are hidden");
    exclude_again(ui);
}

static bool any_hidden(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return ui->hide.shown || ui_hidden(ui);
}

/* ---- opening and closing --------------------------------------------------------------------- */

void exclude_start(struct ui *ui)
{
    const struct rule *rule = hunt_rule(ui->hunt);
    struct error err = {0};
    struct str key = rule_key(ui->arena, rule), shipped = STR_NONE;
    if (rule->is_file && str_ends(rule->path, STR(".yaml")))
        shipped = str_fmt(ui->arena, "%.*s.exclusions", (int)rule->path.n - 5, rule->path.p);
    ui->hide = (struct hide){.editing = SIZE_MAX};
    ui->hide.arena = arena_new();
    ui->hide.list = exclusions_open(state_path(ui->arena, key, ".exclusions"), shipped, key, &err);
    if (err.set) {
        error_context(&err, "exclusions are not loaded: ");
        ui_error(ui, &err);
    }
}

void exclude_end(struct ui *ui)
{
    run_close(&ui->hide.now);
    run_close(&ui->hide.next);
    if (ui->hide.trial)
        hiding_close(ui->hide.trial);
    exclusions_close(ui->hide.list);
    arena_free(ui->hide.arena);
}

/* ---- writing one ----------------------------------------------------------------------------- */

static void trial_close(struct ui *ui)
{
    if (ui->hide.trial)
        hiding_close(ui->hide.trial);
    ui->hide.trial = NULL;
}

static size_t true_ones(const struct ui *ui)
{
    size_t n = 0;
    for (size_t i = 0; i < ui->view->rows; i++) {
        const struct triage_entry *e = triage_of(ui->triage, ui->view->ids[i]);
        n += e && e->verdict == VERDICT_TRUE && hiding_hides(ui->hide.trial, 0, ui->view->ids[i]);
    }
    return n;
}

static void changed(struct ui *ui, struct str text)
{
    struct hide *h = &ui->hide;
    struct error err = {0};
    struct exclusion e;
    trial_close(ui);
    arena_reset(h->arena);
    if (!exclusion_parse(h->arena, str_dup(h->arena, text), &e, &err))
        ui_message(ui, ROLE_WARN, "%s", err.message);
    else if (exclusion_blank(&e))
        ui_message(ui, ROLE_WARN, "%s=? is to be filled in, or taken out", exclusion_blank(&e));
    else {
        const struct exclusion *one = &e;
        h->spoofable = exclusion_is_spoofable(&e);
        h->trial = hunt_hide(ui->hunt, &one, 1);
        ui_message(ui, ROLE_DIM, "looking what it would hide ...");
    }
}

void exclude_say(struct ui *ui)
{
    struct hide *h = &ui->hide;
    struct error err = {0};
    struct buf names = {0}, warn = {0};
    if (!ui->asking || ui->prompt.change != changed || !h->trial || !hiding_done(h->trial))
        return;
    if (hiding_failed(h->trial, &err)) {
        ui_error(ui, &err);
        return;
    }
    size_t n = hiding_count(h->trial, 0), told = 0, good = true_ones(ui);
    for (size_t i = 0; i < ui->view->rows && told < 2; i++)
        if (hiding_hides(h->trial, 0, ui->view->ids[i])) {
            struct buf label = {0};
            hunt_label(ui->hunt, ui->view, i, &label);
            size_t most = label.n < 70 ? label.n : 70;
            while (most < label.n && most && ((unsigned char)label.p[most] & 0xc0) == 0x80)
                most--;
            buf_addf(&names, "%s%.*s", told++ ? "; " : "\n", (int)most, label.p);
            buf_release(&label);
        }
    if (h->spoofable)
        buf_add_z(&warn, "\n! the client sets all of this as it likes: add ip=, server= or hours=");
    if (good)
        buf_addf(&warn, "\n! %zu of them marked true positive", good);
    ui_message(ui, h->spoofable || good ? ROLE_WARN : ROLE_TEXT,
               "would hide %zu of %zu finding%s%.*s%.*s", n, ui->view->rows,
               ui->view->rows == 1 ? "" : "s", STR_ARG(buf_str(&warn)), STR_ARG(buf_str(&names)));
    buf_release(&warn);
    buf_release(&names);
}

static void put(struct ui *ui, struct exclusion *e)
{
    struct hide *h = &ui->hide;
    struct error err = {0};
    e->on = !exclusion_blank(e);
    if (!e->author.n)
        e->author = triage_author(ui->triage);
    if (!exclusions_put(h->list, h->editing, e, &err)) {
        error_context(&err, "not saved: ");
        ui_error(ui, &err);
    } else if (!exclusions_save(h->list)) {
        ui_message(ui, ROLE_WARN, "it holds until you quit: exclusions are not saved");
    } else {
        ui_message(ui, ROLE_GOOD, "%s; {X} lists all, {H} shows what is suppressed",
                   e->on ? "excluded" : "kept, switched off");
    }
    trial_close(ui);
    ui_take(ui);
}

static void even_true(struct ui *ui, bool yes)
{
    struct error err = {0};
    struct exclusion e;
    if (!exclusion_parse(ui->hide.arena, ui->hide.text, &e, &err))
        return;
    e.even_true = yes;
    put(ui, &e);
}

static void yes(struct ui *ui, struct str text)
{
    (void)text;
    even_true(ui, true);
}

static void no(struct ui *ui)
{
    even_true(ui, false);
}

static void cancelled(struct ui *ui)
{
    trial_close(ui);
    ui->message = STR_NONE;
}

static void done(struct ui *ui, struct str text)
{
    struct hide *h = &ui->hide;
    struct error err = {0};
    struct exclusion e;
    struct arena *a = arena_new();
    text = str_dup(a, text);
    arena_reset(h->arena);
    h->text = str_dup(h->arena, text);
    arena_free(a);
    if (!exclusion_parse(h->arena, h->text, &e, &err)) {
        struct str again = h->text;
        exclude_write(ui, again);
        ui_error(ui, &err);
        return;
    }
    size_t good = h->trial && hiding_done(h->trial) ? true_ones(ui) : 0;
    if (good && !e.even_true) {
        struct prompt prompt = {.yes_no = true, .done = yes, .cancel = no};
        snprintf(prompt.title, sizeof prompt.title,
                 "%zu of them marked true positive. Hide %s too?", good, good == 1 ? "it" : "them");
        ui_ask(ui, &prompt, STR_NONE);
        return;
    }
    put(ui, &e);
}

/* The line is typed with what it would hide above it. */
void exclude_write(struct ui *ui, struct str text)
{
    struct prompt prompt = {.title = "exclude",
                            .accept = "exclude",
                            .change = changed,
                            .done = done,
                            .cancel = cancelled};
    ui_ask(ui, &prompt, text);
    changed(ui, buf_str(&ui->prompt.text));
}

/* ---- from a finding -------------------------------------------------------------------------- */

/* All values of a column, where they are few and say something. */
static void add_column(struct arena *a, struct exclusion *e, const char *key, const char *column,
                       const struct table *t, size_t from, size_t to)
{
    enum { FEW = 3 };
    struct str values[FEW];
    size_t n = 0, at = schema_find(&t->schema, str_of(column));
    if (at == SIZE_MAX || t->schema.fields[at].type != TYPE_STRING)
        return;
    for (size_t row = from; row < to; row++) {
        struct value v = column_value(t->columns[at], row);
        size_t k = 0;
        if (v.null || !v.s.n || str_is(v.s, "-"))
            return;
        while (k < n && !str_eq(values[k], v.s))
            k++;
        if (k < n)
            continue;
        if (n == FEW)
            return;
        values[n++] = v.s;
    }
    for (size_t k = 0; k < n; k++)
        exclusion_add(a, e, key, values[k]);
}

/* The one address in a list of addresses: ["203.0.113.77"]. */
static void add_listed(struct arena *a, struct exclusion *e, const struct table *t, size_t row)
{
    for (size_t i = 0; i < t->schema.n && !e->n_terms; i++) {
        struct buf cell = {0};
        if (t->schema.fields[i].type != TYPE_DYNAMIC ||
            str_find(t->schema.fields[i].name, STR("IP"), 0) == SIZE_MAX)
            continue;
        export_cell(&cell, column_value(t->columns[i], row));
        struct str text = str_dup(a, buf_str(&cell)), inner;
        buf_release(&cell);
        if (text.n < 5 || !str_starts(text, STR("[\"")) || !str_ends(text, STR("\"]")))
            continue;
        inner = str_sub(text, 2, text.n - 2);
        if (str_find_byte(inner, '"') == inner.n && str_find_byte(inner, '\\') == inner.n)
            exclusion_add(a, e, "ip", inner);
    }
}

static void ask_exclude(struct ui *ui, struct pane *p)
{
    static const char *const keys[][2] = {{"ip", "cIP"},
                                          {"server", "Computer"},
                                          {"user", "csUserName"},
                                          {"agent", "csUserAgent"},
                                          {"path", "csUriStem"}};
    struct arena *a = ui->canvas.frame;
    struct exclusion e = {.until = INT64_MAX};
    struct buf text = {0};
    size_t row = triage_row(ui, p);
    const struct detail *d = p->type == &pane_finding ? pane_finding_detail(p) : NULL;
    const struct table *t = d && d->rows ? d->rows : ui->view->result->table;
    size_t from = t == ui->view->result->table ? row : 0;
    size_t to = t == ui->view->result->table ? row + 1 : t->rows;
    if (from == row)
        add_listed(a, &e, t, row);
    for (size_t i = 0; i < COUNT(keys); i++)
        add_column(a, &e, keys[i][0], keys[i][1], t, from, to);
    exclusion_text(&e, &text);
    buf_add_z(&text, text.n ? " name=? reason=?" : "ip=? name=? reason=?");
    ui->hide.editing = SIZE_MAX;
    exclude_write(ui, buf_str(&text));
    buf_release(&text);
}

static bool on_finding(const struct ui *ui, const struct pane *p)
{
    return ui->view->result && triage_row(ui, p) != SIZE_MAX;
}

static const struct action rows[] = {
    {{'x'},
     "exclude",
     "Writes an exclusion from this finding's fields, and shows what it would hide.",
     ask_exclude,
     on_finding},
    {{'H'}, NULL, "Shows what exclusions suppress, or hides it again.", toggle_hidden, any_hidden},
};
const struct actions exclude_actions = {rows, COUNT(rows)};
