/* The list of panes: a new view is a file with its row, and one word here. */
#include "ui/ui_internal.h"

static const struct pane_type *const panes[] = {
    &pane_findings, &pane_finding, &pane_line, &pane_knobs,
    &pane_funnel,   &pane_files,   &pane_bad,  &pane_rules,
    &pane_doctor,   &pane_story,   &pane_exclude, &pane_filters,
    &pane_frequency, &pane_timeline, &pane_profiles, &pane_near, &pane_help,
};

const struct pane_type *pane_type_row(size_t i)
{
    return i < COUNT(panes) ? panes[i] : NULL;
}
