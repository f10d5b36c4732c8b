/* Times in the logs: hours without a line of a server, clocks that went back within a file, dates
 * far from all others, and rules that look back further than what is loaded. In: the survey's
 * table, a row a server, file and ten minutes. */
#include <stdlib.h>
#include "base/instant.h"
#include "hunt/doctor.h"

enum {
    FAR_DAYS = 30,   /* a hole that parts a stray date from the rest … */
    FAR_SHARE = 100, /* … when under one in so many lines lies beyond it */
    GAPS_SHOWN = 5,
    GAP_LINES = 100, /* lines that a gap would have had, from which it is wrong */
    GAP_NOTED = 10,
};

struct slot {
    struct str server, file;
    int64_t time, rows, first_at, last_at;
};
struct times {
    struct slot *slots;
    size_t n;
    int64_t undated, rows, first, last; /* of the dated ones that are not far off */
};

struct str doctor_time(struct doctor *d, int64_t ticks)
{
    char text[INSTANT_TEXT];
    size_t n = instant_format_short(ticks, text);
    if (n == 20) { /* to the minute */
        text[16] = 'Z';
        n = 17;
    }
    return str_dup(d->a, (struct str){text, n});
}

struct str doctor_span(struct doctor *d, int64_t ticks)
{
    char text[INSTANT_TEXT];
    return str_dup(d->a, (struct str){text, timespan_format_short(ticks, text)});
}

static int by_time(const void *x, const void *y)
{
    const struct slot *a = x, *b = y;
    return (a->time > b->time) - (a->time < b->time);
}

static void load(struct doctor *d, struct times *t)
{
    const struct table *s = d->slots;
    t->slots = ARENA_ARRAY(d->a, struct slot, s->rows + 1);
    for (size_t i = 0; i < s->rows; i++) {
        struct value time = column_value(s->columns[SLOT_TIME], i);
        int64_t rows = column_value(s->columns[SLOT_ROWS], i).i;
        if (time.null) {
            t->undated += rows;
            continue;
        }
        t->rows += rows;
        t->slots[t->n++] = (struct slot){column_value(s->columns[SLOT_COMPUTER], i).s,
                                         column_value(s->columns[SLOT_FILE], i).s,
                                         time.i,
                                         rows,
                                         column_value(s->columns[SLOT_FIRST_AT], i).i,
                                         column_value(s->columns[SLOT_LAST_AT], i).i};
    }
    if (t->n)
        qsort(t->slots, t->n, sizeof *t->slots, by_time);
}

/* Dates beyond a hole of a month on either side are left out of what follows. */
static void check_far(struct doctor *d, struct times *t)
{
    size_t from = 0, to = t->n;
    int64_t before = 0, after = 0;
    for (size_t i = 0; i + 1 < t->n; i++) {
        bool hole = t->slots[i + 1].time - t->slots[i].time > FAR_DAYS * TICKS_PER_DAY;
        before += t->slots[i].rows;
        if (hole && before * FAR_SHARE < t->rows)
            from = i + 1;
    }
    for (size_t i = t->n; i-- > from + 1;) {
        bool hole = t->slots[i].time - t->slots[i - 1].time > FAR_DAYS * TICKS_PER_DAY;
        after += t->slots[i].rows;
        if (hole && after * FAR_SHARE < t->rows)
            to = i;
    }
    if (from)
        doctor_add(d, SPOT_WRONG, "dates",
                   str_fmt(d->a, "lines are dated %.*s, long before all others",
                           STR_ARG(doctor_time(d, t->slots[0].time))));
    if (to < t->n)
        doctor_add(d, SPOT_WRONG, "dates",
                   str_fmt(d->a, "lines are dated %.*s, long after all others",
                           STR_ARG(doctor_time(d, t->slots[t->n - 1].time))));
    if (t->undated)
        doctor_add(d, SPOT_NOTE, "dates",
                   str_fmt(d->a, "%lld line%s no date that can be read", (long long)t->undated,
                           t->undated == 1 ? " has" : "s have"));
    t->slots += from;
    t->n = to - from;
    if (t->n) {
        t->first = t->slots[0].time;
        t->last = t->slots[t->n - 1].time + SLOT_MINUTES * TICKS_PER_MINUTE;
    }
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static int by_file_and_time(const void *x, const void *y)
{
    const struct slot *a = x, *b = y;
    int order = str_cmp(a->file, b->file);
    return order ? order : by_time(x, y);
}

/* Later lines with earlier times. Slots that touch are let pass: a line is written when its request
 * has ended. */
static void check_clocks(struct doctor *d, const struct times *t)
{
    size_t jumps = 0;
    struct slot *s = ARENA_ARRAY(d->a, struct slot, t->n + 1);
    if (t->n)
        memcpy(s, t->slots, t->n * sizeof *s);
    qsort(s, t->n, sizeof *s, by_file_and_time);
    for (size_t i = 0; i < t->n;) {
        size_t end = i, far = i, back = SIZE_MAX;
        while (end < t->n && str_eq(s[end].file, s[i].file))
            end++;
        /* of the slots at least two before, the one that reaches furthest into the file */
        for (size_t k = i + 1; k < end && back == SIZE_MAX; k++) {
            if (k > i + 1 && s[k - 2].last_at > s[far].last_at)
                far = k - 2;
            if (s[k].time - s[far].time > SLOT_MINUTES * TICKS_PER_MINUTE &&
                s[far].last_at > s[k].first_at)
                back = k;
        }
        if (back != SIZE_MAX && ++jumps <= GAPS_SHOWN)
            doctor_add(d, SPOT_WRONG, "clock",
                       str_fmt(d->a, "the clock goes back from %.*s to %.*s in %.*s",
                               STR_ARG(doctor_time(d, s[back].time)),
                               STR_ARG(doctor_time(d, s[far].time)), STR_ARG(s[i].file)));
        i = end;
    }
    if (!jumps && t->n)
        doctor_add(d, SPOT_FINE, "clock", STR("no clock goes back within a file"));
}

/* ---- gaps ------------------------------------------------------------------------------------ */

/* Hours without a line of one server between the first and the last line of all. */
static size_t server_gaps(struct doctor *d, const struct times *t, struct str server, size_t shown)
{
    size_t hours = (size_t)((t->last - t->first - 1) / TICKS_PER_HOUR) + 1, found = 0;
    int64_t *rows = ARENA_ARRAY(d->a, int64_t, hours + 1), total = 0;
    for (size_t i = 0; i < t->n; i++) {
        size_t hour = (size_t)((t->slots[i].time - t->first) / TICKS_PER_HOUR);
        if (!str_eq(t->slots[i].server, server) || hour >= hours)
            continue;
        rows[hour] += t->slots[i].rows;
        total += t->slots[i].rows;
    }
    for (size_t i = 0; i < hours;) {
        size_t end = i;
        while (end < hours && rows[end] == 0)
            end++;
        int64_t lines = (int64_t)(end - i) * total / (int64_t)hours; /* it would have had */
        if (end > i && lines >= GAP_NOTED && found++ + shown < GAPS_SHOWN) {
            int64_t from = t->first + (int64_t)i * TICKS_PER_HOUR;
            int64_t to = t->first + (int64_t)end * TICKS_PER_HOUR;
            to = to < t->last ? to : t->last;
            doctor_add(d, lines >= GAP_LINES ? SPOT_WRONG : SPOT_NOTE, "gaps",
                       str_fmt(d->a, "%.*s has no line from %.*s to %.*s (%.*s)", STR_ARG(server),
                               STR_ARG(doctor_time(d, from)), STR_ARG(doctor_time(d, to)),
                               STR_ARG(doctor_span(d, to - from))));
        }
        i = end + 1;
    }
    return found;
}

static void check_gaps(struct doctor *d, const struct times *t, const struct overview *s)
{
    size_t found = 0;
    enum { MOST_HOURS = 24 * 366 * 5 };
    if (!t->n || (t->last - t->first) / TICKS_PER_HOUR > MOST_HOURS)
        return;
    for (size_t i = 0; i < s->n_servers && i < 200; i++)
        found += server_gaps(d, t, s->servers[i].name, found);
    if (found > GAPS_SHOWN)
        doctor_add(d, SPOT_NOTE, "gaps", str_fmt(d->a, "and %zu more", found - GAPS_SHOWN));
    if (!found)
        doctor_add(d, SPOT_FINE, "gaps",
                   STR("every server that writes much has lines in every hour"));
}

/* ---- ago() ----------------------------------------------------------------------------------- */

/* The duration that ago() is given: written there, or a let's. */
static bool ago_span(struct doctor *d, struct str text, int64_t *ticks)
{
    const struct query *q = d->h->query;
    struct value v;
    if (kql_read_literal(d->a, text, &v) && v.type == TYPE_TIMESPAN) {
        *ticks = v.i;
        return true;
    }
    for (size_t i = 0; i < q->n_params; i++)
        if (q->params[i].kind == PARAM_DURATION && str_eq(q->params[i].name, text)) {
            *ticks = q->params[i].published.i;
            return true;
        }
    return false;
}

static void judge_ago(struct doctor *d, const struct overview *s, struct str words, int64_t span)
{
    int64_t start = d->h->now - span;
    if (start > s->last)
        doctor_add(d, SPOT_WRONG, "ago()",
                   str_fmt(d->a,
                           "ago(%.*s) begins at %.*s, after the last event: nothing passes "
                           "(--now last)",
                           STR_ARG(words), STR_ARG(doctor_time(d, start))));
    else if (start < s->first)
        doctor_add(d, SPOT_NOTE, "ago()",
                   str_fmt(d->a, "ago(%.*s) looks back further than the %.*s that are loaded",
                           STR_ARG(words), STR_ARG(doctor_span(d, s->last - s->first))));
    else
        doctor_add(d, SPOT_FINE, "ago()",
                   str_fmt(d->a, "ago(%.*s) lies within what is loaded", STR_ARG(words)));
}

/* Each span once: rules ask ago() of one let in several stages. */
static void check_ago(struct doctor *d, const struct overview *s)
{
    struct str text = d->h->query->source.text;
    int64_t seen[16];
    size_t n = 0;
    if (!d->h->query->uses_now || !s->timed)
        return;
    for (size_t at = str_find(text, STR("ago("), 0); at < text.n && n < 16;
         at = str_find(text, STR("ago("), at + 4)) {
        struct str rest = str_sub(text, at + 4, text.n), words = str_trim(str_cut(&rest, ')'));
        int64_t span;
        bool known = false;
        if (!ago_span(d, words, &span))
            continue;
        for (size_t i = 0; i < n; i++)
            known |= seen[i] == span;
        seen[n] = span;
        n += !known;
        if (!known)
            judge_ago(d, s, words, span);
    }
}

void coverage_look(struct doctor *d, const struct overview *s)
{
    struct times t = {0};
    load(d, &t);
    check_far(d, &t);
    check_clocks(d, &t);
    check_gaps(d, &t, s);
    check_ago(d, s);
}
