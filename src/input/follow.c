/* Files that grow: what has come since the last look becomes the news of the next scan. In: the
 * paths as they were given, and stat. Out: sources that are longer, or new.
 *
 * A line that is being written is left alone until its end is there: a source ends at its last
 * whole line. Nothing moves while files are added, since other threads read lines meanwhile: there
 * is room for as many files again, and FILES_TO_COME more. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/map.h"
#include "input/input_internal.h"

#define FILES_TO_COME 4096
#define HEAD_HASHED 1024
#define SETTLED_SECONDS 2 /* after a write the clock of the file system may stand still so long */
#ifdef HARRIER_TINY
#define STEP_BYTES 8
#else
#define STEP_BYTES ((size_t)64 << 10)
#endif

/* ---- the last whole line --------------------------------------------------------------------- */

/* Behind the last newline of p, in units of the file's coding; 0: there is none. */
static size_t behind_newline(const struct source *s, const char *p, size_t n)
{
    if (s->coding == CODING_BYTES) {
        size_t at = simd_get()->find_last_byte(p, n, s->newline);
        return at < n ? at + 1 : 0;
    }
    for (size_t at = n & ~(size_t)1; at >= 2; at -= 2) {
        char high = p[at - 1], low = p[at - 2];
        if (s->coding == CODING_UTF16BE ? high == s->newline && !low : low == s->newline && !high)
            return at;
    }
    return 0;
}

/* Where the last whole line in [from, size) ends; `from` when there is none. A line longer than any
 * may be is not waited for. */
static int64_t whole_lines(const struct source *s, int fd, int64_t from, int64_t size)
{
    char *p = mem_grow(NULL, STEP_BYTES + 1);
    int64_t end = size, found = from;
    while (end > from && found == from) {
        int64_t step = end - from < (int64_t)STEP_BYTES ? end - from : (int64_t)STEP_BYTES;
        int64_t at = end - step;
        if (s->coding != CODING_BYTES && at & 1) /* on a border of units */
            at--, step++;
        struct error none = {0};
        if (!source_read(s, fd, p, (size_t)step, at, &none))
            break;
        size_t behind = behind_newline(s, p, (size_t)step);
        if (behind && at + (int64_t)behind > from)
            found = at + (int64_t)behind;
        else if (size - at > (int64_t)LINE_MAX_BYTES)
            found = size;
        end = at;
    }
    mem_free(p);
    return found;
}

/* ---- one file -------------------------------------------------------------------------------- */

static uint64_t hash_head(const struct source *s, int fd, size_t n)
{
    char p[HEAD_HASHED];
    struct error none = {0};
    return source_read(s, fd, p, n, 0, &none) ? str_hash((struct str){p, n}) : 0;
}

void source_follow(struct logs *logs, struct source *s, int fd)
{
    struct stat st;
    (void)logs;
    if (fstat(fd, &st) == 0) {
        s->seen_size = st.st_size;
        s->seen_time = st.st_mtim;
    }
    if (!s->info.read)
        return;
    s->size = s->info.bytes = whole_lines(s, fd, 0, s->size);
    s->head_n = s->size < HEAD_HASHED ? (size_t)s->size : HEAD_HASHED;
    s->head_hash = hash_head(s, fd, s->head_n);
}

void follow_begin(struct logs *logs, const struct str *paths, size_t n)
{
    logs->cap = logs->n * 2 + FILES_TO_COME;
    struct source *more = ARENA_ARRAY(logs->arena, struct source, logs->cap);
    if (logs->n)
        memcpy(more, logs->sources, logs->n * sizeof *more);
    logs->sources = more;
    logs->n_given = n;
    logs->given = ARENA_ARRAY(logs->arena, struct str, n);
    for (size_t i = 0; i < n; i++)
        logs->given[i] = str_dup(logs->arena, paths[i]);
}

static void grow_notes(struct logs *logs, struct source *s, int64_t size)
{
    size_t block = source_block(logs, s);
    uint32_t blocks = (uint32_t)(((size_t)size + block - 1) / block);
    if (!s->notes || blocks <= s->notes_cap)
        return;
    struct note *old = s->notes;
    struct note *more = ARENA_ARRAY(logs->arena, struct note, blocks * 2);
    for (uint32_t i = 0; i < s->notes_cap; i++) {
        more[i].lines = atomic_load(&old[i].lines);
        more[i].layout = atomic_load(&old[i].layout);
        more[i].day = atomic_load(&old[i].day);
    }
    s->notes_cap = blocks * 2;
    atomic_store(&s->notes, more);
}

/* ---- looking again --------------------------------------------------------------------------- */

struct look {
    struct logs *logs;
    struct arena *arena; /* for this look only */
    struct logs_news *news;
    struct map newest;   /* by path: the last source of that name */
    char *room;          /* HEAD_BYTES */
    bool listed;         /* the list of files has changed */
};

/* A file that was not there before, or stands where another was. */
static void add(struct look *l, const struct source *like, const struct stat *st)
{
    struct logs *logs = l->logs;
    struct error none = {0};
    if (logs->n == logs->cap) {
        l->news->said = STR("too many new files: start anew to read them all");
        return;
    }
    struct source *s = &logs->sources[logs->n];
    *s = (struct source){.info = {.path = str_dup(logs->arena, like->info.path),
                                  .bytes = st->st_size,
                                  .kind = LOG_UNKNOWN,
                                  .read = true},
                         .newline = '\n',
                         .first.day = NO_DAY,
                         .device = st->st_dev,
                         .inode = st->st_ino,
                         .computer = str_dup(logs->arena, like->computer),
                         .site = str_dup(logs->arena, like->site)};
    s->path = str_z(logs->arena, like->info.path);
    s->size = st->st_size;
    source_look(logs, s, l->room, &none);
    logs->n++;
    map_put(&l->newest, s->info.path, logs->n - 1);
    l->listed = true;
    l->news->added++;
    if (s->info.read)
        l->news->bytes += s->size;
}

/* An empty file, or one whose head said nothing yet, is looked at anew. */
static void look_at_head(struct look *l, struct source *s, const struct stat *st)
{
    struct error none = {0};
    struct log_file before = s->info;
    s->size = st->st_size;
    s->bom = 0;
    s->info.read = true;
    s->info.reason = STR_NONE;
    if (!source_look(l->logs, s, l->room, &none) || !s->info.read) {
        s->info.reason = before.reason;
        return;
    }
    grow_notes(l->logs, s, s->size);
    l->listed = true;
    l->news->grown++;
    l->news->bytes += s->size;
}

static void let_go(struct look *l, struct source *s, const char *what)
{
    s->gone = true;
    s->info.read = false;
    s->info.reason = str_fmt(l->logs->arena, "%s while it was followed", what);
    l->listed = true;
    l->news->replaced++;
    l->news->said = str_fmt(l->logs->arena, "%.*s was %s; it is read from its start",
                            STR_ARG(s->info.path), what);
}

/* What a scan gave up is whole after all. */
static void take_up(struct look *l, struct source *s)
{
    s->gave_up = false;
    s->info.read = true;
    s->info.reason = STR_NONE;
    l->listed = true;
}

static void look_at_end(struct look *l, struct source *s, const struct stat *st)
{
    struct error none = {0};
    int fd = source_open(s, &none);
    if (fd < 0)
        return;
    bool same = hash_head(s, fd, s->head_n) == s->head_hash;
    int64_t end = same ? whole_lines(s, fd, s->size, st->st_size) : 0;
    if (same && s->head_n < HEAD_HASHED && end > s->size) {
        s->head_n = end < HEAD_HASHED ? (size_t)end : HEAD_HASHED;
        s->head_hash = hash_head(s, fd, s->head_n);
    }
    close(fd);
    if (!same) {
        let_go(l, s, "written anew");
        add(l, s, st);
        return;
    }
    if (s->gave_up)
        take_up(l, s);
    if (end <= s->size)
        return;
    grow_notes(l->logs, s, end);
    l->news->grown++;
    l->news->bytes += end - s->size;
    s->info.bytes = l->logs->files[s - l->logs->sources].bytes = end;
    s->size = end;
}

static bool looks_settled(const struct source *s, const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return st->st_size == s->seen_size && st->st_mtim.tv_sec == s->seen_time.tv_sec &&
           st->st_mtim.tv_nsec == s->seen_time.tv_nsec &&
           now.tv_sec - st->st_mtim.tv_sec > SETTLED_SECONDS;
}

static void look_at(struct look *l, struct source *s)
{
    struct stat st;
    if (s->gone || !s->path || s->stream || s->packed || stat(s->path, &st) != 0 ||
        !S_ISREG(st.st_mode))
        return;
    bool other = st.st_dev != s->device || st.st_ino != s->inode;
    bool followed = s->info.read || s->gave_up;
    if (other && (followed || s->info.kind == LOG_EMPTY)) {
        let_go(l, s, "replaced by another file");
        add(l, s, &st);
        return;
    }
    if (other || looks_settled(s, &st))
        return;
    bool cut = followed && st.st_size < s->size;
    s->seen_size = st.st_size;
    s->seen_time = st.st_mtim;
    if (cut) {
        let_go(l, s, "cut off");
        add(l, s, &st);
    } else if (followed) {
        look_at_end(l, s, &st);
    } else if (s->info.kind == LOG_EMPTY || s->info.kind == LOG_UNKNOWN) {
        look_at_head(l, s, &st);
    }
}

static bool is_known_file(const struct logs *logs, const struct source *f)
{
    for (size_t i = 0; i < logs->n; i++)
        if (!logs->sources[i].gone && logs->sources[i].path &&
            logs->sources[i].inode == f->inode && logs->sources[i].device == f->device)
            return true;
    return false;
}

static void look_into(struct look *l, struct str folder)
{
    struct source *found;
    struct stat st;
    size_t n = source_walk(l->logs, l->arena, folder, &found);
    for (size_t i = 0; i < n; i++)
        if (found[i].info.read && !map_get(&l->newest, found[i].info.path, NULL) &&
            !is_known_file(l->logs, &found[i]) && stat(found[i].path, &st) == 0) {
            add(l, &found[i], &st);
            l->news->said = str_fmt(l->logs->arena, "%.*s is new", STR_ARG(found[i].info.path));
        }
}

static bool look_begin(struct logs *logs)
{
    pthread_mutex_lock(&logs->lock);
    bool free = !logs->scans;
    logs->looking = free;
    pthread_mutex_unlock(&logs->lock);
    return free;
}

static void look_end(struct logs *logs)
{
    pthread_mutex_lock(&logs->lock);
    logs->looking = false;
    pthread_mutex_unlock(&logs->lock);
}

void follow_scan(struct logs *logs, bool begins)
{
    pthread_mutex_lock(&logs->lock);
    while (begins && logs->looking) { /* it takes no longer than asking for the files does */
        pthread_mutex_unlock(&logs->lock);
        usleep(500);
        pthread_mutex_lock(&logs->lock);
    }
    logs->scans += begins ? 1 : -1u;
    pthread_mutex_unlock(&logs->lock);
}

bool logs_look_again(struct logs *logs, struct arena *a, struct logs_news *out)
{
    struct look l = {.logs = logs, .arena = arena_new(), .news = out};
    struct stat st;
    *out = (struct logs_news){0};
    if (!logs->follow) {
        arena_free(l.arena);
        return false;
    }
    if (!look_begin(logs)) {
        arena_free(l.arena);
        return false;
    }
    l.room = mem_grow(NULL, HEAD_BYTES);
    map_init(&l.newest, l.arena);
    size_t before = logs->n;
    for (size_t i = 0; i < before; i++) {
        logs->sources[i].since = logs->sources[i].size;
        map_put(&l.newest, logs->sources[i].info.path, i);
    }
    for (size_t i = 0; i < before; i++)
        look_at(&l, &logs->sources[i]);
    for (size_t i = 0; i < logs->n_given; i++)
        if (stat(str_z(l.arena, logs->given[i]), &st) == 0 && S_ISDIR(st.st_mode))
            look_into(&l, logs->given[i]);
    if (l.listed)
        files_publish(logs);
    look_end(logs);
    out->said = str_dup(a, out->said);
    mem_free(l.room);
    arena_free(l.arena);
    return out->bytes > 0 || l.listed;
}
