/* A pipe, or a packed log, as a source that can be read from any position that was reached before:
 * what comes in is kept in a spool (a temporary file without a name) if there is one, and read
 * again from there. One thread at a time reads (the scan holds a lock around it); others may ask
 * how much there is. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "input/input_internal.h"

#define QUIET_MILLISECONDS 100

struct stream {
    struct str name;       /* for messages */
    int fd;
    struct packed *packed; /* NULL: fd */
    int spool;            /* −1: none */
    pthread_mutex_t lock; /* around reading fd and writing the spool */
    _Atomic int64_t got;  /* bytes read from fd */
    atomic_bool ended;
    struct str head; /* read to know its kind; kept so that it can be given again */
};

struct stream *stream_open(struct arena *a, int fd, struct str name)
{
    struct stream *st = ARENA_NEW(a, struct stream);
    st->name = str_is(name, "-") ? STR("standard input") : name;
    st->fd = fd;
    st->spool = -1;
    pthread_mutex_init(&st->lock, NULL);
    return st;
}

struct stream *stream_open_packed(struct arena *a, struct packed *packed, struct str name)
{
    struct stream *st = stream_open(a, -1, name);
    st->packed = packed;
    return st;
}

void stream_close(struct stream *st)
{
    if (st->fd > STDERR_FILENO)
        close(st->fd);
    if (st->spool >= 0)
        close(st->spool);
    pthread_mutex_destroy(&st->lock);
}

bool stream_is_spooled(const struct stream *st)
{
    return st->spool >= 0;
}

bool stream_rereads(const struct stream *st)
{
    return st->spool >= 0 || st->packed;
}

int stream_fd(const struct stream *st)
{
    return st->spool;
}

int64_t stream_got(const struct stream *st)
{
    return atomic_load(&st->got);
}

int64_t stream_size(const struct stream *st)
{
    return atomic_load(&st->ended) ? atomic_load(&st->got) : -1;
}

static bool spool_write(struct stream *st, const char *p, size_t n, int64_t at, struct error *err)
{
    while (n) {
        ssize_t put = pwrite(st->spool, p, n, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return error_errno(err, "cannot keep (TMPDIR names the folder for it)", st->name);
        p += put;
        n -= (size_t)put;
        at += put;
    }
    return true;
}

bool stream_spool(struct stream *st, struct error *err)
{
    const char *dir = getenv("TMPDIR");
    char path[4096];
    if (st->spool >= 0)
        return true;
    if (!dir || !*dir)
        dir = "/var/tmp"; /* /tmp is memory on many machines */
    st->spool = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (st->spool < 0 &&
        (size_t)snprintf(path, sizeof path, "%s/harrier-XXXXXX", dir) < sizeof path) {
        st->spool = mkostemp(path, O_CLOEXEC); /* a file system without O_TMPFILE */
        if (st->spool >= 0)
            unlink(path);
    }
    if (st->spool < 0)
        return error_errno(err, "cannot keep a log that is not an ordinary file in", str_of(dir));
    if (atomic_load(&st->got) > (int64_t)st->head.n && !st->packed)
        return error_set(err, "%.*s has been read already", STR_ARG(st->name));
    if (st->packed) { /* from the head on again */
        atomic_store(&st->got, (int64_t)st->head.n);
        atomic_store(&st->ended, false);
    }
    return spool_write(st, st->head.p, st->head.n, 0, err);
}

/* Waits for bytes in steps, so that a cancelled scan does not hang on a silent pipe. */
static bool wait_readable(struct stream *st, const atomic_bool *cancel)
{
    struct pollfd p = {.fd = st->fd, .events = POLLIN};
    while (!(cancel && atomic_load(cancel))) {
        int ready = poll(&p, 1, 50);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; /* a real error shows in read() */
    }
    return false;
}

static ssize_t read_pipe(struct stream *st, char *p, size_t n, const atomic_bool *cancel,
                         struct error *err)
{
    ssize_t got;
    do {
        if (!wait_readable(st, cancel))
            return -1;
        got = read(st->fd, p, n);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
    if (got < 0)
        error_errno(err, "cannot read", st->name);
    return got;
}

/* From position at: the first that was not read yet, or, of a packed log that is not kept, any. */
static ssize_t read_more(struct stream *st, char *p, size_t n, int64_t at,
                         const atomic_bool *cancel, struct error *err)
{
    ssize_t got = st->packed ? packed_read(st->packed, p, n, at, cancel, err)
                             : read_pipe(st, p, n, cancel, err);
    if (got == 0)
        atomic_store(&st->ended, true);
    if (got <= 0)
        return got;
    if (st->spool >= 0 && !spool_write(st, p, (size_t)got, at, err))
        return -1;
    if (at + got > atomic_load(&st->got))
        atomic_store(&st->got, at + got);
    return got;
}

static ssize_t read_again(struct stream *st, char *p, size_t n, int64_t at, struct error *err)
{
    ssize_t got;
    if (st->spool < 0) {
        size_t left = at < (int64_t)st->head.n ? st->head.n - (size_t)at : 0;
        if (left == 0) {
            error_set(err, "%.*s was not kept and cannot be read again", STR_ARG(st->name));
            return -1;
        }
        memcpy(p, st->head.p + at, left < n ? left : n);
        return (ssize_t)(left < n ? left : n);
    }
    do
        got = pread(st->spool, p, n, at);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        error_errno(err, "cannot read again", st->name);
        return -1;
    }
    return got;
}

ssize_t stream_read(struct stream *st, char *p, size_t n, int64_t at, const atomic_bool *cancel,
                    struct error *err)
{
    ssize_t got = -1;
    pthread_mutex_lock(&st->lock);
    int64_t have = atomic_load(&st->got);
    if (at < have && (st->spool >= 0 || !st->packed)) {
        got = read_again(st, p, n < (size_t)(have - at) ? n : (size_t)(have - at), at, err);
    } else if (at >= have && atomic_load(&st->ended)) {
        got = 0;
    } else {
        got = read_more(st, p, n, at, cancel, err);
    }
    pthread_mutex_unlock(&st->lock);
    return got;
}

bool stream_is_quiet(const struct stream *st, int64_t at)
{
    struct pollfd p = {.fd = st->fd, .events = POLLIN};
    return st->spool >= 0 && !st->packed && at >= atomic_load(&st->got) &&
           !atomic_load(&st->ended) && poll(&p, 1, QUIET_MILLISECONDS) == 0;
}

/* Names of columns, and a row under them. */
static bool says_what_it_is(struct str head)
{
    size_t names = str_find(head, STR("#Fields:"), 0);
    size_t row = names == SIZE_MAX ? SIZE_MAX : str_find(head, STR("\n"), names);
    return row != SIZE_MAX && str_find(head, STR("\n"), row + 1) != SIZE_MAX;
}

struct str stream_head(struct stream *st, struct arena *a, size_t n, struct error *err)
{
    char *p = arena_alloc(a, n);
    size_t have = 0;
    while (have < n) {
        ssize_t got = stream_read(st, p + have, n - have, (int64_t)have, NULL, err);
        if (got <= 0)
            break;
        have += (size_t)got;
        st->head = (struct str){p, have};
        if (says_what_it_is(st->head) && stream_is_quiet(st, (int64_t)have))
            break;
    }
    return st->head;
}
