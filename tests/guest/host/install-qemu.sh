#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Install qemu-system-x86_64 of version 8 or newer, unless the machine has it; with "arm",
# qemu-system-aarch64, too. Debian 12's own 7.2 crashes guests under TCG, so there they come from
# backports.
# usage: install-qemu.sh [arm]
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 0 || ($# == 1 && $1 == arm) ]] || apt_suite_die "usage: install-qemu.sh [arm]"
programs=(qemu-system-x86_64) packages=(qemu-system-x86)
if [[ $# == 1 ]]; then
	programs+=(qemu-system-aarch64) packages+=(qemu-system-arm)
fi

qemu_is_good()
{
	local program major
	for program in "${programs[@]}"; do
		major=$("$program" --version 2>/dev/null |
			sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p')
		[[ ${major:-0} -ge 8 ]] || return 1
	done
}

! qemu_is_good || exit 0

as_root=()
[[ $(id -u) == 0 ]] || as_root=(sudo)
named=("${packages[@]}") conf=()
case $(apt_suite_release) in
12\ *)
	suite=bookworm-backports
	work=$(mktemp -d)
	trap '"${as_root[@]}" rm -rf -- "$work"' EXIT
	apt_suite_open "$work" "$suite" also-own
	conf=(-c "$APT_SUITE_CONF")
	# Name each package: with -t, apt would take all newer libraries from there, and the system's
	# development packages would no longer fit them.
	named=()
	for package in "${packages[@]}" qemu-system-common qemu-system-data seabios; do
		named+=("$package/$suite")
	done
	;;
*) apt_suite_retry "${as_root[@]}" apt-get -qq update ;;
esac

apt_suite_say "installing ${packages[*]}${suite:+ from $suite}"
apt_suite_retry "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get "${conf[@]}" -y -qq --no-install-recommends \
	install "${named[@]}" >/dev/null
qemu_is_good || apt_suite_die "the installed QEMU is older than 8"
