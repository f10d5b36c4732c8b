/* table: aligned text for people. Every cell passes base/safe.h; numbers stand to the right. Two
 * passes over the table, one to measure and one to write, so that memory does not grow with it.
 * Where the columns do not fit the terminal even when cut, each row becomes a block of "name value"
 * lines instead. A cell that is cut ends in … (or ~ where the locale is not UTF-8). */
#include "base/safe.h"
#include "base/utf8.h"
#include "export/export_internal.h"

#define CELL_WIDEST 100  /* columns given to one cell at most */
#define CELL_NARROWEST 12 /* below that a cut cell says nothing */
#define GAP 2

struct layout {
    const struct table *table;
    const struct export_options *options;
    struct sink *out;
    size_t *widths;       /* by column */
    struct buf raw, safe; /* scratch for one cell */
};

static size_t text_width(struct str s)
{
    size_t width = 0;

    for (size_t at = 0; at < s.n;)
        width += (size_t)utf8_width(utf8_next(s, &at));
    return width;
}

/* Bytes of s that fill at most `width` columns, and how many they fill. */
static size_t text_fit(struct str s, size_t width, size_t *filled)
{
    size_t at = 0;

    *filled = 0;
    while (at < s.n) {
        size_t next = at;
        size_t w = (size_t)utf8_width(utf8_next(s, &next));
        if (*filled + w > width)
            break;
        *filled += w;
        at = next;
    }
    return at;
}

static struct str make_safe(struct layout *l, struct str raw)
{
    buf_reset(&l->safe);
    safe_text(&l->safe, raw, l->options->ascii ? SAFE_ASCII : 0);
    return buf_str(&l->safe);
}

static struct str cell_text(struct layout *l, size_t row, size_t column)
{
    buf_reset(&l->raw);
    export_cell(&l->raw, column_value(l->table->columns[column], row));
    return make_safe(l, buf_str(&l->raw));
}

static void add_spaces(struct buf *out, size_t n)
{
    while (n--)
        buf_add_byte(out, ' ');
}

static void trim_end(struct buf *out)
{
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
}

static void add_cell(struct layout *l, struct str text, size_t column)
{
    struct buf *out = &l->out->buf;
    size_t width = l->widths[column], filled;
    bool right = type_is_number(l->table->schema.fields[column].type);
    size_t n = text_fit(text, width, &filled);
    bool cut = n < text.n;

    if (cut)
        n = text_fit(text, width - 1, &filled);
    size_t blanks = width - filled - cut;
    if (right)
        add_spaces(out, blanks);
    buf_add(out, str_sub(text, 0, n));
    if (cut)
        buf_add(out, l->options->ascii ? STR("~") : STR("…"));
    if (!right)
        add_spaces(out, blanks);
}

static void end_line(struct layout *l)
{
    trim_end(&l->out->buf);
    buf_add_byte(&l->out->buf, '\n');
    sink_row_end(l->out);
}

static void measure(struct layout *l)
{
    size_t n = l->table->schema.n;

    for (size_t i = 0; i < n; i++)
        l->widths[i] = text_width(make_safe(l, l->table->schema.fields[i].name));
    for (size_t row = 0; row < l->table->rows; row++) {
        for (size_t i = 0; i < n; i++) {
            size_t width = text_width(cell_text(l, row, i));
            if (width > l->widths[i])
                l->widths[i] = width;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (l->widths[i] > CELL_WIDEST)
            l->widths[i] = CELL_WIDEST;
        if (l->widths[i] == 0)
            l->widths[i] = 1;
    }
}

/* Takes from the widest column until the row fits. False: it cannot. */
static bool squeeze(struct layout *l)
{
    size_t n = l->table->schema.n, total = n ? (n - 1) * GAP : 0;
    size_t room = (size_t)(l->options->width > 0 ? l->options->width : 0);

    for (size_t i = 0; i < n; i++)
        total += l->widths[i];
    while (room && total > room) {
        size_t widest = 0;
        for (size_t i = 1; i < n; i++)
            if (l->widths[i] > l->widths[widest])
                widest = i;
        if (l->widths[widest] <= CELL_NARROWEST)
            return false;
        l->widths[widest]--;
        total--;
    }
    return true;
}

static void write_columns(struct layout *l)
{
    struct buf *out = &l->out->buf;
    size_t n = l->table->schema.n;

    for (size_t i = 0; i < n; i++) {
        add_spaces(out, i ? GAP : 0);
        add_cell(l, make_safe(l, l->table->schema.fields[i].name), i);
    }
    end_line(l);
    for (size_t i = 0; i < n; i++) {
        add_spaces(out, i ? GAP : 0);
        for (size_t k = 0; k < l->widths[i]; k++)
            buf_add(out, l->options->ascii ? STR("-") : STR("─"));
    }
    end_line(l);
    for (size_t row = 0; row < l->table->rows; row++) {
        for (size_t i = 0; i < n; i++) {
            add_spaces(out, i ? GAP : 0);
            add_cell(l, cell_text(l, row, i), i);
        }
        end_line(l);
    }
}

/* The value beside its name, carried on below itself where it is longer than the line. */
static void write_record(struct layout *l, size_t row, size_t names)
{
    struct buf *out = &l->out->buf;
    size_t width = (size_t)l->options->width,
           room = width > names + GAP + 8 ? width - names - GAP : 8;

    for (size_t i = 0; i < l->table->schema.n; i++) {
        struct str name = make_safe(l, l->table->schema.fields[i].name);
        buf_add(out, name);
        add_spaces(out, names - text_width(name) + GAP);
        struct str rest = cell_text(l, row, i);
        for (;;) {
            size_t filled, n = text_fit(rest, room, &filled);
            buf_add(out, str_sub(rest, 0, n));
            rest = str_sub(rest, n, rest.n);
            end_line(l);
            if (rest.n == 0)
                break;
            add_spaces(out, names + GAP);
        }
    }
}

static void write_records(struct layout *l)
{
    size_t names = 0;

    for (size_t i = 0; i < l->table->schema.n; i++) {
        size_t width = text_width(make_safe(l, l->table->schema.fields[i].name));
        names = width > names ? width : names;
    }
    for (size_t row = 0; row < l->table->rows; row++) {
        if (row)
            end_line(l);
        write_record(l, row, names);
    }
}

static void write_table(const struct table *t, const struct export_options *o,
                        void (*put)(void *ctx, struct str bytes), void *ctx)
{
    struct sink sink = sink_of(put, ctx);
    struct layout l = {.table = t, .options = o, .out = &sink};

    l.widths = mem_grow(NULL, (t->schema.n + 1) * sizeof *l.widths);
    if (o->title) {
        buf_add(&sink.buf, make_safe(&l, str_of(o->title)));
        end_line(&l);
    }
    measure(&l);
    if (squeeze(&l) || t->rows == 0)
        write_columns(&l);
    else
        write_records(&l);
    mem_free(l.widths);
    buf_release(&l.raw);
    buf_release(&l.safe);
    sink_close(&sink);
}

const struct exporter table_exporter = {
    .name = "table",
    .extension = ".txt",
    .help = "aligned text for people; long cells are cut",
    .write = write_table,
};
