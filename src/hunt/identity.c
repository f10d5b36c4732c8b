/* What makes two findings the same one: the keys of the last summarize, as far as they are among
 * the result's columns; a result without such keys is known by all its cells. Counts and times may
 * change with the knobs and with more logs, the keys do not. */
#include "hunt/hunt_internal.h"

#define LABEL_MOST 400 /* bytes */

static const struct plan_node *last_summarize(const struct query *q)
{
    const struct plan_node *n = q->root;
    while (n &&
           !(n->breaks && n->stage && n->stage->by && str_is(str_of(n->op->name), "summarize")))
        n = n->input;
    return n;
}

void identity_init(struct hunt *h)
{
    const struct schema *out = &h->query->root->schema;
    const struct plan_node *s = last_summarize(h->query);
    h->key_columns = ARENA_ARRAY(h->session, size_t, out->n + 1);
    h->n_keys = 0;
    size_t keys = 0;
    for (const struct node *n = s ? s->stage->by : NULL; n; n = n->next)
        keys++;
    /* keys come first in a summarize's schema */
    for (size_t i = 0; i < keys && i < s->schema.n; i++) {
        size_t at = schema_find(out, s->schema.fields[i].name);
        if (at != SIZE_MAX)
            h->key_columns[h->n_keys++] = at;
    }
    if (h->n_keys < keys || keys == 0)
        for (h->n_keys = 0; h->n_keys < out->n; h->n_keys++)
            h->key_columns[h->n_keys] = h->n_keys;
}

void hunt_label(const struct hunt *h, const struct view *v, size_t row, struct buf *out)
{
    const struct table *t = v->result->table;
    for (size_t k = 0; k < h->n_keys && out->n < LABEL_MOST; k++) {
        struct buf cell = {0};
        export_cell(&cell, column_value(t->columns[h->key_columns[k]], row));
        if (cell.n)
            buf_addf(out, "%s%.*s=%.*s", out->n ? " " : "",
                     STR_ARG(t->schema.fields[h->key_columns[k]].name), STR_ARG(buf_str(&cell)));
        buf_release(&cell);
    }
    out->n = out->n < LABEL_MOST ? out->n : LABEL_MOST;
}

uint64_t *identity_of(const struct hunt *h, struct arena *a, const struct table *t)
{
    uint64_t *ids = ARENA_ARRAY(a, uint64_t, t->rows + 1);
    for (size_t k = 0; k < h->n_keys; k++) {
        const struct column *c = t->columns[h->key_columns[k]];
        for (size_t i = 0; i < t->rows; i++) {
            uint64_t x = ids[i] ^ value_hash(column_value(c, i));
            x = (x ^ (x >> 31)) * UINT64_C(0x9e3779b97f4a7c15) + k;
            ids[i] = x ^ (x >> 29);
        }
    }
    return ids;
}
