#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds programs in a meson project that has the library as a subproject, shared and static: the
# smallest example, and programs that define names which the library has for its own functions. Then
# a program for each library that is enabled on top of it.
# usage: subproject.sh SOURCE_DIR PROJECT EXAMPLE.c CLASH.c OWN-NAMES.c EXTENSIONS FILE OBJECT...
# EXTENSIONS: the names of these libraries, with a comma after each: "cache,drm,".
# OBJECT: what the archives are made of.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

source=$1 project=$2 example=$3 clash=$4 own_names=$5 extensions=$6 file=$7
shift 7

# Link the sources: a copy might include a build folder inside of the source tree. A subproject must
# work without files that are not linked here.
app=$work/app
lib=$app/subprojects/libdmaload
mkdir -p "$lib"
cp "$project/meson.build" "$app"
cp "$project/meson_options.txt" "$app"
cp "$example" "$app/app.c"
cp "$clash" "$app/clash.c"
cp "$own_names" "$app/own-names.c"
define_names "$@"
cp "$work/all-names.c" "$app"
for part in meson.build meson_options.txt common include lib libraries; do
	ln -s "$source/$part" "$lib"
done

for kind in shared static; do
	# Otherwise, an installed library of this machine would be used.
	check "$kind: it configures" meson setup --force-fallback-for=libdmaload \
		-Dlibdmaload:default_library=$kind "$work/$kind" "$app"
	check "$kind: it builds" ninja -C "$work/$kind"
	check "$kind: what it is linked with" readelf -d "$work/$kind/app"
	case $kind in
	shared) says "shared: the library is" 'NEEDED.*libdmaload\.so' ;;
	static) says_not "static: no shared library is" 'NEEDED.*libdmaload\.so' ;;
	esac
	loads "$kind" "$work/$kind/app" "$file"
	for names in own-names all-names; do
		check "$kind, $names: it loads what is in the file" "$work/$kind/$names" "$file"
	done
done

# extension KIND NAME
extension()
{
	program=$work/$1/$2
	check "$1, $2: what it is linked with" readelf -d "$program"
	case $1 in
	shared) says "$1, $2: the library is" "NEEDED.*libdmaload-$2\.so" ;;
	static) says_not "$1, $2: no shared library is" 'NEEDED.*libdmaload' ;;
	esac
	case $2 in
	cache) reads_by_cache "$1, $2" "$program" "$file" ;;
	digest) digests "$1, $2" "$program" "$file" ;;
	models) reads_a_model "$1, $2" "$program" ;;
	drm) meets_no_driver "$1, $2" "$program" ;;
	esac
}

names=$(echo "$extensions" | tr ',' ' ')
features=
for each in $names; do
	case $each in
	drm) features="$features -Dlibdmaload:libdrm=enabled" ;;
	*) features="$features -Dlibdmaload:$each=enabled" ;;
	esac
	ln -s "$source/$each" "$lib"
	cp "$(dirname -- "$0")/$each.c" "$app"
done
for kind in ${names:+shared static}; do
	# shellcheck disable=SC2086 # all are words
	check "$kind, extensions: it configures" meson configure "-Dextensions=${extensions%,}" \
		$features "$work/$kind"
	# shellcheck disable=SC2086 # all are words
	check "$kind, extensions: they are built" ninja -C "$work/$kind" $names
	for each in $names; do
		extension "$kind" "$each"
	done
done

# If both kinds are built, the project chooses. Here it enables the extensions itself.
for static in true false; do
	check "both, static: $static: it configures" meson setup --force-fallback-for=libdmaload \
		-Dlibdmaload:default_library=both -Dstatic=$static \
		"-Dextensions=${extensions%,}" "$work/both-$static" "$app"
	check "both, static: $static: the application's inputs" \
		sed -n 's/^build app: //p' "$work/both-$static/build.ninja"
	case $static in
	true) says "both, static: true: the archive" 'libdmaload\.a' ;;
	false) says "both, static: false: the shared library" 'libdmaload\.so' ;;
	esac
done

finish subproject
