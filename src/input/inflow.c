/* A pipe → blocks of whole lines, in order, as it comes. What is left of a line when its block is
 * full is kept for the next. One thread at a time: the scan holds its claim while it is here. */
#include "input/input_internal.h"

void inflow_reset(struct inflow *in)
{
    in->at = 0;
    in->n = 0;
    in->skipping = in->ended = false;
}

void inflow_release(struct inflow *in)
{
    mem_free(in->rest);
    *in = (struct inflow){0};
}

static ssize_t read_some(const struct source *s, char *p, size_t n, int64_t at,
                         const atomic_bool *cancel, struct error *err)
{
    ssize_t got = stream_read(s->stream, p, n, at, cancel, err);
    for (ssize_t i = 0; s->newline == '\r' && i < got; i++)
        p[i] = p[i] == '\r' ? '\n' : p[i];
    return got;
}

static void keep(struct inflow *in, const char *p, size_t n)
{
    if (n > in->cap) {
        in->cap = n + (n >> 1);
        in->rest = mem_grow(in->rest, in->cap);
    }
    if (n)
        memcpy(in->rest, p, n);
    in->n = n;
}

/* The rest of a line that was too long is dropped: of `have` bytes at p, what follows its end. */
static size_t skip(struct inflow *in, char *p, size_t have)
{
    size_t end = simd_get()->find_byte(p, have, '\n');
    in->skipping = end == have;
    size_t drop = end < have ? end + 1 : have;
    memmove(p, p + drop, have - drop);
    in->at += (int64_t)drop;
    return have - drop;
}

/* How many of `have` bytes make a region: whole lines, of which the last newline stands before
 * `lines`. 0: more must be read. */
static size_t region_end(struct inflow *in, size_t have, size_t lines, size_t want)
{
    if (in->ended)
        return have;
    if (have >= want && lines)
        return lines;
    if (have <= LINE_MAX_BYTES || lines)
        return 0;
    in->skipping = true;
    return LINE_MAX_BYTES + 1;
}

bool inflow_region(struct inflow *in, const struct source *s, size_t want,
                   const atomic_bool *cancel, struct reader *r, struct region *out,
                   struct error *err)
{
    const struct simd *simd = simd_get();
    size_t have = in->n, lines = 0, end;
    int64_t before = in->at;
    if (in->at == 0)
        in->at = s->bom;
    if (in->skipping) { /* what was kept is the middle of that line */
        in->at += (int64_t)have;
        have = 0;
    }
    char *p = reader_room(r, want + have);
    if (have)
        memcpy(p, in->rest, have);
    in->n = 0;
    while ((end = region_end(in, have, lines, want)) == 0 && !in->ended) {
        if (stream_is_quiet(s->stream, in->at + (int64_t)have)) {
            end = lines; /* or nothing: whoever waits can look around */
            break;
        }
        size_t room = have < want ? want - have : have;
        p = reader_room(r, have + room);
        ssize_t got = read_some(s, p + have, room, in->at + (int64_t)have, cancel, err);
        if (got < 0)
            return false;
        in->ended = got == 0;
        if (in->skipping) {
            have = skip(in, p, (size_t)got); /* nothing else is kept of such a line */
            got = (ssize_t)have;
            have = 0;
        }
        size_t back = simd->find_last_byte(p + have, (size_t)got, '\n');
        lines = back < (size_t)got ? have + back + 1 : lines;
        have += (size_t)got;
    }
    keep(in, p + end, have - end);
    *out = (struct region){
        .p = p, .n = end, .offset = in->at, .bytes = in->at - before + (int64_t)end};
    in->at += (int64_t)end;
    return end > 0 || !in->ended;
}
