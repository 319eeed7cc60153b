#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives a directory; fills it with Debian's newest 6.12 kernel for the machine's own release:
# vmlinuz, release (the version), modules/lib/modules/VERSION, headers (for make -C).
# Always: .complete is written last, without it everything is fetched anew; no root is needed, and
# the system stays as it is.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 1 ]] || apt_suite_die "usage: fetch.sh DIR"
[[ ! -e $1/.complete ]] || exit 0
PATH=$PATH:/usr/sbin:/sbin
for tool in apt-get dpkg depmod flock; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
[[ ! -e $dir/.complete ]] || exit 0

release=$(apt_suite_release)
case $release in
12\ *) suite=bookworm-backports tag=deb12 suffix=-unsigned ;;
13\ *) suite=trixie tag=deb13 suffix= ;;
*) apt_suite_die "no 6.12 kernel is known for Debian $release" ;;
esac

rm -rf -- "$dir/.apt" "$dir/vmlinuz" "$dir/release" "$dir/modules" "$dir/headers" "$dir/headers.d"
mkdir -p -- "$dir/headers.d" "$dir/modules/lib" "$dir/.apt/image"
trap 'rm -rf -- "$dir/.apt"' EXIT

apt_suite_open "$dir/.apt" "$suite"
image=$(apt_suite_newest "linux-image-6\.12\.[^-]*[+]${tag}[^-]*-amd64$suffix")
version=${image#linux-image-}
version=${version%"$suffix"}
base=${version%-amd64}

apt_suite_unpack "$image" "$dir/.apt/image"
for package in "linux-headers-$version" "linux-headers-$base-common" "linux-kbuild-$base"; do
	apt_suite_unpack "$package" "$dir/headers.d"
done

# The modules lie in /lib on Debian 12 and in /usr/lib after it; kmod looks in the one or the other.
modules=$dir/.apt/image/lib/modules
[[ -d $modules ]] || modules=$dir/.apt/image/usr/lib/modules
mv -- "$modules" "$dir/modules/lib/modules"
mkdir -p -- "$dir/modules/usr/lib"
ln -s ../../lib/modules "$dir/modules/usr/lib/modules"
rm -f -- "$dir/modules/lib/modules/$version/build" "$dir/modules/lib/modules/$version/source"
depmod -b "$dir/modules" "$version"
mv -- "$dir/.apt/image/boot/vmlinuz-$version" "$dir/vmlinuz"

# The headers name each other by absolute paths below /usr: make these paths below headers.d.
headers=$dir/headers.d/usr/src/linux-headers-$version
sed -i "s,/usr/src/,\$(dir \$(lastword \$(MAKEFILE_LIST)))../,g" "$headers/Makefile"
find "$dir/headers.d" -type l -lname '/*' -printf '%p\0%l\0' |
	while IFS= read -r -d '' link && IFS= read -r -d '' target; do
		ln -sfnr -- "$dir/headers.d$target" "$link"
	done
ln -s "headers.d/usr/src/linux-headers-$version" "$dir/headers"

printf '%s\n' "$version" >"$dir/release"
: >"$dir/.complete"
apt_suite_say "$version is ready"
