/* Knobs: literals and stages that can be turned between runs become parameter slots (DESIGN.md 6).
 * A literal is known by its place in the text, so that one that is bound several times (a let's
 * table, a function) is one knob. */
#include "kql/kql_internal.h"

bool knob_value(struct value v)
{
    if (v.null)
        return false;
    return type_is_number(v.type) || v.type == TYPE_TIMESPAN ||
           (v.type == TYPE_STRING && v.s.n > 0);
}

/* The author's words: slashes and blanks cut off, lines joined by newlines. */
static struct str comment_text(struct binder *b, struct span span)
{
    struct str rest = source_slice(b->source, span);
    struct buf out = {0};

    while (rest.n) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        while (line.n && line.p[0] == '/')
            line = str_sub(line, 1, line.n);
        line = str_trim(line);
        if (line.n && out.n)
            buf_add_byte(&out, '\n');
        buf_add(&out, line);
    }
    struct str text = str_dup(b->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static size_t find_param(const struct binder *b, struct span span, bool is_switch)
{
    for (size_t i = 0; i < b->params.n; i++) {
        const struct param *p = &b->params.items[i];
        if (p->span.start == span.start && (p->kind == PARAM_SWITCH) == is_switch)
            return i;
    }
    return SIZE_MAX;
}

/* SIZE_MAX: there are too many already; a stage's switch is always made. */
static size_t param_slot(struct binder *b, enum param_kind kind, struct str name, struct span span,
                         struct span comment, struct value published)
{
    size_t slot = find_param(b, span, kind == PARAM_SWITCH);

    if (slot != SIZE_MAX || (b->params.n >= MAX_KNOBS && kind != PARAM_SWITCH))
        return slot;
    struct param p = {.kind = kind, .name = name, .span = span, .published = published};
    p.help = comment_text(b, comment);
    vec_push(b->arena, &b->params, p);
    return b->params.n - 1;
}

static struct expr *param_expr(struct binder *b, size_t slot, struct value v, struct span span)
{
    if (slot == SIZE_MAX)
        return expr_literal(b, v, span);
    struct expr *e = expr_new(b, EXPR_PARAM, v.type, span);
    e->index = slot;
    e->value = v;
    e->constant = true;
    e->params = param_bit(slot);
    return e;
}

struct expr *bind_knob(struct binder *b, struct value v, struct span span, struct str name,
                       struct span comment)
{
    enum param_kind kind = v.type == TYPE_STRING     ? PARAM_TEXT
                           : v.type == TYPE_TIMESPAN ? PARAM_DURATION
                                                     : PARAM_NUMBER;

    return param_expr(b, param_slot(b, kind, name, span, comment, v), v, span);
}

struct expr *bind_list_knob(struct binder *b, struct str list, struct span span, struct str name,
                            struct span comment, bool bare)
{
    struct value v = {.type = TYPE_DYNAMIC, .s = list};
    size_t slot = param_slot(b, PARAM_LIST, name, span, comment, v);

    if (slot != SIZE_MAX)
        b->params.items[slot].bare_list = bare;
    return param_expr(b, slot, v, span);
}

int bind_switch(struct binder *b, const struct stage *stage)
{
    struct value on = {.type = TYPE_BOOL, .b = !stage->commented_out};
    struct str text = source_slice(b->source, stage->span);

    return (int)param_slot(b, PARAM_SWITCH, text, stage->span, stage->comment, on);
}

/* A stage's switch comes before the knobs inside it. */
static bool before(const struct param *x, const struct param *y)
{
    if (x->span.start != y->span.start)
        return x->span.start < y->span.start;
    return x->kind == PARAM_SWITCH && y->kind != PARAM_SWITCH;
}

bool params_sort(struct binder *b)
{
    bool moved = false;

    for (size_t i = 1; i < b->params.n; i++) {
        struct param p = b->params.items[i];
        size_t at = i;
        for (; at > 0 && before(&p, &b->params.items[at - 1]); at--)
            b->params.items[at] = b->params.items[at - 1];
        b->params.items[at] = p;
        moved |= at != i;
    }
    return moved;
}

static void number_alike(struct binder *b, struct param *p)
{
    size_t n = 1;

    for (const struct param *q = b->params.items; q < p; q++)
        n += str_eq(q->name, p->name);
    if (n == 1)
        return;
    struct str name = p->name;
    bool taken = true;
    for (; taken; n++) {
        p->name = str_fmt(b->arena, "%.*s #%zu", STR_ARG(name), n);
        taken = false;
        for (const struct param *q = b->params.items; q < b->params.items + b->params.n; q++)
            taken |= q != p && str_eq(q->name, p->name);
    }
}

void params_finish(struct binder *b, struct query *q)
{
    for (size_t i = b->params.n; i-- > 0;)
        number_alike(b, &b->params.items[i]);
    for (size_t i = 0; i < b->params.n; i++) {
        struct param *p = &b->params.items[i];
        for (size_t s = 0; s < q->n_stages; s++) {
            struct span stage = q->stages[s]->stage->span;
            if (p->span.start >= stage.start && p->span.end <= stage.end)
                p->stage = (int)s + 1; /* the innermost one, which begins last */
        }
    }
    q->params = b->params.items;
    q->n_params = b->params.n;
}
