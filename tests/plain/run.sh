#!/bin/bash
# modes: release san tiny
# seconds: 240
# --plain: commands in, lines out. What is said is looked for, not compared whole: views and keys that are added later
# must not make these fail. Nothing but printable text and line ends may come out, in any locale.
. tests/lib.sh
export TERM=dumb
rule=$PWD/rules/suspect-mailbox-export.yaml
cp -r tests/ui/site "$WORK/site"
# run COMMAND...: each a line; what is said goes to $WORK/said
run() {
    printf '%s\n' "$@" | "$HARRIER" --rule "$rule" --plain "$WORK/site" >"$WORK/said" 2>"$WORK/errors"
    status=$?
}
# says NAME TEXT...: all of them, as fixed text
says() {
    local name=$1 text
    shift
    for text; do
        grep -qF -- "$text" "$WORK/said" || { fail "$name" "does not say: $text
$(cat "$WORK/said" "$WORK/errors")"; return; }
    done
    pass "$name"
}
silent() { # NAME TEXT
    if grep -qF -- "$2" "$WORK/said"; then fail "$1" "says: $2"; else pass "$1"; fi
}
clean() { # NAME: no byte below a blank but the line end, no DEL, no C1
    if LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$WORK/said"; then
        fail "$1" "$(LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$WORK/said" | cat -A)"
    else
        pass "$1"
    fi
}

run 1 q
says 'lists the findings with numbers' 'Suspect Mailbox Export on IIS/OWA' '5 findings' '1>' '2023-11-15 02:11:04Z  Redir.png' \
    '5.' '2023-11-15 06:00:00Z  doc17.zip'
says 'reads a row whole' 'csUriStem: /owa/auth/Redir.png' 'AccessTimes: 2023-11-15 02:11:04Z, 2023-11-15 02:41:10Z'
says 'names the keys' 'Enter open' 't knobs' '? help'
if [ $status -eq 1 ] && [ ! -s "$WORK/errors" ]; then pass 'findings are status 1'; else fail 'findings are status 1' "$status $(cat "$WORK/errors")"; fi
clean 'writes only text'
run '3'
says 'hostile names are shown, not sent' '\x1b]0;ow'
clean 'and nothing of them gets through'
LC_ALL=C run 4 t f '?'
clean 'in the C locale too'
if LC_ALL=C grep -q '[^ -~]' "$WORK/said"; then fail 'which gets ASCII only'; else pass 'which gets ASCII only'; fi

run '1 Enter' Tab 'next tab' q
says 'opens a finding and its tables' '== Finding:' '2 accesses from 1 address' '[Accesses]' '[Addresses]' '[Raw lines]' \
    'GET /owa/auth/Redir.png'
run knobs '3 Space' '3 switch' q
says 'turns knobs' '== Knobs:' '3>   [ ] ::1' '1 changed'
run funnel
says 'shows the funnel without blocks' '== Funnel:' '75.0%  ###########' 'where isempty(csUriQuery)'
run '?' '' '' '' '' ''
says 'pages through the help' '== Help:' 'an empty line shows more' 'nothing more here'
run i q b q z
says 'shows files, bad lines, and the zone' '== Files:' '== Bad lines:' 'L'
run '/file_name:redir' q
says 'filters' '1 shown'
run filter redir q
says 'asks for what a command needs' '? ' '1 shown'
run filter . q
silent 'a dot leaves the question' 'shown'
run '2 mark' "export $WORK/out.csv"
says 'marks and exports' '2. *.' 'wrote 1 finding to'
if [ "$(grep -c 1f9a3c77 "$WORK/out.csv")" = 1 ]; then pass 'the marked one'; else fail 'the marked one' "$(cat "$WORK/out.csv")"; fi
run "1 mark" "export $WORK/out.csv" n
says 'asks before a file is written over' '(y or n)'
if grep -q 1f9a3c77 "$WORK/out.csv"; then pass 'no means no'; else fail 'no means no'; fi
run ': print x = 7' 1 q
says 'runs a query of its own and comes back' 'x: 7' 'Redir.png'
run 99 blah '1 blah' 0
says 'mistakes are told' 'rows are 1 to 5' 'that is no row, key or word'
run 'Ctrl-C'
says 'Ctrl-C as a command quits' '>'
head -c 100000 /dev/urandom | "$HARRIER" --rule "$rule" --plain "$WORK/site" >"$WORK/said" 2>"$WORK/errors"
if [ $? -le 1 ]; then pass 'noise for commands is survived'; else fail 'noise for commands is survived' "$(tail -5 "$WORK/errors")"; fi
clean 'and answered with text'
"$HARRIER" --rule "$rule" --plain - >"$WORK/said" 2>&1 </dev/null
if [ $? -eq 2 ]; then says 'a log cannot come where commands come from' 'standard input'; else fail 'a log on - is refused'; fi
if command -v script >/dev/null; then
    (sleep 1; echo q) | script -qec "'$HARRIER' --rule '$rule' '$WORK/site'" /dev/null >"$WORK/said" 2>&1
    tr -d '\r' <"$WORK/said" >"$WORK/said2" && mv "$WORK/said2" "$WORK/said"
    says 'a dumb terminal gets it unasked' '== Findings:' 'Redir.png'
    clean 'without one escape'
else
    skip 'a dumb terminal gets it unasked' 'script is not installed'
fi
finish
