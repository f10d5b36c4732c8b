#!/bin/bash
# modes: release san tiny
# seconds: 300
# --follow: logs grow, come, are replaced and cut off under the plain workbench. At each step what it says is waited for,
# and at the end the export is compared with that of a new run over the same files.
. tests/lib.sh
export TERM=dumb
rule=$PWD/rules/suspect-mailbox-export.yaml
logs=$WORK/logs
log=$logs/EXCH01/W3SVC1/u_ex231115.log
mkdir -p "$logs"
cp -r tests/ui/site/EXCH01 "$logs/"
# hit NAME ADDRESS [TIME]: a line that is a finding
hit() { echo "2023-11-15 ${3:-08:00:00} 10.1.2.10 GET /owa/auth/$1 - 443 - $2 curl/8.1 - 200 0 0 1"; }
follow() { # ARGUMENT...: the workbench, in the background; commands go to fd 3
    rm -f "$WORK/commands" && mkfifo "$WORK/commands"
    "$HARRIER" --rule "$rule" --plain --follow "$@" <"$WORK/commands" >"$WORK/said" 2>"$WORK/errors" &
    pid=$!
    exec 3>"$WORK/commands"
}
say() { echo "$1" >&3; }
leave() { say q; exec 3>&-; wait $pid; status=$?; }
# until NAME TEXT: it is said within 20 seconds, behind what was said before
until_said() {
    local i where
    for ((i = 0; i < 200; i++)); do
        where=$(tail -c +"$((at + 1))" "$WORK/said" | LC_ALL=C grep -abFo -m1 -- "$2" | head -1)
        if [ -n "$where" ]; then
            at=$((at + ${where%%:*} + ${#2}))
            pass "$1"
            return
        fi
        sleep 0.1
    done
    fail "$1" "does not say: $2
$(tail -c +"$((at + 1))" "$WORK/said"; cat "$WORK/errors")"
}
at=0
follow "$logs"
until_said 'begins with what is there' '4 findings'
hit new1.png 198.51.100.101 >>"$log"
until_said 'a line that is added' '1 new finding'
say .
say n
until_said 'is counted' '1 new +'
until_said 'and flagged' '+.  2023-11-15 08:00:00Z  new1.png'
printf '2023-11-15 08:00:01 10.1.2.10 GET /owa/auth/half.png - 443 - 198.51' >>"$log"
sleep 1.5
say s
until_said 'half a line waits' 'StartTime'
if grep -q half.png "$WORK/said"; then fail 'half a line is not read' "$(grep half.png "$WORK/said")"; else pass 'half a line is not read'; fi
echo '.100.102 curl/8.1 - 200 0 0 1' >>"$log"
until_said 'its end completes it' '2 new findings'
say '/file_name:half'
until_said 'with both halves' 'half.png'
say Esc
mkdir -p "$logs/EXCH03/W3SVC1"
{ head -4 "$log"; hit third.png 198.51.100.103; } >"$logs/EXCH03/W3SVC1/u_ex231115.log"
until_said 'a new file in a new folder is taken' 'is new'
until_said 'with its findings' '3 new findings'
# what was a finding is one no more: a third access
hit new1.png 198.51.100.101 09:00:00 >>"$log"
hit new1.png 198.51.100.101 09:00:01 >>"$log"
hit last.png 198.51.100.105 09:00:02 >>"$log"
until_said 'a finding may go as another comes' 'new findings'
# other columns from here on
printf '#Fields: date time cs-uri-stem c-ip cs-uri-query sc-status\n2023-11-15 09:10:00 /owa/auth/fields.png 198.51.100.104 - 200\n' >>"$log"
until_said 'a change of #Fields holds' 'new findings'
say '/file_name:fields'
until_said 'for the lines behind it' 'fields.png'
say Esc
say N
say "export $WORK/followed.csv"
until_said 'exports' 'wrote'
leave
"$HARRIER" --rule "$rule" --batch --format csv --output "$WORK/whole.csv" "$logs" 2>/dev/null </dev/null
if cmp -s <(sort "$WORK/followed.csv") <(sort "$WORK/whole.csv"); then pass 'all of it equals a run over all'
else fail 'all of it equals a run over all' "$(diff "$WORK/followed.csv" "$WORK/whole.csv")"; fi

# rotation and truncation
at=0
follow "$logs"
until_said 'begins again' 'findings'
mv "$log" "$log.1"
{ head -4 "$log.1"; hit rotated.png 198.51.100.106 10:00:00; } >"$log.new" && mv "$log.new" "$log"
until_said 'a file that is replaced is said' 'replaced by another file'
until_said 'and the new one read' 'new finding'
{ head -4 "$log.1"; hit cut.png 198.51.100.107 11:00:00; } >"$log"
until_said 'a file that is cut off or written anew is said' 'read from its start'
say '/file_name:cut'
until_said 'and read from its start' 'cut.png'
say Esc
say '/file_name:rotated'
say '1 Enter'
until_said 'what was read before can no longer be shown' 'was replaced or cut off'
leave
if [ ! -s "$WORK/errors" ]; then pass 'no complaint'; else fail 'no complaint' "$(cat "$WORK/errors")"; fi

# a file that is empty at first, and one of UTF-16
rm -rf "$logs" && mkdir -p "$logs"
: >"$logs/a.log"
{ printf '\xff\xfe'; { head -4 "tests/ui/site/EXCH01/W3SVC1/u_ex231115.log"; hit wide1.png 198.51.100.108; } | iconv -t UTF-16LE; } >"$logs/w.log"
at=0
follow "$logs"
until_said 'UTF-16 is read' '1 finding'
{ head -4 tests/ui/site/EXCH01/W3SVC1/u_ex231115.log; hit first.png 198.51.100.109; } >>"$logs/a.log"
until_said 'a file that was empty fills' '1 new finding'
hit wide2.png 198.51.100.110 | iconv -t UTF-16LE >>"$logs/w.log"
until_said 'UTF-16 grows' '2 new findings'
say '/file_name:wide2'
until_said 'and is read right' 'wide2.png'
leave
"$HARRIER" --batch --follow "$logs" >"$WORK/said" 2>&1 </dev/null
if [ $? -eq 2 ] && grep -q 'wants the workbench' "$WORK/said"; then pass 'not in batch'; else fail 'not in batch' "$(cat "$WORK/said")"; fi
finish
