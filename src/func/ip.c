/* IPv4 addresses and networks as text in, answers out (KQL.md 4.17). What is no address makes the
 * answer null ("" where it is text). A network is an address and the number of leading bits that
 * count. */
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

/* ---- comparing ------------------------------------------------------------------------------ */

/* -1, 0 or 1 under the shortest of all prefixes; false when something is no address. */
static bool compare(struct call *call, struct column *const *args, size_t row, int *order)
{
    struct network a, b;
    unsigned bits;

    if (!network_of(cell_str(args[0], row), &a) || !network_of(cell_str(args[1], row), &b) ||
        !prefix_at(call, args, 2, row, &bits))
        return false;
    bits = least(bits, least(a.bits, b.bits));
    uint32_t x = masked(a.address, bits), y = masked(b.address, bits);
    *order = (x > y) - (x < y);
    return true;
}

static void ipv4_is_match(struct call *call, struct column *out, struct column *const *args,
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

static void ipv4_compare(struct call *call, struct column *out, struct column *const *args,
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

static void judge(struct verdict *v, const struct network *ip, struct str range)
{
    struct network net;

    if (!network_of(range, &net)) {
        v->bad = true;
        return;
    }
    uint32_t address = masked(ip->address, ip->bits);
    v->inside |= masked(address, net.bits) == masked(net.address, net.bits);
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
        struct verdict v = {0};
        if (!network_of(cell_str(args[0], i), &ip))
            v.bad = true;
        else
            for (size_t k = 1; k < call->n_args && !v.inside; k++)
                judge(&v, &ip, cell_str(args[k], i));
        put_verdict(out, i, &v);
    }
}

static void in_range_list(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        struct network ip;
        struct str list = cell_str(args[1], i);
        struct verdict v = {.bad = dyn_kind(list) != DYN_ARRAY};
        if (!network_of(cell_str(args[0], i), &ip))
            v.bad = true;
        else
            for (size_t k = 0; k < dyn_count(list) && !v.inside; k++) {
                struct value range = dyn_scalar(dyn_item(list, k));
                judge(&v, &ip, range.type == TYPE_STRING ? range.s : STR(""));
            }
        put_verdict(out, i, &v);
    }
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

const struct func functions_ip[] = {
    ROW("ipv4_is_match", "ip1, ip2 [, prefix]",
        "True when two addresses are equal under the shortest of their prefixes.",
        "ipv4_is_match(\"192.168.1.1/24\", \"192.168.1.255\")", "True", 0,
        {{"ss?l", TYPE_BOOL, ipv4_is_match}}),
    ROW("ipv4_compare", "ip1, ip2 [, prefix]",
        "-1, 0 or 1 by the order of two addresses under their prefixes.",
        "ipv4_compare(\"192.168.1.1\", \"192.168.1.255\")", "-1", 0,
        {{"ss?l", TYPE_LONG, ipv4_compare}}),
    ROW("ipv4_is_in_range", "ip, range", "True when the address is in the network.",
        "ipv4_is_in_range(\"10.1.2.3\", \"10.0.0.0/8\")", "True", 0,
        {{"ss", TYPE_BOOL, in_ranges}}),
    ROW("ipv4_is_in_any_range", "ip, range, … | dynamic([ranges])",
        "True when the address is in one of the networks.",
        "ipv4_is_in_any_range(\"172.16.9.9\", \"10.0.0.0/8\", \"172.16.0.0/12\")", "True", 0,
        {{"ss+", TYPE_BOOL, in_ranges}, {"sd", TYPE_BOOL, in_range_list}}),
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
