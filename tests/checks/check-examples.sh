#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The C blocks in the EXAMPLES of the manual pages are lines of the example that the page names.
srcdir=${srcdir:-.}
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for page in "$srcdir"/man/*.3; do
    awk -v work="$work" '
        /^\.Sh/ { examples = $2 == "EXAMPLES" }
        examples && /^\.Pa/ { file = $2 }
        /^\.Ed/ { inside = 0 }
        inside { gsub(/\\e/, "\\"); gsub(/^ +/, ""); print > (work "/block") }
        examples && /^\.Bd -literal/ { inside = 1; print file > (work "/file") }' "$page"
    [ -e "$work/block" ] || continue
    sed 's/^ *//' "$srcdir/$(cat "$work/file")" >"$work/source"
    # The block as one string must occur in the example as one string.
    awk 'NR == FNR { block = block $0 "\n"; next } { source = source $0 "\n" }
        END { exit index(source, block) == 0 }' "$work/block" "$work/source" ||
        { echo "$page: its example is not in $(cat "$work/file")"; failed=1; }
    rm "$work/block" "$work/file"
done
exit $failed
