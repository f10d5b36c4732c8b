/* Paths as given → the list of sources, in order. Folders are walked for *.log; whatever in them is
 * not read stands in the list with its reason. Opening and reading make sure that a file is still
 * the one that was listed: anything else is an error value. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "input/input_internal.h"

#define DEPTH_MAX 64
#define FILES_MAX ((size_t)1 << 20) /* a handle has 23 bits for the file */
#define NOT_A_LOG STR("its name does not end in .log")

struct walk {
    struct logs *logs;
    struct arena *arena; /* of paths and sources */
    VEC(struct source) found;
    size_t from;      /* first source of the path that is walked */
    struct str given; /* the folder as given */
    bool plain_only;  /* packed files are not looked into */
};

static struct source *add(struct walk *w, struct str path)
{
    struct source s = {.info = {.path = path, .bytes = -1, .kind = LOG_UNKNOWN},
                       .newline = '\n',
                       .first.day = NO_DAY};
    s.path = str_z(w->arena, path);
    vec_push(w->arena, &w->found, s);
    return &vec_last(&w->found);
}

static bool has_ending(struct str name, struct str ending)
{
    return name.n > ending.n &&
           str_eq_nocase(str_sub(name, name.n - ending.n, name.n), ending);
}

static bool is_log_name(struct str name)
{
    return has_ending(name, STR(".log"));
}

/* Component is W3SVC1, LogFiles, logs or inetpub: no name of a server. */
static bool is_site_name(struct str part)
{
    if (part.n < 6 || !str_eq_nocase(str_sub(part, 0, 5), STR("W3SVC")))
        return false;
    for (size_t i = 5; i < part.n; i++) {
        if (part.p[i] < '0' || part.p[i] > '9')
            return false;
    }
    return true;
}

static bool is_server_name(struct str part)
{
    return part.n && !is_site_name(part) && !str_eq_nocase(part, STR("LogFiles")) &&
           !str_eq_nocase(part, STR("logs")) && !str_eq_nocase(part, STR("inetpub"));
}

void source_name(struct logs *logs, struct source *s, struct str below)
{
    struct str rest = s->info.path;
    while (rest.n) {
        struct str part = str_cut(&rest, '/');
        size_t dot = str_find_byte(part, '.');
        if (is_site_name(part))
            s->site = part;
        else if (!rest.p && is_site_name(str_sub(part, 0, dot)))
            s->site = str_sub(part, 0, dot);
    }
    s->computer = logs->computer;
    while (!s->computer.n && below.n) {
        struct str part = str_cut(&below, '/');
        if (below.p && is_server_name(part)) /* the last part is the file */
            s->computer = part;
    }
}

static void refuse(struct walk *w, struct str path, struct str reason)
{
    add(w, path)->info.reason = reason;
}

/* x.log.gz and its like, x.zip, x.7z: looked into where they are met in a folder. Other archives
 * only when they are named: to list a tar all of it must be unpacked. */
static bool is_packed_name(struct str name)
{
    static const char *const around_one[] = {".gz", ".bz2", ".xz", ".zst"},
                             *const around_many[] = {".zip", ".7z"};
    for (size_t i = 0; i < sizeof around_one / sizeof *around_one; i++) {
        if (has_ending(name, str_of(around_one[i])) &&
            is_log_name(str_sub(name, 0, name.n - strlen(around_one[i]))))
            return true;
    }
    return has_ending(name, str_of(around_many[0])) ||
           has_ending(name, str_of(around_many[1]));
}

/* The logs in a packed file, each a source of its own. */
static bool take_packed(struct walk *w, struct str path, const struct stat *st, bool named,
                        struct error *err)
{
    struct arena *a = w->logs->arena;
    struct packed_log *inside;
    size_t n;
    struct error own = {0};
    if (!packed_list(a, str_z(a, path), st, &inside, &n, &own)) {
        if (named)
            return error_set(err, "%s", own.message);
        refuse(w, path, str_dup(a, str_of(own.message)));
        return true;
    }
    if (n == 0)
        refuse(w, path, STR("nothing is packed in it"));
    struct str folder = named ? STR_NONE : str_sub(path, w->given.n, path.n);
    folder.n -= path_base(folder).n;
    for (size_t i = 0; i < n; i++) {
        struct str name = inside[i].name;
        struct source *s = add(w, name.n ? path_join(a, path, name) : path);
        s->device = st->st_dev;
        s->inode = st->st_ino;
        s->packed = inside[i].packed;
        s->named = named && !name.n;
        s->size = -1;
        s->info.read = !inside[i].reason && (!name.n || is_log_name(name));
        if (!s->info.read)
            s->info.reason = inside[i].reason ? str_of(inside[i].reason) : NOT_A_LOG;
        source_name(w->logs, s, str_fmt(a, "%.*s%.*s", STR_ARG(folder), STR_ARG(name)));
    }
    return true;
}

/* What stat says about a path; regular files take part from here on. */
static bool take(struct walk *w, struct str path, const struct stat *st, bool named,
                 struct error *err)
{
    if (S_ISREG(st->st_mode) && (named || is_packed_name(path_base(path))) &&
        packed_looks(str_z(w->logs->arena, path)))
        return take_packed(w, path, st, named, err);
    struct source *s = add(w, path);
    s->device = st->st_dev;
    s->inode = st->st_ino;
    s->named = named;
    if (S_ISREG(st->st_mode)) {
        s->size = s->info.bytes = st->st_size;
        s->info.read = true;
    } else if (named) {
        s->size = -1; /* a pipe or a terminal that was named itself */
        s->info.read = true;
    } else {
        s->info.reason = STR("not an ordinary file");
    }
    if (s->size >= INT64_C(1) << 40) {
        s->info.read = false;
        s->info.reason = STR("larger than 1 TiB");
    }
    source_name(w->logs, s, named ? STR_NONE : str_sub(path, w->given.n, path.n));
    return true;
}

static int by_name(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void walk_folder(struct walk *w, struct str path, int depth);

static void walk_entry(struct walk *w, struct str path, int depth)
{
    struct arena *a = w->arena;
    struct stat st, target;
    char *z = str_z(a, path);
    if (w->found.n >= FILES_MAX)
        return;
    if (lstat(z, &st) != 0) {
        refuse(w, path, str_of(strerror(errno)));
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        walk_folder(w, path, depth + 1);
        return;
    }
    if (S_ISLNK(st.st_mode)) {
        if (stat(z, &target) != 0) {
            refuse(w, path, STR("a symbolic link to nothing"));
            return;
        }
        if (S_ISDIR(target.st_mode)) {
            refuse(w, path, STR("a symbolic link to a folder; not followed"));
            return;
        }
        st = target;
    }
    if (!is_log_name(path_base(path)) && (w->plain_only || !is_packed_name(path_base(path)))) {
        refuse(w, path, NOT_A_LOG);
        return;
    }
    take(w, path, &st, false, NULL); /* what fails in a folder is its reason */
}

static void walk_folder(struct walk *w, struct str path, int depth)
{
    struct arena *a = w->arena;
    VEC(struct str) names = {0};
    DIR *d = depth <= DEPTH_MAX ? opendir(str_z(a, path)) : NULL;
    if (!d) {
        refuse(w, path,
               depth > DEPTH_MAX ? STR("too many folders inside each other")
                                 : str_of(strerror(errno)));
        return;
    }
    struct dirent *e;
    while ((e = readdir(d)) && names.n < FILES_MAX) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            vec_push(a, &names, path_join(a, path, str_dup(a, str_of(e->d_name))));
    }
    closedir(d);
    if (names.n)
        qsort(names.items, names.n, sizeof *names.items, by_name);
    for (size_t i = 0; i < names.n; i++)
        walk_entry(w, names.items[i], depth);
}

static bool walk_named(struct walk *w, struct str path, struct error *err)
{
    struct stat st;
    w->given = path;
    if (str_is(path, "-")) {
        struct source *s = add(w, path);
        s->path = NULL;
        s->named = true;
        s->size = -1;
        s->info.read = true;
        source_name(w->logs, s, STR_NONE);
        return true;
    }
    if (stat(str_z(w->logs->arena, path), &st) != 0)
        return error_errno(err, "cannot open", path);
    if (S_ISDIR(st.st_mode)) {
        if (access(str_z(w->logs->arena, path), R_OK | X_OK) != 0)
            return error_errno(err, "cannot read", path);
        walk_folder(w, path, 0);
    } else {
        return take(w, path, &st, true, err);
    }
    return true;
}

struct identity {
    dev_t device;
    ino_t inode;
    size_t entry; /* in a packed file */
    uint32_t at;
};

static int by_identity(const void *x, const void *y)
{
    const struct identity *a = x, *b = y;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    if (a->entry != b->entry)
        return a->entry < b->entry ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

/* Of several names of one file only the first is read. */
static void drop_doubles(struct logs *logs)
{
    struct identity *ids = ARENA_ARRAY(logs->arena, struct identity, logs->n);
    size_t n = 0, first = 0;
    for (size_t i = 0; i < logs->n; i++) {
        const struct source *s = &logs->sources[i];
        if (s->path && s->info.read)
            ids[n++] = (struct identity){s->device, s->inode,
                                         s->packed ? packed_entry(s->packed) : 0, (uint32_t)i};
    }
    if (n)
        qsort(ids, n, sizeof *ids, by_identity);
    for (size_t i = 1; i < n; i++) {
        if (ids[i].device != ids[first].device || ids[i].inode != ids[first].inode ||
            ids[i].entry != ids[first].entry) {
            first = i;
            continue;
        }
        struct log_file *f = &logs->sources[ids[i].at].info;
        f->read = false;
        f->reason = str_fmt(logs->arena, "the same file as %.*s",
                            STR_ARG(logs->sources[ids[first].at].info.path));
    }
}

size_t source_walk(struct logs *logs, struct arena *a, struct str folder, struct source **out)
{
    struct walk w = {.logs = logs, .arena = a, .given = folder, .plain_only = true};
    walk_folder(&w, folder, 0);
    *out = w.found.items;
    return w.found.n;
}

bool source_list(struct logs *logs, const struct str *paths, size_t n, struct error *err)
{
    struct walk w = {.logs = logs, .arena = logs->arena};
    bool piped = false;
    for (size_t i = 0; i < n; i++) {
        if (str_is(paths[i], "-") && piped)
            continue;
        piped |= str_is(paths[i], "-");
        if (!walk_named(&w, str_dup(logs->arena, paths[i]), err))
            return false;
    }
    logs->sources = w.found.items;
    logs->n = w.found.n;
    drop_doubles(logs);
    return true;
}

int source_open(const struct source *s, struct error *err)
{
    struct stat st;
    if (s->gone) {
        error_set(err, "%.*s was replaced or cut off while it was followed: its lines are gone",
                  STR_ARG(s->info.path));
        return -1;
    }
    int fd = s->stream ? dup(stream_fd(s->stream))
                       : open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        error_errno(err, "cannot open", s->info.path);
        return -1;
    }
    if (s->stream)
        return fd;
    if (fstat(fd, &st) != 0 || st.st_dev != s->device || st.st_ino != s->inode) {
        close(fd);
        error_set(err, "%.*s is no longer the file it was when it was opened",
                  STR_ARG(s->info.path));
        return -1;
    }
    if (s->size > (int64_t)BLOCK_BYTES) /* a larger window for reading ahead */
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return fd;
}

bool source_read(const struct source *s, int fd, char *p, size_t n, int64_t offset,
                 struct error *err)
{
    while (n) {
        ssize_t got = pread(fd, p, n, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, "cannot read", s->info.path);
        if (got == 0)
            return error_set(err, "%.*s was cut off while it was read", STR_ARG(s->info.path));
        p += got;
        n -= (size_t)got;
        offset += got;
    }
    return true;
}
