/* The kernels, written once over a vector type. The file that includes this defines
 *     V, WIDTH         the type and its bytes
 *     TARGET           the attribute that lets a function use it
 *     SMALLER          the level that takes runs shorter than a vector
 *     LEVEL, NAME      the table that comes out, and what it is called
 *     v_load v_all v_eq v_or v_and v_zero v_less (a - b) v_sum (of the bytes) v_high (any byte over
 * 0x7f) v_sign           0xff, or at least the highest bit, where a byte is over 0x7f v_mask one
 * bit for each byte that is 0xff, MASK_STEP bits apart, in a uint64_t A run that is no multiple of
 * WIDTH ends with a vector that overlaps the one before, so that no byte outside it is ever read.
 */

#define FIRST_HIT(mask) ((size_t)__builtin_ctzll(mask) / MASK_STEP)
#define LAST_HIT(mask) ((size_t)(63 - __builtin_clzll(mask)) / MASK_STEP)

TARGET static size_t count_byte(const char *p, size_t n, char byte)
{
    const V want = v_all(byte);
    size_t count = 0;

    while (n >= WIDTH) {
        /* a lane counts up to 255 */
        size_t steps = n / WIDTH < 255 ? n / WIDTH : 255;
        V lanes = v_zero();
        for (size_t i = 0; i < steps; i++)
            lanes = v_less(lanes, v_eq(v_load(p + i * WIDTH), want));
        count += v_sum(lanes);
        p += steps * WIDTH;
        n -= steps * WIDTH;
    }
    return count + SMALLER.count_byte(p, n, byte);
}

/* A '#' is a directive when the byte before it is a newline, so each step looks at two vectors that
 * lie one byte apart. */
TARGET static size_t count_lines(const char *p, size_t n, bool at_start, bool *directive)
{
    const V newline = v_all('\n'), hash = v_all('#');
    V found = v_zero();
    bool last = false;

    if (n <= WIDTH)
        return SMALLER.count_lines(p, n, at_start, directive);
    bool first = at_start && p[0] == '#';
    size_t count = p[0] == '\n', at = 1;
    while (n - at >= WIDTH) {
        size_t steps = (n - at) / WIDTH < 255 ? (n - at) / WIDTH : 255;
        V lanes = v_zero();
        for (size_t i = 0; i < steps; i++, at += WIDTH) {
            V here = v_load(p + at);
            lanes = v_less(lanes, v_eq(here, newline));
            found = v_or(found, v_and(v_eq(here, hash), v_eq(v_load(p + at - 1), newline)));
        }
        count += v_sum(lanes);
    }
    count += SMALLER.count_lines(p + at, n - at, p[at - 1] == '\n', &last);
    *directive = first || last || v_mask(found) != 0;
    return count;
}

TARGET static size_t find_byte(const char *p, size_t n, char byte)
{
    const V want = v_all(byte);

    if (n < WIDTH)
        return SMALLER.find_byte(p, n, byte);
    for (size_t i = 0;; i += WIDTH) {
        if (i > n - WIDTH) {
            if (i == n)
                return n;
            i = n - WIDTH;
        }
        uint64_t hits = v_mask(v_eq(v_load(p + i), want));
        if (hits)
            return i + FIRST_HIT(hits);
        if (i == n - WIDTH)
            return n;
    }
}

TARGET static size_t find_last_byte(const char *p, size_t n, char byte)
{
    const V want = v_all(byte);

    if (n < WIDTH)
        return SMALLER.find_last_byte(p, n, byte);
    for (size_t end = n;; end -= WIDTH) {
        if (end < WIDTH) {
            if (end == 0)
                return n;
            end = WIDTH;
        }
        uint64_t hits = v_mask(v_eq(v_load(p + end - WIDTH), want));
        if (hits)
            return end - WIDTH + LAST_HIT(hits);
        if (end == WIDTH)
            return n;
    }
}

/* The two rare bytes of a needle; `bit` makes a letter lower case and leaves all else as it is. */
struct rare {
    V want[2], bit[2];
    size_t at[2];
};

TARGET static inline V rare_at(const struct rare *r, const char *p)
{
    V a = v_eq(v_or(v_load(p + r->at[0]), r->bit[0]), r->want[0]);
    V b = v_eq(v_or(v_load(p + r->at[1]), r->bit[1]), r->want[1]);

    return v_and(a, b);
}

TARGET static inline bool verify(const char *p, uint64_t hits, const struct needle *nd,
                                 size_t *found)
{
    for (; hits; hits &= hits - 1) {
        if (needle_is_at(p + FIRST_HIT(hits), nd)) {
            *found = FIRST_HIT(hits);
            return true;
        }
    }
    return false;
}

TARGET static size_t find_needle(const char *p, size_t n, const struct needle *nd)
{
    struct rare r;
    size_t found;

    if (nd->n == 0 || n < nd->n || n - nd->n + 1 < WIDTH)
        return SMALLER.find_needle(p, n, nd);
    for (int i = 0; i < 2; i++) {
        r.bit[i] = v_all((char)(nd->lower[i] ^ nd->upper[i]));
        r.want[i] = v_all((char)(nd->lower[i] | nd->upper[i]));
        r.at[i] = nd->at[i];
    }
    size_t last =
        n - nd->n + 1 - WIDTH; /* the last place from which WIDTH positions can be tried */
    size_t i = 0;
    for (; i + WIDTH <= last; i += 2 * WIDTH) {
        V a = rare_at(&r, p + i), b = rare_at(&r, p + i + WIDTH);
        if (!v_mask(v_or(a, b)))
            continue;
        if (verify(p + i, v_mask(a), nd, &found))
            return i + found;
        if (verify(p + i + WIDTH, v_mask(b), nd, &found))
            return i + WIDTH + found;
    }
    for (;; i += WIDTH) {
        if (i > last) {
            if (i >= last + WIDTH)
                return n;
            i = last;
        }
        if (verify(p + i, v_mask(rare_at(&r, p + i)), nd, &found))
            return i + found;
        if (i == last)
            return n;
    }
}

TARGET static struct survey survey(const char *p, size_t n, const struct needle *nd, uint32_t *out,
                                 size_t max)
{
    const V newline = v_all('\n'), hash = v_all('#');
    const size_t reach = 2 * WIDTH + (nd->n > 8 ? nd->n : 8); /* bytes that a step may touch */
    struct survey s = {0};
    struct rare r;
    V hashes = v_zero();
    size_t i = 0;

    if (nd->n == 0 || n < reach)
        return SMALLER.survey(p, n, nd, out, max);
    for (int k = 0; k < 2; k++) {
        r.bit[k] = v_all((char)(nd->lower[k] ^ nd->upper[k]));
        r.want[k] = v_all((char)(nd->lower[k] | nd->upper[k]));
        r.at[k] = nd->at[k];
    }
    while (n - i >= reach) {
        size_t steps = (n - i - reach) / (2 * WIDTH) + 1;
        V lanes = v_zero();
        if (steps > 127) /* a lane counts up to 255 */
            steps = 127;
        for (; steps; steps--, i += 2 * WIDTH) {
            V x = v_load(p + i), y = v_load(p + i + WIDTH);
            lanes = v_less(v_less(lanes, v_eq(x, newline)), v_eq(y, newline));
            hashes = v_or(hashes, v_or(v_eq(x, hash), v_eq(y, hash)));
            x = rare_at(&r, p + i);
            y = rare_at(&r, p + i + WIDTH);
            if (!v_mask(v_or(x, y)))
                continue;
            s.hits = put_found(p, i, v_mask(x), MASK_STEP, nd, out, s.hits, max);
            s.hits = put_found(p, i + WIDTH, v_mask(y), MASK_STEP, nd, out, s.hits, max);
        }
        s.lines += v_sum(lanes);
    }
    s.hash = v_mask(hashes) != 0;
    return survey_rest(s, &SMALLER, p, i, n, nd, out, max);
}

/* Most vectors of a log line have few spaces: four are written without asking, and the count says
 * how many of them stay. */
TARGET static inline size_t put_hits(uint32_t *out, size_t count, size_t max, size_t base,
                                     uint64_t hits)
{
    size_t n = (size_t)__builtin_popcountll(hits);

    if (max - count >= 4) {
        for (size_t i = 0; i < 4; i++) {
            out[count + i] = (uint32_t)(base + FIRST_HIT(hits | UINT64_C(1) << 63));
            hits &= hits - 1;
        }
        if (n <= 4)
            return count + n;
        count += 4;
    }
    for (; hits && count < max; hits &= hits - 1)
        out[count++] = (uint32_t)(base + FIRST_HIT(hits));
    return count;
}

TARGET static size_t find_spaces(const char *p, size_t n, uint32_t *out, size_t max)
{
    const V space = v_all(' ');
    size_t count = 0, i = 0;

    if (n < WIDTH)
        return SMALLER.find_spaces(p, n, out, max);
    for (; i + WIDTH <= n; i += WIDTH) {
        count = put_hits(out, count, max, i, v_mask(v_eq(v_load(p + i), space)));
        if (count == max)
            return count;
    }
    if (i < n) {
        size_t seen = i - (n - WIDTH);
        uint64_t hits = v_mask(v_eq(v_load(p + n - WIDTH), space));
        hits = hits >> seen * MASK_STEP;
        count = put_hits(out, count, max, i, hits);
    }
    return count;
}

TARGET static bool all_ascii(const char *p, size_t n)
{
    V any = v_zero();
    size_t i = 0;

    if (n < WIDTH)
        return SMALLER.all_ascii(p, n);
    for (; i + WIDTH <= n; i += WIDTH)
        any = v_or(any, v_load(p + i));
    any = v_or(any, v_load(p + n - WIDTH));
    return !v_high(any);
}

/* 64 bytes as vectors, and one bit for each byte of them. */
#define STEPS (64 / WIDTH)
struct block {
    V v[STEPS];
};

TARGET static inline uint64_t block_eq(const struct block *b, V what)
{
    uint64_t bits = 0;

#pragma GCC unroll 4
    for (size_t k = 0; k < STEPS; k++)
        bits |= v_bits(v_eq(b->v[k], what)) << k * WIDTH;
    return bits;
}

TARGET static inline uint64_t block_high(const struct block *b)
{
    uint64_t bits = 0;

#pragma GCC unroll 4
    for (size_t k = 0; k < STEPS; k++)
        bits |= v_bits(v_sign(b->v[k])) << k * WIDTH;
    return bits;
}

/* Bits, not offsets: to write down where they stand costs more than to find them, and most fields
 * of most lines are never asked for. */
TARGET static struct line_cut cut_line(const char *p, size_t n, uint64_t *bits, size_t words)
{
    const V space = v_all(' '), newline = v_all('\n'), nul = v_zero();
    V high = v_zero(), zero = v_zero();
    struct line_cut cut = {0};
    struct block b;
    size_t i = 0;

    for (; n - i >= 64; i += 64) {
        V ends = v_zero();
#pragma GCC unroll 4
        for (size_t k = 0; k < STEPS; k++) {
            b.v[k] = v_load(p + i + k * WIDTH);
            ends = v_or(ends, v_eq(b.v[k], newline));
        }
        uint64_t spaces = block_eq(&b, space);
        if (v_mask(ends)) { /* what follows the newline is another line's */
            uint64_t end = block_eq(&b, newline);
            uint64_t keep = (end & (0 - end)) - 1;
            cut.n = i + (size_t)__builtin_ctzll(end);
            cut.spaces += (size_t)__builtin_popcountll(spaces & keep);
            cut.ascii = (block_high(&b) & keep) == 0 && !v_high(high);
            cut.nul = (block_eq(&b, nul) & keep) != 0 || v_mask(zero) != 0;
            if (keep && i / 64 < words)
                bits[i / 64] = spaces & keep;
            return cut;
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < STEPS; k++) {
            high = v_or(high, b.v[k]);
            zero = v_or(zero, v_eq(b.v[k], nul));
        }
        if (i / 64 < words)
            bits[i / 64] = spaces;
        cut.spaces += (size_t)__builtin_popcountll(spaces);
    }
    size_t done = i / 64 < words ? i / 64 : words;
    struct line_cut rest = simd_scalar.cut_line(p + i, n - i, bits + done, words - done);
    cut.n = i + rest.n;
    cut.spaces += rest.spaces;
    cut.ascii = rest.ascii && !v_high(high);
    cut.nul = rest.nul || v_mask(zero) != 0;
    return cut;
}

const struct simd LEVEL = {
    .name = NAME,
    .count_byte = count_byte,
    .count_lines = count_lines,
    .find_byte = find_byte,
    .find_last_byte = find_last_byte,
    .find_needle = find_needle,
    .survey = survey,
    .find_spaces = find_spaces,
    .all_ascii = all_ascii,
    .cut_line = cut_line,
};
