/* What the analyst thinks of findings: verdict, mark, note, tags. Tied to a finding's identity
 * (view->ids), so it outlives re-tuning, re-loading and moved files; saved by itself.
 *
 * The file is a journal of events, a line each; the newest event of a finding's field holds:
 *
 *     harrier triage 1
 *     rule<TAB>8a7cf3a2-…<TAB>Suspect Mailbox Export on IIS/OWA
 *     2026-11-24T08:05:20.0000000Z<TAB>anna<TAB>1f9a3c77e0d1b2a4<TAB>verdict<TAB>true
 *
 * fields: finding (what it is, for people), verdict (open true false benign), mark (0 1), note,
 * tags (words). Values are UTF-8; \t \n \\ \xNN stand for what may not stand in a line. A case file
 * is the same text without what is outdated, so that merging is reading one more journal: by time,
 * not by the order of reading. */
#ifndef HUNT_TRIAGE_H
#define HUNT_TRIAGE_H
#include "base/error.h"

/* enumerator, word in files, letter, words on screen */
#define VERDICT_LIST(X)                                                                            \
    X(VERDICT_OPEN, "open", '.', "open")                                                           \
    X(VERDICT_TRUE, "true", 'T', "true positive")                                                  \
    X(VERDICT_FALSE, "false", 'F', "false positive")                                               \
    X(VERDICT_BENIGN, "benign", 'B', "benign")
enum verdict {
#define X(verdict, word, letter, words) verdict,
    VERDICT_LIST(X)
#undef X
    VERDICTS
};
char verdict_letter(enum verdict v);
const char *verdict_words(enum verdict v);

/* enumerator, word in files */
#define TRIAGE_FIELD_LIST(X)                                                                       \
    X(TRIAGE_FINDING, "finding")                                                                   \
    X(TRIAGE_VERDICT, "verdict")                                                                   \
    X(TRIAGE_MARK, "mark")                                                                         \
    X(TRIAGE_NOTE, "note")                                                                         \
    X(TRIAGE_TAGS, "tags")
enum triage_field {
#define X(field, word) field,
    TRIAGE_FIELD_LIST(X)
#undef X
    TRIAGE_FIELDS
};

struct triage_entry {
    uint64_t id;
    enum verdict verdict;
    bool marked;
    struct str note, tags;         /* tags: words with one blank between them, sorted */
    struct str label;              /* what the finding is, for people who read the file */
    int64_t stamps[TRIAGE_FIELDS]; /* of the event each field is from; 0: never set */
    struct str authors[TRIAGE_FIELDS];
};

#define TRIAGE_LONGEST 4096 /* bytes of a value */
#define TRIAGE_MOST_BYTES ((size_t)256 << 20)

struct rule;
struct triage;
/* The triage of a rule: $XDG_STATE_HOME/harrier/<rule id>.triage. A file that cannot be read is
 * left alone: the triage is empty, *err says why, and nothing is saved. Never NULL. */
struct triage *triage_open(const struct rule *rule, struct error *err);
/* The same with a file of one's own; STR_NONE: in memory only. */
struct triage *triage_open_file(struct str path, struct str rule_id, struct str rule_name,
                                struct error *err);
void triage_close(struct triage *t);
struct str triage_author(const struct triage *t);
struct str triage_path(const struct triage *t); /* STR_NONE: in memory only */
bool triage_saves(const struct triage *t);      /* false: changes will be lost */

const struct triage_entry *triage_of(const struct triage *t, uint64_t id); /* NULL: nothing known */
size_t triage_count(const struct triage *t);
const struct triage_entry *triage_entry_row(const struct triage *t, size_t i); /* as they came */

/* One thing that the analyst did, and can undo: triage_begin, changes, triage_commit, which saves.
 * False: it holds for now but could not be saved; the next commit tries again. `what` names it. */
void triage_begin(struct triage *t, struct str what);
void triage_label(struct triage *t, uint64_t id, struct str label); /* kept if none is known */
void triage_verdict(struct triage *t, uint64_t id, enum verdict v);
void triage_mark(struct triage *t, uint64_t id, bool on);
void triage_note(struct triage *t, uint64_t id, struct str note);
void triage_tags(struct triage *t, uint64_t id, struct str words); /* blanks or commas between */
bool triage_commit(struct triage *t, struct error *err);
bool triage_can_undo(const struct triage *t);
/* Takes back what was done last; *what is its name, valid until the next call. */
bool triage_undo(struct triage *t, struct str *what, struct error *err);

/* The case file: everything that is known, as one text. */
void triage_case(const struct triage *t, struct buf *out);
/* Reads another's case file or journal: newer events win. *changed: findings that changed here. */
bool triage_merge(struct triage *t, struct str path, size_t *changed, struct error *err);
#endif
