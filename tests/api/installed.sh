#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install the library, and build the smallest example with it by pkg-config, shared and static.
# usage: installed.sh BUILD_DIR INCLUDE_DIR EXAMPLE.c RULES|none FILE
# RULES: the built udev rules, if they are to be installed.
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 include=$2 example=$3 rules=$4 file=$5

# links NAME PROGRAM PKG_CONFIG_OPTION...
links()
{
	name=$1 program=$2
	shift 2
	# shellcheck disable=SC2046,SC2086 # both are words
	check "$name: it is linked" $CC -o "$program" "$work/example.o" \
		$(pkg-config --libs "$@" dmaload)
}

install_from "$build"

# Only users would miss a header that lib/meson.build forgets. Ignore hidden files, which editors
# make. The header of another library is there if that library is.
installed=$(dirname "$(find "$root" -name dmaload.h)")
absent_drm=none absent_cache=none absent_digest=none absent_models=none
[ -e "$(dirname "$pc")/dmaload-drm.pc" ] || absent_drm=dmaload-drm.h
[ -e "$(dirname "$pc")/dmaload-cache.pc" ] || absent_cache=dmaload-cache.h
[ -e "$(dirname "$pc")/dmaload-digest.pc" ] || absent_digest=dmaload-digest.h
[ -e "$(dirname "$pc")/dmaload-models.pc" ] || absent_models='dmaload-models.h*'
check "the headers are those of the source tree" \
	diff -r -x '.*' -x "$absent_drm" -x "$absent_cache" \
	-x "$absent_digest" -x "$absent_models" \
	"$include" "$installed"

found=$(find "$root" -name DEBUGGING.md)
check "the documents are installed" diff -r "$include/../doc" "$(dirname "$found")/doc"
check "beside the examples" test -e "$(dirname "$found")/examples/load-file.c"

# The rule that changes who may use the heaps is installed only on request.
found=$(find "$root" -name '*.rules')
if [ "$rules" = none ]; then
	check "no udev rule is installed unasked" test -z "$found"
else
	check "the udev rule is installed" cmp "$rules" "$found"
	check "where udev looks" expr "$found" : '.*/udev/rules\.d/49-dmaload\.rules$'
fi

# A program linked with liburing depends on its version, although it never calls it.
check "pkg-config --libs" pkg-config --libs dmaload
says_not "pkg-config --libs: nothing of liburing" uring

# Compile apart from linking: an LTO link would print warnings about the library.
# shellcheck disable=SC2046,SC2086
check "the example compiles" $CC $strict -c -o "$work/example.o" "$example" \
	$(pkg-config --cflags dmaload)

links "shared" "$work/shared"
LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
loads "shared" "$work/shared" "$file"
unset LD_LIBRARY_PATH

leave_archives
links "static" "$work/static" --static
loads "static" "$work/static" "$file"

finish installed
