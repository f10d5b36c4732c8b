/* Dynamic bags: packed, merged, their keys asked for, set and removed (KQL.md 4.16). Of equal
 * keys the leftmost wins. Where a key may be a path ($.a.b), text without a $ in front is a plain
 * key. */
#include "func/json_path.h"
#include "func/kernel.h"

static bool is_bag(struct str d)
{
    return dyn_kind(d) == DYN_BAG;
}

/* ---- packing -------------------------------------------------------------------------------- */

/* An empty key has no place in a bag: its pair is left out. */
static void bag_pack(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct bag b;
        bag_init(&b, call->scratch);
        for (size_t k = 0; k + 1 < call->n_args; k += 2) {
            struct value key = value_convert(call->scratch, column_value(args[k], i), TYPE_STRING);
            if (key.s.n)
                bag_add(&b, key.s, cell_dyn(call->scratch, args[k + 1], i));
        }
        out->strs[i] = bag_done(&b);
    }
}

static void bag_zip(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str keys = cell_str(args[0], i), values = cell_str(args[1], i);
        struct bag b;
        bag_init(&b, call->scratch);
        for (size_t k = 0; k < dyn_count(keys); k++) {
            struct value key = dyn_scalar(dyn_item(keys, k));
            if (key.type == TYPE_STRING && key.s.n)
                bag_add(&b, key.s, dyn_item(values, k));
        }
        if (dyn_kind(keys) == DYN_ARRAY && dyn_kind(values) == DYN_ARRAY)
            out->strs[i] = bag_done(&b);
        else
            put_null(out, i);
    }
}

/* What is no bag is passed over, unless nothing is one. */
static void bag_merge(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct bag b;
        bool any = false;
        bag_init(&b, call->scratch);
        for (size_t k = 0; k < call->n_args; k++) {
            struct str d = cell_str(args[k], i);
            any |= is_bag(d);
            for (size_t n = 0; is_bag(d) && n < dyn_count(d); n++)
                bag_add(&b, dyn_key(d, n), dyn_item(d, n));
        }
        if (any)
            out->strs[i] = bag_done(&b);
        else
            put_null(out, i);
    }
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void bag_keys(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i);
        size_t n = dyn_count(d);
        if (!is_bag(d)) {
            put_null(out, i);
            continue;
        }
        struct str *keys = ARENA_ARRAY(call->scratch, struct str, n);
        for (size_t k = 0; k < n; k++)
            keys[k] = dyn_from_string(call->scratch, dyn_key(d, k));
        out->strs[i] = dyn_from_array(call->scratch, keys, n);
    }
}

static void key_path(struct str key, struct json_path *path)
{
    bool is_path = key.n > 1 && key.p[0] == '$' && json_path_parse(key, path);

    if (!is_path)
        *path = (struct json_path){.n = 1, .steps[0].key = key};
}

static void bag_has_key(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct json_path path;
        struct str d = cell_str(args[0], i);
        (void)call;
        key_path(cell_str(args[1], i), &path);
        if (is_bag(d))
            out->bools[i] = json_path_find(d, &path).p != NULL;
        else
            put_null(out, i);
    }
}

/* The bag with the member at the end of the path set, or taken out when `value` is NULL. Bags on
 * the way are made where there are none; what is no bag is left alone. */
static struct str changed(struct arena *a, struct str d, const struct path_step *steps, size_t n,
                          const struct str *value)
{
    struct bag b;
    bool found = false;

    if (n == 0)
        return *value;
    if (!is_bag(d) || steps[0].is_index)
        return d;
    bag_init(&b, a);
    for (size_t i = 0; i < dyn_count(d); i++) {
        struct str key = dyn_key(d, i), item = dyn_item(d, i);
        bool here = str_eq(key, steps[0].key);
        found |= here;
        if (here && n == 1 && !value)
            continue;
        bag_add(&b, key, here ? changed(a, item, steps + 1, n - 1, value) : item);
    }
    if (!found && value) {
        struct str empty = dyn_from_bag(a, NULL, NULL, 0);
        bag_add(&b, steps[0].key, changed(a, empty, steps + 1, n - 1, value));
    }
    return bag_done(&b);
}

static void bag_set_key(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct json_path path;
        struct str d = cell_str(args[0], i), value = cell_dyn(call->scratch, args[2], i);
        key_path(cell_str(args[1], i), &path);
        if (is_bag(d))
            out->strs[i] = changed(call->scratch, d, path.steps, path.n, &value);
        else
            put_null(out, i);
    }
}

static void bag_remove_keys(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str d = cell_str(args[0], i), keys = cell_str(args[1], i);
        if (!is_bag(d)) {
            put_null(out, i);
            continue;
        }
        for (size_t k = 0; k < dyn_count(keys); k++) {
            struct value key = dyn_scalar(dyn_item(keys, k));
            struct json_path path;
            if (key.type != TYPE_STRING)
                continue;
            key_path(key.s, &path);
            d = changed(call->scratch, d, path.steps, path.n, NULL);
        }
        out->strs[i] = d;
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define PACK {{"", TYPE_DYNAMIC, bag_pack}, {"(**)", TYPE_DYNAMIC, bag_pack}}

const struct func functions_bag[] = {
    ROW("bag_pack", "key, value [, key, value …]", "A bag of the keys and values.",
        "bag_pack(\"a\", 1, \"b\", \"x\")", "{\"a\":1,\"b\":\"x\"}", FUNC_NULLS, PACK),
    ROW("pack", "key, value [, key, value …]", "Old name of bag_pack().", "pack(\"a\", 1)",
        "{\"a\":1}",
        FUNC_NULLS | FUNC_LEGACY, PACK),
    ROW("pack_dictionary", "key, value [, key, value …]", "Old name of bag_pack().",
        "pack_dictionary(\"a\", 1)", "{\"a\":1}", FUNC_NULLS | FUNC_LEGACY, PACK),
    ROW("bag_zip", "keys, values", "A bag of an array of keys and an array of values.",
        "bag_zip(dynamic([\"a\", \"b\"]), dynamic([1, 2]))", "{\"a\":1,\"b\":2}", 0,
        {{"dd", TYPE_DYNAMIC, bag_zip}}),
    ROW("bag_merge", "bag, bag, …", "All members of the bags; of equal keys the leftmost wins.",
        "bag_merge(dynamic({\"a\":1}), dynamic({\"a\":2, \"b\":3}))", "{\"a\":1,\"b\":3}",
        FUNC_NULLS,
        {{"d+", TYPE_DYNAMIC, bag_merge}}),
    ROW("bag_keys", "bag", "The keys, as an array.", "bag_keys(dynamic({\"a\":1, \"b\":2}))",
        "[\"a\",\"b\"]", 0, {{"d", TYPE_DYNAMIC, bag_keys}}),
    ROW("bag_has_key", "bag, key | \"$.path\"", "True when the bag has a member of that key.",
        "bag_has_key(dynamic({\"a\":{\"b\":1}}), \"$.a.b\")", "True", 0,
        {{"ds", TYPE_BOOL, bag_has_key}}),
    ROW("bag_set_key", "bag, key | \"$.path\", value", "The bag with that member set.",
        "bag_set_key(dynamic({\"a\":1}), \"b\", 2)", "{\"a\":1,\"b\":2}", FUNC_NULLS,
        {{"ds*", TYPE_DYNAMIC, bag_set_key}}),
    ROW("bag_remove_keys", "bag, dynamic([keys])", "The bag without these members.",
        "bag_remove_keys(dynamic({\"a\":1, \"b\":{\"c\":2, \"d\":3}}), "
        "dynamic([\"a\", \"$.b.c\"]))",
        "{\"b\":{\"d\":3}}", 0, {{"dd", TYPE_DYNAMIC, bag_remove_keys}}),
    {0},
};
