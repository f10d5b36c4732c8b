/* Who is under the cursor of any table: an address, a user agent, a file, a server, a user. In:
 * names of columns and the cells themselves, for a rule's columns may have any name; out: what a
 * story can be told of. */
#include "ui/ui_internal.h"

static bool holds(struct str name, const char *part)
{
    struct str p = str_of(part);
    for (size_t i = 0; i + p.n <= name.n; i++)
        if (str_eq_nocase(str_sub(name, i, i + p.n), p))
            return true;
    return false;
}

/* By its characters: what is no address finds nothing. */
static bool is_address(struct str s)
{
    size_t dots = 0, colons = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], low = c | 0x20;
        dots += c == '.';
        colons += c == ':';
        if (c != '.' && c != ':' && !(c >= '0' && c <= '9') && !(low >= 'a' && low <= 'f'))
            return false;
    }
    return s.n <= 45 && ((dots == 3 && !colons) || colons >= 2);
}

static bool is_kind(struct str name, struct str value, enum actor *kind)
{
    static const struct {
        const char *part;
        enum actor kind;
    } names[] = {
        {"agent", ACTOR_AGENT},   {"stem", ACTOR_FILE},     {"file_name", ACTOR_FILE},
        {"filename", ACTOR_FILE}, {"user", ACTOR_USER},     {"computer", ACTOR_SERVER},
        {"host", ACTOR_SERVER},   {"server", ACTOR_SERVER},
    };
    if (!value.n || str_is(value, "-") || str_is(name, "csHost"))
        return false;
    if (str_is(name, "file")) { /* as a table of what is usual calls it */
        *kind = ACTOR_FILE;
        return true;
    }
    if (is_address(value)) {
        *kind = str_eq_nocase(name, STR("sIP")) || holds(name, "computer") || holds(name, "host")
                    ? ACTOR_SERVER
                    : ACTOR_ADDRESS;
        return true;
    }
    for (size_t i = 0; i < COUNT(names); i++)
        if (holds(name, names[i].part)) {
            *kind = names[i].kind;
            return true;
        }
    return false;
}

/* A text, or the first text of a list. */
static struct str text_of(const struct table *t, size_t field, size_t row)
{
    struct value v = column_value(t->columns[field], row);
    if (v.type == TYPE_DYNAMIC && dyn_count(v.s))
        v = dyn_scalar(dyn_item(v.s, 0));
    return v.type == TYPE_STRING && !v.null ? v.s : STR_NONE;
}

/* Tables of fields and of what is usual say in a cell what the value is. */
static bool is_fields(const struct table *t, size_t *name, size_t *value)
{
    *name = schema_find(&t->schema, STR("Field"));
    if (*name == SIZE_MAX)
        *name = schema_find(&t->schema, STR("What"));
    *value = schema_find(&t->schema, STR("Value"));
    return *name != SIZE_MAX && *value != SIZE_MAX;
}

static bool in_fields(const struct table *t, size_t row, struct actor_here *out)
{
    size_t name, value;
    is_fields(t, &name, &value);
    out->value = text_of(t, value, row);
    return is_kind(text_of(t, name, row), out->value, &out->kind);
}

static bool in_cell(const struct table *t, size_t field, size_t row, struct actor_here *out)
{
    out->value = text_of(t, field, row);
    return is_kind(t->schema.fields[field].name, out->value, &out->kind);
}

static bool of_kind(const struct table *t, size_t row, enum actor kind, struct actor_here *out)
{
    for (size_t i = 0; i < t->schema.n; i++)
        if (in_cell(t, i, row, out) && out->kind == kind)
            return true;
    return false;
}

bool actor_of(struct str name, struct value v, struct actor_here *out)
{
    if (v.type == TYPE_DYNAMIC && dyn_count(v.s))
        v = dyn_scalar(dyn_item(v.s, 0));
    out->value = v.type == TYPE_STRING ? v.s : STR_NONE;
    return is_kind(name, out->value, &out->kind);
}

bool actor_in(const struct table *rows, size_t row, struct actor_here *out)
{
    return of_kind(rows, row, ACTOR_ADDRESS, out) || of_kind(rows, row, ACTOR_FILE, out);
}

bool ui_actor(const struct ui *ui, const struct pane *p, struct actor_here *out)
{
    const struct grid *g = p->grid;
    size_t row, name, value;
    (void)ui;
    if (!g || !g->table || (row = grid_row(g)) == SIZE_MAX)
        return false;
    const struct table *t = g->table;
    if (is_fields(t, &name, &value)) {
        if (in_fields(t, row, out))
            return true;
        for (size_t i = 0; i < t->rows; i++)
            if (in_fields(t, i, out) && out->kind == ACTOR_ADDRESS)
                return true;
        return false;
    }
    return (g->column < g->n_columns && in_cell(t, g->columns[g->column].field, row, out)) ||
           actor_in(t, row, out) || (p->type->actor && p->type->actor(p, out));
}

bool on_actor(const struct ui *ui, const struct pane *p)
{
    struct actor_here actor;
    return ui_actor(ui, p, &actor);
}

void open_story(struct ui *ui, struct pane *p)
{
    struct actor_here actor;
    if (!ui_actor(ui, p, &actor))
        return;
    if (story_is_of(p, &actor))
        ui_message(ui, ROLE_DIM, "this is its story; {Left} and {Right} go to another cell");
    else
        ui_open(ui, &pane_story, &actor);
}
