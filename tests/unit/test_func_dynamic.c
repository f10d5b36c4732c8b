/* Arrays, sets, bags and paths: answers by hand, odd kinds, and sizes that must not be taken at
 * their word. */
#include "func_try.h"

static void test_pieces(void **state)
{
    (void)state;
    expect("[1,3,5,2,4,6]", "array_concat", D("[1,3,5]"), D("[2,4,6]"));
    expect("[1]", "array_concat", D("null"), D("[1]"), D("{\"a\":1}"));
    expect(NULL, "array_concat", D("null"), D("7"));
    expect("[3,4,5]", "array_slice", D("[1,2,3,4,5,6]"), L(2), L(-2));
    expect("[4,5,6]", "array_slice", D("[1,2,3,4,5,6]"), L(-3), L(-1));
    expect("[1,2,3]", "array_slice", D("[1,2,3]"), L(-100), L(100));
    expect("[]", "array_slice", D("[1,2,3]"), L(2), L(1));
    expect("[]", "array_slice", D("[1,2,3]"), L(0), L(-4));
    expect("[3]", "array_slice", D("[1,2,3]"), L(2), L(INT64_MAX));
    expect("[]", "array_slice", D("[1,2,3]"), L(INT64_MAX), L(INT64_MIN));
    expect("[]", "array_slice", D("[]"), L(0), L(0));
    expect(NULL, "array_slice", D("{\"a\":1}"), L(0), L(1));
    expect("[[1,2],[3,4,5],[6,7,8]]", "array_split", D("[1,2,3,4,5,6,7,8]"), D("[2,5]"));
    expect("[[1],[2,3],[4,5]]", "array_split", D("[1,2,3,4,5]"), D("[1,-2]"));
    expect("[[1,2],[3]]", "array_split", D("[1,2,3]"), L(2));
    expect("[[1,2,3],[]]", "array_split", D("[1,2,3]"), L(INT64_MAX));
    expect("[[1,2],[],[3]]", "array_split", D("[1,2,3]"), D("[2,1]"));
    expect(NULL, "array_split", D("[1,2,3]"), D("[\"a\"]"));
    expect(NULL, "array_split", D("[1,2,3]"), D("[]"));
}

static void test_orders(void **state)
{
    (void)state;
    expect("[3,2,1]", "array_reverse", D("[1,2,3]"));
    expect("[]", "array_reverse", D("[]"));
    expect(NULL, "array_reverse", D("\"abc\""));
    expect("[3,4,5,1,2]", "array_rotate_left", D("[1,2,3,4,5]"), L(2));
    expect("[4,5,1,2,3]", "array_rotate_left", D("[1,2,3,4,5]"), L(-2));
    expect("[4,5,1,2,3]", "array_rotate_right", D("[1,2,3,4,5]"), L(7));
    expect("[2,3,1]", "array_rotate_left", D("[1,2,3]"), L(INT64_MAX)); /* 2^63 - 1 is 1 modulo 3 */
    expect("[]", "array_rotate_left", D("[]"), L(3));
    expect("[3,4,5,null,null]", "array_shift_left", D("[1,2,3,4,5]"), L(2));
    expect("[-1,-1,1,2,3]", "array_shift_left", D("[1,2,3,4,5]"), L(-2), L(-1));
    expect("[\"x\",\"x\"]", "array_shift_right", D("[1,2]"), L(INT64_MAX), S("x"));
    expect("[1,2,3]", "array_sort_asc", D("[3,1,2]"));
    expect("[3,2,1]", "array_sort_desc", D("[3,1,2]"));
    expect("[1,1.5,2,\"a\",\"b\",true,null]", "array_sort_asc",
           D("[null,\"b\",2,true,1.5,\"a\",1]"));
    expect("[null,1,2]", "array_sort_asc", D("[2,null,1]"), B(false));
    expect("[2,1,null]", "array_sort_desc", D("[1,null,2]"));
    expect(NULL, "array_sort_asc", D("{\"a\":1}"));
    expect(NULL, "array_sort_asc", D("null"));
}

static void test_questions(void **state)
{
    (void)state;
    expect("1", "array_index_of", D("[1,2,3]"), L(2));
    expect("-1", "array_index_of", D("[1,2,3]"), L(99));
    expect("1", "array_index_of", D("[1,2.0,3]"), L(2));
    expect("0", "array_index_of", D("[\"a\"]"), S("a"));
    expect("-1", "array_index_of", D("[\"2\"]"), L(2));
    expect("2", "array_index_of", D("[1,2,1]"), L(1), L(1));
    expect("2", "array_index_of", D("[1,2,1]"), L(1), L(0), L(-1), L(2));
    expect("-1", "array_index_of", D("[1,2,1]"), L(1), L(1), L(1));
    expect("2", "array_index_of", D("[1,2,1]"), L(1), L(-1));
    expect(NULL, "array_index_of", D("7"), L(7));
    expect(NULL, "array_index_of", D("[1]"), L(1), L(0), L(-1), L(0));
    expect("6.0", "array_sum", D("[1,2,3]"));
    expect("0.0", "array_sum", D("[]"));
    expect(NULL, "array_sum", D("[1,\"2\"]"));
    expect(NULL, "array_sum", D("{\"a\":1}"));
    expect("a|||b", "strcat_array", D("[\"a\",null,\"\",\"b\"]"), S("|"));
    expect(",", "strcat_array", D("[null,null]"), S(","));
    expect("true->{\"a\":1}->1.5", "strcat_array", D("[true,{\"a\":1},1.5]"), S("->"));
    expect("", "strcat_array", D("[]"), S(","));
    expect("", "strcat_array", D("\"x\""), S(","));
}

static void test_making(void **state)
{
    (void)state;
    expect_none("[]", "pack_array");
    expect("[1,\"a\",null,[2]]", "pack_array", L(1), S("a"), NIL(TYPE_LONG), D("[2]"));
    expect("[1,1,1]", "repeat", L(1), L(3));
    expect("[]", "repeat", L(1), L(0));
    expect("[null,null]", "repeat", NIL(TYPE_LONG), L(2));
    expect(NULL, "repeat", L(1), L(-1));
    expect(NULL, "repeat", L(1), L(INT64_MAX));
    expect("[1,3,5,7]", "range", L(1), L(8), L(2));
    expect("[3,2,1]", "range", L(3), L(1), L(-1));
    expect("[]", "range", L(3), L(1));
    expect("[9223372036854775806,9223372036854775807]", "range", L(INT64_MAX - 1), L(INT64_MAX));
    expect("[-9223372036854775808,-1,9223372036854775806]", "range", L(INT64_MIN), L(INT64_MAX),
           L(INT64_MAX));
    expect(NULL, "range", L(1), L(5), L(0));
    expect(NULL, "range", L(0), L(INT64_MAX));
    expect("[1.5,2.0,2.5]", "range", R(1.5), R(2.5), R(0.5));
    expect(NULL, "range", R(0), R(1e300), R(1));
    expect(NULL, "range", R(0), R(0.0 / 0.0));
    expect("[\"2020-01-01T00:00:00.0000000Z\",\"2020-01-02T00:00:00.0000000Z\"]", "range",
           T("2020-01-01"),
           T("2020-01-02"), P(TICKS_PER_DAY));
    expect("[\"00:00:00\",\"01:00:00\"]", "range", P(0), P(TICKS_PER_HOUR));
    expect("[[1,\"a\"],[2,null]]", "zip", D("[1,2]"), D("[\"a\"]"));
    expect("[]", "zip", D("[]"), D("[]"));
    expect(NULL, "zip", D("[]"), D("1"));
    expect("[1,5,3]", "array_iff", D("[true,false,true]"), D("[1,2,3]"), D("[4,5,6]"));
    expect("[\"y\",\"n\",null,null]", "array_iff", D("[1,0,\"x\",null]"), S("y"), S("n"));
    expect("[1,null]", "array_iff", D("[1,1]"), D("[1]"), D("[]"));
    expect(NULL, "array_iff", D("true"), L(1), L(2));
}

static void test_sets(void **state)
{
    (void)state;
    expect("[1,2,3,4,5,6,7]", "set_union", D("[1,2,3]"), D("[3,4,5]"), D("[5,6,7]"));
    expect("[1,2]", "set_union", D("[1,1,2]"), D("null"));
    expect(NULL, "set_union", D("null"), D("{}"));
    expect("[]", "set_intersect", D("[1,2,3]"), D("[5]"));
    expect("[2,3]", "set_intersect", D("[1,2,3,2]"), D("[3,2]"));
    expect(NULL, "set_intersect", D("null"), D("[1]"));
    expect("[\"a\"]", "set_difference", D("[\"a\",\"b\",\"a\"]"), D("[\"b\"]"));
    expect("[1]", "set_difference", D("[1,2,3]"), D("[2]"), D("[3,4]"));
    expect("[1]", "set_difference", D("[1]"), D("null"));
    expect("True", "set_has_element", D("[1,\"a\"]"), S("a"));
    expect("False", "set_has_element", D("[1,\"a\"]"), S("A"));
    expect("True", "set_has_element", D("[1.0]"), L(1));
    expect(NULL, "set_has_element", D("7"), L(7));
    expect("True", "set_equals", D("[1,2]"), D("[2,1,1]"));
    expect("False", "set_equals", D("[1,2]"), D("[2]"));
    expect("0.25", "jaccard_index", D("[1,2,3]"), D("[3,4]"));
    expect("NaN", "jaccard_index", D("[]"), D("[]"));
}

static void test_bags(void **state)
{
    (void)state;
    expect_none("{}", "bag_pack");
    expect("{\"a\":1,\"b\":null}", "bag_pack", S("a"), L(1), S("b"), NIL(TYPE_LONG));
    expect("{\"a\":1,\"5\":true}", "pack", S("a"), L(1), S("a"), L(2), L(5), B(true), S(""), L(9));
    expect("{\"a\":1,\"b\":null}", "bag_zip", D("[\"a\",\"b\",7]"), D("[1]"));
    expect("{\"a\":[1,2,3],\"b\":9}", "bag_merge", D("{\"a\":[1,2,3]}"),
           D("{\"a\":[4,5],\"b\":9}"));
    expect("{\"b\":1}", "bag_merge", D("null"), D("{\"b\":1}"), D("[1]"));
    expect(NULL, "bag_merge", D("null"), D("null"));
    expect("[\"a\",\"b\"]", "bag_keys", D("{\"a\":1,\"b\":{\"c\":2}}"));
    expect("[]", "bag_keys", D("{}"));
    expect(NULL, "bag_keys", D("[1]"));
    expect("True", "bag_has_key", D("{\"a\":null}"), S("a"));
    expect("False", "bag_has_key", D("{\"a\":1}"), S("A"));
    expect("True", "bag_has_key", D("{\"a\":{\"b\":[1,{\"c\":2}]}}"), S("$.a.b[1]['c']"));
    expect("False", "bag_has_key", D("{\"a\":{\"b\":[1]}}"), S("$.a.b[1]"));
    expect("True", "bag_has_key", D("{\"$\":1}"), S("$"));
    expect(NULL, "bag_has_key", D("[1]"), S("a"));
    expect("{\"a\":2}", "bag_set_key", D("{\"a\":1}"), S("a"), L(2));
    expect("{\"a\":{\"b\":1,\"c\":{\"d\":\"x\"}}}", "bag_set_key", D("{\"a\":{\"b\":1}}"),
           S("$.a.c.d"), S("x"));
    expect("{\"a\":1}", "bag_set_key", D("{\"a\":1}"), S("$.a.b"), S("x"));
    expect(NULL, "bag_set_key", D("null"), S("a"), L(2));
    expect("{\"b\":2}", "bag_remove_keys", D("{\"a\":1,\"b\":2}"), D("[\"a\",\"x\",7]"));
    expect("{\"b\":{\"d\":3}}", "bag_remove_keys", D("{\"b\":{\"c\":2,\"d\":3}}"),
           D("[\"$.b.c\",\"$.x.y\"]"));
    expect("{}", "bag_remove_keys", D("{\"a\":1}"), D("[\"$.a\"]"));
}

static void test_paths(void **state)
{
    (void)state;
    expect("x", "extract_json", S("$.a[1].b"), S("{\"a\":[0,{\"b\":\"x\"}]}"));
    expect("{\"b\":1}", "extract_json", S("$.a"), S("{\"a\":{\"b\":1}}"));
    expect("1", "extract_json", S("$['a b'][\"c\"]"), S("{\"a b\":{\"c\":1}}"));
    expect("1", "extract_json", S("$.['a']"), S("{\"a\":1}"));
    expect("2", "extract_json", S("$[-1]"), S("[1,2]"));
    expect("[1]", "extract_json", S("$"), S("[1]"));
    expect("", "extract_json", S("$.a"), S("no json"));
    expect("", "extract_json", S("$.a"), S("{\"a\":null}"));
    expect("3", "extract_json", S("$.a"), D("{\"a\":3}"));
    refused("path", "extract_json", S("a.b"), S("{}"));
    refused("path", "extract_json", S("$.a["), S("{}"));
    refused("path", "extract_json", S("$.a['x"), S("{}"));
    refused("path", "extract_json", S("$..a"), S("{}"));
    refused("path", "extract_json", S("$[x]"), S("{}"));
    refused("path", "extract_json", S(""), S("{}"));
    expect("[1,2,3]", "dynamic_to_json", D("[1,2,3]"));
    expect("{\"a\":{\"y\":1,\"z\":2},\"b\":\"x\"}", "dynamic_to_json",
           D("{\"b\":\"x\",\"a\":{\"z\":2,\"y\":1}}"));
    expect("\"x\"", "dynamic_to_json", D("\"x\""));
    expect("[\"['prop1']\",\"['prop1'][0]\",\"['prop2']\"]", "treepath",
           D("{\"prop1\":[1,2,3,4],\"prop2\":\"value2\"}"));
    expect("[]", "treepath", D("7"));
}

/* Deep and wide together: paths could take more than all memory. */
static void test_hostile_depth(void **state)
{
    struct arena *a = arena_new();
    struct buf json = {0};
    struct error err = {0};
    struct value v;
    (void)state;
    for (int i = 0; i < 500; i++)
        buf_add_z(&json, "{\"kkkkkkkkkkkkkkkk\":");
    buf_add_z(&json, "{");
    for (int i = 0; i < 20000; i++)
        buf_addf(&json, "%s\"%d\":0", i ? "," : "", i);
    buf_add_z(&json, "}");
    for (int i = 0; i < 500; i++)
        buf_add_z(&json, "}");
    buf_add_byte(&json, '\0');
    v = D(json.p);
    try_run(a, "treepath", &v, 1, true, &err);
    assert_true(arena_bytes(a) < (size_t)256 << 20);
    arena_reset(a);
    try_run(a, "dynamic_to_json", &v, 1, true, &err);
    assert_true(arena_bytes(a) < (size_t)256 << 20);
    buf_release(&json);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_making), cmocka_unit_test(test_sets), cmocka_unit_test(test_bags),
        cmocka_unit_test(test_paths), cmocka_unit_test(test_hostile_depth),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
