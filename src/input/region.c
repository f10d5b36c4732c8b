/* One block of a file → the lines that begin in it, as one run of bytes in a reader's buffer. A
 * line begins after a newline, so the byte before the block is read too; the last line is finished
 * by reading on. A lone CR as line end becomes LF here, UTF-16 becomes UTF-8: the rest of the
 * reader knows neither. */
#include <unistd.h>
#include "input/input_internal.h"

#ifdef HARRIER_TINY
#define TAIL_BYTES 3
#else
#define TAIL_BYTES ((size_t)4 << 10) /* read with the block: most last lines end in it */
#endif

void reader_init(struct reader *r)
{
    *r = (struct reader){.fd = -1};
}

void reader_release(struct reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    mem_free(r->p);
    mem_free(r->raw);
    reader_init(r);
}

static bool reader_open(struct reader *r, const struct source *s, struct error *err)
{
    if (r->open == s && r->fd >= 0)
        return true;
    if (r->fd >= 0)
        close(r->fd);
    r->open = s;
    r->fd = source_open(s, err);
    return r->fd >= 0;
}

/* ---- bytes -------------------------------------------------------------- */

static void lone_cr_to_lf(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\r')
            p[i] = '\n';
    }
}

static bool load_bytes(const struct logs *logs, const struct source *s, struct reader *r,
                       int64_t from, int64_t end, struct region *out, struct error *err)
{
    const struct simd *simd = simd_get();
    int64_t start = from ? from - 1 : 0,
            stop = end + (int64_t)TAIL_BYTES < s->size ? end + (int64_t)TAIL_BYTES : s->size;
    size_t got = (size_t)(stop - start), inside = (size_t)(end - start);
    size_t step = TAIL_BYTES;
    char *p = reader_room(r, logs->block + TAIL_BYTES + 1);

    if (!source_read(s, r->fd, p, got, start, err))
        return false;
    if (s->newline == '\r')
        lone_cr_to_lf(p, got);
    size_t first =
        from > s->bom ? simd->find_byte(p, inside - 1, '\n') + 1 : (size_t)(s->bom - start);
    if (first >= inside) /* no line begins here */
        return true;
    /* A line that ends with the block's last byte is found at once. */
    size_t seen = inside - 1, line = 0;
    for (;;) {
        size_t hit = seen + simd->find_byte(p + seen, got - seen, '\n');
        if (hit < got) {
            got = hit + 1;
            break;
        }
        if (!line) {
            size_t last = simd->find_last_byte(p + first, inside - 1 - first, '\n');
            line = last < inside - 1 - first ? first + last + 1 : first;
        }
        if (got - line > LINE_MAX_BYTES) {
            got = line + LINE_MAX_BYTES + 1;
            break;
        }
        if (start + (int64_t)got == s->size)
            break;
        seen = got;
        step = step < LINE_MAX_BYTES ? step * 4 : step;
        size_t more =
            s->size - start - (int64_t)got < (int64_t)step ? (size_t)(s->size - start) - got : step;
        p = reader_room(r, got + more);
        if (!source_read(s, r->fd, p + got, more, start + (int64_t)got, err))
            return false;
        if (s->newline == '\r')
            lone_cr_to_lf(p + got, more);
        got += more;
    }
    *out = (struct region){
        .p = p + first, .n = got - first, .offset = start + (int64_t)first, .bytes = out->bytes};
    return true;
}

/* ---- UTF-16 ------------------------------------------------------------- */

static uint32_t unit(const char *raw, bool big)
{
    uint8_t x = (uint8_t)raw[0], y = (uint8_t)raw[1];
    return big ? (uint32_t)x << 8 | y : (uint32_t)y << 8 | x;
}

size_t utf16_decode(const char *raw, size_t n, bool big, char *out)
{
    size_t put = 0;
    for (size_t i = 0; i + 2 <= n; i += 2) {
        uint32_t c = unit(raw + i, big);
        if (c < 0x80) {
            out[put++] = (char)c;
            continue;
        }
        if (c >= 0xd800 && c < 0xe000) {
            uint32_t low = c < 0xdc00 && i + 4 <= n ? unit(raw + i + 2, big) : 0;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            } else {
                c = 0xfffd; /* half a pair: still one unit, so offsets stay right */
            }
        }
        if (c >= 0x10000) {
            out[put++] = (char)(0xf0 | c >> 18);
            out[put++] = (char)(0x80 | (c >> 12 & 0x3f));
            out[put++] = (char)(0x80 | (c >> 6 & 0x3f));
        } else if (c >= 0x800) {
            out[put++] = (char)(0xe0 | c >> 12);
            out[put++] = (char)(0x80 | (c >> 6 & 0x3f));
        } else {
            out[put++] = (char)(0xc0 | c >> 6);
        }
        out[put++] = (char)(0x80 | (c & 0x3f));
    }
    return put;
}

static size_t find_unit(const char *raw, size_t from, size_t n, bool big, uint32_t what)
{
    for (size_t i = from; i + 2 <= n; i += 2) {
        if (unit(raw + i, big) == what)
            return i;
    }
    return n;
}

static char *raw_room(struct reader *r, size_t n)
{
    if (n > r->raw_cap) {
        r->raw_cap = n + (n >> 3);
        r->raw = mem_grow(r->raw, r->raw_cap);
    }
    return r->raw;
}

/* As load_bytes, in units of two bytes; the file's odd last byte belongs to no line. */
static bool load_utf16(const struct source *s, struct reader *r, int64_t from, int64_t end,
                       struct region *out, struct error *err)
{
    const int64_t size = s->size & ~INT64_C(1);
    const bool big = s->coding == CODING_UTF16BE;
    const uint32_t newline = (uint32_t)s->newline;
    int64_t start = from ? from - 2 : 0;
    if (end > size)
        end = size;
    if (end <= from)
        return true;
    size_t got = (size_t)(end - start), inside = got, step = 256;
    char *raw = raw_room(r, got);
    if (!source_read(s, r->fd, raw, got, start, err))
        return false;
    size_t first =
        from > s->bom ? find_unit(raw, 0, inside - 2, big, newline) + 2 : (size_t)(s->bom - start);
    if (first >= inside)
        return true;
    size_t seen = inside - 2, line = first;
    for (size_t at = first; (at = find_unit(raw, at, inside - 2, big, newline)) < inside - 2;
         at += 2)
        line = at + 2;
    for (;;) {
        size_t hit = find_unit(raw, seen, got, big, newline);
        if (hit < got) {
            got = hit + 2;
            break;
        }
        if (got - line > 2 * LINE_MAX_BYTES) {
            got = line + 2 * LINE_MAX_BYTES + 2;
            break;
        }
        if (start + (int64_t)got >= size)
            break;
        seen = got;
        step = step < LINE_MAX_BYTES ? step * 4 : step;
        size_t more =
            size - start - (int64_t)got < (int64_t)step ? (size_t)(size - start) - got : step;
        raw = raw_room(r, got + more);
        if (!source_read(s, r->fd, raw + got, more, start + (int64_t)got, err))
            return false;
        got += more;
    }
    char *p = reader_room(r, (got - first) / 2 * 3);
    size_t n = utf16_decode(raw + first, got - first, big, p);
    if (s->newline == '\r')
        lone_cr_to_lf(p, n);
    *out = (struct region){
        .p = p, .n = n, .offset = start + (int64_t)first, .utf16 = true, .bytes = out->bytes};
    return true;
}

bool region_load(const struct logs *logs, const struct source *s, uint32_t block, struct reader *r,
                 struct region *out, struct error *err)
{
    size_t size = source_block(logs, s);
    int64_t from = (int64_t)block * (int64_t)size;
    int64_t end = from + (int64_t)size < s->size ? from + (int64_t)size : s->size;
    *out = (struct region){.bytes = end - from, .offset = from};
    if (!reader_open(r, s, err))
        return false;
    return s->coding == CODING_BYTES ? load_bytes(logs, s, r, from, end, out, err)
                                     : load_utf16(s, r, from, end, out, err);
}

int64_t region_offset(struct region *g, size_t at)
{
    if (!g->utf16)
        return g->offset + (int64_t)at;
    if (at < g->counted) /* rows are asked for in order, so one pass does for all */
        g->counted = g->units = 0;
    for (; g->counted < at; g->counted++) {
        uint8_t b = (uint8_t)g->p[g->counted];
        g->units += (b < 0x80 || b >= 0xc0) + (b >= 0xf0); /* a code point over U+FFFF is a pair */
    }
    return g->offset + 2 * (int64_t)g->units;
}
