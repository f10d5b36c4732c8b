/* Logs: from bytes to chunks of the table W3CIISLog (DESIGN.md 4, 5).
 *
 *     struct logs *logs;
 *     logs_open(session, paths, n, &options, &logs, &err);     which files, which kind and columns
 *     struct scan *scan = scan_open(logs, &request, run);      wanted columns and needles
 *     … on every thread t:
 *     while (scan_next(scan, t, &chunk)) …                 blocks are claimed in input order
 *     scan_close(scan);
 *
 * A file is cut into blocks of logs_block_bytes(); block numbers rise over all files in the
 * order of the list. A block owns the lines that begin in it. Every chunk's rows come from one
 * block, in order. The `#Fields` and `#Date` in force at a block's start are those of the blocks
 * before it, whichever thread reads them. The result of a scan is the same rows in the same
 * (block, row) order at any thread count, block size and SIMD level.
 *
 * Only this folder opens logs. */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H
#include <stdatomic.h>
#include "base/error.h"
#include "simd/simd.h"
#include "table/table.h"

enum absent { ABSENT_AUTO, ABSENT_KEEP, ABSENT_EMPTY }; /* what `-` becomes; DESIGN.md 5 */

struct logs_options {
    enum absent absent;
    struct str computer; /* --computer; empty: as DESIGN.md 5 says */
    struct str tenant;   /* --tenant */
    bool reread;         /* what is no ordinary file is spooled to an unlinked temporary file, so
                          * that it can be scanned again and its lines shown */
    bool follow;         /* files may grow and come: see logs_look_again */
    size_t block_bytes;  /* 0: the default (1 MiB or what measures best; 7 in the tiny build) */
};

enum log_kind {
    LOG_W3C,          /* IIS site log; read */
    LOG_W3C_OTHER,    /* W3C, but not of a web site (FTP, SMTP, other makers) */
    LOG_HTTPERR, LOG_FTP, LOG_IIS_NATIVE, LOG_NCSA,
    LOG_EMPTY,
    LOG_UNKNOWN       /* none of these */
};
struct log_file {
    /* as given, or folder as given + what was found below it; "-" is standard input */
    struct str path;
    int64_t bytes;       /* -1: not known (a pipe, a packed log) */
    enum log_kind kind;
    bool read;           /* takes part in scans */
    bool assumed_fields; /* no #Fields: IIS's default set fits and is assumed */
    struct str reason;   /* why it is not read, or a remark; in words */
    struct str fields;   /* the first #Fields line's names */
};

struct logs;
/* Paths are files, folders (recursive, *.log in any case, sorted by path; symbolic links to
 * folders are not followed) or "-". A path that does not exist or can't be read is an error only
 * when it was named itself; inside a folder it is listed with its reason. Two names of one file
 * are read once. Reads the head of each file to know its kind and columns.
 * A log that is compressed (gzip, bzip2, xz, zstd) is read through; of an archive (zip, 7z; tar
 * when it is named itself) each *.log is a file of this list, "a.zip/EXCH01/u.log". Their bytes are
 * unpacked as they are read, again for each scan; with `reread` into an unlinked temporary file,
 * once. Offsets count unpacked bytes. */
bool logs_open(struct arena *a, const struct str *paths, size_t n,
               const struct logs_options *options, struct logs **out, struct error *err);
void logs_close(struct logs *logs);
const struct log_file *logs_files(const struct logs *logs, size_t *n);
/* The columns of W3CIISLog over these logs: the documented ones, then fields of any other name in
 * order of appearance. Also without any file (logs_open with n = 0). */
const struct schema *logs_schema(const struct logs *logs);
/* "sc-status: HTTP status code" */
struct str logs_column_help(const struct logs *logs, size_t column);
int64_t logs_bytes(const struct logs *logs);       /* to be read; -1: not known */
enum absent logs_absent(const struct logs *logs);
/* The time of the last event (the greatest over the last lines of all files; a pipe is read to its
 * end and spooled first). False: no event has a time. */
bool logs_last_event(struct logs *logs, int64_t *ticks);
/* The time of the first event: the least over the first rows of all files. A pipe has none. */
bool logs_first_event(struct logs *logs, int64_t *ticks);
size_t logs_block_bytes(const struct logs *logs);

/* ---- following ---------------------------------------------------------- */

/* With options.follow a file is read up to its last whole line, and logs_look_again finds what has
 * come since: lines at the end of files, and new files in the folders. A scan with request->news
 * gives out just those; one without gives out all. A file that was replaced (rotated) or cut off is
 * let go, and what stands in its place is taken from its start: rows that were read from it can no
 * longer be shown as lines. */
struct logs_news {
    size_t grown, added, replaced; /* files */
    int64_t bytes;                 /* to be read of all of them */
    struct str said;               /* the last file that was added or replaced, in words */
};
/* What an earlier call found must have been read by then. False: there is nothing new, or a scan is
 * open, which is let alone. */
bool logs_look_again(struct logs *logs, struct arena *a, struct logs_news *out);

/* ---- scan --------------------------------------------------------------- */

/* The line must hold at least one text of each group (all groups ANDed). */
struct needle_group {
    struct str *texts; /* printable ASCII, at least 2 bytes each */
    size_t n;
    bool fold;         /* letters in either case */
};
struct scan_request {
    const bool *wanted;  /* by schema position: columns that may be asked for */
    const struct needle_group *needles;
    size_t n_needles;
    int64_t since, until; /* rows with TimeGenerated in [since, until]; INT64_MIN, INT64_MAX: all */
    bool news;            /* only what the last logs_look_again found */
    bool origin;          /* fill chunk->origin with the row's handle (below) */
    int threads;          /* scan_next is called with thread = 0 … threads−1 */
};

enum bad_reason { /* bad: the line is no row. */
    BAD_FEW_FIELDS, BAD_MANY_FIELDS, BAD_NO_FIELDS /* before any #Fields */,
    BAD_BINARY /* NUL inside */,
    BAD_TOO_LONG, /* over 1 MiB */
    /* odd: the line is a row, with a remark */
    ODD_DATE /* TimeGenerated is null */, ODD_ADDRESS, ODD_NUMBER /* the number is null */,
    ODD_UTF8, ODD_DOUBLE_SPACE,
    BAD_REASONS
};
const char *bad_reason_text(enum bad_reason r);
bool bad_reason_is_odd(enum bad_reason r);

/* lines = header_lines + skipped + bad + rows + out_of_span + blank. Odd remarks are made for
 * columns that were cut. */
struct scan_stats {
    int64_t bytes;        /* read so far */
    int64_t bytes_total;  /* -1: not known */
    int64_t lines;
    int64_t header_lines; /* directives (#…) */
    int64_t blank;        /* empty lines, NUL padding */
    int64_t skipped;      /* without the needles: never cut */
    int64_t bad;          /* sum of the bad reasons */
    int64_t rows;         /* given out */
    int64_t out_of_span;  /* since / until */
    int64_t by_reason[BAD_REASONS];
    int64_t lines_cut;    /* for tests that count work */
    int64_t fields_loaded;/* cells of lazily loaded columns */
};
struct bad_line {
    uint32_t file;        /* index in logs_files */
    int64_t offset;       /* bytes from the start of the file */
    enum bad_reason reason;
};

struct scan;
bool scan_open(struct logs *logs, const struct scan_request *request, struct arena *run,
               struct scan **out, struct error *err);
/* The next chunk for this thread, without rows when a pipe is quiet; valid until its next call.
 * False: no more, cancelled, or failed. Columns are read lazily (table.h, chunk_loader); strings
 * point into the block or the session's memory. */
bool scan_next(struct scan *s, int thread, struct chunk **out);
/* Whoever shares a scan with others finds the lines with its own needles by this. */
struct line_test;
struct line_test *line_test_new(struct arena *a, const struct needle_group *groups, size_t n);
/* The rows of the thread's chunk, as scan_next gave it out, whose lines hold them: fills rows
 * (chunk->rows places), returns how many. */
size_t scan_rows_with(struct scan *s, int thread, const struct line_test *t, uint32_t *rows);
void scan_cancel(struct scan *s); /* from any thread: scan_next soon returns false */
/* a read error (disk, file cut off below us): true, err is set */
bool scan_failed(struct scan *s, struct error *err);
/* from any thread, also while it runs */
void scan_stats(const struct scan *s, struct scan_stats *out);
/* The bad and odd lines kept (the first 10,000 in input order), for a list on screen. After the
 * scan has ended. */
size_t scan_bad_lines(const struct scan *s, struct arena *a, struct bad_line **out);
void scan_close(struct scan *s);

/* ---- single rows -------------------------------------------------------- */

/* A row's handle: file index << 40 | byte offset of its line. */
static inline int64_t origin_make(uint32_t file, int64_t offset)
{
    return (int64_t)file << 40 | offset;
}
static inline uint32_t origin_file(int64_t origin) { return (uint32_t)(origin >> 40); }
static inline int64_t origin_offset(int64_t origin) { return origin & ((INT64_C(1) << 40) - 1); }

struct log_line {
    uint32_t file;
    int64_t offset;
    int64_t number;   /* line number in the file, from 1 */
    struct str raw;   /* the bytes, without the line end */
    bool cr;          /* which was CR LF */
    struct str fields; /* names of the #Fields in force; empty: none, or not known (a pipe) */
    int64_t day;      /* the #Date in force, an instant; INT64_MIN: none */
};
struct log_digest {
    struct str path;  /* of the file; of an archive's member: the archive */
    int64_t bytes;
    char sha256[65];
};
/* Reads the file as it lies there. False: it cannot be read, is a pipe, or *stop became true. */
bool logs_digest(struct logs *logs, size_t file, const atomic_bool *stop, struct log_digest *out);
/* The raw line at a handle. */
bool logs_line(struct logs *logs, int64_t origin, struct arena *a, struct log_line *out,
               struct error *err);
/* The rows at these handles, all columns of logs_schema, in the order given. A line that is no
 * longer there is a row of nulls. */
bool logs_fetch(struct logs *logs, const int64_t *origins, size_t n, struct arena *a,
                struct table **out, struct error *err);
/* The same with some columns alone (by schema position; the others are NULL). False: *stop became
 * true, or a has come to hold more than `most` bytes. */
bool logs_fetch_some(struct logs *logs, const int64_t *origins, size_t n, const bool *wanted,
                     size_t most, const atomic_bool *stop, struct arena *a, struct table **out);
#endif
