/* The knobs of the rule, beside the findings or below them: lists with members on and off, numbers,
 * switches. All come from the query's own text. Turning one asks the hunt to run again; what it
 * would do is shown as soon as it is known. */
#include "ui/knob_rows.h"

#include "base/instant.h"

static struct knobs *of(const struct pane *p)
{
    return p->data;
}

static void take(struct ui *ui, struct pane *p)
{
    knob_rows_take(ui, of(p));
}

/* ---- life and drawing ------------------------------------------------------------------------ */

static bool open_knobs(struct ui *ui, struct pane *p, const void *arg)
{
    struct knobs *k = ARENA_NEW(p->arena, struct knobs);
    (void)arg;
    grid_init(&k->grid);
    k->grid.hooks = (struct grid_hooks){.role = knob_row_role, .skip = knob_row_skip, .ctx = k};
    k->grid.no_head = k->grid.no_sort = true;
    p->data = k;
    p->grid = &k->grid;
    take(ui, p);
    if (k->n_knobs) {
        /* what can be turned at once, rather than the name of a list */
        if (k->rows[0].kind == ROW_LIST && k->knobs[0].n_members)
            grid_to(&k->grid, 1);
        return true;
    }
    ui_message(ui, ROLE_WARN, "this query has nothing that can be turned");
    grid_release(&k->grid);
    arena_free(k->arena);
    return false;
}

static void close_knobs(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

static const struct knob *current(const struct pane *p)
{
    size_t row = grid_row(p->grid);
    return row == SIZE_MAX ? NULL : &of(p)->knobs[of(p)->rows[row].knob];
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct knobs *k = of(p);
    size_t changed = 0;
    enum role filter_role;
    struct str filter = filter_words(ui, &k->grid, &filter_role);
    for (size_t i = 0; i < k->n_knobs; i++)
        changed += k->knobs[i].changed;
    struct piece pieces[] = {
        {STR("Knobs"), ROLE_TITLE, 9, false, false},
        {filter, filter_role, 6, false, false},
        {changed ? ui_str(ui, "%zu changed *", changed) : STR("as published"),
         changed ? ROLE_CHANGED : ROLE_DIM, 5, true, false},
    };
    draw_pieces(c, area.y, area.x, area.columns, 2, pieces, COUNT(pieces));
    struct buf below = {0};
    if (current(p)) {
        knob_add_points(&below, current(p));
        buf_add(&below, current(p)->help);
    }
    struct str help = str_dup(c->frame, buf_str(&below));
    buf_release(&below);
    int room = area.rows >= 16 ? 5 : area.rows >= 8 ? 3 : 0;
    grid_draw(&k->grid, c, (struct area){area.y + 1, area.x, area.rows - 1 - room, area.columns},
              focused);
    if (room)
        draw_wrapped(c,
                     (struct area){area.y + area.rows - room + 1, area.x, room - 1, area.columns},
                     help, ROLE_DIM);
}

/* ---- turning --------------------------------------------------------------------------------- */

static const struct knob_row *here(const struct pane *p)
{
    size_t row = grid_row(p->grid);
    return row == SIZE_MAX ? NULL : &of(p)->rows[row];
}

static bool on_switch(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return here(p) && (here(p)->kind == ROW_MEMBER || here(p)->kind == ROW_SWITCH);
}

static bool on_value(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return here(p) && here(p)->kind == ROW_VALUE;
}

static bool on_number(const struct ui *ui, const struct pane *p)
{
    return on_value(ui, p) && current(p)->kind != PARAM_TEXT;
}

static bool on_list(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return here(p) && (here(p)->kind == ROW_MEMBER || here(p)->kind == ROW_LIST);
}

static bool on_changed(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return current(p) && current(p)->changed;
}

static void say(struct ui *ui, struct pane *p, bool ok, const struct error *err)
{
    if (!ok)
        ui_error(ui, err);
    take(ui, p);
}

static void turn(struct ui *ui, struct pane *p)
{
    const struct knob_row *r = here(p);
    const struct knob *k = current(p);
    struct error err = {0};
    bool ok = true;
    if (r->kind == ROW_MEMBER)
        hunt_set_member(ui->hunt, r->knob, r->member, !k->members[r->member].on);
    else
        ok = hunt_set_value(ui->hunt, r->knob, (struct value){.type = TYPE_BOOL, .b = !k->value.b},
                            &err);
    say(ui, p, ok, &err);
}

/* The step of a duration is its own unit: days by days, minutes by minutes. */
static int64_t step_of(int64_t ticks)
{
    static const int64_t units[] = {TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE,
                                    TICKS_PER_SECOND};
    for (size_t i = 0; i < COUNT(units); i++)
        if (ticks && ticks % units[i] == 0)
            return units[i];
    return TICKS_PER_SECOND;
}

static void step(struct ui *ui, struct pane *p, int by)
{
    const struct knob *k = current(p);
    struct value v = k->value;
    struct error err = {0};
    if (v.null)
        return;
    if (type_shape(v.type) == SHAPE_INT) {
        int64_t unit = k->kind == PARAM_DURATION ? step_of(v.i) : 1;
        if (by > 0 ? v.i > INT64_MAX - unit : v.i < INT64_MIN + unit)
            return;
        v.i += by * unit;
    } else if (type_shape(v.type) == SHAPE_REAL) {
        v.r += by * (v.r > -10 && v.r < 10 ? 0.1 : 1);
    } else {
        return;
    }
    say(ui, p, hunt_set_value(ui->hunt, k->slot, v, &err), &err);
}

static void more(struct ui *ui, struct pane *p)
{
    step(ui, p, 1);
}

static void less(struct ui *ui, struct pane *p)
{
    step(ui, p, -1);
}

static struct pane *knobs_pane(struct ui *ui)
{
    return ui->side && ui->side->type == &pane_knobs ? ui->side : NULL;
}

static void edited(struct ui *ui, struct str text)
{
    struct pane *p = knobs_pane(ui);
    struct error err = {0};
    if (p)
        say(ui, p, hunt_set_text(ui->hunt, of(p)->editing, text, &err), &err);
}

static void edit(struct ui *ui, struct pane *p)
{
    const struct knob *k = current(p);
    struct prompt prompt = {.accept = "set", .done = edited};
    struct buf text = {0};
    memcpy(prompt.title, k->name.p, k->name.n < 60 ? k->name.n : 60);
    if (k->kind == PARAM_TEXT)
        value_text(&text, k->value);
    else
        knob_add_value(&text, k->value);
    of(p)->editing = k->slot;
    ui_ask(ui, &prompt, buf_str(&text));
    buf_release(&text);
}

static void added(struct ui *ui, struct str text)
{
    struct pane *p = knobs_pane(ui);
    struct error err = {0};
    if (p)
        say(ui, p, hunt_add_member(ui->hunt, of(p)->editing, text, &err), &err);
}

static void add_member(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.title = "add to ", .accept = "add", .done = added};
    const struct knob *k = current(p);
    memcpy(prompt.title + 7, k->name.p, k->name.n < 60 ? k->name.n : 60);
    of(p)->editing = k->slot;
    ui_ask(ui, &prompt, STR_NONE);
}

static void publish(struct ui *ui, struct pane *p)
{
    hunt_publish(ui->hunt, current(p)->slot);
    take(ui, p);
}

static void publish_all(struct ui *ui, struct pane *p)
{
    hunt_publish(ui->hunt, SIZE_MAX);
    take(ui, p);
}

static bool any_changed(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    for (size_t i = 0; i < of(p)->n_knobs; i++)
        if (of(p)->knobs[i].changed)
            return true;
    return false;
}

static void to_findings(struct ui *ui, struct pane *p)
{
    (void)p;
    ui->side_focused = false;
}

static void close_panel(struct ui *ui, struct pane *p)
{
    (void)p;
    ui_close(ui);
}

static const struct action rows[] = {
    {{' '}, "switch", "Switches a member of a list or a clause on or off.", turn, on_switch},
    {{K_ENTER}, NULL, "The same.", turn, on_switch},
    {{'+', '='}, "more", "A step up.", more, on_number},
    {{'-', '_'}, "less", "A step down.", less, on_number},
    {{K_ENTER}, "edit", "Types a value.", edit, on_value},
    {{'a', K_INSERT}, "add", "Adds a member to this list.", add_member, on_list},
    {{K_ENTER}, NULL, "Adds a member to this list.", add_member, on_list},
    {{'r'}, "publish", "Puts this knob back to what the author published.", publish, on_changed},
    {{'P'},
     "all as published",
     "Puts all knobs back to what the author published.",
     publish_all,
     any_changed},
    {{'W'},
     "write rule",
     "Writes the rule with these settings to a file: KQL that Sentinel takes.",
     ask_write_rule,
     NULL},
    {{'o'}, "profiles", "Lists the profiles: settings kept by name.", open_profiles, NULL},
    {{'w'}, NULL, "Keeps the settings as a profile.", ask_keep_profile, NULL},
    {{'Y'}, NULL, "Copies the query as it is set, with the exclusions that are on, as KQL.",
     copy_query, NULL},
    {{K_TAB}, "findings", "To the findings; the panel stays.", to_findings, NULL},
    {{'t'}, NULL, "Closes the panel.", close_panel, NULL},
};

const struct pane_type pane_knobs = {
    .name = "Knobs",
    .help = "Everything in the rule that can be turned. A number to the right says how many "
            "findings turning it would "
            "bring (+) or take (-); cold: turning it reads the logs again; *: not as published.",
    .opens = {{'t'}, "knobs", "Opens the knobs of the rule beside the findings.", NULL, NULL},
    .side = true,
    .actions = {rows, COUNT(rows)},
    .open = open_knobs,
    .take = take,
    .draw = draw,
    .close = close_knobs,
};
