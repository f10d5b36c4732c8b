/* parse, parse-where: columns cut out of a text by a pattern of literals and columns.
 *
 * A row's pieces are found as texts; a second step converts them by the ordinary functions (toint,
 * todatetime…), as expressions over the pieces. A row that does not match gives "" and null. */
#include <stdio.h>

#include "ops/ops_internal.h"

enum part_kind { PART_TEXT, PART_STAR, PART_COLUMN };
struct part {
    enum part_kind kind;
    struct str text; /* literal, or the column's name */
    enum type type;
    struct span span;
};
enum mode { MODE_SIMPLE, MODE_RELAXED, MODE_REGEX };
struct parse_syntax {
    enum mode mode;
    struct str flags;
    struct part *parts;
    size_t n;
};
struct parse_data {
    struct expr *text;
    enum mode mode;
    struct part *parts;
    size_t n_parts;
    size_t n_columns;      /* of the pattern */
    struct schema pieces;  /* the columns as texts */
    struct expr **convert; /* by pattern column, over the pieces */
    size_t *column;        /* by pattern column: its output column */
    size_t *from;          /* by output column: the input's; SIZE_MAX: made here */
    bool drop;             /* parse-where */
    struct str pattern;    /* regex: with a group c0, c1, … for each column */
    unsigned flags;
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

/* ---- matching -------------------------------------------------------------------------------- */

struct parse_local {
    struct regex *regex;
    size_t *groups; /* by pattern column */
    struct str *found;
    size_t n_found;
};

static bool open_worker(struct worker *w, const struct plan_node *node, void *shared, void **local,
                        struct error *err)
{
    const struct parse_data *d = node->data;
    struct arena *a = worker_arena(w);
    struct parse_local *l = ARENA_NEW(a, struct parse_local);

    (void)shared;
    *local = l;
    if (d->mode != MODE_REGEX)
        return true;
    l->regex = regex_compile(a, d->pattern, d->flags, err);
    if (!l->regex)
        return false;
    l->n_found = regex_groups(l->regex) + 1;
    l->found = ARENA_ARRAY(a, struct str, l->n_found);
    l->groups = ARENA_ARRAY(a, size_t, d->n_columns);
    for (size_t i = 0; i < d->n_columns; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i);
        l->groups[i] = regex_group_by_name(l->regex, str_of(name));
    }
    return true;
}

static bool match_regex(struct worker *w, const struct parse_data *d, struct parse_local *l,
                        struct str s, struct str *pieces)
{
    uint64_t limit_hits = 0;
    bool hit = regex_match(l->regex, s, 0, l->found, l->n_found, &limit_hits);

    if (limit_hits)
        worker_regex_limits(w, limit_hits);
    for (size_t i = 0; hit && i < d->n_columns; i++)
        pieces[i] = l->found[l->groups[i]];
    return hit;
}

/* How much of s a typed column takes that no literal ends. */
static size_t typed_length(struct str s, enum type t)
{
    size_t n = 0;

    if (t != TYPE_INT && t != TYPE_LONG && t != TYPE_REAL && t != TYPE_DECIMAL)
        return s.n;
    if (n < s.n && (s.p[n] == '-' || s.p[n] == '+'))
        n++;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') ||
                       (s.p[n] == '.' && (t == TYPE_REAL || t == TYPE_DECIMAL))))
        n++;
    return n;
}

/* The literals in order; what stands between two is the column's. */
static bool match_simple(const struct parse_data *d, struct str s, struct str *pieces)
{
    size_t at = 0, column = 0;
    const struct part *open = NULL; /* column or * that waits for the literal that ends it */

    for (size_t i = 0; i < d->n_parts; i++) {
        const struct part *part = &d->parts[i];
        if (part->kind != PART_TEXT) {
            if (open && open->kind == PART_COLUMN) { /* no literal in between */
                size_t n = typed_length(str_sub(s, at, s.n), open->type);
                pieces[column++] = str_sub(s, at, at + n);
                at += n;
            }
            open = part;
            continue;
        }
        size_t hit = open                                          ? str_find(s, part->text, at)
                     : str_starts(str_sub(s, at, s.n), part->text) ? at
                                                                   : SIZE_MAX;
        if (hit == SIZE_MAX)
            return false;
        if (open && open->kind == PART_COLUMN)
            pieces[column++] = str_sub(s, at, hit);
        open = NULL;
        at = hit + part->text.n;
    }
    if (open && open->kind == PART_COLUMN)
        pieces[column++] = str_sub(s, at, s.n);
    return open || at == s.n;
}

/* ---- running --------------------------------------------------------------------------------- */

/* The pieces of all rows as columns of text; hit says which rows match. */
static bool cut(struct worker *w, const struct parse_data *d, struct parse_local *l,
                struct chunk *c, struct chunk *pieces, bool *hit)
{
    struct column *text = worker_eval(w, d->text, c);
    struct str *one = ARENA_ARRAY(c->arena, struct str, d->n_columns);

    if (!text)
        return false;
    const struct str *strs = column_strs(text);
    *pieces = (struct chunk){.rows = c->rows,
                             .n_columns = d->n_columns,
                             .columns = ARENA_ARRAY(c->arena, struct column *, d->n_columns),
                             .arena = c->arena};
    for (size_t k = 0; k < d->n_columns; k++)
        pieces->columns[k] = column_new(c->arena, TYPE_STRING, c->rows);
    for (size_t i = 0; i < c->rows; i++) {
        struct str s = strs[column_at(text, i)];
        hit[i] = d->mode == MODE_REGEX ? match_regex(w, d, l, s, one) : match_simple(d, s, one);
        for (size_t k = 0; k < d->n_columns; k++)
            pieces->columns[k]->strs[i] = hit[i] && one[k].p ? one[k] : STR("");
    }
    return true;
}

/* Simple patterns are strict: a piece that does not convert means that the row does not match. */
static void be_strict(const struct parse_data *d, struct column **values, size_t rows, bool *hit)
{
    for (size_t k = 0; k < d->n_columns; k++) {
        for (size_t i = 0; i < rows; i++)
            hit[i] &= !column_null(values[k], i);
    }
}

static struct column *blank_misses(struct arena *a, struct column *c, const bool *hit, size_t rows)
{
    bool all = true;

    for (size_t i = 0; i < rows; i++)
        all &= hit[i];
    if (all)
        return ops_dense(a, c, rows);
    uint32_t *each = arena_alloc(a, rows * sizeof *each);
    for (size_t i = 0; i < rows; i++)
        each[i] = c->constant ? 0 : (uint32_t)i;
    struct column one = *c;
    one.constant = false;
    if (one.dict)
        column_strs(&one), one.dict = NULL, one.codes = NULL;
    struct column *to = column_pick(a, &one, each, rows); /* the pieces may be shared with others */
    for (size_t i = 0; i < rows; i++) {
        if (!hit[i])
            column_set(to, i, (struct value){.type = to->type, .null = true});
    }
    return to;
}

static bool push(struct worker *w, const struct plan_node *node, void *local, struct chunk *c)
{
    const struct parse_data *d = node->data;
    struct chunk pieces;
    bool *hit = ARENA_ARRAY(c->arena, bool, c->rows);
    uint32_t *rows = arena_alloc(c->arena, c->rows * sizeof *rows);
    struct column **values = ARENA_ARRAY(c->arena, struct column *, d->n_columns);

    if (!cut(w, d, local, c, &pieces, hit))
        return false;
    for (size_t k = 0; k < d->n_columns; k++) {
        if (!(values[k] = worker_eval(w, d->convert[k], &pieces)))
            return false;
    }
    if (d->mode == MODE_SIMPLE)
        be_strict(d, values, c->rows, hit);
    for (size_t i = 0; i < c->rows; i++)
        rows[i] = (uint32_t)i;
    struct chunk *out = ops_spread(c->arena, c, rows, node->schema.n, d->from);
    ops_spread_end(out, c->rows);
    for (size_t k = 0; k < d->n_columns; k++)
        out->columns[d->column[k]] = blank_misses(c->arena, values[k], hit, c->rows);
    if (d->drop) {
        uint32_t *stay = arena_alloc(c->arena, c->rows * sizeof *stay);
        size_t n = 0;
        for (size_t i = 0; i < c->rows; i++) {
            stay[n] = (uint32_t)i;
            n += hit[i];
        }
        chunk_pick(out, stay, n);
    }
    return worker_emit(w, node, out);
}

static const struct op_run run = {.open_worker = open_worker, .push = push};

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
    .run = &run,
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
    .run = &run,
};
