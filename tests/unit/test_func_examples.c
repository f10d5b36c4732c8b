/* Every function says what it does and shows it: the example of each row is run as a query and must
 * give the value that the row promises, worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "exec/exec.h"
#include "ops/ops.h"

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

static bool run(struct arena *a, struct pool *pool, struct str text, struct buf *out,
                struct error *err)
{
    struct source_text source = {.name = STR("example"), .text = text, .first_line = 1};
    struct kql_env env = {.ops = ops_rows, .scan = &op_scan, .table = no_table,
                          .template_value = no_template};
    struct exec_options options = {.pool = pool, .now = instant_now(), .since = INT64_MIN,
                                   .until = INT64_MAX};
    struct query *q;
    struct result *r;

    if (!kql_compile(a, &source, &env, &q, err) || !exec_run(q, &options, a, &r, err))
        return false;
    value_text(out, column_value(r->table->columns[0], 0));
    return true;
}

static void test_examples(void **state)
{
    struct pool *pool = pool_new(1);
    const struct func *f;
    int failed = 0;
    (void)state;
    for (size_t i = 0; (f = func_row(i)); i++) {
        struct arena *a = arena_new();
        struct error err = {0};
        struct buf got = {0};
        if (f->example && f->expect) {
            struct str text = str_fmt(a, "print tostring(%s)", f->example);
            if (!run(a, pool, text, &got, &err) || !str_is(buf_str(&got), f->expect)) {
                print_error("%s: %s is %.*s%s, not %s\n", f->name, f->example, (int)got.n,
                            got.p ? got.p : "", err.message, f->expect);
                failed++;
            }
        }
        buf_release(&got);
        arena_free(a);
    }
    pool_free(pool);
    assert_int_equal(failed, 0);
}

/* What a caller can write has help, arguments and, unless it needs rows, an example. */
static void test_rows_are_whole(void **state)
{
    const struct func *f;
    (void)state;
    for (size_t i = 0; (f = func_row(i)); i++) {
        if (f->flags & FUNC_OPERATOR)
            continue;
        bool shown = f->example && f->expect;
        if (!f->help || !f->args_help || !(shown || f->flags & FUNC_WINDOW))
            fail_msg("%s lacks its help or example", f->name);
        size_t n = strlen(f->help);
        if (n < 5 || f->help[n - 1] != '.')
            fail_msg("%s: the help is one sentence", f->name);
        if (func_find(str_of(f->name)) != f)
            fail_msg("%s has two rows", f->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_rows_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
