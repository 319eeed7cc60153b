#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install the man pages. mandoc finds nothing wrong in them, each function has a page by its name
# with its prototype, and the page of the program refers to existing pages.
# usage: manual.sh BUILD_DIR MAP... [FILE]
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1
shift

need mandoc
install_from "$build"
man=$(dirname "$(dirname "$(find "$root" -name dmaload.3)")")

# The program is optional.
if [ -n "$(find "$root" -name dmaload -path '*/bin/*')" ]; then
	check "dmaload.1: it is installed" test -e "$man/man1/dmaload.1"
	# shellcheck disable=SC2013 # each is a word
	for name in $(sed -n 's/^\.Xr \(dmaload[a-z_]*\) 3.*/\1/p' "$man/man1/dmaload.1"); do
		check "dmaload.1: $name(3) is there" test -e "$man/man3/$name.3"
	done
fi
# shellcheck disable=SC2013 # each is a word
for name in $(sed -n 's/^\.Xr \(dmaload[a-z_]*\) 3.*/\1/p' "$man/man7/dmaload-probes.7"); do
	check "dmaload-probes.7: $name(3) is there" test -e "$man/man3/$name.3"
done
for page in "$man"/man[137]/*; do
	# mandoc warns of each page that includes another one by .so, which is intended.
	grep -q '^\.so ' "$page" && continue
	check "${page##*/}: mandoc finds nothing wrong" mandoc -T lint -W warning "$page"
done

for map; do
	[ "${map%.map}" != "$map" ] || continue
	# shellcheck disable=SC2013 # each is a word
	for function in $(sed -n 's/^\t\(dmaload_.*\);$/\1/p' "$map"); do
		# The path after .so begins at the folder of all pages.
		check "$function: it has a page" sh -c "cd '$man' && mandoc -T ascii man3/$function.3"
		# mandoc prints bold letters twice, and underlines italics.
		sed -i 's/.\x08//g' "$work/out"
		says "$function: the page has its prototype" "^ +[a-z].*[ *]$function\("
		sed -i -n "/^   $function()\$/,/^[A-Z]\|^   [a-z#]/p" "$work/out"
		says "$function: the page describes it, and says since when" "Since: [0-9]"
	done
done

finish manual
