/* What the writers share: a sink that hands its bytes on in large pieces. */
#ifndef EXPORT_EXPORT_INTERNAL_H
#define EXPORT_EXPORT_INTERNAL_H
#include "export/export.h"

extern const struct exporter csv_exporter, tsv_exporter, json_exporter, jsonl_exporter,
    table_exporter, markdown_exporter, timesketch_exporter, timesketch_jsonl_exporter;

struct sink {
    struct buf buf; /* bytes not yet handed on */
    void (*put)(void *ctx, struct str bytes);
    void *ctx;
};
static inline struct sink sink_of(void (*put)(void *ctx, struct str bytes), void *ctx)
{
    return (struct sink){.put = put, .ctx = ctx};
}
/* After each row: hands the bytes on when there are enough of them. */
void sink_row_end(struct sink *s);
/* Hands on the rest and gives the memory back. */
void sink_close(struct sink *s);
#endif
