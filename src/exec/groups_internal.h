/* Bytes of strings that are kept, packed one after the other in pieces of an arena. */
#ifndef GROUPS_INTERNAL_H
#define GROUPS_INTERNAL_H
#include "base/arena.h"
#include "base/str.h"

struct text_store {
    struct arena *arena;
    char *piece;
    size_t left;
};
static inline struct str text_keep(struct text_store *t, struct str s)
{
    if (s.n > t->left) {
        if (s.n > 4096)
            return str_dup(t->arena, s);
        t->piece = arena_alloc(t->arena, 65536);
        t->left = 65536;
    }
    if (s.n == 0)
        return (struct str){"", 0};
    struct str kept = {memcpy(t->piece, s.p, s.n), s.n};
    t->piece += s.n;
    t->left -= s.n;
    return kept;
}
#endif
