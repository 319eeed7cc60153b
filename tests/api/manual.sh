#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs the man pages: mandoc finds nothing wrong in them, and there is one by the name of each
# function.
# usage: manual.sh BUILD_DIR MAN_DIR MAP... [FILE]
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 pages=$2
shift 2

need mandoc
install_from "$build"
man=$(dirname "$(dirname "$(find "$root" -name dmaload.3)")")

for page in "$pages"/*.[1-9]; do
	title=${page##*/}
	# Without json-c there is no program, and without libdrm no library for DRM; the cache can be
	# left out.
	case $title in
	*.1) [ -n "$(find "$root" -name dmaload -path '*/bin/*')" ] || continue ;;
	dmaload_drm.3) [ -e "$(dirname "$pc")/dmaload-drm.pc" ] || continue ;;
	dmaload_cache.3) [ -e "$(dirname "$pc")/dmaload-cache.pc" ] || continue ;;
	esac
	check "$title: it is installed" cmp "$page" "$man/man${page##*.}/$title"
	check "$title: mandoc finds nothing wrong" mandoc -T lint -W warning "$page"
done

for map; do
	[ "${map%.map}" != "$map" ] || continue
	# shellcheck disable=SC2013 # each is a word
	for function in $(sed -n 's/^\t\(dmaload_.*\);$/\1/p' "$map"); do
		check "$function: it has a page" mandoc -T ascii "$man/man3/$function.3"
		# Bold letters are printed twice.
		sed -i 's/.\x08//g' "$work/out"
		says "$function: the page has its prototype" "^ +$function\("
	done
done

finish manual
