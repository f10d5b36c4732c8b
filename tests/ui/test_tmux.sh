# Sourced by run.sh: the workbench on a terminal, in tmux. A whole hunt with resizes; the terminal as it was after every way to
# end; what reaches it from a log that wants to write to it; a megabyte pasted; bytes sent for one step.
command -v tmux >/dev/null || { skip "terminal" "tmux is not installed"; return 0; }
socket=$WORK/tmux
# the server outlives a test that was stopped: it must not hold open what its caller holds
pane() { tmux -S "$socket" "$@" 3>&- 9>&-; }
shown() { pane capture-pane -p; }

# open COLUMNS ROWS ENVIRONMENT ARGUMENTS: the workbench in a fresh terminal, with nothing saved before; bytes it sends go to $WORK/bytes
open() {
    local columns=$1 rows=$2 environment=$3 try
    shift 3
    rm -rf "$WORK/go" "$WORK/stty"* "$WORK/bytes" "$WORK/saved"
    : >"$WORK/bytes"
    # the server of the terminal before may be on its way out and take this one with it
    for try in 1 2 3; do
        start "$columns" "$rows" "$environment" "$@" && break
        sleep 0.3
    done
    shown >/dev/null || return 1
    pane pipe-pane "cat >>'$WORK/bytes'"
    touch "$WORK/go"
}
start() {
    local columns=$1 rows=$2 environment=$3
    shift 3
    pane -f /dev/null new-session -d -x "$columns" -y "$rows" "echo before; stty -g >'$WORK/stty1'
        while [ ! -e '$WORK/go' ]; do sleep 0.02; done
        env LC_ALL=C.UTF-8 TERM=tmux-256color XDG_STATE_HOME='$WORK/saved' $environment '$HARRIER' $*
        echo \"ended \$?\"; stty -g >'$WORK/stty2'; exec sleep 1000"
}
# see TEXT: waits until it is on the screen
see() {
    local i
    for ((i = 0; i < 400; i++)); do
        shown | grep -qF -- "$1" && return 0
        sleep 0.05
    done
    echo "this was waited for: $1"
    shown
    return 1
}
keys() { pane send-keys "$@"; }
pid_of() { pgrep -P "$(pane display -p '#{pane_pid}')" -f -- "$HARRIER" | head -1; }
close_terminal() { pane kill-server 2>/dev/null; sleep 0.1; }
# clean: the terminal is as it was
clean() {
    see "ended" && shown | grep -q before && cmp "$WORK/stty1" "$WORK/stty2" &&
        [ "$(pane display -p '#{alternate_on}#{cursor_flag}#{keypad_flag}#{mouse_any_flag}')" = 0100 ] &&
        [ "$(grep -ao $'\033\\[?2004[hl]' "$WORK/bytes" | tail -1)" = $'\033[?2004l' ]
}

# The cursor stays on Redir.png while rows come in above it.
hunt() {
    rm -f "$WORK/out.csv"
    open 120 40 "" --rule rules/suspect-mailbox-export.yaml tests/ui/site &&
        see "5 findings" && keys Enter && see "2 accesses from 1 address" && keys q &&
        keys t && see "[x] aspx" && keys Down Down Down && keys Space && see "7 findings" &&
        pane resize-window -x 80 -y 24 && see "errorFW.aspx" && see "[ ] aspx" &&
        pane resize-window -x 40 -y 10 && see "7 findings" && keys q && see "errorF" &&
        keys Space && see "1 marked" && pane resize-window -x 120 -y 40 &&
        keys e && see "export 1 marked finding to" && keys C-u && keys -l "$WORK/out.csv" && keys Enter &&
        see "wrote 1 finding" && keys q && clean && see "ended 1" &&
        [ "$(wc -l <"$WORK/out.csv")" -eq 2 ] && grep -q Redir.png "$WORK/out.csv"
}
check "terminal: a hunt from start to export" hunt
close_terminal

# ended_by NAME COMMAND...: however it ends, the terminal is clean
ended_by() {
    local name=$1
    shift
    check "terminal: clean after $name" eval 'open 100 30 "" --rule rules/suspect-mailbox-export.yaml tests/ui/site &&
        see "5 findings" && { '"$*"'; } && clean'
    close_terminal
}
ended_by "q" 'keys q'
ended_by "Ctrl-C" 'keys C-c'
ended_by "Ctrl-C in a panel" 'keys t C-c'
ended_by "SIGTERM" 'kill -TERM $(pid_of)'
ended_by "SIGHUP" 'kill -HUP $(pid_of)'
ended_by "a crash" 'kill -SEGV $(pid_of)'

hung_up() {
    local pid
    open 100 30 "" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "5 findings" && pid=$(pid_of) &&
        [ -n "$pid" ] || return 1
    pane kill-server
    for ((i = 0; i < 100; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$pid"
    return 1
}
check "terminal: ends when the connection closes" hung_up
close_terminal

# Every field of this log tries to speak to the terminal; 31337 stands in each sequence. Whatever is left when
# everything that curses sends is taken away would be theirs.
hostile_log() {
    local evil=$'\033]0;31337\007\033[31337m\033P31337\033\\\033c\302\23331337m\23331337m\033]52;c;MzEzMzc=\007'
    echo "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer)" \
        "sc-status sc-substatus sc-win32-status time-taken"
    printf '2024-01-01 00:00:01 %s %s /owa/%s.png - %s %s 8.8.8.8 %s %s 200 0 %s 1\n' \
        "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil"
    printf '2024-01-01 00:00:02 1.1.1.1 GET /owa/%s - 443 - 9.9.9.%s x - 200 0 0 1\n' "x$evil" "$evil"
}
nothing_of_theirs() {
    local left
    # what is expected: CSI with short numbers, charsets, keypad modes
    left=$(LC_ALL=C sed -E $'s/\033\\[[?>]?([0-9]{1,4};?){0,6}[A-Za-z@]//g; s/\033[()][A-Z0]//g; s/\033[=>78M]//g' "$WORK/bytes" |
        LC_ALL=C tr -d '\r\n\b\t\017\016')
    ! LC_ALL=C grep -qaP '\x1b|\x07|\x7f|[\x00-\x08\x0b-\x1f]' <<<"$left" &&
        ! LC_ALL=C grep -qaP '\x1b\[31337|\xc2[\x80-\x9f]' "$WORK/bytes" &&
        iconv -f UTF-8 -t UTF-8 <"$WORK/bytes" >/dev/null
}
hostile() {
    mkdir -p "$WORK/hostile"
    hostile_log >"$WORK/hostile/u_ex240101.log"
    cp "$WORK/hostile/u_ex240101.log" "$WORK/hostile/"$'evil\033]0;31337\007name.log'
    open 120 40 "" --rule rules/suspect-mailbox-export.yaml "$WORK/hostile" &&
        see "findings" && keys Enter && see "Accesses" && keys Tab Tab && see "Raw line" && keys Enter && see "csUriStem" &&
        keys y && sleep 0.2 && keys q Tab && see "[Signs]" && keys Tab && see "[Folder]" && keys Tab && see "[Usual?]" &&
        keys Tab Tab && see "[Fields]" && keys q o && see "requests" && keys Enter && see "csUriStem" && keys q q &&
        keys Right Right Right F && see "Share" && keys Enter && see "1 shown" && keys C && see "Filter of" && keys q Escape &&
        keys D && see "Doctor" && keys q T && see "Accesses over time" && keys q x && see "would hide" && keys Escape &&
        keys c && keys -l note && keys Enter && keys B && keys i && see "Kind" && keys q b && see "odd" && keys q f && see "Funnel" &&
        keys q t && see "Knobs" && keys q q && see "ended" || return 1
    # the clipboard is ours: taken away before the rest is looked at
    LC_ALL=C sed -i -E $'s/\033Ptmux;\033\033\\]52;c;[A-Za-z0-9+\\/=]*\007\033\\\\//g; s/\033\\]52;c;[A-Za-z0-9+\\/=]*\007//g' "$WORK/bytes"
    nothing_of_theirs
}
check "terminal: a hostile log writes nothing to it" hostile
close_terminal

pasted() {
    head -c 1000000 /dev/zero | tr '\0' 'q' >"$WORK/paste"
    open 100 30 "" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "5 findings" || return 1
    pane load-buffer "$WORK/paste"
    pane paste-buffer -p && keys / && see "Enter keep" && pane paste-buffer -p && see "qqqqqq" && keys Escape && sleep 0.1 &&
        see "5 findings" && keys q && clean
}
check "terminal: a megabyte pasted presses no key" pasted
close_terminal

one_step() {
    local before after
    open 120 40 "" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "5 findings" || return 1
    keys t && see "[x] aspx" && sleep 0.5 || return 1
    before=$(wc -c <"$WORK/bytes")
    keys Down && sleep 0.5
    after=$(wc -c <"$WORK/bytes")
    echo "$((after - before)) bytes"
    [ $((after - before)) -gt 0 ] && [ $((after - before)) -le 2048 ]
}
check "terminal: one step of the cursor sends at most 2 kB" one_step
close_terminal

colours() {
    open 100 30 "NO_COLOR=1" --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "5 findings" || return 1
    ! pane capture-pane -p -e | grep -qE $'\033\\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]' || { echo "colour"; return 1; }
    close_terminal
    open 100 30 "" --theme dark --rule rules/suspect-mailbox-export.yaml tests/ui/site && see "5 findings" || return 1
    pane capture-pane -p -e | grep -q $'\033\\[[0-9;]*38;5;'
}
check "terminal: no colour with NO_COLOR, 256 where there are" colours
close_terminal
