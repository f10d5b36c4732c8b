#!/bin/bash
# seconds: 300
# The same bytes at any number of threads and at every level of SIMD, on generated, hostile, real and hand-made
# logs: one answer (two threads, the level chosen at start) against all others.
. tests/lib.sh
case $MODE in
release) size=20M threads="1 3 8" levels="scalar sse42 avx2" ;;
san) size=512K threads="1 3" levels=scalar ;;
*) size=24K threads="1 3" levels=scalar ;; # blocks of 7 bytes take their time
esac
"$TOOLS/gen" --size $size --seed 3 --computer >"$WORK/generated.log"
"$TOOLS/gen" --size $size --seed 4 --hostile --hostile >"$WORK/hostile.log"
"$TOOLS/gen" --size $size --seed 5 --files 9 --folder "$WORK/folder"

# answer FILE ARGUMENT...: the program's whole answer, with its exit status
answer() {
    local file=$1
    shift
    "$HARRIER" --batch --format jsonl "$@" >"$file" 2>&1 </dev/null
    echo "exit status $?" >>"$file"
}
# all NAME ARGUMENT...
all() {
    local name=$1 n level
    shift
    answer "$WORK/one" --threads 2 "$@"
    if grep -q '^exit status [01]$' "$WORK/one"; then
        pass "$name: an answer ($(($(wc -l <"$WORK/one") - 1)) rows)"
    else
        fail "$name: an answer" "$(tail -5 "$WORK/one")"
        return
    fi
    for n in $threads; do
        answer "$WORK/other" --threads $n "$@"
        same "$name: $n threads" "$WORK/one" "$WORK/other"
    done
    for level in $levels; do
        [ $level != avx2 ] || grep -qw avx2 /proc/cpuinfo || { skip "$name: $level" 'no such processor'; continue; }
        HARRIER_SIMD=$level answer "$WORK/other" --threads 2 "$@"
        same "$name: $level" "$WORK/one" "$WORK/other"
    done
}
count='W3CIISLog | summarize n = count(), s = make_set(scStatus), t = max(TimeGenerated) by cIP, csMethod'
rows='W3CIISLog | where csUriQuery contains "cafe" and scStatus != "404" | project TimeGenerated, cIP, csUriStem,
    csUserName, TimeTaken, FileOffset | take 3000'
for log in generated.log hostile.log folder; do
    all "rule on $log" "$WORK/$log"
    all "groups on $log" --query "$count" "$WORK/$log"
    all "rows on $log" --query "$rows" "$WORK/$log"
done
all 'the hand-made logs' tests/rules
if [ -d "$SHARED/data/real" ]; then
    all 'real logs, rule' "$SHARED/data/real"
    all 'real logs, groups' --query "$count" "$SHARED/data/real"
else
    skip 'real logs' 'published logs are not here'
fi
rm -rf "$WORK/folder" "$WORK"/*.log
finish
