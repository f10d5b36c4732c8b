/* A growable array in an arena: struct { T *items; size_t n, cap; }. Zeroed is empty and valid.
 *     VEC(struct span) spans = {0};
 *     vec_push(a, &spans, ((struct span){1, 2}));
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H
#include "base/arena.h"

#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t n;                                                                                  \
        size_t cap;                                                                                \
    }
#define vec_reserve(a, v, want)                                                                    \
    do {                                                                                           \
        if ((want) > (v)->cap) {                                                                   \
            size_t cap_ = (v)->cap ? (v)->cap * 2 : 8;                                             \
            while (cap_ < (size_t)(want))                                                          \
                cap_ *= 2;                                                                         \
            (v)->items = arena_grow((a), (v)->items, (v)->cap * sizeof *(v)->items,                \
                                    cap_ * sizeof *(v)->items);                                    \
            (v)->cap = cap_;                                                                       \
        }                                                                                          \
    } while (0)
#define vec_push(a, v, item)                                                                       \
    do {                                                                                           \
        vec_reserve((a), (v), (v)->n + 1);                                                         \
        (v)->items[(v)->n++] = (item);                                                             \
    } while (0)
#define vec_last(v) ((v)->items[(v)->n - 1])
#endif
