/* contains, has, hasprefix, hassuffix, startswith, endswith, each with case and without, each
 * negated, and has_any, has_all. A right side that is constant is prepared once: an ASCII one is
 * looked for by the SIMD needle search, everything else by Unicode folding. */
#include "base/utf8.h"
#include "func/func_internal.h"
#include "simd/simd.h"

#define NEEDLE_MAX 255 /* the needle search compares only so much */

enum how { CONTAINS, HAS, HAS_PREFIX, HAS_SUFFIX, STARTS, ENDS };

struct search {
    struct str text;
    bool fold;
    bool ascii;      /* text is */
    bool ready;      /* needle is prepared */
    /* fold: text that is not ASCII can match (the Kelvin sign is a k, the long s an s) */
    bool beyond;
    bool term_first; /* text begins with a letter or digit … */
    bool term_last;  /* … ends with one */
    struct needle needle;
};

bool term_begins(struct str s, size_t at)
{
    if (at == 0)
        return true;
    size_t start = at - 1;
    while (start > 0 && at - start < 4 && ((unsigned char)s.p[start] & 0xc0) == 0x80)
        start--;
    int32_t code = utf8_next(s, &start);
    return start != at || code < 0 || !utf8_alnum(code);
}

bool term_ends(struct str s, size_t end)
{
    if (end >= s.n)
        return true;
    int32_t code = utf8_next(s, &end);
    return code < 0 || !utf8_alnum(code);
}

static void search_init(struct search *s, struct str text, bool fold)
{
    s->text = text;
    s->fold = fold;
    s->ascii = utf8_ascii(text);
    s->ready = false;
    s->beyond = false;
    s->term_first = !term_ends(text, 0);
    s->term_last = !term_begins(text, text.n);
}

static void search_prepare(struct search *s)
{
    struct str t = s->text;
    s->ready = t.n >= 2 && t.n <= NEEDLE_MAX && (!s->fold || s->ascii);
    if (!s->ready)
        return;
    needle_init(&s->needle, t, s->fold);
    for (size_t i = 0; s->fold && i < t.n; i++)
        s->beyond = s->beyond || (t.p[i] | 0x20) == 'k' || (t.p[i] | 0x20) == 's';
}

/* The first match at or after `from`, or SIZE_MAX. */
static size_t search_find(const struct search *s, struct str in, size_t from, size_t *end)
{
    if (s->ready && s->text.n <= 8 && in.n - from >= 8) { /* paths often begin with it */
        uint64_t head;
        memcpy(&head, in.p + from, sizeof head);
        if (((head | s->needle.bit) & s->needle.care) == s->needle.want) {
            *end = from + s->text.n;
            return from;
        }
    }
    if (s->ready && !(s->beyond && !simd_get()->all_ascii(in.p, in.n))) {
        if (in.n - from < s->text.n)
            return SIZE_MAX;
        size_t at = simd_get()->find_needle(in.p + from, in.n - from, &s->needle);
        *end = from + at + s->text.n;
        return at == in.n - from ? SIZE_MAX : from + at;
    }
    if (s->fold)
        return utf8_find_fold(in, s->text, from, end);
    size_t at = str_find(in, s->text, from);
    *end = at + s->text.n;
    return at;
}

static bool search_has(const struct search *s, struct str in, bool left, bool right)
{
    size_t from = 0, end;
    if (s->text.n == 0)
        return true;
    for (;;) {
        size_t at = search_find(s, in, from, &end);
        if (at == SIZE_MAX)
            return false;
        if (!(left && s->term_first && !term_begins(in, at)) &&
            !(right && s->term_last && !term_ends(in, end)))
            return true;
        from = at + 1;
    }
}

static unsigned char lower_ascii(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Where `text`, which must stand at `at`, ends in s; SIZE_MAX where it does not. */
static size_t match_here(struct str s, size_t at, struct str text)
{
    size_t i = 0;
    while (i < text.n) {
        if (at >= s.n)
            return SIZE_MAX;
        unsigned char p = (unsigned char)s.p[at], q = (unsigned char)text.p[i];
        if ((p | q) < 0x80) {
            if (lower_ascii(p) != lower_ascii(q))
                return SIZE_MAX;
            at++;
            i++;
            continue;
        }
        size_t a = at, b = i;
        int32_t x = utf8_next(s, &at), y = utf8_next(text, &i);
        bool same = x == UTF8_BAD || y == UTF8_BAD ? x == y && s.p[a] == text.p[b]
                                                   : x == y || utf8_fold(x) == utf8_fold(y);
        if (!same)
            return SIZE_MAX;
    }
    return at;
}

static bool starts(const struct search *s, struct str in)
{
    if (!s->fold)
        return str_starts(in, s->text);
    return match_here(in, 0, s->text) != SIZE_MAX;
}

static bool ends(const struct search *s, struct str in)
{
    if (!s->fold)
        return str_ends(in, s->text);
    if (s->ascii && in.n >= s->text.n) {
        struct str tail = str_sub(in, in.n - s->text.n, in.n);
        if (str_eq_nocase(tail, s->text))
            return true;
        if (utf8_ascii(tail))
            return false;
    }
    /* Folding keeps the number of code points, not that of bytes: a letter has 1 to 4. */
    size_t longest = in.n / 4 < s->text.n ? in.n : s->text.n * 4;
    for (size_t n = s->text.n / 4; n <= longest && n <= in.n; n++) {
        if (match_here(in, in.n - n, s->text) == in.n)
            return true;
    }
    return false;
}

static bool search_holds(const struct search *s, struct str in, enum how how)
{
    size_t end;
    switch (how) {
    case CONTAINS:
        return s->text.n == 0 || search_find(s, in, 0, &end) != SIZE_MAX;
    case HAS:
        return search_has(s, in, true, true);
    case HAS_PREFIX:
        return search_has(s, in, true, false);
    case HAS_SUFFIX:
        return search_has(s, in, false, true);
    case STARTS:
        return starts(s, in);
    case ENDS:
        break;
    }
    return ends(s, in);
}

/* ---- one text -------------------------------------------------------------------------------- */

static void *prepare(struct call *call, struct column *const *constants, bool fold)
{
    if (!constants[1])
        return NULL;
    struct search *s = ARENA_NEW(call->run, struct search);
    search_init(s, str_dup(call->run, column_strs(constants[1])[0]), fold);
    search_prepare(s);
    return s;
}

static void *prepare_fold(struct call *call, struct column *const *constants, struct error *err)
{
    (void)err;
    return prepare(call, constants, true);
}

static void *prepare_case(struct call *call, struct column *const *constants, struct error *err)
{
    (void)err;
    return prepare(call, constants, false);
}

static void search(struct call *call, struct column *out, struct column *const *args, size_t rows,
                   enum how how, bool fold, bool negate)
{
    struct strs left = strs_of(args[0]), right = strs_of(args[1]);
    const struct search *ready = call->state;
    struct search each;
    for (size_t i = 0; i < rows; i++) {
        if (!ready)
            search_init(&each, str_at(right, i), fold);
        out->bools[i] = search_holds(ready ? ready : &each, str_at(left, i), how) != negate;
    }
}

#define KERNEL(name, how, fold, negate)                                                            \
    static void name(struct call *call, struct column *out, struct column *const *args,            \
                     size_t rows)                                                                  \
    {                                                                                              \
        search(call, out, args, rows, how, fold, negate);                                          \
    }
#define KERNELS(name, how)                      \
    KERNEL(name, how, true, false)              \
    KERNEL(not_##name, how, true, true)         \
    KERNEL(name##_case, how, false, false)      \
    KERNEL(not_##name##_case, how, false, true)
KERNELS(contains, CONTAINS)
KERNELS(has, HAS)
KERNELS(has_prefix, HAS_PREFIX)
KERNELS(has_suffix, HAS_SUFFIX)
KERNELS(starts_with, STARTS)
KERNELS(ends_with, ENDS)

/* ---- lists ----------------------------------------------------------------------------------- */

struct searches {
    struct search *items;
    size_t n;
};

static struct searches *list_searches(struct arena *a, struct column *const *args, size_t n_args,
                                      size_t row)
{
    struct searches *list = ARENA_NEW(a, struct searches);
    struct value *values = list_values(a, args, n_args, row, &list->n);
    list->items = ARENA_ARRAY(a, struct search, list->n + 1);
    for (size_t i = 0; i < list->n; i++)
        search_init(&list->items[i], str_dup(a, value_convert(a, values[i], TYPE_STRING).s), true);
    return list;
}

static void *prepare_list(struct call *call, struct column *const *constants, struct error *err)
{
    (void)err;
    for (size_t k = 1; k < call->n_args; k++) {
        if (!constants[k])
            return NULL;
    }
    struct searches *list = list_searches(call->run, constants, call->n_args, 0);
    for (size_t i = 0; i < list->n; i++)
        search_prepare(&list->items[i]);
    return list;
}

/* has_any stops at the first that holds, has_all at the first that does not. */
static void search_list(struct call *call, struct column *out, struct column *const *args,
                        size_t rows, bool all)
{
    struct strs left = strs_of(args[0]);
    for (size_t k = 1; k < call->n_args; k++) {
        if (type_shape(args[k]->type) == SHAPE_STR)
            column_strs(args[k]);
    }
    for (size_t i = 0; i < rows; i++) {
        const struct searches *list =
            call->state ? call->state : list_searches(call->scratch, args, call->n_args, i);
        size_t k = 0;
        while (k < list->n && search_has(&list->items[k], str_at(left, i), true, true) == all)
            k++;
        out->bools[i] = (k < list->n) != all;
    }
}

static void has_any(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    search_list(call, out, args, rows, false);
}

static void has_all(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    search_list(call, out, args, rows, true);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define SEARCH(op, kernel_, prepare_, more, text, ex, ex_value)                               \
    {.name = op, .args_help = "text, part", .help = text, .example = ex, .expect = ex_value, \
     .flags = FUNC_OPERATOR | (more), .forms = {{"ss", TYPE_BOOL, kernel_}}, .prepare = prepare_}
#define FOLD(op, kernel, text, ex, v) SEARCH(op, kernel, prepare_fold, FUNC_NEEDLE, text, ex, v)
#define NOT_FOLD(op, kernel, text, ex, v) SEARCH(op, kernel, prepare_fold, 0, text, ex, v)
#define CASE(op, kernel, text, ex, v) SEARCH(op, kernel, prepare_case, FUNC_NEEDLE, text, ex, v)
#define NOT_CASE(op, kernel, text, ex, v) SEARCH(op, kernel, prepare_case, 0, text, ex, v)

const struct func functions_search[] = {
    FOLD("contains", contains,
         "True where the part stands anywhere in the text, whatever its case.",
         "\"/OWA/auth\" contains \"/owa/\"", "True"),
    NOT_FOLD("!contains", not_contains, "The opposite of contains.", "\"abc\" !contains \"B\"",
             "False"),
    CASE("contains_cs", contains_case, "contains, where case counts.", "\"abc\" contains_cs \"B\"",
         "False"),
    NOT_CASE("!contains_cs", not_contains_case, "The opposite of contains_cs.",
             "\"abc\" !contains_cs \"B\"", "True"),
    SEARCH("containscs", contains_case, prepare_case, FUNC_NEEDLE | FUNC_LEGACY,
           "Old spelling of contains_cs.", "\"abc\" containscs \"b\"", "True"),
    SEARCH("notcontains", not_contains, prepare_fold, FUNC_LEGACY, "Old spelling of !contains.",
           "\"abc\" notcontains \"x\"", "True"),
    SEARCH("notcontainscs", not_contains_case, prepare_case, FUNC_LEGACY,
           "Old spelling of !contains_cs.", "\"abc\" notcontainscs \"B\"", "True"),
    FOLD("has", has,
         "True where the part stands in the text as whole terms, runs of letters and digits.",
         "\"category\" has \"cat\"", "False"),
    NOT_FOLD("!has", not_has, "The opposite of has.", "\"a.cat-b\" !has \"CAT\"", "False"),
    CASE("has_cs", has_case, "has, where case counts.", "\"a.cat-b\" has_cs \"CAT\"", "False"),
    NOT_CASE("!has_cs", not_has_case, "The opposite of has_cs.", "\"a.cat-b\" !has_cs \"CAT\"",
             "True"),
    FOLD("hasprefix", has_prefix, "True where a term of the text begins with the part.",
         "\"/owa/Redir.png\" hasprefix \"red\"", "True"),
    NOT_FOLD("!hasprefix", not_has_prefix, "The opposite of hasprefix.",
             "\"abc\" !hasprefix \"bc\"", "True"),
    CASE("hasprefix_cs", has_prefix_case, "hasprefix, where case counts.",
         "\"a Bc\" hasprefix_cs \"B\"", "True"),
    NOT_CASE("!hasprefix_cs", not_has_prefix_case, "The opposite of hasprefix_cs.",
             "\"a Bc\" !hasprefix_cs \"b\"", "True"),
    FOLD("hassuffix", has_suffix, "True where a term of the text ends with the part.",
         "\"end.\" hassuffix \"END\"", "True"),
    NOT_FOLD("!hassuffix", not_has_suffix, "The opposite of hassuffix.",
             "\"ending\" !hassuffix \"end\"", "True"),
    CASE("hassuffix_cs", has_suffix_case, "hassuffix, where case counts.",
         "\"end.\" hassuffix_cs \"nd\"", "True"),
    NOT_CASE("!hassuffix_cs", not_has_suffix_case, "The opposite of hassuffix_cs.",
             "\"end.\" !hassuffix_cs \"ND\"", "True"),
    FOLD("startswith", starts_with, "True where the text begins with the part, whatever its case.",
         "\"FE80::1\" startswith \"fe80\"", "True"),
    NOT_FOLD("!startswith", not_starts_with, "The opposite of startswith.",
             "\"127.0.0.1\" !startswith \"127.\"", "False"),
    CASE("startswith_cs", starts_with_case, "startswith, where case counts.",
         "\"FE80::1\" startswith_cs \"fe80\"", "False"),
    NOT_CASE("!startswith_cs", not_starts_with_case, "The opposite of startswith_cs.",
             "\"FE80::1\" !startswith_cs \"fe80\"", "True"),
    FOLD("endswith", ends_with, "True where the text ends with the part, whatever its case.",
         "\"a.ASPX\" endswith \".aspx\"", "True"),
    NOT_FOLD("!endswith", not_ends_with, "The opposite of endswith.", "\"end.\" !endswith \"end\"",
             "True"),
    CASE("endswith_cs", ends_with_case, "endswith, where case counts.",
         "\"a.ASPX\" endswith_cs \".aspx\"", "False"),
    NOT_CASE("!endswith_cs", not_ends_with_case, "The opposite of endswith_cs.",
             "\"a.ASPX\" !endswith_cs \".aspx\"", "True"),
    {.name = "has_any",
     .args_help = "text, part, …",
     .help = "True where has holds for one of the parts (a list or a dynamic array).",
     .example = "\"/owa/auth/x.aspx\" has_any (\"png\", \"ASPX\")",
     .expect = "True",
     .flags = FUNC_OPERATOR | FUNC_NEEDLE_ANY,
     .forms = {{"s*+", TYPE_BOOL, has_any}},
     .prepare = prepare_list},
    {.name = "has_all",
     .args_help = "text, part, …",
     .help = "True where has holds for all of the parts (a list or a dynamic array).",
     .example = "\"/owa/auth/x.aspx\" has_all (dynamic([\"owa\", \"png\"]))",
     .expect = "False",
     .flags = FUNC_OPERATOR,
     .forms = {{"s*+", TYPE_BOOL, has_all}},
     .prepare = prepare_list},
    {0},
};
