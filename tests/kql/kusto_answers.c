/* Runs recorded questions to the real Kusto engine and compares our answers with its own.
 *
 *     kusto_answers FILE.jsonl [--threads N] [--known KNOWN.md] [--only TEXT] [--verbose]
 *
 * A line of the file is an object: id, query, columns (name and type bucket: int and long are both
 * Int), rows. Column names, types and cells must agree; the order of rows only where the query
 * fixes it. Questions named in the known list (`* id/hash: reason`) may disagree. One line of TAP
 * is printed for the whole; it fails when a question disagrees that is not in that list, or one in
 * it has come to agree. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/pool.h"
#include "ops/ops.h"

struct settings {
    struct str file, known, only;
    int threads;
    bool verbose;
};

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_real(double x, double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) && isnan(y);
    if (isinf(x) || isinf(y))
        return x == y;
    return fabs(x - y) <= 1e-12 * fmax(fabs(x), fabs(y));
}

static double real_of(const json_t *j)
{
    const char *s = json_string_value(j);

    if (!s)
        return json_number_value(j);
    return !strcmp(s, "NaN")         ? (double)NAN
           : !strcmp(s, "-Infinity") ? -(double)INFINITY
                                     : (double)INFINITY;
}

static bool same_json(const json_t *x, const json_t *y)
{
    const char *key;
    json_t *value;

    if (json_is_number(x) && json_is_number(y))
        return same_real(json_number_value(x), json_number_value(y));
    if (json_typeof(x) != json_typeof(y))
        return false;
    if (json_is_array(x)) {
        if (json_array_size(x) != json_array_size(y))
            return false;
        for (size_t i = 0; i < json_array_size(x); i++) {
            if (!same_json(json_array_get(x, i), json_array_get(y, i)))
                return false;
        }
        return true;
    }
    if (!json_is_object(x))
        return json_equal(x, y);
    if (json_object_size(x) != json_object_size(y))
        return false;
    json_object_foreach((json_t *)x, key, value)
    {
        const json_t *other = json_object_get(y, key);
        if (!other || !same_json(value, other))
            return false;
    }
    return true;
}

static bool same_dynamic(struct value v, const json_t *want)
{
    struct buf text = {0};

    dyn_text(&text, v.s, true);
    json_t *have = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
    bool same = have && same_json(have, want);
    json_decref(have);
    buf_release(&text);
    return same;
}

static bool same_cell(struct value v, const json_t *want)
{
    if (json_is_null(want))
        return v.null || (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_NULL);
    if (v.null)
        return false;
    switch (v.type) {
    case TYPE_BOOL:
        return json_is_boolean(want) && json_is_true(want) == v.b;
    case TYPE_INT:
    case TYPE_LONG:
        return json_is_integer(want) && json_integer_value(want) == v.i;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return same_real(v.r, real_of(want));
    case TYPE_DYNAMIC:
        return same_dynamic(v, want);
    default:
        break;
    }
    struct buf text = {0};
    value_text(&text, v);
    bool same =
        json_is_string(want) &&
        str_eq(buf_str(&text), (struct str){json_string_value(want), json_string_length(want)});
    buf_release(&text);
    return same;
}

static const char *bucket(enum type t)
{
    switch (t) {
    case TYPE_BOOL:
        return "Bool";
    case TYPE_INT:
    case TYPE_LONG:
        return "Int";
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return "Real";
    case TYPE_STRING:
        return "String";
    case TYPE_DATETIME:
        return "DateTime";
    case TYPE_TIMESPAN:
        return "TimeSpan";
    case TYPE_GUID:
        return "Guid";
    default:
        return "Dynamic";
    }
}

static bool same_columns(const struct table *t, const json_t *columns)
{
    if (json_array_size(columns) != t->schema.n)
        return false;
    for (size_t i = 0; i < t->schema.n; i++) {
        const json_t *c = json_array_get(columns, i);
        if (!str_is(t->schema.fields[i].name, json_string_value(json_object_get(c, "name"))) ||
            strcmp(bucket(t->schema.fields[i].type), json_string_value(json_object_get(c, "type"))))
            return false;
    }
    return true;
}

static bool same_row(const struct table *t, size_t row, const json_t *want)
{
    for (size_t i = 0; i < t->schema.n; i++) {
        if (!same_cell(column_value(t->columns[i], row), json_array_get(want, i)))
            return false;
    }
    return true;
}

static bool same_rows(const struct table *t, const json_t *rows, bool ordered)
{
    size_t n = json_array_size(rows);
    bool *used = calloc(n ? n : 1, 1);
    bool same = n == t->rows;

    for (size_t r = 0; r < n && same; r++) {
        size_t at = ordered ? r : 0, end = ordered ? r + 1 : n;
        while (at < end && (used[at] || !same_row(t, r, json_array_get(rows, at))))
            at++;
        same = at < end;
        if (same)
            used[at] = true;
    }
    free(used);
    return same;
}

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

static bool ask(struct arena *a, struct pool *pool, struct str text, struct table **out,
                bool *ordered, struct error *err)
{
    struct kql_env env = {ops_rows, &op_scan, no_table, NULL, no_template, NULL};
    struct source_text source = {STR("query"), text, 1, 0};
    struct exec_options o = {.pool = pool,
                             .now = instant_now(),
                             .since = INT64_MIN,
                             .until = INT64_MAX,
                             .lineage = true};
    struct query *q;
    struct result *r;

    if (!kql_compile(a, &source, &env, &q, err) || !exec_run(q, &o, a, &r, err))
        return false;
    *out = r->table;
    *ordered = q->root->serialized;
    return true;
}

static void show_table(const struct table *t)
{
    struct buf b = {0};

    for (size_t i = 0; i < t->schema.n; i++)
        buf_addf(&b, "%s%.*s:%s", i ? ", " : "#   ours: ", STR_ARG(t->schema.fields[i].name),
                 bucket(t->schema.fields[i].type));
    for (size_t r = 0; r < t->rows && r < 20; r++) {
        buf_add_z(&b, "\n#     ");
        for (size_t i = 0; i < t->schema.n; i++) {
            struct value v = column_value(t->columns[i], r);
            buf_add_z(&b, i ? " | " : "");
            if (v.null)
                buf_add_z(&b, "null");
            else
                value_text(&b, v);
        }
    }
    printf("%.*s\n", STR_ARG(buf_str(&b)));
    buf_release(&b);
}

static void show_wanted(const json_t *question)
{
    char *columns = json_dumps(json_object_get(question, "columns"), JSON_ENCODE_ANY);
    char *rows = json_dumps(json_object_get(question, "rows"), JSON_ENCODE_ANY);

    printf("#   theirs: %s\n#     %s\n", columns, rows);
    free(columns);
    free(rows);
}

/* NaN and infinities stand bare in the file, which is no JSON: they are put in quotes. */
static struct str quote_bare(struct arena *a, struct str line)
{
    static const char *const words[] = {"NaN", "-Infinity", "Infinity"};
    struct buf b = {0};
    bool inside = false;

    for (size_t i = 0; i < line.n; i++) {
        const char *word = NULL;
        if (line.p[i] == '"' && !(inside && line.p[i - 1] == '\\'))
            inside = !inside;
        else if (inside && line.p[i] == '\\' && i + 1 < line.n) {
            buf_add(&b, str_sub(line, i, i + 2));
            i++;
            continue;
        }
        for (size_t w = 0; w < 3 && !inside && !word; w++) {
            if (str_starts(str_sub(line, i, line.n), str_of(words[w])))
                word = words[w];
        }
        if (word) {
            buf_addf(&b, "\"%s\"", word);
            i += strlen(word) - 1;
        } else {
            buf_add_byte(&b, line.p[i]);
        }
    }
    struct str out = str_dup(a, buf_str(&b));
    buf_release(&b);
    return out;
}

static bool is_known(struct str known, struct str id)
{
    while (known.n) {
        struct str line = str_cut(&known, '\n');
        if (str_starts(line, STR("* ")) && str_starts(str_sub(line, 2, line.n), id) &&
            line.n > 2 + id.n && line.p[2 + id.n] == ':')
            return true;
    }
    return false;
}

static struct str text_of(const json_t *question, const char *key)
{
    const json_t *j = json_object_get(question, key);

    return (struct str){json_string_value(j), json_string_length(j)};
}

struct score {
    int agree, known, wrong;
};

static void question(const struct settings *s, struct pool *pool, struct str line, struct str known,
                     struct score *score)
{
    struct arena *a = arena_new();
    struct str text = quote_bare(a, line);
    json_t *j = json_loadb(text.p, text.n, 0, NULL);
    struct error err = {0};
    struct table *t = NULL;
    bool ordered = false;

    if (!j) {
        printf("# not read: %.*s\n", STR_ARG(line));
        score->wrong++;
        arena_free(a);
        return;
    }
    struct str query = text_of(j, "query");
    /* several questions bear the same id */
    struct str id =
        str_fmt(a, "%.*s/%04x", STR_ARG(text_of(j, "id")), (unsigned)str_hash(query) & 0xffff);
    if (!s->only.n || str_find(id, s->only, 0) != SIZE_MAX) {
        bool ran = ask(a, pool, query, &t, &ordered, &err);
        bool agree = ran && same_columns(t, json_object_get(j, "columns")) &&
                     same_rows(t, json_object_get(j, "rows"), ordered);
        bool may = is_known(known, id);
        score->agree += agree;
        score->known += !agree && may;
        score->wrong += agree == may;
        if (agree == may || s->verbose) {
            printf("# %.*s %s\n#   %.*s\n", STR_ARG(id),
                   agree ? (may ? "agrees, though listed as known" : "agrees") : "disagrees",
                   STR_ARG(query));
            if (!agree)
                show_wanted(j);
            if (ran)
                show_table(t);
            else
                printf("#   ours: %s\n", err.message);
        }
    }
    json_decref(j);
    arena_free(a);
}

static bool read_settings(struct settings *s, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--threads"))
            s->threads = atoi(value), i++;
        else if (!strcmp(argv[i], "--known"))
            s->known = str_of(value), i++;
        else if (!strcmp(argv[i], "--only"))
            s->only = str_of(value), i++;
        else if (!strcmp(argv[i], "--verbose"))
            s->verbose = true;
        else
            s->file = str_of(argv[i]);
    }
    return s->file.n > 0;
}

int main(int argc, char **argv)
{
    struct settings s = {.threads = 2};
    struct arena *a = arena_new();
    struct str text, known = STR_NONE;
    struct error err = {0};
    struct score score = {0};

    if (!read_settings(&s, argc, argv) || !file_read(a, s.file, (size_t)1 << 30, &text, &err) ||
        (s.known.n && !file_read(a, s.known, (size_t)1 << 20, &known, &err))) {
        fprintf(stderr, "kusto_answers: %s\n", err.set ? err.message : "which file?");
        return 2;
    }
    struct pool *pool = pool_new(s.threads);
    while (text.n) {
        struct str line = str_cut(&text, '\n');
        if (line.n)
            question(&s, pool, line, known, &score);
    }
    pool_free(pool);
    printf("%s - answers of the real engine: %d agree, %d are known not to, %d wrong\n",
           score.wrong ? "not ok" : "ok", score.agree, score.known, score.wrong);
    arena_free(a);
    return score.wrong ? 1 : 0;
}
