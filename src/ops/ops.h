/* The operators: one file each, with its row, and one word in ops_rows[] (ops.c). A row parses,
 * binds, prints and runs (kql/kql.h struct op, exec/exec.h struct op_run). */
#ifndef OPS_OPS_H
#define OPS_OPS_H
#include "exec/exec.h"

extern const struct op *const ops_rows[]; /* NULL-terminated */
extern const struct op op_scan;           /* reads a log table */
#endif
