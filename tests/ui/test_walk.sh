# Sourced by run.sh: a whole hunt as README tells it: load, doctor, funnel, tune, exclude, verdict, export, quit; then opened
# again, and all is as it was left. And what the exports say of themselves holds: hashes, raw lines, the command.
walk_dir=$WORK/walk
walk_rule=$PWD/rules/suspect-mailbox-export.yaml
mkdir -p "$walk_dir/out" && cp -r tests/ui/site "$walk_dir/site"

# walk LINES...: a session
walk() {
    printf '%s\n' ":size 120 40" ":wait" "$@" >"$walk_dir/keys"
    (cd "$walk_dir" && XDG_STATE_HOME=$walk_dir/state XDG_CONFIG_HOME=$walk_dir/config "$HARRIER" --rule "$walk_rule" \
        --script keys site) 2>&1 || [ $? -le 1 ]
}

check "walk: load, doctor, funnel" walk ":expect 5 findings" "D" ":wait" ":expect Doctor" "Esc f" ":wait" \
    ":expect 28 lines to 5 findings" "Esc"
check "walk: the story of the address" walk "g Right*5 o" ":wait" ":expect POST" ":expect during" "Enter" ":wait" \
    ":expect dropped by stage" "Esc Esc" ":expect 5 findings"
check "walk: tune, judge, exclude, export, quit" walk "t" '/ "access" Enter' "-" ":wait" ":expect 3 findings" "+" \
    ":wait" ":expect 5 findings" "Esc Esc g" \
    'v t c "asked for the admin audit log" Enter "#" "exfil" Enter' "G v f" ":expect x excludes what is like it" \
    'x Ctrl-U "ip=83.12.9.4 name=archive reason=known" Enter' ":wait" ":expect 1 suppressed" ":absent doc17.zip" \
    'e Ctrl-U "out/f.csv" Enter' ":wait" 'e Ctrl-U "out/f.log" Enter' ":wait" ":expect wrote out/f.log and its manifest" \
    'e Ctrl-U "out/f.sheets.md" Enter' ":wait" 'e Ctrl-U "out/f.timesketch.jsonl" Enter' ":wait" \
    'e Ctrl-U "out/f.case" Enter' ":wait" "g Down Space q"
check "walk: open again, and find everything as it was" walk ":expect 5 findings" ":expect 1 suppressed" \
    ":expect 1 true positive" ":expect 1 marked" ":absent doc17.zip" ":expect  Tc 2023-11-15 02:11:04Z" \
    ":expect *.  2023-11-15 03:40:51Z" "H" ":expect xF  2023-11-15 06:00:00Z" "H g Enter" ":wait" \
    ":expect Note: asked for the admin audit log" ":expect Tags: exfil" "Esc X" ":wait" ":expect archive"

# the bytes of each raw line stand in the log
walk_lines() {
    local line n=0
    while IFS= read -r line; do
        case $line in "#"*) continue ;; esac
        grep -qaFx -- "$line" <(cat "$walk_dir"/site/*/W3SVC1/*.log | tr -d '\r') || { echo "not in the logs: $line"; return 1; }
        n=$((n + 1))
    done < <(tr -d '\r' <"$walk_dir/out/f.log")
    [ "$n" -eq 5 ] || { echo "$n lines"; return 1; }
    grep -qa '^#Fields: date time s-ip' "$walk_dir/out/f.log"
}
check "walk: raw lines are byte for byte the log's" walk_lines

walk_hashes() {
    local file sum
    for file in out/f.csv site/EXCH01/W3SVC1/u_ex231115.log; do
        sum=$(cd "$walk_dir" && sha256sum "$file")
        grep -q "\"sha256\": \"${sum%% *}\"" "$walk_dir/out/f.csv.manifest.json" || { echo "$sum"; return 1; }
    done
    sum=$(sha256sum "$walk_rule")
    grep -q "\"sha256\": \"${sum%% *}\"" "$walk_dir/out/f.csv.manifest.json" || { echo "$sum"; return 1; }
    for file in csv log sheets.md timesketch.jsonl case; do
        [ -s "$walk_dir/out/f.$file.manifest.json" ] || { echo "no manifest of .$file"; return 1; }
    done
}
check "walk: the manifest has the hashes of output, rule and logs" walk_hashes

# the manifest's command makes the same bytes again
walk_again() {
    local command
    cp "$walk_dir/out/f.csv" "$walk_dir/out/first.csv"
    rm "$walk_dir/out/f.csv"
    command=$(sed -n 's/^"command": "\(.*\)",$/\1/p' "$walk_dir/out/f.csv.manifest.json" | sed 's/\\"/"/g; s/\\\\/\\/g')
    (cd "$walk_dir" && harrier() { "$HARRIER" "$@"; } && eval "$command") >"$walk_dir/said" 2>&1
    cmp "$walk_dir/out/first.csv" "$walk_dir/out/f.csv" || { echo "$command"; cat "$walk_dir/said"; return 1; }
}
check "walk: the manifest's command makes the same file again" walk_again

walk_compare() {
    local got
    (cd "$walk_dir" && sed 's/Redir\.png/Other.png/g' out/first.csv >out/sentinel.csv
        "$HARRIER" --rule "$walk_rule" --compare out/first.csv --exclude "ip=83.12.9.4" --format csv site >out/same 2>/dev/null) ||
        { echo "differs from itself"; cat "$walk_dir/out/same"; return 1; }
    got=$(cd "$walk_dir" && "$HARRIER" --rule "$walk_rule" --compare out/sentinel.csv --format csv site 2>/dev/null |
        tr -d '\r' | cut -d, -f1-3)
    [ "$got" = "Side,Row,file_name
only harrier,1,Redir.png
only harrier,5,doc17.zip
only sentinel.csv,1,Other.png" ] || { echo "$got"; return 1; }
}
check "walk: --compare lists what one side lacks" walk_compare

walk_timesketch() {
    local n
    n=$(grep -c '^{"message":"file_name=.*","datetime":"2023-11-15T[0-9:.]*+00:00","timestamp_desc":"' "$walk_dir/out/f.timesketch.jsonl")
    [ "$n" -eq 5 ] || { cat "$walk_dir/out/f.timesketch.jsonl"; return 1; } # Redir.png has two times, the others one
    "$HARRIER" --query 'print a = 1' --format timesketch | tr -d '\r' | grep -qx ',,not timed,1'
}
check "walk: Timesketch gets an event for each time, and no row is lost" walk_timesketch
