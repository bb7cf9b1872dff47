#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Arrow's C interfaces against pyarrow, of $PYTHON or python3. In CI it is fetched from PyPI.
srcdir=${srcdir:-.}
python=${PYTHON:-python3}
if ! "$python" -c 'import pyarrow' 2>/dev/null; then
    if [ -z "$CI" ]; then
        echo "pyarrow is not installed for $python"
        exit 77
    fi
    own=$PWD/tests/batch/pyarrow
    [ -d "$own" ] || { "$python" -m venv "$own" && "$own/bin/pip" install -q pyarrow; } || exit 1
    python=$own/bin/python3
fi
exec "$python" "$srcdir/tests/batch/arrow.py" .libs/libgyre.so
