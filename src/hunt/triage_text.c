/* The text form of triage, read strictly: another's case file is another's text. A line that is not
 * as triage.h says refuses the whole file, with its number, before anything of it is taken over. */
#include <stdlib.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "hunt/triage_internal.h"

#define FORMAT 1
static const char magic[] = "harrier triage ";

static const struct {
    const char *word, *words;
    char letter;
} verdicts[] = {
#define X(verdict, word, letter, words) {word, words, letter},
    VERDICT_LIST(X)
#undef X
};
static const char *const fields[] = {
#define X(field, word) word,
    TRIAGE_FIELD_LIST(X)
#undef X
};

char verdict_letter(enum verdict v)
{
    return verdicts[v].letter;
}

const char *verdict_words(enum verdict v)
{
    return verdicts[v].words;
}

bool verdict_by_word(struct str word, enum verdict *out)
{
    for (enum verdict v = 0; v < VERDICTS; v++)
        if (str_is(word, verdicts[v].word)) {
            *out = v;
            return true;
        }
    return false;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\t')
            buf_add_z(out, "\\t");
        else if (c == '\n')
            buf_add_z(out, "\\n");
        else if (c == '\\')
            buf_add_z(out, "\\\\");
        else if (c < ' ' || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else
            buf_add_byte(out, (char)c);
    }
}

void event_write(struct buf *out, const struct event *e)
{
    char time[INSTANT_TEXT];
    buf_add(out, (struct str){time, instant_format(e->stamp, time)});
    buf_add_byte(out, '\t');
    add_escaped(out, e->author);
    buf_addf(out, "\t%016llx\t%s\t", (unsigned long long)e->id, fields[e->field]);
    add_escaped(out, e->value);
    buf_add_byte(out, '\n');
}

void triage_head(const struct triage *t, struct buf *out)
{
    buf_addf(out, "%s%d\nrule\t", magic, FORMAT);
    add_escaped(out, t->rule_id);
    buf_add_byte(out, '\t');
    add_escaped(out, t->rule_name);
    buf_add_byte(out, '\n');
}

void triage_case(const struct triage *t, struct buf *out)
{
    triage_head(t, out);
    for (size_t i = 0; i < t->entries.n; i++) {
        const struct triage_entry *x = &t->entries.items[i];
        for (enum triage_field f = 0; f < TRIAGE_FIELDS; f++)
            if (x->stamps[f])
                event_write(out, &(struct event){x->stamps[f], x->authors[f], x->id, f,
                                                 triage_value(x, f)});
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unescape(struct arena *a, struct str s, struct str *out)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == 0x7f)
            return false;
        if (c != '\\') {
            p[n++] = (char)c;
            continue;
        }
        char next = ++i < s.n ? s.p[i] : 0;
        int high = i + 1 < s.n ? digit(s.p[i + 1]) : -1, low = i + 2 < s.n ? digit(s.p[i + 2]) : -1;
        if (next == 't' || next == 'n' || next == '\\') {
            p[n++] = next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
        } else if (next == 'x' && high >= 0 && low >= 0) {
            p[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            return false;
        }
    }
    *out = (struct str){p, n};
    return n <= TRIAGE_LONGEST && utf8_valid(*out);
}

static bool read_id(struct str s, uint64_t *id)
{
    *id = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (digit(s.p[i]) < 0)
            return false;
        *id = *id << 4 | (uint64_t)digit(s.p[i]);
    }
    return s.n == 16;
}

/* A time of the years 2000 to 9000, as event_write writes it. */
static bool read_stamp(struct str s, int64_t *stamp)
{
    char again[INSTANT_TEXT];
    return s.n == 28 && instant_parse(s, stamp) && s.p[0] >= '2' && s.p[0] <= '8' &&
           str_eq(s, (struct str){again, instant_format(*stamp, again)});
}

static bool read_field(struct str s, enum triage_field *out)
{
    for (enum triage_field f = 0; f < TRIAGE_FIELDS; f++)
        if (str_is(s, fields[f])) {
            *out = f;
            return true;
        }
    return false;
}

/* NULL: good; else what is wrong with the line. */
static const char *read_event(struct arena *a, struct str line, struct event *e)
{
    enum verdict v;
    struct str stamp = str_cut(&line, '\t'), author = str_cut(&line, '\t');
    struct str id = str_cut(&line, '\t'), field = str_cut(&line, '\t');
    if (!line.p || str_find_byte(line, '\t') < line.n)
        return "a line has five fields with tabs between them";
    if (!read_stamp(stamp, &e->stamp))
        return "the first field is no time of this format";
    if (!unescape(a, author, &e->author) || e->author.n > 256)
        return "the author is no clean text";
    if (!read_id(id, &e->id))
        return "a finding's identity is sixteen digits of 0-9a-f";
    if (!read_field(field, &e->field))
        return "there is no such field in this format";
    if (!unescape(a, line, &e->value))
        return "the value is no clean text";
    if (e->field == TRIAGE_VERDICT && !verdict_by_word(e->value, &v))
        return "a verdict is open, true, false or benign";
    if (e->field == TRIAGE_MARK && !str_is(e->value, "0") && !str_is(e->value, "1"))
        return "a mark is 0 or 1";
    return NULL;
}

static bool read_head(const struct triage *t, struct arena *a, struct str name, struct str *rest,
                      struct error *err)
{
    struct str line = str_cut(rest, '\n'), id, rule;
    int64_t version = 0;
    if (!str_starts(line, str_of(magic)) ||
        !str_to_int64(str_sub(line, sizeof magic - 1, line.n), &version) || version < 1)
        return error_set(err, "%.*s: this is no triage or case file of harrier", STR_ARG(name));
    if (version > FORMAT)
        return error_set(err,
                         "%.*s: written by a newer harrier (format %lld, this one reads %d); it is "
                         "left as it is",
                         STR_ARG(name), (long long)version, FORMAT);
    if (!rest->n)
        return true; /* the end of a machine came before the second line */
    line = str_cut(rest, '\n');
    rule = str_cut(&line, '\t');
    id = str_cut(&line, '\t');
    if (!str_is(rule, "rule") || !unescape(a, id, &id) || !unescape(a, line, &rule))
        return error_set(err, "%.*s:2: the second line names the rule", STR_ARG(name));
    if (!str_eq(id, t->rule_id))
        return error_set(err, "%.*s: is of another rule, '%.*s' (%.*s)", STR_ARG(name),
                         STR_ARG(rule), STR_ARG(id));
    return true;
}

static int by_id(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

bool triage_read(struct triage *t, struct str name, struct str text, size_t *changed,
                 struct buf *lines, struct error *err)
{
    struct arena *a = arena_new();
    VEC(struct event) events = {0};
    VEC(uint64_t) ids = {0};
    bool ok = read_head(t, a, name, &text, err);
    for (int number = 3; ok && text.n; number++) {
        struct str line = str_cut(&text, '\n');
        struct event e;
        const char *wrong = read_event(a, line, &e);
        if (wrong)
            ok = error_set(err, "%.*s:%d: %s", STR_ARG(name), number, wrong);
        else
            vec_push(a, &events, e);
    }
    for (size_t i = 0; ok && i < events.n; i++)
        if (triage_apply(t, &events.items[i])) {
            vec_push(a, &ids, events.items[i].id);
            if (lines)
                event_write(lines, &events.items[i]);
        }
    if (changed) {
        *changed = 0;
        if (ids.n)
            qsort(ids.items, ids.n, sizeof *ids.items, by_id);
        for (size_t i = 0; i < ids.n; i++)
            *changed += i == 0 || ids.items[i] != ids.items[i - 1];
    }
    arena_free(a);
    return ok;
}
