/* The workbench's core: what is open, who gets a key, and the loop. See ui.h and ui_internal.h.
 *
 * The loop sleeps on the keyboard, the signals and hunt_fd() at once. Keys that wait are all taken
 * before anything is drawn, so a slow line or a long paste never makes the screen lag behind. */
#include "ui/ui_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- panes ----------------------------------------------------------------------------------- */

struct pane *ui_pane(const struct ui *ui)
{
    if (ui->side && ui->side_focused && ui->n_panes == 1)
        return ui->side;
    return ui->panes[ui->n_panes - 1];
}

static void pane_free(struct ui *ui, struct pane *p)
{
    if (p->type->close)
        p->type->close(ui, p);
    arena_free(p->arena);
}

static struct pane *pane_new(struct ui *ui, const struct pane_type *type, const void *arg)
{
    struct arena *a = arena_new();
    struct pane *p = ARENA_NEW(a, struct pane);
    p->type = type;
    p->arena = a;
    if (type->open(ui, p, arg))
        return p;
    arena_free(a);
    return NULL;
}

bool ui_open(struct ui *ui, const struct pane_type *type, const void *arg)
{
    if (type->side && ui->side && ui->side->type == type) {
        ui->side_focused = true;
        return true;
    }
    if (!type->side && ui->n_panes && ui->panes[ui->n_panes - 1]->type == type &&
        type->opens.keys[0])
        return true;
    if (!type->side && ui->n_panes == MOST_PANES) {
        ui_message(ui, ROLE_WARN, "too many views are open; {Esc} closes one");
        return false;
    }
    struct pane *p = pane_new(ui, type, arg);
    if (!p)
        return false;
    if (type->side) {
        if (ui->side)
            pane_free(ui, ui->side);
        ui->side = p;
        ui->side_focused = true;
    } else {
        ui->panes[ui->n_panes++] = p;
    }
    return true;
}

void ui_close(struct ui *ui)
{
    if (ui->options->list_first && ui->panes[ui->n_panes - 1]->type == &pane_rules) {
        ui->quit = true; /* under the first list there are no findings */
    } else if (ui->n_panes > 1) {
        pane_free(ui, ui->panes[--ui->n_panes]);
    } else if (ui->side) {
        pane_free(ui, ui->side);
        ui->side = NULL;
        ui->side_focused = false;
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

const char *ui_words(struct ui *ui, const char *words)
{
    char out[1024];
    /* what is said at the start is said before a view is open */
    const struct pane_type *type = ui->n_panes ? ui_pane(ui)->type : &pane_findings;
    return str_z(ui->canvas.frame,
                 str_of(bindings_hint(ui->options->bindings, type, words, out, sizeof out)));
}

/* The same for a format: a key that is % stays one. */
static const char *format_words(struct ui *ui, const char *format)
{
    struct buf out = {0};
    const char *words = ui_words(ui, format);
    if (strcmp(words, format) == 0)
        return format;
    /* what stands before and behind the braces is the format's own */
    for (const char *at = format, *end; *at; at = end + 1) {
        const char *brace = strchr(at, '{');
        end = brace ? strchr(brace, '}') : NULL;
        buf_add(&out, (struct str){at, end ? (size_t)(brace - at) : strlen(at)});
        if (!end)
            break;
        const char *key = ui_words(
            ui, str_z(ui->canvas.frame, (struct str){brace, (size_t)(end - brace) + 1}));
        buf_addf(&out, "%s%s", key, strcmp(key, "%") == 0 ? "%" : "");
    }
    const char *kept = str_z(ui->canvas.frame, buf_str(&out));
    buf_release(&out);
    return kept;
}

void ui_message(struct ui *ui, enum role role, const char *format, ...)
{
    char text[2048];
    format = format_words(ui, format);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    arena_reset(ui->message_arena);
    ui->message = n < 0 ? STR_NONE : str_dup(ui->message_arena, str_of(text));
    ui->message_role = role;
}

void ui_error(struct ui *ui, const struct error *err)
{
    struct buf text = {0};
    error_text_in(err, ui->options->plain ? 0 : ui->canvas.columns - 2, &text);
    arena_reset(ui->message_arena);
    ui->message = str_dup(ui->message_arena, buf_str(&text));
    ui->message_role = ROLE_ERROR;
    buf_release(&text);
}

void ui_copy(struct ui *ui, const char *what, struct str text, bool lines)
{
    buf_reset(&ui->copied);
    buf_add(&ui->copied, text);
    if (ui->options->plain)
        ui_message(ui, ROLE_TEXT, "%s: %.*s", what, STR_ARG(text));
    else if (ui->options->no_clipboard)
        ui_message(ui, ROLE_WARN, "copying is switched off (--no-copy)");
    else if (text.n > CLIPBOARD_MOST || (ui->screen && !screen_copy(ui->screen, text, lines)))
        ui_message(ui, ROLE_WARN,
                   "too long for the terminal's clipboard (74,994 bytes at most); {e} exports");
    else
        ui_message(ui, ROLE_GOOD, "copied %s", what);
}

/* ---- news from the hunt ---------------------------------------------------------------------- */

/* A first result without a finding opens on the funnel, which says where the rows went. */
static void judge(struct ui *ui)
{
    const struct view *v = ui->view;
    if (ui->judged || v->partial || !v->result || hunt_busy(ui->hunt))
        return;
    ui->judged = true;
    if (!v->rows && !v->failed && !v->cancelled && v->result->scan.lines && ui->n_panes == 1 &&
        !ui->side && !ui->asking && hunt_query(ui->hunt)->n_stages)
        ui_open(ui, &pane_funnel, NULL);
}

void ui_take(struct ui *ui)
{
    struct view *old = ui->view;
    hunt_seen(ui->hunt);
    ui->view = hunt_view(ui->hunt);
    fresh_take(ui);
    arena_reset(ui->funnel_arena);
    ui->funnel = hunt_funnel(ui->hunt, ui->view, ui->funnel_arena);
    exclude_take(ui);
    tally_again(ui);
    export_take(ui);
    for (size_t i = 0; i < ui->n_panes; i++)
        ui->panes[i]->type->take(ui, ui->panes[i]);
    if (ui->side)
        ui->side->type->take(ui, ui->side);
    if (old)
        view_release(old);
    judge(ui);
}

bool ui_idle(struct ui *ui)
{
    if (hunt_busy(ui->hunt) || (ui->survey && !survey_done(ui->survey)))
        return false;
    if (!exclude_ready(ui) || !export_ready(ui))
        return false;
    for (size_t i = 0; i < ui->n_panes; i++)
        if (ui->panes[i]->type->ready && !ui->panes[i]->type->ready(ui->panes[i]))
            return false;
    return true;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool run_action(struct ui *ui, struct pane *p, const struct action *row, int key)
{
    int keys[MOST_KEYS];
    bindings_keys(ui->options->bindings, row, keys);
    for (size_t k = 0; keys[k]; k++)
        if (keys[k] == key && (!row->can || row->can(ui, p))) {
            row->run(ui, p);
            return true;
        }
    return false;
}

void ui_key(struct ui *ui, int key)
{
    struct pane *p = ui_pane(ui);
    if (key == K_PASTE || key == K_PASTE_END) {
        ui->pasting = key == K_PASTE;
        if (!ui->pasting && ui->asking && ui->prompt.change)
            ui->prompt.change(ui, buf_str(&ui->prompt.text));
        return;
    }
    if (key == K_INTERRUPT)
        ui->pasting = false;
    if (ui->asking) {
        prompt_key(ui, key);
        return;
    }
    if (ui->pasting)
        return;
    ui->message = STR_NONE;
    const struct actions *set;
    for (size_t i = 0; (set = actions_of(ui, p, i)); i++)
        for (size_t r = 0; r < set->n; r++)
            if (run_action(ui, p, &set->rows[r], key))
                return;
    for (size_t i = 0; pane_type_row(i); i++) {
        const struct action *opens = &pane_type_row(i)->opens;
        int keys[MOST_KEYS];
        bindings_keys(ui->options->bindings, opens, keys);
        for (size_t k = 0; keys[k]; k++)
            if (keys[k] == key && (!opens->can || opens->can(ui, p))) {
                if (pane_type_row(i)->side)
                    while (ui->n_panes > 1)
                        ui_close(ui);
                ui_open(ui, pane_type_row(i), NULL);
                return;
            }
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

#define KEYS_AT_ONCE 65536 /* of a paste, before something is drawn */

static void resize(struct ui *ui)
{
    int rows, columns;
    screen_size(ui->screen, &rows, &columns);
    canvas_resize(&ui->canvas, rows, columns);
}

static bool terminal_loop(struct ui *ui, void *ctx)
{
    (void)ctx;
    resize(ui);
    while (!ui->quit && !screen_lost(ui->screen)) {
        ui_draw(ui);
        screen_show(ui->screen, &ui->canvas);
        if (screen_sleep(ui->screen, hunt_fd(ui->hunt), -1))
            ui_take(ui);
        if (screen_resized(ui->screen))
            resize(ui);
        for (int i = 0, key; i < KEYS_AT_ONCE && !ui->quit && !ui->next; i++) {
            if ((key = screen_key(ui->screen)) == K_NONE)
                break;
            ui_key(ui, key);
        }
        if (ui->next) {
            ui_nested(ui, terminal_loop, NULL);
            resize(ui);
        }
    }
    return true;
}

static bool terminal_run(struct ui *ui, struct error *err)
{
    if (!screen_open(ui->arena, ui->options, &ui->screen, err))
        return false;
    terminal_loop(ui, NULL);
    screen_close(ui->screen);
    return true;
}

/* survey: a new one, or that of the workbench around this one. */
static void ui_init(struct ui *ui, struct hunt *h, struct ui_options *o, struct surveyor *survey)
{
    *ui = (struct ui){
        .hunt = h,
        .options = o,
        .arena = arena_new(),
        .funnel_arena = arena_new(),
        .message_arena = arena_new(),
        .file_arena = arena_new(),
    };
    canvas_init(&ui->canvas, !safe_locale_is_utf8());
    ui->view = hunt_view(h);
    triage_start(ui);
    exclude_start(ui);
    ui->survey = survey;
    ui->funnel = hunt_funnel(h, ui->view, ui->funnel_arena);
    ui_open(ui, &pane_findings, NULL);
    if (o->sweep && o->list_first)
        ui_open(ui, &pane_rules, NULL);
}

static void ui_end(struct ui *ui)
{
    if (ui->side)
        pane_free(ui, ui->side);
    while (ui->n_panes)
        pane_free(ui, ui->panes[--ui->n_panes]);
    view_release(ui->view);
    canvas_release(&ui->canvas);
    export_end(ui);
    if (ui->profiles)
        profiles_close(ui->profiles);
    exclude_end(ui);
    triage_end(ui);
    marks_release(&ui->fresh.known);
    marks_release(&ui->fresh.fresh);
    buf_release(&ui->prompt.text);
    buf_release(&ui->copied);
    buf_release(&ui->query);
    if (ui->next)
        hunt_close(ui->next);
    arena_free(ui->funnel_arena);
    arena_free(ui->message_arena);
    arena_free(ui->file_arena);
    arena_free(ui->arena);
}

void ui_survey(struct ui *ui)
{
    if (ui->nested)
        return;
    survey_close(ui->survey);
    ui->survey = hunt_survey(ui->hunt);
}

bool ui_nested(struct ui *ui, bool (*run)(struct ui *inner, void *ctx), void *ctx)
{
    struct ui inner;
    struct ui_options options = *ui->options;
    struct hunt *h = ui->next;
    ui->next = NULL;
    options.sweep = NULL;
    options.case_file = STR_NONE;
    hunt_start(h);
    ui_init(&inner, h, &options, ui->survey);
    inner.screen = ui->screen;
    inner.nested = true;
    inner.zone = ui->zone;
    canvas_resize(&inner.canvas, ui->canvas.rows, ui->canvas.columns);
    bool ok = run(&inner, ctx);
    ui_end(&inner);
    hunt_close(h);
    return ok;
}

bool ui_run(struct hunt *h, struct ui_options *o, struct error *err)
{
    struct ui ui;
    struct arena *a = arena_new();
    if (!bindings_load(a, o->keys, &o->bindings, err)) {
        arena_free(a);
        return false;
    }
    ui_init(&ui, h, o, hunt_survey(h));
    bool ok = o->script.n ? script_run(&ui, o->script, err)
              : o->plain  ? plain_run(&ui, err)
                          : terminal_run(&ui, err);
    survey_close(ui.survey);
    ui_end(&ui);
    o->bindings = NULL;
    arena_free(a);
    return ok;
}

size_t ui_themes(struct arena *a, struct str **names)
{
    return theme_list(a, names);
}
