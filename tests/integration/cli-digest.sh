#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Digests of the program dmaload: against sha256sum and its relatives, on each path and engine.
# usage: cli-digest.sh DMALOAD MEDDLE DIR SOURCE SIZE
set -u

dmaload=$(realpath "$1") meddle=$(realpath "$2") dir=$(realpath "$3") source=$4 size=$5
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/cli-digest-XXXXXX") || exit 1
trap 'rm -rf "$work" "$place"' EXIT
cp "$dir/pattern-$size" "$place/model"
head -c 1000001 "$dir/pattern-$size" >"$place/odd"
cd "$place" || exit 1
sum=$(sha256sum model | cut -d' ' -f1)
other=$(sha256sum odd | cut -d' ' -f1)

load()
{
	name=$1 want=$2
	shift 2
	check "$name" "$want" "$dmaload" load --source "$source" "$@"
}

# refused NAME REGEX ARG...: the load fails, and CMD does not run
refused()
{
	name=$1 regex=$2
	shift 2
	load "$name" 1 "$@" -- sh -c 'echo handed over'
	says "$name: the reason" err "$regex"
	expect "$name: nothing is handed over" [ ! -s "$work/out" ]
}

# grows NAME ARG...: the file becomes longer while it is loaded
grows()
{
	name=$1
	shift
	cp model growing
	# shellcheck disable=SC2016 # for the inner shell
	check "$name" 1 "$meddle" before 1 "$place/growing" 'echo more >>"$1"' \
		"$dmaload" load growing --source "$source" "$@" --expect "sha256:$sum" \
		-- sh -c 'echo handed over'
	says "$name: the reason" err "growing changed while it was loaded|is expected"
	expect "$name: nothing is handed over" [ ! -s "$work/out" ]
}

# The same length, and other bytes.
{ head -c 4096 odd && tail -c +4097 model; } >swapped
printf x | dd of=swapped bs=1 seek=70000 conv=notrunc 2>"$work/dd"
head -c 4096 model >short

for path in default bounce buffered; do
	for engine in io_uring threads; do
		set -- --engine $engine
		[ $path = default ] || set -- "$@" --path $path
		chill model odd
		load "$path, $engine" 0 model odd "$@" --digest sha256 --quiet
		sha256sum model odd >"$work/want"
		expect "$path, $engine: as sha256sum" cmp "$work/want" "$work/out"
		refused "$path, $engine: wrong" "sha256:$sum, but sha256:$other is expected" \
			model "$@" --expect "sha256:$other"
		refused "$path, $engine: truncated" "sha256:$sum is expected" \
			short "$@" --expect "sha256:$sum"
		refused "$path, $engine: swapped" "sha256:$sum is expected" \
			swapped "$@" --expect "sha256:$sum"
		grows "$path, $engine: growing" "$@"
	done
done

for pair in sha512:sha512sum blake2b512:b2sum; do
	load "${pair%:*}" 0 model odd --digest "${pair%:*}" --quiet
	"${pair#*:}" model odd >"$work/want"
	expect "as ${pair#*:}" cmp "$work/want" "$work/out"
done
load "fsverity" 0 model odd --digest fsverity --quiet
fsverity digest model odd >"$work/want"
expect "as fsverity digest" cmp "$work/want" "$work/out"
load "a part" 0 model --offset 4097 --length 12345 --digest sha256 --json
tail -c +4098 model | head -c 12345 >part
equals "digest of the part" digest "\"sha256:$(sha256sum part | cut -d' ' -f1)\""
odd_name=$(printf 'a\\b\nc')
cp odd "$odd_name"
load "a name of two lines" 0 "$odd_name" --digest sha256 --quiet
sha256sum "$odd_name" >"$work/want"
expect "as sha256sum has it" cmp "$work/want" "$work/out"
"$dmaload" load - --source "$source" --size 1000001 --digest sha256 --quiet <odd >"$work/out"
expect "standard input" [ "$(cat "$work/out")" = "$other  -" ]
cat odd | "$dmaload" load - --source "$source" --size 2M --digest sha256 --quiet >"$work/out"
expect "a pipe" [ "$(cat "$work/out")" = "$other  -" ]

sha256sum model odd >sums
load "expected" 0 model --expect "sha256:$sum" -- sh -c 'echo handed over'
says "the buffer is handed over" out "^handed over$"
load "a list" 0 odd model --expect-file sums --verify --json
says "the digests in JSON" out "\"digest\":\"sha256:$other\""
sha256sum --tag model >tagged
load "a list by --tag" 0 model --expect-file tagged
cp odd unlisted
refused "not in the list" "unlisted is not in sums" unlisted --expect-file sums
echo "no digest" >bad
refused "no list" "line 1" model --expect-file bad
refused "no file" "cannot read missing: No such file" model --expect-file missing
refused "no algorithm" "unknown digest algorithm" model --digest md5

for args in "model odd --expect sha256:$sum" "model --expect sha256:$sum --expect-file sums" \
	"model --spread --digest sha256" "model --expect sha256:12" "model --expect nonsense"; do
	# shellcheck disable=SC2086 # words
	"$dmaload" load $args --source "$source" >"$work/out" 2>"$work/err"
	expect "refused: $args" [ $? != 0 ]
	expect "one line: $args" [ "$(wc -l <"$work/err")" = 1 ]
done
cat odd | "$dmaload" load - --source "$source" --digest sha256 >"$work/out" 2>"$work/err"
says "a stream of unknown length" err "needs --length or --size"
finish cli-digest
