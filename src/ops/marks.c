/* as, render: stages that change no row. */
#include "ops/ops_internal.h"

static bool parse_as(struct parser *p, struct stage *stage)
{
    struct str key;
    struct span span;
    const struct token *value;

    while (parse_option(p, &key, &value)) /* hint.materialized */
        ;
    return parse_name(p, &stage->name, &span, "a name for the rows");
}

/* Everything up to the end of the stage: the kind of chart and its properties. */
static bool parse_render(struct parser *p, struct stage *stage)
{
    int depth = 0;

    (void)stage;
    while (parser_peek(p)->kind != TOKEN_END && (depth > 0 || !parser_at_stage_end(p))) {
        const struct token *t = parser_next(p);
        if (t->kind == TOKEN_BAD)
            return parser_error(p, t->span, "the chart's properties cannot be read");
        depth += t->kind == TOKEN_PUNCT && str_is(t->text, "(");
        depth -= t->kind == TOKEN_PUNCT && str_is(t->text, ")");
    }
    return true;
}

static struct plan_node *bind_as(struct binder *b, const struct stage *stage,
                                 struct plan_node *input)
{
    input->rows_name = stage->name;
    binder_name_rows(b, stage->name);
    return input;
}

static struct plan_node *bind_render(struct binder *b, const struct stage *stage,
                                     struct plan_node *input)
{
    (void)stage;
    binder_note(b, "render is ignored: the rows are shown as a table");
    return input;
}

static void print(const struct plan_node *node, struct buf *out)
{
    buf_add_z(out, node->op->name);
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    (void)local;
    return worker_emit(w, node, c);
}

static const struct op_run run = {.push = push};

const struct op op_as = {
    .name = "as",
    .syntax = "as Name",
    .help = "Names the rows so far, for what comes after; changes nothing.",
    .example = "print x = 1 | as T | union (T)",
    .flags = OP_STAGE,
    .parse = parse_as,
    .bind = bind_as,
    .print = print,
    .run = &run,
};
const struct op op_render = {
    .name = "render",
    .syntax = "render Chart [with (…)]",
    .help = "Asks for a chart; accepted and ignored.",
    .example = "print x = 1 | render table",
    .flags = OP_STAGE,
    .parse = parse_render,
    .bind = bind_render,
    .print = print,
    .run = &run,
};
