/* Small files in, files out that are whole or not there. Output goes to a temporary file beside its
 * target, which a rename replaces only when every byte has reached the disk. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

#define OUT_BUFFER ((size_t)64 << 10)

static ssize_t read_some(int fd, void *p, size_t n)
{
    ssize_t got;

    do
        got = read(fd, p, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* All of fd up to limit + 1 bytes, so that the caller sees when there was more. */
static bool read_all(struct arena *a, int fd, size_t limit, size_t guess, struct str *text)
{
    size_t most = limit < SIZE_MAX ? limit + 1 : limit;
    size_t cap = guess < most ? guess : most;
    size_t n = 0;
    char *p = arena_alloc(a, cap);

    while (n < most) {
        if (n == cap) {
            size_t larger = cap < most / 2 ? cap * 2 : most;
            p = arena_grow(a, p, cap, larger);
            cap = larger;
        }
        ssize_t got = read_some(fd, p + n, cap - n);
        if (got < 0)
            return false;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *text = (struct str){p, n};
    return true;
}

/* What nobody but the user or root can have written. */
static bool is_own(const struct stat *st, struct str path, struct error *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return error_set(err, "'%.*s' belongs to another user; it is not read", STR_ARG(path));
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, "others may write '%.*s'; chmod go-w makes it yours alone",
                         STR_ARG(path));
    return true;
}

static bool read_path(struct arena *a, struct str path, size_t limit, bool own, struct str *text,
                      struct error *err)
{
    int fd = open(str_z(a, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st = {0};

    if (fd < 0)
        return error_errno(err, "cannot open", path);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        close(fd);
        return error_errno(err, "cannot read", path);
    }
    if (own && !is_own(&st, path, err)) {
        close(fd);
        return false;
    }
    size_t guess = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
    bool ok = read_all(a, fd, limit, guess, text);
    if (!ok)
        error_errno(err, "cannot read", path);
    close(fd);
    if (ok && text->n > limit)
        return error_set(err, "'%.*s' is larger than %zu bytes", STR_ARG(path), limit);
    return ok;
}

bool file_read(struct arena *a, struct str path, size_t limit, struct str *text, struct error *err)
{
    return read_path(a, path, limit, false, text, err);
}

bool file_read_own(struct arena *a, struct str path, size_t limit, struct str *text,
                   struct error *err)
{
    return read_path(a, path, limit, true, text, err);
}

struct file_out {
    struct str path; /* as given, for messages */
    char *target;    /* what commit replaces; NULL when fd is written in place */
    char *temporary;
    char *buffer;
    size_t n; /* bytes in buffer */
    int fd;
    int failed; /* errno of the first failure */
};

/* Follows a symbolic link, so that the link stays and what it points to is replaced. */
static char *final_target(struct arena *a, struct str path)
{
    char *z = str_z(a, path);
    char *resolved = realpath(z, NULL);

    if (!resolved)
        return z;
    z = str_z(a, str_of(resolved));
    mem_free(resolved);
    return z;
}

static bool open_temporary(struct arena *a, struct file_out *out, struct error *err)
{
    struct str target = str_of(out->target);
    struct str base = path_base(target);
    struct str folder = str_sub(target, 0, target.n - base.n);

    /* the name of a file has an end at 255 bytes */
    if (base.n > 200)
        base.n = 200;
    out->temporary = str_z(a, str_fmt(a, "%.*s.%.*s.XXXXXX", STR_ARG(folder), STR_ARG(base)));
    out->fd = mkostemp(out->temporary, O_CLOEXEC); /* mode 0600 */
    return out->fd >= 0 || error_errno(err, "cannot write", out->path);
}

bool file_out_open(struct arena *a, struct str path, struct file_out **result, struct error *err)
{
    struct file_out *out = ARENA_NEW(a, struct file_out);
    struct stat st;

    out->path = path;
    out->buffer = arena_alloc(a, OUT_BUFFER);
    if (str_eq(path, STR("-"))) {
        out->fd = STDOUT_FILENO;
        *result = out;
        return true;
    }
    out->target = final_target(a, path);
    if (stat(out->target, &st) == 0 && !S_ISREG(st.st_mode)) {
        /* a device or a pipe is written as it is; renaming over it would destroy it */
        out->fd = open(out->target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        out->target = NULL;
        if (out->fd < 0)
            return error_errno(err, "cannot write", path);
    } else if (!open_temporary(a, out, err)) {
        return false;
    }
    *result = out;
    return true;
}

static void write_all(struct file_out *out, const char *p, size_t n)
{
    while (n && !out->failed) {
        ssize_t done = write(out->fd, p, n);
        if (done < 0 && errno != EINTR)
            out->failed = errno;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
}

static void flush(struct file_out *out)
{
    write_all(out, out->buffer, out->n);
    out->n = 0;
}

void file_out_write(struct file_out *out, struct str bytes)
{
    if (bytes.n > OUT_BUFFER - out->n)
        flush(out);
    if (bytes.n > OUT_BUFFER) {
        write_all(out, bytes.p, bytes.n);
    } else if (bytes.n) {
        memcpy(out->buffer + out->n, bytes.p, bytes.n);
        out->n += bytes.n;
    }
}

static void close_out(struct file_out *out)
{
    if (out->fd >= 0 && out->fd != STDOUT_FILENO && close(out->fd) != 0 && !out->failed)
        out->failed = errno;
    out->fd = -1;
}

bool file_out_commit(struct file_out *out, struct error *err)
{
    flush(out);
    if (out->target && !out->failed && fsync(out->fd) != 0)
        out->failed = errno;
    close_out(out);
    if (out->target && !out->failed && rename(out->temporary, out->target) != 0)
        out->failed = errno;
    if (!out->failed)
        return true;
    if (out->target)
        unlink(out->temporary);
    errno = out->failed;
    return error_errno(err, "cannot write", out->path);
}

void file_out_abandon(struct file_out *out)
{
    close_out(out);
    if (out->target)
        unlink(out->temporary);
}

bool file_write(struct str path, struct str bytes, struct error *err)
{
    struct arena *a = arena_new();
    struct file_out *out;
    bool ok = file_out_open(a, path, &out, err);

    if (ok) {
        file_out_write(out, bytes);
        ok = file_out_commit(out, err);
    }
    arena_free(a);
    return ok;
}

/* The folder itself is locked: a file beside it would stay behind, and the file is replaced. */
int file_hold(struct str path)
{
    struct arena *a = arena_new();
    struct str base = path_base(path), folder = str_sub(path, 0, path.n - base.n);
    int fd = open(folder.n ? str_z(a, folder) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool held = false;

    for (int i = 0; fd >= 0 && i < 400 && !(held = flock(fd, LOCK_EX | LOCK_NB) == 0); i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    if (fd >= 0 && !held) {
        close(fd);
        fd = -1;
    }
    arena_free(a);
    return fd;
}

void file_let_go(int held)
{
    if (held >= 0)
        close(held);
}

struct str path_join(struct arena *a, struct str folder, struct str name)
{
    struct buf b = {0};

    if (folder.n == 0 || str_starts(name, STR("/")))
        return str_dup(a, name);
    buf_add(&b, folder);
    if (folder.p[folder.n - 1] != '/')
        buf_add_byte(&b, '/');
    buf_add(&b, name);
    struct str joined = str_dup(a, buf_str(&b));
    buf_release(&b);
    return joined;
}

struct str path_base(struct str path)
{
    size_t slash = str_find_last_byte(path, '/');

    return slash < path.n ? str_sub(path, slash + 1, path.n) : path;
}

static void make_folders(struct arena *a, struct str path)
{
    char *z = str_z(a, path);

    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && z[i] != '/')
            continue;
        z[i] = '\0';
        mkdir(z, 0700); /* what cannot be made shows when it is written to */
        if (i < path.n)
            z[i] = '/';
    }
}

struct str path_xdg(struct arena *a, const char *kind, bool make)
{
    static const struct {
        const char *kind, *variable, *otherwise;
    } kinds[] = {
        {"config", "XDG_CONFIG_HOME", ".config"},
        {"data", "XDG_DATA_HOME", ".local/share"},
        {"state", "XDG_STATE_HOME", ".local/state"},
    };
    struct str folder = STR_NONE, home = str_of(getenv("HOME"));

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) != 0)
            continue;
        folder = str_of(getenv(kinds[i].variable));
        if (!str_starts(folder, STR("/"))) /* the standard says to ignore a relative one */
            folder = str_starts(home, STR("/")) ? path_join(a, home, str_of(kinds[i].otherwise))
                                                : STR_NONE;
    }
    if (folder.n == 0)
        return STR_NONE;
    folder = path_join(a, folder, STR("harrier"));
    if (make)
        make_folders(a, folder);
    return folder;
}

bool path_exists(struct arena *a, struct str path)
{
    struct stat st;

    return stat(str_z(a, path), &st) == 0;
}
