/* The directives of a W3C log: #Fields makes a layout, #Date sets the day for rows without one,
 * #Software says whether fields may stand in quotes. In: a line that begins with '#'. Out: the
 * changed state. Layouts are interned over all files: the same names are the same layout, whoever
 * reads them first. */
#include "input/input_internal.h"

bool directive_is(struct str line, const char *name, struct str *rest)
{
    struct str want = str_of(name);
    if (line.n < want.n + 2 || line.p[0] != '#' || line.p[1 + want.n] != ':' ||
        !str_eq_nocase(str_sub(line, 1, 1 + want.n), want))
        return false;
    *rest = str_trim(str_sub(line, want.n + 2, line.n));
    return true;
}

/* The names with one space between, in p (names.n bytes of room); *n counts them. */
static struct str names_text(char *p, struct str names, size_t *n)
{
    size_t at = 0;
    *n = 0;
    for (size_t i = 0; i < names.n;) {
        if (names.p[i] == ' ' || names.p[i] == '\t') {
            i++;
            continue;
        }
        if ((*n)++)
            p[at++] = ' ';
        while (i < names.n && names.p[i] != ' ' && names.p[i] != '\t')
            p[at++] = names.p[i++];
    }
    return (struct str){p, at};
}

static uint32_t column_for(struct logs *logs, struct str name)
{
    size_t known = column_of_field(name);
    if (known != SIZE_MAX)
        return (uint32_t)known;
    struct str own = column_name_of_field(logs->arena, name);
    size_t at = schema_find(&logs->schema, own);
    if (at != SIZE_MAX)
        return (uint32_t)at;
    struct schema *s = &logs->schema;
    if (logs->schema_final || s->n == column_rows_n + EXTRA_COLUMNS_MAX)
        return UINT32_MAX;
    s->fields[s->n] = (struct field){own, TYPE_STRING};
    logs->help[s->n] = str_fmt(logs->arena, "%.*s: a field of this log", STR_ARG(name));
    return (uint32_t)s->n++;
}

static struct layout *layout_make(struct logs *logs, struct str text, size_t n)
{
    struct arena *a = logs->arena;
    struct layout *l = ARENA_NEW(a, struct layout);
    l->text = text;
    l->n = n;
    l->names = ARENA_ARRAY(a, struct str, n);
    l->columns = ARENA_ARRAY(a, uint32_t, n);
    l->date = l->clock = -1;
    for (size_t i = 0; i < n; i++) {
        l->names[i] = str_cut(&text, ' ');
        l->columns[i] = column_for(logs, l->names[i]);
        for (size_t k = 0; k < i; k++) {
            if (l->columns[k] == l->columns[i])
                l->columns[i] = UINT32_MAX; /* the first of two wins */
        }
        if (l->columns[i] == COLUMN_DATE)
            l->date = (int)i;
        if (l->columns[i] == COLUMN_CLOCK)
            l->clock = (int)i;
    }
    return l;
}

const struct layout *layout_intern(struct logs *logs, struct str names)
{
    char room[NAMES_MAX];
    size_t n;
    uint64_t id = 0;
    if (names.n > sizeof room)
        return NULL;
    struct str text = names_text(room, names, &n);
    if (n == 0 || n > FIELDS_MAX)
        return NULL;
    pthread_mutex_lock(&logs->lock);
    if (!map_get(&logs->layout_ids, text, &id)) {
        uint32_t known = atomic_load_explicit(&logs->n_layouts, memory_order_relaxed);
        if (known < LAYOUTS_MAX) {
            struct layout *l = layout_make(logs, str_dup(logs->arena, text), n);
            l->id = known + 1;
            id = l->id;
            logs->layouts[known] = l;
            map_put(&logs->layout_ids, l->text, id);
            atomic_store_explicit(&logs->n_layouts, known + 1, memory_order_release);
        }
    }
    pthread_mutex_unlock(&logs->lock);
    return layout_by_id(logs, (uint32_t)id);
}

const struct layout *layout_by_id(struct logs *logs, uint32_t id)
{
    if (id == 0 || id > atomic_load_explicit(&logs->n_layouts, memory_order_acquire))
        return NULL;
    return logs->layouts[id - 1];
}

void state_directive(struct logs *logs, struct state *s, struct str line)
{
    struct str rest;
    if (directive_is(line, "Fields", &rest)) {
        if (!s->layout || !str_eq(s->layout->text, rest))
            s->layout = layout_intern(logs, rest);
    } else if (directive_is(line, "Date", &rest)) {
        int64_t ticks;
        s->day = rest.n >= 10 && instant_parse_w3c_date(str_sub(rest, 0, 10), &ticks)
                     ? (int32_t)(ticks / TICKS_PER_DAY)
                     : NO_DAY;
    } else if (directive_is(line, "Software", &rest)) {
        /* IIS itself writes '+' for a blank and never quotes; its Advanced Logging and other makers
         * do. */
        s->quoted = !str_starts(rest, STR("Microsoft"));
    }
}
