#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program with models: what it lists, and the tensors that it loads.
# usage: cli-models.sh DMALOAD MAKE-MODELS DIR SOURCE
# MAKE-MODELS, which is make-models-FORMAT, writes files of that format into a folder in DIR.
set -u

dmaload=$1 make=$2 dir=$3 source=$4
format=${make##*make-models-}
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
models=$(mktemp -d "$dir/models.XXXXXX") || exit 1
trap 'rm -rf "$work" "$models"' EXIT
"$make" "$models" || exit 1
model=$models/good-model.$format
tab=$(printf '\t')

# Print the lines of a list, whose fields have tabs between them, as the table has them.
as_table() # LIST
{
	sed "s/ /_/g; s/$tab/ /g" "$1"
}

# listed NAME LIST: the last command printed the tensors of LIST below the heads of the columns
listed()
{
	as_table "$2" >"$work/expected"
	# A name may have spaces: one, while columns have two between them.
	sed '1d; s/\([^ ]\) \([^ ]\)/\1_\2/g; s/\([^ ]\) \([^ ]\)/\1_\2/g; s/  */ /g' "$work/out" >"$work/lines"
	expect "$1: its tensors" cmp "$work/expected" "$work/lines"
	says "$1: the heads of the columns" out "^NAME  .*OFFSET  .*BYTES"
}

for good in "$models"/good-*."$format"; do
	base=$(basename "$good" ".$format")
	check "ls $base" 0 "$dmaload" ls "$good"
	listed "ls $base" "$models/$base.list"
done
# One of three files, whose names have their numbers. An ONNX model is one file, or names the others.
part=$model
numbers=
index=0
if [ -d "$models/thirds" ]; then
	part=$models/thirds/model-00003-of-00003.$format
	numbers="1 2 3"
	index=2
fi
for number in $numbers; do
	check "ls of part $number" 0 "$dmaload" ls "$models/thirds/model-0000$number-of-00003.$format"
	listed "ls of part $number" "$models/thirds/list"
done
check "ls of some" 0 "$dmaload" ls "$model" '*.1.*' output.weight
{
	grep '\.1\.' "$models/good-model.list"
	grep '^output' "$models/good-model.list"
} >"$work/some"
listed "ls of some" "$work/some"

check "ls --json" 0 "$dmaload" ls "$part" --json output.weight
says "ls --json: the format" out "\"format\": *\"$format\""
says "ls --json: the files" out "${part##*/}\""
says "ls --json: the tensor" out '"name": *"output.weight"'
says "ls --json: its file" out "\"file\": *$index"
expect "ls --json: one tensor" [ "$(grep -c '"name"' "$work/out")" = 1 ]

check "ls of nothing" 2 "$dmaload" ls
check "ls of standard input" 2 "$dmaload" ls -
check "a tensor that is missing" 1 "$dmaload" ls "$model" output.bias
says "a tensor that is missing: which" err '^dmaload: no tensor is named "output.bias"$'
check "a tensor that is missing, as JSON" 1 "$dmaload" ls "$model" output.bias --json
says "a tensor that is missing, as JSON: which" out '"message": *"no tensor is named'
check "a missing file" 1 "$dmaload" ls "$models/missing"
says "a missing file: which" err "^dmaload: $models/missing: No such file"
while IFS=$tab read -r file reason; do
	check "ls $file" 1 "$dmaload" ls "$models/$file"
	expect "ls $file: one line" [ "$(wc -l <"$work/err")" = 1 ]
	expect "ls $file: why" grep -qF -- "$reason" "$work/err"
	expect "ls $file: nothing else" [ ! -s "$work/out" ]
done <"$models/reasons"

# load NAME EXPECTED ARGUMENT...: load tensors of $model; EXPECTED has the list and the bytes
load()
{
	name=$1 expected=$models/$2
	shift 2
	check "$name" 0 "$dmaload" load "$model" --source "$source" --verify "$@"
	says "$name: how many" out "^tensors +$(grep -c . "$expected.list"), at multiples of [0-9]+ bytes"
	says "$name: every byte is right" out "^verified +every byte read back"
	# shellcheck disable=SC2016 # for the inner shell
	check "$name, for a command" 0 "$dmaload" load "$model" --source "$source" --quiet "$@" -- \
		sh -c 'head -c "$DMALOAD_LENGTH" "/proc/self/fd/$DMALOAD_FD" | cmp - "$0"' "$expected"
	check "$name, as JSON" 0 "$dmaload" load "$model" --source "$source" --json "$@"
	sed -n 's/.*"buffer_offset": *\([0-9]*\).*/\1/p' "$work/out" >"$work/offsets"
	cut -f 4 "$expected.list" >"$work/expected"
	expect "$name, as JSON: the places" cmp "$work/expected" "$work/offsets"
}

load "load all" all-64 --tensors '*'
load "load all, at any byte" all-1 --tensors '*' --align 1
load "load all, at pages" all-4096 --tensors '*' --align 4K
load "load some" some-65536 --tensors output.weight --tensors '*.1.*' --align 64K
# The manual's way to have the places in a file, for a command.
# shellcheck disable=SC2016 # for the inner shell
check "places for a command" 0 sh -c '"$0" load "$1" --source "$2" --tensors "odd*" --tensors output.weight \
	--json -- sh -c "cat \"\$0\"; echo its own >&3" "$3" 3>&2 2>"$3"' "$dmaload" "$model" "$source" "$work/places"
says "places for a command: a tensor" out '"name": *"output.weight"'
says "places for a command: its place" out '"buffer_offset": *64'
says "places for a command: its standard error" err "^its own"
model=$part
load "load some, by one of three files" some-65536 --tensors output.weight --tensors '*.1.*' --align 64K
model=$models/good-model.$format
check "load, with a larger buffer" 0 "$dmaload" load "$model" --source "$source" --tensors '*' --size 16M
says "load, with a larger buffer: its size" out "a buffer of 16777216 bytes"
check "load, with a smaller buffer" 1 "$dmaload" load "$model" --source "$source" --tensors '*' --size 1K
says "load, with a smaller buffer: why" err "more than the 1024 of --size"

refuse() # NAME STATUS REASON ARGUMENT...
{
	name=$1 status=$2 reason=$3
	shift 3
	check "$name" "$status" "$dmaload" load --source "$source" "$@"
	says "$name: why" err "$reason"
	expect "$name: one line" [ "$(wc -l <"$work/err")" = 1 ]
}

refuse "an alignment of 3" 2 "must be a power of two" "$model" --tensors a --align 3
refuse "an alignment alone" 2 "needs --tensors" "$model" --align 4096
refuse "tensors of two files" 2 "exactly one FILE" "$model" "$model" --tensors a
refuse "tensors of a part" 2 "cannot be used with" "$model" --tensors a --length 5
refuse "tensors, with a digest" 2 "digest" "$model" --tensors a --digest sha256
refuse "tensors that are missing" 1 'no tensor is named "a"' "$model" --tensors '*' --tensors a
refuse "tensors without bytes" 1 "nothing to load" "$model" --tensors '*none'
refuse "tensors of what is no model" 1 "reasons: not a GGUF, safetensors or ONNX file" "$models/reasons" --tensors a
check "no such tensor, as JSON" 1 "$dmaload" load "$model" --source "$source" --tensors a --json
says "no such tensor, as JSON: why" out '"message": *"no tensor is named'

finish cli-models
