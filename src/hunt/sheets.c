/* What stands behind findings, as files: the raw lines byte for byte with the header in force, or a
 * sheet a finding in Markdown. In: rows of a view. Out: pieces for a file. Both read the logs line
 * by line, so both run in a task. */
#include <stdlib.h>

#include "base/safe.h"
#include "hunt/sheets.h"

/* ---- raw lines ------------------------------------------------------------------------------- */

static int by_origin(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void add_header(struct buf *out, struct str path, const struct log_line *line)
{
    const char *end = line->cr ? "\r\n" : "\n";
    char time[INSTANT_TEXT];
    buf_add_z(out, "#Remark: ");
    safe_text(out, path, SAFE_ASCII); /* a file's name may hold a line end */
    buf_add_z(out, end);
    if (line->day != INT64_MIN) {
        size_t n = instant_format_short(line->day, time);
        buf_addf(out, "#Date: %.*s%s", (int)n - 1, time, end);
    }
    if (line->fields.n) {
        buf_add_z(out, "#Fields: ");
        buf_add(out, line->fields);
        buf_add_z(out, end);
    }
}

bool lines_write(struct task *t, const struct view *v, const uint32_t *rows, size_t n,
                 struct file_out *out)
{
    VEC(int64_t) all = {0};
    struct arena *a = arena_new(), *scratch = arena_new();
    struct buf text = {0};
    struct log_line before = {.file = UINT32_MAX};
    struct str fields = STR_NONE;
    size_t n_files;
    const struct log_file *files = logs_files(t->h->logs, &n_files);
    bool ok = v->result->lineage ||
              error_set(&t->err, "the log rows behind a finding are known when loading has ended");
    for (size_t i = 0; ok && i < n; i++) {
        int64_t *origins;
        bool complete;
        size_t k = result_origins(v->result, rows[i], scratch, &origins, &complete);
        for (size_t j = 0; j < k; j++)
            vec_push(a, &all, origins[j]);
        arena_reset(scratch);
    }
    if (all.n)
        qsort(all.items, all.n, sizeof *all.items, by_origin);
    for (size_t i = 0; ok && i < all.n && !task_stopped(t); i++) {
        struct log_line line;
        if (i && all.items[i] == all.items[i - 1])
            continue;
        buf_reset(&text);
        ok = logs_line(t->h->logs, all.items[i], scratch, &line, &t->err);
        if (!ok)
            break;
        if (line.file != before.file || line.day != before.day || !str_eq(line.fields, fields)) {
            add_header(&text, files[line.file].path, &line);
            fields = str_dup(a, line.fields);
        }
        buf_add(&text, line.raw);
        buf_add_z(&text, line.cr ? "\r\n" : "\n");
        file_out_write(out, buf_str(&text));
        before = line;
        arena_reset(scratch);
    }
    buf_release(&text);
    arena_free(scratch);
    arena_free(a);
    return ok;
}

/* ---- sheets ---------------------------------------------------------------------------------- */

static void put_file(void *ctx, struct str bytes)
{
    file_out_write(ctx, bytes);
}

static void put_table(struct file_out *out, const char *heading, const struct table *t)
{
    const struct export_options o = {0};
    if (!t || !t->rows)
        return;
    file_out_write(out, STR("\n## "));
    file_out_write(out, str_of(heading));
    file_out_write(out, STR("\n\n"));
    exporter_find(STR("markdown"))->write(t, &o, put_file, out);
}

/* Field, Value: what is known of the finding, and what the analyst thinks of it. */
static struct table *facts_of(struct arena *a, const struct view *v, uint32_t row,
                              const struct triage_entry *e)
{
    static const struct field fields[] = {{STR("Field"), TYPE_STRING}, {STR("Value"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, 2};
    struct builder *b = builder_new(a, &schema);
    const struct table *t = v->result->table;
    builder_str(b, STR("Verdict"));
    builder_str(b, str_of(verdict_words(e ? e->verdict : VERDICT_OPEN)));
    const struct str words[][2] = {{STR("Note"), e ? e->note : STR_NONE},
                                   {STR("Tags"), e ? e->tags : STR_NONE},
                                   {STR("By"), e ? e->authors[TRIAGE_VERDICT] : STR_NONE}};
    for (size_t i = 0; i < 3; i++)
        if (words[i][1].n) {
            builder_str(b, words[i][0]);
            builder_str(b, words[i][1]);
        }
    builder_str(b, STR("Identity"));
    builder_str(b, str_fmt(a, "%016llx", (unsigned long long)v->ids[row]));
    for (size_t i = 0; i < t->schema.n; i++) {
        struct buf cell = {0};
        export_cell(&cell, column_value(t->columns[i], row));
        builder_str(b, t->schema.fields[i].name);
        builder_str(b, buf_str(&cell));
        buf_release(&cell);
    }
    return builder_finish(b);
}

bool sheet_write(struct task *t, struct view *v, uint32_t row, const struct triage_entry *e,
                 struct file_out *out)
{
    struct arena *a = arena_new();
    struct detail_box *box = ARENA_NEW(a, struct detail_box);
    struct export_options o = {0};
    struct buf label = {0};
    box->arena = a;
    bool ok = detail_fill(t->h, box, v, row);
    hunt_label(t->h, v, row, &label);
    buf_add_byte(&label, '\0');
    o.title = label.p;
    exporter_find(STR("markdown"))->write(facts_of(a, v, row, e), &o, put_file, out);
    if (ok) {
        put_table(out, "Accesses", box->detail.accesses);
        put_table(out, "Addresses", box->detail.addresses);
        put_table(out, "Raw lines", box->detail.lines);
    } else {
        file_out_write(out, STR("\nIts log lines could not be read.\n"));
    }
    file_out_write(out, STR("\n"));
    buf_release(&label);
    arena_free(a);
    return true;
}
