# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Sourced by try.sh, test.sh, bench.sh, bench-guest.sh and tests/cross: brings what a fresh Debian machine lacks, as
# root or with sudo, from the machine's own package source. It changes nothing that is installed already.

say()
{
	printf '\n=== %s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

as_root()
{
	if [[ $(id -u) == 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "\"$*\" has to be run as root, and there is no sudo"
	fi
}

# shellcheck disable=SC2034 # used by the scripts that source this
BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config liburing-dev libjson-c-dev libssl-dev)
# shellcheck disable=SC2034
BENCH_PACKAGES=(fio gnuplot-nox python3)
# shellcheck disable=SC2034
GUEST_PACKAGES=(python3 busybox-static kmod e2fsprogs)
# shellcheck disable=SC2034
CROSS_PACKAGES=(
	gcc-arm-linux-gnueabihf gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu gcc-s390x-linux-gnu
	qemu-user-static jq python3
)
# shellcheck disable=SC2034
MUSL_PACKAGES=(gcc-aarch64-linux-gnu qemu-user-static make xz-utils)
# These packages build a module of tests/module. The kernel's objtool wants libelf, whose package
# has another name from Debian 13 on.
# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_ID:-}") in
12) MODULE_PACKAGES=(make libelf1) ;;
*) MODULE_PACKAGES=(make libelf1t64) ;;
esac
# shellcheck disable=SC2034
TEST_PACKAGES=(
	"${MODULE_PACKAGES[@]}"
	g++ cmake libcmocka-dev libdrm-dev mandoc doxygen dmsetup udev fio libfuse3-dev acl attr
	jq bash-completion zsh gnuplot-nox python3 abigail-tools fsverity v4l-utils
	libvulkan-dev glslang-tools
	python3-numpy python3-onnx mypy systemtap-sdt-dev gdb
)
# shellcheck disable=SC2034
TEST_ALL_PACKAGES=(
	clang valgrind python3-torch mesa-vulkan-drivers bpftrace
	btrfs-progs xfsprogs f2fs-tools dosfstools squashfs-tools erofs-utils
)

# libFuzzer, and the sanitizers for clang, come in a package that is named after the version of clang. So this is to be
# called when clang is installed.
name_fuzz_packages()
{
	# shellcheck disable=SC2034
	FUZZ_PACKAGES=("libclang-rt-$(clang -dumpversion | cut -d . -f 1)-dev")
}

is_installed()
{
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

install_packages() # PACKAGE...
{
	local package missing=()

	command -v apt-get >/dev/null || die "this needs Debian's apt-get; install by hand: $*"
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0

	say "installing ${missing[*]}"
	as_root apt-get -qq update
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Configures a build folder, again if there is one, since options may have changed.
configure() # DIR OPTION...
{
	local dir=$1
	shift
	if [[ -f $dir/build.ninja ]]; then
		meson setup --reconfigure "$dir" "$@" >/dev/null
	else
		rm -rf -- "$dir"
		meson setup "$dir" "$@" >/dev/null
	fi
}

heap_is_usable()
{
	local node
	for node in /dev/dma_heap/*; do
		[[ -r $node ]] && return 0
	done
	return 1
}
