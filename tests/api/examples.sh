#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build each installed example by the command in its head, and run those that need no device.
# usage: examples.sh BUILD_DIR EXAMPLES_DIR FILE
# CC is the compiler, with its options.
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

build=$1 sources=$2 file=$3
src=$work/examples

# Print the commands in the head of a source, one per line: cc, and what makes sources for it.
commands() # SOURCE
{
	sed -n 's/^ \*   \(cc\|glslangValidator\) /\1 /; /^\(cc\|glslangValidator\) /!d
		:more
		/\\$/ { N; s/\\\n \*\t//; b more; }
		p' "$1"
}

# Build by a command; the name after -o is the name of the check.
build_by() # COMMAND
{
	program=${1##* -o }
	program=${program%% *}
	case $1 in
	glslangValidator*)
		if command -v glslangValidator >/dev/null; then
			check "$program: it is made" sh -c "cd '$src' && $1"
		else
			echo "left out: $program, without glslangValidator"
		fi
		return
		;;
	*vulkan*)
		if [ ! -e "$src/vulkan-sum.h" ] || ! pkg-config --exists vulkan; then
			echo "left out: $program, without Vulkan"
			return
		fi
		;;
	esac
	check "$program: it is built" sh -c "cd '$src' && $CC $strict ${1#cc }"
}

# Make a GGUF file of version 3 with one tensor: 4 experts of 8 F32 each, or of another type, by its
# number in octal. The data are bytes of FILE.
make_gguf() # FILE TYPE
{
	{
		printf 'GGUF\003\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000'
		printf '\030\000\000\000\000\000\000\000blk.0.ffn_up_exps.weight\003\000\000\000'
		printf '\010\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\004\000\000\000\000\000\000\000'
		# At the first byte of the data, which begins at a multiple of 32.
		printf '%b' "\\0$2"
		printf '\000\000\000\000\000\000\000\000\000\000\000'
		head -c 20 /dev/zero
		head -c 128 "$file"
	} >"$1"
}

# The same in safetensors: the length of the header, the header, the data.
make_safetensors() # FILE
{
	{
		printf '\116\000\000\000\000\000\000\000'
		printf '{"blk.0.up.weight":{"dtype":"F32","shape":[8,1,4],"data_offsets":[0,128]}}    '
		head -c 128 "$file"
	} >"$1"
}

# Run the program that loads tensors, and the one that loads layers.
read_model() # MODEL
{
	check "load-tensors ${1##*.}: it runs" "$src/load-tensors" "$1" --source memfd --verify
	says "load-tensors ${1##*.}: it loads and compares" '^verified'
	check "load-layers ${1##*.}: it runs" "$src/load-layers" "$1" --source memfd --verify
	says "load-layers ${1##*.}: it loads the layer" '^layer 0'
}

check_models()
{
	read_model "$work/model.gguf"
	read_model "$work/model.safetensors"
	check "repack: it runs" "$src/repack" "$work/half.gguf" blk.0.ffn_up_exps.weight memfd "$work/floats"
	says "repack: it converts" '^blk.*: 64 bytes of F16 are 128 bytes of F32$'
	check "repack: it writes the result" test "$(wc -c <"$work/floats")" = 128
	# shellcheck disable=SC2016 # for the inner shell
	check "repack: it refuses another type" sh -c '"$1" "$2" blk.0.ffn_up_exps.weight memfd; [ $? = 1 ]' - \
		"$src/repack" "$work/model.gguf"
	says "repack: why" 'has to be F16, or Q4_0'
}

# Run a server in the background, and its client, which accepts only a dma-buf.
share()
{
	"$src/share-server" "$work/socket" "$file" memfd >"$work/server" 2>&1 </dev/null &
	server=$!
	until grep -q '^listening' "$work/server" || ! kill -0 $server 2>/dev/null; do
		sleep 0.05
	done
	# shellcheck disable=SC2016 # for the inner shell
	check "share-client: it runs, and refuses" sh -c '"$1" "$2"; [ $? = 1 ]' - \
		"$src/share-client" "$work/socket"
	says "share-client: why" 'is not a dma-buf'
	check "share-server: it ends" wait $server
}

install_from "$build"
installed=$(find "$root" -path '*/share/doc/dmaload/examples')
check "the examples are installed" test -d "$installed"

# All files but those that need a missing library.
set -- -x meson.build -x '.*'
[ -e "$(dirname "$pc")/dmaload-drm.pc" ] || set -- "$@" -x 'drm-*'
without_models=
[ -e "$(dirname "$pc")/dmaload-models.pc" ] || without_models=1
[ -z "$without_models" ] ||
	set -- "$@" -x 'load-tensors.c' -x 'layer*' -x 'compare.*' -x 'convert.*' -x 'model.*' \
		-x 'quants.*' -x 'repack.c'
if [ -n "$without_models" ] || [ ! -e "$(dirname "$pc")/dmaload-cache.pc" ]; then
	set -- "$@" -x 'experts.c' -x 'replay-*' -x 'routing.*' -x 'stacks.*' -x 'trace.*'
fi
[ -e "$(dirname "$pc")/dmaload-digest.pc" ] || set -- "$@" -x 'load-verified.c'
check "they are those of the source tree" diff -r "$@" "$sources" "$installed"

cp -r "$installed" "$src"
for source in "$src"/*.c; do
	commands "$source"
done >"$work/commands"
for source in "$src"/*.c; do
	check "${source##*/}: a command builds it" \
		grep -qE " ${source##*/}( |\$)" "$work/commands"
done
while read -r command; do
	build_by "$command"
done <"$work/commands"

LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
loads "load-file" "$src/load-file" "$file"
share
make_gguf "$work/model.gguf" 000
make_gguf "$work/half.gguf" 001
make_safetensors "$work/model.safetensors"
[ -n "$without_models" ] || check_models
if [ -x "$src/load-verified" ]; then
	sum=$(sha256sum "$file" | cut -d ' ' -f 1)
	check "load-verified: it runs" "$src/load-verified" "$file" "sha256:$sum" memfd
	says "load-verified: the digest is right" 'has its digest'
	wrong=$(printf %s "$sum" | tr 0-9a-f 1-9a-f0)
	# shellcheck disable=SC2016 # for the inner shell
	check "load-verified: it refuses another digest" sh -c '"$1" "$2" "sha256:$3" memfd; [ $? = 1 ]' - \
		"$src/load-verified" "$file" "$wrong"
	says "load-verified: why" "sha256:$sum, but sha256:$wrong is expected"
fi
if [ -x "$src/experts" ]; then
	check "experts: it runs" "$src/experts" "$work/model.gguf" --cache 1000000 --source memfd
	says "experts: it compares them" '^verified +[1-9][0-9]* parts equal the file$'
fi
for program in v4l2-frames vulkan-sum drm-scanout; do
	[ -x "$src/$program" ] || continue
	# shellcheck disable=SC2016 # for the inner shell
	check "$program: it runs, and explains itself" sh -c '"$1"; [ $? = 2 ]' - "$src/$program"
	says "$program: how" '^usage: '
done

finish examples
