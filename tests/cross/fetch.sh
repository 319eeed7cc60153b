#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fill a folder with what programs for 32-bit ARM (Debian's armhf) are built against:
#   root       libraries and headers of the machine's own Debian release
#   run        runs such a program by qemu-user
#   armhf.ini  a cross file for meson
# usage: fetch.sh DIR
# .complete is written last; without it, everything is fetched again. This needs no root, and leaves
# the system as it is. It downloads 10 MB, and apt's lists.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../guest/host/apt-suite.sh
. "$here/../guest/host/apt-suite.sh"

[[ $# == 1 ]] || apt_suite_die "usage: fetch.sh DIR"
for tool in apt-get dpkg flock arm-linux-gnueabihf-gcc; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done
# The name of the emulator depends on the release.
emulator=$(command -v qemu-arm-static || command -v qemu-arm) || apt_suite_die "qemu-arm is missing"

libraries=(liburing-dev libdrm-dev libjson-c-dev libcmocka-dev)

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
[[ ! -e $dir/.complete ]] || exit 0
rm -rf -- "$dir/.apt" "$dir/root" "$dir/armhf.ini"
mkdir -p -- "$dir/.apt" "$dir/root"
trap 'rm -rf -- "$dir/.apt"' EXIT

release=$(apt_suite_release)
APT_SUITE_ARCH=armhf
apt_suite_open "$dir/.apt" "${release#* }"

# Not needed: all that these packages depend on besides the compiler's own, and what libc6-dev
# brings for RPC.
unused='gcc-.*|libc-dev-bin|rpcsvc-proto|lib(com-err|gssapi|k5crypto|keyutils|krb5|nsl|ssl|tirpc).*'
packages=$(apt-get -c "$APT_SUITE_CONF" -s -qq --no-install-recommends install \
	libc6-dev libatomic1 "${libraries[@]}" |
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vxE "$unused")
for package in $packages; do
	apt_suite_unpack "$package" "$dir/root"
done
# Programs expect the loader in /lib, which the packages leave to the system from Debian 13 on.
[[ -e $dir/root/lib ]] || ln -s usr/lib "$dir/root/lib"
find "$dir/root" -type l -lname '/*' -printf '%p\0%l\0' |
	while IFS= read -r -d '' link && IFS= read -r -d '' target; do
		ln -sfnr -- "$dir/root$target" "$link"
	done

cat >"$dir/run" <<-SCRIPT
	#!/bin/sh
	exec $emulator -L '$dir/root' "\$@"
SCRIPT
chmod +x "$dir/run"
cat >"$dir/armhf.ini" <<-INI
	[constants]
	root = '$dir/root'
	target = 'arm-linux-gnueabihf'

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
	cpu_family = 'arm'
	cpu = 'armv7'
	endian = 'little'
INI
: >"$dir/.complete"
apt_suite_say "programs for armhf can be built"
