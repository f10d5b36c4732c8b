/* Aggregates. Each case is run over one worker and over several that share the rows out in blocks
 * and are merged in different orders, twice from the same states: the answer must be the same every
 * time. */
#include <math.h>

#include "func_try.h"

#define MOST_WORKERS 4

struct run {
    const struct aggregate *row;
    struct agg agg;             /* the target's */
    struct column **args;
    const uint32_t *groups;
    size_t rows, n_groups, n_outs;
    struct column *outs[8];
};

static struct arena *arenas[MOST_WORKERS + 3]; /* workers', two targets', input */
#define INPUT arenas[MOST_WORKERS + 2]

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++)
        arenas[i] = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++)
        arena_free(arenas[i]);
    return 0;
}

/* Rows from..to of all arguments go into the states. */
static void feed(struct run *r, struct agg *agg, void *states, size_t from, size_t to)
{
    struct column *part[8];
    uint32_t rows[256];
    uint64_t ordinals[256];
    assert_true(to - from <= 256);
    for (size_t i = from; i < to; i++) {
        rows[i - from] = (uint32_t)i;
        ordinals[i - from] = (uint64_t)(i / 3) << 32 | i % 3; /* blocks of three rows */
    }
    for (size_t k = 0; k < agg->n_args; k++)
        part[k] = column_pick(INPUT, r->args[k], rows, to - from);
    r->row->update(agg, states, r->groups + from, ordinals, part, to - from);
}

static void *zero_states(const struct run *r, const struct agg *agg, struct arena *a)
{
    return arena_zalloc(a, r->row->state_size(agg) * (r->n_groups + 1));
}

static void finish(struct run *r, struct agg *agg, const void *states)
{
    for (size_t k = 0; k < r->n_outs; k++) {
        enum type t = r->row->flags & (AGG_ARG | AGG_ANY) ? agg->args[k] : agg->type;
        r->outs[k] = column_new(INPUT, t, r->n_groups);
    }
    r->row->finish(agg, states, r->n_groups, r->outs);
}

/* Shares the rows out over `workers`, block by block, and merges in rising or falling order. */
static void run_shared(struct run *r, size_t workers, bool falling)
{
    struct agg aggs[MOST_WORKERS];
    void *states[MOST_WORKERS];
    uint32_t map[64];
    for (uint32_t g = 0; g < r->n_groups; g++)
        map[g] = g;
    for (size_t w = 0; w < workers; w++) {
        aggs[w] = r->agg;
        aggs[w].arena = arenas[w];
        states[w] = zero_states(r, &aggs[w], arenas[w]);
    }
    /* a preview from half of the rows must not disturb the rest */
    for (size_t half = 0; half < 2; half++) {
        for (size_t i = 0; i < r->rows; i += 3) {
            if ((i >= r->rows / 2) != half)
                continue;
            size_t w = i / 3 % workers;
            feed(r, &aggs[w], states[w], i, i + 3 < r->rows ? i + 3 : r->rows);
        }
        struct agg target = r->agg;
        target.arena = arenas[MOST_WORKERS + half];
        void *all = zero_states(r, &target, target.arena);
        for (size_t k = 0; k < workers; k++)
            r->row->merge(&target, all, states[falling ? workers - 1 - k : k], map, r->n_groups);
        finish(r, &target, all);
    }
}

static void run_alone(struct run *r)
{
    struct agg agg = r->agg;
    agg.arena = arenas[0];
    void *states = zero_states(r, &agg, agg.arena);
    for (size_t i = 0; i < r->rows; i += 100)
        feed(r, &agg, states, i, i + 100 < r->rows ? i + 100 : r->rows);
    finish(r, &agg, states);
}

static void expect_cells(const struct run *r, const char *want, const char *how)
{
    struct buf b = {0};
    for (size_t g = 0; g < r->n_groups; g++) {
        for (size_t k = 0; k < r->n_outs; k++) {
            struct value v = column_value(r->outs[k], g);
            if (g || k)
                buf_add_z(&b, k ? " " : "; ");
            if (v.null)
                buf_add_z(&b, "null");
            else
                value_text(&b, v);
        }
    }
    if (!str_is(buf_str(&b), want))
        fail_msg("%s (%s): expected %s, got %.*s", r->row->name, how, want, (int)b.n,
                 b.p ? b.p : "");
    buf_release(&b);
}

static void run_all(struct run *r, const char *want)
{
    run_alone(r);
    expect_cells(r, want, "alone");
    for (size_t workers = 2; workers <= MOST_WORKERS; workers++) {
        run_shared(r, workers, false);
        expect_cells(r, want, "shared");
        run_shared(r, workers, true);
        expect_cells(r, want, "shared, falling");
    }
}

/* A column of the values in `list`, nulls by NIL. */
static struct column *column_of(const struct value *list, size_t n)
{
    struct column *c = column_new(INPUT, list[0].type, n);
    for (size_t i = 0; i < n; i++)
        column_set(c, i, list[i]);
    return c;
}
#define COLUMN(...)                                                                                \
    column_of((struct value[]){__VA_ARGS__},                                                       \
              sizeof((struct value[]){__VA_ARGS__}) / sizeof(struct value))

static const double *percents;
static size_t n_percents, cap;

static void check_groups(const char *want, const char *name, struct column **args, size_t n_args,
                         const uint32_t *groups, size_t n_groups)
{
    struct run r = {
        .row = aggregate_find(str_of(name)), .args = args, .groups = groups, .n_groups = n_groups};
    enum type types[8], cast[8], result;
    const char *why;
    assert_non_null(r.row);
    for (size_t k = 0; k < n_args; k++)
        types[k] = args[k]->type;
    size_t picked = r.row->flags & (AGG_ARG | AGG_ANY) ? 1 : n_args;
    if (!aggregate_pick(r.row, types, picked, &result, cast, &why))
        fail_msg("%s: no form fits", name);
    r.rows = n_args ? args[0]->n : 6;
    r.agg = (struct agg){.row = r.row, .type = result, .args = types, .n_args = n_args,
                         .max = cap ? cap : r.row->default_max, .n_parameters = n_percents};
    if (n_percents)
        memcpy(r.agg.parameters, percents, n_percents * sizeof *percents);
    r.n_outs = r.row->flags & (AGG_ARG | AGG_ANY)                         ? n_args
               : r.row->flags & AGG_PERCENTILES && result != TYPE_DYNAMIC ? n_percents
                                                                          : 1;
    run_all(&r, want);
}

static const uint32_t one_group[12000];
static const uint32_t two_groups[] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};

#define ARGS(...)                                                                                  \
    (struct column *[]){__VA_ARGS__}, sizeof((struct column *[]){__VA_ARGS__}) / sizeof(void *)
#define check(want, name, ...) check_groups(want, name, ARGS(__VA_ARGS__), one_group, 1)
#define check2(want, name, ...) check_groups(want, name, ARGS(__VA_ARGS__), two_groups, 2)
#define check_max(max, want, name, ...)   \
    do {                                  \
        cap = max;                        \
        check(want, name, __VA_ARGS__);   \
        cap = 0;                          \
    } while (0)
#define NL NIL(TYPE_LONG)

static void test_count(void **state)
{
    struct column *p = COLUMN(B(true), B(false), NIL(TYPE_BOOL), B(true));
    struct column *x = COLUMN(L(1), L(1), NL, L(2));
    (void)state;
    check_groups("6", "count", NULL, 0, one_group, 1);
    check("4", "count", x); /* nulls too */
    check("2", "countif", p);
    check("2", "dcount", x);
    check("2", "dcountif", x, p);
    check("2", "count_distinct", x);
    check("2", "count_distinctif", x, p);
    check2("1; 2", "dcount", x);
    check("0", "dcount", COLUMN(NL, NL));
    check("2", "dcount", COLUMN(S(""), S("a"), S(""))); /* "" counts */
    check("2", "dcount", COLUMN(R(0.0), R(-0.0), R(NAN), R(NAN), NIL(TYPE_REAL)));
    check("2", "dcount", COLUMN(D("[1]"), D("null"), D("1"), D("[1]")));
    check("2", "dcount", COLUMN(B(true), B(false)));
}

/* More members than are compared one by one, the same ones in every worker. */
static void test_large_sets(void **state)
{
    struct column *n = column_new(INPUT, TYPE_LONG, 3000),
                  *s = column_new(INPUT, TYPE_STRING, 3000);
    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        column_set(n, i, L((int64_t)(i * 7 % 501)));
        column_set(s, i, SS(str_fmt(INPUT, "w%zu", i * 7 % 501)));
    }
    check("501", "dcount", n);
    check("501", "dcount", s);
    check_max(4, "[0,7,14,21]", "make_set", n);
    check_max(3, "[\"w0\",\"w7\",\"w14\"]", "make_set", s);
}

static void test_sum(void **state)
{
    (void)state;
    check("6", "sum", COLUMN(L(1), L(2), L(3)));
    check("0", "sum", COLUMN(NL, NL));
    check("-9223372036854775806", "sum", COLUMN(L(INT64_MAX), L(1), L(2)));
    check("5", "sum", COLUMN(I(-5), I(0), I(3), I(7)));
    check("00:00:00.0000003", "sum", COLUMN(P(1), P(2)));
    /* in input order: exact it would be -2.15 */
    check("-2.1500000000000005", "sum", COLUMN(R(-5.5), R(0), R(0.1), R(3.25)));
    check("NaN", "sum", COLUMN(R(INFINITY), R(-INFINITY), R(1.5)));
    check("inf", "sum", COLUMN(R(INFINITY), R(1.5)));
    check("0.0", "sum", COLUMN(NIL(TYPE_REAL)));
    check("4", "sumif", COLUMN(L(1), L(2), L(3)), COLUMN(B(true), NIL(TYPE_BOOL), B(true)));
    check2("4; 2", "sum", COLUMN(L(1), L(2), L(3)));
}

/* Thousands of reals: nothing is lost however they are shared out. */
static void test_exact_sum(void **state)
{
    struct column *x = column_new(INPUT, TYPE_REAL, 9000);
    (void)state;
    for (size_t i = 0; i < 9000; i++) {
        static const double parts[] = {1e100, 1.0, -1e100, 0x1p-1074, 3.0, 0.5};
        x->reals[i] = parts[i % 6];
    }
    check("6750.0", "sum", x);
    check("0.75", "avg", x);
    for (size_t i = 0; i < 9000; i++)
        x->reals[i] = 1e9 + (double)(i % 2); /* variance of a coin, far from zero */
    check("0.25", "variancep", x);
    check("0.5", "stdevp", x);
    for (size_t i = 0; i < 9000; i++)
        x->reals[i] = i == 8000 ? -INFINITY : 1e308;
    check("-inf", "sum", x);
    x->reals[0] = NAN;
    check("NaN", "sum", x);
    check("NaN", "variance", x);
}

static void test_avg(void **state)
{
    (void)state;
    check("24.6", "avg", COLUMN(L(1), L(2), L(30), L(40), L(50)));
    check("1.25", "avg", COLUMN(I(-5), I(0), I(3), I(7)));
    check("NaN", "avg", COLUMN(NL, NL));
    check("NaN", "avg", COLUMN(NIL(TYPE_REAL)));
    check("15.0", "avg", COLUMN(L(10), L(20), NL));
    check("-3.0744573456182584e+18", "avg", COLUMN(L(INT64_MAX), L(1), L(2)));
    check("-0.5375000000000001", "avg", COLUMN(R(-5.5), R(0), R(0.1), R(3.25)));
    check("2020-01-02T00:00:00.0000000Z", "avg", COLUMN(T("2020-01-01"), T("2020-01-03")));
    check("9000-01-01T00:00:00.0000000Z", "avg",
          COLUMN(T("9000-01-01"), T("9000-01-01"), T("9000-01-01"), T("9000-01-01"),
                 T("9000-01-01")));
    check("-00:00:00.0000002", "avg", COLUMN(P(-1), P(-3)));
    check("null", "avg", COLUMN(NIL(TYPE_TIMESPAN)));
    check("2.5", "avgif", COLUMN(R(1.5), R(2.5), R(3.5)), COLUMN(B(true), B(false), B(true)));
}

static void test_spread(void **state)
{
    (void)state;
    check("7.0710678118654759", "stdev", COLUMN(L(10), L(20)));
    check("1.6666666667", "variance", COLUMN(R(1), R(2), R(3), R(4)));
    check("1.2909944487487156", "stdev", COLUMN(R(1.5), R(2.5), R(3.5), R(4.5)));
    check("0.0", "stdev", COLUMN(L(5)));
    check("0.0", "variance", COLUMN(NL));
    check("0.0", "variancep", COLUMN(R(2), R(2)));
    check("NaN", "stdev", COLUMN(R(INFINITY), R(-INFINITY), R(1.5)));
    check("1.0", "stdevp", COLUMN(L(1), L(3)));
    check("2.0", "varianceif", COLUMN(L(1), L(9), L(3)), COLUMN(B(true), B(false), B(true)));
}

static void test_extremes(void **state)
{
    (void)state;
    check("1", "min", COLUMN(L(3), NL, L(1)));
    check("3", "max", COLUMN(L(3), NL, L(1)));
    check("null", "max", COLUMN(NL));
    check("-7", "max", COLUMN(L(-7), L(-9)));
    check("NaN", "max", COLUMN(R(1), R(NAN), R(2)));
    check("NaN", "min", COLUMN(R(1), R(NAN), R(2)));
    check("-inf", "min", COLUMN(R(1), R(-INFINITY)));
    check("a", "min", COLUMN(S("b"), S("a"), S("c")));
    check("", "min", COLUMN(S("b"), S("")));
    check("c", "max", COLUMN(S("b"), S("a"), S("c")));
    check2("b; a", "max", COLUMN(S("b"), S("a")));
    check("", "max", COLUMN(S("")));
    check("2020-01-02T00:00:00.0000000Z", "max", COLUMN(T("2020-01-01"), T("2020-01-02")));
    check("2", "minif", COLUMN(L(1), L(2), L(3)), COLUMN(B(false), B(true), B(true)));
    check("null", "maxif", COLUMN(L(1)), COLUMN(B(false)));
    check("True", "max", COLUMN(B(false), B(true)));
}

static void test_lists(void **state)
{
    struct column *x = COLUMN(L(5), NL, L(3), L(5), L(9));
    struct column *p = COLUMN(B(true), B(true), B(false), NIL(TYPE_BOOL), B(true));
    (void)state;
    check("[5,3,5,9]", "make_list", x);
    check("[5,3,9]", "make_set", x);
    check("[5,null,3,5,9]", "make_list_with_nulls", x);
    check("[5,9]", "make_list_if", x, p);
    check("[5,9]", "make_set_if", x, p);
    check2("[5,3,9]; [5]", "make_list", x);
    check_max(2, "[5,3]", "make_list", x);
    check_max(2, "[5,3]", "makeset", x);
    check("[]", "make_list", COLUMN(NL));
    check("[]", "make_set", COLUMN(NL));
    check("[\"\",\"a\"]", "make_set", COLUMN(S(""), S("a"), S("")));
    check("[true,false]", "make_set", COLUMN(B(true), B(false), B(true)));
    check("[1.0,2.5]", "make_list", COLUMN(R(1), R(2.5)));
    check("[\"2020-01-01T00:00:00.0000000Z\"]", "make_set",
          COLUMN(T("2020-01-01"), T("2020-01-01")));
    /* arrays are spliced one level, nulls in dynamic stay in lists */
    check("[1,[2],3,1]", "make_list", COLUMN(D("[1,[2]]"), D("3"), D("[1]"), D("[]")));
    check("[1,2,3]", "make_set", COLUMN(D("[1,2]"), D("3"), D("[2,1,null]"), D("null")));
    check("[{\"x\":1},null,{\"y\":2}]", "make_list",
          COLUMN(D("{\"x\":1}"), D("null"), D("{\"y\":2}")));
    check("[null]", "make_list_with_nulls", COLUMN(D("null")));
}

static void test_bags(void **state)
{
    (void)state;
    check("{\"x\":1,\"y\":2}", "make_bag",
          COLUMN(D("{\"x\":1}"), D("null"), D("{\"y\":2,\"x\":9}")));
    check("{}", "make_bag", COLUMN(D("null")));
    check("{}", "make_dictionary", COLUMN(D("[1]")));
    check("{\"a\":1,\"b\":[2],\"c\":3,\"d\":null}", "make_bag",
          COLUMN(D("{\"a\":1}"), D("{\"b\":[2]}"), D("{}"), D("{\"c\":3,\"b\":0}"),
                 D("{\"a\":0,\"d\":null}")));
    check_max(1, "{\"a\":1}", "make_bag", COLUMN(D("{\"a\":1}"), D("{\"b\":2}")));
}

static void test_arg(void **state)
{
    struct column *m = COLUMN(L(5), L(9), NL, L(9), L(1));
    struct column *s = COLUMN(S("a"), S("longer than before"), S("c"), S("d"), S(""));
    (void)state;
    check("9 longer than before", "arg_max", m, s); /* the first of the largest */
    check("1 ", "arg_min", m, s);
    check("9 longer than before 9", "argmax", m, s, m);
    check("1", "argmin", m);
    check("null a", "arg_max", COLUMN(NL, NL), COLUMN(S("a"), S("b")));
    check("1 null", "arg_min", COLUMN(NL, L(1)), COLUMN(R(1), NIL(TYPE_REAL)));
    check2("5 a; 9 longer than before", "arg_max", m, s);
    check("b 2", "arg_max", COLUMN(S("a"), S("b")), COLUMN(L(1), L(2)));
    check("2020-01-02T00:00:00.0000000Z [1]", "arg_max", COLUMN(T("2020-01-01"), T("2020-01-02")),
          COLUMN(D("null"), D("[1]")));
    check("2.0", "arg_max", COLUMN(R(1), R(NAN), R(2)));
}

static void test_any(void **state)
{
    (void)state;
    check("5", "take_any", COLUMN(NL, L(5), L(6)));
    check("b", "any", COLUMN(S(""), S("b"), S("c")));
    check("", "any", COLUMN(S("")));
    check("null", "take_any", COLUMN(NL, NL));
    check("null a", "take_any", COLUMN(NL, L(5)), COLUMN(S("a"), S("b"))); /* one whole row */
    check("[1]", "take_any", COLUMN(D("null"), D("[1]")));
}

static void test_percentiles(void **state)
{
    static const double p[] = {50, 0, 100, 95, 5};
    struct column *x = column_new(INPUT, TYPE_INT, 20);
    (void)state;
    percents = p;
    n_percents = 1;
    check("10", "percentile", COLUMN(L(15), L(5), L(10), NL, NL));
    check("1.5", "percentile", COLUMN(R(3.5), R(1.5)));
    check("null", "percentile", COLUMN(NL));
    check("2020-01-01T00:00:00.0000000Z", "percentile", COLUMN(T("2020-01-03"), T("2020-01-01")));
    for (size_t i = 0; i < 20; i++)
        x->ints[i] = (int64_t)(i * 7 % 20 + 1); /* 1 to 20 in some order */
    n_percents = 5;
    check("10 1 20 19 1", "percentiles", x);
    check("[10,1,20,19,1]", "percentiles_array", x);
    check("null", "percentiles_array", COLUMN(NL));
    n_percents = 0;
}

static void test_refused(void **state)
{
    enum type dynamic[] = {TYPE_DYNAMIC}, text[] = {TYPE_STRING}, result, cast[1];
    const char *names[] = {"sum", "avg", "min", "max", "stdev", "percentile"};
    const char *why;
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_null(
            aggregate_pick(aggregate_find(str_of(names[i])), dynamic, 1, &result, cast, &why));
        assert_non_null(why);
    }
    assert_null(aggregate_pick(aggregate_find(STR("sum")), text, 1, &result, cast, &why));
    assert_null(aggregate_pick(aggregate_find(STR("countif")), text, 1, &result, cast, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(test_count),  TEST(test_large_sets), TEST(test_sum),    TEST(test_exact_sum),
        TEST(test_avg),    TEST(test_spread),     TEST(test_extremes), TEST(test_lists),
        TEST(test_bags),   TEST(test_arg),        TEST(test_any),    TEST(test_percentiles),
        TEST(test_refused),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
