#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program with models: what it lists.
# usage: cli-models.sh DMALOAD MAKE-MODELS DIR SOURCE
# MAKE-MODELS, which is make-models-FORMAT, writes files of that format into a folder in DIR.
set -u

dmaload=$1 make=$2 dir=$3
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
for number in 1 2 3; do
	check "ls of part $number" 0 "$dmaload" ls "$models/thirds/model-0000$number-of-00003.$format"
	listed "ls of part $number" "$models/thirds/list"
done
check "ls of some" 0 "$dmaload" ls "$model" '*.1.*' output.weight
{
	grep '\.1\.' "$models/good-model.list"
	grep '^output' "$models/good-model.list"
} >"$work/some"
listed "ls of some" "$work/some"

check "ls --json" 0 "$dmaload" ls "$models/thirds/model-00002-of-00003.$format" --json output.weight
says "ls --json: the format" out "\"format\": *\"$format\""
says "ls --json: the files" out "model-00003-of-00003.$format\""
says "ls --json: the tensor" out '"name": *"output.weight"'
says "ls --json: its file" out '"file": *2'
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

finish cli-models
