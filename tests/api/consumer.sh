# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Sourced by the tests that build a program with the library as users do: a folder for their work,
# the installed library, and the counting.

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
: "${CC:=cc}"
strict="-Wall -Wextra -Wpedantic -Werror"

pass()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

fail()
{
	failed=$((failed + 1))
	echo "not ok - $1"
	sed 's/^/    /' "$work/out"
}

# check NAME COMMAND...: it succeeds; its output is kept
check()
{
	name=$1
	shift
	if "$@" >"$work/out" 2>&1 </dev/null; then
		pass "$name"
	else
		fail "$name: exit status $? of $*"
	fi
}

# says NAME REGEX: the last command printed it
says()
{
	if grep -qE -- "$2" "$work/out"; then
		pass "$1"
	else
		fail "$1: no \"$2\" in the output"
	fi
}

# says_not NAME REGEX
says_not()
{
	if grep -qE -- "$2" "$work/out"; then
		fail "$1: \"$2\" in the output"
	else
		pass "$1"
	fi
}

# loads NAME PROGRAM FILE: examples/load-file, or a program like it, runs and reports every byte
loads()
{
	check "$1: it runs" "$2" "$3" memfd
	says "$1: it loads the file" "^path .* of $(stat -L -c %s "$3")\$"
}

# reads_by_cache NAME PROGRAM FILE: tests/api/cache.c
reads_by_cache()
{
	check "$1: it runs" "$2" "$3" memfd
	says "$1: what it read" '^[0-9]+ hits of 32 gets, [0-9]+ bytes$'
}

# digests NAME PROGRAM FILE: tests/api/digest.c prints what fsverity does
digests()
{
	check "$1: it runs" "$2" "$3"
	says "$1: the digest of fsverity" "^fsverity:$(fsverity digest --compact "$3")\$"
}

# Make a small safetensors file.
make_model()
{
	{
		printf '\100\0\0\0\0\0\0\0'
		printf '{"weight":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}  '
		head -c 32 /dev/zero
	} >"$work/model.safetensors"
}

# reads_a_model NAME PROGRAM: tests/api/models.c prints the tensor of that file
reads_a_model()
{
	make_model
	check "$1: it runs" "$2" "$work/model.safetensors"
	says "$1: the tensor" '^weight F32 32 bytes at 72$'
}

# meets_no_driver NAME PROGRAM: tests/api/drm.c. Drivers are met in the guest: here is none, and the
# program says so.
meets_no_driver()
{
	# shellcheck disable=SC2016 # for the inner shell
	check "$1: it runs, and is refused" sh -c '"$1" /dev/null; [ $? = 1 ]' - "$2"
	says "$1: why" '^/dev/null: fd [0-9]+ is not a DRM device'
}

# Installs what BUILD_DIR has built to a folder, and points pkg-config at it.
install_from() # BUILD_DIR
{
	root=$work/root
	check "install" meson install -C "$1" --no-rebuild --destdir "$root"
	pc=$(find "$root" -name dmaload.pc)
	if [ -z "$pc" ]; then
		fail "install: no dmaload.pc"
		finish install
	fi
	# The prefix for which the library was configured is not where it is now.
	# PKG_CONFIG_SYSROOT_DIR would change the paths of liburing, too.
	sed -i "s|^prefix=/|prefix=$root/|" "$(dirname "$pc")"/dmaload*.pc
	# Only the caller's path may lead to liburing.
	PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
	export PKG_CONFIG_PATH
	# shellcheck disable=SC2034 # the sourcing script uses it
	libdir=$(dirname "$(dirname "$pc")")
}

# Build a program with the flags that pkg-config prints for a package.
build_with() # NAME PACKAGE PROGRAM.c PKG_CONFIG_OPTION...
{
	name=$1 package=$2 program=$3
	shift 3
	# shellcheck disable=SC2046,SC2086 # all are words
	check "$name: it is built" $CC $strict -o "$work/$name" "$program" \
		$(pkg-config --cflags --libs "$@" "$package")
}

# Write $work/all-names.c. It defines each global name of the library's objects as a function that
# ends the program, except for the public names. No program in C has names with a period.
define_names() # OBJECT...
{
	nm --defined-only --extern-only "$@" >"$work/nm"
	awk 'NF == 3 && $3 !~ /^dmaload_|[.]/ { print $3 }' "$work/nm" | sort -u >"$work/names"
	check "the library's objects have names in common" test -s "$work/names"
	sed 's/.*/void &(void);\nvoid &(void) { __builtin_trap(); }/' "$work/names" >"$work/all-names.c"
	# The compiler may have a built-in function of such a name.
	# shellcheck disable=SC2086 # all are words
	check "a program may define them" $CC $strict -fno-builtin -c -o "$work/all-names.o" \
		"$work/all-names.c"
}

# Link the archives of a package with a program, and with $work/NAMES.o, which defines other names.
build_with_names() # NAMES PACKAGE PROGRAM.c
{
	# shellcheck disable=SC2046,SC2086
	check "$1: it is built" $CC $strict -o "$work/$1" "$3" "$work/$1.o" \
		$(pkg-config --cflags --libs --static "$2")
}

# Check the installed package of a library on top of libdmaload: its flags, and its header alone in
# C and C++.
check_extension() # PACKAGE
{
	check "pkg-config --libs" pkg-config --libs "$1"
	says "pkg-config --libs: both libraries" "-l$1.* -ldmaload( |\$)"
	echo "#include <$1.h>" >"$work/alone.c"
	cp "$work/alone.c" "$work/alone.cpp"
	# shellcheck disable=SC2046,SC2086
	check "the header compiles alone" $CC -std=c11 $strict -fsyntax-only "$work/alone.c" \
		$(pkg-config --cflags "$1")
	for cxx in g++ clang++; do
		command -v $cxx >/dev/null || continue
		# shellcheck disable=SC2046,SC2086
		check "the header compiles alone, $cxx" $cxx -std=c++17 $strict -fsyntax-only \
			"$work/alone.cpp" $(pkg-config --cflags "$1")
	done
}

# Remove our shared libraries, so that the archives are linked. Other libraries stay.
leave_archives()
{
	rm -f "$libdir"/libdmaload*.so*
}

# Skip the test, in meson's terms, if a program is missing.
need() # PROGRAM
{
	command -v "$1" >/dev/null && return
	echo "skipped: no $1"
	exit 77
}

# Print the closing line, and set the exit status.
finish() # NAME
{
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
