#!/bin/bash
# modes: release san tiny
# seconds: 600
# Keys from tests/ui/scripts, screens as in tests/ui/screens: each script at three sizes, in a UTF-8 and in the C
# locale, on the logs of tests/ui/site. Then the terminal itself, in tmux. `tests/ui/accept` writes the screens anew; what
# it wrote is then read, line by line, before it is committed.
. tests/lib.sh
. tests/ui/screens.sh
for script in tests/ui/scripts/*.keys; do
    name=$(basename "$script" .keys)
    if said=$(run_script "$script" "$WORK/$name" 2>&1); then pass "$name runs"; else fail "$name runs" "$said"; fi
    same "$name shows" "tests/ui/screens/$name.txt" "$WORK/$name/all.txt"
done
for test in tests/ui/test_*.sh; do
    [ ! -f "$test" ] || . "$test"
done
finish
