/* UTF-8, where bytes may be anything. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H
#include "base/str.h"

#define UTF8_BAD INT32_C(-1)
/* The code point at s.p[*at] and *at moved past it. An invalid byte gives UTF8_BAD and moves one
 * byte. Overlong forms, surrogates and values over U+10FFFF are invalid. *at < s.n is required. */
int32_t utf8_next(struct str s, size_t *at);
size_t utf8_put(int32_t code, char out[4]); /* bytes written */
size_t utf8_length(struct str s);           /* code points; each invalid byte counts one */
bool utf8_valid(struct str s);
bool utf8_ascii(struct str s);   /* no byte over 0x7f */
int utf8_width(int32_t code);    /* columns on a terminal: 0, 1, 2 (utf8proc) */
int32_t utf8_fold(int32_t code); /* simple case folding, one to one */
int32_t utf8_lower(int32_t code);
int32_t utf8_upper(int32_t code);
bool utf8_alnum(int32_t code); /* Unicode letter or digit: what makes a term (KQL.md 3.2) */
/* Equality and search without regard to case, Unicode-aware, no normalisation (KQL.md 3.1). The
 * result of find is a byte offset or SIZE_MAX; *match_end is where the match ends. ASCII is
 * fast. */
bool utf8_eq_fold(struct str a, struct str b);
size_t utf8_find_fold(struct str s, struct str needle, size_t from, size_t *match_end);
#endif
