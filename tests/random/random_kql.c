/* Random queries over a random table and over logs, each answered in several ways that must agree,
 * with knobs turned at random as well:
 * random_kql SEED COUNT [LOG]… prints every query and its answer, so that builds can be compared
 * too, and ends with 1 when two ways differ.
 *
 * The generator knows the columns and types at each stage, so that nearly all of what it writes is
 * valid. */
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "../log_env.h"

#define NOW INT64_C(638505832890000000)
#define MOST_COLUMNS 12

struct made {
    uint64_t state; /* of the generator of numbers */
    struct buf text;
    struct field columns[MOST_COLUMNS];
    char names[MOST_COLUMNS][16];
    size_t n, fresh; /* columns; the number of the next new name */
    bool has_log;
};

/* ---- choosing -------------------------------------------------------------------------------- */

static unsigned pick(struct made *m, unsigned n)
{
    m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(m->state >> 33) % n;
}

#define ONE_OF(m, list) (list)[pick(m, sizeof(list) / sizeof *(list))]

static void set_columns(struct made *m, const char *const *names, const enum type *types, size_t n)
{
    m->n = n;
    for (size_t i = 0; i < n; i++) {
        snprintf(m->names[i], sizeof m->names[i], "%s", names[i]);
        m->columns[i].type = types[i];
    }
}

/* A column of the type; NULL: there is none. */
static const char *column(struct made *m, enum type type)
{
    for (size_t i = 0, at = pick(m, (unsigned)m->n); i < m->n; i++, at = (at + 1) % m->n) {
        if (m->columns[at].type == type)
            return m->names[at];
    }
    return NULL;
}

static const char *new_column(struct made *m, enum type type)
{
    if (m->n == MOST_COLUMNS)
        m->n--;
    snprintf(m->names[m->n], sizeof m->names[0], "x%zu", m->fresh++);
    m->columns[m->n].type = type;
    return m->names[m->n++];
}

/* ---- expressions ----------------------------------------------------------------------------- */

static const enum type types[] = {TYPE_STRING, TYPE_LONG,     TYPE_REAL,
                                  TYPE_BOOL,   TYPE_DATETIME, TYPE_TIMESPAN};

static void literal(struct made *m, enum type type)
{
    static const char *const strings[] = {"\"a\"", "\"b\"", "\"\"", "\"a b\"", "\"É\"", "\"/\""};
    static const char *const longs[] = {"0", "1", "2", "-3", "100", "long(null)", "443"};
    static const char *const reals[] = {"0.5", "-1.0", "real(null)", "2.0", "real(nan)"};
    static const char *const times[] = {"datetime(2024-05-05 02:00)", "datetime(2024-05-06)",
                                        "datetime(null)"};
    static const char *const spans[] = {"1h", "-1d", "timespan(null)", "90s"};

    buf_add_z(&m->text, type == TYPE_STRING     ? ONE_OF(m, strings)
                        : type == TYPE_LONG     ? ONE_OF(m, longs)
                        : type == TYPE_REAL     ? ONE_OF(m, reals)
                        : type == TYPE_DATETIME ? ONE_OF(m, times)
                        : type == TYPE_TIMESPAN ? ONE_OF(m, spans)
                        : pick(m, 2)            ? "true"
                                                : "false");
}

static void expression(struct made *m, enum type type, int depth);

/* A pattern in which %s, %l, %r, %b, %t, %p stand for expressions of a type. */
static void filled(struct made *m, const char *pattern, int depth)
{
    static const char letters[] = "slrbtp";

    for (const char *c = pattern; *c; c++) {
        const char *letter = *c == '%' ? strchr(letters, c[1]) : NULL;
        if (letter && c[1]) {
            expression(m, types[letter - letters], depth - 1);
            c++;
        } else {
            buf_add_byte(&m->text, *c);
        }
    }
}

static void expression(struct made *m, enum type type, int depth)
{
    static const char *const strings[] = {
        "strcat(%s, %l)", "tolower(%s)",           "substring(%s, %l, 2)", "tostring(%l)",
        "tostring(%t)",   "iff(%b, %s, %s)",       "replace_string(%s, \"a\", %s)",
        "tostring(%r)",   "extract(\"(a.?)\", 1, %s)", "trim(\"a\", %s)",  "coalesce(%s, %s)",
        "tostring(split(%s, \"a\")[0])", "tostring(%b)"};
    static const char *const longs[] = {"(%l + %l)",       "(%l * 2)",        "(%l / %l)",
                                        "(%l % %l)",      "strlen(%s)",      "toint(%s)",
                                        "iff(%b, %l, %l)", "bin(%l, 3)",      "coalesce(%l, %l)",
                                        "tolong(%r)",      "indexof(%s, %s)", "hourofday(%t)",
                                        "countof(%s, \"a\")", "max_of(%l, %l)"};
    static const char *const reals[] = {"(%r + %l)", "(%r / %r)", "toreal(%s)", "round(%r, 1)",
                                        "(%p / 1h)", "sqrt(%r)"};
    static const char *const bools[] = {
        "(%l > %l)",      "(%l == %l)",        "(%s == %s)",          "(%s has %s)",
        "(%s contains %s)", "isempty(%s)",     "isnull(%l)",          "(%b and %b)",
        "(%b or %b)",     "not(%b)",           "(%s in (%s, \"a\"))", "(%l !in (1, 2, %l))",
        "(%t > %t)",      "(%s startswith %s)", "(%l between (%l .. %l))", "(%s =~ %s)",
        "(%s has_any (\"a\", \"b\"))", "(%r <= %r)", "(%s matches regex \"^a|b$\")", "(%l != %l)"};
    static const char *const times[] = {"(%t + %p)", "bin(%t, 1h)", "startofday(%t)",
                                        "iff(%b, %t, %t)"};
    static const char *const spans[] = {"(%t - %t)", "(%p + %p)", "(%l * 1s)"};
    const char *name = column(m, type);

    if (depth <= 0 || pick(m, 3) == 0) {
        if (name && pick(m, 5))
            buf_add_z(&m->text, name);
        else
            literal(m, type);
        return;
    }
    filled(m,
           type == TYPE_STRING     ? ONE_OF(m, strings)
           : type == TYPE_LONG     ? ONE_OF(m, longs)
           : type == TYPE_REAL     ? ONE_OF(m, reals)
           : type == TYPE_BOOL     ? ONE_OF(m, bools)
           : type == TYPE_DATETIME ? ONE_OF(m, times)
                                   : ONE_OF(m, spans),
           depth);
}

/* ---- stages ---------------------------------------------------------------------------------- */

static void keys(struct made *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(&m->text, "%s%s", i ? ", " : "", m->names[i]);
}

/* Puts some of the columns, in another order, at the front, and forgets the others. */
static void shuffle(struct made *m, size_t keep)
{
    for (size_t i = 0; i < keep; i++) {
        size_t j = i + pick(m, (unsigned)(m->n - i));
        struct field f = m->columns[i];
        char name[16];
        memcpy(name, m->names[i], sizeof name);
        memcpy(m->names[i], m->names[j], sizeof name);
        m->columns[i] = m->columns[j];
        memcpy(m->names[j], name, sizeof name);
        m->columns[j] = f;
    }
    m->n = keep;
}

static void stage_summarize(struct made *m)
{
    static const struct {
        const char *call;
        enum type type;
    } calls[] = {{"count()", TYPE_LONG},         {"sum(%l)", TYPE_LONG},
                 {"min(%s)", TYPE_STRING},       {"max(%l)", TYPE_LONG},
                 {"max(%t)", TYPE_DATETIME},     {"dcount(%s)", TYPE_LONG},
                 {"countif(%b)", TYPE_LONG},     {"tostring(make_set(%s))", TYPE_STRING},
                 {"tostring(make_list(%l))", TYPE_STRING}, {"take_any(%s)", TYPE_STRING},
                 {"percentile(%l, 50)", TYPE_LONG}, {"sumif(%l, %b)", TYPE_LONG},
                 {"count() * 2", TYPE_LONG},     {"array_length(make_set(%l))", TYPE_LONG}};
    unsigned n = 1 + pick(m, 3);
    size_t by = pick(m, 3) ? 1 + pick(m, (unsigned)(m->n < 3 ? m->n : 3)) : 0;
    enum type made[3];

    buf_add_z(&m->text, " | summarize ");
    for (unsigned i = 0; i < n; i++) {
        unsigned c = pick(m, sizeof calls / sizeof *calls);
        buf_addf(&m->text, "%sx%zu = ", i ? ", " : "", m->fresh + i);
        filled(m, calls[c].call, 2);
        made[i] = calls[c].type;
    }
    if (by) {
        shuffle(m, by);
        buf_add_z(&m->text, " by ");
        keys(m, by);
    } else {
        m->n = 0;
    }
    for (unsigned i = 0; i < n; i++)
        new_column(m, made[i]);
}

static void stage_join(struct made *m)
{
    static const char *const kinds[] = {"",         "kind=inner",    "kind=leftouter",
                                        "kind=innerunique", "kind=leftanti", "kind=leftsemi"};
    const char *kind = ONE_OF(m, kinds), *key = column(m, TYPE_STRING);
    bool right = strcmp(kind, "kind=leftanti") != 0 && strcmp(kind, "kind=leftsemi") != 0;

    if (!key)
        return;
    buf_addf(&m->text, " | join %s (T | summarize j%zu = count() by %s = k) on %s", kind, m->fresh,
             key, key);
    if (right && m->n < MOST_COLUMNS) {
        snprintf(m->names[m->n], sizeof m->names[0], "j%zu", m->fresh);
        m->columns[m->n++].type = TYPE_LONG;
    }
    m->fresh++;
    buf_add_z(&m->text, " | project ");
    keys(m, m->n);
}

static void stage_order(struct made *m)
{
    static const char *const ways[] = {"asc", "desc", "asc nulls last", "desc nulls first"};
    static const char *const then[] = {"", " | take 3", " | extend %s = row_number()"};

    buf_addf(&m->text, " | sort by %s %s, %s asc", m->names[pick(m, (unsigned)m->n)],
             ONE_OF(m, ways), m->names[0]);
    const char *next = ONE_OF(m, then);
    if (strchr(next, '%'))
        buf_addf(&m->text, " | extend %s = row_number()", new_column(m, TYPE_LONG));
    else
        buf_add_z(&m->text, next);
}

static void stage(struct made *m)
{
    enum type type = types[pick(m, 6)];

    switch (pick(m, 10)) {
    case 0: case 1: case 2:
        filled(m, " | where %b", 3);
        break;
    case 3: case 4:
        buf_addf(&m->text, " | extend x%zu = ", m->fresh);
        expression(m, type, 3);
        new_column(m, type);
        break;
    case 5:
        shuffle(m, 1 + pick(m, (unsigned)m->n));
        buf_add_z(&m->text, pick(m, 2) ? " | project " : " | distinct ");
        keys(m, m->n);
        break;
    case 6:
        stage_summarize(m);
        break;
    case 7:
        stage_join(m);
        break;
    case 8:
        stage_order(m);
        break;
    default:
        buf_addf(&m->text, " | top %u by %s", pick(m, 6), m->names[pick(m, (unsigned)m->n)]);
    }
}

/* ---- a query --------------------------------------------------------------------------------- */

static void random_table(struct made *m)
{
    static const char *const ks[] = {"a", "b", "", "a b", "É", "ab"};
    unsigned rows = pick(m, 30);

    buf_add_z(&m->text, "let T = datatable(k:string, n:long, r:real, t:datetime, b:bool)[");
    for (unsigned i = 0; i < rows; i++) {
        buf_addf(&m->text, "%s\"%s\", ", i ? ", " : "", ONE_OF(m, ks));
        literal(m, TYPE_LONG);
        buf_add_z(&m->text, ", ");
        literal(m, TYPE_REAL);
        buf_add_z(&m->text, ", ");
        literal(m, TYPE_DATETIME);
        buf_add_z(&m->text, pick(m, 3) ? ", true" : ", bool(null)");
    }
    buf_add_z(&m->text, "];\n");
}

static void random_query(struct made *m)
{
    static const char *const log_names[] = {"csUriStem", "cIP",     "sPort_", "scBytes",
                                            "scStatus",  "TimeTaken", "TimeGenerated"};
    static const enum type log_types[] = {TYPE_STRING, TYPE_STRING, TYPE_LONG,    TYPE_LONG,
                                          TYPE_STRING, TYPE_LONG,   TYPE_DATETIME};
    static const char *const names[] = {"k", "n", "r", "t", "b"};
    static const enum type table_types[] = {TYPE_STRING, TYPE_LONG, TYPE_REAL, TYPE_DATETIME,
                                            TYPE_BOOL};
    unsigned stages = 1 + pick(m, 6);

    buf_reset(&m->text);
    m->fresh = 0;
    random_table(m);
    if (m->has_log && pick(m, 3)) {
        set_columns(m, log_names, log_types, 7);
        buf_add_z(&m->text, "W3CIISLog | extend sPort_ = tolong(sPort) | project ");
        keys(m, m->n);
    } else {
        set_columns(m, names, table_types, 5);
        buf_add_z(&m->text, pick(m, 4) ? "T" : "union T, (T | where n > 0)");
    }
    while (stages-- > 0)
        stage(m);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void add_table(struct buf *out, const struct table *t)
{
    for (size_t i = 0; i < t->schema.n; i++)
        buf_addf(out, "%s%.*s:%s", i ? ", " : "", STR_ARG(t->schema.fields[i].name),
                 type_name(t->schema.fields[i].type));
    for (size_t r = 0; r < t->rows; r++) {
        buf_add_byte(out, '\n');
        for (size_t i = 0; i < t->schema.n; i++) {
            struct value v = column_value(t->columns[i], r);
            buf_add_z(out, i ? "|" : "");
            if (v.null)
                buf_add_z(out, "null");
            else
                value_text(out, v);
        }
    }
}

/* again: a second run, from what the first one kept. */
static void answer(struct str text, struct pool *pool, struct logs *logs, bool again,
                   struct buf *out)
{
    struct arena *a = arena_new();
    struct source_text source = {STR("query"), text, 1, 0};
    struct kql_env env = log_env(logs);
    struct exec_options o = {
        .pool = pool, .logs = logs, .now = NOW, .since = INT64_MIN, .until = INT64_MAX};
    struct error err = {0};
    struct query *q;
    struct result *r;

    bool ok = kql_compile(a, &source, &env, &q, &err);
    if (ok && again)
        o.keep = keep_new(q, (int64_t)8 << 20);
    ok = ok && exec_run(q, &o, a, &r, &err) && (!again || exec_run(q, &o, a, &r, &err));
    if (ok)
        add_table(out, r->table);
    else
        buf_addf(out, "error: %s", err.message);
    buf_add_byte(out, '\n');
    keep_free(o.keep);
    arena_free(a);
}

/* ---- knobs ----------------------------------------------------------------------------------- */

static void turn(struct made *m, struct arena *a, const struct param *p, struct value *v)
{
    *v = p->published;
    if (p->kind == PARAM_SWITCH)
        v->b = pick(m, 2);
    else if (p->kind == PARAM_LIST && dyn_count(v->s) && pick(m, 2))
        v->s = dyn_from_array(a, (struct str[]){dyn_item(v->s, 0)}, 1);
    else if (p->kind == PARAM_TEXT && pick(m, 2))
        v->s = STR("a");
    else if (p->kind == PARAM_NUMBER && type_shape(v->type) == SHAPE_INT && pick(m, 2))
        v->i = pick(m, 4);
}

static void turned(const struct query *q, const struct exec_options *o, struct buf *out)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct result *r;

    buf_reset(out);
    if (exec_run(q, o, a, &r, &err))
        add_table(out, r->table);
    else
        buf_addf(out, "error: %s", err.message);
    arena_free(a);
}

/* One knob after another, from what was kept and in a fresh run. How often they differed. */
static int turns(struct made *m, struct str text, struct pool *pool, struct logs *logs)
{
    struct arena *a = arena_new();
    struct source_text source = {STR("query"), text, 1, 0};
    struct kql_env env = log_env(logs);
    struct exec_options o = {
        .pool = pool, .logs = logs, .now = NOW, .since = INT64_MIN, .until = INT64_MAX};
    struct buf kept = {0}, fresh = {0};
    struct error err = {0};
    struct query *q;
    int differ = 0;

    if (!kql_compile(a, &source, &env, &q, &err) || q->n_params == 0) {
        arena_free(a);
        return 0;
    }
    struct value *params = ARENA_ARRAY(a, struct value, q->n_params);
    for (size_t i = 0; i < q->n_params; i++)
        params[i] = q->params[i].published;
    struct keep *keep = keep_new(q, (int64_t)8 << 20);
    o.params = params;
    for (int i = 0; i < 6; i++) {
        o.keep = keep;
        turned(q, &o, &kept);
        o.keep = NULL;
        turned(q, &o, &fresh);
        if (!str_eq(buf_str(&kept), buf_str(&fresh))) {
            fprintf(stderr, "%.*s\nafter %d knobs, from what was kept:\n%.*s\nfresh:\n%.*s\n",
                    STR_ARG(text), i, STR_ARG(buf_str(&kept)), STR_ARG(buf_str(&fresh)));
            differ++;
        }
        size_t at = pick(m, (unsigned)q->n_params);
        turn(m, a, &q->params[at], &params[at]);
    }
    keep_free(keep);
    buf_release(&kept);
    buf_release(&fresh);
    arena_free(a);
    return differ;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct pool *pools[] = {pool_new(1), pool_new(2), pool_new(7)};
    struct logs_options options = {0};
    struct error err = {0};
    struct logs *logs;
    struct made m = {.has_log = argc > 3}, knobs = {0};
    struct buf first = {0}, other = {0};
    int differ = 0;

    if (argc < 3 || !logs_open(a, (struct str[]){str_of(argc > 3 ? argv[3] : "")}, argc > 3,
                               &options, &logs, &err)) {
        fprintf(stderr, "usage: random_kql SEED COUNT [LOG]\n");
        return 2;
    }
    m.state = knobs.state = strtoull(argv[1], NULL, 10);
    for (long i = 0; i < atol(argv[2]); i++) {
        random_query(&m);
        struct str text = buf_str(&m.text);
        buf_reset(&first);
        answer(text, pools[0], logs, false, &first);
        printf("%.*s\n=> %.*s\n", STR_ARG(text), STR_ARG(buf_str(&first)));
        for (int way = 1; way < 4; way++) {
            buf_reset(&other);
            answer(text, pools[way % 3], logs, way == 3, &other);
            if (str_eq(buf_str(&first), buf_str(&other)))
                continue;
            fprintf(stderr, "%.*s\nat one thread:\n%.*s%s:\n%.*s\n", STR_ARG(text),
                    STR_ARG(buf_str(&first)), way == 3 ? "from what was kept" : "at more threads",
                    STR_ARG(buf_str(&other)));
            differ++;
        }
        differ += turns(&knobs, text, pools[1], logs);
    }
    logs_close(logs);
    for (int i = 0; i < 3; i++)
        pool_free(pools[i]);
    buf_release(&first);
    buf_release(&other);
    buf_release(&m.text);
    arena_free(a);
    return differ > 0;
}
