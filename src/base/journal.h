/* A text file that only grows by whole lines, shared by programs that run at the same time, and
 * whole after a crash at any moment: each append is one write under a lock, and a line that was cut
 * off by the end of a machine is dropped by the next append. Mode 0600; a file of somebody else, a
 * link or a device is refused. */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H
#include "base/error.h"

/* All whole lines; a file that is not there is empty. */
bool journal_read(struct arena *a, struct str path, size_t limit, struct str *text,
                  struct error *err);
/* `head`, whole lines, goes first when the file has fewer lines than it. The lines have reached the
 * disk when this returns. */
bool journal_append(struct str path, struct str head, struct str lines, struct error *err);
/* Puts `text` in place of the file, all or nothing, if it still has `size` bytes of whole lines:
 * when another program has written meanwhile, nothing is done and *done is false. */
bool journal_replace(struct str path, size_t size, struct str text, bool *done, struct error *err);
#endif
