/* csv: RFC 4180, written by libcsv: a header row, CRLF at each row's end, cells in quotes where
 * they hold a comma, a quote, a line end or a blank at either end, and where a row would else be
 * empty.
 * tsv: a header row, LF; tab, LF, CR and backslash in a cell are \t \n \r \\.
 * Both put the spreadsheet guard on every cell that is text (names too), unless csv_raw. Bytes that
 * are no UTF-8 pass as they are. A null is an empty cell. */
#include <csv.h>

#include "export/export_internal.h"

struct dialect {
    void (*add)(struct buf *out, struct str cell, bool alone);
    struct str separator, end;
};

static bool needs_quotes(struct str cell, bool alone)
{
    if (cell.n == 0)
        return alone;
    if (cell.p[0] == ' ' || cell.p[0] == '\t' || cell.p[cell.n - 1] == ' ' ||
        cell.p[cell.n - 1] == '\t')
        return true;
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] == ',' || cell.p[i] == '"' || cell.p[i] == '\r' || cell.p[i] == '\n')
            return true;
    return false;
}

static void add_csv(struct buf *out, struct str cell, bool alone)
{
    if (!needs_quotes(cell, alone)) {
        buf_add(out, cell);
        return;
    }
    size_t room = 2 * cell.n + 2; /* each byte a quote, and two around */
    char *to = buf_room(out, room);
    out->n += csv_write(to, room, cell.n ? cell.p : "", cell.n);
}

static void add_tsv(struct buf *out, struct str cell, bool alone)
{
    (void)alone;
    for (size_t i = 0; i < cell.n; i++) {
        switch (cell.p[i]) {
        case '\t':
            buf_add(out, STR("\\t"));
            break;
        case '\n':
            buf_add(out, STR("\\n"));
            break;
        case '\r':
            buf_add(out, STR("\\r"));
            break;
        case '\\':
            buf_add(out, STR("\\\\"));
            break;
        default:
            buf_add_byte(out, cell.p[i]);
        }
    }
}

/* A cell of ours (a number, a time) needs no guard: nobody else chose its first byte. */
static bool is_text(enum type t)
{
    return t == TYPE_STRING || t == TYPE_DYNAMIC || t == TYPE_GUID;
}

static void write_cells(const struct table *t, const struct export_options *o, struct sink *sink,
                        const struct dialect *d)
{
    struct buf cell = {0}, guarded = {0};
    size_t n = t->schema.n;

    for (size_t row = 0; row <= t->rows; row++) { /* row 0: the names */
        for (size_t i = 0; i < n; i++) {
            buf_reset(&cell);
            buf_reset(&guarded);
            if (row == 0)
                buf_add(&cell, t->schema.fields[i].name);
            else
                export_cell(&cell, column_value(t->columns[i], row - 1));
            if (!o->csv_raw && (row == 0 || is_text(t->schema.fields[i].type)))
                export_guard(&guarded, buf_str(&cell));
            else
                buf_add(&guarded, buf_str(&cell));
            if (i)
                buf_add(&sink->buf, d->separator);
            d->add(&sink->buf, buf_str(&guarded), n == 1);
        }
        buf_add(&sink->buf, d->end);
        sink_row_end(sink);
    }
    buf_release(&cell);
    buf_release(&guarded);
}

static void write_csv(const struct table *t, const struct export_options *o,
                      void (*put)(void *ctx, struct str bytes), void *ctx)
{
    static const struct dialect dialect = {add_csv, {",", 1}, {"\r\n", 2}};
    struct sink sink = sink_of(put, ctx);

    write_cells(t, o, &sink, &dialect);
    sink_close(&sink);
}

static void write_tsv(const struct table *t, const struct export_options *o,
                      void (*put)(void *ctx, struct str bytes), void *ctx)
{
    static const struct dialect dialect = {add_tsv, {"\t", 1}, {"\n", 1}};
    struct sink sink = sink_of(put, ctx);

    write_cells(t, o, &sink, &dialect);
    sink_close(&sink);
}

const struct exporter csv_exporter = {
    .name = "csv",
    .extension = ".csv",
    .help = "comma-separated, for spreadsheets: RFC 4180, formulas made harmless",
    .write = write_csv,
};
const struct exporter tsv_exporter = {
    .name = "tsv",
    .extension = ".tsv",
    .help = "tab-separated, one line a row: \\t \\n \\r \\\\ inside cells, formulas made harmless",
    .write = write_tsv,
};
