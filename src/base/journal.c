/* Appending under a lock; see journal.h. The lock is on the file itself, and a rewrite renames
 * another file over it, so whoever has got the lock looks whether the name still is that file's. */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

enum { TRIES = 400, TRY_MS = 5, TAIL = 4096 };

static bool check(int fd, struct str path, struct stat *st, struct error *err)
{
    if (fstat(fd, st) != 0)
        return error_errno(err, "cannot read", path);
    if (!S_ISREG(st->st_mode))
        return error_set(err, "'%.*s' is no ordinary file", STR_ARG(path));
    if (st->st_uid != geteuid())
        return error_set(err, "'%.*s' belongs to somebody else", STR_ARG(path));
    return true;
}

/* The locked file that `path` names now; -1: err says why not. */
static int open_locked(const char *z, struct str path, int flags, struct stat *st,
                       struct error *err)
{
    for (int i = 0; i < TRIES; i++) {
        struct stat named;
        int fd = open(z, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
        if (fd < 0) {
            error_errno(err, "cannot open", path);
            return -1;
        }
        bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (locked && !check(fd, path, st, err)) {
            close(fd);
            return -1;
        }
        if (locked && stat(z, &named) == 0 && named.st_ino == st->st_ino &&
            named.st_dev == st->st_dev)
            return fd;
        close(fd);
        nanosleep(&(struct timespec){0, TRY_MS * 1000000L}, NULL);
    }
    error_set(err, "'%.*s' is held by another program", STR_ARG(path));
    return -1;
}

/* Bytes of whole lines; -1: cannot be read. */
static off_t whole_lines(int fd, off_t size)
{
    char tail[TAIL];
    while (size > 0) {
        size_t n = size < TAIL ? (size_t)size : TAIL;
        if (pread(fd, tail, n, size - (off_t)n) != (ssize_t)n)
            return -1;
        for (size_t i = n; i > 0; i--)
            if (tail[i - 1] == '\n')
                return size - (off_t)(n - i);
        size -= (off_t)n;
    }
    return 0;
}

/* A head that the end of a machine cut short is no head: the file begins anew. */
static off_t without_half_head(int fd, off_t whole, struct str head)
{
    char text[TAIL];
    int missing = 0;
    if (whole <= 0 || whole > TAIL || pread(fd, text, (size_t)whole, 0) != (ssize_t)whole)
        return whole;
    for (size_t i = 0; i < head.n; i++)
        missing += head.p[i] == '\n';
    for (off_t i = 0; i < whole; i++)
        missing -= text[i] == '\n';
    return missing > 0 ? 0 : whole;
}

static bool write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t done = write(fd, s.p, s.n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0)
            s = str_sub(s, (size_t)done, s.n);
    }
    return true;
}

bool journal_read(struct arena *a, struct str path, size_t limit, struct str *text,
                  struct error *err)
{
    struct stat st;
    int fd = open(str_z(a, path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *text = STR_NONE;
    if (fd < 0)
        return errno == ENOENT || error_errno(err, "cannot open", path);
    bool ok = check(fd, path, &st, err);
    close(fd);
    if (!ok || !file_read(a, path, limit, text, err))
        return false;
    while (text->n && text->p[text->n - 1] != '\n')
        text->n--;
    return true;
}

bool journal_append(struct str path, struct str head, struct str lines, struct error *err)
{
    struct arena *a = arena_new();
    struct buf all = {0};
    struct stat st;
    int fd = open_locked(str_z(a, path), path, O_RDWR | O_CREAT | O_APPEND, &st, err);
    bool ok = fd >= 0;
    if (ok) {
        off_t whole = without_half_head(fd, whole_lines(fd, st.st_size), head);
        ok = whole >= 0 && (whole == st.st_size || ftruncate(fd, whole) == 0);
        if (whole == 0)
            buf_add(&all, head);
        buf_add(&all, lines);
        ok = ok && write_all(fd, buf_str(&all));
        if (!ok) {
            int why = errno;
            /* half a record must not stand in front of the next one */
            if (whole >= 0 && ftruncate(fd, whole) != 0)
                why = errno;
            errno = why;
        }
        ok = ok && fdatasync(fd) == 0;
        if (!ok)
            error_errno(err, "cannot write", path);
        close(fd); /* and the lock is gone */
    }
    buf_release(&all);
    arena_free(a);
    return ok;
}

bool journal_replace(struct str path, size_t size, struct str text, bool *done, struct error *err)
{
    struct arena *a = arena_new();
    struct stat st;
    struct file_out *out;
    int fd = open_locked(str_z(a, path), path, O_RDWR, &st, err);
    bool ok = fd >= 0;
    *done = ok && whole_lines(fd, st.st_size) == (off_t)size;
    if (*done) {
        ok = file_out_open(a, path, &out, err);
        if (ok)
            file_out_write(out, text);
        *done = ok = ok && file_out_commit(out, err);
    }
    if (fd >= 0)
        close(fd);
    arena_free(a);
    return ok;
}
