/* Columns, dictionaries, chunks, the builder, values and dynamic values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/instant.h"
#include "table/table.h"

static struct arena *a;

static int set_up(void **state)
{
    (void)state;
    a = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

#define expect_str(s, z) assert_string_equal(str_z(a, s), z)

static void expect_text(struct value v, const char *want)
{
    struct buf b = {0};
    value_text(&b, v);
    expect_str(buf_str(&b), want);
    buf_release(&b);
}

static struct value text_value(const char *z)
{
    return (struct value){.type = TYPE_STRING, .s = str_of(z)};
}

static void test_types(void **state)
{
    (void)state;
    assert_string_equal(type_name(TYPE_DATETIME), "datetime");
    assert_int_equal(type_by_name(STR("long")), TYPE_LONG);
    assert_int_equal(type_by_name(STR("double")), TYPE_REAL);
    assert_int_equal(type_by_name(STR("date")), TYPE_DATETIME);
    assert_int_equal(type_by_name(STR("time")), TYPE_TIMESPAN);
    assert_int_equal(type_by_name(STR("uuid")), TYPE_GUID);
    assert_int_equal(type_by_name(STR("boolean")), TYPE_BOOL);
    assert_int_equal(type_by_name(STR("Long")), TYPE_NONE);
    assert_int_equal(type_by_name(STR("none")), TYPE_NONE);
    assert_int_equal(type_shape(TYPE_GUID), SHAPE_STR);
    assert_int_equal(type_shape(TYPE_DECIMAL), SHAPE_REAL);
}

static void test_dict(void **state)
{
    struct dict *d = dict_new(a);
    char word[16];
    (void)state;
    assert_int_equal(dict_add(d, STR("b")), 0);
    assert_int_equal(dict_add(d, STR("")), 1);
    assert_int_equal(dict_add(d, STR("b")), 0);
    assert_int_equal(dict_add(d, STR("b\0c")), 2);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            struct str s = {word, (size_t)snprintf(word, sizeof word, "w%d", i)};
            assert_int_equal(dict_add(d, s), 3 + i); /* copied: the buffer is used again */
        }
    }
    assert_int_equal(dict_size(d), 5003);
    expect_str(dict_get(d, 3 + 4711), "w4711");
    assert_true(str_eq(dict_strings(d)[2], STR("b\0c")));
    assert_true(dict_id(d) != dict_id(dict_new(a)));
}

static void test_columns(void **state)
{
    struct column *c = column_new(a, TYPE_LONG, 4);
    uint32_t rows[] = {3, 0, 3};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        column_set(c, i, (struct value){.type = TYPE_LONG, .i = (int64_t)i * 10});
    assert_null(c->nulls);
    column_set(c, 3, (struct value){.type = TYPE_LONG, .null = true});
    assert_true(column_null(c, 3) && !column_null(c, 2));
    struct column *p = column_pick(a, c, rows, 3);
    assert_true(column_null(p, 0) && column_null(p, 2));
    assert_int_equal(column_value(p, 1).i, 0);
    column_set(c, 3, (struct value){.type = TYPE_LONG, .i = 7});
    assert_false(column_null(c, 3));
    assert_int_equal(column_value(c, 3).i, 7);

    struct column *k = column_constant(a, text_value("x"));
    assert_true(k->constant && k->n == 1);
    expect_str(column_value(k, 99).s, "x");
    expect_str(column_value(column_pick(a, k, rows, 3), 2).s, "x");

    struct column *s = column_new(a, TYPE_STRING, 1);
    column_set(s, 0, (struct value){.type = TYPE_STRING, .null = true});
    assert_null(s->nulls); /* a string is never null */
    assert_int_equal(column_value(s, 0).s.n, 0);
}

static void test_coded_columns(void **state)
{
    struct dict *d = dict_new(a);
    uint32_t codes[] = {dict_add(d, STR("a")), dict_add(d, STR("b")), dict_add(d, STR("a"))};
    struct column c = {.type = TYPE_STRING, .n = 3, .dict = d, .codes = codes, .arena = a};
    uint32_t rows[] = {2, 1};
    (void)state;
    expect_str(column_value(&c, 1).s, "b");
    struct column *p = column_pick(a, &c, rows, 2);
    assert_ptr_equal(p->dict, d);
    expect_str(column_strs(p)[0], "a");
    struct arena *other = arena_new();
    struct column *copy = column_copy(other, &c, 1, 2);
    assert_ptr_not_equal(copy->dict, d);
    expect_str(column_strs(copy)[0], "b");
    expect_str(column_strs(copy)[1], "a");
    arena_free(other);
}

/* A loader that makes column i as row * 10 + i and counts. */
struct loader {
    struct chunk_loader base;
    int loads, picks;
    uint32_t rows[8];
};

static struct column *load(struct chunk_loader *self, struct chunk *c, size_t i)
{
    struct loader *l = (struct loader *)self;
    struct column *col = column_new(c->arena, TYPE_LONG, c->rows);
    l->loads++;
    for (size_t r = 0; r < c->rows; r++)
        col->ints[r] = (int64_t)l->rows[r] * 10 + (int64_t)i;
    return col;
}

static void pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct loader *l = (struct loader *)self;
    l->picks++;
    for (size_t i = 0; i < n; i++)
        l->rows[i] = l->rows[rows[i]];
}

static void test_chunk(void **state)
{
    struct loader l = {.base = {.load = load, .pick = pick}, .rows = {0, 1, 2}};
    struct column *columns[2] = {NULL, NULL};
    int64_t origin[] = {100, 101, 102};
    struct chunk c = {.rows = 3, .n_columns = 2, .columns = columns, .loader = &l.base,
                      .origin = origin, .arena = a};
    uint32_t all[] = {0, 1, 2}, some[] = {0, 2};
    (void)state;
    assert_int_equal(chunk_column(&c, 1)->ints[2], 21);
    chunk_column(&c, 1);
    assert_int_equal(l.loads, 1);
    chunk_pick(&c, all, 3);
    assert_int_equal(l.picks, 0); /* nothing dropped */
    chunk_pick(&c, some, 2);
    assert_int_equal(c.rows, 2);
    assert_int_equal(c.columns[1]->ints[1], 21);
    assert_int_equal(chunk_column(&c, 0)->ints[1], 20);
    assert_int_equal(c.origin[1], 102);
    assert_int_equal(origin[1], 101); /* not ours to change */
}

/* Strings that repeat stay coded; strings that do not are given up on; either way all are there. */
static void test_builder(void **state)
{
    struct field fields[] = {{STR("n"), TYPE_INT},
                             {STR("same"), TYPE_STRING},
                             {STR("all"), TYPE_STRING},
                             {STR("d"), TYPE_DYNAMIC}};
    struct schema schema = {fields, 4};
    struct builder *b = builder_new(a, &schema);
    char word[16];
    (void)state;
    for (int i = 0; i < 9000; i++) {
        struct str s = {word, (size_t)snprintf(word, sizeof word, "w%d", i)};
        if (i % 3)
            builder_int(b, i);
        else
            builder_null(b);
        builder_str(b, i % 2 ? STR("odd") : STR("even"));
        builder_str(b, s);
        builder_value(
            b, (struct value){.type = TYPE_DYNAMIC, .null = i != 8, .s = dyn_from_string(a, s)});
    }
    assert_int_equal(builder_rows(b), 9000);
    struct table *t = builder_finish(b);
    assert_int_equal(t->rows, 9000);
    assert_non_null(t->columns[1]->dict);
    assert_null(t->columns[2]->dict);
    for (size_t i = 0; i < 9000; i++) {
        assert_int_equal(column_null(t->columns[0], i), i % 3 == 0);
        snprintf(word, sizeof word, "w%zu", i);
        assert_true(str_is(column_value(t->columns[2], i).s, word));
        assert_true(str_is(column_value(t->columns[1], i).s, i % 2 ? "odd" : "even"));
    }
    assert_false(column_null(t->columns[3], 8));
    assert_true(column_null(t->columns[3], 9));
    assert_int_equal(schema_find(&t->schema, STR("all")), 2);
    assert_true(schema_find(&t->schema, STR("ALL")) == SIZE_MAX);
    uint32_t rows[] = {8, 1};
    struct table *p = table_pick(a, t, rows, 2);
    assert_int_equal(p->rows, 2);
    expect_str(column_value(p->columns[2], 0).s, "w8");
}

static void test_builder_chunks(void **state)
{
    struct field fields[] = {{STR("s"), TYPE_STRING}, {STR("k"), TYPE_LONG}};
    struct schema schema = {fields, 2};
    struct builder *b = builder_new(a, &schema);
    (void)state;
    /* each with a dictionary of its own, in other order */
    for (int round = 0; round < 3; round++) {
        struct arena *scratch = arena_new();
        struct dict *d = dict_new(scratch);
        struct column *columns[2];
        int64_t origin[] = {1, 2};
        uint32_t codes[2];
        codes[0] = dict_add(d, round == 1 ? STR("y") : STR("x"));
        codes[1] = dict_add(d, round == 1 ? STR("x") : STR("z"));
        struct column s = {
            .type = TYPE_STRING, .n = 2, .dict = d, .codes = codes, .arena = scratch};
        columns[0] = &s;
        columns[1] = column_constant(
            scratch, (struct value){.type = TYPE_LONG, .null = round == 2, .i = round});
        struct chunk c = {.rows = 2, .n_columns = 2, .columns = columns, .arena = scratch,
                          .origin = round ? origin : NULL};
        builder_add_chunk(b, &c);
        arena_free(scratch);
    }
    struct table *t = builder_finish(b);
    const char *want[] = {"x", "z", "y", "x", "x", "z"};
    assert_int_equal(t->rows, 6);
    for (size_t i = 0; i < 6; i++) {
        expect_str(column_value(t->columns[0], i).s, want[i]);
        assert_int_equal(t->origin[i], i < 2 ? -1 : (int64_t)(i % 2) + 1);
        assert_int_equal(column_null(t->columns[1], i), i >= 4);
    }
}

static void test_empty_table(void **state)
{
    struct field fields[] = {{STR("s"), TYPE_STRING}, {STR("r"), TYPE_REAL}};
    struct schema schema = {fields, 2};
    struct table *t = builder_finish(builder_new(a, &schema));
    (void)state;
    assert_int_equal(t->rows, 0);
    assert_int_equal(column_pick(a, t->columns[0], NULL, 0)->n, 0);
    assert_int_equal(column_copy(a, t->columns[1], 0, 0)->n, 0);
}

static struct value real_value(double r)
{
    return (struct value){.type = TYPE_REAL, .r = r};
}

static void test_order(void **state)
{
    struct value null = {.type = TYPE_REAL, .null = true};
    struct value rising[] = {null,          real_value(NAN), real_value(-INFINITY), real_value(-1),
                             real_value(0), real_value(2),   real_value(INFINITY)};
    (void)state;
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++) {
            int c = value_compare(rising[i], rising[j]);
            assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
            assert_int_equal(value_equal(rising[i], rising[j]), i == j);
        }
    }
    assert_true(value_equal(real_value(0.0), real_value(-0.0)));
    assert_true(value_hash(real_value(0.0)) == value_hash(real_value(-0.0)));
    assert_true(value_hash(real_value(NAN)) == value_hash(real_value(-NAN)));
    assert_true(value_compare(text_value("CAFE"), text_value("cafe")) < 0);
    assert_true(value_compare(text_value("cafe"), text_value("caf\xc3\xa9")) < 0);
    assert_true(value_compare(text_value(""), text_value("a")) < 0);
}

static void expect_real(double r, const char *want)
{
    char text[32];
    expect_str(((struct str){text, real_format(r, text)}), want);
}

static void test_reals(void **state)
{
    (void)state;
    expect_real(1.0, "1.0");
    expect_real(0.1 + 0.2, "0.30000000000000007");
    expect_real(1.0 / 3, "0.3333333333333333");
    expect_real(-0.0, "-0.0");
    expect_real(0.0, "0.0");
    expect_real(100000000000.0, "100000000000.0");
    expect_real(1.5, "1.5");
    expect_real(-123.456, "-123.456");
    expect_real(0.00001, "0.00001");
    expect_real(INFINITY, "inf");
    expect_real(-INFINITY, "-inf");
    expect_real(NAN, "NaN");
    expect_real(1e30, "1e+30");
    expect_real(1.5e-300, "1.5e-300");
    expect_real(0x1p-44, "5.684341886080802e-14");
    expect_real(5e-324, "5e-324");
    expect_real(1.7976931348623157e308, "1.7976931348623157e+308");
    expect_real(9007199254740993.0, "9007199254740992.0");
    /* whatever it prints reads back, and no shorter text of 15 digits would */
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        double r;
        char text[40];
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        memcpy(&r, &seed, sizeof r);
        if (!isfinite(r))
            continue;
        text[real_format(r, text)] = '\0';
        assert_true(strtod(text, NULL) == r);
    }
}

static void test_texts(void **state)
{
    (void)state;
    expect_text((struct value){.type = TYPE_BOOL, .b = true}, "True");
    expect_text((struct value){.type = TYPE_LONG, .i = INT64_MIN}, "-9223372036854775808");
    expect_text((struct value){.type = TYPE_LONG, .null = true}, "");
    expect_text((struct value){.type = TYPE_TIMESPAN, .i = -TICKS_PER_HOUR}, "-01:00:00");
    expect_text((struct value){.type = TYPE_DATETIME, .i = 0}, "0001-01-01T00:00:00.0000000Z");
    expect_text((struct value){.type = TYPE_GUID, .s = STR("0a")}, "0a");
}

/* JSON in and out again as `want`. */
static void expect_json(const char *json, bool exact, const char *want)
{
    struct buf b = {0};
    struct str d;
    assert_true(dyn_parse_json(a, str_of(json), &d));
    dyn_text(&b, d, exact);
    expect_str(buf_str(&b), want);
    buf_release(&b);
}

static void test_json(void **state)
{
    struct str d;
    (void)state;
    expect_json(" {\"b\": [1, 2.0, null, true], \"a\": {\"x\": \"\\u00e9\\n\"}} ", true,
                "{\"b\":[1,2.0,null,true],\"a\":{\"x\":\"\xc3\xa9\\n\"}}");
    expect_json("\"x\\\"\"", true, "\"x\\\"\"");
    expect_json("\"x\\\"\"", false, "x\"");
    expect_json("true", false, "true");
    expect_json("null", false, "");
    expect_json("null", true, "null");
    expect_json("[]", false, "[]");
    expect_json("{}", false, "{}");
    expect_json("9223372036854775807", false, "9223372036854775807");
    expect_json("[9223372036854775808, 1]", false, "[9.223372036854776e+18,1]");
    expect_json("1e2", false, "100.0");
    expect_json("\"a\\u0000b\"", true, "\"a\\u0000b\"");
    expect_json("{\"a\":1,\"a\":2}", false, "{\"a\":2}");
    assert_false(dyn_parse_json(a, STR(""), &d));
    assert_false(dyn_parse_json(a, STR("{'a':1}"), &d));
    assert_false(dyn_parse_json(a, STR("[1] x"), &d));
    assert_false(dyn_parse_json(a, STR("\"\xff\""), &d));
    /* depth: 512 is taken, more is not */
    char deep[1200];
    memset(deep, '[', 600);
    memset(deep + 600, ']', 600);
    assert_false(dyn_parse_json(a, (struct str){deep, 1200}, &d));
    assert_true(dyn_parse_json(a, (struct str){deep + 100, 1000}, &d));
}

static void test_json_quote(void **state)
{
    struct buf b = {0};
    (void)state;
    json_quote(&b, STR("a\xff\x01\"\xe2\x82\xac\\/\t"));
    expect_str(buf_str(&b), "\"a\xef\xbf\xbd\\u0001\\\"\xe2\x82\xac\\\\/\\t\"");
    buf_release(&b);
}

static void test_dynamic(void **state)
{
    struct str d, none = {0};
    (void)state;
    assert_true(dyn_parse_json(a, STR("[10, [20], \"x\"]"), &d));
    assert_int_equal(dyn_kind(d), DYN_ARRAY);
    assert_int_equal(dyn_count(d), 3);
    assert_int_equal(dyn_scalar(dyn_at(d, 0)).i, 10);
    expect_str(dyn_scalar(dyn_at(d, -1)).s, "x");
    assert_int_equal(dyn_scalar(dyn_at(dyn_at(d, 1), 0)).i, 20);
    assert_null(dyn_at(d, 3).p);
    assert_null(dyn_at(d, -4).p);
    assert_null(dyn_at(d, INT64_MIN).p);
    assert_null(dyn_at(d, INT64_MAX).p);
    assert_null(dyn_at(dyn_at(d, 0), 0).p);
    assert_null(dyn_member(d, STR("x")).p);
    assert_true(dyn_parse_json(a, STR("{\"k\": null, \"K\": 1.5}"), &d));
    assert_int_equal(dyn_kind(dyn_member(d, STR("k"))), DYN_NULL);
    assert_true(dyn_scalar(dyn_member(d, STR("k"))).null);
    assert_true(dyn_scalar(dyn_member(d, STR("K"))).r == 1.5);
    expect_str(dyn_key(d, 1), "K");
    assert_null(dyn_key(d, 2).p);
    assert_int_equal(dyn_kind(none), DYN_NULL);
    assert_int_equal(dyn_count(none), 0);
    struct str parts[] = {none, dyn_from_string(a, STR(""))};
    d = dyn_from_array(a, parts, 2);
    assert_int_equal(dyn_kind(dyn_item(d, 0)), DYN_NULL);
    assert_int_equal(dyn_kind(dyn_item(d, 1)), DYN_STRING);
    struct value t = {.type = TYPE_DATETIME, .i = 5};
    assert_int_equal(dyn_scalar(dyn_from_value(a, t)).type, TYPE_DATETIME);
    t = (struct value){.type = TYPE_DECIMAL, .r = 1.5}; /* decimals are text in JSON */
    expect_str(dyn_scalar(dyn_from_value(a, t)).s, "1.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),       cmocka_unit_test(test_dict),
        cmocka_unit_test(test_columns),     cmocka_unit_test(test_coded_columns),
        cmocka_unit_test(test_chunk),       cmocka_unit_test(test_builder),
        cmocka_unit_test(test_builder_chunks), cmocka_unit_test(test_empty_table),
        cmocka_unit_test(test_order),       cmocka_unit_test(test_reals),
        cmocka_unit_test(test_texts),       cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_quote),  cmocka_unit_test(test_dynamic),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
