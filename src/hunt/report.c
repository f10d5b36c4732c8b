/* Tables about the hunt itself (funnel, files), and findings to a file. */
#include "hunt/hunt_internal.h"

#define SCHEMA_OF(fields) {(struct field *)(fields), sizeof(fields) / sizeof *(fields)}

/* How deep each stage lies in legs: what runs into a join or a union stands one deeper than
 * that. */
static void mark_depth(const struct query *q, const struct plan_node *n, int64_t depth,
                       int64_t *depths)
{
    for (; n; n = n->input) {
        if (n->number > 0 && (size_t)n->number <= q->n_stages && q->stages[n->number - 1] == n)
            depths[n->number - 1] = depth;
        for (size_t i = 0; i < n->n_legs; i++)
            mark_depth(q, n->legs[i], depth + 1, depths);
    }
}

static void funnel_row(struct builder *b, int64_t number, struct value on, int64_t in, int64_t out,
                       struct str text, int64_t depth)
{
    if (number)
        builder_int(b, number);
    else
        builder_null(b);
    builder_value(b, on);
    builder_int(b, in);
    builder_int(b, out);
    builder_value(b, (struct value){.type = TYPE_REAL,
                                    .null = in <= 0,
                                    .r = in > 0 ? (double)out / (double)in : 0});
    builder_str(b, text);
    builder_int(b, depth);
}

struct table *hunt_funnel(struct hunt *h, const struct view *v, struct arena *a)
{
    static const struct field fields[] = {
        {STR("Stage"), TYPE_LONG},   {STR("On"), TYPE_BOOL},   {STR("RowsIn"), TYPE_LONG},
        {STR("RowsOut"), TYPE_LONG}, {STR("Kept"), TYPE_REAL}, {STR("Text"), TYPE_STRING},
        {STR("Depth"), TYPE_LONG},
    };
    struct schema schema = SCHEMA_OF(fields);
    struct builder *b = builder_new(a, &schema);
    const struct query *q = h->query;
    int64_t *depths = ARENA_ARRAY(a, int64_t, q->n_stages + 1);
    struct value none = {.type = TYPE_BOOL, .null = true};
    mark_depth(q, q->root, 0, depths);
    for (size_t i = 0; i < q->n_subqueries; i++)
        mark_depth(q, q->subqueries[i].root, 1, depths);
    if (v->result && q->n_scans)
        funnel_row(b, 0, none, v->result->scan.lines, v->result->scan.rows, STR("lines read"), 0);
    for (size_t i = 0; i < q->n_stages; i++) {
        const struct plan_node *n = q->stages[i];
        struct stage_count c = v->result ? v->result->counts[n->id] : (struct stage_count){0, 0};
        struct value on = none;
        if (n->switch_param >= 0) {
            pthread_mutex_lock(&h->lock);
            on = h->dials[n->switch_param].value;
            pthread_mutex_unlock(&h->lock);
        }
        struct str text = str_trim(str_sub(q->source.text, n->span.start, n->span.end));
        funnel_row(b, (int64_t)i + 1, on, c.rows_in, c.rows_out, text, depths[i]);
    }
    return builder_finish(b);
}

static const char *const kind_names[] = {
    [LOG_W3C] = "W3C",     [LOG_W3C_OTHER] = "other W3C", [LOG_HTTPERR] = "HTTPERR",
    [LOG_FTP] = "FTP",     [LOG_IIS_NATIVE] = "IIS",      [LOG_NCSA] = "NCSA",
    [LOG_EMPTY] = "empty", [LOG_UNKNOWN] = "unknown",
};

struct table *hunt_files(struct hunt *h, struct arena *a)
{
    static const struct field fields[] = {
        {STR("File"), TYPE_STRING}, {STR("Kind"), TYPE_STRING},   {STR("Bytes"), TYPE_LONG},
        {STR("Read"), TYPE_BOOL},   {STR("Remark"), TYPE_STRING},
    };
    struct schema schema = SCHEMA_OF(fields);
    struct builder *b = builder_new(a, &schema);
    size_t n;
    const struct log_file *files = logs_files(h->logs, &n);
    for (size_t i = 0; i < n; i++) {
        builder_str(b, files[i].path);
        builder_str(b, str_of(kind_names[files[i].kind]));
        builder_value(
            b, (struct value){.type = TYPE_LONG, .null = files[i].bytes < 0, .i = files[i].bytes});
        builder_bool(b, files[i].read);
        builder_str(b, files[i].reason);
    }
    return builder_finish(b);
}

struct table *hunt_bad_lines(struct hunt *h, struct arena *a)
{
    static const struct field fields[] = {
        {STR("File"), TYPE_STRING},
        {STR("Offset"), TYPE_LONG},
        {STR("Reason"), TYPE_STRING},
        {STR("Row"), TYPE_BOOL},
    };
    struct schema schema = SCHEMA_OF(fields);
    struct builder *b = builder_new(a, &schema);
    size_t n;
    const struct log_file *files = logs_files(h->logs, &n);
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->n_bad; i++) {
        builder_str(b, h->bad[i].file < n ? files[h->bad[i].file].path : STR(""));
        builder_int(b, h->bad[i].offset);
        builder_str(b, str_of(bad_reason_text(h->bad[i].reason)));
        builder_bool(b, bad_reason_is_odd(h->bad[i].reason));
    }
    pthread_mutex_unlock(&h->lock);
    return builder_finish(b);
}

bool hunt_export(const struct view *v, const uint32_t *rows, size_t n,
                 const struct exporter *format, const struct export_options *o, struct str path,
                 struct error *err)
{
    if (!v->result)
        return error_set(err, "there are no findings yet; wait until something has been read");
    struct arena *a = arena_new();
    const struct table *t = rows ? table_pick(a, v->result->table, rows, n) : v->result->table;
    bool ok = export_table(a, t, format, o, path, err);
    arena_free(a);
    return ok;
}
