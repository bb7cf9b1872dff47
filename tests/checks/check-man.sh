#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages are clean mdoc.
srcdir=${srcdir:-.}
if ! command -v mandoc >/dev/null; then
    echo "mandoc is not installed"
    test -n "$CI" && exit 1
    exit 77
fi
mandoc -T lint -W warning "$srcdir"/man/*.[1-9]
