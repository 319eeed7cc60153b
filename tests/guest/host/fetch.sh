#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a folder, a kernel's series, and its flavour: amd64, arm64, or arm64-16k, whose pages
#           have 16 KiB.
# Hands on: Debian's newest kernel of that series in the folder: vmlinuz, release (the version),
#           modules/lib/modules/VERSION, headers (for make -C). Exit status 3 if the suite that has
#           this kernel cannot be reached.
# Always:   .complete is written last; without it, the next call fetches everything again. This
#           needs no root, and the system stays as it is.
#
# The default is 6.12, for the machine's own release. 7 is the newest of trixie-backports. Both have
# all their drivers: 122 and 137 MB. 6.1 is Debian 12's own, in the small cloud flavour: 40 MB. If
# the machine lacks the compiler that the headers need, it is added to them: another 41 MB. That is
# so for 7 on Debian 12, and for 6.1 on Debian 13. 5.10 is Debian 11's, with all its
# drivers, since the cloud flavour has no dma-bufs: 66 MB; the machine's own compiler builds modules
# for it.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

usage='fetch.sh DIR [6.12|5.10|6.1|7 [amd64|arm64|arm64-16k]]'
[[ $# -ge 1 && $# -le 3 ]] || apt_suite_die "usage: $usage"
PATH=$PATH:/usr/sbin:/sbin
for tool in apt-get dpkg depmod flock; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done

# arch: Debian's architecture. flavour: the end of the version. image: the package with vmlinuz.
# parts: the beginnings of the names of further packages, if image has no modules. tail: the end of
# image's name, after the version. kbuild: the package of the headers' programs; BASE is the version
# without flavour.
release=$(apt_suite_release)
series=${2:-6.12} flavour=${3:-amd64} parts=() tail='' kbuild=linux-kbuild-BASE
case $flavour in
amd64) arch=amd64 target=x86_64-linux-gnu compiler_suffix='' ;;
arm64 | arm64-16k) arch=arm64 target=aarch64-linux-gnu compiler_suffix=-$target ;;
*) apt_suite_die "usage: $usage" ;;
esac
case $series-$arch:$release in
6.12-*:12\ *)
	suite=bookworm-backports
	image="linux-image-6\.12\.[^-]*[+]deb12[^-]*-$flavour-unsigned" tail=-unsigned
	;;
6.12-*:13\ *) suite=trixie image="linux-image-6\.12\.[^-]*[+]deb13[^-]*-$flavour" ;;
6.1-amd64:*)
	suite=bookworm flavour=cloud-amd64
	image='linux-image-6\.1\.[0-9]+-[0-9]+-cloud-amd64' kbuild=linux-kbuild-6.1
	;;
5.10-amd64:*)
	suite=bullseye
	image='linux-image-5\.10\.[0-9]+-[0-9]+-amd64-unsigned' tail=-unsigned
	kbuild=linux-kbuild-5.10
	;;
7-*:*)
	suite=trixie-backports
	image="linux-binary-7\.[0-9.]+[+]deb13-$flavour" parts=(linux-modules- linux-base-)
	;;
*)
	apt_suite_die "no kernel $series-$arch for Debian $release; Debian 12 and 13 have 6.12 and 7," \
		"and 5.10 and 6.1 for amd64"
	;;
esac

# An earlier version of this script may have left a kernel of another flavour, or without headers.
is_complete()
{
	[[ -e $1/.complete && -e $1/headers && $(<"$1/release") == *[0-9]-"$flavour" ]]
}

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
! is_complete "$dir" || exit 0
rm -f -- "$dir/.complete"

rm -rf -- "$dir/.apt" "$dir/vmlinuz" "$dir/release" "$dir/modules" "$dir/headers" "$dir/headers.d"
mkdir -p -- "$dir/headers.d" "$dir/modules/lib" "$dir/.apt/image"
trap 'rm -rf -- "$dir/.apt"' EXIT

# The lists of this machine's architecture, and those of the kernel's, if it is another.
own=$(dpkg --print-architecture)
for one in "$own" $([[ $arch == "$own" ]] || echo "$arch"); do
	mkdir -p -- "$dir/.apt/$one"
	[[ $one == "$own" ]] || APT_SUITE_ARCH=$one
	if ! (apt_suite_open "$dir/.apt/$one" "$suite"); then
		apt_suite_say "$suite, which has this kernel, cannot be reached from here"
		exit 3
	fi
done
APT_SUITE_CONF=$dir/.apt/$arch/apt.conf
image=$(apt_suite_newest "$image")
version=${image#linux-image-}
version=${version#linux-binary-}
version=${version%"$tail"}
base=${version%"-$flavour"}

apt_suite_unpack "$image" "$dir/.apt/image"
for part in "${parts[@]}"; do
	apt_suite_unpack "$part$version" "$dir/.apt/image"
done
for package in "linux-headers-$version" "linux-headers-$base-common"; do
	apt_suite_unpack "$package" "$dir/headers.d"
done
APT_SUITE_CONF=$dir/.apt/$own/apt.conf
apt_suite_unpack "${kbuild/BASE/$base}" "$dir/headers.d"

# Modules are in /lib up to Debian 12, and in /usr/lib after it. kmod searches the one or the other.
modules=$dir/.apt/image/lib/modules
[[ -d $modules ]] || modules=$dir/.apt/image/usr/lib/modules
vmlinuz=$dir/.apt/image/boot/vmlinuz-$version
[[ -f $vmlinuz ]] || vmlinuz=$modules/$version/vmlinuz
mv -- "$vmlinuz" "$dir/vmlinuz"
mv -- "$modules" "$dir/modules/lib/modules"
mkdir -p -- "$dir/modules/usr/lib"
ln -s ../../lib/modules "$dir/modules/usr/lib/modules"
rm -f -- "$dir/modules/lib/modules/$version/build" "$dir/modules/lib/modules/$version/source"
depmod -b "$dir/modules" "$version"

headers=$dir/headers.d/usr/src/linux-headers-$version
[[ $version != 5.10.* ]] || sed -i "s/)gcc-10\$/)gcc-$(gcc -dumpversion)/" "$headers/.kernelvariables"
compiler=$(sed -n 's/.*(CROSS_COMPILE)\(gcc-[0-9]*\)$/\1/p' "$headers/.kernelvariables")
[[ -n $compiler ]] || apt_suite_die "the headers of $version name no compiler"
command -v "$target-$compiler" >/dev/null ||
	"$here/fetch-compiler.sh" "$dir/headers.d" "${suite%-backports}" "$compiler$compiler_suffix"

# The headers refer to each other by absolute paths below /usr: move these below headers.d.
sed -i "s,/usr/src/,\$(dir \$(lastword \$(MAKEFILE_LIST)))../,g" "$headers/Makefile"
find "$dir/headers.d" -type l -lname '/*' -printf '%p\0%l\0' |
	while IFS= read -r -d '' link && IFS= read -r -d '' target; do
		ln -sfnr -- "$dir/headers.d$target" "$link"
	done
ln -s "headers.d/usr/src/linux-headers-$version" "$dir/headers"

printf '%s\n' "$version" >"$dir/release"
: >"$dir/.complete"
apt_suite_say "$version is ready"
