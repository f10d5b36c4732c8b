#!/bin/bash
# modes: release
# seconds: 300
# valgrind: batch runs end without a leak and without an error.
. tests/lib.sh
command -v valgrind >/dev/null || { skip valgrind 'not installed'; finish; }
"$TOOLS/demo" | head -1500 >"$WORK/demo.log"
# clean NAME ARGUMENT...
clean() {
    local name=$1
    shift
    valgrind -q --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=99 \
        --log-file="$WORK/valgrind" "$HARRIER" --batch "$@" >"$WORK/out" 2>&1 </dev/null
    local status=$?
    if [ $status -le 2 ] && [ ! -s "$WORK/valgrind" ]; then
        pass "$name"
    else
        fail "$name" "exit status $status: $(head -60 "$WORK/valgrind" "$WORK/out")"
    fi
}
clean 'the rule as csv' --format csv "$WORK/demo.log"
clean 'the rule as table, one thread' --format table --threads 1 "$WORK/demo.log"
clean 'a query as json' --format json --query 'W3CIISLog | summarize make_set(cIP), count() by scStatus' "$WORK/demo.log"
clean 'a query without a log' --query 'print x = split("a.b", "."), y = dynamic({"k": [1, 2]})'
clean 'a query that is none' --query 'W3CIISLog | wher x'
clean 'a log that is not there' "$WORK/none.log"
clean 'the knobs' --knobs
clean 'the plan' --explain "$WORK/demo.log"
rm "$WORK/demo.log"
finish
