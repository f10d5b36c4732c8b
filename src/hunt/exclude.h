/* Exclusions: what the analyst knows to be harmless, kept apart from the rule.
 *
 * One exclusion is a line of text; all its parts must hold of a log row (AND), several exclusions
 * stand beside each other (OR), values of one part are divided by | :
 *
 *     name="Scheduled backup job" ip=10.0.0.5|10.0.9.0/24 hours=01:00-04:30 agent="Veeam *"
 *         reason="ticket 4711" author=anna until=2027-01-31
 *
 * A value of ? is still to be filled in, and until then the exclusion cannot be switched on. What
 * it hides is found by running the rule once more with `| where not(…)` after the table: findings
 * that are then no longer there are hidden, and no finding ever comes by it. */
#ifndef HUNT_EXCLUDE_H
#define HUNT_EXCLUDE_H
#include "base/error.h"
#include "base/instant.h"

enum exclusion_kind { EXCLUDE_TEXT, EXCLUDE_ADDRESS, EXCLUDE_HOURS, EXCLUDE_FROM, EXCLUDE_TO };
struct exclusion_field {
    const char *key;    /* ip */
    const char *column; /* cIP */
    enum exclusion_kind kind;
    bool client; /* the client sets it as it likes */
    const char *help;
};
const struct exclusion_field *exclusion_field_row(size_t i); /* NULL at the end */

struct exclusion_value {
    struct str text;
    bool open_start, open_end; /* * in front, behind */
    bool blank;                /* ? */
};
struct exclusion_term {
    size_t field;
    struct exclusion_value *values; /* one of these */
    size_t n;
};
#define EXCLUSION_TERMS 16
struct exclusion {
    struct str name, reason, author;
    struct exclusion_term terms[EXCLUSION_TERMS];
    size_t n_terms;
    int64_t until; /* instant from which it holds no longer; INT64_MAX: never */
    bool on;
    bool even_true; /* hides true positives too: said yes to once more */
    bool shipped;   /* as it came with the rule */
};

/* The line as above; what is pointed to lives in `a`. */
bool exclusion_parse(struct arena *a, struct str text, struct exclusion *out, struct error *err);
void exclusion_text(const struct exclusion *e, struct buf *out);
/* Only the parts that are compared, without name and reason. */
void exclusion_terms_text(const struct exclusion *e, struct buf *out);
/* One more part: `key` is a row's. Bytes as in the log. */
void exclusion_add(struct arena *a, struct exclusion *e, const char *key, struct str value);
void exclusion_kql(const struct exclusion *e, struct buf *out); /* not(…) */
const char *
exclusion_blank(const struct exclusion *e); /* key that is to be filled in; NULL: none */
bool exclusion_is_spoofable(const struct exclusion *e); /* every part is the client's to set */
bool exclusion_works(const struct exclusion *e, int64_t now); /* on, filled in, not expired */

/* ---- the list, with its file ----------------------------------------------------------------- */

struct exclusions;
/* $XDG_STATE_HOME/harrier/<rule id>.exclusions, and after it the scenarios that lie beside the rule
 * (<rule>.exclusions), off, whose names are not in it. Never NULL: a file that cannot be read is
 * left alone, *err says why, and nothing is saved. */
struct exclusions *exclusions_open(struct str state, struct str shipped, struct str rule_id,
                                   struct error *err);
void exclusions_close(struct exclusions *x);
bool exclusions_save(const struct exclusions *x); /* false: changes will be lost */
size_t exclusions_count(const struct exclusions *x);
const struct exclusion *exclusion_row(const struct exclusions *x, size_t i);
uint64_t exclusions_version(const struct exclusions *x); /* another after each change */
/* i: SIZE_MAX adds one at the end. What another program has written meanwhile stays, and joins the
 * list, so that rows may move. Saved before it returns; false: it holds, but is not saved. */
bool exclusions_put(struct exclusions *x, size_t i, const struct exclusion *e, struct error *err);
bool exclusions_remove(struct exclusions *x, size_t i, struct error *err);
#endif
