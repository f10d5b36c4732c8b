# Sourced: running a script of keys at all sizes and locales.

# Seconds and memory differ from run to run.
steady() { sed -E 's/ in [0-9]+\.[0-9]{2} s/ in N.NN s/; s/   [0-9.]+ [kM]?B kept//; s/(done) +[0-9]+\.[0-9]+/\1 N.NNN/'; }

# run_script FILE FOLDER: every screen that the script saves, in FOLDER/all.txt. The program runs in a folder that
# holds the logs only, so that names on the screen are the same everywhere.
run_script() {
    local root=$PWD size locale out text own more
    mkdir -p "$2"
    : >"$2/all.txt"
    for size in 120x40 80x24 40x10; do
        for locale in C.UTF-8 C; do
            out=$2/$size-$locale
            rm -rf "$out"
            mkdir -p "$out"
            cp -r "$root/tests/ui/site" "$out/site"
            own=
            if [ -f "${1%.keys}.yaml" ]; then # keys of the script's own; it must be ours alone
                own=$out/own.yaml
                install -m 600 "${1%.keys}.yaml" "$own"
            fi
            more=() # options of the script's own; paths in them are from the project's root
            [ ! -f "${1%.keys}.options" ] || read -ra more < <(sed "s,=rules/,=$root/rules/,g" "${1%.keys}.options")
            { echo ":size ${size/x/ }"; cat "$1"; } >"$out/keys"
            (cd "$out" && export XDG_STATE_HOME=$PWD/state XDG_CONFIG_HOME=$PWD/config
                TZ=Asia/Kathmandu LC_ALL=$locale "$HARRIER" --rule "$root/rules/suspect-mailbox-export.yaml" \
                ${own:+--keys "$own"} "${more[@]}" --script keys site) >"$out/said" 2>&1
            [ $? -le 1 ] || { cat "$out/said"; return 1; }
            for text in "$out"/[0-9]*; do
                echo "==== ${text##*/} $size $locale"
                steady <"$text"
            done >>"$2/all.txt"
        done
    done
}
