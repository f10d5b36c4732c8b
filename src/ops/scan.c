/* scan: the rows of a log table. Its chunks come from input/; exec/pipeline.c opens it. */
#include "ops/ops_internal.h"

static void print(const struct plan_node *node, struct buf *out)
{
    const struct scan_data *d = node->data;
    buf_addf(out, "scan %.*s", STR_ARG(d->table));
}

static const struct op_run run = {0};

const struct op op_scan = {
    .name = "scan",
    .syntax = "TableName",
    .help = "Reads the rows of a log table.",
    .flags = OP_SOURCE | OP_HIDDEN,
    .print = print,
    .run = &run,
};
