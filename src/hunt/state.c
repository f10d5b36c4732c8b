/* Where what the analyst knows of a rule is kept: a file a kind, by the rule's id. */
#include "hunt/hunt.h"

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == '-' || c == '_'))
            return false;
    }
    return s.n > 0 && s.n <= 64;
}

struct str rule_key(struct arena *a, const struct rule *r)
{
    /* a rule without an id, or a query, is known by its text */
    struct str id =
        r->id.n ? r->id : str_fmt(a, "query-%016llx", (unsigned long long)str_hash(r->query.text));
    /* an id that is no file's name, by its hash */
    return is_plain(id) ? id : str_fmt(a, "rule-%016llx", (unsigned long long)str_hash(id));
}

struct str state_path(struct arena *a, struct str key, const char *ending)
{
    struct str folder = path_xdg(a, "state", true);
    /* a folder that cannot be made is none: that is said before something is lost */
    return folder.n && path_exists(a, folder)
               ? path_join(a, folder, str_fmt(a, "%.*s%s", STR_ARG(key), ending))
               : STR_NONE;
}
