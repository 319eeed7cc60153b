#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds the smallest example in a meson project that has the library as a subproject, shared and
# static.
# usage: subproject.sh SOURCE_DIR PROJECT EXAMPLE.c FILE
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

source=$1 project=$2 example=$3 file=$4

# Linked, since a copy might take a build folder along that lies inside of the source tree. What is
# not linked, a subproject has to do without.
app=$work/app
lib=$app/subprojects/libdmaload
mkdir -p "$lib"
cp "$project/meson.build" "$app"
cp "$example" "$app/app.c"
for part in meson.build meson_options.txt common include lib; do
	ln -s "$source/$part" "$lib"
done

for kind in shared static; do
	# A library that this machine has installed would be taken else.
	check "$kind: it configures" meson setup --force-fallback-for=libdmaload \
		-Dlibdmaload:default_library=$kind "$work/$kind" "$app"
	check "$kind: it builds" ninja -C "$work/$kind"
	check "$kind: what it is linked with" readelf -d "$work/$kind/app"
	case $kind in
	shared) says "shared: the library is" 'NEEDED.*libdmaload\.so' ;;
	static) says_not "static: no shared library is" 'NEEDED.*libdmaload\.so' ;;
	esac
	loads "$kind" "$work/$kind/app" "$file"
done

finish subproject
