/* One finding: what it is, what its log rows say together, and tabs of tables: every access in
 * order with gaps, every address, the raw lines, the finding's own columns. The log rows come from
 * the reader's thread; until then the screen says so and stays usable. */
#include "ui/ui_internal.h"

#include "base/instant.h"

enum tab { TAB_ACCESSES, TAB_ADDRESSES, TAB_LINES, TAB_FIELDS, TABS };
static const char *const tab_names[TABS] = {"Accesses", "Addresses", "Raw lines", "Fields"};

struct finding {
    uint64_t id;
    struct table *row;           /* the finding itself: one row, a copy of our own */
    struct detail *detail;       /* NULL: on its way */
    bool asked_partial;          /* asked while logs were still being read */
    enum tab tab;
    struct grid grids[TABS];
    struct arena *arena;         /* of what is made from the detail */
    struct str facts;            /* the second line */
};

static struct finding *of(const struct pane *p)
{
    return p->data;
}

static bool is_ready(const struct pane *p)
{
    return of(p)->detail && of(p)->detail->finding == of(p)->id;
}

/* ---- cells by name --------------------------------------------------------------------------- */

static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    if (at == SIZE_MAX || row >= t->rows)
        return (struct value){.type = TYPE_STRING, .s = STR("")};
    return column_value(t->columns[at], row);
}

static struct str text_of(const struct table *t, const char *name, size_t row)
{
    struct value v = cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR_NONE;
}

static bool is_absent(struct str s)
{
    return s.n == 0 || str_is(s, "-");
}

/* ---- what the rows say together -------------------------------------------------------------- */

/* Distinct values of a column, absent ones left out; at most `most` are listed, then how many more.
 */
static size_t distinct(struct buf *out, const struct table *t, const char *name, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < t->rows; i++) {
        struct str s = text_of(t, name, i);
        bool seen = is_absent(s);
        for (size_t k = 0; k < i && !seen && n < 50; k++)
            seen = str_eq(text_of(t, name, k), s);
        if (seen)
            continue;
        if (++n <= most) {
            if (n > 1)
                buf_add_z(out, ", ");
            buf_add(out, s);
        }
    }
    if (n > most)
        buf_addf(out, " and %zu more", n - most);
    return n;
}

static void add_statuses(struct buf *out, const struct table *t)
{
    struct buf codes = {0};
    size_t n = distinct(&codes, t, "scStatus", 4);
    const char *words = n == 1 ? status_words(buf_str(&codes)) : NULL;
    if (n == 0)
        buf_add_z(out, "   status not logged");
    else {
        buf_add_z(out, "   ");
        buf_add(out, buf_str(&codes));
        buf_addf(out, " %s", words ? words : "");
    }
    buf_release(&codes);
}

static void add_sum(struct buf *out, const struct table *t, const char *name, bool logged,
                    bool bytes)
{
    int64_t sum = 0, most = 0;
    if (!logged) {
        buf_add_z(out, bytes ? "   bytes not logged" : "   time not logged");
        return;
    }
    for (size_t i = 0; i < t->rows; i++) {
        struct value v = cell(t, name, i);
        if (v.null || type_shape(v.type) != SHAPE_INT || v.i < 0)
            continue;
        sum = v.i > INT64_MAX - sum ? INT64_MAX : sum + v.i;
        most = v.i > most ? v.i : most;
    }
    buf_add_z(out, bytes ? "   " : t->rows > 1 ? "   took up to " : "   took ");
    if (bytes) {
        text_bytes(out, sum);
        buf_add_z(out, " sent");
    } else {
        text_duration(out, most > INT64_MAX / 10000 ? INT64_MAX : most * 10000);
    }
}

static void add_people(struct buf *out, const struct table *t)
{
    buf_add_z(out, "   ");
    if (!distinct(out, t, "csUserName", 2))
        buf_add_z(out, "anonymous");
    struct buf referers = {0};
    if (!distinct(&referers, t, "csReferer", 1))
        buf_add_z(out, ", no referer");
    buf_release(&referers);
}

static struct str facts_of(struct arena *a, const struct detail *d)
{
    struct buf out = {0};
    const struct table *t = d->accesses;
    text_count(&out, (int64_t)d->total);
    buf_addf(&out, " access%s from ", d->total == 1 ? "" : "es");
    text_count(&out, (int64_t)d->addresses->rows);
    buf_addf(&out, " address%s", d->addresses->rows == 1 ? "" : "es");
    if (d->total > t->rows)
        buf_addf(&out, " (the first %zu are shown)", t->rows);
    if (!d->complete)
        buf_add_z(&out, " (some rows cannot be traced to the logs)");
    add_statuses(&out, t);
    add_sum(&out, t, "scBytes", d->bytes_logged, true);
    add_sum(&out, t, "TimeTaken", d->taken_logged, false);
    add_people(&out, t);
    struct str kept = str_dup(a, buf_str(&out));
    buf_release(&out);
    return kept;
}

/* ---- tables of the tabs ---------------------------------------------------------------------- */

static const struct shown_column access_columns[] = {
    {"TimeGenerated", "Time", CELL_TIME, 0, 0}, {"cIP", "Client", CELL_TEXT, 0, 0},
    {"Gap", "Gap", CELL_DURATION, 0, 0},        {"csMethod", "Method", CELL_TEXT, 0, 0},
    {"scStatus", "Status", CELL_RIGHT, 0, 0},   {"TimeTaken", "Took", CELL_MILLIS, 0, 0},
    {"scBytes", "Bytes", CELL_BYTES, 0, 0},     {"csUserAgent", "Agent", CELL_TEXT, 0, 0},
    {"csReferer", "Referer", CELL_TEXT, 0, 0},  {"csUserName", "User", CELL_TEXT, 0, 0},
    {"csUriQuery", "Query", CELL_TEXT, 0, 0},   {"scWin32Status", "Win32", CELL_RIGHT, 0, 0},
    {"csHost", "Host", CELL_TEXT, 0, 0},        {"Computer", "Server", CELL_TEXT, 0, 0},
    {"File", "File", CELL_PATH, 0, 0},          {"Line", "Line", CELL_NUMBER, 0, 0},
};
static const struct shown_column address_columns[] = {
    {"cIP", "Address", CELL_TEXT, 0, 0},     {"Access", "Accesses", CELL_NUMBER, 0, 0},
    {"First", "First", CELL_TIME, 0, 0},     {"Last", "Last", CELL_TIME, 0, 0},
    {"Bytes", "Bytes", CELL_BYTES, 0, 0},    {"Statuses", "Statuses", CELL_TEXT, 0, 0},
    {"Agents", "Agents", CELL_NUMBER, 0, 0},
};
static const struct shown_column line_columns[] = {
    {"Where", "File:line", CELL_PATH, 20, 30}, {"Raw", "Raw line", CELL_TEXT, 0, 0},
};
static const struct shown_column field_columns[] = {
    {"Field", "Field", CELL_TEXT, 0, 0},
    {"Type", "Type", CELL_TEXT, 0, 0},
    {"Value", "Value", CELL_TEXT, 0, 0},
};

static const struct table *lines_with_place(struct arena *a, const struct table *lines)
{
    static const struct field fields[] = {{STR("Where"), TYPE_STRING}, {STR("Raw"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    struct buf place = {0};
    for (size_t i = 0; i < lines->rows; i++) {
        buf_reset(&place);
        buf_add(&place, text_of(lines, "File", i));
        buf_add_byte(&place, ':');
        text_count(&place, cell(lines, "Line", i).i);
        builder_str(b, buf_str(&place));
        builder_str(b, text_of(lines, "Raw", i));
    }
    buf_release(&place);
    return builder_finish(b);
}

/* The finding's columns as rows, with all elements of lists. */
static const struct table *fields_table(struct arena *a, const struct table *row, struct zone zone)
{
    static const struct field fields[] = {
        {STR("Field"), TYPE_STRING}, {STR("Type"), TYPE_STRING}, {STR("Value"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    struct buf text = {0};
    for (size_t i = 0; i < row->schema.n; i++) {
        buf_reset(&text);
        text_whole(&text, column_value(row->columns[i], 0), zone);
        builder_str(b, row->schema.fields[i].name);
        builder_str(b, str_of(type_name(row->schema.fields[i].type)));
        builder_str(b, buf_str(&text));
    }
    buf_release(&text);
    return builder_finish(b);
}

/* When the accesses were: a line is written when its answer has been sent. */
static void place(struct pane *p, const struct table *t)
{
    p->placed = false;
    for (size_t i = 0; i < t->rows; i++) {
        struct value time = cell(t, "TimeGenerated", i), taken = cell(t, "TimeTaken", i);
        if (time.null)
            continue;
        bool known = type_shape(taken.type) == SHAPE_INT && !taken.null && taken.i > 0 &&
                     taken.i < TICKS_PER_DAY / TICKS_PER_MILLISECOND;
        int64_t from = known ? time.i - taken.i * TICKS_PER_MILLISECOND : time.i;
        p->from = p->placed && p->from < from ? p->from : from;
        p->to = p->placed && p->to > time.i ? p->to : time.i;
        p->placed = true;
    }
}

static void fill(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    const struct detail *d = f->detail;
    arena_reset(f->arena);
    for (enum tab t = 0; t < TABS; t++)
        f->grids[t].zone = ui->zone;
    load_shown(&f->grids[TAB_FIELDS], f->arena, fields_table(f->arena, f->row, ui->zone),
               field_columns, COUNT(field_columns));
    if (!is_ready(p) || d->failed)
        return;
    f->facts = facts_of(f->arena, d);
    place(p, d->accesses);
    load_shown(&f->grids[TAB_ACCESSES], f->arena, d->accesses, access_columns,
               COUNT(access_columns));
    load_shown(&f->grids[TAB_ADDRESSES], f->arena, d->addresses, address_columns,
               COUNT(address_columns));
    load_shown(&f->grids[TAB_LINES], f->arena, lines_with_place(f->arena, d->lines), line_columns,
               COUNT(line_columns));
}

/* ---- life ------------------------------------------------------------------------------------ */

static void show_tab(struct pane *p, enum tab tab)
{
    of(p)->tab = tab;
    p->grid = &of(p)->grids[tab];
}

static void ask(struct ui *ui, struct finding *f)
{
    for (size_t i = 0; i < ui->view->rows; i++)
        if (ui->view->ids[i] == f->id) {
            f->asked_partial = ui->view->partial;
            hunt_open_finding(ui->hunt, ui->view, i);
            return;
        }
}

/* Its first text, most telling first: what it is called on the way back from what it leads to. */
static struct str name_of(struct arena *a, const struct table *row)
{
    struct grid_column *columns;
    size_t n = findings_columns(a, row, &columns);
    for (size_t i = 0; i < n; i++) {
        struct value v = column_value(row->columns[columns[i].field], 0);
        if (v.type == TYPE_STRING && v.s.n)
            return v.s;
    }
    return STR("finding");
}

static bool open_finding(struct ui *ui, struct pane *p, const void *arg)
{
    size_t row = *(const size_t *)arg;
    struct finding *f = ARENA_NEW(p->arena, struct finding);
    const struct table *t = ui->view->result->table;
    struct builder *b = builder_new(p->arena, &t->schema);
    for (size_t i = 0; i < t->schema.n; i++)
        builder_value(b, column_value(t->columns[i], row));
    f->row = builder_finish(b);
    f->id = ui->view->ids[row];
    f->arena = arena_new();
    p->crumb = name_of(p->arena, f->row);
    for (enum tab tab = 0; tab < TABS; tab++)
        grid_init(&f->grids[tab]);
    p->data = f;
    show_tab(p, TAB_ACCESSES);
    fill(ui, p);
    ask(ui, f);
    return true;
}

static void take(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    if (!is_ready(p)) {
        struct detail *d = hunt_detail(ui->hunt);
        if (d && d->finding == f->id)
            f->detail = d;
        else if (d)
            detail_release(d);
    } else if (f->detail->failed && f->asked_partial && !ui->view->partial) {
        /* while logs are read the way back to them is not known yet: now it is */
        detail_release(f->detail);
        f->detail = NULL;
        ask(ui, f);
    }
    fill(ui, p);
}

static void close_finding(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    (void)ui;
    for (enum tab t = 0; t < TABS; t++)
        grid_release(&f->grids[t]);
    if (f->detail)
        detail_release(f->detail);
    arena_free(f->arena);
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The line that names the finding: its first texts, most telling first. */
static void draw_title(struct ui *ui, const struct finding *f, int y, int x, int width)
{
    struct canvas *c = &ui->canvas;
    struct grid_column *columns;
    size_t n = findings_columns(c->frame, f->row, &columns), shown = 0;
    struct run line = {0};
    for (size_t i = 0; i < n && shown < 4; i++) {
        enum cell_kind kind = columns[i].kind;
        if (kind != CELL_TEXT && kind != CELL_FILE && kind != CELL_PATH && kind != CELL_FOLDER)
            continue;
        struct buf text = {0};
        text_whole(&text, column_value(f->row->columns[columns[i].field], 0), ui->zone);
        int room = width - line.width - (shown ? 3 : 0);
        struct run part = run_make(c, buf_str(&text), shown ? ROLE_TEXT : ROLE_TITLE, 0);
        part = kind == CELL_TEXT ? run_cut_end(c, part, room) : run_cut_path(c, part, room);
        buf_release(&text);
        if (room < 8)
            break;
        if (shown++)
            line = run_join(c, line, run_make(c, STR("   "), ROLE_TEXT, 0));
        line = run_join(c, line, part);
    }
    canvas_run(c, y, x, line);
}

static void draw_tabs(struct ui *ui, const struct finding *f, int y, int x, int width)
{
    struct canvas *c = &ui->canvas;
    int end = x + width;
    struct str filter = buf_str(&f->grids[f->tab].filter_text);
    if (filter.n) {
        int used = canvas_right(c, y, end, width / 2, filter, ROLE_INPUT);
        end -= used + 1;
    }
    for (enum tab t = 0; t < TABS && x < end; t++) {
        bool current = t == f->tab;
        x += canvas_textf(c, y, x, end - x, current ? ROLE_TITLE : ROLE_DIM,
                          current ? "[%s]" : " %s ", tab_names[t]) +
             1;
    }
}

static void draw(struct ui *ui, struct pane *p, struct area area, bool focused)
{
    struct canvas *c = &ui->canvas;
    struct finding *f = of(p);
    int y = area.y, end = area.y + area.rows;
    draw_title(ui, f, y++, area.x, area.columns);
    bool ready = is_ready(p);
    if (area.rows >= 7) {
        if (ready && !f->detail->failed)
            y += draw_wrapped(c, (struct area){y, area.x, area.rows >= 16 ? 3 : 1, area.columns},
                              f->facts, ROLE_TEXT);
        else
            canvas_text(c, y++, area.x, area.columns,
                        ready ? STR("") : STR("reading the lines ..."), ROLE_DIM);
    }
    draw_tabs(ui, f, y++, area.x, area.columns);
    if (f->tab != TAB_FIELDS && ready && f->detail->failed) {
        struct buf text = {0};
        error_text(&f->detail->error, &text);
        draw_wrapped(c, (struct area){y + 1, area.x + 2, end - y - 1, area.columns - 4},
                     buf_str(&text), ROLE_WARN);
        buf_release(&text);
        return;
    }
    grid_draw(p->grid, c, (struct area){y, area.x, end - y, area.columns}, focused);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void next_tab(struct ui *ui, struct pane *p)
{
    (void)ui;
    show_tab(p, (enum tab)((of(p)->tab + 1) % TABS));
}

static void tab_before(struct ui *ui, struct pane *p)
{
    (void)ui;
    show_tab(p, (enum tab)((of(p)->tab + TABS - 1) % TABS));
}

static bool on_line(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return (of(p)->tab == TAB_ACCESSES || of(p)->tab == TAB_LINES) && grid_row(p->grid) != SIZE_MAX;
}

static void enter_line(struct ui *ui, struct pane *p)
{
    struct line_source source = {.rows = of(p)->detail->rows, .lines = of(p)->detail->lines,
                                 .row = grid_row(p->grid)};
    ui_open(ui, &pane_line, &source);
}

static bool on_address(const struct ui *ui, const struct pane *p)
{
    (void)ui;
    return of(p)->tab == TAB_ADDRESSES && grid_row(p->grid) != SIZE_MAX;
}

static void enter_address(struct ui *ui, struct pane *p)
{
    struct finding *f = of(p);
    struct str ip = text_of(f->detail->addresses, "cIP", grid_row(p->grid));
    show_tab(p, TAB_ACCESSES);
    grid_filter(p->grid, str_fmt(ui->canvas.frame, "cIP:\"%.*s\"", STR_ARG(ip)));
}

static const struct action rows[] = {
    {{K_ENTER}, "raw line", "Shows the log line with all its fields.", enter_line, on_line},
    {{K_ENTER}, "accesses", "Shows the accesses of this address only.", enter_address, on_address},
    STORY_ACTION,
    {{K_TAB}, "next tab", "To the next table of this finding.", next_tab, NULL},
    {{K_BACKTAB}, NULL, "To the table before.", tab_before, NULL},
};

const struct pane_type pane_finding = {
    .name = "Finding",
    .help =
        "What stands behind a finding. n/l: the log has no such field, which is not the same as 0.",
    .actions = {rows, COUNT(rows)},
    .open = open_finding,
    .take = take,
    .draw = draw,
    .close = close_finding,
    .ready = is_ready,
};
