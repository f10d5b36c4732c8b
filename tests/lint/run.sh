#!/bin/bash
# modes: none
# Every rule of tests/lint/lint on the tree, and each rule on a small tree into which a breach of it is planted.
. tests/lib.sh
lint=$PWD/tests/lint/lint
for rule in $("$lint" list); do
    said=$("$lint" "$rule" 2>&1)
    if [ -z "$said" ]; then pass "$rule"; else fail "$rule" "$said"; fi
done
"$lint" length

tree=$WORK/tree
mkdir -p "$tree"/{src,tests,rules}
cp Makefile README.md "$tree"
cp rules/suspect-mailbox-export.yaml "$tree/rules"
# plant RULE FILE TEXT: appends the text to the tree's file; the rule must name that file
plant() {
    mkdir -p "$(dirname "$tree/$2")"
    printf "$3\n" >>"$tree/$2"
    if "$lint" "$1" "$tree" 2>&1 | grep -q "^$2:"; then pass "catches: $1 in $2"; else fail "catches: $1 in $2" "$3"; fi
    rm "$tree/$2"
}
# clean RULE FILE TEXT: text that looks like a breach and is none
clean() {
    local said
    mkdir -p "$(dirname "$tree/$2")"
    printf "$3\n" >"$tree/$2"
    said=$("$lint" "$1" "$tree" 2>&1)
    if [ -z "$said" ]; then pass "lets pass: $1 in $2"; else fail "lets pass: $1 in $2" "$said"; fi
    rm "$tree/$2"
}
plant top_level notes.txt 'x'
plant includes src/base/x.c '/* x */\n#include "table/table.h"'
plant includes src/table/x.c '/* x */\n#include "input/input.h"'
plant includes src/func/x.c '/* x */\n#include "input/input.h"'
plant includes src/kql/x.c '/* x */\n#include "table/table_internal.h"'
plant includes src/hunt/x.c '/* x */\n#include "ui/ui.h"'
plant includes src/new/x.c '/* x */\n'
clean includes src/ops/x.c \
    '/* x */\n#include "ops/ops_internal.h"\n#include "kql/kql.h"\n#include "base/map.h"\n#include <stdio.h>'
plant libraries src/hunt/x.c '/* x */\n#include <ncurses.h>'
plant libraries src/ui/grid.c '/* x */\n#include <ncursesw/curses.h>'
plant libraries src/hunt/x.c '/* x */\n#include <yaml.h>'
clean libraries src/ui/screen.c '/* x */\n#include <ncurses.h>'
plant memory src/table/x.c '/* x */\nvoid f(void)\n{\n    free(p);\n}'
plant memory src/ui/x.c '/* x */\nchar *p = strdup("x");'
clean memory src/ui/x.c \
    '/* malloc( and\n free( */\nconst char *p = "free(x)"; // free(x)\nvoid arena_free(void);\nint x = pool->free(1);'
clean memory src/base/x.c '/* x */\nvoid *p = malloc(1);'
plant opens src/hunt/x.c '/* x */\n#include <fcntl.h>\nint fd = open("x", 0);'
plant opens src/kql/x.c '/* x */\nFILE *f = fopen("x", "r");'
clean opens src/hunt/x.c '/* x */\nbool logs_open(void);'
plant children src/ui/x.c '/* x */\nint n = system("ls");'
plant typedefs src/ui/x.c '/* x */\ntypedef struct y y;'
plant tabs src/ui/x.c '/* x */\n\tint x;'
plant tabs tests/unit/x.c '/* x */\nint x; '
plant width src/ui/x.c "/* $(printf '%0100d' 1) */"
clean width src/ui/x.c "/* $(printf '%.0sä' {1..90}) */"
plant heads src/ui/x.c '#include "ui/ui.h"'
plant heads tests/x.sh '#!/bin/bash\necho'
plant key_names src/ui/x.c '/* x */\nconst char *s = "no finding; Esc lifts the filter";'
plant key_names src/ui/x.c '/* x */\nconst char *s = "no finding; C lists its chips";'
clean key_names src/ui/x.c '/* x: Esc lifts it */\nconst char *s = "{Esc} lifts the filter, {C} lists its chips", *k = "Esc";'
plant words src/ui/x.c '/* TO''DO: more */'
plant words tests/x.sh '# a st''ub'
sed -i 's/^PACKAGES .*:=/& libnothing-dev/' "$tree/Makefile"
check 'catches: packages' grep -q libnothing-dev <("$lint" packages "$tree")
mkdir -p "$WORK/shared/rules"
sed 's/20/21/' rules/suspect-mailbox-export.yaml >"$WORK/shared/rules/suspect-mailbox-export.yaml"
check 'catches: rules' grep -q differs <(SHARED=$WORK/shared "$lint" rules)
finish
