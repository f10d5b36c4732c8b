/* The times of the last event and the first one: the greatest over the last lines of each file, the
 * least over its first ones. The end of a file is read with the layout of its head; where that does
 * not fit (a header further in, a day that only #Date tells) the file is scanned. */
#include <unistd.h>
#include "input/input_internal.h"

#define END_BYTES ((size_t)16 << 10)

/* What the lines at one end of a file say. */
struct end {
    size_t hits, misfits; /* lines with a time, and lines that do not fit the layout or have none */
    int64_t first, last;
};

static void offer(struct end *e, int64_t ticks)
{
    if (e->hits == 0 || ticks < e->first)
        e->first = ticks;
    if (e->hits == 0 || ticks > e->last)
        e->last = ticks;
    e->hits++;
}

static void merge(struct end *e, const struct end *from)
{
    if (from->hits) {
        offer(e, from->first);
        offer(e, from->last);
    }
}

static bool time_of_line(const struct state *state, struct str line, int64_t *ticks)
{
    struct str fields[FIELDS_MAX];
    const struct layout *l = state->layout;
    int64_t day = 0, clock;
    if (!l || l->clock < 0 || (l->date < 0 && state->day == NO_DAY) ||
        cut_fields(line, state->quoted, fields, FIELDS_MAX) != l->n)
        return false;
    if (l->date >= 0 && !instant_parse_w3c_date(fields[l->date], &day))
        return false;
    if (l->date < 0)
        day = state->day * TICKS_PER_DAY;
    if (!instant_parse_w3c_time(fields[l->clock], &clock))
        return false;
    *ticks = day + clock;
    return true;
}

/* The first or last bytes of an ordinary file. */
static struct end look_at_end(struct logs *logs, const struct source *s, bool last)
{
    struct error ignored = {0}; /* the scan will meet it again */
    struct state state = last ? (struct state){.layout = s->last_layout, .day = NO_DAY} : s->first;
    size_t n = s->size < (int64_t)END_BYTES ? (size_t)s->size : END_BYTES;
    int64_t at = last ? s->size - (int64_t)n : 0, ticks;
    struct end e = {0};
    if (s->coding != CODING_BYTES || s->newline != '\n' || n == 0)
        return e;
    char *p = mem_grow(NULL, n);
    int fd = source_open(s, &ignored);
    bool ok = fd >= 0 && source_read(s, fd, p, n, at, &ignored);
    if (fd >= 0)
        close(fd);
    struct str text = {p, ok ? n : 0};
    if (at)
        str_cut(&text, '\n'); /* perhaps half a line */
    else if (ok)
        text = str_sub(text, s->bom, n);
    while (text.n) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (line.n && line.p[0] == '#')
            state_directive(logs, &state, line);
        else if (time_of_line(&state, line, &ticks))
            offer(&e, ticks);
        else
            e.misfits += line.n && line.p[0] != '\0';
    }
    mem_free(p);
    return e;
}

static struct end look_at_all(struct logs *logs, size_t file)
{
    struct arena *run = arena_new();
    struct error ignored = {0};
    struct scan_request all = {.since = INT64_MIN, .until = INT64_MAX, .threads = 1};
    struct scan *scan;
    struct chunk *chunk;
    struct end e = {0};
    if (scan_open_files(logs, &all, file, file + 1, run, &scan, &ignored)) {
        while (scan_next(scan, 0, &chunk)) {
            struct column *c = chunk_column(chunk, COLUMN_TIME);
            for (size_t i = 0; i < chunk->rows; i++) {
                if (!column_null(c, i))
                    offer(&e, c->ints[column_at(c, i)]);
            }
        }
        scan_close(scan);
    }
    arena_free(run);
    return e;
}

bool logs_last_event(struct logs *logs, int64_t *ticks)
{
    struct end all = {0};
    struct error ignored = {0};
    for (size_t i = 0; i < logs->n; i++) {
        struct source *s = &logs->sources[i];
        if (!s->info.read || (s->size < 0 && !source_drain(logs, s, &ignored)))
            continue;
        struct end e = look_at_end(logs, s, true);
        if (e.hits <= e.misfits)
            e = look_at_all(logs, i);
        merge(&all, &e);
    }
    *ticks = all.last;
    return all.hits > 0;
}

bool logs_first_event(struct logs *logs, int64_t *ticks)
{
    struct end all = {0};
    for (size_t i = 0; i < logs->n; i++) {
        const struct source *s = &logs->sources[i];
        if (!s->info.read || s->size < 0)
            continue;
        struct end e = look_at_end(logs, s, false);
        if (e.hits == 0)
            e = look_at_all(logs, i);
        merge(&all, &e);
    }
    *ticks = all.first;
    return all.hits > 0;
}
