/* demo: writes one day of the log of an Exchange server, a few thousand lines, with a story in it,
 * to standard output; always the same bytes.
 *
 * At night an address comes in through autodiscover, posts to a script that does not belong there,
 * waits, and fetches a packed mailbox under the name of an image, twice. By day people read their
 * mail, phones synchronise, health checks run, scanners knock. Some of what they do looks like the
 * theft and is not: a file that only an administrator fetched, from inside; a picture fetched three
 * times; names that do not exist; and one client with an IPv6 address, which the published rule
 * cannot see. */
#include "exchange.h"

#define DAY INT64_C(1773360000) /* 2026-03-13 */
#define SERVER "10.20.0.15"
#define THIEF "203.0.113.66"

static const char header[] = "#Software: Microsoft Internet Information Services 10.0\r\n"
                             "#Version: 1.0\r\n"
                             "#Date: 2026-03-13 00:00:00\r\n"
                             "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port "
                             "cs-username c-ip cs(User-Agent) "
                             "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n";

struct event {
    int hour, minute, second;
    const char *method, *stem, *query, *user, *address, *agent, *referer;
    int status, substatus, win32, taken;
};

#define FIREFOX \
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64;+rv:109.0)+Gecko/20100101+Firefox/115.0"
#define OLD_FIREFOX "Mozilla/5.0+(Windows+NT+6.1;+Win64;+x64;+rv:60.0)+Gecko/20100101+Firefox/60.0"
#define PYTHON "python-requests/2.25.1"
#define SHELL "/owa/auth/errorFW.aspx"
#define DISCOVER "/autodiscover/autodiscover.json"

/* In order of time. */
static const struct event story[] = {
    {1, 12, 4, "GET", "/owa/auth/x.js", "-", "-", "198.51.100.23", "Mozilla/5.0+zgrab/0.x", "-",
     404, 0, 2, 3},
    {1, 12, 4, "GET", "/owa/auth/shell.php", "-", "-", "198.51.100.23", "Mozilla/5.0+zgrab/0.x",
     "-", 404, 0, 2, 2},
    {2, 11, 37, "GET", DISCOVER,
     "@x.example/mapi/nspi/?&Email=autodiscover/autodiscover.json%3F@x.example", "-", THIEF, PYTHON,
     "-", 200, 0, 0, 78},
    {2, 11, 41, "POST", DISCOVER,
     "@x.example/ews/exchange.asmx?&Email=autodiscover/autodiscover.json%3F@x.example", "-", THIEF,
     PYTHON, "-", 200, 0, 0, 312},
    {2, 12, 2, "POST", DISCOVER,
     "@x.example/powershell/?X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBCEtlcmJlcm9z&Email=autodiscover/"
     "autodiscover.json%3F@x.example",
     "-", THIEF, PYTHON, "-", 200, 0, 0, 1650},
    {2, 12, 9, "POST", DISCOVER,
     "@x.example/powershell/?X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBCEtlcmJlcm9z&Email=autodiscover/"
     "autodiscover.json%3F@x.example",
     "-", THIEF, PYTHON, "-", 200, 0, 0, 4388},
    {2, 14, 31, "POST", "/owa/auth/probe.aspx", "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 655},
    {2, 14, 50, "GET", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 940},
    {2, 15, 3, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 210},
    {2, 15, 44, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 188},
    {2, 19, 10, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 1204},
    {2, 27, 31, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 95214},
    {2, 30, 12, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 31877},
    {3, 4, 58, "GET", "/owa/auth/Redir.png", "-", "-", THIEF, OLD_FIREFOX, "-", 200, 0, 64, 48211},
    {3, 7, 26, "GET", "/owa/auth/Redir.png", "-", "-", THIEF, OLD_FIREFOX, "-", 200, 0, 0, 213406},
    {3, 12, 40, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 167},
    {3, 12, 55, "POST", SHELL, "-", "-", THIEF, PYTHON, "-", 200, 0, 0, 143},
    {3, 13, 20, "GET", SHELL, "-", "-", THIEF, PYTHON, "-", 404, 0, 2, 4},
    {4, 30, 18, "GET", "/owa/auth/upload/", "-", "-", "198.51.100.201", "curl/8.5.0", "-", 404, 0,
     2, 2},
    {4, 30, 19, "GET", "/owa/auth/temp.rar", "-", "-", "198.51.100.201", "curl/8.5.0", "-", 404, 0,
     2, 2},
    {8, 41, 7, "GET", "/owa/auth/brand.png", "-", "-", "93.184.40.17", FIREFOX, "-", 200, 0, 0, 15},
    {8, 41, 52, "GET", "/owa/auth/brand.png", "-", "-", "93.184.40.17", FIREFOX, "-", 304, 0, 0, 2},
    {8, 43, 19, "GET", "/owa/auth/brand.png", "-", "-", "93.184.40.17", FIREFOX, "-", 304, 0, 0, 2},
    {9, 15, 0, "GET", "/owa/auth/patch-kb5036402.zip", "-", "CONTOSO\\exadmin", "10.20.5.8",
     FIREFOX, "-", 200, 0, 0, 20144},
    {11, 52, 33, "GET", "/owa/auth/minutes.zip", "-", "CONTOSO\\m.albrecht", "2001:db8:4:21::9c",
     FIREFOX, "-", 200, 0, 0, 1730},
    {14, 2, 46, "GET", "/owa/auth/favicon-32.ico", "-", "-", "81.92.14.203", FIREFOX, "-", 404, 0,
     2, 2},
    {19, 55, 12, "GET", "/owa/auth/.env", "-", "-", "198.51.100.77", "Go-http-client/1.1", "-", 404,
     0, 2, 2},
};

static void write_event(int64_t seconds, const struct event *e)
{
    char time[20];

    time_text(DAY + seconds, time);
    add(time, 19);
    add_z(" " SERVER " ");
    add_z(e->method);
    add_z(" ");
    add_z(e->stem);
    add_z(" ");
    add_z(e->query);
    add_z(" 443 ");
    add_z(e->user);
    add_z(" ");
    add_z(e->address);
    add_z(" ");
    add_z(e->agent);
    add_z(" ");
    add_z(e->referer);
    int numbers[] = {e->status, e->substatus, e->win32, e->taken};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        add_z(" ");
        add_number((uint64_t)numbers[i]);
    }
    add_z("\r\n");
}

/* ---- everyday -----------------------------------------------------------------------------------
 */

#define PEOPLE 40
struct person {
    char user[24], address[24];
    const char *agent, *phone;
};
static struct person people[PEOPLE];

static void make_people(void)
{
    static const char *const names[] = {"weber", "rossi",  "novak",  "dubois", "jansen",
                                        "silva", "kovacs", "larsen", "murphy", "albrecht"};
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct person *p = &people[i];
        snprintf(p->user, sizeof p->user, "CONTOSO\\%c.%s", 'a' + (int)(i * 7 % 26),
                 names[i % COUNT(names)]);
        if (i % 5 == 0)
            snprintf(p->address, sizeof p->address, "10.20.%u.%u", 8 + i % 4, 20 + i);
        else if (i % 11 == 0)
            snprintf(p->address, sizeof p->address, "2001:db8:4:%x::%x", 16 + i, 100 + i);
        else
            snprintf(p->address, sizeof p->address, "%u.%u.%u.%u", 77 + i % 9, 20 + i, below(256),
                     1 + below(254));
        p->agent = user_agents[i % COUNT(user_agents)];
        p->phone = phones[i % COUNT(phones)];
    }
}

/* A page of Outlook on the web: the script, then what it draws with. */
static void read_mail(int64_t at, const struct person *p)
{
    struct event e = {.method = "GET",
                      .stem = "/owa/",
                      .query = "-",
                      .user = p->user,
                      .address = p->address,
                      .agent = p->agent,
                      .referer = "https://mail.contoso.example/owa/auth/logon.aspx",
                      .status = 200,
                      .taken = 20 + (int)below(200)};
    char stem[160];

    write_event(at, &e);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t n = below(18);
        snprintf(stem, sizeof stem, "%s%s.%s", owa_folders[n % COUNT(owa_folders)],
                 owa_stems[n % COUNT(owa_stems)], owa_extensions[n % 4]);
        e.stem = stem;
        e.referer = "https://mail.contoso.example/owa/";
        e.status = below(3) ? 200 : 304;
        e.taken = (int)below(40);
        write_event(at, &e);
    }
    e.method = "POST";
    e.stem = "/owa/service.svc";
    e.query =
        below(2) ? "action=FindConversation&EP=1&ID=-12&AC=1" : "action=GetItem&EP=1&ID=-31&AC=1";
    e.status = 200;
    write_event(at, &e);
}

static void log_on(int64_t at, const struct person *p)
{
    struct event e = {.method = "GET",
                      .stem = "/owa/auth/logon.aspx",
                      .user = "-",
                      .address = p->address,
                      .query = "url=https%3a%2f%2fmail.contoso.example%2fowa%2f&reason=0",
                      .agent = p->agent,
                      .referer = "-",
                      .status = 200,
                      .taken = 15};

    write_event(at, &e);
    e.method = "POST";
    e.stem = "/owa/auth.owa";
    e.query = "-";
    e.status = 302;
    e.referer = "https://mail.contoso.example/owa/auth/logon.aspx";
    write_event(at, &e);
}

static void phone(int64_t at, const struct person *p)
{
    char query[128];
    struct event e = {.method = "POST",
                      .stem = "/Microsoft-Server-ActiveSync/default.eas",
                      .query = query,
                      .user = p->user,
                      .address = p->address,
                      .agent = p->phone,
                      .referer = "-",
                      .status = 200,
                      .taken = 40 + (int)below(900000)};

    snprintf(query, sizeof query, "Cmd=%s&DeviceId=APPL%08X&DeviceType=iPhone",
             below(3) ? "Ping" : "Sync", (unsigned)(p - people) * 2654435761u);
    write_event(at, &e);
}

static void probes(int64_t at)
{
    static const char *const stems[] = {"/owa/exhealth.check", "/ecp/exhealth.check",
                                        "/autodiscover/exhealth.check"};
    struct event e = {.method = "GET",
                      .query = "-",
                      .user = "-",
                      .address = "127.0.0.1",
                      .agent = "AMProbe/Local/ClientAccess",
                      .referer = "-",
                      .status = 200,
                      .taken = 1};

    for (size_t i = 0; i < COUNT(stems); i++) {
        e.stem = stems[i];
        write_event(at, &e);
    }
}

static void knock(int64_t at)
{
    struct event e = {.method = "GET",
                      .stem = scanned[below(6)],
                      .query = "-",
                      .user = "-",
                      .agent = scanners[below(COUNT(scanners))],
                      .referer = "-",
                      .status = 404,
                      .win32 = 2,
                      .taken = 2,
                      .address = below(2) ? "198.51.100.23" : "198.51.100.77"};

    write_event(at, &e);
}

int main(void)
{
    size_t next = 0;

    rng_state = 13;
    make_people();
    add(header, sizeof header - 1);
    for (int64_t at = 0; at < 86400; at++) {
        /* how busy the hour is, in visits out of 10,000 seconds */
        uint32_t busy = at < 6 * 3600 || at > 21 * 3600   ? 10
                        : at < 7 * 3600 || at > 18 * 3600 ? 40
                                                          : 160;
        for (; next < COUNT(story); next++) {
            const struct event *e = &story[next];
            if ((e->hour * 60 + e->minute) * 60 + e->second != at)
                break;
            write_event(at, e);
        }
        if (at % 600 == 17)
            probes(at);
        if (below(10000) < busy) {
            const struct person *p = &people[below(PEOPLE)];
            if (below(5) == 0)
                log_on(at, p);
            read_mail(at, p);
        }
        if (below(10000) < 60)
            phone(at, &people[below(PEOPLE)]);
        if (below(10000) < 12)
            knock(at);
    }
    out_flush();
    return 0;
}
