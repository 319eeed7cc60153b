#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a folder.
# Hands on: Mesa's software driver for Vulkan in the folder, from a version that imports dma-bufs:
#           libvulkan_lvp.so and lvp_icd.json, which leads to it. Exit status 3 if the suite that
#           has it cannot be reached.
# Always:   .complete is written last; without it, the next call makes everything again. This needs
#           no root, and the system stays as it is.
#
# The driver's libraries are those of the machine: install its own package, mesa-vulkan-drivers.
# Debian 13's own driver imports dma-bufs; Debian 12's does not (22.3), but that of backports does,
# with the same libraries (11 MB).
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 1 ]] || apt_suite_die "usage: fetch-lavapipe.sh DIR"
for tool in apt-get dpkg flock; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done
release=$(apt_suite_release)

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
[[ ! -e $dir/.complete ]] || exit 0
rm -rf -- "$dir/.apt"
mkdir -p -- "$dir/.apt/root"
trap 'rm -rf -- "$dir/.apt"' EXIT

case $release in
12\ *)
	root=$dir/.apt/root suite=bookworm-backports
	if ! (apt_suite_open "$dir/.apt" "$suite"); then
		apt_suite_say "$suite, which has this driver, cannot be reached from here"
		exit 3
	fi
	APT_SUITE_CONF=$dir/.apt/apt.conf
	apt_suite_unpack mesa-vulkan-drivers "$root"
	;;
*) root= ;;
esac
driver=$root/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so
[[ -e $driver ]] || apt_suite_die "mesa-vulkan-drivers is not installed"
cp -- "$driver" "$dir/libvulkan_lvp.so"
ldd "$dir/libvulkan_lvp.so" >"$dir/.apt/libraries"
if grep 'not found' "$dir/.apt/libraries" >&2; then
	apt_suite_die "the driver lacks libraries: install mesa-vulkan-drivers"
fi
sed 's,"[^"]*libvulkan_lvp\.so","./libvulkan_lvp.so",' "$root/usr/share/vulkan/icd.d/lvp_icd.json" \
	>"$dir/lvp_icd.json"
: >"$dir/.complete"
apt_suite_say "lavapipe is ready"
