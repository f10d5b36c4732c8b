/* Signs that a finding's own rows show: sent or failed, cut off, anonymous, large, slow. In: the
 * accesses; out: rows of a table, each with how many of them show it and why it matters. What the
 * log does not hold is said, never taken for nothing. */
#include <stddef.h>
#include "base/instant.h"
#include "hunt/evidence.h"

#define LARGE_BYTES (10 * 1000 * 1000) /* of one answer */
#define IMAGE_BYTES (1000 * 1000)      /* more than an image of a web page has */
#define SLOW_MS 10000

static struct value cell(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    if (at == SIZE_MAX)
        return (struct value){.type = TYPE_STRING, .s = STR(""), .null = true};
    return column_value(t->columns[at], row);
}

static struct str text(const struct table *t, const char *name, size_t row)
{
    struct value v = cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR("");
}

static int64_t number(const struct table *t, const char *name, size_t row)
{
    struct value v = cell(t, name, row);
    return type_shape(v.type) == SHAPE_INT && !v.null ? v.i : -1;
}

bool field_is_logged(struct hunt *h, const char *field)
{
    size_t n;
    const struct log_file *files = logs_files(h->logs, &n);
    for (size_t i = 0; i < n; i++) {
        struct str fields = files[i].fields;
        while (files[i].read && fields.n)
            if (str_eq_nocase(str_cut(&fields, ' '), str_of(field)))
                return true;
    }
    return false;
}

static bool is_image(struct str stem)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".ico", ".webp"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct str end = str_of(ends[i]);
        if (stem.n >= end.n && str_eq_nocase(str_sub(stem, stem.n - end.n, stem.n), end))
            return true;
    }
    return false;
}

static bool is_sent(struct str status)
{
    return str_is(status, "200") || str_is(status, "206");
}

/* A row counts for each of the signs that it shows. */
void sign_tally_row(struct sign_tally *n, const struct table *t, size_t i)
{
    struct str status = text(t, "scStatus", i), user = text(t, "csUserName", i);
    struct str referer = text(t, "csReferer", i);
    int64_t bytes = number(t, "scBytes", i), ms = number(t, "TimeTaken", i);
    bool sent = is_sent(status);
    n->rows++;
    n->sent += sent;
    n->failed += status.n == 3 && (status.p[0] == '4' || status.p[0] == '5');
    n->cut += sent && str_is(text(t, "scWin32Status", i), "64");
    n->anonymous += !user.n || str_is(user, "-");
    n->no_referer += !referer.n || str_is(referer, "-");
    n->large += bytes >= LARGE_BYTES;
    n->slow += ms >= SLOW_MS;
    n->image += is_image(text(t, "csUriStem", i)) &&
                (bytes >= 0 ? bytes >= IMAGE_BYTES : sent && ms >= SLOW_MS);
}

/* In the order in which they are shown. */
static const struct own_sign {
    const char *sign;
    size_t count;         /* where in the tally */
    const char *field;    /* that must be logged; NULL: what is not logged shows no sign */
    const char *what;
    const char *reason;
    const char *no_bytes; /* the reason where bytes are not logged; NULL: the same */
} own_signs[] = {
    {"S", offsetof(struct sign_tally, sent), NULL, "sent",
     "status 200 or 206: the file was there and was sent", NULL},
    {"C", offsetof(struct sign_tally, cut), NULL, "cut off",
     "win32 64 with 200 or 206: the client was gone before the last byte; it may come again", NULL},
    {"B", offsetof(struct sign_tally, large), NULL, "large",
     "10 MB or more were sent in one answer", NULL},
    {"T", offsetof(struct sign_tally, slow), NULL, "slow",
     "took 10 s or more until the last byte was sent",
     "took 10 s or more; bytes are not logged, so time stands for size"},
    {"I", offsetof(struct sign_tally, image), NULL, "no image's size",
     "named like an image, but 1 MB or more were sent",
     "named like an image, but took 10 s or more to send"},
    {"A", offsetof(struct sign_tally, anonymous), "cs-username", "anonymous",
     "no user name: nobody had logged on", NULL},
    {"R", offsetof(struct sign_tally, no_referer), "cs(Referer)", "no referer",
     "asked for directly, from no page", NULL},
    {"-", offsetof(struct sign_tally, failed), NULL, "failed",
     "status 400 or over: what was not there was not fetched", NULL},
};
#define OWN_SIGNS (sizeof own_signs / sizeof *own_signs)

static int64_t count_of(const struct own_sign *s, const struct sign_tally *n)
{
    int64_t count;
    memcpy(&count, (const char *)n + s->count, sizeof count);
    return count;
}

void sign_brief(struct buf *out, const char *sign, int64_t count, bool more)
{
    buf_addf(out, "%s%s", out->n ? " " : "", sign);
    if (count > 99)
        buf_add_z(out, "99+");
    else if (count > 1 || more)
        buf_addf(out, "%d%s", (int)count, more ? "+" : "");
}

unsigned signs_logged(struct hunt *h)
{
    unsigned logged = 0;
    for (size_t i = 0; i < OWN_SIGNS; i++)
        if (!own_signs[i].field || field_is_logged(h, own_signs[i].field))
            logged |= 1u << i;
    return logged;
}

void signs_brief(unsigned logged, const struct sign_tally *n, bool more, struct buf *out)
{
    for (size_t i = 0; i < OWN_SIGNS; i++) {
        int64_t count = count_of(&own_signs[i], n);
        if (count && (logged >> i & 1))
            sign_brief(out, own_signs[i].sign, count, more);
    }
}

void sign_add(struct builder *b, const char *sign, int64_t count, int64_t of, struct str what,
              struct str reason)
{
    builder_str(b, str_of(sign));
    builder_int(b, count);
    builder_int(b, of);
    builder_str(b, what);
    builder_str(b, reason);
}

static void add_missing(struct builder *b, struct hunt *h, const char *field, const char *what,
                        const char *reason, int64_t of)
{
    if (!field_is_logged(h, field))
        sign_add(b, "?", 0, of, str_of(what), str_of(reason));
}

void signs_of_rows(struct hunt *h, const struct detail *d, struct builder *b)
{
    const struct table *t = d->accesses;
    int64_t of = (int64_t)t->rows;
    unsigned logged = signs_logged(h);
    struct sign_tally n = {0};
    for (size_t i = 0; i < t->rows; i++)
        sign_tally_row(&n, t, i);
    for (size_t i = 0; i < OWN_SIGNS; i++) {
        const struct own_sign *s = &own_signs[i];
        int64_t count = count_of(s, &n);
        bool reason = d->bytes_logged || !s->no_bytes;
        if (count && (logged >> i & 1))
            sign_add(b, s->sign, count, of, str_of(s->what),
                     str_of(reason ? s->reason : s->no_bytes));
    }
    if (!d->bytes_logged)
        sign_add(b, "?", 0, of, STR("bytes"),
                 STR("sc-bytes is not logged (off by default in IIS): no size is known"));
    add_missing(b, h, "time-taken", "time taken", "time-taken is not logged", of);
    add_missing(b, h, "sc-win32-status", "cut off", "sc-win32-status is not logged", of);
    add_missing(b, h, "cs-username", "anonymous", "cs-username is not logged", of);
    add_missing(b, h, "cs(Referer)", "referer", "cs(Referer) is not logged", of);
}
