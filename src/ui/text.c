/* Values become the words of the screen. See text.h. */
#include "ui/text.h"

#include <stdlib.h>
#include <time.h>

#include "base/instant.h"

void text_count(struct buf *out, int64_t n)
{
    char digits[32];
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    int i = (int)sizeof digits, placed = 0;
    do {
        if (placed && placed % 3 == 0)
            digits[--i] = ',';
        digits[--i] = (char)('0' + left % 10);
        placed++;
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--i] = '-';
    buf_add(out, (struct str){digits + i, sizeof digits - (size_t)i});
}

/* Three digits that count and a unit. */
static void scaled(struct buf *out, double n, const char *const *units, size_t n_units,
                   const char *gap)
{
    size_t unit = 0;
    while (n >= 999.5 && unit + 1 < n_units) {
        n /= 1000;
        unit++;
    }
    int digits = unit == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2;
    buf_addf(out, "%.*f%s%s", digits, n, gap, units[unit]);
}

void text_brief(struct buf *out, int64_t n)
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    scaled(out, (double)n, units, 5, "");
}

void text_bytes(struct buf *out, int64_t n)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    scaled(out, (double)n, units, 6, " ");
}

void text_signed(struct buf *out, int64_t n)
{
    if (n > 0)
        buf_add_byte(out, '+');
    text_count(out, n);
}

static long local_offset(int64_t ticks, struct tm *local)
{
    time_t seconds = (time_t)((ticks - INSTANT_UNIX_EPOCH) / TICKS_PER_SECOND);
    if (!localtime_r(&seconds, local))
        return 0;
    return local->tm_gmtoff;
}

void text_instant(struct buf *out, int64_t ticks, struct zone zone)
{
    char text[INSTANT_TEXT];
    struct tm local;
    int64_t shift = zone.local ? local_offset(ticks, &local) * TICKS_PER_SECOND : 0;
    if (ticks + shift < 0 || ticks + shift > INSTANT_MAX)
        shift = 0;
    size_t n = instant_format_short(ticks + shift, text);
    if (zone.local && n)
        text[n - 1] = 'L';
    buf_add(out, (struct str){text, n});
}

void text_duration(struct buf *out, int64_t ticks)
{
    char text[INSTANT_TEXT];
    buf_add(out, (struct str){text, timespan_format_short(ticks, text)});
}

void text_zone(struct buf *out, struct zone zone)
{
    struct tm local;
    if (!zone.local) {
        buf_add_z(out, "UTC");
        return;
    }
    long offset = local_offset(instant_now(), &local) / 60;
    buf_addf(out, "local %c%02ld:%02ld", offset < 0 ? '-' : '+', labs(offset) / 60,
             labs(offset) % 60);
}

/* ---- cells ----------------------------------------------------------------------------------- */

static bool has(struct str name, const char *part)
{
    struct str lower = name, needle = str_of(part);
    for (size_t i = 0; i + needle.n <= lower.n; i++)
        if (str_eq_nocase(str_sub(lower, i, i + needle.n), needle))
            return true;
    return false;
}

enum cell_kind cell_kind_of(enum type type, struct str name)
{
    switch (type) {
    case TYPE_DATETIME:
        return CELL_TIME;
    case TYPE_TIMESPAN:
        return CELL_DURATION;
    case TYPE_DYNAMIC:
        return CELL_LIST;
    case TYPE_INT:
    case TYPE_LONG:
        if (has(name, "port") && !has(name, "count"))
            return CELL_PLAIN;
        return has(name, "bytes") ? CELL_BYTES : CELL_NUMBER;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return CELL_NUMBER;
    case TYPE_STRING:
        if (has(name, "file_name") || has(name, "filename"))
            return CELL_FILE;
        return has(name, "uri") || has(name, "path") || has(name, "stem") || has(name, "folder")
                   ? CELL_PATH : CELL_TEXT;
    default:
        return CELL_TEXT;
    }
}

bool cell_right(enum cell_kind kind)
{
    return kind == CELL_NUMBER || kind == CELL_PLAIN || kind == CELL_DURATION ||
           kind == CELL_BYTES || kind == CELL_MILLIS || kind == CELL_RIGHT;
}

static void text_list(struct buf *out, struct str list, struct zone zone)
{
    size_t n = dyn_count(list);
    if (dyn_kind(list) != DYN_ARRAY) {
        text_whole(out, dyn_scalar(list), zone);
        return;
    }
    if (n)
        text_whole(out, dyn_scalar(dyn_item(list, 0)), zone);
    if (n > 1) {
        buf_add_z(out, " +");
        text_count(out, (int64_t)n - 1);
    }
}

static void text_number(struct buf *out, struct value v)
{
    if (type_shape(v.type) == SHAPE_INT)
        text_count(out, v.i);
    else if (type_shape(v.type) == SHAPE_REAL && v.r > -1e15 && v.r < 1e15)
        buf_addf(out, v.r == (double)(int64_t)v.r ? "%.1f" : "%.6g", v.r);
    else
        value_text(out, v);
}

void text_cell(struct buf *out, struct value v, enum cell_kind kind, struct zone zone)
{
    if (v.null) {
        if (kind == CELL_BYTES || kind == CELL_MILLIS)
            buf_add_z(out, "n/l");
        return;
    }
    switch (kind) {
    case CELL_NUMBER:
        text_number(out, v);
        return;
    case CELL_LIST:
        if (v.type == TYPE_DYNAMIC)
            text_list(out, v.s, zone);
        else
            text_whole(out, v, zone);
        return;
    case CELL_BYTES:
        if (type_shape(v.type) == SHAPE_INT) {
            text_count(out, v.i);
            return;
        }
        break;
    case CELL_MILLIS:
        if (type_shape(v.type) == SHAPE_INT) {
            text_duration(out, v.i > INT64_MAX / TICKS_PER_MILLISECOND ? INT64_MAX
                                                                     : v.i * TICKS_PER_MILLISECOND);
            return;
        }
        break;
    case CELL_SHARE:
        if (v.type == TYPE_REAL)
            buf_addf(out, v.r > 0 && v.r < 0.001 ? "<0.1%%" : "%.1f%%", v.r * 100);
        return;
    case CELL_SWITCH:
        buf_add_z(out, v.type == TYPE_BOOL && v.b ? "[x]" : "[ ]");
        return;
    default:
        break;
    }
    text_whole(out, v, zone);
}

void text_whole(struct buf *out, struct value v, struct zone zone)
{
    if (v.null)
        return;
    if (v.type == TYPE_DATETIME)
        text_instant(out, v.i, zone);
    else if (v.type == TYPE_TIMESPAN)
        text_duration(out, v.i);
    else if (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_ARRAY) {
        size_t n = dyn_count(v.s);
        for (size_t i = 0; i < n; i++) {
            if (i)
                buf_add_z(out, ", ");
            text_whole(out, dyn_scalar(dyn_item(v.s, i)), zone);
        }
    } else {
        value_text(out, v);
    }
}
