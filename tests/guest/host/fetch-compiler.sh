#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives a folder with a kernel's headers and their programs, as they lie below /, the Debian
# suite that they were made for, and the compiler that they want; adds this compiler and whatever it
# needs from that suite, and makes all programs there run here, by the libraries of their suite.
# Always: no root is needed, nothing outside of the folder changes, and the folder may be moved.
# Exit status 3: the suite cannot be reached.
#
# A program of a newer release cannot be started by the machine's own loader and C library. Each is
# replaced by a script that starts it by the loader of its release.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 3 ]] || apt_suite_die "usage: fetch-compiler.sh DIR SUITE gcc-VERSION"
root=$(realpath -- "$1")
suite=$2 compiler=$3
mkdir -p -- "$root/.apt"
trap 'rm -rf -- "$root/.apt"' EXIT
if ! (apt_suite_open "$root/.apt" "$suite"); then
	apt_suite_say "$suite, which has the compiler for these headers, cannot be reached from here"
	exit 3
fi
APT_SUITE_CONF=$root/.apt/apt.conf
# Nothing counts as installed.
echo 'Dir::State::status "/dev/null";' >>"$APT_SUITE_CONF"

# objtool's library; the package has another name from Debian 13 on.
libelf=$(apt_suite_newest 'libelf1(t64)?')

# All that these depend on, but for what a kernel module does not need: C headers, sanitizers and
# the like.
unused='.*-(base|common|dev)|lib[a-z]*san[0-9]+|lib(atomic|cc|gomp|gprofng|itm|quadmath|stdc[+]+).*'
packages=$(apt-get -c "$APT_SUITE_CONF" -s -qq --no-install-recommends \
	install "$compiler" "$libelf" |
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vxE "$unused")
for package in $packages; do
	apt_suite_unpack "$package" "$root"
done
find "$root/usr" \( -name '*lto-dump*' -o -name lto1 \) -delete

loader=$(find "$root" -type f -name 'ld-linux-x86-64.so.2')
[[ -f $loader ]] || apt_suite_die "there is no loader among the packages of $suite"
libraries=$(dirname -- "$loader")

find "$root/usr" -type f -perm /111 ! -name '*.so*' | while IFS= read -r program; do
	[[ $(head -c 4 -- "$program" | tr -d '\177\0') == ELF ]] || continue
	up=$(realpath --relative-to="${program%/*}" -- "$root")
	mv -- "$program" "$program.elf"
	cat >"$program" <<-SCRIPT
		#!/bin/sh
		root=\${0%/*}/$up
		exec "\$root${loader#"$root"}" --argv0 "\$0" \\
			--library-path "\$root${libraries#"$root"}:\$root/usr/lib/x86_64-linux-gnu" \\
			"\${0%/*}/${program##*/}.elf" "\$@"
	SCRIPT
	chmod +x -- "$program"
done
