/* Memory by lifetime. An arena hands out bytes that all die together: session, table, query, run,
 * chunk scratch (one per thread), frame. A parameter `struct arena *a` means "the result lives
 * here". Nothing outside base/ calls malloc or free. Out of memory ends the program with one line
 * on stderr through the hook set by arena_on_exhausted (the screen is restored first). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stddef.h>

/* The fields are arena.c's own; they stand here only so that arena_alloc can be inlined. */
struct arena {
    char *at, *end;            /* free part of the current block; both on a border of 16 */
    struct arena_block *used;  /* blocks that hold live memory, newest first */
    struct arena_block *spare; /* blocks kept by arena_reset, smallest first */
    size_t next_size;          /* what the next block from the system will have at least */
    size_t bytes;              /* held from the system, spare blocks too */
    struct arena_end *ends;    /* what arena_at_end registered, newest first */
};
struct arena *arena_new(void);
void arena_free(struct arena *a);  /* NULL is allowed */
void arena_reset(struct arena *a); /* all memory dies, the largest blocks are kept for reuse */
static inline void *arena_alloc(struct arena *a, size_t size); /* aligned to 16; not cleared */
void *arena_zalloc(struct arena *a, size_t size);              /* cleared */
/* A larger copy of an array whose last `old_size` bytes came from `a`; in place where it is the
 * last piece. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);
/* Calls f(arg) when the memory dies (reset or free), newest first: for what a library holds outside
 * the arena (compiled code of a regular expression). f must not allocate from the arena. */
void arena_at_end(struct arena *a, void (*f)(void *arg), void *arg);
size_t arena_bytes(const struct arena *a); /* bytes held from the system */
void arena_on_exhausted(void (*hook)(void));
/* Blocks taken from the system by all arenas so far; for tests that count. */
size_t arena_system_calls(void);

#define ARENA_NEW(a, T) ((T *)arena_zalloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_zalloc((a), sizeof(T) * (size_t)(n)))

/* Heap blocks for the few things that must outgrow an arena; both end the program when out of
 * memory. */
void *mem_grow(void *old, size_t new_size); /* realloc */
void mem_free(void *p);
void *mem_large(size_t size); /* at least size, in huge pages where there are some; not cleared */

/* arena_alloc when the current block is full */
void *arena_alloc_slow(struct arena *a, size_t size);

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#endif

static inline void *arena_alloc(struct arena *a, size_t size)
{
#ifndef ARENA_POISONED
    if (size <= (size_t)(a->end - a->at)) {
        /* at and end are borders of 16, so the rounded size fits too */
        char *p = a->at;
        a->at = p + ((size + 15) & ~(size_t)15);
        if (p)
            return p;
    }
#endif
    return arena_alloc_slow(a, size);
}
#endif
