/* Filter words in, yes or no for a row out. See filter.h. */
#include "ui/filter.h"

#include "base/utf8.h"

/* The next word: up to a blank, quotes hold blanks together. */
static struct str next_word(struct arena *a, struct str *rest)
{
    struct str s = str_trim(*rest);
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0, i = 0;
    bool quoted = false;
    for (; i < s.n && (quoted || s.p[i] != ' '); i++) {
        if (s.p[i] == '"')
            quoted = !quoted;
        else
            out[n++] = s.p[i];
    }
    *rest = str_sub(s, i, s.n);
    return (struct str){out, n};
}

static bool name_holds(struct str name, struct str part)
{
    size_t end;
    return name.n && utf8_find_fold(name, part, 0, &end) != SIZE_MAX;
}

static bool *columns_named(struct arena *a, struct str part, const struct schema *schema,
                           const struct str *titles)
{
    bool *columns = ARENA_ARRAY(a, bool, schema->n + 1), any = false;
    for (size_t i = 0; i < schema->n; i++) {
        columns[i] =
            name_holds(schema->fields[i].name, part) || (titles && name_holds(titles[i], part));
        any |= columns[i];
    }
    return any ? columns : NULL;
}

void filter_parse(struct arena *a, struct str text, const struct schema *schema,
                  const struct str *titles, struct filter *out)
{
    VEC(struct filter_term) terms = {0};
    struct str rest = str_dup(a, text);
    *out = (struct filter){.text = rest};
    while (str_trim(rest).n) {
        struct str word = next_word(a, &rest);
        struct filter_term term = {0};
        if (word.n > 1 && word.p[0] == '-') {
            term.negated = true;
            word = str_sub(word, 1, word.n);
        }
        size_t colon = str_find_byte(word, ':');
        if (colon > 0 && colon < word.n) {
            term.columns = columns_named(a, str_sub(word, 0, colon), schema, titles);
            if (term.columns)
                word = str_sub(word, colon + 1, word.n);
        }
        VEC(struct str) texts = {0};
        while (word.n) {
            struct str one = str_cut(&word, '|');
            if (one.n)
                vec_push(a, &texts, one);
        }
        term.texts = texts.items;
        term.n = texts.n;
        if (term.n)
            vec_push(a, &terms, term);
    }
    out->terms = terms.items;
    out->n = terms.n;
}

static bool term_found(const struct filter_term *term, const struct table *t, size_t row,
                       struct zone zone, struct buf *scratch)
{
    for (size_t c = 0; c < t->schema.n; c++) {
        if (term->columns && !term->columns[c])
            continue;
        struct value v = column_value(t->columns[c], row);
        struct str text = v.type == TYPE_STRING ? v.s : STR_NONE;
        if (v.type != TYPE_STRING) {
            buf_reset(scratch);
            text_whole(scratch, v, zone);
            text = buf_str(scratch);
        }
        size_t end;
        for (size_t i = 0; i < term->n; i++)
            if (utf8_find_fold(text, term->texts[i], 0, &end) != SIZE_MAX)
                return true;
    }
    return false;
}

bool filter_match(const struct filter *f, const struct table *t, size_t row, struct zone zone,
                  struct buf *scratch)
{
    for (size_t i = 0; i < f->n; i++)
        if (term_found(&f->terms[i], t, row, zone, scratch) == f->terms[i].negated)
            return false;
    return true;
}
