#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fill a folder with what programs for another architecture are built against, and run by:
#   root      libraries and headers of Debian; for ARM, the guest's busybox, too
#   run       runs such a program by qemu-user
#   ARCH.ini  a cross file for meson
# usage: fetch.sh DIR ARCH
# ARCH is Debian's name: armhf, arm64, riscv64 or s390x.
# .complete is written last, with what was asked for; without it, or if that has changed,
# everything is fetched again. This needs no root, and leaves the system as it is. It downloads
# 14 MB, and apt's lists.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../guest/host/apt-suite.sh
. "$here/../guest/host/apt-suite.sh"

[[ $# == 2 ]] || apt_suite_die "usage: fetch.sh DIR ARCH"
arch=$2
endian=little
# libc-bin has the locale C.UTF-8, whose files have the byte order of the architecture.
packages=(libc6-dev libc-bin libatomic1 liburing-dev libdrm-dev libjson-c-dev libcmocka-dev libssl-dev)
release=$(apt_suite_release)
suite=${release#* }
case $arch in
armhf)
	target=arm-linux-gnueabihf family=arm cpu=armv7
	packages+=(busybox-static)
	;;
arm64)
	target=aarch64-linux-gnu family=aarch64 cpu=armv8
	packages+=(busybox-static)
	;;
riscv64)
	target=riscv64-linux-gnu family=riscv64 cpu=rv64gc
	# Debian 12 has the compiler, but not the architecture.
	[[ ${release% *} != 12 ]] || suite=trixie
	;;
s390x) target=s390x-linux-gnu family=s390x cpu=z13 endian=big ;;
*) apt_suite_die "\"$arch\" is none of armhf, arm64, riscv64 and s390x" ;;
esac
for tool in apt-get dpkg flock "$target-gcc"; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done
# The name of the emulator depends on the release.
emulator=$(command -v "qemu-$family-static" || command -v "qemu-$family") ||
	apt_suite_die "qemu-$family is missing"

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
wanted="$arch $suite ${packages[*]}"
if [[ -e $dir/.complete && $(cat -- "$dir/.complete") == "$wanted" ]]; then
	exit 0
fi
rm -rf -- "$dir/.complete" "$dir/.apt" "$dir/root" "$dir"/*.ini
mkdir -p -- "$dir/.apt" "$dir/root"
trap 'rm -rf -- "$dir/.apt"' EXIT

APT_SUITE_ARCH=$arch
apt_suite_open "$dir/.apt" "$suite"

# Not needed: all that these packages depend on besides the compiler's own, and what libc6-dev
# brings for RPC.
unused='gcc-.*|libc-dev-bin|rpcsvc-proto|lib(com-err|gssapi|k5crypto|keyutils|krb5|nsl|tirpc).*'
needed=$(apt-get -c "$APT_SUITE_CONF" -s -qq --no-install-recommends install "${packages[@]}" |
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vxE "$unused")
for package in $needed; do
	apt_suite_unpack "$package" "$dir/root"
done
# Programs expect the loader in /lib, which the packages leave to the system from Debian 13 on.
[[ -e $dir/root/lib ]] || ln -s usr/lib "$dir/root/lib"
find "$dir/root" -type l -lname '/*' -printf '%p\0%l\0' |
	while IFS= read -r -d '' link && IFS= read -r -d '' points_to; do
		ln -sfnr -- "$dir/root$points_to" "$link"
	done

cat >"$dir/run" <<-SCRIPT
	#!/bin/sh
	exec $emulator -L '$dir/root' "\$@"
SCRIPT
chmod +x "$dir/run"
cat >"$dir/$arch.ini" <<-INI
	[constants]
	root = '$dir/root'
	target = '$target'

	[binaries]
	c = [target + '-gcc', '--sysroot=' + root]
	ar = target + '-ar'
	strip = target + '-strip'
	pkgconfig = 'pkg-config'
	exe_wrapper = '$dir/run'

	[properties]
	sys_root = root
	pkg_config_libdir = root / 'usr/lib' / target / 'pkgconfig'

	[host_machine]
	system = 'linux'
	cpu_family = '$family'
	cpu = '$cpu'
	endian = '$endian'
INI
printf '%s\n' "$wanted" >"$dir/.complete"
apt_suite_say "programs for $arch can be built"
