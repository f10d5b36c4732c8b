/* What make-series has bound (make_series.c) and what runs of it (make_series_run.c). */
#ifndef OPS_MAKE_SERIES_H
#define OPS_MAKE_SERIES_H
#include "ops/ops_internal.h"

struct series_data {
    struct expr **defaults; /* by series; NULL: zero */
    struct expr *from, *to, *step;
    size_t n_keys, n_series;
    enum type *key_types;
    bool nonempty;
    bool in_range;
};

extern const struct op_run make_series_run;
#endif
