/* Addresses: networks, what is none, and addresses inside texts. */
#include "func_try.h"

static void test_ipv4(void **state)
{
    (void)state;
    expect("True", "ipv4_is_match", S("192.168.1.1"), S("192.168.1.1"));
    expect("True", "ipv4_is_match", S("192.168.1.1/24"), S("192.168.1.255"));
    expect("True", "ipv4_is_match", S("192.168.1.1"), S("192.168.1.255/24"));
    expect("True", "ipv4_is_match", S("192.168.1.1/30"), S("192.168.1.255/24"), L(31));
    expect("True", "ipv4_is_match", S("192.168.1.1"), S("192.168.1.255"), L(24));
    expect("True", "ipv4_is_match", S("1.2.3.4"), S("200.0.0.1"), L(0));
    expect(NULL, "ipv4_is_match", S("192.168.1.1"), S("::1"));
    expect(NULL, "ipv4_is_match", S(""), S("-"));
    expect(NULL, "ipv4_is_match", S("1.2.3.4"), S("1.2.3.4"), L(33));
    expect(NULL, "ipv4_is_match", S("1.2.3.4"), S("1.2.3.4"), L(-1));
    expect("1", "ipv4_compare", S("192.168.1.255"), S("192.168.1.1"));
    expect("-1", "ipv4_compare", S("9.0.0.0"), S("200.0.0.0"));
    expect("0", "ipv4_compare", S("192.168.1.1/24"), S("192.168.1.255"));
    expect(NULL, "ipv4_compare", S("192.168.1"), S("192.168.1.255"));
}

static void test_ipv4_ranges(void **state)
{
    (void)state;
    expect("True", "ipv4_is_in_range", S("192.168.1.6"), S("192.168.1.1/24"));
    expect("False", "ipv4_is_in_range", S("192.168.2.6"), S("192.168.1.1/24"));
    expect("True", "ipv4_is_in_range", S("10.0.0.1"), S("10.0.0.1"));
    expect("True", "ipv4_is_in_range", S("10.0.0.1"), S("0.0.0.0/0"));
    expect(NULL, "ipv4_is_in_range", S("10.0.0.1"), S("10.0.0.0/33"));
    expect(NULL, "ipv4_is_in_range", S("fe80::1"), S("10.0.0.0/8"));
    expect("True", "ipv4_is_in_any_range", S("172.16.9.9"), S("10.0.0.0/8"), S("172.16.0.0/12"));
    expect("True", "ipv4_is_in_any_range", S("172.16.9.9"), S("junk"), S("172.16.0.0/12"));
    expect(NULL, "ipv4_is_in_any_range", S("172.16.9.9"), S("junk"), S("10.0.0.0/8"));
    expect("False", "ipv4_is_in_any_range", S("8.8.8.8"), D("[\"10.0.0.0/8\",\"172.16.0.0/12\"]"));
    expect("True", "ipv4_is_in_any_range", S("10.8.8.8"), D("[\"10.0.0.0/8\",\"172.16.0.0/12\"]"));
    expect(NULL, "ipv4_is_in_any_range", S("8.8.8.8"), D("[7]"));
    expect("False", "ipv4_is_in_any_range", S("8.8.8.8"), D("[]"));
    expect(NULL, "ipv4_is_in_any_range", S("8.8.8.8"), D("{\"a\":1}"));
}

static void test_ipv4_numbers(void **state)
{
    (void)state;
    expect("2130706433", "parse_ipv4", S("127.0.0.1"));
    expect("3232235776", "parse_ipv4", S("192.168.1.1/24"));
    expect("4294967295", "parse_ipv4", S("255.255.255.255"));
    expect(NULL, "parse_ipv4", S("256.0.0.1"));
    expect(NULL, "parse_ipv4", S("1.2.3.4 "));
    expect("2130706432", "parse_ipv4_mask", S("127.0.0.1"), L(24));
    expect("0", "parse_ipv4_mask", S("127.0.0.1"), L(0));
    expect(NULL, "parse_ipv4_mask", S("127.0.0.1"), L(64));
    expect("24", "ipv4_netmask_suffix", S("192.168.1.1/24"));
    expect("32", "ipv4_netmask_suffix", S("192.168.1.1"));
    expect("192.168.1.0", "format_ipv4", S("192.168.1.1"), L(24));
    expect("192.168.1.0", "format_ipv4", S("192.168.1.1/24"), L(32));
    expect("192.168.1.0/24", "format_ipv4_mask", S("192.168.1.1/24"), L(32));
    expect("192.168.1.1/32", "format_ipv4_mask", S("192.168.1.1"));
    expect("", "format_ipv4", S("192.168.1.1"), L(-1));
    expect("192.168.1.0", "format_ipv4", L(3232236031), L(24));
    expect("", "format_ipv4", L(-1));
    expect("", "format_ipv4", L(4294967296));
    expect("", "format_ipv4", S("host"));
}

static void test_ipv6(void **state)
{
    (void)state;
    expect("True", "ipv6_is_match", S("::ffff:7f00:1"), S("127.0.0.1"));
    expect("True", "ipv6_is_match", S("fe80::85d:e82c:9446:7994/120"),
           S("fe80::85d:e82c:9446:7995"));
    expect("False", "ipv6_is_match", S("fe80::85d:e82c:9446:7994"), S("fe80::85d:e82c:9446:7995"));
    expect("True", "ipv6_is_match", S("192.168.1.1/24"), S("192.168.1.9"));
    expect("True", "ipv6_is_match", S("192.168.1.1"), S("192.168.1.9"), L(120));
    expect(NULL, "ipv6_is_match", S("::1"), S("::1"), L(129));
    expect(NULL, "ipv6_is_match", S("::1"), S(":::1"));
    expect(NULL, "ipv6_is_match", S("::1"), S("::1%eth0"));
    expect(NULL, "ipv6_is_match", S("::1"), S("::1\0"));
    expect(NULL, "ipv6_is_match", S("::1"), S("::1/"));
    expect(NULL, "ipv6_is_match", S("::1"), S("::1/1111"));
    expect("1", "ipv6_compare", S("ff02::1"), S("fe80::1"));
    expect("0", "ipv6_compare", S("::1"), S("0:0:0:0:0:0:0:1"));
    expect("True", "ipv6_is_in_range", S("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd"),
           S("a5e:f127:8a9d:146d:e102:b5d3:c755:0/112"));
    expect("True", "ipv6_is_in_any_range", S("2001:db8::5"),
           D("[\"fe80::/10\",\"2001:db8::/32\"]"));
    expect("False", "ipv6_is_in_any_range", S("2001:db9::5"), S("fe80::/10"), S("2001:db8::/32"));
    expect("0000:0000:0000:0000:0000:ffff:7f00:0001", "parse_ipv6", S("127.0.0.1"));
    expect("fe80:0000:0000:0000:085d:e82c:9446:7994", "parse_ipv6", S("fe80::85d:e82c:9446:7994"));
    expect("0000:0000:0000:0000:0000:ffff:c0a8:ff00", "parse_ipv6", S("192.168.255.255/24"));
    expect("fe80:0000:0000:0000:085d:e82c:9446:7900", "parse_ipv6_mask",
           S("fe80::85d:e82c:9446:7994"), L(120));
    expect("0000:0000:0000:0000:0000:0000:0000:0000", "parse_ipv6_mask", S("fe80::1"), L(0));
    expect("", "parse_ipv6", S("1.2.3"));
    expect("", "parse_ipv6_mask", S("::1"), L(-1));
}

static void test_in_text(void **state)
{
    (void)state;
#define LOG_LINE S("05:04:54 127.0.0.1 GET /favicon.ico 404")
    expect("True", "has_ipv4", LOG_LINE, S("127.0.0.1"));
    expect("False", "has_ipv4", S("05:04:54127.0.0.1 GET /favicon.ico 404"), S("127.0.0.1"));
    expect("False", "has_ipv4", S("127.0.0.11"), S("127.0.0.1"));
    expect("False", "has_ipv4", S("127.0.0.256"), S("127.0.0.256"));
    expect("False", "has_ipv4", LOG_LINE, S("127.0.0."));
    expect("False", "has_ipv4", LOG_LINE, S(""));
    expect("True", "has_ipv4", S("9127.0.0.1,127.0.0.1"), S("127.0.0.1"));
    expect("True", "has_any_ipv4", LOG_LINE, S("127.0.0.2"), S("127.0.0.1"));
    expect("True", "has_any_ipv4", LOG_LINE, D("[\"127.0.0.1\", 7, null]"));
    expect("False", "has_any_ipv4", LOG_LINE, D("[]"));
    expect("True", "has_ipv4_prefix", LOG_LINE, S("127.0."));
    expect("True", "has_ipv4_prefix", LOG_LINE, S("127.0.0.1"));
    expect("False", "has_ipv4_prefix", LOG_LINE, S("127.0"));
    expect("False", "has_ipv4_prefix", LOG_LINE, S("127.1."));
    expect("False", "has_ipv4_prefix", S("127.0.0 GET"), S("127.0."));
    expect("False", "has_ipv4_prefix", S("127.0.0.300"), S("127.0."));
    expect("False", "has_ipv4_prefix", S("127.0.0.1x"), S("127.0."));
    expect("False", "has_ipv4_prefix", LOG_LINE, S("."));
    expect("False", "has_ipv4_prefix", LOG_LINE, S("127.0.0.1."));
    expect("True", "has_any_ipv4_prefix", LOG_LINE, S("10."), S("127."));
    expect("False", "has_any_ipv4_prefix", LOG_LINE, D("[\"10.\",\"127.0\"]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4), cmocka_unit_test(test_ipv4_ranges),
        cmocka_unit_test(test_ipv4_numbers),
        cmocka_unit_test(test_ipv6), cmocka_unit_test(test_in_text),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
