/* dynamic(…): JSON, with single-quoted strings and KQL literals inside (KQL.md 1.8). In: the lexer
 * at the parenthesis. Out: the value in the encoding of table.h. */
#include "kql/kql_internal.h"

static bool item(struct lexer *l, unsigned depth, struct str *out, bool *scalar);

static void skip(struct lexer *l)
{
    struct span comment;

    lex_skip(l, &comment);
}

static bool array(struct lexer *l, unsigned depth, struct str *out, bool *scalars)
{
    VEC(struct str) items = {0};
    size_t start = l->at++;

    *scalars = true;
    for (skip(l); lex_byte(l, 0) != ']'; skip(l)) {
        struct str one;
        bool scalar;
        if (lex_byte(l, 0) < 0)
            return lex_fail(l, start, start + 1, "this '[' has no ']'");
        if (!item(l, depth, &one, &scalar))
            return false;
        vec_push(l->arena, &items, one);
        *scalars = *scalars && scalar;
        skip(l);
        if (lex_byte(l, 0) == ',')
            l->at++;
        else if (lex_byte(l, 0) >= 0 && lex_byte(l, 0) != ']')
            return lex_fail(l, l->at, l->at + 1, "expected ',' or ']' in this dynamic literal");
    }
    l->at++;
    *out = dyn_from_array(l->arena, items.items, items.n);
    return true;
}

static bool bag(struct lexer *l, unsigned depth, struct str *out)
{
    VEC(struct str) keys = {0}, values = {0};
    size_t start = l->at++;

    for (skip(l); lex_byte(l, 0) != '}'; skip(l)) {
        struct str key, value;
        bool scalar;
        if (lex_byte(l, 0) < 0)
            return lex_fail(l, start, start + 1, "this '{' has no '}'");
        if (!lex_at_string(l))
            return lex_fail(l, l->at, l->at + 1, "expected a member's name in quotes");
        if (!lex_string(l, &key))
            return false;
        skip(l);
        if (lex_byte(l, 0) != ':')
            return lex_fail(l, l->at, l->at + 1, "expected ':' after a member's name");
        l->at++;
        skip(l);
        if (!item(l, depth, &value, &scalar))
            return false;
        vec_push(l->arena, &keys, key);
        vec_push(l->arena, &values, value);
        skip(l);
        if (lex_byte(l, 0) == ',')
            l->at++;
        else if (lex_byte(l, 0) >= 0 && lex_byte(l, 0) != '}')
            return lex_fail(l, l->at, l->at + 1, "expected ',' or '}' in this dynamic literal");
    }
    l->at++;
    *out = dyn_from_bag(l->arena, keys.items, values.items, keys.n);
    return true;
}

static bool number(struct lexer *l, struct value *v)
{
    size_t start = l->at;
    bool minus = lex_byte(l, 0) == '-', is_number;

    l->at += minus;
    if (lex_byte(l, 0) < '0' || lex_byte(l, 0) > '9')
        return lex_fail(l, start, l->at + 1, "expected a number");
    if (!lex_number(l, v, &is_number))
        return false;
    if (!is_number)
        return lex_fail(l, start, l->at + 1, "expected a number");
    if (minus && v->type == TYPE_REAL)
        v->r = -v->r;
    else if (minus)
        v->i = -v->i;
    return true;
}

/* true, false, null, and KQL's typed literals. */
static bool word(struct lexer *l, unsigned depth, struct str *out, bool *scalar)
{
    size_t start = l->at;
    struct value v;

    while (lex_name_byte(lex_byte(l, 0)))
        l->at++;
    struct str name = str_sub(l->text, start, l->at);
    skip(l);
    enum type type = lex_byte(l, 0) == '(' ? type_by_name(name) : TYPE_NONE;
    if (type == TYPE_DYNAMIC) {
        l->at++;
        skip(l);
        if (!item(l, depth, out, scalar))
            return false;
        skip(l);
        if (lex_byte(l, 0) != ')')
            return lex_fail(l, l->at, l->at + 1, "expected ')' in this dynamic literal");
        l->at++;
        return true;
    }
    if (type != TYPE_NONE && type != TYPE_STRING) {
        if (!lex_typed(l, type, &v))
            return false;
        *scalar = !v.null;
        *out = dyn_from_value(l->arena, v);
        return true;
    }
    if (str_eq_nocase(name, STR("true")) || str_eq_nocase(name, STR("false"))) {
        *out = dyn_from_value(l->arena, (struct value){.type = TYPE_BOOL, .b = name.n == 4});
        return true;
    }
    if (str_is(name, "null")) {
        *scalar = false;
        *out = dyn_from_value(l->arena, (struct value){.type = TYPE_DYNAMIC, .null = true});
        return true;
    }
    return lex_fail(
        l, start, start + (name.n ? name.n : 1),
        "a dynamic literal holds JSON: numbers, \"texts\", true, false, null, [ ] and { }");
}

static bool item(struct lexer *l, unsigned depth, struct str *out, bool *scalar)
{
    int c = lex_byte(l, 0);
    struct value v;
    bool scalars;

    *scalar = false;
    if (depth >= MAX_DYNAMIC_DEPTH)
        return lex_fail(l, l->at, l->at + 1, "this dynamic literal is nested too deeply");
    if (c == '[')
        return array(l, depth + 1, out, &scalars);
    if (c == '{')
        return bag(l, depth + 1, out);
    *scalar = true;
    if (lex_at_string(l)) {
        struct str text;
        if (!lex_string(l, &text))
            return false;
        *out = dyn_from_string(l->arena, text);
        return true;
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        if (!number(l, &v))
            return false;
        *out = dyn_from_value(l->arena, v);
        return true;
    }
    return word(l, depth + 1, out, scalar);
}

bool lex_dynamic(struct lexer *l, struct value *out, bool *scalar_list)
{
    size_t start = l->at++;
    bool scalar;

    *out = (struct value){.type = TYPE_DYNAMIC};
    *scalar_list = false;
    skip(l);
    if (lex_byte(l, 0) == '[') {
        if (!array(l, 1, &out->s, scalar_list))
            return false;
    } else if (!item(l, 0, &out->s, &scalar)) {
        return false;
    }
    out->null = dyn_kind(out->s) == DYN_NULL;
    skip(l);
    if (lex_byte(l, 0) != ')')
        return lex_fail(l, start, l->at, "this 'dynamic(' has no ')' where it should end");
    l->at++;
    return true;
}
