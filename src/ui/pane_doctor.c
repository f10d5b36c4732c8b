/* The doctor: what the rule cannot see in these logs, wrong things first, and what was looked for
 * in vain. A cure opens the rule, cured, in a workbench inside this one: the published rule stays.
 */
#include "ui/ui_internal.h"

struct doctor {
    struct arena *arena;
    struct grid grid;
    struct table *table;
    const struct overview *seen;
};
enum { FIELD_SIGN, FIELD_CHECK, FIELD_TEXT, FIELD_CURE };

static struct doctor *of(const struct pane *p)
{
    return p->data;
}

static const char *const signs[] = {[SPOT_WRONG] = "!", [SPOT_NOTE] = ".", [SPOT_FINE] = "ok"};

static void take(struct ui *ui, struct pane *p)
{
    static const struct field fields[] = {{STR("Sign"), TYPE_STRING},
                                          {STR("Check"), TYPE_STRING},
                                          {STR("Found"), TYPE_STRING},
                                          {STR("Cure"), TYPE_STRING}};
    static const struct grid_column columns[] = {
        {.title = STR(""),
         .field = FIELD_SIGN,
         .kind = CELL_TEXT,
         .least = 2,
         .best = 2,
         .most = 2},
        {.title = STR("Check"), .field = FIELD_CHECK, .kind = CELL_TEXT},
        {.title = STR("Found"),
         .field = FIELD_TEXT,
         .kind = CELL_TEXT,
         .least = 18,
         .best = 60,
         .most = 300},
        {.title = STR("Cure"), .field = FIELD_CURE, .kind = CELL_TEXT},
    };
    struct doctor *d = of(p);
    const struct overview *s = survey_seen(ui->survey);
    if (s == d->seen)
        return;
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct arena *old = d->arena;
    d->seen = s;
    d->arena = arena_new();
    struct builder *b = builder_new(d->arena, &schema);
    for (size_t i = 0; i < s->n_spots; i++) {
        builder_str(b, str_of(signs[s->spots[i].state]));
        builder_str(b, s->spots[i].check);
        builder_str(b, s->spots[i].text);
        builder_str(b, s->spots[i].cure);
    }
    d->table = builder_finish(b);
    grid_load(&d->grid, d->table, NULL, columns, COUNT(columns));
    if (old)
        arena_free(old);
}

static enum role role_of(void *ctx, size_t row, size_t field)
{
    const struct doctor *d = ctx;
    enum spot_state state = d->seen->spots[row].state;
    (void)field;
    return state == SPOT_WRONG ? ROLE_WARN : state == SPOT_FINE ? ROLE_DIM : ROLE_TEXT;
}

static bool open_doctor(struct ui *ui, struct pane *p, const void *arg)
{
    struct doctor *d = ARENA_NEW(p->arena, struct doctor);
    (void)arg;
    grid_init(&d->grid);
    d->grid.hooks = (struct grid_hooks){.role = role_of, .ctx = d};
    d->grid.no_sort = true;
    p->data = d;
    p->grid = &d->grid;
    take(ui, p);
    return true;
}

static void close_doctor(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static const struct blind_spot *here(const struct pane *p)
{
    size_t row = grid_row(&of(p)->grid);
    return row == SIZE_MAX ? NULL : &of(p)->seen->spots[row];
}

/* The row under the cursor, whole. */
static void draw_spot(struct ui *ui, const struct blind_spot *s, struct area area)
{
    struct canvas *c = &ui->canvas;
    int y = area.y;
    y += draw_wrapped(c, (struct area){y, area.x, area.rows > 3 ? 2 : 1, area.columns}, s->text,
                      ROLE_TEXT);
    if (s->cure.n)
        draw_wrapped(c, (struct area){y, area.x, area.y + area.rows - y, area.columns},
                     ui_str(ui, "%s %.*s%s",
                            ui_words(ui, "{Enter}: the rule with a cure that"), STR_ARG(s->cure),
                            ui_words(ui, ", inside this workbench; {q} comes back. The published "
                                         "rule is not changed.")),
                     ROLE_DIM);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct doctor *d = of(p);
    const struct blind_spot *spot = here(p);
    bool done = survey_done(ui->survey);
    struct piece pieces[] = {
        {STR("Doctor"), ROLE_TITLE, 9, false, false},
        {done ? ui_str(ui, "%zu wrong", d->seen->n_wrong) : STR("looking at all lines ..."),
         d->seen->n_wrong ? ROLE_WARN : ROLE_TEXT, 8, false, false},
        {STR("these logs against the published rule"), ROLE_DIM, 2, false, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    int room = area.rows >= 16 ? 5 : area.rows >= 10 ? 3 : 0;
    grid_draw(&d->grid, c, (struct area){area.y + 1, area.x, area.rows - 1 - room, area.columns},
              focused);
    if (room && spot)
        draw_spot(ui, spot,
                  (struct area){area.y + area.rows - room + 1, area.x, room - 1, area.columns});
}

static bool can_cure(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return here(p) && here(p)->n_edits;
}

static void try_cure(struct ui *ui, struct pane *p)
{
    struct error err = {0};
    if (hunt_loading(ui->hunt))
        ui_message(ui, ROLE_WARN, "the logs are still being read; Ctrl-C stops that");
    else if (!hunt_open_cured(ui->hunt, here(p), &ui->next, &err)) {
        ui->next = NULL;
        ui_error(ui, &err);
    }
}

static bool is_outer(const struct ui *ui, const struct pane *p)
{
    (void)p;
    return !ui->nested;
}

static const struct action rows[] = {
    {{K_ENTER},
     "try the cure",
     "Opens the rule with the cure in a workbench inside this one; {q} comes back.",
     try_cure,
     can_cure},
};

const struct pane_type pane_doctor = {
    .name = "Doctor",
    .help = "What the published rule cannot see in these logs: ! misleads, . is worth knowing, ok "
            "was looked for and not found.",
    .opens = {{'D'}, "doctor", "Checks the loaded logs against the rule.", NULL, is_outer},
    .actions = {rows, COUNT(rows)},
    .open = open_doctor,
    .take = take,
    .draw = draw,
    .close = close_doctor,
};
