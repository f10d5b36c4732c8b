/* IPv4 addresses as numbers and as text (KQL.md 4.17). What is no address makes the answer null,
 * or "" where it is text. */
#include "func/kernel.h"

struct network {
    uint32_t address; /* as written, not yet masked */
    unsigned bits;
};

static bool network_of(struct str s, struct network *net)
{
    return ipv4_parse(s, &net->address, &net->bits);
}

static uint32_t masked(uint32_t address, unsigned bits)
{
    return bits ? address & (UINT32_MAX << (32 - bits)) : 0;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The prefix argument k of the call, 32 without it. False: out of range. */
static bool prefix_at(struct call *call, struct column *const *args, size_t k, size_t row,
                      unsigned *bits)
{
    int64_t n = call->n_args > k ? cell_int(args[k], row) : 32;

    *bits = (unsigned)n;
    return n >= 0 && n <= 32;
}

/* ---- to numbers and back -------------------------------------------------------------------- */

static void parse_ipv4(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct network net;
        unsigned bits;
        if (network_of(cell_str(args[0], i), &net) && prefix_at(call, args, 1, i, &bits))
            out->ints[i] = masked(net.address, least(bits, net.bits));
        else
            put_null(out, i);
    }
}

static void netmask_suffix(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        struct network net;
        if (network_of(cell_str(args[0], i), &net))
            out->ints[i] = net.bits;
        else
            put_null(out, i);
    }
}

static bool address_at(struct column *c, size_t row, struct network *net)
{
    if (c->type == TYPE_STRING)
        return network_of(cell_str(c, row), net);
    int64_t n = cell_int(c, row);
    *net = (struct network){(uint32_t)n, 32};
    return n >= 0 && n <= UINT32_MAX;
}

static void format_ipv4(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    bool with_mask = strcmp(call->func->name, "format_ipv4_mask") == 0;

    for (size_t i = 0; i < rows; i++) {
        struct network net;
        unsigned bits;
        out->strs[i] = STR("");
        if (!address_at(args[0], i, &net) || !prefix_at(call, args, 1, i, &bits))
            continue;
        bits = least(bits, net.bits);
        uint32_t a = masked(net.address, bits);
        out->strs[i] = str_fmt(call->scratch, with_mask ? "%u.%u.%u.%u/%u" : "%u.%u.%u.%u", a >> 24,
                               a >> 16 & 255, a >> 8 & 255, a & 255, bits);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define FORMAT_FORMS {{"s?l", TYPE_STRING, format_ipv4}, {"l?l", TYPE_STRING, format_ipv4}}

const struct func functions_ip4[] = {
    ROW("parse_ipv4", "ip", "The address as a number, under its prefix.",
        "parse_ipv4(\"127.0.0.1\")",
        "2130706433", 0, {{"s", TYPE_LONG, parse_ipv4}}),
    ROW("parse_ipv4_mask", "ip, prefix",
        "The address as a number, under the shorter of the two prefixes.",
        "parse_ipv4_mask(\"127.0.0.1\", 24)", "2130706432", 0, {{"sl", TYPE_LONG, parse_ipv4}}),
    ROW("ipv4_netmask_suffix", "ip",
        "The prefix that is written behind the address; 32 without one.",
        "ipv4_netmask_suffix(\"10.1.2.3/16\")", "16", 0, {{"s", TYPE_LONG, netmask_suffix}}),
    ROW("format_ipv4", "ip [, prefix]", "The address, masked, as text.",
        "format_ipv4(3232236031, 24)",
        "192.168.1.0", 0, FORMAT_FORMS),
    ROW("format_ipv4_mask", "ip [, prefix]", "The address, masked, as text with its prefix.",
        "format_ipv4_mask(\"192.168.1.255\", 24)", "192.168.1.0/24", 0, FORMAT_FORMS),
    {0},
};
