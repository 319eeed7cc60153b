#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two servers of share.sh that start or end at the same time: one of them has the path.
# usage: share-races.sh SERVER CLIENT MEDDLE DIR SOURCE
set -u

dir=$4 source=$5
server=$(realpath "$(command -v "$1")")
client=$(realpath "$(command -v "$2")")
meddle=$(realpath "$(command -v "$3")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
trap 'end; rm -rf "$work"' EXIT
socket=$work/socket file=$dir/pattern-4097
export work server socket file source

# A script of its own, since another shell runs it, too: it starts a program in the background and
# records its end.
cat >"$work/launch" <<'END'
name=$1
shift
rm -f "$work/$name-ended" "$work/$name-pid"
: >"$work/$name"
(
	sh -c 'echo $$ >"$0" && exec "$@"' "$work/$name-pid" "$@" >"$work/$name" \
		2>"$work/$name-err" </dev/null
	: >"$work/$name-ended"
) &
until [ -s "$work/$name-pid" ]; do
	sleep 0.01
done
END

# launch NAME COMMAND...
launch()
{
	sh "$work/launch" "$@"
}

# settles NAME: wait until it is listening or has ended
settles()
{
	until grep -q listening "$work/$1" || [ -e "$work/$1-ended" ]; do
		sleep 0.02
	done
}

# listens NAME
listens()
{
	grep -q listening "$work/$1" && [ ! -e "$work/$1-ended" ]
}

# stop SIGNAL NAME: and wait until it has ended
stop()
{
	until [ -e "$work/$2-ended" ]; do
		kill "-$1" "$(cat "$work/$2-pid")" 2>/dev/null
		sleep 0.02
	done
}

end()
{
	for each in one two; do
		[ ! -e "$work/$each-pid" ] || stop TERM $each
	done
}

# served: the path leads to a server
served()
{
	"$client" "$socket" >"$work/out" 2>"$work/err" </dev/null ||
		grep -q 'has to be a heap' "$work/err"
}

# A server that was killed leaves its socket behind.
leave_socket()
{
	launch stale "$server" "$socket" "$file" "$source"
	settles stale
	stop KILL stale
}

# The second server starts just before a call of the first one. That call waits until the second is
# listening, or for a while: the second may have to wait for the first.
# shellcheck disable=SC2016 # expanded by meddle's shell
start_second='
	if grep -q listening "$work/one"; then
		touch "$work/late"
		exit
	fi
	sh "$work/launch" two "$server" "$socket" "$file" "$source"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		! grep -q listening "$work/two" || break
		sleep 0.05
	done'

n=1 problem=
while [ -z "$problem" ]; do
	leave_socket
	rm -f "$work/late" "$work/two-pid"
	launch one "$meddle" before $n "$socket" "$start_second" \
		"$server" "$socket" "$file" "$source"
	settles one
	[ ! -e "$work/late" ] || break
	settles two
	if listens one && listens two; then
		problem="both are listening"
	elif ! listens one && ! listens two; then
		problem="none is listening"
	elif ! served; then
		problem="the path leads nowhere"
	fi
	[ -z "$problem" ] || break
	# After its client, a server ends and removes the socket.
	until [ -e "$work/one-ended" ] && [ -e "$work/two-ended" ]; do
		sleep 0.02
	done
	[ ! -e "$socket" ] || problem="a socket stays"
	n=$((n + 1))
done
end
expect "two servers and a stale socket, at $((n - 1)) moments${problem:+; then $problem}" \
	[ -z "$problem" -a $n -gt 8 ]
rm -f "$socket"

# Another process removes the path, and the next server takes it. The first one must not remove it.
launch one "$server" "$socket" "$file" "$source"
settles one
rm "$socket"
launch two "$server" "$socket" "$file" "$source"
settles two
stop TERM one
expect "a server ends, and the path is another's" served
end
expect "no socket stays" [ ! -e "$socket" ]

finish share-races
