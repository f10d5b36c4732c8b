/* Calls a function as the evaluator would: form picked, arguments cast, prepared, then once with
 * all arguments constant and once with columns of three equal rows; both must agree.
 * expect("xabcx", "trim", S("x"), S("xxabcxx")); The expected text is that of tostring(); NULL
 * means a null. */
#ifndef TESTS_FUNC_TRY_H
#define TESTS_FUNC_TRY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/instant.h"
#include "func/func.h"

#define S(text) ((struct value){.type = TYPE_STRING, .s = STR(text)})
#define SS(str_) ((struct value){.type = TYPE_STRING, .s = (str_)})
#define L(n) ((struct value){.type = TYPE_LONG, .i = (n)})
#define I(n) ((struct value){.type = TYPE_INT, .i = (n)})
#define R(x) ((struct value){.type = TYPE_REAL, .r = (x)})
#define B(x) ((struct value){.type = TYPE_BOOL, .b = (x)})
#define NIL(t) ((struct value){.type = (t), .null = true})
#define D(json) try_json(json)
#define T(text) try_time(text)
#define P(ticks) ((struct value){.type = TYPE_TIMESPAN, .i = (ticks)})

/* Lives as long as the test program: what D() and T() make. */
static struct arena *try_arena;
static uint64_t try_limit_hits; /* of the last call */

static inline struct value try_json(const char *json)
{
    struct value v = {.type = TYPE_DYNAMIC};

    try_arena = try_arena ? try_arena : arena_new();
    if (!dyn_parse_json(try_arena, str_of(json), &v.s))
        fail_msg("no JSON: %s", json);
    v.null = dyn_kind(v.s) == DYN_NULL;
    return v;
}

static inline struct value try_time(const char *text)
{
    struct value v = {.type = TYPE_DATETIME};

    if (!instant_parse(str_of(text), &v.i))
        fail_msg("no time: %s", text);
    return v;
}

static inline struct column *try_column(struct arena *a, struct value v, bool constant)
{
    if (constant)
        return column_constant(a, v);
    struct column *c = column_new(a, v.type, 3);
    for (size_t i = 0; i < 3; i++) {
        column_set(c, i, v);
        if (v.null && v.type != TYPE_STRING)
            column_set_null(c, i);
    }
    return c;
}

static inline struct column *try_cast(struct arena *a, struct column *c, enum type to)
{
    char name[32];
    enum type types[1] = {c->type}, result, cast;
    const char *why;

    snprintf(name, sizeof name, "cast_%s", type_name(to));
    const struct func *f = func_find(str_of(name));
    assert_non_null(f);
    struct call call = {.func = f, .n_args = 1, .scratch = a, .run = a, .type = to};
    call.form = func_pick(f, types, 1, &result, &cast, &why);
    assert_non_null(call.form);
    return func_call(&call, &c, c->constant ? 1 : 3);
}

/* The result in row 0; *err is set when the function refuses its constants. */
static inline struct value try_run(struct arena *a, const char *name, const struct value *args,
                                   size_t n,
                            bool constant, struct error *err)
{
    const struct func *f = func_find(str_of(name));
    enum type types[64], cast[64], result = TYPE_NONE;
    struct column *columns[64], *constants[64];
    const char *why = NULL;

    if (!f)
        fail_msg("no function %s", name);
    for (size_t i = 0; i < n; i++)
        types[i] = args[i].type;
    struct call call = {.func = f, .n_args = n, .scratch = a, .run = a};
    call.form = func_pick(f, types, n, &result, cast, &why);
    if (!call.form)
        fail_msg("%s: no form fits: %s", name, why ? why : "");
    call.type = result;
    for (size_t i = 0; i < n; i++) {
        columns[i] = try_column(a, args[i], constant);
        if (cast[i] != types[i] && cast[i] != TYPE_NONE)
            columns[i] = try_cast(a, columns[i], cast[i]);
        constants[i] = constant ? columns[i] : NULL;
    }
    if (f->prepare)
        call.state = f->prepare(&call, constants, err);
    if (err->set)
        return NIL(result);
    struct column *out = func_call(&call, columns, 3);
    try_limit_hits = call.limit_hits;
    assert_int_equal(out->type, result);
    if (!out->constant)
        assert_true(value_equal(column_value(out, 0), column_value(out, 2)) ||
                    f->flags & (FUNC_WINDOW | FUNC_VARIES));
    return column_value(out, 0);
}

static inline void try_expect(const char *file, int line, const char *want, const char *name,
                       const struct value *args, size_t n)
{
    for (int constant = 1; constant >= 0; constant--) {
        struct arena *a = arena_new();
        struct error err = {0};
        struct buf text = {0};
        struct value v = try_run(a, name, args, n, constant, &err);
        value_text(&text, v);
        bool null = v.null || (v.type == TYPE_DYNAMIC && dyn_kind(v.s) == DYN_NULL);
        if (err.set || (want ? null || !str_is(buf_str(&text), want) : !null))
            fail_msg("%s:%d: %s (%s): expected %s, got %s%.*s", file, line, name,
                     constant ? "constant" : "varying", want ? want : "null",
                         err.set ? err.message : "",
                     null ? 4 : (int)text.n, null ? "null" : text.p ? text.p : "");
        buf_release(&text);
        arena_free(a);
    }
}

static inline void try_refused(const char *file, int line, const char *part, const char *name,
                        const struct value *args, size_t n)
{
    struct arena *a = arena_new();
    struct error err = {0};

    try_run(a, name, args, n, true, &err);
    if (!err.set || !strstr(err.message, part))
        fail_msg("%s:%d: %s: expected a refusal with '%s', got '%s'", file, line, name, part,
                 err.set ? err.message : "none");
    /* the same where the arguments vary is no error and no crash */
    err = (struct error){0};
    try_run(a, name, args, n, false, &err);
    assert_false(err.set);
    arena_free(a);
}

#define TRY_ARGS(...)               \
    (struct value[]){__VA_ARGS__},  \
        sizeof((struct value[]){__VA_ARGS__}) / sizeof(struct value)
#define expect(want, name, ...) try_expect(__FILE__, __LINE__, want, name, TRY_ARGS(__VA_ARGS__))
#define expect_none(want, name) try_expect(__FILE__, __LINE__, want, name, NULL, 0)
#define refused(part, name, ...) try_refused(__FILE__, __LINE__, part, name, TRY_ARGS(__VA_ARGS__))

static inline int try_done(int failed)
{
    arena_free(try_arena);
    return failed;
}
#endif
