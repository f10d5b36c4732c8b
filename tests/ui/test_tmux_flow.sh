# Sourced by run.sh, after test_tmux.sh whose functions it uses: logs that go on while they are looked at. A followed log on
# the terminal, at two sizes; a pipe from which nothing comes any more; keys of one's own.
command -v tmux >/dev/null || return 0

# The same where a long path may have wrapped the text.
see_wrapped() {
    local i
    for ((i = 0; i < 400; i++)); do
        shown | tr -s ' \n' ' ' | grep -qF -- "$1" && return 0
        sleep 0.05
    done
    see "$1"
}

# cursor_row: the screen's row with the cursor, once nothing has been painted for a while: while it is painted the
# terminal's cursor is where the last byte went
cursor_row() {
    local i same=0 now before=
    for ((i = 0; i < 100 && same < 4; i++)); do
        now=$(pane display -p '#{cursor_y}' && shown)
        if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
        before=$now
        sleep 0.05
    done
    sed -n "$(($(head -1 <<<"$now") + 2))p" <<<"$now"
}

followed() {
    local logs=$WORK/followed log
    log=$logs/EXCH01/W3SVC1/u_ex231115.log
    rm -rf "$logs" && mkdir -p "$logs" && cp -r tests/ui/site/EXCH01 "$logs" || return 1
    open 120 40 "" --rule rules/suspect-mailbox-export.yaml --follow "$logs" && see "4 findings" && see following || return 1
    keys G && sleep 0.3
    local row name
    name=$(cursor_row)
    # one sorts above, one below, whatever the order is: the cursor stays on its finding
    echo '2023-11-15 01:00:00 10.1.2.10 GET /owa/auth/early.png - 443 - 198.51.100.101 curl/8.1 - 200 0 0 1' >>"$log"
    echo '2023-11-15 23:00:00 10.1.2.10 GET /owa/auth/late.png - 443 - 198.51.100.102 curl/8.1 - 200 0 0 1' >>"$log"
    see "2 new +" && see "+.  2023-11-15 23:00:00Z" && see "new +, n next" || return 1
    row=$(cursor_row)
    [ "$(cut -c1-38 <<<"$row")" = "$(cut -c1-38 <<<"$name")" ] || { echo "the cursor was on: $name, is on: $row"; shown; return 1; }
    pane resize-window -x 80 -y 24 && see "2 new +" && keys n Enter && see "1 access from 1 address" && keys q &&
        see "1 new +" && keys N && see "6 findings" && ! shown | grep -q "new +" &&
        mv "$log" "$log.1" && head -5 "$log.1" >"$log" && see_wrapped "was replaced by another file" && keys q && clean
}
check "terminal: a log that is followed" followed
close_terminal

quiet_pipe() {
    local real=$HARRIER status
    printf '#!/bin/sh\n{ cat "%s"; exec sleep 8; } | exec "%s" "$@"\n' \
        "$PWD/tests/ui/site/EXCH01/W3SVC1/u_ex231115.log" "$real" >"$WORK/piped"
    chmod +x "$WORK/piped"
    HARRIER=$WORK/piped
    open 120 40 "" --rule rules/suspect-mailbox-export.yaml - && see "Redir.png" && see "~4 findings" &&
        keys f && see "Funnel" && keys q q && clean
    status=$?
    HARRIER=$real
    return $status
}
check "terminal: a pipe that goes quiet shows what it gave" quiet_pipe
close_terminal

own_keys() {
    install -m 600 tests/ui/scripts/bindings.yaml "$WORK/own.yaml"
    open 120 40 "" --keys "$WORK/own.yaml" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "F2 export" &&
        keys F3 && see "Funnel" && keys q && keys m && see "1 marked" && keys q && clean || return 1
    close_terminal
    chmod 666 "$WORK/own.yaml"
    open 120 40 "" --keys "$WORK/own.yaml" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "ended 2" && see "chmod go-w"
}
check "terminal: keys of one's own" own_keys
close_terminal
