#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Receives: a kernel's headers: DIR/headers of fetch.sh; and folders with the modules' source, which
#           are tests/module by default. One of the folders has the file Kbuild.
# Hands on: OUT_DIR/dmaload_testheap.ko and OUT_DIR/dmaload_reader.ko for this kernel, or the modules
#           of these folders.
# Always:   the source tree stays as it is; kbuild gets a copy.
set -euo pipefail

if [[ $# -lt 2 ]]; then
	echo "usage: build-module.sh HEADERS_DIR OUT_DIR [SOURCE_DIR...]" >&2
	exit 1
fi
headers=$(realpath -- "$1")
mkdir -p -- "$2"
out=$(realpath -- "$2")
sources=("${@:3}")
[[ ${#sources[@]} -gt 0 ]] || sources=("$(dirname -- "$(realpath -- "$0")")/../../module")

for source_dir in "${sources[@]}"; do
	find "$source_dir" -maxdepth 1 \( -name '*.[ch]' -o -name Kbuild \) -exec cp -t "$out" -- {} +
done

# fetch-compiler.sh puts a compiler beside the headers. BTF for the module would need pahole.
PATH=$(realpath -m -- "$headers/../../bin"):$PATH
if ! make -C "$headers" "M=$out" CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$out/build.log" 2>&1; then
	cat -- "$out/build.log" >&2
	exit 1
fi
grep -E ': warning:' -A 6 -- "$out/build.log" >&2 || true
