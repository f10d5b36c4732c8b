/* Chips over a table. In: prepared chips, a table. Out: the rows that pass, and how many each chip
 * lets through. The one idea: column by column, so that a dictionary's strings are looked at once
 * each and nothing is looked up for a row. */
#include <inttypes.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "hunt/filter_internal.h"

static bool within(struct interval i, int64_t n)
{
    return i.has && n >= i.low && n <= i.high;
}

static bool within_day(struct interval i, int64_t ticks)
{
    int64_t at = ticks % TICKS_PER_DAY;
    if (!i.has || ticks < 0)
        return false;
    return i.low <= i.high ? at >= i.low && at <= i.high : at >= i.low || at <= i.high;
}

static bool within_real(struct real_interval r, double d)
{
    return r.has && (r.low_open ? d > r.low : d >= r.low) &&
           (r.high_open ? d < r.high : d <= r.high);
}

static bool holds(struct str s, struct str part)
{
    size_t end;
    return utf8_find_fold(s, part, 0, &end) != SIZE_MAX;
}

/* The cell is the parts in their order, with anything between them; the first stands at its start,
 * the last at its end. */
static bool fits_parts(const struct filter_value *v, struct str s)
{
    size_t at = 0, end, last = v->n_parts - 1;
    for (size_t i = 0; i < v->n_parts; i++) {
        struct str part = v->parts[i];
        if (!part.n)
            continue;
        if (i == last && i > 0) {
            if (s.n < at + part.n)
                return false;
            at = s.n - part.n;
            return utf8_eq_fold(str_sub(s, at, s.n), part);
        }
        size_t found = utf8_find_fold(s, part, at, &end);
        if (found == SIZE_MAX || (i == 0 && found != 0))
            return false;
        at = end;
    }
    return v->parts[last].n == 0 || last > 0 || at == s.n;
}

static bool in_text(const struct filter_value *v, struct str s, enum probe_part part)
{
    int64_t n;
    double d;
    uint8_t address[16];
    if (v->empty)
        return s.n == 0;
    if (v->exact)
        return str_eq(s, v->text);
    if (v->net.has && filter_address(s, address))
        return memcmp(address, v->net.low, 16) >= 0 && memcmp(address, v->net.high, 16) <= 0;
    if (!v->free && v->whole.has && filter_digits(s, &n))
        return within(v->whole, n);
    if (v->compares)
        return v->real.has && str_to_double(s, &d) && within_real(v->real, d);
    if (v->parts)
        return fits_parts(v, s);
    return part == PROBE_CELL ? holds(s, v->text) : utf8_eq_fold(s, v->text);
}

/* A free word in a number or time: as it is written out. */
static bool in_written(const struct filter_value *v, struct value cell)
{
    char text[64];
    size_t n;
    switch (cell.type) {
    case TYPE_DATETIME:
        if (!v->as_time)
            return false;
        n = instant_format_short(cell.i, text);
        break;
    case TYPE_TIMESPAN:
        n = timespan_format_short(cell.i, text);
        break;
    case TYPE_BOOL:
        n = (size_t)sprintf(text, "%s", cell.b ? "true" : "false");
        break;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        n = real_format(cell.r, text);
        break;
    default:
        if (!v->as_number)
            return false;
        n = (size_t)sprintf(text, "%" PRId64, cell.i);
    }
    return v->parts ? fits_parts(v, (struct str){text, n}) : holds((struct str){text, n}, v->text);
}

static bool in_cell(const struct filter_value *v, struct value cell, enum probe_part part)
{
    if (cell.null || v->empty)
        return v->empty && (cell.null || (type_shape(cell.type) == SHAPE_STR && !cell.s.n));
    if (cell.type == TYPE_STRING || cell.type == TYPE_GUID)
        return in_text(v, cell.s, part);
    if (v->free)
        return in_written(v, cell);
    switch (cell.type) {
    case TYPE_DATETIME:
        return within(v->time, cell.i) || within_day(v->clock, cell.i);
    case TYPE_TIMESPAN:
        return within(v->span, cell.i);
    case TYPE_BOOL:
        return in_written(v, cell);
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return within_real(v->real, cell.r);
    default:
        /* cells that count ms: 1234 ms is within what is called 1s..2s */
        return within(v->whole, cell.i) ||
               (part == PROBE_MILLIS && v->span.has && !v->whole.has &&
                cell.i <= INT64_MAX / TICKS_PER_MILLISECOND &&
                cell.i >= INT64_MIN / TICKS_PER_MILLISECOND &&
                within(v->span, cell.i * TICKS_PER_MILLISECOND));
    }
}

/* A list holds a value when one of its elements does. */
static bool in_dynamic(const struct filter_value *v, struct str d, int depth)
{
    enum dyn_kind kind = dyn_kind(d);
    size_t n = dyn_count(d);
    if (kind != DYN_ARRAY && kind != DYN_BAG) {
        struct value scalar = dyn_scalar(d);
        return in_cell(v, scalar, PROBE_CELL);
    }
    if (v->empty)
        return n == 0;
    for (size_t i = 0; i < n && depth < 16; i++)
        if (in_dynamic(v, dyn_item(d, i), depth + 1) ||
            (kind == DYN_BAG && v->free && holds(dyn_key(d, i), v->text)))
            return true;
    return false;
}

static struct str extension(struct str path)
{
    size_t slash = str_find_last_byte(path, '/');
    if (slash < path.n)
        path = str_sub(path, slash + 1, path.n);
    size_t dot = str_find_last_byte(path, '.');
    return dot < path.n ? str_sub(path, dot + 1, path.n) : str_sub(path, path.n, path.n);
}

static bool any_value(const struct filter_term *term, struct value cell, enum probe_part part)
{
    if (part == PROBE_EXTENSION && cell.type == TYPE_STRING)
        cell.s = extension(cell.s);
    for (size_t i = 0; i < term->n_values; i++) {
        const struct filter_value *v = &term->values[i];
        bool found = cell.type == TYPE_DYNAMIC && !cell.null ? in_dynamic(v, cell.s, 0)
                                                           : in_cell(v, cell, part);
        if (found)
            return true;
    }
    return false;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Each string of the dictionary is asked about when it is first met. */
static void by_dictionary(const struct filter_term *term, enum probe_part part,
                          const struct column *c, size_t rows, uint8_t *pass, struct arena *scratch)
{
    enum { UNKNOWN, NO, YES };
    uint8_t *known = ARENA_ARRAY(scratch, uint8_t, dict_size(c->dict) + 1);
    const struct str *strings = dict_strings(c->dict);
    for (size_t i = 0; i < rows; i++) {
        uint32_t code = c->codes[column_at(c, i)];
        if (pass[i])
            continue;
        if (known[code] == UNKNOWN) {
            struct value cell = {.type = c->type, .s = strings[code]};
            known[code] = any_value(term, cell, part) ? YES : NO;
        }
        pass[i] = known[code] == YES;
    }
}

static void term_rows(const struct filter_term *term, const struct table *t, uint8_t *pass,
                      struct arena *scratch)
{
    memset(pass, 0, t->rows);
    for (size_t p = 0; p < term->n_probes; p++) {
        const struct column *c = t->columns[term->probes[p].field];
        if (!c)
            continue;
        if (c->dict && !c->nulls && dict_size(c->dict) / 4 <= t->rows) {
            by_dictionary(term, term->probes[p].part, c, t->rows, pass, scratch);
            continue;
        }
        for (size_t i = 0; i < t->rows; i++)
            if (!pass[i])
                pass[i] = any_value(term, column_value(c, i), term->probes[p].part);
    }
}

static void node_rows(const struct filter_node *n, const struct table *t, uint8_t *pass,
                      struct arena *scratch)
{
    if (n->kind == FILTER_TERM) {
        term_rows(&n->term, t, pass, scratch);
        return;
    }
    node_rows(n->left, t, pass, scratch);
    if (n->kind == FILTER_NOT) {
        for (size_t i = 0; i < t->rows; i++)
            pass[i] = !pass[i];
        return;
    }
    uint8_t *right = arena_alloc(scratch, t->rows + 1);
    node_rows(n->right, t, right, scratch);
    for (size_t i = 0; i < t->rows; i++)
        pass[i] = n->kind == FILTER_AND ? pass[i] & right[i] : pass[i] | right[i];
}

size_t filter_rows(struct filter *f, const struct table *t, uint32_t *out)
{
    struct arena *scratch = arena_new();
    uint8_t *pass = arena_alloc(scratch, t->rows + 1);
    /* how many chips that are on keep the row away, up to two, and which one */
    uint8_t *against = ARENA_ARRAY(scratch, uint8_t, t->rows + 1);
    uint16_t *by = ARENA_ARRAY(scratch, uint16_t, t->rows + 1);
    size_t n = 0;
    for (size_t k = 0; k < f->n; k++) {
        struct filter_chip *chip = &f->chips[k];
        chip->rows = chip->alone = 0;
        node_rows(chip->node, t, pass, scratch);
        for (size_t i = 0; i < t->rows; i++) {
            chip->rows += pass[i];
            if (chip->on && !pass[i] && against[i] < 2) {
                against[i]++;
                by[i] = (uint16_t)k;
            }
        }
    }
    for (size_t i = 0; i < t->rows; i++) {
        if (against[i] == 0)
            out[n++] = (uint32_t)i;
        else if (against[i] == 1)
            f->chips[by[i]].alone++;
    }
    arena_free(scratch);
    return n;
}
