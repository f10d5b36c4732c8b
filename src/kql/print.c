/* Back to text: values as literals, expressions as KQL with as few parentheses as they need, syntax
 * trees for tests. */
#include "base/instant.h"
#include "base/utf8.h"
#include "kql/kql_internal.h"

/* ---- literals ------------------------------------------------------------------------------- */

static void print_string(struct buf *out, struct str s)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            buf_addf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (c < ' ' || c == 0x7f)
            buf_addf(out, "\\u%04x", c);
        else
            buf_add_byte(out, (char)c);
    }
    buf_add_byte(out, '"');
}

/* In the largest unit that divides it. */
static void print_timespan(struct buf *out, int64_t ticks)
{
    static const struct {
        const char *name;
        int64_t ticks;
    } units[] = {{"d", TICKS_PER_DAY},
                 {"h", TICKS_PER_HOUR},
                 {"m", TICKS_PER_MINUTE},
                 {"s", TICKS_PER_SECOND},
                 {"ms", TICKS_PER_MILLISECOND},
                 {"microsecond", TICKS_PER_MICROSECOND},
                 {"tick", 1}};
    size_t i = 0;

    if (ticks == INT64_MIN) {
        buf_add_z(out, "time(-10675199.02:48:05.4775808)");
        return;
    }
    if (ticks == 0)
        i = 3;
    while (ticks % units[i].ticks)
        i++;
    buf_addf(out, "%lld%s", (long long)(ticks / units[i].ticks), units[i].name);
}

static void print_real(struct buf *out, double r, const char *type)
{
    char text[32];
    size_t n = real_format(r, text);
    bool plain = text[n - 1] >= '0' && text[n - 1] <= '9';

    if (plain && !strcmp(type, "real"))
        buf_add(out, (struct str){text, n});
    else
        buf_addf(out, "%s(%.*s)", type, (int)n, text);
}

static void print_dynamic(struct buf *out, struct str d)
{
    buf_add_z(out, "dynamic(");
    dyn_text(out, d, true);
    buf_add_byte(out, ')');
}

void kql_literal(struct buf *out, struct value v)
{
    char text[INSTANT_TEXT];

    if (v.null && v.type != TYPE_STRING) {
        buf_addf(out, "%s(null)", v.type == TYPE_NONE ? "dynamic" : type_name(v.type));
        return;
    }
    switch (v.type) {
    case TYPE_BOOL:
        buf_add_z(out, v.b ? "true" : "false");
        break;
    case TYPE_INT:
        buf_addf(out, "int(%lld)", (long long)v.i);
        break;
    case TYPE_LONG:
        buf_addf(out, "%lld", (long long)v.i);
        break;
    case TYPE_REAL:
        print_real(out, v.r, "real");
        break;
    case TYPE_DECIMAL:
        print_real(out, v.r, "decimal");
        break;
    case TYPE_DATETIME:
        buf_add_z(out, "datetime(");
        buf_add(out, (struct str){text, instant_format(v.i, text)});
        buf_add_byte(out, ')');
        break;
    case TYPE_TIMESPAN:
        print_timespan(out, v.i);
        break;
    case TYPE_GUID:
        buf_addf(out, "guid(%.*s)", STR_ARG(v.s));
        break;
    case TYPE_DYNAMIC:
        print_dynamic(out, v.s);
        break;
    default:
        print_string(out, v.s);
        break;
    }
}

static void print_name(struct buf *out, struct str name)
{
    bool plain = name.n > 0 && !(name.p[0] >= '0' && name.p[0] <= '9');

    for (size_t i = 0; i < name.n; i++)
        plain =
            plain && (lex_name_byte((unsigned char)name.p[i]) || (unsigned char)name.p[i] >= 0x80);
    if (plain) {
        buf_add(out, name);
        return;
    }
    buf_add_byte(out, '[');
    print_string(out, name);
    buf_add_byte(out, ']');
}

/* ---- expressions ---------------------------------------------------------------------------- */

enum { LEVEL_UNARY = 7, LEVEL_POSTFIX = 8 };

static void print_at(const struct expr *e, const struct schema *input, int least, struct buf *out);

static void print_args(const struct expr *e, size_t from, const char *separator,
                       const struct schema *input, int least, struct buf *out)
{
    for (size_t i = from; i < e->n_args; i++) {
        if (i > from)
            buf_add_z(out, separator);
        print_at(e->args[i], input, least, out);
    }
}

static void print_list(struct str list, struct buf *out)
{
    for (size_t i = 0; i < dyn_count(list); i++) {
        buf_add_z(out, i ? ", " : "");
        kql_literal(out, dyn_scalar(dyn_item(list, i)));
    }
}

static void print_operator(const struct expr *e, int level, const struct schema *input,
                           struct buf *out)
{
    char separator[40] = " ";
    struct str name = str_of(e->func->name);
    enum operator_class class = operator_class(name);

    memcpy(separator + 1, name.p, name.n < 30 ? name.n : 30);
    strcat(separator, " ");
    if (class == OPERATOR_LIST || class == OPERATOR_RANGE) {
        print_at(e->args[0], input, level + 1, out);
        buf_add_z(out, separator);
        buf_add_byte(out, '(');
        struct value list;
        if (class == OPERATOR_LIST && e->n_args == 2 && expr_known(e->args[1], &list) &&
            list.type == TYPE_DYNAMIC)
            print_list(list.s, out);
        else
            print_args(e, 1, class == OPERATOR_LIST ? ", " : " .. ", input, 0, out);
        buf_add_byte(out, ')');
    } else if (e->n_args > 2) {
        print_args(e, 0, separator, input, level + 1, out);
    } else {
        bool chains = level != operator_level(STR("==")) && level != operator_level(STR("<"));
        print_at(e->args[0], input, chains ? level : level + 1, out);
        buf_add_z(out, separator);
        print_at(e->args[1], input, level + 1, out);
    }
}

static int call_level(const struct expr *e)
{
    int level = operator_level(str_of(e->func->name));

    if (level >= 0 && e->n_args >= 2)
        return level;
    return !strcmp(e->func->name, "neg") ? LEVEL_UNARY : LEVEL_POSTFIX;
}

static void print_call(const struct expr *e, const struct schema *input, struct buf *out)
{
    const char *name = e->func->name;
    int level = call_level(e);

    if (level < LEVEL_UNARY) {
        print_operator(e, level, input, out);
    } else if (level == LEVEL_UNARY) {
        buf_add_byte(out, '-');
        print_at(e->args[0], input, LEVEL_UNARY, out);
    } else if (!strcmp(name, "[]")) {
        print_at(e->args[0], input, LEVEL_POSTFIX, out);
        buf_add_byte(out, '[');
        print_at(e->args[1], input, 0, out);
        buf_add_byte(out, ']');
    } else if (!strcmp(name, ".") && e->args[1]->kind == EXPR_LITERAL) {
        print_at(e->args[0], input, LEVEL_POSTFIX, out);
        buf_add_byte(out, '.');
        print_name(out, e->args[1]->value.s);
    } else {
        buf_addf(out, "%s(", name);
        print_args(e, 0, ", ", input, 0, out);
        buf_add_byte(out, ')');
    }
}

static void print_at(const struct expr *e, const struct schema *input, int least, struct buf *out)
{
    while (e->kind == EXPR_CALL && e->n_args == 1 && !strncmp(e->func->name, "cast_", 5))
        e = e->args[0]; /* the binder's, not the author's */
    bool parentheses = e->kind == EXPR_CALL && call_level(e) < least;

    if (parentheses)
        buf_add_byte(out, '(');
    switch (e->kind) {
    case EXPR_LITERAL:
    case EXPR_PARAM:
        kql_literal(out, e->value);
        break;
    case EXPR_COLUMN:
        if (input && e->index < input->n)
            print_name(out, input->fields[e->index].name);
        else
            buf_addf(out, "#%zu", e->index);
        break;
    case EXPR_SUBQUERY:
        buf_addf(out, "subquery %zu", e->index + 1);
        break;
    case EXPR_CALL:
        print_call(e, input, out);
        break;
    }
    if (parentheses)
        buf_add_byte(out, ')');
}

void expr_print(const struct expr *e, const struct schema *input, struct buf *out)
{
    print_at(e, input, 0, out);
}

/* ---- syntax trees --------------------------------------------------------------------------- */

static const char *const node_words[] = {"literal", "name",  "star",     "call",  "member",
                                         "index",   "named", "pipeline", "typed", "template"};

void node_print(const struct node *n, struct buf *out)
{
    buf_addf(out, "(%s", node_words[n->kind]);
    if (n->kind == NODE_LITERAL) {
        buf_add_byte(out, ' ');
        kql_literal(out, n->value);
    } else if (n->kind == NODE_NAMED && n->n_names > 1) {
        for (size_t i = 0; i < n->n_names; i++)
            buf_addf(out, " %.*s", STR_ARG(n->names[i]));
    } else if (n->text.n && n->kind != NODE_STAR) {
        buf_addf(out, " %.*s", STR_ARG(n->text));
    }
    if (n->kind == NODE_TYPED && n->type != TYPE_NONE)
        buf_addf(out, " %s", type_name(n->type));
    for (const struct node *i = n->first; i; i = i->next) {
        buf_add_byte(out, ' ');
        node_print(i, out);
    }
    if (n->pipeline)
        pipeline_print(n->pipeline, out);
    buf_add_byte(out, ')');
}

void pipeline_print(const struct pipeline *pipeline, struct buf *out)
{
    for (const struct stage *s = pipeline->first; s; s = s->next) {
        buf_addf(out, " [%s%s", s->commented_out ? "//" : "", s->op ? s->op->name : "");
        if (!s->op && !s->args)
            buf_add(out, s->name);
        for (const struct node *i = s->args; i; i = i->next) {
            buf_add_byte(out, ' ');
            node_print(i, out);
        }
        for (const struct node *i = s->by; i; i = i->next) {
            buf_add_z(out, i == s->by ? " by " : " ");
            node_print(i, out);
        }
        buf_add_byte(out, ']');
    }
}
