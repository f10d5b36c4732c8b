/* Runs the cases of each.txt (its head says how they are written) and looks whether each function,
 * aggregate and operator has those that it must have: each_cases FILE. Prints TAP, a line for each
 * function, aggregate and operator. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/pool.h"
#include "ops/ops.h"

enum { VALUE = 1, NULLS = 2, EMPTY = 4, ERROR = 8 };

static const struct {
    const char *word;
    int bit;
} kinds[] = {{"value", VALUE}, {"null", NULLS}, {"empty", EMPTY}, {"error", ERROR}};

struct block {
    struct str what, name; /* "function", "abs" */
    int seen;
    struct buf wrong;
};

/* ---- asking ---------------------------------------------------------------------------------- */

static const struct schema *no_table(void *ctx, struct str name)
{
    (void)ctx, (void)name;
    return NULL;
}

static bool no_template(void *ctx, struct str name, struct str *value)
{
    (void)ctx, (void)name, (void)value;
    return false;
}

static void add_cell(struct buf *out, struct value v)
{
    if (v.null || (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_NULL))
        buf_add_z(out, "null");
    else if (v.type == TYPE_STRING)
        json_quote(out, v.s);
    else if (v.type == TYPE_DYNAMIC)
        dyn_text(out, v.s, true);
    else
        value_text(out, v);
}

/* Rows as `cell, cell; cell, cell`, behind the type where there is one column to see. */
static void ask(struct pool *pool, struct str query, bool typed, struct buf *out)
{
    struct arena *a = arena_new();
    struct source_text source = {STR("query"), query, 1, 0};
    struct kql_env env = {.ops = ops_rows,
                          .scan = &op_scan,
                          .table = no_table,
                          .template_value = no_template};
    struct exec_options o = {
        .pool = pool, .now = instant_now(), .since = INT64_MIN, .until = INT64_MAX};
    struct error err = {0};
    struct query *q;
    struct result *r;

    if (!kql_compile(a, &source, &env, &q, &err) || !exec_run(q, &o, a, &r, &err)) {
        buf_addf(out, "error: %s", err.message);
        arena_free(a);
        return;
    }
    const struct table *t = r->table;
    if (typed)
        buf_addf(out, "%s ", type_name(t->schema.fields[0].type));
    for (size_t row = 0; row < t->rows; row++) {
        for (size_t i = 0; i < (typed ? 1 : t->schema.n); i++) {
            buf_add_z(out, i ? ", " : row ? "; " : "");
            add_cell(out, column_value(t->columns[i], row));
        }
    }
    arena_free(a);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static struct str query_of(struct arena *a, const struct block *b, int kind, struct str text)
{
    const struct func *f = func_find(b->name);

    if (str_is(b->what, "operator"))
        return text;
    if (str_is(b->what, "aggregate"))
        return str_fmt(a, "datatable(x:long, s:string, d:dynamic, b:bool)[%s] | summarize %.*s",
                       kind == EMPTY ? "" : "long(null), \"\", dynamic(null), bool(null)",
                       STR_ARG(text));
    if (!f || !(f->flags & FUNC_WINDOW))
        return str_fmt(a, "print x = %.*s", STR_ARG(text));
    return str_fmt(a,
                   "datatable(x:long, n:long, s:string)"
                   "[1, long(null), \"a\", 2, long(null), \"\", 3, long(null), \"c\"]"
                   " | serialize y = %.*s | project y",
                   STR_ARG(text));
}

static void run_line(struct arena *a, struct pool *pool, struct block *b, struct str line)
{
    size_t arrow = str_find(line, STR(" =>"), 0), next;
    struct buf got = {0};
    int kind = 0;

    while (arrow < line.n && (next = str_find(line, STR(" =>"), arrow + 1)) < line.n)
        arrow = next;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_starts(line, str_of(kinds[i].word)))
            kind = kinds[i].bit;
    }
    if (!kind || arrow >= line.n) {
        buf_addf(&b->wrong, "#   not a case: %.*s\n", STR_ARG(line));
        return;
    }
    struct str text = str_trim(str_sub(line, 5, arrow));
    struct str want = str_trim(str_sub(line, arrow + 3, line.n));
    bool fails = kind == ERROR;
    if (str_starts(want, STR("error: "))) { /* nothing at all may be one, too */
        fails = true;
        want = str_sub(want, 7, want.n);
    }
    b->seen |= kind;
    ask(pool, query_of(a, b, kind, text), !str_is(b->what, "operator"), &got);
    struct str said = buf_str(&got);
    bool right = !fails ? str_eq(str_trim(said), want)
                        : str_starts(said, STR("error: ")) && want.n &&
                              str_find(said, want, 0) != SIZE_MAX;
    if (!right)
        buf_addf(&b->wrong, "#   %.*s\n#     is   %.*s\n#     not  %.*s\n", STR_ARG(text),
                 STR_ARG(said), STR_ARG(want));
    buf_release(&got);
}

/* ---- what there must be ---------------------------------------------------------------------- */

static int of_letters(const char *letters)
{
    int must = 0;

    for (; *letters; letters++) {
        if (strchr("ds*", *letters))
            must |= EMPTY;
        if (strchr("bilrmtpgdn*", *letters))
            must |= NULLS;
    }
    return must;
}

static int function_must(const struct func *f)
{
    int must = ERROR | (f->example && f->expect ? 0 : VALUE), arguments = 0;

    for (size_t i = 0; i < sizeof f->forms / sizeof *f->forms && f->forms[i].args; i++)
        arguments |= of_letters(f->forms[i].args);
    if (f->flags & FUNC_VARIES)
        arguments &= ~EMPTY;
    return must | arguments;
}

static int counted, failed;

static void report(const char *what, const char *name, struct block *blocks, size_t n, int must)
{
    struct block *b = NULL;

    for (size_t i = 0; i < n && !b; i++)
        b = str_is(blocks[i].what, what) && str_is(blocks[i].name, name) ? &blocks[i] : NULL;
    bool ok = b && b->wrong.n == 0 && (must & ~b->seen) == 0;
    printf("%s %d - %s %s\n", ok ? "ok" : "not ok", ++counted, what, name);
    failed += !ok;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (must & ~(b ? b->seen : 0) & kinds[i].bit)
            printf("#   has no case: %s\n", kinds[i].word);
    }
    if (b && b->wrong.n)
        printf("%.*s", (int)b->wrong.n, b->wrong.p);
}

static void report_all(struct block *blocks, size_t n)
{
    const struct func *f;
    const struct aggregate *g;

    for (size_t i = 0; (f = func_row(i)); i++) {
        if (!(f->flags & FUNC_OPERATOR))
            report("function", f->name, blocks, n, function_must(f));
    }
    for (size_t i = 0; (g = aggregate_row(i)); i++)
        report("aggregate", g->name, blocks, n, NULLS | EMPTY | ERROR);
    for (size_t i = 0; ops_rows[i]; i++) {
        if (!(ops_rows[i]->flags & OP_HIDDEN))
            report("operator", ops_rows[i]->name, blocks, n, VALUE | NULLS | EMPTY | ERROR);
    }
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct pool *pool = pool_new(1);
    struct error err = {0};
    VEC(struct block) blocks = {0};
    struct str text;

    if (argc != 2 || !file_read(a, str_of(argv[1]), (size_t)4 << 20, &text, &err)) {
        printf("not ok 1 - %s\n1..1\n", err.message);
        return 1;
    }
    while (text.n) {
        struct str line = str_cut(&text, '\n');
        if (str_starts(line, STR("  ")) && blocks.n) {
            run_line(a, pool, &blocks.items[blocks.n - 1], str_trim(line));
        } else if (line.n && line.p[0] != '#') {
            struct str name = line, what = str_cut(&name, ' ');
            vec_push(a, &blocks, ((struct block){.what = what, .name = name}));
        }
    }
    report_all(blocks.items, blocks.n);
    for (size_t i = 0; i < blocks.n; i++)
        buf_release(&blocks.items[i].wrong);
    pool_free(pool);
    arena_free(a);
    printf("1..%d\n", counted);
    return failed > 0;
}
