/* Every function and operator with whatever fits its forms: extreme numbers, broken text, odd
 * dynamics, nulls, constant and varying. Nothing may crash, run away or give a cell that cannot be
 * read. The choices are by chance but the same in every run. */
#include <math.h>
#include <stdlib.h>

#include "func_try.h"

#define ROUNDS 40

static uint64_t seed = 0x9E3779B97F4A7C15;

static size_t chance(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % n);
}

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct str hostile_text(void)
{
    static char many[5000];
    static const char *const texts[] = {
        "",
        "a",
        "-",
        "::1",
        "fe80::1/64",
        "1.2.3.4/24",
        "10.0.0.1",
        "999.1.1.1",
        "\xff\xfe",
        "\xc3",
        "(a+)+$",
        "[",
        "\\",
        "a|b*",
        "{\"a\":[1,{\"b\":null}]}",
        "[1,2,3]",
        "$.a[0]",
        "$",
        "<a b='c'>d</a>",
        "<a",
        "year",
        "week",
        "yyyy-MM-dd",
        "dddddddd",
        "2020-01-02T03:04:05Z",
        "1.02:03:04",
        "%zz%41%",
        "http://u:p@h:1/p?q=1&q=2#f",
        "a,\"b\"\"c\",d",
        "C:\\x\\y.z:s",
        "true",
        "0x7fffffffffffffff",
        "-0",
        "1e999",
        "nan",
        "regex",
        "normal",
        "\xf0\x9f\x98\x80\xcc\x81",
        "K\xe2\x84\xaa",
        " \t\r\n",
        "9.9.9.9.9",
        "QUJD",
        "====",
        "00000000-0000-0000-0000-000000000000",
        "9999-12-31T23:59:59.9999999Z",
    };
    size_t i = chance(COUNT(texts) + 2);

    if (i < COUNT(texts))
        return str_of(texts[i]);
    memset(many, i % 2 ? 'a' : '.', sizeof many);
    return i % 2 ? (struct str){many, sizeof many} : (struct str){"a\0b", 3};
}

static const char *const dynamics[] = {
    "null",
    "1",
    "-9223372036854775808",
    "1.5e300",
    "\"\"",
    "\"text\"",
    "true",
    "[]",
    "{}",
    "[null]",
    "[1,2.5,\"a\",null,[],{}]",
    "{\"a\":{\"b\":[1,2]},\"\":0}",
    "[[1],[2,3]]",
    "[\"10.0.0.0/8\",\"x\"]",
    "[3,1,2,9223372036854775807]",
    "[true,false]",
    "[1,1,1]",
    "[0,255,256]",
    "[\"$.a.b\",\"a\"]",
};

static int64_t hostile_int(void)
{
    static const int64_t ints[] = {
        0,      1,     -1,        2,         3,         7,         31,
        32,     33,    63,        64,        65,        128,       255,
        1000,   -1000, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, INT64_MIN + 1,
        1 << 20};
    return ints[chance(COUNT(ints))];
}

static double hostile_real(void)
{
    static const double reals[] = {0, -0.0, 1, -1, 0.5, 1.5, 59.99999999, 1e15, 1e16, 1e300, -1e300,
                                   5e-324, 9.3e18, -9.3e18, INFINITY, -INFINITY, NAN};
    return reals[chance(COUNT(reals))];
}

static struct value hostile(enum type type)
{
    static const int64_t times[] = {0, 1, INSTANT_UNIX_EPOCH, INSTANT_MAX, INSTANT_MAX - 1,
                                    637134336000000000};
    struct value v = {.type = type};

    if (type != TYPE_STRING && chance(8) == 0) {
        v.null = true;
        return v;
    }
    switch (type) {
    case TYPE_BOOL: v.b = chance(2); break;
    case TYPE_INT: v.i = (int32_t)hostile_int(); break;
    case TYPE_LONG: case TYPE_TIMESPAN: v.i = hostile_int(); break;
    case TYPE_REAL: case TYPE_DECIMAL: v.r = hostile_real(); break;
    case TYPE_DATETIME: v.i = times[chance(COUNT(times))]; break;
    case TYPE_GUID: v.s = STR("0a6f2d1c-0000-4000-8000-0123456789ab"); break;
    case TYPE_DYNAMIC: return try_json(dynamics[chance(COUNT(dynamics))]);
    default: v.s = hostile_text(); break;
    }
    return v;
}

static enum type letter_type(char letter)
{
    static const char letters[] = " bilrmstpgd"; /* in the order of enum type, from TYPE_BOOL on */
    static const enum type types[] = {TYPE_NONE,     TYPE_BOOL,    TYPE_INT,    TYPE_LONG,
                                      TYPE_REAL,     TYPE_DECIMAL, TYPE_STRING, TYPE_DATETIME,
                                      TYPE_TIMESPAN, TYPE_GUID,    TYPE_DYNAMIC};
    if (letter == '*')
        return types[1 + chance(COUNT(types) - 1)];
    if (letter == 'n')
        return types[2 + chance(4)];
    return types[strchr(letters, letter) - letters];
}

/* Arguments that fit the form; how many. */
static size_t arguments(const char *form, struct value *args)
{
    size_t n = 0;
    bool optional = false;

    if (*form == '(') {
        const char *end = strchr(form, ')');
        for (size_t times = chance(3) + 1; times > 0; times--)
            for (const char *p = form + 1; p < end; p++)
                args[n++] = hostile(letter_type(*p));
        form = end + 1;
    }
    for (; *form; form++) {
        if (*form == '?') {
            optional = true;
        } else if (*form == '+') {
            for (size_t more = chance(4); more > 0; more--)
                args[n++] = hostile(letter_type(form[-1]));
        } else {
            if (optional && chance(3) == 0)
                break;
            args[n++] = hostile(letter_type(*form));
        }
    }
    return n;
}

static void call_one(const struct func *f, const struct func_form *form)
{
    struct arena *a = arena_new();
    struct error err = {0};
    struct buf text = {0};
    struct value args[32];
    size_t n = arguments(form->args, args);
    double start = monotonic_seconds();
    enum type types[32], cast[32], result;
    const char *why;

    for (size_t i = 0; i < n; i++)
        types[i] = args[i].type;
    if (func_pick(f, types, n, &result, cast, &why)) { /* else its result function knows better */
        struct value v = try_run(a, f->name, args, n, chance(2), &err);
        value_text(&text, v);
        if (v.type == TYPE_STRING && v.null && !err.set)
            fail_msg("%s gave a null string", f->name);
    }
    if (monotonic_seconds() - start > 20 || arena_bytes(a) > (size_t)512 << 20)
        fail_msg("%s took %.1f s and %zu bytes", f->name, monotonic_seconds() - start,
                 arena_bytes(a));
    buf_release(&text);
    arena_free(a);
}

static void test_everything(void **state)
{
    const struct func *f;
    (void)state;
    for (size_t i = 0; (f = func_row(i)); i++)
        for (size_t k = 0; k < COUNT(f->forms) && f->forms[k].args; k++)
            for (int round = 0; round < ROUNDS; round++)
                call_one(f, &f->forms[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_everything)};

    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
