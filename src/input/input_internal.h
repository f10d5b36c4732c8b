/* What the files of input/ tell each other.
 *
 *   columns.c     which columns W3CIISLog has and which W3C field fills which
 *   format_w3c.c  #Fields, #Date, #Software: the state that says how a line is read
 *   source.c      paths and folders to a list of files; opening, reading, changed under us
 *   stream.c      sources that cannot seek: pipes, spooled or not
 *   packed.c      compressed logs and archives of logs, read like pipes
 *   inflow.c      a pipe cut into blocks of whole lines as it comes
 *   detect.c      the head of a file to its kind
 *   region.c      one block's lines as one run of bytes (lone CR, UTF-16 become LF, UTF-8 here)
 *   lines.c       a region to sections of one state, and the lines that have the needles
 *   cut.c         a line to fields, or a reason why it is no row
 *   load.c        the rows of a chunk to columns
 *   scan.c        blocks over threads
 *   rows.c        single lines and rows
 *   events.c      the times of the first and the last event */
#ifndef INPUT_INTERNAL_H
#define INPUT_INTERNAL_H
#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "base/instant.h"
#include "base/map.h"
#include "base/vec.h"
#include "base/utf8.h"
#include "input/input.h"

/* Reads beat mmap: 1 GiB in the page cache, counting lines: 0.12 s with pread into a buffer that
 * stays in L2 (0.09 s on two threads), 0.85 s with mmap, 0.6 s with mmap populated block by
 * block, because every page costs a fault or a table entry. 512 KiB was the best size (64 KiB
 * 0.15 s, 2 MiB 0.14 s). And a file that shrinks is then a short read, not a SIGBUS. */
#ifdef HARRIER_TINY
#define BLOCK_BYTES 7
#else
#define BLOCK_BYTES ((size_t)512 << 10)
#endif
#define HEAD_BYTES ((size_t)16 << 10)  /* what detection looks at */
#define LINE_MAX_BYTES ((size_t)1 << 20)
#define FIELDS_MAX 256                 /* fields in a #Fields line */
#define NAMES_MAX 16384                /* bytes of a #Fields line */
#define LAYOUTS_MAX 4096               /* different #Fields lines; what comes after is not read */
#define EXTRA_COLUMNS_MAX 512          /* columns that are not documented */
#define BAD_LINES_KEPT 10000
/* lines up to 4 KiB have their spaces marked in the cutter's own room */
#define LINE_WORDS 64
#define NO_DAY INT32_MIN

/* ---- columns ------------------------------------------------------------ */

enum fill {
    FILL_NOTHING,  /* no log has it: "" or null */
    FILL_FIELD,    /* the field of the line */
    FILL_ADDRESS,  /* a field that is an IP address */
    FILL_TIME, FILL_COMPUTER, FILL_SITE, FILL_URI, FILL_OFFSET, FILL_TENANT, FILL_TYPE
};
struct column_row {
    const char *name;
    enum type type;
    enum fill fill;
    const char *w3c[4]; /* fields that fill it, lower case */
    const char *help;
};
extern const struct column_row column_rows[];
extern const size_t column_rows_n;
/* Positions of columns the reader itself needs. */
enum {
    COLUMN_TIME, COLUMN_COMPUTER, COLUMN_SITE, COLUMN_DATE, COLUMN_CLOCK, COLUMN_SIP, COLUMN_QUERY,
    COLUMN_SCOMPUTER
};
size_t column_of_field(struct str w3c); /* position, SIZE_MAX: no documented column */
struct str column_name_of_field(struct arena *a, struct str w3c); /* for any other field */

/* ---- layouts and states ------------------------------------------------- */

struct layout {
    uint32_t id;       /* from 1; 0 stands for no layout */
    struct str text;   /* the names as in the file, one space between */
    size_t n;
    struct str *names;
    uint32_t *columns; /* by field: schema position, or UINT32_MAX */
    int date, clock;   /* fields, −1: none */
};
static inline int layout_field(const struct layout *l, size_t column)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->columns[i] == column)
            return (int)i;
    }
    return -1;
}

/* What decides how a line is read; changed by directives. */
struct state {
    const struct layout *layout; /* NULL: no #Fields yet */
    int32_t day;                 /* days since 0001-01-01, of #Date; NO_DAY */
    bool quoted;                 /* fields may stand in quotes: the writer is not IIS */
};
static inline bool state_same(struct state x, struct state y)
{
    return x.layout == y.layout && x.day == y.day && x.quoted == y.quoted;
}
/* The layout of these names, made when new; NULL when there are too many or it has none. Takes
 * the lock. */
const struct layout *layout_intern(struct logs *logs, struct str names);
const struct layout *layout_by_id(struct logs *logs, uint32_t id);
/* Changes *s by the line (which begins with '#'); without CR and LF. */
void state_directive(struct logs *logs, struct state *s, struct str line);
bool directive_is(struct str line, const char *name, struct str *rest); /* "#Name: rest" */

/* ---- files -------------------------------------------------------------- */

enum coding { CODING_BYTES, CODING_UTF16LE, CODING_UTF16BE };
/* What is known about a block once it has been scanned: the lines in it and the state at its
 * start. */
struct note {
    _Atomic uint32_t lines;  /* + 1; 0: not known yet */
    _Atomic uint32_t layout; /* id << 1 | quoted */
    _Atomic int32_t day;
};
struct stream;
struct source {
    struct log_file info;
    char *path;              /* for open(); NULL: the stream's own */
    dev_t device;
    ino_t inode;
    /* as it was when the logs were opened; −1: a pipe whose end is not known yet */
    _Atomic int64_t size;
    struct stream *stream;   /* NULL: an ordinary file */
    struct packed *packed;   /* where the stream comes from; NULL: a pipe */
    enum coding coding;
    char newline;            /* '\n', or '\r' where the head has that alone */
    uint8_t bom;             /* bytes of the byte order mark */
    struct state first;      /* at the first line */
    const struct layout *last_layout; /* in force at the end of the head */
    struct str computer;     /* of the path or --computer; empty: s-ip */
    struct str site;         /* W3SVCn of the path */
    _Atomic(struct note *) notes;     /* by block; NULL until a scan needs them */
    bool named;              /* given itself, not found in a folder */
    /* following */
    bool gone;               /* replaced or cut off: it is not read any more */
    bool gave_up;            /* a scan could not read it to its end; following may take it up */
    int64_t since;           /* what lies behind is news */
    int64_t last_at;         /* where `last` holds: the end of the last scan; 0: nowhere */
    struct state last;
    uint32_t notes_cap;      /* places in notes */
    int64_t seen_size;       /* what stat said last */
    struct timespec seen_time;
    size_t head_n;           /* bytes of the file's start, and their hash: is it still this file? */
    uint64_t head_hash;
};

struct logs {
    struct arena *arena;     /* its own, under the lock once it is open */
    pthread_mutex_t lock;
    bool closed;
    enum absent absent;
    struct str tenant, computer;
    bool reread;
    size_t block;
    struct needle directive; /* newline and '#' */
    struct log_file *files;  /* what logs_files gives; copies of sources[i].info */
    struct source *sources;
    _Atomic size_t n;
    size_t cap;              /* places in sources: while files come, nothing moves */
    bool follow;
    unsigned scans;          /* open ones; under lock */
    bool looking;            /* logs_look_again runs: no scan begins; under lock */
    struct str *given;       /* the paths, for looking again */
    size_t n_given;
    struct schema schema;
    struct str *help;
    bool schema_final;
    size_t columns_cap;
    const struct layout **layouts; /* LAYOUTS_MAX places, so that readers need no lock */
    _Atomic uint32_t n_layouts;
    struct map layout_ids;         /* by text */
};

/* The ordinary files below a folder, in `a`, as source_list finds them. */
size_t source_walk(struct logs *logs, struct arena *a, struct str folder, struct source **out);
/* An ordinary file's head: kind, columns, and with follow its last whole line. room: HEAD_BYTES. */
bool source_look(struct logs *logs, struct source *s, char *room, struct error *err);
/* follow.c: `size` is what is read of it: up to the last whole line. */
void source_follow(struct logs *logs, struct source *s, int fd);
/* room for files to come */
void follow_begin(struct logs *logs, const struct str *paths, size_t n);
/* A scan begins or has ended: nobody looks at the files meanwhile. */
void follow_scan(struct logs *logs, bool begins);
/* From here on it is not read any more; its reason says why. */
void source_give_up(struct logs *logs, struct source *s, const struct error *why);
/* What logs_files gives becomes what the sources are now: a new list, since another thread may be
 * reading the old one. */
void files_publish(struct logs *logs);
bool source_list(struct logs *logs, const struct str *paths, size_t n, struct error *err);
/* computer and site of the path */
void source_name(struct logs *logs, struct source *s, struct str below);
/* Opened for reading and still the file it was; −1 with err. A spooled pipe gives a duplicate. */
int source_open(const struct source *s, struct error *err);
/* All of n bytes at offset; a short read is an error ("was cut off while it was read"). */
bool source_read(const struct source *s, int fd, char *p, size_t n, int64_t offset,
                 struct error *err);
static inline size_t source_block(const struct logs *logs, const struct source *s)
{
    return s->coding == CODING_BYTES ? logs->block : (logs->block + 1) & ~(size_t)1;
}
static inline uint32_t source_blocks(const struct logs *logs, const struct source *s)
{
    size_t b = source_block(logs, s);
    return (uint32_t)(((size_t)s->size + b - 1) / b);
}
void source_detect(struct logs *logs, struct source *s, struct str head, bool whole);

/* ---- streams ------------------------------------------------------------ */

/* A pipe. Everything that was read once is in the spool, if it has one, and is read again from
 * there. */
struct stream *stream_open(struct arena *a, int fd, struct str name);
struct stream *stream_open_packed(struct arena *a, struct packed *packed, struct str name);
void stream_close(struct stream *st);
/* from now on keep all bytes; before anything was read */
bool stream_spool(struct stream *st, struct error *err);
bool stream_is_spooled(const struct stream *st);
bool stream_rereads(const struct stream *st); /* what was read can be read again */
int stream_fd(const struct stream *st);                  /* the spool's */
/* A pipe for the screen from which nothing has come for a while: what is there is shown. */
bool stream_is_quiet(const struct stream *st, int64_t at);
/* the first n bytes, or all; of a pipe that is quiet what says what it is */
struct str stream_head(struct stream *st, struct arena *a, size_t n, struct error *err);
/* Up to n bytes from position at. 0: the end. −1: err set, or cancelled when *cancel. */
ssize_t stream_read(struct stream *st, char *p, size_t n, int64_t at, const atomic_bool *cancel,
                    struct error *err);
int64_t stream_size(const struct stream *st);            /* −1: the end was not reached yet */
int64_t stream_got(const struct stream *st);             /* bytes read so far */

/* ---- packed files -------------------------------------------------------- */

/* gzip, bzip2, xz and zstd around one log; zip, 7z and tar, itself compressed or not, around many.
 * All of one file should be read in the order of the list: going back unpacks it again. */
struct packed;
struct packed_log {
    struct packed *packed;
    struct str name;    /* in the archive; empty: the file is one compressed log */
    const char *reason; /* why it cannot be read; NULL */
};
#define PACKED_HEAD 512
bool packed_is(struct str head);         /* PACKED_HEAD bytes, or all */
bool packed_looks(const char *path);     /* the same of a file */
/* What is inside, in its order; false: damaged, err says it. */
bool packed_list(struct arena *a, const char *path, const struct stat *st, struct packed_log **out,
                 size_t *n, struct error *err);
bool packed_same(const struct packed *x, const struct packed *y); /* of one file */
size_t packed_entry(const struct packed *p);                      /* which of the file's, from 0 */
/* As stream_read, from any position. */
ssize_t packed_read(struct packed *p, char *to, size_t n, int64_t at, const atomic_bool *cancel,
                    struct error *err);
void packed_rest(struct packed *p); /* closes the file until it is read again */

/* ---- regions ------------------------------------------------------------ */

/* Whole lines, each ended by '\n' but perhaps the last: those that begin in one block. A line
 * longer than LINE_MAX_BYTES that begins last in its block may be cut to LINE_MAX_BYTES + 1. */
struct region {
    const char *p;
    size_t n;
    int64_t offset;  /* of p[0] in the file */
    bool utf16;      /* p was made from UTF-16: offsets count its units */
    int64_t bytes;   /* of the file, for progress */
    size_t counted, units; /* utf16: units in p[0 .. counted) */
};
struct reader {
    int fd;              /* −1: none */
    const struct source *open;
    char *p, *raw;       /* buffers; raw only for UTF-16 */
    size_t cap, raw_cap;
};
void reader_init(struct reader *r);
void reader_release(struct reader *r);
bool region_load(const struct logs *logs, const struct source *s, uint32_t block, struct reader *r,
                 struct region *out, struct error *err);
static inline char *reader_room(struct reader *r, size_t n)
{
    if (n > r->cap) {
        char *old = r->p; /* in huge pages: what reads it is a fifth faster */
        size_t cap = n + (n >> 3);
        r->p = mem_large(cap);
        if (old)
            memcpy(r->p, old, r->cap);
        r->cap = cap;
        mem_free(old);
    }
    return r->p;
}
int64_t region_offset(struct region *g, size_t at); /* of the byte g->p[at] in the file */
/* out: 3 bytes for each 2 of raw */
size_t utf16_decode(const char *raw, size_t n, bool big, char *out);

/* A pipe is cut into blocks of whole lines as it comes. */
struct inflow {
    int64_t at;    /* position of the first byte not yet given out */
    char *rest;    /* a line's beginning, left over */
    size_t n, cap;
    bool skipping; /* within a line that was too long */
    bool ended;
};
/* Fills the region with whole lines, in r's buffer; with none when the pipe is quiet. False: the
 * pipe has ended, or err is set, or it was cancelled. */
bool inflow_region(struct inflow *in, const struct source *s, size_t want,
                   const atomic_bool *cancel, struct reader *r, struct region *out,
                   struct error *err);
void inflow_reset(struct inflow *in); /* for the next pipe */
void inflow_release(struct inflow *in);

/* ---- lines -------------------------------------------------------------- */

/* A run of lines of one state, without directives between. */
struct section {
    uint32_t start, end;
    struct state state;
};
struct sections {
    struct section *items; /* without empty ones */
    size_t n, cap;
    int64_t lines, headers;
    struct state last;     /* after the region's last line */
};
/* Counts the lines and cuts the region at its directives; `first` is the state before it. */
void sections_find(struct logs *logs, const struct region *g, struct state first,
                   struct sections *out);
/* The same in two steps: the first needs no state and says whether there are directives at all. */
bool sections_count(const struct region *g, struct sections *out);
void sections_cut(struct logs *logs, const struct region *g, struct state first, bool directives,
                  struct sections *out);
void sections_release(struct sections *s);

#ifdef HARRIER_TINY
#define FOUND_MAX 2
#else
#define FOUND_MAX 16384
#endif
#define SEARCH_MAX 16 /* texts of the group that is searched for over the whole block */
struct search_group {
    struct needle *needles;
    size_t n;
};
struct search {
    struct search_group *groups; /* none: every line is given */
    size_t n;
    size_t leader;               /* the group that is searched for first; SIZE_MAX: line by line */
    bool chosen;
    uint32_t next[SEARCH_MAX];   /* where each text of the leader is met next, at or after `at` */
    bool known[SEARCH_MAX];
    /* A leader of one text is looked for while lines are counted: where the region has it. */
    uint32_t *found;             /* FOUND_MAX */
    size_t n_found, found_at;
    bool swept;
    const struct simd *simd;
    const char *p;               /* the run that is searched */
    uint32_t at, end;            /* the next line to look at begins at `at` */
};
/* sections_count, and the search for the leader with it. */
bool search_count(struct search *s, const struct region *g, struct sections *out);
void search_init(struct search *s, struct arena *a, const struct needle_group *groups, size_t n);
void search_start(struct search *s, const char *p, uint32_t start, uint32_t end);
/* The next line that has all needles begins at *from. Whoever cuts it finds its end and tells
 * it. */
bool search_next(struct search *s, uint32_t *from);
bool line_test(const struct line_test *t, const char *p, size_t n);
static inline void search_after(struct search *s, uint32_t line_end)
{
    s->at = line_end < s->end ? line_end + 1 : s->end;
}

/* ---- rows --------------------------------------------------------------- */

struct row {
    const char *p;        /* the line; a mended copy where it needed mending */
    const uint64_t *bits; /* where in it one field ends and the next begins */
    uint32_t at;          /* where it begins in the region */
    uint32_t n;           /* its bytes, without its end */
    uint32_t odd;         /* bits of the remarks made */
    bool ascii;
};
/* Rows of one layout on their way into a chunk, and what turns them into columns. */
struct cutter {
    struct chunk_loader loader; /* first, so that load and pick find the rest */
    struct chunk chunk;
    struct logs *logs;
    const struct simd *simd;
    const struct source *source;
    uint32_t file;
    uint32_t line_end;
    struct region *region;
    struct state state;
    struct arena *scratch;
    struct row *rows;     /* CHUNK_ROWS places */
    size_t n;
    size_t last_field; /* of the layout; SIZE_MAX: there is none */
    uint64_t *bits;    /* where the rows' spaces are marked; LINE_WORDS for each of CHUNK_ROWS */
    size_t bits_used, bits_before; /* after and before the last row */
    char day_text[10];    /* the day parsed last, and its ticks */
    int64_t day_ticks;
    bool day_ok, day_known;
    int64_t counts[BAD_REASONS];
    int64_t fields_loaded;
    struct bad_line *bad; /* the first BAD_LINES_KEPT, on the heap */
    size_t n_bad, bad_cap;
};
void cutter_init(struct cutter *c, struct logs *logs, struct arena *scratch, struct arena *a);
void cutter_release(struct cutter *c);
/* empties it for rows of this state */
void cutter_start(struct cutter *c, struct state state);
/* rows of this state go with those in it */
bool cutter_takes(const struct cutter *c, struct state state);
enum taken { TAKEN_ROW, TAKEN_BAD, TAKEN_BLANK };
/* Cuts the line that begins at region offset `at` and ends before `limit` or at the newline
 * before it; adds it as a row, if it is one. c->line_end is where it ended. */
enum taken cutter_add(struct cutter *c, uint32_t at, uint32_t limit);
void cutter_drop(struct cutter *c); /* takes the last row back */
/* TimeGenerated of a row; false: it has none. */
bool cutter_time(struct cutter *c, const struct row *r, int64_t *ticks);
struct str cutter_cell(const struct cutter *c, const struct row *r, int field);
void cutter_remark(struct cutter *c, struct row *r, enum bad_reason reason);
struct column *cutter_load(struct chunk_loader *self, struct chunk *chunk, size_t i);
void cutter_pick(struct chunk_loader *self, const uint32_t *rows, size_t n);
struct column *cutter_load_some(struct chunk_loader *self, struct chunk *chunk, size_t i,
                                const uint32_t *rows, size_t n);
/* Makes the chunk out of the rows; it and its columns die with the scratch. */
struct chunk *cutter_chunk(struct cutter *c, bool origin, uint32_t block);
/* How many fields the line has when runs of blanks part them; their texts are put in out, at
 * most max. */
size_t cut_fields(struct str line, bool quoted, struct str *out, size_t max);

/* A stream whose end has been read becomes an ordinary file. Takes the lock. */
void source_settle(struct logs *logs, struct source *s);
void source_notes(struct logs *logs, struct source *s);
void source_note(struct source *s, uint32_t block, struct state first, int64_t lines);
/* more lines of a block that was noted before */
void source_note_more(struct source *s, uint32_t block, struct state first, int64_t lines);
/* reads a pipe to its end */
bool source_drain(struct logs *logs, struct source *s, struct error *err);
/* A scan over the files [from, to) only. */
bool scan_open_files(struct logs *logs, const struct scan_request *request, size_t from, size_t to,
                     struct arena *run,
                     struct scan **out, struct error *err);
#endif
