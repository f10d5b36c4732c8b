/* One CSV record or one XML document in, a dynamic value out. Both readers walk the text once;
 * depth and size are bounded, because the text is the attacker's. */
#include "base/map.h"
#include "base/utf8.h"
#include "func/kernel.h"

#define DEPTH_MAX 64
#define XML_MAX ((size_t)128 << 10) /* that of Kusto */

/* ---- CSV ------------------------------------------------------------------------------------ */

/* The next field, *at behind its comma; false after the record's last one. */
static bool csv_field(struct str s, size_t *at, struct buf *field)
{
    bool quoted = *at < s.n && s.p[*at] == '"';

    buf_reset(field);
    for (*at += quoted; *at < s.n; ++*at) {
        char c = s.p[*at];
        if (quoted && c == '"') {
            if (*at + 1 < s.n && s.p[*at + 1] == '"')
                ++*at;
            else {
                quoted = false;
                continue;
            }
        } else if (!quoted && (c == ',' || c == '\n' || c == '\r')) {
            break;
        }
        buf_add_byte(field, c);
    }
    bool more = *at < s.n && s.p[*at] == ',';
    *at += more;
    return more;
}

static void parse_csv(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    struct buf field = {0};

    for (size_t i = 0; i < rows; i++) {
        VEC(struct str) items = {0};
        size_t at = 0;
        bool more = true;
        while (more) {
            more = csv_field(cell_str(args[0], i), &at, &field);
            vec_push(call->scratch, &items, dyn_from_string(call->scratch, buf_str(&field)));
        }
        out->strs[i] = dyn_from_array(call->scratch, items.items, items.n);
    }
    buf_release(&field);
}

/* ---- XML ------------------------------------------------------------------------------------ */

struct xml {
    struct arena *arena;
    struct str s;
    size_t at;
    int depth;
};
/* Members of an element: those of one name become an array. */
struct members {
    VEC(struct str) names;
    VEC(struct str) values;
    struct buf text; /* character data, all pieces */
};

static bool element(struct xml *x, struct str *name, struct str *value);

static bool looking_at(const struct xml *x, const char *what)
{
    return str_starts(str_sub(x->s, x->at, x->s.n), str_of(what));
}

static void blanks(struct xml *x)
{
    while (x->at < x->s.n && x->s.p[x->at] && strchr(" \t\r\n", x->s.p[x->at]))
        x->at++;
}

/* Moves behind `what`; false when it does not come. */
static bool skip_past(struct xml *x, const char *what)
{
    size_t found = str_find(x->s, str_of(what), x->at);

    if (found == SIZE_MAX)
        return false;
    x->at = found + strlen(what);
    return true;
}

static bool xml_name(struct xml *x, struct str *name)
{
    size_t start = x->at;

    while (x->at < x->s.n && !strchr(" \t\r\n/>=<&\"'", x->s.p[x->at]))
        x->at++;
    *name = str_sub(x->s, start, x->at);
    return name->n > 0;
}

/* At '&'. */
static bool entity(struct xml *x, struct buf *out)
{
    static const char *const named[][2] = {
        {"lt;", "<"}, {"gt;", ">"}, {"amp;", "&"}, {"quot;", "\""}, {"apos;", "'"}};
    int32_t code = 0;
    char utf8[4];

    x->at++;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (looking_at(x, named[i][0])) {
            buf_add_z(out, named[i][1]);
            x->at += strlen(named[i][0]);
            return true;
        }
    }
    if (!looking_at(x, "#"))
        return false;
    x->at++;
    bool hex = looking_at(x, "x");
    size_t start = x->at += hex;
    for (; x->at < x->s.n && x->s.p[x->at] != ';' && code <= 0x10FFFF; x->at++) {
        char c = x->s.p[x->at], low = c | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : hex && low >= 'a' &&
            low <= 'f' ? low - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        code = code * (hex ? 16 : 10) + digit;
    }
    if (x->at == start || x->at++ >= x->s.n || code > 0x10FFFF || code == 0 ||
        (code >= 0xD800 && code <= 0xDFFF))
        return false;
    buf_add(out, (struct str){utf8, utf8_put(code, utf8)});
    return true;
}

/* Character data up to `end`, entities resolved. */
static bool characters(struct xml *x, char end, struct buf *out)
{
    while (x->at < x->s.n && x->s.p[x->at] != end) {
        if (x->s.p[x->at] != '&')
            buf_add_byte(out, x->s.p[x->at++]);
        else if (!entity(x, out))
            return false;
    }
    return x->at < x->s.n;
}

static void member(struct xml *x, struct members *m, struct str name, struct str value)
{
    vec_push(x->arena, &m->names, name);
    vec_push(x->arena, &m->values, value);
}

static bool attributes(struct xml *x, struct members *m)
{
    for (;;) {
        struct str name;
        struct buf value = {0};
        blanks(x);
        if (looking_at(x, ">") || looking_at(x, "/>"))
            return true;
        if (!xml_name(x, &name))
            return false;
        blanks(x);
        if (!looking_at(x, "="))
            return false;
        x->at++;
        blanks(x);
        if (!looking_at(x, "\"") && !looking_at(x, "'"))
            return false;
        char quote = x->s.p[x->at++];
        bool ok = characters(x, quote, &value);
        x->at++;
        if (ok)
            member(x, m, str_fmt(x->arena, "@%.*s", STR_ARG(name)),
                   dyn_from_string(x->arena, buf_str(&value)));
        buf_release(&value);
        if (!ok)
            return false;
    }
}

/* Comments, instructions and CDATA; false when it is none of them or broken. */
static bool aside(struct xml *x, struct buf *text)
{
    if (looking_at(x, "<!--"))
        return skip_past(x, "-->");
    if (looking_at(x, "<?"))
        return skip_past(x, "?>");
    if (!looking_at(x, "<![CDATA["))
        return false;
    x->at += strlen("<![CDATA[");
    size_t start = x->at;
    if (!skip_past(x, "]]>"))
        return false;
    buf_add(text, str_sub(x->s, start, x->at - 3));
    return true;
}

/* What stands between the tags, and the end tag. */
static bool content(struct xml *x, struct str name, struct members *m)
{
    for (;;) {
        if (!characters(x, '<', &m->text))
            return false;
        if (looking_at(x, "</"))
            break;
        if (looking_at(x, "<!") || looking_at(x, "<?")) {
            if (!aside(x, &m->text))
                return false;
            continue;
        }
        struct str child, value;
        if (!element(x, &child, &value))
            return false;
        member(x, m, child, value);
    }
    struct str close;
    x->at += 2;
    if (!xml_name(x, &close) || !str_eq(close, name))
        return false;
    blanks(x);
    return looking_at(x, ">") && ++x->at;
}

/* The members as one bag, values of one name as an array, in order of first appearance. */
static struct str joined(struct xml *x, const struct members *m)
{
    size_t n = m->names.n, groups = 0;
    struct str *keys = ARENA_ARRAY(x->arena, struct str, n);
    struct str *values = ARENA_ARRAY(x->arena, struct str, n);
    struct str *sorted = ARENA_ARRAY(x->arena, struct str, n);
    size_t *group = ARENA_ARRAY(x->arena, size_t, n), *end = ARENA_ARRAY(x->arena, size_t, n + 1);
    struct map at;
    bool added;

    map_init(&at, x->arena);
    for (size_t i = 0; i < n; i++) {
        group[i] = *map_slot(&at, m->names.items[i], groups, &added);
        if (added)
            keys[groups++] = m->names.items[i];
        end[group[i] + 1]++; /* how many are in the group, for now */
    }
    for (size_t g = 0; g < groups; g++)
        end[g + 1] += end[g]; /* end[g] is where group g begins … */
    for (size_t i = 0; i < n; i++)
        sorted[end[group[i]]++] = m->values.items[i]; /* … and where it ends, when all are placed */
    for (size_t g = 0; g < groups; g++) {
        size_t start = g ? end[g - 1] : 0;
        values[g] = end[g] - start == 1 ? sorted[start]
                                        : dyn_from_array(x->arena, sorted + start, end[g] - start);
    }
    return dyn_from_bag(x->arena, keys, values, groups);
}

/* Only text: a string. Else a bag of attributes, text and children. Nothing at all: null. */
static struct str element_value(struct xml *x, struct members *m, bool empty_tag)
{
    struct str text = str_trim(buf_str(&m->text)), whole = buf_str(&m->text);

    if (m->names.n == 0)
        return empty_tag ? dyn_from_value(x->arena,
                                          (struct value){.type = TYPE_DYNAMIC, .null = true})
                         : dyn_from_string(x->arena, text.n ? whole : STR(""));
    if (text.n)
        member(x, m, STR("#text"), dyn_from_string(x->arena, whole));
    return joined(x, m);
}

/* At '<' of a start tag. */
static bool element(struct xml *x, struct str *name, struct str *value)
{
    struct members m = {0};
    bool ok, empty_tag = false;

    if (++x->depth > DEPTH_MAX)
        return false;
    x->at++;
    ok = xml_name(x, name) && attributes(x, &m);
    if (ok && looking_at(x, "/>")) {
        x->at += 2;
        empty_tag = true;
    } else if (ok) {
        x->at++;
        ok = content(x, *name, &m);
    }
    if (ok)
        *value = element_value(x, &m, empty_tag);
    buf_release(&m.text);
    x->depth--;
    return ok;
}

/* Comments and instructions around the root. A document type is refused: it could define
 * entities. */
static bool around(struct xml *x)
{
    for (;;) {
        blanks(x);
        if (!looking_at(x, "<?") && !looking_at(x, "<!--"))
            return true;
        if (!aside(x, NULL))
            return false;
    }
}

static void parse_xml(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct xml x = {.arena = call->scratch, .s = cell_str(args[0], i)};
        struct str name, value;
        bool ok = x.s.n <= XML_MAX && around(&x) && looking_at(&x, "<") &&
            element(&x, &name, &value) &&
                  around(&x) && x.at == x.s.n;
        if (ok)
            out->strs[i] = dyn_from_bag(call->scratch, &name, &value, 1);
        else
            put_null(out, i);
    }
}

const struct func functions_csv_xml[] = {
    ROW("parse_csv", "text", "The fields of one CSV record, as an array of text.",
        "parse_csv(\"a,\\\"b,b\\\",c\")", "[\"a\",\"b,b\",\"c\"]", FUNC_NAMED,
        {{"s", TYPE_DYNAMIC, parse_csv}}),
    ROW("parse_xml", "text",
        "An XML document as a bag: elements by name, attributes by @name, text by #text.",
        "parse_xml(\"<e k='v'>t</e>\")", "{\"e\":{\"@k\":\"v\",\"#text\":\"t\"}}", FUNC_NAMED,
        {{"s", TYPE_DYNAMIC, parse_xml}}),
    {0},
};
