/* Bracket classes of a pattern: RE2's and Rust's, with nested classes, && -- ~~ and [:posix:]
 * names, into what PCRE2 has. The one idea: a class is a body (what may stand between [ and ])
 * and alternatives that no body can say; with none of these it stays a plain class, else it
 * becomes an atomic group that takes one character, tried under look-ahead. Atomic, so that no
 * character can be taken in two ways. */
#include "func/regex.h"

#include "base/utf8.h"

#define MAX_NESTED 40

struct set {
    struct buf body;   /* between the brackets */
    struct buf others; /* alternatives, joined by | */
};

struct classes {
    struct translation *t;
    bool flat;         /* second try: '[' inside a class is a plain character, as in RE2 */
    bool unclosed;     /* why the first try failed */
    int depth;
};

static bool parse(struct classes *c, struct set *into);

static void set_release(struct set *s)
{
    buf_release(&s->body);
    buf_release(&s->others);
}

static void add_other(struct set *s, const char *before, struct str what, const char *after)
{
    if (s->others.n)
        buf_add_byte(&s->others, '|');
    buf_add_z(&s->others, before);
    buf_add(&s->others, what);
    buf_add_z(&s->others, after);
}

/* One character of the set, as PCRE2 text; with `negated` one that is not in it. */
static void put_set(const struct set *s, bool negated, struct buf *out)
{
    if (s->others.n == 0 && s->body.n == 0) { /* nothing is in it */
        buf_add_z(out, negated ? "(?s:.)" : "(?!)");
        return;
    }
    if (s->others.n == 0) {
        buf_add_z(out, negated ? "[^" : "[");
        buf_add(out, buf_str(&s->body));
        buf_add_byte(out, ']');
        return;
    }
    buf_add_z(out, negated ? "(?:(?!(?>" : "(?>");
    if (s->body.n) {
        buf_add_byte(out, '[');
        buf_add(out, buf_str(&s->body));
        buf_add_z(out, "]|");
    }
    buf_add(out, buf_str(&s->others));
    buf_add_z(out, negated ? "))(?s:.))" : ")");
}

/* ---- items ---------------------------------------------------------------------------------- */

static const char *const posix[][2] = {
    {"alnum", "0-9A-Za-z"}, {"alpha", "A-Za-z"}, {"ascii", "\\x{0}-\\x{7f}"},
    {"blank", "\\x{9}\\x{20}"},
    {"cntrl", "\\x{0}-\\x{1f}\\x{7f}"}, {"digit", "0-9"}, {"graph", "\\x{21}-\\x{7e}"},
    {"lower", "a-z"}, {"print", "\\x{20}-\\x{7e}"},
    {"punct", "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}"},
    {"space", "\\x{9}-\\x{d}\\x{20}"}, {"upper", "A-Z"}, {"word", "0-9A-Z_a-z"},
    {"xdigit", "0-9A-Fa-f"},
};

/* [:name:] or [:^name:] at `at`. */
static bool posix_class(struct classes *c, struct set *s)
{
    struct translation *t = c->t;
    struct str rest = str_sub(t->in, t->at + 2, t->in.n);
    size_t end = str_find(rest, STR(":]"), 0);
    bool negated = rest.n && rest.p[0] == '^';

    if (end == SIZE_MAX || end > 8)
        return false;
    struct str name = str_sub(rest, negated, end);
    for (size_t i = 0; i < sizeof posix / sizeof posix[0]; i++) {
        if (!str_is(name, posix[i][0]))
            continue;
        if (negated)
            add_other(s, "[^", str_of(posix[i][1]), "]");
        else
            buf_add_z(&s->body, posix[i][1]);
        t->at += 2 + end + 2;
        return true;
    }
    return false;
}

static bool nested(struct classes *c, struct set *s)
{
    struct set inner = {0};
    struct translation *t = c->t;
    bool negated = regex_peek(t, 1) == '^';

    if (c->depth == MAX_NESTED)
        return regex_error(t, t->at, "classes are nested too deep");
    t->at += 1 + negated;
    c->depth++;
    bool ok = parse(c, &inner);
    c->depth--;
    if (ok && !negated) {
        buf_add(&s->body, buf_str(&inner.body));
        if (inner.others.n)
            add_other(s, "", buf_str(&inner.others), "");
    } else if (ok) {
        struct buf text = {0};
        put_set(&inner, true, &text);
        add_other(s, "", buf_str(&text), "");
        buf_release(&text);
    }
    set_release(&inner);
    return ok;
}

/* A class escape (\d, \p{…}); false when none stands here or on error. */
static bool class_escape(struct classes *c, struct set *s)
{
    struct translation *t = c->t;
    int e = regex_peek(t, 1);

    if (e == 'p' || e == 'P') {
        t->at += 2;
        return regex_property(t, e == 'P', &s->body);
    }
    if (e < 0 || !strchr("dDsSwW", e))
        return false;
    struct buf body = {0};
    bool negated;
    t->at += 2;
    regex_perl_class(t, (char)e, &body, &negated);
    if (negated)
        add_other(s, "[^", buf_str(&body), "]");
    else
        buf_add(&s->body, buf_str(&body));
    buf_release(&body);
    return true;
}

static bool one_code(struct classes *c, int32_t *code)
{
    struct translation *t = c->t;
    size_t start = t->at;

    if (regex_peek(t, 0) != '\\') {
        *code = regex_next(t);
        return true;
    }
    t->at++;
    if (regex_escaped_code(t, code))
        return true;
    return t->err->set ? false : regex_error(t, start, "unknown escape in a class");
}

static bool code_or_range(struct classes *c, struct set *s)
{
    struct translation *t = c->t;
    size_t start = t->at;
    int32_t low, high;

    if (!one_code(c, &low))
        return false;
    regex_skip_blanks(t);
    size_t dash = t->at;
    bool range = regex_peek(t, 0) == '-';
    if (range) {
        t->at++;
        regex_skip_blanks(t);
        int after = regex_peek(t, 0);
        range = after != ']' && after != '-' && after >= 0;
    }
    if (!range) {
        t->at = dash;
        regex_put_code(t, low, &s->body);
        return true;
    }
    int letter = regex_peek(t, 0) == '\\' ? regex_peek(t, 1) : 0;
    if (letter > 0 && strchr("dDsSwWpP", letter))
        return regex_error(t, start, "a range needs a character at both ends");
    if (!one_code(c, &high))
        return false;
    if (low > high)
        return regex_error(t, start, "a range from high to low");
    if ((low <= 0x17F && high >= 0x17F) || (low <= 0x212A && high >= 0x212A))
        t->needs_unicode = true;
    regex_put_code(t, low, &s->body);
    buf_add_byte(&s->body, '-');
    regex_put_code(t, high, &s->body);
    return true;
}

/* ---- sets ----------------------------------------------------------------------------------- */

static int operator_at(const struct translation *t)
{
    int c = regex_peek(t, 0);

    return (c == '&' || c == '-' || c == '~') && regex_peek(t, 1) == c ? c : 0;
}

/* Items up to an operator or ']'; `first` means ']' and '-' may stand for themselves. */
static bool parse_union(struct classes *c, struct set *s, bool first)
{
    struct translation *t = c->t;

    for (;; first = false) {
        regex_skip_blanks(t);
        int ch = regex_peek(t, 0);
        if (ch < 0) {
            c->unclosed = true;
            return false;
        }
        if (ch == ']' && !first)
            return true;
        if (!first && operator_at(t) && !c->flat)
            return true;
        if (ch == '[' && regex_peek(t, 1) == ':' && posix_class(c, s))
            continue;
        if (ch == '[' && !c->flat) {
            if (!nested(c, s))
                return false;
            continue;
        }
        if (ch == '\\' && class_escape(c, s))
            continue;
        if (t->err->set || !code_or_range(c, s))
            return false;
    }
}

/* s becomes s && with, s -- with or s ~~ with. */
static void combine(struct set *s, int op, const struct set *with)
{
    struct buf left = {0}, right = {0}, all = {0};

    put_set(s, false, &left);
    put_set(with, false, &right);
    const struct str l = buf_str(&left), r = buf_str(&right);
    buf_add_z(&all, op == '&' ? "(?=" : "(?!");
    buf_add(&all, r);
    buf_add_byte(&all, ')');
    buf_add(&all, l);
    if (op == '~') {
        buf_add_z(&all, "|(?!");
        buf_add(&all, l);
        buf_add_byte(&all, ')');
        buf_add(&all, r);
    }
    buf_reset(&s->body);
    buf_reset(&s->others);
    add_other(s, "(?>", buf_str(&all), ")");
    buf_release(&left);
    buf_release(&right);
    buf_release(&all);
}

/* After '[' or '[^', through the closing ']'. */
static bool parse(struct classes *c, struct set *into)
{
    struct translation *t = c->t;
    int op;

    if (!parse_union(c, into, true))
        return false;
    while ((op = operator_at(t)) && !c->flat) {
        struct set with = {0};
        t->at += 2;
        bool ok = parse_union(c, &with, false);
        if (ok)
            combine(into, op, &with);
        set_release(&with);
        if (!ok)
            return false;
        /* each step may triple the text */
        if (into->others.n > 1 << 16)
            return regex_error(t, t->at, "the class is too large");
    }
    t->at++; /* the ']' */
    return true;
}

bool regex_class(struct translation *t, struct buf *out)
{
    size_t start = t->at;
    struct classes c = {.t = t};
    struct set s = {0};
    bool negated = regex_peek(t, 1) == '^';

    t->at += 1 + negated;
    bool ok = parse(&c, &s);
    if (!ok && c.unclosed && !t->err->set) {
        set_release(&s);
        s = (struct set){0};
        c = (struct classes){.t = t, .flat = true};
        t->at = start + 1 + negated;
        ok = parse(&c, &s);
    }
    if (ok)
        put_set(&s, negated, out);
    set_release(&s);
    return ok || (t->err->set ? false : regex_error(t, start, "'[' without ']'"));
}
