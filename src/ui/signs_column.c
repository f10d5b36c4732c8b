/* Signs of the findings as one more column of their table. In: the view, and what the hunt finds
 * out of it in the background; out: the same table with the column Signs behind the others. It is
 * there from the start, so that nothing moves when the signs come; "..." stands for what is not
 * known yet. The signs of another view are never shown. */
#include "ui/ui_internal.h"

/* The column that a rule or a query brings may be called Signs too. */
static bool wanted(const struct ui *ui)
{
    const struct view *v = ui->view;
    return v->result->scan.lines && (v->partial || hunt_can_sign(v)) &&
           schema_find(&v->result->table->schema, STR("Signs")) == SIZE_MAX;
}

const struct table *signs_take(struct ui *ui, struct signs_column *s, struct arena *a)
{
    const struct table *t = ui->view->result->table;
    bool same = s->view == ui->view && s->signing;
    s->field = SIZE_MAX;
    if (!wanted(ui)) {
        s->rest = s->signing;
        s->signing = NULL;
        return t;
    }
    if (!same && hunt_can_sign(ui->view)) {
        s->rest = s->signing;
        s->signing = hunt_sign(ui->hunt, ui->view, s->rest);
        s->view = ui->view;
    } else if (!same) {
        s->rest = s->signing;
        s->signing = NULL;
    }
    struct table *with = ARENA_NEW(a, struct table);
    *with = *t;
    s->field = with->schema.n++;
    with->schema.fields = ARENA_ARRAY(a, struct field, with->schema.n);
    with->columns = ARENA_ARRAY(a, struct column *, with->schema.n);
    for (size_t i = 0; i < s->field; i++) {
        with->schema.fields[i] = t->schema.fields[i];
        with->columns[i] = t->columns[i];
    }
    with->schema.fields[s->field] = (struct field){STR("Signs"), TYPE_STRING};
    with->columns[s->field] = column_new(a, TYPE_STRING, t->rows);
    for (size_t row = 0; row < t->rows; row++)
        with->columns[s->field]->strs[row] =
            s->signing ? signing_text(s->signing, row) : STR("...");
    return with;
}

void signs_taken(struct signs_column *s)
{
    signing_close(s->rest);
    s->rest = NULL;
}

size_t signs_place(const struct signs_column *s, struct grid_column *columns, size_t n)
{
    size_t at = 0;
    if (s->field == SIZE_MAX)
        return n;
    while (at < n && columns[at].kind == CELL_TIME)
        at++;
    at += at < n;
    memmove(columns + at + 1, columns + at, (n - at) * sizeof *columns);
    columns[at] = (struct grid_column){.title = STR("Signs"), .field = s->field, .kind = CELL_TEXT,
                                       .least = 8, .best = 20, .most = 26};
    return n + 1;
}

enum role signs_role(const struct signs_column *s, const struct table *t, size_t row, size_t field)
{
    if (field != s->field)
        return ROLE_TEXT;
    struct str text = column_value(t->columns[field], row).s;
    /* what few show: POSTs before, a short visit, an agent of its own */
    return text.n && (text.p[0] == 'P' || text.p[0] == 'M' || text.p[0] == 'U') ? ROLE_WARN
                                                                               : ROLE_TEXT;
}

bool signs_ready(const struct signs_column *s)
{
    return !s->signing || signing_done(s->signing);
}
