#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The example that loads a model layer by layer.
# usage: layers.sh PROGRAM MAKE-MODELS DIR SOURCE
# MAKE-MODELS, which is make-models-FORMAT, writes files of that format into a folder in DIR.
set -u

program=$1 make=$2 dir=$3 source=$4
format=${make##*make-models-}
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
models=$(mktemp -d "$dir/models.XXXXXX") || exit 1
trap 'rm -rf "$work" "$models"' EXIT
"$make" "$models" || exit 1
model=$models/good-model.$format
tab=$(printf '\t')

# layer NAME LIST PATTERN: print the line of the layer whose tensors in LIST match PATTERN
layer()
{
	tensors=0 bytes=0 plural=s
	while IFS=$tab read -r tensor _ _ _ size _; do
		if [ "$size" -gt 0 ] && printf '%s\n' "$tensor" | grep -qE -- "$3"; then
			tensors=$((tensors + 1)) bytes=$((bytes + size))
		fi
	done <"$2"
	[ "$tensors" != 1 ] || plural=
	echo "$1: $tensors tensor$plural, $bytes bytes"
}

# expects LIST: print the layers of the model with the tensors in LIST, in the order of use
expects()
{
	layer before "$1" '^(token_embd|embed|odd)'
	layer "layer 0" "$1" '^(blk|layers)\.0\.'
	layer "layer 1" "$1" '^(blk|layers)\.1\.'
	layer after "$1" '^output\.'
}

# load NAME LIST BUFFERS FILE ARGUMENT...: load the model in FILE into that many buffers
load()
{
	name=$1 list=$2 buffers=$3
	shift 3
	check "$name" 0 "$program" --source "$source" --verify "$@"
	expects "$list" >"$work/expected"
	grep verified "$work/out" | sed 's/, after [0-9.]* ms, verified, fd .*//' >"$work/layers"
	expect "$name: each layer in its turn" cmp "$work/expected" "$work/layers"
	says "$name: buffers" out "^layers    4, in $buffers buffers of "
	# No bracket is opened again for a later layer.
	says "$name: a bracket for each buffer" out "^ranges +8, .* $buffers SYNC"
	fds=$(sed -n 's/.*verified, fd //p' "$work/out" | tr ' ' '\n' | sort -u | grep -c '^[0-9]')
	expect "$name: an fd for each buffer" [ "$fds" = "$buffers" ]
}

# refuses NAME REASON ARGUMENT...: it prints one line with the reason
refuses()
{
	name=$1 reason=$2
	shift 2
	check "$name" 1 "$program" --source "$source" "$@"
	expect "$name: in one line" [ "$(wc -l <"$work/err")" = 1 ]
	says "$name: why" err "^${program##*/}: .*$reason"
}

check "no file" 2 "$program"
says "no file: usage" err "^usage: "
check "two files" 2 "$program" "$model" "$model"
check "unknown option" 2 "$program" "$model" --fast
for max in 0 4095 -4096 4096x "" 18446744073709551616; do
	check "a maximum of \"$max\"" 2 "$program" "$model" --max "$max"
done

load "all" "$models/good-model.list" 4 "$model"
load "a maximum that is large enough" "$models/good-model.list" 4 "$model" --max 4194304
check "without comparing" 0 "$program" --source "$source" "$model"
says "without comparing: it is reported" out "^layer 1: 2 tensors, [0-9]+ bytes, after [0-9.]+ ms, fd [0-9]+\$"
for number in 1 2 3; do
	load "part $number of 3" "$models/thirds/list" 4 "$models/thirds/model-0000$number-of-00003.$format"
done
for good in "$models"/good-*."$format"; do
	check "all of $(basename "$good")" 0 "$program" --source "$source" --verify "$good"
done
check "no tensors" 0 "$program" --source "$source" "$models/good-no-tensors.$format"
says "no tensors: it is reported" out "nothing to load"

# A layer that is larger than the maximum of a buffer.
if [ "$format" = gguf ]; then
	check "several buffers for a layer" 0 "$program" --source "$source" --verify --max 8192 \
		"$models/good-types.gguf"
	says "several buffers for a layer: all at once" out \
		"^before: 35 tensors, 23016 bytes, .*, verified, fd( [0-9]+){5}\$"
	says "several buffers for a layer: a bracket for each" out "^ranges +35, .* 5 SYNC"
fi
refuses "a tensor that is larger than a buffer" "\"output.weight\" has .* bytes, too many .* of 1048576" \
	"$model" --max 1048576

refuses "missing file" "$models/missing: No such file" "$models/missing"
refuses "a folder" "directory" "$models"
refuses "no such heap" "/dev/dma_heap/no-such-heap" "$model" --source no-such-heap
IFS=$tab read -r file reason <"$models/reasons"
refuses "$file" "$models/$file: .*$reason" "$models/$file"
check "output that cannot be written" 1 sh -c "'$program' '$model' --source '$source' >/dev/full"
says "output that cannot be written: why" err "cannot be written"

# The signal is pending before the program has any job: its event is neither lost nor late.
if env --block-signal=TERM true 2>/dev/null; then
	check "a signal" 1 env --block-signal=TERM sh -c "kill -TERM \$\$; exec '$program' '$model' --source '$source'"
	says "a signal: it is reported" err "stopped by signal 15\$"
	expect "a signal: no report" [ -z "$(grep ^layers "$work/out")" ]
fi

finish layers
