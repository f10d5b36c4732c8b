#!/bin/bash
# seconds: 60
# What a script that calls harrier relies on: the exit status, that standard output carries the result
# and nothing else, and that an output file is whole or not there.
. tests/lib.sh
cd "$WORK" || exit 1

cat >hit.log <<'LOG'
#Software: Microsoft Internet Information Services 10.0
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status
2026-03-13 10:00:00 10.0.0.1 GET /owa/auth/Redir.png - 443 203.0.113.66 200
2026-03-13 10:00:01 10.0.0.1 GET /owa/auth/ - 443
LOG
sed 's/Redir.png/Redir.html/' hit.log | gzip >packed.log.gz
printf 'MZ\0\0no log' >program.log
: >empty.log
query='W3CIISLog | where csUriStem has "auth" | project csUriStem, cIP'
csv=$'csUriStem,cIP\r\n/owa/auth/Redir.png,203.0.113.66\r\n'

# run STATUS ARGUMENT...: said and remarks are what it wrote
status_is() {
    local want=$1 got=0
    shift
    "$HARRIER" "$@" >said 2>remarks </dev/null || got=$?
    [ "$got" = "$want" ] || { echo "status $got, not $want"; cat remarks; return 1; }
}
remarked() { grep -qF -- "$1" remarks || { echo "no '$1' in:"; cat remarks; return 1; }; }

findings() {
    status_is 1 --query "$query" --format csv hit.log && [ "$(cat said; echo x)" = "${csv}x" ] &&
        remarked "1 line: fewer fields than #Fields names"
}
check "findings: status 1, the result alone on standard output, remarks beside it" findings

nothing() {
    status_is 0 --query 'W3CIISLog | where csUriStem == "/none"' --format csv hit.log &&
        [ "$(wc -l <said)" = 1 ]
}
check "nothing found: status 0 and the header" nothing

packed() {
    status_is 1 --query "$query" --format csv packed.log.gz && grep -q 'Redir.html,203.0.113.66' said
}
check "a compressed log is read as it is" packed

unread() {
    status_is 2 --query "$query" --format csv program.log && [ ! -s said ] &&
        remarked "the file was not read, so there is no result" &&
        status_is 2 --query "$query" --format csv program.log empty.log && [ ! -s said ] &&
        remarked "none of 2 files was read, so there is no result" && remarked "empty.log: empty"
}
check "logs of which none is read are an error, no empty result" unread

some_unread() {
    status_is 1 --query "$query" --format csv program.log hit.log && remarked "not read: program.log"
}
check "a log that is not read among others is named" some_unread

wrong_calls() {
    status_is 2 --no-such-option && remarked "no-such-option" &&
        status_is 2 --query "$query" missing.log && remarked "missing.log" &&
        status_is 2 --query 'W3CIISLog | were 1' hit.log && remarked "did you mean" &&
        status_is 2 --format xls hit.log && remarked "xls" &&
        status_is 2 --rule missing.yaml hit.log && remarked "missing.yaml" &&
        status_is 2 --query "$query" --set nothing=3 --batch hit.log && remarked "nothing"
}
check "wrong calls: status 2 and what is wrong" wrong_calls

no_room() {
    status_is 2 --query "$query" --format csv --output /dev/full hit.log && [ -s remarks ]
    echo old >out.csv && mkdir locked && echo old >locked/out.csv &&
        status_is 2 --query "$query" --output missing/out.csv hit.log && remarked "missing/out.csv"
}
check "what cannot be written is an error" no_room

output() {
    status_is 1 --query "$query" --format csv --output out.csv hit.log && [ ! -s said ] &&
        [ "$(cat out.csv; echo x)" = "${csv}x" ] && [ "$(stat -c %a out.csv)" = 600 ]
}
check "--output replaces the file as a whole, for its owner's eyes" output

closed() {
    local got=0
    "$HARRIER" --query "range x from 1 to 200000 step 1" --format csv </dev/null 2>remarks | head -1 >said
    got=${PIPESTATUS[0]}
    [ "$(cat said)" = $'x\r' ] && [ "$got" -ne 139 ] && [ "$got" -ne 134 ]
}
check "a reader that goes away ends it quietly" closed

input() {
    local got=0
    "$HARRIER" --query "$query" --format csv - <hit.log >said 2>remarks || got=$?
    [ "$got" = 1 ] && [ "$(cat said; echo x)" = "${csv}x" ]
}
check "- is standard input" input
finish
