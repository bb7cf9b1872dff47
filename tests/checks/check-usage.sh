#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The commands of gyre --help are those with a page gyre-COMMAND.1, and each command's --help and
# its page list the same options.
set -eu
srcdir=${srcdir:-.}
. "$srcdir/tests/checks/lib.sh"

# Options that begin a line of help: "  -n, --workers N   text" gives both.
help_options()
{
    awk '$1 ~ /^-/ {
        for (i = 1; i <= NF && $i ~ /^--?[A-Za-z]/; i++) {
            option = $i
            sub(/[,=[].*/, "", option)
            print option
        }
    }'
}

# Options of .It lines: ".It Fl n , -workers Ar N" gives both.
page_options()
{
    awk '/^\.It / {
        flag = 0
        for (i = 2; i <= NF; i++) {
            if ($i == "Fl")
                flag = 1
            else if ($i ~ /^[A-Z][a-z]$/)
                flag = 0
            else if (flag && $i !~ /^[,|:]$/) {
                gsub(/\\/, "", $i)
                print "-" $i
            }
        }
    }' "$1"
}

printf '  -n, --workers N   how many\n      --x[=Y]  z -q\n' | help_options | tr '\n' ' ' >"$work/self"
printf '.It Fl n , -workers Ar N\n.It Fl -x Ns Op = Ns Ar Y\n' >"$work/self.1"
page_options "$work/self.1" | tr '\n' ' ' | cmp - "$work/self"

./gyre --help | sed -n 's/^  gyre \([a-z][a-z-]*\) .*/\1/p' >"$work/commands"
find "$srcdir/man" -name 'gyre-*.1' | sed 's|.*/gyre-\(.*\)\.1$|\1|' >"$work/pages"
same "gyre --help" "$work/commands" "man/gyre-*.1" "$work/pages"
for command in $(sort -u "$work/commands"); do
    page=$(find "$srcdir/man" -name "gyre-$command.1")
    test -n "$page" || continue
    ./gyre "$command" --help </dev/null | help_options >"$work/help"
    page_options "$page" >"$work/page"
    same "gyre $command --help" "$work/help" "gyre-$command.1" "$work/page"
done
exit $failed
