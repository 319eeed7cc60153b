#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a kernel's headers: DIR/headers of fetch.sh.
# Hands on: OUT_DIR/dmaload_testheap.ko and OUT_DIR/dmaload_reader.ko for this kernel.
# Always:   the source tree stays as it is; kbuild gets a copy.
set -euo pipefail

if [[ $# != 2 ]]; then
	echo "usage: build-module.sh HEADERS_DIR OUT_DIR" >&2
	exit 1
fi
source_dir=$(dirname -- "$(realpath -- "$0")")/../../module
headers=$(realpath -- "$1")
mkdir -p -- "$2"
out=$(realpath -- "$2")

cp -- "$source_dir"/*.[ch] "$source_dir/Kbuild" "$out/"

# fetch-compiler.sh puts a compiler beside the headers. BTF for the module would need pahole.
PATH=$(realpath -m -- "$headers/../../bin"):$PATH
if ! make -C "$headers" "M=$out" CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$out/build.log" 2>&1; then
	cat -- "$out/build.log" >&2
	exit 1
fi
grep -E ': warning:' -A 6 -- "$out/build.log" >&2 || true
