/* Theme files become looks, looks become ncurses pairs. See theme.h. */
#include "ui/theme.h"

#include <curses.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "base/yaml.h"

/* ---- looks ----------------------------------------------------------------------------------- */

static const char *const colour_names[] = {"black", "red",     "green", "yellow",
                                           "blue",  "magenta", "cyan",  "white"};
static const struct {
    const char *name;
    unsigned bit;
    attr_t attr;
} attributes[] = {
    {"bold", LOOK_BOLD, A_BOLD},          {"dim", LOOK_DIM, A_DIM},
    {"reverse", LOOK_REVERSE, A_REVERSE}, {"underline", LOOK_UNDERLINE, A_UNDERLINE},
    {"italic", LOOK_ITALIC, A_ITALIC},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool parse_colour(struct str word, int *colour)
{
    int64_t n;
    if (str_is(word, "default")) {
        *colour = -1;
        return true;
    }
    if (word.n == 7 && word.p[0] == '#') {
        int value = 0;
        for (size_t i = 1; i < 7; i++) {
            char c = word.p[i];
            int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
            if (digit < 0)
                return false;
            value = value * 16 + digit;
        }
        *colour = LOOK_RGB + value;
        return true;
    }
    if (str_to_int64(word, &n) && n >= 0 && n < 256) {
        *colour = (int)n;
        return true;
    }
    int bright = 0;
    if (str_starts(word, STR("bright-"))) {
        bright = 8;
        word = str_sub(word, 7, word.n);
    }
    for (size_t i = 0; i < COUNT(colour_names); i++)
        if (str_is(word, colour_names[i])) {
            *colour = (int)i + bright;
            return true;
        }
    return false;
}

bool look_parse(struct str words, struct look *out, struct str *bad)
{
    *out = (struct look){-1, -1, 0};
    bool background = false;
    while (words.n) {
        struct str word = str_trim(str_cut(&words, ' '));
        bool known = word.n == 0;
        if (str_is(word, "on")) {
            background = known = true;
            continue;
        }
        for (size_t i = 0; i < COUNT(attributes) && !known; i++)
            if (str_is(word, attributes[i].name)) {
                out->attributes |= attributes[i].bit;
                known = true;
            }
        if (!known && !parse_colour(word, background ? &out->background : &out->foreground)) {
            *bad = word;
            return false;
        }
    }
    return true;
}

/* ---- files ----------------------------------------------------------------------------------- */

static const struct yaml *best_for(const struct yaml *role, enum depth depth)
{
    static const char *const keys[] = {"16", "256", "rgb"};
    if (role->kind != YAML_MAP)
        return role;
    for (int i = depth == DEPTH_RGB ? 2 : depth == DEPTH_256 ? 1 : 0; i >= 0; i--) {
        const struct yaml *found = yaml_get(role, keys[i]);
        if (found)
            return found;
    }
    return NULL;
}

static bool read_role(const struct source_text *source, const struct yaml *node, enum depth depth,
                      struct theme *out, struct error *err)
{
    struct span place = {node->start, node->end};
    enum role role = 0;
    while (role < ROLES && !str_is(node->key, role_name(role)))
        role++;
    if (role == ROLES) {
        struct nearest near;
        nearest_init(&near, node->key);
        for (enum role r = 0; r < ROLES; r++)
            nearest_offer(&near, str_of(role_name(r)));
        struct str best = nearest_found(&near);
        return error_at(err, source, place, "unknown role '%.*s'%s%.*s%s", STR_ARG(node->key),
                        best.n ? "; did you mean '" : "", STR_ARG(best), best.n ? "'?" : "");
    }
    const struct yaml *words = best_for(node, depth);
    struct str bad = STR_NONE;
    if (!words)
        return true;
    if (words->kind != YAML_SCALAR)
        return error_at(err, source, place, "a look is one line of words");
    if (!look_parse(words->text, &out->roles[role], &bad))
        return error_at(err, source, (struct span){words->start, words->end},
                        "'%.*s' is no colour and no attribute", STR_ARG(bad));
    return true;
}

/* What is not said of a role is as it is for text. Without colours a background is reverse, so that
 * what is selected is seen. */
static void settle(struct theme *out, enum depth depth)
{
    const struct look text = out->roles[ROLE_TEXT];
    for (enum role r = 0; r < ROLES; r++) {
        struct look *look = &out->roles[r];
        if (depth == DEPTH_MONO) {
            if (look->background >= 0 && r != ROLE_TEXT && !(look->attributes & LOOK_UNDERLINE))
                look->attributes |= LOOK_REVERSE;
            look->foreground = look->background = -1;
        } else {
            if (look->foreground < 0)
                look->foreground = text.foreground;
            if (look->background < 0)
                look->background = text.background;
        }
    }
}

bool theme_parse(struct arena *a, struct str file, struct str text, enum depth depth,
                 struct theme *out, struct error *err)
{
    struct yaml *root;
    struct source_text source = {.name = file, .text = text, .first_line = 1};
    theme_plain(out);
    if (!yaml_parse(a, file, text, &root, err))
        return false;
    const struct yaml *roles = root->kind == YAML_MAP ? yaml_get(root, "roles") : NULL;
    if (!roles || roles->kind != YAML_MAP)
        return error_at(err, &source, (struct span){root->start, root->end},
                        "a theme has a map named 'roles'");
    for (const struct yaml *node = roles->first; node; node = node->next)
        if (!read_role(&source, node, depth, out, err))
            return false;
    settle(out, depth);
    return true;
}

/* themes/ beside build/, so that a program that was built but not installed finds it from anywhere.
 */
static struct str built_folder(struct arena *a)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || n == (ssize_t)sizeof path)
        return STR_NONE;
    struct str folder = {path, (size_t)n};
    for (int up = 0; up < 2 && folder.n; up++)
        folder.n = str_find_last_byte(folder, '/') < folder.n ? str_find_last_byte(folder, '/') : 0;
    return folder.n ? path_join(a, str_dup(a, folder), STR("themes")) : STR_NONE;
}

/* The folders that are looked through, in order. */
static size_t theme_folders(struct arena *a, struct str folders[4])
{
    size_t n = 0;
    folders[n++] = STR("themes");
    struct str config = path_xdg(a, "config", false);
    if (config.n)
        folders[n++] = path_join(a, config, STR("themes"));
    struct str built = built_folder(a);
    if (built.n)
        folders[n++] = built;
    folders[n++] = STR(HARRIER_DATA "/themes");
    return n;
}

bool theme_load(struct arena *a, struct str name, enum depth depth, struct theme *out,
                struct error *err)
{
    struct str path = name, text, folders[4];
    if (str_find_byte(name, '/') == name.n && !str_ends(name, STR(".yaml"))) {
        size_t n = theme_folders(a, folders), i = 0;
        for (; i < n; i++) {
            path = path_join(a, folders[i], str_fmt(a, "%.*s.yaml", STR_ARG(name)));
            if (path_exists(a, path))
                break;
        }
        if (i == n) {
            struct str *names;
            struct nearest near;
            nearest_init(&near, name);
            size_t known = theme_list(a, &names);
            for (i = 0; i < known; i++)
                nearest_offer(&near, names[i]);
            struct str best = nearest_found(&near);
            return error_set(
                err, "no theme '%.*s' in ./themes, the configuration folder or %s/themes%s%.*s%s",
                STR_ARG(name), HARRIER_DATA, best.n ? "; did you mean '" : "", STR_ARG(best),
                best.n ? "'?" : "");
        }
    }
    struct str config = path_xdg(a, "config", false);
    bool own = config.n && str_starts(path, config);
    return (own ? file_read_own : file_read)(a, path, 1 << 20, &text, err) &&
           theme_parse(a, path, text, depth, out, err);
}

static int by_text(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

size_t theme_list(struct arena *a, struct str **names)
{
    VEC(struct str) found = {0};
    struct str folders[4];
    size_t n = theme_folders(a, folders);
    for (size_t i = 0; i < n; i++) {
        DIR *folder = opendir(str_z(a, folders[i]));
        if (!folder)
            continue;
        for (struct dirent *e; (e = readdir(folder));) {
            struct str name = str_of(e->d_name);
            if (str_ends(name, STR(".yaml")))
                vec_push(a, &found, str_dup(a, str_sub(name, 0, name.n - 5)));
        }
        closedir(folder);
    }
    if (found.n)
        qsort(found.items, found.n, sizeof *found.items, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < found.n; i++)
        if (!kept || !str_eq(found.items[kept - 1], found.items[i]))
            found.items[kept++] = found.items[i];
    *names = found.items;
    return kept;
}

void theme_plain(struct theme *out)
{
    static const unsigned plain[ROLES] = {
        [ROLE_DIM] = LOOK_DIM,           [ROLE_TITLE] = LOOK_BOLD,
        [ROLE_HEAD] = LOOK_UNDERLINE,    [ROLE_HEAD_CURRENT] = LOOK_UNDERLINE | LOOK_BOLD,
        [ROLE_KEY] = LOOK_BOLD,          [ROLE_SELECTED] = LOOK_REVERSE,
        [ROLE_SELECTED_IDLE] = LOOK_UNDERLINE, [ROLE_MARK] = LOOK_BOLD,
        [ROLE_WARN] = LOOK_BOLD,         [ROLE_ERROR] = LOOK_BOLD | LOOK_REVERSE,
        [ROLE_BAD] = LOOK_BOLD,          [ROLE_CHANGED] = LOOK_BOLD,
        [ROLE_OFF] = LOOK_DIM,           [ROLE_ESCAPE] = LOOK_REVERSE,
        [ROLE_MATCH] = LOOK_UNDERLINE,   [ROLE_PLUS] = LOOK_BOLD,
    };
    for (enum role r = 0; r < ROLES; r++)
        out->roles[r] = (struct look){-1, -1, plain[r]};
}

/* ---- ncurses --------------------------------------------------------------------------------- */

enum depth theme_depth(void)
{
    if (!has_colors() || COLORS < 8)
        return DEPTH_MONO;
    if (tigetflag("RGB") > 0 && COLORS >= 1 << 24)
        return DEPTH_RGB;
    return COLORS >= 256 ? DEPTH_256 : DEPTH_16;
}

/* The colour's number for ncurses; with eight colours a bright one is the plain one in bold. */
static int colour_number(int colour, attr_t *attrs)
{
    if (colour >= LOOK_RGB)
        return COLORS >= 1 << 24 ? colour - LOOK_RGB : -1;
    if (colour >= 8 && colour < 16 && COLORS < 16) {
        *attrs |= A_BOLD;
        return colour - 8;
    }
    return colour < COLORS ? colour : -1;
}

void theme_apply(const struct theme *t, enum depth depth, unsigned long attrs[ROLES],
                 int pairs[ROLES])
{
    for (enum role r = 0; r < ROLES; r++) {
        const struct look *look = &t->roles[r];
        attr_t attr = A_NORMAL, ignored = 0;
        for (size_t i = 0; i < COUNT(attributes); i++)
            if (look->attributes & attributes[i].bit)
                attr |= attributes[i].attr;
        pairs[r] = 0;
        if (depth != DEPTH_MONO && (look->foreground >= 0 || look->background >= 0)) {
            pairs[r] = (int)r + 1;
            init_extended_pair(pairs[r], colour_number(look->foreground, &attr),
                               colour_number(look->background, &ignored));
        }
        attrs[r] = attr;
    }
}
