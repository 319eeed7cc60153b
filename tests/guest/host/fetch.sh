#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a folder and a kernel's series.
# Hands on: Debian's newest kernel of that series in the folder: vmlinuz, release (the version),
#           modules/lib/modules/VERSION, headers (for make -C). Exit status 3 if the suite that has
#           this kernel cannot be reached.
# Always:   .complete is written last; without it, the next call fetches everything again. This
#           needs no root, and the system stays as it is.
#
# The default is 6.12, for the machine's own release. 7 is the newest of trixie-backports. Both have
# all their drivers: 122 and 137 MB. 6.1 is Debian 12's own, in the small cloud flavour: 40 MB. If
# the machine lacks the compiler that the headers need, it is added to them: another 41 MB. That is
# so for 7 on Debian 12, and for 6.1 on Debian 13.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 1 || $# == 2 ]] || apt_suite_die "usage: fetch.sh DIR [6.12|6.1|7]"
PATH=$PATH:/usr/sbin:/sbin
for tool in apt-get dpkg depmod flock; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done

# image: the package with vmlinuz. parts: the beginnings of the names of further packages, if image
# has no modules. tail: the end of image's name, after the version. kbuild: the package of the
# headers' programs; BASE is the version without flavour.
release=$(apt_suite_release)
parts=() tail='' kbuild=linux-kbuild-BASE
case ${2:-6.12}:$release in
6.12:12\ *)
	suite=bookworm-backports flavour=''
	image='linux-image-6\.12\.[^-]*[+]deb12[^-]*-amd64-unsigned' tail=-unsigned
	;;
6.12:13\ *) suite=trixie flavour='' image='linux-image-6\.12\.[^-]*[+]deb13[^-]*-amd64' ;;
6.1:*)
	suite=bookworm flavour=-cloud
	image='linux-image-6\.1\.[0-9]+-[0-9]+-cloud-amd64' kbuild=linux-kbuild-6.1
	;;
7:*)
	suite=trixie-backports flavour=''
	image='linux-binary-7\.[0-9.]+[+]deb13-amd64' parts=(linux-modules- linux-base-)
	;;
*)
	apt_suite_die "no kernel ${2:-6.12} for Debian $release; Debian 12 and 13 have 6.12, 6.1 and 7"
	;;
esac

# An earlier version of this script may have left a kernel of another flavour, or without headers.
is_complete()
{
	[[ -e $1/.complete && -e $1/headers && $(<"$1/release") == *[0-9]"$flavour-amd64" ]]
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

if ! (apt_suite_open "$dir/.apt" "$suite"); then
	apt_suite_say "$suite, which has this kernel, cannot be reached from here"
	exit 3
fi
APT_SUITE_CONF=$dir/.apt/apt.conf
image=$(apt_suite_newest "$image")
version=${image#linux-image-}
version=${version#linux-binary-}
version=${version%"$tail"}
base=${version%"$flavour-amd64"}

apt_suite_unpack "$image" "$dir/.apt/image"
for part in "${parts[@]}"; do
	apt_suite_unpack "$part$version" "$dir/.apt/image"
done
for package in "linux-headers-$version" "linux-headers-$base-common" "${kbuild/BASE/$base}"; do
	apt_suite_unpack "$package" "$dir/headers.d"
done

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
compiler=$(sed -n 's/.*(CROSS_COMPILE)\(gcc-[0-9]*\)$/\1/p' "$headers/.kernelvariables")
[[ -n $compiler ]] || apt_suite_die "the headers of $version name no compiler"
command -v "x86_64-linux-gnu-$compiler" >/dev/null ||
	"$here/fetch-compiler.sh" "$dir/headers.d" "${suite%-backports}" "$compiler"

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
