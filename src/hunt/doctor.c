/* Blind spots: the loaded logs against the rule, before anyone trusts the result. In: the plan
 * (what the rule reads and asks), the survey's table, and a few counting queries made of the rule's
 * own text up to the stage in question. Out: a list of what is wrong, with cures that are edits of
 * the query's text; the published rule is never changed. Coverage and clocks are in coverage.c. */
#include "base/instant.h"
#include "hunt/doctor.h"

void doctor_add(struct doctor *d, enum spot_state state, const char *check, struct str text)
{
    vec_push(d->a, &d->spots,
             ((struct blind_spot){.state = state, .check = str_of(check), .text = text}));
}

void doctor_cure(struct doctor *d, struct str words, const struct edit *edits, size_t n)
{
    struct blind_spot *s = &d->spots.items[d->spots.n - 1];
    struct edit *kept = ARENA_ARRAY(d->a, struct edit, n);
    memcpy(kept, edits, n * sizeof *kept);
    s->cure = words;
    s->edits = kept;
    s->n_edits = n;
}

/* ---- what the rule asks ---------------------------------------------------------------------- */

static const struct plan_node *scan_of(const struct query *q)
{
    const struct plan_node *n = q->root;
    while (n->input)
        n = n->input;
    return n->op == &op_scan ? n : NULL;
}

/* The first call of `func` under e that is given a column; NULL: none. */
static const struct expr *call_of(const struct expr *e, const char *func)
{
    if (e->kind != EXPR_CALL)
        return NULL;
    if (str_is(str_of(e->func->name), func) && e->n_args && e->args[0]->kind == EXPR_COLUMN)
        return e;
    for (size_t i = 0; i < e->n_args; i++) {
        const struct expr *found = call_of(e->args[i], func);
        if (found)
            return found;
    }
    return NULL;
}

/* The first stage of the main pipeline, before any grouping, whose condition calls `func` on a
 * column of the logs. */
struct asked_of {
    const struct plan_node *node;
    struct str column;
};
static bool asks(const struct query *q, const char *func, const char *column, struct asked_of *out)
{
    *out = (struct asked_of){0};
    for (const struct plan_node *n = q->root; n->input; n = n->input) {
        if (n->breaks)
            out->node = NULL;
        if (!(n->op->flags & OP_SWITCH) || !n->stage || n->stage->commented_out)
            continue;
        const struct expr *call = call_of(n->data, func);
        if (!call)
            continue;
        struct str name = n->input->schema.fields[call->args[0]->index].name;
        if (!column || str_is(name, column))
            *out = (struct asked_of){n, name};
    }
    return out->node != NULL;
}

bool doctor_count(struct doctor *d, const struct plan_node *stage, const char *rest, int64_t *out,
                  size_t n)
{
    struct str text = d->h->query->source.text;
    struct result *result;
    struct error none = {0};
    struct str asked =
        str_fmt(d->a, "%.*s\n%s", STR_ARG(str_sub(text, 0, stage->stage->whole.start)), rest);
    bool ok = task_query(d->task, asked, &result) && result->table->rows == 1 &&
              result->table->schema.n == n;
    for (size_t i = 0; ok && i < n; i++)
        out[i] = column_value(result->table->columns[i], 0).i;
    if (!ok)
        d->task->err = none; /* a check that cannot be made is no failure of the survey */
    return ok;
}

struct str doctor_number(struct doctor *d, int64_t n)
{
    char text[32];
    size_t at = sizeof text, digits = 0;
    do {
        if (digits && digits % 3 == 0)
            text[--at] = ',';
        text[--at] = (char)('0' + n % 10);
        digits++;
    } while ((n /= 10) > 0);
    return str_dup(d->a, (struct str){text + at, sizeof text - at});
}

/* The edit that puts `extend` behind the table's name. */
static bool behind_table(struct doctor *d, struct str extend, struct edit *out)
{
    struct str text = d->h->query->source.text;
    if (!d->scan)
        return false;
    struct span at = d->scan->span;
    if (at.end > text.n || at.start > at.end ||
        !str_is(str_sub(text, at.start, at.end), "W3CIISLog"))
        return false;
    *out = (struct edit){at.start, at.end,
                         str_fmt(d->a, "(W3CIISLog | extend %.*s)", STR_ARG(extend))};
    return true;
}

/* ---- the checks ------------------------------------------------------------------------------ */

#define ADDED "X-ARR-LOG-ID|X-ARR-CACHE-HIT|SERVER-STATUS|CorrelationID|cafeReqId|ActID"

static void check_marks(struct doctor *d)
{
    struct asked_of asked;
    int64_t n[3];
    struct edit edit;
    if (!asks(d->h->query, "isempty", NULL, &asked))
        return;
    struct str c = asked.column;
    struct str rest =
        str_fmt(d->a,
                "| summarize Mark = countif(%.*s == \"-\"), Empty = countif(isempty(%.*s)), "
                "Added = countif(%.*s matches regex @\"(?i)^[&;]*((" ADDED ")=[^&;]*[&;]*)+$\")",
                STR_ARG(c), STR_ARG(c), STR_ARG(c));
    if (!doctor_count(d, asked.node, str_z(d->a, rest), n, 3))
        return;
    if (n[0] && !n[1]) {
        doctor_add(d, SPOT_WRONG, "absent mark",
                   str_fmt(d->a,
                           "%.*s rows have \"-\" in %.*s and none is empty: isempty() is never "
                           "true (--absent auto)",
                           STR_ARG(doctor_number(d, n[0])), STR_ARG(c)));
        if (behind_table(d,
                         str_fmt(d->a, "%.*s = iff(%.*s == \"-\", \"\", %.*s)", STR_ARG(c),
                                 STR_ARG(c), STR_ARG(c)),
                         &edit))
            doctor_cure(d, str_fmt(d->a, "takes - in %.*s as empty", STR_ARG(c)), &edit, 1);
    } else {
        doctor_add(d, SPOT_FINE, "absent mark",
                   str_fmt(d->a, "%.*s rows are empty in %.*s", STR_ARG(doctor_number(d, n[1])),
                           STR_ARG(c)));
    }
    if (!n[2]) {
        doctor_add(d, SPOT_FINE, "added query keys",
                   str_fmt(d->a, "no %.*s holds only keys of ARR or Exchange", STR_ARG(c)));
        return;
    }
    doctor_add(d, SPOT_WRONG, "added query keys",
               str_fmt(d->a,
                       "%.*s rows have nothing in %.*s but keys that ARR or Exchange added: not "
                       "empty, so dropped",
                       STR_ARG(doctor_number(d, n[2])), STR_ARG(c)));
    if (behind_table(
            d,
            str_fmt(d->a, "%.*s = replace_regex(%.*s, @\"(?i)[&;]*(" ADDED ")=[^&;]*[&;]*\", \"\")",
                    STR_ARG(c), STR_ARG(c)),
            &edit))
        doctor_cure(d, STR("takes those keys out of the query"), &edit, 1);
}

/* `ipv4_is_private(x) == false` within the stage's text. */
static bool private_test(struct str text, struct span stage, uint32_t *start, uint32_t *end)
{
    struct str s = str_sub(text, stage.start, stage.end);
    size_t at = str_find(s, STR("ipv4_is_private("), 0);
    if (at >= s.n)
        return false;
    size_t close = at + str_find_byte(str_sub(s, at, s.n), ')') + 1, i = close;
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '='))
        i++;
    if (!str_starts(str_sub(s, i, s.n), STR("false")))
        return false;
    *start = stage.start + (uint32_t)at;
    *end = stage.start + (uint32_t)i + 5;
    return true;
}

static void check_ipv6(struct doctor *d)
{
    struct asked_of asked;
    int64_t n;
    uint32_t from, to;
    struct str text = d->h->query->source.text;
    if (!asks(d->h->query, "ipv4_is_private", NULL, &asked))
        return;
    struct str c = asked.column;
    struct str rest = str_fmt(
        d->a, "| where isnull(ipv4_is_private(%.*s)) and %.*s contains \":\" | summarize count()",
        STR_ARG(c), STR_ARG(c));
    if (!doctor_count(d, asked.node, str_z(d->a, rest), &n, 1))
        return;
    if (!n) {
        doctor_add(d, SPOT_FINE, "IPv6 clients", STR("none reaches ipv4_is_private()"));
        return;
    }
    doctor_add(d, SPOT_WRONG, "IPv6 clients",
               str_fmt(d->a,
                       "%.*s row%s of IPv6 clients dropped: ipv4_is_private() is null for them",
                       STR_ARG(doctor_number(d, n)), n == 1 ? "" : "s"));
    if (private_test(text, asked.node->stage->span, &from, &to)) {
        struct edit edit = {from, to,
                            str_fmt(d->a, "(%.*s or isnull(ipv4_is_private(%.*s)))",
                                    STR_ARG(str_sub(text, from, to)), STR_ARG(c))};
        doctor_cure(d, STR("keeps clients that are no IPv4 address"), &edit, 1);
    }
}

/* A column in which a proxy hands on the client's address. */
static struct str forwarded_column(const struct schema *s)
{
    static const char *const parts[] = {"forwarded_for",  "forwardedfor",  "originalip",
                                        "true_client_ip", "connecting_ip", "real_ip",
                                        "clientip"};
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            struct str name = s->fields[i].name, part = str_of(parts[k]);
            for (size_t at = 0; at + part.n <= name.n; at++)
                if (str_eq_nocase(str_sub(name, at, at + part.n), part) &&
                    s->fields[i].type == TYPE_STRING)
                    return name;
        }
    return STR_NONE;
}

static void check_clients(struct doctor *d)
{
    struct str other = forwarded_column(logs_schema(d->h->logs));
    struct result *result;
    struct edit edit;
    struct str asked = str_fmt(
        d->a,
        "W3CIISLog | where isnotempty(cIP) and cIP != \"-\" | summarize Clients = count(), Private "
        "= countif(ipv4_is_private(cIP)), Other = countif(%s%.*s%s)",
        other.n ? "isnotempty(" : "1 == 2", STR_ARG(other), other.n ? ") and 1 == 1" : "");
    if (!task_query(d->task, asked, &result) || !result->table->rows)
        return;
    int64_t clients = column_value(result->table->columns[0], 0).i;
    int64_t hidden = column_value(result->table->columns[1], 0).i;
    int64_t known = other.n ? column_value(result->table->columns[2], 0).i : 0;
    if (clients && hidden == clients)
        doctor_add(
            d, SPOT_WRONG, "private clients",
            str_fmt(d->a,
                    "all %.*s rows come from private addresses: a proxy hides the clients%s%.*s",
                    STR_ARG(doctor_number(d, clients)), known ? "; they may be in " : "",
                    STR_ARG(known ? other : STR(""))));
    else
        doctor_add(d, known ? SPOT_NOTE : SPOT_FINE, "private clients",
                   known ? str_fmt(d->a, "%.*s rows have an address in %.*s as well",
                                   STR_ARG(doctor_number(d, known)), STR_ARG(other))
                         : str_fmt(d->a, "%.*s of %.*s rows come from private addresses",
                                   STR_ARG(doctor_number(d, hidden)),
                                   STR_ARG(doctor_number(d, clients))));
    if (known &&
        behind_table(d,
                     str_fmt(d->a,
                             "cIP = iff(isempty(%.*s) or %.*s == \"-\", cIP, trim(@\"[ +]+\", "
                             "tostring(split(%.*s, \",\")[0])))",
                             STR_ARG(other), STR_ARG(other), STR_ARG(other)),
                     &edit))
        doctor_cure(d,
                    str_fmt(d->a, "takes the first address of %.*s as the client", STR_ARG(other)),
                    &edit, 1);
}

/* ---- columns that are not logged ------------------------------------------------------------- */

static bool names_field(struct str fields, struct str field)
{
    while (fields.n)
        if (str_eq_nocase(str_cut(&fields, ' '), field))
            return true;
    return false;
}

static void check_columns(struct doctor *d)
{
    size_t n_files, missing = 0, needed = 0;
    const struct log_file *files = logs_files(d->h->logs, &n_files);
    const struct schema *schema = logs_schema(d->h->logs);
    if (!d->scan)
        return;
    for (size_t i = 0; i < schema->n; i++) {
        struct str help = logs_column_help(d->h->logs, i), field = str_cut(&help, ':');
        bool logged = !help.n || str_find_byte(field, ' ') < field.n;
        size_t without = 0, read = 0;
        if (!d->scan->needed || !d->scan->needed[i] || logged)
            continue; /* made from others, or set by Azure */
        needed++;
        for (size_t k = 0; k < n_files; k++) {
            read += files[k].read;
            without += files[k].read && !names_field(files[k].fields, field);
        }
        if (!without || !read)
            continue;
        missing++;
        doctor_add(d, SPOT_WRONG, "not logged",
                   without == read
                       ? str_fmt(d->a, "the rule reads %.*s, but %.*s is not logged",
                                 STR_ARG(schema->fields[i].name), STR_ARG(field))
                       : str_fmt(d->a,
                                 "the rule reads %.*s, but %.*s is not logged in %zu of %zu files",
                                 STR_ARG(schema->fields[i].name), STR_ARG(field), without, read));
    }
    if (!missing && needed)
        doctor_add(d, SPOT_FINE, "not logged", STR("every field that the rule reads is logged"));
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void put_in_order(struct doctor *d, struct overview *out)
{
    size_t n = 0;
    out->spots = ARENA_ARRAY(d->a, struct blind_spot, d->spots.n + 1);
    for (int state = SPOT_WRONG; state <= SPOT_FINE; state++) {
        for (size_t i = 0; i < d->spots.n; i++)
            if ((int)d->spots.items[i].state == state)
                out->spots[n++] = d->spots.items[i];
        if (state == SPOT_WRONG)
            out->n_wrong = n;
    }
    out->n_spots = n;
}

bool doctor_look(struct surveyor *s, struct overview *out)
{
    struct doctor d = {.task = &s->task, .h = s->task.h, .a = s->task.arena, .slots = s->slots};
    d.scan = scan_of(d.h->query);
    if (!d.h->query->n_scans)
        return true;
    check_marks(&d);
    check_ipv6(&d);
    check_clients(&d);
    check_columns(&d);
    rarity_look(&d, out);
    coverage_look(&d, out);
    put_in_order(&d, out);
    return !task_stopped(&s->task);
}
