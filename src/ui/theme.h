/* Themes: what each role looks like. One YAML file a theme:
 *
 *     help: For dark backgrounds
 *     roles:
 *       dim: dim
 *       selected: black on cyan
 *       warn: { "16": yellow bold, "256": 214 bold, rgb: "#ffaf00 bold" }
 *
 * A look is `[colour] [on colour] [bold] [dim] [reverse] [underline] [italic]`. Colours are
 * default, the eight names, bright- and one of them, a number of the 256, or #rrggbb. A plain
 * scalar holds at any depth; with a map the best that the terminal announces is taken. A role that
 * is not named looks like text, and so does the colour or background that a role does not name.
 * Without colours a background becomes reverse. */
#ifndef UI_THEME_H
#define UI_THEME_H
#include "base/error.h"
#include "ui/canvas.h"

enum depth { DEPTH_MONO, DEPTH_16, DEPTH_256, DEPTH_RGB };

struct look {
    int foreground, background; /* -1: default; 0..255; 0x1000000 + rrggbb */
    unsigned attributes;        /* LOOK_… */
};
enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8, LOOK_ITALIC = 16 };
#define LOOK_RGB 0x1000000

struct theme {
    struct look roles[ROLES];
};
/* By name (./themes, the user's config folder, HARRIER_DATA/themes) or path. */
bool theme_load(struct arena *a, struct str name, enum depth depth, struct theme *out,
                struct error *err);
bool theme_parse(struct arena *a, struct str file, struct str text, enum depth depth,
                 struct theme *out, struct error *err);
bool look_parse(struct str words, struct look *out,
                struct str *bad); /* false: *bad is the word not understood */
size_t theme_list(struct arena *a, struct str **names);
/* The theme used when none is found: attributes only. */
void theme_plain(struct theme *out);
/* Of this terminal, once ncurses runs. */
enum depth theme_depth(void);
/* Gives every role its ncurses pair; attrs[role] and pairs[role] are what to draw with. */
void theme_apply(const struct theme *t, enum depth depth, unsigned long attrs[ROLES],
                 int pairs[ROLES]);
#endif
