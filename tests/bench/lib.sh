# SPDX-License-Identifier: Apache-2.0
# What the tests of gyre bench share: a folder that goes with them, what was printed in its out and
# err, and how they fail.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
gyre=$PWD/gyre

fail() {
    echo "FAIL: $*" >&2
    cat "$dir/out" "$dir/err" >&2
    exit 1
}
