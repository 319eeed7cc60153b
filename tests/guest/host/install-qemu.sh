#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Install qemu-system-x86_64 of version 8 or newer, unless the machine has it. Debian 12's own 7.2
# crashes guests under TCG, so there it comes from backports.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

qemu_is_good()
{
	local major
	major=$(qemu-system-x86_64 --version 2>/dev/null |
		sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p')
	[[ ${major:-0} -ge 8 ]]
}

! qemu_is_good || exit 0

as_root=()
[[ $(id -u) == 0 ]] || as_root=(sudo)
packages=(qemu-system-x86) conf=()
case $(apt_suite_release) in
12\ *)
	suite=bookworm-backports
	work=$(mktemp -d)
	trap '"${as_root[@]}" rm -rf -- "$work"' EXIT
	apt_suite_open "$work" "$suite" also-own
	conf=(-c "$APT_SUITE_CONF")
	# Name each package: with -t, apt would take all newer libraries from there, and the system's
	# development packages would no longer fit them.
	packages=(qemu-system-{x86,common,data}/"$suite" seabios/"$suite")
	;;
*) apt_suite_retry "${as_root[@]}" apt-get -qq update ;;
esac

apt_suite_say "installing qemu-system-x86${suite:+ from $suite}"
apt_suite_retry "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get "${conf[@]}" -y -qq --no-install-recommends \
	install "${packages[@]}" >/dev/null
qemu_is_good || apt_suite_die "the installed QEMU is older than 8"
