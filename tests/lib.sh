# Sourced by tests/*/run.sh. Each case prints one line of TAP; finish ends the group.
tap_n=0 tap_bad=0
# started by hand: a folder of its own all the same
[ -n "${WORK:-}" ] || { WORK=$(mktemp -d) && trap 'rm -rf "$WORK"' EXIT; }
pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
skip() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
# fail NAME [WHY]
fail() {
    tap_n=$((tap_n + 1)) tap_bad=$((tap_bad + 1))
    echo "not ok $tap_n - $1"
    [ $# -lt 2 ] || printf '%s\n' "$2" | head -60 | sed 's/^/# /'
}
# check NAME COMMAND...: passes when the command does; its output is shown when it does not
check() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1 </dev/null); then pass "$name"; else fail "$name" "$said"; fi
}
# same NAME EXPECTED_FILE FILE: equal bytes
same() {
    local said
    if said=$(diff -u --text "$2" "$3" 2>&1); then pass "$1"; else fail "$1" "$said"; fi
}
finish() { echo "1..$tap_n"; [ "$tap_bad" -eq 0 ]; exit; }
