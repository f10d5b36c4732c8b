/* Whole small files in, and files out that are never half-written. Only input/ opens logs. */
#ifndef BASE_FILE_H
#define BASE_FILE_H
#include "base/error.h"

bool file_read(struct arena *a, struct str path, size_t limit, struct str *text, struct error *err);
/* The same for what steers the program, in the user's own folders: refused when it belongs to
 * somebody else (root may), or when group or others may write it. */
bool file_read_own(struct arena *a, struct str path, size_t limit, struct str *text,
                   struct error *err);

/* Writes to a temporary name beside the target, mode 0600, and renames it on commit (fsync first).
 * "-" is standard output. Any write error is remembered and reported by commit; abandon or a failed
 * commit leaves no file behind and an old file as it was. */
struct file_out;
bool file_out_open(struct arena *a, struct str path, struct file_out **out, struct error *err);
void file_out_write(struct file_out *out, struct str bytes);
bool file_out_commit(struct file_out *out, struct error *err);
void file_out_abandon(struct file_out *out);

/* The whole of it in one step. */
bool file_write(struct str path, struct str bytes, struct error *err);

/* Keeps other programs that ask the same out of the file's folder, from reading a file until what
 * was changed in it has been written. Waits two seconds at most; -1: it could not be had. */
int file_hold(struct str path);
void file_let_go(int held); /* -1 is allowed */

struct str path_join(struct arena *a, struct str folder, struct str name);
struct str path_base(struct str path); /* after the last slash */
/* $XDG_CONFIG_HOME, _DATA_HOME, _STATE_HOME with /harrier, by their defaults where unset; kind is
 * "config", "data" or "state". Made (0700) when `make`. STR_NONE when there is no home. */
struct str path_xdg(struct arena *a, const char *kind, bool make);
bool path_exists(struct arena *a, struct str path);
#endif
