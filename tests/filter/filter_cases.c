/* Runs golden cases of filters: filter_cases FILE. Lines of the file:
 *
 *     columns name:type name:type …     a table begins
 *     row cell ; cell ; …               null as null, "" as "", dynamic as JSON
 *     > TEXT                            a filter over it, and on the next line one of
 *     1 3                               the rows it lets through, from 1
 *     none
 *     error COLUMN WIDTH part of the message
 *     chips 2 5/1 #3/0                  of 2 rows let through: each chip's rows / rows only it
 *                                       keeps away, # before one that is off
 *
 * Blank lines and lines that begin with `--` count for nothing. Prints TAP. */
#include <stdio.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/vec.h"
#include "hunt/filter.h"

struct run {
    struct arena *arena;
    struct schema schema;
    struct builder *builder;
    struct table *table;
    int n, bad;
};

static void columns(struct run *r, struct str rest)
{
    VEC(struct field) fields = {0};
    while (rest.n) {
        struct str one = str_cut(&rest, ' '), name = str_cut(&one, ':');
        vec_push(r->arena, &fields, ((struct field){name, type_by_name(one)}));
    }
    r->schema = (struct schema){fields.items, fields.n};
    r->builder = builder_new(r->arena, &r->schema);
    r->table = NULL;
}

static void cell(struct run *r, struct str s, enum type type)
{
    struct value v = {.type = type, .null = str_is(s, "null")};
    if (str_is(s, "\"\""))
        s = STR("");
    if (type == TYPE_DYNAMIC)
        dyn_parse_json(r->arena, s, &v.s);
    else if (type_shape(type) == SHAPE_STR)
        v.s = s;
    else if (type == TYPE_DATETIME)
        instant_parse(s, &v.i);
    else if (type == TYPE_TIMESPAN)
        timespan_parse(s, &v.i);
    else if (type_shape(type) == SHAPE_REAL)
        str_to_double(s, &v.r);
    else if (type == TYPE_BOOL)
        v.b = str_is(s, "true");
    else
        str_to_int64(s, &v.i);
    builder_value(r->builder, v);
}

static void row(struct run *r, struct str rest)
{
    for (size_t i = 0; i < r->schema.n; i++)
        cell(r, str_trim(str_cut(&rest, ';')), r->schema.fields[i].type);
}

static void rows_text(struct run *r, struct filter *f, struct str want, struct buf *out)
{
    uint32_t *rows = ARENA_ARRAY(r->arena, uint32_t, r->table->rows + 1);
    size_t n = filter_rows(f, r->table, rows);
    if (str_starts(want, STR("chips"))) {
        buf_addf(out, "chips %zu", n);
        for (size_t i = 0; i < f->n; i++)
            buf_addf(out, " %s%zu/%zu", f->chips[i].on ? "" : "#", f->chips[i].rows,
                     f->chips[i].alone);
        return;
    }
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%u", i ? " " : "", rows[i] + 1);
    if (!n)
        buf_add_z(out, "none");
}

static void one(struct run *r, struct str text, struct str want)
{
    struct filter f;
    struct error err = {0};
    struct buf got = {0};
    struct filter_names names = {&r->schema, NULL};
    if (!r->table)
        r->table = builder_finish(r->builder);
    if (filter_parse(r->arena, text, &names, &f, &err))
        rows_text(r, &f, want, &got);
    else
        buf_addf(&got, "error %d %d %s", err.place.column, err.place.width, err.message);
    struct str said = buf_str(&got);
    bool ok = str_starts(want, STR("error")) ? str_starts(said, want) : str_eq(said, want);
    r->bad += !ok;
    printf("%sok %d - %.*s\n", ok ? "" : "not ", ++r->n, STR_ARG(text));
    if (!ok)
        printf("# want %.*s\n# got  %.*s\n", STR_ARG(want), STR_ARG(said));
    buf_release(&got);
}

int main(int argc, char **argv)
{
    struct run r = {.arena = arena_new()};
    struct error err = {0};
    struct str rest, text = STR_NONE;
    bool asked = false;
    if (argc != 2 || !file_read(r.arena, str_of(argv[1]), 1 << 20, &rest, &err)) {
        fprintf(stderr, "filter_cases: %s\n", argc == 2 ? err.message : "FILE is missing");
        return 2;
    }
    while (rest.n) {
        struct str line = str_cut(&rest, '\n');
        if (str_starts(line, STR("columns ")))
            columns(&r, str_sub(line, 8, line.n));
        else if (str_starts(line, STR("row ")))
            row(&r, str_sub(line, 4, line.n));
        else if (str_starts(line, STR("> "))) {
            text = str_sub(line, 2, line.n);
            asked = true;
        } else if (asked && line.n && !str_starts(line, STR("--"))) {
            one(&r, text, line);
            asked = false;
        }
    }
    printf("1..%d\n", r.n);
    arena_free(r.arena);
    return r.bad > 0;
}
