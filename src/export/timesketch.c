/* timesketch: events as Timesketch imports them. Each time in a row becomes an event with message,
 * datetime and timestamp_desc in front of the row's own columns; a row without any time becomes one
 * event with an empty datetime, so that nothing is lost without a trace. */
#include "base/arena.h"
#include "base/instant.h"
#include "export/export_internal.h"

#define MESSAGE_MOST 500 /* bytes */

/* "file_name=Redir.png Computer=EXCH01": the texts of a row. */
static void add_message(struct buf *out, const struct table *t, size_t row)
{
    for (size_t i = 0; i < t->schema.n && out->n < MESSAGE_MOST; i++) {
        struct value v = column_value(t->columns[i], row);
        if (t->schema.fields[i].type != TYPE_STRING || v.null || !v.s.n)
            continue;
        buf_addf(out, "%s%.*s=", out->n ? " " : "", STR_ARG(t->schema.fields[i].name));
        buf_add(out, v.s);
    }
    if (out->n > MESSAGE_MOST)
        out->n = MESSAGE_MOST;
}

static void add_event(struct builder *b, const struct table *t, size_t row, struct str message,
                      const struct field *of, struct value time)
{
    char text[INSTANT_TEXT];
    size_t n = of ? instant_format(time.i, text) : 0;
    /* Timesketch wants microseconds and an offset */
    struct buf at = {0};
    if (n > 2)
        buf_addf(&at, "%.*s+00:00", (int)n - 2, text);
    builder_str(b, message);
    builder_str(b, buf_str(&at));
    builder_str(b, of ? of->name : STR("not timed"));
    for (size_t i = 0; i < t->schema.n; i++)
        builder_value(b, column_value(t->columns[i], row));
    buf_release(&at);
}

static struct table *events_of(struct arena *a, const struct table *t)
{
    static const char *const heads[] = {"message", "datetime", "timestamp_desc"};
    struct field *fields = ARENA_ARRAY(a, struct field, t->schema.n + 3);
    for (size_t i = 0; i < 3; i++)
        fields[i] = (struct field){str_of(heads[i]), TYPE_STRING};
    for (size_t i = 0; i < t->schema.n; i++) {
        fields[i + 3] = t->schema.fields[i];
        for (size_t k = 0; k < 3; k++)
            if (str_is(fields[i + 3].name, heads[k]))
                fields[i + 3].name = str_fmt(a, "%s_1", heads[k]);
    }
    struct schema schema = {fields, t->schema.n + 3};
    struct builder *b = builder_new(a, &schema);
    for (size_t row = 0; row < t->rows; row++) {
        struct buf message = {0};
        bool any = false;
        add_message(&message, t, row);
        for (size_t i = 0; i < t->schema.n; i++) {
            struct value v = column_value(t->columns[i], row);
            bool again = t->schema.fields[i].type != TYPE_DATETIME || v.null;
            for (size_t k = 0; k < i && !again; k++) {
                struct value before = column_value(t->columns[k], row);
                again =
                    t->schema.fields[k].type == TYPE_DATETIME && !before.null && before.i == v.i;
            }
            if (again)
                continue;
            add_event(b, t, row, buf_str(&message), &t->schema.fields[i], v);
            any = true;
        }
        if (!any)
            add_event(b, t, row, buf_str(&message), NULL, (struct value){.null = true});
        buf_release(&message);
    }
    return builder_finish(b);
}

static void write_with(const struct exporter *e, const struct table *t,
                       const struct export_options *o, void (*put)(void *ctx, struct str bytes),
                       void *ctx)
{
    struct arena *a = arena_new();
    e->write(events_of(a, t), o, put, ctx);
    arena_free(a);
}

static void write_csv(const struct table *t, const struct export_options *o,
                      void (*put)(void *ctx, struct str bytes), void *ctx)
{
    write_with(&csv_exporter, t, o, put, ctx);
}

static void write_jsonl(const struct table *t, const struct export_options *o,
                        void (*put)(void *ctx, struct str bytes), void *ctx)
{
    write_with(&jsonl_exporter, t, o, put, ctx);
}

const struct exporter timesketch_exporter = {
    .name = "timesketch",
    .extension = ".timesketch.csv",
    .help = "CSV that Timesketch imports: an event for each time of a row",
    .write = write_csv,
};
const struct exporter timesketch_jsonl_exporter = {
    .name = "timesketch-jsonl",
    .extension = ".timesketch.jsonl",
    .help = "the same as JSONL",
    .write = write_jsonl,
};
