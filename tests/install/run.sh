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
