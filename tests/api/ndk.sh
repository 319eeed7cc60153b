#!/bin/sh
# SPDX-License-Identifier: MIT
#
# meson understands the cross file for the NDK. This machine's compiler stands in for the NDK's.
# usage: ndk.sh SOURCE_ROOT
set -eu

root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/ndk/toolchains/llvm/prebuilt/linux-x86_64/bin
mkdir -p "$bin"
for tool in ar strip objcopy; do
	ln -s "$(command -v $tool)" "$bin/llvm-$tool"
done
printf '#!/bin/sh\nexec cc "$@"\n' >"$bin/aarch64-linux-android26-clang"
chmod +x "$bin/aarch64-linux-android26-clang"
printf "[constants]\nndk = '%s'\n" "$work/ndk" >"$work/ndk.ini"

meson setup "$work/build" "$root" --cross-file "$work/ndk.ini" \
	--cross-file "$root/packaging/ndk-arm64.ini" --werror \
	-Dio_uring=disabled -Dtool=disabled -Dlibdrm=disabled -Ddigest=disabled -Dtests=disabled >"$work/log" ||
	{ cat "$work/log"; exit 1; }
grep -q 'Host machine cpu family: aarch64' "$work/log"
grep -q 'io_uring (liburing) *: NO' "$work/log"
