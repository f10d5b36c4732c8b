/* parse, parse-where: columns cut out of a text by a pattern of literals and columns.
 *
 * A row's pieces are found as texts; a second step converts them by the ordinary functions (toint,
 * todatetime…), as expressions over the pieces. A row that does not match gives "" and null. */
#include "ops/parse.h"

struct parse_syntax {
    enum mode mode;
    struct str flags;
    struct part *parts;
    size_t n;
};
/* ---- parsing --------------------------------------------------------------------------------- */

static bool parse_part(struct parser *p, struct part *out)
{
    const struct token *t = parser_peek(p);

    *out = (struct part){.span = t->span};
    if (parser_accept(p, "*")) {
        out->kind = PART_STAR;
        return true;
    }
    if (t->kind == TOKEN_LITERAL) {
        if (t->value.type != TYPE_STRING)
            return parser_error(p, t->span, "a text, a column or * is expected here");
        out->kind = PART_TEXT;
        out->text = parser_next(p)->value.s;
        return true;
    }
    out->kind = PART_COLUMN;
    out->type = TYPE_STRING;
    return parse_name(p, &out->text, &out->span, "a text, a column or *") &&
           (!parser_accept(p, ":") || parse_type(p, &out->type));
}

static bool parse(struct parser *p, struct stage *stage)
{
    struct arena *a = parser_arena(p);
    struct parse_syntax *s = ARENA_NEW(a, struct parse_syntax);
    VEC(struct part) parts = {0};
    struct str key;
    const struct token *value;

    while (parse_option(p, &key, &value)) {
        if (str_is(key, "kind")) {
            s->mode = str_is(value->text, "regex")     ? MODE_REGEX
                      : str_is(value->text, "relaxed") ? MODE_RELAXED
                                                       : MODE_SIMPLE;
            if (s->mode == MODE_SIMPLE && !str_is(value->text, "simple"))
                return parser_error(p, value->span,
                                    "parse has the kinds simple, relaxed and regex");
        } else if (str_is(key, "flags")) {
            s->flags = value->kind == TOKEN_LITERAL ? value->value.s : value->text;
        }
    }
    if (!parse_expr(p, &stage->args) || !parser_expect_word(p, "with"))
        return false;
    while (!parser_at_stage_end(p)) {
        struct part part;
        if (!parse_part(p, &part))
            return false;
        if (part.kind == PART_STAR && parts.n && vec_last(&parts).kind == PART_COLUMN &&
            vec_last(&parts).type == TYPE_STRING)
            return parser_error(p, part.span,
                                "* cannot follow a string column: where would that end?");
        vec_push(a, &parts, part);
    }
    if (parts.n == 0)
        return parser_error(p, stage->span, "parse wants a pattern after 'with'");
    s->parts = parts.items;
    s->n = parts.n;
    stage->extra = s;
    return true;
}

/* ---- binding --------------------------------------------------------------------------------- */

static const char *piece_pattern(enum type t)
{
    switch (t) {
    case TYPE_INT:
    case TYPE_LONG:
        return "-?\\d+";
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return "-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?";
    case TYPE_BOOL:
        return "[tT]rue|[fF]alse|0|1";
    case TYPE_GUID:
        return "[0-9a-fA-F-]+";
    default:
        return ".*";
    }
}

static bool regex_flags(struct binder *b, struct str flags, struct span span, unsigned *out)
{
    *out = REGEX_AT_START;
    for (size_t i = 0; i < flags.n; i++) {
        switch (flags.p[i]) {
        case 'U':
            *out |= REGEX_UNGREEDY;
            break;
        case 'i':
            *out |= REGEX_NOCASE;
            break;
        case 's':
            *out |= REGEX_DOTALL;
            break;
        case 'm':
            *out |= REGEX_MULTILINE;
            break;
        default:
            return binder_error(b, span, "parse has the flags U, i, s and m");
        }
    }
    return true;
}

static bool make_pattern(struct binder *b, struct parse_data *d, struct str flags, struct span span)
{
    struct buf out = {0};
    size_t column = 0;
    bool ok = regex_flags(b, flags, span, &d->flags);

    for (size_t i = 0; i < d->n_parts; i++) {
        const struct part *part = &d->parts[i];
        if (part->kind == PART_STAR)
            buf_add_z(&out, ".*?");
        else if (part->kind == PART_TEXT)
            buf_addf(&out, "(?:%.*s)", STR_ARG(part->text));
        else
            buf_addf(&out, "(?P<c%zu>%s)", column++, piece_pattern(part->type));
    }
    d->pattern = str_dup(binder_arena(b), buf_str(&out));
    buf_release(&out);
    struct error err = {0};
    struct arena *a = arena_new();
    if (ok && !regex_compile(a, d->pattern, d->flags, &err))
        ok = binder_error(b, span, "%s", err.message);
    arena_free(a);
    return ok;
}

static const char *converter(enum type t)
{
    switch (t) {
    case TYPE_BOOL:
        return "tobool";
    case TYPE_INT:
        return "toint";
    case TYPE_LONG:
        return "tolong";
    case TYPE_REAL:
        return "toreal";
    case TYPE_DECIMAL:
        return "todecimal";
    case TYPE_DATETIME:
        return "todatetime";
    case TYPE_TIMESPAN:
        return "totimespan";
    case TYPE_GUID:
        return "toguid";
    case TYPE_DYNAMIC:
        return "todynamic";
    default:
        return "tostring";
    }
}

/* The pattern's columns: pieces, conversions, places in the output. */
static bool bind_columns(struct binder *b, struct parse_data *d, struct plan_node *node,
                         const struct schema *input)
{
    struct arena *a = binder_arena(b);
    VEC(struct field) fields = {0};
    VEC(size_t) from = {0};

    for (size_t i = 0; i < input->n; i++) {
        vec_push(a, &fields, input->fields[i]);
        vec_push(a, &from, i);
    }
    d->pieces.fields = ARENA_ARRAY(a, struct field, d->n_parts);
    d->convert = ARENA_ARRAY(a, struct expr *, d->n_parts);
    d->column = ARENA_ARRAY(a, size_t, d->n_parts);
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct part *part = &d->parts[i];
        if (part->kind != PART_COLUMN)
            continue;
        size_t k = d->n_columns++, at = 0;
        d->pieces.fields[d->pieces.n++] = (struct field){part->text, TYPE_STRING};
        for (size_t j = 0; j < k; j++) {
            if (str_eq(d->pieces.fields[j].name, part->text))
                return binder_error(b, part->span, "'%.*s' stands twice in the pattern",
                                    STR_ARG(part->text));
        }
        struct expr *piece = expr_column(b, &d->pieces, k, part->span);
        d->convert[k] = part->type == TYPE_STRING
                            ? piece
                            : expr_call(b, converter(part->type), &piece, 1, part->span);
        if (!d->convert[k])
            return false;
        while (at < fields.n && !str_eq(fields.items[at].name, part->text))
            at++;
        if (at == fields.n) {
            vec_push(a, &fields, ((struct field){0}));
            vec_push(a, &from, 0);
        }
        fields.items[at] = (struct field){part->text, part->type};
        from.items[at] = SIZE_MAX;
        d->column[k] = at;
    }
    node->schema = (struct schema){fields.items, fields.n};
    d->from = from.items;
    return true;
}

static struct plan_node *bind_with(struct binder *b, const struct stage *stage,
                                   struct plan_node *input, bool drop)
{
    const struct parse_syntax *s = stage->extra;
    struct parse_data *d = ARENA_NEW(binder_arena(b), struct parse_data);
    struct plan_node *node = ops_node(b, stage->op, stage, input);

    *d = (struct parse_data){.mode = s->mode, .parts = s->parts, .n_parts = s->n, .drop = drop};
    if (!(d->text = bind_expr(b, stage->args, &input->schema)))
        return NULL;
    if (expr_uses_window(d->text)) {
        binder_error(b, d->text->span,
                     "window functions cannot be parsed; make a column of it first");
        return NULL;
    }
    if (d->text->type != TYPE_STRING &&
        !(d->text = expr_call(b, "tostring", &d->text, 1, d->text->span)))
        return NULL;
    if (!bind_columns(b, d, node, &input->schema) ||
        (d->mode == MODE_REGEX && !make_pattern(b, d, s->flags, stage->span)))
        return NULL;
    node->data = d;
    node->passes = drop ? NULL : d->from;
    return node;
}

static struct plan_node *bind_parse(struct binder *b, const struct stage *stage,
                                    struct plan_node *input)
{
    return bind_with(b, stage, input, false);
}

static struct plan_node *bind_parse_where(struct binder *b, const struct stage *stage,
                                          struct plan_node *input)
{
    return bind_with(b, stage, input, true);
}

static void needs(const struct plan_node *node, size_t leg, bool *in)
{
    const struct parse_data *d = node->data;

    (void)leg;
    for (size_t i = 0; i < node->schema.n; i++) {
        if (node->needed[i] && d->from[i] != SIZE_MAX)
            in[d->from[i]] = true;
    }
    ops_mark(d->text, in);
}

static void print(const struct plan_node *node, struct buf *out)
{
    const struct parse_data *d = node->data;

    buf_addf(out, "%s ", node->op->name);
    expr_print(d->text, &node->input->schema, out);
    buf_add_z(out, " with");
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct part *part = &d->parts[i];
        buf_add_byte(out, ' ');
        if (part->kind == PART_STAR)
            buf_add_byte(out, '*');
        else if (part->kind == PART_TEXT)
            kql_literal(out, (struct value){.type = TYPE_STRING, .s = part->text});
        else
            buf_addf(out, "%.*s:%s", STR_ARG(part->text), type_name(part->type));
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct op op_parse = {
    .name = "parse",
    .syntax =
        "parse [kind=simple|relaxed|regex [flags=…]] Text with [*] \"literal\" Column[:Type] …",
    .help =
        "Cuts columns out of a text by a pattern; rows that do not match stay, with empty columns.",
    .example = "print s = \"id=7 ok\" | parse s with \"id=\" id:long \" \" state",
    .flags = OP_STAGE,
    .parse = parse,
    .bind = bind_parse,
    .needs = needs,
    .print = print,
    .run = &parse_run,
};
const struct op op_parse_where = {
    .name = "parse-where",
    .syntax = "parse-where [kind=simple|relaxed|regex [flags=…]] Text with [*] \"literal\" "
              "Column[:Type] …",
    .help = "Cuts columns out of a text by a pattern and drops the rows that do not match.",
    .example = "print s = \"id=7 ok\" | parse-where s with \"id=\" id:long \" \" state",
    .flags = OP_STAGE | OP_COUNTED,
    .parse = parse,
    .bind = bind_parse_where,
    .needs = needs,
    .print = print,
    .run = &parse_run,
};
