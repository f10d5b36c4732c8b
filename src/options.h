/* The command line: argv in, struct options out. Each option is one row of a table (options.c) that
 * parsing, --help, the man page and the completions read. */
#ifndef OPTIONS_H
#define OPTIONS_H
#include "hunt/hunt.h"

struct options {
    struct hunt_options hunt;
    bool batch;              /* no screen: --batch, --format, --output */
    bool knobs, explain, help, version;
    struct str doc, list;    /* --doc, --list: what to print instead of a hunt */
    struct str format;       /* "": table on a terminal, csv otherwise */
    struct str output;       /* "": standard output */
    struct str case_file, compare;
    struct str *excludes;    /* every --exclude, in order */
    size_t n_excludes;
    bool manifest;
    struct str theme, keys, script;
    struct str *rules;       /* every --rule, in order; more than one, or a folder, is a sweep */
    size_t n_rules;
    bool csv_raw, no_copy, mouse, plain;
};

bool options_parse(struct arena *a, int argc, char **argv, struct options *out, struct error *err);
void options_help(struct buf *out);

/* For documentation: the rows in order; NULL name at the end. */
struct option_row {
    const char *name;     /* "--rule" */
    const char *argument; /* "FILE|NAME"; NULL: none */
    const char *help;
    bool (*take)(struct options *o, struct arena *a, struct str value, struct error *err);
};
extern const struct option_row option_rows[];
#endif
