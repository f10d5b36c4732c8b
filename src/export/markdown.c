/* markdown: a table as GitHub and GitLab show it. Cells pass base/safe.h, then every byte that
 * means something to Markdown or HTML is escaped, and addresses are written so that no viewer makes
 * a link of them: a log must not be able to put a picture or a link into a report. */
#include "base/safe.h"
#include "export/export_internal.h"

static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '<')
            buf_add(out, STR("&lt;"));
        else if (c == '>')
            buf_add(out, STR("&gt;"));
        else if (c == '&')
            buf_add(out, STR("&amp;"));
        else if (c == '@' || c == ':' ||
                 (c == '.' && i >= 3 && strncasecmp(s.p + i - 3, "www", 3) == 0))
            buf_addf(out, "&#%d;", c);
        else if (memchr("\\`*_{}[]()#!|~$", c, 15) && c)
            buf_add(out, (struct str){(char[]){'\\', c}, 2});
        else
            buf_add_byte(out, c);
    }
}

static void add_cell(struct buf *out, struct str raw, const struct export_options *o)
{
    struct buf safe = {0};

    safe_text(&safe, raw, o->ascii ? SAFE_ASCII : 0);
    add_escaped(out, buf_str(&safe));
    buf_release(&safe);
}

static void write_markdown(const struct table *t, const struct export_options *o,
                           void (*put)(void *ctx, struct str bytes), void *ctx)
{
    struct sink sink = sink_of(put, ctx);
    struct buf *out = &sink.buf, cell = {0};

    if (o->title) {
        buf_add(out, STR("# "));
        add_cell(out, str_of(o->title), o);
        buf_add(out, STR("\n\n"));
    }
    for (size_t i = 0; i < t->schema.n; i++) {
        buf_add(out, i ? STR(" | ") : STR("| "));
        add_cell(out, t->schema.fields[i].name, o);
    }
    buf_add(out, STR(" |\n"));
    for (size_t i = 0; i < t->schema.n; i++)
        buf_add(out, type_is_number(t->schema.fields[i].type) ? STR("|---:") : STR("|---"));
    buf_add(out, STR("|\n"));
    for (size_t row = 0; row < t->rows; row++) {
        for (size_t i = 0; i < t->schema.n; i++) {
            buf_reset(&cell);
            export_cell(&cell, column_value(t->columns[i], row));
            buf_add(out, i ? STR(" | ") : STR("| "));
            add_cell(out, buf_str(&cell), o);
        }
        buf_add(out, STR(" |\n"));
        sink_row_end(&sink);
    }
    buf_release(&cell);
    sink_close(&sink);
}

const struct exporter markdown_exporter = {
    .name = "markdown",
    .extension = ".md",
    .help = "a Markdown table for reports; nothing in a cell becomes markup or a link",
    .write = write_markdown,
};
