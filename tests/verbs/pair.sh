#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pair.sh -b IMAGE [-t SECONDS] [-m MIB] [-s CPUS] DIR [COMMAND...]: runs two test guests on one wire.
#
# Both run the same command (see vm.sh), with ME=1 and ME=2. Each line of output is marked with its guest.
# Succeeds when both do, otherwise exits with the code of the first that failed; the other then has 10 seconds to end.
set -u
here=$(dirname "$(realpath "$0")")
image='' options=(-m 1024 -s 1)
while getopts b:t:m:s: o; do
    case $o in
    b) image=$(realpath "$OPTARG") ;;
    t | m | s) options+=("-$o" "$OPTARG") ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
dir=$(realpath "${1:?pair.sh: which directory?}")
shift

guests=() filters=() codes=()
work=$(mktemp -d "${image:?pair.sh: which image?}/pair.XXXXXX") || exit 125
cleanup() {
    trap '' INT TERM HUP
    kill "${guests[@]}" 2> /dev/null
    wait "${guests[@]}"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The names of the sockets are relative: a socket's path has room for 107 characters only.
cd "$work" || exit 125
for me in 1 2; do
    peer=$((3 - me))
    exec {out}> >(exec sed -u "s/^/gyre$me: /")
    filters[me]=$!
    setpriv --pdeathsig TERM "$here/vm.sh" -b "$image" "${options[@]}" -i $me \
        -n "dgram,local.type=unix,local.path=$me,remote.type=unix,remote.path=$peer" "$dir" "$@" >&"$out" 2>&1 &
    guests[me]=$!
    exec {out}>&-
done

wait -n -p first "${guests[@]}"
result=$?
me=1
[ "$first" = "${guests[1]}" ] || me=2
peer=$((3 - me))
codes[me]=$result
for ((i = 0; result != 0 && i < 20; i++)); do
    kill -0 "${guests[peer]}" 2> /dev/null || break
    sleep 0.5
done
[ "$result" -eq 0 ] || kill "${guests[peer]}" 2> /dev/null
wait "${guests[peer]}"
codes[peer]=$?
wait "${filters[@]}"
guests=()
[ "$result" -ne 0 ] || result=${codes[peer]}
echo "pair.sh: guest 1 exited with ${codes[1]}, guest 2 with ${codes[2]}"
exit "$result"
