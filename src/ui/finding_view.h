/* A finding's screen, shared by what stands behind it and its keys (pane_finding.c) and its drawing
 * (finding_draw.c). */
#ifndef UI_FINDING_VIEW_H
#define UI_FINDING_VIEW_H
#include "ui/ui_internal.h"

struct finding {
    uint64_t id;
    struct view *near;       /* of a near miss: a view of it alone; NULL: a finding */
    struct str with;         /* … with what it would come */
    struct table *row;       /* the finding itself: one row, a copy of our own */
    struct detail *detail;   /* NULL: on its way */
    struct witness *witness; /* NULL: there are no log rows yet */
    const struct evidence *evidence;
    bool unfolded;      /* accesses of one transfer each on a line of its own */
    bool asked_partial; /* asked while logs were still being read */
    enum finding_tab tab;
    struct grid grids[FINDING_TABS];
    struct arena *arena; /* of what is made from the detail */
    struct str facts;    /* the second line */
};

bool finding_ready(const struct finding *f);   /* the log rows have come */
bool finding_settled(const struct finding *f); /* … and all signs have been looked for */
void finding_draw(struct ui *ui, struct pane *p, struct area area, bool focused);
#endif
