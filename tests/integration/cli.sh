#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload, as people and scripts use it.
# usage: cli.sh DMALOAD DIR SOURCE PATH SIZE
# SIZE names the file pattern-SIZE in DIR; PATH is what a load of it takes by itself.
set -u

dmaload=$1 dir=$2 source=$3 path=$4 size=$5
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'rm -rf "$work"' EXIT

load()
{
	name=$1 want=$2
	shift 2
	check "$name" "$want" "$dmaload" load "$@"
}

file=$dir/pattern-$size
chill "$file"

check "help" 0 "$dmaload" --help
says "help names the commands" out "dmaload load FILE"
check "version" 0 "$dmaload" --version
check "no command" 2 "$dmaload"
check "unknown command" 2 "$dmaload" fetch
load "no file" 2
load "two files" 2 "$file" "$file"
load "unknown option" 2 "$file" --fast
load "unknown path" 2 "$file" --path zero-copy
load "negative offset" 2 "$file" --offset -1
load "length that is no number" 2 "$file" --length 1x
load "length beyond 64 bits" 2 "$file" --length 99999999T
load "no command after --" 2 "$file" --
load "missing file" 1 "$dir/missing" --source "$source"
says "missing file is named" err "dmaload: .*/missing: No such file"
load "range beyond the end" 1 "$file" --source "$source" --offset "$size"
says "its length is told" err "$size bytes"
load "missing heap" 1 "$file" --source no-such-heap
says "the node is named" err "/dev/dma_heap/no-such-heap"

check "probe" 0 "$dmaload" probe
says "probe: kernel" out "^kernel +Linux"
says "probe: io_uring" out "^io_uring +available"
says "probe: memlock" out "^memlock"
says "probe: heaps" out "^heap"
check "probe of a file" 0 "$dmaload" probe "$file" --source "$source"
says "probe: path" out "^path +$path would load"
check "probe of a missing file" 1 "$dmaload" probe "$dir/missing"

load "load" 0 "$file" --source "$source" --verify
says "report: path" out "^path +$path:"
says "report: cache" out "^cache .* 0 left behind"
says "report: verified" out "^verified +every byte"

load "load as JSON" 0 "$file" --source "$source" --verify --json
equals "JSON: source" source "\"$source\""
equals "JSON: path" path "\"$path\""
equals "JSON: verified" verified true
equals "JSON: residue" cache_residue_bytes 0
equals "JSON: bytes" bytes "$size"
for key in bytes_direct bytes_bounced bytes_buffered declined pinned_bytes \
	alloc_seconds seconds; do
	says "JSON: $key" out "\"$key\":"
done
load "JSON without --verify" 0 "$file" --source "$source" --json
equals "JSON: not verified" verified null

for forced in bounce buffered; do
	load "only $forced" 0 "$file" --source "$source" --path $forced --json \
		--verify
	equals "JSON: $forced" path "\"$forced\""
	equals "JSON: residue of $forced" cache_residue_bytes 0
done

load "a range" 0 "$file" --source "$source" --offset 1M --length 64K --json \
	--verify
equals "JSON: bytes of the range" bytes 65536

load "quiet" 0 "$file" --source "$source" --quiet
if [ -s "$work/out" ] || [ -s "$work/err" ]; then
	fail "quiet prints nothing"
else
	pass "quiet prints nothing"
fi

if [ "$path" = direct ]; then
	load "only direct" 0 "$file" --source "$source" --path direct --json
else
	load "only direct" 1 "$file" --source "$source" --path direct --json
	says "why not direct" err "cannot be pinned"
	equals "JSON: error code" code -95
fi

check "output that cannot be written" 1 sh -c "'$dmaload' probe >/dev/full"
says "the reason is told" err "cannot be written"

# The fd is the buffer: as long as it, and it closes like any other.
# shellcheck disable=SC2016 # expanded by the inner shell
load "a command inherits the fd" 0 "$file" --source "$source" -- sh -c '
	echo "fd $DMALOAD_FD length $DMALOAD_LENGTH size $DMALOAD_SIZE"
	echo "source $DMALOAD_SOURCE"
	readlink "/proc/self/fd/$DMALOAD_FD"'
says "its length" out "length $size size"
says "its source" out "source $source"
if [ "$source" = memfd ]; then
	says "it is a memfd" out "memfd:dmaload"
else
	says "it is a dma-buf" out "/dmabuf:|anon_inode:dmabuf"
fi
says "the report is on stderr" err "^path +$path"
load "the command's own exit status" 7 "$file" --source "$source" -- \
	sh -c 'exit 7'
load "no such command" 127 "$file" --source "$source" -- no-such-command
load "not a program" 126 "$file" --source "$source" -- "$file"

finish cli
