/* The man page, the completions and the lists, written from the rows. See doc.h.
 *
 * What an option takes is read from its row: a word in small letters of `safe|raw` is completed as
 * it stands, one in capitals says a kind (see kinds[]): FILE is completed by the shell, RULE by
 * what `harrier --list rules` prints. */
#include "doc.h"
#include "base/arena.h"
#include "options.h"
#include "ui/ui.h"

/* ---- lists ----------------------------------------------------------------------------------- */

static void add_names(struct buf *out, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%.*s\n", STR_ARG(names[i]));
}

static void list_rules(struct arena *a, struct buf *out)
{
    struct str *names;
    size_t n = rule_list(a, &names);
    add_names(out, names, n);
}

static void list_themes(struct arena *a, struct buf *out)
{
    struct str *names;
    size_t n = ui_themes(a, &names);
    add_names(out, names, n);
}

static void list_formats(struct arena *a, struct buf *out)
{
    (void)a;
    for (size_t i = 0; exporter_row(i); i++)
        buf_addf(out, "%s\n", exporter_row(i)->name);
}

/* The view, the keys and what they do, with tabs between. */
static void list_keys(struct arena *a, struct buf *out)
{
    const struct table *t = ui_keys(a);
    for (size_t row = 0; row < t->rows; row++) {
        struct str keys = column_value(t->columns[0], row).s;
        if (keys.n)
            buf_addf(out, "%.*s\t%.*s\t%.*s\n", STR_ARG(column_value(t->columns[2], row).s),
                     STR_ARG(keys), STR_ARG(column_value(t->columns[1], row).s));
    }
}

const char *const doc_lists[] = {"rules", "themes", "formats", "keys", NULL};
bool doc_list(struct arena *a, struct str list, struct buf *out)
{
    static void (*const run[])(struct arena *, struct buf *) = {list_rules, list_themes,
                                                                list_formats, list_keys};
    for (size_t i = 0; doc_lists[i]; i++)
        if (str_is(list, doc_lists[i])) {
            run[i](a, out);
            return true;
        }
    return false;
}

/* What a word in capitals stands for: how bash and zsh complete it. */
static const struct {
    const char *word, *bash, *zsh;
} kinds[] = {
    {"FILE", "compgen -f -- \"$cur\"", "_files"},
    {"FOLDER", "compgen -d -- \"$cur\"", "_files -/"},
    {"RULE", "compgen -W \"$(harrier --list rules 2>/dev/null)\" -- \"$cur\"",
     "compadd ${(f)\"$(harrier --list rules 2>/dev/null)\"}"},
    {"THEME", "compgen -W \"$(harrier --list themes 2>/dev/null)\" -- \"$cur\"",
     "compadd ${(f)\"$(harrier --list themes 2>/dev/null)\"}"},
    {"FORMAT", "compgen -W \"$(harrier --list formats 2>/dev/null)\" -- \"$cur\"",
     "compadd ${(f)\"$(harrier --list formats 2>/dev/null)\"}"},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_small(struct str word)
{
    return word.n && word.p[0] >= 'a' && word.p[0] <= 'z';
}

/* ---- the man page ---------------------------------------------------------------------------- */

/* Text for roff: nothing in it is a request, a font change or a fancy quote. */
static void roff(struct buf *out, struct str text)
{
    if (text.n && (text.p[0] == '.' || text.p[0] == '\''))
        buf_add_z(out, "\\&");
    for (size_t i = 0; i < text.n; i++)
        switch (text.p[i]) {
        case '\\': buf_add_z(out, "\\e"); break;
        case '-': buf_add_z(out, "\\-"); break;
        case '"': buf_add_z(out, "\\(dq"); break;
        case '\'': buf_add_z(out, "\\(aq"); break;
        case '^': buf_add_z(out, "\\(ha"); break;
        case '~': buf_add_z(out, "\\(ti"); break;
        case '`': buf_add_z(out, "\\(ga"); break;
        default: buf_add(out, str_sub(text, i, i + 1));
        }
}

static void man_options(struct buf *out)
{
    for (const struct option_row *r = option_rows; r->name; r++) {
        buf_add_z(out, ".TP\n.B ");
        roff(out, str_of(r->name));
        if (r->argument) {
            buf_add_z(out, " \\fI");
            roff(out, str_of(r->argument));
            buf_add_z(out, "\\fR");
        }
        buf_add_z(out, "\n");
        roff(out, str_of(r->help));
        buf_add_z(out, "\n");
    }
}

static void man_keys(struct arena *a, struct buf *out)
{
    const struct table *t = ui_keys(a);
    struct str where = STR_NONE;
    for (size_t row = 0; row < t->rows; row++) {
        struct str keys = column_value(t->columns[0], row).s;
        struct str view = column_value(t->columns[2], row).s;
        if (!keys.n)
            continue;
        if (!str_eq(view, where)) {
            buf_add_z(out, ".SS \"");
            roff(out, view);
            buf_add_z(out, "\"\n");
        }
        where = view;
        buf_add_z(out, ".TP\n.B \"");
        roff(out, keys);
        buf_add_z(out, "\"\n");
        roff(out, column_value(t->columns[1], row).s);
        buf_add_z(out, "\n");
    }
}

static void write_man(struct arena *a, struct buf *out)
{
    buf_add_z(out,
              ".TH HARRIER 1 \"\" \"harrier " HARRIER_VERSION "\" \"User Commands\"\n"
              ".SH NAME\nharrier \\- hunt in IIS logs with Microsoft Sentinel rules\n"
              ".SH SYNOPSIS\n.B harrier\n[\\fIoption\\fR]... [\\fIlog\\fR, \\fIfolder\\fR or "
              "\\fB\\-\\fR]...\n"
              ".SH DESCRIPTION\n"
              "Opens a workbench on the terminal: the rule's findings in the logs, and beside them "
              "every\nnumber, list and clause of the rule, to be turned while the table follows. "
              "The rule's KQL is\nrun exactly as its file is written. A log is a W3C log of IIS or "
              "Exchange; a folder is read\nwith all below it;\n.B \\-\nis standard input.\n.PP\n"
              "With\n.BR \\-\\-batch ,\n.B \\-\\-format\nor\n.B \\-\\-output\n"
              "there is no screen: the findings are written out, remarks go to standard error.\n"
              ".SH OPTIONS\n");
    man_options(out);
    buf_add_z(out, ".SH KEYS\nThe bottom line of the screen names the keys that work there.\n");
    man_keys(a, out);
    buf_add_z(
        out,
        ".SH \"EXIT STATUS\"\n.TP\n.B 0\nnothing found\n.TP\n.B 1\nfindings\n.TP\n.B 2\nerror\n"
        ".SH ENVIRONMENT\n"
        ".TP\n.B NO_COLOR\nwhen set and not empty: no colour, whatever the theme\n"
        ".TP\n.B COLORFGBG\ntells a light background from a dark one when no theme is named\n"
        ".TP\n.B XDG_CONFIG_HOME\nthe user\\(aqs own files are in harrier/ below it; default "
        "~/.config\n"
        ".TP\n.B XDG_DATA_HOME\nthe user\\(aqs own rules are in harrier/rules/ below it; default "
        "~/.local/share\n"
        ".SH FILES\n"
        ".TP\n.I rules/*.yaml\nrules found by name: in ./rules, the user\\(aqs data folder, the "
        "installed ones\n"
        ".TP\n.I themes/*.yaml\nthemes found by name: in ./themes, the user\\(aqs configuration "
        "folder, the installed ones\n"
        ".TP\n.I ~/.config/harrier/keys.yaml\nkeys of your own: a map of the views named above, in "
        "each the shipped key and yours:\n.nf\n"
        "Findings:\n  e: w\n  Space: [m, Insert]\neverywhere:\n  \\(dq?\\(dq: none\n.fi\n"
        "It is read only when it is yours and nobody else may write it.\n"
        ".SH EXAMPLES\n.nf\n"
        "harrier /var/log/iis\n"
        "harrier \\-\\-batch \\-\\-format csv logs/ > findings.csv\n"
        "harrier \\-\\-rule rules/ logs/\n"
        "harrier \\-\\-query \\(aqW3CIISLog | summarize count() by scStatus\\(aq logs/\n.fi\n");
}

/* ---- bash ------------------------------------------------------------------------------------ */

/* The commands that print what may stand after the option. */
static void bash_argument(struct buf *out, struct str argument)
{
    struct buf words = {0};
    while (argument.n) {
        struct str word = str_cut(&argument, '|');
        if (is_small(word))
            buf_addf(&words, "%s%.*s", words.n ? " " : "", STR_ARG(word));
        for (size_t i = 0; i < COUNT(kinds); i++)
            if (str_is(word, kinds[i].word))
                buf_addf(out, "            %s\n", kinds[i].bash);
    }
    if (words.n)
        buf_addf(out, "            compgen -W \"%.*s\" -- \"$cur\"\n", STR_ARG(buf_str(&words)));
    buf_release(&words);
}

static void write_bash(struct arena *a, struct buf *out)
{
    (void)a;
    buf_add_z(out, "# Completion of harrier for bash; written by harrier --doc bash.\n"
                   "_harrier() {\n"
                   "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                   "    # the shell cuts --theme=dark into three words\n"
                   "    if [[ $cur == = ]]; then cur=\n"
                   "    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
                   "    fi\n"
                   "    local IFS=$'\\n'\n"
                   "    COMPREPLY=($(IFS=$' \\t\\n'; _harrier_words \"$prev\" \"$cur\"))\n"
                   "}\n"
                   "_harrier_words() {\n"
                   "    local cur=$2\n"
                   "    case $1 in\n");
    for (const struct option_row *r = option_rows; r->name; r++)
        if (r->argument) {
            buf_addf(out, "        %s)\n", r->name);
            bash_argument(out, str_of(r->argument));
            buf_add_z(out, "            return ;;\n");
        }
    buf_add_z(out, "    esac\n"
                   "    if [[ $cur == -* ]]; then\n"
                   "        compgen -W \"");
    for (const struct option_row *r = option_rows; r->name; r++)
        buf_addf(out, "%s%s", r == option_rows ? "" : " ", r->name);
    buf_add_z(out, "\" -- \"$cur\"\n"
                   "    else\n"
                   "        compgen -f -- \"$cur\"\n"
                   "    fi\n"
                   "}\n"
                   "complete -o filenames -F _harrier harrier\n");
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* Inside '…[help]:what:action': quotes, brackets and colons are the shell's. */
static void zsh_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\'')
            buf_add_z(out, "'\\''");
        else if (text.p[i] == '[' || text.p[i] == ']' || text.p[i] == ':' || text.p[i] == '\\')
            buf_addf(out, "\\%c", text.p[i]);
        else
            buf_add(out, str_sub(text, i, i + 1));
}

/* A function an option that completes a kind: an action in _arguments is one command only. */
static void zsh_function(struct buf *out, const struct option_row *r)
{
    struct buf words = {0}, body = {0};
    for (struct str rest = str_of(r->argument); rest.n;) {
        struct str word = str_cut(&rest, '|');
        if (is_small(word))
            buf_addf(&words, " %.*s", STR_ARG(word));
        for (size_t i = 0; i < COUNT(kinds); i++)
            if (str_is(word, kinds[i].word))
                buf_addf(&body, "    %s\n", kinds[i].zsh);
    }
    if (words.n)
        buf_addf(&body, "    compadd --%.*s\n", STR_ARG(buf_str(&words)));
    buf_addf(out, "_harrier_%s() {\n%.*s}\n", r->name + 2,
             STR_ARG(body.n ? buf_str(&body) : STR("    _message value\n")));
    buf_release(&words);
    buf_release(&body);
}

static void write_zsh(struct arena *a, struct buf *out)
{
    (void)a;
    buf_add_z(out, "#compdef harrier\n# Completion of harrier for zsh; written by harrier --doc "
                   "zsh.\n");
    for (const struct option_row *r = option_rows; r->name; r++)
        if (r->argument)
            zsh_function(out, r);
    buf_add_z(out, "_arguments -s -S \\\n");
    for (const struct option_row *r = option_rows; r->name; r++) {
        buf_addf(out, "    '*%s%s[", r->name, r->argument ? "=" : "");
        zsh_text(out, str_of(r->help));
        buf_add_z(out, "]");
        if (r->argument) {
            buf_add_z(out, ":");
            zsh_text(out, str_of(r->argument));
            buf_addf(out, ":_harrier_%s", r->name + 2);
        }
        buf_add_z(out, "' \\\n");
    }
    buf_add_z(out, "    '*:log or folder:_files'\n");
}

const char *const doc_kinds[] = {"man", "bash", "zsh", NULL};
bool doc_write(struct arena *a, struct str kind, struct buf *out)
{
    static void (*const run[])(struct arena *, struct buf *) = {write_man, write_bash, write_zsh};
    for (size_t i = 0; doc_kinds[i]; i++)
        if (str_is(kind, doc_kinds[i])) {
            run[i](a, out);
            return true;
        }
    return false;
}
