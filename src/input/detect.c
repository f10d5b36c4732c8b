/* The head of a file → what kind of log it is, whether it is read, and the state its first line is
 * read in. Decided by what stands in it: magic bytes, #Fields, the first rows; the path only breaks
 * ties. */
#include "input/input_internal.h"

#define SAMPLE 16 /* rows looked at */

struct sample {
    struct str rows[SAMPLE];
    size_t n;
    size_t before;     /* of these, before the first #Fields */
    struct str fields; /* the first #Fields' names; p == NULL: none */
    struct str software;
    bool directives;
};

static void gather(struct logs *logs, struct source *s, struct str text, bool whole,
                   struct sample *out)
{
    struct state state = {.day = NO_DAY};
    *out = (struct sample){0};
    while (text.n) {
        if (out->n == SAMPLE && text.p[0] != '#') { /* only directives are of interest now */
            size_t skip = simd_get()->find_needle(text.p, text.n, &logs->directive) + 1;
            text = skip < text.n ? str_sub(text, skip, text.n) : STR_NONE;
            continue;
        }
        bool last = str_find_byte(text, '\n') == text.n;
        struct str line = str_trim(str_cut(&text, '\n'));
        if (last && !whole)
            break; /* perhaps only its beginning */
        if (line.n == 0)
            continue;
        if (line.p[0] != '#') {
            out->rows[out->n++] = line;
            out->before += !out->fields.p;
            continue;
        }
        struct str rest;
        out->directives = true;
        if (directive_is(line, "Fields", &rest) && !out->fields.p)
            out->fields = rest;
        if (directive_is(line, "Software", &rest) && !out->software.p)
            out->software = rest;
        state_directive(logs, &state, line);
        s->last_layout = state.layout;
    }
}

/* ---- #Fields ------------------------------------------------------------ */

static bool has_field(struct str fields, const char *name)
{
    while (fields.n) {
        if (str_eq_nocase(str_trim(str_cut(&fields, ' ')), str_of(name)))
            return true;
    }
    return false;
}

static bool has_text(struct str s, const char *word)
{
    return str_find(s, str_of(word), 0) != SIZE_MAX;
}

static bool starts_nocase(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && str_eq_nocase(str_sub(s, 0, n), (struct str){prefix, n});
}

/* The path has a folder of a service: MSFTPSVC2. */
static bool in_folder(struct str path, const char *service)
{
    while (path.n) {
        if (starts_nocase(str_cut(&path, '/'), service))
            return true;
    }
    return false;
}

static struct str row_field(const struct layout *l, struct str row, const char *name)
{
    struct str fields[FIELDS_MAX];
    size_t n = cut_fields(row, false, fields, FIELDS_MAX);
    for (size_t i = 0; i < l->n && i < n && i < FIELDS_MAX; i++) {
        if (str_eq_nocase(l->names[i], str_of(name)))
            return fields[i];
    }
    return STR_NONE;
}

/* The service that wrote the rows, by what only it writes. */
static enum log_kind kind_by_rows(const struct layout *l, const struct sample *m, struct str path,
                                  const char **why)
{
    size_t ftp = in_folder(path, "MSFTPSVC") || in_folder(path, "FTPSVC"),
           mail = in_folder(path, "SMTPSVC") || in_folder(path, "NNTPSVC");
    for (size_t i = m->before; i < m->n && l; i++) {
        struct str method = row_field(l, m->rows[i], "cs-method"),
                   site = row_field(l, m->rows[i], "s-sitename");
        ftp += method.n && method.p[0] == '[';
        ftp += starts_nocase(site, "MSFTPSVC") || starts_nocase(site, "FTPSVC") ||
               starts_nocase(method, "ControlChannel");
        mail += starts_nocase(site, "SMTPSVC") || starts_nocase(site, "NNTPSVC") ||
                str_eq_nocase(method, STR("EHLO")) || str_eq_nocase(method, STR("HELO")) ||
                starts_nocase(method, "OutboundConnection");
    }
    if (ftp) {
        *why = "a log of the FTP service";
        return LOG_FTP;
    }
    if (mail) {
        *why = "a log of the mail or news service";
        return LOG_W3C_OTHER;
    }
    return LOG_W3C;
}

static enum log_kind kind_by_fields(struct logs *logs, const struct sample *m, struct str path,
                                    const char **why)
{
    struct str f = m->fields;
    bool stem = has_field(f, "cs-uri-stem");
    if (has_field(f, "s-reason") || has_field(f, "s-queuename") ||
        (has_text(m->software, "Microsoft HTTP API") && !stem)) {
        *why = "an HTTPERR log: errors of http.sys, no requests";
        return LOG_HTTPERR;
    }
    if (has_field(f, "x-session") || has_field(f, "x-fullpath")) {
        *why = "a log of the FTP service";
        return LOG_FTP;
    }
    if (str_find_byte(f, ',') < f.n) {
        *why = "fields with commas between: another program's log";
        return LOG_W3C_OTHER;
    }
    if (!has_field(f, "c-ip") && !stem && !has_field(f, "cs-uri")) {
        *why = "its #Fields name neither a client's address nor a path";
        return LOG_W3C_OTHER;
    }
    return kind_by_rows(layout_intern(logs, f), m, path, why);
}

static struct str remark_on_fields(struct arena *a, const struct sample *m)
{
    struct str f = m->fields;
    if (!has_field(f, "time"))
        return STR("no time in its #Fields: TimeGenerated is null");
    if (!has_field(f, "cs-uri-stem"))
        return STR("no cs-uri-stem in its #Fields: csUriStem is empty");
    if (m->software.p && !has_text(m->software, "Microsoft") && !has_text(m->software, "IIS"))
        return str_fmt(a, "not written by IIS but by %.*s", STR_ARG(m->software));
    return STR_NONE;
}

/* ---- no #Fields --------------------------------------------------------- */

/* The sets that IIS logs unless told otherwise: since 8.5, 7 and 7.5, 6. */
static const char *const default_fields[] = {
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "sc-status sc-substatus sc-win32-status time-taken",
    "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) "
    "sc-status sc-substatus sc-win32-status",
};

static bool is_digits(struct str s, size_t least, size_t most)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return s.n >= least && s.n <= most;
}

static bool is_address(struct str s)
{
    size_t marks = 0;
    for (size_t i = 0; i < s.n; i++)
        marks += s.p[i] == '.' || s.p[i] == ':';
    return marks >= 2 && s.n <= 64;
}

/* A row fits names when it has as many fields and each that can be recognised is what it should be.
 */
static bool row_fits(struct str row, struct str names)
{
    struct str fields[FIELDS_MAX];
    int64_t ticks;
    size_t n = cut_fields(row, false, fields, FIELDS_MAX);
    for (size_t i = 0; names.n; i++) {
        struct str name = str_cut(&names, ' ');
        if (i >= n || i >= FIELDS_MAX)
            return false;
        if ((str_is(name, "date") && !instant_parse_w3c_date(fields[i], &ticks)) ||
            (str_is(name, "time") && !instant_parse_w3c_time(fields[i], &ticks)) ||
            ((str_is(name, "s-ip") || str_is(name, "c-ip")) && !is_address(fields[i])) ||
            (str_is(name, "s-port") && !is_digits(fields[i], 1, 5)) ||
            (str_is(name, "sc-status") && !is_digits(fields[i], 3, 3)) ||
            (str_is(name, "time-taken") && !is_digits(fields[i], 1, 18)))
            return false;
        if (!names.p)
            return i + 1 == n;
    }
    return false;
}

/* The first row and at least half of those looked at. */
static bool rows_fit(const struct sample *m, size_t n, struct str names)
{
    size_t fit = 0;
    for (size_t i = 0; i < n; i++)
        fit += row_fits(m->rows[i], names);
    return n && row_fits(m->rows[0], names) && fit * 2 >= n;
}

static const struct layout *assumed_layout(struct logs *logs, const struct sample *m, size_t n)
{
    if (m->fields.p && rows_fit(m, n, m->fields))
        return layout_intern(logs, m->fields);
    for (size_t i = 0; i < sizeof default_fields / sizeof *default_fields; i++) {
        if (rows_fit(m, n, str_of(default_fields[i])))
            return layout_intern(logs, str_of(default_fields[i]));
    }
    return NULL;
}

/* address, user, MM/DD/YY, hh:mm:ss, W3SVC1, … : fifteen or more fields with a comma and a blank
 * after each. */
static bool is_native(struct str row)
{
    size_t commas = 0;
    struct str rest = row, first = str_cut(&rest, ','), date;
    for (size_t i = 0; i < row.n; i++)
        commas += row.p[i] == ',';
    str_cut(&rest, ',');
    date = str_trim(str_cut(&rest, ','));
    return commas >= 14 && is_address(first) && str_find_byte(date, '/') < date.n;
}

/* host ident user [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326 */
static bool is_ncsa(struct str row)
{
    size_t open = str_find_byte(row, '[');
    struct str in = open < row.n ? str_sub(row, open + 1, row.n) : STR_NONE;
    return in.n > 20 && in.p[2] == '/' && in.p[6] == '/' && in.p[11] == ':' &&
           str_find_byte(in, ']') < in.n;
}

static enum log_kind kind_without_fields(struct logs *logs, struct source *s,
                                         const struct sample *m, const char **why)
{
    if (m->n == 0 && m->directives)
        return LOG_W3C; /* a header and nothing yet */
    if (m->n && is_native(m->rows[0])) {
        *why = "a log in IIS's own format, with commas";
        return LOG_IIS_NATIVE;
    }
    if (m->n && is_ncsa(m->rows[0])) {
        *why = "a log in NCSA format";
        return LOG_NCSA;
    }
    if (m->n == 0) {
        *why = "nothing but blank lines at its beginning";
        return LOG_EMPTY;
    }
    s->first.layout = assumed_layout(logs, m, m->n);
    if (s->first.layout) {
        s->info.assumed_fields = true;
        s->info.reason = STR("no #Fields line; IIS's default fields fit and are assumed");
        return LOG_W3C;
    }
    *why = "no #Fields line, and its rows fit no format known here";
    return LOG_UNKNOWN;
}

/* ---- the whole head ----------------------------------------------------- */

static const struct {
    const char *magic;
    size_t n;
    const char *what;
} magics[] = {
    {"\x1f\x8b", 2, "compressed (gzip)"},
    {"PK\x03\x04", 4, "packed (zip)"},
    {"BZh", 3, "compressed (bzip2)"},
    {"\xfd"
     "7zXZ",
     5, "compressed (xz)"},
    {"\x28\xb5\x2f\xfd", 4, "compressed (zstd)"},
    {"7z\xbc\xaf\x27\x1c", 6, "packed (7z)"},
    {"Rar!", 4, "packed (rar)"},
    {"ElfFile", 7, "a Windows event log"},
};

static bool is_text(struct logs *logs, struct source *s, struct str head, bool whole)
{
    struct str start = str_sub(head, s->bom, head.n);
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (str_starts(head, (struct str){magics[i].magic, magics[i].n})) {
            s->info.reason = str_fmt(logs->arena, "%s; unpack it first", magics[i].what);
            return false;
        }
    }
    if (s->coding == CODING_BYTES && start.n && start.p[0] == '\0') {
        size_t i = 0;
        while (i < start.n && start.p[i] == '\0')
            i++;
        s->info.kind = i == start.n && whole ? LOG_EMPTY : LOG_UNKNOWN;
        s->info.reason =
            i == start.n ? STR("nothing but NUL bytes at its beginning") : STR("not text");
        return false;
    }
    return true;
}

static void find_coding(struct source *s, struct str head)
{
    if (str_starts(head, STR("\xef\xbb\xbf"))) {
        s->bom = 3;
    } else if (str_starts(head, STR("\xff\xfe"))) {
        s->bom = 2;
        s->coding = CODING_UTF16LE;
    } else if (str_starts(head, STR("\xfe\xff"))) {
        s->bom = 2;
        s->coding = CODING_UTF16BE;
    }
}

static void fail(struct source *s, enum log_kind kind, struct str reason)
{
    s->info.kind = kind;
    s->info.read = false;
    if (reason.n)
        s->info.reason = reason;
}

void source_detect(struct logs *logs, struct source *s, struct str head, bool whole)
{
    struct sample m;
    const char *why = "";
    if (head.n == 0) {
        fail(s, LOG_EMPTY, STR("empty"));
        return;
    }
    find_coding(s, head);
    if (!is_text(logs, s, head, whole)) {
        fail(s, s->info.kind, STR_NONE);
        return;
    }
    struct str text = str_sub(head, s->bom, head.n);
    char *own = NULL;
    if (s->coding != CODING_BYTES) {
        own = mem_grow(NULL, text.n / 2 * 3 + 1);
        text.n = utf16_decode(text.p, text.n, s->coding == CODING_UTF16BE, own);
        text.p = own;
    }
    if (str_find_byte(text, '\n') == text.n && str_find_byte(text, '\r') < text.n) {
        if (!own)
            own = memcpy(mem_grow(NULL, text.n), text.p, text.n);
        for (size_t i = 0; i < text.n; i++)
            own[i] = own[i] == '\r' ? '\n' : own[i];
        s->newline = '\r';
        text.p = own;
    }
    gather(logs, s, text, whole, &m);
    if (m.fields.p) {
        s->info.fields = str_dup(logs->arena, m.fields);
        s->info.kind = kind_by_fields(logs, &m, s->info.path, &why);
        if (s->info.kind == LOG_W3C)
            s->info.reason = remark_on_fields(logs->arena, &m);
        if (s->info.kind == LOG_W3C && m.before)
            s->first.layout = assumed_layout(logs, &m, m.before);
    } else {
        s->info.kind = kind_without_fields(logs, s, &m, &why);
    }
    if (s->info.kind != LOG_W3C)
        fail(s, s->info.kind, str_of(why));
    if (!s->last_layout)
        s->last_layout = s->first.layout;
    mem_free(own);
}
