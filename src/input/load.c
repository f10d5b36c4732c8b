/* The rows of a chunk → one column, when it is first asked for. Strings point into the region (or
 * its mended copy); numbers and times are parsed here. A cell that is not what its column says is
 * null, and a remark is made. */
#include "base/ip4.h"
#include "input/input_internal.h"

/* ---- time --------------------------------------------------------------- */

/* Rows of a log are of one day for hours: the same ten bytes are not parsed again. */
static bool day_of(struct cutter *c, struct str date, int64_t *ticks)
{
    if (date.n != sizeof c->day_text)
        return false;
    if (!c->day_known || memcmp(c->day_text, date.p, sizeof c->day_text) != 0) {
        memcpy(c->day_text, date.p, sizeof c->day_text);
        c->day_ok = instant_parse_w3c_date(date, &c->day_ticks);
        c->day_known = true;
    }
    *ticks = c->day_ticks;
    return c->day_ok;
}

bool cutter_time(struct cutter *c, const struct row *r, int64_t *ticks)
{
    const struct layout *l = c->state.layout;
    int64_t day, clock;
    if (l->clock < 0)
        return false;
    if (l->date >= 0) {
        if (!day_of(c, cutter_cell(c, r, l->date), &day))
            return false;
    } else if (c->state.day != NO_DAY) {
        day = c->state.day * TICKS_PER_DAY;
    } else {
        return false;
    }
    if (!instant_parse_w3c_time(cutter_cell(c, r, l->clock), &clock))
        return false;
    *ticks = day + clock;
    return true;
}

static struct column *load_time(struct cutter *c)
{
    struct column *out = column_new(c->scratch, TYPE_DATETIME, c->n);
    for (size_t i = 0; i < c->n; i++) {
        if (!cutter_time(c, &c->rows[i], &out->ints[i])) {
            out->ints[i] = 0;
            column_set_null(out, i);
            cutter_remark(c, &c->rows[i], ODD_DATE);
        }
    }
    return out;
}

/* ---- fields ------------------------------------------------------------- */

static bool is_dash(struct str s)
{
    return s.n == 1 && s.p[0] == '-';
}

static bool is_ipv4(struct str s)
{
    uint32_t address;
    return ip4_read(s, &address) != IP4_NONE;
}

/* Groups of hex digits and colons, perhaps an IPv4 at the end and a zone: enough to tell an address
 * from something else; whether it is a valid one is asked by the functions that compute with it. */
static bool is_ipv6(struct str s)
{
    size_t colons = 0, n = str_find_byte(s, '%'), digits = 0;
    for (size_t i = 0; i < n; i++) {
        char b = s.p[i];
        if (b == ':') {
            colons++;
            digits = 0;
        } else if (b == '.') {
            return colons >= 2 &&
                   is_ipv4(str_sub(s, str_find_last_byte(str_sub(s, 0, n), ':') + 1, n));
        } else if (!((b >= '0' && b <= '9') || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F')) ||
                   ++digits > 4) {
            return false;
        }
    }
    return colons >= 2 && colons <= 8;
}

/* What "-" becomes in a string column. */
static bool dash_is_empty(const struct cutter *c, size_t column)
{
    return c->logs->absent == ABSENT_EMPTY ||
           (c->logs->absent == ABSENT_AUTO && column == COLUMN_QUERY);
}

static struct column *load_strings(struct cutter *c, size_t column, int field, bool address)
{
    struct column *out = column_new(c->scratch, TYPE_STRING, c->n);
    bool to_empty = dash_is_empty(c, column);
    for (size_t i = 0; i < c->n; i++) {
        struct str s = cutter_cell(c, &c->rows[i], field);
        if (!c->rows[i].ascii && !utf8_valid(s))
            cutter_remark(c, &c->rows[i], ODD_UTF8);
        if (address && !is_ipv4(s) && !is_dash(s) && !is_ipv6(s))
            cutter_remark(c, &c->rows[i], ODD_ADDRESS);
        if (to_empty && is_dash(s))
            s.n = 0;
        out->strs[i] = s;
    }
    return out;
}

static bool parse_number(struct str s, enum type t, int64_t *out)
{
    if (s.n && s.n <= 9) {
        int64_t v = 0;
        size_t i = 0;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            v = v * 10 + (s.p[i++] - '0');
        if (i == s.n) {
            *out = v;
            return true;
        }
    }
    return str_to_int64(s, out) && (t != TYPE_INT || (*out >= INT32_MIN && *out <= INT32_MAX));
}

static struct column *load_numbers(struct cutter *c, enum type t, int field)
{
    struct column *out = column_new(c->scratch, t, c->n);
    for (size_t i = 0; i < c->n; i++) {
        struct str s = cutter_cell(c, &c->rows[i], field);
        if (parse_number(s, t, &out->ints[i]))
            continue;
        out->ints[i] = 0;
        column_set_null(out, i);
        if (s.n && !is_dash(s))
            cutter_remark(c, &c->rows[i], ODD_NUMBER);
    }
    return out;
}

/* ---- what is not simply a field ----------------------------------------- */

static struct column *constant(struct cutter *c, enum type t, struct str s)
{
    return column_constant(c->scratch, (struct value){.type = t, .null = t != TYPE_STRING, .s = s});
}

/* The logged field where it says something, else the path's name, else another field (−1: none). */
static struct column *load_named(struct cutter *c, size_t column, size_t logged, struct str path,
                                 int otherwise)
{
    int field = layout_field(c->state.layout, logged);
    if (field < 0 && (path.n || otherwise < 0))
        return constant(c, TYPE_STRING, path);
    struct column *out = column_new(c->scratch, TYPE_STRING, c->n);
    for (size_t i = 0; i < c->n; i++) {
        struct str s = field >= 0 ? cutter_cell(c, &c->rows[i], field) : STR_NONE;
        if (s.n == 0 || is_dash(s))
            s = path.n ? path : otherwise >= 0 ? cutter_cell(c, &c->rows[i], otherwise) : s;
        if (is_dash(s) && dash_is_empty(c, column))
            s.n = 0;
        if (!c->rows[i].ascii && !utf8_valid(s))
            cutter_remark(c, &c->rows[i], ODD_UTF8);
        out->strs[i] = s;
    }
    return out;
}

static struct column *load_offsets(struct cutter *c)
{
    struct column *out = column_new(c->scratch, TYPE_STRING, c->n);
    for (size_t i = 0; i < c->n; i++)
        out->strs[i] =
            str_fmt(c->scratch, "%lld", (long long)region_offset(c->region, c->rows[i].at));
    return out;
}

static struct column *load_column(struct cutter *c, size_t i)
{
    const struct field *f = &c->logs->schema.fields[i];
    enum fill fill = i < column_rows_n ? column_rows[i].fill : FILL_FIELD;
    int field = layout_field(c->state.layout, i);
    switch (fill) {
    case FILL_TIME:
        return load_time(c);
    case FILL_COMPUTER:
        return load_named(c, i, COLUMN_SCOMPUTER, c->source->computer,
                          layout_field(c->state.layout, COLUMN_SIP));
    case FILL_SITE:
        return load_named(c, i, COLUMN_SITE, c->source->site, -1);
    case FILL_URI:
        return constant(c, TYPE_STRING, c->source->info.path);
    case FILL_OFFSET:
        return load_offsets(c);
    case FILL_TENANT:
        return constant(c, TYPE_STRING, c->logs->tenant);
    case FILL_TYPE:
        return constant(c, TYPE_STRING, STR("W3CIISLog"));
    case FILL_FIELD:
    case FILL_ADDRESS:
        if (field < 0)
            break;
        return f->type == TYPE_STRING ? load_strings(c, i, field, fill == FILL_ADDRESS)
                                      : load_numbers(c, f->type, field);
    case FILL_NOTHING:
        break;
    }
    return constant(c, f->type, STR_NONE);
}

struct column *cutter_load(struct chunk_loader *self, struct chunk *chunk, size_t i)
{
    struct cutter *c = (struct cutter *)self; /* the loader is its first member */
    (void)chunk;
    c->fields_loaded += (int64_t)c->n;
    return load_column(c, i);
}

struct column *cutter_load_some(struct chunk_loader *self, struct chunk *chunk, size_t i,
                                const uint32_t *rows, size_t n)
{
    struct cutter *c = (struct cutter *)self;
    struct row *all = c->rows, *some = arena_alloc(c->scratch, (n + 1) * sizeof *some);
    size_t n_all = c->n;
    for (size_t k = 0; k < n; k++)
        some[k] = all[rows[k]];
    c->rows = some;
    c->n = n;
    struct column *out = cutter_load(self, chunk, i);
    for (size_t k = 0; k < n; k++)
        all[rows[k]].odd = some[k].odd; /* a remark is made once */
    c->rows = all;
    c->n = n_all;
    return out;
}

void cutter_pick(struct chunk_loader *self, const uint32_t *rows, size_t n)
{
    struct cutter *c = (struct cutter *)self;
    for (size_t i = 0; i < n; i++)
        c->rows[i] =
            c->rows[rows[i]]; /* ascending, so nothing is overwritten that is still needed */
    c->n = n;
}

struct chunk *cutter_chunk(struct cutter *c, bool origin, uint32_t block)
{
    c->chunk = (struct chunk){.rows = c->n,
                              .n_columns = c->logs->schema.n,
                              .loader = &c->loader,
                              .block = block,
                              .arena = c->scratch};
    c->chunk.columns = ARENA_ARRAY(c->scratch, struct column *, c->chunk.n_columns);
    if (origin) {
        c->chunk.origin = arena_alloc(c->scratch, c->n * sizeof *c->chunk.origin);
        for (size_t i = 0; i < c->n; i++)
            c->chunk.origin[i] = origin_make(c->file, region_offset(c->region, c->rows[i].at));
    }
    return &c->chunk;
}
