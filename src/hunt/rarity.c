/* What a rule of rarity takes for rare: failures that nobody asked to leave out, parts of one
 * download that count as many accesses, and a load too short to know what is usual. In: the rows
 * that reach the first grouping, counted. */
#include "base/instant.h"
#include "hunt/doctor.h"

/* The first grouping: what is below it are rows of the logs. NULL: none. */
static const struct plan_node *grouping(const struct query *q)
{
    const struct plan_node *found = NULL;
    for (const struct plan_node *n = q->root; n->input; n = n->input)
        if (n->breaks && n->stage)
            found = n;
    return found;
}

/* The last stage below the grouping that still gets the column: the project before it may have left
 * the column out. NULL: there is none. */
static const struct plan_node *last_with(const struct plan_node *group, const char *column)
{
    const struct plan_node *n = group;
    while (n && n->input &&
           (!n->stage || schema_find(&n->input->schema, str_of(column)) == SIZE_MAX))
        n = n->input;
    return n && n->input ? n : NULL;
}

/* A number that is compared with what was counted. */
static const struct param *threshold(const struct query *q)
{
    for (size_t i = 0; i < q->n_params; i++)
        if (q->params[i].kind == PARAM_NUMBER && !q->params[i].cold && q->params[i].stage)
            return &q->params[i];
    return NULL;
}

static bool reads(const struct doctor *d, const char *column)
{
    size_t at = d->scan ? schema_find(&d->scan->schema, str_of(column)) : SIZE_MAX;
    return at != SIZE_MAX && d->scan->needed && d->scan->needed[at];
}

static void check_failures(struct doctor *d, const struct plan_node *before, int64_t failed,
                           int64_t rows)
{
    if (!failed) {
        doctor_add(d, SPOT_FINE, "failures", STR("no request that the rule groups has failed"));
        return;
    }
    doctor_add(d, SPOT_NOTE, "failures",
               str_fmt(d->a,
                       "the rule does not ask for the status: %.*s of %.*s rows that it groups are "
                       "failures (400 and over)",
                       STR_ARG(doctor_number(d, failed)), STR_ARG(doctor_number(d, rows))));
    uint32_t at = before->stage->whole.start;
    struct edit edit = {at, at, STR("| where not(toint(scStatus) >= 400)\n")};
    doctor_cure(d, STR("leaves out requests that failed"), &edit, 1);
}

static void check_parts(struct doctor *d, const struct param *limit, int64_t parts)
{
    if (parts)
        doctor_add(d, SPOT_NOTE, "parts of downloads",
                   str_fmt(d->a,
                           "%.*s row%s of status 206: a download in parts counts as several "
                           "accesses for %.*s",
                           STR_ARG(doctor_number(d, parts)), parts == 1 ? "" : "s",
                           STR_ARG(limit->name)));
    else
        doctor_add(d, SPOT_FINE, "parts of downloads",
                   STR("no row that is grouped has status 206"));
}

static void check_span(struct doctor *d, const struct param *limit, const struct overview *s)
{
    if (s->last - s->first < TICKS_PER_DAY)
        doctor_add(d, SPOT_NOTE, "loaded span",
                   str_fmt(d->a,
                           "%.*s judges by what is usual, but only %.*s are loaded: a short load "
                           "invents findings",
                           STR_ARG(limit->name), STR_ARG(doctor_span(d, s->last - s->first))));
    else
        doctor_add(d, SPOT_FINE, "loaded span",
                   str_fmt(d->a, "%.*s are loaded", STR_ARG(doctor_span(d, s->last - s->first))));
}

void rarity_look(struct doctor *d, const struct overview *s)
{
    const struct plan_node *group = grouping(d->h->query);
    const struct param *limit = threshold(d->h->query);
    const struct plan_node *last = last_with(group, "scStatus");
    int64_t n[3];
    if (!group || !limit)
        return;
    if (last && !reads(d, "scStatus") &&
        doctor_count(d, last,
                     "| summarize countif(toint(scStatus) >= 400), count(), "
                     "countif(toint(scStatus) == 206)",
                     n, 3)) {
        check_failures(d, last, n[0], n[1]);
        check_parts(d, limit, n[2]);
    }
    if (s->timed)
        check_span(d, limit, s);
}
