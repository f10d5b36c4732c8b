/* The reference: each kernel in its plainest form. The other levels must agree with it. They also
 * end here, with the few bytes that do not fill a vector. */
#include "simd/simd_internal.h"

static size_t count_byte(const char *p, size_t n, char byte)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += p[i] == byte;
    return count;
}

static size_t count_lines(const char *p, size_t n, bool at_start, bool *directive)
{
    size_t count = 0;
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        found |= at_start && p[i] == '#';
        at_start = p[i] == '\n';
        count += at_start;
    }
    *directive = found;
    return count;
}

static size_t find_byte(const char *p, size_t n, char byte)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == byte)
            return i;
    return n;
}

static size_t find_last_byte(const char *p, size_t n, char byte)
{
    for (size_t i = n; i > 0; i--)
        if (p[i - 1] == byte)
            return i - 1;
    return n;
}

static size_t find_needle(const char *p, size_t n, const struct needle *nd)
{
    if (nd->n == 0)
        return 0;
    for (size_t i = 0; i + nd->n <= n; i++) {
        uint8_t a = (uint8_t)p[i + nd->at[0]], b = (uint8_t)p[i + nd->at[1]];
        if ((a == nd->lower[0] || a == nd->upper[0]) && (b == nd->lower[1] || b == nd->upper[1]) &&
            needle_is_at(p + i, nd))
            return i;
    }
    return n;
}

static struct survey survey(const char *p, size_t n, const struct needle *nd, uint32_t *out,
                            size_t max)
{
    struct survey s = {0};

    for (size_t i = 0; i < n; i++) {
        s.lines += p[i] == '\n';
        s.hash |= p[i] == '#';
        if (n - i < nd->n || s.hits > max || !needle_is_at(p + i, nd))
            continue;
        if (s.hits < max)
            out[s.hits] = (uint32_t)i;
        s.hits++;
    }
    return s;
}

static size_t find_spaces(const char *p, size_t n, uint32_t *out, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < n && count < max; i++)
        if (p[i] == ' ')
            out[count++] = (uint32_t)i;
    return count;
}

static bool all_ascii(const char *p, size_t n)
{
    unsigned char high = 0;

    for (size_t i = 0; i < n; i++)
        high |= (unsigned char)p[i];
    return high < 0x80;
}

static struct line_cut cut_line(const char *p, size_t n, uint64_t *bits, size_t words)
{
    struct line_cut cut = {.ascii = true};
    uint64_t word = 0;

    for (; cut.n < n && p[cut.n] != '\n'; cut.n++) {
        uint64_t space = p[cut.n] == ' ';
        word |= space << cut.n % 64;
        cut.spaces += space;
        cut.ascii &= (unsigned char)p[cut.n] < 0x80;
        cut.nul |= p[cut.n] == '\0';
        if (cut.n % 64 == 63) {
            if (cut.n / 64 < words)
                bits[cut.n / 64] = word;
            word = 0;
        }
    }
    if (cut.n % 64 && cut.n / 64 < words)
        bits[cut.n / 64] = word;
    return cut;
}

const struct simd simd_scalar = {
    .name = "scalar",
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
