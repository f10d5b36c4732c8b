/* What triage.c (entries, undo, saving) and triage_text.c (the text form) share. */
#ifndef HUNT_TRIAGE_INTERNAL_H
#define HUNT_TRIAGE_INTERNAL_H
#include "base/vec.h"
#include "hunt/triage.h"

struct event {
    int64_t stamp;
    struct str author;
    uint64_t id;
    enum triage_field field;
    struct str value; /* verdict: its word; mark: 0 or 1 */
};

struct change { /* what undo puts back */
    uint64_t id;
    enum triage_field field;
    struct str value;
};
struct step {
    struct str what;
    VEC(struct change) changes;
};

struct triage {
    struct arena *arena;
    struct str path, rule_id, rule_name, author;
    bool refused;               /* the file could not be read: it is left as it is */
    VEC(struct triage_entry) entries;
    uint32_t *slots;            /* place in entries + 1, by id; 0: free */
    size_t slots_cap;
    VEC(struct step) steps;
    struct step step;           /* between begin and commit */
    struct buf unsaved;         /* lines that are not on disk yet */
    struct buf undone;          /* name of the last step taken back */
};

/* triage.c */
/* Newer than what is known: taken over, true. */
bool triage_apply(struct triage *t, const struct event *e);
struct str triage_value(const struct triage_entry *e, enum triage_field field);

/* triage_text.c */
void event_write(struct buf *out, const struct event *e);
void triage_head(const struct triage *t, struct buf *out);
/* Applies all events; *changed (may be NULL) counts ids; lines of those that changed something are
 * added to `lines` (may be NULL). Nothing is applied when the text is refused. */
bool triage_read(struct triage *t, struct str name, struct str text, size_t *changed,
                 struct buf *lines, struct error *err);
bool verdict_by_word(struct str word, enum verdict *out);
#endif
