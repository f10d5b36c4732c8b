/* Values by how often they are there, and rows over time: hunt/frequency.h, hunt/timeline.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include "base/instant.h"
#include "hunt/hunt.h"

static const struct field fields[] = {{STR("TimeGenerated"), TYPE_DATETIME},
                                      {STR("cIP"), TYPE_STRING},
                                      {STR("scBytes"), TYPE_LONG},
                                      {STR("AccessTimes"), TYPE_DYNAMIC},
                                      {STR("EndTime"), TYPE_DATETIME}};
static const struct schema schema = {(struct field *)fields, 5};

/* Rows at `seconds` (below 0: no time); each with two access times, the second an hour later. */
static const struct {
    int64_t seconds;
    const char *ip;
    int64_t bytes;
} sample[] = {{100, "10.0.0.1", 5}, {40, "10.0.0.2", -1}, {7200, "10.0.0.1", 900}, {-1, "", 7}};

static int64_t base(void)
{
    return instant_day(2023, 11, 15);
}

static struct table *rows(struct arena *a)
{
    struct builder *b = builder_new(a, &schema);
    for (size_t i = 0; i < 4; i++) {
        bool timed = sample[i].seconds >= 0;
        int64_t at = base() + sample[i].seconds * TICKS_PER_SECOND;
        struct value time = {.type = TYPE_DATETIME, .null = !timed, .i = at};
        struct value later = {.type = TYPE_DATETIME, .i = at + TICKS_PER_HOUR};
        struct str times[] = {dyn_from_value(a, time), dyn_from_value(a, later),
                              dyn_from_value(a, time)};
        builder_value(b, time);
        builder_str(b, str_of(sample[i].ip));
        builder_value(b, (struct value){.type = TYPE_LONG, .null = sample[i].bytes < 0,
                                        .i = sample[i].bytes});
        builder_value(b, (struct value){.type = TYPE_DYNAMIC,
                                        .s = dyn_from_array(a, times, timed ? 3 : 0)});
        builder_value(b, later);
    }
    return builder_finish(b);
}

static int64_t number(const struct frequency *f, size_t column, size_t row)
{
    return column_value(f->table->columns[column], row).i;
}

static void test_values_are_counted(void **state)
{
    struct arena *a = arena_new();
    struct table *t = rows(a);
    struct frequency *f = frequency_of(a, t, 1, NULL, t->rows);
    (void)state;
    assert_int_equal(f->table->rows, 3);
    assert_int_equal(f->rows, 4);
    assert_int_equal(f->without, 1);
    assert_true(str_is(f->values[0].s, "10.0.0.1"));
    assert_int_equal(number(f, 1, 0), 2);
    assert_true(column_value(f->table->columns[2], 0).r == 0.5);
    assert_int_equal(number(f, 3, 0), base() + 100 * TICKS_PER_SECOND);
    /* as often as another: in the order of the rows; without a time it has no first */
    assert_true(str_is(f->values[1].s, "10.0.0.2"));
    assert_true(str_is(f->values[2].s, ""));
    assert_true(column_null(f->table->columns[3], 2));
    /* of some of the rows only */
    const uint32_t some[] = {1, 3};
    f = frequency_of(a, t, 1, some, 2);
    assert_int_equal(f->table->rows, 2);
    assert_int_equal(f->rows, 2);
    f = frequency_of(a, t, 1, some, 0);
    assert_int_equal(f->table->rows, 0);
    arena_free(a);
}

/* An element that a list holds twice counts once for its row; an empty list is a row without. */
static void test_lists_are_counted_by_element(void **state)
{
    struct arena *a = arena_new();
    struct table *t = rows(a);
    struct frequency *f = frequency_of(a, t, 3, NULL, t->rows);
    (void)state;
    assert_true(f->elements);
    assert_int_equal(f->without, 1);
    assert_int_equal(f->table->rows, 7); /* six times and none */
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(number(f, 1, i), 1);
    assert_int_equal(f->table->schema.fields[0].type, TYPE_STRING);
    arena_free(a);
}

static void test_moments(void **state)
{
    struct arena *a = arena_new();
    struct table *t = rows(a);
    struct timeline *line = timeline_of(a, t, 0, NULL, t->rows);
    struct timeline_bins bins;
    (void)state;
    assert_int_equal(line->time_field, 0);
    assert_int_equal(line->n, 3);
    assert_int_equal(line->untimed, 1);
    assert_int_equal(line->sized, 2);
    assert_int_equal(line->size_field, 2);
    assert_false(line->millis);
    assert_int_equal(line->moments[line->biggest].size, 900);
    assert_int_equal(line->first, base() + 40 * TICKS_PER_SECOND);

    timeline_bin(a, line, 100, &bins);
    /* 7,160 s in at most 100: two minutes each, from a whole one */
    assert_int_equal(bins.step, 2 * TICKS_PER_MINUTE);
    assert_int_equal(bins.from, base());
    assert_int_equal(bins.n, 61);
    assert_int_equal(bins.counts[0], 2);
    assert_int_equal(bins.counts[60], 1);
    assert_int_equal(bins.most, 2);
    assert_int_equal(line->moments[bins.biggest[0]].size, 5);
    assert_true(bins.biggest[1] == SIZE_MAX);
    assert_int_equal(timeline_at(&bins, base() - 1), 0);
    assert_int_equal(timeline_at(&bins, base() + TICKS_PER_DAY), 60);
    for (size_t most = 1; most < 200; most++) {
        timeline_bin(a, line, most, &bins);
        assert_true(bins.n <= (most < 3 ? 3 : most));
    }
    arena_free(a);
}

/* Where no column is asked for, lists of times are the accesses. */
static void test_lists_of_times(void **state)
{
    struct arena *a = arena_new();
    struct table *t = rows(a);
    struct timeline *line = timeline_of(a, t, SIZE_MAX, NULL, t->rows);
    (void)state;
    assert_int_equal(line->time_field, 3);
    assert_true(line->lists);
    assert_int_equal(line->n, 9);
    arena_free(a);
}

/* From the first year to the last: no step overflows. */
static void test_the_longest_span(void **state)
{
    struct arena *a = arena_new();
    struct builder *b = builder_new(a, &(struct schema){(struct field *)fields, 1});
    struct timeline_bins bins;
    (void)state;
    builder_int(b, 0);
    builder_int(b, INSTANT_MAX);
    struct table *t = builder_finish(b);
    struct timeline *line = timeline_of(a, t, SIZE_MAX, NULL, 2);
    timeline_bin(a, line, 3, &bins);
    assert_true(bins.n <= 3);
    assert_int_equal(bins.counts[0], 1);
    assert_int_equal(bins.counts[bins.n - 1], 1);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_counted),
        cmocka_unit_test(test_lists_are_counted_by_element),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_lists_of_times),
        cmocka_unit_test(test_the_longest_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
