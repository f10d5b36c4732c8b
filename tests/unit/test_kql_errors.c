/* Golden errors: each case in tests/kql/errors is a query, a line of dashes, and the text that a
 * person sees. */
#include "kql_try.h"

#include <dirent.h>

#include "base/file.h"

static const char folder[] = "tests/kql/errors";

/* The cases of one file, parted by lines of equal signs; a first line with # is a remark. */
static size_t run_file(struct try *t, struct str text, struct str name)
{
    size_t n = 0;

    while (text.n) {
        size_t end = str_find(text, STR("\n====\n"), 0);
        struct str one = str_sub(text, 0, end == SIZE_MAX ? text.n : end);
        text = end == SIZE_MAX ? STR_NONE : str_sub(text, end + 6, text.n);
        size_t dashes = str_find(one, STR("\n----\n"), 0);
        if (dashes == SIZE_MAX)
            fail_msg("%.*s: a case without a line of dashes: %.*s", STR_ARG(name), STR_ARG(one));
        struct str want = str_sub(one, dashes + 6, one.n);
        while (want.n && want.p[want.n - 1] == '\n')
            want.n--;
        struct str got = try_error(t, str_sub(one, 0, dashes));
        if (!str_eq(got, want))
            fail_msg("%.*s\n%.*s\ngot:\n%.*s\nwant:\n%.*s", STR_ARG(name), (int)dashes, one.p,
                     STR_ARG(got), STR_ARG(want));
        n++;
    }
    return n;
}

static void golden(void **state)
{
    struct try t;
    DIR *dir = opendir(folder);
    size_t n = 0;
    (void)state;

    assert_non_null(dir);
    try_open(&t);
    for (struct dirent *d; (d = readdir(dir));) {
        struct str name = str_of(d->d_name), text;
        if (!str_ends(name, STR(".txt")))
            continue;
        if (!file_read(t.a, path_join(t.a, str_of(folder), name), 1 << 20, &text, &t.err))
            fail_msg("%s: %s", d->d_name, t.err.message);
        n += run_file(&t, text, name);
    }
    closedir(dir);
    assert_true(n > 40);
    try_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(golden)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
