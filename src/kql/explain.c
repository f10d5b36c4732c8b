/* The plan as text for people: a line a node, from the source upward; legs are indented above the
 * node that takes them. */
#include "kql/kql_internal.h"

static void indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_add_z(out, "    ");
}

static void explain_scan(const struct plan_node *node, struct buf *out, unsigned depth)
{
    const struct scan_data *data = node->data;
    const char *separator = "columns: ";

    indent(out, depth + 1);
    for (size_t i = 0; i < node->schema.n; i++) {
        if (!node->needed || !node->needed[i])
            continue;
        buf_addf(out, "%s%.*s", separator, STR_ARG(node->schema.fields[i].name));
        separator = ", ";
    }
    buf_add_z(out, *separator == 'c' ? "columns: none\n" : "\n");
    for (size_t g = 0; g < data->n_needles; g++) {
        const struct needle_group *group = &data->needles[g];
        indent(out, depth + 1);
        buf_add_z(out, "needle: ");
        for (size_t i = 0; i < group->n; i++) {
            struct value text = {.type = TYPE_STRING, .s = group->texts[i]};
            buf_add_z(out, i ? " or " : "");
            kql_literal(out, text);
        }
        buf_add_z(out, group->fold ? " in any case\n" : "\n");
    }
    if (data->n_needles == 0) {
        indent(out, depth + 1);
        buf_add_z(out, "no needle: every line is cut\n");
    }
}

static void explain_node(const struct query *q, const struct plan_node *node, struct buf *out,
                         unsigned depth)
{
    if (node->input)
        explain_node(q, node->input, out, depth);
    for (size_t i = 0; i < node->n_legs; i++) {
        indent(out, depth + 1);
        buf_addf(out, "leg %zu:\n", i + 1);
        explain_node(q, node->legs[i], out, depth + 1);
    }
    indent(out, depth);
    if (node->number)
        buf_addf(out, "%2d  ", node->number);
    else
        buf_add_z(out, "    ");
    if (node->op->print)
        node->op->print(node, out);
    else
        buf_add_z(out, node->op->name);
    bool off = node->switch_param >= 0 && !q->params[node->switch_param].published.b;
    if (off)
        buf_add_z(out, "  [off]");
    if (node->switch_param >= 0 && q->params[node->switch_param].cold)
        buf_add_z(out, "  [cold]");
    buf_add_z(out, node == q->keep ? "  [kept for re-tuning]\n" : "\n");
    if (!node->input && node->data && node->op->flags & OP_HIDDEN)
        explain_scan(node, out, depth);
}

static void explain_params(const struct query *q, struct buf *out)
{
    for (size_t i = 0; i < q->n_params; i++) {
        const struct param *p = &q->params[i];
        if (p->kind == PARAM_SWITCH)
            continue;
        buf_addf(out, "knob %.*s = ", STR_ARG(p->name));
        kql_literal(out, p->published);
        if (p->stage)
            buf_addf(out, " (stage %d)", p->stage);
        buf_add_z(out, p->cold ? "  [cold]\n" : "\n");
    }
}

/* ---- how often logs are read ----------------------------------------------------------------- */

static bool is_scan(const struct plan_node *n)
{
    return !n->input && n->data && n->op->flags & OP_HIDDEN && !strcmp(n->op->name, "scan");
}

static bool reads(const struct plan_node *n)
{
    bool any = is_scan(n) || (n->input && reads(n->input));

    for (size_t i = 0; i < n->n_legs; i++)
        any |= reads(n->legs[i]);
    return any;
}

/* Where rows of a scan have to wait: at what takes an answer, or another side, that is read too.
 * Whether such rows come out of n. */
static bool explain_waits(const struct query *q, const struct plan_node *n, bool answers,
                          struct buf *out)
{
    bool first = n->op->flags & (OP_LEGS_FIRST | OP_LEGS_APART), other = false;
    bool flows = n->input && explain_waits(q, n->input, answers, out);

    for (size_t i = 0; i < n->n_legs; i++) {
        bool leg = explain_waits(q, n->legs[i], answers, out);
        other |= first && reads(n->legs[i]);
        flows |= !first && leg;
    }
    bool asks = n->asks && answers;
    if (flows && (other || asks))
        buf_addf(out,
                 "    rows wait before stage %d (%s) for %s; those that are too many are read "
                 "again\n",
                 n->number, n->op->name, asks ? "a subquery's answer" : "its other side");
    return is_scan(n) || (flows && !n->breaks && !(other || asks));
}

static void explain_scans(const struct query *q, struct buf *out)
{
    bool answers = false;

    if (q->n_scans < 2)
        return;
    buf_addf(out, "one scan for %zu mentions of the logs\n", q->n_scans);
    for (size_t i = 0; i < q->n_subqueries; i++) {
        explain_waits(q, q->subqueries[i].root, answers, out);
        answers |= reads(q->subqueries[i].root);
    }
    explain_waits(q, q->root, answers, out);
}

void kql_explain(const struct query *q, struct buf *out)
{
    for (size_t i = 0; i < q->n_subqueries; i++) {
        buf_addf(out, "subquery %zu:\n", i + 1);
        explain_node(q, q->subqueries[i].root, out, 1);
    }
    explain_node(q, q->root, out, 0);
    explain_scans(q, out);
    explain_params(q, out);
    for (size_t i = 0; i < q->n_notes; i++)
        buf_addf(out, "note: %.*s\n", STR_ARG(q->notes[i]));
}
