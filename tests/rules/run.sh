#!/bin/bash
# seconds: 300
# The shipped rules on logs written for the purpose: tests/rules/RULE/NAME.log gives NAME.csv (shown with LF), with
# the options of NAME.args, and exit status 1 when there are findings; a rule that is not shipped lies beside
# them as rule.yaml. In suspect-mailbox-export each clause of the rule has rows that it alone drops and rows that it keeps; the tables were worked out by hand.
# Then that rule a second time, in awk, on generated logs: the same bytes.
. tests/lib.sh

# hunt ARGUMENT...: the rule's findings with LF; its exit status is harrier's
hunt() {
    "$HARRIER" --batch --format csv "$@" </dev/null >"$WORK/raw.csv" 2>"$WORK/errors"
    local status=$?
    tr -d '\r' <"$WORK/raw.csv" >"$WORK/got.csv"
    return $status
}

for log in tests/rules/*/*.log; do
    rule=$(basename "$(dirname "$log")") expected=${log%.log}.csv name=$(basename "${log%.log}")
    [ ! -f "$(dirname "$log")/rule.yaml" ] || rule=$(dirname "$log")/rule.yaml
    eval "arguments=($(cat "${log%.log}.args" 2>/dev/null))"
    hunt --rule "$rule" "${arguments[@]}" "$log"
    status=$?
    same "$rule: $name" "$expected" "$WORK/got.csv"
    [ ! -s "$WORK/errors" ] || sed 's/^/# /' "$WORK/errors"
    [ "$(wc -l <"$expected")" -gt 1 ]
    if [ $((1 - $?)) -eq $status ]; then pass "$name: exit status"; else fail "$name: exit status" "$status"; fi
done
hunt tests/rules/suspect-mailbox-export/clauses.log
if [ "$(grep -c $'\r$' "$WORK/raw.csv")" -eq "$(wc -l <"$WORK/raw.csv")" ]; then
    pass 'every row ends in CRLF'
else
    fail 'every row ends in CRLF'
fi

# second NAME AWK_OPTIONS -- HARRIER_ARGUMENTS...: both implementations on the files $logs
second() {
    local name=$1 options=$2
    shift 3
    # shellcheck disable=SC2086
    awk $options -f tests/rules/flagship.awk "${logs[@]}" >"$WORK/second.csv"
    hunt "$@"
    same "$name: as the second implementation has it ($(($(wc -l <"$WORK/second.csv") - 1)) findings)" \
        "$WORK/second.csv" "$WORK/got.csv"
    if [ "$(wc -l <"$WORK/second.csv")" -gt 2 ]; then pass "$name: finds something"; else fail "$name: finds something"; fi
}
case $MODE in
release) size=50M small=8M files=12 ;;
san) size=2M small=512K files=5 ;;
*) size=96K small=48K files=3 ;; # blocks of 7 bytes take their time
esac
logs=("$WORK/generated.log")
"$TOOLS/gen" --size $size --seed 7 --servers 3 >"${logs[0]}"
second "generated $size" '' -- "${logs[0]}"
rm "${logs[0]}"
"$TOOLS/gen" --size $small --seed 8 --computer --bytes >"${logs[0]}"
second "server names, $small" '' -- "${logs[0]}"
"$TOOLS/gen" --size $small --seed 9 --stems 200000 >"${logs[0]}"
second "many names, $small" '' -- "${logs[0]}"
"$TOOLS/gen" --size $small --seed 10 --files $files --folder "$WORK/folder"
readarray -t logs < <(find "$WORK/folder" -name '*.log' | LC_ALL=C sort)
second "a folder of $files" "-v root=$WORK/folder" -- "$WORK/folder"
"$TOOLS/demo" >"$WORK/demo.log"
logs=("$WORK/demo.log")
second 'the demo' '' -- "$WORK/demo.log"
rm -rf "$WORK/folder" "$WORK"/*.log
finish
