/* A region → sections (runs of lines between directives, each with the state in force), and a
 * section → the lines worth cutting: those that have all needles, or every line. The needle is
 * searched for over the run, not line by line; only around a hit is a line looked for. */
#include "input/input_internal.h"

/* ---- sections ----------------------------------------------------------- */

void sections_release(struct sections *s)
{
    mem_free(s->items);
    *s = (struct sections){0};
}

bool sections_count(const struct region *g, struct sections *out)
{
    bool directives = false;
    out->n = 0;
    out->headers = 0;
    out->lines = 0;
    if (g->n) {
        out->lines = (int64_t)simd_get()->count_lines(g->p, g->n, true, &directives);
        out->lines += g->p[g->n - 1] != '\n';
    }
    return directives;
}

static void push(struct sections *s, size_t start, size_t end, struct state state)
{
    if (start == end)
        return;
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4;
        s->items = mem_grow(s->items, s->cap * sizeof *s->items);
    }
    s->items[s->n++] = (struct section){(uint32_t)start, (uint32_t)end, state};
}

void sections_cut(struct logs *logs, const struct region *g, struct state first, bool directives,
                  struct sections *out)
{
    const struct simd *simd = simd_get();
    size_t start = 0, at = 0;
    struct state now = first;
    while (directives && at < g->n) {
        if (g->p[at] != '#') { /* on to the next that begins a line */
            at += simd->find_needle(g->p + at, g->n - at, &logs->directive) + 1;
            continue;
        }
        size_t end = at + simd->find_byte(g->p + at, g->n - at, '\n');
        size_t n = end - at > LINE_MAX_BYTES ? LINE_MAX_BYTES : end - at;
        push(out, start, at, now);
        state_directive(logs, &now, (struct str){g->p + at, n});
        out->headers++;
        start = at = end < g->n ? end + 1 : g->n;
    }
    push(out, start, g->n, now);
    out->last = now;
}

void sections_find(struct logs *logs, const struct region *g, struct state first,
                   struct sections *out)
{
    sections_cut(logs, g, first, sections_count(g, out), out);
}

/* ---- needles ------------------------------------------------------------ */

void search_init(struct search *s, struct arena *a, const struct needle_group *groups, size_t n)
{
    *s = (struct search){
        .leader = SIZE_MAX, .simd = simd_get(), .groups = ARENA_ARRAY(a, struct search_group, n)};
    if (n)
        s->found = arena_alloc(a, FOUND_MAX * sizeof *s->found);
    for (size_t i = 0; i < n; i++) {
        bool usable = groups[i].n > 0;
        for (size_t k = 0; k < groups[i].n; k++)
            usable &= groups[i].texts[k].n >= 2;
        if (!usable)
            continue; /* a group that cannot be searched for asks nothing */
        struct search_group *g = &s->groups[s->n++];
        g->n = groups[i].n;
        g->needles = ARENA_ARRAY(a, struct needle, g->n);
        for (size_t k = 0; k < g->n; k++)
            needle_init(&g->needles[k], groups[i].texts[k], groups[i].fold);
    }
}

static void choose_leader(struct search *s, const char *p, size_t n);

bool search_count(struct search *s, const struct region *g, struct sections *out)
{
    if (s->n && !s->chosen && g->n)
        choose_leader(s, g->p, g->n);
    s->swept = s->leader != SIZE_MAX && s->groups[s->leader].n == 1 && g->n;
    if (!s->swept)
        return sections_count(g, out);
    struct survey all =
        s->simd->survey(g->p, g->n, &s->groups[s->leader].needles[0], s->found, FOUND_MAX);
    s->swept = all.hits <= FOUND_MAX; /* a text that stands everywhere is met one by one */
    s->n_found = all.hits;
    s->found_at = 0;
    out->n = 0;
    out->headers = 0;
    out->lines = (int64_t)all.lines + (g->p[g->n - 1] != '\n');
    return all.hash; /* at a line's beginning or not: sections_cut looks */
}

static bool has_any(const struct search_group *g, const char *p, size_t n)
{
    const struct simd *simd = simd_get();
    for (size_t k = 0; k < g->n; k++) {
        if (simd->find_needle(p, n, &g->needles[k]) < n)
            return true;
    }
    return false;
}

/* The group that the fewest lines of a sample have leads; its choice changes the work, never the
 * lines. */
static void choose_leader(struct search *s, const char *p, size_t n)
{
    const struct simd *simd = simd_get();
    size_t best = SIZE_MAX;
    if (n > 32768)
        n = 32768;
    for (size_t i = 0; i < s->n; i++) {
        const struct search_group *g = &s->groups[i];
        size_t hits = 0;
        if (g->n > SEARCH_MAX)
            continue;
        for (size_t k = 0; k < g->n; k++) {
            for (size_t at = 0; at < n; at++, hits++) {
                at += simd->find_needle(p + at, n - at, &g->needles[k]);
                if (at >= n)
                    break;
            }
        }
        hits += g->n; /* each text is a search of its own */
        if (hits < best) {
            best = hits;
            s->leader = i;
        }
    }
    s->chosen = true;
}

void search_start(struct search *s, const char *p, uint32_t start, uint32_t end)
{
    s->p = p;
    s->at = start;
    s->end = end;
    memset(s->known, 0, sizeof s->known);
}

/* Where the leader is met next: the least over its texts. */
static uint32_t next_hit(struct search *s, const struct needle **which)
{
    const struct search_group *g = &s->groups[s->leader];
    uint32_t hit = s->end;
    if (s->swept) {
        while (s->found_at < s->n_found && s->found[s->found_at] < s->at)
            s->found_at++;
        *which = &g->needles[0];
        if (s->found_at < s->n_found && s->found[s->found_at] < s->end)
            hit = s->found[s->found_at];
        return hit;
    }
    for (size_t k = 0; k < g->n; k++) {
        if (!s->known[k] || s->next[k] < s->at) {
            s->next[k] = s->at + (uint32_t)s->simd->find_needle(s->p + s->at, s->end - s->at,
                                                                &g->needles[k]);
            s->known[k] = true;
        }
        if (s->next[k] < hit) {
            hit = s->next[k];
            *which = &g->needles[k];
        }
    }
    return hit;
}

/* The other groups. A line that is too long counts as far as every block size reads it. */
static bool has_rest(const struct search *s, uint32_t start, uint32_t *end)
{
    *end = start + (uint32_t)s->simd->find_byte(s->p + start, s->end - start, '\n');
    size_t n = *end - start > LINE_MAX_BYTES + 1 ? LINE_MAX_BYTES + 1 : *end - start;
    for (size_t i = 0; i < s->n; i++) {
        if (i != s->leader && !has_any(&s->groups[i], s->p + start, n))
            return false;
    }
    return true;
}

bool search_next(struct search *s, uint32_t *from)
{
    while (s->at < s->end) {
        uint32_t start = s->at, end;
        if (s->leader != SIZE_MAX) {
            const struct needle *which = NULL;
            uint32_t hit = next_hit(s, &which);
            if (hit == s->end)
                break;
            size_t before = hit - start, back = s->simd->find_last_byte(s->p + start, before, '\n');
            if (back < before)
                start += (uint32_t)back + 1;
            if (hit + which->n - start > LINE_MAX_BYTES + 1) {
                search_after(s, hit + (uint32_t)s->simd->find_byte(s->p + hit, s->end - hit, '\n'));
                continue;
            }
        }
        if (s->n > (s->leader != SIZE_MAX) && !has_rest(s, start, &end)) {
            search_after(s, end);
            continue;
        }
        *from = start;
        return true;
    }
    s->at = s->end;
    return false;
}

/* ---- one line ------------------------------------------------------------ */

struct line_test {
    struct search search;
};

struct line_test *line_test_new(struct arena *a, const struct needle_group *groups, size_t n)
{
    struct line_test *t = ARENA_NEW(a, struct line_test);
    search_init(&t->search, a, groups, n);
    return t;
}

bool line_test(const struct line_test *t, const char *p, size_t n)
{
    for (size_t i = 0; i < t->search.n; i++) {
        if (!has_any(&t->search.groups[i], p, n))
            return false;
    }
    return true;
}
