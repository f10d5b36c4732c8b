/* Errors are values. A function that can fail is `bool f(…, struct error *err)`; false means err is
 * filled. The first error wins (setting a set error changes nothing); context is added in front on
 * the way up; the error is printed once, by main or the screen, with file:line:column, the line and
 * a caret:
 *
 *     rules/x.yaml:23:31: unknown function 'tostrin'; did you mean 'tostring'?
 *       | extend file_ext = tostrin(split(csUriStem, ".")[-1])
 *                           ^~~~~~~
 * BUG() is for promises of our own that are broken: it aborts. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H
#include "base/str.h"

struct span {
    uint32_t start, end; /* byte offsets into the text, end exclusive */
};

/* Where a text that is parsed came from, so that an offset in it becomes file:line:column. */
struct source_text {
    struct str name; /* file name, or "query" */
    struct str text; /* the text itself */
    int first_line;  /* line of the file on which the text begins, from 1 */
    int indent;      /* columns cut off in front of every line (YAML block scalars) */
};

struct error {
    bool set;
    char message[1024];
    struct {
        char file[512];
        int line, column; /* from 1; line 0: no place known */
        int width;        /* columns under the caret, at least 1 */
        char text[512];   /* the line itself, raw; of a long line the part around the place */
        int text_column;  /* the column at which text begins */
    } place;
};

bool error_set(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* false */
bool error_at(struct error *err, const struct source_text *source, struct span span,
              const char *format, ...) __attribute__((format(printf, 4, 5))); /* false */
/* "reading x.log: " in front of the message. Returns false. */
bool error_context(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "what 'path': No such file or directory". Returns false. */
bool error_errno(struct error *err, const char *what, struct str path);
/* The whole text for people, several lines, made safe for a terminal, without a last newline. */
void error_text(const struct error *err, struct buf *out);
/* The same where lines have so many columns: of a longer line of the source the part around the
 * place, with … where it was cut, so that the caret stays under it. 0: no end. */
void error_text_in(const struct error *err, int columns, struct buf *out);

/* Line and column (from 1) of an offset in a source. A column is a code point. */
void source_place(const struct source_text *source, uint32_t offset, int *line, int *column);

#define BUG(...) bug_abort(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_abort(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The candidate nearest to `name`, or STR_NONE when none is near enough to be a slip of the
 * fingers. */
struct nearest {
    struct str name, best;
    unsigned distance;
};
void nearest_init(struct nearest *n, struct str name);
void nearest_offer(struct nearest *n, struct str candidate);
struct str nearest_found(const struct nearest *n);
#endif
