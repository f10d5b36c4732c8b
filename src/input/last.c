/* The time of the last event: the greatest over the last lines of each file. The end of a file is read
 * with the layout of its head; where that does not fit (a header further in, a day that only #Date tells)
 * the file is scanned. */
#include <unistd.h>
#include "input/input_internal.h"

#define LAST_BYTES ((size_t)16 << 10)

struct last {
    bool found;
    int64_t ticks;
};

static void offer(struct last *l, int64_t ticks)
{
    if (!l->found || ticks > l->ticks)
        *l = (struct last){true, ticks};
}

struct fit {
    size_t hits, misfits;
};

static void offer_line(struct logs *logs, struct state *state, struct str line, struct last *out, struct fit *fit)
{
    struct str fields[FIELDS_MAX];
    int64_t day, clock;
    const struct layout *l = state->layout;
    if (line.n && line.p[0] == '#') {
        state_directive(logs, state, line);
        return;
    }
    if (line.n == 0 || line.p[0] == '\0')
        return;
    if (l && l->date >= 0 && l->clock >= 0 && cut_fields(line, state->quoted, fields, FIELDS_MAX) == l->n &&
        instant_parse_w3c_date(fields[l->date], &day) && instant_parse_w3c_time(fields[l->clock], &clock)) {
        offer(out, day + clock);
        fit->hits++;
    } else {
        fit->misfits++;
    }
}

/* False: the end could not be understood on its own. */
static bool last_of_end(struct logs *logs, const struct source *s, struct last *out)
{
    struct error ignored = {0}; /* the scan will meet it again */
    struct state state = {.layout = s->last_layout, .day = NO_DAY};
    size_t n = s->size < (int64_t)LAST_BYTES ? (size_t)s->size : LAST_BYTES;
    if (s->coding != CODING_BYTES || s->newline != '\n' || n == 0)
        return false;
    char *p = mem_grow(NULL, n);
    int fd = source_open(s, &ignored);
    bool ok = fd >= 0 && source_read(s, fd, p, n, s->size - (int64_t)n, &ignored);
    if (fd >= 0)
        close(fd);
    struct str text = {p, ok ? n : 0};
    if ((int64_t)n < s->size)
        str_cut(&text, '\n'); /* perhaps half a line */
    struct last own = {0};
    struct fit fit = {0};
    while (text.n)
        offer_line(logs, &state, str_trim(str_cut(&text, '\n')), &own, &fit);
    mem_free(p);
    if (fit.hits <= fit.misfits)
        return false;
    offer(out, own.ticks);
    return true;
}

static void last_of_scan(struct logs *logs, size_t file, struct last *out)
{
    struct arena *run = arena_new();
    struct error ignored = {0};
    struct scan_request all = {.since = INT64_MIN, .until = INT64_MAX, .threads = 1};
    struct scan *scan;
    struct chunk *chunk;
    if (scan_open_files(logs, &all, file, file + 1, run, &scan, &ignored)) {
        while (scan_next(scan, 0, &chunk)) {
            struct column *c = chunk_column(chunk, COLUMN_TIME);
            for (size_t i = 0; i < chunk->rows; i++) {
                if (!column_null(c, i))
                    offer(out, c->ints[column_at(c, i)]);
            }
        }
        scan_close(scan);
    }
    arena_free(run);
}

bool logs_last_event(struct logs *logs, int64_t *ticks)
{
    struct last last = {0};
    struct error ignored = {0};
    for (size_t i = 0; i < logs->n; i++) {
        struct source *s = &logs->sources[i];
        if (!s->info.read || (s->size < 0 && !source_drain(logs, s, &ignored)))
            continue;
        if (!last_of_end(logs, s, &last))
            last_of_scan(logs, i, &last);
    }
    *ticks = last.ticks;
    return last.found;
}
