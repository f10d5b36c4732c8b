/* A filter's text, changed chip by chip: what the keys do is what could be typed. */
#include <ctype.h>
#include <inttypes.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "hunt/filter_internal.h"

static void add_chip(struct buf *out, struct str chip, bool on)
{
    if (out->n)
        buf_add_byte(out, ' ');
    if (!on)
        buf_add_byte(out, '#');
    buf_add(out, chip);
}

void filter_switch(const struct filter *f, size_t chip, struct buf *out)
{
    for (size_t i = 0; i < f->n; i++)
        add_chip(out, f->chips[i].text, f->chips[i].on != (i == chip));
}

void filter_drop(const struct filter *f, size_t chip, struct buf *out)
{
    for (size_t i = 0; i < f->n; i++)
        if (i != chip)
            add_chip(out, f->chips[i].text, f->chips[i].on);
}

static struct str bare(struct str chip)
{
    return chip.n > 1 && chip.p[0] == '-' ? str_sub(chip, 1, chip.n) : chip;
}

void filter_take(const struct filter *f, struct str chip, struct buf *out)
{
    for (size_t i = 0; i < f->n; i++)
        if (!str_eq(bare(f->chips[i].text), bare(chip)))
            add_chip(out, f->chips[i].text, f->chips[i].on);
    add_chip(out, chip, true);
}

/* ---- cells as text --------------------------------------------------------------------------- */

static bool needs_no_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && !(s.p[i] && strchr("._-/:+,@%$~", s.p[i])))
            return false;
    return s.n > 0;
}

static void add_quoted(struct buf *out, struct str s)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < s.n;) {
        size_t start = i;
        int32_t code = utf8_next(s, &i);
        if (code == '"' || code == '\\')
            buf_add_byte(out, '\\');
        if (code < ' ' || code == 0x7f) /* UTF8_BAD too */
            buf_addf(out, "\\x%02x", (unsigned char)s.p[start]);
        else
            buf_add(out, str_sub(s, start, i));
    }
    buf_add_byte(out, '"');
}

static void add_text(struct buf *out, struct str s)
{
    if (needs_no_quotes(s))
        buf_add(out, s);
    else
        add_quoted(out, s);
}

static void add_time(struct buf *out, int64_t ticks)
{
    char text[INSTANT_TEXT];
    if (ticks % TICKS_PER_SECOND) {
        buf_add(out, (struct str){text, instant_format(ticks, text)});
        return;
    }
    size_t n = instant_format_short(ticks, text);
    if (n > 10)
        text[10] = 'T';
    buf_add(out, (struct str){text, n});
}

enum { MOST_ELEMENTS = 16 };

static void add_cell(struct buf *out, struct value v)
{
    char text[64];
    if (v.null) {
        buf_add_z(out, "\"\"");
        return;
    }
    switch (v.type) {
    case TYPE_DATETIME:
        add_time(out, v.i);
        return;
    case TYPE_TIMESPAN:
        buf_add(out, (struct str){text, timespan_format(v.i, text)});
        return;
    case TYPE_INT:
    case TYPE_LONG:
        buf_addf(out, "%" PRId64, v.i);
        return;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        buf_addf(out, "%.17g", v.r);
        return;
    case TYPE_BOOL:
        buf_add_z(out, v.b ? "true" : "false");
        return;
    case TYPE_DYNAMIC:
        if (dyn_kind(v.s) != DYN_ARRAY || dyn_count(v.s) == 0) {
            if (dyn_kind(v.s) == DYN_ARRAY || dyn_kind(v.s) == DYN_BAG)
                buf_add_z(out, "\"\"");
            else
                add_cell(out, dyn_scalar(v.s));
            return;
        }
        for (size_t i = 0; i < dyn_count(v.s) && i < MOST_ELEMENTS; i++) {
            struct value element = dyn_scalar(dyn_item(v.s, i));
            if (i)
                buf_add_byte(out, '|');
            if (element.type == TYPE_DYNAMIC)
                buf_add_z(out, "\"\"");
            else
                add_cell(out, element);
        }
        return;
    default:
        add_text(out, v.s);
    }
}

static void add_field(struct buf *out, struct str field)
{
    bool plain = field.n && !isdigit((unsigned char)field.p[0]);
    for (size_t i = 0; i < field.n && plain; i++)
        plain = isalnum((unsigned char)field.p[i]) || field.p[i] == '_';
    if (plain)
        buf_add(out, field);
    else
        add_quoted(out, field);
}

void filter_take_cell(const struct filter *f, struct str field, struct value cell, bool exclude,
                      struct buf *out)
{
    struct buf chip = {0};
    if (exclude)
        buf_add_byte(&chip, '-');
    add_field(&chip, field);
    buf_add_byte(&chip, '=');
    add_cell(&chip, cell);
    filter_take(f, buf_str(&chip), out);
    buf_release(&chip);
}

void filter_take_span(const struct filter *f, struct str field, int64_t from, int64_t to,
                      struct buf *out)
{
    struct buf chip = {0};
    add_field(&chip, field);
    buf_add_byte(&chip, ':');
    add_time(&chip, from);
    if (to - from > TICKS_PER_SECOND) {
        buf_add_z(&chip, "..");
        add_time(&chip, to - TICKS_PER_SECOND);
    }
    filter_take(f, buf_str(&chip), out);
    buf_release(&chip);
}

void filter_take_least(const struct filter *f, struct str field, int64_t least, struct buf *out)
{
    struct buf chip = {0};
    add_field(&chip, field);
    buf_addf(&chip, ">=%" PRId64, least);
    filter_take(f, buf_str(&chip), out);
    buf_release(&chip);
}
