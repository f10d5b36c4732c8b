/* Text, numbers, maps and arenas of base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

#define assert_str(s, z) assert_true(str_is((s), (z)))

static void comparing(void **state)
{
    (void)state;
    assert_true(str_eq(STR_NONE, STR("")));
    assert_true(str_eq(str_sub(STR_NONE, 0, 0), STR_NONE));
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_true(str_eq_nocase(STR("Owa@["), STR("oWA@[")));
    assert_false(str_eq_nocase(STR("@["), STR("`{")));
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0); /* by unsigned bytes */
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("a"), STR_NONE));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
}

static void searching(void **state)
{
    struct str rest = STR("a,,b");

    (void)state;
    assert_int_equal(str_find_byte(STR("abca"), 'a'), 0);
    assert_int_equal(str_find_last_byte(STR("abca"), 'a'), 3);
    assert_int_equal(str_find_byte(STR("abc"), 'x'), 3);
    assert_int_equal(str_find_last_byte(STR_NONE, 'x'), 0);
    assert_int_equal(str_find(STR("aXbX"), STR("X"), 2), 3);
    assert_int_equal(str_find(STR("abc"), STR(""), 3), 3);
    assert_true(str_find(STR("abc"), STR(""), 4) == SIZE_MAX);
    assert_true(str_find(STR("abc"), STR("cd"), 0) == SIZE_MAX);
    assert_true(str_find(STR("abc"), STR("ab"), 1) == SIZE_MAX);
    assert_str(str_trim(STR(" \t\r\n a b \n")), "a b");
    assert_int_equal(str_trim(STR(" \n")).n, 0);
    assert_str(str_cut(&rest, ','), "a");
    assert_str(str_cut(&rest, ','), "");
    assert_non_null(rest.p);
    assert_str(str_cut(&rest, ','), "b");
    assert_null(rest.p);
    assert_str(str_cut(&rest, ','), "");
    rest = STR("a,"); /* what follows the last separator is there, and empty */
    str_cut(&rest, ',');
    assert_non_null(rest.p);
    assert_int_equal(rest.n, 0);
}

static void integers(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "--1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999"};
    int64_t v;

    (void)state;
    assert_true(str_to_int64(STR("9223372036854775807"), &v) && v == INT64_MAX);
    assert_true(str_to_int64(STR("-9223372036854775808"), &v) && v == INT64_MIN);
    assert_true(str_to_int64(STR("-0"), &v) && v == 0);
    assert_true(str_to_int64(STR("+00012"), &v) && v == 12);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_to_int64(str_of(bad[i]), &v));
}

static void doubles(void **state)
{
    static const char *const good[] = {"0",
                                       "-0.0",
                                       "1.5",
                                       ".5",
                                       "5.",
                                       "1e5",
                                       "1E-5",
                                       "0.1",
                                       "1e22",
                                       "1e23",
                                       "123456789012345678901234567890",
                                       "1e-400",
                                       "1e400",
                                       "4.9e-324",
                                       "9007199254740993",
                                       "1.7976931348623157e308",
                                       "0.30000000000000004",
                                       "000.000001e+3",
                                       "2.2250738585072011e-308",
                                       "1e999999999999999999999"};
    static const char *const bad[] = {"",    ".",     "e5", "1e", "1e+", "-",    "nan",
                                      "inf", "0x1p3", " 1", "1 ", "1,5", "1.2.3"};
    double v;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double want = strtod(good[i], NULL);
        assert_true(str_to_double(str_of(good[i]), &v));
        assert_memory_equal(&v, &want, sizeof v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_to_double(str_of(bad[i]), &v));
    assert_false(str_to_double(STR("1\0"), &v));
}

static void random_doubles(void **state)
{
    uint64_t seed = 7;
    char text[64];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t bits = seed ^ seed >> 29;
        double want, got;
        memcpy(&want, &bits, sizeof want);
        if (want != want || want - want != 0)
            continue;
        snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.6g", want);
        want = strtod(text, NULL);
        assert_true(str_to_double(str_of(text), &got));
        assert_memory_equal(&want, &got, sizeof got);
    }
}

static void hashing(void **state)
{
    (void)state;
    /* the published value of XXH3 for no input: the same on every machine */
    assert_true(str_hash(STR_NONE) == UINT64_C(0x2d06800538d394c2));
    assert_true(str_hash(STR("a")) != str_hash(STR("b")));
}

static void output_buffer(void **state)
{
    struct buf b = {0};
    char long_text[1000];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    buf_add(&b, STR_NONE);
    assert_null(b.p);
    for (int i = 0; i < 3000; i++)
        buf_add_byte(&b, 'a');
    assert_int_equal(b.n, 3000);
    buf_reset(&b);
    buf_addf(&b, "%d-%s", 7, long_text);
    assert_int_equal(b.n, 1001);
    assert_memory_equal(b.p, "7-xxx", 5);
    buf_add_z(&b, "end");
    assert_true(str_ends(buf_str(&b), STR("xend")));
    buf_release(&b);
    assert_null(b.p);
}

static void copies(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    assert_string_equal(str_z(a, STR_NONE), "");
    assert_str(str_dup(a, STR("x\0y")).n == 3 ? STR("ok") : STR("no"), "ok");
    assert_str(str_fmt(a, "%d %s", 5, "five"), "5 five");
    assert_str(str_fmt(a, "%s", ""), "");
    assert_str(str_lower_ascii(a, STR("AbC\xc3\x89@[")), "abc\xc3\x89@[");
    arena_free(a);
    arena_free(NULL);
}

static void map_of_many(void **state)
{
    struct arena *a = arena_new();
    struct map m;
    bool added;
    uint64_t v;

    (void)state;
    map_init(&m, a);
    assert_false(map_get(&m, STR("x"), NULL));
    for (uint64_t i = 0; i < 10000; i++)
        map_put(&m, str_fmt(a, "key %d", (int)i), i);
    for (uint64_t i = 0; i < 10000; i += 2)
        map_put(&m, str_fmt(a, "key %d", (int)i), i + 1);
    assert_int_equal(m.n, 10000);
    for (uint64_t i = 0; i < 10000; i++) {
        assert_true(map_get(&m, str_fmt(a, "key %d", (int)i), &v));
        assert_int_equal(v, i | 1);
    }
    assert_false(map_get(&m, STR("key 10000"), &v));
    uint64_t *slot = map_slot(&m, STR(""), 5, &added);
    assert_true(added && *slot == 5);
    *slot = 6;
    slot = map_slot(&m, STR_NONE, 7, &added);
    assert_true(!added && *slot == 6);
    arena_free(a);
}

static void arena_pieces(void **state)
{
    struct arena *a = arena_new();
    size_t total = 0;

    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        size_t size = i % 50 == 0 ? i * 97 : i % 300;
        unsigned char *p = arena_alloc(a, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, (int)i, size);
        total += size;
    }
    assert_true(arena_bytes(a) >= total);
    char *z = arena_zalloc(a, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(z[i], 0);
    arena_free(a);
}

static void arena_keeps_its_blocks(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(a, 1000), 1, 1000);
        memset(arena_alloc(a, 3000000), 1, 3000000);
        arena_reset(a);
    }
    size_t calls = arena_system_calls(), bytes = arena_bytes(a);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 1000; i++)
            arena_alloc(a, 1000);
        arena_alloc(a, 3000000);
        arena_reset(a);
    }
    assert_int_equal(arena_system_calls(), calls);
    assert_int_equal(arena_bytes(a), bytes);
    for (int i = 0; i < 100; i++) /* one huge use does not hold its memory for ever */
        arena_alloc(a, (size_t)4 << 20);
    arena_reset(a);
    assert_true(arena_bytes(a) <= (size_t)64 << 20);
    arena_free(a);
}

static void arena_grows_in_place(void **state)
{
    struct arena *a = arena_new();
    VEC(int) v = {0};

    (void)state;
    char *p = arena_alloc(a, 10);
    memcpy(p, "0123456789", 10);
    assert_ptr_equal(arena_grow(a, p, 10, 500), p);
    arena_alloc(a, 1);
    char *q = arena_grow(a, p, 500, 1000);
    assert_ptr_not_equal(p, q);
    assert_memory_equal(q, "0123456789", 10);
    assert_non_null(arena_grow(a, NULL, 0, 8));
    for (int i = 0; i < 100000; i++)
        vec_push(a, &v, i);
    assert_int_equal(v.n, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(v.items[i], i);
    assert_int_equal(vec_last(&v), 99999);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing),
        cmocka_unit_test(searching),
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(random_doubles),
        cmocka_unit_test(hashing),
        cmocka_unit_test(output_buffer),
        cmocka_unit_test(copies),
        cmocka_unit_test(map_of_many),
        cmocka_unit_test(arena_pieces),
        cmocka_unit_test(arena_keeps_its_blocks),
        cmocka_unit_test(arena_grows_in_place),
    };

    return cmocka_run_group_tests_name("base: text and memory", tests, NULL, NULL);
}
