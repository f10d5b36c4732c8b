/* The lines of truth on top: which rule, which data, what happened; a fourth only when something is
 * wrong, with the key that shows it. On a low screen only the first. */
#include "ui/ui_internal.h"

enum { ROOMY = 30 }; /* rows from which a blank line sets the header off */

static struct str bytes_text(struct ui *ui, int64_t n)
{
    struct buf text = {0};
    text_bytes(&text, n);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static struct str brief_text(struct ui *ui, int64_t n)
{
    struct buf text = {0};
    text_brief(&text, n);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static struct str zone_text(struct ui *ui)
{
    struct buf text = {0};
    text_zone(&text, ui->zone);
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static struct str joined(struct ui *ui, const struct str *texts, size_t n)
{
    struct buf text = {0};
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_add_z(&text, ", ");
        buf_add(&text, texts[i]);
    }
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

/* ---- which rule ------------------------------------------------------------------------------ */

static void draw_rule(struct ui *ui, int y)
{
    static const char *const absent[] = {[ABSENT_AUTO] = "- is \"\" in csUriQuery",
                                         [ABSENT_KEEP] = "- is kept",
                                         [ABSENT_EMPTY] = "- is \"\""};
    const struct rule *rule = hunt_rule(ui->hunt);
    struct piece pieces[] = {
        {rule->name.n ? rule->name : rule->path, ROLE_TITLE, 9, false, true},
        {STR("harrier"), ROLE_DIM, 1, true, false},
        {rule->severity, ROLE_TEXT, 5, false, false},
        {joined(ui, rule->tactics, rule->n_tactics), ROLE_TEXT, 4, false, false},
        {joined(ui, rule->techniques, rule->n_techniques), ROLE_TEXT, 6, false, false},
        {zone_text(ui), ROLE_TEXT, 8, false, false},
        {str_of(absent[logs_absent(hunt_logs(ui->hunt))]), ROLE_DIM, 3, false, false},
    };
    draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 3, pieces, COUNT(pieces));
}

/* ---- which data ------------------------------------------------------------------------------ */

static struct str loading_text(struct ui *ui, const struct exec_progress *p)
{
    int64_t done = p->scan.bytes, all = p->scan.bytes_total;
    double rate = p->seconds > 0.05 ? (double)done / p->seconds : 0;
    if (all <= 0)
        return ui_str(ui, "loading %.*s", STR_ARG(bytes_text(ui, done)));
    return ui_str(ui, "loading %.*s of %.*s   %d%%   %.*s/s   %.0f s left",
                  STR_ARG(bytes_text(ui, done)), STR_ARG(bytes_text(ui, all)),
                  (int)(done * 100 / all), STR_ARG(bytes_text(ui, (int64_t)rate)),
                  rate > 0 ? (double)(all - done) / rate : 0.0);
}

/* 2023-11-14 22:13Z to 11-15 08:30Z (10 h 17 min): what the second time shares with the first is
 * not said twice. */
static struct str span_text(struct ui *ui, const struct overview *s)
{
    struct buf first = {0}, last = {0}, text = {0};
    if (!s->timed)
        return STR_NONE;
    text_instant(&first, s->first, ui->zone);
    text_instant(&last, s->last, ui->zone);
    struct str from = buf_str(&first), to = buf_str(&last);
    struct str zone = str_sub(to, to.n - 1, to.n);
    size_t shared = 0;
    if (from.n == 20 && to.n == 20) { /* yyyy-mm-dd hh:mm:ssZ */
        shared = str_eq(str_sub(from, 0, 10), str_sub(to, 0, 10)) ? 11
                 : str_eq(str_sub(from, 0, 4), str_sub(to, 0, 4)) ? 5
                                                                  : 0;
        from.n = to.n = 16;
    }
    buf_addf(&text, "%.*s%.*s to %.*s%.*s", STR_ARG(from), STR_ARG(zone),
             STR_ARG(str_sub(to, shared, to.n)), STR_ARG(zone));
    if (ui->canvas.columns >= 100) {
        buf_add_z(&text, " (");
        text_duration(&text, s->last - s->first);
        buf_add_byte(&text, ')');
    }
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&first);
    buf_release(&last);
    buf_release(&text);
    return kept;
}

static struct str servers_text(struct ui *ui, const struct overview *s)
{
    if (s->n_servers == 1 && s->servers[0].name.n)
        return s->servers[0].name;
    return s->n_servers ? ui_str(ui, "%zu servers", s->n_servers) : STR_NONE;
}

static void draw_data(struct ui *ui, int y)
{
    const struct overview *survey = survey_seen(ui->survey);
    struct exec_progress p;
    size_t files = 0, read = 0;
    const struct log_file *list = logs_files(hunt_logs(ui->hunt), &files);
    for (size_t i = 0; i < files; i++)
        read += list[i].read;
    hunt_progress(ui->hunt, &p);
    if (hunt_loading(ui->hunt)) {
        struct piece pieces[] = {
            {loading_text(ui, &p), ROLE_TITLE, 9, false, false},
            {ui_str(ui, "%.*s lines", STR_ARG(ui_count(ui, p.scan.lines))), ROLE_TEXT, 3, false,
             false},
            {STR("Ctrl-C stops here"), ROLE_KEY, 5, true, false},
        };
        draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 3, pieces, COUNT(pieces));
        return;
    }
    const struct result *result = ui->view->result;
    const struct scan_stats *scan = result && result->scan.bytes ? &result->scan : &p.scan;
    struct piece pieces[] = {
        {bytes_text(ui, scan->bytes), ROLE_TEXT, 8, false, false},
        {ui_str(ui, "%.*s lines", STR_ARG(ui_count(ui, scan->lines))), ROLE_TEXT, 9, false, false},
        {scan->bad ? ui_str(ui, "%.*s bad", STR_ARG(ui_count(ui, scan->bad))) : STR_NONE, ROLE_WARN,
         7, false, false},
        {span_text(ui, survey), ROLE_TEXT, 8, false, false},
        {servers_text(ui, survey), ROLE_TEXT, 5, false, false},
        {ui_str(ui, "%zu file%s", read, read == 1 ? "" : "s"), ROLE_TEXT, 3, false, false},
        {files > read ? ui_str(ui, "%zu not read", files - read) : STR_NONE, ROLE_WARN, 7, false,
         false},
        {ui_str(ui, "%s in %.2f s", ui->view->reread ? "read" : "worked out", ui->view->seconds),
         ROLE_TEXT, 4, false, false},
        {hunt_kept_bytes(ui->hunt) > 0
             ? ui_str(ui, "%.*s kept", STR_ARG(bytes_text(ui, hunt_kept_bytes(ui->hunt))))
             : STR_NONE,
         ROLE_DIM, 2, false, false},
        {hunt_follows(ui->hunt) ? STR("following") : STR_NONE, ROLE_TITLE, 6, true, false},
        {hunt_busy(ui->hunt) ? STR("working") : STR_NONE, ROLE_TITLE, 7, true, false},
    };
    draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 3, pieces, COUNT(pieces));
}

/* ---- what happened --------------------------------------------------------------------------- */

static struct value cell(const struct table *t, size_t column, size_t row)
{
    return column_value(t->columns[column], row);
}

/* What a stage is about, in one word: the first column it names; summarize makes groups. */
static struct str stage_word(struct str text)
{
    struct str rest = text, first = str_cut(&rest, ' ');
    if (str_is(first, "//|") || str_is(first, "|"))
        first = str_cut(&rest, ' ');
    if (str_is(first, "summarize"))
        return STR("groups");
    if (!str_is(first, "where"))
        return first;
    struct str word = STR_NONE;
    for (size_t i = 0; i < rest.n;) {
        size_t from = i;
        while (i < rest.n &&
               ((rest.p[i] >= 'a' && rest.p[i] <= 'z') || (rest.p[i] >= 'A' && rest.p[i] <= 'Z') ||
                (rest.p[i] >= '0' && rest.p[i] <= '9') || rest.p[i] == '_'))
            i++;
        if (i > from && !(i < rest.n && rest.p[i] == '(') && !str_is(str_sub(rest, from, i), "not"))
            return str_sub(rest, from, i);
        if (i > from && !word.n)
            word = str_sub(rest, from, i);
        i += i == from;
    }
    return word.n ? word : STR("where");
}

/* The last stage that is on lets the findings through: its number would stand there twice. */
static size_t last_stage(const struct ui *ui)
{
    const struct table *t = ui->funnel;
    for (size_t i = t->rows; i-- > 0;)
        if (cell(t, 1, i).null || cell(t, 1, i).b)
            return cell(t, 3, i).i == (int64_t)ui->view->rows ? i : SIZE_MAX;
    return SIZE_MAX;
}

/* The funnel in one line. The first `bare` stages are not named: those lie furthest from the
 * findings. */
static struct str funnel_text(struct ui *ui, size_t bare)
{
    struct buf text = {0};
    const struct table *t = ui->funnel;
    size_t last = last_stage(ui), stages = ui->view->result ? t->rows : 0;
    struct str before = STR_NONE;
    for (size_t i = 0; i < stages; i++) {
        struct value number = cell(t, 0, i), on = cell(t, 1, i);
        if ((!on.null && !on.b) || i == last)
            continue;
        if (text.n)
            buf_add_z(&text, " > ");
        struct str word = number.null ? STR("lines") : stage_word(cell(t, 5, i).s);
        if ((i > bare && !str_eq(word, before)) || number.null || str_is(word, "groups"))
            buf_addf(&text, "%.*s ", STR_ARG(word));
        before = word;
        buf_add(&text, brief_text(ui, cell(t, number.null ? 2 : 3, i).i));
    }
    if (text.n)
        buf_add_z(&text, " > ");
    buf_addf(&text, "findings %s%.*s", ui->view->partial || !ui->view->result ? "~" : "",
             STR_ARG(ui_count(ui, (int64_t)ui->view->rows)));
    struct str kept = str_dup(ui->canvas.frame, buf_str(&text));
    buf_release(&text);
    return kept;
}

static void draw_funnel_line(struct ui *ui, int y)
{
    int width = ui->canvas.columns - 2;
    struct str text = funnel_text(ui, 0);
    for (size_t bare = 1; (int)text.n > width && bare <= ui->funnel->rows; bare++)
        text = funnel_text(ui, bare);
    canvas_text(&ui->canvas, y, 1, width, text, ROLE_TEXT);
}

/* ---- what is wrong --------------------------------------------------------------------------- */

/* The stage after which nothing was left, 0: none. */
static int64_t emptied_by(const struct ui *ui)
{
    const struct table *t = ui->funnel;
    for (size_t i = 0; i < t->rows; i++) {
        struct value on = cell(t, 1, i);
        if ((on.null || on.b) && !cell(t, 0, i).null && cell(t, 2, i).i > 0 && cell(t, 3, i).i == 0)
            return cell(t, 0, i).i;
    }
    return 0;
}

static struct str first_line(struct ui *ui, const struct error *err)
{
    struct buf text = {0};
    error_text(err, &text);
    struct str all = buf_str(&text), line = str_cut(&all, '\n');
    line = str_dup(ui->canvas.frame, line);
    buf_release(&text);
    return line;
}

static struct str doctors_word(struct ui *ui, const char **key)
{
    const struct overview *survey = survey_seen(ui->survey);
    if (!survey->n_wrong || ui->nested)
        return STR_NONE;
    *key = "{D} doctor";
    struct str text = survey->spots[0].text;
    return survey->n_wrong == 1 ? text
                                : ui_str(ui, "%.*s; %zu more", STR_ARG(text), survey->n_wrong - 1);
}

static struct str wrong(struct ui *ui, const char **key)
{
    const struct view *v = ui->view;
    *key = "";
    if (v->failed)
        return first_line(ui, &v->error);
    if (hunt_loading(ui->hunt)) /* what is shown is not final; what the doctor found is */
        return doctors_word(ui, key);
    size_t files;
    logs_files(hunt_logs(ui->hunt), &files);
    if (v->cancelled) {
        *key = "{R} reads again";
        return v->result
                   ? STR("loading was stopped: these findings are of what was read until then")
                   : STR("loading was stopped before there was a finding");
    }
    if (v->result && !v->rows && hunt_query(ui->hunt)->n_scans) {
        int64_t stage = emptied_by(ui);
        *key = v->result->scan.lines ? "{f} funnel" : "{i} files";
        if (!v->result->scan.lines)
            return files ? STR("no line could be read from these files") : STR("no log was given");
        if (!v->result->scan.rows)
            return STR("no findings: no line holds what the rule's stages ask for");
        return stage ? ui_str(ui, "no findings: stage %lld let nothing through", (long long)stage)
                     : STR("no findings");
    }
    if (v->result && v->result->regex_limits) {
        return ui_str(ui, "a regular expression struck its limits on %.*s rows",
                      STR_ARG(ui_count(ui, v->result->regex_limits)));
    }
    if (v->result && v->result->scan.bad * 20 > v->result->scan.lines) {
        *key = "{b} bad lines";
        return ui_str(ui, "%.*s of %.*s lines could not be read",
                      STR_ARG(ui_count(ui, v->result->scan.bad)),
                      STR_ARG(ui_count(ui, v->result->scan.lines)));
    }
    if (v->result && !hunt_keeps(ui->hunt) && hunt_query(ui->hunt)->keep)
        return STR("too many rows to keep in memory: each change of a knob reads the logs again");
    struct str word = doctors_word(ui, key);
    if (word.n)
        return word;
    if (hunt_query(ui->hunt)->n_notes)
        return hunt_query(ui->hunt)->notes[0];
    return STR_NONE;
}

static int draw_wrong(struct ui *ui, int y)
{
    const char *key;
    struct str text = wrong(ui, &key);
    if (!text.n)
        return 0;
    key = ui_words(ui, key);
    struct piece pieces[] = {
        {STR("!"), ROLE_WARN, 9, false, false},
        {text, ROLE_WARN, 8, false, true},
        {str_of(key), ROLE_KEY, 7, true, false},
    };
    draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 1, pieces, COUNT(pieces));
    return 1;
}

/* The one line of a low screen: what a knob does must be seen there too. */
static void draw_low(struct ui *ui, int y)
{
    const struct rule *rule = hunt_rule(ui->hunt);
    struct str count = ui_count(ui, (int64_t)ui->view->rows);
    struct piece pieces[] = {
        {rule->name.n ? rule->name : rule->path, ROLE_TITLE, 5, false, true},
        {ui_str(ui, "%s%.*s findings", ui->view->partial ? "~" : "", STR_ARG(count)), ROLE_TITLE, 9,
         true, false},
        {zone_text(ui), ROLE_TEXT, 3, false, false},
    };
    draw_pieces(&ui->canvas, y, 1, ui->canvas.columns - 2, 2, pieces, COUNT(pieces));
}

/* Over the list of rules: no single rule is what is looked at. */
static int draw_rules_header(struct ui *ui)
{
    size_t n;
    logs_files(hunt_logs(ui->hunt), &n);
    struct piece pieces[] = {
        {STR("Many rules, one set of logs"), ROLE_TITLE, 9, false, true},
        {ui_str(ui, "%.*s file%s", STR_ARG(ui_count(ui, (int64_t)n)), n == 1 ? "" : "s"), ROLE_TEXT,
         8, false, false},
        {bytes_text(ui, logs_bytes(hunt_logs(ui->hunt))), ROLE_TEXT, 7, false, false},
        {STR("harrier"), ROLE_DIM, 1, true, false},
        {zone_text(ui), ROLE_TEXT, 6, false, false},
    };
    draw_pieces(&ui->canvas, 0, 1, ui->canvas.columns - 2, 3, pieces, COUNT(pieces));
    return 1;
}

int draw_header(struct ui *ui)
{
    int rows = ui->canvas.rows;
    if (rows < 6)
        return 0;
    if (ui->panes[ui->n_panes - 1]->type == &pane_rules)
        return draw_rules_header(ui);
    if (rows < LOW_SCREEN) {
        if (hunt_loading(ui->hunt))
            draw_data(ui, 0);
        else
            draw_low(ui, 0);
        return 1 + (rows >= 9 ? draw_wrong(ui, 1) : 0);
    }
    draw_rule(ui, 0);
    draw_data(ui, 1);
    draw_funnel_line(ui, 2);
    int lines = 3 + draw_wrong(ui, 3);
    return rows >= ROOMY ? lines + 1 : lines;
}
