/* func_call: folding, nulls, and remembering results by dictionary from chunk to chunk. */
#include "func_try.h"

static struct arena *run, *scratch;

static int set_up(void **state)
{
    (void)state;
    run = arena_new();
    scratch = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(run);
    arena_free(scratch);
    return 0;
}

/* A kernel that counts the cells it was asked for. */
static size_t cells_computed;

static void count_bytes(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    (void)call;
    column_strs(args[0]);
    for (size_t i = 0; i < rows; i++) {
        cells_computed++;
        out->ints[i] =
            (int64_t)args[0]->strs[column_at(args[0], i)].n + args[1]->ints[column_at(args[1], i)];
        if (args[0]->strs[column_at(args[0], i)].n == 0)
            column_set_null(out, i);
    }
}

static void twice(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    column_strs(args[0]);
    for (size_t i = 0; i < rows; i++) {
        struct str s = args[0]->strs[column_at(args[0], i)];
        cells_computed++;
        out->strs[i] = str_fmt(call->scratch, "%.*s%.*s", STR_ARG(s), STR_ARG(s));
    }
}

static const struct func count_func = {.name = "count_bytes",
                                       .forms = {{"sl", TYPE_LONG, count_bytes}}};
static const struct func twice_func = {.name = "twice", .forms = {{"s", TYPE_STRING, twice}}};

static struct call call_of(const struct func *f, size_t n_args)
{
    return (struct call){.func = f,
                         .form = &f->forms[0],
                         .type = f->forms[0].result,
                         .n_args = n_args,
                         .scratch = scratch,
                         .run = run};
}

static struct column *coded(struct dict *d, const char *words, size_t n)
{
    struct column *c = ARENA_NEW(scratch, struct column);
    *c = (struct column){.type = TYPE_STRING, .n = n, .dict = d, .arena = scratch};
    c->codes = ARENA_ARRAY(scratch, uint32_t, n);
    for (size_t i = 0; i < n; i++) /* each letter a word: "aab" */
        c->codes[i] = dict_add(d, (struct str){words + i, words[i] == '-' ? 0 : 1});
    return c;
}

static void test_constants_fold(void **state)
{
    struct call call = call_of(&count_func, 2);
    struct column *args[] = {column_constant(scratch, S("abc")), column_constant(scratch, L(1))};
    (void)state;
    cells_computed = 0;
    struct column *out = func_call(&call, args, 1000);
    assert_true(out->constant && out->n == 1);
    assert_int_equal(column_value(out, 999).i, 4);
    assert_int_equal(cells_computed, 1);
    args[1] = column_constant(scratch, NIL(TYPE_LONG));
    out = func_call(&call, args, 1000);
    assert_true(out->constant && column_null(out, 5));
    assert_int_equal(cells_computed, 1); /* null without asking */
}

static void test_nulls_spread(void **state)
{
    struct call call = call_of(&count_func, 2);
    struct column *n = column_new(scratch, TYPE_LONG, 3), *s = column_new(scratch, TYPE_STRING, 3);
    struct column *args[] = {s, n};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        column_set(s, i, S("ab"));
    column_set(n, 0, L(1));
    column_set(n, 1, NIL(TYPE_LONG));
    column_set(n, 2, L(3));
    struct column *out = func_call(&call, args, 3);
    assert_false(column_null(out, 0) || column_null(out, 2));
    assert_true(column_null(out, 1));
    assert_int_equal(out->ints[2], 5);
}

/* One dictionary over many chunks: each of its words is computed once, whatever the number of
 * rows. */
static void test_remembered(void **state)
{
    struct call call = call_of(&count_func, 2);
    struct dict *d = dict_new(run);
    const char *chunks[] = {"abc-", "ccba", "-ad", "eed-f", "abcdef"};
    (void)state;
    for (char c = 'g'; c <= 'z'; c++)
        dict_add(d, (struct str){&c, 1});
    cells_computed = 0;
    for (size_t k = 0; k < 5; k++) {
        size_t n = strlen(chunks[k]);
        struct column *args[] = {coded(d, chunks[k], n), column_constant(scratch, L(10))};
        struct column *out = func_call(&call, args, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(column_null(out, i), chunks[k][i] == '-');
            if (chunks[k][i] != '-')
                assert_int_equal(column_value(out, i).i, 11);
        }
        arena_reset(scratch);
    }
    /* the first chunk by rows (4), then a b c "" d e f once each */
    assert_int_equal(cells_computed, 4 + 7);
}

static void test_remembered_text_is_coded(void **state)
{
    struct call call = call_of(&twice_func, 1);
    struct dict *d = dict_new(run);
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct column *args[] = {coded(d, "ab-", 3)};
        struct column *out = func_call(&call, args, 3);
        if (k)
            assert_non_null(out->dict);
        assert_true(str_is(column_value(out, 1).s, "bb"));
        assert_true(str_is(column_value(out, 0).s, "aa"));
        assert_int_equal(column_value(out, 2).s.n, 0);
        assert_true(str_is(column_strs(out)[1], "bb"));
        arena_reset(scratch);
    }
}

/* Other constants, other dictionaries: nothing stale, and no memory for dictionaries without
 * end. */
static void test_forgotten(void **state)
{
    struct call call = call_of(&count_func, 2);
    struct dict *d = dict_new(run);
    (void)state;
    for (int k = 0; k < 200; k++) {
        struct dict *used = k % 3 ? d : dict_new(scratch);
        struct column *args[] = {coded(used, "ab", 2), column_constant(scratch, L(k / 5))};
        struct column *out = func_call(&call, args, 2);
        assert_int_equal(column_value(out, 1).i, 1 + k / 5);
        arena_reset(scratch);
    }
    size_t held = arena_bytes(run);
    for (int k = 0; k < 2000; k++) {
        struct dict *fresh = dict_new(scratch);
        struct column *args[] = {coded(fresh, "abababab", 8), column_constant(scratch, L(1))};
        struct column *first = func_call(&call, args, 8), *again = func_call(&call, args, 8);
        assert_int_equal(column_value(first, 7).i, 2);
        assert_int_equal(column_value(again, 7).i, 2);
        arena_reset(scratch);
    }
    assert_int_equal(arena_bytes(run), held);
}

/* in~ over a coded column: what the flagship rule does with file extensions, through real rows. */
static void test_real_rows_by_dict(void **state)
{
    const struct func *f = func_find(STR("!in~"));
    enum type types[] = {TYPE_STRING, TYPE_DYNAMIC}, result, cast[2];
    struct dict *d = dict_new(run);
    struct error err = {0};
    const char *why;
    (void)state;
    struct call call = {.func = f, .form = func_pick(f, types, 2, &result, cast, &why), .n_args = 2,
                        .scratch = scratch, .run = run, .type = TYPE_BOOL};
    struct column *list = column_constant(run, D("[\"A\", \"x\"]"));
    struct column *constants[] = {NULL, list};
    call.state = f->prepare(&call, constants, &err);
    for (int k = 0; k < 4; k++) {
        struct column *args[] = {coded(d, "abx-X", 5), list};
        struct column *out = func_call(&call, args, 5);
        const uint8_t want[] = {0, 1, 0, 1, 0};
        assert_memory_equal(out->bools, want, 5);
        arena_reset(scratch);
    }
}

static void test_no_arguments(void **state)
{
    const struct func *f = func_find(STR("now"));
    struct call call = {.func = f,
                        .form = &f->forms[0],
                        .type = TYPE_DATETIME,
                        .scratch = scratch,
                        .run = run,
                        .now = 42};
    (void)state;
    struct column *out = func_call(&call, NULL, 7);
    assert_true(out->constant);
    assert_int_equal(column_value(out, 6).i, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_constants_fold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nulls_spread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remembered_text_is_coded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_real_rows_by_dict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_arguments, set_up, tear_down),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
