/* IPv4 addresses in text: the parser, and ipv4_is_private. */
#include "base/ip4.h"
#include "func/func_internal.h"

static bool decimal(struct str s, size_t *at, unsigned most, unsigned *value)
{
    size_t from = *at;
    unsigned v = 0;
    while (*at < s.n && *at - from < 3 && s.p[*at] >= '0' && s.p[*at] <= '9')
        v = v * 10 + (unsigned)(s.p[(*at)++] - '0');
    *value = v;
    return *at > from && v <= most && (*at - from == 1 || s.p[from] != '0');
}

/* Leading zeros, blanks and missing octets are refused: what looks like an address to one reader
 * and not to another is none. */
bool ipv4_parse(struct str s, uint32_t *address, unsigned *bits)
{
    size_t at = 0;
    uint32_t a = 0;
    *bits = 32;
    enum ip4 whole = ip4_read(s, address); /* nearly always it is just that */
    if (whole != IP4_NONE)
        return whole == IP4_PLAIN;
    for (int i = 0; i < 4; i++) {
        unsigned octet;
        if (i && (at == s.n || s.p[at++] != '.'))
            return false;
        if (!decimal(s, &at, 255, &octet))
            return false;
        a = a << 8 | octet;
    }
    if (at < s.n && (s.p[at++] != '/' || !decimal(s, &at, 32, bits)))
        return false;
    *address = a;
    return at == s.n;
}

/* 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and no other (KQL.md 4.17). */
static bool is_private(uint32_t a)
{
    return a >> 24 == 10 || a >> 20 == (172 << 4 | 1) || a >> 16 == (192 << 8 | 168);
}

static void ipv4_is_private(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct strs s = strs_of(args[0]);
    (void)call;
    for (size_t i = 0; i < rows; i++) {
        uint32_t address;
        unsigned bits;
        out->bools[i] = 0;
        if (!ipv4_parse(str_at(s, i), &address, &bits))
            column_set_null(out, i);
        else
            out->bools[i] = is_private(address);
    }
}

const struct func functions_address[] = {
    {.name = "ipv4_is_private",
     .args_help = "address",
     .help =
         "True for 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16; null for what is no IPv4 address.",
     .example = "ipv4_is_private(\"172.31.0.9\")",
     .expect = "True",
     .forms = {{"s", TYPE_BOOL, ipv4_is_private}}},
    {0},
};
