/* What the logs of an Exchange server are made of: words, clients, a random number, and an output
 * that is as fast as the disk. Shared by gen (any size) and demo (one told story). All names are
 * made up; public addresses are of the ranges set aside for documentation, or stand for nobody in
 * particular. */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const user_agents[] = {
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/"
    "122.0.0.0"
    "+Safari/537.36",
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/"
    "121.0.0.0"
    "+Safari/537.36+Edg/121.0.0.0",
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64;+rv:123.0)+Gecko/20100101+Firefox/123.0",
    "Mozilla/5.0+(Macintosh;+Intel+Mac+OS+X+10_15_7)+AppleWebKit/"
    "605.1.15+(KHTML,+like+Gecko)+Version/17.3"
    "+Safari/605.1.15",
    "Mozilla/5.0+(iPhone;+CPU+iPhone+OS+17_3+like+Mac+OS+X)+AppleWebKit/"
    "605.1.15+(KHTML,+like+Gecko)"
    "+Mobile/15E148",
    "Mozilla/5.0+(Linux;+Android+14;+SM-G991B)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/"
    "122.0.0.0"
    "+Mobile+Safari/537.36",
    "Mozilla/5.0+(Windows+NT+6.1;+WOW64;+Trident/7.0;+rv:11.0)+like+Gecko",
};
static const char *const outlooks[] = {
    "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.17231;+Pro)",
    "MacOutlook/16.82.24021812+(Intelx64+Mac+OS+X+Version+14.3+(Build+23D56))",
    "Microsoft+Office/16.0+(Windows+NT+10.0;+MAPICPL+16.0.17231;+Pro)",
    "MapiHttpClient",
    "OC/16.0.17231.20236+(Skype+for+Business)",
};
static const char *const phones[] = {
    "Apple-iPhone15C2/2104.55", "Android-SAMSUNG-SM-G991B/101.14", "Outlook-iOS-Android/1.0",
};
static const char *const scanners[] = {
    "python-requests/2.31.0", "curl/8.5.0", "Mozilla/5.0+zgrab/0.x", "Go-http-client/1.1", "-",
};
static const char *const scanned[] = {
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/boaform/admin/formLogin",
    "/actuator/health",
    "/owa/auth/x.js",
    "/cgi-bin/luci",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
};
static const char *const owa_folders[] = {
    "/owa/auth/15.1.2507/themes/resources/", "/owa/prem/15.1.2507.35/resources/styles/0/",
    "/owa/prem/15.1.2507.35/scripts/", "/owa/prem/15.1.2507.35/resources/images/0/",
    "/OWA/prem/15.1.2507.35/manifests/", "/owa/15.1.2507.35/themes/base/",
};
static const char *const owa_stems[] = {
    "bootstrap",  "sprite1.mouse",   "preboot",     "owa.mail",
    "fabricmdl2", "segoeui-regular", "logon",       "headerbgmain",
    "icp",        "olk_logo_white",  "userprofile", "microsoft.exchange.clients.owa2.server",
    "globalize",  "calendar",
};
static const char *const owa_extensions[] = {"js",  "css", "png",  "gif", "woff",
                                             "ico", "svg", "html", "eot"};

/* ---- a random number: the same on every machine for one seed ------------------------------------
 */

static uint64_t rng_state;

static inline uint64_t rng(void)
{
    uint64_t z = rng_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint32_t below(uint32_t n)
{
    return (uint32_t)((rng() >> 32) * n >> 32);
}

/* ---- output -------------------------------------------------------------------------------------
 */

#define OUT_BYTES ((size_t)1 << 20)
#define OUT_SPARE ((size_t)64 << 10) /* no single piece is longer */

static char out_buffer[OUT_BYTES + OUT_SPARE];
static size_t out_n;
static int64_t out_total; /* bytes handed out so far, those in the buffer too */
static int out_fd = STDOUT_FILENO;

static inline void out_flush(void)
{
    for (size_t at = 0; at < out_n;) {
        ssize_t done = write(out_fd, out_buffer + at, out_n - at);
        if (done <= 0) {
            perror("cannot write");
            exit(2);
        }
        at += (size_t)done;
    }
    out_n = 0;
}

static inline void add(const char *p, size_t n)
{
    memcpy(out_buffer + out_n, p, n);
    out_n += n;
    out_total += (int64_t)n;
    if (out_n >= OUT_BYTES)
        out_flush();
}

static inline void add_z(const char *z)
{
    add(z, strlen(z));
}

static inline void add_number(uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    add(digits + at, sizeof digits - at);
}

/* ---- time ---------------------------------------------------------------------------------------
 */

/* "2024-03-01 12:34:56" of seconds since 1970. */
static inline void time_text(int64_t seconds, char out[20])
{
    int64_t days = seconds / 86400, left = seconds % 86400;
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int day = (int)(doy - (153 * mp + 2) / 5 + 1), month = (int)(mp < 10 ? mp + 3 : mp - 9);
    int year = (int)(yoe + era * 400 + (month <= 2));

    int parts[] = {
        year / 100,      year % 100, month, day, (int)(left / 3600), (int)(left / 60 % 60),
        (int)(left % 60)};

    for (size_t i = 0, at = 0; i < COUNT(parts); i++) {
        out[at++] = (char)('0' + parts[i] / 10);
        out[at++] = (char)('0' + parts[i] % 10);
        if (i > 0)
            out[at++] = "\0-- ::"[i];
    }
    out[19] = '\0';
}
#endif
