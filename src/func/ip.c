/* Networks of either kind compared (KQL.md 4.17). An ipv4_ function takes IPv4 text alone; an
 * ipv6_ one takes both, a.b.c.d/n as ::ffff:a.b.c.d/(96+n). The one idea: inside, every address
 * is 16 bytes and a prefix says how many of its bits count, so both kinds share the code. What is
 * no address makes the answer null ("" where it is text). */
#include <arpa/inet.h>

#include "func/kernel.h"

struct network {
    uint8_t address[16];
    unsigned bits;
};

static bool only_ipv4(const struct call *call)
{
    return str_starts(str_of(call->func->name), STR("ipv4"));
}

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

static bool network6_of(struct str s, struct network *net)
{
    size_t slash = str_find_byte(s, '/');
    char text[64];

    if (slash < s.n && !bits_of(str_sub(s, slash + 1, s.n), &net->bits))
        return false;
    if (slash >= sizeof text || str_find_byte(str_sub(s, 0, slash), '\0') < slash)
        return false;
    memcpy(text, s.p ? s.p : "", slash);
    text[slash] = '\0';
    return inet_pton(AF_INET6, text, net->address) == 1;
}

static bool network_of(const struct call *call, struct str s, struct network *net)
{
    uint32_t v4;
    unsigned bits;

    *net = (struct network){.bits = 128};
    if (!ipv4_parse(s, &v4, &bits))
        return !only_ipv4(call) && network6_of(s, net);
    net->bits = 96 + bits;
    net->address[10] = net->address[11] = 0xFF;
    for (int i = 0; i < 4; i++)
        net->address[12 + i] = (uint8_t)(v4 >> (24 - 8 * i));
    return true;
}

static void mask(struct network *net, unsigned bits)
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

/* The prefix argument k, all bits without it. False: out of range. */
static bool prefix_at(struct call *call, struct column *const *args, size_t k, size_t row,
                      unsigned *bits)
{
    int64_t most = only_ipv4(call) ? 32 : 128;
    int64_t n = call->n_args > k ? cell_int(args[k], row) : most;

    if (n < 0 || n > most)
        return false;
    *bits = (unsigned)(n + 128 - most);
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* -1, 0 or 1 under the shortest of all prefixes; false when something is no address. */
static bool compare(struct call *call, struct column *const *args, size_t row, int *order)
{
    struct network a, b;
    unsigned bits;

    if (!network_of(call, cell_str(args[0], row), &a) ||
        !network_of(call, cell_str(args[1], row), &b) || !prefix_at(call, args, 2, row, &bits))
        return false;
    bits = least(bits, least(a.bits, b.bits));
    mask(&a, bits);
    mask(&b, bits);
    int c = memcmp(a.address, b.address, sizeof a.address);
    *order = (c > 0) - (c < 0);
    return true;
}

static void is_match(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    int order;

    for (size_t i = 0; i < rows; i++) {
        if (compare(call, args, i, &order))
            out->bools[i] = order == 0;
        else
            put_null(out, i);
    }
}

static void ip_compare(struct call *call, struct column *out, struct column *const *args,
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

/* What a list of ranges says about one address. */
struct verdict {
    bool inside, bad;
};

static void judge(const struct call *call, struct verdict *v, struct network ip, struct str range)
{
    struct network net;

    if (!network_of(call, range, &net)) {
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
        struct network ip;
        struct verdict v = {.bad = !network_of(call, cell_str(args[0], i), &ip)};
        bool known = !v.bad;
        for (size_t k = 1; known && k < call->n_args && !v.inside; k++)
            judge(call, &v, ip, cell_str(args[k], i));
        put_verdict(out, i, &v);
    }
}

static void in_range_list(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct network ip;
        struct str list = cell_str(args[1], i);
        bool known = network_of(call, cell_str(args[0], i), &ip);
        struct verdict v = {.bad = !known || dyn_kind(list) != DYN_ARRAY};
        for (size_t k = 0; known && k < dyn_count(list) && !v.inside; k++) {
            struct value range = dyn_scalar(dyn_item(list, k));
            judge(call, &v, ip, range.type == TYPE_STRING ? range.s : STR(""));
        }
        put_verdict(out, i, &v);
    }
}

/* ---- writing out ---------------------------------------------------------------------------- */

static void parse_ipv6(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct network net;
        unsigned bits;
        bool ok = network_of(call, cell_str(args[0], i), &net) &&
            prefix_at(call, args, 1, i, &bits);
        if (ok)
            mask(&net, least(bits, net.bits));
        for (size_t k = 0; ok && k < 16; k += 2)
            buf_addf(&texts.buf, "%s%02x%02x", k ? ":" : "", net.address[k], net.address[k + 1]);
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define MATCH {{"ss?l", TYPE_BOOL, is_match}}
#define COMPARE {{"ss?l", TYPE_LONG, ip_compare}}
#define IN_RANGE {{"ss", TYPE_BOOL, in_ranges}}
#define IN_ANY {{"ss+", TYPE_BOOL, in_ranges}, {"sd", TYPE_BOOL, in_range_list}}

const struct func functions_ip[] = {
    ROW("ipv4_is_match", "ip1, ip2 [, prefix]",
        "True when two addresses are equal under the shortest of their prefixes.",
        "ipv4_is_match(\"192.168.1.1/24\", \"192.168.1.255\")", "True", 0, MATCH),
    ROW("ipv4_compare", "ip1, ip2 [, prefix]",
        "-1, 0 or 1 by the order of two addresses under their prefixes.",
        "ipv4_compare(\"192.168.1.1\", \"192.168.1.255\")", "-1", 0, COMPARE),
    ROW("ipv4_is_in_range", "ip, range", "True when the address is in the network.",
        "ipv4_is_in_range(\"10.1.2.3\", \"10.0.0.0/8\")", "True", 0, IN_RANGE),
    ROW("ipv4_is_in_any_range", "ip, range, … | dynamic([ranges])",
        "True when the address is in one of the networks.",
        "ipv4_is_in_any_range(\"172.16.9.9\", \"10.0.0.0/8\", \"172.16.0.0/12\")", "True", 0,
        IN_ANY),
    ROW("ipv6_is_match", "ip1, ip2 [, prefix]",
        "True when two IPv6 or IPv4 addresses are equal under the shortest of their prefixes.",
        "ipv6_is_match(\"fe80::85d:e82c:9446:7994/120\", \"fe80::85d:e82c:9446:7995\")", "True", 0,
        MATCH),
    ROW("ipv6_compare", "ip1, ip2 [, prefix]",
        "-1, 0 or 1 by the order of two IPv6 or IPv4 addresses under their prefixes.",
        "ipv6_compare(\"::1\", \"::2\")", "-1", 0, COMPARE),
    ROW("ipv6_is_in_range", "ip, range", "True when the IPv6 or IPv4 address is in the network.",
        "ipv6_is_in_range(\"10.1.2.3\", \"10.0.0.0/8\")", "True", 0, IN_RANGE),
    ROW("ipv6_is_in_any_range", "ip, range, … | dynamic([ranges])",
        "True when the IPv6 or IPv4 address is in one of the networks.",
        "ipv6_is_in_any_range(\"fe80::1\", \"2001:db8::/32\", \"fe80::/10\")", "True", 0, IN_ANY),
    ROW("parse_ipv6", "ip", "The address written out in full, under its prefix.",
        "parse_ipv6(\"127.0.0.1\")", "0000:0000:0000:0000:0000:ffff:7f00:0001", 0,
        {{"s", TYPE_STRING, parse_ipv6}}),
    ROW("parse_ipv6_mask", "ip, prefix",
        "The address written out in full, under the shorter of the two prefixes.",
        "parse_ipv6_mask(\"192.168.255.255\", 120)", "0000:0000:0000:0000:0000:ffff:c0a8:ff00", 0,
        {{"sl", TYPE_STRING, parse_ipv6}}),
    {0},
};
