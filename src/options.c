/* Options by rows: a row names the option, says what it takes and puts it into struct options. */
#include "options.h"
#include "base/arena.h"
#include "base/instant.h"
#include "base/vec.h"
#include "doc.h"

/* ---- what each option does ------------------------------------------------------------------- */

#define TAKE(name)                                                                                 \
    static bool name(struct options *o, struct arena *a, struct str v, struct error *err)
#define UNUSED ((void)a, (void)v, (void)err)

TAKE(take_exclude)
{
    struct str *more = ARENA_ARRAY(a, struct str, o->n_excludes + 1);
    struct exclusion e;
    if (o->n_excludes)
        memcpy(more, o->excludes, o->n_excludes * sizeof *more);
    more[o->n_excludes++] = v;
    o->excludes = more;
    if (!exclusion_parse(a, v, &e, err))
        return false;
    return !exclusion_blank(&e) ||
           error_set(err, "%s=? is to be filled in, or taken out", exclusion_blank(&e));
}
TAKE(take_rule)
{
    struct str *more = ARENA_ARRAY(a, struct str, o->n_rules + 1);
    (void)err;
    if (o->n_rules)
        memcpy(more, o->rules, o->n_rules * sizeof *more);
    more[o->n_rules++] = v;
    o->rules = more;
    o->hunt.rule = v;
    return true;
}
TAKE(take_query) { UNUSED; o->hunt.query = v; return true; }
TAKE(take_batch) { UNUSED; o->batch = true; return true; }
TAKE(take_output) { UNUSED; o->output = v; o->batch = true; return true; }
TAKE(take_knobs) { UNUSED; o->knobs = true; return true; }
TAKE(take_explain) { UNUSED; o->explain = true; return true; }
TAKE(take_computer) { UNUSED; o->hunt.logs.computer = v; return true; }
TAKE(take_tenant) { UNUSED; o->hunt.logs.tenant = v; return true; }
TAKE(take_theme) { UNUSED; o->theme = v; return true; }
TAKE(take_compare) { UNUSED; o->compare = v; o->batch = true; return true; }
TAKE(take_manifest) { UNUSED; o->manifest = true; return true; }
TAKE(take_case) { UNUSED; o->case_file = v; return true; }
TAKE(take_keys) { UNUSED; o->keys = v; return true; }
TAKE(take_script) { UNUSED; o->script = v; return true; }
TAKE(take_version) { UNUSED; o->version = true; return true; }
TAKE(take_help) { UNUSED; o->help = true; return true; }
TAKE(take_follow) { UNUSED; o->hunt.follow = true; return true; }
TAKE(take_plain) { UNUSED; o->plain = true; return true; }
TAKE(take_mouse) { UNUSED; o->mouse = true; return true; }
TAKE(take_no_copy) { UNUSED; o->no_copy = true; return true; }

/* "did you mean" over the words of a list that ends with NULL. */
static bool wrong_word(struct str v, const char *what, const char *const *words, struct error *err)
{
    struct nearest near;
    struct buf all = {0};
    nearest_init(&near, v);
    for (size_t i = 0; words[i]; i++) {
        nearest_offer(&near, str_of(words[i]));
        buf_addf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    struct str best = nearest_found(&near);
    error_set(err, "no %s '%.*s'%s%.*s%s: there are %.*s", what, STR_ARG(v),
              best.n ? "; did you mean '" : "", STR_ARG(best), best.n ? "'?" : "",
              STR_ARG(buf_str(&all)));
    buf_release(&all);
    return false;
}

TAKE(take_format)
{
    if (!exporter_find(v)) {
        VEC(const char *) words = {0};
        for (size_t i = 0; exporter_row(i); i++)
            vec_push(a, &words, exporter_row(i)->name);
        vec_push(a, &words, NULL);
        return wrong_word(v, "format", words.items, err);
    }
    o->format = v;
    o->batch = true;
    return true;
}

TAKE(take_csv)
{
    static const char *const words[] = {"safe", "raw", NULL};
    (void)a;
    if (!str_is(v, "raw") && !str_is(v, "safe"))
        return wrong_word(v, "way of writing CSV", words, err);
    o->csv_raw = str_is(v, "raw");
    return true;
}

TAKE(take_doc)
{
    (void)a;
    for (int i = 0; doc_kinds[i]; i++)
        if (str_is(v, doc_kinds[i])) {
            o->doc = v;
            return true;
        }
    return wrong_word(v, "document", doc_kinds, err);
}

TAKE(take_list)
{
    (void)a;
    for (int i = 0; doc_lists[i]; i++)
        if (str_is(v, doc_lists[i])) {
            o->list = v;
            return true;
        }
    return wrong_word(v, "list", doc_lists, err);
}

static bool add_setting(struct options *o, struct arena *a, int what, struct str text)
{
    /* the array is grown by copying: there are few */
    struct hunt_setting *more = ARENA_ARRAY(a, struct hunt_setting, o->hunt.n_settings + 1);
    if (o->hunt.n_settings)
        memcpy(more, o->hunt.settings, o->hunt.n_settings * sizeof *more);
    more[o->hunt.n_settings].what = what;
    more[o->hunt.n_settings++].text = text;
    o->hunt.settings = more;
    return true;
}
TAKE(take_set) { (void)err; return add_setting(o, a, SETTING_SET, v); }
TAKE(take_on) { (void)err; return add_setting(o, a, SETTING_ON, v); }
TAKE(take_off) { (void)err; return add_setting(o, a, SETTING_OFF, v); }

static bool take_time(struct str v, const char *what, int64_t *ticks, struct error *err)
{
    return instant_parse(v, ticks) ||
           error_set(err,
                     "%s wants a time such as 2023-11-14 or 2023-11-14T22:13:00Z (UTC), not '%.*s'",
                     what, STR_ARG(v));
}
TAKE(take_since) { (void)a; return take_time(v, "--since", &o->hunt.since, err); }
TAKE(take_until) { (void)a; return take_time(v, "--until", &o->hunt.until, err); }

TAKE(take_now)
{
    (void)a;
    o->hunt.now_kind = str_is(v, "last") ? NOW_LAST : str_is(v, "wall") ? NOW_WALL : NOW_GIVEN;
    return o->hunt.now_kind != NOW_GIVEN || take_time(v, "--now", &o->hunt.now, err);
}

TAKE(take_absent)
{
    static const char *const words[] = {"auto", "keep", "empty", NULL};
    (void)a;
    for (int i = 0; words[i]; i++)
        if (str_is(v, words[i])) {
            o->hunt.logs.absent = (enum absent[]){ABSENT_AUTO, ABSENT_KEEP, ABSENT_EMPTY}[i];
            return true;
        }
    return wrong_word(v, "absent-mark policy", words, err);
}

TAKE(take_threads)
{
    int64_t n;
    (void)a;
    if (!str_to_int64(v, &n) || n < 1 || n > 256)
        return error_set(err, "--threads wants a number from 1 to 256, not '%.*s'", STR_ARG(v));
    o->hunt.threads = (int)n;
    return true;
}

/* ---- the rows -------------------------------------------------------------------------------- */

const struct option_row option_rows[] = {
    {"--rule", "RULE|FILE|FOLDER",
     "the hunting rule; default suspect-mailbox-export; a name is looked for in ./rules, the "
     "user's data folder, the installed ones; a folder, or the option again, runs many",
     take_rule},
    {"--query", "KQL", "this text instead of a rule; needs no log if it reads no table",
     take_query},
    {"--batch", NULL, "no screen; implied by --format and --output", take_batch},
    {"--format", "FORMAT",
     "table, csv, tsv, json, jsonl, markdown or timesketch; default: table on a terminal, else csv",
     take_format},
    {"--output", "FILE", "write there; a failed write leaves no half file", take_output},
    {"--csv", "safe|raw",
     "safe (default) guards cells that a spreadsheet would take for a formula; raw is for machines",
     take_csv},
    {"--set", "NAME=VALUE", "turn a knob; also NAME+=MEMBER and NAME-=MEMBER; repeatable",
     take_set},
    {"--on", "N", "switch stage N on; repeatable", take_on},
    {"--off", "N", "switch stage N off; repeatable", take_off},
    {"--knobs", NULL, "list the rule's knobs with their stage numbers", take_knobs},
    {"--explain", NULL, "the plan; after a run the funnel", take_explain},
    {"--now", "last|wall|TIME",
     "what now() and ago() start from: the last event loaded (default), the clock, or a time",
     take_now},
    {"--since", "TIME", "only events at or after TIME (UTC)", take_since},
    {"--until", "TIME", "only events at or before TIME (UTC)", take_until},
    {"--absent", "auto|keep|empty",
     "what the mark - becomes: \"\" in csUriQuery only (auto), - everywhere, \"\" everywhere",
     take_absent},
    {"--computer", "NAME", "the server's name, where the log has none", take_computer},
    {"--tenant", "NAME", "the column TenantId", take_tenant},
    {"--threads", "N", "default: one for each processor", take_threads},
    {"--follow", NULL,
     "take what is written to the logs, and new files in the folders, as they come; new findings "
     "are flagged",
     take_follow},
    {"--theme", "THEME|FILE", "colours of the screen", take_theme},
    {"--keys", "FILE", "keys of your own; default keys.yaml in the configuration folder",
     take_keys},
    {"--plain", NULL,
     "every view as numbered lines, commands as lines: for screen readers and slow consoles; "
     "taken by itself when TERM is dumb",
     take_plain},
    {"--mouse", NULL, "let the mouse select and scroll", take_mouse},
    {"--no-copy", NULL, "never send text to the terminal's clipboard (OSC 52)", take_no_copy},
    {"--exclude", "TEXT", "an exclusion, as ip=10.0.0.5 hours=01:00-04:00 (repeatable; batch mode)",
     take_exclude},
    {"--compare", "FILE", "a CSV of the rule's results elsewhere: list rows that one side lacks",
     take_compare},
    {"--manifest", NULL, "write what the result was made of beside --output", take_manifest},
    {"--case", "FILE", "merge a case file (verdicts, notes, tags) into what is known", take_case},
    {"--script", "FILE", "keys from a file; needs no terminal", take_script},
    {"--list", "rules|themes|formats|keys", "print these names and leave", take_list},
    {"--doc", "man|bash|zsh", "print the man page, or the completion for a shell", take_doc},
    {"--version", NULL, "print the version", take_version},
    {"--help", NULL, "print this", take_help},
    {NULL, NULL, NULL, NULL},
};

/* ---- parsing --------------------------------------------------------------------------------- */

static const struct option_row *find_row(struct str name, struct error *err)
{
    struct nearest near;
    nearest_init(&near, name);
    for (const struct option_row *r = option_rows; r->name; r++) {
        if (str_is(name, r->name))
            return r;
        nearest_offer(&near, str_of(r->name));
    }
    struct str best = nearest_found(&near);
    error_set(err, "no option %.*s%s%.*s%s", STR_ARG(name), best.n ? "; did you mean " : "",
              STR_ARG(best), best.n ? "?" : "; harrier --help lists them");
    return NULL;
}

/* One option at argv[*i], its value after = or in the next word. */
static bool take_option(struct arena *a, int argc, char **argv, int *i, struct options *o,
                        struct error *err)
{
    struct str word = str_of(argv[*i]), name = word, value = STR_NONE;
    size_t eq = str_find_byte(word, '=');
    if (str_is(word, "-h"))
        name = STR("--help");
    if (eq < word.n) {
        name = str_sub(word, 0, eq);
        value = str_sub(word, eq + 1, word.n);
    }
    const struct option_row *row = find_row(name, err);
    if (!row)
        return false;
    if (!row->argument && eq < word.n)
        return error_set(err, "%s takes no value", row->name);
    if (row->argument && eq >= word.n) {
        if (*i + 1 >= argc)
            return error_set(err, "%s wants %s", row->name, row->argument);
        value = str_of(argv[++*i]);
    }
    return row->take(o, a, value, err);
}

bool options_parse(struct arena *a, int argc, char **argv, struct options *out, struct error *err)
{
    struct str *paths = ARENA_ARRAY(a, struct str, argc + 1);
    bool only_paths = false;
    *out = (struct options){.hunt = {.since = INT64_MIN, .until = INT64_MAX, .paths = paths}};
    for (int i = 1; i < argc; i++) {
        struct str word = str_of(argv[i]);
        if (!only_paths && str_is(word, "--"))
            only_paths = true;
        else if (only_paths || word.n < 2 || word.p[0] != '-')
            paths[out->hunt.n_paths++] = word;
        else if (!take_option(a, argc, argv, &i, out, err))
            return false;
    }
    return true;
}

void options_help(struct buf *out)
{
    buf_add_z(out, "usage: harrier [option]... [log, folder or -]...\n\n"
                   "A terminal workbench for hunting in IIS logs with Microsoft Sentinel rules.\n"
                   "Opens the workbench; ? lists the keys there.\n\n");
    for (const struct option_row *r = option_rows; r->name; r++) {
        struct buf head = {0};
        buf_addf(&head, "  %s%s%s", r->name, r->argument ? " " : "",
                 r->argument ? r->argument : "");
        buf_addf(out, "%.*s%*s%s\n", STR_ARG(buf_str(&head)), head.n < 26 ? (int)(26 - head.n) : 1,
                 "", r->help);
        buf_release(&head);
    }
    buf_add_z(out, "\nexit status: 0 nothing found, 1 findings, 2 error\n");
}
