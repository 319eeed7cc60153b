# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Sourced by tests that are scripts: a folder for their work, commands whose output is kept there in
# the files out and err, and the counting.

work=$(mktemp -d) || exit 1
passed=0 failed=0
# The size of a page in bytes. Buffers have whole pages. busybox has no getconf.
page=$(($(sed -n '/^KernelPageSize:/{s/[^0-9]//g;p;q;}' /proc/self/smaps) * 1024))
export page

# whole_pages BYTES: print the size of a buffer that has room for so many
whole_pages()
{
	echo $((($1 + page - 1) / page * page))
}

pass()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

fail()
{
	failed=$((failed + 1))
	echo "not ok - $1"
	for log in out err served refused; do
		[ ! -s "$work/$log" ] || sed "s/^/    $log: /" "$work/$log"
	done
}

# check NAME STATUS COMMAND...: it exits with that status; its output is kept
check()
{
	name=$1 want=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	if [ "$status" = "$want" ]; then
		pass "$name"
	else
		fail "$name: exit status $status, not $want: $*"
	fi
}

# says NAME FILE REGEX: FILE is out or err, or another file in the folder
says()
{
	if grep -qE -- "$3" "$work/$2"; then
		pass "$1"
	else
		fail "$1: no \"$3\" in $2"
	fi
}

# expect NAME COMMAND...: it succeeds
expect()
{
	name=$1
	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name: it is false: $*"
	fi
}

# json KEY: print its value in the JSON that the last command printed
json()
{
	sed -n "s/^ *\"$1\":\(.*[^,]\),\{0,1\}\$/\1/p" "$work/out"
}

# equals NAME KEY VALUE: of that JSON
equals()
{
	value=$(json "$2")
	if [ "$value" = "$3" ]; then
		pass "$1"
	else
		fail "$1: $2 is $value, not $3"
	fi
}

# chill FILE...: drop their pages from the page cache. GNU dd can do it; with busybox's dd, only
# root.
chill()
{
	sync
	for each; do
		dd if="$each" iflag=nocache count=0 2>/dev/null ||
			echo 3 >/proc/sys/vm/drop_caches
	done
}

# alone FILE: copy it to a file without a name, which no other process can open. Its path here, and
# in programs started from here, is $alone. Its absent pages stay absent from the page cache.
alone=/proc/self/fd/8
# shellcheck disable=SC2154 # the sourcing script sets dir
alone()
{
	copy=$(mktemp "$dir/alone-XXXXXX") && cp "$1" "$copy" && exec 8<"$copy" && rm "$copy" || exit 1
	chill $alone
}

# finish NAME: print the closing line; fail if a check failed
finish()
{
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ]
}
