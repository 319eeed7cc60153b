# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Sourced by the tests that build a program against the library as its users do: a folder for their
# work, the installed library, and the counting.

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

# check NAME COMMAND...: it has to succeed; what it prints is kept
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

# says NAME REGEX: the last command did
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

# loads NAME PROGRAM FILE: examples/load-file or its like; the report has to speak of every byte
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
	# The prefix that the library was configured for is not where it is now. PKG_CONFIG_SYSROOT_DIR
	# would move liburing, too.
	sed -i "s|^prefix=/|prefix=$root/|" "$(dirname "$pc")"/dmaload*.pc
	# liburing may be where only the caller's path leads.
	PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
	export PKG_CONFIG_PATH
	# shellcheck disable=SC2034 # used by who sources this
	libdir=$(dirname "$(dirname "$pc")")
}

# Builds a program with the flags that pkg-config has for a package.
build_with() # NAME PACKAGE PROGRAM.c PKG_CONFIG_OPTION...
{
	name=$1 package=$2 program=$3
	shift 3
	# shellcheck disable=SC2046,SC2086 # all are words
	check "$name: it is built" $CC $strict -o "$work/$name" "$program" \
		$(pkg-config --cflags --libs "$@" "$package")
}

# Writes $work/all-names.c, which defines each name that objects of the library have in common,
# as a function that ends the program. The names of the interface are left out.
define_names() # OBJECT...
{
	nm --defined-only --extern-only "$@" >"$work/nm"
	awk 'NF == 3 && $3 !~ /^dmaload_/ { print $3 }' "$work/nm" | sort -u >"$work/names"
	check "the library's objects have names in common" test -s "$work/names"
	sed 's/.*/void &(void);\nvoid &(void) { __builtin_trap(); }/' "$work/names" >"$work/all-names.c"
	# The compiler may know a function of such a name.
	# shellcheck disable=SC2086 # all are words
	check "a program may define them" $CC $strict -fno-builtin -c -o "$work/all-names.o" \
		"$work/all-names.c"
}

# Links the archives of a package with a program, and with $work/NAMES.o, which defines other names.
build_with_names() # NAMES PACKAGE PROGRAM.c
{
	# shellcheck disable=SC2046,SC2086
	check "$1: it is built" $CC $strict -o "$work/$1" "$3" "$work/$1.o" \
		$(pkg-config --cflags --libs --static "$2")
}

# An installed package of a library on top of libdmaload: its flags, and its header alone in C and
# C++.
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

# Removes the shared ones of our own libraries, so that the archives are linked: the rest is as the
# system has it.
leave_archives()
{
	rm -f "$libdir"/libdmaload*.so*
}

# Says that the test cannot be run, as meson understands it, unless there is the program.
need() # PROGRAM
{
	command -v "$1" >/dev/null && return
	echo "skipped: no $1"
	exit 77
}

# The closing line, and the exit status.
finish() # NAME
{
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
