/* IPv4 addresses inside a longer text: has_ipv4 and its like. An address counts only where it
 * stands on its own, with no letter or digit right before or after it. What is no address, or no
 * prefix of one, is nowhere: false, never null. */
#include "func/kernel.h"

/* What is looked for: an address, or one to three octets each with its dot. */
static bool is_prefix(struct str s)
{
    size_t octets = 0;

    if (s.n == 0 || s.p[s.n - 1] != '.')
        return false;
    while (s.n) {
        size_t dot = str_find_byte(s, '.');
        unsigned value = 0;
        if (dot < 1 || dot > 3 || ++octets > 3)
            return false;
        for (size_t i = 0; i < dot; i++) {
            if (s.p[i] < '0' || s.p[i] > '9')
                return false;
            value = value * 10 + (unsigned)(s.p[i] - '0');
        }
        if (value > 255)
            return false;
        s = str_sub(s, dot + 1, s.n);
    }
    return true;
}

static bool is_address(struct str s)
{
    uint32_t address;
    unsigned bits;

    return str_find_byte(s, '/') == s.n && ipv4_parse(s, &address, &bits);
}

/* The end of the address that starts at `at`, by its letters alone: digits and three dots. */
static size_t address_end(struct str text, size_t at)
{
    int dots = 0;

    for (; at < text.n; at++) {
        char c = text.p[at];
        if (c == '.' && dots < 3)
            dots++;
        else if (c < '0' || c > '9')
            break;
    }
    return at;
}

static bool has(struct str text, struct str wanted, bool prefix_allowed)
{
    bool whole = is_address(wanted);

    if (!whole && !(prefix_allowed && is_prefix(wanted)))
        return false;
    for (size_t at = str_find(text, wanted, 0); at != SIZE_MAX; at = str_find(text, wanted,
                                                                              at + 1)) {
        size_t end = whole ? at + wanted.n : address_end(text, at);
        if (term_begins(text, at) && term_ends(text, end) &&
            (whole || is_address(str_sub(text, at, end))))
            return true;
    }
    return false;
}

static void has_texts(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    bool prefix = strstr(call->func->name, "prefix") != NULL;

    for (size_t i = 0; i < rows; i++) {
        out->bools[i] = 0;
        for (size_t k = 1; k < call->n_args && !out->bools[i]; k++)
            out->bools[i] = has(cell_str(args[0], i), cell_str(args[k], i), prefix);
    }
}

static void has_list(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool prefix = strstr(call->func->name, "prefix") != NULL;

    for (size_t i = 0; i < rows; i++) {
        struct str list = cell_str(args[1], i);
        out->bools[i] = 0;
        for (size_t k = 0; k < dyn_count(list) && !out->bools[i]; k++) {
            struct value v = dyn_scalar(dyn_item(list, k));
            out->bools[i] = v.type == TYPE_STRING && has(cell_str(args[0], i), v.s, prefix);
        }
    }
}

#define ONE {{"ss", TYPE_BOOL, has_texts}}
#define ANY {{"ss+", TYPE_BOOL, has_texts}, {"sd", TYPE_BOOL, has_list}}

const struct func functions_ip_text[] = {
    ROW("has_ipv4", "text, ip", "True when the address stands somewhere in the text.",
        "has_ipv4(\"05:04:54 127.0.0.1 GET /favicon.ico 404\", \"127.0.0.1\")", "True", 0, ONE),
    ROW("has_any_ipv4", "text, ip, … | dynamic([ips])",
        "True when one of the addresses stands in the text.",
        "has_any_ipv4(\"from 127.0.0.1 GET\", \"127.0.0.2\", \"127.0.0.1\")", "True", 0, ANY),
    ROW("has_ipv4_prefix", "text, prefix",
        "True when an address that begins so stands in the text.",
        "has_ipv4_prefix(\"from 127.0.0.1 GET\", \"127.0.\")", "True", 0, ONE),
    ROW("has_any_ipv4_prefix", "text, prefix, … | dynamic([prefixes])",
        "True when an address that begins with one of these stands in the text.",
        "has_any_ipv4_prefix(\"from 127.0.0.1 GET\", \"10.\", \"127.0\")", "False", 0, ANY),
    {0},
};
