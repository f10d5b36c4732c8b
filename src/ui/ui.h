/* The workbench: the only folder that knows ncurses.
 *
 *     struct ui_options o = {.theme = STR("dark")};
 *     hunt_start(h);
 *     if (!ui_run(h, &o, &err)) …
 *
 * ui_run() returns when the analyst quits, the terminal is gone, or the script has ended. The
 * terminal is put back as it was, whatever ends the program: SIGINT, SIGTERM, SIGHUP, memory used
 * up, a crash.
 *
 * Scripts (--script FILE) press keys without any terminal: the screen is drawn into memory only. A
 * script is read line by line; a line holds tokens separated by blanks:
 *
 *     t                  a character presses that key
 *     Down Enter Space   so does a name: Up Down Left Right PgUp PgDn Home End Enter Esc Tab
 * BackTab Space Backspace Delete Insert F1 … F12 Ctrl-A … Ctrl-Z Down*3             a key three
 * times
 *     "some text"        is typed, letter by letter; \" and \\ stand for " and \
 *     # words            a comment, when # is the first token of a line
 *
 * and commands, the first token of a line:
 *
 *     :wait              until nothing is being run and what is asked for has come (60 s at most)
 *     :wait-what-if      the same, and until the knobs know what turning them would do
 *     :size 80 24        columns and rows of the screen (120 × 40 at the start)
 *     :save-screen FILE  writes the screen as text; - is standard output
 *     :expect TEXT       ends the script with an error when TEXT is not on the screen
 *     :absent TEXT       … when it is
 *     :in VIEW           … when another view has the keys
 *     :quit              ends the script, as its last line does
 */
#ifndef UI_UI_H
#define UI_UI_H
#include "hunt/hunt.h"

struct bindings;
struct ui_options {
    struct str
        theme; /* --theme; empty: dark, or light where COLORFGBG says so; mono with NO_COLOR */
    struct str script;  /* --script; empty: the terminal */
    bool no_color;      /* the same as NO_COLOR in the environment */
    struct str keys;    /* --keys; empty: keys.yaml in the configuration folder, if there is one */
    bool plain;         /* lines of text and commands instead of a screen: see plain.c */
    bool mouse;         /* off by default: the terminal's own selection keeps working */
    bool no_clipboard;  /* never send OSC 52 */
    struct str case_file; /* --case: merged into what is known; empty: none */
    struct sweep *sweep; /* many rules: L lists them; NULL: there is one */
    bool list_first;    /* begin with that list */
    const struct bindings *bindings; /* of that file; ui_run reads it */
    /* out: the rule that was opened in the list; the caller opens it. Else empty */
    size_t script_at;   /* bytes of the script that are done */
    struct str next_rule;
};
bool ui_run(struct hunt *h, struct ui_options *o, struct error *err);
/* Names of the themes that --theme finds, sorted; for completion. */
size_t ui_themes(struct arena *a, struct str **names);
/* Every key of every view, as the help shows them: Keys, What it does, Where. Keys is empty in the
 * rows that say what a view is. */
struct table *ui_keys(struct arena *a);
#endif
