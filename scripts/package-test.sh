# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Sourced by package.sh. Receives: packages in build/packages/SUITE. Hands on: whether they are good,
# in a copy of the root "base", and in a guest with dma-heaps.

packages_in() # FOLDER: print the packages that users install
{
	find "$1" -name '*.deb' ! -name '*-dbgsym_*' | sort
}

# The packages that debian/tests/control wants, besides ours.
test_dependencies()
{
	sed -n 's/^Depends: //p' debian/tests/control | tr -d , | tr ' ' '\n' |
		grep -v dmaload | sort -u
}

test_lint() # SUITE OUT
{
	say "lintian of $1"
	make_lint_root "$1"
	in_root "$(root_of "$1" lint)" "$2" runuser -u builder -- \
		sh -c 'lintian --fail-on error,warning --info /work/*.changes'
}

# Unpack the source package into DIR/PLACE.
unpack_source() # SUITE OUT DIR PLACE
{
	mkdir -p -- "$3/$4"
	cp -- "$2"/*.dsc "$2"/*.tar.* "$3/$4/"
	chown -R "$BUILDER" -- "$3"
	# shellcheck disable=SC2016 # for the inner shell
	in_root "$(root_of "$1" build)" "$3" runuser -u builder -- \
		sh -c 'cd "/work/$1" && dpkg-source --extract ./*.dsc >/dev/null' sh "$4"
}

# Build the source package again, in another folder and with other settings of the environment.
test_reproducible() # SUITE OUT
{
	local dir
	say "a second build for $1"
	dir=$(root_of "$1" again)
	rm -rf -- "$dir"
	unpack_source "$1" "$2" "$dir" in/another/folder
	build_packages "$(root_of "$1" build)" "$dir" TZ=UTC-13 LC_ALL=C UMASK=002 USER=other
	(cd "$2" && sha256sum -- *.deb *.dsc *.tar.*) >"$dir/sums"
	(cd "$dir/in/another/folder" && sha256sum --quiet --strict --check "$dir/sums") ||
		die "the second build differs from the first: compare $2 and $dir"
	echo "$(wc -l <"$dir/sums") files are equal"
	rm -rf -- "$dir"
}

# The one option for the group reaches the rule, and the messages of the library.
test_group() # SUITE OUT
{
	local dir
	say "the packages for another group"
	dir=$(root_of "$1" group)
	rm -rf -- "$dir"
	unpack_source "$1" "$2" "$dir" .
	# shellcheck disable=SC2016 # for the inner shell
	in_root "$(root_of "$1" build)" "$dir" runuser -u builder -- env HOME=/work UDEV_GROUP=dmaheap \
		DEB_BUILD_OPTIONS=nocheck sh -ec 'cd /work/libdmaload-*/
			debian/rules override_dh_auto_configure >../log 2>&1
			[ "$(grep -o "GROUP=\"[a-z]*\"" obj-*/udev/49-dmaload.rules | uniq)" = "GROUP=\"dmaheap\"" ]
			grep -q "DUDEV_GROUP=.*dmaheap" obj-*/build.ninja' ||
		die "the group is not dmaheap: see $dir"
	echo "the group is dmaheap"
	rm -rf -- "$dir"
}

# Make packages of a lower version in FOLDER/old, with the same files.
make_old_packages() # SUITE OUT FOLDER
{
	local package old=${version%?}0
	[[ $old != "$version" ]] || die "there is no lower version than $version"
	mkdir -p -- "$3/old"
	for package in $(packages_in "$2"); do
		dpkg-deb -R "$package" "$3/tree"
		sed -i "s/$version/$old/g" "$3/tree/DEBIAN/control"
		dpkg-deb -Zgzip -z1 -b "$3/tree" "$3/old" >/dev/null
		rm -rf -- "$3/tree"
	done
}

# Check in ROOT: each package is there in this version, with its files, and dpkg has no complaint.
installed_as() # ROOT FOLDER VERSION
{
	local package name
	for package in $(packages_in "$2"); do
		name=$(dpkg-deb -f "$package" Package)
		[[ $(in_root "$1" "$2" dpkg-query -W -f '${db:Status-Status} ${Version}' "$name") == "installed $3" ]] ||
			die "$name is not installed as $3"
		in_root "$1" "$2" dpkg --verify "$name"
	done
	in_root "$1" "$2" dpkg --audit
	in_root "$1" "$2" dmaload --version
}

# Check in ROOT: no file is left of the packages.
nothing_left() # ROOT
{
	find "$1" -xdev -name '*dmaload*' ! -path "$1/work/*" >"$1.left"
	[[ ! -s $1.left ]] || die "these files are left behind: $(cat -- "$1.left")"
}

test_installation() # SUITE OUT
{
	local root dir names
	root=$(root_of "$1" try)
	dir=$(root_of "$1" tried)
	say "installation, upgrade and removal on $1"
	rm -rf -- "$root" "$dir"
	cp -a -- "$(root_of "$1" base)" "$root"
	mkdir -p -- "$dir/new"
	packages_in "$2" | xargs cp -t "$dir/new"
	make_old_packages "$1" "$2" "$dir"
	mapfile -t names < <(test_dependencies)
	apt_in_root "$root" "$dir" install "${names[@]}"

	in_packages "$root" "$dir" old install
	installed_as "$root" "$dir/old" "${version%?}0"
	in_packages "$root" "$dir" new install
	installed_as "$root" "$dir/new" "$version"
	test_in_root "$1" "$root"
	test_in_guest "$1" "$root" "$2"

	mapfile -t names < <(packages_in "$dir/new" | xargs -I {} dpkg-deb -f {} Package)
	in_packages "$root" "$dir" new remove
	in_packages "$root" "$dir" new install
	installed_as "$root" "$dir/new" "$version"
	apt_in_root "$root" "$dir" purge "${names[@]}"
	nothing_left "$root"
	echo "installed, upgraded, removed, installed again, purged: nothing is left"
	rm -rf -- "$root" "$dir"
}

# Install the packages in a folder, or remove all of them, by apt.
in_packages() # ROOT DIR old|new install|remove
{
	local file files=()
	for file in $(packages_in "$2/$3"); do
		if [[ $4 == install ]]; then
			files+=("/work/$3/${file##*/}")
		else
			files+=("$(dpkg-deb -f "$file" Package)")
		fi
	done
	apt_in_root "$1" "$2" "$4" "${files[@]}"
	if [[ $4 == remove ]]; then
		# shellcheck disable=SC2016 # for dpkg-query
		[[ -z $(in_root "$1" "$2" dpkg-query -W -f '${binary:Package}:${db:Status-Status}\n' |
			grep 'dmaload.*:installed') ]] || die "a package is still installed"
	fi
}

# Run the tests of debian/tests that need no machine of their own.
test_in_root() # SUITE ROOT
{
	say "debian/tests on $1"
	in_root "$2" "$top" sh /work/scripts/package-autopkgtest.sh /work
}

# Run those that use devices in a guest whose kernel has dma-heaps. Its disk is the root.
test_in_guest() # SUITE ROOT OUT
{
	local dir megabytes
	say "debian/tests on $1, in a guest with dma-heaps"
	dir=$(root_of "$1" guest)
	rm -rf -- "$dir"
	mkdir -p -- "$dir"
	mkdir -p -- "$2/work/scripts" "$2/work/tests"
	cp -r debian "$2/work/"
	cp scripts/package-autopkgtest.sh "$2/work/scripts/"
	cp -r tests/api "$2/work/tests/"
	megabytes=$(du -sm --exclude=var/cache "$2" | cut -f 1)
	rm -rf -- "$2"/var/cache/apt/archives/*.deb
	truncate -s "$((megabytes * 5 / 4 + 200))M" "$dir/disk"
	mkfs.ext4 -q -d "$2" "$dir/disk"
	rm -rf -- "${2:?}"/work/*
	gcc -O2 -static -o "$dir/exit" tests/guest/inside/exit.c
	tests/guest/host/boot.py --kernel build/guest-kernel --out "$dir" --exit-helper "$dir/exit" \
		--script scripts/package-guest.sh --disk "virtio:$dir/disk" --module ext4 \
		--timeout 600 || die "the tests failed in the guest: see $dir"
	rm -f -- "$dir/disk"
}

prepare_tests()
{
	install_packages "${BUILD_PACKAGES[@]}" "${GUEST_PACKAGES[@]}"
	tests/guest/host/install-qemu.sh
	tests/guest/host/fetch.sh build/guest-kernel
}

test_suite() # SUITE
{
	local out=build/packages/$1 began=$SECONDS
	prepare_tests
	test_lint "$1" "$top/$out"
	test_group "$1" "$top/$out"
	test_reproducible "$1" "$top/$out"
	test_installation "$1" "$top/$out"
	say "the packages for $1 passed, after $((SECONDS - began)) s"
}
