/* What an export was made of, written beside it as <file>.manifest.json: inputs with size and
 * SHA-256, rule and its hash, knobs, exclusions, zone, version, and the command that makes it
 * again. Included by hunt.h. */
#ifndef HUNT_MANIFEST_H
#define HUNT_MANIFEST_H
#include "base/error.h"

struct hunt;
struct view;
struct triage_entry;
enum manifest_writes { WRITES_NOTHING, WRITES_LINES, WRITES_SHEETS };
struct manifest_facts { /* what only the caller knows; copied */
    struct str path;    /* of the export */
    struct str format;  /* csv, case, log … */
    /* the export itself may be written here, too: raw lines, or a sheet a finding */
    enum manifest_writes writes;
    struct view *view;
    const uint32_t *rows;               /* of the view, that were chosen */
    const struct triage_entry *entries; /* by row; of WRITES_SHEETS */
    size_t n;
    size_t suppressed;            /* of the view, by exclusions */
    const struct str *exclusions; /* those in force, as text */
    const struct str *wheres;     /* the same as KQL */
    size_t n_exclusions;
    struct str zone; /* that times on the screen were shown in */
};
struct manifest;
/* On a thread of its own: the logs are read once more for their hashes. */
struct manifest *hunt_manifest(struct hunt *h, const struct manifest_facts *f);
bool manifest_done(const struct manifest *m);
struct str manifest_of(const struct manifest *m); /* the export's path */
bool manifest_failed(const struct manifest *m, struct error *err);
void manifest_wait(struct manifest *m); /* until it is written; then close it */
enum manifest_writes manifest_writes(const struct manifest *m);
struct str manifest_path(const struct manifest *m);
void manifest_close(struct manifest *m);
#endif
