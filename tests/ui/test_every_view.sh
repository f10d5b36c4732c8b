# Sourced by run.sh: each view has its screens. A script goes into it (`:in VIEW`) and saves the screen next; run_script
# does that at every size and in both locales, and the screens lie in tests/ui/screens. A new view fails until it has them.
every_view() {
    local view script name size locale lacks=0
    while read -r view; do
        script=$(grep -lx ":in $view" tests/ui/scripts/*.keys | head -1)
        [ -n "$script" ] || { echo "no script goes into the view '$view'"; lacks=1; continue; }
        name=$(grep -x -A1 ":in $view" "$script" | sed -n 's/^:save-screen //p' | head -1)
        [ -n "$name" ] || { echo "$script saves no screen of '$view'"; lacks=1; continue; }
        for size in 120x40 80x24 40x10; do
            for locale in C.UTF-8 C; do
                grep -qx "==== $name $size $locale" "tests/ui/screens/$(basename "$script" .keys).txt" ||
                    { echo "'$view' has no screen at $size in $locale"; lacks=1; }
            done
        done
    done < <(sed -n 's/^    \.name = "\(.*\)",$/\1/p' "$@")
    return $lacks
}
check "every view has its screens at each size and locale" every_view src/ui/pane_*.c
printf '    .name = "New view",\n' >"$WORK/pane_new.c"
if every_view "$WORK/pane_new.c" >/dev/null; then fail "a view without screens is caught" ""; else
    pass "a view without screens is caught"; fi
