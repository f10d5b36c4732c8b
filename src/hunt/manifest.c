/* The manifest beside an export; see manifest.h. In: what was written, the hunt. Out: one JSON
 * object in a file that is whole or not there. */
#include "base/digest.h"
#include "base/file.h"
#include "hunt/sheets.h"

struct manifest {
    struct task task;
    struct manifest_facts facts;
    struct str path;
    struct buf text;
    bool fresh; /* nothing stands in this object or list yet */
};

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_key(struct manifest *m, const char *key)
{
    buf_add_z(&m->text, m->fresh ? "\n" : ",\n");
    m->fresh = false;
    if (key)
        buf_addf(&m->text, "\"%s\": ", key);
}

static void put_text(struct manifest *m, const char *key, struct str s)
{
    put_key(m, key);
    export_json_cell(&m->text, (struct value){.type = TYPE_STRING, .s = s});
}

static void put_number(struct manifest *m, const char *key, int64_t n)
{
    put_key(m, key);
    buf_addf(&m->text, "%lld", (long long)n);
}

static void put_time(struct manifest *m, const char *key, int64_t ticks)
{
    char text[INSTANT_TEXT];
    put_text(m, key, (struct str){text, instant_format(ticks, text)});
}

static void put_open(struct manifest *m, const char *key, const char *bracket)
{
    put_key(m, key);
    buf_add_z(&m->text, bracket);
    m->fresh = true;
}

static void put_close(struct manifest *m, const char *bracket)
{
    buf_addf(&m->text, "%s%s", m->fresh ? "" : "\n", bracket);
    m->fresh = false;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void put_inputs(struct manifest *m)
{
    struct task *t = &m->task;
    size_t n;
    const struct log_file *files = logs_files(t->h->logs, &n);
    struct str last = STR_NONE;
    put_open(m, "inputs", "[");
    for (size_t i = 0; i < n && !task_stopped(t); i++) {
        struct log_digest d;
        bool known = logs_digest(t->h->logs, i, &t->cancel, &d);
        if (known && str_eq(d.path, last))
            continue; /* another log of the same archive */
        last = known ? d.path : STR_NONE;
        put_open(m, NULL, "{");
        put_text(m, "path", known ? d.path : files[i].path);
        if (known) {
            put_number(m, "bytes", d.bytes);
            put_text(m, "sha256", str_of(d.sha256));
        }
        put_key(m, "read");
        buf_add_z(&m->text, files[i].read ? "true" : "false");
        if (files[i].reason.n)
            put_text(m, "remark", files[i].reason);
        put_close(m, "}");
    }
    put_close(m, "]");
}

static void put_rule(struct manifest *m)
{
    const struct rule *r = m->task.h->rule;
    char sha256[DIGEST_TEXT];
    digest_of(r->is_file ? r->file_text : r->query.text, sha256);
    put_open(m, "rule", "{");
    put_text(m, "path", r->path);
    put_text(m, "id", r->id);
    put_text(m, "name", r->name);
    put_text(m, "version", r->version);
    put_text(m, "sha256", str_of(sha256));
    put_close(m, "}");
}

static void add_value(struct buf *out, const struct knob *k, bool published)
{
    if (k->kind != PARAM_LIST) {
        struct value v = published ? k->published : k->value;
        if (v.type == TYPE_STRING)
            buf_add(out, v.null ? STR_NONE : v.s);
        else
            kql_literal(out, v);
        return;
    }
    for (size_t i = 0; i < k->n_members; i++)
        if (published ? !k->members[i].added : k->members[i].on) {
            buf_add_z(out, out->n ? ", " : "");
            kql_literal(out, k->members[i].value);
        }
}

static void put_knobs(struct manifest *m, const struct knob *knobs, size_t n)
{
    put_open(m, "knobs", "[");
    for (size_t i = 0; i < n; i++) {
        struct buf value = {0}, published = {0};
        if (!knobs[i].changed)
            continue;
        add_value(&value, &knobs[i], false);
        add_value(&published, &knobs[i], true);
        put_open(m, NULL, "{");
        put_text(m, "name", knobs[i].name);
        put_text(m, "value", buf_str(&value));
        put_text(m, "published", buf_str(&published));
        put_close(m, "}");
        buf_release(&value);
        buf_release(&published);
    }
    put_close(m, "]");
}

static void put_list(struct manifest *m, const char *key, const struct str *texts, size_t n)
{
    put_open(m, key, "[");
    for (size_t i = 0; i < n; i++)
        put_text(m, NULL, texts[i]);
    put_close(m, "]");
}

/* ---- the command ----------------------------------------------------------------------------- */

/* For a shell: in '…' unless it is plain. */
static void add_word(struct buf *out, struct str word)
{
    bool plain = word.n > 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        plain = plain &&
                ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 strchr("/._-=:,+", c)) &&
                c;
    }
    buf_add_z(out, out->n ? " " : "");
    buf_add_z(out, plain ? "" : "'");
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] == '\'')
            buf_add_z(out, "'\\''");
        else
            buf_add_byte(out, word.p[i]);
    buf_add_z(out, plain ? "" : "'");
}

static void add_settings(struct manifest *m, struct buf *out)
{
    static const char *const words[] = {
        [SETTING_SET] = "--set", [SETTING_ON] = "--on", [SETTING_OFF] = "--off"};
    struct hunt_setting *settings;
    size_t n = hunt_settings(m->task.h, m->task.arena, &settings);
    for (size_t i = 0; i < n; i++) {
        add_word(out, str_of(words[settings[i].what]));
        add_word(out, settings[i].text);
    }
}

static void put_command(struct manifest *m)
{
    struct hunt *h = m->task.h;
    const struct hunt_options *o = &h->options;
    struct buf c = {0};
    char time[INSTANT_TEXT];
    add_word(&c, STR("harrier"));
    add_word(&c, h->rule->is_file ? STR("--rule") : STR("--query"));
    add_word(&c, h->rule->is_file ? h->rule->path : h->rule->query.text);
    add_settings(m, &c);
    for (size_t i = 0; i < m->facts.n_exclusions; i++) {
        add_word(&c, STR("--exclude"));
        add_word(&c, m->facts.exclusions[i]);
    }
    if (o->since != INT64_MIN) {
        add_word(&c, STR("--since"));
        add_word(&c, (struct str){time, instant_format(o->since, time)});
    }
    if (o->until != INT64_MAX) {
        add_word(&c, STR("--until"));
        add_word(&c, (struct str){time, instant_format(o->until, time)});
    }
    if (h->query->uses_now) {
        add_word(&c, STR("--now"));
        add_word(&c, (struct str){time, instant_format(h->now, time)});
    }
    if (o->logs.absent != ABSENT_AUTO) {
        add_word(&c, STR("--absent"));
        add_word(&c, o->logs.absent == ABSENT_KEEP ? STR("keep") : STR("empty"));
    }
    if (o->logs.computer.n) {
        add_word(&c, STR("--computer"));
        add_word(&c, o->logs.computer);
    }
    if (o->logs.tenant.n) {
        add_word(&c, STR("--tenant"));
        add_word(&c, o->logs.tenant);
    }
    bool batch = exporter_find(m->facts.format) != NULL;
    if (batch) {
        add_word(&c, STR("--format"));
        add_word(&c, m->facts.format);
        add_word(&c, STR("--output"));
        add_word(&c, m->facts.path);
    }
    for (size_t i = 0; i < o->n_paths; i++)
        add_word(&c, o->paths[i]);
    put_text(m, "command", buf_str(&c));
    bool all = m->facts.n + m->facts.suppressed >= m->facts.view->rows;
    if (!batch)
        put_text(m, "command_opens", STR("the workbench; this form is written there with e"));
    else if (!all)
        put_text(m, "command_gives", STR("all findings; those that were chosen are listed in ids"));
    buf_release(&c);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void put_output(struct manifest *m)
{
    int64_t bytes;
    char sha256[DIGEST_TEXT];
    put_open(m, "output", "{");
    put_text(m, "path", m->facts.path);
    put_text(m, "format", m->facts.format);
    if (digest_file(m->facts.path, &bytes, sha256)) {
        put_number(m, "bytes", bytes);
        put_text(m, "sha256", str_of(sha256));
    }
    put_number(m, "findings_written", (int64_t)m->facts.n);
    put_number(m, "findings_of_the_rule", (int64_t)m->facts.view->rows);
    put_number(m, "findings_suppressed", (int64_t)m->facts.suppressed);
    if (m->facts.view->partial)
        put_text(m, "remark", STR("written while loading: more findings may have come"));
    put_open(m, "ids", "[");
    for (size_t i = 0; i < m->facts.n; i++)
        put_text(m, NULL,
                 str_fmt(m->task.arena, "%016llx",
                         (unsigned long long)m->facts.view->ids[m->facts.rows[i]]));
    put_close(m, "]");
    put_close(m, "}");
}

/* The export itself, where it is more than a table. */
static bool write_output(struct manifest *m)
{
    struct task *t = &m->task;
    const struct manifest_facts *f = &m->facts;
    struct file_out *out;
    bool ok = true;
    if (f->writes == WRITES_NOTHING)
        return true;
    if (!task_await_logs(t) || !file_out_open(t->arena, f->path, &out, &t->err))
        return false;
    if (f->writes == WRITES_LINES)
        ok = lines_write(t, f->view, f->rows, f->n, out);
    for (size_t i = 0; f->writes == WRITES_SHEETS && ok && i < f->n && !task_stopped(t); i++)
        ok = sheet_write(t, f->view, f->rows[i], &f->entries[i], out);
    if (!ok || task_stopped(t)) {
        file_out_abandon(out);
        return false;
    }
    return file_out_commit(out, &t->err);
}

static void work(struct task *t)
{
    struct manifest *m = (struct manifest *)t;
    struct hunt *h = t->h;
    static const char *const absents[] = {
        [ABSENT_AUTO] = "auto", [ABSENT_KEEP] = "keep", [ABSENT_EMPTY] = "empty"};
    struct knob *knobs;
    if (!write_output((struct manifest *)t))
        return;
    size_t n = hunt_knobs(h, t->arena, &knobs);
    buf_add_z(&m->text, "{");
    m->fresh = true;
    put_text(m, "program", STR("harrier"));
    put_text(m, "version", STR(HARRIER_VERSION));
    put_time(m, "written", instant_now());
    put_text(m, "zone_of_the_screen", m->facts.zone);
    put_text(m, "zone_of_the_file", STR("UTC"));
    put_output(m);
    put_rule(m);
    put_knobs(m, knobs, n);
    put_list(m, "exclusions", m->facts.exclusions, m->facts.n_exclusions);
    put_list(m, "exclusions_kql", m->facts.wheres, m->facts.n_exclusions);
    put_text(m, "query", hunt_kql(h, t->arena));
    put_text(m, "absent", str_of(absents[h->options.logs.absent]));
    put_command(m);
    put_inputs(m);
    put_close(m, "}\n");
    if (!task_stopped(t))
        file_write(m->path, buf_str(&m->text), &t->err);
    buf_release(&m->text);
}

static struct str *texts_kept(struct arena *a, const struct str *texts, size_t n)
{
    struct str *kept = ARENA_ARRAY(a, struct str, n + 1);
    for (size_t i = 0; i < n; i++)
        kept[i] = str_dup(a, texts[i]);
    return kept;
}

/* By row: the triage goes on meanwhile. */
static struct triage_entry *entries_kept(struct arena *a, const struct manifest_facts *f)
{
    struct triage_entry *kept = ARENA_ARRAY(a, struct triage_entry, f->n + 1);
    for (size_t i = 0; f->writes == WRITES_SHEETS && i < f->n; i++) {
        kept[i] = f->entries[i];
        kept[i].note = str_dup(a, kept[i].note);
        kept[i].tags = str_dup(a, kept[i].tags);
        kept[i].authors[TRIAGE_VERDICT] = str_dup(a, kept[i].authors[TRIAGE_VERDICT]);
    }
    return kept;
}

struct manifest *hunt_manifest(struct hunt *h, const struct manifest_facts *f)
{
    struct manifest *m = task_new(h, sizeof *m, work);
    struct arena *a = m->task.arena;
    uint32_t *rows = ARENA_ARRAY(a, uint32_t, f->n + 1);
    if (f->n)
        memcpy(rows, f->rows, f->n * sizeof *rows);
    m->facts = *f;
    m->facts.path = str_dup(a, f->path);
    m->facts.format = str_dup(a, f->format);
    m->facts.zone = str_dup(a, f->zone);
    m->facts.rows = rows;
    m->facts.entries = entries_kept(a, f);
    atomic_fetch_add(&((struct view_box *)f->view)->references, 1);
    m->facts.exclusions = texts_kept(a, f->exclusions, f->n_exclusions);
    m->facts.wheres = texts_kept(a, f->wheres, f->n_exclusions);
    m->path = str_fmt(a, "%.*s.manifest.json", STR_ARG(f->path));
    m->task.quiet = true;
    task_start(&m->task);
    return m;
}

bool manifest_done(const struct manifest *m)
{
    return atomic_load(&m->task.done);
}

bool manifest_failed(const struct manifest *m, struct error *err)
{
    if (!manifest_done(m) || !m->task.err.set)
        return false;
    *err = m->task.err;
    return true;
}

enum manifest_writes manifest_writes(const struct manifest *m)
{
    return m->facts.writes;
}

struct str manifest_of(const struct manifest *m)
{
    return m->facts.path;
}

void manifest_wait(struct manifest *m)
{
    struct task *t = &m->task;
    if (t->started)
        pthread_join(t->thread, NULL);
    t->started = false;
}

struct str manifest_path(const struct manifest *m)
{
    return m->path;
}

void manifest_close(struct manifest *m)
{
    struct view *v = m->facts.view;
    task_close((struct task *)m);
    view_release(v);
}
