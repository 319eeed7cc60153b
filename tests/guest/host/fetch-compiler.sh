#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a folder with a kernel's headers and their programs, with the paths of an installed
#           system; the Debian suite that they were built for; and the compiler that they need.
# Hands on: the same folder with this compiler and its dependencies from that suite. All programs
#           there run on this machine, with the libraries of their suite. Exit status 3 if the suite
#           cannot be reached.
# Always:   this needs no root, nothing outside of the folder changes, and the folder may be moved.
#
# The machine's own loader and C library cannot run a program of a newer release. A script replaces
# each program, and starts it by the loader of its release.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=apt-suite.sh
. "$here/apt-suite.sh"

[[ $# == 3 ]] || apt_suite_die "usage: fetch-compiler.sh DIR SUITE gcc-VERSION[-TARGET]"
root=$(realpath -- "$1")
suite=$2 compiler=$3
mkdir -p -- "$root/.apt"
trap 'rm -rf -- "$root/.apt"' EXIT
if ! (apt_suite_open "$root/.apt" "$suite"); then
	apt_suite_say "$suite, which has the compiler for these headers, cannot be reached from here"
	exit 3
fi
APT_SUITE_CONF=$root/.apt/apt.conf
# Treat no package as installed.
echo 'Dir::State::status "/dev/null";' >>"$APT_SUITE_CONF"

# objtool's library. The package has another name since Debian 13.
libelf=$(apt_suite_newest 'libelf1(t64)?')

# All dependencies, except those that a kernel module does not need, such as C headers and
# sanitizers.
unused='.*-(base|common|cross|dev)|lib[a-z]*san[0-9]+|lib(atomic|cc|gomp|gprofng|itm|quadmath|stdc[+]+).*'
packages=$(apt-get -c "$APT_SUITE_CONF" -s -qq --no-install-recommends \
	install "$compiler" "$libelf" |
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vxE "$unused")
for package in $packages; do
	apt_suite_unpack "$package" "$root"
done
find "$root/usr" \( -name '*lto-dump*' -o -name lto1 \) -delete

loader=$(find "$root" -type f -name 'ld-linux-x86-64.so.2')
[[ -f $loader ]] || apt_suite_die "the packages of $suite have no loader"
libraries=$(dirname -- "$loader")

find "$root/usr" -type f -perm /111 ! -name '*.so*' | while IFS= read -r program; do
	[[ $(head -c 4 -- "$program" | tr -d '\177\0') == ELF ]] || continue
	up=$(realpath --relative-to="${program%/*}" -- "$root")
	mv -- "$program" "$program.elf"
	cat >"$program" <<-SCRIPT
		#!/bin/sh
		# gcc may start it by a link in another folder.
		folder=\$(dirname -- "\$(readlink -f -- "\$0")")
		root=\$folder/$up
		exec "\$root${loader#"$root"}" --argv0 "\$0" \\
			--library-path "\$root${libraries#"$root"}:\$root/usr/lib/x86_64-linux-gnu" \\
			"\$folder/${program##*/}.elf" "\$@"
	SCRIPT
	chmod +x -- "$program"
done
