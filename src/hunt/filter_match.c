/* Chips over a table. In: prepared chips, a table. Out: the rows that pass, and how many each chip
 * lets through. The one idea: column by column, so that a dictionary's strings are looked at once
 * each and nothing is looked up for a row. */
#include <inttypes.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "hunt/filter_internal.h"

/* What a pass over a table is done with. */
struct pass {
    const struct table *table;
    const struct simd *simd;
    struct arena *scratch;
};

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

static bool not_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return true;
    return false;
}

/* The value's text somewhere in s, in any case. */
static bool has_text(const struct filter_value *v, struct str s, const struct simd *simd)
{
    if (!v->quick)
        return holds(s, v->text);
    if (s.n >= v->text.n && simd->find_needle(s.p, s.n, &v->needle) < s.n)
        return true;
    return v->refold && not_ascii(s) && holds(s, v->text);
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

static bool in_text(const struct filter_value *v, struct str s, enum probe_part part,
                    const struct simd *simd)
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
    return part == PROBE_CELL ? has_text(v, s, simd) : utf8_eq_fold(s, v->text);
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

static bool in_cell(const struct filter_value *v, struct value cell, enum probe_part part,
                    const struct simd *simd)
{
    if (cell.null || v->empty)
        return v->empty && (cell.null || (type_shape(cell.type) == SHAPE_STR && !cell.s.n));
    if (cell.type == TYPE_STRING || cell.type == TYPE_GUID)
        return in_text(v, cell.s, part, simd);
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
static bool in_dynamic(const struct filter_value *v, struct str d, int depth,
                       const struct simd *simd)
{
    enum dyn_kind kind = dyn_kind(d);
    if ((kind == DYN_DATETIME && !filter_may_hold(v, TYPE_DATETIME)) ||
        (kind == DYN_LONG && !filter_may_hold(v, TYPE_LONG)))
        return false;
    size_t n = dyn_count(d);
    if (kind != DYN_ARRAY && kind != DYN_BAG)
        return in_cell(v, dyn_scalar(d), PROBE_CELL, simd);
    if (v->empty)
        return n == 0;
    for (size_t i = 0; i < n && depth < 16; i++)
        if (in_dynamic(v, dyn_item(d, i), depth + 1, simd) ||
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

static bool any_text(const struct filter_term *term, struct str s, enum probe_part part,
                     const struct simd *simd)
{
    if (part == PROBE_EXTENSION)
        s = extension(s);
    for (size_t i = 0; i < term->n_values; i++)
        if (in_text(&term->values[i], s, part, simd))
            return true;
    return false;
}

static bool any_value(const struct filter_term *term, struct value cell, enum probe_part part,
                      const struct simd *simd)
{
    for (size_t i = 0; i < term->n_values; i++) {
        const struct filter_value *v = &term->values[i];
        bool found = cell.type == TYPE_DYNAMIC && !cell.null ? in_dynamic(v, cell.s, 0, simd)
                                                           : in_cell(v, cell, part, simd);
        if (found)
            return true;
    }
    return false;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Each string of the dictionary is asked about when it is first met. */
static void by_dictionary(const struct pass *p, const struct filter_term *term,
                          enum probe_part part, const struct column *c, uint8_t *out)
{
    enum { UNKNOWN, NO, YES };
    uint8_t *known = ARENA_ARRAY(p->scratch, uint8_t, dict_size(c->dict) + 1);
    const struct str *strings = dict_strings(c->dict);
    for (size_t i = 0; i < p->table->rows; i++) {
        uint32_t code = c->codes[column_at(c, i)];
        if (out[i])
            continue;
        if (known[code] == UNKNOWN)
            known[code] = any_text(term, strings[code], part, p->simd) ? YES : NO;
        out[i] = known[code] == YES;
    }
}

static void in_column(const struct pass *p, const struct filter_term *term, enum probe_part part,
                      const struct column *c, uint8_t *out)
{
    size_t rows = p->table->rows;
    bool may = false;
    for (size_t i = 0; i < term->n_values; i++)
        may |= filter_may_hold(&term->values[i], c->type);
    if (!may)
        return;
    if (c->type == TYPE_STRING && c->dict && dict_size(c->dict) / 4 <= rows) {
        by_dictionary(p, term, part, c, out);
    } else if (c->type == TYPE_STRING && !c->dict && !c->constant) {
        for (size_t i = 0; i < rows; i++)
            if (!out[i])
                out[i] = any_text(term, c->strs[i], part, p->simd);
    } else {
        for (size_t i = 0; i < rows; i++)
            if (!out[i])
                out[i] = any_value(term, column_value(c, i), part, p->simd);
    }
}

static void node_rows(const struct pass *p, const struct filter_node *n, uint8_t *out)
{
    size_t rows = p->table->rows;
    if (n->kind == FILTER_TERM) {
        memset(out, 0, rows);
        for (size_t i = 0; i < n->term.n_probes; i++) {
            const struct column *c = p->table->columns[n->term.probes[i].field];
            if (c)
                in_column(p, &n->term, n->term.probes[i].part, c, out);
        }
        return;
    }
    node_rows(p, n->left, out);
    if (n->kind == FILTER_NOT) {
        for (size_t i = 0; i < rows; i++)
            out[i] = !out[i];
        return;
    }
    uint8_t *right = arena_alloc(p->scratch, rows + 1);
    node_rows(p, n->right, right);
    for (size_t i = 0; i < rows; i++)
        out[i] = n->kind == FILTER_AND ? out[i] & right[i] : out[i] | right[i];
}

size_t filter_rows(struct filter *f, const struct table *t, uint32_t *out)
{
    struct arena *scratch = arena_new();
    struct pass p = {t, simd_get(), scratch};
    uint8_t *pass = arena_alloc(scratch, t->rows + 1);
    /* how many chips that are on keep the row away, up to two, and which one */
    uint8_t *against = ARENA_ARRAY(scratch, uint8_t, t->rows + 1);
    uint16_t *by = ARENA_ARRAY(scratch, uint16_t, t->rows + 1);
    size_t n = 0;
    for (size_t k = 0; k < f->n; k++) {
        struct filter_chip *chip = &f->chips[k];
        chip->rows = chip->alone = 0;
        node_rows(&p, chip->node, pass);
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
