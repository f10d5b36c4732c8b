/* Tables to bytes. A format is one file with its row, and one word in exporters[] (export.c). */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H
#include "base/error.h"
#include "base/file.h"
#include "table/table.h"

struct export_options {
    bool csv_raw;      /* csv, tsv: no spreadsheet guard (PRODUCT.md, hostile content) */
    bool ascii;        /* table: the locale is not UTF-8 */
    int width;         /* table: columns of the terminal; 0: as wide as the cells (capped) */
    const char *title; /* markdown, table: optional heading */
};
struct exporter {
    const char *name;      /* --format csv */
    const char *extension; /* ".csv" */
    const char *help;
    /* Appends the whole table to out; out is flushed by the caller as it grows. */
    void (*write)(const struct table *t, const struct export_options *o,
                  void (*put)(void *ctx, struct str bytes), void *ctx);
};
const struct exporter *exporter_find(struct str name);
const struct exporter *exporter_row(size_t i); /* NULL at the end */

/* The guard for one cell (CWE-1236): appends the cell, with a ' in front where a spreadsheet would
 * take it for a formula: first non-blank byte one of = + - @ TAB CR LF NUL or a full-width twin,
 * unless the cell is exactly "-", a plain number, a date, a duration or an address. */
void export_guard(struct buf *out, struct str cell);
/* The cell as text for csv, tsv, markdown and the screen: tostring(), dynamic as compact JSON. Raw
 * bytes. */
void export_cell(struct buf *out, struct value v);
/* The cell as JSON (--format json and jsonl). JSON must be UTF-8: a byte that is none becomes
 * U+FFFD. */
void export_json_cell(struct buf *out, struct value v);

/* Reads a CSV: a table of texts, columns by the names in its first row. */
bool csv_table(struct arena *a, struct str text, struct table **out, struct error *err);

/* Writes a table to a file (or "-") through base/file.h: a failed write leaves no half file. */
bool export_table(struct arena *a, const struct table *t, const struct exporter *format,
                  const struct export_options *o, struct str path, struct error *err);
#endif
