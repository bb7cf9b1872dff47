# SPDX-License-Identifier: Apache-2.0
# Shared by the checks: two lists that must be equal, and what a manual page names.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# same NAME-A FILE-A NAME-B FILE-B: both hold the same lines; neither is empty.
same()
{
    sort -u "$2" >"$work/a.sorted"
    sort -u "$4" >"$work/b.sorted"
    for side in a b; do
        test -s "$work/$side.sorted" || { echo "nothing found: $1 or $3 is empty"; failed=1; }
    done
    comm -23 "$work/a.sorted" "$work/b.sorted" | sed "s|\$|: in $1, not in $3|" >"$work/differ"
    comm -13 "$work/a.sorted" "$work/b.sorted" | sed "s|\$|: in $3, not in $1|" >>"$work/differ"
    test ! -s "$work/differ" || { cat "$work/differ"; failed=1; }
}

# The names that a page's NAME section gives.
page_names()
{
    awk '/^\.Sh /{ in_name = $2 == "NAME" } /^\.Nd/{ in_name = 0 } in_name && /^\.Nm/{ print $2 }' \
        "$@"
}
