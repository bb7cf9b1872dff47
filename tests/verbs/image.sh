#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# image.sh OUTDIR: builds the kernel and the root file system of the verbs test guests.
#
# Leaves OUTDIR/vmlinux, OUTDIR/base.cpio and OUTDIR/root (what base.cpio holds). Everything comes from Debian
# packages of the machine's own apt sources; they are downloaded and unpacked, never installed, so no root is needed.
# Only the programs named below and the libraries they load are kept: a small image boots in seconds.
# Nothing is done when OUTDIR/stamp shows that this script, unchanged, has already built there.
set -euo pipefail

packages="libc6 libstdc++6 libgcc-s1 busybox-static util-linux iproute2 rdmacm-utils ibverbs-utils ibverbs-providers
    libucx0 ucx-utils libfabric1 libfabric-bin libpmix2 libhwloc15 libevent-core-2.1-7 libevent-pthreads-2.1-7
    libmunge2 libjansson4 libxxhash0 libcriterion3"
lib=usr/lib/x86_64-linux-gnu
files="usr/bin/ibv_devinfo usr/bin/ibv_rc_pingpong usr/bin/ibv_ud_pingpong usr/bin/rping
    usr/bin/ucx_info usr/bin/ucx_perftest usr/bin/fi_info usr/bin/fi_pingpong
    usr/bin/ip usr/bin/rdma usr/bin/chrt usr/bin/taskset
    $lib/libibverbs/librxe-rdmav*.so $lib/ucx/libuct_ib.so.0 $lib/ucx/libuct_rdmacm.so.0 $lib/ucx/libuct_cma.so.0
    $lib/libucp.so.0 $lib/libfabric.so.1 $lib/librdmacm.so.1 $lib/libstdc++.so.6 $lib/libgcc_s.so.1
    $lib/libpmix.so.2 $lib/pmix2/lib/pmix/*.so $lib/libevent_core-2.1.so.7 $lib/libevent_pthreads-2.1.so.7
    $lib/libhwloc.so.15 $lib/libmunge.so.2 $lib/libjansson.so.4 $lib/libxxhash.so.0 $lib/libcriterion.so.3
    $lib/libpthread.so.0 $lib/libdl.so.2 $lib/librt.so.1 $lib/libm.so.6"
# rxe looks crc32 up in the kernel's crypto table at run time, so no dependency names it.
modules="virtio_pci virtio_net dummy crc32_generic ib_uverbs rdma_ucm rdma_rxe"

mkdir -p "${1:?image.sh: which directory?}"
out=$(realpath "$1")
exec 9> "$out/lock"
flock 9
stamp=$(sha256sum < "$0")
[ "$stamp" != "$(cat "$out/stamp" 2> /dev/null)" ] || exit 0
rm -rf "$out/stamp" "$out/root" "$out/work"
tree=$out/work/tree root=$out/root
mkdir -p "$out"/work/{lists/partial,debs/partial,kernel} "$tree"/usr/{bin,sbin,lib,lib64} "$root"/{usr/bin,usr/lib64,modules}
trap 'rm -rf "$out/work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
export PATH=$PATH:/usr/sbin:/sbin

# With an empty list of installed packages apt downloads the whole closure.
: > "$out/work/status"
apt=(-qq -o Dir::State="$out/work" -o Dir::State::lists="$out/work/lists" -o Dir::State::status="$out/work/status"
    -o Dir::Cache="$out/work" -o Dir::Cache::archives="$out/work/debs" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
apt-get "${apt[@]}" update || echo "image.sh: some package lists could not be fetched" >&2
kernel=$(apt-cache "${apt[@]}" depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\).*/\1/p')
version=${kernel#linux-image-}
apt-get "${apt[@]}" --no-install-recommends -y --download-only install $packages > /dev/null
(cd "$out/work/debs" && apt-get "${apt[@]}" download "$kernel")

for d in bin sbin lib lib64; do
    ln -s "usr/$d" "$tree/$d"
    ln -s "usr/$d" "$root/$d"
done
for deb in "$out"/work/debs/*.deb; do
    case $deb in
    */"$kernel"_*) dpkg-deb -x "$deb" "$out/work/kernel" ;;
    *) dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$tree" ;;
    esac
done
# The soname link of this library is made at installation, by update-alternatives.
ln -sf "$(echo "$tree"/usr/lib/libpsm1/libpsm_infinipath.so.1.*)" "$tree/$lib/libpsm_infinipath.so.1"

# Copy the files and, as the packaged loader itself resolves them, the libraries that they need.
cd "$tree"
loader=$tree/$lib/ld-linux-x86-64.so.2
for f in $files; do
    echo "$f"
    "$loader" --inhibit-cache --library-path "$tree/$lib:$tree/$lib/ucx" --list "$f" > "$out/work/needed"
    sed -n "s|.* => \(.*\) (0x.*|\1|p" "$out/work/needed" | sed "s|^$tree/||"
done | sort -u > "$out/work/files"
if grep -e '^/' -e '\*' "$out/work/files" >&2; then
    echo "image.sh: these are not in the packages" >&2
    exit 1
fi
xargs cp -L --parents -t "$root" < "$out/work/files"
cp "$loader" "$root/usr/lib64/"
mkdir -p "$root/etc/libibverbs.d"
cp etc/libibverbs.d/rxe.driver "$root/etc/libibverbs.d/"
cp usr/bin/busybox "$root/usr/bin/"
for a in $(usr/bin/busybox --list); do
    [ -e "$root/usr/bin/$a" ] || ln -s busybox "$root/usr/bin/$a"
done
echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"
printf '%s\n' '127.0.0.1 localhost' '10.9.0.1 gyre1' '10.9.0.2 gyre2' > "$root/etc/hosts"
cd "$root" && mkdir -p dev proc root run sys t tmp usr/sbin var/tmp

# Kernel modules in the order of loading, so that the guest needs insmod only.
depmod -b "$out/work/kernel" "$version"
for m in $modules; do
    modprobe -d "$out/work/kernel" -S "$version" --show-depends "$m"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' > "$out/work/modules"
xargs cp -t "$root/modules" < "$out/work/modules"
sed 's|.*/||' "$out/work/modules" > "$root/modules/order"

# The unpacked kernel spares the emulated processor the decompression. It is the xz stream inside vmlinuz;
# xz complains about what follows the stream.
vmlinuz=$out/work/kernel/boot/vmlinuz-$version
for at in $(LC_ALL=C grep -aobP '\xfd7zXZ\x00' "$vmlinuz" | cut -d: -f1); do
    tail -c +$((at + 1)) "$vmlinuz" | xz -dc > "$out/vmlinux" 2> /dev/null || :
    ! readelf -h "$out/vmlinux" > /dev/null 2>&1 || break
done
readelf -h "$out/vmlinux" > /dev/null

find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet > "$out/base.cpio"
echo "$stamp" > "$out/stamp"
echo "image.sh: $kernel, $(du -h "$out/base.cpio" | cut -f1) of programs and libraries"
