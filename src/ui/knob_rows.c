/* Rows of the knobs' panel. In: the settings as the hunt has them. Out: a table with a row a list,
 * member, number and clause, each with what turning it would do, and how each row looks. */
#include "ui/knob_rows.h"

#include "base/instant.h"

enum { FIELD_LABEL, FIELD_CHANGE, FIELD_STAR };

void knob_add_value(struct buf *out, struct value v)
{
    if (v.type == TYPE_TIMESPAN && !v.null) {
        char text[INSTANT_TEXT];
        buf_add(out, (struct str){text, timespan_format(v.i, text)});
    } else if (v.type == TYPE_STRING) {
        buf_addf(out, "\"%.*s\"", STR_ARG(v.s));
    } else {
        value_text(out, v);
    }
}

static void label_list(struct buf *out, const struct knob *k)
{
    size_t on = 0;
    for (size_t i = 0; i < k->n_members; i++)
        on += k->members[i].on;
    buf_addf(out, "%.*s   %zu of %zu", STR_ARG(k->name), on, k->n_members);
}

static void label_member(struct buf *out, const struct knob_member *m)
{
    buf_add_z(out, m->on ? "  [x] " : "  [ ] ");
    value_text(out, m->value);
    if (m->added)
        buf_add_z(out, "   added");
}

/* Findings at the values around the present one: a plot on the knob's line, figures below. */
static void add_plot(struct buf *out, const struct knob *k)
{
    static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    int64_t most = 1;
    for (size_t i = 0; i < k->n_points; i++)
        most = k->points[i].findings > most ? k->points[i].findings : most;
    for (size_t i = 0; i < k->n_points; i++) {
        if (i == 0)
            buf_add_z(out, "   ");
        buf_add_z(out, blocks[k->points[i].findings * 7 / most]);
    }
}

void knob_add_points(struct buf *out, const struct knob *k)
{
    for (size_t i = 0; i < k->n_points; i++) {
        buf_add_z(out, i ? "  " : "findings at ");
        value_text(out, k->points[i].value);
        buf_add_byte(out, ':');
        text_brief(out, k->points[i].findings);
    }
    if (k->n_points)
        buf_add_byte(out, '\n');
}

static void label_switch(struct buf *out, const struct knob *k)
{
    struct str text = k->text;
    /* the words that make it a stage are the same on every line */
    if (str_starts(text, STR("//")))
        text = str_trim(str_sub(text, 2, text.n));
    if (str_starts(text, STR("|")))
        text = str_trim(str_sub(text, 1, text.n));
    if (str_starts(text, STR("where ")))
        text = str_trim(str_sub(text, 6, text.n));
    buf_addf(out, "%2d %s ", k->stage, k->value.b ? "[x]" : "[ ]");
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\n' || (buf_add_byte(out, ' '), false))
            buf_add_byte(out, text.p[i] == '\r' ? ' ' : text.p[i]);
}

static void add_what_if(struct builder *b, int64_t what_if, bool cold)
{
    struct buf text = {0};
    if (what_if != HUNT_UNKNOWN)
        text_signed(&text, what_if);
    else if (cold)
        buf_add_z(&text, "cold");
    builder_str(b, buf_str(&text));
    buf_release(&text);
}

struct making {
    struct knobs *k;
    struct builder *b;
    VEC(struct knob_row) rows;
    VEC(uint64_t) ids;
    bool ascii;
};

static void add_row(struct making *m, enum knob_row_kind kind, size_t knob, size_t member)
{
    const struct knob *k = knob < m->k->n_knobs ? &m->k->knobs[knob] : NULL;
    struct buf label = {0};
    bool changed = k && k->changed;
    int64_t what_if = HUNT_UNKNOWN;
    switch (kind) {
    case ROW_LIST:
        label_list(&label, k);
        break;
    case ROW_MEMBER:
        label_member(&label, &k->members[member]);
        what_if = k->members[member].what_if;
        changed = k->members[member].on == k->members[member].added;
        break;
    case ROW_VALUE:
        buf_addf(&label, "%.*s  ", STR_ARG(k->name));
        knob_add_value(&label, k->value);
        if (!m->ascii)
            add_plot(&label, k);
        break;
    case ROW_SWITCH:
        label_switch(&label, k);
        what_if = k->what_if;
        /* the clause is shown as published: what was turned inside it shows by the sign */
        for (size_t i = 0; i < m->k->n_knobs; i++)
            changed |= m->k->knobs[i].stage == k->stage && m->k->knobs[i].changed;
        break;
    case ROW_TITLE:
        buf_add_z(&label, "Clauses");
        break;
    }
    builder_str(m->b, buf_str(&label));
    add_what_if(m->b, what_if, k && k->cold && kind != ROW_LIST);
    builder_str(m->b, changed ? STR("*") : STR(""));
    vec_push(m->k->arena, &m->rows, ((struct knob_row){kind, knob, member}));
    /* a list only grows, so a member keeps its number */
    vec_push(m->k->arena, &m->ids, ((uint64_t)knob << 32 | (uint64_t)kind << 28 | member));
    buf_release(&label);
}

void knob_rows_take(struct ui *ui, struct knobs *k)
{
    static const struct field fields[] = {
        {STR("Knob"), TYPE_STRING}, {STR("Change"), TYPE_STRING}, {STR("Star"), TYPE_STRING}};
    static const struct grid_column columns[] = {
        {.field = FIELD_LABEL, .kind = CELL_TEXT, .least = 16, .best = 400, .most = 400},
        {.field = FIELD_CHANGE, .kind = CELL_RIGHT, .least = 7, .best = 7, .most = 7},
        {.field = FIELD_STAR, .kind = CELL_TEXT, .least = 1, .best = 1, .most = 1},
    };
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct arena *old = k->arena;
    k->arena = arena_new();
    k->n_knobs = hunt_knobs(ui->hunt, k->arena, &k->knobs);
    struct making m = {.k = k,
                       .b = builder_new(k->arena, &schema),
                       .ascii = canvas_ascii(&ui->canvas)};
    bool titled = false;
    for (size_t i = 0; i < k->n_knobs; i++) {
        if (k->knobs[i].kind == PARAM_SWITCH)
            continue;
        add_row(&m, k->knobs[i].kind == PARAM_LIST ? ROW_LIST : ROW_VALUE, i, 0);
        for (size_t j = 0; k->knobs[i].kind == PARAM_LIST && j < k->knobs[i].n_members; j++)
            add_row(&m, ROW_MEMBER, i, j);
    }
    for (size_t i = 0; i < k->n_knobs; i++) {
        if (k->knobs[i].kind != PARAM_SWITCH)
            continue;
        if (!titled)
            add_row(&m, ROW_TITLE, SIZE_MAX, 0);
        titled = true;
        add_row(&m, ROW_SWITCH, i, 0);
    }
    k->rows = m.rows.items;
    grid_load(&k->grid, builder_finish(m.b), m.ids.items, columns, COUNT(columns));
    if (old)
        arena_free(old);
}

bool knob_row_skip(void *ctx, size_t row)
{
    return ((struct knobs *)ctx)->rows[row].kind == ROW_TITLE;
}

/* Knobs of a clause that is switched off do nothing. */
static bool is_idle(const struct knobs *k, const struct knob *knob)
{
    for (size_t i = 0; knob->kind != PARAM_SWITCH && knob->stage && i < k->n_knobs; i++)
        if (k->knobs[i].kind == PARAM_SWITCH && k->knobs[i].stage == knob->stage)
            return !k->knobs[i].value.b;
    return false;
}

enum role knob_row_role(void *ctx, size_t row, size_t field)
{
    const struct knobs *k = ctx;
    const struct knob_row *r = &k->rows[row];
    const struct knob *knob = r->kind == ROW_TITLE ? NULL : &k->knobs[r->knob];
    if (!knob)
        return ROLE_HEAD;
    if (field == FIELD_STAR)
        return ROLE_CHANGED;
    int64_t what_if = r->kind == ROW_MEMBER   ? knob->members[r->member].what_if
                      : r->kind == ROW_SWITCH ? knob->what_if : HUNT_UNKNOWN;
    if (field == FIELD_CHANGE)
        return what_if == HUNT_UNKNOWN || what_if == 0 ? ROLE_DIM
               : what_if > 0                           ? ROLE_PLUS
                                                       : ROLE_MINUS;
    if (is_idle(k, knob))
        return ROLE_OFF;
    if ((r->kind == ROW_MEMBER && !knob->members[r->member].on) ||
        (r->kind == ROW_SWITCH && !knob->value.b))
        return ROLE_OFF;
    return r->kind == ROW_LIST ? ROLE_TITLE : ROLE_TEXT;
}
