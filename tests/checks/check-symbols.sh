#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What libgyre.so exports, src/gyre.map, the functions of the public headers and the names of the
# manual pages of section 3 are one list; prototypes in pages are those of the headers; every name
# of a page that is not the page's own has its line in man/alias.list.
set -eu
srcdir=${srcdir:-.}
. "$srcdir/tests/checks/lib.sh"

${NM:-nm} -D --defined-only .libs/libgyre.so | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' \
    >"$work/exported"
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z0-9_]*\);.*/\1/p' "$srcdir/src/gyre.map" \
    >"$work/map"

# One prototype a line, "type name(type name, type name)", white space made plain.
plain='s/[[:space:]]\{1,\}/ /g; s/ *\([*(),]\) */\1/g; s/^ //; s/ $//'
grep -hv '^#' "$srcdir"/src/include/gyre/*.h | tr '\n' ' ' | sed 's|/\*[^*]*\*\{1,\}\([^/*][^*]*\*\{1,\}\)*/||g' |
    grep -o 'GYRE_EXPORT [^;]*;' | sed "s/GYRE_EXPORT //; s/;//; $plain" >"$work/prototypes"
sed 's/(.*//; s/.*[ *]//' "$work/prototypes" >"$work/declared"

pages=$(find "$srcdir/man" -name '*.3')
if [ -z "$pages" ]; then
    echo "no manual pages of section 3"
    exit 1
fi
for page in $pages; do
    own=$(basename "$page" .3)
    names=$(page_names "$page")
    for name in $names; do
        # A family's page may have a name that is no function.
        grep -qx "$name" "$work/declared" || test "$name" != "$own" && echo "$name"
        test "$name" = "$own" || grep -qx "$name.3 $own.3" "$srcdir/man/alias.list" ||
            { echo "$name.3 $own.3: not in man/alias.list" >>"$work/complaints"; }
    done
done >"$work/documented"
while read -r alias page rest; do
    case $alias in '' | '#'*) continue ;; esac
    file=$(find "$srcdir/man" -name "$page")
    test -n "$file" && page_names "$file" | grep -qx "${alias%.*}" ||
        echo "man/alias.list: $alias $page: no such page or not named there" >>"$work/complaints"
done <"$srcdir/man/alias.list"

# .Ft type, then .Fn name "arg" "arg" or .Fo name, .Fa "arg" ..., .Fc.
awk '
function args(from,    i, text) {
    text = ""
    while (match(from, /"[^"]*"|[^ "]+/)) {
        item = substr(from, RSTART, RLENGTH)
        gsub(/"/, "", item)
        text = text (text == "" ? "" : ",") item
        from = substr(from, RSTART + RLENGTH)
    }
    return text
}
/^\.Ft/ { type = substr($0, 5); gsub(/"/, "", type) }
/^\.Fn/ { rest = $0; sub(/^\.Fn +[^ ]+ */, "", rest); if (type != "") print type " " $2 "(" args(rest) ")"; type = "" }
/^\.Fo/ { name = $2; list = "" }
/^\.Fa/ && name != "" { list = list (list == "" ? "" : ",") args(substr($0, 5)) }
/^\.Fc/ { print type " " name "(" list ")"; name = type = "" }
' $pages | sed "$plain" >"$work/synopses"

same "libgyre.so" "$work/exported" "gyre.map" "$work/map"
same "gyre.map" "$work/map" "the headers" "$work/declared"
same "the headers" "$work/declared" "the manual pages" "$work/documented"
same "the headers" "$work/prototypes" "the manual pages" "$work/synopses"
test ! -s "$work/complaints" || { cat "$work/complaints"; failed=1; }
exit $failed
