/* Profiles of knob settings: kept by name, put in force, compared two by two. The first row is what
 * is set now. */
#include "ui/ui_internal.h"

struct list {
    struct arena *arena; /* of the present table */
    struct grid grid;
    struct table *table;
    struct profile now; /* the settings as they are */
    size_t base;        /* row that the others are compared with */
    size_t dropping;
};

enum { FIELD_SIGN, FIELD_NAME, FIELD_DIFFERS, FIELD_SETTINGS };

static struct list *of(const struct pane *p)
{
    return p->data;
}

struct profiles *ui_profiles(struct ui *ui)
{
    struct error err = {0};
    if (!ui->profiles) {
        struct str key = rule_key(ui->arena, hunt_rule(ui->hunt));
        ui->profiles = profiles_open(state_path(ui->arena, key, ".profiles"), key, &err);
        if (err.set) {
            error_context(&err, "profiles are not loaded, and new ones are not saved: ");
            ui_error(ui, &err);
        }
    }
    return ui->profiles;
}

/* Row 0: now. */
static const struct profile *row_at(const struct ui *ui, const struct list *l, size_t row)
{
    return row == 0 ? &l->now : profile_row(ui->profiles, row - 1);
}

static bool has(const struct profile *p, const struct hunt_setting *s)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->settings[i].what == s->what && str_eq(p->settings[i].text, s->text))
            return true;
    return false;
}

static int64_t differences(const struct profile *a, const struct profile *b)
{
    int64_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        n += !has(b, &a->settings[i]);
    for (size_t i = 0; i < b->n; i++)
        n += !has(a, &b->settings[i]);
    return n;
}

static void add_row(struct ui *ui, struct list *l, struct builder *b, size_t row)
{
    const struct profile *p = row_at(ui, l, row), *base = row_at(ui, l, l->base);
    struct buf text = {0};
    builder_str(b, row == l->base ? STR("=") : STR(" "));
    builder_str(b, p->name);
    builder_value(
        b, (struct value){.type = TYPE_LONG, .null = row == l->base, .i = differences(p, base)});
    for (size_t i = 0; i < p->n; i++) {
        buf_add_z(&text, i ? "; " : "");
        setting_text(&p->settings[i], &text);
    }
    builder_str(b, p->n ? buf_str(&text) : STR("as published"));
    buf_release(&text);
}

static void take(struct ui *ui, struct pane *p)
{
    static const struct field fields[] = {{STR("Sign"), TYPE_STRING},
                                          {STR("Name"), TYPE_STRING},
                                          {STR("Differs"), TYPE_LONG},
                                          {STR("Settings"), TYPE_STRING}};
    static const struct grid_column columns[] = {
        {.title = STR("="), .field = FIELD_SIGN, .kind = CELL_TEXT},
        {.title = STR("Profile"), .field = FIELD_NAME, .kind = CELL_TEXT, .least = 8, .most = 32},
        {.title = STR("Differs"), .field = FIELD_DIFFERS, .kind = CELL_NUMBER},
        {.title = STR("Not as published"),
         .field = FIELD_SETTINGS,
         .kind = CELL_TEXT,
         .least = 16,
         .most = 200},
    };
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct list *l = of(p);
    struct arena *old = l->arena;
    l->arena = arena_new();
    l->now = (struct profile){.name = STR("(now)")};
    l->now.n = hunt_settings(ui->hunt, l->arena, &l->now.settings);
    if (l->base > profiles_count(ui->profiles))
        l->base = 0;
    struct builder *b = builder_new(l->arena, &schema);
    for (size_t i = 0; i <= profiles_count(ui->profiles); i++)
        add_row(ui, l, b, i);
    l->table = builder_finish(b);
    grid_load(&l->grid, l->table, NULL, columns, COUNT(columns));
    if (old)
        arena_free(old);
}

static bool open_list(struct ui *ui, struct pane *p, const void *arg)
{
    struct list *l = ARENA_NEW(p->arena, struct list);
    (void)arg;
    ui_profiles(ui);
    grid_init(&l->grid);
    l->grid.no_sort = true;
    p->data = l;
    p->grid = &l->grid;
    take(ui, p);
    return true;
}

static void close_list(struct ui *ui, struct pane *p)
{
    (void)ui;
    grid_release(&of(p)->grid);
    arena_free(of(p)->arena);
}

/* "- set …": only in the base; "+ set …": only in the one under the cursor. */
static void draw_differences(struct ui *ui, const struct list *l, struct area area)
{
    size_t row = grid_row(&l->grid);
    struct buf text = {0};
    if (row > profiles_count(ui->profiles) || row == l->base)
        return;
    const struct profile *here = row_at(ui, l, row), *base = row_at(ui, l, l->base);
    buf_addf(&text, "%.*s against %.*s:", STR_ARG(here->name), STR_ARG(base->name));
    for (size_t i = 0; i < base->n; i++)
        if (!has(here, &base->settings[i])) {
            buf_add_z(&text, "\n- ");
            setting_text(&base->settings[i], &text);
        }
    for (size_t i = 0; i < here->n; i++)
        if (!has(base, &here->settings[i])) {
            buf_add_z(&text, "\n+ ");
            setting_text(&here->settings[i], &text);
        }
    if (!differences(here, base))
        buf_add_z(&text, " the same");
    draw_wrapped(&ui->canvas, area, buf_str(&text), ROLE_TEXT);
    buf_release(&text);
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct list *l = of(p);
    struct piece pieces[] = {
        {STR("Profiles"), ROLE_TITLE, 9, false, false},
        {ui_str(ui, "%zu kept", profiles_count(ui->profiles)), ROLE_TEXT, 7, false, false},
        {profiles_save(ui->profiles) ? STR_NONE : STR("! not saved"), ROLE_WARN, 8, false, false},
    };
    int foot = area.rows >= 10 ? area.rows / 2 : 0;
    draw_pieces(&ui->canvas, area.y, area.x, area.columns, 3, pieces, COUNT(pieces));
    grid_draw(&l->grid, &ui->canvas,
              (struct area){area.y + 1, area.x, area.rows - 1 - foot, area.columns}, focused);
    if (foot)
        draw_differences(
            ui, l, (struct area){area.y + area.rows - foot + 1, area.x, foot - 1, area.columns});
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool on_profile(const struct ui *ui, const struct pane *p)
{
    size_t row = grid_row(p->grid);
    return row > 0 && row <= profiles_count(ui->profiles);
}

static void use(struct ui *ui, struct pane *p)
{
    const struct profile *chosen = profile_row(ui->profiles, grid_row(p->grid) - 1);
    struct error err = {0};
    if (hunt_apply(ui->hunt, chosen->settings, chosen->n, &err)) {
        ui_message(ui, ROLE_GOOD, "in force: %.*s", STR_ARG(chosen->name));
    } else {
        error_context(&err, "not all of it could be set: ");
        ui_error(ui, &err);
    }
    ui_take(ui);
}

static void base_here(struct ui *ui, struct pane *p)
{
    of(p)->base = grid_row(p->grid) <= profiles_count(ui->profiles) ? grid_row(p->grid) : 0;
    take(ui, p);
}

static void really_drop(struct ui *ui, struct str text)
{
    struct pane *p = ui_pane(ui);
    struct error err = {0};
    (void)text;
    if (p->type != &pane_profiles)
        return;
    if (!profiles_remove(ui->profiles, of(p)->dropping, &err))
        ui_error(ui, &err);
    take(ui, p);
}

static void drop(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {
        .title = "Take this profile away?", .yes_no = true, .done = really_drop};
    of(p)->dropping = grid_row(p->grid) - 1;
    ui_ask(ui, &prompt, STR_NONE);
}

static void kept(struct ui *ui, struct str name)
{
    struct hunt_setting *settings;
    struct error err = {0};
    size_t n = hunt_settings(ui->hunt, ui->canvas.frame, &settings);
    if (!profiles_put(ui_profiles(ui), name, settings, n, &err))
        ui_error(ui, &err);
    else
        ui_message(ui, profiles_save(ui->profiles) ? ROLE_GOOD : ROLE_WARN,
                   "%s %.*s; o in the knobs lists the profiles",
                   profiles_save(ui->profiles) ? "kept as" : "kept until you quit:",
                   STR_ARG(str_trim(name)));
    ui_take(ui);
}

void ask_keep_profile(struct ui *ui, struct pane *p)
{
    struct prompt prompt = {.title = "keep these settings as", .accept = "keep", .done = kept};
    (void)p;
    ui_ask(ui, &prompt, STR_NONE);
}

void open_profiles(struct ui *ui, struct pane *p)
{
    (void)p;
    ui_open(ui, &pane_profiles, NULL);
}

/* The query as it is set, and the exclusions that are on. */
void copy_query(struct ui *ui, struct pane *p)
{
    struct arena *a = arena_new();
    struct str *wheres;
    struct buf lines = {0}, text = {0};
    size_t n = exclude_texts(ui, a, true, &wheres);
    (void)p;
    for (size_t i = 0; i < n; i++)
        buf_addf(&lines, "%.*s\n", STR_ARG(wheres[i]));
    kql_exclude(hunt_kql(ui->hunt, a), buf_str(&lines), &text);
    ui_copy(ui, n ? "the query with its exclusions as KQL" : "the query as KQL",
            str_trim(buf_str(&text)), true);
    buf_release(&lines);
    buf_release(&text);
    arena_free(a);
}

static const struct action rows[] = {
    {{K_ENTER}, "use", "Puts the knobs as this profile has them.", use, on_profile},
    {{'='}, "compare with", "Compares the others with this one.", base_here, NULL},
    {{'w'}, "keep", "Keeps the settings as they are now under a name.", ask_keep_profile, NULL},
    {{'d', K_DELETE}, "drop", "Takes the profile away.", drop, on_profile},
};

const struct pane_type pane_profiles = {
    .name = "Profiles",
    .help = "Settings of the knobs kept by name; below, what the one under the cursor has (+) and "
            "lacks (-) against the one with =.",
    .actions = {rows, COUNT(rows)},
    .open = open_list,
    .take = take,
    .draw = draw,
    .close = close_list,
};
