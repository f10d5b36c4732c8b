/* The text of an exclusion, and what it is in KQL. */
#include "base/arena.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "hunt/exclude.h"
#include "kql/kql.h"

static const struct exclusion_field rows[] = {
    {"ip", "cIP", EXCLUDE_ADDRESS, false, "the client's address, or a network like 10.0.0.0/8"},
    {"local", "sIP", EXCLUDE_ADDRESS, false, "the server's address"},
    {"server", "Computer", EXCLUDE_TEXT, false, "the server's name"},
    {"site", "sSiteName", EXCLUDE_TEXT, false, "the site"},
    {"hours", NULL, EXCLUDE_HOURS, false, "each day between two times in UTC: 22:00-04:30"},
    {"from", NULL, EXCLUDE_FROM, false, "not before this day or time"},
    {"to", NULL, EXCLUDE_TO, false, "not after this day or time"},
    {"user", "csUserName", EXCLUDE_TEXT, true, "the user's name"},
    {"agent", "csUserAgent", EXCLUDE_TEXT, true, "the user agent; * stands for anything at an end"},
    {"path", "csUriStem", EXCLUDE_TEXT, true, "the file that was asked for; * at an end"},
    {"host", "csHost", EXCLUDE_TEXT, true, "the host that was asked for"},
    {"referer", "csReferer", EXCLUDE_TEXT, true, "the referer"},
    {"method", "csMethod", EXCLUDE_TEXT, true, "the method"},
    {"status", "scStatus", EXCLUDE_TEXT, true, "the status"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

const struct exclusion_field *exclusion_field_row(size_t i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One value up to a blank or |; quotes keep both, and \ keeps what comes after it as it is. */
static const char *read_value(struct arena *a, struct str s, size_t *at, struct exclusion_value *v)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0, i = *at, first = SIZE_MAX, last = SIZE_MAX; /* of bare stars, in p */
    bool quoted = false, any = false;
    for (; i < s.n && (quoted || (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '|')); i++) {
        char c = s.p[i];
        if (c == '"') {
            quoted = !quoted;
            any = true;
            continue;
        }
        if (c == '\\') {
            char next = i + 1 < s.n ? s.p[i + 1] : 0;
            bool code = next == 'x' && i + 3 < s.n && hex(s.p[i + 2]) >= 0 && hex(s.p[i + 3]) >= 0;
            if (!code && next != '"' && next != '\\' && next != '*' && next != '?')
                return "after \\ comes one of \" \\ * ? or xNN";
            c = code ? (char)(hex(s.p[i + 2]) * 16 + hex(s.p[i + 3])) : next;
            i += code ? 3 : 1;
        } else if (c == '*') {
            first = first == SIZE_MAX ? n : first;
            last = n;
        }
        p[n++] = c;
    }
    if (quoted)
        return "a \" has no end";
    v->blank = n == 1 && i == *at + 1 && p[0] == '?';
    *at = i;
    v->open_end = n && last == n - 1;
    n -= v->open_end;
    v->open_start = n && first == 0;
    v->text = (struct str){p + v->open_start, n - v->open_start};
    return any || n || v->open_end ? NULL : "a value is missing after =";
}

static bool hours_of(struct str s, int64_t *from, int64_t *to)
{
    size_t dash = str_find_byte(s, '-');
    return dash < s.n && timespan_parse(str_sub(s, 0, dash), from) &&
           timespan_parse(str_sub(s, dash + 1, s.n), to) && *from >= 0 && *to >= 0 &&
           *from <= TICKS_PER_DAY && *to <= TICKS_PER_DAY && *from != *to &&
           str_find_byte(s, ':') < dash;
}

/* A day alone stands for its end where a time is meant up to which something holds. */
static bool time_of(struct str s, bool end, int64_t *out)
{
    if (!s.n || s.p[0] < '0' || s.p[0] > '9' || !instant_parse(s, out))
        return false;
    if (end && s.n == 10)
        *out += TICKS_PER_DAY;
    return true;
}

static const char *check(const struct exclusion_field *f, const struct exclusion_value *v)
{
    int64_t from, to;
    bool star = v->open_start || v->open_end;
    if (v->blank)
        return NULL;
    if (star && f->kind != EXCLUDE_TEXT)
        return "a * stands in texts only";
    switch (f->kind) {
    case EXCLUDE_TEXT:
        return star && !v->text.n ? "* alone would be everything" : NULL;
    case EXCLUDE_ADDRESS:
        for (size_t i = 0; i < v->text.n; i++)
            if (hex(v->text.p[i]) < 0 && !(v->text.p[i] >= 'A' && v->text.p[i] <= 'F') &&
                v->text.p[i] != '.' && v->text.p[i] != ':' && v->text.p[i] != '/' &&
                v->text.p[i] != '%')
                return "this is no address";
        return v->text.n ? NULL : "this is no address";
    case EXCLUDE_HOURS:
        return hours_of(v->text, &from, &to) ? NULL : "hours are like 22:00-04:30";
    case EXCLUDE_FROM:
    case EXCLUDE_TO:
        return time_of(v->text, false, &from) ? NULL : "a day or time is like 2026-11-24";
    }
    return NULL;
}

static size_t field_of(struct str key)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (str_is(key, rows[i].key))
            return i;
    return SIZE_MAX;
}

static bool unknown_key(struct str key, struct error *err)
{
    struct nearest n;
    nearest_init(&n, key);
    for (size_t i = 0; i < N_ROWS; i++)
        nearest_offer(&n, str_of(rows[i].key));
    static const char *const others[] = {"name", "reason", "author", "until"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        nearest_offer(&n, str_of(others[i]));
    struct str found = nearest_found(&n);
    return error_set(err, "there is no '%.*s' in an exclusion%s%.*s%s", STR_ARG(key),
                     found.n ? "; did you mean '" : "", STR_ARG(found), found.n ? "'?" : "");
}

static bool take_word(struct arena *a, struct str key, struct exclusion_value *values, size_t n,
                      struct exclusion *e, struct error *err)
{
    struct str *texts[] = {&e->name, &e->reason, &e->author};
    static const char *const names[] = {"name", "reason", "author"};
    for (size_t i = 0; i < 3; i++)
        if (str_is(key, names[i])) {
            *texts[i] = values[0].blank ? STR_NONE : values[0].text;
            return n == 1 || error_set(err, "%s: | must be quoted here", names[i]);
        }
    if (str_is(key, "until")) {
        e->until = INT64_MAX;
        return (n == 1 && (values[0].blank || time_of(values[0].text, true, &e->until))) ||
               error_set(err, "until: a day is like 2026-11-24");
    }
    size_t field = field_of(key);
    if (field == SIZE_MAX)
        return unknown_key(key, err);
    for (size_t i = 0; i < n; i++) {
        const char *wrong = check(&rows[field], &values[i]);
        if (wrong)
            return error_set(err, "%s: %s", rows[field].key, wrong);
    }
    if (e->n_terms == EXCLUSION_TERMS)
        return error_set(err, "an exclusion has at most %d parts", EXCLUSION_TERMS);
    struct exclusion_term term = {field, ARENA_ARRAY(a, struct exclusion_value, n), n};
    memcpy(term.values, values, n * sizeof *values);
    e->terms[e->n_terms++] = term;
    return true;
}

bool exclusion_parse(struct arena *a, struct str text, struct exclusion *out, struct error *err)
{
    *out = (struct exclusion){.until = INT64_MAX};
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == ' ' || text.p[i] == '\t') {
            i++;
            continue;
        }
        size_t from = i;
        while (i < text.n && text.p[i] != '=' && text.p[i] != ' ')
            i++;
        struct str key = str_sub(text, from, i);
        if (i == text.n || text.p[i] != '=') {
            if (!str_is(key, "even-true"))
                return error_set(err, "'%.*s': a part is like ip=10.0.0.5", STR_ARG(key));
            out->even_true = true;
            continue;
        }
        VEC(struct exclusion_value) values = {0};
        do {
            struct exclusion_value v = {.text = STR_NONE};
            i++; /* over = or | */
            const char *wrong = read_value(a, text, &i, &v);
            if (wrong)
                return error_set(err, "%.*s: %s", STR_ARG(key), wrong);
            vec_push(a, &values, v);
        } while (i < text.n && text.p[i] == '|');
        if (!take_word(a, key, values.items, values.n, out, err))
            return false;
    }
    return out->n_terms > 0 ||
           error_set(err,
                     "an exclusion needs something to compare: ip, server, hours, agent, path");
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_value(struct buf *out, const struct exclusion_value *v)
{
    bool quote = v->text.n == 0;
    for (size_t i = 0; i < v->text.n; i++)
        quote |= v->text.p[i] == ' ' || v->text.p[i] == '|' || v->text.p[i] == '\t';
    if (v->blank) {
        buf_add_byte(out, '?');
        return;
    }
    buf_add_z(out, v->open_start ? "*" : "");
    buf_add_z(out, quote ? "\"" : "");
    for (size_t i = 0; i < v->text.n;) {
        size_t from = i;
        int32_t code = utf8_next(v->text, &i);
        if (code == '"' || code == '\\' || code == '*' || code == '?')
            buf_addf(out, "\\%c", (char)code);
        else if (code == UTF8_BAD || code < ' ' || code == 0x7f)
            for (size_t k = from; k < i; k++)
                buf_addf(out, "\\x%02x", (unsigned char)v->text.p[k]);
        else
            buf_add(out, str_sub(v->text, from, i));
    }
    buf_add_z(out, quote ? "\"" : "");
    buf_add_z(out, v->open_end ? "*" : "");
}

static void add_word(struct buf *out, const char *key, struct str text)
{
    if (!text.n)
        return;
    buf_addf(out, "%s%s=", out->n ? " " : "", key);
    add_value(out, &(struct exclusion_value){.text = text});
}

void exclusion_terms_text(const struct exclusion *e, struct buf *out)
{
    for (size_t i = 0; i < e->n_terms; i++) {
        const struct exclusion_term *t = &e->terms[i];
        buf_addf(out, "%s%s", out->n ? " " : "", rows[t->field].key);
        for (size_t k = 0; k < t->n; k++) {
            buf_add_byte(out, k ? '|' : '=');
            add_value(out, &t->values[k]);
        }
    }
}

void exclusion_text(const struct exclusion *e, struct buf *out)
{
    char time[INSTANT_TEXT];
    add_word(out, "name", e->name);
    exclusion_terms_text(e, out);
    add_word(out, "reason", e->reason);
    add_word(out, "author", e->author);
    if (e->until != INT64_MAX) {
        bool day = e->until % TICKS_PER_DAY == 0 && e->until >= TICKS_PER_DAY;
        size_t n = instant_format(day ? e->until - TICKS_PER_DAY : e->until, time);
        add_word(out, "until", (struct str){time, day ? 10 : n});
    }
    if (e->even_true)
        buf_add_z(out, " even-true");
}

void exclusion_add(struct arena *a, struct exclusion *e, const char *key, struct str value)
{
    size_t field = field_of(str_of(key));
    for (size_t i = 0; i < e->n_terms; i++) {
        struct exclusion_term *t = &e->terms[i];
        if (t->field != field)
            continue;
        struct exclusion_value *more = ARENA_ARRAY(a, struct exclusion_value, t->n + 1);
        memcpy(more, t->values, t->n * sizeof *more);
        more[t->n++] = (struct exclusion_value){.text = value};
        t->values = more;
        return;
    }
    if (field == SIZE_MAX || e->n_terms == EXCLUSION_TERMS)
        return;
    struct exclusion_value *only = ARENA_ARRAY(a, struct exclusion_value, 1);
    *only = (struct exclusion_value){.text = value};
    e->terms[e->n_terms++] = (struct exclusion_term){field, only, 1};
}

/* ---- KQL ------------------------------------------------------------------------------------- */

static void add_literal(struct buf *out, enum type type, int64_t i, struct str s)
{
    struct value v = {.type = type};
    if (type == TYPE_STRING)
        v.s = s;
    else
        v.i = i;
    kql_literal(out, v);
}

static void kql_text(struct buf *out, const char *column, const struct exclusion_value *v)
{
    const char *how = v->open_start ? v->open_end ? "contains" : "endswith"
                      : v->open_end ? "startswith"
                                    : "=~";
    buf_addf(out, "%s %s ", column, how);
    add_literal(out, TYPE_STRING, 0, v->text);
}

/* What is null must not be hidden by it: where keeps only what is true, and not(null) is null. */
static void kql_address(struct buf *out, const char *column, struct str text)
{
    if (str_find_byte(text, '/') == text.n) {
        buf_addf(out, "%s == ", column);
        add_literal(out, TYPE_STRING, 0, text);
        return;
    }
    bool six = str_find_byte(text, ':') < text.n;
    buf_addf(out, "coalesce(%s(%s, ", six ? "ipv6_is_in_range" : "ipv4_is_in_range", column);
    add_literal(out, TYPE_STRING, 0, text);
    buf_add_z(out, "), false)");
}

static void kql_hours(struct buf *out, struct str text)
{
    static const char part[] = "(TimeGenerated - startofday(TimeGenerated))";
    int64_t from = 0, to = 0;
    hours_of(text, &from, &to);
    buf_addf(out, "coalesce(%s >= ", part);
    add_literal(out, TYPE_TIMESPAN, from, STR_NONE);
    buf_addf(out, " %s %s < ", from < to ? "and" : "or", part);
    add_literal(out, TYPE_TIMESPAN, to, STR_NONE);
    buf_add_z(out, ", false)");
}

static void kql_value(struct buf *out, const struct exclusion_field *f,
                      const struct exclusion_value *v)
{
    int64_t time = 0;
    switch (f->kind) {
    case EXCLUDE_TEXT:
        kql_text(out, f->column, v);
        break;
    case EXCLUDE_ADDRESS:
        kql_address(out, f->column, v->text);
        break;
    case EXCLUDE_HOURS:
        kql_hours(out, v->text);
        break;
    case EXCLUDE_FROM:
    case EXCLUDE_TO:
        time_of(v->text, f->kind == EXCLUDE_TO, &time);
        buf_addf(out, "coalesce(TimeGenerated %s ", f->kind == EXCLUDE_TO ? "<" : ">=");
        add_literal(out, TYPE_DATETIME, time, STR_NONE);
        buf_add_z(out, ", false)");
        break;
    }
}

void exclusion_kql(const struct exclusion *e, struct buf *out)
{
    buf_add_z(out, "not(");
    for (size_t i = 0; i < e->n_terms; i++) {
        const struct exclusion_term *t = &e->terms[i];
        buf_addf(out, "%s%s", i ? " and " : "", t->n > 1 ? "(" : "");
        for (size_t k = 0; k < t->n; k++) {
            buf_add_z(out, k ? " or " : "");
            kql_value(out, &rows[t->field], &t->values[k]);
        }
        buf_add_z(out, t->n > 1 ? ")" : "");
    }
    buf_add_z(out, ")");
}

/* ---- what it is worth ------------------------------------------------------------------------ */

const char *exclusion_blank(const struct exclusion *e)
{
    for (size_t i = 0; i < e->n_terms; i++)
        for (size_t k = 0; k < e->terms[i].n; k++)
            if (e->terms[i].values[k].blank)
                return rows[e->terms[i].field].key;
    return NULL;
}

bool exclusion_is_spoofable(const struct exclusion *e)
{
    for (size_t i = 0; i < e->n_terms; i++)
        if (!rows[e->terms[i].field].client)
            return false;
    return true;
}

bool exclusion_works(const struct exclusion *e, int64_t now)
{
    return e->on && !exclusion_blank(e) && now < e->until;
}
