#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check-verbs.sh IMAGE [PROGRAM...]: runs programs over RDMA verbs, first in one test guest, then between two.
#
# IMAGE is a directory to build (or find) the guests' image in. Among the programs, gyre and pmix-hub start the jobs,
# and test-net starts its own workers; each of the others is a test for two workers. They may be libtool's wrappers,
# when LIBTOOL is set; libraries that the image lacks are taken from this machine. Without programs, only tools of UCX
# and libfabric are run. VERBS_TIMEOUT is the limit in seconds for each of the two runs.
# Exits with 77 if this machine cannot run the guests, or fails then if CI is set.
set -u -o pipefail
here=$(dirname "$(realpath "$0")")
export PATH=$PATH:/usr/sbin:/sbin

# How each transport is asked for; no tcp and no shared memory beside it, so nothing can fall back silently.
# UCX_UD_ETH_DGID_CHECK: with it UCX drops every UD packet of a device other than Mellanox's that uses IPv4.
# FI_UNIVERSE_SIZE: the default needs completion queues twice as large as rxe's.
transports() {
    cat << 'END'
rc          GYRE_NET=ucx GYRE_SHM=no UCX_NET_DEVICES=rxe0:1 UCX_UD_ETH_DGID_CHECK=n UCX_TLS=rc,self
ud          GYRE_NET=ucx GYRE_SHM=no UCX_NET_DEVICES=rxe0:1 UCX_UD_ETH_DGID_CHECK=n UCX_TLS=ud,self
ofi-verbs   GYRE_NET=ofi GYRE_SHM=no FI_UNIVERSE_SIZE=64 FI_PROVIDER=verbs;ofi_rxm
END
}

skip() {
    if [ -n "${CI:-}" ]; then
        echo "ERROR: $1"
        exit 1
    fi
    echo "SKIP: $1"
    exit 77
}

for tool in qemu-system-x86_64 apt-get dpkg-deb depmod cpio xz readelf setpriv flock; do
    command -v $tool > /dev/null || skip "no $tool; the packages in tests/verbs/packages.txt bring all that is needed"
done
image=$(mkdir -p "${1:?check-verbs.sh: which image directory?}" && realpath "$1") || exit 1
shift
"$here/image.sh" "$image" || skip "the image of the guests could not be built"

stage=$(mktemp -d "$image/stage.XXXXXX") || exit 1
guest=''
cleanup() {
    trap '' INT TERM HUP
    if [ -n "$guest" ]; then
        kill "$guest"
        wait "$guest"
    fi
    rm -rf "$stage"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# libtool puts the programs themselves in the place of its wrappers, and knows where their libraries are.
mkdir "$stage/lib"
if [ $# -gt 0 ]; then
    ${LIBTOOL:+$LIBTOOL --mode=execute} cp -t "$stage" "$@" || exit 1
    ${LIBTOOL:+$LIBTOOL --mode=execute} ldd "$@" | sed -n 's|.* => \(/.*\) (0x.*|\1|p' | sort -u | while read -r lib; do
        [ -e "$image/root/usr/lib/x86_64-linux-gnu/${lib##*/}" ] || cp -L "$lib" "$stage/lib/"
    done
fi

quoted() { printf '%q ' "$@"; echo; }
perftest=(ucx_perftest -t tag_bw -s 65536 -n 200 -w 20)
# Not through ofi_rxm: fi_pingpong now and then crashes in libfabric 1.17 when it closes that.
pingpong=(fi_pingpong -p verbs -e msg -I 50 -S 65536 -c)
{
    echo '#!/bin/sh'
    echo '. ./guest.sh'
    echo 'export LD_LIBRARY_PATH=/t/lib'
    quoted try 'tcp is found out' -10 peers UCX_TLS=tcp,self "${perftest[@]}"
    transports | while read -r name settings; do
        read -ra settings <<< "$settings"
        case $name in
        ofi-*) quoted try "$name fi_pingpong" 100 peers "${pingpong[@]}" ;;
        *) quoted try "$name ucx_perftest" 100 peers "${settings[@]}" "${perftest[@]}" ;;
        esac
        for program; do
            program=${program##*/}
            case $name-$program in
            *-gyre | *-pmix-hub) continue ;;
            ofi-*-wire-death) continue ;; # libfabric 1.17 tells a receiver nothing of a dead sender
            esac
            case $program in
            test-net) quoted try "$name $program" 100 alone "${settings[@]}" ./test-net "${settings[0]#GYRE_NET=}" ;;
            *) quoted try "$name $program" 10 job "${settings[@]}" "./$program" ;;
            esac
        done
    done
    echo 'meet'
    echo 'exit $failures'
} > "$stage/run.sh"
chmod +x "$stage/run.sh"
cp "$here/guest.sh" "$stage/"

result=0
for way in vm pair; do
    SECONDS=0
    setpriv --pdeathsig TERM "$here/$way.sh" -b "$image" -t "${VERBS_TIMEOUT:-1500}" "$stage" &
    guest=$!
    wait "$guest"
    code=$?
    guest=''
    echo "$way: exit code $code after $SECONDS s"
    [ $code -eq 0 ] || result=1
done
exit $result
