#!/bin/sh
# SPDX-License-Identifier: MIT
#
# An example that loads the tensors of a model file, on well-formed files and on others.
# usage: formats.sh PROGRAM MAKE-MODELS DIR SOURCE
# MAKE-MODELS writes the files of PROGRAM's format, into a folder that is made in DIR.
set -u

program=$1 make=$2 dir=$3 source=$4
format=$(basename "$program")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
models=$(mktemp -d "$dir/models.XXXXXX") || exit 1
trap 'rm -rf "$work" "$models"' EXIT
"$make" "$models" || exit 1
model=$models/good-model.$format
tab=$(printf '\t')

# same NAME FILE: what is in FILE is what the last command printed, or the lines of tensors in it
same()
{
	grep "$tab" "$work/out" >"$work/lines"
	if cmp -s "$work/lines" "$2"; then
		pass "$1"
	else
		fail "$1: not what is in $2"
	fi
}

# load NAME EXPECTED ARGUMENT...: what is to be loaded of $model, and to be told of it
load()
{
	name=$1 expected=$models/$2
	shift 2
	check "$name" 0 "$program" "$model" --source "$source" --verify --dump "$work/dump" "$@"
	same "$name: the tensors' places" "$expected.list"
	says "$name: nothing stays in the page cache" out "^cache .* 0 left behind"
	says "$name: verified" out "^verified  every byte"
	if cmp -s "$work/dump" "$expected"; then
		pass "$name: the bytes"
	else
		fail "$name: the dump is not $expected"
	fi
	rm -f "$work/dump"
}

# refuses NAME FILE REASON [ARGUMENT...]: in one line that names the file
refuses()
{
	name=$1 file=$2 reason=$3
	shift 3
	check "$name" 1 "$program" "$file" "$@"
	read -r line <"$work/err"
	if [ "$(wc -l <"$work/err")" = 1 ] && [ "${line#"$format: $file: "*"$reason"}" != "$line" ]; then
		pass "$name: why"
	else
		fail "$name: not one line with the file and \"$reason\""
	fi
}

check "no file" 2 "$program"
says "no file: usage" err "^usage: "
check "unknown option" 2 "$program" "$model" --fast
for align in 0 3 -64 64x "" 18446744073709551616; do
	check "align \"$align\"" 2 "$program" "$model" --align "$align"
done

for good in "$models"/good-*."$format"; do
	base=$(basename "$good" ".$format")
	check "list of $base" 0 "$program" "$good" --list
	same "list of $base: its lines" "$models/$base.list"
done
check "list of some" 0 "$program" "$model" --list '*.1.*'
grep '\.1\.' "$models/good-model.list" >"$work/some"
same "list of some: its lines" "$work/some"

load "all" all-64
says "all: in one load" out "^ranges +8, in [1-8] parts, 1 SYNC"
load "all, at any byte" all-1 --align 1
load "all, at pages" all-4096 --align 4096
load "all, at pages, in hexadecimal" all-4096 --align 0x1000 '*'
load "some" some-65536 --align 65536 output.weight '*.1.*'
load "some, twice asked for" some-65536 --align 65536 output.weight '*.1.*' '*ut.w*'
load "some, one after the other" some-65536 --align 65536 --priority output.weight '*.1.*'
says "some, one after the other: not merged" out "^ranges +3, in 3 parts"
check "a name that is no pattern" 0 "$program" "$model" --list 'odd [a-c]* näme'
says "a name that is no pattern: the tensor" out "^odd .a-c.. näme$tab"
check "tensors without bytes" 0 "$program" "$model" --source "$source" '*none'
says "tensors without bytes: so it is told" out "nothing to load"
check "no tensors" 0 "$program" "$models/good-no-tensors.$format" --source "$source"
says "no tensors: so it is told" out "nothing to load"

refuses "no such tensor" "$model" 'no tensor is named "output.bias"' output.weight output.bias
refuses "no multiples left" "$model" "do not fit into 64 bits" --align 9223372036854775808
refuses "more than there is memory" "$model" "" --source "$source" --align 70368744177664
refuses "no such heap" "$model" "/dev/dma_heap/no-such-heap" --source no-such-heap
refuses "missing file" "$models/missing" "No such file"
refuses "a folder" "$models" "directory"
: >"$work/empty"
refuses "an empty file" "$work/empty" "empty"
mkfifo "$work/fifo"
refuses "a pipe" "$work/fifo" "pipe"
check "a dump that cannot be made" 1 "$program" "$model" --source "$source" --dump "$work/no/dump"
says "a dump that cannot be made: why" err "no/dump: No such file"
check "a dump that does not fit" 1 "$program" "$model" --source "$source" --dump /dev/full
says "a dump that does not fit: why" err "/dev/full: cannot be written"
check "output that cannot be written" 1 sh -c "'$program' '$model' --list >/dev/full"
says "output that cannot be written: why" err "cannot be written"

while IFS=$tab read -r file reason; do
	refuses "$file" "$models/$file" "$reason" --list
done <"$models/reasons"
# The last one, loaded.
refuses "$file, not listed" "$models/$file" "$reason" --source "$source"

# Files that have something that belongs to no tensor.
if [ "$format" = gguf ]; then
	check "bytes behind the last tensor" 0 "$program" "$models/good-scattered.gguf" --list
	says "bytes behind the last tensor: so it is told" err "note: 5000 bytes behind the last"
fi

finish formats
