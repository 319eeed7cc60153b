#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs the library to a prefix and builds the smallest example against it, as an application's
# author would: by pkg-config, shared and static. Also as C++, since C++ programs take the headers.
# usage: installed.sh BUILD_DIR EXAMPLE.c FILE
set -eu

build=$1 example=$2 file=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
passed=0

meson install -C "$build" --no-rebuild --quiet --destdir "$root"
pc=$(find "$root" -name dmaload.pc)
# The sysroot is put before the prefix that the .pc file was made for.
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

check()
{
	"$1" "$file" memfd >"$root/out"
	grep -q '^path ' "$root/out"
	passed=$((passed + 1))
	echo "ok - $2"
}

# shellcheck disable=SC2046 # pkg-config prints words
cc -Wall -Wextra -Werror -o "$root/shared" "$example" $(pkg-config --cflags --libs dmaload)
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")")
export LD_LIBRARY_PATH
check "$root/shared" "shared, by pkg-config"
unset LD_LIBRARY_PATH

# Only our own library from its archive: the rest is as the system has it.
libdir=$(dirname "$(dirname "$pc")")
rm -f "$libdir"/libdmaload.so*
# shellcheck disable=SC2046
cc -o "$root/static" "$example" $(pkg-config --cflags --static --libs dmaload)
check "$root/static" "static, by pkg-config --static"

# shellcheck disable=SC2046
printf '#include <dmaload.h>\nint main() { return !dmaload_version(); }\n' |
	c++ -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -o "$root/cxx" - \
		$(pkg-config --cflags --static --libs dmaload)
"$root/cxx"
passed=$((passed + 1))
echo "ok - C++17"

for program in "$root"/usr/local/bin/dmaload "$root"/usr/bin/dmaload; do
	[ ! -x "$program" ] || echo "installed: $program"
done
echo "installed: $passed passed, 0 failed"
