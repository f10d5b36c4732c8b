/* Reads logs and prints what the reader makes of them: for golden cases, for comparing, for
 * measuring.
 *
 *     logdump [option]... [path]...
 *       --columns A,B     the cells of these columns, a row a line (names as in the schema; * is
 * all)
 *       --needle TEXT     a group of needles of its own, case-blind; a|b are alternatives
 *       --threads N  --block BYTES  --absent auto|keep|empty  --computer NAME  --tenant ID  --since
 * T  --until T
 *       --origins         file:offset before each row
 *       --files           the list of files
 *       --stats           the counts, and the bad lines
 *       --last            the time of the last event
 *       --fetch           prints the rows through logs_fetch instead, and checks logs_line
 *       --spool           standard input can be read again
 *       --quiet           loads the columns, prints no row
 * Cells are escaped like C strings; null is a bare null. Rows come in input order at any number of
 * threads. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/instant.h"
#include "input/input.h"

#define NEEDLES 16

struct setup {
    struct logs_options logs;
    struct str columns;
    struct needle_group groups[NEEDLES];
    size_t n_groups;
    int64_t since, until;
    int threads;
    bool origins, files, stats, last, fetch, quiet;
};

/* ---- printing ----------------------------------------------------------- */

static void put_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\\')
            buf_add_z(b, "\\\\");
        else if (c < ' ' || c >= 0x7f)
            buf_addf(b, "\\x%02x", c);
        else
            buf_add_byte(b, (char)c);
    }
}

static void put_value(struct buf *b, struct value v)
{
    char text[INSTANT_TEXT];
    if (v.null)
        buf_add_z(b, "null");
    else if (v.type == TYPE_STRING)
        put_text(b, v.s);
    else if (v.type == TYPE_DATETIME)
        buf_add(b, (struct str){text, instant_format(v.i, text)});
    else if (v.type == TYPE_REAL)
        buf_addf(b, "%g", v.r);
    else
        buf_addf(b, "%" PRId64, v.i);
}

static void print_files(const struct logs *logs)
{
    static const char *const kinds[] = {"w3c",        "w3c-other", "httperr", "ftp",
                                        "iis-native", "ncsa",      "empty",   "unknown"};
    size_t n;
    const struct log_file *f = logs_files(logs, &n);
    struct buf b = {0};
    for (size_t i = 0; i < n; i++) {
        buf_addf(&b, "file %zu: %s%s", i, kinds[f[i].kind], f[i].read ? "" : " (not read)");
        buf_add_z(&b, f[i].assumed_fields ? " assumed " : " ");
        put_text(&b, f[i].path);
        buf_add_z(&b, ": ");
        put_text(&b, f[i].reason);
        buf_add_byte(&b, '\n');
    }
    fwrite(b.p, 1, b.n, stdout);
    buf_release(&b);
}

static void print_stats(const struct scan *scan)
{
    struct scan_stats st;
    struct bad_line *bad;
    struct arena *a = arena_new();
    scan_stats(scan, &st);
    printf("lines %" PRId64 " = header %" PRId64 " + skipped %" PRId64 " + bad %" PRId64
           " + rows %" PRId64 " + out_of_span %" PRId64 " + blank %" PRId64 "%s\n",
           st.lines, st.header_lines, st.skipped, st.bad, st.rows, st.out_of_span, st.blank,
           st.lines == st.header_lines + st.skipped + st.bad + st.rows + st.out_of_span + st.blank
               ? ""
               : " WRONG");
    size_t n = scan_bad_lines(scan, a, &bad);
    for (size_t i = 0; i < n && i < 100; i++)
        printf("%u:%" PRId64 ": %s\n", bad[i].file, bad[i].offset, bad_reason_text(bad[i].reason));
    arena_free(a);
}

/* ---- reading ------------------------------------------------------------ */

struct piece {
    uint32_t block;
    struct buf text;
    int64_t *origins;
    size_t n_origins;
};
struct reader {
    struct scan *scan;
    const struct setup *setup;
    const bool *wanted;
    int thread;
    struct piece *pieces;
    size_t n;
    int64_t cells;
};

static struct piece *piece_for(struct reader *r, uint32_t block)
{
    if (r->n == 0 || r->pieces[r->n - 1].block != block) {
        r->pieces = mem_grow(r->pieces, (r->n + 1) * sizeof *r->pieces);
        r->pieces[r->n++] = (struct piece){.block = block};
    }
    return &r->pieces[r->n - 1];
}

static void put_chunk(struct reader *r, struct chunk *c)
{
    struct piece *p = piece_for(r, c->block);
    for (size_t row = 0; row < c->rows; row++) {
        const char *sep = "";
        if (r->setup->origins) {
            buf_addf(&p->text, "%u:%" PRId64, origin_file(c->origin[row]),
                     origin_offset(c->origin[row]));
            sep = " | ";
        }
        for (size_t i = 0; i < c->n_columns; i++) {
            if (!r->wanted[i])
                continue;
            buf_add_z(&p->text, sep);
            put_value(&p->text, column_value(chunk_column(c, i), row));
            sep = " | ";
        }
        buf_add_byte(&p->text, '\n');
    }
    p->origins = mem_grow(p->origins, (p->n_origins + c->rows) * sizeof *p->origins);
    memcpy(p->origins + p->n_origins, c->origin, c->rows * sizeof *p->origins);
    p->n_origins += c->rows;
}

static void *run(void *arg)
{
    struct reader *r = arg;
    struct chunk *c;
    while (scan_next(r->scan, r->thread, &c)) {
        for (size_t i = 0; i < c->n_columns; i++) {
            if (r->wanted[i])
                r->cells += (int64_t)chunk_column(c, i)->n;
        }
        if (!r->setup->quiet)
            put_chunk(r, c);
    }
    return NULL;
}

static int by_block(const void *x, const void *y)
{
    const struct piece *a = x, *b = y;
    return a->block < b->block ? -1 : a->block > b->block;
}

static void print_fetched(struct logs *logs, const bool *wanted, const struct piece *p)
{
    struct arena *a = arena_new();
    struct table *t;
    struct error err = {0};
    struct buf b = {0};
    if (!logs_fetch(logs, p->origins, p->n_origins, a, &t, &err))
        printf("logs_fetch: %s\n", err.message);
    for (size_t row = 0; row < t->rows; row++) {
        struct log_line line;
        const char *sep = "";
        if (!logs_line(logs, p->origins[row], a, &line, &err))
            buf_addf(&b, "%s ", err.message);
        else
            buf_addf(&b, "line %" PRId64 " (%zu bytes): ", line.number, line.raw.n);
        for (size_t i = 0; i < t->schema.n; i++) {
            if (!wanted[i])
                continue;
            buf_add_z(&b, sep);
            put_value(&b, column_value(t->columns[i], row));
            sep = " | ";
        }
        buf_add_byte(&b, '\n');
    }
    fwrite(b.p, 1, b.n, stdout);
    buf_release(&b);
    arena_free(a);
}

static bool scan_all(struct logs *logs, const struct setup *u, const bool *wanted,
                     struct error *err)
{
    struct arena *a = arena_new();
    struct scan_request q = {.wanted = wanted,
                             .needles = u->groups,
                             .n_needles = u->n_groups,
                             .since = u->since,
                             .until = u->until,
                             .origin = !u->quiet,
                             .threads = u->threads};
    struct scan *scan;
    if (!scan_open(logs, &q, a, &scan, err)) {
        arena_free(a);
        return false;
    }
    struct reader *readers = ARENA_ARRAY(a, struct reader, u->threads);
    pthread_t *threads = ARENA_ARRAY(a, pthread_t, u->threads);
    for (int t = 0; t < u->threads; t++) {
        readers[t] = (struct reader){.scan = scan, .setup = u, .wanted = wanted, .thread = t};
        if (pthread_create(&threads[t], NULL, run, &readers[t]) != 0)
            abort();
    }
    VEC(struct piece) all = {0};
    for (int t = 0; t < u->threads; t++) {
        pthread_join(threads[t], NULL);
        for (size_t i = 0; i < readers[t].n; i++)
            vec_push(a, &all, readers[t].pieces[i]);
        mem_free(readers[t].pieces);
    }
    if (all.n)
        qsort(all.items, all.n, sizeof *all.items, by_block);
    for (size_t i = 0; i < all.n; i++) {
        if (u->fetch)
            print_fetched(logs, wanted, &all.items[i]);
        else if (all.items[i].text.n)
            fwrite(all.items[i].text.p, 1, all.items[i].text.n, stdout);
        buf_release(&all.items[i].text);
        mem_free(all.items[i].origins);
    }
    if (u->stats)
        print_stats(scan);
    bool ok = !scan_failed(scan, err);
    scan_close(scan);
    arena_free(a);
    return ok;
}

/* ---- options ------------------------------------------------------------ */

static void add_needles(struct arena *a, struct setup *u, struct str text)
{
    VEC(struct str) texts = {0};
    while (text.n)
        vec_push(a, &texts, str_cut(&text, '|'));
    if (u->n_groups < NEEDLES)
        u->groups[u->n_groups++] = (struct needle_group){texts.items, texts.n, true};
}

static bool option(struct arena *a, struct setup *u, const char *name, struct str value)
{
    int64_t n = 0;
    str_to_int64(value, &n);
    if (strcmp(name, "--columns") == 0)
        u->columns = value;
    else if (strcmp(name, "--needle") == 0)
        add_needles(a, u, value);
    else if (strcmp(name, "--threads") == 0)
        u->threads = (int)n;
    else if (strcmp(name, "--block") == 0)
        u->logs.block_bytes = (size_t)n;
    else if (strcmp(name, "--absent") == 0)
        u->logs.absent = str_is(value, "keep")    ? ABSENT_KEEP
                         : str_is(value, "empty") ? ABSENT_EMPTY
                                                  : ABSENT_AUTO;
    else if (strcmp(name, "--computer") == 0)
        u->logs.computer = value;
    else if (strcmp(name, "--tenant") == 0)
        u->logs.tenant = value;
    else if (strcmp(name, "--since") == 0)
        instant_parse(value, &u->since);
    else if (strcmp(name, "--until") == 0)
        instant_parse(value, &u->until);
    else
        return false;
    return true;
}

static bool flag(struct setup *u, const char *name)
{
    const struct {
        const char *name;
        bool *to;
    } flags[] = {
        {"--origins", &u->origins},   {"--files", &u->files}, {"--stats", &u->stats},
        {"--last", &u->last},         {"--fetch", &u->fetch}, {"--quiet", &u->quiet},
        {"--spool", &u->logs.reread},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(name, flags[i].name) == 0)
            return *flags[i].to = true;
    }
    return false;
}

static bool *wanted_columns(struct arena *a, const struct logs *logs, struct str names)
{
    const struct schema *s = logs_schema(logs);
    bool *wanted = ARENA_ARRAY(a, bool, s->n);
    while (names.n) {
        struct str name = str_cut(&names, ',');
        size_t i = schema_find(s, name);
        if (i != SIZE_MAX)
            wanted[i] = true;
        else if (!str_is(name, "*"))
            printf("no column %.*s\n", STR_ARG(name));
        for (i = 0; i < s->n && str_is(name, "*"); i++)
            wanted[i] = true;
    }
    return wanted;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct setup u = {.threads = 1, .since = INT64_MIN, .until = INT64_MAX};
    VEC(struct str) paths = {0};
    struct logs *logs;
    struct error err = {0};
    for (int i = 1; i < argc; i++) {
        if (flag(&u, argv[i]))
            continue;
        if (i + 1 < argc && option(a, &u, argv[i], str_of(argv[i + 1])))
            i++;
        else
            vec_push(a, &paths, str_of(argv[i]));
    }
    bool ok = logs_open(a, paths.items, paths.n, &u.logs, &logs, &err);
    if (ok && u.files)
        print_files(logs);
    if (ok && u.last) {
        int64_t ticks;
        char text[INSTANT_TEXT];
        bool found = logs_last_event(logs, &ticks);
        printf("last event: %.*s\n", found ? (int)instant_format(ticks, text) : 4,
               found ? text : "none");
    }
    if (ok)
        ok = scan_all(logs, &u, wanted_columns(a, logs, u.columns), &err);
    if (!ok)
        printf("error: %s\n", err.message);
    arena_free(a);
    return ok ? 0 : 1;
}
