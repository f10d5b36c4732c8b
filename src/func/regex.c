/* Functions over regular expressions: text and a pattern in, matches, pieces or rewritten text
 * out. The one idea: a pattern that is constant is compiled once a run and thread (a bad one is
 * an error of the query); one that varies is compiled as it changes, and where it is bad the row
 * does not match. */
#include "base/utf8.h"
#include "func/kernel.h"

#define GROUPS_MAX 16 /* that extract_all returns */

/* Where a call gets its compiled pattern from. */
struct site {
    unsigned flags;
    struct regex *fixed;  /* the pattern is constant */
    struct arena *own;    /* the pattern varies: holds the one of the last row */
    struct str last;
    struct regex *varying;
};

static void free_arena(void *a)
{
    arena_free(a);
}

static struct site *site_new(struct call *call, struct column *pattern, unsigned flags,
                             struct error *err)
{
    struct site *site = ARENA_NEW(call->run, struct site);

    site->flags = flags;
    if (pattern)
        site->fixed = regex_compile(call->run, cell_str(pattern, 0), flags, err);
    return site;
}

/* The regular expression for this row; NULL: the pattern is bad. */
static struct regex *site_regex(struct call *call, struct site *site, struct column *pattern,
                                size_t row)
{
    struct error ignored = {0};
    struct str text;

    if (site->fixed)
        return site->fixed;
    text = cell_str(pattern, row);
    if (site->own && str_eq(text, site->last))
        return site->varying;
    if (!site->own) {
        site->own = arena_new();
        arena_at_end(call->run, free_arena, site->own);
    }
    arena_reset(site->own);
    site->last = str_dup(site->own, text);
    site->varying = regex_compile(site->own, site->last, site->flags | REGEX_ONCE, &ignored);
    return site->varying;
}

static void *prepare_first(struct call *call, struct column *const *constants, struct error *err)
{
    return site_new(call, constants[0], 0, err);
}

static void *prepare_second(struct call *call, struct column *const *constants, struct error *err)
{
    return site_new(call, constants[1], 0, err);
}

/* ---- matches regex, extract ----------------------------------------------------------------- */

static void matches(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct regex *re = site_regex(call, call->state, args[1], i);
        out->bools[i] = re && regex_match(re, cell_str(args[0], i), 0, NULL, 0, &call->limit_hits);
    }
}

static void extract(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct regex *re = site_regex(call, call->state, args[0], i);
        int64_t group = cell_int(args[1], i);
        out->strs[i] = STR("");
        if (!re || group < 0 || (uint64_t)group > regex_groups(re))
            continue;
        struct str *groups = ARENA_ARRAY(call->scratch, struct str, regex_groups(re) + 1);
        if (regex_match(re, cell_str(args[2], i), 0, groups, (size_t)group + 1,
                        &call->limit_hits) &&
            groups[group].p)
            out->strs[i] = groups[group];
    }
}

/* ---- extract_all ---------------------------------------------------------------------------- */

/* The groups that are wanted: all, or those that `chosen` names by number or name. 0: wrong. */
static size_t chosen_groups(const struct regex *re, const struct str *chosen,
                            size_t which[GROUPS_MAX])
{
    size_t n = chosen ? dyn_count(*chosen) : regex_groups(re);

    if (n < 1 || n > GROUPS_MAX || (chosen && dyn_kind(*chosen) != DYN_ARRAY))
        return 0;
    for (size_t i = 0; i < n; i++) {
        which[i] = i + 1;
        if (!chosen)
            continue;
        struct value v = dyn_scalar(dyn_item(*chosen, i));
        if (v.type == TYPE_STRING)
            which[i] = regex_group_by_name(re, v.s);
        else if (v.type == TYPE_LONG && !v.null && v.i >= 0 && (uint64_t)v.i <= regex_groups(re))
            which[i] = (size_t)v.i;
        else
            return 0;
        if (v.type == TYPE_STRING && which[i] == 0)
            return 0;
    }
    return n;
}

static void *prepare_extract_all(struct call *call, struct column *const *constants,
                                 struct error *err)
{
    size_t which[GROUPS_MAX];
    struct site *site = site_new(call, constants[0], 0, err);

    if (!site->fixed)
        return site;
    struct column *groups = call->n_args == 3 ? constants[1] : NULL;
    if (call->n_args == 3 && (!groups || column_null(groups, 0)))
        return site;
    struct str chosen = groups ? cell_str(groups, 0) : STR_NONE;
    if (regex_groups(site->fixed) < 1 || regex_groups(site->fixed) > GROUPS_MAX)
        error_set(err, "extract_all() needs 1 to %d capture groups in the pattern, this has %zu",
                  GROUPS_MAX, regex_groups(site->fixed));
    else if (!chosen_groups(site->fixed, groups ? &chosen : NULL, which))
        error_set(err, "extract_all(): the pattern has no such capture groups");
    return site;
}

static bool all_matches(struct call *call, struct regex *re, struct str s, const struct str *chosen,
                        struct str *result)
{
    size_t which[GROUPS_MAX];
    struct arena *a = call->scratch;
    size_t n = chosen_groups(re, chosen, which), n_groups = regex_groups(re) + 1;
    struct str *groups = ARENA_ARRAY(a, struct str, n_groups);
    struct str parts[GROUPS_MAX];
    size_t at = 0, last = SIZE_MAX;
    uint64_t before = call->limit_hits;
    VEC(struct str) found = {0};

    if (!n)
        return false;
    while (regex_each(re, s, &at, &last, groups, n_groups, &call->limit_hits)) {
        for (size_t i = 0; i < n; i++)
            parts[i] = dyn_from_string(a, groups[which[i]].p ? groups[which[i]] : STR(""));
        vec_push(a, &found, n == 1 ? parts[0] : dyn_from_array(a, parts, n));
    }
    if (!found.n || call->limit_hits != before)
        return false;
    *result = dyn_from_array(a, found.items, found.n);
    return true;
}

static void extract_all(struct call *call, struct column *out, struct column *const *args,
                        size_t rows)
{
    bool choose = call->n_args == 3;
    struct column *source = args[choose ? 2 : 1];

    for (size_t i = 0; i < rows; i++) {
        struct regex *re = site_regex(call, call->state, args[0], i);
        struct str chosen = choose ? cell_str(args[1], i) : STR_NONE;
        if (!re || !all_matches(call, re, cell_str(source, i), choose ? &chosen : NULL,
                                &out->strs[i]))
            put_null(out, i);
    }
}

/* ---- replace -------------------------------------------------------------------------------- */

/* \0 … \9 stand for groups, \\ for a backslash. */
static void add_rewrite(struct buf *out, struct str rewrite, const struct str *groups,
                        size_t n_groups)
{
    for (size_t i = 0; i < rewrite.n; i++) {
        char c = rewrite.p[i], next = i + 1 < rewrite.n ? rewrite.p[i + 1] : '\0';
        if (c == '\\' && next >= '0' && next <= '9') {
            size_t group = (size_t)(next - '0');
            if (group < n_groups)
                buf_add(out, groups[group]);
            i++;
        } else {
            buf_add_byte(out, c);
            i += c == '\\' && next == '\\';
        }
    }
}

static struct str replace_all(struct call *call, struct regex *re, struct str s, struct str rewrite,
                              struct buf *out)
{
    size_t n_groups = regex_groups(re) + 1;
    struct str *groups = ARENA_ARRAY(call->scratch, struct str, n_groups);
    size_t at = 0, last = SIZE_MAX, copied = 0;
    uint64_t before = call->limit_hits;

    buf_reset(out);
    while (regex_each(re, s, &at, &last, groups, n_groups, &call->limit_hits)) {
        size_t start = s.n ? (size_t)(groups[0].p - s.p) : 0;
        buf_add(out, str_sub(s, copied, start));
        add_rewrite(out, rewrite, groups, n_groups);
        copied = start + groups[0].n;
        if (out->n > CELL_MAX)
            return s;
    }
    if (call->limit_hits != before || last == SIZE_MAX)
        return s;
    buf_add(out, str_sub(s, copied, s.n));
    return str_dup(call->scratch, buf_str(out));
}

static void replace(struct call *call, struct column *out, struct column *pattern,
                    struct column *rewrite, struct column *source, size_t rows)
{
    struct buf text = {0};

    for (size_t i = 0; i < rows; i++) {
        struct regex *re = site_regex(call, call->state, pattern, i);
        struct str s = cell_str(source, i);
        out->strs[i] = re ? replace_all(call, re, s, cell_str(rewrite, i), &text) : s;
    }
    buf_release(&text);
}

static void replace_regex(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    replace(call, out, args[1], args[2], args[0], rows);
}

static void replace_legacy(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    replace(call, out, args[0], args[1], args[2], rows);
}

/* ---- trim ----------------------------------------------------------------------------------- */

struct trim_sites {
    struct site *start, *end; /* NULL: that end is left alone */
};

static void *prepare_trim(struct call *call, struct column *const *constants, struct error *err)
{
    struct trim_sites *sites = ARENA_NEW(call->run, struct trim_sites);
    const char *name = call->func->name;

    if (strcmp(name, "trim_end") != 0)
        sites->start = site_new(call, constants[0], REGEX_AT_START, err);
    if (strcmp(name, "trim_start") != 0 && !err->set)
        sites->end = site_new(call, constants[0], REGEX_AT_END, err);
    return sites;
}

static void trim(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct trim_sites *sites = call->state;
    struct str match;

    for (size_t i = 0; i < rows; i++) {
        struct str s = cell_str(args[1], i);
        struct regex *re = sites->start ? site_regex(call, sites->start, args[0], i) : NULL;
        if (re && regex_match(re, s, 0, &match, 1, &call->limit_hits))
            s = str_sub(s, match.n, s.n);
        re = sites->end ? site_regex(call, sites->end, args[0], i) : NULL;
        if (re && regex_match(re, s, 0, &match, 1, &call->limit_hits))
            s = str_sub(s, 0, s.n - match.n);
        out->strs[i] = s;
    }
}

/* ---- countof, indexof_regex ----------------------------------------------------------------- */

static int64_t count_plain(struct str s, struct str search)
{
    int64_t n = 0;

    if (search.n == 0)
        return 0;
    for (size_t at = str_find(s, search, 0); at != SIZE_MAX; at = str_find(s, search, at + 1))
        n++;
    return n;
}

static int64_t count_regex(struct call *call, struct regex *re, struct str s)
{
    size_t at = 0, last = SIZE_MAX;
    uint64_t before = call->limit_hits;
    struct str match;
    int64_t n = 0;

    while (regex_each(re, s, &at, &last, &match, 1, &call->limit_hits))
        n++;
    return call->limit_hits == before ? n : 0;
}

static void *prepare_countof(struct call *call, struct column *const *constants, struct error *err)
{
    struct column *kind = call->n_args == 3 ? constants[2] : NULL;
    bool plain = call->n_args < 3 || (kind && str_is(cell_str(kind, 0), "normal"));

    if (kind && !plain && !str_is(cell_str(kind, 0), "regex")) {
        error_set(err, "countof(): the kind is \"normal\" or \"regex\"");
        return NULL;
    }
    return site_new(call, plain || !kind ? NULL : constants[1], 0, err);
}

static void countof(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct str s = cell_str(args[0], i);
        struct str kind = call->n_args == 3 ? cell_str(args[2], i) : STR("normal");
        out->ints[i] = 0;
        if (str_is(kind, "normal")) {
            out->ints[i] = count_plain(s, cell_str(args[1], i));
            continue;
        }
        struct regex *re = site_regex(call, call->state, args[1], i);
        if (re && str_is(kind, "regex"))
            out->ints[i] = count_regex(call, re, s);
    }
}

/* Byte offset of character `index` (from the end when negative); SIZE_MAX: before the start. */
static size_t offset_of(struct str s, int64_t index)
{
    size_t at = 0;

    if (index < 0)
        index += (int64_t)utf8_length(s);
    if (index < 0)
        return SIZE_MAX;
    for (int64_t i = 0; i < index && at < s.n; i++)
        utf8_next(s, &at);
    return at;
}

static int64_t index_of(struct call *call, struct regex *re, struct str s, size_t from,
                        int64_t occurrence)
{
    size_t at = from, last = SIZE_MAX;
    struct str match;

    while (occurrence > 0 && regex_each(re, s, &at, &last, &match, 1, &call->limit_hits))
        if (--occurrence == 0)
            return (int64_t)utf8_length(str_sub(s, 0, s.n ? (size_t)(match.p - s.p) : 0));
    return -1;
}

static void indexof_regex(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct regex *re = site_regex(call, call->state, args[1], i);
        struct str s = cell_str(args[0], i);
        int64_t start = call->n_args > 2 ? cell_int(args[2], i) : 0;
        int64_t length = call->n_args > 3 ? cell_int(args[3], i) : -1;
        int64_t occurrence = call->n_args > 4 ? cell_int(args[4], i) : 1;
        size_t from = offset_of(s, start);
        out->ints[i] = -1;
        if (from == SIZE_MAX || length < -1 || occurrence < 1) {
            put_null(out, i);
            continue;
        }
        if (length >= 0) {
            struct str rest = str_sub(s, from, s.n);
            s.n = from + offset_of(rest, length);
        }
        if (re)
            out->ints[i] = index_of(call, re, s, from, occurrence);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

const struct func functions_regex[] = {
    {.name = "matches regex", .args_help = "source, regex",
     .help = "True when the regular expression is found somewhere in the text.",
     .example = "\"/owa/auth/Redir.png\" matches regex @\"/[A-Z]\\w+\\.png$\"", .expect = "True",
     .flags = FUNC_OPERATOR, .forms = {{"ss", TYPE_BOOL, matches}}, .prepare = prepare_second},
    {.name = "extract", .args_help = "regex, group, source [, typeof(type)]",
     .help = "What a capture group (0: all) took in the first match; \"\" without one.",
     .example = "extract(@\"/(\\w+)\\.(png|gif)\", 1, \"/owa/Redir.png\")", .expect = "Redir",
     .forms = {{"sls", TYPE_STRING, extract}}, .prepare = prepare_first},
    {.name = "extract_all", .args_help = "regex [, dynamic([groups])], source",
     .help = "All matches: an array of the group's texts, or of arrays with several groups.",
     .example = "extract_all(@\"(\\d+)\", \"10.0.7\")", .expect = "[\"10\",\"0\",\"7\"]",
     .forms = {{"ss", TYPE_DYNAMIC, extract_all}, {"sds", TYPE_DYNAMIC, extract_all}},
     .prepare = prepare_extract_all},
    {.name = "extractall", .args_help = "regex [, dynamic([groups])], source",
     .help = "Old name of extract_all().", .example = "extractall(\"(a)\", \"banana\")",
     .expect = "[\"a\",\"a\",\"a\"]", .flags = FUNC_LEGACY,
     .forms = {{"ss", TYPE_DYNAMIC, extract_all}, {"sds", TYPE_DYNAMIC, extract_all}},
     .prepare = prepare_extract_all},
    {.name = "replace_regex", .args_help = "source, regex, rewrite",
     .help = "Every match is replaced; \\1 in the rewrite stands for the first group, \\0 for all.",
     .example = "replace_regex(\"a=1&b=22\", @\"(\\w)=(\\d+)\", @\"\\2:\\1\")",
         .expect = "1:a&22:b",
     .forms = {{"sss", TYPE_STRING, replace_regex}}, .prepare = prepare_second},
    {.name = "replace", .args_help = "regex, rewrite, source",
     .help = "Old form of replace_regex(), with the source last.",
     .example = "replace(\"a+\", \"x\", \"baab\")", .expect = "bxb", .flags = FUNC_LEGACY,
     .forms = {{"sss", TYPE_STRING, replace_legacy}}, .prepare = prepare_first},
    {.name = "trim", .args_help = "regex, source",
     .help = "Takes one match of the regular expression off both ends.",
     .example = "trim(\"x\", \"xxabcxx\")", .expect = "xabcx",
     .forms = {{"ss", TYPE_STRING, trim}}, .prepare = prepare_trim},
    {.name = "trim_start", .args_help = "regex, source",
     .help = "Takes one match of the regular expression off the start.",
     .example = "trim_start(\"/+\", \"//owa/\")", .expect = "owa/",
     .forms = {{"ss", TYPE_STRING, trim}}, .prepare = prepare_trim},
    {.name = "trim_end", .args_help = "regex, source",
     .help = "Takes one match of the regular expression off the end.",
     .example = "trim_end(\"/+\", \"/owa//\")", .expect = "/owa",
     .forms = {{"ss", TYPE_STRING, trim}}, .prepare = prepare_trim},
    {.name = "countof", .args_help = "source, search [, \"normal\" | \"regex\"]",
     .help = "How often the text (overlapping) or the regular expression (not overlapping) occurs.",
     .example = "countof(\"aaaa\", \"aa\")", .expect = "3",
     .forms = {{"ss?s", TYPE_LONG, countof}}, .prepare = prepare_countof},
    {.name = "indexof_regex", .args_help = "source, regex [, start [, length [, occurrence]]]",
     .help = "Where the regular expression is first found, in characters from 0; -1 when nowhere.",
     .example = "indexof_regex(\"abc12\", @\"\\d\")", .expect = "3",
     .forms = {{"ss?lll", TYPE_LONG, indexof_regex}}, .prepare = prepare_second},
    {0},
};
