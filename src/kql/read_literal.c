/* One literal out of a text that people typed (a knob's value): the lexer reads it, so that 1d, "x"
 * and dynamic([…]) mean what they mean in a query. */
#include "kql/kql_internal.h"

bool kql_read_literal(struct arena *a, struct str text, struct value *v)
{
    struct source_text source = {STR("value"), str_dup(a, text), 1, 0};
    struct kql_env none = {0};
    struct error ignored = {0};
    struct token *tokens;
    size_t n;
    if (text.n > MAX_TEXT)
        return false;
    lex_all(a, &source, &none, (struct span){0, (uint32_t)text.n}, false, &tokens, &n, &ignored);
    bool minus = n == 3 && tokens[0].kind == TOKEN_PUNCT && str_is(tokens[0].text, "-");
    if (ignored.set || n != (minus ? 3u : 2u) || tokens[minus].kind != TOKEN_LITERAL)
        return false;
    *v = tokens[minus].value;
    if (minus && type_shape(v->type) == SHAPE_INT)
        v->i = (int64_t)(0 - (uint64_t)v->i);
    else if (minus && type_shape(v->type) == SHAPE_REAL)
        v->r = -v->r;
    return !minus || type_shape(v->type) == SHAPE_INT || type_shape(v->type) == SHAPE_REAL;
}
