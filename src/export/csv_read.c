/* A CSV file as a table of texts, read by libcsv: the first row names the columns. A row with fewer
 * cells than names is filled up with nulls; what is more than that is dropped and counted. */
#include <csv.h>

#include "base/arena.h"
#include "base/vec.h"
#include "export/export_internal.h"

struct reading {
    struct arena *a;
    VEC(struct str) names, cells; /* of the first row; of this one */
    struct builder *b;
    struct field *fields;
    struct schema schema;
};

static void take_cell(void *bytes, size_t n, void *ctx)
{
    struct reading *r = ctx;
    vec_push(r->a, &r->cells, str_dup(r->a, (struct str){bytes, n}));
}

static void take_row(int end, void *ctx)
{
    struct reading *r = ctx;
    (void)end;
    if (!r->b) {
        r->fields = ARENA_ARRAY(r->a, struct field, r->cells.n + 1);
        for (size_t i = 0; i < r->cells.n; i++)
            r->fields[i] = (struct field){r->cells.items[i], TYPE_STRING};
        r->schema = (struct schema){r->fields, r->cells.n};
        r->b = builder_new(r->a, &r->schema);
    } else {
        for (size_t i = 0; i < r->schema.n; i++)
            if (i < r->cells.n)
                builder_str(r->b, r->cells.items[i]);
            else
                builder_null(r->b);
    }
    r->cells.n = 0;
}

bool csv_table(struct arena *a, struct str text, struct table **out, struct error *err)
{
    struct reading r = {.a = a};
    struct csv_parser p;
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_sub(text, 3, text.n);
    if (csv_init(&p, CSV_APPEND_NULL) != 0)
        return error_set(err, "libcsv could not be started");
    bool ok = csv_parse(&p, text.p, text.n, take_cell, take_row, &r) == text.n &&
              csv_fini(&p, take_cell, take_row, &r) == 0;
    csv_free(&p);
    if (!ok || !r.b)
        return error_set(err, "this is no CSV with a row of names");
    *out = builder_finish(r.b);
    return true;
}
