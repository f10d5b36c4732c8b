/* The tables of a finding's tabs: which columns of the detail and of the evidence are shown, raw
 * lines with their place, the finding's own columns as rows. In: what is known of it so far; out:
 * loaded grids. */
#include "ui/ui_internal.h"

const char *const finding_tab_names[FINDING_TABS] = {
    [TAB_ACCESSES] = "Accesses",   [TAB_ADDRESSES] = "Addresses", [TAB_LINES] = "Raw lines",
    [TAB_SIGNS] = "Signs",         [TAB_FOLDER] = "Folder",       [TAB_USUAL] = "Usual?",
    [TAB_ELSEWHERE] = "Elsewhere", [TAB_FIELDS] = "Fields",
};

static struct str cell_text(const struct table *t, const char *name, size_t row)
{
    struct value v = ui_cell(t, name, row);
    return v.type == TYPE_STRING ? v.s : STR_NONE;
}

static const struct shown_column access_columns[] = {
    {"TimeGenerated", "Time", CELL_TIME, 0, 0}, {"cIP", "Client", CELL_TEXT, 0, 0},
    {"Gap", "Gap", CELL_DURATION, 0, 0},        {"csMethod", "Method", CELL_TEXT, 0, 0},
    {"scStatus", "Status", CELL_RIGHT, 0, 0},   {"TimeTaken", "Took", CELL_MILLIS, 0, 0},
    {"scBytes", "Bytes", CELL_BYTES, 0, 0},     {"csUserAgent", "Agent", CELL_TEXT, 0, 0},
    {"csReferer", "Referer", CELL_TEXT, 0, 0},  {"csUserName", "User", CELL_TEXT, 0, 0},
    {"csUriQuery", "Query", CELL_TEXT, 0, 0},   {"scWin32Status", "Win32", CELL_RIGHT, 0, 0},
    {"csHost", "Host", CELL_TEXT, 0, 0},        {"Computer", "Server", CELL_TEXT, 0, 0},
    {"File", "File", CELL_PATH, 0, 0},          {"Line", "Line", CELL_NUMBER, 0, 0},
};
static const struct shown_column transfer_columns[] = {
    {"TimeGenerated", "Time", CELL_TIME, 0, 0},  {"cIP", "Client", CELL_TEXT, 0, 0},
    {"Accesses", "Accesses", CELL_NUMBER, 0, 0}, {"How", "One transfer of", CELL_TEXT, 0, 0},
    {"Until", "Until", CELL_TIME, 0, 0},         {"csMethod", "Method", CELL_TEXT, 0, 0},
    {"Statuses", "Status", CELL_TEXT, 0, 0},     {"TimeTaken", "Took", CELL_MILLIS, 0, 0},
    {"scBytes", "Bytes", CELL_BYTES, 0, 0},      {"csUserAgent", "Agent", CELL_TEXT, 0, 0},
    {"csUriStem", "Path", CELL_PATH, 0, 0},      {"Computer", "Server", CELL_TEXT, 0, 0},
};
static const struct shown_column sign_columns[] = {
    {"Sign", "", CELL_TEXT, 1, 1},         {"What", "Sign", CELL_TEXT, 0, 0},
    {"Count", "Count", CELL_NUMBER, 0, 0}, {"Of", "Of", CELL_NUMBER, 0, 0},
    {"Reason", "Reason", CELL_TEXT, 0, 0},
};
static const struct shown_column usual_columns[] = {
    {"What", "", CELL_TEXT, 0, 0},
    {"Value", "Value", CELL_TEXT, 0, 0},
    {"Requests", "Requests", CELL_NUMBER, 0, 0},
    {"Addresses", "Addresses", CELL_NUMBER, 0, 0},
    {"First", "First", CELL_TIME, 0, 0},
    {"Last", "Last", CELL_TIME, 0, 0},
};
static const struct shown_column folder_columns[] = {
    {"csUriStem", "Path", CELL_PATH, 0, 0},
    {"Requests", "Requests", CELL_NUMBER, 0, 0},
    {"Addresses", "Addresses", CELL_NUMBER, 0, 0},
    {"First", "First", CELL_TIME, 0, 0},
    {"Last", "Last", CELL_TIME, 0, 0},
};
static const struct shown_column elsewhere_columns[] = {
    {"What", "Where", CELL_TEXT, 0, 0},
    {"Look", "Look for", CELL_TEXT, 0, 0},
};
static const struct shown_column address_columns[] = {
    {"cIP", "Address", CELL_TEXT, 0, 0},     {"Access", "Accesses", CELL_NUMBER, 0, 0},
    {"First", "First", CELL_TIME, 0, 0},     {"Last", "Last", CELL_TIME, 0, 0},
    {"Bytes", "Bytes", CELL_BYTES, 0, 0},    {"Statuses", "Statuses", CELL_TEXT, 0, 0},
    {"Agents", "Agents", CELL_NUMBER, 0, 0},
};
static const struct shown_column line_columns[] = {
    {"Where", "File:line", CELL_PATH, 20, 30},
    {"Raw", "Raw line", CELL_TEXT, 0, 0},
};
static const struct shown_column field_columns[] = {
    {"Field", "Field", CELL_TEXT, 0, 0},
    {"Type", "Type", CELL_TEXT, 0, 0},
    {"Value", "Value", CELL_TEXT, 0, 0},
};

static const struct table *lines_with_place(struct arena *a, const struct table *lines)
{
    static const struct field fields[] = {{STR("Where"), TYPE_STRING}, {STR("Raw"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    struct buf place = {0};
    for (size_t i = 0; i < lines->rows; i++) {
        buf_reset(&place);
        buf_add(&place, cell_text(lines, "File", i));
        buf_add_byte(&place, ':');
        text_count(&place, ui_cell(lines, "Line", i).i);
        builder_str(b, buf_str(&place));
        builder_str(b, cell_text(lines, "Raw", i));
    }
    buf_release(&place);
    return builder_finish(b);
}

/* The finding's columns as rows, with all elements of lists. */
static const struct table *fields_table(struct arena *a, const struct table *row, struct zone zone)
{
    static const struct field fields[] = {
        {STR("Field"), TYPE_STRING}, {STR("Type"), TYPE_STRING}, {STR("Value"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, COUNT(fields)};
    struct builder *b = builder_new(a, &schema);
    struct buf text = {0};
    for (size_t i = 0; i < row->schema.n; i++) {
        buf_reset(&text);
        text_whole(&text, column_value(row->columns[i], 0), zone);
        builder_str(b, row->schema.fields[i].name);
        builder_str(b, str_of(type_name(row->schema.fields[i].type)));
        builder_str(b, buf_str(&text));
    }
    buf_release(&text);
    return builder_finish(b);
}

#define LOAD(tab, table, columns) load_shown(&grids[tab], a, table, columns, COUNT(columns))

void finding_tables(struct grid *grids, struct arena *a, const struct table *row,
                    const struct detail *d, bool folded, const struct evidence *e)
{
    LOAD(TAB_FIELDS, fields_table(a, row, grids[TAB_FIELDS].zone), field_columns);
    if (!d)
        return;
    if (folded)
        LOAD(TAB_ACCESSES, d->transfers, transfer_columns);
    else
        LOAD(TAB_ACCESSES, d->accesses, access_columns);
    LOAD(TAB_ADDRESSES, d->addresses, address_columns);
    LOAD(TAB_LINES, lines_with_place(a, d->lines), line_columns);
    LOAD(TAB_SIGNS, e->signs, sign_columns);
    LOAD(TAB_ELSEWHERE, e->elsewhere, elsewhere_columns);
    if (e->usual)
        LOAD(TAB_USUAL, e->usual, usual_columns);
    if (e->folder)
        LOAD(TAB_FOLDER, e->folder, folder_columns);
}
