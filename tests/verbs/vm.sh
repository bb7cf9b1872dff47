#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm.sh -b IMAGE [-t SECONDS] [-m MIB] [-s CPUS] [-i HOST] [-n NETDEV] DIR [COMMAND...]: runs one test guest.
#
# DIR's content becomes /t in the guest, where COMMAND (without it, /t/run.sh) runs with /t as its directory. Its output
# appears here and its exit code is ours; 124 when SECONDS have passed, 125 when the guest died. HOST is 1 or 2;
# NETDEV is what QEMU's -netdev takes, less the id. IMAGE is a directory that image.sh has filled.
# The guest has no way out to any network, and no KVM is needed.
set -u
here=$(dirname "$(realpath "$0")")
image='' limit=120 mem=2048 cpus=2 host=1 netdev='' vm=''
while getopts b:t:m:s:i:n: o; do
    case $o in
    b) image=$(realpath "$OPTARG") ;;
    t) limit=$OPTARG ;;
    m) mem=$OPTARG ;;
    s) cpus=$OPTARG ;;
    i) host=$OPTARG ;;
    n) netdev=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
dir=${1:?vm.sh: which directory?}
shift

work=$(mktemp -d "${image:?vm.sh: which image?}/vm.XXXXXX") || exit 125
cleanup() {
    trap '' INT TERM HUP
    if [ -n "$vm" ]; then
        kill "$vm" 2> /dev/null
        wait "$vm"
    fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The kernel reads several archives behind each other, each on a 4-byte boundary.
cp "$image/base.cpio" "$work/initrd"
truncate -s %512 "$work/initrd"
mkdir "$work/root"
cp -aL "$dir" "$work/root/t"
install -m 755 "$here/init" "$work/root/init"
if [ $# -gt 0 ]; then
    printf '%q ' exec "$@" > "$work/root/t/run.sh"
    chmod +x "$work/root/t/run.sh"
fi
(cd "$work/root" && find . | cpio -o -H newc -R 0:0 --quiet) >> "$work/initrd"
rm -r "$work/root"

# tsc=unstable: a time-stamp counter calibrated on a busy host lets the guest's clock run too fast.
# -erms: the emulator runs "rep movsb" slowly, and the C library would choose it.
args=(-accel tcg,thread=multi -machine q35 -cpu max,-erms,-fsrm -smp "$cpus" -m "$mem"
    -nodefaults -nographic -no-reboot -serial "file:$work/console" -serial stdio -serial "file:$work/code"
    -kernel "$image/vmlinux" -initrd "$work/initrd"
    -append "console=ttyS0 quiet loglevel=3 panic=-1 reboot=t mitigations=off nokaslr tsc=unstable random.trust_cpu=on \
audit=0 apparmor=0 ME=$host ${netdev:+WIRE=1}")
[ -z "$netdev" ] || args+=(-netdev "$netdev,id=wire" -device "virtio-net-pci,netdev=wire,mac=52:54:00:09:00:0$host,romfile=")
setpriv --pdeathsig TERM timeout -k 5 "$limit" qemu-system-x86_64 "${args[@]}" < /dev/null &
vm=$!
wait "$vm"
status=$?
vm=''
code=$(tr -dc 0-9 < "$work/code")
[ -z "$code" ] || exit "$code"
tail -n 40 "$work/console" | tr -cd "[:print:]\n" >&2
echo "vm.sh: guest $host ended without a result (QEMU: $status)" >&2
[ "$status" -ne 124 ] || exit 124
exit 125
