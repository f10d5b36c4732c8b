/* A line → its fields, or the reason why it is no row. The fast path is a line with exactly as many
 * single spaces as the layout asks for. Anything else is tried as what it may be: a stray second
 * space, fields in quotes; a line that fits then is copied with one space between fields, so that
 * all rows look alike. */
#include "input/input_internal.h"

void cutter_init(struct cutter *c, struct logs *logs, struct arena *scratch, struct arena *a)
{
    *c = (struct cutter){.loader = {cutter_load, cutter_pick, cutter_load_some},
                         .logs = logs,
                         .simd = simd_get(),
                         .scratch = scratch};
    c->rows = ARENA_ARRAY(a, struct row, CHUNK_ROWS);
    c->bits = arena_alloc(a, CHUNK_ROWS * LINE_WORDS * sizeof *c->bits);
}

void cutter_release(struct cutter *c)
{
    mem_free(c->bad);
    c->bad = NULL;
    c->n_bad = c->bad_cap = 0;
}

void cutter_start(struct cutter *c, struct state state)
{
    c->state = state;
    c->last_field = state.layout ? state.layout->n - 1 : SIZE_MAX;
    c->n = c->bits_used = 0;
}

bool cutter_takes(const struct cutter *c, struct state state)
{
    return c->state.layout == state.layout && c->state.quoted == state.quoted &&
           (c->state.day == state.day || (state.layout && state.layout->date >= 0));
}

static void keep_bad(struct cutter *c, uint32_t at, enum bad_reason reason)
{
    c->counts[reason]++;
    if (c->n_bad == BAD_LINES_KEPT)
        return;
    if (c->n_bad == c->bad_cap) {
        c->bad_cap = c->bad_cap ? c->bad_cap * 2 : 16;
        c->bad = mem_grow(c->bad, c->bad_cap * sizeof *c->bad);
    }
    c->bad[c->n_bad++] = (struct bad_line){c->file, region_offset(c->region, at), reason};
}

void cutter_remark(struct cutter *c, struct row *r, enum bad_reason reason)
{
    if (r->odd & 1u << reason)
        return;
    r->odd |= 1u << reason;
    keep_bad(c, r->at, reason);
}

/* ---- what does not fit at once ------------------------------------------ */

static bool is_blank(char b)
{
    return b == ' ' || b == '\t';
}

/* The end of the quoted field that begins at p[at], after its closing quote; 0: it is not closed.
 */
static size_t quote_end(struct str line, size_t at)
{
    for (size_t i = at + 1; i < line.n; i++) {
        if (line.p[i] != '"')
            continue;
        if (i + 1 < line.n && line.p[i + 1] == '"') {
            i++;
            continue;
        }
        return i + 1 == line.n || is_blank(line.p[i + 1]) ? i + 1 : 0;
    }
    return 0;
}

size_t cut_fields(struct str line, bool quoted, struct str *out, size_t max)
{
    size_t n = 0, i = 0;
    for (;;) {
        while (i < line.n && is_blank(line.p[i]))
            i++;
        if (i == line.n)
            return n;
        size_t start = i;
        size_t end = quoted && line.p[i] == '"' ? quote_end(line, i) : 0;
        if (!end) {
            for (end = i; end < line.n && !is_blank(line.p[end]);)
                end++;
        }
        i = end;
        if (n < max)
            out[n] = str_sub(line, start, end);
        n++;
    }
}

/* Without the quotes around it and with single ones inside. */
static size_t put_field(char *to, struct str field, bool quoted)
{
    size_t n = 0;
    if (!quoted || field.n < 2 || field.p[0] != '"' || field.p[field.n - 1] != '"') {
        memcpy(to, field.p, field.n);
        return field.n;
    }
    for (size_t i = 1; i + 1 < field.n; i++) {
        to[n++] = field.p[i];
        if (field.p[i] == '"' && field.p[i + 1] == '"' && i + 2 < field.n)
            i++;
    }
    return n;
}

/* The line with its fields one space apart, in the scratch; false: their number is not the
 * layout's. */
static bool mend(struct cutter *c, struct row *r, struct str line, bool quoted)
{
    struct str fields[FIELDS_MAX];
    size_t want = c->state.layout->n, at = 0;
    if (cut_fields(line, quoted, fields, want) != want)
        return false;
    char *p = arena_alloc(c->scratch, line.n + 1);
    uint64_t *bits = arena_zalloc(c->scratch, (line.n / 64 + 1) * sizeof *bits);
    for (size_t i = 0; i < want; i++) {
        at += put_field(p + at, fields[i], quoted);
        if (i + 1 < want) {
            bits[at / 64] |= UINT64_C(1) << at % 64;
            p[at++] = ' ';
        }
    }
    r->p = p;
    r->n = (uint32_t)at;
    r->bits = bits;
    return true;
}

/* ---- a line ------------------------------------------------------------- */

static bool all_nul_or_blank(struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '\0' && !is_blank(line.p[i]))
            return false;
    }
    return true;
}

/* Everything but the plain case. */
static enum taken add_unusual(struct cutter *c, struct row *r, struct str line, bool nul)
{
    bool too_long = line.n > LINE_MAX_BYTES;
    if (too_long)
        line.n = LINE_MAX_BYTES;
    if (all_nul_or_blank(line))
        return TAKEN_BLANK;
    if (too_long) {
        keep_bad(c, r->at, BAD_TOO_LONG);
    } else if (nul) {
        keep_bad(c, r->at, BAD_BINARY);
    } else if (!c->state.layout) {
        keep_bad(c, r->at, BAD_NO_FIELDS);
    } else if (c->state.quoted && mend(c, r, line, true)) {
        return TAKEN_ROW;
    } else if (mend(c, r, line, false)) {
        cutter_remark(c, r, ODD_DOUBLE_SPACE);
        return TAKEN_ROW;
    } else if (mend(c, r, line, true)) {
        return TAKEN_ROW;
    } else {
        size_t n = cut_fields(line, false, NULL, 0);
        keep_bad(c, r->at, n < c->state.layout->n ? BAD_FEW_FIELDS : BAD_MANY_FIELDS);
    }
    return TAKEN_BAD;
}

enum taken cutter_add(struct cutter *c, uint32_t at, uint32_t limit)
{
    const char *p = c->region->p + at;
    struct row *r = &c->rows[c->n];
    uint64_t *bits = c->bits + c->bits_used;
    struct line_cut cut = c->simd->cut_line(p, limit - at, bits, LINE_WORDS);
    size_t n = cut.n && p[cut.n - 1] == '\r' ? cut.n - 1 : cut.n, words = (n + 63) / 64;
    c->line_end = at + (uint32_t)cut.n;
    c->bits_before = c->bits_used;
    *r = (struct row){.p = p, .bits = bits, .at = at, .n = (uint32_t)n, .ascii = cut.ascii};
    bool plain = cut.spaces == c->last_field && !cut.nul && n && (unsigned char)p[0] > ' ' &&
                 cut.n <= LINE_MAX_BYTES && !(c->state.quoted && c->simd->find_byte(p, n, '"') < n);
    if (!plain) {
        enum taken taken =
            add_unusual(c, r, (struct str){p, cut.n > LINE_MAX_BYTES ? cut.n : n}, cut.nul);
        c->n += taken == TAKEN_ROW;
        return taken;
    }
    if (words > LINE_WORDS) { /* rare enough to be done twice */
        r->bits = bits = arena_alloc(c->scratch, words * sizeof *bits);
        c->simd->cut_line(p, n, bits, words);
    } else {
        c->bits_used += words;
    }
    c->n++;
    return TAKEN_ROW;
}

void cutter_drop(struct cutter *c)
{
    c->n--;
    c->bits_used = c->bits_before;
}

/* The field between two spaces, counted from the line's beginning: what the asked column costs, and
 * only it. */
struct str cutter_cell(const struct cutter *c, const struct row *r, int field)
{
    size_t w = 0, start = 0, end = r->n;
    uint64_t word = r->bits[0];
    for (int k = 0; k < field; k++) {
        while (!word)
            word = r->bits[++w];
        start = w * 64 + (size_t)__builtin_ctzll(word) + 1;
        word &= word - 1;
    }
    if ((size_t)field < c->last_field) {
        while (!word)
            word = r->bits[++w];
        end = w * 64 + (size_t)__builtin_ctzll(word);
    }
    return (struct str){r->p + start, end - start};
}
