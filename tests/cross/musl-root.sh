#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fill a folder with what programs for musl are built against:
#   root      musl of a Debian release, headers of the kernel, liburing, cmocka
#   gcc       the compiler, which takes everything from there
#   run       runs such a program, for another architecture by qemu-user
#   musl.ini  a cross file for meson
# usage: musl-root.sh DIR [ARCH [SUITE]]
# ARCH is Debian's name: amd64, arm64 or armhf; by default, that of the machine. SUITE is
# Debian's, too: trixie has musl 1.2.5, bookworm 1.2.3.
# .complete is written last, with what was asked for; without it, or if that has changed,
# everything is fetched again. This needs no root, and leaves the system as it is. It downloads
# 4 MB, and 18 MB of apt's lists.
#
# Debian has liburing and cmocka for glibc only, so they are built here from its source packages.
set -euo pipefail
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../guest/host/apt-suite.sh
. "$here/../guest/host/apt-suite.sh"

[[ $# -ge 1 && $# -le 3 ]] || apt_suite_die "usage: musl-root.sh DIR [ARCH [SUITE]]"
for tool in apt-get dpkg flock make xz; do
	command -v "$tool" >/dev/null || apt_suite_die "$tool is missing"
done
own=$(dpkg --print-architecture)
arch=${2:-$own}
release=$(apt_suite_release)
suite=${3:-${release#* }}

case $arch in
amd64) target=x86_64-linux-gnu family=x86_64 cpu=x86_64 bits=64 ;;
arm64) target=aarch64-linux-gnu family=aarch64 cpu=armv8 bits=64 ;;
armhf) target=arm-linux-gnueabihf family=arm cpu=armv7 bits=32 ;;
*) apt_suite_die "\"$arch\" is none of amd64, arm64 and armhf" ;;
esac
compiler=$(command -v "$target-gcc") || apt_suite_die "$target-gcc is missing"
emulator=
# The name of the emulator depends on the release. Only tests need one.
[[ $arch == "$own" ]] ||
	emulator=$(command -v "qemu-$family-static" || command -v "qemu-$family" || echo "qemu-$family")

mkdir -p -- "$1"
dir=$(realpath -- "$1")
exec 9>"$dir/.lock"
flock 9
wanted="$arch $suite $emulator $dir"
if [[ -e $dir/.complete && $(cat -- "$dir/.complete") == "$wanted" ]]; then
	exit 0
fi
find "$dir" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf -- {} +
mkdir -p -- "$dir/apt" "$dir/source"
trap 'rm -rf -- "$dir/apt" "$dir/source"' EXIT

# shellcheck disable=SC2034 # apt-suite.sh reads both
APT_SUITE_ARCH=$arch APT_SUITE_SOURCES=1
apt_suite_open "$dir/apt" "$suite"

# musl, with the loader of shared programs, and the kernel's headers, which come last.
for package in musl musl-dev; do
	apt_suite_unpack "$package" "$dir/root"
done
# The linker looks for libc.so beside libc.a, where it is on a system whose /lib is /usr/lib. From
# Debian 13 on, the package has it there.
if [[ -d $dir/root/lib ]]; then
	cp -a -- "$dir/root/lib/." "$dir/root/usr/lib/"
	rm -rf -- "$dir/root/lib"
fi
ln -s usr/lib "$dir/root/lib"
apt_suite_unpack linux-libc-dev "$dir/kernel"
musl=$(cd "$dir/root/usr/include" && echo *-linux-musl*)
headers="-idirafter $dir/kernel/usr/include -idirafter $dir/kernel/usr/include/$target"
edits=(-e "s|/usr/include/$musl|$dir/root&|g" -e "s|/usr/lib/$musl|$dir/root&|g"
	-e "s|-isystem include%s|& $headers|")
# On the machine itself, programs name the loader in this folder.
[[ -n $emulator ]] || edits+=(-e "s|-dynamic-linker /lib/|-dynamic-linker $dir/root/lib/|")
sed "${edits[@]}" "$dir/root/usr/lib/$musl/musl-gcc.specs" >"$dir/gcc.specs"
cat >"$dir/gcc" <<-SCRIPT
	#!/bin/sh
	exec $compiler "\$@" -specs '$dir/gcc.specs'
SCRIPT
emulate=${emulator:+"$emulator -L $dir/root"}
cat >"$dir/run" <<-SCRIPT
	#!/bin/sh
	exec $emulate "\$@"
SCRIPT
chmod +x "$dir/gcc" "$dir/run"

fetch_source() # PACKAGE
{
	local archive
	mkdir -p -- "$dir/source/$1"
	cd -- "$dir/source/$1"
	apt_suite_retry apt-get -c "$APT_SUITE_CONF" -qq --download-only --tar-only source "$1" ||
		apt_suite_die "cannot download the source of $1"
	for archive in *.orig.tar.?z; do
		apt_suite_say "building ${archive%.orig.tar.*}"
		tar -x -f "$archive" --strip-components 1
	done
}

# Describe a library in $dir/root/usr, with the version in the name of its source.
write_pc() # NAME [FLAG]
{
	local version
	version=$(cd "$dir/source/$1" && echo "$1"_*.orig.tar.?z)
	version=${version#*_}
	mkdir -p -- "$dir/root/usr/lib/pkgconfig"
	cat >"$dir/root/usr/lib/pkgconfig/$1.pc" <<-PC
		Name: $1
		Description: $1, built with musl
		Version: ${version%.orig.tar.*}
		Cflags: -I$dir/root/usr/include ${2:-}
		Libs: -L$dir/root/usr/lib -l${1#lib}
	PC
}

build_liburing()
{
	local prefix=$dir/root/usr
	./configure --cc="$dir/gcc" --prefix="$prefix" --libdir="$prefix/lib" --libdevdir="$prefix/lib" &&
		make -C src ENABLE_SHARED=0 CFLAGS='-O2 -g -fPIC -fno-stack-protector' install
}

# cmocka.h takes a processor that it does not know for one of 32 bits.
cmocka_flags="-D__WORDSIZE=$bits"

# One file, with what its configuration would find in musl.
build_cmocka()
{
	"$dir/gcc" -c -O2 -g -fPIC -Iinclude -o cmocka.o src/cmocka.c -DHAVE_CLOCK_REALTIME \
		-DHAVE_GCC_THREAD_LOCAL_STORAGE -DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGLONGJMP \
		-DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_STRSIGNAL -DHAVE_STRUCT_TIMESPEC "$cmocka_flags" &&
		"$target-ar" rcs "$dir/root/usr/lib/libcmocka.a" cmocka.o &&
		cp include/cmocka*.h "$dir/root/usr/include/"
}

for library in liburing cmocka; do
	fetch_source "$library"
	"build_$library" >"$dir/build.log" 2>&1 || apt_suite_die "cannot build $library: see $dir/build.log"
done
write_pc liburing
write_pc cmocka "$cmocka_flags"

cat >"$dir/musl.ini" <<-INI
	[binaries]
	c = '$dir/gcc'
	ar = '$target-ar'
	strip = '$target-strip'
	pkgconfig = 'pkg-config'
	exe_wrapper = '$dir/run'

	[properties]
	pkg_config_libdir = '$dir/root/usr/lib/pkgconfig'

	[host_machine]
	system = 'linux'
	cpu_family = '$family'
	cpu = '$cpu'
	endian = 'little'
INI
printf '%s\n' "$wanted" >"$dir/.complete"
apt_suite_say "programs for musl on $arch can be built"
