/* The keys as the user has them. keys.yaml in the configuration folder says, view by view, what a
 * shipped key is to be instead: left the key of the help, right one key, a list, or none.
 *
 *     Findings:
 *       e: w
 *       Space: [m, Insert]
 *     a finding:
 *       v: V
 *     every table:
 *       "/": F4
 *     everywhere:
 *       "?": none
 *
 * Views are named as the help names them; `harrier --list keys` prints all of it. A key that is
 * taken in that view, a key that is on nothing there and a view that does not exist are errors,
 * with their place. Ctrl-C stays what it is. The dispatcher, the bars, the help and the hints all
 * ask bindings_keys(). */
#ifndef UI_BINDINGS_H
#define UI_BINDINGS_H
#include "base/error.h"

struct action;
struct pane_type;
struct bindings;
#define MOST_KEYS 8

/* `path` empty: keys.yaml of the configuration folder, where a missing file is no error. */
bool bindings_load(struct arena *a, struct str path, const struct bindings **out,
                   struct error *err);
bool bindings_parse(struct arena *a, struct str file, struct str text, const struct bindings **out,
                    struct error *err);
/* The keys of a row, K_NONE after the last. b may be NULL: as shipped. */
void bindings_keys(const struct bindings *b, const struct action *row, int keys[MOST_KEYS]);
/* Words of ours with shipped keys in braces, "{f} shows it", with the keys as they are bound in
 * that view, else in the first that has the key. In out. */
const char *bindings_hint(const struct bindings *b, const struct pane_type *type,
                          const char *words, char *out, size_t size);
#endif
