/* The timeline's view, shared by its keys (pane_timeline.c) and its drawing (timeline_draw.c). */
#ifndef UI_TIMELINE_PLOT_H
#define UI_TIMELINE_PLOT_H
#include "ui/ui_internal.h"

enum plot { PLOT_COUNT, PLOT_SIZE };

struct timelines {
    struct pane *under;       /* whose rows are shown; stays open as long as this */
    struct arena *arena, *bin_arena;
    struct timeline *timeline;
    struct timeline_bins bins;
    int bins_for;             /* columns the bins were made for; 0: none yet */
    enum plot plot;
    int64_t at;               /* the cursor's time: stays when the width changes */
    bool brushing;
    int64_t anchor;           /* where the brush began */
    int level;                /* rows from the bottom that sizes must reach; 0: any size */
    int rows;                 /* of the plot, drawn last */
};

size_t timeline_cursor(const struct timelines *t); /* the bin under the cursor */
/* The brushed bins, or the one under the cursor. */
void timeline_brushed(const struct timelines *t, size_t *from, size_t *to);
/* The size a line at that height stands for, two digits of it. */
int64_t timeline_size_at(const struct timelines *t, int level);
void timeline_draw(struct ui *ui, struct pane *p, struct area area, bool focused);
#endif
