# Sourced by run.sh: what was judged is there again in the next session, whatever was moved or turned meanwhile; a case
# file carries it to somebody else; a state file that cannot be read is left alone.
triage_dir=$WORK/triage-kept
mkdir -p "$triage_dir" && cp -r tests/ui/site "$triage_dir/site"

# triage_run STATE LOGS LINES...: a script; the screens are saved where it says
triage_run() {
    local state=$1 logs=$2
    shift 2
    printf '%s\n' "$@" >"$triage_dir/keys"
    (cd "$triage_dir" && XDG_STATE_HOME=$triage_dir/$state "$HARRIER" --rule "$root_of_rules/suspect-mailbox-export.yaml" \
        "${triage_options[@]}" --script keys "$logs") 2>&1 || [ $? -le 1 ]
}
root_of_rules=$PWD/rules triage_options=()

check "triage: the first session ends well" triage_run one site ":wait" 'v t c "stolen" Enter' "Down Space"
mv "$triage_dir/site" "$triage_dir/moved"
check "triage: all is there again with the logs moved and a knob turned" triage_run one moved \
    ":wait" ":expect  Tc 2023-11-15 02:11:04Z" ":expect *.  2023-11-15 03:40:51Z" "t" ":expect Access <=" \
    "Esc Esc" ":expect 1 true positive" "Enter" ":wait" ":expect Note: stolen"
state=$(ls "$triage_dir"/one/harrier/*.triage)
if [ "$(stat -c %a "$state")" = 600 ]; then pass "triage: the file is for its owner only"; else
    fail "triage: the file is for its owner only" "$(ls -l "$state")"; fi
cp "$state" "$triage_dir/other.case"
triage_options=(--case other.case)
check "triage: a colleague merges it" triage_run two moved ":wait" ":expect 1 true positive" ":expect merged other.case"
triage_options=()
printf 'harrier triage 2\n' >"$state"
check "triage: a newer form is refused, and the screen says so" triage_run one moved ":wait" \
    ":expect newer harrier" ":expect verdicts are not saved" "v t"
if [ "$(cat "$state")" = "harrier triage 2" ]; then pass "triage: and left as it is"; else
    fail "triage: and left as it is" "$(cat "$state")"; fi

# Without a folder to save in it works all the same, says so, and writes nothing where it stands.
triage_homeless() {
    printf '%s\n' ":wait" ":expect verdicts are not saved" "v t" ":expect 1 true positive" "Space" ":expect 1 marked" >"$triage_dir/keys"
    rm -rf "$triage_dir/here" && mkdir "$triage_dir/here"
    (cd "$triage_dir/here" && env -u XDG_STATE_HOME "$@" "$HARRIER" --rule "$root_of_rules/suspect-mailbox-export.yaml" \
        --script ../keys ../moved) 2>&1 || [ $? -le 1 ] || return 1
    [ -z "$(ls -A "$triage_dir/here")" ] || { ls -lA "$triage_dir/here"; return 1; }
}
check "triage: without HOME nothing is saved, and the screen says so" triage_homeless -u HOME
check "triage: nor with an empty one" triage_homeless HOME=
check "triage: nor with a relative one" triage_homeless HOME=here
check "triage: nor where no folder can be made" triage_homeless XDG_STATE_HOME=/proc
