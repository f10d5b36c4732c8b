/* Rows in, moments and counts by stretch of time out. See timeline.h. */
#include "hunt/timeline.h"

#include "base/instant.h"
#include "base/vec.h"
#include "hunt/frequency.h"

struct collecting {
    struct arena *a;
    const struct table *t;
    struct timeline *out;
    VEC(struct moment) moments;
    const struct column *weights; /* NULL: a moment is one access */
};

static bool has_times(const struct column *c, size_t rows)
{
    if (c->type == TYPE_DATETIME)
        return true;
    for (size_t i = 0; c->type == TYPE_DYNAMIC && i < rows && i < 1000; i++) {
        struct value v = column_value(c, i);
        if (!v.null && dyn_count(v.s) && dyn_kind(v.s) == DYN_ARRAY)
            return dyn_kind(dyn_item(v.s, 0)) == DYN_DATETIME;
    }
    return false;
}

/* Lists of times are worth most: they are the accesses, where their row is a group of them. */
static size_t time_field(const struct table *t, size_t wanted)
{
    size_t first, last;
    if (wanted < t->schema.n && t->columns[wanted] && has_times(t->columns[wanted], t->rows))
        return wanted;
    for (size_t i = 0; i < t->schema.n; i++)
        if (t->schema.fields[i].type == TYPE_DYNAMIC && t->columns[i] &&
            has_times(t->columns[i], t->rows))
            return i;
    times_of(&t->schema, &first, &last);
    return first;
}

static size_t number_field(const struct table *t, const char *name)
{
    size_t at = schema_find(&t->schema, str_of(name));
    if (at == SIZE_MAX || !t->columns[at] || type_shape(t->schema.fields[at].type) != SHAPE_INT)
        return SIZE_MAX;
    for (size_t i = 0; i < t->rows; i++)
        if (!column_null(t->columns[at], i))
            return at;
    return SIZE_MAX;
}

static int64_t number_at(const struct column *c, size_t row)
{
    struct value v = column_value(c, row);
    return v.null || v.i < 0 ? -1 : v.i;
}

static void add(struct collecting *c, int64_t time, uint32_t row)
{
    struct timeline *out = c->out;
    struct moment m = {time, -1, 1, row};
    if (out->size_field != SIZE_MAX)
        m.size = number_at(c->t->columns[out->size_field], row);
    if (c->weights)
        m.weight = number_at(c->weights, row) > 0 ? number_at(c->weights, row) : 0;
    if (!c->moments.n || time < out->first)
        out->first = time;
    if (!c->moments.n || time > out->last)
        out->last = time;
    out->accesses += m.weight;
    out->sized += m.size >= 0;
    if (m.size >= 0 &&
        (out->biggest == SIZE_MAX || m.size > c->moments.items[out->biggest].size))
        out->biggest = c->moments.n;
    vec_push(c->a, &c->moments, m);
}

static void add_row(struct collecting *c, uint32_t row)
{
    struct value v = column_value(c->t->columns[c->out->time_field], row);
    size_t before = c->moments.n;
    if (v.type == TYPE_DATETIME) {
        if (!v.null)
            add(c, v.i, row);
    } else if (!v.null) {
        size_t n = dyn_kind(v.s) == DYN_ARRAY ? dyn_count(v.s) : 0;
        for (size_t i = 0; i < n; i++) {
            struct value element = dyn_scalar(dyn_item(v.s, i));
            if (element.type == TYPE_DATETIME && !element.null)
                add(c, element.i, row);
        }
    }
    c->out->untimed += c->moments.n == before;
}

struct timeline *timeline_of(struct arena *a, const struct table *t, size_t field,
                             const uint32_t *rows, size_t n)
{
    struct timeline *out = ARENA_NEW(a, struct timeline);
    struct collecting c = {.a = a, .t = t, .out = out};
    out->biggest = SIZE_MAX;
    out->time_field = time_field(t, field);
    out->size_field = number_field(t, "scBytes");
    if (out->size_field == SIZE_MAX) {
        out->size_field = number_field(t, "TimeTaken");
        out->millis = out->size_field != SIZE_MAX;
    }
    size_t weights = number_field(t, "Accesses");
    if (weights != SIZE_MAX)
        c.weights = t->columns[weights];
    if (out->time_field == SIZE_MAX)
        return out;
    out->lists = t->schema.fields[out->time_field].type == TYPE_DYNAMIC;
    for (size_t i = 0; i < n; i++)
        add_row(&c, rows ? rows[i] : (uint32_t)i);
    out->moments = c.moments.items;
    out->n = c.moments.n;
    return out;
}

/* ---- stretches ------------------------------------------------------------------------------- */

static int64_t round_step(int64_t span, int64_t most)
{
    static const int seconds[] = {1,    2,    5,     10,    15,    30,    60,     120,    300,
                                  600,  900,  1800,  3600,  7200,  10800, 21600,  43200,  86400};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (span / (seconds[i] * TICKS_PER_SECOND) + 2 <= most)
            return seconds[i] * TICKS_PER_SECOND;
    int64_t step = 2 * TICKS_PER_DAY;
    while (span / step + 2 > most)
        step *= 2;
    return step;
}

void timeline_bin(struct arena *a, const struct timeline *t, size_t most, struct timeline_bins *out)
{
    *out = (struct timeline_bins){0};
    if (!t->n)
        return;
    most = most < 3 ? 3 : most;
    out->step = round_step(t->last - t->first, (int64_t)most);
    out->from = t->first - t->first % out->step;
    out->n = (size_t)((t->last - out->from) / out->step) + 1;
    out->counts = ARENA_ARRAY(a, int64_t, out->n);
    out->biggest = ARENA_ARRAY(a, size_t, out->n);
    for (size_t i = 0; i < out->n; i++)
        out->biggest[i] = SIZE_MAX;
    for (size_t i = 0; i < t->n; i++) {
        const struct moment *m = &t->moments[i];
        size_t bin = (size_t)((m->time - out->from) / out->step);
        out->counts[bin] += m->weight;
        if (out->counts[bin] > out->most)
            out->most = out->counts[bin];
        if (m->size >= 0 &&
            (out->biggest[bin] == SIZE_MAX || m->size > t->moments[out->biggest[bin]].size))
            out->biggest[bin] = i;
    }
}

size_t timeline_at(const struct timeline_bins *b, int64_t time)
{
    if (!b->n || time < b->from)
        return 0;
    size_t bin = (size_t)((time - b->from) / b->step);
    return bin < b->n ? bin : b->n - 1;
}
