#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload storing what it has loaded.
# usage: cli-store.sh DMALOAD DIR SOURCE PATH SIZE
# SIZE names the file pattern-SIZE in DIR. PATH is the default path of a store. DIR has room for two
# more files of this size.
set -u

dir=$2 source=$3 path=$4 size=$5
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/store-XXXXXX") || exit 1
full=$work/full
mkdir "$full"
trap 'umount "$full" 2>/dev/null; rm -rf "$work" "$place"' EXIT
file=$dir/pattern-$size
new=$place/new

# store NAME STATUS FILE ARG...: store the bytes of FILE by "dmaload store ARG..."
store()
{
	name=$1 want=$2 input=$3
	shift 3
	check "$name" "$want" "$dmaload" load "$input" --source "$source" --quiet -- \
		"$dmaload" store "$@"
}

same()
{
	expect "$1: the same bytes" cmp "$2" "$3"
}

# leaves NAME FOLDER: it has no temporary file
leaves()
{
	expect "$1: nothing stays behind" [ -z "$(find "$2" -name '.dmaload-*')" ]
}

# keeps NAME: a failed store has not changed the old file
keeps()
{
	expect "$1: the old file is there" [ "$(cat "$new")" = precious ]
	leaves "$1" "$place"
}

mode()
{
	stat -c %a "$1"
}

unset DMALOAD_FD DMALOAD_LENGTH DMALOAD_SOURCE DMALOAD_COUNT
check "no file" 2 "$dmaload" store --fd 0
check "standard output" 2 "$dmaload" store - --fd 0
says "standard output: the reason" err "writes a file and not a stream"
check "two files" 2 "$dmaload" store a b --fd 0
check "unknown option" 2 "$dmaload" store "$new" --fd 0 --cache keep
check "an fd that is no number" 2 "$dmaload" store "$new" --fd one
check "negative fd" 2 "$dmaload" store "$new" --fd -1
check "fd beyond all" 2 "$dmaload" store "$new" --fd 4294967296
check "no length" 2 "$dmaload" store "$new" --fd 0 --length 0
check "no fd" 2 "$dmaload" store "$new"
says "no fd: the variable is named" err "set DMALOAD_FD"
check "DMALOAD_FD that is no number" 2 env DMALOAD_FD=x "$dmaload" store "$new"
says "DMALOAD_FD that is no number: it is named" err 'DMALOAD_FD .*"x"'
check "fd that is not open" 1 "$dmaload" store "$new" --fd 77
says "fd that is not open: it is reported" err "fd 77 is not open"
check "fd of something else" 1 "$dmaload" store "$new" --fd 0 --json
says "fd of something else: it is reported what" err "not a dma-buf but a character device"
equals "JSON: its code" code -77
# shellcheck disable=SC2016 # expanded by the inner shell
check "a file where memfd is said" 1 env DMALOAD_SOURCE=memfd sh -c 'exec "$@" 5<"$0"' "$file" \
	"$dmaload" store "$new" --fd 5
says "a file where memfd is said: it is reported" err "not a dma-buf but a regular file"
expect "nothing was made by all that" [ -z "$(ls -A "$place")" ]

for length in 1 511 4095 4096 4097 1048577 "$size"; do
	store "$length bytes" 0 "$dir/pattern-$length" "$new" --verify --json
	same "$length bytes" "$new" "$dir/pattern-$length"
	equals "JSON: $length bytes" bytes "$length"
	equals "JSON: $length bytes, verified" verified true
	says "JSON: $length bytes, and what is left in the page cache" out '^ *"cache_residue_bytes":[0-9]+'
done
equals "JSON: the file" file "\"$new\""
equals "JSON: the path" path "\"$path\""
for forced in bounce buffered; do
	store "only $forced" 0 "$dir/pattern-1048577" "$new" --path $forced --json --no-fsync
	same "only $forced" "$new" "$dir/pattern-1048577"
	equals "JSON: $forced" path "\"$forced\""
done
store "for people" 0 "$file" "$new" --fsync
says "the report has the path" out "^path +$path: "
store "quiet" 0 "$file" "$new" --quiet
expect "--quiet prints nothing" [ ! -s "$work/out" ]
leaves "success" "$place"

# Parts of the buffer. It has whole pages, which are more than was loaded.
store "a part" 0 "$file" "$new" --offset 4095 --length 4097 --verify --quiet
tail -c +4096 "$file" | head -c 4097 >"$work/part"
same "a part" "$new" "$work/part"
store "the rest" 0 "$dir/pattern-4097" "$new" --offset 4096 --quiet
tail -c 1 "$dir/pattern-4097" >"$work/part"
same "the rest" "$new" "$work/part"
whole=$(whole_pages 4097)
store "the whole buffer" 0 "$dir/pattern-4097" "$new" --length "$whole" --quiet
expect "is whole pages" [ "$(wc -c <"$new")" = "$whole" ]
store "beyond what was loaded" 1 "$dir/pattern-4097" "$new" --offset 4097
says "its length is reported" err "has 4097 bytes: there is nothing at offset 4097"
store "beyond the buffer" 1 "$dir/pattern-4097" "$new" --length $((whole + 1))
says "its size is reported" err "has $whole bytes"
# shellcheck disable=SC2016 # expanded by the inner shell
check "the second of two buffers" 0 "$dmaload" load "$file" "$dir/pattern-4097" \
	--source "$source" --quiet -- sh -c 'exec "$0" store "$1" --fd "$DMALOAD_FD_1" --quiet' \
	"$dmaload" "$new"
same "the second of two buffers" "$new" "$dir/pattern-4097"
# shellcheck disable=SC2016 # expanded by the inner shell
check "a buffer of unknown length" 0 "$dmaload" load "$dir/pattern-4097" --source "$source" \
	--quiet -- sh -c 'fd=$DMALOAD_FD
	unset DMALOAD_FD DMALOAD_COUNT
	exec "$0" store "$1" --fd "$fd" --quiet' "$dmaload" "$new"
expect "is stored as a whole" [ "$(wc -c <"$new")" = "$whole" ]

# Files that are replaced, and what the new file inherits.
rm "$new"
# shellcheck disable=SC2016 # expanded by the inner shell
check "a new file" 0 sh -c 'umask 027; exec "$@"' sh "$dmaload" load "$file" --source "$source" \
	--quiet -- "$dmaload" store "$new" --quiet
expect "a new file: its mode is the umask's" [ "$(mode "$new")" = 640 ]
chmod 4751 "$new"
store "an old file" 0 "$dir/pattern-4095" "$new" --quiet
same "an old file" "$new" "$dir/pattern-4095"
expect "an old file: its mode is kept" [ "$(mode "$new")" = 4751 ]
chmod 444 "$new"
store "a file that must not be written" 0 "$dir/pattern-4096" "$new" --quiet
same "a file that must not be written" "$new" "$dir/pattern-4096"
if [ "$(id -u)" = 0 ]; then
	chown 65534:65534 "$new"
	store "another user's file" 0 "$file" "$new" --quiet
	expect "another user's file: its owner is kept" \
		[ "$(stat -c '%u %g' "$new")" = "65534 65534" ]
fi
mkdir "$place/other"
ln -s ../new "$place/other/link"
store "a link" 0 "$dir/pattern-4097" "$place/other/link" --quiet
expect "a link: it is still one" [ -L "$place/other/link" ]
same "a link: what it leads to" "$new" "$dir/pattern-4097"
leaves "a link" "$place"
# A name so long that a temporary file cannot extend it.
long=$place/$(printf '%0255d' 0)
store "a long name" 0 "$dir/pattern-1" "$long" --quiet
same "a long name" "$long" "$dir/pattern-1"
# shellcheck disable=SC2016 # expanded by the inner shell
check "a name without a folder" 0 sh -c 'cd "$0" && exec "$@"' "$place" "$dmaload" load \
	"$dir/pattern-4097" --source "$source" --quiet -- "$dmaload" store bare --quiet
same "a name without a folder" "$place/bare" "$dir/pattern-4097"

# Files that are not replaced.
ln -s nowhere "$place/dangling"
mkfifo "$place/fifo"
for what in "dangling leads_nowhere" "fifo is_a_pipe" "other is_a_directory" "other/ is_a_directory"; do
	store "${what% *} is refused" 1 "$dir/pattern-1" "$place/${what% *}"
	says "${what% *}: the reason" err "$(echo "${what#* }" | tr _ ' ')"
done
store "a device is refused" 1 "$dir/pattern-1" /dev/null
says "a device: the reason" err "/dev/null is a character device"
expect "the device is there" [ -c /dev/null ]
expect "the pipe is there" [ -p "$place/fifo" ]
store "a folder that is not there" 1 "$dir/pattern-1" "$place/missing/new"
says "a folder that is not there: the reason" err "cannot create a file in .*/missing: No such file"
store "a name that ends in a slash" 1 "$dir/pattern-1" "$place/missing/"
store "no name" 1 "$dir/pattern-1" ""
store "below a file" 1 "$dir/pattern-1" "$new/below"
leaves "refusals" "$place"

# After a failure, the old file is unchanged.
rm "$new"
echo precious >"$new"
store "given up" 1 "$file" "$new" --timeout 0.000001 --json
says "given up: the reason" err "new is as it was: the deadline passed after 0 of $size"
equals "JSON: given up: code" code -62
keeps "given up"
if [ "$path" = bounce ]; then
	store "a path that declines" 1 "$file" "$new" --path direct
	says "a path that declines: the reason" err "cannot be pinned"
	keeps "a path that declines"
fi
# shellcheck disable=SC2016 # expanded by the inner shell
store_limited='fd=$1; shift; ulimit -f 64; exec "$@"'
check "a file that exceeds the limit" 1 "$dmaload" load "$file" --source "$source" --quiet -- \
	sh -c "$store_limited" sh 0 "$dmaload" store "$new"
says "a file that exceeds the limit: the reason" err "as it was: .*File too large"
keeps "a file that exceeds the limit"

if mount -t tmpfs -o size=1m full "$full" 2>/dev/null; then
	echo precious >"$full/new"
	store "a full disk" 1 "$file" "$full/new"
	says "a full disk: the reason" err "No space left"
	expect "a full disk: the old file is there" [ "$(cat "$full/new")" = precious ]
	leaves "a full disk" "$full"
	store "a disk that is not full" 0 "$dir/pattern-4097" "$full/new" --quiet --verify
	same "a disk that is not full" "$full/new" "$dir/pattern-4097"
else
	echo "SKIPPED - a full disk: tmpfs cannot be mounted"
fi

# Send a signal once the temporary file exists. That may be too late, so repeat until it was not.
interrupt()
{
	rm -f "$work/pid"
	# shellcheck disable=SC2016 # expanded by the inner shell
	"$dmaload" load "$file" --source "$source" --quiet -- sh -c 'echo $$ >"$0/pid"; exec "$@"' \
		"$work" "$dmaload" store "$new" >"$work/out" 2>"$work/err" </dev/null &
	job=$!
	until set -- "$place"/.dmaload-* && [ -e "$1" ]; do
		kill -0 "$job" 2>/dev/null || break
	done
	kill -TERM "$job" 2>/dev/null
	wait "$job"
	status=$?
	[ "$status" = 0 ] || return 1
	same "SIGTERM came too late" "$new" "$file"
	rm "$new"
	echo precious >"$new"
}

tries=0
while [ $tries -lt 50 ] && interrupt; do
	tries=$((tries + 1))
done
expect "SIGTERM stops a store" [ "$status" = 1 ]
says "SIGTERM: the reason" err "as it was: SIGTERM: "
keeps "SIGTERM"

finish cli-store
