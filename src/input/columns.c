/* The columns of W3CIISLog: one row each, with the W3C fields that fill it. A new column is a
 * new row. The first rows stand in the order of the enum in input_internal.h, because the reader
 * itself asks for them. */
#include "input/input_internal.h"

#define NONE {NULL}
const struct column_row column_rows[] = {
    {"TimeGenerated", TYPE_DATETIME, FILL_TIME, NONE,
     "date and time: when the request was answered, UTC"},
    {"Computer", TYPE_STRING, FILL_COMPUTER, NONE,
     "s-computername, else --computer, else the server's folder, else s-ip"},
    {"sSiteName", TYPE_STRING, FILL_SITE, {"s-sitename"},
     "s-sitename, else W3SVCn of the path: the web site"},
    {"Date", TYPE_STRING, FILL_FIELD, {"date"}, "date: day of the request, as logged"},
    {"Time", TYPE_STRING, FILL_FIELD, {"time"}, "time: time of day of the request, as logged"},
    {"sIP", TYPE_STRING, FILL_ADDRESS, {"s-ip"}, "s-ip: the server's address"},
    {"csUriQuery", TYPE_STRING, FILL_FIELD, {"cs-uri-query"}, "cs-uri-query: what follows the '?'"},
    {"sComputerName", TYPE_STRING, FILL_FIELD, {"s-computername"},
     "s-computername: the server's name"},
    {"csMethod", TYPE_STRING, FILL_FIELD, {"cs-method"}, "cs-method: GET, POST …"},
    {"csUriStem", TYPE_STRING, FILL_FIELD, {"cs-uri-stem"}, "cs-uri-stem: the path asked for"},
    {"sPort", TYPE_INT, FILL_FIELD, {"s-port"}, "s-port: the server's port"},
    {"csUserName", TYPE_STRING, FILL_FIELD, {"cs-username"},
     "cs-username: the user, '-' when anonymous"},
    {"cIP", TYPE_STRING, FILL_ADDRESS, {"c-ip"}, "c-ip: the client's address"},
    {"csVersion", TYPE_STRING, FILL_FIELD, {"cs-version"}, "cs-version: HTTP version"},
    {"csUserAgent", TYPE_STRING, FILL_FIELD, {"cs(user-agent)"},
     "cs(User-Agent): the client's program"},
    {"csCookie", TYPE_STRING, FILL_FIELD, {"cs(cookie)"}, "cs(Cookie): cookies sent"},
    {"csReferer", TYPE_STRING, FILL_FIELD, {"cs(referer)", "cs(referrer)"},
     "cs(Referer): where the link was"},
    {"csHost", TYPE_STRING, FILL_FIELD, {"cs-host", "cs(host)"}, "cs-host: host name asked for"},
    {"scStatus", TYPE_STRING, FILL_FIELD, {"sc-status"}, "sc-status: HTTP status code"},
    {"scSubStatus", TYPE_STRING, FILL_FIELD, {"sc-substatus"},
     "sc-substatus: IIS detail of the status"},
    {"scWin32Status", TYPE_STRING, FILL_FIELD, {"sc-win32-status"},
     "sc-win32-status: Windows error code"},
    {"scBytes", TYPE_LONG, FILL_FIELD, {"sc-bytes"}, "sc-bytes: bytes sent; off by default in IIS"},
    {"csBytes", TYPE_LONG, FILL_FIELD, {"cs-bytes"},
     "cs-bytes: bytes received; off by default in IIS"},
    {"TimeTaken", TYPE_LONG, FILL_FIELD, {"time-taken", "timetakenms"},
     "time-taken: milliseconds until the last byte was sent"},
    {"FileUri", TYPE_STRING, FILL_URI, NONE, "path of the log file"},
    {"FileOffset", TYPE_STRING, FILL_OFFSET, NONE, "byte offset of the line in the file"},
    {"TenantId", TYPE_STRING, FILL_TENANT, NONE, "--tenant"},
    {"Type", TYPE_STRING, FILL_TYPE, NONE, "W3CIISLog"},
#define BLANK(name) {name, TYPE_STRING, FILL_NOTHING, NONE, "set by Azure; not in a log file"}
    BLANK("SourceSystem"), BLANK("StorageAccount"), BLANK("Role"), BLANK("RoleInstance"),
    BLANK("AzureDeploymentID"),
    BLANK("ManagementGroupName"), BLANK("MaliciousIP"), BLANK("IndicatorThreatType"),
    BLANK("Description"),
    BLANK("TLPLevel"), BLANK("Confidence"),
    {"Severity", TYPE_INT, FILL_NOTHING, NONE, "set by Azure; not in a log file"},
    BLANK("FirstReportedDateTime"), BLANK("LastReportedDateTime"), BLANK("IsActive"),
    BLANK("ReportReferenceLink"),
    BLANK("AdditionalInformation"), BLANK("RemoteIPCountry"),
    {"RemoteIPLatitude", TYPE_REAL, FILL_NOTHING, NONE, "set by Azure; not in a log file"},
    {"RemoteIPLongitude", TYPE_REAL, FILL_NOTHING, NONE, "set by Azure; not in a log file"},
    {"_BilledSize", TYPE_REAL, FILL_NOTHING, NONE, "set by Azure; not in a log file"},
    BLANK("_IsBillable"), BLANK("_ResourceId"), BLANK("_SubscriptionId"),
#undef BLANK
};
const size_t column_rows_n = sizeof column_rows / sizeof *column_rows;

size_t column_of_field(struct str w3c)
{
    for (size_t i = 0; i < column_rows_n; i++) {
        for (size_t k = 0; k < 4 && column_rows[i].w3c[k]; k++) {
            if (str_eq_nocase(w3c, str_of(column_rows[i].w3c[k])))
                return i;
        }
    }
    return SIZE_MAX;
}

/* X-Forwarded-For → X_Forwarded_For. A field that calls itself like a documented column must not be
 * taken for it: its column is named field_… */
struct str column_name_of_field(struct arena *a, struct str w3c)
{
    char *p = arena_alloc(a, w3c.n + 6);
    memcpy(p, "field_", 6);
    for (size_t i = 0; i < w3c.n; i++) {
        char b = w3c.p[i];
        char low = (char)(b | 0x20);
        bool word = (b >= '0' && b <= '9') || (low >= 'a' && low <= 'z') || b == '_';
        p[6 + i] = word ? b : '_';
    }
    struct str name = {p + 6, w3c.n};
    for (size_t i = 0; i < column_rows_n; i++) {
        if (str_is(name, column_rows[i].name))
            return (struct str){p, w3c.n + 6};
    }
    return name;
}
