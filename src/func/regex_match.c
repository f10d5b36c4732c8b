/* Regular expressions over PCRE2, safe on text that an attacker wrote: every match runs under
 * limits of steps, depth and memory; one that strikes them has not matched, and is counted. The
 * one idea: up to three programs for one pattern, made when first needed: by bytes for subjects
 * of ASCII (nearly all), with Unicode for valid UTF-8, and a slower one that lives with invalid
 * bytes. They find the same. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"
#include "func/regex.h"

/* Steps for each place where a match may start. The sum over a subject of n bytes is at most n
 * times this, which only patterns with three unbounded repetitions in a row come near. */
#define STEPS 100000
#define STEPS_PER_BYTE 8
#define HEAP_KIB 20000
#define DEPTH 50000
#define PATTERN_MAX ((size_t)256 << 10)

enum program_kind { PROGRAM_ASCII, PROGRAM_UTF8, PROGRAM_ANY, PROGRAMS };

struct regex {
    struct arena *arena;
    struct str pattern;
    unsigned flags;
    size_t groups;
    struct str *names;
    bool ascii_differs;  /* no program by bytes: it would miss something */
    pcre2_general_context *general;
    pcre2_match_context *match;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    pcre2_code *programs[PROGRAMS];
    bool failed[PROGRAMS];
    struct str each;     /* the text that regex_each walks, and the program that fits it */
    const pcre2_code *each_program;
};

static void *take_memory(size_t n, void *ctx)
{
    (void)ctx;
    return mem_grow(NULL, n);
}

static void give_memory(void *p, void *ctx)
{
    (void)ctx;
    mem_free(p);
}

static void regex_end(void *arg)
{
    struct regex *re = arg;

    for (size_t i = 0; i < PROGRAMS; i++)
        pcre2_code_free(re->programs[i]);
    pcre2_jit_stack_free(re->stack);
    pcre2_match_data_free(re->data);
    pcre2_match_context_free(re->match);
    pcre2_general_context_free(re->general);
}

static uint32_t options(const struct regex *re, enum program_kind kind)
{
    uint32_t o = PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;

    if (kind != PROGRAM_ASCII)
        o |= PCRE2_UTF | PCRE2_UCP;
    if (kind == PROGRAM_ANY)
        o |= PCRE2_MATCH_INVALID_UTF;
    if (re->flags & REGEX_NOCASE)
        o |= PCRE2_CASELESS;
    if (re->flags & REGEX_DOTALL)
        o |= PCRE2_DOTALL;
    if (re->flags & REGEX_MULTILINE)
        o |= PCRE2_MULTILINE;
    if (re->flags & REGEX_UNGREEDY)
        o |= PCRE2_UNGREEDY;
    return o;
}

static pcre2_code *program_new(struct regex *re, enum program_kind kind, struct str text,
                               struct error *err)
{
    pcre2_compile_context *cc = pcre2_compile_context_create(re->general);
    int code;
    PCRE2_SIZE at;

    pcre2_set_newline(cc, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(cc, 1000);
    pcre2_code *program =
        pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""), text.n, options(re, kind), &code, &at,
                      cc);
    pcre2_compile_context_free(cc);
    if (!program) {
        PCRE2_UCHAR message[256] = "";
        pcre2_get_error_message(code, message, sizeof message);
        error_set(err, "invalid regular expression: %s", (const char *)message);
        return NULL;
    }
    /* without JIT support the interpreter does the same, slower */
    if (!(re->flags & REGEX_ONCE))
        pcre2_jit_compile(program, PCRE2_JIT_COMPLETE);
    return program;
}

/* The program for one kind of subject, compiled when first asked for. */
static bool program_make(struct regex *re, enum program_kind kind, struct error *err)
{
    struct regex_text text;
    struct buf whole = {0};

    if (re->programs[kind] || re->failed[kind])
        return re->programs[kind] != NULL;
    bool ok = regex_translate(re->arena, re->pattern, kind == PROGRAM_ASCII, &text, err);
    if (ok) {
        bool wrap = re->flags & (REGEX_AT_START | REGEX_AT_END);
        buf_add_z(&whole, re->flags & REGEX_AT_START ? "\\A" : "");
        buf_add_z(&whole, wrap ? "(?:" : "");
        buf_add(&whole, buf_str(&text.pcre));
        buf_add_z(&whole, wrap ? ")" : "");
        buf_add_z(&whole, re->flags & REGEX_AT_END ? "\\z" : "");
        re->groups = text.groups;
        re->names = text.names;
        re->ascii_differs |= text.needs_unicode;
        re->programs[kind] = program_new(re, kind, buf_str(&whole), err);
    }
    re->failed[kind] = !re->programs[kind];
    buf_release(&text.pcre);
    buf_release(&whole);
    return re->programs[kind] != NULL;
}

struct regex *regex_compile(struct arena *a, struct str pattern, unsigned flags, struct error *err)
{
    struct regex *re = ARENA_NEW(a, struct regex);

    if (pattern.n > PATTERN_MAX) {
        error_set(err, "invalid regular expression: longer than %zu bytes", PATTERN_MAX);
        return NULL;
    }
    re->arena = a;
    re->pattern = str_dup(a, pattern);
    re->flags = flags;
    re->general = pcre2_general_context_create(take_memory, give_memory, NULL);
    arena_at_end(a, regex_end, re);
    /* this one decides whether the pattern is good */
    if (!program_make(re, PROGRAM_UTF8, err))
        return NULL;
    re->match = pcre2_match_context_create(re->general);
    pcre2_set_depth_limit(re->match, DEPTH);
    pcre2_set_heap_limit(re->match, HEAP_KIB);
    re->data = pcre2_match_data_create((uint32_t)re->groups + 1, re->general);
    return re;
}

size_t regex_groups(const struct regex *re)
{
    return re->groups;
}

size_t regex_group_by_name(const struct regex *re, struct str name)
{
    for (size_t i = 0; i < re->groups && name.n; i++)
        if (str_eq(re->names[i], name))
            return i + 1;
    return 0;
}

static const pcre2_code *program_for(struct regex *re, struct str s)
{
    struct error ignored = {0};
    enum program_kind kind = PROGRAM_ANY;

    if (!re->ascii_differs && utf8_ascii(s))
        kind = PROGRAM_ASCII;
    else if (utf8_valid(s))
        kind = PROGRAM_UTF8;
    if (!program_make(re, kind, &ignored) && kind == PROGRAM_ASCII)
        kind = PROGRAM_UTF8;
    return re->programs[kind];
}

static bool match(struct regex *re, const pcre2_code *program, struct str s, size_t from,
                  struct str *groups, size_t n_groups, uint64_t *limit_hits)
{
    uint32_t o = program == re->programs[PROGRAM_ANY] ? 0 : PCRE2_NO_UTF_CHECK;
    PCRE2_SPTR subject = (PCRE2_SPTR)(s.p ? s.p : "");

    if (!program || s.n > INT32_MAX)
        return false;
    if (!re->stack && !(re->flags & REGEX_ONCE)) {
        re->stack = pcre2_jit_stack_create(32 << 10, 1 << 20, re->general);
        pcre2_jit_stack_assign(re->match, NULL, re->stack);
    }
    pcre2_set_match_limit(re->match,
                          STEPS + STEPS_PER_BYTE * (uint32_t)(s.n < 1 << 28 ? s.n : 1 << 28));
    int n = pcre2_match(program, subject, s.n, from, o, re->data, re->match);
    if (n == PCRE2_ERROR_JIT_STACKLIMIT)
        n = pcre2_match(program, subject, s.n, from, o | PCRE2_NO_JIT, re->data, re->match);
    if (n < 0) {
        *limit_hits += n != PCRE2_ERROR_NOMATCH;
        return false;
    }
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(re->data);
    for (size_t i = 0; i < n_groups; i++) {
        bool set = i <= re->groups && (int)i < n && at[2 * i] != PCRE2_UNSET;
        groups[i] = set ? str_sub(s, at[2 * i], at[2 * i + 1]) : STR_NONE;
        if (set && !groups[i].p)
            groups[i].p = ""; /* a group that took nothing of an empty text has still matched */
    }
    return true;
}

bool regex_match(struct regex *re, struct str s, size_t from, struct str *groups, size_t n_groups,
                 uint64_t *limit_hits)
{
    return match(re, program_for(re, s), s, from, groups, n_groups, limit_hits);
}

bool regex_each(struct regex *re, struct str s, size_t *at, size_t *last_end, struct str *groups,
                size_t n_groups, uint64_t *limit_hits)
{
    if (*at == 0 || s.p != re->each.p ||
        s.n != re->each.n) { /* looks at all of the text, so once */
        re->each = s;
        re->each_program = program_for(re, s);
    }
    while (*at <= s.n) {
        if (!match(re, re->each_program, s, *at, groups, n_groups, limit_hits))
            break;
        size_t start = s.n ? (size_t)(groups[0].p - s.p) : 0;
        size_t end = start + groups[0].n;
        bool fresh = groups[0].n > 0 || end != *last_end;
        *at = end;
        if (groups[0].n == 0) {
            if (end < s.n)
                utf8_next(s, at);
            else
                *at = s.n + 1;
        }
        if (fresh) {
            *last_end = end;
            return true;
        }
    }
    *at = s.n + 1;
    return false;
}
