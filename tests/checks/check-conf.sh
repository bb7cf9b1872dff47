#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The variables that gyre info -c prints, with their defaults, are those of gyre.conf(5); and no
# code but base's reads a GYRE_ variable.
set -eu
srcdir=${srcdir:-.}
. "$srcdir/tests/checks/lib.sh"

env -i PATH="$PATH" ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} ./gyre info -c \
    >"$work/info"
sed -n 's/^#\{0,1\}\(GYRE_[A-Z0-9_]*\)=.*/\1/p' "$work/info" >"$work/printed"
page=$(find "$srcdir/man" -name gyre.conf.5)
if [ -z "$page" ]; then
    echo "no manual page gyre.conf.5"
    exit 1
fi
sed -n 's/^\.It .*\(GYRE_[A-Z0-9_]*\).*/\1/p' "$page" >"$work/documented"
same "gyre info -c" "$work/printed" "gyre.conf.5" "$work/documented"

# Nothing differs from its default in an empty environment.
grep -v '^#' "$work/info" | grep . && { echo "gyre info -c: not a default"; failed=1; }

grep -rnE 'getenv\("GYRE_' "$srcdir/src" --include='*.[ch]' &&
    { echo "GYRE_ variables are read through base/conf.h only"; failed=1; }
exit $failed
