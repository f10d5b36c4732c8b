/* The story of an actor: everything of it in all that was loaded, POSTs to scripts first, then by
 * time, with where each request stands to the access in front. In: who (ui_actor) and the access
 * that a view underneath is about; the rows come from a thread of their own. Any cell leads to the
 * next story, Esc leads back. */
#include "ui/ui_internal.h"

struct story_pane {
    enum actor kind;
    struct str value;
    struct story *story;
    const struct tale *tale; /* the newest that was taken */
    struct arena *arena;     /* of what is made from it */
    struct grid grid;
};

static struct story_pane *of(const struct pane *p)
{
    return p->data;
}

static const char *const kinds[] = {[ACTOR_ADDRESS] = "address",
                                    [ACTOR_AGENT] = "user agent",
                                    [ACTOR_FILE] = "file",
                                    [ACTOR_SERVER] = "server",
                                    [ACTOR_USER] = "user"};

static const struct shown_column columns[] = {
    {"Part", "Part", CELL_TEXT, 6, 6},
    {"TimeGenerated", "Time", CELL_TIME, 0, 0},
    {"Away", "Away", CELL_DURATION, 0, 0},
    {"cIP", "Client", CELL_TEXT, 0, 0},
    {"csMethod", "Method", CELL_TEXT, 0, 0},
    {"csUriStem", "Path", CELL_PATH, 0, 0},
    {"scStatus", "Status", CELL_RIGHT, 0, 0},
    {"TimeTaken", "Took", CELL_MILLIS, 0, 0},
    {"scBytes", "Bytes", CELL_BYTES, 0, 0},
    {"csUriQuery", "Query", CELL_TEXT, 0, 0},
    {"csUserAgent", "Agent", CELL_TEXT, 0, 0},
    {"csReferer", "Referer", CELL_TEXT, 0, 0},
    {"csUserName", "User", CELL_TEXT, 0, 0},
    {"Computer", "Server", CELL_TEXT, 0, 0},
    {"scWin32Status", "Win32", CELL_RIGHT, 0, 0},
    {"File", "File", CELL_PATH, 0, 0},
    {"Line", "Line", CELL_NUMBER, 0, 0},
};

/* ---- life ------------------------------------------------------------------------------------ */

static bool is_ready(const struct pane *p)
{
    return story_done(of(p)->story);
}

static void take(struct ui *ui, struct pane *p)
{
    static const char *const own[] = {[ACTOR_ADDRESS] = "cIP",
                                      [ACTOR_AGENT] = "csUserAgent",
                                      [ACTOR_FILE] = "csUriStem",
                                      [ACTOR_SERVER] = "Computer",
                                      [ACTOR_USER] = "csUserName"};
    struct story_pane *s = of(p);
    struct error none = {0};
    struct shown_column shown[COUNT(columns)];
    size_t n = 0;
    const struct tale *old = s->tale;
    s->grid.zone = ui->zone;
    s->tale = story_tale(s->story, &none);
    if (!s->tale->accesses || (old && old->accesses == s->tale->accesses))
        return;
    for (size_t i = 0; i < COUNT(columns); i++)
        if (strcmp(columns[i].field, own[s->kind]) != 0 || /* the same in every row */
            (s->kind == ACTOR_FILE && !str_starts(s->value, STR("/"))))
            shown[n++] = columns[i];
    arena_reset(s->arena);
    load_shown(&s->grid, s->arena, s->tale->accesses, shown, n);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct story_pane *s = ctx;
    struct str part = ui_cell(s->tale->accesses, "Part", row).s;
    if (str_is(part, "during"))
        return ROLE_MARK;
    return str_is(part, "POST") && field == 0 ? ROLE_WARN : ROLE_TEXT;
}

/* The access in front: of the view underneath, else the times of the row. */
static void place(struct ui *ui, struct pane *p)
{
    const struct pane *under = ui_pane(ui);
    for (size_t i = ui->n_panes; i-- > 0 && !p->placed;)
        if (ui->panes[i]->placed) {
            p->placed = true;
            p->from = ui->panes[i]->from;
            p->to = ui->panes[i]->to;
        }
    const struct table *t = under->grid ? under->grid->table : NULL;
    size_t row = t ? grid_row(under->grid) : SIZE_MAX, known = row == SIZE_MAX ? 0 : t->schema.n;
    if (p->placed)
        return;
    for (size_t i = 0; i < known; i++) {
        struct value v = column_value(t->columns[i], row);
        if (v.type != TYPE_DATETIME || v.null)
            continue;
        p->from = p->placed && p->from < v.i ? p->from : v.i;
        p->to = p->placed && p->to > v.i ? p->to : v.i;
        p->placed = true;
    }
}

static bool open_pane(struct ui *ui, struct pane *p, const void *arg)
{
    const struct actor_here *actor = arg;
    struct story_pane *s = ARENA_NEW(p->arena, struct story_pane);
    s->kind = actor->kind;
    s->value = str_dup(p->arena, actor->value);
    s->arena = arena_new();
    grid_init(&s->grid);
    s->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = s};
    p->data = s;
    p->grid = &s->grid;
    p->crumb = s->value;
    place(ui, p);
    s->story =
        hunt_story(ui->hunt, s->kind, s->value, p->placed ? p->from : 1, p->placed ? p->to : 0);
    take(ui, p);
    return true;
}

static void close_pane(struct ui *ui, struct pane *p)
{
    (void)ui;
    story_close(of(p)->story);
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

bool story_is_of(const struct pane *p, const struct actor_here *actor)
{
    return p->type == &pane_story && of(p)->kind == actor->kind &&
           str_eq(of(p)->value, actor->value);
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The way here: Redir.png > 203.0.113.77 > curl/8. */
static struct str trail(struct ui *ui, const struct pane *p)
{
    struct buf text = {0};
    for (size_t i = 0; i < ui->n_panes && ui->panes[i] != p; i++)
        if (ui->panes[i]->crumb.n) {
            buf_add(&text, ui->panes[i]->crumb);
            buf_add_z(&text, " > ");
        }
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static struct str amount(struct ui *ui, int64_t n, const char *one, const char *many)
{
    return ui_str(ui, "%.*s %s", STR_ARG(ui_count(ui, n)), n == 1 ? one : many);
}

static void draw_title(struct ui *ui, const struct pane *p, struct area area)
{
    const struct story_pane *s = of(p);
    struct piece pieces[] = {
        {trail(ui, p), ROLE_DIM, 5, false, true},
        {s->value, ROLE_TITLE, 9, false, true},
        {ui_str(ui, "  %s", kinds[s->kind]), ROLE_DIM, 4, true, false},
    };
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 0, pieces, COUNT(pieces));
}

static void draw_progress(struct ui *ui, const struct story_pane *s, struct area area)
{
    struct exec_progress p;
    struct buf text = {0};
    story_progress(s->story, &p);
    buf_add_z(&text, s->tale->accesses ? "counting all   " : "looking through all lines   ");
    if (p.scan.bytes_total > 0 && p.scan.bytes) {
        text_bytes(&text, p.scan.bytes);
        buf_add_z(&text, " of ");
        text_bytes(&text, p.scan.bytes_total);
        buf_addf(&text, "   %d%%", (int)(p.scan.bytes * 100 / p.scan.bytes_total));
        if (p.seconds > 0.05) {
            double rate = (double)p.scan.bytes / p.seconds;
            buf_add_z(&text, "   ");
            text_bytes(&text, (int64_t)rate);
            buf_addf(&text, "/s   %.0f s left", (double)(p.scan.bytes_total - p.scan.bytes) / rate);
        }
        buf_add_z(&text, "   ");
    }
    buf_add_z(&text, "Ctrl-C stops");
    canvas_text(&ui->canvas, area.y, area.x, area.columns, buf_str(&text), ROLE_DIM);
    buf_release(&text);
}

static struct str span(struct ui *ui, const struct tale *t)
{
    struct buf text = {0};
    text_instant(&text, t->first, ui->zone);
    buf_add_z(&text, " to ");
    text_instant(&text, t->last, ui->zone);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static void draw_facts(struct ui *ui, const struct pane *p, struct area area)
{
    const struct story_pane *s = of(p);
    const struct tale *t = s->tale;
    int64_t during = t->total - t->before - t->after;
    bool more = t->accesses && (int64_t)t->accesses->rows < t->total;
    struct piece pieces[] = {
        {amount(ui, t->total, "request", "requests"), ROLE_TEXT, 20, false, false},
        {t->posts ? amount(ui, t->posts, "POST to a script", "POSTs to scripts") : STR_NONE,
         ROLE_WARN, 19, false, false},
        {p->placed && t->total
             ? ui_str(ui, "%.*s before, %.*s during, %.*s after the access",
                      STR_ARG(ui_count(ui, t->before)), STR_ARG(ui_count(ui, during)),
                      STR_ARG(ui_count(ui, t->after)))
             : STR_NONE,
         ROLE_TEXT, 18, false, false},
        {more ? ui_str(ui, "%zu nearest shown", t->accesses->rows) : STR_NONE, ROLE_WARN, 17, false,
         false},
        {t->failed ? ui_str(ui, "%.*s failed", STR_ARG(ui_count(ui, t->failed))) : STR_NONE,
         ROLE_TEXT, 12, false, false},
        {s->kind == ACTOR_ADDRESS ? STR_NONE : amount(ui, t->addresses, "address", "addresses"),
         ROLE_TEXT, 15, false, false},
        {s->kind == ACTOR_FILE ? STR_NONE : amount(ui, t->files, "file", "files"), ROLE_TEXT, 14,
         false, false},
        {s->kind == ACTOR_AGENT ? STR_NONE : amount(ui, t->agents, "agent", "agents"), ROLE_TEXT,
         13, false, false},
        {s->kind == ACTOR_SERVER ? STR_NONE : amount(ui, t->servers, "server", "servers"),
         ROLE_TEXT, 11, false, false},
        {t->timed ? span(ui, t) : STR_NONE, ROLE_DIM, 10, false, false},
    };
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
}

static void draw_state(struct ui *ui, const struct pane *p, struct area area)
{
    struct story_pane *s = of(p);
    struct error err = {0};
    story_tale(s->story, &err);
    if (err.set)
        canvas_text(&ui->canvas, area.y, area.x, area.columns, str_of(err.message), ROLE_ERROR);
    else if (!story_done(s->story))
        draw_progress(ui, s, area);
    else if (s->tale->counted)
        draw_facts(ui, p, area);
    else
        canvas_text(&ui->canvas, area.y, area.x, area.columns,
                    s->tale->accesses ? STR("stopped: not all is counted")
                                      : str_of(ui_words(
                                        ui, "stopped before anything was known; {Esc} leads back")),
                    ROLE_WARN);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct story_pane *s = of(p);
    struct canvas *c = &ui->canvas;
    int room = area.rows >= 14 ? 4 : area.rows >= 9 ? 1 : 0, head = area.rows >= 4 ? 2 : 1;
    size_t row = s->tale->accesses ? grid_row(&s->grid) : SIZE_MAX;
    draw_title(ui, p, area);
    if (head > 1)
        draw_state(ui, p, (struct area){area.y + 1, area.x, 1, area.columns});
    if (s->tale->accesses && !s->tale->accesses->rows)
        canvas_text(c, area.y + head, area.x, area.columns,
                    STR("no line of it in all that was loaded"), ROLE_DIM);
    else
        grid_draw(&s->grid, c,
                  (struct area){area.y + head, area.x, area.rows - head - room, area.columns},
                  focused);
    if (!room || row == SIZE_MAX)
        return;
    /* a line may be a megabyte: what cannot be seen is not looked at */
    int blank = room > 1, y = area.y + area.rows - room + blank;
    struct str raw = ui_cell(s->tale->lines, "Raw", row).s;
    size_t most = (size_t)room * (size_t)area.columns * 4;
    draw_wrapped(c, (struct area){y, area.x, room - blank, area.columns},
                 raw.n > most ? str_sub(raw, 0, most) : raw, ROLE_DIM);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_line(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->tale->accesses && grid_row(p->grid) != SIZE_MAX;
}

static void enter_line(struct ui *ui, struct pane *p)
{
    struct line_source source = {
        .rows = of(p)->tale->rows, .lines = of(p)->tale->lines, .row = grid_row(p->grid)};
    ui_open(ui, &pane_line, &source);
}

static bool is_looking(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return !story_done(of(p)->story);
}

static void stop(struct ui *ui, struct pane *p)
{
    story_stop(of(p)->story);
    ui_message(ui, ROLE_WARN, "stopped; what is known stays");
}

static const struct action rows[] = {
    {{K_ENTER}, "raw line", "Shows the log line with all its fields.", enter_line, on_line},
    STORY_ACTION,
    {{K_INTERRUPT}, "stop", "Stops looking; what is known stays.", stop, is_looking},
};

const struct pane_type pane_story = {
    .name = "Story",
    .help =
        "Everything of one address, user agent, file, server or user in all that was loaded, not "
        "only what the rule lets through.",
    .actions = {rows, COUNT(rows)},
    .open = open_pane,
    .take = take,
    .draw = draw,
    .close = close_pane,
    .ready = is_ready,
};
