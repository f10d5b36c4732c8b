/* Running one call: folding what is constant, spreading nulls, and computing a function of one
 * string column once for each distinct string instead of once for each row.
 *
 * Where the only argument that varies is dictionary-coded, the results are remembered by code from
 * chunk to chunk (struct func_memo), each computed when its code first turns up. A result that is
 * text comes out coded as well, so that what is computed from it is remembered in turn. */
#include "func/func_internal.h"

#ifdef HARRIER_TINY
#define SWITCHES_MAX 3
#else
#define SWITCHES_MAX 32 /* other dictionaries after which remembering is given up */
#endif

struct func_memo {
    uint64_t dict_id;
    /* false: this dictionary was seen once only, nothing is remembered yet */
    bool filling;
    unsigned switches;
    struct value *constants; /* the constant arguments that the results are for */
    size_t cap;            /* codes that there is room for */
    uint8_t *known;        /* by code */
    struct column *cells;  /* results by code; unless they are text */
    struct dict *texts;    /* text results: */
    uint32_t *codes;       /* codes in `texts`, by code */
};

/* ---- plain evaluation ------------------------------------------------------------------------ */

static bool any_nulls(struct column *const *args, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (args[k]->nulls)
            return true;
    }
    return false;
}

static void spread_nulls(struct column *out, struct column *const *args, size_t n, size_t rows)
{
    for (size_t k = 0; k < n; k++) {
        if (!args[k]->nulls)
            continue;
        for (size_t i = 0; i < rows; i++) {
            if (column_null(args[k], i))
                column_set_null(out, i);
        }
    }
}

static struct column *run_kernel(struct call *call, struct column *const *args, size_t rows)
{
    struct column *out = column_new(call->scratch, call->type, rows);
    bool spread = !(call->func->flags & FUNC_NULLS) && any_nulls(args, call->n_args);
    if (spread)
        spread_nulls(out, args, call->n_args, rows);
    call->form->kernel(call, out, args, rows);
    if (spread) /* what the kernel wrote there does not count */
        spread_nulls(out, args, call->n_args, rows);
    return out;
}

static struct column *null_constant(struct call *call)
{
    return column_constant(call->scratch, (struct value){.type = call->type, .null = true});
}

/* ---- by dictionary --------------------------------------------------------------------------- */

static struct column *gather(struct call *call, const struct column *by_code, const uint32_t *codes,
                             size_t rows)
{
    return column_pick(call->scratch, by_code, codes, rows);
}

/* All of a small dictionary at once, remembered nowhere. */
static struct column *run_whole_dict(struct call *call, struct column *const *args, size_t k,
                                     size_t rows)
{
    const struct dict *d = args[k]->dict;
    struct column words = {.type = TYPE_STRING, .n = dict_size(d), .arena = call->scratch};
    words.strs = (struct str *)dict_strings(d); /* read only, as arguments are */
    struct column **swapped = arena_alloc(call->scratch, call->n_args * sizeof *swapped);
    memcpy(swapped, args, call->n_args * sizeof *swapped);
    swapped[k] = &words;
    return gather(call, run_kernel(call, swapped, words.n), args[k]->codes, rows);
}

static void memo_room(struct call *call, struct func_memo *m, size_t codes)
{
    if (codes <= m->cap)
        return;
    size_t cap = m->cap ? m->cap : 64;
    while (cap < codes)
        cap *= 2;
    struct arena *a = call->run;
    m->known = arena_grow(a, m->known, m->cap, cap);
    memset(m->known + m->cap, 0, cap - m->cap);
    if (call->type == TYPE_STRING) {
        m->codes = arena_grow(a, m->codes, m->cap * sizeof *m->codes, cap * sizeof *m->codes);
    } else {
        struct column *old = m->cells, *cells = column_new(a, call->type, cap);
        for (size_t i = 0; i < m->cap; i++) {
            if (m->known[i])
                column_set(cells, i, column_value(old, i));
        }
        m->cells = cells;
    }
    m->cap = cap;
}

static void memo_keep(struct call *call, struct func_memo *m, uint32_t code, struct column *results,
                      size_t i)
{
    if (call->type == TYPE_STRING) {
        m->codes[code] = dict_add(m->texts, column_strs(results)[i]);
        return;
    }
    struct value v = column_value(results, i);
    if (!v.null && type_shape(v.type) == SHAPE_STR)
        v.s = str_dup(call->run, v.s);
    column_set(m->cells, code, v);
}

/* Computes the results of the codes that have not turned up before. */
static void memo_fill(struct call *call, struct func_memo *m, struct column *const *args, size_t k,
                      size_t rows)
{
    struct column *coded = args[k];
    uint32_t *fresh = arena_alloc(call->scratch, rows * sizeof *fresh);
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!m->known[coded->codes[i]]) {
            m->known[coded->codes[i]] = 1;
            fresh[n++] = coded->codes[i];
        }
    }
    if (n == 0)
        return;
    struct column *words = column_new(call->scratch, TYPE_STRING, n);
    for (size_t i = 0; i < n; i++)
        words->strs[i] = dict_get(coded->dict, fresh[i]);
    struct column **swapped = arena_alloc(call->scratch, call->n_args * sizeof *swapped);
    memcpy(swapped, args, call->n_args * sizeof *swapped);
    swapped[k] = words;
    struct column *results = run_kernel(call, swapped, n);
    for (size_t i = 0; i < n; i++)
        memo_keep(call, m, fresh[i], results, i);
}

static struct column *memo_answer(struct call *call, struct func_memo *m, const uint32_t *codes,
                                  size_t rows)
{
    if (call->type != TYPE_STRING)
        return gather(call, m->cells, codes, rows);
    struct column *out = ARENA_NEW(call->scratch, struct column);
    *out =
        (struct column){.type = TYPE_STRING, .n = rows, .dict = m->texts, .arena = call->scratch};
    out->codes = arena_alloc(call->scratch, rows * sizeof *out->codes);
    for (size_t i = 0; i < rows; i++)
        out->codes[i] = m->codes[codes[i]];
    return out;
}

static bool same_constants(const struct func_memo *m, struct column *const *args, size_t n,
                           size_t k)
{
    for (size_t i = 0; i < n; i++) {
        if (i != k && !value_equal(m->constants[i], column_value(args[i], 0)))
            return false;
    }
    return true;
}

/* Starts over for another dictionary or other constants. */
static void memo_reset(struct call *call, struct func_memo *m, struct column *const *args, size_t k)
{
    m->dict_id = dict_id(args[k]->dict);
    m->filling = false;
    m->switches++;
    if (m->known)
        memset(m->known, 0, m->cap);
    for (size_t i = 0; i < call->n_args; i++) {
        if (i == k)
            continue;
        struct value v = column_value(args[i], 0);
        if (!v.null && type_shape(v.type) == SHAPE_STR)
            v.s = str_dup(call->run, v.s);
        m->constants[i] = v;
    }
}

/* NULL: not worth it, evaluate row by row. */
static struct column *run_by_dict(struct call *call, struct column *const *args, size_t k,
                                  size_t rows)
{
    const struct dict *d = args[k]->dict;
    struct func_memo *m = call->memo;
    if (!m) {
        m = call->memo = ARENA_NEW(call->run, struct func_memo);
        m->constants = ARENA_ARRAY(call->run, struct value, call->n_args);
    }
    if (m->dict_id != dict_id(d) || !same_constants(m, args, call->n_args, k)) {
        if (m->switches < SWITCHES_MAX)
            memo_reset(call, m, args, k);
        return dict_size(d) < rows ? run_whole_dict(call, args, k, rows) : NULL;
    }
    if (!m->filling) {
        m->filling = true;
        if (call->type == TYPE_STRING)
            m->texts = dict_new(call->run);
    }
    memo_room(call, m, dict_size(d));
    memo_fill(call, m, args, k, rows);
    return memo_answer(call, m, args[k]->codes, rows);
}

/* ---- the call -------------------------------------------------------------------------------- */

struct column *func_call(struct call *call, struct column *const *args, size_t rows)
{
    unsigned flags = call->func->flags;
    size_t varying = 0, last = 0;
    for (size_t k = 0; k < call->n_args; k++) {
        if (!args[k]->constant) {
            varying++;
            last = k;
        } else if (!(flags & FUNC_NULLS) && column_null(args[k], 0)) {
            return null_constant(call);
        }
    }
    if (flags & (FUNC_WINDOW | FUNC_VARIES))
        return run_kernel(call, args, rows);
    if (varying == 0) {
        struct column *out = run_kernel(call, args, 1);
        out->constant = true;
        return out;
    }
    if (varying == 1 && args[last]->dict && args[last]->type == TYPE_STRING && rows) {
        struct column *out = run_by_dict(call, args, last, rows);
        if (out)
            return out;
    }
    return run_kernel(call, args, rows);
}
