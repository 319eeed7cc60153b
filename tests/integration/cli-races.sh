#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload while another process changes names. Whenever that happens, it writes only to
# the file that a store has made or found, and reads only the file that it opened first.
# usage: cli-races.sh DMALOAD MEDDLE DIR SOURCE
set -u

dir=$3 source=$4
dmaload=$(realpath "$(command -v "$1")")
meddle=$(realpath "$(command -v "$2")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/races-XXXXXX") || exit 1
trap 'rm -rf "$work" "$place"' EXIT
file=$dir/pattern-4097
folder=$place/folder new=$place/folder/new
export victim="$place/victim" reached="$work/reached" place folder new

# Print the state of the file that must not change, and of the folder that must stay empty.
look()
{
	cat "$victim"
	stat -c '%a %u %g %s %Y' "$victim"
	find "$place/elsewhere"
}

reset()
{
	rm -rf "$folder" "$place/moved" "$place/elsewhere" "$place/aside" "$reached"
	mkdir "$folder" "$place/elsewhere"
	echo innocent >"$victim"
	chmod 604 "$victim"
	echo precious >"$new"
	chmod 640 "$new"
	look >"$work/before"
}

# Whatever FILE is now: it has all bytes, or is unchanged, or the failure was reported.
judge()
{
	[ -e "$reached" ] || found=$new
	if [ ! -e "$reached" ] && [ "$status" != 0 ]; then
		problem="status $status though nobody meddled"
	elif ! look | cmp -s - "$work/before"; then
		problem="another file was changed"
	elif [ "$status" = 0 ] && [ -L "$found" ]; then
		problem="success, and a link is in its place"
	elif [ "$status" = 0 ] && ! cmp -s "$found" "$file"; then
		problem="success, and other bytes are in its place"
	elif [ "$status" = 0 ] && [ "$(stat -c %a "$found")" != 640 ]; then
		problem="success, and another mode"
	elif [ "$status" != 0 ] && [ "$status" != 1 ]; then
		problem="status $status"
	elif [ "$status" = 1 ] && ! [ -s "$work/err" ]; then
		problem="failure, and no reason"
	elif [ "$status" = 1 ] && ! grep -q precious "$found" &&
		! grep -q -e 'another file has replaced' -e 'a symbolic link by now' "$work/err"; then
		problem="failure, and the old file is gone"
	fi
}

# attack NAME FOLDER COMMAND: run COMMAND before each call in turn that names or changes a file,
# once the temporary file exists ($1). Then look for FILE in FOLDER.
attack()
{
	name=$1 found=$2/new n=1 problem=
	while [ -z "$problem" ]; do
		reset
		# shellcheck disable=SC2016 # expanded later
		"$dmaload" load "$file" --source "$source" --quiet -- \
			"$meddle" before $n "$folder/.dmaload-*" "$3; touch \"\$reached\"" \
			"$dmaload" store "$new" --quiet --no-fsync \
			>"$work/out" 2>"$work/err" </dev/null
		status=$?
		judge
		[ -e "$reached" ] || break
		n=$((n + 1))
	done
	if [ -n "$problem" ]; then
		fail "$name: before call $n: $problem"
	else
		expect "$name: at $((n - 1)) moments" [ $n -gt 8 ]
	fi
}

# shellcheck disable=SC2016 # expanded by meddle's shell
{
attack "the temporary file becomes a link to another" "$folder" \
	'mv "$1" "$folder/aside"; ln -s "$victim" "$1"'
attack "the temporary file is removed for a link to another" "$folder" \
	'rm "$1"; ln -s "$victim" "$1"'
attack "the temporary file becomes another file" "$folder" \
	'mv "$1" "$folder/aside"; echo evil >"$1"; chmod 666 "$1"'
attack "the temporary file becomes a hard link of another" "$folder" \
	'rm "$1"; ln "$victim" "$1"'
attack "the temporary file is gone" "$folder" 'rm "$1"'
attack "the folder becomes a link to another" "$place/moved" \
	'mv "$folder" "$place/moved"; ln -s elsewhere "$folder"'
attack "the file becomes a link to another" "$folder" 'ln -sf "$victim" "$new"'
}

# Store into the file itself. Another file under its name is written as a whole, as if it had always
# been there, or not at all. Calls are counted from the program's first one here; those of the load
# are left out.
replace()
{
	name=$1 n=11 problem=
	while [ -z "$problem" ]; do
		reset
		# shellcheck disable=SC2016 # expanded later
		"$dmaload" load "$file" --source "$source" --quiet -- \
			"$meddle" before $n "$new" \
			"mv \"\$new\" \"\$place/aside\"; $2; touch \"\$reached\"" \
			"$dmaload" store "$new" --in-place --quiet --no-fsync \
			>"$work/out" 2>"$work/err" </dev/null
		status=$?
		[ -e "$reached" ] || break
		changed=0
		for each in "$victim" "$place/aside"; do
			if cmp -s "$each" "$file"; then
				changed=$((changed + 1))
			elif ! grep -q -x -e precious -e innocent "$each"; then
				problem="$each is neither old nor new"
			fi
		done
		[ $((status + changed)) = 1 ] ||
			problem="${problem:-status $status, and $changed files were changed}"
		n=$((n + 1))
	done
	if [ -n "$problem" ]; then
		fail "$name: before call $((n - 1)): $problem"
	else
		expect "$name: at $((n - 11)) moments" [ $n -gt 30 ]
	fi
}

# shellcheck disable=SC2016 # expanded by meddle's shell
{
replace "in place: the file becomes a link to another" 'ln -s "$victim" "$new"'
replace "in place: the file becomes another" 'ln "$victim" "$new"'
}

# A measurement uses one file, however often it opens it.
export other="$place/other"
n=20 problem=
while [ -z "$problem" ]; do
	reset
	cp "$file" "$new"
	head -c 4097 /dev/zero >"$other"
	# shellcheck disable=SC2016 # expanded by meddle's shell
	"$meddle" before $n "$new" 'mv "$other" "$new"; touch "$reached"' \
		"$dmaload" bench "$new" --source "$source" --rounds 1 --no-fio \
		--case "read/$source" --case "buffered/$source" \
		>"$work/out" 2>"$work/err" </dev/null || problem="it fails"
	! grep failed "$work/out" >"$work/err" || problem="$(cat "$work/err")"
	[ -e "$reached" ] || break
	n=$((n + 20))
done
expect "a bench of a file that is replaced, at $((n / 20)) moments${problem:+: $problem}" \
	[ -z "$problem" -a $n -gt 100 ]

finish cli-races
