/* Keys as numbers: a code point, 1..26 for Ctrl-A..Ctrl-Z, or one of KEY_LIST. Names are read by
 * scripts and shown by the bottom bar and the help. */
#ifndef UI_KEYS_H
#define UI_KEYS_H
#include "base/str.h"

/* enumerator, name, short name for the bottom bar */
#define KEY_LIST(X)                        \
    X(K_UP, "Up", "Up")                    \
    X(K_DOWN, "Down", "Down")              \
    X(K_LEFT, "Left", "Left")              \
    X(K_RIGHT, "Right", "Right")           \
    X(K_PGUP, "PgUp", "PgUp")              \
    X(K_PGDN, "PgDn", "PgDn")              \
    X(K_HOME, "Home", "Home")              \
    X(K_END, "End", "End")                 \
    X(K_ENTER, "Enter", "Enter")           \
    X(K_ESC, "Esc", "Esc")                 \
    X(K_TAB, "Tab", "Tab")                 \
    X(K_BACKTAB, "BackTab", "Shift-Tab")   \
    X(K_BACKSPACE, "Backspace", "Bksp")    \
    X(K_DELETE, "Delete", "Del")           \
    X(K_INSERT, "Insert", "Ins")           \
    X(K_INTERRUPT, "Ctrl-C", "Ctrl-C")     \
    X(K_PASTE, "Paste", "Paste")           \
    X(K_PASTE_END, "PasteEnd", "PasteEnd") \
    X(K_F1, "F1", "F1")                    \
    X(K_F2, "F2", "F2")                    \
    X(K_F3, "F3", "F3")                    \
    X(K_F4, "F4", "F4")                    \
    X(K_F5, "F5", "F5")                    \
    X(K_F6, "F6", "F6")                    \
    X(K_F7, "F7", "F7")                    \
    X(K_F8, "F8", "F8")                    \
    X(K_F9, "F9", "F9")                    \
    X(K_F10, "F10", "F10")                 \
    X(K_F11, "F11", "F11")                 \
    X(K_F12, "F12", "F12")
enum {
    K_NONE = 0,
    K_FIRST = 0x110000,
#define X(key, name, brief) key,
    KEY_LIST(X)
#undef X
    K_LAST
};
#define K_CTRL(letter) ((letter) - 'A' + 1)

/* "Down", "Ctrl-U", "x": K_NONE when it is no key. */
int key_by_name(struct str name);
/* For the bar and the help. out has at least 16 bytes. */
size_t key_text(int key, char *out);
#endif
