/* A query with exclusions: in, its text and lines not(…); out, the text with `| where not(…)`
 * behind each mention of the table. Comments and texts are passed over. */
#include "hunt/hunt_internal.h"

/* Bytes of what is no code at `at`: a comment or a text; 0: it is code. */
static size_t skip(struct str s, size_t at)
{
    char c = s.p[at];
    size_t i = at + 1;
    if (c == '/' && i < s.n && s.p[i] == '/') {
        while (i < s.n && s.p[i] != '\n')
            i++;
        return i - at;
    }
    if (str_starts(str_sub(s, at, s.n), STR("```")) ||
        str_starts(str_sub(s, at, s.n), STR("~~~"))) {
        size_t end = str_find(s, str_sub(s, at, at + 3), at + 3);
        return (end < s.n ? end + 3 : s.n) - at;
    }
    bool verbatim = c == '@' && i < s.n && (s.p[i] == '"' || s.p[i] == '\'');
    if (c != '"' && c != '\'' && !verbatim)
        return 0;
    char quote = verbatim ? s.p[i++] : c;
    for (; i < s.n; i++) {
        if (!verbatim && s.p[i] == '\\')
            i++;
        else if (s.p[i] == quote)
            return (i + 1 < s.n ? i + 1 : s.n) - at;
    }
    return s.n - at;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

size_t exclude_into(struct str text, struct str wheres, struct str new_line, struct buf *out)
{
    static const struct str table = STR("W3CIISLog");
    char before = ';'; /* the last byte of code that is no blank */
    size_t n = 0;
    for (size_t i = 0; i < text.n;) {
        size_t length = skip(text, i);
        bool word = !length && is_word(text.p[i]);
        while (word && i + length < text.n && is_word(text.p[i + length]))
            length++;
        length = length ? length : 1;
        struct str part = str_sub(text, i, i + length);
        i += length;
        if (!word || !str_eq(part, table)) {
            buf_add(out, part);
            if (part.p[0] > ' ' && !str_starts(part, STR("//")))
                before = part.p[part.n - 1];
            continue;
        }
        /* where the table begins a pipeline the stages can stand on lines of their own */
        bool head = before == ';' || before == '=' || before == '(';
        n++;
        buf_addf(out, "%s%.*s", head ? "" : "(", STR_ARG(part));
        for (struct str rest = wheres; rest.n;) {
            struct str line = str_cut(&rest, '\n');
            buf_addf(out, "%.*s| where ", STR_ARG(head ? new_line : STR(" ")));
            buf_add(out, line);
        }
        buf_add_z(out, head ? "" : ")");
        before = 'a';
    }
    return n;
}

size_t kql_exclude(struct str text, struct str wheres, struct buf *out)
{
    return exclude_into(text, wheres, STR("\n"), out);
}
