/* Memory by lifetime. An arena hands out bytes that all die together: session, table, query, run,
 * chunk scratch (one per thread), frame. A parameter `struct arena *a` means "the result lives here".
 * Nothing outside base/ calls malloc or free. Out of memory ends the program with one line on
 * stderr through the hook set by arena_on_exhausted (the screen is restored first). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stddef.h>

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);                /* NULL is allowed */
void arena_reset(struct arena *a);               /* all memory dies, the largest blocks are kept for reuse */
void *arena_alloc(struct arena *a, size_t size); /* aligned to 16; not cleared */
void *arena_zalloc(struct arena *a, size_t size); /* cleared */
/* A larger copy of an array whose last `old_size` bytes came from `a`; in place where it is the last piece. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);
size_t arena_bytes(const struct arena *a); /* bytes held from the system */
void arena_on_exhausted(void (*hook)(void));
size_t arena_system_calls(void); /* blocks taken from the system by all arenas so far; for tests that count */

#define ARENA_NEW(a, T) ((T *)arena_zalloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_zalloc((a), sizeof(T) * (size_t)(n)))

/* Heap blocks for the few things that must outgrow an arena; both end the program when out of memory. */
void *mem_grow(void *old, size_t new_size); /* realloc */
void mem_free(void *p);
#endif
