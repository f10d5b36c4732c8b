#!/bin/bash
# seconds: 300
# The golden cases of the log reader, tests/input/cases/*.txt, and the real logs.
#
# A case:
#     -- title
#     << path            the lines that follow are this file; \r \n \0 \xNN \\ as in printf %b, a \ at the
#                        end of a line leaves out its newline
#     $ argument...      logdump is run with these in the case's folder (`< path` gives standard input);
#                        the lines that follow are what it must print
# Every run is repeated with other block sizes and thread counts, which must not change a byte.
. tests/lib.sh
dump=$TOOLS/logdump cases=$PWD/tests/input/cases real=$SHARED/data/real

variants=("" "--block 1 --threads 3" "--block 64 --threads 2")
[ "$MODE" = tiny ] && unset 'variants[1]' # its blocks are of 7 bytes as it is

# run_case ARGUMENT...: in the current folder
run_case() {
    if [ $# -ge 2 ] && [ "${*: -2:1}" = "<" ]; then
        "$dump" "${@:1:$#-2}" <"${*: -1}"
    else
        "$dump" "$@" </dev/null
    fi
}
check_run() {
    local more said
    [ -n "$arguments" ] || return
    for more in "${variants[@]}"; do
        said=$(cd "$folder" && run_case $more $arguments 2>&1)
        if [ "$said" != "$expected" ]; then
            fail "$title ($more $arguments)" "$(diff <(echo "$expected") <(echo "$said"))"
            arguments=
            return
        fi
    done
    pass "$title ($arguments)"
    arguments=
}
run_cases() {
    local line file= mode=
    arguments= expected= title=
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '-- '*)
            check_run
            title=${line#-- } folder=$WORK/$((++number)) mode=
            mkdir -p "$folder"
            ;;
        '<< '*)
            check_run
            file=$folder/${line#<< } mode=file
            mkdir -p "${file%/*}"
            : >"$file"
            ;;
        '$ '*)
            check_run
            arguments=${line#\$ } expected= mode=expect
            ;;
        *)
            if [ "$mode" = file ]; then
                case $line in
                *[!\\]\\ | \\) printf '%b' "${line%\\}" >>"$file" ;;
                *) printf '%b\n' "$line" >>"$file" ;;
                esac
            elif [ "$mode" = expect ] && [ -n "$line" ]; then
                expected+=${expected:+$'\n'}$line
            fi
            ;;
        esac
    done
    check_run
}
number=0
for list in "$cases"/*.txt; do
    set -f
    run_cases <"$list"
    set +f
done

# Every real log is read or listed with its reason; no line is lost, and blocks and threads change nothing.
if [ ! -d "$real" ]; then
    skip "real logs" "no $real"
    finish
fi
while IFS= read -r log; do
    name=${log#"$real"/}
    said=$("$dump" --files --stats --origins --columns '*' "$log")
    case $said in
    *" (not read) "*:\ ?*) pass "real: $name is listed with its reason" ;;
    *" (not read) "* | *WRONG* | *error:*) fail "real: $name" "$said" ;;
    *)
        lines=$(awk 'END { print NR }' "$log")
        if [[ $said != *"lines $lines = "* ]]; then
            fail "real: $name has $lines lines" "$(grep '^lines' <<<"$said")"
        elif [ "$("$dump" --files --stats --origins --columns '*' --block 61 --threads 3 "$log")" != "$said" ]; then
            fail "real: $name in small blocks"
        else
            pass "real: $name"
        fi
        ;;
    esac
done < <(find "$real" -type f | sort)
finish
