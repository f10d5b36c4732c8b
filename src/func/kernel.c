/* What kernels of dynamic values share: equality, and bags built key by key. */
#include "func/kernel.h"

bool dyn_equal(struct str x, struct str y)
{
    enum dyn_kind kx = dyn_kind(x), ky = dyn_kind(y);
    bool numbers = (kx == DYN_LONG || kx == DYN_REAL) && (ky == DYN_LONG || ky == DYN_REAL);

    if (!numbers || kx == ky)
        return str_eq(x, y) || (kx == DYN_NULL && ky == DYN_NULL);
    struct value vx = dyn_scalar(x), vy = dyn_scalar(y);
    return kx == DYN_LONG ? (double)vx.i == vy.r : vx.r == (double)vy.i;
}

void bag_init(struct bag *b, struct arena *a)
{
    *b = (struct bag){.arena = a};
    map_init(&b->at, a);
}

/* The place of the key's value; *added when it is new. */
static struct str *bag_place(struct bag *b, struct str key, struct str value, bool *added)
{
    uint64_t *slot = map_slot(&b->at, key, b->keys.n, added);

    if (*added) {
        vec_push(b->arena, &b->keys, key);
        vec_push(b->arena, &b->values, value);
        return &vec_last(&b->values);
    }
    return &b->values.items[*slot];
}

void bag_add(struct bag *b, struct str key, struct str value)
{
    bool added;

    bag_place(b, key, value, &added);
}

void bag_set(struct bag *b, struct str key, struct str value)
{
    bool added;

    *bag_place(b, key, value, &added) = value;
}

struct str bag_done(struct bag *b)
{
    return dyn_from_bag(b->arena, b->keys.items, b->values.items, b->keys.n);
}
