#!/bin/bash
# seconds: 300
# Golden cases of KQL at several thread counts, and recorded answers of the real engine.
. tests/lib.sh
said=$("$TOOLS/kql_cases" tests/kql/cases/*.txt 2>&1)
status=$?
printf '%s\n' "$said" | grep -v '^1\.\.'
tap_n=$(printf '%s\n' "$said" | grep -cE '^(not )?ok ')
[ $status -eq 0 ] || tap_bad=1
[ $status -le 1 ] || fail 'the runner of golden cases ends by itself' "status $status"
said=$("$TOOLS/each_cases" tests/kql/each.txt 2>&1) && pass 'each function, aggregate and operator has its cases' ||
    fail 'each function, aggregate and operator has its cases' "$(printf '%s\n' "$said" | grep -v '^ok')"
if [ -f "$SHARED/kql/kusto_answers.jsonl" ]; then
    said=$("$TOOLS/kusto_answers" "$SHARED/kql/kusto_answers.jsonl" --known tests/kql/KNOWN.md 2>&1) &&
        pass "${said##* - }" || fail 'answers of the real engine' "$said"
else
    skip 'answers of the real engine' 'they are not here'
fi
finish
