#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The interface of each shared library, its functions and the types of the public headers, is that
# of its dump in the folder abi. RELEASING.md says what may change in which version.
# usage: abi.sh check|update ABI_DIR HEADER_DIR LIBRARY...
# update: write the dumps instead.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

mode=$1 dumps=$2 headers=$3
shift 3

dump() # LIBRARY FILE
{
	check "${1##*/}: its interface" abidw --headers-dir "$headers" --drop-private-types \
		--exported-interfaces-only --drop-undefined-syms --no-parameter-names --no-show-locs \
		--no-corpus-path --no-comp-dir-path --no-elf-needed --type-id-style hash \
		--out-file "$2" "$1"
}

# Users have only pointers to a type that the headers declare and never define.
check_opaque() # SUPPRESSIONS
{
	grep -rhE '^struct dmaload_\w+;$' "$headers" | tr -d ';' | sort -u >"$work/declared"
	grep -rhE '^struct dmaload_\w+ \{$' "$headers" | sed 's/ {//' | sort -u >"$work/defined"
	comm -23 "$work/declared" "$work/defined" | sed 's/^struct //' >"$work/opaque"
	check "the headers have opaque types" test -s "$work/opaque"
	grep -vE "$(sed -n 's/^ *name_regexp = //p' "$1")" "$work/opaque" >"$work/missing"
	# shellcheck disable=SC2016 # for the inner shell
	check "${1##*/} has each opaque type" sh -c '! grep . "$1"' - "$work/missing"
}

explain()
{
	cat <<-'END'

	The interface is not the one in the folder abi. The differences are above. Decide:

	- Compatible: a new function, constant or type; a new member at the end of a struct that begins
	  with its size. Programs that were built before go on working.
	  Update the dump and commit it with the change: meson compile -C BUILD_DIR update-abi
	- Incompatible: anything else. If the last release has the same minor version as meson.build,
	  first raise the minor version, in meson.build and in the nodes of the symbol maps (before 1.0;
	  from 1.0 on the major version). Then update the dump in the same way.
	- A type of which users have only pointers: add its name to abi/opaque-types.suppr.

	RELEASING.md has the rules.
	END
}

if ! command -v abidw >/dev/null; then
	echo "cannot compare the interface: no abidw; install abigail-tools"
	[ "$mode" = update ] && exit 1
	exit 77
fi

[ "$mode" = update ] || check_opaque "$dumps/opaque-types.suppr"
for library in "$@"; do
	stem=$(basename "$library" | sed 's/\.so.*//')
	kept=$dumps/$stem.abi
	if [ "$mode" = update ]; then
		dump "$library" "$kept"
		continue
	fi
	dump "$library" "$work/$stem.abi"
	check "$stem: it is that of abi/$stem.abi" abidiff \
		--suppr "$dumps/opaque-types.suppr" "$kept" "$work/$stem.abi"
done
[ "$mode" = update ] || [ "$failed" = 0 ] || explain

finish abi
