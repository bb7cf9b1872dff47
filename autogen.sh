#!/bin/sh
# Makes configure from configure.ac; needed only in a clone, a release tarball carries it.
cd "$(dirname "$0")" && exec autoreconf --install --force --warnings=all,error
