/* gen: writes W3C logs as an Exchange server keeps them, of any size, the same for one seed.
 *
 *     gen --size 1G > big.log          gen --size 64M --files 500 --folder DIR
 *
 * Of the lines, 31% are under /owa/, 15% have an empty query there, and 6.35% pass every filter of
 * the mailbox-export rule, into some 37,000 groups a gigabyte; a few downloads of a packed mailbox
 * are planted.
 *
 *     --size N[K|M|G]   bytes, about (default 64M)      --seed N      (default 1)
 *     --servers N       s-ip values (default 4)         --stems N     distinct file names under
 * /owa/
 *     --computer        log s-computername              --bytes       log sc-bytes and cs-bytes
 *     --no-header       no # lines at all               --hostile     bad, odd and malicious rows
 * in between
 *     --folder DIR --files N   N files EXCH<k>/W3SVC1/u_ex<n>.log under DIR instead of standard
 * output */
#include <fcntl.h>
#include <sys/stat.h>

#include "exchange.h"

#define CLIENTS 4096 /* of each kind of address; a power of two */
#define LINES_A_SECOND 13
#define FIRST_SECOND INT64_C(1709251200) /* 2024-03-01 */

struct options {
    int64_t size;
    uint64_t seed;
    uint32_t servers, stems, files;
    int computer, bytes, no_header, hostile;
    const char *folder;
};

struct client {
    char address[48];
    uint8_t length;
    uint8_t agent;
};
enum { PUBLIC, PRIVATE, IPV6, KINDS };
static struct client clients[KINDS][CLIENTS];

struct server {
    char address[16], name[16];
};
static struct server servers[256];

static void make_clients(const struct options *o)
{
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[PUBLIC][i];
        /* 20–99.x.x.x: public, none of the private or special ranges */
        snprintf(c->address, sizeof c->address, "%u.%u.%u.%u", 20 + below(80), below(256),
                 below(256), 1 + below(254));
        c = &clients[PRIVATE][i];
        if (i == 0)
            strcpy(c->address, "127.0.0.1");
        else if (i % 3 == 0)
            snprintf(c->address, sizeof c->address, "192.168.%u.%u", below(256), 1 + below(254));
        else if (i % 3 == 1)
            snprintf(c->address, sizeof c->address, "10.%u.%u.%u", below(256), below(256),
                     1 + below(254));
        else
            snprintf(c->address, sizeof c->address, "172.%u.%u.%u", 16 + below(16), below(256),
                     1 + below(254));
        c = &clients[IPV6][i];
        if (i % 8 == 0)
            snprintf(c->address, sizeof c->address, "fe80::%x:%x%%%u", below(65536), below(65536),
                     1 + below(20));
        else
            snprintf(c->address, sizeof c->address, "2001:db8:%x:%x::%x", below(65536),
                     below(65536), 1 + below(65535));
    }
    for (int kind = 0; kind < KINDS; kind++) {
        for (uint32_t i = 0; i < CLIENTS; i++) {
            clients[kind][i].length = (uint8_t)strlen(clients[kind][i].address);
            clients[kind][i].agent = (uint8_t)below(COUNT(user_agents));
        }
    }
    for (uint32_t i = 0; i < o->servers; i++) {
        snprintf(servers[i].address, sizeof servers[i].address, "10.1.%u.%u", (i / 200) & 255,
                 11 + i % 200);
        snprintf(servers[i].name, sizeof servers[i].name, "EXCH%02u", i + 1);
    }
}

/* ---- one line -----------------------------------------------------------------------------------
 */

/* What differs between lines; the rest is filled in by add_line. */
struct request {
    const char *method;
    const char *agent;   /* NULL: the client's own */
    const char *user;    /* NULL: a user; "-": nobody */
    uint32_t kind;       /* of the client's address */
    const char *address; /* a client of its own, or NULL */
    uint32_t status;
    uint32_t size;       /* sc-bytes */
};

static char now_text[20];
static const struct options *options;

static void add_front(const struct server *s, const char *method)
{
    add(now_text, 19);
    add(" ", 1);
    if (options->computer) {
        add_z(s->name);
        add(" ", 1);
    }
    add_z(s->address);
    add(" ", 1);
    add_z(method);
    add(" ", 1);
}

static void add_back(const struct request *r, int referer)
{
    const struct client *c =
        &clients[r->kind][below(CLIENTS) & below(CLIENTS)]; /* some come often */

    add(" 443 ", 5);
    if (r->user) {
        add_z(r->user);
    } else {
        add("CONTOSO\\u", 9);
        add_number((uint64_t)(c - clients[r->kind]) % 2500);
    }
    add(" ", 1);
    if (r->address)
        add_z(r->address);
    else
        add(c->address, c->length);
    add(" ", 1);
    add_z(r->agent ? r->agent : user_agents[c->agent]);
    if (referer)
        add_z(" https://mail.contoso.example/owa/ ");
    else
        add(" - ", 3);
    add_number(r->status);
    add(" 0 0 ", 5);
    if (options->bytes) {
        add_number(r->size ? r->size : 400 + below(60000));
        add(" ", 1);
        add_number(300 + below(2000));
        add(" ", 1);
    }
    add_number(r->size ? r->size / 9000 : below(16) ? below(120) : below(9000));
    add("\r\n", 2);
}

/* The stem of static file number n: the same text for the same n. */
static void add_static_stem(uint32_t n)
{
    add_z(owa_folders[n % COUNT(owa_folders)]);
    add_z(owa_stems[n / 7 % COUNT(owa_stems)]);
    add(".", 1);
    add_number(n);
    add(".", 1);
    add_z(owa_extensions[n / 3 % COUNT(owa_extensions)]);
}

static void owa_static(const struct server *s, uint32_t kind)
{
    struct request r = {
        .kind = kind, .status = below(12) ? 200 : 304, .user = below(3) ? NULL : "-"};
    uint32_t n = below(options->stems);

    if (below(8) == 0)
        n = below(1 + n / 16); /* some are asked for by everybody */
    add_front(s, "GET");
    add_static_stem(n);
    add(" -", 2);
    add_back(&r, below(2) != 0);
}

static void owa_plain_script(const struct server *s)
{
    static const char *const stems[] = {"/owa/auth/logon.aspx", "/owa/auth.owa.ASPX",
                                        "/owa/ping.ashx", "/owa/auth/errorFE.aspx",
                                        "/owa/languageselection.aspx"};
    struct request r = {.kind = below(3) ? PUBLIC : PRIVATE, .status = 200, .user = "-"};

    add_front(s, below(4) ? "GET" : "POST");
    add_z(stems[below(COUNT(stems))]);
    add(" -", 2);
    add_back(&r, 0);
}

static void owa_root(const struct server *s)
{
    struct request r = {.kind = below(3) ? PUBLIC : PRIVATE, .status = 302, .user = "-"};

    add_front(s, "GET");
    add_z(below(5) ? "/owa/ -" : "/owa/auth/ -");
    add_back(&r, 0);
}

static void add_hex(uint32_t digits)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t v = 0;

    for (uint32_t i = 0; i < digits; i++) {
        if (i % 16 == 0)
            v = rng();
        add(&hex[v & 15], 1);
        v >>= 4;
    }
}

static void owa_service(const struct server *s)
{
    static const char *const actions[] = {
        "FindItem",        "GetItem",    "FindConversation", "GetFolder", "SubscribeToNotification",
        "GetCalendarView", "UpdateItem", "GetPersonaPhoto"};
    struct request r = {.kind = below(4) ? PUBLIC : PRIVATE, .status = below(40) ? 200 : 440};

    add_front(s, "POST");
    add_z("/owa/service.svc action=");
    add_z(actions[below(COUNT(actions))]);
    add_z("&EP=1&ID=-");
    add_number(below(4000));
    add_z("&AC=1&cafeReqId=");
    add_hex(32);
    add_back(&r, below(2) != 0);
}

static void mapi(const struct server *s)
{
    struct request r = {.kind = below(3) ? PRIVATE : PUBLIC, .status = below(30) ? 200 : 401};

    r.agent = outlooks[below(COUNT(outlooks))];
    add_front(s, "POST");
    add_z(below(3) ? "/mapi/emsmdb/" : "/mapi/nspi/");
    add_z(" MailboxId=");
    add_hex(32);
    add_z("@contoso.example&cafeReqId=");
    add_hex(32);
    add_back(&r, 0);
}

static void ews(const struct server *s)
{
    struct request r = {.kind = below(2) ? PRIVATE : PUBLIC, .status = 200};

    r.agent = outlooks[below(COUNT(outlooks))];
    add_front(s, "POST");
    add_z("/EWS/Exchange.asmx &CorrelationID=<empty>;&cafeReqId=");
    add_hex(32);
    add_z(";");
    add_back(&r, 0);
}

static void active_sync(const struct server *s)
{
    struct request r = {.kind = PUBLIC, .status = 200};

    r.agent = phones[below(COUNT(phones))];
    add_front(s, "POST");
    add_z("/Microsoft-Server-ActiveSync/default.eas Cmd=");
    add_z(below(3) ? "Ping" : "Sync");
    add_z("&DeviceId=APPL");
    add_hex(20);
    add_z("&DeviceType=iPhone&cafeReqId=");
    add_hex(32);
    add_back(&r, 0);
}

static void probe(const struct server *s)
{
    static const char *const stems[] = {"/autodiscover/exhealth.check", "/ecp/exhealth.check",
                                        "/rpc/exhealth.check", "/OAB/healthcheck.htm"};
    struct request r = {.user = "-", .address = "127.0.0.1", .status = 200};

    r.agent = "AMProbe/Local/ClientAccess";
    add_front(s, "GET");
    add_z(stems[below(COUNT(stems))]);
    add(" -", 2);
    add_back(&r, 0);
}

static void scan(const struct server *s)
{
    struct request r = {.user = "-", .kind = PUBLIC, .status = 404};

    r.agent = scanners[below(COUNT(scanners))];
    add_front(s, "GET");
    add_z(scanned[below(6)]);
    add(" -", 2);
    add_back(&r, 0);
}

/* A packed mailbox under an innocent name, asked for once or twice by one public address. */
static void planted(uint32_t i)
{
    static const char *const names[] = {"Redir.png", "logo.png", "owafont.zip", "bg_left.jpg",
                                        "error.7z"};
    char address[16];
    struct request r = {.user = "-", .address = address, .status = 200, .size = 41943040 + i};

    snprintf(address, sizeof address, "%s.%u", i % 2 ? "198.51.100" : "203.0.113", 1 + i / 2 % 254);
    r.agent = scanners[i % 2];
    add_front(&servers[i % options->servers], "GET");
    add_z("/owa/auth/");
    add_number(i);
    add_z(names[i % COUNT(names)]);
    add(" -", 2);
    add_back(&r, 0);
}

static void add_header(void)
{
    if (options->no_header)
        return;
    add_z("#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: ");
    add(now_text, 19);
    add_z("\r\n#Fields: date time ");
    add_z(options->computer ? "s-computername " : "");
    add_z("s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
          "cs(Referer) "
          "sc-status sc-substatus sc-win32-status ");
    add_z(options->bytes ? "sc-bytes cs-bytes " : "");
    add_z("time-taken\r\n");
}

/* ---- rows that no server should write -----------------------------------------------------------
 */

static void hostile(void)
{
    static const struct {
        const char *p;
        size_t n;
    } rows[] = {
#define ROW(literal) {literal, sizeof(literal) - 1}
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/short.png\r\n"),
        ROW("2024-13-45 99:99:99 10.1.0.11 GET /owa/date.png - 443 - 20.1.1.1 x - 200 0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/ip.png - 443 - 999.1.1.1 x - 200 0 0 1\r\n"),
        ROW("2024-03-01 00:00:00  10.1.0.11 GET /owa/two.png - 443 - 20.1.1.1 x - 200 0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/more.png - 443 - 20.1.1.1 x - 200 0 0 1 2 3 "
            "4\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/\x1b]0;pwned\x07\x1b[2J.png - 443 - 20.1.1.2 x "
            "- 200 0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/=cmd|'/C+calc'!A0.png - 443 - 20.1.1.3 x - 200 "
            "0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/=cmd - 443 =1+1 20.1.1.4 @SUM(1) - 200 0 0 "
            "1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/\xff\xfe\xc0\xaf.png - 443 - 20.1.1.5 x - 200 "
            "0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/\xe2\x80\xaegnp.exe - 443 - 20.1.1.6 x - 200 0 "
            "0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/nul\0.png - 443 - 20.1.1.7 x - 200 0 0 1\r\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/cr.png - 443 - 20.1.1.8 x - 200 0 0 1\r"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/lf.png - 443 - 20.1.1.9 x - 200 0 0 1\n"),
        ROW("2024-03-01 00:00:00 10.1.0.11 GET /owa/n.png - 443 - 20.1.1.10 x - "
            "99999999999999999999 0 -1 1e9\r\n"),
        ROW("\r\n\n\r\r\n"),
        ROW("#\r\n"),
        ROW("#Fields:\r\n"),
        ROW("#Date: never\r\n"),
        ROW("\xef\xbb\xbf#Version: 1.0\r\n"),
        ROW("#Fields: time c-ip cs-uri-stem date x-\xff cs-uri-query cs-uri-query\r\n"
            "00:00:01 20.1.1.11 /owa/moved.png 2024-03-01 y - z\r\n"),
        ROW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
#undef ROW
    };
    size_t i = below(COUNT(rows) + 2);

    if (i < COUNT(rows)) {
        add(rows[i].p, rows[i].n);
        if (!strncmp(rows[i].p, "#Fields", 7))
            add_header(); /* else nothing after it would be a row */
    } else if (i == COUNT(rows)) { /* a line too long to be one */
        for (uint32_t k = 0; k < 1200; k++)
            add("/owa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64);
        add("\r\n", 2);
    } else { /* any bytes */
        for (uint32_t k = below(200); k; k--) {
            uint64_t v = rng();
            add((const char *)&v, 8);
        }
        add("\n", 1);
    }
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static void add_line(void)
{
    const struct server *s = &servers[below(options->servers)];
    uint32_t dice = below(10000);

    if (dice < 635)
        owa_static(s, PUBLIC); /* these pass the rule's filters */
    else if (dice < 985)
        owa_static(s, PRIVATE);
    else if (dice < 1105)
        owa_static(s, IPV6);
    else if (dice < 1350)
        owa_plain_script(s);
    else if (dice < 1500)
        owa_root(s);
    else if (dice < 3100)
        owa_service(s);
    else if (dice < 5600)
        mapi(s);
    else if (dice < 7300)
        ews(s);
    else if (dice < 9300)
        active_sync(s);
    else if (dice < 9800)
        probe(s);
    else
        scan(s);
}

static void open_file(uint32_t i)
{
    char path[4096];
    int n = snprintf(path, sizeof path - 64, "%s/%s", options->folder,
                     servers[i % options->servers].name);

    mkdir(options->folder, 0777);
    mkdir(path, 0777);
    n += snprintf(path + n, sizeof path - (size_t)n, "/W3SVC1");
    mkdir(path, 0777);
    snprintf(path + n, sizeof path - (size_t)n, "/u_ex%06u.log", i);
    out_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out_fd < 0) {
        perror(path);
        exit(2);
    }
}

static void write_logs(void)
{
    const struct options *o = options;
    int64_t now = FIRST_SECOND, last_day = -1;
    int64_t a_file = o->size / (o->folder ? o->files : 1);
    uint32_t file = 0, plants = 3 + (uint32_t)(o->size >> 26), plant = 0;

    time_text(now, now_text);
    while (out_total < o->size) {
        if (o->folder && (file == 0 || (out_total >= a_file * file && file < o->files))) {
            out_flush();
            if (file)
                close(out_fd);
            open_file(file++);
            last_day = -1;
        }
        if (now / 86400 != last_day) {
            last_day = now / 86400;
            add_header();
        }
        add_line();
        if (o->hostile && below(o->hostile == 1 ? 40 : 4) == 0)
            hostile();
        if (plant < 2 * plants && out_total >= o->size / (2 * plants + 1) * (plant + 1)) {
            /* even turns: the download; odd turns: every other one is asked for again */
            if (plant % 4 != 3)
                planted(plant / 2);
            plant++;
        }
        if (below(LINES_A_SECOND) == 0)
            time_text(++now, now_text);
    }
    out_flush();
}

static int64_t size_of(const char *text)
{
    char *end;
    double n = strtod(text, &end);

    switch (*end) {
    case 'G':
        n *= 1024; /* and on */
        /* fallthrough */
    case 'M':
        n *= 1024;
        /* fallthrough */
    case 'K':
        n *= 1024;
        break;
    default:
        break;
    }
    return (int64_t)n;
}

int main(int argc, char **argv)
{
    struct options o = {.size = 64 << 20, .seed = 1, .servers = 4, .files = 1};

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        int taken = 1;
        if (!strcmp(argv[i], "--size"))
            o.size = size_of(value);
        else if (!strcmp(argv[i], "--seed"))
            o.seed = strtoull(value, NULL, 10);
        else if (!strcmp(argv[i], "--servers"))
            o.servers = (uint32_t)atoi(value);
        else if (!strcmp(argv[i], "--stems"))
            o.stems = (uint32_t)atoi(value);
        else if (!strcmp(argv[i], "--files"))
            o.files = (uint32_t)atoi(value);
        else if (!strcmp(argv[i], "--folder"))
            o.folder = value;
        else if (taken = 0, !strcmp(argv[i], "--computer"))
            o.computer = 1;
        else if (!strcmp(argv[i], "--bytes"))
            o.bytes = 1;
        else if (!strcmp(argv[i], "--no-header"))
            o.no_header = 1;
        else if (!strcmp(argv[i], "--hostile"))
            o.hostile++;
        else {
            fprintf(stderr, "gen: no option %s; the head of gen.c lists them\n", argv[i]);
            return 2;
        }
        i += taken;
    }
    if (o.servers < 1 || o.servers > COUNT(servers))
        o.servers = 4;
    if (o.files < 1)
        o.files = 1;
    if (o.stems <
        1) /* as many file names as make 37,000 groups a gigabyte, on all servers together */
        o.stems = 64 + (uint32_t)(o.size / 29300 / o.servers);
    rng_state = o.seed;
    options = &o;
    make_clients(&o);
    write_logs();
    return 0;
}
