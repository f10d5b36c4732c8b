/* make_set, make_list, make_bag: values, or elements of arrays, by their place in the input. A
 * worker holds at most as many as the cap: what comes later in its own input cannot be among the
 * first. */
#include "func/aggregate_internal.h"

static size_t collect_size(const struct agg *agg)
{
    (void)agg;
    return sizeof(struct set);
}

static bool is_text(const struct agg *agg)
{
    return type_shape(agg->args[0]) == SHAPE_STR;
}

/* ---- sets and lists -------------------------------------------------------------------------- */

static void add_to_set(struct agg *agg, struct set *s, struct member *m)
{
    bool text = is_text(agg);
    if (set_find(s, m, text) || s->n >= agg->max)
        return;
    if (text)
        m->p = agg_keep(agg, (struct str){m->p, m->n}).p;
    set_append(agg->arena, s, m, text);
}

static void add_to_list(struct agg *agg, struct set *s, struct member *m)
{
    if (s->n >= agg->max)
        return;
    if (is_text(agg))
        m->p = agg_keep(agg, (struct str){m->p, m->n}).p;
    list_append(agg->arena, s, m);
}

/* What a kind of collection does with a cell. */
struct collector {
    void (*add)(struct agg *agg, struct set *s, struct member *m);
    bool null_cells;  /* nulls of any type are kept */
    bool null_values; /* nulls inside dynamic are kept */
};

#define NULL_MEMBER UINT32_MAX /* value_n of a null among values that are not text */

static void collect_dynamic(struct agg *agg, struct set *s, uint64_t ordinal, struct str d,
                            const struct collector *how)
{
    bool array = dyn_kind(d) == DYN_ARRAY; /* spliced, one level */
    size_t n = array ? dyn_count(d) : 1;
    for (size_t k = 0; k < n; k++) {
        struct str item = array ? dyn_item(d, k) : d;
        if (dyn_kind(item) == DYN_NULL) {
            if (!how->null_values)
                continue;
            item = (struct str){"\0", 1};
        }
        struct member m = {
            .ordinal = ordinal, .p = item.p, .n = (uint32_t)item.n, .seq = (uint32_t)k};
        how->add(agg, s, &m);
    }
}

static uint64_t cell_bits(const struct column *c, size_t at)
{
    uint64_t bits = 0;
    if (type_shape(c->type) == SHAPE_BOOL)
        bits = c->bools[at];
    else if (type_shape(c->type) == SHAPE_INT)
        bits = (uint64_t)c->ints[at];
    else
        memcpy(&bits, &c->reals[at], sizeof bits);
    return bits;
}

static void collect(struct agg *agg, struct set *sets, const uint32_t *groups,
                    const uint64_t *ordinals, struct column *const *args, size_t rows,
                    const struct collector *how)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    agg_need_strs(args, 1);
    for (size_t i = 0; i < rows; i++) {
        size_t at = column_at(c, i);
        bool null = column_null(c, i);
        struct set *s = &sets[groups[i]];
        if (agg_skips(when, i))
            continue;
        if (c->type == TYPE_DYNAMIC) {
            collect_dynamic(agg, s, ordinals[i], null ? STR_NONE : c->strs[at], how);
            continue;
        }
        if (null && !how->null_cells)
            continue;
        struct member m = {.ordinal = ordinals[i], .value_n = null ? NULL_MEMBER : 0};
        if (type_shape(c->type) == SHAPE_STR) {
            m.p = c->strs[at].p;
            m.n = (uint32_t)c->strs[at].n;
        } else {
            m.bits = null ? 0 : cell_bits(c, at);
        }
        how->add(agg, s, &m);
    }
}

static void set_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    static const struct collector how = {add_to_set, false, false};
    collect(agg, states, groups, ordinals, args, rows, &how);
}

static void list_update(struct agg *agg, void *states, const uint32_t *groups,
                        const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    static const struct collector how = {add_to_list, false, true};
    collect(agg, states, groups, ordinals, args, rows, &how);
}

static void list_update_with_nulls(struct agg *agg, void *states, const uint32_t *groups,
                                   const uint64_t *ordinals, struct column *const *args,
                                   size_t rows)
{
    static const struct collector how = {add_to_list, true, true};
    collect(agg, states, groups, ordinals, args, rows, &how);
}

/* ---- merging --------------------------------------------------------------------------------- */

static bool earlier(const struct member *x, const struct member *y)
{
    return x->ordinal < y->ordinal || (x->ordinal == y->ordinal && x->seq < y->seq);
}

/* A bag is a set of its keys. Of a value that both have, the one that came first stays. */
static void merge_distinct(struct agg *agg, void *into, const void *from, const uint32_t *map,
                           size_t n)
{
    bool text = is_text(agg);
    for (size_t i = 0; i < n; i++) {
        struct set *to = (struct set *)into + map[i];
        const struct set *s = (const struct set *)from + i;
        const struct member *items = set_items(s);
        if (to->n == 0) {
            set_copy(agg->arena, to, s);
            continue;
        }
        for (uint32_t k = 0; k < s->n; k++) {
            struct member *there = set_find(to, &items[k], text);
            if (!there) {
                set_append(agg->arena, to, &items[k], text);
            } else if (earlier(&items[k], there)) {
                uint32_t hash = there->hash;
                *there = items[k];
                there->hash = hash;
            }
        }
    }
}

static void list_merge(struct agg *agg, void *into, const void *from, const uint32_t *map, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct set *to = (struct set *)into + map[i];
        const struct set *s = (const struct set *)from + i;
        const struct member *items = set_items(s);
        if (to->n == 0) {
            set_copy(agg->arena, to, s);
            continue;
        }
        for (uint32_t k = 0; k < s->n; k++)
            list_append(agg->arena, to, &items[k]);
    }
}

/* ---- results --------------------------------------------------------------------------------- */

static struct value member_value(const struct member *m, enum type t)
{
    struct value v = {.type = t, .null = m->value_n == NULL_MEMBER};
    switch (type_shape(t)) {
    case SHAPE_BOOL:
        v.b = m->bits != 0;
        break;
    case SHAPE_INT:
        v.i = (int64_t)m->bits;
        break;
    case SHAPE_REAL:
        memcpy(&v.r, &m->bits, sizeof v.r);
        break;
    case SHAPE_STR:
        v.s = (struct str){m->p, m->n};
        break;
    }
    return v;
}

static void collect_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < n; i++) {
        const struct set *s = (const struct set *)states + i;
        size_t count = s->n < agg->max ? s->n : agg->max;
        const struct member *items = set_sorted(scratch, s);
        struct str *parts = arena_alloc(scratch, count * sizeof *parts);
        for (size_t k = 0; k < count; k++)
            parts[k] = dyn_from_value(scratch, member_value(&items[k], agg->args[0]));
        outs[0]->strs[i] = dyn_from_array(outs[0]->arena, parts, count);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

/* ---- bags ------------------------------------------------------------------------------------ */

static void bag_update(struct agg *agg, void *states, const uint32_t *groups,
                       const uint64_t *ordinals, struct column *const *args, size_t rows)
{
    const struct column *when = agg_when(agg, args), *c = args[0];
    agg_need_strs(args, 1);
    for (size_t i = 0; i < rows; i++) {
        if (agg_skips(when, i) || column_null(c, i))
            continue;
        struct str d = c->strs[column_at(c, i)];
        struct set *s = (struct set *)states + groups[i];
        for (size_t k = 0, keys = dyn_kind(d) == DYN_BAG ? dyn_count(d) : 0; k < keys; k++) {
            struct str key = dyn_key(d, k), value = dyn_item(d, k);
            struct member m = {.ordinal = ordinals[i], .p = key.p, .n = (uint32_t)key.n,
                               .value_n = (uint32_t)value.n, .seq = (uint32_t)k};
            if (set_find(s, &m, true) || s->n >= agg->max)
                continue;
            char *p = agg_bytes(agg, key.n + value.n);
            if (key.n)
                memcpy(p, key.p, key.n);
            if (value.n)
                memcpy(p + key.n, value.p, value.n);
            m.p = p;
            set_append(agg->arena, s, &m, true);
        }
    }
}

static void bag_finish(struct agg *agg, const void *states, size_t n, struct column **outs)
{
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < n; i++) {
        const struct set *s = (const struct set *)states + i;
        size_t count = s->n < agg->max ? s->n : agg->max;
        const struct member *items = set_sorted(scratch, s);
        struct str *keys = arena_alloc(scratch, count * sizeof *keys);
        struct str *values = arena_alloc(scratch, count * sizeof *values);
        for (size_t k = 0; k < count; k++) {
            keys[k] = (struct str){items[k].p, items[k].n};
            values[k] = (struct str){items[k].p + items[k].n, items[k].value_n};
        }
        outs[0]->strs[i] = dyn_from_bag(outs[0]->arena, keys, values, count);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define MAX 1048576
#define LEGACY_MAX 128
#define COLLECT(name_, prefix_, update_, merge_, max_, form, more, text, ex, ex_value)             \
    {                                                                                              \
        .name = name_, .prefix = prefix_, .help = text, .example = ex, .expect = ex_value,         \
        .args_help = (more)&AGG_PREDICATE ? "value, condition [, max]" : "value [, max]",          \
        .flags = AGG_MAX | AGG_LATE | (more), .forms = {{form, TYPE_DYNAMIC}},                     \
        .default_max = max_, .state_size = collect_size, .update = update_, .merge = merge_,       \
        .finish = collect_finish                                                                   \
    }
#define BAG(name_, more, max_)                                                                     \
    {                                                                                              \
        .name = name_, .prefix = "bag", .args_help = "bag [, max]",                                \
        .help = "All members of the bags; of a key that comes twice, the first.",                  \
        .example = "summarize " name_ "(bag_pack(\"k\", x))", .expect = "{\"k\":3}",               \
        .flags = AGG_MAX | AGG_LATE | (more), .forms = {{"d", TYPE_DYNAMIC}}, .default_max = max_, \
        .state_size = collect_size, .update = bag_update, .merge = merge_distinct,                 \
        .finish = bag_finish                                                                       \
    }

const struct aggregate aggregates_collect[] = {
    COLLECT("make_set", "set", set_update, merge_distinct, MAX, "*", 0,
            "The distinct values that are not null, in order of appearance, as an array.",
            "summarize make_set(x % 2)", "[1,0]"),
    COLLECT("makeset", "set", set_update, merge_distinct, LEGACY_MAX, "*", AGG_LEGACY,
            "Old spelling of make_set(), 128 values at most.", "summarize makeset(x)", "[3,1,2]"),
    COLLECT("make_set_if", "set", set_update, merge_distinct, MAX, "*b", AGG_PREDICATE,
            "make_set() over rows for which the condition is true.",
            "summarize make_set_if(x, x > 1)", "[3,2]"),
    COLLECT("make_list", "list", list_update, list_merge, MAX, "*", 0,
            "The values that are not null, in input order, as an array.", "summarize make_list(x)",
            "[3,1,2]"),
    COLLECT("makelist", "list", list_update, list_merge, LEGACY_MAX, "*", AGG_LEGACY,
            "Old spelling of make_list(), 128 values at most.", "summarize makelist(x, 2)",
            "[3,1]"),
    COLLECT("make_list_if", "list", list_update, list_merge, MAX, "*b", AGG_PREDICATE,
            "make_list() over rows for which the condition is true.",
            "summarize make_list_if(x, x > 1)", "[3,2]"),
    COLLECT("make_list_with_nulls", "list", list_update_with_nulls, list_merge, MAX, "*", 0,
            "All values in input order, nulls too, as an array.",
            "summarize make_list_with_nulls(iff(x == 1, long(null), x))", "[3,null,2]"),
    BAG("make_bag", 0, MAX),
    BAG("make_dictionary", AGG_LEGACY, LEGACY_MAX),
    {0},
};
