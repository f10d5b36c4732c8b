/* What the filter's files share: a chip is a tree of terms; a term is columns and values, each
 * value read once into everything it can mean (text, number, time, duration, address). */
#ifndef HUNT_FILTER_INTERNAL_H
#define HUNT_FILTER_INTERNAL_H
#include "hunt/filter.h"
#include "simd/simd.h"

struct interval {
    bool has;
    int64_t low, high; /* both within; low > high: nothing */
};
struct real_interval {
    bool has;
    double low, high;
    bool low_open, high_open;
};
struct net_interval {
    bool has;
    uint8_t low[16], high[16]; /* IPv4 as ::ffff:a.b.c.d */
};
struct filter_value {
    struct str text;
    bool empty;        /* the empty cell */
    bool exact;        /* byte for byte */
    bool compares;     /* > < .. : no text fits */
    bool free;         /* a word without a column */
    bool quick;        /* the text is plain ASCII: the needle finds it */
    bool refold;       /* … but two letters outside ASCII fold into one of its own */
    struct needle needle;
    bool as_number, as_time; /* a free word that could stand in a number, in a time */
    struct str *parts; /* between the *s; NULL: there are none */
    size_t n_parts;
    struct interval whole, time, clock, span;
    struct real_interval real;
    struct net_interval net;
};
enum probe_part {
    PROBE_CELL,
    PROBE_WHOLE,     /* the cell is an extension: all of it must fit */
    PROBE_EXTENSION, /* of the file that the cell names */
    PROBE_MILLIS,    /* a number of ms: durations fit */
};
struct filter_probe {
    size_t field;
    enum probe_part part;
};
struct filter_term {
    struct filter_probe *probes;
    size_t n_probes;
    struct filter_value *values; /* one of these in one of the probes */
    size_t n_values;
};
enum filter_kind { FILTER_TERM, FILTER_AND, FILTER_OR, FILTER_NOT };
struct filter_node {
    enum filter_kind kind;
    struct filter_node *left, *right; /* NOT: left only */
    struct filter_term term;
};

enum filter_op { OP_HAS, OP_EQUAL, OP_OVER, OP_FROM, OP_UNDER, OP_UP_TO };
/* False: op needs a number, time or address and the text is none. */
bool filter_value_read(struct arena *a, struct str text, bool quoted, enum filter_op op,
                       struct filter_value *out);
/* The columns a name stands for. */
size_t filter_fields(struct arena *a, const struct filter_names *names, struct str name,
                     struct filter_probe **out);
struct str filter_nearest(const struct filter_names *names, struct str name);
/* Whether a column of that type can hold such a value. */
bool filter_fits(const struct filter_value *v, enum type type, enum probe_part part);
/* False: no cell of that type can hold the value, so none needs to be looked at. */
bool filter_may_hold(const struct filter_value *v, enum type type);
bool filter_address(struct str s, uint8_t out[16]);
/* An unsigned number of at most 18 digits. */
bool filter_digits(struct str s, int64_t *out);
#endif
