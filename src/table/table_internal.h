/* What the files of this folder tell each other. */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H
#include "table/table.h"

/* Unlike its address, a dictionary's number is never used twice in a process: what was remembered of a
 * dictionary that died cannot be taken for the one that lies there now. */
uint64_t dict_id(const struct dict *d);

size_t shape_size(enum shape s); /* bytes of a cell */
#endif
