/* Literals other than strings: numbers, timespans, and typed literals such as int(5) or
 * datetime(2020-01-02 10:00) (KQL.md 1.4 to 1.7). In: the lexer at the literal's first byte. Out:
 * its value. */
#include <math.h>

#include "base/instant.h"
#include "kql/kql_internal.h"

/* ---- numbers -------------------------------------------------------------------------------- */

/* Ticks of 100 ns in one of the unit; 0: no such unit. */
static double unit_ticks(struct str unit)
{
    static const struct {
        const char *names; /* with blanks around each */
        double ticks;
    } units[] = {
        {" d day days ", 864e9},
        {" h hr hrs hour hours ", 36e9},
        {" m min minute minutes ", 6e8},
        {" s sec second seconds ", 1e7},
        {" ms milli millis millisecond milliseconds ", 1e4},
        {" micro micros microsecond microseconds ", 10},
        {" nano nanos nanosecond nanoseconds ", 0.01},
        {" tick ticks ", 1},
    };
    char word[16];

    if (unit.n == 0 || unit.n > sizeof word - 2)
        return 0;
    word[0] = ' ';
    memcpy(word + 1, unit.p, unit.n);
    word[unit.n + 1] = ' ';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_find(str_of(units[i].names), (struct str){word, unit.n + 2}, 0) != SIZE_MAX)
            return units[i].ticks;
    return 0;
}

/* number × unit without losing the last ticks of a whole number. */
static bool scale(struct str number, double ticks, int64_t *out)
{
    int64_t whole;
    double real;

    if (ticks >= 1 && str_to_int64(number, &whole))
        return !__builtin_mul_overflow(whole, (int64_t)ticks, out);
    if (!str_to_double(number, &real) || !(fabs(real * ticks) < 9.2e18))
        return false;
    *out = (int64_t)round(real * ticks);
    return true;
}

static bool hex_number(struct str digits, int64_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < digits.n; i++) {
        int d = lex_hex((unsigned char)digits.p[i]);
        if (d < 0 || v >> 60)
            return false;
        v = v << 4 | (uint64_t)d;
    }
    *out = (int64_t)v;
    return digits.n > 0;
}

static size_t digits_end(struct str s, size_t at)
{
    while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
        at++;
    return at;
}

/* digits[.digits][e[±]digits]: where it ends, and whether it is a real. */
static size_t number_end(struct str s, size_t at, bool *real)
{
    size_t end = digits_end(s, at);

    *real = false;
    if (end + 1 < s.n && s.p[end] == '.' && s.p[end + 1] >= '0' && s.p[end + 1] <= '9') {
        *real = true;
        end = digits_end(s, end + 1);
    }
    if (end < s.n && (s.p[end] == 'e' || s.p[end] == 'E')) {
        size_t exponent = end + 1;
        if (exponent < s.n && (s.p[exponent] == '+' || s.p[exponent] == '-'))
            exponent++;
        size_t past = digits_end(s, exponent);
        if (past > exponent && (past >= s.n || !lex_name_byte((unsigned char)s.p[past]))) {
            *real = true;
            end = past;
        }
    }
    return end;
}

bool lex_number(struct lexer *l, struct value *out, bool *is_number)
{
    bool real;
    size_t start = l->at;
    size_t end = number_end(l->text, start, &real), word = end;

    *is_number = true;
    while (word < l->text.n && lex_name_byte((unsigned char)l->text.p[word]))
        word++;
    struct str number = str_sub(l->text, start, end), rest = str_sub(l->text, end, word);
    if (rest.n > 1 && number.n == 1 && number.p[0] == '0' &&
        (rest.p[0] == 'x' || rest.p[0] == 'X')) {
        *out = (struct value){.type = TYPE_LONG};
        l->at = word;
        if (!hex_number(str_sub(rest, 1, rest.n), &out->i))
            return lex_fail(l, start, word, "this is no hexadecimal number of 64 bits");
        return true;
    }
    if (rest.n) {
        double ticks = unit_ticks(rest);
        *out = (struct value){.type = TYPE_TIMESPAN};
        *is_number = ticks > 0;
        if (ticks == 0)
            return real ? lex_fail(l, end, word, "unknown unit of time '%.*s'", STR_ARG(rest))
                        : true;
        l->at = word;
        return scale(number, ticks, &out->i) ||
               lex_fail(l, start, word, "this timespan is out of range");
    }
    l->at = end;
    *out = (struct value){.type = real ? TYPE_REAL : TYPE_LONG};
    if (real)
        return str_to_double(number, &out->r) ||
               lex_fail(l, start, end, "this number is out of range");
    return str_to_int64(number, &out->i) ||
           lex_fail(l, start, end, "this number does not fit into 64 bits");
}

/* ---- typed literals ------------------------------------------------------------------------- */

static bool typed_integer(struct str s, enum type type, int64_t *out)
{
    bool minus = s.n && s.p[0] == '-';
    struct str digits = minus || (s.n && s.p[0] == '+') ? str_sub(s, 1, s.n) : s;

    if (digits.n > 2 && digits.p[0] == '0' && (digits.p[1] == 'x' || digits.p[1] == 'X')) {
        if (!hex_number(str_sub(digits, 2, digits.n), out))
            return false;
        *out = minus ? (int64_t)(0 - (uint64_t)*out) : *out;
    } else if (digits_end(digits, 0) != digits.n || !str_to_int64(minus ? s : digits, out)) {
        return false;
    }
    return type == TYPE_LONG || (*out >= INT32_MIN && *out <= INT32_MAX);
}

static bool typed_real(struct str s, double *out)
{
    bool sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    struct str word = sign ? str_sub(s, 1, s.n) : s;

    if (str_eq_nocase(word, STR("nan"))) {
        *out = NAN;
        return !sign;
    }
    if (str_eq_nocase(word, STR("inf")) || str_eq_nocase(word, STR("infinity"))) {
        *out = s.p[0] == '-' ? -INFINITY : INFINITY;
        return true;
    }
    return word.n && (word.p[0] == '.' || (word.p[0] >= '0' && word.p[0] <= '9')) &&
           str_to_double(s.p[0] == '+' ? word : s, out);
}

/* `1.02:03:04.5`, `2` (days), `15 seconds`, `1.5h`, with a sign. */
static bool typed_timespan(struct str s, int64_t *out)
{
    bool minus = s.n && s.p[0] == '-', real;
    struct str bare = minus ? str_trim(str_sub(s, 1, s.n)) : s;
    size_t end = number_end(bare, 0, &real);
    double ticks = unit_ticks(str_trim(str_sub(bare, end, bare.n)));

    if (end == 0)
        return false;
    if (end == bare.n)
        ticks = unit_ticks(STR("d"));
    if (ticks == 0)
        return timespan_parse(s, out);
    if (!scale(str_sub(bare, 0, end), ticks, out))
        return false;
    *out = minus ? -*out : *out;
    return true;
}

static bool typed_guid(struct arena *a, struct str s, struct str *out)
{
    char digits[32], *text = arena_alloc(a, 36);
    size_t n = 0, put = 0;

    if (s.n >= 2 && s.p[0] == '{' && s.p[s.n - 1] == '}')
        s = str_sub(s, 1, s.n - 1);
    for (size_t i = 0; i < s.n; i++) {
        bool dash = s.n == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash != (s.p[i] == '-') || (!dash && (n == 32 || lex_hex((unsigned char)s.p[i]) < 0)))
            return false;
        if (!dash)
            digits[n++] = s.p[i] >= 'A' && s.p[i] <= 'F' ? (char)(s.p[i] + 32) : s.p[i];
    }
    if (n != 32)
        return false;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            text[put++] = '-';
        text[put++] = digits[i];
    }
    *out = (struct str){text, 36};
    return true;
}

static bool typed_value(struct arena *a, struct str s, struct value *out)
{
    switch (out->type) {
    case TYPE_INT:
    case TYPE_LONG:
        return typed_integer(s, out->type, &out->i);
    case TYPE_REAL:
    case TYPE_DECIMAL:
        return typed_real(s, &out->r);
    case TYPE_BOOL:
        out->b = str_eq_nocase(s, STR("true")) || str_is(s, "1");
        return out->b || str_eq_nocase(s, STR("false")) || str_is(s, "0");
    case TYPE_DATETIME:
        return instant_parse(s, &out->i);
    case TYPE_TIMESPAN:
        return typed_timespan(s, &out->i);
    case TYPE_GUID:
        return typed_guid(a, s, &out->s);
    default:
        return false;
    }
}

bool lex_typed(struct lexer *l, enum type type, struct value *out)
{
    size_t start = ++l->at;
    struct buf filled = {0};

    while (l->at < l->text.n && lex_byte(l, 0) != ')' && lex_byte(l, 0) != '\n')
        l->at++;
    if (lex_byte(l, 0) != ')')
        return lex_fail(l, start - 1, start, "this '(' has no ')' on its line");
    struct str s = str_trim(str_sub(l->text, start, l->at));
    size_t from = (size_t)(s.p - l->text.p), to = from + s.n;
    l->at++;
    *out = (struct value){.type = type};
    if (str_is(s, "null")) {
        out->null = true;
        if (type_shape(type) == SHAPE_STR)
            out->s = STR_NONE;
        return true;
    }
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = str_sub(s, 1, s.n - 1);
    if (l->env && l->env->template_value) {
        lex_fill_templates(l, s, &filled);
        s = str_dup(l->arena, buf_str(&filled));
        buf_release(&filled);
    }
    if (s.n && typed_value(l->arena, str_trim(s), out))
        return true;
    return lex_fail(l, s.n ? from : start - 1, s.n ? to : l->at,
                    "this is no %s that can be read; a variable is "
                    "converted by to%s(...)",
                    type_name(type), type_name(type));
}
