/* The terminal: a canvas goes in, changed cells go out; keys and signals come back as keys. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H
#include "ui/keys.h"
#include "ui/theme.h"
#include "ui/ui.h"

struct screen;
/* Takes the terminal over. From here on any end of the program puts it back. */
bool screen_open(struct arena *a, const struct ui_options *o, struct screen **out,
                 struct error *err);
void screen_close(struct screen *s);
void screen_size(struct screen *s, int *rows, int *columns);
void screen_show(struct screen *s, const struct canvas *c);
void screen_redraw(struct screen *s); /* the next show sends everything */
/* Sleeps until a key, a signal, `fd`, or `milliseconds` have gone by (-1: no limit). True: fd is
 * readable. */
bool screen_sleep(struct screen *s, int fd, int milliseconds);
/* The next key that is waiting, K_NONE when none is. Ctrl-C comes as K_INTERRUPT however it was
 * sent. */
int screen_key(struct screen *s);
bool screen_resized(struct screen *s); /* since the last call */
bool screen_lost(
    const struct screen *s); /* asked to end by SIGTERM or SIGHUP, or the terminal is gone */
/* Text to the terminal's clipboard by OSC 52; made safe here. With `lines` (text of ours) line ends
 * stay. False: longer than CLIPBOARD_MOST, not sent. */
#define CLIPBOARD_MOST 74994
bool screen_copy(struct screen *s, struct str text, bool lines);
#endif
