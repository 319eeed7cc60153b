#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The example that loads the tensors of a model: well-formed files and others.
# usage: formats.sh PROGRAM MAKE-MODELS DIR SOURCE
# MAKE-MODELS, which is make-models-FORMAT, writes files of that format into a folder in DIR.
set -u

program=$1 make=$2 dir=$3 source=$4
format=${make##*make-models-}
# PROGRAM also runs in another folder. A name without a folder is in the PATH.
case $program in
/*) ;;
*/*) program=$PWD/$program ;;
esac
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
models=$(mktemp -d "$dir/models.XXXXXX") || exit 1
trap 'rm -rf "$work" "$models"' EXIT
"$make" "$models" || exit 1
model=$models/good-model.$format
tab=$(printf '\t')

# same NAME FILE: the last command printed what FILE has, or its lines of tensors
same()
{
	grep "$tab" "$work/out" >"$work/lines"
	if cmp -s "$work/lines" "$2"; then
		pass "$1"
	else
		fail "$1: not what is in $2"
	fi
}

# load NAME EXPECTED ARGUMENT...: load $model; EXPECTED has the list and the bytes
load()
{
	name=$1 expected=$models/$2
	shift 2
	check "$name" 0 "$program" "$model" --source "$source" --verify --dump "$work/dump" "$@"
	same "$name: the tensors' places" "$expected.list"
	says "$name: what stays in the page cache" out "^cache .* left behind"
	says "$name: verified" out "^verified  every byte"
	if cmp -s "$work/dump" "$expected"; then
		pass "$name: the bytes"
	else
		fail "$name: the dump is not $expected"
	fi
	rm -f "$work/dump"
}

# refuses NAME FILE REASON [ARGUMENT...]: it prints one line that names the file
refuses()
{
	name=$1 file=$2 reason=$3
	shift 3
	check "$name" 1 "$program" "$file" "$@"
	read -r line <"$work/err"
	if [ "$(wc -l <"$work/err")" = 1 ] && [ "${line#"${program##*/}: $file: "*"$reason"}" != "$line" ]; then
		pass "$name: why"
	else
		fail "$name: not one line with the file and \"$reason\""
	fi
}

check "no file" 2 "$program"
says "no file: usage" err "^usage: "
check "unknown option" 2 "$program" "$model" --fast
for align in 0 3 -64 64x "" 18446744073709551616 0100 0x 08x; do
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
says "all: in one load" out "^ranges +8, in [1-8] extents, 1 SYNC"
load "all, at any byte" all-1 --align 1
load "all, at pages" all-4096 --align 4096
load "all, at pages, in hexadecimal" all-4096 --align 0x1000 '*'
load "all, at pages, with zeros in front" all-4096 --align 0004096
load "some" some-65536 --align 65536 output.weight '*.1.*'
load "some, twice asked for" some-65536 --align 65536 output.weight '*.1.*' '*ut.w*'
load "some, one after the other" some-65536 --align 65536 --priority output.weight '*.1.*'
says "some, one after the other: not merged" out "^ranges +3, in 3 extents"
check "a name that is no pattern" 0 "$program" "$model" --list 'odd [a-c]* näme'
says "a name that is no pattern: the tensor" out "^odd .a-c.. näme$tab"
check "tensors without bytes" 0 "$program" "$model" --source "$source" '*none'
says "tensors without bytes: it is reported" out "nothing to load"
check "no tensors" 0 "$program" "$models/good-no-tensors.$format" --source "$source"
says "no tensors: it is reported" out "nothing to load"

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
# Load the last one.
refuses "$file, not listed" "$models/$file" "$reason" --source "$source"

# Files with bytes that belong to no tensor.
if [ "$format" = gguf ]; then
	check "bytes behind the last tensor" 0 "$program" "$models/good-scattered.gguf" --list
	says "bytes behind the last tensor: it is reported" err "note: 5000 bytes behind the last"
fi

if [ ! -d "$models/thirds" ]; then
	finish formats
	exit
fi

# A model in several files: whichever is given, all are loaded, as from one. A copy has a folder of
# its own, in which files are removed and exchanged.
parts=$models/parts first=model-00001-of-00003 second=model-00002-of-00003 third=model-00003-of-00003
index=model.$format.index.json

# cut NAME: put the model, cut in this way, into the folder
cut()
{
	rm -rf "$parts"
	cp -r "$models/$1" "$parts"
}

for way in thirds bare-first; do
	for given in "$first" "$second" "$third"; do
		model=$models/$way/$given.$format
		load "$way, by $given" all-64
		says "$way, by $given: files" out "^files     [23],"
		load "$way, some, by $given" some-65536 --align 65536 output.weight '*.1.*'
		check "list of $way by $given" 0 "$program" "$model" --list
		same "list of $way by $given: its lines" "$models/$way/list"
	done
	cut "$way"
	rm -f "$parts/$index"
	model=$parts/$third.$format
	load "$way, without an index" all-64
	(cd "$parts" && "$program" "$third.$format" --list >"$work/out" 2>"$work/err")
	same "list of $way, in its own folder" "$models/$way/list"
	for file in "$first" "$second" "$third"; do
		mv "$parts/$file.$format" "$parts/${file%00003}000003.$format"
	done
	model=$parts/${first%00003}000003.$format
	load "$way, with more digits for the count" all-64
done

cut thirds
rm "$parts/$second.$format"
for given in "$first" "$third"; do
	refuses "a missing part, by $given" "$parts/$given.$format" \
		"part 2 of 3 is missing: cannot open $parts/$second.$format: No such file"
	# Needed for the second pass.
	rm -f "$parts/$index"
done
cut thirds
cp "$models/bare-first/$third.$format" "$parts"
rm -f "$parts/$index"
refuses "tensors that are in two parts" "$parts/$first.$format" "two tensors are named"
cut thirds
printf garbage >"$parts/$second.$format"
check "a part of another format" 1 "$program" "$parts/$first.$format" --list
says "a part of another format: which" err "^${program##*/}: $parts/$second.$format: "

if [ "$format" = gguf ]; then
	cut thirds
	cp "$parts/$third.gguf" "$parts/$second.gguf"
	check "a part under the name of another" 1 "$program" "$parts/$first.gguf" --list
	says "a part under the name of another: which" err \
		"$second.gguf: part 2 of 3 is expected here, but this is part 3 of 3"
	cp "$models/good-small.gguf" "$parts/$second.gguf"
	check "another model as a part" 1 "$program" "$parts/$first.gguf" --list
	says "another model as a part: which" err "$second.gguf: part 2 of 3 .* is not a part"
	mv "$parts/$first.gguf" "$parts/model.gguf"
	refuses "a part without its name" "$parts/model.gguf" \
		"part 1 of 3, but its name does not end in -00001-of-00003.gguf"
	cut thirds
	cp "$models/bare-first/$first.gguf" "$parts"
	refuses "fewer tensors than the model has" "$parts/$first.gguf" \
		"the model has 9 tensors, but its 3 parts have 5"
else
	cut thirds
	model=$parts/$index
	load "by the index" all-64
	check "list by the index" 0 "$program" "$model" --list
	same "list by the index: its lines" "$models/thirds/list"
	# The index decides which copy is used, and which files there are, whatever their names.
	cp "$models/bare-first/$third.$format" "$parts"
	load "a copy of a tensor in another part" all-64
	cut thirds
	n=0
	for file in "$first" "$second" "$third"; do
		mv "$parts/$file.$format" "$parts/shard_0$n.$format"
		sed "s/$file/shard_0$n/" "$parts/$index" >"$work/index"
		mv "$work/index" "$parts/$index"
		n=$((n + 1))
	done
	model=$parts/shard_01.$format
	load "files of any name" all-64
	mv "$parts/$index" "$parts/model.$format.index.fp16.json"
	load "an index of a variant" all-64
	printf '{"weight_map":{' >"$parts/a.$format.index.json"
	load "a broken index beside the right one" all-64
	rm "$parts/shard_02.$format"
	refuses "a missing file of any name" "$model" "part 3 of 3 is missing: cannot open"
	rm "$parts/model.$format.index.fp16.json"
	check "an index that is broken says nothing" 0 "$program" "$model" --list

	cut bare-first
	cp "$models/thirds/$second.$format" "$parts"
	refuses "a tensor is not where the index has it" "$parts/$index" \
		'is not in part 1 of 2, where the index has it'
	while IFS=$tab read -r file reason; do
		printf '%s' "$file" >"$parts/$index"
		refuses "an index of $file" "$parts/$index" "$reason"
	done <<END
{"weight_map":{"a":"../good-model.$format"}}${tab}file outside of its folder
{"weight_map":{"a":"/etc/passwd"}}${tab}file outside of its folder
{"weight_map":{"a":"b/../../c"}}${tab}file outside of its folder
{"weight_map":{"a":""}}${tab}file outside of its folder
{"weight_map":{"a":"b\\u0000"}}${tab}file outside of its folder
{"weight_map":{"a":["b"]}}${tab}no " at byte 19
{"weight_map":{"a":"b","a":"b"}}${tab}part 1 of 1 is missing
{"weight_map":{}}${tab}an index without any tensor
{"weight_map":{},"weight_map":{}}${tab}weight_map is there twice
{"model_type":"llama"}${tab}no index: weight_map is missing
{"weight_map":{"a":"b"}}x${tab}behind the object
{"weight_map":{"a"${tab}the file ends
{}${tab}weight_map is missing
END
	printf '{"weight_map":{"a":"b","a":"b"}}' >"$parts/$index"
	cp "$models/good-small.$format" "$parts/b"
	refuses "an index that has a tensor twice" "$parts/$index" 'tensor "a" twice'
	mv "$parts/$first.$format" "$parts/model-00000-of-00003.$format"
	refuses "a part 0" "$parts/model-00000-of-00003.$format" "part 0 of 3 by its name"
fi

finish formats
