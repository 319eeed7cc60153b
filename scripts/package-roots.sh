# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Sourced by package.sh. Receives: a release of Debian. Hands on: roots of it, in build/package-roots:
#   base   apt, and what each system has
#   build  base, and what debian/control says that a build needs
#   lint   base, and lintian
# Always: the machine's own system stays as it is, and a root that is used by a build or a test stays
# clean. Sources and apt's settings are those of the machine.

# shellcheck source-path=SCRIPTDIR source=../tests/guest/host/apt-suite.sh
. "$top/tests/guest/host/apt-suite.sh"

# The user that builds packages.
BUILDER=1000:1000

root_of() # SUITE NAME
{
	printf '%s/build/package-roots/%s/%s\n' "$top" "$1" "$2"
}

# Run a command in a root that has a folder at /work, and the machine's devices. Mounts and processes
# end with the command. If the variable "offline" is set, there is no network.
in_root() # ROOT FOLDER COMMAND...
{
	# shellcheck disable=SC2016 # for the inner shell
	unshare ${offline:+--net} --mount --pid --fork --kill-child -- bash -euc '
		root=$1 work=$2
		shift 2
		mkdir -p "$root/work"
		mount --bind "$work" "$root/work"
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
	' in_root "$@" </dev/null
}

# Install packages in a root: names, files below /work, or a build's needs.
apt_in_root() # ROOT FOLDER COMMAND ARGUMENT...
{
	local log=${1%/}.apt.log
	[[ ! -e /etc/resolv.conf ]] || cp -L -- /etc/resolv.conf "$1/etc/resolv.conf"
	in_root "$1" "$2" apt-get -y --no-install-recommends -o Dpkg::Use-Pty=0 "${@:3}" >"$log" 2>&1 || {
		tail -n 30 -- "$log" >&2
		die "apt-get ${*:3} failed: see $log"
	}
}

# Succeed if a root has been made from the same things; otherwise, remove it.
root_is_made() # ROOT WANTED
{
	[[ ! -e $1.made || $(cat -- "$1.made") != "$2" ]] || return 0
	rm -rf -- "$1" "$1.made"
	return 1
}

make_base_root() # SUITE
{
	local dir root sources=()
	root=$(root_of "$1" base)
	! root_is_made "$root" "$1" || return 0
	say "making a root of $1"
	dir=$(root_of "$1" apt)
	mkdir -p -- "$dir"
	apt_suite_sources "$dir" "$1"
	for file in "$dir"/sources/suite.*; do
		[[ ! -s $file ]] || sources+=("$file")
	done
	apt-config dump | grep '^Acquire::' >"$dir/apt.conf"
	# The package lists stay, for what is installed later.
	apt_suite_retry make_base "$1" "$root" "$dir/apt.conf" "${sources[@]}" 2>"$root.log" || {
		tail -n 20 -- "$root.log" >&2
		die "mmdebstrap cannot make a root of $1: see $root.log"
	}
	printf '%s\n' "$1" >"$root.made"
}

make_base() # SUITE ROOT APT_CONF SOURCES...
{
	rm -rf -- "$2"
	mmdebstrap --quiet --mode=root --variant=apt --format=directory --include=passwd \
		--dpkgopt=force-unsafe-io --aptopt="$3" --skip=cleanup/apt "$1" "$2" "${@:4}"
}

# Copy the base, and install what else this root has.
make_root_from_base() # SUITE NAME WANTED FOLDER APT_COMMAND...
{
	local root
	root=$(root_of "$1" "$2")
	! root_is_made "$root" "$3" || return 0
	make_base_root "$1"
	say "making the root \"$2\" of $1"
	cp -a -- "$(root_of "$1" base)" "$root"
	apt_in_root "$root" "$4" "${@:5}"
	in_root "$root" "$4" useradd --uid "${BUILDER%:*}" --user-group --no-create-home builder
	printf '%s\n' "$3" >"$root.made"
}

make_build_root() # SUITE
{
	make_root_from_base "$1" build "$(sha256sum <debian/control)" "$top" \
		build-dep --host-architecture "$(dpkg --print-architecture)" -P nocheck /work
}

make_lint_root() # SUITE
{
	make_root_from_base "$1" lint lintian "$top" install lintian
}
