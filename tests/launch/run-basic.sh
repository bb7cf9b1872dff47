#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gyre run with programs of every kind: what they get and what comes back.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

# Any program; its arguments are its own.
run -n 3 echo -n 5 --tag-output -v
expect_status 0
[ "$(cat "$work/out")" = '5 --tag-output -v5 --tag-output -v5 --tag-output -v' ] ||
    fail "arguments: $(cat "$work/out")"
run --workers=1 -- printf '%s.' 'a b' '' '*'
expect_out 'a b..*.'
nothing_left

# A script without #! is the shell's; a path with a slash is not searched for.
printf 'echo script $1\n' >"$work/script"
chmod +x "$work/script"
run -n 1 "$work/script" word
expect_out 'script word'
status=0
(cd "$work" && PATH= TMPDIR=$TMPDIR "$gyre" run -n 1 ./script x) >"$work/out" 2>"$work/err" ||
    status=$?
expect_status 0

# Ranks and sizes, for any program and for PMIx ones.
run -n 4 sh -c 'echo $PMIX_RANK $MPI_LOCALRANKID $MPI_LOCALNRANKS'
expect_status 0
[ "$(sort "$work/out" | tr '\n' ,)" = '0 0 4,1 1 4,2 2 4,3 3 4,' ] || fail "ranks"
for size in 1 2 7; do
    run -n $size sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:$size exec $client"
    expect_status 0
done
run -n 1 sh -c 'echo $PMIX_NAMESPACE'
case $(cat "$work/out") in
gyre.*.e0) ;;
*) fail "namespace $(cat "$work/out")" ;;
esac

# The environment: the user's settings come through, other launchers' do not.
PMIX_NAMESPACE=old PMIX_ODD=1 PMI_FD=3 OMPI_COMM_WORLD_RANK=9 PRTE_X=1 MPI_LOCALRANKID=9 \
    SLINGSHOT_VNIS=7 KEPT=k run -n 1 --env ADDED='a=b c' -e KEPT=new -e EMPTY= env
expect_status 0
for line in 'ADDED=a=b c' KEPT=new EMPTY= SLINGSHOT_VNIS=7 MPI_LOCALRANKID=0; do
    grep -qx "$line" "$work/out" || fail "environment lacks $line"
done
grep -E '^(PMIX_ODD|PMI_|OMPI_|PRTE_|HWLOC_|PMIX_MCA_|PMIX_NAMESPACE=old)' "$work/out" &&
    fail "environment of others"
[ "$(cut -d= -f1 "$work/out" | sort | uniq -d)" = '' ] || fail "names twice in the environment"

# Limits, masks and ignored signals are as gyre run got them.
status=0
(ulimit -Sn 200 && exec "$gyre" run -n 1 sh -c 'ulimit -n; grep SigBlk /proc/self/status') \
    >"$work/out" 2>"$work/err" || status=$?
[ "$(tr -s '\t\n' ' ' <"$work/out")" = '200 SigBlk: 0000000000000000 ' ] ||
    fail "limits or signals: $(cat "$work/out" "$work/err")"
nohup "$gyre" run -n 1 grep SigIgn /proc/self/status </dev/null >"$work/out" 2>"$work/err"
[ "$(($(awk '{ print "0x" $2 }' "$work/out") & 1))" = 1 ] || fail "SIGHUP is not ignored any more"
"$gyre" run -n 1 grep SigIgn /proc/self/status >"$work/out" 2>"$work/err"
# The C library's own, 32 and 33, are not ours to keep.
ignored() {
    echo $((0x$(awk '/SigIgn/ { print $2 }' "$1") & 0x7fffffff))
}
[ "$(ignored "$work/out")" = "$(ignored /proc/self/status)" ] ||
    fail "ignored signals: $(cat "$work/out")"

# Inside another job of gyre run, and of Open MPI.
run -n 2 "$gyre" run -n 2 sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client"
expect_status 0
if command -v mpirun.openmpi >/dev/null; then
    status=0
    timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 "$gyre" run -n 2 \
        sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client" >"$work/out" \
        2>"$work/err" || status=$?
    last='gyre run under mpirun'
    expect_status 0
    rm -rf "$TMPDIR"/ompi.*
fi

# As a plain user.
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$gyre"; then
    mkdir -m 777 "$work/user"
    chmod 755 "$work"
    status=0
    TMPDIR=$work/user timeout 60 setpriv --reuid=65534 --regid=65534 --clear-groups "$gyre" run \
        -n 2 sh -c "id -u; TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client" \
        >"$work/out" 2>"$work/err" || status=$?
    last='gyre run as user 65534'
    expect_status 0
    expect_out '65534
65534'
    [ -z "$(ls -A "$work/user")" ] || fail "a plain user leaves $(ls -A "$work/user")"
fi

# Help by example, on stdout.
for command in '' run info; do
    "$gyre" $command --help >"$work/out" 2>"$work/err" || fail "gyre $command --help"
    grep -q '^Examples:' "$work/out" || fail "gyre $command --help: no examples"
    [ ! -s "$work/err" ] || fail "gyre $command --help: stderr"
done
"$gyre" --version | grep -Eqx 'gyre [0-9]+\.[0-9]+\.[0-9]+' || fail '--version'
finish
