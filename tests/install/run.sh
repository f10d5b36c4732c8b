#!/bin/bash
# modes: release
# seconds: 300
# make install puts everything under PREFIX, the installed program finds its rules from anywhere, DESTDIR is
# honoured, and make uninstall leaves nothing. Packages that are missing: `deps` names the command.
. tests/lib.sh
prefix=$WORK/root
mkdir -p "$WORK/build"
cp -a "$BUILD/release" "$WORK/build/release" # what is built is not built again, but for PREFIX
check 'installs' make -s install BUILD="$WORK/build" PREFIX="$prefix" CC="${CC:-gcc}"
check 'the program is there' test -x "$prefix/bin/harrier"
check 'the rule is there, byte for byte' \
    cmp rules/suspect-mailbox-export.yaml "$prefix/share/harrier/rules/suspect-mailbox-export.yaml"
"$TOOLS/demo" >"$WORK/demo.log"
cd "$WORK/home" || exit
"$prefix/bin/harrier" --batch --format csv "$WORK/demo.log" >"$WORK/found" 2>&1 </dev/null
status=$?
if [ $status -eq 1 ] && grep -q Redir.png "$WORK/found"; then
    pass 'finds its rule from another folder'
else
    fail 'finds its rule from another folder' "exit status $status: $(cat "$WORK/found")"
fi
cd "$OLDPWD" || exit
check 'installs below DESTDIR' make -s install BUILD="$WORK/build" PREFIX="$prefix" DESTDIR="$WORK/stage" CC="${CC:-gcc}"
check 'the staged program is there' test -x "$WORK/stage$prefix/bin/harrier"
share=$prefix/share
for file in man/man1/harrier.1 bash-completion/completions/harrier zsh/site-functions/_harrier harrier/themes/dark.yaml; do
    check "installs $file" test -s "$share/$file"
    check "stages $file" test -s "$WORK/stage$share/$file"
done
options=$("$prefix/bin/harrier" --help | grep -oE '^ +--[a-z-]+' | tr -d ' ')
# The man page: no remark of the typesetter, and each option and way out is in it.
page=$share/man/man1/harrier.1
if command -v groff >/dev/null; then
    said=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
    if [ -z "$said" ]; then pass 'the man page is valid'; else fail 'the man page is valid' "$said"; fi
    text=$(groff -man -Tascii -P-cbou "$page")
    missing=$(for option in $options; do grep -qE -- "^ +$option( |\$)" <<<"$text" || echo "$option"; done)
    if [ -z "$missing" ]; then pass 'the man page has every option'; else fail 'the man page has every option' "$missing"; fi
    if grep -q 'Draws the screen anew' <<<"$text"; then pass 'and every key'; else fail 'and every key'; fi
else
    skip 'the man page is valid' 'groff is not installed'
fi
# complete WORD...: what bash offers for the last word
complete_words() {
    PATH=$prefix/bin:$PATH bash -c '. "$1" && shift && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && { _harrier
        printf "%s\n" "${COMPREPLY[@]}"; }' bash "$share/bash-completion/completions/harrier" "$@"
}
offers() { # NAME EXPECTED WORD...
    local name=$1 expected=$2 got
    shift 2
    got=$(complete_words harrier "$@" | tr '\n' ' ')
    if [ "$got" = "$expected" ]; then pass "$name"; else fail "$name" "offers: $got"; fi
}
offers 'bash offers all options' "$(tr '\n' ' ' <<<"$options")" --
offers 'bash offers words' 'raw ' --csv r
offers 'bash offers words after =' 'last wall ' --now = ''
offers 'bash offers themes' 'mono ' --theme mo
offers 'bash offers formats' 'json jsonl ' --format js
offers 'bash offers rules' 'suspect-mailbox-export ' --rule suspect
touch "$WORK/home/a log.log"
offers 'bash offers files' "$WORK/home/a log.log " "$WORK/home/a"
if command -v zsh >/dev/null; then
    check "zsh reads its completion" zsh -n "$share/zsh/site-functions/_harrier"
else
    skip 'zsh reads its completion' 'zsh is not installed'
fi
check 'uninstalls' make -s uninstall PREFIX="$prefix"
left=$(find "$prefix" -type f)
if [ -z "$left" ]; then pass 'nothing is left'; else fail 'nothing is left' "$left"; fi

check 'deps: silent when all is there' test -z "$(tests/deps bash coreutils 2>&1)"
# A world without rights: no root, no sudo, one package missing.
mkdir -p "$WORK/bin"
printf '#!/bin/sh\n# another user\necho 1000\n' >"$WORK/bin/id"
for tool in sh dpkg-query apt-get; do ln -s "$(command -v $tool)" "$WORK/bin/$tool"; done
chmod +x "$WORK/bin/id"
said=$(PATH=$WORK/bin "$WORK/bin/sh" tests/deps bash no-such-package-as-this 2>&1 </dev/null)
status=$?
if [ $status -eq 1 ] && [[ $said == *"apt-get install -y --no-install-recommends no-such-package-as-this"* ]]; then
    pass 'deps: says the command where it cannot'
else
    fail 'deps: says the command where it cannot' "exit status $status: $said"
fi
# make run without a terminal: the findings as a table, and success although there are findings
said=$(tests/demo "$HARRIER" "$TOOLS/demo" "$WORK/demo" 2>&1 </dev/null)
status=$?
if [ $status -eq 0 ] && [[ $said == *Redir.png* ]]; then
    pass 'the demo prints its findings'
else
    fail 'the demo prints its findings' "exit status $status: $said"
fi
rm -rf "$WORK/build" "$prefix" "$WORK/stage" "$WORK/demo" "$WORK/demo.log"
finish
