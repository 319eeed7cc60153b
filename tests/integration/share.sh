#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples that hand a dma-buf from one process to another.
# usage: share.sh SERVER CLIENT DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR. If SOURCE is memfd, the client must refuse the buffer,
# which is not a dma-buf.
set -u

dir=$3 source=$4 size=$5
# Use full paths: a program started by su may have another PATH.
server=$(command -v "$1") client=$(command -v "$2")
file=$dir/pattern-$size
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
socket=$work/socket
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT

# start COMMAND...: start a server in the background; return when it is listening or has failed
start()
{
	: >"$work/served"
	"$@" >"$work/served" 2>"$work/refused" </dev/null &
	pid=$!
	while ! grep -q listening "$work/served" && kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
	done
}

# ends NAME STATUS: the server exits with that status
ends()
{
	wait "$pid"
	status=$?
	pid=
	if [ "$status" = "$2" ]; then
		pass "$1"
	else
		fail "$1: exit status $status, not $2"
	fi
}

# takes NAME OPTION...: a client gets the buffer and reads it, or refuses a memfd
takes()
{
	name=$1
	shift
	if [ "$source" = memfd ]; then
		check "$name, and refuses it" 1 "$client" "$socket" "$@"
		says "$name: the reason" err "not a dma-buf .*memfd.* has to be a heap"
	else
		check "$name" 0 "$client" "$socket" "$@"
		says "$name: a checksum" out "^checksum  [0-9a-f]{16}\$"
	fi
}

checksum()
{
	sed -n 's/^checksum *//p' "$work/out"
}

# same NAME: the last client has seen the same bytes as the first
same()
{
	[ "$source" = memfd ] || expect "$1" [ "$(checksum)" = "$first" ]
}

check "server: no arguments" 2 "$server"
check "server: no clients" 2 "$server" "$socket" "$file" --clients 0
check "server: a bad number of clients" 2 "$server" "$socket" "$file" --clients -1
check "client: no arguments" 2 "$client"
check "client: no server" 1 "$client" "$socket"
says "client: no server: the reason" err "socket: no server: No such file"
check "no path" 1 "$server" "" "$file" "$source"
check "a path that is too long" 1 "$server" "$(printf '%0108d' 0)" "$file" "$source"
check "missing file" 1 "$server" "$socket" "$dir/missing" "$source"
says "missing file is named" err "/missing: No such file"
expect "missing file: no socket stays" [ ! -e "$socket" ]

echo precious >"$work/precious"
check "a regular file in the socket's place" 1 "$server" "$work/precious" "$file" "$source"
says "it is named" err "precious exists and is not a stale socket"
expect "it is left alone" [ "$(cat "$work/precious")" = precious ]

start "$server" "$socket" "$file" "$source"
expect "only the owner may connect" [ "$(stat -c %a "$socket")" = 600 ]
takes "one client" --check "$file"
if [ "$source" != memfd ]; then
	says "it compared with the file" out "^verified  every byte"
fi
first=$(checksum)
ends "the server ends after one client" 0
says "it has printed the report" served "^path"
expect "it has removed the socket" [ ! -e "$socket" ]

# Two servers would take turns with one path.
start "$server" "$socket" "$file" "$source" --clients 2
takes "the first of two clients"
same "the same bytes as before"
check "a second server" 1 "$server" "$socket" "$file" "$source"
says "the reason is reported" err "is not a stale socket"
takes "the second of two clients"
same "the same bytes as the first"
ends "the server ends after two clients" 0
expect "two have been served" [ "$(grep -c '^handed on' "$work/served")" = 2 ]

# The bytes in the buffer, and their owner.
if [ "$source" != memfd ]; then
	mkfifo "$work/fifo"
	start "$server" "$socket" "$file" "$source"
	"$client" "$socket" --check "$file" --wait <"$work/fifo" >"$work/out" 2>"$work/err" &
	late=$!
	exec 3>"$work/fifo"
	ends "the server is gone before its client reads" 0
	expect "nothing was read until then" [ -z "$(checksum)" ]
	exec 3>&-
	expect "the memory outlives the server" wait "$late"
	same "with the same bytes"
	says "verified after the server's end" out "^verified"

	# Compare with other files: one of another size, one of the same.
	cp "$file" "$work/other"
	echo spam | dd of="$work/other" bs=1 seek=4321 conv=notrunc 2>/dev/null
	start "$server" "$socket" "$file" "$source" --clients 3
	check "compared with a shorter file" 1 "$client" "$socket" --check "$dir/pattern-4097"
	echo more >>"$work/longer"
	cat "$file" "$work/longer" >"$work/longest"
	check "compared with a longer file" 1 "$client" "$socket" --check "$work/longest"
	says "the sizes are reported" err "has $((size + 5)) bytes, not $size"
	check "compared with another file" 1 "$client" "$socket" --check "$work/other"
	says "the difference is reported" err "432[1-4]"
	ends "three were served" 0
fi

# A server that was killed leaves its socket, which the next one replaces.
start "$server" "$socket" "$file" "$source"
kill -9 "$pid"
wait "$pid" 2>/dev/null
pid=
expect "a killed server leaves its socket" [ -S "$socket" ]
check "a connection to it is refused" 1 "$client" "$socket"
says "the kernel's reason" err "Connection refused"
ln -s socket "$work/link"
check "a link to it is not replaced" 1 "$server" "$work/link" "$file" "$source"
start "$server" "$socket" "$file" "$source"
takes "a client of the server after that"
ends "which has replaced the socket" 0

start "$server" "$socket" "$file" "$source"
while ! grep -q '^path' "$work/served"; do
	sleep 0.1
done
kill "$pid"
ends "a server is stopped by SIGTERM" 1
expect "it has removed the socket, too" [ ! -e "$socket" ]

# Another user is refused, even if the socket would accept the connection.
as_nobody="exec '$client' '$socket'"
chmod 711 "$work"
# Below root's home, the user may start the client by its relative path, but cannot read the
# library.
usage=
if [ "$(id -u)" = 0 ]; then
	su nobody -s /bin/sh -c "'$client'" >/dev/null 2>&1
	usage=$?
fi
if [ "$usage" = 2 ]; then
	start "$server" "$socket" "$file" "$source"
	check "another user cannot connect" 1 su nobody -s /bin/sh -c "$as_nobody"
	says "the mode forbids it" err "Permission denied"
	chmod 666 "$socket"
	check "a user who can connect" 1 su nobody -s /bin/sh -c "$as_nobody"
	says "it is refused" err "the server hung up"
	takes "the owner after him"
	ends "and only he counts" 0
	says "the refusal is reported" refused "of user [1-9][0-9]* is refused"
else
	echo "SKIPPED - another user: it takes root, and a user nobody who may run the client"
fi

# The kernel then delivers the message without its fd.
start "$server" "$socket" "$file" "$source"
# shellcheck disable=SC2016 # expanded by the inner shell
check "a client that may open no more files" 1 sh -c 'ulimit -n 4; exec "$0" "$1"' "$client" \
	"$socket"
says "the reason is reported" err "no room for one"
ends "a client without room has been served" 0

# False servers: other messages that a socket may deliver. The guest has no Python.
# lies NAME REGEX EXPRESSION: the parts of the message, and its fds; a is one fd, b another
lies()
{
	start python3 -c "
import os, socket, struct, sys
def header(magic=0x6c616d64, version=1, length=1, size=4096):
    return struct.pack('=IIQQ', magic, version, length, size)
a, b = os.memfd_create('a'), os.memfd_create('b')
data, fds = $3
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(sys.argv[1])
listener.listen()
print('listening', flush=True)
client = listener.accept()[0]
socket.send_fds(client, [data], fds) if fds else client.send(data)
os.unlink(sys.argv[1])" "$socket"
	check "a false server: $1" 1 "$client" "$socket"
	says "a false server: $1: the reason" err "$2"
	ends "a false server: $1: it has sent that" 0
}

if command -v python3 >/dev/null; then
	lies "an empty message" "hung up" "b'', []"
	lies "a short message" "not the 24 bytes" "b'dmal', [a]"
	lies "a long message" "not the 24 bytes" "header() + b'x', [a]"
	lies "another magic" "not from a share-server" "header(magic=1), [a]"
	lies "another version" "version 2 of the message" "header(version=2), [a]"
	lies "no fd" "0 fds, not 1" "header(), []"
	lies "two fds" "2 fds, not 1" "header(), [a, b]"
	lies "more fds than fit" "more fds than one" "header(), [a, b] * 50"
	lies "a memfd" "not a dma-buf" "header(), [a]"
	lies "a directory" "a directory" "header(), [os.open('/', os.O_RDONLY)]"
fi

finish share
