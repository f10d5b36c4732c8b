/* A set of finding identities: open addressing, no removal but by writing anew. */
#include "ui/ui_internal.h"

static size_t slot_of(const struct marks *m, uint64_t id)
{
    size_t i = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15)) & (m->cap - 1);
    while (m->slots[i] && m->slots[i] != id)
        i = (i + 1) & (m->cap - 1);
    return i;
}

/* Zero marks a free slot; the one identity that is zero stands for one. */
static uint64_t key_of(uint64_t id)
{
    return id ? id : 1;
}

bool marks_has(const struct marks *m, uint64_t id)
{
    return m->cap && m->slots[slot_of(m, key_of(id))];
}

static void resize(struct marks *m, size_t cap, uint64_t without)
{
    struct marks old = *m;
    *m = (struct marks){.slots = mem_grow(NULL, sizeof *m->slots * cap), .cap = cap};
    memset(m->slots, 0, sizeof *m->slots * cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i] && old.slots[i] != without) {
            m->slots[slot_of(m, old.slots[i])] = old.slots[i];
            m->n++;
        }
    mem_free(old.slots);
}

void marks_set(struct marks *m, uint64_t id, bool on)
{
    id = key_of(id);
    if (on == marks_has(m, id))
        return;
    if (!on) {
        resize(m, m->cap, id);
        return;
    }
    if (2 * (m->n + 1) > m->cap)
        resize(m, m->cap ? m->cap * 2 : 64, 0);
    m->slots[slot_of(m, id)] = id;
    m->n++;
}

void marks_clear(struct marks *m)
{
    if (m->cap)
        memset(m->slots, 0, sizeof *m->slots * m->cap);
    m->n = 0;
}

void marks_release(struct marks *m)
{
    mem_free(m->slots);
    *m = (struct marks){0};
}
