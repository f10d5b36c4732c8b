/* Errors as values: filled once, with the place in the text, and printed once. In: a format and
 * perhaps a span of a source. Out: lines for people, with a caret under the span. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/safe.h"
#include "base/utf8.h"

void bug_abort(const char *file, int line, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "harrier: bug at %s:%d: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

bool error_set(struct error *err, const char *format, ...)
{
    va_list args;

    if (!err || err->set)
        return false;
    err->set = true;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

static void copy(char *to, size_t size, struct str from)
{
    size_t n = from.n < size - 1 ? from.n : size - 1;

    if (n)
        memcpy(to, from.p, n);
    to[n] = '\0';
}

/* The line that has the offset; *start is where it begins. */
static struct str line_around(struct str text, size_t offset, size_t *start)
{
    struct str before = str_sub(text, 0, offset);
    size_t newline = str_find_last_byte(before, '\n');

    *start = newline < before.n ? newline + 1 : 0;
    struct str line = str_sub(text, *start, text.n);
    line.n = str_find_byte(line, '\n');
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

void source_place(const struct source_text *source, uint32_t offset, int *line, int *column)
{
    struct str before = str_sub(source->text, 0, offset < source->text.n ? offset : source->text.n);
    size_t newline = str_find_last_byte(before, '\n');
    size_t start = newline < before.n ? newline + 1 : 0;

    *line = source->first_line ? source->first_line : 1;
    for (size_t i = 0; i < start; i++)
        *line += before.p[i] == '\n';
    *column = source->indent + (int)utf8_length(str_sub(before, start, before.n)) + 1;
}

/* The line of the place and the columns under it. A long line is cut to the part around the place,
 * at code points. */
static void set_place_text(struct error *err, const struct source_text *source, struct span span)
{
    size_t size = sizeof err->place.text;
    size_t from = 0, before = 0, start;
    struct str line = line_around(source->text, span.start, &start);
    size_t at = span.start - start, end = span.end - start;

    at = at < line.n ? at : line.n;
    end = end < line.n ? end : line.n;
    if (line.n >= size && at > size / 2) {
        while (from < at - size / 2 && from < line.n) {
            utf8_next(line, &from);
            before++;
        }
    }
    copy(err->place.text, size, str_sub(line, from, line.n));
    err->place.text_column = source->indent + (int)before + 1;
    err->place.width = end > at ? (int)utf8_length(str_sub(line, at, end)) : 1;
}

bool error_at(struct error *err, const struct source_text *source, struct span span,
              const char *format, ...)
{
    va_list args;

    if (!err || err->set)
        return false;
    err->set = true;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (!source)
        return false;
    if (span.start > source->text.n)
        span.start = (uint32_t)source->text.n;
    if (span.end < span.start)
        span.end = span.start;
    copy(err->place.file, sizeof err->place.file, source->name);
    source_place(source, span.start, &err->place.line, &err->place.column);
    set_place_text(err, source, span);
    return false;
}

bool error_context(struct error *err, const char *format, ...)
{
    char message[sizeof err->message];
    va_list args;

    if (!err || !err->set)
        return false;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0 || (size_t)n + 2 >= sizeof message)
        return false;
    copy(message + n, sizeof message - (size_t)n, STR(": "));
    copy(message + n + 2, sizeof message - (size_t)n - 2, str_of(err->message));
    memcpy(err->message, message, sizeof message);
    return false;
}

bool error_errno(struct error *err, const char *what, struct str path)
{
    int number = errno;
    char text[128];

    return error_set(err, "%s '%.*s': %s", what, STR_ARG(path),
                     strerror_r(number, text, sizeof text));
}

/* Columns that a piece of raw text takes when it has gone through safe_text. */
static size_t shown_width(struct str raw, unsigned flags)
{
    struct buf shown = {0};
    size_t width = 0;

    safe_text(&shown, raw, flags);
    for (size_t i = 0; i < shown.n;)
        width += (size_t)utf8_width(utf8_next(buf_str(&shown), &i));
    buf_release(&shown);
    return width;
}

/* Of `text` the bytes [*from, *to) that fit into `columns`, with `at` well inside. */
static void cut_around(struct str text, size_t at, size_t columns, unsigned flags, size_t *from,
                       size_t *to)
{
    if (shown_width(text, flags) <= columns)
        return;
    while (*from < at && shown_width(str_sub(text, *from, at), flags) > columns / 2)
        utf8_next(text, from);
    for (size_t i = *from, width = 0; i < text.n; *to = i) {
        size_t before = i;
        utf8_next(text, &i);
        width += shown_width(str_sub(text, before, i), flags);
        if (width > columns) {
            *to = before;
            return;
        }
    }
}

static void add_many(struct buf *out, char c, size_t n)
{
    while (n-- > 0)
        buf_add_byte(out, c);
}

static void add_caret(const struct error *err, struct buf *out, unsigned flags, int columns)
{
    enum { MARGIN = 6 }; /* two blanks, and a mark at both ends */
    char line[sizeof err->place.text];
    size_t n = strlen(err->place.text);
    size_t at = 0, from = 0, to = n;
    const char *mark = flags & SAFE_ASCII ? "~" : "…";

    for (size_t i = 0; i <= n; i++) /* a tab is one column here */
        line[i] = err->place.text[i] == '\t' ? ' ' : err->place.text[i];
    struct str text = {line, n};
    for (int column = err->place.text_column; column < err->place.column && at < n; column++)
        utf8_next(text, &at);
    size_t end = at;
    for (int i = 0; i < err->place.width && end < n; i++)
        utf8_next(text, &end);
    if (columns)
        cut_around(text, at, columns > 3 * MARGIN ? (size_t)columns - MARGIN : 2 * MARGIN, flags,
                   &from, &to);
    end = end < to ? end : to;
    buf_addf(out, "\n  %s", from ? mark : "");
    safe_text(out, str_sub(text, from, to), flags);
    buf_add_z(out, to < n ? mark : "");
    buf_add_z(out, "\n  ");
    add_many(out, ' ', shown_width(str_sub(text, from, at), flags) + (from > 0));
    buf_add_byte(out, '^');
    size_t width = end > at ? shown_width(str_sub(text, at, end), flags) : 1;
    add_many(out, '~', width - 1);
}

void error_text_in(const struct error *err, int columns, struct buf *out)
{
    unsigned flags = safe_locale_is_utf8() ? 0 : SAFE_ASCII;

    if (err->place.file[0]) {
        safe_text(out, str_of(err->place.file), flags);
        if (err->place.line > 0)
            buf_addf(out, ":%d:%d", err->place.line, err->place.column);
        buf_add_z(out, ": ");
    } else if (err->place.line > 0) {
        buf_addf(out, "%d:%d: ", err->place.line, err->place.column);
    }
    safe_text(out, str_of(err->message), flags);
    if (err->place.line > 0 && err->place.text[0])
        add_caret(err, out, flags, columns);
}

void error_text(const struct error *err, struct buf *out)
{
    error_text_in(err, 0, out);
}

void nearest_init(struct nearest *n, struct str name)
{
    *n = (struct nearest){.name = name, .best = STR_NONE, .distance = UINT32_MAX};
}

void nearest_offer(struct nearest *n, struct str candidate)
{
    unsigned distance = str_distance(n->name, candidate);

    if (distance < n->distance) {
        n->distance = distance;
        n->best = candidate;
    }
}

struct str nearest_found(const struct nearest *n)
{
    size_t slips = n->name.n / 3 > 1 ? n->name.n / 3 : 1;

    return n->best.p && n->distance <= slips && n->distance < n->name.n ? n->best : STR_NONE;
}
