/* The SHA-256 of a log as it lies on the disk: packed, if it is packed. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "input/input_internal.h"

#define PIECE ((size_t)1 << 20)

/* A member of an archive has the archive's path in front: a.zip/EXCH01/u.log. */
static int open_whole(struct arena *a, struct str path, struct str *found)
{
    for (size_t n = path.n; n > 0; n--) {
        struct stat st;
        if (n < path.n && path.p[n] != '/')
            continue;
        *found = str_sub(path, 0, n);
        int fd = open(str_z(a, *found), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

bool logs_digest(struct logs *logs, size_t file, const atomic_bool *stop, struct log_digest *out)
{
    struct arena *a = arena_new();
    char *piece = arena_alloc(a, PIECE);
    struct digest *d;
    int fd = open_whole(a, logs->files[file].path, &out->path);
    *out = (struct log_digest){.path = str_sub(logs->files[file].path, 0, out->path.n)};
    ssize_t n = -1;
    if (fd >= 0) {
        d = digest_new(a);
        while (!atomic_load(stop) && (n = read(fd, piece, PIECE)) > 0) {
            digest_add(d, (struct str){piece, (size_t)n});
            out->bytes += n;
        }
        digest_end(d, out->sha256);
        close(fd);
    }
    arena_free(a);
    return n == 0;
}
