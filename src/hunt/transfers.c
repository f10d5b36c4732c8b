/* Accesses that were one transfer: a client that goes on with a download asks for ranges (206), one
 * whose connection broke (win32 64) or who came too soon asks again. In: the accesses of a finding
 * in order of time; out: a row a transfer, and the transfer of each access. */
#include "base/instant.h"
#include "base/map.h"
#include "hunt/hunt_internal.h"

/* From the end of one access to the beginning of the next. */
#define APART (30 * TICKS_PER_MINUTE)

struct transfer {
    size_t first; /* its first access */
    int64_t n, ranges, cut, bytes, taken, until;
    bool bytes_known, taken_known, timed;
    struct str statuses[4]; /* the first four that differ */
    size_t n_statuses;
};

struct joining {
    struct arena *a;
    const struct table *t;
    VEC(struct transfer) all;
    struct map open; /* who and what → the newest transfer of it */
    uint32_t *of;
};

static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    if (at == SIZE_MAX)
        return (struct value){.type = TYPE_STRING, .s = STR(""), .null = true};
    return column_value(t->columns[at], row);
}

static int64_t number(const struct table *t, const char *name, size_t row, bool *known)
{
    struct value v = cell(t, name, row);
    *known = type_shape(v.type) == SHAPE_INT && !v.null && v.i >= 0 && v.i < INT64_C(1) << 50;
    return *known ? v.i : 0;
}

static void add_status(struct transfer *x, struct str status)
{
    size_t i = 0;
    while (i < x->n_statuses && !str_eq(x->statuses[i], status))
        i++;
    if (i == x->n_statuses && i < sizeof x->statuses / sizeof *x->statuses)
        x->statuses[x->n_statuses++] = status;
}

static void add(struct joining *j, size_t row)
{
    static const char *const same[] = {"cIP", "csMethod", "csUriStem", "csUserAgent", "Computer"};
    struct buf key = {0};
    bool added, known, is_bytes;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        buf_add(&key, cell(j->t, same[i], row).s);
        buf_add_byte(&key, '\n');
    }
    uint64_t *at = map_slot(&j->open, str_dup(j->a, buf_str(&key)), j->all.n, &added);
    buf_release(&key);
    int64_t taken = number(j->t, "TimeTaken", row, &known);
    int64_t bytes = number(j->t, "scBytes", row, &is_bytes);
    struct value time = cell(j->t, "TimeGenerated", row);
    const struct transfer *before = added ? NULL : &j->all.items[*at];
    if (!before || time.null || !cell(j->t, "cIP", row).s.n || !before->timed ||
        time.i - (known ? taken * TICKS_PER_MILLISECOND : 0) - before->until > APART) {
        *at = j->all.n;
        vec_push(j->a, &j->all, ((struct transfer){.first = row}));
    }
    struct transfer *x = &j->all.items[*at];
    struct str status = cell(j->t, "scStatus", row).s;
    add_status(x, status);
    x->n++;
    x->ranges += str_is(status, "206");
    x->cut += str_is(cell(j->t, "scWin32Status", row).s, "64");
    x->bytes += bytes;
    x->bytes_known |= is_bytes;
    x->taken += taken;
    x->taken_known |= known;
    x->timed |= !time.null;
    if (!time.null)
        x->until = time.i;
    j->of[row] = (uint32_t)*at;
}

/* 3 accesses: 2 ranges, 1 cut off */
static struct str how(struct arena *a, const struct transfer *x)
{
    struct buf out = {0};
    if (x->n == 1 && !x->ranges && !x->cut)
        return STR("");
    if (x->n > 1)
        buf_addf(&out, "%lld accesses", (long long)x->n);
    if (x->ranges)
        buf_addf(&out, "%s%lld of a range (206)", out.n ? ", " : "", (long long)x->ranges);
    if (x->cut)
        buf_addf(&out, "%s%lld cut off (win32 64)", out.n ? ", " : "", (long long)x->cut);
    struct str kept = str_dup(a, buf_str(&out));
    buf_release(&out);
    return kept;
}

static struct str statuses(struct arena *a, const struct transfer *x)
{
    struct buf out = {0};
    for (size_t i = 0; i < x->n_statuses; i++)
        buf_addf(&out, "%s%.*s", i ? " " : "", STR_ARG(x->statuses[i]));
    struct str kept = str_dup(a, buf_str(&out));
    buf_release(&out);
    return kept;
}

static struct table *lay_out(struct joining *j)
{
    static const struct field fields[] = {
        {STR("TimeGenerated"), TYPE_DATETIME},
        {STR("Until"), TYPE_DATETIME},
        {STR("cIP"), TYPE_STRING},
        {STR("Accesses"), TYPE_LONG},
        {STR("csMethod"), TYPE_STRING},
        {STR("Statuses"), TYPE_STRING},
        {STR("TimeTaken"), TYPE_LONG},
        {STR("scBytes"), TYPE_LONG},
        {STR("How"), TYPE_STRING},
        {STR("csUserAgent"), TYPE_STRING},
        {STR("csUriStem"), TYPE_STRING},
        {STR("Computer"), TYPE_STRING},
    };
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct builder *b = builder_new(j->a, &schema);
    for (size_t i = 0; i < j->all.n; i++) {
        const struct transfer *x = &j->all.items[i];
        builder_value(b, cell(j->t, "TimeGenerated", x->first));
        builder_value(b, (struct value){
                             .type = TYPE_DATETIME, .null = !x->timed || x->n == 1, .i = x->until});
        builder_str(b, cell(j->t, "cIP", x->first).s);
        builder_int(b, x->n);
        builder_str(b, cell(j->t, "csMethod", x->first).s);
        builder_str(b, statuses(j->a, x));
        builder_value(b, (struct value){.type = TYPE_LONG, .null = !x->taken_known, .i = x->taken});
        builder_value(b, (struct value){.type = TYPE_LONG, .null = !x->bytes_known, .i = x->bytes});
        builder_str(b, how(j->a, x));
        builder_str(b, cell(j->t, "csUserAgent", x->first).s);
        builder_str(b, cell(j->t, "csUriStem", x->first).s);
        builder_str(b, cell(j->t, "Computer", x->first).s);
    }
    return builder_finish(b);
}

struct table *transfers_table(struct arena *a, const struct table *accesses, uint32_t **of)
{
    struct joining j = {.a = a, .t = accesses};
    j.of = ARENA_ARRAY(a, uint32_t, accesses->rows + 1);
    map_init(&j.open, a);
    for (size_t i = 0; i < accesses->rows; i++)
        add(&j, i);
    *of = j.of;
    return lay_out(&j);
}
