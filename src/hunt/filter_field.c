/* A name before `:` becomes columns of the table at hand. See filter.h. */
#include <ctype.h>

#include "hunt/filter_internal.h"

/* What people call a column, and its names by worth: the first that the table has is meant. */
static const struct {
    const char *name, *columns[4];
} short_names[] = {
    {"ip", {"cIP", "AccessingIPs"}},
    {"client", {"cIP", "AccessingIPs"}},
    {"address", {"cIP", "AccessingIPs"}},
    {"status", {"scStatus"}},
    {"sub", {"scSubStatus"}},
    {"win32", {"scWin32Status"}},
    {"agent", {"csUserAgent"}},
    {"ua", {"csUserAgent"}},
    {"user", {"csUserName"}},
    {"method", {"csMethod"}},
    {"query", {"csUriQuery"}},
    {"path", {"csUriStem"}},
    {"stem", {"csUriStem"}},
    {"uri", {"csUriStem"}},
    {"referer", {"csReferer"}},
    {"host", {"csHost"}},
    {"server", {"Computer"}},
    {"site", {"sSiteName"}},
    {"port", {"sPort"}},
    {"bytes", {"scBytes"}},
    {"took", {"TimeTaken"}},
    {"time", {"TimeGenerated", "StartTime", "timestamp"}},
    {"start", {"StartTime"}},
    {"file", {"file_name", "csUriStem"}},
    {"ext", {"file_ext"}},
};
#define N_SHORT (sizeof short_names / sizeof *short_names)

/* Equal but for case and for what is neither letter nor digit: sc-status is scStatus. */
static bool same_name(struct str x, struct str y)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < x.n && !isalnum((unsigned char)x.p[i]))
            i++;
        while (k < y.n && !isalnum((unsigned char)y.p[k]))
            k++;
        if (i == x.n || k == y.n)
            return i == x.n && k == y.n && i > 0 && k > 0;
        if (tolower((unsigned char)x.p[i++]) != tolower((unsigned char)y.p[k++]))
            return false;
    }
}

static bool holds(struct str name, struct str part)
{
    for (size_t i = 0; i + part.n <= name.n && part.n; i++)
        if (str_eq_nocase(str_sub(name, i, i + part.n), part))
            return true;
    return false;
}

static size_t column_named(const struct filter_names *names, struct str name)
{
    for (size_t i = 0; i < names->schema->n; i++)
        if (str_eq(names->schema->fields[i].name, name))
            return i;
    for (size_t i = 0; i < names->schema->n; i++)
        if (same_name(names->schema->fields[i].name, name))
            return i;
    for (size_t i = 0; names->titles && i < names->schema->n; i++)
        if (same_name(names->titles[i], name))
            return i;
    return SIZE_MAX;
}

static size_t column_of_short(const struct filter_names *names, size_t row)
{
    for (size_t i = 0; i < 4 && short_names[row].columns[i]; i++) {
        size_t at = schema_find(names->schema, str_of(short_names[row].columns[i]));
        if (at != SIZE_MAX)
            return at;
    }
    return SIZE_MAX;
}

static enum probe_part part_of(const struct field *f)
{
    if (str_eq_nocase(f->name, STR("file_ext")) || str_eq_nocase(f->name, STR("ext")) ||
        str_eq_nocase(f->name, STR("extension")))
        return PROBE_WHOLE;
    return str_is(f->name, "TimeTaken") ? PROBE_MILLIS : PROBE_CELL;
}

/* Where no column holds extensions, the one whose files have them. */
static size_t file_column(const struct filter_names *names)
{
    static const char *const of_files[] = {"file_name", "csUriStem", "FileName", "Uri", "Url"};
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++) {
        size_t at = schema_find(names->schema, str_of(of_files[i]));
        if (at != SIZE_MAX && names->schema->fields[at].type == TYPE_STRING)
            return at;
    }
    return SIZE_MAX;
}

size_t filter_fields(struct arena *a, const struct filter_names *names, struct str name,
                     struct filter_probe **out)
{
    const struct schema *s = names->schema;
    struct filter_probe *probes = ARENA_ARRAY(a, struct filter_probe, s->n + 1);
    size_t n = 0, at = column_named(names, name);
    *out = probes;
    for (size_t i = 0; i < N_SHORT && at == SIZE_MAX; i++)
        if (str_eq_nocase(name, str_of(short_names[i].name)))
            at = column_of_short(names, i);
    if (at == SIZE_MAX && str_eq_nocase(name, STR("ext")) && file_column(names) != SIZE_MAX) {
        probes[0] = (struct filter_probe){file_column(names), PROBE_EXTENSION};
        return 1;
    }
    for (size_t i = 0; i < s->n; i++)
        if (at == SIZE_MAX ? holds(s->fields[i].name, name) ||
                                 (names->titles && holds(names->titles[i], name))
                           : i == at)
            probes[n++] = (struct filter_probe){i, part_of(&s->fields[i])};
    return n;
}

struct str filter_nearest(const struct filter_names *names, struct str name)
{
    struct nearest near;
    nearest_init(&near, name);
    for (size_t i = 0; i < N_SHORT; i++)
        if (column_of_short(names, i) != SIZE_MAX)
            nearest_offer(&near, str_of(short_names[i].name));
    for (size_t i = 0; i < names->schema->n; i++)
        nearest_offer(&near, names->schema->fields[i].name);
    return nearest_found(&near);
}

bool filter_fits(const struct filter_value *v, enum type type, enum probe_part part)
{
    if (v->empty || v->free)
        return true;
    if (type == TYPE_DYNAMIC)
        return !v->compares || v->whole.has || v->time.has || v->clock.has || v->net.has;
    if (type == TYPE_DATETIME)
        return v->time.has || v->clock.has;
    if (type == TYPE_TIMESPAN)
        return v->span.has;
    if (type_is_number(type))
        return v->whole.has || (part == PROBE_MILLIS && v->span.has);
    return !v->compares || v->whole.has || v->net.has;
}

bool filter_may_hold(const struct filter_value *v, enum type type)
{
    if (!v->free || v->parts)
        return true;
    if (type == TYPE_DATETIME)
        return v->as_time;
    return (type != TYPE_INT && type != TYPE_LONG) || v->as_number;
}

size_t filter_complete(struct arena *a, const struct filter_names *names, struct str word,
                       struct str **out)
{
    struct str *words = ARENA_ARRAY(a, struct str, N_SHORT + names->schema->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < N_SHORT; i++) {
        struct str name = str_of(short_names[i].name);
        if (column_of_short(names, i) != SIZE_MAX && name.n >= word.n &&
            str_eq_nocase(str_sub(name, 0, word.n), word))
            words[n++] = name;
    }
    for (size_t i = 0; i < names->schema->n; i++) {
        struct str name = names->schema->fields[i].name;
        if (name.n >= word.n && str_eq_nocase(str_sub(name, 0, word.n), word))
            words[n++] = name;
    }
    *out = words;
    return n;
}
