/* What may stand between two operands, how tightly it binds (KQL.md 1.9), and what its right side
 * looks like. */
#include "kql/kql_internal.h"

static const struct binary binaries[] = {
    {"or", NULL, LEVEL_OR, RIGHT_EXPR},
    {"and", NULL, LEVEL_AND, RIGHT_EXPR},
    {"==", NULL, LEVEL_EQUAL, RIGHT_EXPR},
    {"!=", NULL, LEVEL_EQUAL, RIGHT_EXPR},
    {"<>", "!=", LEVEL_EQUAL, RIGHT_EXPR},
    {"in", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"!in", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"in~", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"!in~", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"has_any", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"has_all", NULL, LEVEL_EQUAL, RIGHT_LIST},
    {"between", NULL, LEVEL_EQUAL, RIGHT_RANGE},
    {"!between", NULL, LEVEL_EQUAL, RIGHT_RANGE},
    {"<", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {">", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {"<=", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {">=", NULL, LEVEL_ORDER, RIGHT_EXPR},
    {"+", NULL, LEVEL_SUM, RIGHT_EXPR},
    {"-", NULL, LEVEL_SUM, RIGHT_EXPR},
    {"*", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"/", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"%", NULL, LEVEL_PRODUCT, RIGHT_EXPR},
    {"=~", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!~", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"has", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!has", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"has_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!has_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"contains", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!contains", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"contains_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!contains_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"containscs", "contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"!containscs", "!contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"notcontains", "!contains", LEVEL_TEXT, RIGHT_EXPR},
    {"notcontainscs", "!contains_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"startswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!startswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"startswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!startswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"endswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!endswith", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"endswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!endswith_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hasprefix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hasprefix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hasprefix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hasprefix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hassuffix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hassuffix", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"hassuffix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"!hassuffix_cs", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"matches", "matches regex", LEVEL_TEXT, RIGHT_EXPR},
    {"like", NULL, LEVEL_TEXT, RIGHT_EXPR},
    {"notlike", "!like", LEVEL_TEXT, RIGHT_EXPR},
    {"likecs", "like_cs", LEVEL_TEXT, RIGHT_EXPR},
    {"notlikecs", "!like_cs", LEVEL_TEXT, RIGHT_EXPR},
};

const char *operator_word(size_t i)
{
    for (size_t k = 0; k < sizeof binaries / sizeof *binaries; k++) {
        const char *text = binaries[k].text;
        bool word = lex_name_byte((unsigned char)text[text[0] == '!']) &&
                    (!binaries[k].calls || !strcmp(text, "matches"));
        if (word && i-- == 0)
            return text;
    }
    return NULL;
}

void nearest_operator(struct nearest *n)
{
    for (size_t i = 0; operator_word(i); i++)
        nearest_offer(n, str_of(operator_word(i)));
}

const struct binary *parser_binary(struct parser *p)
{
    const struct token *t = parser_peek(p);

    if ((t->kind != TOKEN_NAME && t->kind != TOKEN_PUNCT) || t->quoted)
        return NULL;
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (str_is(t->text, binaries[i].text))
            return &binaries[i];
    return NULL;
}

enum operator_class operator_class(struct str name)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        const struct binary *o = &binaries[i];
        if (!str_is(name, o->calls ? o->calls : o->text))
            continue;
        if (o->right == RIGHT_LIST)
            return OPERATOR_LIST;
        if (o->right == RIGHT_RANGE)
            return OPERATOR_RANGE;
        return o->level == LEVEL_EQUAL || o->level == LEVEL_ORDER ? OPERATOR_COMPARES
               : o->level == LEVEL_TEXT                           ? OPERATOR_TEXT
                                                                  : OPERATOR_NONE;
    }
    return OPERATOR_NONE;
}

int operator_level(struct str name)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (str_is(name, binaries[i].calls ? binaries[i].calls : binaries[i].text))
            return binaries[i].level;
    return -1;
}

bool parser_at_operator(struct parser *p)
{
    return parser_binary(p) != NULL;
}
