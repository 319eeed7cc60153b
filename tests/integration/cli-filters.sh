#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload under seccomp filters: what it does by default and on request, and what it
# reports.
# usage: cli-filters.sh DMALOAD FILTERED DIR SOURCE PATH SIZE
# FILTERED runs a command under a filter. SIZE names the file pattern-SIZE in DIR. PATH is the
# default path of a load.
set -u

filtered=$2 dir=$3 source=$4 path=$5 size=$6
dmaload=$(realpath "$(command -v "$1")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/filters-XXXXXX") || exit 1
trap 'rm -rf "$work" "$place"' EXIT
alone "$dir/pattern-$size"
file=$alone
new=$place/new
died=159

# A leak checker needs calls that the filter refuses.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

# under NAME STATUS WHAT WHICH ARG...: run "dmaload ARG..." under a filter
under()
{
	label=$1 status=$2 filter="$3 $4"
	shift 4
	# shellcheck disable=SC2086 # two words
	check "$label" "$status" "$filtered" $filter "$dmaload" "$@"
}

for what in trap kill; do
	for which in newer but-old; do
		under="$what, $which"
		for forced in "$path" bounce buffered; do
			chill "$file"
			under "$under: $forced" 0 $what $which load "$file" --source "$source" \
				--path "$forced" --verify --json
			equals "$under: the path is $forced" path "\"$forced\""
			equals "$under: verified" verified true
			equals "$under: old calls" syscalls '"old"'
			equals "$under: nothing left" cache_residue_bytes 0
		done
		# Resident pages are copied from the page cache, by a call that is old enough.
		cat "$file" >/dev/null
		under "$under: what is cached" 0 $what $which load "$file" --source "$source" \
			--verify --json
		equals "$under: verified" verified true
		chill "$file"
		under "$under: by itself" 0 $what $which load "$file" --source "$source" --json
		equals "$under: threads" engine '"threads"'
		equals "$under: why" engine_declined \
			'"io_uring is not tried: a seccomp filter is active"'
		under "$under: to be stored" 0 $what $which load "$file" --source "$source" \
			--quiet -- "$dmaload" store "$new" --verify --json
		equals "$under: stored" verified true
		expect "$under: the same bytes" cmp "$new" "$file"
		under "$under: probe" 0 $what $which probe "$file" --source "$source"
		says "$under: probe tells what loads do" out "^calls +old: a seccomp filter is active"
		says "$under: probe goes on" out "^path +$path would load"
		says "$under: probe tells of io_uring" out "^io_uring +refused: "
		under "$under: for people" 0 $what $which load "$file" --source "$source"
		says "$under: the report says why" out "^calls +old: .*dmaload_config::syscalls"
	done
	under "$what: what can be measured" 0 $what newer bench "$file" --source memory --list
	says "$what: io_uring is none of it" out "no io_uring here"
	# The user requests it.
	chill "$file"
	under "$what: all of them" $died $what newer load "$file" --source "$source" --syscalls all
	under "$what: io_uring" $died $what io_uring load "$file" --source "$source" \
		--engine io_uring
done
under "probe: traps" 0 trap newer probe
says "probe: a trap is reported" out "^ +cachestat: trapped"
says "probe: what is allowed is reported" out "^ +mincore: allowed"
under "probe: kills" 0 kill newer probe
says "probe: a kill is reported" out "^ +statx: a seccomp filter ends the process"
under "probe: refuses" 0 eperm newer probe
says "probe: a refusal is reported" out "^ +preadv2: refused: Operation not permitted"
check "probe: no filter" 0 "$dmaload" probe
says "probe: all calls" out "^calls +all$"

# Under a filter that only refuses calls, the new ones can be tried.
for what in eperm enosys; do
	chill "$file"
	under "$what: all of them" 0 $what newer load "$file" --source "$source" --syscalls all \
		--verify --json
	equals "$what: threads" engine '"threads"'
	says "$what: refused" out '"engine_declined":"io_uring is refused: E'
	equals "$what: nothing left" cache_residue_bytes 0
	equals "$what: verified" verified true
	under "$what: by itself" 0 $what newer load "$file" --source "$source" --json
	says "$what: not tried" out '"engine_declined":"io_uring is not tried'
done

# Without a filter, the caller may choose as well.
chill "$file"
check "old" 0 "$dmaload" load "$file" --source "$source" --syscalls old --verify --json
equals "old: threads" engine '"threads"'
equals "old: nothing left" cache_residue_bytes 0
chill "$file"
check "basic" 0 "$dmaload" load "$file" --source "$source" --syscalls basic --verify --json
equals "basic: threads" engine '"threads"'
equals "basic: the page cache is unknown" cache_residue_bytes null
equals "basic: verified" verified true
check "probe: basic" 0 "$dmaload" probe "$file" --source "$source" --syscalls basic
# A memfd needs more than basic calls.
if [ "$source" != memfd ]; then
	under "but-basic" 0 kill but-basic load "$file" --source "$source" --syscalls basic --verify
	under "but-basic: buffered" 0 kill but-basic load "$file" --source "$source" \
		--syscalls basic --path buffered --verify
fi
check "an unknown word" 2 "$dmaload" load "$file" --syscalls new
says "an unknown word: the words" err '--syscalls must be auto, basic, old or all, not "new"'
check "an unknown word for probe" 2 "$dmaload" probe --syscalls new
check "a contradiction" 1 "$dmaload" load "$file" --source "$source" --engine io_uring --syscalls old
says "a contradiction: it is reported" err "io_uring needs system calls that syscalls old forbids"

finish cli-filters
