/* What the files of this folder tell each other. */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H
#include "table/table.h"

size_t shape_size(enum shape s); /* bytes of a cell */
#endif
