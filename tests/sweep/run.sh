#!/bin/bash
# Many rules at once: each has a row, its count is that of the rule alone, a rule that is broken stops nothing.
. tests/lib.sh
"$TOOLS/demo" >"$WORK/demo.log"
mkdir "$WORK/rules"
cp rules/suspect-mailbox-export.yaml rules/proxyshell-paths.yaml "$WORK/rules/"
printf 'name: Broken\nquery: |\n  W3CIISLog\n  | were x\n' >"$WORK/rules/broken.yaml"

# sweep ARGUMENT...: Rule, Findings and State of each row, in sweep.txt
sweep() {
    "$HARRIER" --batch --format tsv "$@" >"$WORK/all.tsv" 2>"$WORK/errors" </dev/null
    local status=$?
    tr -d '\r' <"$WORK/all.tsv" | awk -F'\t' 'NR > 1 {print $1 "|" $3 "|" $6}' >"$WORK/sweep.txt"
    return $status
}
alone() { "$HARRIER" --format csv --rule "$1" "$WORK/demo.log" 2>/dev/null </dev/null | tail -n +2 | wc -l; }

sweep --rule "$WORK/rules" "$WORK/demo.log"
status=$?
{
    echo "Broken||failed"
    echo "ProxyShell: autodiscover used as a way in|$(alone proxyshell-paths)|done"
    echo "Suspect Mailbox Export on IIS/OWA|$(alone suspect-mailbox-export)|done"
} >"$WORK/expected.txt"
same 'a row a rule, in order of the files' "$WORK/expected.txt" "$WORK/sweep.txt"
check 'findings: exit status 1' [ $status -eq 1 ]
check 'the broken rule is explained' grep -q "line 4: .*were.*did you mean 'where'" "$WORK/all.tsv"

sweep --rule suspect-mailbox-export --rule supernova "$WORK/demo.log"
check '--rule twice is a sweep' [ "$(wc -l <"$WORK/sweep.txt")" -eq 2 ]
cp "$WORK/all.tsv" "$WORK/file.tsv"
"$HARRIER" --batch --format tsv --rule suspect-mailbox-export --rule supernova - \
    >"$WORK/stdin.tsv" 2>/dev/null <"$WORK/demo.log"
cut -f1,3 "$WORK/file.tsv" >"$WORK/a"
cut -f1,3 "$WORK/stdin.tsv" >"$WORK/b"
same 'standard input is read for every rule' "$WORK/a" "$WORK/b"

# On the screen: the list, a broken rule that does not open, one that does, and the list again.
cat >"$WORK/keys" <<'K'
:wait
:expect 3 of 3 have run
:expect ProxyShell
Enter
:expect this rule does not run
Down*2 Enter
:wait
:expect Redir.png
L
:expect 3 of 3 have run
Esc
:expect Redir.png
:quit
K
"$HARRIER" --script "$WORK/keys" --rule "$WORK/rules" "$WORK/demo.log" >"$WORK/said" 2>&1 </dev/null
status=$?
if [ $status -eq 1 ]; then pass 'the list on the screen opens a rule'; else
    fail 'the list on the screen opens a rule' "$status: $(cat "$WORK/said")"
fi

rm "$WORK/rules/suspect-mailbox-export.yaml" "$WORK/rules/proxyshell-paths.yaml"
sweep --rule "$WORK/rules" "$WORK/demo.log"
check 'no rule runs: exit status 2' [ $? -eq 2 ]
mkdir "$WORK/none"
sweep --rule "$WORK/none" "$WORK/demo.log"
check 'an empty folder is an error' grep -q 'there is no rule' "$WORK/errors"
"$HARRIER" --knobs --rule "$WORK/rules" 2>"$WORK/errors" </dev/null
check '--knobs wants one rule' grep -q 'about one rule' "$WORK/errors"
finish
