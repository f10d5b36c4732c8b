/* format_datetime and format_timespan (KQL.md 4.15): a time and a format in, text out. A format
 * is runs of letters and marks between them; a run longer than a specifier is several: dddd is dd
 * and dd. There are no names of days or months. */
#include "base/instant.h"
#include "func/kernel.h"

/* What the letters show, whichever function asks. */
struct shown {
    int year, month, day, hour, minute, second, ticks;
    bool span; /* a duration: d may be wide, h counts to 23, there is no y M t */
};

/* The number of letters of a run of `n` that make one specifier; 0: none. */
static size_t piece(char letter, size_t n, bool span)
{
    size_t most = 0;

    if (strchr("hHms", letter) || (!span && strchr("dM", letter)))
        most = 2;
    else if (letter == 'f' || letter == 'F')
        most = 7;
    else if (span && letter == 'd')
        most = 8;
    else if (!span && letter == 'y')
        most = n >= 4 ? 4 : 2;
    else if (!span && letter == 't')
        return n >= 2 ? 2 : 0;
    return n < most ? n : most;
}

static void put_fraction(struct buf *out, int ticks, size_t digits, bool only_if)
{
    int v = ticks;

    for (size_t i = digits; i < 7; i++)
        v /= 10;
    for (; only_if && digits && v % 10 == 0; digits--)
        v /= 10;
    if (digits)
        buf_addf(out, "%0*d", (int)digits, v);
    else if (only_if && out->n && out->p[out->n - 1] == '.')
        out->n--; /* nothing after the point: no point */
}

static void put(struct buf *out, const struct shown *t, char letter, size_t n)
{
    int v = 0, width = (int)n, hour12 = t->hour % 12 ? t->hour % 12 : 12;

    switch (letter) {
    case 'y':
        v = n < 4 ? t->year % 100 : t->year;
        break;
    case 'M': v = t->month; break;
    case 'd': v = t->day; break;
    case 'h': v = t->span ? t->hour : hour12; break;
    case 'H': v = t->hour; break;
    case 'm': v = t->minute; break;
    case 's': v = t->second; break;
    case 't':
        buf_add_z(out, t->hour < 12 ? "AM" : "PM");
        return;
    case 'f': case 'F':
        put_fraction(out, t->ticks, n, letter == 'F');
        return;
    }
    buf_addf(out, "%0*d", width, v);
}

/* False, with the offset of the culprit in *bad, when something in the format is neither
 * specifier nor mark. */
static bool format(struct buf *out, struct str f, const struct shown *t, size_t *bad)
{
    for (size_t i = 0; i < f.n;) {
        size_t run = 1;
        if (strchr(" /-:,._[]", f.p[i]) && f.p[i]) {
            buf_add_byte(out, f.p[i++]);
            continue;
        }
        while (i + run < f.n && f.p[i + run] == f.p[i])
            run++;
        size_t n = f.p[i] ? piece(f.p[i], run, t->span) : 0;
        if (!n) {
            *bad = i;
            return false;
        }
        put(out, t, f.p[i], n);
        i += n;
    }
    return true;
}

static void *prepare_format(struct call *call, struct column *const *constants, struct error *err)
{
    struct buf out = {0};
    struct shown t = {.span = strcmp(call->func->name, "format_timespan") == 0};
    size_t bad;

    if (constants[1] && !format(&out, cell_str(constants[1], 0), &t, &bad))
        error_set(err,
            "%s(): the format has something at byte %zu that it cannot show; known are %s and "
                       "the marks space / - : , . _ [ ]", call->func->name, bad,
                  t.span ? "d h H m s f F" : "y M d h H m s f F tt");
    buf_release(&out);
    return NULL;
}

static void format_datetime(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct strs formats = strs_of(args[1]);
    struct texts texts;
    size_t bad;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        int64_t ticks = cell_int(args[0], i);
        size_t start = texts.buf.n;
        struct civil c;
        if (ticks >= 0 && ticks <= INSTANT_MAX) {
            instant_to_civil(ticks, &c);
            struct shown t = {c.year, c.month, c.day, c.hour, c.minute, c.second, c.ticks, false};
            if (!format(&texts.buf, str_at(formats, i), &t, &bad))
                texts.buf.n = start;
        }
        texts_next(&texts);
    }
    texts_end(&texts);
}

static void format_timespan(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct strs formats = strs_of(args[1]);
    struct texts texts;
    size_t bad;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        int64_t span = cell_int(args[0], i);
        uint64_t ticks = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
        uint64_t seconds = ticks / TICKS_PER_SECOND;
        size_t start = texts.buf.n;
        struct shown t = {0, 0, (int)(seconds / 86400), (int)(seconds / 3600 % 24),
                          (int)(seconds / 60 % 60), (int)(seconds % 60),
                              (int)(ticks % TICKS_PER_SECOND),
                          true};
        if (span < 0)
            buf_add_byte(&texts.buf, '-');
        if (!format(&texts.buf, str_at(formats, i), &t, &bad))
            texts.buf.n = start;
        texts_next(&texts);
    }
    texts_end(&texts);
}

const struct func functions_time_format[] = {
    {.name = "format_datetime", .args_help = "time, format",
     .help = "The time as text: yyyy MM dd HH mm ss fff tt and the marks space / - : , . _ [ ].",
     .example = "format_datetime(datetime(2017-01-29 09:00:05), \"yy-MM-dd [HH:mm:ss]\")",
     .expect = "17-01-29 [09:00:05]", .flags = FUNC_NAMED,
         .forms = {{"ts", TYPE_STRING, format_datetime}},
     .prepare = prepare_format},
    {.name = "format_timespan", .args_help = "duration, format",
     .help = "The duration as text: d hh mm ss fff and the marks space / - : , . _ [ ].",
     .example = "format_timespan(2d + 3h + 4m + 5s, \"d.hh:mm:ss\")", .expect = "2.03:04:05",
     .flags = FUNC_NAMED, .forms = {{"ps", TYPE_STRING, format_timespan}},
         .prepare = prepare_format},
    {0},
};
