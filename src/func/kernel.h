/* Cells of arguments by column and row, for kernels whose work on a cell outweighs finding it,
 * and what else the library functions share. */
#ifndef FUNC_KERNEL_H
#define FUNC_KERNEL_H
#include "base/map.h"
#include "func/func_internal.h"

/* No single cell that a function builds grows over this; what would is left undone (said there). */
#define CELL_MAX ((size_t)16 << 20)
#define ITEMS_MAX ((int64_t)1 << 20) /* elements that a number asks for (range, repeat) */

static inline int64_t cell_int(const struct column *c, size_t row)
{
    return c->ints[column_at(c, row)];
}
static inline double cell_real(const struct column *c, size_t row)
{
    return c->reals[column_at(c, row)];
}
static inline bool cell_bool(const struct column *c, size_t row)
{
    return c->bools[column_at(c, row)];
}
static inline struct str cell_str(struct column *c, size_t row)
{
    return (c->strs ? c->strs : column_strs(c))[column_at(c, row)];
}

/* A null cell that is also safe to read. */
static inline void put_null(struct column *out, size_t row)
{
    switch (type_shape(out->type)) {
    case SHAPE_BOOL: out->bools[row] = 0; break;
    case SHAPE_INT: out->ints[row] = 0; break;
    case SHAPE_REAL: out->reals[row] = 0; break;
    case SHAPE_STR: out->strs[row] = STR_NONE; break;
    }
    if (out->type != TYPE_STRING)
        column_set_null(out, row);
}

/* A row without prepare and result: name, arguments, help, example, its value, flags, { forms }. */
#define ROW(name_, args_, help_, example_, expect_, flags_, ...)                                  \
    {                                                                                             \
        .name = name_, .args_help = args_, .help = help_, .example = example_, .expect = expect_, \
        .flags = flags_, .forms = __VA_ARGS__                                                     \
    }

/* A cell of any type as a dynamic value. */
static inline struct str cell_dyn(struct arena *a, const struct column *c, size_t row)
{
    return dyn_from_value(a, column_value(c, row));
}
/* Equality of dynamic values: numbers across long and real, everything else kind by kind. */
bool dyn_equal(struct str x, struct str y);

/* A bag under construction, keys in order of first appearance. Keys and values are not copied
 * before bag_done. */
struct bag {
    struct arena *arena;
    struct map at; /* where in the lists a key is */
    VEC(struct str) keys;
    VEC(struct str) values;
};
void bag_init(struct bag *b, struct arena *a);
void bag_add(struct bag *b, struct str key, struct str value); /* nothing when the key is there */
void bag_set(struct bag *b, struct str key, struct str value); /* the last value of a key wins */
struct str bag_done(struct bag *b);
#endif
