/* json: one object {"columns":[{"name","type"}…],"rows":[[…]…]}, a line for each row. jsonl: one
 * object a row. Exact: numbers in full, datetime as 2020-01-01T00:00:00.0000000Z, timespan as
 * tostring() gives it, NaN and infinities as the strings "NaN" "inf" "-inf", dynamic as nested
 * JSON, null as null. The one loss: JSON text must be UTF-8, so each byte that is none becomes
 * U+FFFD; csv keeps such bytes. */
#include <math.h>

#include "export/export_internal.h"

void export_json_cell(struct buf *out, struct value v)
{
    struct buf text = {0};

    if (v.null) {
        buf_add(out, STR("null"));
        return;
    }
    switch (v.type) {
    case TYPE_BOOL:
        buf_add(out, v.b ? STR("true") : STR("false"));
        return;
    case TYPE_INT:
    case TYPE_LONG:
        value_text(out, v);
        return;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        if (isfinite(v.r)) {
            value_text(out, v);
            return;
        }
        break;
    case TYPE_DYNAMIC:
        dyn_text(out, v.s, true);
        return;
    case TYPE_STRING:
    case TYPE_GUID:
        json_quote(out, v.s);
        return;
    default:
        break;
    }
    value_text(&text, v);
    json_quote(out, buf_str(&text));
    buf_release(&text);
}

static void write_json(const struct table *t, const struct export_options *o,
                       void (*put)(void *ctx, struct str bytes), void *ctx)
{
    struct sink sink = sink_of(put, ctx);
    struct buf *out = &sink.buf;

    (void)o;
    buf_add(out, STR("{\"columns\":["));
    for (size_t i = 0; i < t->schema.n; i++) {
        buf_add(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        json_quote(out, t->schema.fields[i].name);
        buf_addf(out, ",\"type\":\"%s\"}", type_name(t->schema.fields[i].type));
    }
    buf_add(out, STR("],\n\"rows\":["));
    for (size_t row = 0; row < t->rows; row++) {
        buf_add(out, row ? STR(",\n[") : STR("\n["));
        for (size_t i = 0; i < t->schema.n; i++) {
            if (i)
                buf_add_byte(out, ',');
            export_json_cell(out, column_value(t->columns[i], row));
        }
        buf_add_byte(out, ']');
        sink_row_end(&sink);
    }
    buf_add(out, STR("]}\n"));
    sink_close(&sink);
}

static void write_jsonl(const struct table *t, const struct export_options *o,
                        void (*put)(void *ctx, struct str bytes), void *ctx)
{
    struct sink sink = sink_of(put, ctx);
    struct buf *out = &sink.buf;

    (void)o;
    for (size_t row = 0; row < t->rows; row++) {
        for (size_t i = 0; i < t->schema.n; i++) {
            buf_add_byte(out, i ? ',' : '{');
            json_quote(out, t->schema.fields[i].name);
            buf_add_byte(out, ':');
            export_json_cell(out, column_value(t->columns[i], row));
        }
        buf_add(out, t->schema.n ? STR("}\n") : STR("{}\n"));
        sink_row_end(&sink);
    }
    sink_close(&sink);
}

const struct exporter json_exporter = {
    .name = "json",
    .extension = ".json",
    .help = "one object: columns with their types, and rows as arrays",
    .write = write_json,
};
const struct exporter jsonl_exporter = {
    .name = "jsonl",
    .extension = ".jsonl",
    .help = "one JSON object a line for each row",
    .write = write_jsonl,
};
