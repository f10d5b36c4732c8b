/* The list of formats, and a table to a file. In: a table and the row of a format. Out: a file that
 * is whole or not there. On a terminal the bytes pass base/safe.h first, whatever the format: a CSV
 * that is looked at must not be able to move the cursor. */
#include <unistd.h>

#include "base/safe.h"
#include "export/export_internal.h"

#define SINK_BYTES ((size_t)64 << 10)

static const struct exporter *const exporters[] = {
    &table_exporter, &csv_exporter,   &tsv_exporter,
    &json_exporter,  &jsonl_exporter, &markdown_exporter,
    &timesketch_exporter, &timesketch_jsonl_exporter,
};

const struct exporter *exporter_row(size_t i)
{
    return i < sizeof exporters / sizeof exporters[0] ? exporters[i] : NULL;
}

const struct exporter *exporter_find(struct str name)
{
    for (size_t i = 0; exporter_row(i); i++)
        if (str_is(name, exporters[i]->name))
            return exporters[i];
    return NULL;
}

void sink_row_end(struct sink *s)
{
    if (s->buf.n >= SINK_BYTES) {
        s->put(s->ctx, buf_str(&s->buf));
        buf_reset(&s->buf);
    }
}

void sink_close(struct sink *s)
{
    if (s->buf.n)
        s->put(s->ctx, buf_str(&s->buf));
    buf_release(&s->buf);
}

static void put_file(void *ctx, struct str bytes)
{
    file_out_write(ctx, bytes);
}

/* Between a writer and a terminal: line ends and tabs pass, the rest is made safe piece by piece.
 */
struct terminal {
    struct file_out *out;
    struct buf piece; /* since the last line end or tab; it may go on in the next bytes */
    struct buf safe;
};

static void end_piece(struct terminal *t, struct str end)
{
    if (end.n && end.p[0] == '\n' && t->piece.n && t->piece.p[t->piece.n - 1] == '\r')
        t->piece.n--;
    buf_reset(&t->safe);
    safe_text(&t->safe, buf_str(&t->piece), safe_locale_is_utf8() ? 0 : SAFE_ASCII);
    buf_add(&t->safe, end);
    file_out_write(t->out, buf_str(&t->safe));
    buf_reset(&t->piece);
}

static void put_terminal(void *ctx, struct str bytes)
{
    struct terminal *t = ctx;
    size_t from = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] != '\n' && bytes.p[i] != '\t')
            continue;
        buf_add(&t->piece, str_sub(bytes, from, i));
        end_piece(t, str_sub(bytes, i, i + 1));
        from = i + 1;
    }
    buf_add(&t->piece, str_sub(bytes, from, bytes.n));
}

bool export_table(struct arena *a, const struct table *t, const struct exporter *format,
                  const struct export_options *o, struct str path, struct error *err)
{
    struct file_out *out;

    if (!file_out_open(a, path, &out, err))
        return false;
    if (str_is(path, "-") && isatty(STDOUT_FILENO)) {
        struct terminal terminal = {.out = out};
        format->write(t, o, put_terminal, &terminal);
        end_piece(&terminal, STR_NONE);
        buf_release(&terminal.piece);
        buf_release(&terminal.safe);
    } else {
        format->write(t, o, put_file, out);
    }
    return file_out_commit(out, err);
}
