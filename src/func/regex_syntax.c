/* A pattern in the language of RE2 and Rust's regex in, a pattern for PCRE2 out. The one idea:
 * nothing reaches PCRE2 that was not read and understood here, so what Kusto refuses
 * (back-references, look-around, possessive quantifiers, recursion, callouts, verbs) is refused
 * with a message of our own, and what means something else in PCRE2 (\v, \z, [[:alpha:]], nested
 * classes, (?x), word boundaries) is rewritten. */
#include "func/regex.h"

#include "base/utf8.h"

#define MAX_DEPTH 200 /* PCRE2's own limit is 250; our rewriting of classes adds a few */

bool regex_error(struct translation *t, size_t at, const char *what)
{
    return error_set(t->err, "invalid regular expression: %s (at byte %zu of the pattern)", what,
                     at);
}

int32_t regex_next(struct translation *t)
{
    return utf8_next(t->in, &t->at);
}

void regex_skip_blanks(struct translation *t)
{
    while (t->verbose && t->at < t->in.n) {
        char c = t->in.p[t->at];
        if (c == '#')
            while (t->at < t->in.n && t->in.p[t->at] != '\n')
                t->at++;
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            t->at++;
        else
            return;
    }
}

/* ---- outside of classes --------------------------------------------------------------------- */

struct level {
    bool bytes, verbose;
};
struct pattern {
    struct translation t;
    struct arena *arena;
    struct buf *out;
    bool repeatable;    /* a quantifier may stand here */
    struct level levels[MAX_DEPTH];
    size_t depth;
    VEC(struct str) names;
};

static const char *refusal(int c)
{
    if (c >= '1' && c <= '9')
        return "back-references are not supported";
    switch (c) {
    case 'g': case 'k': return "back-references are not supported";
    case 'K': return "\\K is not supported";
    case 'G': return "\\G is not supported";
    case 'Z': return "\\Z is not supported; \\z is the end of the text";
    case 'E': return "\\E without \\Q";
    case '0': return "octal escapes are not supported; write \\x{0}";
    case -1: return "the pattern ends in a backslash";
    default: return "unknown escape";
    }
}

static bool quoted(struct pattern *p)
{
    struct translation *t = &p->t;

    while (t->at < t->in.n) {
        if (regex_peek(t, 0) == '\\' && regex_peek(t, 1) == 'E') {
            t->at += 2;
            break;
        }
        regex_put_code(t, regex_next(t), p->out);
        p->repeatable = true;
    }
    return true;
}

static bool escape(struct pattern *p)
{
    struct translation *t = &p->t;
    size_t start = t->at++;
    int c = regex_peek(t, 0);
    int32_t code;

    p->repeatable = true;
    if (c > 0 && strchr("dDsSwW", c)) {
        t->at++;
        regex_put_perl_class(t, (char)c, p->out);
        return true;
    }
    if (c == 'p' || c == 'P') {
        t->at++;
        return regex_property(t, c == 'P', p->out);
    }
    if (c == 'b' || c == 'B') {
        t->at++;
        p->repeatable = false;
        regex_put_boundary(t, c == 'b', p->out);
        return true;
    }
    if (c == 'A' || c == 'z') {
        t->at++;
        p->repeatable = false;
        buf_addf(p->out, "\\%c", c);
        return true;
    }
    if (c == 'Q') {
        t->at++;
        return quoted(p);
    }
    if (regex_escaped_code(t, &code)) {
        regex_put_code(t, code, p->out);
        return true;
    }
    return t->err->set ? false : regex_error(t, start, refusal(c));
}

/* The end of {n}, {n,} or {n,m} at `at`, or 0 when the brace is a plain character. */
static size_t repeat_end(const struct translation *t)
{
    size_t i = t->at + 1;
    size_t digits = i;

    while (i < t->in.n && t->in.p[i] >= '0' && t->in.p[i] <= '9')
        i++;
    if (i == digits)
        return 0;
    if (i < t->in.n && t->in.p[i] == ',')
        for (i++; i < t->in.n && t->in.p[i] >= '0' && t->in.p[i] <= '9';)
            i++;
    return i < t->in.n && t->in.p[i] == '}' ? i + 1 : 0;
}

static bool quantifier(struct pattern *p, size_t end)
{
    struct translation *t = &p->t;

    if (!p->repeatable)
        return regex_error(t, t->at, "a repetition without something to repeat");
    if (end - t->at > 13)
        return regex_error(t, t->at, "repetition count too large");
    buf_add(p->out, str_sub(t->in, t->at, end));
    t->at = end;
    p->repeatable = false;
    if (regex_peek(t, 0) == '?') {
        buf_add_byte(p->out, '?');
        t->at++;
    }
    int c = regex_peek(t, 0);
    if (c == '+')
        return regex_error(t, t->at, "possessive quantifiers are not supported");
    if (c == '*' || c == '?' || (c == '{' && repeat_end(t)))
        return regex_error(t, t->at, "a repetition of a repetition; put the inner one in (?:…)");
    return true;
}

/* (?flags) or (?flags: ; at the first flag. */
static bool flags(struct pattern *p)
{
    struct translation *t = &p->t;
    struct level before = {t->bytes, t->verbose};
    size_t start = t->at;
    bool on = true;
    char set[16], cleared[16];
    size_t n_set = 0, n_cleared = 0;

    for (;; t->at++) {
        int c = regex_peek(t, 0);
        if (c == ')' || c == ':')
            break;
        if (c == '-' && on)
            on = false;
        else if (c == 'u')
            t->bytes = !on;
        else if (c == 'x')
            t->verbose = on;
        else if (c > 0 && strchr("imsU", c) && n_set < sizeof set && n_cleared < sizeof cleared)
            *(on ? &set[n_set++] : &cleared[n_cleared++]) = (char)c;
        else
            return regex_error(t, t->at, c == 'R' && on && t->at == start
                                             ? "recursion is not supported"
                                             : "unknown group or flag after (?");
    }
    bool group = t->in.p[t->at++] == ':';
    if (group || n_set || n_cleared)
        buf_addf(p->out, "(?%.*s%s%.*s%c", (int)n_set, set, n_cleared ? "-" : "", (int)n_cleared,
                 cleared, group ? ':' : ')');
    if (group)
        p->levels[p->depth++] = before;
    p->repeatable = false;
    return true;
}

static bool group_name(struct pattern *p, struct str *name)
{
    struct translation *t = &p->t;
    size_t start = t->at;

    while (t->at < t->in.n && t->in.p[t->at] != '>')
        t->at++;
    *name = str_sub(t->in, start, t->at);
    if (t->at == t->in.n || name->n == 0)
        return regex_error(t, start, "name of a group expected, then '>'");
    for (size_t i = 0; i < p->names.n; i++)
        if (str_eq(p->names.items[i], *name))
            return regex_error(t, start, "two groups of one name");
    t->at++;
    return true;
}

/* What stands after "(?" and is neither a flag nor a name: why it is refused. */
static const char *group_refusal(int c, int next)
{
    if (c == '=' || c == '!' || (c == '<' && (next == '=' || next == '!')))
        return "look-around is not supported";
    if (c == '>')
        return "atomic groups are not supported";
    if (c == '(' || c == '|')
        return "conditional and branch-reset groups are not supported";
    if (c == '#')
        return "comments in the pattern are not supported";
    if (c == 'C')
        return "callouts are not supported";
    if (c == '&' || c == '+' || (c >= '0' && c <= '9') || (c == 'P' && next == '>') ||
        (c == '-' && next >= '0' && next <= '9'))
        return "recursion is not supported";
    if (c == 'P' && next == '=')
        return "back-references are not supported";
    return NULL;
}

static bool group(struct pattern *p)
{
    struct translation *t = &p->t;
    size_t start = t->at++;
    struct str name = STR("");

    p->repeatable = false;
    if (p->depth == MAX_DEPTH)
        return regex_error(t, start, "groups are nested too deep");
    if (regex_peek(t, 0) == '*')
        return regex_error(t, start, "verbs are not supported");
    if (regex_peek(t, 0) == '?') {
        int c = regex_peek(t, 1), next = regex_peek(t, 2);
        const char *refused = group_refusal(c, next);
        t->at++;
        if (refused)
            return regex_error(t, start, refused);
        if (c != '<' && !(c == 'P' && next == '<'))
            return flags(p);
        t->at += c == 'P' ? 2 : 1;
        if (!group_name(p, &name))
            return false;
    }
    vec_push(p->arena, &p->names, name);
    p->levels[p->depth++] = (struct level){t->bytes, t->verbose};
    buf_add_byte(p->out, '(');
    return true;
}

static bool group_end(struct pattern *p)
{
    struct translation *t = &p->t;

    if (p->depth == 0)
        return regex_error(t, t->at, "')' without '('");
    struct level l = p->levels[--p->depth];
    t->bytes = l.bytes;
    t->verbose = l.verbose;
    t->at++;
    buf_add_byte(p->out, ')');
    p->repeatable = true;
    return true;
}

static bool item(struct pattern *p)
{
    struct translation *t = &p->t;
    int c = regex_peek(t, 0);
    size_t end;

    switch (c) {
    case '\\': return escape(p);
    case '(': return group(p);
    case ')': return group_end(p);
    case '[': p->repeatable = true; return regex_class(t, p->out);
    case '*': case '+': case '?': return quantifier(p, t->at + 1);
    case '{':
        if ((end = repeat_end(t)))
            return quantifier(p, end);
        break;
    case '|': case '^': case '$': case '.':
        t->at++;
        buf_add_byte(p->out, (char)c);
        p->repeatable = c == '.';
        return true;
    default: break;
    }
    regex_put_code(t, regex_next(t), p->out);
    p->repeatable = true;
    return true;
}

bool regex_translate(struct arena *a, struct str pattern, bool ascii, struct regex_text *text,
                     struct error *err)
{
    struct pattern p = {.t = {.in = pattern, .ascii = ascii, .err = err}, .arena = a,
                        .out = &text->pcre};

    *text = (struct regex_text){0};
    if (!utf8_valid(pattern))
        return error_set(err, "invalid regular expression: the pattern is no valid UTF-8");
    for (;;) {
        regex_skip_blanks(&p.t);
        if (p.t.at >= pattern.n)
            break;
        if (!item(&p))
            return false;
    }
    if (p.depth)
        return regex_error(&p.t, pattern.n, "'(' without ')'");
    text->groups = p.names.n;
    text->names = p.names.items;
    text->needs_unicode = p.t.needs_unicode;
    return true;
}
