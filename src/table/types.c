/* The names of the types, as KQL spells them, and the memory shape of each. */
#include "table/table.h"

static const struct {
    const char *name;
    enum shape shape;
} types[TYPE_COUNT] = {
    [TYPE_NONE] = {"none", SHAPE_STR},
#define X(name, type, shape) [type] = {name, shape},
    TYPE_LIST(X)
#undef X
};

static const struct {
    const char *name;
    enum type type;
} aliases[] = {
    {"boolean", TYPE_BOOL},  {"int32", TYPE_INT},      {"int64", TYPE_LONG}, {"double", TYPE_REAL},
    {"float", TYPE_REAL},    {"date", TYPE_DATETIME},  {"time", TYPE_TIMESPAN},
    {"uuid", TYPE_GUID},     {"uniqueid", TYPE_GUID},
};

const char *type_name(enum type t)
{
    return types[t].name;
}

enum shape type_shape(enum type t)
{
    return types[t].shape;
}

enum type type_by_name(struct str name)
{
    for (enum type t = TYPE_NONE + 1; t < TYPE_COUNT; t++) {
        if (str_is(name, types[t].name))
            return t;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (str_is(name, aliases[i].name))
            return aliases[i].type;
    }
    return TYPE_NONE;
}
