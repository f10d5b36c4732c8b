#!/bin/bash
# modes: release san tiny
# Golden cases of filters: text, and the rows it lets through or its error.
. tests/lib.sh
said=$("$TOOLS/filter_cases" tests/filter/cases.txt 2>&1)
status=$?
printf '%s\n' "$said" | grep -v '^1\.\.'
tap_n=$(printf '%s\n' "$said" | grep -cE '^(not )?ok ')
[ $status -eq 0 ] || tap_bad=1
[ $status -le 1 ] || fail 'the runner of cases ends by itself' "status $status"
finish
