#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
usage='usage: package.sh [--suite SUITE]... [--test] [--fresh]

Builds the Debian packages of libdmaload in a clean root, into build/packages/SUITE, with the source
package. It runs on Debian, as root or with sudo.

  --suite S   the release to build for, such as bookworm or trixie (default: that of this machine)
  --test      test the packages, too: lintian, a second build that has to be equal, installation,
              upgrade, removal, purge, and debian/tests, also in a guest with dma-heaps
  --fresh     make the roots again, which otherwise stay in build/package-roots
  --help      this text

On two cores it takes about a minute. The first time it also makes the root, in two minutes, and
downloads the packages that it needs. --test takes three minutes more. Set UDEV_GROUP to let another
group than render use the heaps.'
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"
# shellcheck source-path=SCRIPTDIR source=package-roots.sh
. "$top/scripts/package-roots.sh"
# shellcheck source-path=SCRIPTDIR source=package-test.sh
. "$top/scripts/package-test.sh"

suites=()
test=
fresh=
arguments=("$@")
while [[ $# -gt 0 ]]; do
	case $1 in
	--suite)
		[[ $# -gt 1 ]] || die "--suite needs the name of a release"
		suites+=("$2")
		shift
		;;
	--test) test=1 ;;
	--fresh) fresh=1 ;;
	--help)
		echo "$usage"
		exit 0
		;;
	*) die "unknown argument \"$1\"; package.sh --help lists them" ;;
	esac
	shift
done
if [[ $(id -u) != 0 ]]; then
	command -v sudo >/dev/null || die "only root can make a root, and there is no sudo"
	exec sudo ${UDEV_GROUP:+UDEV_GROUP="$UDEV_GROUP"} -- "$(realpath -- "$0")" "${arguments[@]}"
fi
cd -- "$top"
if [[ ${#suites[@]} == 0 ]]; then
	release=$(apt_suite_release)
	suites=("${release#* }")
fi

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
upstream=${version%-*}
# The date of the last change is the date of all that is built from it.
SOURCE_DATE_EPOCH=$(date +%s -d "$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)")
export SOURCE_DATE_EPOCH

# Print the files of the sources, each with a NUL: those of git, or all in an unpacked archive.
list_sources()
{
	local file
	if [[ -e .git ]]; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path './build*' -prune -o ! -type d -printf '%P\0'
	fi | sort -z | while IFS= read -r -d '' file; do
		[[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"
	done
}

# Make DIR/libdmaload-VERSION, with debian/, and the upstream archive beside it.
make_source() # DIR
{
	local tree=$1/libdmaload-$upstream
	mkdir -p -- "$tree"
	list_sources | grep -zv '^debian/' |
		tar -c --null -T - --transform "flags=r;s,^,libdmaload-$upstream/," --mtime="@$SOURCE_DATE_EPOCH" \
			--owner=0 --group=0 --numeric-owner --mode=u+rwX,go=rX --format=gnu |
		xz -6 >"$1/libdmaload_$upstream.orig.tar.xz"
	tar -xf "$1/libdmaload_$upstream.orig.tar.xz" -C "$1" --no-same-owner
	cp -r --no-preserve=ownership debian "$tree/"
}

# Build all packages from DIR, which make_source filled, as an ordinary user in a root.
build_packages() # ROOT DIR [VARIABLE=VALUE...]
{
	local root=$1 dir=$2 offline=1
	shift 2
	chown -R "$BUILDER" -- "$dir"
	# shellcheck disable=SC2016 # for the inner shell
	in_root "$root" "$dir" runuser -u builder -- env HOME=/work \
		SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
		DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
		${UDEV_GROUP:+UDEV_GROUP="$UDEV_GROUP"} "$@" \
		sh -c 'cd "$(find /work -name "libdmaload-[0-9]*" -type d -prune)" && umask "${UMASK:-022}" &&
			dpkg-buildpackage -us -uc' >"$dir/log" 2>&1 ||
		{
			tail -n 40 -- "$dir/log" | cut -c 1-300 >&2
			die "the packages cannot be built: see $dir/log"
		}
}

build_suite() # SUITE
{
	local out=build/packages/$1 began
	[[ -z $fresh ]] || rm -rf -- "build/package-roots/$1"
	make_build_root "$1"
	say "building packages for $1"
	rm -rf -- "$out"
	mkdir -p -- "$out/work"
	began=$SECONDS
	make_source "$out/work"
	build_packages "$(root_of "$1" build)" "$out/work"
	find "$out/work" -maxdepth 1 -type f -exec mv -t "$out" -- {} +
	rm -rf -- "$out/work"
	chown -R "${SUDO_UID:-0}:${SUDO_GID:-0}" -- "$out"
	(cd "$out" && sha256sum -- *.deb)
	say "the packages for $1 are in $out, after $((SECONDS - began)) s"
}

install_packages mmdebstrap xz-utils
for suite in "${suites[@]}"; do
	build_suite "$suite"
	[[ -z $test ]] || test_suite "$suite"
done
