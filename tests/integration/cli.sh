#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload as people and scripts use it.
# usage: cli.sh DMALOAD HOLD DIR SOURCE PATH SIZE
# SIZE names the file pattern-SIZE in DIR. PATH is the default path of a load of it.
set -u

hold=$2 dir=$3 source=$4 path=$5 size=$6
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
# The figures of the page cache are right on a disk only.
place=$(mktemp -d "$dir/cli-XXXXXX") || exit 1
trap 'rm -rf "$work" "$place"' EXIT

load()
{
	name=$1 want=$2
	shift 2
	check "$name" "$want" "$dmaload" load "$@"
}

alone "$dir/pattern-$size"
file=$alone

# The test's environment names the policy that DMALOAD has; Android's refuses io_uring.
uring=available has_uring=true
[ "${POLICY:-}" != android ] || uring=refused has_uring=false

# mistake NAME REGEX COMMAND...: it prints one line, which says where help is
mistake()
{
	name=$1 regex=$2 help="see dmaload( $3)? --help"
	shift 2
	check "$name" 2 "$dmaload" "$@"
	says "$name: the reason" err "^dmaload: .*$regex.*; $help\$"
	expect "$name: one line" [ "$(wc -l <"$work/err")" = 1 ]
	expect "$name: nothing else" [ ! -s "$work/out" ]
}

check "help" 0 "$dmaload" --help
for command in probe load store bench; do
	says "help names $command" out "^  $command "
done
expect "help fits on a screen" [ "$(wc -l <"$work/out")" -lt 24 ]
for command in probe load store bench; do
	for way in "$command --help" "help $command" "$command -h" "$command x --json --help"; do
		# shellcheck disable=SC2086 # words
		check "$way" 0 "$dmaload" $way
		says "$way: how it is used" out "^usage: dmaload $command "
		says "$way: its options" out "^  --json"
		expect "$way: nothing else" [ ! -s "$work/err" ]
	done
	mistake "unknown option of $command" "unknown option --fast" $command x --fast
	mistake "unknown letter of $command" "unknown option -f" $command -f x
	option=--source
	[ $command != store ] || option=--length
	mistake "half an option of $command" "$option needs a value" $command $option
done
check "version" 0 "$dmaload" --version
says "version: what it is built with" out "^built with .*, json-c [0-9]"
mistake "no command" "no command" ""
mistake "unknown command" "unknown command \"fetch\"" fetch
mistake "help of an unknown command" "unknown command \"fetch\"" help fetch
mistake "no file" "needs a FILE" load
mistake "two files to probe" "one FILE" probe a b
mistake "unknown path" "zero-copy" load "$file" --path zero-copy
mistake "unknown engine" "diesel" load "$file" --engine diesel
mistake "a path that cannot be chosen" "cached" load "$file" --path cached
mistake "unknown cache" "drop" load "$file" --cache drop
mistake "a path that does not keep" "buffered" load "$file" --cache keep --path bounce
mistake "a value that is none" "--json has no value" load "$file" --json=1
mistake "the beginning of several options" "--s is ambiguous" load "$file" --s x
for seconds in 0 -1 1s nan inf 5e9 ""; do
	mistake "time-out of \"$seconds\"" "not \"$seconds\"" load "$file" --timeout "$seconds"
done
mistake "negative offset" "\"-1\"" load "$file" --offset -1
# The largest number stands for "no length" in a program.
for number in 1x 0 99999999T 0x 0xg 08x 1KB "" " 1" 18446744073709551615 0xffffffffffffffff; do
	for command in load store bench; do
		mistake "length of \"$number\" to $command" "\"$number\"" $command "$file" \
			--length "$number"
	done
done
mistake "no command after --" "no command after" load "$file" --
mistake "offset of two files" "one FILE" load "$file" "$file" --offset 1
mistake "length of two files" "one FILE" load "$file" "$file" --length 1
mistake "size of two files" "one FILE" load "$file" "$file" --size 1G
mistake "no size" "--size .*\"0\"" load "$file" --size 0
mistake "size of several buffers" "--spread" load "$file" --size 1G --spread
mistake "size of less than is loaded" "--length" load "$file" --size 4096 --length 4097
mistake "limit beside a size" "--limit .* --size" load - --limit 1M --size 1M
mistake "limit of a file" "--limit needs" load "$file" --limit 1M
mistake "no limit" "--limit .*\"0\"" load - --limit 0
mistake "limit of a length" "--limit needs" load - --limit 1M --length 1M
mistake "no bytes a buffer" "--spread .*\"0\"" load "$file" --spread=0
mistake "buffers of no number" "--spread .*\"some\"" load "$file" --spread=some
mistake "a stream of unknown length over several" "--spread needs --length" load - --spread
mistake "standard input beside a file" "alone" load "$file" -
mistake "standard input of probe" "\"-\" is standard input" probe -
mistake "standard input of bench" "\"-\" is standard input" bench -
load "missing file" 1 "$dir/missing" --source "$source"
says "missing file is named" err "dmaload: .*/missing: No such file"
load "range beyond the end" 1 "$file" --source "$source" --offset "$size"
says "its length is reported" err "$size bytes"
load "a device by its name" 1 /dev/zero --source "$source"
says "how it is loaded" err '/dev/zero is a character device: .*"dmaload load -"'
mkfifo "$work/pipe"
for command in load probe; do
	check "$command of a pipe by its name" 1 "$dmaload" $command "$work/pipe" --source "$source"
	says "$command of a pipe: how it is loaded" err 'pipe is a pipe: .*"dmaload load -"'
done
load "missing heap" 1 "$file" --source no-such-heap
says "the node is named" err "/dev/dma_heap/no-such-heap"

check "probe" 0 "$dmaload" probe
says "probe: kernel" out "^kernel +Linux"
says "probe: io_uring" out "^io_uring +$uring"
says "probe: memlock" out "^memlock"
says "probe: heaps" out "^heap"
says "probe: udmabuf" out "^udmabuf +(usable|there is no udmabuf|cannot open)"
says "probe: choice" out "^choice +(heap:|udmabuf: |none)"
check "probe of a file" 0 "$dmaload" probe "$file" --source "$source"
says "probe: path" out "^path +$path would load"
check "probe of a missing file" 1 "$dmaload" probe "$dir/missing"
check "probe as JSON" 0 "$dmaload" probe "$file" --source "$source" --json
equals "JSON: kernel" kernel "\"$(uname -r)\""
equals "JSON: io_uring" io_uring "$has_uring"
equals "JSON: path" path "\"$path\""
equals "JSON: source" source "\"$source\""
says "JSON: name" out "\"name\":\"$file\""
equals "JSON: bytes" bytes "$size"
for key in machine memlock_bytes available_bytes heaps udmabuf cached_bytes declined; do
	says "JSON: $key" out "\"$key\":"
done
expect "no line for people" [ "$(head -n 1 "$work/out")" = "{" ]
check "probe of a missing file as JSON" 1 "$dmaload" probe "$dir/missing" --json
equals "JSON: its code" code -2
says "JSON: its reason" out "\"message\":\"cannot open $dir/missing: No such file"

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
equals "JSON: ranges" ranges 1
equals "JSON: brackets" brackets 1
for key in bytes_direct bytes_bounced bytes_buffered bytes_cached bytes_streamed extents \
	declined pinned_bytes alloc_seconds queued_seconds seconds; do
	says "JSON: $key" out "\"$key\":"
done
load "JSON without --verify" 0 "$file" --source "$source" --json
equals "JSON: not verified" verified null

for forced in bounce buffered; do
	load "only $forced, by threads" 0 "$file" --source "$source" --path $forced --json \
		--engine threads --verify
	by=\"threads\"
	[ $forced != buffered ] || by=null
	equals "JSON: $forced, by threads" engine "$by"
	equals "JSON: $forced, by threads" verified true
	load "only $forced" 0 "$file" --source "$source" --path $forced --json \
		--verify
	equals "JSON: $forced" path "\"$forced\""
	equals "JSON: residue of $forced" cache_residue_bytes 0
done

load "a range" 0 "$file" --source "$source" --offset 1M --length 64K --json \
	--verify
equals "JSON: bytes of the range" bytes 65536

# Digits are decimal, also after a leading zero.
for length in 0100 100 0x64 0X64; do
	load "length of $length" 0 "$file" --source "$source" --length $length --json
	equals "JSON: length of $length" bytes 100
done
load "length of 09K" 0 "$file" --source "$source" --length 09K --json
equals "JSON: length of 09K" bytes 9216

# A buffer larger than the file: zeroes follow the bytes.
# shellcheck disable=SC2016 # expanded by the inner shell
behind='tail -c "+$(($DMALOAD_LENGTH + 1))" "$1" | tr -d "\0" | wc -c'
for forced in "$path" bounce buffered; do
	for length in 1 4095 4097 1048577; do
		load "headroom behind $length bytes, $forced" 0 "$dir/pattern-$length" \
			--source "$source" --size 2M --path "$forced" --quiet -- sh -c "
			\"\$0\" store \"\$1\" --length \$DMALOAD_SIZE --quiet --no-fsync &&
			echo \"\$DMALOAD_LENGTH \$DMALOAD_SIZE\" && $behind" "$dmaload" "$place/all"
		expect "headroom behind $length bytes, $forced: as asked for, all of it zero" \
			[ "$(tr '\n' ' ' <"$work/out" | tr -s ' ')" = "$length 2097152 0 " ]
	done
done
load "a size that is no page's" 0 "$dir/pattern-4097" --source "$source" --size 12289 --verify --json
equals "JSON: is rounded up" buffer_bytes "$(whole_pages 12289)"
equals "JSON: and what is loaded is not" bytes 4097
load "a size of less than the file" 1 "$file" --source "$source" --size 4096
says "both are reported" err "$size bytes.* 4096 of --size"

load "given up" 1 "$file" --source "$source" --timeout 0.000001 --json
says "given up: the reason" err "the deadline passed after 0 of $size bytes"
equals "JSON: given up: code" code -62
load "not given up" 0 "$file" --source "$source" --timeout 99.5 --quiet

# The page cache: resident, absent, or kept. Any process can lock a small file.
small=1048577 pages=$(whole_pages 1048577)
alone "$dir/pattern-$small"
check "what is resident" 0 "$hold" $alone "$dmaload" load $alone --source "$source" --json --verify
equals "is copied" bytes_cached $small
equals "and was there before" cache_before_bytes "$pages"
equals "and nothing is left" cache_residue_bytes 0
check "probe of what is resident" 0 "$hold" $alone "$dmaload" probe $alone --source "$source"
says "probe: the resident bytes" out "^file .* $pages bytes of it in the page cache \\(whole pages\\)"
says "probe: where they would be copied from" out \
	"bytes in the page cache would be copied from there"
check "what is resident, past the page cache" 0 "$hold" $alone "$dmaload" load $alone \
	--source "$source" --cache bypass --json --verify
equals "is read from the disk" path "\"$path\""
equals "all of it" bytes_cached 0
chill $alone
check "probe of what is absent" 0 "$dmaload" probe $alone --source "$source"
says "probe: nothing is resident" out "^file .*, 0 bytes of it in the page cache"
expect "probe: nothing would be copied" [ "$(grep -c "copied from" "$work/out")" = 0 ]
# The kernel decides how long pages stay: once is enough.
tries=0
until [ $tries = 100 ]; do
	tries=$((tries + 1))
	chill $alone
	"$dmaload" load $alone --source "$source" --cache keep --json >"$work/out" 2>"$work/err"
	[ "$(json cache_residue_bytes)" != "$pages" ] || break
done
equals "what is to be kept was not there before" cache_before_bytes 0
equals "is read through the page cache" path '"buffered"'
equals "and stays there" cache_residue_bytes "$pages"
alone "$dir/pattern-$size"

load "quiet" 0 "$file" --source "$source" --quiet
if [ -s "$work/out" ] || [ -s "$work/err" ]; then
	fail "--quiet prints nothing"
else
	pass "--quiet prints nothing"
fi

if [ "$path" = direct ]; then
	load "only direct" 0 "$file" --source "$source" --path direct --json
else
	load "only direct" 1 "$file" --source "$source" --path direct --json
	says "why not direct" err "cannot be pinned"
	equals "JSON: error code" code -95
fi

check "output that cannot be written" 1 sh -c "'$dmaload' probe >/dev/full"
says "the reason is reported" err "cannot write"

# The fd is the buffer: it has its size, and can be closed like any fd.
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

# Several files are loaded together, each into its own buffer.
set -- "$dir/pattern-4097" "$dir/pattern-1" "$file"
load "three files" 0 "$@" --source "$source" --verify --json
equals "JSON: their bytes" bytes "$(printf '4097\n1\n%s\n%s' "$size" $((size + 4098)))"
equals "JSON: their buffers" buffer_bytes "$(whole_pages 4097; echo "$page"; echo "$size")"
equals "JSON: their names" file "$(printf '"%s"\n' "$@")"
equals "JSON: all are verified" verified true
equals "JSON: one range each" ranges 3
equals "JSON: one bracket each" brackets 3
load "three files, for people" 0 "$@" --source "$source"
says "a line for each" out "^file .*/pattern-4097: 4097 bytes, in a buffer of $(whole_pages 4097)"
says "and one for all" out "^source +$source, 3 buffers of $((size + $(whole_pages 4097) + page)) bytes"
load "one of three is missing" 1 "$file" "$dir/missing" "$file" --source "$source" --json
says "it is reported which" err "/missing: No such file"
load "one file twice" 0 "$file" "$file" --source "$source" --verify --quiet

# shellcheck disable=SC2016 # expanded by the inner shell
load "a command inherits all" 0 "$@" --source "$source" --quiet -- sh -c '
	work=$1 i=0
	shift
	[ "$DMALOAD_COUNT" = $# ] || exit 1
	for file; do
		eval "fd=\$DMALOAD_FD_$i length=\$DMALOAD_LENGTH_$i"
		eval "size=\$DMALOAD_SIZE_$i name=\$DMALOAD_FILE_$i"
		[ "$name" = "$file" ] && [ "$length" = "$(wc -c <"$file")" ] &&
			[ "$size" = $(((length + page - 1) / page * page)) ] &&
			"$0" store "$work/copy-$i" --fd "$fd" --quiet || exit 1
		[ "$DMALOAD_SOURCE" != memfd ] ||
			head -c "$length" "/proc/self/fd/$fd" | cmp - "$file" || exit 1
		cmp "$work/copy-$i" "$file" || exit 1
		i=$((i + 1))
	done
	[ "$DMALOAD_FD $DMALOAD_LENGTH $DMALOAD_SIZE" = \
		"$DMALOAD_FD_0 $DMALOAD_LENGTH_0 $DMALOAD_SIZE_0" ]' "$dmaload" "$place" "$@"

# A file needs three fds while it is loaded, or five.
fds=30
case $source in udmabuf*) fds=50 ;; esac
set --
for i in 1 2 3 4 5 6 7 8 9 10; do
	set -- "$@" "$dir/pattern-$((4094 + i % 3 + 1))"
done
# shellcheck disable=SC2016 # expanded by the inner shell
check "more files than fds" 1 sh -c 'ulimit -n 20; exec "$@"' sh "$dmaload" load "$@" \
	--source "$source"
says "the limit is reported" err "Too many open files.*; 10 files take $fds fds, .* is 20"
# shellcheck disable=SC2016 # expanded by the inner shell
check "as many as there is room for" 0 sh -c "ulimit -n $((fds + 10)); exec \"\$@\"" sh "$dmaload" load "$@" \
	--source "$source" --quiet -- sh -c 'echo "count $DMALOAD_COUNT"'
says "all are handed on" out "^count 10\$"

# One file over several buffers, split at multiples of 2 MiB, or of a page.
chill "$file"
load "three buffers" 0 "$file" --source "$source" --spread=7M --verify --json
equals "JSON: what is in each" bytes "$(printf '6291456\n6291456\n4194304\n%s' "$size")"
equals "JSON: where they begin" offset "$(printf '0\n6291456\n12582912')"
equals "JSON: all of them are verified" verified true
equals "JSON: they are direct, or not" path "\"$path\""
equals "JSON: they leave nothing" cache_residue_bytes 0
equals "JSON: a range each" ranges 3
equals "JSON: a bracket each" brackets 3
load "three buffers, for people" 0 "$file" --source "$source" --spread=6M
says "one line for the file" out "^file .*: $size bytes, in 3 buffers of at most 6291456\$"
says "three buffers in all" out "^source +$source, 3 buffers of $size bytes together"
load "a part of it, over pages" 0 "$file" --source "$source" --offset 5000 \
	--length $((2 * page + 1808)) --spread=$page --verify --json
equals "JSON: pages, and the rest" bytes \
	"$(printf '%s\n%s\n1808\n%s' "$page" "$page" $((2 * page + 1808)))"
equals "JSON: from there on" offset "$(printf '5000\n%s\n%s' $((5000 + page)) $((5000 + 2 * page)))"
load "what one can hold" 0 "$file" --source "$source" --spread=16M --verify --json
equals "JSON: is in one" buffer_bytes "$size"
load "buffers of less than a page" 1 "$file" --source "$source" --spread=$((page - 1))
says "they are refused" err "less than a page"
# shellcheck disable=SC2016 # expanded by the inner shell
check "more buffers than fds" 1 sh -c 'ulimit -n 20; exec "$@"' sh "$dmaload" load "$file" \
	--source "$source" --spread=64K
says "how many there would be" err "256 buffers of at most 65536 bytes take (256|512) fds, .* is 20"

# shellcheck disable=SC2016 # expanded by the inner shell
load "a command inherits them in their order" 0 "$dir/pattern-4097" "$file" --source "$source" \
	--spread=6M --quiet -- sh -c '
	work=$1 i=0 at=0
	[ "$DMALOAD_COUNT $DMALOAD_FILE_0 $DMALOAD_OFFSET_0 $DMALOAD_LENGTH_0" = "4 $2 0 4097" ] ||
		exit 1
	: >"$work/joined"
	while [ $((i += 1)) -lt "$DMALOAD_COUNT" ]; do
		eval "fd=\$DMALOAD_FD_$i length=\$DMALOAD_LENGTH_$i offset=\$DMALOAD_OFFSET_$i"
		eval "size=\$DMALOAD_SIZE_$i name=\$DMALOAD_FILE_$i"
		[ "$name $offset $size" = "$3 $at $length" ] || exit 1
		"$0" store "$work/part" --fd "$fd" --quiet || exit 1
		cat "$work/part" >>"$work/joined"
		at=$((at + length))
	done
	cmp "$work/joined" "$3"' "$dmaload" "$place" "$dir/pattern-4097" "$file"

load "the command's own exit status" 7 "$file" --source "$source" -- \
	sh -c 'exit 7'
load "no such command" 127 "$file" --source "$source" -- no-such-command
load "not a program" 126 "$file" --source "$source" -- "$file"

finish cli
