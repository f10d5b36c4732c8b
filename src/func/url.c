/* URLs, paths and version numbers taken apart: text in, a dynamic bag of text out (KQL.md 4.11).
 * Nothing is decoded and nothing is refused: what is missing is "". */
#include "func/kernel.h"

static void bag_text(struct bag *b, const char *key, struct str text)
{
    bag_add(b, str_of(key), dyn_from_string(b->arena, text));
}

/* k1=v1&k2=v2 as a bag; the last value of a key wins. */
static struct str query_bag(struct arena *a, struct str query)
{
    struct bag b;

    bag_init(&b, a);
    while (query.n) {
        struct str part = str_cut(&query, '&');
        size_t eq = str_find_byte(part, '=');
        struct str value = eq < part.n ? str_sub(part, eq + 1, part.n) : STR("");
        if (part.n)
            bag_set(&b, str_sub(part, 0, eq), dyn_from_string(a, value));
    }
    return bag_done(&b);
}

/* ---- parse_url ------------------------------------------------------------------------------ */

struct url {
    struct str scheme, user, password, host, port, path, query, fragment;
};

/* scheme: at the front, with // behind it. */
static bool cut_scheme(struct str *rest, struct str *scheme)
{
    size_t end = str_find(*rest, STR("://"), 0);

    if (end == SIZE_MAX || end == 0)
        return false;
    for (size_t i = 0; i < end; i++) {
        char c = rest->p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !strchr("0123456789+-.", c) || !c))
            return false;
    }
    *scheme = str_sub(*rest, 0, end);
    *rest = str_sub(*rest, end + 3, rest->n);
    return true;
}

static void split_authority(struct str s, struct url *u)
{
    size_t at = str_find_last_byte(s, '@');

    if (at < s.n) {
        struct str who = str_sub(s, 0, at);
        size_t colon = str_find_byte(who, ':');
        u->user = str_sub(who, 0, colon);
        if (colon < who.n)
            u->password = str_sub(who, colon + 1, who.n);
        s = str_sub(s, at + 1, s.n);
    }
    size_t bracket = s.n && s.p[0] == '[' ? str_find_byte(s, ']') : s.n;
    size_t from = bracket < s.n ? bracket : 0;
    size_t colon = from + str_find_byte(str_sub(s, from, s.n), ':');
    u->host = str_sub(s, 0, colon);
    if (colon < s.n)
        u->port = str_sub(s, colon + 1, s.n);
}

static void split_url(struct str s, struct url *u)
{
    *u = (struct url){0};
    size_t hash = str_find_byte(s, '#');
    if (hash < s.n)
        u->fragment = str_sub(s, hash + 1, s.n);
    s = str_sub(s, 0, hash);
    size_t mark = str_find_byte(s, '?');
    if (mark < s.n)
        u->query = str_sub(s, mark + 1, s.n);
    s = str_sub(s, 0, mark);
    if (cut_scheme(&s, &u->scheme)) {
        size_t slash = str_find_byte(s, '/');
        split_authority(str_sub(s, 0, slash), u);
        s = str_sub(s, slash, s.n);
    }
    u->path = s;
}

static void parse_url(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct bag b;
        struct url u;
        bag_init(&b, call->scratch);
        split_url(cell_str(args[0], i), &u);
        bag_text(&b, "Scheme", u.scheme);
        bag_text(&b, "Host", u.host);
        bag_text(&b, "Port", u.port);
        bag_text(&b, "Path", u.path);
        bag_text(&b, "Username", u.user);
        bag_text(&b, "Password", u.password);
        bag_add(&b, STR("Query Parameters"), query_bag(call->scratch, u.query));
        bag_text(&b, "Fragment", u.fragment);
        out->strs[i] = bag_done(&b);
    }
}

static void parse_urlquery(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct bag b;
        struct str s = cell_str(args[0], i);
        bag_init(&b, call->scratch);
        if (s.n && s.p[0] == '?')
            s = str_sub(s, 1, s.n);
        bag_add(&b, STR("Query Parameters"), query_bag(call->scratch, s));
        out->strs[i] = bag_done(&b);
    }
}

/* ---- parse_path ----------------------------------------------------------------------------- */

static size_t last_slash(struct str s)
{
    size_t i = s.n;

    while (i > 0 && s.p[i - 1] != '/' && s.p[i - 1] != '\\')
        i--;
    return i ? i - 1 : SIZE_MAX;
}

static struct str path_bag(struct arena *a, struct str s)
{
    struct bag b;
    struct str scheme = STR(""), root = STR(""), folder = STR(""), file, stream = STR("");

    bag_init(&b, a);
    cut_scheme(&s, &scheme);
    bool drive = s.n >= 2 && s.p[1] == ':' &&
                 ((s.p[0] >= 'a' && s.p[0] <= 'z') || (s.p[0] >= 'A' && s.p[0] <= 'Z'));
    if (drive)
        root = str_sub(s, 0, 2);
    size_t slash = last_slash(s);
    file = slash == SIZE_MAX ? str_sub(s, drive ? 2 : 0, s.n) : str_sub(s, slash + 1, s.n);
    if (slash != SIZE_MAX)
        folder = str_sub(s, 0, slash);
    size_t colon = str_find_byte(file, ':');
    if (colon < file.n)
        stream = str_sub(file, colon + 1, file.n);
    file = str_sub(file, 0, colon);
    size_t dot = str_find_last_byte(file, '.');
    size_t inner = last_slash(folder);
    bag_text(&b, "Scheme", scheme);
    bag_text(&b, "RootPath", root);
    bag_text(&b, "DirectoryPath", folder);
    bag_text(&b, "DirectoryName", inner == SIZE_MAX ? folder : str_sub(folder, inner + 1,
                                                                       folder.n));
    bag_text(&b, "Filename", file);
    bag_text(&b, "Extension", dot < file.n ? str_sub(file, dot + 1, file.n) : STR(""));
    bag_text(&b, "AlternateDataStreamName", stream);
    return bag_done(&b);
}

static void parse_path(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->strs[i] = path_bag(call->scratch, cell_str(args[0], i));
}

/* ---- parse_version -------------------------------------------------------------------------- */

/* Kusto makes one decimal of 4 × 8 digits. Our decimals are doubles and would call 1.0.0.1 and
 * 1.0.0.2 equal; so it is a long of 4 × 16 bits here, which compares right, and a part over that
 * is null. */
static bool version_number(struct str s, int64_t *result)
{
    uint64_t v = 0;

    for (int part = 0; part < 4; part++) {
        size_t dot = str_find_byte(s, '.');
        uint64_t n = 0;
        if (s.n == 0 ? part == 0 : dot == 0 || dot > 8)
            return false;
        for (size_t i = 0; i < dot && i < s.n; i++) {
            if (s.p[i] < '0' || s.p[i] > '9')
                return false;
            n = n * 10 + (uint64_t)(s.p[i] - '0');
        }
        if (n > (part ? 65535 : 32767) || (dot < s.n && dot + 1 == s.n))
            return false;
        v = v << 16 | n;
        s = dot < s.n ? str_sub(s, dot + 1, s.n) : STR("");
    }
    *result = (int64_t)v;
    return s.n == 0;
}

static void parse_version(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    (void)call;
    for (size_t i = 0; i < rows; i++)
        if (!version_number(cell_str(args[0], i), &out->ints[i]))
            put_null(out, i);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define BAG(kernel) {{"s", TYPE_DYNAMIC, kernel}}

const struct func functions_url[] = {
    ROW("parse_url", "url", "The parts of a URL: Scheme, Host, Port, Path, Username, Password, "
        "Query Parameters, Fragment.", "parse_url(\"https://h:8443/owa/x.png?a=1#f\")",
        "{\"Scheme\":\"https\",\"Host\":\"h\",\"Port\":\"8443\",\"Path\":\"/owa/x.png\","
        "\"Username\":\"\","
        "\"Password\":\"\",\"Query Parameters\":{\"a\":\"1\"},\"Fragment\":\"f\"}", 0,
        BAG(parse_url)),
    ROW("parseurl", "url", "Old name of parse_url().", "tostring(parseurl(\"http://h/p\").Host)",
        "h",
        FUNC_LEGACY, BAG(parse_url)),
    ROW("parse_urlquery", "query", "The keys and values of a URL's query.",
        "parse_urlquery(\"a=1&b=2\")",
        "{\"Query Parameters\":{\"a\":\"1\",\"b\":\"2\"}}", 0, BAG(parse_urlquery)),
    ROW("parse_path", "path",
        "The parts of a file path: Scheme, RootPath, DirectoryPath, DirectoryName, "
        "Filename, Extension, AlternateDataStreamName.", "parse_path(@\"C:\\temp\\file.txt\")",
        "{\"Scheme\":\"\",\"RootPath\":\"C:\",\"DirectoryPath\":\"C:\\\\temp\","
        "\"DirectoryName\":\"temp\","
        "\"Filename\":\"file.txt\",\"Extension\":\"txt\",\"AlternateDataStreamName\":\"\"}", 0,
        BAG(parse_path)),
    ROW("parse_version", "version",
        "A version of up to four parts as a number that compares as versions do.",
        "parse_version(\"15.1.2507.40\") > parse_version(\"15.1.2507.6\")", "True", 0,
        {{"s", TYPE_LONG, parse_version}}),
    {0},
};
