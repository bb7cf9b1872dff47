#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layer rule: a room of src includes only itself and the rooms listed for it; the wire's
# libraries are known to one room each; bench and examples see the public headers alone.
# First shows on a made-up tree that each kind of violation is found.
set -eu
srcdir=${srcdir:-.}

# Prints "file: include: why" for every violation in the tree $1.
violations()
{
    (cd "$1" && find src bench examples -name '*.[ch]' -exec grep -H '^ *# *include' {} + |
        sort) | awk '
    BEGIN {
        may["base"] = ""
        may["batch"] = "base"
        may["io"] = "base batch"
        may["comm"] = "base"
        may["harp"] = "base comm"
        may["lib"] = "base comm harp dataflow tasks"
        may["ft"] = "base comm batch io"
        may["dataflow"] = "base comm batch io ft"
        may["tasks"] = may["dataflow"] " dataflow"
        may["tset"] = may["tasks"] " tasks"
        may["table"] = may["tset"] " tset"
        may["sql"] = may["tset"] " tset table"
        may["launch"] = "base io"
        may["dashboard"] = "base io launch"
        may["include"] = may["compat"] = may["python"] = ""
        wire = "^(ucp|uct|ucs|rdma|infiniband)/|^(pmix|pmi2?|hwloc)(_[a-z]*)?[.]h|^hwloc/"
    }
    function complain(why) { print file ": " target ": " why }
    function known(room, other) {
        return room == other || index(" " may[room] " ", " " other " ")
    }
    {
        colon = index($0, ":")
        file = substr($0, 1, colon - 1)
        match($0, /["<][^">]*[">]/)
        target = substr($0, RSTART, RLENGTH)
        path = substr(target, 2, length(target) - 2)
        split(file, part, "/")
        room = part[1] == "src" ? part[2] : part[1]
        outside = room == "bench" || room == "examples" || room == "compat" || room == "python"
        local = path
        sub(/.*\//, "", local)
        if (path ~ wire && file !~ /^bench\/peers\//) {
            # The helpers of the server interface are declared in pmix.h.
            rooms = path == "pmix_server.h" ? "launch" : path == "pmix.h" ? "comm launch" : "comm"
            if (!index(" " rooms " ", " " room " "))
                complain("known to no room but " rooms)
        } else if (target ~ /^"/ && outside) {
            if (path ~ /^(base|comm|harp|io|batch|ft|dataflow|tasks|tset|table|sql|launch)\//)
                complain(room " sees only <gyre/*.h>")
        } else if (target ~ /^"/ && path != "config.h") {
            split(path, step, "/")
            if (room == "include" || !(room in may))
                complain("no such room in the layer rule, or a public header with a private one")
            else if (path !~ /\//)
                complain("expected \"room/" path "\"")
            else if (!known(room, step[1]))
                complain(room " may include only: " room " " may[room])
        } else if (target ~ /^</ && path ~ /^(base|comm|harp|io|launch)\//)
            complain("expected quotes")
    }'
}

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/src/base" "$made/src/harp" "$made/src/dataflow" "$made/src/comm/net" \
    "$made/src/batch" "$made/src/io" \
    "$made/src/launch" "$made/src/include/gyre" "$made/src/shed" "$made/bench/peers" \
    "$made/examples"
bad=0
plant() # file, included, good or bad
{
    printf '#include %s\n' "$2" >>"$made/$1"
    test "$3" = good || bad=$((bad + 1))
}
plant src/base/a.c '"base/a.h"' good
plant src/base/a.c '"config.h"' good
plant src/base/a.c '<stdio.h>' good
plant src/base/a.c '"comm/a.h"' bad
plant src/base/a.c '"a.h"' bad
plant src/base/a.h '<hwloc.h>' bad
plant src/base/a.h '<pmix.h>' bad
plant src/comm/net/a.c '"base/a.h"' good
plant src/comm/net/a.c '<ucp/api/ucp.h>' good
plant src/comm/net/a.c '<pmix.h>' good
plant src/comm/net/a.c '<pmix_server.h>' bad
plant src/comm/net/a.c '"harp/a.h"' bad
plant src/harp/a.c '"comm/a.h"' good
plant src/harp/a.c '"dataflow/a.h"' bad
plant src/harp/a.c '<rdma/fabric.h>' bad
plant src/dataflow/a.c '"ft/a.h"' good
plant src/dataflow/a.c '"harp/a.h"' bad
plant src/dataflow/a.c '"tasks/a.h"' bad
plant src/io/a.c '"batch/a.h"' good
plant src/io/a.c '"comm/a.h"' bad
plant src/batch/a.c '"io/a.h"' bad
plant src/launch/a.c '"launch/a.h"' good
plant src/launch/a.c '<pmix_server.h>' good
plant src/launch/a.c '<pmix.h>' good
plant src/launch/a.c '<hwloc.h>' bad
plant src/launch/a.c '"comm/a.h"' bad
plant src/include/gyre/a.h '<gyre/b.h>' good
plant src/include/gyre/a.h '"base/a.h"' bad
plant src/shed/a.c '"shed/a.h"' bad
plant bench/a.c '"a.h"' good
plant bench/a.c '<gyre/a.h>' good
plant bench/a.c '"base/a.h"' bad
plant bench/a.c '<ucp/api/ucp.h>' bad
plant bench/peers/a.c '<ucp/api/ucp.h>' good
plant examples/a.c '<hwloc/bitmap.h>' bad
plant examples/a.c '"comm/a.h"' bad
found=$(violations "$made" | wc -l)
if [ "$found" -ne "$bad" ]; then
    violations "$made"
    echo "this script found $found violations where $bad were planted"
    exit 1
fi

list=$(violations "$srcdir")
test -z "$list" || { echo "$list"; exit 1; }
