/* The text of a filter becomes chips. In: text and the columns of the table it is for. Out: trees
 * of terms whose columns and values are settled, or an error with its place. See filter.h. */
#include <ctype.h>

#include "base/vec.h"
#include "hunt/filter_internal.h"

#define DEEPEST 64     /* brackets in brackets */
#define MOST_CHIPS 250 /* each costs a look at every row */

struct parser {
    struct arena *a;
    const struct filter_names *names;
    struct source_text source;
    struct str text;
    size_t at;
    int depth;
    bool unfinished;   /* the text ends where something is still to come */
    struct error *err;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char peek(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->text.n ? p->text.p[p->at + ahead] : '\0';
}

static bool at_end(const struct parser *p)
{
    return p->at >= p->text.n;
}

static void skip_blanks(struct parser *p)
{
    while (!at_end(p) && blank(peek(p, 0)))
        p->at++;
}

/* The word ends here: at a blank, the end, or a bracket that closes one of ours. */
static bool ends_word(const struct parser *p, size_t at)
{
    return at >= p->text.n || blank(p->text.p[at]) || (p->depth && p->text.p[at] == ')');
}

static struct span from(const struct parser *p, size_t start)
{
    size_t end = p->at > start ? p->at : start + 1;
    return (struct span){(uint32_t)start, (uint32_t)end};
}

static struct filter_node *fails(struct parser *p, size_t start, const char *why)
{
    error_at(p->err, &p->source, from(p, start), "%s", why);
    return NULL;
}

static struct filter_node *unfinished(struct parser *p, size_t start, const char *why)
{
    p->unfinished = true;
    return fails(p, start, why);
}

static struct filter_node *node(struct parser *p, enum filter_kind kind, struct filter_node *left,
                                struct filter_node *right)
{
    struct filter_node *n = ARENA_NEW(p->a, struct filter_node);
    n->kind = kind;
    n->left = left;
    n->right = right;
    return left ? n : NULL;
}

/* ---- words ----------------------------------------------------------------------------------- */

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A text in quotes; the cursor is on the first. False: there is no second. */
static bool read_quoted(struct parser *p, struct str *out)
{
    size_t start = p->at++, n = 0;
    char *text = arena_alloc(p->a, p->text.n - start + 1);
    for (; !at_end(p) && peek(p, 0) != '"'; p->at++) {
        char c = peek(p, 0), next = peek(p, 1);
        if (c == '\\' && (next == '"' || next == '\\')) {
            c = next;
            p->at++;
        } else if (c == '\\' && next == 'x' && hex(peek(p, 2)) >= 0 && hex(peek(p, 3)) >= 0) {
            c = (char)(hex(peek(p, 2)) * 16 + hex(peek(p, 3)));
            p->at += 3;
        }
        text[n++] = c;
    }
    if (at_end(p))
        return unfinished(p, start, "the quotes are not closed") != NULL;
    p->at++;
    *out = (struct str){text, n};
    return true;
}

/* An operator at the cursor: its length, or 0. */
static size_t op_at(const struct parser *p, size_t ahead, enum filter_op *op, bool *negated)
{
    static const struct {
        const char *text;
        enum filter_op op;
        bool negated;
    } ops[] = {{":>=", OP_FROM, false}, {":<=", OP_UP_TO, false}, {":>", OP_OVER, false},
               {":<", OP_UNDER, false}, {">=", OP_FROM, false},   {"<=", OP_UP_TO, false},
               {"!=", OP_EQUAL, true},  {"=", OP_EQUAL, false},   {">", OP_OVER, false},
               {"<", OP_UNDER, false},  {":", OP_HAS, false}};
    struct str rest = str_sub(p->text, p->at + ahead < p->text.n ? p->at + ahead : p->text.n,
                              p->text.n);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (str_starts(rest, str_of(ops[i].text))) {
            *op = ops[i].op;
            *negated = ops[i].negated;
            return strlen(ops[i].text);
        }
    return 0;
}

/* Whether the word at the cursor holds a : that is no column's: an address, a URL, a drive. */
static bool is_plain(const struct parser *p, size_t name)
{
    size_t end = p->at;
    uint8_t address[16];
    while (!ends_word(p, end))
        end++;
    struct str word = str_sub(p->text, p->at, end);
    struct str bare = str_sub(word, 0, str_find_byte(word, '/'));
    if (filter_address(bare, address))
        return true;
    return peek(p, name) == ':' && ((peek(p, name + 1) == '/' && peek(p, name + 2) == '/') ||
                                    (name == 1 && peek(p, 2) == '\\'));
}

/* NAME and operator at the cursor; false, with the cursor where it was, where there are none. */
static bool read_field(struct parser *p, struct str *name, enum filter_op *op, bool *negated)
{
    size_t start = p->at, n = 0;
    if (peek(p, 0) == '"') {
        struct error lost = {0}, *err = p->err;
        bool was = p->unfinished;
        p->err = &lost;
        bool ok = read_quoted(p, name) && name->n;
        p->err = err;
        p->unfinished = was;
        n = ok ? op_at(p, 0, op, negated) : 0;
        p->at = n ? p->at + n : start;
        return n > 0;
    }
    if (!isalpha((unsigned char)peek(p, 0)) && peek(p, 0) != '_')
        return false;
    while (isalnum((unsigned char)peek(p, n)) || peek(p, n) == '_' || peek(p, n) == '-' ||
           peek(p, n) == '.')
        n++;
    size_t length = op_at(p, n, op, negated);
    if (!length || is_plain(p, n))
        return false;
    *name = str_sub(p->text, start, start + n);
    p->at += n + length;
    return true;
}

static bool add_value(struct parser *p, struct filter_term *term, struct str text, bool quoted,
                      enum filter_op op, size_t start)
{
    struct filter_value v;
    if (!filter_value_read(p->a, text, quoted, op, &v))
        return fails(p, start, "this is no number, time or duration") != NULL;
    size_t slash = str_find_byte(text, '/');
    uint8_t address[16];
    if (op == OP_HAS && !quoted && slash < text.n && !v.net.has &&
        filter_address(str_sub(text, 0, slash), address)) {
        p->unfinished = slash + 1 == text.n && at_end(p);
        return fails(p, start, "a network's / is followed by 0 to 32, or 128 for IPv6") != NULL;
    }
    term->values = arena_grow(p->a, term->values, term->n_values * sizeof v,
                              (term->n_values + 1) * sizeof v);
    term->values[term->n_values++] = v;
    return true;
}

/* a|b|"c d" up to the end of the word. */
static bool read_values(struct parser *p, struct filter_term *term, enum filter_op op)
{
    for (;;) {
        size_t start = p->at;
        struct str text;
        bool quoted = peek(p, 0) == '"';
        if (quoted) {
            if (!read_quoted(p, &text))
                return false;
            if (!ends_word(p, p->at) && peek(p, 0) != '|')
                return fails(p, p->at, "a blank is missing after the quotes") != NULL;
        } else {
            while (!ends_word(p, p->at) && peek(p, 0) != '|')
                p->at++;
            text = str_sub(p->text, start, p->at);
        }
        if (!text.n && !quoted) {
            if (term->n_values) /* a| : nothing is added by it */
                return ends_word(p, p->at) || fails(p, start, "a value is missing here") != NULL;
            return unfinished(p, start,
                              op > OP_EQUAL ? "a number, time or duration is missing here"
                                            : "a value is missing here; \"\" is the empty one") !=
                   NULL;
        }
        if (!add_value(p, term, text, quoted, op, start))
            return false;
        if (peek(p, 0) != '|' || ends_word(p, p->at))
            return true;
        p->at++;
    }
}

/* ---- terms ----------------------------------------------------------------------------------- */

static bool is_keyword(const struct parser *p, const char *word)
{
    size_t n = strlen(word);
    return p->at + n <= p->text.n && memcmp(p->text.p + p->at, word, n) == 0 &&
           ends_word(p, p->at + n);
}

static struct filter_node *free_word(struct parser *p)
{
    if (is_keyword(p, "AND") || is_keyword(p, "OR")) {
        size_t start = p->at;
        p->at += peek(p, 0) == 'A' ? 3 : 2;
        return fails(p, start, "this stands between two words; in quotes it is one");
    }
    struct filter_node *n = ARENA_NEW(p->a, struct filter_node);
    n->kind = FILTER_TERM;
    if (!read_values(p, &n->term, OP_HAS))
        return NULL;
    for (size_t i = 0; i < n->term.n_values; i++)
        n->term.values[i].free = true;
    n->term.probes = ARENA_ARRAY(p->a, struct filter_probe, p->names->schema->n + 1);
    for (size_t i = 0; i < p->names->schema->n; i++)
        n->term.probes[n->term.n_probes++] = (struct filter_probe){i, PROBE_CELL};
    return n;
}

static struct filter_node *unknown_field(struct parser *p, struct str name, size_t start)
{
    struct str best = filter_nearest(p->names, name);
    struct span span = {(uint32_t)start, (uint32_t)(start + name.n)};
    if (best.n)
        error_at(p->err, &p->source, span, "no column '%.*s' here; did you mean '%.*s'?",
                 STR_ARG(name), STR_ARG(best));
    else
        error_at(p->err, &p->source, span,
                 "no column '%.*s' here; in quotes it is looked for as text", STR_ARG(name));
    return NULL;
}

static const char *wanted(enum type type)
{
    return type == TYPE_DATETIME  ? "a time (2023-11-15, 02:11)"
           : type == TYPE_TIMESPAN ? "a duration (5s, 2min)"
                                  : "a number";
}

/* Columns that cannot hold one of the values are left out; none left is an error. */
static bool settle_fields(struct parser *p, struct filter_term *term, struct str name, size_t start)
{
    size_t n = filter_fields(p->a, p->names, name, &term->probes), kept = 0;
    if (!n)
        return unknown_field(p, name, start) != NULL;
    for (size_t i = 0; i < n; i++) {
        enum type type = p->names->schema->fields[term->probes[i].field].type;
        bool fits = true;
        for (size_t k = 0; k < term->n_values && fits; k++)
            fits = filter_fits(&term->values[k], type, term->probes[i].part);
        if (fits)
            term->probes[kept++] = term->probes[i];
    }
    term->n_probes = kept;
    if (kept)
        return true;
    const struct field *f = &p->names->schema->fields[term->probes[0].field];
    return error_at(p->err, &p->source, from(p, start), "'%.*s' is compared with %s",
                    STR_ARG(f->name), wanted(f->type));
}

static struct filter_node *read_term(struct parser *p)
{
    size_t start = p->at;
    struct str name;
    enum filter_op op;
    bool negated = false;
    if (!read_field(p, &name, &op, &negated))
        return free_word(p);
    struct filter_node *n = ARENA_NEW(p->a, struct filter_node);
    struct filter_probe *probes;
    n->kind = FILTER_TERM;
    if (!filter_fields(p->a, p->names, name, &probes))
        return unknown_field(p, name, start + (p->text.p[start] == '"'));
    if (!read_values(p, &n->term, op) || !settle_fields(p, &n->term, name, start))
        return NULL;
    return negated ? node(p, FILTER_NOT, n, NULL) : n;
}

static struct filter_node *read_group(struct parser *p);

static struct filter_node *read_one(struct parser *p)
{
    size_t start = p->at;
    bool negated = false;
    for (;; skip_blanks(p)) {
        if (is_keyword(p, "NOT"))
            p->at += 3;
        else if ((peek(p, 0) == '-' || peek(p, 0) == '!') && !ends_word(p, p->at + 1))
            p->at++;
        else
            break;
        negated = !negated;
    }
    if (at_end(p))
        return unfinished(p, start, "what is not wanted is missing here");
    struct filter_node *n = peek(p, 0) == '(' ? read_group(p) : read_term(p);
    return negated ? node(p, FILTER_NOT, n, NULL) : n;
}

static struct filter_node *read_or(struct parser *p)
{
    struct filter_node *left = read_one(p);
    for (;;) {
        skip_blanks(p);
        size_t start = p->at;
        if (!left || !(is_keyword(p, "OR") || is_keyword(p, "|")))
            return left;
        p->at += peek(p, 0) == '|' ? 1 : 2;
        skip_blanks(p);
        if (at_end(p))
            return unfinished(p, start, "after OR something is missing");
        struct filter_node *right = read_one(p);
        left = right ? node(p, FILTER_OR, left, right) : NULL;
    }
}

static bool skip_and(struct parser *p)
{
    size_t start = p->at;
    if (!is_keyword(p, "AND"))
        return true;
    p->at += 3;
    skip_blanks(p);
    if (at_end(p) || (p->depth && peek(p, 0) == ')'))
        return unfinished(p, start, "after AND something is missing") != NULL;
    return true;
}

/* ( … ) with the cursor on the bracket: blanks are AND inside too. */
static struct filter_node *read_group(struct parser *p)
{
    size_t start = p->at++;
    struct filter_node *all = NULL;
    if (++p->depth > DEEPEST)
        return fails(p, start, "too many brackets in brackets");
    for (;;) {
        skip_blanks(p);
        if (at_end(p))
            return unfinished(p, start, "the bracket is not closed");
        if (peek(p, 0) == ')')
            break;
        if (all && !skip_and(p))
            return NULL;
        struct filter_node *one = read_or(p);
        if (!one)
            return NULL;
        all = all ? node(p, FILTER_AND, all, one) : one;
    }
    p->at++;
    p->depth--;
    return all ? all : fails(p, start, "nothing stands in the brackets");
}

/* ---- chips ----------------------------------------------------------------------------------- */

static bool read_chip(struct parser *p, struct filter_chip *chip)
{
    *chip = (struct filter_chip){.start = (uint32_t)p->at, .on = peek(p, 0) != '#'};
    if (!chip->on) {
        for (; peek(p, 0) == '#'; skip_blanks(p)) /* off twice is off */
            p->at++;
        if (at_end(p))
            return unfinished(p, chip->start, "what is switched off is missing here") != NULL;
    }
    size_t start = p->at;
    chip->node = read_or(p);
    if (!chip->node)
        return false;
    /* an OR looked beyond the blanks for the next one */
    size_t end = p->at;
    while (end > start && blank(p->text.p[end - 1]))
        end--;
    chip->end = (uint32_t)end;
    chip->text = str_sub(p->text, start, end);
    return true;
}

bool filter_parse(struct arena *a, struct str text, const struct filter_names *names,
                  struct filter *out, struct error *err)
{
    VEC(struct filter_chip) chips = {0};
    struct parser p = {.a = a, .names = names, .text = str_dup(a, text), .err = err};
    p.source = (struct source_text){STR("filter"), p.text, 1, 0};
    *out = (struct filter){.text = p.text};
    for (skip_blanks(&p); !at_end(&p); skip_blanks(&p)) {
        struct filter_chip chip;
        bool ok = !chips.n || skip_and(&p);
        if (chips.n == MOST_CHIPS)
            return fails(&p, p.at, "these are too many chips") != NULL;
        ok = ok && read_chip(&p, &chip);
        if (ok) {
            vec_push(a, &chips, chip);
            out->n_on += chip.on;
        }
        out->chips = chips.items;
        out->n = chips.n;
        out->unfinished = p.unfinished;
        if (!ok)
            return false;
    }
    return true;
}
