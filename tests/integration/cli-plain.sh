#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload, built without json-c: it refuses --json, and does everything else.
# usage: cli-plain.sh DMALOAD DIR SOURCE PATH SIZE
# SIZE names the file pattern-SIZE in DIR. PATH is the path of a load of it, a regular expression.
# DMALOAD may be several words.
set -u

dmaload=$1 dir=$2 source=$3 path=$4 size=$5
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/plain-XXXXXX") || exit 1
trap 'rm -rf "$work" "$place"' EXIT

alone "$dir/pattern-$size"
file=$alone

# run NAME STATUS ARGUMENT...: of dmaload
run()
{
	name=$1 want=$2
	shift 2
	# shellcheck disable=SC2086 # words
	check "$name" "$want" $dmaload "$@"
}

run "version" 0 --version
says "version: what it is built with" out "^built with .*no json-c \(without --json\)"

for line in "probe" "load $file" "store $file" "bench $file" "bench $file --list" "ls $file"; do
	command=${line%% *}
	# shellcheck disable=SC2086 # words
	run "$line --json" 2 $line --json
	says "$line --json: the reason and the remedy" err \
		"^dmaload: .*without json-c.* -Djson=enabled; see dmaload $command --help"
	expect "$line --json: one line" [ "$(wc -l <"$work/err")" = 1 ]
	expect "$line --json: nothing else" [ ! -s "$work/out" ]
	run "$command --help" 0 "$command" --help
	says "$command --help: --json is refused" out "refused: .* without json-c\$"
done
run "a file is asked for" 2 bench "$file" --json="$place/figures"
expect "no file is made" [ ! -e "$place/figures" ]

run "probe" 0 probe "$file" --source "$source"
says "probe: the kernel" out "^kernel +[^ ]"
says "probe: the path" out "^path +$path"
run "load" 0 load "$file" --source "$source" --verify
says "load: the source" out "^source +$source"
says "load: the path" out "^path +$path"
says "load: every byte is right" out "^verified +every byte read back"
run "load, for a command" 0 load "$file" --source "$source" --quiet -- \
	sh -c "head -c $size /proc/self/fd/\$DMALOAD_FD | cmp - $file"
run "store" 0 load "$file" --source "$source" --quiet -- \
	sh -c "$dmaload store $place/copy --length $size && cmp $place/copy $file"
says "store: the report" out "^path +[a-z]"
run "a missing file" 1 load "$place/missing" --source "$source"
says "a missing file: the reason" err "^dmaload: .*missing: (ENOENT|No such file)"

run "bench --list" 0 bench "$file" --list
says "bench --list: its cases" out "^whole/auto/memory"
run "bench" 0 bench "$file" --rounds 1 --case "mmap/*" --quiet --source memory
says "bench: a figure" out "^ *mmap/memory "
says "bench: why fio is missing" out "no fio: .* without json-c"

finish cli-plain
