#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone and twice, as C11 and as C++17, without a warning, and is
# installed and part of gyre/gyre.h.
set -eu
srcdir=${srcdir:-.}
include=$srcdir/src/include
failed=0

compile() # header, command...
{
    header=$1
    shift
    printf '#include <gyre/%s>\n#include <gyre/%s>\n' "$header" "$header" |
        "$@" -Wall -Wextra -pedantic -Werror -fsyntax-only -I "$include" - ||
        { echo "gyre/$header: $*"; failed=1; }
}

if printf 'int f(void) { return ({ 1; }); }\n' |
    ${CC:-cc} -x c -std=c11 -pedantic -Werror -fsyntax-only - 2>/dev/null; then
    echo "${CC:-cc} accepts what -pedantic -Werror must refuse"
    exit 1
fi
for path in "$include"/gyre/*.h; do
    header=${path##*/}
    compile "$header" ${CC:-cc} -x c -std=c11 -Wstrict-prototypes
    compile "$header" ${CXX:-c++} -x c++ -std=c++17
    grep -q "%D%/gyre/$header\\b" "$srcdir/src/include/local.mk" ||
        { echo "gyre/$header is not installed: src/include/local.mk"; failed=1; }
    test "$header" = gyre.h || grep -q "<gyre/$header>" "$include/gyre/gyre.h" ||
        { echo "gyre/$header is not in gyre/gyre.h"; failed=1; }
done
exit $failed
