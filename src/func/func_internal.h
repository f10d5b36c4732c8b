/* What the files of this folder share: the list of files, and readers and writers for kernels. */
#ifndef FUNC_INTERNAL_H
#define FUNC_INTERNAL_H
#include "func/func.h"

/* The files that hold rows of functions, one word each: `X(compare)` stands for the array
 * functions_compare in compare.c, which ends with a row without a name. Rows appear in this
 * order. */
#define FUNC_FILES(X) \
    X(compare)        \
    X(in)             \
    X(logic)          \
    X(arithmetic)     \
    X(search)         \
    X(convert)        \
    X(conditional)    \
    X(index)          \
    X(text)           \
    X(address)        \
    X(clock)          \
    X(time)           \
    X(time_make)      \
    X(time_format)    \
    X(math)           \
    X(rewrite)        \
    X(regex)          \
    X(encode)         \
    X(url)            \
    X(csv_xml)        \
    X(ip)             \
    X(ip4)            \
    X(ip_text)        \
    X(array)          \
    X(array_make)     \
    X(bag)            \
    X(json_path)      \
    X(window)         \
    X(misc)
#define X(file) extern const struct func functions_##file[];
FUNC_FILES(X)
#undef X

#define AGGREGATE_FILES(X) \
    X(count)               \
    X(sum)                 \
    X(extreme)             \
    X(collect)             \
    X(row)                 \
    X(percentile)
/* aggregates_count is in aggregate_count.c, and so on. */
#define X(file) extern const struct aggregate aggregates_##file[];
AGGREGATE_FILES(X)
#undef X

/* Cells of an argument, whether it varies or is constant:
 *     struct strs s = strs_of(args[0]);
 *     for (size_t i = 0; i < rows; i++)
 *         out->ints[i] = (int64_t)str_at(s, i).n; */
struct strs {
    const struct str *p;
    size_t step; /* 0: constant */
};
struct ints {
    const int64_t *p;
    size_t step;
};
struct reals {
    const double *p;
    size_t step;
};
struct bools {
    const uint8_t *p;
    size_t step;
};
static inline struct strs strs_of(struct column *c)
{
    return (struct strs){column_strs(c), !c->constant};
}
static inline struct ints ints_of(const struct column *c)
{
    return (struct ints){c->ints, !c->constant};
}
static inline struct reals reals_of(const struct column *c)
{
    return (struct reals){c->reals, !c->constant};
}
static inline struct bools bools_of(const struct column *c)
{
    return (struct bools){c->bools, !c->constant};
}
static inline struct str str_at(struct strs v, size_t i) { return v.p[i * v.step]; }
static inline int64_t int_at(struct ints v, size_t i) { return v.p[i * v.step]; }
static inline double real_at(struct reals v, size_t i) { return v.p[i * v.step]; }
static inline bool bool_at(struct bools v, size_t i) { return v.p[i * v.step]; }

/* A number of any type as a real. */
static inline double number_at(const struct column *c, size_t i)
{
    size_t at = column_at(c, i);
    return type_shape(c->type) == SHAPE_INT ? (double)c->ints[at] : c->reals[at];
}

/* A dynamic cell is null by its mark or by what it holds. */
static inline bool dyn_cell_null(const struct column *c, size_t i)
{
    return column_null(c, i) || dyn_kind(c->strs[column_at(c, i)]) == DYN_NULL;
}
/* Writes a dynamic cell; DYN_NULL and STR_NONE become null. */
void column_set_dynamic(struct column *c, size_t i, struct str d);

/* Texts made row by row: all bytes are collected first and put into the arena in one piece.
 *     struct texts t;
 *     texts_begin(&t, call, out, rows);
 *     for (size_t i = 0; i < rows; i++) {
 *         buf_add(&t.buf, …);
 *         texts_next(&t);
 *     }
 *     texts_end(&t); */
struct texts {
    struct buf buf;
    struct column *out;
    struct arena *arena;
    size_t *ends;
    size_t row;
};
void texts_begin(struct texts *t, struct call *call, struct column *out, size_t rows);
static inline void texts_next(struct texts *t) { t->ends[t->row++] = t->buf.n; }
void texts_end(struct texts *t);

/* ---- shared meanings ------------------------------------------------------------------------- */

/* v as a value of type `to`, by the rules of tostring, tolong … (KQL.md 2.7 to 2.10); null where it
 * does not convert. Texts that are made live in a. */
struct value value_convert(struct arena *a, struct value v, enum type to);
/* The type and value inside a dynamic; other values as they are. */
struct value value_inner(struct value v);
/* x == y of two scalars that are not null (KQL.md 2.5): numbers across their types, text with a
 * number by the number's text, a dynamic by what is in it, everything else only with its own
 * type. */
bool value_same(struct value x, struct value y);
/* Order as `<` has it; false when the two have none. */
bool value_order(struct value x, struct value y, int *order);
/* Whether x == y is a sensible question of these types. */
bool types_comparable(enum type x, enum type y);

/* The elements of a list, args[1] on, of one row: dynamic arrays spread, dynamics by what is in
 * them, nulls left out (`in`, has_any). */
struct value *list_values(struct arena *a, struct column *const *args, size_t n_args, size_t row,
                          size_t *n);

/* 1.2.3.4 or 1.2.3.4/24, four plain decimal octets; *bits is 32 where no /n stands. */
bool ipv4_parse(struct str s, uint32_t *address, unsigned *bits);

/* Conversions that n arguments need to fit the letters of a form, and the types they must have
 * then. */
#define NO_FIT 1000u
unsigned form_cost(const char *form, const enum type *args, size_t n, unsigned flags,
                   enum type *cast_to);

/* Unicode letters and digits make terms (KQL.md 3.2). Whether [at, end) of s stands on its own as
 * `text` must for has: not cut out of a longer term on a side where text itself begins or ends with
 * one. */
bool term_begins(struct str s, size_t at);  /* no letter or digit right before at */
bool term_ends(struct str s, size_t end);   /* none at end */
#endif
