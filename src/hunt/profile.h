/* Profiles: knob settings by name, kept apart from the rule:
 *
 *     harrier profiles 1
 *     rule<TAB>8a7cf3a2-…
 *     profile quiet site
 *     set Access <==1
 *     off 5
 *
 * in $XDG_STATE_HOME/harrier/<rule id>.profiles, read strictly, written whole. Included by hunt.h.
 */
#ifndef HUNT_PROFILE_H
#define HUNT_PROFILE_H
#include "base/error.h"

struct hunt;
struct hunt_setting;
/* What is not as published now, as settings of the command line would make it; in `a`. */
size_t hunt_settings(struct hunt *h, struct arena *a, struct hunt_setting **out);
/* All knobs as published, and then these. What the rule has no longer is left out: false, and err
 * names the first of them. */
bool hunt_apply(struct hunt *h, const struct hunt_setting *settings, size_t n, struct error *err);
/* "set Access <==1": a line of the file. */
void setting_text(const struct hunt_setting *s, struct buf *out);

struct profile {
    struct str name;
    struct hunt_setting *settings;
    size_t n;
};
struct profiles;
/* Never NULL: a file that cannot be read is left alone, and nothing is saved. */
struct profiles *profiles_open(struct str path, struct str rule_id, struct error *err);
void profiles_close(struct profiles *p);
bool profiles_save(const struct profiles *p); /* false: changes will be lost */
size_t profiles_count(const struct profiles *p);
const struct profile *profile_row(const struct profiles *p, size_t i);
/* One of that name is replaced; what another program has written meanwhile joins the list.
 * Saved before it returns; false: it holds, but is not saved. */
bool profiles_put(struct profiles *p, struct str name, const struct hunt_setting *settings,
                  size_t n, struct error *err);
bool profiles_remove(struct profiles *p, size_t i, struct error *err);
#endif
