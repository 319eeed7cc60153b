#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The example that runs a model's experts from a cache of a quarter of their bytes. It compares each
# expert with the file.
# usage: experts.sh PROGRAM MAKE-EXPERTS DIR SOURCE
# MAKE-EXPERTS writes the models into a folder in DIR.
set -u

program=$1 make=$2 dir=$3 source=$4
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
models=$(mktemp -d "$dir/experts.XXXXXX") || exit 1
trap 'rm -rf "$work" "$models"' EXIT
"$make" "$models" || exit 1
model=$models/experts.gguf

# runs NAME PARTS ARGUMENT...: it uses that many parts, and each equals the file
runs()
{
	name=$1 parts=$2
	shift 2
	check "$name" 0 "$program" "$model" --source "$source" "$@"
	says "$name: the model" out "^model +3 layers of 16 experts, in 9 tensors of 2580480 bytes$"
	says "$name: hits" out "^hits +[0-9]+\.[0-9] % of $parts gets"
	says "$name: times" out "^waits +p50 [0-9.]+ ms, p99 [0-9.]+ ms"
	says "$name: speed" out "^speed +[0-9]+ bytes read in [0-9.]+ s: [0-9.]+ GB/s$"
	says "$name: verified" out "^verified +$parts parts equal the file$"
}

# refuses NAME REASON MODEL ARGUMENT...: it prints one line with the reason
refuses()
{
	name=$1 reason=$2
	shift 2
	check "$name" 1 "$program" "$@" --source "$source"
	says "$name: why" err "$reason"
	expect "$name: one line" [ "$(wc -l <"$work/err")" = 1 ]
}

# 3 layers, 4 of 16 experts, 3 parts each.
runs "a generated trace" 1080 --tokens 30
says "a quarter" out "^cache .* 2[0-9] % of the experts"
runs "with another seed" 1080 --tokens 30 --seed 2
runs "with hints" 1080 --tokens 30 --prefetch
runs "with work" 108 --tokens 3 --work 100
runs "with hints and work" 1080 --tokens 30 --prefetch --work 100
says "with hints: some are of use" out "prefetched, of which [1-9]"
runs "in a large cache" 1080 --cache 40000000 --tokens 30
says "in a large cache: nothing leaves" out "; 0 evicted"
runs "in a small cache" 360 --cache 1/5 --tokens 10
runs "one expert, always the same" 90 --tokens 10 --used 1 --reuse 1
says "one expert: it is missed once" out "^reads +9 missed"
runs "all experts, more than the cache can hold" 1440 --tokens 10 --used 16
runs "all alike, none again" 1080 --tokens 30 --zipf 0 --reuse 0
check "unverified" 0 "$program" "$model" --source "$source" --no-verify --tokens 5
expect "unverified: it is reported" [ -z "$(grep verified "$work/out")" ]

printf '# layer, experts\n0 1 2\n1 15\n\n2\t0 3  4 \r\n0 2 1\n' >"$work/trace"
runs "a trace of a file" 24 "$work/trace"
says "a trace of a file: what is used again is there" out "^hits +25\.0 %"
i=0
while IFS='|' read -r line reason; do
	i=$((i + 1))
	printf '0 1\n%b\n' "$line" >"$work/bad"
	refuses "trace $i that is none" "bad: line 2: $reason" "$model" "$work/bad"
done <<END
3 1|no layer below 3
x|no layer
-1 1|no layer
1|no expert below 16
1 16|no expert below 16
1 2 x|no expert
1 2 3 2|expert 2 is there twice
1 99999999999999999999|no expert
END
: >"$work/empty"
refuses "a trace without a step" "no step" "$model" "$work/empty"
refuses "a trace that is missing" "No such file" "$model" "$work/missing"

refuses "a model without experts" "no stacked experts" "$models/none.gguf"
refuses "layers that differ" "has 9 experts in 73728 bytes, and others have 8" "$models/uneven.gguf"
refuses "no model" "not a GGUF, safetensors or ONNX file" "$work/trace"
refuses "a cache that is too small" "too few" "$model" --cache 100000
refuses "more experts than there are" "there are 16" "$model" --used 17
for wrong in "--cache 0" "--cache 1/0" "--cache x" "--tokens 0" "--zipf -1" "--reuse 2" "--used x" "--work 1000000" "--fast"; do
	# shellcheck disable=SC2086 # two words
	check "$wrong" 2 "$program" "$model" $wrong
done
check "no model" 2 "$program"
says "no model: usage" err "^usage: "

finish experts
