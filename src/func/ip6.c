/* IPv6 addresses and networks (KQL.md 4.17). IPv4 text is welcome everywhere: a.b.c.d/n is taken
 * as ::ffff:a.b.c.d/(96+n). The one idea: an address is 16 bytes, and a prefix says how many of
 * its bits count. */
#include <arpa/inet.h>

#include "func/kernel.h"

struct network6 {
    uint8_t address[16];
    unsigned bits;
};

static bool bits_of(struct str s, unsigned *bits)
{
    unsigned n = 0;

    if (s.n < 1 || s.n > 3)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s.p[i] - '0');
    }
    *bits = n;
    return n <= 128;
}

static bool network6_of(struct str s, struct network6 *net)
{
    uint32_t v4;
    unsigned bits;
    char text[64];

    *net = (struct network6){.bits = 128};
    if (ipv4_parse(s, &v4, &bits)) {
        net->bits = 96 + bits;
        net->address[10] = net->address[11] = 0xFF;
        for (int i = 0; i < 4; i++)
            net->address[12 + i] = (uint8_t)(v4 >> (24 - 8 * i));
        return true;
    }
    size_t slash = str_find_byte(s, '/');
    if (slash < s.n && !bits_of(str_sub(s, slash + 1, s.n), &net->bits))
        return false;
    if (slash >= sizeof text || str_find_byte(str_sub(s, 0, slash), '\0') < slash)
        return false;
    memcpy(text, s.p ? s.p : "", slash);
    text[slash] = '\0';
    return inet_pton(AF_INET6, text, net->address) == 1;
}

static void mask(struct network6 *net, unsigned bits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = bits > 8 * i ? bits - 8 * i : 0;
        if (keep < 8)
            net->address[i] &= (uint8_t)(0xFF00 >> keep);
    }
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool prefix_at(struct call *call, struct column *const *args, size_t k, size_t row,
                      unsigned *bits)
{
    int64_t n = call->n_args > k ? cell_int(args[k], row) : 128;

    *bits = (unsigned)n;
    return n >= 0 && n <= 128;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool compare(struct call *call, struct column *const *args, size_t row, int *order)
{
    struct network6 a, b;
    unsigned bits;

    if (!network6_of(cell_str(args[0], row), &a) || !network6_of(cell_str(args[1], row), &b) ||
        !prefix_at(call, args, 2, row, &bits))
        return false;
    bits = least(bits, least(a.bits, b.bits));
    mask(&a, bits);
    mask(&b, bits);
    int c = memcmp(a.address, b.address, sizeof a.address);
    *order = (c > 0) - (c < 0);
    return true;
}

static void ipv6_is_match(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    int order;

    for (size_t i = 0; i < rows; i++) {
        if (compare(call, args, i, &order))
            out->bools[i] = order == 0;
        else
            put_null(out, i);
    }
}

static void ipv6_compare(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    int order;

    for (size_t i = 0; i < rows; i++) {
        if (compare(call, args, i, &order))
            out->ints[i] = order;
        else
            put_null(out, i);
    }
}

/* ---- ranges --------------------------------------------------------------------------------- */

struct verdict {
    bool inside, bad;
};

static void judge(struct verdict *v, struct network6 ip, struct str range)
{
    struct network6 net;

    if (!network6_of(range, &net)) {
        v->bad = true;
        return;
    }
    mask(&ip, least(ip.bits, net.bits));
    mask(&net, net.bits);
    v->inside |= memcmp(ip.address, net.address, sizeof net.address) == 0;
}

static void put_verdict(struct column *out, size_t row, const struct verdict *v)
{
    if (v->inside || !v->bad)
        out->bools[row] = v->inside;
    else
        put_null(out, row);
}

static void in_ranges(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct network6 ip;
        struct verdict v = {0};
        if (!network6_of(cell_str(args[0], i), &ip))
            v.bad = true;
        else
            for (size_t k = 1; k < call->n_args && !v.inside; k++)
                judge(&v, ip, cell_str(args[k], i));
        put_verdict(out, i, &v);
    }
}

static void in_range_list(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        struct network6 ip;
        struct str list = cell_str(args[1], i);
        struct verdict v = {.bad = dyn_kind(list) != DYN_ARRAY};
        if (!network6_of(cell_str(args[0], i), &ip))
            v.bad = true;
        else
            for (size_t k = 0; k < dyn_count(list) && !v.inside; k++) {
                struct value range = dyn_scalar(dyn_item(list, k));
                judge(&v, ip, range.type == TYPE_STRING ? range.s : STR(""));
            }
        put_verdict(out, i, &v);
    }
}

/* ---- writing out ---------------------------------------------------------------------------- */

static void parse_ipv6(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct network6 net;
        unsigned bits;
        struct buf text = {0};
        out->strs[i] = STR("");
        if (!network6_of(cell_str(args[0], i), &net) || !prefix_at(call, args, 1, i, &bits))
            continue;
        mask(&net, least(bits, net.bits));
        for (size_t k = 0; k < 16; k += 2)
            buf_addf(&text, "%s%02x%02x", k ? ":" : "", net.address[k], net.address[k + 1]);
        out->strs[i] = str_dup(call->scratch, buf_str(&text));
        buf_release(&text);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

const struct func functions_ip6[] = {
    ROW("ipv6_is_match", "ip1, ip2 [, prefix]",
        "True when two IPv6 or IPv4 addresses are equal under the shortest of their prefixes.",
        "ipv6_is_match(\"fe80::85d:e82c:9446:7994/120\", \"fe80::85d:e82c:9446:7995\")", "True", 0,
        {{"ss?l", TYPE_BOOL, ipv6_is_match}}),
    ROW("ipv6_compare", "ip1, ip2 [, prefix]",
        "-1, 0 or 1 by the order of two IPv6 or IPv4 addresses under their prefixes.",
        "ipv6_compare(\"::1\", \"::2\")", "-1", 0, {{"ss?l", TYPE_LONG, ipv6_compare}}),
    ROW("ipv6_is_in_range", "ip, range", "True when the address is in the network.",
        "ipv6_is_in_range(\"10.1.2.3\", \"10.0.0.0/8\")", "True", 0,
        {{"ss", TYPE_BOOL, in_ranges}}),
    ROW("ipv6_is_in_any_range", "ip, range, … | dynamic([ranges])",
        "True when the address is in one of the networks.",
        "ipv6_is_in_any_range(\"fe80::1\", \"2001:db8::/32\", \"fe80::/10\")", "True", 0,
        {{"ss+", TYPE_BOOL, in_ranges}, {"sd", TYPE_BOOL, in_range_list}}),
    ROW("parse_ipv6", "ip", "The address written out in full, under its prefix.",
        "parse_ipv6(\"127.0.0.1\")",
        "0000:0000:0000:0000:0000:ffff:7f00:0001", 0, {{"s", TYPE_STRING, parse_ipv6}}),
    ROW("parse_ipv6_mask", "ip, prefix",
        "The address written out in full, under the shorter of the two prefixes.",
        "parse_ipv6_mask(\"192.168.255.255\", 120)", "0000:0000:0000:0000:0000:ffff:c0a8:ff00", 0,
        {{"sl", TYPE_STRING, parse_ipv6}}),
    {0},
};
