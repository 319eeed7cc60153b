#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a folder and a kernel's series.
# Hands on: the unchanged source of the heaps of Debian's newest kernel of that series in the
#           folder: dma-heap.c, system_heap.c and cma_heap.c. Exit status 3 if the suite that has
#           it cannot be reached.
# Always:   .complete is written last; without it, the next call fetches everything again. This
#           needs no root, and the system stays as it is.
#
# Debian's kernels for ARM have no heaps. tests/module/heaps makes modules from these files, for any
# kernel of the series: build-module.sh KERNEL/headers OUT tests/module/heaps DIR. The download, the
# whole source of the kernel, has 153 MB (6.12) or 167 MB (7).
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 1 || $# == 2 ]] || apt_suite_die "usage: fetch-heaps.sh DIR [6.12|7]"
for tool in apt-get dpkg tar xz flock; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done
series=${2:-6.12}
case $series:$(apt_suite_release) in
6.12:12\ *) suite=bookworm-backports package='linux-source-6\.12' ;;
6.12:13\ *) suite=trixie package='linux-source-6\.12' ;;
7:*) suite=trixie-backports package='linux-source-7\.[0-9]+' ;;
*) apt_suite_die "no source of kernel $series; Debian 12 and 13 have 6.12 and 7" ;;
esac

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
if [[ -e $dir/.complete && $(<"$dir/.complete") == "$series" ]]; then
	exit 0
fi
rm -rf -- "$dir/.complete" "$dir/.apt"
mkdir -p -- "$dir/.apt"
trap 'rm -rf -- "$dir/.apt"' EXIT

if ! (apt_suite_open "$dir/.apt" "$suite"); then
	apt_suite_say "$suite, which has this source, cannot be reached from here"
	exit 3
fi
APT_SUITE_CONF=$dir/.apt/apt.conf
package=$(apt_suite_newest "$package")
apt_suite_unpack "$package" "$dir/.apt"

# With --occurrence, tar stops at the last of these files: two of ten seconds.
drivers=$package/drivers/dma-buf
tar -C "$dir/.apt" --occurrence=1 -xf "$dir/.apt/usr/src/$package.tar.xz" \
	"$drivers/dma-heap.c" "$drivers/heaps/system_heap.c" "$drivers/heaps/cma_heap.c"
mv -f -- "$dir/.apt/$drivers"/{,heaps/}*.c "$dir/"
printf '%s\n' "$series" >"$dir/.complete"
apt_suite_say "the heaps of $package are ready"
