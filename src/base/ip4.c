/* IPv4 addresses in text, as four decimal numbers with dots. */
#include "base/ip4.h"

#include <string.h>

/* One bit for each of 8 bytes: where it is a dot; *digits: where it is a digit. */
static unsigned dots_of_8(const char *p, unsigned *digits)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    uint64_t low = x & ~high, is_dot = low ^ ones * '.';
    is_dot = ~(((is_dot & ~high) + ~high) | is_dot | x) & high;
    uint64_t is_digit = (low + ones * (0x80 - '0')) & ~(low + ones * (0x7f - '9')) & ~x & high;
    *digits = (unsigned)((is_digit >> 7) * UINT64_C(0x0102040810204080) >> 56);
    return (unsigned)((is_dot >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* One to three digits as a number, without a branch on how many they are. */
static unsigned octet(const char *p, unsigned n)
{
    return (unsigned)(p[n - 1] - '0') + 10 * (n > 1) * (unsigned)(p[n > 1 ? n - 2 : 0] - '0') +
           100 * (n > 2) * (unsigned)(p[0] - '0');
}

/* Eight bytes at a time: an address byte by byte costs four times as much, in mispredictions. */
enum ip4 ip4_read(struct str s, uint32_t *address)
{
    char room[8] = {0};
    unsigned dots, digits, more;
    if (s.n < 7 || s.n > 15)
        return IP4_NONE;
    unsigned n = (unsigned)s.n;
    if (n == 7) {
        memcpy(room, s.p, 7);
        dots = dots_of_8(room, &digits);
    } else {
        dots = dots_of_8(s.p, &digits);
        dots |= dots_of_8(s.p + n - 8, &more) << (n - 8);
        digits |= more << (n - 8);
    }
    if ((dots | digits) + 1 != 1u << n)
        return IP4_NONE;
    unsigned first = dots & (0 - dots), last = dots & (dots - 1), second = last & (0 - last);
    last &= last - 1;
    if (!last || (last & (last - 1)))
        return IP4_NONE; /* not three dots */
    unsigned a = (unsigned)__builtin_ctz(first), b = (unsigned)__builtin_ctz(second),
             c = (unsigned)__builtin_ctz(last);
    unsigned na = a, nb = b - a - 1, nc = c - b - 1, nd = n - c - 1;
    if ((na - 1 > 2) | (nb - 1 > 2) | (nc - 1 > 2) | (nd - 1 > 2))
        return IP4_NONE;
    unsigned w = octet(s.p, na), x = octet(s.p + a + 1, nb), y = octet(s.p + b + 1, nc),
             z = octet(s.p + c + 1, nd);
    if ((w | x | y | z) > 255)
        return IP4_NONE;
    *address = w << 24 | x << 16 | y << 8 | z;
    bool zeros = (na > 1 && s.p[0] == '0') || (nb > 1 && s.p[a + 1] == '0') ||
                 (nc > 1 && s.p[b + 1] == '0') || (nd > 1 && s.p[c + 1] == '0');
    return zeros ? IP4_ZEROS : IP4_PLAIN;
}
