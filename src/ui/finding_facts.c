/* What the log rows behind a finding say together: how many, codes in words, bytes or that they are
 * not logged, time, rate, people. In: the rows; out: a line of words. */
#include "ui/ui_internal.h"

static struct str text_at(const struct table *t, const char *name, size_t row)
{
    struct value v = ui_cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR_NONE;
}

static bool is_absent(struct str s)
{
    return s.n == 0 || str_is(s, "-");
}

/* ---- what the rows say together -------------------------------------------------------------- */

/* Distinct values of a column, absent ones left out; at most `most` are listed, then how many more.
 */
static size_t distinct(struct buf *out, const struct table *t, const char *name, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < t->rows; i++) {
        struct str s = text_at(t, name, i);
        bool seen = is_absent(s);
        for (size_t k = 0; k < i && !seen && n < 50; k++)
            seen = str_eq(text_at(t, name, k), s);
        if (seen)
            continue;
        if (++n <= most) {
            if (n > 1)
                buf_add_z(out, ", ");
            buf_add(out, s);
        }
    }
    if (n > most)
        buf_addf(out, " and %zu more", n - most);
    return n;
}

/* 200 OK (2), 206 partial content (1): codes with their words, how often where there are several;
 * those that are `dull` are left out. Returns how many there are. */
static size_t add_codes(struct buf *out, const struct table *t, const char *name,
                        const char *before, const char *dull, const char *(*words)(struct str))
{
    struct {
        struct str code;
        size_t n;
    } seen[6];
    size_t n = 0, more = 0;
    for (size_t i = 0; i < t->rows; i++) {
        struct str code = text_at(t, name, i);
        size_t k = 0;
        while (k < n && !str_eq(seen[k].code, code))
            k++;
        if (k < n) {
            seen[k].n++;
        } else if (!is_absent(code) && !str_is(code, dull)) {
            if (n < COUNT(seen)) {
                seen[n].code = code;
                seen[n++].n = 1;
            } else {
                more++;
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        const char *said = words(seen[k].code);
        buf_addf(out, "%s%.*s", k ? ", " : before, STR_ARG(seen[k].code));
        if (said)
            buf_addf(out, " %s", said);
        if (n > 1 || seen[k].n < t->rows)
            buf_addf(out, " (%zu)", seen[k].n);
    }
    if (more)
        buf_add_z(out, " and others");
    return n;
}

static void add_statuses(struct buf *out, const struct table *t)
{
    if (!add_codes(out, t, "scStatus", "   ", "", status_words))
        buf_add_z(out, "   status not logged");
    add_codes(out, t, "scWin32Status", "   win32 ", "0", win32_words);
}

static void add_sum(struct buf *out, const struct table *t, const char *name, bool logged,
                    bool bytes)
{
    int64_t sum = 0, most = 0;
    if (!logged) {
        buf_add_z(out, bytes ? "   bytes not logged" : "   time not logged");
        return;
    }
    for (size_t i = 0; i < t->rows; i++) {
        struct value v = ui_cell(t, name, i);
        if (v.null || type_shape(v.type) != SHAPE_INT || v.i < 0)
            continue;
        sum = v.i > INT64_MAX - sum ? INT64_MAX : sum + v.i;
        most = v.i > most ? v.i : most;
    }
    buf_add_z(out, bytes ? "   " : t->rows > 1 ? "   took up to " : "   took ");
    if (bytes) {
        text_bytes(out, sum);
        buf_add_z(out, " sent");
    } else {
        text_duration(out, most > INT64_MAX / 10000 ? INT64_MAX : most * 10000);
    }
}

/* Bytes a second, where both are logged. */
static void add_rate(struct buf *out, const struct table *t)
{
    double bytes = 0, ms = 0;
    for (size_t i = 0; i < t->rows; i++) {
        struct value b = ui_cell(t, "scBytes", i), m = ui_cell(t, "TimeTaken", i);
        if (type_shape(b.type) != SHAPE_INT || type_shape(m.type) != SHAPE_INT || b.null ||
            m.null || b.i < 0 || m.i <= 0)
            continue;
        bytes += (double)b.i;
        ms += (double)m.i;
    }
    if (ms <= 0 || bytes <= 0)
        return;
    buf_add_z(out, ", ");
    text_bytes(out, (int64_t)(bytes * 1000 / ms));
    buf_add_z(out, "/s");
}

static void add_people(struct buf *out, const struct detail *d)
{
    const struct table *t = d->accesses;
    buf_add_z(out, "   ");
    if (!d->users_logged)
        buf_add_z(out, "user not logged");
    else if (!distinct(out, t, "csUserName", 2))
        buf_add_z(out, "anonymous");
    struct buf referers = {0};
    if (!d->referers_logged)
        buf_add_z(out, ", referer not logged");
    else if (!distinct(&referers, t, "csReferer", 1))
        buf_add_z(out, ", no referer");
    buf_release(&referers);
}

struct str finding_facts(struct arena *a, const struct detail *d)
{
    struct buf out = {0};
    const struct table *t = d->accesses;
    text_count(&out, (int64_t)d->total);
    buf_addf(&out, " access%s from ", d->total == 1 ? "" : "es");
    text_count(&out, (int64_t)d->addresses->rows);
    buf_addf(&out, " address%s", d->addresses->rows == 1 ? "" : "es");
    if (d->transfers->rows < t->rows)
        buf_addf(&out, " in %zu transfer%s", d->transfers->rows,
                 d->transfers->rows == 1 ? "" : "s");
    if (d->total > t->rows)
        buf_addf(&out, " (the first %zu are shown)", t->rows);
    if (!d->complete)
        buf_add_z(&out, " (some rows cannot be traced to the logs)");
    add_statuses(&out, t);
    add_sum(&out, t, "scBytes", d->bytes_logged, true);
    add_sum(&out, t, "TimeTaken", d->taken_logged, false);
    add_rate(&out, t);
    add_people(&out, d);
    struct str kept = str_dup(a, buf_str(&out));
    buf_release(&out);
    return kept;
}
