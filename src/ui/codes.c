/* Status, substatus and win32 codes in words, as IIS documents them. */
#include "ui/ui_internal.h"

struct code {
    const char *code, *words;
};

static const struct code statuses[] = {
    {"200", "OK"},
    {"201", "created"},
    {"204", "no content"},
    {"206", "partial content"},
    {"207", "multi-status"},
    {"301", "moved permanently"},
    {"302", "found elsewhere"},
    {"303", "see other"},
    {"304", "not modified"},
    {"307", "temporary redirect"},
    {"308", "permanent redirect"},
    {"400", "bad request"},
    {"401", "unauthorized"},
    {"403", "forbidden"},
    {"404", "not found"},
    {"405", "method not allowed"},
    {"406", "not acceptable"},
    {"408", "request timed out"},
    {"409", "conflict"},
    {"411", "length required"},
    {"412", "precondition failed"},
    {"413", "request too large"},
    {"414", "URI too long"},
    {"416", "range not satisfiable"},
    {"417", "expectation failed"},
    {"421", "misdirected"},
    {"429", "too many requests"},
    {"440", "login timed out"},
    {"441", "redirected to the right site"},
    {"449", "retry with"},
    {"456", "blocked by conditional access"},
    {"500", "server error"},
    {"501", "no such method"},
    {"502", "bad gateway"},
    {"503", "unavailable"},
    {"504", "gateway timed out"},
    {"505", "HTTP version"},
};

/* status.substatus */
static const struct code substatuses[] = {
    {"401.1", "logon failed"},
    {"401.2", "logon failed by configuration"},
    {"401.3", "no right to the file"},
    {"401.4", "a filter refused"},
    {"401.5", "the application refused"},
    {"403.1", "no execute access"},
    {"403.4", "SSL required"},
    {"403.6", "address refused"},
    {"403.7", "client certificate required"},
    {"403.13", "client certificate revoked"},
    {"403.14", "folder listing denied"},
    {"403.16", "client certificate untrusted"},
    {"403.18", "not in this application pool"},
    {"403.501", "too many requests at once"},
    {"403.502", "too many requests in a time"},
    {"404.0", "no such file"},
    {"404.2", "extension locked down"},
    {"404.3", "no handler for this type"},
    {"404.4", "no handler"},
    {"404.5", "URL sequence refused"},
    {"404.6", "verb refused"},
    {"404.7", "extension refused"},
    {"404.8", "hidden segment"},
    {"404.11", "double escaping refused"},
    {"404.12", "high-bit characters refused"},
    {"404.13", "content too long"},
    {"404.14", "URL too long"},
    {"404.15", "query too long"},
    {"404.18", "query sequence refused"},
    {"404.19", "refused by a filtering rule"},
    {"405.0", "verb not allowed"},
    {"500.19", "configuration unreadable"},
    {"500.21", "module not recognised"},
    {"503.0", "application pool unavailable"},
    {"503.2", "too many requests at once"},
};

static const struct code win32[] = {
    {"0", "no error"},
    {"1", "incorrect function"},
    {"2", "file not found"},
    {"3", "path not found"},
    {"5", "access denied"},
    {"13", "data invalid"},
    {"50", "not supported"},
    {"64", "connection lost while sending"},
    {"87", "parameter incorrect"},
    {"121", "sending timed out"},
    {"123", "name invalid"},
    {"183", "exists already"},
    {"206", "name too long"},
    {"995", "aborted"},
    {"1229", "connection does not exist"},
    {"1236", "connection aborted locally"},
    {"1326", "user name or password wrong"},
    {"1327", "account restricted"},
    {"1330", "password expired"},
    {"1331", "account disabled"},
    {"1460", "timed out"},
    {"1909", "account locked out"},
    {"2148074248", "token invalid"},
    {"2148074252", "logon denied"},
    {"2148074254", "no credentials sent"},
};

static const char *find(const struct code *codes, size_t n, struct str code)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(code, codes[i].code))
            return codes[i].words;
    return NULL;
}

const char *status_words(struct str status)
{
    return find(statuses, COUNT(statuses), status);
}

const char *substatus_words(struct str status, struct str substatus)
{
    char both[16];
    if (status.n + substatus.n + 1 > sizeof both)
        return NULL;
    memcpy(both, status.p, status.n);
    both[status.n] = '.';
    memcpy(both + status.n + 1, substatus.p, substatus.n);
    return find(substatuses, COUNT(substatuses), (struct str){both, status.n + 1 + substatus.n});
}

const char *win32_words(struct str code)
{
    return find(win32, COUNT(win32), code);
}
