#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload loading standard input: streams and files; and signals.
# usage: cli-stream.sh DMALOAD DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR, which is as long as the first buffer of a stream.
set -u

dir=$2 source=$3 size=$4
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'rm -rf "$work"' EXIT
file=$dir/pattern-$size

# from NAME STATUS FILE OPTION...: load FILE through a pipe
from()
{
	name=$1 want=$2 input=$3
	shift 3
	# shellcheck disable=SC2016 # expanded by the inner shell
	check "$name" "$want" sh -c 'input=$1; shift; cat "$input" | "$@"' sh "$input" \
		"$dmaload" load - --source "$source" "$@"
}

# brings NAME FILE EXPECTED OPTION...: the loaded bytes are those of EXPECTED
brings()
{
	name=$1 input=$2 expected=$3
	shift 3
	from "$name" 0 "$input" --json "$@" -- "$dmaload" store "$work/copy" --quiet --no-fsync
	expect "$name: the same bytes" cmp "$work/copy" "$expected"
}

# at NAME STATUS FILE OPTION...: load FILE as standard input
at()
{
	name=$1 want=$2 input=$3
	shift 3
	# shellcheck disable=SC2016 # expanded by the inner shell
	check "$name" "$want" sh -c 'input=$1; shift; exec "$@" <"$input"' sh "$input" \
		"$dmaload" load - --source "$source" "$@"
}

for length in 1 4095 4096 4097 1048577 "$size"; do
	brings "a stream of $length bytes" "$dir/pattern-$length" "$dir/pattern-$length"
	brings "a stream of $length bytes, as told" "$dir/pattern-$length" \
		"$dir/pattern-$length" --length "$length"
done
cat "$file" "$dir/pattern-4097" >"$work/longer"
brings "a stream that outgrows its buffer" "$work/longer" "$work/longer"
from "its report" 0 "$work/longer" --json
equals "its path" path '"stream"'
equals "its bytes" bytes_streamed $((size + 4097))
equals "its buffer" buffer_bytes $((2 * size))
equals "nothing of it in the page cache" cache_residue_bytes 0
from "its report for people" 0 "$work/longer"
says "has its path" out "^path +stream: .* $((size + 4097)) from a stream"
head -c $((page + 1)) "$file" >"$work/over"
# shellcheck disable=SC2016 # expanded by the inner shell
from "a stream over two buffers" 0 "$work/over" --length $((page + 1)) --spread="$page" --json -- sh -c '
	for i in 0 1; do
		eval "fd=\$DMALOAD_FD_$i"
		"$0" store "$1-$i" --fd "$fd" --quiet --no-fsync || exit 1
	done
	cat "$1-0" "$1-1" >"$1"' "$dmaload" "$work/copy"
expect "a stream over two buffers: the same bytes" cmp "$work/copy" "$work/over"
brings "a stream that could be longer" "$dir/pattern-4097" "$dir/pattern-4096" --length 4096

# Into a buffer of a requested size.
brings "a stream with headroom" "$dir/pattern-4097" "$dir/pattern-4097" --size 64K
from "the same" 0 "$dir/pattern-4097" --size 64K --json
equals "JSON: its bytes" bytes 4097
equals "JSON: its buffer" buffer_bytes 65536
brings "a part of a stream with headroom" "$dir/pattern-4097" "$dir/pattern-4096" --size 64K \
	--length 4096
tail -c +4096 "$dir/pattern-4097" >"$work/tail"
brings "the rest of a stream with headroom" "$dir/pattern-4097" "$work/tail" --size 64K --offset 4095
brings "a stream that just fits" "$dir/pattern-4096" "$dir/pattern-4096" --size 4K
from "a stream beyond its buffer" 1 "$dir/pattern-4097" --size 4K
says "its room is reported" err "more than the 4096 bytes"
# Buffers have whole pages.
brings "a stream that just fits, in no whole pages" "$dir/pattern-4095" "$dir/pattern-4095" --size 4095
for length in 4096 4097; do
	from "a stream of $length beyond its size" 1 "$dir/pattern-$length" --size 4095 --json
	says "a stream of $length beyond its size: it is reported" err "more than the 409[56] bytes"
	equals "a stream of $length beyond its size: the code" code -28
done

from "a stream that is too short" 1 "$dir/pattern-4095" --length 4096 --json
says "its end is reported" err "has ended after 4095 bytes"
equals "as an error" code -61
from "an empty stream" 1 /dev/null
says "it is reported so" err "was empty"
from "an empty stream of a length" 1 /dev/null --length 1
from "a stream beyond its limit" 1 "$dir/pattern-4097" --limit 4K
says "the limit is reported" err "more bytes than the limit of 4096"
brings "a stream at its limit" "$dir/pattern-4096" "$dir/pattern-4096" --limit 4096
from "verification of a stream" 2 "$file" --verify

tail -c +4096 "$file" >"$work/tail"
brings "the rest of a stream" "$file" "$work/tail" --offset 4095
head -c 4097 "$work/tail" >"$work/part"
brings "a part of a stream" "$file" "$work/part" --offset 4095 --length 4097
from "what is behind its end" 1 "$dir/pattern-4096" --offset 4097
says "its end is reported" err "has ended after 4096 bytes"
from "what is at its end" 1 "$dir/pattern-4096" --offset 4096

# A few bytes at a time, at no multiple of anything.
# shellcheck disable=SC2016 # expanded by the inner shell
check "a slow stream" 0 sh -c '
	file=$1
	shift
	{ head -c 5; sleep 0.2; head -c 4092; sleep 0.2; cat; } <"$file" | "$@"' sh \
	"$dir/pattern-4097" "$dmaload" load - --source "$source" --quiet -- \
	"$dmaload" store "$work/copy" --quiet
expect "a slow stream: the same bytes" cmp "$work/copy" "$dir/pattern-4097"

# A file on standard input is read as a file, from its position on.
at "a file" 0 "$file" --json --verify
equals "JSON: its name" file '"-"'
equals "JSON: all of it" bytes "$size"
equals "JSON: it is verified" verified true
equals "JSON: not as a stream" bytes_streamed 0
at "a part of a file" 0 "$file" --offset 4095 --length 4097 --verify --quiet
at "a file beyond its limit" 1 "$file" --limit 4K
says "both are reported" err "has $size bytes, more than the 4096 of --limit"
# shellcheck disable=SC2016 # expanded by the inner shell
check "the rest of a file" 0 sh -c '
	exec <"$1"
	shift
	dd bs=4095 count=1 of=/dev/null 2>/dev/null
	exec "$@"' sh "$file" "$dmaload" load - --source "$source" --quiet -- \
	"$dmaload" store "$work/copy" --quiet --no-fsync
expect "the rest of a file: the same bytes" cmp "$work/copy" "$work/tail"
at "a directory" 1 "$dir"
says "it is called one" err "is a directory"
# shellcheck disable=SC2016 # expanded by the inner shell
check "closed standard input" 1 sh -c 'exec "$@" <&-' sh "$dmaload" load - --source "$source"
says "it cannot be read" err "not open for reading"

at "an empty device" 1 /dev/null
at "a device without end" 1 /dev/zero --limit 1M
says "the limit ends it" err "more bytes than the limit of 1048576"
at "a part of a device" 0 /dev/zero --length 1M --quiet -- "$dmaload" store "$work/copy" --quiet
head -c 1048576 /dev/zero >"$work/zeros"
expect "a part of a device: the same bytes" cmp "$work/copy" "$work/zeros"
disk=$(sed -n "s|^\(/dev/[^ ]*\) $dir .*|\1|p" /proc/mounts)
if [ -b "$disk" ] && [ -r "$disk" ]; then
	at "a part of a disk" 0 "$disk" --offset 256M --length 65537 --verify --json
	equals "JSON: as a file" bytes_streamed 0
fi

# The next fd is free: the report must not go there.
# shellcheck disable=SC2016 # expanded by the inner shell
check "closed output" 1 sh -c 'exec "$@" >&-' sh "$dmaload" load "$file" --source "$source"
says "it cannot be written" err "cannot write the output"

# A stream that stalls: it brings a million bytes, and does not end.
mkfifo "$work/fifo"
# stalls NAME COMMAND: run COMMAND when the bytes were taken, with the process in $pid
stalls()
{
	name=$1 then=$2
	shift 2
	(
		exec 3>"$work/fifo"
		head -c 1000000 "$file" >&3
		pid=$(cat "$work/pid")
		eval "$then"
		while kill -0 "$pid"; do
			sleep 0.1
		done
	) 2>/dev/null &
	# shellcheck disable=SC2016 # expanded by the inner shell
	check "$name" 1 sh -c 'echo $$ >"$0/pid"; exec "$@" <"$0/fifo"' "$work" \
		"$dmaload" load - --source "$source" "$@"
	wait
}

# A signal that is ignored here, as SIGHUP is under nohup, is also ignored by the programs started
# from here. A shell starts commands in the background with SIGINT ignored.
hup=HUP int=INT
ignored=$(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/self/status)
case $ignored in
[13579bdf]) hup='' ;;
esac
case $ignored in
[2367abef]) int='' ;;
esac
# shellcheck disable=SC2016 # expanded by eval
for signal in $int TERM $hup; do
	stalls "SIG$signal while a stream stalls" "kill -$signal \$pid"
	says "SIG$signal: the reason" err "^dmaload: SIG$signal: canceled after [0-9]+ of"
	stalls "SIG$signal, the length being known" "kill -$signal \$pid" --length 1M --json
	says "SIG$signal, the length being known: the reason" err "SIG$signal: canceled"
	equals "SIG$signal: the code" code -125
	stalls "SIG$signal while the stream is skipped" "kill -$signal \$pid" --offset 2M
done
# shellcheck disable=SC2016 # expanded by eval
stalls "no command after a signal" 'kill -TERM $pid' -- touch "$work/never"
expect "it was not run" [ ! -e "$work/never" ]
stalls "a deadline while a stream stalls" : --timeout 0.3
says "the deadline is the reason" err "the deadline passed after [0-9]+ of"

finish cli-stream
