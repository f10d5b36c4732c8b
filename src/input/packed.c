/* Compressed logs and archives of logs: bytes of a file inside a file, unpacked as they are read
 * (libarchive), so that neither memory nor disk holds more of them than of a pipe. Any position can
 * be read; going back unpacks again from the beginning. Nothing is ever written under a name that
 * an archive gives. Filters that would start another program are not switched on. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input_internal.h"

#define FEED_BYTES ((size_t)256 << 10)
#define ENTRIES_MAX 100000

/* One packed file on disk; its logs share it, so that reading them in order unpacks it once. */
struct packed_file {
    struct str name; /* for messages */
    const char *path;
    dev_t device;
    ino_t inode;
    pthread_mutex_t lock;
    struct archive *archive; /* NULL: closed until needed */
    int fd;
    char *feed;
    size_t entry; /* that the archive stands in; only while it is open */
    int64_t at;   /* the position in it */
};
struct packed {
    struct packed_file *file;
    size_t entry;
};

static const struct {
    const char *magic;
    size_t n, at;
} magics[] = {
    {"\x1f\x8b", 2, 0},      {"PK\x03\x04", 4, 0},          {"BZh", 3, 0},
    {"\xfd" "7zXZ", 5, 0},   {"\x28\xb5\x2f\xfd", 4, 0},    {"7z\xbc\xaf\x27\x1c", 6, 0},
    {"ustar", 5, 257},
};

bool packed_is(struct str head)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        size_t end = magics[i].at + magics[i].n;
        if (head.n >= end && memcmp(head.p + magics[i].at, magics[i].magic, magics[i].n) == 0)
            return true;
    }
    return false;
}

bool packed_looks(const char *path)
{
    char head[PACKED_HEAD];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    if (fd >= 0)
        close(fd);
    return n > 0 && packed_is((struct str){head, (size_t)n});
}

/* ---- opening ------------------------------------------------------------ */

static la_ssize_t feed(struct archive *ar, void *file, const void **p)
{
    struct packed_file *f = file;
    ssize_t n;
    do
        n = read(f->fd, f->feed, FEED_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        archive_set_error(ar, errno, "%s", strerror(errno));
    *p = f->feed;
    return n;
}

static la_int64_t seek(struct archive *ar, void *file, la_int64_t offset, int whence)
{
    struct packed_file *f = file;
    off_t at = lseek(f->fd, offset, whence);
    (void)ar;
    return at < 0 ? ARCHIVE_FATAL : at;
}

static la_int64_t skip(struct archive *ar, void *file, la_int64_t n)
{
    struct packed_file *f = file;
    (void)ar;
    return lseek(f->fd, n, SEEK_CUR) < 0 ? 0 : n;
}

static void close_file(struct packed_file *f)
{
    if (f->archive)
        archive_read_free(f->archive);
    if (f->fd >= 0)
        close(f->fd);
    mem_free(f->feed);
    f->archive = NULL;
    f->feed = NULL;
    f->fd = -1;
}

static bool damaged(struct packed_file *f, struct error *err)
{
    const char *why = f->archive ? archive_error_string(f->archive) : NULL;
    error_set(err, "cannot unpack '%.*s': %s", STR_ARG(f->name), why ? why : "damaged");
    close_file(f);
    return false;
}

static bool open_file(struct packed_file *f, struct error *err)
{
    struct stat st;
    close_file(f);
    f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0)
        return error_errno(err, "cannot open", f->name);
    if (fstat(f->fd, &st) != 0 || st.st_dev != f->device || st.st_ino != f->inode) {
        close_file(f);
        return error_set(err, "%.*s is no longer the file it was when it was opened",
                         STR_ARG(f->name));
    }
    struct archive *ar = f->archive = archive_read_new();
    f->feed = mem_grow(NULL, FEED_BYTES);
    if (!ar)
        return damaged(f, err);
    archive_read_support_filter_gzip(ar);
    archive_read_support_filter_bzip2(ar);
    archive_read_support_filter_xz(ar);
    archive_read_support_filter_zstd(ar);
    archive_read_support_format_zip(ar);
    archive_read_support_format_7zip(ar);
    archive_read_support_format_tar(ar);
    archive_read_support_format_raw(ar);
    archive_read_support_format_empty(ar);
    archive_read_set_read_callback(ar, feed);
    archive_read_set_seek_callback(ar, seek);
    archive_read_set_skip_callback(ar, skip);
    archive_read_set_callback_data(ar, f);
    f->entry = SIZE_MAX;
    return archive_read_open1(ar) == ARCHIVE_OK || damaged(f, err);
}

/* False at the end too, without an error. */
static bool next_entry(struct packed_file *f, struct archive_entry **out, struct error *err)
{
    int got = archive_read_next_header(f->archive, out);
    f->entry++;
    f->at = 0;
    if (got == ARCHIVE_EOF)
        return false;
    return got == ARCHIVE_OK || got == ARCHIVE_WARN || damaged(f, err);
}

static void close_at_end(void *file)
{
    struct packed_file *f = file;
    close_file(f);
    pthread_mutex_destroy(&f->lock);
}

/* ---- what is inside ----------------------------------------------------- */

static struct str entry_name(struct arena *a, struct archive_entry *e, size_t i)
{
    const char *name = archive_entry_pathname(e);
    if (!name)
        name = archive_entry_pathname_utf8(e);
    return name ? str_dup(a, str_of(name)) : str_fmt(a, "entry %zu", i + 1);
}

bool packed_list(struct arena *a, const char *path, const struct stat *st, struct packed_log **out,
                 size_t *n, struct error *err)
{
    struct packed_file *f = ARENA_NEW(a, struct packed_file);
    struct archive_entry *e;
    VEC(struct packed_log) logs = {0};
    *f = (struct packed_file){.path = path,
                              .name = str_of(path),
                              .device = st->st_dev,
                              .inode = st->st_ino,
                              .fd = -1};
    pthread_mutex_init(&f->lock, NULL);
    arena_at_end(a, close_at_end, f);
    if (!open_file(f, err))
        return false;
    while (logs.n < ENTRIES_MAX && next_entry(f, &e, err)) {
        bool raw = archive_format(f->archive) == ARCHIVE_FORMAT_RAW;
        if (!raw && archive_entry_filetype(e) == AE_IFDIR)
            continue;
        struct packed *p = ARENA_NEW(a, struct packed);
        *p = (struct packed){.file = f, .entry = f->entry};
        struct packed_log log = {.packed = p};
        if (!raw)
            log.name = entry_name(a, e, f->entry);
        if (!raw && archive_entry_filetype(e) != AE_IFREG)
            log.reason = "not an ordinary file";
        else if (archive_entry_is_encrypted(e))
            log.reason = "encrypted; unpack it first";
        vec_push(a, &logs, log);
    }
    close_file(f);
    *out = logs.items;
    *n = logs.n;
    return !err->set;
}

/* ---- reading ------------------------------------------------------------ */

static bool stand_in(struct packed_file *f, size_t entry, int64_t at, struct error *err)
{
    struct archive_entry *e;
    if ((!f->archive || f->entry == SIZE_MAX || f->entry > entry ||
         (f->entry == entry && f->at > at)) &&
        !open_file(f, err))
        return false;
    while (f->entry == SIZE_MAX || f->entry < entry) {
        if (!next_entry(f, &e, err))
            return err->set ? false : error_set(err, "'%.*s' has become shorter", STR_ARG(f->name));
    }
    return true;
}

static ssize_t read_some(struct packed_file *f, char *p, size_t n, struct error *err)
{
    la_ssize_t got = archive_read_data(f->archive, p, n);
    if (got < 0 && got != ARCHIVE_WARN) {
        damaged(f, err);
        return -1;
    }
    f->at += got > 0 ? got : 0;
    return got > 0 ? got : 0;
}

ssize_t packed_read(struct packed *p, char *to, size_t n, int64_t at, const atomic_bool *cancel,
                    struct error *err)
{
    struct packed_file *f = p->file;
    ssize_t got = -1;
    pthread_mutex_lock(&f->lock);
    if (stand_in(f, p->entry, at, err)) {
        got = 1;
        while (got > 0 && f->at < at && !(cancel && atomic_load(cancel))) /* to is room enough */
            got = read_some(f, to, at - f->at < (int64_t)n ? (size_t)(at - f->at) : n, err);
        if (got > 0)
            got = f->at < at ? -1 : read_some(f, to, n, err);
    }
    pthread_mutex_unlock(&f->lock);
    return got;
}

bool packed_same(const struct packed *x, const struct packed *y)
{
    return x && y && x->file == y->file;
}

size_t packed_entry(const struct packed *p)
{
    return p->entry;
}

void packed_rest(struct packed *p)
{
    pthread_mutex_lock(&p->file->lock);
    close_file(p->file);
    pthread_mutex_unlock(&p->file->lock);
}
