/* What the program writes about itself: the man page, the completions of bash and zsh, and lists of
 * names. All of it comes from the rows that parsing and the screen read: options.c, the exporters,
 * the keys of the workbench, the rules and themes that are found. */
#ifndef DOC_H
#define DOC_H
#include "base/error.h"
#include "base/str.h"

/* Words of --doc and --list, in order; NULL at the end. */
extern const char *const doc_kinds[], *const doc_lists[];
bool doc_write(struct arena *a, struct str kind, struct buf *out); /* false: no such kind */
bool doc_list(struct arena *a, struct str list, struct buf *out);  /* a line a name */
#endif
