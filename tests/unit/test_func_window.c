/* Window functions over whole columns: the real engine's answers, restarts, nulls and borders. */
#include "func_try.h"

/* A column of longs from a list; NIL_ is a null. */
#define NIL_ INT64_MIN
static struct column *longs(struct arena *a, enum type type, const int64_t *values, size_t n)
{
    struct column *c = column_new(a, type, n);

    for (size_t i = 0; i < n; i++) {
        c->ints[i] = values[i];
        if (values[i] == NIL_) {
            c->ints[i] = 0;
            column_set_null(c, i);
        }
    }
    return c;
}

static struct column *flags(struct arena *a, const char *text)
{
    size_t n = strlen(text);
    struct column *c = column_new(a, TYPE_BOOL, n);

    for (size_t i = 0; i < n; i++) {
        c->bools[i] = text[i] == '1';
        if (text[i] == '?')
            column_set_null(c, i);
    }
    return c;
}

static struct column *constant(struct arena *a, int64_t v)
{
    return column_constant(a, L(v));
}

static struct column *run(struct arena *a, const char *name, struct column *const *args, size_t n,
                          size_t rows)
{
    const struct func *f = func_find(str_of(name));
    enum type types[8], cast[8], result = TYPE_NONE;
    const char *why;

    assert_non_null(f);
    assert_true(f->flags & FUNC_WINDOW);
    for (size_t i = 0; i < n; i++)
        types[i] = args[i]->type;
    struct call call = {.func = f, .n_args = n, .scratch = a, .run = a};
    call.form = func_pick(f, types, n, &result, cast, &why);
    assert_non_null(call.form);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(cast[i], types[i]);
    call.type = result;
    struct column *out = func_call(&call, args, rows);
    assert_false(out->constant);
    assert_int_equal(out->n, rows);
    return out;
}

static void check(const struct column *out, const char *want)
{
    struct buf text = {0};

    for (size_t i = 0; i < out->n; i++) {
        if (i)
            buf_add_byte(&text, ' ');
        struct value v = column_value(out, i);
        if (v.null)
            buf_add_z(&text, "null");
        value_text(&text, v);
    }
    if (!str_is(buf_str(&text), want))
        fail_msg("expected %s, got %.*s", want, STR_ARG(buf_str(&text)));
    buf_release(&text);
}
#define ARGS(...)                     \
    (struct column *[]){__VA_ARGS__}, \
        sizeof((struct column *[]){__VA_ARGS__}) / sizeof(void *)

static void test_neighbours(void **state)
{
    struct arena *a = arena_new();
    static const int64_t values[] = {1, 2, NIL_, 7};
    struct column *c = longs(a, TYPE_LONG, values, 4);
    struct column *s = column_new(a, TYPE_STRING, 3);
    (void)state;
    check(run(a, "prev", ARGS(c), 4), "null 1 2 null");
    check(run(a, "next", ARGS(c), 4), "2 null 7 null");
    check(run(a, "prev", ARGS(c, constant(a, 2)), 4), "null null 1 2");
    check(run(a, "prev", ARGS(c, constant(a, 1), constant(a, -999)), 4), "-999 1 2 null");
    check(run(a, "next", ARGS(c, constant(a, 3), constant(a, -999)), 4), "7 -999 -999 -999");
    check(run(a, "prev", ARGS(c, constant(a, -1)), 4), "2 null 7 null");
    check(run(a, "prev", ARGS(c, constant(a, 0)), 4), "1 2 null 7");
    check(run(a, "prev", ARGS(c, constant(a, INT64_MIN)), 4), "null null null null");
    check(run(a, "next", ARGS(c, constant(a, INT64_MAX)), 4), "null null null null");
    check(run(a, "prev", ARGS(longs(a, TYPE_LONG, values, 0)), 0), "");
    check(run(a, "prev", ARGS(constant(a, 5)), 3), "null 5 5");
    s->strs[0] = STR("x");
    s->strs[1] = STR("");
    s->strs[2] = STR("z");
    struct column *p = run(a, "prev", ARGS(s), 3);
    assert_true(str_is(p->strs[0], "") && str_is(p->strs[1], "x") && str_is(p->strs[2], ""));
    assert_false(column_null(p, 0));
    arena_free(a);
}

static void test_numbers(void **state)
{
    struct arena *a = arena_new();
    static const int64_t values[] = {3, 5, NIL_, 1, 8, 9};
    struct column *c = longs(a, TYPE_LONG, values, 6);
    (void)state;
    check(run(a, "row_number", NULL, 0, 3), "1 2 3");
    check(run(a, "row_number", ARGS(constant(a, 7)), 3), "7 8 9");
    check(run(a, "row_number", ARGS(constant(a, 1), flags(a, "00?100")), 6), "1 2 3 1 2 3");
    check(run(a, "row_number", ARGS(constant(a, INT64_MAX)), 2),
          "9223372036854775807 -9223372036854775808");
    check(run(a, "row_cumsum", ARGS(c), 6), "3 8 8 9 17 26");
    check(run(a, "row_cumsum", ARGS(c, flags(a, "000100")), 6), "3 8 8 1 9 18");
    check(run(a, "row_cumsum", ARGS(constant(a, 1)), 3), "1 2 3");
    check(run(a, "row_cumsum", ARGS(constant(a, INT64_MAX)), 2), "9223372036854775807 -2");
    arena_free(a);
}

static void test_ranks(void **state)
{
    struct arena *a = arena_new();
    static const int64_t values[] = {20, 20, 20, 10, 10, 5, NIL_, NIL_};
    struct column *c = longs(a, TYPE_LONG, values, 8);
    (void)state;
    check(run(a, "row_rank_dense", ARGS(c), 8), "1 1 1 2 2 3 4 4");
    check(run(a, "row_rank_min", ARGS(c), 8), "1 1 1 4 4 6 7 7");
    check(run(a, "row_rank_dense", ARGS(c, flags(a, "01000000")), 8), "1 1 1 2 2 3 4 4");
    check(run(a, "row_rank_min", ARGS(c, flags(a, "00010000")), 8), "1 1 1 1 1 3 4 4");
    arena_free(a);
}

static void test_sessions(void **state)
{
    struct arena *a = arena_new();
    static const int64_t times[] = {0, 4, 8, 20, 24, 28, 31, NIL_, 32, 100};
    struct column *t = longs(a, TYPE_LONG, times, 10);
    (void)state;
    /* at most 11 from the first, 5 between */
    check(run(a, "row_window_session", ARGS(t, constant(a, 11), constant(a, 5)), 10),
          "0 0 0 20 20 20 31 null 32 100");
    check(run(a, "row_window_session", ARGS(t, constant(a, 1000), constant(a, 1000),
                                            flags(a, "0010000000")), 10),
          "0 0 8 8 8 8 8 null 32 32");
    check(run(a, "row_window_session", ARGS(t, constant(a, INT64_MAX), constant(a, INT64_MAX)), 10),
          "0 0 0 0 0 0 0 null 32 32");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_sessions),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
