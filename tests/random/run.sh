#!/bin/bash
# Random queries answered at several thread counts, from kept rows while knobs turn, without SIMD, and by each
# build: the same.
# For more of them: build/release/tools/random_kql SEED COUNT tests/kql/logs/hunting.log >/dev/null
. tests/lib.sh
case $MODE in
release) count=1500 ;;
*) count=100 ;;
esac
log=tests/kql/logs/hunting.log
if "$TOOLS/random_kql" 7 $count $log >"$WORK/here" 2>"$WORK/differ"; then
    pass "$count queries: at 1, 2 and 7 threads, from kept rows, and after each knob"
else
    fail "$count queries: at 1, 2 and 7 threads, from kept rows, and after each knob" "$(head -40 "$WORK/differ")"
fi
if [ "$(grep -c '^=> ' "$WORK/here")" -eq $count ]; then pass 'each is answered'; else fail 'each is answered'; fi
if grep -q '^=> error' "$WORK/here"; then
    fail 'all are valid' "$(grep -B1 '^=> error' "$WORK/here" | head -20)"
else
    pass 'all are valid'
fi
HARRIER_SIMD=scalar "$TOOLS/random_kql" 7 $count $log >"$WORK/scalar" 2>&1
same 'without SIMD' "$WORK/here" "$WORK/scalar"
release=$BUILD/release/tools/random_kql
if [ "$MODE" != release ] && [ -x "$release" ]; then
    "$release" 7 $count $log >"$WORK/release" 2>&1
    same "as the release has it" "$WORK/release" "$WORK/here"
fi
finish
