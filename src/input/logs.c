/* The logs of a session: which files there are, of which kind, with which columns. Everything here
 * is made by logs_open and read-only afterwards, but for layouts and notes, which scans add. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "input/input_internal.h"

static void make_schema(struct logs *logs)
{
    size_t cap = column_rows_n + EXTRA_COLUMNS_MAX;
    logs->schema.fields = ARENA_ARRAY(logs->arena, struct field, cap);
    logs->help = ARENA_ARRAY(logs->arena, struct str, cap);
    for (size_t i = 0; i < column_rows_n; i++) {
        logs->schema.fields[i] = (struct field){str_of(column_rows[i].name), column_rows[i].type};
        logs->help[i] = str_of(column_rows[i].help);
    }
    logs->schema.n = column_rows_n;
    logs->layouts = ARENA_ARRAY(logs->arena, const struct layout *, LAYOUTS_MAX);
    map_init(&logs->layout_ids, logs->arena);
}

/* Of a file inside a folder a failure is its reason, not an error. */
static bool unread(struct logs *logs, struct source *s, const struct error *why, struct error *err)
{
    if (s->named)
        return error_set(err, "%s", why->message);
    s->info.read = false;
    s->info.reason = str_dup(logs->arena, str_of(why->message));
    return true;
}

/* An ordinary file's head. */
bool source_look(struct logs *logs, struct source *s, char *room, struct error *err)
{
    struct error own = {0};
    size_t n = s->size < (int64_t)HEAD_BYTES ? (size_t)s->size : HEAD_BYTES;
    int fd = source_open(s, &own);
    bool ok = fd >= 0 && source_read(s, fd, room, n, 0, &own);
    if (ok) {
        source_detect(logs, s, (struct str){room, n}, (int64_t)n == s->size);
        if (logs->follow)
            source_follow(logs, s, fd);
    }
    if (fd >= 0)
        close(fd);
    if (ok)
        return true;
    return unread(logs, s, &own, err);
}

/* Reads a pipe to its end into its spool; it is an ordinary file then. */
bool source_drain(struct logs *logs, struct source *s, struct error *err)
{
    struct error own = {0};
    size_t n = BLOCK_BYTES > 4096 ? BLOCK_BYTES : 4096;
    char *p = mem_grow(NULL, n);
    ssize_t got = 0;
    if (stream_spool(s->stream, &own)) {
        do
            got = stream_read(s->stream, p, n, stream_got(s->stream), NULL, &own);
        while (got > 0);
    }
    mem_free(p);
    source_settle(logs, s);
    return !own.set || error_set(err, "%s", own.message);
}

static bool look_at_stream(struct logs *logs, struct source *s, struct error *err)
{
    struct error own = {0};
    if (s->packed) {
        s->stream = stream_open_packed(logs->arena, s->packed, s->info.path);
    } else {
        int fd = s->path ? open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
        if (fd < 0)
            return error_errno(err, "cannot open", s->info.path);
        s->stream = stream_open(logs->arena, fd, s->info.path);
    }
    if (logs->reread && !stream_spool(s->stream, err))
        return false;
    struct str head = stream_head(s->stream, logs->arena, HEAD_BYTES, &own);
    if (own.set)
        return unread(logs, s, &own, err);
    source_detect(logs, s, head, stream_size(s->stream) >= 0);
    source_settle(logs, s);
    if (s->info.read && s->coding != CODING_BYTES) /* its blocks are cut on borders of units */
        return source_drain(logs, s, err);
    return true;
}

void source_settle(struct logs *logs, struct source *s)
{
    pthread_mutex_lock(&logs->lock);
    if (s->size < 0 && s->stream && stream_is_spooled(s->stream) && stream_size(s->stream) >= 0) {
        s->size = s->info.bytes = stream_size(s->stream);
        if (logs->files)
            logs->files[s - logs->sources].bytes = s->size;
    }
    pthread_mutex_unlock(&logs->lock);
}

void source_notes(struct logs *logs, struct source *s)
{
    pthread_mutex_lock(&logs->lock);
    if (!s->notes && s->size >= 0) {
        s->notes_cap = source_blocks(logs, s) * (logs->follow ? 2 : 1) + 1;
        s->notes = ARENA_ARRAY(logs->arena, struct note, s->notes_cap);
    }
    pthread_mutex_unlock(&logs->lock);
}

void files_publish(struct logs *logs)
{
    struct log_file *files = ARENA_ARRAY(logs->arena, struct log_file, logs->cap + logs->n);
    for (size_t i = 0; i < logs->n; i++)
        files[i] = logs->sources[i].info;
    logs->files = files;
}

void source_give_up(struct logs *logs, struct source *s, const struct error *why)
{
    pthread_mutex_lock(&logs->lock);
    if (s->info.read) {
        s->info.read = false;
        s->gave_up = true;
        s->info.reason =
            str_fmt(logs->arena, "not read to its end: %s", why->message);
        files_publish(logs);
    }
    pthread_mutex_unlock(&logs->lock);
}

static bool open_all(struct logs *logs, const struct str *paths, size_t n, struct error *err)
{
    if (!source_list(logs, paths, n, err))
        return false;
    char *room = mem_grow(NULL, HEAD_BYTES);
    bool ok = true;
    for (size_t i = 0; i < logs->n && ok; i++) {
        struct source *s = &logs->sources[i];
        if (s->info.read)
            ok = s->size < 0 ? look_at_stream(logs, s, err) : source_look(logs, s, room, err);
        if (s->packed && (i + 1 == logs->n || !packed_same(s->packed, s[1].packed)))
            packed_rest(s->packed); /* thousands of them cannot all stay open */
    }
    mem_free(room);
    logs->schema_final = true;
    if (logs->follow)
        follow_begin(logs, paths, n);
    files_publish(logs);
    return ok;
}

static void close_at_end(void *arg)
{
    logs_close(arg);
}

bool logs_open(struct arena *a, const struct str *paths, size_t n,
               const struct logs_options *options, struct logs **out, struct error *err)
{
    struct logs *logs = ARENA_NEW(a, struct logs);
    logs->arena = arena_new();
    pthread_mutex_init(&logs->lock, NULL);
    arena_at_end(a, close_at_end, logs);
    logs->absent = options->absent;
    logs->tenant = str_dup(logs->arena, options->tenant);
    logs->computer = str_dup(logs->arena, options->computer);
    logs->reread = options->reread;
    logs->follow = options->follow;
    needle_init(&logs->directive, STR("\n#"), false);
    logs->block = options->block_bytes ? options->block_bytes : BLOCK_BYTES;
    make_schema(logs);
    if (!open_all(logs, paths, n, err)) {
        logs_close(logs);
        return false;
    }
    *out = logs;
    return true;
}

void logs_close(struct logs *logs)
{
    if (logs->closed)
        return;
    logs->closed = true;
    for (size_t i = 0; i < logs->n; i++) {
        if (logs->sources[i].stream)
            stream_close(logs->sources[i].stream);
    }
    pthread_mutex_destroy(&logs->lock);
    arena_free(logs->arena);
}

const struct log_file *logs_files(const struct logs *logs, size_t *n)
{
    *n = logs->n;
    return logs->files;
}

const struct schema *logs_schema(const struct logs *logs)
{
    return &logs->schema;
}

struct str logs_column_help(const struct logs *logs, size_t column)
{
    return column < logs->schema.n ? logs->help[column] : STR_NONE;
}

int64_t logs_bytes(const struct logs *logs)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < logs->n; i++) {
        if (!logs->sources[i].info.read)
            continue;
        if (logs->sources[i].size < 0)
            return -1;
        bytes += logs->sources[i].size;
    }
    return bytes;
}

enum absent logs_absent(const struct logs *logs)
{
    return logs->absent;
}

size_t logs_block_bytes(const struct logs *logs)
{
    return logs->block;
}

/* ---- reasons ------------------------------------------------------------ */

static const struct {
    const char *text;
    bool odd;
} reasons[BAD_REASONS] = {
    [BAD_FEW_FIELDS] = {"fewer fields than #Fields names", false},
    [BAD_MANY_FIELDS] = {"more fields than #Fields names", false},
    [BAD_NO_FIELDS] = {"before any #Fields", false},
    [BAD_BINARY] = {"a NUL byte inside", false},
    [BAD_TOO_LONG] = {"longer than 1 MiB", false},
    [ODD_DATE] = {"no valid date and time", true},
    [ODD_ADDRESS] = {"not an IP address", true},
    [ODD_NUMBER] = {"not a number", true},
    [ODD_UTF8] = {"not UTF-8", true},
    [ODD_DOUBLE_SPACE] = {"stray space, mended", true},
};

const char *bad_reason_text(enum bad_reason r)
{
    return reasons[r].text;
}

bool bad_reason_is_odd(enum bad_reason r)
{
    return reasons[r].odd;
}
