/* The two halves of our regular expressions: regex_syntax.c reads the language that Kusto has
 * (that of RE2 and of Rust's regex) and writes it down for PCRE2; regex_match.c compiles and
 * matches that. */
#ifndef FUNC_REGEX_H
#define FUNC_REGEX_H
#include "func/func.h"

/* What a pattern came to. */
struct regex_text {
    struct buf pcre;     /* for PCRE2; the caller releases it */
    size_t groups;       /* capture groups */
    struct str *names;   /* names[i] of group i + 1, empty without one; in the arena */
    bool needs_unicode;  /* `ascii` was asked, but other letters (U+212A) can match ASCII text */
};
/* Translates `pattern`. With `ascii` the result is meant for subjects of ASCII alone, matched by
 * bytes, and finds in them what the other finds. */
bool regex_translate(struct arena *a, struct str pattern, bool ascii, struct regex_text *text,
                     struct error *err);

/* ---- inside the translation: regex_syntax.c, regex_class.c, regex_escape.c ---- */
struct translation {
    struct str in;
    size_t at;
    bool ascii;            /* see regex_translate */
    bool needs_unicode;
    bool bytes;            /* (?-u): \w \d \s mean ASCII alone */
    bool verbose;          /* (?x): blanks and # comments are skipped */
    struct error *err;
};
bool regex_error(struct translation *t, size_t at, const char *what); /* false */
bool regex_class(struct translation *t, struct buf *out);  /* at '[' */
/* After a backslash: a code point written as \xHH, \n, \., … False: not one (nothing taken) or an
 * error. */
bool regex_escaped_code(struct translation *t, int32_t *code);
/* The inside of [] for \d \s \w; *negated is set for \D \S \W unless they could be written
 * directly. */
void regex_perl_class(struct translation *t, char letter, struct buf *body, bool *negated);
void regex_put_perl_class(struct translation *t, char letter, struct buf *out); /* the same in [] */
/* \b and \B: between a word character and none. */
void regex_put_boundary(struct translation *t, bool at_boundary, struct buf *out);
bool regex_property(struct translation *t, bool negated, struct buf *body); /* after \p or \P */
void regex_put_code(struct translation *t, int32_t code, struct buf *out);
int32_t regex_next(struct translation *t); /* the code point at `at`, moved past */
static inline int regex_peek(const struct translation *t, size_t ahead)
{
    return t->at + ahead < t->in.n ? (unsigned char)t->in.p[t->at + ahead] : -1;
}
void regex_skip_blanks(struct translation *t); /* in (?x) */
#endif
