/* Arenas: chained blocks, each larger than the last, handed out by moving one pointer. What is
 * asked for dies with the arena; nothing is ever given back alone. Under AddressSanitizer all that
 * is not handed out is poisoned and a gap is left behind each piece, so that overruns are found. */
#include "base/arena.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_BLOCK ((size_t)64 << 10)
#define LARGEST_BLOCK ((size_t)8 << 20)
#define HUGE_PAGE ((size_t)2 << 20)
#define KEPT_FOR_NEXT ((size_t)48 << 20)
#define KEPT_BY_RESET ((size_t)64 << 20) /* one huge query must not hold its memory for ever */
#define ROUND16(n) (((n) + 15) & ~(size_t)15)

#ifdef ARENA_POISONED
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define GAP 16
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP 0
#endif

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes after the head, a multiple of 16 */
    _Alignas(16) char data[];
};

struct arena_end {
    struct arena_end *next;
    void (*f)(void *arg);
    void *arg;
};

/* Process-wide by their nature: the way out when the system has no more memory, and a test's
 * counter. */
static void (*exhausted_hook)(void);
static atomic_size_t system_calls;

void arena_on_exhausted(void (*hook)(void))
{
    exhausted_hook = hook;
}

size_t arena_system_calls(void)
{
    return atomic_load_explicit(&system_calls, memory_order_relaxed);
}

static _Noreturn void exhausted(void)
{
    static const char line[] = "harrier: out of memory\n";

    if (exhausted_hook)
        exhausted_hook();
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(2);
}

/* Blocks of whole huge pages that arenas gave back. A run after a knob moved takes as much memory
 * as the one before gave back, and a third of its time went into clearing fresh pages for it. They
 * are the process's as those of malloc are, hence a global; what is beyond the bound goes back to
 * the system. */
static struct {
    pthread_mutex_t lock;
    struct arena_block *first;
    size_t bytes;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

#ifndef ARENA_POISONED
/* Under the lock: takes the oldest out until `more` bytes have room. */
static struct arena_block *make_room(size_t more)
{
    struct arena_block *out = NULL;

    while (kept.bytes + more > KEPT_FOR_NEXT) {
        struct arena_block **last = &kept.first;
        while ((*last)->next)
            last = &(*last)->next;
        kept.bytes -= sizeof **last + (*last)->size;
        (*last)->next = out;
        out = *last;
        *last = NULL;
    }
    return out;
}
#endif

/* Those that are there longest make room: else what is kept were sizes that nobody asks for. */
static bool keep_block(struct arena_block *b)
{
#ifdef ARENA_POISONED
    (void)b;
    return false; /* so that a use after free is seen */
#else
    size_t size = sizeof *b + b->size;

    if (size % HUGE_PAGE || size > KEPT_FOR_NEXT)
        return false;
    pthread_mutex_lock(&kept.lock);
    struct arena_block *out = make_room(size);
    b->next = kept.first;
    kept.first = b;
    kept.bytes += size;
    pthread_mutex_unlock(&kept.lock);
    while (out) {
        struct arena_block *next = out->next;
        free(out);
        out = next;
    }
    return true;
#endif
}

/* The smallest of at least that size, and not of much more; NULL: there is none. */
static struct arena_block *kept_block(size_t size)
{
    struct arena_block **at, **best = NULL, *b = NULL;

    if (size % HUGE_PAGE)
        return NULL;
    pthread_mutex_lock(&kept.lock);
    for (at = &kept.first; *at; at = &(*at)->next) {
        size_t has = sizeof **at + (*at)->size;
        if (has >= size && has <= 2 * size && (!best || (*at)->size < (*best)->size))
            best = at;
    }
    if (best) {
        b = *best;
        *best = b->next;
        kept.bytes -= sizeof *b + b->size;
    }
    pthread_mutex_unlock(&kept.lock);
    return b;
}

static void *from_system(size_t size)
{
    void *p = malloc(size);

    if (!p)
        exhausted();
    return p;
}

/* A run that groups hundreds of thousands of rows spent most of the kernel's time on first touches
 * of small pages: 13 microseconds for each 4 KiB on a virtual machine, against 0.3 in huge pages.
 * So a large block lies on borders of huge pages and asks for them; a system without them gives it
 * small ones. */
static void *block_from_system(size_t size)
{
#ifndef ARENA_POISONED
    if (size >= HUGE_PAGE) {
        void *p = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
        if (!p)
            exhausted();
        madvise(p, size & ~(HUGE_PAGE - 1), MADV_HUGEPAGE);
        return p;
    }
#endif
    return from_system(size);
}

void *mem_large(size_t size)
{
#ifndef ARENA_POISONED
    if (size < HUGE_PAGE)
        size = HUGE_PAGE;
#endif
    return block_from_system(size);
}

void *mem_grow(void *old, size_t new_size)
{
    void *p = realloc(old, new_size ? new_size : 1);

    if (!p)
        exhausted();
    return p;
}

void mem_free(void *p)
{
    free(p);
}

struct arena *arena_new(void)
{
    struct arena *a = from_system(sizeof *a);

    *a = (struct arena){.next_size = FIRST_BLOCK};
    return a;
}

static void free_block(struct arena_block *b)
{
    if (keep_block(b))
        return;
    UNPOISON(b->data, b->size);
    free(b);
}

static void free_blocks(struct arena_block *b)
{
    while (b) {
        struct arena_block *next = b->next;
        free_block(b);
        b = next;
    }
}

void arena_at_end(struct arena *a, void (*f)(void *arg), void *arg)
{
    struct arena_end *e = arena_alloc(a, sizeof *e);

    *e = (struct arena_end){a->ends, f, arg};
    a->ends = e;
}

static void call_ends(struct arena *a)
{
    while (a->ends) {
        struct arena_end *e = a->ends;
        a->ends = e->next;
        e->f(e->arg);
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    call_ends(a);
    free_blocks(a->used);
    free_blocks(a->spare);
    free(a);
}

static void keep_spare(struct arena *a, struct arena_block *b)
{
    struct arena_block **at = &a->spare;

    while (*at && (*at)->size < b->size)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
    POISON(b->data, b->size);
}

void arena_reset(struct arena *a)
{
    call_ends(a);
    struct arena_block *b = a->used;

    a->at = a->end = NULL;
    a->used = NULL;
    while (b) {
        struct arena_block *next = b->next;
        keep_spare(a, b);
        b = next;
    }
    while (a->spare && a->bytes > KEPT_BY_RESET) { /* the smallest go first */
        b = a->spare;
        a->spare = b->next;
        a->bytes -= b->size;
        free_block(b);
    }
}

/* The sizes of blocks: 64 KiB, 256 KiB, then whole huge pages, doubled. */
static size_t size_after(size_t size)
{
    if (size < HUGE_PAGE / 4)
        return size * 4;
    return size < HUGE_PAGE ? HUGE_PAGE : size < LARGEST_BLOCK ? size * 2 : size;
}

static struct arena_block *new_block(struct arena *a, size_t need)
{
    size_t size = a->next_size - sizeof(struct arena_block);

    if (need > size / 2) /* a big piece gets its own block */
        size = need;
    else
        a->next_size = size_after(a->next_size);
    if (sizeof(struct arena_block) + size > HUGE_PAGE) /* whole pages, for who comes after */
        size = (sizeof(struct arena_block) + size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE -
               sizeof(struct arena_block);
    struct arena_block *b = kept_block(sizeof *b + size);
    if (!b) {
        b = block_from_system(sizeof *b + size);
        b->size = size;
        atomic_fetch_add_explicit(&system_calls, 1, memory_order_relaxed);
    }
    a->bytes += b->size;
    POISON(b->data, b->size);
    return b;
}

static struct arena_block *take_block(struct arena *a, size_t need)
{
    struct arena_block **at = &a->spare;

    while (*at && (*at)->size < need)
        at = &(*at)->next;
    struct arena_block *b = *at;
    if (b)
        *at = b->next;
    else
        b = new_block(a, need);
    b->next = a->used;
    a->used = b;
    return b;
}

void *arena_alloc_slow(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 4)
        exhausted();
    size_t need = ROUND16(size) + GAP;
    char *p = a->at;

    if (p && need <= (size_t)(a->end - p)) {
        a->at = p + need;
    } else {
        struct arena_block *b = take_block(a, need);
        p = b->data;
        /* go on in the block that has more room left */
        if (b->size - need >= (size_t)(a->end - a->at)) {
            a->at = p + need;
            a->end = p + b->size;
        }
    }
    UNPOISON(p, size);
    return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *p = arena_alloc(a, size);

    memset(p, 0, size);
    return p;
}

void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size)
{
    char *o = old;

    if (new_size <= old_size)
        return old;
    if (new_size > SIZE_MAX / 4)
        exhausted();
    if (o && a->at == o + ROUND16(old_size) + GAP && old_size > 0 &&
        ROUND16(new_size) + GAP <= (size_t)(a->end - o)) {
        a->at = o + ROUND16(new_size) + GAP;
        UNPOISON(o, new_size);
        return o;
    }
    void *p = arena_alloc(a, new_size);
    if (old_size)
        memcpy(p, old, old_size);
    return p;
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}
